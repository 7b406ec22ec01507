//! Smaller pictures: made when they are first asked for, kept, and for nobody who may not have the picture itself.

use hansei::accounts::Role;
use hansei::platform::secret::{sha256, to_hex};
use image::codecs::gif::GifEncoder;
use image::{DynamicImage, Frame, ImageFormat, Rgb, RgbImage, Rgba, RgbaImage};
use reqwest::Method;

use crate::support::app::TestApp;
use crate::support::people::Browser;

const BOUNDARY: &str = "----hansei-test";

/// A picture that does not compress well.
fn noise(width: u32, height: u32, mut seed: u32) -> Vec<u8> {
    let picture = RgbImage::from_fn(width, height, |_, _| {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let [_, r, g, b] = seed.to_be_bytes();
        Rgb([r, g, b])
    });
    png(picture)
}

fn png(picture: impl Into<DynamicImage>) -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    picture
        .into()
        .write_to(&mut bytes, ImageFormat::Png)
        .unwrap();
    bytes.into_inner()
}

fn moving() -> Vec<u8> {
    let mut bytes = Vec::new();
    let frame = |colour| Frame::new(RgbaImage::from_pixel(40, 30, Rgba(colour)));
    let mut encoder = GifEncoder::new(&mut bytes);
    let frames = [frame([255, 0, 0, 255]), frame([0, 0, 255, 255])];
    encoder.encode_frames(frames).unwrap();
    drop(encoder);
    bytes
}

/// Attaches it; answers its address and the one of it `pixels` wide.
async fn attach(browser: &Browser<'_>, key: &str, name: &str, bytes: &[u8]) -> (String, String) {
    let mut body = format!(
        "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"csrf\"\r\n\r\n{}\r\n--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\r\n",
        browser.csrf
    )
    .into_bytes();
    body.extend(bytes);
    body.extend(format!("\r\n--{BOUNDARY}--\r\n").as_bytes());
    let media_type = format!("multipart/form-data; boundary={BOUNDARY}");
    let headers = [
        ("content-type", media_type.as_str()),
        ("accept", "application/json"),
    ];
    let path = format!("/reports/{key}/attachments");
    let answer = browser
        .send(Method::POST, &path, &headers, body)
        .await
        .is(201);
    let snippet = answer.json()["markdown"].as_str().unwrap().to_owned();
    let (_, link) = snippet.split_once("](").unwrap();
    let link = link.trim_end_matches(')').to_owned();
    let (before, name) = link.rsplit_once('/').unwrap();
    (link.clone(), format!("{before}/320/{name}"))
}

async fn write(browser: &Browser<'_>, visibility: &str, text: &str) -> String {
    browser
        .write(&[
            ("title", "With pictures"),
            ("kind", "incident"),
            ("visibility", visibility),
            ("document", text),
            ("do", "publish"),
        ])
        .await
}

#[tokio::test]
async fn a_picture_is_made_smaller_once_and_goes_with_its_file() {
    let app = TestApp::new().await;
    let author = app.sign_in("author", Role::Author).await;
    let reader = app.sign_in("reader", Role::Reader).await;
    let key = write(&author, "open", "## Summary\n\nx\n").await;
    let (link, small) = attach(&author, &key, "graph.png", &noise(1_600, 400, 1)).await;
    let kept = || {
        app.rows("SELECT concat_ws(' ', pixels, media_type, bytes IS NULL) AS text FROM smaller_pictures ORDER BY 1")
    };
    assert_eq!(kept().await, Vec::<String>::new());
    let first = reader.get(&small).await.is(200);
    let kind = first.header("content-type").to_owned();
    let picture = image::load_from_memory(&first.bytes).unwrap();
    assert_eq!((picture.width(), picture.height()), (320, 80));
    assert!(matches!(kind.as_str(), "image/jpeg" | "image/webp"));
    for (name, value) in [
        ("content-security-policy", "default-src 'none'; sandbox"),
        ("x-content-type-options", "nosniff"),
        ("cache-control", "private, no-cache"),
    ] {
        assert_eq!(first.header(name), value, "{name}");
    }
    assert_eq!(kept().await, [format!("320 {kind} f")]);
    // It is kept: whoever asks next gets what the database has.
    app.sql("UPDATE smaller_pictures SET bytes = 'kept'").await;
    let next = reader.get(&small).await.is(200);
    assert_eq!(next.body, "kept");
    let known = [("if-none-match", next.header("etag"))];
    reader.send(Method::GET, &small, &known, "").await.is(304);
    // What an older version of the program made is made anew.
    app.sql("UPDATE smaller_pictures SET maker = 0").await;
    let anew = reader.get(&small).await.is(200);
    assert_eq!(anew.bytes, first.bytes);
    let page = small.replace("/320/", "/1280/");
    let wide = reader.get(&page).await.is(200);
    assert_eq!(image::load_from_memory(&wide.bytes).unwrap().width(), 1_280);
    reader.get(&small.replace("/320/", "/321/")).await.is(404);
    // With its file it goes, and the file is not held by it.
    author
        .post(&format!("{}/remove", link.rsplit_once('/').unwrap().0), &[])
        .await
        .is(303);
    reader.get(&small).await.is(404);
    let later = app.clock.now() + jiff::SignedDuration::from_secs(1);
    hansei::reports::forget_files(&mut app.connect().await, later)
        .await
        .unwrap();
    assert_eq!(kept().await, Vec::<String>::new());
    app.finish().await;
}

