//! The lists of a report, its revisions, and reports from templates, through the API.

use futures_util::future::join_all;
use hansei::accounts::Role;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::app::{Answer, TestApp};
use crate::support::people::Program;

const ALL: &str = "search:read,reports:read,reports:write";

const DOCUMENT: &str = "---
title: Checkout slow
severity: SEV2
started_at: 2026-03-01T22:04:00Z
timezone: Europe/Paris
---

## Summary

Every tenth order failed.

## Timeline

- 2026-03-01 23:04 +01:00 [trigger] The nightly export opens 400 connections.
";

async fn send(
    bot: &Program<'_>,
    method: Method,
    path: &str,
    headers: &[(&str, &str)],
    body: &Value,
) -> Answer {
    let mut headers = headers.to_vec();
    headers.push(("content-type", "application/json"));
    let path = format!("/api/v1/reports/{path}");
    bot.send(method, &path, &headers, body.to_string()).await
}

async fn put(bot: &Program<'_>, path: &str, tag: &str, body: &Value) -> Answer {
    send(bot, Method::PUT, path, &[("if-match", tag)], body).await
}

async fn append(bot: &Program<'_>, key: &str, headers: &[(&str, &str)], body: &Value) -> Answer {
    send(bot, Method::POST, &format!("{key}/timeline"), headers, body).await
}

fn event(text: &str) -> Value {
    json!({ "items": [{ "text": text }] })
}

#[tokio::test]
async fn what_is_put_is_what_is_read_and_everything_else_stays() {
    let app = TestApp::new().await;
    let bot = app.program(ALL).await;
    let key = bot.write(DOCUMENT, false).await;
    let before = bot
        .get(&format!("/api/v1/reports/{key}"))
        .await
        .is(200)
        .json();
    let lists = [
        (
            "timeline",
            json!([{
                "at": "2026-03-01T22:04:00Z", "at_text": "", "known_at": "2026-03-01T22:09:00Z", "phase": "detect",
                "text": "Two lines\n\n- of *Markdown*", "role": "on-call engineer", "evidence": "https://example.org/1",
                "starred": true, "source": "chat",
            }, {
                "at": null, "at_text": "about noon", "known_at": null, "phase": null, "text": "x", "role": "",
                "evidence": "", "starred": false, "source": "manual",
            }]),
        ),
        (
            "factors",
            json!([
                { "name": "Retry without backoff", "role": "amplified", "note": "Again, and again." },
                { "name": "Shared pool", "role": "contributed", "note": "" },
            ]),
        ),
        (
            "learnings",
            json!([
                { "kind": "went_well", "text": "Somebody looked." },
                { "kind": "surprise", "text": "Two pools\nare one." },
            ]),
        ),
        (
            "countermeasures",
            json!([{
                "title": "Give it its own pool", "details": "d", "type": "prevent", "factor": "Shared pool",
                "problem": "p", "hypothesis": "h", "expected_effect": "e", "measure": "m", "check_on": "2026-06-01",
                "owner": "Team Export", "due_on": "2026-04-01", "priority": "P1", "tracker": "OPS-7",
                "status": "wont_do", "status_reason": "Too dear.", "result": "inconclusive", "evidence": "ev",
            }]),
        ),
    ];
    for (number, (list, items)) in lists.iter().enumerate() {
        let path = format!("{key}/{list}");
        // Two saves for each list.
        let tag = |saves: usize| format!("\"r{}\"", 1 + 2 * number + saves);
        let body = json!({ "items": items });
        let saved = put(&bot, &path, &tag(0), &body).await.is(200);
        assert_eq!(saved.header("etag"), tag(1));
        assert_eq!(saved.json()["items"], *items, "{list}");
        let read = bot.get(&format!("/api/v1/reports/{path}")).await.is(200);
        assert_eq!(
            (read.json(), read.header("etag")),
            (saved.json(), tag(1).as_str())
        );
        // What was read can be put again as it is.
        let again = put(&bot, &path, &tag(1), &read.json()).await.is(200).json();
        assert_eq!(again["items"], *items);
    }
    let after = bot.get(&format!("/api/v1/reports/{key}")).await.json();
    for (list, items) in &lists {
        assert_eq!(after[list], *items, "{list}");
    }
    for field in [
        "title",
        "severity",
        "started_at",
        "timezone",
        "visibility",
        "status",
    ] {
        assert_eq!(after[field], before[field], "{field}");
    }
    assert!(
        after["document"]
            .as_str()
            .unwrap()
            .contains("Every tenth order failed.")
    );
    app.finish().await;
}

