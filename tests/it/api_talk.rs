//! Comments through the API.

use futures_util::future::join_all;
use hansei::accounts::Role;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::api::WRITER;
use crate::support::app::TestApp;
use crate::support::people::Program;

const DOCUMENT: &str = "---
title: Checkout slow
---

## Summary

Every tenth order failed.

## Impact

Some.

## Timeline

- 2026-03-01T22:04:00Z [trigger] The nightly export began
- 2026-03-01T22:09:00Z [detect] An alert rang
";

const RESTRICTED: &str = "---\ntitle: Secret\nvisibility: restricted\n---\n\n## Summary\n\nx\n";

/// The number of a comment that was made last in its thread.
async fn say(bot: &Program<'_>, key: &str, body: &Value) -> i64 {
    let thread = bot
        .add(&format!("{key}/comments"), body)
        .await
        .is(201)
        .json();
    let comments = thread["comments"].as_array().unwrap();
    comments.last().unwrap()["id"].as_i64().unwrap()
}

#[tokio::test]
async fn a_thread_says_what_it_is_about_and_follows_it() {
    let app = TestApp::new().await;
    let ana = app.person("ana", Role::Author).await;
    let own = app.program_of(WRITER, Some(ana), None).await;
    let key = own.write(DOCUMENT, true).await;
    let comments = format!("{key}/comments");
    assert_eq!(
        own.read(&comments).await,
        json!({ "items": [], "total": 0, "next_cursor": null })
    );
    let body = json!({ "text": "Louder than the week before?\r\n", "event": 2 });
    let made = own.add(&comments, &body).await.is(201);
    assert_eq!(
        made.header("location"),
        format!("/api/v1/reports/{key}/comments")
    );
    let thread = made.json();
    let id = &thread["id"];
    let expected = json!({
        "id": id,
        "about": { "kind": "event", "quote": "An alert rang", "state": "here", "section": null, "event": 2 },
        "resolved_at": null,
        "resolved_by": null,
        "comments": [{
            "id": id, "author": "bot", "own": true, "text": "Louder than the week before?",
            "created_at": "2026-11-21T12:00:00Z", "edits": 0, "removed": false, "removed_reason": null,
            "url": format!("http://localhost:1/reports/{key}/comments?at={id}#comment-{id}"),
        }],
    });
    assert_eq!(thread, expected);
    say(
        &own,
        &key,
        &json!({ "text": "Whose?", "section": " impact" }),
    )
    .await;
    say(&own, &key, &json!({ "text": "Thanks." })).await;
    let bot = app.program(WRITER).await;
    say(&bot, &key, &json!({ "text": "It was.", "reply_to": id })).await;

    // An event comes before it, and the section gets another heading.
    let text = own.read(&key).await["document"]
        .as_str()
        .unwrap()
        .to_owned();
    let text = text
        .replace("## Impact", "## Customer impact")
        .replace("- 2026-03-01", "- 2026-03-01T21:00:00Z Quiet\n- 2026-03-01");
    let text = text.replacen("- 2026-03-01T21:00:00Z Quiet\n", "", 1);
    own.put(&key, "*", &text).await.is(200);
    let all = own.read(&comments).await;
    assert_eq!(all["total"], 3);
    let about = |number: usize| all["items"][number]["about"].clone();
    assert_eq!(about(0)["event"], 3, "{all}");
    assert_eq!(about(1)["section"], "Customer impact");
    assert_eq!(about(1)["quote"], "Impact");
    assert_eq!(
        about(2),
        json!({ "kind": "report", "quote": "", "state": "here", "section": null, "event": null })
    );
    let told = all["items"][0]["comments"].as_array().unwrap();
    let told: Vec<_> = told.iter().map(|it| (&it["text"], &it["own"])).collect();
    assert_eq!(
        told,
        [
            (&json!("Louder than the week before?"), &json!(true)),
            (&json!("It was."), &json!(false))
        ]
    );
    // As the revision had it that the program has read.
    let old = json!({ "text": "And here?", "event": 2, "revision": 1 });
    let thread = own.add(&comments, &old).await.is(201).json();
    assert_eq!(thread["about"]["event"], 3);
    app.finish().await;
}

