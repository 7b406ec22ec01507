//! Signing in and out.

use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::{Either, HttpRequest, web};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{Field, no_session_cookie, opening, session_cookie};
use crate::accounts::actions::{self, Attempt};
use crate::accounts::extract::session_of;
use crate::accounts::model::EmailAddress;
use crate::accounts::password::{self, Verdict};
use crate::accounts::store::Failure;
use crate::platform::app::App;
use crate::platform::http::real_ip::client_address;
use crate::platform::http::{
    Error, Flash, Form, Lane, Page, PageError, Query, Redirect, local_path,
};
use crate::platform::secret::Secret;

/// Why the sign-in form is shown again; the same for an unknown address and a wrong password.
pub(super) const REFUSED: &str =
    "The e-mail address and the password do not match an account here.";

/// Where to go after signing in.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Next {
    #[serde(default)]
    next: String,
}

#[derive(Serialize)]
struct View<'a> {
    next: &'a str,
    problem: Option<&'a str>,
    /// Whether there is nobody yet who could sign in.
    not_set_up: bool,
    oidc: Option<()>,
    form: Fields,
}

#[derive(Serialize)]
struct Fields {
    email: Field,
    password: Field,
}

fn page(email: &str, next: &str, problem: Option<&str>) -> Page {
    draw(email, next, problem, false)
}

fn draw(email: &str, next: &str, problem: Option<&str>, not_set_up: bool) -> Page {
    let form = Fields {
        email: Field::typed(email),
        password: Field::default(),
    };
    Page::new(
        "sign_in",
        "Sign in",
        json!(View {
            next,
            problem,
            not_set_up,
            oidc: None,
            form,
        }),
    )
}

/// Only addresses on this site are taken along.
fn safe(next: &str) -> &str {
    local_path(next).unwrap_or("/")
}

pub(super) async fn show(
    request: HttpRequest,
    app: web::Data<App>,
    query: Query<Next>,
) -> Result<Either<Page, Redirect>, PageError> {
    let next = safe(&query.next);
    if session_of(&request)?.is_some() {
        return Ok(Either::Right(Redirect::to(next)));
    }
    let mut conn = app.db.get().await.map_err(Failure::from)?;
    let not_set_up = !actions::anybody(&mut conn).await?;
    Ok(Either::Left(draw("", next, None, not_set_up)))
}

/// What was typed. No field is missing in a form of ours; a missing one is an empty one.
#[derive(Deserialize)]
pub(super) struct SignIn {
    #[serde(default)]
    email: String,
    #[serde(default)]
    password: Secret,
    #[serde(default)]
    next: String,
}

pub(super) async fn submit(
    request: HttpRequest,
    app: web::Data<App>,
    form: Form<SignIn>,
) -> Result<Either<Page, Redirect>, PageError> {
    let Form(SignIn {
        email,
        password,
        next,
    }) = form;
    let next = safe(&next);
    let refused = || {
        let page = page(&email, next, Some(REFUSED));
        Ok(Either::Left(
            page.with_status(StatusCode::UNPROCESSABLE_ENTITY),
        ))
    };
    let Ok(address) = EmailAddress::parse(&email) else {
        return refused();
    };
    let (proof, attempt) = match prove(&request, &app, &address, password).await {
        Err(PageError(Error::TooMany(wait))) => {
            return Ok(Either::Left(too_many(&email, next, wait)));
        }
        proved => proved?,
    };
    let Some(proof) = proof else {
        return refused();
    };
    let mut opening = opening(&request, &app, proof.person);
    opening.attempt = Some(attempt);
    if proof.outdated {
        let hash = move || password::hash_again(proof.password.expose());
        opening.rehashed = Some(app.blocking(Lane::Hash, hash).await?);
    }
    let (db, now) = (app.db.clone(), app.clock.now());
    let secret = app
        .run_to_end(async move {
            let mut conn = db.get().await?;
            actions::open_session(&mut conn, now, opening).await
        })
        .await?;
    let cookie = session_cookie(&app.settings, &secret);
    Ok(Either::Right(Redirect::to(next).with_cookie(cookie)))
}

/// The form again, to be sent once the time is over.
fn too_many(email: &str, next: &str, wait: Duration) -> Page {
    let seconds = wait.as_secs().max(1);
    let time = if seconds > 90 {
        format!("{} minutes", seconds.div_ceil(60))
    } else {
        format!("{seconds} seconds")
    };
    let problem = format!("Too many attempts. Try again in {time}.");
    page(email, next, Some(&problem))
        .with_status(StatusCode::TOO_MANY_REQUESTS)
        .with_retry_after(wait)
}

/// Somebody who knows the password of an account that works.
pub(super) struct Proof {
    pub(super) person: crate::platform::ids::PersonId,
    pub(super) password: Secret,
    pub(super) outdated: bool,
}

/// Counts the attempt, then compares. No connection is held while hashing.
pub(super) async fn prove(
    request: &HttpRequest,
    app: &App,
    email: &EmailAddress,
    password: Secret,
) -> Result<(Option<Proof>, Attempt), PageError> {
    let mut conn = app.db.get().await.map_err(Failure::from)?;
    let address = client_address(request);
    let attempt = actions::begin_attempt(&mut conn, app.clock.now(), address, email).await?;
    let credentials = actions::credentials(&mut conn, email).await?;
    drop(conn);
    let (stored, given) = (credentials.stored, password.clone());
    let compare =
        move || password::verify(given.expose(), stored.as_ref().map(|s| s.expose().as_str()));
    let verdict = app.blocking(Lane::Hash, compare).await?;
    let proof = match (verdict, credentials.person) {
        (Verdict::Right { outdated }, Some(person)) => Some(Proof {
            person,
            password,
            outdated,
        }),
        (Verdict::Right { .. } | Verdict::Wrong, person) => {
            tracing::info!(person = person.map(|person| person.0), client = ?address, "sign-in refused");
            None
        }
    };
    Ok((proof, attempt))
}

/// The form of a button carries nothing but the token.
#[derive(Deserialize)]
pub(super) struct Nothing {}

pub(super) async fn sign_out(
    request: HttpRequest,
    app: web::Data<App>,
    _form: Form<Nothing>,
) -> Result<Redirect, PageError> {
    if let Some(session) = session_of(&request)? {
        let mut conn = app.db.get().await.map_err(Failure::from)?;
        actions::end_session(&mut conn, session.member.id, &session.fingerprint).await?;
    }
    Ok(gone(&app))
}

pub(super) async fn sign_out_everywhere(
    request: HttpRequest,
    app: web::Data<App>,
    _form: Form<Nothing>,
) -> Result<Redirect, PageError> {
    if let Some(session) = session_of(&request)? {
        let mut conn = app.db.get().await.map_err(Failure::from)?;
        actions::end_all_sessions(&mut conn, session.member.id).await?;
    }
    Ok(gone(&app))
}

fn gone(app: &App) -> Redirect {
    Redirect::to("/sign-in")
        .with_cookie(no_session_cookie(&app.settings))
        .with_flash(Flash::SignedOut)
        .clearing_cache()
}
