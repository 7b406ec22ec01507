//! Finds the words that a query means in a text, without analysing all of the text.
//!
//! Splitting, folding and stemming every word of the reports that were found took half the time of a page of results. English
//! stemming changes the first two letters of a word in one case only, `vying` to `vie`, and otherwise may take the second
//! away. So only words that begin like one that is sought are looked at in full.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};

use tantivy::tokenizer::TextAnalyzer;

use super::tokenizer::{self, MAX_TERM_BYTES, is_apostrophe, next_run, part};

/// So many words are remembered.
const MOST_KNOWN: usize = 4_000;

/// A word of a text that a query means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Match {
    pub(super) start: usize,
    pub(super) end: usize,
    /// The same for all forms of a word.
    pub(super) term: usize,
}

/// What is sought: stems, and what words may begin with.
#[derive(Debug)]
pub(super) struct Scan {
    stems: Vec<String>,
    prefixes: Vec<String>,
    /// The first two bytes of folded words to be looked at.
    beginnings: HashSet<[u8; 2]>,
    /// First letters of words that are looked at whatever the second is.
    letters: HashSet<u8>,
    /// Whether any of it begins with another letter than those of ASCII.
    beyond_ascii: bool,
    /// What plain words are: the same come again, in one text and in the next.
    known: RefCell<HashMap<Box<str>, Option<usize>>>,
}

impl Scan {
    pub(super) fn new(stems: HashSet<String>, prefixes: Vec<String>) -> Self {
        let mut stems: Vec<String> = stems.into_iter().filter(|it| !it.is_empty()).collect();
        stems.sort_unstable();
        let mut beginnings = HashSet::new();
        let mut letters = HashSet::new();
        let prefixes: Vec<String> = prefixes.into_iter().filter(|it| !it.is_empty()).collect();
        for text in stems.iter().chain(&prefixes) {
            match text.as_bytes() {
                [first, b'i', b'e'] => beginnings.extend([[*first, b'i'], [*first, b'y']]),
                [first, second, ..] => drop(beginnings.insert([*first, *second])),
                // A stem of one letter may have lost the second; a prefix of one letter wants any.
                [only] => drop(letters.insert(*only)),
                [] => {}
            }
        }
        let mut all = stems.iter().chain(&prefixes);
        Self {
            beyond_ascii: all.any(|text| !text.starts_with(|c: char| c.is_ascii())),
            stems,
            prefixes,
            beginnings,
            letters,
            known: RefCell::default(),
        }
    }

    /// Every place of these words in the order of the text, `offset` added.
    pub(super) fn matches(&self, text: &str, offset: usize, found: &mut Vec<Match>) {
        if self.stems.is_empty() && self.prefixes.is_empty() {
            return;
        }
        let bytes = text.as_bytes();
        let (mut splitter, mut stemmer) = (tokenizer::words(), tokenizer::stems());
        let mut folded = String::new();
        let mut at = 0;
        while let Some(first) = bytes.get(at) {
            if first.is_ascii() && !first.is_ascii_alphanumeric() {
                at += 1;
                continue;
            }
            let passed = first.is_ascii() && !self.begins(bytes, at);
            let plain = first.is_ascii().then(|| end_of_word(text, at)).flatten();
            if let Some(end) = plain {
                if !passed {
                    folded.clear();
                    folded.push_str(part(text, at, end));
                    folded.make_ascii_lowercase();
                    let (start, end) = (offset + at, offset + end);
                    // Folding cuts what is longer.
                    folded.truncate(MAX_TERM_BYTES);
                    let term = self.term(&folded, &mut stemmer);
                    found.extend(term.map(|term| Match { start, end, term }));
                }
                at = end;
                continue;
            }
            let Some(run) = next_run(text, at, text.len()) else {
                break;
            };
            at = run.end;
            // Whole reports are Japanese, and what is sought most often is not.
            if passed || (!self.beyond_ascii && is_japanese(part(text, run.start, run.end))) {
                continue;
            }
            splitter
                .token_stream(part(text, run.start, run.end))
                .process(&mut |token| {
                    let start = offset + run.start;
                    found.extend(self.term(&token.text, &mut stemmer).map(|term| Match {
                        start: start + token.offset_from,
                        end: start + token.offset_to,
                        term,
                    }));
                });
        }
    }

    /// Which of them a folded word is.
    fn term(&self, word: &str, stemmer: &mut TextAnalyzer) -> Option<usize> {
        if !self.may_be(word) {
            return None;
        }
        if let Some(known) = self.known.borrow().get(word) {
            return *known;
        }
        let term = self.looked_up(word, stemmer);
        let mut known = self.known.borrow_mut();
        if known.len() < MOST_KNOWN {
            known.insert(word.into(), term);
        }
        term
    }

    /// Whether a word that begins here may be one of them, before it is folded.
    fn begins(&self, bytes: &[u8], at: usize) -> bool {
        let letter = |at: usize| bytes.get(at).map_or(b' ', u8::to_ascii_lowercase);
        let (first, second) = (letter(at), letter(at + 1));
        // Behind other letters than ASCII, and behind an apostrophe, folding decides what is next.
        let is_plain = second.is_ascii() && !is_apostrophe(char::from(second));
        !is_plain || self.letters.contains(&first) || self.beginnings.contains(&[first, second])
    }

    /// The same of a folded word.
    fn may_be(&self, word: &str) -> bool {
        match word.as_bytes() {
            [first, second, ..] => {
                self.letters.contains(first) || self.beginnings.contains(&[*first, *second])
            }
            [only] => self.letters.contains(only),
            [] => false,
        }
    }

    fn looked_up(&self, word: &str, stemmer: &mut TextAnalyzer) -> Option<usize> {
        let begins = |prefix: &String| word.starts_with(prefix.as_str());
        if let Some(prefix) = self.prefixes.iter().position(begins) {
            return Some(self.stems.len() + prefix);
        }
        let mut found = None;
        stemmer.token_stream(word).process(&mut |token| {
            found = self.stems.binary_search(&token.text).ok();
        });
        found
    }
}

/// Whether these are kana and Chinese characters alone, none of which folding makes ASCII.
fn is_japanese(text: &str) -> bool {
    text.chars()
        .all(|c| matches!(c, '\u{3041}'..='\u{3096}' | '\u{30a1}'..='\u{30fe}' | '\u{4e00}'..='\u{9fff}'))
}

/// Where an ASCII word ends; none when something other than ASCII may go on with it.
fn end_of_word(text: &str, start: usize) -> Option<usize> {
    let rest = text.as_bytes().get(start..)?;
    let length = rest.iter().position(|byte| !byte.is_ascii_alphanumeric());
    let end = start + length.unwrap_or(rest.len());
    match text.as_bytes().get(end) {
        Some(b'\'') => None,
        Some(byte) if !byte.is_ascii() => None,
        Some(_) | None => Some(end),
    }
}
