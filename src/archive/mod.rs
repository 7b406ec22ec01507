//! Everything in, everything out: folders of Markdown, and the sample reports.

mod demo;
mod files;
mod import;
pub mod pages;

pub use demo::load_samples;
pub use import::{
    FileOutcome, ImportError, ImportOptions, ImportProblem, Importing, Outcome, Tally, Watch, read,
};
