//! Files of a report, guarded: what those outside get, what administrators remove, slow readers and slow senders.

use hansei::accounts::Role;
use hansei::platform::secret::{sha256, to_hex};
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;

use crate::support::app::TestApp;
use crate::support::people::Browser;

const BOUNDARY: &str = "----hansei-test";

fn head(csrf: &str, name: &str) -> String {
    format!(
        "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"csrf\"\r\n\r\n{csrf}\r\n--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\nContent-Type: text/plain\r\n\r\n"
    )
}

/// Attaches a text; answers its address and its hash.
async fn attach(browser: &Browser<'_>, key: &str, text: &str) -> (String, String) {
    let body = format!(
        "{}{text}\r\n--{BOUNDARY}--\r\n",
        head(&browser.csrf, "a.log")
    );
    let media_type = format!("multipart/form-data; boundary={BOUNDARY}");
    let headers = [("content-type", media_type.as_str())];
    let path = format!("/reports/{key}/attachments");
    browser
        .send(reqwest::Method::POST, &path, &headers, body)
        .await
        .is(303);
    let hash = to_hex(&sha256(text));
    (format!("{path}/{hash}/a.log"), hash)
}

async fn write(browser: &Browser<'_>, action: &str) -> String {
    browser
        .write(&[
            ("title", "With files"),
            ("kind", "incident"),
            ("document", "## Summary\n\nx\n"),
            ("do", action),
        ])
        .await
}

async fn save(browser: &Browser<'_>, key: &str, text: &str, revision: &str) {
    browser
        .post(
            &format!("/reports/{key}/edit"),
            &[
                ("title", "With files"),
                ("kind", "incident"),
                ("document", text),
                ("base_revision", revision),
                ("do", "save"),
            ],
        )
        .await
        .is(303);
}

#[tokio::test]
async fn those_outside_get_only_the_files_that_the_text_shows_now() {
    let app = TestApp::open_to_all().await;
    let author = app.sign_in("author", Role::Author).await;
    let reader = app.sign_in("reader", Role::Reader).await;
    let stranger = app.stranger().await;
    let key = write(&author, "publish").await;
    let (shown, shown_hash) = attach(&author, &key, "shown").await;
    let (never, never_hash) = attach(&author, &key, "never shown").await;
    let (taken_out, taken_out_hash) = attach(&author, &key, "taken out").await;
    let text = |links: &[&str]| format!("## Summary\n\n{}\n", links.join(" "));
    // One is named in capitals, as an address may be.
    let first = shown.replace(&shown_hash, &shown_hash.to_uppercase());
    save(&author, &key, &text(&[&first, &taken_out]), "1").await;
    stranger.get(&taken_out).await.is(200);
    save(&author, &key, &text(&[&first]), "2").await;
    for (link, hash, outside) in [
        (&shown, &shown_hash, 200),
        (&never, &never_hash, 404),
        (&taken_out, &taken_out_hash, 404),
    ] {
        reader.get(link).await.is(200);
        stranger.get(link).await.is(outside);
        let etag = format!("\"{hash}\"");
        let known = [("if-none-match", etag.as_str())];
        let again = stranger.send(reqwest::Method::GET, link, &known, "").await;
        assert_eq!(again.status, if outside == 200 { 304 } else { 404 });
        let list = format!("/reports/{key}/attachments");
        assert!(reader.get(&list).await.is(200).body.contains(hash));
        let told = stranger.get(&list).await.is(200).body;
        assert_eq!(told.contains(hash), outside == 200, "{told}");
    }
    app.finish().await;
}

#[tokio::test]
async fn what_must_go_is_removed_by_administrators_even_where_it_is_shown() {
    let app = TestApp::new().await;
    let author = app.sign_in("author", Role::Author).await;
    let admin = app.sign_in("admin", Role::Admin).await;
    let key = write(&author, "publish").await;
    let (link, hash) = attach(&author, &key, "personal").await;
    save(&author, &key, &format!("## Summary\n\n[a]({link})\n"), "1").await;
    let remove = format!("{}/remove", link.trim_end_matches("/a.log"));
    let list = format!("/reports/{key}/attachments");
    assert!(!author.get(&list).await.body.contains("name=\"erase\""));
    assert!(admin.get(&list).await.body.contains("name=\"erase\""));
    author.post(&remove, &[]).await.is(409);
    author.post(&remove, &[("erase", "true")]).await.is(403);
    admin.post(&remove, &[]).await.is(409);
    author.get(&link).await.is(200);
    for _twice in 0..2 {
        admin.post(&remove, &[("erase", "true")]).await.is(303);
    }
    author.get(&link).await.is(404);
    author.get(&format!("/reports/{key}")).await.is(200);
    let log = app
        .rows("SELECT concat_ws(' ', actor, action, details ->> 'sha256', details ->> 'name') AS text FROM audit_log WHERE action = 'erase_file'")
        .await;
    assert_eq!(log, [format!("admin erase_file {hash} a.log")]);
    // The next sweep takes the bytes; it need not wait for a week.
    let mut conn = app.connect().await;
    let week_ago = app.clock.now() - jiff::SignedDuration::from_hours(7 * 24);
    hansei::reports::forget_files(&mut conn, week_ago)
        .await
        .unwrap();
    assert_eq!(
        app.rows("SELECT count(*)::text AS text FROM attachments")
            .await,
        ["0"]
    );
    app.finish().await;
}

