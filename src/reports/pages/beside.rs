//! What stands beside a text while it is written: the page as it would look, what to look at, who else is writing, and
//! names to choose from. Nothing is stored.

use super::autosave::sound;
use super::form::Read;
use super::read::key;
use super::sent_form::SentForm;
use super::view;
use super::wording;
use super::write::{editable, may_create};
use crate::accounts::{SignedIn, reach, rules};
use crate::platform::app::App;
use crate::platform::http::{Error, Lane, Page, PageError, Path, Query, Typed};
use crate::reports::model::Draft;
use crate::reports::store::{self, NameKind};
use actix_web::{HttpResponse, web};
use serde::Deserialize;
use serde_json::json;

/// `POST /reports/beside`
pub async fn of_form(
    app: web::Data<App>,
    person: SignedIn,
    sent: Typed<SentForm>,
) -> Result<Page, PageError> {
    may_create(&app, &person)?;
    Ok(drawn(&app, sent, None).await?)
}

/// `POST /reports/PM-42/beside`
pub async fn of_report(
    app: web::Data<App>,
    person: SignedIn,
    path: Path<String>,
    sent: Typed<SentForm>,
) -> Result<Page, PageError> {
    let opened = editable(&app, &person, key(&path)?).await?;
    Ok(drawn(&app, sent, Some(opened.stored.draft)).await?)
}

/// The button `hints` asks for what to look at alone, `rows` for what there is to say of the rows.
async fn drawn(app: &App, sent: Typed<SentForm>, stored: Option<Draft>) -> Result<Page, Error> {
    let sent = sound(sent)?;
    let drawn = app
        .blocking(Lane::Render, move || {
            let sent = match sent.said_of_rows() {
                Ok(said) => {
                    return Ok(json!({ "hints": [], "said": said, "preview_html": null }));
                }
                Err(sent) => sent,
            };
            let (form, texts) = sent.read();
            let hints = wording::hints(&texts, &form.dismissed);
            let preview =
                (form.r#do != "hints").then(|| preview(form.read(&stored.unwrap_or_default())));
            Ok::<_, Error>(json!({ "hints": hints, "said": [], "preview_html": preview }))
        })
        .await?;
    Ok(Page::new("beside", "Preview", drawn))
}

/// What `preview.hbs` shows of a form.
pub(super) fn preview(read: Read) -> serde_json::Value {
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
