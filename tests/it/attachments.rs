//! Files of a report: attached, shown to those who may read that very report, taken off, and swept away.

use hansei::accounts::Role;
use hansei::platform::secret::{sha256, to_hex};

use crate::support::app::{Answer, TestApp};
use crate::support::people::Browser;

/// A PNG picture of 2 × 3 pixels, as an encoder would write it but for the pixels.
fn png(note: &[u8]) -> Vec<u8> {
    let chunk = |kind: [u8; 4], contents: &[u8]| {
        let contents = img_parts::Bytes::copy_from_slice(contents);
        img_parts::png::PngChunk::new(kind, contents)
            .encoder()
            .bytes()
            .to_vec()
    };
    let mut all = b"\x89PNG\r\n\x1a\n".to_vec();
    all.extend(chunk(*b"IHDR", &[0, 0, 0, 2, 0, 0, 0, 3, 8, 0, 0, 0, 0]));
    if !note.is_empty() {
        all.extend(chunk(*b"eXIf", note));
    }
    all.extend(chunk(*b"IDAT", &[1, 2, 3]));
    all.extend(chunk(*b"IEND", &[]));
    all
}

const BOUNDARY: &str = "----hansei-test";

/// A form with a file, as browsers send it.
fn form(csrf: &str, name: &str, bytes: &[u8]) -> Vec<u8> {
    let mut body = format!(
        "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"csrf\"\r\n\r\n{csrf}\r\n--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\nContent-Type: text/html\r\n\r\n"
    )
    .into_bytes();
    body.extend(bytes);
    body.extend(format!("\r\n--{BOUNDARY}--\r\n").as_bytes());
    body
}

async fn send(browser: &Browser<'_>, key: &str, body: Vec<u8>, accept: &str) -> Answer {
    let media_type = format!("multipart/form-data; boundary={BOUNDARY}");
    let headers = [("content-type", media_type.as_str()), ("accept", accept)];
    let path = format!("/reports/{key}/attachments");
    browser
        .send(reqwest::Method::POST, &path, &headers, body)
        .await
}

/// Attaches by the form, or is refused with this status.
async fn attach(browser: &Browser<'_>, key: &str, name: &str, bytes: &[u8], status: u16) -> Answer {
    let body = form(&browser.csrf, name, bytes);
    send(browser, key, body, "text/html").await.is(status)
}

/// Attaches as the editor's script does; answers the address.
async fn address(browser: &Browser<'_>, key: &str, name: &str, bytes: &[u8]) -> String {
    let body = form(&browser.csrf, name, bytes);
    let answer = send(browser, key, body, "application/json").await.is(201);
    let snippet = answer.json()["markdown"].as_str().unwrap().to_owned();
    let (_, link) = snippet.split_once("](").unwrap();
    link.trim_end_matches(')').to_owned()
}

async fn write(browser: &Browser<'_>, visibility: &str, text: &str) -> String {
    browser
        .write(&[
            ("title", "With files"),
            ("kind", "incident"),
            ("visibility", visibility),
            ("document", text),
            ("do", "publish"),
        ])
        .await
}

#[tokio::test]
async fn a_picture_is_attached_shown_and_told_nothing_by() {
    let app = TestApp::new().await;
    let author = app.sign_in("author", Role::Author).await;
    let reader = app.sign_in("reader", Role::Reader).await;
    let key = write(&author, "open", "## Summary\n\nx\n").await;
    let link = address(&author, &key, "p99 graph.png", &png(b"GPS 52.52N 13.40E")).await;
    let clean = png(b"");
    let hash = to_hex(&sha256(&clean));
    assert_eq!(
        link,
        format!("/reports/{key}/attachments/{hash}/p99-graph.png")
    );
    let served = reader.get(&link).await.is(200);
    assert_eq!(served.bytes, clean, "without its EXIF");
    for (name, value) in [
        ("content-type", "image/png"),
        (
            "content-disposition",
            "inline; filename*=UTF-8''p99-graph.png",
        ),
        ("content-security-policy", "default-src 'none'; sandbox"),
        ("x-content-type-options", "nosniff"),
        ("cache-control", "private, no-cache"),
        ("etag", &format!("\"{hash}\"")),
    ] {
        assert_eq!(served.header(name), value, "{name}");
    }
    let known = [("if-none-match", served.header("etag"))];
    let again = reader.send(reqwest::Method::GET, &link, &known, "").await;
    assert_eq!((again.status, again.bytes.len()), (304, 0));
    // In the text it is a picture, and in the Markdown twin the same address.
    let text = format!("## Summary\n\n![A graph]({link})\n");
    author
        .post(
            &format!("/reports/{key}/edit"),
            &[
                ("title", "With files"),
                ("kind", "incident"),
                ("document", &text),
                ("base_revision", "1"),
                ("do", "save"),
            ],
        )
        .await
        .is(303);
    let page = reader.get(&format!("/reports/{key}")).await.is(200).body;
    assert!(
        page.contains(&format!(
            "<a href=\"{link}\" rel=\"noopener noreferrer nofollow ugc\"><img src=\"/reports/{key}/attachments/{hash}/1280/p99-graph.png\" width=\"2\" height=\"3\" alt=\"A graph\""
        )),
        "{page}"
    );
    let twin = reader.get(&format!("/reports/{key}.md")).await.is(200).body;
    assert!(twin.contains(&format!("![A graph]({link})")), "{twin}");
    // The list is for all who read; attaching is for those who write.
    let list = reader
        .get(&format!("/reports/{key}/attachments"))
        .await
        .is(200)
        .body;
    assert!(list.contains("p99-graph.png") && list.contains("2 × 3"));
    assert!(!list.contains("type=\"file\"") && !list.contains("/remove"));
    attach(&reader, &key, "a.png", &clean, 403).await;
    // What a revision shows stays.
    let remove = format!("/reports/{key}/attachments/{hash}/remove");
    author.post(&remove, &[]).await.is(409);
    reader.get(&link).await.is(200);
    app.finish().await;
}

