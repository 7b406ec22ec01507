//! A second look at the best hits: do the words of the question stand close together, and is the report about the same?
//!
//! The first look, by words alone, finds what is worth a second. The gain of each part is measured, on judged queries
//! over real reports, in `docs/relevance.md`.

use std::cmp::Reverse;

use tantivy::postings::{Postings as _, SegmentPostings};
use tantivy::schema::IndexRecordOption;
use tantivy::{DocSet as _, Searcher, Term};

use super::collect::Found;
use super::numbers::{count, narrow};
use super::semantics::{Question, filled};

/// So many hits are looked at again. Beyond these hardly anything is worth moving up.
pub(super) const LOOKED_AT: usize = 100;
/// How much the best stretch counts beside the words in the whole report.
const CLOSE: f32 = 0.3;
/// How much it counts to be about the same.
const ALIKE: f32 = 0.5;
/// Words in a stretch.
const STRETCH: u32 = 50;
/// The rarest words decide where a stretch is good; more take their time and change nothing.
const MAX_WORDS: usize = 32;

/// A word of the question, as a term of the index.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Asked {
    pub(super) term: Term,
    pub(super) weight: f32,
    /// Reports that have it.
    pub(super) found_in: u64,
}

impl Asked {
    pub(super) fn new(term: &Term, weight: f32, found_in: u64) -> Self {
        Self {
            term: term.clone(),
            weight,
            found_in,
        }
    }

    /// The word and its weight.
    pub(super) fn word(&self) -> Option<(&str, f32)> {
        let word = std::str::from_utf8(self.term.serialized_value_bytes()).ok()?;
        Some((word, self.weight))
    }
}

/// Gives the hits new scores, and the best of them a new order.
pub(super) fn rescore(
    searcher: &Searcher,
    mut asked: Vec<Asked>,
    question: Option<&Question>,
    found: &mut [Found],
) -> tantivy::Result<()> {
    let Some(best) = found.first().map(|it| it.hit.score).filter(|it| *it > 0.0) else {
        return Ok(());
    };
    for it in found.iter_mut() {
        it.hit.score /= best;
    }
    let again = found
        .get_mut(..LOOKED_AT.min(found.len()))
        .unwrap_or_default();
    asked.sort_by(|a, b| {
        a.found_in
            .cmp(&b.found_in)
            .then_with(|| a.term.cmp(&b.term))
    });
    asked.truncate(MAX_WORDS);
    let close = stretches(searcher, &asked, again)?;
    let segments = searcher.segment_readers();
    let likeness = |it: &Found| question.and_then(|question| question.likeness(segments, it.at));
    let alike = filled(&again.iter().map(likeness).collect::<Vec<_>>());
    for (share, of) in [(CLOSE, close), (ALIKE, alike)] {
        let most = of.iter().copied().fold(0.0, f32::max);
        if most > 0.0 {
            for (it, value) in again.iter_mut().zip(of) {
                it.hit.score += share * value / most;
            }
        }
    }
    again.sort_by_key(|it| Reverse(it.hit.score.to_bits()));
    Ok(())
}

/// For each hit, what its best stretch is worth.
fn stretches(searcher: &Searcher, asked: &[Asked], hits: &[Found]) -> tantivy::Result<Vec<f32>> {
    let mut order: Vec<usize> = (0..hits.len()).collect();
    order.sort_by_key(|at| hits.get(*at).map(|it| it.at));
    let reports = searcher.num_docs();
    let worth: Vec<f32> = asked
        .iter()
        .map(|it| it.weight * rarity(it.found_in, reports))
        .collect();
    let mut values = vec![0.0; hits.len()];
    let mut open: Option<(u32, Vec<Option<SegmentPostings>>)> = None;
    for at in order {
        let Some(address) = hits.get(at).map(|it| it.at) else {
            continue;
        };
        if open
            .as_ref()
            .is_none_or(|(segment, _)| *segment != address.segment_ord)
        {
            open = Some((
                address.segment_ord,
                postings(searcher, asked, address.segment_ord)?,
            ));
        }
        let mut places = Vec::new();
        let mut buffer = Vec::new();
        let words = open.iter_mut().flat_map(|(_, postings)| postings);
        for (word, postings) in words.enumerate() {
            let Some(postings) = postings else { continue };
            if postings.doc() < address.doc_id {
                postings.seek(address.doc_id);
            }
            if postings.doc() == address.doc_id {
                postings.positions(&mut buffer);
                places.extend(buffer.iter().map(|place| (*place, word)));
            }
        }
        if let Some(value) = values.get_mut(at) {
            *value = best_stretch(places, &worth);
        }
    }
    Ok(values)
}

