//! The rows of a report, one kind at a time: `GET` and `PUT /api/v1/reports/PM-42/timeline` and its like.

use super::body::{Resaved, require_json};
use super::change::{Change, Deed};
use super::read::{etag, is_known, report_key, state_etag, unchanged, visible};
use super::rows::{CountermeasureJson, EventJson, FactorJson, LearningJson, List, Row, taken};
use crate::accounts::{ApiActor, Scope};
use crate::platform::app::App;
use crate::platform::http::{ApiError, Path, Query, Raw, json};
use actix_web::http::header::ETag;
use actix_web::{HttpRequest, HttpResponse, web};

async fn read<T: Row>(
    app: &App,
    actor: &ApiActor,
    path: &str,
    request: &HttpRequest,
) -> Result<HttpResponse, ApiError> {
    actor.require_scope(Scope::ReportsRead)?;
    let key = report_key(path)?;
    let mut conn = app.db.get().await?;
    let stored = visible(app, &mut conn, &actor.0, key).await?;
    let tag = state_etag(&stored.header);
    if is_known(request, &tag) {
        return Ok(unchanged(tag));
    }
    let items = T::of(&stored.draft);
    Ok(HttpResponse::Ok()
        .insert_header(ETag(tag))
        .json(List { items }))
}

async fn replace<T: Row>(
    app: &App,
    (actor, path): (&ApiActor, &str),
    request: &HttpRequest,
    said: &Resaved,
    raw: &Raw,
) -> Result<HttpResponse, ApiError> {
    let change = Change::of(request, actor, path, &raw.0)?;
    require_json(request)?;
    let rows = taken(json::parse_bytes::<List<T>>(&raw.0)?, 0)?;
    let saved = change
        .make(app, actor, Deed::Rows(T::rows(rows)), said.said()?)
        .await?;
    let mut conn = app.db.get().await?;
    let stored = visible(app, &mut conn, &actor.0, saved.key).await?;
    let items = T::of(&stored.draft);
    Ok(HttpResponse::Ok()
        .insert_header(ETag(etag(saved.revision)))
        .json(List { items }))
}

/// `GET /api/v1/reports/PM-42/timeline`
#[utoipa::path(
    get,
    path = "/api/v1/reports/{key}/timeline",
    tag = "Timeline",
    operation_id = "readTimeline",
    summary = "Read the timeline",
    description = "The events of the timeline, in the order written.",
    responses((
        status = 200,
        description = "The rows.",
        body = List<EventJson>,
        headers(("ETag" = String, description = "The revision of the report; send it as `If-Match`.")),
    )),
    security(("token" = ["reports:read"])),
)]
pub async fn timeline(
    app: web::Data<App>,
    actor: ApiActor,
    path: Path<String>,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    read::<EventJson>(&app, &actor, &path, &request).await
}

/// `PUT /api/v1/reports/PM-42/timeline`
#[utoipa::path(
    put,
    path = "/api/v1/reports/{key}/timeline",
    tag = "Timeline",
    operation_id = "replaceTimeline",
    summary = "Replace the timeline",
    description = "All rows of this kind at once: what is not sent is gone. Everything else in the report stays. A save like any other, with a revision of its own.",
    params(Resaved),
    request_body = List<EventJson>,
    responses((
        status = 200,
        description = "The rows as stored.",
        body = List<EventJson>,
        headers(("ETag" = String, description = "The new revision of the report; send it as `If-Match`.")),
    )),
    security(("token" = ["reports:read", "reports:write"])),
)]
pub async fn replace_timeline(
    app: web::Data<App>,
    actor: ApiActor,
    (path, said): (Path<String>, Query<Resaved>),
    request: HttpRequest,
    raw: Raw,
) -> Result<HttpResponse, ApiError> {
    replace::<EventJson>(&app, (&actor, &path), &request, &said, &raw).await
}

/// `GET /api/v1/reports/PM-42/factors`
#[utoipa::path(
    get,
    path = "/api/v1/reports/{key}/factors",
    tag = "Contributing factors",
    operation_id = "readFactors",
    summary = "Read the contributing factors",
    description = "The contributing factors of a report.",
    responses((
        status = 200,
        description = "The rows.",
        body = List<FactorJson>,
        headers(("ETag" = String, description = "The revision of the report; send it as `If-Match`.")),
    )),
    security(("token" = ["reports:read"])),
)]
pub async fn factors(
    app: web::Data<App>,
    actor: ApiActor,
    path: Path<String>,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    read::<FactorJson>(&app, &actor, &path, &request).await
}

