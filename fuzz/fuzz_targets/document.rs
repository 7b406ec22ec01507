//! Any file can be read as a report, and what was read can be shown.
//!
//! `cargo +nightly fuzz run document -- -max_total_time=300`
#![no_main]

use hansei::platform::markdown;
use hansei::reports::document;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    // Whether it is accepted does not matter here; that it answers does.
    drop(document::parse(text));
    drop(markdown::render(text));
});
