//! What changed between two revisions, part by part, as people read a report: its facts, each section, each row. Pure.

use super::words;
use crate::reports::document;
use crate::reports::model::{
    Countermeasure, Draft, EventSource, FactorUse, LearningKind, SectionRole, TimelineEvent, Times,
    Visibility,
};
use crate::reports::revisions::{Change, DiffLine, deadline, difference};
use jiff::tz::TimeZone;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::fmt::Write as _;

/// Lines of context around a change in prose; facts and rows stand for themselves.
pub(super) const CONTEXT: usize = 3;

/// The part that is no section.
const FACTS: &str = "Facts";

/// A part of a report that is not the same in both.
#[derive(Debug)]
pub(super) struct ChangedPart {
    /// `Facts`, or the heading of the section.
    name: String,
    lines: Vec<DiffLine>,
}

/// A part of a report as lines that people read.
struct Part {
    name: String,
    text: String,
    context: usize,
}

/// The parts in which two documents differ, in the order of the newer one; what it has no more comes last. None: they are
/// the same. Takes at most about half a second: beyond that it is coarser, never wrong.
pub(super) fn changed_parts(old: &str, new: &str) -> Vec<ChangedPart> {
    let until = deadline();
    let (before, after) = (document::parse(old).draft, document::parse(new).draft);
    // Both in the zone of the newer one: another zone moves no event.
    let zone = words::zone(&after.timezone);
    let mut gone = numbered(told(&before, &zone));
    let mut changed = Vec::new();
    let mut compare = |name: &str, (old, new): (&str, &str), context| {
        let mut lines = difference(old, new, context, until);
        if name == FACTS {
            // Each stands for itself, wherever it stands.
            lines.retain(|line| !matches!(line.change, Change::Skipped(_)));
        }
        if !lines.is_empty() {
            changed.push(ChangedPart {
                name: name.to_owned(),
                lines,
            });
        }
    };
    for (place, part) in numbered(told(&after, &zone)) {
        let before = gone.iter().position(|(it, _)| *it == place);
        let before = before.map(|at| gone.remove(at).1.text);
        let old = before.unwrap_or_default();
        compare(&part.name, (&old, &part.text), part.context);
    }
    for (_, part) in gone {
        compare(&part.name, (&part.text, ""), part.context);
    }
    // Something that has no line of its own, such as another spelling of the same.
    if changed.is_empty() {
        let raw = difference(old, new, CONTEXT, until);
        if !raw.is_empty() {
            changed.push(ChangedPart {
                name: "Markdown".to_owned(),
                lines: raw,
            });
        }
    }
    changed
}

/// Parts under their name and the how many-th of it they are.
fn numbered(parts: Vec<Part>) -> Vec<((String, usize), Part)> {
    let mut seen: HashMap<String, usize> = HashMap::new();
    let number = |part: Part| {
        let name = part.name.to_lowercase();
        let count = seen.entry(name.clone()).or_default();
        *count += 1;
        ((name, *count), part)
    };
    parts.into_iter().map(number).collect()
}

fn told(draft: &Draft, zone: &TimeZone) -> Vec<Part> {
    let mut parts = vec![Part {
        name: FACTS.to_owned(),
        text: facts(draft),
        context: 0,
    }];
    let mut rows = rows(draft, zone);
    for section in &draft.sections {
        let lines = rows.remove(&section.role).unwrap_or_default();
        let prose = section.text.trim();
        let name = if section.heading.is_empty() {
            "Before the first heading"
        } else {
            section.heading.as_str()
        };
        parts.push(Part {
            name: name.to_owned(),
            context: if prose.is_empty() { 0 } else { CONTEXT },
            text: format!("{prose}\n{lines}").trim_start().to_owned(),
        });
    }
    let mut left: Vec<(SectionRole, String)> = rows.into_iter().collect();
    left.sort_unstable();
    parts.extend(left.into_iter().map(|(role, text)| Part {
        name: role.label().to_owned(),
        text,
        context: 0,
    }));
    parts.retain(|part| !part.text.trim().is_empty());
    parts
}

