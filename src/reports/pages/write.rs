//! Writing: one form for new and old reports, and its preview.

use super::conflict::conflict;
use super::form::{EditForm, Read};
use super::form_page::{About, Desk};
use super::read::{key, not_found, readable};
use crate::accounts::{Action, SignedIn, may, rules};
use crate::platform::app::App;
use crate::platform::http::{Error, Flash, Form, Lane, Page, PageError, Path, Query, Redirect};
use crate::platform::ids::ReportKey;
use crate::platform::markdown;
use crate::reports::model::{Draft, Kind, Problem, Severity, Visibility};
use crate::reports::store::{self, Stored};
use crate::reports::{By, Note, SaveError, Saved, actions, document, save_error};
use actix_web::http::StatusCode;
use actix_web::{Either, web};
use serde::Deserialize;
use serde_json::json;

/// What a handler answers a form with: the way on, or the form again.
type Answer = Result<Either<Redirect, Page>, PageError>;

/// What a link to a new report may fill in.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Prefilled {
    title: String,
    kind: String,
    severity: String,
    service: String,
    started_at: String,
}

/// The text a new report begins with.
const OUTLINE: &str = "## Summary\n\n\n## Impact\n\n\n## Timeline\n\n\n## Detection\n\n\n## Contributing factors\n\n\n## Resolution\n\n\n## What went well\n\n\n## What went poorly\n\n\n## Where we got lucky\n\n\n## What surprised us\n\n\n## What saved us\n\n\n## Open questions\n\n\n## Countermeasures\n";

/// The text a near miss begins with: three questions.
const NEAR_MISS: &str =
    "## Summary\n\nWhat nearly happened?\n\n\n## What saved us\n\n\n## Countermeasures\n";

/// `GET /reports/new`
pub async fn new(
    app: web::Data<App>,
    person: SignedIn,
    query: Query<Prefilled>,
) -> Result<Page, PageError> {
    may_create(&app, &person)?;
    let kind = Kind::parse(&query.kind).unwrap_or(Kind::Incident);
    let outline = if kind == Kind::NearMiss {
        NEAR_MISS
    } else {
        OUTLINE
    };
    let form = EditForm {
        title: query.title.clone(),
        kind: kind.word().to_owned(),
        severity: Severity::parse(&query.severity)
            .map_or_else(String::new, |it| it.level().to_string()),
        visibility: Visibility::Open.word().to_owned(),
        services: query.service.clone(),
        authors: person.0.name().to_owned(),
        started_at: query.started_at.clone(),
        timezone: "UTC".to_owned(),
        document: outline.to_owned(),
        ..EditForm::default()
    };
    Ok(desk(&app, &person, About::New).page(&form, &[], None))
}

fn may_create(app: &App, person: &SignedIn) -> Result<(), Error> {
    if may(&person.0, Action::CreateReport, rules(&app.settings)) {
        Ok(())
    } else {
        Err(Error::Forbidden("write reports".into()))
    }
}

/// `POST /reports`
pub async fn create(app: web::Data<App>, person: SignedIn, form: Form<EditForm>) -> Answer {
    may_create(&app, &person)?;
    let (desk, form) = (desk(&app, &person, About::New), form.0);
    let read = read(&app, &form, Draft::default()).await?;
    if form.r#do == "preview" || !read.problems.is_empty() {
        return shown_again(desk, &form, read).await;
    }
    let publish = form.r#do == "publish";
    let (pool, rules, now, who) = (
        app.db.clone(),
        rules(&app.settings),
        app.clock.now(),
        person.0.clone(),
    );
    let (draft, text) = (read.draft, form.note.clone());
    let saved = app
        .run_to_end::<Result<Saved, SaveError>, Error>(async move {
            let mut conn = pool.get().await?;
            let by = By {
                actor: &who,
                rules,
                now,
            };
            let note = Note {
                text: &text,
                publish,
            };
            Ok(actions::create(&mut conn, &by, &draft, note, None).await)
        })
        .await?;
    app.changed();
    match saved {
        Ok(saved) => Ok(Either::Left(
            Redirect::to(format!("/reports/{}", saved.key)).with_flash(if publish {
                Flash::Published
            } else {
                Flash::Created
            }),
        )),
        Err(SaveError::Invalid(problems)) => Ok(Either::Right(refused(desk, &form, &problems))),
        Err(error) => Err(save_error(error).into()),
    }
}

/// The stored report behind an edit page.
async fn editable(app: &App, person: &SignedIn, key: ReportKey) -> Result<Stored, Error> {
    let mut conn = app.db.get().await?;
    let header = readable(&mut conn, key, &person.0, rules(&app.settings)).await?;
    if !may(
        &person.0,
        Action::EditReport(&header.access),
        rules(&app.settings),
    ) {
        return Err(Error::Forbidden(format!("edit {key}").into()));
    }
    store::load(&mut conn, key)
        .await?
        .ok_or_else(|| not_found(key))
}

