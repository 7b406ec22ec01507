//! What stands below one heading: which lists, tables and lines become rows, and the prose that remains.

use super::bearings::day_alone;
use super::blocks::{Block, Item, Shape, Table, blocks};
use super::days::Order;
use super::doubt::Doubt;
use super::headings::{countermeasure_type, learning_kind, owns_rows, role_of};
use super::pieces::Piece;
use super::plain::plain_text;
use super::stamp::find_day;
use super::text::{cut, lines_of, words};
use super::time::Clock;
use super::{action_table, chronicle, countermeasures, rows};
use crate::reports::model::{
    Countermeasure, CountermeasureType, Draft, FactorUse, Learning, MAX_ROWS, SectionRole,
    TimelineEvent,
};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use std::ops::Range;

/// Parts prose and rows where prose could be taken for rows.
pub(super) const ROWS: &str = "<!-- rows -->";

/// The longest numbered item that is taken for the name of a factor, in characters.
const MAX_NUMBERED_FACTOR: usize = 100;
/// A longer numbered list is a story.
const MAX_NUMBERED: usize = 12;

/// What is known from the front matter.
#[derive(Clone, Debug)]
pub(super) struct Context {
    /// The report's zone.
    pub(super) zone: TimeZone,
    /// The day it began, in that zone.
    pub(super) date: Option<Date>,
    /// How dates such as `03/04/2024` are read.
    pub(super) order: Option<Order>,
    /// The instant of the row above the text, where it goes on below one.
    pub(super) above: Option<Timestamp>,
    /// What was pasted may say its times in short.
    pub(super) spoken: Option<Spoken>,
}

/// How times in short are read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Spoken {
    /// What "yesterday" counts from.
    pub(super) today: Option<Date>,
}

/// How a line begins that tells the day of an incident.
const DATE_LABELS: [&str; 8] = [
    "date",
    "incident date",
    "when",
    "started",
    "start",
    "day",
    "日付",
    "発生日",
];
/// Words of a line that tells when a document was written.
const WRITING: [&str; 10] = [
    "written",
    "published",
    "posted",
    "updated",
    "created",
    "author",
    "authors",
    "reviewed",
    "last",
    "by",
];
/// So many lines above the first heading are searched for a date.
const MAX_PREAMBLE_LINES: usize = 40;

impl Context {
    /// The context of a draft whose header has been read.
    pub(super) fn of(draft: &Draft, order: Option<Order>) -> Self {
        let zone = TimeZone::get(&draft.timezone).unwrap_or(TimeZone::UTC);
        let begun = draft.times.started_at.or(draft.times.detected_at);
        let date = begun
            .map(|at| zone.to_datetime(at).date())
            .or_else(|| date_in_words(draft, order));
        Self {
            zone,
            date,
            order,
            above: None,
            spoken: None,
        }
    }
}

/// The date in the title, or else in the text above the first heading.
fn date_in_words(draft: &Draft, order: Option<Order>) -> Option<Date> {
    let clock = Clock::new(TimeZone::UTC, None).reading(order);
    let date = |line: &str| find_day(line).and_then(|day| clock.date_of(day));
    let lines = || {
        let above = draft
            .sections
            .iter()
            .take_while(|section| section.heading.is_empty());
        above
            .flat_map(|section| section.text.lines())
            .filter(|line| !line.is_empty())
            .take(MAX_PREAMBLE_LINES)
    };
    let is_labelled = |line: &&str| {
        let name = line
            .split([':', '：', '|'])
            .find(|name| name.contains(char::is_alphanumeric))
            .map(|name| words(name).take(4).collect::<Vec<_>>().join(" "));
        name.is_some_and(|name| DATE_LABELS.contains(&name.as_str()))
    };
    let is_of_writing = |line: &&str| {
        words(line)
            .take(30)
            .any(|word| WRITING.contains(&word.as_str()))
    };
    date(&draft.title)
        .or_else(|| lines().filter(is_labelled).find_map(date))
        .or_else(|| lines().filter(|line| !is_of_writing(line)).find_map(date))
}

/// The rows found so far.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Rows {
    pub(super) timeline: Vec<TimelineEvent>,
    pub(super) factors: Vec<FactorUse>,
    pub(super) learnings: Vec<Learning>,
    pub(super) countermeasures: Vec<Countermeasure>,
    /// What was doubtful about the times of the timeline.
    pub(super) doubts: Vec<Doubt>,
    /// Lines of a paste that were joined to the row above them.
    pub(super) joined: Vec<String>,
    /// Words below a row that stand above all rows from now on: how those of each section begin.
    pub(super) overtaken: Vec<String>,
}

