//! What the index says of a subject's words: how rare each is, which documents may be like it, and what each of them
//! shares.
//!
//! What up to [`COUNTED`] documents have is counted among those that whoever asks may find: a word that stands only in
//! others is as unknown as one that stands nowhere. Of what more have, all are counted, also those that are hidden.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

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
use super::super::semantics::Semantics;
use super::super::tokenizer;
use super::judge::{Evidence, Fact, FactKind, Scale, float, idf};
use super::postings::{Item, Length, Reach, each, place, within_reach};
use super::subject::{Analysed, MAX_NAMES, Sort, Subject};

/// Documents that are looked at closely.
const POOL: usize = 100;
/// A word in more documents than this is common whoever asks; of rarer ones, the documents within reach are counted.
const COUNTED: u64 = 64;
/// How much a shared name counts beside words when the pool is filled.
const NAME: f32 = 0.5;
/// The deadline is looked at every so many documents.
const LOOK_EVERY: usize = 4_096;

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
        let planner = Planner::new(&searcher, fields);
        let reach = self.reach(&searcher, &planner)?;
        let documents = reach
            .iter()
            .flat_map(|it| &it.within)
            .filter(|within| **within)
            .count();
        let documents = u64::try_from(documents).unwrap_or(u64::MAX);
        let words: Vec<Item> = self.counted(
            &searcher,
            &reach,
            analysed.words.iter().map(|word| {
                let field = match word.sort {
                    Sort::Prose => fields.body,
                    Sort::Identifier | Sort::Alert => fields.exact,
                };
                (field, word.term.clone())
            }),
        )?;
        let counts: Vec<u64> = words.iter().map(|item| item.found_in).collect();
        let mut scale = Scale::new(analysed, &counts, documents);
        let (named, facts) = self.facts(&searcher, &reach, documents)?;
        scale.facts = named;
        let chosen: Vec<&Item> = scale
            .words
            .iter()
            .filter_map(|word| words.get(word.number))
            .collect();
        let pool = self.pool(&searcher, &planner, (&scale, &chosen, &facts))?;
        let prose = analysed
            .words
            .iter()
            .filter(|word| word.sort == Sort::Prose);
        let counted = prose.map(|word| (word.term.as_str(), dampened(float(word.count.into()))));
        let question = self.semantics.question(counted);
        let alike = |at| {
            let question = question.as_ref();
            question.and_then(|it| it.likeness(searcher.segment_readers(), at))
        };
        let shares = (&scale, chosen.as_slice(), facts.as_slice());
        let evidence = self.evidence(&searcher, &reach, shares, (&pool, &alike))?;
        Ok(Found { scale, evidence })
    }

    /// The names of the subject, as facts and as terms.
    fn facts(
        &self,
        searcher: &Searcher,
        reach: &[Reach],
        documents: u64,
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
            (field, tokenizer::fold_value(name))
        });
        let items = self.counted(searcher, reach, terms)?;
        let facts = names
            .into_iter()
            .zip(&items)
            .map(|((kind, name), item)| Fact {
                kind,
                name,
                found_in: item.found_in,
                idf: idf(item.found_in, documents),
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
            let mut within = vec![false; usize::try_from(reader.max_doc()).unwrap_or(0)];
            let mut scorer = weight.scorer(reader, 1.0)?;
            let mut doc = scorer.doc();
            let mut until_look = 0_usize;
            while doc != TERMINATED {
                if until_look == 0 {
                    self.in_time()?;
                    until_look = LOOK_EVERY;
                }
                until_look -= 1;
                if let Some(within) = usize::try_from(doc).ok().and_then(|at| within.get_mut(at)) {
                    *within = !reader.is_deleted(doc);
                }
                doc = scorer.advance();
            }
            if let Some(own) = self.subject.own
                && let Some(doc) = place(reader, self.generation.fields, own)?
                && ids.first(doc) == Some(own)
                && let Some(within) = usize::try_from(doc).ok().and_then(|at| within.get_mut(at))
            {
                *within = false;
            }
            all.push(Reach { within });
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
        reach: &[Reach],
        terms: impl Iterator<Item = (Field, String)>,
    ) -> tantivy::Result<Vec<Item>> {
        let mut items = Vec::new();
        for (field, text) in terms {
            self.in_time()?;
            let term = Term::from_field_text(field, &text);
            let everywhere = searcher.doc_freq(&term)?;
            let found_in = if everywhere > COUNTED {
                everywhere
            } else if everywhere == 0 {
                0
            } else {
                within_reach(searcher, reach, field, &term)?
            };
            items.push(Item {
                field,
                term,
                found_in,
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
            return Ok(self.also.to_vec());
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
            deadline: self.deadline,
            expired: Arc::clone(&self.expired),
        };
        let gathered = searcher.search(&assemble(clauses), &gather)?;
        let mut pool: Vec<i64> = gathered.into_found().iter().map(|it| it.hit.id).collect();
        pool.extend(self.also);
        pool.sort_unstable();
        pool.dedup();
        Ok(pool)
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
            for (number, (item, weighed)) in words.iter().zip(&scale.words).enumerate() {
                let length = Length::of(searcher, reader, item.field)?;
                each(reader, item, &mut here, |evidence, doc, count| {
                    let worth = weighed.weight * weighed.idf * length.saturated(doc, count);
                    evidence.words.push((number, worth));
                })?;
            }
            for (number, item) in facts.iter().enumerate() {
                each(reader, item, &mut here, |evidence, _, _| {
                    evidence.facts.push(number);
                })?;
            }
            all.extend(here.into_iter().map(|(_, evidence)| evidence));
        }
        Ok(all)
    }
}
