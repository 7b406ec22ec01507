//! Cutting the body of a document into its headed pieces.
//!
//! A piece whose text could be misread (it holds headings, or an unclosed fence) is *sealed* by the writer between
//! `<!-- hansei: begin N -->` and `<!-- hansei: end N -->`; what is between is taken as it stands.

use super::blocks::{closed, outline};
use super::bullets;
use super::headings::role_of;
use super::text::{covers, cut, lines_of, one_line};
use crate::reports::model::SectionRole;
use std::collections::HashMap;

/// The most sections a document is cut into; the headings of the rest stay text.
pub(super) const MAX_SECTIONS: usize = 500;
/// Sections that are added for rows without one, and then are in the document.
pub(super) const MAX_ADDED: usize = 12;

/// A heading and the source below it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Piece {
    pub(super) heading: String,
    pub(super) role: SectionRole,
    pub(super) text: String,
    /// Whether the text was sealed: then it is never searched for rows.
    pub(super) sealed: bool,
    /// The line of the heading in the body, from 0.
    pub(super) line: usize,
}

/// The pieces of a body, and the title if it was found there.
pub(super) struct Pieces {
    pub(super) pieces: Vec<Piece>,
    pub(super) title: Option<String>,
}

/// A heading in the source.
#[derive(Clone)]
pub(super) struct Mark {
    pub(super) start: usize,
    pub(super) end: usize,
    level: u8,
    text: String,
}

/// Cuts a body. `title` is what the front matter says; a first heading that says the same is left out. There will be
/// at most `most` headed pieces.
pub(super) fn split(body: &str, title: Option<&str>, most: usize) -> Pieces {
    let masked = mask_sealed(body);
    let mut marks = headings(&masked, body);
    let mut holes = Vec::new();
    let found = take_title(&mut marks, title, &mut holes);
    let mut cuts = choose(&marks, most);
    let mut pieces = Vec::new();
    let first = cuts.first().map_or(body.len(), |mark| mark.start);
    let preamble = without(body, 0..first, &holes);
    let lines = Lines::of(body);
    push(&mut pieces, "", &preamble, 0);
    if let Some(found) = pieces.pop() {
        pieces = bullets::split(found);
    }
    if pieces.len() + cuts.len() > most {
        cuts.truncate(most.saturating_sub(pieces.len()));
    }
    for (index, mark) in cuts.iter().enumerate() {
        let end = cuts.get(index + 1).map_or(body.len(), |next| next.start);
        push(
            &mut pieces,
            &mark.text,
            &without(body, mark.end..end, &holes),
            lines.number(mark.start),
        );
    }
    Pieces {
        pieces,
        title: found,
    }
}

/// The starts of lines, to number places.
struct Lines(Vec<usize>);

impl Lines {
    fn of(text: &str) -> Self {
        Self(text.match_indices('\n').map(|(at, _)| at).collect())
    }

    fn number(&self, place: usize) -> usize {
        self.0.partition_point(|at| *at < place)
    }
}

fn without(body: &str, range: std::ops::Range<usize>, holes: &[std::ops::Range<usize>]) -> String {
    match holes
        .iter()
        .find(|hole| range.start <= hole.start && hole.end <= range.end)
    {
        Some(hole) => {
            let before = lines_of(cut(body, range.start..hole.start));
            let after = cut(body, hole.end..range.end);
            if before.is_empty() {
                after.to_owned()
            } else {
                format!("{before}\n\n{after}")
            }
        }
        None => cut(body, range).to_owned(),
    }
}

fn push(pieces: &mut Vec<Piece>, heading: &str, source: &str, line: usize) {
    let (heading, stated) = stated_role(heading);
    let (text, sealed) = unseal(source);
    if heading.is_empty() && text.is_empty() {
        return;
    }
    pieces.push(Piece {
        role: stated.unwrap_or_else(|| role_of(&heading)),
        heading,
        text,
        sealed,
        line,
    });
}

/// Splits `{role=…}` off a heading; the last one counts.
pub(super) fn stated_role(heading: &str) -> (String, Option<SectionRole>) {
    let line = one_line(heading);
    let mut rest = closed(&line);
    let mut stated = None;
    while let Some((before, role)) = last_role(rest) {
        stated = stated.or(Some(role));
        rest = before;
    }
    (rest.to_owned(), stated)
}

fn last_role(heading: &str) -> Option<(&str, SectionRole)> {
    let (before, word) = heading.strip_suffix('}')?.rsplit_once("{role=")?;
    let role = SectionRole::ALL.iter().find(|role| role.word() == word)?;
    Some(closed(before))
        .filter(|before| !before.is_empty())
        .map(|before| (before, *role))
}

pub(super) fn headings(masked: &str, body: &str) -> Vec<Mark> {
    outline(masked)
        .into_iter()
        .filter(|heading| !heading.text.is_empty())
        .map(|heading| Mark {
            start: body
                .get(..heading.range.start)
                .map_or(0, |before| before.rfind('\n').map_or(0, |at| at + 1)),
            end: heading.range.end,
            level: heading.level,
            text: heading.text,
        })
        .collect()
}

