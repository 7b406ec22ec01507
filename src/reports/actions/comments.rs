//! What people do with comments. Each function is one transaction: permission, rules, rows, those who are told.

use super::secrets::point_out_words;
use super::{By, SaveError};
use crate::accounts::{Action, Wanted, audit_report, audit_report_change, may, readers_among};
use crate::platform::db::Connection;
use crate::platform::ids::{PersonId, ReportKey};
use crate::reports::comments::{self, Anchor};
use crate::reports::language;
use crate::reports::model::{NoticeKind, Problem};
use crate::reports::store::{self, Comment, Header, Notice, Removal};
use diesel_async::AsyncConnection;
use serde_json::json;
use uuid::Uuid;

/// A comment to be made.
#[derive(Clone, Debug)]
pub(crate) struct Said<'a> {
    /// What it is about; of an answer, its thread says it.
    pub anchor: &'a Anchor,
    /// The comment it answers.
    pub parent: Option<i64>,
    pub text: &'a str,
    /// The form it came with.
    pub once: Option<Uuid>,
    /// What was pointed out in it and put aside, by the ids of the findings.
    pub dismissed: &'a str,
}

/// Another text for a comment.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Edit<'a> {
    pub id: i64,
    pub text: &'a str,
    /// How often it had been changed when its text was opened; whatever is there is replaced if nobody says.
    pub seen: Option<i32>,
    /// What was pointed out in it and put aside, by the ids of the findings.
    pub dismissed: &'a str,
}

/// What becomes of a comment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Turn {
    /// The thread is done with.
    Resolve,
    /// It is not.
    Reopen,
    /// Its author takes it away.
    Remove,
}

fn gone() -> SaveError {
    SaveError::WrongStatus("The comment is no longer there.")
}

/// Where a comment can be read.
pub(crate) fn link(key: ReportKey, id: i64) -> String {
    format!("/reports/{key}/comments?at={id}#comment-{id}")
}

/// The report, if the actor may comment on it; one they may not see is not found.
async fn open(conn: &mut Connection, by: &By<'_>, key: ReportKey) -> Result<Header, SaveError> {
    let header = store::header(conn, key, false)
        .await?
        .ok_or(SaveError::NotFound)?;
    if !may(by.actor, Action::ReadReport(&header.access), by.rules) {
        return Err(SaveError::NotFound);
    }
    if !may(by.actor, Action::Comment(&header.access), by.rules) {
        return Err(SaveError::Forbidden);
    }
    Ok(header)
}

/// Stores a comment, or an answer to one; answers its id. A form that is sent twice makes one.
pub(crate) async fn comment(
    conn: &mut Connection,
    by: &By<'_>,
    key: ReportKey,
    said: Said<'_>,
) -> Result<i64, SaveError> {
    let text = comments::checked(said.text).map_err(|it| SaveError::Invalid(vec![it]))?;
    conn.transaction(async |conn| {
        let header = open(conn, by, key).await?;
        if let Some(made) = made_before(conn, by, &header, (said.once, &text)).await? {
            return Ok(made);
        }
        point_out_words(conn, header.id, (&[&text], said.dismissed)).await?;
        if store::count_comments(conn, header.id).await? >= comments::MOST {
            return Err(SaveError::WrongStatus(
                "This report has as many comments as fit. Move what matters into its text.",
            ));
        }
        let thread = match said.parent {
            Some(parent) => Some(thread_of(conn, &header, parent).await?),
            None => None,
        };
        let new = store::NewComment {
            parent: thread,
            person: by.actor.person_id(),
            author_name: by.actor.name(),
            anchor: if thread.is_some() {
                &Anchor::Report
            } else {
                said.anchor
            },
            text: &text,
            once: said.once,
            at: by.now,
        };
        let made = store::insert_comment(conn, header.id, &new).await?;
        let Some(id) = made else {
            // A twin of this request was faster.
            let made = made_before(conn, by, &header, (said.once, &text)).await?;
            return made.ok_or(SaveError::KeyReused);
        };
        tell(conn, by, (&header, id), (&text, "", thread)).await?;
        audit_report(conn, by.now, by.actor, ("comment", header.id)).await?;
        Ok(id)
    })
    .await
}

