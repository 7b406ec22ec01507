//! Any bytes can be looked at as a file to attach; what is accepted is accepted again, and has nothing left to take out.
//!
//! `cargo +nightly fuzz run attachment -- -max_total_time=300`
#![no_main]

use hansei::reports::attachments::{USUAL_BYTES, inspect};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(file) = inspect("x", bytes, USUAL_BYTES) else {
        return;
    };
    let again = inspect(&file.name, &file.bytes, USUAL_BYTES);
    assert_eq!(again.as_ref(), Ok(&file));
});
