//! Tests of timelines being written.

mod chats;
mod properties;
mod rows;
mod short;
mod typed;

use super::Place;
use jiff::tz::TimeZone;
use jiff::{Timestamp, civil::date};

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// A report that begins on 17 November 2026 in Paris, an hour ahead of UTC then.
fn paris(above: Option<&str>) -> Place {
    Place {
        zone: TimeZone::get("Europe/Paris").unwrap(),
        day: Some(date(2026, 11, 17)),
        today: Some(date(2026, 11, 17)),
        above: above.map(at),
    }
}
