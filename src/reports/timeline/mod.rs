//! Timelines while they are written and read: times as typed, pasted chats and lines, shifting, what is odd about the
//! rows, and what responders knew at some moment. Pure.

mod chat;
mod copied;
mod irc;
mod known;
mod markdown;
mod pasted;
mod people;
mod remarks;
mod slack;
#[cfg(test)]
mod tests;
mod typed;

pub use known::{known_then, moments};
pub use pasted::{MAX_PASTED_BYTES, PasteKind, Pasted, pasted};
pub use people::Participant;
pub use remarks::{Remark, remarks};
pub use typed::{instant_in, typed_time};

use super::model::TimelineEvent;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

/// What is known around a row or a paste.
#[derive(Clone, Debug, PartialEq)]
pub struct Place {
    /// The zone of times that name none.
    pub zone: TimeZone,
    /// The day the report begins, in that zone: that of times that name none, and what "yesterday" counts from.
    pub day: Option<Date>,
    /// The instant of the row above.
    pub above: Option<Timestamp>,
}

/// Moves every instant, of happening and of knowing, by the same length. Nothing moves when one of them would leave the
/// range of instants there are; the answer is whether they moved. A time as it was written no longer says the instant
/// of a row that moved, and goes.
pub fn shifted(events: &mut [TimelineEvent], by: SignedDuration) -> bool {
    let fits = |at: &Option<Timestamp>| at.is_none_or(|at| at.checked_add(by).is_ok());
    if !events
        .iter()
        .all(|event| fits(&event.at) && fits(&event.known_at))
    {
        return false;
    }
    if by.is_zero() {
        return true;
    }
    for event in events {
        if event.at.is_some() {
            event.at_text.clear();
        }
        for at in [&mut event.at, &mut event.known_at] {
            *at = at.and_then(|at| at.checked_add(by).ok());
        }
    }
    true
}
