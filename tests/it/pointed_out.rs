//! Secrets, addresses and telephone numbers are pointed out at every door through which others come to read them, to
//! programs as to people; and names of people stay inside.

use hansei::accounts::Role;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::api::WRITER;
use crate::support::app::{Answer, TestApp};
use crate::support::people::Program;
use crate::writing::{form, with};

const CLEAN: &str = "---\ntitle: T\nkind: near_miss\n---\n\n## Summary\n\nIt is out.\n";
const KEY: &str = "AKIAQ7PZX4M2KD8RWT5B";
const MAIL: &str = "ada.lovelace@hansei-tools.com";
const PEOPLE: &str = "## Summary\n\nAsk ada.lovelace@hansei-tools.com, or call +49 30 901820 44.\n";

/// The findings that an answer names.
fn named(answer: &Answer) -> Vec<String> {
    let problem = answer.json();
    let fields = problem["fields"].as_array().unwrap();
    let id = |it: &Value| {
        let said = it["message"].as_str().unwrap().trim_end_matches('.');
        said.rsplit(' ').next().unwrap().to_owned()
    };
    fields.iter().map(id).collect()
}

async fn over(bot: &Program<'_>, (method, path): (Method, &str), body: &Value) -> Answer {
    bot.ask(method, path, &[("if-match", "*")], body).await
}

#[tokio::test]
async fn programs_bring_no_secret_to_the_readers_of_a_published_report_unsaid() {
    let app = TestApp::new().await;
    let bot = app.program(WRITER).await;
    let key = bot.write(CLEAN, true).await;
    let leaking = json!({ "document": format!("{CLEAN}\nWe used {KEY} there.\n") });
    let events =
        json!({ "items": [{ "at": "2026-03-01T22:04:00Z", "text": format!("Used {KEY}") }] });
    let timeline = format!("{key}/timeline");
    for (path, body) in [(&key, &leaking), (&timeline, &events)] {
        let stopped = over(&bot, (Method::PUT, path), body).await;
        let stopped = stopped.problem(422, &["dismissed"]);
        assert!(!stopped.body.contains(KEY), "{}", stopped.body);
        let read = bot.get(&format!("/api/v1/reports/{key}")).await.is(200);
        assert!(!read.body.contains("AKIA"), "{path}");
    }
    // What is added is pointed out at its place in what was sent, and added when it is said to be none.
    let two = json!({ "items": [{ "text": "Fine" }, { "text": format!("Used {KEY}") }] });
    for method in [Method::POST, Method::PUT] {
        let stopped = over(&bot, (method, &timeline), &two).await;
        let stopped = stopped.problem(422, &["dismissed"]);
        assert!(stopped.body.contains("in items[1]"), "{}", stopped.body);
        assert!(!stopped.body.contains(KEY), "{}", stopped.body);
    }
    let other = json!({ "items": [{ "text": "Used AKIAZ7PZX4M2KD8RWT5C" }] });
    let id = named(&bot.add(&timeline, &other).await).remove(0);
    bot.add(&format!("{timeline}?dismissed={id}"), &other)
        .await
        .is(201);
    bot.add(&timeline, &other).await.is(201);
    // Whoever adds an event says nothing of what others wrote.
    let third = json!({ "document": format!("{CLEAN}\nAnd AKIAZ7PZX4M2KD8RWT6D.\n") });
    let unread = bot.write(CLEAN, false).await;
    over(&bot, (Method::PUT, &unread), &third).await.is(200);
    let publish = json!({ "step": "publish", "revision": 3 });
    let id = named(&over(&bot, (Method::PUT, &key), &third).await).remove(0);
    let silenced = format!("{unread}/timeline?dismissed={id}");
    bot.add(&silenced, &json!({ "items": [{ "text": "Fine" }] }))
        .await
        .is(201);
    let review = format!("{unread}/review");
    over(&bot, (Method::POST, &review), &publish)
        .await
        .problem(422, &["dismissed"]);
    // A draft is nobody else's business.
    let draft = bot.write(CLEAN, false).await;
    over(&bot, (Method::PUT, &draft), &leaking).await.is(200);
    bot.add(&format!("{draft}/timeline"), &events).await.is(201);

    let id = named(&over(&bot, (Method::PUT, &key), &leaking).await).remove(0);
    for odd in ["x", &format!("{id};")] {
        let path = format!("{timeline}?dismissed={odd}");
        let refused = over(&bot, (Method::PUT, &path), &events).await;
        refused.problem(422, &["dismissed"]);
    }
    let path = format!("{timeline}?dismissed={id}&note=it+is+revoked");
    over(&bot, (Method::PUT, &path), &events).await.is(200);
    // It is read by now, and was put aside: nobody is asked again.
    let both = json!({ "document": format!("{CLEAN}\n## Timeline\n\n- 2026-03-01 22:04 UTC Used {KEY}\n") });
    over(&bot, (Method::PUT, &key), &both).await.is(200);
    app.finish().await;
}

