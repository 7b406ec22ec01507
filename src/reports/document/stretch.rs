//! Times as they were written that say more than an instant: stretches of time and whole days. How they move. Pure.

use super::days::Day;
use super::stamp::{Stamp, read_stamp};
use super::time::offset_name;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Span, Timestamp};

const DAY: SignedDuration = SignedDuration::from_hours(24);

/// What becomes of a time as it was written when its instant moves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Moved {
    /// It begins at this instant, and is written so; empty where the instant says it all.
    To(Timestamp, String),
    /// It is a day, which no part of a day moves.
    Stays,
    /// It says something that cannot be moved.
    Unread,
}

/// Moves a time as it was written in a row of the instant `at`.
pub fn moved(text: &str, at: Timestamp, by: SignedDuration, zone: &TimeZone) -> Moved {
    let Some(found) = Said::of(text, at, zone) else {
        return Moved::Unread;
    };
    let to = |at: Timestamp| at.checked_add(by).ok();
    match (found.end, found.stamp.time) {
        (None, Some(_)) => to(at).map(|at| (at, String::new())),
        (None, None) if by.as_secs() % DAY.as_secs() != 0 => return Moved::Stays,
        (None, None) => found.day_moved(at, by),
        (Some(end), _) => to(at).zip(to(end)).and_then(|(at, end)| {
            let mut all = found.written(at, end).into_iter();
            let words = all.find(|words| {
                Said::of(words, at, zone).is_some_and(|again| again.end == Some(end))
            });
            Some((at, words?))
        }),
    }
    .map_or(Moved::Unread, |(at, words)| Moved::To(at, words))
}

/// A time as it was written, understood.
struct Said {
    stamp: Stamp,
    /// The zone it is written in.
    zone: TimeZone,
    /// The end of a stretch of time.
    end: Option<Timestamp>,
}

impl Said {
    /// Reads all of a text that begins at this instant; nothing if there is more in it than times.
    fn of(text: &str, at: Timestamp, home: &TimeZone) -> Option<Self> {
        let stamp = read_stamp(text).filter(|stamp| stamp.length == text.len())?;
        let said = stamp.zone.as_ref().map(|said| said.zone.clone());
        let mut zones = said.into_iter().chain([home.clone()]);
        let zone = zones.find(|zone| {
            let time = zone.to_datetime(at).time();
            time == stamp.time.unwrap_or_default()
        })?;
        let end = match stamp.until {
            None => None,
            Some(until) => {
                let begun = zone.to_datetime(at);
                let date = match until.day {
                    Some(day) => date_of(day, begun.date())?,
                    None if until.time < begun.time() => begun.date().tomorrow().ok()?,
                    None => begun.date(),
                };
                let end = instant(DateTime::from_parts(date, until.time), &zone)?;
                Some(end).filter(|end| *end >= at)
            }
        };
        (stamp.until.is_some() == end.is_some()).then_some(Self { stamp, zone, end })
    }

    fn day_moved(&self, at: Timestamp, by: SignedDuration) -> Option<(Timestamp, String)> {
        let days = by.as_secs() / DAY.as_secs();
        let span = Span::new().try_days(days).ok()?;
        let date = self.zone.to_datetime(at).date().checked_add(span).ok()?;
        let midnight = DateTime::from_parts(date, jiff::civil::Time::midnight());
        Some((instant(midnight, &self.zone)?, date.to_string()))
    }

    /// A stretch of time in the ways this one may be written, the shortest first.
    fn written(&self, at: Timestamp, end: Timestamp) -> [String; 2] {
        let (begun, ended) = (self.zone.to_datetime(at), self.zone.to_datetime(end));
        let zone = match self.stamp.zone {
            Some(_) => format!(" {}", offset_name(self.zone.to_offset(at))),
            None => String::new(),
        };
        let day = match self.stamp.day {
            Some(_) => format!("{} ", begun.date()),
            None => String::new(),
        };
        [
            format!("{day}{}-{}{zone}", clock(begun), clock(ended)),
            format!(
                "{} {} – {} {}{zone}",
                begun.date(),
                clock(begun),
                ended.date(),
                clock(ended)
            ),
        ]
    }
}

fn date_of(day: Day, near: Date) -> Option<Date> {
    let year = day.year.unwrap_or(near.year());
    Day {
        year: Some(year),
        ..day
    }
    .certain()
}

