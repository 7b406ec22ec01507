//! Full-text search: a cache of Postgres that heals itself.
//!
//! Pure: [`query`] and [`filters`] understand what people type, [`snippet`] cuts the passage that answers. On disk:
//! [`index`] searches, [`indexer`] keeps it equal to Postgres, on a thread that [`supervisor`] watches. Knows no feature: documents come from a function.

mod bare;
mod collect;
mod counts;
mod dictionary;
pub mod document;
pub mod filters;
mod generation;
pub mod glossary;
mod identifiers;
pub mod index;
pub mod indexer;
mod inspect;
mod kept_glossary;
mod matching;
mod narrow;
mod numbers;
mod parser;
pub mod passages;
mod plan;
mod private;
pub mod query;
mod quick;
mod ranges;
mod recent;
pub mod related;
pub mod request;
mod rescore;
mod run;
mod scan;
mod schema;
mod semantics;
pub mod snippet;
mod spelling;
mod stop_words;
pub mod supervisor;
#[cfg(test)]
mod tests;
mod tokenizer;
mod within;
mod writing;

pub use document::{Document, EVERYBODY, Part, Place};
pub use filters::{Field, Filters};
pub use glossary::Glossary;
pub use index::Index;
pub use indexer::{
    ConnectError, ConnectFn, IndexerError, LoadFn, Round, Source, current_transaction,
    trim_change_log,
};
pub use inspect::{Condition, inspect, made_from};
pub use kept_glossary::{KeptGlossary, Look};
pub use passages::Passages;
pub use private::PrivateIndex;
pub use query::Query;
pub use request::{Audience, Facets, Hit, MAX_DEPTH, Order, Request, Results, SearchError};
pub use snippet::{Highlighter, Snippet, best_snippet};
pub use supervisor::{Indexer, Status, catch_up, rebuild, wait_until};
