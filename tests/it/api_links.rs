//! Links between reports, and past reports like one, through the API.

use futures_util::future::join_all;
use hansei::accounts::Role;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::api::WRITER;
use crate::support::app::TestApp;

fn document(title: &str) -> String {
    format!("---\ntitle: {title}\nseverity: SEV2\n---\n\n## Summary\n\nx\n")
}

const RESTRICTED: &str = "---\ntitle: Secret\nvisibility: restricted\n---\n\n## Summary\n\nx\n";

fn link(to: &str, kind: &str) -> Value {
    json!({ "to": to, "kind": kind, "why": "The same queue filled up." })
}

#[tokio::test]
async fn a_link_is_read_from_both_ends_and_taken_back_where_it_was_said() {
    let app = TestApp::new().await;
    let bot = app.program(WRITER).await;
    for title in ["Queue full", "Queue full again"] {
        bot.write(&document(title), true).await;
    }
    assert_eq!(bot.read("PM-2/links").await, json!({ "items": [] }));
    let said = bot
        .add("PM-2/links", &link("PM-1", "recurrence_of"))
        .await
        .is(201);
    assert_eq!(said.header("location"), "/api/v1/reports/PM-2/links");
    let said = said.json();
    let id = said["id"].as_i64().unwrap();
    let expected = json!({
        "id": id, "outgoing": true, "kind": "recurrence_of", "label": "Recurrence of", "why": "The same queue filled up.",
        "said_by": "bot", "by_bot": true, "said_at": "2026-11-21T12:00:00Z",
        "report": {
            "id": "PM-1", "title": "Queue full", "url": "http://localhost:1/reports/PM-1", "kind": "incident",
            "severity": "SEV2", "occurred_at": null,
        },
    });
    assert_eq!(said, expected);
    assert_eq!(bot.read("PM-2/links").await, json!({ "items": [expected] }));
    let other = bot.read("PM-1/links").await;
    assert_eq!(other["items"][0]["outgoing"], false);
    assert_eq!(other["items"][0]["label"], "Recurred in");
    assert_eq!(other["items"][0]["kind"], "recurrence_of");
    assert_eq!(other["items"][0]["report"]["id"], "PM-2");
    // It makes no revision.
    assert_eq!(bot.read("PM-2").await["revision"], 1);

    // It is taken back where it is said.
    let refused = bot.remove(&format!("PM-1/links/{id}")).await;
    let refused = refused.problem(409, &[]);
    assert!(refused.body.contains("said on PM-2"), "{}", refused.body);
    assert_eq!(bot.read("PM-2/links").await["items"][0]["id"], id);
    for _ in 0..2 {
        bot.remove(&format!("PM-2/links/{id}")).await.is(204);
    }
    assert_eq!(bot.read("PM-1/links").await, json!({ "items": [] }));
    for wrong in ["x", "0", "+1", "01", "-1", "99999999999999999999"] {
        bot.remove(&format!("PM-2/links/{wrong}"))
            .await
            .problem(404, &[]);
    }
    app.finish().await;
}

