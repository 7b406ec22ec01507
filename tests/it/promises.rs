//! What the database holds to by itself, whoever writes: the change log, the history, and room for every document.

use std::fmt::Write as _;

use diesel_async::SimpleAsyncConnection as _;
use hansei::platform::db::Connection;

use crate::support::app::TestApp;
use crate::support::postgres::{TestDatabase, text};

const ALL: &str = "search:read,reports:read,reports:write";

/// Three reports, each with a revision by Ana.
async fn filled(database: &TestDatabase) -> Connection {
    let mut connection = database.connect().await;
    connection
        .batch_execute(
            "INSERT INTO people (email, name) VALUES ('ana@example.org', 'Ana'), ('ben@example.org', 'Ben');
             INSERT INTO reports (number, slug, title, kind, plain_text)
                SELECT n, 'report-' || n, 'T', 'incident', '' FROM generate_series(1, 3) AS n;
             INSERT INTO revisions (report_id, number, document, author_id, author_name)
                SELECT r.id, 1, 'd', p.id, 'Ana' FROM reports r, people p WHERE p.name = 'Ana';
             INSERT INTO timeline_events (report_id, position, text)
                SELECT id, 0, 'x' FROM reports WHERE number = 1;
             INSERT INTO audit_log (person_id, actor, action) SELECT id, name, 'test' FROM people WHERE name = 'Ana';
             DELETE FROM change_log",
        )
        .await
        .unwrap();
    connection
}

async fn run(connection: &mut Connection, sql: &str) {
    connection.batch_execute(sql).await.unwrap();
}

/// The numbers of reports with a row in the change log.
async fn logged(connection: &mut Connection) -> Vec<String> {
    let sql = "SELECT DISTINCT r.number::text AS text FROM change_log l JOIN reports r ON r.id = l.report_id ORDER BY 1";
    text(connection, sql).await
}

async fn revs(connection: &mut Connection) -> Vec<String> {
    text(
        connection,
        "SELECT rev::text AS text FROM reports ORDER BY number",
    )
    .await
}

async fn refused(connection: &mut Connection, sql: &str, because: &str) {
    let error = connection.batch_execute(sql).await.unwrap_err();
    assert!(error.to_string().contains(because), "{sql}: {error}");
}

#[tokio::test]
async fn a_transaction_bumps_once_and_a_moved_row_changes_both_reports() {
    let database = TestDatabase::new().await;
    let mut connection = filled(&database).await;
    run(
        &mut connection,
        "UPDATE timeline_events SET report_id = (SELECT id FROM reports WHERE number = 2)",
    )
    .await;
    assert_eq!(logged(&mut connection).await, ["1", "2"]);
    assert_eq!(revs(&mut connection).await, ["2", "2", "1"]);
    run(
        &mut connection,
        "BEGIN;
         UPDATE reports SET title = 'U' WHERE number = 3;
         SAVEPOINT here;
         INSERT INTO learnings (report_id, position, kind, text) SELECT id, 0, 'lucky', 'x' FROM reports WHERE number > 1;
         UPDATE reports SET title = 'V' WHERE number = 3;
         DELETE FROM learnings;
         COMMIT",
    )
    .await;
    assert_eq!(revs(&mut connection).await, ["2", "3", "2"]);
    assert_eq!(logged(&mut connection).await, ["1", "2", "3"]);
}

