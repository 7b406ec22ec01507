//! What stands beside a text while it is written: the page as it would look, what to look at, who else is writing, and
//! names to choose from. Nothing is stored.

use super::autosave::sound;
use super::drawn::give_room;
use super::form::Read;
use super::opened::editable;
use super::read::key;
use super::sent_form::SentForm;
use super::view;
use super::wording;
use super::write::may_create;
use crate::accounts::{SignedIn, reach, rules};
use crate::platform::app::App;
use crate::platform::http::{Error, Lane, Page, PageError, Path, Query, Typed};
use crate::platform::markdown::has_pictures;
use crate::reports::store::{self, NameKind, Stored};
use actix_web::{HttpResponse, web};
use serde::Deserialize;
use serde_json::{Map, Value, json};

/// `POST /reports/beside`
pub async fn of_form(
    app: web::Data<App>,
    person: SignedIn,
    sent: Typed<SentForm>,
) -> Result<Page, PageError> {
    may_create(&app, &person)?;
    Ok(Box::pin(drawn(&app, sent, None)).await?)
}

/// `POST /reports/PM-42/beside`
pub async fn of_report(
    app: web::Data<App>,
    person: SignedIn,
    path: Path<String>,
    sent: Typed<SentForm>,
) -> Result<Page, PageError> {
    let opened = editable(&app, &person, key(&path)?).await?;
    Ok(Box::pin(drawn(&app, sent, Some(opened.stored))).await?)
}

/// The button `hints` asks for what to look at, `rows` for what there is to say of the rows, and for their figure; any
/// other for the page that it would be.
async fn drawn(app: &App, sent: Typed<SentForm>, stored: Option<Stored>) -> Result<Page, Error> {
    let sent = sound(sent)?.at(app.clock.now());
    let report = stored.as_ref().map(|stored| stored.header.id);
    let stored = stored.map(|stored| stored.draft);
    let read = app
        .blocking(Lane::Render, move || {
            Ok::<_, Error>(match sent.said_of_rows() {
                Ok(said) => Err(said),
                Err(sent) => Ok(sent.read()),
            })
        })
        .await?;
    let (form, texts) = match read {
        Ok(read) => read,
        Err((said, figure)) => return Ok(page([("said", json!(said)), ("figure", json!(figure))])),
    };
    let work = move || {
        Ok::<_, Error>(if form.r#do == "hints" {
            let hints = wording::hints(&texts, &form.dismissed);
            ("hints", json!(hints))
        } else {
            let preview = preview(form.read(&stored.unwrap_or_default()));
            ("preview_html", preview)
        })
    };
    let (name, mut drawn) = app.blocking(Lane::Render, work).await?;
    if let Some(report) = report
        && has_pictures(&drawn)
    {
        give_room(&mut *app.db.get().await?, report, &mut drawn).await?;
    }
    Ok(page([(name, drawn)]))
}

/// What was asked for, and nothing of the rest. Not by `json!`, which would copy it.
fn page<const N: usize>(asked: [(&str, Value); N]) -> Page {
    let mut view = Map::new();
    for (name, nothing) in [
        ("hints", json!([])),
        ("said", json!([])),
        ("figure", Value::Null),
        ("preview_html", Value::Null),
    ] {
        view.insert(name.to_owned(), nothing);
    }
    view.extend(asked.map(|(name, drawn)| (name.to_owned(), drawn)));
    Page::new("beside", "Preview", view)
}

/// What `preview.hbs` shows of a form.
pub(super) fn preview(read: Read) -> Value {
    let Read {
        mut draft, remarks, ..
    } = read;
    // As saving would store it.
    draft.normalise();
    let mut preview = view::content(&draft);
    let remarks: Vec<_> = remarks
        .iter()
        .map(|it| json!({ "message": it.message, "line": it.line }))
        .collect();
    if let Some(preview) = preview.as_object_mut() {
        preview.insert("remarks".to_owned(), json!(remarks));
    }
    preview
}

/// The beginning of a name, and of what.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Begun {
    of: String,
    q: String,
}

/// At most so many names are offered.
const NAMES: i64 = 20;
/// So many characters of a name tell enough.
const MOST_ASKED: usize = 200;

/// `GET /reports/names?of=services&q=che`: names of services, teams or tags on reports that this person may see.
pub async fn names(
    app: web::Data<App>,
    person: SignedIn,
    begun: Query<Begun>,
) -> Result<HttpResponse, PageError> {
    may_create(&app, &person)?;
    let kind = NameKind::parse(&begun.of)
        .ok_or_else(|| Error::field("of", "One of services, teams, tags, factors."))?;
    let start: String = begun.q.trim().chars().take(MOST_ASKED).collect();
    let reach = reach(&person.0, rules(&app.settings));
    let mut conn = app.db.get().await?;
    let names = store::names(&mut conn, &reach, kind, &start, NAMES).await?;
    Ok(HttpResponse::Ok().json(json!({ "names": names })))
}
