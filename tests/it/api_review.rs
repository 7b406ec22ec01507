//! Programs take a report to its readers by the rules that hold for people, and change its header fields by themselves.

use hansei::accounts::Role;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::api::WRITER;
use crate::support::app::{Answer, TestApp};
use crate::support::people::Program;

const DOCUMENT: &str = "---\ntitle: Checkout slow\nseverity: SEV1\ntags: [queues]\nstarted_at: 2026-03-01T22:04:00Z\n---\n\n## Summary\n\nEvery tenth order failed.\n";

async fn step(bot: &Program<'_>, key: &str, body: &Value) -> Answer {
    bot.add(&format!("{key}/review"), body).await
}

async fn state(bot: &Program<'_>, key: &str) -> Value {
    bot.read(&format!("{key}/review")).await
}

#[tokio::test]
async fn programs_ask_review_publish_take_back_and_archive() {
    let app = TestApp::new().await;
    let (ana, bob) = (
        app.person("ana", Role::Author).await,
        app.person("bob", Role::Author).await,
    );
    let ana = app.program_of(WRITER, Some(ana), None).await;
    let bob = app.program_of(WRITER, Some(bob), None).await;
    let key = ana.write(DOCUMENT, false).await;
    assert_eq!(state(&ana, &key).await["status"], "draft");
    assert_eq!(state(&ana, &key).await["last_review"], Value::Null);

    let asked = step(&ana, &key, &json!({ "step": "ask" }))
        .await
        .is(200)
        .json();
    assert_eq!(asked["status"], "in_review");
    assert_eq!(
        (&asked["asked_by"], &asked["revision"]),
        (&json!("bot"), &json!(2))
    );
    assert!(asked["in_review_since"].is_string());
    let line = asked["rubric"]["lines"][0]["line"].as_str().unwrap();
    let review = json!({
        "step": "request_changes",
        "revision": 2,
        "note": "How many orders?",
        "rubric": asked["rubric"]["number"],
        "verdicts": [{ "line": line, "verdict": "not_yet", "note": "No number" }],
    });
    let back = step(&bob, &key, &review).await.is(200).json();
    assert_eq!(back["status"], "draft");
    let said = &back["last_review"];
    assert_eq!(said["outcome"], "changes_requested");
    assert_eq!(
        (&said["by"], &said["note"]),
        (&json!("bob"), &json!("How many orders?"))
    );
    assert_eq!(said["verdicts"][0]["verdict"], "not_yet");
    assert_eq!(said["verdicts"][0]["note"], "No number");
    // The second of two requests changes nothing.
    step(&bob, &key, &review).await.is(200);

    step(&ana, &key, &json!({ "step": "ask" })).await.is(200);
    let now = state(&bob, &key).await["revision"].clone();
    let approve = json!({ "step": "approve", "revision": now });
    let approved = step(&bob, &key, &approve).await.is(200).json();
    assert_eq!(
        (&approved["approved"], &approved["publishes_at_once"]),
        (&json!(true), &json!(true))
    );
    let publish = json!({ "step": "publish", "revision": approved["revision"] });
    let published = step(&ana, &key, &publish).await.is(200).json();
    assert_eq!(
        (&published["status"], &published["published_how"]),
        (&json!("published"), &json!("reviewed"))
    );
    step(&ana, &key, &json!({ "step": "archive", "reason": "Old" }))
        .await
        .is(200);
    let archived = state(&ana, &key).await;
    assert_eq!(
        (&archived["status"], &archived["archived_reason"]),
        (&json!("archived"), &json!("Old"))
    );
    step(&ana, &key, &json!({ "step": "unarchive" }))
        .await
        .is(200);
    let back = json!({ "step": "unpublish", "reason": "Names in it" });
    assert_eq!(
        step(&ana, &key, &back).await.is(200).json()["status"],
        "draft"
    );
    let audited = "SELECT count(*)::text AS text FROM audit_log WHERE action IN
        ('ask_for_review', 'request_changes', 'approve_report', 'publish_report', 'archive_report', 'restore_report', 'unpublish_report')";
    assert_eq!(app.rows(audited).await, ["8"]);
    app.finish().await;
}

