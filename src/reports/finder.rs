//! Search as every door uses it: index hits, checked and completed by one SQL read, with the passage that matched.

use super::store::{self, Filter, Summary};
use crate::accounts::{Action, Actor, Reach, Rules, audience, may, reach};
use crate::platform::db::{Connection, QueryResult};
use crate::platform::ids::ReportKey;
use crate::platform::markdown::{SafeHtml, highlight};
use crate::platform::search::{
    Facets, Filters, Highlighter, Index, Order, Query, Request, SearchError, best_snippet,
};
use crate::reports::model::Status;
use std::collections::HashMap;
use std::ops::Range;
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
    /// The report.
    pub(crate) summary: Summary,
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

impl Found {
    /// What people call it: `PM-42`.
    pub fn key(&self) -> ReportKey {
        self.summary.key
    }

    /// The title as written.
    pub fn plain_title(&self) -> &str {
        &self.summary.title
    }

    /// What there is to say beside the title: severity, date, services.
    pub fn facts(&self) -> Vec<String> {
        let summary = &self.summary;
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
}

/// Whether this actor may search at all.
pub fn may_search(actor: &Actor, rules: Rules) -> bool {
    may(actor, Action::Search, rules)
}

/// Asks the index. Blocks for some milliseconds: call it where that is allowed.
pub fn ask_index(
    index: &Index,
    wanted: &Wanted,
    actor: &Actor,
    rules: Rules,
) -> Result<Ranked, SearchError> {
    let results = index.search(&Request {
        query: &wanted.query,
        filters: &wanted.filters,
        audience: &audience(actor, rules),
        limit: wanted.limit,
        offset: wanted.offset,
        facets: wanted.facets,
        order: wanted.order,
    })?;
    Ok(Ranked {
        ids: results.hits.iter().map(|hit| (hit.id, hit.score)).collect(),
        total: results.total,
        facets: results.facets,
        is_fallback: false,
    })
}

/// Asks Postgres instead: slower, coarser, always true.
pub async fn ask_database(
    conn: &mut Connection,
    wanted: &Wanted,
    actor: &Actor,
    rules: Rules,
) -> QueryResult<Ranked> {
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
    })
}

/// Completes hits from the database, which alone decides what is within reach.
pub async fn complete(
    conn: &mut Connection,
    wanted: &Wanted,
    ranked: Ranked,
    reach: &Reach,
    since: Instant,
) -> QueryResult<Findings> {
    let ids: Vec<i64> = ranked.ids.iter().map(|(id, _)| *id).collect();
    let mut summaries: HashMap<i64, Summary> = if ids.is_empty() {
        HashMap::new()
    } else {
        let rows = store::by_ids(conn, reach, &ids).await?;
        rows.into_iter()
            .map(|summary| (summary.id.0, summary))
            .collect()
    };
    let mut highlighter = Highlighter::new(&wanted.query);
    let items: Vec<Found> = ranked
        .ids
        .into_iter()
        .filter_map(|(id, score)| Some(found(summaries.remove(&id)?, score, &mut highlighter)))
        .collect();
    // A hit the database no longer shows is none: the count follows what is seen.
    let hidden = ids.len() - items.len();
    Ok(Findings {
        items,
        total: ranked.total.saturating_sub(hidden),
        facets: ranked.facets,
        took: since.elapsed(),
        is_fallback: ranked.is_fallback,
    })
}

fn found(mut summary: Summary, score: f32, highlighter: &mut Highlighter) -> Found {
    let text = std::mem::take(&mut summary.plain_text);
    let snippet = best_snippet(&store::split_plain(&text), highlighter);
    let title_marks = highlighter.marks(&summary.title);
    Found {
        score,
        section: snippet.part,
        snippet: highlight(&snippet.text, &snippet.marks),
        snippet_text: snippet.text,
        marks: snippet.marks,
        title: highlight(&summary.title, &title_marks),
        summary,
    }
}
