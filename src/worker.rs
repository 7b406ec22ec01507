//! Housekeeping: what nobody waits for, done once in a while by every node, and knowing how the node is.

use crate::accounts::{self, SessionLimits};
use crate::platform::app::Site;
use crate::platform::clock::Clock;
use crate::platform::db::migrate::{self, MigrateError};
use crate::platform::db::{Connection, Pool, Session};
use crate::platform::http::server::Readiness;
use crate::platform::objects::{Bucket, Condition};
use crate::platform::search::{self, Index, Indexer};
use crate::reports::{self, Telling};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};
use std::sync::Arc;
use std::time::Duration;

/// How often a node looks.
const EVERY: Duration = Duration::from_hours(1);

/// Sweeps now and then until the task is dropped.
#[expect(clippy::infinite_loop, reason = "whoever started the task drops it")]
pub(crate) async fn sweep_regularly(
    (pool, bucket): (Pool, Option<Arc<Bucket>>),
    clock: Clock,
    limits: SessionLimits,
) {
    loop {
        // Not one of the pool: what has waited for long may take longer than a request may.
        match pool.settings().connect(Session::Background).await {
            Ok(mut conn) => sweep(&mut conn, bucket.as_deref(), clock.now(), limits).await,
            Err(error) => tracing::warn!(%error, "housekeeping has to wait for the database"),
        }
        tokio::time::sleep(EVERY).await;
    }
}

async fn sweep(
    conn: &mut Connection,
    bucket: Option<&Bucket>,
    now: Timestamp,
    limits: SessionLimits,
) {
    if let Err(error) = accounts::forget_outdated(conn, now, limits).await {
        tracing::warn!(%error, "ended sessions could not be removed");
    }
    let week_ago = now
        .saturating_sub(SignedDuration::from_hours(7 * 24))
        .unwrap_or(Timestamp::MIN);
    if let Err(error) = reports::forget_keys(conn, week_ago).await {
        tracing::warn!(%error, "old idempotency keys could not be removed");
    }
    if let Err(error) = reports::remind_of_reviews(conn, week_ago, now).await {
        tracing::warn!(%error, "nobody could be reminded of reviews that wait");
    }
    let season_ago = now
        .saturating_sub(SignedDuration::from_hours(90 * 24))
        .unwrap_or(Timestamp::MIN);
    if let Err(error) = reports::forget_notifications(conn, season_ago).await {
        tracing::warn!(%error, "old notifications could not be removed");
    }
    if let Err(error) = reports::forget_files(conn, week_ago).await {
        tracing::warn!(%error, "files that no report has could not be removed");
    }
    if let Some(bucket) = bucket
        && let Err(error) = reports::forget_objects(conn, bucket, week_ago).await
    {
        tracing::warn!(%error, "objects that no file has could not be removed");
    }
    if let Err(error) = search::trim_change_log(conn).await {
        tracing::warn!(%error, "the change log could not be trimmed");
    }
}

/// How often a node looks for reports whose words the fallback search lacks.
const WORD_EVERY: Duration = Duration::from_secs(10);

/// Finds the words of what was saved, for the search without an index, until the task is dropped.
#[expect(clippy::infinite_loop, reason = "whoever started the task drops it")]
pub(crate) async fn find_words_regularly(pool: Pool) {
    loop {
        while let Ok(mut conn) = pool.get().await {
            match reports::find_words(&mut conn).await {
                Ok(0) => break,
                Ok(_some) => {}
                Err(error) => {
                    tracing::warn!(%error, "the words of saved reports could not be found");
                    break;
                }
            }
        }
        tokio::time::sleep(WORD_EVERY).await;
    }
}

/// How often a node looks for new reports to tell of, and for what was searched for in vain.
const TELL_EVERY: Duration = Duration::from_secs(5);

/// Tells those who saved a search of new reports that it finds, and keeps what nobody has written, until the task is dropped.
#[expect(clippy::infinite_loop, reason = "whoever started the task drops it")]
pub(crate) async fn tell_regularly((pool, index): (Pool, Index), site: Arc<Site>) {
    let rules = accounts::rules(&site.settings);
    loop {
        tokio::time::sleep(TELL_EVERY).await;
        // Not one of the pool: between two statements many searches are tried.
        let Ok(mut conn) = pool.settings().connect(Session::Background).await else {
            continue;
        };
        let now = site.clock.now();
        if let Err(error) = reports::keep_gaps(&mut conn, &site.missed, now).await {
            tracing::warn!(%error, "what was searched for in vain could not be kept");
        }
        loop {
            match reports::tell_of_published(&mut conn, &index, (rules, now)).await {
                Ok(Telling::Told(_)) => {}
                Ok(Telling::Nothing | Telling::Later) => break,
                Err(error) => {
                    tracing::warn!(%error, "nobody could be told of new reports");
                    break;
                }
            }
        }
    }
}

