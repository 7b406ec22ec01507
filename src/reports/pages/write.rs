//! Writing: one form for new and old reports, and its preview.

use super::form::{EditForm, Read};
use super::form_page::{About, Desk};
use super::read::{key, whole};
use super::resume::signed_out;
use super::saving::Save;
use crate::accounts::{Action, SignedIn, Writer, may, refusal, rules};
use crate::platform::app::App;
use crate::platform::http::{
    Error, Flash, Form, Lane, Page, PageError, Path, Query, Redirect, Trouble, Typed,
};
use crate::platform::ids::ReportKey;
use crate::platform::secret::sha256;
use crate::reports::model::{Draft, Kind, Problem, Severity, Visibility};
use crate::reports::store::{self, Stored};
use crate::reports::{By, Note, Once, SaveError, Saved, actions, save_error};
use actix_web::http::StatusCode;
use actix_web::{Either, web};
use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;

/// What a handler answers a form with: the way on, or the form again.
pub(super) type Answer = Result<Either<Redirect, Page>, PageError>;

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
        once: fresh_form(),
        ..EditForm::default()
    };
    Ok(desk(&app, &person, None).page(&form, &[], None))
}

/// A name for the form of a new report, as no other has.
fn fresh_form() -> String {
    Uuid::now_v7().to_string()
}

/// The form as a request with one effect: a second click, or the browser's Back and Send, make no second report.
fn once(person: &SignedIn, form: &EditForm) -> Option<Once> {
    let id = form.once.trim().parse::<Uuid>().ok()?;
    let fields = serde_json::to_vec(&(form.carried(), &form.r#do)).ok()?;
    Some(Once {
        owner: format!("person:{}", person.0.person_id()?),
        key: format!("form:{id}"),
        request_sha256: sha256(fields),
    })
}

pub(super) fn may_create(app: &App, person: &SignedIn) -> Result<(), Error> {
    if may(&person.0, Action::CreateReport, rules(&app.settings)) {
        Ok(())
    } else {
        Err(refusal(&person.0, Action::CreateReport))
    }
}

/// `POST /reports`
pub async fn create(app: web::Data<App>, writer: Writer, typed: Typed<EditForm>) -> Answer {
    let Some(person) = writer.known()? else {
        return Ok(Either::Right(signed_out(None, &typed.shown())));
    };
    may_create(&app, &person)?;
    let desk = desk(&app, &person, None);
    let form = match sound(&desk, typed) {
        Ok(form) => form,
        Err(page) => return Ok(Either::Right(page)),
    };
    let (form, read) = read(&app, form, None).await?;
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
    let (draft, text, once) = (read.draft, form.note.clone(), once(&person, &form));
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
                ..Note::default()
            };
            Ok(actions::create(&mut conn, &by, &draft, note, once.as_ref()).await)
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
        Err(SaveError::KeyReused) => {
            let message = "This form has made a report already, with another text. To change that report, open it and edit it there; to make one more, save again.";
            let another = EditForm {
                once: fresh_form(),
                ..form
            };
            let problem = Problem::of("", message);
            Ok(Either::Right(refused(&desk, &another, &[problem])))
        }
        Err(error) => not_saved(&desk, &form, error),
    }
}

/// A stored report that may be changed, and who is named on it.
pub(super) struct Opened {
    pub(super) stored: Stored,
    pub(super) named: Vec<String>,
}

/// The stored report behind an edit page.
pub(super) async fn editable(
    app: &App,
    person: &SignedIn,
    key: ReportKey,
) -> Result<Opened, Error> {
    let mut conn = app.db.get().await?;
    let rules = rules(&app.settings);
    let stored = whole(&mut conn, key, &person.0, rules).await?;
    let action = Action::EditReport(&stored.header.access);
    if !may(&person.0, action, rules) {
        return Err(refusal(&person.0, action));
    }
    let named = store::named(&mut conn, stored.header.id).await?;
    Ok(Opened { stored, named })
}

/// `GET /reports/PM-42/edit`
pub async fn edit(
    app: web::Data<App>,
    person: SignedIn,
    path: Path<String>,
) -> Result<Page, PageError> {
    let opened = editable(&app, &person, key(&path)?).await?;
    let form = EditForm::of(&opened.stored.draft, opened.stored.header.revision);
    Ok(desk(&app, &person, Some(&opened)).page(&form, &[], None))
}

