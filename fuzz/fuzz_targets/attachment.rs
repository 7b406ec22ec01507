//! Any bytes can be looked at as a file to attach; what is accepted is accepted again, and has nothing left to take out; pictures
//! become smaller ones, or do not, within bounds.
//!
//! `cargo +nightly fuzz run attachment -- -max_total_time=300`
#![no_main]

use hansei::reports::attachments::{Size, USUAL_BYTES, inspect, smaller};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(file) = inspect("x", bytes.to_vec().into(), USUAL_BYTES) else {
        return;
    };
    let again = inspect(&file.name, file.bytes.clone(), USUAL_BYTES);
    assert_eq!(again.as_ref(), Ok(&file));
    for size in Size::ALL {
        if let Some(small) = smaller(file.kind, &file.bytes, size) {
            let read = inspect("x", small.bytes.into(), USUAL_BYTES);
            assert_eq!(read.map(|it| it.kind), Ok(small.kind));
        }
    }
});
