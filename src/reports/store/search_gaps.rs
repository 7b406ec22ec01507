//! What searches did not find.

use crate::platform::db::Connection;
use crate::platform::db::prepared::prepared;
use diesel::prelude::*;
use diesel::sql_types::{Array, Int8, Text, Timestamptz};
use diesel_async::RunQueryDsl;
use jiff::Timestamp;
use jiff_diesel::ToDiesel;

/// So many of the latest are kept, however rare: each has its time to come again.
const LATEST: i64 = 300;
/// Of all others so many: those that were searched for most often. So nobody pushes those out by making words up.
const OFTEN: i64 = 700;

/// Words that were searched for and not found.
#[derive(Clone, Debug)]
pub(crate) struct SearchGap {
    pub words: String,
    pub times: i64,
    pub first_at: Timestamp,
    pub last_at: Timestamp,
}

/// Counts each of these once more, and forgets what is too old or too much.
pub(crate) async fn keep_gaps(
    conn: &mut Connection,
    words: &[String],
    (now, oldest): (Timestamp, Timestamp),
) -> QueryResult<()> {
    prepared(
        "INSERT INTO search_gaps (words, times, first_at, last_at)
         SELECT said.words, count(*), $2, $2 FROM unnest($1) AS said (words) GROUP BY said.words ORDER BY said.words
         ON CONFLICT (words) DO UPDATE SET times = search_gaps.times + excluded.times, last_at = excluded.last_at",
    )
    .bind::<Array<Text>, _>(words.to_vec())
    .bind::<Timestamptz, _>(now.to_diesel())
    .execute(conn)
    .await?;
    prepared(
        // What another node changes at this moment is left for the next time.
        "DELETE FROM search_gaps WHERE words IN (
             SELECT words FROM search_gaps WHERE last_at < $1 OR words IN (
                 SELECT words FROM (
                     SELECT * FROM search_gaps ORDER BY last_at DESC, times DESC, words OFFSET $2) AS older
                 ORDER BY dismissed_at IS NOT NULL, times DESC, last_at DESC, words OFFSET $3)
             ORDER BY words FOR UPDATE SKIP LOCKED)",
    )
    .bind::<Timestamptz, _>(oldest.to_diesel())
    .bind::<Int8, _>(LATEST)
    .bind::<Int8, _>(OFTEN)
    .execute(conn)
    .await
    .map(drop)
}

/// Those that nobody has put aside: the most often searched for first.
pub(crate) async fn search_gaps(conn: &mut Connection, limit: i64) -> QueryResult<Vec<SearchGap>> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Text)]
        words: String,
        #[diesel(sql_type = Int8)]
        times: i64,
        #[diesel(sql_type = Timestamptz, deserialize_as = jiff_diesel::Timestamp)]
        first_at: Timestamp,
        #[diesel(sql_type = Timestamptz, deserialize_as = jiff_diesel::Timestamp)]
        last_at: Timestamp,
    }
    let rows: Vec<Row> = prepared(
        "SELECT words, times, first_at, last_at FROM search_gaps WHERE dismissed_at IS NULL
         ORDER BY times DESC, last_at DESC, words LIMIT $1",
    )
    .bind::<Int8, _>(limit)
    .get_results(conn)
    .await?;
    let gap = |row: Row| SearchGap {
        words: row.words,
        times: row.times,
        first_at: row.first_at,
        last_at: row.last_at,
    };
    Ok(rows.into_iter().map(gap).collect())
}

/// Puts one aside; false when there is none.
pub(crate) async fn dismiss_gap(
    conn: &mut Connection,
    words: &str,
    now: Timestamp,
) -> QueryResult<bool> {
    let dismissed = prepared(
        "UPDATE search_gaps SET dismissed_at = coalesce(dismissed_at, $2) WHERE words = $1",
    )
    .bind::<Text, _>(words)
    .bind::<Timestamptz, _>(now.to_diesel())
    .execute(conn)
    .await?;
    Ok(dismissed == 1)
}
