//! The shapes of the JSON. A promise to others: fields are added, never changed.

#![expect(
    single_use_lifetimes,
    reason = "the derive of the description names the lifetime of a shape once"
)]

use super::rows::{CountermeasureJson, EventJson, FactorJson, LearningJson, Row as _};
use super::words;
use crate::platform::ids::ReportKey;
use crate::reports::model::{self, Problem};
use crate::reports::store::{RevisionRow, Stored, Summary};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

/// A page of a list.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Page<T> {
    /// What is on this page.
    #[schema(max_items = 200)]
    pub(super) items: Vec<T>,
    /// How many there are on all pages.
    #[schema(minimum = 0)]
    pub(super) total: i64,
    /// Sent back as `cursor`, brings the next page; null on the last.
    pub(super) next_cursor: Option<String>,
}

/// A report in a list.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Summary)]
pub(super) struct SummaryJson<'a> {
    /// Its key.
    #[schema(pattern = "^PM-[1-9][0-9]{0,11}$", example = "PM-42")]
    id: String,
    /// One line.
    title: &'a str,
    /// Where people find it.
    #[schema(format = "uri")]
    url: String,
    /// The first sentences, as plain text.
    summary: &'a str,
    kind: words::Kind,
    status: words::Status,
    visibility: words::Visibility,
    /// None for near misses, or where nobody said.
    severity: Option<words::Severity>,
    services: &'a [String],
    tags: &'a [String],
    /// When the impact began.
    occurred_at: Option<Timestamp>,
    /// When it was over.
    resolved_at: Option<Timestamp>,
    /// When it was first published.
    published_at: Option<Timestamp>,
    /// When anything of it changed last.
    updated_at: Timestamp,
    /// The latest revision.
    #[schema(minimum = 1)]
    revision: i32,
    /// Countermeasures that are neither done nor decided against.
    #[schema(minimum = 0)]
    open_countermeasures: i64,
    /// The identity an import gave it.
    import_key: Option<&'a str>,
}

impl<'a> SummaryJson<'a> {
    pub(super) fn new(summary: &'a Summary, site: &str) -> Self {
        Self {
            id: summary.key.to_string(),
            title: &summary.title,
            url: url(site, &summary.key.to_string()),
            summary: &summary.about,
            kind: words::Kind(summary.kind),
            status: words::Status(summary.status),
            visibility: words::Visibility(if summary.restricted {
                model::Visibility::Restricted
            } else {
                model::Visibility::Open
            }),
            severity: summary.severity.map(words::Severity),
            services: &summary.services,
            tags: &summary.tags,
            occurred_at: summary.started_at,
            resolved_at: summary.resolved_at,
            published_at: summary.published_at,
            updated_at: summary.updated_at,
            revision: summary.revision,
            open_countermeasures: summary.open_countermeasures,
            import_key: summary.import_key.as_deref(),
        }
    }
}

/// Where people find a report.
pub(super) fn url(site: &str, key: &str) -> String {
    format!("{}/reports/{key}", site.trim_end_matches('/'))
}

/// A whole report.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Report)]
pub(super) struct ReportJson<'a> {
    /// Its key.
    #[schema(pattern = "^PM-[1-9][0-9]{0,11}$", example = "PM-42")]
    id: String,
    /// Where people find it.
    #[schema(format = "uri")]
    url: String,
    /// One line.
    title: &'a str,
    kind: words::Kind,
    status: words::Status,
    visibility: words::Visibility,
    /// None for near misses, or where nobody said.
    severity: Option<words::Severity>,
    /// When the impact began.
    started_at: Option<Timestamp>,
    /// When somebody or something noticed.
    detected_at: Option<Timestamp>,
    /// When a responder took it on.
    acknowledged_at: Option<Timestamp>,
    /// When the impact ended for most.
    mitigated_at: Option<Timestamp>,
    /// When it was over.
    resolved_at: Option<Timestamp>,
    /// The IANA zone the report is written in.
    timezone: &'a str,
    services: &'a [String],
    teams: &'a [String],
    tags: &'a [String],
    /// The people who wrote it, as written.
    authors: &'a [String],
    /// Who led the review; may be empty.
    facilitator: &'a str,
    /// Links to where it was first told.
    sources: &'a [String],
    /// The identity an import gave it.
    import_key: Option<&'a str>,
    /// Where an import came from.
    source: Option<SourceJson<'a>>,
    /// The latest revision.
    #[schema(minimum = 1)]
    revision: i32,
    /// When it was begun.
    created_at: Timestamp,
    /// When anything of it changed last.
    updated_at: Timestamp,
    /// When it was first published.
    published_at: Option<Timestamp>,
    /// The prose, in the order written.
    sections: Vec<SectionJson<'a>>,
    timeline: Vec<EventJson>,
    factors: Vec<FactorJson>,
    learnings: Vec<LearningJson>,
    countermeasures: Vec<CountermeasureJson>,
    /// All of it as Markdown with front matter.
    document: &'a str,
}

