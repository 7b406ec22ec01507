//! Post-mortems, near misses and exercises.

mod check;

pub mod api;
pub mod attachments;
pub mod document;
pub mod finder;
pub mod found;
pub mod language;
pub mod model;
pub mod pages;
pub mod review;
pub mod templates;
pub mod timeline;
pub mod vocabulary;

mod actions;
mod comments;
mod gaps;
mod merge;
mod participants;
mod question;
mod related;
mod revisions;
mod saved;
pub mod scope;
mod search;
mod store;

pub use actions::{
    By, Imported, ImportedFrom, Note, Once, SaveError, Saved, SweepError, Target, Telling, create,
    foresee_import, forget_objects, import, keep_gaps, move_to_bucket, revise, save_error,
    tell_of_published,
};
pub(crate) use actions::{Rows, amend, append_events, replace_rows, restore};
pub use model::{Draft, MAX_DOCUMENT_BYTES, Problem};
pub use question::understand_once;
pub use related::subject_of;
pub use search::{load_documents, unstored_document};
pub(crate) use store::forget_keys;
pub use store::{find_words, forget_files, forget_notifications, remind_of_reviews};
