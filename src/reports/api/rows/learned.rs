//! A contributing factor, and a thing learned. Pure.

use super::{Row, blank, long};
use crate::reports::Rows;
use crate::reports::api::words;
use crate::reports::model::{Draft, FactorUse, Learning, MAX_NAME_CHARS};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A contributing factor as used in this report.
#[derive(Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Factor)]
pub(in crate::reports::api) struct FactorJson {
    /// Its name in the shared catalogue; a new name makes a new entry.
    #[schema(
        min_length = 1,
        max_length = 200,
        pattern = r"\S",
        example = "Retry without backoff"
    )]
    name: String,
    /// What it did here.
    #[serde(default = "contributed")]
    role: words::FactorRole,
    /// A note in Markdown; may be empty.
    #[serde(default)]
    #[schema(max_length = 1_048_576)]
    note: String,
}

fn contributed() -> words::FactorRole {
    words::FactorRole(crate::reports::model::FactorRole::Contributed)
}

impl From<&FactorUse> for FactorJson {
    fn from(it: &FactorUse) -> Self {
        Self {
            name: it.name.clone(),
            role: words::FactorRole(it.role),
            note: it.note.clone(),
        }
    }
}

impl From<FactorJson> for FactorUse {
    fn from(it: FactorJson) -> Self {
        Self {
            name: it.name,
            role: it.role.0,
            note: it.note,
        }
    }
}

impl Row for FactorJson {
    fn of(draft: &Draft) -> Vec<Self> {
        draft.factors.iter().map(Self::from).collect()
    }

    fn check(&self) -> Option<(&'static str, &'static str)> {
        if self.name.chars().count() > MAX_NAME_CHARS {
            return Some(("name", "At most 200 characters fit; use the note."));
        }
        blank("name", &self.name).or_else(|| long("note", &self.note))
    }

    fn rows(rows: Vec<Self>) -> Rows {
        Rows::Factors(rows.into_iter().map(FactorUse::from).collect())
    }
}

/// One thing learned.
#[derive(Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Learning)]
pub(in crate::reports::api) struct LearningJson {
    /// Its kind. A report keeps its learnings in the order of its sections, those of one kind together.
    kind: words::LearningKind,
    /// The text, in Markdown.
    #[schema(
        min_length = 1,
        max_length = 1_048_576,
        pattern = r"\S",
        example = "Two people looked at the same graph and saw different things."
    )]
    text: String,
}

impl From<&Learning> for LearningJson {
    fn from(it: &Learning) -> Self {
        Self {
            kind: words::LearningKind(it.kind),
            text: it.text.clone(),
        }
    }
}

impl From<LearningJson> for Learning {
    fn from(it: LearningJson) -> Self {
        Self {
            kind: it.kind.0,
            text: it.text,
        }
    }
}

impl Row for LearningJson {
    fn of(draft: &Draft) -> Vec<Self> {
        draft.learnings.iter().map(Self::from).collect()
    }

    fn check(&self) -> Option<(&'static str, &'static str)> {
        blank("text", &self.text).or_else(|| long("text", &self.text))
    }

    fn rows(rows: Vec<Self>) -> Rows {
        Rows::Learnings(rows.into_iter().map(Learning::from).collect())
    }
}
