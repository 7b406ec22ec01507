//! Storing imported documents, each once.

use super::publish::{keep_published, publish_imported, trace_publication};
use super::{By, Checked, SaveError, checked, under_todays_names};
use crate::accounts::{Action, may};
use crate::platform::db::Connection;
use crate::platform::ids::ReportKey;
use crate::reports::model::{Draft, HowPublished, Status};
use crate::reports::store;
use diesel_async::AsyncConnection;
use std::convert::Infallible;

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
    let checked = checked(&Draft {
        import_key: Some(mark.key.to_owned()),
        ..under_todays_names(conn, by, draft).await?
    })?;
    conn.transaction(async |conn| store_import(conn, by, checked, mark).await)
        .await
}

async fn store_import(
    conn: &mut Connection,
    by: &By<'_>,
    checked: Checked,
    mark: &ImportedFrom<'_>,
) -> Result<Imported, SaveError> {
    let Some(header) = store::find_by_import_key(conn, mark.key).await? else {
        return store_new(conn, by, &checked, mark).await;
    };
    let publish = mark.publish && matches!(header.status, Status::Draft | Status::InReview);
    if publish {
        publish_imported(conn, by, &header).await?;
    }
    if header.import_sha256.as_deref() == Some(mark.sha256.as_slice()) {
        if !publish {
            return Ok(Imported::Unchanged(header.key));
        }
        trace_publication(conn, by, &header).await?;
        return Ok(Imported::Updated(header.key));
    }
    if !mark.overwrite && store::is_changed_since_import(conn, header.id).await? {
        return Err(SaveError::ChangedSinceImport(header.key));
    }
    let visibility = if mark.says_visibility {
        checked.draft.visibility
    } else {
        header.visibility()
    };
    let checked = checked.stored_as(visibility, Some(mark.key))?;
    store::forget_facilitator(conn, header.id, &checked.draft.facilitator).await?;
    let revision = checked.revision(by, "imported", "");
    store::replace(
        conn,
        header.id,
        header.revision,
        (None, &checked.draft),
        Some(mark.sha256),
        &revision,
    )
    .await?
    .ok_or(SaveError::Stale {
        latest: header.revision,
    })?;
    Ok(Imported::Updated(header.key))
}

async fn store_new(
    conn: &mut Connection,
    by: &By<'_>,
    checked: &Checked,
    mark: &ImportedFrom<'_>,
) -> Result<Imported, SaveError> {
    let status = if mark.publish {
        Status::Published
    } else {
        checked.draft.status
    };
    let import = store::ImportMark {
        key: mark.key,
        sha256: Some(mark.sha256),
    };
    let revision = checked.revision(by, "imported", "");
    let (id, key) = store::insert(conn, &checked.draft, status, Some(&import), &revision).await?;
    if status == Status::Published {
        keep_published(conn, by, id, (HowPublished::Imported, "")).await?;
    }
    Ok(Imported::Created(key))
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
    /// Whether it says who may see it. If not, a report imported before stays open or restricted as it is.
    pub says_visibility: bool,
    /// Take it also where somebody changed the report after an earlier import.
    pub overwrite: bool,
}

/// What [`import`] would do, found out by doing it and taking it back.
pub async fn foresee_import(
    conn: &mut Connection,
    by: &By<'_>,
    draft: &Draft,
    mark: &ImportedFrom<'_>,
) -> Result<Imported, SaveError> {
    enum TakenBack {
        After(Result<Imported, SaveError>),
        Database(diesel::result::Error),
    }
    impl From<diesel::result::Error> for TakenBack {
        fn from(error: diesel::result::Error) -> Self {
            Self::Database(error)
        }
    }
    let taken_back = conn
        .transaction::<Infallible, TakenBack, _>(async |conn| {
            Err(TakenBack::After(import(conn, by, draft, mark).await))
        })
        .await;
    match taken_back {
        Ok(never) => match never {},
        Err(TakenBack::After(result)) => result,
        Err(TakenBack::Database(error)) => Err(error.into()),
    }
}
