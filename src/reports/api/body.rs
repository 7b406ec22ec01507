//! What creating and revising take: a whole report as Markdown, by itself or in JSON.

use super::reason::reason;
use super::words;
use crate::platform::app::App;
use crate::platform::http::form::media_type;
use crate::platform::http::{Error, Lane, Raw, json};
use crate::reports::document;
use crate::reports::language::is_finding_id;
use crate::reports::model::{Draft, MAX_DOCUMENT_BYTES, Problem};
use actix_web::HttpRequest;
use jiff::Timestamp;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use utoipa::{IntoParams, ToSchema};

/// So many findings are put aside at once.
const MOST_DISMISSED: usize = 500;
/// As many ids, with commas: eight digits each.
const MOST_DISMISSED_BYTES: usize = 4_500;
/// The longest note, in characters.
const MAX_NOTE_CHARS: usize = 1_000;

/// What to do beside saving.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Options {
    /// Publish, too.
    #[serde(default)]
    publish: Option<bool>,
    /// Why, for the history.
    #[serde(default)]
    #[param(max_length = 1000)]
    note: Option<String>,
    /// Why it is published without a review; the note says it otherwise.
    #[serde(default)]
    #[param(max_length = 500)]
    reason: Option<String>,
    /// What looks like a secret and is none, and whose e-mail address or telephone number is meant to be there: `id`s of
    /// findings, with commas. Without them, a text with such a thing is not published, nor saved over a published one in
    /// which it is new.
    #[serde(default)]
    #[param(
        max_length = 4500,
        pattern = "^([0-9a-f]{8}(,[0-9a-f]{8})*)?$",
        example = ""
    )]
    dismissed: Option<String>,
}

/// What a save over a stored report says of itself.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Resaved {
    /// Why, for the history.
    #[serde(default)]
    #[param(max_length = 1000)]
    note: Option<String>,
    /// What looks like a secret and is none, and whose e-mail address or telephone number is meant to be there: `id`s of
    /// findings, with commas. Without them, such a thing is not brought to the readers of a published report.
    #[serde(default)]
    #[param(
        max_length = 4500,
        pattern = "^([0-9a-f]{8}(,[0-9a-f]{8})*)?$",
        example = ""
    )]
    dismissed: Option<String>,
}

impl Resaved {
    /// The note, and the findings with spaces between, if neither is too long.
    pub(super) fn said(&self) -> Result<(String, String), Error> {
        let note = fitting(self.note.clone().unwrap_or_default())?;
        Ok((note, put_aside("", self.dismissed.as_deref())?))
    }
}

/// What is put aside by the body, with spaces between, and by the address, with commas.
fn put_aside(in_body: &str, named: Option<&str>) -> Result<String, Error> {
    let named = named.unwrap_or_default();
    if named.len() > MOST_DISMISSED_BYTES {
        return Err(too_many_dismissed());
    }
    if !named
        .split(',')
        .all(|id| id.is_empty() || is_finding_id(id))
    {
        let message = "Name findings by their `id`, with commas between them.";
        return Err(Error::field("dismissed", message));
    }
    let dismissed = format!("{in_body} {}", named.replace(',', " "));
    if dismissed.split_whitespace().nth(MOST_DISMISSED).is_some() {
        return Err(too_many_dismissed());
    }
    Ok(dismissed)
}

/// The `id` of a finding.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(try_from = "String")]
#[schema(pattern = "^[0-9a-f]{8}$", example = "1f0c2b7a")]
pub(super) struct FindingId(String);

impl TryFrom<String> for FindingId {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        if is_finding_id(&text) {
            return Ok(Self(text));
        }
        Err("the id of a finding is expected: eight hexadecimal digits")
    }
}

/// The ids with spaces between.
pub(super) fn together(ids: &[FindingId]) -> String {
    let ids: Vec<&str> = ids.iter().map(|it| it.0.as_str()).collect();
    ids.join(" ")
}

