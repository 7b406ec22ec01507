//! `GET /api/v1/search`

use super::hits::HitJson;
use super::words;
use crate::accounts::ApiActor;
use crate::platform::app::App;
use crate::platform::http::{ApiError, Error, Pairs};
use crate::platform::search::query::{Also, Note};
use crate::platform::search::{Field, Filters, Order, Query};
use crate::reports::finder::{self, Wanted};
use crate::reports::pages::{missed, run_search};
use crate::reports::question::understand;
use crate::reports::scope::Scope;
use actix_web::{HttpResponse, web};
use serde::Serialize;
use utoipa::ToSchema;

/// Hits when `limit` does not say.
const LIMIT: usize = 10;
/// The most hits in one answer, and the most with rows: those of a report can be thousands, and all are looked at.
const MOST: usize = 100;
const MOST_WITH_ROWS: usize = 20;

/// `GET /api/v1/search?q=&limit=&cursor=&service=&severity=&kind=&tag=&after=&before=`
#[utoipa::path(
    get,
    path = "/api/v1/search",
    tag = "Search",
    operation_id = "search",
    summary = "Search",
    description = "The best hits first. Filters of one name mean any of their values; those of different names all have to fit.",
    params(
        ("q" = Option<String>, Query, description = "What to look for, in the query language; everything if it does not say.", example = "replica lag"),
        ("limit" = Option<i64>, Query, description = "How many; 10 if it does not say.", minimum = 1, maximum = 100, example = 3),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before.", pattern = "^(o(0|[1-9][0-9]{0,2}|1000))?$"),
        ("sort" = Option<Sort>, Query, description = "The best first, if it does not say."),
        ("scope" = Option<ScopeWord>, Query, description = "What to list: reports, if it does not say; or of each report found its countermeasures or factors, those that say the words first, or the timeline events that say them. Where rows are listed, 20 hits are sent at most."),
        ("service" = Option<Vec<String>>, Query, description = "Services by name."),
        ("team" = Option<Vec<String>>, Query, description = "Teams by name."),
        ("tag" = Option<Vec<String>>, Query, description = "Tags."),
        ("factor" = Option<Vec<String>>, Query, description = "Contributing factors by name."),
        ("severity" = Option<Vec<String>>, Query, description = "How bad it was: `2` or `SEV2`, or a range such as `1..2` or `<=2`."),
        ("kind" = Option<Vec<words::Kind>>, Query, description = "What happened."),
        ("status" = Option<Vec<words::Status>>, Query, description = "Where a report stands."),
        ("phase" = Option<Vec<words::Phase>>, Query, description = "A phase that its timeline has."),
        ("has" = Option<Vec<Has>>, Query, description = "What there is in it."),
        ("author" = Option<Vec<String>>, Query, description = "Somebody who wrote it, as named on it: all of the name, or a word of it."),
        ("in" = Option<Vec<In>>, Query, description = "The words of `q` must be in this part; of several, in one of them."),
        ("year" = Option<Vec<String>>, Query, description = "When it began: four digits, or a range such as `2024..2026`, `2024..` or `<=2024`."),
        ("started" = Option<String>, Query, description = "When it began: a day, a month, a year, or a range of such: `2026-01..2026-03`, `>=2026-01`. The same as `after` and `before`.", example = "2026-01..2026-03"),
        ("after" = Option<String>, Query, description = "Began then or later: `2026`, `2026-01` or `2026-01-15`.", pattern = "^([0-9]{4}(-[0-9]{1,2}){0,2})?$", example = "2026-01"),
        ("before" = Option<String>, Query, description = "Began earlier than that.", pattern = "^([0-9]{4}(-[0-9]{1,2}){0,2})?$"),
    ),
    responses((status = 200, description = "The hits.", body = Answer<'_>)),
    security(("token" = ["search:read"])),
)]
pub async fn search(
    app: web::Data<App>,
    actor: ApiActor,
    Pairs(pairs): Pairs,
) -> Result<HttpResponse, ApiError> {
    said_once(&pairs)?;
    let get = |name: &str| {
        pairs
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    };
    let scope = scope(get("scope"))?;
    let limit = limit(get("limit"), LIMIT, MOST)?.min(most(scope));
    let offset = get("cursor").map_or(Ok(0), offset)?;
    let text = get("q").unwrap_or_default().to_owned();
    let query = understand(&app, &text).await;
    let wanted = Wanted {
        query: query.clone(),
        text: text.clone(),
        filters: filters(&pairs)?,
        limit,
        offset,
        facets: false,
        order: order(get("sort"))?,
        scope: Scope::Reports,
    }
    .listing(scope);
    let findings = run_search(&app, &actor.0, wanted.clone()).await?;
    // That nobody tried anything is no gap in what is written.
    if wanted.scope == Scope::Reports {
        let told = (text.as_str(), &wanted.query, &wanted.filters);
        missed::note(&app, &actor.0, told, &findings);
    }
    let site = app.settings.public_url.as_str();
    let items = HitJson::all(&findings, wanted.scope, site);
    let spelt = &findings.spelt;
    let did_you_mean = (!spelt.is_empty()).then(|| query.spelt(spelt).to_string());
    let read = text.as_str();
    let next = offset + limit;
    let has_more = !items.is_empty() && next < findings.total && next + limit <= 1_000;
    Ok(HttpResponse::Ok().json(Answer {
        query: &text,
        total: findings.total,
        took_ms: u64::try_from(findings.took.as_millis()).unwrap_or(u64::MAX),
        mode: if findings.is_fallback {
            "fallback"
        } else {
            "index"
        },
        notes: query.notes.iter().map(|it| it.message.clone()).collect(),
        noted: query.notes.iter().map(|it| Noted::new(it, read)).collect(),
        also: query
            .also
            .iter()
            .map(|it| AlsoJson::new(&query, it))
            .collect(),
        did_you_mean,
        items,
        next_cursor: has_more.then(|| cursor(next)),
    }))
}

