//! The text of a report as fields, one for each section. Pure.

use super::form::EditForm;
use super::form_page::input;
use super::rows::{self, NOT_AS_ROWS, RowKind, Shown};
use super::wording::{Hint, Written};
use crate::reports::document::{self, Part, joined, parts, section_role};
use crate::reports::model::{Problem, SectionRole};
use crate::reports::templates::Template;
use serde_json::{Value, json};

/// The most fields of a page: what is below stays in the last one.
const MOST: usize = 60;
/// Rows of a field, at least and at most.
const ROWS: (usize, usize) = (4, 28);

/// The fields, an empty one for another section last.
pub(super) struct SectionFields {
    parts: Vec<Part>,
    /// Of each, how it looks as rows.
    looks: Vec<Look>,
}

/// Whether a section has rows, and how it looks as such.
#[derive(Default)]
struct Look {
    /// What it would be as rows.
    kind: Option<RowKind>,
    shown: Option<Shown>,
    /// Why it is not shown as rows, though somebody wants that.
    note: Option<&'static str>,
    /// What is said once about what a button just did to it.
    remarks: Vec<String>,
}

impl SectionFields {
    /// Cuts the text.
    pub(super) fn of(document: &str) -> Self {
        let mut fields = parts(document);
        if fields.len() > MOST {
            let rest = joined(&fields.split_off(MOST));
            if let Some(last) = fields.last_mut() {
                last.text = format!("{}\n\n{rest}", last.text);
            }
        }
        fields.push(Part::default());
        let looks = fields.iter().map(|_| Look::default()).collect();
        Self {
            parts: fields,
            looks,
        }
    }

    /// With the sections as rows that are wanted so.
    pub(super) fn with_rows(mut self, form: &EditForm) -> Self {
        let of_kind = |kind: RowKind| {
            let mut parts = self.parts.iter();
            parts.position(|part| document::part_role(&part.heading) == kind.role())
        };
        let places = RowKind::ALL.map(|kind| (kind, of_kind(kind)));
        let factors = self.factor_names(form);
        for (kind, place) in places {
            let place = place.and_then(|at| self.parts.get_mut(at).zip(self.looks.get_mut(at)));
            let Some((part, look)) = place else {
                continue;
            };
            look.kind = Some(kind);
            if rows::is_wanted(form, kind) {
                match rows::shown(form, part, kind, &factors) {
                    Ok(shown) => look.shown = Some(shown),
                    Err(why) => look.note = Some(why),
                }
            } else if form.told.refused == Some(kind) {
                look.note = Some(NOT_AS_ROWS);
            }
            if kind == RowKind::Timeline {
                look.remarks.clone_from(&form.told.remarks);
            }
            let paste = form.event_paste.trim();
            if kind == RowKind::Timeline && look.shown.is_none() && !paste.is_empty() {
                // Without rows there is no other place for it.
                part.text = format!("{}\n\n{paste}", part.text);
            }
        }
        self
    }

    /// The factors of this report, for what is tried against them.
    fn factor_names(&self, form: &EditForm) -> Vec<String> {
        if !rows::is_wanted(form, RowKind::Countermeasures) {
            return Vec::new();
        }
        let is_of_factors =
            |part: &&Part| document::part_role(&part.heading) == SectionRole::Factors;
        let parts = self.parts.iter().filter(is_of_factors);
        let head = rows::Setting::of(form).head();
        let factors = parts.flat_map(|part| document::lone_section(part, &head).factors);
        let mut names: Vec<String> = factors.map(|it| it.name).collect();
        names.truncate(MOST);
        names
    }

    /// The texts that a form shows, field by field.
    pub(super) fn texts_of(form: &EditForm) -> Vec<Written> {
        if form.layout == "text" {
            return vec![Written::plain(form.document.clone())];
        }
        let fields = Self::of(&form.document).with_rows(form);
        let looks = fields.looks.iter().map(|look| look.shown.is_some());
        let texts = fields.parts.into_iter().map(|part| part.text);
        texts
            .zip(looks)
            .map(|(text, in_rows)| Written { text, in_rows })
            .collect()
    }

    /// The field for the section with this heading; for one that is not there, the heading of another section.
    pub(super) fn field_for(&self, heading: &str) -> String {
        let place = self.parts.iter().position(|it| it.heading == heading);
        place.map_or_else(
            || format!("f-heading-{}", self.parts.len().saturating_sub(1)),
            |place| format!("f-text-{place}"),
        )
    }

    /// The field in which a problem lies, by its place from 0, and the line in it.
    fn place(&self, problem: &Problem) -> (usize, usize) {
        if problem.line == 0 {
            let role = match problem.field.as_str() {
                "timeline" => Some(SectionRole::Timeline),
                "factors" => Some(SectionRole::Factors),
                "countermeasures" => Some(SectionRole::Countermeasures),
                _ => None,
            };
            let mut fields = self.parts.iter();
            let place =
                fields.position(|part| role.is_some() && section_role(&part.heading) == role);
            return (place.unwrap_or(0), 0);
        }
        let written = self.parts.len().saturating_sub(1);
        let below = self
            .parts
            .iter()
            .take(written)
            .take_while(|part| part.line <= problem.line)
            .count();
        let place = below.saturating_sub(1);
        let first = self.parts.get(place).map_or(1, |part| part.line);
        (place, (problem.line + 1).saturating_sub(first))
    }

