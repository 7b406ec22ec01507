//! Publishing as part of a save or an import: the status, how it came to that, and a trace of who did it.

use super::review::{doer, refused, settle};
use super::{By, Note, SaveError};
use crate::accounts::{Action, audit_report_change, may};
use crate::platform::db::Connection;
use crate::platform::ids::ReportId;
use crate::reports::model::{Draft, HowPublished, Status};
use crate::reports::review::{self, Doer, Need, Step, Taken};
use crate::reports::store;
use serde_json::json;

/// A revision that says who published, where no save did.
pub(super) async fn trace_publication(
    conn: &mut Connection,
    by: &By<'_>,
    header: &store::Header,
) -> Result<i32, SaveError> {
    let trace = store::Trace {
        event: Step::Publish.event(),
        note: "",
        author: by.actor.person_id(),
        author_name: by.actor.name(),
        at: by.now,
    };
    Ok(store::trace(conn, header.id, header.revision, &trace).await?)
}

/// Publishes the text that was just saved; nothing is done when the report was published before.
async fn publish_saved(
    conn: &mut Connection,
    by: &By<'_>,
    header: &store::Header,
    reason: &str,
) -> Result<(), SaveError> {
    let standing = store::standing(conn, header.id).await?;
    let doer = doer(conn, by, header).await?;
    let judged = review::Standing {
        status: header.status,
        kind: standing.kind,
        severity: standing.severity,
        approved: standing.is_approved(),
    };
    match review::take(&judged, doer, Step::Publish, reason).map_err(refused)? {
        Some(taken) => settle(conn, by, header, (standing, &taken)).await,
        None => Ok(()),
    }
}

/// What a save over a report means for where it stands, before it is stored: whether it may be, with this reason; and
/// whether the one who facilitates is still the one whom the text names. Some step if it makes an incident, or a worse
/// one, of what readers have.
pub(super) async fn before_replacing(
    conn: &mut Connection,
    by: &By<'_>,
    header: &store::Header,
    (draft, reason): (&Draft, &str),
) -> Result<Option<Taken>, SaveError> {
    let after = (draft.kind, draft.severity);
    let mut grown = None;
    if header.access.published && review::need(after.0, after.1) != Need::Nothing {
        let standing = store::standing(conn, header.id).await?;
        let before = review::Standing {
            status: header.status,
            kind: standing.kind,
            severity: standing.severity,
            approved: standing.is_approved(),
        };
        let after = (after, by.rules.reviews_required);
        let published = (standing.how, standing.published_reason.as_str());
        grown = review::grow(&before, published, after, reason).map_err(refused)?;
    }
    store::forget_facilitator(conn, header.id, &draft.facilitator).await?;
    Ok(grown)
}

/// What a save over a report means for where it stands, once it is stored.
pub(super) async fn after_replacing(
    conn: &mut Connection,
    by: &By<'_>,
    header: &store::Header,
    (note, grown): (&Note<'_>, Option<Taken>),
) -> Result<(), SaveError> {
    if let Some((how, words)) = grown.and_then(|it| Some((it.how?, it.words))) {
        keep_published(conn, by, header.id, (how, &words)).await?;
    }
    if note.publish {
        publish_saved(conn, by, header, note.reason).await?;
    }
    Ok(())
}

/// What publishing a new report comes to, found out before it is stored.
pub(super) fn publishes_new(by: &By<'_>, draft: &Draft, reason: &str) -> Result<Taken, SaveError> {
    let standing = review::Standing {
        status: Status::Draft,
        kind: draft.kind,
        severity: draft.severity,
        approved: false,
    };
    let doer = Doer {
        may_edit: may(by.actor, Action::CreateReport, by.rules),
        may_review: false,
        has_written: true,
        reviews_required: by.rules.reviews_required,
    };
    review::take(&standing, doer, Step::Publish, reason)
        .map_err(refused)?
        .ok_or(SaveError::Forbidden)
}

/// Writes down how a new report came to be published.
pub(super) async fn keep_published(
    conn: &mut Connection,
    by: &By<'_>,
    id: ReportId,
    (how, reason): (HowPublished, &str),
) -> Result<(), SaveError> {
    let standing = store::standing(conn, id).await?;
    let kept = store::Standing {
        how: Some(how),
        published_reason: reason.to_owned(),
        in_review_since: None,
        ..standing
    };
    store::keep_standing(conn, id, &kept).await?;
    let details = json!({ "how": how.word(), "words": reason });
    let entry = (Step::Publish.audited_as(), id, details);
    Ok(audit_report_change(conn, by.now, by.actor, entry).await?)
}

/// Publishes a stored report because its import says so: it was published elsewhere, where its review was. Answers
/// nothing when it is in the archive.
pub(super) async fn publish_imported(
    conn: &mut Connection,
    by: &By<'_>,
    header: &store::Header,
) -> Result<(), SaveError> {
    if !may(by.actor, Action::PublishReport(&header.access), by.rules) {
        return Err(SaveError::Forbidden);
    }
    store::mark_published(conn, header.id, by.now).await?;
    let from = [Status::Draft, Status::InReview];
    store::set_status(conn, header.id, &from, Status::Published, by.now).await?;
    keep_published(conn, by, header.id, (HowPublished::Imported, "")).await
}
