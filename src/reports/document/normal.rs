//! The normal form of a draft: what reading a document yields, so that writing and reading again changes nothing.

use super::headings::{learning_role, owns_rows, role_of};
use super::pieces::stated_role;
use super::text::{block, covers, lines_of, one_line, single_spaced};
use super::yaml::{Node, is_bare, read_value};
use crate::reports::model::{
    Countermeasure, Draft, FactorUse, Section, SectionRole, Source, TimelineEvent,
};
use jiff::tz::TimeZone;
use jiff::{Timestamp, TimestampRound, Unit};
use std::collections::BTreeMap;

/// Deeper values of the front matter are kept as their text.
const MAX_DEPTH: usize = 10;
/// Longer keys are cut: YAML does not allow them.
const MAX_KEY_CHARS: usize = 200;

impl Draft {
    /// Brings the draft into the form that survives being written and read.
    ///
    /// One-line fields lose line breaks and outer spaces; Markdown loses blank lines at its ends, `\r` and NUL; empty
    /// names, rows and duplicates go; tags are lower case; instants keep microseconds; an unknown zone becomes UTC (and
    /// is kept in `extra`); rows get a section that shows them, at its usual place; learnings stand in the order of
    /// those sections; a section without heading other than the first joins the one before it.
    pub fn normalise(&mut self) {
        self.title = one_line(&self.title);
        for names in [
            &mut self.services,
            &mut self.teams,
            &mut self.authors,
            &mut self.sources,
        ] {
            tidy_names(names);
        }
        for tag in &mut self.tags {
            *tag = tag.to_lowercase();
        }
        tidy_names(&mut self.tags);
        self.facilitator = one_line(&self.facilitator);
        self.import_key = self
            .import_key
            .take()
            .map(|key| one_line(&key))
            .filter(|key| !key.is_empty());
        self.source = self.source.take().and_then(normal_source);
        self.normalise_zone();
        let extra = std::mem::take(&mut self.extra);
        let (fitting, long): (Vec<_>, Vec<_>) = extra
            .into_iter()
            .partition(|(key, _)| key.chars().count() <= MAX_KEY_CHARS);
        // What fits keeps its key; what has to be cut makes way.
        for (key, value) in fitting.into_iter().chain(long) {
            keep(&mut self.extra, &key, normal_value(&value));
        }
        let times = &mut self.times;
        for time in [
            &mut times.started_at,
            &mut times.detected_at,
            &mut times.acknowledged_at,
            &mut times.mitigated_at,
            &mut times.resolved_at,
        ] {
            *time = time.and_then(to_microseconds);
        }
        self.normalise_rows();
        self.normalise_sections();
        self.order_learnings();
    }

    fn normalise_zone(&mut self) {
        let name = TimeZone::get(self.timezone.trim())
            .ok()
            .and_then(|zone| zone.iana_name().map(str::to_owned));
        if let Some(name) = name {
            self.timezone = name;
        } else {
            let unknown = std::mem::replace(&mut self.timezone, "UTC".to_owned());
            if !unknown.trim().is_empty() {
                keep(&mut self.extra, "timezone", unknown);
            }
        }
    }

    fn normalise_rows(&mut self) {
        for event in &mut self.timeline {
            normalise_event(event);
        }
        self.timeline
            .retain(|event| *event != TimelineEvent::said(""));
        for factor in &mut self.factors {
            factor.name = single_spaced(&factor.name);
            factor.note = block(&factor.note);
            if factor.name.is_empty() && !factor.note.is_empty() {
                "…".clone_into(&mut factor.name);
            }
        }
        self.factors
            .retain(|factor: &FactorUse| !factor.name.is_empty());
        for learning in &mut self.learnings {
            learning.text = block(&learning.text);
        }
        self.learnings.retain(|learning| !learning.text.is_empty());
        for row in &mut self.countermeasures {
            normalise_countermeasure(row);
        }
        self.countermeasures
            .retain(|row| *row != Countermeasure::titled(""));
        for row in &mut self.countermeasures {
            if row.title.is_empty() {
                "…".clone_into(&mut row.title);
            }
        }
    }

    fn normalise_sections(&mut self) {
        let mut sections: Vec<Section> = Vec::new();
        for mut section in std::mem::take(&mut self.sections) {
            let (heading, stated) = stated_role(&section.heading);
            section.role = stated.unwrap_or(section.role);
            section.text = lines_of(&section.text);
            section.heading = heading;
            if section.heading.is_empty() && section.role != SectionRole::Other {
                section.role.label().clone_into(&mut section.heading);
            }
            match sections.last_mut() {
                Some(last) if section.heading.is_empty() => {
                    last.text = lines_of(&format!("{}\n\n{}", last.text, section.text));
                }
                Some(_) | None => sections.push(section),
            }
        }
        sections.retain(|section| !section.heading.is_empty() || !section.text.is_empty());
        self.sections = sections;
        let mut needed = Vec::new();
        if !self.timeline.is_empty() {
            needed.push(SectionRole::Timeline);
        }
        if !self.factors.is_empty() {
            needed.push(SectionRole::Factors);
        }
        needed.extend(
            self.learnings
                .iter()
                .map(|learning| learning_role(learning.kind)),
        );
        if !self.countermeasures.is_empty() {
            needed.push(SectionRole::Countermeasures);
        }
        for role in needed {
            debug_assert!(owns_rows(role));
            self.ensure_section(role);
        }
    }

