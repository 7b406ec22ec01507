//! Turns errors into answers: a page with a way back, or problem+json.

use std::fmt;

use actix_web::body::{BoxBody, MessageBody};
use actix_web::cookie::Cookie;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::{Method, StatusCode, header};
use actix_web::middleware::Next;
use actix_web::{HttpRequest, HttpResponse, ResponseError};
use serde_json::{Value, json};

use super::form::{self, Kept};
use super::page::{Surroundings, site};
use super::problem::Problem;
use super::{ApiError, Error, PageError, headers, local_path, server};
use crate::platform::app::Site;
use crate::platform::causes::with_causes;

/// Fields of a form that nobody typed.
const UNSEEN: [&str; 6] = ["base_revision", "do", "layout", "once", "report", "sealed"];

/// What drawing an error needs to know about the request, taken out of it before a handler gets
/// it: after a panic the request is gone.
#[derive(Debug)]
pub(super) struct Facts {
    around: Surroundings,
    for_programs: bool,
    is_get: bool,
    target: String,
    back: Option<String>,
    /// Filled once the form of the request has been read.
    kept: Kept,
}

impl Facts {
    pub(super) fn of(request: &HttpRequest) -> Self {
        let target = request.uri().path_and_query();
        Self {
            around: Surroundings::of(request),
            for_programs: super::error::is_for_programs(request.path()),
            is_get: matches!(*request.method(), Method::GET | Method::HEAD),
            target: target.map_or("/", |target| target.as_str()).to_owned(),
            back: back(request),
            kept: form::kept(request),
        }
    }

    /// A complete answer, for when the layers that would complete it are gone.
    pub(super) fn finished(&self, site: &Site, error: Error) -> Finished {
        let mut answer = self.answer(site, &error, self.for_programs);
        let headers = answer.headers_mut();
        let situation = headers::Situation {
            https: site.settings.is_https(),
            signed_in: true,
        };
        headers::set(headers, situation);
        server::set_id(headers, self.around.request_id());
        let parts = answer.headers().clone();
        let body = answer.into_body().try_into_bytes().unwrap_or_default();
        Finished {
            status: error.status(),
            headers: parts,
            body,
        }
    }

    /// The answer to a request that failed with `error`, whose cause is logged here.
    fn answer(&self, site: &Site, error: &Error, for_programs: bool) -> HttpResponse {
        log(error, self.around.request_id());
        let mut response = if for_programs {
            problem_json(error, self.around.request_id())
        } else if matches!(error, Error::Unauthenticated) {
            self.to_sign_in()
        } else {
            self.page(site, error)
        };
        if let Some(seconds) = error.retry_after() {
            response
                .headers_mut()
                .insert(header::RETRY_AFTER, seconds.into());
        }
        response
    }

    /// Sends people to sign in and, if they were only looking, back again.
    fn to_sign_in(&self) -> HttpResponse {
        let location = self.sign_in_link();
        // A script would follow a redirect and put the whole page into a corner of the old one.
        if self.around.wants_fragment() {
            return HttpResponse::Unauthorized()
                .insert_header(("hx-redirect", location))
                .finish();
        }
        HttpResponse::SeeOther()
            .insert_header((header::LOCATION, location))
            .finish()
    }

    fn sign_in_link(&self) -> String {
        let next = local_path(&self.target).filter(|_| self.is_get);
        let query = next.and_then(|next| serde_urlencoded::to_string([("next", next)]).ok());
        query.map_or("/sign-in".to_owned(), |query| format!("/sign-in?{query}"))
    }

