//! Turns of uploads: a few files stand in memory at once, and nobody takes all turns by sending slowly.

use crate::accounts::Actor;
use crate::platform::http::Error;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, SemaphorePermit};

/// So many files are read at once on a node: each stands in memory whole.
static UPLOADS: Semaphore = Semaphore::const_new(8);
/// So many of them at most are of one person, or of one bot.
const OF_ONE: usize = 2;
/// The turns of those who are uploading.
static OWN: Mutex<BTreeMap<String, Arc<Semaphore>>> = Mutex::new(BTreeMap::new());
/// How long an upload waits for its turn.
const LONGEST_WAIT: Duration = Duration::from_secs(10);

/// The turn of an upload, held while its file stands in memory.
#[derive(Debug)]
pub(crate) struct Turn {
    _own: OwnedSemaphorePermit,
    _everybodys: SemaphorePermit<'static>,
}

/// Waits for this actor's turn.
pub(crate) async fn turn(actor: &Actor) -> Result<Turn, Error> {
    let own = own(actor);
    let both = async {
        Ok::<_, tokio::sync::AcquireError>(Turn {
            _own: own.acquire_owned().await?,
            _everybodys: UPLOADS.acquire().await?,
        })
    };
    let turn = tokio::time::timeout(LONGEST_WAIT, both).await;
    turn.map_err(Error::unavailable)?.map_err(Error::internal)
}

fn own(actor: &Actor) -> Arc<Semaphore> {
    // A person's tokens are that person.
    let who = match actor.person_id() {
        Some(person) => format!("person:{person}"),
        None => actor.idempotency_owner().unwrap_or_default(),
    };
    let mut all = OWN.lock().unwrap_or_else(PoisonError::into_inner);
    all.retain(|_, turns| Arc::strong_count(turns) > 1);
    let turns = all
        .entry(who)
        .or_insert_with(|| Arc::new(Semaphore::new(OF_ONE)));
    Arc::clone(turns)
}
