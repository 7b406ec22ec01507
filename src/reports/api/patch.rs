//! `PATCH /api/v1/reports/PM-42`: other header fields, by a merge patch (RFC 7396); the text and its rows stay.

#![expect(
    clippy::option_option,
    reason = "not sent, null and a value are three things to say of a field"
)]

use super::body::{Resaved, object};
use super::change::{Change, Deed};
use super::create::answer;
use super::read::etag;
use super::rows::instant;
use super::wire::SavedJson;
use super::words;
use crate::accounts::ApiActor;
use crate::platform::app::App;
use crate::platform::http::form::media_type;
use crate::platform::http::{ApiError, Error, Path, Query, Raw};
use crate::reports::model::{Draft, Severity};
use actix_web::http::header::ETag;
use actix_web::{HttpRequest, HttpResponse, web};
use jiff::Timestamp;
use serde::{Deserialize, Deserializer};
use utoipa::ToSchema;

/// What is sent is meant, also null.
fn given<'de, T: Deserialize<'de>, D: Deserializer<'de>>(from: D) -> Result<Option<T>, D::Error> {
    T::deserialize(from).map(Some)
}

/// The same of a time that documents and databases can hold.
fn time<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Option<Timestamp>>, D::Error> {
    instant(from).map(Some)
}

/// The header fields to be changed: what is not sent stays, and null empties a field.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
#[schema(as = ReportPatch)]
pub(super) struct Patch {
    /// One line.
    #[serde(deserialize_with = "given")]
    #[schema(value_type = String, min_length = 1, max_length = 300, pattern = r"\S", example = "Checkout was slow")]
    title: Option<String>,
    #[serde(deserialize_with = "given")]
    #[schema(value_type = words::Kind)]
    kind: Option<words::Kind>,
    /// How bad it was; none for near misses.
    #[serde(deserialize_with = "given")]
    #[schema(value_type = Option<words::Severity>)]
    severity: Option<Option<words::Severity>>,
    #[serde(deserialize_with = "given")]
    #[schema(value_type = words::Visibility)]
    visibility: Option<words::Visibility>,
    /// When the impact began.
    #[serde(deserialize_with = "time")]
    #[schema(value_type = Option<Timestamp>, example = "2026-11-21T10:05:00Z")]
    started_at: Option<Option<Timestamp>>,
    /// When somebody or something noticed.
    #[serde(deserialize_with = "time")]
    #[schema(value_type = Option<Timestamp>)]
    detected_at: Option<Option<Timestamp>>,
    /// When a responder took it on.
    #[serde(deserialize_with = "time")]
    #[schema(value_type = Option<Timestamp>)]
    acknowledged_at: Option<Option<Timestamp>>,
    /// When the impact ended for most.
    #[serde(deserialize_with = "time")]
    #[schema(value_type = Option<Timestamp>)]
    mitigated_at: Option<Option<Timestamp>>,
    /// When it was over.
    #[serde(deserialize_with = "time")]
    #[schema(value_type = Option<Timestamp>)]
    resolved_at: Option<Option<Timestamp>>,
    /// The IANA zone the report is written in.
    #[serde(deserialize_with = "given")]
    #[schema(value_type = String, max_length = 100, example = "Europe/Paris")]
    timezone: Option<String>,
    /// Services by name: all of them.
    #[serde(deserialize_with = "given")]
    #[schema(value_type = Option<Vec<String>>, max_items = 50)]
    services: Option<Option<Vec<String>>>,
    /// Teams by name: all of them.
    #[serde(deserialize_with = "given")]
    #[schema(value_type = Option<Vec<String>>, max_items = 50)]
    teams: Option<Option<Vec<String>>>,
    /// Tags: all of them; stored in lower case.
    #[serde(deserialize_with = "given")]
    #[schema(value_type = Option<Vec<String>>, max_items = 50)]
    tags: Option<Option<Vec<String>>>,
    /// The people who wrote it, as written: all of them.
    #[serde(deserialize_with = "given")]
    #[schema(value_type = Option<Vec<String>>, max_items = 50)]
    authors: Option<Option<Vec<String>>>,
}

fn put<T>(field: &mut T, given: Option<T>) {
    if let Some(given) = given {
        *field = given;
    }
}

fn put_list(field: &mut Vec<String>, given: Option<Option<Vec<String>>>) {
    put(field, given.map(Option::unwrap_or_default));
}

impl Patch {
    /// Whether it says who may see the report.
    pub(super) const fn says_visibility(&self) -> bool {
        self.visibility.is_some()
    }

