//! How to connect: the connection string, several hosts, TLS, and what every session is set to.

use std::fmt;
use std::path::Path;
use std::time::Duration;

use diesel::{ConnectionError, ConnectionResult};
use diesel_async::{AsyncPgConnection, SimpleAsyncConnection as _};
use tokio_postgres::Config;
use tokio_postgres::config::{Host, SslMode, TargetSessionAttrs};

use super::Connection;
use super::tls::{self, Tls, TlsError};
use crate::platform::causes::with_causes;

/// How long a connection outside of the pools may take.
const CONNECT_LIMIT: Duration = Duration::from_secs(10);

/// Why a connection string was refused.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// Not understood.
    #[error("not a connection string: {0}")]
    Malformed(String),
    /// No host.
    #[error("it names no host")]
    NoHost,
    /// An `sslmode` that does not exist.
    #[error("sslmode={0} does not exist: use disable, prefer, require, verify-ca or verify-full")]
    SslMode(String),
    /// The certificates cannot be had.
    #[error(transparent)]
    Tls(#[from] TlsError),
}

/// What a session is for, and so how long it may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Session {
    /// Answering a request: short or not at all.
    Request,
    /// Jobs, the indexer, imports and exports.
    Background,
    /// Changing the schema: as long as it takes, but without making others queue behind it for long.
    Migration,
}

/// Long texts are compressed the quick way, where this Postgres was built with it.
const COMPRESSION: &str = "SELECT set_config(name, 'lz4', false) FROM pg_settings \
     WHERE name = 'default_toast_compression' AND 'lz4' = ANY(enumvals)";

impl Session {
    fn set_up(self) -> String {
        let (statement, idle) = match self {
            Self::Request => ("10s", "15s"),
            Self::Background => ("5min", "5min"),
            Self::Migration => ("0", "0"),
        };
        // A request's statements are few and alike: planning each anew costs more than running it.
        let plans = match self {
            Self::Request => "; SET plan_cache_mode = force_generic_plan",
            Self::Background | Self::Migration => "",
        };
        format!(
            "SET statement_timeout = '{statement}'; SET lock_timeout = '2s'; \
             SET idle_in_transaction_session_timeout = '{idle}'; \
             SET synchronous_commit = on; SET timezone = 'UTC'{plans}; {COMPRESSION}"
        )
    }
}

/// How to reach the database.
#[derive(Clone)]
pub struct Settings {
    config: Config,
    tls: Tls,
    data_loss_allowed: bool,
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Settings({self})")
    }
}

/// Where, without the password.
impl fmt::Display for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let user = self.config.get_user().unwrap_or("?");
        let database = self.config.get_dbname().unwrap_or(user);
        write!(f, "database {database} as {user} at")?;
        for host in self.config.get_hosts() {
            match host {
                Host::Tcp(name) => write!(f, " {name}")?,
                Host::Unix(folder) => write!(f, " {}", folder.display())?,
            }
        }
        Ok(())
    }
}

impl Settings {
    /// Reads a connection string in either form that libpq takes, with `sslmode` and `sslrootcert`.
    ///
    /// TLS is as in libpq but for `require`, which checks the certificate and the name like `verify-full`:
    /// encryption to an unknown peer protects from nobody who can be in between. `verify-ca` also checks the
    /// name. `prefer`, the default, encrypts when the server can and checks nothing.
    pub fn parse(text: &str) -> Result<Self, SettingsError> {
        let (text, wanted) = tls::separate(text);
        let mut config: Config = text.parse().map_err(|error: tokio_postgres::Error| {
            // The string itself, which holds the password, is not repeated.
            SettingsError::Malformed(with_causes(&error))
        })?;
        if config.get_hosts().is_empty() && config.get_hostaddrs().is_empty() {
            return Err(SettingsError::NoHost);
        }
        let (mode, tls) = wanted.resolve(config.get_hosts())?;
        config.ssl_mode(mode);
        if config.get_application_name().is_none() {
            config.application_name("hansei");
        }
        let settings = Self {
            config,
            tls,
            data_loss_allowed: false,
        };
        Ok(settings.with_network_limits())
    }

    fn with_network_limits(mut self) -> Self {
        let several = self.config.get_hosts().len() > 1;
        if self.config.get_connect_timeout().is_none() {
            // One dead host of several must leave time for the next.
            self.config
                .connect_timeout(Duration::from_secs(if several { 1 } else { 3 }));
        }
        if self.config.get_tcp_user_timeout().is_none() {
            self.config.tcp_user_timeout(Duration::from_secs(5));
        }
        if self.config.get_keepalives_idle() > Duration::from_mins(1) {
            self.config.keepalives_idle(Duration::from_secs(10));
            self.config.keepalives_interval(Duration::from_secs(5));
            self.config.keepalives_retries(3);
        }
        let any = self.config.get_target_session_attrs() == TargetSessionAttrs::Any;
        if several && any {
            self.config
                .target_session_attrs(TargetSessionAttrs::ReadWrite);
        }
        self
    }

