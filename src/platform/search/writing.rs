//! Changing one generation: documents in and out, and the place in Postgres' history they stand for, in one commit.

use std::collections::HashMap;
use std::fs;
use std::io::{self, Write as _};
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use serde::{Deserialize, Serialize};
use tantivy::indexer::{IndexWriterOptions, LogMergePolicy};
use tantivy::{IndexWriter, Term};

use super::document::Document;
use super::generation::{self, Damage, Generation, guarded};
use super::schema::{self, column};
use crate::platform::ownership;

const ANNOUNCED: &str = "POSITION";

/// How the writer is sized.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Size {
    /// One thread, 30 MB: for changes as they come.
    Small,
    /// Two threads, 100 MB: for everything at once.
    Large,
}

/// Up to where in Postgres' history an index is complete. Stored in the commit itself.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Position {
    /// Names the history of transaction ids; a restored copy gets another.
    pub(super) epoch: String,
    /// The database cluster, where its owner lets us see it.
    pub(super) system_identifier: Option<String>,
    /// Changes when a standby takes over.
    pub(super) timeline: String,
    /// The fingerprint of schema and analyzers.
    pub(super) schema: String,
    /// Every transaction with a lower id is in the index.
    pub(super) cursor: u64,
    /// The snapshot the last documents were read from: later transactions seen early.
    pub(super) snapshot: String,
}

impl Position {
    /// Tells other processes how far this one has seen and serves, also when that changed nothing. A hint, so not
    /// durable.
    pub(super) fn announce(&self, root: &Path) {
        if Self::announced(root).as_ref() != Some(self)
            && let Ok(text) = serde_json::to_vec(self)
            && let Err(error) = write_anew(root, &text)
        {
            tracing::debug!(%error, "cannot tell how far the search index is");
        }
    }

    /// What the writing process last told.
    pub(super) fn announced(root: &Path) -> Option<Self> {
        serde_json::from_slice(&fs::read(root.join(ANNOUNCED)).ok()?).ok()
    }

    /// The position of the last commit in a folder, without opening the index.
    pub(super) fn read(root: &Path) -> Option<Self> {
        let name = generation::current(root)?;
        let meta = fs::read(root.join(name).join("meta.json")).ok()?;
        let meta: serde_json::Value = serde_json::from_slice(&meta).ok()?;
        serde_json::from_str(meta.get("payload")?.as_str()?).ok()
    }

    /// Names the database; another has another name.
    pub(super) fn source(&self) -> String {
        let cluster = self.system_identifier.as_deref().unwrap_or_default();
        format!("{}/{cluster}", self.epoch)
    }

    /// The same database, at whatever time; reports have the same ids.
    pub(super) fn is_of(&self, other: &Self) -> bool {
        self.epoch == other.epoch
            && match (&self.system_identifier, &other.system_identifier) {
                (Some(a), Some(b)) => a == b,
                (_, None) | (None, _) => true,
            }
    }

    /// The same history: transaction ids can be compared.
    pub(super) fn continues(&self, other: &Self) -> bool {
        self.is_of(other) && self.timeline == other.timeline && self.schema == other.schema
    }

    /// A transaction known to be committed is in the index.
    pub(super) fn includes(&self, xid: u64) -> bool {
        if xid < self.cursor {
            return true;
        }
        // xmin:xmax:running,running
        let mut fields = self.snapshot.split(':');
        let after = fields
            .nth(1)
            .and_then(|xmax| xmax.parse::<u64>().ok())
            .unwrap_or(0);
        let mut running = fields.next().unwrap_or_default().split(',');
        xid < after && !running.any(|other| other.parse() == Ok(xid))
    }
}

/// Beside the old one first, so that nobody reads half of it.
fn write_anew(root: &Path, text: &[u8]) -> io::Result<()> {
    let fresh = root.join("POSITION.new");
    ownership::create(&fresh)?.write_all(text)?;
    fs::rename(fresh, root.join(ANNOUNCED))
}

/// A generation with its one writer.
pub(super) struct Writing {
    pub(super) generation: Arc<Generation>,
    writer: IndexWriter,
    revisions: HashMap<i64, i64>,
    pending: usize,
    /// As committed.
    pub(super) position: Position,
}

impl std::fmt::Debug for Writing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Writing")
            .field("position", &self.position)
            .finish_non_exhaustive()
    }
}

impl Writing {
    pub(super) fn open(generation: Arc<Generation>, size: Size) -> Result<Self, Damage> {
        guarded(|| {
            let (threads, bytes) = match size {
                Size::Small => (1, 30_000_000),
                Size::Large => (2, 50_000_000),
            };
            let options = IndexWriterOptions::builder()
                .num_worker_threads(threads)
                .memory_budget_per_thread(bytes)
                .num_merge_threads(1)
                .build();
            let writer: IndexWriter = generation.index.writer_with_options(options)?;
            writer.set_merge_policy(Box::new(merge_policy()));
            generation.reader.reload()?;
            let revisions = revisions(&generation)?;
            let payload = generation.index.load_metas()?.payload.unwrap_or_default();
            let position = serde_json::from_str(&payload).unwrap_or_default();
            Ok(Self {
                generation,
                writer,
                revisions,
                pending: 0,
                position,
            })
        })
    }

