//! Comments on a report: `/api/v1/reports/PM-42/comments`.

use super::body::{FindingId, listed, require_json};
use super::deeds::{Deed, Doing, changed};
use super::paging::{Paging, counted, next_link};
use super::read::{allowed, permitted, visible};
use super::threads::{Talk, Thread, Threads, Wanted};
use crate::accounts::{Action, ApiActor, reach, rules};
use crate::platform::app::App;
use crate::platform::http::{ApiError, Error, Lane, Path, Problem, Query, Raw, json};
use crate::platform::ids::ReportKey;
use crate::reports::comments::Anchor;
use crate::reports::model::Problem as Wrong;
use crate::reports::store::{self, Header};
use crate::reports::{document, save_error};
use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder, web};
use serde::Deserialize;
use utoipa::ToSchema;

/// A comment to be made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = CommentBody)]
struct Body {
    /// Markdown. `@` before a name mentions somebody who may read the report.
    #[schema(
        min_length = 1,
        max_length = 10_000,
        pattern = r"\S",
        example = "Was the alert louder than the week before?"
    )]
    text: String,
    /// The heading of the section it is about, which no other section has. Without a section or an event it is about the
    /// report.
    #[serde(default)]
    #[schema(max_length = 1000)]
    section: Option<String>,
    /// The number of the event it is about, counted from 1, in the order of the timeline.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 2000, example = 1)]
    event: Option<u32>,
    /// The revision in which the section has this heading, or the event this number; the latest if it does not say.
    #[serde(default)]
    #[schema(minimum = 1)]
    revision: Option<i32>,
    /// The comment it answers; what it is about, that one says.
    #[serde(default)]
    #[schema(minimum = 1)]
    reply_to: Option<i64>,
    /// What looks like a secret and is none, and whose e-mail address or telephone number is meant to be there: `id`s of
    /// findings.
    #[serde(default)]
    #[schema(max_items = 500)]
    dismissed: Vec<FindingId>,
}

/// The report, if the caller may read what is said about it.
pub(super) async fn opened(app: &App, actor: &ApiActor, key: ReportKey) -> Result<Header, Error> {
    let mut conn = app.db.get().await?;
    permitted(app, &mut conn, (&actor.0, key), |it| Action::Comment(it)).await
}

/// A part of what is said about a report.
#[derive(Clone, Copy)]
enum Part {
    /// So many threads behind this one.
    Page(i64, usize),
    /// The thread of this comment.
    ThreadOf(i64),
}

/// A part of what is said as JSON, put together where that may take a moment; and where a list goes on.
async fn told(
    app: &App,
    actor: &ApiActor,
    key: ReportKey,
    part: Part,
) -> Result<(Vec<u8>, Option<String>), Error> {
    let mut conn = app.db.get().await?;
    let stored = visible(app, &mut conn, &actor.0, key).await?;
    allowed(app, &actor.0, Action::Comment(&stored.header.access))?;
    let report = stored.header.id;
    let (comments, total) = match part {
        Part::Page(after, limit) => {
            let wanted = (
                after,
                i64::try_from(limit).unwrap_or(i64::MAX).saturating_add(1),
            );
            let comments = store::threads(&mut conn, report, wanted).await?;
            (comments, store::count_threads(&mut conn, report).await?)
        }
        Part::ThreadOf(id) => (store::thread_of(&mut conn, report, id).await?, 1),
    };
    drop(conn);
    let (reader, site) = (actor.0.person_id(), app.settings.public_url.to_string());
    app.blocking(Lane::Render, move || {
        let about = (key, &stored.draft);
        let talk = Talk::new(about, &comments, (reader, &site));
        let (json, next) = match part {
            Part::Page(_, limit) => {
                let page = talk.page(limit, total);
                (serde_json::to_vec(&page), page.next_cursor)
            }
            Part::ThreadOf(id) => {
                let thread = talk.thread_of(id).ok_or_else(|| missing(id))?;
                (serde_json::to_vec(&thread), None)
            }
        };
        Ok::<_, Error>((json.map_err(Error::internal)?, next))
    })
    .await
}

pub(super) fn missing(id: i64) -> Error {
    Error::not_found(format!("The comment {id}"))
}

/// The thread of a comment that was just made or changed.
pub(super) async fn thread(
    app: &App,
    actor: &ApiActor,
    (key, id): (ReportKey, i64),
    mut answer: HttpResponseBuilder,
) -> Result<HttpResponse, ApiError> {
    let (json, _no_next) = told(app, actor, key, Part::ThreadOf(id)).await?;
    Ok(answer.content_type(header::ContentType::json()).body(json))
}

