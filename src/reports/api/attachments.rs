//! Files of a report: `/api/v1/reports/PM-42/attachments`. The bytes are fetched where people find them.

#![expect(
    single_use_lifetimes,
    reason = "the derive of the description names the lifetime of a shape once"
)]

use super::deeds::{Deed, Doing, changed, undone};
use super::once::asked;
use super::read::{known, permitted, report_key};
use super::rows::List;
use crate::accounts::{Action, ApiActor, Scope};
use crate::platform::app::App;
use crate::platform::http::form::{media_type, read_within};
use crate::platform::http::{ApiError, Error, FieldProblem, Lane, Path, Problem, Query};
use crate::platform::ids::ReportKey;
use crate::platform::secret::to_hex;
use crate::reports::attachments::inspect;
use crate::reports::pages::attachments::{hash, link, snippet};
use crate::reports::pages::turns::turn;
use crate::reports::save_error;
use crate::reports::store::{self, AttachedFile};
use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A file of a report.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Attachment)]
struct FileJson<'a> {
    /// The SHA-256 of its bytes: its name here.
    #[schema(pattern = "^[0-9a-f]{64}$")]
    sha256: String,
    /// What people call it.
    name: &'a str,
    /// What it is, told by its first bytes.
    #[schema(example = "image/png")]
    media_type: &'static str,
    /// How many bytes it has.
    #[schema(minimum = 1)]
    bytes: i64,
    /// Of a picture, in pixels.
    width: Option<i32>,
    /// Of a picture, in pixels.
    height: Option<i32>,
    /// What in a text looks like a secret or like somebody's e-mail address, and on which line; empty where nothing does. It is
    /// attached all the same: take it off if others are not to read that.
    #[schema(example = "")]
    warning: &'a str,
    /// Who attached it; empty when nobody knows any more.
    attached_by: &'a str,
    /// When.
    attached_at: Timestamp,
    /// Where the bytes are, for people and for tokens with `reports:read`.
    #[schema(format = "uri")]
    url: String,
    /// What to put into the text of the report to show it, or to link to it.
    markdown: String,
}

impl<'a> FileJson<'a> {
    fn new(key: ReportKey, file: &'a AttachedFile, site: &str) -> Self {
        let sha256 = to_hex(&file.sha256);
        let link = link(key, &sha256, &file.name);
        Self {
            name: &file.name,
            media_type: file.kind.media_type(),
            bytes: file.bytes,
            width: file.size.map(|it| it.0),
            height: file.size.map(|it| it.1),
            warning: &file.warning,
            attached_by: &file.by,
            attached_at: file.at,
            url: format!("{}{link}", site.trim_end_matches('/')),
            markdown: snippet(&link, &file.name, file.kind.is_picture()),
            sha256,
        }
    }
}

/// `GET /api/v1/reports/PM-42/attachments`
#[utoipa::path(
    get,
    path = "/api/v1/reports/{key}/attachments",
    tag = "Attachments",
    operation_id = "listAttachments",
    summary = "List the files of a report",
    description = "In the order in which they came. The bytes of each are at its `url`, which takes the same token.",
    responses((status = 200, description = "At most 100 files.", body = List<FileJson<'_>>)),
    security(("token" = ["reports:read"])),
)]
pub async fn attachments(
    app: web::Data<App>,
    actor: ApiActor,
    path: Path<String>,
) -> Result<HttpResponse, ApiError> {
    actor.require_scope(Scope::ReportsRead)?;
    let key = report_key(&path)?;
    let mut conn = app.db.get().await?;
    let header = known(&app, &mut conn, &actor.0, key).await?;
    let files = store::attached(&mut conn, header.id).await?;
    let site = app.settings.public_url.as_str();
    let items = files.iter().map(|file| FileJson::new(key, file, site));
    Ok(HttpResponse::Ok().json(List {
        items: items.collect(),
    }))
}

/// What the file is called.
#[derive(Clone, Debug, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Named {
    /// What people will call it; characters that are none of a name are left out, and its ending becomes that of its kind.
    #[serde(default)]
    #[param(max_length = 255, example = "p99-latency.png")]
    name: Option<String>,
}

/// The longest name that is looked at, in characters.
const LONGEST_NAME: usize = 255;

