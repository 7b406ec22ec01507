//! The index as the rest of the program sees it: search it, or learn that it is away for a moment.

use std::fs::{self, File, TryLockError};
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::{Duration, Instant};

use super::collect::{Facet, Gather, Gathered};
use super::filters::Field;
use super::generation::{self, Damage, Generation};
use super::narrow::Narrow;
use super::plan::{Planner, assemble};
use super::recent::{Recent, State};
use super::request::{Facets, MAX_DEPTH, Order, Request, Results, SearchError};
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
        let mut held = self
            .inner
            .lock
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
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
        *self
            .inner
            .lock
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = None;
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
        let results = self.inner.recent.get(&state(&generation), request)?;
        let took = started.elapsed();
        metrics::histogram!("hansei_search_seconds").record(took.as_secs_f64());
        Some(Results { took, ..results })
    }

    /// Searches. Blocks: call it from a thread that may. Never panics, whatever is on the disk.
    pub fn search(&self, request: &Request<'_>) -> Result<Results, SearchError> {
        let started = Instant::now();
        if self.inner.follows {
            self.refresh();
        }
        let generation = self.serving().ok_or(SearchError::Unavailable)?;
        // Known before the search begins: should the index change meanwhile, the answer counts as older than it is.
        let state = state(&generation);
        let expired = Arc::new(AtomicBool::new(false));
        let run = Run {
            generation: &generation,
            request,
            deadline: started + DEADLINE,
            expired,
        };
        let outcome = catch_unwind(AssertUnwindSafe(|| run.all()));
        let took = started.elapsed();
        metrics::histogram!("hansei_search_seconds").record(took.as_secs_f64());
        match outcome {
            Ok(Ok(results)) => {
                self.inner.recent.keep(state, request, &results);
                Ok(Results { took, ..results })
            }
            _ if run.expired.load(Ordering::Relaxed) => Err(SearchError::TooSlow),
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

fn state(generation: &Generation) -> State {
    generation.reader.searcher().generation().segments().clone()
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

/// One search under way.
struct Run<'a> {
    generation: &'a Generation,
    request: &'a Request<'a>,
    deadline: Instant,
    expired: Arc<AtomicBool>,
}

impl Run<'_> {
    fn all(&self) -> tantivy::Result<Results> {
        let Request {
            query,
            filters,
            audience,
            limit,
            offset,
            facets,
            order,
        } = *self.request;
        let searcher = self.generation.reader.searcher();
        let mut planner = Planner::new(&searcher, self.generation.fields);
        let text = planner.text(query)?;
        let filters = query.filters.merged(filters);
        let narrow = Narrow {
            filters: &filters,
            audience,
        };
        let query_without = |field: Option<Field>| {
            let narrowed = planner.narrow(&narrow, field);
            let text = text
                .iter()
                .map(|(occur, clause)| (*occur, clause.box_clone()));
            assemble(text.chain(narrowed).collect())
        };

        // A facet with a filter of its own is counted without it, in a pass of its own.
        let (apart, together): (Vec<_>, Vec<_>) = FACETS
            .into_iter()
            .filter(|_| facets)
            .partition(|(_, field)| !filters.values(*field).is_empty());
        let keep = offset.saturating_add(limit).min(MAX_DEPTH);
        let order = if query.is_ranked() {
            order
        } else {
            Order::Newest
        };
        let gather = |keep, facets: &[(Facet, Field)]| Gather {
            keep,
            order,
            facets: facets.iter().map(|(facet, _)| *facet).collect(),
            deadline: self.deadline,
            expired: Arc::clone(&self.expired),
        };
        let mut main: Gathered = searcher.search(&query_without(None), &gather(keep, &together))?;
        let mut found = Facets::default();
        for ((facet, _), counts) in together.iter().zip(std::mem::take(&mut main.counts)) {
            found.set(*facet, counts);
        }
        for (facet, field) in apart {
            let mut gathered =
                searcher.search(&query_without(Some(field)), &gather(0, &[(facet, field)]))?;
            found.set(facet, gathered.counts.pop().unwrap_or_default());
        }
        let total = main.total;
        let hits = main.into_hits().skip(offset).take(limit).collect();
        Ok(Results {
            hits,
            total,
            facets: found,
            took: Duration::ZERO,
        })
    }
}

const FACETS: [(Facet, Field); 5] = [
    (Facet::Service, Field::Service),
    (Facet::Severity, Field::Severity),
    (Facet::Kind, Field::Kind),
    (Facet::Year, Field::Year),
    (Facet::Tag, Field::Tag),
];
