//! Post-mortems, near misses and exercises.

mod check;

pub mod api;
pub mod document;
pub mod finder;
pub mod found;
pub mod language;
pub mod model;
pub mod pages;
pub mod templates;
pub mod vocabulary;

mod actions;
mod merge;
mod revisions;
mod search;
mod store;

pub use actions::{
    By, Imported, ImportedFrom, Note, Once, SaveError, Saved, Target, create, foresee_import,
    import, publish, revise, save_error,
};
pub use model::{Draft, MAX_DOCUMENT_BYTES, Problem};
pub use search::load_documents;
pub(crate) use store::forget_keys;
