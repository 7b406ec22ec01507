//! The revisions of a report: the list, one of them, and going back to one.

use super::body::Resaved;
use super::change::{Change, Deed};
use super::create::answer;
use super::paging::{Paging, counted, next_link};
use super::read::{
    etag, is_known, markdown_etag, permitted, prefers_markdown, report_key, unchanged,
};
use super::wire::{Page, RevisionJson, SavedJson};
use crate::accounts::{Action, ApiActor, Reach, Scope, reach, rules};
use crate::platform::app::App;
use crate::platform::db::Connection;
use crate::platform::http::{ApiError, Error, Path, Problem, Query};
use crate::platform::ids::ReportKey;
use crate::reports::store::{self, Header, RevisionRow};
use actix_web::http::header::{self, ETag};
use actix_web::{HttpRequest, HttpResponse, web};

/// A report whose earlier revisions the caller may see.
async fn past(
    app: &App,
    conn: &mut Connection,
    actor: &ApiActor,
    key: ReportKey,
) -> Result<Header, Error> {
    actor.require_scope(Scope::ReportsRead)?;
    permitted(app, conn, (&actor.0, key), |it| Action::ReadHistory(it)).await
}

/// One save, with its document.
async fn saved(
    conn: &mut Connection,
    reach: &Reach,
    report: &Header,
    number: &str,
) -> Result<(RevisionRow, String), Error> {
    let key = report.key;
    let missing = || Error::not_found(format!("Revision {number} of {key}"));
    let number: i32 = counted(number).ok_or_else(missing)?;
    let found = store::seen_revision(conn, reach, report.id, number).await?;
    found.ok_or_else(missing)
}

/// `GET /api/v1/reports/PM-42/revisions?limit=&cursor=`
#[utoipa::path(
    get,
    path = "/api/v1/reports/{key}/revisions",
    tag = "Revisions",
    operation_id = "listRevisions",
    summary = "List the revisions of a report",
    description = "Every save that the caller may see, the latest first: what was written before a report was published, while it was taken back or while it was restricted is for those who could read it then.",
    params(
        ("limit" = Option<i64>, Query, description = "How many; 50 if it does not say.", minimum = 1, maximum = 200, example = 50),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before.", pattern = "^([1-9][0-9]{0,8})?$"),
    ),
    responses((
        status = 200,
        description = "A page of the list.",
        body = Page<RevisionJson<'_>>,
        headers(("Link" = String, description = "The next page, if there is one: `rel=\"next\"`.")),
    )),
    security(("token" = ["reports:read"])),
)]
pub async fn revisions(
    app: web::Data<App>,
    actor: ApiActor,
    path: Path<String>,
    query: Query<Paging>,
) -> Result<HttpResponse, ApiError> {
    actor.require_scope(Scope::ReportsRead)?;
    let key = report_key(&path)?;
    let limit = query.limit()?;
    let before = query.cursor(counted::<i32>)?;
    let mut conn = app.db.get().await?;
    let report = past(&app, &mut conn, &actor, key).await?;
    let asked = i64::try_from(limit).unwrap_or(i64::MAX);
    let reach = reach(&actor.0, rules(&app.settings));
    let wanted = (before, asked + 1);
    let mut rows = store::revisions_before(&mut conn, &reach, report.id, wanted).await?;
    let total = store::revisions_seen(&mut conn, &reach, report.id).await?;
    let has_more = rows.len() > limit;
    rows.truncate(limit);
    let next = rows
        .last()
        .filter(|_| has_more)
        .map(|last| last.number.to_string());
    let site = app.settings.public_url.as_str();
    let items: Vec<RevisionJson<'_>> = rows
        .iter()
        .map(|row| RevisionJson::new(key, row, None, site))
        .collect();
    let mut response = HttpResponse::Ok();
    if let Some(cursor) = &next {
        let list = format!("/api/v1/reports/{key}/revisions");
        response.insert_header(next_link(&list, limit, cursor));
    }
    Ok(response.json(Page {
        items,
        total,
        next_cursor: next,
    }))
}

/// `GET /api/v1/reports/PM-42/revisions/3`, as JSON, or as Markdown when `Accept` prefers it.
#[utoipa::path(
    get,
    path = "/api/v1/reports/{key}/revisions/{number}",
    tag = "Revisions",
    operation_id = "readRevision",
    summary = "Read a revision",
    description = "What the report said then. With `Accept: text/markdown`, the Markdown document alone.",
    responses((
        status = 200,
        description = "The revision.",
        content((RevisionJson<'_> = "application/json"), (String = "text/markdown")),
        headers(("ETag" = String, description = "The revision.")),
    )),
    security(("token" = ["reports:read"])),
)]
pub async fn revision(
    app: web::Data<App>,
    actor: ApiActor,
    path: Path<(String, String)>,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    actor.require_scope(Scope::ReportsRead)?;
    let (key, number) = &path.0;
    let key = report_key(key)?;
    let mut conn = app.db.get().await?;
    let report = past(&app, &mut conn, &actor, key).await?;
    let reach = reach(&actor.0, rules(&app.settings));
    let (row, text) = saved(&mut conn, &reach, &report, number).await?;
    let as_markdown = prefers_markdown(&request);
    let tag = if as_markdown { markdown_etag } else { etag };
    if is_known(&request, &tag(row.number)) {
        return Ok(unchanged(tag(row.number)));
    }
    let mut response = HttpResponse::Ok();
    response
        .insert_header(ETag(tag(row.number)))
        .insert_header((header::VARY, "Accept"));
    if as_markdown {
        return Ok(response
            .content_type("text/markdown; charset=utf-8")
            .body(text));
    }
    let site = app.settings.public_url.as_str();
    Ok(response.json(RevisionJson::new(key, &row, Some(text), site)))
}

/// `POST /api/v1/reports/PM-42/revisions/3/restore`
#[utoipa::path(
    post,
    path = "/api/v1/reports/{key}/revisions/{number}/restore",
    tag = "Revisions",
    operation_id = "restoreRevision",
    summary = "Go back to a revision",
    description = "Saves the report as it was then. Nothing is lost: that is a new revision, and those between stay. Who may see the report, and whether it is published, stay as they are now.",
    params(Resaved),
    responses(
        (
            status = 200,
            description = "The report as stored.",
            body = SavedJson<'_>,
            headers(("ETag" = String, description = "The new revision; send it as `If-Match`.")),
        ),
        (
            status = 409,
            description = "What it was then takes a review on this site, and the report is published without one.",
            body = Problem<'_>,
            content_type = "application/problem+json",
        ),
    ),
    security(("token" = ["reports:read", "reports:write"])),
)]
pub async fn restore(
    app: web::Data<App>,
    actor: ApiActor,
    path: Path<(String, String)>,
    said: Query<Resaved>,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let (key, number) = &path.0;
    let change = Change::of(&request, &actor, key, &[])?;
    let said = said.said()?;
    let mut conn = app.db.get().await?;
    let report = past(&app, &mut conn, &actor, report_key(key)?).await?;
    let reach = reach(&actor.0, rules(&app.settings));
    let (row, _) = saved(&mut conn, &reach, &report, number).await?;
    drop(conn);
    let saved = change
        .make(&app, &actor, Deed::Restore(row.number), said)
        .await?;
    let json = answer(&app, &actor.0, saved, &[]).await?;
    Ok(HttpResponse::Ok()
        .insert_header(ETag(etag(saved.revision)))
        .json(json))
}
