//! Help: the keys, and the language of queries.

use crate::platform::http::{Page, PageError};
use serde_json::{Value, json};

/// `GET /help/keys`
pub async fn keys() -> Result<Page, PageError> {
    Ok(Page::new("help_keys", "Keys", json!({})))
}

/// What can be written, and what it finds.
const EXAMPLES: [(&str, &str); 23] = [
    (
        "replica lag after failover",
        "reports with any of these words, best match first",
    ),
    (
        "\"connection reset by peer\"",
        "exactly these words, in this order",
    ),
    (
        "dns -certificate",
        "the first word, without reports that have the second",
    ),
    ("retr*", "words that begin so"),
    (
        "dns OR \"name resolution\"",
        "one of them at least; OR stands between words and phrases, in capital letters",
    ),
    (
        "cache in:title",
        "the words in that part: title, summary, timeline, factors, learnings or countermeasures; in one of them, if several are named",
    ),
    (
        "service:checkout",
        "reports about a service; a name with spaces goes in quotes",
    ),
    ("severity:2", "how bad it was; sev:2 means the same"),
    ("sev:<=2", "SEV2 and worse; sev:1..2 means the same"),
    (
        "-service:checkout",
        "reports that are not about it; - goes before every filter but in: and started:",
    ),
    ("kind:near_miss", "incident, near_miss or exercise"),
    ("tag:dns", "reports with a tag"),
    ("team:platform", "reports of a team"),
    (
        "factor:\"retry without backoff\"",
        "reports with a contributing factor",
    ),
    ("status:draft", "draft, in_review, published or archived"),
    (
        "phase:detect",
        "a phase that the timeline has: background, trigger, detect, diagnose, decide, act, recover or communicate",
    ),
    (
        "has:countermeasures",
        "what there is: timeline, factors, learnings or countermeasures",
    ),
    (
        "author:ada",
        "named as an author; all of the name in quotes, or a word of it",
    ),
    ("after:2026-01", "began in that month or later"),
    ("before:2025", "began before that year"),
    (
        "year:2024..2026",
        "the year it began; 2024.. and <=2024 work too",
    ),
    (
        "started:2026-01..2026-03",
        "began within these months; days and years work too, and so does >=2026-01",
    ),
    (
        "ECONNREFUSED 10.0.0.7:5432",
        "codes, paths, hosts and metric names as they are",
    ),
];

/// `GET /help/query`
pub async fn query_language() -> Result<Page, PageError> {
    let rows: Vec<Value> = EXAMPLES
        .iter()
        .map(|(example, meaning)| {
            let query = serde_urlencoded::to_string([("q", example)]).unwrap_or_default();
            json!({ "example": example, "meaning": meaning, "link": format!("/search?{query}") })
        })
        .collect();
    Ok(Page::new(
        "help_query",
        "How to search",
        json!({ "rows": rows }),
    ))
}