#[tokio::test]
async fn the_same_bytes_under_a_report_one_may_not_see_are_not_there() {
    let app = TestApp::new().await;
    let author = app.sign_in("author", Role::Author).await;
    let other = app.sign_in("other", Role::Author).await;
    let secret = write(&author, "restricted", "## Summary\n\nx\n").await;
    let open = write(&other, "open", "## Summary\n\nx\n").await;
    let link = address(&author, &secret, "plan.png", &png(b"")).await;
    author.get(&link).await.is(200);
    other.get(&link).await.is(404);
    // Nor under a report that has no such file, whoever knows the hash.
    let guessed = link.replace(&secret, &open);
    other.get(&guessed).await.is(404);
    author.get(&guessed).await.is(404);
    for path in [
        format!("/reports/{secret}/attachments"),
        format!("/reports/{secret}/attachments/{}/plan.png", "0".repeat(64)),
    ] {
        other.get(&path).await.is(404);
    }
    attach(&other, &secret, "a.png", &png(b""), 404).await;
    // Attaching them to one's own report tells nothing about the other, and taking them off takes them from nobody else.
    let own = address(&other, &open, "mine.png", &png(b"")).await;
    assert!(own.ends_with("/mine.png"), "{own}");
    other.get(&own).await.is(200);
    let hash = to_hex(&sha256(png(b"")));
    let remove = format!("/reports/{open}/attachments/{hash}/remove");
    for _twice in 0..2 {
        other.post(&remove, &[]).await.is(303);
    }
    other.get(&own).await.is(404);
    author.get(&link).await.is(200);
    // A report that is opened shows its files, and one that is restricted hides them again.
    let access = format!("/reports/{secret}/access");
    author.post(&access, &[("do", "open")]).await.is(303);
    other.get(&link).await.is(200);
    author.post(&access, &[("do", "restrict")]).await.is(303);
    other.get(&link).await.is(404);
    app.finish().await;
}

#[tokio::test]
async fn nothing_but_pictures_is_shown_in_the_browser() {
    let app = TestApp::new().await;
    let author = app.sign_in("author", Role::Author).await;
    let key = write(&author, "open", "## Summary\n\nx\n").await;
    for (name, bytes, media_type, stored) in [
        (
            "run.html",
            &b"<script>alert(1)</script>"[..],
            "text/plain; charset=utf-8",
            "run.html.txt",
        ),
        (
            "x.svg",
            b"<svg xmlns='http://www.w3.org/2000/svg'/>",
            "text/plain; charset=utf-8",
            "x.svg.txt",
        ),
        (
            "app.log",
            b"12:01 fine\n",
            "text/plain; charset=utf-8",
            "app.log",
        ),
        (
            "doc.pdf",
            b"%PDF-1.7\n\x00\xff",
            "application/pdf",
            "doc.pdf",
        ),
    ] {
        let link = address(&author, &key, name, bytes).await;
        let served = author.get(&link).await.is(200);
        assert_eq!(served.header("content-type"), media_type);
        assert_eq!(
            served.header("content-disposition"),
            format!("attachment; filename*=UTF-8''{stored}")
        );
        assert_eq!(
            served.header("content-security-policy"),
            "default-src 'none'; sandbox"
        );
        assert_eq!(served.bytes, bytes);
    }
    app.finish().await;
}

