//! Comments on a report: reading, writing, resolving, and whom one can mention.

use super::comment_desk::{CommentDesk, Look};
use super::comment_form::CommentForm;
use super::comment_said::{Refused, TWICE, said};
use super::places::places;
use super::read::{key, whole};
use crate::accounts::pages::{
    Again, Credentials, sign_in_again, sign_in_again_page, signed_in_again,
};
use crate::accounts::{
    Action, Actor, SignedIn, Wanted, Writer, may, reach, readers_among, refusal, rules,
};
use crate::platform::app::App;
use crate::platform::http::{
    Error, Flash, Lane, Page, PageError, Path, Query, Redirect, Trouble, Typed,
};
use crate::platform::ids::ReportKey;
use crate::reports::comments::Anchor;
use crate::reports::document;
use crate::reports::model::Problem;
use crate::reports::store::{self, Stored};
use actix_web::http::StatusCode;
use actix_web::{Either, HttpRequest, web};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::HashMap;

/// The way on, or the form again.
type Answer = Result<Either<Redirect, Page>, PageError>;

/// Which comments to look at, and what to do there.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    on: String,
    at: String,
    page: String,
    reply: String,
    edit: String,
}

impl Asked {
    /// The page with this comment on it.
    pub(super) fn of(id: i64) -> Self {
        Self {
            at: id.to_string(),
            ..Self::default()
        }
    }
}

/// The report behind the page, if this person may comment on it.
pub(super) async fn opened(app: &App, person: &SignedIn, key: ReportKey) -> Result<Stored, Error> {
    let rules = rules(&app.settings);
    let mut conn = app.db.get().await?;
    let stored = whole(&mut conn, key, &person.0, rules).await?;
    let action = Action::Comment(&stored.header.access);
    if may(&person.0, action, rules) {
        Ok(stored)
    } else {
        Err(refusal(&person.0, action))
    }
}

pub(super) async fn desk(
    app: &App,
    person: &SignedIn,
    stored: &Stored,
    asked: &Asked,
) -> Result<CommentDesk, Error> {
    let mut conn = app.db.get().await?;
    let header = &stored.header;
    let edit = Action::EditReport(&header.access);
    let erase = Action::EraseComment(&header.access);
    Ok(CommentDesk {
        key: header.key,
        title: stored.draft.title.clone(),
        revision: header.revision,
        places: places(&stored.draft),
        comments: store::bare_comments(&mut conn, header.id).await?,
        report: header.id,
        look: Look {
            page: asked.page.parse().ok(),
            at: asked.at.parse().ok(),
            reader: person.0.person_id(),
            may_resolve: may(&person.0, edit, rules(&app.settings)),
            may_erase: may(&person.0, erase, rules(&app.settings)),
            erasing: None,
        },
    })
}