#[tokio::test]
async fn nobody_reviews_what_they_wrote_and_no_token_of_nobody_reviews() {
    let app = TestApp::new().await;
    let people = [("ana", Role::Author), ("reader", Role::Reader)];
    let mut programs = Vec::new();
    for (name, role) in people {
        let person = app.person(name, role).await;
        programs.push(app.program_of(WRITER, Some(person), None).await);
    }
    let nobody = app.program(WRITER).await;
    let reads = app.program("reports:read").await;
    let key = programs[0].write(DOCUMENT, false).await;
    step(&programs[0], &key, &json!({ "step": "ask" }))
        .await
        .is(200);
    let approve = json!({ "step": "approve", "revision": 2 });
    let own = step(&programs[0], &key, &approve).await.problem(403, &[]);
    assert!(
        own.body.contains("somebody else reviews it"),
        "{}",
        own.body
    );
    let no_one = step(&nobody, &key, &approve).await.problem(403, &[]);
    assert!(
        no_one.body.contains("a person who did not write it"),
        "{}",
        no_one.body
    );
    step(&nobody, &key, &json!({ "step": "volunteer" }))
        .await
        .problem(403, &[]);
    // Readers do not know of a draft; nor may they publish, or see how a report is reviewed, once they read it.
    step(&programs[1], &key, &approve).await.problem(404, &[]);
    let publish = json!({ "step": "publish", "revision": 2, "reason": "Told." });
    step(&nobody, &key, &publish).await.is(200);
    let back = json!({ "step": "unpublish", "reason": "x" });
    step(&programs[1], &key, &back).await.problem(403, &[]);
    reads.get(&format!("/api/v1/reports/{key}")).await.is(200);
    reads
        .get(&format!("/api/v1/reports/{key}/review"))
        .await
        .problem(403, &[]);
    step(&reads, &key, &back).await.problem(403, &[]);
    assert_eq!(state(&nobody, &key).await["last_review"], Value::Null);
    app.finish().await;
}

#[tokio::test]
async fn a_step_that_cannot_be_taken_says_why_and_changes_nothing() {
    let app = TestApp::with(|settings| settings.publish_without_review = false).await;
    let ana = app.person("ana", Role::Author).await;
    let bob = app.sign_in("bob", Role::Author).await;
    let ana = app.program_of(WRITER, Some(ana), None).await;
    let key = ana.write(DOCUMENT, false).await;
    let before = state(&ana, &key).await;
    assert_eq!(
        (&before["needs_review"], &before["publishes_at_once"]),
        (&json!(true), &json!(false))
    );
    for (body, status, fields) in [
        (json!({ "step": "publish", "revision": 1 }), 409, &[][..]),
        (json!({ "step": "publish" }), 422, &["revision"]),
        (json!({ "step": "unpublish", "reason": "x" }), 409, &[]),
        (json!({ "step": "archive", "reason": "x" }), 409, &[]),
        (json!({ "step": "take_back" }), 200, &[]),
        (
            json!({ "step": "ask", "reason": "x".repeat(501) }),
            422,
            &["reason"],
        ),
        (
            json!({ "step": "ask", "verdicts": [{ "line": "x", "verdict": "yes" }] }),
            422,
            &["verdicts", "verdicts[0].line"],
        ),
        (json!({ "step": "ask_facilitator" }), 422, &["facilitator"]),
        (
            json!({ "step": "ask_facilitator", "facilitator": "zoe" }),
            422,
            &["facilitator"],
        ),
        (json!({ "step": "restore" }), 422, &["step"]),
        (json!({}), 422, &[]),
        (json!({ "step": "ask", "more": 1 }), 422, &["more"]),
    ] {
        let answer = step(&ana, &key, &body).await;
        assert_eq!(answer.status, status, "{body}: {answer:?}");
        if !fields.is_empty() {
            answer.problem(status, fields);
        }
        assert_eq!(state(&ana, &key).await, before, "{body}");
    }
    let asked = json!({ "step": "ask_facilitator", "facilitator": "bob" });
    let asked = step(&ana, &key, &asked).await.is(200).json();
    assert_eq!(
        asked["facilitator"],
        json!({ "name": "bob", "agreed": false })
    );
    bob.post(&format!("/reports/{key}/review"), &[("do", "volunteer")])
        .await
        .is(303);
    assert_eq!(state(&ana, &key).await["facilitator"]["agreed"], true);
    step(&ana, &key, &json!({ "step": "release" }))
        .await
        .is(200);
    assert_eq!(state(&ana, &key).await["facilitator"], Value::Null);
    // Through a token it is the person who does.
    let own = step(&ana, &key, &json!({ "step": "volunteer" })).await;
    let own = own.is(200).json();
    assert_eq!(own["facilitator"], json!({ "name": "ana", "agreed": true }));
    assert_eq!(ana.read(&key).await["facilitator"], "ana");
    app.finish().await;
}

