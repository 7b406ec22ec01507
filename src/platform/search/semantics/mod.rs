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

use super::document::EVERYBODY;
use super::schema::Fields;
use model::{DIMENSIONS, Direction, Model};
use tantivy::index::SegmentId;
use tantivy::{DocAddress, Searcher, SegmentReader, Term};

/// Fewer reports teach nothing about words in general.
const LEAST_REPORTS: u64 = 100;

/// What has been learned, as of one moment.
#[derive(Debug)]
struct Learned {
    model: Arc<Model>,
    /// Reports there were when it was learned.
    reports: u64,
    segments: HashMap<SegmentId, Arc<Vec<i8>>>,
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
        let fits = |of: u64| reports <= of * 2 && reports >= of / 2;
        let known = known.filter(|it| fits(it.reports));
        let fresh = searcher.segment_readers().iter().any(|segment| {
            let known = known.as_ref();
            known.is_none_or(|it| !it.segments.contains_key(&segment.segment_id()))
        });
        if !fresh {
            return Ok(());
        }
        let (model, reports) = match &known {
            Some(known) => (Arc::clone(&known.model), known.reports),
            None => {
                if let Some((model, of)) = kept::read(folder).filter(|(_, of)| fits(*of)) {
                    (Arc::new(model), of)
                } else if let Some(model) = training::train(searcher, fields, goes_on)? {
                    if owns && let Err(error) = kept::write(folder, &model, reports) {
                        tracing::warn!(%error, "what was learned of words cannot be kept; after a restart it is learned anew");
                    }
                    (Arc::new(model), reports)
                } else {
                    return Ok(());
                }
            }
        };
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
            reports,
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
        let segment = segments.get(usize::try_from(at.segment_ord).ok()?)?;
        let all = self.learned.segments.get(&segment.segment_id())?;
        let start = usize::try_from(at.doc_id).ok()? * DIMENSIONS;
        let products = all
            .get(start..start + DIMENSIONS)?
            .iter()
            .zip(&self.direction);
        let sum: f32 = products.map(|(a, b)| f32::from(*a) * b).sum();
        Some((sum / 127.0).clamp(0.0, 1.0))
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
