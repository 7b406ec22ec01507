//! Sentences as words, in lower case, with what stands between them.

use super::prose::MASK;
use std::ops::Range;

/// What stands before a word, from the weakest to the strongest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Gap {
    /// Spaces, or signs of emphasis.
    Space,
    /// A comma.
    Comma,
    /// A colon, a dash, a bracket.
    Clause,
    /// The end of a sentence.
    Sentence,
}

/// A word. Paths, names of files and dotted names are one word each.
#[derive(Clone, Debug)]
pub(super) struct Word {
    pub(super) lower: String,
    pub(super) range: Range<usize>,
    pub(super) gap: Gap,
    pub(super) is_capital: bool,
}

/// The words of a part of a text.
pub(super) fn read(text: &str, range: Range<usize>) -> Vec<Word> {
    let source = text.get(range.clone()).unwrap_or_default();
    let mut words = Vec::new();
    let mut gap = Gap::Sentence;
    let mut chars = source.char_indices().peekable();
    let mut before = ' ';
    while let Some((at, c)) = chars.next() {
        let next = chars.peek().map_or(' ', |(_, c)| *c);
        let opens = c.is_alphanumeric() || c == MASK || (c == '@' && next.is_alphanumeric());
        if !opens {
            gap = gap.max(gap_of(before, c, source.get(at..).unwrap_or_default()));
            before = c;
            continue;
        }
        let mut end = at + c.len_utf8();
        before = c;
        while let Some((at, c)) = chars.next_if(|(at, c)| {
            let rest = source.get(*at..).unwrap_or_default();
            goes_on(before, *c, rest.chars().nth(1))
        }) {
            end = at + c.len_utf8();
            before = c;
        }
        words.push(word(source, at..end, range.start, gap));
        gap = Gap::Space;
    }
    words
}

fn word(source: &str, own: Range<usize>, start: usize, gap: Gap) -> Word {
    let written = source.get(own.clone()).unwrap_or_default();
    let lower = if written.is_ascii() {
        written.to_ascii_lowercase()
    } else {
        written.replace('’', "'").to_lowercase()
    };
    Word {
        lower,
        range: own.start + start..own.end + start,
        gap,
        is_capital: written.starts_with(char::is_uppercase),
    }
}

/// Whether a word that ends with `before` goes on with `c`, when `next` follows.
fn goes_on(before: char, c: char, next: Option<char>) -> bool {
    if c.is_alphanumeric() || c == MASK {
        return true;
    }
    let joins = matches!(
        c,
        '\'' | '’' | '-' | '.' | '/' | '@' | ':' | '_' | '\\' | '='
    );
    let is_inside = |c: char| c.is_alphanumeric() || c == MASK;
    joins && is_inside(before) && next.is_some_and(is_inside)
}

/// What the sign `c` means between words; `rest` starts with it.
fn gap_of(before: char, c: char, rest: &str) -> Gap {
    match c {
        ',' | '、' => Gap::Comma,
        '.' | '!' | '?' => {
            let near = super::start_of(rest, 16);
            let after = near.trim_start_matches(['.', '!', '?', ')', '"', '*', '_', '”']);
            let next = after.trim_start();
            if c == '.' && (next.len() == after.len() || next.starts_with(char::is_lowercase)) {
                Gap::Clause
            } else {
                Gap::Sentence
            }
        }
        '|' | '。' => Gap::Sentence,
        ' ' | '\t' | '\n' | '\r' | '*' | '_' | '~' | '[' | ']' | '\'' | '’' | '"' | '`' | '\\' => {
            Gap::Space
        }
        '-' if !before.is_whitespace() && before != '-' => Gap::Space,
        c if c.is_whitespace() => Gap::Space,
        _ => Gap::Clause,
    }
}

/// The sentences of a block.
pub(super) fn sentences(words: &[Word]) -> impl Iterator<Item = &[Word]> {
    words
        .chunk_by(|_, next| next.gap < Gap::Sentence)
        .filter(|words| !words.is_empty())
}

/// A sentence, to look for phrases in.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sentence<'a> {
    pub(super) words: &'a [Word],
    pub(super) is_heading: bool,
    /// Whether it is the first of its block.
    pub(super) opens_block: bool,
}

impl<'a> Sentence<'a> {
    /// The word at `index`; empty beyond the ends.
    pub(super) fn at(&self, index: usize) -> &'a str {
        self.words.get(index).map_or("", |word| word.lower.as_str())
    }

    /// The word at `index`, if nothing but spaces stands before it.
    pub(super) fn next(&self, index: usize) -> &'a str {
        match self.gap(index) {
            Gap::Space => self.at(index),
            Gap::Comma | Gap::Clause | Gap::Sentence => "",
        }
    }

    /// The word that stands so many places before `index`, with nothing but spaces between the two.
    pub(super) fn back(&self, index: usize, places: usize) -> &'a str {
        let Some(start) = index.checked_sub(places) else {
            return "";
        };
        if (start + 1..=index).all(|index| self.gap(index) == Gap::Space) {
            self.at(start)
        } else {
            ""
        }
    }

    /// What stands before the word at `index`.
    pub(super) fn gap(&self, index: usize) -> Gap {
        self.words.get(index).map_or(Gap::Sentence, |word| word.gap)
    }

    /// Whether these words stand at `index`, one after the other.
    pub(super) fn has(&self, index: usize, phrase: &[&str]) -> bool {
        phrase.iter().enumerate().all(|(offset, word)| {
            self.at(index + offset) == *word
                && (offset == 0 || self.gap(index + offset) == Gap::Space)
        })
    }

    /// Where the words from `first` to `last` stand in the text.
    pub(super) fn range(&self, first: usize, last: usize) -> Range<usize> {
        let start = self.words.get(first).map_or(0, |word| word.range.start);
        let end = self.words.get(last).map_or(start, |word| word.range.end);
        start..end.max(start)
    }
}

/// Whether a word is in a list of words with spaces between them.
pub(super) fn is_one_of(word: &str, list: &str) -> bool {
    // Nearly every word is in no list, which the search for it finds out many times faster than the splitting.
    list.contains(word) && list.split_ascii_whitespace().any(|other| other == word)
}

/// Whether a word says how something was done.
pub(super) fn is_adverb(word: &str) -> bool {
    (word.len() > 4 && word.ends_with("ly"))
        || is_one_of(
            word,
            "also then again both all just even once only still already never first perhaps \
                 maybe thus ever",
        )
}

/// Whether a word is the participle of a verb: "done", "checked".
pub(super) fn is_participle(word: &str) -> bool {
    if word.ends_with("ed") {
        return word.len() > 3
            && !is_one_of(
                word,
                "need speed feed seed deed heed shed indeed hundred exceed",
            )
            && !word.contains(['.', '/', '_']);
    }
    is_one_of(word, IRREGULAR)
}

const IRREGULAR: &str = "been begun bought broken brought built caught chosen come cut done driven fallen felt fixed \
     forgotten found given gone got gotten grown held hidden kept known led left let made meant \
     met overridden paid put read run said seen sent set shown shut spent split spoken spun stood \
     stuck taken taught thought told undone understood used withdrawn written";
