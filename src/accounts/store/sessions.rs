//! Sessions and API tokens: what shows who is asking.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use jiff::Timestamp;
use jiff_diesel::{NullableTimestamp, Timestamp as Stored, ToDiesel as _};

use super::{MemberRow, Result, member_from, team_ids, unread_notifications};
use crate::accounts::actions::NewToken;
use crate::accounts::model::{Member, Scopes, TokenBearer, TokenId};
use crate::accounts::session::Fingerprint;
use crate::platform::db::Connection;
use crate::platform::db::schema::{api_tokens, people, sessions};
use crate::platform::ids::PersonId;

/// A session as it begins.
pub(in crate::accounts) struct NewSession<'a> {
    pub(in crate::accounts) fingerprint: Fingerprint,
    pub(in crate::accounts) csrf: [u8; 32],
    pub(in crate::accounts) user_agent: &'a str,
    pub(in crate::accounts) now: Timestamp,
    pub(in crate::accounts) ends: Timestamp,
}

pub(in crate::accounts) async fn insert_session(
    conn: &mut Connection,
    person: PersonId,
    session: NewSession<'_>,
) -> Result<()> {
    diesel::insert_into(sessions::table)
        .values((
            sessions::secret_sha256.eq(&session.fingerprint[..]),
            sessions::person_id.eq(person.0),
            sessions::csrf_secret.eq(&session.csrf[..]),
            sessions::user_agent.eq(session.user_agent),
            sessions::created_at.eq(session.now.to_diesel()),
            sessions::last_used_at.eq(session.now.to_diesel()),
            sessions::expires_at.eq(session.ends.to_diesel()),
        ))
        .execute(conn)
        .await
        .map(drop)
}

/// A session that works, and whose it is.
pub(in crate::accounts) struct LiveSession {
    pub(in crate::accounts) member: Member,
    pub(in crate::accounts) csrf: Vec<u8>,
    pub(in crate::accounts) last_used_at: Timestamp,
    /// Unread notifications. Counted here, so that no page asks once more.
    pub(in crate::accounts) unread: i32,
}

/// The session with this secret, unless it has ended, been idle too long, or its person is suspended.
pub(in crate::accounts) async fn live_session(
    conn: &mut Connection,
    fingerprint: &Fingerprint,
    now: Timestamp,
    idle_since: Timestamp,
) -> Result<Option<LiveSession>> {
    let row: Option<(MemberRow, Vec<u8>, Stored, i32)> = sessions::table
        .inner_join(people::table.on(people::id.eq(sessions::person_id)))
        .filter(sessions::secret_sha256.eq(&fingerprint[..]))
        .filter(sessions::expires_at.gt(now.to_diesel()))
        .filter(sessions::last_used_at.gt(idle_since.to_diesel()))
        .filter(people::suspended_at.is_null())
        .select((
            (people::id, people::name, people::role, team_ids!()),
            sessions::csrf_secret,
            sessions::last_used_at,
            unread_notifications(people::id),
        ))
        .first(conn)
        .await
        .optional()?;
    row.map(|(member, csrf, used, unread)| {
        Ok(LiveSession {
            member: member_from(member)?,
            csrf,
            last_used_at: used.to_jiff(),
            unread,
        })
    })
    .transpose()
}

pub(in crate::accounts) async fn touch_session(
    conn: &mut Connection,
    fingerprint: &Fingerprint,
    now: Timestamp,
) -> Result<()> {
    diesel::update(sessions::table.find(&fingerprint[..]))
        .set(sessions::last_used_at.eq(now.to_diesel()))
        .execute(conn)
        .await
        .map(drop)
}

/// A session in the list of sessions: when it began, when it was last used, on which browser.
pub(in crate::accounts) type SessionRow = (Vec<u8>, String, Stored, Stored);

pub(in crate::accounts) async fn sessions_of(
    conn: &mut Connection,
    person: PersonId,
    now: Timestamp,
    idle_since: Timestamp,
) -> Result<Vec<SessionRow>> {
    sessions::table
        .filter(sessions::person_id.eq(person.0))
        .filter(sessions::expires_at.gt(now.to_diesel()))
        .filter(sessions::last_used_at.gt(idle_since.to_diesel()))
        .select((
            sessions::secret_sha256,
            sessions::user_agent,
            sessions::created_at,
            sessions::last_used_at,
        ))
        .order(sessions::last_used_at.desc())
        .load(conn)
        .await
}

