//! What the index is given for one report: plain text and facts, computed by the feature that owns the report.

use jiff::Timestamp;

/// The token of what everybody may find who may search at all. Only from such documents words are learned: else the order
/// of hits would tell of others.
pub const EVERYBODY: &str = "public";

/// Where in a document a text stands, as far as one can ask for it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Place {
    /// Nowhere that has a name.
    #[default]
    Elsewhere,
    /// The title.
    Title,
    /// The summary.
    Summary,
    /// The timeline.
    Timeline,
    /// The contributing factors.
    Factors,
    /// What was learned.
    Learnings,
    /// What is done about it.
    Countermeasures,
}

impl Place {
    /// Those that can be asked for.
    pub const NAMED: [Self; 6] = [
        Self::Title,
        Self::Summary,
        Self::Timeline,
        Self::Factors,
        Self::Learnings,
        Self::Countermeasures,
    ];

    /// The word in a query.
    pub fn word(self) -> &'static str {
        match self {
            Self::Elsewhere => "elsewhere",
            Self::Title => "title",
            Self::Summary => "summary",
            Self::Timeline => "timeline",
            Self::Factors => "factors",
            Self::Learnings => "learnings",
            Self::Countermeasures => "countermeasures",
        }
    }

    /// The one of this word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::NAMED
            .into_iter()
            .find(|place| place.word().eq_ignore_ascii_case(word))
    }

    /// As the index keeps it.
    pub(super) fn number(self) -> i64 {
        match self {
            Self::Elsewhere => 0,
            Self::Title => 1,
            Self::Summary => 2,
            Self::Timeline => 3,
            Self::Factors => 4,
            Self::Learnings => 5,
            Self::Countermeasures => 6,
        }
    }
}

/// One named stretch of a document's plain text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Part {
    /// The heading it stands under, for people: `Timeline`, `Learnings`, or a heading of the author's own.
    pub name: String,
    /// Plain text, markup removed.
    pub text: String,
    /// Where one can ask for it.
    pub place: Place,
}

impl Part {
    /// A part from anything that turns into text.
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            text: text.into(),
            place: Place::Elsewhere,
        }
    }

    /// The same, where one can ask for it.
    #[must_use]
    pub fn at(self, place: Place) -> Self {
        Self { place, ..self }
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
    /// Names of those who wrote it, as on the report.
    pub authors: Vec<String>,
    /// Phases of its timeline, as in the database.
    pub phases: Vec<String>,
    /// What there is in it, in the words of a query: `timeline`, `countermeasures`.
    pub has: Vec<String>,
    /// Severity level, 1 the worst.
    pub severity: Option<u8>,
    /// Kind, as in the database: `incident`, `near_miss`, …
    pub kind: String,
    /// Status, as in the database: `published`, …
    pub status: String,
    /// When it began.
    pub started_at: Option<Timestamp>,
    /// How many seconds it took, from its start to its end.
    pub lasted: Option<i64>,
    /// When it was published for the first time.
    pub published_at: Option<Timestamp>,
    /// The year it counts under.
    pub year: Option<i16>,
    /// Who may find it: opaque tokens such as `public`, `u7`, `t3`, compared with those of the searcher.
    pub audience: Vec<String>,
    /// Where it was imported from, so that its file name can be searched.
    pub import_key: Option<String>,
}