fn postings(
    searcher: &Searcher,
    asked: &[Asked],
    segment: u32,
) -> tantivy::Result<Vec<Option<SegmentPostings>>> {
    let segment = searcher.segment_reader(segment);
    let mut opened = Vec::with_capacity(asked.len());
    for it in asked {
        let inverted = segment.inverted_index(it.term.field())?;
        opened.push(inverted.read_postings(&it.term, IndexRecordOption::WithFreqsAndPositions)?);
    }
    Ok(opened)
}

/// The inverse document frequency of BM25.
fn rarity(found_in: u64, reports: u64) -> f32 {
    let (with, all) = (count(found_in.min(reports)), count(reports));
    narrow((1.0 + (all - with + 0.5) / (with + 0.5)).ln())
}

/// The most that words (by number) are worth together within [`STRETCH`] places; each counts less with each time.
fn best_stretch(mut places: Vec<(u32, usize)>, worth: &[f32]) -> f32 {
    places.sort_unstable();
    let mut times = vec![0.0_f32; worth.len()];
    let mut change = |word: usize, by: f32| -> f32 {
        let (Some(times), Some(worth)) = (times.get_mut(word), worth.get(word)) else {
            return 0.0;
        };
        let value = |times: f32| worth * times * 2.2 / (times + 1.2);
        let before = value(*times);
        *times += by;
        value(*times) - before
    };
    let (mut best, mut now) = (0.0_f32, 0.0_f32);
    let mut leaving = places.iter().peekable();
    for (place, word) in &places {
        now += change(*word, 1.0);
        while let Some((_, gone)) = leaving.next_if(|(left, _)| left + STRETCH <= *place) {
            now += change(*gone, -1.0);
        }
        best = best.max(now);
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_close_together_are_worth_more_than_far_apart_or_one_twice() {
        let worth = [1.0, 1.0];
        let close = best_stretch(vec![(3, 0), (10, 1)], &worth);
        let apart = best_stretch(vec![(3, 0), (3 + STRETCH, 1)], &worth);
        let twice = best_stretch(vec![(3, 0), (10, 0)], &worth);
        assert!((close - 2.0).abs() < 1e-6, "{close}");
        assert!((apart - 1.0).abs() < 1e-6, "{apart}");
        assert!(twice > apart && twice < close, "{twice}");
        assert!(best_stretch(Vec::new(), &worth).abs() < 1e-6);
        // A word that is not there changes nothing.
        assert!(best_stretch(vec![(1, 7)], &worth).abs() < 1e-6);
    }

    proptest::proptest! {
        #[test]
        fn the_best_stretch_is_what_trying_every_one_finds(
            places in proptest::collection::vec((0_u32..300, 0_usize..4), 0..40)
        ) {
            let worth = [1.0, 0.5, 2.0, 0.1];
            let tried = (0_u32..300).map(|first| {
                let mut times = [0.0_f32; 4];
                for (_, word) in places.iter().filter(|(at, _)| (first..first + STRETCH).contains(at)) {
                    times[*word] += 1.0;
                }
                times.iter().zip(&worth).map(|(n, worth)| worth * n * 2.2 / (n + 1.2)).sum::<f32>()
            });
            let expected = tried.fold(0.0, f32::max);
            let found = best_stretch(places.clone(), &worth);
            proptest::prop_assert!((found - expected).abs() < 1e-3, "{} {}", found, expected);
        }
    }

    #[test]
    fn rarer_words_tell_more_whatever_the_counts_say() {
        assert!(rarity(1, 1_000) > rarity(10, 1_000));
        assert!(rarity(7, 3) > 0.0 && rarity(0, 0).is_finite());
    }
}
