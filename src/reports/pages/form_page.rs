//! The page with the form of a report: what it is about, what can be chosen, and what is wrong with it.

use super::form::EditForm;
use super::history::crumb;
use super::section_fields::SectionFields;
use crate::accounts::{Access, Action, SignedIn, may, rules};
use crate::platform::app::App;
use crate::platform::http::Page;
use crate::reports::model::{Kind, Problem, Severity, Visibility};
use crate::reports::store::Stored;
use serde::Serialize;
use serde_json::{Value, json};

/// The report a form is about, if there is one.
#[derive(Clone, Copy)]
pub(super) enum About<'a> {
    New,
    Old(&'a Stored),
}

/// Something to know about what stands in the form.
#[derive(Clone, Serialize)]
pub(super) struct Notice {
    pub(super) text: String,
    /// Where to send that it is not wanted, if that can be.
    pub(super) discard: Option<String>,
}

impl Notice {
    /// Something that is only to be known.
    pub(super) fn saying(text: &str) -> Self {
        Self {
            text: text.to_owned(),
            discard: None,
        }
    }
}

/// Where a form is filled in: by whom, and about what.
#[derive(Clone)]
pub(super) struct Desk<'a> {
    pub(super) app: &'a App,
    pub(super) person: &'a SignedIn,
    pub(super) about: About<'a>,
    /// The accounts that read the report while it is restricted, by name.
    pub(super) named: String,
    /// Something good to know before saving.
    pub(super) notice: Option<Notice>,
    /// New reports that were begun and not saved.
    pub(super) begun: Vec<Value>,
    /// What a new report can start from.
    pub(super) starts: Vec<Value>,
    /// What to write in each section.
    pub(super) guidance: Vec<Value>,
}

impl Desk<'_> {
    pub(super) fn may_publish(&self) -> bool {
        let rules = rules(&self.app.settings);
        let may_publish =
            |access: &Access| may(&self.person.0, Action::PublishReport(access), rules);
        match self.about {
            About::New => may_publish(&own(self.person)),
            About::Old(stored) => {
                let access = &stored.header.access;
                !access.published && may_publish(access)
            }
        }
    }

    /// The same form looking otherwise, when that is all that is asked for: as one text, by section, with one more section.
    pub(super) fn another_look(&self, form: &EditForm) -> Option<Page> {
        let layout = match form.r#do.as_str() {
            "as_text" => "text",
            "by_section" | "add_section" => "",
            _ => return None,
        };
        let form = EditForm {
            layout: layout.to_owned(),
            ..form.clone()
        };
        Some(self.page(&form, &[], None))
    }

    /// The page with the form, what is wrong with it, and the preview if there is one.
    pub(super) fn page(
        &self,
        form: &EditForm,
        problems: &[Problem],
        preview: Option<Value>,
    ) -> Page {
        let (report, action, cancel) = match self.about {
            About::New => (None, "/reports".to_owned(), "/".to_owned()),
            About::Old(stored) => {
                let key = stored.header.key;
                let crumb = crumb(key, &stored.draft.title, stored.header.revision);
                (
                    Some(crumb),
                    format!("/reports/{key}/edit"),
                    format!("/reports/{key}"),
                )
            }
        };
        let title = match self.about {
            About::New => "New report".to_owned(),
            About::Old(stored) => format!("Edit {}", stored.header.key),
        };
        let fields = (form.layout != "text").then(|| SectionFields::of(&form.document));
        let listed: Vec<Value> = problems
            .iter()
            .map(|it| match (input(&it.field), &fields) {
                ("document", Some(fields)) => fields.problem(it),
                (field, _) => json!({ "field": field, "message": it.message, "line": it.line }),
            })
            .collect();
        let view = json!({
            "report": report,
            "autosave": match self.about {
                About::New => "/reports/autosave".to_owned(),
                About::Old(stored) => format!("/reports/{}/autosave", stored.header.key),
            },
            "begun": self.begun,
            "action": action,
            "base_revision": form.base_revision,
            "cancel_link": cancel,
            "can_publish": self.may_publish(),
            "notice": self.notice,
            "is_changed": matches!(form.r#do.as_str(), "as_text" | "by_section" | "add_section"),
            "parts": fields.map(|fields| fields.view(problems, &self.guidance)),
            "problems": listed,
            "templates": self.starts,
            "guidance": if form.layout == "text" { self.guidance.as_slice() } else { &[] },
            "preview_html": preview,
            "form": form.view(problems),
            "kinds": choices(Kind::ALL.iter().map(|it| (it.word(), it.label().to_owned())), &form.kind),
            "severities": choices(severities(), &form.severity),
            "visibilities": choices(visibilities(), visibility(form)),
            "named": self.named,
            "known_services": [],
            "zones": ZONES,
            "hints": [],
        });
        Page::new("edit", title, view)
    }
}

/// What the list shows as chosen: a word that is none must not come back as the first one, which opens.
fn visibility(form: &EditForm) -> &str {
    if form.visibility.trim().is_empty() || Visibility::parse(&form.visibility).is_some() {
        &form.visibility
    } else {
        Visibility::Restricted.word()
    }
}

/// The input a problem leads to: what is written in the text is corrected in the text.
pub(super) fn input(field: &str) -> &str {
    match field {
        "timeline" | "factors" | "learnings" | "countermeasures" | "sections" => "document",
        other => other,
    }
}

/// A new report belongs to who starts it.
fn own(person: &SignedIn) -> Access {
    Access {
        authors: person.0.person_id().into_iter().collect(),
        ..Access::default()
    }
}

/// Zones offered for completion; any IANA zone can be typed.
const ZONES: [&str; 14] = [
    "UTC",
    "Europe/London",
    "Europe/Paris",
    "Europe/Berlin",
    "Europe/Kyiv",
    "America/New_York",
    "America/Chicago",
    "America/Denver",
    "America/Los_Angeles",
    "America/Sao_Paulo",
    "Asia/Kolkata",
    "Asia/Singapore",
    "Asia/Tokyo",
    "Australia/Sydney",
];

fn severities() -> impl Iterator<Item = (&'static str, String)> {
    let words = ["1", "2", "3", "4", "5"];
    let levels = words
        .into_iter()
        .zip(Severity::ALL)
        .map(|(word, severity)| (word, format!("{severity}: {}", severity.description())));
    [("", "None".to_owned())].into_iter().chain(levels)
}

fn visibilities() -> impl Iterator<Item = (&'static str, String)> {
    [
        (
            Visibility::Open.word(),
            "Everyone in the organisation".to_owned(),
        ),
        (
            Visibility::Restricted.word(),
            "Only its authors and administrators".to_owned(),
        ),
    ]
    .into_iter()
}

fn choices(options: impl Iterator<Item = (&'static str, String)>, chosen: &str) -> Vec<Value> {
    options
        .map(|(word, label)| json!({ "word": word, "label": label, "selected": word == chosen }))
        .collect()
}
