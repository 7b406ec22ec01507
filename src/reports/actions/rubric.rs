//! What administrators do with the rubric of reviews: one transaction of permission, rules, rows and audit log.

use super::By;
use crate::accounts::{Action, audit_site, may};
use crate::platform::db::Connection;
use crate::reports::model::Problem;
use crate::reports::review::rubric::{self, RubricLine};
use crate::reports::store;
use diesel_async::AsyncConnection;
use serde_json::json;

/// Why the rubric was not changed. Nothing was stored.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RubricError {
    /// Only administrators do this.
    #[error("this needs more rights than you have")]
    Forbidden,
    /// A line breaks a rule. The field of a problem has the place of its line behind it.
    #[error("the rubric cannot be saved as it is")]
    Invalid(Vec<Problem>),
    /// Somebody else saved since.
    #[error("the rubric was changed meanwhile")]
    Stale,
    /// The database said no.
    #[error(transparent)]
    Database(#[from] diesel::result::Error),
}

/// Saves over the rubric the administrator started from. Reviews that were given keep the words they answered, and forms
/// that are open the lines they show. What is there already is no change.
pub(crate) async fn edit_rubric(
    conn: &mut Connection,
    by: &By<'_>,
    wanted: &[RubricLine],
    seen: i32,
) -> Result<(), RubricError> {
    if !may(by.actor, Action::EditRubric, by.rules) {
        return Err(RubricError::Forbidden);
    }
    conn.transaction(async |conn| {
        let kept = store::kept_rubric(conn).await?;
        let settled = rubric::settle(&kept.lines, wanted);
        if settled.as_ref() == Some(&kept.lines) {
            return Ok(());
        }
        if kept.revision != seen {
            return Err(RubricError::Stale);
        }
        let Some(lines) = settled else {
            let message = "The form names lines that are not there: open the page again.";
            return Err(RubricError::Invalid(vec![Problem::of("", message)]));
        };
        let problems = problems(&lines, wanted);
        if !problems.is_empty() {
            return Err(RubricError::Invalid(problems));
        }
        if !store::replace_rubric(conn, &lines, seen, (by.actor.name(), by.now)).await? {
            return Err(RubricError::Stale);
        }
        let changes = rubric::changes(&kept.lines, &lines);
        let details = json!({
            "rubric": seen.saturating_add(1),
            "added": changes.added.join(", "),
            "reworded": changes.reworded.join(", "),
            "no longer asked": changes.retired.join(", "),
            "asked again": changes.restored.join(", "),
        });
        Ok(audit_site(conn, by.now, by.actor, ("edit_rubric", details)).await?)
    })
    .await
}

/// What is wrong with a rubric, said of the lines as they were wanted.
fn problems(lines: &[RubricLine], wanted: &[RubricLine]) -> Vec<Problem> {
    let place_of = |line: &RubricLine| {
        let is_it = |it: &RubricLine| {
            it.word == line.word || it.word.is_empty() && it.question == line.question
        };
        wanted.iter().position(is_it)
    };
    rubric::check(lines)
        .into_iter()
        .map(|(place, problem)| {
            let line = place.and_then(|place| lines.get(place));
            match line.and_then(place_of) {
                Some(place) => Problem::of(&format!("{}-{place}", problem.field), problem.message),
                None => Problem::of("", problem.message),
            }
        })
        .collect()
}
