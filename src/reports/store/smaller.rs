//! Smaller pictures, kept beside the files they were made of. They go with them, and may go at any time.

use crate::platform::db::Connection;
use crate::platform::db::prepared::prepared;
use crate::reports::attachments::{Kind, MAKER, Size, Smaller};
use diesel::prelude::*;
use diesel::sql_types::{Bytea, Int2, Nullable, Text};
use diesel_async::RunQueryDsl;

/// The smaller picture that was made of this file: none when nobody has asked for one yet, `Some(None)` when the
/// picture itself serves as well.
pub(crate) async fn kept_smaller(
    conn: &mut Connection,
    sha256: &[u8],
    size: Size,
) -> QueryResult<Option<Option<Smaller>>> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Nullable<Text>)]
        media_type: Option<String>,
        #[diesel(sql_type = Nullable<Bytea>)]
        bytes: Option<Vec<u8>>,
    }
    let row: Option<Row> = prepared(
        "SELECT media_type, bytes FROM smaller_pictures WHERE sha256 = $1 AND pixels = $2 AND maker = $3",
    )
    .bind::<Bytea, _>(sha256)
    .bind::<Int2, _>(pixels(size))
    .bind::<Int2, _>(MAKER)
    .get_result(conn)
    .await
    .optional()?;
    Ok(row.map(|row| {
        let kind = row.media_type.and_then(|it| Kind::of_media_type(&it))?;
        let bytes = row.bytes?;
        Some(Smaller { kind, bytes })
    }))
}

/// Keeps what was made of a file, unless the file is gone.
pub(crate) async fn keep_smaller(
    conn: &mut Connection,
    sha256: &[u8],
    size: Size,
    made: Option<&Smaller>,
) -> QueryResult<()> {
    prepared(
        "INSERT INTO smaller_pictures (sha256, pixels, maker, media_type, bytes)
         SELECT a.sha256, $2, $3, $4, $5 FROM attachments a WHERE a.sha256 = $1 FOR KEY SHARE
         ON CONFLICT (sha256, pixels) DO UPDATE
         SET maker = excluded.maker, media_type = excluded.media_type, bytes = excluded.bytes, created_at = now()",
    )
    .bind::<Bytea, _>(sha256)
    .bind::<Int2, _>(pixels(size))
    .bind::<Int2, _>(MAKER)
    .bind::<Nullable<Text>, _>(made.map(|it| it.kind.media_type()))
    .bind::<Nullable<Bytea>, _>(made.map(|it| it.bytes.as_slice()))
    .execute(conn)
    .await
    .map(drop)
}

fn pixels(size: Size) -> i16 {
    i16::try_from(size.pixels()).unwrap_or(i16::MAX)
}
