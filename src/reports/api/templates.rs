//! `GET /api/v1/templates`: what a new report can begin with, for bots that make links or documents.

use crate::accounts::{Action, ApiActor, may, refusal, rules};
use crate::platform::app::App;
use crate::platform::http::ApiError;
use crate::reports::store;
use crate::reports::templates::Template;
use actix_web::{HttpResponse, web};
use serde_json::{Value, json};

/// `GET /api/v1/templates`: those on offer, in their order.
pub async fn templates(app: web::Data<App>, actor: ApiActor) -> Result<HttpResponse, ApiError> {
    if !may(&actor.0, Action::ListReports, rules(&app.settings)) {
        return Err(refusal(&actor.0, Action::ListReports).into());
    }
    let mut conn = app.db.get().await?;
    let kept = store::templates(&mut conn).await?;
    let site = app.settings.public_url.as_str().trim_end_matches('/');
    let items: Vec<Value> = kept
        .iter()
        .filter(|kept| kept.archived_at.is_none())
        .map(|kept| written(&kept.template, site))
        .collect();
    Ok(HttpResponse::Ok().json(json!({ "items": items })))
}

fn written(template: &Template, site: &str) -> Value {
    let severities = template.severities.iter();
    let sections = template.sections.iter().map(|section| {
        json!({
            "heading": section.heading,
            "guidance": section.guidance,
            "required": section.required,
        })
    });
    json!({
        "word": template.word,
        "name": template.name,
        "description": template.description,
        "kind": template.kind.word(),
        "severities": severities.map(ToString::to_string).collect::<Vec<_>>(),
        "visibility": template.visibility.word(),
        "sections": sections.collect::<Vec<_>>(),
        "outline": template.outline(),
        "url": format!("{site}/reports/new?template={}", template.word),
    })
}
