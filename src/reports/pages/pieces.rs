//! The bytes of a file as a body that is read in pieces: whoever reads slowly holds one piece, and no connection to the
//! database.

use crate::platform::db::Pool;
use crate::platform::http::Error;
use crate::platform::ids::ReportId;
use crate::platform::objects::{Bucket, BucketError};
use crate::reports::store::{self, Piece};
use actix_web::body::{BoxBody, SizedStream};
use actix_web::web::Bytes;
use futures_util::StreamExt as _;
use futures_util::stream::{once, try_unfold};
use std::error::Error as AnyError;
use std::sync::Arc;

/// So much is read at once.
const PIECE: i32 = 256 * 1024;

/// A file of a report.
pub(super) struct File {
    pub(super) pool: Pool,
    /// Where its bytes may be.
    pub(super) bucket: Option<Arc<Bucket>>,
    pub(super) report: ReportId,
    pub(super) sha256: Vec<u8>,
    /// How many bytes it has.
    pub(super) bytes: i32,
}

/// The file went while it was read.
#[derive(Debug, thiserror::Error)]
#[error("the file was removed while it was read")]
struct Gone;

/// What is in the bucket under this name is something else.
#[derive(Debug, thiserror::Error)]
#[error("the object {0} is shorter than the file")]
struct TooShort(String);

impl File {
    /// The next bytes; none when the report does not have the file any more. The connection is not held while the bucket
    /// is asked.
    async fn piece(&self, from: i32) -> Result<Option<Bytes>, Error> {
        let mut conn = self.pool.get().await?;
        let piece = store::attached_piece(&mut conn, self.report, &self.sha256, (from, PIECE));
        let piece = piece.await?;
        drop(conn);
        match piece {
            None => Ok(None),
            Some(Piece::Here(bytes)) => Ok(Some(Bytes::from(bytes)).filter(|it| !it.is_empty())),
            Some(Piece::InObject(name)) => {
                let bucket = self.bucket.as_ref();
                let bucket = bucket.ok_or_else(|| BucketError::Unset(name.clone()))?;
                let end = from.saturating_add(PIECE).min(self.bytes);
                let range = offset(from)..offset(end);
                let piece = bucket.read(&name, range).await?;
                let is_whole = length(&piece) == end.saturating_sub(from);
                is_whole
                    .then_some(Some(piece))
                    .ok_or_else(|| Error::unavailable(TooShort(name)))
            }
        }
    }

    /// All of it at once, for what cannot work on pieces; none when the report does not have it any more.
    pub(super) async fn whole(self) -> Result<Option<Vec<u8>>, Error> {
        let mut all = Vec::with_capacity(usize::try_from(self.bytes).unwrap_or_default());
        let mut read = 0;
        while read < self.bytes {
            let Some(piece) = self.piece(read).await? else {
                return Ok(None);
            };
            read = read.saturating_add(length(&piece));
            all.extend_from_slice(&piece);
        }
        Ok(Some(all))
    }

    /// All of it as a body; none when the report does not have it any more. Only the first piece is read at once.
    pub(super) async fn body(self) -> Result<Option<BoxBody>, Error> {
        let Some(first) = self.piece(0).await? else {
            return Ok(None);
        };
        let size = offset(self.bytes);
        let read = length(&first);
        let rest = try_unfold((self, read), |(file, read)| async move {
            if read >= file.bytes {
                return Ok(None);
            }
            let piece = file.piece(read).await?.ok_or(Gone)?;
            let read = read.saturating_add(length(&piece));
            Ok::<_, Box<dyn AnyError>>(Some((piece, (file, read))))
        });
        let all = once(async move { Ok(first) }).chain(rest);
        Ok(Some(BoxBody::new(SizedStream::new(size, all))))
    }
}

fn offset(bytes: i32) -> u64 {
    u64::try_from(bytes).unwrap_or_default()
}

fn length(piece: &Bytes) -> i32 {
    i32::try_from(piece.len()).unwrap_or(i32::MAX)
}
