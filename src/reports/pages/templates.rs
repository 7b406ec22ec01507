//! Report templates for administrators: the list, the form, and taking one out of the offer.

use super::template_desk::{LIST, TemplateDesk, rows};
use super::template_form::TemplateForm;
use super::write::Nothing;
use crate::accounts::pages::{
    Again, Credentials, sign_in_again, sign_in_again_page, signed_in_again,
};
use crate::accounts::{Action, SignedIn, Writer, refusal, require, rules};
use crate::platform::app::App;
use crate::platform::http::{Error, Flash, Form, Page, PageError, Path, Redirect, Trouble, Typed};
use crate::reports::actions::{self, By, TemplateError};
use crate::reports::model::{Kind, Problem, Visibility};
use crate::reports::store::{self, KeptTemplate};
use crate::reports::templates::Template;
use actix_web::http::StatusCode;
use actix_web::{Either, HttpRequest, web};
use serde::Deserialize;
use serde_json::json;

/// What the form of a new template begins with.
const EXAMPLE: &str = "## Summary (required)\nWhat would a colleague who was not there need to know?\n\n## Timeline\nWhat happened, in order, and what evidence shows it?\n";

const RESUMED: &str = "You are signed in again. Look it over, then save.";

/// The way on, or the form again.
type Answer = Result<Either<Redirect, Page>, PageError>;

fn missing(word: &str) -> Error {
    Error::not_found(format!("The template “{word}”"))
}

/// `GET /admin/templates`
pub async fn templates(app: web::Data<App>, person: SignedIn) -> Result<Page, PageError> {
    require(&person.0, Action::EditTemplates, &app.settings)?;
    let mut conn = app.db.get().await?;
    let kept = store::templates(&mut conn).await?;
    let view = json!({ "offered": rows(&kept, false), "archived": rows(&kept, true) });
    Ok(Page::new("templates", "Report templates", view))
}

/// `GET /admin/templates/new`
pub async fn new_template(app: web::Data<App>, person: SignedIn) -> Result<Page, PageError> {
    require(&person.0, Action::EditTemplates, &app.settings)?;
    let mut conn = app.db.get().await?;
    let kept = store::templates(&mut conn).await?;
    let last = kept.iter().map(|it| it.template.position).max();
    let form = TemplateForm {
        kind: Kind::Incident.word().to_owned(),
        visibility: Visibility::Open.word().to_owned(),
        position: last.unwrap_or(0).saturating_add(10).min(10_000).to_string(),
        sections: EXAMPLE.to_owned(),
        ..TemplateForm::default()
    };
    Ok(TemplateDesk::default().page(&form, &[]))
}

async fn kept(app: &App, word: &str) -> Result<KeptTemplate, Error> {
    let mut conn = app.db.get().await?;
    let kept = store::template(&mut conn, word).await?;
    kept.ok_or_else(|| missing(word))
}

/// `GET /admin/templates/{word}`
pub async fn template(
    app: web::Data<App>,
    person: SignedIn,
    path: Path<String>,
) -> Result<Page, PageError> {
    require(&person.0, Action::EditTemplates, &app.settings)?;
    let kept = kept(&app, &path).await?;
    let form = TemplateForm::of(&kept.template, kept.revision);
    Ok(TemplateDesk::at(kept).page(&form, &[]))
}

/// `POST /admin/templates`
pub async fn add_template(
    app: web::Data<App>,
    writer: Writer,
    typed: Typed<TemplateForm>,
) -> Answer {
    let Some(person) = writer.known()? else {
        return Ok(Either::Right(signed_out("", &typed.shown())));
    };
    require(&person.0, Action::EditTemplates, &app.settings)?;
    save(&app, &person, TemplateDesk::default(), typed).await
}

/// `POST /admin/templates/{word}`
pub async fn edit_template(
    app: web::Data<App>,
    writer: Writer,
    path: Path<String>,
    typed: Typed<TemplateForm>,
) -> Answer {
    let Some(person) = writer.known()? else {
        return Ok(Either::Right(signed_out(&path, &typed.shown())));
    };
    require(&person.0, Action::EditTemplates, &app.settings)?;
    let kept = kept(&app, &path).await?;
    save(&app, &person, TemplateDesk::at(kept), typed).await
}

async fn save(
    app: &App,
    person: &SignedIn,
    desk: TemplateDesk,
    typed: Typed<TemplateForm>,
) -> Answer {
    let form = match desk.sound(typed) {
        Ok(form) => form,
        Err(page) => return Ok(Either::Right(page)),
    };
    let (template, problems) = form.read(desk.word());
    if !problems.is_empty() {
        return Ok(Either::Right(desk.refused(&form, &problems)));
    }
    let seen = match (desk.word(), form.base_revision.trim().parse::<i32>()) {
        (None, _) => None,
        (Some(_), Ok(seen)) => Some(seen),
        (Some(_), Err(_)) => {
            let message = "The form does not say which version it changes: open the template and edit it from there.";
            let problem = Problem::of("", message);
            return Ok(Either::Right(desk.refused(&form, &[problem])));
        }
    };
    match store_template(app, person, template, seen).await? {
        Ok(()) => Ok(Either::Left(Redirect::to(LIST).with_flash(Flash::Saved))),
        Err(TemplateError::Invalid(problems)) => Ok(Either::Right(desk.refused(&form, &problems))),
        Err(TemplateError::Stale { latest }) => Ok(Either::Right(desk.overtaken(form, latest))),
        Err(
            error @ (TemplateError::NotFound
            | TemplateError::Forbidden
            | TemplateError::Database(_)),
        ) => Err(template_error(person, error).into()),
    }
}

