//! An index of documents that no database has, in a folder of its own that goes with it: to measure how well search
//! finds. Fields, analyzers, writer and questions are those of every index.

use super::document::Document;
use super::generation::Generation;
use super::index::Index;
use super::indexer::IndexerError;
use super::writing::{Position, Size, Writing};
use std::ops::Deref;
use std::sync::Arc;
use tempfile::TempDir;

/// An [`Index`] that nothing follows; dropping it deletes its folder.
#[derive(Debug)]
pub struct PrivateIndex {
    // Dropped before the folder.
    index: Index,
    _folder: TempDir,
}

impl Deref for PrivateIndex {
    type Target = Index;

    fn deref(&self) -> &Index {
        &self.index
    }
}

impl Index {
    /// An index of these documents, each with an id of its own, in a temporary folder. Blocks while it is built.
    pub fn private(documents: &[Document]) -> Result<PrivateIndex, IndexerError> {
        let folder = tempfile::Builder::new().prefix("hansei-index-").tempdir()?;
        let index = Self::open(folder.path())?;
        let generation = Arc::new(Generation::create(folder.path())?);
        // One thread: segments, and so the order of equal hits, are the same every time.
        let mut writing = Writing::open(Arc::clone(&generation), Size::Small)?;
        for document in documents {
            writing.put(document)?;
        }
        writing.commit(&Position::default())?;
        generation.publish(folder.path())?;
        index.serve(Some(generation));
        index.learn(&|| true);
        Ok(PrivateIndex {
            index,
            _folder: folder,
        })
    }
}
