//! Past reports that may tell the same story as the one being written, each with its reasons in words. Silent when
//! unsure: that a service or a common word is shared says too little.

use super::model::Status;
use super::store::{self, Summary};
use crate::accounts::{Actor, Reach, Rules, audience};
use crate::platform::db::{Connection, QueryResult};
use crate::platform::ids::ReportKey;
use crate::platform::search::query::Word;
use crate::platform::search::{Filters, Index, Order, Query, Request, SearchError};
use std::collections::{HashMap, HashSet};

/// More hits than this are a list to work through, not a hint.
const MOST_SHOWN: usize = 3;
/// So many words of a title, and names of factors, are looked up.
const MOST_WORDS: usize = 12;
const MOST_FACTORS: usize = 8;
/// Shorter words say little.
const MIN_WORD_CHARS: usize = 4;
/// A word is rare when at most so many reports have it, or one in fifty.
const RARE: usize = 3;
const RARE_SHARE: usize = 50;
/// Reports looked at for one word or factor.
const MOST_FOUND: usize = 40;
/// Below this nothing is said.
const ENOUGH: usize = 3;
/// Words that titles of reports have in common.
const COMMON: [&str; 40] = [
    "after",
    "again",
    "alert",
    "because",
    "been",
    "before",
    "being",
    "between",
    "could",
    "customers",
    "degraded",
    "down",
    "during",
    "error",
    "errors",
    "failed",
    "failing",
    "failure",
    "from",
    "have",
    "incident",
    "into",
    "issue",
    "near",
    "outage",
    "problem",
    "production",
    "report",
    "service",
    "services",
    "slow",
    "some",
    "that",
    "this",
    "unavailable",
    "users",
    "when",
    "were",
    "while",
    "with",
];

/// What is known of the report being written.
#[derive(Clone, Debug, Default)]
pub(super) struct Writing {
    pub(super) title: String,
    pub(super) services: Vec<String>,
    pub(super) factors: Vec<String>,
    /// The report itself, if it is stored already.
    pub(super) own: Option<ReportKey>,
}

/// A past report, and why it is shown.
#[derive(Clone, Debug)]
pub(super) struct Similar {
    pub(super) summary: Summary,
    pub(super) reasons: Vec<String>,
    score: usize,
}

/// What a report shares with the one being written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Shared {
    factors: Vec<String>,
    words: Vec<String>,
}

/// What the index knows of shared factors and rare words, by report. Blocks for some milliseconds.
pub(super) fn shared(
    index: &Index,
    writing: &Writing,
    actor: &Actor,
    rules: Rules,
) -> Result<HashMap<i64, Shared>, SearchError> {
    let audience = audience(actor, rules);
    let ask = |query: &Query, filters: &Filters| {
        index.search(&Request {
            query,
            filters,
            audience: &audience,
            limit: MOST_FOUND,
            offset: 0,
            facets: false,
            order: Order::Relevance,
        })
    };
    let mut found: HashMap<i64, Shared> = HashMap::new();
    for factor in writing.factors.iter().take(MOST_FACTORS) {
        let filters = Filters {
            factor: vec![factor.clone()],
            ..Filters::default()
        };
        for hit in ask(&Query::default(), &filters)?.hits {
            found
                .entry(hit.id)
                .or_default()
                .factors
                .push(factor.clone());
        }
    }
    let all = usize::try_from(index.documents().unwrap_or(0)).unwrap_or(usize::MAX);
    let rare = RARE.max(all / RARE_SHARE).min(MOST_FOUND);
    for word in telling(&writing.title) {
        let query = Query {
            words: vec![Word {
                text: word.clone(),
                prefix: false,
            }],
            ..Query::default()
        };
        let results = ask(&query, &Filters::default())?;
        // The report itself, where it is stored, has the word too.
        if results.total > rare + usize::from(writing.own.is_some()) {
            continue;
        }
        for hit in results.hits {
            found.entry(hit.id).or_default().words.push(word.clone());
        }
    }
    Ok(found)
}