impl Rows {
    /// Whether the rows are the same; what is to be said of them is no row.
    pub(super) fn says_as(&self, other: &Self) -> bool {
        self.timeline == other.timeline
            && self.factors == other.factors
            && self.learnings == other.learnings
            && self.countermeasures == other.countermeasures
    }
}

/// Source with stretches taken out.
#[derive(Default)]
pub(super) struct Remainder {
    taken: Vec<(Range<usize>, String)>,
}

impl Remainder {
    /// Takes a stretch out; `instead` stays in its place.
    pub(super) fn take(&mut self, range: Range<usize>, instead: String) {
        self.taken.push((range, instead));
    }

    /// What is left. The first words of it that stood below a row are told to `found`.
    pub(super) fn prose(&self, text: &str, found: &mut Rows) -> String {
        found.overtaken.extend(self.overtaken(text));
        let mut parts = Vec::new();
        let mut place = 0;
        for (range, instead) in &self.taken {
            parts.push(lines_of(cut(text, place..range.start)));
            parts.push(lines_of(instead));
            place = range.end;
        }
        parts.push(lines_of(cut(text, place..text.len())));
        parts.retain(|part| !part.is_empty());
        parts.join("\n\n")
    }

    /// The first sentence that stood below a row. Headings of groups of rows, and days, are none.
    fn overtaken(&self, text: &str) -> Option<String> {
        let ends = self.taken.iter().skip(1).map(|(range, _)| range.start);
        let below = self.taken.iter().map(|(range, _)| range.end);
        below.zip(ends.chain([text.len()])).find_map(|(from, to)| {
            let part = cut(text, from..to);
            let all = blocks(part).into_iter();
            let said = all.filter(|it| !matches!(it.shape, Shape::Heading { .. }));
            let mut words = said.map(|block| plain_text(cut(part, block.range)));
            words.find(|it| it.contains(char::is_alphanumeric) && day_alone(it).is_none())
        })
    }
}

/// Reads a piece: adds its rows and answers with its prose.
pub(super) fn read(piece: &Piece, context: &Context, found: &mut Rows) -> String {
    if !owns_rows(piece.role) && !piece.sealed {
        return piece.text.clone();
    }
    match part(&piece.text) {
        Some((prose, rows)) if owns_rows(piece.role) => {
            let rest = extract(piece, &lines_of(rows), context, found);
            join(&lines_of(prose), &rest)
        }
        Some(_) | None if piece.sealed => piece.text.clone(),
        Some(_) | None => extract(piece, &piece.text, context, found),
    }
}

fn join(above: &str, below: &str) -> String {
    match (above.is_empty(), below.is_empty()) {
        (true, _) => below.to_owned(),
        (_, true) => above.to_owned(),
        (false, false) => format!("{above}\n\n{below}"),
    }
}

/// Parts a text at its last marker line.
fn part(text: &str) -> Option<(&str, &str)> {
    let mut end = text.len();
    for line in text.rsplit('\n') {
        let start = end.saturating_sub(line.len());
        if line == ROWS {
            return Some((cut(text, 0..start), cut(text, end..text.len())));
        }
        end = start.saturating_sub(1);
    }
    None
}

fn extract(piece: &Piece, text: &str, context: &Context, found: &mut Rows) -> String {
    match piece.role {
        SectionRole::Timeline => chronicle::read(&piece.heading, text, context, found),
        SectionRole::Factors => read_factors(&piece.heading, text, found),
        SectionRole::Countermeasures => read_countermeasures(text, found),
        SectionRole::WentWell
        | SectionRole::WentPoorly
        | SectionRole::Lucky
        | SectionRole::Surprise
        | SectionRole::Safeguard
        | SectionRole::OpenQuestion => read_learnings(piece.role, text, found),
        SectionRole::Summary
        | SectionRole::Impact
        | SectionRole::Detection
        | SectionRole::Resolution
        | SectionRole::Other => text.to_owned(),
    }
}