/// `GET /reports/PM-42/edit`
pub async fn edit(
    app: web::Data<App>,
    person: SignedIn,
    path: Path<String>,
) -> Result<Page, PageError> {
    let stored = editable(&app, &person, key(&path)?).await?;
    let form = EditForm::of(&stored.draft, stored.header.revision);
    Ok(desk(&app, &person, About::Old(&stored)).page(&form, &[], None))
}

/// `POST /reports/PM-42/edit`
pub async fn revise(
    app: web::Data<App>,
    person: SignedIn,
    path: Path<String>,
    form: Form<EditForm>,
) -> Answer {
    let (key, form) = (key(&path)?, form.0);
    let stored = editable(&app, &person, key).await?;
    let desk = desk(&app, &person, About::Old(&stored));
    let read = read(&app, &form, stored.draft.clone()).await?;
    if form.r#do == "preview" || !read.problems.is_empty() {
        return shown_again(desk, &form, read).await;
    }
    let Ok(seen) = form.base_revision.trim().parse::<i32>() else {
        return Err(Error::field("base_revision", "The form does not say what it changes.").into());
    };
    let publish = form.r#do == "publish";
    let (pool, rules, now, who) = (
        app.db.clone(),
        rules(&app.settings),
        app.clock.now(),
        person.0.clone(),
    );
    let (draft, text) = (read.draft.clone(), form.note.clone());
    let saved = app
        .run_to_end::<Result<Saved, SaveError>, Error>(async move {
            let mut conn = pool.get().await?;
            let by = By {
                actor: &who,
                rules,
                now,
            };
            let note = Note {
                text: &text,
                publish,
            };
            let target = actions::Target {
                key,
                seen,
                once: None,
            };
            Ok(actions::revise(&mut conn, &by, target, &draft, note).await)
        })
        .await?;
    app.changed();
    match saved {
        Ok(_) => Ok(Either::Left(
            Redirect::to(format!("/reports/{key}")).with_flash(if publish {
                Flash::Published
            } else {
                Flash::Saved
            }),
        )),
        Err(SaveError::Stale { .. }) => {
            let latest = editable(&app, &person, key).await?;
            conflict(&app, &latest, &read.draft, &form)
                .await
                .map(Either::Right)
        }
        Err(SaveError::Invalid(problems)) => Ok(Either::Right(refused(desk, &form, &problems))),
        Err(error) => Err(save_error(error).into()),
    }
}

/// `POST /reports/PM-42/publish`
pub async fn publish(
    app: web::Data<App>,
    person: SignedIn,
    path: Path<String>,
    _token_checked: Form<Nothing>,
) -> Result<Redirect, PageError> {
    let key = key(&path)?;
    let (pool, rules, now, who) = (
        app.db.clone(),
        rules(&app.settings),
        app.clock.now(),
        person.0.clone(),
    );
    app.run_to_end(async move {
        let mut conn = pool.get().await?;
        let by = By {
            actor: &who,
            rules,
            now,
        };
        actions::publish(&mut conn, &by, key)
            .await
            .map_err(save_error)
    })
    .await?;
    app.changed();
    Ok(Redirect::to(format!("/reports/{key}")).with_flash(Flash::Published))
}

/// A form with nothing in it but its token.
#[derive(Clone, Copy, Debug, Deserialize)]
pub struct Nothing {}

/// Reads the form where that may take a moment.
async fn read(app: &App, form: &EditForm, stored: Draft) -> Result<Read, Error> {
    let form = form.clone();
    app.blocking(Lane::Render, move || Ok::<_, Error>(form.read(&stored)))
        .await
}

fn desk<'a>(app: &'a App, person: &'a SignedIn, about: About<'a>) -> Desk<'a> {
    Desk { app, person, about }
}

/// The form with its preview, or with what is wrong; what was typed is kept.
async fn shown_again(desk: Desk<'_>, form: &EditForm, read: Read) -> Answer {
    if form.r#do != "preview" {
        return Ok(Either::Right(refused(desk, form, &read.problems)));
    }
    let html = desk
        .app
        .blocking(Lane::Render, move || {
            let text = document::render(&read.draft);
            Ok::<_, Error>(markdown::render(document::body(&text)).html)
        })
        .await?;
    let mut problems = read.problems;
    problems.extend(read.remarks);
    Ok(Either::Right(desk.page(form, &problems, Some(json!(html)))))
}

fn refused(desk: Desk<'_>, form: &EditForm, problems: &[Problem]) -> Page {
    desk.page(form, problems, None)
        .with_status(StatusCode::UNPROCESSABLE_ENTITY)
}