/// What stands above the text, a line each; what nobody said has none.
fn facts(draft: &Draft) -> String {
    let source = draft.source.as_ref();
    let source = source.map(|it| {
        [&it.repo, &it.path, &it.commit, &it.licence]
            .map(String::as_str)
            .join(" ")
    });
    let severity = draft.severity.map(|it| it.to_string());
    let headings: Vec<&str> = draft
        .sections
        .iter()
        .map(|it| it.heading.as_str())
        .collect();
    let visibility = match draft.visibility {
        Visibility::Open => "",
        Visibility::Restricted => Visibility::Restricted.label(),
    };
    let mut lines = vec![
        ("Title".to_owned(), draft.title.clone()),
        ("Kind".to_owned(), draft.kind.label().to_owned()),
        ("Severity".to_owned(), severity.unwrap_or_default()),
        ("Who may read it".to_owned(), visibility.to_owned()),
        ("Services".to_owned(), draft.services.join(", ")),
        ("Teams".to_owned(), draft.teams.join(", ")),
        ("Tags".to_owned(), draft.tags.join(", ")),
        ("Written by".to_owned(), draft.authors.join(", ")),
        ("Facilitator".to_owned(), draft.facilitator.clone()),
    ];
    for (field, at) in draft.times.named() {
        let at = at.map(moment).unwrap_or_default();
        lines.push((Times::label(field).to_owned(), at));
    }
    lines.extend([
        ("Time zone".to_owned(), draft.timezone.clone()),
        ("First told at".to_owned(), draft.sources.join(", ")),
        ("Imported from".to_owned(), source.unwrap_or_default()),
        (
            "Key of the import".to_owned(),
            draft.import_key.clone().unwrap_or_default(),
        ),
        ("Sections".to_owned(), headings.join(", ")),
    ]);
    let extra = draft
        .extra
        .iter()
        .map(|(key, value)| (key.clone(), value.clone()));
    lines.extend(extra);
    labelled(lines)
}

/// `20 Nov 2026, 14:03 UTC`, with seconds where there are any: what differs is seen to differ.
fn moment(at: jiff::Timestamp) -> String {
    let at = at.to_zoned(TimeZone::UTC);
    format!("{}, {} UTC", words::date(at.date()), clock(&at))
}

/// The time of day, to the part of a second.
fn clock(at: &jiff::Zoned) -> String {
    match at.subsec_nanosecond() {
        0 => words::clock(at),
        _ => at.strftime("%H:%M:%S%.f").to_string(),
    }
}

fn labelled(lines: impl IntoIterator<Item = (String, String)>) -> String {
    lines
        .into_iter()
        .fold(String::new(), |mut text, (label, value)| {
            if !value.trim().is_empty() {
                // Writing into a string cannot fail.
                let _written = writeln!(text, "{label}: {}", value.trim());
            }
            text
        })
}

/// The rows of each section that owns some, a line each; of countermeasures a line for each thing said.
fn rows(draft: &Draft, zone: &TimeZone) -> HashMap<SectionRole, String> {
    let mut rows: HashMap<SectionRole, String> = HashMap::new();
    let mut add = |role: SectionRole, line: String| {
        let text = rows.entry(role).or_default();
        text.push_str(&line);
        if !line.ends_with('\n') {
            text.push('\n');
        }
    };
    for it in &draft.timeline {
        add(SectionRole::Timeline, event(it, zone));
    }
    for it in &draft.factors {
        add(SectionRole::Factors, factor(it));
    }
    for it in &draft.learnings {
        add(owner(it.kind), it.text.clone());
    }
    for it in &draft.countermeasures {
        add(SectionRole::Countermeasures, countermeasure(it));
    }
    rows
}

/// The section that learnings of this kind stand in.
const fn owner(kind: LearningKind) -> SectionRole {
    match kind {
        LearningKind::WentWell => SectionRole::WentWell,
        LearningKind::WentPoorly => SectionRole::WentPoorly,
        LearningKind::Lucky => SectionRole::Lucky,
        LearningKind::Surprise => SectionRole::Surprise,
        LearningKind::Safeguard => SectionRole::Safeguard,
        LearningKind::OpenQuestion => SectionRole::OpenQuestion,
    }
}

