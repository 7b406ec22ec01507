//! What can be done with accounts: one transaction each, its security event logged and audited.

mod members;
mod sign_in;
mod teams;
mod tokens;

use diesel_async::AsyncConnection;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

pub use self::members::{Wanted, members, readers_among};
pub use self::sign_in::forget_outdated;
pub(super) use self::sign_in::{
    Attempt, CurrentSession, Opening, SessionSummary, begin_attempt, credentials, current_session,
    end_all_sessions, end_own_session, end_session, open_session, replace_password, sessions,
};
pub(super) use self::teams::team;
pub use self::teams::{Lookup, add_team, look_up, rename_team, set_member, teams};
pub(in crate::accounts) use self::teams::{Merged, merge_team, remove_team};
pub(super) use self::tokens::bearer;
pub use self::tokens::{NewToken, TokenSummary, create_token, revoke_token, tokens};
use super::model::{Actor, EmailAddress, Name, Person, Role};
use super::password::HashedPassword;
use super::policy::{self, Action, Rules};
use super::session;
use super::store::{self, AuditEntry, Entry, Failure};
use crate::platform::db::Connection;
use crate::platform::ids::{PersonId, ReportId};
use crate::platform::secret::Secret;

/// A person to be created.
#[derive(Clone, Debug)]
pub struct NewPerson {
    /// The name they sign in with.
    pub email: EmailAddress,
    /// Their name as shown.
    pub name: Name,
    /// What they may do.
    pub role: Role,
    /// None for people who will not sign in with a password.
    pub password: Option<HashedPassword>,
}

/// The advisory lock of everyone who creates the first person or the link for that.
const SET_UP: &str = "hansei set-up";

/// How long a set-up link can be used.
const SET_UP_LINK_LASTS: SignedDuration = SignedDuration::from_hours(24);

pub(super) fn allowed(actor: &Actor, action: Action<'_>) -> Result<(), Failure> {
    // No setting changes who manages accounts.
    if policy::may(actor, action, Rules::default()) {
        Ok(())
    } else {
        Err(Failure::Forbidden)
    }
}

/// A fresh set-up link, as long as there is nobody; older links stop working. Call it at every start of the server.
pub async fn create_set_up_link(
    conn: &mut Connection,
    now: Timestamp,
) -> Result<Option<Secret>, Failure> {
    conn.transaction(async |conn| {
        store::lock(conn, SET_UP).await?;
        store::delete_set_up_links(conn).await?;
        if store::anybody(conn).await? {
            return Ok(None);
        }
        let secret = session::new_secret()?;
        let Some(fingerprint) = session::fingerprint(secret.expose()) else {
            return Ok(None);
        };
        let expires = now
            .saturating_add(SET_UP_LINK_LASTS)
            .unwrap_or(Timestamp::MAX);
        store::insert_set_up_link(conn, &fingerprint, now, expires).await?;
        tracing::info!("a set-up link was made");
        Ok(Some(secret))
    })
    .await
}

/// The address to print: the secret is in the query, which the access log leaves out.
pub fn set_up_address(public_url: &url::Url, secret: &Secret) -> Secret {
    let base = public_url.as_str().trim_end_matches('/');
    Secret::new(format!("{base}/set-up?code={}", secret.expose()))
}

/// Whether there is an account at all.
pub(super) async fn anybody(conn: &mut Connection) -> Result<bool, Failure> {
    Ok(store::anybody(conn).await?)
}

/// Whether the link with this secret would still create the first admin.
pub(super) async fn set_up_is_open(
    conn: &mut Connection,
    secret: &str,
    now: Timestamp,
) -> Result<bool, Failure> {
    match session::fingerprint(secret) {
        Some(fingerprint) => Ok(store::set_up_link_is_open(conn, &fingerprint, now).await?),
        None => Ok(false),
    }
}

/// Creates the first admin. Of several at once, one wins; the others find the link closed.
pub(super) async fn set_up(
    conn: &mut Connection,
    secret: &str,
    now: Timestamp,
    first: NewPerson,
) -> Result<PersonId, Failure> {
    let fingerprint = session::fingerprint(secret).ok_or(Failure::LinkClosed)?;
    let person = conn
        .transaction(async |conn| {
            store::lock(conn, SET_UP).await?;
            let open = !store::anybody(conn).await?
                && store::use_set_up_link(conn, &fingerprint, now).await?;
            if !open {
                return Err(Failure::LinkClosed);
            }
            let person = insert(conn, &first, Role::Admin).await?;
            let entry = Entry {
                person: Some(person),
                actor: first.name.as_str(),
                action: "set_up",
                report: None,
                details: json!({ "created_person": person.0 }),
            };
            store::write_audit(conn, now, entry).await?;
            Ok(person)
        })
        .await?;
    tracing::info!(person = person.0, "set up: the first admin was created");
    Ok(person)
}

async fn insert(conn: &mut Connection, new: &NewPerson, role: Role) -> Result<PersonId, Failure> {
    let (email, name) = (new.email.as_str(), new.name.as_str());
    Ok(store::insert_person(conn, email, name, role, new.password.as_ref()).await?)
}

/// Creates a person.
pub async fn create_person(
    conn: &mut Connection,
    actor: &Actor,
    now: Timestamp,
    new: NewPerson,
) -> Result<PersonId, Failure> {
    allowed(actor, Action::ManagePeople)?;
    let person = conn
        .transaction(async |conn| {
            // Else a set-up under way could find nobody and create a second first admin.
            store::lock(conn, SET_UP).await?;
            let person = insert(conn, &new, new.role).await?;
            let details = json!({ "created_person": person.0, "role": new.role.word() });
            audit(conn, now, actor, ("create_person", details)).await?;
            Ok::<_, Failure>(person)
        })
        .await?;
    tracing::info!(person = person.0, role = new.role.word(), "person created");
    Ok(person)
}

