//! Migrations at start: one node at a time, and never backwards.

use std::time::{Duration, Instant};

use diesel::migration::{Migration, MigrationSource as _};
use diesel::pg::Pg;
use diesel::sql_types::{Bool, Text};
use diesel::{ConnectionError, QueryResult};
use diesel_async::async_connection_wrapper::AsyncConnectionWrapper;
use diesel_async::{RunQueryDsl as _, SimpleAsyncConnection as _};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness as _, embed_migrations};

use super::Connection;
use super::settings::{Session, Settings};

/// The migrations of this program.
pub const MIGRATIONS: EmbeddedMigrations = embed_migrations!("migrations");

/// The advisory lock that the migrating node holds: "hansei" in ASCII.
const LOCK: i64 = 0x68_61_6e_73_65_69;

/// How long a node waits for another one that is migrating.
const LOCK_PATIENCE: Duration = Duration::from_mins(5);

/// How often a migration tries again that found a table in use.
const ATTEMPTS: u32 = 30;

/// The oldest server: `xid8` came with 13.
const OLDEST_SERVER: i32 = 13;

/// Why the database cannot be brought up to date.
#[derive(Debug, thiserror::Error)]
pub enum MigrateError {
    /// Not reachable.
    #[error("cannot connect to the database: {0}")]
    Connect(#[from] ConnectionError),
    /// Made by a newer program.
    #[error(
        "this database was made by a newer Hansei (it has the unknown migration {0}): upgrade the program, \
         or restore a backup from before the upgrade"
    )]
    Newer(String),
    /// The database is behind the program, and whoever asks is not to change that.
    #[error("the database lacks {0} migrations of this program: start the server once")]
    Behind(usize),
    /// The server is too old.
    #[error("the database server is PostgreSQL {0}: Hansei needs version 13 or newer")]
    OldServer(String),
    /// The server may lose what it acknowledged.
    #[error(
        "the database server runs with {0}=off and can lose or damage data in a crash: set it to on"
    )]
    Unsafe(&'static str),
    /// Another node does not finish.
    #[error("another Hansei has been migrating this database for minutes: wait for it, or end it")]
    Busy,
    /// A migration failed; its transaction was rolled back.
    #[error("migration failed: {0}")]
    Failed(String),
    /// A question about the state of the database failed.
    #[error("cannot read the state of the database: {0}")]
    Query(#[from] diesel::result::Error),
}

/// Brings the database up to date and says how many migrations that took.
///
/// Each migration is a transaction of its own, so that one that fails or is interrupted leaves nothing behind.
pub async fn run(settings: &Settings) -> Result<usize, MigrateError> {
    let mut connection = settings.connect(Session::Migration).await?;
    check_server(&mut connection, settings).await?;
    lock(&mut connection).await?;
    // The lock is that of the session: it ends with the connection, whatever happens.
    let names = pending(&mut connection).await?;
    let mut attempt = 1;
    loop {
        let (back, outcome) = run_blocking(connection).await?;
        connection = back;
        match outcome {
            Ok(()) => return Ok(names.len()),
            Err(reason) if reason.contains("lock timeout") && attempt < ATTEMPTS => {
                tracing::info!(attempt, "a table is in use; the migration tries again");
                attempt += 1;
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
            Err(reason) => return Err(MigrateError::Failed(reason)),
        }
    }
}

/// Checks that there is nothing to migrate, and changes nothing.
pub async fn check(settings: &Settings) -> Result<(), MigrateError> {
    let mut connection = settings.connect(Session::Background).await?;
    check_server(&mut connection, settings).await?;
    match pending(&mut connection).await?.len() {
        0 => Ok(()),
        lacking => Err(MigrateError::Behind(lacking)),
    }
}

/// Migrates a database in which there is nothing of ours yet, and no other.
pub async fn run_if_fresh(settings: &Settings) -> Result<(), MigrateError> {
    let mut connection = settings.connect(Session::Migration).await?;
    // Another program may be between two of them right now.
    lock(&mut connection).await?;
    if pending(&mut connection).await?.len() == known().len() {
        drop(connection);
        run(settings).await.map(drop)
    } else {
        drop(connection);
        check(settings).await
    }
}

/// The names of this program's migrations, in order.
pub fn known() -> Vec<String> {
    migrations()
        .iter()
        .map(|migration| migration.name().version().to_string())
        .collect()
}

/// The migrations that the database lacks; refuses a database that has some we do not know.
pub async fn pending(connection: &mut Connection) -> Result<Vec<String>, MigrateError> {
    let applied = applied(connection).await?;
    let known = known();
    if let Some(unknown) = applied.iter().find(|version| !known.contains(version)) {
        return Err(MigrateError::Newer(unknown.clone()));
    }
    Ok(known
        .into_iter()
        .filter(|version| !applied.contains(version))
        .collect())
}

fn migrations() -> Vec<Box<dyn Migration<Pg>>> {
    // What is embedded was checked when it was compiled.
    MIGRATIONS.migrations().unwrap_or_default()
}

async fn applied(connection: &mut Connection) -> QueryResult<Vec<String>> {
    #[derive(diesel::QueryableByName)]
    struct Version {
        #[diesel(sql_type = Text)]
        version: String,
    }
    let table = diesel::dsl::sql::<Bool>("to_regclass('__diesel_schema_migrations') IS NOT NULL");
    if !diesel::select(table).get_result::<bool>(connection).await? {
        return Ok(Vec::new());
    }
    let rows: Vec<Version> =
        diesel::sql_query("SELECT version FROM __diesel_schema_migrations ORDER BY version")
            .load(connection)
            .await?;
    Ok(rows.into_iter().map(|row| row.version).collect())
}

/// Runs what is pending, on a thread that may block: diesel's migrations know nothing of async.
async fn run_blocking(
    connection: Connection,
) -> Result<(Connection, Result<(), String>), MigrateError> {
    tokio::task::spawn_blocking(move || {
        let mut wrapper = AsyncConnectionWrapper::<Connection>::from(connection);
        let outcome = wrapper.run_pending_migrations(MIGRATIONS).map(drop);
        (
            wrapper.into_inner(),
            outcome.map_err(|error| error.to_string()),
        )
    })
    .await
    .map_err(|error| MigrateError::Failed(error.to_string()))
}

async fn lock(connection: &mut Connection) -> Result<(), MigrateError> {
    let begun = Instant::now();
    let mut told = false;
    loop {
        let attempt = diesel::dsl::sql::<Bool>(&format!("pg_try_advisory_lock({LOCK})"));
        if diesel::select(attempt)
            .get_result::<bool>(connection)
            .await?
        {
            return Ok(());
        }
        if begun.elapsed() > LOCK_PATIENCE {
            return Err(MigrateError::Busy);
        }
        if !told {
            told = true;
            tracing::info!("waiting for another node that migrates the database");
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// Refuses servers on which our promises would not hold.
async fn check_server(
    connection: &mut Connection,
    settings: &Settings,
) -> Result<(), MigrateError> {
    let setting = |name: &str| diesel::dsl::sql::<Text>(&format!("current_setting('{name}')"));
    let (number, version, fsync, full_page_writes) = diesel::select((
        setting("server_version_num"),
        setting("server_version"),
        setting("fsync"),
        setting("full_page_writes"),
    ))
    .get_result::<(String, String, String, String)>(connection)
    .await?;
    if number
        .parse::<i32>()
        .is_ok_and(|number| number / 10_000 < OLDEST_SERVER)
    {
        return Err(MigrateError::OldServer(version));
    }
    let weak = [("fsync", fsync), ("full_page_writes", full_page_writes)]
        .into_iter()
        .find(|(_, value)| value == "off");
    match weak {
        Some((name, _)) if !settings.data_loss_allowed() => Err(MigrateError::Unsafe(name)),
        Some(_) | None => Ok(()),
    }
}

/// Reverts every migration. For the tests of the down migrations.
#[doc(hidden)]
pub async fn revert_all(settings: &Settings) -> Result<(), MigrateError> {
    let mut connection = settings.connect(Session::Migration).await?;
    connection.batch_execute("SET lock_timeout = 0").await?;
    tokio::task::spawn_blocking(move || {
        let mut wrapper = AsyncConnectionWrapper::<Connection>::from(connection);
        let outcome = wrapper.revert_all_migrations(MIGRATIONS).map(drop);
        outcome.map_err(|error| MigrateError::Failed(error.to_string()))
    })
    .await
    .map_err(|error| MigrateError::Failed(error.to_string()))?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn migrations_are_embedded_in_order() {
        let names = known();
        assert!(!names.is_empty());
        assert!(names.is_sorted());
    }
}
