//! Links between reports: `/api/v1/reports/PM-42/links`.

#![expect(
    single_use_lifetimes,
    reason = "the derive of the description names the lifetime of a shape once"
)]

use super::body::{FindingId, listed, require_json};
use super::deeds::{Deed, Doing, changed, number, undone};
use super::read::{known, report_key};
use super::rows::List;
use super::wire::url;
use super::words;
use crate::accounts::{ApiActor, Scope, reach, rules};
use crate::platform::app::App;
use crate::platform::db::Connection;
use crate::platform::http::{ApiError, Error, Path, Problem, Raw, json};
use crate::platform::ids::ReportId;
use crate::reports::save_error;
use crate::reports::store::{self, End};
use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What one report is to another, from where this one stands.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Link)]
struct LinkJson<'a> {
    /// Names it when it is taken back.
    #[schema(minimum = 1)]
    id: i64,
    /// Whether it is said on this report. Else it is said of it on the other one, and is taken back there.
    outgoing: bool,
    /// What the report on which it is said is to the other one.
    kind: words::LinkKind,
    /// The kind in words, read from this report to the other: `Recurrence of`, or `Recurred in` where it is said on the
    /// other one.
    label: &'static str,
    /// Why; may be empty.
    why: &'a str,
    /// Who said so; null when nobody knows any more.
    said_by: Option<&'a str>,
    /// Whether that is a program.
    by_bot: bool,
    /// When.
    said_at: Timestamp,
    /// The report at the other end.
    report: LinkedJson<'a>,
}

/// The report at the other end of a link.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LinkedReport)]
struct LinkedJson<'a> {
    /// Its key.
    #[schema(pattern = "^PM-[1-9][0-9]{0,11}$", example = "PM-9")]
    id: String,
    /// One line.
    title: &'a str,
    /// Where people find it.
    #[schema(format = "uri")]
    url: String,
    kind: words::Kind,
    /// None for near misses, or where nobody said.
    severity: Option<words::Severity>,
    /// When the impact began.
    occurred_at: Option<Timestamp>,
}

impl<'a> LinkJson<'a> {
    fn new(end: &'a End, site: &str) -> Self {
        let key = end.key.to_string();
        Self {
            id: end.id,
            outgoing: end.outgoing,
            kind: words::LinkKind(end.kind),
            label: end.label(),
            why: &end.why,
            said_by: end.said_by.as_deref(),
            by_bot: end.by_bot,
            said_at: end.said_at,
            report: LinkedJson {
                title: &end.title,
                url: url(site, &key),
                id: key,
                kind: words::Kind(end.report_kind),
                severity: end.severity.map(words::Severity),
                occurred_at: end.started_at,
            },
        }
    }
}

/// A link to be said on a report.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = LinkBody)]
struct Body {
    /// The key of the other report.
    #[schema(pattern = "^PM-[1-9][0-9]{0,11}$", example = "PM-9")]
    to: String,
    /// What this report is to it.
    kind: words::LinkKind,
    /// Why; may be empty.
    #[serde(default)]
    #[schema(max_length = 500, example = "The same queue filled up.")]
    why: String,
    /// What looks like a secret in `why` and is none, and whose e-mail address or telephone number is meant to be there:
    /// `id`s of findings.
    #[serde(default)]
    #[schema(max_items = 500)]
    dismissed: Vec<FindingId>,
}

/// The links that lead to reports which the caller may know of.
async fn within_reach(
    app: &App,
    conn: &mut Connection,
    actor: &ApiActor,
    report: ReportId,
) -> Result<Vec<End>, Error> {
    let reach = reach(&actor.0, rules(&app.settings));
    Ok(store::links(conn, report, &reach).await?)
}

