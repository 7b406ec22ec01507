//! Report templates: what a new report begins with, which of them fits, and what a report lacks of one. Pure.

#[cfg(test)]
mod tests;
mod text;

pub use text::{parse_sections, print_sections};

use super::document::{self, Part, section_role};
use super::model::{Draft, Kind, Problem, Section, SectionRole, Severity, Visibility};

/// The longest word, in characters.
const MAX_WORD_CHARS: usize = 60;
/// The longest name, in characters.
const MAX_NAME_CHARS: usize = 80;
/// The longest description, in characters.
const MAX_DESCRIPTION_CHARS: usize = 300;
/// The last place in the list.
const MAX_POSITION: i32 = 10_000;
/// The most sections.
const MAX_SECTIONS: usize = 40;
/// The longest heading, in characters.
const MAX_HEADING_CHARS: usize = 120;
/// The longest guidance of a section, in characters.
const MAX_GUIDANCE_CHARS: usize = 1_000;

/// Words that mean something else in the addresses of templates.
const TAKEN_WORDS: [&str; 2] = ["new", "resume"];

/// What a new report can begin with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    /// Names it in addresses, also when its name changes: `near-miss`.
    pub word: String,
    /// What people call it.
    pub name: String,
    /// What it is for, in one line.
    pub description: String,
    /// What its reports are.
    pub kind: Kind,
    /// The severities it is for; none means any, and reports without one.
    pub severities: Vec<Severity>,
    /// Who may read its reports, unless their authors say otherwise.
    pub visibility: Visibility,
    /// Its place in lists, and before which others it is taken.
    pub position: i32,
    /// What its reports say, in order.
    pub sections: Vec<TemplateSection>,
}

/// A heading, and what to write below it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TemplateSection {
    /// The heading, without the `#`s.
    pub heading: String,
    /// What to write about, as plain text; may be empty.
    pub guidance: String,
    /// Whether a report is incomplete without it. Nothing is refused because of that.
    pub required: bool,
}

impl TemplateSection {
    /// The form that survives being printed and read: a heading of one line, no blank lines around the guidance.
    #[must_use]
    pub fn normalised(self) -> Self {
        let heading: Vec<&str> = self.heading.split_whitespace().collect();
        let text = self.guidance.replace("\r\n", "\n").replace('\r', "\n");
        let lines: Vec<&str> = text.split('\n').map(str::trim_end).collect();
        Self {
            heading: heading.join(" "),
            guidance: lines.join("\n").trim_matches('\n').to_owned(),
            required: self.required,
        }
    }

    /// Whether this section of a report is the one that was asked for: of the same meaning or, where a heading has
    /// none, of the same words.
    fn is(&self, section: &Section) -> bool {
        self.means(&section.heading, section.role)
    }

    fn means(&self, heading: &str, role: SectionRole) -> bool {
        match section_role(&self.heading) {
            Some(own) => role == own,
            None => role == SectionRole::Other && same_words(heading, &self.heading),
        }
    }
}

fn same_words(one: &str, other: &str) -> bool {
    one.trim().to_lowercase() == other.trim().to_lowercase()
}

impl Template {
    /// The rules every stored template obeys. An empty answer means that it may be saved.
    pub fn check(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        self.check_names(&mut problems);
        let mut say = |field: &str, message: String| problems.push(Problem::of(field, message));
        if self.kind == Kind::NearMiss && !self.severities.is_empty() {
            say(
                "severities",
                "A near miss has no severity: nothing broke.".to_owned(),
            );
        }
        if !(0..=MAX_POSITION).contains(&self.position) {
            say(
                "position",
                format!("A position is a number from 0 to {MAX_POSITION}."),
            );
        }
        self.check_sections(&mut problems);
        problems
    }

