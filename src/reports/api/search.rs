//! `GET /api/v1/search`

use super::wire::HitJson;
use crate::accounts::ApiActor;
use crate::platform::app::App;
use crate::platform::http::{ApiError, Error, Pairs};
use crate::platform::search::{Field, Filters, Order, query};
use crate::reports::finder::{self, Wanted};
use crate::reports::pages::run_search;
use actix_web::{HttpResponse, web};
use serde::Serialize;

/// Hits when `limit` does not say.
const LIMIT: usize = 10;
/// The most hits in one answer.
const MOST: usize = 100;

/// `GET /api/v1/search?q=&limit=&cursor=&service=&severity=&kind=&tag=&after=&before=`
pub async fn search(
    app: web::Data<App>,
    actor: ApiActor,
    Pairs(pairs): Pairs,
) -> Result<HttpResponse, ApiError> {
    let get = |name: &str| {
        pairs
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    };
    let limit = limit(get("limit"), LIMIT, MOST)?;
    let offset = match get("cursor") {
        None | Some("") => 0,
        Some(cursor) => offset(cursor)?,
    };
    let text = get("q").unwrap_or_default().to_owned();
    let query = query::parse(&text);
    let notes: Vec<String> = query
        .notes
        .iter()
        .map(|note| note.message.clone())
        .collect();
    let wanted = Wanted {
        query,
        text: text.clone(),
        filters: filters(&pairs)?,
        limit,
        offset,
        facets: false,
        order: if get("sort") == Some("newest") {
            Order::Newest
        } else {
            Order::Relevance
        },
    };
    let findings = run_search(&app, &actor.0, wanted).await?;
    let site = app.settings.public_url.as_str();
    let items: Vec<HitJson<'_>> = findings
        .items
        .iter()
        .map(|it| HitJson::new(it, site))
        .collect();
    let next = offset + limit;
    let has_more = !items.is_empty() && next < findings.total && next + limit <= 1_000;
    Ok(HttpResponse::Ok().json(Answer {
        query: text,
        total: findings.total,
        took_ms: u64::try_from(findings.took.as_millis()).unwrap_or(u64::MAX),
        mode: if findings.is_fallback {
            "fallback"
        } else {
            "index"
        },
        notes,
        items,
        next_cursor: has_more.then(|| cursor(next)),
    }))
}

/// What a search answers.
#[derive(Debug, Serialize)]
struct Answer<'a> {
    query: String,
    total: usize,
    took_ms: u64,
    mode: &'static str,
    notes: Vec<String>,
    items: Vec<HitJson<'a>>,
    next_cursor: Option<String>,
}

/// The filters among the parameters; a value that is none is said to be wrong.
fn filters(pairs: &[(String, String)]) -> Result<Filters, Error> {
    let mut filters = Filters::default();
    for (name, value) in pairs {
        if let Some(field) = Field::from_name(name)
            && !value.is_empty()
        {
            filters
                .add(field, value)
                .map_err(|error| Error::field(name.clone(), error.to_string()))?;
        }
    }
    match finder::unfit(&filters).into_iter().next() {
        Some((field, _, sentence)) => Err(Error::field(field.name(), sentence)),
        None => Ok(filters),
    }
}

/// A `limit` parameter: 1 to `most`.
pub(super) fn limit(text: Option<&str>, usual: usize, most: usize) -> Result<usize, Error> {
    let Some(text) = text.filter(|text| !text.is_empty()) else {
        return Ok(usual);
    };
    text.parse()
        .ok()
        .filter(|limit| (1..=most).contains(limit))
        .ok_or_else(|| Error::field("limit", format!("A number from 1 to {most}.")))
}

/// Cursors are opaque to clients: here, how many hits to leave out.
fn cursor(offset: usize) -> String {
    format!("o{offset}")
}

fn offset(cursor: &str) -> Result<usize, Error> {
    cursor
        .strip_prefix('o')
        .and_then(|digits| digits.parse().ok())
        .filter(|offset| *offset <= 1_000)
        .ok_or_else(|| Error::field("cursor", "Not a cursor of this search."))
}
