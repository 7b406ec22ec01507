//! How many open threads are about each part of a report: put into its kept page when somebody looks, never kept with it.

use super::drawn::Drawn;
use super::places::places;
use crate::platform::app::App;
use crate::platform::db::Connection;
use crate::platform::http::Error;
use crate::platform::markdown::SafeHtml;
use crate::reports::comments::{Found, Place};
use crate::reports::store::{self, Header};
use serde_json::json;
use std::collections::HashMap;
use std::sync::Arc;

/// The places of one version of a report.
struct Places(Vec<Place>);

/// What a place takes in memory, beside its texts.
const PLACE: usize = 200;

/// The sections with their counts, and how many open threads there are. One query more, and only where there are comments.
pub(super) async fn counted(
    app: &App,
    conn: &mut Connection,
    header: &Header,
    drawn: &Drawn,
) -> Result<(SafeHtml, usize), Error> {
    if !header.has_comments {
        return Ok((drawn.sections.clone(), 0));
    }
    let anchors = store::open_anchors(conn, header.id).await?;
    if anchors.is_empty() {
        return Ok((drawn.sections.clone(), 0));
    }
    let places = places_of(app, conn, header).await?;
    let mut counts: HashMap<String, usize> = HashMap::new();
    for anchor in &anchors {
        match anchor.find(&places.0) {
            Found::Here(id) | Found::Changed(id) => *counts.entry(id).or_default() += 1,
            Found::Report | Found::Gone => {}
        }
    }
    let mut links: HashMap<String, SafeHtml> = HashMap::new();
    for (id, count) in counts {
        let view = json!({
            "link": format!("/reports/{}/comments", header.key),
            "id": id,
            "count": count,
        });
        let part = app.templates.render_part("comment_count", view);
        links.insert(id, part.map_err(Error::internal)?);
    }
    let html = drawn.sections.with_slots(|id| links.get(id));
    Ok((html, anchors.len()))
}

/// The places of this version: from memory, or read now.
async fn places_of(
    app: &App,
    conn: &mut Connection,
    header: &Header,
) -> Result<Arc<Places>, Error> {
    if let Some(places) = app.memory.get::<Places>(header.id.0, header.version) {
        return Ok(places);
    }
    let stored = store::load(conn, header.key).await?;
    let (version, draft) = stored
        .map(|stored| (stored.header.version, stored.draft))
        .unwrap_or_default();
    let places = Arc::new(Places(places(&draft)));
    let size = places
        .0
        .iter()
        .map(|it| PLACE + it.label.len() + it.anchor.columns().1.len())
        .sum();
    if version == header.version {
        app.memory
            .keep(header.id.0, version, size, Arc::clone(&places));
    }
    Ok(places)
}