/// Where an imported report came from.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Source)]
pub(super) struct SourceJson<'a> {
    /// The repository.
    repo: &'a str,
    /// The path inside it.
    path: &'a str,
    /// The commit it was read at; may be empty.
    commit: &'a str,
    /// The licence, as an SPDX expression; may be empty.
    licence: &'a str,
}

/// One heading with the Markdown below it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Section)]
pub(super) struct SectionJson<'a> {
    /// The heading as written; empty for text before the first.
    heading: &'a str,
    role: words::SectionRole,
    /// The Markdown, without the rows that are lists of their own.
    text: &'a str,
}

impl<'a> ReportJson<'a> {
    pub(super) fn new(stored: &'a Stored, document: &'a str, site: &str) -> Self {
        let (header, draft) = (&stored.header, &stored.draft);
        let sections = draft.sections.iter().map(|section| SectionJson {
            heading: &section.heading,
            role: words::SectionRole(section.role),
            text: &section.text,
        });
        Self {
            id: header.key.to_string(),
            url: url(site, &header.key.to_string()),
            title: &draft.title,
            kind: words::Kind(draft.kind),
            status: words::Status(header.status),
            visibility: words::Visibility(draft.visibility),
            severity: draft.severity.map(words::Severity),
            started_at: draft.times.started_at,
            detected_at: draft.times.detected_at,
            acknowledged_at: draft.times.acknowledged_at,
            mitigated_at: draft.times.mitigated_at,
            resolved_at: draft.times.resolved_at,
            timezone: &draft.timezone,
            services: &draft.services,
            teams: &draft.teams,
            tags: &draft.tags,
            authors: &draft.authors,
            facilitator: &draft.facilitator,
            sources: &draft.sources,
            import_key: header.import_key.as_deref(),
            source: draft.source.as_ref().map(|source| SourceJson {
                repo: &source.repo,
                path: &source.path,
                commit: &source.commit,
                licence: &source.licence,
            }),
            revision: header.revision,
            created_at: header.created_at,
            updated_at: header.updated_at,
            published_at: header.published_at,
            sections: sections.collect(),
            timeline: EventJson::of(draft),
            factors: FactorJson::of(draft),
            learnings: LearningJson::of(draft),
            countermeasures: CountermeasureJson::of(draft),
            document,
        }
    }
}

/// What a save answers.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
#[schema(as = Saved)]
pub(super) enum SavedJson<'a> {
    /// The report.
    Report(Box<SavedReportJson<'a>>),
    /// To a token that may not read the report any more.
    Key(SavedKeyJson),
}

/// A report that was just saved.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SavedReport)]
pub(super) struct SavedReportJson<'a> {
    #[serde(flatten)]
    pub(super) report: ReportJson<'a>,
    /// What a person should look at, though it was saved.
    pub(super) remarks: Vec<RemarkJson<'a>>,
}

/// A report that was saved, to a token that may not read it any more.
#[derive(Debug, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = SavedKey)]
pub(super) struct SavedKeyJson {
    /// Its key.
    #[schema(pattern = "^PM-[1-9][0-9]{0,11}$", example = "PM-42")]
    pub(super) id: String,
}

/// What a person should look at.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Remark)]
pub(super) struct RemarkJson<'a> {
    /// The line of the document, counted from 1; 0 where no line applies.
    line: usize,
    /// The field it concerns, or empty.
    field: &'a str,
    /// What is the matter, and what to do about it.
    message: &'a str,
}

impl<'a> From<&'a Problem> for RemarkJson<'a> {
    fn from(it: &'a Problem) -> Self {
        Self {
            line: it.line,
            field: &it.field,
            message: &it.message,
        }
    }
}

/// One save of a report.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Revision)]
pub(super) struct RevisionJson<'a> {
    /// Counted from 1.
    #[schema(minimum = 1)]
    number: i32,
    /// What it was: `created`, `saved`, `imported`, `published`, `restored`, `merged`; more may be added.
    #[schema(example = "saved")]
    event: &'a str,
    /// Why, in the author's words; may be empty.
    note: &'a str,
    /// Who saved.
    author: &'a str,
    /// When.
    created_at: Timestamp,
    /// Where people find it.
    #[schema(format = "uri")]
    url: String,
    /// What the report said then, as Markdown with front matter; not in lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    document: Option<String>,
}

impl<'a> RevisionJson<'a> {
    pub(super) fn new(
        key: ReportKey,
        row: &'a RevisionRow,
        document: Option<String>,
        site: &str,
    ) -> Self {
        Self {
            number: row.number,
            event: &row.event,
            note: &row.note,
            author: &row.author_name,
            created_at: row.created_at,
            url: format!("{}/revisions/{}", url(site, &key.to_string()), row.number),
            document,
        }
    }
}
