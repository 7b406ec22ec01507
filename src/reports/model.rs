//! What a report is: its header, times, sections and structured rows, and the rules they obey. Pure.

pub use super::vocabulary::*;
use jiff::Timestamp;
use std::collections::BTreeMap;

/// The instants of an incident, in UTC. Any may be unknown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Times {
    /// When the impact began.
    pub started_at: Option<Timestamp>,
    /// When somebody or something noticed.
    pub detected_at: Option<Timestamp>,
    /// When a responder took it on.
    pub acknowledged_at: Option<Timestamp>,
    /// When the impact ended for most.
    pub mitigated_at: Option<Timestamp>,
    /// When it was over.
    pub resolved_at: Option<Timestamp>,
}

impl Times {
    /// Pairs of which the second cannot lie before the first. Detection may come before the impact; recovery may not.
    pub const ORDER: [(&'static str, &'static str); 5] = [
        ("started_at", "mitigated_at"),
        ("started_at", "resolved_at"),
        ("detected_at", "acknowledged_at"),
        ("detected_at", "resolved_at"),
        ("mitigated_at", "resolved_at"),
    ];

    /// A time as forms and pages name it.
    pub fn label(field: &str) -> &str {
        match field {
            "started_at" => "Started",
            "detected_at" => "Detected",
            "acknowledged_at" => "Acknowledged",
            "mitigated_at" => "Mitigated",
            "resolved_at" => "Resolved",
            other => other,
        }
    }

    /// The times by their field name, in the order they are expected to happen.
    pub fn named(&self) -> [(&'static str, Option<Timestamp>); 5] {
        [
            ("started_at", self.started_at),
            ("detected_at", self.detected_at),
            ("acknowledged_at", self.acknowledged_at),
            ("mitigated_at", self.mitigated_at),
            ("resolved_at", self.resolved_at),
        ]
    }
}

/// Where an imported report came from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Source {
    /// The repository, as `owner/name` or a URL.
    pub repo: String,
    /// The path inside it.
    pub path: String,
    /// The commit it was read at; may be empty.
    pub commit: String,
    /// The licence, as an SPDX expression; may be empty.
    pub licence: String,
}

/// One heading of the report with the Markdown below it, kept in the order they were written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Section {
    /// The heading as written, without the `#`s; empty for text before the first heading.
    pub heading: String,
    /// What the heading means, where it is one of ours or an alias of one.
    pub role: SectionRole,
    /// The Markdown below the heading, without the rows that became structured.
    pub text: String,
}

/// One line of the timeline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimelineEvent {
    /// When it happened, if date and zone can be known.
    pub at: Option<Timestamp>,
    /// The time as it was written, where `at` is unknown ("about noon") or does not say it all ("10:04 pm PST", a
    /// date without a time); else empty.
    pub at_text: String,
    /// When responders learned of it, where that differs.
    pub known_at: Option<Timestamp>,
    /// Its phase, if stated.
    pub phase: Option<Phase>,
    /// What happened, in Markdown.
    pub text: String,
    /// Who acted, as a role ("on-call engineer"); may be empty.
    pub role: String,
    /// A link to evidence; may be empty.
    pub evidence: String,
    /// Marked as a key moment.
    pub starred: bool,
    /// Where it comes from.
    pub source: EventSource,
}

impl TimelineEvent {
    /// An event of which only the text is known.
    pub fn said(text: impl Into<String>) -> Self {
        Self {
            at: None,
            at_text: String::new(),
            known_at: None,
            phase: None,
            text: text.into(),
            role: String::new(),
            evidence: String::new(),
            starred: false,
            source: EventSource::Manual,
        }
    }
}

/// A contributing factor as used in one report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FactorUse {
    /// The name in the shared catalogue.
    pub name: String,
    /// What it did here.
    pub role: FactorRole,
    /// A note in Markdown; may be empty.
    pub note: String,
}

/// One thing learned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Learning {
    /// Its kind.
    pub kind: LearningKind,
    /// The text, in Markdown.
    pub text: String,
}

/// A countermeasure: an experiment meant to change what happens next time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Countermeasure {
    /// What to do, one line of Markdown.
    pub title: String,
    /// More of it, in Markdown; may be empty.
    pub details: String,
    /// What it is meant to do, if stated.
    pub kind: Option<CountermeasureType>,
    /// The contributing factor it aims at (by name); may be empty.
    pub factor: String,
    /// The problem; may be empty.
    pub problem: String,
    /// "We believe that …"; may be empty.
    pub hypothesis: String,
    /// What should change; may be empty.
    pub expected_effect: String,
    /// How we will know; may be empty.
    pub measure: String,
    /// When we will look.
    pub check_on: Option<jiff::civil::Date>,
    /// A person or team, as written; may be empty.
    pub owner: String,
    /// When it should be done.
    pub due_on: Option<jiff::civil::Date>,
    /// As written ("P1", "high"); may be empty.
    pub priority: String,
    /// Link or key in a tracker; may be empty.
    pub tracker: String,
    /// How far it has come.
    pub status: CountermeasureStatus,
    /// Why it will not be done; required by `wont_do`.
    pub status_reason: String,
    /// What the check showed.
    pub result: Option<CheckResult>,
    /// Evidence for the result and what was learned, in Markdown; may be empty.
    pub evidence: String,
}

