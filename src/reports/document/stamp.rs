//! Dates, times and zones as people write them at the start of a line.

use super::days::{Day, read_day};
use super::scan::Scan;
use super::text::{cut, strip_any};
use super::zones::{Zone, read_zone, zone_like};
use jiff::civil::Time;

/// A date is only searched for at the beginning of a text, in bytes.
const MAX_SEARCHED: usize = 400;
/// What stands between the two ends of a stretch of time.
const RANGE_MARKS: [&str; 7] = ["-", "–", "—", "〜", "～", "~", "to "];

/// A date, a time or both, as found at the start of a text.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Stamp {
    pub(super) day: Option<Day>,
    pub(super) time: Option<Time>,
    pub(super) zone: Option<Zone>,
    /// `10:00-10:30`: the time is the first, the length covers both.
    pub(super) until: Option<Until>,
    /// A word behind the time that looks like a zone and is none we know.
    pub(super) unknown_zone: Option<String>,
    /// The length of what was read, in bytes.
    pub(super) length: usize,
    /// `T` or seconds: what follows with a minus is no second time.
    precise: bool,
    weekday: bool,
}

/// The end of a stretch of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Until {
    pub(super) day: Option<Day>,
    pub(super) time: Time,
}

pub(super) const WEEKDAYS: [&str; 16] = [
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
    "mon",
    "tues",
    "tue",
    "wed",
    "thurs",
    "thur",
    "thu",
    "fri",
    "sat",
];

/// `14:02`, `14:02:33.5`, `2:02 pm`, `2pm`; after a date also `11.50`; `19時25分`.
pub(super) fn clock_time(scan: &mut Scan<'_>, after_date: bool) -> Option<Time> {
    let hour = scan.number(1, 2)?;
    let mut minute = 0;
    let (mut second, mut nanosecond) = (0, 0);
    let mut exact = false;
    if scan.eat("時") {
        minute = scan.number(1, 2).unwrap_or(0);
        exact = scan.eat("分") || minute == 0;
    } else if scan.eat(":") || (after_date && scan.eat(".")) {
        minute = scan.number(2, 2)?;
        exact = true;
        let mut ahead = *scan;
        if ahead.eat(":")
            && let Some(found) = ahead.number(2, 2)
        {
            second = found.min(59);
            nanosecond = fraction(&mut ahead);
            *scan = ahead;
        }
    }
    let mut ahead = *scan;
    ahead.spaces();
    let half = ["am", "a.m.", "pm", "p.m."].iter().position(|word| {
        strip_any(ahead.rest, &[word])
            .is_some_and(|rest| !rest.starts_with(|c: char| c.is_ascii_alphanumeric()))
    });
    let hour = match half {
        Some(which) => {
            ahead.rest = strip_any(ahead.rest, &["a.m.", "p.m.", "am", "pm"])?;
            *scan = ahead;
            match (hour, which < 2) {
                (12, true) => 0,
                (1..=11, false) => hour + 12,
                _ => hour,
            }
        }
        None if exact => hour,
        None => return None,
    };
    Time::new(
        i8::try_from(hour).ok()?,
        i8::try_from(minute).ok()?,
        i8::try_from(second).ok()?,
        nanosecond,
    )
    .ok()
}

fn fraction(scan: &mut Scan<'_>) -> i32 {
    let Some(rest) = scan.rest.strip_prefix(['.', ',']) else {
        return 0;
    };
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    // Behind a comma, as programs write logs: `14:02:11,123`.
    let is_comma = scan.rest.starts_with(',');
    if digits == 0 || digits > 9 || (is_comma && !matches!(digits, 3 | 6)) {
        return 0;
    }
    if is_comma && cut(rest, digits..rest.len()).starts_with(char::is_alphabetic) {
        return 0;
    }
    scan.rest = cut(rest, digits..rest.len());
    let padded = format!("{:0<9}", cut(rest, 0..digits));
    padded.parse().unwrap_or(0)
}

/// Reads a date, a time or both, and a zone, from the start of a text.
pub(super) fn read_stamp(text: &str) -> Option<Stamp> {
    let mut stamp = Stamp::default();
    let mut scan = Scan { rest: text };
    loop {
        let mut next = scan;
        next.spaces();
        let spaced = next.rest.len() < scan.rest.len();
        if !step(&mut next, &mut stamp, spaced) {
            break;
        }
        scan = next;
        stamp.length = text.len() - scan.rest.len();
        let mut next = scan;
        if next.eat(",") {
            scan = next;
        } else if stamp.time.is_none() {
            // `2021-06-03 - 15:15`, `May 5: 14:02`
            next.spaces();
            if ["-", "–", ":", "at "]
                .into_iter()
                .any(|mark| next.eat(mark))
            {
                next.spaces();
                let mut ahead = next;
                if clock_time(&mut ahead, false).is_some() {
                    scan = next;
                }
            }
        }
    }
    if stamp.time.is_some() && stamp.zone.is_none() {
        scan.spaces();
        stamp.unknown_zone = zone_like(scan.rest).map(str::to_owned);
    }
    (stamp.day.is_some() || stamp.time.is_some()).then_some(stamp)
}