#[tokio::test]
async fn what_is_wrong_with_a_comment_is_said_beside_its_field() {
    let app = TestApp::new().await;
    let bot = app.program(WRITER).await;
    let key = bot.write(DOCUMENT, true).await;
    let comments = format!("{key}/comments");
    for (body, fields) in [
        (json!({ "text": " \n" }), vec!["text"]),
        (json!({ "text": "x".repeat(10_001) }), vec!["text"]),
        (json!({ "text": "x", "section": "Causes" }), vec!["section"]),
        (
            json!({ "text": "x", "section": "é".repeat(1_001) }),
            vec!["section"],
        ),
        (
            json!({ "text": "x", "section": "é".repeat(1_000) }),
            vec!["section"],
        ),
        (json!({ "text": "x", "event": 3 }), vec!["event"]),
        (json!({ "text": "x", "event": 0 }), vec!["event"]),
        (
            json!({ "text": "x", "event": 1, "section": "Impact" }),
            vec!["event"],
        ),
        (
            json!({ "text": "x", "event": 1, "reply_to": 1 }),
            vec!["reply_to"],
        ),
        (
            json!({ "text": "x", "event": 1, "revision": 9 }),
            vec!["revision"],
        ),
        (json!({ "text": "x", "event": "1" }), vec!["event"]),
    ] {
        bot.add(&comments, &body).await.problem(422, &fields);
    }
    bot.add(&comments, &json!({ "section": "Impact" }))
        .await
        .is(422);
    bot.add(&comments, &json!({ "text": "x", "reply_to": 99 }))
        .await
        .problem(409, &[]);
    bot.send(
        Method::POST,
        &format!("/api/v1/reports/{comments}"),
        &[("content-type", "application/json")],
        "{\"text\": \"a\\u0000\"}",
    )
    .await
    .problem(400, &[]);
    for wrong in [
        "limit=0",
        "limit=201",
        "limit=x",
        "cursor=x",
        "cursor=0",
        "cursor=-1",
    ] {
        bot.ask(
            Method::GET,
            &format!("{comments}?{wrong}"),
            &[],
            &Value::Null,
        )
        .await
        .is(422);
    }
    assert_eq!(bot.read(&comments).await["total"], 0);
    app.finish().await;
}