/// The words of a title that may tell it from others, each once.
fn telling(title: &str) -> Vec<String> {
    let mut seen = HashSet::new();
    title
        .split(|letter: char| letter.is_whitespace() || ",;:!?()[]{}\"“”„'‘’`/|".contains(letter))
        .map(|word| {
            word.trim_matches(|letter: char| !letter.is_alphanumeric())
                .to_lowercase()
        })
        .filter(|word| word.chars().count() >= MIN_WORD_CHARS && !COMMON.contains(&word.as_str()))
        .filter(|word| seen.insert(word.clone()))
        .take(MOST_WORDS)
        .collect()
}

/// The reports worth showing: published ones within reach, best first.
pub(super) async fn similar(
    conn: &mut Connection,
    writing: &Writing,
    shared: HashMap<i64, Shared>,
    reach: &Reach,
) -> QueryResult<Vec<Similar>> {
    let ids: Vec<i64> = shared.keys().copied().collect();
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let summaries = store::by_ids(conn, reach, &ids).await?;
    let mut found: Vec<Similar> = summaries
        .into_iter()
        .filter(|summary| matches!(summary.status, Status::Published | Status::Archived))
        .filter(|summary| Some(summary.key) != writing.own)
        .filter_map(|summary| {
            let shared = shared.get(&summary.id.0)?;
            let (score, reasons) = judged(shared, &services(&summary.services, &writing.services));
            (score >= ENOUGH).then_some(Similar {
                summary,
                reasons,
                score,
            })
        })
        .collect();
    found.sort_by_key(|it| {
        let began = it.summary.started_at.or(it.summary.published_at);
        std::cmp::Reverse((it.score, began, it.summary.id))
    });
    found.truncate(MOST_SHOWN);
    Ok(found)
}

/// The services that both name.
fn services(theirs: &[String], ours: &[String]) -> Vec<String> {
    let is_ours = |name: &&String| {
        ours.iter()
            .any(|our| our.to_lowercase() == name.to_lowercase())
    };
    theirs.iter().filter(is_ours).cloned().collect()
}

/// How much is shared, and that in words.
fn judged(shared: &Shared, services: &[String]) -> (usize, Vec<String>) {
    let Shared { factors, words } = shared;
    let score = 3 * factors.len().min(2) + 2 * words.len().min(3) + services.len().min(1);
    let mut reasons = Vec::new();
    let mut tell = |one: &str, many: &str, names: &[String]| match names {
        [] => {}
        [name] => reasons.push(format!("{one} {name}")),
        names => reasons.push(format!("{many} {}", names.join(", "))),
    };
    tell(
        "Same contributing factor:",
        "Same contributing factors:",
        factors,
    );
    tell("Same service:", "Same services:", services);
    let quoted: Vec<String> = words.iter().map(|word| format!("“{word}”")).collect();
    tell("Both mention", "Both mention", &quoted);
    (score, reasons)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(all: &[&str]) -> Vec<String> {
        all.iter().map(|name| (*name).to_owned()).collect()
    }

    fn judge(factors: &[&str], words: &[&str], services: &[&str]) -> (bool, Vec<String>) {
        let shared = Shared {
            factors: names(factors),
            words: names(words),
        };
        let (score, reasons) = judged(&shared, &names(services));
        (score >= ENOUGH, reasons)
    }

    #[test]
    fn a_service_or_one_word_alone_says_too_little() {
        assert!(!judge(&[], &[], &["payments"]).0);
        assert!(!judge(&[], &["replica"], &[]).0);
        assert!(judge(&[], &["replica"], &["payments"]).0);
        assert!(judge(&[], &["replica", "failover"], &[]).0);
        assert!(judge(&["no canary"], &[], &[]).0);
    }

    #[test]
    fn reasons_are_words() {
        let (_, reasons) = judge(&["no canary"], &["replica", "failover"], &["payments"]);
        assert_eq!(
            reasons,
            [
                "Same contributing factor: no canary",
                "Same service: payments",
                "Both mention “replica”, “failover”"
            ]
        );
    }

    #[test]
    fn words_that_tell_nothing_are_left_out() {
        assert_eq!(
            telling("Outage: the replica \"db-2\" failed over (replica lag, kube-dns.svc)"),
            ["replica", "db-2", "over", "kube-dns.svc"]
        );
        assert_eq!(telling("A service was down"), [""; 0]);
    }

    #[test]
    fn services_are_the_same_in_any_case() {
        assert_eq!(
            services(&names(&["Payments", "dns"]), &names(&["payments"])),
            ["Payments"]
        );
    }
}
