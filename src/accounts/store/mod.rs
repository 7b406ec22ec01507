//! The tables of accounts: all SQL of this feature.

mod attempts;
mod failure;
mod members;
mod sessions;
mod teams;

pub(in crate::accounts) use attempts::*;
pub use failure::Failure;
pub(in crate::accounts) use members::*;
pub(in crate::accounts) use sessions::*;
pub(in crate::accounts) use teams::*;

use diesel::prelude::*;
use diesel::sql_types::Text;
use diesel_async::RunQueryDsl;
use jiff::Timestamp;
use jiff_diesel::{NullableTimestamp, Timestamp as Stored, ToDiesel as _};

use super::model::{Member, Person, Role};
use super::password::HashedPassword;
use crate::platform::db::Connection;
use crate::platform::db::schema::{audit_log, people};
use crate::platform::ids::{PersonId, ReportId, TeamId};

diesel::define_sql_function! {
    /// Lower case, as the unique index on addresses has it.
    fn lower(text: Text) -> Text;
}

diesel::define_sql_function! {
    /// What waits in a person's inbox, about reports they may see.
    fn unread_notifications(who: diesel::sql_types::BigInt) -> diesel::sql_types::Integer;
}

/// The teams of the person of the row, in the same query.
macro_rules! team_ids {
    () => {
        diesel::dsl::array::<diesel::sql_types::BigInt, _>(
            crate::platform::db::schema::team_members::table
                .filter(crate::platform::db::schema::team_members::person_id.eq(people::id))
                .select(crate::platform::db::schema::team_members::team_id)
                .order(crate::platform::db::schema::team_members::team_id),
        )
    };
}
use team_ids;

type Result<T> = QueryResult<T>;
type MemberRow = (i64, String, String, Vec<i64>);

fn role_from(word: &str) -> Result<Role> {
    Role::parse(word).ok_or_else(|| {
        diesel::result::Error::DeserializationError(format!("unknown role {word:?}").into())
    })
}

fn member_from((id, name, role, teams): MemberRow) -> Result<Member> {
    let role = role_from(&role)?;
    let teams = teams.into_iter().map(TeamId).collect();
    Ok(Member {
        id: PersonId(id),
        name,
        role,
        teams,
    })
}

type PersonRow = (i64, String, String, String, NullableTimestamp, Stored);

fn person_from((id, email, name, role, suspended_at, created_at): PersonRow) -> Result<Person> {
    Ok(Person {
        id: PersonId(id),
        email,
        name,
        role: role_from(&role)?,
        suspended_at: suspended_at.to_jiff(),
        created_at: created_at.to_jiff(),
    })
}

const PERSON: (
    people::id,
    people::email,
    people::name,
    people::role,
    people::suspended_at,
    people::created_at,
) = (
    people::id,
    people::email,
    people::name,
    people::role,
    people::suspended_at,
    people::created_at,
);

/// Held to the end of the transaction by everyone who counts on nobody else doing the same.
pub(in crate::accounts) async fn lock(conn: &mut Connection, what: &str) -> Result<()> {
    diesel::sql_query("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))")
        .bind::<Text, _>(what)
        .execute(conn)
        .await
        .map(drop)
}

pub(in crate::accounts) async fn anybody(conn: &mut Connection) -> Result<bool> {
    diesel::select(diesel::dsl::exists(people::table.select(people::id)))
        .get_result(conn)
        .await
}

pub(in crate::accounts) async fn insert_person(
    conn: &mut Connection,
    email: &str,
    name: &str,
    role: Role,
    password: Option<&HashedPassword>,
) -> Result<PersonId> {
    diesel::insert_into(people::table)
        .values((
            people::email.eq(email),
            people::name.eq(name),
            people::role.eq(role.word()),
            people::password_hash.eq(password.map(HashedPassword::as_str)),
        ))
        .returning(people::id)
        .get_result(conn)
        .await
        .map(PersonId)
}

pub(in crate::accounts) async fn person(
    conn: &mut Connection,
    id: PersonId,
) -> Result<Option<Person>> {
    let row: Option<PersonRow> = people::table
        .find(id.0)
        .select(PERSON)
        .first(conn)
        .await
        .optional()?;
    row.map(person_from).transpose()
}

pub(in crate::accounts) async fn person_by_email(
    conn: &mut Connection,
    email: &str,
) -> Result<Option<Person>> {
    let row: Option<PersonRow> = people::table
        .filter(lower(people::email).eq(lower(email)))
        .select(PERSON)
        .first(conn)
        .await
        .optional()?;
    row.map(person_from).transpose()
}

/// A person who may act, with their teams.
pub(in crate::accounts) async fn member_by_email(
    conn: &mut Connection,
    email: &str,
) -> Result<Option<Member>> {
    let row: Option<MemberRow> = people::table
        .filter(lower(people::email).eq(email.to_lowercase()))
        .filter(people::suspended_at.is_null())
        .select((people::id, people::name, people::role, team_ids!()))
        .first(conn)
        .await
        .optional()?;
    row.map(member_from).transpose()
}

