//! Timeline events as fields of a row, and back. Pure.

use super::{Aside, Odd, Setting, Ticked, cell, length};
use crate::reports::model::{EventSource, MAX_ROWS, Phase, TimelineEvent};
use crate::reports::pages::header_times::{moment, written};
use crate::reports::timeline::typed_time;
use jiff::Timestamp;
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
    #[serde(skip_serializing_if = "String::is_empty")]
    shown: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    at: Option<Timestamp>,
    /// The time as it was written.
    #[serde(skip_serializing_if = "String::is_empty")]
    words: String,
    /// Whether no day was known for the time, so that it may be a time once there is one.
    #[serde(skip_serializing_if = "is_false")]
    dayless: bool,
    /// When responders knew, as the field showed it, and the instant: the zone may be another one meanwhile.
    #[serde(skip_serializing_if = "String::is_empty")]
    known: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    known_at: Option<Timestamp>,
    /// Evidence that is no address.
    #[serde(skip_serializing_if = "String::is_empty")]
    evidence: String,
    /// Where the event comes from, unless somebody wrote it down.
    #[serde(skip_serializing_if = "String::is_empty")]
    source: String,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
const fn is_false(value: &bool) -> bool {
    !*value
}

impl Kept {
    /// As the field holds it.
    fn written(&self) -> String {
        let all = serde_json::to_string(self).unwrap_or_default();
        if all == "{}" { String::new() } else { all }
    }
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
    /// The row below one of the time `above`. What could not be understood in the fields of these names is read again:
    /// it is neither a time in words nor evidence of old.
    pub(super) fn of(
        event: &TimelineEvent,
        (setting, above): (&Setting, Option<Timestamp>),
        odd: &[&str],
    ) -> Self {
        let zone = &setting.zone;
        let shown = |at: Option<Timestamp>| at.map_or_else(String::new, |at| written(at, zone));
        let at = match event.at {
            None => event.at_text.clone(),
            at => shown(at),
        };
        let known = shown(event.known_at);
        let mut kept = Kept {
            known: known.clone(),
            known_at: event.known_at,
            source: source_word(event.source),
            ..Kept::default()
        };
        if !odd.contains(&"event-at") {
            at.clone_into(&mut kept.shown);
            kept.at = event.at;
            event.at_text.clone_into(&mut kept.words);
            kept.dayless = event.at.is_none()
                && !at.is_empty()
                && above.is_none()
                && setting.place(None).day.is_none();
        }
        if !odd.contains(&"event-evidence") && !is_address(&event.evidence) {
            event.evidence.clone_into(&mut kept.evidence);
        }
        Self {
            at,
            kept: kept.written(),
            known,
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
    pub(super) fn of(events: &[TimelineEvent], setting: &Setting) -> Self {
        let mut fields = Self::default();
        let mut above = None;
        for (index, event) in events.iter().enumerate() {
            let row = EventRow::of(event, (setting, above), &[]);
            above = event.at.or(above);
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
    pub(super) fn read(&self, setting: &Setting, aside: &mut Aside) -> Vec<TimelineEvent> {
        let (removed, starred) = (Ticked::of(&self.removed), Ticked::of(&self.starred));
        let mut events: Vec<TimelineEvent> = Vec::new();
        let mut above = None;
        let rows = length(&[&self.row, &self.at, &self.text, &self.evidence]);
        for row in 0..rows {
            if removed.has(&self.row, row) {
                continue;
            }
            if events.len() >= MAX_ROWS {
                let columns = [&self.at, &self.text, &self.role, &self.evidence];
                aside.keep(&columns.map(|column| cell(column, row)));
                continue;
            }
            let mut own = Aside::default();
            let mut event = self.event(row, (setting, above, events.len()), &mut own);
            event.starred = starred.has(&self.row, row);
            let mut normal = event.clone();
            normal.text = normal.text.trim().to_owned();
            // An empty row comes from nowhere.
            normal.source = EventSource::Manual;
            if normal != TimelineEvent::said("") || !own.odd.is_empty() {
                aside.odd.append(&mut own.odd);
                aside.is_elsewhere |= own.is_elsewhere;
                above = event.at.or(above);
                aside.rows.push(row);
                events.push(event);
            }
        }
        events
    }

    fn event(
        &self,
        row: usize,
        (setting, above, place): (&Setting, Option<Timestamp>, usize),
        aside: &mut Aside,
    ) -> TimelineEvent {
        let odd = &mut aside.odd;
        let kept: Kept = serde_json::from_str(cell(&self.kept, row)).unwrap_or_default();
        let mut event = TimelineEvent::said(cell(&self.text, row));
        event.source = EventSource::parse(&kept.source).unwrap_or(EventSource::Manual);
        cell(&self.role, row).trim().clone_into(&mut event.role);
        event.phase = Phase::parse(cell(&self.phase, row));
        let typed = cell(&self.at, row).trim();
        let has_day = above.is_some() || setting.place(None).day.is_some();
        let is_dated_now = kept.dayless
            && has_day
            && typed == kept.shown.trim()
            && matches!(instant(typed, setting, above), Ok(Some(_)));
        if !typed.is_empty() && typed == kept.shown.trim() && !is_dated_now {
            event.at = kept.at;
            event.at_text = kept.words;
            let shown = kept.at.map(|at| written(at, &setting.zone));
            aside.is_elsewhere = shown.is_some_and(|shown| shown != typed);
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
        let known_at = match kept.known_at {
            Some(at) if known == kept.known.trim() => Ok(Some(at)),
            _ => instant(known, setting, event.at.or(above)),
        };
        match known_at {
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

/// Where an event comes from, as a row keeps it; nothing where somebody wrote it down.
fn source_word(source: EventSource) -> String {
    if source == EventSource::Manual {
        String::new()
    } else {
        source.word().to_owned()
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