/// Refuses a second value where only one can count.
fn said_once(pairs: &[(String, String)]) -> Result<(), Error> {
    let mut single = [
        "q", "limit", "cursor", "sort", "scope", "after", "before", "started",
    ]
    .into_iter();
    let repeated = single.find(|name| pairs.iter().filter(|pair| pair.0 == *name).count() > 1);
    match repeated {
        Some(name) => Err(Error::field(name, "Say it once.")),
        None => Ok(()),
    }
}

/// The order of the hits: the best, the latest, the worst or the longest first; what lacks it, last.
#[derive(ToSchema)]
#[schema(rename_all = "lowercase")]
#[expect(dead_code, reason = "for the description")]
pub(super) enum Sort {
    Relevance,
    Newest,
    Severity,
    Duration,
}

/// What a search lists.
#[derive(ToSchema)]
#[schema(as = SearchScope, rename_all = "lowercase")]
#[expect(dead_code, reason = "for the description")]
pub(super) enum ScopeWord {
    Reports,
    Countermeasures,
    Timeline,
    Factors,
}

/// What a search answers.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SearchResults)]
struct Answer<'a> {
    /// What was asked.
    query: &'a str,
    /// How many hits there are on all pages.
    total: usize,
    /// How long it took.
    took_ms: u64,
    /// `index`; `fallback` when the index could not be read and the database answered.
    #[schema(example = "index")]
    mode: &'static str,
    /// What of the query was not taken as it looks.
    notes: Vec<String>,
    /// The same, with the parts of the query they are about.
    noted: Vec<Noted>,
    /// What was searched too, because the glossary says that it means the same.
    also: Vec<AlsoJson>,
    /// The query with other words, where hardly any report has one that was typed and more have one spelt nearly so.
    did_you_mean: Option<String>,
    /// The hits.
    #[schema(max_items = 100)]
    items: Vec<HitJson<'a>>,
    /// Sent back as `cursor`, brings the next hits; null on the last page.
    next_cursor: Option<String>,
}

