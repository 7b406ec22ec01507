//! Dates, times and zones as people write them at the start of a line.

use super::text::{cut, strip_any};
use super::zones::read_zone;
use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;

/// A date of which the year may be missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Day {
    pub(super) year: Option<i16>,
    pub(super) month: i8,
    pub(super) number: i8,
}

/// A date, a time or both, as found at the start of a text.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Stamp {
    pub(super) day: Option<Day>,
    pub(super) time: Option<Time>,
    pub(super) zone: Option<TimeZone>,
    /// The length of what was read, in bytes.
    pub(super) length: usize,
}

const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

const WEEKDAYS: [&str; 16] = [
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

/// A scanner over the start of a text.
#[derive(Clone, Copy)]
struct Scan<'a> {
    rest: &'a str,
}

impl Scan<'_> {
    fn eat(&mut self, prefix: &str) -> bool {
        match strip_any(self.rest, &[prefix]) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn number(&mut self, least: usize, most: usize) -> Option<i32> {
        let digits = self.rest.bytes().take_while(u8::is_ascii_digit).count();
        if digits < least || digits > most {
            return None;
        }
        let value = cut(self.rest, 0..digits).parse().ok()?;
        self.rest = cut(self.rest, digits..self.rest.len());
        Some(value)
    }

    fn spaces(&mut self) {
        self.rest = self
            .rest
            .trim_start_matches([' ', '\t', '\u{a0}', '\u{3000}']);
    }

    /// A name from a list, in full or its first three letters (and a full stop).
    fn name(&mut self, names: &[&str]) -> Option<usize> {
        let letters = self
            .rest
            .bytes()
            .take_while(u8::is_ascii_alphabetic)
            .count();
        let word = cut(self.rest, 0..letters).to_ascii_lowercase();
        let index = names.iter().position(|name| {
            *name == word || (word.len() >= 3 && word.len() <= 4 && name.starts_with(&word))
        })?;
        self.rest = cut(self.rest, letters..self.rest.len());
        let shortened = names.get(index).is_some_and(|name| name.len() > letters);
        if shortened && self.rest.starts_with('.') {
            self.rest = cut(self.rest, 1..self.rest.len());
        }
        Some(index)
    }

    fn ends_number(&self) -> bool {
        !self
            .rest
            .starts_with(|letter: char| letter.is_ascii_alphanumeric())
    }
}

fn day(year: Option<i32>, month: i32, day: i32) -> Option<Day> {
    let year = match year {
        Some(short) if short < 100 => Some(i16::try_from(2000 + short).ok()?),
        Some(full) => Some(
            i16::try_from(full)
                .ok()
                .filter(|year| (1..=9999).contains(year))?,
        ),
        None => None,
    };
    let month = i8::try_from(month).ok()?;
    let day = i8::try_from(day).ok()?;
    // A leap year stands in for the unknown one.
    Date::new(year.unwrap_or(2000), month, day).ok()?;
    Some(Day {
        year,
        month,
        number: day,
    })
}

/// `2026-03-01`, `2026/3/1`, `2026年3月1日`.
fn year_first(scan: &mut Scan<'_>) -> Option<Day> {
    let year = scan.number(4, 4)?;
    let separator = ["-", "/", "年"].into_iter().find(|mark| scan.eat(mark))?;
    let month = scan.number(1, 2)?;
    if !scan.eat(if separator == "年" { "月" } else { separator }) {
        return None;
    }
    let date = scan.number(1, 2)?;
    let closed = separator != "年" || scan.eat("日");
    let followed_by_time = scan.rest.starts_with('T');
    (closed && (scan.ends_number() || followed_by_time))
        .then(|| day(Some(year), month, date))
        .flatten()
}

/// `3/1/2026`, `03-01-2026`, `3/1/26`: month first, unless that cannot be.
fn month_first(scan: &mut Scan<'_>) -> Option<Day> {
    let first = scan.number(1, 2)?;
    let separator = ["/", "-"].into_iter().find(|mark| scan.eat(mark))?;
    let second = scan.number(1, 2)?;
    if !scan.eat(separator) {
        return None;
    }
    let year = scan.number(2, 4)?;
    let found = day(Some(year), first, second).or_else(|| day(Some(year), second, first));
    scan.ends_number().then_some(found).flatten()
}

