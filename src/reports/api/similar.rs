//! `GET /api/v1/reports/PM-42/similar`: past reports like this one.

use super::read::{report_key, visible};
use super::rows::List;
use super::wire::SummaryJson;
use crate::accounts::{Action, ApiActor, Scope, may, reach, refusal, rules};
use crate::platform::app::App;
use crate::platform::http::{ApiError, Error, Lane, Path};
use crate::reports::similar::{self, Similar, Writing};
use actix_web::{HttpResponse, web};
use serde::Serialize;
use utoipa::ToSchema;

/// A past report, and why it is told of.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SimilarReport)]
struct SimilarJson<'a> {
    #[serde(flatten)]
    report: SummaryJson<'a>,
    /// What the two share, in words.
    reasons: &'a [String],
}

impl<'a> SimilarJson<'a> {
    fn new(it: &'a Similar, site: &str) -> Self {
        Self {
            report: SummaryJson::new(&it.summary, site),
            reasons: &it.reasons,
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
    description = "Published ones that share contributing factors, rare words of the title, or a service beside them: the same that the editor shows. Nothing is guessed; each says what the two share.",
    responses((status = 200, description = "At most three, the most alike first.", body = List<SimilarJson<'_>>)),
    security(("token" = ["reports:read", "search:read"])),
)]
pub async fn similar_reports(
    app: web::Data<App>,
    actor: ApiActor,
    path: Path<String>,
) -> Result<HttpResponse, ApiError> {
    actor.require_scope(Scope::ReportsRead)?;
    let rules = rules(&app.settings);
    if !may(&actor.0, Action::Search, rules) {
        return Err(refusal(&actor.0, Action::Search).into());
    }
    let key = report_key(&path)?;
    let mut conn = app.db.get().await?;
    let draft = visible(&app, &mut conn, &actor.0, key).await?.draft;
    drop(conn);
    let factors = draft.factors.into_iter().map(|factor| factor.name);
    let writing = Writing {
        title: draft.title,
        services: draft.services,
        factors: factors.collect(),
        own: Some(key),
    };
    let (index, who) = (app.search.clone(), actor.0.clone());
    let (writing, shared) = app
        .blocking(Lane::Search, move || {
            let shared = similar::shared(&index, &writing, &who, rules);
            Ok::<_, Error>((writing, shared.map_err(Error::unavailable)?))
        })
        .await?;
    let mut conn = app.db.get().await?;
    let found = similar::similar(&mut conn, &writing, shared, &reach(&actor.0, rules)).await?;
    let site = app.settings.public_url.as_str();
    let items = found.iter().map(|it| SimilarJson::new(it, site)).collect();
    Ok(HttpResponse::Ok().json(List { items }))
}
