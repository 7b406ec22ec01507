//! The instants that stamps name, and how instants are written.

use super::days::{Day, Order};
use super::doubt::Doubt;
use super::stamp::Stamp;
use super::zones::Zone;
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::{AmbiguousOffset, Offset, TimeZone};
use jiff::{SignedDuration, Span, Timestamp};

/// So near to a known date, in days, only one reading of an ambiguous date makes sense.
const NEAR_DAYS: i32 = 10;
/// A time that goes further back than this behind the one above it may be of another day or zone.
const MAX_BACK: SignedDuration = SignedDuration::from_hours(1);
/// A time without a date that goes back further than this behind the one above it is of the next day.
const HALF_A_DAY: SignedDuration = SignedDuration::from_hours(12);
/// The most doubts kept.
const MAX_DOUBTS: usize = 5;

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

    /// So far from the row above, and the row below counts from there.
    pub(super) fn step(&mut self, length: SignedDuration) -> Option<Timestamp> {
        let at = self.last_at?.checked_add(length).ok()?;
        let moment = if self.zone_known || self.row_zone.is_none() {
            self.zone.to_datetime(at)
        } else {
            self.last?.checked_add(length).ok()?
        };
        self.date = Some(moment.date());
        self.last = Some(moment);
        self.last_at = Some(at);
        Some(at)
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

    /// The instant of a moment: of an hour that came twice the one that keeps the order of the rows, else the first.
    fn instant(&mut self, zone: &TimeZone, moment: DateTime, timed: bool) -> Option<Timestamp> {
        let found = instant_of(zone, moment)?;
        if !timed {
            return Some(found);
        }
        let ambiguous = zone.to_ambiguous_zoned(moment);
        match ambiguous.offset() {
            AmbiguousOffset::Unambiguous { .. } => {}
            AmbiguousOffset::Gap { .. } => {
                self.doubt(Doubt::Skipped(moment, zone.to_datetime(found).time()));
            }
            AmbiguousOffset::Fold { before, after } => {
                let second = ambiguous.later().ok()?.timestamp();
                if let Some(second) = by_order(found, second, self.last_at) {
                    // That the hour turned says of those above that they were the first.
                    self.doubts.retain(|doubt| {
                        !matches!(doubt, Doubt::Twice(other, ..) if other.date() == moment.date())
                    });
                    return Some(second);
                }
                self.doubt(Doubt::Twice(moment, before, after));
            }
        }
        Some(found)
    }

    /// The instant a stamp names, if that can be known.
    pub(super) fn place(&mut self, stamp: &Stamp) -> Option<Timestamp> {
        if stamp.zone.is_some() {
            self.row_zone.clone_from(&stamp.zone);
        }
        let moment = self.moment(stamp)?;
        let zone = self.zone_of(stamp, moment);
        let instant = self.instant(&zone, moment, stamp.time.is_some())?;
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

/// The second time, where it came twice, lies behind the row above and the first does not.
pub fn by_order(
    first: Timestamp,
    second: Timestamp,
    above: Option<Timestamp>,
) -> Option<Timestamp> {
    let above = above?;
    (first < above && above <= second).then_some(second)
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
