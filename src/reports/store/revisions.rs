//! The revisions of a report: every save, whole.

use super::write::NewRevision;
use crate::platform::db::Connection;
use crate::platform::db::schema::revisions;
use crate::platform::ids::ReportId;
use diesel::prelude::*;
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

/// All saves of a report, latest first, at most 500.
pub(crate) async fn revisions(
    conn: &mut Connection,
    id: ReportId,
) -> QueryResult<Vec<RevisionRow>> {
    revisions::table
        .filter(revisions::report_id.eq(id.0))
        .order(revisions::number.desc())
        .limit(500)
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
