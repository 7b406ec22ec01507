//! The built program in a real browser, each journey in its own Chromium with nothing remembered.
//!
//! Where Chromium or its driver is missing the journeys are left out and say so, unless `CI=true`.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test that fails may panic, and one that is left out says so"
)]

mod browser;
mod journeys;
#[path = "../it/support/program.rs"]
#[expect(dead_code, reason = "the journeys do not stop the server by hand")]
mod program;
