//! Rows in the editor: a section whose items have a line of fields each instead of one text. Pure.
//!
//! Rows are only another look of a section: what is typed into them is put together into the Markdown of that section
//! as it arrives, so that everything else (preview, merging, keeping what is typed) knows one text. What cannot be put
//! there, such as a date that is none, travels beside the text as [`Odd`] until it is corrected.

mod drawn;
mod events;
mod factors;
mod look;
mod measures;
mod said;
#[cfg(test)]
mod tests;
mod wish;

pub(super) use drawn::{NOT_AS_ROWS, Shown, shown};
pub(super) use events::EventFields;
pub(super) use factors::FactorFields;
pub(super) use look::look;
pub(super) use measures::MeasureFields;
pub(super) use said::said;
pub(super) use wish::remembered;

use super::form::EditForm;
use super::header_times::moment;
use super::words;
use crate::reports::document::{self, Part};
use crate::reports::model::{Draft, Problem, Section, SectionRole, TimelineEvent, Times};
use crate::reports::timeline::Place;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use std::collections::HashSet;

/// A section that can be shown as rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RowKind {
    Timeline,
    Factors,
    Countermeasures,
}

impl RowKind {
    pub(super) const ALL: [Self; 3] = [Self::Timeline, Self::Factors, Self::Countermeasures];

    /// What the section means.
    pub(super) const fn role(self) -> SectionRole {
        match self {
            Self::Timeline => SectionRole::Timeline,
            Self::Factors => SectionRole::Factors,
            Self::Countermeasures => SectionRole::Countermeasures,
        }
    }

    /// As the form calls it.
    pub(super) const fn word(self) -> &'static str {
        self.role().word()
    }
}

/// More rows than this are easier to handle as text.
const MOST: usize = 500;

/// What stands in a field of a row and cannot be understood: it is shown again where it was typed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Odd {
    /// The field, such as `event-at`.
    pub(super) field: String,
    /// The row, counted from 0.
    pub(super) row: usize,
    pub(super) typed: String,
    pub(super) message: String,
}

impl Odd {
    fn new(field: &str, row: usize, typed: &str, message: impl Into<String>) -> Self {
        Self {
            field: field.to_owned(),
            row,
            typed: typed.to_owned(),
            message: message.into(),
        }
    }
}

/// What is found beside the rows while their fields are read.
#[derive(Debug, Default)]
struct Aside {
    odd: Vec<Odd>,
    /// Which of the rows that were sent became something, in their order.
    rows: Vec<usize>,
    /// Rows for which a report has no room, as text.
    beyond: Vec<String>,
    /// Whether a time that nobody touched was shown in another zone.
    is_elsewhere: bool,
}

impl Aside {
    /// Keeps a row for which there is no room, by what stands in its fields.
    fn keep(&mut self, cells: &[&str]) {
        let cells = cells.iter().map(|cell| cell.trim());
        let cells: Vec<&str> = cells.filter(|cell| !cell.is_empty()).collect();
        if !cells.is_empty() {
            let lines = cells.join(" ").replace("\r\n", "\n").replace('\n', "\n  ");
            self.beyond.push(format!("- {lines}"));
        }
    }
}

/// What is to be said once about rows that were just changed by a button.
#[derive(Clone, Debug, Default)]
pub(super) struct Told {
    /// Empty rows that were asked for, below the others.
    pub(super) spare: usize,
    /// Of which kind.
    pub(super) spare_of: Option<RowKind>,
    /// The first of the rows that are new.
    pub(super) new_from: Option<usize>,
    /// What is said above the rows.
    pub(super) remarks: Vec<String>,
    /// Why a section is not shown as rows.
    pub(super) refused: Option<RowKind>,
    /// By how much all times were to move, and why they did not.
    pub(super) shift: String,
    pub(super) shift_problem: Option<String>,
    /// Why nothing of what was pasted became a row.
    pub(super) paste_problem: Option<String>,
}

/// What times in rows are read by.
pub(super) struct Setting {
    pub(super) zone: TimeZone,
    /// The times of the report, as far as they can be read.
    pub(super) times: Times,
    /// The day on which the form was drawn, in that zone.
    pub(super) today: Option<Date>,
}

impl Setting {
    pub(super) fn of(form: &EditForm) -> Self {
        let zone = words::zone(form.timezone.trim());
        let at = |typed: &str| moment(typed, &zone).ok().flatten();
        let times = Times {
            started_at: at(&form.started_at),
            detected_at: at(&form.detected_at),
            acknowledged_at: at(&form.acknowledged_at),
            mitigated_at: at(&form.mitigated_at),
            resolved_at: at(&form.resolved_at),
        };
        let today = form.today.trim().parse().ok();
        Self { zone, times, today }
    }

    /// The head of a draft for one section.
    pub(super) fn head(&self) -> Draft {
        document::lone(self.zone.iana_name().unwrap_or("UTC"), self.times.clone())
    }

    /// What times are read by below a row of this time.
    fn place(&self, above: Option<Timestamp>) -> Place {
        let begun = self.times.started_at.or(self.times.detected_at);
        Place {
            zone: self.zone.clone(),
            day: begun.map(|at| self.zone.to_datetime(at).date()),
            today: self.today,
            above,
        }
    }

    /// What times are read by that are pasted below these rows: rows of an earlier day are the story before the
    /// report, and what is pasted begins on its day.
    fn place_of_paste(&self, rows: &[TimelineEvent]) -> Place {
        let place = self.place(rows.iter().rev().find_map(|event| event.at));
        let is_before = |at: &Timestamp| {
            let date = self.zone.to_datetime(*at).date();
            place.day.is_some_and(|day| date < day)
        };
        let above = place.above.filter(|at| !is_before(at));
        Place { above, ..place }
    }
}

