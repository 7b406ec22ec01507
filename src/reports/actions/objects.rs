//! Bytes of files in a bucket: written before the row that names them, deleted when none does any more.
//!
//! The database cannot take back what was written to a bucket, so it keeps account: an object is announced, written, and
//! then named by the transaction that attaches the file. Where that fails, housekeeping finds what was announced and is
//! named by nothing. It dooms such an object first: from then on nobody names it, and the same bytes go into the database
//! until the object is gone. So a deletion that nobody waits for any more, and that arrives after all, takes away nothing.

use super::attachments::fits;
use super::{By, SaveError, editable};
use crate::platform::db::{Connection, Pool};
use crate::platform::http::Error;
use crate::platform::ids::ReportKey;
use crate::platform::objects::{Bucket, BucketError};
use crate::platform::secret::to_hex;
use crate::reports::attachments::Attachment;
use crate::reports::store;
use bytes::Bytes;
use diesel_async::AsyncConnection;
use jiff::Timestamp;

/// Writes the bytes of a file to the bucket, if the file may be attached; [`super::attach`] names them then. The answer
/// says whether they are there.
pub(crate) async fn keep(
    pool: &Pool,
    bucket: Option<&Bucket>,
    by: &By<'_>,
    key: ReportKey,
    file: &Attachment,
) -> Result<Result<bool, SaveError>, Error> {
    let Some(bucket) = bucket else {
        return Ok(Ok(false));
    };
    let mut conn = pool.get().await?;
    // What will be refused is not written: nobody fills the bucket with it.
    if let Err(refused) = may_attach(&mut conn, by, key, file).await {
        return Ok(Err(refused));
    }
    if !store::announce_object(&mut conn, &file.sha256, by.now).await? {
        return Ok(Ok(false));
    }
    drop(conn);
    let name = to_hex(&file.sha256);
    bucket.put_in_time(&name, file.bytes.clone()).await?;
    Ok(Ok(true))
}

async fn may_attach(
    conn: &mut Connection,
    by: &By<'_>,
    key: ReportKey,
    file: &Attachment,
) -> Result<(), SaveError> {
    conn.transaction(async |conn| {
        let header = editable(conn, by, key).await?;
        match store::name_of_attached(conn, header.id, &file.sha256).await? {
            Some(_name) => Ok(()),
            None => fits(conn, header.id, file).await,
        }
    })
    .await
}

/// Why housekeeping stopped.
#[derive(Debug, thiserror::Error)]
pub enum SweepError {
    /// The database.
    #[error(transparent)]
    Database(#[from] diesel::result::Error),
    /// The bucket.
    #[error(transparent)]
    Bucket(#[from] BucketError),
}

/// Deletes the objects that no file has named since before then; how many that were.
pub async fn forget_objects(
    conn: &mut Connection,
    bucket: &Bucket,
    before: Timestamp,
) -> Result<usize, SweepError> {
    let mut gone = 0;
    while let Some(sha256) = store::doom_object(conn, before).await? {
        bucket.delete(&to_hex(&sha256)).await?;
        store::forget_object(conn, &sha256).await?;
        gone += 1;
    }
    Ok(gone)
}

/// Moves files from the database to the bucket, one after the other; how many that were. It may be stopped at any time
/// and done again, and files are read and attached meanwhile. What is about to be deleted there stays for the next time.
pub async fn move_to_bucket(
    conn: &mut Connection,
    bucket: &Bucket,
    now: Timestamp,
) -> Result<usize, SweepError> {
    let (mut moved, mut last) = (0, Vec::new());
    while let Some(sha256) = store::next_in_database(conn, &last).await? {
        let may_be_written = store::announce_object(conn, &sha256, now).await?;
        if may_be_written && let Some(bytes) = store::bytes_in_database(conn, &sha256).await? {
            bucket.put(&to_hex(&sha256), Bytes::from(bytes)).await?;
            conn.transaction(async |conn| {
                if store::hold_object(conn, &sha256, now).await? {
                    store::leave_to_object(conn, &sha256).await?;
                }
                Ok::<_, SweepError>(())
            })
            .await?;
            moved += 1;
        }
        last = sha256;
    }
    Ok(moved)
}
