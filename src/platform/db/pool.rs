//! A pool of connections with every timeout set: a database that is away is known within seconds.

use std::ops::{Deref, DerefMut};
use std::time::{Duration, Instant};

use deadpool::Runtime;
use deadpool::managed::{self, Manager, Metrics, RecycleError, RecycleResult, TimeoutType};
use diesel::QueryResult;
use diesel::result::{DatabaseErrorKind, Error as QueryError};
use diesel::sql_types::Bool;
use diesel_async::RunQueryDsl as _;
use diesel_async::pooled_connection::{PoolError as ManagerError, PoolableConnection as _};

use super::Connection;
use super::settings::{Session, Settings};

/// Why there is no connection.
pub type PoolError = managed::PoolError<ManagerError>;

/// How many connections answer requests.
pub const REQUEST_CONNECTIONS: usize = 12;

/// How long a request waits for a connection that others use.
const WAIT_LIMIT: Duration = Duration::from_secs(2);

/// How long all of that may take together, so that a request is answered within three seconds: of many idle connections
/// to a database that has gone silent, each takes its second to be found dead.
const GET_LIMIT: Duration = Duration::from_millis(2500);

/// How long a connection may take to prove that it is still alive.
const RECYCLE_LIMIT: Duration = Duration::from_secs(1);

/// How long that proof is believed: asking at every request would cost as much as many a request itself.
const PROOF_AGE: Duration = Duration::from_millis(500);

/// A connection that goes back to its pool when dropped.
pub type PooledConnection = managed::Object<Connector>;

/// A pool; clones share it.
#[derive(Clone)]
pub struct Pool {
    inner: managed::Pool<Connector>,
    settings: Settings,
}

impl std::fmt::Debug for Pool {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Pool({})", self.settings)
    }
}

impl Pool {
    /// A pool of at most `size` connections. Nothing is connected yet.
    pub fn new(
        settings: Settings,
        session: Session,
        size: usize,
    ) -> Result<Self, managed::BuildError> {
        let connector = Connector {
            settings: settings.clone(),
            session,
        };
        let inner = managed::Pool::builder(connector)
            .max_size(size)
            .wait_timeout(Some(WAIT_LIMIT))
            .create_timeout(Some(settings.create_limit()))
            .recycle_timeout(Some(RECYCLE_LIMIT))
            .runtime(Runtime::Tokio1)
            .build()?;
        Ok(Self { inner, settings })
    }

    /// A connection that was seen to work within the last half second, and is not known to be closed. Any error means that the database is unavailable.
    pub async fn get(&self) -> Result<PooledConnection, PoolError> {
        // Connecting to several hosts may take longer: one dead host must leave time for the next.
        let several = Some(self.settings.create_limit()).filter(|_| self.settings.wants_primary());
        let limit = GET_LIMIT.max(several.unwrap_or_default());
        let got = tokio::time::timeout(limit, self.inner.get()).await;
        got.unwrap_or(Err(PoolError::Timeout(TimeoutType::Wait)))
    }

    /// How this pool connects, for connections of one's own.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// How many connections there are, and how many of them are idle.
    pub fn usage(&self) -> (usize, usize) {
        let status = self.inner.status();
        (status.size, status.available)
    }

    /// Closes idle connections and refuses new ones; those in use close when they come back.
    pub fn close(&self) {
        self.inner.close();
    }
}

/// Makes connections for the pool, and looks whether old ones are still good.
#[derive(Debug)]
pub struct Connector {
    settings: Settings,
    session: Session,
}

/// A connection, and when it was last seen to work.
pub struct Proven {
    connection: Connection,
    at: Instant,
}

impl std::fmt::Debug for Proven {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Proven")
            .field("at", &self.at)
            .finish_non_exhaustive()
    }
}

impl Deref for Proven {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        &self.connection
    }
}

impl DerefMut for Proven {
    fn deref_mut(&mut self) -> &mut Connection {
        &mut self.connection
    }
}

impl Manager for Connector {
    type Type = Proven;
    type Error = ManagerError;

