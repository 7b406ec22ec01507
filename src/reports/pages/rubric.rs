//! The review rubric for administrators: all its lines in one form.

use super::rubric_form::{RubricForm, Wanted};
use super::words;
use crate::accounts::pages::{
    Again, Credentials, sign_in_again, sign_in_again_page, signed_in_again,
};
use crate::accounts::{Action, SignedIn, Writer, refusal, require, rules};
use crate::platform::app::App;
use crate::platform::http::{Error, Flash, Page, PageError, Redirect, Trouble, Typed};
use crate::reports::actions::{self, By, RubricError};
use crate::reports::model::Problem;
use crate::reports::review::rubric::MOST_ASKED;
use crate::reports::store::{self, KeptRubric};
use actix_web::http::StatusCode;
use actix_web::{Either, HttpRequest, web};
use serde::Deserialize;
use serde_json::{Value, json};

const ADDRESS: &str = "/admin/rubric";

/// The way on, or the form again.
type Answer = Result<Either<Redirect, Page>, PageError>;

/// What the page says beside the form.
#[derive(Clone, Copy, Default)]
struct Said<'a> {
    problems: &'a [Problem],
    notice: Option<&'a str>,
    /// Whether what is stored is shown below what was typed.
    shows_stored: bool,
}

async fn kept(app: &App) -> Result<KeptRubric, Error> {
    let mut conn = app.db.get().await?;
    Ok(store::kept_rubric(&mut conn).await?)
}

fn page(kept: &KeptRubric, form: &RubricForm, said: Said<'_>) -> Page {
    let listed = said
        .problems
        .iter()
        .map(|it| json!({ "field": it.field, "message": it.message }));
    let stored = kept.lines.iter().filter(|it| it.is_asked);
    let stored: Vec<Value> = stored
        .map(|it| json!({ "question": it.question, "hint": it.hint }))
        .collect();
    let view = json!({
        "action": ADDRESS,
        "notice": said.notice,
        "problems": listed.collect::<Vec<_>>(),
        "base_revision": form.base_revision,
        "lines": form.view(said.problems),
        "most": MOST_ASKED,
        "changed": (!kept.changed_by.is_empty()).then(|| json!({
            "by": kept.changed_by,
            "at": kept.changed_at.to_string(),
            "at_text": words::moment(kept.changed_at),
        })),
        "stored": if said.shows_stored { stored } else { Vec::new() },
    });
    Page::new("rubric", "Review rubric", view)
}

/// `GET /admin/rubric`
pub async fn rubric(app: web::Data<App>, person: SignedIn) -> Result<Page, PageError> {
    require(&person.0, Action::EditRubric, &app.settings)?;
    let kept = kept(&app).await?;
    let form = RubricForm::of(&kept.lines, kept.revision);
    Ok(page(&kept, &form, Said::default()))
}

/// `POST /admin/rubric`
pub async fn edit_rubric(app: web::Data<App>, writer: Writer, typed: Typed<RubricForm>) -> Answer {
    let Some(person) = writer.known()? else {
        let page = signed_out(&typed.shown().packed(), "", None);
        return Ok(Either::Right(page.with_status(StatusCode::UNAUTHORIZED)));
    };
    require(&person.0, Action::EditRubric, &app.settings)?;
    let (form, trouble) = match typed {
        Typed::Sound(form) => (form, None),
        Typed::Unsound(form, Trouble::Token) => (
            form,
            Some((
                StatusCode::FORBIDDEN,
                "Your session changed; nothing was lost, save again.",
            )),
        ),
        Typed::Unsound(form, Trouble::Nul) => (
            form,
            Some((
                StatusCode::UNPROCESSABLE_ENTITY,
                "The text had NUL characters, which cannot be stored. They were taken out: look it over and save again.",
            )),
        ),
    };
    match trouble {
        Some((status, message)) => {
            let problems = [Problem::of("", message)];
            again(&app, &form, (status, &problems)).await
        }
        None => save(&app, &person, form).await,
    }
}

async fn again(
    app: &App,
    form: &RubricForm,
    (status, problems): (StatusCode, &[Problem]),
) -> Answer {
    let said = Said {
        problems,
        ..Said::default()
    };
    let page = page(&kept(app).await?, form, said);
    Ok(Either::Right(page.with_status(status)))
}

