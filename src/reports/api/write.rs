//! `POST /api/v1/reports` and `PUT /api/v1/reports/PM-42`

use super::read::etag;
use super::wire;
use crate::accounts::{Actor, ApiActor, rules};
use crate::platform::app::App;
use crate::platform::http::{ApiError, Error, Lane, Path, Query, Raw, json};
use crate::platform::ids::ReportKey;
use crate::platform::secret::sha256;
use crate::reports::model::{Draft, MAX_DOCUMENT_BYTES, Problem};
use crate::reports::{Note, Once, Saved, actions, document, save_error, store};
use actix_web::http::header::{self, ETag, EntityTag};
use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;
use serde_json::json as object;

/// What to do beside saving.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Options {
    #[serde(default)]
    publish: Option<bool>,
    #[serde(default)]
    note: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    /// The whole report as Markdown with front matter.
    document: String,
    #[serde(default)]
    publish: bool,
    #[serde(default)]
    note: String,
}

/// The request's report, understood.
struct Sent {
    draft: Draft,
    remarks: Vec<Problem>,
    publish: bool,
    note: String,
    sha256: [u8; 32],
}

/// Reads JSON (`{"document": "…"}`) or a Markdown body.
async fn read(
    app: &App,
    request: &HttpRequest,
    raw: &Raw,
    options: &Options,
) -> Result<Sent, Error> {
    let kind = request
        .headers()
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    let kind = kind
        .unwrap_or_default()
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_lowercase();
    let mut body = match kind.as_str() {
        "application/json" => json::parse_bytes::<Body>(&raw.0)?,
        "text/markdown" => {
            let document = document::decode(&raw.0)
                .map_err(|error| Error::field("document", error.to_string()))?;
            Body {
                document,
                publish: false,
                note: String::new(),
            }
        }
        _ => return Err(Error::UnsupportedMediaType),
    };
    body.publish |= options.publish.unwrap_or(false);
    if let Some(note) = &options.note {
        body.note.clone_from(note);
    }
    if body.note.chars().count() > 1_000 {
        return Err(Error::field("note", "At most 1,000 characters."));
    }
    if body.document.trim().is_empty() {
        return Err(Error::field("document", "Send the report as Markdown."));
    }
    if body.document.len() > MAX_DOCUMENT_BYTES {
        return Err(Error::TooLarge);
    }
    let text = body.document;
    let parsed = app
        .blocking(Lane::Render, move || Ok::<_, Error>(document::parse(&text)))
        .await?;
    Ok(Sent {
        draft: parsed.draft,
        remarks: parsed.problems,
        publish: body.publish,
        note: body.note,
        sha256: fingerprint(request, &raw.0),
    })
}

/// What makes a request the same request: where it goes, what it expects there, and what it says.
fn fingerprint(request: &HttpRequest, body: &[u8]) -> [u8; 32] {
    let seen = request
        .headers()
        .get(header::IF_MATCH)
        .map_or(&b""[..], |value| value.as_bytes());
    let uri = request.uri().to_string();
    sha256(
        [
            request.method().as_str().as_bytes(),
            b" ",
            uri.as_bytes(),
            b"\n",
            seen,
            b"\n",
            body,
        ]
        .concat(),
    )
}

/// `POST /api/v1/reports`: with `Idempotency-Key`, sending it again has no second effect.
pub async fn create(
    app: web::Data<App>,
    actor: ApiActor,
    request: HttpRequest,
    options: Query<Options>,
    raw: Raw,
) -> Result<HttpResponse, ApiError> {
    let once = once(&request, &actor.0)?;
    let sent = read(&app, &request, &raw, &options).await?;
    let once = once.map(|(owner, key)| Once {
        owner,
        key,
        request_sha256: sent.sha256,
    });
    let (pool, rules, now, who) = (
        app.db.clone(),
        rules(&app.settings),
        app.clock.now(),
        actor.0.clone(),
    );
    let (mut draft, publish, note) = (sent.draft, sent.publish, sent.note);
    // PM-7 is the name of a report here, or of one on another site: nothing to recognise an import by.
    draft.import_key = draft
        .import_key
        .filter(|key| key.parse::<ReportKey>().is_err());
    let saved = app
        .run_to_end(async move {
            let mut conn = pool.get().await?;
            let by = actions::By {
                actor: &who,
                rules,
                now,
            };
            let note = Note {
                text: &note,
                publish,
            };
            actions::create(&mut conn, &by, &draft, note, once.as_ref())
                .await
                .map_err(save_error)
        })
        .await?;
    app.changed();
    answer(&app, saved, &sent.remarks, true).await
}

