//! A session that ended in the middle of writing: signing in leads back to the form, with everything that was typed.

use super::form::EditForm;
use super::form_page::{Desk, Notice, Said};
use super::opened::editable;
use super::read::key;
use super::write::{desk, may_create};
use crate::accounts::pages::{
    Again, Credentials, sign_in_again, sign_in_again_page, signed_in_again,
};
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
    let again = sign_in_again(&request, &app, (writer, sound), &credentials).await?;
    let (person, cookie) = match again {
        Again::In(signed_in) => *signed_in,
        Again::Refused(status, problem) => {
            let page = asked(&report, &form, &credentials.email, Some(&problem));
            return Ok(page.with_status(status));
        }
    };
    let page = Box::pin(filled(&app, &person, &report, &form)).await?;
    Ok(signed_in_again(page, sound, cookie))
}

/// The form as it was left: drawn from what was sent, and kept nowhere else.
async fn filled(
    app: &App,
    person: &SignedIn,
    report: &str,
    form: &EditForm,
) -> Result<Page, PageError> {
    let form = &EditForm {
        r#do: "resume".to_owned(),
        ..form.clone()
    };
    let notice = Some(Notice::saying(
        "You are signed in again. Look it over, then save.",
    ));
    if report.is_empty() {
        may_create(app, person)?;
        let desk = desk(app, person, None);
        let desk = Desk { notice, ..desk };
        return Ok(desk.page(form, Said::default()).await?);
    }
    let opened = editable(app, person, key(report)?).await?;
    let desk = desk(app, person, Some(&opened));
    let desk = Desk { notice, ..desk };
    Ok(desk.page(form, Said::default()).await?)
}
