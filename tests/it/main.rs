//! Integration tests: the real thing against a real Postgres.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that fails may panic, also in the functions that tests share"
)]
#![expect(clippy::too_many_lines, reason = "tables of cases are long and simple")]

mod accounts;
mod autosave;
mod binary;
mod database;
mod embedded;
mod http_edges;
mod import;
mod indexer;
mod language;
mod methods;
mod migrations;
mod page_words;
mod permissions;
mod promises;
mod reports_api;
mod reports_pages;
mod search;
mod support;
mod templates;
mod tidy;
mod torture;
mod unsaved;
mod writing;
