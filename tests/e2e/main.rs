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
#![expect(
    clippy::too_many_lines,
    reason = "a journey is told from its beginning to its end"
)]

mod accessible;
mod browser;
mod copies;
mod journeys;
#[path = "../it/support/program.rs"]
#[expect(dead_code, reason = "the journeys do not stop the server by hand")]
mod program;
mod rows;
mod together;
mod trouble;
mod without_scripts;
