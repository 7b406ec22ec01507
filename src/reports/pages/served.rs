//! The files of a report as they are served: as they were attached, and pictures smaller.
//!
//! A smaller picture is made when the first reader asks for it, and kept beside the file. Nobody waits for long: where
//! one cannot be made, or not soon, the picture itself comes instead.

use super::attachments::{hash, missing};
use super::pieces;
use super::read::{key, readable};
use crate::accounts::{Action, Actor, FileReader, may, rules};
use crate::platform::app::App;
use crate::platform::db::Connection;
use crate::platform::http::{ApiError, Error, Lane, PageError, Path};
use crate::platform::ids::ReportId;
use crate::platform::secret::to_hex;
use crate::reports::api::conditions::Tags;
use crate::reports::attachments::{self, Kind, MAKER, Size, Smaller, encoded, file_name};
use crate::reports::store;
use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder, web};
use std::time::Duration;
use tokio::sync::Semaphore;

/// A file that this reader may have.
struct Found {
    report: ReportId,
    sha256: Vec<u8>,
    kind: Kind,
    name: String,
    /// How many bytes it has.
    bytes: i32,
}

/// `GET /reports/PM-42/attachments/{sha256}/{name}`: for those who may read this very report; for those outside, as long
/// as its text shows the file. The name in the address is for people; the one that counts is stored. Programs come here
/// too, with their token: the address stands in what they read.
pub async fn file(
    request: HttpRequest,
    app: web::Data<App>,
    reader: FileReader,
    path: Path<(String, String, String)>,
) -> Result<HttpResponse, actix_web::Error> {
    let served = Box::pin(async {
        let mut conn = app.db.get().await?;
        let found = found(&app, &mut conn, &reader.0, (&path.0.0, &path.0.1)).await?;
        drop(conn);
        original(&request, &app, found).await
    });
    served.await.map_err(|error| told(&reader.0, error))
}

/// `GET /reports/PM-42/attachments/{sha256}/{pixels}/{name}`: the same picture for the same readers, smaller.
pub async fn smaller(
    request: HttpRequest,
    app: web::Data<App>,
    reader: FileReader,
    path: Path<(String, String, String, String)>,
) -> Result<HttpResponse, actix_web::Error> {
    let (key, sha256, pixels, _name) = &path.0;
    let served = Box::pin(async {
        let mut conn = app.db.get().await?;
        let found = found(&app, &mut conn, &reader.0, (key, sha256)).await?;
        let size = Size::of_pixels(pixels).ok_or_else(missing)?;
        let kept = store::kept_smaller(&mut conn, &found.sha256, size).await?;
        // What follows may take a while, and asks for its own.
        drop(conn);
        let small = match kept {
            Some(kept) => kept,
            None if !found.kind.is_picture() => None,
            None => made_in_time(&app, &found, size).await,
        };
        match small {
            Some(small) => Ok(small_answer(&request, &found, size, small)),
            None => original(&request, &app, found).await,
        }
    });
    served.await.map_err(|error| told(&reader.0, error))
}

fn told(reader: &Actor, error: Error) -> actix_web::Error {
    match reader {
        Actor::Token(_) => ApiError(error).into(),
        Actor::Anonymous | Actor::Person(_) | Actor::Operator => PageError(error).into(),
    }
}

async fn found(
    app: &App,
    conn: &mut Connection,
    reader: &Actor,
    (of_report, sha256): (&str, &str),
) -> Result<Found, Error> {
    let key = key(of_report)?;
    let rules = rules(&app.settings);
    let header = readable(conn, key, reader, rules).await?;
    let only_shown = !may(reader, Action::ReadHistory(&header.access), rules);
    let sha256 = hash(sha256)?;
    let found = store::attached_file(conn, header.id, &sha256, only_shown).await?;
    let (kind, name, bytes) = found.ok_or_else(missing)?;
    Ok(Found {
        report: header.id,
        sha256,
        kind,
        name,
        bytes,
    })
}

impl Found {
    fn pieces(&self, app: &App) -> pieces::File {
        pieces::File {
            pool: app.db.clone(),
            bucket: app.bucket.clone(),
            report: self.report,
            sha256: self.sha256.clone(),
            bytes: self.bytes,
        }
    }
}

/// Whether the reader has what goes by this tag already.
fn is_known(request: &HttpRequest, tag: &str) -> bool {
    let seen = Tags::of(request, &header::IF_NONE_MATCH);
    seen.is_some_and(|seen| seen.include(tag))
}

