//! The instants that stamps name, and how instants are written.

use super::days::{Day, Order};
use super::stamp::Stamp;
use super::zones::Zone;
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::{Offset, TimeZone};
use jiff::{SignedDuration, Span, Timestamp};

/// So near to a known date, in days, only one reading of an ambiguous date makes sense.
const NEAR_DAYS: i32 = 10;
/// A time that goes further back than this behind the one above it may be of another day or zone.
const MAX_BACK: SignedDuration = SignedDuration::from_hours(1);
/// A time without a date that goes back further than this behind the one above it is of the next day.
const HALF_A_DAY: SignedDuration = SignedDuration::from_hours(12);
/// The most doubts kept.
const MAX_DOUBTS: usize = 5;

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
        }
    }
}

/// What is known about date and zone while a timeline is read from top to bottom.
#[derive(Clone, Debug)]
pub(super) struct Clock {
    /// The zone of times that name none.
    zone: TimeZone,
    /// The zone of the report.
    home: TimeZone,
    /// Whether anything but a row said the zone. UTC is what reports have that say nothing.
    zone_known: bool,
    /// The zone the last row that names one gave.
    row_zone: Option<Zone>,
    /// The first time that named no zone, if no row above it named one.
    unzoned: Option<Time>,
    /// The date of times that name none.
    date: Option<Date>,
    /// Which way `03/04` is to be read.
    order: Option<Order>,
    last: Option<DateTime>,
    /// The instant of `last`.
    last_at: Option<Timestamp>,
    doubts: Vec<Doubt>,
}

impl Clock {
    pub(super) fn new(zone: TimeZone, date: Option<Date>) -> Self {
        Self {
            home: zone.clone(),
            zone_known: zone != TimeZone::UTC,
            zone,
            row_zone: None,
            unzoned: None,
            date,
            order: None,
            last: None,
            last_at: None,
            doubts: Vec::new(),
        }
    }

    /// With dates such as `03/04/2024` read this way.
    pub(super) fn reading(self, order: Option<Order>) -> Self {
        Self { order, ..self }
    }

    /// With times that stand behind a row of this instant.
    pub(super) fn behind(mut self, above: Option<Timestamp>) -> Self {
        if let Some(at) = above {
            let moment = self.home.to_datetime(at);
            self.date = Some(moment.date());
            self.last = Some(moment);
            self.last_at = Some(at);
        }
        self
    }

    /// What was doubtful so far.
    pub(super) fn into_doubts(self) -> Vec<Doubt> {
        self.doubts
    }

    fn doubt(&mut self, doubt: Doubt) {
        let said = self.doubts.iter().any(|known| match (known, &doubt) {
            // One example is enough.
            (Doubt::Unzoned(..), Doubt::Unzoned(..)) => true,
            (known, doubt) => known == doubt,
        });
        if self.doubts.len() < MAX_DOUBTS && !said {
            self.doubts.push(doubt);
        }
    }

    /// From now on, times are of this date.
    pub(super) fn turn_to(&mut self, date: Date) {
        self.date = Some(date);
        self.forget_last();
    }

    fn forget_last(&mut self) {
        self.last = None;
        self.last_at = None;
    }

    /// From now on, times are of this day, or of no known date if the day can be read in two ways.
    pub(super) fn turn_to_day(&mut self, day: Day) {
        match self.date_of(day) {
            Some(date) => self.turn_to(date),
            None if day.ambiguous => {
                self.doubt(Doubt::Date(day));
                self.date = None;
                self.forget_last();
            }
            None => {}
        }
    }

    /// From now on, times that name no zone are in this one.
    pub(super) fn turn_to_zone(&mut self, zone: &Zone) {
        self.zone_known = true;
        let near = self.date.unwrap_or(jiff::civil::date(2020, 1, 1));
        self.zone = self.meant(zone, DateTime::from_parts(near, Time::midnight()));
    }

    /// The zone a name means: with several of that name, the report's own.
    pub(super) fn meant(&mut self, said: &Zone, moment: DateTime) -> TimeZone {
        if let Some(name) = said.unsure {
            let own = self
                .home
                .to_ambiguous_zoned(moment)
                .compatible()
                .is_ok_and(|zoned| {
                    self.home.to_offset_info(zoned.timestamp()).abbreviation() == name
                });
            if own {
                return self.home.clone();
            }
            self.doubt(Doubt::Zone(name));
        }
        said.zone.clone()
    }

    /// The date a day means, its year taken from what came before.
    pub(super) fn date_of(&self, day: Day) -> Option<Date> {
        let first = self.in_its_year(day);
        if !day.ambiguous {
            return first;
        }
        let second = self.in_its_year(day.swapped());
        match self.order {
            Some(Order::MonthFirst) => first,
            Some(Order::DayFirst) => second,
            None => {
                let known = self.date?;
                let is_near = |date: &Date| {
                    known
                        .until(*date)
                        .is_ok_and(|gap| gap.get_days().abs() <= NEAR_DAYS)
                };
                match (first.filter(is_near), second.filter(is_near)) {
                    (Some(date), None) | (None, Some(date)) => Some(date),
                    (Some(_), Some(_)) | (None, None) => None,
                }
            }
        }
    }