/// Moves as many new rows over as fit; the source of the items beyond stays.
pub(super) fn admit<T>(rows: &mut Vec<T>, new: Vec<T>, items: &[Item], text: &str) -> String {
    let room = MAX_ROWS.saturating_sub(rows.len());
    rows.extend(new.into_iter().take(room));
    match (items.get(room), items.last()) {
        (Some(first), Some(last)) => cut(text, first.range.start..last.range.end).to_owned(),
        (None, _) | (_, None) => String::new(),
    }
}

fn read_learnings(role: SectionRole, text: &str, found: &mut Rows) -> String {
    let Some(kind) = learning_kind(role) else {
        return text.to_owned();
    };
    let mut remainder = Remainder::default();
    for block in blocks(text) {
        if let Shape::List { items, .. } = block.shape
            && items.iter().all(|item| !item.text.is_empty())
        {
            let new = items
                .iter()
                .map(|item| Learning {
                    kind,
                    text: rows::read_learning(&item.text),
                })
                .collect();
            let beyond = admit(&mut found.learnings, new, &items, text);
            remainder.take(block.range, beyond);
        }
    }
    remainder.prose(text, found)
}

fn read_factors(heading: &str, text: &str, found: &mut Rows) -> String {
    let mut remainder = Remainder::default();
    let mut under = true;
    let explains = is_whys(heading);
    for block in blocks(text) {
        match block.shape {
            // Below "Why did X happen?" a list is an explanation, not a list of factors.
            Shape::Heading { text: heading, .. } => {
                under = role_of(&heading) == SectionRole::Factors && !is_whys(&heading);
            }
            Shape::List { ordered, items }
                if under && (!ordered || (!explains && are_names(&items))) =>
            {
                if let Some(new) = rows::read_factors(&items) {
                    let beyond = admit(&mut found.factors, new, &items, text);
                    remainder.take(block.range, beyond);
                }
            }
            Shape::List { .. } | Shape::Table(_) | Shape::Paragraph | Shape::Other => {}
        }
    }
    remainder.prose(text, found)
}

/// Whether numbered items are names of factors rather than the steps of a story.
fn are_names(items: &[Item]) -> bool {
    let is_name = |item: &Item| {
        let first = words(&item.text).next().unwrap_or_default();
        let short = !item.text.contains(['\n', '?', '？'])
            && item.text.chars().count() <= MAX_NUMBERED_FACTOR;
        let bold = item.text.starts_with("**");
        (short || bold) && !matches!(first.as_str(), "why" | "because" | "なぜ")
    };
    items.len() <= MAX_NUMBERED && items.iter().all(is_name)
}

fn is_whys(heading: &str) -> bool {
    words(heading).any(|word| matches!(word.as_str(), "why" | "whys"))
}

fn read_countermeasures(text: &str, found: &mut Rows) -> String {
    let mut remainder = Remainder::default();
    let mut kind = None;
    let mut explains = false;
    for block in blocks(text) {
        let Block { range, shape } = block;
        match shape {
            Shape::Heading { text: heading, .. } => {
                kind = countermeasure_type(&heading);
                explains = is_legend(&heading);
            }
            Shape::List { items, .. }
                if !explains && items.iter().all(|item| !item.text.is_empty()) =>
            {
                let beyond = admit(
                    &mut found.countermeasures,
                    read_items(&items, kind),
                    &items,
                    text,
                );
                remainder.take(range, beyond);
            }
            Shape::Table(table) if !explains => {
                if let Some(new) = action_table::read_table(&table, kind)
                    && found.countermeasures.len() + new.len() <= MAX_ROWS
                {
                    found.countermeasures.extend(new);
                    remainder.take(range, columns_comment(&table));
                }
            }
            Shape::List { .. } | Shape::Table(_) | Shape::Paragraph | Shape::Other => {}
        }
    }
    remainder.prose(text, found)
}

fn read_items(items: &[Item], kind: Option<CountermeasureType>) -> Vec<Countermeasure> {
    items
        .iter()
        .map(|item| countermeasures::read_item(&item.text, kind))
        .collect()
}

/// Whether a heading only explains words used elsewhere.
fn is_legend(heading: &str) -> bool {
    let lower = heading.to_lowercase();
    ["説明", "凡例", "legend", "definition"]
        .iter()
        .any(|word| lower.contains(word))
}

/// What remains of a table that became rows: its column heads, unseen by readers.
pub(super) fn columns_comment(table: &Table) -> String {
    let heads = table
        .head
        .join(" | ")
        .replace("--", "- -")
        .replace(['<', '>'], " ");
    format!("<!-- columns: {heads} -->")
}
