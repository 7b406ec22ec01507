//! The bytes of a file as a body that is read in pieces: whoever reads slowly holds one piece, and no connection to the
//! database.

use crate::platform::db::{Connection, Pool};
use crate::platform::http::Error;
use crate::platform::ids::ReportId;
use crate::reports::store;
use actix_web::body::{BoxBody, SizedStream};
use actix_web::web::Bytes;
use futures_util::StreamExt as _;
use futures_util::stream::{once, try_unfold};
use std::error::Error as AnyError;

/// So much is read at once.
const PIECE: i32 = 256 * 1024;

/// A file of a report.
pub(super) struct File {
    pub(super) pool: Pool,
    pub(super) report: ReportId,
    pub(super) sha256: Vec<u8>,
    /// How many bytes it has.
    pub(super) bytes: i32,
}

/// The file went while it was read.
#[derive(Debug, thiserror::Error)]
#[error("the file was removed while it was read")]
struct Gone;

impl File {
    async fn piece(&self, conn: &mut Connection, from: i32) -> Result<Option<Bytes>, Error> {
        let piece = store::attached_piece(conn, self.report, &self.sha256, (from, PIECE)).await?;
        Ok(piece.filter(|it| !it.is_empty()).map(Bytes::from))
    }

    /// All of it; none when the report does not have it any more. Only the first piece is read at once.
    pub(super) async fn body(self, conn: &mut Connection) -> Result<Option<BoxBody>, Error> {
        let Some(first) = self.piece(conn, 0).await? else {
            return Ok(None);
        };
        let size = u64::try_from(self.bytes).unwrap_or_default();
        let read = length(&first);
        let rest = try_unfold((self, read), |(file, read)| async move {
            if read >= file.bytes {
                return Ok(None);
            }
            let mut conn = file.pool.get().await?;
            let piece = file.piece(&mut conn, read).await?.ok_or(Gone)?;
            drop(conn);
            let read = read.saturating_add(length(&piece));
            Ok::<_, Box<dyn AnyError>>(Some((piece, (file, read))))
        });
        let all = once(async move { Ok(first) }).chain(rest);
        Ok(Some(BoxBody::new(SizedStream::new(size, all))))
    }
}

fn length(piece: &Bytes) -> i32 {
    i32::try_from(piece.len()).unwrap_or(i32::MAX)
}
