//! What administrators do with the glossary. Each function is one transaction.

use super::{By, SaveError};
use crate::accounts::{Action, audit_site, may};
use crate::platform::db::Connection;
use crate::platform::search::glossary::{self, MAX_GROUPS};
use crate::reports::model::Problem;
use crate::reports::store::{self, Group};
use diesel_async::AsyncConnection;
use serde_json::json;

/// What is to be done with a group of words.
#[derive(Clone, Debug)]
pub(crate) enum GlossaryDeed {
    /// A new one, as typed.
    Add(String),
    /// One in place of what it was.
    Change {
        /// Which.
        id: i64,
        /// As typed.
        words: String,
        /// What it was when the form was shown.
        seen: Option<String>,
    },
    /// One that goes.
    Remove(i64),
}

fn invalid(message: impl Into<String>) -> SaveError {
    SaveError::Invalid(vec![Problem::of("words", message)])
}

fn read(typed: &str) -> Result<Vec<String>, SaveError> {
    glossary::group(typed).map_err(|problem| invalid(problem.to_string()))
}

/// Adds, changes or removes a group of words that mean the same.
pub(crate) async fn edit_glossary(
    conn: &mut Connection,
    by: &By<'_>,
    deed: &GlossaryDeed,
) -> Result<(), SaveError> {
    if !may(by.actor, Action::EditGlossary, by.rules) {
        return Err(SaveError::Forbidden);
    }
    conn.transaction(async |conn| {
        store::lock_glossary(conn).await?;
        let (what, words, was) = match deed {
            GlossaryDeed::Add(typed) => {
                let words = read(typed)?;
                add(conn, &words).await?;
                ("add_synonyms", Some(words), None)
            }
            GlossaryDeed::Change { id, words, seen } => {
                let before = one(conn, *id).await?;
                if seen.as_ref().is_some_and(|it| *it != before.words.join("\n")) {
                    return Err(invalid(format!(
                        "Somebody changed this group meanwhile. It is now: {}. Save again to have it as you typed it.",
                        before.words.join(", ")
                    )));
                }
                let words = read(words)?;
                unlike_others(conn, &words, Some(*id)).await?;
                store::replace_glossary_group(conn, (*id, &words)).await?;
                ("edit_synonyms", Some(words), Some(before.words))
            }
            GlossaryDeed::Remove(id) => {
                let before = one(conn, *id).await?;
                store::drop_glossary_group(conn, *id).await?;
                ("remove_synonyms", None, Some(before.words))
            }
        };
        let said = |words: Option<Vec<String>>| words.map(|words| words.join(", "));
        let details = json!({ "words": said(words), "was": said(was) });
        audit_site(conn, by.now, by.actor, (what, details)).await?;
        Ok(())
    })
    .await
}

async fn one(conn: &mut Connection, id: i64) -> Result<Group, SaveError> {
    let group = store::glossary_group(conn, id).await?;
    group.ok_or(SaveError::NotFound)
}

async fn add(conn: &mut Connection, words: &[String]) -> Result<(), SaveError> {
    unlike_others(conn, words, None).await?;
    store::insert_glossary_group(conn, words).await?;
    Ok(())
}

/// Refuses what is there already, and one group more than there may be.
async fn unlike_others(
    conn: &mut Connection,
    words: &[String],
    but: Option<i64>,
) -> Result<(), SaveError> {
    let folded = |words: &[String]| {
        let mut words: Vec<String> = words.iter().map(|word| word.to_lowercase()).collect();
        words.sort();
        words
    };
    let all = store::glossary_groups(conn).await?;
    let mut others = all.iter().filter(|it| Some(it.id) != but);
    if others.any(|it| folded(&it.words) == folded(words)) {
        return Err(invalid("There is a group of just these already."));
    }
    if but.is_none() && all.len() >= MAX_GROUPS {
        return Err(SaveError::WrongStatus(
            "There are 1,000 groups already: that is as many as there can be.",
        ));
    }
    Ok(())
}
