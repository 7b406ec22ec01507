//! Values that are one of an order: severities, years and days, alone or as a range that may be open at one end.

use std::fmt;

use jiff::ToSpan as _;
use jiff::civil::Date;

use super::filters::FilterError;

/// Both ends of a range, as written: `1..2`, `1..`, `..2`, `>=1`, `>1`, `<=2`, `<2`. The second of a pair says whether the
/// end itself is left out. None: no range.
type End<'a> = Option<(&'a str, bool)>;

fn range(value: &str) -> Option<(End<'_>, End<'_>)> {
    let (from, to) = if let Some((from, to)) = value.split_once("..") {
        let end = |text: &'_ str| !text.is_empty();
        (
            end(from).then_some((from.trim(), false)),
            end(to).then_some((to.trim(), false)),
        )
    } else if let Some(from) = value.strip_prefix(">=") {
        (Some((from.trim(), false)), None)
    } else if let Some(to) = value.strip_prefix("<=") {
        (None, Some((to.trim(), false)))
    } else if let Some(from) = value.strip_prefix('>') {
        (Some((from.trim(), true)), None)
    } else if let Some(to) = value.strip_prefix('<') {
        (None, Some((to.trim(), true)))
    } else {
        return None;
    };
    (from.is_some() || to.is_some()).then_some((from, to))
}

/// Severities there may be.
const LEVELS: std::ops::RangeInclusive<u8> = 1..=5;

/// One severity, or all of a range.
pub(super) fn severities(value: &str) -> Result<Vec<u8>, FilterError> {
    let Some((from, to)) = range(value) else {
        return Ok(vec![severity(value)?]);
    };
    let first = match from {
        None => *LEVELS.start(),
        Some((text, open)) => severity(text)?.saturating_add(u8::from(open)),
    };
    let last = match to {
        None => *LEVELS.end(),
        Some((text, open)) => severity(text)?
            .checked_sub(u8::from(open))
            .ok_or(FilterError::Severity)?,
    };
    let levels: Vec<u8> = LEVELS
        .filter(|level| (first..=last).contains(level))
        .collect();
    if levels.is_empty() {
        Err(FilterError::Severity)
    } else {
        Ok(levels)
    }
}

fn severity(value: &str) -> Result<u8, FilterError> {
    let lower = value.to_ascii_lowercase();
    let digits = lower
        .strip_prefix("sev")
        .unwrap_or(&lower)
        .trim_start_matches(['-', ' ']);
    if digits.is_empty() || digits.len() > 2 || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Err(FilterError::Severity);
    }
    digits.parse().or(Err(FilterError::Severity))
}

/// A year, or a range of years that may be open at one end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Years {
    /// The first; 0 where it is open.
    pub from: i16,
    /// The last; 9999 where it is open.
    pub to: i16,
}

/// The years that four digits can say.
const ALL_YEARS: Years = Years { from: 0, to: 9999 };

impl From<i16> for Years {
    fn from(year: i16) -> Self {
        Self {
            from: year,
            to: year,
        }
    }
}

impl fmt::Display for Years {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { from, to } = *self;
        if from == to {
            return write!(f, "{from:04}");
        }
        if from > ALL_YEARS.from {
            write!(f, "{from:04}")?;
        }
        f.write_str("..")?;
        // A range of all years has one end at least.
        if to < ALL_YEARS.to || from == ALL_YEARS.from {
            write!(f, "{to:04}")?;
        }
        Ok(())
    }
}

pub(super) fn years(value: &str) -> Result<Years, FilterError> {
    let Some((from, to)) = range(value) else {
        return Ok(year(value)?.into());
    };
    let from = match from {
        None => ALL_YEARS.from,
        Some((text, open)) => year(text)? + i16::from(open),
    };
    let to = match to {
        None => ALL_YEARS.to,
        Some((text, open)) => year(text)? - i16::from(open),
    };
    if from <= to {
        Ok(Years { from, to })
    } else {
        Err(FilterError::Year)
    }
}

fn year(value: &str) -> Result<i16, FilterError> {
    if value.len() != 4 || !value.bytes().all(|b| b.is_ascii_digit()) {
        return Err(FilterError::Year);
    }
    value.parse().or(Err(FilterError::Year))
}

/// The first day, and the day after the last: of a day, a month, a year, or a range of such.
pub(super) fn days(value: &str) -> Result<(Option<Date>, Option<Date>), FilterError> {
    let first = |text: &str| date(text).or(Err(FilterError::Started));
    let behind = |text: &str| {
        let day = first(text)?;
        let next = match text.split('-').count() {
            1 => day.checked_add(1.year()),
            2 => day.checked_add(1.month()),
            _ => day.checked_add(1.day()),
        };
        next.or(Err(FilterError::Started))
    };
    let (from, to) = range(value).unwrap_or((Some((value, false)), Some((value, false))));
    let from = match from {
        None => None,
        Some((text, false)) => Some(first(text)?),
        Some((text, true)) => Some(behind(text)?),
    };
    let to = match to {
        None => None,
        Some((text, false)) => Some(behind(text)?),
        Some((text, true)) => Some(first(text)?),
    };
    match (from, to) {
        (Some(from), Some(to)) if from >= to => Err(FilterError::Started),
        both => Ok(both),
    }
}

/// The first day of a year, a month, or the day itself.
pub(super) fn date(value: &str) -> Result<Date, FilterError> {
    let mut fields = value.split('-');
    let whole_year = year(fields.next().unwrap_or_default()).or(Err(FilterError::Date))?;
    let mut small = || match fields.next() {
        None => Ok(1),
        Some(text) if (1..=2).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit()) => {
            text.parse::<i8>().or(Err(FilterError::Date))
        }
        Some(_) => Err(FilterError::Date),
    };
    let (month, day) = (small()?, small()?);
    if fields.next().is_some() {
        return Err(FilterError::Date);
    }
    Date::new(whole_year, month, day).or(Err(FilterError::Date))
}
