//! Reports through the API: writing once, reading in two forms, changing what one has seen.

use std::collections::BTreeSet;

use futures_util::future::join_all;
use hansei::accounts::{self, Actor, Role};
use hansei::reports::document;
use jiff::SignedDuration;
use reqwest::Method;
use serde_json::json;

use crate::support::api::WRITER;
use crate::support::app::TestApp;
use crate::support::people::keys;

const ALL: &str = "search:read,reports:read,reports:write";

const DOCUMENT: &str = "---
title: Checkout slow
severity: SEV2
services: [checkout, payments]
tags: [database]
started_at: 2026-03-01T22:04:00Z
resolved_at: 2026-03-01T23:31:00Z
timezone: Europe/Paris
---

## Summary

Every tenth order failed.

## Timeline

- 2026-03-01 23:04 +01:00 [trigger] The nightly export opens 400 connections.

## Countermeasures

- [ ] Give the export its own pool
";

#[tokio::test]
async fn a_report_is_created_from_json_and_from_markdown() {
    let app = TestApp::new().await;
    let bot = app.program(ALL).await;
    // A note says why there was no review, where no reason is given.
    let body = json!({ "document": DOCUMENT, "publish": true, "note": "from the pager" });
    let created = bot.post(&[], &body).await.is(201);
    assert_eq!(created.header("location"), "/api/v1/reports/PM-1");
    assert_eq!(created.header("etag"), "\"r1\"");
    let report = created.json();
    assert_eq!(report["id"], "PM-1");
    assert_eq!(report["status"], "published");
    assert_eq!(report["severity"], "SEV2");
    assert_eq!(report["services"], json!(["checkout", "payments"]));
    assert_eq!(report["started_at"], "2026-03-01T22:04:00Z");
    assert_eq!(report["timeline"][0]["at"], "2026-03-01T22:04:00Z");
    assert_eq!(
        report["countermeasures"][0]["title"],
        "Give the export its own pool"
    );
    assert_eq!(report["url"], "http://localhost:1/reports/PM-1");

    let headers = [("content-type", "text/markdown; charset=utf-8")];
    let path = "/api/v1/reports?publish=false";
    let created = bot
        .send(Method::POST, path, &headers, DOCUMENT)
        .await
        .is(201);
    assert_eq!(created.json()["id"], "PM-2");
    assert_eq!(created.json()["status"], "draft");
    let history = app
        .rows("SELECT concat_ws(' ', number, event, author_name, note) AS text FROM revisions ORDER BY report_id")
        .await;
    assert_eq!(history, ["1 created bot from the pager", "1 created bot "]);
    app.finish().await;
}

#[tokio::test]
async fn what_is_read_is_what_was_written() {
    let app = TestApp::new().await;
    let bot = app.program(ALL).await;
    let key = bot.write(DOCUMENT, true).await;
    let path = format!("/api/v1/reports/{key}");
    let json = bot.get(&path).await.is(200);
    assert_eq!(json.header("content-type"), "application/json");
    let markdown = bot
        .send(
            Method::GET,
            &path,
            &[("accept", "text/markdown, application/json;q=0.5")],
            "",
        )
        .await
        .is(200);
    assert_eq!(
        markdown.header("content-type"),
        "text/markdown; charset=utf-8"
    );
    assert!(markdown.header("vary").to_lowercase().contains("accept"));
    assert_eq!(json.json()["document"], markdown.body);
    let sent = document::parse(DOCUMENT).draft;
    let read = document::parse(&markdown.body).draft;
    assert_eq!(read.sections, sent.sections);
    assert_eq!(read.timeline, sent.timeline);
    assert_eq!(read.countermeasures, sent.countermeasures);
    assert_eq!(read.times, sent.times);

    let tag = json.header("etag").to_owned();
    assert_eq!(tag, "\"r1\"");
    for seen in [tag.as_str(), "W/\"r1\"", "\"r9\", \"r1\"", "*"] {
        let again = bot
            .send(Method::GET, &path, &[("if-none-match", seen)], "")
            .await;
        assert_eq!((again.status, again.body.as_str()), (304, ""), "{seen}");
        assert_eq!(again.header("etag"), tag);
    }
    for other in ["\"r2\"", "nonsense", ""] {
        let again = bot
            .send(Method::GET, &path, &[("if-none-match", other)], "")
            .await;
        assert_eq!(again.status, 200, "{other}");
    }
    for (unknown, status) in [
        ("PM-99", 404),
        ("PM-0", 404),
        ("42", 404),
        ("PM-999999999999", 404),
        ("%00", 400),
        ("%ff", 400),
    ] {
        let path = format!("/api/v1/reports/{unknown}");
        bot.get(&path).await.problem(status, &[]);
    }
    app.finish().await;
}

