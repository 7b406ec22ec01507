//! The page for a save that came too late.

use super::form::EditForm;
use super::history::{crumb, diff_line, side};
use super::read::not_found;
use crate::platform::app::App;
use crate::platform::http::{Error, Lane, Page, PageError};
use crate::reports::model::Draft;
use crate::reports::revisions;
use crate::reports::store::{self, Stored};
use actix_web::http::StatusCode;
use serde_json::{Value, json};

/// Both texts, whole, and what is between them.
pub(super) async fn conflict(
    app: &App,
    latest: &Stored,
    mine: &Draft,
    form: &EditForm,
) -> Result<Page, PageError> {
    let key = latest.header.key;
    let mut conn = app.db.get().await?;
    let (theirs, _) = store::revision(&mut conn, latest.header.id, latest.header.revision)
        .await?
        .ok_or_else(|| not_found(key))?;
    let theirs_form = EditForm::of(&latest.draft, latest.header.revision);
    let (old, new) = (theirs_form.document.clone(), EditForm::of(mine, 0).document);
    let lines = app
        .blocking(Lane::Render, move || {
            Ok::<_, Error>(revisions::difference(&old, &new))
        })
        .await?;
    let mut about = side(key, &theirs);
    if let Some(about) = about.as_object_mut() {
        about.insert("document".into(), json!(theirs_form.document));
    }
    let view = json!({
        "report": crumb(key, &latest.draft.title, latest.header.revision),
        "action": format!("/reports/{key}/edit"),
        "base_revision": form.base_revision,
        "clean_merge": false,
        "theirs": about,
        "mine_document": form.document,
        "merged_document": form.document,
        "lines": lines.iter().map(diff_line).collect::<Vec<_>>(),
        "carried": carried(form),
        "header_changes": header_changes(&theirs_form, form),
    });
    let title = format!("{key} was saved meanwhile");
    Ok(Page::new("conflict", title, view).with_status(StatusCode::CONFLICT))
}

fn header_fields(form: &EditForm) -> [(&'static str, &'static str, &str); 14] {
    [
        ("title", "Title", &form.title),
        ("kind", "Kind", &form.kind),
        ("severity", "Severity", &form.severity),
        ("visibility", "Who may read it", &form.visibility),
        ("services", "Services", &form.services),
        ("teams", "Teams", &form.teams),
        ("tags", "Tags", &form.tags),
        ("authors", "Written by", &form.authors),
        ("started_at", "Started", &form.started_at),
        ("detected_at", "Detected", &form.detected_at),
        ("acknowledged_at", "Acknowledged", &form.acknowledged_at),
        ("mitigated_at", "Mitigated", &form.mitigated_at),
        ("resolved_at", "Resolved", &form.resolved_at),
        ("timezone", "Time zone", &form.timezone),
    ]
}

/// The fields that come along with the text when the merged one is saved.
fn carried(form: &EditForm) -> Vec<Value> {
    header_fields(form)
        .into_iter()
        .map(|(name, _, value)| (name, value))
        .chain([("note", form.note.as_str())])
        .map(|(name, value)| json!({ "name": name, "value": value }))
        .collect()
}

fn header_changes(theirs: &EditForm, mine: &EditForm) -> Vec<Value> {
    header_fields(theirs)
        .into_iter()
        .zip(header_fields(mine))
        .filter(|((_, _, theirs), (_, _, mine))| theirs != mine)
        .map(|((_, label, theirs), (_, _, mine))| {
            json!({ "label": label, "theirs": theirs, "mine": mine })
        })
        .collect()
}
