//! What features stand on: identifiers, time, database, search, HTTP. Knows no feature.

pub mod app;
pub(crate) mod causes;
pub mod clock;
pub mod db;
pub mod http;
pub mod ids;
pub mod markdown;
pub mod memory;
pub mod objects;
pub(crate) mod ownership;
pub mod search;
pub mod secret;
pub mod settling;
pub mod telemetry;