async fn save(app: &App, person: &SignedIn, form: RubricForm) -> Answer {
    let unsent = StatusCode::UNPROCESSABLE_ENTITY;
    let (wanted, problems) = form.read();
    if !problems.is_empty() {
        return again(app, &form, (unsent, &problems)).await;
    }
    let Ok(seen) = form.base_revision.trim().parse::<i32>() else {
        let message = "The form does not say which rubric it changes: open the page again, and take over from here what you typed.";
        return again(app, &form, (unsent, &[Problem::of("", message)])).await;
    };
    match store_rubric(app, person, &wanted, seen).await? {
        Ok(()) => Ok(Either::Left(Redirect::to(ADDRESS).with_flash(Flash::Saved))),
        Err(RubricError::Invalid(problems)) => {
            let problems: Vec<Problem> = problems.into_iter().map(|it| wanted.beside(it)).collect();
            again(app, &form, (unsent, &problems)).await
        }
        Err(RubricError::Stale) => overtaken(app, form).await,
        Err(RubricError::Forbidden) => Err(refusal(&person.0, Action::EditRubric).into()),
        Err(RubricError::Database(error)) => Err(Error::from(error).into()),
    }
}

/// Somebody else saved meanwhile: nothing of either side goes before a person has looked.
async fn overtaken(app: &App, form: RubricForm) -> Answer {
    let kept = kept(app).await?;
    let by = if kept.changed_by.is_empty() {
        "Somebody else"
    } else {
        &kept.changed_by
    };
    let message = format!(
        "{by} has saved the rubric since you opened it. What you typed is in the form, and what is saved now below it. Take over what is to stay, then save again."
    );
    let mut again = form;
    again.base_revision = kept.revision.to_string();
    let said = Said {
        problems: &[Problem::of("", message)],
        shows_stored: true,
        ..Said::default()
    };
    let page = page(&kept, &again, said);
    Ok(Either::Right(page.with_status(StatusCode::CONFLICT)))
}

async fn store_rubric(
    app: &App,
    person: &SignedIn,
    wanted: &Wanted,
    seen: i32,
) -> Result<Result<(), RubricError>, Error> {
    let (pool, rules, now, who) = (
        app.db.clone(),
        rules(&app.settings),
        app.clock.now(),
        person.0.clone(),
    );
    let lines = wanted.lines.clone();
    app.run_to_end::<Result<(), RubricError>, Error>(async move {
        let mut conn = pool.get().await?;
        let by = By {
            actor: &who,
            rules,
            now,
        };
        Ok(actions::edit_rubric(&mut conn, &by, &lines, seen).await)
    })
    .await
}

/// What was typed, and who says to have typed it.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct ResumedRubric {
    #[serde(flatten)]
    credentials: Credentials,
    /// The form, packed.
    rubric: String,
}

fn signed_out(packed: &str, email: &str, problem: Option<&str>) -> Page {
    let action = "/admin/rubric/resume";
    sign_in_again_page(action, &[("rubric", packed)], email, problem)
}

/// `POST /admin/rubric/resume`: signs in and shows the form again. Nothing is saved.
pub async fn resume_rubric(
    request: HttpRequest,
    app: web::Data<App>,
    writer: Writer,
    typed: Typed<ResumedRubric>,
) -> Result<Page, PageError> {
    let sound = !matches!(typed, Typed::Unsound(_, Trouble::Token));
    let ResumedRubric {
        credentials,
        rubric,
    } = typed.shown();
    let again = sign_in_again(&request, &app, (writer, sound), &credentials).await?;
    let (person, cookie) = match again {
        Again::In(signed_in) => *signed_in,
        Again::Refused(status, problem) => {
            let page = signed_out(&rubric, &credentials.email, Some(&problem));
            return Ok(page.with_status(status));
        }
    };
    require(&person.0, Action::EditRubric, &app.settings)?;
    let said = Said {
        notice: Some("You are signed in again. Look it over, then save."),
        ..Said::default()
    };
    let page = page(&kept(&app).await?, &RubricForm::unpacked(&rubric), said);
    Ok(signed_in_again(page, sound, cookie))
}
