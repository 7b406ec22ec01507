//! `POST /api/v1/reports/PM-42/timeline`: events that a bot or a person adds while things happen.

use super::body::{Resaved, require_json};
use super::once::once;
use super::read::report_key;
use super::rows::{EventJson, List, about_rows, taken};
use crate::accounts::{ApiActor, Scope, rules};
use crate::platform::app::App;
use crate::platform::http::{ApiError, Path, Query, Raw, json};
use crate::reports::model::{EventSource, TimelineEvent};
use crate::reports::{By, Note, Rows, append_events};
use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use serde::Serialize;
use utoipa::ToSchema;

/// Events were added.
#[derive(Debug, Serialize, ToSchema)]
struct Appended {
    /// The key of the report.
    #[schema(pattern = "^PM-[1-9][0-9]{0,11}$", example = "PM-42")]
    id: String,
    /// How many events the request added.
    #[schema(minimum = 1, maximum = 2000)]
    appended: usize,
}

/// `POST /api/v1/reports/PM-42/timeline`: at the end, whatever others do meanwhile. It answers no `ETag`: whoever only
/// appends has not read what the report says, and must not be taken for somebody who has.
#[utoipa::path(
    post,
    path = "/api/v1/reports/{key}/timeline",
    tag = "Timeline",
    operation_id = "appendEvents",
    summary = "Add events to the timeline",
    description = "At the end, at least one. It never conflicts with what others save at the same time, so it takes no `If-Match`; with `Idempotency-Key`, sending it again adds nothing. Where others read the report already, what looks like a secret, or like somebody's address or number, is answered with 422 and its `id`; sent again with that in `dismissed`, it is added. A bot with the scope timeline:append alone may add to open reports that it cannot read.",
    params(Resaved),
    request_body = List<EventJson>,
    responses((
        status = 201,
        description = "The events are in the report.",
        body = Appended,
        headers(("Location" = String, description = "Where the timeline is.")),
    )),
    security(("token" = ["timeline:append"]), ("token" = ["reports:write"])),
)]
pub async fn append_to_timeline(
    app: web::Data<App>,
    actor: ApiActor,
    (path, resaved): (Path<String>, Query<Resaved>),
    request: HttpRequest,
    raw: Raw,
) -> Result<HttpResponse, ApiError> {
    actor
        .require_scope(Scope::ReportsWrite)
        .or_else(|_refusal| actor.require_scope(Scope::TimelineAppend))?;
    let key = report_key(&path)?;
    let once = once(&request, &actor.0, &raw.0)?;
    require_json(&request)?;
    let sent = taken(json::parse_bytes::<List<EventJson>>(&raw.0)?, 1)?;
    let events: Vec<TimelineEvent> = sent
        .into_iter()
        .map(|event| event.or_from(EventSource::Bot))
        .collect();
    let appended = events.len();
    let (mut note, dismissed) = resaved.said()?;
    if note.is_empty() {
        note = match appended {
            1 => "One event added to the timeline.".to_owned(),
            more => format!("{more} events added to the timeline."),
        };
    }
    let (pool, rules, now, who) = (
        app.db.clone(),
        rules(&app.settings),
        app.clock.now(),
        actor.0.clone(),
    );
    app.run_to_end(async move {
        let mut conn = pool.get().await?;
        let by = By {
            actor: &who,
            rules,
            now,
        };
        let note = Note {
            text: &note,
            dismissed: Some(&dismissed),
            ..Note::default()
        };
        let done = append_events(&mut conn, &by, key, (&events, note), once.as_ref()).await;
        done.map_err(|error| about_rows(error, &Rows::Timeline(events.clone())))
    })
    .await?;
    app.changed();
    let location = format!("/api/v1/reports/{key}/timeline");
    Ok(HttpResponse::Created()
        .insert_header((header::LOCATION, location))
        .json(Appended {
            id: key.to_string(),
            appended,
        }))
}
