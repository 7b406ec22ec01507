//! `hansei search` and `hansei reindex`: the index from the terminal.

use super::place::{Place, index_folder};
use super::{say, say_error};
use crate::accounts::{Actor, Rules, reach};
use crate::config::Config;
use crate::platform::memory::Memory;
use crate::platform::search::{self, Filters, Index, Order, made_from};
use crate::reports::finder::{self, Findings, Wanted};
use crate::reports::scope::Scope;
use crate::reports::understand_once;
use clap::Args;
use std::io::IsTerminal;
use std::process::ExitCode;
use std::time::Duration;

/// How long a running server may take to build its index anew.
const REBUILT_WITHIN: Duration = Duration::from_mins(15);

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// What to look for, in the same language as the search box
    #[arg(required = true, value_name = "QUERY")]
    query: Vec<String>,
    /// How many reports to show
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u16).range(1..=100))]
    limit: u16,
}

/// `hansei search "…"`: whoever may run it could read the database anyway, so everything is found.
pub(super) async fn run(config: Config, arguments: Arguments) -> anyhow::Result<ExitCode> {
    let place = Place::for_tool(&config, "search").await?;
    let found = find(&config, &place, &arguments).await;
    place.leave().await?;
    let found = found?;
    show(&found, config.public_url.as_str());
    // As grep has it: nothing found is not success.
    Ok(if found.items.is_empty() {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    })
}

async fn find(config: &Config, place: &Place, arguments: &Arguments) -> anyhow::Result<Findings> {
    let text = arguments.query.join(" ");
    let folder = index_folder(config);
    let mut conn = place.connect().await?;
    let query = understand_once(&mut conn, &text).await?;
    for note in &query.notes {
        say_error(&format!("note: {}", note.message));
    }
    for also in &query.also {
        let (typed, others) = (query.typed(also), also.others.join(", "));
        say_error(&format!("also searched for {typed}: {others}"));
    }
    let wanted = Wanted {
        query,
        text,
        filters: Filters::default(),
        limit: usize::from(arguments.limit),
        offset: 0,
        facets: false,
        order: Order::Relevance,
        scope: Scope::Reports,
    };
    let (actor, rules) = (Actor::Operator, Rules::default());
    // The folder may be that of a server with another database.
    let ranked = if made_from(&folder, &mut conn).await.unwrap_or(false) {
        finder::ask_index(&Index::open_reader(&folder), &wanted, &actor, rules).ok()
    } else {
        None
    };
    let ranked = match ranked {
        Some(ranked) => ranked,
        None => finder::ask_database(&mut conn, &wanted, &actor, rules).await?,
    };
    let (memory, reach) = (Memory::default(), reach(&actor, rules));
    let found = finder::complete(&mut conn, &memory, &wanted, ranked, &reach).await?;
    if !found.spelt.is_empty() {
        let meant = wanted.query.spelt(&found.spelt);
        say_error(&format!("did you mean: {meant}"));
    }
    Ok(found)
}

fn show(found: &Findings, site: &str) {
    let colours = std::io::stdout().is_terminal();
    let (strong, faint, mark, plain) = if colours {
        ("\u{1b}[1m", "\u{1b}[2m", "\u{1b}[33m", "\u{1b}[0m")
    } else {
        ("", "", "", "")
    };
    for item in &found.items {
        let facts = item.facts().join(" · ");
        say(&format!(
            "{strong}{}  {}{plain}",
            item.key(),
            item.plain_title()
        ));
        say(&format!("  {faint}{facts}{plain}"));
        if !item.shown.snippet_text.is_empty() {
            let snippet = item.shown.marked_snippet(mark, plain);
            let section = if item.shown.section.is_empty() {
                String::new()
            } else {
                format!("{}: ", item.shown.section)
            };
            say(&format!("  {section}{snippet}"));
        }
        say(&format!(
            "  {faint}{}/reports/{}{plain}\n",
            site.trim_end_matches('/'),
            item.key()
        ));
    }
    let how = if found.is_fallback {
        ", without the index"
    } else {
        ""
    };
    say_error(&format!(
        "{} of {} reports, {} ms{how}",
        found.items.len(),
        found.total,
        found.took.as_millis()
    ));
}

/// `hansei reindex`
pub(super) async fn reindex(config: Config) -> anyhow::Result<ExitCode> {
    let place = Place::for_tool(&config, "reindex").await?;
    let index = Index::open_or_wait(&index_folder(&config));
    let done = search::rebuild(&index, &place.source(), REBUILT_WITHIN).await;
    place.leave().await?;
    done?;
    say("The search index was built anew.");
    Ok(ExitCode::SUCCESS)
}
