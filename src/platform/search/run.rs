//! One search: planned, gathered, looked at again, cut to a page.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use super::collect::{Found, Gather, GatherWithin, Gathered};
use super::counts::Facet;
use super::filters::Field;
use super::generation::Generation;
use super::narrow::Narrow;
use super::plan::{Clause, Planner, assemble};
use super::quick::{POOL, Quick, Words};
use super::request::{Facets, MAX_DEPTH, Order, Request, Results};
use super::rescore::{Asked, LOOKED_AT, rescore};
use super::semantics::Semantics;
use super::within::Within;
use tantivy::Searcher;

/// Nobody reads more on a page: that is a list to work with.
const READ: usize = 100;

/// One search under way.
pub(super) struct Run<'a> {
    pub(super) generation: &'a Generation,
    pub(super) semantics: &'a Semantics,
    pub(super) request: &'a Request<'a>,
    pub(super) deadline: Instant,
    pub(super) expired: Arc<AtomicBool>,
}

/// What is looked for, and among what.
struct Sought<'a> {
    searcher: &'a Searcher,
    planner: &'a Planner<'a>,
    /// Words are all there is to look for.
    words: Option<Words>,
    /// What is looked for otherwise.
    text: Vec<Clause>,
    narrow: Narrow<'a>,
    within: Option<Within>,
}

impl Sought<'_> {
    /// What matches, the filters on one field left out.
    fn gathered(&self, without: Option<Field>, gather: Gather) -> tantivy::Result<Gathered> {
        let narrowed = self.planner.narrow(&self.narrow, without);
        if let Some(words) = &self.words {
            let quick = Quick {
                searcher: self.searcher,
                words,
                gather: &gather,
            };
            return quick.all(narrowed);
        }
        let text = self.text.iter();
        let text = text.map(|(occur, clause)| (*occur, clause.box_clone()));
        let query = assemble(text.chain(narrowed).collect());
        match &self.within {
            None => self.searcher.search(&query, &gather),
            Some(within) => {
                let gather = GatherWithin { gather, within };
                self.searcher.search(&query, &gather)
            }
        }
    }
}

impl Run<'_> {
    /// Everything that was asked for.
    pub(super) fn all(&self) -> tantivy::Result<Results> {
        let request = self.request;
        let (query, audience) = (request.query, request.audience);
        let searcher = self.generation.reader.searcher();
        let mut planner = Planner::new(&searcher, self.generation.fields, audience);
        let filters = query.filters.merged(request.filters);
        let within = planner.within(query, &filters.places)?;
        let (words, text) = self.looked_up(&mut planner, within.is_some())?;
        let asked = std::mem::take(&mut planner.asked);
        let wanted = request.offset.saturating_add(request.limit).min(MAX_DEPTH);
        let looks_again = wanted > 0 && self.order() == Order::Relevance;
        let keep = match (looks_again, &words) {
            (false, _) => wanted,
            (true, None) => wanted.max(LOOKED_AT),
            (true, Some(_)) => wanted.max(POOL),
        };
        let sought = Sought {
            searcher: &searcher,
            planner: &planner,
            words,
            text,
            narrow: Narrow {
                filters: &filters,
                audience,
            },
            within,
        };

        // A facet with a filter of its own is counted without it, in a pass of its own.
        let (apart, together): (Vec<_>, Vec<_>) = FACETS
            .into_iter()
            .filter(|_| request.facets)
            .partition(|(_, field)| !filters.values(*field).is_empty());
        let mut main = sought.gathered(None, self.gather(keep, &together))?;
        let mut found = Facets::default();
        for ((facet, _), counts) in together.iter().zip(std::mem::take(&mut main.counts)) {
            found.set(*facet, counts);
        }
        for (facet, field) in apart {
            let gather = self.gather(0, &[(facet, field)]);
            let mut counted = sought.gathered(Some(field), gather)?;
            found.set(facet, counted.counts.pop().unwrap_or_default());
        }
        let total = main.total;
        let mut hits = main.into_found();
        if looks_again {
            self.look_again(&searcher, asked, &mut hits)?;
        }
        let page = hits.into_iter().take(wanted).skip(request.offset);
        Ok(Results {
            hits: page.map(|found| found.hit).collect(),
            total,
            facets: found,
            spelt: self.spelt(&mut planner)?,
            took: Duration::ZERO,
        })
    }

    /// What may have been meant, for the first page that somebody reads.
    fn spelt(&self, planner: &mut Planner<'_>) -> tantivy::Result<Vec<(usize, String)>> {
        let Request {
            query, audience, ..
        } = *self.request;
        let is_read = self.request.offset == 0 && (1..=READ).contains(&self.request.limit);
        if !is_read || self.order() != Order::Relevance {
            return Ok(Vec::new());
        }
        planner.spelt(query, audience, self.deadline)
    }

    /// The words, if they are all that decides; else everything that does.
    fn looked_up(
        &self,
        planner: &mut Planner<'_>,
        is_within: bool,
    ) -> tantivy::Result<(Option<Words>, Vec<Clause>)> {
        let query = self.request.query;
        let is_plain = query.phrases.is_empty()
            && query.excluded.is_empty()
            && query.alternatives.is_empty()
            && query.not.is_empty()
            && !is_within;
        if is_plain && !query.words.is_empty() && self.request.order == Order::Relevance {
            return Ok((Some(planner.words(query)?), Vec::new()));
        }
        let mut text = planner.text(query)?;
        text.extend(planner.not(&query.not));
        Ok((None, text))
    }

    fn look_again(
        &self,
        searcher: &Searcher,
        asked: Vec<Asked>,
        hits: &mut [Found],
    ) -> tantivy::Result<()> {
        let words = asked.iter().filter_map(Asked::word);
        let question = self.semantics.question(words);
        rescore(searcher, asked, question.as_ref(), hits)
    }

    /// Without words there is nothing to rank by.
    fn order(&self) -> Order {
        let order = self.request.order;
        if order == Order::Relevance && !self.request.query.is_ranked() {
            Order::Newest
        } else {
            order
        }
    }

    fn gather(&self, keep: usize, facets: &[(Facet, Field)]) -> Gather {
        Gather {
            keep,
            order: self.order(),
            facets: facets.iter().map(|(facet, _)| *facet).collect(),
            values: Arc::clone(&self.generation.values),
            deadline: self.deadline,
            expired: Arc::clone(&self.expired),
        }
    }
}

const FACETS: [(Facet, Field); 5] = [
    (Facet::Service, Field::Service),
    (Facet::Severity, Field::Severity),
    (Facet::Kind, Field::Kind),
    (Facet::Year, Field::Year),
    (Facet::Tag, Field::Tag),
];
