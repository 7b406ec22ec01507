//! The pages of accounts: signing in and out, the first set-up, and one's own account.

mod account;
mod browser;
mod set_up;
mod sign_in;
mod sign_in_again;
mod teams;

pub use sign_in_again::{Again, Credentials, sign_in_again, sign_in_again_page, signed_in_again};

use actix_web::cookie::{Cookie, SameSite};
use actix_web::http::header;
use actix_web::web::{self, ServiceConfig};
use actix_web::{HttpRequest, cookie};
use serde::Serialize;

use super::actions::Opening;
use super::extract::{limits, session_of};
use super::session::cookie_name;
use crate::platform::app::{App, Settings};
use crate::platform::http::nothing_else;
use crate::platform::ids::PersonId;
use crate::platform::secret::Secret;

/// The routes of this feature.
pub fn routes(config: &mut ServiceConfig) {
    config
        .service(
            web::resource("/sign-in")
                .route(web::get().to(sign_in::show))
                .route(web::post().to(sign_in::submit)),
        )
        .service(web::resource("/sign-out").route(web::post().to(sign_in::sign_out)))
        .service(
            web::resource("/sign-out-everywhere")
                .route(web::post().to(sign_in::sign_out_everywhere)),
        )
        .service(
            web::resource("/set-up")
                .route(web::get().to(set_up::show))
                .route(web::post().to(set_up::submit)),
        )
        .service(
            web::resource("/account")
                .route(web::get().to(account::show))
                .route(web::post().to(account::rename)),
        )
        .service(web::resource("/account/password").route(web::post().to(account::change_password)))
        .service(web::resource("/account/sessions/revoke").route(web::post().to(account::revoke)))
        .service(
            web::resource("/account/sessions/revoke-all")
                .route(web::post().to(sign_in::sign_out_everywhere)),
        )
        .service(
            web::scope("/admin/teams")
                .route("", web::get().to(teams::list))
                .route("", web::post().to(teams::add))
                .route("/{team}", web::get().to(teams::show))
                .route("/{team}", web::post().to(teams::change))
                .service(nothing_else()),
        );
}

/// A field of a form as the templates have it: what was typed, and what to do about it.
#[derive(Debug, Default, Serialize)]
struct Field {
    value: String,
    problem: Option<String>,
}

impl Field {
    fn typed(value: &str) -> Self {
        Self {
            value: value.to_owned(),
            problem: None,
        }
    }

    /// For fields whose text is not sent back.
    fn wrong(problem: impl ToString) -> Self {
        Self {
            value: String::new(),
            problem: Some(problem.to_string()),
        }
    }
}

/// The cookie of a new session. It outlives the browser, so that a restart in the middle of an incident signs nobody
/// out; when the session ends is decided on the server.
fn session_cookie(settings: &Settings, secret: &Secret) -> Cookie<'static> {
    let mut cookie = build_cookie(settings, secret.expose().clone());
    let seconds = i64::try_from(settings.session_absolute.as_secs()).unwrap_or(i64::MAX);
    cookie.set_max_age(cookie::time::Duration::seconds(seconds));
    cookie
}

/// The cookie that takes the session's cookie away.
fn no_session_cookie(settings: &Settings) -> Cookie<'static> {
    let mut cookie = build_cookie(settings, String::new());
    cookie.set_max_age(cookie::time::Duration::ZERO);
    cookie
}

fn build_cookie(settings: &Settings, value: String) -> Cookie<'static> {
    let secure = settings.is_https();
    Cookie::build(cookie_name(secure), value)
        .path("/")
        .http_only(true)
        .secure(secure)
        .same_site(SameSite::Lax)
        .finish()
}

/// A session for this browser, in place of the one it has.
fn opening(request: &HttpRequest, app: &App, person: PersonId) -> Opening {
    let agent = request
        .headers()
        .get(header::USER_AGENT)
        .and_then(|value| value.to_str().ok());
    let mut opening = Opening::new(person, agent.unwrap_or_default(), limits(&app.settings));
    let present = session_of(request).ok().flatten();
    opening.replaces = present.map(|session| session.fingerprint);
    opening
}
