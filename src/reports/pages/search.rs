//! Searching in a browser: one box, facets, chips; the address is the whole state.

use super::results::{facets_html, hits_html, label};
use super::search_words::{also, corrected};
use super::{missed, nothing_found, saved_searches, search_tools as tools, words};
use crate::accounts::{Action, Actor, Reader, reach, refusal, rules};
use crate::platform::app::App;
use crate::platform::db::pool::PooledConnection;
use crate::platform::http::{Error, Lane, Page, PageError, Pairs};
use crate::platform::search::{Field, Filters, Order, query};
use crate::reports::finder::{self, Findings, Ranked, Wanted};
use crate::reports::question::understand;
use crate::reports::scope::{self, Scope};
use actix_web::web;
use serde_json::{Value, json};

/// Hits on a page.
const PAGE: usize = 10;
/// The longest text for which each scope has a link, in bytes.
const LONGEST_LINKED: usize = 4_000;
/// So many unfit filters are told of.
const NOTES: usize = 3;
/// The last page that can be asked for.
const LAST_PAGE: usize = 100;

/// What the address says: `q`, filters, `sort`, `page`. Unknown parameters are left alone.
#[derive(Clone)]
pub(super) struct Asked {
    pub(super) text: String,
    pub(super) filters: Filters,
    pub(super) order: Order,
    pub(super) scope: Scope,
    page: usize,
    /// Filters in the address that say nothing, each as written, with what it should be.
    unfit: Vec<(String, String)>,
}

impl Asked {
    pub(super) fn read(pairs: &[(String, String)]) -> Self {
        let get = |name: &str| {
            pairs
                .iter()
                .rev()
                .find(|(key, _)| key == name)
                .map(|(_, value)| value.as_str())
        };
        let page = get("page").and_then(|page| page.parse().ok()).unwrap_or(1);
        let mut filters = Filters::default();
        let mut unfit = Vec::new();
        for (name, value) in pairs.iter().filter(|(_, value)| !value.is_empty()) {
            if let Some(field) = Field::from_name(name)
                && let Err(error) = filters.add(field, value)
            {
                unfit.push((format!("{name}:{value}"), format!("{name} {error}.")));
            }
        }
        for (field, value, sentence) in finder::unfit(&filters) {
            let name = field.name();
            unfit.push((format!("{name}:{value}"), format!("{name} {sentence}.")));
        }
        Self {
            text: query::read(get("q").unwrap_or_default()).to_owned(),
            unfit,
            filters,
            order: get("sort").and_then(Order::parse).unwrap_or_default(),
            scope: get("scope").and_then(Scope::parse).unwrap_or_default(),
            page: usize::clamp(page, 1, LAST_PAGE),
        }
    }

    /// The address of the search.
    fn link(&self) -> String {
        let query = self.question();
        if query.is_empty() {
            "/search".to_owned()
        } else {
            format!("/search?{query}")
        }
    }

    /// What that address says behind the question mark.
    fn question(&self) -> String {
        let mut pairs: Vec<(&str, String)> = Vec::new();
        if !self.text.is_empty() {
            pairs.push(("q", self.text.clone()));
        }
        pairs.extend(self.filters.to_pairs());
        pairs.extend(self.manner());
        if self.page > 1 {
            pairs.push(("page", self.page.to_string()));
        }
        serde_urlencoded::to_string(pairs).unwrap_or_default()
    }

    /// What is listed and in which order, where that is not the usual.
    fn manner(&self) -> Vec<(&'static str, String)> {
        let order = (self.order != Order::default()).then(|| self.order.word());
        let scope = (self.scope != Scope::default()).then(|| self.scope.word());
        let pairs = [("sort", order), ("scope", scope)].into_iter();
        pairs
            .filter_map(|(name, word)| Some((name, word?.to_owned())))
            .collect()
    }

    fn on_page(&self, page: usize) -> Self {
        Self {
            page,
            ..self.clone()
        }
    }

    /// The address of the same search for another text.
    pub(super) fn with_text(&self, text: &str) -> String {
        let mut other = self.on_page(1);
        text.clone_into(&mut other.text);
        other.link()
    }