    async fn create(&self) -> Result<Proven, ManagerError> {
        let connection = self.settings.establish(self.session).await;
        Ok(Proven {
            connection: connection.map_err(ManagerError::ConnectionError)?,
            at: Instant::now(),
        })
    }

    async fn recycle(&self, obj: &mut Proven, _: &Metrics) -> RecycleResult<ManagerError> {
        // A request that went away in the midst of a transaction leaves a connection nobody can use.
        if obj.connection.is_broken() {
            return Err(RecycleError::message("left inside a transaction"));
        }
        if obj.at.elapsed() < PROOF_AGE {
            return Ok(());
        }
        let good = prove(&mut obj.connection, self.settings.wants_primary()).await;
        good.map_err(ManagerError::QueryError)?;
        obj.at = Instant::now();
        Ok(())
    }
}

/// Asks the server for an answer. After a failover the old primary may live on as a standby: its connections are not
/// taken again where a primary is wanted.
async fn prove(connection: &mut Connection, primary: bool) -> QueryResult<()> {
    let writable = diesel::dsl::sql::<Bool>("current_setting('transaction_read_only') = 'off'");
    if diesel::select(writable).get_result(connection).await? || !primary {
        Ok(())
    } else {
        Err(QueryError::BrokenTransactionManager)
    }
}

/// What Postgres says (in English) in errors that have no kind of their own in diesel, and that pass by themselves.
const PASSING: &[&str] = &[
    "terminating connection",
    "the database system is",
    "too many clients",
    "remaining connection slots",
    "canceling statement due to statement timeout",
    "canceling statement due to lock timeout",
    "canceling statement due to conflict with recovery",
    "deadlock detected",
];

/// Whether the database is away or overloaded, so that the same request may succeed later.
pub fn is_unavailable(error: &QueryError) -> bool {
    if let QueryError::RollbackErrorOnCommit {
        rollback_error,
        commit_error,
    } = error
    {
        return is_unavailable(rollback_error) || is_unavailable(commit_error);
    }
    if let QueryError::DatabaseError(kind, information) = error {
        return matches!(
            kind,
            DatabaseErrorKind::ClosedConnection
                | DatabaseErrorKind::UnableToSendCommand
                | DatabaseErrorKind::ReadOnlyTransaction
        ) || PASSING
            .iter()
            .any(|words| information.message().contains(words));
    }
    matches!(error, QueryError::BrokenTransactionManager)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn database_error(kind: DatabaseErrorKind, message: &str) -> QueryError {
        QueryError::DatabaseError(kind, Box::new(message.to_owned()))
    }

    #[test]
    fn what_passes_by_itself_is_told_from_what_does_not() {
        let unknown = |message| database_error(DatabaseErrorKind::Unknown, message);
        for error in [
            database_error(DatabaseErrorKind::UnableToSendCommand, "connection closed"),
            database_error(
                DatabaseErrorKind::ReadOnlyTransaction,
                "cannot execute INSERT",
            ),
            unknown("terminating connection due to administrator command"),
            unknown("the database system is starting up"),
            unknown("sorry, too many clients already"),
            unknown("canceling statement due to statement timeout"),
            unknown("deadlock detected"),
            QueryError::BrokenTransactionManager,
        ] {
            assert!(is_unavailable(&error), "{error}");
        }
        for error in [
            QueryError::NotFound,
            database_error(DatabaseErrorKind::UniqueViolation, "duplicate key"),
            unknown("syntax error at or near \"SELEKT\""),
        ] {
            assert!(!is_unavailable(&error), "{error}");
        }
    }

    #[tokio::test]
    async fn a_server_that_is_not_there_is_known_at_once() {
        let settings =
            Settings::parse("host=/nonexistent/socket user=hansei dbname=hansei").unwrap();
        let pool = Pool::new(settings, Session::Request, 1).unwrap();
        let error = pool.get().await.err().unwrap().to_string();
        assert!(error.contains("No such file"), "{error}");
    }
}
