//! What is done beside a report while it is saved: nobody waits for the other in a circle.

use diesel_async::SimpleAsyncConnection as _;
use futures_util::future::join;
use hansei::accounts::Role;
use reqwest::Method;
use serde_json::json;

use crate::support::api::WRITER;
use crate::support::app::TestApp;

fn document(title: &str) -> String {
    format!(
        "---\ntitle: {title}\n---\n\n## Summary\n\nx\n\n## Contributing factors\n\n- **No canary** (amplified): So it was.\n"
    )
}

/// Waits until some statement waits for a lock.
pub(crate) async fn somebody_waits(app: &TestApp) {
    let sql = "SELECT count(*)::text AS text FROM pg_stat_activity
        WHERE datname = current_database() AND wait_event_type = 'Lock'";
    for _ in 0..2_000 {
        if app.rows(sql).await != ["0"] {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    panic!("nobody waits for a lock");
}

/// A link, a comment or a key of a request holds on to the rows of its reports until it is stored.
#[tokio::test]
async fn saving_does_not_wait_for_what_is_stored_beside_a_report() {
    let app = TestApp::new().await;
    let admin = app.sign_in("admin", Role::Admin).await;
    let bot = app.program(&format!("{WRITER},admin")).await;
    for title in ["One", "Two"] {
        bot.write(&document(title), true).await;
    }
    let mut beside = app.connect().await;
    beside
        .batch_execute("BEGIN; SELECT FROM reports FOR KEY SHARE")
        .await
        .unwrap();
    let rows = json!({ "items": [{ "text": "An alert rang" }] });
    let headers = [("if-match", "*")];
    bot.ask(Method::PUT, "PM-1/timeline", &headers, &rows)
        .await
        .is(200);
    bot.add("PM-1/viewers", &json!({ "person": "admin" }))
        .await
        .is(201);
    let id = "SELECT id::text AS text FROM factors WHERE name = 'No canary'";
    let factor = format!("/admin/factors/{}", app.rows(id).await.remove(0));
    let fields = [("name", "No canaries")];
    admin.post(&factor, &fields).await.is(303);
    // Nor is it waited for by whoever comes to hold on to the report while it is saved.
    let mut saving = app.connect().await;
    saving
        .batch_execute("BEGIN; SELECT FROM reports FOR NO KEY UPDATE")
        .await
        .unwrap();
    bot.add("PM-1/comments", &json!({ "text": "Meanwhile" }))
        .await
        .is(201);
    let link = json!({ "to": "PM-2", "kind": "similar_to" });
    bot.add("PM-1/links", &link).await.is(201);
    app.finish().await;
}

#[tokio::test]
async fn one_key_for_a_change_and_a_comment_at_once_is_told() {
    let app = TestApp::new().await;
    let bot = app.program(WRITER).await;
    for title in ["One", "Two"] {
        bot.write(&document(title), true).await;
    }
    // A request about the other report has the key, and is not done.
    let mut other = app.connect().await;
    let claim = format!(
        "BEGIN; INSERT INTO idempotency (owner, key, request_sha256, report_id)
         SELECT 'token:{}', 'k', sha256('other'), id FROM reports WHERE number = 2",
        bot.id.0
    );
    other.batch_execute(&claim).await.unwrap();
    let headers = [
        ("content-type", "text/markdown"),
        ("if-match", "\"r1\""),
        ("idempotency-key", "k"),
    ];
    let path = "/api/v1/reports/PM-1";
    let saved = bot.send(Method::PUT, path, &headers, document("Another title"));
    let done = async {
        somebody_waits(&app).await;
        // As a comment would now, whose title is changed at the same moment.
        other
            .batch_execute(
                "SET lock_timeout = '1s'; SELECT FROM reports WHERE number = 1 FOR KEY SHARE; COMMIT",
            )
            .await
            .unwrap();
    };
    let (refused, ()) = join(saved, done).await;
    refused.problem(422, &["Idempotency-Key"]);
    assert_eq!(bot.read("PM-1").await["title"], "One");
    app.finish().await;
}

#[tokio::test]
async fn a_file_with_a_key_and_another_title_do_not_wait_for_each_other() {
    let app = TestApp::new().await;
    let bot = app.program(WRITER).await;
    bot.write(&document("One"), true).await;
    let mut saving = app.connect().await;
    saving
        .batch_execute("BEGIN; SELECT FROM reports WHERE number = 1 FOR NO KEY UPDATE")
        .await
        .unwrap();
    let headers = [
        ("content-type", "application/octet-stream"),
        ("idempotency-key", "k"),
    ];
    let path = "/api/v1/reports/PM-1/attachments";
    let attached = bot.send(Method::POST, path, &headers, "22:04 an alert rang");
    let saved = async {
        somebody_waits(&app).await;
        saving
            .batch_execute(
                "SET lock_timeout = '1s'; UPDATE reports SET slug = 'another-title-1' WHERE number = 1; COMMIT",
            )
            .await
            .unwrap();
    };
    let (attached, ()) = join(attached, saved).await;
    attached.is(201);
    app.finish().await;
}
