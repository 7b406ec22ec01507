//! What features stand on: identifiers, time, database, search, HTTP. Knows no feature.

pub mod app;
pub mod clock;
pub mod db;
pub mod http;
pub mod ids;
pub mod markdown;
pub mod search;
pub mod secret;
pub mod telemetry;