#[tokio::test]
async fn what_is_wrong_with_a_link_is_said_beside_its_field() {
    let app = TestApp::new().await;
    let bot = app.program(WRITER).await;
    let ana = app.person("ana", Role::Author).await;
    let own = app
        .program_of(&format!("{WRITER},restricted:read"), Some(ana), None)
        .await;
    bot.write(&document("One"), true).await;
    bot.write(&document("Two"), true).await;
    own.write(RESTRICTED, true).await;
    let long = json!({ "to": "PM-2", "kind": "caused_by", "why": "x".repeat(501) });
    for (body, field) in [
        (json!({ "kind": "caused_by" }), "body"),
        (json!({ "to": "PM-2" }), "body"),
        (link("PM-2", "friend_of"), "kind"),
        (link("two", "caused_by"), "to"),
        (link("PM-1", "caused_by"), "to"),
        (link("PM-77", "caused_by"), "to"),
        (link("PM-3", "caused_by"), "to"),
        (long, "why"),
        (
            json!({ "to": "PM-2", "kind": "caused_by", "from": "PM-1" }),
            "from",
        ),
        (json!(["PM-2"]), "body"),
    ] {
        bot.add("PM-1/links", &body).await.problem(422, &[field]);
    }
    // What may not be seen is refused in the words for what is not there.
    let hidden = bot
        .add("PM-1/links", &link("PM-3", "caused_by"))
        .await
        .json();
    let nowhere = bot
        .add("PM-1/links", &link("PM-77", "caused_by"))
        .await
        .json();
    let message = |problem: &Value| problem["fields"][0]["message"].as_str().unwrap().to_owned();
    assert_eq!(message(&hidden).replace("PM-3", "PM-77"), message(&nowhere));
    bot.add("PM-1/links", &link("PM-2", "caused_by"))
        .await
        .is(201);
    // Said twice it is said once; another reason is not lost without a word.
    bot.add("PM-1/links", &link("PM-2", "caused_by"))
        .await
        .is(201);
    let other = json!({ "to": "PM-2", "kind": "caused_by", "why": "Another reason." });
    bot.add("PM-1/links", &other).await.problem(422, &["to"]);
    let path = "/api/v1/reports/PM-1/links";
    bot.send(
        Method::POST,
        path,
        &[("content-type", "text/plain")],
        "PM-2",
    )
    .await
    .problem(415, &[]);
    bot.send(
        Method::POST,
        path,
        &[("content-type", "application/json")],
        "{",
    )
    .await
    .problem(400, &[]);
    assert_eq!(
        bot.read("PM-1/links").await["items"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    app.finish().await;
}

#[tokio::test]
async fn links_are_changed_by_those_who_may_and_lead_nowhere_hidden() {
    let app = TestApp::new().await;
    let ana = app.person("ana", Role::Author).await;
    let rita = app.person("rita", Role::Reader).await;
    let own = app
        .program_of(&format!("{WRITER},restricted:read"), Some(ana), None)
        .await;
    own.write(&document("Open"), true).await;
    own.write(RESTRICTED, true).await;
    let id = own
        .add("PM-2/links", &link("PM-1", "similar_to"))
        .await
        .is(201)
        .json();
    let there = format!("PM-2/links/{}", id["id"]);
    let reader = app.program_of(WRITER, Some(rita), None).await;
    let bot = app.program(WRITER).await;
    let blind = app.program("reports:read").await;
    for (who, open) in [(&reader, 403), (&blind, 403)] {
        who.add("PM-1/links", &link("PM-2", "similar_to"))
            .await
            .problem(open, &[]);
        who.remove("PM-1/links/1").await.problem(open, &[]);
    }
    for who in [&reader, &bot] {
        who.ask(Method::GET, "PM-2/links", &[], &Value::Null)
            .await
            .problem(404, &[]);
        who.add("PM-2/links", &link("PM-1", "caused_by"))
            .await
            .problem(404, &[]);
        who.remove(&there).await.problem(404, &[]);
        assert_eq!(who.read("PM-1/links").await, json!({ "items": [] }));
    }
    assert_eq!(blind.read("PM-1/links").await, json!({ "items": [] }));
    assert_eq!(
        own.read("PM-1/links").await["items"][0]["report"]["title"],
        "Secret"
    );
    app.finish().await;
}

#[tokio::test]
async fn a_request_with_a_key_makes_one_link() {
    let app = TestApp::new().await;
    let bot = app.program(WRITER).await;
    for title in ["One", "Two"] {
        bot.write(&document(title), true).await;
    }
    let body = link("PM-1", "same_factor");
    let twins = (0..4).map(|_| bot.add_once("PM-2/links", "k", &body));
    let mut ids: Vec<i64> = Vec::new();
    for answer in join_all(twins).await {
        ids.push(answer.is(201).json()["id"].as_i64().unwrap());
    }
    ids.dedup();
    assert_eq!(ids.len(), 1);
    let count = "SELECT count(*)::text AS text FROM report_links";
    assert_eq!(app.rows(count).await, ["1"]);
    let logged = "SELECT count(*)::text AS text FROM audit_log WHERE action = 'add_link'";
    assert_eq!(app.rows(logged).await, ["1"]);
    for (path, body) in [
        ("PM-2/links", link("PM-1", "caused_by")),
        ("PM-1/links", link("PM-2", "same_factor")),
        ("PM-2/comments", json!({ "text": "x" })),
    ] {
        bot.add_once(path, "k", &body)
            .await
            .problem(422, &["Idempotency-Key"]);
    }
    bot.add_once("PM-2/links", "a b", &body)
        .await
        .problem(422, &["Idempotency-Key"]);
    // What was refused may be sent again, with the same key, when it can be done.
    bot.add_once("PM-2/links", "later", &link("PM-3", "caused_by"))
        .await
        .problem(422, &["to"]);
    bot.write(&document("Three"), true).await;
    bot.add_once("PM-2/links", "later", &link("PM-3", "caused_by"))
        .await
        .is(201);
    // Taken back meanwhile, it is not made again behind anybody's back.
    bot.remove(&format!("PM-2/links/{}", ids[0])).await.is(204);
    bot.add_once("PM-2/links", "k", &body)
        .await
        .problem(409, &[]);
    app.finish().await;
}

#[tokio::test]
async fn a_report_has_a_hundred_links_at_most() {
    let app = TestApp::new().await;
    let bot = app.program(WRITER).await;
    for number in 0..21 {
        bot.write(&document(&format!("Number {number}")), true)
            .await;
    }
    app.sql(
        "INSERT INTO report_links (from_report_id, to_report_id, kind)
         SELECT f.id, t.id, said FROM reports f, reports t,
            unnest(ARRAY['recurrence_of', 'caused_by', 'similar_to', 'same_factor', 'supersedes']) AS said
         WHERE f.number = 1 AND t.number > 1",
    )
    .await;
    let listed = bot.read("PM-1/links").await;
    assert_eq!(listed["items"].as_array().unwrap().len(), 100);
    bot.add("PM-1/links", &link("PM-2", "near_miss_of"))
        .await
        .problem(422, &["to"]);
    app.finish().await;
}

#[tokio::test]
async fn past_reports_like_one_are_told_with_what_they_share() {
    let app = TestApp::new().await;
    let ana = app.person("ana", Role::Author).await;
    let own = app
        .program_of(&format!("{WRITER},restricted:read"), Some(ana), None)
        .await;
    let report = |title: &str, head: &str| {
        format!(
            "---\ntitle: {title}\nservices: [payments]\n{head}---\n\n## Summary\n\nx\n\n## Contributing factors\n\n- No canary\n"
        )
    };
    own.write(&report("Replica fell behind", ""), true).await;
    own.write(&report("Replica secret", "visibility: restricted\n"), true)
        .await;
    own.write(&report("Replica draft", ""), false).await;
    own.write(&document("Nothing alike"), true).await;
    let key = own.write(&report("Replica lost", ""), false).await;
    app.indexed().await;
    let path = format!("{key}/similar");
    let bot = app.program(WRITER).await;
    let told = bot.read(&path).await;
    let items = told["items"].as_array().unwrap();
    assert_eq!(items.len(), 1, "{told}");
    assert_eq!(items[0]["id"], "PM-1");
    assert_eq!(items[0]["title"], "Replica fell behind");
    let reasons = items[0]["reasons"].as_array().unwrap();
    assert!(
        reasons
            .iter()
            .any(|it| it == "Same contributing factor: No canary"),
        "{told}"
    );
    let seen = own.read(&path).await;
    let keys: Vec<&Value> = seen["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| &it["id"])
        .collect();
    assert!(
        keys.contains(&&json!("PM-2")) && !keys.contains(&&json!("PM-3")),
        "{seen}"
    );
    assert_eq!(bot.read("PM-4/similar").await, json!({ "items": [] }));
    bot.ask(Method::GET, "PM-2/similar", &[], &Value::Null)
        .await
        .problem(404, &[]);
    let blind = app.program("reports:read,reports:write").await;
    blind
        .ask(Method::GET, &path, &[], &Value::Null)
        .await
        .problem(403, &[]);
    app.finish().await;
}
