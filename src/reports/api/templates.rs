//! `GET /api/v1/templates`: what a new report can begin with, for bots that make links or documents.

#![expect(
    single_use_lifetimes,
    reason = "the derive of the description names the lifetime of a shape once"
)]

use super::words;
use crate::accounts::{Action, ApiActor, may, refusal, rules};
use crate::platform::app::App;
use crate::platform::http::ApiError;
use crate::reports::store;
use crate::reports::templates::{Template, TemplateSection};
use actix_web::{HttpResponse, web};
use serde::Serialize;
use utoipa::ToSchema;

/// What a new report can begin with.
#[derive(Debug, Serialize, ToSchema)]
struct Templates<'a> {
    /// In the order of the site.
    items: Vec<TemplateJson<'a>>,
}

/// A template.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Template)]
struct TemplateJson<'a> {
    /// Names it in addresses, also when its name changes.
    #[schema(
        pattern = "^[a-z0-9]+(-[a-z0-9]+)*$",
        max_length = 60,
        example = "near-miss"
    )]
    word: &'a str,
    /// What people call it.
    name: &'a str,
    /// What it is for, in one line.
    description: &'a str,
    kind: words::Kind,
    /// The severities it is for; none means any.
    severities: Vec<words::Severity>,
    visibility: words::Visibility,
    /// What its reports say, in order.
    sections: Vec<TemplateSectionJson<'a>>,
    /// The Markdown to begin with.
    outline: String,
    /// The form for a person.
    #[schema(format = "uri")]
    url: String,
}

/// A heading, and what to write below it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TemplateSection)]
struct TemplateSectionJson<'a> {
    /// The heading.
    heading: &'a str,
    /// What to write about; may be empty.
    guidance: &'a str,
    /// Whether a report is incomplete without it.
    required: bool,
}

impl<'a> From<&'a TemplateSection> for TemplateSectionJson<'a> {
    fn from(it: &'a TemplateSection) -> Self {
        Self {
            heading: &it.heading,
            guidance: &it.guidance,
            required: it.required,
        }
    }
}

impl<'a> TemplateJson<'a> {
    fn new(it: &'a Template, site: &str) -> Self {
        Self {
            word: &it.word,
            name: &it.name,
            description: &it.description,
            kind: words::Kind(it.kind),
            severities: it.severities.iter().copied().map(words::Severity).collect(),
            visibility: words::Visibility(it.visibility),
            sections: it.sections.iter().map(TemplateSectionJson::from).collect(),
            outline: it.outline(),
            url: format!("{site}/reports/new?template={}", it.word),
        }
    }
}

/// `GET /api/v1/templates`: those on offer, in their order.
#[utoipa::path(
    get,
    path = "/api/v1/templates",
    tag = "Templates",
    operation_id = "listTemplates",
    summary = "List templates",
    description = "What a new report can begin with, in the order of the site.",
    responses((status = 200, description = "The templates on offer.", body = Templates<'_>)),
    security(("token" = ["reports:read"])),
)]
pub async fn templates(app: web::Data<App>, actor: ApiActor) -> Result<HttpResponse, ApiError> {
    if !may(&actor.0, Action::ListReports, rules(&app.settings)) {
        return Err(refusal(&actor.0, Action::ListReports).into());
    }
    let mut conn = app.db.get().await?;
    let kept = store::templates(&mut conn).await?;
    let site = app.settings.public_url.as_str().trim_end_matches('/');
    let items = kept
        .iter()
        .filter(|kept| kept.archived_at.is_none())
        .map(|kept| TemplateJson::new(&kept.template, site))
        .collect();
    Ok(HttpResponse::Ok().json(Templates { items }))
}