#[tokio::test]
async fn a_file_that_somebody_is_writing_about_stays() {
    let app = TestApp::new().await;
    let author = app.sign_in("author", Role::Author).await;
    let other = app.sign_in("other", Role::Author).await;
    let key = write(&author, "save").await;
    let mention = |link: &str| format!("## Summary\n\n[a]({link})\n");
    // In a form that was not saved yet.
    let (link, _) = attach(&author, &key, "first").await;
    let typed = [
        ("title", "With files"),
        ("document", &mention(&link)),
        ("base_revision", "1"),
    ];
    other
        .post(&format!("/reports/{key}/autosave"), &typed)
        .await
        .is(200);
    let remove = |link: &str| format!("{}/remove", link.trim_end_matches("/a.log"));
    author.post(&remove(&link), &[]).await.is(409);
    // In the account of somebody who took part.
    let (link, _) = attach(&author, &key, "second").await;
    app.sql(&format!(
        "INSERT INTO participant_accounts (report_id, person_id, asked_by_name, asked_at, text)
         SELECT r.id, {}, 'author', now(), '{}' FROM reports r",
        other.id,
        mention(&link)
    ))
    .await;
    author.post(&remove(&link), &[]).await.is(409);
    // In a comment.
    let (link, _) = attach(&author, &key, "third").await;
    other
        .post(&format!("/reports/{key}/comments"), &[("text", &link)])
        .await
        .is(303);
    author.post(&remove(&link), &[]).await.is(409);
    let (link, _) = attach(&author, &key, "fourth").await;
    author.post(&remove(&link), &[]).await.is(303);
    app.finish().await;
}

#[tokio::test]
async fn a_file_is_read_in_pieces_and_ends_where_it_was_removed() {
    let app = TestApp::new().await;
    let author = app.sign_in("author", Role::Author).await;
    let key = write(&author, "save").await;
    // Larger than what sockets hold.
    let most = 26_214_400;
    app.sql(&format!(
        "WITH big AS (SELECT convert_to(repeat('0123456789abcdef', {most} / 16), 'UTF8') AS bytes)
         INSERT INTO attachments (sha256, media_type, size, bytes) SELECT sha256(bytes), 'text/plain', {most}, bytes FROM big;
         INSERT INTO report_attachments (report_id, sha256, file_name) SELECT r.id, a.sha256, 'big.txt' FROM reports r, attachments a"
    ))
    .await;
    let hash = app
        .rows("SELECT encode(sha256, 'hex') AS text FROM attachments")
        .await
        .remove(0);
    let link = format!("/reports/{key}/attachments/{hash}/big.txt");
    let whole = author.get(&link).await.is(200);
    assert_eq!(to_hex(&sha256(&whole.bytes)), hash);
    let cookie = author.cookie_header();
    let mut answer = app
        .client
        .get(app.url(&link))
        .header("cookie", cookie)
        .header("accept-encoding", "identity")
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 200);
    let mut read = answer.chunk().await.unwrap().unwrap().len();
    app.sql("DELETE FROM report_attachments").await;
    let end = loop {
        match answer.chunk().await {
            Ok(Some(chunk)) => read += chunk.len(),
            other => break other,
        }
    };
    assert!(end.is_err() && read < most, "{read} bytes, {end:?}");
    app.finish().await;
}

#[tokio::test]
async fn nobody_keeps_others_from_uploading_by_sending_slowly() {
    let app = TestApp::new().await;
    let slow = app.sign_in("slow", Role::Author).await;
    let other = app.sign_in("other", Role::Author).await;
    let key = write(&other, "save").await;
    let host = app.url("").replace("http://", "");
    let mut held = Vec::new();
    for _ in 0..8 {
        let mut stream = TcpStream::connect(&host).await.unwrap();
        let request = format!(
            "POST /reports/{key}/attachments HTTP/1.1\r\nHost: {host}\r\nCookie: {}\r\nContent-Type: multipart/form-data; boundary={BOUNDARY}\r\nContent-Length: 100000\r\n\r\n{}",
            slow.cookie_header(),
            head(&slow.csrf, "slow.log")
        );
        stream.write_all(request.as_bytes()).await.unwrap();
        held.push(stream);
    }
    // They have come as far as they will when what came after them is answered.
    for _ in 0..8 {
        slow.get(&format!("/reports/{key}/attachments"))
            .await
            .is(200);
    }
    attach(&other, &key, "quick").await;
    drop(held);
    app.finish().await;
}
