//! The form of a report template: what was typed, as a template, with problems beside the fields. Pure.

use crate::reports::model::{Kind, Problem, Severity, Visibility};
use crate::reports::templates::{Template, parse_sections, print_sections, word_of};
use serde::Deserialize;
use serde_json::{Value, json};

/// What the form sends. Everything is text, so that nothing typed is ever lost.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct TemplateForm {
    pub(super) base_revision: String,
    pub(super) word: String,
    pub(super) name: String,
    pub(super) description: String,
    pub(super) kind: String,
    pub(super) severities: String,
    pub(super) visibility: String,
    pub(super) position: String,
    pub(super) sections: String,
}

impl TemplateForm {
    /// The form that shows a template.
    pub(super) fn of(template: &Template, revision: i32) -> Self {
        let severities: Vec<String> = template
            .severities
            .iter()
            .map(ToString::to_string)
            .collect();
        Self {
            base_revision: revision.to_string(),
            word: template.word.clone(),
            name: template.name.clone(),
            description: template.description.clone(),
            kind: template.kind.word().to_owned(),
            severities: severities.join(", "),
            visibility: template.visibility.word().to_owned(),
            position: template.position.to_string(),
            sections: print_sections(&template.sections),
        }
    }

    /// All fields, to be shown or carried along unseen.
    pub(super) fn carried(&self) -> [(&'static str, &str); 9] {
        [
            ("base_revision", &self.base_revision),
            ("word", &self.word),
            ("name", &self.name),
            ("description", &self.description),
            ("kind", &self.kind),
            ("severities", &self.severities),
            ("visibility", &self.visibility),
            ("position", &self.position),
            ("sections", &self.sections),
        ]
    }

    /// Reads the form; `stored` is the word of the template it changes, which stays. What it says and what is wrong
    /// with it.
    pub(super) fn read(&self, stored: Option<&str>) -> (Template, Vec<Problem>) {
        let mut problems = Vec::new();
        let typed = self.word.trim();
        let word = match (stored, typed) {
            (Some(stored), _) => stored.to_owned(),
            (None, "") => word_of(&self.name),
            (None, typed) => typed.to_owned(),
        };
        let kind = Kind::parse(&self.kind).unwrap_or_else(|| {
            problems.push(Problem::of(
                "kind",
                "Choose incident, near miss or exercise.",
            ));
            Kind::Incident
        });
        let visibility = Visibility::parse(&self.visibility).unwrap_or_else(|| {
            problems.push(Problem::of("visibility", "Choose open or restricted."));
            Visibility::Restricted
        });
        let sections = parse_sections(&self.sections).unwrap_or_else(|problem| {
            problems.push(problem);
            Vec::new()
        });
        let template = Template {
            word,
            name: one_line(&self.name),
            description: one_line(&self.description),
            kind,
            severities: self.severities(&mut problems),
            visibility,
            // No number is none in range either.
            position: self.position.trim().parse().unwrap_or(-1),
            sections,
        };
        problems.extend(template.check());
        (template, problems)
    }

    fn severities(&self, problems: &mut Vec<Problem>) -> Vec<Severity> {
        let mut severities = Vec::new();
        let words = self.severities.split([',', ';', ' ']);
        for word in words.map(str::trim).filter(|word| !word.is_empty()) {
            if let Some(severity) = Severity::parse(word) {
                severities.push(severity);
            } else {
                let message = format!(
                    "“{word}” is no severity: write numbers from 1 to 5, or nothing for any."
                );
                problems.push(Problem::of("severities", message));
            }
        }
        severities.sort_unstable();
        severities.dedup();
        severities
    }

    /// The fields as `template_edit.hbs` shows them: what was typed, and what is wrong with it.
    pub(super) fn view(&self, problems: &[Problem]) -> Value {
        let view = self.carried().into_iter().map(|(name, value)| {
            let problem = problems.iter().find(|problem| problem.field == name);
            let message = problem.map(|problem| problem.message.as_str());
            (
                name.to_owned(),
                json!({ "value": value, "problem": message }),
            )
        });
        Value::Object(view.collect())
    }
}

/// The words of one line.
fn one_line(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form() -> TemplateForm {
        TemplateForm {
            name: " Major  incident ".to_owned(),
            kind: "incident".to_owned(),
            severities: "SEV2, 1,2".to_owned(),
            visibility: "open".to_owned(),
            position: "5".to_owned(),
            sections: "## Summary (required)\r\nWhat happened?\r\n".to_owned(),
            ..TemplateForm::default()
        }
    }

    #[test]
    fn a_form_is_a_template_and_back() {
        let (template, problems) = form().read(None);
        assert_eq!(problems, []);
        assert_eq!(
            (template.word.as_str(), template.name.as_str()),
            ("major-incident", "Major incident")
        );
        let levels: Vec<u8> = template.severities.iter().map(|it| it.level()).collect();
        assert_eq!(levels, [1, 2]);
        assert!(template.sections[0].required);
        let shown = TemplateForm::of(&template, 3);
        assert_eq!(shown.base_revision, "3");
        assert_eq!(shown.read(None), (template.clone(), Vec::new()));
        assert_eq!(shown.read(Some("kept")).0.word, "kept");
    }

    #[test]
    fn every_problem_stands_beside_its_field() {
        let wrong = TemplateForm {
            word: "No Word".to_owned(),
            kind: "outage".to_owned(),
            severities: "1, 9".to_owned(),
            visibility: "secret".to_owned(),
            position: "first".to_owned(),
            sections: "no heading".to_owned(),
            ..form()
        };
        let (_, problems) = wrong.read(None);
        let view = wrong.view(&problems);
        for field in [
            "word",
            "kind",
            "severities",
            "visibility",
            "position",
            "sections",
        ] {
            assert!(view[field]["problem"].is_string(), "{field}: {problems:?}");
        }
        assert_eq!(view["severities"]["value"], "1, 9");
        assert_eq!(problems.len(), 6, "{problems:?}");
    }
}
