//! One timeline event as text and back, and the timelines people write by hand: lists, lines and headings.

use super::items::{self, Fields};
use super::stamp::{Stamp, read_stamp};
use super::text::{block, cut, indent, one_line, strip_any, tells};
use super::time::{Clock, written};
use crate::reports::model::{EventSource, Phase, TimelineEvent};
use jiff::Timestamp;
use jiff::tz::TimeZone;

const COMPACT: [&str; 3] = ["role", "evidence", "known at"];
const FIELDS: [&str; 9] = [
    "at",
    "as written",
    "known at",
    "phase",
    "text",
    "role",
    "evidence",
    "starred",
    SOURCE,
];
/// Where an event comes from: the last line of a row, and only when it is one of our words. Texts from before it was a field
/// are then written as they were.
const SOURCE: &str = "source";
/// The longest line that is searched for a time at its end, in bytes.
const MAX_TAIL: usize = 300;
/// Opens the time as it was written, behind the instant.
pub(super) const AS_WRITTEN: &str = "(as written: ";

/// The start of a line that names a time, and the text behind it.
pub(super) struct Head {
    pub(super) stamp: Stamp,
    pub(super) written: String,
    pub(super) text: String,
}

/// Reads a time at the start of a line through bold, brackets and "ca.".
pub(super) fn head(line: &str) -> Option<Head> {
    let rest = line.trim_start();
    let marks = rest
        .bytes()
        .take_while(|byte| b"*_[`~".contains(byte))
        .count();
    let open = cut(rest, 0..marks);
    let rest = cut(rest, marks..rest.len());
    let rest = strip_any(rest, &["ca. ", "approx. ", "around ", "about ", "~"]).unwrap_or(rest);
    let stamp = read_stamp(rest)?;
    let said = dotted(cut(rest, 0..stamp.length));
    let mut after = cut(rest, stamp.length..rest.len());
    let glued = after.starts_with(|letter: char| letter.is_alphanumeric() && letter.is_ascii());
    if glued || (after.starts_with('.') && stamp.time.is_some()) {
        return None;
    }
    let mut unclosed = open.replace(['[', '`', '~'], "");
    let mut separators = 2_u8;
    loop {
        after = after.trim_start_matches([' ', '\t', '\u{3000}']);
        if !unclosed.is_empty()
            && let Some(rest) = after.strip_prefix(unclosed.as_str())
        {
            after = rest;
            unclosed.clear();
        } else if let Some(rest) = after
            .strip_prefix([']', '`'])
            .filter(|_| open.contains(['[', '`']))
        {
            after = rest;
        } else if separators > 0
            && let Some(rest) = after.strip_prefix([':', '-', '–', '—', '|', ',', '：', '、'])
        {
            after = rest;
            separators -= 1;
        } else {
            break;
        }
    }
    let text = if after.trim().is_empty() {
        after.to_owned()
    } else {
        format!("{unclosed}{after}")
    };
    Some(Head {
        written: said
            .trim()
            .trim_end_matches([',', ':', '-'])
            .trim()
            .to_owned(),
        stamp,
        text,
    })
}

/// A time with parts of a second behind a dot, as we write them: `14:02:11,123` is `14:02:11.123`.
fn dotted(written: &str) -> String {
    let is_decimal = |at: usize| {
        let after = cut(written, at + 1..written.len());
        cut(written, 0..at).ends_with(|c: char| c.is_ascii_digit())
            && cut(written, 0..at).contains(':')
            && after.starts_with(|c: char| c.is_ascii_digit())
    };
    match written.find(',').filter(|at| is_decimal(*at)) {
        Some(at) => written
            .char_indices()
            .map(|(place, c)| if place == at { '.' } else { c })
            .collect(),
        None => written.to_owned(),
    }
}

/// A line that ends with its time: "First detected 2022-03-10 11:48".
pub(super) fn tail(line: &str) -> Option<Head> {
    if line.len() > MAX_TAIL || line.contains('\n') {
        return None;
    }
    let line = line.trim_end();
    line.match_indices(' ').find_map(|(at, _)| {
        let (before, rest) = line.split_at_checked(at + 1)?;
        let stamp = read_stamp(rest).filter(|stamp| stamp.length == rest.len())?;
        stamp.time?;
        Some(Head {
            stamp,
            written: rest.trim().to_owned(),
            text: before.trim_end_matches([' ', ':', '-', ',']).to_owned(),
        })
    })
}