    /// Changes these fields, and no others.
    pub(super) fn apply(self, draft: &mut Draft) {
        let severity = |it: Option<words::Severity>| it.map(|it| it.0);
        put(&mut draft.title, self.title);
        put(&mut draft.kind, self.kind.map(|it| it.0));
        put::<Option<Severity>>(&mut draft.severity, self.severity.map(severity));
        put(&mut draft.visibility, self.visibility.map(|it| it.0));
        let times = &mut draft.times;
        put(&mut times.started_at, self.started_at);
        put(&mut times.detected_at, self.detected_at);
        put(&mut times.acknowledged_at, self.acknowledged_at);
        put(&mut times.mitigated_at, self.mitigated_at);
        put(&mut times.resolved_at, self.resolved_at);
        put(&mut draft.timezone, self.timezone);
        put_list(&mut draft.services, self.services);
        put_list(&mut draft.teams, self.teams);
        put_list(&mut draft.tags, self.tags);
        put_list(&mut draft.authors, self.authors);
    }
}

/// `PATCH /api/v1/reports/PM-42`
#[utoipa::path(
    patch,
    path = "/api/v1/reports/{key}",
    tag = "Reports",
    operation_id = "amendReport",
    summary = "Change header fields of a report",
    description = "A merge patch (RFC 7396): fields that are not sent stay, as does the text; null empties a field that may be empty. Every revision is kept.",
    params(Resaved),
    request_body(content((Patch = "application/json"), (Patch = "application/merge-patch+json"))),
    responses((
        status = 200,
        description = "The report as stored.",
        body = SavedJson<'_>,
        headers(("ETag" = String, description = "The revision; send it as `If-Match`.")),
    )),
    security(("token" = ["reports:read", "reports:write"])),
)]
#[expect(
    clippy::too_many_arguments,
    reason = "each part of the request is handed over by itself"
)]
pub async fn amend(
    app: web::Data<App>,
    actor: ApiActor,
    path: Path<String>,
    request: HttpRequest,
    said: Query<Resaved>,
    raw: Raw,
) -> Result<HttpResponse, ApiError> {
    let change = Change::of(&request, &actor, &path, &raw.0)?;
    let kind = media_type(&request);
    if !matches!(
        kind.as_str(),
        "application/merge-patch+json" | "application/json"
    ) {
        return Err(
            Error::UnsupportedMediaType("Content-Type: application/merge-patch+json").into(),
        );
    }
    let fields = object::<Patch>(&raw.0)?;
    let deed = Deed::Fields(Box::new(fields));
    let saved = change.make(&app, &actor, deed, said.said()?).await?;
    let json = answer(&app, &actor.0, saved, &[]).await?;
    Ok(HttpResponse::Ok()
        .insert_header(ETag(etag(saved.revision)))
        .json(json))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reports::model::Kind;
    use serde_json::{Value, from_value, json};

    fn patched(patch: Value) -> Result<Draft, serde_json::Error> {
        let mut draft = Draft {
            title: "Slow".to_owned(),
            kind: Kind::Incident,
            severity: Severity::new(2),
            tags: vec!["queues".to_owned()],
            timezone: "UTC".to_owned(),
            ..Draft::default()
        };
        draft.times.started_at = Some("2026-03-01T22:04:00Z".parse().unwrap());
        from_value::<Patch>(patch)?.apply(&mut draft);
        Ok(draft)
    }

    #[test]
    fn what_is_not_sent_stays_and_null_empties() {
        let same = patched(json!({})).unwrap();
        assert_eq!((same.title.as_str(), same.tags.len()), ("Slow", 1));
        assert!(same.severity.is_some() && same.times.started_at.is_some());
        let other = json!({ "title": "Down", "severity": null, "tags": null, "started_at": null, "teams": ["A"] });
        let other = patched(other).unwrap();
        assert_eq!((other.title.as_str(), other.severity), ("Down", None));
        assert_eq!((other.tags.len(), other.teams.len()), (0, 1));
        assert_eq!(other.times.started_at, None);
        assert_eq!(
            patched(json!({ "kind": "near_miss" })).unwrap().kind,
            Kind::NearMiss
        );
    }

    #[test]
    fn what_cannot_be_empty_is_not_emptied() {
        for wrong in [
            json!({ "title": null }),
            json!({ "kind": null }),
            json!({ "visibility": null }),
            json!({ "timezone": null }),
            json!({ "severity": 2 }),
            json!({ "started_at": "0000-01-01T00:00:00Z" }),
            json!({ "document": "x" }),
            json!({ "times": {} }),
            json!(null),
        ] {
            assert!(patched(wrong.clone()).is_err(), "{wrong}");
        }
        for (body, is_fine) in [("{}", true), ("[]", false), ("[\"T\"]", false)] {
            assert_eq!(object::<Patch>(body.as_bytes()).is_ok(), is_fine, "{body}");
        }
    }
}
