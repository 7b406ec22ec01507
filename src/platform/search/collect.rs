//! One pass over the matching documents: the best hits, how many there are, and how they divide by facet.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap, HashMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use tantivy::collector::{Collector, SegmentCollector};
use tantivy::columnar::{Column, ColumnValues, StrColumn};
use tantivy::query::Weight;
use tantivy::{DocAddress, DocId, Score, SegmentReader, TERMINATED, TantivyError};

use super::request::{Hit, Order};
use super::schema::column;

/// The deadline is looked at every so many documents.
const LOOK_EVERY: usize = 512;

/// A column that is counted by value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Facet {
    Service,
    Tag,
    Kind,
    Severity,
    Year,
}

/// Values of one facet with the number of documents.
pub(super) type Counts = HashMap<String, usize>;

#[derive(Debug)]
pub(super) struct Gather {
    /// Keep so many hits.
    pub(super) keep: usize,
    pub(super) order: Order,
    pub(super) facets: Vec<Facet>,
    pub(super) deadline: Instant,
    /// Set when the deadline passed: then the error of the search means just that.
    pub(super) expired: Arc<AtomicBool>,
}

/// Ordered so that the greatest is the best hit; ids make the order total.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Rank {
    primary: i64,
    id: i64,
}

/// A hit, and where the index has it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Found {
    rank: Rank,
    pub(super) hit: Hit,
    pub(super) at: DocAddress,
}

#[derive(Debug, Default)]
pub(super) struct Gathered {
    hits: Vec<Found>,
    pub(super) total: usize,
    pub(super) counts: Vec<Counts>,
}

impl Gathered {
    /// The best first.
    pub(super) fn into_found(mut self) -> Vec<Found> {
        self.hits.sort_by_key(|found| Reverse(found.rank));
        self.hits
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
        let columns = segment.fast_fields();
        Ok(Tally {
            segment_ord: segment_local_id,
            keep: self.keep,
            order: self.order,
            id: columns.column_first_or_default(column::ID)?,
            rev: columns.column_first_or_default(column::REV)?,
            started_at: columns.i64(column::STARTED_AT)?,
            best: BinaryHeap::with_capacity(self.keep.min(1024)),
            total: 0,
            counters: self
                .facets
                .iter()
                .map(|f| Counter::open(*f, segment))
                .collect::<Result<_, _>>()?,
        })
    }

    fn requires_scoring(&self) -> bool {
        self.keep > 0 && self.order == Order::Relevance
    }

    fn merge_fruits(
        &self,
        segment_fruits: Vec<tantivy::Result<Gathered>>,
    ) -> tantivy::Result<Gathered> {
        let mut all = Gathered {
            counts: self.facets.iter().map(|_| Counts::new()).collect(),
            ..Gathered::default()
        };
        for fruit in segment_fruits {
            let fruit = fruit?;
            all.total += fruit.total;
            all.hits.extend(fruit.hits);
            for (sum, counts) in all.counts.iter_mut().zip(fruit.counts) {
                for (value, count) in counts {
                    *sum.entry(value).or_default() += count;
                }
            }
        }
        all.hits.sort_by_key(|found| Reverse(found.rank));
        all.hits.truncate(self.keep);
        Ok(all)
    }

    fn collect_segment(
        &self,
        weight: &dyn Weight,
        segment_ord: u32,
        reader: &SegmentReader,
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
            if alive.is_none_or(|alive| alive.is_alive(doc)) {
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
    started_at: Column<i64>,
    best: BinaryHeap<Reverse<(Rank, DocId, u32)>>,
    total: usize,
    counters: Vec<Counter>,
}

impl SegmentCollector for Tally {
    type Fruit = tantivy::Result<Gathered>;

    fn collect(&mut self, doc: DocId, score: Score) {
        self.total += 1;
        for counter in &mut self.counters {
            counter.count(doc);
        }
        if self.keep == 0 {
            return;
        }
        // Bits of floats that are not negative sort like the floats.
        let bits = score.max(0.0).to_bits();
        let primary = match self.order {
            Order::Relevance => i64::from(bits),
            Order::Newest => self.started_at.first(doc).unwrap_or(i64::MIN),
        };
        let full = self.best.len() >= self.keep;
        if full
            && self
                .best
                .peek()
                .is_some_and(|Reverse((worst, ..))| primary < worst.primary)
        {
            return;
        }
        let rank = Rank {
            primary,
            id: self.id.get_val(doc),
        };
        if full
            && self
                .best
                .peek()
                .is_some_and(|Reverse((worst, ..))| rank < *worst)
        {
            return;
        }
        self.best.push(Reverse((rank, doc, bits)));
        if full {
            self.best.pop();
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
            .map(Counter::finish)
            .collect::<tantivy::Result<_>>()?;
        Ok(Gathered {
            hits,
            total: self.total,
            counts,
        })
    }
}

enum Counter {
    Text {
        column: Option<StrColumn>,
        by_ordinal: Vec<usize>,
    },
    Number {
        column: Column<i64>,
        by_value: BTreeMap<i64, usize>,
    },
}

impl Counter {
    fn open(facet: Facet, reader: &SegmentReader) -> tantivy::Result<Self> {
        let columns = reader.fast_fields();
        let text = |name| {
            let column = columns.str(name)?;
            let values = column.as_ref().map_or(0, |column| column.num_terms());
            Ok(Self::Text {
                column,
                by_ordinal: vec![0; values],
            })
        };
        let number = |name| {
            Ok(Self::Number {
                column: columns.i64(name)?,
                by_value: BTreeMap::new(),
            })
        };
        match facet {
            Facet::Service => text(column::SERVICE),
            Facet::Tag => text(column::TAG),
            Facet::Kind => text(column::KIND),
            Facet::Severity => number(column::SEVERITY),
            Facet::Year => number(column::YEAR),
        }
    }

    fn count(&mut self, doc: DocId) {
        match self {
            Self::Text { column: None, .. } => {}
            Self::Text {
                column: Some(column),
                by_ordinal,
            } => {
                for ordinal in column.term_ords(doc) {
                    let count = usize::try_from(ordinal)
                        .ok()
                        .and_then(|i| by_ordinal.get_mut(i));
                    if let Some(count) = count {
                        *count += 1;
                    }
                }
            }
            Self::Number { column, by_value } => {
                if let Some(value) = column.first(doc) {
                    *by_value.entry(value).or_default() += 1;
                }
            }
        }
    }

    fn finish(self) -> tantivy::Result<Counts> {
        match self {
            Self::Number { by_value, .. } => Ok(by_value
                .into_iter()
                .map(|(value, count)| (value.to_string(), count))
                .collect()),
            Self::Text { column: None, .. } => Ok(Counts::new()),
            Self::Text {
                column: Some(column),
                by_ordinal,
            } => {
                let mut counts = Counts::new();
                for (ordinal, count) in (0_u64..).zip(by_ordinal).filter(|(_, count)| *count > 0) {
                    let mut value = String::new();
                    column.ord_to_str(ordinal, &mut value)?;
                    counts.insert(value, count);
                }
                Ok(counts)
            }
        }
    }
}