/// Reads a row that ends with its time.
pub(super) fn read_tailed(line: &str, clock: &mut Clock, zone: &TimeZone) -> Option<TimelineEvent> {
    let found = tail(line)?;
    let mut event = TimelineEvent::said(block(&found.text));
    event.at = clock.place(&found.stamp);
    let told = event
        .at
        .is_some_and(|at| found.stamp.until.is_none() && tells(&written(at, zone), &found.written));
    if !told {
        event.at_text = one_line(&found.written);
    }
    let lower = event.text.to_lowercase();
    let says = |words: &[&str]| words.iter().any(|word| lower.contains(word));
    event.phase = if says(&["detected"]) {
        Some(Phase::Detect)
    } else if says(&["fault occurs", "fault occurred"]) {
        Some(Phase::Trigger)
    } else if says(&["repaired", "resolved", "recovered"]) {
        Some(Phase::Recover)
    } else if says(&["declared"]) {
        Some(Phase::Communicate)
    } else {
        None
    };
    Some(event)
}

/// Reads one row: the item of a list, or a line with what follows it. `None` if it does not begin with a time.
pub(super) fn read_event(item: &str, clock: &mut Clock, zone: &TimeZone) -> Option<TimelineEvent> {
    if let Some(fields) = items::explicit(item, &FIELDS) {
        return Some(from_fields(&fields, zone));
    }
    let (item, source) = sourced(item);
    let (body, fields) = items::trailing(item, &COMPACT);
    let mut event = TimelineEvent::said("");
    event.source = source;
    let rest = if let Some(rest) = body
        .strip_prefix('?')
        .filter(|rest| rest.is_empty() || rest.starts_with([' ', '\n']))
    {
        let (said, rest) = as_written(rest.trim_start_matches(' '));
        said.unwrap_or_default().clone_into(&mut event.at_text);
        rest.to_owned()
    } else {
        let (line, below) = body.split_once('\n').unwrap_or((&body, ""));
        let found = head(line)?;
        let mut text = found.text.as_str();
        let exact = found.stamp.day.is_some_and(|day| day.year.is_some())
            && found.stamp.time.is_some()
            && found.stamp.zone.is_some();
        event.at = clock.place(&found.stamp);
        let said = if exact {
            let (said, rest) = as_written(text);
            text = rest;
            said
        } else {
            None
        };
        event.at_text = match (said, event.at) {
            (Some(said), _) => said.to_owned(),
            (None, Some(at))
                if found.stamp.time.is_some()
                    && found.stamp.until.is_none()
                    && tells(&written(at, zone), &found.written) =>
            {
                String::new()
            }
            (None, _) => one_line(&found.written),
        };
        format!("{text}\n{below}")
    };
    read_text(&mut event, &rest);
    add_fields(&mut event, &fields, zone);
    Some(event)
}

/// Splits the line that says where an event comes from off the end of a row.
fn sourced(item: &str) -> (&str, EventSource) {
    let split = || {
        let (before, last) = item.rsplit_once('\n')?;
        let word = last
            .strip_prefix("- ")?
            .strip_prefix(SOURCE)?
            .strip_prefix(": ")?;
        let known = EventSource::ALL.iter().find(|it| it.word() == word)?;
        (*known != EventSource::Manual).then_some((before, *known))
    };
    split().unwrap_or((item, EventSource::Manual))
}

/// What there is to say of where an event comes from: nothing, where somebody wrote it down.
fn source_word(event: &TimelineEvent) -> String {
    match event.source {
        EventSource::Manual => String::new(),
        source @ (EventSource::Chat
        | EventSource::Alert
        | EventSource::Import
        | EventSource::Bot) => source.word().to_owned(),
    }
}

fn as_written(text: &str) -> (Option<&str>, &str) {
    match text
        .strip_prefix(AS_WRITTEN)
        .and_then(|rest| rest.split_once(')'))
    {
        Some((said, rest)) => (Some(said), rest),
        None => (None, text),
    }
}

/// `[phase] ★ text <link>`.
fn read_text(event: &mut TimelineEvent, text: &str) {
    let mut rest = text.trim();
    if let Some((word, after)) = rest.strip_prefix('[').and_then(|tail| tail.split_once(']'))
        && let Some(phase) = Phase::parse(word)
        && !after.starts_with(['(', '['])
    {
        event.phase = Some(phase);
        rest = after.trim_start();
    } else {
        event.phase = phase_hint(rest);
    }
    if let Some(after) = rest.strip_prefix('★') {
        event.starred = true;
        rest = after.trim_start();
    }
    if !rest.contains('\n')
        && let Some((before, link)) = rest
            .strip_suffix('>')
            .and_then(|text| text.rsplit_once('<'))
        && (link.starts_with("https://") || link.starts_with("http://"))
        && !link.contains(char::is_whitespace)
        && before.ends_with(' ')
    {
        link.clone_into(&mut event.evidence);
        rest = before;
    }
    event.text = block(rest);
}