    pub(super) fn with(&self, filters: &Filters) -> String {
        let mut other = self.on_page(1);
        other.filters = filters.clone();
        other.link()
    }

    /// The address of this search, from its first page on.
    pub(super) fn address(&self) -> String {
        self.on_page(1).link()
    }

    /// What that address says behind the question mark; empty for a search for everything.
    pub(super) fn said(&self) -> String {
        self.on_page(1).question()
    }
}

/// Runs a search for a page or an API answer.
pub(crate) async fn run(app: &App, actor: &Actor, wanted: Wanted) -> Result<Findings, Error> {
    let (mut conn, ranked) = Box::pin(ranked(app, actor, &wanted)).await?;
    let reach = reach(actor, rules(&app.settings));
    let completed = finder::complete(&mut conn, &app.memory, &wanted, ranked, &reach);
    let mut findings = Box::pin(completed).await?;
    let rows = Box::pin(finder::rows(&mut conn, &wanted, &findings, &reach)).await?;
    drop(conn);
    if !rows.is_empty() {
        let choose = move || Ok::<_, Error>(scope::choose(wanted.scope, &wanted.query, rows));
        findings.rows = app.blocking(Lane::Search, choose).await?;
    }
    Ok(findings)
}

/// What is found, to be completed with this connection: the index first, Postgres when no index can be read.
pub(super) async fn ranked(
    app: &App,
    actor: &Actor,
    wanted: &Wanted,
) -> Result<(PooledConnection, Ranked), Error> {
    let rules = rules(&app.settings);
    if !finder::may_search(actor, rules) {
        return Err(refusal(actor, Action::Search));
    }
    let again = finder::ask_again(&app.search, wanted, actor, rules);
    let ranked = if let Some(ranked) = again {
        Ok(ranked)
    } else {
        let (index, asking, who) = (app.search.clone(), wanted.clone(), actor.clone());
        app.blocking(Lane::Search, move || {
            Ok::<_, Error>(finder::ask_index(&index, &asking, &who, rules))
        })
        .await?
    };
    let mut conn = app.db.get().await?;
    let ranked = match ranked {
        Ok(ranked) => ranked,
        Err(error) => {
            tracing::warn!(%error, "search falls back on the database");
            finder::ask_database(&mut conn, wanted, actor, rules).await?
        }
    };
    Ok((conn, ranked))
}

/// `GET /search`
pub async fn search(
    app: web::Data<App>,
    reader: Reader,
    Pairs(pairs): Pairs,
) -> Result<Page, PageError> {
    let asked = Asked::read(&pairs);
    let query = understand(&app, &asked.text).await;
    let asking = wanted(&asked, query.clone());
    let findings = run(&app, &reader.0, asking.clone()).await?;
    // That nobody tried anything is no gap in what is written.
    if asked.scope == Scope::Reports {
        let told = (asked.text.as_str(), &asking.query, &asked.filters);
        missed::note(&app, &reader.0, told, &findings);
    }
    let saved = match reader.0.person_id() {
        // Where somebody begins; a search does not wait for it.
        Some(person) if asked.said().is_empty() => saved_searches::links(&app, person).await?,
        Some(_) | None => Vec::new(),
    };
    let nothing = if findings.items.is_empty() && asked.page == 1 {
        Some(Box::pin(nothing_found::help(&app, &reader.0, &asked)).await?)
    } else {
        None
    };
    let from = (asked.page - 1) * PAGE + 1;
    let page_link = |page| asked.on_page(page).link();
    let more = asked.page * PAGE < findings.total && asked.page < LAST_PAGE;
    let view = json!({
        "q": asked.text,
        "total": findings.total,
        "total_text": words::count(findings.total),
        "approximate": false,
        "is_fallback": findings.is_fallback,
        "took_ms": u64::try_from(findings.took.as_millis()).unwrap_or(u64::MAX),
        "carried": carried(&asked),
        "chips": chips(&asked),
        "clear_link": asked.with(&Filters::default()),
        "sorts": Order::CHOICES.map(|order| sort(&asked, order)),
        "ignored": ignored(&asked, &query.notes),
        "also": also(&asked, &query),
        "corrected": corrected(&asked, &query, &findings.spelt),
        "facets_html": facets_html(&app, &asked, &findings.facets)?,
        "scopes": scopes(&asked),
        "hits_html": hits_html(&app, &asked, &findings)?,
        "paging": {
            "previous": (asked.page > 1).then(|| page_link(asked.page - 1)),
            "next": more.then(|| page_link(asked.page + 1)),
            "from": from,
            "to": from + findings.items.len().saturating_sub(1),
        },
        "nothing": nothing,
        "saved": saved,
        "tools": tools::of(&app, &asked, findings.total),
    });
    let title = if asked.text.is_empty() {
        "Search".to_owned()
    } else {
        asked.text
    };
    Ok(Page::new("search", title, view).with_fragment("search_results"))
}