#[tokio::test]
async fn a_list_is_changed_only_by_who_has_seen_it() {
    let app = TestApp::new().await;
    let bot = app.program(ALL).await;
    let key = bot.write(DOCUMENT, false).await;
    let path = format!("{key}/factors");
    let body = json!({ "items": [{ "name": "Retry" }] });
    send(&bot, Method::PUT, &path, &[], &body)
        .await
        .problem(428, &[]);
    for stale in ["\"r2\"", "nonsense", "W/\"r1\""] {
        put(&bot, &path, stale, &body).await.problem(412, &[]);
    }
    let markdown = [("content-type", "text/markdown"), ("if-match", "\"r1\"")];
    let full = format!("/api/v1/reports/{path}");
    bot.send(Method::PUT, &full, &markdown, "x")
        .await
        .problem(415, &[]);
    let once = [("if-match", "\"r1\""), ("idempotency-key", "k")];
    for _ in 0..2 {
        let saved = send(&bot, Method::PUT, &path, &once, &body).await.is(200);
        assert_eq!(saved.header("etag"), "\"r2\"");
    }
    let other = json!({ "items": [] });
    send(&bot, Method::PUT, &path, &once, &other)
        .await
        .problem(422, &["Idempotency-Key"]);
    put(&bot, &path, "\"r1\"", &other).await.problem(412, &[]);
    bot.send(Method::GET, &full, &[("if-none-match", "\"r2\"")], "")
        .await
        .is(304);
    let noted = format!("{path}?note=Tidied");
    put(&bot, &noted, "*", &other).await.is(200);
    assert_eq!(
        app.rows("SELECT note AS text FROM revisions WHERE number = 3")
            .await,
        ["Tidied"]
    );
    let long = format!("{path}?note={}", "n".repeat(1_001));
    put(&bot, &long, "*", &other).await.problem(422, &["note"]);
    let twins = join_all((0..6).map(|_| put(&bot, &path, "\"r3\"", &body))).await;
    let mut statuses: Vec<u16> = twins.iter().map(|answer| answer.status).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 412, 412, 412, 412, 412]);
    app.finish().await;
}

#[tokio::test]
async fn what_is_wrong_with_a_row_is_told_beside_its_field() {
    let app = TestApp::new().await;
    let bot = app.program(ALL).await;
    let key = bot.write(DOCUMENT, false).await;
    for (list, body, field) in [
        (
            "timeline",
            json!({ "items": [{ "text": "x" }, { "text": " " }] }),
            "items[1].text",
        ),
        (
            "timeline",
            json!({ "items": [{ "text": "x", "at": "noon" }] }),
            "items[0].at",
        ),
        (
            "timeline",
            json!({ "items": [{ "text": "x", "at": "-005000-01-01T00:00:00Z" }] }),
            "items[0].at",
        ),
        (
            "timeline",
            json!({ "items": [{ "text": "x", "phase": "panic" }] }),
            "items[0].phase",
        ),
        (
            "timeline",
            json!({ "items": [{ "text": "x", "who": "ana" }] }),
            "items[0].who",
        ),
        (
            "timeline",
            json!({ "items": vec![json!({ "text": "x" }); 2_001] }),
            "items",
        ),
        ("timeline", json!([]), "body"),
        (
            "factors",
            json!({ "items": [{ "name": "n".repeat(201) }] }),
            "items[0].name",
        ),
        (
            "learnings",
            json!({ "items": [{ "text": "x" }] }),
            "items[0]",
        ),
        (
            "countermeasures",
            json!({ "items": [{ "title": "x", "status": "wont_do" }] }),
            "items[0].status_reason",
        ),
        (
            "countermeasures",
            json!({ "items": [{ "title": "x", "due_on": "soon" }] }),
            "items[0].due_on",
        ),
    ] {
        let path = format!("{key}/{list}");
        put(&bot, &path, "\"r1\"", &body)
            .await
            .problem(422, &[field]);
    }
    // Before the year 1 the database counts otherwise, and what it says cannot be read back.
    for early in ["-005000-01-01T00:00:00Z", "0000-06-01T00:00:00Z"] {
        let document = format!("---\ntitle: T\nstarted_at: {early}\n---\n\nx\n");
        bot.post(&[], &json!({ "document": document }))
            .await
            .problem(422, &["started_at"]);
    }
    let huge = json!({ "items": [{ "text": "long ".repeat(250_000) }] });
    put(&bot, &format!("{key}/timeline"), "\"r1\"", &huge)
        .await
        .problem(422, &["items[0].text"]);
    assert_eq!(
        app.rows("SELECT count(*)::text AS text FROM revisions")
            .await,
        ["1"]
    );
    app.finish().await;
}

