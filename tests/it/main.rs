//! Integration tests: the real thing against a real Postgres.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that fails may panic, also in the functions that tests share"
)]
#![expect(clippy::too_many_lines, reason = "tables of cases are long and simple")]

mod access;
mod accounts;
mod api_files;
mod api_links;
mod api_review;
mod api_rows;
mod api_talk;
mod api_viewers;
mod attachments;
mod authors;
mod autosave;
mod beside;
mod binary;
mod bucket;
mod catalogue;
mod comments;
mod database;
mod described;
mod editor;
mod embedded;
mod erased;
mod eval;
mod fallback;
mod files;
mod glossary;
mod going_back;
mod http_edges;
mod import;
mod inbox;
mod indexer;
mod language;
mod links;
mod methods;
mod migrations;
mod page_words;
mod participants;
mod permissions;
mod pointed_out;
mod promises;
mod related;
mod reports_api;
mod reports_pages;
mod respelled;
mod restricted;
mod review;
mod rows;
mod rubric;
mod scopes;
mod search;
mod searcher;
mod second_eyes;
mod secrets;
mod side_by_side;
mod smaller;
mod support;
mod talk;
mod templates;
mod tidy;
mod together;
mod torture;
mod unsaved;
mod writing;