#[tokio::test]
async fn a_change_needs_the_revision_it_was_made_from() {
    let app = TestApp::new().await;
    let bot = app.program(ALL).await;
    let key = bot.write(DOCUMENT, true).await;
    let path = format!("/api/v1/reports/{key}");
    let second = DOCUMENT.replace("Every tenth", "Every second");
    let headers = [("content-type", "text/markdown")];
    bot.send(Method::PUT, &path, &headers, second.clone())
        .await
        .problem(428, &[]);
    for stale in ["\"r2\"", "\"r0\"", "r1", "\"1\"", "nonsense"] {
        bot.put(&key, stale, &second).await.problem(412, &[]);
    }
    let saved = bot.put(&key, "\"r1\"", &second).await.is(200);
    assert_eq!(saved.header("etag"), "\"r2\"");
    assert_eq!(saved.json()["revision"], 2);
    assert_eq!(saved.json()["status"], "published");
    bot.put(&key, "\"r1\"", DOCUMENT).await.problem(412, &[]);
    let read = bot.get(&path).await.is(200).json();
    assert!(read["document"].as_str().unwrap().contains("Every second"));
    bot.put("PM-77", "\"r1\"", &second).await.problem(404, &[]);
    let events = app
        .rows("SELECT event AS text FROM revisions ORDER BY number")
        .await;
    assert_eq!(events, ["created", "saved"]);
    app.finish().await;
}

#[tokio::test]
async fn if_match_is_read_as_a_list() {
    let app = TestApp::new().await;
    let bot = app.program(ALL).await;
    let key = bot.write(DOCUMENT, true).await;
    let text = |n: u8| DOCUMENT.replace("tenth", &format!("{n}th"));
    for wrong in ["W/\"r1\"", "\"r7\", \"r8\"", "r1", "\"r7\" \"r1\"", ""] {
        bot.put(&key, wrong, &text(3)).await.problem(412, &[]);
    }
    for (named, tag) in [("\"r9\", \"r1\"", "\"r2\""), ("*", "\"r3\"")] {
        let saved = bot.put(&key, named, &text(tag.as_bytes()[2])).await.is(200);
        assert_eq!(saved.header("etag"), tag, "{named}");
    }
    bot.put("PM-77", "*", &text(3)).await.problem(404, &[]);
    // A retry of what named no revision has one effect, and the tag of a revision there is.
    let headers = [
        ("content-type", "text/markdown"),
        ("if-match", "*"),
        ("idempotency-key", "once"),
    ];
    for _ in 0..2 {
        let path = format!("/api/v1/reports/{key}");
        let saved = bot
            .send(Method::PUT, &path, &headers, text(5))
            .await
            .is(200);
        assert_eq!(saved.header("etag"), "\"r4\"");
    }
    let twice = [("idempotency-key", "a"), ("idempotency-key", "b")];
    let body = json!({ "document": DOCUMENT });
    bot.post(&twice, &body).await.problem(400, &[]);
    app.finish().await;
}

#[tokio::test]
async fn of_many_changes_at_once_one_wins() {
    let app = TestApp::new().await;
    let bot = app.program(ALL).await;
    let key = bot.write(DOCUMENT, false).await;
    let texts: Vec<String> = (0..8)
        .map(|n| DOCUMENT.replace("tenth", &format!("{n}th")))
        .collect();
    let answers = join_all(texts.iter().map(|text| bot.put(&key, "\"r1\"", text))).await;
    let mut statuses: Vec<u16> = answers.iter().map(|answer| answer.status).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 412, 412, 412, 412, 412, 412, 412]);
    let winner = answers
        .iter()
        .position(|answer| answer.status == 200)
        .unwrap();
    let read = bot.get(&format!("/api/v1/reports/{key}")).await.json();
    assert!(
        read["document"]
            .as_str()
            .unwrap()
            .contains(&format!("Every {winner}th"))
    );
    app.finish().await;
}

