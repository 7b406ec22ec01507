//! `GET /api/v1/reports` and `GET /api/v1/reports/PM-42`

use super::conditions::Tags;
use super::paging::{Paging, next_link};
use super::wire::{Page, ReportJson, SummaryJson};
use crate::accounts::{Access, Action, Actor, ApiActor, Scope, may, reach, refusal, rules};
use crate::platform::app::App;
use crate::platform::db::Connection;
use crate::platform::http::{ApiError, Error, Path, Query};
use crate::platform::ids::ReportKey;
use crate::reports::document;
use crate::reports::store::{self, Header, Stored};
use actix_web::http::header::{self, ETag, EntityTag};
use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse, web};
use std::sync::Arc;

/// `GET /api/v1/reports?limit=&cursor=`: newest key first.
#[utoipa::path(
    get,
    path = "/api/v1/reports",
    tag = "Reports",
    operation_id = "listReports",
    summary = "List reports",
    description = "Newest key first, those that the token may see.",
    params(
        ("limit" = Option<i64>, Query, description = "How many; 50 if it does not say.", minimum = 1, maximum = 200, example = 50),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before.", pattern = "^(PM-[1-9][0-9]{0,11})?$"),
    ),
    responses((
        status = 200,
        description = "A page of the list.",
        body = Page<SummaryJson<'_>>,
        headers(("Link" = String, description = "The next page, if there is one: `rel=\"next\"`.")),
    )),
    security(("token" = ["reports:read"])),
)]
pub async fn list(
    app: web::Data<App>,
    actor: ApiActor,
    query: Query<Paging>,
) -> Result<HttpResponse, ApiError> {
    let rules = rules(&app.settings);
    if !may(&actor.0, Action::ListReports, rules) {
        return Err(refusal(&actor.0, Action::ListReports).into());
    }
    let limit = query.limit()?;
    let before = query.cursor(|text| text.parse::<ReportKey>().ok())?;
    let mut conn = app.db.get().await?;
    let rows = i64::try_from(limit).unwrap_or(i64::MAX);
    let page = store::list(&mut conn, &reach(&actor.0, rules), before, rows).await?;
    let site = app.settings.public_url.as_str();
    let items: Vec<SummaryJson<'_>> = page
        .items
        .iter()
        .map(|summary| SummaryJson::new(summary, site))
        .collect();
    let next = page.next.map(|key| key.to_string());
    let mut response = HttpResponse::Ok();
    if let Some(cursor) = &next {
        response.insert_header(next_link("/api/v1/reports", limit, cursor));
    }
    Ok(response.json(Page {
        items,
        total: page.total,
        next_cursor: next,
    }))
}

/// The key in an address; what is none names no report.
pub(super) fn report_key(text: &str) -> Result<ReportKey, Error> {
    text.parse()
        .map_err(|_no_key| Error::not_found(format!("The report {text}")))
}

/// The header of the report, if there is one that the caller may read.
pub(super) async fn known(
    app: &App,
    conn: &mut Connection,
    actor: &Actor,
    key: ReportKey,
) -> Result<Header, Error> {
    let rules = rules(&app.settings);
    store::header(conn, key, false)
        .await?
        .filter(|header| may(actor, Action::ReadReport(&header.access), rules))
        .ok_or_else(|| Error::not_found(format!("The report {key}")))
}

/// Refuses the caller what they may not do, in its words.
pub(super) fn allowed(app: &App, actor: &Actor, action: Action<'_>) -> Result<(), Error> {
    if may(actor, action, rules(&app.settings)) {
        return Ok(());
    }
    Err(refusal(actor, action))
}

/// The header of the report, if there is one that the caller may read, and may do this with.
pub(super) async fn permitted(
    app: &App,
    conn: &mut Connection,
    (actor, key): (&Actor, ReportKey),
    action: impl for<'a> Fn(&'a Access) -> Action<'a>,
) -> Result<Header, Error> {
    let header = known(app, conn, actor, key).await?;
    allowed(app, actor, action(&header.access))?;
    Ok(header)
}

/// The whole report, if there is one that the caller may read.
pub(super) async fn visible(
    app: &App,
    conn: &mut Connection,
    actor: &Actor,
    key: ReportKey,
) -> Result<Stored, Error> {
    let rules = rules(&app.settings);
    store::load(conn, key)
        .await?
        .filter(|stored| may(actor, Action::ReadReport(&stored.header.access), rules))
        .ok_or_else(|| Error::not_found(format!("The report {key}")))
}

/// Whether the caller has this revision already.
pub(super) fn is_known(request: &HttpRequest, tag: &EntityTag) -> bool {
    Tags::of(request, &header::IF_NONE_MATCH).is_some_and(|seen| seen.include(tag.tag()))
}

