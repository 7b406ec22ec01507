//! What searches did not find, for administrators: to write it, to name a synonym, or to put it aside.

use super::nothing_found::write_link;
use super::words;
use crate::accounts::{Action, SignedIn, require};
use crate::platform::app::App;
use crate::platform::http::{Error, Flash, Form, Page, PageError, Redirect};
use crate::reports::store::{self, SearchGap};
use actix_web::web;
use serde::Deserialize;
use serde_json::{Value, json};

/// Where the list is.
const LIST: &str = "/admin/search-gaps";
/// So many are listed.
const LINES: i64 = 200;

/// Which one to put aside.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Aside {
    words: String,
}

fn line(gap: &SearchGap) -> Value {
    let link = |address: &str, name: &str| {
        let query = serde_urlencoded::to_string([(name, gap.words.as_str())]).unwrap_or_default();
        format!("{address}?{query}")
    };
    json!({
        "words": gap.words,
        "times": gap.times,
        "times_text": words::count(usize::try_from(gap.times).unwrap_or(usize::MAX)),
        "last_at": gap.last_at.to_string(),
        "last": words::moment(gap.last_at),
        "first_at": gap.first_at.to_string(),
        "first": words::moment(gap.first_at),
        "search_link": link("/search", "q"),
        "glossary_link": link("/admin/glossary", "words"),
        "write_link": write_link(&gap.words),
    })
}

/// `GET /admin/search-gaps`
pub async fn search_gaps(app: web::Data<App>, person: SignedIn) -> Result<Page, PageError> {
    require(&person.0, Action::SeeMetrics, &app.settings)?;
    let mut conn = app.db.get().await?;
    let gaps = store::search_gaps(&mut conn, LINES).await?;
    let view = json!({ "gaps": gaps.iter().map(line).collect::<Vec<_>>() });
    Ok(Page::new("search_gaps", "Search gaps", view))
}

/// `POST /admin/search-gaps/dismiss`
pub async fn dismiss_gap(
    app: web::Data<App>,
    person: SignedIn,
    form: Form<Aside>,
) -> Result<Redirect, PageError> {
    require(&person.0, Action::SeeMetrics, &app.settings)?;
    let mut conn = app.db.get().await?;
    if !store::dismiss_gap(&mut conn, &form.words, app.clock.now()).await? {
        return Err(Error::not_found("This search").into());
    }
    Ok(Redirect::to(LIST).with_flash(Flash::Saved))
}