    fn check_names(&self, problems: &mut Vec<Problem>) {
        let mut say = |field: &str, message: String| problems.push(Problem::of(field, message));
        if !is_word(&self.word) {
            say(
                "word",
                format!(
                    "Give it a word for its address, such as major-incident: a to z, digits and hyphens, at most {MAX_WORD_CHARS}."
                ),
            );
        } else if TAKEN_WORDS.contains(&self.word.as_str()) {
            say(
                "word",
                format!(
                    "“{}” is an address already: choose another word.",
                    self.word
                ),
            );
        }
        let name = self.name.chars().count();
        if self.name.trim().is_empty() {
            say("name", "Give the template a name.".to_owned());
        } else if name > MAX_NAME_CHARS {
            say(
                "name",
                format!("The name has {name} characters; at most {MAX_NAME_CHARS} fit."),
            );
        }
        let description = self.description.chars().count();
        if description > MAX_DESCRIPTION_CHARS {
            say(
                "description",
                format!(
                    "The description has {description} characters; at most {MAX_DESCRIPTION_CHARS} fit."
                ),
            );
        }
    }

    fn check_sections(&self, problems: &mut Vec<Problem>) {
        let mut say = |message: String| problems.push(Problem::of("sections", message));
        let count = self.sections.len();
        if count > MAX_SECTIONS {
            say(format!("{count} sections; at most {MAX_SECTIONS} fit."));
            return;
        }
        for (index, section) in self.sections.iter().enumerate() {
            let heading = &section.heading;
            let (length, guidance) = (heading.chars().count(), section.guidance.chars().count());
            if heading.trim().is_empty() {
                say(format!(
                    "Section {} has no heading after the ##.",
                    index + 1
                ));
                continue;
            }
            if length > MAX_HEADING_CHARS {
                say(format!(
                    "The heading of section {} has {length} characters; at most {MAX_HEADING_CHARS} fit.",
                    index + 1
                ));
                continue;
            }
            if guidance > MAX_GUIDANCE_CHARS {
                say(format!(
                    "The guidance below “{heading}” has {guidance} characters; at most {MAX_GUIDANCE_CHARS} fit."
                ));
            }
            let before = self.sections.iter().take(index);
            if before
                .map(|it| &it.heading)
                .any(|it| same_words(it, heading))
            {
                say(format!(
                    "“{heading}” is there twice: give one of them another heading."
                ));
            }
            if !reads_back(heading) {
                say(format!(
                    "“{heading}” would not be read as this heading: leave out what Markdown takes for markup."
                ));
            }
        }
    }

    /// Whether reports of this severity, or without one, may begin with it.
    fn fits(&self, severity: Option<Severity>) -> bool {
        self.severities.is_empty() || severity.is_some_and(|it| self.severities.contains(&it))
    }

    /// How many severities it is for: the fewer, the more specific.
    fn breadth(&self) -> usize {
        Some(self.severities.len())
            .filter(|count| *count > 0)
            .unwrap_or(usize::MAX)
    }

    /// The Markdown text a new report begins with.
    pub fn outline(&self) -> String {
        let headings = self
            .sections
            .iter()
            .map(|it| format!("## {}\n", it.heading));
        headings.collect::<Vec<_>>().join("\n\n")
    }

    /// A text that was begun with another template, with the sections this one asks for in its order; what else was written
    /// comes behind them. All that goes is the headings of that template with nothing below them.
    pub fn around(&self, text: &str, before: Option<&Self>) -> String {
        let mut written = document::parts(text);
        written.retain(|part| {
            let is_asked = before.is_some_and(|it| it.asked(&part.heading).is_some());
            !part.text.trim().is_empty() || !is_asked && !part.heading.trim().is_empty()
        });
        let mut parts = Vec::new();
        if written.first().is_some_and(|part| part.heading.is_empty()) {
            parts.push(written.remove(0));
        }
        for wanted in &self.sections {
            let is_it = |part: &Part| {
                let role = section_role(&part.heading).unwrap_or(SectionRole::Other);
                wanted.means(&part.heading, role)
            };
            parts.push(match written.iter().position(is_it) {
                Some(place) => written.remove(place),
                None => Part {
                    heading: wanted.heading.clone(),
                    ..Part::default()
                },
            });
        }
        parts.extend(written);
        document::joined(&parts)
    }