/// An answer that may be kept, and is asked for again by this tag.
fn begun(tag: &str) -> HttpResponseBuilder {
    let mut answer = HttpResponse::Ok();
    answer
        // Whoever may not read the report any more, or finds the file removed, must not have it from a cache.
        .insert_header((header::CACHE_CONTROL, "private, no-cache"))
        .insert_header((header::ETAG, format!("\"{tag}\"")));
    answer
}

/// Opened by itself, a file runs nothing and fetches nothing.
const ALONE: (header::HeaderName, &str) = (
    header::CONTENT_SECURITY_POLICY,
    "default-src 'none'; sandbox",
);

async fn original(request: &HttpRequest, app: &App, found: Found) -> Result<HttpResponse, Error> {
    let tag = to_hex(&found.sha256);
    let mut answer = begun(&tag);
    if is_known(request, &tag) {
        return Ok(answer.status(StatusCode::NOT_MODIFIED).finish());
    }
    let body = found.pieces(app).body().await?.ok_or_else(missing)?;
    let (shown, media_type) = if found.kind.is_picture() {
        ("inline", found.kind.media_type().to_owned())
    } else {
        let text = found.kind.media_type().starts_with("text/");
        let charset = if text { "; charset=utf-8" } else { "" };
        let media_type = format!("{}{charset}", found.kind.media_type());
        ("attachment", media_type)
    };
    Ok(answer
        .insert_header((header::CONTENT_TYPE, media_type))
        .insert_header(ALONE)
        .insert_header((
            header::CONTENT_DISPOSITION,
            format!("{shown}; filename*=UTF-8''{}", encoded(&found.name)),
        ))
        .body(body))
}

fn small_answer(request: &HttpRequest, found: &Found, size: Size, small: Smaller) -> HttpResponse {
    let tag = format!("{}-{}-{MAKER}", to_hex(&found.sha256), size.pixels());
    let mut answer = begun(&tag);
    if is_known(request, &tag) {
        return answer.status(StatusCode::NOT_MODIFIED).finish();
    }
    let name = file_name(&found.name, small.kind);
    answer
        .insert_header(ALONE)
        .insert_header((header::CONTENT_TYPE, small.kind.media_type()))
        .insert_header((
            header::CONTENT_DISPOSITION,
            format!("inline; filename*=UTF-8''{}", encoded(&name)),
        ))
        .body(small.bytes)
}

/// So many wait for a smaller picture that is yet to be made; others get the picture itself at once.
static WAITING: Semaphore = Semaphore::const_new(16);
/// One at a time, from reading it to keeping it: each stands in memory whole, and whoever asks for the same meanwhile finds it
/// made. So nobody ever waits for the lane in which it is decoded.
static MAKING: Semaphore = Semaphore::const_new(1);
/// How long somebody waits before the picture itself comes instead. The smaller one is there next time.
const LONGEST_WAIT: Duration = Duration::from_secs(5);

/// Makes and keeps the smaller picture; none where the picture itself is to be shown, this time or always.
async fn made_in_time(app: &web::Data<App>, found: &Found, size: Size) -> Option<Smaller> {
    let waiting = WAITING.try_acquire().ok()?;
    let (file, kind, this) = (found.pieces(app), found.kind, app.clone());
    let made = Box::pin(app.run_to_end(async move {
        let made = make(&this, file, kind, size).await;
        drop(waiting);
        made
    }));
    match tokio::time::timeout(LONGEST_WAIT, made).await {
        Ok(Ok(made)) => made,
        Ok(Err(error)) => {
            tracing::warn!(?error, "a smaller picture could not be made");
            None
        }
        Err(_later) => None,
    }
}

async fn make(
    app: &App,
    file: pieces::File,
    kind: Kind,
    size: Size,
) -> Result<Option<Smaller>, Error> {
    let _turn = MAKING.acquire().await.map_err(Error::internal)?;
    let sha256 = file.sha256.clone();
    let mut conn = app.db.get().await?;
    // Somebody else may have asked for the same meanwhile.
    if let Some(kept) = store::kept_smaller(&mut conn, &sha256, size).await? {
        return Ok(kept);
    }
    drop(conn);
    let Some(bytes) = file.whole().await? else {
        return Ok(None);
    };
    let decoded = app
        .blocking(Lane::Pictures, move || {
            Ok::<_, Error>(attachments::smaller(kind, &bytes, size))
        })
        .await;
    let made = match decoded {
        Ok(made) => made,
        // A picture that breaks its decoder is not tried again.
        Err(Error::Internal(error)) => {
            tracing::warn!(%error, "a picture could not be decoded");
            None
        }
        Err(error) => return Err(error),
    };
    let mut conn = app.db.get().await?;
    store::keep_smaller(&mut conn, &sha256, size, made.as_ref()).await?;
    Ok(made)
}