/// `PUT /api/v1/reports/PM-42/factors`
#[utoipa::path(
    put,
    path = "/api/v1/reports/{key}/factors",
    tag = "Contributing factors",
    operation_id = "replaceFactors",
    summary = "Replace the contributing factors",
    description = "All rows of this kind at once: what is not sent is gone. Everything else in the report stays. A save like any other, with a revision of its own.",
    params(Resaved),
    request_body = List<FactorJson>,
    responses((
        status = 200,
        description = "The rows as stored.",
        body = List<FactorJson>,
        headers(("ETag" = String, description = "The new revision of the report; send it as `If-Match`.")),
    )),
    security(("token" = ["reports:read", "reports:write"])),
)]
pub async fn replace_factors(
    app: web::Data<App>,
    actor: ApiActor,
    (path, said): (Path<String>, Query<Resaved>),
    request: HttpRequest,
    raw: Raw,
) -> Result<HttpResponse, ApiError> {
    replace::<FactorJson>(&app, (&actor, &path), &request, &said, &raw).await
}

/// `GET /api/v1/reports/PM-42/learnings`
#[utoipa::path(
    get,
    path = "/api/v1/reports/{key}/learnings",
    tag = "Learnings",
    operation_id = "readLearnings",
    summary = "Read the learnings",
    description = "What was learned, in the order of the sections of the report.",
    responses((
        status = 200,
        description = "The rows.",
        body = List<LearningJson>,
        headers(("ETag" = String, description = "The revision of the report; send it as `If-Match`.")),
    )),
    security(("token" = ["reports:read"])),
)]
pub async fn learnings(
    app: web::Data<App>,
    actor: ApiActor,
    path: Path<String>,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    read::<LearningJson>(&app, &actor, &path, &request).await
}

/// `PUT /api/v1/reports/PM-42/learnings`
#[utoipa::path(
    put,
    path = "/api/v1/reports/{key}/learnings",
    tag = "Learnings",
    operation_id = "replaceLearnings",
    summary = "Replace the learnings",
    description = "All rows of this kind at once: what is not sent is gone. Everything else in the report stays. A save like any other, with a revision of its own.",
    params(Resaved),
    request_body = List<LearningJson>,
    responses((
        status = 200,
        description = "The rows as stored.",
        body = List<LearningJson>,
        headers(("ETag" = String, description = "The new revision of the report; send it as `If-Match`.")),
    )),
    security(("token" = ["reports:read", "reports:write"])),
)]
pub async fn replace_learnings(
    app: web::Data<App>,
    actor: ApiActor,
    (path, said): (Path<String>, Query<Resaved>),
    request: HttpRequest,
    raw: Raw,
) -> Result<HttpResponse, ApiError> {
    replace::<LearningJson>(&app, (&actor, &path), &request, &said, &raw).await
}

/// `GET /api/v1/reports/PM-42/countermeasures`
#[utoipa::path(
    get,
    path = "/api/v1/reports/{key}/countermeasures",
    tag = "Countermeasures",
    operation_id = "readCountermeasures",
    summary = "Read the countermeasures",
    description = "What will be tried, is being tried, or was tried.",
    responses((
        status = 200,
        description = "The rows.",
        body = List<CountermeasureJson>,
        headers(("ETag" = String, description = "The revision of the report; send it as `If-Match`.")),
    )),
    security(("token" = ["reports:read"])),
)]
pub async fn countermeasures(
    app: web::Data<App>,
    actor: ApiActor,
    path: Path<String>,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    read::<CountermeasureJson>(&app, &actor, &path, &request).await
}

/// `PUT /api/v1/reports/PM-42/countermeasures`
#[utoipa::path(
    put,
    path = "/api/v1/reports/{key}/countermeasures",
    tag = "Countermeasures",
    operation_id = "replaceCountermeasures",
    summary = "Replace the countermeasures",
    description = "All rows of this kind at once: what is not sent is gone. Everything else in the report stays. A save like any other, with a revision of its own.",
    params(Resaved),
    request_body = List<CountermeasureJson>,
    responses((
        status = 200,
        description = "The rows as stored.",
        body = List<CountermeasureJson>,
        headers(("ETag" = String, description = "The new revision of the report; send it as `If-Match`.")),
    )),
    security(("token" = ["reports:read", "reports:write"])),
)]
pub async fn replace_countermeasures(
    app: web::Data<App>,
    actor: ApiActor,
    (path, said): (Path<String>, Query<Resaved>),
    request: HttpRequest,
    raw: Raw,
) -> Result<HttpResponse, ApiError> {
    replace::<CountermeasureJson>(&app, (&actor, &path), &request, &said, &raw).await
}