    /// What this template asks of a section with this heading, if it asks for one like it.
    pub fn asked(&self, heading: &str) -> Option<&TemplateSection> {
        let role = section_role(heading).unwrap_or(SectionRole::Other);
        self.sections
            .iter()
            .find(|wanted| wanted.means(heading, role))
    }

    /// The headings of the sections it calls required in which a report says nothing yet.
    pub fn wanting(&self, draft: &Draft) -> Vec<&str> {
        let is_said = |wanted: &TemplateSection| {
            let role = section_role(&wanted.heading);
            let of_rows = (role == Some(SectionRole::Timeline) && !draft.timeline.is_empty())
                || (role == Some(SectionRole::Factors) && !draft.factors.is_empty())
                || (role == Some(SectionRole::Countermeasures)
                    && !draft.countermeasures.is_empty())
                || role.is_some_and(|role| {
                    let mut learnings = draft.learnings.iter();
                    learnings.any(|it| it.kind.word() == role.word())
                });
            let mut sections = draft.sections.iter().filter(|it| wanted.is(it));
            of_rows || sections.any(|it| !it.text.trim().is_empty())
        };
        let wanting = self
            .sections
            .iter()
            .filter(|it| it.required && !is_said(it));
        wanting.map(|it| it.heading.as_str()).collect()
    }

    /// The same report with the sections it lacks, each at the place this template gives it. A near miss becomes what
    /// this template is for. No word goes.
    #[must_use]
    pub fn grow(&self, draft: &Draft) -> Draft {
        let mut grown = draft.clone();
        if grown.kind == Kind::NearMiss {
            grown.kind = self.kind;
        }
        // Text above the first heading stays there.
        let above = |section: &Section| section.heading.is_empty();
        let mut place = usize::from(grown.sections.first().is_some_and(above));
        for wanted in &self.sections {
            if let Some(at) = grown.sections.iter().position(|it| wanted.is(it)) {
                place = at + 1;
            } else {
                let section = Section {
                    heading: wanted.heading.clone(),
                    role: section_role(&wanted.heading).unwrap_or(SectionRole::Other),
                    text: String::new(),
                };
                grown
                    .sections
                    .insert(place.min(grown.sections.len()), section);
                place += 1;
            }
        }
        grown.normalise();
        grown
    }
}

fn is_word(word: &str) -> bool {
    let is_part = |part: &str| {
        !part.is_empty()
            && part
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
    };
    word.len() <= MAX_WORD_CHARS && word.split('-').all(is_part)
}

/// A word made of a name; empty when nothing in the name can be in an address.
pub fn word_of(name: &str) -> String {
    let lower = name.to_lowercase();
    let parts = lower
        .split(|letter: char| !letter.is_ascii_alphanumeric())
        .filter(|part| !part.is_empty());
    let mut word = String::new();
    for part in parts {
        if word.len() + 1 + part.len() > MAX_WORD_CHARS {
            break;
        }
        if !word.is_empty() {
            word.push('-');
        }
        word.push_str(part);
    }
    word
}

/// Whether a report that begins with this heading has a section of that name.
fn reads_back(heading: &str) -> bool {
    let head = Draft {
        title: "T".to_owned(),
        ..Draft::default()
    };
    let parsed = document::parse(&document::compose(&head, &format!("## {heading}\n")));
    matches!(parsed.draft.sections.as_slice(), [only] if only.heading == *heading && only.text.is_empty())
}

/// The template for a new report: the most specific one that fits, and of several the first.
pub fn matching(
    templates: &[Template],
    kind: Kind,
    severity: Option<Severity>,
) -> Option<&Template> {
    templates
        .iter()
        .filter(|it| it.kind == kind && it.fits(severity))
        .min_by_key(|it| (it.breadth(), it.position))
}

/// The headings of a template that a report without its header does not have, by meaning or by words.
pub fn missing_sections<'a>(template: &'a Template, body: &str) -> Vec<&'a str> {
    let sections = document::parse(body).draft.sections;
    let lacks = |wanted: &&TemplateSection| !sections.iter().any(|it| wanted.is(it));
    template
        .sections
        .iter()
        .filter(lacks)
        .map(|it| it.heading.as_str())
        .collect()
}