/// The comment that this form has made, if it said the same.
async fn made_before(
    conn: &mut Connection,
    by: &By<'_>,
    header: &Header,
    (once, text): (Option<Uuid>, &str),
) -> Result<Option<i64>, SaveError> {
    let (Some(once), Some(person)) = (once, by.actor.person_id()) else {
        return Ok(None);
    };
    match store::comment_once(conn, person, once).await? {
        None => Ok(None),
        Some((id, report, stored)) if report == header.id && stored == text => Ok(Some(id)),
        Some(_) => Err(SaveError::KeyReused),
    }
}

/// The thread an answer belongs to: answers are one level deep.
async fn thread_of(conn: &mut Connection, header: &Header, id: i64) -> Result<i64, SaveError> {
    let parent = store::comment(conn, header.id, id)
        .await?
        .ok_or_else(gone)?;
    Ok(parent.parent.unwrap_or(parent.id))
}

/// Tells those whom a text concerns; of those it names, the ones whom the text before it did not.
async fn tell(
    conn: &mut Connection,
    by: &By<'_>,
    (header, id): (&Header, i64),
    (text, before, thread): (&str, &str, Option<i64>),
) -> Result<(), SaveError> {
    let is_new = before.is_empty();
    let signs = comments::after_signs(text);
    let people = if signs.is_empty() {
        Vec::new()
    } else {
        readers_among(conn, Wanted::AtTheStartOf(&signs), &header.access, by.rules).await?
    };
    let known = comments::mentioned(&comments::after_signs(before), &people);
    let mut mentioned = comments::mentioned(&signs, &people);
    mentioned.retain(|person| !known.contains(person));
    let in_thread = match thread.filter(|_| is_new) {
        Some(thread) => store::in_thread(conn, header.id, thread).await?,
        None => Vec::new(),
    };
    let authors: &[PersonId] = if is_new { &header.access.authors } else { &[] };
    let writer = by.actor.person_id().unwrap_or(PersonId(0));
    let told = comments::told(writer, &mentioned, &in_thread, authors);
    let link = link(header.key, id);
    for kind in [
        NoticeKind::Mentioned,
        NoticeKind::Reply,
        NoticeKind::CommentOnMyReport,
    ] {
        let people: Vec<PersonId> = told
            .iter()
            .filter(|(_, other)| *other == kind)
            .map(|(person, _)| *person)
            .collect();
        let notice = Notice {
            kind,
            report: header.id,
            link: &link,
            actor: by.actor.person_id(),
            actor_name: by.actor.name(),
            at: by.now,
        };
        store::notify(conn, &notice, &people).await?;
    }
    Ok(())
}

fn is_own(by: &By<'_>, comment: &Comment) -> bool {
    comment.person.is_some() && comment.person == by.actor.person_id()
}

/// Another text for one's own comment. [`SaveError::Stale`] says that another window changed it.
pub(crate) async fn edit_comment(
    conn: &mut Connection,
    by: &By<'_>,
    key: ReportKey,
    edit: Edit<'_>,
) -> Result<(), SaveError> {
    let Edit { id, text, seen, .. } = edit;
    let text = comments::checked(text).map_err(|it| SaveError::Invalid(vec![it]))?;
    conn.transaction(async |conn| {
        let header = open(conn, by, key).await?;
        let found = store::comment(conn, header.id, id).await?;
        let found = found.filter(|it| !it.removed).ok_or_else(gone)?;
        if !is_own(by, &found) {
            let message = "Only whoever wrote a comment may change it.";
            return Err(SaveError::Invalid(vec![Problem::of("", message)]));
        }
        if found.text == text {
            return Ok(());
        }
        if seen.is_some_and(|seen| seen != found.edits) {
            return Err(SaveError::Stale {
                latest: found.edits,
            });
        }
        // What stands there already is no news.
        let mut aside = edit.dismissed.to_owned();
        for known in language::private(&found.text) {
            aside.extend([" ", known.id.as_str()]);
        }
        point_out_words(conn, header.id, (&[&text], &aside)).await?;
        store::edit_comment(conn, id, &text, by.now).await?;
        tell(conn, by, (&header, id), (&text, &found.text, found.parent)).await?;
        Ok(audit_report(conn, by.now, by.actor, ("edit_comment", header.id)).await?)
    })
    .await
}

