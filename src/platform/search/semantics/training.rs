//! Reads what the model learns from, and what it is asked about, out of the index itself: words with their places.

use std::collections::HashMap;

use tantivy::postings::Postings as _;
use tantivy::schema::{Field, IndexRecordOption};
use tantivy::{DocSet as _, Searcher, SegmentReader, TERMINATED, Term};

use super::decompose::Row;
use super::model::{DIMENSIONS, Model, Vocabulary, add, normalise};
use crate::platform::search::document::EVERYBODY;
use crate::platform::search::numbers::{dampened, step};
use crate::platform::search::schema::Fields;
use crate::platform::search::stop_words::is_stop_word;

/// Reports that are learned from: more of them teach hardly more, and take their time.
const MAX_REPORTS: u32 = 2_000;
/// Passages that are learned from, of all reports and of one: they take memory, some hundred bytes each.
const MAX_PASSAGES: u64 = 60_000;
const MAX_PASSAGES_OF_ONE: usize = 500;
/// Words in the vocabulary, the commonest first.
const MAX_WORDS: usize = 30_000;
/// Words in a passage, and how far the next begins behind it.
const PASSAGE: u32 = 150;
const STEP: u32 = PASSAGE / 2;

/// Learns from the reports of the index that everybody may find, or from evenly spread ones when there are many. Nothing
/// when it should not go on.
pub(super) fn train(
    searcher: &Searcher,
    fields: Fields,
    goes_on: &dyn Fn() -> bool,
) -> tantivy::Result<Option<Model>> {
    let mut open = Vec::new();
    for segment in searcher.segment_readers() {
        open.push(Open::of(segment, fields)?);
    }
    if !goes_on() {
        return Ok(None);
    }
    let vocabulary = vocabulary(searcher, fields.body, &open)?;
    let reports: u32 = searcher
        .segment_readers()
        .iter()
        .map(SegmentReader::max_doc)
        .sum();
    let mut words = 0;
    for segment in searcher.segment_readers() {
        words += segment.inverted_index(fields.body)?.total_num_tokens();
    }
    let too_many = (words / u64::from(STEP)).div_ceil(MAX_PASSAGES);
    let too_many = u32::try_from(too_many).unwrap_or(u32::MAX);
    let every = reports.div_ceil(MAX_REPORTS).max(too_many).max(1);
    let mut passages = Vec::new();
    for (segment, open) in searcher.segment_readers().iter().zip(&open) {
        if !goes_on() {
            return Ok(None);
        }
        let chosen = |doc: u32| doc.is_multiple_of(every) && open.has(doc);
        read_passages(
            segment,
            fields.body,
            (&vocabulary, every, &chosen),
            &mut passages,
        )?;
    }
    Ok(Model::learn(vocabulary, passages, goes_on))
}

/// The reports of a segment that everybody may find.
struct Open(Vec<bool>);

impl Open {
    fn of(segment: &SegmentReader, fields: Fields) -> tantivy::Result<Self> {
        let mut open = vec![false; usize::try_from(segment.max_doc()).unwrap_or(0)];
        let everybody = Term::from_field_text(fields.audience, EVERYBODY);
        let inverted = segment.inverted_index(fields.audience)?;
        if let Some(mut postings) = inverted.read_postings(&everybody, IndexRecordOption::Basic)? {
            while postings.doc() != TERMINATED {
                let at = usize::try_from(postings.doc()).ok();
                if let Some(open) = at.and_then(|at| open.get_mut(at)) {
                    *open = !segment.is_deleted(postings.doc());
                }
                postings.advance();
            }
        }
        Ok(Self(open))
    }

    fn has(&self, doc: u32) -> bool {
        let at = usize::try_from(doc).ok();
        at.and_then(|at| self.0.get(at)).is_some_and(|open| *open)
    }

    fn count(&self) -> u64 {
        u64::try_from(self.0.iter().filter(|open| **open).count()).unwrap_or(u64::MAX)
    }
}

/// Calls `take` for each word of a segment, with where its postings are.
fn each_word(
    segment: &SegmentReader,
    field: Field,
    mut take: impl FnMut(&str, &tantivy::postings::TermInfo) -> tantivy::Result<()>,
) -> tantivy::Result<()> {
    let inverted = segment.inverted_index(field)?;
    let mut words = inverted.terms().stream()?;
    while words.advance() {
        if let Ok(word) = std::str::from_utf8(words.key()) {
            take(word, words.value())?;
        }
    }
    Ok(())
}

/// Words that several of these reports have and not most, without numbers.
fn vocabulary(searcher: &Searcher, field: Field, open: &[Open]) -> tantivy::Result<Vocabulary> {
    let reports = open.iter().map(Open::count).sum();
    // In a large index what one report of a segment says is not worth counting.
    let least = if reports > 20_000 { 2 } else { 1 };
    let mut found_in: HashMap<Box<str>, u64> = HashMap::new();
    for (segment, open) in searcher.segment_readers().iter().zip(open) {
        let inverted = segment.inverted_index(field)?;
        each_word(segment, field, |word, info| {
            let says_something = word.chars().any(char::is_alphabetic) && !is_stop_word(word);
            if info.doc_freq < least || !says_something {
                return Ok(());
            }
            let mut postings =
                inverted.read_postings_from_terminfo(info, IndexRecordOption::Basic)?;
            let mut with = 0;
            while postings.doc() != TERMINATED {
                with += u64::from(open.has(postings.doc()));
                postings.advance();
            }
            if with > 0 {
                *found_in.entry(word.into()).or_default() += with;
            }
            Ok(())
        })?;
    }
    let mut words: Vec<(Box<str>, u64)> = found_in
        .into_iter()
        .filter(|(_, reports_with)| (2..=reports / 2).contains(reports_with))
        .collect();
    words.sort_by(|(a, x), (b, y)| y.cmp(x).then_with(|| a.cmp(b)));
    words.truncate(MAX_WORDS);
    Ok(Vocabulary::new(words, reports))
}

