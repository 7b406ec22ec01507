//! The edit form: what was typed, as a draft, with problems beside the fields. Pure.

use super::header_times::{moment, too_early, written};
use super::review_form::reason_problem;
use super::rows::{self, Told};
use super::words;
use crate::reports::document;
use crate::reports::model::{Draft, Kind, Problem, Severity, Times, Visibility};
use crate::reports::timeline::ahead;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// What the edit form sends. Everything is text, so that nothing typed is ever lost to a parse error.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct EditForm {
    /// Names the form of a new report, so that it makes one however often it is sent.
    pub(super) once: String,
    pub(super) base_revision: String,
    pub(super) title: String,
    pub(super) kind: String,
    pub(super) severity: String,
    pub(super) visibility: String,
    /// Those named on a new report; for one that is stored there is a page.
    pub(super) viewers: String,
    pub(super) services: String,
    pub(super) teams: String,
    pub(super) tags: String,
    pub(super) authors: String,
    pub(super) started_at: String,
    pub(super) detected_at: String,
    pub(super) acknowledged_at: String,
    pub(super) mitigated_at: String,
    pub(super) resolved_at: String,
    pub(super) timezone: String,
    /// The day on which the form was drawn: that of a time without one.
    pub(super) today: String,
    pub(super) document: String,
    pub(super) note: String,
    /// Why it is published without a review.
    pub(super) reason: String,
    /// `text`: the report is one text. Else it has a field for each section.
    pub(super) layout: String,
    /// The word of the template whose questions stand beside the sections.
    pub(super) template: String,
    /// The wording findings that the author has put aside, as [`aside`](super::wording) names them.
    pub(super) dismissed: String,
    /// What was pointed out when somebody wanted to publish: it is put aside only by doing so again.
    pub(super) warned: String,
    /// The window that is typed into, while it is kept: nobody's words in one are replaced by those in another.
    pub(super) editor: String,
    /// The window whose words this form was drawn with, and goes on from.
    pub(super) taken: String,
    /// Of a conflict that was left: `yes` where the text has both sides in it, one below the other, until somebody chooses;
    /// and behind a blank what others have in the fields that both changed.
    pub(super) conflict: String,
    /// The section that is being typed into, while it is kept.
    pub(super) section: String,
    /// The sections that are wanted as rows, by their words.
    pub(super) rows: String,
    /// What stands in rows and cannot be understood.
    pub(super) odd: String,
    /// What was pasted to become events, and is none yet.
    #[serde(rename = "event-paste")]
    pub(super) event_paste: String,
    /// Whose roles the people of a pasted chat became, for the author alone: a line for each. It is never stored with
    /// the report.
    pub(super) people: String,
    #[serde(skip)]
    pub(super) told: Told,
    /// When it was sent: a time of day alone is the last one before.
    #[serde(skip)]
    pub(super) now: Option<Timestamp>,
    /// The button: `preview`, `save`, `publish`, or one that only changes what the form looks like.
    pub(super) r#do: String,
}

/// The longest note on a save, in characters.
const MOST_NOTE_CHARS: usize = 1_000;

/// The form as a draft, and what is wrong with it.
pub(super) struct Read {
    pub(super) draft: Draft,
    /// What stands against saving.
    pub(super) problems: Vec<Problem>,
    /// What is worth a look, but stops nothing.
    pub(super) remarks: Vec<Problem>,
}

impl EditForm {
    /// The form that shows a draft.
    pub(super) fn of(draft: &Draft, revision: i32) -> Self {
        Self {
            document: document::body(&document::render(draft))
                .trim_start()
                .to_owned(),
            ..Self::header_of(draft, revision)
        }
    }

    /// The same without the text. Times are written in the report's own zone.
    pub(super) fn header_of(draft: &Draft, revision: i32) -> Self {
        let zone = words::zone(&draft.timezone);
        let at = |at: Option<Timestamp>| at.map_or_else(String::new, |at| written(at, &zone));
        Self {
            base_revision: revision.to_string(),
            title: draft.title.clone(),
            kind: draft.kind.word().to_owned(),
            severity: draft
                .severity
                .map_or_else(String::new, |it| it.level().to_string()),
            visibility: draft.visibility.word().to_owned(),
            services: draft.services.join(", "),
            teams: draft.teams.join(", "),
            tags: draft.tags.join(", "),
            authors: draft.authors.join(", "),
            started_at: at(draft.times.started_at),
            detected_at: at(draft.times.detected_at),
            acknowledged_at: at(draft.times.acknowledged_at),
            mitigated_at: at(draft.times.mitigated_at),
            resolved_at: at(draft.times.resolved_at),
            timezone: draft.timezone.clone(),
            ..Self::default()
        }
    }

