//! Keeping what was searched for in vain.

use crate::platform::db::{Connection, QueryResult};
use crate::platform::settling::Settling;
use crate::reports::{gaps, store};
use jiff::{SignedDuration, Timestamp};

/// Whoever has typed nothing for so long has stopped.
const STANDS: SignedDuration = SignedDuration::from_secs(10);
/// What nobody searched for since is forgotten.
const KEPT: SignedDuration = SignedDuration::from_hours(180 * 24);

/// Keeps what stands by now, without what looks like a secret; answers how many searches that were.
pub async fn keep_gaps(
    conn: &mut Connection,
    missed: &Settling,
    now: Timestamp,
) -> QueryResult<usize> {
    let before = |span| now.saturating_sub(span).unwrap_or(Timestamp::MIN);
    let mut texts = missed.settled(before(STANDS));
    texts.retain(|text| gaps::is_harmless(text));
    let words: Vec<String> = texts.iter().filter_map(|text| gaps::normal(text)).collect();
    if !words.is_empty() {
        store::keep_gaps(conn, &words, (now, before(KEPT))).await?;
    }
    Ok(words.len())
}
