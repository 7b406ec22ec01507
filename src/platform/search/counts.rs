//! How documents divide: counted by the values of a column.

use std::collections::{BTreeMap, HashMap};

use tantivy::columnar::{Column, StrColumn};
use tantivy::{DocId, SegmentReader};

use super::schema::column;

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

/// Counts in one segment.
pub(super) enum Counter {
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
    pub(super) fn open(facet: Facet, reader: &SegmentReader) -> tantivy::Result<Self> {
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

    pub(super) fn count(&mut self, doc: DocId) {
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

    pub(super) fn finish(self) -> tantivy::Result<Counts> {
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