/// `PUT /api/v1/reports/PM-42`: replaces the content. `If-Match` says which revision is meant; with `Idempotency-Key`,
/// sending it again answers with the report instead of 412.
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
    let key: ReportKey = path
        .parse()
        .map_err(|_no_key| Error::not_found(format!("The report {}", path.0)))?;
    let (seen, once) = (if_match(&request)?, once(&request, &actor.0)?);
    let sent = read(&app, &request, &raw, &options).await?;
    let once = once.map(|(owner, key)| Once {
        owner,
        key,
        request_sha256: sent.sha256,
    });
    let (pool, rules, now, who) = (
        app.db.clone(),
        rules(&app.settings),
        app.clock.now(),
        actor.0.clone(),
    );
    let (draft, publish, note) = (sent.draft, sent.publish, sent.note);
    let saved = app
        .run_to_end(async move {
            let mut conn = pool.get().await?;
            let by = actions::By {
                actor: &who,
                rules,
                now,
            };
            let note = Note {
                text: &note,
                publish,
            };
            let target = actions::Target {
                key,
                seen,
                once: once.as_ref(),
            };
            actions::revise(&mut conn, &by, target, &draft, note)
                .await
                .map_err(save_error)
        })
        .await?;
    app.changed();
    answer(&app, saved, &sent.remarks, false).await
}

async fn answer(
    app: &App,
    saved: Saved,
    remarks: &[Problem],
    created: bool,
) -> Result<HttpResponse, ApiError> {
    let mut conn = app.db.get().await?;
    let stored = store::load(&mut conn, saved.key)
        .await?
        .ok_or_else(|| Error::not_found(format!("The report {}", saved.key)))?;
    let site = app.settings.public_url.as_str();
    let document = document::render(&stored.for_export());
    let mut json = wire::report(&stored, &document, site);
    if let Some(object) = json.as_object_mut() {
        let remarks: Vec<_> = remarks
            .iter()
            .map(|it| object!({ "line": it.line, "field": it.field, "message": it.message }))
            .collect();
        object.insert("remarks".to_owned(), object!(remarks));
    }
    let mut response = if created {
        HttpResponse::Created()
    } else {
        HttpResponse::Ok()
    };
    if created {
        response.insert_header((header::LOCATION, format!("/api/v1/reports/{}", saved.key)));
    }
    Ok(response
        .insert_header(ETag(etag(saved.revision)))
        .json(json))
}

/// Whose key it is, and the key; 1 to 255 visible characters.
fn once(request: &HttpRequest, actor: &Actor) -> Result<Option<(String, String)>, Error> {
    let Some(value) = request.headers().get("Idempotency-Key") else {
        return Ok(None);
    };
    let key =
        value.to_str().ok().map(str::trim).filter(|key| {
            (1..=255).contains(&key.len()) && key.bytes().all(|b| b.is_ascii_graphic())
        });
    let key = key.ok_or_else(|| {
        Error::field(
            "Idempotency-Key",
            "1 to 255 visible ASCII characters without spaces.",
        )
    })?;
    Ok(actor
        .idempotency_owner()
        .map(|owner| (owner, key.to_owned())))
}

/// The revision named by `If-Match`.
fn if_match(request: &HttpRequest) -> Result<i32, Error> {
    let value = request
        .headers()
        .get(header::IF_MATCH)
        .ok_or(Error::PreconditionRequired)?;
    let tag: EntityTag = value
        .to_str()
        .ok()
        .and_then(|value| value.trim().parse().ok())
        .ok_or(Error::PreconditionFailed)?;
    tag.tag()
        .strip_prefix('r')
        .and_then(|n| n.parse().ok())
        .ok_or(Error::PreconditionFailed)
}
