//! The index as the rest of the program sees it: search it, or learn that it is away for a moment.

use std::fs::{self, File, TryLockError};
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::{Duration, Instant};

use super::generation::{self, Damage, Generation};
use super::recent::{Recent, State};
use super::request::{Request, Results, SearchError};
use super::run::Run;
use super::semantics::Semantics;
use crate::platform::ownership;

/// A search that takes longer is given up.
const DEADLINE: Duration = Duration::from_millis(500);

/// A handle to the index of this node. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Index {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    root: PathBuf,
    /// Another process writes; look for its commits before each search.
    follows: bool,
    serving: RwLock<Option<Arc<Generation>>>,
    lock: Mutex<Option<File>>,
    /// A search met damage: the indexer decides what to do.
    suspect: AtomicBool,
    recent: Recent,
    semantics: Semantics,
}

impl Index {
    /// Opens the index in `folder`, made when missing. Anything damaged is set aside and rebuilt by the indexer;
    /// until then searches are [`SearchError::Unavailable`].
    ///
    /// When another process writes this index, it is only read here, once the indexer has seen that it is made from the
    /// same database.
    pub fn open(folder: &Path) -> io::Result<Self> {
        let index = Self::at(folder, false);
        if index.own()? {
            let current = generation::current(folder);
            generation::clean(folder, current.as_deref());
            if let Some(name) = current {
                match Generation::open(folder, &name, true) {
                    Ok(generation) => index.serve(Some(Arc::new(generation))),
                    Err(damage) => index.set_aside(&name, &damage),
                }
            }
        }
        Ok(index)
    }

    /// The same for a server, which has better to do than to stop: while the index cannot be opened, searches are
    /// [`SearchError::Unavailable`], and the indexer goes on trying.
    pub fn open_or_wait(folder: &Path) -> Self {
        Self::open(folder).unwrap_or_else(|error| {
            tracing::error!(folder = %folder.display(), %error, "cannot open the search index; the database answers meanwhile");
            Self::at(folder, false)
        })
    }

    /// Opens the index of a running server, only to search it. Whether it is made from the same database is for the
    /// caller to ask ([`made_from`](crate::platform::search::made_from)).
    pub fn open_reader(folder: &Path) -> Self {
        let index = Self::at(folder, true);
        index.refresh();
        index
    }

    fn at(folder: &Path, follows: bool) -> Self {
        Self {
            inner: Arc::new(Inner {
                root: folder.to_owned(),
                follows,
                serving: RwLock::new(None),
                lock: Mutex::new(None),
                suspect: AtomicBool::new(false),
                recent: Recent::default(),
                semantics: Semantics::default(),
            }),
        }
    }

    pub(super) fn root(&self) -> &Path {
        &self.inner.root
    }

