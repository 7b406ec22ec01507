//! Two sets of changes to one report, put together: three-way, by value, by name, by section, by line and by word. Pure.
//!
//! What either side wrote is never dropped: it stands in the merged text, or in a [`Piece::Overlap`] that a person has to
//! settle. Only what a side itself took out goes, and only where the other side left it alone.

#[cfg(test)]
mod row_tests;
mod rows;
#[cfg(test)]
mod tests;
mod three_way;

use crate::reports::document;
use crate::reports::revisions::Deadline;
use std::collections::HashSet;
use three_way::{Stretch, three_way};

/// One value, put together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Merged<T> {
    /// At most one side changed it, or both to the same.
    Clean(T),
    /// Each side changed it to something else.
    Overlap {
        /// What this side made of it.
        mine: T,
        /// What the other side made of it.
        theirs: T,
    },
}

/// Puts one value together: whoever left it as it was gives way.
pub(super) fn value<T: Clone + PartialEq>(base: &T, mine: &T, theirs: &T) -> Merged<T> {
    if mine == theirs || mine == base {
        Merged::Clean(theirs.clone())
    } else if theirs == base {
        Merged::Clean(mine.clone())
    } else {
        Merged::Overlap {
            mine: mine.clone(),
            theirs: theirs.clone(),
        }
    }
}

/// Puts a list of names together: what either side added is there, what either side took out is not.
pub(super) fn names(base: &[String], mine: &[String], theirs: &[String]) -> Vec<String> {
    if theirs == base {
        return mine.to_vec();
    }
    let taken_out = |name: &&String| base.contains(name) && !mine.contains(name);
    let added = |name: &&String| !base.contains(name) && !theirs.contains(name);
    let kept = theirs.iter().filter(|name| !taken_out(name));
    kept.chain(mine.iter().filter(added)).cloned().collect()
}

/// A stretch of a text, put together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Piece {
    /// As it should stand.
    Clean(String),
    /// Both sides changed the same lines, each in its own way. Whole lines.
    Overlap {
        /// This side's lines.
        mine: String,
        /// The other side's lines.
        theirs: String,
    },
}

/// A text, put together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Text {
    /// Its stretches, in order.
    pub pieces: Vec<Piece>,
}

impl Text {
    /// Whether nobody has to settle anything.
    pub(super) fn is_clean(&self) -> bool {
        self.pieces
            .iter()
            .all(|piece| matches!(piece, Piece::Clean(_)))
    }

    /// The whole text. Where both sides changed the same lines, theirs stand first and mine below.
    pub(super) fn together(&self) -> String {
        let mut whole = String::new();
        for piece in &self.pieces {
            match piece {
                Piece::Clean(text) => whole.push_str(text),
                Piece::Overlap { mine, theirs } => whole.extend([theirs.as_str(), mine.as_str()]),
            }
        }
        whole
    }

    /// The headings under which both sides changed the same lines, each once; empty for the text above the first. A section
    /// that one of them took out is among them under its own heading.
    pub(super) fn overlaps(&self) -> Vec<String> {
        let mut found: Vec<String> = Vec::new();
        let mut heading = String::new();
        for piece in &self.pieces {
            match piece {
                Piece::Clean(text) => heading = last_heading(text).unwrap_or(heading),
                Piece::Overlap { mine, theirs } => {
                    for differing in differing(&heading, mine, theirs) {
                        if !found.contains(&differing) {
                            found.push(differing);
                        }
                    }
                    heading = last_heading(mine)
                        .or_else(|| last_heading(theirs))
                        .unwrap_or(heading);
                }
            }
        }
        found
    }

    fn push(&mut self, piece: Piece) {
        match (self.pieces.last_mut(), piece) {
            (_, Piece::Clean(text)) if text.is_empty() => {}
            (Some(Piece::Clean(before)), Piece::Clean(text)) => before.push_str(&text),
            (_, piece) => self.pieces.push(piece),
        }
    }
}

