//! Documents that are made to keep a machine busy, refused by name.

use super::yaml::{MAX_DEPTH, MAX_HEADER_BYTES, MAX_NODES, one_sentence};
use crate::reports::model::Problem;
use serde_saphyr::Error;
use serde_saphyr::budget::BudgetBreach;

/// A line that opens more quotes and lists than this was made by a machine, to harm.
pub(super) const MAX_OPENED: usize = 500;

/// More aliases than this multiply; fewer are somebody's habit.
const MAX_ALIASES: usize = 8;

/// Why a document must not be stored: the limit it breaks.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// A line opens too many quotes and lists.
    #[error(
        "Line {line} opens more than {MAX_OPENED} quotes and lists within each other. Take most of them away and try again."
    )]
    Nesting {
        /// The line in the source, from 1.
        line: usize,
    },
    /// Aliases that multiply what they stand for.
    #[error(
        "The front matter has {aliases} YAML aliases (`*name`); none are read. Write the values out and try again."
    )]
    Aliases {
        /// How many there are.
        aliases: usize,
    },
    /// Lists and maps too deep in each other.
    #[error(
        "The front matter nests lists and maps deeper than {MAX_DEPTH} levels. Make it flatter and try again."
    )]
    Depth,
    /// Too many values.
    #[error(
        "The front matter has more than {MAX_NODES} values. Move them to the text and try again."
    )]
    Values,
    /// Too long.
    #[error(
        "The front matter has {bytes} bytes; at most {MAX_HEADER_BYTES} are read. Move the long parts to the text and try again."
    )]
    Length {
        /// Its length.
        bytes: usize,
    },
}

impl Refusal {
    /// The name of the limit, for machines.
    pub const fn limit(&self) -> &'static str {
        match self {
            Self::Nesting { .. } => "markdown_nesting",
            Self::Aliases { .. } => "front_matter_aliases",
            Self::Depth => "front_matter_depth",
            Self::Values => "front_matter_values",
            Self::Length { .. } => "front_matter_length",
        }
    }

    /// The refusal as a problem of the document, to show beside its text.
    pub fn problem(&self) -> Problem {
        Problem {
            line: self.line(),
            field: "document".to_owned(),
            message: self.to_string(),
        }
    }

    /// The line it concerns, from 1.
    pub const fn line(&self) -> usize {
        match self {
            Self::Nesting { line } => *line,
            Self::Aliases { .. } | Self::Depth | Self::Values | Self::Length { .. } => 1,
        }
    }
}

/// Why a header cannot be read, for people, and whether it must not be stored either.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Unread {
    pub(super) why: String,
    pub(super) refusal: Option<Refusal>,
}

impl From<String> for Unread {
    fn from(why: String) -> Self {
        Self { why, refusal: None }
    }
}

impl From<Refusal> for Unread {
    fn from(refusal: Refusal) -> Self {
        Self {
            why: format!("limit {}", refusal.limit()),
            refusal: Some(refusal),
        }
    }
}

/// Tells hostile headers from wrong ones.
pub(super) fn unread(error: &Error, header: &str) -> Unread {
    let aliases = references(header);
    if aliases > MAX_ALIASES {
        return Refusal::Aliases { aliases }.into();
    }
    if let Error::Budget { breach, .. } = error.without_snippet() {
        if matches!(breach, BudgetBreach::Depth { .. }) {
            return Refusal::Depth.into();
        }
        if matches!(
            breach,
            BudgetBreach::Nodes { .. } | BudgetBreach::Events { .. }
        ) {
            return Refusal::Values.into();
        }
    }
    // Whatever else the parser minds about them first.
    if opened(header) > MAX_DEPTH * 4 {
        return Refusal::Depth.into();
    }
    one_sentence(&error.to_string()).into()
}

/// The number of `*name`s where a value may stand.
fn references(header: &str) -> usize {
    header
        .split([' ', ',', '[', '{', '\n'])
        .filter(|word| {
            word.strip_prefix('*')
                .is_some_and(|name| name.starts_with(char::is_alphanumeric))
        })
        .count()
}

/// How many brackets are open at most.
pub(super) fn opened(header: &str) -> usize {
    let (mut open, mut most) = (0_usize, 0_usize);
    for byte in header.bytes() {
        match byte {
            b'[' | b'{' => open += 1,
            b']' | b'}' => open = open.saturating_sub(1),
            _ => {}
        }
        most = most.max(open);
    }
    most
}
