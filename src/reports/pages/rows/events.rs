//! Timeline events as fields of a row, and back. Pure.

use super::{Odd, Setting, cell, length, ticked};
use crate::reports::model::{Phase, TimelineEvent};
use crate::reports::pages::form::{moment, written};
use crate::reports::timeline::typed_time;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

/// The fields of all events, a list for each.
#[derive(Clone, Debug, Default)]
pub(in crate::reports::pages) struct EventFields {
    pub(in crate::reports::pages) row: Vec<String>,
    pub(in crate::reports::pages) at: Vec<String>,
    pub(in crate::reports::pages) kept: Vec<String>,
    pub(in crate::reports::pages) known: Vec<String>,
    pub(in crate::reports::pages) phase: Vec<String>,
    pub(in crate::reports::pages) text: Vec<String>,
    pub(in crate::reports::pages) role: Vec<String>,
    pub(in crate::reports::pages) evidence: Vec<String>,
    pub(in crate::reports::pages) starred: Vec<String>,
    pub(in crate::reports::pages) removed: Vec<String>,
}

/// What the fields of a row do not say as long as nobody changes them.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct Kept {
    /// The time as the field showed it.
    shown: String,
    at: Option<Timestamp>,
    /// The time as it was written.
    words: String,
    /// Evidence that is no address.
    evidence: String,
}

/// One event as its fields show it.
pub(super) struct EventRow {
    pub(super) at: String,
    pub(super) kept: String,
    pub(super) known: String,
    pub(super) phase: &'static str,
    pub(super) text: String,
    pub(super) role: String,
    pub(super) evidence: String,
    pub(super) starred: bool,
}

impl EventRow {
    pub(super) fn of(event: &TimelineEvent, zone: &TimeZone) -> Self {
        let shown = |at: Option<Timestamp>| at.map_or_else(String::new, |at| written(at, zone));
        let at = match event.at {
            None => event.at_text.clone(),
            at => shown(at),
        };
        let odd_evidence = !event.evidence.is_empty() && !is_address(&event.evidence);
        let kept = if event.at_text.is_empty() && !odd_evidence {
            String::new()
        } else {
            let kept = Kept {
                shown: at.clone(),
                at: event.at,
                words: event.at_text.clone(),
                evidence: event.evidence.clone(),
            };
            serde_json::to_string(&kept).unwrap_or_default()
        };
        Self {
            at,
            kept,
            known: shown(event.known_at),
            phase: event.phase.map_or("", Phase::word),
            text: event.text.clone(),
            role: event.role.clone(),
            evidence: event.evidence.clone(),
            starred: event.starred,
        }
    }
}

impl EventFields {
    /// The fields as they would be sent if nobody changed anything.
    pub(super) fn of(events: &[TimelineEvent], zone: &TimeZone) -> Self {
        let mut fields = Self::default();
        for (index, event) in events.iter().enumerate() {
            let row = EventRow::of(event, zone);
            if row.starred {
                fields.starred.push(index.to_string());
            }
            fields.row.push(index.to_string());
            fields.at.push(row.at);
            fields.kept.push(row.kept);
            fields.known.push(row.known);
            fields.phase.push(row.phase.to_owned());
            fields.text.push(row.text);
            fields.role.push(row.role);
            fields.evidence.push(row.evidence);
        }
        fields
    }

    /// The events, without empty rows and those that are to go.
    pub(super) fn read(&self, setting: &Setting, odd: &mut Vec<Odd>) -> Vec<TimelineEvent> {
        let mut events: Vec<TimelineEvent> = Vec::new();
        let rows = length(&[&self.row, &self.at, &self.text, &self.evidence]);
        for row in 0..rows {
            if ticked(&self.removed, &self.row, row) {
                continue;
            }
            let above = events.iter().rev().find_map(|event| event.at);
            let mut doubts = Vec::new();
            let event = self.event(row, (setting, above, events.len()), &mut doubts);
            let mut normal = event.clone();
            normal.text = normal.text.trim().to_owned();
            if normal != TimelineEvent::said("") || !doubts.is_empty() {
                odd.append(&mut doubts);
                events.push(event);
            }
        }
        events
    }

    fn event(
        &self,
        row: usize,
        (setting, above, place): (&Setting, Option<Timestamp>, usize),
        odd: &mut Vec<Odd>,
    ) -> TimelineEvent {
        let kept: Kept = serde_json::from_str(cell(&self.kept, row)).unwrap_or_default();
        let mut event = TimelineEvent::said(cell(&self.text, row));
        cell(&self.role, row).trim().clone_into(&mut event.role);
        event.phase = Phase::parse(cell(&self.phase, row));
        event.starred = ticked(&self.starred, &self.row, row);
        let typed = cell(&self.at, row).trim();
        if !typed.is_empty() && typed == kept.shown.trim() {
            event.at = kept.at;
            event.at_text = kept.words;
        } else {
            match instant(typed, setting, above) {
                Ok(at) => event.at = at,
                Err(message) => {
                    typed.clone_into(&mut event.at_text);
                    odd.push(Odd::new("event-at", place, typed, message));
                }
            }
        }
        let known = cell(&self.known, row).trim();
        match instant(known, setting, event.at.or(above)) {
            Ok(at) => event.known_at = at,
            Err(message) => {
                odd.push(Odd::new("event-known", place, known, message));
                if event.text.trim().is_empty() && event.at_text.is_empty() {
                    // So that there is a row to show it in.
                    "…".clone_into(&mut event.text);
                }
            }
        }
        let evidence = cell(&self.evidence, row).trim();
        evidence.clone_into(&mut event.evidence);
        if !evidence.is_empty() && evidence != kept.evidence && !is_address(evidence) {
            let message = "Evidence is a web address that begins with https:// or http://; words belong into the text.";
            odd.push(Odd::new("event-evidence", place, evidence, message));
        }
        event
    }
}

/// Reads a time of a row: as the field shows it, or as people type it.
fn instant(
    typed: &str,
    setting: &Setting,
    above: Option<Timestamp>,
) -> Result<Option<Timestamp>, String> {
    // A day alone is no time.
    if let Ok(at) = moment(typed, &setting.zone)
        && (typed.is_empty() || typed.contains(':'))
    {
        return Ok(at);
    }
    let place = setting.place(above);
    let read = typed_time(typed, &place)?;
    // Below a row of the day before, a time is of the day of the report rather than hours back.
    if let (Some(at), Some(above), Some(day)) = (read, above, place.day)
        && at < above
        && setting.zone.to_datetime(above).date() < day
        && let Ok(Some(later)) = typed_time(typed, &setting.place(None))
        && later >= above
    {
        return Ok(Some(later));
    }
    Ok(read)
}

/// Whether a browser could open it.
fn is_address(text: &str) -> bool {
    let rest = text
        .strip_prefix("https://")
        .or_else(|| text.strip_prefix("http://"));
    rest.is_some_and(|rest| {
        let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
        !host.is_empty() && !rest.contains(|c: char| c.is_whitespace() || "<>\"".contains(c))
    })
}