#[tokio::test]
async fn a_transaction_id_that_comes_again_silences_nothing() {
    let database = TestDatabase::new().await;
    let mut connection = filled(&database).await;
    // As in a restored copy, whose transaction ids started over: report and log know this one already.
    for change in [
        "UPDATE reports SET title = 'U' WHERE number = 1",
        "INSERT INTO learnings (report_id, position, kind, text) SELECT id, 0, 'lucky', 'x' FROM reports WHERE number = 1",
        "UPDATE learnings SET text = 'y'",
    ] {
        let before = revs(&mut connection).await[0].parse::<u64>().unwrap();
        let sql = format!(
            "BEGIN;
             ALTER TABLE reports DISABLE TRIGGER USER;
             UPDATE reports SET changed_xid = pg_current_xact_id();
             ALTER TABLE reports ENABLE TRIGGER USER;
             INSERT INTO change_log (report_id, logged_at) SELECT id, now() - interval '8 days' FROM reports WHERE number = 1;
             {change};
             COMMIT"
        );
        run(&mut connection, &sql).await;
        assert_eq!(
            revs(&mut connection).await,
            [&(before + 1).to_string(), "1", "1"],
            "{change}"
        );
        let fresh = "SELECT count(*)::text AS text FROM change_log WHERE logged_at < now() - interval '1 day'";
        assert_eq!(text(&mut connection, fresh).await, ["0"], "{change}");
    }
    // Without a row in the log, the report alone must not silence it either.
    run(
        &mut connection,
        "BEGIN;
         ALTER TABLE reports DISABLE TRIGGER USER;
         UPDATE reports SET changed_xid = pg_current_xact_id();
         ALTER TABLE reports ENABLE TRIGGER USER;
         DELETE FROM change_log;
         UPDATE learnings SET text = 'z';
         COMMIT",
    )
    .await;
    assert_eq!(logged(&mut connection).await, ["1"]);
}

#[tokio::test]
async fn what_no_row_trigger_sees_is_refused() {
    let database = TestDatabase::new().await;
    let mut connection = filled(&database).await;
    for table in [
        "reports",
        "report_sections",
        "timeline_events",
        "report_factors",
        "learnings",
        "countermeasures",
        "report_services",
        "report_teams",
        "report_tags",
        "report_authors",
        "report_viewers",
        "services",
        "teams",
        "tags",
        "factors",
        "change_log",
    ] {
        let sql = format!("TRUNCATE {table} CASCADE");
        refused(&mut connection, &sql, "is refused").await;
    }
    // Every table that touches a report is in the list above.
    let unguarded = "SELECT DISTINCT tgrelid::regclass::text AS text FROM pg_trigger t
        WHERE NOT tgisinternal AND tgfoid::regproc::text IN ('report_touch', 'report_touch_both', 'report_log', 'named_touch')
          AND NOT EXISTS (SELECT FROM pg_trigger g WHERE g.tgrelid = t.tgrelid AND g.tgfoid = 'refuse_truncate'::regproc)";
    assert!(text(&mut connection, unguarded).await.is_empty());
}

#[tokio::test]
async fn history_is_only_added_to() {
    let database = TestDatabase::new().await;
    let mut connection = filled(&database).await;
    for sql in [
        "DELETE FROM revisions",
        "UPDATE revisions SET author_id = NULL",
        "UPDATE revisions SET author_id = (SELECT id FROM people WHERE name = 'Ben')",
        "UPDATE revisions SET document = 'e'",
        "TRUNCATE revisions CASCADE",
        "DELETE FROM audit_log",
        "UPDATE audit_log SET person_id = NULL",
        "UPDATE audit_log SET person_id = (SELECT id FROM people WHERE name = 'Ben')",
        "UPDATE audit_log SET action = 'other'",
        "UPDATE audit_log SET id = DEFAULT",
        "TRUNCATE audit_log",
    ] {
        refused(&mut connection, sql, "is append-only").await;
    }
    // A person can be forgotten: their name stays as it was written.
    run(&mut connection, "DELETE FROM people WHERE name = 'Ana'").await;
    let names = "SELECT DISTINCT concat(author_id, author_name) AS text FROM revisions
        UNION ALL SELECT concat(person_id, actor) FROM audit_log";
    assert_eq!(text(&mut connection, names).await, ["Ana", "Ana"]);
    for sql in [
        "UPDATE revisions SET author_id = (SELECT id FROM people WHERE name = 'Ben')",
        "UPDATE audit_log SET person_id = (SELECT id FROM people WHERE name = 'Ben')",
    ] {
        refused(&mut connection, sql, "is append-only").await;
    }
    // Revisions go with their report.
    run(&mut connection, "DELETE FROM reports WHERE number = 1").await;
    let left = text(
        &mut connection,
        "SELECT count(*)::text AS text FROM revisions",
    );
    assert_eq!(left.await, ["2"]);
}

