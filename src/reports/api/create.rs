//! `POST /api/v1/reports`

use super::body::{Options, Sent, Start, Whole};
use super::once::once;
use super::read::etag;
use super::start::is_start;
use super::wire::{RemarkJson, ReportJson, SavedJson, SavedKeyJson, SavedReportJson};
use crate::accounts::{Action, Actor, ApiActor, Scope, may, rules};
use crate::platform::app::App;
use crate::platform::http::form::media_type;
use crate::platform::http::{ApiError, Error, Query, Raw};
use crate::platform::ids::ReportKey;
use crate::reports::model::Problem;
use crate::reports::{By, Note, Saved, document, save_error, store};
use actix_web::http::header::{self, ETag};
use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;
use serde_json::Value;

/// What a new report begins with.
#[derive(Clone, Debug, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Beginning {
    /// The `word` of a template: then the body is a `ReportStart`, of which the first template that fits is taken
    /// otherwise.
    #[serde(default)]
    #[param(
        max_length = 60,
        pattern = "^([a-z0-9]+(-[a-z0-9]+)*)?$",
        example = "near-miss"
    )]
    template: Option<String>,
}

/// `POST /api/v1/reports`: with `Idempotency-Key`, sending it again has no second effect.
#[utoipa::path(
    post,
    path = "/api/v1/reports",
    tag = "Reports",
    operation_id = "createReport",
    summary = "Create a report",
    description = "From a document (`ReportBody`, or Markdown), or with the sections of a template (`ReportStart`).",
    params(Beginning, Options),
    request_body(content((NewReport = "application/json"), (String = "text/markdown", example = json!(EXAMPLE)))),
    responses((
        status = 201,
        description = "The report as stored; should a retry come from a token that may not read it any more, its key alone.",
        body = SavedJson<'_>,
        headers(
            ("ETag" = String, description = "The revision; send it as `If-Match`."),
            ("Location" = String, description = "Where the report is."),
        ),
    )),
    security(("token" = ["reports:write"])),
)]
#[expect(
    clippy::too_many_arguments,
    reason = "each part of the request is handed over by itself"
)]
pub async fn create(
    app: web::Data<App>,
    actor: ApiActor,
    request: HttpRequest,
    beginning: Query<Beginning>,
    options: Query<Options>,
    raw: Raw,
) -> Result<HttpResponse, ApiError> {
    actor.require_scope(Scope::ReportsWrite)?;
    let once = once(&request, &actor.0, &raw.0)?;
    let word = beginning
        .template
        .as_deref()
        .filter(|word| !word.is_empty());
    let sent = if media_type(&request) == "application/json" && is_start(&raw)? {
        Sent::begin(&app, &actor.0, &raw, (word, &options)).await?
    } else if word.is_some() {
        let message = "Send a title in JSON with it: a document brings its own sections.";
        return Err(Error::field("template", message).into());
    } else {
        Sent::read(&app, &request, &raw, &options).await?
    };
    let (pool, rules, now, who) = (
        app.db.clone(),
        rules(&app.settings),
        app.clock.now(),
        actor.0.clone(),
    );
    let (mut draft, publish, mut remarks) = (sent.draft, sent.publish, sent.remarks);
    let (note, reason, dismissed) = (sent.note, sent.reason, sent.dismissed);
    // PM-7 is the name of a report here, or of one on another site: nothing to recognise an import by.
    draft.import_key = draft
        .import_key
        .filter(|key| key.parse::<ReportKey>().is_err());
    if draft.import_key.is_some() && !may(&actor.0, Action::ImportReports, rules) {
        let message =
            "Left out: only those who may import say under which key an import finds a report.";
        remarks.push(Problem::of("id", message));
    }
    let saved = app
        .run_to_end(async move {
            let mut conn = pool.get().await?;
            let by = By {
                actor: &who,
                rules,
                now,
            };
            let note = Note {
                text: &note,
                publish,
                reason: &reason,
                dismissed: Some(&dismissed),
                ..Note::default()
            };
            crate::reports::create(&mut conn, &by, &draft, note, once.as_ref())
                .await
                .map_err(save_error)
        })
        .await?;
    app.changed();
    let json = answer(&app, &actor.0, saved, &remarks).await?;
    let location = format!("/api/v1/reports/{}", saved.key);
    Ok(HttpResponse::Created()
        .insert_header((header::LOCATION, location))
        .insert_header(ETag(etag(saved.revision)))
        .json(json))
}

/// What a report can be created from.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(untagged)]
#[expect(
    dead_code,
    reason = "for the description: which of the two it is shows in its fields"
)]
enum NewReport {
    /// From a document.
    Whole(Whole),
    /// From a template.
    Start(Start),
}

/// A report as `text/markdown`.
pub(super) const EXAMPLE: &str = "---\ntitle: Checkout was slow\nkind: incident\nseverity: SEV2\n---\n\n## Summary\n\nEvery tenth order timed out.\n";

/// The report as saved. A retry is answered by what the caller may read now: since the first time, the report may have
/// been restricted, and changed by others.
pub(super) async fn answer(
    app: &App,
    actor: &Actor,
    saved: Saved,
    remarks: &[Problem],
) -> Result<Value, Error> {
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
    let site = app.settings.public_url.as_str();
    let document = document::render(&stored.for_export());
    let answer = if own || may_read {
        SavedJson::Report(Box::new(SavedReportJson {
            report: ReportJson::new(&stored, &document, site),
            remarks: remarks.iter().map(RemarkJson::from).collect(),
        }))
    } else {
        SavedJson::Key(SavedKeyJson {
            id: saved.key.to_string(),
        })
    };
    serde_json::to_value(answer).map_err(Error::internal)
}
