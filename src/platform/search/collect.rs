//! One pass over the matching documents: the best hits, how many there are, and how they divide by facet.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use tantivy::collector::{Collector, SegmentCollector};
use tantivy::columnar::{Column, ColumnValues};
use tantivy::query::Weight;
use tantivy::{DocAddress, DocId, Score, SegmentReader, TERMINATED, TantivyError};

use super::counts::{Counter, Counts, Facet, Values};
use super::request::{Hit, Order};
use super::schema::column;
use super::within::{Check, Within};

/// The deadline is looked at every so many documents.
const LOOK_EVERY: usize = 512;

#[derive(Debug)]
pub(super) struct Gather {
    /// Keep so many hits.
    pub(super) keep: usize,
    pub(super) order: Order,
    pub(super) facets: Vec<Facet>,
    pub(super) values: Arc<Values>,
    pub(super) deadline: Instant,
    /// Set when the deadline passed: then the error of the search means just that.
    pub(super) expired: Arc<AtomicBool>,
}

/// Ordered so that the greatest is the best hit; ids make the order total.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Rank {
    primary: i64,
    /// Among equals: when it began.
    began: i64,
    id: i64,
}

/// A hit, and where the index has it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Found {
    rank: Rank,
    pub(super) hit: Hit,
    pub(super) at: DocAddress,
}

impl Found {
    pub(super) const fn rank(&self) -> Rank {
        self.rank
    }

    /// Adds to its score.
    pub(super) fn add(&mut self, score: f32) {
        self.hit.score += score.max(0.0);
        self.rank.primary = i64::from(self.hit.score.to_bits());
    }
}

#[derive(Debug, Default)]
pub(super) struct Gathered {
    hits: Vec<Found>,
    pub(super) total: usize,
    pub(super) counts: Vec<Counts>,
}

impl Gathered {
    /// The best first.
    pub(super) fn into_found(self) -> Vec<Found> {
        self.hits
    }

    /// The same, to be given other scores; whoever does puts them in order.
    pub(super) fn found(&mut self) -> &mut [Found] {
        &mut self.hits
    }
}

impl Gather {
    /// Begins with a segment.
    pub(super) fn tally(
        &self,
        segment_ord: u32,
        segment: &SegmentReader,
    ) -> tantivy::Result<Tally> {
        let columns = segment.fast_fields();
        Ok(Tally {
            segment_ord,
            keep: self.keep,
            order: self.order,
            id: columns.column_first_or_default(column::ID)?,
            rev: columns.column_first_or_default(column::REV)?,
            key: match self.order {
                Order::Relevance => None,
                Order::Newest => Some(columns.i64(column::STARTED_AT)?),
                Order::Severity => Some(columns.i64(column::SEVERITY)?),
                Order::Duration => Some(columns.i64(column::LASTED)?),
                Order::Published => Some(columns.i64(column::PUBLISHED_AT)?),
            },
            started_at: columns.i64(column::STARTED_AT)?,
            best: BinaryHeap::with_capacity(self.keep.min(1024)),
            total: 0,
            values: Arc::clone(&self.values),
            counters: self
                .facets
                .iter()
                .map(|f| Counter::open(*f, segment))
                .collect::<Result<_, _>>()?,
        })
    }

    /// All segments together, the best hits first.
    pub(super) fn merged(
        &self,
        segments: Vec<tantivy::Result<Gathered>>,
    ) -> tantivy::Result<Gathered> {
        let mut all = Gathered {
            counts: self.facets.iter().map(|_| Counts::new()).collect(),
            ..Gathered::default()
        };
        for segment in segments {
            let segment = segment?;
            all.total += segment.total;
            all.hits.extend(segment.hits);
            for (sum, counts) in all.counts.iter_mut().zip(segment.counts) {
                for (value, count) in counts {
                    *sum.entry(value).or_default() += count;
                }
            }
        }
        all.hits.sort_by_key(|found| Reverse(found.rank));
        all.hits.truncate(self.keep);
        Ok(all)
    }
}

impl Collector for Gather {
    type Fruit = Gathered;
    type Child = Tally;

    fn for_segment(
        &self,
        segment_local_id: u32,
        segment: &SegmentReader,
    ) -> tantivy::Result<Tally> {
        self.tally(segment_local_id, segment)
    }

    fn requires_scoring(&self) -> bool {
        self.keep > 0 && self.order == Order::Relevance
    }

    fn merge_fruits(
        &self,
        segment_fruits: Vec<tantivy::Result<Gathered>>,
    ) -> tantivy::Result<Gathered> {
        self.merged(segment_fruits)
    }

    fn collect_segment(
        &self,
        weight: &dyn Weight,
        segment_ord: u32,
        reader: &SegmentReader,
    ) -> tantivy::Result<tantivy::Result<Gathered>> {
        self.collect_those(weight, (segment_ord, reader), None)
    }
}

/// The same of those documents alone in which the words stand in some part.
#[derive(Debug)]
pub(super) struct GatherWithin<'a> {
    pub(super) gather: Gather,
    pub(super) within: &'a Within,
}

