//! What is in the bucket. The row of an object comes before it and goes after it, so nothing in the bucket is forgotten;
//! whoever names an object touches its row, and none is named that is doomed, so nothing is deleted that is named.

use crate::platform::db::Connection;
use crate::platform::db::prepared::prepared;
use diesel::prelude::*;
use diesel::sql_types::{Bytea, Timestamptz};
use diesel_async::RunQueryDsl;
use jiff::Timestamp;
use jiff_diesel::ToDiesel;

#[derive(QueryableByName)]
struct Named {
    #[diesel(sql_type = Bytea)]
    sha256: Vec<u8>,
}

/// An object of this name is about to be written; false when one of the same name is doomed, and none may be.
pub(crate) async fn announce_object(
    conn: &mut Connection,
    sha256: &[u8],
    at: Timestamp,
) -> QueryResult<bool> {
    let announced = prepared(
        "INSERT INTO attachment_objects (sha256, written_at) VALUES ($1, $2)
         ON CONFLICT (sha256) DO UPDATE SET written_at = greatest(attachment_objects.written_at, excluded.written_at)
         WHERE attachment_objects.doomed_at IS NULL",
    )
    .bind::<Bytea, _>(sha256)
    .bind::<Timestamptz, _>(at.to_diesel())
    .execute(conn)
    .await?;
    Ok(announced > 0)
}

/// Holds on to an object until the end of the transaction, which will name it; false when it is not there any more, or not
/// for long.
pub(crate) async fn hold_object(
    conn: &mut Connection,
    sha256: &[u8],
    at: Timestamp,
) -> QueryResult<bool> {
    let held = prepared(
        "UPDATE attachment_objects SET written_at = greatest(written_at, $2)
         WHERE sha256 = $1 AND doomed_at IS NULL",
    )
    .bind::<Bytea, _>(sha256)
    .bind::<Timestamptz, _>(at.to_diesel())
    .execute(conn)
    .await?;
    Ok(held > 0)
}

/// Dooms one object that nothing has named since before then, and answers it, to be deleted and forgotten. One whose deletion
/// failed comes again when the request cannot arrive any more: stores take none that was signed 15 minutes before.
pub(crate) async fn doom_object(
    conn: &mut Connection,
    before: Timestamp,
) -> QueryResult<Option<Vec<u8>>> {
    let row: Option<Named> = prepared(
        "UPDATE attachment_objects SET doomed_at = now() WHERE sha256 = (
             SELECT o.sha256 FROM attachment_objects o WHERE o.written_at < $1
             AND (o.doomed_at IS NULL OR o.doomed_at < now() - interval '30 minutes')
             AND NOT EXISTS (SELECT FROM attachments a WHERE a.sha256 = o.sha256 AND a.bytes IS NULL)
             LIMIT 1 FOR UPDATE SKIP LOCKED)
         RETURNING sha256",
    )
    .bind::<Timestamptz, _>(before.to_diesel())
    .get_result(conn)
    .await
    .optional()?;
    Ok(row.map(|row| row.sha256))
}

/// A doomed object is gone: the next one of its name is another.
pub(crate) async fn forget_object(conn: &mut Connection, sha256: &[u8]) -> QueryResult<()> {
    prepared("DELETE FROM attachment_objects WHERE sha256 = $1 AND doomed_at IS NOT NULL")
        .bind::<Bytea, _>(sha256)
        .execute(conn)
        .await
        .map(drop)
}

/// A file whose bytes are in the database, after this one in the order of hashes.
pub(crate) async fn next_in_database(
    conn: &mut Connection,
    after: &[u8],
) -> QueryResult<Option<Vec<u8>>> {
    let row: Option<Named> = prepared(
        "SELECT sha256 FROM attachments WHERE bytes IS NOT NULL AND sha256 > $1 ORDER BY sha256 LIMIT 1",
    )
    .bind::<Bytea, _>(after)
    .get_result(conn)
    .await
    .optional()?;
    Ok(row.map(|row| row.sha256))
}

/// The bytes of a file that are in the database.
pub(crate) async fn bytes_in_database(
    conn: &mut Connection,
    sha256: &[u8],
) -> QueryResult<Option<Vec<u8>>> {
    use crate::platform::db::schema::attachments as t;
    let bytes = t::table.find(sha256).select(t::bytes);
    let bytes: Option<Option<Vec<u8>>> = bytes.get_result(conn).await.optional()?;
    Ok(bytes.flatten())
}

/// The bytes of a file are in its object from now on.
pub(crate) async fn leave_to_object(conn: &mut Connection, sha256: &[u8]) -> QueryResult<()> {
    prepared("UPDATE attachments SET bytes = NULL WHERE sha256 = $1")
        .bind::<Bytea, _>(sha256)
        .execute(conn)
        .await
        .map(drop)
}
