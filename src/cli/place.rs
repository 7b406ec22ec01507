//! Where a command works: the database it talks to, started if need be, and the index beside it.

use crate::config::Config;
use crate::platform::db::embedded::{Embedded, HeldFolder, Options, hold_folder};
use crate::platform::db::{Connection, Session, Settings, migrate};
use crate::platform::ownership;
use crate::platform::search::{ConnectError, ConnectFn, Source};
use anyhow::Context;
use futures_util::FutureExt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How long a lost database may take to come back: that of a server, which whoever runs it starts again, and any other.
const BACK_WITHIN: (Duration, Duration) = (Duration::from_secs(10), Duration::from_mins(1));
/// How often to look for it.
const LOOK_EVERY: Duration = Duration::from_millis(250);

/// A database that answers, and the private Postgres behind it, if it is ours.
pub(super) struct Place {
    pub(super) settings: Settings,
    data_dir: PathBuf,
    embedded: Option<Embedded>,
    /// A server's, when the database is elsewhere.
    held: Option<HeldFolder>,
}

/// What a command may do about a database that is not there or not up to date.
#[derive(Clone, Copy, Debug)]
enum Makes {
    /// The server: whatever it takes.
    Everything,
    /// What people may begin with: a database where there is none. An older one is left to the server.
    FirstDatabase,
    /// Nothing.
    Nothing,
}

pub(super) fn options(config: &Config) -> Options {
    Options {
        data_dir: config.data_dir.clone(),
        pg_bin: config.pg_bin.clone(),
        path: config.search_path.clone(),
        fsync: true,
    }
}

impl Place {
    /// For the server: a private Postgres of its own, or the database that was named. Migrated. The data folder is this
    /// server's alone either way: the search index in it follows one database.
    pub(super) async fn for_server(config: &Config) -> anyhow::Result<Self> {
        let place = if config.database_url.is_some() {
            let held = hold_folder(&config.data_dir).await?;
            let mut place = Self::of(config, None)?;
            place.held = Some(held);
            place
        } else {
            Self::of(config, Some(Embedded::start(&options(config)).await?))?
        };
        place.made(Makes::Everything).await
    }

    /// For a command: the server's Postgres if that runs, else one started for as long as the command takes. The
    /// database is there and up to date.
    pub(super) async fn for_tool(config: &Config, tool: &str) -> anyhow::Result<Self> {
        let embedded = match &config.database_url {
            Some(_) => None,
            None => Some(Embedded::attach(&options(config), tool).await?),
        };
        Self::of(config, embedded)?.made(Makes::Nothing).await
    }

    /// The same for a command that people may begin with: it makes a database where there is none.
    pub(super) async fn for_first_use(config: &Config, tool: &str) -> anyhow::Result<Self> {
        let embedded = match &config.database_url {
            Some(_) => None,
            None => Some(Embedded::attach_or_start(&options(config), tool).await?),
        };
        Self::of(config, embedded)?.made(Makes::FirstDatabase).await
    }

    fn of(config: &Config, embedded: Option<Embedded>) -> anyhow::Result<Self> {
        let settings = match (&embedded, &config.database_url) {
            (Some(embedded), _) => embedded.settings(),
            (None, Some(url)) => Settings::parse(url.expose()).context("DATABASE_URL")?,
            (None, None) => anyhow::bail!("there is no database"),
        };
        Ok(Self {
            settings,
            data_dir: config.data_dir.clone(),
            embedded,
            held: None,
        })
    }

    /// Brings the database up to date, or refuses it.
    async fn made(self, makes: Makes) -> anyhow::Result<Self> {
        let made = match makes {
            Makes::Everything => migrate::run(&self.settings).await.map(|applied| {
                if applied > 0 {
                    tracing::info!(applied, "the database was brought up to date");
                }
            }),
            Makes::FirstDatabase => migrate::run_if_fresh(&self.settings).await,
            Makes::Nothing => migrate::check(&self.settings).await,
        };
        match made {
            Ok(()) => Ok(self),
            Err(error) => {
                self.leave().await?;
                Err(error.into())
            }
        }
    }

    /// A connection for work that may take minutes.
    pub(super) async fn connect(&self) -> anyhow::Result<Connection> {
        self.settings
            .connect(Session::Background)
            .await
            .context("cannot connect to the database")
    }

    /// A connection after the old one was lost: the database is back soon, or else a running server went away with it
    /// and its work is taken over.
    pub(super) async fn again(
        &mut self,
        config: &Config,
        tool: &str,
    ) -> anyhow::Result<Connection> {
        let is_guest = self
            .embedded
            .as_ref()
            .is_some_and(|embedded| !embedded.is_ours());
        let patience = if is_guest {
            BACK_WITHIN.0
        } else {
            BACK_WITHIN.1
        };
        let since = Instant::now();
        loop {
            match self.connect().await {
                Ok(connection) => return Ok(connection),
                Err(_away) if since.elapsed() < patience => tokio::time::sleep(LOOK_EVERY).await,
                Err(_gone) if is_guest => {
                    *self = Self::for_tool(config, tool).await?;
                    return self.connect().await;
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// What the index is made from.
    pub(super) fn source(&self) -> Source {
        let settings = self.settings.clone();
        let connect: ConnectFn = Arc::new(move || {
            let settings = settings.clone();
            async move {
                settings
                    .connect(Session::Background)
                    .await
                    .map_err(ConnectError::from)
            }
            .boxed()
        });
        Source {
            connect,
            load: crate::reports::load_documents,
        }
    }

    /// Stops the private Postgres, if it is ours.
    pub(super) async fn leave(self) -> anyhow::Result<()> {
        ownership::give_all(&self.data_dir, &self.data_dir.join(INDEX));
        let stopped = match self.embedded {
            Some(embedded) => embedded.stop().await,
            None => Ok(()),
        };
        drop(self.held);
        Ok(stopped?)
    }
}

const INDEX: &str = "index";

/// The folder of the search index.
pub(super) fn index_folder(config: &Config) -> PathBuf {
    config.data_dir.join(INDEX)
}
