//! A report's content as the JSON that one SQL statement brings, and as the draft it stands for.

use crate::reports::model::{
    CheckResult, Countermeasure, CountermeasureStatus, CountermeasureType, Draft, EventSource,
    FactorRole, FactorUse, Kind, Learning, LearningKind, Phase, Section, SectionRole, Severity,
    Source, Status, TimelineEvent, Times, Visibility,
};
use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::pg::{Pg, PgValue};
use diesel::sql_types::Json;
use jiff::Timestamp;
use serde::Deserialize;
use std::collections::BTreeMap;

#[derive(Debug, Deserialize, FromSqlRow)]
pub(super) struct ContentJson {
    /// The length of the JSON.
    #[serde(skip)]
    pub(super) bytes: usize,
    title: String,
    kind: String,
    status: String,
    severity: Option<u8>,
    visibility: String,
    timezone: String,
    started_at: Option<Timestamp>,
    detected_at: Option<Timestamp>,
    acknowledged_at: Option<Timestamp>,
    mitigated_at: Option<Timestamp>,
    resolved_at: Option<Timestamp>,
    facilitator: String,
    authors: Vec<String>,
    sources: Vec<String>,
    source_repo: String,
    source_path: String,
    source_commit: String,
    source_licence: String,
    import_key: Option<String>,
    extra: BTreeMap<String, String>,
    services: Vec<String>,
    teams: Vec<String>,
    tags: Vec<String>,
    sections: Option<Vec<SectionJson>>,
    timeline: Option<Vec<EventJson>>,
    factors: Option<Vec<FactorJson>>,
    learnings: Option<Vec<LearningJson>>,
    countermeasures: Option<Vec<CountermeasureJson>>,
}

#[derive(Debug, Deserialize)]
struct SectionJson {
    role: String,
    heading: String,
    text: String,
}

#[derive(Debug, Deserialize)]
struct EventJson {
    at: Option<Timestamp>,
    at_text: String,
    known_at: Option<Timestamp>,
    phase: Option<String>,
    text: String,
    role: String,
    evidence: String,
    starred: bool,
    source: String,
}

#[derive(Debug, Deserialize)]
struct FactorJson {
    name: String,
    role: String,
    note: String,
}

#[derive(Debug, Deserialize)]
struct LearningJson {
    kind: String,
    text: String,
}

#[derive(Debug, Deserialize)]
struct CountermeasureJson {
    title: String,
    details: String,
    r#type: Option<String>,
    factor: String,
    problem: String,
    hypothesis: String,
    expected_effect: String,
    measure: String,
    check_on: Option<jiff::civil::Date>,
    owner: String,
    due_on: Option<jiff::civil::Date>,
    priority: String,
    tracker: String,
    status: String,
    status_reason: String,
    result: Option<String>,
    evidence: String,
}

/// A stored word is not one of ours: the checks in the database forbid it.
#[derive(Debug, thiserror::Error)]
#[error("a stored report holds a word this version does not know")]
pub(super) struct Unreadable;

impl From<Unreadable> for diesel::result::Error {
    fn from(error: Unreadable) -> Self {
        Self::DeserializationError(Box::new(error))
    }
}

/// Read out of the text that Postgres wrote, without a tree of values in between.
impl FromSql<Json, Pg> for ContentJson {
    fn from_sql(bytes: PgValue<'_>) -> deserialize::Result<Self> {
        let text = bytes.as_bytes();
        let content: Self = serde_json::from_slice(text)?;
        Ok(Self {
            bytes: text.len(),
            ..content
        })
    }
}

impl ContentJson {
    pub(super) fn into_draft(self) -> Result<Draft, Unreadable> {
        let source = Source {
            repo: self.source_repo,
            path: self.source_path,
            commit: self.source_commit,
            licence: self.source_licence,
        };
        Ok(Draft {
            title: self.title,
            kind: Kind::parse(&self.kind).ok_or(Unreadable)?,
            status: Status::parse(&self.status).ok_or(Unreadable)?,
            severity: self.severity.and_then(Severity::new),
            visibility: Visibility::parse(&self.visibility).ok_or(Unreadable)?,
            services: self.services,
            teams: self.teams,
            tags: self.tags,
            times: Times {
                started_at: self.started_at,
                detected_at: self.detected_at,
                acknowledged_at: self.acknowledged_at,
                mitigated_at: self.mitigated_at,
                resolved_at: self.resolved_at,
            },
            timezone: self.timezone,
            authors: self.authors,
            facilitator: self.facilitator,
            sources: self.sources,
            source: (source != Source::default()).then_some(source),
            import_key: self.import_key,
            extra: self.extra,
            sections: each(self.sections, section)?,
            timeline: each(self.timeline, event)?,
            factors: each(self.factors, factor)?,
            learnings: each(self.learnings, learning)?,
            countermeasures: each(self.countermeasures, countermeasure)?,
        })
    }
}

fn each<J, T>(
    rows: Option<Vec<J>>,
    read: fn(J) -> Result<T, Unreadable>,
) -> Result<Vec<T>, Unreadable> {
    rows.unwrap_or_default().into_iter().map(read).collect()
}

fn section(row: SectionJson) -> Result<Section, Unreadable> {
    let role = SectionRole::parse(&row.role).ok_or(Unreadable)?;
    Ok(Section {
        heading: row.heading,
        role,
        text: row.text,
    })
}

fn event(row: EventJson) -> Result<TimelineEvent, Unreadable> {
    Ok(TimelineEvent {
        at: row.at,
        at_text: row.at_text,
        known_at: row.known_at,
        phase: row
            .phase
            .map(|word| Phase::parse(&word).ok_or(Unreadable))
            .transpose()?,
        text: row.text,
        role: row.role,
        evidence: row.evidence,
        starred: row.starred,
        source: EventSource::parse(&row.source).ok_or(Unreadable)?,
    })
}

fn factor(row: FactorJson) -> Result<FactorUse, Unreadable> {
    let role = FactorRole::parse(&row.role).ok_or(Unreadable)?;
    Ok(FactorUse {
        name: row.name,
        role,
        note: row.note,
    })
}

fn learning(row: LearningJson) -> Result<Learning, Unreadable> {
    let kind = LearningKind::parse(&row.kind).ok_or(Unreadable)?;
    Ok(Learning {
        kind,
        text: row.text,
    })
}

fn countermeasure(row: CountermeasureJson) -> Result<Countermeasure, Unreadable> {
    let kind = row
        .r#type
        .map(|word| CountermeasureType::parse(&word).ok_or(Unreadable));
    let result = row
        .result
        .map(|word| CheckResult::parse(&word).ok_or(Unreadable));
    Ok(Countermeasure {
        title: row.title,
        details: row.details,
        kind: kind.transpose()?,
        factor: row.factor,
        problem: row.problem,
        hypothesis: row.hypothesis,
        expected_effect: row.expected_effect,
        measure: row.measure,
        check_on: row.check_on,
        owner: row.owner,
        due_on: row.due_on,
        priority: row.priority,
        tracker: row.tracker,
        status: CountermeasureStatus::parse(&row.status).ok_or(Unreadable)?,
        status_reason: row.status_reason,
        result: result.transpose()?,
        evidence: row.evidence,
    })
}
