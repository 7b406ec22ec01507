//! Migrations, the pool and notifications against a real server.

use std::path::{Path, PathBuf};
use std::time::Duration;

use diesel_async::SimpleAsyncConnection as _;
use hansei::platform::db::listen::listen;
use hansei::platform::db::migrate::{self, MigrateError};
use hansei::platform::db::{Pool, Session, is_unavailable};
use tokio::sync::mpsc;

use crate::support::postgres::{TestDatabase, text};

#[tokio::test]
async fn migrations_go_up_down_and_up_again() {
    let database = TestDatabase::empty().await;
    let count = migrate::run(&database.settings()).await.unwrap();
    assert_eq!(count, migrate::known().len());
    assert_eq!(migrate::run(&database.settings()).await.unwrap(), 0);
    let sql = "SELECT concat_ws(' ', kind, name) AS text FROM (
        SELECT 'table' AS kind, relname AS name FROM pg_class WHERE relnamespace = 'public'::regnamespace
        UNION ALL SELECT 'function', proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace
        ) AS everything WHERE name NOT LIKE '%diesel%' ORDER BY 1";
    let first = text(&mut database.connect().await, sql).await;
    assert!(first.contains(&"table reports".to_owned()), "{first:?}");
    migrate::revert_all(&database.settings()).await.unwrap();
    let left = text(&mut database.connect().await, sql).await;
    assert_eq!(left, Vec::<String>::new());
    assert_eq!(migrate::run(&database.settings()).await.unwrap(), count);
    assert_eq!(text(&mut database.connect().await, sql).await, first);
}

/// The SQL of the migrations from the 17th on, in their order: each with its way back.
fn late_migrations() -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations");
    let read = |it: &PathBuf, file: &str| std::fs::read_to_string(it.join(file)).unwrap();
    let mut folders: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|it| {
            let name = it.file_name().unwrap().to_str().unwrap();
            let number = name.split(['-', '_']).nth(3);
            number.is_some_and(|it| it.parse::<u32>().is_ok_and(|number| number >= 17))
        })
        .collect();
    folders.sort();
    folders
        .iter()
        .map(|it| (read(it, "up.sql"), read(it, "down.sql")))
        .collect()
}

#[tokio::test]
async fn migrations_go_down_and_up_with_a_history_of_every_kind() {
    let database = TestDatabase::new().await;
    let mut connection = database.connect().await;
    let events = text(
        &mut connection,
        "SELECT DISTINCT m[1] AS text FROM pg_constraint c,
             regexp_matches(pg_get_constraintdef(c.oid), '''([a-z_]+)''', 'g') AS m
         WHERE conname = 'revisions_event_known'",
    )
    .await;
    assert!(events.contains(&"renamed".to_owned()), "{events:?}");
    let sql = format!(
        "INSERT INTO reports (number, slug, title, kind, plain_text) VALUES (1, 'a-1', 'A', 'incident', 'Words of it');
         INSERT INTO revisions (report_id, number, document, event, note, author_name, created_at)
         SELECT r.id, e.ord, 'x', e.event, '', 'Ana', now() FROM reports r,
             unnest(ARRAY['{}']) WITH ORDINALITY AS e (event, ord);
         UPDATE reports SET revision = {}",
        events.join("','"),
        events.len(),
    );
    connection.batch_execute(&sql).await.unwrap();
    let migrations = late_migrations();
    assert!(migrations.len() >= 3);
    for (_, down) in migrations.iter().rev() {
        connection.batch_execute(down).await.unwrap();
    }
    for (up, _) in &migrations {
        connection.batch_execute(up).await.unwrap();
    }
    let kept = "SELECT count(*)::text AS text FROM revisions";
    assert_eq!(
        text(&mut connection, kept).await,
        [events.len().to_string()]
    );
    while hansei::reports::find_words(&mut connection).await.unwrap() > 0 {}
    let words = "SELECT words::text AS text FROM fallback_words";
    assert!(text(&mut connection, words).await[0].contains("'word'"));
}

#[tokio::test]
async fn nodes_that_start_together_migrate_once() {
    let database = TestDatabase::empty().await;
    let runs = (0..4).map(|_| {
        let settings = database.settings();
        tokio::spawn(async move { migrate::run(&settings).await.unwrap() })
    });
    let mut counts = Vec::new();
    for run in runs.collect::<Vec<_>>() {
        counts.push(run.await.unwrap());
    }
    counts.sort_unstable();
    assert_eq!(counts, [0, 0, 0, migrate::known().len()]);
}

