//! Who facilitates: somebody volunteers, or an author asks them. Whoever agreed stands in the report itself, so that it
//! leaves the site with it; whoever was only asked does not.

use super::review::{ReviewError, person_name, seen, tell};
use super::{By, SaveError, checked};
use crate::accounts::{Action, Actor, audit_report_change, may};
use crate::platform::db::Connection;
use crate::platform::ids::{PersonId, ReportKey};
use crate::reports::model::{Draft, NoticeKind, Problem};
use crate::reports::review::Refusal;
use crate::reports::store::{self, Header, Standing, Stored};
use diesel_async::AsyncConnection;
use serde_json::json;

/// What becomes of the place of the facilitator.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Facilitate<'a> {
    /// Whoever acts takes it, or says yes to being asked.
    Volunteer,
    /// This person is asked.
    Ask(&'a Actor),
    /// Nobody has it any more, or whoever was asked says no.
    Release,
}

fn problem(message: impl Into<String>) -> ReviewError {
    ReviewError::Invalid(vec![Problem::of("facilitator", message)])
}

/// Does it, once.
pub(crate) async fn facilitate(
    conn: &mut Connection,
    by: &By<'_>,
    key: ReportKey,
    what: Facilitate<'_>,
) -> Result<(), ReviewError> {
    conn.transaction(async |conn| {
        let header = seen(conn, by, key).await?;
        if !may(by.actor, Action::SeeReviews, by.rules) {
            return Err(Refusal::Forbidden.into());
        }
        let place = Place {
            standing: store::standing(conn, header.id).await?,
            stored: store::load(conn, key).await?.ok_or(SaveError::NotFound)?,
            header,
        };
        match what {
            Facilitate::Volunteer => volunteer(conn, by, place).await,
            Facilitate::Ask(whom) => ask(conn, by, place, whom).await,
            Facilitate::Release => release(conn, by, place).await,
        }
    })
    .await
}

/// The place, as it is before anything is done.
struct Place {
    header: Header,
    standing: Standing,
    stored: Stored,
}

impl Place {
    /// The account of whoever has the place, or was asked.
    fn person(&self) -> Option<PersonId> {
        self.standing.facilitator.as_ref().map(|(id, _)| *id)
    }

    /// Who has it already, other than this person.
    fn taken_by_another(&self, person: PersonId) -> Option<&str> {
        let name = self.stored.draft.facilitator.as_str();
        let is_own = self.person() == Some(person);
        (!name.is_empty() && !is_own).then_some(name)
    }
}

async fn volunteer(conn: &mut Connection, by: &By<'_>, place: Place) -> Result<(), ReviewError> {
    let person = by.actor.person_id().ok_or(Refusal::Forbidden)?;
    if let Some(name) = place.taken_by_another(person) {
        return Err(problem(format!("{name} facilitates already.")));
    }
    if place.standing.facilitator_agreed && place.person() == Some(person) {
        return Ok(());
    }
    let people = place.header.access.authors.clone();
    tell(
        conn,
        by,
        &place.header,
        (NoticeKind::FacilitatorFound, &people),
    )
    .await?;
    let name = person_name(by.actor);
    let kept = (Some((person, name.to_owned())), true);
    keep(conn, by, place, (name, kept, "facilitate_report")).await
}

async fn ask(
    conn: &mut Connection,
    by: &By<'_>,
    place: Place,
    whom: &Actor,
) -> Result<(), ReviewError> {
    let access = &place.header.access;
    if !may(by.actor, Action::EditReport(access), by.rules) {
        return Err(Refusal::Forbidden.into());
    }
    let person = whom.person_id().ok_or(Refusal::Forbidden)?;
    if by.actor.person_id() == Some(person) {
        return volunteer(conn, by, place).await;
    }
    let reads = may(whom, Action::ReadReport(access), by.rules);
    if !reads || !may(whom, Action::SeeReviews, by.rules) {
        return Err(problem(format!(
            "{} may not read this report before it is published: an administrator can change that.",
            whom.name()
        )));
    }
    if let Some(name) = place.taken_by_another(person) {
        return Err(problem(format!("{name} facilitates already.")));
    }
    if place.person() == Some(person) {
        return Ok(());
    }
    let kept = (Some((person, whom.name().to_owned())), false);
    tell(
        conn,
        by,
        &place.header,
        (NoticeKind::AskedToFacilitate, &[person]),
    )
    .await?;
    keep(conn, by, place, ("", kept, "ask_facilitator")).await
}

async fn release(conn: &mut Connection, by: &By<'_>, place: Place) -> Result<(), ReviewError> {
    let access = &place.header.access;
    let is_own = place.person().is_some() && place.person() == by.actor.person_id();
    if !is_own && !may(by.actor, Action::EditReport(access), by.rules) {
        return Err(Refusal::Forbidden.into());
    }
    if place.person().is_none() && place.stored.draft.facilitator.is_empty() {
        return Ok(());
    }
    keep(conn, by, place, ("", (None, false), "release_facilitator")).await
}

type Kept = (Option<(PersonId, String)>, bool);

/// Keeps who has the place; the name in the report changes with a revision of its own, if it changes.
async fn keep(
    conn: &mut Connection,
    by: &By<'_>,
    place: Place,
    (name, (facilitator, facilitator_agreed), action): (&str, Kept, &'static str),
) -> Result<(), ReviewError> {
    let Place {
        header,
        standing,
        stored,
    } = place;
    let about = facilitator.as_ref().map(|(id, _)| id.0);
    let kept = Standing {
        facilitator,
        facilitator_agreed,
        ..standing
    };
    store::keep_standing(conn, header.id, &kept).await?;
    if stored.draft.facilitator != name {
        let draft = Draft {
            facilitator: name.to_owned(),
            ..stored.draft
        };
        let checked = checked(&draft)?;
        let new = checked.revision(by, "facilitator", "");
        store::replace(
            conn,
            header.id,
            header.revision,
            (None, &checked.draft),
            None,
            &new,
        )
        .await?
        .ok_or(SaveError::Stale {
            latest: header.revision,
        })?;
    }
    let entry = (action, header.id, json!({ "about_person": about }));
    Ok(audit_report_change(conn, by.now, by.actor, entry).await?)
}