    /// Adds a section for a role at its usual place, unless there is one.
    pub(super) fn ensure_section(&mut self, role: SectionRole) {
        if self.sections.iter().any(|section| section.role == role) {
            return;
        }
        let ranked = |section: &Section| section.role != SectionRole::Other;
        let place = self
            .sections
            .iter()
            .rposition(|section| ranked(section) && section.role < role)
            .map(|index| index + 1)
            .or_else(|| {
                self.sections
                    .iter()
                    .position(|section| ranked(section) && section.role > role)
            })
            .unwrap_or(self.sections.len());
        let heading = role.label().to_owned();
        debug_assert_eq!(role_of(&heading), role);
        self.sections.insert(
            place,
            Section {
                heading,
                role,
                text: String::new(),
            },
        );
    }

    fn order_learnings(&mut self) {
        let sections = &self.sections;
        self.learnings.sort_by_key(|learning| {
            let role = learning_role(learning.kind);
            sections.iter().position(|section| section.role == role)
        });
    }
}

fn normalise_event(event: &mut TimelineEvent) {
    event.at = event.at.and_then(to_microseconds);
    event.known_at = event.known_at.and_then(to_microseconds);
    event.at_text = one_line(&event.at_text);
    event.role = one_line(&event.role);
    event.evidence = one_line(&event.evidence);
    event.text = block(&event.text);
}

fn normalise_countermeasure(row: &mut Countermeasure) {
    for line in [
        &mut row.title,
        &mut row.owner,
        &mut row.priority,
        &mut row.tracker,
    ] {
        *line = one_line(line);
    }
    row.factor = single_spaced(&row.factor);
    for text in [
        &mut row.details,
        &mut row.problem,
        &mut row.hypothesis,
        &mut row.expected_effect,
        &mut row.measure,
        &mut row.status_reason,
        &mut row.evidence,
    ] {
        *text = block(text);
    }
}

fn to_microseconds(at: Timestamp) -> Option<Timestamp> {
    at.round(
        TimestampRound::new()
            .smallest(Unit::Microsecond)
            .mode(jiff::RoundMode::Trunc),
    )
    .ok()
}

fn tidy_names(names: &mut Vec<String>) {
    let mut kept: Vec<String> = Vec::with_capacity(names.len());
    let mut seen = std::collections::HashSet::new();
    for name in names.drain(..) {
        let name = one_line(&name);
        if !name.is_empty() && seen.insert(name.clone()) {
            kept.push(name);
        }
    }
    *names = kept;
}

fn normal_source(source: Source) -> Option<Source> {
    let source = Source {
        repo: one_line(&source.repo),
        path: one_line(&source.path),
        commit: one_line(&source.commit),
        licence: one_line(&source.licence),
    };
    (source != Source::default()).then_some(source)
}

/// Keeps a value under its key, on one line, or under `key (2)` and so on where another value has that key.
pub(super) fn keep(kept: &mut BTreeMap<String, String>, key: &str, value: String) {
    let cut = |most: usize| one_line(&key.chars().take(most).collect::<String>());
    let mut free = cut(MAX_KEY_CHARS);
    let mut number = 2_usize;
    while let Some(other) = kept.get(&free) {
        if *other == value {
            return;
        }
        let mark = format!(" ({number})");
        free = cut(MAX_KEY_CHARS.saturating_sub(mark.len())) + &mark;
        number += 1;
    }
    kept.insert(free, value);
}

/// Whether a value is plainly what it would be written as: a bare word or a short number.
fn is_canonical(text: &str) -> bool {
    let is_number = (1..=15).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_digit())
        && (text == "0" || !text.starts_with('0'));
    is_number || is_bare(text)
}

/// The value as canonical YAML flow text.
fn normal_value(text: &str) -> String {
    if is_canonical(text) {
        return text.to_owned();
    }
    let node = read_value(text);
    let flow = node.flow();
    if node.depth() > MAX_DEPTH || !covers(&flow, text) {
        return Node::Text(text.to_owned()).flow();
    }
    flow
}

/// The sections' index by role: where the rows of a role are written.
pub(super) fn first_of_role(draft: &Draft) -> BTreeMap<SectionRole, usize> {
    let mut places = BTreeMap::new();
    for (index, section) in draft.sections.iter().enumerate() {
        places.entry(section.role).or_insert(index);
    }
    places
}
