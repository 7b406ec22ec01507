//! Latent semantics: which reports are about the same, whatever words they use.
//!
//! Words that are used beside the same other words point the same way (latent semantic analysis; Deerwester and others
//! 1990). The directions are learned on this node from the index itself, so no service is asked and no text leaves the
//! house; a report, or a question, points where its words point together. Only an opinion on the order of hits that
//! share words with the question: it finds nothing by itself. And it is learned only from reports that everybody may find
//! who may search, so no order tells of another.
//!
//! Beside the index in memory: about 100 bytes for each report, and some megabytes for the words. In a young
//! index hits are ordered by words alone; a report saved this very moment counts as usual among the others.

mod decompose;
mod kept;
mod model;
mod training;

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, SystemTime};

use super::document::EVERYBODY;
use super::schema::Fields;
use super::writing::Position;
use model::{DIMENSIONS, Direction, Model};
use tantivy::index::SegmentId;
use tantivy::{DocAddress, Searcher, SegmentReader, Term};

/// Fewer reports teach nothing about words in general.
const LEAST_REPORTS: u64 = 100;
/// What was learned longer ago is learned anew at the next change: until then it may know words of reports that were
/// restricted since.
const OLD: Duration = Duration::from_hours(24);

/// Directions of reports are kept in so many steps from 0 to 1.
const STEPS: f32 = 127.0;

/// What has been learned, as of one moment.
#[derive(Debug)]
struct Learned {
    model: Arc<Model>,
    /// The database it was learned from.
    source: String,
    /// Reports there were when it was learned.
    reports: u64,
    at: SystemTime,
    segments: HashMap<SegmentId, Arc<Vec<i8>>>,
}

impl Learned {
    /// Where a report points, in steps; nothing when it has not been looked at yet.
    fn direction(&self, segments: &[SegmentReader], at: DocAddress) -> Option<&[i8]> {
        let segment = segments.get(usize::try_from(at.segment_ord).ok()?)?;
        let all = self.segments.get(&segment.segment_id())?;
        let start = usize::try_from(at.doc_id).ok()? * DIMENSIONS;
        all.get(start..start + DIMENSIONS)
    }
}

/// What has been learned about the index that serves.
#[derive(Debug, Default)]
pub(super) struct Semantics(RwLock<(u64, Option<Arc<Learned>>)>);

impl Semantics {
    fn learned(&self) -> Option<Arc<Learned>> {
        let held = self.0.read().unwrap_or_else(PoisonError::into_inner);
        held.1.clone()
    }

    /// Changes whenever hits may be ordered otherwise.
    pub(super) fn version(&self) -> u64 {
        self.0.read().unwrap_or_else(PoisonError::into_inner).0
    }

