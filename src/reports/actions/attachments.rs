//! Attaching files to a report and taking them off again. Each change stands in the audit log.

use super::{By, SaveError, editable};
use crate::accounts::{Action, audit_report_change, may};
use crate::platform::db::Connection;
use crate::platform::ids::{ReportId, ReportKey};
use crate::platform::secret::to_hex;
use crate::reports::attachments::{Attachment, MOST_BYTES_OF_REPORT, MOST_FILES};
use crate::reports::model::Problem;
use crate::reports::store;
use diesel_async::AsyncConnection;
use jiff::Timestamp;
use serde_json::json;

/// Attaches a file, whose bytes may be in an object by now; answers the name it has there. The same bytes twice are one
/// file, with its first name.
pub(crate) async fn attach(
    conn: &mut Connection,
    by: &By<'_>,
    key: ReportKey,
    (file, is_in_object): (&Attachment, bool),
) -> Result<String, SaveError> {
    conn.transaction(async |conn| {
        let header = editable(conn, by, key).await?;
        if let Some(name) = store::name_of_attached(conn, header.id, &file.sha256).await? {
            return Ok(name);
        }
        fits(conn, header.id, file).await?;
        if is_in_object && !store::hold_object(conn, &file.sha256, by.now).await? {
            return Err(SaveError::WrongStatus(
                "The file was removed while it was being attached. Attach it again.",
            ));
        }
        let who = (by.actor.person_id(), by.now);
        store::attach(conn, header.id, (file, is_in_object), who).await?;
        let details = json!({ "sha256": to_hex(&file.sha256), "bytes": file.bytes.len() });
        let entry = ("attach_file", header.id, details);
        audit_report_change(conn, by.now, by.actor, entry).await?;
        Ok(file.name.clone())
    })
    .await
}

/// Whether the report has room for one more.
pub(super) async fn fits(
    conn: &mut Connection,
    report: ReportId,
    file: &Attachment,
) -> Result<(), SaveError> {
    let usage = store::usage(conn, report).await?;
    let bytes = i64::try_from(file.bytes.len()).unwrap_or(i64::MAX);
    if usage.files >= MOST_FILES || usage.bytes.saturating_add(bytes) > MOST_BYTES_OF_REPORT {
        return Err(full(usage));
    }
    Ok(())
}

fn full(usage: store::Usage) -> SaveError {
    let message = format!(
        "The report has {} files of {} MiB already; {MOST_FILES} files and {} MiB fit. Remove one that is not needed.",
        usage.files,
        usage.bytes / 1024 / 1024,
        MOST_BYTES_OF_REPORT / 1024 / 1024,
    );
    SaveError::Invalid(vec![Problem::of("file", message)])
}

/// Takes a file off a report; false when it was not on it. What a revision shows stays: revisions stay whole.
pub(crate) async fn detach(
    conn: &mut Connection,
    by: &By<'_>,
    key: ReportKey,
    sha256: &[u8],
) -> Result<bool, SaveError> {
    conn.transaction(async |conn| {
        let header = editable(conn, by, key).await?;
        // What is not on it, such as what was erased, is off it already, whatever the text says.
        if store::name_of_attached(conn, header.id, sha256).await?.is_none() {
            return Ok(false);
        }
        let hash = to_hex(sha256);
        if store::is_mentioned(conn, header.id, &hash).await? {
            return Err(SaveError::WrongStatus(
                "The text of this report, an earlier revision, or what somebody is writing about it shows this file, so it stays. An administrator can remove it even so.",
            ));
        }
        let removed = store::detach(conn, header.id, sha256, by.now).await?;
        if removed {
            let entry = ("detach_file", header.id, json!({ "sha256": hash }));
            audit_report_change(conn, by.now, by.actor, entry).await?;
        }
        Ok(removed)
    })
    .await
}

/// Takes a file off a report even though its text or its history shows it, such as a picture with personal data; false
/// when it was not on it. The bytes go with the next sweep, unless another report has them.
pub(crate) async fn erase(
    conn: &mut Connection,
    by: &By<'_>,
    key: ReportKey,
    sha256: &[u8],
) -> Result<bool, SaveError> {
    conn.transaction(async |conn| {
        let header = editable(conn, by, key).await?;
        if !may(by.actor, Action::EraseFile(&header.access), by.rules) {
            return Err(SaveError::Forbidden);
        }
        let Some(name) = store::name_of_attached(conn, header.id, sha256).await? else {
            return Ok(false);
        };
        store::detach(conn, header.id, sha256, Timestamp::UNIX_EPOCH).await?;
        let details = json!({ "sha256": to_hex(sha256), "name": name });
        audit_report_change(conn, by.now, by.actor, ("erase_file", header.id, details)).await?;
        Ok(true)
    })
    .await
}