    /// The version in the index.
    pub(super) fn rev(&self, id: i64) -> Option<i64> {
        self.revisions.get(&id).copied()
    }

    /// Every document with its version.
    pub(super) fn revisions(&self) -> &HashMap<i64, i64> {
        &self.revisions
    }

    /// Changes since the last commit.
    pub(super) fn pending(&self) -> usize {
        self.pending
    }

    /// Puts a document in place of the one with its id. False: that version was there already.
    pub(super) fn put(&mut self, document: &Document) -> Result<bool, Damage> {
        if self.rev(document.id) == Some(document.rev) {
            return Ok(false);
        }
        self.remove(document.id);
        let filled = self.generation.fields.fill(document);
        guarded(|| Ok(self.writer.add_document(filled)?))?;
        self.revisions.insert(document.id, document.rev);
        self.pending += 1;
        Ok(true)
    }

    /// Takes a document out. False: it was not there.
    pub(super) fn remove(&mut self, id: i64) -> bool {
        if self.revisions.remove(&id).is_none() {
            return false;
        }
        self.writer
            .delete_term(Term::from_field_i64(self.generation.fields.id, id));
        self.pending += 1;
        true
    }

    /// Makes all changes durable and visible together with the position.
    pub(super) fn commit(&mut self, position: &Position) -> Result<(), Damage> {
        let started = Instant::now();
        let payload = serde_json::to_string(position).unwrap_or_default();
        guarded(|| {
            let mut prepared = self.writer.prepare_commit()?;
            prepared.set_payload(&payload);
            prepared.commit()?;
            generation::sync_folder(&self.generation.path)?;
            self.generation.reader.reload()?;
            Ok(())
        })?;
        self.pending = 0;
        self.position = position.clone();
        metrics::histogram!("hansei_index_commit_seconds").record(started.elapsed().as_secs_f64());
        let documents = u32::try_from(self.revisions.len()).unwrap_or(u32::MAX);
        metrics::gauge!("hansei_index_documents").set(f64::from(documents));
        Ok(())
    }
}

/// Small segments are merged soon, large ones are left alone so that a merge never stalls a search for long.
fn merge_policy() -> LogMergePolicy {
    let mut policy = LogMergePolicy::default();
    policy.set_min_num_segments(6);
    policy.set_min_layer_size(1_000);
    policy.set_max_docs_before_merge(200_000);
    policy.set_del_docs_ratio_before_merge(0.3);
    policy
}

fn revisions(generation: &Generation) -> Result<HashMap<i64, i64>, Damage> {
    let searcher = generation.reader.searcher();
    let mut revisions = HashMap::new();
    for segment in searcher.segment_readers() {
        let id = segment.fast_fields().i64(column::ID)?;
        let rev = segment.fast_fields().i64(column::REV)?;
        for doc in segment.doc_ids_alive() {
            if let (Some(id), Some(rev)) = (id.first(doc), rev.first(doc)) {
                revisions.insert(id, rev);
            }
        }
    }
    Ok(revisions)
}

/// A position at the beginning of a history.
pub(super) fn start(
    epoch: String,
    timeline: String,
    system_identifier: Option<String>,
) -> Position {
    Position {
        epoch,
        timeline,
        system_identifier,
        schema: schema::fingerprint(),
        ..Position::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_position_knows_what_it_includes() {
        let position = Position {
            cursor: 10,
            snapshot: "10:20:10,15".into(),
            ..Position::default()
        };
        for (xid, included) in [
            (9, true),
            (10, false),
            (12, true),
            (15, false),
            (19, true),
            (20, false),
        ] {
            assert_eq!(position.includes(xid), included, "{xid}");
        }
        assert!(!Position::default().includes(0));
    }

    #[test]
    fn another_history_is_noticed() {
        let here = start("e".into(), "1".into(), Some("s".into()));
        assert!(here.is_of(&Position {
            timeline: "2".into(),
            ..here.clone()
        }));
        assert!(!here.is_of(&Position {
            epoch: "f".into(),
            ..here.clone()
        }));
        assert!(here.continues(&Position {
            system_identifier: None,
            cursor: 5,
            ..here.clone()
        }));
        assert!(!here.continues(&Position {
            system_identifier: Some("t".into()),
            ..here.clone()
        }));
        assert!(!here.continues(&Position {
            timeline: "2".into(),
            ..here.clone()
        }));
        assert!(!here.continues(&Position {
            epoch: "f".into(),
            ..here.clone()
        }));
        assert!(!here.continues(&Position::default()));
    }
}
