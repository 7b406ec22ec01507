//! Going back to an earlier revision: its text is saved anew, so nothing that came after is gone.

use super::{By, Note, SaveError, Saved, Target, revise};
use crate::accounts::{Action, may, reach};
use crate::platform::db::Connection;
use crate::reports::{document, store};

/// Saves the text of revision `number` over the one that `target` means. Who may read the report stays as it is. What
/// is not for everybody and news to its readers is pointed out first, unless it is `dismissed`.
pub(crate) async fn restore(
    conn: &mut Connection,
    by: &By<'_>,
    target: Target<'_>,
    (number, text): (i32, &str),
    dismissed: &str,
) -> Result<Saved, SaveError> {
    let header = store::header(conn, target.key, false)
        .await?
        .filter(|it| may(by.actor, Action::ReadReport(&it.access), by.rules))
        .ok_or(SaveError::NotFound)?;
    if !may(by.actor, Action::ReadHistory(&header.access), by.rules) {
        return Err(SaveError::Forbidden);
    }
    let reach = reach(by.actor, by.rules);
    let (_, document) = store::seen_revision(conn, &reach, header.id, number)
        .await?
        .ok_or(SaveError::NotFound)?;
    let draft = document::parse(&document).draft;
    let said = format!("Revision {number} restored.");
    let said = if text.is_empty() {
        said
    } else {
        format!("{said} {text}")
    };
    let note = Note {
        text: &said,
        reason: text,
        event: "restored",
        dismissed: Some(dismissed),
        ..Note::default()
    };
    let target = Target {
        says_visibility: false,
        ..target
    };
    revise(conn, by, target, &draft, note).await
}
