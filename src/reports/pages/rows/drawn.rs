//! Rows as `edit_rows.hbs` shows them. Pure.

use super::events::{EventFields, EventRow};
use super::measures::{self, MeasureFields};
use super::{Aside, FactorFields, MOST, Odd, RowKind, Setting, odds};
use crate::reports::document::{self, Part, part_role};
use crate::reports::model::{
    CheckResult, Countermeasure, CountermeasureStatus, CountermeasureType, Draft, EventSource,
    FactorRole, Phase, TimelineEvent,
};
use crate::reports::pages::figure::figure;
use crate::reports::pages::form::EditForm;
use crate::reports::timeline::remarks;
use serde_json::{Map, Value, json};

/// Lines of a text in a row, at least and at most.
const LINES: (usize, usize) = (1, 8);
/// The most empty rows below the others.
const MOST_SPARE: usize = 20;

/// A section as rows.
pub(in crate::reports::pages) struct Shown {
    /// What stands between the rows.
    pub(in crate::reports::pages) text: String,
    pub(in crate::reports::pages) view: Value,
    pub(in crate::reports::pages) has_rows: bool,
}

/// Why a section is not shown as rows.
pub(in crate::reports::pages) const NOT_AS_ROWS: &str =
    "There is something in this section that rows cannot show as it is, so it stays a text.";
const TOO_MANY: &str = "There are more than 500 rows here. As so many they would be slow to write in, so they are a text; every one of them is in it.";

/// The section as rows, if nothing of it would be lost by that; or else why it is not.
pub(in crate::reports::pages) fn shown(
    form: &EditForm,
    part: &Part,
    role: RowKind,
    factors: &[String],
) -> Result<Shown, &'static str> {
    let setting = Setting::of(form);
    let lone = document::lone_section(part, &setting.head());
    let [section] = lone.sections.as_slice() else {
        return Err(NOT_AS_ROWS);
    };
    if count(&lone) > MOST {
        return Err(TOO_MANY);
    }
    if part_role(&part.heading) != role.role() || !is_whole(&lone, role, &setting) {
        return Err(NOT_AS_ROWS);
    }
    let rows = match role {
        RowKind::Timeline => events(form, &lone, &setting),
        RowKind::Factors => factor_rows(form, &lone),
        RowKind::Countermeasures => measure_rows(form, &lone),
    };
    let blank = rows.last().cloned().unwrap_or_default();
    let rows = focused(form, rows, role);
    let is_timeline = role == RowKind::Timeline;
    let is_live = form.r#do != "preview";
    let drawing = Draft {
        times: setting.times.clone(),
        timeline: lone.timeline.clone(),
        ..Draft::default()
    };
    let view = json!({
        "kind": role.word(),
        "is_timeline": is_timeline,
        "is_factors": role == RowKind::Factors,
        "is_measures": role == RowKind::Countermeasures,
        "rows": rows,
        "blank": named(blank, role, "new"),
        "paste": form.event_paste,
        "shift": form.told.shift,
        "shift_problem": form.told.shift_problem,
        "paste_problem": form.told.paste_problem,
        "zone": setting.zone.iana_name().unwrap_or("UTC"),
        // A preview has the figure already.
        "is_live": is_live,
        "figure": if is_timeline && is_live { figure(&drawing, &setting.zone) } else { None },
        "factors": factors,
    });
    Ok(Shown {
        text: section.text.clone(),
        view,
        has_rows: count(&lone) > 0,
    })
}

fn count(lone: &Draft) -> usize {
    lone.timeline.len() + lone.factors.len() + lone.countermeasures.len() + lone.learnings.len()
}

/// Whether the fields of the rows, sent back as they are, are these very rows.
fn is_whole(lone: &Draft, role: RowKind, setting: &Setting) -> bool {
    let mut aside = Aside::default();
    let mut again = Draft {
        timeline: Vec::new(),
        factors: Vec::new(),
        countermeasures: Vec::new(),
        ..lone.clone()
    };
    match role {
        RowKind::Timeline => {
            let fields = EventFields::of(&lone.timeline, setting);
            again.timeline = fields.read(setting, &mut aside);
        }
        RowKind::Factors => {
            again.factors = FactorFields::of(&lone.factors).read(&mut aside);
        }
        RowKind::Countermeasures => {
            again.countermeasures = MeasureFields::of(&lone.countermeasures).read(&mut aside);
        }
    }
    again == *lone
}