/// A whole report.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ReportBody)]
pub(super) struct Whole {
    /// The whole report as Markdown with front matter: what `Accept: text/markdown` answers. At most 1 MiB.
    #[schema(
        min_length = 1,
        max_length = 1_048_576,
        pattern = r"\S",
        example = "---\ntitle: Checkout was slow\nseverity: SEV2\n---\n\n## Summary\n\nEvery tenth order timed out.\n"
    )]
    document: String,
    /// Publish, too.
    #[serde(default)]
    publish: bool,
    /// Why, for the history.
    #[serde(default)]
    #[schema(max_length = 1000)]
    note: String,
    /// Why it is published without a review; the note says it otherwise.
    #[serde(default)]
    #[schema(max_length = 500)]
    reason: String,
    /// What looks like a secret and is none, and whose e-mail address or telephone number is meant to be there: `id`s of
    /// findings. Without them, a text with such a thing is not published, nor saved over a published one in which it is new.
    #[serde(default)]
    #[schema(max_items = 500)]
    dismissed: Vec<FindingId>,
}

/// A new report with the sections of a template, to be written by a person later.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ReportStart)]
pub(super) struct Start {
    /// One line.
    #[schema(
        min_length = 1,
        max_length = 300,
        pattern = r"\S",
        example = "Checkout is down"
    )]
    pub(super) title: String,
    /// What happened, where no template is named: the first template that fits it and the severity is taken. An incident
    /// if it does not say.
    #[serde(default)]
    pub(super) kind: Option<words::Kind>,
    /// How bad it is; none for near misses.
    #[serde(default)]
    pub(super) severity: Option<words::Severity>,
    /// Services by name.
    #[serde(default)]
    #[schema(max_items = 50)]
    pub(super) services: Vec<String>,
    /// Teams by name.
    #[serde(default)]
    #[schema(max_items = 50)]
    pub(super) teams: Vec<String>,
    /// Tags; stored in lower case.
    #[serde(default)]
    #[schema(max_items = 50)]
    pub(super) tags: Vec<String>,
    /// The people who will write it. If it does not say, the person the token is bound to.
    #[serde(default)]
    #[schema(max_items = 50)]
    pub(super) authors: Vec<String>,
    /// When the impact began.
    #[serde(default, deserialize_with = "super::rows::instant")]
    #[schema(example = "2026-11-21T10:05:00Z")]
    pub(super) started_at: Option<Timestamp>,
    /// When somebody or something noticed.
    #[serde(default, deserialize_with = "super::rows::instant")]
    pub(super) detected_at: Option<Timestamp>,
    /// The IANA zone the report is written in; `UTC` if it does not say.
    #[serde(default)]
    #[schema(max_length = 100, example = "Europe/Paris")]
    pub(super) timezone: Option<String>,
    /// Publish, too.
    #[serde(default)]
    publish: bool,
    /// Why, for the history.
    #[serde(default)]
    #[schema(max_length = 1000)]
    note: String,
    /// Why it is published without a review; the note says it otherwise.
    #[serde(default)]
    #[schema(max_length = 500)]
    reason: String,
    /// What looks like a secret and is none, and whose e-mail address or telephone number is meant to be there: `id`s of
    /// findings. Without them, a text with such a thing is not published, nor saved over a published one in which it is new.
    #[serde(default)]
    #[schema(max_items = 500)]
    dismissed: Vec<FindingId>,
}

/// The request's report, understood.
pub(super) struct Sent {
    pub(super) draft: Draft,
    pub(super) says_visibility: bool,
    pub(super) remarks: Vec<Problem>,
    pub(super) publish: bool,
    pub(super) note: String,
    pub(super) reason: String,
    pub(super) dismissed: String,
}

/// What is to become of a report, whatever it says.
pub(super) struct Wish {
    pub(super) publish: bool,
    pub(super) note: String,
    pub(super) reason: String,
    pub(super) dismissed: String,
}

/// Refuses a body that is not declared to be JSON.
pub(super) fn require_json(request: &HttpRequest) -> Result<(), Error> {
    if media_type(request) == "application/json" {
        return Ok(());
    }
    Err(Error::UnsupportedMediaType(
        "Content-Type: application/json",
    ))
}