/// Draws the page where that may take a moment, with the texts of the threads that are on it.
pub(super) async fn drawn(
    app: &App,
    mut desk: CommentDesk,
    form: CommentForm,
    (problems, notice): (Vec<Problem>, Option<&'static str>),
) -> Result<Page, Error> {
    let shown = desk.shown(&form);
    let mut conn = app.db.get().await?;
    let mut texts = store::comment_texts(&mut conn, desk.report, &shown).await?;
    drop(conn);
    for comment in &mut desk.comments {
        comment.text = texts.remove(&comment.id).unwrap_or_default();
    }
    app.blocking(Lane::Render, move || {
        Ok::<_, Error>(if problems.is_empty() {
            desk.page(&form, &[], notice)
        } else {
            desk.refused(&form, &problems)
        })
    })
    .await
}

/// `GET /reports/PM-42/comments?on=impact`
pub async fn comments(
    app: web::Data<App>,
    person: SignedIn,
    path: Path<String>,
    query: Query<Asked>,
) -> Result<Page, PageError> {
    let stored = opened(&app, &person, key(&path)?).await?;
    let desk = desk(&app, &person, &stored, &query).await?;
    let edited = query.edit.parse::<i64>().ok();
    let own = desk
        .comments
        .iter()
        .find(|it| Some(it.id) == edited && it.person == person.0.person_id() && !it.removed);
    let mut texts = match own {
        Some(own) => {
            let mut conn = app.db.get().await?;
            store::comment_texts(&mut conn, desk.report, &[own.id]).await?
        }
        None => HashMap::new(),
    };
    let form = CommentForm {
        on: query.on.clone(),
        parent: query.reply.clone(),
        edit: own.map(|it| it.id.to_string()).unwrap_or_default(),
        edits: own.map(|it| it.edits.to_string()).unwrap_or_default(),
        text: own.and_then(|it| texts.remove(&it.id)).unwrap_or_default(),
        ..CommentForm::fresh()
    };
    Ok(drawn(&app, desk, form, (Vec::new(), None)).await?)
}

fn signed_out(key: ReportKey, form: &CommentForm, email: &str, problem: Option<&str>) -> Page {
    let action = format!("/reports/{key}/comments/resume");
    sign_in_again_page(&action, &form.carried(), email, problem)
}

/// `POST /reports/PM-42/comments`: a new one, an answer, or another text for one's own.
pub async fn comment(
    app: web::Data<App>,
    writer: Writer,
    path: Path<String>,
    typed: Typed<CommentForm>,
) -> Answer {
    let key = key(&path)?;
    let Some(person) = writer.known()? else {
        let page = signed_out(key, &typed.shown(), "", None);
        return Ok(Either::Right(page.with_status(StatusCode::UNAUTHORIZED)));
    };
    let stored = opened(&app, &person, key).await?;
    let (form, problem) = match typed {
        Typed::Sound(form) => (form, None),
        Typed::Unsound(form, Trouble::Token) => (form, Some(SESSION)),
        Typed::Unsound(form, Trouble::Nul) => (form, Some(NUL)),
    };
    let anchor = anchor(&app, &person.0, &stored, &form).await?;
    let unsent = StatusCode::UNPROCESSABLE_ENTITY;
    let outcome = match (problem, &anchor) {
        (Some(SESSION), _) => Err(Refused::with(
            StatusCode::FORBIDDEN,
            vec![Problem::of("", SESSION)],
        )),
        (Some(message), _) => Err(Refused::with(unsent, vec![Problem::of("", message)])),
        (None, Err(problem)) => Err(Refused::with(unsent, vec![problem.clone()])),
        (None, Ok(anchor)) => {
            said(
                &app,
                &person,
                stored.header.key,
                (form.clone(), anchor.clone()),
            )
            .await?
        }
    };
    let refused = match outcome {
        Ok(link) => {
            return Ok(Either::Left(Redirect::to(link).with_flash(Flash::Saved)));
        }
        Err(refused) => refused,
    };
    let desk = desk(&app, &person, &stored, &Asked::default()).await?;
    let (status, mut problems) = (refused.status, refused.problems);
    let mut form = placed(&desk, form, anchor, &mut problems);
    form.dismissed = refused.dismissed.unwrap_or(form.dismissed);
    if problems.iter().any(|it| it.message == TWICE) {
        form.once = CommentForm::fresh().once;
    }
    let page = drawn(&app, desk, form, (problems, None)).await?;
    Ok(Either::Right(page.with_status(status)))
}

/// The form with the id that what it is about has today; when that went, it is to be chosen again.
fn placed(
    desk: &CommentDesk,
    form: CommentForm,
    anchor: Result<Anchor, Problem>,
    problems: &mut Vec<Problem>,
) -> CommentForm {
    let found = match anchor {
        Ok(Anchor::Report) => Ok(String::new()),
        Ok(anchor) => desk.id_of(&anchor).ok_or_else(chosen_again),
        Err(problem) => Err(problem),
    };
    let on = found.unwrap_or_else(|problem| {
        if !problems.contains(&problem) {
            problems.push(problem);
        }
        String::new()
    });
    CommentForm { on, ..form }
}

fn chosen_again() -> Problem {
    let message =
        "The report changed while you were writing: choose again what your comment is about.";
    Problem::of("on", message)
}

const SESSION: &str = "Your session changed; nothing was lost, send it again.";
const NUL: &str = "The text had NUL characters, which cannot be stored. They were taken out: look it over and send it again.";

/// What the comment is about: found in the revision whose ids the form names.
async fn anchor(
    app: &App,
    actor: &Actor,
    stored: &Stored,
    form: &CommentForm,
) -> Result<Result<Anchor, Problem>, Error> {
    let on = form.on.trim();
    if on.is_empty() || form.about().is_some() {
        return Ok(Ok(Anchor::Report));
    }
    let latest = stored.header.revision;
    let seen = form.base_revision.trim().parse().unwrap_or(latest);
    let then = if seen == latest {
        places(&stored.draft)
    } else {
        let mut conn = app.db.get().await?;
        let reach = reach(actor, rules(&app.settings));
        let revision = store::seen_revision(&mut conn, &reach, stored.header.id, seen).await?;
        let text = revision.map(|(_, text)| text).unwrap_or_default();
        app.blocking(Lane::Render, move || {
            Ok::<_, Error>(places(&document::parse(&text).draft))
        })
        .await?
    };
    let place = then.into_iter().find(|place| place.id == on);
    Ok(place.map(|place| place.anchor).ok_or_else(chosen_again))
}

/// What was typed, and who says to have typed it.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct ResumedComment {
    #[serde(flatten)]
    credentials: Credentials,
    #[serde(flatten)]
    form: CommentForm,
}

