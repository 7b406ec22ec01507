//! Countermeasures as the fields of a card, and back. Pure.

use super::{Aside, Odd, Ticked, cell, length};
use crate::reports::model::{
    CheckResult, Countermeasure, CountermeasureStatus, CountermeasureType, MAX_ROWS,
};
use jiff::civil::Date;

/// The fields of all countermeasures, a list for each.
#[derive(Clone, Debug, Default)]
pub(in crate::reports::pages) struct MeasureFields {
    pub(in crate::reports::pages) row: Vec<String>,
    pub(in crate::reports::pages) removed: Vec<String>,
    /// By the place of their name in [`FIELDS`].
    pub(in crate::reports::pages) columns: [Vec<String>; FIELDS.len()],
}

/// The fields of a card, in the order in which they are read.
pub(in crate::reports::pages) const FIELDS: [&str; 17] = [
    "title",
    "details",
    "type",
    "factor",
    "problem",
    "hypothesis",
    "effect",
    "measure",
    "check",
    "owner",
    "due",
    "priority",
    "tracker",
    "status",
    "reason",
    "result",
    "evidence",
];

/// What the fields of a card say, in the order of [`FIELDS`].
pub(super) fn values(row: &Countermeasure) -> [String; FIELDS.len()] {
    let date = |date: Option<Date>| date.map(|date| date.to_string()).unwrap_or_default();
    [
        row.title.clone(),
        row.details.clone(),
        row.kind.map_or("", CountermeasureType::word).to_owned(),
        row.factor.clone(),
        row.problem.clone(),
        row.hypothesis.clone(),
        row.expected_effect.clone(),
        row.measure.clone(),
        date(row.check_on),
        row.owner.clone(),
        date(row.due_on),
        row.priority.clone(),
        row.tracker.clone(),
        row.status.word().to_owned(),
        row.status_reason.clone(),
        row.result.map_or("", CheckResult::word).to_owned(),
        row.evidence.clone(),
    ]
}

impl MeasureFields {
    /// The fields as they would be sent if nobody changed anything.
    pub(super) fn of(measures: &[Countermeasure]) -> Self {
        let mut fields = Self::default();
        for (index, measure) in measures.iter().enumerate() {
            fields.row.push(index.to_string());
            for (column, value) in fields.columns.iter_mut().zip(values(measure)) {
                column.push(value);
            }
        }
        fields
    }

    /// The countermeasures, without empty cards and those that are to go.
    pub(super) fn read(&self, aside: &mut Aside) -> Vec<Countermeasure> {
        let removed = Ticked::of(&self.removed);
        let mut measures = Vec::new();
        let [title, details, ..] = &self.columns;
        for row in 0..length(&[&self.row, title, details]) {
            if removed.has(&self.row, row) {
                continue;
            }
            if measures.len() >= MAX_ROWS {
                if !self.is_empty(row) {
                    aside.keep(&self.columns.each_ref().map(|column| cell(column, row)));
                }
                continue;
            }
            if let Some(measure) = self.measure(row, measures.len(), &mut aside.odd) {
                aside.rows.push(row);
                measures.push(measure);
            }
        }
        measures
    }

    fn measure(&self, row: usize, place: usize, odd: &mut Vec<Odd>) -> Option<Countermeasure> {
        let [
            title,
            details,
            kind,
            factor,
            problem,
            hypothesis,
            effect,
            measure,
            check,
            owner,
            due,
            priority,
            tracker,
            status,
            reason,
            result,
            evidence,
        ] = self.columns.each_ref().map(|column| cell(column, row));
        let mut doubts = Vec::new();
        let mut date = |field: &str, typed: &str| {
            read_date(typed).unwrap_or_else(|message| {
                doubts.push(Odd::new(field, place, typed, message));
                None
            })
        };
        let (check_on, due_on) = (date("measure-check", check), date("measure-due", due));
        let mut read = Countermeasure {
            details: details.to_owned(),
            kind: CountermeasureType::parse(kind),
            factor: one(factor),
            problem: problem.to_owned(),
            hypothesis: hypothesis.to_owned(),
            expected_effect: effect.to_owned(),
            measure: measure.to_owned(),
            check_on,
            owner: one(owner),
            due_on,
            priority: one(priority),
            tracker: one(tracker),
            status: CountermeasureStatus::parse(status).unwrap_or(CountermeasureStatus::Proposed),
            status_reason: reason.to_owned(),
            result: CheckResult::parse(result),
            evidence: evidence.to_owned(),
            ..Countermeasure::titled(one(title))
        };
        if self.is_empty(row) {
            return None;
        }
        if read.title.is_empty() {
            "…".clone_into(&mut read.title);
            let said = "Say in one line what will be tried.";
            doubts.push(Odd::new("measure-title", place, "", said));
        }
        if read.status == CountermeasureStatus::WontDo && reason.trim().is_empty() {
            let message = "Say why it will not be done: the next reader will ask.";
            doubts.push(Odd::new("measure-reason", place, "", message));
        }
        odd.append(&mut doubts);
        Some(read)
    }

    /// Whether nothing was written; a choice alone is nothing.
    fn is_empty(&self, row: usize) -> bool {
        let columns = self.columns.iter().zip(FIELDS);
        columns
            .filter(|(_, field)| !matches!(*field, "status" | "type"))
            .all(|(column, _)| cell(column, row).trim().is_empty())
    }
}

fn one(typed: &str) -> String {
    typed.trim().to_owned()
}

fn read_date(typed: &str) -> Result<Option<Date>, String> {
    let typed = typed.trim();
    if typed.is_empty() {
        return Ok(None);
    }
    let short: String = typed.chars().take(40).collect();
    typed
        .parse()
        .map(Some)
        .map_err(|_no_date| format!("“{short}” is not a date such as 2026-12-01."))
}