#[tokio::test]
async fn programs_go_back_to_no_secret_unsaid() {
    let app = TestApp::new().await;
    let bot = app.program(WRITER).await;
    let leaking = format!("{CLEAN}\nWe used {KEY} there.\n");
    let key = bot.write(&leaking, false).await;
    let clean = json!({ "document": CLEAN, "publish": true });
    over(&bot, (Method::PUT, &key), &clean).await.is(200);
    let restore = format!("{key}/revisions/1/restore");
    let stopped = over(&bot, (Method::POST, &restore), &Value::Null).await;
    let stopped = stopped.problem(422, &["dismissed"]);
    let ids = named(&stopped).join(",");
    let said = format!("{restore}?dismissed={ids}");
    over(&bot, (Method::POST, &said), &Value::Null)
        .await
        .is(200);
    app.finish().await;
}

#[tokio::test]
async fn addresses_and_numbers_of_people_are_pointed_out_once_before_others_read_them() {
    let app = TestApp::new().await;
    let ana = app.sign_in("ana", Role::Author).await;
    let stopped = ana.post("/reports", &form("T", PEOPLE, "publish")).await;
    let stopped = stopped.is(422);
    for words in [
        MAIL,
        "+49 30 901820 44",
        "say the role instead",
        "wording-hint",
    ] {
        assert!(stopped.body.contains(words), "{words}: {}", stopped.body);
    }
    assert!(!stopped.body.contains("password, a key"));
    let warned = stopped.input("warned").unwrap();
    assert_eq!(warned.split_whitespace().count(), 2, "{warned}");
    let again = with(form("T", PEOPLE, "publish"), "warned", &warned);
    let key = ana.write(&again).await;

    // Saved again, only what is new is asked for.
    let edit = format!("/reports/{key}/edit");
    let more = format!("{PEOPLE}\nOr grace.hopper@hansei-tools.com, password=hunter2hunter2x9.\n");
    let more = with(form("T", &more, "save"), "base_revision", "1");
    let stopped = ana.post(&edit, &more).await.is(422);
    assert!(
        stopped
            .body
            .contains("“grace.hopper@hansei-tools.com”. Take")
    );
    assert!(
        stopped.body.contains("“hunt…”. Take"),
        "in words of its own"
    );
    let warned = stopped.input("warned").unwrap();
    ana.post(&edit, &with(more, "warned", &warned))
        .await
        .is(303);

    // On the pages without a text: the report's own, and its review.
    let key = ana.write(&form("U", PEOPLE, "save")).await;
    for path in ["publish", "review"] {
        let path = format!("/reports/{key}/{path}");
        let mut fields = vec![("do", "publish"), ("reason", "now"), ("revision", "1")];
        let stopped = ana.post(&path, &fields).await.is(422);
        assert!(stopped.body.contains(&format!("“{MAIL}”")));
        let pointed_out = stopped.input("dismissed").unwrap();
        assert_eq!(pointed_out.split_whitespace().count(), 2);
        if path.ends_with("review") {
            fields.push(("dismissed", &pointed_out));
            ana.post(&path, &fields).await.is(303);
        }
    }
    app.finish().await;
}