/// The headings in whose sections two stretches differ that both begin under `above`.
fn differing(above: &str, mine: &str, theirs: &str) -> Vec<String> {
    let (mine, theirs) = (sections(mine), sections(theirs));
    let of = |section: &String| last_heading(section).unwrap_or_else(|| above.to_owned());
    let has = |side: &[String], section: &String| {
        let heading = of(section);
        side.iter()
            .any(|it| it.trim_end() == section.trim_end() && of(it) == heading)
    };
    let of_theirs = theirs.iter().filter(|it| !has(&mine, it));
    let of_mine = mine.iter().filter(|it| !has(&theirs, it));
    let mut found: Vec<String> = of_theirs
        .chain(of_mine)
        .filter(|it| !it.trim().is_empty())
        .map(of)
        .collect();
    if found.is_empty() {
        found.push(above.to_owned());
    }
    found
}

fn last_heading(text: &str) -> Option<String> {
    let heading = text.lines().rfind(|line| is_heading(line))?;
    Some(title(heading))
}

/// What a heading says.
fn title(line: &str) -> String {
    line.trim_start_matches('#').trim().to_owned()
}

/// Puts two texts together that were made from `base`. Lines end in `\n` afterwards, the last one too. What has not been
/// compared by the deadline counts as changed.
pub(super) fn texts([base, mine, theirs]: [&str; 3], deadline: Deadline) -> Text {
    let (base, mine, theirs) = (whole_lines(base), whole_lines(mine), whole_lines(theirs));
    let mut merged = Text::default();
    let sections = [sections(&base), sections(&mine), sections(&theirs)];
    if let [base, mine, theirs] = &sections
        && headings(base).eq(headings(mine))
        && headings(base).eq(headings(theirs))
    {
        // Section by section, so that lines which are alike in all of them are not taken for each other.
        for ((base, mine), theirs) in base.iter().zip(mine).zip(theirs) {
            lines(&mut merged, [base, mine, theirs], deadline);
        }
    } else {
        lines(&mut merged, [&base, &mine, &theirs], deadline);
    }
    merged
}

fn whole_lines(text: &str) -> String {
    let mut text = text.replace("\r\n", "\n").replace('\r', "\n");
    if !text.is_empty() && !text.ends_with('\n') {
        text.push('\n');
    }
    text
}

fn is_heading(line: &str) -> bool {
    line.starts_with("# ") || line.starts_with("## ")
}

/// The text in parts: each but the first begins with a heading.
fn sections(text: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    for line in text.split_inclusive('\n') {
        if is_heading(line) {
            parts.push(line.to_owned());
        } else if let Some(part) = parts.last_mut() {
            part.push_str(line);
        }
    }
    parts
}

fn headings(sections: &[String]) -> impl Iterator<Item = Option<&str>> {
    sections
        .iter()
        .map(|section| section.lines().next().filter(|line| is_heading(line)))
}

