//! Any text is a query, and a query written out reads back as itself.
//!
//! `cargo +nightly fuzz run query -- -max_total_time=300`
#![no_main]

use hansei::platform::search::query;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let query = query::parse(text);
    for note in &query.notes {
        assert!(text.get(note.start..note.end).is_some(), "a note points outside the text");
    }
    if !query.pasted {
        assert_eq!(query::parse(&query.to_string()), query);
    }
});
