//! Times, durations and numbers as people read them. Pure.

use crate::reports::timeline;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, Zoned};

/// The report's zone; UTC when the name is not (or no longer) known.
pub(crate) fn zone(name: &str) -> TimeZone {
    TimeZone::get(name).unwrap_or(TimeZone::UTC)
}

/// `17 Nov 2026`.
pub(crate) fn day(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned(zone.clone()).strftime("%-d %b %Y").to_string()
}

/// `17 November 2026`.
pub(crate) fn long_day(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned(zone.clone()).strftime("%-d %B %Y").to_string()
}

/// `Tuesday, 17 November 2026`.
pub(crate) fn weekday(at: &Zoned) -> String {
    at.strftime("%A, %-d %B %Y").to_string()
}

/// `08:42`, with seconds only where there are any.
pub(crate) fn clock(at: &Zoned) -> String {
    let format = if at.second() == 0 {
        "%H:%M"
    } else {
        "%H:%M:%S"
    };
    at.strftime(format).to_string()
}

/// `20 Nov 2026, 14:03 UTC`.
pub(crate) fn moment(at: Timestamp) -> String {
    at.strftime("%-d %b %Y, %H:%M UTC").to_string()
}

/// `8 Dec 2026`.
pub(crate) fn date(date: jiff::civil::Date) -> String {
    date.strftime("%-d %b %Y").to_string()
}

/// `under a minute`, `12 min`, `1 h 12 min`, `3 d 4 h`. Negative ones are shown as such.
pub(crate) fn duration(span: SignedDuration) -> String {
    if span.abs() < SignedDuration::from_mins(1) {
        return "under a minute".to_owned();
    }
    let sign = if span.is_negative() { "−" } else { "" };
    format!("{sign}{}", timeline::lasting(span))
}

/// `+12 min`, `−27 min`.
pub(crate) fn offset(span: SignedDuration) -> String {
    if span.is_zero() {
        "+0".to_owned()
    } else if span.is_negative() {
        duration(span)
    } else {
        format!("+{}", duration(span))
    }
}

/// `1,204`.
pub(crate) fn count(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read_naturally() {
        let minutes = |m: i64| duration(SignedDuration::from_mins(m));
        assert_eq!(minutes(0), "under a minute");
        assert_eq!(minutes(12), "12 min");
        assert_eq!(minutes(60), "1 h");
        assert_eq!(minutes(72), "1 h 12 min");
        assert_eq!(minutes(1440), "1 d");
        assert_eq!(minutes(4 * 1440 + 125), "4 d 2 h");
        assert_eq!(minutes(-27), "−27 min");
        assert_eq!(offset(SignedDuration::from_mins(5)), "+5 min");
    }

    #[test]
    fn numbers_are_grouped() {
        for (number, text) in [
            (0, "0"),
            (999, "999"),
            (1204, "1,204"),
            (1_000_000, "1,000,000"),
        ] {
            assert_eq!(count(number), text);
        }
    }
}
