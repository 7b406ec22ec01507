//! Comments on a report. Callers have asked who may see it.

use crate::platform::db::Connection;
use crate::platform::db::prepared::prepared;
use crate::platform::ids::{PersonId, ReportId};
use crate::reports::comments::Anchor;
use diesel::prelude::*;
use diesel::sql_types::{Bool, Int4, Int8, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use jiff::Timestamp;
use jiff_diesel::ToDiesel;
use std::collections::HashMap;
use uuid::Uuid;

/// A comment as stored.
#[derive(Clone, Debug)]
pub(crate) struct Comment {
    pub id: i64,
    /// The comment it answers.
    pub parent: Option<i64>,
    /// Its writer, while there is an account.
    pub person: Option<PersonId>,
    pub author_name: String,
    pub anchor: Anchor,
    pub text: String,
    pub at: Timestamp,
    pub edited: bool,
    /// How often its text was changed.
    pub edits: i32,
    pub removed: bool,
    /// The administrator who took away what somebody else wrote, and why.
    pub erased: Option<(String, String)>,
    /// By whom its thread was resolved, and when.
    pub resolved: Option<(String, Timestamp)>,
}

#[derive(QueryableByName)]
pub(super) struct Row {
    #[diesel(sql_type = Int8)]
    id: i64,
    #[diesel(sql_type = Nullable<Int8>)]
    parent_id: Option<i64>,
    #[diesel(sql_type = Nullable<Int8>)]
    person_id: Option<i64>,
    #[diesel(sql_type = Text)]
    author_name: String,
    #[diesel(sql_type = Text)]
    anchor_kind: String,
    #[diesel(sql_type = Text)]
    anchor_text: String,
    #[diesel(sql_type = Text)]
    anchor_mark: String,
    #[diesel(sql_type = Int4)]
    anchor_position: i32,
    #[diesel(sql_type = Int4)]
    anchor_twins: i32,
    #[diesel(sql_type = Text)]
    text: String,
    #[diesel(sql_type = Timestamptz, deserialize_as = jiff_diesel::Timestamp)]
    created_at: Timestamp,
    #[diesel(sql_type = Bool)]
    edited: bool,
    #[diesel(sql_type = Int4)]
    edits: i32,
    #[diesel(sql_type = Bool)]
    removed: bool,
    #[diesel(sql_type = Text)]
    removed_by: String,
    #[diesel(sql_type = Text)]
    removed_reason: String,
    #[diesel(sql_type = Nullable<Timestamptz>, deserialize_as = jiff_diesel::NullableTimestamp)]
    resolved_at: Option<Timestamp>,
    #[diesel(sql_type = Text)]
    resolved_by: String,
}

impl From<Row> for Comment {
    fn from(row: Row) -> Self {
        let position = usize::try_from(row.anchor_position).unwrap_or(0);
        let twins = usize::try_from(row.anchor_twins).unwrap_or(1);
        Self {
            id: row.id,
            parent: row.parent_id,
            person: row.person_id.map(PersonId),
            author_name: row.author_name,
            anchor: Anchor::of_columns(
                &row.anchor_kind,
                row.anchor_text,
                row.anchor_mark,
                (position, twins),
            ),
            text: row.text,
            at: row.created_at,
            edited: row.edited,
            edits: row.edits,
            removed: row.removed,
            erased: (!row.removed_by.is_empty()).then_some((row.removed_by, row.removed_reason)),
            resolved: row.resolved_at.map(|at| (row.resolved_by, at)),
        }
    }
}

pub(super) const COLUMNS: &str = "id, parent_id, person_id, author_name, anchor_kind, anchor_text, anchor_mark, anchor_position, anchor_twins, text, created_at,
    edited_at IS NOT NULL AS edited, edits, removed_at IS NOT NULL AS removed, removed_by, removed_reason, resolved_at, resolved_by";

/// One comment on this report, locked.
pub(crate) async fn comment(
    conn: &mut Connection,
    report: ReportId,
    id: i64,
) -> QueryResult<Option<Comment>> {
    let row: Option<Row> = prepared(format!(
        "SELECT {COLUMNS} FROM comments WHERE report_id = $1 AND id = $2 FOR UPDATE"
    ))
    .bind::<Int8, _>(report.0)
    .bind::<Int8, _>(id)
    .get_result(conn)
    .await
    .optional()?;
    Ok(row.map(Comment::from))
}

/// What was said in these comments, for pages that show a few of many.
pub(crate) async fn comment_texts(
    conn: &mut Connection,
    report: ReportId,
    ids: &[i64],
) -> QueryResult<HashMap<i64, String>> {
    use crate::platform::db::schema::comments as t;
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let rows: Vec<(i64, String)> = t::table
        .filter(t::report_id.eq(report.0).and(t::id.eq_any(ids)))
        .select((t::id, t::text))
        .load(conn)
        .await?;
    Ok(rows.into_iter().collect())
}

/// All comments on a report without what they say, the oldest first.
pub(crate) async fn bare_comments(
    conn: &mut Connection,
    report: ReportId,
) -> QueryResult<Vec<Comment>> {
    let columns = COLUMNS.replace(" text, ", " '' AS text, ");
    let rows: Vec<Row> = prepared(format!(
        "SELECT {columns} FROM comments WHERE report_id = $1 ORDER BY id"
    ))
    .bind::<Int8, _>(report.0)
    .get_results(conn)
    .await?;
    Ok(rows.into_iter().map(Comment::from).collect())
}

/// The same columns without the text.
const ANCHORS: &str = "id, parent_id, person_id, author_name, anchor_kind, anchor_text, anchor_mark, anchor_position, anchor_twins, '' AS text, created_at,
    false AS edited, edits, false AS removed, '' AS removed_by, '' AS removed_reason, resolved_at, resolved_by";

/// What the threads of a report that are not resolved are about, one entry for each.
pub(crate) async fn open_anchors(
    conn: &mut Connection,
    report: ReportId,
) -> QueryResult<Vec<Anchor>> {
    let rows: Vec<Row> = prepared(format!(
        "SELECT {ANCHORS} FROM comments WHERE report_id = $1 AND parent_id IS NULL AND resolved_at IS NULL ORDER BY id"
    ))
    .bind::<Int8, _>(report.0)
    .get_results(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Comment::from(row).anchor)
        .collect())
}

