//! `GET /api/v1/related` and `POST /api/v1/related`: reports like a report, a text or an alert.

#![expect(
    single_use_lifetimes,
    reason = "the derive of the description names the lifetime of a shape once"
)]

use super::search::limit;
use super::wire::SummaryJson;
use crate::accounts::{Action, Actor, ApiActor, may, refusal, rules};
use crate::platform::app::App;
use crate::platform::http::{ApiError, Error, Json, Pairs};
use crate::platform::search::related::{MOST, Reason};
use crate::reports::pages::{Model, Said, read_related, run_related};
use crate::reports::related::Related;
use actix_web::{HttpResponse, web};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// Hits when `limit` does not say: what fits into a channel.
const LIMIT: usize = 3;

/// What is known of an alert or of a change.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = RelatedBody)]
pub struct Body {
    /// What happens, or what is about to change, in words: an alert, an error, a description.
    #[serde(default)]
    #[schema(max_length = 16384, example = "Replica lag 340s on db-2")]
    text: String,
    /// One line: of a report, an incident, a change.
    #[serde(default)]
    #[schema(max_length = 1000)]
    title: String,
    /// The labels of an alert. `alertname`, `service`, `app`, `component`, `team`, `summary`, `description`, `message`,
    /// `error` and `reason` are read; others are left alone.
    #[serde(default)]
    labels: BTreeMap<String, String>,
    /// Services by name.
    #[serde(default)]
    #[schema(max_items = 32)]
    services: Vec<String>,
    /// How many; 3 if it does not say.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 50, example = 3)]
    limit: Option<u32>,
}

/// Reports like what was asked about.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RelatedReports)]
struct Answer<'a> {
    /// Those that are linked first, then the most alike. None when there is nothing to be sure of.
    #[schema(max_items = 50)]
    items: Vec<RelatedJson<'a>>,
}

/// A report, and why it is told of.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RelatedReport)]
struct RelatedJson<'a> {
    #[serde(flatten)]
    report: SummaryJson<'a>,
    /// How alike it is; comparable within one answer only.
    score: f32,
    /// What the two share, the most telling first.
    #[schema(min_items = 1)]
    reasons: Vec<ReasonJson<'a>>,
}

/// Something that two reports share.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RelatedReason)]
struct ReasonJson<'a> {
    /// `linked`, `alert`, `factor`, `identifier`, `service`, `words`, `tag` or `team`; more may be added.
    #[schema(example = "service")]
    kind: &'static str,
    /// In words.
    #[schema(example = "Same service: checkout")]
    text: &'a str,
}

impl<'a> RelatedJson<'a> {
    fn new(it: &'a Related, site: &str) -> Self {
        let reason = |reason: &'a Reason| ReasonJson {
            kind: reason.kind.word(),
            text: &reason.text,
        };
        Self {
            report: SummaryJson::new(&it.summary, site),
            score: it.score,
            reasons: it.reasons.iter().map(reason).collect(),
        }
    }
}

/// `GET /api/v1/related?id=PM-42`, `?import_key=…`, `?text=…&service=…`
#[utoipa::path(
    get,
    path = "/api/v1/related",
    tag = "Search",
    operation_id = "findRelated",
    summary = "Find reports like a report or a text",
    description = "Published reports that may tell the same story, each with its reasons. Say one of `id`, `import_key` and what is known in words. Nothing is told of that there is no reason for: an empty list is an answer.",
    params(
        ("id" = Option<String>, Query, description = "The key of the report that they are to be like.", example = "PM-42"),
        ("import_key" = Option<String>, Query, description = "The identity that an import gave that report."),
        ("text" = Option<String>, Query, description = "What happens, in words.", example = "Replica lag 340s on db-2"),
        ("title" = Option<String>, Query, description = "One line: of an incident, of a change."),
        ("alertname" = Option<String>, Query, description = "The name of an alert.", example = "PostgresReplicationLag"),
        ("summary" = Option<String>, Query, description = "What an alert says."),
        ("service" = Option<Vec<String>>, Query, description = "Services it concerns, by name; beside words."),
        ("team" = Option<String>, Query, description = "The team it concerns; beside words."),
        ("limit" = Option<i64>, Query, description = "How many; 3 if it does not say.", minimum = 1, maximum = 50, example = 3),
    ),
    responses((status = 200, description = "Reports with reasons.", body = Answer<'_>)),
    security(("token" = ["search:read"])),
)]
pub async fn related(
    app: web::Data<App>,
    actor: ApiActor,
    Pairs(pairs): Pairs,
) -> Result<HttpResponse, ApiError> {
    let actor = searching(&app, actor)?;
    let asked = read_related(&pairs)?;
    let limit_text = pairs.iter().find(|pair| pair.0 == "limit");
    let limit = limit(limit_text.map(|pair| pair.1.as_str()), LIMIT, MOST)?;
    let nothing = "Say a report (id or import_key), or what happens (text).";
    let model = asked.ok_or_else(|| Error::field("id", nothing))?;
    answer(&app, &actor, model, limit).await
}

/// `POST /api/v1/related`
#[utoipa::path(
    post,
    path = "/api/v1/related",
    tag = "Search",
    operation_id = "findRelatedToAlert",
    summary = "Find reports like an alert or a change",
    description = "The same for what does not fit into an address: a text, the title of a change, the labels of an alert. Nothing is stored.",
    request_body = Body,
    responses((status = 200, description = "Reports with reasons.", body = Answer<'_>)),
    security(("token" = ["search:read"])),
)]
pub async fn related_to(
    app: web::Data<App>,
    actor: ApiActor,
    body: Json<Body>,
) -> Result<HttpResponse, ApiError> {
    let actor = searching(&app, actor)?;
    let Json(body) = body;
    let limit = body.limit.map(|limit| limit.to_string());
    let limit = super::search::limit(limit.as_deref(), LIMIT, MOST)?;
    let said = Said {
        title: body.title,
        text: body.text,
        services: body.services,
        labels: body.labels,
    };
    answer(&app, &actor, Model::Known(said.subject()?), limit).await
}

/// Whoever may search; what is wrong with the request is only told to them.
fn searching(app: &App, ApiActor(actor): ApiActor) -> Result<Actor, Error> {
    if may(&actor, Action::Search, rules(&app.settings)) {
        Ok(actor)
    } else {
        Err(refusal(&actor, Action::Search))
    }
}

async fn answer(
    app: &App,
    actor: &Actor,
    model: Model,
    limit: usize,
) -> Result<HttpResponse, ApiError> {
    let (found, _about) = Box::pin(run_related(app, actor, model, limit)).await?;
    let site = app.settings.public_url.as_str();
    let items = found.iter().map(|it| RelatedJson::new(it, site)).collect();
    Ok(HttpResponse::Ok().json(Answer { items }))
}
