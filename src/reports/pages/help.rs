//! Help: the keys, and the language of queries.

use crate::platform::http::{Page, PageError};
use serde_json::{Value, json};

/// `GET /help/keys`
pub async fn keys() -> Result<Page, PageError> {
    Ok(Page::new("help_keys", "Keys", json!({})))
}

/// What can be written, and what it finds.
const EXAMPLES: [(&str, &str); 14] = [
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
        "service:checkout",
        "reports about a service; a name with spaces goes in quotes",
    ),
    ("severity:2", "how bad it was; sev:2 means the same"),
    ("kind:near_miss", "incident, near_miss or exercise"),
    ("tag:dns", "reports with a tag"),
    ("team:platform", "reports of a team"),
    (
        "factor:\"retry without backoff\"",
        "reports with a contributing factor",
    ),
    ("status:draft", "draft, in_review, published or archived"),
    ("after:2026-01", "began in that month or later"),
    ("before:2025", "began before that year"),
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
