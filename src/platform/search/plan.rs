//! From an understood query to one the index runs: which terms, how much each counts, what must hold.
//!
//! One combined field with stems carries the ranking; words as written and whole identifiers add half of it again.
//! Never a sum of per-field scores with a boosted title: that was measured to hurt badly.

use std::collections::HashMap;

use tantivy::query::{
    AllQuery, BooleanQuery, BoostQuery, ConstScoreQuery, EmptyQuery, FuzzyTermQuery, Occur,
    PhraseQuery, Query as Search, TermQuery,
};
use tantivy::schema::{Field as IndexField, IndexRecordOption};
use tantivy::tokenizer::{TextAnalyzer, Token};
use tantivy::{Searcher, Term};

use super::query::{Excluded, Query, Word};
use super::rescore::Asked;
use super::schema::Fields;
use super::stop_words::is_stop_word;
use super::tokenizer;

/// Weight of a word as written, beside its stem.
const EXACT: f32 = 0.8;
/// Weight of a whole identifier.
const IDENTIFIER: f32 = 1.0;
/// Weight of two neighbouring words found side by side.
const PAIR: f32 = 0.5;
/// Weight of what a misspelt word may have meant.
const REPAIRED: f32 = 0.8;
/// The rarest terms are kept when there are more.
const MAX_TERMS: usize = 64;
const MAX_PAIRS: usize = 8;
const MAX_REPAIRS: usize = 4;
const MAX_EXPANSIONS: usize = 32;
/// Terms of a dictionary looked at to expand one prefix or repair one word.
const MAX_LOOKED_AT: usize = 20_000;
/// A phrase is compared up to here.
const MAX_PHRASE_TERMS: usize = 32;

pub(super) type Clause = (Occur, Box<dyn Search>);

/// Reads the dictionary to turn one query into index terms.
pub(super) struct Planner<'a> {
    searcher: &'a Searcher,
    pub(super) fields: Fields,
    body: TextAnalyzer,
    exact: TextAnalyzer,
    /// The stems that add to the score, for a second look at the hits.
    pub(super) asked: Vec<Asked>,
}

/// A term that adds to the score.
struct Weighted {
    weight: f32,
    found_in: u64,
}

pub(super) fn any(mut queries: Vec<Box<dyn Search>>) -> Box<dyn Search> {
    match queries.len() {
        0 => Box::new(EmptyQuery),
        1 => queries.pop().unwrap_or_else(|| Box::new(EmptyQuery)),
        _ => Box::new(BooleanQuery::union(queries)),
    }
}

pub(super) fn unscored(query: Box<dyn Search>) -> Box<dyn Search> {
    Box::new(ConstScoreQuery::new(query, 0.0))
}

impl<'a> Planner<'a> {
    pub(super) fn new(searcher: &'a Searcher, fields: Fields) -> Self {
        Self {
            searcher,
            fields,
            body: tokenizer::body(),
            exact: tokenizer::exact(),
            asked: Vec::new(),
        }
    }

    /// What the words, phrases and exclusions ask for. None: everything.
    pub(super) fn text(&mut self, query: &Query) -> tantivy::Result<Vec<Clause>> {
        let mut clauses: Vec<Clause> = Vec::new();
        if !query.words.is_empty() {
            let words = self.words(query)?;
            let occur = if query.phrases.is_empty() {
                Occur::Must
            } else {
                Occur::Should
            };
            clauses.push((occur, words));
        }
        for phrase in &query.phrases {
            if let Some(phrase) = self.phrase(phrase)? {
                clauses.push((Occur::Must, phrase));
            }
        }
        for excluded in &query.excluded {
            let query = match excluded {
                Excluded::Word(text) | Excluded::Phrase(text) => self.phrase(text)?,
            };
            clauses.extend(query.map(|query| (Occur::MustNot, query)));
        }
        Ok(clauses)
    }

    fn words(&mut self, query: &Query) -> tantivy::Result<Box<dyn Search>> {
        let mut terms: HashMap<Term, Weighted> = HashMap::new();
        let kept = without_stop_words(&query.words);
        let mut repairs = if query.pasted { 0 } else { MAX_REPAIRS };
        let mut stems = Vec::with_capacity(kept.len());
        for word in kept {
            let stem = self.word(word, &mut repairs, &mut terms)?;
            stems.push(stem);
        }
        let mut found: Vec<(Term, Weighted)> = terms
            .into_iter()
            .filter(|(_, term)| term.found_in > 0)
            .collect();
        found.sort_by(|(a, x), (b, y)| x.found_in.cmp(&y.found_in).then_with(|| a.cmp(b)));
        found.truncate(MAX_TERMS);
        let body = self.fields.body;
        let stems_found = found.iter().filter(|(term, _)| term.field() == body);
        let asked = stems_found.map(|(term, it)| Asked::new(term, it.weight, it.found_in));
        self.asked.extend(asked);
        let mut queries: Vec<Box<dyn Search>> = found
            .into_iter()
            .map(|(term, weighted)| scored(term, weighted.weight))
            .collect();
        if !query.pasted {
            queries.extend(Self::pairs(&stems));
        }
        Ok(any(queries))
    }

