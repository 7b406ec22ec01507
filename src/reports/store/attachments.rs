//! Attached files: stored once under their SHA-256, seen only through the reports they are attached to.

use crate::platform::db::Connection;
use crate::platform::db::prepared::prepared;
use crate::platform::ids::{PersonId, ReportId};
use crate::platform::secret::to_hex;
use crate::reports::attachments::{Attachment, Kind};
use diesel::prelude::*;
use diesel::sql_types::{Bool, Bytea, Int4, Int8, Nullable, Text, Timestamptz};
use diesel_async::RunQueryDsl;
use jiff::Timestamp;
use jiff_diesel::ToDiesel;

/// A file of a report, without its bytes.
#[derive(Clone, Debug)]
pub(crate) struct AttachedFile {
    pub sha256: Vec<u8>,
    pub name: String,
    pub kind: Kind,
    pub bytes: i64,
    /// Width and height of a picture.
    pub size: Option<(i32, i32)>,
    /// What in it may not be meant for its readers; empty where nothing is.
    pub warning: String,
    /// Who attached it; empty when they are gone.
    pub by: String,
    pub at: Timestamp,
}

/// How many files a report has, and how many bytes they are.
#[derive(Clone, Copy, Debug, QueryableByName)]
pub(crate) struct Usage {
    #[diesel(sql_type = Int8)]
    pub files: i64,
    #[diesel(sql_type = Int8)]
    pub bytes: i64,
}

#[derive(QueryableByName)]
struct FileRow {
    #[diesel(sql_type = Bytea)]
    sha256: Vec<u8>,
    #[diesel(sql_type = Text)]
    file_name: String,
    #[diesel(sql_type = Text)]
    media_type: String,
    #[diesel(sql_type = Int8)]
    size: i64,
    #[diesel(sql_type = Nullable<Int4>)]
    width: Option<i32>,
    #[diesel(sql_type = Nullable<Int4>)]
    height: Option<i32>,
    #[diesel(sql_type = Text)]
    warning: String,
    #[diesel(sql_type = Text)]
    by: String,
    #[diesel(sql_type = Timestamptz, deserialize_as = jiff_diesel::Timestamp)]
    created_at: Timestamp,
}

/// What the database calls the kind; its checks allow no other word.
fn kind(media_type: &str) -> Kind {
    Kind::of_media_type(media_type).unwrap_or(Kind::Text)
}

/// The files of a report, in the order in which they came.
pub(crate) async fn attached(
    conn: &mut Connection,
    report: ReportId,
) -> QueryResult<Vec<AttachedFile>> {
    let rows: Vec<FileRow> = prepared(
        "SELECT r.sha256, r.file_name, a.media_type, a.size, a.width, a.height, a.warning, coalesce(p.name, '') AS by, r.created_at
         FROM report_attachments r JOIN attachments a ON a.sha256 = r.sha256 LEFT JOIN people p ON p.id = r.uploaded_by
         WHERE r.report_id = $1 ORDER BY r.created_at, r.file_name, r.sha256",
    )
    .bind::<Int8, _>(report.0)
    .get_results(conn)
    .await?;
    let file = |row: FileRow| AttachedFile {
        kind: kind(&row.media_type),
        sha256: row.sha256,
        name: row.file_name,
        bytes: row.size,
        size: row.width.zip(row.height),
        warning: row.warning,
        by: row.by,
        at: row.created_at,
    };
    Ok(rows.into_iter().map(file).collect())
}

/// How much is attached to a report already.
pub(crate) async fn usage(conn: &mut Connection, report: ReportId) -> QueryResult<Usage> {
    prepared(
        "SELECT count(*) AS files, coalesce(sum(a.size), 0)::bigint AS bytes
         FROM report_attachments r JOIN attachments a ON a.sha256 = r.sha256 WHERE r.report_id = $1",
    )
    .bind::<Int8, _>(report.0)
    .get_result(conn)
    .await
}

/// The name under which a report has this file.
pub(crate) async fn name_of_attached(
    conn: &mut Connection,
    report: ReportId,
    sha256: &[u8],
) -> QueryResult<Option<String>> {
    use crate::platform::db::schema::report_attachments as t;
    t::table
        .find((report.0, sha256))
        .select(t::file_name)
        .get_result(conn)
        .await
        .optional()
}

/// A file of a report: its kind, its name, and how many bytes it has. With `only_shown`, only if the text of the report
/// shows it now.
pub(crate) async fn attached_file(
    conn: &mut Connection,
    report: ReportId,
    sha256: &[u8],
    only_shown: bool,
) -> QueryResult<Option<(Kind, String, i32)>> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Text)]
        media_type: String,
        #[diesel(sql_type = Text)]
        file_name: String,
        #[diesel(sql_type = Int4)]
        bytes: i32,
    }
    let row: Option<Row> = prepared(
        "SELECT a.media_type, t.file_name, a.size::integer AS bytes
         FROM report_attachments t JOIN attachments a ON a.sha256 = t.sha256
         WHERE t.report_id = $1 AND t.sha256 = $2 AND (NOT $3 OR EXISTS (
             SELECT FROM reports r JOIN revisions v ON v.report_id = r.id AND v.number = r.revision
             WHERE r.id = $1 AND position(encode($2, 'hex') IN lower(v.document)) > 0))",
    )
    .bind::<Int8, _>(report.0)
    .bind::<Bytea, _>(sha256)
    .bind::<Bool, _>(only_shown)
    .get_result(conn)
    .await
    .optional()?;
    Ok(row.map(|row| (kind(&row.media_type), row.file_name, row.bytes)))
}

