//! Set-up links, failed sign-ins, and tidying up.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use jiff::Timestamp;
use jiff_diesel::{Timestamp as Stored, ToDiesel as _};

use super::Result;
use crate::accounts::session::Fingerprint;
use crate::accounts::throttle::{ATTEMPTS, Subject};
use crate::platform::db::Connection;
use crate::platform::db::schema::{one_time_links, sessions, sign_in_failures};

pub(in crate::accounts) async fn delete_set_up_links(conn: &mut Connection) -> Result<()> {
    diesel::delete(one_time_links::table.filter(one_time_links::purpose.eq("set_up")))
        .execute(conn)
        .await
        .map(drop)
}

pub(in crate::accounts) async fn insert_set_up_link(
    conn: &mut Connection,
    fingerprint: &Fingerprint,
    now: Timestamp,
    expires: Timestamp,
) -> Result<()> {
    diesel::insert_into(one_time_links::table)
        .values((
            one_time_links::secret_sha256.eq(&fingerprint[..]),
            one_time_links::purpose.eq("set_up"),
            one_time_links::created_at.eq(now.to_diesel()),
            one_time_links::expires_at.eq(expires.to_diesel()),
        ))
        .execute(conn)
        .await
        .map(drop)
}

pub(in crate::accounts) async fn set_up_link_is_open(
    conn: &mut Connection,
    fingerprint: &Fingerprint,
    now: Timestamp,
) -> Result<bool> {
    let open = one_time_links::table
        .find(&fingerprint[..])
        .filter(one_time_links::purpose.eq("set_up"))
        .filter(one_time_links::used_at.is_null())
        .filter(one_time_links::expires_at.gt(now.to_diesel()));
    diesel::select(diesel::dsl::exists(open))
        .get_result(conn)
        .await
}

/// Whether the link was open until now.
pub(in crate::accounts) async fn use_set_up_link(
    conn: &mut Connection,
    fingerprint: &Fingerprint,
    now: Timestamp,
) -> Result<bool> {
    diesel::update(one_time_links::table.find(&fingerprint[..]))
        .filter(one_time_links::purpose.eq("set_up"))
        .filter(one_time_links::used_at.is_null())
        .filter(one_time_links::expires_at.gt(now.to_diesel()))
        .set(one_time_links::used_at.eq(now.to_diesel()))
        .execute(conn)
        .await
        .map(|rows| rows > 0)
}

/// The times of the latest failures that still count, latest first.
pub(in crate::accounts) async fn failures(
    conn: &mut Connection,
    subject: &Subject,
    now: Timestamp,
) -> Result<Vec<Timestamp>> {
    let since = now.saturating_sub(subject.window).unwrap_or(Timestamp::MIN);
    let most = i64::try_from(ATTEMPTS).unwrap_or(i64::MAX);
    let rows: Vec<Stored> = sign_in_failures::table
        .filter(sign_in_failures::subject.eq(&subject.key))
        .filter(sign_in_failures::failed_at.gt(since.to_diesel()))
        .order(sign_in_failures::failed_at.desc())
        .select(sign_in_failures::failed_at)
        .limit(most)
        .load(conn)
        .await?;
    Ok(rows.into_iter().map(Stored::to_jiff).collect())
}

pub(in crate::accounts) async fn insert_failure(
    conn: &mut Connection,
    subject: &Subject,
    now: Timestamp,
) -> Result<i64> {
    diesel::insert_into(sign_in_failures::table)
        .values((
            sign_in_failures::subject.eq(&subject.key),
            sign_in_failures::failed_at.eq(now.to_diesel()),
        ))
        .returning(sign_in_failures::id)
        .get_result(conn)
        .await
}

/// Forgets the failures of an account, and these ones.
pub(in crate::accounts) async fn delete_failures(
    conn: &mut Connection,
    account: &Subject,
    ids: &[i64],
) -> Result<()> {
    diesel::delete(sign_in_failures::table)
        .filter(
            sign_in_failures::subject
                .eq(&account.key)
                .or(sign_in_failures::id.eq_any(ids.to_vec())),
        )
        .execute(conn)
        .await
        .map(drop)
}

/// Deletes what no longer means anything: ended sessions, old failures, expired links.
pub(in crate::accounts) async fn delete_outdated(
    conn: &mut Connection,
    now: Timestamp,
    idle_since: Timestamp,
    failures_before: Timestamp,
) -> Result<()> {
    diesel::delete(sessions::table)
        .filter(
            sessions::expires_at
                .le(now.to_diesel())
                .or(sessions::last_used_at.le(idle_since.to_diesel())),
        )
        .execute(conn)
        .await?;
    diesel::delete(sign_in_failures::table)
        .filter(sign_in_failures::failed_at.le(failures_before.to_diesel()))
        .execute(conn)
        .await?;
    diesel::delete(one_time_links::table)
        .filter(one_time_links::expires_at.le(now.to_diesel()))
        .execute(conn)
        .await
        .map(drop)
}
