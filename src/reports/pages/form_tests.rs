//! Tests of what the fields of the form say.

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
fn names_are_split_and_unique() {
    assert_eq!(names(" a, B ,,b\nc d"), ["a", "B", "c d"]);
}
