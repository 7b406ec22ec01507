//! The instants that stamps name, and how instants are written.

use super::stamp::{Day, Stamp};
use jiff::civil::{Date, DateTime};
use jiff::tz::{Offset, TimeZone};
use jiff::{Span, Timestamp};

/// What is known about date and zone while a timeline is read from top to bottom.
#[derive(Clone, Debug)]
pub(super) struct Clock {
    /// The zone of times that name none.
    pub(super) zone: TimeZone,
    /// The date of times that name none.
    pub(super) date: Option<Date>,
    last: Option<DateTime>,
}

impl Clock {
    pub(super) const fn new(zone: TimeZone, date: Option<Date>) -> Self {
        Self {
            zone,
            date,
            last: None,
        }
    }

    /// From now on, times are of this date.
    pub(super) fn turn_to(&mut self, date: Date) {
        self.date = Some(date);
        self.last = None;
    }

    /// The date a day means, its year taken from what came before.
    pub(super) fn date_of(&self, day: Day) -> Option<Date> {
        let year = day.year.or_else(|| self.date.map(Date::year))?;
        Date::new(year, day.month, day.number).ok()
    }

    /// The instant a stamp names, if that can be known.
    pub(super) fn place(&mut self, stamp: &Stamp) -> Option<Timestamp> {
        let date = match stamp.day {
            Some(day) => self.date_of(day)?,
            None => self.date?,
        };
        let mut moment = DateTime::from_parts(date, stamp.time.unwrap_or_default());
        if stamp.day.is_none()
            && let Some(last) = self.last
            && last.since(moment).is_ok_and(|gap| gap.get_hours() > 12)
        {
            moment = moment.checked_add(Span::new().days(1)).ok()?;
        }
        let zone = stamp.zone.as_ref().unwrap_or(&self.zone);
        let instant = zone
            .to_ambiguous_zoned(moment)
            .compatible()
            .ok()?
            .timestamp();
        self.date = Some(moment.date());
        if stamp.time.is_some() {
            self.last = Some(moment);
        }
        Some(instant)
    }
}

/// An instant for people: `2026-03-01 23:04 +01:00` in the report's zone.
pub(super) fn written(instant: Timestamp, zone: &TimeZone) -> String {
    let offset = zone.to_offset(instant);
    let odd = offset.seconds() % 60 != 0;
    let offset = if odd { Offset::UTC } else { offset };
    let local = offset.to_datetime(instant);
    let minutes = local.strftime("%Y-%m-%d %H:%M").to_string();
    let seconds = if local.subsec_nanosecond() != 0 {
        local.strftime(":%S%.f").to_string()
    } else if local.second() != 0 {
        local.strftime(":%S").to_string()
    } else {
        String::new()
    };
    let name = if offset.seconds() == 0 {
        "UTC".to_owned()
    } else {
        let sign = if offset.seconds() < 0 { '-' } else { '+' };
        let total = offset.seconds().abs() / 60;
        format!("{sign}{:02}:{:02}", total / 60, total % 60)
    };
    format!("{minutes}{seconds} {name}")
}
