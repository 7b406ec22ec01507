//! The inbox: what happened that concerns whoever looks. It is shown here and nowhere else; no mail is sent.

use super::words;
use crate::accounts::{SignedIn, reach, rules};
use crate::platform::app::App;
use crate::platform::http::{Error, Flash, Form, Page, PageError, Query, Redirect};
use crate::platform::ids::PersonId;
use crate::reports::store::{self, Told};
use actix_web::web;
use serde::Deserialize;
use serde_json::{Value, json};

/// Lines of a page.
const LINES: i64 = 50;
/// Nobody reads on from here.
const LAST_PAGE: i64 = 1_000;

/// Which part of it.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Part {
    page: String,
}

/// What to mark as read: one, or all up to the latest that was on the page.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Mark {
    id: String,
    upto: String,
}

fn owner(person: &SignedIn) -> Result<PersonId, Error> {
    person.0.person_id().ok_or(Error::Unauthenticated)
}

fn missing() -> Error {
    Error::not_found("This notification")
}

fn line(told: &Told) -> Value {
    json!({
        "id": told.id,
        "key": told.key.to_string(),
        "title": told.title,
        "link": told.link,
        "actor": told.actor_name,
        "what": told.kind.label(),
        "kind": told.kind.word(),
        "at": told.at.to_string(),
        "at_text": words::moment(told.at),
        "is_unread": !told.read,
    })
}

/// `GET /inbox?page=2`
pub async fn inbox(
    app: web::Data<App>,
    person: SignedIn,
    query: Query<Part>,
) -> Result<Page, PageError> {
    let page = query.page.parse().unwrap_or(1).clamp(1, LAST_PAGE);
    let reach = reach(&person.0, rules(&app.settings));
    let part = (LINES + 1, (page - 1) * LINES);
    let mut conn = app.db.get().await?;
    let mut told = store::inbox(&mut conn, owner(&person)?, &reach, part).await?;
    let has_more = i64::try_from(told.len()).is_ok_and(|count| count > LINES);
    told.truncate(usize::try_from(LINES).unwrap_or(usize::MAX));
    let link = |page: i64| format!("/inbox?page={page}");
    let view = json!({
        "lines": told.iter().map(line).collect::<Vec<_>>(),
        "unread": told.iter().filter(|it| !it.read).count(),
        "upto": told.iter().map(|it| it.id).max(),
        "paging": {
            "newer": (page > 1).then(|| link(page - 1)),
            "older": (has_more && page < LAST_PAGE).then(|| link(page + 1)),
        },
    });
    Ok(Page::new("inbox", "Inbox", view))
}

/// `POST /inbox/read`
pub async fn read(
    app: web::Data<App>,
    person: SignedIn,
    form: Form<Mark>,
) -> Result<Redirect, PageError> {
    let (owner, now) = (owner(&person)?, app.clock.now());
    let mut conn = app.db.get().await?;
    if let Ok(upto) = form.upto.trim().parse() {
        store::read_all(&mut conn, owner, (upto, now)).await?;
    } else {
        let id = form.id.trim().parse().map_err(|_no_number| missing())?;
        let reach = reach(&person.0, rules(&app.settings));
        let found = store::read_one(&mut conn, owner, &reach, (id, now)).await?;
        found.ok_or_else(missing)?;
    }
    Ok(Redirect::to("/inbox").with_flash(Flash::Saved))
}

/// `POST /inbox/open`: marks one as read and leads to what it is about.
pub async fn open(
    app: web::Data<App>,
    person: SignedIn,
    form: Form<Mark>,
) -> Result<Redirect, PageError> {
    let id = form.id.trim().parse().map_err(|_no_number| missing())?;
    let reach = reach(&person.0, rules(&app.settings));
    let mark = (id, app.clock.now());
    let mut conn = app.db.get().await?;
    let link = store::read_one(&mut conn, owner(&person)?, &reach, mark).await?;
    Ok(Redirect::to(link.ok_or_else(missing)?))
}
