//! Attempts to sign in, and the sessions that follow.

use std::net::IpAddr;

use diesel_async::AsyncConnection;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use super::audit;
use crate::accounts::model::{Actor, EmailAddress, Member};
use crate::accounts::password::HashedPassword;
use crate::accounts::session::{self, Fingerprint, SessionLimits};
use crate::accounts::store::{self, Failure, NewSession};
use crate::accounts::throttle::{self, Subject};
use crate::platform::db::Connection;
use crate::platform::ids::PersonId;
use crate::platform::secret::{self, Secret};

/// An attempt under way. It counts as failed until [`open_session`] says otherwise, so that many at once cannot
/// slip past the limit.
#[derive(Clone, Debug)]
pub(in crate::accounts) struct Attempt {
    account: Subject,
    counted: Vec<i64>,
}

/// Counts an attempt, or says how long to wait. Comes before any hashing.
pub(in crate::accounts) async fn begin_attempt(
    conn: &mut Connection,
    now: Timestamp,
    address: Option<IpAddr>,
    email: &EmailAddress,
) -> Result<Attempt, Failure> {
    let (address, account) = (Subject::of_address(address), Subject::of_account(email));
    conn.transaction(async |conn| {
        let mut counted = Vec::new();
        // Always the address first, so that two attempts never wait for each other.
        for subject in [&address, &account] {
            store::lock(conn, &subject.key).await?;
            let failures = store::failures(conn, subject, now).await?;
            if let Some(wait) = throttle::wait(&failures, subject.window, now) {
                tracing::warn!(subject = subject.key, "too many attempts to sign in");
                return Err(Failure::TooMany(wait));
            }
            counted.push(store::insert_failure(conn, subject, now).await?);
        }
        Ok(Attempt { account, counted })
    })
    .await
}

/// What a password is compared with.
#[derive(Clone, Debug, Default)]
pub(in crate::accounts) struct Credentials {
    /// Nobody when unknown or suspended.
    pub(in crate::accounts) person: Option<PersonId>,
    /// What to compare with, if anything.
    pub(in crate::accounts) stored: Option<Secret>,
}

/// Looks up an account; one that is unknown or suspended has nobody behind it.
pub(in crate::accounts) async fn credentials(
    conn: &mut Connection,
    email: &EmailAddress,
) -> Result<Credentials, Failure> {
    let person = store::person_by_email(conn, email.as_str()).await?;
    let Some(person) = person.filter(|person| person.suspended_at.is_none()) else {
        return Ok(Credentials::default());
    };
    let stored = store::password_of(conn, person.id).await?.map(Secret::new);
    Ok(Credentials {
        person: Some(person.id),
        stored,
    })
}

/// Everything a new session needs to know.
#[derive(Clone, Debug)]
pub(in crate::accounts) struct Opening {
    /// Whose it will be.
    pub(in crate::accounts) person: PersonId,
    /// The attempt that succeeded, no longer to be counted.
    pub(in crate::accounts) attempt: Option<Attempt>,
    /// The same password, hashed at today's cost.
    pub(in crate::accounts) rehashed: Option<HashedPassword>,
    /// The session the browser had before, which ends.
    pub(in crate::accounts) replaces: Option<Fingerprint>,
    /// The browser.
    pub(in crate::accounts) user_agent: String,
    /// How long it may last.
    pub(in crate::accounts) limits: SessionLimits,
}

impl Opening {
    /// A session that follows from nothing before.
    pub(in crate::accounts) fn new(
        person: PersonId,
        user_agent: &str,
        limits: SessionLimits,
    ) -> Self {
        Self {
            person,
            attempt: None,
            rehashed: None,
            replaces: None,
            user_agent: user_agent
                .chars()
                .filter(|c| !c.is_control())
                .take(400)
                .collect(),
            limits,
        }
    }
}

/// Begins a session with a fresh secret, which goes into the cookie and nowhere else.
pub(in crate::accounts) async fn open_session(
    conn: &mut Connection,
    now: Timestamp,
    opening: Opening,
) -> Result<Secret, Failure> {
    let person = opening.person;
    let secret = conn
        .transaction(async |conn| {
            if let Some(attempt) = &opening.attempt {
                store::delete_failures(conn, &attempt.account, &attempt.counted).await?;
            }
            if let Some(password) = &opening.rehashed {
                store::set_password(conn, person, password).await?;
            }
            if let Some(old) = &opening.replaces {
                store::delete_session(conn, None, old).await?;
            }
            insert_session(conn, now, &opening).await
        })
        .await?;
    tracing::info!(person = person.0, "signed in");
    Ok(secret)
}

async fn insert_session(
    conn: &mut Connection,
    now: Timestamp,
    opening: &Opening,
) -> Result<Secret, Failure> {
    let secret = session::new_secret()?;
    let session = NewSession {
        fingerprint: secret::sha256(secret.expose()),
        csrf: secret::random_secret()?,
        user_agent: &opening.user_agent,
        now,
        ends: opening.limits.end(now),
    };
    store::insert_session(conn, opening.person, session).await?;
    Ok(secret)
}