/// `GET /api/v1/reports/PM-42/links`
#[utoipa::path(
    get,
    path = "/api/v1/reports/{key}/links",
    tag = "Links",
    operation_id = "listLinks",
    summary = "List the links of a report",
    description = "Both directions: those said on this report first, then those said of it on others. Links to reports that the token may not know of are left out.",
    responses((status = 200, description = "At most 200 links.", body = List<LinkJson<'_>>)),
    security(("token" = ["reports:read"])),
)]
pub async fn links(
    app: web::Data<App>,
    actor: ApiActor,
    path: Path<String>,
) -> Result<HttpResponse, ApiError> {
    actor.require_scope(Scope::ReportsRead)?;
    let key = report_key(&path)?;
    let mut conn = app.db.get().await?;
    let header = known(&app, &mut conn, &actor.0, key).await?;
    let ends = within_reach(&app, &mut conn, &actor, header.id).await?;
    let site = app.settings.public_url.as_str();
    let items = ends.iter().map(|end| LinkJson::new(end, site)).collect();
    Ok(HttpResponse::Ok().json(List { items }))
}

/// `POST /api/v1/reports/PM-42/links`
#[utoipa::path(
    post,
    path = "/api/v1/reports/{key}/links",
    tag = "Links",
    operation_id = "addLink",
    summary = "Link a report to another",
    description = "Says on this report what it is to another one, which shows it from its side. The report itself does not change: no revision is made.",
    request_body = Body,
    responses(
        (
            status = 201,
            description = "The link.",
            body = LinkJson<'_>,
            headers(("Location" = String, description = "Where the links of the report are.")),
        ),
        (
            status = 409,
            description = "It is a retry, and the link was taken back since.",
            body = Problem<'_>,
            content_type = "application/problem+json",
        ),
    ),
    security(("token" = ["reports:read", "reports:write"])),
)]
pub async fn add_link(
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
    let (to, kind) = (body.to.parse(), body.kind.0);
    let to = to.map_err(|_no_key| Error::field("to", "The key of a report, such as PM-9."))?;
    let deed = Deed::AddLink {
        to,
        kind,
        why: body.why,
        dismissed: listed(&body.dismissed)?,
    };
    let done = doing.run(deed).await?;
    done.map_err(save_error)?;
    let mut conn = app.db.get().await?;
    let header = known(&app, &mut conn, &actor.0, key).await?;
    let ends = within_reach(&app, &mut conn, &actor, header.id).await?;
    let end = ends
        .iter()
        .find(|end| end.outgoing && end.key == to && end.kind == kind);
    let site = app.settings.public_url.as_str();
    let location = format!("/api/v1/reports/{key}/links");
    Ok(HttpResponse::Created()
        .insert_header((header::LOCATION, location))
        .json(LinkJson::new(end.ok_or_else(undone)?, site)))
}

/// `DELETE /api/v1/reports/PM-42/links/7`
#[utoipa::path(
    delete,
    path = "/api/v1/reports/{key}/links/{link}",
    tag = "Links",
    operation_id = "removeLink",
    summary = "Take a link back",
    description = "One that is said on this report; one that is said of it is taken back on the other one. Doing it again changes nothing.",
    params(("link" = i64, Path, description = "The `id` of the link.", minimum = 1, example = 7)),
    responses(
        (status = 204, description = "This report says no such link."),
        (
            status = 409,
            description = "It is said of this report on another one, which the answer names.",
            body = Problem<'_>,
            content_type = "application/problem+json",
        ),
    ),
    security(("token" = ["reports:read", "reports:write"])),
)]
pub async fn remove_link(
    app: web::Data<App>,
    actor: ApiActor,
    path: Path<(String, String)>,
) -> Result<HttpResponse, ApiError> {
    let key = changed(&actor, &path.0.0)?;
    let link = number(&path.0.1, "The link")?;
    let done = Doing::again(&app, &actor, key)
        .run(Deed::RemoveLink(link))
        .await?;
    done.map_err(save_error)?;
    Ok(HttpResponse::NoContent().finish())
}