#[tokio::test]
async fn events_are_appended_whatever_others_do() {
    let app = TestApp::new().await;
    let (bot, pager) = (app.program(ALL).await, app.program("timeline:append").await);
    let key = bot.write(DOCUMENT, false).await;
    let added = append(&pager, &key, &[], &event("Alert fired"))
        .await
        .is(201);
    assert_eq!(added.json(), json!({ "id": key, "appended": 1 }));
    assert_eq!(
        added.header("location"),
        format!("/api/v1/reports/{key}/timeline")
    );
    assert_eq!(added.header("etag"), "", "whoever appends has not read");
    // Many at once, while somebody saves.
    let bodies: Vec<Value> = (0..8)
        .map(|number| event(&format!("Event {number}")))
        .collect();
    let appends = join_all(bodies.iter().map(|body| append(&pager, &key, &[], body)));
    let text = DOCUMENT.replace("tenth", "fifth");
    let (answers, _saved) = tokio::join!(appends, bot.put(&key, "*", &text));
    for answer in answers {
        answer.is(201);
    }
    let timeline = bot
        .get(&format!("/api/v1/reports/{key}/timeline"))
        .await
        .json();
    let texts = timeline.to_string();
    let kept = (0..8)
        .filter(|number| texts.contains(&format!("Event {number}\"")))
        .count();
    // A whole report that was sent meanwhile may have replaced those before it, and none after.
    let last = bot.get(&format!("/api/v1/reports/{key}")).await.json()["revision"]
        .as_i64()
        .unwrap();
    assert!(last >= 10 && kept <= 8, "{texts}");
    append(&pager, &key, &[], &event("The very last"))
        .await
        .is(201);
    let timeline = bot
        .get(&format!("/api/v1/reports/{key}/timeline"))
        .await
        .json();
    let items = timeline["items"].as_array().unwrap();
    assert_eq!(items.last().unwrap()["text"], "The very last");
    // Where it comes from: a bot, unless it says better.
    assert_eq!(items.last().unwrap()["source"], "bot");
    let alert = json!({ "items": [{ "text": "Paged", "source": "alert" }] });
    append(&pager, &key, &[], &alert).await.is(201);
    let sources = "SELECT source AS text FROM timeline_events ORDER BY position DESC LIMIT 2";
    assert_eq!(app.rows(sources).await, ["alert", "bot"]);
    let page = bot.get(&format!("/api/v1/reports/{key}")).await.json();
    assert!(page.to_string().contains("- source: alert"), "{page}");
    assert_eq!(
        items.len(),
        kept + 2 + usize::from(texts.contains("Alert fired"))
    );
    assert_eq!(
        app.rows("SELECT note AS text FROM revisions WHERE number = 2")
            .await,
        ["One event added to the timeline."]
    );
    append(&pager, &key, &[], &json!({ "items": [] }))
        .await
        .problem(422, &["items"]);
    append(&pager, &key, &[], &event(""))
        .await
        .problem(422, &["items[0].text"]);
    let rumour = json!({ "items": [{ "text": "x", "source": "rumour" }] });
    append(&pager, &key, &[], &rumour).await.is(422);
    append(&pager, "PM-77", &[], &event("x"))
        .await
        .problem(404, &[]);
    app.finish().await;
}

#[tokio::test]
async fn an_append_that_is_sent_again_adds_nothing() {
    let app = TestApp::new().await;
    let (bot, pager) = (app.program(ALL).await, app.program("timeline:append").await);
    let (key, other) = (
        bot.write(DOCUMENT, false).await,
        bot.write(DOCUMENT, false).await,
    );
    let once = [("idempotency-key", "alert-7")];
    let body = event("Alert fired");
    let answers = join_all((0..10).map(|_| append(&pager, &key, &once, &body))).await;
    for answer in answers {
        assert_eq!(answer.is(201).json()["appended"], 1);
    }
    let timeline = bot
        .get(&format!("/api/v1/reports/{key}/timeline"))
        .await
        .json();
    assert_eq!(timeline["items"].as_array().unwrap().len(), 2);
    append(&pager, &key, &once, &event("Another"))
        .await
        .problem(422, &["Idempotency-Key"]);
    append(&pager, &other, &once, &body)
        .await
        .problem(422, &["Idempotency-Key"]);
    app.finish().await;
}