/// How many comments a report has.
pub(crate) async fn count_comments(conn: &mut Connection, report: ReportId) -> QueryResult<i64> {
    use crate::platform::db::schema::comments as t;
    t::table
        .filter(t::report_id.eq(report.0))
        .count()
        .get_result(conn)
        .await
}

/// The people who wrote in a thread.
pub(crate) async fn in_thread(
    conn: &mut Connection,
    report: ReportId,
    thread: i64,
) -> QueryResult<Vec<PersonId>> {
    use crate::platform::db::schema::comments as t;
    let ids: Vec<Option<i64>> = t::table
        .filter(t::report_id.eq(report.0))
        .filter(t::id.eq(thread).or(t::parent_id.eq(thread)))
        .filter(t::person_id.is_not_null())
        .select(t::person_id)
        .distinct()
        .load(conn)
        .await?;
    Ok(ids.into_iter().flatten().map(PersonId).collect())
}

/// A comment to be stored.
#[derive(Clone, Debug)]
pub(crate) struct NewComment<'a> {
    pub parent: Option<i64>,
    pub person: Option<PersonId>,
    pub author_name: &'a str,
    pub anchor: &'a Anchor,
    pub text: &'a str,
    pub once: Option<Uuid>,
    pub at: Timestamp,
}

/// Stores it; none when the form it came with has made a comment already.
pub(crate) async fn insert_comment(
    conn: &mut Connection,
    report: ReportId,
    new: &NewComment<'_>,
) -> QueryResult<Option<i64>> {
    use crate::platform::db::schema::comments as t;
    let (kind, text, mark, (position, twins)) = new.anchor.columns();
    diesel::insert_into(t::table)
        .values((
            t::report_id.eq(report.0),
            t::parent_id.eq(new.parent),
            t::person_id.eq(new.person.map(|person| person.0)),
            t::author_name.eq(new.author_name),
            t::anchor_kind.eq(kind),
            t::anchor_text.eq(text),
            t::anchor_mark.eq(mark),
            t::anchor_position.eq(i32::try_from(position).unwrap_or(i32::MAX)),
            t::anchor_twins.eq(i32::try_from(twins).unwrap_or(i32::MAX)),
            t::text.eq(new.text),
            t::once.eq(new.once),
            t::created_at.eq(new.at.to_diesel()),
        ))
        .on_conflict((t::person_id, t::once))
        .do_nothing()
        .returning(t::id)
        .get_result(conn)
        .await
        .optional()
}

