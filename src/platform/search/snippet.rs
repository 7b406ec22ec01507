//! The passage of a text that answers a query best, with the words to mark.

use std::collections::{HashMap, HashSet, VecDeque};
use std::ops::Range;

use super::passages::Passages;
use super::query::Query;
use super::scan::{Match, Scan};
use super::tokenizer;

/// About so many letters are shown.
const LENGTH: usize = 200;
/// Shown before the first marked word.
const LEAD: usize = 40;
/// A cut moves at most so far to fall between words.
const SLACK: usize = 24;

/// Knows which words of a text a query means, in whatever form they stand there.
#[derive(Debug)]
pub struct Highlighter {
    sought: Scan,
}

/// A passage, to be escaped by whoever shows it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Snippet {
    /// The part it is from.
    pub part: String,
    /// Plain text on one line, `…` where it is cut.
    pub text: String,
    /// Byte ranges of `text` to mark, in order, apart from each other.
    pub marks: Vec<Range<usize>>,
}

impl Highlighter {
    /// For a query.
    pub fn new(query: &Query) -> Self {
        let mut analyzer = tokenizer::body();
        let mut exact = tokenizer::exact();
        let mut stems = HashSet::new();
        for text in query.terms_for_highlight() {
            stems.extend(
                tokenizer::tokens(&mut analyzer, text)
                    .into_iter()
                    .map(|token| token.text),
            );
        }
        let prefixes = query
            .prefixes()
            .filter_map(|word| tokenizer::tokens(&mut exact, word).pop())
            .map(|token| token.text)
            .collect::<Vec<String>>();
        Self {
            sought: Scan::new(stems, prefixes),
        }
    }

    /// The byte ranges to mark of a text in one part, such as a title: in order, apart from each other.
    pub fn marks(&self, text: &Passages) -> Vec<Range<usize>> {
        let found = text.matches(&self.sought);
        joined(found.iter().map(|found| found.start..found.end))
    }
}

/// Overlapping ranges as one: ideograph pairs overlap.
fn joined(ranges: impl Iterator<Item = Range<usize>>) -> Vec<Range<usize>> {
    let mut joined: Vec<Range<usize>> = Vec::new();
    for range in ranges {
        match joined.last_mut() {
            Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
            Some(_) | None => joined.push(range),
        }
    }
    joined
}

/// The passage with the most different words of the query; the beginning of the first text when there is none.
///
/// Earlier parts win when equal. Takes time linear in the text.
pub fn best_snippet(passages: &Passages, terms: &Highlighter) -> Snippet {
    let found = passages.matches(&terms.sought);
    let mut rest = found.as_slice();
    let mut best: Option<Best<'_>> = None;
    for (name, text, start) in passages.parts() {
        let end = start + text.len();
        let (here, after) = rest.split_at(rest.partition_point(|found| found.start < end));
        rest = after;
        let Some((kinds, all, range)) = densest(here) else {
            continue;
        };
        if best.as_ref().is_none_or(|best| best.score < (kinds, all)) {
            best = Some(Best {
                score: (kinds, all),
                name,
                text,
                first: range.start - start,
                start,
                here,
            });
        }
    }
    let fallback = || {
        let mut parts = passages.parts();
        let first = parts.find(|(_, text, _)| text.contains(char::is_alphanumeric));
        first
            .map(|(name, text, _)| cut(name, text, 0, Vec::new()))
            .unwrap_or_default()
    };
    best.map_or_else(fallback, |best| best.cut())
}

/// The best stretch so far: where it begins within its part, and all matches of that part.
struct Best<'a> {
    /// Different words, all words.
    score: (usize, usize),
    name: &'a str,
    text: &'a str,
    first: usize,
    /// Where the part begins among all.
    start: usize,
    here: &'a [Match],
}

impl Best<'_> {
    fn cut(&self) -> Snippet {
        let from = back(self.text, self.first, LEAD);
        let ahead = self
            .here
            .iter()
            .map(|found| found.start - self.start..found.end - self.start);
        let ranges = joined(ahead.filter(|range| range.start >= from));
        cut(self.name, self.text, from, ranges)
    }
}

