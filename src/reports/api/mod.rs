//! Reports as JSON and Markdown for programs: `/api/v1`.

mod conditions;
mod read;
mod search;
mod wire;
mod write;

pub use read::{list, one};
pub use search::search;
pub use write::{create, revise};
