//! A canonical document as search shows it: its sections as plain text, without what only the reader of documents
//! needs.

use super::blocks::outline;
use super::headings::{owns_rows, role_of};
use super::items::EXPLICIT;
use super::pieces::{mask_sealed, stated_role, unseal};
use super::plain::plain_text;
use super::text::cut;
use super::timeline::AS_WRITTEN;
use crate::reports::model::{FactorRole, Phase, SectionRole};
use std::borrow::Cow;

/// Fields whose value is a word, a number or an instant for machines.
const MACHINE: [&str; 9] = [
    "at", "known at", "phase", "starred", "type", "check", "due", "status", "result",
];
/// Fields whose value people wrote.
const HUMAN: [&str; 17] = [
    "as written",
    "text",
    "role",
    "evidence",
    "name",
    "note",
    "title",
    "details",
    "factor",
    "problem",
    "hypothesis",
    "expected effect",
    "measure",
    "owner",
    "priority",
    "tracker",
    "reason",
];

/// The sections of a canonical document: heading and plain text. Left out are the front matter, empty sections, and
/// in timelines and other rows the labels and whatever is written for machines. Any text may be given.
pub fn searchable(document: &str) -> Vec<(String, String)> {
    let body = super::body(document);
    let masked = mask_sealed(body);
    let mut parts = Vec::new();
    let mut heading = "";
    let mut start = 0;
    for section in outline(&masked).iter().filter(|it| it.level == 2) {
        let source = cut(body, section.range.clone());
        if let Some(next) = source.strip_prefix("## ") {
            push(&mut parts, heading, cut(body, start..section.range.start));
            heading = next.trim_end();
            start = section.range.end;
        }
    }
    push(&mut parts, heading, cut(body, start..body.len()));
    parts
}

fn push(parts: &mut Vec<(String, String)>, heading: &str, source: &str) {
    if source.trim().is_empty() {
        return;
    }
    let (heading, stated) = stated_role(heading);
    let role = stated.unwrap_or_else(|| role_of(&heading));
    let (text, sealed) = unseal(source);
    let plain = if sealed || !owns_rows(role) {
        plain_text(&text)
    } else {
        plain_text(&without_labels(&text, role))
    };
    if !plain.is_empty() {
        parts.push((heading, plain));
    }
}

/// Which lines are code between fences.
#[derive(Default)]
struct Fences {
    open: Option<Fence>,
    in_item: bool,
}

#[derive(Clone, Copy)]
struct Fence {
    mark: char,
    length: usize,
    /// Part of a list item, so that it ends with it.
    in_item: bool,
}

impl Fences {
    /// Takes the next line; whether it is code, or opens or closes some.
    fn hide(&mut self, line: &str) -> bool {
        let content = line.trim_start_matches(' ');
        let indented = line.len() - content.len();
        if indented == 0 && !content.trim_end().is_empty() {
            self.open = self.open.filter(|fence| !fence.in_item);
            if self.open.is_none() {
                self.in_item = content.starts_with(['-', '*', '+'])
                    || content.starts_with(|c: char| c.is_ascii_digit());
            }
        }
        let mark = content.chars().next().filter(|mark| "`~".contains(*mark));
        let rest = mark.map_or(content, |mark| content.trim_start_matches(mark));
        let length = content.len() - rest.len();
        match (self.open, mark) {
            (Some(fence), _) => {
                if mark == Some(fence.mark) && length >= fence.length && rest.trim().is_empty() {
                    self.open = None;
                }
                true
            }
            (None, Some(mark)) if length >= 3 && !(mark == '`' && rest.contains('`')) => {
                let in_item = self.in_item && indented > 0;
                // Deeper than this is a code block by itself, unless it is in a list.
                if indented < 4 || in_item {
                    self.open = Some(Fence {
                        mark,
                        length,
                        in_item,
                    });
                }
                true
            }
            (None, Some(_) | None) => false,
        }
    }
}

