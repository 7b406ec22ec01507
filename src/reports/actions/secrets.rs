//! What looks like a secret, or like the e-mail address or telephone number of a person, is pointed out once before others
//! can read it.

use super::{Note, SaveError};
use crate::platform::db::Connection;
use crate::platform::ids::{ReportId, ReportKey};
use crate::reports::language::{self, Finding, is_finding_id};
use crate::reports::store;
use std::collections::HashSet;

/// Refuses a text with what is not for everybody, unless that was put aside: with this request, or before.
pub(super) async fn point_out(
    conn: &mut Connection,
    report: Option<ReportId>,
    typed: (&str, &str),
) -> Result<(), SaveError> {
    refuse(not_aside(conn, report, typed).await?)
}

fn refuse(mut found: Vec<Finding>) -> Result<(), SaveError> {
    if found.is_empty() {
        return Ok(());
    }
    found.truncate(language::MAX_FINDINGS);
    Err(SaveError::PointedOut(found))
}

async fn not_aside(
    conn: &mut Connection,
    report: Option<ReportId>,
    (document, dismissed): (&str, &str),
) -> Result<Vec<Finding>, SaveError> {
    let mut found = language::private(document);
    let aside: HashSet<&str> = dismissed.split_whitespace().collect();
    found.retain(|it| !aside.contains(it.id.as_str()));
    if let Some(report) = report.filter(|_| !found.is_empty()) {
        let known: HashSet<String> = store::dismissed(conn, report).await?.into_iter().collect();
        found.retain(|it| !known.contains(&it.id));
    }
    Ok(found)
}

/// The same for a save over a stored report, if others are to read it from now on, or read it already.
pub(super) async fn before_others_read(
    conn: &mut Connection,
    header: &store::Header,
    (document, note): (&str, &Note<'_>),
) -> Result<(), SaveError> {
    if header.access.published {
        return match note.dismissed {
            Some(dismissed) => point_out_new(conn, header, (document, dismissed)).await,
            None => Ok(()),
        };
    }
    if note.publish {
        let dismissed = note.dismissed.unwrap_or_default();
        return point_out(conn, Some(header.id), (document, dismissed)).await;
    }
    Ok(())
}

/// What stands in the text that is read already is no news.
async fn point_out_new(
    conn: &mut Connection,
    header: &store::Header,
    typed: (&str, &str),
) -> Result<(), SaveError> {
    let mut found = not_aside(conn, Some(header.id), typed).await?;
    if found.is_empty() {
        return Ok(());
    }
    let read = store::revision(conn, header.id, header.revision).await?;
    let read = read.map_or_else(Vec::new, |(_, text)| language::private(&text));
    let read: HashSet<String> = read.into_iter().map(|it| it.id).collect();
    found.retain(|it| !read.contains(&it.id));
    refuse(found)
}

/// Keeps which findings were put aside, with the report.
pub(super) async fn keep_dismissed(
    conn: &mut Connection,
    report: ReportKey,
    dismissed: &str,
) -> Result<(), SaveError> {
    let ids: Vec<&str> = dismissed
        .split_whitespace()
        .filter(|id| is_finding_id(id))
        .collect();
    if ids.is_empty() {
        return Ok(());
    }
    Ok(store::dismiss(conn, report, &ids).await?)
}