    /// A problem with the text, as the list above the form shows it.
    pub(super) fn problem(&self, problem: &Problem) -> Value {
        let (place, line) = self.place(problem);
        json!({ "field": format!("text-{place}"), "message": problem.message, "line": line })
    }

    /// What `edit.hbs` shows, with what a template says of each section.
    pub(super) fn view(
        &self,
        problems: &[Problem],
        template: Option<&Template>,
        hints: &[Hint],
    ) -> Vec<Value> {
        let of_text: Vec<(usize, &str)> = problems
            .iter()
            .filter(|problem| input(&problem.field) == "document")
            .map(|problem| (self.place(problem).0, problem.message.as_str()))
            .collect();
        let last = self.parts.len().saturating_sub(1);
        let fields = self.parts.iter().enumerate();
        fields
            .map(|(place, part)| {
                let look = self.looks.get(place);
                let rows = look.and_then(|it| it.shown.as_ref());
                let text = rows.map_or(part.text.as_str(), |it| &it.text);
                let lines = text.lines().count() + if rows.is_some() { 0 } else { 2 };
                let asked = template
                    .filter(|_| !part.heading.is_empty())
                    .and_then(|it| it.asked(&part.heading));
                let guidance = asked
                    .map(|it| it.guidance.as_str())
                    .filter(|it| !it.is_empty());
                let hints: Vec<&Hint> = hints.iter().filter(|it| it.place == place).collect();
                let problem = of_text.iter().find(|(at, _)| *at == place);
                json!({
                    "place": place,
                    "heading": part.heading,
                    "label": label(part, place == last),
                    "text": text,
                    "sealed": part.sealed && rows.is_none(),
                    "rows": lines.clamp(if rows.is_some() { 2 } else { ROWS.0 }, ROWS.1),
                    "look": rows.map(|it| &it.view),
                    "kind": look.and_then(|it| it.kind).map(RowKind::word),
                    "note": look.and_then(|it| it.note),
                    "remarks": look.map(|it| it.remarks.as_slice()),
                    "hint": if rows.is_some() { None } else { hint(&part.heading, guidance.is_some()) },
                    "guidance": guidance,
                    "required": asked.is_some_and(|it| it.required),
                    "hints": hints,
                    "is_empty": text.is_empty() && !rows.is_some_and(|it| it.has_rows),
                    "is_spare": place == last,
                    "problem": problem.map(|(_, message)| *message),
                })
            })
            .collect()
    }
}

/// What the field is called by those who cannot see where it stands.
fn label(part: &Part, is_spare: bool) -> &str {
    match (part.heading.as_str(), is_spare) {
        ("", true) => "Text of another section",
        ("", false) => "Text above the first heading",
        (heading, _) => heading,
    }
}

/// How to write what becomes rows; and what to write, where no template says it.
fn hint(heading: &str, is_guided: bool) -> Option<&'static str> {
    match section_role(heading)? {
        SectionRole::Summary | SectionRole::Impact if is_guided => None,
        SectionRole::Summary => Some("Two or three sentences for somebody who reads nothing else."),
        SectionRole::Impact => Some("Who noticed what, for how long, in numbers."),
        SectionRole::Timeline => {
            Some("One line for each event: - 14:02 [detect] alert fired <https://…>")
        }
        SectionRole::Factors => Some(
            "One item for each, with its role and a note if you like: - DNS answers are cached too long (amplified): for an hour",
        ),
        SectionRole::Countermeasures => {
            Some("One item for each: - Alert on queue age (owner: storage, due: 2026-12-01)")
        }
        SectionRole::Detection
        | SectionRole::Resolution
        | SectionRole::WentWell
        | SectionRole::WentPoorly
        | SectionRole::Lucky
        | SectionRole::Surprise
        | SectionRole::Safeguard
        | SectionRole::OpenQuestion
        | SectionRole::Other => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_leads_to_its_section_and_line() {
        let text = "## Summary\n\nx\n\n## Timeline\n\n- 10:00 a\n- 09:00 b\n";
        let fields = SectionFields::of(text);
        let at = |line| Problem {
            line,
            ..Problem::of("timeline", "late")
        };
        let problem = |line| fields.problem(&at(line));
        assert_eq!(problem(8)["field"], "text-1");
        assert_eq!(problem(8)["line"], 2);
        assert_eq!(problem(3)["field"], "text-0");
        assert_eq!(problem(3)["line"], 1);
        assert_eq!(problem(0)["field"], "text-1");
        let elsewhere = fields.problem(&Problem::of("sections", "too many"));
        assert_eq!(elsewhere["field"], "text-0");
        let view = fields.view(&[at(8)], None, &[]);
        assert_eq!(view.len(), 3);
        assert_eq!(view[1]["problem"], "late");
        assert_eq!(view[2]["is_spare"], true);
    }

    #[test]
    fn no_number_of_sections_is_too_much() {
        let sections: Vec<String> = (0..200).map(|n| format!("## S{n}\n\nt{n}\n\n")).collect();
        let text = sections.concat();
        let fields = SectionFields::of(&text);
        assert_eq!(fields.parts.len(), MOST + 1);
        assert_eq!(joined(&fields.parts).trim(), text.trim());
    }
}
