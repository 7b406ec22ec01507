//! Search by Postgres alone, for when no index can be read, and the words it needs.

use super::access::{VISIBLE, bind_visible};
use crate::accounts::Reach;
use crate::platform::db::Connection;
use crate::platform::db::prepared::prepared;
use diesel::prelude::*;
use diesel::sql_types::{Array, Int2, Int4, Int8, Nullable, Text, Timestamptz};
use diesel_async::RunQueryDsl;
use jiff::Timestamp;
use jiff_diesel::ToDiesel;

/// So many reports without words are read while somebody waits for a search.
const UNWORDED: u32 = 100;

/// What narrows the fallback search. Empty lists and `None` do not narrow.
#[derive(Clone, Debug, Default)]
pub(crate) struct Filter {
    pub services: Vec<String>,
    pub teams: Vec<String>,
    pub tags: Vec<String>,
    pub kinds: Vec<String>,
    pub statuses: Vec<String>,
    pub severities: Vec<i16>,
    pub years: Vec<i32>,
    pub after: Option<Timestamp>,
    pub before: Option<Timestamp>,
    pub factors: Vec<String>,
}

/// Search by Postgres alone, for when no index can be read: any word counts, more words count more.
/// Answers ids, best first, and how many matched.
pub(crate) async fn fallback_search(
    conn: &mut Connection,
    reach: &Reach,
    words: &str,
    filter: &Filter,
    (limit, offset): (i64, i64),
) -> QueryResult<(Vec<i64>, i64)> {
    #[derive(QueryableByName)]
    struct Found {
        #[diesel(sql_type = Int8)]
        id: i64,
        #[diesel(sql_type = Int8)]
        total: i64,
    }
    let query = prepared(format!(
        "WITH asked AS (SELECT replace(plainto_tsquery('english', $7)::text, ' & ', ' | ')::tsquery AS words),
         -- The latest without words are read as they are: they may have been saved a moment ago.
         unworded AS MATERIALIZED (SELECT n.id, report_words(n.title, n.plain_text) AS words FROM reports n JOIN (
                SELECT report_id FROM fallback_words WHERE words IS NULL ORDER BY report_id DESC LIMIT {UNWORDED}
             ) w ON w.report_id = n.id),
         hits AS (SELECT w.report_id AS id, ts_rank(w.words, asked.words) AS rank FROM fallback_words w, asked
                WHERE w.words @@ asked.words
             UNION ALL SELECT u.id, ts_rank(u.words, asked.words) FROM unworded u, asked WHERE u.words @@ asked.words)
         SELECT r.id, count(*) OVER () AS total FROM reports r LEFT JOIN hits h ON h.id = r.id
         WHERE {VISIBLE} AND (btrim($7) = '' OR h.id IS NOT NULL)
           AND (cardinality($8) = 0 OR EXISTS (SELECT 1 FROM report_services t JOIN services c ON c.id = t.service_id
                WHERE t.report_id = r.id AND lower(c.name) = ANY($8)))
           AND (cardinality($9) = 0 OR EXISTS (SELECT 1 FROM report_teams t JOIN teams c ON c.id = t.team_id
                WHERE t.report_id = r.id AND lower(c.name) = ANY($9)))
           AND (cardinality($10) = 0 OR EXISTS (SELECT 1 FROM report_tags t JOIN tags c ON c.id = t.tag_id
                WHERE t.report_id = r.id AND c.name = ANY($10)))
           AND (cardinality($11) = 0 OR r.kind = ANY($11))
           AND (cardinality($12) = 0 OR r.status = ANY($12))
           AND (cardinality($13) = 0 OR r.severity = ANY($13))
           AND (cardinality($14) = 0 OR extract(year FROM r.started_at AT TIME ZONE 'UTC')::int = ANY($14))
           AND ($15 IS NULL OR r.started_at >= $15) AND ($16 IS NULL OR r.started_at < $16)
           AND (cardinality($17) = 0 OR EXISTS (SELECT 1 FROM report_factors t JOIN factors c ON c.id = t.factor_id
                WHERE t.report_id = r.id AND lower(c.name) = ANY($17)))
         ORDER BY h.rank DESC NULLS LAST, r.id DESC LIMIT $18 OFFSET $19"
    ));
    let rows: Vec<Found> = bind_visible!(query, reach)
        .bind::<Text, _>(words)
        .bind::<Array<Text>, _>(&filter.services)
        .bind::<Array<Text>, _>(&filter.teams)
        .bind::<Array<Text>, _>(&filter.tags)
        .bind::<Array<Text>, _>(&filter.kinds)
        .bind::<Array<Text>, _>(&filter.statuses)
        .bind::<Array<Int2>, _>(&filter.severities)
        .bind::<Array<Int4>, _>(&filter.years)
        .bind::<Nullable<Timestamptz>, _>(filter.after.to_diesel())
        .bind::<Nullable<Timestamptz>, _>(filter.before.to_diesel())
        .bind::<Array<Text>, _>(&filter.factors)
        .bind::<Int8, _>(limit)
        .bind::<Int8, _>(offset)
        .get_results(conn)
        .await?;
    let total = rows.as_slice().first().map_or(0, |row| row.total);
    Ok((rows.into_iter().map(|row| row.id).collect(), total))
}

/// Finds the words of some reports that were saved since; answers of how many. Zero: none is left.
///
/// Nobody waits for it, neither a save nor another node: words of a text that changed meanwhile are thrown away.
pub async fn find_words(conn: &mut Connection) -> QueryResult<usize> {
    prepared(
        "WITH found AS MATERIALIZED (
             SELECT w.report_id, w.text_number, report_words(r.title, r.plain_text) AS words
             FROM (SELECT report_id, text_number FROM fallback_words WHERE words IS NULL ORDER BY report_id LIMIT 10) w
             JOIN reports r ON r.id = w.report_id)
         UPDATE fallback_words w SET words = found.words FROM found
         WHERE w.report_id = found.report_id AND w.text_number = found.text_number",
    )
    .execute(conn)
    .await
}