/// Reports often say in bold what a moment was.
fn phase_hint(text: &str) -> Option<Phase> {
    let bold = text.strip_prefix("**")?.split("**").next()?;
    let hints = [
        ("検知", Phase::Detect),
        ("検出", Phase::Detect),
        ("発生", Phase::Trigger),
        ("原因特定", Phase::Diagnose),
        ("対応開始", Phase::Act),
        ("緩和", Phase::Act),
        ("復旧", Phase::Recover),
        ("解決", Phase::Recover),
        ("Detect", Phase::Detect),
        ("First detected", Phase::Detect),
        ("Recover", Phase::Recover),
    ];
    hints
        .iter()
        .find(|(word, _)| bold.trim().starts_with(word))
        .map(|(_, phase)| *phase)
}

fn add_fields(event: &mut TimelineEvent, fields: &Fields, zone: &TimeZone) {
    for (key, value) in fields {
        match key.as_str() {
            "role" => event.role = one_line(value),
            "evidence" => event.evidence = one_line(value),
            "known at" => {
                event.known_at = instant(value, zone);
                if event.known_at.is_none() {
                    event.text = block(&format!("{}\n\n{key}: {value}", event.text));
                }
            }
            _ => {}
        }
    }
}

fn from_fields(fields: &Fields, zone: &TimeZone) -> TimelineEvent {
    let mut event = TimelineEvent::said(items::value(fields, "text"));
    event.at = instant(items::value(fields, "at"), zone);
    event.at_text = one_line(items::value(fields, "as written"));
    if event.at.is_none() && event.at_text.is_empty() {
        event.at_text = one_line(items::value(fields, "at"));
    }
    event.phase = Phase::parse(items::value(fields, "phase"));
    event.starred = items::value(fields, "starred") == "yes";
    event.source = EventSource::parse(items::value(fields, SOURCE)).unwrap_or(EventSource::Manual);
    add_fields(&mut event, fields, zone);
    event
}

/// An instant as it stands in a field: exact, or as people write it.
fn instant(text: &str, zone: &TimeZone) -> Option<Timestamp> {
    text.parse().ok().or_else(|| {
        let stamp = read_stamp(text)?;
        Clock::new(zone.clone(), None).place(&stamp)
    })
}

/// One event as a list item.
pub(super) fn write_event(event: &TimelineEvent, zone: &TimeZone) -> String {
    let compact = compact(event, zone);
    let reads_back = items::only_item(&compact)
        .and_then(|item| read_event(&item, &mut Clock::new(zone.clone(), None), zone))
        .is_some_and(|read| read == *event);
    if reads_back {
        return compact;
    }
    let exact = |at: Option<Timestamp>| at.map(|at| at.to_string()).unwrap_or_default();
    items::write_explicit(&[
        ("at", exact(event.at)),
        ("as written", event.at_text.clone()),
        ("known at", exact(event.known_at)),
        (
            "phase",
            event
                .phase
                .map(|phase| phase.word().to_owned())
                .unwrap_or_default(),
        ),
        (
            "starred",
            if event.starred {
                "yes".to_owned()
            } else {
                String::new()
            },
        ),
        ("role", event.role.clone()),
        ("evidence", event.evidence.clone()),
        (SOURCE, source_word(event)),
        ("text", event.text.clone()),
    ])
}

fn compact(event: &TimelineEvent, zone: &TimeZone) -> String {
    let mut line = match event.at {
        Some(at) => written(at, zone),
        None => "?".to_owned(),
    };
    if !event.at_text.is_empty() {
        line.extend([" ", AS_WRITTEN, event.at_text.as_str(), ")"]);
    }
    if let Some(phase) = event.phase {
        line.extend([" [", phase.word(), "]"]);
    }
    if event.starred {
        line.push_str(" ★");
    }
    let mut evidence = event.evidence.clone();
    if !event.text.is_empty() {
        line.push(' ');
        line.push_str(&indent(&event.text, 2));
        if !event.text.contains('\n') && evidence.starts_with("http") {
            line.extend([" <", evidence.as_str(), ">"]);
            evidence.clear();
        }
    }
    let known_at = event
        .known_at
        .map(|at| written(at, zone))
        .unwrap_or_default();
    let fields = items::write_fields(&[
        ("role", event.role.clone()),
        ("evidence", evidence),
        ("known at", known_at),
        (SOURCE, source_word(event)),
    ]);
    format!("- {line}{fields}")
}
