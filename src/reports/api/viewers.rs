//! Who may read a restricted report: `/api/v1/reports/PM-42/viewers`.

#![expect(
    single_use_lifetimes,
    reason = "the derive of the description names the lifetime of a shape once"
)]

use super::body::require_json;
use super::deeds::{Deed, Doing, changed, undone};
use super::read::permitted;
use super::words;
use crate::accounts::{Action, ApiActor, look_up};
use crate::platform::app::App;
use crate::platform::db::Connection;
use crate::platform::http::{ApiError, Error, Path, Problem, Raw, json};
use crate::platform::ids::ReportKey;
use crate::reports::model::Problem as Wrong;
use crate::reports::pages::{team, viewer};
use crate::reports::save_error;
use crate::reports::store::{self, Header, ReaderRow, Viewer, Why};
use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Who may read a report while it is restricted.
#[derive(Debug, Serialize, ToSchema)]
struct Viewers<'a> {
    /// Whether it is restricted now.
    visibility: words::Visibility,
    /// Its authors, the people and the teams named on it, then administrators.
    items: Vec<ViewerJson<'a>>,
}

/// Somebody who may read a report while it is restricted.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Viewer)]
struct ViewerJson<'a> {
    /// Names those who are named on the report, to take them off it; null for all others.
    #[schema(pattern = "^(person|team)-[1-9][0-9]*$", example = "team-3")]
    id: Option<String>,
    /// `author`, `named` or `administrator`.
    #[schema(pattern = "^(author|named|administrator)$", example = "named")]
    why: &'static str,
    /// What the person or the team is called.
    name: &'a str,
    /// Whether this person is kept out at present: they can read nothing until they are let in again.
    suspended: bool,
    /// The e-mail address of a person.
    email: Option<&'a str>,
    /// Who is in a team, by name, with commas between them.
    members: Option<&'a str>,
}

impl<'a> ViewerJson<'a> {
    fn new(row: &'a ReaderRow) -> Self {
        let is_team = matches!(row.why, Why::Named(Viewer::Team(_)));
        let (why, id) = match row.why {
            Why::Author => ("author", None),
            Why::Named(Viewer::Person(person)) => ("named", Some(format!("person-{person}"))),
            Why::Named(Viewer::Team(team)) => ("named", Some(format!("team-{team}"))),
            Why::Administrator => ("administrator", None),
        };
        Self {
            id,
            why,
            name: &row.name,
            suspended: row.suspended,
            email: (!is_team).then_some(row.detail.as_str()),
            members: is_team.then_some(row.detail.as_str()),
        }
    }
}

/// Whom to name: a person or a team.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ViewerBody)]
struct Body {
    /// The e-mail address, or the whole name, of somebody with an account.
    #[serde(default)]
    #[schema(max_length = 254, example = "ana@example.org")]
    person: Option<String>,
    /// The name of a team with somebody in it.
    #[serde(default)]
    #[schema(max_length = 200)]
    team: Option<String>,
}

/// A report whose readers the caller may choose.
async fn choosable(
    app: &App,
    conn: &mut Connection,
    actor: &ApiActor,
    key: ReportKey,
) -> Result<Header, Error> {
    permitted(app, conn, (&actor.0, key), |it| Action::SetVisibility(it)).await
}

/// `GET /api/v1/reports/PM-42/viewers`
#[utoipa::path(
    get,
    path = "/api/v1/reports/{key}/viewers",
    tag = "Viewers",
    operation_id = "listViewers",
    summary = "List who may read a report while it is restricted",
    description = "For those who may choose them: its authors and administrators. Whether it is restricted is said by `visibility` in its document.",
    responses((status = 200, description = "All of them, with the reason of each.", body = Viewers<'_>)),
    security(("token" = ["reports:read", "reports:write"])),
)]
pub async fn viewers(
    app: web::Data<App>,
    actor: ApiActor,
    path: Path<String>,
) -> Result<HttpResponse, ApiError> {
    let key = changed(&actor, &path)?;
    let mut conn = app.db.get().await?;
    let header = choosable(&app, &mut conn, &actor, key).await?;
    let rows = store::readers(&mut conn, header.id).await?;
    Ok(HttpResponse::Ok().json(Viewers {
        visibility: words::Visibility(header.visibility()),
        items: rows.iter().map(ViewerJson::new).collect(),
    }))
}

