//! `GET /api/v1/reports` and `GET /api/v1/reports/PM-42`

use super::search::limit;
use super::wire::{self, SummaryJson};
use crate::accounts::{Action, ApiActor, may, reach, rules};
use crate::platform::app::App;
use crate::platform::http::{ApiError, Error, Path, Query};
use crate::platform::ids::ReportKey;
use crate::reports::{document, store};
use actix_web::http::header::{self, ETag, EntityTag};
use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;
use serde_json::json;

/// Where to go on and how far.
#[derive(Clone, Debug, Deserialize)]
pub struct Listed {
    limit: Option<String>,
    cursor: Option<String>,
}

/// `GET /api/v1/reports?limit=&cursor=`: newest key first.
pub async fn list(
    app: web::Data<App>,
    actor: ApiActor,
    query: Query<Listed>,
) -> Result<HttpResponse, ApiError> {
    let rules = rules(&app.settings);
    if !may(&actor.0, Action::ListReports, rules) {
        return Err(Error::Forbidden("list reports (scope reports:read)".into()).into());
    }
    let limit = limit(query.limit.as_deref(), 50, 200)?;
    let before = match query.cursor.as_deref() {
        None | Some("") => None,
        Some(cursor) => Some(
            cursor
                .parse::<ReportKey>()
                .map_err(|_no_key| Error::field("cursor", "Not a cursor of this list."))?,
        ),
    };
    let mut conn = app.db.get().await?;
    let rows = i64::try_from(limit).unwrap_or(i64::MAX);
    let page = store::list(&mut conn, &reach(&actor.0, rules), before, rows).await?;
    let site = app.settings.public_url.as_str();
    let items: Vec<SummaryJson> = page
        .items
        .iter()
        .map(|summary| SummaryJson::new(summary, site))
        .collect();
    let next = page.next.map(|key| key.to_string());
    let mut response = HttpResponse::Ok();
    if let Some(cursor) = &next {
        let link = format!("</api/v1/reports?limit={limit}&cursor={cursor}>; rel=\"next\"");
        response.insert_header((header::LINK, link));
    }
    Ok(response.json(json!({ "items": items, "total": page.total, "next_cursor": next })))
}

/// `GET /api/v1/reports/PM-42`, as JSON, or as Markdown when `Accept` prefers it.
pub async fn one(
    app: web::Data<App>,
    actor: ApiActor,
    path: Path<String>,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let key: ReportKey = path
        .parse()
        .map_err(|_no_key| Error::not_found(format!("The report {}", path.0)))?;
    let missing = || Error::not_found(format!("The report {key}"));
    let mut conn = app.db.get().await?;
    let stored = store::load(&mut conn, key).await?.ok_or_else(missing)?;
    if !may(
        &actor.0,
        Action::ReadReport(&stored.header.access),
        rules(&app.settings),
    ) {
        return Err(missing().into());
    }
    let tag = etag(stored.header.revision);
    if matches(&request, header::IF_NONE_MATCH, &tag) {
        return Ok(HttpResponse::NotModified()
            .insert_header(ETag(tag))
            .finish());
    }
    let document = document::render(&stored.for_export());
    let mut response = HttpResponse::Ok();
    response
        .insert_header(ETag(tag))
        .insert_header((header::VARY, "Accept"));
    if prefers_markdown(&request) {
        return Ok(response
            .content_type("text/markdown; charset=utf-8")
            .body(document));
    }
    Ok(response.json(wire::report(
        &stored,
        &document,
        app.settings.public_url.as_str(),
    )))
}

/// The tag of a revision: `"r7"`.
pub(super) fn etag(revision: i32) -> EntityTag {
    EntityTag::new_strong(format!("r{revision}"))
}

/// Whether a list of tags in this header names `tag` (or is `*`).
fn matches(request: &HttpRequest, name: header::HeaderName, tag: &EntityTag) -> bool {
    let values = request.headers().get_all(name);
    values
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|part| {
            part.trim() == "*"
                || part
                    .trim()
                    .parse::<EntityTag>()
                    .is_ok_and(|it| it.weak_eq(tag))
        })
}

/// Whether Markdown is asked for, and JSON not before it.
fn prefers_markdown(request: &HttpRequest) -> bool {
    let accept = request
        .headers()
        .get(header::ACCEPT)
        .and_then(|value| value.to_str().ok());
    let position = |kind: &str| accept.and_then(|accept| accept.find(kind));
    match (position("text/markdown"), position("application/json")) {
        (Some(markdown), Some(json)) => markdown < json,
        (Some(_), None) => true,
        (None, _) => false,
    }
}
