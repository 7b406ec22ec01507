//! Reports as JSON and Markdown for programs: `/api/v1`, and its description at `/api`.

mod append;
mod body;
mod change;
mod conditions;
mod create;
mod in_common;
mod lists;
mod once;
mod openapi;
mod past;
mod read;
mod reason;
mod reference;
mod revise;
mod rows;
mod search;
mod start;
mod templates;
mod wire;
mod wording;
mod words;

pub use append::append_to_timeline;
pub use create::create;
pub use lists::{
    countermeasures, factors, learnings, replace_countermeasures, replace_factors,
    replace_learnings, replace_timeline, timeline,
};
pub use openapi::openapi;
pub use past::{restore, revision, revisions};
pub use read::{list, one};
pub use reference::reference;
pub use revise::revise;
pub use search::search;
pub use templates::templates;
pub use wording::check_language;
