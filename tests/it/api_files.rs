//! Files of a report through the API, and their bytes for programs.

use futures_util::future::join_all;
use hansei::accounts::Role;
use hansei::platform::secret::{sha256, to_hex};
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::api::WRITER;
use crate::support::app::{Answer, TestApp};
use crate::support::people::Program;

const DOCUMENT: &str = "---\ntitle: With files\n---\n\n## Summary\n\nx\n";
const RESTRICTED: &str = "---\ntitle: Secret\nvisibility: restricted\n---\n\n## Summary\n\nx\n";
const BYTES: [(&str, &str); 1] = [("content-type", "application/octet-stream")];
const LOG: &[u8] = b"22:04 four hundred connections\n";

async fn send(bot: &Program<'_>, path: &str, headers: &[(&str, &str)], bytes: &[u8]) -> Answer {
    let path = format!("/api/v1/reports/{path}");
    bot.send(Method::POST, &path, headers, bytes.to_vec()).await
}

#[tokio::test]
async fn a_file_is_attached_listed_fetched_and_taken_off() {
    let app = TestApp::new().await;
    let ana = app.person("ana", Role::Author).await;
    let bot = app.program_of(WRITER, Some(ana), None).await;
    let key = bot.write(DOCUMENT, true).await;
    let files = format!("{key}/attachments");
    assert_eq!(bot.read(&files).await, json!({ "items": [] }));
    let added = send(&bot, &format!("{files}?name=pool%20use.log"), &BYTES, LOG)
        .await
        .is(201);
    let hash = to_hex(&sha256(LOG));
    let link = format!("/reports/{key}/attachments/{hash}/pool-use.log");
    assert_eq!(added.header("location"), link);
    let expected = json!({
        "sha256": hash, "name": "pool-use.log", "media_type": "text/plain", "bytes": LOG.len(), "width": null,
        "height": null, "warning": "", "attached_by": "ana", "attached_at": "2026-11-21T12:00:00Z",
        "url": format!("http://localhost:1{link}"), "markdown": format!("[pool-use.log]({link})"),
    });
    assert_eq!(added.json(), expected);
    // The same bytes are one file, with its first name; without a name there is one all the same.
    let again = send(&bot, &format!("{files}?name=other.log"), &BYTES, LOG).await;
    assert_eq!(again.is(201).json(), expected);
    let nameless = send(&bot, &files, &BYTES, b"x").await.is(201).json();
    assert_eq!(nameless["name"], "file.txt");
    let picture = b"GIF89a\x03\x00\x02\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff,\x00\x00\x00\x00\x03\x00\x02\x00\x00\x02\x02\x84\x0f\x00;";
    let picture = send(&bot, &format!("{files}?name=dot.gif"), &BYTES, picture)
        .await
        .is(201)
        .json();
    assert_eq!(
        (&picture["width"], &picture["height"]),
        (&json!(3), &json!(2))
    );
    assert!(picture["markdown"].as_str().unwrap().starts_with("![dot]("));
    let names: Vec<Value> = bot.read(&files).await["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["name"].clone())
        .collect();
    assert_eq!(names.len(), 3, "{names:?}");

    let fetched = bot.get(&link).await.is(200);
    assert_eq!(fetched.bytes, LOG);
    assert_eq!(fetched.header("content-type"), "text/plain; charset=utf-8");
    let tag = fetched.header("etag").to_owned();
    bot.send(Method::GET, &link, &[("if-none-match", &tag)], "")
        .await
        .is(304);

    for _ in 0..2 {
        bot.remove(&format!("{files}/{hash}")).await.is(204);
    }
    bot.get(&link).await.problem(404, &[]);
    // What a revision shows stays.
    let shown = format!("{DOCUMENT}\n{}\n", picture["markdown"].as_str().unwrap());
    bot.put(&key, "*", &shown).await.is(200);
    let path = format!("{files}/{}", picture["sha256"].as_str().unwrap());
    bot.remove(&path).await.problem(409, &[]);
    for wrong in ["x", "00"] {
        bot.remove(&format!("{files}/{wrong}"))
            .await
            .problem(404, &[]);
    }
    app.finish().await;
}

#[tokio::test]
async fn what_cannot_be_attached_is_refused_with_the_reason() {
    let app = TestApp::with(|settings| settings.attachment_bytes = 1_000).await;
    let bot = app.program(WRITER).await;
    let key = bot.write(DOCUMENT, true).await;
    let files = format!("{key}/attachments");
    for bytes in [&b""[..], b"\x00\x01", b"\x89PNG\r\n\x1a\nbroken"] {
        send(&bot, &files, &BYTES, bytes)
            .await
            .problem(422, &["body"]);
    }
    let long = format!("{files}?name={}", "x".repeat(256));
    send(&bot, &long, &BYTES, LOG).await.problem(422, &["name"]);
    send(&bot, &files, &BYTES, &[b'x'; 1_001])
        .await
        .problem(413, &[]);
    for kind in ["text/plain", "multipart/form-data; boundary=x", "image/png"] {
        let refused = send(&bot, &files, &[("content-type", kind)], LOG).await;
        let refused = refused.problem(415, &[]);
        assert!(refused.body.contains("application/octet-stream"));
    }
    // A name is a name, whatever it looks like.
    let odd = send(
        &bot,
        &format!("{files}?name=..%2F..%2Fetc%2Fpasswd"),
        &BYTES,
        LOG,
    )
    .await
    .is(201)
    .json();
    assert_eq!(odd["name"], "passwd.txt");
    // So many fit.
    app.sql(
        "INSERT INTO attachments (sha256, media_type, size, bytes)
         SELECT sha256(convert_to(n::text, 'UTF8')), 'text/plain', 1, '\\x61' FROM generate_series(1, 99) AS n;
         INSERT INTO report_attachments (report_id, sha256, file_name)
         SELECT r.id, a.sha256, 'x.txt' FROM reports r, attachments a WHERE a.size = 1",
    )
    .await;
    send(&bot, &files, &BYTES, b"One more")
        .await
        .problem(422, &["body"]);
    assert_eq!(
        bot.read(&files).await["items"].as_array().unwrap().len(),
        100
    );
    app.finish().await;
}

#[tokio::test]
async fn what_is_not_on_a_report_is_not_taken_off_it() {
    let app = TestApp::new().await;
    let bot = app.program(WRITER).await;
    let key = bot.write(DOCUMENT, true).await;
    let other = bot.write(DOCUMENT, true).await;
    let files = format!("{key}/attachments");
    let added = send(&bot, &files, &BYTES, LOG).await.is(201).json();
    let shown = format!("{DOCUMENT}\n{}\n", added["markdown"].as_str().unwrap());
    bot.put(&key, "*", &shown).await.is(200);
    let hash = added["sha256"].as_str().unwrap();
    bot.remove(&format!("{files}/{hash}"))
        .await
        .problem(409, &[]);
    // As erasing it leaves it: off the report, named in the text, and to go with the next sweep.
    app.sql(
        "DELETE FROM report_attachments; UPDATE attachments SET created_at = '1970-01-01T00:00:00Z'",
    )
    .await;
    for key in [&key, &other] {
        bot.remove(&format!("{key}/attachments/{hash}"))
            .await
            .is(204);
    }
    let since = "SELECT extract(epoch FROM created_at)::bigint::text AS text FROM attachments";
    assert_eq!(app.rows(since).await, ["0"]);
    let logged = "SELECT count(*)::text AS text FROM audit_log WHERE action = 'detach_file'";
    assert_eq!(app.rows(logged).await, ["0"]);
    app.finish().await;
}

#[tokio::test]
async fn files_are_for_those_who_see_their_report() {
    let app = TestApp::new().await;
    let ana = app.person("ana", Role::Author).await;
    let rita = app.person("rita", Role::Reader).await;
    let own = app
        .program_of(&format!("{WRITER},restricted:read"), Some(ana), None)
        .await;
    let open = own.write(DOCUMENT, true).await;
    let secret = own.write(RESTRICTED, true).await;
    let attached = async |key: &str| {
        let added = send(&own, &format!("{key}/attachments"), &BYTES, LOG)
            .await
            .is(201);
        added.header("location").to_owned()
    };
    let (shown, hidden) = (attached(&open).await, attached(&secret).await);
    let hash = to_hex(&sha256(LOG));
    let reader = app.program_of(WRITER, Some(rita), None).await;
    let bot = app.program(WRITER).await;
    let without = app.program_of(WRITER, Some(ana), None).await;
    for who in [&reader, &bot, &without] {
        who.get(&shown).await.is(200);
        who.get(&hidden).await.problem(404, &[]);
        let files = format!("{secret}/attachments");
        who.ask(Method::GET, &files, &[], &Value::Null)
            .await
            .problem(404, &[]);
        send(who, &files, &BYTES, b"y").await.problem(404, &[]);
        who.remove(&format!("{files}/{hash}"))
            .await
            .problem(404, &[]);
    }
    own.get(&hidden).await.is(200);
    let files = format!("{open}/attachments");
    assert_eq!(
        reader.read(&files).await["items"].as_array().unwrap().len(),
        1
    );
    send(&reader, &files, &BYTES, b"y").await.problem(403, &[]);
    reader
        .remove(&format!("{files}/{hash}"))
        .await
        .problem(403, &[]);
    // A token gets in at the address of a file by its scope, and nowhere else among the pages.
    let search = app.program("search:read").await;
    search.get(&shown).await.problem(403, &[]);
    let wrong = [("authorization", "Bearer hansei_nothing")];
    let refused = app
        .send(Method::GET, &shown, &wrong, "")
        .await
        .problem(401, &[]);
    assert_eq!(refused.header("www-authenticate"), "Bearer");
    bot.get(&format!("/reports/{open}/attachments"))
        .await
        .is(303);
    // Without one it is the page it was; a proxy's own credentials are no token.
    app.get(&shown).await.is(303);
    let person = app.sign_in_again("rita", rita).await;
    let proxy = [("authorization", "Basic cml0YTp4")];
    person.send(Method::GET, &shown, &proxy, "").await.is(200);
    app.finish().await;
}

#[tokio::test]
async fn a_request_with_a_key_attaches_one_file() {
    let app = TestApp::new().await;
    let bot = app.program(WRITER).await;
    let key = bot.write(DOCUMENT, true).await;
    let files = format!("{key}/attachments?name=a.log");
    let once = [BYTES[0], ("idempotency-key", "k")];
    let twins = (0..4).map(|_| send(&bot, &files, &once, LOG));
    for answer in join_all(twins).await {
        assert_eq!(answer.is(201).json()["name"], "a.log");
    }
    let logged = "SELECT count(*)::text AS text FROM audit_log WHERE action = 'attach_file'";
    assert_eq!(app.rows(logged).await, ["1"]);
    send(&bot, &files, &once, b"other")
        .await
        .problem(422, &["Idempotency-Key"]);
    let hash = to_hex(&sha256(LOG));
    bot.remove(&format!("{key}/attachments/{hash}"))
        .await
        .is(204);
    send(&bot, &files, &once, LOG).await.problem(409, &[]);
    assert_eq!(
        bot.read(&format!("{key}/attachments")).await,
        json!({ "items": [] })
    );
    app.finish().await;
}
