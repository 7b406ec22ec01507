//! What the indexer asks Postgres: what changed, as of one snapshot, and which documents that makes.

use std::sync::Arc;
use std::time::Duration;

use diesel::QueryResult;
use diesel::sql_types::{BigInt, Bool, Double, Nullable, Text};
use diesel::{QueryableByName, sql_query};
use diesel_async::{AnsiTransactionManager, AsyncPgConnection, RunQueryDsl, TransactionManager};
use futures_util::future::BoxFuture;

use super::super::document::Document;
use super::super::generation::Damage;
use super::super::writing::{self, Position};

/// A connection that takes longer is given up.
const CONNECT_LIMIT: Duration = Duration::from_secs(5);
/// So is one read; rebuilding takes many.
const READ_LIMIT: Duration = Duration::from_mins(1);

/// Loads documents by id, as the connection's transaction sees them. Ids that are not in the answer are deleted.
pub type LoadFn =
    for<'a> fn(&'a mut AsyncPgConnection, &'a [i64]) -> BoxFuture<'a, QueryResult<Vec<Document>>>;

/// Why there is no connection.
pub type ConnectError = Box<dyn std::error::Error + Send + Sync>;

/// Makes a connection of its own to the primary.
pub type ConnectFn =
    Arc<dyn Fn() -> BoxFuture<'static, Result<AsyncPgConnection, ConnectError>> + Send + Sync>;

/// Where documents come from.
#[derive(Clone)]
pub struct Source {
    /// Makes a connection of its own to the primary.
    pub connect: ConnectFn,
    /// Loads documents.
    pub load: LoadFn,
}

impl std::fmt::Debug for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Source").finish_non_exhaustive()
    }
}

/// What stands in the way; trying again later is always right.
#[derive(Debug, thiserror::Error)]
pub enum IndexerError {
    /// No connection.
    #[error("cannot connect to the database: {0}")]
    Connect(String),
    /// A query failed.
    #[error("the database: {0}")]
    Database(#[from] diesel::result::Error),
    /// The database did not answer in time.
    #[error("the database did not answer in time")]
    TimedOut,
    /// Transaction ids of a standby cannot be compared.
    #[error("connected to a standby; the index follows the primary only")]
    Standby,
    /// The index cannot be written: disk full, damaged, locked.
    #[error("the search index: {0}")]
    Index(String),
}

impl From<Damage> for IndexerError {
    fn from(damage: Damage) -> Self {
        Self::Index(damage.to_string())
    }
}

impl From<std::io::Error> for IndexerError {
    fn from(error: std::io::Error) -> Self {
        Self::Index(error.to_string())
    }
}

#[derive(QueryableByName, Debug)]
struct Now {
    #[diesel(sql_type = Bool)]
    standby: bool,
    #[diesel(sql_type = Text)]
    horizon: String,
    #[diesel(sql_type = Text)]
    snapshot: String,
    #[diesel(sql_type = Text)]
    floor: String,
    #[diesel(sql_type = Text)]
    epoch: String,
    #[diesel(sql_type = Text)]
    timeline: String,
}

const NOW: &str = "SELECT pg_is_in_recovery() AS standby, \
    pg_snapshot_xmin(pg_current_snapshot())::text AS horizon, pg_current_snapshot()::text AS snapshot, \
    xid::text AS floor, epoch::text AS epoch, \
    CASE WHEN pg_is_in_recovery() THEN '' ELSE left(pg_walfile_name(pg_current_wal_lsn()), 8) END AS timeline \
    FROM change_log_floor";

const CHANGED: &str = "SELECT c.report_id AS id, r.rev AS rev, c.age AS age FROM ( \
    SELECT report_id, extract(epoch FROM clock_timestamp() - min(logged_at))::float8 AS age \
    FROM change_log WHERE xid >= $1::xid8 GROUP BY report_id) c \
    LEFT JOIN reports r ON r.id = c.report_id ORDER BY c.report_id";

#[derive(QueryableByName, Debug)]
pub(super) struct Changed {
    #[diesel(sql_type = BigInt)]
    pub(super) id: i64,
    #[diesel(sql_type = Nullable<BigInt>)]
    pub(super) rev: Option<i64>,
    #[diesel(sql_type = Double)]
    pub(super) age: f64,
}

#[derive(QueryableByName, Debug)]
pub(super) struct Version {
    #[diesel(sql_type = BigInt)]
    pub(super) id: i64,
    #[diesel(sql_type = BigInt)]
    pub(super) rev: i64,
}

#[derive(QueryableByName, Debug)]
struct System {
    #[diesel(sql_type = Text)]
    system_identifier: String,
}

/// A connection inside one read-only snapshot.
pub(super) struct Reader {
    connection: AsyncPgConnection,
    system_identifier: Option<String>,
    load: LoadFn,
}

pub(super) async fn in_time<T, E: Into<IndexerError>>(
    limit: Duration,
    work: impl Future<Output = Result<T, E>>,
) -> Result<T, IndexerError> {
    match tokio::time::timeout(limit, work).await {
        Ok(done) => done.map_err(Into::into),
        Err(_elapsed) => Err(IndexerError::TimedOut),
    }
}

/// The database cluster, and which database of it: one may be a copy of another. Managed services may hide it: then the
/// epoch and the timeline must do.
async fn system_identifier(connection: &mut AsyncPgConnection) -> Option<String> {
    let system = sql_query(
        "SELECT concat(s.system_identifier, '/', d.oid) AS system_identifier
         FROM pg_control_system() s, pg_database d WHERE d.datname = current_database()",
    );
    let system: QueryResult<System> = system.get_result(connection).await;
    system.ok().map(|row| row.system_identifier)
}

/// Where in its history the database is, and from where on it remembers changes.
async fn position(
    connection: &mut AsyncPgConnection,
    system_identifier: Option<String>,
) -> Result<(Position, u64), IndexerError> {
    let now: Now = in_time(READ_LIMIT, sql_query(NOW).get_result(connection)).await?;
    if now.standby {
        return Err(IndexerError::Standby);
    }
    let mut position = writing::start(now.epoch, now.timeline, system_identifier);
    position.cursor = number(&now.horizon)?;
    position.snapshot = now.snapshot;
    Ok((position, number(&now.floor)?))
}

/// Where in its history the database is, for comparing with an index. Outside a transaction.
pub(in crate::platform::search) async fn now(
    connection: &mut AsyncPgConnection,
) -> Result<Position, IndexerError> {
    let system_identifier = system_identifier(connection).await;
    let (position, _floor) = position(connection, system_identifier).await?;
    Ok(position)
}

impl Reader {
    pub(super) async fn connect(source: &Source) -> Result<Self, IndexerError> {
        let connecting = async {
            (source.connect)()
                .await
                .map_err(|error| IndexerError::Connect(error.to_string()))
        };
        let mut connection = in_time(CONNECT_LIMIT, connecting).await?;
        let system_identifier = system_identifier(&mut connection).await;
        Ok(Self {
            connection,
            system_identifier,
            load: source.load,
        })
    }

