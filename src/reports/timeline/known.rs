//! What responders knew at some moment: the antidote to hindsight.

use crate::reports::model::TimelineEvent;
use jiff::Timestamp;

/// When responders learned of an event: when it is said, or else when it happened, and never before that.
pub fn learned(event: &TimelineEvent) -> Option<Timestamp> {
    event.known_at.max(event.at)
}

/// For each event whether responders knew of it at this instant. One without any time stands where it was written: it is
/// taken as known together with the nearest one above it that has a time.
pub fn known_then(events: &[TimelineEvent], at: Timestamp) -> Vec<bool> {
    let mut above = true;
    events
        .iter()
        .map(|event| {
            above = learned(event).map_or(above, |learned| learned <= at);
            above
        })
        .collect()
}

/// The moments at which responders learned something, each once, in their order.
pub fn moments(events: &[TimelineEvent]) -> Vec<Timestamp> {
    let mut moments: Vec<Timestamp> = events.iter().filter_map(learned).collect();
    moments.sort_unstable();
    moments.dedup();
    moments
}
