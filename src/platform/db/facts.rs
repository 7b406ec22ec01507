//! What a database says about itself, for whoever checks an installation.

use super::Connection;
use diesel::QueryResult;
use diesel::sql_types::{Int8, Text};
use diesel_async::RunQueryDsl;

/// A few facts about the database behind a connection.
#[derive(Clone, Debug, diesel::QueryableByName)]
pub struct Facts {
    /// The version of Postgres: `17.2`.
    #[diesel(sql_type = Text)]
    pub version: String,
    /// How many reports there are.
    #[diesel(sql_type = Int8)]
    pub reports: i64,
}

/// Asks the database.
pub async fn facts(conn: &mut Connection) -> QueryResult<Facts> {
    diesel::sql_query(
        "SELECT current_setting('server_version') AS version, (SELECT count(*) FROM reports) AS reports",
    )
    .get_result(conn)
    .await
}