    /// Adds the terms of one word. Returns its stem when it is one plain word that the index knows.
    fn word(
        &mut self,
        word: &Word,
        repairs: &mut usize,
        terms: &mut HashMap<Term, Weighted>,
    ) -> tantivy::Result<Option<Term>> {
        let stems = tokenizer::tokens(&mut self.body, &word.text);
        let written = tokenizer::tokens(&mut self.exact, &word.text);
        let mut known = false;
        for token in &stems {
            known |= self.add(self.fields.body, token, 1.0, terms)?;
        }
        for token in &written {
            let whole = token.text.contains(|c: char| !c.is_alphanumeric());
            known |= self.add(
                self.fields.exact,
                token,
                if whole { IDENTIFIER } else { EXACT },
                terms,
            )?;
        }
        if word.prefix {
            self.expand(written.last(), terms)?;
            return Ok(None);
        }
        let [stem] = stems.as_slice() else {
            return Ok(None);
        };
        if !stem.text.is_ascii() && stem.text.chars().count() == 1 {
            self.expand_ideograph(&stem.text, terms)?;
        }
        if !known && *repairs > 0 && written.len() == 1 {
            *repairs -= 1;
            self.repair(written.first(), terms)?;
        }
        Ok(known.then(|| Term::from_field_text(self.fields.body, &stem.text)))
    }

    fn add(
        &self,
        field: IndexField,
        token: &Token,
        weight: f32,
        terms: &mut HashMap<Term, Weighted>,
    ) -> tantivy::Result<bool> {
        let term = Term::from_field_text(field, &token.text);
        if let Some(known) = terms.get_mut(&term) {
            known.weight = known.weight.max(weight);
            return Ok(known.found_in > 0);
        }
        let found_in = self.searcher.doc_freq(&term)?;
        terms.insert(term, Weighted { weight, found_in });
        Ok(found_in > 0)
    }

    /// The commonest terms of a dictionary that an automaton or range yields.
    fn commonest(
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

    fn expand(
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
    fn expand_ideograph(
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
    fn repair(
        &mut self,
        token: Option<&Token>,
        terms: &mut HashMap<Term, Weighted>,
    ) -> tantivy::Result<()> {
        let Some(token) = token else { return Ok(()) };
        let letters = token.text.len();
        if !(4..=30).contains(&letters) || !token.text.bytes().all(|b| b.is_ascii_alphabetic()) {
            return Ok(());
        }
        let term = Term::from_field_text(self.fields.exact, &token.text);
        for distance in 1..=(if letters >= 6 { 2 } else { 1 }) {
            let near = Pick::Near(FuzzyTermQuery::new(term.clone(), distance, true));
            let found = self.commonest(self.fields.exact, 2, &near)?;
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

    fn pairs(stems: &[Option<Term>]) -> Vec<Box<dyn Search>> {
        stems
            .windows(2)
            .filter_map(|pair| match pair {
                [Some(a), Some(b)] if a != b => Some((a.clone(), b.clone())),
                _ => None,
            })
            .take(MAX_PAIRS)
            .map(|(a, b)| {
                let pair: Box<dyn Search> = Box::new(PhraseQuery::new(vec![a, b]));
                let weighted: Box<dyn Search> = Box::new(BoostQuery::new(pair, PAIR));
                weighted
            })
            .collect()
    }

    /// All words of a text side by side; one word alone as written. None: there is no word in it.
    fn phrase(&mut self, text: &str) -> tantivy::Result<Option<Box<dyn Search>>> {
        let mut stems = tokenizer::tokens(&mut self.body, text);
        stems.truncate(MAX_PHRASE_TERMS);
        let body = |token: &Token| Term::from_field_text(self.fields.body, &token.text);
        Ok(match stems.as_slice() {
            [] => None,
            [only] if only.text.is_ascii() => {
                let written = tokenizer::tokens(&mut self.exact, text);
                let text = written
                    .first()
                    .map_or(only.text.as_str(), |token| token.text.as_str());
                Some(scored(Term::from_field_text(self.fields.exact, text), 1.0))
            }
            [only] if only.text.chars().count() == 1 => {
                let mut terms = HashMap::new();
                self.add(self.fields.body, only, 1.0, &mut terms)?;
                self.expand_ideograph(&only.text, &mut terms)?;
                Some(any(terms
                    .into_keys()
                    .map(|term| scored(term, 1.0))
                    .collect()))
            }
            [only] => Some(scored(body(only), 1.0)),
            several => Some(Box::new(PhraseQuery::new(
                several.iter().map(body).collect(),
            ))),
        })
    }
}

/// How to choose terms of a dictionary.
enum Pick {
    Prefix(String),
    Near(FuzzyTermQuery),
}

fn scored(term: Term, weight: f32) -> Box<dyn Search> {
    let query = Box::new(TermQuery::new(term, IndexRecordOption::WithFreqs));
    if (weight - 1.0).abs() < f32::EPSILON {
        query
    } else {
        Box::new(BoostQuery::new(query, weight))
    }
}

fn without_stop_words(words: &[Word]) -> Vec<&Word> {
    let says_something = |word: &&Word| !is_stop_word(&word.text.to_lowercase());
    let kept: Vec<&Word> = words.iter().filter(says_something).collect();
    if kept.is_empty() {
        words.iter().collect()
    } else {
        kept
    }
}

/// All clauses as one query.
pub(super) fn assemble(mut clauses: Vec<Clause>) -> Box<dyn Search> {
    let positive = clauses.iter().any(|(occur, _)| *occur == Occur::Must);
    if !positive {
        clauses.push((Occur::Must, unscored(Box::new(AllQuery))));
    }
    match clauses.as_slice() {
        [(Occur::Must, only)] => only.box_clone(),
        _ => Box::new(BooleanQuery::new(clauses)),
    }
}