/// The passages of every so many reports of a segment, as rows of what each word counts.
fn read_passages(
    segment: &SegmentReader,
    field: Field,
    (vocabulary, every, chosen): (&Vocabulary, u32, &dyn Fn(u32) -> bool),
    passages: &mut Vec<Row>,
) -> tantivy::Result<()> {
    let inverted = segment.inverted_index(field)?;
    let most = segment.max_doc().div_ceil(every);
    let mut reports: Vec<Vec<Row>> = (0..most).map(|_| Vec::new()).collect();
    let mut places = Vec::new();
    each_word(segment, field, |word, info| {
        let Some(known) = vocabulary.get(word) else {
            return Ok(());
        };
        let record = IndexRecordOption::WithFreqsAndPositions;
        let mut postings = inverted.read_postings_from_terminfo(info, record)?;
        while postings.doc() != TERMINATED {
            let doc = postings.doc();
            let report = usize::try_from(doc / every).ok().filter(|_| chosen(doc));
            if let Some(report) = report.and_then(|at| reports.get_mut(at)) {
                postings.positions(&mut places);
                let passages = passages_with(&places).into_iter();
                for (passage, times) in passages.filter(|it| it.0 < MAX_PASSAGES_OF_ONE) {
                    if report.len() <= passage {
                        report.resize_with(passage + 1, Row::new);
                    }
                    if let Some(row) = report.get_mut(passage) {
                        row.push((known.number, dampened(times) * known.rarity));
                    }
                }
            }
            postings.advance();
        }
        Ok(())
    })?;
    passages.extend(reports.into_iter().flatten().filter(|row| !row.is_empty()));
    Ok(())
}

/// The passages in which these places lie, in order, each with how many of them.
fn passages_with(places: &[u32]) -> Vec<(usize, f32)> {
    let mut found: Vec<(usize, f32)> = Vec::new();
    let mut numbers: Vec<usize> = places
        .iter()
        .flat_map(|place| {
            let last = place / STEP;
            last.checked_sub(1).into_iter().chain([last])
        })
        .filter_map(|passage| usize::try_from(passage).ok())
        .collect();
    numbers.sort_unstable();
    for number in numbers {
        match found.last_mut() {
            Some((last, times)) if *last == number => *times += 1.0,
            Some(_) | None => found.push((number, 1.0)),
        }
    }
    found
}

/// The directions of so many reports at a time: what is added up takes four bytes for each number.
const AT_ONCE: u32 = 16_384;

/// Where each report of a segment points, one after the other, in steps of 1/127; zeros where no word is known.
pub(super) fn directions(
    segment: &SegmentReader,
    field: Field,
    model: &Model,
) -> tantivy::Result<Vec<i8>> {
    let mut all = Vec::new();
    let mut first = 0;
    while first < segment.max_doc() {
        let end = first.saturating_add(AT_ONCE).min(segment.max_doc());
        add_directions(segment, field, model, (first, end), &mut all)?;
        first = end;
    }
    Ok(all)
}

fn add_directions(
    segment: &SegmentReader,
    field: Field,
    model: &Model,
    (first, end): (u32, u32),
    all: &mut Vec<i8>,
) -> tantivy::Result<()> {
    let inverted = segment.inverted_index(field)?;
    let width = DIMENSIONS;
    let reports = usize::try_from(end - first).unwrap_or(0);
    let mut sums = vec![0.0_f32; reports * width];
    each_word(segment, field, |word, info| {
        let Some(known) = model.known(word) else {
            return Ok(());
        };
        let direction = model.direction(known);
        let mut postings =
            inverted.read_postings_from_terminfo(info, IndexRecordOption::WithFreqs)?;
        if postings.doc() < first {
            postings.seek(first);
        }
        while postings.doc() < end {
            let times = f32::from(u16::try_from(postings.term_freq()).unwrap_or(u16::MAX));
            let at = usize::try_from(postings.doc() - first).unwrap_or(0) * width;
            if let Some(sum) = sums.get_mut(at..at + width) {
                add(sum, dampened(times) * known.rarity, direction);
            }
            postings.advance();
        }
        Ok(())
    })?;
    for sum in sums.chunks_exact_mut(width) {
        normalise(sum);
        all.extend(sum.iter().map(|value| step(*value)));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_lies_in_two_passages_but_at_the_start() {
        assert_eq!(passages_with(&[0]), [(0, 1.0)]);
        assert_eq!(passages_with(&[STEP]), [(0, 1.0), (1, 1.0)]);
        assert_eq!(
            passages_with(&[1, STEP + 1, 2 * STEP]),
            [(0, 2.0), (1, 2.0), (2, 1.0)]
        );
        assert_eq!(passages_with(&[]), []);
    }
}