    pub(super) async fn begin(&mut self) -> Result<(Position, u64), IndexerError> {
        let begin = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
        let beginning = AnsiTransactionManager::begin_transaction_sql(&mut self.connection, begin);
        in_time(READ_LIMIT, beginning).await?;
        position(&mut self.connection, self.system_identifier.clone()).await
    }

    /// Forgets an open transaction. False: the connection is of no use any more.
    pub(super) async fn abandon(&mut self) -> bool {
        let rollback = AnsiTransactionManager::rollback_transaction(&mut self.connection);
        in_time(CONNECT_LIMIT, rollback).await.is_ok()
    }

    pub(super) async fn end(&mut self) -> Result<(), IndexerError> {
        in_time(
            READ_LIMIT,
            AnsiTransactionManager::commit_transaction(&mut self.connection),
        )
        .await
    }

    pub(super) async fn changed(&mut self, cursor: u64) -> Result<Vec<Changed>, IndexerError> {
        let query = sql_query(CHANGED).bind::<Text, _>(cursor.to_string());
        in_time(READ_LIMIT, query.load(&mut self.connection)).await
    }

    pub(super) async fn versions(&mut self) -> Result<Vec<Version>, IndexerError> {
        let query = sql_query("SELECT id, rev FROM reports ORDER BY id");
        in_time(READ_LIMIT, query.load(&mut self.connection)).await
    }

    pub(super) async fn documents(&mut self, ids: &[i64]) -> Result<Vec<Document>, IndexerError> {
        in_time(READ_LIMIT, (self.load)(&mut self.connection, ids)).await
    }
}

fn number(text: &str) -> Result<u64, IndexerError> {
    let wrong = |_| {
        diesel::result::Error::DeserializationError(format!("not a transaction id: {text}").into())
    };
    Ok(text.parse().map_err(wrong)?)
}

impl std::fmt::Debug for Reader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reader").finish_non_exhaustive()
    }
}

#[derive(QueryableByName, Debug)]
struct Transaction {
    #[diesel(sql_type = Text)]
    xid: String,
}

/// A transaction id for [`wait_until`](crate::platform::search::wait_until): an index that includes it includes everything that was
/// committed before. Call it outside a transaction.
pub async fn current_transaction(connection: &mut AsyncPgConnection) -> QueryResult<u64> {
    let query = sql_query("SELECT pg_current_xact_id()::text AS xid");
    let row: Transaction = query.get_result(connection).await?;
    let wrong = |_| diesel::result::Error::DeserializationError("not a transaction id".into());
    row.xid.parse().map_err(wrong)
}

/// Forgets changes older than a week. An index that was away longer compares everything instead.
pub async fn trim_change_log(connection: &mut AsyncPgConnection) -> QueryResult<usize> {
    let trim = "WITH bound AS ( \
            SELECT LEAST(pg_snapshot_xmin(pg_current_snapshot()), \
                (SELECT xid FROM change_log WHERE logged_at >= now() - interval '7 days' ORDER BY xid LIMIT 1)) AS xid \
        ), raised AS ( \
            UPDATE change_log_floor AS f SET xid = bound.xid FROM bound WHERE bound.xid > f.xid RETURNING f.xid \
        ) DELETE FROM change_log WHERE xid < (SELECT xid FROM raised)";
    sql_query(trim).execute(connection).await
}