#[tokio::test]
async fn what_does_not_fit_is_refused_with_a_reason() {
    let app = TestApp::with(|settings| settings.attachment_bytes = 2_000).await;
    let author = app.sign_in("author", Role::Author).await;
    let key = write(&author, "open", "## Summary\n\nx\n").await;
    for (name, bytes, said) in [
        ("empty.log", &b""[..], "The file is empty."),
        (
            "a.zip",
            b"PK\x03\x04\x00\xff",
            "This kind of file cannot be attached",
        ),
        ("a.png", b"\x89PNG\r\n\x1a\n", "The picture is damaged"),
        ("", b"", "Choose a file."),
    ] {
        let page = attach(&author, &key, name, bytes, 422).await.body;
        assert!(page.contains(said), "{name}: {page}");
        let body = form(&author.csrf, name, bytes);
        let told = send(&author, &key, body, "application/json").await.is(422);
        assert!(
            told.json()["problem"].as_str().unwrap().contains(said),
            "{name}"
        );
    }
    attach(&author, &key, "a.log", &[b'a'; 2_001], 413).await;
    attach(&author, &key, "a.log", &[b'a'; 2_000], 303).await;
    // Without the token of this session, and as no form at all.
    let body = form("0123", "b.log", b"b");
    send(&author, &key, body, "text/html").await.is(403);
    let path = format!("/reports/{key}/attachments");
    author.post(&path, &[("file", "b")]).await.is(415);
    for broken in ["", "--", "------hansei-test\r\n\r\n"] {
        let answer = send(&author, &key, broken.into(), "text/html").await;
        assert!(
            matches!(answer.status, 400 | 403),
            "{broken:?}: {}",
            answer.status
        );
    }
    for path in ["x", "zz/x.png", "00/x.png"] {
        author
            .get(&format!("/reports/{key}/attachments/{path}"))
            .await
            .is(404);
    }
    // So many files, and no more; one that is there already is no further one.
    app.sql(
        "INSERT INTO attachments (sha256, media_type, size, bytes)
           SELECT sha256(n::text::bytea), 'text/plain', 1, 'x' FROM generate_series(1, 99) n;
         INSERT INTO report_attachments (report_id, sha256, file_name)
           SELECT r.id, a.sha256, 'x.txt' FROM reports r, attachments a WHERE a.size = 1",
    )
    .await;
    let page = attach(&author, &key, "more.log", b"more", 422).await.body;
    assert!(page.contains("100 files"), "{page}");
    attach(&author, &key, "again.log", &[b'a'; 2_000], 303).await;
    app.finish().await;
}

#[tokio::test]
async fn attaching_and_taking_off_stand_in_the_audit_log() {
    let app = TestApp::new().await;
    let author = app.sign_in("author", Role::Author).await;
    let key = write(&author, "open", "## Summary\n\nx\n").await;
    let link = address(&author, &key, "a.log", b"a").await;
    // The same bytes under another name: the same file.
    assert_eq!(address(&author, &key, "b.log", b"a").await, link);
    let hash = to_hex(&sha256(b"a"));
    author
        .post(&format!("/reports/{key}/attachments/{hash}/remove"), &[])
        .await
        .is(303);
    let log = app
        .rows("SELECT concat_ws(' ', actor, action, details ->> 'sha256') AS text FROM audit_log WHERE action LIKE '%file' ORDER BY id")
        .await;
    assert_eq!(
        log,
        [
            format!("author attach_file {hash}"),
            format!("author detach_file {hash}")
        ]
    );
    app.finish().await;
}

#[tokio::test]
async fn bytes_that_no_report_has_go_after_a_week() {
    let app = TestApp::new().await;
    let author = app.sign_in("author", Role::Author).await;
    let key = write(&author, "open", "## Summary\n\nx\n").await;
    address(&author, &key, "kept.log", b"kept").await;
    address(&author, &key, "gone.log", b"gone").await;
    let hash = to_hex(&sha256(b"gone"));
    author
        .post(&format!("/reports/{key}/attachments/{hash}/remove"), &[])
        .await
        .is(303);
    let stored =
        || app.rows("SELECT convert_from(bytes, 'UTF8') AS text FROM attachments ORDER BY 1");
    let now = app.clock.now();
    let mut conn = app.connect().await;
    // The worker asks for what nobody has had for a week.
    hansei::reports::forget_files(&mut conn, now).await.unwrap();
    assert_eq!(stored().await, ["gone", "kept"], "not a moment earlier");
    let later = now + jiff::SignedDuration::from_secs(1);
    hansei::reports::forget_files(&mut conn, later)
        .await
        .unwrap();
    assert_eq!(stored().await, ["kept"]);
    app.finish().await;
}
