//! Who may see which report, as SQL. Says the same as `accounts::policy`; a test compares the two.

use crate::platform::db::Connection;
use crate::platform::db::prepared::prepared;
use crate::platform::ids::ReportId;
use diesel::prelude::*;
use diesel::sql_types::{Int8, Text};
use diesel_async::RunQueryDsl;

/// The names of the people and teams on a report: those who can read it while it is restricted, beside administrators.
pub(crate) async fn named(conn: &mut Connection, id: ReportId) -> QueryResult<Vec<String>> {
    #[derive(QueryableByName)]
    struct Named {
        #[diesel(sql_type = Text)]
        name: String,
    }
    let rows: Vec<Named> = prepared(
        "SELECT name FROM (
            SELECT 1 AS rank, p.name FROM report_authors a JOIN people p ON p.id = a.person_id WHERE a.report_id = $1
            UNION SELECT 2, p.name FROM report_viewers v JOIN people p ON p.id = v.person_id WHERE v.report_id = $1
            UNION SELECT 3, t.name FROM report_viewers v JOIN teams t ON t.id = v.team_id WHERE v.report_id = $1
         ) AS named ORDER BY rank, lower(name)",
    )
    .bind::<Int8, _>(id.0)
    .get_results(conn)
    .await?;
    Ok(rows.into_iter().map(|row| row.name).collect())
}

/// The predicate over `reports r`. Binds `$1` to `$6`, as [`bind_visible`] does.
pub(crate) const VISIBLE: &str = "CASE WHEN r.visibility = 'restricted' THEN
        $3
        OR EXISTS (SELECT 1 FROM report_authors a WHERE a.report_id = r.id AND a.person_id = $4)
        OR EXISTS (SELECT 1 FROM report_viewers v WHERE v.report_id = r.id AND (v.person_id = $4 OR v.team_id = ANY($5)))
    WHEN r.status IN ('published', 'archived') THEN $1
    ELSE $2 OR EXISTS (SELECT 1 FROM report_authors a WHERE a.report_id = r.id AND a.person_id = $6)
    END";

/// Binds a [`Reach`](crate::accounts::Reach) to `$1` to `$6` of a query with [`VISIBLE`] in it.
macro_rules! bind_visible {
    ($query:expr, $reach:expr) => {{
        use diesel::sql_types::{Array, Bool, Int8, Nullable};
        let reach: &crate::accounts::Reach = $reach;
        let teams: Vec<i64> = reach.teams.iter().map(|team| team.0).collect();
        $query
            .bind::<Bool, _>(reach.public)
            .bind::<Bool, _>(reach.drafts)
            .bind::<Bool, _>(reach.restricted)
            .bind::<Nullable<Int8>, _>(reach.named.map(|person| person.0))
            .bind::<Array<Int8>, _>(teams)
            .bind::<Nullable<Int8>, _>(reach.own_drafts.map(|person| person.0))
    }};
}
pub(super) use bind_visible;
