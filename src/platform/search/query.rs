//! What people type, understood. Never fails: what cannot be understood is searched as words and noted.
//!
//! ```text
//! pool exhausted "connection reset" dns OR "name resolution" -staging service:"checkout api" -tag:drill sev:<=2 time*
//! ```
//! Words need not all be there, but more and rarer ones rank higher; phrases must be, and one of what `OR` stands
//! between; `-` words must not. A pasted stack trace (long, many words, or several lines) is a bag of words without operators.

use std::collections::HashSet;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::ops::Range;

use super::filters::{Field, Filters};
use super::parser::Parser;
use super::stop_words::is_stop_word;

/// What is read of a query; the rest is ignored with a note.
pub(super) const MAX_BYTES: usize = 16 * 1024;
/// More text than this to look for (filters do not count) is taken as pasted.
const MAX_TYPED_CHARS: usize = 256;
/// So is a line longer than this, whatever is in it.
const MAX_LINE_CHARS: usize = 8 * 1024;
/// More items than this are taken as pasted.
const MAX_TYPED_ITEMS: usize = 32;
/// Distinct words kept of a pasted text.
pub(super) const MAX_PASTED_WORDS: usize = 1024;
/// A pasted word is cut here.
const MAX_WORD_CHARS: usize = 200;

/// A word to look for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Word {
    /// As typed; it may be an identifier such as `foo.bar`.
    pub text: String,
    /// Typed as `word*`: what begins so counts too.
    pub prefix: bool,
}

/// One of several things that may be there.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Piece {
    /// A word.
    Word(Word),
    /// A phrase.
    Phrase(String),
}

impl Piece {
    fn text(&self) -> &str {
        match self {
            Self::Word(word) => &word.text,
            Self::Phrase(phrase) => phrase,
        }
    }
}

impl fmt::Display for Piece {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Word(word) => write!(f, "{word}"),
            Self::Phrase(phrase) => write!(f, "\"{phrase}\""),
        }
    }
}

impl fmt::Display for Word {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.text, if self.prefix { "*" } else { "" })
    }
}

/// What is searched beside some of the words, because it means the same.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Also {
    /// Which of the words it stands for.
    pub words: Range<usize>,
    /// Words and phrases that mean the same.
    pub others: Vec<String>,
}

/// What must not be there.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Excluded {
    /// `-word`
    Word(String),
    /// `-"a phrase"`
    Phrase(String),
}

/// A part of the query that was not taken as it looks, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// Byte offset in the text given to [`parse`].
    pub start: usize,
    /// Byte offset behind the part.
    pub end: usize,
    /// A sentence for the person who typed it.
    pub message: String,
}

/// A query, understood.
#[derive(Clone, Debug, Default)]
pub struct Query {
    /// Any of these.
    pub words: Vec<Word>,
    /// All of these.
    pub phrases: Vec<String>,
    /// Of each list at least one.
    pub alternatives: Vec<Vec<Piece>>,
    /// None of these.
    pub excluded: Vec<Excluded>,
    /// Narrowed by these.
    pub filters: Filters,
    /// And to what none of these holds of.
    pub not: Box<Filters>,
    /// What means the same as some of the words: put there by a glossary, never by [`parse`], and not written.
    pub also: Vec<Also>,
    /// Taken as pasted text.
    pub pasted: bool,
    /// What was ignored or taken otherwise than it looks.
    pub notes: Vec<Note>,
}

impl PartialEq for Query {
    /// Notes are about the text, not about what is looked for.
    fn eq(&self, other: &Self) -> bool {
        self.words == other.words
            && self.phrases == other.phrases
            && self.alternatives == other.alternatives
            && self.excluded == other.excluded
            && self.filters == other.filters
            && self.not == other.not
            && self.also == other.also
            && self.pasted == other.pasted
    }
}

impl Eq for Query {}

impl Hash for Query {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.words.hash(state);
        self.phrases.hash(state);
        self.alternatives.hash(state);
        self.excluded.hash(state);
        self.filters.hash(state);
        self.not.hash(state);
        self.also.hash(state);
        self.pasted.hash(state);
    }
}

/// More notes than this help nobody; the rest is counted in the last.
const MAX_NOTES: usize = 5;

/// What is read of a text: its beginning, if it is long.
pub fn read(text: &str) -> &str {
    text.get(..text.floor_char_boundary(MAX_BYTES))
        .unwrap_or_default()
}

/// Understands a text. Takes time linear in its length, of which at most 16 KiB are read.
pub fn parse(text: &str) -> Query {
    let read = read(text);
    let mut query = if is_pasted(read) {
        pasted(read)
    } else {
        let typed = Parser::new(read).run();
        let long = typed.items() > MAX_TYPED_ITEMS || typed.typed_chars() > MAX_TYPED_CHARS;
        if long { pasted(read) } else { typed }
    };
    if read.len() < text.len() {
        let message = "The text is long: only its beginning is searched.".to_owned();
        query.notes.push(Note {
            start: read.len(),
            end: text.len(),
            message,
        });
    }
    if query.notes.len() > MAX_NOTES {
        let more = query.notes.len() - MAX_NOTES;
        query.notes.truncate(MAX_NOTES);
        if let Some(last) = query.notes.last_mut() {
            last.message = format!("{} And {more} more like it.", last.message);
        }
    }
    query
}

pub(super) fn is_space(c: char) -> bool {
    c.is_whitespace() || c.is_control()
}

fn is_pasted(text: &str) -> bool {
    let text = text.trim_matches(is_space);
    text.contains(['\n', '\r']) || text.chars().nth(MAX_LINE_CHARS).is_some()
}