#[tokio::test]
async fn a_thread_is_resolved_opened_again_and_its_words_belong_to_their_writer() {
    let app = TestApp::new().await;
    let [ana, ben, rita] = [
        ("ana", Role::Author),
        ("ben", Role::Author),
        ("rita", Role::Reader),
    ];
    let ana = app.person(ana.0, ana.1).await;
    let ben = app.person(ben.0, ben.1).await;
    let rita = app.person(rita.0, rita.1).await;
    let ana = app.program_of(WRITER, Some(ana), None).await;
    let ben = app.program_of(WRITER, Some(ben), None).await;
    let rita = app.program_of(WRITER, Some(rita), None).await;
    let key = ana.write(DOCUMENT, true).await;
    let first = say(&ana, &key, &json!({ "text": "One" })).await;
    let answer = say(&rita, &key, &json!({ "text": "Two", "reply_to": first })).await;
    let at = |id: i64, what: &str| format!("{key}/comments/{id}{what}");

    let thread = ben
        .add(&at(first, "/resolve"), &Value::Null)
        .await
        .is(200)
        .json();
    assert_eq!(thread["resolved_at"], "2026-11-21T12:00:00Z");
    assert_eq!(thread["resolved_by"], "bot");
    ben.add(&at(first, "/resolve"), &Value::Null).await.is(200);
    let thread = ana
        .add(&at(first, "/reopen"), &Value::Null)
        .await
        .is(200)
        .json();
    assert_eq!(
        (&thread["resolved_at"], &thread["resolved_by"]),
        (&Value::Null, &Value::Null)
    );
    ana.add(&at(answer, "/resolve"), &Value::Null)
        .await
        .problem(409, &[]);
    rita.add(&at(first, "/resolve"), &Value::Null)
        .await
        .problem(403, &[]);
    // Whoever began a thread may, a reader too.
    let hers = say(&rita, &key, &json!({ "text": "Mine" })).await;
    rita.add(&at(hers, "/resolve"), &Value::Null).await.is(200);

    let text = json!({ "text": "One, or two" });
    let thread = ana.replace(&at(first, ""), &text).await.is(200).json();
    assert_eq!(thread["comments"][0]["text"], "One, or two");
    assert_eq!(thread["comments"][0]["edits"], 1);
    // What was read before somebody changed it overwrites nothing.
    let behind = json!({ "text": "Three", "edits": 0 });
    ana.replace(&at(first, ""), &behind).await.problem(409, &[]);
    let read = json!({ "text": "Three", "edits": 1 });
    let thread = ana.replace(&at(first, ""), &read).await.is(200).json();
    assert_eq!(thread["comments"][0]["text"], "Three");
    ben.replace(&at(first, ""), &text).await.problem(403, &[]);
    ana.replace(&at(first, ""), &json!({ "text": "" }))
        .await
        .problem(422, &["text"]);
    ben.remove(&at(answer, "")).await.problem(403, &[]);
    for _ in 0..2 {
        rita.remove(&at(answer, "")).await.is(204);
    }
    rita.replace(&at(answer, ""), &text).await.problem(404, &[]);
    let all = ana.read(&format!("{key}/comments")).await;
    assert_eq!(
        all["items"][0]["resolved_at"],
        Value::Null,
        "words are left"
    );
    let gone = &all["items"][0]["comments"][1];
    assert_eq!(
        (&gone["removed"], &gone["text"]),
        (&json!(true), &json!(""))
    );
    for id in ["999", "x", "0"] {
        let path = format!("{key}/comments/{id}");
        ana.replace(&path, &text).await.problem(404, &[]);
        ana.remove(&path).await.problem(404, &[]);
        for turn in ["resolve", "reopen"] {
            ana.add(&format!("{path}/{turn}"), &Value::Null)
                .await
                .problem(404, &[]);
        }
    }
    // A comment of one report is none of another.
    let other = ana.write(DOCUMENT, true).await;
    ana.remove(&format!("{other}/comments/{first}"))
        .await
        .problem(404, &[]);
    app.finish().await;
}

#[tokio::test]
async fn comments_are_for_those_who_see_the_report() {
    let app = TestApp::new().await;
    let ana = app.person("ana", Role::Author).await;
    let own = app
        .program_of(&format!("{WRITER},restricted:read"), Some(ana), None)
        .await;
    let open = own.write(DOCUMENT, true).await;
    let secret = own.write(RESTRICTED, true).await;
    let id = say(&own, &secret, &json!({ "text": "Quietly" })).await;
    let outside = app.program(WRITER).await;
    let without = app.program_of(WRITER, Some(ana), None).await;
    for who in [&outside, &without] {
        let get = who
            .ask(
                Method::GET,
                &format!("{secret}/comments"),
                &[],
                &Value::Null,
            )
            .await;
        let added = who
            .add(&format!("{secret}/comments"), &json!({ "text": "x" }))
            .await;
        let edited = who
            .replace(&format!("{secret}/comments/{id}"), &json!({ "text": "x" }))
            .await;
        let removed = who.remove(&format!("{secret}/comments/{id}")).await;
        let resolved = who
            .add(&format!("{secret}/comments/{id}/resolve"), &Value::Null)
            .await;
        // A key that was used elsewhere does not tell that there is such a report.
        who.add_once(&format!("{open}/comments"), "k", &json!({ "text": "x" }))
            .await
            .is(201);
        let reused = who
            .add_once(&format!("{secret}/comments"), "k", &json!({ "text": "x" }))
            .await;
        for answer in [get, added, edited, removed, resolved, reused] {
            answer.problem(404, &[]);
        }
    }
    let reader = app.program("reports:read").await;
    reader
        .ask(Method::GET, &format!("{open}/comments"), &[], &Value::Null)
        .await
        .problem(403, &[]);
    reader
        .add(&format!("{open}/comments"), &json!({ "text": "x" }))
        .await
        .problem(403, &[]);
    app.finish().await;
}

