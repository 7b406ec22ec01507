//! A comment on its way to be stored, and what is said when it is not.

use super::comment_form::CommentForm;
use super::wording::{aside, pointed_out};
use crate::accounts::{SignedIn, rules};
use crate::platform::app::App;
use crate::platform::http::Error;
use crate::platform::ids::ReportKey;
use crate::reports::actions::{self, By, Edit, Said, comment_link};
use crate::reports::comments::Anchor;
use crate::reports::model::Problem;
use crate::reports::{SaveError, save_error};
use actix_web::http::StatusCode;

/// This form made a comment before.
pub(super) const TWICE: &str =
    "This form was sent already, with another text. To add this one as well, send it again.";
const MEANWHILE: &str = "You changed this comment in another window since. Both texts are below: take over into the form what is to stay, then save again.";

/// Why something was not stored, and how the page says it.
#[derive(Debug)]
pub(super) struct Refused {
    pub(super) status: StatusCode,
    pub(super) problems: Vec<Problem>,
    /// What was pointed out until now, by the ids of the findings.
    pub(super) dismissed: Option<String>,
}

impl Refused {
    pub(super) const fn with(status: StatusCode, problems: Vec<Problem>) -> Self {
        Self {
            status,
            problems,
            dismissed: None,
        }
    }
}

/// Stores what was said; answers where it stands, or what is wrong.
pub(super) async fn said(
    app: &App,
    person: &SignedIn,
    key: ReportKey,
    (form, anchor): (CommentForm, Anchor),
) -> Result<Result<String, Refused>, Error> {
    let (pool, rules, now, who) = (
        app.db.clone(),
        rules(&app.settings),
        app.clock.now(),
        person.0.clone(),
    );
    let dismissed = form.dismissed.clone();
    let outcome = app
        .run_to_end::<Result<i64, SaveError>, Error>(async move {
            let mut conn = pool.get().await?;
            let by = By {
                actor: &who,
                rules,
                now,
            };
            if let Some(id) = form.edited() {
                let edit = Edit {
                    id,
                    text: &form.text,
                    seen: form.edits.trim().parse().ok(),
                    dismissed: &form.dismissed,
                };
                let edited = actions::edit_comment(&mut conn, &by, key, edit).await;
                return Ok(edited.map(|()| id));
            }
            let said = Said {
                anchor: &anchor,
                parent: form.answered(),
                text: &form.text,
                once: form.once.trim().parse().ok(),
                dismissed: &form.dismissed,
            };
            Ok(actions::comment(&mut conn, &by, key, said).await)
        })
        .await?;
    let unsent = StatusCode::UNPROCESSABLE_ENTITY;
    let told = |status, message: &str| {
        let problem = Problem::of("", message);
        Ok(Err(Refused::with(status, vec![problem])))
    };
    match outcome {
        Ok(id) => Ok(Ok(comment_link(key, id))),
        Err(SaveError::Invalid(problems)) => Ok(Err(Refused::with(unsent, problems))),
        Err(SaveError::PointedOut(found)) => Ok(Err(Refused {
            status: unsent,
            problems: vec![Problem::of("text", pointed_out(&found))],
            dismissed: Some(aside(&dismissed, &found)),
        })),
        Err(SaveError::WrongStatus(message)) => told(unsent, message),
        Err(SaveError::KeyReused) => told(unsent, TWICE),
        Err(SaveError::Stale { .. }) => told(StatusCode::CONFLICT, MEANWHILE),
        Err(error) => Err(save_error(error)),
    }
}