pub(in crate::accounts) async fn delete_session(
    conn: &mut Connection,
    person: Option<PersonId>,
    fingerprint: &[u8],
) -> Result<bool> {
    let mut delete = diesel::delete(sessions::table)
        .filter(sessions::secret_sha256.eq(fingerprint.to_vec()))
        .into_boxed();
    if let Some(person) = person {
        delete = delete.filter(sessions::person_id.eq(person.0));
    }
    delete.execute(conn).await.map(|rows| rows > 0)
}

pub(in crate::accounts) async fn delete_sessions_of(
    conn: &mut Connection,
    person: PersonId,
) -> Result<usize> {
    diesel::delete(sessions::table.filter(sessions::person_id.eq(person.0)))
        .execute(conn)
        .await
}

pub(in crate::accounts) async fn insert_token(
    conn: &mut Connection,
    fingerprint: &Fingerprint,
    token: &NewToken,
    now: Timestamp,
) -> Result<TokenId> {
    diesel::insert_into(api_tokens::table)
        .values((
            api_tokens::secret_sha256.eq(&fingerprint[..]),
            api_tokens::name.eq(token.name.as_str()),
            api_tokens::person_id.eq(token.person.map(|person| person.0)),
            api_tokens::scopes.eq(token.scopes.words()),
            api_tokens::created_at.eq(now.to_diesel()),
            api_tokens::expires_at.eq(token.expires_at.map(Timestamp::to_diesel)),
        ))
        .returning(api_tokens::id)
        .get_result(conn)
        .await
        .map(TokenId)
}

/// Whoever bears the token, unless it is revoked or expired, or its person is suspended.
pub(in crate::accounts) async fn live_token(
    conn: &mut Connection,
    fingerprint: &Fingerprint,
    now: Timestamp,
) -> Result<Option<(TokenBearer, Option<Timestamp>)>> {
    type Row = (
        i64,
        String,
        Vec<String>,
        NullableTimestamp,
        Option<MemberRow>,
    );
    let row: Option<Row> = api_tokens::table
        .left_join(people::table.on(people::id.nullable().eq(api_tokens::person_id)))
        .filter(api_tokens::secret_sha256.eq(&fingerprint[..]))
        .filter(api_tokens::revoked_at.is_null())
        .filter(
            api_tokens::expires_at
                .is_null()
                .or(api_tokens::expires_at.gt(Some(now).to_diesel())),
        )
        .filter(people::suspended_at.is_null())
        .select((
            api_tokens::id,
            api_tokens::name,
            api_tokens::scopes,
            api_tokens::last_used_at,
            (people::id, people::name, people::role, team_ids!()).nullable(),
        ))
        .first(conn)
        .await
        .optional()?;
    row.map(|(id, name, scopes, used, person)| {
        let scopes = Scopes::from_words(&scopes)
            .map_err(|unknown| diesel::result::Error::DeserializationError(Box::new(unknown)))?;
        let person = person.map(member_from).transpose()?;
        Ok((
            TokenBearer {
                id: TokenId(id),
                name,
                scopes,
                person,
            },
            used.to_jiff(),
        ))
    })
    .transpose()
}

pub(in crate::accounts) async fn touch_token(
    conn: &mut Connection,
    id: TokenId,
    now: Timestamp,
) -> Result<()> {
    diesel::update(api_tokens::table.find(id.0))
        .set(api_tokens::last_used_at.eq(now.to_diesel()))
        .execute(conn)
        .await
        .map(drop)
}

pub(in crate::accounts) async fn revoke_token(
    conn: &mut Connection,
    id: TokenId,
    now: Timestamp,
) -> Result<bool> {
    diesel::update(api_tokens::table.find(id.0))
        .filter(api_tokens::revoked_at.is_null())
        .set(api_tokens::revoked_at.eq(now.to_diesel()))
        .execute(conn)
        .await
        .map(|rows| rows > 0)
}

/// Identifier, name, scopes, person, created, expires, last used, revoked.
pub(in crate::accounts) type TokenRow = (
    i64,
    String,
    Vec<String>,
    Option<i64>,
    Stored,
    NullableTimestamp,
    NullableTimestamp,
    NullableTimestamp,
);

pub(in crate::accounts) async fn tokens(conn: &mut Connection) -> Result<Vec<TokenRow>> {
    api_tokens::table
        .select((
            api_tokens::id,
            api_tokens::name,
            api_tokens::scopes,
            api_tokens::person_id,
            api_tokens::created_at,
            api_tokens::expires_at,
            api_tokens::last_used_at,
            api_tokens::revoked_at,
        ))
        .order(api_tokens::id)
        .load(conn)
        .await
}