fn instant(moment: DateTime, zone: &TimeZone) -> Option<Timestamp> {
    let zoned = zone.to_ambiguous_zoned(moment).compatible().ok()?;
    Some(zoned.timestamp())
}

fn clock(moment: DateTime) -> String {
    let format = if moment.second() == 0 {
        "%H:%M"
    } else {
        "%H:%M:%S"
    };
    moment.strftime(format).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paris() -> TimeZone {
        TimeZone::get("Europe/Paris").unwrap()
    }

    /// What became of a time: its words, or why there are none.
    fn after(text: &str, at: &str, hours: i64) -> String {
        let at: Timestamp = at.parse().unwrap();
        let by = SignedDuration::from_hours(hours);
        match moved(text, at, by, &paris()) {
            Moved::To(to, words) => {
                let plain = at.checked_add(by).unwrap();
                let shown = if to == plain {
                    String::new()
                } else {
                    format!("{to} ")
                };
                format!("{shown}{words}")
            }
            Moved::Stays => "stays".to_owned(),
            Moved::Unread => "unread".to_owned(),
        }
    }

    #[test]
    fn both_ends_of_a_stretch_move() {
        for (text, at, hours, expected) in [
            ("10:00-10:30", "2026-03-01T09:00:00Z", 1, "11:00-11:30"),
            (
                "2026-03-01 10:00-10:30",
                "2026-03-01T09:00:00Z",
                1,
                "2026-03-01 11:00-11:30",
            ),
            ("10:00 – 10:30", "2026-03-01T09:00:00Z", -2, "08:00-08:30"),
            (
                "10:00-10:30 UTC",
                "2026-03-01T10:00:00Z",
                1,
                "11:00-11:30 UTC",
            ),
            (
                "10:00-10:30 JST",
                "2026-03-01T01:00:00Z",
                1,
                "11:00-11:30 +09:00",
            ),
            ("23:30-00:15", "2026-03-01T22:30:00Z", -1, "22:30-23:15"),
            ("10:00-10:30", "2026-03-01T09:00:00Z", 24, "10:00-10:30"),
            (
                "2026-03-01 10:00-10:30",
                "2026-03-01T09:00:00Z",
                24,
                "2026-03-02 10:00-10:30",
            ),
            (
                "2026-03-01 22:00 – 2026-03-02 23:00",
                "2026-03-01T21:00:00Z",
                1,
                "2026-03-01 23:00 – 2026-03-03 00:00",
            ),
        ] {
            assert_eq!(after(text, at, hours), expected, "{text}");
        }
    }

    #[test]
    fn a_stretch_keeps_its_length_where_clocks_are_put_forward() {
        assert_eq!(
            after("01:30-03:30", "2026-03-29T00:30:00Z", 1),
            "03:30-04:30"
        );
    }

    #[test]
    fn days_move_by_days_alone() {
        for (text, hours, expected) in [
            ("2026-03-28", 1, "stays"),
            ("2026-03-28", -25, "stays"),
            ("28 March 2026", 24, "2026-03-29"),
            ("2026-03-28", 48, "2026-03-29T22:00:00Z 2026-03-30"),
            ("2026-03-28", -24, "2026-03-27"),
        ] {
            assert_eq!(
                after(text, "2026-03-27T23:00:00Z", hours),
                expected,
                "{text} {hours}"
            );
        }
    }

    #[test]
    fn what_an_instant_says_needs_no_words_and_the_rest_is_told() {
        for (text, expected) in [
            ("10:00", ""),
            ("9 am UTC", ""),
            ("2026-03-01 10:00", ""),
            ("about ten", "unread"),
            ("10:00 or so", "unread"),
            ("11:00", "unread"),
            ("10:00-09:00 or later", "unread"),
        ] {
            assert_eq!(after(text, "2026-03-01T09:00:00Z", 1), expected, "{text}");
        }
        let far = SignedDuration::from_hours(24 * 366 * 9_000);
        let at: Timestamp = "2026-03-01T09:00:00Z".parse().unwrap();
        for text in ["10:00", "10:00-10:30", "10:00-10:30 UTC"] {
            assert_eq!(moved(text, at, far, &paris()), Moved::Unread);
        }
    }
}
