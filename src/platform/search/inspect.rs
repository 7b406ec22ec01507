//! Looking at an index from outside: is it there, whole, and of this database?

use std::path::Path;

use super::generation::{self, Damage, Generation};
use super::indexer::{self, IndexerError};
use super::writing::Position;
use crate::platform::db::Connection;

/// How an index is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Condition {
    /// There is none yet.
    Missing,
    /// It cannot be read: why.
    Damaged(String),
    /// It can be read and does not say what the database says: how so.
    Stale(String),
    /// It has so many documents, as the database has.
    Sound(u64),
}

/// Reads every byte of the index in `folder` and compares it with the database, which has so many `reports`. Blocks
/// while it reads.
pub async fn inspect(
    folder: &Path,
    connection: &mut Connection,
    reports: u64,
) -> Result<Condition, IndexerError> {
    let name = match generation::current(folder) {
        Some(name) => name,
        None if folder.join("CURRENT").exists() => {
            return Ok(Condition::Damaged("CURRENT names no index".to_owned()));
        }
        None => return Ok(Condition::Missing),
    };
    if !folder.join(&name).exists() {
        return Ok(Condition::Damaged(format!("its folder {name} is missing")));
    }
    let documents = match read(folder, &name) {
        Ok(documents) => documents,
        Err(Damage::OtherVersion) => return Ok(Condition::Stale(Damage::OtherVersion.to_string())),
        Err(damage) => return Ok(Condition::Damaged(damage.to_string())),
    };
    if !made_from(folder, connection).await? {
        return Ok(Condition::Stale(
            "it was made from another database".to_owned(),
        ));
    }
    if documents != reports {
        return Ok(Condition::Stale(format!(
            "{documents} documents for {reports} reports"
        )));
    }
    Ok(Condition::Sound(documents))
}

fn read(folder: &Path, name: &str) -> Result<u64, Damage> {
    let generation = Generation::open(folder, name, true).or_else(|_damage| {
        // A merge that ends in between deletes files of the commit just read: look again.
        Generation::open(folder, name, true)
    })?;
    Ok(generation.reader.searcher().num_docs())
}

/// Whether the index in `folder` was made from the database behind the connection; false when there is none.
pub async fn made_from(folder: &Path, connection: &mut Connection) -> Result<bool, IndexerError> {
    let Some(position) = Position::read(folder) else {
        return Ok(false);
    };
    Ok(indexer::now(connection).await?.is_of(&position))
}