    /// Looks at what was committed since, and learns anew when there is much more, or none of what there was. Takes
    /// seconds where there is much to read: not for a thread that somebody waits for.
    ///
    /// What was learned is kept in `folder`, if this process `owns` it, and taken from there.
    pub(super) fn keep_up(
        &self,
        (searcher, fields): (&Searcher, Fields),
        (folder, owns): (&Path, bool),
        goes_on: &dyn Fn() -> bool,
    ) -> tantivy::Result<()> {
        // Those that everybody may find, and a few that were deleted since: near enough.
        let everybody = Term::from_field_text(fields.audience, EVERYBODY);
        let reports = searcher.doc_freq(&everybody)?;
        if reports < LEAST_REPORTS {
            return Ok(());
        }
        let known = self.learned();
        let fresh = searcher.segment_readers().iter().any(|segment| {
            let known = known.as_ref();
            known.is_none_or(|it| !it.segments.contains_key(&segment.segment_id()))
        });
        if !fresh {
            return Ok(());
        }
        let source = Position::read(folder).map_or_else(String::new, |it| it.source());
        let fits = |of: u64| reports <= of * 2 && reports >= of / 2;
        let known = known.filter(|it| it.source == source && fits(it.reports));
        let is_young = |at: SystemTime| at.elapsed().is_ok_and(|age| age < OLD);
        let (model, reports, at) = match &known {
            Some(known) if is_young(known.at) => {
                (Arc::clone(&known.model), known.reports, known.at)
            }
            Some(_) | None => {
                let kept = kept::read(folder, &source).filter(|it| fits(it.1));
                // After a restart an old one is better than none.
                if let Some((model, of, at)) = kept.filter(|it| known.is_none() || is_young(it.2)) {
                    (Arc::new(model), of, at)
                } else if let Some(model) = training::train(searcher, fields, goes_on)? {
                    let learned = (&model, reports);
                    if owns && let Err(error) = kept::write(folder, &source, learned) {
                        tracing::warn!(%error, "what was learned of words cannot be kept; after a restart it is learned anew");
                    }
                    (Arc::new(model), reports, SystemTime::now())
                } else {
                    return Ok(());
                }
            }
        };
        let known = known.filter(|it| Arc::ptr_eq(&it.model, &model));
        let mut segments = HashMap::new();
        for segment in searcher.segment_readers() {
            if !goes_on() {
                return Ok(());
            }
            let id = segment.segment_id();
            let before = known.as_ref().and_then(|it| it.segments.get(&id));
            let directions = match before {
                Some(directions) => Arc::clone(directions),
                None => Arc::new(training::directions(segment, fields.body, &model)?),
            };
            segments.insert(id, directions);
        }
        let learned = Learned {
            model,
            source,
            reports,
            at,
            segments,
        };
        let mut held = self.0.write().unwrap_or_else(PoisonError::into_inner);
        *held = (held.0 + 1, Some(Arc::new(learned)));
        Ok(())
    }

    /// What words point to, each with its weight; nothing when none is known.
    pub(super) fn question(
        &self,
        words: impl Iterator<Item = (impl AsRef<str>, f32)>,
    ) -> Option<Question> {
        let learned = self.learned()?;
        let direction = learned.model.together(words)?;
        Some(Question { learned, direction })
    }

    /// Where a report of the index points; nothing when it has not been looked at yet, or has no known word.
    pub(super) fn report(&self, segments: &[SegmentReader], at: DocAddress) -> Option<Question> {
        let learned = self.learned()?;
        let steps = learned.direction(segments, at)?;
        let direction: Direction = steps.iter().map(|it| f32::from(*it) / STEPS).collect();
        let says_something = steps.iter().any(|it| *it != 0);
        says_something.then_some(Question { learned, direction })
    }
}

/// Where a question points.
#[derive(Debug)]
pub(super) struct Question {
    learned: Arc<Learned>,
    direction: Direction,
}

impl Question {
    /// From 0, another matter, to 1, the same; nothing for a report that has not been looked at yet.
    pub(super) fn likeness(&self, segments: &[SegmentReader], at: DocAddress) -> Option<f32> {
        let steps = self.learned.direction(segments, at)?.iter();
        let products = steps.zip(&self.direction);
        let sum: f32 = products.map(|(a, b)| f32::from(*a) * b).sum();
        Some((sum / STEPS).clamp(0.0, 1.0))
    }
}

/// The likenesses, where what is not known yet counts as what is usual among the others: a report saved this very moment
/// neither gains nor loses.
pub(super) fn filled(likenesses: &[Option<f32>]) -> Vec<f32> {
    let (mut sum, mut known) = (0.0_f32, 0.0_f32);
    for it in likenesses.iter().flatten() {
        sum += it;
        known += 1.0;
    }
    let usual = if known > 0.0 { sum / known } else { 0.0 };
    likenesses.iter().map(|it| it.unwrap_or(usual)).collect()
}

#[cfg(test)]
mod tests {
    use super::filled;

    #[test]
    fn what_is_not_known_yet_counts_as_usual() {
        assert_eq!(filled(&[Some(0.2), None, Some(0.6)]), [0.2, 0.4, 0.6]);
        assert_eq!(filled(&[None, None]), [0.0, 0.0]);
        assert!(filled(&[]).is_empty());
    }
}
