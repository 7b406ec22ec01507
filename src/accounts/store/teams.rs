//! Teams, who is in them, and finding people by what somebody typed.

use diesel::prelude::*;
use diesel::sql_types::{Int8, Text};
use diesel_async::RunQueryDsl;

use super::{PERSON, PersonRow, Result, lower, person_from};
use crate::accounts::model::{Person, Team};
use crate::platform::db::Connection;
use crate::platform::db::prepared::prepared;
use crate::platform::db::schema::{people, team_members, teams};
use crate::platform::ids::{PersonId, TeamId};

#[derive(QueryableByName)]
struct TeamRow {
    #[diesel(sql_type = Int8)]
    id: i64,
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Int8)]
    members: i64,
}

/// All teams by name, at most `most` of them: those with members first.
pub(in crate::accounts) async fn teams(conn: &mut Connection, most: i64) -> Result<Vec<Team>> {
    let rows: Vec<TeamRow> = prepared(
        "SELECT t.id, t.name, count(m.person_id) AS members FROM teams t LEFT JOIN team_members m ON m.team_id = t.id
         GROUP BY t.id ORDER BY count(m.person_id) = 0, lower(t.name), t.id LIMIT $1",
    )
    .bind::<Int8, _>(most)
    .get_results(conn)
    .await?;
    let team = |row: TeamRow| Team {
        id: TeamId(row.id),
        name: row.name,
        members: row.members,
    };
    Ok(rows.into_iter().map(team).collect())
}

/// The name of a team.
pub(in crate::accounts) async fn team_name(
    conn: &mut Connection,
    id: TeamId,
) -> Result<Option<String>> {
    teams::table
        .find(id.0)
        .select(teams::name)
        .get_result(conn)
        .await
        .optional()
}

/// Who is in a team, by name.
pub(in crate::accounts) async fn team_members(
    conn: &mut Connection,
    id: TeamId,
) -> Result<Vec<Person>> {
    let members = team_members::table
        .filter(team_members::team_id.eq(id.0))
        .select(team_members::person_id);
    let rows: Vec<PersonRow> = people::table
        .filter(people::id.eq_any(members))
        .select(PERSON)
        .order((lower(people::name), people::id))
        .load(conn)
        .await?;
    rows.into_iter().map(person_from).collect()
}

pub(in crate::accounts) async fn insert_team(conn: &mut Connection, name: &str) -> Result<TeamId> {
    diesel::insert_into(teams::table)
        .values(teams::name.eq(name))
        .returning(teams::id)
        .get_result(conn)
        .await
        .map(TeamId)
}

/// False when there is no such team.
pub(in crate::accounts) async fn rename_team(
    conn: &mut Connection,
    id: TeamId,
    name: &str,
) -> Result<bool> {
    diesel::update(teams::table.find(id.0))
        .set(teams::name.eq(name))
        .execute(conn)
        .await
        .map(|rows| rows > 0)
}

/// False when they were in it already.
pub(in crate::accounts) async fn add_member(
    conn: &mut Connection,
    team: TeamId,
    person: PersonId,
) -> Result<bool> {
    diesel::insert_into(team_members::table)
        .values((
            team_members::team_id.eq(team.0),
            team_members::person_id.eq(person.0),
        ))
        .on_conflict_do_nothing()
        .execute(conn)
        .await
        .map(|rows| rows > 0)
}

/// False when they were not in it.
pub(in crate::accounts) async fn remove_member(
    conn: &mut Connection,
    team: TeamId,
    person: PersonId,
) -> Result<bool> {
    diesel::delete(team_members::table.find((team.0, person.0)))
        .execute(conn)
        .await
        .map(|rows| rows > 0)
}

/// The people who can sign in and have this e-mail address or this name, whatever its case; two are as good as many.
pub(in crate::accounts) async fn people_called(
    conn: &mut Connection,
    typed: &str,
) -> Result<Vec<Person>> {
    let rows: Vec<PersonRow> = people::table
        .filter(people::suspended_at.is_null())
        .filter(
            lower(people::email)
                .eq(lower(typed))
                .or(lower(people::name).eq(lower(typed))),
        )
        .select(PERSON)
        // An address names one person, also where somebody else is called like it.
        .order((lower(people::email).ne(lower(typed)), people::id))
        .limit(2)
        .load(conn)
        .await?;
    rows.into_iter().map(person_from).collect()
}