/// `March 1st, 2026`, `1 March 2026`, `Mar 1`; `5月1日`.
fn month_by_name(scan: &mut Scan<'_>) -> Option<Day> {
    let mut date = None;
    if let Some(number) = scan.number(1, 2) {
        if scan.eat("月") {
            let found = scan.number(1, 2)?;
            return scan.eat("日").then(|| day(None, number, found)).flatten();
        }
        ordinal(scan);
        scan.spaces();
        date = Some(number);
    }
    let month = i32::try_from(scan.name(&MONTHS)?).ok()? + 1;
    if date.is_none() {
        scan.spaces();
    }
    let date = if let Some(date) = date {
        date
    } else {
        let found = scan.number(1, 2)?;
        ordinal(scan);
        if !scan.ends_number() || scan.rest.starts_with(':') {
            return None;
        }
        found
    };
    let mut ahead = *scan;
    ahead.spaces();
    if ahead.eat(",") {
        ahead.spaces();
    }
    let year = ahead
        .number(4, 4)
        .filter(|year| (1970..=2200).contains(year) && !ahead.rest.starts_with(':'));
    if year.is_some() {
        *scan = ahead;
    }
    day(year, month, date)
}

fn ordinal(scan: &mut Scan<'_>) {
    if let Some(rest) = strip_any(scan.rest, &["st", "nd", "rd", "th"])
        && !rest.starts_with(|letter: char| letter.is_ascii_alphabetic())
    {
        scan.rest = rest;
    }
}

/// `14:02`, `14:02:33.5`, `2:02 pm`, `2pm`; after a date also `11.50`; `19時25分`.
fn clock_time(scan: &mut Scan<'_>, after_date: bool) -> Option<Time> {
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
    let Some(rest) = scan.rest.strip_prefix('.') else {
        return 0;
    };
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    if digits == 0 || digits > 9 {
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
        if !step(&mut next, &mut stamp) {
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
    (stamp.day.is_some() || stamp.time.is_some()).then_some(stamp)
}

/// Reads one more part of a stamp. The length is only taken after a part, so that a weekday alone is none.
fn step(scan: &mut Scan<'_>, stamp: &mut Stamp) -> bool {
    if stamp.day.is_none() && stamp.time.is_none() {
        for read in [year_first, month_first, month_by_name] {
            let mut ahead = *scan;
            if let Some(found) = read(&mut ahead) {
                stamp.day = Some(found);
                *scan = ahead;
                return true;
            }
        }
    }
    if stamp.time.is_none() {
        let mut ahead = *scan;
        if stamp.day.is_some() {
            let approximate = ["T", "ca. ", "~", "about ", "around ", "at "];
            ahead.rest = strip_any(ahead.rest, &approximate).unwrap_or(ahead.rest);
        }
        if let Some(found) = clock_time(&mut ahead, stamp.day.is_some()) {
            stamp.time = Some(found);
            *scan = ahead;
            return true;
        }
    } else if stamp.zone.is_none() {
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
    }
    let mut ahead = *scan;
    if stamp.time.is_none() && ahead.name(&WEEKDAYS).is_some() && ahead.ends_number() {
        *scan = ahead;
        return true;
    }
    false
}

/// The first date, with its year, anywhere in a sentence.
pub(super) fn find_date(text: &str) -> Option<Date> {
    let mut boundary = true;
    for (at, letter) in text.char_indices() {
        let starts = boundary && letter.is_alphanumeric();
        boundary = !letter.is_ascii_alphanumeric();
        if starts
            && let Some(day) = read_stamp(cut(text, at..text.len())).and_then(|stamp| stamp.day)
            && let Some(year) = day.year
        {
            return Date::new(year, day.month, day.number).ok();
        }
    }
    None
}
