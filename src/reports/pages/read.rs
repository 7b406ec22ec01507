//! Reading: the report, its Markdown twin, and the addresses that lead there.

use super::drawn::drawn;
use crate::accounts::{Action, Actor, Reader, Rules, may, reach, rules};
use crate::platform::app::App;
use crate::platform::db::Connection;
use crate::platform::http::{Error, Page, PageError, Path};
use crate::platform::ids::ReportKey;
use crate::reports::document;
use crate::reports::store::{self, Header, Stored};
use actix_web::http::header;
use actix_web::{HttpResponse, web};
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

/// `GET /reports/PM-42`
pub async fn report(
    app: web::Data<App>,
    reader: Reader,
    path: Path<String>,
) -> Result<Page, PageError> {
    let key = key(&path)?;
    let rules = rules(&app.settings);
    let mut conn = app.db.get().await?;
    let header = readable(&mut conn, key, &reader.0, rules).await?;
    let drawn = drawn(&app, &mut conn, &header, &reader.0).await?;
    let title = format!("{key} {}", drawn.title());
    let link = format!("/reports/{key}");
    let can_edit = may(&reader.0, Action::EditReport(&header.access), rules);
    let can_publish =
        may(&reader.0, Action::PublishReport(&header.access), rules) && !header.access.published;
    let mut view = drawn.view.clone();
    if let Value::Object(mine) = json!({
        "can_edit": can_edit,
        "can_publish": can_publish,
        "can_see_history": may(&reader.0, Action::ReadHistory(&header.access), rules),
        "publish_link": format!("{link}/publish"),
        "edit_link": format!("{link}/edit"),
        "history_link": format!("{link}/history"),
        "markdown_link": format!("{link}.md"),
    }) {
        view.extend(mine);
    }
    Ok(Page::new("report", title, view))
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
