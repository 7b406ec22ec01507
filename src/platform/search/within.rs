//! `in:timeline`: the words of the question must stand in that part of a report.
//!
//! The positions of the words are in the index anyhow; beside them it keeps for each report where its parts begin, one number
//! each. Rejected: fields for the parts, which would hold every word of the index once more for a question that few ask.

use std::ops::Range;

use tantivy::columnar::Column;
use tantivy::postings::{Postings as _, SegmentPostings};
use tantivy::schema::IndexRecordOption;
use tantivy::{DocId, DocSet as _, SegmentReader, Term};

use super::document::Place;
use super::plan::{MAX_PHRASE_TERMS, MAX_REPAIRS, Planner, without_stop_words};
use super::query::{Piece, Query, Word};
use super::schema::column;
use super::tokenizer;

/// Places in the text below this are told apart from the part they are in.
const NUMBERS: i64 = 8;

/// What the index keeps where a part begins.
pub(super) fn begin(position: i64, place: Place) -> i64 {
    position * NUMBERS + place.number()
}

/// Words side by side; one alone is its own neighbour.
pub(super) type Sequence = Vec<Term>;

/// What must stand in these parts: of each list at least one.
#[derive(Debug)]
pub(super) struct Within {
    pub(super) places: Vec<Place>,
    pub(super) needs: Vec<Vec<Sequence>>,
}

/// The same, for the documents of one segment in their order.
pub(super) struct Check {
    places: Vec<i64>,
    begins: Column<i64>,
    needs: Vec<Vec<Vec<SegmentPostings>>>,
    ranges: Vec<Range<u32>>,
    positions: Vec<u32>,
    following: Vec<u32>,
}

impl Within {
    pub(super) fn open(&self, segment: &SegmentReader) -> tantivy::Result<Check> {
        let mut needs = Vec::with_capacity(self.needs.len());
        for need in &self.needs {
            let mut sequences = Vec::with_capacity(need.len());
            for sequence in need {
                sequences.extend(postings(segment, sequence)?);
            }
            needs.push(sequences);
        }
        Ok(Check {
            places: self.places.iter().map(|place| place.number()).collect(),
            begins: segment.fast_fields().i64(column::PLACE)?,
            needs,
            ranges: Vec::new(),
            positions: Vec::new(),
            following: Vec::new(),
        })
    }
}

/// None: one of the words is nowhere in this segment.
fn postings(
    segment: &SegmentReader,
    sequence: &[Term],
) -> tantivy::Result<Option<Vec<SegmentPostings>>> {
    let mut opened = Vec::with_capacity(sequence.len());
    for term in sequence {
        let inverted = segment.inverted_index(term.field())?;
        let record = IndexRecordOption::WithFreqsAndPositions;
        match inverted.read_postings(term, record)? {
            Some(postings) => opened.push(postings),
            None => return Ok(None),
        }
    }
    Ok((!opened.is_empty()).then_some(opened))
}

impl Check {
    /// Whether it holds of a document. Ask in the order of the documents.
    pub(super) fn holds(&mut self, doc: DocId) -> bool {
        self.find_ranges(doc);
        if self.ranges.is_empty() {
            return false;
        }
        let Self {
            needs,
            ranges,
            positions,
            following,
            ..
        } = self;
        needs.iter_mut().all(|need| {
            need.iter_mut()
                .any(|sequence| stands(sequence, doc, ranges, (positions, following)))
        })
    }

    /// Where in the text of this document the named parts are.
    fn find_ranges(&mut self, doc: DocId) {
        self.ranges.clear();
        let mut open: Option<u32> = None;
        for begin in self.begins.values_for_doc(doc) {
            let position = u32::try_from(begin.div_euclid(NUMBERS)).unwrap_or(u32::MAX);
            if let Some(start) = open.take() {
                self.ranges.push(start..position);
            }
            if self.places.contains(&begin.rem_euclid(NUMBERS)) {
                open = Some(position);
            }
        }
        self.ranges.extend(open.map(|start| start..u32::MAX));
    }
}

