//! The pages of report templates for administrators: what they show, and what is wrong with a form.

use super::template_form::TemplateForm;
use crate::platform::http::{Page, Trouble, Typed};
use crate::reports::model::{Kind, Problem, Severity, Visibility};
use crate::reports::store::KeptTemplate;
use crate::reports::templates::Template;
use actix_web::http::StatusCode;
use serde_json::{Value, json};

/// Where the list is.
pub(super) const LIST: &str = "/admin/templates";

fn link(word: &str) -> String {
    format!("{LIST}/{word}")
}

/// The severities a template is for, in words.
fn meant_for(template: &Template) -> String {
    if template.severities.is_empty() {
        return String::new();
    }
    let words: Vec<String> = template
        .severities
        .iter()
        .map(Severity::to_string)
        .collect();
    words.join(", ")
}

fn row(kept: &KeptTemplate) -> Value {
    let template = &kept.template;
    json!({
        "link": link(&template.word),
        "word": template.word,
        "name": template.name,
        "description": template.description,
        "kind": { "word": template.kind.word(), "label": template.kind.label() },
        "severities": meant_for(template),
        "restricted": template.visibility == Visibility::Restricted,
        "position": template.position,
        "sections": template.sections.len(),
        "required": template.sections.iter().filter(|it| it.required).count(),
    })
}

/// The templates on offer, or those that are not, as the list shows them.
pub(super) fn rows(kept: &[KeptTemplate], archived: bool) -> Vec<Value> {
    kept.iter()
        .filter(|it| it.archived_at.is_some() == archived)
        .map(row)
        .collect()
}

/// Where a template is edited: a stored one, or a new one.
#[derive(Default)]
pub(super) struct TemplateDesk {
    kept: Option<KeptTemplate>,
    /// Something good to know before saving.
    notice: Option<&'static str>,
}

impl TemplateDesk {
    pub(super) fn at(kept: KeptTemplate) -> Self {
        Self {
            kept: Some(kept),
            notice: None,
        }
    }

    pub(super) fn with_notice(self, notice: &'static str) -> Self {
        Self {
            notice: Some(notice),
            ..self
        }
    }

    /// The word of the stored template.
    pub(super) fn word(&self) -> Option<&str> {
        self.kept.as_ref().map(|kept| kept.template.word.as_str())
    }

    /// The page with the form, and what is wrong with it.
    pub(super) fn page(&self, form: &TemplateForm, problems: &[Problem]) -> Page {
        let kept = self.kept.as_ref();
        let title = kept.map_or_else(
            || "New template".to_owned(),
            |kept| format!("Template: {}", kept.template.name),
        );
        let kinds = Kind::ALL
            .iter()
            .map(|it| choice(it.word(), it.label(), &form.kind));
        // A word that is none must not come back as the first one, which opens.
        let chosen = Visibility::parse(&form.visibility).unwrap_or(Visibility::Restricted);
        let visibilities = [
            (Visibility::Open, "Everyone in the organisation"),
            (
                Visibility::Restricted,
                "Only their authors and administrators",
            ),
        ];
        let listed = problems
            .iter()
            .map(|it| json!({ "field": it.field, "message": it.message, "line": it.line }));
        let view = json!({
            "template": kept.map(stored),
            "action": self.word().map_or_else(|| LIST.to_owned(), link),
            "notice": self.notice,
            "problems": listed.collect::<Vec<_>>(),
            "form": form.view(problems),
            "kinds": kinds.collect::<Vec<_>>(),
            "visibilities": visibilities.map(|(it, label)| choice(it.word(), label, chosen.word())),
        });
        Page::new("template_edit", title, view)
    }

    pub(super) fn refused(&self, form: &TemplateForm, problems: &[Problem]) -> Page {
        self.page(form, problems)
            .with_status(StatusCode::UNPROCESSABLE_ENTITY)
    }

    /// Somebody else saved meanwhile: nothing of either side goes before a person has looked.
    pub(super) fn overtaken(&self, form: TemplateForm, latest: i32) -> Page {
        let message = "Somebody else has saved this template since you opened it. What you typed is below; open the template in another window, take over what is new there, then save again.";
        let again = TemplateForm {
            base_revision: latest.to_string(),
            ..form
        };
        self.page(&again, &[Problem::of("", message)])
            .with_status(StatusCode::CONFLICT)
    }

    /// The fields of a form that may change something; else the form again, with a fresh token and all that was typed.
    pub(super) fn sound(&self, typed: Typed<TemplateForm>) -> Result<TemplateForm, Page> {
        match typed {
            Typed::Sound(form) => Ok(form),
            Typed::Unsound(form, Trouble::Token) => {
                let message = "Your session changed; nothing was lost, save again.";
                Err(self
                    .page(&form, &[Problem::of("", message)])
                    .with_status(StatusCode::FORBIDDEN))
            }
            Typed::Unsound(form, Trouble::Nul) => {
                let message = "The text had NUL characters, which cannot be stored. They were taken out: look it over and save again.";
                Err(self.refused(&form, &[Problem::of("sections", message)]))
            }
        }
    }
}

fn stored(kept: &KeptTemplate) -> Value {
    let (word, archived) = (&kept.template.word, kept.archived_at.is_some());
    json!({
        "name": kept.template.name,
        "word": word,
        "archived": archived,
        "switch_link": format!("{}/{}", link(word), if archived { "restore" } else { "archive" }),
        "try_link": format!("/reports/new?template={word}"),
    })
}

fn choice(word: &str, label: &str, chosen: &str) -> Value {
    json!({ "word": word, "label": label, "selected": word == chosen })
}
