//! Pages: a template, a view, and what the layout needs to know about the request.

use std::fmt;
use std::num::NonZeroU32;
use std::time::Duration;

use actix_web::body::BoxBody;
use actix_web::cookie::Cookie;
use actix_web::http::{StatusCode, header};
use actix_web::{HttpMessage, HttpRequest, HttpResponse, Responder, web};
use serde_json::{Value, json};

use super::csrf::{self, FormKey};
use super::flash::Flash;
use super::request_id::RequestId;
use super::{Error, PageError};
use crate::platform::app::Site;
use crate::platform::secret::Secret;

/// The `identify` hook could not find out who asks: the database is away. For the request's extensions.
#[derive(Clone, Copy, Debug)]
pub struct Unidentified;

/// Refuses with 503 what needs to know who asks, or that nobody does, when that could not be found out.
pub fn identified(request: &HttpRequest) -> Result<(), Error> {
    if request.extensions().contains::<Unidentified>() {
        let cause = anyhow::anyhow!("who asks is not known: the session could not be looked up");
        return Err(Error::unavailable(cause));
    }
    Ok(())
}

/// Who is looking, as the layout needs it. The `identify` hook of accounts puts it into the
/// request's extensions for people with a session, never for bearers of tokens.
#[derive(Clone, Debug)]
pub struct Viewer {
    /// The name people know them by.
    pub name: String,
    /// Up to two letters for the round mark.
    pub initials: String,
    /// The role in words.
    pub role: String,
    /// Whether to offer writing.
    pub may_write: bool,
    /// Whether to offer administration.
    pub is_admin: bool,
    /// The session's secret for forms.
    pub csrf_token: Secret,
    /// What waits in their inbox; 100 stands for as many or more.
    pub unread: u32,
}

/// A page: drawn inside the layout its template names.
#[derive(Debug)]
pub struct Page {
    template: &'static str,
    fragment: Option<&'static str>,
    title: String,
    status: StatusCode,
    view: Value,
    cookies: Vec<Cookie<'static>>,
    /// In seconds.
    retry_after: Option<NonZeroU32>,
}

impl Page {
    /// A page from `template` (without `.hbs`); the fields of `view` are the template's top level,
    /// next to `page`, which is what the layout needs.
    pub fn new(template: &'static str, title: impl Into<String>, view: impl Into<Value>) -> Self {
        Self {
            template,
            fragment: None,
            title: title.into(),
            status: StatusCode::OK,
            view: view.into(),
            cookies: Vec::new(),
            retry_after: None,
        }
    }

    /// Answers with this status.
    #[expect(
        clippy::same_name_method,
        reason = "a page with a status is still a page"
    )]
    #[must_use]
    pub fn with_status(mut self, status: StatusCode) -> Self {
        self.status = status;
        self
    }

    /// When htmx asks, draws only this template.
    #[must_use]
    pub fn with_fragment(mut self, template: &'static str) -> Self {
        self.fragment = Some(template);
        self
    }

    /// Sets a cookie along with the page.
    #[must_use]
    pub fn with_cookie(mut self, cookie: Cookie<'static>) -> Self {
        self.cookies.push(cookie);
        self
    }

    /// Says after what time to try again (`Retry-After`).
    #[must_use]
    pub fn with_retry_after(mut self, wait: Duration) -> Self {
        let seconds = u32::try_from(wait.as_secs()).unwrap_or(u32::MAX);
        self.retry_after = NonZeroU32::new(seconds.max(1));
        self
    }

    /// Draws the page for `request`.
    fn draw(self, request: &HttpRequest) -> Result<HttpResponse, Error> {
        let site = site(request)?;
        let around = Surroundings::of(request);
        let template = self
            .fragment
            .filter(|_| around.wants_fragment)
            .unwrap_or(self.template);
        let drawn = around.draw(site, template, &self.title, self.view)?;
        let mut response = HttpResponse::build(self.status);
        response.content_type("text/html; charset=utf-8");
        if let Some(seconds) = self.retry_after {
            response.insert_header((header::RETRY_AFTER, seconds.to_string()));
        }
        for cookie in drawn.cookies.into_iter().chain(self.cookies) {
            response.cookie(cookie);
        }
        Ok(response.body(drawn.html))
    }
}

