//! Files of a report: the list, attaching, taking off, and the files themselves.

use super::history::crumb;
use super::read::{key, readable, whole};
use super::words;
use super::write::Nothing;
use crate::accounts::{Action, Reader, SignedIn, may, refusal, rules};
use crate::platform::app::App;
use crate::platform::db::Connection;
use crate::platform::http::{
    Error, Flash, Form, Lane, Page, PageError, Parts, Path, Redirect, SentFile,
};
use crate::platform::ids::ReportKey;
use crate::platform::secret::{from_hex, to_hex};
use crate::reports::actions::{self, By};
use crate::reports::attachments::{Attachment, encoded, inspect};
use crate::reports::store::{self, AttachedFile, Stored};
use crate::reports::{SaveError, save_error};
use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, Responder, web};
use serde_json::{Value, json};
use std::time::Duration;
use tokio::sync::Semaphore;

/// So many files are read at once on a node: each stands in memory whole.
static UPLOADS: Semaphore = Semaphore::const_new(8);

/// How long an upload waits for its turn.
const LONGEST_WAIT: Duration = Duration::from_secs(10);

/// The address of a file.
fn link(key: ReportKey, hash: &str, name: &str) -> String {
    format!("/reports/{key}/attachments/{hash}/{}", encoded(name))
}

/// What to put into the text: a picture is shown, anything else is linked to.
fn snippet(link: &str, name: &str, is_picture: bool) -> String {
    let words = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    if is_picture {
        format!("![{words}]({link})")
    } else {
        format!("[{name}]({link})")
    }
}

/// `GET /reports/PM-42/attachments`
pub async fn list(
    app: web::Data<App>,
    reader: Reader,
    path: Path<String>,
) -> Result<Page, PageError> {
    let key = key(&path)?;
    let rules = rules(&app.settings);
    let mut conn = app.db.get().await?;
    let stored = whole(&mut conn, key, &reader.0, rules).await?;
    let can_edit = may(&reader.0, Action::EditReport(&stored.header.access), rules);
    Ok(page(&app, &mut conn, (&stored, can_edit), None).await?)
}

async fn page(
    app: &App,
    conn: &mut Connection,
    (stored, can_edit): (&Stored, bool),
    problem: Option<&str>,
) -> Result<Page, Error> {
    let key = stored.header.key;
    let files = store::attached(conn, stored.header.id).await?;
    let view = json!({
        "report": crumb(key, &stored.draft.title, stored.header.revision),
        "action": format!("/reports/{key}/attachments"),
        "can_edit": can_edit,
        "most": size(i64::try_from(app.settings.attachment_bytes).unwrap_or(i64::MAX)),
        "problem": problem,
        "files": files.iter().map(|file| row(key, file)).collect::<Vec<_>>(),
    });
    let status = if problem.is_some() {
        StatusCode::UNPROCESSABLE_ENTITY
    } else {
        StatusCode::OK
    };
    Ok(Page::new("attachments", format!("Files of {key}"), view).with_status(status))
}

fn row(key: ReportKey, file: &AttachedFile) -> Value {
    let hash = to_hex(&file.sha256);
    let link = link(key, &hash, &file.name);
    json!({
        "name": file.name,
        "is_picture": file.kind.is_picture(),
        "width": file.size.map(|it| it.0),
        "height": file.size.map(|it| it.1),
        "bytes": size(file.bytes),
        "by": file.by,
        "at": file.at.to_string(),
        "at_text": words::moment(file.at),
        "snippet": snippet(&link, &file.name, file.kind.is_picture()),
        "remove_link": format!("/reports/{key}/attachments/{hash}/remove"),
        "link": link,
    })
}

/// `3 KiB`, rounded up.
fn size(bytes: i64) -> String {
    const KIB: i64 = 1024;
    match bytes {
        ..KIB => format!("{bytes} bytes"),
        bytes if bytes < KIB * KIB => format!("{} KiB", (bytes + KIB - 1) / KIB),
        bytes => format!("{} MiB", (bytes + KIB * KIB - 1) / (KIB * KIB)),
    }
}

/// `POST /reports/PM-42/attachments`: attaches one file. A script that asks for JSON gets what to put into the text.
pub async fn add(
    request: HttpRequest,
    app: web::Data<App>,
    person: SignedIn,
    path: Path<String>,
    payload: web::Payload,
) -> Result<HttpResponse, PageError> {
    let key = key(&path)?;
    let rules = rules(&app.settings);
    // Who may attach is known before a byte of the file is read.
    let mut conn = app.db.get().await?;
    let header = readable(&mut conn, key, &person.0, rules).await?;
    drop(conn);
    let action = Action::EditReport(&header.access);
    if !may(&person.0, action, rules) {
        return Err(refusal(&person.0, action).into());
    }
    let turn = tokio::time::timeout(LONGEST_WAIT, UPLOADS.acquire()).await;
    let _turn = turn.map_err(Error::unavailable)?.map_err(Error::internal)?;
    let most = app.settings.attachment_bytes;
    let parts = Parts::read(&request, payload, most).await?;
    let attached = match parts.file {
        Some(file) => attach(&app, &person, key, file).await?,
        None => Err("Choose a file.".to_owned()),
    };
    let accept = request.headers().get(header::ACCEPT);
    let is_script = accept.is_some_and(|it| it.as_bytes().starts_with(b"application/json"));
    match attached {
        Ok(snippet) if is_script => {
            Ok(HttpResponse::Created().json(json!({ "markdown": snippet })))
        }
        Ok(_) => {
            let back = Redirect::to(format!("/reports/{key}/attachments"));
            Ok(back
                .with_flash(Flash::Saved)
                .respond_to(&request)
                .map_into_boxed_body())
        }
        Err(problem) if is_script => {
            Ok(HttpResponse::UnprocessableEntity().json(json!({ "problem": problem })))
        }
        Err(problem) => {
            let mut conn = app.db.get().await?;
            let stored = whole(&mut conn, key, &person.0, rules).await?;
            let page = page(&app, &mut conn, (&stored, true), Some(&problem)).await?;
            Ok(page.respond_to(&request).map_into_boxed_body())
        }
    }
}

