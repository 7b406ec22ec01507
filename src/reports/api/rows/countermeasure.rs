//! A countermeasure. Pure.

use super::{Row, blank, date, long};
use crate::reports::Rows;
use crate::reports::api::words;
use crate::reports::model::{Countermeasure, CountermeasureStatus, Draft};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// An experiment meant to change what happens next time.
#[derive(Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Countermeasure)]
pub(in crate::reports::api) struct CountermeasureJson {
    /// What to do, one line of Markdown.
    #[schema(
        min_length = 1,
        max_length = 1_048_576,
        pattern = r"\S",
        example = "Give the export its own connection pool"
    )]
    title: String,
    /// More of it, in Markdown; may be empty.
    #[serde(default)]
    #[schema(max_length = 1_048_576)]
    details: String,
    /// What it is meant to do.
    #[serde(default, rename = "type")]
    kind: Option<words::CountermeasureType>,
    /// The contributing factor it aims at, by name; may be empty.
    #[serde(default)]
    #[schema(max_length = 1_048_576)]
    factor: String,
    /// The problem; may be empty.
    #[serde(default)]
    #[schema(max_length = 1_048_576)]
    problem: String,
    /// "We believe that …"; may be empty.
    #[serde(default)]
    #[schema(max_length = 1_048_576)]
    hypothesis: String,
    /// What should change; may be empty.
    #[serde(default)]
    #[schema(max_length = 1_048_576)]
    expected_effect: String,
    /// How we will know; may be empty.
    #[serde(default)]
    #[schema(max_length = 1_048_576)]
    measure: String,
    /// When we will look.
    #[serde(default, deserialize_with = "date")]
    #[schema(example = "2026-04-01")]
    check_on: Option<Date>,
    /// A person or team; may be empty.
    #[serde(default)]
    #[schema(max_length = 1_048_576)]
    owner: String,
    /// When it should be done.
    #[serde(default, deserialize_with = "date")]
    due_on: Option<Date>,
    /// As people write it ("P1", "high"); may be empty.
    #[serde(default)]
    #[schema(max_length = 1_048_576)]
    priority: String,
    /// Link or key in a tracker; may be empty.
    #[serde(default)]
    #[schema(max_length = 1_048_576)]
    tracker: String,
    /// How far it has come.
    #[serde(default = "proposed")]
    status: words::CountermeasureStatus,
    /// Why it will not be done; `wont_do` needs it.
    #[serde(default)]
    #[schema(max_length = 1_048_576)]
    status_reason: String,
    /// What the check showed.
    #[serde(default)]
    result: Option<words::CheckResult>,
    /// Evidence for the result and what was learned, in Markdown; may be empty.
    #[serde(default)]
    #[schema(max_length = 1_048_576)]
    evidence: String,
}

fn proposed() -> words::CountermeasureStatus {
    words::CountermeasureStatus(CountermeasureStatus::Proposed)
}

impl From<&Countermeasure> for CountermeasureJson {
    fn from(it: &Countermeasure) -> Self {
        let it = it.clone();
        Self {
            title: it.title,
            details: it.details,
            kind: it.kind.map(words::CountermeasureType),
            factor: it.factor,
            problem: it.problem,
            hypothesis: it.hypothesis,
            expected_effect: it.expected_effect,
            measure: it.measure,
            check_on: it.check_on,
            owner: it.owner,
            due_on: it.due_on,
            priority: it.priority,
            tracker: it.tracker,
            status: words::CountermeasureStatus(it.status),
            status_reason: it.status_reason,
            result: it.result.map(words::CheckResult),
            evidence: it.evidence,
        }
    }
}

impl From<CountermeasureJson> for Countermeasure {
    fn from(it: CountermeasureJson) -> Self {
        Self {
            title: it.title,
            details: it.details,
            kind: it.kind.map(|kind| kind.0),
            factor: it.factor,
            problem: it.problem,
            hypothesis: it.hypothesis,
            expected_effect: it.expected_effect,
            measure: it.measure,
            check_on: it.check_on,
            owner: it.owner,
            due_on: it.due_on,
            priority: it.priority,
            tracker: it.tracker,
            status: it.status.0,
            status_reason: it.status_reason,
            result: it.result.map(|result| result.0),
            evidence: it.evidence,
        }
    }
}

impl Row for CountermeasureJson {
    fn of(draft: &Draft) -> Vec<Self> {
        draft.countermeasures.iter().map(Self::from).collect()
    }

    fn check(&self) -> Option<(&'static str, &'static str)> {
        let texts = [
            ("title", &self.title),
            ("details", &self.details),
            ("factor", &self.factor),
            ("problem", &self.problem),
            ("hypothesis", &self.hypothesis),
            ("expected_effect", &self.expected_effect),
            ("measure", &self.measure),
            ("owner", &self.owner),
            ("priority", &self.priority),
            ("tracker", &self.tracker),
            ("status_reason", &self.status_reason),
            ("evidence", &self.evidence),
        ];
        let reason = || {
            let unreasoned = self.status.0 == CountermeasureStatus::WontDo
                && blank("status_reason", &self.status_reason).is_some();
            unreasoned.then_some(("status_reason", "It will not be done: say why."))
        };
        blank("title", &self.title).or_else(reason).or_else(|| {
            texts
                .into_iter()
                .find_map(|(field, text)| long(field, text))
        })
    }

    fn rows(rows: Vec<Self>) -> Rows {
        Rows::Countermeasures(rows.into_iter().map(Countermeasure::from).collect())
    }
}