impl Collector for GatherWithin<'_> {
    type Fruit = Gathered;
    type Child = Tally;

    fn for_segment(
        &self,
        segment_local_id: u32,
        segment: &SegmentReader,
    ) -> tantivy::Result<Tally> {
        self.gather.for_segment(segment_local_id, segment)
    }

    fn requires_scoring(&self) -> bool {
        self.gather.requires_scoring()
    }

    fn merge_fruits(
        &self,
        segment_fruits: Vec<tantivy::Result<Gathered>>,
    ) -> tantivy::Result<Gathered> {
        self.gather.merge_fruits(segment_fruits)
    }

    fn collect_segment(
        &self,
        weight: &dyn Weight,
        segment_ord: u32,
        reader: &SegmentReader,
    ) -> tantivy::Result<tantivy::Result<Gathered>> {
        let check = self.within.open(reader)?;
        self.gather
            .collect_those(weight, (segment_ord, reader), Some(check))
    }
}

impl Gather {
    fn collect_those(
        &self,
        weight: &dyn Weight,
        (segment_ord, reader): (u32, &SegmentReader),
        mut within: Option<Check>,
    ) -> tantivy::Result<tantivy::Result<Gathered>> {
        let mut tally = self.for_segment(segment_ord, reader)?;
        let alive = reader.alive_bitset();
        let wants_score = self.requires_scoring();
        let mut scorer = weight.scorer(reader, 1.0)?;
        let mut doc = scorer.doc();
        let mut until_look = 0_usize;
        while doc != TERMINATED {
            if until_look == 0 {
                if Instant::now() >= self.deadline {
                    self.expired.store(true, Ordering::Relaxed);
                    return Err(TantivyError::InternalError("search deadline".to_owned()));
                }
                until_look = LOOK_EVERY;
            }
            until_look -= 1;
            if alive.is_none_or(|alive| alive.is_alive(doc))
                && within.as_mut().is_none_or(|within| within.holds(doc))
            {
                let score = if wants_score { scorer.score() } else { 0.0 };
                tally.collect(doc, score);
            }
            doc = scorer.advance();
        }
        Ok(tally.harvest())
    }
}

pub(super) struct Tally {
    segment_ord: u32,
    keep: usize,
    order: Order,
    id: Arc<dyn ColumnValues<i64>>,
    rev: Arc<dyn ColumnValues<i64>>,
    /// What it is ordered by, if not by how well it fits.
    key: Option<Column<i64>>,
    started_at: Column<i64>,
    best: BinaryHeap<Reverse<(Rank, DocId, u32)>>,
    total: usize,
    values: Arc<Values>,
    counters: Vec<Counter>,
}

impl Tally {
    /// A document matches.
    pub(super) fn count(&mut self, doc: DocId) {
        self.total += 1;
        for counter in &mut self.counters {
            counter.count(doc);
        }
    }

    /// Keeps a document if it is among the best.
    pub(super) fn keep(&mut self, doc: DocId, score: Score) {
        // Bits of floats that are not negative sort like the floats.
        let bits = score.max(0.0).to_bits();
        let primary = self
            .key
            .as_ref()
            .map_or(i64::from(bits), |key| self.placed(key.first(doc)));
        let full = self.best.len() >= self.keep;
        let worst = self.best.peek().map(|Reverse((worst, ..))| *worst);
        if full && worst.is_some_and(|worst| primary < worst.primary) {
            return;
        }
        let rank = Rank {
            primary,
            began: self.began(doc),
            id: self.id.get_val(doc),
        };
        if full && worst.is_some_and(|worst| rank < worst) {
            return;
        }
        self.best.push(Reverse((rank, doc, bits)));
        if full {
            self.best.pop();
        }
    }

    /// The score below which no other document comes in; none while there is room.
    pub(super) fn least(&self) -> Option<Score> {
        let full = self.best.len() >= self.keep;
        let worst = self.best.peek().filter(|_| full)?;
        Some(f32::from_bits(worst.0.2))
    }

    pub(super) fn finish(self) -> tantivy::Result<Gathered> {
        self.harvest()
    }
}

impl SegmentCollector for Tally {
    type Fruit = tantivy::Result<Gathered>;

    fn collect(&mut self, doc: DocId, score: Score) {
        self.count(doc);
        if self.keep > 0 {
            self.keep(doc, score);
        }
    }

    fn harvest(self) -> tantivy::Result<Gathered> {
        let hits = self
            .best
            .into_iter()
            .map(|Reverse((rank, doc, bits))| {
                let hit = Hit {
                    id: rank.id,
                    rev: self.rev.get_val(doc),
                    score: f32::from_bits(bits),
                };
                let at = DocAddress::new(self.segment_ord, doc);
                Found { rank, hit, at }
            })
            .collect();
        let counts = self
            .counters
            .into_iter()
            .map(|counter| counter.finish(&self.values))
            .collect::<tantivy::Result<_>>()?;
        Ok(Gathered {
            hits,
            total: self.total,
            counts,
        })
    }
}

impl Tally {
    /// Where a value stands: the greatest is the first, and none is the last.
    fn placed(&self, value: Option<i64>) -> i64 {
        let Some(value) = value else {
            return i64::MIN;
        };
        match self.order {
            // Level 1 is the worst.
            Order::Severity => value.saturating_neg(),
            Order::Relevance | Order::Newest | Order::Duration | Order::Published => value,
        }
    }

    /// What equals are ordered by; those that fit equally well stay as they are, by their age here.
    fn began(&self, doc: DocId) -> i64 {
        match self.order {
            Order::Severity | Order::Duration | Order::Published => {
                self.started_at.first(doc).unwrap_or(i64::MIN)
            }
            Order::Relevance | Order::Newest => 0,
        }
    }
}