impl Responder for Page {
    type Body = BoxBody;

    fn respond_to(self, req: &HttpRequest) -> HttpResponse {
        self.draw(req)
            .unwrap_or_else(|error| HttpResponse::from_error(PageError(error)))
    }
}

/// The site behind a request.
pub(crate) fn site(request: &HttpRequest) -> Result<&web::Data<Site>, Error> {
    request
        .app_data::<web::Data<Site>>()
        .ok_or_else(|| Error::Internal(anyhow::anyhow!("the server was built without its Site")))
}

/// HTML and the cookies it relies on.
pub(crate) struct Drawn {
    pub(crate) html: String,
    pub(crate) cookies: Vec<Cookie<'static>>,
}

/// What the layout needs to know about the request, taken out of it so that a page can still be
/// drawn when the request is gone.
pub(crate) struct Surroundings {
    path: String,
    request_id: String,
    theme: &'static str,
    flash: Option<Flash>,
    viewer: Option<Viewer>,
    form_key: FormKey,
    wants_fragment: bool,
}

impl Surroundings {
    pub(crate) fn of(request: &HttpRequest) -> Self {
        let header = |name: &str| {
            request
                .headers()
                .get(name)
                .map(header::HeaderValue::as_bytes)
        };
        let secure = site(request).is_ok_and(|site| site.settings.is_https());
        let viewer = request.extensions().get::<Viewer>().cloned();
        Self {
            path: request.path().to_owned(),
            request_id: RequestId::of(request),
            theme: theme(request),
            flash: Flash::of(request),
            form_key: FormKey::of(request, viewer.as_ref(), secure),
            viewer,
            wants_fragment: from_script(request)
                && header("hx-request-type") != Some(b"full")
                && header("hx-history-restore-request") != Some(b"true"),
        }
    }

    pub(crate) fn wants_fragment(&self) -> bool {
        self.wants_fragment
    }

    pub(crate) fn is_signed_in(&self) -> bool {
        self.viewer.is_some()
    }

    pub(crate) fn request_id(&self) -> &str {
        &self.request_id
    }

    /// Draws `template` with `view` at the top level and `page` beside it.
    pub(crate) fn draw(
        &self,
        site: &Site,
        template: &str,
        title: &str,
        view: Value,
    ) -> Result<Drawn, Error> {
        let mut context = match view {
            Value::Object(fields) => fields,
            Value::Null => serde_json::Map::new(),
            other @ (Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_)) => {
                serde_json::Map::from_iter([("view".to_owned(), other)])
            }
        };
        let token = csrf::mask(self.form_key.secret())?;
        let secure = site.settings.is_https();
        let query = context.get("q").and_then(Value::as_str);
        let query = query.unwrap_or_default().to_owned();
        // While the database is away nobody knows whether whoever asks is signed in.
        let is_away = context.get("status") == Some(&json!(503));
        let page = self.page(site, title, &token, (&query, is_away));
        context.insert("page".to_owned(), page);
        let html = site
            .templates
            .render(template, Value::Object(context))
            .map_err(Error::internal)?;
        let mut cookies = Vec::new();
        if html.contains(&token) {
            cookies.extend(self.form_key.cookie(secure));
        }
        if self.flash.is_some() && !self.wants_fragment {
            cookies.push(Flash::removal(secure));
        }
        Ok(Drawn { html, cookies })
    }

    fn page(&self, site: &Site, title: &str, token: &str, (query, is_away): (&str, bool)) -> Value {
        let user = self.viewer.as_ref().map(|viewer| {
            json!({
                "name": viewer.name,
                "initials": viewer.initials,
                "role": viewer.role,
                "unread": viewer.unread,
            })
        });
        json!({
            "title": title,
            "path": self.path,
            "query": query,
            "user": user,
            "may_sign_in": self.viewer.is_none() && !is_away,
            "may_write": self.viewer.as_ref().is_some_and(|viewer| viewer.may_write),
            "is_admin": self.viewer.as_ref().is_some_and(|viewer| viewer.is_admin),
            "csrf": token,
            "theme": self.theme,
            "flash": self.flash.map(Flash::shown),
            "version": env!("CARGO_PKG_VERSION"),
            "request_id": self.request_id,
            "anonymous_reading": site.settings.anonymous_reading,
            "public_url": site.settings.public_url.as_str().trim_end_matches('/'),
        })
    }
}

