//! Requests that change something must come from our own pages.
//!
//! Three walls: the session cookie is `SameSite=Lax`; `Origin` and `Sec-Fetch-Site`, when the
//! client sends them, must name this site ([`guard`], on every mutating request); and every form
//! carries a token that only our pages know. The last cannot be forgotten: [`super::Form`],
//! [`super::Typed`] and [`super::Upload`] are the only ways to read a form, and all call [`check`].
//!
//! Before signing in there is no session to tie the token to, so a random cookie takes its place
//! (double submit). Tokens are masked anew on every page: the page is compressed, and a secret
//! that repeats in a compressed page can be guessed from its size (BREACH).
//!
//! Under `/api/` cookies are removed from mutating requests and from those with `Authorization`:
//! programs identify themselves by token, so there is nothing for a foreign page to ride on.

use actix_web::HttpRequest;
use actix_web::body::{BoxBody, MessageBody};
use actix_web::cookie::{Cookie, SameSite};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::{Method, header};
use actix_web::middleware::Next;
use url::Url;

use super::page::{Viewer, site};
use super::{Error, dressed};
use crate::platform::app::{Settings, Site};
use crate::platform::secret::{self, Secret};
use actix_web::{HttpMessage, web};

/// The header that carries the token when a script sends the request.
pub const HEADER: &str = "x-csrf-token";

/// The form field that carries the token.
pub const FIELD: &str = "csrf";

/// The secret that the forms of one visitor are tied to.
pub(crate) struct FormKey {
    secret: Secret,
    fresh: bool,
}

impl FormKey {
    /// The session's secret, or the visitor's cookie, or a new one for a cookie to come.
    pub(crate) fn of(request: &HttpRequest, viewer: Option<&Viewer>, secure: bool) -> Self {
        if let Some(secret) = known(request, viewer, secure) {
            return Self {
                secret,
                fresh: false,
            };
        }
        let random = secret::random_secret().map(|bytes| secret::to_hex(&bytes));
        Self {
            // Without randomness there is no token, and every form is refused.
            secret: Secret::new(random.unwrap_or_default()),
            fresh: true,
        }
    }

    pub(crate) fn secret(&self) -> &str {
        self.secret.expose()
    }

    /// The cookie to set if a form relies on it.
    pub(crate) fn cookie(&self, secure: bool) -> Option<Cookie<'static>> {
        self.fresh.then(|| {
            Cookie::build(cookie_name(secure), self.secret.expose().clone())
                .path("/")
                .http_only(true)
                .secure(secure)
                .same_site(SameSite::Lax)
                .finish()
        })
    }
}

const fn cookie_name(secure: bool) -> &'static str {
    if secure {
        "__Host-hansei-form"
    } else {
        "hansei-form"
    }
}

fn known(request: &HttpRequest, viewer: Option<&Viewer>, secure: bool) -> Option<Secret> {
    if let Some(viewer) = viewer {
        return Some(viewer.csrf_token.clone());
    }
    let cookie = request.cookie(cookie_name(secure))?;
    let plausible = cookie.value().len() == 64 && secret::from_hex(cookie.value()).is_some();
    plausible.then(|| Secret::new(cookie.value().to_owned()))
}

/// The token for a page: a random pad, then the secret under that pad, in hexadecimal.
pub(crate) fn mask(secret: &str) -> Result<String, Error> {
    let mut bytes = vec![0; secret.len()];
    secret::fill_random(&mut bytes)?;
    let covered: Vec<u8> = bytes
        .iter()
        .zip(secret.bytes())
        .map(|(pad, byte)| pad ^ byte)
        .collect();
    bytes.extend(covered);
    Ok(secret::to_hex(&bytes))
}

fn unmask(token: &str) -> Option<Vec<u8>> {
    let bytes = secret::from_hex(token)?;
    let (pad, covered) = bytes.split_at_checked(bytes.len() / 2)?;
    (pad.len() == covered.len()).then(|| {
        pad.iter()
            .zip(covered)
            .map(|(pad, byte)| pad ^ byte)
            .collect()
    })
}

/// Compares the token of a form (or of the header) with the visitor's secret.
pub fn check(request: &HttpRequest, field: Option<&str>) -> Result<(), Error> {
    super::page::identified(request)?;
    let secure = site(request)?.settings.is_https();
    let expected = known(request, request.extensions().get::<Viewer>(), secure);
    let header = request
        .headers()
        .get(HEADER)
        .and_then(|value| value.to_str().ok());
    let given = field.or(header).and_then(unmask);
    match (expected, given) {
        (Some(expected), Some(given))
            if !given.is_empty() && secret::same(expected.expose().as_bytes(), &given) =>
        {
            Ok(())
        }
        _ => Err(Error::Forbidden(
            "This form is from another session, or did not come from this site, so nothing was changed. \
             Open the page it is on once more and send it from there."
                .into(),
        )),
    }
}

/// Whether a method may change something.
pub(crate) fn is_mutating(method: &Method) -> bool {
    !matches!(
        *method,
        Method::GET | Method::HEAD | Method::OPTIONS | Method::TRACE
    )
}

/// Middleware: refuses mutating requests that a browser says come from elsewhere, and takes the
/// cookies off API requests that must not use them.
pub async fn guard(
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let mutating = is_mutating(request.method());
    let has_bearer = request.headers().contains_key(header::AUTHORIZATION);
    if request.path().starts_with("/api/") && (mutating || has_bearer) {
        request.headers_mut().remove(header::COOKIE);
    }
    if mutating && let Err(error) = same_site(request.request()) {
        let error = dressed(request.request(), error);
        return Ok(request.error_response(error));
    }
    Ok(next.call(request).await?.map_into_boxed_body())
}

fn same_site(request: &HttpRequest) -> Result<(), Error> {
    let refused = |why: &'static str| {
        metrics::counter!("hansei_csrf_refused_total").increment(1);
        tracing::warn!(
            reason = why,
            path = request.path(),
            "request from elsewhere refused"
        );
        Error::Forbidden("This request came from another site, so it was not carried out.".into())
    };
    if let Some(value) = request.headers().get("sec-fetch-site")
        && !matches!(value.as_bytes(), b"same-origin" | b"none")
    {
        return Err(refused("sec-fetch-site"));
    }
    let Some(origin) = request.headers().get(header::ORIGIN) else {
        return Ok(());
    };
    let site: &web::Data<Site> = site(request)?;
    let host = request
        .headers()
        .get(header::HOST)
        .map(header::HeaderValue::as_bytes);
    match origin.to_str() {
        Ok(origin) if is_ours(origin, host, &site.settings) => Ok(()),
        _ => Err(refused("origin")),
    }
}

/// The configured origin; for a site on this machine also the name it was called by just now
/// (`localhost` or `127.0.0.1`), which the host check has already found to be this machine.
fn is_ours(origin: &str, host: Option<&[u8]>, settings: &Settings) -> bool {
    if origin == settings.public_url.origin().ascii_serialization() {
        return true;
    }
    let Ok(url) = Url::parse(origin) else {
        return false;
    };
    let asked = origin
        .split_once("://")
        .map(|(_scheme, authority)| authority.as_bytes());
    settings.is_loopback() && Settings::new(url).is_loopback() && asked.is_some() && asked == host
}