/// `POST /reports/PM-42/comments/resume`: signs in and shows the form again. Nothing is stored.
pub async fn resume_comment(
    request: HttpRequest,
    app: web::Data<App>,
    writer: Writer,
    path: Path<String>,
    typed: Typed<ResumedComment>,
) -> Result<Page, PageError> {
    let key = key(&path)?;
    let sound = !matches!(typed, Typed::Unsound(_, Trouble::Token));
    let ResumedComment { credentials, form } = typed.shown();
    let again = sign_in_again(&request, &app, (writer, sound), &credentials).await?;
    let (person, cookie) = match again {
        Again::In(signed_in) => *signed_in,
        Again::Refused(status, problem) => {
            let page = signed_out(key, &form, &credentials.email, Some(&problem));
            return Ok(page.with_status(status));
        }
    };
    let stored = opened(&app, &person, key).await?;
    let anchor = anchor(&app, &person.0, &stored, &form).await?;
    let desk = desk(&app, &person, &stored, &Asked::default()).await?;
    let mut problems = Vec::new();
    let form = placed(&desk, form, anchor, &mut problems);
    let notice = Some("You are signed in again. Look it over, then send it.");
    let page = drawn(&app, desk, form, (problems, notice)).await?;
    Ok(signed_in_again(page, sound, cookie))
}

/// What somebody has typed of a name.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Name {
    q: String,
}

/// `GET /reports/PM-42/people?q=an`: names of people who may read this report.
pub async fn people(
    app: web::Data<App>,
    person: SignedIn,
    path: Path<String>,
    query: Query<Name>,
) -> Result<web::Json<Value>, PageError> {
    let rules = rules(&app.settings);
    let mut conn = app.db.get().await?;
    let header = super::read::readable(&mut conn, key(&path)?, &person.0, rules).await?;
    let action = Action::Comment(&header.access);
    if !may(&person.0, action, rules) {
        return Err(refusal(&person.0, action).into());
    }
    let typed: String = query.q.trim().chars().take(200).collect();
    let found = if typed.is_empty() {
        Vec::new()
    } else {
        readers_among(&mut conn, Wanted::Like(&typed), &header.access, rules).await?
    };
    let names: Vec<&str> = found.iter().take(8).map(|it| it.name.as_str()).collect();
    Ok(web::Json(json!({ "names": names })))
}
