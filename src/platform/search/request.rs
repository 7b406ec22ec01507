//! A question to the index and its answer.

use std::time::Duration;

use super::counts::{Counts, Facet};
use super::filters::Filters;
use super::query::Query;

/// No page begins or ends behind this hit.
pub const MAX_DEPTH: usize = 1_000;
/// Values listed of each facet.
const FACET_VALUES: usize = 20;

/// Who searches.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Audience {
    /// Every document.
    Everything,
    /// Documents with at least one of these tokens. None: no document.
    AnyOf(Vec<String>),
}

/// How hits are ordered. What is equal is ordered by its start, the latest first. Without words to rank by, the best are
/// the newest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Order {
    /// Best match first.
    #[default]
    Relevance,
    /// By the start of the incident, latest first; those without one last.
    Newest,
    /// The worst severity first; those without one last.
    Severity,
    /// What took longest from its start to its end first; those that lack one of the two last.
    Duration,
    /// What was published last first; what never was, last.
    Published,
}

impl Order {
    /// What somebody who searches may choose.
    pub const CHOICES: [Self; 4] = [
        Self::Relevance,
        Self::Newest,
        Self::Severity,
        Self::Duration,
    ];

    /// The word in an address.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Relevance => "relevance",
            Self::Newest => "newest",
            Self::Severity => "severity",
            Self::Duration => "duration",
            Self::Published => "published",
        }
    }

    /// The choice of that word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::CHOICES.into_iter().find(|order| order.word() == word)
    }
}

/// What to search for.
#[derive(Clone, Debug)]
pub struct Request<'a> {
    /// Words, phrases, exclusions, and filters written in the text.
    pub query: &'a Query,
    /// More filters, as from URL parameters; they hold together with those of the query.
    pub filters: &'a Filters,
    /// Who searches.
    pub audience: &'a Audience,
    /// Hits on the page.
    pub limit: usize,
    /// Hits before the page. `offset + limit` beyond [`MAX_DEPTH`] is cut.
    pub offset: usize,
    /// Count by facet too. Costs more.
    pub facets: bool,
    /// Order of hits.
    pub order: Order,
}

/// One found document.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Hit {
    /// The row's id.
    pub id: i64,
    /// The version that was indexed.
    pub rev: i64,
    /// Higher is better; 0 when not ranked.
    pub score: f32,
}

/// How the matching documents divide. Each list has the most frequent value first, at most twenty.
///
/// The counts of a facet ignore the filters on that facet itself, so that they say what choosing another value would
/// find.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facets {
    /// By affected service.
    pub service: Vec<(String, usize)>,
    /// By severity.
    pub severity: Vec<(String, usize)>,
    /// By kind.
    pub kind: Vec<(String, usize)>,
    /// By year.
    pub year: Vec<(String, usize)>,
    /// By tag.
    pub tag: Vec<(String, usize)>,
}

/// What was found.
#[derive(Clone, Debug, Default)]
pub struct Results {
    /// One page of hits.
    pub hits: Vec<Hit>,
    /// All matching documents.
    pub total: usize,
    /// When asked for.
    pub facets: Facets,
    /// For words that hardly any report has: their place in the query, and a word spelt nearly so that many have.
    pub spelt: Vec<(usize, String)>,
    /// How long it took.
    pub took: Duration,
}

/// Why there is no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SearchError {
    /// No index can be read right now; it is being rebuilt. Ask Postgres instead.
    #[error("the search index is being rebuilt")]
    Unavailable,
    /// The deadline passed.
    #[error("the search took too long")]
    TooSlow,
}

impl Facets {
    pub(super) fn set(&mut self, facet: Facet, counts: Counts) {
        let mut sorted: Vec<_> = counts.into_iter().collect();
        sorted.sort_unstable_by(|(a, x), (b, y)| y.cmp(x).then_with(|| a.cmp(b)));
        sorted.truncate(FACET_VALUES);
        let sorted = sorted.into_iter();
        let sorted = sorted
            .map(|(value, count)| (value.to_string(), count))
            .collect();
        let place = match facet {
            Facet::Service => &mut self.service,
            Facet::Severity => &mut self.severity,
            Facet::Kind => &mut self.kind,
            Facet::Year => &mut self.year,
            Facet::Tag => &mut self.tag,
        };
        *place = sorted;
    }
}