pub(in crate::accounts) async fn people(conn: &mut Connection) -> Result<Vec<Person>> {
    let rows: Vec<PersonRow> = people::table
        .select(PERSON)
        .order((people::name, people::id))
        .load(conn)
        .await?;
    rows.into_iter().map(person_from).collect()
}

/// Some of the people who can sign in and have one of these roles, by name.
pub(in crate::accounts) async fn people_with(
    conn: &mut Connection,
    roles: &[Role],
    most: i64,
) -> Result<Vec<Person>> {
    let words: Vec<&str> = roles.iter().map(|role| role.word()).collect();
    let rows: Vec<PersonRow> = people::table
        .filter(people::suspended_at.is_null())
        .filter(people::role.eq_any(words))
        .select(PERSON)
        .order((people::name, people::id))
        .limit(most)
        .load(conn)
        .await?;
    rows.into_iter().map(person_from).collect()
}

/// The stored password of a person; none if they have none or do not exist.
pub(in crate::accounts) async fn password_of(
    conn: &mut Connection,
    id: PersonId,
) -> Result<Option<String>> {
    let found: Option<Option<String>> = people::table
        .find(id.0)
        .select(people::password_hash)
        .first(conn)
        .await
        .optional()?;
    Ok(found.flatten())
}

pub(in crate::accounts) async fn set_password(
    conn: &mut Connection,
    id: PersonId,
    password: &HashedPassword,
) -> Result<()> {
    diesel::update(people::table.find(id.0))
        .set(people::password_hash.eq(password.as_str()))
        .execute(conn)
        .await
        .map(drop)
}

pub(in crate::accounts) async fn set_name(
    conn: &mut Connection,
    id: PersonId,
    name: &str,
) -> Result<()> {
    diesel::update(people::table.find(id.0))
        .set(people::name.eq(name))
        .execute(conn)
        .await
        .map(drop)
}

pub(in crate::accounts) async fn set_suspended(
    conn: &mut Connection,
    id: PersonId,
    since: Option<Timestamp>,
) -> Result<bool> {
    diesel::update(people::table.find(id.0))
        .set(people::suspended_at.eq(since.map(Timestamp::to_diesel)))
        .execute(conn)
        .await
        .map(|rows| rows > 0)
}

/// What goes into the audit log: who, what, and about what. Never an address or a secret.
pub(in crate::accounts) struct Entry<'a> {
    pub(in crate::accounts) person: Option<PersonId>,
    pub(in crate::accounts) actor: &'a str,
    pub(in crate::accounts) action: &'static str,
    pub(in crate::accounts) report: Option<ReportId>,
    pub(in crate::accounts) details: serde_json::Value,
}

pub(in crate::accounts) async fn write_audit(
    conn: &mut Connection,
    now: Timestamp,
    entry: Entry<'_>,
) -> Result<()> {
    diesel::insert_into(audit_log::table)
        .values((
            audit_log::at.eq(now.to_diesel()),
            audit_log::person_id.eq(entry.person.map(|person| person.0)),
            audit_log::actor.eq(entry.actor),
            audit_log::action.eq(entry.action),
            audit_log::report_id.eq(entry.report.map(|report| report.0)),
            audit_log::details.eq(entry.details),
        ))
        .execute(conn)
        .await
        .map(drop)
}

/// An entry as it is read again.
#[derive(Clone, Debug)]
pub struct AuditEntry {
    /// Counted up; what pages are turned by.
    pub id: i64,
    /// When.
    pub at: Timestamp,
    /// Who, as they were called then.
    pub actor: String,
    /// What.
    pub action: String,
    /// About which report; it may be gone.
    pub report: Option<ReportId>,
    /// More of it.
    pub details: serde_json::Value,
}

/// Entries below `before`, the latest first; of one report, or of everything.
pub(in crate::accounts) async fn audit_entries(
    conn: &mut Connection,
    report: Option<ReportId>,
    before: Option<i64>,
    limit: i64,
) -> Result<Vec<AuditEntry>> {
    type Row = (i64, Stored, String, String, Option<i64>, serde_json::Value);
    let mut query = audit_log::table.into_boxed();
    if let Some(report) = report {
        query = query.filter(audit_log::report_id.eq(report.0));
    }
    if let Some(before) = before {
        query = query.filter(audit_log::id.lt(before));
    }
    let rows: Vec<Row> = query
        .order(audit_log::id.desc())
        .limit(limit)
        .select((
            audit_log::id,
            audit_log::at,
            audit_log::actor,
            audit_log::action,
            audit_log::report_id,
            audit_log::details,
        ))
        .load(conn)
        .await?;
    let entry = |(id, at, actor, action, report, details): Row| AuditEntry {
        id,
        at: at.to_jiff(),
        actor,
        action,
        report: report.map(ReportId),
        details,
    };
    Ok(rows.into_iter().map(entry).collect())
}
