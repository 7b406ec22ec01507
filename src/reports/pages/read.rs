//! Reading: the report, its Markdown twin, and the addresses that lead there.

use super::comment_counts::counted;
use super::drawn::drawn;
use super::standing::{lines, publishes_at_once};
use super::{known, links};
use crate::accounts::{Action, Actor, Reader, Rules, may, reach, rules};
use crate::platform::app::App;
use crate::platform::db::Connection;
use crate::platform::http::{Error, Lane, Page, PageError, Path, Query};
use crate::platform::ids::ReportKey;
use crate::reports::document;
use crate::reports::store::{self, Header, Stored};
use actix_web::http::header;
use actix_web::{HttpResponse, web};
use serde::Deserialize;
use serde_json::{Value, json};

pub(super) fn not_found(key: ReportKey) -> Error {
    Error::not_found(format!("The report {key}"))
}

/// The key in a path; anything else is no page.
pub(super) fn key(text: &str) -> Result<ReportKey, Error> {
    text.parse().map_err(|_no_key| Error::not_found("The page"))
}

/// The header of a report this actor may read.
pub(super) async fn readable(
    conn: &mut Connection,
    key: ReportKey,
    actor: &Actor,
    rules: Rules,
) -> Result<Header, Error> {
    let header = store::header(conn, key, false)
        .await?
        .ok_or_else(|| not_found(key))?;
    if may(actor, Action::ReadReport(&header.access), rules) {
        Ok(header)
    } else {
        Err(not_found(key))
    }
}

/// The same with its content, judged as it was read.
pub(super) async fn whole(
    conn: &mut Connection,
    key: ReportKey,
    actor: &Actor,
    rules: Rules,
) -> Result<Stored, Error> {
    store::load(conn, key)
        .await?
        .filter(|stored| may(actor, Action::ReadReport(&stored.header.access), rules))
        .ok_or_else(|| not_found(key))
}

/// What may stand behind the address of a report.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    /// The moment as of which it is read: an instant, or the number of an event.
    known: String,
}

/// `GET /reports/PM-42`, and `GET /reports/PM-42?known=3`: what was known then.
pub async fn report(
    app: web::Data<App>,
    reader: Reader,
    path: Path<String>,
    asked: Query<Asked>,
) -> Result<Page, PageError> {
    let key = key(&path)?;
    let rules = rules(&app.settings);
    let mut conn = app.db.get().await?;
    if !asked.known.is_empty() {
        let stored = whole(&mut conn, key, &reader.0, rules).await?;
        let page = move || known::page(&stored, &asked.known);
        return Ok(app.blocking(Lane::Render, page).await?);
    }
    let header = readable(&mut conn, key, &reader.0, rules).await?;
    let drawn = drawn(&app, &mut conn, &header, &reader.0).await?;
    let links = links::shown(&mut conn, &header, &reader.0, &app).await?;
    let title = format!("{key} {}", drawn.title());
    let link = format!("/reports/{key}");
    let can_edit = may(&reader.0, Action::EditReport(&header.access), rules);
    let can_publish =
        may(&reader.0, Action::PublishReport(&header.access), rules) && !header.access.published;
    let can_comment = may(&reader.0, Action::Comment(&header.access), rules);
    let can_gather = may(&reader.0, Action::GatherAccounts(&header.access), rules);
    let (sections, open_threads) = if can_comment {
        counted(&app, &mut conn, &header, &drawn).await?
    } else {
        (drawn.sections.clone(), 0)
    };
    let is_asked = match reader.0.person_id() {
        Some(person) => store::is_asked(&mut conn, header.id, person).await?,
        None => false,
    };
    let standing = store::standing(&mut conn, header.id).await?;
    let mut view = drawn.view.clone();
    let can_see_history = may(&reader.0, Action::ReadHistory(&header.access), rules);
    // The kept page is the same for all; to the world outside, people are roles.
    if !can_see_history && let Some(Value::Object(report)) = view.get_mut("report") {
        report.insert("updated_by".to_owned(), json!(""));
    }
    if let Value::Object(mine) = json!({
        "can_edit": can_edit,
        "can_publish": can_publish,
        "access_link": may(&reader.0, Action::SetVisibility(&header.access), rules)
            .then(|| format!("{link}/access")),
        "files_link": format!("{link}/attachments"),
        "can_see_history": can_see_history,
        "publish_link": publishes_at_once(&standing, rules).then(|| format!("{link}/publish")),
        "review_link": may(&reader.0, Action::SeeReviews, rules).then(|| format!("{link}/review")),
        "standing": lines(&header, &standing, (&reader.0, rules)),
        "edit_link": format!("{link}/edit"),
        "history_link": format!("{link}/history"),
        "markdown_link": format!("{link}.md"),
        "sections_html": sections,
        "comments_link": can_comment.then(|| format!("{link}/comments")),
        "open_threads": open_threads,
        "own_account_link": is_asked.then(|| format!("{link}/accounts/mine")),
        "accounts_link": can_gather.then(|| format!("{link}/accounts")),
        "links": links,
        "links_link": format!("{link}/links"),
        "related_link": related_link(&reader.0, rules, key),
    }) {
        view.extend(mine);
    }
    Ok(Page::new("report", title, view))
}

/// Where reports like this one are found, by whoever may search.
fn related_link(actor: &Actor, rules: Rules, key: ReportKey) -> Option<String> {
    may(actor, Action::Search, rules).then(|| format!("/related?id={key}"))
}

/// `GET /r/PM-42…`: the short address, and any other spelling of the key.
pub async fn short_link(path: Path<String>) -> Result<HttpResponse, PageError> {
    let rest = path.0.trim_start_matches('/');
    let (first, more) = rest.split_at(rest.find(['/', '.']).unwrap_or(rest.len()));
    let key = key(first)?;
    Ok(moved(&format!("/reports/{key}{more}")))
}

/// "Moved permanently" (301) to an address of ours.
fn moved(location: &str) -> HttpResponse {
    HttpResponse::MovedPermanently()
        .insert_header((header::LOCATION, location))
        .finish()
}

/// `GET /reports/some-title-42`: an address made of the title, today's or an earlier one.
pub async fn by_slug(
    app: web::Data<App>,
    reader: Reader,
    path: Path<String>,
) -> Result<HttpResponse, PageError> {
    if let Ok(key) = path.parse::<ReportKey>() {
        return Ok(moved(&format!("/reports/{key}")));
    }
    let mut conn = app.db.get().await?;
    let reach = reach(&reader.0, rules(&app.settings));
    let key = store::find_by_slug(&mut conn, &path, &reach)
        .await?
        .ok_or_else(|| Error::not_found("The page"))?;
    Ok(moved(&format!("/reports/{key}")))
}

/// `GET /reports/PM-42.md`
pub async fn markdown(
    app: web::Data<App>,
    reader: Reader,
    path: Path<String>,
) -> Result<HttpResponse, PageError> {
    let key = key(&path)?;
    let mut conn = app.db.get().await?;
    let stored = whole(&mut conn, key, &reader.0, rules(&app.settings)).await?;
    let text = document::render(&stored.for_export());
    Ok(HttpResponse::Ok()
        .content_type("text/markdown; charset=utf-8")
        .insert_header((
            header::CONTENT_DISPOSITION,
            format!("inline; filename=\"{key}.md\""),
        ))
        .body(text))
}
