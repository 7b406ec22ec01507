//! "We may have seen this": past reports like the one being written, as a fragment beside the editor.

use super::again::taken_in;
use super::form::{EditForm, names};
use super::read::{key, readable};
use super::sent_form::SentForm;
use super::view::{severity, word};
use super::words;
use super::write::may_create;
use crate::accounts::{Action, SignedIn, may, reach, rules};
use crate::platform::app::App;
use crate::platform::http::{Error, Lane, Page, PageError, Query, Trouble, Typed};
use crate::platform::ids::ReportKey;
use crate::reports::document;
use crate::reports::finder::may_search;
use crate::reports::model::Draft;
use crate::reports::related::{self, Asked, Related};
use crate::reports::store;
use actix_web::web;
use serde::Deserialize;
use serde_json::{Value, json};

/// The reason of a link made with one click, in characters.
const MOST_WHY_CHARS: usize = 300;
/// More hits than this are a list to work through, not a hint.
const MOST_SHOWN: usize = 3;

/// Which report is written, if it is stored.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct About {
    report: String,
}

/// `POST /reports/similar`, `POST /reports/similar?report=PM-42`: the form of the editor as autosave takes it; its title,
/// services and text are looked at and nothing is kept.
pub async fn similar(
    app: web::Data<App>,
    person: SignedIn,
    about: Query<About>,
    sent: Typed<SentForm>,
) -> Result<Page, PageError> {
    may_create(&app, &person)?;
    let form = match taken_in(&app, sent).await? {
        Typed::Sound(form) | Typed::Unsound(form, Trouble::Nul) => form,
        Typed::Unsound(_, Trouble::Token) => {
            return Err(Error::Forbidden("This page is from another session.".into()).into());
        }
    };
    let rules = rules(&app.settings);
    let mut linked_from = None;
    let mut own = None;
    if !about.report.is_empty() {
        let key = key(&about.report)?;
        let mut conn = app.db.get().await?;
        let header = readable(&mut conn, key, &person.0, rules).await?;
        own = Some(key);
        linked_from = may(&person.0, Action::EditReport(&header.access), rules).then_some(key);
    }
    let view = Box::pin(like(&app, &person, form, (own, linked_from))).await?;
    Ok(Page::new(
        "similar",
        "Similar reports",
        json!({ "similar": view }),
    ))
}

/// Reports like what stands in a form, as `similar.hbs` shows them. With a report that may be changed, they can be linked
/// from it.
pub(super) async fn like(
    app: &App,
    person: &SignedIn,
    form: EditForm,
    (own, linked_from): (Option<ReportKey>, Option<ReportKey>),
) -> Result<Vec<Value>, Error> {
    let found = Box::pin(look(app, person, form, own)).await?;
    Ok(found.iter().map(|it| hit(it, linked_from)).collect())
}

async fn look(
    app: &App,
    person: &SignedIn,
    form: EditForm,
    own: Option<ReportKey>,
) -> Result<Vec<Related>, Error> {
    let rules = rules(&app.settings);
    if !may_search(&person.0, rules) {
        return Ok(Vec::new());
    }
    let (own, links) = match own {
        Some(key) => {
            let mut conn = app.db.get().await?;
            let id = store::header(&mut conn, key, false).await?.map(|it| it.id);
            let links = match id {
                Some(id) => store::links(&mut conn, id, &reach(&person.0, rules)).await?,
                None => Vec::new(),
            };
            (id, links)
        }
        None => (None, Vec::new()),
    };
    let (index, who) = (app.search.clone(), person.0.clone());
    let (asked, likes) = app
        .blocking(Lane::Search, move || {
            let draft = Draft {
                title: form.title,
                services: names(&form.services),
                teams: names(&form.teams),
                tags: names(&form.tags),
                ..document::parse(&form.document).draft
            };
            let asked = Asked {
                subject: related::subject(&draft, own),
                links,
                limit: MOST_SHOWN,
            };
            let likes = related::look(&index, &asked, &who, rules);
            Ok::<_, Error>((asked, likes))
        })
        .await?;
    match likes {
        Ok(likes) => {
            let mut conn = app.db.get().await?;
            let reach = reach(&person.0, rules);
            Ok(related::complete(&mut conn, &asked, likes, &reach).await?)
        }
        Err(error) => {
            // A hint is not worth an error.
            tracing::warn!(%error, "similar reports cannot be looked for");
            Ok(Vec::new())
        }
    }
}

fn hit(it: &Related, linked_from: Option<ReportKey>) -> Value {
    let summary = &it.summary;
    let zone = words::zone(&summary.timezone);
    let reasons = it.sentences();
    json!({
        "key": summary.key.to_string(),
        "link": format!("/reports/{}", summary.key),
        "title": summary.title,
        "kind": word!(summary.kind),
        "severity": summary.severity.map(severity),
        "occurred_at": summary.started_at.map(|at| at.to_string()),
        "occurred": summary.started_at.map(|at| words::day(at, &zone)),
        "about": summary.about,
        "reasons": reasons,
        "why": reasons.join(". ").chars().take(MOST_WHY_CHARS).collect::<String>(),
        "link_action": linked_from.map(|key| format!("/reports/{key}/links")),
    })
}
