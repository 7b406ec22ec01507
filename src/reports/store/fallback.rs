//! Search by Postgres alone, for when no index can be read, and the words it needs.

use super::access::{VISIBLE, bind_visible};
use crate::accounts::Reach;
use crate::platform::db::Connection;
use crate::platform::db::prepared::prepared;
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::{Array, Bool, Int2, Int4, Int8, Nullable, Text, Timestamptz};
use diesel_async::{AsyncConnection, RunQueryDsl};
use jiff::Timestamp;
use jiff_diesel::ToDiesel;

/// So many of the latest texts are read while somebody waits for a search.
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
         -- The latest whose words are not found yet are read as they are: they may have been saved a moment ago.
         wanted AS MATERIALIZED (SELECT DISTINCT report_id FROM (
                SELECT report_id FROM fallback_wanted WHERE btrim($7) <> '' ORDER BY id DESC LIMIT {UNWORDED}) AS latest),
         unworded AS MATERIALIZED (SELECT n.id, report_words(n.title, n.plain_text) AS words
                FROM reports n JOIN wanted ON wanted.report_id = n.id),
         hits AS (SELECT w.report_id AS id, ts_rank(w.words, asked.words) AS rank FROM fallback_words w, asked
                WHERE w.words @@ asked.words AND w.report_id NOT IN (SELECT report_id FROM wanted)
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

/// Finds the words of a report that was saved since; answers for how many saves. Zero: none is left, or another node is at
/// it.
///
/// Nobody waits for it: it writes no row that a save writes.
pub async fn find_words(conn: &mut Connection) -> QueryResult<usize> {
    conn.transaction(async |conn| {
        // Two at it might keep the words of the older text. What is read from here on is newer than what the last one read.
        let alone = sql::<Bool>("SELECT pg_try_advisory_xact_lock('fallback_wanted'::regclass::oid::bigint)");
        if !alone.get_result::<bool>(conn).await? {
            return Ok(0);
        }
        prepared(
            "WITH wanted AS MATERIALIZED (
                 SELECT id, report_id FROM fallback_wanted
                 WHERE report_id = (SELECT report_id FROM fallback_wanted ORDER BY id LIMIT 1)),
             found AS (
                 UPDATE fallback_words w SET words = report_words(r.title, r.plain_text) FROM reports r
                 WHERE w.report_id = r.id AND r.id IN (SELECT report_id FROM wanted))
             DELETE FROM fallback_wanted f USING wanted WHERE f.id = wanted.id",
        )
        .execute(conn)
        .await
    })
    .await
}
