//! Times as people type them into a row: `14:02`, `yesterday 23:10`, `+5m`, or whole.

use super::Place;
use crate::reports::document;
use jiff::civil::DateTime;
use jiff::tz::{AmbiguousOffset, Offset, TimeZone};
use jiff::{SignedDuration, Span, Timestamp};

/// More is no time.
const MAX_CHARS: usize = 100;
/// No row lies further from the one above it.
const MAX_STEP: SignedDuration = SignedDuration::from_hours(366 * 24);

/// What somebody typed: an instant, or a time of day somewhere.
enum Typed {
    At(Timestamp),
    Local(DateTime, TimeZone),
}

/// Reads what somebody typed as the time of a row. Empty is no time; an error says what to type instead. Of an hour that
/// came twice it is the second where the first would lie before the row above; else the error asks which is meant.
pub fn typed_time(text: &str, place: &Place) -> Result<Option<Timestamp>, String> {
    Ok(match typed(text, place)? {
        None => None,
        Some(Typed::At(at)) => Some(at),
        Some(Typed::Local(moment, zone)) => Some(instant_in(moment, &zone, place.above)?),
    })
}

/// The same with the first time of an hour that came twice.
pub fn typed_first(text: &str, place: &Place) -> Result<Option<Timestamp>, String> {
    Ok(match typed(text, place)? {
        None => None,
        Some(Typed::At(at)) => Some(at),
        Some(Typed::Local(moment, zone)) => Some(first_in(moment, &zone)?),
    })
}

fn typed(text: &str, place: &Place) -> Result<Option<Typed>, String> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    if text.chars().count() > MAX_CHARS {
        return Err("This is too long for a time: type one such as 14:02.".to_owned());
    }
    if let Ok(at) = text.parse::<Timestamp>() {
        return Ok(Some(Typed::At(at)));
    }
    if text.starts_with(['+', '-', '−']) {
        return step(text, place).map(|at| Some(Typed::At(at)));
    }
    let (moment, zone) = match document::beside_day(text) {
        Some((days, rest)) => {
            let day = place
                .today
                .or(place.day)
                .and_then(|day| day.checked_add(Span::new().days(days)).ok())
                .ok_or_else(|| {
                    format!("“{text}” counts from a day that is not known yet: type the date, such as 2026-11-17 14:02.")
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
    Ok(Some(Typed::Local(moment, zone)))
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
        format!("“{text}” counts from the row above, and none above has a time that can be read: mend that one first, or type a time such as 14:02.")
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

/// A length in seconds, with nothing behind it.
fn length(text: &str) -> Option<i64> {
    let (seconds, taken) = document::leading_length(text)?;
    let rest = text.split_at_checked(taken)?.1;
    rest.trim().is_empty().then_some(seconds)
}

/// The instant of a date and time of day in a zone. One that clocks passed over is refused; of an hour that came twice
/// the row above decides, or else who typed it is asked.
pub fn instant_in(
    local: DateTime,
    zone: &TimeZone,
    above: Option<Timestamp>,
) -> Result<Timestamp, String> {
    let first = first_in(local, zone)?;
    let ambiguous = zone.to_ambiguous_zoned(local);
    let AmbiguousOffset::Fold { before, after } = ambiguous.offset() else {
        return Ok(first);
    };
    let second = ambiguous
        .later()
        .map_err(|_out_of_range| no_instant(local))?;
    if let Some(second) = document::by_order(first, second.timestamp(), above) {
        return Ok(second);
    }
    let name = zone.iana_name().unwrap_or("this zone");
    let said = local.strftime("%Y-%m-%d %H:%M");
    Err(format!(
        "{said} came twice in {name}, when clocks were put back: type {} for the first time, or {} for the second.",
        said_with(local, before),
        said_with(local, after)
    ))
}

fn said_with(local: DateTime, offset: Offset) -> String {
    let zone = TimeZone::fixed(offset);
    let zoned = zone
        .to_zoned(local)
        .map(|it| it.strftime("%Y-%m-%d %H:%M%:z").to_string());
    zoned.unwrap_or_else(|_out_of_range| format!("{local}{offset}"))
}

/// The same with the first time of an hour that came twice.
fn first_in(moment: DateTime, zone: &TimeZone) -> Result<Timestamp, String> {
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
                let clock = |offset: Offset| {
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
        .map_err(|_out_of_range| no_instant(moment))
}

/// At the ends of the calendar clocks show what no zone can say.
fn no_instant(local: DateTime) -> String {
    format!(
        "{} is too far away to be a time here: check the year.",
        local.strftime("%Y-%m-%d %H:%M")
    )
}
