//! What somebody last wanted as rows, kept in their browser: the next editor opens as they left the last.

use super::wanted;
use crate::platform::http::Page;
use crate::reports::pages::form::EditForm;
use actix_web::HttpRequest;
use actix_web::cookie::time::Duration;
use actix_web::cookie::{Cookie, SameSite};

const COOKIE: &str = "rows";
const KEPT_FOR: Duration = Duration::days(365);

/// What was wanted last, as the field `rows` of the form says it. Whatever else the cookie says means nothing.
pub(in crate::reports::pages) fn remembered(request: &HttpRequest) -> String {
    let cookie = request.cookie(COOKIE);
    let words: Vec<&str> = cookie
        .as_ref()
        .map_or_else(Vec::new, |it| it.value().split('.').collect());
    wanted(&words)
}

/// The page, with a note of what its form wants as rows.
pub(super) fn remember(page: Page, form: &EditForm, is_https: bool) -> Page {
    let words: Vec<&str> = form.rows.split(' ').collect();
    page.with_cookie(
        Cookie::build(COOKIE, words.join("."))
            .path("/reports")
            .http_only(true)
            .secure(is_https)
            .same_site(SameSite::Lax)
            .max_age(KEPT_FOR)
            .finish(),
    )
}
