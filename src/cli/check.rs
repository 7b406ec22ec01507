//! `hansei check`: the settings as understood, and whether what they name works.

use super::place::{Place, index_folder};
use super::say;
use crate::config::Config;
use crate::platform::db::facts;
use crate::platform::http::limits::open_files_limit;
use crate::platform::search::Index;
use std::process::ExitCode;

/// Open files a busy server may need.
const FILES: u64 = 4096;
/// Free space below which the index and the database are soon in trouble.
const FREE_BYTES: u64 = 1024 * 1024 * 1024;

/// Prints the settings and a line for each test; fails if one of them did.
pub(super) async fn run(config: Config) -> anyhow::Result<ExitCode> {
    say("Settings");
    for (setting, value, origin) in &config.origins {
        let shown = match (setting.secret, value.is_empty()) {
            (_, true) => "(none)",
            (true, false) => "(set, not shown)",
            (false, false) => value,
        };
        say(&format!("  {:<18} {shown}  ({origin})", setting.name));
    }
    for warning in &config.warnings {
        say(&format!("  note: {warning}"));
    }
    say("\nTests");
    let results = [database(&config).await, disk(&config), files()];
    for (name, result) in &results {
        match result {
            Ok(fine) => say(&format!("  ok      {name}: {fine}")),
            Err(trouble) => say(&format!("  FAILED  {name}: {trouble}")),
        }
    }
    let failed = results.iter().any(|(_, result)| result.is_err());
    Ok(if failed {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    })
}

type Tested = (&'static str, Result<String, String>);

async fn database(config: &Config) -> Tested {
    let tested = async {
        let place = Place::for_tool(config, "check").await?;
        let tested = queries(config, &place).await;
        place.leave().await?;
        tested
    };
    (
        "database and index",
        tested
            .await
            .map_err(|error: anyhow::Error| format!("{error:#}")),
    )
}

async fn queries(config: &Config, place: &Place) -> anyhow::Result<String> {
    let mut conn = place.connect().await?;
    let facts = facts(&mut conn).await?;
    let index = Index::open_reader(&index_folder(config));
    let indexed = match index.documents() {
        Some(count) => format!("{count} of them in the index"),
        None => "no index yet (the server builds it)".to_owned(),
    };
    Ok(format!(
        "Postgres {}, {} reports, {indexed}",
        facts.version, facts.reports
    ))
}

fn disk(config: &Config) -> Tested {
    let tested = match fs4::available_space(&config.data_dir) {
        Ok(free) if free < FREE_BYTES => Err(format!(
            "only {} MiB free in {}",
            free >> 20,
            config.data_dir.display()
        )),
        Ok(free) => Ok(format!(
            "{} GiB free in {}",
            free >> 30,
            config.data_dir.display()
        )),
        Err(error) => Err(format!("{}: {error}", config.data_dir.display())),
    };
    ("disk space", tested)
}

fn files() -> Tested {
    let tested = match open_files_limit() {
        None => Ok("no limit known".to_owned()),
        Some(limit) if limit < FILES => Err(format!(
            "{limit} open files allowed; raise the limit to {FILES} (`ulimit -n {FILES}`)"
        )),
        Some(limit) => Ok(format!("{limit} open files allowed")),
    };
    ("file limits", tested)
}
