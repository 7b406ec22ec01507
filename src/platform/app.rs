//! The handles a request needs, the site's settings, and the one hop for work that blocks.

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Handle;
use url::Url;

use crate::platform::clock::Clock;
use crate::platform::db::Pool;
use crate::platform::db::listen::notify;
use crate::platform::http::lanes::Lanes;
use crate::platform::http::limits::Gate;
use crate::platform::http::real_ip::Network;
use crate::platform::http::server::Readiness;
use crate::platform::http::templates::Templates;
use crate::platform::http::{Error, Lane};
use crate::platform::memory::Memory;
use crate::platform::objects::{Bucket, BucketSettings};
use crate::platform::search::{Index, Indexer, KeptGlossary};
use crate::platform::settling::Settling;

/// What the operator decides; `config.rs` fills it.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where people reach the site; every absolute link starts with it.
    pub public_url: Url,
    /// Further values of the `Host` header to answer to.
    pub allowed_hosts: Vec<String>,
    /// Whether people who have not signed in may read what everybody in the organisation may read.
    pub anonymous_reading: bool,
    /// Whether an incident may be published before somebody else approved it.
    pub publish_without_review: bool,
    /// A session ends after this long without a request.
    pub session_idle: Duration,
    /// A session ends this long after signing in, used or not.
    pub session_absolute: Duration,
    /// Proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<Network>,
    /// The most bytes of a file attached to a report.
    pub attachment_bytes: usize,
    /// Where the bytes of attached files are; none is the database.
    pub bucket: Option<BucketSettings>,
    /// How long a request may take to send its body; each 16 KiB received buys another second.
    pub body_deadline: Duration,
    /// How long an answer may take once the request is here: longer than any statement may.
    pub answer_deadline: Duration,
    /// Requests worked on at the same time; more are turned away with 503.
    pub in_flight: usize,
    /// Requests from one address worked on at the same time; more are turned away with 429.
    pub in_flight_per_address: usize,
    /// Threads that serve requests.
    pub workers: usize,
    /// How long a stopping server says "not ready" before it stops accepting.
    pub drain: Duration,
}

impl Settings {
    /// The defaults for a site at `public_url`.
    pub fn new(public_url: Url) -> Self {
        Self {
            public_url,
            allowed_hosts: Vec::new(),
            anonymous_reading: false,
            publish_without_review: true,
            session_idle: Duration::from_hours(12),
            session_absolute: Duration::from_hours(14 * 24),
            trusted_proxies: Vec::new(),
            attachment_bytes: 10 * 1024 * 1024,
            bucket: None,
            body_deadline: Duration::from_secs(15),
            answer_deadline: Duration::from_secs(20),
            in_flight: 512,
            in_flight_per_address: 256,
            workers: std::thread::available_parallelism().map_or(2, std::num::NonZero::get),
            drain: Duration::from_secs(2),
        }
    }

    /// Whether browsers reach the site over TLS, so that cookies may be `Secure`.
    pub fn is_https(&self) -> bool {
        self.public_url.scheme() == "https"
    }

    /// Whether the site is only reached from this machine.
    pub fn is_loopback(&self) -> bool {
        match self.public_url.host() {
            Some(url::Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
            Some(url::Host::Ipv4(address)) => address.is_loopback(),
            Some(url::Host::Ipv6(address)) => address.is_loopback(),
            None => false,
        }
    }
}

/// What the HTTP floor itself needs; [`App`] adds the database and the search index.
pub struct Site {
    /// What the operator decided.
    pub settings: Settings,
    /// Every page and mail of the site.
    pub templates: Templates,
    /// The current time.
    pub clock: Clock,
    /// Whether the server should get requests.
    pub readiness: Readiness,
    /// What was worked out for reports others asked for.
    pub memory: Memory,
    /// What was searched for in vain, until whoever typed it has stopped typing.
    pub missed: Settling,
    /// What means the same to a search, as the administrators last said.
    pub glossary: KeptGlossary,
    pub(crate) gate: Arc<Gate>,
    lanes: Lanes,
    runtime: Option<Handle>,
}

impl Site {
    /// Puts the parts together. Call it inside the runtime that outlives the server's workers:
    /// blocking work and writes run there.
    pub fn new(settings: Settings, templates: Templates, clock: Clock) -> Self {
        Self {
            lanes: Lanes::new(settings.workers),
            runtime: Handle::try_current().ok(),
            gate: Arc::default(),
            readiness: Readiness::default(),
            memory: Memory::default(),
            missed: Settling::default(),
            glossary: KeptGlossary::default(),
            settings,
            templates,
            clock,
        }
    }

    /// Runs `work` on a thread that may block. Each lane lets a few run at once and a few more
    /// wait; beyond that the caller is told to come back later.
    pub async fn blocking<T, E>(
        &self,
        lane: Lane,
        work: impl FnOnce() -> Result<T, E> + Send + 'static,
    ) -> Result<T, Error>
    where
        T: Send + 'static,
        E: Into<Error> + Send + 'static,
    {
        self.lanes.run(&self.runtime(), lane, work).await
    }

    /// Runs a write to its end even when the client goes away meanwhile: a transaction is never
    /// dropped half way because a request was.
    pub async fn run_to_end<T, E>(
        &self,
        write: impl Future<Output = Result<T, E>> + Send + 'static,
    ) -> Result<T, Error>
    where
        T: Send + 'static,
        E: Into<Error> + Send + 'static,
    {
        match self.runtime().spawn(write).await {
            Ok(result) => result.map_err(Into::into),
            Err(stopped) => Err(crate::platform::http::lanes::stopped(stopped)),
        }
    }
}

impl Site {
    fn runtime(&self) -> Handle {
        self.runtime.clone().unwrap_or_else(Handle::current)
    }
}

impl fmt::Debug for Site {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Site")
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}

/// The handles a request needs. Handlers take `app: web::Data<App>`; `app.settings`, `app.clock`
/// and `app.blocking(…)` come from the [`Site`] inside.
#[derive(Debug)]
pub struct App {
    /// Settings, templates, clock and lanes.
    pub site: Arc<Site>,
    /// Connections for requests.
    pub db: Pool,
    /// This node's search index.
    pub search: Index,
    /// The thread that keeps it up to date.
    pub indexer: Arc<Indexer>,
    /// Where the bytes of attached files are, if not in the database.
    pub bucket: Option<Arc<Bucket>>,
}

impl App {
    /// The channel on which nodes tell each other that something was written.
    pub const CHANGES: &'static str = "hansei_changes";

    /// Something was written: this node looks at once, the others as soon as they hear of it. A separate statement
    /// after the commit, because NOTIFY inside a transaction makes all commits queue for one lock.
    pub fn changed(&self) {
        self.indexer.wake();
        let pool = self.db.clone();
        self.runtime().spawn(async move {
            let Ok(mut conn) = pool.get().await else {
                return;
            };
            // A lost notification costs the others a second: they also look by themselves.
            if let Err(error) = notify(&mut conn, Self::CHANGES).await {
                tracing::debug!(%error, "the other nodes were not notified");
            }
        });
    }
}

impl Deref for App {
    type Target = Site;

    fn deref(&self) -> &Site {
        &self.site
    }
}
