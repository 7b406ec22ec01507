//! The page with the form of a report: what it is about, what can be chosen, and what is wrong with it.

use super::autosave::others;
use super::choices::{ZONES, choices, severities, visibilities};
use super::form::EditForm;
use super::history::crumb;
use super::section_fields::SectionFields;
use super::start::{anew, guidance, offered, wanted as wanted_template};
use super::wording::Hint;
use super::words;
use crate::accounts::{Access, Action, Reach, SignedIn, may, reach, rules};
use crate::platform::app::App;
use crate::platform::db::Connection;
use crate::platform::http::{Error, Page};
use crate::platform::ids::{PersonId, ReportKey};
use crate::platform::secret::{sha256, to_hex};
use crate::reports::model::{Kind, Problem, Severity, Visibility};
use crate::reports::store::{self, NameKind, Stored};
use crate::reports::templates::{Template, matching};
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

impl<'a> Said<'a> {
    /// What is wrong, and no more.
    pub(super) fn of(problems: &'a [Problem]) -> Self {
        Self {
            problems,
            ..Self::default()
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
    /// Whether the zone of a new report was chosen by anybody; if not, the browser's is as good.
    pub(super) knows_zone: bool,
    /// What asks for sections, where that is known already.
    pub(super) template: Option<Template>,
}

/// What the server says of a form that it draws again.
#[derive(Default)]
pub(super) struct Said<'a> {
    /// What is wrong with it.
    pub(super) problems: &'a [Problem],
    /// The preview, as `preview.hbs` shows it.
    pub(super) preview: Option<Value>,
    /// Wording to look at.
    pub(super) hints: Vec<Hint>,
    /// What the template requires and nothing has been written about.
    pub(super) wanting: Vec<String>,
    /// Reports like it, as `similar.hbs` shows them; with scripts the browser asks for them.
    pub(super) similar: Vec<Value>,
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

    /// The stored report the form is about.
    pub(super) const fn own(&self) -> Option<ReportKey> {
        match self.about {
            About::New => None,
            About::Old(stored) => Some(stored.header.key),
        }
    }

    /// Where those named on a stored report are chosen, for those who may.
    fn access_link(&self) -> Option<String> {
        let About::Old(stored) = self.about else {
            return None;
        };
        let action = Action::SetVisibility(&stored.header.access);
        let allowed = may(&self.person.0, action, rules(&self.app.settings));
        allowed.then(|| format!("/reports/{}/access", stored.header.key))
    }

    /// Whether the form offers to publish: not where an incident is reviewed first.
    pub(super) fn offers_publishing(&self, form: &EditForm) -> bool {
        let needs_review = self.is_incident(form) && rules(&self.app.settings).reviews_required;
        self.may_publish() && !needs_review
    }

    /// Whether what is in the form would have to say why it is published without a review.
    fn is_incident(&self, form: &EditForm) -> bool {
        let stored = match self.about {
            About::New => Kind::Incident,
            About::Old(stored) => stored.draft.kind,
        };
        Kind::parse(&form.kind).unwrap_or(stored) == Kind::Incident
    }

    /// Whether saving makes an incident of what readers have, which says why nobody reviewed it.
    fn outgrows(&self, form: &EditForm) -> bool {
        let About::Old(stored) = self.about else {
            return false;
        };
        stored.header.access.published
            && stored.draft.kind != Kind::Incident
            && self.is_incident(form)
            && !rules(&self.app.settings).reviews_required
    }

    /// The same form looking otherwise, when that is all that is asked for: as one text, by section, with one more section.
    pub(super) async fn another_look(&self, form: &EditForm) -> Result<Option<Page>, Error> {
        if let Some(word) = wanted_template(&form.r#do) {
            // One that became a draft meanwhile, for the sake of a picture, stays what it is.
            let page = match self.about {
                About::New => Box::pin(anew(self, form, word)).await,
                About::Old(_) => self.page(form, Said::default()).await,
            };
            return page.map(Some);
        }
        let layout = match form.r#do.as_str() {
            "as_text" => "text",
            "by_section" | "add_section" => "",
            _ => return Ok(None),
        };
        let form = EditForm {
            layout: layout.to_owned(),
            ..form.clone()
        };
        self.page(&form, Said::default()).await.map(Some)
    }

