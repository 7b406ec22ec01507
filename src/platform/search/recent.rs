//! Answers of the index to recent questions, good until its next commit.
//!
//! Why: the same few questions come again and again, from bots, from dashboards and from people who go back, and the
//! answer cannot differ as long as the index does not.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::sync::{Mutex, PoisonError};

use lru::LruCache;
use tantivy::index::SegmentId;

use super::filters::Filters;
use super::query::Query;
use super::request::{Audience, Order, Request, Results};

/// Answers kept. Each has at most a page of hits and the values of the facets: some kilobytes.
const KEPT: NonZeroUsize = NonZeroUsize::MIN.saturating_add(511);
/// A question with more words than this hardly comes again.
const MAX_WORDS: usize = 64;

/// Which state of which index: its segments, each with the operation up to which documents are deleted from it. No
/// segment is ever called as another one, and looking again without a change is the same state. And what has been learned of
/// its words.
pub(super) type State = (BTreeMap<SegmentId, Option<u64>>, u64);

/// The answers for one state.
#[derive(Debug)]
pub(super) struct Recent(Mutex<(State, LruCache<Question, Results>)>);

#[derive(Debug, PartialEq, Eq, Hash)]
struct Question {
    query: Query,
    filters: Filters,
    audience: Audience,
    limit: usize,
    offset: usize,
    facets: bool,
    order: Order,
}

impl Question {
    fn of(request: &Request<'_>) -> Self {
        Self {
            query: request.query.clone(),
            filters: request.filters.clone(),
            audience: request.audience.clone(),
            limit: request.limit,
            offset: request.offset,
            facets: request.facets,
            order: request.order,
        }
    }
}

impl Default for Recent {
    fn default() -> Self {
        Self(Mutex::new((State::default(), LruCache::new(KEPT))))
    }
}

impl Recent {
    /// The answer in this state, if somebody asked before.
    pub(super) fn get(&self, state: &State, request: &Request<'_>) -> Option<Results> {
        if request.query.words.len() > MAX_WORDS {
            return None;
        }
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.0 != *state {
            return None;
        }
        kept.1.get(&Question::of(request)).cloned()
    }

    /// Keeps an answer; those for another state are forgotten.
    pub(super) fn keep(&self, state: State, request: &Request<'_>, results: &Results) {
        if request.query.words.len() > MAX_WORDS {
            return;
        }
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.0 != state {
            kept.1.clear();
            kept.0 = state;
        }
        kept.1.put(Question::of(request), results.clone());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::search::query::parse;

    #[test]
    fn an_answer_is_for_one_question_in_one_state() {
        let recent = Recent::default();
        let segment = SegmentId::generate_random();
        let state = |deleted| (BTreeMap::from([(segment, Some(deleted))]), 1);
        let (zebra, lion) = (parse("zebra"), parse("lion"));
        let filters = Filters::default();
        let (all, few) = (
            Audience::Everything,
            Audience::AnyOf(vec!["public".to_owned()]),
        );
        let ask = |query, audience, limit| Request {
            query,
            filters: &filters,
            audience,
            limit,
            offset: 0,
            facets: false,
            order: Order::Relevance,
        };
        let results = Results {
            total: 7,
            ..Results::default()
        };
        recent.keep(state(1), &ask(&zebra, &all, 10), &results);
        let total = |number, request: &Request<'_>| {
            recent.get(&state(number), request).map(|found| found.total)
        };
        assert_eq!(total(1, &ask(&zebra, &all, 10)), Some(7));
        assert_eq!(total(1, &ask(&zebra, &few, 10)), None, "others see less");
        assert_eq!(total(1, &ask(&zebra, &all, 20)), None);
        assert_eq!(total(1, &ask(&lion, &all, 10)), None);
        assert_eq!(total(2, &ask(&zebra, &all, 10)), None);
        recent.keep(state(2), &ask(&lion, &all, 10), &results);
        assert_eq!(total(1, &ask(&zebra, &all, 10)), None);
        assert_eq!(total(2, &ask(&lion, &all, 10)), Some(7));
    }
}
