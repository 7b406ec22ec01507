//! Times in the short forms people say: `+5m` from the row above, `yesterday 23:10`.

use super::days::Day;
use super::stamp::{Stamp, read_stamp};
use super::text::{cut, one_line};
use super::time::Clock;
use super::timeline::read_event;
use crate::reports::model::TimelineEvent;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Span};

/// Marks that may stand around a time.
const MARKS: [char; 6] = ['*', '_', '[', '`', '(', '~'];
/// Marks that may close it, or part it from the text.
const CLOSING: [char; 12] = ['*', '_', ']', '`', ')', '~', ':', '-', '–', '—', '|', ','];
/// No row lies further from the one above it.
const MAX_STEP: SignedDuration = SignedDuration::from_hours(366 * 24);

/// A time in short at the start of a line.
pub(super) enum Spoken {
    /// So far from the row above.
    Step(SignedDuration),
    /// The time of day, so many days from today.
    Day(i32, Stamp),
}

impl Spoken {
    /// The stamp with its date, where it is one.
    pub(super) fn dated(self, today: Option<Date>) -> Option<Stamp> {
        match self {
            Self::Step(_) => None,
            Self::Day(days, mut stamp) => {
                let date = today?.checked_add(Span::new().days(days)).ok()?;
                stamp.day = Some(Day {
                    year: Some(date.year()),
                    month: date.month(),
                    number: date.day(),
                    ambiguous: false,
                });
                Some(stamp)
            }
        }
    }
}

/// The start of a line that is a time in short: what it says, how it is written, and the text behind it.
pub(super) fn spoken(line: &str) -> Option<(Spoken, &str, &str)> {
    let opened = line.trim_start();
    let rest = opened.trim_start_matches(MARKS);
    let marked = rest.len() < opened.len();
    let (found, length) = if rest.starts_with(['+', '-', '−']) {
        let sign_length = rest.chars().next().map_or(0, char::len_utf8);
        let after = cut(rest, sign_length..rest.len());
        // `- 5 m of rain` is an item of a list.
        after
            .starts_with(|letter: char| letter.is_ascii_digit())
            .then_some(())?;
        let (seconds, length) = length_before_words(after)?;
        let seconds = if rest.starts_with('+') {
            seconds
        } else {
            -seconds
        };
        let step = SignedDuration::from_secs(seconds);
        (step.abs() <= MAX_STEP).then_some(())?;
        (Spoken::Step(step), sign_length + length)
    } else {
        let (days, time) = beside_day(rest)?;
        let stamp = read_stamp(time).filter(|stamp| stamp.day.is_none() && stamp.time.is_some())?;
        let length = rest.len() - time.len() + stamp.length;
        (Spoken::Day(days, stamp), length)
    };
    let after = cut(rest, length..rest.len());
    if after.starts_with(char::is_alphanumeric) {
        return None;
    }
    let text = after.trim_start();
    let text = if marked || text.starts_with([':', '-', '–', '—', '|', ',']) {
        text.trim_start_matches(CLOSING).trim_start()
    } else {
        text
    };
    Some((found, cut(rest, 0..length).trim(), text))
}

/// Reads a row that begins with a time in short. What its time counts from may be unknown: then it stays as it was written.
pub(super) fn read_spoken(
    item: &str,
    clock: &mut Clock,
    today: Option<Date>,
    zone: &TimeZone,
) -> Option<TimelineEvent> {
    let (line, below) = item.split_once('\n').unwrap_or((item, ""));
    let (found, written, text) = spoken(line)?;
    let mut event = read_event(&format!("? {text}\n{below}"), clock, zone)?;
    event.at = match found {
        Spoken::Step(length) => clock.step(length),
        day @ Spoken::Day(..) => day.dated(today).and_then(|stamp| clock.place(&stamp)),
    };
    if event.at.is_none() {
        event.at_text = one_line(written);
    }
    Some(event)
}

/// `yesterday`, `today`, `tomorrow` at the start: days from today, and what follows.
pub fn beside_day(text: &str) -> Option<(i32, &str)> {
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

/// A length at the start of a text, in seconds, each unit at most once and the larger ones first; and how many bytes it takes.
pub fn leading_length(text: &str) -> Option<(i64, usize)> {
    length_of(text, false)
}

/// The same where words follow, which may begin with a number: of `+5m 30 seconds of packet loss` it is `5m`, of
/// `+1h 30m: green` both, as of `+1h30m green`.
fn length_before_words(text: &str) -> Option<(i64, usize)> {
    let (_, whole) = leading_length(text)?;
    let after = cut(text, whole..text.len()).trim_start();
    let ends = after.is_empty() || after.starts_with([':', '-', '–', '—', '|', ',', '[']);
    length_of(text, !ends)
}

fn length_of(text: &str, in_one: bool) -> Option<(i64, usize)> {
    const UNITS: [(&[&str], i64); 4] = [
        (&["d", "day", "days"], 86_400),
        (&["h", "hr", "hour", "hours"], 3_600),
        (&["m", "min", "mins", "minute", "minutes"], 60),
        (&["s", "sec", "secs", "second", "seconds"], 1),
    ];
    let mut rest = text;
    let mut units = UNITS.iter();
    let mut total: i64 = 0;
    let mut taken = None;
    loop {
        let begun = rest.trim_start();
        if in_one && taken.is_some() && begun.len() < rest.len() {
            return taken.map(|length| (total, length));
        }
        let digits = begun.bytes().take_while(u8::is_ascii_digit).count();
        let (number, after) = begun.split_at_checked(digits)?;
        let after = after.trim_start();
        let letters = after.bytes().take_while(u8::is_ascii_alphabetic).count();
        let (word, after) = after.split_at_checked(letters)?;
        let word = word.to_ascii_lowercase();
        let unit = units.find(|(words, _)| words.contains(&word.as_str()));
        let (Ok(number), Some((_, seconds))) = (number.parse::<i64>(), unit) else {
            return taken.map(|length| (total, length));
        };
        total = total.checked_add(number.checked_mul(*seconds)?)?;
        rest = after;
        taken = Some(text.len() - rest.len());
    }
}

/// Whether a line begins like a time, be it one or not: `14:99`, `25.10`, `14h02`, `+5 something`, `yesterday evening`.
pub(super) fn begins_like_time(line: &str) -> bool {
    let rest = line.trim_start().trim_start_matches(MARKS);
    let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    if let Some(after) = rest.strip_prefix(['+', '−']) {
        return digits(after) > 0;
    }
    if beside_day(rest).is_some() {
        return true;
    }
    let hour = digits(rest);
    let after = cut(rest, hour..rest.len());
    let Some(after) = after.strip_prefix([':', '.', 'h', 'H']) else {
        return false;
    };
    let minute = digits(after);
    let ends = cut(after, minute..after.len());
    // `1.25 TB` is an amount.
    let least = if rest.contains(':') { 1 } else { 2 };
    (least..=2).contains(&hour)
        && minute == 2
        && !ends.starts_with(|c: char| c.is_alphanumeric() || c == '%')
}