/// The fields of all rows, as they are sent: a list for each field.
#[derive(Debug, Default)]
pub(super) struct SentRows {
    pub(super) events: EventFields,
    pub(super) factors: FactorFields,
    pub(super) measures: MeasureFields,
    pub(super) shift: String,
}

/// Whether a section of this meaning is wanted as rows.
pub(super) fn is_wanted(form: &EditForm, role: RowKind) -> bool {
    form.rows.split_whitespace().any(|word| word == role.word())
}

/// These kinds of rows as a field of the form.
pub(super) fn wanted(words: &[&str]) -> String {
    let all = RowKind::ALL.iter().map(|kind| kind.word());
    let wanted: Vec<&str> = all.filter(|word| words.contains(word)).collect();
    wanted.join(" ")
}

/// Notes that a section is, or is not, wanted as rows.
fn want(form: &mut EditForm, role: RowKind, wanted: bool) {
    let words: Vec<&str> = RowKind::ALL
        .iter()
        .filter(|kind| {
            if **kind == role {
                wanted
            } else {
                is_wanted(form, **kind)
            }
        })
        .map(|kind| kind.word())
        .collect();
    form.rows = words.join(" ");
}

/// The kind of rows a word of the form means.
pub(super) fn kind(word: &str) -> Option<RowKind> {
    RowKind::ALL.into_iter().find(|role| role.word() == word)
}

/// Puts the rows of a section together with the text between them.
pub(super) fn compose(form: &mut EditForm, part: &Part, role: RowKind, sent: &SentRows) -> Part {
    let setting = Setting::of(form);
    let mut draft = alone(&setting, part, role);
    let mut aside = Aside::default();
    let empty = match role {
        RowKind::Timeline => {
            draft.timeline = sent.events.read(&setting, &mut aside);
            let empty = sent.events.row.len().saturating_sub(draft.timeline.len());
            if aside.is_elsewhere {
                let said = "The time zone is another one now. Rows that had a time stay the moments they were; if their times were meant in this zone, “Shift all” moves them.";
                form.told.remarks.push(said.to_owned());
            }
            look::change(form, &mut draft, &mut aside.odd, (&sent.shift, &setting));
            empty
        }
        RowKind::Factors => {
            draft.factors = sent.factors.read(&mut aside);
            sent.factors.row.len().saturating_sub(draft.factors.len())
        }
        RowKind::Countermeasures => {
            draft.countermeasures = sent.measures.read(&mut aside);
            let read = draft.countermeasures.len();
            sent.measures.row.len().saturating_sub(read)
        }
    };
    let spare = look::spare(&form.r#do, role, empty);
    if spare > 0 {
        form.told.spare = spare;
        form.told.spare_of = Some(role);
    }
    let mut all = odds(form);
    all.append(&mut aside.odd);
    form.odd = if all.is_empty() {
        String::new()
    } else {
        serde_json::to_string(&all).unwrap_or_default()
    };
    let mut part = document::lone_part(&draft);
    if !aside.beyond.is_empty() {
        part.text = format!("{}\n{}\n", part.text.trim_end(), aside.beyond.join("\n"));
    }
    part
}

/// The section without rows.
fn alone(setting: &Setting, part: &Part, role: RowKind) -> Draft {
    Draft {
        sections: vec![Section {
            heading: part.heading.clone(),
            role: role.role(),
            text: part.text.clone(),
        }],
        ..setting.head()
    }
}

/// What could not be understood in the rows of a form.
pub(super) fn odds(form: &EditForm) -> Vec<Odd> {
    serde_json::from_str(&form.odd).unwrap_or_default()
}

/// The same as problems beside the fields.
pub(super) fn problems(form: &EditForm) -> Vec<Problem> {
    let odds = odds(form).into_iter();
    odds.map(|odd| Problem::of(&format!("{}-{}", odd.field, odd.row), odd.message))
        .collect()
}

/// Adds them to what is wrong with the whole, which then need not say the same of the section.
pub(super) fn add_problems(form: &EditForm, problems: &mut Vec<Problem>) {
    let found = self::problems(form);
    let said = |prefix: &str| found.iter().any(|it| it.field.starts_with(prefix));
    let (factors, measures) = (said("factor-name"), said("measure-reason"));
    problems.retain(|it| {
        let again =
            (it.field == "factors" && factors) || (it.field == "countermeasures" && measures);
        it.line > 0 || !again
    });
    problems.extend(found);
    problems.extend(unread_paste(form));
}

/// What was pasted and is no event yet would be gone with a save.
fn unread_paste(form: &EditForm) -> Option<Problem> {
    let message = "These lines are no events yet. Read them, move them into the text below, or empty this field.";
    (!form.event_paste.trim().is_empty()).then(|| Problem::of("event-paste", message))
}

/// One cell of a list of fields; what was not sent is empty.
fn cell(column: &[String], row: usize) -> &str {
    column.get(row).map_or("", String::as_str)
}

/// The rows whose box was ticked: a box sends the name of its row, as unticked ones send nothing.
struct Ticked<'a>(HashSet<&'a str>);

impl<'a> Ticked<'a> {
    fn of(boxes: &'a [String]) -> Self {
        let names = boxes.iter().map(String::as_str);
        Self(names.filter(|name| !name.is_empty()).collect())
    }

    fn has(&self, rows: &[String], row: usize) -> bool {
        self.0.contains(cell(rows, row))
    }
}

/// How many rows there are in lists of which some may be shorter.
fn length(columns: &[&Vec<String>]) -> usize {
    columns.iter().map(|column| column.len()).max().unwrap_or(0)
}
