//! What the index says of a subject's words: how rare each is, which documents may be like it, and what each of them
//! shares.
//!
//! All is counted among the documents that whoever asks may find: a word that stands only in others is as unknown as one
//! that stands nowhere.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use tantivy::postings::Postings as _;
use tantivy::query::{
    BoostQuery, ConstScoreQuery, EnableScoring, Occur, Query as Search, TermQuery,
};
use tantivy::schema::{Field, IndexRecordOption};
use tantivy::{DocAddress, DocId, DocSet as _, Searcher, TERMINATED, TantivyError, Term};

use super::super::collect::Gather;
use super::super::generation::Generation;
use super::super::narrow::Narrow;
use super::super::numbers::dampened;
use super::super::plan::{Clause, Planner, any, assemble};
use super::super::request::Order;
use super::super::schema::column;
use super::super::semantics::{Question, Semantics};
use super::super::tokenizer;
use super::judge::{Evidence, Fact, FactKind, Scale, float, idf};
use super::postings::{Item, Length, Reach, each, place, within_reach};
use super::shape;
use super::subject::{Analysed, MAX_NAMES, Sort, Subject};

/// Documents that are looked at closely.
const POOL: usize = 100;
/// How much a shared name counts beside words when the pool is filled.
const NAME: f32 = 0.5;
/// The deadline is looked at every so many documents.
const LOOK_EVERY: usize = 4_096;

/// What is read of a word: how often it stands in a document, or where.
const COUNTS: IndexRecordOption = IndexRecordOption::WithFreqs;
const PLACES: IndexRecordOption = IndexRecordOption::WithFreqsAndPositions;

/// One look into the index.
pub(super) struct Look<'a> {
    pub(super) generation: &'a Generation,
    pub(super) semantics: &'a Semantics,
    pub(super) subject: &'a Subject,
    pub(super) narrow: Narrow<'a>,
    /// Documents that are looked at in any case.
    pub(super) also: &'a [i64],
    pub(super) deadline: Instant,
    /// Set when the deadline passed: then the error of the look means just that.
    pub(super) expired: Arc<AtomicBool>,
}

/// What a look brings.
pub(super) struct Found {
    pub(super) scale: Scale,
    pub(super) evidence: Vec<Evidence>,
}