#[tokio::test]
async fn a_retried_request_has_one_effect() {
    let app = TestApp::new().await;
    let (bot, other) = (app.program(ALL).await, app.program(ALL).await);
    let body = json!({ "document": DOCUMENT });
    let key = [("idempotency-key", "alert-7")];
    let first = bot.post(&key, &body).await.is(201).json();
    let again = bot.post(&key, &body).await;
    assert!(matches!(again.status, 200 | 201), "{again:?}");
    assert_eq!(again.json()["id"], first["id"]);
    // After a change the retry still names the same report.
    bot.put("PM-1", "\"r1\"", &DOCUMENT.replace("tenth", "fifth"))
        .await
        .is(200);
    assert_eq!(bot.post(&key, &body).await.json()["id"], "PM-1");

    let different = json!({ "document": DOCUMENT, "publish": true });
    bot.post(&key, &different)
        .await
        .problem(422, &["Idempotency-Key"]);
    let headers = [("content-type", "application/json"), key[0]];
    let path = "/api/v1/reports?publish=true";
    bot.send(Method::POST, path, &headers, body.to_string())
        .await
        .problem(422, &["Idempotency-Key"]);
    // The same bytes in another language are another request.
    let markdown = [("content-type", "text/markdown"), key[0]];
    bot.send(Method::POST, "/api/v1/reports", &markdown, body.to_string())
        .await
        .problem(422, &["Idempotency-Key"]);
    // Keys belong to whoever chose them.
    assert_eq!(other.post(&key, &body).await.is(201).json()["id"], "PM-2");
    let long = "k".repeat(256);
    for wrong in ["", "two words", long.as_str()] {
        bot.post(&[("idempotency-key", wrong)], &body)
            .await
            .problem(422, &["Idempotency-Key"]);
    }
    assert_eq!(
        app.rows("SELECT count(*)::text AS text FROM reports").await,
        ["2"]
    );
    app.finish().await;
}

#[tokio::test]
async fn of_twenty_twins_one_is_born() {
    let app = TestApp::new().await;
    let bot = app.program(ALL).await;
    let body = json!({ "document": DOCUMENT });
    let headers = [("idempotency-key", "twin")];
    let answers = join_all((0..20).map(|_| bot.post(&headers, &body))).await;
    for answer in answers {
        assert!(matches!(answer.status, 200 | 201), "{answer:?}");
        assert_eq!(answer.json()["id"], "PM-1");
    }
    assert_eq!(
        app.rows("SELECT count(*)::text AS text FROM reports").await,
        ["1"]
    );
    assert_eq!(
        app.rows("SELECT last::text AS text FROM report_numbers")
            .await,
        ["1"],
        "no gap"
    );
    app.finish().await;
}

/// What is wrong is said in words, of the field that is wrong.
#[tokio::test]
async fn refusals_say_what_is_expected() {
    let app = TestApp::new().await;
    let bot = app.program(WRITER).await;
    let json = [("content-type", "application/json")];
    let told = async |path: &str, body: &str| {
        let answer = bot.send(Method::POST, path, &json, body.to_owned()).await;
        answer.json()
    };
    let of_field = |problem: &serde_json::Value| {
        let field = &problem["fields"][0];
        let words = |name: &str| field[name].as_str().unwrap_or_default().to_owned();
        (words("field"), words("message"))
    };
    let path = "/api/v1/reports?template=blank";
    for body in ["{\"title\": \"ok\\u0000x\"}", "{\"title\""] {
        let answer = bot.send(Method::POST, path, &json, body).await;
        let answer = answer.problem(400, &[]);
        assert!(!answer.body.contains("template"), "{}", answer.body);
    }
    for (body, field, message) in [
        (
            "{\"title\": \"T\", \"severity\": \"SEV9\"}",
            "severity",
            "Send one of SEV1, SEV2, SEV3, SEV4, SEV5.",
        ),
        (
            "{\"title\": \"T\", \"started_at\": \"nonsense\"}",
            "started_at",
            "“nonsense” is not a time such as 2026-03-01T22:04:00Z.",
        ),
        (
            "{\"title\": \"T\", \"started_at\": \"-000001-01-01T00:00:00Z\"}",
            "started_at",
            "Years go from 1 to 9999.",
        ),
    ] {
        let problem = told("/api/v1/reports", body).await;
        let expected = (field.to_owned(), message.to_owned());
        assert_eq!(of_field(&problem), expected, "{problem}");
    }
    app.finish().await;
}