#[tokio::test]
async fn a_newer_database_is_refused() {
    let database = TestDatabase::new().await;
    let mut connection = database.connect().await;
    assert_eq!(
        migrate::pending(&mut connection).await.unwrap(),
        Vec::<String>::new()
    );
    let sql = "INSERT INTO __diesel_schema_migrations (version) VALUES ('29991231000001')";
    connection.batch_execute(sql).await.unwrap();
    let refusal = migrate::run(&database.settings()).await.unwrap_err();
    assert!(matches!(refusal, MigrateError::Newer(_)));
    assert!(
        refusal.to_string().contains("upgrade the program"),
        "{refusal}"
    );
}

#[tokio::test]
async fn a_server_that_may_lose_data_is_refused() {
    let database = TestDatabase::new().await;
    let settings = database.settings().refusing_data_loss();
    let outcome = migrate::run(&settings).await;
    // A server named by TEST_DATABASE_URL may well be a safe one.
    let mut connection = database.connect().await;
    let fsync = text(&mut connection, "SELECT current_setting('fsync') AS text").await;
    assert_eq!(
        matches!(outcome, Err(MigrateError::Unsafe(_))),
        fsync == ["off"]
    );
}

#[tokio::test]
async fn sessions_are_set_up_and_cut_connections_replaced() {
    let database = TestDatabase::new().await;
    let pool = Pool::new(database.settings(), Session::Request, 2).unwrap();
    let mut connection = pool.get().await.unwrap();
    let sql = "SELECT concat_ws(' ', current_setting('statement_timeout'), current_setting('lock_timeout'),
        current_setting('idle_in_transaction_session_timeout'), current_setting('synchronous_commit'),
        current_setting('timezone'), current_setting('application_name')) AS text";
    assert_eq!(
        text(&mut connection, sql).await,
        ["10s 2s 15s on UTC hansei"]
    );
    let best = "SELECT CASE WHEN 'lz4' = ANY(enumvals) THEN 'lz4' ELSE 'pglz' END AS text
        FROM pg_settings WHERE name = 'default_toast_compression'";
    let used = "SELECT setting AS text FROM pg_settings WHERE name = 'default_toast_compression'";
    assert_eq!(
        text(&mut connection, used).await,
        text(&mut connection, best).await
    );

    let cut = connection
        .batch_execute("SELECT pg_terminate_backend(pg_backend_pid())")
        .await
        .unwrap_err();
    assert!(is_unavailable(&cut), "{cut}");
    drop(connection);
    // The pool may learn of it a moment after the query did.
    let mut connection = pool.get().await.unwrap();
    let mut tries = 0;
    while let Err(error) = connection.batch_execute("SELECT 'well'").await {
        assert!(is_unavailable(&error) && tries < 1_000, "{error}");
        tries += 1;
        drop(connection);
        tokio::task::yield_now().await;
        connection = pool.get().await.unwrap();
    }

    let late = connection
        .batch_execute("SET statement_timeout = '10ms'; SELECT pg_sleep(5)")
        .await
        .unwrap_err();
    assert!(is_unavailable(&late), "{late}");
    let wrong = connection.batch_execute("SELEKT").await.unwrap_err();
    assert!(!is_unavailable(&wrong), "{wrong}");
}

#[tokio::test]
async fn a_listener_survives_its_connection() {
    let database = TestDatabase::new().await;
    let (sender, mut heard) = mpsc::unbounded_channel();
    let listener = listen(database.settings(), "test_channel", move || {
        let _receiver_gone = sender.send(());
    });
    let limit = Duration::from_secs(10);
    let mut next = async || {
        tokio::time::timeout(limit, heard.recv())
            .await
            .unwrap()
            .unwrap();
    };
    next().await;
    let mut connection = database.connect().await;
    connection
        .batch_execute("NOTIFY test_channel")
        .await
        .unwrap();
    next().await;
    let cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = current_database() AND query LIKE 'LISTEN%'";
    connection.batch_execute(cut).await.unwrap();
    // Once when it listens again: something may have been missed.
    next().await;
    connection
        .batch_execute("NOTIFY test_channel")
        .await
        .unwrap();
    next().await;
    drop(listener);
}