#[tokio::test]
async fn what_says_nothing_or_says_it_twice_is_refused() {
    let database = TestDatabase::new().await;
    let mut connection = filled(&database).await;
    for (sql, because) in [
        ("UPDATE reports SET slug = ''", "reports_slug_shape"),
        ("UPDATE reports SET slug = 'a b'", "reports_slug_shape"),
        (
            "UPDATE reports SET slug = 'report-1' WHERE number = 2",
            "reports_slug_key",
        ),
        (
            "UPDATE reports SET import_key = repeat('鍵', 834) WHERE number = 1",
            "reports_import_key_length",
        ),
        (
            "INSERT INTO learnings (report_id, position, kind, text) SELECT id, 0, 'lucky', '' FROM reports",
            "learnings_text_given",
        ),
        (
            "INSERT INTO countermeasures (report_id, position, title) SELECT id, 0, '' FROM reports",
            "countermeasures_title_given",
        ),
    ] {
        refused(&mut connection, sql, because).await;
    }
}

#[tokio::test]
async fn every_foreign_key_has_an_index() {
    let database = TestDatabase::new().await;
    let mut connection = database.connect().await;
    let sql = "SELECT conname::text AS text FROM pg_constraint c WHERE contype = 'f' AND NOT EXISTS
        (SELECT FROM pg_index i WHERE i.indrelid = c.conrelid AND i.indkey[0] = c.conkey[1] AND i.indpred IS NULL)";
    assert_eq!(text(&mut connection, sql).await, Vec::<String>::new());
}

/// So many different words, each long enough that they fill a tsvector.
fn words(count: usize) -> String {
    (0..count).fold(String::new(), |mut words, number| {
        write!(words, "слово{number} ").unwrap();
        words
    })
}

#[tokio::test]
async fn every_document_within_the_limits_is_saved() {
    let app = TestApp::new().await;
    let bot = app.program(ALL).await;
    let short = (0..170_000_u32).fold(String::new(), |mut text, number| {
        write!(text, "{number:x} ").unwrap();
        text
    });
    for (name, text) in [
        ("different words", words(62_000)),
        ("short words", short),
        ("hyphens", "ab-cd-ef-".repeat(110_000)),
        ("addresses", "a.example/b?c=d&e=f ".repeat(50_000)),
        ("markup", "*_`<&[".repeat(170_000)),
        ("pictographs", "👩‍🚒".repeat(90_000)),
        (
            "rows",
            format!("## Timeline\n\n{}", "- 10:00 x\n".repeat(1_900)),
        ),
    ] {
        let document = format!("---\ntitle: \"① Отказ: {name}\"\n---\n\n{text}\n");
        assert!(
            document.len() <= hansei::reports::MAX_DOCUMENT_BYTES,
            "{name}"
        );
        let key = bot.write(&document, true).await;
        let stored = bot.get(&format!("/api/v1/reports/{key}")).await.is(200);
        assert!(
            stored.json()["title"].as_str().unwrap().ends_with(name),
            "{name}"
        );
    }
    let found = "SELECT number::text AS text FROM reports WHERE report_words(title, plain_text) @@ to_tsquery('english', 'слово7')";
    assert_eq!(app.rows(found).await, ["1"]);
    let mut connection = app.database.connect().await;
    while hansei::reports::find_words(&mut connection).await.unwrap() > 0 {}
    let without = "SELECT report_id::text AS text FROM fallback_words WHERE words IS NULL";
    assert_eq!(app.rows(without).await, Vec::<String>::new());
    app.finish().await;
}

#[tokio::test]
async fn a_key_that_has_no_room_is_refused_in_words() {
    let app = TestApp::new().await;
    let bot = app.program(&format!("{ALL},admin")).await;
    // Different letters: the same ones would be squeezed together.
    let key: String = ('\u{4e00}'..).take(1_000).collect();
    let document = |id: &str| format!("---\ntitle: T\nid: {id}\n---\n\nText.\n");
    let headers = [("content-type", "text/markdown")];
    let path = "/api/v1/reports";
    bot.send(reqwest::Method::POST, path, &headers, document(&key))
        .await
        .problem(422, &["import_key"]);
    let fits: String = key.chars().take(833).collect();
    bot.send(reqwest::Method::POST, path, &headers, document(&fits))
        .await
        .is(201);
    let stored = "SELECT octet_length(import_key)::text AS text FROM reports";
    assert_eq!(app.rows(stored).await, ["2499"]);
    app.finish().await;
}
