//! The one thread of a node that keeps its index up to date, and how to talk to it.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread::{Builder, JoinHandle, Thread};
use std::time::{Duration, Instant};

use tokio::sync::Notify;

use super::generation;
use super::index::Index;
use super::indexer::{Follower, IndexerError, Round, Source};
use super::writing::Position;

/// Looks for changes so often when nobody wakes it.
const TIMER: Duration = Duration::from_secs(1);
/// Changes that come closer together than this share a commit.
const COALESCE: Duration = Duration::from_millis(50);
/// First and longest pause after an error. Short, so that the index has caught up seconds after the fault is over.
const BACKOFF: (Duration, Duration) = (Duration::from_millis(250), Duration::from_secs(4));

/// After learning has failed again and again it is tried so often.
const LONGEST_REST: Duration = Duration::from_mins(10);

/// How the indexer is doing.
#[derive(Clone, Debug, Default)]
pub struct Status {
    /// Another process writes this index.
    pub following: bool,
    /// The folder that serves; none while the first or a damaged one is rebuilt.
    pub generation: Option<String>,
    /// Documents in it.
    pub documents: u64,
    /// Every transaction below this id is in the index.
    pub cursor: u64,
    /// When the index was last known to be equal to the database.
    pub synchronised_at: Option<Instant>,
    /// What the last round failed with, if it did.
    pub last_error: Option<String>,
}

impl Status {
    /// How long ago the index was last known to be equal to the database.
    pub fn lag(&self) -> Option<Duration> {
        self.synchronised_at.map(|at| at.elapsed())
    }

    /// There is no index to search: Postgres answers meanwhile.
    pub fn rebuilding(&self) -> bool {
        self.generation.is_none()
    }
}

#[derive(Debug, Default)]
struct Shared {
    wake: Notify,
    stop: AtomicBool,
    status: Mutex<Status>,
    /// Sleeps until there is something to learn.
    learner: OnceLock<Thread>,
}

/// A handle to the indexer thread; dropping it stops the thread.
#[derive(Debug)]
pub struct Indexer {
    shared: Arc<Shared>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

/// So much less than a request may this thread, and every thread that it starts, have of a busy processor: about a third.
#[cfg(target_os = "linux")]
const NICENESS: i32 = 5;

/// Lets requests go first where processors are few.
fn give_way() {
    // On Linux this is about the calling thread; elsewhere it would be about the whole process.
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::process::setpriority_process(None, NICENESS) {
        tracing::debug!(%error, "the indexer runs as fast as requests do");
    }
}

impl Indexer {
    /// Starts the thread. It begins by catching up, or by building the index when there is none.
    pub fn spawn(index: Index, source: Source) -> std::io::Result<Self> {
        let shared = Arc::new(Shared::default());
        let theirs = Arc::clone(&shared);
        shared.learn(index.clone())?;
        let thread = Builder::new().name("indexer".to_owned()).spawn(move || {
            give_way();
            while !theirs.stop.load(Ordering::Relaxed) {
                if catch_unwind(AssertUnwindSafe(|| {
                    block_on_rounds(&index, &source, &theirs);
                }))
                .is_err()
                {
                    theirs.failed("the indexer panicked and starts again".to_owned());
                    std::thread::park_timeout(BACKOFF.0);
                }
            }
            index.disown();
        })?;
        Ok(Self {
            shared,
            thread: Mutex::new(Some(thread)),
        })
    }

    /// Something was written: look now. Never blocks.
    pub fn wake(&self) {
        self.shared.wake.notify_one();
    }

    /// How it is doing.
    pub fn status(&self) -> Status {
        self.shared
            .status
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Ends the thread after the round under way and waits for it. Blocks.
    pub fn stop(&self) {
        self.shared.stop.store(true, Ordering::Relaxed);
        self.shared.wake.notify_one();
        let thread = self
            .thread
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if thread.is_some_and(|thread| thread.join().is_err()) {
            tracing::error!("the indexer thread panicked");
        }
    }
}

impl Drop for Indexer {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::Relaxed);
        self.shared.wake.notify_one();
    }
}

fn block_on_rounds(index: &Index, source: &Source, shared: &Shared) {
    match tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime.block_on(rounds(index, source, shared)),
        Err(error) => {
            shared.failed(format!("cannot start: {error}"));
            std::thread::park_timeout(BACKOFF.1);
        }
    }
}

async fn rounds(index: &Index, source: &Source, shared: &Shared) {
    let mut follower = Follower::new(index.clone(), source.clone());
    let mut backoff = BACKOFF.0;
    while !shared.stop.load(Ordering::Relaxed) {
        let started = Instant::now();
        let outcome = stoppable(shared, follower.round()).await;
        let Some(outcome) = outcome else { return };
        match outcome {
            Ok(round) => {
                backoff = BACKOFF.0;
                shared.succeeded(index, &follower, round, started);
                if matches!(round, Round::Rebuilt(_)) {
                    continue;
                }
                wait(shared, TIMER).await;
                tokio::time::sleep(COALESCE.saturating_sub(started.elapsed())).await;
            }
            Err(error) => {
                shared.failed(error.to_string());
                shared.describe(index);
                // Being woken does not shorten this: a busy node must not hammer a database that is ill.
                let pause = tokio::time::sleep(backoff);
                if stoppable(shared, pause).await.is_none() {
                    return;
                }
                backoff = (backoff * 2).min(BACKOFF.1);
            }
        }
    }
}