/// What is said beside a text is read by the same people.
#[tokio::test]
async fn reasons_notes_and_whys_are_looked_at_too() {
    let app = TestApp::new().await;
    let ana = app.sign_in("ana", Role::Author).await;
    let reason = format!("Ask {MAIL} about it");
    let clean = "## Summary\n\nIt is out.\n";
    let fields = with(form("T", clean, "publish"), "reason", &reason);
    let stopped = ana.post("/reports", &fields).await.is(422);
    assert!(stopped.body.contains("in what you say about it"));
    let warned = stopped.input("warned").unwrap();
    let key = ana.write(&with(fields, "warned", &warned)).await;

    let edit = format!("/reports/{key}/edit");
    let note = format!("Removed {KEY}");
    let fields = with(form("U", clean, "save"), "base_revision", "1");
    let fields = with(with(fields, "reason", ""), "note", &note);
    let stopped = ana.post(&edit, &fields).await.is(422);
    let warned = stopped.input("warned").unwrap();
    ana.post(&edit, &with(fields, "warned", &warned))
        .await
        .is(303);

    let review = format!("/reports/{key}/review");
    let gone = "Call +49 30 901820 55 instead";
    let fields = vec![("do", "archive"), ("reason", gone)];
    let stopped = ana.post(&review, &fields).await.is(422);
    assert!(
        stopped.body.contains("telephone number"),
        "{}",
        stopped.body
    );
    let dismissed = stopped.input("dismissed").unwrap();
    ana.post(&review, &with(fields, "dismissed", &dismissed))
        .await
        .is(303);

    let other = ana.write(&form("V", clean, "save")).await;
    let links = format!("/reports/{other}/links");
    let why = "Both used password=hunter2hunter2x9";
    let fields = vec![("to", key.as_str()), ("kind", "similar_to"), ("why", why)];
    let stopped = ana.post(&links, &fields).await.is(422);
    let dismissed = stopped.input("dismissed").unwrap();
    ana.post(&links, &with(fields, "dismissed", &dismissed))
        .await
        .is(303);
    let comments = format!("/reports/{other}/comments");
    let fields = vec![("text", why)];
    let stopped = ana.post(&comments, &fields).await.is(422);
    let dismissed = stopped.input("dismissed").unwrap();
    ana.post(&comments, &with(fields, "dismissed", &dismissed))
        .await
        .is(303);
    let bot = app.program(WRITER).await;
    let body = json!({ "to": other, "kind": "similar_to", "why": format!("{KEY} was in both") });
    let body_of = |ids: Vec<String>| {
        let mut body = body.clone();
        body["dismissed"] = json!(ids);
        body
    };
    let path = format!("{}/links", bot.write(CLEAN, true).await);
    let stopped = bot.add(&path, &body).await.problem(422, &["dismissed"]);
    bot.add(&path, &body_of(named(&stopped))).await.is(201);

    // Of a comment that is changed only what is new is asked about.
    let id = app.rows("SELECT id::text AS text FROM comments").await;
    let id = id.first().unwrap().as_str();
    let more = format!("{why} for years");
    ana.post(&comments, &[("text", more.as_str()), ("edit", id)])
        .await
        .is(303);
    let more = format!("{why} and {KEY}");
    ana.post(&comments, &[("text", more.as_str()), ("edit", id)])
        .await
        .is(422);
    app.finish().await;
}

