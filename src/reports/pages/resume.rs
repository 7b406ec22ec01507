//! A session that ended in the middle of writing: signing in leads back to the form, with everything that was typed.

use super::form::EditForm;
use super::form_page::{Desk, Notice};
use super::read::key;
use super::write::{desk, editable, may_create};
use crate::accounts::pages::{Again, Credentials, sign_in_again, sign_in_again_page};
use crate::accounts::{SignedIn, Writer};
use crate::platform::app::App;
use crate::platform::http::{Page, PageError, Trouble, Typed};
use crate::platform::ids::ReportKey;
use actix_web::http::StatusCode;
use actix_web::{HttpRequest, web};
use serde::Deserialize;

/// What was typed, and who says to have typed it.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Resumed {
    /// The key of the report, or nothing for a new one.
    report: String,
    #[serde(flatten)]
    credentials: Credentials,
    #[serde(flatten)]
    form: EditForm,
}

/// The answer to a form that came without a session. Nothing is looked up and nothing is changed.
pub(super) fn signed_out(report: Option<ReportKey>, form: &EditForm) -> Page {
    let report = report.map(|key| key.to_string()).unwrap_or_default();
    asked(&report, form, "", None).with_status(StatusCode::UNAUTHORIZED)
}

fn asked(report: &str, form: &EditForm, email: &str, problem: Option<&str>) -> Page {
    let mut kept = vec![("report", report)];
    kept.extend(form.carried());
    sign_in_again_page("/reports/resume", &kept, email, problem)
}

/// `POST /reports/resume`: signs in and shows the form again. Nothing is saved.
pub async fn resume(
    request: HttpRequest,
    app: web::Data<App>,
    writer: Writer,
    typed: Typed<Resumed>,
) -> Result<Page, PageError> {
    let sound = !matches!(typed, Typed::Unsound(_, Trouble::Token));
    let Resumed {
        report,
        credentials,
        form,
    } = typed.shown();
    let ask = |status: StatusCode, problem: &str| {
        asked(&report, &form, &credentials.email, Some(problem)).with_status(status)
    };
    let (person, cookie) = match writer.known()? {
        // Signed in meanwhile, in another window.
        Some(person) => (person, None),
        None if !sound => {
            let problem = "Your session changed; nothing was lost: sign in once more.";
            return Ok(ask(StatusCode::FORBIDDEN, problem));
        }
        None => match sign_in_again(&request, &app, &credentials).await? {
            Again::In(signed_in) => {
                let (person, cookie) = *signed_in;
                (person, Some(cookie))
            }
            Again::Refused(status, problem) => return Ok(ask(status, &problem)),
        },
    };
    let page = filled(&app, &person, &report, &form).await?;
    let page = if sound {
        page
    } else {
        page.with_status(StatusCode::FORBIDDEN)
    };
    Ok(match cookie {
        Some(cookie) => page.with_cookie(cookie),
        None => page,
    })
}

/// The form as it was left.
async fn filled(
    app: &App,
    person: &SignedIn,
    report: &str,
    form: &EditForm,
) -> Result<Page, PageError> {
    let notice = Some(Notice::saying(
        "You are signed in again. Look it over, then save.",
    ));
    if report.is_empty() {
        may_create(app, person)?;
        let desk = desk(app, person, None);
        return Ok(Desk { notice, ..desk }.page(form, &[], None));
    }
    let opened = editable(app, person, key(report)?).await?;
    let desk = desk(app, person, Some(&opened));
    Ok(Desk { notice, ..desk }.page(form, &[], None))
}