    /// What asks for the sections of this form: the template it began with; for a draft that began elsewhere, the one
    /// that fits.
    pub(super) async fn asking(&self, form: &EditForm) -> Result<Option<Template>, Error> {
        let is_draft = match self.about {
            About::New => true,
            About::Old(stored) => !stored.header.access.published,
        };
        let word = form.template.trim();
        if self.template.is_some() || !is_draft && word.is_empty() {
            return Ok(self.template.clone());
        }
        let templates = offered(self.app).await?;
        let begun_with = templates.iter().find(|it| it.word == word);
        let (kind, severity) = (Kind::parse(&form.kind), Severity::parse(&form.severity));
        let fitting = || matching(&templates, kind?, severity);
        Ok(begun_with.or_else(fitting).cloned())
    }

    /// The page with the form and what there is to say of it.
    pub(super) async fn page(&self, form: &EditForm, said: Said<'_>) -> Result<Page, Error> {
        let template = self.asking(form).await?;
        let mut conn = self.app.db.get().await?;
        let names = Names::of(&mut conn, &reach(&self.person.0, rules(&self.app.settings))).await?;
        let present = match self.about {
            About::New => Vec::new(),
            About::Old(stored) => {
                others(self.app, &mut conn, self.person, stored.header.id).await?
            }
        };
        drop(conn);
        Ok(self.drawn(form, said, (template.as_ref(), names, present)))
    }

    /// The day where the report is written.
    fn today(&self, form: &EditForm) -> String {
        let zone = words::zone(form.timezone.trim());
        zone.to_datetime(self.app.clock.now()).date().to_string()
    }

    fn drawn(
        &self,
        form: &EditForm,
        said: Said<'_>,
        (template, names, present): (Option<&Template>, Names, Vec<String>),
    ) -> Page {
        let Said {
            problems,
            preview,
            hints,
            wanting,
            similar,
        } = said;
        let (report, base, title) = match self.about {
            About::New => (None, "/reports".to_owned(), "New report".to_owned()),
            About::Old(stored) => {
                let key = stored.header.key;
                let crumb = crumb(key, &stored.draft.title, stored.header.revision);
                (
                    Some(crumb),
                    format!("/reports/{key}"),
                    format!("Edit {key}"),
                )
            }
        };
        let fields =
            (form.layout != "text").then(|| SectionFields::of(&form.document).with_rows(form));
        let view = json!({
            "writer": writer(self.person),
            "autosave": format!("{base}/autosave"),
            "beside": format!("{base}/beside"),
            "presence": report.is_some().then(|| format!("{base}/presence")),
            "report": report,
            "begun": self.begun,
            "action": if report.is_some() { format!("{base}/edit") } else { base.clone() },
            "base_revision": form.base_revision,
            "cancel_link": if report.is_some() { base.as_str() } else { "/" },
            "can_publish": self.offers_publishing(form),
            "can_ask": self.may_publish(),
            "asks_reason": self.offers_publishing(form) && self.is_incident(form),
            "outgrows": self.outgrows(form) || problems.iter().any(|it| it.field == "reason"),
            "notice": noticed(self.notice.as_ref(), form),
            // Whatever the button was: all that was typed stands in this page.
            "is_answer": !form.r#do.is_empty(),
            "parts": fields.as_ref().map(|fields| fields.view(problems, template, &hints)),
            "problems": listed(problems, fields.as_ref()),
            "templates": self.starts,
            "guidance": template.filter(|_| form.layout == "text").map_or_else(Vec::new, guidance),
            "wanting": wanted(&wanting, fields.as_ref()),
            "preview_html": preview,
            "form": form.view(problems),
            "kinds": choices(Kind::ALL.iter().map(|it| (it.word(), it.label().to_owned())), &form.kind),
            "severities": choices(severities(), &form.severity),
            "visibilities": choices(visibilities(), visibility(form)),
            "named": self.named,
            "names": names,
            "present": present,
            "similar": similar,
            "similar_link": similar_link(self.own()),
            "access_link": self.access_link(),
            "today": self.today(form),
            "knows_zone": self.knows_zone,
            "zones": ZONES,
            "hints": if form.layout == "text" { hints.as_slice() } else { &[] },
        });
        Page::new("edit", title, view)
    }
}

