//! Searches for words alone, which are nearly all: the best hits without scoring every document that has one of them.
//!
//! The index knows how much a block of documents can score at most (block-max WAND; Ding and Suel 2011) and leaps over
//! those that cannot come in. How many match, and how they divide, is counted without scores. Words that stand side by side
//! count for the best [`POOL`] alone: such a leap cannot foresee them. Phrases that mean the same as a word find by
//! themselves: those few documents are scored first, one by one.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::atomic::Ordering;
use std::time::Instant;

use tantivy::query::{BooleanQuery, EnableScoring, PhraseQuery, Query as Search};
use tantivy::schema::IndexRecordOption;
use tantivy::{DocSet as _, Searcher, SegmentReader, TERMINATED, TantivyError, Term};

use super::collect::{Found, Gather, Gathered, Tally};
use super::plan::{Clause, assemble, scored};

/// So many of the best by their words are looked at for words that stand side by side.
pub(super) const POOL: usize = 300;
/// Weight of two neighbouring words found side by side.
const PAIR: f32 = 0.5;
/// The deadline is looked at every so many documents.
const LOOK_EVERY: usize = 4_096;

/// Words to look for, as terms of the index: any of them.
#[derive(Clone, Debug, Default)]
pub(super) struct Words {
    /// Each with its weight.
    pub(super) terms: Vec<(Term, f32)>,
    /// Those that stand side by side in the question.
    pub(super) pairs: Vec<[Term; 2]>,
    /// What means the same as one of them and is several words, with its weight. It finds by itself.
    pub(super) phrases: Vec<(Vec<Term>, f32)>,
}

impl Words {
    /// All of it as one query.
    pub(super) fn query(&self) -> Vec<Box<dyn Search>> {
        let terms = self.terms.iter();
        let terms = terms.map(|(term, weight)| scored(term.clone(), *weight));
        let pairs = self.pairs.iter().map(|pair| {
            let pair: Box<dyn Search> = Box::new(PhraseQuery::new(pair.to_vec()));
            weighted(pair, PAIR)
        });
        let phrases = self.phrases.iter().map(|(phrase, weight)| {
            let phrase: Box<dyn Search> = Box::new(PhraseQuery::new(phrase.clone()));
            weighted(phrase, *weight)
        });
        terms.chain(pairs).chain(phrases).collect()
    }
}

fn weighted(query: Box<dyn Search>, weight: f32) -> Box<dyn Search> {
    Box::new(tantivy::query::BoostQuery::new(query, weight))
}

/// Documents of a segment, a bit for each.
struct Documents(Vec<u64>);

impl Documents {
    fn none(segment: &SegmentReader) -> Self {
        let words = usize::try_from(segment.max_doc().div_ceil(64)).unwrap_or(0);
        Self(vec![0; words])
    }

    fn place(doc: u32) -> (usize, u64) {
        (
            usize::try_from(doc / 64).unwrap_or(usize::MAX),
            1 << (doc % 64),
        )
    }

    fn insert(&mut self, doc: u32) {
        let (at, bit) = Self::place(doc);
        if let Some(word) = self.0.get_mut(at) {
            *word |= bit;
        }
    }

    fn remove(&mut self, doc: u32) {
        let (at, bit) = Self::place(doc);
        if let Some(word) = self.0.get_mut(at) {
            *word &= !bit;
        }
    }

    fn contains(&self, doc: u32) -> bool {
        let (at, bit) = Self::place(doc);
        self.0.get(at).is_some_and(|word| word & bit != 0)
    }

    fn retain(&mut self, other: &Self) {
        for (word, other) in self.0.iter_mut().zip(&other.0) {
            *word &= other;
        }
    }

    fn iter(&self) -> impl Iterator<Item = u32> + '_ {
        (0_u32..)
            .step_by(64)
            .zip(&self.0)
            .flat_map(|(first, word)| {
                let mut left = *word;
                std::iter::from_fn(move || {
                    let bit = (left != 0).then(|| left.trailing_zeros())?;
                    left &= left - 1;
                    Some(first + bit)
                })
            })
    }
}