/// `POST /reports/PM-42/edit`
pub async fn revise(
    app: web::Data<App>,
    writer: Writer,
    path: Path<String>,
    typed: Typed<EditForm>,
) -> Answer {
    let key = key(&path)?;
    let Some(person) = writer.known()? else {
        return Ok(Either::Right(signed_out(Some(key), &typed.shown())));
    };
    let opened = editable(&app, &person, key).await?;
    let desk = desk(&app, &person, Some(&opened));
    let form = match sound(&desk, typed) {
        Ok(form) => form,
        Err(page) => return Ok(Either::Right(page)),
    };
    let (form, mut read) = read(&app, form, Some(&opened.stored.draft)).await?;
    read.problems
        .extend(not_yours(&app, &person, &opened.stored, &read.draft));
    if form.r#do == "preview" || !read.problems.is_empty() {
        return shown_again(desk, &form, read).await;
    }
    let Ok(seen) = form.base_revision.trim().parse::<i32>() else {
        let problem = Problem::of(
            "",
            "The form does not say which revision it changes: open the report and edit it from there.",
        );
        return Ok(Either::Right(refused(&desk, &form, &[problem])));
    };
    let save = Save {
        app: &app,
        person: &person,
        key,
        form: &form,
    };
    match save.attempt(seen, read.draft.clone(), "saved").await? {
        Ok(_) => Ok(Either::Left(save.done(Flash::Saved))),
        Err(SaveError::Stale { .. }) => Box::pin(save.put_together(seen, &read.draft)).await,
        Err(error) => not_saved(&desk, &form, error),
    }
}

/// Only its authors open or restrict a report.
fn not_yours(app: &App, person: &SignedIn, stored: &Stored, draft: &Draft) -> Option<Problem> {
    let access = &stored.header.access;
    let allowed = draft.visibility == stored.draft.visibility
        || may(
            &person.0,
            Action::SetVisibility(access),
            rules(&app.settings),
        );
    (!allowed).then(|| {
        Problem::of(
            "visibility",
            "Only the people named on this report and administrators may change who can read it.",
        )
    })
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

/// Reads the form where that may take a moment. A whole document pasted into the text is taken apart first.
pub(super) async fn read(
    app: &App,
    mut form: EditForm,
    stored: Option<&Draft>,
) -> Result<(EditForm, Read), Error> {
    let stored = stored.cloned();
    app.blocking(Lane::Render, move || {
        let mut problems = form.lift(stored.is_none());
        let mut read = form.read(&stored.unwrap_or_default());
        problems.append(&mut read.problems);
        Ok::<_, Error>((form, Read { problems, ..read }))
    })
    .await
}

/// Where a form is filled in: a stored report's, or a new one's.
pub(super) fn desk<'a>(app: &'a App, person: &'a SignedIn, opened: Option<&'a Opened>) -> Desk<'a> {
    Desk {
        app,
        person,
        about: opened.map_or(About::New, |opened| About::Old(&opened.stored)),
        named: opened.map_or_else(
            || person.0.name().to_owned(),
            |opened| opened.named.join(", "),
        ),
        notice: None,
    }
}

/// The fields of a form that may change something; else the form again, with a fresh token and all that was typed.
fn sound(desk: &Desk<'_>, typed: Typed<EditForm>) -> Result<EditForm, Page> {
    match typed {
        Typed::Sound(form) => Ok(form),
        Typed::Unsound(form, Trouble::Token) => {
            let problem = Problem::of("", "Your session changed; nothing was lost, save again.");
            Err(desk
                .page(&form, &[problem], None)
                .with_status(StatusCode::FORBIDDEN))
        }
        Typed::Unsound(form, Trouble::Nul) => {
            let message = "The text had NUL characters, which cannot be stored. They were taken out: look it over and save again.";
            Err(refused(desk, &form, &[Problem::of("document", message)]))
        }
    }
}

/// The form with its preview, or with what is wrong; what was typed is kept.
async fn shown_again(desk: Desk<'_>, form: &EditForm, read: Read) -> Answer {
    if form.r#do != "preview" {
        return Ok(Either::Right(refused(&desk, form, &read.problems)));
    }
    let Read {
        mut draft,
        problems,
        remarks,
    } = read;
    let preview = desk
        .app
        .blocking(Lane::Render, move || {
            // As saving would store it.
            draft.normalise();
            let mut preview = super::view::content(&draft);
            let remarks: Vec<_> = remarks
                .iter()
                .map(|it| json!({ "message": it.message, "line": it.line }))
                .collect();
            if let Some(preview) = preview.as_object_mut() {
                preview.insert("remarks".to_owned(), json!(remarks));
            }
            Ok::<_, Error>(preview)
        })
        .await?;
    Ok(Either::Right(desk.page(form, &problems, Some(preview))))
}

/// The form again, with what is wrong.
pub(super) fn refused(desk: &Desk<'_>, form: &EditForm, problems: &[Problem]) -> Page {
    desk.page(form, problems, None)
        .with_status(StatusCode::UNPROCESSABLE_ENTITY)
}

/// The answer to a save that did not happen: the form again, wherever that helps.
pub(super) fn not_saved(desk: &Desk<'_>, form: &EditForm, error: SaveError) -> Answer {
    let problems = match error {
        SaveError::Invalid(problems) => problems,
        SaveError::Forbidden => vec![Problem::of("", "You may not do this with this report.")],
        SaveError::WrongStatus(message) => vec![Problem::of("", message)],
        SaveError::NotFound
        | SaveError::Stale { .. }
        | SaveError::KeyReused
        | SaveError::ChangedSinceImport(_)
        | SaveError::Database(_) => return Err(save_error(error).into()),
    };
    Ok(Either::Right(refused(desk, form, &problems)))
}