/// Reads one more part of a stamp. The length is only taken after a part, so that a weekday alone is none.
fn step(scan: &mut Scan<'_>, stamp: &mut Stamp, spaced: bool) -> bool {
    if stamp.day.is_none() && stamp.time.is_none() {
        stamp.day = read_day(scan);
        if stamp.day.is_some() {
            return true;
        }
    }
    if stamp.time.is_none() {
        return time_or_weekday(scan, stamp);
    }
    if stamp.until.is_none()
        && let Some((end, until)) = range_end(*scan, stamp, spaced)
    {
        stamp.until = Some(until);
        *scan = end;
        return true;
    }
    stamp.zone.is_none() && zone(scan, stamp)
}

fn time_or_weekday(scan: &mut Scan<'_>, stamp: &mut Stamp) -> bool {
    let mut ahead = *scan;
    if stamp.day.is_some() {
        let approximate = ["T", "ca. ", "~", "about ", "around ", "at "];
        ahead.rest = strip_any(ahead.rest, &approximate).unwrap_or(ahead.rest);
    }
    let start = ahead.rest;
    if let Some(found) = clock_time(&mut ahead, stamp.day.is_some()) {
        let said = cut(start, 0..start.len() - ahead.rest.len());
        stamp.precise = scan.rest.starts_with('T') || said.matches(':').count() > 1;
        stamp.time = Some(found);
        *scan = ahead;
        return true;
    }
    let mut ahead = *scan;
    if !stamp.weekday && ahead.name(&WEEKDAYS).is_some() && ahead.ends_number() {
        stamp.weekday = true;
        *scan = ahead;
        return true;
    }
    false
}

fn zone(scan: &mut Scan<'_>, stamp: &mut Stamp) -> bool {
    let mut ahead = *scan;
    let bracket = ahead.eat("(");
    if let Some((zone, length)) = read_zone(ahead.rest) {
        ahead.rest = cut(ahead.rest, length..ahead.rest.len());
        if ahead.ends_number() && (!bracket || ahead.eat(")")) {
            stamp.zone = Some(zone);
            *scan = ahead;
            return true;
        }
    }
    false
}

/// Behind the end of a stretch of time: `10:00-10:30`, `10:00 – 10:30`, `10:00 〜 2026-03-02 11:00`.
fn range_end<'a>(scan: Scan<'a>, stamp: &Stamp, spaced: bool) -> Option<(Scan<'a>, Until)> {
    let mut end = scan;
    let mark = RANGE_MARKS.into_iter().find(|mark| end.eat(mark))?;
    let glued = mark == "-" && end.rest.starts_with(|letter: char| letter.is_ascii_digit());
    end.spaces();
    let mut dated = end;
    let day = read_day(&mut dated);
    if day.is_some() {
        dated.spaces();
        dated.eat("T");
        end = dated;
    }
    let start = end.rest;
    let time = clock_time(&mut end, false)?;
    if !end.ends_number() {
        return None;
    }
    let length = start.len() - end.rest.len();
    let later = stamp.time.is_some_and(|begun| time > begun);
    let whole = stamp.day.is_some_and(|day| day.year.is_some());
    let fits = if whole && (spaced || stamp.precise) {
        // A whole instant, as `2026-03-01T14:02:00-07:00`.
        true
    } else {
        (whole || spaced) && !later
    };
    let is_offset =
        glued && length == 5 && fits && read_zone(scan.rest).is_some_and(|(_, offset)| offset == 6);
    // `2026-08-15T10:00-10:30`: no clock runs ten and a half hours behind.
    let is_offset = is_offset && (spaced || !later || is_in_use(time));
    (!is_offset).then_some((end, Until { day, time }))
}

/// Whether clocks somewhere are so far behind UTC.
fn is_in_use(behind: Time) -> bool {
    match behind.minute() {
        0 => behind.hour() <= 12,
        30 => matches!(behind.hour(), 2 | 3 | 4 | 9),
        _ => false,
    }
}

/// The first date, with its year, near the beginning of a text.
pub(super) fn find_day(text: &str) -> Option<Day> {
    let text = cut(text, 0..text.floor_char_boundary(MAX_SEARCHED));
    let mut boundary = true;
    for (at, letter) in text.char_indices() {
        let starts = boundary && letter.is_alphanumeric();
        boundary = !letter.is_ascii_alphanumeric();
        if starts
            && let Some(day) = read_stamp(cut(text, at..text.len())).and_then(|stamp| stamp.day)
            && day.year.is_some()
        {
            return Some(day);
        }
    }
    None
}