#[tokio::test]
async fn what_serves_itself_comes_as_it_is() {
    let app = TestApp::new().await;
    let author = app.sign_in("author", Role::Author).await;
    let key = write(&author, "open", "## Summary\n\nx\n").await;
    let mut broken = noise(800, 400, 2);
    broken.truncate(broken.len() / 2);
    for (name, bytes) in [
        ("small.png", noise(20, 10, 3)),
        ("run.log", b"12:01 fine\n".to_vec()),
    ] {
        let (link, small) = attach(&author, &key, name, &bytes).await;
        let original = author.get(&link).await.is(200);
        let served = author.get(&small).await.is(200);
        assert_eq!((&served.bytes, &original.bytes), (&bytes, &bytes));
        for header in ["content-type", "content-disposition", "etag"] {
            assert_eq!(served.header(header), original.header(header), "{name}");
        }
    }
    // Its header says what it is, its pixels are none: the original, and nobody tries twice.
    app.sql(&format!(
        "INSERT INTO attachments (sha256, media_type, size, width, height, bytes) VALUES ('\\x{0}', 'image/png', {1}, 800, 400, '\\x{2}');
         INSERT INTO report_attachments (report_id, sha256, file_name) SELECT r.id, '\\x{0}', 'broken.png' FROM reports r",
        to_hex(&sha256(&broken)),
        broken.len(),
        to_hex(&broken)
    ))
    .await;
    let small = format!(
        "/reports/{key}/attachments/{}/320/broken.png",
        to_hex(&sha256(&broken))
    );
    for _twice in 0..2 {
        assert_eq!(author.get(&small).await.is(200).bytes, broken);
    }
    let kept = app
        .rows(
            "SELECT concat_ws(' ', pixels, bytes IS NULL) AS text FROM smaller_pictures ORDER BY 1",
        )
        .await;
    assert_eq!(kept, ["320 t", "320 t"], "the small one and the broken one");
    app.finish().await;
}

#[tokio::test]
async fn many_who_ask_at_once_get_the_same_picture() {
    let app = TestApp::new().await;
    let author = app.sign_in("author", Role::Author).await;
    let key = write(&author, "open", "## Summary\n\nx\n").await;
    let (_, small) = attach(&author, &key, "graph.png", &noise(1_600, 400, 4)).await;
    let asked = futures_util::future::join_all((0..6).map(|_| author.get(&small))).await;
    let sizes: Vec<_> = asked.into_iter().map(|it| it.is(200).bytes.len()).collect();
    assert!(sizes.iter().all(|size| *size == sizes[0]), "{sizes:?}");
    app.finish().await;
}

#[tokio::test]
async fn who_may_not_have_the_picture_does_not_get_it_smaller() {
    let app = TestApp::open_to_all().await;
    let author = app.sign_in("author", Role::Author).await;
    let other = app.sign_in("other", Role::Author).await;
    let stranger = app.stranger().await;
    let secret = write(&author, "restricted", "## Summary\n\nx\n").await;
    let open = write(&other, "open", "## Summary\n\nx\n").await;
    let bytes = noise(1_600, 400, 5);
    let (_, small) = attach(&author, &secret, "plan.png", &bytes).await;
    author.get(&small).await.is(200);
    for who in [&other, &stranger] {
        who.get(&small).await.is(404);
        who.get(&small.replace(&secret, &open)).await.is(404);
    }
    // Outsiders have what the text shows, and nothing else.
    let (link, small) = attach(&other, &open, "graph.png", &bytes).await;
    stranger.get(&small).await.is(404);
    let text = format!("## Summary\n\n![A graph]({link})\n");
    other
        .post(
            &format!("/reports/{open}/edit"),
            &[
                ("title", "With pictures"),
                ("kind", "incident"),
                ("document", &text),
                ("base_revision", "1"),
                ("do", "save"),
            ],
        )
        .await
        .is(303);
    stranger.get(&small).await.is(200);
    app.finish().await;
}

#[tokio::test]
async fn pages_show_smaller_pictures_with_room_for_them() {
    let app = TestApp::new().await;
    let author = app.sign_in("author", Role::Author).await;
    let key = write(&author, "open", "## Summary\n\nx\n").await;
    let (link, small) = attach(&author, &key, "graph.png", &noise(1_600, 400, 6)).await;
    let (gif, still) = attach(&author, &key, "cursor.gif", &moving()).await;
    let list = author
        .get(&format!("/reports/{key}/attachments"))
        .await
        .is(200)
        .body;
    assert!(list.contains(&format!("<img src=\"{small}\"")), "{list}");
    let text = format!("## Summary\n\n![A graph]({link})\n\n![]({gif})\n");
    let form = [
        ("title", "With pictures"),
        ("kind", "incident"),
        ("document", text.as_str()),
        ("base_revision", "1"),
        ("do", "save"),
    ];
    let beside = author
        .post(&format!("/reports/{key}/beside"), &form)
        .await
        .is(200)
        .body;
    author
        .post(&format!("/reports/{key}/edit"), &form)
        .await
        .is(303);
    let page = author.get(&format!("/reports/{key}")).await.is(200).body;
    for html in [beside, page] {
        let (wide, still) = (
            small.replace("/320/", "/1280/"),
            still.replace("/320/", "/1280/"),
        );
        for expected in [
            format!("<a href=\"{link}\""),
            format!("<img src=\"{wide}\" width=\"1600\" height=\"400\" alt=\"A graph\""),
            format!("<img src=\"{still}\" width=\"40\" height=\"30\" alt=\"\""),
        ] {
            assert!(html.contains(&expected), "{expected}\n{html}");
        }
    }
    // What moves stands still in the text, and moves at its own address.
    let picture = author.get(&still).await.is(200);
    assert_ne!(picture.header("content-type"), "image/gif");
    let whole = author.get(&gif).await.is(200);
    assert_eq!(whole.header("content-type"), "image/gif");
    app.finish().await;
}
