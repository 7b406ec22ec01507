//! What there is to say of rows while somebody types them: by the names that the page gave them. Pure.

use super::{Aside, SentRows, Setting, cell};
use crate::reports::model::Draft;
use crate::reports::pages::figure::{Figure, figure};
use crate::reports::pages::form::EditForm;
use crate::reports::timeline::remarks;
use serde_json::{Value, json};

/// What cannot be understood, with its field, and what is odd about a row, with `event` instead; and the timeline, drawn.
pub(in crate::reports::pages) fn said(
    form: &EditForm,
    sent: &SentRows,
) -> (Vec<Value>, Option<Figure>) {
    let setting = Setting::of(form);
    let mut all = Vec::new();
    let mut aside = Aside::default();
    let events = sent.events.read(&setting, &mut aside);
    let found = remarks(&events, &setting.times).into_iter();
    let found: Vec<(usize, String)> = found.map(|it| (it.index, it.message)).collect();
    let names = |place: usize, aside: &Aside, names: &[String]| {
        let row = aside.rows.get(place).copied();
        row.map_or_else(String::new, |row| cell(names, row).to_owned())
    };
    all.extend(found.into_iter().map(|(place, message)| {
        let row = names(place, &aside, &sent.events.row);
        json!({ "row": row, "field": "event", "message": message })
    }));
    let mut tell = |aside: Aside, rows: &[String]| {
        all.extend(aside.odd.iter().map(|odd| {
            let row = names(odd.row, &aside, rows);
            json!({ "row": row, "field": odd.field, "message": odd.message })
        }));
    };
    tell(aside, &sent.events.row);
    let mut aside = Aside::default();
    sent.factors.read(&mut aside);
    tell(aside, &sent.factors.row);
    let mut aside = Aside::default();
    sent.measures.read(&mut aside);
    tell(aside, &sent.measures.row);
    let drawing = Draft {
        times: setting.times,
        timeline: events,
        ..Draft::default()
    };
    (all, figure(&drawing, &setting.zone))
}
