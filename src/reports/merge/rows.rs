//! Rows that two people wrote at one place of a list: both kept, in the order of their times. Pure.

use crate::reports::document::Lines;
use crate::reports::model::MAX_ROWS;
use jiff::Timestamp;
use jiff::tz::TimeZone;

/// An item of a list with all that is indented below it, and its place in time.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Row {
    text: String,
    at: Option<Timestamp>,
}

/// The lines of a stretch, if they are rows and nothing else.
#[derive(Debug)]
struct Found {
    /// Empty lines above and below.
    around: (usize, usize),
    rows: Vec<Row>,
}

/// Whether a line belongs to the row above it.
pub(super) fn goes_on(line: &str) -> bool {
    line.starts_with([' ', '\t']) && !line.trim().is_empty()
}

/// The rows of both sides, where at least one of them only added some: the others may be changed, or gone, by one side.
/// None where both changed a row, where one row may be the other half written, and where there is more than rows.
pub(super) fn together([base, mine, theirs]: [&[&str]; 3]) -> Option<String> {
    let (old, mine, theirs) = (found(base)?, found(mine)?, found(theirs)?);
    // Rows are compared with each other, and more of them fit in no report.
    if mine.around != theirs.around || mine.rows.len().max(theirs.rows.len()) > MAX_ROWS {
        return None;
    }
    let around = mine.around;
    // Which of the two is called mine does not matter.
    let (mut one, mut other) = (mine.rows, theirs.rows);
    if texts(&one).gt(texts(&other)) {
        std::mem::swap(&mut one, &mut other);
    }
    let (added, others) = match (added(&old.rows, &one), added(&old.rows, &other)) {
        (Some(added), _) => (added, other),
        (None, Some(added)) => (added, one),
        (None, None) => return None,
    };
    let rows = merged(&old.rows, added, others)?;
    let empty = |count: usize| "\n".repeat(count);
    let rows: String = texts(&rows).collect();
    Some(empty(around.0) + &rows + &empty(around.1))
}

fn texts(rows: &[Row]) -> impl Iterator<Item = &str> {
    rows.iter().map(|row| row.text.as_str())
}

fn found(lines: &[&str]) -> Option<Found> {
    let is_empty = |line: &&&str| line.trim().is_empty();
    let above = lines.iter().take_while(is_empty).count();
    let lines = lines.get(above..).unwrap_or_default();
    let below = lines.iter().rev().take_while(is_empty).count();
    let lines = lines
        .get(..lines.len().saturating_sub(below))
        .unwrap_or_default();
    let mut rows: Vec<Row> = Vec::new();
    let mut was_empty = false;
    for line in lines {
        if line.starts_with("- ") && !was_empty {
            rows.push(Row {
                text: String::new(),
                at: time(line).or_else(|| rows.last()?.at),
            });
        } else if !(goes_on(line) || line.trim().is_empty()) {
            return None;
        }
        was_empty = line.trim().is_empty();
        rows.last_mut()?.text.push_str(line);
    }
    let around = (above, below);
    Some(Found { around, rows })
}

/// When a row says that it was. The zone matters for a time that names none, and these all do.
fn time(line: &str) -> Option<Timestamp> {
    let line = line.strip_prefix("- ")?;
    Lines::new(TimeZone::UTC, None, None).begin(line)?.at
}

/// What was added to the old rows: above all of them, and below the first. None if anything else was done to them.
fn added(old: &[Row], new: &[Row]) -> Option<(Vec<Row>, Vec<Row>)> {
    let (mut above, mut below) = (Vec::new(), Vec::new());
    let mut rest = old.iter().peekable();
    let mut is_above = !old.is_empty();
    for row in new {
        if rest.next_if(|it| it.text == row.text).is_some() {
            is_above = false;
        } else if is_above {
            above.push(row.clone());
        } else {
            below.push(row.clone());
        }
    }
    rest.next().is_none().then_some((above, below))
}

/// One list of both, each in its own order.
fn merged(
    old: &[Row],
    (above, below): (Vec<Row>, Vec<Row>),
    mut others: Vec<Row>,
) -> Option<Vec<Row>> {
    let mut new = Vec::with_capacity(above.len() + below.len());
    for (row, is_above) in above
        .into_iter()
        .map(|row| (row, true))
        .chain(below.into_iter().map(|row| (row, false)))
    {
        let begins = |one: &str, other: &str| one.starts_with(other.trim_end());
        if texts(old).any(|it| it == row.text) {
            // Twice on purpose.
        } else if let Some(place) = others.iter().position(|it| it.text == row.text) {
            // Both wrote it: it stands where it stands.
            let _once = others.remove(place);
        } else if texts(&others).any(|it| begins(it, &row.text) || begins(&row.text, it)) {
            return None;
        }
        new.push((row, is_above));
    }
    let mut rows = Vec::with_capacity(new.len() + others.len());
    let mut others = others.into_iter().peekable();
    for (row, is_above) in new {
        let goes_before = |it: &Row| it.at < row.at || (it.at == row.at && !is_above);
        while let Some(before) = others.next_if(goes_before) {
            rows.push(before);
        }
        rows.push(row);
    }
    rows.extend(others);
    Some(rows)
}
