//! The shared catalogue of contributing factors.

use crate::platform::db::Connection;
use crate::platform::db::prepared::prepared;
use crate::platform::ids::ReportKey;
use diesel::prelude::*;
use diesel::sql_types::{Int8, Text};
use diesel_async::RunQueryDsl;

/// A factor of the catalogue.
#[derive(Clone, Debug, QueryableByName)]
pub(crate) struct Factor {
    #[diesel(sql_type = Int8)]
    pub id: i64,
    #[diesel(sql_type = Text)]
    pub name: String,
    #[diesel(sql_type = Text)]
    pub category: String,
    #[diesel(sql_type = Text)]
    pub description: String,
    /// How many reports name it.
    #[diesel(sql_type = Int8)]
    pub reports: i64,
}

const FACTOR: &str = "SELECT f.id, f.name, f.category, f.description,
    (SELECT count(DISTINCT t.report_id) FROM report_factors t WHERE t.factor_id = f.id) AS reports FROM factors f";

/// The whole catalogue, by name.
pub(crate) async fn factors(conn: &mut Connection, most: i64) -> QueryResult<Vec<Factor>> {
    prepared(format!("{FACTOR} ORDER BY lower(f.name) LIMIT $1"))
        .bind::<Int8, _>(most)
        .get_results(conn)
        .await
}

/// One of them.
pub(crate) async fn factor(conn: &mut Connection, id: i64) -> QueryResult<Option<Factor>> {
    prepared(format!("{FACTOR} WHERE f.id = $1"))
        .bind::<Int8, _>(id)
        .get_result(conn)
        .await
        .optional()
}

/// The one of this name.
pub(crate) async fn factor_named(conn: &mut Connection, name: &str) -> QueryResult<Option<Factor>> {
    prepared(format!("{FACTOR} WHERE lower(f.name) = lower($1)"))
        .bind::<Text, _>(name)
        .get_result(conn)
        .await
        .optional()
}

/// Keeps others from naming these factors in a report until the transaction ends.
pub(crate) async fn lock_factors(conn: &mut Connection, ids: &[i64]) -> QueryResult<()> {
    diesel::sql_query("SELECT id FROM factors WHERE id = ANY($1) ORDER BY id FOR UPDATE")
        .bind::<diesel::sql_types::Array<Int8>, _>(ids)
        .execute(conn)
        .await?;
    Ok(())
}

/// The reports that name a factor, which nobody else saves until the transaction ends. A save locks its report before the
/// factors it names, so these locks come first.
pub(crate) async fn lock_reports_of_factor(
    conn: &mut Connection,
    id: i64,
    most: i64,
) -> QueryResult<Vec<ReportKey>> {
    let rows: Vec<Numbered> = diesel::sql_query(
        "SELECT r.number FROM reports r
         WHERE EXISTS (SELECT 1 FROM report_factors t WHERE t.report_id = r.id AND t.factor_id = $1)
         ORDER BY r.number LIMIT $2 FOR NO KEY UPDATE OF r",
    )
    .bind::<Int8, _>(id)
    .bind::<Int8, _>(most)
    .get_results(conn)
    .await?;
    Ok(keys(rows))
}

#[derive(QueryableByName)]
struct Numbered {
    #[diesel(sql_type = Int8)]
    number: i64,
}

fn keys(rows: Vec<Numbered>) -> Vec<ReportKey> {
    rows.into_iter().map(|row| ReportKey(row.number)).collect()
}

/// From now on this name, whatever its case, means that factor.
pub(crate) async fn keep_former_factor_name(
    conn: &mut Connection,
    name: &str,
    id: i64,
) -> QueryResult<()> {
    diesel::sql_query(
        "INSERT INTO factor_former_names (name, factor_id) VALUES (lower($1), $2)
         ON CONFLICT (name) DO UPDATE SET factor_id = excluded.factor_id",
    )
    .bind::<Text, _>(name)
    .bind::<Int8, _>(id)
    .execute(conn)
    .await?;
    Ok(())
}

/// What meant one factor means another from now on.
pub(crate) async fn move_former_factor_names(
    conn: &mut Connection,
    (from, into): (i64, i64),
) -> QueryResult<()> {
    diesel::sql_query("UPDATE factor_former_names SET factor_id = $2 WHERE factor_id = $1")
        .bind::<Int8, _>(from)
        .bind::<Int8, _>(into)
        .execute(conn)
        .await?;
    Ok(())
}

/// The reports that name a factor.
pub(crate) async fn reports_of_factor(
    conn: &mut Connection,
    id: i64,
) -> QueryResult<Vec<ReportKey>> {
    let rows: Vec<Numbered> = prepared(
        "SELECT r.number FROM reports r
         WHERE EXISTS (SELECT 1 FROM report_factors t WHERE t.report_id = r.id AND t.factor_id = $1) ORDER BY r.number",
    )
    .bind::<Int8, _>(id)
    .get_results(conn)
    .await?;
    Ok(keys(rows))
}

/// Stores what a factor is called and what it means.
pub(crate) async fn describe_factor(conn: &mut Connection, factor: &Factor) -> QueryResult<()> {
    diesel::sql_query(
        "UPDATE factors SET name = $2, category = $3, description = $4 WHERE id = $1",
    )
    .bind::<Int8, _>(factor.id)
    .bind::<Text, _>(&factor.name)
    .bind::<Text, _>(&factor.category)
    .bind::<Text, _>(&factor.description)
    .execute(conn)
    .await?;
    Ok(())
}

/// Takes a factor that no report names out of the catalogue.
pub(crate) async fn drop_factor(conn: &mut Connection, id: i64) -> QueryResult<()> {
    diesel::sql_query("DELETE FROM factors WHERE id = $1")
        .bind::<Int8, _>(id)
        .execute(conn)
        .await?;
    Ok(())
}
