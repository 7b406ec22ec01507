//! Writing the canonical form. Every piece is read back before it is believed.

use super::blocks::too_nested;
use super::header_keys::is_known;
use super::headings::{learning_kind, owns_rows, role_of};
use super::normal::first_of_role;
use super::pieces::{Piece, seal, split};
use super::sections::{Context, ROWS, Rows, read};
use super::yaml::quoted;
use super::{countermeasures, rows, timeline};
use crate::reports::model::{Draft, Section, SectionRole, Status, Visibility};
use std::fmt::Write as _;

/// The header between its `---` lines.
pub(super) fn header(draft: &Draft) -> String {
    header_with(draft, Some(draft.status))
}

/// The same with this status, or none.
pub(super) fn header_with(draft: &Draft, status: Option<Status>) -> String {
    let mut out = String::from("---\n");
    let mut line = |key: &str, value: &str| {
        // Writing to a string cannot fail.
        let written = writeln!(out, "{key}: {value}");
        debug_assert!(written.is_ok());
    };
    if let Some(key) = &draft.import_key {
        line("id", &quoted(key));
    }
    line("title", &quoted(&draft.title));
    line("kind", draft.kind.word());
    if let Some(status) = status {
        line("status", status.word());
    }
    if let Some(severity) = draft.severity {
        line("severity", &severity.to_string());
    }
    if draft.visibility != Visibility::Open {
        line("visibility", draft.visibility.word());
    }
    for (key, names) in [("services", &draft.services), ("teams", &draft.teams)] {
        if !names.is_empty() {
            line(key, &list(names));
        }
    }
    if !draft.tags.is_empty() {
        line("tags", &list(&draft.tags));
    }
    for (key, at) in draft.times.named() {
        if let Some(at) = at {
            line(key, &at.to_string());
        }
    }
    line("timezone", &quoted(&draft.timezone));
    if !draft.authors.is_empty() {
        line("authors", &list(&draft.authors));
    }
    if !draft.facilitator.is_empty() {
        line("facilitator", &quoted(&draft.facilitator));
    }
    if !draft.sources.is_empty() {
        line("sources", &list(&draft.sources));
    }
    out.push_str(&source(draft));
    out.push_str(&extra(draft));
    out.push_str("---\n");
    out
}

fn list(names: &[String]) -> String {
    let names: Vec<String> = names.iter().map(|name| quoted(name)).collect();
    format!("[{}]", names.join(", "))
}

fn source(draft: &Draft) -> String {
    let Some(source) = &draft.source else {
        return String::new();
    };
    let parts = [
        ("repo", &source.repo),
        ("path", &source.path),
        ("commit", &source.commit),
        ("licence", &source.licence),
    ];
    let lines = parts
        .iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(key, value)| format!("  {key}: {}\n", quoted(value)));
    format!("source:\n{}", lines.collect::<String>())
}

fn extra(draft: &Draft) -> String {
    let mut out = String::new();
    let mut kept = String::new();
    for (key, value) in &draft.extra {
        let line = format!("{}: {value}\n", quoted(key));
        if is_known(key) {
            kept.push_str("  ");
            kept.push_str(&line);
        } else {
            out.push_str(&line);
        }
    }
    if !kept.is_empty() {
        out.push_str("kept:\n");
        out.push_str(&kept);
    }
    out
}

/// What a section needs to know about its report.
pub(super) struct Writer<'a> {
    draft: &'a Draft,
    context: Context,
}

impl<'a> Writer<'a> {
    pub(super) fn new(draft: &'a Draft) -> Self {
        Self {
            draft,
            context: Context::of(draft, None),
        }
    }

    /// All sections, a blank line between them.
    pub(super) fn sections(&self) -> String {
        let places = first_of_role(self.draft);
        let mut out = String::new();
        for (index, section) in self.draft.sections.iter().enumerate() {
            let owns = places.get(&section.role) == Some(&index);
            out.push('\n');
            out.push_str(&self.section(section, owns));
        }
        out
    }

