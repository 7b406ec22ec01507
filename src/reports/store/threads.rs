//! Comments on a report, thread by thread, for those who want some of them. Callers have asked who may see it.

use super::comments::{COLUMNS, Comment, Row};
use crate::platform::db::Connection;
use crate::platform::db::prepared::prepared;
use crate::platform::ids::ReportId;
use diesel::prelude::*;
use diesel::sql_types::Int8;
use diesel_async::RunQueryDsl;

/// So many threads behind the one of this number, with what answers them, the oldest first.
pub(crate) async fn threads(
    conn: &mut Connection,
    report: ReportId,
    (after, most): (i64, i64),
) -> QueryResult<Vec<Comment>> {
    let rows: Vec<Row> = prepared(format!(
        "WITH first AS (SELECT id FROM comments WHERE report_id = $1 AND parent_id IS NULL AND id > $2 ORDER BY id LIMIT $3)
         SELECT {COLUMNS} FROM comments
         WHERE report_id = $1 AND (id IN (SELECT id FROM first) OR parent_id IN (SELECT id FROM first)) ORDER BY id"
    ))
    .bind::<Int8, _>(report.0)
    .bind::<Int8, _>(after)
    .bind::<Int8, _>(most)
    .get_results(conn)
    .await?;
    Ok(rows.into_iter().map(Comment::from).collect())
}

/// How many threads a report has.
pub(crate) async fn count_threads(conn: &mut Connection, report: ReportId) -> QueryResult<i64> {
    use crate::platform::db::schema::comments as t;
    t::table
        .filter(t::report_id.eq(report.0).and(t::parent_id.is_null()))
        .count()
        .get_result(conn)
        .await
}

/// The whole thread in which a comment on this report stands; nothing when there is none of this number.
pub(crate) async fn thread_of(
    conn: &mut Connection,
    report: ReportId,
    id: i64,
) -> QueryResult<Vec<Comment>> {
    let rows: Vec<Row> = prepared(format!(
        "WITH first AS (SELECT coalesce(parent_id, id) AS id FROM comments WHERE report_id = $1 AND id = $2)
         SELECT {COLUMNS} FROM comments
         WHERE report_id = $1 AND (id IN (SELECT id FROM first) OR parent_id IN (SELECT id FROM first)) ORDER BY id"
    ))
    .bind::<Int8, _>(report.0)
    .bind::<Int8, _>(id)
    .get_results(conn)
    .await?;
    Ok(rows.into_iter().map(Comment::from).collect())
}