/// What a field of a row shows: what was typed, if it could not be understood.
struct Doubts {
    all: Vec<Odd>,
}

impl Doubts {
    fn of(form: &EditForm) -> Self {
        Self { all: odds(form) }
    }

    /// Puts what was typed, and what is wrong with it, over what the text says.
    fn lay_over(&self, view: &mut Map<String, Value>, prefix: &str, row: usize) -> bool {
        let mut any = false;
        for odd in self.all.iter().filter(|odd| odd.row == row) {
            if let Some(field) = odd.field.strip_prefix(prefix) {
                view.insert(field.to_owned(), json!(odd.typed));
                view.insert(format!("{field}_problem"), json!(odd.message));
                any = true;
            }
        }
        any
    }

    /// The fields of a row that could not be understood.
    fn fields(&self, row: usize) -> impl Iterator<Item = &str> {
        let odd = self.all.iter().filter(move |odd| odd.row == row);
        odd.map(|odd| odd.field.as_str())
    }

    fn has(&self, fields: &[&str], row: usize) -> bool {
        self.fields(row).any(|field| fields.contains(&field))
    }
}

/// How many empty rows stand below the others.
fn spare(form: &EditForm, role: RowKind) -> usize {
    let asked = form.told.spare_of == Some(role);
    let spare = if asked { form.told.spare } else { 1 };
    spare.clamp(1, MOST_SPARE)
}

fn options<T: Copy + PartialEq>(
    all: &[T],
    chosen: Option<T>,
    say: impl Fn(T) -> (&'static str, &'static str),
) -> Vec<Value> {
    all.iter()
        .map(|it| {
            let (word, label) = say(*it);
            json!({ "word": word, "label": label, "selected": Some(*it) == chosen })
        })
        .collect()
}

fn lines(text: &str) -> usize {
    text.split('\n').count().clamp(LINES.0, LINES.1)
}

/// The rows with the one marked where somebody goes on who just asked for rows.
fn focused(form: &EditForm, mut rows: Vec<Value>, role: RowKind) -> Vec<Value> {
    let new = form.told.new_from.filter(|_| role == RowKind::Timeline);
    let asked = form.r#do.strip_prefix("rows-") == Some(role.word())
        || form.told.spare_of == Some(role)
        || new.is_some();
    let is_filled = |row: &Value| row.get("is_filled").and_then(Value::as_bool) == Some(true);
    let empty = rows.iter().position(|row| !is_filled(row));
    let place = new.or(empty).filter(|_| asked);
    for (index, row) in rows.iter_mut().enumerate() {
        if let Some(row) = row.as_object_mut() {
            row.insert("focus".to_owned(), json!(Some(index) == place));
        }
    }
    rows
}

/// A row by another name, so that a script can make more of it.
fn named(row: Value, role: RowKind, name: &str) -> Value {
    let Value::Object(mut row) = row else {
        return row;
    };
    row.insert("n".to_owned(), json!(name));
    row.insert("focus".to_owned(), json!(false));
    row.insert("label".to_owned(), json!(format!("New {}", noun(role))));
    Value::Object(row)
}

fn noun(role: RowKind) -> &'static str {
    match role {
        RowKind::Timeline => "event",
        RowKind::Factors => "factor",
        RowKind::Countermeasures => "countermeasure",
    }
}

fn begun(role: RowKind, row: usize) -> Map<String, Value> {
    let name = noun(role);
    let capital: String = name
        .chars()
        .take(1)
        .flat_map(char::to_uppercase)
        .chain(name.chars().skip(1))
        .collect();
    let mut view = Map::new();
    view.insert("n".to_owned(), json!(row.to_string()));
    view.insert("label".to_owned(), json!(format!("{capital} {}", row + 1)));
    view
}

