//! Where a report starts: from a template, with what a link fills in; and how a near miss grows into a full one.

use super::autosave;
use super::form::EditForm;
use super::form_page::{About, Desk, Notice, Said};
use super::prefilled::Prefilled;
use super::rows::remembered;
use super::write::{desk, fresh_form, may_create};
use crate::accounts::SignedIn;
use crate::platform::app::App;
use crate::platform::http::{Error, Page, PageError, Query};
use crate::reports::model::{Draft, Kind, Visibility};
use crate::reports::store;
use crate::reports::templates::{Template, matching};
use actix_web::{HttpRequest, web};
use serde::Deserialize;
use serde_json::{Value, json};

/// The template that stands in for one that is not there.
const STANDARD: &str = "standard";

const UNKNOWN: &str = "The template that was asked for is not there; the form begins with the standard one. Choose another below if it fits better.";

const GROWN: &str = "Nothing has been saved yet. Sections that were missing have been added, empty, and every word is still there: look over the kind and severity, write on, then save.";

/// The same of what readers have.
const STAYS: &str = "Readers keep the report as it is until you save, and sections that say nothing are not shown to them.";

/// The templates on offer, in their order.
pub(super) async fn offered(app: &App) -> Result<Vec<Template>, Error> {
    let mut conn = app.db.get().await?;
    let kept = store::templates(&mut conn).await?;
    Ok(kept
        .into_iter()
        .filter(|kept| kept.archived_at.is_none())
        .map(|kept| kept.template)
        .collect())
}

/// The template of this word, or else the standard one, or the one for incidents; and whether it is the one asked for.
pub(super) fn named<'a>(templates: &'a [Template], word: &str) -> (Option<&'a Template>, bool) {
    let find = |word: &str| templates.iter().find(|it| it.word == word);
    // Links say it as they say the kind.
    match find(word).or_else(|| find(&word.replace('_', "-"))) {
        Some(found) => (Some(found), true),
        None => (
            find(STANDARD).or_else(|| matching(templates, Kind::Incident, None)),
            false,
        ),
    }
}

/// What a new report can start from.
fn cards(templates: &[Template], chosen: Option<&Template>) -> Vec<Value> {
    let card = |template: &Template| {
        json!({
            "word": template.word,
            "label": template.name,
            "hint": template.description,
            "current": chosen.is_some_and(|it| it.word == template.word),
        })
    };
    templates.iter().map(card).collect()
}

/// The template that a button of the form asks for.
pub(super) fn wanted(button: &str) -> Option<&str> {
    button.strip_prefix("start-")
}

/// The form of a new report on another template, which brings its own kind: what was written stays, and only what is empty
/// makes room. Nobody sees more of it than before.
pub(super) async fn anew(desk: &Desk<'_>, form: &EditForm, word: &str) -> Result<Page, Error> {
    let templates = offered(desk.app).await?;
    let (template, found) = named(&templates, word);
    let mut form = form.clone();
    if let Some(template) = template {
        let before = templates.iter().find(|it| it.word == form.template);
        form.document = template.around(&form.document, before);
        template.word.clone_into(&mut form.template);
        template.kind.word().clone_into(&mut form.kind);
        if template.kind == Kind::NearMiss {
            form.severity.clear();
        }
        if template.visibility == Visibility::Restricted {
            template.visibility.word().clone_into(&mut form.visibility);
        }
    }
    let desk = Desk {
        notice: (!found).then(|| Notice::saying(UNKNOWN)),
        starts: cards(&templates, template),
        template: template.cloned(),
        ..desk.clone()
    };
    desk.page(&form, Said::default()).await
}

/// What to write in each section.
pub(super) fn guidance(template: &Template) -> Vec<Value> {
    template
        .sections
        .iter()
        .map(|section| {
            json!({
                "heading": section.heading,
                "guidance": section.guidance,
                "required": section.required,
            })
        })
        .collect()
}

/// The zone this person wrote in last.
async fn zone_of(app: &App, person: &SignedIn) -> Result<Option<String>, Error> {
    let Some(id) = person.0.person_id() else {
        return Ok(None);
    };
    let mut conn = app.db.get().await?;
    Ok(store::last_zone(&mut conn, id).await?)
}

/// `GET /reports/new?template=…&kind=…&severity=…&service=…&started_at=…&title=…`: all that [`Prefilled`] knows.
pub async fn new(
    app: web::Data<App>,
    person: SignedIn,
    query: Query<Prefilled>,
    request: HttpRequest,
) -> Result<Page, PageError> {
    may_create(&app, &person)?;
    if let Some(about) = autosave::form_of(query.left())
        && let Some(left) = autosave::left(&app, &person, about).await?
    {
        let desk = Desk {
            notice: Some(left.notice(None, "/reports/discard".to_owned())),
            ..desk(&app, &person, None)
        };
        return Ok(desk.page(&left.form, Said::default()).await?);
    }
    let templates = offered(&app).await?;
    let (template, found) = query.choose(&templates);
    let notice = (!found).then_some(UNKNOWN);
    let zone = match query.zone() {
        Some(asked) => Some(asked.to_owned()),
        None => zone_of(&app, &person).await?,
    };
    // Times of the link are written in the zone that stands there.
    let knows_zone = zone.is_some() || query.tells_times();
    let (form, problems) = query.form(
        (template, person.0.name()),
        zone.as_deref().unwrap_or("UTC"),
        app.clock.now(),
    );
    let form = EditForm {
        rows: remembered(&request),
        once: fresh_form(),
        ..form
    };
    let desk = Desk {
        notice: notice.map(Notice::saying),
        begun: autosave::begun(&app, &person).await?,
        starts: cards(&templates, template),
        knows_zone,
        template: template.cloned(),
        ..desk(&app, &person, None)
    };
    let said = Said {
        problems: &problems,
        ..Said::default()
    };
    Ok(desk.page(&form, said).await?)
}

/// What the address of an edit page may ask for.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Opening {
    /// The word of a template whose sections the report is to have.
    template: String,
    /// `text`: the text whole. Else section by section.
    pub(super) layout: String,
}

/// A report on its way to being a fuller one; nothing of it is saved.
pub(super) struct Grown {
    pub(super) draft: Draft,
    pub(super) template: Template,
}

impl Opening {
    /// Whether the report is to have more sections.
    pub(super) fn wants_more(&self) -> bool {
        !self.template.trim().is_empty()
    }

    /// The draft with the sections it lacks, if that was asked for and there is a template to take them from.
    pub(super) async fn grown(&self, app: &App, draft: &Draft) -> Result<Option<Grown>, Error> {
        let word = self.template.trim();
        if word.is_empty() {
            return Ok(None);
        }
        let templates = offered(app).await?;
        let (template, _) = named(&templates, word);
        Ok(template.map(|template| Grown {
            draft: template.grow(draft),
            template: template.clone(),
        }))
    }
}

impl Grown {
    /// The desk with what to know before saving.
    pub(super) fn on(self, desk: Desk<'_>) -> Desk<'_> {
        let is_published = match desk.about {
            About::New => false,
            About::Old(stored) => stored.header.access.published,
        };
        let text = if is_published {
            format!("{GROWN} {STAYS}")
        } else {
            GROWN.to_owned()
        };
        Desk {
            notice: Some(Notice::saying(&text)),
            template: Some(self.template),
            ..desk
        }
    }
}
