//! The page for two saves that changed the same: theirs, mine, and both together.

use super::form::EditForm;
use super::form_page::{About, Desk};
use super::history::{crumb, diff_line, side};
use super::saving::Save;
use super::together::Together;
use crate::platform::http::{Error, Lane, Page, PageError};
use crate::reports::revisions;
use crate::reports::store::{RevisionRow, Stored};
use actix_web::http::StatusCode;
use serde_json::{Value, json};

/// What the page is about.
pub(super) struct Conflict<'a> {
    pub(super) save: &'a Save<'a>,
    pub(super) latest: &'a Stored,
    pub(super) theirs: &'a RevisionRow,
    pub(super) merged: Together,
}

/// Both texts, whole, what is between them, and what has been put together.
pub(super) async fn conflict(it: Conflict<'_>) -> Result<Page, PageError> {
    let Save {
        app,
        person,
        key,
        form,
    } = *it.save;
    let theirs = EditForm::of(&it.latest.draft, it.latest.header.revision);
    let (old, new) = (theirs.document.clone(), form.document.replace("\r\n", "\n"));
    let lines = app
        .blocking(Lane::Render, move || {
            Ok::<_, Error>(revisions::difference(&old, &new))
        })
        .await?;
    let mut about = side(key, it.theirs);
    if let Some(about) = about.as_object_mut() {
        about.insert("document".into(), json!(theirs.document));
    }
    let desk = Desk {
        app,
        person,
        about: About::Old(it.latest),
        named: String::new(),
        notice: None,
        begun: Vec::new(),
        starts: Vec::new(),
        guidance: Vec::new(),
    };
    let view = json!({
        "report": crumb(key, &it.latest.draft.title, it.latest.header.revision),
        "action": format!("/reports/{key}/edit"),
        "base_revision": form.base_revision,
        "clean_merge": it.merged.is_clean(),
        "overlap": overlap(&it.merged),
        "text_overlaps": !it.merged.sections.is_empty(),
        "can_publish": desk.may_publish(),
        "theirs": about,
        "mine_document": form.document,
        "merged_document": it.merged.form.document,
        "lines": lines.iter().map(diff_line).collect::<Vec<_>>(),
        "carried": carried(&it.merged),
        "choices": choices(&it.merged),
    });
    let title = format!("{key} was saved meanwhile");
    Ok(Page::new("conflict", title, view).with_status(StatusCode::CONFLICT))
}

/// What both changed, in words: `Title, Started and the text under “Impact”`.
fn overlap(merged: &Together) -> String {
    let fields = merged.fields.iter().map(|it| it.label.to_owned());
    let sections = merged.sections.iter().map(|heading| {
        if heading.is_empty() {
            "the text above the first heading".to_owned()
        } else {
            format!("the text under “{heading}”")
        }
    });
    let mut all: Vec<String> = fields.chain(sections).collect();
    let last = all.pop().unwrap_or_default();
    if all.is_empty() {
        last
    } else {
        format!("{} and {last}", all.join(", "))
    }
}

/// The fields that come along unseen: all but the text, the revision and those to choose.
fn carried(merged: &Together) -> Vec<Value> {
    merged
        .form
        .carried()
        .into_iter()
        .filter(|(name, _)| {
            !matches!(*name, "document" | "base_revision")
                && merged.fields.iter().all(|field| field.name != *name)
        })
        .map(|(name, value)| json!({ "name": name, "value": value }))
        .collect()
}

fn choices(merged: &Together) -> Vec<Value> {
    let shown = |value: &str| {
        if value.is_empty() {
            "nothing".to_owned()
        } else {
            value.to_owned()
        }
    };
    merged
        .fields
        .iter()
        .map(|it| {
            json!({
                "name": it.name,
                "label": it.label,
                "theirs": { "value": it.theirs, "text": shown(&it.theirs) },
                "mine": { "value": it.mine, "text": shown(&it.mine) },
            })
        })
        .collect()
}