#[tokio::test]
async fn a_step_publishes_no_other_text_than_was_read_and_no_secret_unsaid() {
    let app = TestApp::new().await;
    let bot = app.program(WRITER).await;
    let key = bot.write(DOCUMENT, false).await;
    let leaking = format!("{DOCUMENT}\nWe used password=hunter2hunter2x9.\n");
    let tag = [("if-match", "*")];
    let body = json!({ "document": leaking });
    bot.ask(Method::PUT, &key, &tag, &body).await.is(200);
    let mut publish = json!({ "step": "publish", "revision": 1, "reason": "Told." });
    step(&bot, &key, &publish).await.problem(409, &[]);
    publish["revision"] = json!(2);
    let stopped = step(&bot, &key, &publish)
        .await
        .problem(422, &["dismissed"]);
    assert!(!stopped.body.contains("hunter2"));
    let said = stopped.json()["fields"][0]["message"]
        .as_str()
        .unwrap()
        .to_owned();
    let id = said.trim_end_matches('.').rsplit(' ').next().unwrap();
    publish["dismissed"] = json!([id]);
    step(&bot, &key, &publish).await.is(200);
    app.finish().await;
}

#[tokio::test]
async fn header_fields_are_changed_one_by_one_and_the_text_stays() {
    let app = TestApp::new().await;
    let ana = app.person("ana", Role::Author).await;
    let eve = app.person("eve", Role::Author).await;
    let scopes = format!("{WRITER},restricted:read");
    let ana = app.program_of(&scopes, Some(ana), None).await;
    let eve = app.program_of(WRITER, Some(eve), None).await;
    let key = ana.write(DOCUMENT, true).await;
    let patch = async |who: &Program<'_>, tag: &str, body: &Value| {
        let headers = [
            ("if-match", tag),
            ("content-type", "application/merge-patch+json"),
        ];
        let path = format!("/api/v1/reports/{key}?note=from+the+pager");
        who.send(Method::PATCH, &path, &headers, body.to_string())
            .await
    };
    let body = json!({ "title": "Checkout down", "severity": "SEV2", "started_at": null, "teams": ["Payments"] });
    let changed = patch(&ana, "\"r1\"", &body).await.is(200);
    assert_eq!(changed.header("etag"), "\"r2\"");
    let now = ana.read(&key).await;
    assert_eq!(
        (&now["title"], &now["severity"]),
        (&json!("Checkout down"), &json!("SEV2"))
    );
    assert_eq!(
        (&now["started_at"], &now["tags"]),
        (&Value::Null, &json!(["queues"]))
    );
    assert_eq!(
        (&now["teams"], &now["status"]),
        (&json!(["Payments"]), &json!("published"))
    );
    assert!(
        now["document"]
            .as_str()
            .unwrap()
            .contains("Every tenth order failed.")
    );
    let last = ana.read(&format!("{key}/revisions")).await;
    assert_eq!(last["items"][0]["note"], "from the pager");

    patch(&ana, "\"r1\"", &body).await.problem(412, &[]);
    for (wrong, field) in [
        (json!({ "title": " " }), "title"),
        (json!({ "timezone": "Mars/Olympus" }), "timezone"),
        (json!({ "tags": "queues" }), "tags"),
        (json!({ "document": "x" }), "document"),
        (
            json!({ "started_at": "2026-03-02T00:00:00Z", "resolved_at": "2026-03-01T00:00:00Z" }),
            "resolved_at",
        ),
    ] {
        patch(&ana, "*", &wrong).await.problem(422, &[field]);
    }
    let secret = json!({ "title": "Used password=hunter2hunter2x9" });
    patch(&ana, "*", &secret).await.problem(422, &["dismissed"]);
    // Who may read it is for its authors to say.
    let hide = json!({ "visibility": "restricted" });
    patch(&eve, "*", &hide).await.problem(403, &[]);
    patch(&ana, "*", &hide).await.is(200);
    patch(&eve, "*", &json!({ "title": "T" }))
        .await
        .problem(404, &[]);
    assert_eq!(ana.read(&key).await["revision"], 3);
    app.finish().await;
}
