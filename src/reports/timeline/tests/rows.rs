//! Shifting rows, what is odd about them, and what was known.

use super::super::*;
use super::at;
use crate::reports::model::{Phase, TimelineEvent, Times};
use jiff::SignedDuration;

fn event(time: &str, text: &str) -> TimelineEvent {
    TimelineEvent {
        at: Some(at(&format!("2026-11-17T{time}:00Z"))),
        ..TimelineEvent::said(text)
    }
}

fn said(events: &[TimelineEvent], times: &Times) -> Vec<(usize, String)> {
    let remarks = remarks(events, times);
    remarks
        .into_iter()
        .map(|it| (it.index, it.message))
        .collect()
}

#[test]
fn all_rows_move_or_none() {
    let mut events = vec![event("14:02", "a"), TimelineEvent::said("b")];
    events[0].known_at = Some(at("2026-11-17T14:20:00Z"));
    events[0].at_text = "3:02 pm CET".to_owned();
    let zone = TimeZone::UTC;
    let odd = shifted(&mut events, SignedDuration::from_mins(-62), &zone);
    assert_eq!(odd, Some(Shifted::default()));
    assert_eq!(events[0].at, Some(at("2026-11-17T13:00:00Z")));
    assert_eq!(events[0].known_at, Some(at("2026-11-17T13:18:00Z")));
    assert_eq!(events[0].at_text, "");
    assert_eq!(events[1], TimelineEvent::said("b"));
    let before = events.clone();
    let far = SignedDuration::from_hours(24 * 366 * 9_000);
    assert_eq!(shifted(&mut events, far, &zone), None);
    assert_eq!(events, before);
}

#[test]
fn what_a_row_says_beside_its_instant_moves_or_is_told() {
    let written = |time: &str, text: &str, words: &str| TimelineEvent {
        at_text: words.to_owned(),
        ..event(time, text)
    };
    let soon = TimelineEvent {
        at_text: "soon".to_owned(),
        ..TimelineEvent::said("then")
    };
    let mut events = vec![
        written("10:00", "drained", "2026-11-17 10:00-10:30"),
        written("00:00", "planned", "2026-11-17"),
        written("12:00", "lunch", "about noon"),
        written("12:00", "a\n\n```\nb\n```", "about <noon>"),
        soon.clone(),
    ];
    let zone = TimeZone::UTC;
    let odd = shifted(&mut events, SignedDuration::from_hours(1), &zone).unwrap();
    assert_eq!(
        (odd.days, odd.told, odd.timeless),
        (vec![1], vec![2, 3], vec![4])
    );
    assert_eq!(
        events,
        [
            written("11:00", "drained", "2026-11-17 11:00-11:30"),
            written("00:00", "planned", "2026-11-17"),
            event("13:00", "lunch (as written before the shift: about noon)"),
            event(
                "13:00",
                "a\n\n```\nb\n```\n\n(as written before the shift: about \\<noon>)"
            ),
            soon,
        ]
    );
    shifted(&mut events, SignedDuration::from_hours(-24), &zone).unwrap();
    assert_eq!(events[1].at_text, "2026-11-16");
    assert_eq!(events[1].at, Some(at("2026-11-16T00:00:00Z")));
}

#[test]
fn what_is_known_of_a_row_that_stays_stays_too() {
    let known = |event: TimelineEvent| TimelineEvent {
        known_at: Some(at("2026-11-17T18:00:00Z")),
        ..event
    };
    let written = |words: &str, event: TimelineEvent| TimelineEvent {
        at_text: words.to_owned(),
        ..event
    };
    let day = known(written("2026-11-17", event("00:00", "planned")));
    let soon = known(written("soon", TimelineEvent::said("then")));
    let mut events = vec![
        day.clone(),
        soon.clone(),
        known(event("12:00", "lunch")),
        known(written("about noon", event("12:00", "lunch"))),
        known(TimelineEvent::said("never told when")),
    ];
    let odd = shifted(&mut events, SignedDuration::from_hours(1), &TimeZone::UTC).unwrap();
    assert_eq!((odd.days, odd.timeless), (vec![0], vec![1]));
    assert_eq!(events[..2], [day, soon]);
    for event in &events[2..] {
        assert_eq!(
            event.known_at,
            Some(at("2026-11-17T19:00:00Z")),
            "{event:?}"
        );
    }
}