/// What was left as a choice between two texts is said to be one.
const BOTH: &str = "Somebody else and you changed the same: there both texts stand one below the other, theirs first, unless you have chosen already. Keep what should stay, then save.";

fn noticed(notice: Option<&Notice>, form: &EditForm) -> Option<Notice> {
    if form.conflict.is_empty() {
        return notice.cloned();
    }
    let (kind, fields) = form
        .conflict
        .split_once(' ')
        .unwrap_or((&form.conflict, ""));
    let mut told: Vec<String> = notice.iter().map(|it| it.text.clone()).collect();
    if kind == "yes" {
        told.push(BOTH.to_owned());
    }
    if !fields.is_empty() {
        told.push(format!(
            "Somebody else and you both changed {fields}. Look at what stands in the form, then save."
        ));
    }
    Some(Notice {
        text: told.join(" "),
        discard: notice.and_then(|it| it.discard.clone()),
    })
}

/// So much of a name is enough to tell accounts apart.
const WORD_BYTES: usize = 8;

/// A word for whoever writes: in a browser that several people use, each is offered their own words alone.
pub(super) fn writer(person: &SignedIn) -> String {
    word_for(person.0.person_id())
}

pub(super) fn word_for(person: Option<PersonId>) -> String {
    let id = person.map(|id| id.0);
    let hash = sha256(format!("writer {}", id.unwrap_or_default()));
    to_hex(hash.get(..WORD_BYTES).unwrap_or(&hash))
}

/// Where to ask for reports like what stands in the form.
fn similar_link(own: Option<ReportKey>) -> String {
    own.map_or_else(
        || "/reports/similar".to_owned(),
        |key| format!("/reports/similar?report={key}"),
    )
}

/// What is wrong, each with the field to mend it in.
fn listed(problems: &[Problem], fields: Option<&SectionFields>) -> Vec<Value> {
    let told = |it: &Problem| match (input(&it.field), fields) {
        ("document", Some(fields)) => fields.problem(it),
        (field, _) => json!({ "field": field, "message": it.message, "line": it.line }),
    };
    problems.iter().map(told).collect()
}

/// Names offered for completion without scripts; with them, what is typed is asked for.
#[derive(Clone, Debug, Default, Serialize)]
pub(super) struct Names {
    services: Vec<String>,
    teams: Vec<String>,
    tags: Vec<String>,
}

impl Names {
    const MOST: i64 = 100;

    async fn of(conn: &mut Connection, reach: &Reach) -> Result<Self, Error> {
        Ok(Self {
            services: store::names(conn, reach, NameKind::Service, "", Self::MOST).await?,
            teams: store::names(conn, reach, NameKind::Team, "", Self::MOST).await?,
            tags: store::names(conn, reach, NameKind::Tag, "", Self::MOST).await?,
        })
    }
}

/// What is still to be written before publishing, each with the field for it.
fn wanted(headings: &[String], fields: Option<&SectionFields>) -> Vec<Value> {
    let field =
        |heading: &str| fields.map_or_else(|| "f-document".to_owned(), |it| it.field_for(heading));
    headings
        .iter()
        .map(|heading| json!({ "heading": heading, "field": field(heading) }))
        .collect()
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