/// `POST /api/v1/reports/PM-42/attachments?name=`: the bytes as they are.
#[utoipa::path(
    post,
    path = "/api/v1/reports/{key}/attachments",
    tag = "Attachments",
    operation_id = "addAttachment",
    summary = "Attach a file",
    description = "The body is the file: a PNG, JPEG, GIF or WebP picture, a PDF, or text in UTF-8, told by its first bytes. Of a picture, what a camera wrote into it is left out. The same bytes twice are one file, with its first name.",
    params(Named),
    request_body(content = String, content_type = "application/octet-stream", description = "The bytes; at most 10 MiB, unless the operator says otherwise."),
    responses(
        (
            status = 201,
            description = "The file is attached.",
            body = FileJson<'_>,
            headers(("Location" = String, description = "Where the bytes are.")),
        ),
        (
            status = 409,
            description = "It is a retry, and the file was taken off since.",
            body = Problem<'_>,
            content_type = "application/problem+json",
        ),
    ),
    security(("token" = ["reports:read", "reports:write"])),
)]
pub async fn attach(
    app: web::Data<App>,
    actor: ApiActor,
    (path, named): (Path<String>, Query<Named>),
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, ApiError> {
    let key = changed(&actor, &path)?;
    // Who may attach is known before a byte of the file is read.
    let mut conn = app.db.get().await?;
    permitted(&app, &mut conn, (&actor.0, key), |it| {
        Action::EditReport(it)
    })
    .await?;
    drop(conn);
    if media_type(&request) != "application/octet-stream" {
        return Err(Error::UnsupportedMediaType(
            "Content-Type: application/octet-stream, whatever the file is: its first bytes tell",
        )
        .into());
    }
    let name = named.name.clone().unwrap_or_default();
    if name.chars().count() > LONGEST_NAME {
        return Err(Error::field("name", "At most 255 characters.").into());
    }
    let asked = asked(&request, &actor.0)?;
    let turn = turn(&actor.0).await?;
    let most = app.settings.attachment_bytes;
    let bytes = read_within(&request, payload.into_inner(), most).await?;
    let (file, once, turn) = app
        .blocking(Lane::Archive, move || {
            // Before the bytes go into the file.
            let once = asked.map(|it| it.with(&bytes));
            let file = inspect(&name, bytes, most);
            let file = file.map_err(|refusal| Error::field("body", refusal.to_string()))?;
            Ok::<_, Error>((file, once, turn))
        })
        .await?;
    let sha256 = file.sha256;
    let doing = Doing::of((&app, &actor, key), once);
    let done = doing.run(Deed::AddFile(Box::new(file), turn)).await?;
    done.map_err(|error| about_body(save_error(error)))?;
    let mut conn = app.db.get().await?;
    let header = known(&app, &mut conn, &actor.0, key).await?;
    let files = store::attached(&mut conn, header.id).await?;
    let file = files.iter().find(|file| file.sha256 == sha256);
    let file = file.ok_or_else(undone)?;
    let location = link(key, &to_hex(&file.sha256), &file.name);
    let site = app.settings.public_url.as_str();
    Ok(HttpResponse::Created()
        .insert_header((header::LOCATION, location))
        .json(FileJson::new(key, file, site)))
}

/// What is wrong with the file is said of what was sent: here it is the body.
fn about_body(error: Error) -> Error {
    let Error::Invalid(problems) = error else {
        return error;
    };
    let about = |it: FieldProblem| match it.field.as_ref() {
        "file" => FieldProblem::new("body", it.message),
        _ => it,
    };
    Error::Invalid(problems.into_iter().map(about).collect())
}

/// `DELETE /api/v1/reports/PM-42/attachments/{sha256}`
#[utoipa::path(
    delete,
    path = "/api/v1/reports/{key}/attachments/{sha256}",
    tag = "Attachments",
    operation_id = "removeAttachment",
    summary = "Take a file off a report",
    description = "Doing it again changes nothing.",
    params(("sha256" = String, Path, description = "The `sha256` of the file.", pattern = "^[0-9a-f]{64}$", example = "0f4d8d4e0b1b9ef3a0e9d7b0e6f41c5a3d8e0f7b62c9a1d4e5f60718293a4b5c")),
    responses(
        (status = 204, description = "The file is not on this report."),
        (
            status = 409,
            description = "The text of the report names the file, or an earlier revision, a comment, what a participant told, or what somebody has begun to write: so it stays.",
            body = Problem<'_>,
            content_type = "application/problem+json",
        ),
    ),
    security(("token" = ["reports:read", "reports:write"])),
)]
pub async fn detach(
    app: web::Data<App>,
    actor: ApiActor,
    path: Path<(String, String)>,
) -> Result<HttpResponse, ApiError> {
    let key = changed(&actor, &path.0.0)?;
    let sha256 = hash(&path.0.1)?;
    let done = Doing::again(&app, &actor, key)
        .run(Deed::RemoveFile(sha256))
        .await?;
    done.map_err(save_error)?;
    Ok(HttpResponse::NoContent().finish())
}