impl Countermeasure {
    /// A proposed countermeasure of which only the title is known.
    pub fn titled(title: impl Into<String>) -> Self {
        Self {
            title: title.into(),
            details: String::new(),
            kind: None,
            factor: String::new(),
            problem: String::new(),
            hypothesis: String::new(),
            expected_effect: String::new(),
            measure: String::new(),
            check_on: None,
            owner: String::new(),
            due_on: None,
            priority: String::new(),
            tracker: String::new(),
            status: CountermeasureStatus::Proposed,
            status_reason: String::new(),
            result: None,
            evidence: String::new(),
        }
    }
}

/// Everything a person can write about an incident: the content of one revision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// One line.
    pub title: String,
    /// What happened.
    pub kind: Kind,
    /// The state the document claims (importers may honour it; saving never changes it).
    pub status: Status,
    /// How bad; none for near misses.
    pub severity: Option<Severity>,
    /// Who may see it.
    pub visibility: Visibility,
    /// Services by name or Backstage entity reference.
    pub services: Vec<String>,
    /// Teams by name.
    pub teams: Vec<String>,
    /// Tags, lower case.
    pub tags: Vec<String>,
    /// The instants.
    pub times: Times,
    /// The IANA zone the report is written in; `UTC` when unknown.
    pub timezone: String,
    /// The people who wrote it, as written.
    pub authors: Vec<String>,
    /// Who led the review; may be empty.
    pub facilitator: String,
    /// Links to where it was first told.
    pub sources: Vec<String>,
    /// Where an import came from.
    pub source: Option<Source>,
    /// The stable identity across imports (`id`, `uuid`), if the document states one.
    pub import_key: Option<String>,
    /// Front matter we have no field for: key to value, both as text (YAML flow style).
    pub extra: BTreeMap<String, String>,
    /// The prose.
    pub sections: Vec<Section>,
    /// The timeline, in the order written.
    pub timeline: Vec<TimelineEvent>,
    /// The contributing factors.
    pub factors: Vec<FactorUse>,
    /// What was learned.
    pub learnings: Vec<Learning>,
    /// What will be tried.
    pub countermeasures: Vec<Countermeasure>,
}

impl Default for Draft {
    fn default() -> Self {
        Self {
            title: String::new(),
            kind: Kind::Incident,
            status: Status::Draft,
            severity: None,
            visibility: Visibility::Open,
            services: Vec::new(),
            teams: Vec::new(),
            tags: Vec::new(),
            times: Times::default(),
            timezone: "UTC".to_owned(),
            authors: Vec::new(),
            facilitator: String::new(),
            sources: Vec::new(),
            source: None,
            import_key: None,
            extra: BTreeMap::new(),
            sections: Vec::new(),
            timeline: Vec::new(),
            factors: Vec::new(),
            learnings: Vec::new(),
            countermeasures: Vec::new(),
        }
    }
}

/// The first instant that can be kept: the year 1, for before it the database counts otherwise.
pub const EARLIEST: Timestamp = Timestamp::constant(-62_135_596_800, 0);
/// The largest Markdown document accepted, in bytes.
pub const MAX_DOCUMENT_BYTES: usize = 1024 * 1024;
/// The longest title, in characters.
pub const MAX_TITLE_CHARS: usize = 300;
/// The most rows of one kind (events, factors, …) in a report.
pub const MAX_ROWS: usize = 2_000;
/// The most services, teams, tags or authors on a report.
pub const MAX_NAMES: usize = 50;
/// The longest name of a service, team, tag, person or factor, in characters.
pub const MAX_NAME_CHARS: usize = 200;
/// The longest import key, in characters.
pub const MAX_IMPORT_KEY_CHARS: usize = 1_000;
/// The longest import key, in bytes: its unique index has no room for more.
pub const MAX_IMPORT_KEY_BYTES: usize = 2_500;

/// Something in the text that a person should look at. Never stops parsing; only [`Draft::check`] refuses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Line in the source, counted from 1; 0 where no line applies.
    pub line: usize,
    /// The field it concerns (`title`, `started_at`, `timeline`, …), or empty.
    pub field: String,
    /// What is the matter and what to do about it, as a sentence.
    pub message: String,
}

impl Problem {
    /// A problem of one field, at no particular line.
    pub fn of(field: &str, message: impl Into<String>) -> Self {
        Self {
            line: 0,
            field: field.to_owned(),
            message: message.into(),
        }
    }
}
