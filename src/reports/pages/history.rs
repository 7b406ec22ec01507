//! The past of a report: every save, one save, and what changed between two.

use super::changed::{changed_parts, drawn, words_in};
use super::read::{key, whole};
use super::restore::Warning;
use super::words;
use crate::accounts::{Action, Reader, may, reach, refusal, rules};
use crate::platform::app::App;
use crate::platform::db::Connection;
use crate::platform::http::{Error, Lane, Page, PageError, Path, Query};
use crate::platform::ids::ReportKey;
use crate::platform::markdown;
use crate::reports::revisions::Change;
use crate::reports::store::{self, RevisionRow, Stored};
use crate::reports::{document, model::Draft};
use actix_web::web;
use serde::Deserialize;
use serde_json::{Value, json};

/// A report whose earlier revisions this reader may see.
async fn past(
    conn: &mut Connection,
    app: &App,
    reader: &Reader,
    key: ReportKey,
) -> Result<Stored, Error> {
    let rules = rules(&app.settings);
    let stored = whole(conn, key, &reader.0, rules).await?;
    let action = Action::ReadHistory(&stored.header.access);
    if may(&reader.0, action, rules) {
        return Ok(stored);
    }
    Err(refusal(&reader.0, action))
}

/// A report as the line above these pages names it.
pub(super) fn crumb(key: ReportKey, title: &str, revision: i32) -> Value {
    json!({
        "key": key.to_string(),
        "title": title,
        "link": format!("/reports/{key}"),
        "lang": null,
        "revision": revision,
    })
}

fn missing(key: ReportKey, number: i32) -> impl Fn() -> Error {
    move || Error::not_found(format!("Revision {number} of {key}"))
}

fn event(word: &str) -> Value {
    let label = match word {
        "created" => "Created",
        "imported" => "Imported",
        "published" => "Published",
        "unpublished" => "Taken back",
        "archived" => "Archived",
        "restored" => "Restored",
        "merged" => "Merged",
        "renamed" => "Renamed",
        "review_asked" => "Review asked for",
        "review_taken_back" => "Taken back from review",
        "changes_requested" => "Changes requested",
        "approved" => "Approved",
        "unarchived" => "Out of the archive",
        "facilitator" => "Facilitator",
        _ => "Saved",
    };
    json!({ "word": word, "label": label })
}

/// One side of a comparison, or a line of the history.
pub(super) fn side(key: ReportKey, revision: &RevisionRow) -> Value {
    json!({
        "number": revision.number,
        "link": format!("/reports/{key}/revisions/{}", revision.number),
        "at": revision.created_at.to_string(),
        "at_text": words::moment(revision.created_at),
        "author": revision.author_name,
        "event": event(&revision.event),
        "note": revision.note,
    })
}

/// So many lines of the history are on one page.
const MOST_SHOWN: i64 = 200;

/// Where a page of the history begins.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Before {
    /// Only what is older than this revision.
    before: Option<i32>,
}

/// The pages beside the one with these lines.
fn paging(key: ReportKey, latest: i32, shown: &[RevisionRow], has_older: bool) -> Value {
    let page = |before: i32| format!("/reports/{key}/history?before={before}");
    let most = i32::try_from(MOST_SHOWN).unwrap_or(i32::MAX);
    let newest = shown.first().map_or(latest, |it| it.number);
    let oldest = shown.last().map_or(1, |it| it.number);
    let newer = (newest < latest).then(|| {
        let before = newest.saturating_add(most).saturating_add(1);
        if before > latest {
            format!("/reports/{key}/history")
        } else {
            page(before)
        }
    });
    json!({ "newer": newer, "older": has_older.then(|| page(oldest)) })
}

/// `GET /reports/PM-42/history?before=201`
pub async fn history(
    app: web::Data<App>,
    reader: Reader,
    path: Path<String>,
    query: Query<Before>,
) -> Result<Page, PageError> {
    let key = key(&path)?;
    let mut conn = app.db.get().await?;
    let stored = past(&mut conn, &app, &reader, key).await?;
    let latest = stored.header.revision;
    let before = query.before.filter(|it| (2..=latest).contains(it));
    let reach = reach(&reader.0, rules(&app.settings));
    // One more: the last is compared with it.
    let wanted = (before, MOST_SHOWN + 1);
    let mut rows = store::revisions_before(&mut conn, &reach, stored.header.id, wanted).await?;
    let below = usize::try_from(MOST_SHOWN).ok().and_then(|it| rows.get(it));
    let below = below.map(|it| it.number);
    rows.truncate(usize::try_from(MOST_SHOWN).unwrap_or(usize::MAX));
    let newest = rows.first().map_or(latest, |it| it.number);
    let second = rows.get(1).map(|it| it.number);
    let earlier = rows.iter().skip(1).map(|it| Some(it.number));
    let list: Vec<Value> = rows
        .iter()
        .zip(earlier.chain([below]))
        .map(|(revision, earlier)| {
            let number = revision.number;
            let mut view = side(key, revision);
            if let Some(view) = view.as_object_mut() {
                let diff =
                    earlier.map(|from| format!("/reports/{key}/diff?from={from}&to={number}"));
                view.insert("current".into(), json!(number == latest));
                view.insert("from_checked".into(), json!(Some(number) == second));
                view.insert("to_checked".into(), json!(number == newest));
                view.insert("diff_link".into(), json!(diff));
            }
            view
        })
        .collect();
    let view = json!({
        "report": crumb(key, &stored.draft.title, latest),
        "revisions_total": latest,
        "compare_action": format!("/reports/{key}/diff"),
        "revisions": list,
        "paging": paging(key, latest, &rows, below.is_some()),
    });
    Ok(Page::new("history", format!("History of {key}"), view))
}