/// Where some bytes of a file are.
#[derive(Clone, Debug)]
pub(crate) enum Piece {
    /// Here they are.
    Here(Vec<u8>),
    /// In the object of this name.
    InObject(String),
}

/// So many bytes of a file from here on; none when the report does not have it any more.
pub(crate) async fn attached_piece(
    conn: &mut Connection,
    report: ReportId,
    sha256: &[u8],
    (from, most): (i32, i32),
) -> QueryResult<Option<Piece>> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Nullable<Bytea>)]
        piece: Option<Vec<u8>>,
    }
    let row: Option<Row> = prepared(
        "SELECT substring(a.bytes FROM $3 + 1 FOR $4) AS piece
         FROM report_attachments t JOIN attachments a ON a.sha256 = t.sha256
         WHERE t.report_id = $1 AND t.sha256 = $2",
    )
    .bind::<Int8, _>(report.0)
    .bind::<Bytea, _>(sha256)
    .bind::<Int4, _>(from)
    .bind::<Int4, _>(most)
    .get_result(conn)
    .await
    .optional()?;
    let in_object = || Piece::InObject(to_hex(sha256));
    Ok(row.map(|row| row.piece.map_or_else(in_object, Piece::Here)))
}

/// Attaches a file, whose bytes may be in an object instead. Bytes that are there already are kept for another week at least, so that no sweep takes them away
/// from under this transaction.
pub(crate) async fn attach(
    conn: &mut Connection,
    report: ReportId,
    (file, is_in_object): (&Attachment, bool),
    (by, at): (Option<PersonId>, Timestamp),
) -> QueryResult<()> {
    let side = |pixels: u32| i32::try_from(pixels).unwrap_or(i32::MAX);
    prepared(
        "INSERT INTO attachments (sha256, media_type, size, width, height, bytes, created_at, warning)
         VALUES ($1, $2, $7, $4, $5, $3, $6, $8)
         ON CONFLICT (sha256) DO UPDATE SET created_at = excluded.created_at, warning = excluded.warning",
    )
    .bind::<Bytea, _>(file.sha256.as_slice())
    .bind::<Text, _>(file.kind.media_type())
    .bind::<Nullable<Bytea>, _>((!is_in_object).then_some(&*file.bytes))
    .bind::<Nullable<Int4>, _>(file.size.map(|size| side(size.0)))
    .bind::<Nullable<Int4>, _>(file.size.map(|size| side(size.1)))
    .bind::<Timestamptz, _>(at.to_diesel())
    .bind::<Int8, _>(i64::try_from(file.bytes.len()).unwrap_or(i64::MAX))
    .bind::<Text, _>(file.warning.as_str())
    .execute(conn)
    .await?;
    prepared(
        "INSERT INTO report_attachments (report_id, sha256, file_name, uploaded_by, created_at)
         VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING",
    )
    .bind::<Int8, _>(report.0)
    .bind::<Bytea, _>(file.sha256.as_slice())
    .bind::<Text, _>(file.name.as_str())
    .bind::<Nullable<Int8>, _>(by.map(|person| person.0))
    .bind::<Timestamptz, _>(at.to_diesel())
    .execute(conn)
    .await
    .map(drop)
}

/// Whether a revision of the report names this hash, in hexadecimal, or what somebody is writing about it does.
pub(crate) async fn is_mentioned(
    conn: &mut Connection,
    report: ReportId,
    hash: &str,
) -> QueryResult<bool> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Bool)]
        mentioned: bool,
    }
    let row: Row = prepared(
        "SELECT EXISTS (SELECT FROM revisions WHERE report_id = $1 AND position($2 IN lower(document)) > 0)
             OR EXISTS (SELECT FROM autosaves WHERE report_id = $1 AND position($2 IN lower(fields::text)) > 0)
             OR EXISTS (SELECT FROM participant_accounts WHERE report_id = $1 AND position($2 IN lower(text)) > 0)
             OR EXISTS (SELECT FROM comments WHERE report_id = $1 AND position($2 IN lower(text)) > 0) AS mentioned",
    )
    .bind::<Int8, _>(report.0)
    .bind::<Text, _>(hash)
    .get_result(conn)
    .await?;
    Ok(row.mentioned)
}

/// Takes a file off a report; false when it was not on it. Unless another report has them, the bytes stay for a week
/// after the moment given; those of a file that was not on the report, as long as they would have.
pub(crate) async fn detach(
    conn: &mut Connection,
    report: ReportId,
    sha256: &[u8],
    at: Timestamp,
) -> QueryResult<bool> {
    let rows = prepared("DELETE FROM report_attachments WHERE report_id = $1 AND sha256 = $2")
        .bind::<Int8, _>(report.0)
        .bind::<Bytea, _>(sha256)
        .execute(conn)
        .await?;
    if rows == 0 {
        return Ok(false);
    }
    // In the order of those who attach, so that nobody waits for each other.
    for table in [
        "UPDATE attachment_objects SET written_at = $2 WHERE sha256 = $1",
        "UPDATE attachments SET created_at = $2 WHERE sha256 = $1",
    ] {
        prepared(table)
            .bind::<Bytea, _>(sha256)
            .bind::<Timestamptz, _>(at.to_diesel())
            .execute(conn)
            .await?;
    }
    Ok(true)
}

/// Removes the bytes that no report has had since before then; how many files that were.
pub async fn forget_files(conn: &mut Connection, before: Timestamp) -> QueryResult<usize> {
    prepared(
        "DELETE FROM attachments a WHERE a.created_at < $1
         AND NOT EXISTS (SELECT FROM report_attachments r WHERE r.sha256 = a.sha256)",
    )
    .bind::<Timestamptz, _>(before.to_diesel())
    .execute(conn)
    .await
}
