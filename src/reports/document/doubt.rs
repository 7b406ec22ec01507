//! What is doubtful about the times of a text.

use super::days::Day;
use super::time::offset_name;
use jiff::civil::{DateTime, Time};
use jiff::tz::Offset;

/// Why a time may be wrong, or could not be placed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Doubt {
    /// `03/04/2024`.
    Date(Day),
    /// The name of several zones; one was chosen.
    Zone(&'static str),
    /// The name of no zone we know.
    UnknownZone(String),
    /// A time without a zone among times with one: the time, and the zone it was read in.
    Unzoned(Time, String),
    /// A time that goes back behind the one above it, which is the second.
    Back(Time, Time),
    /// A time that came twice, and the offset that it was read with: nothing says which is meant.
    Twice(DateTime, Offset, Offset),
    /// A time that clocks passed over, and the time of day it was read as.
    Skipped(DateTime, Time),
}

impl Doubt {
    /// What to do about it, as a sentence.
    pub(super) fn message(&self) -> String {
        match self {
            Self::Date(day) => {
                let year = day.year.map(|year| format!("/{year}")).unwrap_or_default();
                format!(
                    "“{:02}/{:02}{year}” may be a day of month {} or of month {}: write it as YYYY-MM-DD.",
                    day.month, day.number, day.month, day.number
                )
            }
            Self::Zone(name) => {
                let (taken, other) = match *name {
                    "IST" => ("UTC+05:30, India", "Israel or Ireland"),
                    "CST" => ("UTC-06:00, North America", "China or Cuba"),
                    _ => ("UTC+01:00, Britain", "Bangladesh or Bougainville"),
                };
                format!(
                    "“{name}” was read as {taken}; if {other} was meant, write the offset instead."
                )
            }
            Self::UnknownZone(name) => format!(
                "“{name}” looks like a time zone, but none that is known: write an offset such as +02:00."
            ),
            Self::Unzoned(time, zone) => format!(
                "“{}” names no zone while other rows do; it and others like it were read as {zone}: name the zone above the rows if another is meant.",
                time.strftime("%H:%M")
            ),
            Self::Back(time, above) => format!(
                "“{}” lies more than an hour before “{}” above it: if the order is right, give it its date and zone.",
                time.strftime("%H:%M"),
                above.strftime("%H:%M")
            ),
            Self::Twice(moment, taken, other) => format!(
                "“{}” came twice, when clocks were put back: it was read as {}, the first time; if the second is meant, write {} behind it.",
                moment.strftime("%Y-%m-%d %H:%M"),
                offset_name(*taken),
                offset_name(*other)
            ),
            Self::Skipped(moment, taken) => format!(
                "“{}” did not happen, clocks were put forward past it: it was read as {}.",
                moment.strftime("%Y-%m-%d %H:%M"),
                taken.strftime("%H:%M")
            ),
        }
    }
}
