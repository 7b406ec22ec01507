//! `PUT /api/v1/reports/PM-42`

use super::body::{Options, Sent, Whole};
use super::change::{Change, Deed};
use super::create::{EXAMPLE, answer};
use super::read::etag;
use super::wire::SavedJson;
use crate::accounts::ApiActor;
use crate::platform::app::App;
use crate::platform::http::{ApiError, Path, Query, Raw};
use actix_web::http::header::ETag;
use actix_web::{HttpRequest, HttpResponse, web};

/// `PUT /api/v1/reports/PM-42`: replaces the content. `If-Match` says which revision is meant; with `Idempotency-Key`,
/// sending it again answers with the report instead of 412.
#[utoipa::path(
    put,
    path = "/api/v1/reports/{key}",
    tag = "Reports",
    operation_id = "reviseReport",
    summary = "Replace the content of a report",
    description = "Every revision is kept. Without `visibility` in the front matter, that stays as it is.",
    params(Options),
    request_body(content((Whole = "application/json"), (String = "text/markdown", example = json!(EXAMPLE)))),
    responses((
        status = 200,
        description = "The report as stored.",
        body = SavedJson<'_>,
        headers(("ETag" = String, description = "The revision; send it as `If-Match`.")),
    )),
    security(("token" = ["reports:read", "reports:write"])),
)]
#[expect(
    clippy::too_many_arguments,
    reason = "each part of the request is handed over by itself"
)]
pub async fn revise(
    app: web::Data<App>,
    actor: ApiActor,
    path: Path<String>,
    request: HttpRequest,
    options: Query<Options>,
    raw: Raw,
) -> Result<HttpResponse, ApiError> {
    let change = Change::of(&request, &actor, &path, &raw.0)?;
    let sent = Sent::read(&app, &request, &raw, &options).await?;
    let deed = Deed::Whole {
        draft: Box::new(sent.draft),
        says_visibility: sent.says_visibility,
        publish: sent.publish,
        reason: sent.reason,
    };
    let said = (sent.note, sent.dismissed);
    let saved = change.make(&app, &actor, deed, said).await?;
    let json = answer(&app, &actor.0, saved, &sent.remarks).await?;
    Ok(HttpResponse::Ok()
        .insert_header(ETag(etag(saved.revision)))
        .json(json))
}
