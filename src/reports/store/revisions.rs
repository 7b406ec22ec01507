//! The revisions of a report: every save, whole.

use super::write::NewRevision;
use crate::platform::db::Connection;
use crate::platform::db::prepared::prepared;
use crate::platform::db::schema::{reports, revisions};
use crate::platform::ids::{PersonId, ReportId};
use diesel::prelude::*;
use diesel::sql_types::{Bool, Int8};
use diesel_async::RunQueryDsl;
use jiff::Timestamp;
use jiff_diesel::ToDiesel;

/// One save.
#[derive(Clone, Debug, Queryable)]
pub(crate) struct RevisionRow {
    /// Counted from 1.
    pub number: i32,
    /// What it was: `created`, `saved`, `imported`, `published`, …
    pub event: String,
    /// Why, in the author's words; may be empty.
    pub note: String,
    /// Who saved.
    pub author_name: String,
    /// When.
    #[diesel(deserialize_as = jiff_diesel::Timestamp)]
    pub created_at: Timestamp,
}

const COLUMNS: (
    revisions::number,
    revisions::event,
    revisions::note,
    revisions::author_name,
    revisions::created_at,
) = (
    revisions::number,
    revisions::event,
    revisions::note,
    revisions::author_name,
    revisions::created_at,
);

/// The saves of a report before one of them, latest first.
pub(crate) async fn revisions_before(
    conn: &mut Connection,
    id: ReportId,
    before: Option<i32>,
    most: i64,
) -> QueryResult<Vec<RevisionRow>> {
    revisions::table
        .filter(revisions::report_id.eq(id.0))
        .filter(revisions::number.lt(before.unwrap_or(i32::MAX)))
        .order(revisions::number.desc())
        .limit(most)
        .select(COLUMNS)
        .load(conn)
        .await
}

/// One save with its document.
pub(crate) async fn revision(
    conn: &mut Connection,
    id: ReportId,
    number: i32,
) -> QueryResult<Option<(RevisionRow, String)>> {
    revisions::table
        .find((id.0, number))
        .select((COLUMNS, revisions::document))
        .first(conn)
        .await
        .optional()
}

/// Whether two revisions have the same text, but for who facilitates; no when one of them never was.
pub(crate) async fn same_text(
    conn: &mut Connection,
    id: ReportId,
    (one, other): (i32, i32),
) -> QueryResult<bool> {
    let sums: Vec<Vec<u8>> = revisions::table
        .filter(revisions::report_id.eq(id.0))
        .filter(revisions::number.eq_any([one, other]))
        .select(revisions::text_sha256)
        .load(conn)
        .await?;
    Ok(match sums.as_slice() {
        [only] => one == other && !only.is_empty(),
        [one, other] => one == other,
        _ => false,
    })
}

/// Something that happened to a report without a change of its text.
#[derive(Clone, Debug)]
pub(crate) struct Trace<'a> {
    /// `published`, …
    pub event: &'static str,
    /// Why, in the words of whoever did it; may be empty.
    pub note: &'a str,
    /// The account, if there is one.
    pub author: Option<PersonId>,
    /// The name as shown.
    pub author_name: &'a str,
    /// When.
    pub at: Timestamp,
}

/// Writes an event down as a revision with the text of revision `latest`; answers the new number. The caller holds the
/// lock on the report.
pub(crate) async fn trace(
    conn: &mut Connection,
    id: ReportId,
    latest: i32,
    trace: &Trace<'_>,
) -> QueryResult<i32> {
    let document: String = revisions::table
        .find((id.0, latest))
        .select(revisions::document)
        .first(conn)
        .await?;
    let number: i32 = diesel::update(reports::table.find(id.0))
        .set(reports::revision.eq(reports::revision + 1))
        .returning(reports::revision)
        .get_result(conn)
        .await?;
    let revision = NewRevision {
        document: &document,
        plain_text: "",
        summary: "",
        event: trace.event,
        note: trace.note,
        author: trace.author,
        author_name: trace.author_name,
        at: trace.at,
    };
    insert(conn, id, number, &revision).await?;
    Ok(number)
}

/// Writes a save down.
pub(super) async fn insert(
    conn: &mut Connection,
    id: ReportId,
    number: i32,
    revision: &NewRevision<'_>,
) -> QueryResult<()> {
    diesel::insert_into(revisions::table)
        .values((
            revisions::report_id.eq(id.0),
            revisions::number.eq(number),
            revisions::document.eq(revision.document),
            revisions::event.eq(revision.event),
            revisions::note.eq(revision.note),
            revisions::author_id.eq(revision.author.map(|id| id.0)),
            revisions::author_name.eq(revision.author_name),
            revisions::created_at.eq(revision.at.to_diesel()),
        ))
        .execute(conn)
        .await?;
    Ok(())
}

/// Whether somebody changed the report since it was last imported. An event without a change of the text, such as
/// publishing, is none; nor is that something the report names got another name.
pub(crate) async fn is_changed_since_import(
    conn: &mut Connection,
    id: ReportId,
) -> QueryResult<bool> {
    #[derive(QueryableByName)]
    struct Answer {
        #[diesel(sql_type = Bool)]
        changed: bool,
    }
    let answer: Answer = prepared(
        "SELECT since.number IS NULL OR EXISTS (
             SELECT FROM revisions v JOIN revisions before ON before.report_id = v.report_id AND before.number = v.number - 1
             WHERE v.report_id = $1 AND v.number > since.number AND v.event <> 'renamed' AND v.document <> before.document
         ) AS changed
         FROM (SELECT max(number) AS number FROM revisions WHERE report_id = $1 AND event = 'imported') AS since",
    )
    .bind::<Int8, _>(id.0)
    .get_result(conn)
    .await?;
    Ok(answer.changed)
}