async fn wait(shared: &Shared, limit: Duration) {
    let _woken_or_not = tokio::time::timeout(limit, shared.wake.notified()).await;
}

/// None: stopped meanwhile. A dropped round leaves nothing but uncommitted changes.
async fn stoppable<T>(shared: &Shared, work: impl Future<Output = T>) -> Option<T> {
    let mut work = std::pin::pin!(work);
    loop {
        let look = tokio::time::sleep(Duration::from_millis(100));
        tokio::select! {
            done = &mut work => return Some(done),
            () = look => if shared.stop.load(Ordering::Relaxed) { return None },
        }
    }
}

impl Shared {
    /// Starts the thread that learns what words mean: beside the indexer, so that nothing waits to be found meanwhile.
    fn learn(self: &Arc<Self>, index: Index) -> std::io::Result<()> {
        let shared = Arc::downgrade(self);
        let goes_on = move || {
            shared
                .upgrade()
                .is_some_and(|it| !it.stop.load(Ordering::Relaxed))
        };
        let thread = Builder::new().name("semantics".to_owned()).spawn(move || {
            give_way();
            let mut rest = TIMER;
            while goes_on() {
                let began = Instant::now();
                let learned = index.learn(&goes_on);
                rest = if learned {
                    TIMER
                } else {
                    (rest * 2).min(LONGEST_REST)
                };
                std::thread::park_timeout(TIMER);
                // Commits wake this thread: what failed is not tried again at each of them.
                while !learned && goes_on() && began.elapsed() < rest {
                    std::thread::park_timeout(TIMER);
                }
            }
        })?;
        let _set_once = self.learner.set(thread.thread().clone());
        Ok(())
    }

    fn wake_learner(&self) {
        if let Some(learner) = self.learner.get() {
            learner.unpark();
        }
    }

    fn change(&self, change: impl FnOnce(&mut Status)) {
        change(&mut self.status.lock().unwrap_or_else(PoisonError::into_inner));
    }

    fn failed(&self, error: String) {
        self.change(|status| {
            if status.last_error.as_deref() != Some(&error) {
                tracing::warn!(
                    error,
                    "the search index cannot follow the database; trying again"
                );
            }
            status.last_error = Some(error);
        });
    }

    fn describe(&self, index: &Index) {
        let serving = index.serving();
        self.change(|status| {
            status.documents = serving
                .as_ref()
                .map_or(0, |serving| serving.reader.searcher().num_docs());
            status.generation = serving.map(|serving| serving.name.clone());
        });
    }

    fn succeeded(&self, index: &Index, follower: &Follower, round: Round, started: Instant) {
        self.describe(index);
        self.wake_learner();
        self.change(|status| {
            if status.last_error.take().is_some() {
                tracing::info!("the search index follows the database again");
            }
            status.following = round == Round::Following;
            if round != Round::Following {
                status.cursor = follower.cursor();
                status.synchronised_at = Some(started);
            }
        });
    }
}

/// Brings the index up to date once, for command line tools. [`Round::Following`] when a running server does that.
pub async fn catch_up(index: &Index, source: &Source) -> Result<Round, IndexerError> {
    let round = Follower::new(index.clone(), source.clone()).round().await;
    index.disown();
    round
}

/// Builds the index anew beside the one that serves, which goes on answering meanwhile: here, or in the running server
/// that keeps it.
///
/// # Errors
///
/// When the index cannot be built, or when that server has not done it within `limit`.
pub async fn rebuild(index: &Index, source: &Source, limit: Duration) -> Result<(), IndexerError> {
    let before = generation::current(index.root());
    let asked = Instant::now();
    generation::make_folder(index.root())?;
    generation::request(index.root())?;
    loop {
        if index.own()? {
            let mut follower = Follower::new(index.clone(), source.clone());
            follower.build_anew();
            let round = follower.round().await;
            index.disown();
            return round.map(drop);
        }
        let now = generation::current(index.root());
        if now.is_some() && now != before {
            return Ok(());
        }
        if asked.elapsed() > limit {
            let late = "the running server has not built it anew; its log says why";
            return Err(IndexerError::Index(late.to_owned()));
        }
        tokio::time::sleep(COALESCE).await;
    }
}

/// Waits until a committed transaction can be found by searching the index in `folder`, which a running server keeps.
/// False: not within the limit.
pub async fn wait_until(folder: &Path, xid: u64, limit: Duration) -> bool {
    let ready = async {
        // Not the position of the last commit: what is on disk is not served yet.
        while !Position::announced(folder).is_some_and(|position| position.includes(xid)) {
            tokio::time::sleep(COALESCE).await;
        }
    };
    tokio::time::timeout(limit, ready).await.is_ok()
}
