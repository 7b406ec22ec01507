//! `GET /api/v1/reports/PM-42/similar`: past reports like this one.

use super::read::report_key;
use super::rows::List;
use super::wire::SummaryJson;
use crate::accounts::{Action, ApiActor, Scope, may, refusal, rules};
use crate::platform::app::App;
use crate::platform::http::{ApiError, Path};
use crate::reports::pages::{Model, run_related};
use crate::reports::related::Related;
use actix_web::{HttpResponse, web};
use serde::Serialize;
use utoipa::ToSchema;

/// More hits than this are a list to work through, not a hint.
const MOST_SHOWN: usize = 3;

/// A past report, and why it is told of.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SimilarReport)]
struct SimilarJson<'a> {
    #[serde(flatten)]
    report: SummaryJson<'a>,
    /// What the two share, in words.
    reasons: Vec<&'a str>,
}

impl<'a> SimilarJson<'a> {
    fn new(it: &'a Related, site: &str) -> Self {
        Self {
            report: SummaryJson::new(&it.summary, site),
            reasons: it.sentences(),
        }
    }
}

/// `GET /api/v1/reports/PM-42/similar`
#[utoipa::path(
    get,
    path = "/api/v1/reports/{key}/similar",
    tag = "Search",
    operation_id = "listSimilar",
    summary = "Find past reports like this one",
    description = "Published ones that share contributing factors, rare words, names or codes, or a service beside them: the same that the editor shows. Nothing is guessed; each says what the two share. `GET /api/v1/related` says more of each.",
    responses((status = 200, description = "At most three, the most alike first.", body = List<SimilarJson<'_>>)),
    security(("token" = ["reports:read", "search:read"])),
)]
pub async fn similar_reports(
    app: web::Data<App>,
    actor: ApiActor,
    path: Path<String>,
) -> Result<HttpResponse, ApiError> {
    actor.require_scope(Scope::ReportsRead)?;
    if !may(&actor.0, Action::Search, rules(&app.settings)) {
        return Err(refusal(&actor.0, Action::Search).into());
    }
    let model = Model::Report(report_key(&path)?);
    let (found, _about) = Box::pin(run_related(&app, &actor.0, model, MOST_SHOWN)).await?;
    let site = app.settings.public_url.as_str();
    let items = found.iter().map(|it| SimilarJson::new(it, site)).collect();
    Ok(HttpResponse::Ok().json(List { items }))
}