/// How often a node asks the bucket whether it answers.
const ASK_EVERY: Duration = Duration::from_secs(30);

/// Knows how the bucket is until the task is dropped. What goes wrong is logged there, once.
#[expect(clippy::infinite_loop, reason = "the task is dropped, it does not end")]
pub(crate) async fn look_after(bucket: Arc<Bucket>) {
    loop {
        tokio::time::sleep(ASK_EVERY).await;
        drop(bucket.look().await);
    }
}

/// How often a node looks at itself.
const CHECK_EVERY: Duration = Duration::from_secs(1);
/// A database that takes longer to say something is away.
const CHECK_LIMIT: Duration = Duration::from_secs(2);
/// An index that is older is worth a word, even though it serves.
const BEHIND: Duration = Duration::from_secs(10);

/// Keeps `/readyz` and its metrics true until the task is dropped.
///
/// The connection is its own: a pool that is busy does not make a node unfit. Neither does the index, without which
/// the database answers; requests sent elsewhere would meet the same database, and the same bucket.
#[expect(clippy::infinite_loop, reason = "the task is dropped, it does not end")]
pub(crate) async fn watch_over(
    (pool, bucket): (Pool, Option<Arc<Bucket>>),
    indexer: Arc<Indexer>,
    readiness: Readiness,
) {
    let mut connection = None;
    loop {
        let database = tokio::time::timeout(CHECK_LIMIT, database(&pool, &mut connection)).await;
        let (fit, database) = database.unwrap_or((false, "does not answer"));
        if !fit {
            connection = None;
        }
        let mut details = Map::new();
        details.insert("database".to_owned(), json!(database));
        describe_index(&indexer, &mut details);
        if let Some(bucket) = &bucket {
            details.insert("bucket".to_owned(), json!(bucket.condition().words()));
            let is_fine = bucket.condition() == Condition::Fine;
            gauge("hansei_bucket_fine", u64::from(is_fine));
        }
        if fit != readiness.is_fit() {
            tracing::warn!(ready = fit, database, "readiness changed");
        }
        readiness.report(fit, details);
        let (open, idle) = pool.usage();
        gauge("hansei_ready", u64::from(fit));
        gauge(
            "hansei_database_connections",
            u64::try_from(open).unwrap_or(u64::MAX),
        );
        gauge(
            "hansei_database_connections_idle",
            u64::try_from(idle).unwrap_or(u64::MAX),
        );
        tokio::time::sleep(CHECK_EVERY).await;
    }
}

/// Whether the database answers and has the tables that this program expects.
async fn database(pool: &Pool, connection: &mut Option<Connection>) -> (bool, &'static str) {
    let mut open = match connection.take() {
        Some(open) => open,
        None => match pool.settings().connect(Session::Request).await {
            Ok(open) => open,
            Err(_away) => return (false, "away"),
        },
    };
    let pending = migrate::pending(&mut open).await;
    *connection = Some(open);
    match pending {
        Ok(pending) if pending.is_empty() => (true, "ok"),
        Ok(_older) => (false, "lacks migrations"),
        // Another node brought a newer version: this one still works until it is replaced.
        Err(MigrateError::Newer(_)) => (true, "newer than this program"),
        Err(_) => (false, "away"),
    }
}

fn describe_index(indexer: &Indexer, details: &mut Map<String, Value>) {
    let status = indexer.status();
    let lag = status.lag();
    let index = if status.rebuilding() {
        "rebuilding; the database answers searches"
    } else if status.following {
        "kept by another process"
    } else if status.last_error.is_some() || lag.is_none_or(|lag| lag > BEHIND) {
        "behind; trying again"
    } else {
        "ok"
    };
    let milliseconds = lag.map(|lag| u64::try_from(lag.as_millis()).unwrap_or(u64::MAX));
    details.insert("index".to_owned(), json!(index));
    details.insert("index_lag_ms".to_owned(), json!(milliseconds));
    details.insert("index_documents".to_owned(), json!(status.documents));
    gauge("hansei_index_usable", u64::from(!status.rebuilding()));
    if let Some(lag) = lag {
        metrics::gauge!("hansei_index_lag_seconds").set(lag.as_secs_f64());
    }
}

fn gauge(name: &'static str, value: u64) {
    metrics::gauge!(name).set(f64::from(u32::try_from(value).unwrap_or(u32::MAX)));
}
