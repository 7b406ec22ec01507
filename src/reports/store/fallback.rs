//! Search by Postgres alone, for when no index can be read, and the words it needs.

use super::access::{VISIBLE, bind_visible};
use crate::accounts::Reach;
use crate::platform::db::Connection;
use crate::platform::db::prepared::prepared;
use crate::platform::search::Order;
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::{Bool, Int8, Jsonb, Nullable, Text, Timestamptz};
use diesel_async::{AsyncConnection, RunQueryDsl};
use jiff::Timestamp;
use jiff_diesel::ToDiesel;

/// So many of the latest texts are read while somebody waits for a search.
const UNWORDED: u32 = 100;

/// What narrows the fallback search. What is empty or `None` does not narrow.
#[derive(Clone, Debug, Default)]
pub(crate) struct Filter {
    /// Values by field, in lower case: one of each field must hold.
    pub has: serde_json::Value,
    /// And none of these.
    pub not: serde_json::Value,
    pub after: Option<Timestamp>,
    pub before: Option<Timestamp>,
}

/// Each field with what it asks of `reports r`; `asked` are the values.
const FIELDS: [(&str, &str); 11] = [
    (
        "service",
        "EXISTS (SELECT FROM report_services t JOIN services c ON c.id = t.service_id
            WHERE t.report_id = r.id AND lower(c.name) IN (TABLE asked))",
    ),
    (
        "team",
        "EXISTS (SELECT FROM report_teams t JOIN teams c ON c.id = t.team_id
            WHERE t.report_id = r.id AND lower(c.name) IN (TABLE asked))",
    ),
    (
        "tag",
        "EXISTS (SELECT FROM report_tags t JOIN tags c ON c.id = t.tag_id
            WHERE t.report_id = r.id AND c.name IN (TABLE asked))",
    ),
    (
        "factor",
        "EXISTS (SELECT FROM report_factors t JOIN factors c ON c.id = t.factor_id
            WHERE t.report_id = r.id AND lower(c.name) IN (TABLE asked))",
    ),
    ("kind", "r.kind IN (TABLE asked)"),
    ("status", "r.status IN (TABLE asked)"),
    ("severity", "r.severity::text IN (TABLE asked)"),
    (
        "year",
        "EXISTS (SELECT FROM asked WHERE extract(year FROM r.started_at AT TIME ZONE 'UTC')::int
            BETWEEN split_part(value, '-', 1)::int AND split_part(value, '-', 2)::int)",
    ),
    (
        "phase",
        "EXISTS (SELECT FROM timeline_events t WHERE t.report_id = r.id AND t.phase IN (TABLE asked))",
    ),
    (
        "has",
        "EXISTS (SELECT FROM asked WHERE CASE value
            WHEN 'timeline' THEN EXISTS (SELECT FROM timeline_events t WHERE t.report_id = r.id)
            WHEN 'factors' THEN EXISTS (SELECT FROM report_factors t WHERE t.report_id = r.id)
            WHEN 'learnings' THEN EXISTS (SELECT FROM learnings t WHERE t.report_id = r.id)
            WHEN 'countermeasures' THEN EXISTS (SELECT FROM countermeasures t WHERE t.report_id = r.id)
            ELSE false END)",
    ),
    (
        "author",
        "EXISTS (SELECT FROM unnest(r.author_names) AS name, asked
            WHERE value = lower(name) OR value = ANY(string_to_array(lower(name), ' ')))",
    ),
];

/// What the lists in the placeholder of this number ask for.
fn holds(place: &str, not: bool) -> String {
    let fields = FIELDS.map(|(field, condition)| {
        let holds = format!(
            "(WITH asked AS (SELECT jsonb_array_elements_text({place} -> '{field}') AS value) SELECT coalesce({condition}, false))"
        );
        let holds = if not { format!("NOT {holds}") } else { holds };
        format!("({place} -> '{field}' IS NULL OR {holds})")
    });
    fields.join(" AND ")
}

/// Search by Postgres alone, for when no index can be read: any word counts, more words count more.
/// Answers ids in this order, and how many matched.
pub(crate) async fn fallback_search(
    conn: &mut Connection,
    reach: &Reach,
    words: &str,
    filter: &Filter,
    (order, limit, offset): (Order, i64, i64),
) -> QueryResult<(Vec<i64>, i64)> {
    #[derive(QueryableByName)]
    struct Found {
        #[diesel(sql_type = Int8)]
        id: i64,
        #[diesel(sql_type = Int8)]
        total: i64,
    }
    let (has, has_not) = (holds("$8", false), holds("$9", true));
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
           AND {has} AND {has_not}
           AND ($10 IS NULL OR r.started_at >= $10) AND ($11 IS NULL OR r.started_at < $11)
         ORDER BY CASE WHEN $12 = 'relevance' THEN h.rank END DESC NULLS LAST,
           CASE WHEN $12 = 'severity' THEN r.severity END NULLS LAST,
           CASE WHEN $12 = 'duration' THEN r.resolved_at - r.started_at END DESC NULLS LAST,
           CASE WHEN $12 = 'published' THEN r.published_at END DESC NULLS LAST,
           CASE WHEN $12 <> 'relevance' THEN r.started_at END DESC NULLS LAST, r.id DESC LIMIT $13 OFFSET $14"
    ));
    let rows: Vec<Found> = bind_visible!(query, reach)
        .bind::<Text, _>(words)
        .bind::<Jsonb, _>(&filter.has)
        .bind::<Jsonb, _>(&filter.not)
        .bind::<Nullable<Timestamptz>, _>(filter.after.to_diesel())
        .bind::<Nullable<Timestamptz>, _>(filter.before.to_diesel())
        .bind::<Text, _>(order.word())
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