/// One search for words.
pub(super) struct Quick<'a> {
    pub(super) searcher: &'a Searcher,
    pub(super) words: &'a Words,
    pub(super) gather: &'a Gather,
}

impl Quick<'_> {
    /// The best hits, the best first as far as their words and pairs go; how many there are; and how they divide.
    pub(super) fn all(&self, narrowed: Vec<Clause>) -> tantivy::Result<Gathered> {
        let terms = self.words.terms.iter();
        let terms = terms.map(|(term, weight)| scored(term.clone(), *weight));
        let union = BooleanQuery::union(terms.collect());
        let union = union.weight(EnableScoring::enabled_from_searcher(self.searcher))?;
        let within = (!narrowed.is_empty()).then(|| assemble(narrowed));
        let within =
            within.map(|query| query.weight(EnableScoring::disabled_from_searcher(self.searcher)));
        let within = within.transpose()?;
        let phrases = self.words.phrases.iter().map(|(phrase, weight)| {
            weighted(Box::new(PhraseQuery::new(phrase.clone())), *weight)
                .weight(EnableScoring::enabled_from_searcher(self.searcher))
        });
        let phrases = phrases.collect::<tantivy::Result<Vec<_>>>()?;
        let mut fruits = Vec::new();
        for (segment_ord, segment) in (0_u32..).zip(self.searcher.segment_readers()) {
            let mut allowed = Documents::none(segment);
            match &within {
                Some(within) => self.each(&mut *within.scorer(segment, 1.0)?, |doc| {
                    allowed.insert(doc);
                })?,
                None => (0..segment.max_doc()).for_each(|doc| allowed.insert(doc)),
            }
            if let Some(alive) = segment.alive_bitset() {
                let mut living = Documents::none(segment);
                alive.iter_alive().for_each(|doc| living.insert(doc));
                allowed.retain(&living);
            }
            let mut tally = self.gather.tally(segment_ord, segment)?;
            let apart = self.phrases(&phrases, segment, &allowed)?;
            self.count(segment, (&allowed, &apart), &mut tally)?;
            if self.gather.keep > 0 {
                keep_apart(&*union, segment, (&apart, &mut tally))?;
                for doc in apart.into_keys() {
                    allowed.remove(doc);
                }
                self.best(&*union, segment, (&allowed, &mut tally))?;
            }
            fruits.push(tally.finish());
        }
        let mut gathered = self.gather.merged(fruits)?;
        self.pairs(gathered.found())?;
        Ok(gathered)
    }

    fn in_time(&self) -> tantivy::Result<()> {
        if Instant::now() < self.gather.deadline {
            return Ok(());
        }
        self.gather.expired.store(true, Ordering::Relaxed);
        Err(TantivyError::InternalError("search deadline".to_owned()))
    }

    fn each(
        &self,
        documents: &mut dyn tantivy::query::Scorer,
        mut take: impl FnMut(u32),
    ) -> tantivy::Result<()> {
        let mut doc = documents.doc();
        while doc != TERMINATED {
            self.in_time()?;
            for _ in 0..LOOK_EVERY {
                if doc == TERMINATED {
                    break;
                }
                take(doc);
                doc = documents.advance();
            }
        }
        Ok(())
    }

    /// The documents of a segment that have one of the phrases, with what those are worth.
    fn phrases(
        &self,
        phrases: &[Box<dyn tantivy::query::Weight>],
        segment: &SegmentReader,
        allowed: &Documents,
    ) -> tantivy::Result<BTreeMap<u32, f32>> {
        let mut found = BTreeMap::new();
        for phrase in phrases {
            let mut scorer = phrase.scorer(segment, 1.0)?;
            let mut doc = scorer.doc();
            while doc != TERMINATED {
                self.in_time()?;
                if allowed.contains(doc) {
                    *found.entry(doc).or_default() += scorer.score();
                }
                doc = scorer.advance();
            }
        }
        Ok(found)
    }

    /// Counts the documents of a segment that have one of the words, or of the phrases.
    fn count(
        &self,
        segment: &SegmentReader,
        (allowed, apart): (&Documents, &BTreeMap<u32, f32>),
        tally: &mut Tally,
    ) -> tantivy::Result<()> {
        let mut matching = Documents::none(segment);
        for doc in apart.keys() {
            matching.insert(*doc);
        }
        for (term, _) in &self.words.terms {
            self.in_time()?;
            let inverted = segment.inverted_index(term.field())?;
            if let Some(mut postings) = inverted.read_postings(term, IndexRecordOption::Basic)? {
                let mut doc = postings.doc();
                while doc != TERMINATED {
                    matching.insert(doc);
                    doc = postings.advance();
                }
            }
        }
        matching.retain(allowed);
        matching.iter().for_each(|doc| tally.count(doc));
        Ok(())
    }

    /// Keeps the best of a segment.
    fn best(
        &self,
        union: &dyn tantivy::query::Weight,
        segment: &SegmentReader,
        (allowed, tally): (&Documents, &mut Tally),
    ) -> tantivy::Result<()> {
        let mut until_look = LOOK_EVERY;
        let mut late = false;
        let mut least = f32::MIN;
        union.for_each_pruning(f32::MIN, segment, &mut |doc, score| {
            until_look -= 1;
            if until_look == 0 {
                until_look = LOOK_EVERY;
                late |= self.in_time().is_err();
            }
            if late {
                return f32::MAX;
            }
            if allowed.contains(doc) {
                tally.keep(doc, score);
                // Equals are let in: their ids decide.
                least = tally.least().map_or(least, f32::next_down);
            }
            least
        })?;
        if late { self.in_time() } else { Ok(()) }
    }

    /// Adds what it is worth that words stand side by side, to the best.
    fn pairs(&self, found: &mut [Found]) -> tantivy::Result<()> {
        let pool = found.get_mut(..POOL.min(found.len())).unwrap_or_default();
        if self.words.pairs.is_empty() || pool.is_empty() {
            return Ok(());
        }
        pool.sort_by_key(|it| it.at);
        for pair in &self.words.pairs {
            self.in_time()?;
            let query = weighted(Box::new(PhraseQuery::new(pair.to_vec())), PAIR);
            let weight = query.weight(EnableScoring::enabled_from_searcher(self.searcher))?;
            let mut open: Option<(u32, Box<dyn tantivy::query::Scorer>)> = None;
            for it in pool.iter_mut() {
                let segment = it.at.segment_ord;
                if open.as_ref().is_none_or(|(at, _)| *at != segment) {
                    let reader = self.searcher.segment_reader(segment);
                    open = Some((segment, weight.scorer(reader, 1.0)?));
                }
                let Some((_, scorer)) = &mut open else {
                    continue;
                };
                if scorer.doc() < it.at.doc_id {
                    scorer.seek(it.at.doc_id);
                }
                if scorer.doc() == it.at.doc_id {
                    it.add(scorer.score());
                }
            }
        }
        pool.sort_by_key(|it| Reverse(it.rank()));
        Ok(())
    }
}

/// Keeps the best of those that have one of the phrases, for that and for their words.
fn keep_apart(
    union: &dyn tantivy::query::Weight,
    segment: &SegmentReader,
    (apart, tally): (&BTreeMap<u32, f32>, &mut Tally),
) -> tantivy::Result<()> {
    if apart.is_empty() {
        return Ok(());
    }
    let mut words = union.scorer(segment, 1.0)?;
    for (doc, phrases) in apart {
        if words.doc() < *doc {
            words.seek(*doc);
        }
        let has_words = words.doc() == *doc;
        let words = if has_words { words.score() } else { 0.0 };
        tally.keep(*doc, phrases + words);
    }
    Ok(())
}
