//! Any text can be pasted into a timeline, and its rows survive as text.
//!
//! `cargo +nightly fuzz run pasted -- -max_total_time=300`
#![no_main]

use hansei::reports::document;
use hansei::reports::model::Draft;
use hansei::reports::timeline::{Place, pasted, typed_time};
use jiff::tz::TimeZone;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let place = Place {
        zone: TimeZone::UTC,
        day: Some(jiff::civil::date(2026, 11, 17)),
        above: None,
    };
    drop(typed_time(text, &place));
    let mut draft = Draft {
        timeline: pasted(text, &place).events,
        ..Draft::default()
    };
    draft.normalise();
    let read = document::parse(&document::render(&draft)).draft;
    assert_eq!(read.timeline, draft.timeline);
});
