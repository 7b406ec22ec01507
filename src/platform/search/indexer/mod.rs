//! Keeps the index equal to Postgres: reads what changed from one snapshot, applies it, remembers how far it came.
//!
//! Changes are every visible row of `change_log` at or above the cursor; the cursor only moves to the snapshot's
//! `xmin`. So a transaction that commits late is never missed, and one seen early is applied again without harm.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

mod postgres;

use self::postgres::{Changed, Reader};
use super::generation::{self, Damage, Generation};
use super::index::Index;
use super::writing::{Position, Size, Writing};

pub(super) use self::postgres::now;
pub use self::postgres::{
    ConnectError, ConnectFn, IndexerError, LoadFn, Source, current_transaction, trim_change_log,
};

/// Documents asked for at once.
const LOAD: usize = 100;
/// Changes of a large batch become visible in such steps.
const COMMIT_EVERY: usize = 500;
/// A cursor that moved without changes is stored so often.
const STORE_CURSOR_EVERY: Duration = Duration::from_mins(1);
/// All versions are compared so often.
const RECONCILE_EVERY: Duration = Duration::from_mins(10);
/// Every byte of the index is read so often: flipped bits make searches wrong before they make them fail.
const VERIFY_EVERY: Duration = Duration::from_hours(1);

/// What one round did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Round {
    /// Another process writes this index; it was only read again.
    Following,
    /// Nothing had changed.
    Unchanged,
    /// So many documents were put in or taken out.
    Applied(usize),
    /// A new generation with so many documents serves.
    Rebuilt(usize),
}

/// One index and one source, and how far the one has followed the other.
#[derive(Debug)]
pub(super) struct Follower {
    index: Index,
    source: Source,
    reader: Option<Reader>,
    writing: Option<Writing>,
    /// May be ahead of the stored one; an older stored one only means replay.
    cursor: u64,
    stored_at: Instant,
    reconciled_at: Option<Instant>,
    verified_at: Instant,
    failures: u32,
    /// Somebody asked for a new generation.
    anew: bool,
}

impl Follower {
    pub(super) fn new(index: Index, source: Source) -> Self {
        let stored_at = Instant::now();
        Self {
            index,
            source,
            reader: None,
            writing: None,
            cursor: 0,
            stored_at,
            reconciled_at: None,
            verified_at: stored_at,
            failures: 0,
            anew: false,
        }
    }

    /// The next round makes a new generation, whatever there is.
    pub(super) fn build_anew(&mut self) {
        self.anew = true;
    }

    pub(super) fn cursor(&self) -> u64 {
        self.cursor
    }

    /// Brings the index up to date once.
    pub(super) async fn round(&mut self) -> Result<Round, IndexerError> {
        let outcome = self.try_round().await;
        match &outcome {
            Ok(_) => self.failures = 0,
            Err(error) => {
                // Uncommitted changes and a half used connection are dropped with what holds them.
                self.writing = None;
                self.failures += 1;
                if !matches!(error, IndexerError::Index(_)) {
                    self.reader = None;
                } else if let Some(mut reader) = self.reader.take()
                    && reader.abandon().await
                {
                    self.reader = Some(reader);
                }
            }
        }
        outcome
    }

    async fn try_round(&mut self) -> Result<Round, IndexerError> {
        if !self.index.own()? {
            self.writing = None;
            return self.only_read().await;
        }
        self.anew |= generation::take_request(self.index.root());
        self.look_after_folder();
        let mut reader = match self.reader.take() {
            Some(reader) => reader,
            None => Reader::connect(&self.source).await?,
        };
        let (now, floor) = reader.begin().await?;
        let round = self.follow(&mut reader, &now, floor).await;
        self.reader = Some(reader);
        round
    }

