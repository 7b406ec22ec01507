//! One search: planned, gathered, looked at again, cut to a page.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use super::collect::{Facet, Gather, Gathered};
use super::filters::Field;
use super::generation::Generation;
use super::narrow::Narrow;
use super::plan::{Planner, assemble};
use super::request::{Facets, MAX_DEPTH, Order, Request, Results};
use super::rescore::{Asked, LOOKED_AT, rescore};
use super::semantics::Semantics;

/// One search under way.
pub(super) struct Run<'a> {
    pub(super) generation: &'a Generation,
    pub(super) semantics: &'a Semantics,
    pub(super) request: &'a Request<'a>,
    pub(super) deadline: Instant,
    pub(super) expired: Arc<AtomicBool>,
}

impl Run<'_> {
    /// Everything that was asked for.
    pub(super) fn all(&self) -> tantivy::Result<Results> {
        let Request {
            query,
            filters,
            audience,
            limit,
            offset,
            facets,
            ..
        } = *self.request;
        let searcher = self.generation.reader.searcher();
        let mut planner = Planner::new(&searcher, self.generation.fields);
        let text = planner.text(query)?;
        let filters = query.filters.merged(filters);
        let narrow = Narrow {
            filters: &filters,
            audience,
        };
        let query_without = |field: Option<Field>| {
            let narrowed = planner.narrow(&narrow, field);
            let text = text
                .iter()
                .map(|(occur, clause)| (*occur, clause.box_clone()));
            assemble(text.chain(narrowed).collect())
        };

        // A facet with a filter of its own is counted without it, in a pass of its own.
        let (apart, together): (Vec<_>, Vec<_>) = FACETS
            .into_iter()
            .filter(|_| facets)
            .partition(|(_, field)| !filters.values(*field).is_empty());
        let wanted = offset.saturating_add(limit).min(MAX_DEPTH);
        let looks_again = wanted > 0 && self.order() == Order::Relevance;
        let keep = wanted.max(if looks_again { LOOKED_AT } else { 0 });
        let gather = self.gather(keep, &together);
        let mut main: Gathered = searcher.search(&query_without(None), &gather)?;
        let mut found = Facets::default();
        for ((facet, _), counts) in together.iter().zip(std::mem::take(&mut main.counts)) {
            found.set(*facet, counts);
        }
        for (facet, field) in apart {
            let gather = self.gather(0, &[(facet, field)]);
            let mut gathered = searcher.search(&query_without(Some(field)), &gather)?;
            found.set(facet, gathered.counts.pop().unwrap_or_default());
        }
        let total = main.total;
        let mut hits = main.into_found();
        if looks_again {
            let asked = std::mem::take(&mut planner.asked);
            let words = asked.iter().filter_map(Asked::word);
            let question = self.semantics.question(words);
            rescore(&searcher, asked, question.as_ref(), &mut hits)?;
        }
        let page = hits.into_iter().take(wanted).skip(offset);
        Ok(Results {
            hits: page.map(|found| found.hit).collect(),
            total,
            facets: found,
            took: Duration::ZERO,
        })
    }

    /// Without words there is nothing to rank by.
    fn order(&self) -> Order {
        if self.request.query.is_ranked() {
            self.request.order
        } else {
            Order::Newest
        }
    }

    fn gather(&self, keep: usize, facets: &[(Facet, Field)]) -> Gather {
        Gather {
            keep,
            order: self.order(),
            facets: facets.iter().map(|(facet, _)| *facet).collect(),
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
