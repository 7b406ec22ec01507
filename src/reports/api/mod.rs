//! Reports as JSON and Markdown for programs: `/api/v1`.

mod conditions;
mod read;
mod search;
mod templates;
mod wire;
mod wording;
mod write;

pub use read::{list, one};
pub use search::search;
pub use templates::templates;
pub use wording::check_language;
pub use write::{create, revise};