/// A JSON object: a list is not taken for its fields in their order.
pub(super) fn object<T: DeserializeOwned>(body: &[u8]) -> Result<T, Error> {
    let _fields: Map<String, Value> = json::parse_bytes(body)?;
    json::parse_bytes(body)
}

fn fitting(note: String) -> Result<String, Error> {
    if note.chars().count() > MAX_NOTE_CHARS {
        return Err(Error::field("note", "At most 1,000 characters."));
    }
    Ok(note)
}

fn too_many_dismissed() -> Error {
    let message = format!("At most {MOST_DISMISSED} findings at once.");
    Error::field("dismissed", message)
}

/// Findings that a body names, with spaces between, if they are not too many.
pub(super) fn listed(dismissed: &[FindingId]) -> Result<String, Error> {
    put_aside(&together(dismissed), None)
}

impl Options {
    /// What the address asks for or, where it does not, the body.
    fn over(&self, body: Wish) -> Result<Wish, Error> {
        let note = fitting(self.note.clone().unwrap_or(body.note))?;
        let said = self.reason.as_deref().unwrap_or(&body.reason);
        let dismissed = put_aside(&body.dismissed, self.dismissed.as_deref())?;
        Ok(Wish {
            publish: body.publish || self.publish.unwrap_or(false),
            reason: reason(said, &note)?,
            note,
            dismissed,
        })
    }

    /// The same for a report that begins.
    pub(super) fn over_start(&self, start: &Start) -> Result<Wish, Error> {
        self.over(Wish {
            publish: start.publish,
            note: start.note.clone(),
            reason: start.reason.clone(),
            dismissed: together(&start.dismissed),
        })
    }
}

impl Sent {
    /// Reads JSON (`{"document": "…"}`) or a Markdown body.
    pub(super) async fn read(
        app: &App,
        request: &HttpRequest,
        raw: &Raw,
        options: &Options,
    ) -> Result<Self, Error> {
        let body = match media_type(request).as_str() {
            "application/json" => json::parse_bytes::<Whole>(&raw.0)?,
            "text/markdown" => {
                let document = document::decode(&raw.0)
                    .map_err(|error| Error::field("document", error.to_string()))?;
                Whole {
                    document,
                    publish: false,
                    note: String::new(),
                    reason: String::new(),
                    dismissed: Vec::new(),
                }
            }
            _ => {
                return Err(Error::UnsupportedMediaType(
                    "Content-Type: application/json or text/markdown",
                ));
            }
        };
        let wish = options.over(Wish {
            publish: body.publish,
            note: body.note,
            reason: body.reason,
            dismissed: together(&body.dismissed),
        })?;
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
        storable(&parsed)?;
        Ok(Self {
            draft: parsed.draft,
            says_visibility: parsed.visibility == document::Stated::Word,
            remarks: parsed.problems,
            publish: wish.publish,
            note: wish.note,
            reason: wish.reason,
            dismissed: wish.dismissed,
        })
    }
}

/// Refuses what cannot be stored as it was meant.
fn storable(parsed: &document::Parsed) -> Result<(), Error> {
    if let Some(refusal) = &parsed.refusal {
        return Err(Error::field("document", refusal.to_string()));
    }
    let told = |field: &str| parsed.problems.iter().find(|it| it.field == field);
    if parsed.visibility == document::Stated::Unreadable {
        let told = told("visibility").map_or("Say open or restricted.", |it| &it.message);
        let message = format!("{told} Nothing was stored, so nothing was shown to anybody.");
        return Err(Error::field("visibility", message));
    }
    // Else all that would be told is that the title is missing.
    let unread = told("front matter").filter(|_| parsed.draft.title.trim().is_empty());
    if let Some(unread) = unread {
        let message = format!(
            "{} That leaves no title, so nothing was stored.",
            unread.message
        );
        return Err(Error::field("document", message));
    }
    Ok(())
}
