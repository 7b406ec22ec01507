//! Storing imported documents, each once.

use super::{By, SaveError, checked, publish_header};
use crate::accounts::{Action, may};
use crate::platform::db::Connection;
use crate::platform::ids::ReportKey;
use crate::reports::model::{Draft, Status};
use crate::reports::store;
use diesel_async::AsyncConnection;

/// What an import did with one document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Imported {
    /// It was new.
    Created(ReportKey),
    /// It replaced an earlier import.
    Updated(ReportKey),
    /// The same bytes were imported before.
    Unchanged(ReportKey),
}

/// Stores an imported document under its key, or recognises that it is there already.
pub async fn import(
    conn: &mut Connection,
    by: &By<'_>,
    draft: &Draft,
    mark: &ImportedFrom<'_>,
) -> Result<Imported, SaveError> {
    if !may(by.actor, Action::ImportReports, by.rules) {
        return Err(SaveError::Forbidden);
    }
    let checked = checked(draft)?;
    conn.transaction(async |conn| {
        let revision = checked.revision(by, "imported", "");
        let Some(header) = store::find_by_import_key(conn, mark.key).await? else {
            let status = if mark.publish {
                Status::Published
            } else {
                draft.status
            };
            let import = store::ImportMark {
                key: mark.key,
                sha256: Some(mark.sha256),
            };
            let (_, key) =
                store::insert(conn, &checked.draft, status, Some(&import), &revision).await?;
            return Ok(Imported::Created(key));
        };
        let publish = mark.publish && matches!(header.status, Status::Draft | Status::InReview);
        if publish {
            publish_header(conn, by, &header).await?;
        }
        if header.import_sha256.as_deref() == Some(mark.sha256.as_slice()) {
            return Ok(if publish {
                Imported::Updated(header.key)
            } else {
                Imported::Unchanged(header.key)
            });
        }
        store::replace(
            conn,
            header.id,
            header.revision,
            &checked.draft,
            Some(mark.sha256),
            &revision,
        )
        .await?
        .ok_or(SaveError::Stale {
            latest: header.revision,
        })?;
        Ok(Imported::Updated(header.key))
    })
    .await
}

/// Where an imported document came from and what becomes of it.
#[derive(Clone, Copy, Debug)]
pub struct ImportedFrom<'a> {
    /// The key under which the next import finds it.
    pub key: &'a str,
    /// SHA-256 of the bytes as read.
    pub sha256: [u8; 32],
    /// Publish it, whatever status it claims.
    pub publish: bool,
}

/// What [`import`] would do with these bytes; `None` is a new report.
pub async fn foresee_import(
    conn: &mut Connection,
    from: &ImportedFrom<'_>,
) -> Result<Option<Imported>, SaveError> {
    let header = store::find_by_import_key(conn, from.key).await?;
    Ok(header.map(|header| {
        if header.import_sha256.as_deref() == Some(from.sha256.as_slice()) {
            Imported::Unchanged(header.key)
        } else {
            Imported::Updated(header.key)
        }
    }))
}