    fn section(&self, section: &Section, owns: bool) -> String {
        let mut heading = if section.heading.is_empty() {
            String::new()
        } else {
            format!("## {}", section.heading)
        };
        if role_of(&section.heading) != section.role {
            heading.extend([" {role=", section.role.word(), "}"]);
        }
        if !heading.is_empty() {
            heading.push('\n');
        }
        let expected = if owns {
            self.rows(section.role)
        } else {
            Rows::default()
        };
        let lines = self.lines(&expected);
        if !heading.is_empty() && is_prose(section) {
            let bare = Section {
                heading: section.heading.clone(),
                role: section.role,
                text: String::new(),
            };
            if self.reads_back(&heading, &bare, &expected) {
                return format!("{heading}\n{}\n", section.text);
            }
        }
        for body in bodies(section, &lines) {
            let candidate = match (heading.is_empty(), body.is_empty()) {
                (true, _) => format!("{body}\n"),
                (false, true) => heading.clone(),
                (false, false) => format!("{heading}\n{body}\n"),
            };
            if self.reads_back(&candidate, section, &expected) {
                return candidate;
            }
        }
        let body = if owns_rows(section.role) {
            seal(&parted(&section.text, &lines))
        } else {
            seal(&section.text)
        };
        format!("{heading}\n{body}\n")
    }

    /// The rows a section shows.
    fn rows(&self, role: SectionRole) -> Rows {
        let draft = self.draft;
        let mut rows = Rows::default();
        if role == SectionRole::Timeline {
            rows.timeline.clone_from(&draft.timeline);
        } else if role == SectionRole::Factors {
            rows.factors.clone_from(&draft.factors);
        } else if role == SectionRole::Countermeasures {
            rows.countermeasures.clone_from(&draft.countermeasures);
        } else if let Some(kind) = learning_kind(role) {
            let own = draft
                .learnings
                .iter()
                .filter(|learning| learning.kind == kind);
            rows.learnings = own.cloned().collect();
        }
        rows
    }

    fn lines(&self, rows: &Rows) -> String {
        let events = rows
            .timeline
            .iter()
            .map(|event| timeline::write_event(event, &self.context.zone));
        let factors = rows.factors.iter().map(rows::write_factor);
        let learnings = rows.learnings.iter().map(rows::write_learning);
        let measures = rows.countermeasures.iter().map(countermeasures::write);
        let all: Vec<String> = events
            .chain(factors)
            .chain(learnings)
            .chain(measures)
            .collect();
        all.join("\n")
    }

    /// Whether a section, as written, is read as what it was written from.
    fn reads_back(&self, candidate: &str, section: &Section, expected: &Rows) -> bool {
        let found = split(
            &format!("{candidate}\n## end\n"),
            Some(&self.draft.title),
            4,
        );
        let [piece, end] = found.pieces.as_slice() else {
            return false;
        };
        let mut rows = Rows::default();
        end.heading == "end"
            && same_heading(piece, section)
            && read(piece, &self.context, &mut rows) == section.text
            && rows.says_as(expected)
    }
}

/// Whether nothing in a text can be a heading, hide the next one or be a row, so that reading it back shows nothing.
fn is_prose(section: &Section) -> bool {
    let is_underline = |line: &str| {
        let line = line.trim();
        !line.is_empty() && line.bytes().all(|byte| matches!(byte, b'-' | b'='))
    };
    // A heading begins its line, or what a quote or a list opens in it; in the middle of words it is a number.
    let may_be_heading = |line: &str| {
        let before = line.split_once('#').map(|(before, _)| before);
        before.is_some_and(|it| !it.contains(char::is_alphabetic))
    };
    let text = &section.text;
    !owns_rows(section.role)
        && !text.is_empty()
        && !text.contains('<')
        && !text.contains("```")
        && !text.contains("~~~")
        && !text
            .lines()
            .any(|line| is_underline(line) || may_be_heading(line))
        && !too_nested(text)
}

fn same_heading(piece: &Piece, section: &Section) -> bool {
    piece.heading == section.heading && piece.role == section.role
}

/// The ways to write a body, the most readable first.
fn bodies(section: &Section, lines: &str) -> Vec<String> {
    let plain = match (section.text.is_empty(), lines.is_empty()) {
        (true, _) => lines.to_owned(),
        (_, true) => section.text.clone(),
        (false, false) => format!("{}\n\n{lines}", section.text),
    };
    // A stray seal would find its end in a later section.
    if plain.contains("<!-- hansei: ") {
        return Vec::new();
    }
    let mut bodies = vec![plain];
    if owns_rows(section.role) {
        bodies.push(parted(&section.text, lines));
    }
    bodies
}

/// Prose, the marker, rows.
fn parted(text: &str, lines: &str) -> String {
    let mut parts = vec![text, ROWS, lines];
    parts.retain(|part| !part.is_empty());
    parts.join("\n\n")
}