fn events(form: &EditForm, lone: &Draft, setting: &Setting) -> Vec<Value> {
    let doubts = Doubts::of(form);
    let found = remarks(&lone.timeline, &setting.times);
    let blank = TimelineEvent::said("");
    let spare = std::iter::repeat_n(&blank, spare(form, RowKind::Timeline));
    let rows = lone.timeline.iter().chain(spare).enumerate();
    let mut above = None;
    rows.map(|(index, event)| {
        let odd: Vec<&str> = doubts.fields(index).collect();
        let row = EventRow::of(event, (setting, above), &odd);
        above = event.at.or(above);
        let mut view = begun(RowKind::Timeline, index);
        let own: Vec<&str> = found
            .iter()
            .filter(|remark| remark.index == index)
            .map(|remark| remark.message.as_str())
            .collect();
        let is_filled = index < lone.timeline.len();
        let fields = json!({
            "at": row.at,
            "at_problem": null,
            "kept": row.kept,
            "known": row.known,
            "known_problem": null,
            "phases": options(Phase::ALL, event.phase, |it| (it.word(), it.label())),
            "text": row.text,
            "lines": lines(&row.text),
            "role": row.role,
            "evidence": row.evidence,
            "evidence_problem": null,
            "starred": row.starred,
            "more": more(event, &row),
            "remarks": own,
            "is_new": is_filled && form.told.new_from.is_some_and(|first| index >= first),
            "is_filled": is_filled,
            "is_open": doubts.has(&["event-known", "event-evidence"], index),
        });
        add(&mut view, fields);
        doubts.lay_over(&mut view, "event-", index);
        Value::Object(view)
    })
    .collect()
}

/// What there is behind “More”.
fn more(event: &TimelineEvent, row: &EventRow) -> String {
    let mut parts = Vec::new();
    if row.starred {
        parts.push("key moment".to_owned());
    }
    if event.known_at.is_some() {
        parts.push(format!("known {}", row.known));
    }
    if !row.role.is_empty() {
        parts.push(row.role.clone());
    }
    if !row.evidence.is_empty() {
        parts.push("evidence".to_owned());
    }
    if event.source != EventSource::Manual {
        parts.push(event.source.label().to_owned());
    }
    parts.join(" · ")
}

fn add(view: &mut Map<String, Value>, fields: Value) {
    if let Value::Object(fields) = fields {
        view.extend(fields);
    }
}

fn factor_rows(form: &EditForm, lone: &Draft) -> Vec<Value> {
    let doubts = Doubts::of(form);
    let rows = lone.factors.iter().map(Some);
    let spare = std::iter::repeat_n(None, spare(form, RowKind::Factors));
    rows.chain(spare)
        .enumerate()
        .map(|(index, factor)| {
            let mut view = begun(RowKind::Factors, index);
            let role = factor.map_or(FactorRole::Contributed, |it| it.role);
            let note = factor.map_or("", |it| it.note.as_str());
            let fields = json!({
                "name": factor.map_or("", |it| it.name.as_str()),
                "name_problem": null,
                "roles": options(FactorRole::ALL, Some(role), |it| (it.word(), it.label())),
                "note": note,
                "lines": lines(note),
                "is_filled": factor.is_some(),
            });
            add(&mut view, fields);
            doubts.lay_over(&mut view, "factor-", index);
            Value::Object(view)
        })
        .collect()
}

/// The fields behind “More” of a card.
const BEHIND: [&str; 11] = [
    "details", "type", "factor", "problem", "effect", "priority", "tracker", "status", "reason",
    "result", "evidence",
];

fn measure_rows(form: &EditForm, lone: &Draft) -> Vec<Value> {
    let doubts = Doubts::of(form);
    let blank = Countermeasure::titled("");
    let spare = std::iter::repeat_n(&blank, spare(form, RowKind::Countermeasures));
    let rows = lone.countermeasures.iter().chain(spare).enumerate();
    rows.map(|(index, measure)| {
        let mut view = begun(RowKind::Countermeasures, index);
        let mut told = 0_usize;
        for (field, value) in measures::FIELDS.iter().zip(measures::values(measure)) {
            if BEHIND.contains(field) && !value.is_empty() && *field != "status" {
                told += 1;
            }
            view.insert(format!("{field}_lines"), json!(lines(&value)));
            view.insert((*field).to_owned(), json!(value));
        }
        let kinds = CountermeasureType::ALL;
        let statuses = CountermeasureStatus::ALL;
        let fields = json!({
            "title_problem": null,
            "check_problem": null,
            "due_problem": null,
            "reason_problem": null,
            "kinds": options(kinds, measure.kind, |it| (it.word(), it.label())),
            "statuses": options(statuses, Some(measure.status), |it| (it.word(), it.label())),
            "results": options(CheckResult::ALL, measure.result, |it| (it.word(), it.label())),
            "more": if told == 0 { String::new() } else { format!("{told} filled in") },
            "is_filled": index < lone.countermeasures.len(),
            "is_open": doubts.has(&["measure-reason"], index),
        });
        add(&mut view, fields);
        doubts.lay_over(&mut view, "measure-", index);
        Value::Object(view)
    })
    .collect()
}
