//! What becomes of a comment: its thread resolved or reopened, taken away by its author, or by an administrator.

use super::comment_desk::Erasing;
use super::comment_form::CommentForm;
use super::comments::{Asked, desk, drawn, opened};
use super::read::key;
use crate::accounts::{Action, SignedIn, refusal, rules};
use crate::platform::app::App;
use crate::platform::http::{Error, Flash, Form, Page, PageError, Path, Redirect};
use crate::platform::ids::ReportKey;
use crate::reports::actions::{self, By, Turn, comment_link};
use crate::reports::model::Problem;
use crate::reports::{SaveError, save_error};
use actix_web::http::StatusCode;
use actix_web::{Either, web};
use serde::Deserialize;

/// What becomes of a comment.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct TurnForm {
    r#do: String,
    /// Why an administrator takes it away.
    reason: String,
}

/// What a button means.
enum Deed {
    Turn(Turn),
    Erase(String),
}

/// `POST /reports/PM-42/comments/7`: resolves, reopens or removes it.
pub async fn turn_comment(
    app: web::Data<App>,
    person: SignedIn,
    path: Path<(String, i64)>,
    form: Form<TurnForm>,
) -> Result<Either<Redirect, Page>, PageError> {
    let (key, id) = (key(&path.0.0)?, path.0.1);
    let (deed, flash) = match form.r#do.as_str() {
        "resolve" => (Deed::Turn(Turn::Resolve), Flash::Saved),
        "reopen" => (Deed::Turn(Turn::Reopen), Flash::Undone),
        "remove" => (Deed::Turn(Turn::Remove), Flash::Deleted),
        "erase" => (Deed::Erase(form.reason.clone()), Flash::Deleted),
        _ => return Err(Error::field("do", "Choose resolve, reopen or remove.").into()),
    };
    let is_erased = matches!(deed, Deed::Erase(_));
    match done(&app, &person, key, (id, deed)).await? {
        Ok(()) => Ok(Either::Left(
            Redirect::to(comment_link(key, id)).with_flash(flash),
        )),
        Err(SaveError::Invalid(problems)) if is_erased => {
            let page = again(&app, &person, key, (id, &form.reason, problems)).await?;
            Ok(Either::Right(page))
        }
        Err(SaveError::Forbidden) if is_erased => {
            let access = crate::accounts::Access::default();
            Err(refusal(&person.0, Action::EraseComment(&access)).into())
        }
        Err(error) => Err(save_error(error).into()),
    }
}

async fn done(
    app: &App,
    person: &SignedIn,
    key: ReportKey,
    (id, deed): (i64, Deed),
) -> Result<Result<(), SaveError>, Error> {
    let (pool, rules, now, who) = (
        app.db.clone(),
        rules(&app.settings),
        app.clock.now(),
        person.0.clone(),
    );
    app.run_to_end::<Result<(), SaveError>, Error>(async move {
        let mut conn = pool.get().await?;
        let by = By {
            actor: &who,
            rules,
            now,
        };
        Ok(match deed {
            Deed::Turn(turn) => actions::turn_comment(&mut conn, &by, key, (id, turn)).await,
            Deed::Erase(reason) => actions::erase_comment(&mut conn, &by, key, (id, &reason)).await,
        })
    })
    .await
}

/// The comments again, with the reason as it was typed and what is wrong with it.
async fn again(
    app: &App,
    person: &SignedIn,
    key: ReportKey,
    (id, reason, problems): (i64, &str, Vec<Problem>),
) -> Result<Page, Error> {
    let stored = opened(app, person, key).await?;
    let mut desk = desk(app, person, &stored, &Asked::of(id)).await?;
    desk.look.erasing = problems.into_iter().next().map(|problem| Erasing {
        id,
        reason: reason.to_owned(),
        problem: problem.message,
    });
    let page = drawn(app, desk, CommentForm::fresh(), (Vec::new(), None)).await?;
    Ok(page.with_status(StatusCode::UNPROCESSABLE_ENTITY))
}
