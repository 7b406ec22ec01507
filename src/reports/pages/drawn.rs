//! A report's page as it is kept: drawn once for a version, then the same for every reader of the day.
//!
//! The view is kept in the database, for every node and across restarts; the parts of the page that take time to fill
//! in are kept in memory.

use super::read::whole;
use super::view;
use crate::accounts::{Actor, rules};
use crate::platform::app::App;
use crate::platform::db::Connection;
use crate::platform::http::{Error, Lane};
use crate::platform::ids::{ReportId, ReportKey};
use crate::platform::markdown::{self, SafeHtml};
use crate::platform::secret::to_hex;
use crate::reports::store::{self, Header};
use jiff::civil::Date;
use serde_json::{Map, Value, json};
use std::collections::HashMap;
use std::sync::Arc;

/// What `report.hbs` shows to every reader of one day.
pub(super) struct Drawn {
    day: Date,
    /// Fields of the page, the filled-in parts among them.
    pub(super) view: Map<String, Value>,
    /// The sections, with a slot beside each for what is not kept.
    pub(super) sections: SafeHtml,
}

impl Drawn {
    /// What the page is called.
    pub(super) fn title(&self) -> &str {
        let report = self.view.get("report");
        let title = report.and_then(|report| report.get("title"));
        title.and_then(Value::as_str).unwrap_or_default()
    }
}

/// The page of this very version: from memory, from the database, or drawn now.
pub(super) async fn drawn(
    app: &App,
    conn: &mut Connection,
    header: &Header,
    reader: &Actor,
) -> Result<Arc<Drawn>, Error> {
    let (id, rev) = (header.id, header.rev);
    let today = app.clock.now().to_zoned(jiff::tz::TimeZone::UTC).date();
    if let Some(drawn) = app.memory.get::<Drawn>(id.0, header.version)
        && drawn.day == today
    {
        return Ok(drawn);
    }
    let kept = store::kept_page(conn, id, rev, view::VERSION).await?;
    let (is_of_rev, view) = match kept {
        Some(text) => (true, serde_json::from_str(&text).map_err(Error::internal)?),
        None => draw(app, conn, header, reader).await?,
    };
    let (drawn, size) = fill_in(app, view, today)?;
    let drawn = Arc::new(drawn);
    if is_of_rev {
        app.memory
            .keep(id.0, header.version, size, Arc::clone(&drawn));
    }
    Ok(drawn)
}

/// Fills in the parts that depend on nobody; answers them with about how many bytes they take.
fn fill_in(app: &App, mut view: Value, today: Date) -> Result<(Drawn, usize), Error> {
    mark_overdue(&mut view, today);
    let contents = view.get("contents").and_then(Value::as_array);
    let has_contents = contents.is_some_and(|contents| !contents.is_empty());
    let mut kept = Map::new();
    for field in ["report", "source", "sources"] {
        if let Some(value) = view.get(field) {
            kept.insert(field.to_owned(), value.clone());
        }
    }
    let sections = app.templates.render_part("report_sections", view.clone());
    let sections = sections.map_err(Error::internal)?;
    let mut size = 4096 + sections.as_str().len();
    for (field, template) in [
        ("figure_html", "report_figure"),
        ("contents_html", "report_contents"),
    ] {
        let html = if template == "report_contents" && !has_contents {
            None
        } else {
            let part = app.templates.render_part(template, view.clone());
            Some(part.map_err(Error::internal)?)
        };
        size += html.as_ref().map_or(0, |html| html.as_str().len());
        kept.insert(field.to_owned(), json!(html));
    }
    let drawn = Drawn {
        day: today,
        view: kept,
        sections,
    };
    Ok((drawn, size))
}

/// Draws a report and keeps the result for the next reader; also answers whether it is still of the version asked for.
async fn draw(
    app: &App,
    conn: &mut Connection,
    asked: &Header,
    reader: &Actor,
) -> Result<(bool, Value), Error> {
    let key: ReportKey = asked.key;
    // Judged again: it may have been changed, and closed to this reader, since its header was read.
    let rules = rules(&app.settings);
    let stored = whole(conn, key, reader, rules).await?;
    let (id, rev) = (stored.header.id, stored.header.rev);
    let is_asked = stored.header.version == asked.version;
    let saved_by = store::revision(conn, id, stored.header.revision)
        .await?
        .map_or_else(String::new, |(revision, _)| revision.author_name);
    let mut view = app
        .blocking(Lane::Render, move || {
            Ok::<_, Error>(view::draw(&stored, &saved_by))
        })
        .await?;
    give_room(conn, id, &mut view).await?;
    let text = serde_json::to_string(&view).map_err(Error::internal)?;
    // A page that cannot be kept is drawn again for the next reader.
    if let Err(error) = store::keep_page(conn, id, rev, view::VERSION, &text).await {
        tracing::warn!(%error, report.key = %key, "the drawn page could not be kept");
    }
    Ok((is_asked, view))
}

/// Pictures attached to this report have their place before they come.
pub(super) async fn give_room(
    conn: &mut Connection,
    report: ReportId,
    view: &mut Value,
) -> Result<(), Error> {
    if !markdown::has_pictures(view) {
        return Ok(());
    }
    let files = store::attached(conn, report).await?;
    let sizes: HashMap<String, (i32, i32)> = files
        .iter()
        .filter_map(|file| Some((to_hex(&file.sha256), file.size?)))
        .collect();
    markdown::give_room(view, &|hash| sizes.get(hash).copied());
    Ok(())
}

/// What is overdue depends on today, so it is not kept in the database.
fn mark_overdue(view: &mut Value, today: Date) {
    let Some(all) = view
        .get_mut("countermeasures")
        .and_then(Value::as_array_mut)
    else {
        return;
    };
    for it in all {
        let before_today = |it: &Value, field: &str| {
            let date = it.get(field).and_then(Value::as_str);
            date.and_then(|date| date.parse::<Date>().ok())
                .is_some_and(|date| date < today)
        };
        let is = |it: &Value, field: &str| it.get(field).and_then(Value::as_bool) == Some(true);
        let overdue = before_today(it, "due_on") && is(it, "is_open");
        let check_overdue = before_today(it, "check_on") && !is(it, "is_checked");
        if let Some(it) = it.as_object_mut() {
            it.insert("overdue".to_owned(), json!(overdue));
            it.insert("check_overdue".to_owned(), json!(check_overdue));
        }
    }
}
