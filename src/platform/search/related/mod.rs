//! Documents like a given one, or like what is known of an alert: each with its reasons in words, and none when unsure.
//!
//! Three steps: the subject is taken apart into words ([`subject`]), the index says how rare each is and which documents
//! share them ([`gather`]), and what is shared is judged and told ([`judge`], [`reasons`]). Only the second looks at the
//! index. It reads postings for a hundred documents, not their texts, so reasons cost next to nothing.

mod common;
mod gather;
mod judge;
mod phrases;
mod postings;
mod reasons;
mod shape;
mod subject;

use std::sync::Arc;

use super::filters::Filters;
use super::index::Index;
use super::narrow::Narrow;
use super::request::{Audience, SearchError};
use gather::Look;
pub use judge::{Like, MOST};
pub use reasons::{Reason, ReasonKind};
use subject::Analysed;
pub use subject::Subject;

/// What to look for.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'a> {
    /// What the documents are to be like.
    pub subject: &'a Subject,
    /// Only documents for which this holds.
    pub filters: &'a Filters,
    /// Who asks.
    pub audience: &'a Audience,
    /// Documents that are told of in any case, if whoever asks may find them; still with reasons, if there are any.
    pub also: &'a [i64],
    /// Also tells of documents below the floor: for measuring the order. Reasons may be missing then.
    pub all: bool,
}

impl Index {
    /// Documents like the subject, the most alike first, at most [`MOST`] beside those asked for by id. Blocks: call it
    /// from a thread that may. Never panics, whatever is on the disk.
    pub fn related(&self, wanted: &Wanted<'_>) -> Result<Vec<Like>, SearchError> {
        let analysed = Analysed::of(wanted.subject);
        self.ask(|generation, deadline, expired| {
            let look = Look {
                generation,
                semantics: self.semantics(),
                subject: wanted.subject,
                narrow: Narrow {
                    filters: wanted.filters,
                    audience: wanted.audience,
                },
                also: wanted.also,
                deadline,
                expired: Arc::clone(expired),
            };
            let found = look.all(&analysed)?;
            Ok(judge::judged(&analysed, &found, wanted))
        })
    }
}
