//! Lanes for work that blocks: a few at once, a few waiting, the rest are told to come back.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::Semaphore;

use super::Error;

/// What kind of blocking work it is; each kind has its own limit, so none starves another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lane {
    /// Markdown to HTML, differences between revisions.
    Render,
    /// Password hashing: memory-hungry, so two at once and eight waiting.
    Hash,
    /// Queries of the search index.
    Search,
    /// Import and export.
    Archive,
    /// Decoding pictures: memory-hungry, so one at once.
    Pictures,
}

impl Lane {
    const fn name(self) -> &'static str {
        match self {
            Self::Render => "render",
            Self::Hash => "hash",
            Self::Search => "search",
            Self::Archive => "archive",
            Self::Pictures => "pictures",
        }
    }
}

/// How long work waits for its turn before the caller is told to come back.
const LONGEST_WAIT: Duration = Duration::from_secs(10);

struct Track {
    permits: Arc<Semaphore>,
    waiting: AtomicUsize,
    may_wait: usize,
}

impl Track {
    fn new(at_once: usize, may_wait: usize) -> Self {
        Self {
            permits: Arc::new(Semaphore::new(at_once)),
            waiting: AtomicUsize::new(0),
            may_wait,
        }
    }
}

/// Counts a waiting piece of work for as long as it waits, also when its request is dropped.
struct Waiting<'a>(&'a AtomicUsize);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// All lanes of a server.
pub(crate) struct Lanes {
    render: Track,
    hash: Track,
    search: Track,
    archive: Track,
    pictures: Track,
}

impl Lanes {
    pub(crate) fn new(workers: usize) -> Self {
        Self {
            render: Track::new(2, 32),
            hash: Track::new(2, 8),
            search: Track::new(workers.max(1) * 2, 128),
            archive: Track::new(1, 4),
            pictures: Track::new(1, 4),
        }
    }

    const fn track(&self, lane: Lane) -> &Track {
        match lane {
            Lane::Render => &self.render,
            Lane::Hash => &self.hash,
            Lane::Search => &self.search,
            Lane::Archive => &self.archive,
            Lane::Pictures => &self.pictures,
        }
    }

    pub(crate) async fn run<T, E>(
        &self,
        runtime: &Handle,
        lane: Lane,
        work: impl FnOnce() -> Result<T, E> + Send + 'static,
    ) -> Result<T, Error>
    where
        T: Send + 'static,
        E: Into<Error> + Send + 'static,
    {
        let track = self.track(lane);
        let permit = match Arc::clone(&track.permits).try_acquire_owned() {
            Ok(permit) => permit,
            Err(_all_taken) => {
                let before = track.waiting.fetch_add(1, Ordering::Relaxed);
                let _waiting = Waiting(&track.waiting);
                if before >= track.may_wait {
                    return Err(full(lane));
                }
                let turn = Arc::clone(&track.permits).acquire_owned();
                match tokio::time::timeout(LONGEST_WAIT, turn).await {
                    Ok(Ok(permit)) => permit,
                    Ok(Err(_)) | Err(_) => return Err(full(lane)),
                }
            }
        };
        // The permit goes with the work: a dropped request does not stop a running thread.
        let done = runtime.spawn_blocking(move || {
            let result = work();
            drop(permit);
            result
        });
        match done.await {
            Ok(result) => result.map_err(Into::into),
            Err(error) => Err(stopped(error)),
        }
    }
}

fn full(lane: Lane) -> Error {
    metrics::counter!("hansei_lane_full_total", "lane" => lane.name()).increment(1);
    match lane {
        Lane::Hash => Error::TooMany(Duration::from_secs(5)),
        Lane::Render | Lane::Search | Lane::Archive | Lane::Pictures => {
            Error::Unavailable(anyhow::anyhow!("too much {} work is waiting", lane.name()))
        }
    }
}

/// A task that did not finish: it panicked, or the server is stopping.
pub(crate) fn stopped(error: tokio::task::JoinError) -> Error {
    if error.is_panic() {
        metrics::counter!("hansei_panics_total").increment(1);
        Error::Internal(anyhow::anyhow!("a task panicked: {error}"))
    } else {
        Error::Unavailable(anyhow::anyhow!("a task was stopped: {error}"))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    #[tokio::test]
    async fn a_full_lane_turns_work_away_and_others_go_on() {
        let lanes = Arc::new(Lanes::new(1));
        let runtime = Handle::current();
        let (open_gate, gate) = mpsc::channel::<()>();
        let gate = Arc::new(std::sync::Mutex::new(gate));
        let hashing: Vec<_> = (0..10)
            .map(|_| {
                let (lanes, runtime, gate) =
                    (Arc::clone(&lanes), runtime.clone(), Arc::clone(&gate));
                tokio::spawn(async move {
                    let wait = move || gate.lock().unwrap().recv().map_err(anyhow::Error::from);
                    lanes.run(&runtime, Lane::Hash, wait).await
                })
            })
            .collect();
        while lanes.hash.waiting.load(Ordering::Relaxed) < 8 {
            tokio::task::yield_now().await;
        }
        let turned_away = lanes.run(&runtime, Lane::Hash, || Ok::<_, Error>(())).await;
        assert_eq!(turned_away.unwrap_err().code(), "too_many");
        let rendered = lanes
            .run(&runtime, Lane::Render, || Ok::<_, Error>(7))
            .await;
        assert_eq!(rendered.unwrap(), 7);
        for _ in &hashing {
            open_gate.send(()).unwrap();
        }
        for task in hashing {
            task.await.unwrap().unwrap();
        }
        assert_eq!(lanes.hash.waiting.load(Ordering::Relaxed), 0);
    }

    #[tokio::test]
    async fn a_panic_stays_in_its_lane() {
        let lanes = Lanes::new(1);
        let work = || -> Result<(), Error> { panic!("planned") };
        let error = lanes
            .run(&Handle::current(), Lane::Search, work)
            .await
            .unwrap_err();
        assert_eq!(error.code(), "internal");
    }
}
