//! What people have typed and not saved. Everybody sees their own alone.

use super::access::{VISIBLE, bind_visible};
use crate::accounts::Reach;
use crate::platform::db::Connection;
use crate::platform::db::prepared::prepared;
use crate::platform::db::schema::autosaves;
use crate::platform::ids::{PersonId, ReportId};
use diesel::prelude::*;
use diesel::sql_types::{Array, Int4, Int8, Jsonb, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use jiff::Timestamp;
use jiff_diesel::ToDiesel;
use serde_json::Value;
use uuid::Uuid;

/// Forms of new reports that are kept for one person; the oldest go first.
const MOST_NEW: i64 = 50;

/// What a form is about: a report, or one that is yet to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Subject {
    Report(ReportId),
    Form(Uuid),
}

impl Subject {
    fn columns(self) -> (Option<i64>, Option<Uuid>) {
        match self {
            Self::Report(id) => (Some(id.0), None),
            Self::Form(form) => (None, Some(form)),
        }
    }
}

/// A form as it was typed.
#[derive(Clone, Debug)]
pub(crate) struct Autosave {
    pub fields: Value,
    pub saved_at: Timestamp,
}

/// Keeps the fields in place of what this person typed before in the same window, or in one this form goes on from.
/// False: they have saved since from this form, so what comes late is not kept; or they are writing in another window.
pub(crate) async fn autosave(
    conn: &mut Connection,
    person: PersonId,
    about: Subject,
    (fields, base_revision, now): (&Value, i32, Timestamp),
) -> QueryResult<bool> {
    let (report, form) = about.columns();
    let sql = "INSERT INTO autosaves AS a (person_id, report_id, form, fields, base_revision, saved_at)
         SELECT $1, $2, $3, $4, $5, $6
         WHERE NOT EXISTS (SELECT 1 FROM revisions WHERE report_id = $2 AND author_id = $1 AND number > $5)
           AND NOT EXISTS (SELECT 1 FROM idempotency WHERE owner = 'person:' || $1 AND key = 'form:' || $3)
         ON CONFLICT ON CONSTRAINT ";
    let constraint = match about {
        Subject::Report(_) => "autosaves_one_per_report",
        Subject::Form(_) => "autosaves_one_per_form",
    };
    let update = " DO UPDATE SET fields = excluded.fields, base_revision = excluded.base_revision, saved_at = excluded.saved_at
         WHERE a.base_revision <= excluded.base_revision
           AND coalesce(a.fields->>'editor', '') IN ('', excluded.fields->>'editor', coalesce(excluded.fields->>'taken', ''))";
    let kept = diesel::sql_query([sql, constraint, update].concat())
        .bind::<Int8, _>(person.0)
        .bind::<Nullable<Int8>, _>(report)
        .bind::<Nullable<SqlUuid>, _>(form)
        .bind::<Jsonb, _>(fields)
        .bind::<Int4, _>(base_revision)
        .bind::<Timestamptz, _>(now.to_diesel())
        .execute(conn)
        .await?;
    if form.is_some() {
        let trim = "DELETE FROM autosaves WHERE person_id = $1 AND form IS NOT NULL AND id NOT IN
             (SELECT id FROM autosaves WHERE person_id = $1 AND form IS NOT NULL ORDER BY saved_at DESC LIMIT $2)";
        diesel::sql_query(trim)
            .bind::<Int8, _>(person.0)
            .bind::<Int8, _>(MOST_NEW)
            .execute(conn)
            .await?;
    }
    Ok(kept > 0)
}

/// What this person typed and did not save.
pub(crate) async fn autosaved(
    conn: &mut Connection,
    person: PersonId,
    about: Subject,
) -> QueryResult<Option<Autosave>> {
    let (report, form) = about.columns();
    let found: Option<(Value, jiff_diesel::Timestamp)> = autosaves::table
        .filter(autosaves::person_id.eq(person.0))
        .filter(autosaves::report_id.is_not_distinct_from(report))
        .filter(autosaves::form.is_not_distinct_from(form))
        .select((autosaves::fields, autosaves::saved_at))
        .first(conn)
        .await
        .optional()?;
    Ok(found.map(|(fields, saved_at)| Autosave {
        fields,
        saved_at: saved_at.into(),
    }))
}

/// What tells a form `s` that was left from another, as SQL.
const LEFT: &str = "s.form, coalesce(s.fields->>'title', '') AS title, coalesce(s.fields->>'timezone', '') AS timezone, s.saved_at";

