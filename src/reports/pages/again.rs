//! The form again: with its preview, with what is wrong with it, with what should be looked at before publishing. What was
//! typed is kept.

use super::beside;
use super::form::{EditForm, Read};
use super::form_page::{Desk, Notice, Said};
use super::sent_form::SentForm;
use super::similar;
use super::wording::{self, Hint};
use super::write::Answer;
use crate::platform::app::App;
use crate::platform::http::{Error, Lane, Page, Trouble, Typed};
use crate::reports::language::Finding;
use crate::reports::model::Problem;
use crate::reports::{SaveError, save_error};
use actix_web::Either;
use actix_web::http::StatusCode;

/// What was sent, read where that may take a moment: rows are put into the text, and a pasted chat is taken in.
pub(super) async fn taken_in(app: &App, sent: Typed<SentForm>) -> Result<Typed<EditForm>, Error> {
    let now = app.clock.now();
    app.blocking(Lane::Render, move || {
        Ok::<_, Error>(sent.map(|sent| EditForm::from(sent.at(now))))
    })
    .await
}

/// The fields of a form that may change something; else the form again, with a fresh token and all that was typed.
pub(super) async fn sound(
    desk: &Desk<'_>,
    typed: Typed<EditForm>,
) -> Result<Result<EditForm, Page>, Error> {
    match typed {
        Typed::Sound(form) => Ok(Ok(form)),
        Typed::Unsound(form, Trouble::Token) => {
            let problem = Problem::of("", "Your session changed; nothing was lost, save again.");
            let page = refused(desk, &form, &[problem]).await?;
            Ok(Err(page.with_status(StatusCode::FORBIDDEN)))
        }
        Typed::Unsound(form, Trouble::Nul) => {
            let message = "The text had NUL characters, which cannot be stored. They were taken out: look it over and save again.";
            let problem = Problem::of("document", message);
            Ok(Err(refused(desk, &form, &[problem]).await?))
        }
    }
}

/// The form with its preview, or with what is wrong; what was typed is kept.
pub(super) async fn shown_again(desk: Desk<'_>, form: &EditForm, read: Read) -> Answer {
    if !form.is_only_shown() {
        return Ok(Either::Right(refused(&desk, form, &read.problems).await?));
    }
    let previews = form.r#do == "preview";
    let template = desk.asking(form).await?;
    let (asking, typed, problems) = (template.clone(), form.clone(), read.problems.clone());
    let said = desk
        .app
        .blocking(Lane::Render, move || {
            let wanting = asking.as_ref().map(|it| it.wanting(&read.draft));
            let wanting = wanting.into_iter().flatten().map(str::to_owned).collect();
            let hints = wording::hints_of(&typed);
            Ok::<_, Error>(Said {
                problems: &[],
                preview: previews.then(|| beside::preview(read)),
                hints,
                wanting,
                similar: Vec::new(),
            })
        })
        .await?;
    let own = desk.own();
    let like = similar::like(desk.app, desk.person, form.clone(), (own, own));
    let similar = Box::pin(like).await?;
    let said = Said {
        problems: &problems,
        similar,
        ..said
    };
    let notice = (!previews && said.hints.is_empty() && problems.is_empty())
        .then(|| Notice::saying("The wording is fine: nothing in it asks for a second look."));
    let desk = Desk {
        template,
        notice: notice.or(desk.notice),
        ..desk
    };
    Ok(Either::Right(Box::pin(desk.page(form, said)).await?))
}

/// What is not for everybody is pointed out once before others can read it; sent again as it is, the form is saved.
async fn stopped(desk: &Desk<'_>, form: &EditForm, found: &[Finding]) -> Answer {
    let typed = form.clone();
    let shown = desk
        .app
        .blocking(Lane::Render, move || {
            Ok::<_, Error>(wording::hints_of(&typed))
        })
        .await?;
    let known = EditForm {
        warned: wording::aside(&form.warned, found),
        ..form.clone()
    };
    let said = Said {
        problems: &[Problem::of("", wording::pointed_out(found))],
        hints: shown.into_iter().filter(Hint::is_private).collect(),
        ..Said::default()
    };
    let page = Box::pin(desk.page(&known, said)).await?;
    Ok(Either::Right(
        page.with_status(StatusCode::UNPROCESSABLE_ENTITY),
    ))
}

/// The form again, with what is wrong, and with the wording to look at: without scripts nobody else shows it.
pub(super) async fn refused(
    desk: &Desk<'_>,
    form: &EditForm,
    problems: &[Problem],
) -> Result<Page, Error> {
    let typed = form.clone();
    let hints = desk
        .app
        .blocking(Lane::Render, move || {
            Ok::<_, Error>(wording::hints_of(&typed))
        })
        .await?;
    let said = Said {
        hints,
        ..Said::of(problems)
    };
    let page = Box::pin(desk.page(form, said)).await?;
    Ok(page.with_status(StatusCode::UNPROCESSABLE_ENTITY))
}

/// The answer to a save that did not happen: the form again, wherever that helps.
pub(super) async fn not_saved(desk: &Desk<'_>, form: &EditForm, error: SaveError) -> Answer {
    let problems = match error {
        SaveError::Invalid(problems) => problems,
        SaveError::Forbidden => vec![Problem::of("", "You may not do this with this report.")],
        SaveError::Refused(words) => vec![Problem::of("", words)],
        SaveError::WrongStatus(message) => vec![Problem::of("", message)],
        SaveError::PointedOut(found) => return Box::pin(stopped(desk, form, &found)).await,
        SaveError::NotFound
        | SaveError::Stale { .. }
        | SaveError::KeyReused
        | SaveError::SaidElsewhere(_)
        | SaveError::ChangedSinceImport(_)
        | SaveError::Database(_) => return Err(save_error(error).into()),
    };
    Ok(Either::Right(refused(desk, form, &problems).await?))
}
