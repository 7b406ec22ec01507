//! Search as every door uses it: index hits, checked and completed by one SQL read, with the passage that matched.

use super::store::{self, Filter, Summary};
use crate::accounts::{Action, Actor, Reach, Rules, audience, may, reach};
use crate::platform::db::{Connection, QueryResult};
use crate::platform::ids::ReportKey;
use crate::platform::markdown::{SafeHtml, highlight};
use crate::platform::memory::Memory;
use crate::platform::search::{
    Audience, Facets, Field, Filters, Highlighter, Index, Order, Passages, Query, Request, Results,
    SearchError, best_snippet,
};
use crate::reports::model::{Kind, Severity, Status};
use std::collections::HashMap;
use std::ops::Range;
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
}

/// One report found.
#[derive(Clone, Debug)]
pub struct Found {
    card: Arc<Card>,
    /// Higher is better; 0 when not ranked.
    pub score: f32,
    /// The section that matched; empty when only facts did.
    pub section: String,
    /// The passage, marked.
    pub snippet: SafeHtml,
    /// The same passage as plain text.
    pub snippet_text: String,
    /// What matched in it, as byte ranges.
    pub marks: Vec<Range<usize>>,
    /// The title, marked.
    pub title: SafeHtml,
}

/// What every search that finds a report needs of it.
#[derive(Debug)]
struct Card {
    summary: Summary,
    title: Passages,
    passages: Passages,
}

impl Card {
    fn new(mut summary: Summary) -> Self {
        let text = std::mem::take(&mut summary.plain_text);
        Self {
            title: Passages::new(&[("", &summary.title)]),
            passages: Passages::new(&store::split_plain(&text)),
            summary,
        }
    }

    /// About how many bytes it takes.
    fn size(&self) -> usize {
        self.passages.size() + self.title.size() + self.summary.about.len() + 1024
    }
}

impl Found {
    /// The report.
    pub(crate) fn summary(&self) -> &Summary {
        &self.card.summary
    }

    /// What people call it: `PM-42`.
    pub fn key(&self) -> ReportKey {
        self.summary().key
    }

    /// The title as written.
    pub fn plain_title(&self) -> &str {
        &self.summary().title
    }

    /// What there is to say beside the title: severity, date, services.
    pub fn facts(&self) -> Vec<String> {
        let summary = self.summary();
        let mut facts = Vec::new();
        facts.extend(summary.severity.map(|severity| severity.to_string()));
        facts.push(summary.kind.label().to_owned());
        if summary.status != Status::Published {
            facts.push(summary.status.label().to_owned());
        }
        facts.extend(
            summary
                .started_at
                .map(|at| at.strftime("%Y-%m-%d").to_string()),
        );
        facts.extend(summary.services.iter().cloned());
        facts
    }

    /// The passage as plain text, with `before` and `after` around what matched.
    pub fn marked_snippet(&self, before: &str, after: &str) -> String {
        let mut text = String::new();
        let mut end = 0;
        for range in &self.marks {
            text.push_str(self.snippet_text.get(end..range.start).unwrap_or_default());
            text.push_str(before);
            text.push_str(self.snippet_text.get(range.clone()).unwrap_or_default());
            text.push_str(after);
            end = range.end;
        }
        text.push_str(self.snippet_text.get(end..).unwrap_or_default());
        text
    }
}

/// What was found.
#[derive(Debug, Default)]
pub struct Findings {
    /// One page of reports, best first.
    pub items: Vec<Found>,
    /// All that match.
    pub total: usize,
    /// How they divide.
    pub facets: Facets,
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
    is_fallback: bool,
    since: Instant,
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
    let mut unfit = Vec::new();
    unfit.extend(all(
        Field::Kind,
        kinds.cloned().collect(),
        words(kind_words),
    ));
    unfit.extend(all(
        Field::Status,
        statuses.cloned().collect(),
        words(status_words),
    ));
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
    let words: Vec<&str> = wanted.query.terms_for_highlight().collect();
    let filters = wanted.filters.merged(&wanted.query.filters);
    let midnight = |date: jiff::civil::Date| {
        date.to_zoned(jiff::tz::TimeZone::UTC)
            .map(|zoned| zoned.timestamp())
            .ok()
    };
    let lower = |names: &[String]| names.iter().map(|name| name.to_lowercase()).collect();
    let filter = Filter {
        services: lower(&filters.service),
        teams: lower(&filters.team),
        tags: lower(&filters.tag),
        kinds: filters.kind.clone(),
        statuses: filters.status.clone(),
        severities: filters
            .severity
            .iter()
            .map(|level| i16::from(*level))
            .collect(),
        years: filters.year.iter().map(|year| i32::from(*year)).collect(),
        after: filters.after.and_then(midnight),
        before: filters.before.and_then(midnight),
    };
    let page = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
    let (ids, total) = store::fallback_search(
        conn,
        &reach(actor, rules),
        &words.join(" "),
        &filter,
        (page(wanted.limit), page(wanted.offset)),
    )
    .await?;
    Ok(Ranked {
        ids: ids.into_iter().map(|id| (id, 0.0)).collect(),
        total: usize::try_from(total).unwrap_or(0),
        facets: Facets::default(),
        is_fallback: true,
        since,
    })
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
    let highlighter = Highlighter::new(&wanted.query);
    let items: Vec<Found> = ranked
        .ids
        .into_iter()
        .filter_map(|(id, score)| Some(found(cards.remove(&id)?, score, &highlighter)))
        .collect();
    // A hit the database no longer shows is none: the count follows what is seen.
    let hidden = ids.len() - items.len();
    Ok(Findings {
        items,
        total: ranked.total.saturating_sub(hidden),
        facets: ranked.facets,
        took: ranked.since.elapsed(),
        is_fallback: ranked.is_fallback,
    })
}

/// The cards of those `ids` within reach; those not in memory are read and analysed.
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
        let analyse = move || rows.into_iter().map(Card::new).collect();
        // Only a panic in there, or a server that stops, keeps it from answering: then the hits are left out.
        let made: Vec<Card> = tokio::task::spawn_blocking(analyse)
            .await
            .unwrap_or_default();
        for card in made.into_iter().map(Arc::new) {
            let id = card.summary.id.0;
            memory.keep(id, card.summary.version, card.size(), Arc::clone(&card));
            cards.insert(id, card);
        }
    }
    Ok(cards)
}

fn found(card: Arc<Card>, score: f32, highlighter: &Highlighter) -> Found {
    let snippet = best_snippet(&card.passages, highlighter);
    let title_marks = highlighter.marks(&card.title);
    Found {
        score,
        // Where nothing is marked the beginning is shown: that section did not match.
        section: if snippet.marks.is_empty() {
            String::new()
        } else {
            snippet.part
        },
        snippet: highlight(&snippet.text, &snippet.marks),
        snippet_text: snippet.text,
        marks: snippet.marks,
        title: highlight(&card.summary.title, &title_marks),
        card,
    }
}