    /// Another process writes: what it makes is served here if it is made from the same database.
    async fn only_read(&mut self) -> Result<Round, IndexerError> {
        let mut reader = match self.reader.take() {
            Some(reader) => reader,
            None => Reader::connect(&self.source).await?,
        };
        let (now, _floor) = reader.begin().await?;
        reader.end().await?;
        self.reader = Some(reader);
        if Position::read(self.index.root()).is_some_and(|theirs| now.is_of(&theirs)) {
            self.index.refresh();
        } else if self.index.serving().is_some() {
            tracing::warn!("the search index is another database's and is not used");
            self.index.serve(None);
        }
        Ok(Round::Following)
    }

    /// Notices folders that were damaged or deleted, and opens what can be opened.
    fn look_after_folder(&mut self) {
        let root = self.index.root().to_owned();
        // Failing again and again to write is a reason to read every byte.
        let due = self.verified_at.elapsed() >= VERIFY_EVERY;
        let doubtful = self.index.is_suspect() || self.failures % 8 == 3 || due;
        if let Some(serving) = self.index.serving() {
            if serving.in_place(&root) && !doubtful {
                return;
            }
            self.writing = None;
            self.verified_at = Instant::now();
            let name = serving.name.clone();
            let sound = serving
                .in_place(&root)
                .then(|| Generation::open(&root, &name, true));
            match sound {
                Some(Ok(generation)) => self.index.serve(Some(Arc::new(generation))),
                Some(Err(damage)) => self.index.set_aside(&name, &damage),
                None => self
                    .index
                    .set_aside(&name, &Damage::Checksum("files are missing".to_owned())),
            }
        } else if let Some(name) = generation::current(&root) {
            match Generation::open(&root, &name, true) {
                Ok(generation) => self.index.serve(Some(Arc::new(generation))),
                Err(damage) => self.index.set_aside(&name, &damage),
            }
        }
    }

    async fn follow(
        &mut self,
        reader: &mut Reader,
        now: &Position,
        floor: u64,
    ) -> Result<Round, IndexerError> {
        let Some(serving) = self.index.serving().filter(|_| !self.anew) else {
            return self.rebuild(reader, now).await;
        };
        if self.writing.is_none() {
            let writing = Writing::open(serving, Size::Small)?;
            self.cursor = writing.position.cursor;
            self.reconciled_at = None;
            self.writing = Some(writing);
        }
        let rewound = now.cursor < self.cursor;
        if rewound
            || self
                .writing
                .as_ref()
                .is_some_and(|writing| !now.continues(&writing.position))
        {
            tracing::warn!(
                "the database is another one than the index was made from: the index is rebuilt"
            );
            if self
                .writing
                .as_ref()
                .is_some_and(|writing| !now.is_of(&writing.position))
            {
                // Its hits would be whatever reports have the same numbers here.
                self.index.serve(None);
            }
            return self.rebuild(reader, now).await;
        }
        let changed = reader.changed(self.cursor).await?;
        let slowest = self.apply(reader, &changed).await?;
        let expected = self.cursor < floor;
        if expected
            || self
                .reconciled_at
                .is_none_or(|at| at.elapsed() >= RECONCILE_EVERY)
        {
            let fixed = self.reconcile(reader).await?;
            if fixed > 0 && !expected {
                tracing::warn!(
                    documents = fixed,
                    "the search index had drifted from the database"
                );
                metrics::counter!("hansei_index_drift_docs_total").increment(fixed);
            }
            self.reconciled_at = Some(Instant::now());
        }
        reader.end().await?;
        let round = self.commit(now)?;
        if let (Round::Applied(_), Some(age)) = (round, slowest) {
            metrics::histogram!("hansei_index_change_seconds").record(age);
        }
        Ok(round)
    }

    /// Stores what was applied; the cursor alone only now and then.
    fn commit(&mut self, now: &Position) -> Result<Round, IndexerError> {
        let Some(writing) = &mut self.writing else {
            return Ok(Round::Unchanged);
        };
        let pending = writing.pending();
        let moved = now.cursor > writing.position.cursor;
        if pending > 0 || (moved && self.stored_at.elapsed() >= STORE_CURSOR_EVERY) {
            writing.commit(now)?;
            self.stored_at = Instant::now();
        } else {
            // Merges in the background leave old files open until the searcher looks again.
            generation::guarded(|| Ok(writing.generation.reader.reload()?))?;
        }
        self.cursor = now.cursor;
        now.announce(self.index.root());
        Ok(if pending == 0 {
            Round::Unchanged
        } else {
            Round::Applied(pending)
        })
    }

