//! One comment: another text for it, taking it away, resolving its thread. `/api/v1/reports/PM-42/comments/7`.

use super::body::{FindingId, listed, require_json};
use super::comments::{missing, opened, thread};
use super::deeds::{Deed, Doing, changed, number};
use super::threads::Thread;
use crate::accounts::{Action, ApiActor, may, refusal, rules};
use crate::platform::app::App;
use crate::platform::http::{ApiError, Error, Path, Problem, Raw, json};
use crate::platform::ids::ReportKey;
use crate::reports::actions::Turn;
use crate::reports::{SaveError, save_error};
use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;
use utoipa::ToSchema;

/// Another text for a comment.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = CommentText)]
struct Sent {
    /// Markdown.
    #[schema(
        min_length = 1,
        max_length = 10_000,
        pattern = r"\S",
        example = "Was it louder than usual?"
    )]
    text: String,
    /// `edits` of the comment as it was read: if it has been changed since, nothing is overwritten. Without it the text
    /// replaces whatever is there.
    #[serde(default)]
    #[schema(minimum = 0)]
    edits: Option<i32>,
    /// What looks like a secret and is none, and whose e-mail address or telephone number is meant to be there: `id`s of
    /// findings.
    #[serde(default)]
    #[schema(max_items = 500)]
    dismissed: Vec<FindingId>,
}

/// Why a comment is taken away.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = CommentErasure)]
struct Erasure {
    /// What stands in its place from now on, and what its author is told.
    #[schema(
        min_length = 1,
        max_length = 500,
        pattern = r"\S",
        example = "It showed a password."
    )]
    reason: String,
}

/// Does something with a comment that is there.
async fn turned(
    app: &App,
    actor: &ApiActor,
    (key, id): (ReportKey, i64),
    deed: Deed,
) -> Result<(), Error> {
    opened(app, actor, key).await?;
    let is_text = matches!(deed, Deed::EditComment { .. });
    let is_erased = matches!(deed, Deed::EraseComment(..));
    let done = Doing::again(app, actor, key).run(deed).await?;
    done.map(drop)
        .map_err(|error| refused(error, id, (is_text, is_erased)))
}

/// What a refusal means for a comment on a report that is there.
fn refused(error: SaveError, id: i64, (is_text, is_erased): (bool, bool)) -> Error {
    // All that can be in the way of another text is that there is no comment.
    let is_gone = is_text && matches!(error, SaveError::WrongStatus(_));
    if is_gone || matches!(error, SaveError::NotFound) {
        return missing(id);
    }
    let is_of_another = matches!(
        &error,
        SaveError::Invalid(problems) if problems.iter().all(|it| it.field.is_empty())
    );
    if is_of_another {
        return Error::Forbidden("Only whoever wrote a comment may change it.".into());
    }
    if matches!(error, SaveError::Forbidden) && !is_erased {
        return Error::Forbidden(
            "Only whoever wrote a comment may take it away. A thread is resolved by whoever began it, and by those who may change the report."
                .into(),
        );
    }
    if matches!(error, SaveError::Stale { .. }) {
        return Error::Conflict("The comment was changed since it was read: read it again.".into());
    }
    save_error(error)
}

/// `PUT /api/v1/reports/PM-42/comments/7`
#[utoipa::path(
    put,
    path = "/api/v1/reports/{key}/comments/{comment}",
    tag = "Comments",
    operation_id = "editComment",
    summary = "Give a comment another text",
    description = "Only whoever wrote it may; a token that belongs to nobody wrote as nobody. Those whom the text names for the first time are told.",
    params(("comment" = i64, Path, description = "The `id` of the comment.", minimum = 1, example = 7)),
    request_body = Sent,
    responses(
        (status = 200, description = "The thread in which the comment stands.", body = Thread<'_>),
        (status = 409, description = "It was changed since it was read.", body = Problem<'_>, content_type = "application/problem+json"),
    ),
    security(("token" = ["reports:read", "reports:write"])),
)]
pub async fn edit_comment(
    app: web::Data<App>,
    actor: ApiActor,
    path: Path<(String, String)>,
    request: HttpRequest,
    raw: Raw,
) -> Result<HttpResponse, ApiError> {
    let key = changed(&actor, &path.0.0)?;
    let id = number(&path.0.1, "The comment")?;
    require_json(&request)?;
    let sent = json::parse_bytes::<Sent>(&raw.0)?;
    let deed = Deed::EditComment {
        id,
        text: sent.text,
        seen: sent.edits,
        dismissed: listed(&sent.dismissed)?,
    };
    turned(&app, &actor, (key, id), deed).await?;
    thread(&app, &actor, (key, id), HttpResponse::Ok()).await
}

