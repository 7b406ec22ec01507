//! Teams: made, renamed, filled; each change in the audit log. Also whom a typed name means.

use diesel_async::AsyncConnection;
use jiff::Timestamp;
use serde_json::json;

use super::{allowed, audit};
use crate::accounts::model::{Actor, Name, Person, Team};
use crate::accounts::policy::Action;
use crate::accounts::store::{self, Failure};
use crate::platform::db::Connection;
use crate::platform::ids::{PersonId, TeamId};

/// So many teams are listed; further ones can only be told apart by searching, which nobody has needed yet.
const MOST_TEAMS: i64 = 1_000;

/// Whom a typed name or e-mail address means, of those who can sign in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lookup {
    /// Exactly one person.
    One(Person),
    /// Nobody.
    Nobody,
    /// More than one: only the e-mail address can tell.
    Several,
}

impl Lookup {
    /// The person, or what to say beside the field.
    pub fn or_problem(self, typed: &str) -> Result<Person, String> {
        let typed = typed.trim();
        match self {
            Self::One(person) => Ok(person),
            Self::Nobody if typed.is_empty() => Err(
                "Type the e-mail address or the name of somebody who has an account.".to_owned(),
            ),
            Self::Nobody => Err(format!(
                "Nobody with an account is called “{typed}”: type their whole name or their e-mail address."
            )),
            Self::Several => Err(format!(
                "More than one person is called “{typed}”: type the e-mail address."
            )),
        }
    }
}

/// Looks a person up by e-mail address or whole name.
pub async fn look_up(conn: &mut Connection, typed: &str) -> Result<Lookup, Failure> {
    let typed = typed.trim();
    // Nobody has a longer one, or one with NUL in it, which the database would not even read.
    if typed.is_empty() || typed.chars().count() > 254 || typed.contains('\0') {
        return Ok(Lookup::Nobody);
    }
    let mut found = store::people_called(conn, typed).await?.into_iter();
    Ok(match (found.next(), found.next()) {
        (None, _) => Lookup::Nobody,
        (Some(first), Some(_)) if !first.email.eq_ignore_ascii_case(typed) => Lookup::Several,
        (Some(one), _) => Lookup::One(one),
    })
}

/// All teams: those with members first, each group by name.
pub async fn teams(conn: &mut Connection) -> Result<Vec<Team>, Failure> {
    Ok(store::teams(conn, MOST_TEAMS).await?)
}

/// The name of a team, and who is in it.
pub(in crate::accounts) async fn team(
    conn: &mut Connection,
    id: TeamId,
) -> Result<Option<(String, Vec<Person>)>, Failure> {
    let Some(name) = store::team_name(conn, id).await? else {
        return Ok(None);
    };
    Ok(Some((name, store::team_members(conn, id).await?)))
}

/// Makes a team, with nobody in it.
pub async fn add_team(
    conn: &mut Connection,
    actor: &Actor,
    now: Timestamp,
    name: &Name,
) -> Result<TeamId, Failure> {
    allowed(actor, Action::ManagePeople)?;
    conn.transaction(async |conn| {
        let team = store::insert_team(conn, name.as_str()).await?;
        let details = json!({ "team": team.0, "name": name.as_str() });
        audit(conn, now, actor, ("add_team", details)).await?;
        Ok(team)
    })
    .await
}

/// Gives a team another name. False when there is no such team.
pub async fn rename_team(
    conn: &mut Connection,
    actor: &Actor,
    now: Timestamp,
    (team, name): (TeamId, &Name),
) -> Result<bool, Failure> {
    allowed(actor, Action::ManagePeople)?;
    conn.transaction(async |conn| {
        // As a save does: the report first, then what it names.
        store::lock_reports_of_team(conn, team).await?;
        let Some(before) = store::team_name(conn, team).await? else {
            return Ok(false);
        };
        if before != name.as_str() {
            store::rename_team(conn, team, name.as_str()).await?;
            // Reports that are being written meanwhile say the former name, and mean this team.
            store::keep_former_name(conn, &before, team).await?;
            let details = json!({ "team": team.0, "before": before, "name": name.as_str() });
            audit(conn, now, actor, ("rename_team", details)).await?;
        }
        Ok(true)
    })
    .await
}

/// What came of making two teams one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::accounts) enum Merged {
    /// They are one.
    Done,
    /// There is no such team.
    NoTeam,
    /// There is no team of the other name.
    NoOther,
    /// Both names are of one team.
    Same,
    /// A report came to name the team meanwhile: nothing was changed.
    Busy,
}

/// Makes one team of two: people, named viewers and reports of the first are the other's from now on, and so is its name.
/// Nobody else reads a report because of it but those who are in one of the two.
pub(in crate::accounts) async fn merge_team(
    conn: &mut Connection,
    actor: &Actor,
    now: Timestamp,
    (team, other): (TeamId, &str),
) -> Result<Merged, Failure> {
    allowed(actor, Action::ManagePeople)?;
    conn.transaction(async |conn| {
        let Some(into) = store::team_called(conn, other).await? else {
            return Ok(Merged::NoOther);
        };
        if into == team {
            return Ok(Merged::Same);
        }
        // As a save does: the report first, then what it names.
        let locked = store::lock_reports_of_team(conn, team).await?;
        store::lock_teams(conn, &[team, into]).await?;
        // Waiting for one of these now could be waiting in a circle.
        if !store::reports_of_team(conn, team).await?.is_subset(&locked) {
            return Ok(Merged::Busy);
        }
        let Some(name) = store::team_name(conn, team).await? else {
            return Ok(Merged::NoTeam);
        };
        let Some(others_name) = store::team_name(conn, into).await? else {
            return Ok(Merged::NoOther);
        };
        store::merge_team(conn, team, into).await?;
        store::keep_former_name(conn, &name, into).await?;
        let details =
            json!({ "team": team.0, "name": name, "into": into.0, "into_name": others_name });
        audit(conn, now, actor, ("merge_teams", details)).await?;
        Ok(Merged::Done)
    })
    .await
}

/// Removes a team; false when somebody is in it or a report names it, so that it stays.
pub(in crate::accounts) async fn remove_team(
    conn: &mut Connection,
    actor: &Actor,
    now: Timestamp,
    team: TeamId,
) -> Result<bool, Failure> {
    allowed(actor, Action::ManagePeople)?;
    conn.transaction(async |conn| {
        store::lock_teams(conn, &[team]).await?;
        let Some(name) = store::team_name(conn, team).await? else {
            return Ok(true);
        };
        let removed = store::remove_unused_team(conn, team).await?;
        if removed {
            let details = json!({ "team": team.0, "name": name });
            audit(conn, now, actor, ("remove_team", details)).await?;
        }
        Ok(removed)
    })
    .await
}

/// Takes somebody into a team, or out of it; either twice is one effect. False when there is no such team.
pub async fn set_member(
    conn: &mut Connection,
    actor: &Actor,
    now: Timestamp,
    (team, person, belongs): (TeamId, PersonId, bool),
) -> Result<bool, Failure> {
    allowed(actor, Action::ManagePeople)?;
    conn.transaction(async |conn| {
        if store::team_name(conn, team).await?.is_none() {
            return Ok(false);
        }
        let (changed, action) = if belongs {
            (
                store::add_member(conn, team, person).await?,
                "add_team_member",
            )
        } else {
            (
                store::remove_member(conn, team, person).await?,
                "remove_team_member",
            )
        };
        if changed {
            let details = json!({ "team": team.0, "about_person": person.0 });
            audit(conn, now, actor, (action, details)).await?;
        }
        Ok(true)
    })
    .await
}
