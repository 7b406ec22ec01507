//! Words of the index like one that was typed: those that begin so, and those a letter or two away.

use std::collections::HashMap;

use tantivy::Term;
use tantivy::query::FuzzyTermQuery;
use tantivy::schema::Field as IndexField;
use tantivy::tokenizer::Token;

use super::plan::{EXACT, MAX_EXPANSIONS, Planner, REPAIRED, Weighted};
use super::tokenizer;

/// Terms of one segment's dictionary looked at to expand one prefix or repair one word.
const MAX_LOOKED_AT: usize = 20_000;
/// Words spelt nearly as one that are looked at.
const MAX_NEAR: usize = 16;

/// Which terms of a dictionary to choose.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Look {
    pub(super) field: IndexField,
    pub(super) word: String,
    /// None: terms that begin with the word; else those that differ from it in so many letters at most.
    pub(super) distance: Option<u8>,
}

/// A word of which others may be misspelt forms, or itself one: letters alone, neither short nor very long.
pub(super) fn may_be_misspelt(word: &str) -> bool {
    (4..=30).contains(&word.len()) && word.bytes().all(|b| b.is_ascii_alphabetic())
}

/// How many letters may be wrong in such a word.
pub(super) fn most_wrong(word: &str) -> u8 {
    if word.len() >= 6 { 2 } else { 1 }
}

impl Planner<'_> {
    /// The commonest of those terms.
    pub(super) fn commonest(&self, look: Look, wanted: usize) -> tantivy::Result<Vec<String>> {
        if let Some(known) = self.looked_at.borrow().get(&look) {
            return Ok(known.clone());
        }
        let mut found: HashMap<String, u64> = HashMap::new();
        let segments = self.searcher.segment_readers();
        for (segment, left) in segments.iter().zip((1..=segments.len()).rev()) {
            // What is left is shared by the segments that are left.
            let most = MAX_LOOKED_AT.min(self.looks.get() / left);
            let inverted = segment.inverted_index(look.field)?;
            let mut seen = 0;
            let mut count = |key: &[u8], docs: u32| {
                seen += 1;
                if let Ok(text) = std::str::from_utf8(key) {
                    *found.entry(text.to_owned()).or_default() += u64::from(docs);
                }
                seen < most
            };
            let begin = look.word.as_bytes();
            if most == 0 {
                continue;
            }
            if let Some(distance) = look.distance {
                let term = Term::from_field_text(look.field, &look.word);
                let near = FuzzyTermQuery::new(term, distance, true);
                let mut stream = inverted.terms().search(near.automaton()?).into_stream()?;
                while stream.advance() && count(stream.key(), stream.value().doc_freq) {}
            } else {
                let mut stream = inverted.terms().range().ge(begin).into_stream()?;
                while stream.advance()
                    && stream.key().starts_with(begin)
                    && count(stream.key(), stream.value().doc_freq)
                {}
            }
            self.looks.set(self.looks.get() - seen);
        }
        let mut found: Vec<(String, u64)> = found.into_iter().collect();
        found.sort_by(|(a, x), (b, y)| y.cmp(x).then_with(|| a.cmp(b)));
        found.truncate(wanted);
        let found: Vec<String> = found.into_iter().map(|(text, _)| text).collect();
        let mut known = self.looked_at.borrow_mut();
        known.insert(look, found.clone());
        Ok(found)
    }

    /// The commonest words as written that begin so.
    pub(super) fn beginning(&self, word: &str) -> tantivy::Result<Vec<String>> {
        let look = Look {
            field: self.fields.exact,
            word: word.to_owned(),
            distance: None,
        };
        self.commonest(look, MAX_EXPANSIONS)
    }

    pub(super) fn expand(
        &self,
        token: Option<&Token>,
        terms: &mut HashMap<Term, Weighted>,
    ) -> tantivy::Result<()> {
        let Some(token) = token else { return Ok(()) };
        for text in self.beginning(&token.text)? {
            self.add(self.fields.exact, &token_of(text), 1.0, terms)?;
        }
        Ok(())
    }

    /// One ideograph alone: only pairs are in the index.
    pub(super) fn expand_ideograph(
        &self,
        text: &str,
        terms: &mut HashMap<Term, Weighted>,
    ) -> tantivy::Result<()> {
        for text in self.pairs_with(text)? {
            self.add(self.fields.body, &token_of(text), 1.0, terms)?;
        }
        Ok(())
    }

    /// The commonest pairs of ideographs that begin with this one.
    pub(super) fn pairs_with(&self, ideograph: &str) -> tantivy::Result<Vec<String>> {
        let look = Look {
            field: self.fields.body,
            word: ideograph.to_owned(),
            distance: None,
        };
        self.commonest(look, MAX_EXPANSIONS)
    }

    /// Adds words of the index a letter or two away, when the index does not know the word.
    pub(super) fn repair(
        &mut self,
        token: Option<&Token>,
        terms: &mut HashMap<Term, Weighted>,
    ) -> tantivy::Result<()> {
        let Some(token) = token else { return Ok(()) };
        for text in self.repaired(&token.text)? {
            for stem in tokenizer::tokens(&mut self.body, &text) {
                self.add(self.fields.body, &stem, REPAIRED, terms)?;
            }
            self.add(self.fields.exact, &token_of(text), REPAIRED * EXACT, terms)?;
        }
        Ok(())
    }

    /// The commonest words spelt so nearly as one.
    pub(super) fn near(&self, word: &str, distance: u8) -> tantivy::Result<Vec<String>> {
        let look = Look {
            field: self.fields.exact,
            word: word.to_owned(),
            distance: Some(distance),
        };
        self.commonest(look, MAX_NEAR)
    }

    /// Words within reach a letter or two away: at most two, the commonest of the nearest.
    pub(super) fn repaired(&self, word: &str) -> tantivy::Result<Vec<String>> {
        let mut found = Vec::new();
        if !may_be_misspelt(word) {
            return Ok(found);
        }
        for distance in 1..=most_wrong(word) {
            for text in self.near(word, distance)? {
                let word = Term::from_field_text(self.fields.exact, &text);
                if found.len() < 2 && self.is_reached(&word)? {
                    found.push(text);
                }
            }
            if !found.is_empty() {
                break;
            }
        }
        Ok(found)
    }
}

/// A term of a dictionary as the analyzers yield it.
fn token_of(text: String) -> Token {
    Token {
        text,
        ..Token::default()
    }
}
