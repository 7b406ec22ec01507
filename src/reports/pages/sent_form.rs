//! The edit form as a browser sends it. Pure.

use super::figure::Figure;
use super::form::EditForm;
use super::header_times;
use super::picks::Sides;
use super::rows::{self, EventFields, FactorFields, MeasureFields, SentRows};
use super::wording::{self, Written};
use crate::reports::document::{self, Part};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;

/// The form as it is sent: the text whole, or section by section; some sections as rows, with a list for each field.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct SentForm {
    heading: Vec<String>,
    text: Vec<String>,
    sealed: Vec<String>,
    /// See [`Sides`].
    pick: Vec<String>,
    theirs: Vec<String>,
    mine: Vec<String>,
    offered: Vec<String>,
    /// Wording findings put aside without scripts.
    dismiss: Vec<String>,
    /// For each section the kind of its rows, or nothing.
    as_rows: Vec<String>,
    event_shift: String,
    event_row: Vec<String>,
    event_at: Vec<String>,
    event_kept: Vec<String>,
    event_known: Vec<String>,
    event_phase: Vec<String>,
    event_text: Vec<String>,
    event_role: Vec<String>,
    event_evidence: Vec<String>,
    event_starred: Vec<String>,
    event_remove: Vec<String>,
    factor_row: Vec<String>,
    factor_name: Vec<String>,
    factor_role: Vec<String>,
    factor_note: Vec<String>,
    factor_remove: Vec<String>,
    measure_row: Vec<String>,
    measure_remove: Vec<String>,
    measure_title: Vec<String>,
    measure_details: Vec<String>,
    measure_type: Vec<String>,
    measure_factor: Vec<String>,
    measure_problem: Vec<String>,
    measure_hypothesis: Vec<String>,
    measure_effect: Vec<String>,
    measure_measure: Vec<String>,
    measure_check: Vec<String>,
    measure_owner: Vec<String>,
    measure_due: Vec<String>,
    measure_priority: Vec<String>,
    measure_tracker: Vec<String>,
    measure_status: Vec<String>,
    measure_reason: Vec<String>,
    measure_result: Vec<String>,
    measure_evidence: Vec<String>,
    #[serde(flatten)]
    form: EditForm,
}

impl SentForm {
    /// The same, sent at this moment.
    pub(super) fn at(mut self, now: Timestamp) -> Self {
        self.form.now = Some(now);
        self
    }

    /// The same where nothing is decided yet: of a conflict the words of both sides, whichever is chosen so far.
    pub(super) fn undecided(mut self) -> Self {
        let sides = Sides {
            picks: &self.pick,
            theirs: &self.theirs,
            mine: &self.mine,
            offered: &self.offered,
        };
        let texts = std::mem::take(&mut self.text).into_iter().enumerate();
        let texts = texts.map(|(place, text)| sides.undecided(place, text));
        self.text = texts.collect();
        self.pick.clear();
        self
    }

    /// What there is to say of its rows, and their figure, if only that is asked for.
    pub(super) fn said_of_rows(self) -> Result<(Vec<Value>, Option<Figure>), Box<Self>> {
        if self.form.r#do != "rows" {
            return Err(Box::new(self));
        }
        let (form, _, rows) = self.taken_apart();
        Ok(rows::said(&form, &rows))
    }

    /// The form, and its texts field by field.
    pub(super) fn read(self) -> (EditForm, Vec<Written>) {
        let dismissed = wording::with_aside(&self.form.dismissed, &self.dismiss);
        let (mut form, parts, rows) = self.taken_apart();
        // What could not be understood is found out anew.
        form.odd.clear();
        form.dismissed = dismissed;
        let Some(parts) = parts else {
            "text".clone_into(&mut form.layout);
            let text = Written::plain(form.document.clone());
            return (form, vec![text]);
        };
        // A section that was not shown as rows, or is gone, is not wanted so any more.
        let shown: Vec<&str> = parts.iter().map(|(_, kind)| kind.as_str()).collect();
        form.rows = rows::wanted(&shown);
        let mut taken = Vec::new();
        let (parts, texts): (Vec<Part>, Vec<Written>) = parts
            .into_iter()
            .map(|(part, kind)| {
                // There is one list of rows of each kind: it stands in one section.
                let kind = rows::kind(&kind).filter(|kind| !taken.contains(kind));
                taken.extend(kind);
                let part = match kind {
                    Some(role) => rows::compose(&mut form, &part, role, &rows),
                    None => part,
                };
                let text = part.text.clone();
                let in_rows = kind.is_some();
                (part, Written { text, in_rows })
            })
            .unzip();
        let text = document::joined(&parts);
        form.document = if form.document.trim().is_empty() {
            text
        } else {
            format!("{}\n\n{text}", form.document.trim_end())
        };
        (form, texts)
    }
}

