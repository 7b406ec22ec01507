//! What the index is given for one report: plain text and facts, computed by the feature that owns the report.

use jiff::Timestamp;

/// The token of what everybody may find who may search at all. Only from such documents words are learned: else the order
/// of hits would tell of others.
pub const EVERYBODY: &str = "public";

/// One named stretch of a document's plain text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Part {
    /// The heading it stands under, for people: `Timeline`, `Learnings`, or a heading of the author's own.
    pub name: String,
    /// Plain text, markup removed.
    pub text: String,
}

impl Part {
    /// A part from anything that turns into text.
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            text: text.into(),
        }
    }
}

/// One report as search sees it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Document {
    /// The row's id.
    pub id: i64,
    /// The version of this document: a higher one replaces a lower one.
    pub rev: i64,
    /// What people call it: `PM-42`.
    pub key: String,
    /// Its title.
    pub title: String,
    /// Its summary, plain text.
    pub summary: String,
    /// The rest of its text, in reading order.
    pub parts: Vec<Part>,
    /// Names of affected services.
    pub services: Vec<String>,
    /// Names of teams.
    pub teams: Vec<String>,
    /// Tags.
    pub tags: Vec<String>,
    /// Names of contributing factors.
    pub factors: Vec<String>,
    /// Severity level, 1 the worst.
    pub severity: Option<u8>,
    /// Kind, as in the database: `incident`, `near_miss`, …
    pub kind: String,
    /// Status, as in the database: `published`, …
    pub status: String,
    /// When it began.
    pub started_at: Option<Timestamp>,
    /// The year it counts under.
    pub year: Option<i16>,
    /// Who may find it: opaque tokens such as `public`, `u7`, `t3`, compared with those of the searcher.
    pub audience: Vec<String>,
    /// Where it was imported from, so that its file name can be searched.
    pub import_key: Option<String>,
}
