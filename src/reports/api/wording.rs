//! `POST /api/v1/language-check`

use super::write::media_type;
use crate::accounts::{ApiActor, Scope};
use crate::platform::app::App;
use crate::platform::http::{ApiError, Error, Lane, Raw, json};
use crate::reports::language::{self, Finding};
use actix_web::{HttpRequest, HttpResponse, web};
use serde::{Deserialize, Serialize};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    text: String,
}

/// What an author may want to look at.
#[derive(Debug, Serialize)]
struct Answer<'a> {
    findings: Vec<FindingJson<'a>>,
}

/// A finding; `start` and `end` count bytes of the text in UTF-8.
#[derive(Debug, Serialize)]
struct FindingJson<'a> {
    kind: &'static str,
    start: usize,
    end: usize,
    line: usize,
    text: &'a str,
    reason: &'static str,
    suggestion: &'a str,
}

impl<'a> From<&'a Finding> for FindingJson<'a> {
    fn from(it: &'a Finding) -> Self {
        Self {
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
        _ => return Err(Error::UnsupportedMediaType),
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
