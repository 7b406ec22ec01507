//! Publishing: the status, and a trace of who did it.

use super::{By, SaveError, Saved, editable};
use crate::accounts::{Action, audit_report, may};
use crate::platform::db::Connection;
use crate::platform::ids::ReportKey;
use crate::reports::model::Status;
use crate::reports::store;
use diesel_async::AsyncConnection;

/// Makes a report readable by everyone who may see it. Publishing twice is one effect.
pub async fn publish(
    conn: &mut Connection,
    by: &By<'_>,
    key: ReportKey,
) -> Result<Saved, SaveError> {
    conn.transaction(async |conn| {
        let header = editable(conn, by, key).await?;
        let published = publish_header(conn, by, &header).await?;
        let revision = if published {
            trace_publication(conn, by, &header).await?
        } else {
            header.revision
        };
        Ok(Saved {
            key,
            revision,
            fresh: true,
        })
    })
    .await
}

/// A revision that says who published, where no save did.
pub(super) async fn trace_publication(
    conn: &mut Connection,
    by: &By<'_>,
    header: &store::Header,
) -> Result<i32, SaveError> {
    let trace = store::Trace {
        event: "published",
        author: by.actor.person_id(),
        author_name: by.actor.name(),
        at: by.now,
    };
    Ok(store::trace(conn, header.id, header.revision, &trace).await?)
}

/// Sets the status, and writes the audit log; false when it was published before.
pub(super) async fn publish_header(
    conn: &mut Connection,
    by: &By<'_>,
    header: &store::Header,
) -> Result<bool, SaveError> {
    if !may(by.actor, Action::PublishReport(&header.access), by.rules) {
        return Err(SaveError::Forbidden);
    }
    match header.status {
        Status::Published => return Ok(false),
        Status::Archived => {
            return Err(SaveError::WrongStatus(
                "An archived report cannot be published.",
            ));
        }
        Status::Draft | Status::InReview => {}
    }
    store::mark_published(conn, header.id, by.now).await?;
    store::set_status(
        conn,
        header.id,
        &[Status::Draft, Status::InReview],
        Status::Published,
        by.now,
    )
    .await?;
    audit_report(conn, by.now, by.actor, ("publish_report", header.id)).await?;
    Ok(true)
}
