//! Reports as HTML: forms in, pages out.

pub mod autosave;
mod conflict;
mod drawn;
mod figure;
mod form;
mod form_page;
mod help;
mod history;
mod home;
mod lift;
mod read;
mod results;
mod resume;
mod saving;
mod search;
mod section_fields;
mod sections;
mod sent_form;
mod start;
mod template_desk;
mod template_form;
mod templates;
mod together;
mod view;
mod words;
mod write;

pub use help::{keys, query_language};
pub use history::{diff, history, old_revision};
pub use home::home;
pub use read::{by_slug, markdown, report, short_link};
pub use resume::resume;
pub(crate) use search::run as run_search;
pub use search::search;
pub use start::new;
pub use templates::{
    add_template, archive_template, edit_template, new_template, restore_template, resume_template,
    template, templates,
};
pub use write::{create, edit, publish, revise};
