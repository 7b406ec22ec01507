//! Going back to an earlier revision, from its page.

use super::history::old;
use super::read::key;
use super::review_form::reason_problem;
use super::wording;
use crate::accounts::{Reader, SignedIn, rules};
use crate::platform::app::App;
use crate::platform::http::{Error, Flash, Form, Page, PageError, Path, Redirect};
use crate::platform::ids::ReportKey;
use crate::reports::{By, SaveError, Saved, Target, actions, save_error};
use actix_web::http::StatusCode;
use actix_web::{Either, web};
use serde::Deserialize;

/// Why a revision was not restored; and what was pointed out, so that it is not again.
#[derive(Default)]
pub(super) struct Warning {
    pub(super) problem: String,
    pub(super) dismissed: String,
    /// What was given as a reason, where one is asked for.
    pub(super) reason: Option<String>,
}

/// What the button of an old revision sends: the revision, and the one it is to be saved over.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Restored {
    revision: String,
    base_revision: String,
    /// What was pointed out and put aside.
    dismissed: String,
    /// Why readers may have it without a review, where that is asked.
    reason: String,
}

/// Saves revision `number` over the revision `seen`.
async fn restored(
    app: &App,
    person: &SignedIn,
    key: ReportKey,
    (number, seen): (i32, i32),
    form: &Restored,
) -> Result<Result<Saved, SaveError>, Error> {
    let (pool, rules, now, who) = (
        app.db.clone(),
        rules(&app.settings),
        app.clock.now(),
        person.0.clone(),
    );
    let (dismissed, reason) = (form.dismissed.clone(), form.reason.trim().to_owned());
    let saved = app
        .run_to_end::<Result<Saved, SaveError>, Error>(async move {
            let mut conn = pool.get().await?;
            let by = By {
                actor: &who,
                rules,
                now,
            };
            let target = Target {
                key,
                seen,
                once: None,
                known: None,
                says_visibility: false,
            };
            let restored = (number, reason.as_str());
            Ok(actions::restore(&mut conn, &by, target, restored, &dismissed).await)
        })
        .await?;
    app.changed();
    Ok(saved)
}

/// `POST /reports/PM-42/restore`
pub async fn restore(
    app: web::Data<App>,
    person: SignedIn,
    path: Path<String>,
    form: Form<Restored>,
) -> Result<Either<Redirect, Page>, PageError> {
    let key = key(&path)?;
    let numbers = form.revision.parse::<i32>().ok();
    let numbers = numbers.zip(form.base_revision.parse::<i32>().ok());
    let Some((number, seen)) = numbers else {
        let message = "The form does not say which revision to restore: open it again.";
        return Err(Error::Malformed(message.into()).into());
    };
    let saved = match reason_problem(&form.reason) {
        Some(problem) => Err(SaveError::Invalid(vec![problem])),
        None => restored(&app, &person, key, (number, seen), &form).await?,
    };
    let reader = Reader(person.0.clone());
    let mut asks_reason = false;
    let problem = match saved {
        Err(SaveError::PointedOut(found)) => {
            let warning = Warning {
                problem: wording::pointed_out(&found),
                dismissed: wording::aside(&form.dismissed, &found),
                reason: Some(form.reason.clone()).filter(|it| !it.is_empty()),
            };
            let page = old(&app, &reader, (key, number), warning).await?;
            return Ok(Either::Right(
                page.with_status(StatusCode::UNPROCESSABLE_ENTITY),
            ));
        }
        Ok(_) => {
            let report = Redirect::to(format!("/reports/{key}"));
            return Ok(Either::Left(report.with_flash(Flash::Restored)));
        }
        Err(SaveError::Stale { .. }) => {
            "Somebody saved the report meanwhile. Nothing was restored: look at what changed, then restore again."
                .to_owned()
        }
        Err(SaveError::Invalid(problems)) => {
            asks_reason = problems.iter().any(|it| it.field == "reason");
            let said: Vec<String> = problems.into_iter().map(|it| it.message).collect();
            let said = said.join(" ");
            if asks_reason {
                said
            } else {
                format!("This revision cannot be saved as it is any more: {said}")
            }
        }
        Err(error) => return Err(save_error(error).into()),
    };
    let warning = Warning {
        problem,
        dismissed: form.dismissed.clone(),
        reason: asks_reason.then(|| form.reason.clone()),
    };
    let page = old(&app, &reader, (key, number), warning).await?;
    Ok(Either::Right(page.with_status(StatusCode::CONFLICT)))
}
