//! The audit log, for administrators.

use super::words;
use crate::accounts::{self, Action, AuditEntry, SignedIn, reach, require, rules};
use crate::platform::app::App;
use crate::platform::http::{Page, PageError, Query};
use crate::platform::ids::{ReportId, ReportKey};
use crate::reports::store::{self, Summary};
use actix_web::web;
use serde::Deserialize;
use serde_json::{Value, json};

/// Entries on one page.
const PAGE: i64 = 100;

/// Which entries to show.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Wanted {
    /// Of this report alone: `PM-42`.
    #[serde(default)]
    report: Option<String>,
    /// Older than this entry.
    #[serde(default)]
    before: Option<i64>,
}

/// `GET /admin/audit?report=PM-42&before=17`
pub async fn audit_log(
    app: web::Data<App>,
    person: SignedIn,
    query: Query<Wanted>,
) -> Result<Page, PageError> {
    require(&person.0, Action::SeeMetrics, &app.settings)?;
    let typed = query.report.as_deref().unwrap_or_default().trim();
    let mut conn = app.db.get().await?;
    let key: Option<ReportKey> = typed.parse().ok();
    let report = match key {
        Some(key) => store::header(&mut conn, key, false).await?.map(|it| it.id),
        None => None,
    };
    let is_unknown = !typed.is_empty() && report.is_none();
    let mut entries = if is_unknown {
        Vec::new()
    } else {
        let page = (query.before, PAGE + 1);
        accounts::audit_log(&mut conn, &person.0, report, page).await?
    };
    let wanted = usize::try_from(PAGE).unwrap_or(usize::MAX);
    let has_more = entries.len() > wanted;
    entries.truncate(wanted);
    let mut ids: Vec<i64> = entries.iter().filter_map(|it| Some(it.report?.0)).collect();
    ids.sort_unstable();
    ids.dedup();
    // As far as this person sees them, like everywhere else.
    let reach = reach(&person.0, rules(&app.settings));
    let reports = store::by_ids(&mut conn, &reach, &ids).await?;
    let address = |before: Option<i64>| {
        let mut pairs: Vec<(&str, String)> = Vec::new();
        if !typed.is_empty() {
            pairs.push(("report", typed.to_owned()));
        }
        pairs.extend(before.map(|before| ("before", before.to_string())));
        let query = serde_urlencoded::to_string(pairs).unwrap_or_default();
        format!("/admin/audit?{query}")
    };
    let last = entries.last().filter(|_| has_more).map(|it| it.id);
    let view = json!({
        "report": typed,
        "problem": is_unknown.then_some("There is no report of this key. A key looks like PM-42."),
        "entries": entries.iter().map(|it| row(it, &reports)).collect::<Vec<_>>(),
        "newest": query.before.map(|_| address(None)),
        "older": last.map(|last| address(Some(last))),
    });
    Ok(Page::new("audit", "Audit log", view))
}

fn row(entry: &AuditEntry, reports: &[Summary]) -> Value {
    let about = entry.report.map(|id| about(id, reports));
    let details = entry.details.as_object().map(|details| {
        let said = details.iter().filter_map(|(name, value)| {
            let text = match value {
                Value::Null => return None,
                Value::String(text) if text.is_empty() => return None,
                Value::String(text) => text.clone(),
                value
                @ (Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_)) => {
                    value.to_string()
                }
            };
            Some(json!({ "name": name.replace('_', " "), "text": text }))
        });
        said.collect::<Vec<_>>()
    });
    json!({
        "at": entry.at.to_string(),
        "at_text": words::moment(entry.at),
        "actor": entry.actor,
        "action": entry.action.replace('_', " "),
        "about": about,
        "details": details.unwrap_or_default(),
    })
}

fn about(id: ReportId, reports: &[Summary]) -> Value {
    match reports.iter().find(|it| it.id == id) {
        Some(report) => json!({
            "key": report.key.to_string(),
            "title": report.title,
            "link": format!("/reports/{}", report.key),
        }),
        None => json!({ "key": "a report that is gone", "title": "", "link": null }),
    }
}