/// The answer to a caller who has it already.
pub(super) fn unchanged(tag: EntityTag) -> HttpResponse {
    HttpResponse::NotModified()
        .insert_header(ETag(tag))
        .insert_header((header::VARY, "Accept"))
        .finish()
}

/// `GET /api/v1/reports/PM-42`, as JSON, or as Markdown when `Accept` prefers it.
#[utoipa::path(
    get,
    path = "/api/v1/reports/{key}",
    tag = "Reports",
    operation_id = "readReport",
    summary = "Read a report",
    description = "With `Accept: text/markdown`, the Markdown document alone.",
    responses((
        status = 200,
        description = "The report.",
        content((ReportJson<'_> = "application/json"), (String = "text/markdown")),
        headers(("ETag" = String, description = "The revision; send it as `If-Match`.")),
    )),
    security(("token" = ["reports:read"])),
)]
pub async fn one(
    app: web::Data<App>,
    actor: ApiActor,
    path: Path<String>,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    actor.require_scope(Scope::ReportsRead)?;
    let key = report_key(&path)?;
    let missing = || Error::not_found(format!("The report {key}"));
    let mut conn = app.db.get().await?;
    let known = known(&app, &mut conn, &actor.0, key).await?;
    let rules = rules(&app.settings);
    let as_markdown = prefers_markdown(&request);
    let tag = |state: (i32, i64)| {
        let suffix = if as_markdown { ".md" } else { "" };
        EntityTag::new_strong(format!("{}{suffix}", named(state)))
    };
    let state = (known.revision, known.renames);
    if is_known(&request, &tag(state)) {
        return Ok(unchanged(tag(state)));
    }
    let written = written(&app, &mut conn, &known)
        .await?
        .filter(|written| may(&actor.0, Action::ReadReport(&written.access), rules))
        .ok_or_else(missing)?;
    let mut response = HttpResponse::Ok();
    response
        .insert_header(ETag(tag(written.state)))
        .insert_header((header::VARY, "Accept"));
    if as_markdown {
        return Ok(response
            .content_type("text/markdown; charset=utf-8")
            .body(written.markdown.clone()));
    }
    Ok(response
        .content_type(header::ContentType::json())
        .body(written.json.clone()))
}

/// A report as it leaves the site.
struct Written {
    access: Access,
    /// The revision, and how often what it names was renamed.
    state: (i32, i64),
    markdown: Bytes,
    json: Bytes,
}

/// The report of this version or, when it was just changed, a newer one; none when it is gone. From memory if somebody
/// asked for it before.
async fn written(
    app: &App,
    conn: &mut Connection,
    known: &Header,
) -> Result<Option<Arc<Written>>, Error> {
    if let Some(written) = app.memory.get::<Written>(known.id.0, known.version) {
        return Ok(Some(written));
    }
    let Some(stored) = store::load(conn, known.key).await? else {
        return Ok(None);
    };
    let site = app.settings.public_url.as_str();
    let markdown = document::render(&stored.for_export());
    let json =
        serde_json::to_vec(&ReportJson::new(&stored, &markdown, site)).map_err(Error::internal)?;
    let (version, bytes) = (stored.header.version, markdown.len() + json.len());
    let written = Arc::new(Written {
        access: stored.header.access,
        state: (stored.header.revision, stored.header.renames),
        markdown: markdown.into(),
        json: json.into(),
    });
    app.memory
        .keep(known.id.0, version, bytes, Arc::clone(&written));
    Ok(Some(written))
}

/// What a tag names: a revision, and how often the teams it names were renamed, if they were: `r7`, `r7+2`.
fn named((revision, renames): (i32, i64)) -> String {
    match renames {
        0 => format!("r{revision}"),
        more => format!("r{revision}+{more}"),
    }
}

/// The tag of a report as it is sent now: `"r7"`, or `"r7+2"` where a team of it was renamed.
pub(super) fn state_etag(header: &Header) -> EntityTag {
    EntityTag::new_strong(named((header.revision, header.renames)))
}

/// The tag of a revision: `"r7"`.
pub(super) fn etag(revision: i32) -> EntityTag {
    EntityTag::new_strong(format!("r{revision}"))
}

/// The tag of a revision as Markdown, which is not the same bytes: `"r7.md"`. `If-Match` takes both.
pub(super) fn markdown_etag(revision: i32) -> EntityTag {
    EntityTag::new_strong(format!("r{revision}.md"))
}

/// The revision a tag of ours names.
pub(super) fn tagged(tag: &str) -> Option<i32> {
    let number = tag.strip_prefix('r')?;
    let number = number.strip_suffix(".md").unwrap_or(number);
    let number = number.split_once('+').map_or(number, |(number, _)| number);
    number.parse().ok()
}

/// Whether Markdown is asked for, and JSON not before it.
pub(super) fn prefers_markdown(request: &HttpRequest) -> bool {
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
