//! Search as every door uses it: index hits, checked and completed by one SQL read, with the passage that matched.

use super::found::{self, Card, Found};
use super::scope::{FoundRows, Scope};
use super::store::{self, Filter, StoredText, Summary};
use crate::accounts::{Action, Actor, Reach, Rules, audience, may, reach};
use crate::platform::db::{Connection, QueryResult};
use crate::platform::memory::Memory;
use crate::platform::search::{
    Audience, Facets, Field, Filters, Index, Order, Query, Request, Results, SearchError,
};
use crate::reports::model::{Kind, Phase, Severity, Status};
use crate::reports::search::CAN_HAVE;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// What somebody looks for.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// The words and everything else understood from the text.
    pub query: Query,
    /// The text itself.
    pub text: String,
    /// Filters from outside the text.
    pub filters: Filters,
    /// Hits on the page.
    pub limit: usize,
    /// Hits before the page.
    pub offset: usize,
    /// Count by facet too.
    pub facets: bool,
    /// Order of hits.
    pub order: Order,
    /// Whether reports are listed, or rows of theirs.
    pub scope: Scope,
}

impl Wanted {
    /// The same, listing this.
    #[must_use]
    pub fn listing(mut self, scope: Scope) -> Self {
        scope.narrow(&mut self.filters);
        self.scope = scope;
        self
    }
}

/// What was found.
#[derive(Debug, Default)]
pub struct Findings {
    /// One page of reports, best first.
    pub items: Vec<Found>,
    /// The rows of each that are listed, where rows are.
    pub rows: HashMap<i64, FoundRows>,
    /// All that match.
    pub total: usize,
    /// How they divide.
    pub facets: Facets,
    /// For words that hardly any report within reach has: their place in the query, and what may have been meant.
    pub spelt: Vec<(usize, String)>,
    /// How long it took.
    pub took: Duration,
    /// Answered by Postgres because no index could be read.
    pub is_fallback: bool,
}

/// Ids with scores, however they were found.
#[derive(Debug)]
pub struct Ranked {
    ids: Vec<(i64, f32)>,
    total: usize,
    facets: Facets,
    spelt: Vec<(usize, String)>,
    is_fallback: bool,
    since: Instant,
}

impl Ranked {
    /// Postgres answered because no index could be read: rougher than what was asked for.
    pub const fn is_fallback(&self) -> bool {
        self.is_fallback
    }
}

/// Values that no report can have, with a sentence each: the index knows words, not which of them there are.
pub fn unfit(filters: &Filters) -> Vec<(Field, String, String)> {
    let words = |known: Vec<&str>| format!("is one of {}", known.join(", "));
    let kinds = filters.kind.iter().filter(|it| Kind::parse(it).is_none());
    let statuses = filters.status.iter();
    let statuses = statuses.filter(|it| Status::parse(it).is_none());
    let severities = filters.severity.iter();
    let severities = severities.filter(|level| Severity::new(**level).is_none());
    let all = |field, values: Vec<String>, sentence: String| {
        values
            .into_iter()
            .map(move |value| (field, value, sentence.clone()))
    };
    let kind_words = Kind::ALL.iter().map(|kind| kind.word()).collect();
    let status_words = Status::ALL.iter().map(|status| status.word()).collect();
    let phase_words: Vec<&str> = Phase::ALL.iter().map(|phase| phase.word()).collect();
    let phases = filters.phase.iter();
    let phases = phases.filter(|it| !phase_words.contains(&it.as_str()));
    let has = filters.has.iter();
    let has = has.filter(|it| !CAN_HAVE.contains(&it.as_str()));
    let mut unfit = Vec::new();
    for (field, values, known) in [
        (Field::Kind, kinds.cloned().collect(), kind_words),
        (Field::Status, statuses.cloned().collect(), status_words),
        (Field::Phase, phases.cloned().collect(), phase_words.clone()),
        (Field::Has, has.cloned().collect(), CAN_HAVE.to_vec()),
    ] {
        unfit.extend(all(field, values, words(known)));
    }
    unfit.extend(all(
        Field::Severity,
        severities.map(ToString::to_string).collect(),
        "goes from 1 to 5".to_owned(),
    ));
    unfit
}

/// Whether this actor may search at all.
pub fn may_search(actor: &Actor, rules: Rules) -> bool {
    may(actor, Action::Search, rules)
}

/// What the index answered to the same question a moment ago, if it has not changed since.
pub fn ask_again(index: &Index, wanted: &Wanted, actor: &Actor, rules: Rules) -> Option<Ranked> {
    let since = Instant::now();
    let results = index.search_again(&request(wanted, &audience(actor, rules)))?;
    Some(ranked(&results, since))
}

/// Asks the index. Blocks for some milliseconds: call it where that is allowed.
pub fn ask_index(
    index: &Index,
    wanted: &Wanted,
    actor: &Actor,
    rules: Rules,
) -> Result<Ranked, SearchError> {
    let since = Instant::now();
    let results = index.search(&request(wanted, &audience(actor, rules)))?;
    Ok(ranked(&results, since))
}

fn request<'a>(wanted: &'a Wanted, audience: &'a Audience) -> Request<'a> {
    Request {
        query: &wanted.query,
        filters: &wanted.filters,
        audience,
        limit: wanted.limit,
        offset: wanted.offset,
        facets: wanted.facets,
        order: wanted.order,
    }
}

fn ranked(results: &Results, since: Instant) -> Ranked {
    Ranked {
        ids: results.hits.iter().map(|hit| (hit.id, hit.score)).collect(),
        total: results.total,
        facets: results.facets.clone(),
        spelt: results.spelt.clone(),
        is_fallback: false,
        since,
    }
}

