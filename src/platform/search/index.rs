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
use super::request::{Facets, MAX_DEPTH, Order, Request, Results, SearchError};

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
}

impl Index {
    /// Opens the index in `folder`, made when missing. Anything damaged is set aside and rebuilt by the indexer;
    /// until then searches are [`SearchError::Unavailable`].
    ///
    /// When another process writes this index, it is only read here.
    pub fn open(folder: &Path) -> io::Result<Self> {
        let index = Self::at(folder, false);
        generation::make_folder(folder)?;
        if index.own()? {
            let current = generation::current(folder);
            generation::clean(folder, current.as_deref());
            if let Some(name) = current {
                match Generation::open(folder, &name, true) {
                    Ok(generation) => index.serve(Some(Arc::new(generation))),
                    Err(damage) => index.set_aside(&name, &damage),
                }
            }
        } else {
            index.refresh();
        }
        Ok(index)
    }

    /// Opens the index of a running server, only to search it.
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
        let path = self.inner.root.join("LOCK");
        let mut held = self
            .inner
            .lock
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if held.is_some() && path.exists() {
            return Ok(true);
        }
        *held = None;
        generation::make_folder(&self.inner.root)?;
        let file = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path)?;
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

    /// Searches. Blocks: call it from a thread that may. Never panics, whatever is on the disk.
    pub fn search(&self, request: &Request<'_>) -> Result<Results, SearchError> {
        let started = Instant::now();
        if self.inner.follows {
            self.refresh();
        }
        let generation = self.serving().ok_or(SearchError::Unavailable)?;
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
            Ok(Ok(results)) => Ok(Results { took, ..results }),
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