/// `GET /reports/PM-42/revisions/3`
pub async fn old_revision(
    app: web::Data<App>,
    reader: Reader,
    path: Path<(String, i32)>,
) -> Result<Page, PageError> {
    let (key_text, number) = &path.0;
    let of = (key(key_text)?, *number);
    Ok(old(&app, &reader, of, Warning::default()).await?)
}

/// The page of one revision, with why it was not restored.
pub(super) async fn old(
    app: &App,
    reader: &Reader,
    (key, number): (ReportKey, i32),
    warning: Warning,
) -> Result<Page, Error> {
    let mut conn = app.db.get().await?;
    let stored = past(&mut conn, app, reader, key).await?;
    let action = Action::EditReport(&stored.header.access);
    let may_edit = may(&reader.0, action, rules(&app.settings));
    let reach = reach(&reader.0, rules(&app.settings));
    let (revision, text) = store::seen_revision(&mut conn, &reach, stored.header.id, number)
        .await?
        .ok_or_else(missing(key, number))?;
    let (draft, html) = app
        .blocking(Lane::Render, move || {
            let draft = document::parse(&text).draft;
            let html = markdown::render(document::body(&text)).html;
            Ok::<_, Error>((draft, html))
        })
        .await?;
    let latest = stored.header.revision;
    let link = format!("/reports/{key}");
    let mut about = side(key, &revision);
    if let Some(about) = about.as_object_mut() {
        about.insert("title".into(), json!(draft.title));
        about.insert("current".into(), json!(number == latest));
    }
    let view = json!({
        "report": crumb(key, &stored.draft.title, latest),
        "revision": about,
        "diff_link": (number != latest).then(|| format!("{link}/diff?from={number}&to={latest}")),
        "history_link": format!("{link}/history"),
        "can_restore": may_edit && number != latest,
        "asks_reason": warning.reason.is_some(),
        "reason": warning.reason,
        "problem": warning.problem,
        "dismissed": warning.dismissed,
        "restore_action": format!("{link}/restore"),
        "facts": facts(&draft),
        "body_html": html,
    });
    Ok(Page::new(
        "revision",
        format!("{key}, revision {number}"),
        view,
    ))
}

/// The header fields of a draft that say something.
fn facts(draft: &Draft) -> Vec<Value> {
    let times = draft.times.named().map(|(name, at)| {
        let label = name.trim_end_matches("_at");
        (label.to_owned(), at.map(words::moment).unwrap_or_default())
    });
    let mut facts = vec![
        ("kind".to_owned(), draft.kind.label().to_owned()),
        (
            "severity".to_owned(),
            draft.severity.map_or_else(String::new, |it| it.to_string()),
        ),
        ("services".to_owned(), draft.services.join(", ")),
        ("teams".to_owned(), draft.teams.join(", ")),
        ("tags".to_owned(), draft.tags.join(", ")),
        ("written by".to_owned(), draft.authors.join(", ")),
    ];
    facts.extend(times);
    facts
        .into_iter()
        .filter(|(_, text)| !text.is_empty())
        .map(|(label, text)| {
            let mut label = label;
            if let Some(first) = label.get_mut(..1) {
                first.make_ascii_uppercase();
            }
            json!({ "label": label, "text": text })
        })
        .collect()
}

/// Which revisions to compare; the one before the latest and the latest when not said.
#[derive(Clone, Copy, Debug, Deserialize)]
pub struct Compared {
    from: Option<i32>,
    to: Option<i32>,
}

/// `GET /reports/PM-42/diff?from=1&to=2`
pub async fn diff(
    app: web::Data<App>,
    reader: Reader,
    path: Path<String>,
    query: Query<Compared>,
) -> Result<Page, PageError> {
    let key = key(&path)?;
    let mut conn = app.db.get().await?;
    let stored = past(&mut conn, &app, &reader, key).await?;
    let (id, latest) = (stored.header.id, stored.header.revision);
    let to = query.to.unwrap_or(latest);
    let reach = reach(&reader.0, rules(&app.settings));
    let from = if let Some(from) = query.from {
        from
    } else {
        let (before, _) = store::revisions_beside(&mut conn, &reach, id, (to, to)).await?;
        before.unwrap_or(to)
    };
    let (old, old_text) = store::seen_revision(&mut conn, &reach, id, from)
        .await?
        .ok_or_else(missing(key, from))?;
    let (new, new_text) = store::seen_revision(&mut conn, &reach, id, to)
        .await?
        .ok_or_else(missing(key, to))?;
    let (previous, next) = store::revisions_beside(&mut conn, &reach, id, (from, to)).await?;
    drop(conn);
    let compare = move || Ok::<_, Error>(changed_parts(&old_text, &new_text));
    let parts = app.blocking(Lane::Render, compare).await?;
    let link = format!("/reports/{key}");
    let step = |from: i32, to: i32| format!("{link}/diff?from={from}&to={to}");
    let view = json!({
        "report": crumb(key, &stored.draft.title, latest),
        "from": side(key, &old),
        "to": side(key, &new),
        "added": words_in(&parts, Change::Added),
        "removed": words_in(&parts, Change::Removed),
        "history_link": format!("{link}/history"),
        "previous_link": previous.map(|previous| step(previous, from)),
        "next_link": next.map(|next| step(to, next)),
        "parts": drawn(&parts),
    });
    Ok(Page::new(
        "diff",
        format!("{key}: revisions {from} and {to}"),
        view,
    ))
}
