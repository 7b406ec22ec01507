//! Asking a ranker everything, one question after the other, and how long it takes.

use super::runs::{Hit, Run, Topic};
use serde::Serialize;
use std::time::{Duration, Instant};

/// How long answers took, in milliseconds: of this machine, in this run.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub(super) struct Times {
    /// Answers.
    pub(super) searches: usize,
    /// Half of them took no longer.
    pub(super) p50_ms: f64,
    /// 99 of 100 took no longer.
    pub(super) p99_ms: f64,
}

/// Asks a ranker, which may be any function from a topic to documents, best first. A topic that it cannot answer ends
/// everything: what is left would be no measurement.
pub(super) fn rank<E>(
    topics: &[Topic],
    mut ranker: impl FnMut(&Topic) -> Result<Vec<Hit>, E>,
) -> Result<(Run, Times), E> {
    let mut run = Run::new();
    let mut took = Vec::with_capacity(topics.len());
    for topic in topics {
        let begun = Instant::now();
        let hits = ranker(topic)?;
        took.push(begun.elapsed());
        run.insert(topic.id.clone(), hits);
    }
    Ok((run, Times::of(took)))
}

impl Times {
    fn of(mut took: Vec<Duration>) -> Self {
        took.sort_unstable();
        // The nearest rank: one that was really measured.
        let share = |percent: usize| {
            let rank = (took.len() * percent).div_ceil(100).max(1);
            let time = took.get(rank - 1).copied().unwrap_or_default();
            time.as_secs_f64() * 1e3
        };
        Self {
            searches: took.len(),
            p50_ms: share(50),
            p99_ms: share(99),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_times_that_were_measured() {
        let times =
            |of: &[u64]| Times::of(of.iter().map(|ms| Duration::from_millis(*ms)).collect());
        let hundred: Vec<u64> = (1..=100).rev().collect();
        let all = times(&hundred);
        assert_eq!((all.searches, all.p50_ms, all.p99_ms), (100, 50.0, 99.0));
        let one = times(&[7]);
        assert_eq!((one.p50_ms, one.p99_ms), (7.0, 7.0));
        let none = times(&[]);
        assert_eq!((none.searches, none.p50_ms, none.p99_ms), (0, 0.0, 0.0));
    }

    #[test]
    fn a_ranker_is_asked_everything_and_ends_it_when_it_cannot_answer() {
        let topics = ["a", "b"].map(|id| Topic {
            id: id.to_owned(),
            ..Topic::default()
        });
        let echo = |topic: &Topic| {
            Ok::<_, String>(vec![Hit {
                document: topic.id.clone(),
                score: 1.0,
            }])
        };
        let (run, times) = rank(&topics, echo).unwrap();
        assert_eq!((run.len(), times.searches), (2, 2));
        assert_eq!(run["b"][0].document, "b");
        let fails = |topic: &Topic| match topic.id.as_str() {
            "b" => Err(topic.id.clone()),
            _ => Ok(Vec::new()),
        };
        assert_eq!(rank(&topics, fails).unwrap_err(), "b");
    }
}
