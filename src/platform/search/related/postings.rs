//! Reading what stands where: terms, the documents that have them, and how long those are.

use tantivy::fieldnorm::FieldNormReader;
use tantivy::postings::Postings as _;
use tantivy::schema::{Field, IndexRecordOption};
use tantivy::{DocId, DocSet as _, Searcher, SegmentReader, TERMINATED, Term};

use super::super::schema::Fields;
use super::judge::{Evidence, float};

/// BM25: how soon more of the same word counts no more, and how much length is held against a document. Measured better
/// here than the index's own 1.2, which only fills the pool.
const K1: f32 = 2.0;
const B: f32 = 0.75;
/// A term of the index, and in how many documents within reach it stands, the subject's own not counted.
pub(super) struct Item {
    pub(super) field: Field,
    pub(super) term: Term,
    pub(super) found_in: u64,
}

/// Which documents of a segment may be found.
pub(super) struct Reach {
    pub(super) within: Vec<bool>,
}

impl Reach {
    pub(super) fn includes(&self, doc: DocId) -> bool {
        usize::try_from(doc)
            .ok()
            .and_then(|doc| self.within.get(doc))
            .is_some_and(|within| *within)
    }
}

/// Where a document stands in a segment, if it does.
pub(super) fn place(
    reader: &SegmentReader,
    fields: Fields,
    id: i64,
) -> tantivy::Result<Option<DocId>> {
    let term = Term::from_field_i64(fields.id, id);
    let inverted = reader.inverted_index(fields.id)?;
    let Some(mut postings) = inverted.read_postings(&term, IndexRecordOption::Basic)? else {
        return Ok(None);
    };
    let mut doc = postings.doc();
    while doc != TERMINATED {
        if !reader.is_deleted(doc) {
            return Ok(Some(doc));
        }
        doc = postings.advance();
    }
    Ok(None)
}

pub(super) fn within_reach(
    searcher: &Searcher,
    reach: &[Reach],
    field: Field,
    term: &Term,
) -> tantivy::Result<u64> {
    let mut found = 0;
    for (reader, reach) in searcher.segment_readers().iter().zip(reach) {
        let inverted = reader.inverted_index(field)?;
        let Some(mut postings) = inverted.read_postings(term, IndexRecordOption::Basic)? else {
            continue;
        };
        let mut doc = postings.doc();
        while doc != TERMINATED {
            found += u64::from(reach.includes(doc));
            doc = postings.advance();
        }
    }
    Ok(found)
}

/// Tells `note` of each of these documents, in their order, that has the term, with how often.
pub(super) fn each(
    reader: &SegmentReader,
    item: &Item,
    here: &mut [(DocId, Evidence)],
    mut note: impl FnMut(&mut Evidence, DocId, u32),
) -> tantivy::Result<()> {
    let inverted = reader.inverted_index(item.field)?;
    let postings = inverted.read_postings(&item.term, IndexRecordOption::WithFreqs)?;
    let Some(mut postings) = postings else {
        return Ok(());
    };
    for (doc, evidence) in here {
        if postings.doc() < *doc {
            postings.seek(*doc);
        }
        if postings.doc() == *doc {
            note(evidence, *doc, postings.term_freq());
        }
    }
    Ok(())
}

/// How long the documents of a segment are, against all.
pub(super) struct Length {
    reader: Option<FieldNormReader>,
    average: f32,
}

impl Length {
    pub(super) fn of(
        searcher: &Searcher,
        reader: &SegmentReader,
        field: Field,
    ) -> tantivy::Result<Self> {
        let mut tokens = 0;
        for segment in searcher.segment_readers() {
            tokens += segment.inverted_index(field)?.total_num_tokens();
        }
        Ok(Self {
            reader: reader.get_fieldnorms_reader(field).ok(),
            average: float(tokens) / float(searcher.num_docs().max(1)),
        })
    }

    /// What a word that comes so often is worth, from 0 to 1 + K1.
    pub(super) fn saturated(&self, doc: DocId, count: u32) -> f32 {
        let length = self
            .reader
            .as_ref()
            .map_or(1, |reader| reader.fieldnorm(doc));
        let relative = float(u64::from(length)) / self.average.max(1.0);
        let count = float(u64::from(count));
        count * (1.0 + K1) / (count + K1 * (1.0 - B + B * relative))
    }
}