/// A part of the query that was not taken as it looks.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SearchNote)]
struct Noted {
    /// Where it begins, in bytes of the query as UTF-8.
    start: usize,
    /// Where it ends.
    end: usize,
    /// The part.
    part: String,
    /// What became of it, as a sentence.
    message: String,
}

impl Noted {
    fn new(note: &Note, text: &str) -> Self {
        Self {
            start: note.start,
            end: note.end,
            part: text
                .get(note.start..note.end)
                .unwrap_or_default()
                .to_owned(),
            message: note.message.clone(),
        }
    }
}

/// What was searched too.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SearchSynonyms)]
struct AlsoJson {
    /// What was typed.
    #[schema(example = "OOM")]
    typed: String,
    /// What means the same.
    #[schema(min_items = 1)]
    others: Vec<String>,
}

impl AlsoJson {
    fn new(query: &Query, also: &Also) -> Self {
        Self {
            typed: query.typed(also),
            others: also.others.clone(),
        }
    }
}

/// What a report can have.
#[derive(ToSchema)]
#[schema(rename_all = "lowercase")]
#[expect(dead_code, reason = "for the description")]
pub(super) enum Has {
    Timeline,
    Factors,
    Learnings,
    Countermeasures,
}

/// A part of a report.
#[derive(ToSchema)]
#[schema(rename_all = "lowercase")]
#[expect(dead_code, reason = "for the description")]
pub(super) enum In {
    Title,
    Summary,
    Timeline,
    Factors,
    Learnings,
    Countermeasures,
}

/// Whether a filter without a value is one that was left out. None of its words is the empty one.
fn may_be_empty(field: Field) -> bool {
    match field {
        Field::Service
        | Field::Team
        | Field::Tag
        | Field::Factor
        | Field::Author
        | Field::Year
        | Field::After
        | Field::Before
        | Field::Started => true,
        Field::Kind | Field::Status | Field::Severity | Field::Phase | Field::Has | Field::In => {
            false
        }
    }
}

fn order(word: Option<&str>) -> Result<Order, Error> {
    match word {
        None | Some("") => Ok(Order::Relevance),
        Some(word) => Order::parse(word)
            .ok_or_else(|| Error::field("sort", "Say relevance, newest, severity or duration.")),
    }
}

const fn most(scope: Scope) -> usize {
    match scope {
        Scope::Reports => MOST,
        Scope::Countermeasures | Scope::Timeline | Scope::Factors => MOST_WITH_ROWS,
    }
}

fn scope(word: Option<&str>) -> Result<Scope, Error> {
    match word {
        None | Some("") => Ok(Scope::Reports),
        Some(word) => Scope::parse(word).ok_or_else(|| {
            Error::field(
                "scope",
                "Say reports, countermeasures, timeline or factors.",
            )
        }),
    }
}

/// The filters among the parameters; a value that is none is said to be wrong.
fn filters(pairs: &[(String, String)]) -> Result<Filters, Error> {
    let mut filters = Filters::default();
    for (name, value) in pairs {
        if let Some(field) = Field::from_name(name)
            && !(value.is_empty() && may_be_empty(field))
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
        .filter(|limit| (1..=most).contains(limit) && !text.starts_with('+'))
        .ok_or_else(|| Error::field("limit", format!("A number from 1 to {most}.")))
}

/// Cursors are opaque to clients: here, how many hits to leave out.
fn cursor(offset: usize) -> String {
    format!("o{offset}")
}

fn offset(cursor: &str) -> Result<usize, Error> {
    if cursor.is_empty() {
        return Ok(0);
    }
    cursor
        .strip_prefix('o')
        .and_then(|digits| digits.parse().ok())
        .filter(|offset| *offset <= 1_000)
        .ok_or_else(|| Error::field("cursor", "Not a cursor of this search."))
}
