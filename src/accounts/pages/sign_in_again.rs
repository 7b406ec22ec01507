//! Signing in again in the middle of writing: what was typed is carried through the form of the password.

use actix_web::cookie::Cookie;
use actix_web::http::StatusCode;
use actix_web::{HttpMessage as _, HttpRequest};
use serde::Deserialize;
use serde_json::json;

use super::sign_in::{REFUSED, prove};
use super::{opening, session_cookie};
use crate::accounts::actions;
use crate::accounts::extract::{SignedIn, Writer, limits, viewer};
use crate::accounts::model::{Actor, EmailAddress};
use crate::accounts::password;
use crate::accounts::store::Failure;
use crate::platform::app::App;
use crate::platform::http::{Error, Lane, Page, PageError};
use crate::platform::secret::Secret;

/// What somebody who signs in again types.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Credentials {
    /// The address.
    pub email: String,
    /// The password.
    pub password: Secret,
}

/// How signing in again went.
#[derive(Debug)]
pub enum Again {
    /// The request is this person's from here on; the cookie, if the session is a new one, makes the next ones theirs.
    In(Box<(SignedIn, Option<Cookie<'static>>)>),
    /// Not, for this reason.
    Refused(StatusCode, String),
}

/// The page that asks for the password and sends the hidden fields `kept` along to `action`.
pub fn sign_in_again_page(
    action: &str,
    kept: &[(&str, &str)],
    email: &str,
    problem: Option<&str>,
) -> Page {
    let kept: Vec<_> = kept
        .iter()
        .map(|(name, value)| json!({ "name": name, "value": value }))
        .collect();
    let view = json!({
        "action": action,
        "kept": kept,
        "problem": problem,
        "form": {
            "email": { "value": email, "problem": null },
            "password": { "value": "", "problem": null },
        },
    });
    Page::new("sign_in_again", "Sign in again", view)
}

/// Who goes on with a form that was carried along: whoever has signed in meanwhile, in another window, or who signs in with
/// it. `is_sound`: the form's token fits.
pub async fn sign_in_again(
    request: &HttpRequest,
    app: &App,
    (writer, is_sound): (Writer, bool),
    credentials: &Credentials,
) -> Result<Again, Error> {
    match writer.known()? {
        Some(person) => Ok(Again::In(Box::new((person, None)))),
        None if is_sound => open(request, app, credentials).await,
        None => {
            let problem = "Your session changed; nothing was lost: sign in once more.";
            Ok(Again::Refused(StatusCode::FORBIDDEN, problem.to_owned()))
        }
    }
}

/// The page on which they go on.
pub fn signed_in_again(page: Page, is_sound: bool, cookie: Option<Cookie<'static>>) -> Page {
    let page = if is_sound {
        page
    } else {
        page.with_status(StatusCode::FORBIDDEN)
    };
    match cookie {
        Some(cookie) => page.with_cookie(cookie),
        None => page,
    }
}

/// Opens a session within a request that does something else as well. The form's token has been checked.
async fn open(request: &HttpRequest, app: &App, credentials: &Credentials) -> Result<Again, Error> {
    let refused = || Again::Refused(StatusCode::UNPROCESSABLE_ENTITY, REFUSED.to_owned());
    let Ok(address) = EmailAddress::parse(&credentials.email) else {
        return Ok(refused());
    };
    let (proof, attempt) = match prove(request, app, &address, credentials.password.clone()).await {
        Ok(proved) => proved,
        Err(PageError(error @ Error::TooMany(_))) => {
            return Ok(Again::Refused(error.status(), error.to_string()));
        }
        Err(PageError(error)) => return Err(error),
    };
    let Some(proof) = proof else {
        return Ok(refused());
    };
    let mut opening = opening(request, app, proof.person);
    opening.attempt = Some(attempt);
    if proof.outdated {
        let hash = move || password::hash_again(proof.password.expose());
        opening.rehashed = Some(app.blocking(Lane::Hash, hash).await?);
    }
    let (db, now) = (app.db.clone(), app.clock.now());
    let secret = app
        .run_to_end::<_, Error>(async move {
            let mut conn = db.get().await?;
            Ok(actions::open_session(&mut conn, now, opening).await?)
        })
        .await?;
    let mut conn = app.db.get().await.map_err(Failure::from)?;
    let limits = limits(&app.settings);
    let session = actions::current_session(&mut conn, secret.expose(), now, limits).await?;
    let Some(session) = session else {
        return Ok(refused());
    };
    let person = SignedIn(Actor::Person(session.member.clone()));
    let mut extensions = request.extensions_mut();
    extensions.insert(viewer(&session));
    extensions.insert(session);
    let cookie = session_cookie(&app.settings, &secret);
    Ok(Again::In(Box::new((person, Some(cookie)))))
}