/// The rows of a section without their labels, still Markdown.
fn without_labels(text: &str, role: SectionRole) -> String {
    let mut out = String::with_capacity(text.len());
    let mut fences = Fences::default();
    for line in text.split_inclusive('\n') {
        if fences.hide(line) {
            out.push_str(line);
        } else if let Some(row) = line.strip_prefix("- ") {
            out.push_str("- ");
            out.push_str(&row_text(row, role));
        } else if let Some((label, value)) = labelled(line) {
            let is_machine =
                MACHINE.contains(&label) || (label == "role" && role == SectionRole::Factors);
            if !is_machine {
                out.push_str("  - ");
                out.push_str(value);
            }
        } else {
            out.push_str(line);
        }
    }
    out
}

/// `  - label: value`, if it is one of ours.
fn labelled(line: &str) -> Option<(&str, &str)> {
    let (label, value) = line.strip_prefix("  - ")?.split_once(':')?;
    let fits =
        value.starts_with([' ', '\n']) && (MACHINE.contains(&label) || HUMAN.contains(&label));
    fits.then(|| (label, value.strip_prefix(' ').unwrap_or(value)))
}

/// The first line of a row as people would say it.
fn row_text(row: &str, role: SectionRole) -> Cow<'_, str> {
    if let Some(rest) = row.strip_prefix(EXPLICIT) {
        rest.into()
    } else if role == SectionRole::Timeline {
        event_text(row)
    } else if role == SectionRole::Factors {
        factor_text(row)
    } else if role == SectionRole::Countermeasures {
        let marks = ["[ ] ", "[x] "];
        let unmarked = marks.iter().find_map(|mark| row.strip_prefix(mark));
        unmarked.unwrap_or(row).into()
    } else {
        row.into()
    }
}

/// `2026-03-01 23:04 +01:00 (as written: …) [phase] ★ text`, or `?` instead of the instant.
fn event_text(row: &str) -> Cow<'_, str> {
    let mut rest = row
        .strip_prefix("? ")
        .or_else(|| behind_instant(row))
        .unwrap_or(row);
    let said = rest
        .strip_prefix(AS_WRITTEN)
        .and_then(|rest| rest.split_once(')'));
    if let Some((_, after)) = said {
        rest = after.trim_start_matches(' ');
    }
    if let Some((word, after)) = rest.strip_prefix('[').and_then(|rest| rest.split_once(']'))
        && Phase::parse(word).is_some()
        && !after.starts_with(['(', '['])
    {
        rest = after.trim_start_matches(' ');
    }
    rest = rest
        .strip_prefix('★')
        .unwrap_or(rest)
        .trim_start_matches(' ');
    match said {
        Some((said, _)) => format!("{said} {rest}").into(),
        None => rest.into(),
    }
}

/// What follows a date, a time and a zone, all in digits.
fn behind_instant(row: &str) -> Option<&str> {
    let is_made_of = |word: &str, marks: &str| {
        word.starts_with(|letter: char| letter.is_ascii_digit())
            && word
                .chars()
                .all(|letter| letter.is_ascii_digit() || marks.contains(letter))
    };
    let (date, rest) = row.split_once(' ')?;
    let (time, rest) = rest.split_once(' ')?;
    let end = rest.find([' ', '\n']).unwrap_or(rest.len());
    let (zone, rest) = rest.split_at_checked(end)?;
    let has_zone = zone == "UTC"
        || zone
            .strip_prefix(['+', '-'])
            .is_some_and(|offset| is_made_of(offset, ":"));
    (is_made_of(date, "-") && is_made_of(time, ":.") && has_zone)
        .then(|| rest.trim_start_matches(' '))
}

/// `**Name** (contributed): note` without the word in brackets.
fn factor_text(row: &str) -> Cow<'_, str> {
    let stated = row.split_once("** (").and_then(|(name, rest)| {
        let (word, after) = rest.split_once(')')?;
        FactorRole::parse(word).map(|_| (name, after))
    });
    match stated {
        Some((name, after)) => format!("{name}**{after}").into(),
        None => row.into(),
    }
}
