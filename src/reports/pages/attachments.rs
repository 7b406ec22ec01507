//! Files of a report: the list, attaching, taking off, and the files themselves.

use super::history::crumb;
use super::read::{key, readable, whole};
use super::turns::{Turn, turn};
use super::words;
use crate::accounts::{Action, Actor, Reader, SignedIn, may, refusal, rules};
use crate::platform::app::App;
use crate::platform::db::Connection;
use crate::platform::http::{
    Error, Flash, Form, Lane, Page, PageError, Parts, Path, Redirect, SentFile,
};
use crate::platform::ids::ReportKey;
use crate::platform::secret::{from_hex, to_hex};
use crate::reports::actions::{self, By};
use crate::reports::attachments::{Attachment, Size, encoded, inspect};
use crate::reports::store::{self, AttachedFile, Stored};
use crate::reports::{SaveError, save_error};
use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, Responder, web};
use serde::Deserialize;
use serde_json::{Value, json};

pub use super::served::{file, smaller};

/// The address of a file.
pub(crate) fn link(key: ReportKey, hash: &str, name: &str) -> String {
    format!("/reports/{key}/attachments/{hash}/{}", encoded(name))
}

/// The address of a smaller picture.
fn smaller_link(key: ReportKey, hash: &str, size: Size, name: &str) -> String {
    let pixels = size.pixels();
    format!(
        "/reports/{key}/attachments/{hash}/{pixels}/{}",
        encoded(name)
    )
}

/// What to put into the text: a picture is shown, anything else is linked to.
pub(crate) fn snippet(link: &str, name: &str, is_picture: bool) -> String {
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
    Ok(page(&app, &mut conn, (&stored, &reader.0), None).await?)
}

/// The files of a report as far as this reader may have them. What was attached or shown and is in the text no more is
/// like an earlier revision: for the organisation only.
async fn files(
    conn: &mut Connection,
    stored: &Stored,
    may_see_history: bool,
) -> Result<Vec<AttachedFile>, Error> {
    let header = &stored.header;
    let mut files = store::attached(conn, header.id).await?;
    if !may_see_history && !files.is_empty() {
        let shown = store::revision(conn, header.id, header.revision).await?;
        let text = shown.map_or_else(String::new, |(_, document)| document.to_lowercase());
        files.retain(|file| text.contains(&to_hex(&file.sha256)));
    }
    Ok(files)
}

async fn page(
    app: &App,
    conn: &mut Connection,
    (stored, reader): (&Stored, &Actor),
    problem: Option<&str>,
) -> Result<Page, Error> {
    let (key, access) = (stored.header.key, &stored.header.access);
    let may = |action: Action<'_>| may(reader, action, rules(&app.settings));
    let may_see_history = may(Action::ReadHistory(access));
    let mut files = files(conn, stored, may_see_history).await?;
    if !may_see_history {
        // To the world outside, people are roles.
        for file in &mut files {
            file.by.clear();
        }
    }
    let view = json!({
        "report": crumb(key, &stored.draft.title, stored.header.revision),
        "action": format!("/reports/{key}/attachments"),
        "can_edit": may(Action::EditReport(access)),
        "can_erase": may(Action::EraseFile(access)),
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
        "warning": file.warning,
        "at": file.at.to_string(),
        "at_text": words::moment(file.at),
        "snippet": snippet(&link, &file.name, file.kind.is_picture()),
        "small_link": smaller_link(key, &hash, Size::List, &file.name),
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
    let turn = turn(&person.0).await?;
    let most = app.settings.attachment_bytes;
    let parts = Parts::read(&request, payload, most).await?;
    let attached = match parts.file {
        Some(file) => attach(&app, &person, key, (file, turn)).await?,
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
            let page = page(&app, &mut conn, (&stored, &person.0), Some(&problem)).await?;
            Ok(page.respond_to(&request).map_into_boxed_body())
        }
    }
}

/// Stores the file; answers what to put into the text, or what is wrong with the file.
async fn attach(
    app: &App,
    person: &SignedIn,
    key: ReportKey,
    (sent, turn): (SentFile, Turn),
) -> Result<Result<String, String>, Error> {
    let most = app.settings.attachment_bytes;
    let (looked_at, turn) = app
        .blocking(Lane::Archive, move || {
            Ok::<_, Error>((inspect(&sent.name, sent.bytes, most), turn))
        })
        .await?;
    let file: Attachment = match looked_at {
        Ok(file) => file,
        Err(refusal) => return Ok(Err(refusal.to_string())),
    };
    let (hash, is_picture) = (to_hex(&file.sha256), file.kind.is_picture());
    let (pool, bucket, rules, now, who) = (
        app.db.clone(),
        app.bucket.clone(),
        rules(&app.settings),
        app.clock.now(),
        person.0.clone(),
    );
    let attached = app
        .run_to_end::<Result<String, SaveError>, Error>(async move {
            let by = By {
                actor: &who,
                rules,
                now,
            };
            let kept = match actions::keep(&pool, bucket.as_deref(), &by, key, &file).await? {
                Ok(is_in_object) => (&file, is_in_object),
                Err(refused) => return Ok(Err(refused)),
            };
            let mut conn = pool.get().await?;
            let attached = actions::attach(&mut conn, &by, key, kept).await;
            // Not before: the file stands in memory, whether somebody still waits for the answer or not.
            drop(turn);
            Ok(attached)
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

/// What the form for taking a file off sends.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(default)]
pub struct RemoveForm {
    /// Also from where the text or the history shows it.
    erase: bool,
}

/// `POST /reports/PM-42/attachments/{sha256}/remove`
pub async fn remove(
    app: web::Data<App>,
    person: SignedIn,
    path: Path<(String, String)>,
    form: Form<RemoveForm>,
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
        let removed = if form.erase {
            actions::erase(&mut conn, &by, key, &sha256).await
        } else {
            actions::detach(&mut conn, &by, key, &sha256).await
        };
        removed.map_err(save_error)
    })
    .await?;
    Ok(Redirect::to(format!("/reports/{key}/attachments")).with_flash(Flash::Deleted))
}

pub(super) fn missing() -> Error {
    Error::not_found("The file")
}

/// The 32 bytes that a piece of the path names.
pub(crate) fn hash(text: &str) -> Result<Vec<u8>, Error> {
    from_hex(text)
        .filter(|bytes| bytes.len() == 32)
        .ok_or_else(missing)
}
