//! Rows alone, as text and back.

use super::super::*;
use super::properties::{any_text, drafts};
use crate::reports::model::{EventSource, TimelineEvent};
use jiff::tz::TimeZone;
use proptest::prelude::*;

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn rows_survive_as_text(draft in drafts()) {
        let zone = TimeZone::get(&draft.timezone).unwrap();
        let written = write_timeline(&draft.timeline, &zone);
        let read = read_timeline(&written, zone, (None, None), None);
        prop_assert!(read.events == draft.timeline, "{written}\n=====\n{:#?}", read.events);
        prop_assert_eq!(read.prose, "");
    }

    #[test]
    fn every_line_of_any_text_is_read_without_harm(text in any_text()) {
        let day = Some(jiff::civil::date(2026, 11, 17));
        let mut lines = Lines::new(TimeZone::UTC, day, None);
        for line in text.lines() {
            if let Some(begun) = lines.begin(line) {
                prop_assert!(line.ends_with(begun.rest));
            }
            drop(local_time(line, &TimeZone::UTC, day, None));
        }
    }
}

/// One row, read and written again.
fn row(text: &str) -> (TimelineEvent, String) {
    let day = Some(jiff::civil::date(2026, 11, 17));
    let read = read_timeline(text, TimeZone::UTC, (day, None), None);
    assert_eq!(read.events.len(), 1, "{text}");
    let written = write_timeline(&read.events, &TimeZone::UTC);
    (read.events[0].clone(), written)
}

#[test]
fn a_row_says_where_it_comes_from_in_its_last_line() {
    for source in EventSource::ALL {
        let text = format!(
            "- 14:02 [act] Restarted\n  - role: on-call engineer\n  - source: {}",
            source.word()
        );
        let (event, written) = row(&text);
        if *source == EventSource::Manual {
            // Nothing of ours is written for it, so it is a text.
            assert_eq!(
                event.text,
                "Restarted\n- role: on-call engineer\n- source: manual"
            );
            continue;
        }
        assert_eq!(event.source, *source);
        assert_eq!(
            (event.text.as_str(), event.role.as_str()),
            ("Restarted", "on-call engineer")
        );
        let below = text.split_once('\n').unwrap().1;
        assert!(written.trim_end().ends_with(below), "{written}");
    }
    // Nothing but a word of ours, and nowhere but at the end.
    for text in [
        "- 14:02 Seen\n  - source: the dashboard",
        "- 14:02 Seen\n  - source: Chat",
        "- 14:02 Seen\n  - source: chat\n  - role: on-call engineer",
        "- 14:02 Seen: source: chat",
    ] {
        let (event, _) = row(text);
        assert_eq!(event.source, EventSource::Manual, "{text}");
        assert!(event.text.contains("ource: "), "{text}");
    }
}

#[test]
fn texts_from_before_there_was_a_source_are_written_as_they_were() {
    for text in [
        "- 2026-11-17 14:02 UTC Seen\n  - source: chat",
        "- 2026-11-17 14:02 UTC Seen\n  - role: on-call engineer\n  - source: alert",
        "- 2026-11-17 14:02 UTC Seen\n  - source: the dashboard",
        "- 2026-11-17 14:02 UTC Seen\n\n  - one\n  - source: bot",
        "- 2026-11-17 14:02 UTC Seen\n  - source: manual",
    ] {
        assert_eq!(row(text).1.trim_end(), text);
    }
}