#[tokio::test]
async fn what_is_wrong_is_told_field_by_field() {
    let app = TestApp::new().await;
    let bot = app.program(ALL).await;
    // What cannot be understood is kept and pointed out; it is no reason to turn a report away.
    let odd = "---\ntitle: T\ntimezone: Mars/Olympus\nstarted_at: 2026-03-02\nresolved_at: 2026-03-01\n---\n\nx\n";
    let taken = bot
        .post(&[], &json!({ "document": odd }))
        .await
        .is(201)
        .json();
    let remarked: Vec<&str> = taken["remarks"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["field"].as_str().unwrap())
        .collect();
    assert!(
        remarked.contains(&"timezone") && remarked.contains(&"resolved_at"),
        "{remarked:?}"
    );
    assert!(taken["document"].as_str().unwrap().contains("Mars/Olympus"));
    app.sql("DELETE FROM reports").await;
    bot.post(&[], &json!({ "document": "  " }))
        .await
        .problem(422, &["document"]);
    // A header that cannot be read leaves no title: what is told is why.
    let unread = "---\ntitle: \"T\nseverity: SEV1\n---\n\nx\n";
    let told = bot.post(&[], &json!({ "document": unread })).await;
    let fields = told.is(422).json()["fields"].clone();
    let message = fields[0]["message"].as_str().unwrap();
    assert!(
        message.starts_with("The front matter cannot be read"),
        "{fields}"
    );
    // Made to keep the machine busy: refused by name, nothing stored.
    let bomb = format!("---\ntitle: T\nx: {}\n---\n", "[".repeat(5_000));
    for hostile in [format!("# T\n\n{}a\n", "> ".repeat(5_000)), bomb] {
        bot.post(&[], &json!({ "document": hostile }))
            .await
            .problem(422, &["document"]);
    }
    let note = "n".repeat(1_001);
    bot.post(&[], &json!({ "document": DOCUMENT, "note": note }))
        .await
        .problem(422, &["note"]);

    let json = [("content-type", "application/json")];
    let path = "/api/v1/reports";
    for body in [
        "",
        "{",
        "[]",
        "{\"document\": 7}",
        "{\"documents\": \"x\"}",
        "null",
        "\u{0}",
    ] {
        let answer = bot.send(Method::POST, path, &json, body).await;
        assert!(matches!(answer.status, 400 | 422), "{body:?}: {answer:?}");
        assert_eq!(answer.header("content-type"), "application/problem+json");
    }
    for kind in ["text/plain", "application/xml", "multipart/form-data", ""] {
        bot.send(Method::POST, path, &[("content-type", kind)], DOCUMENT)
            .await
            .problem(415, &[]);
    }
    let markdown = [("content-type", "text/markdown")];
    let shift_jis = b"---\ntitle: \x8f\xe1\x8aQ\n---\n".to_vec();
    bot.send(Method::POST, path, &markdown, shift_jis)
        .await
        .problem(422, &["document"]);
    let huge = format!("{DOCUMENT}\n{}", "long ".repeat(500_000));
    bot.send(Method::POST, path, &markdown, huge)
        .await
        .problem(422, &["document"]);
    bot.send(Method::POST, path, &markdown, vec![b'x'; 10 * 1024 * 1024])
        .await
        .problem(413, &[]);
    let packed = [
        ("content-type", "text/markdown"),
        ("content-encoding", "gzip"),
    ];
    bot.send(Method::POST, path, &packed, "x")
        .await
        .problem(415, &[]);
    bot.send(Method::DELETE, path, &[], "")
        .await
        .problem(405, &[]);
    app.get("/api/v1/nothing").await.problem(404, &[]);
    assert_eq!(
        app.rows("SELECT count(*)::text AS text FROM reports").await,
        ["0"]
    );
    app.finish().await;
}