impl From<SentForm> for EditForm {
    fn from(sent: SentForm) -> Self {
        sent.read().0
    }
}

impl SentForm {
    /// The fields of the report, its sections with the kind of their rows, and all rows.
    fn taken_apart(self) -> (EditForm, Option<Vec<(Part, String)>>, SentRows) {
        let rows = SentRows {
            events: EventFields {
                row: self.event_row,
                at: self.event_at,
                kept: self.event_kept,
                known: self.event_known,
                phase: self.event_phase,
                text: self.event_text,
                role: self.event_role,
                evidence: self.event_evidence,
                starred: self.event_starred,
                removed: self.event_remove,
            },
            factors: FactorFields {
                row: self.factor_row,
                name: self.factor_name,
                role: self.factor_role,
                note: self.factor_note,
                removed: self.factor_remove,
            },
            measures: MeasureFields {
                row: self.measure_row,
                removed: self.measure_remove,
                columns: [
                    self.measure_title,
                    self.measure_details,
                    self.measure_type,
                    self.measure_factor,
                    self.measure_problem,
                    self.measure_hypothesis,
                    self.measure_effect,
                    self.measure_measure,
                    self.measure_check,
                    self.measure_owner,
                    self.measure_due,
                    self.measure_priority,
                    self.measure_tracker,
                    self.measure_status,
                    self.measure_reason,
                    self.measure_result,
                    self.measure_evidence,
                ],
            },
            shift: self.event_shift,
        };
        let sides = Sides {
            picks: &self.pick,
            theirs: &self.theirs,
            mine: &self.mine,
            offered: &self.offered,
        };
        let texts = self.text.into_iter().enumerate();
        let texts = texts.map(|(place, text)| sides.settle(place, text));
        let parts = sections((texts.collect(), self.heading, self.sealed, self.as_rows));
        let mut form = self.form;
        header_times::settle(&mut form);
        (form, parts, rows)
    }
}

/// The sections that stay, with the kind of their rows; none when the text came whole.
fn sections(
    (texts, headings, sealed, kinds): (Vec<Option<String>>, Vec<String>, Vec<String>, Vec<String>),
) -> Option<Vec<(Part, String)>> {
    if texts.is_empty() {
        return None;
    }
    let mut headings = headings.into_iter();
    let mut sealed = sealed.into_iter();
    let mut kinds = kinds.into_iter();
    let parts = texts.into_iter().filter_map(|text| {
        // One of each for every section, also for one that goes.
        let heading = headings.next().unwrap_or_default();
        let sealed = sealed.next().is_some_and(|it| !it.is_empty());
        let kind = kinds.next().unwrap_or_default();
        let part = Part {
            heading,
            text: text?,
            sealed,
            line: 0,
        };
        Some((part, kind))
    });
    Some(parts.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_section_that_is_to_go_goes_with_its_heading() {
        let strings = |values: [&str; 3]| values.map(str::to_owned).to_vec();
        let sent = SentForm {
            heading: strings(["A", "B", "C"]),
            text: strings(["x", "y", "z"]),
            pick: strings(["", "without", "theirs 0"]),
            theirs: vec!["t".to_owned()],
            mine: vec!["m".to_owned()],
            ..SentForm::default()
        };
        assert_eq!(sent.read().0.document, "## A\n\nx\n\n## C\n\nt\n");
    }

    #[test]
    fn rows_stand_in_one_section_however_many_ask_for_them() {
        let strings = |values: [&str; 3]| values.map(str::to_owned).to_vec();
        let sent = SentForm {
            heading: strings(["Timeline", "Timeline", "Timeline"]),
            text: strings(["a", "b", "c"]),
            as_rows: strings(["timeline", "timeline", "timeline"]),
            event_text: vec!["Alert fired".to_owned()],
            ..SentForm::default()
        };
        let (form, _) = sent.read();
        assert_eq!(form.rows, "timeline");
        assert_eq!(form.document.matches("Alert fired").count(), 1);
        for text in ["\na\n", "\nb\n", "\nc"] {
            assert!(form.document.contains(text), "{}", form.document);
        }
    }
}
