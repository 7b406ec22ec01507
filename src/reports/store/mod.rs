//! Every SQL query about reports. Rows are private to this folder; what leaves it are plain read models.

mod access;
mod autosaves;
mod content;
mod lists;
mod read;
mod revisions;
mod rows;
mod templates;
mod write;

pub(crate) use access::named;
pub(crate) use autosaves::{Autosave, Subject, autosave, autosaved, begun, forget_autosave};
pub(crate) use lists::{
    Filter, Summary, by_ids, count, drafts_of, fallback_search, join_plain, list, on_this_day,
    recent, split_plain, versions,
};
pub(crate) use read::{
    Header, Stored, find_by_import_key, find_by_slug, header, keep_page, kept_page, load, load_many,
};
pub(crate) use revisions::{
    RevisionRow, Trace, is_changed_since_import, revision, revisions, trace,
};
pub(crate) use templates::{
    KeptTemplate, archive_template, insert_template, replace_template, template, templates,
};
pub(crate) use write::{
    ImportMark, NewRevision, forget_keys, insert, mark_published, recall_key, remember_key,
    replace, set_status,
};