/// Line by line, and word by word where both changed the same lines.
fn lines(merged: &mut Text, [base, mine, theirs]: [&str; 3], deadline: Deadline) {
    let of = |text| str::split_inclusive(text, '\n').collect::<Vec<&str>>();
    let (base, mine, theirs) = (of(base), of(mine), of(theirs));
    let stretches = three_way(&base, &mine, &theirs, deadline);
    let mut heading = String::new();
    for (place, stretch) in stretches.iter().enumerate() {
        merged.push(match stretch {
            Stretch::Clean(lines) => {
                let last = lines.iter().rfind(|line| is_heading(line));
                heading = last.map_or(heading, |line| title(line));
                Piece::Clean(lines.concat())
            }
            Stretch::Both { base, mine, theirs } => {
                let mut below = stretches.get(place + 1..).unwrap_or_default().iter();
                let is_cut = below.find_map(first_line).is_some_and(rows::goes_on);
                let last = |lines: &[&str]| {
                    lines
                        .iter()
                        .rfind(|line| is_heading(line))
                        .map(|it| title(it))
                };
                let (of_mine, of_theirs) = (last(mine), last(theirs));
                let in_rows = (!is_cut && document::holds_rows(&heading))
                    .then(|| rows::together([base, mine, theirs]))
                    .flatten();
                if of_mine.is_some() || of_theirs.is_some() {
                    // Where they disagree nobody knows what is below.
                    let same = of_mine == of_theirs;
                    heading = of_mine.filter(|_| same).unwrap_or_default();
                }
                let (base, mine, theirs) = (base.concat(), mine.concat(), theirs.concat());
                if goes_on(&base, &theirs, &mine) {
                    Piece::Clean(mine)
                } else if goes_on(&base, &mine, &theirs) {
                    Piece::Clean(theirs)
                } else if let Some(rows) = in_rows {
                    Piece::Clean(rows)
                } else {
                    words([&base, &mine, &theirs], deadline)
                        .map_or(Piece::Overlap { mine, theirs }, Piece::Clean)
                }
            }
        });
    }
}

/// The first line that says something.
fn first_line<'a>(stretch: &Stretch<'_, &'a str>) -> Option<&'a str> {
    let (Stretch::Clean(lines) | Stretch::Both { base: lines, .. }) = stretch;
    lines.iter().copied().find(|line| !line.trim().is_empty())
}

/// Whether some lines are those that were begun, and go on after their last word: somebody saved and wrote on. Not where
/// what was begun only took words away, nor where a word it took away would be there again.
fn goes_on(base: &str, begun: &str, lines: &str) -> bool {
    if after(begun, base).is_some() {
        return false;
    }
    let Some(rest) = after(begun, lines) else {
        return false;
    };
    let kept: HashSet<&str> = begun.split_whitespace().collect();
    let gone: HashSet<&str> = base
        .split_whitespace()
        .filter(|word| !kept.contains(word))
        .collect();
    !rest.split_whitespace().any(|word| gone.contains(word))
}

/// What follows these words in some lines that begin with them.
fn after<'a>(begun: &str, lines: &'a str) -> Option<&'a str> {
    let begun = begun.trim_end_matches('\n');
    let rest = lines.strip_prefix(begun)?;
    (begun.is_empty() || rest.is_empty() || rest.starts_with(char::is_whitespace)).then_some(rest)
}

/// Beyond so many words, lines that both changed are left to people: finding out would take too long.
const MOST_WORDS: usize = 20_000;

/// Word by word; none where both changed the same words, or words next to each other.
fn words([base, mine, theirs]: [&str; 3], deadline: Deadline) -> Option<String> {
    let (base, mine, theirs) = (in_words(base), in_words(mine), in_words(theirs));
    if base.len() + mine.len() + theirs.len() > MOST_WORDS {
        return None;
    }
    let mut merged = String::new();
    for stretch in three_way(&base, &mine, &theirs, deadline) {
        match stretch {
            Stretch::Clean(words) => merged.extend(words.iter().copied()),
            Stretch::Both { .. } => return None,
        }
    }
    Some(merged)
}

/// Words with the blanks after them, and line ends. Nothing is lost: put together they are the text.
fn in_words(text: &str) -> Vec<&str> {
    let mut words = Vec::new();
    for line in text.split_inclusive('\n') {
        let (line, end) = line
            .strip_suffix('\n')
            .map_or((line, None), |line| (line, Some("\n")));
        let mut rest = line;
        while !rest.is_empty() {
            let word = rest.find(char::is_whitespace).unwrap_or(rest.len());
            let after = rest.get(word..).unwrap_or_default();
            let blanks = after.len() - after.trim_start().len();
            let Some((token, tail)) = rest.split_at_checked(word + blanks) else {
                break;
            };
            words.push(token);
            rest = tail;
        }
        words.extend(end);
    }
    words
}
