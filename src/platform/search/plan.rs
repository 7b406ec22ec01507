//! From an understood query to one the index runs: which terms, how much each counts, what must hold.
//!
//! One combined field with stems carries the ranking; words as written and whole identifiers add half of it again.
//! Never a sum of per-field scores with a boosted title: that was measured to hurt badly.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;

use tantivy::query::{
    AllQuery, BooleanQuery, BoostQuery, ConstScoreQuery, EmptyQuery, Occur, PhraseQuery,
    Query as Search, TermQuery,
};
use tantivy::schema::{Field as IndexField, IndexRecordOption};
use tantivy::tokenizer::{TextAnalyzer, Token};
use tantivy::{Searcher, Term};

use super::dictionary::Look;
use super::query::{Excluded, Piece, Query, Word};
use super::quick::Words;
use super::request::Audience;
use super::rescore::Asked;
use super::schema::Fields;
use super::stop_words::is_stop_word;
use super::tokenizer;

/// Weight of a word as written, beside its stem.
pub(super) const EXACT: f32 = 0.8;
/// Weight of a whole identifier.
const IDENTIFIER: f32 = 1.0;
/// Weight of what a misspelt word may have meant.
pub(super) const REPAIRED: f32 = 0.8;
/// Weight of what means the same as a word, beside that of the word. Low: strong ones push aside what was typed.
const SYNONYM: f32 = 0.2;
/// The rarest terms are kept when there are more.
const MAX_TERMS: usize = 64;
const MAX_PAIRS: usize = 8;
pub(super) const MAX_REPAIRS: usize = 4;
/// Terms of dictionaries that all words of one question together may look at to be expanded or repaired.
const MAX_LOOKED_AT: usize = 100_000;
pub(super) const MAX_EXPANSIONS: usize = 32;
/// A phrase is compared up to here.
pub(super) const MAX_PHRASE_TERMS: usize = 32;

pub(super) type Clause = (Occur, Box<dyn Search>);

/// Reads the dictionary to turn one query into index terms.
pub(super) struct Planner<'a> {
    pub(super) searcher: &'a Searcher,
    pub(super) fields: Fields,
    pub(super) body: TextAnalyzer,
    pub(super) exact: TextAnalyzer,
    /// The stems that add to the score, for a second look at the hits.
    pub(super) asked: Vec<Asked>,
    /// Who asks: what may have been meant is sought among the words of what they may find.
    audience: &'a Audience,
    /// Terms of dictionaries that may still be looked at.
    pub(super) looks: Cell<usize>,
    /// What a look at a dictionary found: the same may be asked for twice.
    pub(super) looked_at: RefCell<HashMap<Look, Vec<String>>>,
}

/// A term that adds to the score.
pub(super) struct Weighted {
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
    pub(super) fn new(searcher: &'a Searcher, fields: Fields, audience: &'a Audience) -> Self {
        Self {
            searcher,
            fields,
            body: tokenizer::body(),
            exact: tokenizer::exact(),
            asked: Vec::new(),
            audience,
            looks: Cell::new(MAX_LOOKED_AT),
            looked_at: RefCell::default(),
        }
    }