/// The longest name of a person that is looked up, in characters: no address is longer.
const LONGEST_PERSON: usize = 254;
/// The same of a team.
const LONGEST_TEAM: usize = 200;

/// Refuses what nobody is called, before it is looked up and said back.
fn fits(field: &'static str, name: Option<&str>, most: usize) -> Result<(), Error> {
    if name.is_some_and(|name| name.chars().nth(most).is_some()) {
        return Err(Error::field(field, format!("At most {most} characters.")));
    }
    Ok(())
}

/// Whom the request names, or why that cannot be told.
async fn named(conn: &mut Connection, body: &Body) -> Result<Result<Viewer, Wrong>, Error> {
    fits("person", body.person.as_deref(), LONGEST_PERSON)?;
    fits("team", body.team.as_deref(), LONGEST_TEAM)?;
    let (field, found) = match (&body.person, &body.team) {
        (Some(person), None) => {
            let found = look_up(conn, person).await?.or_problem(person);
            ("person", found.map(|person| Viewer::Person(person.id)))
        }
        (None, Some(name)) => ("team", team(conn, name).await?),
        (Some(_), Some(_)) => ("team", Err("Name a person or a team, not both.".to_owned())),
        (None, None) => ("person", Err("Name a person or a team.".to_owned())),
    };
    Ok(found.map_err(|problem| Wrong::of(field, problem)))
}

/// The answer to a retry whose name is nobody's any more, so that it cannot be told whom it named.
fn renamed() -> Error {
    let message = "This request was carried out before, and the name in it is nobody's any more. Read who is named.";
    Error::Conflict(message.into())
}

/// `POST /api/v1/reports/PM-42/viewers`
#[utoipa::path(
    post,
    path = "/api/v1/reports/{key}/viewers",
    tag = "Viewers",
    operation_id = "addViewer",
    summary = "Name somebody on a report",
    description = "So that they can read it while it is restricted. Naming somebody again changes nothing.",
    request_body = Body,
    responses(
        (
            status = 201,
            description = "They are named.",
            body = ViewerJson<'_>,
            headers(("Location" = String, description = "Where the list is.")),
        ),
        (
            status = 409,
            description = "It is a retry, and the name was taken off since, or is nobody's any more.",
            body = Problem<'_>,
            content_type = "application/problem+json",
        ),
    ),
    security(("token" = ["reports:read", "reports:write"])),
)]
pub async fn add_viewer(
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
    let mut conn = app.db.get().await?;
    // Who is called what is not told to everyone.
    choosable(&app, &mut conn, &actor, key).await?;
    let viewer = named(&mut conn, &body).await?;
    drop(conn);
    let deed = Deed::Name(viewer.clone());
    doing.run(deed).await?.map_err(save_error)?;
    let viewer = viewer.map_err(|_done_before| renamed())?;
    let mut conn = app.db.get().await?;
    let header = choosable(&app, &mut conn, &actor, key).await?;
    let rows = store::readers(&mut conn, header.id).await?;
    let row = rows.iter().find(|row| row.why == Why::Named(viewer));
    let location = format!("/api/v1/reports/{key}/viewers");
    Ok(HttpResponse::Created()
        .insert_header((header::LOCATION, location))
        .json(ViewerJson::new(row.ok_or_else(undone)?)))
}

/// `DELETE /api/v1/reports/PM-42/viewers/person-7`
#[utoipa::path(
    delete,
    path = "/api/v1/reports/{key}/viewers/{viewer}",
    tag = "Viewers",
    operation_id = "removeViewer",
    summary = "Take somebody off a report",
    description = "Who is an author or an administrator can read it all the same. Doing it again changes nothing.",
    params(("viewer" = String, Path, description = "The `id` of whom is named.", pattern = "^(person|team)-[1-9][0-9]{0,17}$", example = "team-3")),
    responses((status = 204, description = "They are not named on it.")),
    security(("token" = ["reports:read", "reports:write"])),
)]
pub async fn remove_viewer(
    app: web::Data<App>,
    actor: ApiActor,
    path: Path<(String, String)>,
) -> Result<HttpResponse, ApiError> {
    let key = changed(&actor, &path.0.0)?;
    let name = &path.0.1;
    let viewer = viewer(name).ok_or_else(|| Error::not_found(format!("The viewer {name}")))?;
    let deed = Deed::Unname(viewer);
    let done = Doing::again(&app, &actor, key).run(deed).await?;
    done.map_err(save_error)?;
    Ok(HttpResponse::NoContent().finish())
}