#[tokio::test]
async fn only_tokens_that_work_get_in_and_only_as_far_as_their_scopes() {
    let app = TestApp::new().await;
    let full = app.program(ALL).await;
    let key = full.write(DOCUMENT, true).await;
    let report = format!("/api/v1/reports/{key}");
    for path in ["/api/v1/reports", "/api/v1/search?q=x", report.as_str()] {
        let none = app.get(path).await.problem(401, &[]);
        assert_eq!(none.header("www-authenticate"), "Bearer");
        for wrong in [
            "Bearer",
            "Bearer nonsense",
            "Basic YTpi",
            "Bearer hansei_x",
            "bearer  ",
            "ÿ",
        ] {
            let headers = [("authorization", wrong)];
            app.send(Method::GET, path, &headers, "")
                .await
                .problem(401, &[]);
        }
    }
    let (search, read) = (
        app.program("search:read").await,
        app.program("reports:read").await,
    );
    search.get("/api/v1/search?q=checkout").await.is(200);
    search.get("/api/v1/reports").await.problem(403, &[]);
    search.get(&report).await.problem(403, &[]);
    read.get(&report).await.is(200);
    read.get("/api/v1/search?q=checkout")
        .await
        .problem(403, &[]);
    read.post(&[], &json!({ "document": DOCUMENT }))
        .await
        .problem(403, &[]);
    read.put(&key, "\"r1\"", DOCUMENT).await.problem(403, &[]);

    let ana = app.person("ana", Role::Author).await;
    let later = app.clock.now() + SignedDuration::from_hours(1);
    let expiring = app.program_of(ALL, None, Some(later)).await;
    let bound = app.program_of(ALL, Some(ana), None).await;
    for works in [&expiring, &bound] {
        works.get(&report).await.is(200);
    }
    app.clock.advance(SignedDuration::from_hours(1));
    expiring.get(&report).await.problem(401, &[]);
    let mut conn = app.connect().await;
    let now = app.clock.now();
    accounts::set_suspended(&mut conn, &Actor::Operator, now, (ana, true))
        .await
        .unwrap();
    bound.get(&report).await.problem(401, &[]);
    accounts::revoke_token(&mut conn, &Actor::Operator, now, full.id)
        .await
        .unwrap();
    full.get(&report).await.problem(401, &[]);
    full.post(&[], &json!({ "document": DOCUMENT }))
        .await
        .problem(401, &[]);
    drop(conn);
    app.finish().await;
}

#[tokio::test]
async fn the_list_names_every_report_once() {
    let app = TestApp::new().await;
    let bot = app.program(ALL).await;
    for number in 1..=23 {
        let document = format!("---\ntitle: Number {number}\n---\n\n## Summary\n\nx\n");
        bot.write(&document, number % 2 == 0).await;
    }
    let mut seen = Vec::new();
    let mut path = "/api/v1/reports?limit=5".to_owned();
    loop {
        let answer = bot.get(&path).await.is(200);
        let page = answer.json();
        assert_eq!(page["total"], 23);
        seen.extend(keys(&page));
        let Some(cursor) = page["next_cursor"].as_str() else {
            assert_eq!(answer.header("link"), "");
            break;
        };
        path = format!("/api/v1/reports?limit=5&cursor={cursor}");
        assert_eq!(answer.header("link"), format!("<{path}>; rel=\"next\""));
    }
    assert_eq!(seen.len(), 23);
    assert_eq!(seen.iter().collect::<BTreeSet<_>>().len(), 23);
    assert_eq!(seen[0], "PM-23", "newest first");
    let list = bot.get("/api/v1/reports?limit=200").await.json();
    assert_eq!(keys(&list), seen);
    for wrong in ["0", "201", "abc", "-1", "1.5", "99999999999999999999"] {
        let path = format!("/api/v1/reports?limit={wrong}");
        bot.get(&path).await.problem(422, &["limit"]);
    }
    for wrong in ["abc", "PM-0", "o10", "%f0%9f%98%80"] {
        let path = format!("/api/v1/reports?cursor={wrong}");
        bot.get(&path).await.problem(422, &["cursor"]);
    }
    for unreadable in ["cursor=%00", "cursor=%ff", "limit=%00"] {
        bot.get(&format!("/api/v1/reports?{unreadable}"))
            .await
            .problem(400, &[]);
    }
    app.finish().await;
}

