//! The times of the header as people type them: whole, `14:02` of the day it began, or `+5m` from the time before. Pure.

use super::form::EditForm;
use super::words;
use crate::reports::model::{Problem, Times};
use crate::reports::timeline::{self, Place, typed_first};
use jiff::civil::{Date, DateTime};
use jiff::tz::{AmbiguousOffset, TimeZone};
use jiff::{SignedDuration, Timestamp};

/// A time of day lies at most so far before the beginning: further back it is of the day after.
const BEFORE: SignedDuration = SignedDuration::from_hours(12);

/// Writes out times that were typed in short, so that they mean the same whenever they are read again. What cannot be
/// understood stays as it is.
pub(super) fn settle(form: &mut EditForm) {
    let zone = words::zone(form.timezone.trim());
    let today: Option<Date> = form.today.trim().parse().ok();
    let latest = form
        .now
        .and_then(|now| now.checked_add(timeline::SOON).ok());
    // Midnight may have passed since the form was opened.
    let sent_on = form.now.map(|now| zone.to_datetime(now).date()).or(today);
    let mut begun: Option<Timestamp> = None;
    let mut above: Option<Timestamp> = None;
    for field in [
        &mut form.started_at,
        &mut form.detected_at,
        &mut form.acknowledged_at,
        &mut form.mitigated_at,
        &mut form.resolved_at,
    ] {
        if let Ok(at) = moment(field, &zone) {
            above = at.or(above);
        } else if field.trim().parse::<DateTime>().is_ok() {
            // Its author has to look at it first, and nothing counts from it meanwhile.
            above = None;
        } else {
            let typed = field.trim_start();
            let is_step = typed.starts_with(['+', '-', '−']);
            let is_clock = typed.starts_with(|letter: char| letter.is_ascii_digit());
            let place = Place {
                zone: zone.clone(),
                day: begun.map_or(sent_on, |at| Some(zone.to_datetime(at).date())),
                today,
                above: above.filter(|_| is_step),
            };
            let at = typed_first(field, &place).ok().flatten();
            let at = at.map(|at| behind(at, begun.filter(|_| is_clock)));
            let latest = latest.filter(|_| begun.is_none());
            let at = at.and_then(|at| last(at, latest, field, &place));
            if let Some(at) = at {
                // An hour that came twice stays ambiguous until its author says which.
                let local = zone.to_datetime(at);
                let is_asked = is_twice(local, &zone) && !is_step && !says_zone(field, &place);
                *field = if is_asked {
                    local.strftime("%Y-%m-%d %H:%M").to_string()
                } else {
                    written(at, &zone)
                };
                above = (!is_asked).then_some(at);
            } else {
                above = None;
            }
        }
        begun = begun.or(above);
    }
}

/// Whether what was typed is the same instant everywhere: it names its zone, such as CEST.
fn says_zone(typed: &str, place: &Place) -> bool {
    let read_in = |zone: TimeZone| {
        let place = Place {
            zone,
            ..place.clone()
        };
        typed_first(typed, &place).ok().flatten()
    };
    let hours = |count| TimeZone::fixed(jiff::tz::offset(count));
    let found = read_in(hours(0));
    found.is_some() && found == read_in(hours(7))
}

/// A time of day alone that would lie in the future is that of the day before; any other is what it says.
fn last(at: Timestamp, latest: Option<Timestamp>, typed: &str, place: &Place) -> Option<Timestamp> {
    let nowhere = Place {
        day: None,
        ..place.clone()
    };
    if latest.is_none_or(|latest| at <= latest) || typed_first(typed, &nowhere).is_ok() {
        return Some(at);
    }
    let day = place.day.and_then(|day| day.yesterday().ok());
    typed_first(typed, &Place { day, ..nowhere }).ok().flatten()
}

/// Times of a year that was mistyped: nothing that reports tell of was so long ago. What is stored stays.
pub(super) fn too_early(times: &Times, stored: &Times) -> Vec<Problem> {
    let stored = stored.named().map(|(_, at)| at);
    let early = times.named().into_iter().zip(stored);
    early
        .filter(|((_, at), stored)| at.is_some_and(|at| at < Timestamp::UNIX_EPOCH) && at != stored)
        .map(|((name, _), _)| {
            let message = format!("“{}” lies before 1970: check its year.", Times::label(name));
            Problem::of(name, message)
        })
        .collect()
}

