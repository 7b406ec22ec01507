//! Reports as JSON and Markdown for programs: `/api/v1`, and its description at `/api`.

mod append;
mod attachments;
mod body;
mod change;
mod comments;
pub(crate) mod conditions;
mod create;
mod deeds;
mod hits;
mod in_common;
mod links;
mod lists;
mod once;
mod openapi;
mod paging;
mod past;
mod patch;
mod read;
mod reason;
mod reference;
mod related;
mod review;
mod revise;
mod rows;
mod search;
mod similar;
mod standing;
mod start;
mod templates;
mod threads;
mod turns;
mod viewers;
mod wire;
mod wording;
mod words;

pub use append::append_to_timeline;
pub use attachments::{attach, attachments, detach};
pub use comments::{comment, comments};
pub use create::create;
pub use links::{add_link, links, remove_link};
pub use lists::{
    countermeasures, factors, learnings, replace_countermeasures, replace_factors,
    replace_learnings, replace_timeline, timeline,
};
pub use openapi::openapi;
pub use past::{restore, revision, revisions};
pub use patch::amend;
pub use read::{list, one};
pub use reference::reference;
pub use related::{related, related_to};
pub use review::take_review_step;
pub use revise::revise;
pub use search::search;
pub use similar::similar_reports;
pub use standing::review;
pub use templates::templates;
pub use turns::{edit_comment, erase_comment, remove_comment, reopen_comment, resolve_comment};
pub use viewers::{add_viewer, remove_viewer, viewers};
pub use wording::check_language;
