//! Reading what stands where: terms, the documents that have them, and how long those are.

use tantivy::fieldnorm::FieldNormReader;
use tantivy::postings::SegmentPostings;
use tantivy::schema::{Field, IndexRecordOption};
use tantivy::{DocId, DocSet as _, Searcher, SegmentReader, TERMINATED, Term};

use super::super::schema::Fields;
use super::judge::{Evidence, float};

/// BM25: how soon more of the same word counts no more, and how much length is held against a document. Measured better
/// here than the index's own 1.2, which only fills the pool.
const K1: f32 = 2.0;
const B: f32 = 0.75;
/// Of a term that so many documents within reach have, no more are counted one by one.
const ENOUGH: u64 = 256;

/// A term of the index, and in how many documents within reach it stands, the subject's own not counted.
pub(super) struct Item {
    pub(super) field: Field,
    pub(super) term: Term,
    pub(super) found_in: u64,
    /// It is a pair of letters in a script without spaces: a word only beside its neighbours.
    pub(super) is_pair: bool,
}

/// Which documents of a segment may be found.
#[derive(Debug, Default)]
pub(super) struct Reach {
    /// In their order.
    ids: Vec<DocId>,
}

impl Reach {
    /// Of these documents, in their order.
    pub(super) fn of(ids: Vec<DocId>) -> Self {
        Self { ids }
    }

    /// The same without one.
    pub(super) fn leave_out(&mut self, doc: DocId) {
        if let Ok(at) = self.ids.binary_search(&doc) {
            self.ids.remove(at);
        }
    }

    pub(super) fn includes(&self, doc: DocId) -> bool {
        self.ids.binary_search(&doc).is_ok()
    }

    pub(super) fn len(&self) -> u64 {
        u64::try_from(self.ids.len()).unwrap_or(u64::MAX)
    }

    /// How many of them come before this one, and the first of the others.
    fn from(&self, doc: DocId) -> (u64, Option<DocId>) {
        let before = self.ids.partition_point(|it| *it < doc);
        let first = self.ids.get(before).copied();
        (u64::try_from(before).unwrap_or(u64::MAX), first)
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

/// In how many documents within reach a term stands. Those without it and those out of reach are leapt over; of a term
/// that [`ENOUGH`] have, the rest is taken to be like the part that was read. So what is out of reach never counts, and a
/// common word costs no more than a rare one.
pub(super) fn within_reach(
    searcher: &Searcher,
    (reach, documents): (&[Reach], u64),
    field: Field,
    term: &Term,
) -> tantivy::Result<u64> {
    let (mut found, mut passed) = (0_u64, 0_u64);
    for (reader, reach) in searcher.segment_readers().iter().zip(reach) {
        let inverted = reader.inverted_index(field)?;
        if let Some(mut postings) = inverted.read_postings(term, IndexRecordOption::Basic)? {
            let mut doc = postings.doc();
            while doc != TERMINATED {
                let (before, next) = reach.from(doc);
                let Some(next) = next else { break };
                if next > doc {
                    doc = postings.seek(next);
                    continue;
                }
                found += 1;
                if found == ENOUGH {
                    return Ok(found * documents / (passed + before + 1));
                }
                doc = postings.advance();
            }
        }
        passed += reach.len();
    }
    Ok(found)
}

/// Tells `note` of each of these documents, in their order, that has the term, with its postings there.
pub(super) fn each(
    reader: &SegmentReader,
    (item, with): (&Item, IndexRecordOption),
    here: &mut [(DocId, Evidence)],
    mut note: impl FnMut(&mut Evidence, &mut SegmentPostings),
) -> tantivy::Result<()> {
    let inverted = reader.inverted_index(item.field)?;
    let Some(mut postings) = inverted.read_postings(&item.term, with)? else {
        return Ok(());
    };
    for (doc, evidence) in here {
        if postings.doc() < *doc {
            postings.seek(*doc);
        }
        if postings.doc() == *doc {
            note(evidence, &mut postings);
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