fn event(event: &TimelineEvent, zone: &TimeZone) -> String {
    let moment = |at: jiff::Timestamp| {
        let at = at.to_zoned(zone.clone());
        format!("{} {}", words::date(at.date()), clock(&at))
    };
    let source = match event.source {
        EventSource::Manual => "",
        other @ (EventSource::Chat
        | EventSource::Alert
        | EventSource::Import
        | EventSource::Bot) => other.label(),
    };
    let said = [
        if event.starred {
            "★".to_owned()
        } else {
            String::new()
        },
        event.at.map_or_else(|| event.at_text.clone(), moment),
        event
            .phase
            .map(|it| it.label().to_owned())
            .unwrap_or_default(),
        event.text.clone(),
        event.role.clone(),
        event
            .known_at
            .map(|at| format!("known {}", moment(at)))
            .unwrap_or_default(),
        event.evidence.clone(),
        source.to_owned(),
    ];
    dotted(said)
}

fn factor(factor: &FactorUse) -> String {
    dotted([
        factor.name.clone(),
        factor.role.label().to_owned(),
        factor.note.clone(),
    ])
}

fn countermeasure(it: &Countermeasure) -> String {
    let date = |on: Option<jiff::civil::Date>| on.map(words::date).unwrap_or_default();
    let more = [
        ("Does", it.kind.map_or("", |kind| kind.label()).to_owned()),
        ("Aims at", it.factor.clone()),
        ("Problem", it.problem.clone()),
        ("We believe", it.hypothesis.clone()),
        ("Expected effect", it.expected_effect.clone()),
        ("Measure", it.measure.clone()),
        ("Check on", date(it.check_on)),
        ("Owner", it.owner.clone()),
        ("Due", date(it.due_on)),
        ("Priority", it.priority.clone()),
        ("Tracker", it.tracker.clone()),
        ("Why", it.status_reason.clone()),
        (
            "Result",
            it.result.map_or("", |result| result.label()).to_owned(),
        ),
        ("Evidence", it.evidence.clone()),
        ("Details", it.details.clone()),
    ];
    let title = dotted([it.title.clone(), it.status.label().to_owned()]);
    let more = more.map(|(label, value)| (format!("    {label}"), value));
    format!("{title}\n{}", labelled(more))
}

fn dotted<const N: usize>(said: [String; N]) -> String {
    let said: Vec<&str> = said
        .iter()
        .map(|it| it.trim())
        .filter(|it| !it.is_empty())
        .collect();
    said.join(" · ")
}

/// How many words changed on one side.
pub(super) fn words_in(parts: &[ChangedPart], change: Change) -> usize {
    let lines = parts.iter().flat_map(|part| &part.lines);
    lines
        .filter(|line| line.change == change)
        .flat_map(|line| &line.pieces)
        .filter(|piece| piece.changed)
        .map(|piece| piece.text.split_whitespace().count())
        .sum()
}

/// Parts as pages draw them.
pub(super) fn drawn(parts: &[ChangedPart]) -> Vec<Value> {
    let part = |part: &ChangedPart| {
        let lines: Vec<Value> = part.lines.iter().map(line).collect();
        json!({ "name": part.name, "lines": lines })
    };
    parts.iter().map(part).collect()
}

/// A line as `diff_lines.hbs` draws it.
pub(super) fn line(line: &DiffLine) -> Value {
    let (kind, marked, count) = match line.change {
        Change::Same => ("context", "same", 0),
        Change::Removed => ("removed", "del", 0),
        Change::Added => ("added", "ins", 0),
        Change::Skipped(count) => ("skipped", "same", count),
    };
    let segments: Vec<Value> = line
        .pieces
        .iter()
        .map(|piece| json!({ "kind": if piece.changed { marked } else { "same" }, "text": piece.text }))
        .collect();
    json!({ "kind": kind, "count": count, "segments": segments })
}

#[cfg(test)]
#[path = "changed_tests.rs"]
mod tests;
