//! People by what is known of their name.

use diesel::prelude::*;
use diesel::sql_types::{Array, Bool, Int8, Text};
use diesel_async::RunQueryDsl;

use super::{Result, member_from};
use crate::accounts::actions::Wanted;
use crate::accounts::model::Member;
use crate::accounts::policy::Access;
use crate::platform::db::Connection;
use crate::platform::db::prepared::prepared;

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Int8)]
    id: i64,
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Text)]
    role: String,
    #[diesel(sql_type = Array<Int8>)]
    teams: Vec<i64>,
}

/// People who are not suspended, by name. With `access`, those it leaves out are not among the fifty; the caller judges the
/// others by the policy.
pub(in crate::accounts) async fn members(
    conn: &mut Connection,
    wanted: Wanted<'_>,
    access: Option<&Access>,
) -> Result<Vec<Member>> {
    let (like, called, texts): (&str, &str, &[String]) = match wanted {
        Wanted::Like(text) => (text, "", &[]),
        Wanted::Called(text) => ("", text, &[]),
        Wanted::AtTheStartOf(texts) => ("", "", texts),
    };
    let by_part = matches!(wanted, Wanted::Like(_));
    let nobody = Access::default();
    let named = access.unwrap_or(&nobody);
    let people = named.authors.iter().chain(&named.viewers);
    let rows: Vec<Row> = prepared(
        "SELECT p.id, p.name, p.role, ARRAY(SELECT team_id FROM team_members t WHERE t.person_id = p.id) AS teams
         FROM people p
         WHERE p.suspended_at IS NULL
           AND ($1 AND position(lower($2) IN lower(p.name)) > 0
                OR lower($3) IN (lower(p.name), lower(p.email))
                OR EXISTS (SELECT FROM unnest($4) AS said WHERE starts_with(lower(said), lower(p.name))))
           AND ($5 OR p.role = 'admin' OR p.role = 'author' AND $6 OR p.id = ANY($7)
                OR EXISTS (SELECT FROM team_members t WHERE t.person_id = p.id AND t.team_id = ANY($8)))
         ORDER BY lower(p.name), p.id LIMIT 50",
    )
    .bind::<Bool, _>(by_part)
    .bind::<Text, _>(like)
    .bind::<Text, _>(called)
    .bind::<Array<Text>, _>(texts)
    .bind::<Bool, _>(access.is_none_or(|it| it.published && !it.restricted))
    .bind::<Bool, _>(!named.restricted)
    .bind::<Array<Int8>, _>(people.map(|id| id.0).collect::<Vec<_>>())
    .bind::<Array<Int8>, _>(named.viewer_teams.iter().map(|id| id.0).collect::<Vec<_>>())
    .get_results(conn)
    .await?;
    rows.into_iter()
        .map(|row| member_from((row.id, row.name, row.role, row.teams)))
        .collect()
}