    pub(super) fn serving(&self) -> Option<Arc<Generation>> {
        self.inner
            .serving
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    pub(super) fn serve(&self, generation: Option<Arc<Generation>>) {
        *self
            .inner
            .serving
            .write()
            .unwrap_or_else(PoisonError::into_inner) = generation;
        self.inner.suspect.store(false, Ordering::Relaxed);
    }

    /// Tries to become the one process that writes. True when it is.
    pub(super) fn own(&self) -> io::Result<bool> {
        let mut held = self.held();
        if held.is_some() && self.inner.root.join(LOCK).exists() {
            return Ok(true);
        }
        *held = None;
        let file = match open_lock(&self.inner.root) {
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
                // Root was here, and was killed before it could give away what it made. A new index does no less.
                generation::leave_aside(&self.inner.root)?;
                open_lock(&self.inner.root)?
            }
            opened => opened?,
        };
        match file.try_lock() {
            Ok(()) => {
                *held = Some(file);
                Ok(true)
            }
            Err(TryLockError::WouldBlock) => Ok(false),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }

    /// Lets another process write.
    pub(super) fn disown(&self) {
        *self.held() = None;
    }

    pub(super) fn is_suspect(&self) -> bool {
        self.inner.suspect.load(Ordering::Relaxed)
    }

    /// Looks for what another process committed or swapped in.
    pub(super) fn refresh(&self) {
        let current = generation::current(&self.inner.root);
        match (self.serving(), current) {
            (Some(serving), Some(name)) if serving.name == name && !self.is_suspect() => {
                let reloaded = generation::guarded(|| Ok(serving.reader.reload()?));
                if reloaded.is_err() {
                    self.serve(None);
                }
            }
            (_, Some(name)) => {
                self.serve(
                    Generation::open(&self.inner.root, &name, false)
                        .ok()
                        .map(Arc::new),
                );
            }
            (_, None) => self.serve(None),
        }
    }

    /// Stops serving a damaged generation and moves it out of the way.
    pub(super) fn set_aside(&self, name: &str, damage: &Damage) {
        tracing::error!(generation = name, %damage, "the search index cannot be read and is rebuilt");
        metrics::counter!("hansei_index_damaged_total").increment(1);
        self.serve(None);
        generation::quarantine(&self.inner.root, name);
    }

    /// The folders on disk, for tests and messages.
    pub fn generations(&self) -> Vec<String> {
        let entries = fs::read_dir(&self.inner.root)
            .into_iter()
            .flatten()
            .flatten();
        let folders = entries.filter(|entry| entry.path().is_dir());
        folders
            .filter_map(|entry| entry.file_name().into_string().ok())
            .collect()
    }

    /// Documents in the index, when it can be read.
    pub fn documents(&self) -> Option<u64> {
        self.serving()
            .map(|generation| generation.reader.searcher().num_docs())
    }

    /// The answer of [`search`](Self::search) when the same was asked before and the index did not change since. Does not
    /// block.
    pub fn search_again(&self, request: &Request<'_>) -> Option<Results> {
        let started = Instant::now();
        let generation = self.serving().filter(|_| !self.inner.follows)?;
        let results = self.inner.recent.get(&self.state(&generation), request)?;
        let took = started.elapsed();
        metrics::histogram!("hansei_search_seconds").record(took.as_secs_f64());
        Some(Results { took, ..results })
    }

    fn held(&self) -> MutexGuard<'_, Option<File>> {
        let lock = &self.inner.lock;
        lock.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn semantics(&self) -> &Semantics {
        &self.inner.semantics
    }

    fn state(&self, generation: &Generation) -> State {
        let segments = generation.reader.searcher().generation().segments().clone();
        (segments, self.inner.semantics.version())
    }

    /// Learns what words mean by the company they keep, as far as that is not known; hits are ordered by it, too. May take
    /// seconds: for a thread that nobody waits for. It is given up when `goes_on` says no. False: it failed, as the log
    /// says.
    pub fn learn(&self, goes_on: &dyn Fn() -> bool) -> bool {
        let Some(generation) = self.serving() else {
            return true;
        };
        let learned = generation::guarded(|| {
            let searcher = generation.reader.searcher();
            let semantics = &self.inner.semantics;
            let owns = self.held().is_some();
            let place = (self.root(), owns);
            Ok(semantics.keep_up((&searcher, generation.fields), place, goes_on)?)
        });
        if let Err(damage) = learned {
            tracing::warn!(%damage, "hits are ordered by words alone: nothing could be learned of what they mean");
            return false;
        }
        true
    }

    /// Searches. Blocks: call it from a thread that may. Never panics, whatever is on the disk.
    pub fn search(&self, request: &Request<'_>) -> Result<Results, SearchError> {
        let started = Instant::now();
        let (state, results) = self.ask(|generation, deadline, expired| {
            // Known before the search begins: should the index change meanwhile, the answer counts as older than it is.
            let state = self.state(generation);
            let run = Run {
                generation,
                semantics: &self.inner.semantics,
                request,
                deadline,
                expired: Arc::clone(expired),
            };
            Ok((state, run.all()?))
        })?;
        self.inner.recent.keep(state, request, &results);
        let took = started.elapsed();
        Ok(Results { took, ..results })
    }

    /// Runs a question that stops at the deadline, and then says that it expired. An error or a panic is one of the index.
    pub(super) fn ask<T>(
        &self,
        question: impl FnOnce(&Generation, Instant, &Arc<AtomicBool>) -> tantivy::Result<T>,
    ) -> Result<T, SearchError> {
        let started = Instant::now();
        if self.inner.follows {
            self.refresh();
        }
        let generation = self.serving().ok_or(SearchError::Unavailable)?;
        let expired = Arc::new(AtomicBool::new(false));
        let run = || question(&generation, started + DEADLINE, &expired);
        let outcome = catch_unwind(AssertUnwindSafe(run));
        let took = started.elapsed();
        metrics::histogram!("hansei_search_seconds").record(took.as_secs_f64());
        match outcome {
            Ok(Ok(answer)) => Ok(answer),
            _ if expired.load(Ordering::Relaxed) => Err(SearchError::TooSlow),
            Ok(Err(error)) => {
                tracing::error!(%error, "search failed; the index is checked");
                self.inner.suspect.store(true, Ordering::Relaxed);
                Err(SearchError::Unavailable)
            }
            Err(_panic) => {
                tracing::error!("search panicked; the index is checked");
                self.inner.suspect.store(true, Ordering::Relaxed);
                Err(SearchError::Unavailable)
            }
        }
    }
}

/// Held by the one process that writes.
const LOCK: &str = "LOCK";

fn open_lock(root: &Path) -> io::Result<File> {
    generation::make_folder(root)?;
    let path = root.join(LOCK);
    let lock = ownership::open(&path, File::options().write(true))?;
    if let Some(data_dir) = root.parent() {
        ownership::give_file(data_dir, root, &File::open(root)?);
        ownership::give_file(data_dir, &path, &lock);
    }
    Ok(lock)
}