/// `GET /api/v1/reports/PM-42/comments?limit=&cursor=`
#[utoipa::path(
    get,
    path = "/api/v1/reports/{key}/comments",
    tag = "Comments",
    operation_id = "listComments",
    summary = "List the comments on a report",
    description = "In threads, the oldest first, resolved ones too. They are a talk among those who work on a report, so they take the scope to write as well.",
    params(
        ("limit" = Option<i64>, Query, description = "How many threads; 50 if it does not say.", minimum = 1, maximum = 200, example = 50),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before.", pattern = "^([1-9][0-9]{0,17})?$"),
    ),
    responses((
        status = 200,
        description = "A page of the list.",
        body = Threads<'_>,
        headers(("Link" = String, description = "The next page, if there is one: `rel=\"next\"`.")),
    )),
    security(("token" = ["reports:read", "reports:write"])),
)]
pub async fn comments(
    app: web::Data<App>,
    actor: ApiActor,
    path: Path<String>,
    query: Query<Paging>,
) -> Result<HttpResponse, ApiError> {
    let key = changed(&actor, &path)?;
    let limit = query.limit()?;
    let after = query.cursor(counted)?.unwrap_or(0);
    let (json, next) = told(&app, &actor, key, Part::Page(after, limit)).await?;
    let mut response = HttpResponse::Ok();
    if let Some(cursor) = next {
        let list = format!("/api/v1/reports/{key}/comments");
        response.insert_header(next_link(&list, limit, &cursor));
    }
    Ok(response
        .content_type(header::ContentType::json())
        .body(json))
}

/// What the comment is about, or why that cannot be told.
async fn anchor(
    app: &App,
    actor: &ApiActor,
    header: &Header,
    body: &Body,
) -> Result<Result<Anchor, Wrong>, Error> {
    let wrong = |field: &str, message: &str| Ok(Err(Wrong::of(field, message)));
    let wanted = match (&body.section, body.event, body.reply_to) {
        (None, None, _) => return Ok(Ok(Anchor::Report)),
        (_, _, Some(_)) => {
            return wrong(
                "reply_to",
                "An answer is about what its thread is about: leave out section and event.",
            );
        }
        (Some(_), Some(_), None) => {
            return wrong(
                "event",
                "A comment is about a section or an event, not both.",
            );
        }
        (Some(heading), None, None) => Wanted::section(heading)?,
        (None, Some(number), None) => Wanted::Event(number),
    };
    let mut conn = app.db.get().await?;
    let Some(seen) = body.revision else {
        let draft = visible(app, &mut conn, &actor.0, header.key).await?.draft;
        drop(conn);
        let find = move || Ok::<_, Error>(wanted.among(&draft));
        return app.blocking(Lane::Render, find).await;
    };
    let reach = reach(&actor.0, rules(&app.settings));
    let found = store::seen_revision(&mut conn, &reach, header.id, seen).await?;
    let Some((_, text)) = found else {
        return wrong("revision", "The report has no such revision.");
    };
    drop(conn);
    let find = move || Ok::<_, Error>(wanted.among(&document::parse(&text).draft));
    app.blocking(Lane::Render, find).await
}

/// `POST /api/v1/reports/PM-42/comments`
#[utoipa::path(
    post,
    path = "/api/v1/reports/{key}/comments",
    tag = "Comments",
    operation_id = "addComment",
    summary = "Comment on a report",
    description = "On the whole, on a section, on an event, or as an answer to another comment. Those who are mentioned, those who wrote in the thread, and the authors of the report are told.",
    request_body = Body,
    responses(
        (
            status = 201,
            description = "The thread in which the comment stands.",
            body = Thread<'_>,
            headers(("Location" = String, description = "Where the comments of the report are.")),
        ),
        (
            status = 409,
            description = "The comment it answers is not there, or the report has as many comments as fit.",
            body = Problem<'_>,
            content_type = "application/problem+json",
        ),
    ),
    security(("token" = ["reports:read", "reports:write"])),
)]
pub async fn comment(
    app: web::Data<App>,
    actor: ApiActor,
    path: Path<String>,
    request: HttpRequest,
    raw: Raw,
) -> Result<HttpResponse, ApiError> {
    let key = changed(&actor, &path)?;
    let doing = Doing::once((&app, &actor, key), &request, &raw.0)?;
    require_json(&request)?;
    let body = json::parse_bytes::<Body>(&raw.0)?;
    let header = opened(&app, &actor, key).await?;
    let anchor = anchor(&app, &actor, &header, &body).await?;
    let deed = Deed::Comment {
        anchor,
        parent: body.reply_to,
        text: body.text,
        dismissed: listed(&body.dismissed)?,
    };
    let id = doing.run(deed).await?.map_err(save_error)?;
    let mut answer = HttpResponse::Created();
    answer.insert_header((header::LOCATION, format!("/api/v1/reports/{key}/comments")));
    thread(&app, &actor, (key, id), answer).await
}