fn pasted(text: &str) -> Query {
    let mut seen = HashSet::new();
    let words: Vec<Word> = text
        .split(is_space)
        .filter(|chunk| chunk.contains(char::is_alphanumeric))
        .map(|chunk| chunk.chars().take(MAX_WORD_CHARS).collect::<String>())
        .filter(|word| word.contains(char::is_alphanumeric) && seen.insert(word.to_lowercase()))
        .take(MAX_PASTED_WORDS)
        .map(|text| Word {
            text,
            prefix: false,
        })
        .collect();
    let message =
        "Taken as pasted text: operators such as quotes and field: are not applied.".to_owned();
    let notes = vec![Note {
        start: 0,
        end: text.len(),
        message,
    }];
    Query {
        pasted: !words.is_empty(),
        words,
        notes,
        ..Query::default()
    }
}

impl Query {
    fn items(&self) -> usize {
        let alternatives: usize = self.alternatives.iter().map(Vec::len).sum();
        let texts = self.words.len() + self.phrases.len() + alternatives + self.excluded.len();
        texts + self.filters.len() + self.not.len()
    }

    fn typed_chars(&self) -> usize {
        let excluded = self.excluded.iter().map(|excluded| match excluded {
            Excluded::Word(text) | Excluded::Phrase(text) => text.as_str(),
        });
        self.terms()
            .chain(excluded)
            .map(|text| text.chars().count())
            .sum()
    }

    /// There is nothing to look for and nothing to narrow by.
    pub fn is_empty(&self) -> bool {
        self.items() == 0
    }

    /// There are words or phrases, so that hits can be ranked.
    pub fn is_ranked(&self) -> bool {
        !self.words.is_empty() || !self.phrases.is_empty() || !self.alternatives.is_empty()
    }

    /// The words and phrases to look for, as typed.
    pub fn terms(&self) -> impl Iterator<Item = &str> {
        let words = self.words.iter().map(|word| word.text.as_str());
        words
            .chain(self.phrases.iter().map(String::as_str))
            .chain(self.alternatives.iter().flatten().map(Piece::text))
    }

    /// The words and phrases to mark in a hit.
    pub fn terms_for_highlight(&self) -> impl Iterator<Item = &str> {
        let others = self.also.iter().flat_map(|also| &also.others);
        let others = others.flat_map(|other| other.split(' '));
        self.terms()
            .chain(others.filter(|word| !is_stop_word(&word.to_lowercase())))
    }

    /// What words may begin with.
    pub fn prefixes(&self) -> impl Iterator<Item = &str> {
        let alternatives = self.alternatives.iter().flatten();
        let alternatives = alternatives.filter_map(|piece| match piece {
            Piece::Word(word) => Some(word),
            Piece::Phrase(_) => None,
        });
        let words = self.words.iter().chain(alternatives);
        words
            .filter(|word| word.prefix)
            .map(|word| word.text.as_str())
    }

    /// What was typed of that which is extended.
    pub fn typed(&self, also: &Also) -> String {
        let words = self.words.get(also.words.clone()).unwrap_or_default();
        let words: Vec<&str> = words.iter().map(|word| word.text.as_str()).collect();
        words.join(" ")
    }

    /// The same with quotation marks where it is extended: nothing but what was typed is searched then.
    #[must_use]
    pub fn exactly(&self) -> Self {
        let mut exact = Self {
            also: Vec::new(),
            ..self.clone()
        };
        for also in self.also.iter().rev() {
            let range = also.words.clone();
            if self.words.get(range.clone()).is_some() {
                exact.words.drain(range);
                // A quotation mark inside would end the phrase.
                let phrase = self.typed(also).replace('"', " ");
                exact.phrases.insert(0, phrase);
            }
        }
        exact
    }

    /// The same with other words at these places: what may have been meant.
    #[must_use]
    pub fn spelt(&self, meant: &[(usize, String)]) -> Self {
        let mut query = Self {
            also: Vec::new(),
            ..self.clone()
        };
        for (place, word) in meant {
            if let Some(at) = query.words.get_mut(*place) {
                at.text.clone_from(word);
            }
        }
        query
    }

    /// This query narrowed by one more value, for a link.
    #[must_use]
    pub fn with_filter(&self, field: Field, value: &str) -> Self {
        Self {
            filters: self.filters.with(field, value),
            ..self.clone()
        }
    }

    /// This query without one value, for a link.
    #[must_use]
    pub fn without(&self, field: Field, value: &str) -> Self {
        Self {
            filters: self.filters.without(field, value),
            ..self.clone()
        }
    }
}

impl fmt::Display for Query {
    /// Text that is understood as this query again. Filters of a pasted text cannot be written in it and are left out.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.pasted {
            let words: Vec<&str> = self.words.iter().map(|word| word.text.as_str()).collect();
            return match words.as_slice() {
                // One word alone would be taken as typed.
                [only] => write!(f, "{only}\n{only}"),
                several => f.write_str(&several.join("\n")),
            };
        }
        let words = self.words.iter().map(ToString::to_string);
        let phrases = self.phrases.iter().map(|phrase| format!("\"{phrase}\""));
        let alternatives = self.alternatives.iter().map(|pieces| {
            let pieces: Vec<String> = pieces.iter().map(ToString::to_string).collect();
            pieces.join(" OR ")
        });
        let excluded = self.excluded.iter().map(|excluded| match excluded {
            Excluded::Word(word) => format!("-{word}"),
            Excluded::Phrase(phrase) => format!("-\"{phrase}\""),
        });
        let not = self.not.written().map(|filter| format!("-{filter}"));
        let all: Vec<String> = words
            .chain(phrases)
            .chain(alternatives)
            .chain(excluded)
            .chain(self.filters.written())
            .chain(not)
            .collect();
        f.write_str(&all.join(" "))
    }
}
