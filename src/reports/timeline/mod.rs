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
mod shift;
mod slack;
#[cfg(test)]
mod tests;
mod typed;

pub use known::{known_then, learned, moments};
pub use pasted::{MAX_PASTED_BYTES, PasteKind, Pasted, pasted, pasted_among};
pub use people::{Participant, People};
pub use remarks::{Remark, SOON, ahead, lasting, remarks};
pub use shift::{Shifted, shifted};
pub use typed::{instant_in, typed_first, typed_length, typed_time};

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

/// What is known around a row or a paste.
#[derive(Clone, Debug, PartialEq)]
pub struct Place {
    /// The zone of times that name none.
    pub zone: TimeZone,
    /// The day the report begins, in that zone: that of times that name none.
    pub day: Option<Date>,
    /// The day on which somebody writes, in that zone: what "yesterday" counts from. Where nobody knows it, the day the
    /// report begins.
    pub today: Option<Date>,
    /// The instant of the row above.
    pub above: Option<Timestamp>,
}