/// The comment this person's form made.
pub(crate) async fn comment_once(
    conn: &mut Connection,
    person: PersonId,
    once: Uuid,
) -> QueryResult<Option<(i64, ReportId, String)>> {
    #[derive(QueryableByName)]
    struct Made {
        #[diesel(sql_type = Int8)]
        id: i64,
        #[diesel(sql_type = Int8)]
        report_id: i64,
        #[diesel(sql_type = Text)]
        text: String,
    }
    let row: Option<Made> =
        prepared("SELECT id, report_id, text FROM comments WHERE person_id = $1 AND once = $2")
            .bind::<Int8, _>(person.0)
            .bind::<SqlUuid, _>(once)
            .get_result(conn)
            .await
            .optional()?;
    Ok(row.map(|row| (row.id, ReportId(row.report_id), row.text)))
}

/// The comment on this report that came with this name of a request, whoever sent it: a bot is no person.
pub(crate) async fn comment_of_request(
    conn: &mut Connection,
    report: ReportId,
    once: Uuid,
) -> QueryResult<Option<i64>> {
    use crate::platform::db::schema::comments as t;
    t::table
        .filter(t::report_id.eq(report.0).and(t::once.eq(once)))
        .select(t::id)
        .order(t::id.desc())
        .first(conn)
        .await
        .optional()
}

/// Another text for a comment.
pub(crate) async fn edit_comment(
    conn: &mut Connection,
    id: i64,
    text: &str,
    now: Timestamp,
) -> QueryResult<()> {
    use crate::platform::db::schema::comments as t;
    diesel::update(t::table.find(id))
        .set((
            t::text.eq(text),
            t::edited_at.eq(now.to_diesel()),
            t::edits.eq(t::edits + 1),
        ))
        .execute(conn)
        .await
        .map(drop)
}

/// Who takes a comment away and when; and why, if it is not its author.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Removal<'a> {
    pub by: &'a str,
    pub at: Timestamp,
    pub reason: Option<&'a str>,
}

/// Takes the text of a comment away; what answers it stays. A thread of which nothing is left is done with.
pub(crate) async fn remove_comment(
    conn: &mut Connection,
    id: i64,
    removal: Removal<'_>,
) -> QueryResult<()> {
    let Removal {
        by,
        at: now,
        reason,
    } = removal;
    prepared(
        "UPDATE comments SET text = '', removed_at = $2, removed_by = $3, removed_reason = $4 WHERE id = $1",
    )
    .bind::<Int8, _>(id)
    .bind::<Timestamptz, _>(now.to_diesel())
    .bind::<Text, _>(reason.map_or("", |_given| by))
    .bind::<Text, _>(reason.unwrap_or_default())
    .execute(conn)
    .await?;
    prepared(
        "UPDATE comments c SET resolved_at = $2, resolved_by = $3
         WHERE c.id = (SELECT coalesce(parent_id, id) FROM comments WHERE id = $1) AND c.resolved_at IS NULL
           AND NOT EXISTS (SELECT FROM comments a WHERE (a.id = c.id OR a.parent_id = c.id) AND a.removed_at IS NULL)",
    )
    .bind::<Int8, _>(id)
    .bind::<Timestamptz, _>(now.to_diesel())
    .bind::<Text, _>(by)
    .execute(conn)
    .await
    .map(drop)
}

/// Resolves a thread, by this name and now, or opens it again.
pub(crate) async fn resolve_comment(
    conn: &mut Connection,
    id: i64,
    by: Option<(&str, Timestamp)>,
) -> QueryResult<()> {
    use crate::platform::db::schema::comments as t;
    diesel::update(t::table.find(id))
        .set((
            t::resolved_by.eq(by.map_or("", |(name, _)| name)),
            t::resolved_at.eq(by.map(|(_, at)| at.to_diesel())),
        ))
        .execute(conn)
        .await
        .map(drop)
}