#[tokio::test]
async fn a_request_with_a_key_makes_one_comment() {
    let app = TestApp::new().await;
    let ana = app.person("ana", Role::Author).await;
    let own = app.program_of(WRITER, Some(ana), None).await;
    let bot = app.program(WRITER).await;
    let key = own.write(DOCUMENT, true).await;
    let comments = format!("{key}/comments");
    let body = json!({ "text": "Once", "section": "Impact" });
    for who in [&own, &bot] {
        let twins = (0..4).map(|_| who.add_once(&comments, "k", &body));
        let mut ids = Vec::new();
        for answer in join_all(twins).await {
            ids.push(answer.is(201).json()["id"].clone());
        }
        ids.dedup();
        assert_eq!(ids.len(), 1);
        let other = json!({ "text": "Once", "section": "Summary" });
        who.add_once(&comments, "k", &other)
            .await
            .problem(422, &["Idempotency-Key"]);
    }
    assert_eq!(own.read(&comments).await["total"], 2);
    // A retry is answered also when what it was about has gone since.
    let text = DOCUMENT.replace("## Impact\n\nSome.\n\n", "");
    own.put(&key, "*", &text).await.is(200);
    let again = bot.add_once(&comments, "k", &body).await.is(201).json();
    assert_eq!(again["about"]["state"], "gone");
    bot.add_once(&comments, "new", &body)
        .await
        .problem(422, &["section"]);
    app.finish().await;
}

#[tokio::test]
async fn many_threads_come_in_pages_and_there_is_an_end_to_them() {
    let app = TestApp::new().await;
    let bot = app.program(WRITER).await;
    let key = bot.write(DOCUMENT, true).await;
    app.sql(
        "INSERT INTO comments (report_id, author_name, anchor_kind, text)
         SELECT r.id, 'ana', 'report', 'x' FROM reports r, generate_series(1, 1000)",
    )
    .await;
    let comments = format!("/api/v1/reports/{key}/comments");
    let mut next = Some(format!("{comments}?limit=200"));
    let mut found = 0;
    while let Some(path) = next {
        let answer = bot.get(&path).await.is(200);
        let page = answer.json();
        found += page["items"].as_array().unwrap().len();
        assert_eq!(page["total"], 1000);
        next = page["next_cursor"]
            .as_str()
            .map(|cursor| format!("{comments}?limit=200&cursor={cursor}"));
        let link = next
            .as_ref()
            .map_or(String::new(), |it| format!("<{it}>; rel=\"next\""));
        assert_eq!(answer.header("link"), link);
    }
    assert_eq!(found, 1000);
    assert_eq!(
        bot.get(&comments).await.is(200).json()["items"]
            .as_array()
            .unwrap()
            .len(),
        50
    );
    bot.add(&format!("{key}/comments"), &json!({ "text": "One more" }))
        .await
        .problem(409, &[]);
    app.finish().await;
}

#[tokio::test]
async fn a_thread_comes_whole_on_its_page() {
    let app = TestApp::new().await;
    let bot = app.program(WRITER).await;
    let key = bot.write(DOCUMENT, true).await;
    let mut first = Vec::new();
    for text in ["One", "Two", "Three"] {
        first.push(say(&bot, &key, &json!({ "text": text })).await);
    }
    for id in [first[1], first[0], first[1]] {
        let answer = json!({ "text": format!("To {id}"), "reply_to": id });
        say(&bot, &key, &answer).await;
    }
    // What is said of another report is not among it.
    let other = bot.write(DOCUMENT, true).await;
    say(&bot, &other, &json!({ "text": "Elsewhere" })).await;
    let mut cursor = String::new();
    for (id, count) in first.iter().zip([2, 3, 1]) {
        let page = bot
            .read(&format!("{key}/comments?limit=1&cursor={cursor}"))
            .await;
        assert_eq!(page["total"], 3);
        let items = page["items"].as_array().unwrap();
        assert_eq!(items.len(), 1);
        assert_eq!(items[0]["id"], *id);
        let comments = items[0]["comments"].as_array().unwrap();
        assert_eq!(comments.len(), count, "{page}");
        cursor = page["next_cursor"].as_str().unwrap_or_default().to_owned();
    }
    assert_eq!(cursor, "");
    app.finish().await;
}