    /// A server that listens on a Unix socket in this folder.
    pub(super) fn socket(folder: &Path, user: &str, database: &str) -> Self {
        let mut config = Config::new();
        config
            .host_path(folder)
            .user(user)
            .dbname(database)
            .application_name("hansei")
            .ssl_mode(SslMode::Disable)
            .connect_timeout(Duration::from_secs(3));
        Self {
            config,
            tls: Tls::Off,
            data_loss_allowed: false,
        }
    }

    /// The same server, another database.
    #[must_use]
    pub fn with_database(mut self, database: &str) -> Self {
        self.config.dbname(database);
        self
    }

    /// The same server, another role.
    #[must_use]
    pub fn with_user(mut self, user: &str) -> Self {
        self.config.user(user);
        self
    }

    /// Accepts a server that may lose acknowledged data in a crash. For tests.
    #[must_use]
    pub fn allowing_data_loss(mut self) -> Self {
        self.data_loss_allowed = true;
        self
    }

    /// Takes [`Self::allowing_data_loss`] back.
    #[must_use]
    pub fn refusing_data_loss(mut self) -> Self {
        self.data_loss_allowed = false;
        self
    }

    pub(super) fn data_loss_allowed(&self) -> bool {
        self.data_loss_allowed
    }

    /// Whether a server that takes no writes is the wrong one.
    pub(super) fn wants_primary(&self) -> bool {
        self.config.get_target_session_attrs() == TargetSessionAttrs::ReadWrite
    }

    /// How long it may take until every host was tried.
    pub(super) fn create_limit(&self) -> Duration {
        let each = self
            .config
            .get_connect_timeout()
            .copied()
            .unwrap_or_default();
        let hosts = u32::try_from(self.config.get_hosts().len()).unwrap_or(u32::MAX);
        Duration::from_secs(3).max(each.saturating_mul(hosts) + Duration::from_secs(1))
    }

    /// A connection of one's own, outside of any pool.
    pub async fn connect(&self, session: Session) -> ConnectionResult<Connection> {
        let limit = CONNECT_LIMIT.max(self.create_limit());
        tokio::time::timeout(limit, self.establish(session))
            .await
            .unwrap_or_else(|_elapsed| {
                Err(ConnectionError::BadConnection(
                    "the database does not answer".to_owned(),
                ))
            })
    }

    pub(super) async fn establish(&self, session: Session) -> ConnectionResult<Connection> {
        let refused =
            |error: tokio_postgres::Error| ConnectionError::BadConnection(with_causes(&error));
        let mut connection = match &self.tls {
            Tls::Off => {
                let connected = self.config.connect(tokio_postgres::NoTls).await;
                let (client, driver) = connected.map_err(refused)?;
                AsyncPgConnection::try_from_client_and_connection(client, driver).await?
            }
            Tls::On(tls) => {
                let connected = self.config.connect(tls.clone()).await;
                let (client, driver) = connected.map_err(refused)?;
                AsyncPgConnection::try_from_client_and_connection(client, driver).await?
            }
        };
        connection
            .batch_execute(&session.set_up())
            .await
            .map_err(ConnectionError::CouldntSetupConfiguration)?;
        Ok(connection)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn several_hosts_mean_the_one_that_takes_writes() {
        let settings =
            Settings::parse("postgres://hansei:secret@a:1,b:2/pm?sslmode=disable").unwrap();
        assert!(settings.wants_primary());
        assert_eq!(settings.create_limit(), Duration::from_secs(3));
        assert_eq!(settings.to_string(), "database pm as hansei at a b");
        assert!(!format!("{settings:?}").contains("secret"));

        let one = Settings::parse("host=/run/postgresql user=hansei dbname=pm").unwrap();
        assert!(!one.wants_primary());
        assert_eq!(one.to_string(), "database pm as hansei at /run/postgresql");
    }

    #[test]
    fn what_the_operator_sets_stays() {
        let settings = Settings::parse(
            "host=a,b sslmode=disable connect_timeout=7 target_session_attrs=read-only application_name=x",
        )
        .unwrap();
        assert!(!settings.wants_primary());
        assert_eq!(
            settings.config.get_connect_timeout(),
            Some(&Duration::from_secs(7))
        );
        assert_eq!(settings.config.get_application_name(), Some("x"));
        assert_eq!(settings.create_limit(), Duration::from_secs(15));
    }

    #[test]
    fn refusals_do_not_repeat_the_password() {
        for text in [
            "postgres://u:hunter2@h:port/db",
            "password=hunter2 host=a port=x",
            "hunter2",
            "postgres://u:hunter2@h/db?nonsense=1",
        ] {
            let refusal = Settings::parse(text).unwrap_err().to_string();
            assert!(!refusal.contains("hunter2"), "{refusal}");
        }
        assert!(matches!(
            Settings::parse("user=a"),
            Err(SettingsError::NoHost)
        ));
        let refusal = Settings::parse("host=a sslmode=yes").unwrap_err();
        assert!(matches!(refusal, SettingsError::SslMode(_)), "{refusal}");
    }
}
