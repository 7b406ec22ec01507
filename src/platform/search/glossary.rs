//! What means the same, such as `OOM` and `out of memory`: a question for one finds the other too, with less weight.
//!
//! Applied to the question and not to the index: a change counts from the next question on. Never to what is in quotation
//! marks, to alternatives, or to pasted text: those say which words they want. Rejected: words that are only related
//! (a certificate and TLS); they find more and rank worse.

use std::collections::{HashMap, HashSet};

use tantivy::tokenizer::TextAnalyzer;

use super::query::{Also, Query};
use super::stop_words::is_stop_word;
use super::tokenizer;

/// The fewest and the most expressions in a group.
pub const EXPRESSIONS: std::ops::RangeInclusive<usize> = 2..=12;
/// The longest expression, in characters.
pub const MAX_EXPRESSION_CHARS: usize = 80;
/// The most words in an expression.
pub const MAX_EXPRESSION_WORDS: usize = 6;
/// The most groups that are kept.
pub const MAX_GROUPS: usize = 1_000;
/// More parts of one question than this are not extended.
const MAX_ALSO: usize = 6;
/// More words than this are not added to one question.
const MAX_OTHERS: usize = 24;

/// The groups that a new installation begins with.
const SHIPPED: &str = include_str!("glossary.txt");

/// Why a group cannot be kept.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GroupError {
    /// Fewer than two expressions, or more than twelve.
    #[error("Write 2 to 12 words or phrases that mean the same, each on a line of its own.")]
    Count,
    /// Too long, or of too many words.
    #[error("“{0}” is too long: at most 80 letters and 6 words.")]
    Long(String),
    /// No letter or digit in it, or only words such as `and`.
    #[error("“{0}” says nothing by itself: every search would be extended by it.")]
    Empty(String),
    /// Two of the expressions are forms of the same.
    #[error("“{0}” is there twice: forms of one word are found anyway.")]
    Twice(String),
}

/// Words and phrases that mean the same, as an administrator typed them: one to a line, or with commas between.
pub fn group(text: &str) -> Result<Vec<String>, GroupError> {
    let mut analyzer = tokenizer::body();
    let mut seen = HashSet::new();
    let mut expressions = Vec::new();
    for typed in text.split(['\n', '\r', ',', ';']) {
        let words: Vec<&str> = typed
            .split(|c: char| c.is_whitespace() || c.is_control() || matches!(c, '"' | '“' | '”'))
            .filter(|word| !word.is_empty())
            .collect();
        if words.is_empty() {
            continue;
        }
        if expressions.len() == *EXPRESSIONS.end() {
            return Err(GroupError::Count);
        }
        let written = words.join(" ");
        let short = || written.chars().take(MAX_EXPRESSION_CHARS).collect();
        let stems = stems(&mut analyzer, &written);
        if written.chars().count() > MAX_EXPRESSION_CHARS || stems.len() > MAX_EXPRESSION_WORDS {
            return Err(GroupError::Long(short()));
        }
        if words.iter().all(|word| is_stop_word(&word.to_lowercase())) || stems.is_empty() {
            return Err(GroupError::Empty(short()));
        }
        if !seen.insert(stems) {
            return Err(GroupError::Twice(short()));
        }
        expressions.push(written);
    }
    if EXPRESSIONS.contains(&expressions.len()) {
        Ok(expressions)
    } else {
        Err(GroupError::Count)
    }
}

/// The groups that a new installation begins with.
pub fn shipped() -> Vec<Vec<String>> {
    SHIPPED
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(|line| line.split('|').map(|it| it.trim().to_owned()).collect())
        .collect()
}

fn stems(analyzer: &mut TextAnalyzer, text: &str) -> Vec<String> {
    let tokens = tokenizer::tokens(analyzer, text);
    tokens.into_iter().map(|token| token.text).collect()
}

/// An expression and its group.
#[derive(Clone, Copy, Debug)]
struct Place {
    group: usize,
    expression: usize,
}

/// All groups, ready to be asked.
#[derive(Debug, Default)]
pub struct Glossary {
    groups: Vec<Vec<String>>,
    /// Where the expressions of these stems are.
    places: HashMap<Vec<String>, Vec<Place>>,
    /// The most stems of an expression.
    longest: usize,
}

impl Glossary {
    /// Of these groups.
    pub fn new(groups: Vec<Vec<String>>) -> Self {
        let mut analyzer = tokenizer::body();
        let mut places: HashMap<Vec<String>, Vec<Place>> = HashMap::new();
        let mut longest = 0;
        for (number, group) in groups.iter().enumerate() {
            for (expression, text) in group.iter().enumerate() {
                let stems = stems(&mut analyzer, text);
                if stems.is_empty() || stems.len() > MAX_EXPRESSION_WORDS {
                    continue;
                }
                longest = longest.max(stems.len());
                places.entry(stems).or_default().push(Place {
                    group: number,
                    expression,
                });
            }
        }
        Self {
            groups,
            places,
            longest,
        }
    }

    /// As a new installation has it.
    pub fn shipped() -> Self {
        Self::new(shipped())
    }

    /// The query, with what means the same as its words.
    #[must_use]
    pub fn extend(&self, mut query: Query) -> Query {
        query.also = if query.pasted || self.places.is_empty() {
            Vec::new()
        } else {
            self.also(&query)
        };
        query
    }

    fn also(&self, query: &Query) -> Vec<Also> {
        let mut analyzer = tokenizer::body();
        let typed: Vec<Vec<String>> = query
            .words
            .iter()
            .map(|word| {
                // What begins so is asked for as it is.
                if word.prefix {
                    Vec::new()
                } else {
                    stems(&mut analyzer, &word.text)
                }
            })
            .collect();
        let all: HashSet<&Vec<String>> = typed.iter().collect();
        let mut found: Vec<Also> = Vec::new();
        let (mut at, mut added) = (0, 0);
        while at < typed.len() && found.len() < MAX_ALSO {
            let Some((words, places)) = self.longest_at(&typed, at) else {
                at += 1;
                continue;
            };
            let mut others: Vec<String> = Vec::new();
            for place in places {
                let group = self.groups.get(place.group).into_iter().flatten();
                for (number, other) in group.enumerate() {
                    let mut is_typed = || all.contains(&stems(&mut analyzer, other));
                    let is_there = others.contains(other) || number == place.expression;
                    if added < MAX_OTHERS && !is_there && !is_typed() {
                        others.push(other.clone());
                        added += 1;
                    }
                }
            }
            if !others.is_empty() {
                found.push(Also {
                    words: at..at + words,
                    others,
                });
            }
            at += words;
        }
        found
    }

    /// The longest expression that begins with this word: how many words, and where it is.
    fn longest_at(&self, typed: &[Vec<String>], at: usize) -> Option<(usize, &[Place])> {
        let mut stems: Vec<String> = Vec::new();
        let mut best = None;
        for (count, word) in (1..).zip(typed.get(at..).unwrap_or_default()) {
            stems.extend(word.iter().cloned());
            if word.is_empty() || stems.len() > self.longest {
                break;
            }
            if let Some(places) = self.places.get(&stems) {
                best = Some((count, places.as_slice()));
            }
        }
        best
    }
}

#[cfg(test)]
#[path = "glossary_tests.rs"]
mod tests;
