//! What the search page says of the words that were typed: what was searched beside them, and what may have been meant.

use super::search::Asked;
use crate::platform::search::Query;
use serde_json::{Value, json};

/// What means the same as some of the words, and the way to what was typed alone.
pub(super) fn also(asked: &Asked, query: &Query) -> Value {
    if query.also.is_empty() {
        return Value::Null;
    }
    let parts = query.also.iter().map(|also| {
        json!({
            "typed": query.typed(also),
            "others": also.others.join(", "),
        })
    });
    json!({
        "parts": parts.collect::<Vec<_>>(),
        "exact_link": asked.with_text(&query.exactly().to_string()),
    })
}

/// The query as it may have been meant.
pub(super) fn corrected(asked: &Asked, query: &Query, spelt: &[(usize, String)]) -> Value {
    if spelt.is_empty() {
        return Value::Null;
    }
    let text = query.spelt(spelt).to_string();
    json!({ "link": asked.with_text(&text), "text": text })
}
