//! Events, factors, learnings and countermeasures on the wire: the same shape out and in. Pure.

mod countermeasure;
mod event;
mod learned;

pub(super) use countermeasure::CountermeasureJson;
pub(super) use event::EventJson;
pub(super) use learned::{FactorJson, LearningJson};

use crate::platform::http::{Error, FieldProblem};
use crate::reports::actions::{about_finding, finding_at};
use crate::reports::language::{self, Finding};
use crate::reports::model::{Draft, EARLIEST, MAX_DOCUMENT_BYTES, MAX_ROWS};
use crate::reports::{Rows, SaveError, save_error};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Deserializer, Serialize};
use std::str::FromStr;
use utoipa::ToSchema;

/// All rows of one kind, in their order.
#[derive(Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct List<T> {
    /// The rows.
    #[schema(max_items = 2000)]
    pub(super) items: Vec<T>,
}

/// A kind of rows.
pub(super) trait Row: DeserializeOwned + Serialize {
    /// The rows of a report.
    fn of(draft: &Draft) -> Vec<Self>;

    /// What is wrong with this one, beside which field.
    fn check(&self) -> Option<(&'static str, &'static str)>;

    /// The rows as they are put into a report.
    fn rows(rows: Vec<Self>) -> Rows;
}

/// The rows as sent, if each may be stored. At least `fewest`.
pub(super) fn taken<T: Row>(sent: List<T>, fewest: usize) -> Result<Vec<T>, Error> {
    let count = sent.items.len();
    if count < fewest {
        return Err(Error::field("items", "Send at least one."));
    }
    if count > MAX_ROWS {
        let message = format!("{count} items; at most {MAX_ROWS} fit in a report.");
        return Err(Error::field("items", message));
    }
    let problems = sent.items.iter().enumerate().filter_map(|(index, row)| {
        let (field, message) = row.check()?;
        Some(FieldProblem::new(
            format!("items[{index}].{field}"),
            message,
        ))
    });
    let problems: Vec<FieldProblem> = problems.take(MOST_PROBLEMS).collect();
    if problems.is_empty() {
        return Ok(sent.items);
    }
    Err(Error::Invalid(problems))
}

/// What is answered when rows were not stored. What was pointed out is told of the row that says it, by its place in what
/// was sent; what stands elsewhere in the report, by its line there.
pub(super) fn about_rows(error: SaveError, sent: &Rows) -> Error {
    let SaveError::PointedOut(found) = error else {
        return save_error(error);
    };
    let texts: Vec<Vec<Finding>> = sent
        .texts()
        .iter()
        .map(|it| language::private(it))
        .collect();
    let place = |finding: &Finding| {
        let says = |it: &Vec<Finding>| it.iter().any(|it| it.id == finding.id);
        texts.iter().position(says)
    };
    let told = |it: &Finding| match place(it) {
        Some(index) => finding_at(it, &format!("in items[{index}]")),
        None => about_finding(it),
    };
    Error::Invalid(found.iter().map(told).collect())
}

/// So many are told at once.
const MOST_PROBLEMS: usize = 100;

/// What is wrong with a field that has to say something.
fn blank(field: &'static str, text: &str) -> Option<(&'static str, &'static str)> {
    let says = text
        .chars()
        .any(|it| !it.is_whitespace() && !it.is_control());
    (!says).then_some((field, "Write something other than spaces."))
}

/// What is wrong with a field of which no document holds so much.
fn long(field: &'static str, text: &str) -> Option<(&'static str, &'static str)> {
    (text.len() > MAX_DOCUMENT_BYTES).then_some((field, "A whole report has at most 1 MiB."))
}

/// Reads a time that documents and databases can hold.
pub(super) fn instant<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Timestamp>, D::Error> {
    let at = written::<Timestamp, D>(from, "a time such as 2026-03-01T22:04:00Z")?;
    if at.is_some_and(|at| at < EARLIEST) {
        return Err(D::Error::custom(YEARS));
    }
    Ok(at)
}

/// Reads a date that documents and databases can hold.
fn date<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Date>, D::Error> {
    let date = written::<Date, D>(from, "a date such as 2026-03-01")?;
    if date.is_some_and(|date| date.year() < 1) {
        return Err(D::Error::custom(YEARS));
    }
    Ok(date)
}

/// What is said of years that documents and databases cannot hold.
const YEARS: &str = "Years go from 1 to 9999.";
/// So much of what was sent is told back.
const MOST_TOLD_CHARS: usize = 60;

/// Reads a value from its words, or says what is expected instead of them.
fn written<'de, T: FromStr, D: Deserializer<'de>>(
    from: D,
    expected: &str,
) -> Result<Option<T>, D::Error> {
    let Some(text) = Option::<String>::deserialize(from)? else {
        return Ok(None);
    };
    text.parse().map(Some).map_err(|_unread| {
        let told: String = text.chars().take(MOST_TOLD_CHARS).collect();
        D::Error::custom(format!("“{told}” is not {expected}."))
    })
}

#[cfg(test)]
mod tests;
