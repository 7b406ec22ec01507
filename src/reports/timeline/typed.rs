//! Times as people type them into a row: `14:02`, `yesterday 23:10`, `+5m`, or whole.

use super::Place;
use crate::reports::document;
use jiff::civil::DateTime;
use jiff::tz::{AmbiguousOffset, TimeZone};
use jiff::{SignedDuration, Span, Timestamp};

/// More is no time.
const MAX_CHARS: usize = 100;
/// No row lies further from the one above it.
const MAX_STEP: SignedDuration = SignedDuration::from_hours(366 * 24);

/// Reads what somebody typed as the time of a row. Empty is no time; an error says what to type instead.
pub fn typed_time(text: &str, place: &Place) -> Result<Option<Timestamp>, String> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    if text.chars().count() > MAX_CHARS {
        return Err("This is too long for a time: type one such as 14:02.".to_owned());
    }
    if let Ok(at) = text.parse::<Timestamp>() {
        return Ok(Some(at));
    }
    if text.starts_with(['+', '-', '−']) {
        return step(text, place).map(Some);
    }
    let (moment, zone) = match beside_day(text) {
        Some((days, rest)) => {
            let day = place
                .day
                .and_then(|day| day.checked_add(Span::new().days(days)).ok())
                .ok_or_else(|| {
                    format!("“{text}” counts from the day the report begins, which is not known yet: type the date, such as 2026-11-17 14:02.")
                })?;
            if rest.is_empty() {
                return Err(format!(
                    "“{text}” is a day: type the time as well, such as {text} 14:02."
                ));
            }
            document::local_time(rest, &place.zone, Some(day), None)?
        }
        None => document::local_time(text, &place.zone, place.day, place.above)?,
    };
    instant_in(moment, &zone).map(Some)
}

/// `yesterday`, `today`, `tomorrow` at the start: days from the day of the report, and what follows.
fn beside_day(text: &str) -> Option<(i32, &str)> {
    let length = text
        .find(|letter: char| !letter.is_alphabetic())
        .unwrap_or(text.len());
    let (word, rest) = text.split_at_checked(length)?;
    let days = match word.to_lowercase().as_str() {
        "yesterday" => -1,
        "today" => 0,
        "tomorrow" => 1,
        _ => return None,
    };
    let rest = rest.trim_start_matches([',', ' ', '\t']);
    Some((days, rest.strip_prefix("at ").unwrap_or(rest).trim_start()))
}

/// `+5m`, `-1h30m`, `+ 2 d`: so far from the row above.
fn step(text: &str, place: &Place) -> Result<Timestamp, String> {
    let length = typed_length(text).ok_or_else(|| {
        format!(
            "“{text}” is no step from the row above: type one such as +5m, +1h30m, +90s or -5m."
        )
    })?;
    if length.abs() > MAX_STEP {
        return Err(format!(
            "“{text}” is more than a year from the row above: type the date and the time."
        ));
    }
    let above = place.above.ok_or_else(|| {
        format!("“{text}” counts from the row above, and there is none with a time: type a time such as 14:02.")
    })?;
    above
        .checked_add(length)
        .map_err(|_out_of_range| format!("“{text}” leads to no date: type the date and the time."))
}

/// Reads a length with or without a sign: `+5m`, `-1h30m`, `2 days`.
pub fn typed_length(text: &str) -> Option<SignedDuration> {
    let text = text.trim();
    if text.len() > MAX_CHARS {
        return None;
    }
    let (sign, rest) = match text.strip_prefix(['-', '−']) {
        Some(rest) => (-1, rest),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    length(rest).map(|seconds| SignedDuration::from_secs(sign * seconds))
}

/// A length in seconds, each unit at most once and the larger ones first.
fn length(text: &str) -> Option<i64> {
    const UNITS: [(&[&str], i64); 4] = [
        (&["d", "day", "days"], 86_400),
        (&["h", "hr", "hour", "hours"], 3_600),
        (&["m", "min", "mins", "minute", "minutes"], 60),
        (&["s", "sec", "secs", "second", "seconds"], 1),
    ];
    let mut rest = text.trim();
    let mut units = UNITS.iter();
    let mut total: i64 = 0;
    while !rest.is_empty() {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let (number, after) = rest.split_at_checked(digits)?;
        let number: i64 = number.parse().ok()?;
        let after = after.trim_start();
        let letters = after.bytes().take_while(u8::is_ascii_alphabetic).count();
        let (word, after) = after.split_at_checked(letters)?;
        let word = word.to_ascii_lowercase();
        let (_, seconds) = units.find(|(words, _)| words.contains(&word.as_str()))?;
        total = total.checked_add(number.checked_mul(*seconds)?)?;
        rest = after.trim_start();
    }
    (!text.trim().is_empty()).then_some(total)
}

/// The instant of a date and time of day in a zone. One that clocks passed over is refused; of an hour that came twice
/// it is the first.
pub fn instant_in(moment: DateTime, zone: &TimeZone) -> Result<Timestamp, String> {
    let ambiguous = zone.to_ambiguous_zoned(moment);
    if let AmbiguousOffset::Gap { before, after } = ambiguous.offset() {
        let name = zone.iana_name().unwrap_or("this zone");
        let said = moment.strftime("%Y-%m-%d %H:%M");
        let turn = ambiguous.later().ok().and_then(|zoned| {
            let behind = zoned.timestamp().checked_add(SignedDuration::from_secs(1));
            zone.preceding(behind.ok()?).next()
        });
        return Err(match turn {
            Some(turn) => {
                let clock = |offset: jiff::tz::Offset| {
                    offset
                        .to_datetime(turn.timestamp())
                        .strftime("%H:%M")
                        .to_string()
                };
                let (from, to) = (clock(before), clock(after));
                format!(
                    "{said} did not happen in {name}: clocks were put forward from {from} to {to}. Type a time before {from}, or {to} or later."
                )
            }
            None => format!("{said} did not happen in {name}: clocks were put forward past it."),
        });
    }
    ambiguous
        .earlier()
        .map(|zoned| zoned.timestamp())
        .map_err(|error| error.to_string())
}