/// Asks Postgres instead: slower, coarser, always true.
pub async fn ask_database(
    conn: &mut Connection,
    wanted: &Wanted,
    actor: &Actor,
    rules: Rules,
) -> QueryResult<Ranked> {
    let since = Instant::now();
    let words: Vec<&str> = wanted.query.terms().collect();
    let filters = wanted.filters.merged(&wanted.query.filters);
    let midnight = |date: jiff::civil::Date| {
        date.to_zoned(jiff::tz::TimeZone::UTC)
            .map(|zoned| zoned.timestamp())
            .ok()
    };
    let filter = Filter {
        has: lists(&filters),
        not: lists(&wanted.query.not),
        after: filters.after.and_then(midnight),
        before: filters.before.and_then(midnight),
    };
    let page = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
    // As the index has it: without words there is nothing to rank by.
    let order = if wanted.order == Order::Relevance && words.is_empty() {
        Order::Newest
    } else {
        wanted.order
    };
    let (ids, total) = store::fallback_search(
        conn,
        &reach(actor, rules),
        &words.join(" "),
        &filter,
        (order, page(wanted.limit), page(wanted.offset)),
    )
    .await?;
    Ok(Ranked {
        ids: ids.into_iter().map(|id| (id, 0.0)).collect(),
        total: usize::try_from(total).unwrap_or(0),
        facets: Facets::default(),
        spelt: Vec::new(),
        is_fallback: true,
        since,
    })
}

/// The values of each field that has any, as the database compares them.
fn lists(filters: &Filters) -> serde_json::Value {
    let fields = Field::ALL.into_iter();
    let lists = fields.filter_map(|field| {
        let values: Vec<String> = match field {
            Field::Year => {
                let years = filters.year.iter();
                years
                    .map(|years| format!("{}-{}", years.from, years.to))
                    .collect()
            }
            Field::After | Field::Before | Field::Started | Field::In => return None,
            Field::Service
            | Field::Team
            | Field::Tag
            | Field::Factor
            | Field::Severity
            | Field::Kind
            | Field::Status
            | Field::Phase
            | Field::Has
            | Field::Author => {
                let values = filters.values(field).into_iter();
                values.map(|value| value.to_lowercase()).collect()
            }
        };
        (!values.is_empty()).then(|| (field.name().to_owned(), values.into()))
    });
    serde_json::Value::Object(lists.collect())
}

/// Completes hits from the database, which alone decides what is within reach and how new it is.
pub async fn complete(
    conn: &mut Connection,
    memory: &Memory,
    wanted: &Wanted,
    ranked: Ranked,
    reach: &Reach,
) -> QueryResult<Findings> {
    let ids: Vec<i64> = ranked.ids.iter().map(|(id, _)| *id).collect();
    let mut cards = cards(conn, memory, reach, &ids).await?;
    let hits = ranked.ids.into_iter();
    let hits = hits.filter_map(|(id, score)| Some((cards.remove(&id)?, score)));
    let items = found::shown(memory, &wanted.query, hits.collect()).await;
    // A hit the database no longer shows is none: the count follows what is seen.
    let hidden = ids.len() - items.len();
    Ok(Findings {
        items,
        rows: HashMap::new(),
        total: ranked.total.saturating_sub(hidden),
        facets: ranked.facets,
        spelt: ranked.spelt,
        took: ranked.since.elapsed(),
        is_fallback: ranked.is_fallback,
    })
}

/// The rows of what was found that are listed instead, all of them: [`scope::choose`](super::scope::choose) takes those
/// that are shown.
pub(crate) async fn rows(
    conn: &mut Connection,
    wanted: &Wanted,
    findings: &Findings,
    reach: &Reach,
) -> QueryResult<Vec<StoredText>> {
    let Some(what) = wanted.scope.rows() else {
        return Ok(Vec::new());
    };
    let ids: Vec<i64> = findings.items.iter().map(|it| it.summary().id.0).collect();
    store::rows_of(conn, reach, what, &ids).await
}

/// Hits as lines of a list, without what matched in them.
pub(super) async fn listed(
    conn: &mut Connection,
    ranked: Ranked,
    reach: &Reach,
) -> QueryResult<Vec<Summary>> {
    let ids: Vec<i64> = ranked.ids.iter().map(|(id, _)| *id).collect();
    let rows = store::briefly(conn, reach, &ids).await?;
    let mut rows: HashMap<i64, Summary> = rows.into_iter().map(|row| (row.id.0, row)).collect();
    Ok(ids.iter().filter_map(|id| rows.remove(id)).collect())
}

/// The cards of those `ids` within reach; those not in memory are read.
async fn cards(
    conn: &mut Connection,
    memory: &Memory,
    reach: &Reach,
    ids: &[i64],
) -> QueryResult<HashMap<i64, Arc<Card>>> {
    let mut cards = HashMap::new();
    let mut missing = Vec::new();
    if !ids.is_empty() {
        for (id, version) in store::versions(conn, reach, ids).await? {
            match memory.get::<Card>(id, version) {
                Some(card) => drop(cards.insert(id, card)),
                None => missing.push(id),
            }
        }
    }
    if !missing.is_empty() {
        let rows = store::by_ids(conn, reach, &missing).await?;
        for card in rows.into_iter().map(Card::new).map(Arc::new) {
            let id = card.summary.id.0;
            memory.keep(id, card.summary.version, card.size(), Arc::clone(&card));
            cards.insert(id, card);
        }
    }
    Ok(cards)
}