/// What somebody typed into a form, left, and did not save.
#[derive(Clone, Debug, QueryableByName)]
pub(crate) struct Unsaved {
    /// The number of the report it is about, or else the new one.
    #[diesel(sql_type = Nullable<Int8>)]
    pub number: Option<i64>,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    pub form: Option<Uuid>,
    #[diesel(sql_type = Text)]
    pub title: String,
    #[diesel(sql_type = Text)]
    pub timezone: String,
    #[diesel(sql_type = Timestamptz, deserialize_as = jiff_diesel::Timestamp)]
    pub saved_at: Timestamp,
}

/// The new reports this person left, the latest first. Not the forms themselves, which may be long.
pub(crate) async fn begun(conn: &mut Connection, person: PersonId) -> QueryResult<Vec<Unsaved>> {
    prepared(format!(
        "SELECT NULL::bigint AS number, {LEFT} FROM autosaves s
         WHERE s.person_id = $1 AND s.form IS NOT NULL ORDER BY s.saved_at DESC LIMIT $2"
    ))
    .bind::<Int8, _>(person.0)
    .bind::<Int8, _>(MOST_NEW)
    .get_results(conn)
    .await
}

/// What this person left unsaved, of new reports and of those they may still see, the latest first.
pub(crate) async fn unsaved(
    conn: &mut Connection,
    reach: &Reach,
    person: PersonId,
    limit: i64,
) -> QueryResult<Vec<Unsaved>> {
    let query = prepared(format!(
        "SELECT r.number, {LEFT} FROM autosaves s LEFT JOIN reports r ON r.id = s.report_id
         WHERE s.person_id = $7 AND (s.report_id IS NULL OR {VISIBLE}) ORDER BY s.saved_at DESC LIMIT $8"
    ));
    bind_visible!(query, reach)
        .bind::<Int8, _>(person.0)
        .bind::<Int8, _>(limit)
        .get_results(conn)
        .await
}

/// What of it was saved: what was typed in these windows (the empty name is a form without scripts), and was here by then.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Done<'a> {
    pub windows: &'a [&'a str],
    pub by: Timestamp,
}

/// Forgets what this person typed: it is not wanted, or some of it was saved.
pub(crate) async fn forget_autosave(
    conn: &mut Connection,
    person: PersonId,
    about: Subject,
    saved: Option<Done<'_>>,
) -> QueryResult<()> {
    let (report, form) = about.columns();
    let sql = "DELETE FROM autosaves WHERE person_id = $1 AND report_id IS NOT DISTINCT FROM $2
           AND form IS NOT DISTINCT FROM $3 AND ($4 IS NULL OR coalesce(fields->>'editor', '') = ANY($4))
           AND ($5 IS NULL OR saved_at <= $5)";
    prepared(sql)
        .bind::<Int8, _>(person.0)
        .bind::<Nullable<Int8>, _>(report)
        .bind::<Nullable<SqlUuid>, _>(form)
        .bind::<Nullable<Array<Text>>, _>(saved.map(|it| it.windows))
        .bind::<Nullable<Timestamptz>, _>(saved.map(|it| it.by.to_diesel()))
        .execute(conn)
        .await?;
    Ok(())
}

/// Somebody who is writing.
#[derive(Clone, Debug, PartialEq, Eq, QueryableByName)]
pub(crate) struct Present {
    #[diesel(sql_type = Text)]
    pub name: String,
    /// The heading of the section they are at; empty when that is not known.
    #[diesel(sql_type = Text)]
    pub section: String,
}

/// So many are told of.
const MOST_PRESENT: i64 = 5;

/// Who else has typed into this report since a moment, the latest first. For those who may edit it.
pub(crate) async fn present(
    conn: &mut Connection,
    report: ReportId,
    but: PersonId,
    since: Timestamp,
) -> QueryResult<Vec<Present>> {
    prepared(
        "SELECT p.name, coalesce(a.fields->>'section', '') AS section FROM autosaves a JOIN people p ON p.id = a.person_id
         WHERE a.report_id = $1 AND a.person_id <> $2 AND a.saved_at >= $3 AND p.suspended_at IS NULL ORDER BY a.saved_at DESC LIMIT $4",
    )
    .bind::<Int8, _>(report.0)
    .bind::<Int8, _>(but.0)
    .bind::<Timestamptz, _>(since.to_diesel())
    .bind::<Int8, _>(MOST_PRESENT)
    .get_results(conn)
    .await
}
