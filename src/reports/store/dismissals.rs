//! Wording findings that the authors of a report have put aside.

use crate::platform::db::Connection;
use crate::platform::db::prepared::prepared;
use crate::platform::ids::{ReportId, ReportKey};
use diesel::prelude::*;
use diesel::sql_types::{Array, Int8, Text};
use diesel_async::RunQueryDsl;

/// So many are kept of one report.
const MOST: i64 = 500;

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Text)]
    finding: String,
}

/// The names of the findings that were put aside.
pub(crate) async fn dismissed(conn: &mut Connection, report: ReportId) -> QueryResult<Vec<String>> {
    let rows: Vec<Row> = prepared(
        "SELECT finding FROM report_dismissals WHERE report_id = $1 ORDER BY finding LIMIT $2",
    )
    .bind::<Int8, _>(report.0)
    .bind::<Int8, _>(MOST)
    .get_results(conn)
    .await?;
    Ok(rows.into_iter().map(|row| row.finding).collect())
}

/// Puts findings aside, beside those that are, as far as there is room.
pub(crate) async fn dismiss(
    conn: &mut Connection,
    report: ReportKey,
    findings: &[&str],
) -> QueryResult<()> {
    prepared(
        "INSERT INTO report_dismissals (report_id, finding)
         SELECT r.id, f.finding FROM reports r CROSS JOIN (SELECT DISTINCT unnest($2) AS finding) AS f
         WHERE r.number = $1
           AND NOT EXISTS (SELECT FROM report_dismissals d WHERE d.report_id = r.id AND d.finding = f.finding)
         ORDER BY f.finding
         LIMIT (SELECT greatest(0, $3 - count(*)) FROM report_dismissals d JOIN reports o ON o.id = d.report_id
                WHERE o.number = $1)
         ON CONFLICT DO NOTHING",
    )
    .bind::<Int8, _>(report.0)
    .bind::<Array<Text>, _>(findings.to_vec())
    .bind::<Int8, _>(MOST)
    .execute(conn)
    .await?;
    Ok(())
}
