//! Times as typed into a row.

use super::super::*;
use super::{at, paris};
use jiff::SignedDuration;

#[track_caller]
fn reads(text: &str, place: &Place, expected: &str) {
    assert_eq!(typed_time(text, place), Ok(Some(at(expected))), "{text}");
}

#[track_caller]
fn refuses(text: &str, place: &Place, said: &[&str]) {
    let message = typed_time(text, place).unwrap_err();
    for part in said {
        assert!(message.contains(part), "{text}: {message}");
    }
}

#[test]
fn what_people_type_is_read_in_the_zone_of_the_report() {
    let place = paris(None);
    for (text, expected) in [
        ("14:02", "2026-11-17T13:02:00Z"),
        (" 14:02:30 ", "2026-11-17T13:02:30Z"),
        ("2:02 pm", "2026-11-17T13:02:00Z"),
        ("9:05", "2026-11-17T08:05:00Z"),
        ("today 9:05", "2026-11-17T08:05:00Z"),
        ("yesterday 23:10", "2026-11-16T22:10:00Z"),
        ("Yesterday at 23:10", "2026-11-16T22:10:00Z"),
        ("tomorrow 00:30", "2026-11-17T23:30:00Z"),
        ("2026-11-17 14:02", "2026-11-17T13:02:00Z"),
        ("2026-11-17T14:02", "2026-11-17T13:02:00Z"),
        ("17 Nov 2026 14:02", "2026-11-17T13:02:00Z"),
        ("18 Nov 14:02", "2026-11-18T13:02:00Z"),
        ("2026-11-17T14:02Z", "2026-11-17T14:02:00Z"),
        ("2026-11-17T14:02:03.5+09:00", "2026-11-17T05:02:03.5Z"),
        ("14:02 UTC", "2026-11-17T14:02:00Z"),
        ("14:02 JST", "2026-11-17T05:02:00Z"),
    ] {
        reads(text, &place, expected);
    }
    assert_eq!(typed_time("", &place), Ok(None));
    assert_eq!(typed_time(" \t", &place), Ok(None));
}

#[test]
fn steps_count_from_the_row_above() {
    let place = paris(Some("2026-11-17T13:02:00Z"));
    for (text, expected) in [
        ("+5m", "2026-11-17T13:07:00Z"),
        ("+ 5 min", "2026-11-17T13:07:00Z"),
        ("+1h30m", "2026-11-17T14:32:00Z"),
        ("+90s", "2026-11-17T13:03:30Z"),
        ("-5m", "2026-11-17T12:57:00Z"),
        ("\u{2212}5m", "2026-11-17T12:57:00Z"),
        ("+1d", "2026-11-18T13:02:00Z"),
    ] {
        reads(text, &place, expected);
    }
    refuses("+5m", &paris(None), &["row above", "14:02"]);
    for wrong in [
        "+",
        "+5",
        "+m",
        "+5m5m",
        "+5m1h",
        "+5x",
        "+99999999999999999999m",
    ] {
        refuses(wrong, &place, &["+5m"]);
    }
    refuses("+9999d", &place, &["more than a year"]);
}

#[test]
fn a_length_is_the_same_with_a_sign_and_without() {
    for (text, seconds) in [
        ("1h", 3_600),
        ("+15m", 900),
        ("-1h30m", -5_400),
        ("\u{2212}1h", -3_600),
        ("-1d", -86_400),
        ("2 days", 172_800),
        ("- 1 h", -3_600),
        ("0m", 0),
    ] {
        let length = typed_length(text);
        assert_eq!(length, Some(SignedDuration::from_secs(seconds)), "{text}");
    }
    for wrong in [
        "",
        "-",
        "+",
        "a bit",
        "5",
        "--5m",
        "+-5m",
        "1m1h",
        &"1".repeat(200),
    ] {
        assert_eq!(typed_length(wrong), None, "{wrong}");
    }
}