/// The stretch of matches within one passage that has the most different words, then the most words.
fn densest(matches: &[Match]) -> Option<(usize, usize, Range<usize>)> {
    let mut counts: HashMap<usize, usize> = HashMap::new();
    let mut best: Option<(usize, usize, Range<usize>)> = None;
    let mut window = VecDeque::new();
    for found in matches {
        window.push_back(found);
        *counts.entry(found.term).or_default() += 1;
        while let Some(first) = window
            .front()
            .copied()
            .filter(|first| found.end - first.start > LENGTH - LEAD)
        {
            window.pop_front();
            if let Some(count) = counts.get_mut(&first.term) {
                *count -= 1;
                if *count == 0 {
                    counts.remove(&first.term);
                }
            }
        }
        let score = (counts.len(), window.len());
        let better = best
            .as_ref()
            .is_none_or(|(kinds, all, _)| score > (*kinds, *all));
        if let (true, Some(first)) = (better, window.front()) {
            best = Some((score.0, score.1, first.start..found.end));
        }
    }
    best
}

/// A place between words up to `letters` before `at`, better right behind the end of a sentence or line.
fn back(text: &str, at: usize, letters: usize) -> usize {
    let before = text.get(..at).unwrap_or_default();
    let mut chosen = None;
    let mut earliest = at;
    for (i, c) in before.char_indices().rev().take(letters) {
        earliest = i;
        let after = i + c.len_utf8();
        if c == '\n' || matches!(c, '。' | '！' | '？') {
            return after;
        }
        if c.is_whitespace() {
            chosen = Some(after);
        }
    }
    if earliest == 0 {
        0
    } else {
        chosen.unwrap_or(earliest)
    }
}

/// From `from` on about [`LENGTH`] letters, spaces collapsed, these ranges marked.
fn cut(part: &str, text: &str, from: usize, ranges: Vec<Range<usize>>) -> Snippet {
    let mut ranges = ranges.into_iter().peekable();
    let mut line = Line::default();
    let rest = text.get(from..).unwrap_or_default();
    let mut complete = true;
    for (i, c) in rest.char_indices() {
        let at = from + i;
        if ranges.next_if(|range| at >= range.end).is_some() {
            line.close();
        }
        if line.is_full() {
            complete = rest.get(i..).is_none_or(|left| left.trim().is_empty());
            break;
        }
        if ranges.peek().is_some_and(|range| range.contains(&at)) {
            line.open();
        }
        line.push(c);
    }
    let leads = text
        .get(..from)
        .is_some_and(|before| !before.trim().is_empty());
    line.finish(part, complete, leads)
}

/// A snippet being written.
#[derive(Default)]
struct Line {
    text: String,
    letters: usize,
    marks: Vec<Range<usize>>,
    open: Option<usize>,
    /// Where the last space was written, and after how many letters, so that the end falls between words.
    last_space: Option<(usize, usize)>,
}

impl Line {
    fn open(&mut self) {
        self.open.get_or_insert(self.text.len());
    }

    fn close(&mut self) {
        if let Some(start) = self.open.take() {
            self.marks.push(start..self.text.len());
        }
    }

    /// A mark is finished even when that takes longer, up to a point.
    fn is_full(&self) -> bool {
        (self.letters >= LENGTH && self.open.is_none()) || self.letters >= 2 * LENGTH
    }

    fn push(&mut self, c: char) {
        let space = c.is_whitespace() || c.is_control();
        if space && (self.text.is_empty() || self.text.ends_with(' ')) {
            return;
        }
        if space {
            self.last_space = Some((self.text.len(), self.letters));
        }
        self.text.push(if space { ' ' } else { c });
        self.letters += 1;
    }

    fn finish(mut self, part: &str, complete: bool, leads: bool) -> Snippet {
        self.close();
        let marked_to = self.marks.last().map_or(0, |mark| mark.end);
        let between_words = self.last_space.filter(|(space, letters)| {
            !complete && self.letters - letters <= SLACK && marked_to <= *space
        });
        if let Some((space, _)) = between_words {
            self.text.truncate(space);
        }
        let end = self.text.trim_end().len();
        self.text.truncate(end);
        if !complete {
            self.text.push('…');
        }
        if leads {
            self.text.insert(0, '…');
            for mark in &mut self.marks {
                *mark = mark.start + '…'.len_utf8()..mark.end + '…'.len_utf8();
            }
        }
        self.marks.retain(|mark| mark.start < mark.end);
        Snippet {
            part: part.to_owned(),
            text: self.text,
            marks: self.marks,
        }
    }
}

#[cfg(test)]
#[path = "snippet_tests.rs"]
mod tests;