    fn page(&self, site: &Site, error: &Error) -> HttpResponse {
        let status = error.status();
        let detail = error.advice();
        let advice: Vec<_> = error.fields().iter().map(ToString::to_string).collect();
        let may_sign_in = !self.around.is_signed_in()
            && matches!(error, Error::NotFound(_) | Error::Forbidden(_));
        let view = json!({
            "status": status.as_u16(),
            "code": error.code(),
            "title": error.title(),
            "message": if advice.is_empty() { &detail } else { "" },
            "advice": advice,
            "request_id": self.around.request_id(),
            "back_link": self.back,
            "sign_in_link": may_sign_in.then(|| self.sign_in_link()),
            "kept": self.kept_fields(),
            "token": self.kept.borrow().token,
            "again": error.may_pass().then_some(&self.target),
        });
        let (html, cookies) = match self.around.draw(site, "error", error.title(), view) {
            Ok(drawn) => (drawn.html, drawn.cookies),
            Err(second) => {
                tracing::error!(cause = ?second, "the error page itself cannot be drawn");
                (self.plain_page(error), Vec::<Cookie<'static>>::new())
            }
        };
        let mut response = HttpResponse::build(status);
        response.content_type("text/html; charset=utf-8");
        for cookie in cookies {
            response.cookie(cookie);
        }
        response.body(html)
    }

    /// What was typed, so that no error takes it away.
    fn kept_fields(&self) -> Vec<Value> {
        let kept = self.kept.borrow();
        let fields = kept.fields.iter().filter(|(_, value)| !value.is_empty());
        fields
            .map(|(name, value)| {
                let mut label = name.replace('_', " ");
                if let Some(first) = label.get_mut(..1) {
                    first.make_ascii_uppercase();
                }
                json!({
                    "name": name,
                    "value": value,
                    "label": label,
                    "is_text": value.len() > 200 || value.contains('\n'),
                    "is_shown": !UNSEEN.contains(&name.as_str()),
                })
            })
            .collect()
    }

    /// For when not even the error page works.
    fn plain_page(&self, error: &Error) -> String {
        let escape = escaped;
        format!(
            "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>{title}</title>\
             <h1>{title}</h1><p>{detail}</p><p>Request {id}</p><p><a href=\"/\">Start page</a></p>",
            title = escape(error.title()),
            detail = escape(&error.advice()),
            id = escape(self.around.request_id()),
        )
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

/// The page of ours that led here, if the browser says so.
fn back(request: &HttpRequest) -> Option<String> {
    let site = site(request).ok()?;
    let referer = request.headers().get(header::REFERER)?.to_str().ok()?;
    let referer = url::Url::parse(referer).ok()?;
    let ours = referer.origin() == site.settings.public_url.origin();
    let path = referer.path();
    let link = referer
        .query()
        .map_or(path.to_owned(), |query| format!("{path}?{query}"));
    (ours && path != request.path() && local_path(&link).is_some()).then_some(link)
}

/// Internal causes are written down here, once, and shown nowhere.
fn log(error: &Error, request_id: &str) {
    match error.hidden_cause() {
        Some(cause) if error.status() == StatusCode::SERVICE_UNAVAILABLE => {
            tracing::warn!(
                request_id,
                cause = with_causes(cause.as_ref()),
                "request not served: unavailable"
            );
        }
        Some(cause) => {
            tracing::error!(
                request_id,
                cause = with_causes(cause.as_ref()),
                "request failed"
            );
        }
        None => {}
    }
}

fn problem_json(error: &Error, request_id: &str) -> HttpResponse {
    let problem = json!(Problem::of(error, request_id));
    let mut response = HttpResponse::build(error.status());
    if matches!(error, Error::Unauthenticated) {
        response.insert_header((header::WWW_AUTHENTICATE, "Bearer"));
    }
    response
        .content_type("application/problem+json")
        .body(problem.to_string())
}

/// Middleware: draws the errors that handlers, extractors and the framework leave.
pub(super) async fn draw_errors(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let response = next.call(request).await?.map_into_boxed_body();
    let status = response.status();
    if !status.is_client_error() && !status.is_server_error() {
        return Ok(response);
    }
    let site = site(response.request()).cloned().map_err(PageError)?;
    // Not under a foreign name, nor when there is too much to do already.
    let is_ours = matches!(status.as_u16(), 400 | 403..=405 | 413..=415);
    if is_ours && !super::error::is_for_programs(response.request().path()) {
        server::identify_late(response.request()).await;
    }
    let facts = Facts::of(response.request());
    let from_us = response.response().error().and_then(|error| {
        let page = error.as_error::<PageError>().map(|error| (&error.0, false));
        page.or_else(|| error.as_error::<ApiError>().map(|error| (&error.0, true)))
    });
    let drawn = if let Some((error, for_programs)) = from_us {
        facts.answer(&site, error, for_programs)
    } else if response.headers().contains_key(header::CONTENT_TYPE)
        && response.response().error().is_none()
    {
        // A handler drew it itself, e.g. a form with its problems.
        return Ok(response);
    } else {
        facts.answer(&site, &Error::from_status(status), facts.for_programs)
    };
    Ok(keeping(response, drawn))
}

/// The drawn answer with the headers that the framework had already set (such as `Allow`).
fn keeping(
    response: ServiceResponse<BoxBody>,
    mut drawn: HttpResponse,
) -> ServiceResponse<BoxBody> {
    for (name, value) in response.headers() {
        if !drawn.headers().contains_key(name) && *name != header::CONTENT_TYPE {
            drawn.headers_mut().append(name.clone(), value.clone());
        }
    }
    response.into_response(drawn)
}

/// An answer that needs no further layer.
#[derive(Debug)]
pub(super) struct Finished {
    status: StatusCode,
    headers: header::HeaderMap,
    body: actix_web::web::Bytes,
}

impl fmt::Display for Finished {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "answered {}", self.status)
    }
}

impl ResponseError for Finished {
    fn status_code(&self) -> StatusCode {
        self.status
    }

    fn error_response(&self) -> HttpResponse {
        let mut response = HttpResponse::build(self.status);
        for (name, value) in &self.headers {
            response.append_header((name, value));
        }
        response.body(self.body.clone())
    }
}