#[tokio::test]
async fn who_may_append() {
    let app = TestApp::new().await;
    let ana = app.sign_in("ana", Role::Author).await;
    let ben = app.person("ben", Role::Author).await;
    let carl = app.person("carl", Role::Reader).await;
    let secret = ana
        .write(&[
            ("title", "Secret"),
            ("kind", "incident"),
            ("visibility", "restricted"),
            ("document", "## Summary\n\nx\n"),
            ("do", "save"),
        ])
        .await;
    let bot = app.program(ALL).await;
    let draft = bot.write(DOCUMENT, false).await;
    let every = "reports:read,reports:write,timeline:append";
    for (scopes, person, on_draft, on_secret) in [
        ("timeline:append", None, 201, 404),
        ("reports:write", None, 201, 404),
        ("reports:read", None, 403, 403),
        ("timeline:append,restricted:read", None, 201, 404),
        (
            "reports:read,timeline:append,restricted:read",
            None,
            201,
            403,
        ),
        (every, Some(ben), 201, 404),
        (every, Some(carl), 404, 404),
        (every, Some(ana.id), 201, 404),
        ("timeline:append,restricted:read", Some(ana.id), 201, 201),
    ] {
        let program = app.program_of(scopes, person, None).await;
        let answer = append(&program, &draft, &[], &event("x")).await;
        assert_eq!(answer.status, on_draft, "{scopes} {person:?}: {answer:?}");
        let answer = append(&program, &secret, &[], &event("x")).await;
        assert_eq!(answer.status, on_secret, "{scopes} {person:?}: {answer:?}");
        assert!(answer.status == 201 || !answer.body.contains("Secret"));
    }
    app.finish().await;
}

#[tokio::test]
async fn revisions_are_listed_read_and_restored() {
    let app = TestApp::new().await;
    let bot = app.program(ALL).await;
    let key = bot.write(DOCUMENT, true).await;
    for number in 1..=11 {
        let text = DOCUMENT.replace("tenth", &format!("{number}th"));
        bot.put(&key, "*", &text).await.is(200);
    }
    let base = format!("/api/v1/reports/{key}/revisions");
    let (mut path, mut numbers) = (format!("{base}?limit=5"), Vec::new());
    loop {
        let answer = bot.get(&path).await.is(200);
        let page = answer.json();
        assert_eq!(page["total"], 12);
        numbers.extend(
            page["items"]
                .as_array()
                .unwrap()
                .iter()
                .map(|it| it["number"].as_i64().unwrap()),
        );
        let Some(cursor) = page["next_cursor"].as_str() else {
            assert_eq!(answer.header("link"), "");
            break;
        };
        path = format!("{base}?limit=5&cursor={cursor}");
        assert_eq!(answer.header("link"), format!("<{path}>; rel=\"next\""));
    }
    assert_eq!(numbers, (1..=12).rev().collect::<Vec<i64>>());
    let first = bot.get(&format!("{base}/1")).await.is(200);
    assert_eq!(first.header("etag"), "\"r1\"");
    assert_eq!(first.json()["event"], "created");
    assert!(
        first.json()["document"]
            .as_str()
            .unwrap()
            .contains("Every tenth")
    );
    let markdown = [("accept", "text/markdown")];
    let text = bot
        .send(Method::GET, &format!("{base}/1"), &markdown, "")
        .await
        .is(200);
    assert_eq!(text.body, first.json()["document"].as_str().unwrap());
    assert!(text.header("content-type").starts_with("text/markdown"));
    for nothing in ["13", "0", "-1", "+1", "01", "x", "99999999999"] {
        bot.get(&format!("{base}/{nothing}"))
            .await
            .problem(404, &[]);
    }

    let restore = format!("{key}/revisions/1/restore");
    send(&bot, Method::POST, &restore, &[], &json!({}))
        .await
        .problem(428, &[]);
    send(
        &bot,
        Method::POST,
        &restore,
        &[("if-match", "\"r11\"")],
        &json!({}),
    )
    .await
    .problem(412, &[]);
    // What has been said since of who may see it stays.
    app.sql("UPDATE reports SET visibility = 'restricted'")
        .await;
    let admin = "reports:read,reports:write,restricted:read,admin";
    let admin = app.program(admin).await;
    let once = [("if-match", "\"r12\""), ("idempotency-key", "back")];
    for _ in 0..2 {
        let saved = send(&admin, Method::POST, &restore, &once, &json!({}))
            .await
            .is(200);
        assert_eq!(saved.header("etag"), "\"r13\"");
        assert_eq!(saved.json()["visibility"], "restricted");
        assert_eq!(saved.json()["status"], "published");
        assert!(
            saved.json()["document"]
                .as_str()
                .unwrap()
                .contains("Every tenth")
        );
    }
    let latest = admin.get(&format!("{base}/13")).await.is(200).json();
    assert_eq!(
        (&latest["event"], &latest["note"]),
        (&json!("restored"), &json!("Revision 1 restored."))
    );
    bot.get(&base).await.problem(404, &[]);
    bot.get(&format!("{base}/1")).await.problem(404, &[]);
    send(
        &bot,
        Method::POST,
        &restore,
        &[("if-match", "*")],
        &json!({}),
    )
    .await
    .problem(404, &[]);
    app.finish().await;
}

