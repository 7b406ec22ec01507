//! Rows alone, as text and back.

use super::super::*;
use super::properties::{any_text, drafts};
use jiff::tz::TimeZone;
use proptest::prelude::*;

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn rows_survive_as_text(draft in drafts()) {
        let zone = TimeZone::get(&draft.timezone).unwrap();
        let written = write_timeline(&draft.timeline, &zone);
        let read = read_timeline(&written, zone, None, None);
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