/// The same time of day on the next day, where it would lie long before the beginning.
fn behind(at: Timestamp, begun: Option<Timestamp>) -> Timestamp {
    let day = SignedDuration::from_hours(24);
    match begun {
        Some(begun) if begun.duration_since(at) > BEFORE => at.checked_add(day).unwrap_or(at),
        _ => at,
    }
}

/// `2026-03-01 14:02` in the report's zone; with seconds and parts of them where there are any. An hour that came twice is
/// written with its offset, as is anything that would not read back as the same instant.
pub(super) fn written(at: Timestamp, zone: &TimeZone) -> String {
    let zoned = at.to_zoned(zone.clone());
    let (short, long) = match (zoned.second(), zoned.subsec_nanosecond()) {
        (0, 0) => ("%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M%:z"),
        (_, 0) => ("%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M:%S%:z"),
        _ => ("%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f%:z"),
    };
    for format in [short, long] {
        let text = zoned.strftime(format).to_string();
        if moment(&text, zone) == Ok(Some(at)) {
            return text;
        }
    }
    at.to_string()
}

/// Reads a moment as typed: `2026-03-01 14:02` in the zone, or ISO 8601 with an offset.
pub(super) fn moment(text: &str, zone: &TimeZone) -> Result<Option<Timestamp>, String> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    if let Ok(at) = text.parse::<Timestamp>() {
        return Ok(Some(at));
    }
    let local: DateTime = text.parse().map_err(|_no_time| {
        format!("“{text}” is not a time such as 2026-03-01 14:02, 14:02 or +5m.")
    })?;
    timeline::instant_in(local, zone, None).map(Some)
}