/// Finds the heading that is the title and takes it out.
fn take_title(
    marks: &mut Vec<Mark>,
    title: Option<&str>,
    holes: &mut Vec<std::ops::Range<usize>>,
) -> Option<String> {
    let at = marks.iter().position(|mark| mark.level == 1)?;
    let mark = marks.get(at)?.clone();
    let same = title.is_none_or(|title| at == 0 && covers(title, &mark.text));
    if !same {
        return None;
    }
    holes.push(mark.start..mark.end);
    marks.remove(at);
    title.is_none().then_some(mark.text)
}

/// The headings to cut at: those of the shallowest level, and within one the next level where that holds known ones.
fn choose(marks: &[Mark], most: usize) -> Vec<Mark> {
    let Some(shallowest) = marks.iter().map(|mark| mark.level).min() else {
        return Vec::new();
    };
    let top = shallowest.max(if shallowest == 1 { 2 } else { 0 });
    let mut cuts: Vec<Mark> = Vec::new();
    let mut rest = marks;
    while let Some((head, tail)) = rest.split_first()
        && cuts.len() <= most
    {
        let below = tail.iter().take_while(|mark| mark.level > top).count();
        let (children, next) = tail.split_at_checked(below).unwrap_or((tail, &[]));
        if head.level > top {
            // Deeper headings before the first of the top level stay with the text before it.
            rest = tail;
            continue;
        }
        cuts.push(head.clone());
        cuts.extend(known_children(head, children));
        rest = next;
    }
    cuts
}

fn known_children(parent: &Mark, children: &[Mark]) -> Vec<Mark> {
    let role = stated_role(&parent.text)
        .1
        .unwrap_or_else(|| role_of(&parent.text));
    let keeps = matches!(
        role,
        SectionRole::Timeline
            | SectionRole::Countermeasures
            | SectionRole::Summary
            | SectionRole::Impact
            | SectionRole::Detection
            | SectionRole::Resolution
    );
    let level = children.iter().map(|mark| mark.level).min();
    let splits = !keeps
        && children
            .iter()
            .filter(|mark| Some(mark.level) == level)
            .any(|mark| {
                let own = role_of(&mark.text);
                own != SectionRole::Other && own != role
            });
    if splits {
        children
            .iter()
            .filter(|mark| Some(mark.level) == level)
            .cloned()
            .collect()
    } else {
        Vec::new()
    }
}

fn begin_number(line: &str) -> Option<&str> {
    line.strip_prefix("<!-- hansei: begin ")?
        .strip_suffix(" -->")
        .filter(|number| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()))
}

fn end_number(line: &str) -> Option<&str> {
    line.strip_prefix("<!-- hansei: end ")?.strip_suffix(" -->")
}

/// The body with its sealed stretches blanked out, byte for byte, so that no parser looks into them.
pub(super) fn mask_sealed(body: &str) -> String {
    if !body.contains("<!-- hansei: begin ") {
        return body.to_owned();
    }
    let lines: Vec<&str> = body.split('\n').collect();
    let mut ends: HashMap<&str, Vec<usize>> = HashMap::new();
    for (index, line) in lines.iter().enumerate() {
        if let Some(number) = end_number(line) {
            ends.entry(number).or_default().push(index);
        }
    }
    let mut out = String::with_capacity(body.len());
    let mut sealed_until = None;
    let mut opens = true;
    for (index, line) in lines.iter().enumerate() {
        if opens
            && sealed_until.is_none()
            && let Some(places) = begin_number(line).and_then(|number| ends.get(number))
        {
            let next = places.partition_point(|place| *place <= index);
            sealed_until = places.get(next).copied();
        }
        if sealed_until.is_some() {
            out.extend(std::iter::repeat_n(' ', line.len()));
        } else {
            out.push_str(line);
        }
        if index + 1 < lines.len() {
            out.push('\n');
        }
        if sealed_until == Some(index) {
            sealed_until = None;
            opens = false;
        } else if !line.trim().is_empty() {
            opens = line.starts_with('#');
        }
    }
    out
}

/// The text of a piece, and whether it was sealed.
pub(super) fn unseal(source: &str) -> (String, bool) {
    let text = lines_of(source);
    let Some((first, rest)) = text.split_once('\n') else {
        return (text, false);
    };
    let Some(number) = begin_number(first) else {
        return (text, false);
    };
    let end = format!("<!-- hansei: end {number} -->");
    let mut before = String::new();
    let mut remaining = rest.split('\n');
    for line in remaining.by_ref() {
        if line == end {
            let after = lines_of(&remaining.collect::<Vec<_>>().join("\n"));
            let inner = lines_of(&before);
            let both = if after.is_empty() {
                inner
            } else {
                format!("{inner}\n\n{after}")
            };
            return (lines_of(&both), true);
        }
        before.push_str(line);
        before.push('\n');
    }
    (text, false)
}

/// Seals a text. The number is one whose end does not occur in it.
pub(super) fn seal(text: &str) -> String {
    let used: std::collections::HashSet<&str> = text.split('\n').filter_map(end_number).collect();
    let number = (1..=used.len() + 1)
        .find(|number| !used.contains(number.to_string().as_str()))
        .unwrap_or_default();
    format!("<!-- hansei: begin {number} -->\n{text}\n<!-- hansei: end {number} -->")
}
