//! Dates as people write them, at the start of a text.

use super::scan::Scan;
use super::stamp::clock_time;
use super::text::strip_any;
use jiff::civil::Date;

/// A date of which the year may be missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Day {
    pub(super) year: Option<i16>,
    pub(super) month: i8,
    pub(super) number: i8,
    /// `03/04`: month and day may as well be the other way round.
    pub(super) ambiguous: bool,
}

impl Day {
    /// The other reading of an ambiguous date.
    pub(super) const fn swapped(self) -> Self {
        Self {
            month: self.number,
            number: self.month,
            ..self
        }
    }

    /// The date, if the year is known and there is but one reading.
    pub(super) fn certain(self) -> Option<Date> {
        if self.ambiguous {
            return None;
        }
        Date::new(self.year?, self.month, self.number).ok()
    }
}

/// Which part of `03/04/2024` is the month.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    MonthFirst,
    DayFirst,
}

impl Order {
    /// What the dates of a text that can be read in one way only say of the others.
    pub(super) fn of(text: &str) -> Option<Self> {
        let (mut month_first, mut day_first) = (false, false);
        let mut boundary = true;
        for (at, letter) in text.char_indices() {
            let starts = boundary && letter.is_ascii_digit();
            boundary = !letter.is_ascii_alphanumeric() && !matches!(letter, '/' | '-');
            if starts && let Some((first, second)) = pair(text.get(at..).unwrap_or("")) {
                day_first |= first > 12;
                month_first |= second > 12;
            }
        }
        match (month_first, day_first) {
            (true, false) => Some(Self::MonthFirst),
            (false, true) => Some(Self::DayFirst),
            (true, true) | (false, false) => None,
        }
    }
}

/// The first two numbers of `25/12/2024`, if they can be a day and a month.
fn pair(text: &str) -> Option<(i32, i32)> {
    let mut scan = Scan { rest: text };
    let first = scan.number(1, 2)?;
    let separator = ["/", "-"].into_iter().find(|mark| scan.eat(mark))?;
    let second = scan.number(1, 2)?;
    let year = scan.eat(separator).then(|| scan.number(4, 4)).flatten()?;
    let fits = first.min(second) <= 12 && first.max(second) <= 31 && first.min(second) > 0;
    (fits && (1970..=2200).contains(&year)).then_some((first, second))
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
        ambiguous: false,
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
    let year = short_or_full_year(scan)?;
    scan.ends_number()
        .then(|| either(Some(year), first, second))
        .flatten()
}

/// `26` or `2026`. A slip of the pen such as `202` is no year.
fn short_or_full_year(scan: &mut Scan<'_>) -> Option<i32> {
    let full = |year: &i32| (1970..=2200).contains(year);
    scan.number(2, 2).or_else(|| scan.number(4, 4).filter(full))
}

/// `08-15 22:00`, `8/15 22:00`: a date only where a clock time follows.
fn month_and_day(scan: &mut Scan<'_>) -> Option<Day> {
    let first = scan.number(1, 2)?;
    let separator = ["/", "-"].into_iter().find(|mark| scan.eat(mark))?;
    let least = if separator == "-" { 2 } else { 1 };
    let digits = scan.number(least, 2)?;
    let mut ahead = *scan;
    ahead.spaces();
    let apart = ahead.rest.len() < scan.rest.len();
    (apart && clock_time(&mut ahead, false).is_some())
        .then(|| either(None, first, digits))
        .flatten()
}

/// Month first or day first, and whether both could be.
fn either(year: Option<i32>, first: i32, second: i32) -> Option<Day> {
    let (one, other) = (day(year, first, second), day(year, second, first));
    let ambiguous = one.is_some() && other.is_some() && first != second;
    one.or(other).map(|found| Day { ambiguous, ..found })
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
        .filter(|year| (1970..=2200).contains(year) && !goes_on(ahead.rest));
    if year.is_some() {
        *scan = ahead;
    }
    day(year, month, date)
}

/// Whether a colon and a digit follow: `2014:02` is no year.
fn goes_on(rest: &str) -> bool {
    rest.strip_prefix(':')
        .is_some_and(|rest| rest.starts_with(|letter: char| letter.is_ascii_digit()))
}

fn ordinal(scan: &mut Scan<'_>) {
    if let Some(rest) = strip_any(scan.rest, &["st", "nd", "rd", "th"])
        && !rest.starts_with(|letter: char| letter.is_ascii_alphabetic())
    {
        scan.rest = rest;
    }
}

/// Reads a date.
pub(super) fn read_day(scan: &mut Scan<'_>) -> Option<Day> {
    for read in [year_first, month_first, month_by_name, month_and_day] {
        let mut ahead = *scan;
        if let Some(found) = read(&mut ahead) {
            *scan = ahead;
            return Some(found);
        }
    }
    None
}