/// Stores the file; answers what to put into the text, or what is wrong with the file.
async fn attach(
    app: &App,
    person: &SignedIn,
    key: ReportKey,
    sent: SentFile,
) -> Result<Result<String, String>, Error> {
    let most = app.settings.attachment_bytes;
    let looked_at = app
        .blocking(Lane::Archive, move || {
            Ok::<_, Error>(inspect(&sent.name, &sent.bytes, most))
        })
        .await?;
    let file: Attachment = match looked_at {
        Ok(file) => file,
        Err(refusal) => return Ok(Err(refusal.to_string())),
    };
    let (hash, is_picture) = (to_hex(&file.sha256), file.kind.is_picture());
    let (pool, rules, now, who) = (
        app.db.clone(),
        rules(&app.settings),
        app.clock.now(),
        person.0.clone(),
    );
    let attached = app
        .run_to_end::<Result<String, SaveError>, Error>(async move {
            let mut conn = pool.get().await?;
            let by = By {
                actor: &who,
                rules,
                now,
            };
            Ok(actions::attach(&mut conn, &by, key, &file).await)
        })
        .await?;
    match attached {
        Ok(name) => Ok(Ok(snippet(&link(key, &hash, &name), &name, is_picture))),
        Err(SaveError::Invalid(problems)) => Ok(Err(problems
            .into_iter()
            .map(|problem| problem.message)
            .collect::<Vec<_>>()
            .join(" "))),
        Err(error) => Err(save_error(error)),
    }
}

/// `POST /reports/PM-42/attachments/{sha256}/remove`
pub async fn remove(
    app: web::Data<App>,
    person: SignedIn,
    path: Path<(String, String)>,
    _token_checked: Form<Nothing>,
) -> Result<Redirect, PageError> {
    let key = key(&path.0.0)?;
    let sha256 = hash(&path.0.1)?;
    let (pool, rules, now, who) = (
        app.db.clone(),
        rules(&app.settings),
        app.clock.now(),
        person.0.clone(),
    );
    app.run_to_end(async move {
        let mut conn = pool.get().await?;
        let by = By {
            actor: &who,
            rules,
            now,
        };
        actions::detach(&mut conn, &by, key, &sha256)
            .await
            .map_err(save_error)
    })
    .await?;
    Ok(Redirect::to(format!("/reports/{key}/attachments")).with_flash(Flash::Deleted))
}

fn missing() -> Error {
    Error::not_found("The file")
}

/// The 32 bytes that a piece of the path names.
fn hash(text: &str) -> Result<Vec<u8>, Error> {
    from_hex(text)
        .filter(|bytes| bytes.len() == 32)
        .ok_or_else(missing)
}

/// `GET /reports/PM-42/attachments/{sha256}/{name}`: for those who may read this very report. The name in the address
/// is for people; the one that counts is stored.
pub async fn file(
    request: HttpRequest,
    app: web::Data<App>,
    reader: Reader,
    path: Path<(String, String, String)>,
) -> Result<HttpResponse, PageError> {
    let key = key(&path.0.0)?;
    let mut conn = app.db.get().await?;
    let header = readable(&mut conn, key, &reader.0, rules(&app.settings)).await?;
    let sha256 = hash(&path.0.1)?;
    let etag = format!("\"{}\"", to_hex(&sha256));
    let known = request.headers().get(header::IF_NONE_MATCH);
    let is_known = known.is_some_and(|it| {
        let tags = it.as_bytes().split(|byte| *byte == b',');
        tags.map(<[u8]>::trim_ascii)
            .any(|tag| tag.strip_prefix(b"W/").unwrap_or(tag) == etag.as_bytes())
    });
    let mut answer = HttpResponse::Ok();
    answer
        .insert_header((
            header::CACHE_CONTROL,
            "private, max-age=31536000, immutable",
        ))
        .insert_header((header::ETAG, etag));
    if is_known {
        let name = store::name_of_attached(&mut conn, header.id, &sha256).await?;
        name.ok_or_else(missing)?;
        return Ok(answer.status(StatusCode::NOT_MODIFIED).finish());
    }
    let found = store::attached_bytes(&mut conn, header.id, &sha256).await?;
    let (kind, name, bytes) = found.ok_or_else(missing)?;
    let (shown, media_type) = if kind.is_picture() {
        ("inline", kind.media_type().to_owned())
    } else {
        let text = kind.media_type().starts_with("text/");
        let charset = if text { "; charset=utf-8" } else { "" };
        ("attachment", format!("{}{charset}", kind.media_type()))
    };
    Ok(answer
        .insert_header((header::CONTENT_TYPE, media_type))
        .insert_header((
            header::CONTENT_SECURITY_POLICY,
            "default-src 'none'; sandbox",
        ))
        .insert_header((
            header::CONTENT_DISPOSITION,
            format!("{shown}; filename*=UTF-8''{}", encoded(&name)),
        ))
        .body(bytes))
}
