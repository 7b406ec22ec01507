//! What is odd about the rows of a timeline: long silences, rows out of order, things known before they happened.

use crate::reports::model::{Phase, Problem, TimelineEvent, Times};
use jiff::{SignedDuration, Timestamp};

/// A shorter silence is none.
const MIN_GAP: SignedDuration = SignedDuration::from_mins(30);
/// A silence is so many times as long as the middle one.
const TIMES_MEDIAN: i32 = 5;
/// With fewer steps between rows there is no telling what is usual.
const MIN_STEPS: usize = 3;
/// Clocks differ a little, and somebody may type faster than the minute turns.
pub const SOON: SignedDuration = SignedDuration::from_mins(5);
/// More remarks than this help nobody.
const MAX_REMARKS: usize = 50;

/// Something a person should look at. It stops nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remark {
    /// The row, counted from 0.
    pub index: usize,
    /// What is odd and what to do about it, as a sentence.
    pub message: String,
}

/// Looks at the rows in the order written.
pub fn remarks(events: &[TimelineEvent], times: &Times) -> Vec<Remark> {
    let mut found = Vec::new();
    let longest = longest_usual(events);
    let mut above: Option<(Timestamp, Option<Phase>)> = None;
    for (index, event) in events.iter().enumerate() {
        let Some(at) = event.at else {
            continue;
        };
        let mut say = |message: String| found.push(Remark { index, message });
        if let Some(known) = event.known_at.filter(|known| *known < at) {
            say(format!(
                "Responders knew of this {} before it happened: check both times.",
                lasting(at.duration_since(known))
            ));
        }
        if let Some((last, phase)) = above {
            let step = at.duration_since(last);
            if step.is_negative() {
                say(format!(
                    "This lies {} before the row above: move it up, or check its time.",
                    lasting(step)
                ));
            } else if phase != Some(Phase::Background)
                && longest.is_some_and(|longest| step > longest)
            {
                say(format!(
                    "Nothing is told of the {} before this: what happened meanwhile?",
                    lasting(step)
                ));
            }
        }
        if let Some(message) = outside(event, at, times) {
            say(message);
        }
        above = Some((at, event.phase));
    }
    fold(found)
}

/// What lies in the future although reports tell of the past: an exercise that is planned may.
pub fn ahead(times: &Times, now: Timestamp) -> Vec<Problem> {
    let far = times.named().into_iter().filter_map(|(name, at)| {
        let far = at?.duration_since(now);
        (far > SOON).then(|| {
            let label = Times::label(name);
            let message = format!(
                "“{label}” lies {} in the future: check its day, unless this is planned.",
                lasting(far)
            );
            Problem::of(name, message)
        })
    });
    far.collect()
}

/// The longest step between rows that is no silence.
fn longest_usual(events: &[TimelineEvent]) -> Option<SignedDuration> {
    let told = events
        .iter()
        .filter(|event| event.phase != Some(Phase::Background))
        .filter_map(|event| event.at);
    let all: Vec<Timestamp> = told.collect();
    let mut steps: Vec<SignedDuration> = all
        .iter()
        .zip(all.iter().skip(1))
        .map(|(one, next)| next.duration_since(*one))
        .filter(|step| !step.is_negative())
        .collect();
    steps.sort_unstable();
    let middle = steps.get(steps.len().checked_sub(1)? / 2)?;
    let usual = middle.checked_mul(TIMES_MEDIAN)?;
    (steps.len() >= MIN_STEPS).then(|| usual.max(MIN_GAP))
}

/// Background and triggers come before the start, and talking goes on behind the end.
fn outside(event: &TimelineEvent, at: Timestamp, times: &Times) -> Option<String> {
    let early = matches!(
        event.phase,
        Some(Phase::Background | Phase::Trigger | Phase::Detect)
    );
    if let Some(started) = times.started_at.filter(|started| at < *started && !early) {
        return Some(format!(
            "This lies {} before “Started”: mark it as background or trigger, or check its time.",
            lasting(started.duration_since(at))
        ));
    }
    let late = matches!(event.phase, Some(Phase::Communicate));
    times
        .resolved_at
        .filter(|resolved| at > *resolved && !late)
        .map(|resolved| {
            format!(
                "This lies {} behind “Resolved”: was it over already? Else check its time.",
                lasting(at.duration_since(resolved))
            )
        })
}

/// Of rows below each other that lie outside, the first speaks for all.
fn fold(all: Vec<Remark>) -> Vec<Remark> {
    let kind = |message: &str| {
        ["before “Started”", "behind “Resolved”"]
            .into_iter()
            .find(|part| message.contains(part))
    };
    let mut kept: Vec<Remark> = Vec::new();
    let mut last: Option<(usize, &str)> = None;
    for remark in all {
        let this = kind(&remark.message);
        let goes_on = this
            .zip(last)
            .is_some_and(|(part, (index, above))| part == above && remark.index <= index + 1);
        if let Some(part) = this {
            last = Some((remark.index, part));
        }
        if !goes_on && kept.len() < MAX_REMARKS {
            kept.push(remark);
        }
    }
    kept
}

/// `40 s`, `12 min`, `1 h 12 min`, `3 d 4 h`, whichever way it goes.
pub fn lasting(span: SignedDuration) -> String {
    let seconds = span.unsigned_abs().as_secs();
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3_600 % 24, seconds / 60 % 60);
    match (days, hours, minutes) {
        (0, 0, 0) => format!("{seconds} s"),
        (0, 0, minutes) => format!("{minutes} min"),
        (0, hours, 0) => format!("{hours} h"),
        (0, hours, minutes) => format!("{hours} h {minutes} min"),
        (days, 0, _) => format!("{days} d"),
        (days, hours, _) => format!("{days} d {hours} h"),
    }
}