/// Whether these words stand side by side somewhere in the ranges.
fn stands(
    sequence: &mut [SegmentPostings],
    doc: DocId,
    ranges: &[Range<u32>],
    (positions, following): (&mut Vec<u32>, &mut Vec<u32>),
) -> bool {
    let mut distance = 0;
    positions.clear();
    for postings in sequence {
        if postings.doc() < doc {
            postings.seek(doc);
        }
        if postings.doc() != doc {
            return false;
        }
        if distance == 0 {
            postings.positions(positions);
            positions.retain(|at| ranges.iter().any(|range| range.contains(at)));
        } else {
            postings.positions(following);
            positions.retain(|at| following.binary_search(&(at + distance)).is_ok());
        }
        if positions.is_empty() {
            return false;
        }
        distance += 1;
    }
    distance > 0
}

impl Planner<'_> {
    /// What must stand in these parts of a report. None: anywhere will do.
    pub(super) fn within(
        &mut self,
        query: &Query,
        places: &[Place],
    ) -> tantivy::Result<Option<Within>> {
        if places.is_empty() || !query.is_ranked() {
            return Ok(None);
        }
        let mut needs = Vec::new();
        let mut repairs = if query.pasted { 0 } else { MAX_REPAIRS };
        let kept = without_stop_words(&query.words);
        for (place, word) in kept {
            let also = query.also.iter().find(|also| also.words.contains(&place));
            let mut none = 0;
            let repairs = if also.is_some() {
                &mut none
            } else {
                &mut repairs
            };
            let mut need = self.sequences(word, repairs)?;
            if let Some(also) = also {
                for other in &also.others {
                    let stems = tokenizer::tokens(&mut self.body, other);
                    need.push(self.sequence(&stems));
                }
            }
            needs.push(need);
        }
        for phrase in &query.phrases {
            let stems = tokenizer::tokens(&mut self.body, phrase);
            needs.push(vec![self.sequence(&stems)]);
        }
        for pieces in &query.alternatives {
            let mut need = Vec::new();
            for piece in pieces {
                match piece {
                    Piece::Word(word) => need.extend(self.sequences(word, &mut 0)?),
                    Piece::Phrase(phrase) => {
                        let stems = tokenizer::tokens(&mut self.body, phrase);
                        need.push(self.sequence(&stems));
                    }
                }
            }
            needs.push(need);
        }
        let places = places.to_vec();
        Ok(Some(Within { places, needs }))
    }

    /// What a word may be in the index.
    fn sequences(&mut self, word: &Word, repairs: &mut usize) -> tantivy::Result<Vec<Sequence>> {
        let mut stems = tokenizer::tokens(&mut self.body, &word.text);
        stems.truncate(MAX_PHRASE_TERMS);
        let [stem] = stems.as_slice() else {
            return Ok(vec![self.sequence(&stems)]);
        };
        let written = tokenizer::tokens(&mut self.exact, &word.text);
        if word.prefix {
            // Words as written begin so; their stems may be shorter.
            let text = written.last().map_or(&stem.text, |token| &token.text);
            let found = self.beginning(text)?;
            return Ok(self.stemmed(&found));
        }
        if !stem.text.is_ascii() && stem.text.chars().count() == 1 {
            let pairs = self.pairs_with(&stem.text)?.into_iter();
            let body = self.fields.body;
            let pairs = pairs.map(|pair| vec![Term::from_field_text(body, &pair)]);
            return Ok(pairs.chain([self.sequence(&stems)]).collect());
        }
        if let [written] = written.as_slice()
            && *repairs > 0
            && !self.is_reached(&Term::from_field_text(self.fields.body, &stem.text))?
        {
            *repairs -= 1;
            let found = self.repaired(&written.text)?;
            let mut all = self.stemmed(&found);
            all.push(self.sequence(&stems));
            return Ok(all);
        }
        Ok(vec![self.sequence(&stems)])
    }

    /// Words as written, as the body has them.
    fn stemmed(&mut self, words: &[String]) -> Vec<Sequence> {
        let mut all = Vec::with_capacity(words.len());
        for word in words {
            let stems = tokenizer::tokens(&mut self.body, word);
            let sequence = self.sequence(&stems);
            if !sequence.is_empty() && !all.contains(&sequence) {
                all.push(sequence);
            }
        }
        all
    }
}