    /// Applies changes by id. Returns how old the oldest of those is that was not there yet.
    async fn apply(
        &mut self,
        reader: &mut Reader,
        changed: &[Changed],
    ) -> Result<Option<f64>, IndexerError> {
        let Some(writing) = &mut self.writing else {
            return Ok(None);
        };
        let differs = |row: &&Changed| writing.rev(row.id) != row.rev;
        let slowest = changed
            .iter()
            .filter(differs)
            .map(|row| row.age)
            .reduce(f64::max);
        let wanted: Vec<i64> = changed.iter().filter(differs).map(|row| row.id).collect();
        update(writing, reader, &wanted).await?;
        Ok(slowest)
    }

    /// Compares all versions and repairs what differs. Returns how many documents did.
    async fn reconcile(&mut self, reader: &mut Reader) -> Result<u64, IndexerError> {
        let Some(writing) = &mut self.writing else {
            return Ok(0);
        };
        let versions: HashMap<i64, i64> = reader
            .versions()
            .await?
            .into_iter()
            .map(|row| (row.id, row.rev))
            .collect();
        let gone = writing
            .revisions()
            .keys()
            .filter(|id| !versions.contains_key(*id));
        let differing = versions
            .iter()
            .filter(|(id, rev)| writing.rev(**id) != Some(**rev))
            .map(|(id, _)| id);
        let mut wanted: Vec<i64> = gone.chain(differing).copied().collect();
        wanted.sort_unstable();
        update(writing, reader, &wanted).await
    }

    /// Makes a new generation beside the one that serves, then swaps.
    async fn rebuild(
        &mut self,
        reader: &mut Reader,
        now: &Position,
    ) -> Result<Round, IndexerError> {
        self.writing = None;
        let root = self.index.root().to_owned();
        let generation = Arc::new(Generation::create(&root)?);
        let filled = fill(Arc::clone(&generation), reader, now).await;
        let documents = match filled {
            Ok(documents) => documents,
            Err(error) => {
                generation::remove(&generation.path);
                return Err(error);
            }
        };
        generation.publish(&root)?;
        tracing::info!(generation = %generation.name, documents, "search index rebuilt");
        let name = generation.name.clone();
        self.index.serve(Some(generation));
        generation::clean(&root, Some(&name));
        self.cursor = now.cursor;
        self.anew = false;
        now.announce(&root);
        Ok(Round::Rebuilt(documents))
    }
}

/// Loads these ids and makes the index say the same. Returns how many documents that changed.
async fn update(
    writing: &mut Writing,
    reader: &mut Reader,
    ids: &[i64],
) -> Result<u64, IndexerError> {
    let mut changes = 0;
    for ids in ids.chunks(LOAD) {
        let documents = reader.documents(ids).await?;
        for id in ids
            .iter()
            .filter(|id| !documents.iter().any(|document| document.id == **id))
        {
            changes += u64::from(writing.remove(*id));
        }
        for document in &documents {
            changes += u64::from(writing.put(document)?);
        }
        if writing.pending() >= COMMIT_EVERY {
            // Not the end yet: the position stays, so that a crash here means replay.
            let position = writing.position.clone();
            writing.commit(&position)?;
        }
    }
    Ok(changes)
}

async fn fill(
    generation: Arc<Generation>,
    reader: &mut Reader,
    now: &Position,
) -> Result<usize, IndexerError> {
    let mut writing = Writing::open(generation, Size::Large)?;
    let versions = reader.versions().await?;
    let ids: Vec<i64> = versions.into_iter().map(|row| row.id).collect();
    for ids in ids.chunks(LOAD) {
        for document in reader.documents(ids).await? {
            writing.put(&document)?;
        }
    }
    reader.end().await?;
    writing.commit(now)?;
    Ok(writing.revisions().len())
}
