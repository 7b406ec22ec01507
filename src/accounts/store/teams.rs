//! Teams, who is in them, and finding people by what somebody typed.

use diesel::prelude::*;
use diesel::sql_types::{Array, Int8, Text};
use diesel_async::RunQueryDsl;
use std::collections::HashSet;

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

/// From now on this name, whatever its case, means that team, as long as no team has it.
pub(in crate::accounts) async fn keep_former_name(
    conn: &mut Connection,
    name: &str,
    id: TeamId,
) -> Result<()> {
    prepared(
        "INSERT INTO team_former_names (name, team_id) VALUES (lower($1), $2)
         ON CONFLICT (name) DO UPDATE SET team_id = excluded.team_id",
    )
    .bind::<Text, _>(name)
    .bind::<Int8, _>(id.0)
    .execute(conn)
    .await
    .map(drop)
}

/// Keeps others from naming these teams anywhere until the transaction ends; how many of them there are.
pub(in crate::accounts) async fn lock_teams(
    conn: &mut Connection,
    ids: &[TeamId],
) -> Result<usize> {
    let ids: Vec<i64> = ids.iter().map(|id| id.0).collect();
    prepared("SELECT id FROM teams WHERE id = ANY($1) ORDER BY id FOR UPDATE")
        .bind::<Array<Int8>, _>(ids)
        .execute(conn)
        .await
}

/// The team of this name, whatever its case.
pub(in crate::accounts) async fn team_called(
    conn: &mut Connection,
    name: &str,
) -> Result<Option<TeamId>> {
    let found: Option<i64> = teams::table
        .filter(lower(teams::name).eq(lower(name)))
        .select(teams::id)
        .first(conn)
        .await
        .optional()?;
    Ok(found.map(TeamId))
}

/// Whoever is in one team, and wherever it is named, is and has the other from now on; then the first is gone. Reports
/// are locked before the team, as a save does, and their rows find out through their triggers.
pub(in crate::accounts) async fn merge_team(
    conn: &mut Connection,
    from: TeamId,
    into: TeamId,
) -> Result<()> {
    for statement in [
        "INSERT INTO team_members (team_id, person_id) SELECT $2, person_id FROM team_members WHERE team_id = $1
         ON CONFLICT DO NOTHING",
        "INSERT INTO report_viewers (report_id, team_id) SELECT report_id, $2 FROM report_viewers WHERE team_id = $1
         ON CONFLICT DO NOTHING",
        "INSERT INTO report_teams (report_id, team_id, position) SELECT report_id, $2, position FROM report_teams
         WHERE team_id = $1 ON CONFLICT DO NOTHING",
        "UPDATE team_former_names SET team_id = $2 WHERE team_id = $1",
        // More than that of both: whoever named one or both of them is sent another name now.
        "UPDATE teams SET renames = renames + 1 + (SELECT renames FROM teams WHERE id = $1) WHERE id = $2",
    ] {
        prepared(statement)
            .bind::<Int8, _>(from.0)
            .bind::<Int8, _>(into.0)
            .execute(conn)
            .await?;
    }
    for statement in [
        "DELETE FROM report_viewers WHERE team_id = $1",
        "DELETE FROM report_teams WHERE team_id = $1",
        "DELETE FROM teams WHERE id = $1",
    ] {
        prepared(statement)
            .bind::<Int8, _>(from.0)
            .execute(conn)
            .await?;
    }
    Ok(())
}

/// Locks the reports that name a team, so that nobody saves them until the transaction ends; answers which.
pub(in crate::accounts) async fn lock_reports_of_team(
    conn: &mut Connection,
    id: TeamId,
) -> Result<HashSet<i64>> {
    let rows: Vec<ReportRow> = prepared(
        "SELECT r.id FROM reports r
         WHERE EXISTS (SELECT FROM report_teams t WHERE t.report_id = r.id AND t.team_id = $1)
            OR EXISTS (SELECT FROM report_viewers v WHERE v.report_id = r.id AND v.team_id = $1)
         ORDER BY r.number FOR NO KEY UPDATE OF r",
    )
    .bind::<Int8, _>(id.0)
    .get_results(conn)
    .await?;
    Ok(rows.into_iter().map(|row| row.id).collect())
}

/// The reports that name a team.
pub(in crate::accounts) async fn reports_of_team(
    conn: &mut Connection,
    id: TeamId,
) -> Result<HashSet<i64>> {
    let rows: Vec<ReportRow> = prepared(
        "SELECT report_id AS id FROM report_teams WHERE team_id = $1
         UNION SELECT report_id FROM report_viewers WHERE team_id = $1",
    )
    .bind::<Int8, _>(id.0)
    .get_results(conn)
    .await?;
    Ok(rows.into_iter().map(|row| row.id).collect())
}

#[derive(QueryableByName)]
struct ReportRow {
    #[diesel(sql_type = Int8)]
    id: i64,
}

/// Removes a team that nobody is in and no report names; false when somebody is, or one does.
pub(in crate::accounts) async fn remove_unused_team(
    conn: &mut Connection,
    id: TeamId,
) -> Result<bool> {
    prepared(
        "DELETE FROM teams t WHERE t.id = $1
           AND NOT EXISTS (SELECT FROM team_members m WHERE m.team_id = t.id)
           AND NOT EXISTS (SELECT FROM report_teams u WHERE u.team_id = t.id)
           AND NOT EXISTS (SELECT FROM report_viewers v WHERE v.team_id = t.id)",
    )
    .bind::<Int8, _>(id.0)
    .execute(conn)
    .await
    .map(|rows| rows > 0)
}

/// False when there is no such team.
pub(in crate::accounts) async fn rename_team(
    conn: &mut Connection,
    id: TeamId,
    name: &str,
) -> Result<bool> {
    diesel::update(teams::table.find(id.0))
        .set((teams::name.eq(name), teams::renames.eq(teams::renames + 1)))
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
