//! Accounts of participants. Two doors: a writer finds their own, an owner those handed over. No query answers a text to
//! anybody else.

use crate::platform::db::Connection;
use crate::platform::db::prepared::prepared;
use crate::platform::ids::{PersonId, ReportId};
use diesel::prelude::*;
use diesel::sql_types::{Int4, Int8, Nullable, Text, Timestamptz};
use diesel_async::RunQueryDsl;
use jiff::Timestamp;
use jiff_diesel::ToDiesel;

/// Somebody's account. Its text is there only for whoever may read it.
#[derive(Clone, Debug)]
pub(crate) struct Account {
    pub id: i64,
    pub person: PersonId,
    pub name: String,
    pub asked_by: Option<PersonId>,
    pub asked_by_name: String,
    pub asked_at: Timestamp,
    pub role: String,
    pub text: String,
    pub revision: i32,
    pub saved_at: Option<Timestamp>,
    pub given_at: Option<Timestamp>,
    pub merged_at: Option<Timestamp>,
    pub merged_revision: Option<i32>,
    pub withdrawn_at: Option<Timestamp>,
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Int8)]
    id: i64,
    #[diesel(sql_type = Int8)]
    person_id: i64,
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Nullable<Int8>)]
    asked_by: Option<i64>,
    #[diesel(sql_type = Text)]
    asked_by_name: String,
    #[diesel(sql_type = Timestamptz, deserialize_as = jiff_diesel::Timestamp)]
    asked_at: Timestamp,
    #[diesel(sql_type = Text)]
    role: String,
    #[diesel(sql_type = Text)]
    text: String,
    #[diesel(sql_type = Int4)]
    revision: i32,
    #[diesel(sql_type = Nullable<Timestamptz>, deserialize_as = jiff_diesel::NullableTimestamp)]
    saved_at: Option<Timestamp>,
    #[diesel(sql_type = Nullable<Timestamptz>, deserialize_as = jiff_diesel::NullableTimestamp)]
    given_at: Option<Timestamp>,
    #[diesel(sql_type = Nullable<Timestamptz>, deserialize_as = jiff_diesel::NullableTimestamp)]
    merged_at: Option<Timestamp>,
    #[diesel(sql_type = Nullable<Int4>)]
    merged_revision: Option<i32>,
    #[diesel(sql_type = Nullable<Timestamptz>, deserialize_as = jiff_diesel::NullableTimestamp)]
    withdrawn_at: Option<Timestamp>,
}

impl From<Row> for Account {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            person: PersonId(row.person_id),
            name: row.name,
            asked_by: row.asked_by.map(PersonId),
            asked_by_name: row.asked_by_name,
            asked_at: row.asked_at,
            role: row.role,
            text: row.text,
            revision: row.revision,
            saved_at: row.saved_at,
            given_at: row.given_at,
            merged_at: row.merged_at,
            merged_revision: row.merged_revision,
            withdrawn_at: row.withdrawn_at,
        }
    }
}

const COLUMNS: &str = "t.id, t.person_id, p.name, t.asked_by, t.asked_by_name, t.asked_at, t.revision, t.saved_at, t.given_at,
    t.merged_at, t.merged_revision, t.withdrawn_at";

/// The words of an account, for its writer.
const OWN_WORDS: &str = "t.role, t.text";

/// The words of an account, for the owners of the report: none before it is handed over.
const GIVEN_WORDS: &str = "CASE WHEN t.given_at IS NULL THEN '' ELSE t.role END AS role, CASE WHEN t.given_at IS NULL THEN '' ELSE t.text END AS text";

/// A person's own account, locked.
pub(crate) async fn own_account(
    conn: &mut Connection,
    report: ReportId,
    person: PersonId,
) -> QueryResult<Option<Account>> {
    let row: Option<Row> = prepared(format!(
        "SELECT {COLUMNS}, {OWN_WORDS} FROM participant_accounts t JOIN people p ON p.id = t.person_id
         WHERE t.report_id = $1 AND t.person_id = $2 FOR UPDATE OF t"
    ))
    .bind::<Int8, _>(report.0)
    .bind::<Int8, _>(person.0)
    .get_result(conn)
    .await
    .optional()?;
    Ok(row.map(Account::from))
}

/// All that were asked for, as the owners of the report see them.
pub(crate) async fn accounts(conn: &mut Connection, report: ReportId) -> QueryResult<Vec<Account>> {
    let rows: Vec<Row> = prepared(format!(
        "SELECT {COLUMNS}, {GIVEN_WORDS} FROM participant_accounts t JOIN people p ON p.id = t.person_id
         WHERE t.report_id = $1 AND t.withdrawn_at IS NULL ORDER BY t.asked_at, t.id"
    ))
    .bind::<Int8, _>(report.0)
    .get_results(conn)
    .await?;
    Ok(rows.into_iter().map(Account::from).collect())
}