#[tokio::test]
async fn programs_name_the_addresses_that_are_meant_to_be_there() {
    let app = TestApp::new().await;
    let bot = app.program(WRITER).await;
    // Who wrote it is no text.
    let authors = format!("---\ntitle: T\nkind: near_miss\nauthors: [{MAIL}]\n---\n\nx\n");
    bot.write(&authors, true).await;
    let document = format!("---\ntitle: T\nkind: near_miss\n---\n\n{PEOPLE}");
    let mut body = json!({ "document": document, "publish": true });
    let stopped = bot.post(&[], &body).await;
    let stopped = stopped.problem(422, &["dismissed", "dismissed"]);
    assert!(stopped.body.contains("e-mail address of a person"));
    assert!(stopped.body.contains("telephone number of a person"));
    body["dismissed"] = json!(named(&stopped));
    bot.post(&[], &body).await.is(201);
    // What is a place to write to for everybody, is none of a person.
    let open = document
        .replace("ada.lovelace@", "support@")
        .replace("+49", "49");
    bot.write(&open, true).await;
    app.finish().await;
}

#[tokio::test]
async fn an_attached_log_is_looked_at_and_attached_all_the_same() {
    let app = TestApp::new().await;
    let ana = app.person("ana", Role::Author).await;
    let bot = app.program_of(WRITER, Some(ana), None).await;
    let key = bot.write(CLEAN, true).await;
    let path = format!("/api/v1/reports/{key}/attachments?name=a.log");
    let bytes = [("content-type", "application/octet-stream")];
    let log = format!("12:01 fine\n12:02 used {KEY}\n");
    let sent = bot.send(Method::POST, &path, &bytes, log).await.is(201);
    assert_eq!(sent.json()["warning"], "“AKIA…” on line 2");
    let sent = bot.send(Method::POST, &path, &bytes, "12:01 fine\n").await;
    assert_eq!(sent.is(201).json()["warning"], "");
    let editor = app.sign_in("bob", Role::Author).await;
    let reader = app.sign_in("reader", Role::Reader).await;
    let list = format!("/reports/{key}/attachments");
    let shown = editor.get(&list).await.is(200).body;
    assert_eq!(shown.matches("Look at it again").count(), 1);
    assert!(shown.contains("“AKIA…” on line 2 may be a secret"));
    let shown = reader.get(&list).await.is(200).body;
    assert!(shown.contains("a.log") && !shown.contains("Look at it again"));
    app.finish().await;
}

#[tokio::test]
async fn the_world_outside_does_not_read_who_saved_or_attached() {
    let app = TestApp::open_to_all().await;
    let zora = app.sign_in("zora-fields", Role::Author).await;
    let key = zora.write(&form("T", "## Summary\n\nx\n", "save")).await;
    let attachments = format!("/reports/{key}/attachments");
    let boundary = "----hansei-test";
    let body = format!(
        "--{boundary}\r\nContent-Disposition: form-data; name=\"csrf\"\r\n\r\n{}\r\n--{boundary}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.log\"\r\n\r\nfine\r\n--{boundary}--\r\n",
        zora.csrf
    );
    let media_type = format!("multipart/form-data; boundary={boundary}");
    let headers = [
        ("content-type", media_type.as_str()),
        ("accept", "application/json"),
    ];
    let sent = zora.send(Method::POST, &attachments, &headers, body).await;
    let shown = sent.is(201).json()["markdown"].as_str().unwrap().to_owned();
    let text = format!("## Summary\n\n{shown}\n");
    let published = with(form("T", &text, "publish"), "base_revision", "1");
    zora.post(&format!("/reports/{key}/edit"), &published)
        .await
        .is(303);
    for path in [format!("/reports/{key}"), attachments] {
        let inside = zora.get(&path).await.is(200).body;
        let inside = inside.split("<main").nth(1).unwrap();
        assert!(inside.contains("zora-fields"), "{path}");
        let outside = app.get(&path).await.is(200).body;
        assert!(!outside.contains("zora"), "{path}");
        assert!(outside.contains("a.log"), "{path}");
    }
    app.finish().await;
}