fn is_twice(local: DateTime, zone: &TimeZone) -> bool {
    matches!(
        zone.to_ambiguous_zoned(local).offset(),
        AmbiguousOffset::Fold { .. }
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paris() -> TimeZone {
        TimeZone::get("Europe/Paris").unwrap()
    }

    #[test]
    fn local_times_are_read_in_the_zone() {
        let at = moment("2026-03-01 14:02", &paris()).unwrap().unwrap();
        assert_eq!(at.to_string(), "2026-03-01T13:02:00Z");
        assert_eq!(written(at, &paris()), "2026-03-01 14:02");
        assert_eq!(moment("", &paris()), Ok(None));
        assert_eq!(
            moment("2026-03-01T14:02Z", &paris())
                .unwrap()
                .unwrap()
                .to_string(),
            "2026-03-01T14:02:00Z"
        );
    }

    #[test]
    fn parts_of_a_second_are_written_in_the_zone() {
        for (instant, text) in [
            ("2026-03-01T13:02:03.0001Z", "2026-03-01 14:02:03.0001"),
            ("2026-03-01T13:02:00.5Z", "2026-03-01 14:02:00.5"),
            ("2026-03-01T13:02:03Z", "2026-03-01 14:02:03"),
        ] {
            let at: Timestamp = instant.parse().unwrap();
            assert_eq!(written(at, &paris()), text);
            assert_eq!(moment(text, &paris()), Ok(Some(at)));
        }
    }

    #[test]
    fn an_hour_that_never_was_is_refused() {
        let error = moment("2026-03-29 02:30", &paris()).unwrap_err();
        assert!(error.contains("did not happen"), "{error}");
        assert!(moment("yesterday", &paris()).is_err());
    }

    #[test]
    fn an_hour_that_came_twice_survives_the_form() {
        for text in ["2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z"] {
            let at: Timestamp = text.parse().unwrap();
            assert_eq!(moment(&written(at, &paris()), &paris()), Ok(Some(at)));
        }
    }

    #[test]
    fn of_an_hour_that_came_twice_the_author_says_which() {
        let error = moment("2026-10-25 02:30", &paris()).unwrap_err();
        for choice in ["2026-10-25 02:30+02:00", "2026-10-25 02:30+01:00"] {
            assert!(error.contains(choice), "{error}");
            let at = moment(choice, &paris()).unwrap().unwrap();
            assert_eq!(written(at, &paris()), choice);
        }
    }

    fn settled(times: [&str; 5]) -> [String; 5] {
        settled_at(None, times)
    }

    fn settled_at(now: Option<&str>, times: [&str; 5]) -> [String; 5] {
        let [
            started_at,
            detected_at,
            acknowledged_at,
            mitigated_at,
            resolved_at,
        ] = times.map(str::to_owned);
        let mut form = EditForm {
            today: "2026-10-24".to_owned(),
            now: now.map(|now| now.parse().unwrap()),
            timezone: "Europe/Paris".to_owned(),
            started_at,
            detected_at,
            acknowledged_at,
            mitigated_at,
            resolved_at,
            ..EditForm::default()
        };
        settle(&mut form);
        [
            form.started_at,
            form.detected_at,
            form.acknowledged_at,
            form.mitigated_at,
            form.resolved_at,
        ]
    }

    #[test]
    fn times_in_short_are_written_out() {
        assert_eq!(
            settled(["23:50", "00:10", "+5m", "yesterday", "yesterday 12:00"]),
            [
                "2026-10-24 23:50",
                "2026-10-25 00:10",
                "2026-10-25 00:15",
                "yesterday",
                "2026-10-23 12:00",
            ]
            .map(str::to_owned)
        );
        // Noticed a little before it began, and without a beginning.
        assert_eq!(
            settled(["14:00", "13:50", "", "", "+1h"])[1],
            "2026-10-24 13:50"
        );
        assert_eq!(settled(["", "13:50", "", "", "+1h"])[4], "2026-10-24 14:50");
        // What is whole stays as it was typed; what is none too.
        let odd = ["2026-10-24T23:50Z", "soon", "+5m", "", ""];
        assert_eq!(settled(odd)[0], odd[0]);
        assert_eq!(settled(odd)[1], odd[1]);
        assert_eq!(settled(odd)[2], odd[2], "the one before is not known");
    }

    #[test]
    fn an_hour_that_came_twice_is_asked_about_in_short_too() {
        let times = settled(["2026-10-25 01:00", "02:30", "", "", ""]);
        assert_eq!(times[1], "2026-10-25 02:30");
        assert!(moment(&times[1], &paris()).is_err());
        // Whoever names the zone has said which.
        for (typed, read) in [
            ("2026-10-25 02:30 CEST", "2026-10-25 02:30+02:00"),
            ("2026-10-25 02:30 CET", "2026-10-25 02:30+01:00"),
        ] {
            assert_eq!(settled([typed, "", "", "", ""])[0], read);
        }
    }

    #[test]
    fn a_time_of_day_alone_is_the_last_one() {
        let evening = |times| settled_at(Some("2026-10-24T14:55:00Z"), times);
        assert_eq!(
            evening(["23:10", "23:20", "+5m", "", "00:40"]),
            [
                "2026-10-23 23:10",
                "2026-10-23 23:20",
                "2026-10-23 23:25",
                "",
                "2026-10-24 00:40"
            ]
            .map(str::to_owned)
        );
        assert_eq!(evening(["", "23:20", "", "", ""])[1], "2026-10-23 23:20");
        // What has been, what is about now, and what says its day.
        for (typed, read) in [
            ("16:50", "2026-10-24 16:50"),
            ("16:58", "2026-10-24 16:58"),
            ("17:30", "2026-10-23 17:30"),
            ("today 23:10", "2026-10-24 23:10"),
            ("24 Oct 23:10", "2026-10-24 23:10"),
            ("2026-10-24 23:10", "2026-10-24 23:10"),
        ] {
            assert_eq!(evening([typed, "", "", "", ""])[0], read, "{typed}");
        }
    }

    #[test]
    fn years_that_cannot_be_are_refused_unless_they_are_stored() {
        let times = |text: &str| Times {
            started_at: text.parse().ok(),
            ..Times::default()
        };
        let odd = times("0206-11-01T10:00:00Z");
        let found = too_early(&odd, &Times::default());
        assert_eq!(found[0].field, "started_at");
        assert!(found[0].message.contains("1970"), "{found:?}");
        assert_eq!(too_early(&odd, &odd), []);
        assert_eq!(too_early(&times("1985-06-03T10:00:00Z"), &odd), []);
    }
}
