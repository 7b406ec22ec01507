//! `POST /api/v1/reports` and `PUT /api/v1/reports/PM-42`

use super::conditions::Tags;
use super::read::{etag, tagged};
use super::wire;
use crate::accounts::{Action, Actor, ApiActor, Scope, may, rules};
use crate::platform::app::App;
use crate::platform::db::Connection;
use crate::platform::http::{ApiError, Error, Lane, Path, Query, Raw, json};
use crate::platform::ids::ReportKey;
use crate::platform::secret::sha256;
use crate::reports::model::{Draft, MAX_DOCUMENT_BYTES, Problem};
use crate::reports::{Note, Once, SaveError, Saved, actions, document, save_error, store};
use actix_web::http::header::{self, ETag};
use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;
use serde_json::{Value, json as object};

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
    says_visibility: bool,
    remarks: Vec<Problem>,
    publish: bool,
    note: String,
    sha256: [u8; 32],
}

/// The media type of the body, without parameters.
pub(super) fn media_type(request: &HttpRequest) -> String {
    let value = request.headers().get(header::CONTENT_TYPE);
    let value = value
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let kind = value.split(';').next().unwrap_or_default();
    kind.trim().to_lowercase()
}

/// Reads JSON (`{"document": "…"}`) or a Markdown body.
async fn read(
    app: &App,
    request: &HttpRequest,
    raw: &Raw,
    options: &Options,
) -> Result<Sent, Error> {
    let mut body = match media_type(request).as_str() {
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
        let error = document::DecodeError::TooLong {
            bytes: body.document.len(),
        };
        return Err(Error::field("document", error.to_string()));
    }
    let text = body.document;
    let parsed = app
        .blocking(Lane::Render, move || Ok::<_, Error>(document::parse(&text)))
        .await?;
    if let Some(refusal) = parsed.refusal {
        return Err(Error::field("document", refusal.to_string()));
    }
    if parsed.visibility == document::Stated::Unreadable {
        let message =
            "Say open or restricted. Nothing was stored, so nothing was shown to anybody.";
        return Err(Error::field("visibility", message));
    }
    Ok(Sent {
        draft: parsed.draft,
        says_visibility: parsed.visibility == document::Stated::Word,
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
    actor.require_scope(Scope::ReportsWrite)?;
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
                ..Note::default()
            };
            actions::create(&mut conn, &by, &draft, note, once.as_ref())
                .await
                .map_err(save_error)
        })
        .await?;
    app.changed();
    let json = answer(&app, &actor.0, saved, &sent.remarks).await?;
    let location = format!("/api/v1/reports/{}", saved.key);
    Ok(HttpResponse::Created()
        .insert_header((header::LOCATION, location))
        .insert_header(ETag(etag(saved.revision)))
        .json(json))
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
    actor.require_scope(Scope::ReportsWrite)?;
    actor.require_scope(Scope::ReportsRead)?;
    let key: ReportKey = path
        .parse()
        .map_err(|_no_key| Error::not_found(format!("The report {}", path.0)))?;
    let named = Tags::of(&request, &header::IF_MATCH).ok_or(Error::PreconditionRequired)?;
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
    let change = Change {
        key,
        named,
        once,
        says_visibility: sent.says_visibility,
        publish: sent.publish,
        note: sent.note,
    };
    let draft = sent.draft;
    let saved = app
        .run_to_end(async move {
            let mut conn = pool.get().await?;
            let by = actions::By {
                actor: &who,
                rules,
                now,
            };
            change
                .make(&mut conn, &by, &draft)
                .await
                .map_err(save_error)
        })
        .await?;
    app.changed();
    let json = answer(&app, &actor.0, saved, &sent.remarks).await?;
    Ok(HttpResponse::Ok()
        .insert_header(ETag(etag(saved.revision)))
        .json(json))
}

/// The report as saved. A retry is answered by what the caller may read now: since the first time, the report may have
/// been restricted, and changed by others.
async fn answer(
    app: &App,
    actor: &Actor,
    saved: Saved,
    remarks: &[Problem],
) -> Result<Value, ApiError> {
    let mut conn = app.db.get().await?;
    let stored = store::load(&mut conn, saved.key)
        .await?
        .ok_or_else(|| Error::not_found(format!("The report {}", saved.key)))?;
    let own = saved.fresh && stored.header.revision == saved.revision;
    let may_read = may(
        actor,
        Action::ReadReport(&stored.header.access),
        rules(&app.settings),
    );
    if !own && !may_read {
        return Ok(object!({ "id": saved.key.to_string() }));
    }
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
    Ok(json)
}

/// Whose key it is, and the key; 1 to 255 visible characters.
fn once(request: &HttpRequest, actor: &Actor) -> Result<Option<(String, String)>, Error> {
    let mut values = request.headers().get_all("Idempotency-Key");
    let Some(value) = values.next() else {
        return Ok(None);
    };
    if values.next().is_some() {
        return Err(Error::Malformed(
            "Idempotency-Key was sent more than once: send one.".into(),
        ));
    }
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

/// A change as the request asks for it.
struct Change {
    key: ReportKey,
    named: Tags,
    once: Option<Once>,
    says_visibility: bool,
    publish: bool,
    note: String,
}

impl Change {
    async fn make(
        &self,
        conn: &mut Connection,
        by: &actions::By<'_>,
        draft: &Draft,
    ) -> Result<Saved, SaveError> {
        let note = Note {
            text: &self.note,
            publish: self.publish,
            ..Note::default()
        };
        let Some(seen) = meant(conn, self.key, &self.named).await? else {
            return Err(SaveError::Stale { latest: 0 });
        };
        let target = actions::Target {
            key: self.key,
            seen,
            once: self.once.as_ref(),
            says_visibility: self.says_visibility,
        };
        let saved = actions::revise(conn, by, target, draft, note).await?;
        // A retry that named no one revision: what it made is no longer known, so the report as it is.
        let is_one = matches!(&self.named, Tags::These(tags) if tags.len() == 1);
        let revision = if saved.fresh || is_one {
            saved.revision
        } else {
            seen
        };
        Ok(Saved { revision, ..saved })
    }
}

/// The revision that `If-Match` means: of several named ones, the one the report is at. `None` when it names none.
async fn meant(
    conn: &mut Connection,
    key: ReportKey,
    named: &Tags,
) -> Result<Option<i32>, SaveError> {
    let revisions: Vec<i32> = named.strong().filter_map(tagged).collect();
    if let (Tags::These(_), [] | [_]) = (named, revisions.as_slice()) {
        return Ok(revisions.first().copied());
    }
    // Should somebody save before the change is made, it is stale, as it would have been a moment later.
    let header = store::header(conn, key, false)
        .await?
        .ok_or(SaveError::NotFound)?;
    let is_meant = *named == Tags::Any || revisions.contains(&header.revision);
    Ok(if is_meant {
        Some(header.revision)
    } else {
        revisions.last().copied()
    })
}