    /// The same with times that mean the same in every zone.
    pub(super) fn with_instants(self, times: &Times) -> Self {
        let at = |at: Option<Timestamp>| at.map_or_else(String::new, |at| at.to_string());
        Self {
            started_at: at(times.started_at),
            detected_at: at(times.detected_at),
            acknowledged_at: at(times.acknowledged_at),
            mitigated_at: at(times.mitigated_at),
            resolved_at: at(times.resolved_at),
            ..self
        }
    }

    /// Whether both say the same of a report, however they look.
    pub(super) fn says_the_same(&self, other: &Self) -> bool {
        let said = |form: &Self| -> Vec<String> {
            let beside = [
                &form.document,
                &form.note,
                &form.reason,
                &form.viewers,
                &form.event_paste,
            ];
            let header = form.labelled();
            let header = header.iter().map(|(_, _, value)| *value);
            let all = header.chain(beside.into_iter().map(String::as_str));
            all.map(|value| value.replace("\r\n", "\n").trim().to_owned())
                .collect()
        };
        said(self) == said(other)
    }

    /// All fields but the button, to be carried along unseen.
    pub(super) fn carried(&self) -> [(&'static str, &str); 31] {
        [
            ("once", &self.once),
            ("layout", &self.layout),
            ("template", &self.template),
            ("dismissed", &self.dismissed),
            ("warned", &self.warned),
            ("taken", &self.taken),
            ("conflict", &self.conflict),
            ("rows", &self.rows),
            ("odd", &self.odd),
            ("event-paste", &self.event_paste),
            ("people", &self.people),
            ("base_revision", &self.base_revision),
            ("title", &self.title),
            ("kind", &self.kind),
            ("severity", &self.severity),
            ("visibility", &self.visibility),
            ("viewers", &self.viewers),
            ("services", &self.services),
            ("teams", &self.teams),
            ("tags", &self.tags),
            ("authors", &self.authors),
            ("started_at", &self.started_at),
            ("detected_at", &self.detected_at),
            ("acknowledged_at", &self.acknowledged_at),
            ("mitigated_at", &self.mitigated_at),
            ("resolved_at", &self.resolved_at),
            ("timezone", &self.timezone),
            ("today", &self.today),
            ("document", &self.document),
            ("note", &self.note),
            ("reason", &self.reason),
        ]
    }

    /// Whether nothing is to be saved: it is shown again, with its preview or with the wording to look at.
    pub(super) fn is_only_shown(&self) -> bool {
        matches!(self.r#do.as_str(), "preview" | "check")
    }

    /// The findings that are put aside: what was warned of only by going on all the same, when others are to read it.
    pub(super) fn put_aside(&self, shows_others: bool) -> String {
        if shows_others {
            format!("{} {}", self.dismissed, self.warned)
        } else {
            self.dismissed.clone()
        }
    }

    /// The fields above the text, with their labels.
    pub(super) fn labelled(&self) -> [(&'static str, &'static str, &str); 14] {
        [
            ("title", "Title", &self.title),
            ("kind", "Kind", &self.kind),
            ("severity", "Severity", &self.severity),
            ("visibility", "Who may read it", &self.visibility),
            ("services", "Services", &self.services),
            ("teams", "Teams", &self.teams),
            ("tags", "Tags", &self.tags),
            ("authors", "Written by", &self.authors),
            ("started_at", "Started", &self.started_at),
            ("detected_at", "Detected", &self.detected_at),
            ("acknowledged_at", "Acknowledged", &self.acknowledged_at),
            ("mitigated_at", "Mitigated", &self.mitigated_at),
            ("resolved_at", "Resolved", &self.resolved_at),
            ("timezone", "Time zone", &self.timezone),
        ]
    }

    /// Reads the form over what is stored: fields the form does not have stay as they are.
    pub(super) fn read(&self, stored: &Draft) -> Read {
        let mut problems = Vec::new();
        let mut head = Draft {
            sections: Vec::new(),
            ..stored.clone()
        };
        head.timeline.clear();
        head.factors.clear();
        head.learnings.clear();
        head.countermeasures.clear();
        self.title.trim().clone_into(&mut head.title);
        head.kind = Kind::parse(&self.kind).unwrap_or(stored.kind);
        head.severity = self.severity(&mut problems);
        head.visibility = self.visibility(stored, &mut problems);
        head.services = names(&self.services);
        head.teams = names(&self.teams);
        head.tags = names(&self.tags)
            .into_iter()
            .map(|tag| tag.to_lowercase())
            .collect();
        head.authors = names(&self.authors);
        head.timezone = match self.timezone.trim() {
            "" => "UTC".to_owned(),
            zone => zone.to_owned(),
        };
        let zone = words::zone(&head.timezone);
        let mut at = |field: &str, text: &str| {
            moment(text, &zone).unwrap_or_else(|message| {
                problems.push(Problem::of(field, message));
                None
            })
        };
        head.times = Times {
            started_at: at("started_at", &self.started_at),
            detected_at: at("detected_at", &self.detected_at),
            acknowledged_at: at("acknowledged_at", &self.acknowledged_at),
            mitigated_at: at("mitigated_at", &self.mitigated_at),
            resolved_at: at("resolved_at", &self.resolved_at),
        };
        // The text is read below the header, so that its times know their day and zone.
        let parsed = document::parse(&document::compose(&head, &self.document));
        let draft = Draft {
            status: stored.status,
            ..with_header(parsed.draft, head)
        };
        problems.extend(draft.check());
        rows::add_problems(self, &mut problems);
        problems.extend(parsed.refusal.map(|refusal| refusal.problem()));
        if self.note.chars().count() > MOST_NOTE_CHARS {
            problems.push(Problem::of("note", "At most 1,000 characters."));
        }
        problems.extend(reason_problem(&self.reason));
        problems.extend(too_early(&draft.times, &stored.times));
        let mut remarks = self
            .now
            .map_or_else(Vec::new, |now| ahead(&draft.times, now));
        remarks.extend(below_header(&draft, parsed.problems));
        Read {
            draft,
            problems,
            remarks,
        }
    }

    /// A form without the field leaves it as it is; a word that is none opens nothing.
    fn visibility(&self, stored: &Draft, problems: &mut Vec<Problem>) -> Visibility {
        match (Visibility::parse(&self.visibility), self.visibility.trim()) {
            (Some(visibility), _) => visibility,
            (None, "") => stored.visibility,
            (None, _) => {
                problems.push(Problem::of(
                    "visibility",
                    "Choose who may read it: everyone in the organisation, or only those named on it.",
                ));
                Visibility::Restricted
            }
        }
    }

    fn severity(&self, problems: &mut Vec<Problem>) -> Option<Severity> {
        let text = self.severity.trim();
        let severity = Severity::parse(text);
        if severity.is_none() && !text.is_empty() {
            problems.push(Problem::of(
                "severity",
                "A severity is a number from 1 to 5.",
            ));
        }
        severity
    }

    /// The fields as `edit.hbs` shows them: what was typed, and what is wrong with it.
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

/// The content as parsed, under the header as the form has it.
fn with_header(parsed: Draft, head: Draft) -> Draft {
    Draft {
        sections: parsed.sections,
        timeline: parsed.timeline,
        factors: parsed.factors,
        learnings: parsed.learnings,
        countermeasures: parsed.countermeasures,
        ..head
    }
}

/// Names with commas between them, each once.
pub(super) fn names(text: &str) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for name in text
        .split([',', '\n'])
        .map(str::trim)
        .filter(|name| !name.is_empty())
    {
        if !names
            .iter()
            .any(|known| known.to_lowercase() == name.to_lowercase())
        {
            names.push(name.to_owned());
        }
    }
    names
}

/// Problems of the whole document by their line in the text alone.
fn below_header(draft: &Draft, problems: Vec<Problem>) -> Vec<Problem> {
    let header = document::compose(draft, "").lines().count();
    let below = |it: Problem| Problem {
        line: it.line.saturating_sub(header),
        ..it
    };
    problems.into_iter().map(below).collect()
}

#[cfg(test)]
#[path = "form_tests.rs"]
mod tests;