impl Look<'_> {
    /// Looks. Takes time linear in the documents within reach, with a small factor, and in those of the chosen words.
    pub(super) fn all(&self, analysed: &Analysed) -> tantivy::Result<Found> {
        let searcher = self.generation.reader.searcher();
        let fields = self.generation.fields;
        let planner = Planner::new(&searcher, fields, self.narrow.audience);
        let reach = self.reach(&searcher, &planner)?;
        let documents = reach.iter().map(Reach::len).sum();
        let within = (reach.as_slice(), documents);
        let words: Vec<Item> = self.counted(
            &searcher,
            within,
            analysed.words.iter().map(|word| {
                let field = match word.sort {
                    Sort::Prose => fields.body,
                    Sort::Identifier | Sort::Alert => fields.exact,
                };
                (field, word.term.clone(), shape::is_unspaced(&word.term))
            }),
        )?;
        let counts: Vec<u64> = words.iter().map(|item| item.found_in).collect();
        let mut scale = Scale::new(analysed, &counts, documents);
        let (named, facts) = self.facts(&searcher, within)?;
        scale.facts = named;
        let chosen: Vec<&Item> = scale
            .words
            .iter()
            .filter_map(|word| words.get(word.number))
            .collect();
        let pool = self.pool(&searcher, &planner, (&scale, &chosen, &facts))?;
        let question = self.question(&searcher, analysed)?;
        let alike = |at| {
            let question = question.as_ref();
            question.and_then(|it| it.likeness(searcher.segment_readers(), at))
        };
        let shares = (&scale, chosen.as_slice(), facts.as_slice());
        let evidence = self.evidence(&searcher, &reach, shares, (&pool, &alike))?;
        Ok(Found { scale, evidence })
    }

    /// Where the subject points: a report of the index with all it says, anything else with the words that are compared.
    fn question(
        &self,
        searcher: &Searcher,
        analysed: &Analysed,
    ) -> tantivy::Result<Option<Question>> {
        if let Some(own) = self.subject.own {
            for (segment, reader) in (0_u32..).zip(searcher.segment_readers()) {
                if let Some(doc) = place(reader, self.generation.fields, own)? {
                    let at = DocAddress::new(segment, doc);
                    let known = self.semantics.report(searcher.segment_readers(), at);
                    if known.is_some() {
                        return Ok(known);
                    }
                }
            }
        }
        let words = analysed.words.iter();
        let prose = words.filter(|word| word.sort == Sort::Prose);
        let counted = prose.map(|word| (word.term.as_str(), dampened(float(word.count.into()))));
        Ok(self.semantics.question(counted))
    }

    /// The names of the subject, as facts and as terms.
    fn facts(
        &self,
        searcher: &Searcher,
        within: (&[Reach], u64),
    ) -> tantivy::Result<(Vec<Fact>, Vec<Item>)> {
        let fields = self.generation.fields;
        let names = self.names();
        let terms = names.iter().map(|(kind, name)| {
            let field = match kind {
                FactKind::Factor => fields.factor,
                FactKind::Service => fields.service,
                FactKind::Tag => fields.tag,
                FactKind::Team => fields.team,
            };
            (field, tokenizer::fold_value(name), false)
        });
        let items = self.counted(searcher, within, terms)?;
        let facts = names
            .into_iter()
            .zip(&items)
            .map(|((kind, name), item)| Fact {
                kind,
                name,
                found_in: item.found_in,
                idf: idf(item.found_in, within.1),
            });
        Ok((facts.collect(), items))
    }

    fn names(&self) -> Vec<(FactKind, String)> {
        let subject = self.subject;
        let mut names: Vec<(FactKind, String)> = Vec::new();
        for (kind, values) in [
            (FactKind::Factor, &subject.factors),
            (FactKind::Service, &subject.services),
            (FactKind::Tag, &subject.tags),
            (FactKind::Team, &subject.teams),
        ] {
            let mut seen = Vec::new();
            for value in values.iter().take(MAX_NAMES) {
                let folded = tokenizer::fold_value(value);
                if !folded.is_empty() && !seen.contains(&folded) {
                    names.push((kind, value.trim().to_owned()));
                    seen.push(folded);
                }
            }
        }
        names
    }

    /// The documents that may be found, the subject's own not among them.
    fn reach(&self, searcher: &Searcher, planner: &Planner<'_>) -> tantivy::Result<Vec<Reach>> {
        let query = assemble(planner.narrow(&self.narrow, None));
        let weight = query.weight(EnableScoring::disabled_from_searcher(searcher))?;
        let mut all = Vec::with_capacity(searcher.segment_readers().len());
        for reader in searcher.segment_readers() {
            let ids = reader.fast_fields().i64(column::ID)?;
            let mut within = Vec::new();
            let mut scorer = weight.scorer(reader, 1.0)?;
            let mut doc = scorer.doc();
            let mut until_look = 0_usize;
            while doc != TERMINATED {
                if until_look == 0 {
                    self.in_time()?;
                    until_look = LOOK_EVERY;
                }
                until_look -= 1;
                if !reader.is_deleted(doc) {
                    within.push(doc);
                }
                doc = scorer.advance();
            }
            let mut within = Reach::of(within);
            if let Some(own) = self.subject.own
                && let Some(doc) = place(reader, self.generation.fields, own)?
                && ids.first(doc) == Some(own)
            {
                within.leave_out(doc);
            }
            all.push(within);
        }
        Ok(all)
    }

    fn in_time(&self) -> tantivy::Result<()> {
        if Instant::now() < self.deadline {
            return Ok(());
        }
        self.expired.store(true, Ordering::Relaxed);
        Err(TantivyError::InternalError("related deadline".to_owned()))
    }

    /// The terms, each with how many documents within reach have it.
    fn counted(
        &self,
        searcher: &Searcher,
        within: (&[Reach], u64),
        terms: impl Iterator<Item = (Field, String, bool)>,
    ) -> tantivy::Result<Vec<Item>> {
        let mut items = Vec::new();
        for (field, text, is_pair) in terms {
            self.in_time()?;
            let term = Term::from_field_text(field, &text);
            let found_in = within_reach(searcher, within, field, &term)?;
            items.push(Item {
                field,
                term,
                found_in,
                is_pair,
            });
        }
        Ok(items)
    }

    /// The documents that share most.
    fn pool(
        &self,
        searcher: &Searcher,
        planner: &Planner<'_>,
        (scale, words, facts): (&Scale, &[&Item], &[Item]),
    ) -> tantivy::Result<Vec<i64>> {
        let mut queries: Vec<Box<dyn Search>> = Vec::new();
        for (item, weighed) in words.iter().zip(&scale.words) {
            let query = TermQuery::new(item.term.clone(), IndexRecordOption::WithFreqs);
            queries.push(Box::new(BoostQuery::new(Box::new(query), weighed.weight)));
        }
        for (item, fact) in facts.iter().zip(&scale.facts) {
            let query = TermQuery::new(item.term.clone(), IndexRecordOption::Basic);
            let query = ConstScoreQuery::new(Box::new(query), NAME * fact.idf);
            queries.push(Box::new(query));
        }
        if queries.is_empty() {
            return Ok(self.with_asked(Vec::new()));
        }
        let mut clauses: Vec<Clause> = vec![(Occur::Must, any(queries))];
        clauses.extend(planner.narrow(&self.narrow, None));
        if let Some(own) = self.subject.own {
            let own = Term::from_field_i64(self.generation.fields.id, own);
            let own = TermQuery::new(own, IndexRecordOption::Basic);
            clauses.push((Occur::MustNot, Box::new(own)));
        }
        let gather = Gather {
            keep: POOL,
            order: Order::Relevance,
            facets: Vec::new(),
            values: Arc::clone(&self.generation.values),
            deadline: self.deadline,
            expired: Arc::clone(&self.expired),
        };
        let gathered = searcher.search(&assemble(clauses), &gather)?;
        let found = gathered.into_found();
        Ok(self.with_asked(found.iter().map(|it| it.hit.id).collect()))
    }

    /// These documents and those that are looked at in any case, each once.
    fn with_asked(&self, mut pool: Vec<i64>) -> Vec<i64> {
        pool.extend(self.also);
        pool.sort_unstable();
        pool.dedup();
        pool
    }

    /// What each document of the pool shares with the subject.
    fn evidence(
        &self,
        searcher: &Searcher,
        reach: &[Reach],
        (scale, words, facts): (&Scale, &[&Item], &[Item]),
        (pool, alike): (&[i64], &dyn Fn(DocAddress) -> Option<f32>),
    ) -> tantivy::Result<Vec<Evidence>> {
        let mut all = Vec::with_capacity(pool.len());
        let segments = searcher.segment_readers().iter().zip(reach);
        for (segment, (reader, reach)) in (0_u32..).zip(segments) {
            self.in_time()?;
            let mut here: Vec<(DocId, Evidence)> = Vec::new();
            let alike = |doc| alike(DocAddress::new(segment, doc));
            for id in pool {
                let doc = place(reader, self.generation.fields, *id)?;
                here.extend(
                    doc.filter(|doc| reach.includes(*doc))
                        .map(|doc| (doc, Evidence::of(*id, alike(doc)))),
                );
            }
            here.sort_by_key(|(doc, _)| *doc);
            let fields = self.generation.fields;
            let prose = Length::of(searcher, reader, fields.body)?;
            let exact = Length::of(searcher, reader, fields.exact)?;
            for (number, (item, weighed)) in words.iter().zip(&scale.words).enumerate() {
                let length = if item.field == fields.body {
                    &prose
                } else {
                    &exact
                };
                let with = if item.is_pair { PLACES } else { COUNTS };
                each(reader, (item, with), &mut here, |evidence, postings| {
                    let saturated = length.saturated(postings.doc(), postings.term_freq());
                    let worth = weighed.weight * weighed.idf * saturated;
                    evidence.words.push((number, worth));
                    if item.is_pair {
                        let mut places = Vec::new();
                        postings.positions(&mut places);
                        evidence.places.insert(weighed.number, places);
                    }
                })?;
            }
            for (number, item) in facts.iter().enumerate() {
                each(reader, (item, COUNTS), &mut here, |evidence, _| {
                    evidence.facts.push(number);
                })?;
            }
            all.extend(here.into_iter().map(|(_, evidence)| evidence));
        }
        Ok(all)
    }
}