/// Adds a template, or saves over the version that was seen.
async fn store_template(
    app: &App,
    person: &SignedIn,
    template: Template,
    seen: Option<i32>,
) -> Result<Result<(), TemplateError>, Error> {
    let (pool, rules, now, who) = (
        app.db.clone(),
        rules(&app.settings),
        app.clock.now(),
        person.0.clone(),
    );
    app.run_to_end::<Result<(), TemplateError>, Error>(async move {
        let mut conn = pool.get().await?;
        let by = By {
            actor: &who,
            rules,
            now,
        };
        Ok(match seen {
            Some(seen) => actions::edit_template(&mut conn, &by, &template, seen).await,
            None => actions::add_template(&mut conn, &by, &template).await,
        })
    })
    .await
}

fn template_error(person: &SignedIn, error: TemplateError) -> Error {
    match error {
        TemplateError::NotFound => Error::not_found("The template"),
        TemplateError::Forbidden => refusal(&person.0, Action::EditTemplates),
        TemplateError::Database(error) => error.into(),
        error @ (TemplateError::Invalid(_) | TemplateError::Stale { .. }) => {
            Error::Conflict(error.to_string().into())
        }
    }
}

/// `POST /admin/templates/{word}/archive`
pub async fn archive_template(
    app: web::Data<App>,
    person: SignedIn,
    path: Path<String>,
    _token_checked: Form<Nothing>,
) -> Result<Redirect, PageError> {
    set_archived(&app, &person, &path, true).await
}

/// `POST /admin/templates/{word}/restore`
pub async fn restore_template(
    app: web::Data<App>,
    person: SignedIn,
    path: Path<String>,
    _token_checked: Form<Nothing>,
) -> Result<Redirect, PageError> {
    set_archived(&app, &person, &path, false).await
}

async fn set_archived(
    app: &App,
    person: &SignedIn,
    word: &str,
    archived: bool,
) -> Result<Redirect, PageError> {
    let (pool, rules, now, who) = (
        app.db.clone(),
        rules(&app.settings),
        app.clock.now(),
        person.0.clone(),
    );
    let word = word.to_owned();
    let done = app
        .run_to_end::<Result<(), TemplateError>, Error>(async move {
            let mut conn = pool.get().await?;
            let by = By {
                actor: &who,
                rules,
                now,
            };
            Ok(actions::archive_template(&mut conn, &by, &word, archived).await)
        })
        .await?;
    done.map_err(|error| template_error(person, error))?;
    Ok(Redirect::to(LIST).with_flash(Flash::Saved))
}

/// What was typed, and who says to have typed it.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct ResumedTemplate {
    /// The word of the template, or nothing for a new one.
    template: String,
    #[serde(flatten)]
    credentials: Credentials,
    #[serde(flatten)]
    form: TemplateForm,
}

/// The answer to a form that came without a session. Nothing is looked up and nothing is changed.
fn signed_out(word: &str, form: &TemplateForm) -> Page {
    asked(word, form, "", None).with_status(StatusCode::UNAUTHORIZED)
}

fn asked(word: &str, form: &TemplateForm, email: &str, problem: Option<&str>) -> Page {
    let mut carried = vec![("template", word)];
    carried.extend(form.carried());
    sign_in_again_page("/admin/templates/resume", &carried, email, problem)
}

/// `POST /admin/templates/resume`: signs in and shows the form again. Nothing is saved.
pub async fn resume_template(
    request: HttpRequest,
    app: web::Data<App>,
    writer: Writer,
    typed: Typed<ResumedTemplate>,
) -> Result<Page, PageError> {
    let sound = !matches!(typed, Typed::Unsound(_, Trouble::Token));
    let ResumedTemplate {
        template,
        credentials,
        form,
    } = typed.shown();
    let again = sign_in_again(&request, &app, (writer, sound), &credentials).await?;
    let (person, cookie) = match again {
        Again::In(signed_in) => *signed_in,
        Again::Refused(status, problem) => {
            let page = asked(&template, &form, &credentials.email, Some(&problem));
            return Ok(page.with_status(status));
        }
    };
    require(&person.0, Action::EditTemplates, &app.settings)?;
    let desk = match template.as_str() {
        "" => TemplateDesk::default(),
        word => TemplateDesk::at(kept(&app, word).await?),
    };
    let page = desk.with_notice(RESUMED).page(&form, &[]);
    Ok(signed_in_again(page, sound, cookie))
}