/// Resolves, reopens or removes. Threads are resolved by those who began them and those who may change the report.
pub(crate) async fn turn_comment(
    conn: &mut Connection,
    by: &By<'_>,
    key: ReportKey,
    (id, turn): (i64, Turn),
) -> Result<(), SaveError> {
    conn.transaction(async |conn| {
        let header = open(conn, by, key).await?;
        let found = store::comment(conn, header.id, id).await?;
        let found = found.ok_or(SaveError::NotFound)?;
        let own = is_own(by, &found);
        let editor = may(by.actor, Action::EditReport(&header.access), by.rules);
        let action = match turn {
            Turn::Remove if !own => return Err(SaveError::Forbidden),
            Turn::Resolve | Turn::Reopen if !own && !editor => return Err(SaveError::Forbidden),
            Turn::Resolve | Turn::Reopen if found.parent.is_some() => {
                return Err(SaveError::WrongStatus("An answer belongs to its thread."));
            }
            Turn::Remove if found.removed => return Ok(()),
            Turn::Resolve if found.resolved.is_some() => return Ok(()),
            Turn::Reopen if found.resolved.is_none() => return Ok(()),
            Turn::Remove => {
                let removal = Removal {
                    by: by.actor.name(),
                    at: by.now,
                    reason: None,
                };
                store::remove_comment(conn, id, removal).await?;
                "remove_comment"
            }
            Turn::Resolve => {
                store::resolve_comment(conn, id, Some((by.actor.name(), by.now))).await?;
                "resolve_comment"
            }
            Turn::Reopen => {
                store::resolve_comment(conn, id, None).await?;
                "reopen_comment"
            }
        };
        Ok(audit_report(conn, by.now, by.actor, (action, header.id)).await?)
    })
    .await
}

/// An administrator takes away what somebody wrote: a secret, an insult. The text is gone, the reason stays in its place,
/// and whoever wrote it is told. Doing it again changes nothing.
pub(crate) async fn erase_comment(
    conn: &mut Connection,
    by: &By<'_>,
    key: ReportKey,
    (id, reason): (i64, &str),
) -> Result<(), SaveError> {
    conn.transaction(async |conn| {
        let header = open(conn, by, key).await?;
        if !may(by.actor, Action::EraseComment(&header.access), by.rules) {
            return Err(SaveError::Forbidden);
        }
        let found = store::comment(conn, header.id, id).await?;
        let found = found.ok_or(SaveError::NotFound)?;
        if found.removed {
            return Ok(());
        }
        let reason = comments::reason(reason).map_err(|it| SaveError::Invalid(vec![it]))?;
        if !language::private(&reason).is_empty() {
            let message = "This looks like a secret or like somebody's address, and everybody who reads the report sees it: say why without it.";
            return Err(SaveError::Invalid(vec![Problem::of("reason", message)]));
        }
        let removal = Removal {
            by: by.actor.name(),
            at: by.now,
            reason: Some(&reason),
        };
        store::remove_comment(conn, id, removal).await?;
        let notice = Notice {
            kind: NoticeKind::CommentErased,
            report: header.id,
            link: &link(key, id),
            actor: by.actor.person_id(),
            actor_name: by.actor.name(),
            at: by.now,
        };
        let author: Vec<PersonId> = found.person.into_iter().collect();
        store::notify(conn, &notice, &author).await?;
        let details = json!({ "comment": id, "author": found.author_name, "words": reason });
        let entry = ("erase_comment", header.id, details);
        Ok(audit_report_change(conn, by.now, by.actor, entry).await?)
    })
    .await
}