async fn audit(
    conn: &mut Connection,
    now: Timestamp,
    actor: &Actor,
    (action, details): (&'static str, serde_json::Value),
) -> Result<(), Failure> {
    Ok(audit_site(conn, now, actor, (action, details)).await?)
}

/// Writes down who did what with a report, within the transaction that did it.
pub async fn audit_report(
    conn: &mut Connection,
    now: Timestamp,
    actor: &Actor,
    (action, report): (&'static str, ReportId),
) -> Result<(), diesel::result::Error> {
    audit_report_change(conn, now, actor, (action, report, json!({}))).await
}

/// The same, with what exactly it was: ids and plain data, never content.
pub async fn audit_report_change(
    conn: &mut Connection,
    now: Timestamp,
    actor: &Actor,
    (action, report, details): (&'static str, ReportId, serde_json::Value),
) -> Result<(), diesel::result::Error> {
    let entry = Entry {
        person: actor.person_id(),
        actor: actor.name(),
        action,
        report: Some(report),
        details,
    };
    store::write_audit(conn, now, entry).await
}

/// Writes down who changed what of the site, within the transaction that did it.
pub async fn audit_site(
    conn: &mut Connection,
    now: Timestamp,
    actor: &Actor,
    (action, details): (&'static str, serde_json::Value),
) -> Result<(), diesel::result::Error> {
    let entry = Entry {
        person: actor.person_id(),
        actor: actor.name(),
        action,
        report: None,
        details,
    };
    store::write_audit(conn, now, entry).await
}

/// What was written down, the latest first, below entry `before`: of one report, or of everything.
pub async fn audit_log(
    conn: &mut Connection,
    actor: &Actor,
    report: Option<ReportId>,
    (before, limit): (Option<i64>, i64),
) -> Result<Vec<AuditEntry>, Failure> {
    allowed(actor, Action::SeeMetrics)?;
    Ok(store::audit_entries(conn, report, before, limit).await?)
}

/// Suspends a person, or lets them in again. A suspended person's sessions end and their tokens do not work.
/// False when there is no such person.
pub async fn set_suspended(
    conn: &mut Connection,
    actor: &Actor,
    now: Timestamp,
    (person, suspended): (PersonId, bool),
) -> Result<bool, Failure> {
    allowed(actor, Action::ManagePeople)?;
    let found = conn
        .transaction(async |conn| {
            if !store::set_suspended(conn, person, suspended.then_some(now)).await? {
                return Ok::<_, Failure>(false);
            }
            store::delete_sessions_of(conn, person).await?;
            let action = if suspended {
                "suspend_person"
            } else {
                "restore_person"
            };
            audit(
                conn,
                now,
                actor,
                (action, json!({ "about_person": person.0 })),
            )
            .await?;
            Ok(true)
        })
        .await?;
    tracing::info!(
        person = person.0,
        suspended,
        found,
        "person suspended or restored"
    );
    Ok(found)
}

/// Gives a person another password; all their sessions end. False when there is no such person.
pub async fn reset_password(
    conn: &mut Connection,
    actor: &Actor,
    now: Timestamp,
    (id, password): (PersonId, HashedPassword),
) -> Result<bool, Failure> {
    allowed(actor, Action::ManagePeople)?;
    conn.transaction(async |conn| {
        if store::person(conn, id).await?.is_none() {
            return Ok(false);
        }
        store::set_password(conn, id, &password).await?;
        store::delete_sessions_of(conn, id).await?;
        let details = json!({ "about_person": id.0 });
        audit(conn, now, actor, ("reset_password", details)).await?;
        tracing::info!(person = id.0, "password reset");
        Ok(true)
    })
    .await
}

/// The person with this e-mail address, as somebody who acts; none when suspended or unknown.
pub async fn actor_by_email(
    conn: &mut Connection,
    email: &EmailAddress,
) -> Result<Option<Actor>, Failure> {
    Ok(store::member_by_email(conn, email.as_str())
        .await?
        .map(Actor::Person))
}

/// One person.
pub async fn person(conn: &mut Connection, id: PersonId) -> Result<Option<Person>, Failure> {
    Ok(store::person(conn, id).await?)
}

/// The person with this address, whatever its case.
pub async fn person_by_email(
    conn: &mut Connection,
    email: &EmailAddress,
) -> Result<Option<Person>, Failure> {
    Ok(store::person_by_email(conn, email.as_str()).await?)
}

/// Everybody, by name.
pub async fn people(conn: &mut Connection) -> Result<Vec<Person>, Failure> {
    Ok(store::people(conn).await?)
}

/// So many people are offered by name: a longer list is no help.
const MOST_OFFERED: i64 = 500;

/// People to choose from, by name: those who can sign in and have this role or a stronger one.
pub async fn people_from(conn: &mut Connection, least: Role) -> Result<Vec<Person>, Failure> {
    let roles = Role::ALL.iter().copied().filter(|role| *role >= least);
    let roles: Vec<Role> = roles.collect();
    Ok(store::people_with(conn, &roles, MOST_OFFERED).await?)
}

/// Changes the name a person is shown with.
pub(super) async fn rename(
    conn: &mut Connection,
    person: PersonId,
    name: &Name,
) -> Result<(), Failure> {
    Ok(store::set_name(conn, person, name.as_str()).await?)
}
