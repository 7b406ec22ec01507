//! The index follows Postgres: late commits, deletions, another history, lost folders, and other processes.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use diesel::QueryableByName;
use diesel::sql_types::{Array, BigInt, Text};
use diesel_async::{AsyncPgConnection, RunQueryDsl as _, SimpleAsyncConnection as _};
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use hansei::platform::db::Session;
use hansei::platform::search::{
    self, Audience, Condition, ConnectError, Document, Filters, Index, Indexer, Order, Request,
    Round, SearchError, Source,
};

use crate::support::postgres::TestDatabase;

/// Long enough for a machine that does other things too; reached only by a failing test.
const LIMIT: Duration = Duration::from_secs(20);

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = BigInt)]
    id: i64,
    #[diesel(sql_type = BigInt)]
    rev: i64,
    #[diesel(sql_type = Text)]
    title: String,
}

fn load<'a>(
    connection: &'a mut AsyncPgConnection,
    ids: &'a [i64],
) -> BoxFuture<'a, diesel::QueryResult<Vec<Document>>> {
    async move {
        let query = diesel::sql_query("SELECT id, rev, title FROM reports WHERE id = ANY($1)");
        let rows: Vec<Row> = query.bind::<Array<BigInt>, _>(ids).load(connection).await?;
        let document = |row: Row| Document {
            id: row.id,
            rev: row.rev,
            title: row.title,
            ..Document::default()
        };
        Ok(rows.into_iter().map(document).collect())
    }
    .boxed()
}

struct World {
    database: TestDatabase,
    folder: PathBuf,
}

impl Drop for World {
    fn drop(&mut self) {
        let _gone = std::fs::remove_dir_all(&self.folder);
    }
}

impl World {
    async fn new() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("index-{}-{number}", std::process::id());
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
        Self {
            database: TestDatabase::new().await,
            folder,
        }
    }

    fn index(&self) -> Index {
        Index::open(&self.folder).unwrap()
    }

    fn source(&self) -> Source {
        let settings = self.database.settings();
        Source {
            connect: Arc::new(move || {
                let settings = settings.clone();
                async move {
                    settings
                        .connect(Session::Background)
                        .await
                        .map_err(ConnectError::from)
                }
                .boxed()
            }),
            load,
        }
    }

    async fn run(&self, sql: &str) {
        self.database
            .connect()
            .await
            .batch_execute(sql)
            .await
            .unwrap();
    }

    async fn round(&self, index: &Index) -> Round {
        search::catch_up(index, &self.source()).await.unwrap()
    }
}

fn report(number: i64, title: &str) -> String {
    format!(
        "INSERT INTO reports (number, slug, title, kind, plain_text) VALUES ({number}, 's-{number}', '{title}', 'incident', '')"
    )
}

fn find(index: &Index, text: &str) -> Result<usize, SearchError> {
    let request = Request {
        query: &search::query::parse(text),
        filters: &Filters::default(),
        audience: &Audience::Everything,
        limit: 10,
        offset: 0,
        facets: false,
        order: Order::Relevance,
    };
    index.search(&request).map(|results| results.total)
}

async fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let started = Instant::now();
    while !holds() {
        assert!(started.elapsed() < LIMIT, "waited for {what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn a_change_is_applied_once() {
    let world = World::new().await;
    let index = world.index();
    world.run(&report(1, "First zebra")).await;
    assert_eq!(world.round(&index).await, Round::Rebuilt(1));
    assert_eq!(world.round(&index).await, Round::Unchanged);
    world.run(&report(2, "Second zebra")).await;
    world
        .run("UPDATE reports SET title = 'First lion' WHERE number = 1")
        .await;
    assert_eq!(
        world.round(&index).await,
        Round::Applied(3),
        "two documents in, one out"
    );
    assert_eq!(
        (find(&index, "zebra"), find(&index, "lion")),
        (Ok(1), Ok(1))
    );
    assert_eq!(world.round(&index).await, Round::Unchanged);
    world.run("DELETE FROM reports WHERE number = 2").await;
    assert_eq!(world.round(&index).await, Round::Applied(1));
    assert_eq!(find(&index, "zebra"), Ok(0));
}

#[tokio::test]
async fn a_transaction_that_commits_late_is_neither_missed_nor_waited_for() {
    let world = World::new().await;
    let index = world.index();
    let mut late = world.database.connect().await;
    late.batch_execute(&format!("BEGIN; {}", report(1, "Late zebra")))
        .await
        .unwrap();
    world.round(&index).await;
    world.run(&report(2, "Early zebra")).await;
    world.round(&index).await;
    assert_eq!(
        find(&index, "zebra"),
        Ok(1),
        "the late one does not hold up the early one"
    );
    assert_eq!(
        world.round(&index).await,
        Round::Unchanged,
        "which is not applied again"
    );
    late.batch_execute("COMMIT").await.unwrap();
    assert_eq!(world.round(&index).await, Round::Applied(1));
    assert_eq!(find(&index, "zebra"), Ok(2));
}

#[tokio::test]
async fn another_history_means_a_new_index() {
    let world = World::new().await;
    let index = world.index();
    world.run(&report(1, "Zebra")).await;
    world.round(&index).await;
    // As after a restore: the same versions may have other contents.
    world
        .run("ALTER TABLE reports DISABLE TRIGGER USER; UPDATE reports SET title = 'Lion'")
        .await;
    assert_eq!(world.round(&index).await, Round::Unchanged);
    world
        .run("UPDATE change_log_floor SET epoch = gen_random_uuid()")
        .await;
    assert_eq!(world.round(&index).await, Round::Rebuilt(1));
    assert_eq!(
        (find(&index, "zebra"), find(&index, "lion")),
        (Ok(0), Ok(1))
    );
    assert_eq!(index.generations().len(), 1, "the old one is gone");
}

#[tokio::test]
async fn an_index_that_was_away_too_long_compares_everything() {
    let world = World::new().await;
    let index = world.index();
    world.round(&index).await;
    world.run(&report(1, "Zebra")).await;
    world
        .run("UPDATE change_log SET logged_at = now() - interval '8 days'")
        .await;
    world.run(&report(2, "Recent")).await;
    let mut connection = world.database.connect().await;
    // Nothing goes that a transaction under way might still need, and other tests have some.
    let begun = Instant::now();
    let mut trimmed = 0;
    while trimmed == 0 && begun.elapsed() < LIMIT {
        trimmed = search::trim_change_log(&mut connection).await.unwrap();
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(trimmed, 1, "the recent one stays");
    assert_eq!(search::trim_change_log(&mut connection).await.unwrap(), 0);
    assert_eq!(world.round(&index).await, Round::Applied(2));
    assert_eq!(find(&index, "zebra"), Ok(1));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_thread_follows_heals_and_tells_others() {
    let world = World::new().await;
    let index = world.index();
    assert_eq!(find(&index, "zebra"), Err(SearchError::Unavailable));
    let indexer = Indexer::spawn(index.clone(), world.source()).unwrap();
    until("the first index", || find(&index, "zebra") == Ok(0)).await;

    world.run(&report(1, "Zebra")).await;
    indexer.wake();
    until("the new report", || find(&index, "zebra") == Ok(1)).await;

    // Another process waits for what it stored, though the last transaction changed no report.
    let mut connection = world.database.connect().await;
    let xid = search::current_transaction(&mut connection).await.unwrap();
    assert!(search::wait_until(&world.folder, xid, LIMIT).await);
    assert!(!search::wait_until(&world.folder, xid + 1_000_000, Duration::from_millis(100)).await);

    // It does not write beside the server, but may ask for a new index.
    let other = Index::open(&world.folder).unwrap();
    assert_eq!(world.round(&other).await, Round::Following);
    let before = indexer.status().generation.unwrap();
    search::rebuild(&other, &world.source(), LIMIT)
        .await
        .unwrap();
    until("the new generation", || {
        indexer
            .status()
            .generation
            .is_some_and(|name| name != before)
    })
    .await;

    // The indexer may be tidying up beside us.
    until("the removal", || {
        std::fs::remove_dir_all(&world.folder).is_ok()
    })
    .await;
    until("the folder", || world.folder.join("CURRENT").exists()).await;
    until("the report again", || find(&index, "zebra") == Ok(1)).await;
    // It is found a moment before the round that found it is over.
    until("the fault is over", || {
        indexer.status().last_error.is_none()
    })
    .await;
    assert!(indexer.status().lag().is_some_and(|lag| lag < LIMIT));
    indexer.stop();
    assert!(other.documents().is_some());
    assert!(
        matches!(world.round(&other).await, Round::Unchanged),
        "the lock is free again"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_index_of_another_database_is_not_served() {
    let (ours, theirs) = (World::new().await, World::new().await);
    ours.run(&report(1, "Zebra")).await;
    let index = ours.index();
    ours.round(&index).await;
    // Keeps the lock, as a server does.
    let indexer = Indexer::spawn(index.clone(), ours.source()).unwrap();
    until("the lock", || indexer.status().synchronised_at.is_some()).await;
    let stranger = Index::open(&ours.folder).unwrap();
    let round = search::catch_up(&stranger, &theirs.source()).await.unwrap();
    assert_eq!(round, Round::Following);
    assert_eq!(find(&stranger, "zebra"), Err(SearchError::Unavailable));
    let friend = Index::open(&ours.folder).unwrap();
    assert_eq!(ours.round(&friend).await, Round::Following);
    assert_eq!(find(&friend, "zebra"), Ok(1));

    let mut connection = theirs.database.connect().await;
    let made = search::made_from(&ours.folder, &mut connection).await;
    assert!(!made.unwrap());
    let condition = search::inspect(&ours.folder, &mut connection, 1).await;
    assert!(
        matches!(condition.unwrap(), Condition::Stale(why) if why.contains("another database"))
    );
    indexer.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_with_an_index_is_said() {
    let world = World::new().await;
    let mut connection = world.database.connect().await;
    let mut look = async |reports| {
        let condition = search::inspect(&world.folder, &mut connection, reports).await;
        condition.unwrap()
    };
    assert_eq!(look(0).await, Condition::Missing);
    world.run(&report(1, "Zebra")).await;
    world.round(&world.index()).await;
    assert_eq!(look(1).await, Condition::Sound(1));
    assert!(
        matches!(look(0).await, Condition::Stale(why) if why.contains("1 documents for 0 reports"))
    );

    let current = world.folder.join("CURRENT");
    let name = std::fs::read_to_string(&current).unwrap();
    let files = std::fs::read_dir(world.folder.join(name.trim())).unwrap();
    let store = files
        .map(|entry| entry.unwrap().path())
        .find(|path| path.extension().is_some_and(|kind| kind == "store"))
        .unwrap();
    let whole = std::fs::read(&store).unwrap();
    let mut flipped = whole.clone();
    flipped[0] ^= 1;
    std::fs::write(&store, flipped).unwrap();
    assert!(matches!(look(1).await, Condition::Damaged(_)));
    std::fs::write(&store, whole).unwrap();
    assert_eq!(look(1).await, Condition::Sound(1));
    std::fs::write(&current, "\0garbage").unwrap();
    assert!(matches!(look(1).await, Condition::Damaged(_)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_is_away_is_waited_for() {
    let world = World::new().await;
    let index = world.index();
    world.run(&report(1, "Zebra")).await;
    world.round(&index).await;
    let real = world.source();
    let away = Arc::new(AtomicBool::new(true));
    let switch = Arc::clone(&away);
    let source = Source {
        connect: Arc::new(move || {
            let (away, connect) = (
                AtomicBool::load(&switch, Ordering::Relaxed),
                Arc::clone(&real.connect),
            );
            async move {
                if away {
                    Err("away".into())
                } else {
                    connect().await
                }
            }
            .boxed()
        }),
        load,
    };
    let indexer = Indexer::spawn(index.clone(), source).unwrap();
    until("the error", || {
        indexer
            .status()
            .last_error
            .is_some_and(|error| error.contains("away"))
    })
    .await;
    assert_eq!(find(&index, "zebra"), Ok(1), "what is there is searched on");
    away.store(false, Ordering::Relaxed);
    until("the connection", || indexer.status().last_error.is_none()).await;
    indexer.stop();
}