    fn in_its_year(&self, day: Day) -> Option<Date> {
        let of = |year| Date::new(year, day.month, day.number).ok();
        if let Some(year) = day.year {
            return of(year);
        }
        let known = self.date?;
        let next = known.year().checked_add(1).and_then(of);
        // January behind December is of the next year.
        let turns = known.month() == 12
            && day.month == 1
            && next.is_some_and(|next| known.until(next).is_ok_and(|gap| gap.get_days() <= 31));
        if turns { next } else { of(known.year()) }
    }

    /// The zone of a row: its own, the one stated for all, or else that of the rows above it.
    fn zone_of(&mut self, stamp: &Stamp, moment: DateTime) -> TimeZone {
        let common = self.zone.clone();
        if let Some(said) = &stamp.zone {
            let own = self.meant(said, moment);
            if !self.zone_known && differ(&own, &common, moment) {
                self.doubt_zone(self.unzoned, &common, moment);
            }
            return own;
        }
        let Some(said) = self.row_zone.clone().filter(|_| !self.zone_known) else {
            self.unzoned = self.unzoned.or(stamp.time);
            return common;
        };
        let of_rows = self.meant(&said, moment);
        let gap = |zone: &TimeZone| {
            let at = instant_of(zone, moment)?;
            Some(at.duration_since(self.last_at?).abs())
        };
        // Where rows above named no zone either, the zone that keeps the rows together is the likelier one.
        let taken = if self.unzoned.is_some() && gap(&common) < gap(&of_rows) {
            &common
        } else {
            &of_rows
        };
        if stamp.unknown_zone.is_none() && differ(&of_rows, &common, moment) {
            self.doubt_zone(stamp.time, taken, moment);
        }
        taken.clone()
    }

    /// Says that a time was read in a zone that it does not name.
    fn doubt_zone(&mut self, time: Option<Time>, zone: &TimeZone, moment: DateTime) {
        if let (Some(time), Some(at)) = (time, instant_of(zone, moment)) {
            self.doubt(Doubt::Unzoned(time, offset_name(zone.to_offset(at))));
        }
    }

    /// The date and time of day a stamp names, if its date can be known: behind midnight, a time is of the next day.
    pub(super) fn moment(&mut self, stamp: &Stamp) -> Option<DateTime> {
        let date = match stamp.day {
            Some(day) => {
                let found = self.date_of(day);
                if found.is_none() && day.ambiguous {
                    self.turn_to_day(day);
                }
                found?
            }
            None => self.date?,
        };
        let moment = DateTime::from_parts(date, stamp.time.unwrap_or_default());
        if stamp.day.is_none()
            && let Some(last) = self.last
            && last.duration_since(moment) > HALF_A_DAY
        {
            return moment.checked_add(Span::new().days(1)).ok();
        }
        Some(moment)
    }

    /// The instant a stamp names, if that can be known.
    pub(super) fn place(&mut self, stamp: &Stamp) -> Option<Timestamp> {
        if stamp.zone.is_some() {
            self.row_zone.clone_from(&stamp.zone);
        }
        let moment = self.moment(stamp)?;
        let zone = self.zone_of(stamp, moment);
        let instant = instant_of(&zone, moment)?;
        self.date = Some(moment.date());
        if let Some(time) = stamp.time {
            if stamp.day.is_none()
                && stamp.zone.is_none()
                && let (Some(last), Some(above)) = (self.last, self.last_at)
                && above.duration_since(instant) > MAX_BACK
            {
                self.doubt(Doubt::Back(time, last.time()));
            }
            self.last = Some(moment);
            self.last_at = Some(instant);
        }
        if let Some(name) = &stamp.unknown_zone {
            self.doubt(Doubt::UnknownZone(name.clone()));
            return None;
        }
        Some(instant)
    }
}

fn instant_of(zone: &TimeZone, moment: DateTime) -> Option<Timestamp> {
    let zoned = zone.to_ambiguous_zoned(moment).compatible().ok()?;
    Some(zoned.timestamp())
}

/// Whether the same words mean another instant in the other zone.
fn differ(one: &TimeZone, other: &TimeZone, moment: DateTime) -> bool {
    instant_of(one, moment) != instant_of(other, moment)
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
    format!("{minutes}{seconds} {}", offset_name(offset))
}

/// `UTC` or `+01:00`.
pub(super) fn offset_name(offset: Offset) -> String {
    if offset.seconds() == 0 {
        return "UTC".to_owned();
    }
    let sign = if offset.seconds() < 0 { '-' } else { '+' };
    let total = offset.seconds().abs() / 60;
    format!("{sign}{:02}:{:02}", total / 60, total % 60)
}