/// Stores a new password, ends every session of the person, and begins a new one here.
pub(in crate::accounts) async fn replace_password(
    conn: &mut Connection,
    now: Timestamp,
    member: &Member,
    password: &HashedPassword,
    opening: Opening,
) -> Result<Secret, Failure> {
    let actor = Actor::Person(member.clone());
    let secret = conn
        .transaction(async |conn| {
            store::set_password(conn, member.id, password).await?;
            store::delete_sessions_of(conn, member.id).await?;
            if let Some(attempt) = &opening.attempt {
                store::delete_failures(conn, &attempt.account, &attempt.counted).await?;
            }
            let details = json!({ "about_person": member.id.0 });
            audit(conn, now, &actor, ("change_password", details)).await?;
            insert_session(conn, now, &opening).await
        })
        .await?;
    tracing::info!(
        person = member.id.0,
        "password changed, other sessions ended"
    );
    Ok(secret)
}

/// The session a request comes with.
#[derive(Clone, Debug)]
pub(in crate::accounts) struct CurrentSession {
    pub(in crate::accounts) fingerprint: Fingerprint,
    pub(in crate::accounts) member: Member,
    /// For forms, in hexadecimal.
    pub(in crate::accounts) csrf: Secret,
    /// Unread notifications.
    pub(in crate::accounts) unread: i32,
}

/// The session with this secret, if it works now. Its use is noted at most once a minute.
pub(in crate::accounts) async fn current_session(
    conn: &mut Connection,
    text: &str,
    now: Timestamp,
    limits: SessionLimits,
) -> Result<Option<CurrentSession>, Failure> {
    let Some(fingerprint) = session::fingerprint(text) else {
        return Ok(None);
    };
    let live = store::live_session(conn, &fingerprint, now, limits.idle_since(now)).await?;
    let Some(live) = live else {
        return Ok(None);
    };
    if now.duration_since(live.last_used_at) >= SignedDuration::from_mins(1) {
        store::touch_session(conn, &fingerprint, now).await?;
    }
    let csrf = Secret::new(secret::to_hex(&live.csrf));
    Ok(Some(CurrentSession {
        fingerprint,
        member: live.member,
        csrf,
        unread: live.unread,
    }))
}

/// Ends one session; false when there was none.
pub(in crate::accounts) async fn end_session(
    conn: &mut Connection,
    person: PersonId,
    fingerprint: &Fingerprint,
) -> Result<bool, Failure> {
    let ended = store::delete_session(conn, Some(person), fingerprint).await?;
    tracing::info!(person = person.0, ended, "signed out");
    Ok(ended)
}

/// Ends the session with this identifier, as [`SessionSummary::id`] names it, if it is this person's.
pub(in crate::accounts) async fn end_own_session(
    conn: &mut Connection,
    person: PersonId,
    id: &str,
) -> Result<bool, Failure> {
    match secret::from_hex(id).and_then(|bytes| Fingerprint::try_from(bytes).ok()) {
        Some(fingerprint) => end_session(conn, person, &fingerprint).await,
        None => Ok(false),
    }
}

/// Ends every session of a person.
pub(in crate::accounts) async fn end_all_sessions(
    conn: &mut Connection,
    person: PersonId,
) -> Result<usize, Failure> {
    let ended = store::delete_sessions_of(conn, person).await?;
    tracing::info!(person = person.0, ended, "signed out everywhere");
    Ok(ended)
}

/// A session in a person's list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::accounts) struct SessionSummary {
    /// Names the session; opens nothing.
    pub id: String,
    /// The browser, as it names itself.
    pub user_agent: String,
    /// When it began.
    pub created_at: Timestamp,
    /// When it was last used, to the minute.
    pub last_used_at: Timestamp,
}

/// The sessions of a person that work, latest first.
pub(in crate::accounts) async fn sessions(
    conn: &mut Connection,
    person: PersonId,
    now: Timestamp,
    limits: SessionLimits,
) -> Result<Vec<SessionSummary>, Failure> {
    let rows = store::sessions_of(conn, person, now, limits.idle_since(now)).await?;
    let summary = |(fingerprint, user_agent, created, used): store::SessionRow| SessionSummary {
        id: secret::to_hex(&fingerprint),
        user_agent,
        created_at: created.to_jiff(),
        last_used_at: used.to_jiff(),
    };
    Ok(rows.into_iter().map(summary).collect())
}

/// Deletes ended sessions, old failures and expired links. Worth doing once an hour.
pub async fn forget_outdated(
    conn: &mut Connection,
    now: Timestamp,
    limits: SessionLimits,
) -> Result<(), Failure> {
    let day_ago = now
        .saturating_sub(SignedDuration::from_hours(24))
        .unwrap_or(Timestamp::MIN);
    Ok(store::delete_outdated(conn, now, limits.idle_since(now), day_ago).await?)
}