#[test]
fn a_silence_is_long_and_unusual() {
    let usual = ["14:00", "14:05", "14:12", "14:16"].map(|time| event(time, "x"));
    let mut events = usual.to_vec();
    assert_eq!(said(&events, &Times::default()), []);
    events.push(event("15:40", "x"));
    assert_eq!(
        said(&events, &Times::default()),
        [(
            4,
            "Nothing is told of the 1 h 24 min before this: what happened meanwhile?".to_owned()
        )]
    );
    // Where every step is an hour, an hour is no silence; nor is what follows the background.
    let hourly = ["10:00", "11:00", "12:00", "13:00"].map(|time| event(time, "x"));
    assert_eq!(said(&hourly, &Times::default()), []);
    let mut events = usual.to_vec();
    let mut background = event("08:00", "x");
    background.phase = Some(Phase::Background);
    events.insert(0, background);
    assert_eq!(said(&events, &Times::default()), []);
}

#[test]
fn order_and_knowledge_are_looked_at() {
    let mut events = [
        event("14:10", "x"),
        event("14:02", "x"),
        event("14:20", "x"),
    ];
    events[2].known_at = Some(at("2026-11-17T14:00:00Z"));
    let found = said(&events, &Times::default());
    assert_eq!(found.len(), 2);
    assert_eq!(found[0].0, 1);
    assert!(
        found[0].1.contains("8 min before the row above"),
        "{}",
        found[0].1
    );
    assert_eq!(found[1].0, 2);
    assert!(
        found[1].1.contains("20 min before it happened"),
        "{}",
        found[1].1
    );
}

#[test]
fn rows_outside_of_the_incident_are_pointed_at_once() {
    let times = Times {
        started_at: Some(at("2026-11-17T14:00:00Z")),
        resolved_at: Some(at("2026-11-17T15:00:00Z")),
        ..Times::default()
    };
    let mut trigger = event("13:50", "x");
    trigger.phase = Some(Phase::Trigger);
    let mut told = event("15:30", "x");
    told.phase = Some(Phase::Communicate);
    let events = [
        trigger,
        event("13:51", "x"),
        event("13:52", "x"),
        event("14:30", "x"),
        event("15:20", "x"),
        told,
    ];
    let found = said(&events, &times);
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(found[0].0 == 1 && found[0].1.contains("before “Started”"));
    assert!(found[1].0 == 4 && found[1].1.contains("behind “Resolved”"));
}

#[test]
fn nothing_was_known_before_it_happened() {
    let mut odd = event("23:58", "the disk was full");
    odd.known_at = Some(at("2026-11-17T23:40:00Z"));
    let events = [event("23:30", "alert"), odd];
    let then = |time: &str| known_then(&events, at(&format!("2026-11-17T{time}:00Z")));
    assert_eq!(then("23:40"), [true, false]);
    assert_eq!(then("23:58"), [true, true]);
    let last = moments(&events).last().copied();
    assert_eq!(last, Some(at("2026-11-17T23:58:00Z")));
    assert_eq!(remarks(&events, &Times::default()).len(), 1);
}

#[test]
fn what_was_learned_later_was_not_known_then() {
    let mut hidden = event("14:00", "the config was wrong");
    hidden.known_at = Some(at("2026-11-17T15:30:00Z"));
    let events = [
        TimelineEvent::said("undated, above all"),
        hidden,
        TimelineEvent::said("undated, below it"),
        event("14:20", "alert"),
        event("14:40", "rollback"),
    ];
    let then = |time: &str| known_then(&events, at(&format!("2026-11-17T{time}:00Z")));
    assert_eq!(then("13:00"), [true, false, false, false, false]);
    assert_eq!(then("14:20"), [true, false, false, true, false]);
    assert_eq!(then("15:00"), [true, false, false, true, true]);
    assert_eq!(then("15:30"), [true; 5]);
    let times: Vec<String> = moments(&events).iter().map(ToString::to_string).collect();
    assert_eq!(
        times,
        [
            "2026-11-17T14:20:00Z",
            "2026-11-17T14:40:00Z",
            "2026-11-17T15:30:00Z"
        ]
    );
}
