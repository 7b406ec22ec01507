//! Review: the page of one report on its way to readers, and the steps taken there.

use super::read::key;
use super::review_desk::ReviewDesk;
use super::review_form::{ReviewForm, reason_problem};
use super::wording::{aside, pointed_out};
use crate::accounts::pages::{
    Again, Credentials, sign_in_again, sign_in_again_page, signed_in_again,
};
use crate::accounts::{self, Action, Actor, SignedIn, Wanted, Writer, members, refusal, rules};
use crate::platform::app::App;
use crate::platform::db::Connection;
use crate::platform::http::{Error, Flash, Page, PageError, Path, Redirect, Trouble, Typed};
use crate::platform::ids::ReportKey;
use crate::reports::actions::{self, Facilitate, ReviewError, Wish};
use crate::reports::model::Problem;
use crate::reports::review::{Refusal, Step};
use crate::reports::{By, SaveError, save_error};
use actix_web::http::StatusCode;
use actix_web::{Either, HttpRequest, web};
use serde::Deserialize;

type Answer = Result<Either<Redirect, Page>, PageError>;

/// `GET /reports/PM-42/review`
pub async fn review(
    app: web::Data<App>,
    person: SignedIn,
    path: Path<String>,
) -> Result<Page, PageError> {
    let desk = Box::pin(ReviewDesk::open(&app, &person, (key(&path)?, None))).await?;
    Ok(desk.page(&ReviewForm::default(), &[], None))
}

/// `POST /reports/PM-42/review`
pub async fn take_step(
    app: web::Data<App>,
    writer: Writer,
    path: Path<String>,
    typed: Typed<ReviewForm>,
) -> Answer {
    let key = key(&path)?;
    let Some(person) = writer.known()? else {
        let page = signed_out(key, &typed.shown().packed(), "", None);
        return Ok(Either::Right(page.with_status(StatusCode::UNAUTHORIZED)));
    };
    act(&app, &person, key, typed).await
}

fn signed_out(key: ReportKey, packed: &str, email: &str, problem: Option<&str>) -> Page {
    let action = format!("/reports/{key}/review/resume");
    sign_in_again_page(&action, &[("review", packed)], email, problem)
}

/// What was typed, and who says to have typed it.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct ResumedReview {
    #[serde(flatten)]
    credentials: Credentials,
    /// The form, packed.
    review: String,
}

/// `POST /reports/PM-42/review/resume`: signs in and shows the form again. No step is taken.
pub async fn resume_review(
    request: HttpRequest,
    app: web::Data<App>,
    writer: Writer,
    path: Path<String>,
    typed: Typed<ResumedReview>,
) -> Result<Page, PageError> {
    let key = key(&path)?;
    let sound = !matches!(typed, Typed::Unsound(_, Trouble::Token));
    let ResumedReview {
        credentials,
        review,
    } = typed.shown();
    let again = sign_in_again(&request, &app, (writer, sound), &credentials).await?;
    let (person, cookie) = match again {
        Again::In(signed_in) => *signed_in,
        Again::Refused(status, problem) => {
            let page = signed_out(key, &review, &credentials.email, Some(&problem));
            return Ok(page.with_status(status));
        }
    };
    let form = ReviewForm::unpacked(&review);
    let desk = Box::pin(ReviewDesk::open(&app, &person, (key, form.rubric()))).await?;
    let notice = Some("You are signed in again. Look it over, then send it.");
    let page = desk.page(&form, &[], notice);
    Ok(signed_in_again(page, sound, cookie))
}

/// `POST /reports/PM-42/publish`: the step that needs no other page, when nothing is to be explained.
pub async fn publish(
    app: web::Data<App>,
    person: SignedIn,
    path: Path<String>,
    typed: Typed<ReviewForm>,
) -> Answer {
    let typed = typed.map(|form| ReviewForm {
        r#do: Step::Publish.word().to_owned(),
        ..form
    });
    act(&app, &person, key(&path)?, typed).await
}

async fn act(app: &App, person: &SignedIn, key: ReportKey, typed: Typed<ReviewForm>) -> Answer {
    let form = match typed {
        Typed::Sound(form) => form,
        Typed::Unsound(form, trouble) => {
            let (status, message) = match trouble {
                Trouble::Token => (
                    StatusCode::FORBIDDEN,
                    "Your session changed; nothing was lost, send it again.",
                ),
                Trouble::Nul => (
                    StatusCode::UNPROCESSABLE_ENTITY,
                    "The text had NUL characters, which cannot be stored. They were taken out: look it over and send it again.",
                ),
            };
            let problem = Problem::of("", message);
            return again(app, person, key, (&form, &[problem], status)).await;
        }
    };
    match carry_out_step(app, &person.0, key, &form).await? {
        Ok(()) => {
            app.changed();
            Ok(Either::Left(onward(key, &form)))
        }
        Err(error) => not_done(app, person, key, (&form, error)).await,
    }
}

/// Where to go on: to the report when readers see another one than before, else back to its review.
fn onward(key: ReportKey, form: &ReviewForm) -> Redirect {
    match Step::parse(&form.r#do) {
        Some(Step::Publish) => Redirect::to(format!("/reports/{key}")).with_flash(Flash::Published),
        Some(Step::Unpublish | Step::Archive | Step::Restore) => {
            Redirect::to(format!("/reports/{key}")).with_flash(Flash::Saved)
        }
        Some(Step::Ask | Step::TakeBack | Step::RequestChanges | Step::Approve) | None => {
            Redirect::to(format!("/reports/{key}/review")).with_flash(Flash::Saved)
        }
    }
}