/// Whether this person was asked for an account, and still is or has given one that was merged.
pub(crate) async fn is_asked(
    conn: &mut Connection,
    report: ReportId,
    person: PersonId,
) -> QueryResult<bool> {
    use crate::platform::db::schema::participant_accounts as t;
    let asked = t::table
        .filter(t::report_id.eq(report.0))
        .filter(t::person_id.eq(person.0))
        .filter(t::withdrawn_at.is_null());
    diesel::select(diesel::dsl::exists(asked))
        .get_result(conn)
        .await
}

/// How many were asked.
pub(crate) async fn count_accounts(conn: &mut Connection, report: ReportId) -> QueryResult<i64> {
    use crate::platform::db::schema::participant_accounts as t;
    t::table
        .filter(t::report_id.eq(report.0))
        .filter(t::withdrawn_at.is_null())
        .count()
        .get_result(conn)
        .await
}

/// One of them, locked.
pub(crate) async fn asked_account(
    conn: &mut Connection,
    report: ReportId,
    id: i64,
) -> QueryResult<Option<Account>> {
    let row: Option<Row> = prepared(format!(
        "SELECT {COLUMNS}, {GIVEN_WORDS} FROM participant_accounts t JOIN people p ON p.id = t.person_id
         WHERE t.report_id = $1 AND t.id = $2 AND t.withdrawn_at IS NULL FOR UPDATE OF t"
    ))
    .bind::<Int8, _>(report.0)
    .bind::<Int8, _>(id)
    .get_result(conn)
    .await
    .optional()?;
    Ok(row.map(Account::from))
}

/// Asks a person; one who was asked and is no longer is asked again. False: they are asked already.
pub(crate) async fn ask_account(
    conn: &mut Connection,
    report: ReportId,
    person: PersonId,
    (by, by_name, now): (Option<PersonId>, &str, Timestamp),
) -> QueryResult<bool> {
    prepared(
        "INSERT INTO participant_accounts AS t (report_id, person_id, asked_by, asked_by_name, asked_at) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT ON CONSTRAINT participant_accounts_one_each DO UPDATE
         SET asked_by = $3, asked_by_name = $4, asked_at = $5, withdrawn_at = NULL WHERE t.withdrawn_at IS NOT NULL",
    )
    .bind::<Int8, _>(report.0)
    .bind::<Int8, _>(person.0)
    .bind::<Nullable<Int8>, _>(by.map(|person| person.0))
    .bind::<Text, _>(by_name)
    .bind::<Timestamptz, _>(now.to_diesel())
    .execute(conn)
    .await
    .map(|rows| rows > 0)
}

/// Keeps what its writer typed; with `given` it is handed over.
pub(crate) async fn keep_account(
    conn: &mut Connection,
    id: i64,
    (role, text): (&str, &str),
    (given, now): (bool, Timestamp),
) -> QueryResult<()> {
    use crate::platform::db::schema::participant_accounts as t;
    diesel::update(t::table.find(id))
        .set((
            t::role.eq(role),
            t::text.eq(text),
            t::revision.eq(t::revision + 1),
            t::saved_at.eq(now.to_diesel()),
            t::given_at.eq(given.then(|| now.to_diesel())),
        ))
        .execute(conn)
        .await
        .map(drop)
}

/// Its writer takes it back.
pub(crate) async fn take_back_account(conn: &mut Connection, id: i64) -> QueryResult<()> {
    use crate::platform::db::schema::participant_accounts as t;
    diesel::update(t::table.find(id))
        .set((
            t::revision.eq(t::revision + 1),
            t::given_at.eq(None::<jiff_diesel::Timestamp>),
        ))
        .execute(conn)
        .await
        .map(drop)
}

/// An owner no longer asks for it. What was handed over goes back to its writer.
pub(crate) async fn withdraw_account(
    conn: &mut Connection,
    id: i64,
    now: Timestamp,
) -> QueryResult<()> {
    use crate::platform::db::schema::participant_accounts as t;
    diesel::update(t::table.find(id))
        .set((
            t::given_at.eq(None::<jiff_diesel::Timestamp>),
            t::withdrawn_at.eq(now.to_diesel()),
        ))
        .execute(conn)
        .await
        .map(drop)
}

/// It is part of the report since this revision.
pub(crate) async fn mark_account_merged(
    conn: &mut Connection,
    id: i64,
    revision: i32,
    now: Timestamp,
) -> QueryResult<()> {
    use crate::platform::db::schema::participant_accounts as t;
    diesel::update(t::table.find(id))
        .set((
            t::merged_at.eq(now.to_diesel()),
            t::merged_revision.eq(revision),
        ))
        .execute(conn)
        .await
        .map(drop)
}
