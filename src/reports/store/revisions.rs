//! The revisions of a report: every save, whole.

use super::access::{SEEN, bind_visible};
use super::write::NewRevision;
use crate::accounts::Reach;
use crate::platform::db::Connection;
use crate::platform::db::prepared::prepared;
use crate::platform::db::schema::{reports, revisions};
use crate::platform::ids::{PersonId, ReportId};
use diesel::prelude::*;
use diesel::sql_types::{Bool, Int4, Int8, Nullable, Text, Timestamptz};
use diesel_async::RunQueryDsl;
use jiff::Timestamp;
use jiff_diesel::ToDiesel;

/// One save.
#[derive(Clone, Debug, Queryable, QueryableByName)]
pub(crate) struct RevisionRow {
    /// Counted from 1.
    #[diesel(sql_type = Int4)]
    pub number: i32,
    /// What it was: `created`, `saved`, `imported`, `published`, …
    #[diesel(sql_type = Text)]
    pub event: String,
    /// Why, in the author's words; may be empty.
    #[diesel(sql_type = Text)]
    pub note: String,
    /// Who saved.
    #[diesel(sql_type = Text)]
    pub author_name: String,
    /// When.
    #[diesel(sql_type = Timestamptz, deserialize_as = jiff_diesel::Timestamp)]
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

/// Those columns of a row `s`, as SQL.
const LISTED: &str = "s.number, s.event, s.note, s.author_name, s.created_at";

/// The saves of a report that the reader may see before one of them, latest first.
pub(crate) async fn revisions_before(
    conn: &mut Connection,
    reach: &Reach,
    id: ReportId,
    (before, most): (Option<i32>, i64),
) -> QueryResult<Vec<RevisionRow>> {
    let query = prepared(format!(
        "SELECT {LISTED} FROM revisions s JOIN reports r ON r.id = s.report_id
         WHERE s.report_id = $7 AND s.number < $8 AND {SEEN} ORDER BY s.number DESC LIMIT $9"
    ));
    bind_visible!(query, reach)
        .bind::<Int8, _>(id.0)
        .bind::<Int4, _>(before.unwrap_or(i32::MAX))
        .bind::<Int8, _>(most)
        .get_results(conn)
        .await
}

/// How many saves of a report the reader may see.
pub(crate) async fn revisions_seen(
    conn: &mut Connection,
    reach: &Reach,
    id: ReportId,
) -> QueryResult<i64> {
    #[derive(QueryableByName)]
    struct Answer {
        #[diesel(sql_type = Int8)]
        count: i64,
    }
    let query = prepared(format!(
        "SELECT count(*) AS count FROM revisions s JOIN reports r ON r.id = s.report_id WHERE s.report_id = $7 AND {SEEN}"
    ));
    let answer: Answer = bind_visible!(query, reach)
        .bind::<Int8, _>(id.0)
        .get_result(conn)
        .await?;
    Ok(answer.count)
}

/// The saves that the reader may see right before one and right after another.
pub(crate) async fn revisions_beside(
    conn: &mut Connection,
    reach: &Reach,
    id: ReportId,
    (from, to): (i32, i32),
) -> QueryResult<(Option<i32>, Option<i32>)> {
    #[derive(QueryableByName)]
    struct Beside {
        #[diesel(sql_type = Nullable<Int4>)]
        before: Option<i32>,
        #[diesel(sql_type = Nullable<Int4>)]
        after: Option<i32>,
    }
    let query = prepared(format!(
        "SELECT max(s.number) FILTER (WHERE s.number < $8) AS before, min(s.number) FILTER (WHERE s.number > $9) AS after
         FROM revisions s JOIN reports r ON r.id = s.report_id WHERE s.report_id = $7 AND {SEEN}"
    ));
    let beside: Beside = bind_visible!(query, reach)
        .bind::<Int8, _>(id.0)
        .bind::<Int4, _>(from)
        .bind::<Int4, _>(to)
        .get_result(conn)
        .await?;
    Ok((beside.before, beside.after))
}

/// One save with its document, if the reader may see it.
pub(crate) async fn seen_revision(
    conn: &mut Connection,
    reach: &Reach,
    id: ReportId,
    number: i32,
) -> QueryResult<Option<(RevisionRow, String)>> {
    #[derive(QueryableByName)]
    struct Whole {
        #[diesel(embed)]
        save: RevisionRow,
        #[diesel(sql_type = Text)]
        document: String,
    }
    let query = prepared(format!(
        "SELECT {LISTED}, s.document FROM revisions s JOIN reports r ON r.id = s.report_id
         WHERE s.report_id = $7 AND s.number = $8 AND {SEEN}"
    ));
    let found: Option<Whole> = bind_visible!(query, reach)
        .bind::<Int8, _>(id.0)
        .bind::<Int4, _>(number)
        .get_result(conn)
        .await
        .optional()?;
    Ok(found.map(|it| (it.save, it.document)))
}

/// One save with its document, for what is done with it on behalf of whoever may.
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