/// Does what the button says, in one transaction.
pub(crate) async fn carry_out_step(
    app: &App,
    actor: &Actor,
    key: ReportKey,
    form: &ReviewForm,
) -> Result<Result<(), ReviewError>, Error> {
    let (pool, rules, now, who) = (
        app.db.clone(),
        rules(&app.settings),
        app.clock.now(),
        actor.clone(),
    );
    let form = form.clone();
    app.run_to_end::<Result<(), ReviewError>, Error>(async move {
        let mut conn = pool.get().await?;
        let by = By {
            actor: &who,
            rules,
            now,
        };
        let facilitate = match form.r#do.as_str() {
            "volunteer" => Some(Facilitate::Volunteer),
            "release" => Some(Facilitate::Release),
            "ask_facilitator" => None,
            step => return step_of(&mut conn, &by, key, (step, &form)).await,
        };
        let whom;
        let facilitate = match facilitate {
            Some(facilitate) => facilitate,
            None => match somebody(&mut conn, &form.facilitator).await? {
                Ok(actor) => {
                    whom = actor;
                    Facilitate::Ask(&whom)
                }
                Err(message) => {
                    let problem = Problem::of("facilitator", message);
                    return Ok(Err(ReviewError::Invalid(vec![problem])));
                }
            },
        };
        Ok(actions::facilitate(&mut conn, &by, key, facilitate).await)
    })
    .await
}

async fn step_of(
    conn: &mut Connection,
    by: &By<'_>,
    key: ReportKey,
    (word, form): (&str, &ReviewForm),
) -> Result<Result<(), ReviewError>, Error> {
    let Some(step) = Step::parse(word) else {
        let problem = Problem::of("", "Choose what to do with one of the buttons.");
        return Ok(Err(ReviewError::Invalid(vec![problem])));
    };
    if let Some(problem) = reason_problem(&form.reason) {
        return Ok(Err(ReviewError::Invalid(vec![problem])));
    }
    let (mut verdicts, mut rubric) = (Vec::new(), 0);
    if step.outcome().is_some() {
        // The lines that were on the page: what was answered counts, also when the rubric was changed meanwhile.
        let asked = crate::reports::store::rubric(conn, form.rubric()).await?;
        rubric = asked.revision;
        verdicts = match form.verdicts(&asked.lines) {
            Ok(verdicts) => verdicts,
            Err(problems) => return Ok(Err(ReviewError::Invalid(problems))),
        };
    }
    let wish = Wish {
        step,
        words: form.words(step),
        seen: form.revision.trim().parse().unwrap_or(0),
        dismissed: &form.dismissed,
        rubric,
        verdicts: &verdicts,
    };
    Ok(actions::take_step(conn, by, key, wish).await)
}

/// The one account of this name or address.
async fn somebody(conn: &mut Connection, text: &str) -> Result<Result<Actor, String>, Error> {
    let wanted = text.trim();
    if wanted.is_empty() {
        return Ok(Err("Write the name of whom to ask.".to_owned()));
    }
    let mut found = members(conn, Wanted::Called(wanted)).await?;
    Ok(match (found.pop(), found.pop()) {
        (Some(person), None) => Ok(Actor::Person(person)),
        (None, _) => Err("Nobody here has this name or e-mail address.".to_owned()),
        (Some(_), Some(_)) => {
            Err("Several people have this name: write the e-mail address instead.".to_owned())
        }
    })
}

/// The page again, with what was typed; or the error, where that would not help.
async fn not_done(
    app: &App,
    person: &SignedIn,
    key: ReportKey,
    (form, error): (&ReviewForm, ReviewError),
) -> Answer {
    if let ReviewError::Save(SaveError::PointedOut(found)) = &error {
        let known = ReviewForm {
            dismissed: aside(&form.dismissed, found),
            ..form.clone()
        };
        let problem = Problem::of("", pointed_out(found));
        let status = StatusCode::UNPROCESSABLE_ENTITY;
        return again(app, person, key, (&known, &[problem], status)).await;
    }
    let (status, problems) = match error {
        ReviewError::Refused(Refusal::Forbidden) => {
            return Err(forbidden(person, form).into());
        }
        ReviewError::Refused(refusal @ Refusal::OwnReport) => (
            StatusCode::FORBIDDEN,
            vec![Problem::of("", refusal.to_string())],
        ),
        ReviewError::Refused(refusal @ (Refusal::WrongStatus(_) | Refusal::ReviewNeeded)) => (
            StatusCode::CONFLICT,
            vec![Problem::of("", refusal.to_string())],
        ),
        ReviewError::Refused(Refusal::Words { field, message }) => (
            StatusCode::UNPROCESSABLE_ENTITY,
            vec![Problem::of(field, message)],
        ),
        ReviewError::Invalid(problems) => (StatusCode::UNPROCESSABLE_ENTITY, problems),
        ReviewError::Save(error) => return Err(save_error(error).into()),
        ReviewError::Database(error) => return Err(Error::from(error).into()),
    };
    again(app, person, key, (form, &problems, status)).await
}

fn forbidden(person: &SignedIn, form: &ReviewForm) -> Error {
    let access = accounts::Access::default();
    let reviews = Step::parse(&form.r#do).is_some_and(|step| step.outcome().is_some());
    let action = if reviews {
        Action::ReviewReport(&access)
    } else {
        Action::PublishReport(&access)
    };
    refusal(&person.0, action)
}

async fn again(
    app: &App,
    person: &SignedIn,
    key: ReportKey,
    (form, problems, status): (&ReviewForm, &[Problem], StatusCode),
) -> Answer {
    let desk = Box::pin(ReviewDesk::open(app, person, (key, form.rubric()))).await?;
    Ok(Either::Right(
        desk.page(form, problems, None).with_status(status),
    ))
}
