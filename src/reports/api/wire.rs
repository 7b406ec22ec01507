//! The shapes of the JSON. A promise to others: fields are added, never changed.

use crate::reports::found::Found;
use crate::reports::model::{
    CheckResult, Countermeasure, CountermeasureType, Draft, Phase, TimelineEvent,
};
use crate::reports::store::{Stored, Summary};
use serde::Serialize;
use serde_json::{Value, json};

/// A report in a list.
#[derive(Debug, Serialize)]
pub(super) struct SummaryJson<'a> {
    id: String,
    title: &'a str,
    url: String,
    summary: &'a str,
    kind: &'static str,
    status: &'static str,
    visibility: &'static str,
    severity: Option<String>,
    services: &'a [String],
    tags: &'a [String],
    occurred_at: Option<String>,
    resolved_at: Option<String>,
    published_at: Option<String>,
    updated_at: String,
    revision: i32,
    open_countermeasures: i64,
    import_key: Option<&'a str>,
}

impl<'a> SummaryJson<'a> {
    pub(super) fn new(summary: &'a Summary, site: &str) -> Self {
        Self {
            id: summary.key.to_string(),
            title: &summary.title,
            url: url(site, &summary.key.to_string()),
            summary: &summary.about,
            kind: summary.kind.word(),
            status: summary.status.word(),
            visibility: if summary.restricted {
                "restricted"
            } else {
                "open"
            },
            severity: summary.severity.map(|severity| severity.to_string()),
            services: &summary.services,
            tags: &summary.tags,
            occurred_at: summary.started_at.map(|at| at.to_string()),
            resolved_at: summary.resolved_at.map(|at| at.to_string()),
            published_at: summary.published_at.map(|at| at.to_string()),
            updated_at: summary.updated_at.to_string(),
            revision: summary.revision,
            open_countermeasures: summary.open_countermeasures,
            import_key: summary.import_key.as_deref(),
        }
    }
}

/// A report found by a search.
#[derive(Debug, Serialize)]
pub(super) struct HitJson<'a> {
    #[serde(flatten)]
    report: SummaryJson<'a>,
    score: f32,
    /// The passage that matched, escaped as HTML, its words in `<em>`.
    snippet: &'a str,
    /// The same passage as plain text.
    snippet_text: &'a str,
    /// The section it is from.
    matched: Option<&'a str>,
}

impl<'a> HitJson<'a> {
    pub(super) fn new(found: &'a Found, site: &str) -> Self {
        let shown = &found.shown;
        Self {
            report: SummaryJson::new(found.summary(), site),
            score: found.score,
            snippet: shown.snippet_for_programs(),
            snippet_text: &shown.snippet_text,
            matched: (!shown.section.is_empty()).then_some(&*shown.section),
        }
    }
}

/// Where people find a report.
pub(super) fn url(site: &str, key: &str) -> String {
    format!("{}/reports/{key}", site.trim_end_matches('/'))
}

/// A whole report.
pub(super) fn report(stored: &Stored, document: &str, site: &str) -> Value {
    let (header, draft) = (&stored.header, &stored.draft);
    let times = draft
        .times
        .named()
        .map(|(name, at)| (name, at.map(|at| at.to_string())));
    let mut json = json!({
        "id": header.key.to_string(),
        "url": url(site, &header.key.to_string()),
        "title": draft.title,
        "kind": draft.kind.word(),
        "status": header.status.word(),
        "visibility": draft.visibility.word(),
        "severity": draft.severity.map(|severity| severity.to_string()),
        "timezone": draft.timezone,
        "services": draft.services,
        "teams": draft.teams,
        "tags": draft.tags,
        "authors": draft.authors,
        "facilitator": draft.facilitator,
        "sources": draft.sources,
        "import_key": header.import_key,
        "source": draft.source.as_ref().map(|source| json!({
            "repo": source.repo, "path": source.path, "commit": source.commit, "licence": source.licence,
        })),
        "revision": header.revision,
        "created_at": header.created_at.to_string(),
        "updated_at": header.updated_at.to_string(),
        "published_at": header.published_at.map(|at| at.to_string()),
        "sections": sections(draft),
        "timeline": draft.timeline.iter().map(event).collect::<Vec<_>>(),
        "factors": draft.factors.iter().map(|factor| json!({
            "name": factor.name, "role": factor.role.word(), "note": factor.note,
        })).collect::<Vec<_>>(),
        "learnings": draft.learnings.iter().map(|learning| json!({
            "kind": learning.kind.word(), "text": learning.text,
        })).collect::<Vec<_>>(),
        "countermeasures": draft.countermeasures.iter().map(countermeasure).collect::<Vec<_>>(),
        "document": document,
    });
    if let Some(object) = json.as_object_mut() {
        object.extend(times.map(|(name, at)| (name.to_owned(), json!(at))));
    }
    json
}

fn sections(draft: &Draft) -> Vec<Value> {
    draft
        .sections
        .iter()
        .map(|section| {
            json!({ "heading": section.heading, "role": section.role.word(), "text": section.text })
        })
        .collect()
}

fn event(event: &TimelineEvent) -> Value {
    json!({
        "at": event.at.map(|at| at.to_string()),
        "at_text": event.at_text,
        "known_at": event.known_at.map(|at| at.to_string()),
        "phase": event.phase.map(Phase::word),
        "text": event.text,
        "role": event.role,
        "evidence": event.evidence,
        "starred": event.starred,
    })
}

fn countermeasure(it: &Countermeasure) -> Value {
    json!({
        "title": it.title,
        "details": it.details,
        "type": it.kind.map(CountermeasureType::word),
        "factor": it.factor,
        "problem": it.problem,
        "hypothesis": it.hypothesis,
        "expected_effect": it.expected_effect,
        "measure": it.measure,
        "check_on": it.check_on.map(|date| date.to_string()),
        "owner": it.owner,
        "due_on": it.due_on.map(|date| date.to_string()),
        "priority": it.priority,
        "tracker": it.tracker,
        "status": it.status.word(),
        "status_reason": it.status_reason,
        "result": it.result.map(CheckResult::word),
        "evidence": it.evidence,
    })
}
