//! What looks like a secret, or like the e-mail address or telephone number of a person, is pointed out once before others
//! can read it.

use super::{Note, SaveError};
use crate::platform::db::Connection;
use crate::platform::ids::{ReportId, ReportKey};
use crate::reports::language::{self, Finding, is_finding_id};
use crate::reports::store;
use std::collections::HashSet;

/// What others come to read: a text, and the words that are said with it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Told<'a> {
    pub(super) document: &'a str,
    /// Notes, reasons, comments.
    pub(super) words: &'a [&'a str],
}

/// Refuses what is not for everybody, unless that was put aside: with this request, or before.
pub(super) async fn point_out(
    conn: &mut Connection,
    report: Option<ReportId>,
    (told, dismissed): (Told<'_>, &str),
) -> Result<(), SaveError> {
    refuse(not_aside(conn, report, (told, dismissed)).await?)
}

/// The same for words alone.
pub(super) async fn point_out_words(
    conn: &mut Connection,
    report: ReportId,
    (words, dismissed): (&[&str], &str),
) -> Result<(), SaveError> {
    let told = Told {
        document: "",
        words,
    };
    point_out(conn, Some(report), (told, dismissed)).await
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
    (told, dismissed): (Told<'_>, &str),
) -> Result<Vec<Finding>, SaveError> {
    let mut found = language::private(told.document);
    for words in told.words {
        for finding in language::private(words) {
            if found.iter().all(|it| it.id != finding.id) {
                // On no line of the text.
                found.push(Finding { line: 0, ..finding });
            }
        }
    }
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
    let words = [note.text, note.reason];
    let told = Told {
        document,
        words: &words,
    };
    if header.access.published {
        return match note.dismissed {
            Some(dismissed) => point_out_new(conn, header, (told, dismissed)).await,
            None => Ok(()),
        };
    }
    if note.publish {
        let dismissed = note.dismissed.unwrap_or_default();
        return point_out(conn, Some(header.id), (told, dismissed)).await;
    }
    Ok(())
}

/// What stands in the text that is read already is no news.
async fn point_out_new(
    conn: &mut Connection,
    header: &store::Header,
    typed: (Told<'_>, &str),
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

/// Which findings were put aside that this text brings with it: whoever only adds to a report does not decide what its
/// authors are asked about the rest.
pub(super) async fn news(
    conn: &mut Connection,
    header: &store::Header,
    (document, note): (&str, &Note<'_>),
) -> Result<String, SaveError> {
    let dismissed = note.dismissed.unwrap_or_default();
    if dismissed.trim().is_empty() {
        return Ok(String::new());
    }
    let ids = |text: &str| -> HashSet<String> {
        let found = language::private(text).into_iter();
        found.map(|it| it.id).collect()
    };
    let before = store::revision(conn, header.id, header.revision).await?;
    let before = before.map_or_else(HashSet::new, |(_, text)| ids(&text));
    let brought = ids(document);
    let aside = dismissed.split_whitespace();
    let aside = aside.filter(|id| brought.contains(*id) && !before.contains(*id));
    Ok(aside.collect::<Vec<_>>().join(" "))
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
