//! How documents divide: counted by the values of a column.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use tantivy::columnar::{Column, StrColumn};
use tantivy::index::SegmentId;
use tantivy::{DocId, SegmentReader};

use super::schema::column;

/// Columns with more values are not remembered.
const MOST_VALUES: usize = 20_000;
/// So many values of all columns are remembered; then it begins anew, because segments come and go.
const MOST_OF_ALL: usize = 200_000;

/// A column that is counted by value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Facet {
    Service,
    Tag,
    Kind,
    Severity,
    Year,
}

/// Values of one facet with the number of documents.
pub(super) type Counts = HashMap<Arc<str>, usize>;

/// The values of a column in a segment by their number. A segment never changes, and reading one value out of its
/// compressed dictionary takes longer than counting a hundred documents.
#[derive(Debug, Default)]
pub(super) struct Values(Mutex<HashMap<(SegmentId, Facet), ByNumber>>);

type ByNumber = Arc<[Arc<str>]>;

impl Values {
    /// Those of a column, unless there are very many.
    fn of(
        &self,
        place: (SegmentId, Facet),
        column: &StrColumn,
    ) -> tantivy::Result<Option<ByNumber>> {
        if column.num_terms() > MOST_VALUES {
            return Ok(None);
        }
        let held = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = held().get(&place) {
            return Ok(Some(Arc::clone(known)));
        }
        let mut values: Vec<Arc<str>> = Vec::with_capacity(column.num_terms());
        let mut stream = column.dictionary().stream()?;
        while stream.advance() {
            values.push(String::from_utf8_lossy(stream.key()).into());
        }
        let values: ByNumber = values.into();
        let mut held = held();
        let all: usize = held.values().map(|values| values.len() + 1).sum();
        if all + values.len() > MOST_OF_ALL {
            held.clear();
        }
        held.insert(place, Arc::clone(&values));
        Ok(Some(values))
    }
}

/// Counts in one segment.
pub(super) enum Counter {
    Text {
        place: (SegmentId, Facet),
        column: Option<StrColumn>,
        by_ordinal: Vec<usize>,
    },
    Number {
        column: Column<i64>,
        by_value: BTreeMap<i64, usize>,
    },
}

impl Counter {
    pub(super) fn open(facet: Facet, reader: &SegmentReader) -> tantivy::Result<Self> {
        let columns = reader.fast_fields();
        let text = |name| {
            let column = columns.str(name)?;
            let values = column.as_ref().map_or(0, |column| column.num_terms());
            Ok(Self::Text {
                place: (reader.segment_id(), facet),
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

    pub(super) fn count(&mut self, doc: DocId) {
        match self {
            Self::Text { column: None, .. } => {}
            Self::Text {
                column: Some(column),
                by_ordinal,
                ..
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

    pub(super) fn finish(self, values: &Values) -> tantivy::Result<Counts> {
        match self {
            Self::Number { by_value, .. } => Ok(by_value
                .into_iter()
                .map(|(value, count)| (value.to_string().into(), count))
                .collect()),
            Self::Text { column: None, .. } => Ok(Counts::new()),
            Self::Text {
                place,
                column: Some(column),
                by_ordinal,
            } => {
                let known = values.of(place, &column)?;
                let mut counts = Counts::new();
                let counted = by_ordinal.into_iter().enumerate();
                for (ordinal, count) in counted.filter(|(_, count)| *count > 0) {
                    let value = known.as_ref().and_then(|known| known.get(ordinal));
                    let value = match value {
                        Some(value) => Arc::clone(value),
                        None => read(&column, ordinal)?,
                    };
                    counts.insert(value, count);
                }
                Ok(counts)
            }
        }
    }
}

fn read(column: &StrColumn, ordinal: usize) -> tantivy::Result<Arc<str>> {
    let mut value = String::new();
    let ordinal = u64::try_from(ordinal).unwrap_or(u64::MAX);
    column.ord_to_str(ordinal, &mut value)?;
    Ok(value.into())
}