pub(super) fn wanted(asked: &Asked, query: query::Query) -> Wanted {
    Wanted {
        query,
        text: asked.text.clone(),
        filters: asked.filters.clone(),
        limit: PAGE,
        offset: (asked.page - 1) * PAGE,
        facets: true,
        order: asked.order,
        scope: Scope::Reports,
    }
    .listing(asked.scope)
}

/// What can be listed; none where a text was pasted that would stand in each of the links.
fn scopes(asked: &Asked) -> Vec<Value> {
    let choices = Scope::ALL
        .into_iter()
        .filter(|_| asked.text.len() <= LONGEST_LINKED);
    let choices = choices.map(|scope| {
        let mut other = asked.on_page(1);
        other.scope = scope;
        json!({ "label": scope.label(), "link": other.link(), "current": scope == asked.scope })
    });
    choices.collect()
}

fn sort(asked: &Asked, order: Order) -> Value {
    let label = match order {
        Order::Relevance => "Relevance",
        Order::Newest => "Newest",
        Order::Severity => "Severity",
        Order::Duration => "Duration",
        Order::Published => "Published",
    };
    let mut other = asked.on_page(1);
    other.order = order;
    json!({ "word": order.word(), "label": label, "link": other.link(), "current": order == asked.order })
}

/// Filters that the search form carries along when its text changes.
fn carried(asked: &Asked) -> Vec<Value> {
    let mut pairs = asked.filters.to_pairs();
    pairs.extend(asked.manner());
    pairs
        .into_iter()
        .map(|(name, value)| json!({ "name": name, "value": value }))
        .collect()
}

fn chips(asked: &Asked) -> Vec<Value> {
    Field::ALL
        .into_iter()
        .flat_map(|field| {
            asked
                .filters
                .values(field)
                .into_iter()
                .map(move |value| (field, value))
        })
        .map(|(field, value)| {
            json!({
                "name": field.name(),
                "label": label(field, &value),
                "remove_link": asked.with(&asked.filters.without(field, &value)),
            })
        })
        .collect()
}

/// What was not taken as it looks.
fn ignored(asked: &Asked, notes: &[query::Note]) -> Vec<Value> {
    let parts = notes.iter().map(|note| ignored_part(&asked.text, note));
    let unfit = asked.unfit.iter().take(NOTES).map(|(written, sentence)| {
        let written: String = written.chars().take(80).collect();
        json!({ "before": "", "bad": written, "after": "", "message": sentence })
    });
    parts.chain(unfit).collect()
}

/// The part of the text that was not taken as it looks, between what stands around it.
fn ignored_part(text: &str, note: &query::Note) -> Value {
    let before = text.get(..note.start).unwrap_or_default();
    let bad = text.get(note.start..note.end).unwrap_or_default();
    let after = text.get(note.end..).unwrap_or_default();
    let last = |text: &str| {
        text.chars()
            .rev()
            .take(40)
            .collect::<Vec<_>>()
            .into_iter()
            .rev()
            .collect::<String>()
    };
    let first = |text: &str, most| text.chars().take(most).collect::<String>();
    json!({
        "before": last(before),
        "bad": first(bad, 80),
        "after": first(after, 40),
        "message": note.message,
    })
}
