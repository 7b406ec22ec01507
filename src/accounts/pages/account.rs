//! One's own account: name, password, and where one is signed in.

use actix_web::http::StatusCode;
use actix_web::{Either, HttpRequest, web};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::sign_in::prove;
use super::{Field, browser, no_session_cookie, opening, session_cookie};
use crate::accounts::actions::{self, CurrentSession};
use crate::accounts::extract::{limits, session_of};
use crate::accounts::model::{EmailAddress, Name};
use crate::accounts::password::NewPassword;
use crate::accounts::store::Failure;
use crate::platform::app::App;
use crate::platform::http::{Error, Flash, Form, Lane, Page, PageError, Redirect};
use crate::platform::secret::{Secret, to_hex};

#[derive(Serialize)]
struct View {
    account: Account,
    form: Fields,
    sessions: Vec<SessionView>,
}

#[derive(Serialize)]
struct Account {
    email: String,
    role: &'static str,
    since_at: String,
    since: String,
    has_password: bool,
}

#[derive(Default, Serialize)]
struct Fields {
    name: Option<Field>,
    current_password: Field,
    new_password: Field,
}

impl Fields {
    fn has_problem(&self) -> bool {
        let name = self
            .name
            .as_ref()
            .is_some_and(|name| name.problem.is_some());
        name || self.current_password.problem.is_some() || self.new_password.problem.is_some()
    }
}

#[derive(Serialize)]
struct SessionView {
    id: String,
    client: String,
    /// Addresses are not kept.
    address: &'static str,
    current: bool,
    last_used_at: String,
    last_used: String,
    since_at: String,
    since: String,
}

fn for_people(time: Timestamp) -> String {
    time.strftime("%-d %b %Y, %H:%M UTC").to_string()
}

fn session(request: &HttpRequest) -> Result<CurrentSession, Error> {
    session_of(request)?.ok_or(Error::Unauthenticated)
}

/// The page, with what is wrong with the form that was sent, if any.
async fn page(app: &App, session: &CurrentSession, mut form: Fields) -> Result<Page, Error> {
    let mut conn = app.db.get().await.map_err(Failure::from)?;
    let person = actions::person(&mut conn, session.member.id).await?;
    let person = person.ok_or(Error::Unauthenticated)?;
    let (now, limits) = (app.clock.now(), limits(&app.settings));
    let sessions = actions::sessions(&mut conn, person.id, now, limits).await?;
    let here = to_hex(&session.fingerprint);
    let line = |one: actions::SessionSummary| SessionView {
        current: one.id == here,
        id: one.id,
        client: browser::words(&one.user_agent),
        address: "",
        last_used_at: one.last_used_at.to_string(),
        last_used: for_people(one.last_used_at),
        since_at: one.created_at.to_string(),
        since: for_people(one.created_at),
    };
    let status = if form.has_problem() {
        StatusCode::UNPROCESSABLE_ENTITY
    } else {
        StatusCode::OK
    };
    form.name.get_or_insert_with(|| Field::typed(&person.name));
    let account = Account {
        email: person.email,
        role: person.role.label(),
        since_at: person.created_at.to_string(),
        since: for_people(person.created_at),
        has_password: true,
    };
    let view = View {
        account,
        form,
        sessions: sessions.into_iter().map(line).collect(),
    };
    Ok(Page::new("account", "Your account", json!(view)).with_status(status))
}

pub(super) async fn show(request: HttpRequest, app: web::Data<App>) -> Result<Page, PageError> {
    let session = session(&request)?;
    Ok(page(&app, &session, Fields::default()).await?)
}

#[derive(Deserialize)]
pub(super) struct Rename {
    #[serde(default)]
    name: String,
}

pub(super) async fn rename(
    request: HttpRequest,
    app: web::Data<App>,
    form: Form<Rename>,
) -> Result<Either<Page, Redirect>, PageError> {
    let session = session(&request)?;
    match Name::parse(&form.name) {
        Ok(name) => {
            let mut conn = app.db.get().await.map_err(Failure::from)?;
            actions::rename(&mut conn, session.member.id, &name).await?;
            Ok(Either::Right(
                Redirect::to("/account").with_flash(Flash::Saved),
            ))
        }
        Err(error) => {
            let problem = Some(error.to_string());
            let name = Some(Field {
                value: form.name.clone(),
                problem,
            });
            Ok(Either::Left(
                page(
                    &app,
                    &session,
                    Fields {
                        name,
                        ..Fields::default()
                    },
                )
                .await?,
            ))
        }
    }
}

#[derive(Deserialize)]
pub(super) struct ChangePassword {
    #[serde(default)]
    current_password: Secret,
    #[serde(default)]
    new_password: Secret,
}

pub(super) async fn change_password(
    request: HttpRequest,
    app: web::Data<App>,
    form: Form<ChangePassword>,
) -> Result<Either<Page, Redirect>, PageError> {
    let session = session(&request)?;
    let (email, name) = own(&app, &session).await?;
    let password = match NewPassword::parse(form.new_password.expose(), &email, &name) {
        Ok(password) => password,
        Err(error) => {
            let fields = Fields {
                new_password: Field::wrong(error),
                ..Fields::default()
            };
            return Ok(Either::Left(page(&app, &session, fields).await?));
        }
    };
    let (proof, attempt) = prove(&request, &app, &email, form.current_password.clone()).await?;
    if proof.is_none() {
        let current_password = Field::wrong("This is not your current password.");
        let fields = Fields {
            current_password,
            ..Fields::default()
        };
        return Ok(Either::Left(page(&app, &session, fields).await?));
    }
    let hashed = app.blocking(Lane::Hash, move || password.hash()).await?;
    let mut opening = opening(&request, &app, session.member.id);
    opening.attempt = Some(attempt);
    let (db, now) = (app.db.clone(), app.clock.now());
    let secret = app
        .run_to_end(async move {
            let mut conn = db.get().await?;
            actions::replace_password(&mut conn, now, &session.member, &hashed, opening).await
        })
        .await?;
    let cookie = session_cookie(&app.settings, &secret);
    Ok(Either::Right(
        Redirect::to("/account")
            .with_cookie(cookie)
            .with_flash(Flash::Saved),
    ))
}

/// The address and name as stored, for judging a new password.
async fn own(app: &App, session: &CurrentSession) -> Result<(EmailAddress, Name), Error> {
    let mut conn = app.db.get().await.map_err(Failure::from)?;
    let person = actions::person(&mut conn, session.member.id).await?;
    let person = person.ok_or(Error::Unauthenticated)?;
    let email = EmailAddress::parse(&person.email).map_err(Error::internal)?;
    let name = Name::parse(&person.name).map_err(Error::internal)?;
    Ok((email, name))
}

#[derive(Deserialize)]
pub(super) struct Revoke {
    #[serde(default)]
    session: String,
}

pub(super) async fn revoke(
    request: HttpRequest,
    app: web::Data<App>,
    form: Form<Revoke>,
) -> Result<Redirect, PageError> {
    let session = session(&request)?;
    let mut conn = app.db.get().await.map_err(Failure::from)?;
    actions::end_own_session(&mut conn, session.member.id, &form.session).await?;
    if form.session == to_hex(&session.fingerprint) {
        return Ok(Redirect::to("/sign-in").with_cookie(no_session_cookie(&app.settings)));
    }
    Ok(Redirect::to("/account").with_flash(Flash::Saved))
}