#[tokio::test]
async fn a_section_is_named_only_where_it_is_the_only_one_of_its_heading() {
    let app = TestApp::new().await;
    let bot = app.program(WRITER).await;
    let twice = DOCUMENT.replace("## Timeline", "## IMPACT\n\nMore.\n\n## Timeline");
    let key = bot.write(&twice, true).await;
    let comments = format!("{key}/comments");
    let body = json!({ "text": "x", "section": "Impact" });
    bot.add(&comments, &body).await.problem(422, &["section"]);
    bot.add(&comments, &json!({ "text": "x", "section": "Summary" }))
        .await
        .is(201);
    // In the revision the program has read there is one.
    bot.put(&key, "*", DOCUMENT).await.is(200);
    let seen = json!({ "text": "x", "section": "Impact", "revision": 1 });
    bot.add(&comments, &seen).await.problem(422, &["section"]);
    let seen = json!({ "text": "x", "section": "Impact", "revision": 2 });
    bot.add(&comments, &seen).await.is(201);
    app.finish().await;
}

#[tokio::test]
async fn a_key_that_was_forgotten_swallows_no_comment() {
    let app = TestApp::new().await;
    let ana = app.person("ana", Role::Author).await;
    let own = app.program_of(WRITER, Some(ana), None).await;
    let key = own.write(DOCUMENT, true).await;
    let comments = format!("{key}/comments");
    let about = |section: &str| json!({ "text": "Still so?", "section": section });
    own.add_once(&comments, "k", &about("Impact")).await.is(201);
    // As after a week.
    app.sql("DELETE FROM idempotency").await;
    let second = own
        .add_once(&comments, "k", &about("Summary"))
        .await
        .is(201)
        .json();
    assert_eq!(second["about"]["section"], "Summary");
    // The very same request is the same comment still.
    app.sql("DELETE FROM idempotency").await;
    own.add_once(&comments, "k", &about("Summary"))
        .await
        .is(201);
    assert_eq!(own.read(&comments).await["total"], 2);
    app.finish().await;
}

#[tokio::test]
async fn a_text_may_speak_of_a_nul() {
    let app = TestApp::new().await;
    let bot = app.program(WRITER).await;
    let key = bot.write(DOCUMENT, true).await;
    let path = format!("/api/v1/reports/{key}/comments");
    let json = [("content-type", "application/json")];
    let made = bot
        .send(Method::POST, &path, &json, r#"{"text": "C:\\u0000.log"}"#)
        .await
        .is(201)
        .json();
    assert_eq!(made["comments"][0]["text"], r"C:\u0000.log");
    bot.send(Method::POST, &path, &json, r#"{"text": "C:\\\u0000"}"#)
        .await
        .problem(400, &[]);
    let refused = bot
        .add(
            &format!("{key}/comments"),
            &json!({ "text": "x", "reply_to": 99 }),
        )
        .await
        .problem(409, &[]);
    assert_eq!(refused.json()["title"], "Not possible as things are");
    app.finish().await;
}

#[tokio::test]
async fn people_find_what_programs_say_and_are_told() {
    let app = TestApp::new().await;
    let ana = app.sign_in("ana", Role::Author).await;
    let own = app.program_of(WRITER, Some(ana.id), None).await;
    let key = own.write(DOCUMENT, true).await;
    let bot = app.program(WRITER).await;
    let id = say(&bot, &key, &json!({ "text": "@ana look", "event": 1 })).await;
    let page = ana.get(&format!("/reports/{key}/comments")).await.is(200);
    assert!(
        page.body.contains(&format!("id=\"comment-{id}\"")),
        "{}",
        page.body
    );
    let inbox = ana.get("/inbox").await.is(200);
    assert!(inbox.body.contains(&key), "{}", inbox.body);
    let links = "SELECT link AS text FROM notifications";
    let there = format!("/reports/{key}/comments?at={id}#comment-{id}");
    assert_eq!(app.rows(links).await, [there]);
    let kinds = "SELECT kind AS text FROM notifications";
    assert_eq!(app.rows(kinds).await, ["mentioned"]);
    app.finish().await;
}