#[tokio::test]
async fn an_import_key_is_taken_once() {
    let app = TestApp::new().await;
    let bot = app
        .program("reports:read,reports:write,restricted:read,admin")
        .await;
    let document = DOCUMENT.replace("title:", "id: pager-7\ntitle:");
    bot.write(&document, false).await;
    let twice = bot.post(&[], &json!({ "document": document })).await;
    assert!(matches!(twice.status, 409 | 422), "{twice:?}");
    assert_eq!(twice.header("content-type"), "application/problem+json");
    // The key of another site's report, or of the very report that was exported, is nobody's.
    let exported = DOCUMENT.replace("title:", "id: PM-1\ntitle:");
    bot.write(&exported, false).await;
    assert_eq!(
        app.rows("SELECT count(*)::text AS text FROM reports").await,
        ["2"]
    );
    app.finish().await;
}

#[tokio::test]
async fn one_key_for_two_changes_at_once_is_told() {
    use diesel_async::SimpleAsyncConnection as _;
    let app = TestApp::new().await;
    let bot = app.program(ALL).await;
    let (one, two) = (
        bot.write(DOCUMENT, false).await,
        bot.write(DOCUMENT, false).await,
    );
    let headers = [
        ("content-type", "text/markdown"),
        ("if-match", "\"r1\""),
        ("idempotency-key", "alert-7"),
    ];
    let changed = DOCUMENT.replace("tenth", "fifth");
    let put = |key: &str| {
        let path = format!("/api/v1/reports/{key}");
        let (bot, headers, changed) = (&bot, &headers, changed.clone());
        async move { bot.send(Method::PUT, &path, headers, changed).await }
    };
    // Both have asked for the key before either keeps it.
    let mut held = app.connect().await;
    held.batch_execute("BEGIN; LOCK TABLE idempotency IN EXCLUSIVE MODE")
        .await
        .unwrap();
    let free = async {
        let waiting = "SELECT count(*)::text AS text FROM pg_stat_activity
            WHERE datname = current_database() AND wait_event_type = 'Lock'";
        for _ in 0..2_000 {
            if app.rows(waiting).await == ["2"] {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
        held.batch_execute("COMMIT").await.unwrap();
    };
    let (first, second, ()) = futures_util::future::join3(put(&one), put(&two), free).await;
    let (done, refused) = if first.status == 200 {
        (first, second)
    } else {
        (second, first)
    };
    assert_eq!(done.status, 200, "{done:?}");
    refused.problem(422, &["Idempotency-Key"]);
    app.finish().await;
}

#[tokio::test]
async fn every_line_of_if_match_is_part_of_a_request() {
    let app = TestApp::new().await;
    let bot = app.program(ALL).await;
    let key = bot.write(DOCUMENT, false).await;
    let put = async |second: &str| {
        let headers = [
            ("content-type", "text/markdown"),
            ("if-match", "\"r1\""),
            ("if-match", second),
            ("idempotency-key", "alert-7"),
        ];
        let path = format!("/api/v1/reports/{key}");
        bot.send(Method::PUT, &path, &headers, DOCUMENT).await
    };
    assert_eq!(put("\"r2\"").await.is(200).header("etag"), "\"r2\"");
    bot.put(&key, "*", &DOCUMENT.replace("tenth", "fifth"))
        .await
        .is(200);
    // Which of the two it saved over is not known any more; the report as it is has a tag.
    let again = put("\"r2\"").await.is(200);
    assert_eq!(again.json()["revision"], 3);
    assert_eq!(again.header("etag"), "\"r3\"");
    put("\"r3\"").await.problem(422, &["Idempotency-Key"]);
    app.finish().await;
}

/// Else it would be told that a restricted report has a key, and an import could be stopped in advance.
#[tokio::test]
async fn only_those_who_may_import_say_under_which_key() {
    let app = TestApp::new().await;
    let importer = app
        .program("reports:read,reports:write,restricted:read,admin")
        .await;
    let bot = app.program(ALL).await;
    let author = app.sign_in("author", Role::Author).await;
    let own = app.program_of(ALL, Some(author.id), None).await;
    let document = DOCUMENT.replace("title:", "id: pager-7\ntitle:");
    let secret = document.replace("title:", "visibility: restricted\ntitle:");
    importer.write(&secret, false).await;
    for program in [&bot, &own] {
        let other = document.replace("pager-7", "pager-8");
        for (document, key) in [(&document, "pager-7"), (&other, "pager-8")] {
            let made = program.post(&[], &json!({ "document": document })).await;
            let made = made.is(201).json();
            assert_eq!(made["import_key"], json!(null), "{key}: {made}");
            assert_eq!(made["remarks"][0]["field"], "id", "{made}");
            assert!(!made["document"].as_str().unwrap().contains(key), "{made}");
        }
    }
    author
        .write(&[
            ("title", "Pasted"),
            ("kind", "incident"),
            ("document", "```yaml\nid: pager-7\n```\n\n## Summary\n\nx\n"),
            ("do", "save"),
        ])
        .await;
    assert_eq!(
        app.rows("SELECT import_key AS text FROM reports WHERE import_key IS NOT NULL")
            .await,
        ["pager-7"]
    );
    app.finish().await;
}

/// Whatever `If-Match` says, and whatever is wrong with what is sent.
#[tokio::test]
async fn a_report_that_is_hidden_is_missing_before_anything_else_is_looked_at() {
    let app = TestApp::new().await;
    let author = app.sign_in("author", Role::Author).await;
    let bot = app.program(ALL).await;
    let hidden = author
        .write(&[
            ("title", "Hidden"),
            ("kind", "incident"),
            ("visibility", "restricted"),
            ("document", "## Summary\n\nx\n"),
            ("do", "publish"),
        ])
        .await;
    let broken = DOCUMENT.replace("Checkout slow", &"x".repeat(400));
    for if_match in ["*", "\"r1\", \"r2\"", "\"r1\""] {
        let there = bot.put(&hidden, if_match, &broken).await;
        let nowhere = bot.put("PM-999", if_match, &broken).await;
        assert_eq!(there.status, nowhere.status, "{if_match}");
        let told = |body: &str| body.replace(&hidden, "PM-999").contains("PM-999");
        assert_eq!(told(&there.body), told(&nowhere.body), "{if_match}");
        bot.put(&hidden, if_match, DOCUMENT).await.problem(404, &[]);
    }
    app.finish().await;
}

/// A database restored while the server runs counts from an earlier `rev` on: the same number then is another text.
#[tokio::test]
async fn a_version_that_comes_again_is_not_answered_from_memory() {
    let app = TestApp::new().await;
    let bot = app.program("reports:read,reports:write,search:read").await;
    let ana = app.sign_in("ana", Role::Reader).await;
    let key = bot.write("# Zebra\n\nBefore.\n", true).await;
    app.indexed().await;
    let (api, page) = (format!("/api/v1/reports/{key}"), format!("/reports/{key}"));
    let title = async || bot.get(&api).await.is(200).json()["title"].clone();
    let shown = async || ana.get(&page).await.is(200).body;
    let found = async || {
        let hits = bot.get("/api/v1/search?q=before").await.is(200).json();
        hits["items"][0]["title"].clone()
    };
    assert_eq!(
        (title().await, found().await),
        ("Zebra".into(), "Zebra".into())
    );
    assert!(shown().await.contains("Zebra"));
    let again = "UPDATE reports SET title = 'Lion';
        ALTER TABLE reports DISABLE TRIGGER reports_bump;
        UPDATE reports SET rev = rev - 1;
        DELETE FROM rendered_reports;
        ALTER TABLE reports ENABLE TRIGGER reports_bump";
    app.sql(again).await;
    assert_eq!(
        (title().await, found().await),
        ("Lion".into(), "Lion".into())
    );
    let page = shown().await;
    assert!(page.contains("Lion") && !page.contains("Zebra"), "{page}");
    // What the index was told of does not match what was forged here: it has to begin anew.
    app.sql("UPDATE reports SET rev = rev + 1").await;
    app.finish().await;
}
