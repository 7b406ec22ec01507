//! Where a command works: the database it talks to, started if need be, and the index beside it.

use crate::config::Config;
use crate::platform::db::embedded::{Embedded, Options};
use crate::platform::db::{Connection, Session, Settings, migrate};
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
    embedded: Option<Embedded>,
}

fn options(config: &Config) -> Options {
    Options {
        data_dir: config.data_dir.clone(),
        pg_bin: config.pg_bin.clone(),
        path: config.search_path.clone(),
        fsync: true,
    }
}

impl Place {
    /// For the server: a private Postgres of its own, or the database that was named. Migrated.
    pub(super) async fn for_server(config: &Config) -> anyhow::Result<Self> {
        let place = match &config.database_url {
            Some(url) => Self::named(url.expose())?,
            None => Self::private(Embedded::start(&options(config)).await?),
        };
        place.migrate().await?;
        Ok(place)
    }

    /// For a command: the server's Postgres if that runs, else one started for as long as the command takes. Migrated.
    pub(super) async fn for_tool(config: &Config, tool: &str) -> anyhow::Result<Self> {
        let place = match &config.database_url {
            Some(url) => Self::named(url.expose())?,
            None => Self::private(Embedded::attach_or_start(&options(config), tool).await?),
        };
        place.migrate().await?;
        Ok(place)
    }

    fn named(url: &str) -> anyhow::Result<Self> {
        Ok(Self {
            settings: Settings::parse(url)?,
            embedded: None,
        })
    }

    fn private(embedded: Embedded) -> Self {
        Self {
            settings: embedded.settings(),
            embedded: Some(embedded),
        }
    }

    async fn migrate(&self) -> anyhow::Result<()> {
        let applied = migrate::run(&self.settings).await?;
        if applied > 0 {
            tracing::info!(applied, "the database was brought up to date");
        }
        Ok(())
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
        match self.embedded {
            Some(embedded) => Ok(embedded.stop().await?),
            None => Ok(()),
        }
    }
}

/// The folder of the search index.
pub(super) fn index_folder(config: &Config) -> PathBuf {
    config.data_dir.join("index")
}