#[tokio::test]
async fn a_report_begins_from_a_template() {
    let app = TestApp::new().await;
    let ana = app.person("ana", Role::Author).await;
    let bot = app.program_of(ALL, Some(ana), None).await;
    let path = |query: &str| format!("/api/v1/reports{query}");
    let start = async |query: &str, body: Value| {
        let headers = [("content-type", "application/json")];
        bot.send(Method::POST, &path(query), &headers, body.to_string())
            .await
    };
    let body = json!({
        "title": "Checkout is down", "severity": "SEV2", "services": ["checkout"], "tags": ["Database"],
        "started_at": "2026-11-21T10:05:00Z", "timezone": "Europe/Paris",
    });
    let begun = start("?template=standard", body.clone())
        .await
        .is(201)
        .json();
    assert_eq!(begun["title"], "Checkout is down");
    assert_eq!(
        (&begun["severity"], &begun["status"]),
        (&json!("SEV2"), &json!("draft"))
    );
    assert_eq!(
        (&begun["tags"], &begun["authors"]),
        (&json!(["database"]), &json!(["ana"]))
    );
    assert_eq!(begun["started_at"], "2026-11-21T10:05:00Z");
    let templates = bot.get("/api/v1/templates").await.is(200).json();
    let standard = templates["items"]
        .as_array()
        .unwrap()
        .iter()
        .find(|it| it["word"] == "standard")
        .unwrap();
    let headings = |list: &Value| -> Vec<Value> {
        list.as_array()
            .unwrap()
            .iter()
            .map(|it| it["heading"].clone())
            .collect()
    };
    assert_eq!(
        headings(&begun["sections"]),
        headings(&standard["sections"])
    );

    let near = start("?template=near-miss", json!({ "title": "Nearly" }))
        .await
        .is(201)
        .json();
    assert_eq!(
        (&near["kind"], &near["severity"]),
        (&json!("near_miss"), &Value::Null)
    );
    let chosen = start("", json!({ "title": "Nearly", "kind": "near_miss" }))
        .await
        .is(201)
        .json();
    assert_eq!(headings(&chosen["sections"]), headings(&near["sections"]));

    start("?template=nothing", body.clone())
        .await
        .problem(422, &["template"]);
    start("?template=standard", json!({ "document": DOCUMENT }))
        .await
        .problem(422, &["template"]);
    for (wrong, field) in [
        (json!({ "title": " " }), "title"),
        (json!({ "title": "x".repeat(301) }), "title"),
        (
            json!({ "title": "T", "timezone": "Mars/Olympus" }),
            "timezone",
        ),
        (json!({ "title": "T", "severity": "SEV9" }), "severity"),
        (
            json!({ "title": "T", "kind": "near_miss", "severity": "SEV1" }),
            "severity",
        ),
        (json!({ "title": "T", "started_at": "soon" }), "started_at"),
        (
            json!({ "title": "T", "services": vec!["x"; 51] }),
            "services",
        ),
        (json!({ "title": "T", "note": "n".repeat(1_001) }), "note"),
        (json!({ "title": "T", "colour": "red" }), "colour"),
    ] {
        start("", wrong).await.problem(422, &[field]);
    }
    let once = [
        ("content-type", "application/json"),
        ("idempotency-key", "page-1"),
    ];
    for _ in 0..2 {
        let again = bot
            .send(Method::POST, &path(""), &once, body.to_string())
            .await
            .is(201);
        assert_eq!(again.json()["id"], "PM-4");
    }
    let reader = app.person("reader", Role::Reader).await;
    let reader = app.program_of(ALL, Some(reader), None).await;
    reader.post(&[], &body).await.problem(403, &[]);
    app.finish().await;
}