#[test]
fn behind_midnight_it_is_the_next_day_as_in_a_document() {
    let place = paris(Some("2026-11-17T22:50:00Z"));
    reads("00:05", &place, "2026-11-17T23:05:00Z");
    // A little earlier is out of order, not tomorrow.
    reads("23:40", &place, "2026-11-17T22:40:00Z");
    // The day is that of the row above, not that of the report.
    reads(
        "14:02",
        &paris(Some("2026-11-19T12:00:00Z")),
        "2026-11-19T13:02:00Z",
    );
    let document = "---\ntitle: T\nstarted_at: 2026-11-17T22:50:00Z\ntimezone: Europe/Paris\n---\n## Timeline\n\n- 23:50 a\n- 00:05 b\n- 14:02 c\n";
    let events = crate::reports::document::parse(document).draft.timeline;
    let mut above = None;
    for (text, event) in ["23:50", "00:05", "14:02"].into_iter().zip(&events) {
        let place = Place {
            above,
            ..paris(None)
        };
        assert_eq!(typed_time(text, &place), Ok(event.at), "{text}");
        above = event.at;
    }
}

#[test]
fn an_hour_that_never_was_is_refused_with_both_sides() {
    let place = paris(None);
    refuses(
        "2026-03-29 02:30",
        &place,
        &[
            "Europe/Paris",
            "from 02:00 to 03:00",
            "before 02:00",
            "03:00 or later",
        ],
    );
    refuses("2026-03-29 02:00", &place, &["from 02:00 to 03:00"]);
    reads("2026-03-29 03:00", &place, "2026-03-29T01:00:00Z");
    // An offset says which of an hour that came twice.
    reads("2026-10-25T02:30+01:00", &place, "2026-10-25T01:30:00Z");
}

#[test]
fn of_an_hour_that_came_twice_the_row_above_decides_or_who_types_is_asked() {
    let asked = ["2026-10-25 02:30+02:00", "2026-10-25 02:30+01:00"];
    refuses("2026-10-25 02:30", &paris(None), &asked);
    // Neither time goes back.
    refuses("02:30", &paris(Some("2026-10-24T23:50:00Z")), &asked);
    // 02:40 the first time, and 02:10 the second.
    for (above, text, expected) in [
        ("2026-10-25T00:40:00Z", "02:10", "2026-10-25T01:10:00Z"),
        ("2026-10-25T01:10:00Z", "02:20", "2026-10-25T01:20:00Z"),
        ("2026-10-25T01:20:00Z", "03:05", "2026-10-25T02:05:00Z"),
    ] {
        reads(text, &paris(Some(above)), expected);
    }
    // It goes back whichever it is.
    refuses(
        "2026-10-25 02:30",
        &paris(Some("2026-10-25T04:00:00Z")),
        &asked,
    );
}

#[test]
fn yesterday_counts_from_the_day_of_writing() {
    let place = Place {
        today: Some(jiff::civil::date(2026, 11, 22)),
        ..paris(None)
    };
    reads("yesterday 23:10", &place, "2026-11-21T22:10:00Z");
    reads("today 9:05", &place, "2026-11-22T08:05:00Z");
    reads("14:02", &place, "2026-11-17T13:02:00Z");
}

#[test]
fn what_is_no_time_is_refused_with_what_to_type() {
    let place = paris(None);
    for (text, said) in [
        ("noon", "14:02"),
        ("25:00", "14:02"),
        ("14:75", "14:02"),
        ("14:02:75", "14:02"),
        ("14:02 or so", "14:02"),
        ("1402", "14:02"),
        ("2026-11-17", "type the time as well"),
        ("yesterday", "type the time as well"),
        ("03/04/2026 14:02", "YYYY-MM-DD"),
        ("14:02 CST", "offset"),
        ("14:02 YEKST", "offset"),
        ("14:00-14:30", "when it began"),
    ] {
        refuses(text, &place, &[said]);
    }
    let nowhere = Place {
        day: None,
        today: None,
        ..place
    };
    refuses("14:02", &nowhere, &["date as well"]);
    refuses("yesterday 14:02", &nowhere, &["type the date"]);
    refuses(&"1".repeat(200), &nowhere, &["too long"]);
}
