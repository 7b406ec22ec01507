//! `POST /api/v1/language-check`

#![expect(
    single_use_lifetimes,
    reason = "the derive of the description names the lifetime of a shape once"
)]

use crate::accounts::{ApiActor, Scope};
use crate::platform::app::App;
use crate::platform::http::form::media_type;
use crate::platform::http::{ApiError, Error, Lane, Raw, json};
use crate::reports::language::{self, Finding};
use actix_web::{HttpRequest, HttpResponse, web};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A text to look at.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = LanguageCheckBody)]
struct Body {
    /// Markdown; at most 1 MiB.
    #[schema(
        max_length = 1_048_576,
        example = "The engineer forgot to renew the certificate."
    )]
    text: String,
}

/// What an author may want to look at.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LanguageFindings)]
struct Answer<'a> {
    /// Secrets first, then in the order of the text.
    #[schema(max_items = 200)]
    findings: Vec<FindingJson<'a>>,
}

/// A finding; `start` and `end` count bytes of the text in UTF-8.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Finding)]
struct FindingJson<'a> {
    /// Its name, the same as long as the words are: publishing takes it as `dismissed`.
    #[schema(pattern = "^[0-9a-f]{8}$", example = "1f0c2b7a")]
    id: &'a str,
    /// `person_and_fault`, `name_and_fault`, `hindsight`, `blame_word`, `minimising`, `single_cause`, `secret`, `email`
    /// or `phone`; more may be added.
    #[schema(example = "person_and_fault")]
    kind: &'static str,
    /// Where it begins.
    start: usize,
    /// Where it ends.
    end: usize,
    /// The line, counted from 1.
    #[schema(minimum = 1)]
    line: usize,
    /// The words; of a secret the first characters only.
    text: &'a str,
    /// Why it may be worth another look.
    reason: &'static str,
    /// A question to ask instead.
    suggestion: &'a str,
}

impl<'a> From<&'a Finding> for FindingJson<'a> {
    fn from(it: &'a Finding) -> Self {
        Self {
            id: &it.id,
            kind: it.kind.word(),
            start: it.start,
            end: it.end,
            line: it.line,
            text: &it.text,
            reason: it.reason,
            suggestion: &it.suggestion,
        }
    }
}

/// `POST /api/v1/language-check`: nothing is stored. For whoever reads or writes reports.
#[utoipa::path(
    post,
    path = "/api/v1/language-check",
    tag = "Wording help",
    operation_id = "checkLanguage",
    summary = "Check the wording of a text",
    description = "What may read as blame, and what should not be published with it. Nothing is stored, and no text is refused for its words.",
    request_body(content((Body = "application/json"), (String = "text/markdown", example = json!("The engineer forgot to renew the certificate.")))),
    responses((status = 200, description = "What an author may want to look at.", body = Answer<'_>)),
    security(("token" = ["reports:read"]), ("token" = ["reports:write"])),
)]
pub async fn check_language(
    app: web::Data<App>,
    actor: ApiActor,
    request: HttpRequest,
    raw: Raw,
) -> Result<HttpResponse, ApiError> {
    actor
        .require_scope(Scope::ReportsWrite)
        .or_else(|_refusal| actor.require_scope(Scope::ReportsRead))?;
    let text = text(&request, &raw)?;
    let findings = app
        .blocking(Lane::Render, move || Ok::<_, Error>(language::check(&text)))
        .await?;
    let findings = findings.iter().map(FindingJson::from).collect();
    Ok(HttpResponse::Ok().json(Answer { findings }))
}

/// JSON (`{"text": "…"}`) or Markdown.
fn text(request: &HttpRequest, raw: &Raw) -> Result<String, Error> {
    let text = match media_type(request).as_str() {
        "application/json" => json::parse_bytes::<Body>(&raw.0)?.text,
        // Not decoded from other encodings: the places that are answered are places of what was sent.
        "text/markdown" => str::from_utf8(&raw.0)
            .map_err(|_not_utf8| Error::Malformed("The body is not UTF-8 text.".into()))?
            .to_owned(),
        _ => {
            return Err(Error::UnsupportedMediaType(
                "Content-Type: application/json or text/markdown",
            ));
        }
    };
    if text.contains('\0') {
        return Err(Error::Malformed("The body contains a NUL.".into()));
    }
    if text.len() > language::MAX_TEXT_BYTES {
        let message = format!(
            "At most {} bytes; this has {}.",
            language::MAX_TEXT_BYTES,
            text.len()
        );
        return Err(Error::field("text", message));
    }
    Ok(text)
}
