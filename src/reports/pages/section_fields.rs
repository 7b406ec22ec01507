//! The text of a report as fields, one for each section. Pure.

use super::form_page::input;
use crate::reports::document::{Part, joined, parts, section_role};
use crate::reports::model::{Problem, SectionRole};
use serde_json::{Value, json};

/// The most fields of a page: what is below stays in the last one.
const MOST: usize = 60;
/// Rows of a field, at least and at most.
const ROWS: (usize, usize) = (4, 28);

/// The fields, an empty one for another section last.
pub(super) struct SectionFields(Vec<Part>);

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
        Self(fields)
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
            let mut fields = self.0.iter();
            let place =
                fields.position(|part| role.is_some() && section_role(&part.heading) == role);
            return (place.unwrap_or(0), 0);
        }
        let written = self.0.len().saturating_sub(1);
        let below = self
            .0
            .iter()
            .take(written)
            .take_while(|part| part.line <= problem.line)
            .count();
        let place = below.saturating_sub(1);
        let first = self.0.get(place).map_or(1, |part| part.line);
        (place, (problem.line + 1).saturating_sub(first))
    }

    /// A problem with the text, as the list above the form shows it.
    pub(super) fn problem(&self, problem: &Problem) -> Value {
        let (place, line) = self.place(problem);
        json!({ "field": format!("text-{place}"), "message": problem.message, "line": line })
    }

    /// What `edit.hbs` shows, with what a template says of each section.
    pub(super) fn view(&self, problems: &[Problem], guidance: &[Value]) -> Vec<Value> {
        let of_text: Vec<(usize, &str)> = problems
            .iter()
            .filter(|problem| input(&problem.field) == "document")
            .map(|problem| (self.place(problem).0, problem.message.as_str()))
            .collect();
        let last = self.0.len().saturating_sub(1);
        let fields = self.0.iter().enumerate();
        fields
            .map(|(place, part)| {
                let lines = part.text.lines().count() + 2;
                let advice = guidance.iter().find(|it| {
                    let heading = it.get("heading").and_then(Value::as_str);
                    !part.heading.is_empty() && heading == Some(part.heading.as_str())
                });
                let problem = of_text.iter().find(|(at, _)| *at == place);
                json!({
                    "place": place,
                    "heading": part.heading,
                    "label": label(part, place == last),
                    "text": part.text,
                    "sealed": part.sealed,
                    "rows": lines.clamp(ROWS.0, ROWS.1),
                    "hint": hint(&part.heading, advice.is_some()),
                    "guidance": advice.and_then(|it| it.get("guidance")),
                    "required": advice.and_then(|it| it.get("required")),
                    "is_empty": part.text.is_empty(),
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
        SectionRole::Summary | SectionRole::Impact | SectionRole::Factors if is_guided => None,
        SectionRole::Summary => Some("Two or three sentences for somebody who reads nothing else."),
        SectionRole::Impact => Some("Who noticed what, for how long, in numbers."),
        SectionRole::Timeline => {
            Some("One line for each event: - 14:02 [detect] alert fired <https://…>")
        }
        SectionRole::Factors => Some("One item for each: there is never only one cause."),
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
        let view = fields.view(&[at(8)], &[]);
        assert_eq!(view.len(), 3);
        assert_eq!(view[1]["problem"], "late");
        assert_eq!(view[2]["is_spare"], true);
    }

    #[test]
    fn no_number_of_sections_is_too_much() {
        let sections: Vec<String> = (0..200).map(|n| format!("## S{n}\n\nt{n}\n\n")).collect();
        let text = sections.concat();
        let fields = SectionFields::of(&text);
        assert_eq!(fields.0.len(), MOST + 1);
        assert_eq!(joined(&fields.0).trim(), text.trim());
    }
}
