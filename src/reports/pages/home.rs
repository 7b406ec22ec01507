//! The first page: one box, what is new, what is mine, what happened on this day.

use super::autosave;
use super::view::{named, severity, word};
use super::words;
use crate::accounts::{Action, Reader, may, reach, rules};
use crate::platform::app::App;
use crate::platform::http::{Page, PageError};
use crate::reports::store::{self, Summary};
use actix_web::web;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

/// How many reports the home page lists.
const RECENT: i64 = 10;

/// `GET /`
pub async fn home(app: web::Data<App>, reader: Reader) -> Result<Page, PageError> {
    let rules = rules(&app.settings);
    let reach = reach(&reader.0, rules);
    let mut conn = app.db.get().await?;
    let recent = store::recent(&mut conn, &reach, RECENT).await?;
    let total = store::count(&mut conn, &reach).await?;
    let drafts = match reader.0.person_id() {
        Some(person) => store::drafts_of(&mut conn, person, 8).await?,
        None => Vec::new(),
    };
    let today = app.clock.now().to_zoned(TimeZone::UTC).date();
    let earlier = store::on_this_day(&mut conn, &reach, today, 4).await?;
    let (waiting, lingering) = super::queue::for_home(&app, &mut conn, (&reader.0, rules)).await?;
    let unsaved = autosave::unsaved(&mut conn, (&reader.0, rules)).await?;
    let view = json!({
        "unsaved": unsaved,
        "first_run": total == 0,
        "may_load_sample": may(&reader.0, Action::ImportReports, rules),
        "import_command": "hansei import --publish ./postmortems",
        "examples": [],
        "recent": recent.iter().map(item).collect::<Vec<_>>(),
        "drafts": drafts.iter().map(draft).collect::<Vec<_>>(),
        "reviews_waiting": waiting,
        "lingering": lingering,
        "today": earlier.iter().map(|summary| on_this_day(summary, today)).collect::<Vec<_>>(),
    });
    Ok(Page::new("home", "Home", view))
}

/// A report as `report_item.hbs` lists it.
pub(super) fn item(summary: &Summary) -> Value {
    let zone = words::zone(&summary.timezone);
    let started = summary.started_at;
    let length = started
        .zip(summary.resolved_at)
        .map(|(from, to)| to.duration_since(from));
    json!({
        "key": summary.key.to_string(),
        "link": format!("/reports/{}", summary.key),
        "title": summary.title,
        "severity": summary.severity.map(severity),
        "kind": word!(summary.kind),
        "status": word!(summary.status),
        "occurred_at": started.map(|at| at.to_string()),
        "occurred": started.map(|at| words::day(at, &zone)),
        "duration": length.map(words::duration),
        "services": summary.services.iter().map(|name| named("service", name)).collect::<Vec<_>>(),
        "summary": summary.about,
    })
}

fn draft(summary: &Summary) -> Value {
    json!({
        "key": summary.key.to_string(),
        "title": summary.title,
        "status": word!(summary.status),
        "link": format!("/reports/{}", summary.key),
        "edit_link": format!("/reports/{}/edit", summary.key),
        "updated_at": summary.updated_at.to_string(),
        "updated": words::moment(summary.updated_at),
    })
}

fn on_this_day(summary: &Summary, today: jiff::civil::Date) -> Value {
    let year = summary
        .started_at
        .map_or(today.year(), |at| at.to_zoned(TimeZone::UTC).year());
    json!({
        "years_ago": i32::from(today.year()) - i32::from(year),
        "key": summary.key.to_string(),
        "link": format!("/reports/{}", summary.key),
        "title": summary.title,
        "severity": summary.severity.map(severity),
        "services": summary.services.iter().map(|name| named("service", name)).collect::<Vec<_>>(),
    })
}