impl fmt::Debug for Surroundings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Surroundings")
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}

/// Whether a script of ours asks, for a part of a page.
fn from_script(request: &HttpRequest) -> bool {
    let header = request.headers().get("hx-request");
    header.is_some_and(|value| value.as_bytes() == b"true")
}

fn theme(request: &HttpRequest) -> &'static str {
    let cookie = request.cookie("theme");
    match cookie.as_ref().map(Cookie::value) {
        Some("light") => "light",
        Some("dark") => "dark",
        _ => "auto",
    }
}

/// `text` if it is an address on this site, fit for a redirect: one leading slash, no backslash,
/// no control characters.
pub fn local_path(text: &str) -> Option<&str> {
    let rest = text.strip_prefix('/')?;
    let elsewhere = rest.starts_with(['/', '\\']);
    let strange = text.contains(|c: char| c.is_control() || c == '\\') || !text.is_ascii();
    (!elsewhere && !strange).then_some(text)
}

/// "See other" (303): after a form, go and look there.
#[derive(Debug)]
pub struct Redirect {
    location: String,
    flash: Option<Flash>,
    cookies: Vec<Cookie<'static>>,
    clear_cache: bool,
}

impl Redirect {
    /// To a path on this site; anything else becomes `/`.
    pub fn to(path: impl AsRef<str>) -> Self {
        Self::new(local_path(path.as_ref()).unwrap_or("/").to_owned())
    }

    /// To another site that the operator has configured, such as the identity provider.
    pub fn to_other_site(url: &url::Url) -> Self {
        Self::new(url.to_string())
    }

    const fn new(location: String) -> Self {
        Self {
            location,
            flash: None,
            cookies: Vec::new(),
            clear_cache: false,
        }
    }

    /// Shows a message there.
    #[must_use]
    pub fn with_flash(mut self, flash: Flash) -> Self {
        self.flash = Some(flash);
        self
    }

    /// Sets a cookie on the way.
    #[must_use]
    pub fn with_cookie(mut self, cookie: Cookie<'static>) -> Self {
        self.cookies.push(cookie);
        self
    }

    /// Asks the browser to forget the pages that it keeps of this site (signing out). Not its storage: there are words that
    /// never arrived, each of them offered to its writer alone.
    #[must_use]
    pub fn clearing_cache(mut self) -> Self {
        self.clear_cache = true;
        self
    }
}

impl Responder for Redirect {
    type Body = BoxBody;

    fn respond_to(self, req: &HttpRequest) -> HttpResponse {
        let secure = site(req).is_ok_and(|site| site.settings.is_https());
        let mut response = HttpResponse::SeeOther();
        response.insert_header((header::LOCATION, self.location));
        if self.clear_cache {
            response.insert_header(("clear-site-data", "\"cache\""));
        }
        for cookie in self.cookies {
            response.cookie(cookie);
        }
        // A script that sent the form says so itself; the next page would say it of something else.
        if let Some(flash) = self.flash
            && !from_script(req)
        {
            response.cookie(flash.cookie(secure));
        }
        response.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_paths_of_this_site_are_local() {
        for fine in ["/", "/r/PM-1", "/search?q=a%20b#c", "/a//b"] {
            assert_eq!(local_path(fine), Some(fine));
        }
        let bad = "|r|//evil|/\\evil|/a\\b|/\t/evil|/a\nb|https://evil|javascript:x|/ü";
        for bad in bad.split('|') {
            assert_eq!(local_path(bad), None, "{bad:?}");
        }
    }
}
