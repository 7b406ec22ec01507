//! `hansei check`: the settings as understood, and whether what they name works. Makes no database
//! and changes none; a private one that does not run is started for as long as it takes to look.

use super::place::{Place, index_folder, options};
use super::say;
use crate::config::Config;
use crate::platform::causes::with_causes;
use crate::platform::db::embedded::Embedded;
use crate::platform::db::{Connection, facts};
use crate::platform::http::limits::open_files_limit;
use crate::platform::objects::{Bucket, BucketSettings};
use crate::platform::search::{Condition, inspect};
use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};

/// Open files a busy server may need; with fewer it takes fewer connections.
const FILES: u64 = 4096;
/// With fewer it hardly works.
const FEWEST_FILES: u64 = 512;
/// Free space below which the index and the database are soon in trouble.
const FREE_BYTES: u64 = 1024 * 1024 * 1024;
/// How long a running server may take to bring its index up to date.
const CATCHES_UP_WITHIN: Duration = Duration::from_secs(3);

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
    let mut results = data(&config).await;
    if let Some(settings) = &config.bucket {
        results.push(("bucket", bucket(settings).await));
    }
    results.extend([
        ("disk space", disk(&config.data_dir)),
        ("file limits", files()),
    ]);
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

type Result<T, E = String> = std::result::Result<T, E>;
type Tested = (&'static str, Result<String>);

const DATABASE: &str = "database";
const INDEX: &str = "search index";

/// The database, and the index when there is a database to compare it with.
async fn data(config: &Config) -> Vec<Tested> {
    let place = match place(config).await {
        Ok(Some(place)) => place,
        Ok(None) => return vec![(DATABASE, to_be_made(config).await)],
        Err(error) => return vec![(DATABASE, Err(error))],
    };
    let mut tested = queries(config, &place).await;
    if let Err(error) = place.leave().await {
        tested.push((DATABASE, Err(with_causes(error.as_ref()))));
    }
    tested
}

/// None: nobody has started the server yet.
async fn place(config: &Config) -> Result<Option<Place>> {
    if config.database_url.is_none()
        && !Embedded::exists(&options(config)).map_err(|error| with_causes(&error))?
    {
        return Ok(None);
    }
    let place = Place::for_tool(config, "check").await;
    place.map(Some).map_err(|error| with_causes(error.as_ref()))
}

async fn to_be_made(config: &Config) -> Result<String> {
    let version = Embedded::installed(&options(config)).await;
    let version = version.map_err(|error| with_causes(&error))?;
    Ok(format!(
        "none yet; the first start makes it with PostgreSQL {version} in {}",
        config.data_dir.display()
    ))
}

async fn queries(config: &Config, place: &Place) -> Vec<Tested> {
    let asked = async {
        let mut conn = place.connect().await?;
        let facts = facts(&mut conn).await?;
        anyhow::Ok((conn, facts))
    };
    let (conn, facts) = match asked.await {
        Ok(answered) => answered,
        Err(error) => return vec![(DATABASE, Err(with_causes(error.as_ref())))],
    };
    let fine = format!("Postgres {}, {} reports", facts.version, facts.reports);
    vec![(DATABASE, Ok(fine)), (INDEX, index(config, conn).await)]
}

async fn index(config: &Config, mut conn: Connection) -> Result<String> {
    let folder = index_folder(config);
    let begun = Instant::now();
    loop {
        let reports = facts(&mut conn)
            .await
            .map_err(|error| with_causes(&error))?;
        let reports = u64::try_from(reports.reports).unwrap_or_default();
        let condition = inspect(&folder, &mut conn, reports).await;
        match condition.map_err(|error| with_causes(&error))? {
            Condition::Sound(documents) => return Ok(format!("{documents} documents, whole")),
            Condition::Missing if reports == 0 => {
                return Ok("none yet; the server builds it".to_owned());
            }
            Condition::Stale(_) | Condition::Missing if begun.elapsed() < CATCHES_UP_WITHIN => {
                tokio::time::sleep(CATCHES_UP_WITHIN / 10).await;
            }
            Condition::Missing => {
                return Err(format!(
                    "missing, though there are {reports} reports; {MENDED}"
                ));
            }
            Condition::Damaged(why) => return Err(format!("damaged: {why}; {MENDED}")),
            Condition::Stale(why) => return Err(format!("stale: {why}; {MENDED}")),
        }
    }
}

/// Whether the bucket takes, gives and deletes what the server will write there.
async fn bucket(settings: &BucketSettings) -> Result<String> {
    let bucket = Bucket::new(settings).map_err(|error| with_causes(&error))?;
    let tried = bucket.try_out().await;
    tried.map_err(|error| with_causes(&error))?;
    Ok(format!(
        "“{}” takes files and gives them back",
        settings.bucket
    ))
}

const MENDED: &str = "a running server mends that by itself, `hansei reindex` does so now";

fn disk(data_dir: &Path) -> Result<String> {
    // A folder that is yet to be made will be on the disk of the one it is made in.
    let mut folders = data_dir.ancestors().map(|folder| {
        if folder.as_os_str().is_empty() {
            Path::new(".")
        } else {
            folder
        }
    });
    let folder = folders.find(|folder| folder.exists()).unwrap_or(data_dir);
    match fs4::available_space(folder) {
        Ok(free) if free < FREE_BYTES => Err(format!(
            "only {} MiB free in {}",
            free >> 20,
            folder.display()
        )),
        Ok(free) => Ok(format!("{} GiB free in {}", free >> 30, folder.display())),
        Err(error) => Err(format!("{}: {error}", folder.display())),
    }
}

fn files() -> Result<String> {
    match open_files_limit() {
        None => Ok("no limit known".to_owned()),
        Some(limit) if limit < FEWEST_FILES => Err(format!(
            "{limit} open files allowed; raise the limit to {FILES} (`ulimit -n {FILES}`)"
        )),
        Some(limit) if limit < FILES => Ok(format!(
            "{limit} open files allowed; {FILES} let more people connect (`ulimit -n {FILES}`)"
        )),
        Some(limit) => Ok(format!("{limit} open files allowed")),
    }
}