    /// What the words, phrases and exclusions ask for. None: everything.
    pub(super) fn text(&mut self, query: &Query) -> tantivy::Result<Vec<Clause>> {
        let mut clauses: Vec<Clause> = Vec::new();
        if !query.words.is_empty() {
            let words = any(self.words(query)?.query());
            let occur = if query.phrases.is_empty() && query.alternatives.is_empty() {
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
        for pieces in &query.alternatives {
            clauses.push((Occur::Must, self.alternatives(pieces)?));
        }
        for excluded in &query.excluded {
            let query = match excluded {
                Excluded::Word(text) | Excluded::Phrase(text) => self.phrase(text)?,
            };
            clauses.extend(query.map(|query| (Occur::MustNot, query)));
        }
        Ok(clauses)
    }

    /// Looks the words up: any of them. Those that decide are remembered in `asked`.
    pub(super) fn words(&mut self, query: &Query) -> tantivy::Result<Words> {
        let mut terms: HashMap<Term, Weighted> = HashMap::new();
        let kept = without_stop_words(&query.words);
        let mut repairs = if query.pasted { 0 } else { MAX_REPAIRS };
        let mut stems = Vec::with_capacity(kept.len());
        for (place, word) in kept {
            // A word of the glossary is spelt as it should be.
            let mut none = 0;
            let is_known = query.also.iter().any(|also| also.words.contains(&place));
            let repairs = if is_known { &mut none } else { &mut repairs };
            let stem = self.word(word, repairs, &mut terms)?;
            stems.push(stem);
        }
        let phrases = self.synonyms(query, &mut terms)?;
        Ok(Words {
            terms: self.weighted(terms),
            pairs: if query.pasted {
                Vec::new()
            } else {
                pairs(&stems)
            },
            phrases,
        })
    }

    /// Adds what means the same as a word, and yields what means the same and is several words.
    fn synonyms(
        &mut self,
        query: &Query,
        terms: &mut HashMap<Term, Weighted>,
    ) -> tantivy::Result<Vec<(Vec<Term>, f32)>> {
        let mut phrases = Vec::new();
        for other in query.also.iter().flat_map(|also| &also.others) {
            let stems = tokenizer::tokens(&mut self.body, other);
            match stems.as_slice() {
                [] => {}
                [stem] => {
                    self.add(self.fields.body, stem, SYNONYM, terms)?;
                    let written = tokenizer::tokens(&mut self.exact, other);
                    if let Some(written) = written.first() {
                        self.add(self.fields.exact, written, SYNONYM * EXACT, terms)?;
                    }
                }
                several => {
                    phrases.push((self.sequence(several), SYNONYM));
                }
            }
        }
        Ok(phrases)
    }

    /// One of these must be there.
    fn alternatives(&mut self, pieces: &[Piece]) -> tantivy::Result<Box<dyn Search>> {
        let mut terms: HashMap<Term, Weighted> = HashMap::new();
        let mut queries = Vec::new();
        for piece in pieces {
            match piece {
                Piece::Word(word) if self.is_one(word) => {
                    self.word(word, &mut 0, &mut terms)?;
                }
                Piece::Word(Word { text, .. }) | Piece::Phrase(text) => {
                    queries.extend(self.phrase(text)?);
                }
            }
        }
        let terms = self.weighted(terms).into_iter();
        queries.extend(terms.map(|(term, weight)| scored(term, weight)));
        Ok(any(queries))
    }

    /// A word that is one for the index too; not `foo.bar`, whose parts alone are not what was asked for.
    fn is_one(&mut self, word: &Word) -> bool {
        word.prefix || tokenizer::tokens(&mut self.body, &word.text).len() == 1
    }

    /// Whether whoever asks may find a report that has it.
    pub(super) fn is_reached(&self, term: &Term) -> tantivy::Result<bool> {
        Ok(self.within_reach(term, self.audience, 1)? > 0)
    }

    fn is_in_reach(&self, stem: &Token, written: Option<&Token>) -> tantivy::Result<bool> {
        let terms = [(self.fields.body, Some(stem)), (self.fields.exact, written)];
        for (field, token) in terms {
            if let Some(token) = token {
                let term = Term::from_field_text(field, &token.text);
                if self.is_reached(&term)? {
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }

    pub(super) fn sequence(&self, stems: &[Token]) -> Vec<Term> {
        stems
            .iter()
            .map(|stem| Term::from_field_text(self.fields.body, &stem.text))
            .collect()
    }

    /// Those of the terms that are found, the rarest, each with its weight.
    fn weighted(&mut self, terms: HashMap<Term, Weighted>) -> Vec<(Term, f32)> {
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
        found
            .into_iter()
            .map(|(term, it)| (term, it.weight))
            .collect()
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
        let is_one = *repairs > 0 && written.len() == 1;
        // A word that stands only in reports of others is none that is known.
        if is_one && !(known && self.is_in_reach(stem, written.first())?) {
            *repairs -= 1;
            self.repair(written.first(), terms)?;
        }
        Ok(known.then(|| Term::from_field_text(self.fields.body, &stem.text)))
    }

    pub(super) fn add(
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

/// Words that stand side by side, each as its stem.
fn pairs(stems: &[Option<Term>]) -> Vec<[Term; 2]> {
    let pairs = stems.windows(2).filter_map(|pair| match pair {
        [Some(a), Some(b)] if a != b => Some([a.clone(), b.clone()]),
        _ => None,
    });
    pairs.take(MAX_PAIRS).collect()
}

pub(super) fn scored(term: Term, weight: f32) -> Box<dyn Search> {
    let query = Box::new(TermQuery::new(term, IndexRecordOption::WithFreqs));
    if (weight - 1.0).abs() < f32::EPSILON {
        query
    } else {
        Box::new(BoostQuery::new(query, weight))
    }
}

/// The words that say something, each with its place.
pub(super) fn without_stop_words(words: &[Word]) -> Vec<(usize, &Word)> {
    let all = words.iter().enumerate();
    let says_something = |(_, word): &(usize, &Word)| !is_stop_word(&word.text.to_lowercase());
    let kept: Vec<(usize, &Word)> = all.clone().filter(says_something).collect();
    if kept.is_empty() { all.collect() } else { kept }
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