/// `DELETE /api/v1/reports/PM-42/comments/7`
#[utoipa::path(
    delete,
    path = "/api/v1/reports/{key}/comments/{comment}",
    tag = "Comments",
    operation_id = "removeComment",
    summary = "Take a comment away",
    description = "Only whoever wrote it may. Its text goes; what answers it stays. Doing it again changes nothing.",
    params(("comment" = i64, Path, description = "The `id` of the comment.", minimum = 1, example = 7)),
    responses((status = 204, description = "The text is gone.")),
    security(("token" = ["reports:read", "reports:write"])),
)]
pub async fn remove_comment(
    app: web::Data<App>,
    actor: ApiActor,
    path: Path<(String, String)>,
) -> Result<HttpResponse, ApiError> {
    let key = changed(&actor, &path.0.0)?;
    let id = number(&path.0.1, "The comment")?;
    let deed = Deed::TurnComment(id, Turn::Remove);
    turned(&app, &actor, (key, id), deed).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// `POST /api/v1/reports/PM-42/comments/7/erase`
#[utoipa::path(
    post,
    path = "/api/v1/reports/{key}/comments/{comment}/erase",
    tag = "Comments",
    operation_id = "eraseComment",
    summary = "Take away what somebody else wrote",
    description = "For administrators: a secret, an insult. The text is gone for good; the reason stays in its place, what answers it stays, and its author is told. Doing it again changes nothing.",
    params(("comment" = i64, Path, description = "The `id` of the comment.", minimum = 1, example = 7)),
    request_body = Erasure,
    responses((status = 200, description = "The thread in which the comment stood.", body = Thread<'_>)),
    security(("token" = ["reports:read", "reports:write", "admin"])),
)]
pub async fn erase_comment(
    app: web::Data<App>,
    actor: ApiActor,
    path: Path<(String, String)>,
    request: HttpRequest,
    raw: Raw,
) -> Result<HttpResponse, ApiError> {
    let key = changed(&actor, &path.0.0)?;
    require_json(&request)?;
    let header = opened(&app, &actor, key).await?;
    let action = Action::EraseComment(&header.access);
    if !may(&actor.0, action, rules(&app.settings)) {
        return Err(refusal(&actor.0, action).into());
    }
    let id = number(&path.0.1, "The comment")?;
    let reason = json::parse_bytes::<Erasure>(&raw.0)?.reason;
    turned(&app, &actor, (key, id), Deed::EraseComment(id, reason)).await?;
    thread(&app, &actor, (key, id), HttpResponse::Ok()).await
}

/// `POST /api/v1/reports/PM-42/comments/7/resolve`
#[utoipa::path(
    post,
    path = "/api/v1/reports/{key}/comments/{comment}/resolve",
    tag = "Comments",
    operation_id = "resolveComment",
    summary = "Resolve a thread",
    description = "Whoever began it may, and those who may change the report. Doing it again changes nothing.",
    params(("comment" = i64, Path, description = "The `id` of the thread.", minimum = 1, example = 7)),
    responses(
        (status = 200, description = "The thread.", body = Thread<'_>),
        (status = 409, description = "It is an answer: its thread is resolved, not it.", body = Problem<'_>, content_type = "application/problem+json"),
    ),
    security(("token" = ["reports:read", "reports:write"])),
)]
pub async fn resolve_comment(
    app: web::Data<App>,
    actor: ApiActor,
    path: Path<(String, String)>,
) -> Result<HttpResponse, ApiError> {
    settle(&app, &actor, &path, Turn::Resolve).await
}

/// `POST /api/v1/reports/PM-42/comments/7/reopen`
#[utoipa::path(
    post,
    path = "/api/v1/reports/{key}/comments/{comment}/reopen",
    tag = "Comments",
    operation_id = "reopenComment",
    summary = "Open a thread again",
    description = "Whoever began it may, and those who may change the report. Doing it again changes nothing.",
    params(("comment" = i64, Path, description = "The `id` of the thread.", minimum = 1, example = 7)),
    responses(
        (status = 200, description = "The thread.", body = Thread<'_>),
        (status = 409, description = "It is an answer: its thread is opened again, not it.", body = Problem<'_>, content_type = "application/problem+json"),
    ),
    security(("token" = ["reports:read", "reports:write"])),
)]
pub async fn reopen_comment(
    app: web::Data<App>,
    actor: ApiActor,
    path: Path<(String, String)>,
) -> Result<HttpResponse, ApiError> {
    settle(&app, &actor, &path, Turn::Reopen).await
}

async fn settle(
    app: &App,
    actor: &ApiActor,
    (key, id): &(String, String),
    turn: Turn,
) -> Result<HttpResponse, ApiError> {
    let key = changed(actor, key)?;
    let id = number(id, "The comment")?;
    turned(app, actor, (key, id), Deed::TurnComment(id, turn)).await?;
    thread(app, actor, (key, id), HttpResponse::Ok()).await
}
