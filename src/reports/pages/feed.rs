//! A saved search as an Atom feed (RFC 4287): the reports it finds that were published last.
//!
//! Readers of feeds sign in nowhere, so the address carries a token, in its query, which no log keeps. It shows what the owner of the search may
//! find at that moment, and nothing once their account is suspended.

use super::search::{Asked, ranked, wanted};
use crate::accounts::{Actor, reach, rules};
use crate::platform::app::App;
use crate::platform::http::xml::escape;
use crate::platform::http::{Error, PageError, Path, Query};
use crate::platform::search::{Order, SearchError};
use crate::platform::secret::{sha256, to_hex};
use crate::reports::api::conditions::Tags;
use crate::reports::finder::{self, Wanted};
use crate::reports::model::Status;
use crate::reports::question::understand;
use crate::reports::saved::SavedSearch;
use crate::reports::store::{self, Summary};
use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, web};
use jiff::Timestamp;
use serde::Deserialize;
use std::fmt::Write as _;

/// Entries of a feed.
const ENTRIES: usize = 50;
/// The longest token that is looked up.
const LONGEST_TOKEN: usize = 100;

/// What opens a feed.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Key {
    token: String,
}

/// `GET /searches/{id}/feed?token=…`
pub async fn feed(
    request: HttpRequest,
    app: web::Data<App>,
    path: Path<String>,
    key: Query<Key>,
) -> Result<HttpResponse, PageError> {
    let missing = || Error::not_found("This feed");
    let id = path.parse().map_err(|_no_number| missing())?;
    if key.token.is_empty() || key.token.len() > LONGEST_TOKEN {
        return Err(missing().into());
    }
    let mut conn = app.db.get().await?;
    let opened = store::search_of_feed(&mut conn, id, &sha256(&key.token)).await?;
    drop(conn);
    let opened = opened.ok_or_else(missing)?;
    let owner = Actor::Person(opened.owner);
    let pairs: Vec<(String, String)> =
        serde_urlencoded::from_str(&opened.search.said).unwrap_or_default();
    let asked = Asked::read(&pairs);
    let found = published(&app, &owner, &asked).await?;
    let site = app.settings.public_url.as_str().trim_end_matches('/');
    let shown = Feed {
        site,
        search: &opened.search,
        token: &key.token,
        link: asked.address(),
        reports: &found,
    };
    let body = shown.to_string();
    let version: String = to_hex(&sha256(&body)).chars().take(32).collect();
    let mut answer = HttpResponse::Ok();
    answer
        .insert_header((header::ETAG, format!("\"{version}\"")))
        .insert_header((header::CACHE_CONTROL, "private, no-cache"));
    let seen = Tags::of(&request, &header::IF_NONE_MATCH);
    if seen.is_some_and(|seen| seen.include(&version)) {
        return Ok(answer.status(StatusCode::NOT_MODIFIED).finish());
    }
    answer.insert_header((header::CONTENT_TYPE, "application/atom+xml; charset=utf-8"));
    Ok(answer.body(body))
}

/// What the owner finds with it now, the latest published first.
async fn published(app: &App, owner: &Actor, asked: &Asked) -> Result<Vec<Summary>, Error> {
    let wanted = Wanted {
        // Those that were taken back stand among them, by when they were published.
        limit: 2 * ENTRIES,
        offset: 0,
        facets: false,
        order: Order::Published,
        ..wanted(asked, understand(app, &asked.text).await)
    };
    let (mut conn, ranked) = ranked(app, owner, &wanted).await?;
    if ranked.is_fallback() {
        // Whoever reads feeds keeps what they have once seen.
        return Err(Error::unavailable(SearchError::Unavailable));
    }
    let reach = reach(owner, rules(&app.settings));
    let mut items = finder::listed(&mut conn, ranked, &reach).await?;
    items.retain(|it| match it.status {
        Status::Published | Status::Archived => it.published_at.is_some(),
        Status::Draft | Status::InReview => false,
    });
    items.truncate(ENTRIES);
    Ok(items)
}

/// A feed, to be written.
struct Feed<'a> {
    site: &'a str,
    search: &'a SavedSearch,
    token: &'a str,
    /// The path of the search's page.
    link: String,
    reports: &'a [Summary],
}

impl std::fmt::Display for Feed<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let site = escape(self.site);
        let id = self.search.id;
        let updated = self.reports.iter().map(|it| it.updated_at).max();
        let updated = updated.unwrap_or(self.search.created_at);
        writeln!(f, r#"<?xml version="1.0" encoding="utf-8"?>"#)?;
        writeln!(f, r#"<feed xmlns="http://www.w3.org/2005/Atom">"#)?;
        writeln!(f, "<id>{site}/searches/{id}</id>")?;
        writeln!(f, "<title>{} · Hansei</title>", escape(&self.search.name))?;
        writeln!(f, "<updated>{}</updated>", moment(updated))?;
        writeln!(f, "<author><name>Hansei</name></author>")?;
        writeln!(
            f,
            r#"<link rel="self" type="application/atom+xml" href="{site}/searches/{id}/feed?token={}"/>"#,
            escape(self.token)
        )?;
        writeln!(
            f,
            r#"<link rel="alternate" type="text/html" href="{site}{}"/>"#,
            escape(&self.link)
        )?;
        for report in self.reports {
            f.write_str(&entry(report, &site)?)?;
        }
        writeln!(f, "</feed>")
    }
}

fn entry(it: &Summary, site: &str) -> Result<String, std::fmt::Error> {
    let mut text = String::new();
    let link = format!("{site}/reports/{}", it.key);
    writeln!(text, "<entry>")?;
    writeln!(text, "<id>{link}</id>")?;
    writeln!(text, "<title>{}: {}</title>", it.key, escape(&it.title))?;
    if let Some(at) = it.published_at {
        writeln!(text, "<published>{}</published>", moment(at))?;
    }
    writeln!(text, "<updated>{}</updated>", moment(it.updated_at))?;
    writeln!(
        text,
        r#"<link rel="alternate" type="text/html" href="{link}"/>"#
    )?;
    for term in it.services.iter().chain(&it.tags) {
        writeln!(text, r#"<category term="{}"/>"#, escape(term))?;
    }
    if !it.about.is_empty() {
        writeln!(
            text,
            r#"<summary type="text">{}</summary>"#,
            escape(&it.about)
        )?;
    }
    writeln!(text, "</entry>")?;
    Ok(text)
}

/// To the second, as the standard wants it (RFC 3339).
fn moment(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}
