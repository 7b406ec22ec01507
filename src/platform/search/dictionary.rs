//! Words of the index like one that was typed: those that begin so, and those a letter or two away.

use std::collections::HashMap;

use tantivy::Term;
use tantivy::query::FuzzyTermQuery;
use tantivy::schema::Field as IndexField;
use tantivy::tokenizer::Token;

use super::plan::{EXACT, MAX_EXPANSIONS, Planner, REPAIRED, Weighted};
use super::tokenizer;

/// Terms of a dictionary looked at to expand one prefix or repair one word.
const MAX_LOOKED_AT: usize = 20_000;
/// Words spelt nearly as one that are looked at.
const MAX_NEAR: usize = 16;

/// How to choose terms of a dictionary.
pub(super) enum Pick {
    Prefix(String),
    Near(FuzzyTermQuery),
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
    /// The commonest terms of a dictionary that an automaton or range yields.
    pub(super) fn commonest(
        &self,
        field: IndexField,
        wanted: usize,
        pick: &Pick,
    ) -> tantivy::Result<Vec<String>> {
        let mut found: HashMap<String, u64> = HashMap::new();
        for segment in self.searcher.segment_readers() {
            let inverted = segment.inverted_index(field)?;
            let mut look = |key: &[u8], docs: u32| {
                if let Ok(text) = std::str::from_utf8(key) {
                    *found.entry(text.to_owned()).or_default() += u64::from(docs);
                }
            };
            match pick {
                Pick::Prefix(prefix) => {
                    let mut stream = inverted
                        .terms()
                        .range()
                        .ge(prefix.as_bytes())
                        .into_stream()?;
                    let mut seen = 0;
                    while seen < MAX_LOOKED_AT
                        && stream.advance()
                        && stream.key().starts_with(prefix.as_bytes())
                    {
                        seen += 1;
                        look(stream.key(), stream.value().doc_freq);
                    }
                }
                Pick::Near(query) => {
                    let mut stream = inverted.terms().search(query.automaton()?).into_stream()?;
                    let mut seen = 0;
                    while seen < MAX_LOOKED_AT && stream.advance() {
                        seen += 1;
                        look(stream.key(), stream.value().doc_freq);
                    }
                }
            }
        }
        let mut found: Vec<(String, u64)> = found.into_iter().collect();
        found.sort_by(|(a, x), (b, y)| y.cmp(x).then_with(|| a.cmp(b)));
        found.truncate(wanted);
        Ok(found.into_iter().map(|(text, _)| text).collect())
    }

    pub(super) fn expand(
        &self,
        token: Option<&Token>,
        terms: &mut HashMap<Term, Weighted>,
    ) -> tantivy::Result<()> {
        let Some(token) = token else { return Ok(()) };
        let prefix = Pick::Prefix(token.text.clone());
        for text in self.commonest(self.fields.exact, MAX_EXPANSIONS, &prefix)? {
            self.add(
                self.fields.exact,
                &Token {
                    text,
                    ..Token::default()
                },
                1.0,
                terms,
            )?;
        }
        Ok(())
    }

    /// One ideograph alone: only pairs are in the index.
    pub(super) fn expand_ideograph(
        &self,
        text: &str,
        terms: &mut HashMap<Term, Weighted>,
    ) -> tantivy::Result<()> {
        for text in self.commonest(
            self.fields.body,
            MAX_EXPANSIONS,
            &Pick::Prefix(text.to_owned()),
        )? {
            self.add(
                self.fields.body,
                &Token {
                    text,
                    ..Token::default()
                },
                1.0,
                terms,
            )?;
        }
        Ok(())
    }

    /// Words of the index a letter or two away, when the index does not know the word.
    pub(super) fn repair(
        &mut self,
        token: Option<&Token>,
        terms: &mut HashMap<Term, Weighted>,
    ) -> tantivy::Result<()> {
        let Some(token) = token else { return Ok(()) };
        if !may_be_misspelt(&token.text) {
            return Ok(());
        }
        let term = Term::from_field_text(self.fields.exact, &token.text);
        for distance in 1..=most_wrong(&token.text) {
            let near = Pick::Near(FuzzyTermQuery::new(term.clone(), distance, true));
            let mut found = Vec::new();
            for text in self.commonest(self.fields.exact, MAX_NEAR, &near)? {
                let word = Term::from_field_text(self.fields.exact, &text);
                if found.len() < 2 && self.is_reached(&word)? {
                    found.push(text);
                }
            }
            for text in &found {
                for stem in tokenizer::tokens(&mut self.body, text) {
                    self.add(self.fields.body, &stem, REPAIRED, terms)?;
                }
                let exact = Token {
                    text: text.clone(),
                    ..Token::default()
                };
                self.add(self.fields.exact, &exact, REPAIRED * EXACT, terms)?;
            }
            if !found.is_empty() {
                break;
            }
        }
        Ok(())
    }
}
