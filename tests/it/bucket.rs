//! Files in a bucket: the same for their readers as in the database, and never lost or left behind.

use diesel_async::SimpleAsyncConnection as _;
use hansei::accounts::Role;
use hansei::platform::objects::{Bucket, BucketError, Condition};
use hansei::platform::secret::{Secret, sha256, to_hex};
use hansei::reports::{forget_files, forget_objects, move_to_bucket};
use jiff::{SignedDuration, Timestamp};
use reqwest::Method;

use crate::support::api::WRITER;
use crate::support::app::{Answer, TestApp};
use crate::support::people::Browser;
use crate::support::store::{Mood, Store};

const BOUNDARY: &str = "----hansei-test";
const TEXT: &str = "12:01 fine\n";

async fn with(store: &Store) -> TestApp {
    let bucket = store.settings();
    TestApp::with(|settings| settings.bucket = Some(bucket)).await
}

async fn send(browser: &Browser<'_>, key: &str, text: &str) -> Answer {
    let body = format!(
        "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"csrf\"\r\n\r\n{}\r\n--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.log\"\r\n\r\n{text}\r\n--{BOUNDARY}--\r\n",
        browser.csrf
    );
    let media_type = format!("multipart/form-data; boundary={BOUNDARY}");
    let headers = [("content-type", media_type.as_str())];
    let path = format!("/reports/{key}/attachments");
    browser.send(Method::POST, &path, &headers, body).await
}

/// Attaches a text; answers its address and its hash.
async fn attach(browser: &Browser<'_>, key: &str, text: &str) -> (String, String) {
    send(browser, key, text).await.is(303);
    let hash = to_hex(&sha256(text));
    (format!("/reports/{key}/attachments/{hash}/a.log"), hash)
}

async fn write(browser: &Browser<'_>, visibility: &str) -> String {
    browser
        .write(&[
            ("title", "With files"),
            ("kind", "incident"),
            ("visibility", visibility),
            ("document", "## Summary\n\nx\n"),
            ("do", "publish"),
        ])
        .await
}

/// What the worker does every hour, as if it were this late.
async fn sweep(app: &TestApp, bucket: &Bucket, before: Timestamp) {
    let mut conn = app.connect().await;
    forget_files(&mut conn, before).await.unwrap();
    forget_objects(&mut conn, bucket, before).await.unwrap();
}

/// As if the last sweep had been long ago.
async fn later(app: &TestApp) {
    app.sql("UPDATE attachment_objects SET doomed_at = doomed_at - interval '1 hour'")
        .await;
}

fn names(store: &Store) -> Vec<String> {
    store.objects().into_keys().collect()
}

#[tokio::test]
async fn a_file_is_in_the_bucket_and_is_read_as_from_the_database() {
    let store = Store::new().await;
    let app = with(&store).await;
    let author = app.sign_in("author", Role::Author).await;
    let reader = app.sign_in("reader", Role::Reader).await;
    let key = write(&author, "open").await;
    // More than one piece.
    let long = "0123456789abcdef\n".repeat(60_000);
    let (link, hash) = attach(&author, &key, &long).await;
    assert_eq!(store.asked(), [format!("PUT {hash}")]);
    assert_eq!(store.objects()[&hash], long.as_bytes());
    let rows = app
        .rows("SELECT concat_ws(' ', size, bytes IS NULL) AS text FROM attachments")
        .await;
    assert_eq!(rows, [format!("{} t", long.len())]);
    let served = reader.get(&link).await.is(200);
    assert_eq!(served.bytes, long.as_bytes());
    for (name, value) in [
        ("content-type", "text/plain; charset=utf-8"),
        ("content-disposition", "attachment; filename*=UTF-8''a.log"),
        ("content-security-policy", "default-src 'none'; sandbox"),
        ("etag", &format!("\"{hash}\"")),
    ] {
        assert_eq!(served.header(name), value, "{name}");
    }
    assert_eq!(store.asked(), vec![format!("GET {hash}"); 4]);
    let known = [("if-none-match", served.header("etag"))];
    reader.send(Method::GET, &link, &known, "").await.is(304);
    assert_eq!(store.asked(), Vec::<String>::new());
    // Programs, too.
    let bot = app.program(WRITER).await;
    let path = format!("/api/v1/reports/{key}/attachments?name=b.log");
    let bytes = [("content-type", "application/octet-stream")];
    let added = bot.send(Method::POST, &path, &bytes, TEXT).await.is(201);
    let fetched = bot.get(added.header("location")).await.is(200);
    assert_eq!(fetched.body, TEXT);
    app.finish().await;
}

#[tokio::test]
async fn who_may_not_read_the_report_makes_no_request_to_the_bucket() {
    let store = Store::new().await;
    let app = with(&store).await;
    let author = app.sign_in("author", Role::Author).await;
    let other = app.sign_in("other", Role::Author).await;
    let reader = app.sign_in("reader", Role::Reader).await;
    let (secret, open) = (
        write(&author, "restricted").await,
        write(&other, "open").await,
    );
    let (link, hash) = attach(&author, &secret, TEXT).await;
    store.asked();
    for path in [
        link.clone(),
        link.replace(&secret, &open),
        link.replace("/a.log", "/320/a.log"),
    ] {
        other.get(&path).await.is(404);
    }
    send(&other, &secret, "more").await.is(404);
    send(&reader, &open, "more").await.is(403);
    other
        .post(&format!("/reports/{secret}/attachments/{hash}/remove"), &[])
        .await
        .is(404);
    assert_eq!(store.asked(), Vec::<String>::new());
    // Neither does what the report has no room for.
    app.sql(
        "INSERT INTO attachments (sha256, media_type, size, bytes)
           SELECT sha256(n::text::bytea), 'text/plain', 1, 'x' FROM generate_series(1, 100) n;
         INSERT INTO report_attachments (report_id, sha256, file_name)
           SELECT r.id, a.sha256, 'x.txt' FROM reports r, attachments a WHERE a.size = 1 AND r.visibility = 'open'",
    )
    .await;
    send(&other, &open, "more").await.is(422);
    assert_eq!(store.asked(), Vec::<String>::new());
    app.finish().await;
}

#[tokio::test]
async fn a_bucket_that_is_away_or_refuses_is_503_and_leaves_nothing() {
    let store = Store::new().await;
    let app = with(&store).await;
    let author = app.sign_in("author", Role::Author).await;
    let key = write(&author, "open").await;
    let (link, hash) = attach(&author, &key, TEXT).await;
    for mood in [Mood::Away, Mood::Busy, Mood::Refuses] {
        store.is(mood);
        for answer in [author.get(&link).await, send(&author, &key, "new").await] {
            assert!(!answer.is(503).header("retry-after").is_empty(), "{mood:?}");
        }
        // Everything else goes on.
        author.get(&format!("/reports/{key}")).await.is(200);
        let list = author.get(&format!("/reports/{key}/attachments")).await;
        assert_eq!(list.is(200).body.matches("a.log</a>").count(), 1);
    }
    store.is(Mood::Fine);
    assert_eq!(author.get(&link).await.is(200).body, TEXT);
    attach(&author, &key, "new").await;
    // An object that is lost is no empty file.
    store.lose(&hash);
    author.get(&link).await.is(503);
    app.finish().await;
}

#[tokio::test]
async fn an_object_goes_when_no_report_names_it_and_not_before() {
    let store = Store::new().await;
    let app = with(&store).await;
    let bucket = Bucket::new(&store.settings()).unwrap();
    let author = app.sign_in("author", Role::Author).await;
    let admin = app.sign_in("admin", Role::Admin).await;
    let (one, two) = (write(&author, "open").await, write(&author, "open").await);
    let (link, hash) = attach(&author, &one, TEXT).await;
    let (other, _) = attach(&author, &two, TEXT).await;
    let erase = |key: &str| format!("/reports/{key}/attachments/{hash}/remove");
    let week_ago = app.clock.now() - SignedDuration::from_hours(7 * 24);
    admin.post(&erase(&one), &[("erase", "true")]).await.is(303);
    sweep(&app, &bucket, week_ago).await;
    author.get(&link).await.is(404);
    assert_eq!(author.get(&other).await.is(200).body, TEXT);
    assert_eq!(names(&store), [hash.as_str()]);
    admin.post(&erase(&two), &[("erase", "true")]).await.is(303);
    // While the bucket is away, it waits for the next sweep.
    store.is(Mood::Away);
    let mut conn = app.connect().await;
    forget_files(&mut conn, week_ago).await.unwrap();
    forget_objects(&mut conn, &bucket, week_ago)
        .await
        .unwrap_err();
    store.is(Mood::Fine);
    sweep(&app, &bucket, week_ago).await;
    assert_eq!(
        names(&store),
        [hash.as_str()],
        "the request that failed may still arrive"
    );
    later(&app).await;
    sweep(&app, &bucket, week_ago).await;
    assert_eq!(names(&store), Vec::<String>::new());
    let rows = app
        .rows("SELECT count(*)::text AS text FROM attachment_objects")
        .await;
    assert_eq!(rows, ["0"]);
    // What an author takes off stays for a week, and comes back when it is attached again.
    let (link, hash) = attach(&author, &one, TEXT).await;
    author.post(&erase(&one), &[]).await.is(303);
    sweep(&app, &bucket, app.clock.now()).await;
    assert_eq!(names(&store), [hash.as_str()]);
    attach(&author, &one, TEXT).await;
    let later = app.clock.now() + SignedDuration::from_hours(1);
    sweep(&app, &bucket, later).await;
    assert_eq!(author.get(&link).await.is(200).body, TEXT);
    app.finish().await;
}

#[tokio::test]
async fn a_deletion_that_failed_takes_away_nothing_that_was_attached_again() {
    let store = Store::new().await;
    let app = with(&store).await;
    let bucket = Bucket::new(&store.settings()).unwrap();
    let author = app.sign_in("author", Role::Author).await;
    let admin = app.sign_in("admin", Role::Admin).await;
    let key = write(&author, "open").await;
    let (link, hash) = attach(&author, &key, TEXT).await;
    let erase = format!("/reports/{key}/attachments/{hash}/remove");
    admin.post(&erase, &[("erase", "true")]).await.is(303);
    let week_ago = app.clock.now() - SignedDuration::from_hours(7 * 24);
    let mut conn = app.connect().await;
    forget_files(&mut conn, week_ago).await.unwrap();
    store.is(Mood::Busy);
    let failed = forget_objects(&mut conn, &bucket, week_ago).await;
    failed.unwrap_err();
    store.is(Mood::Fine);
    store.asked();
    // The same bytes again: not where the deletion may still arrive.
    attach(&author, &key, TEXT).await;
    assert_eq!(store.asked(), Vec::<String>::new());
    store.lose(&hash);
    assert_eq!(author.get(&link).await.is(200).body, TEXT);
    // They move there later, when asked.
    let now = app.clock.now();
    let moved = async || move_to_bucket(&mut app.connect().await, &bucket, now).await;
    assert_eq!(moved().await.unwrap(), 0);
    later(&app).await;
    sweep(&app, &bucket, week_ago).await;
    assert_eq!(store.asked(), [format!("DELETE {hash}")]);
    assert_eq!(moved().await.unwrap(), 1);
    assert_eq!(author.get(&link).await.is(200).body, TEXT);
    app.finish().await;
}

#[tokio::test]
async fn what_was_written_for_a_file_that_was_never_attached_is_swept() {
    let store = Store::new().await;
    let app = with(&store).await;
    let bucket = Bucket::new(&store.settings()).unwrap();
    let author = app.sign_in("author", Role::Author).await;
    let key = write(&author, "open").await;
    // The transaction after the object fails.
    app.sql(
        "CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS
           $$ BEGIN RAISE EXCEPTION 'canceling statement due to lock timeout'; END $$;
         CREATE TRIGGER fail BEFORE INSERT ON report_attachments FOR EACH ROW EXECUTE FUNCTION fail()",
    )
    .await;
    send(&author, &key, TEXT).await.is(503);
    let hash = to_hex(&sha256(TEXT));
    assert_eq!(names(&store), [hash.as_str()]);
    app.sql("DROP TRIGGER fail ON report_attachments").await;
    let later = app.clock.now() + SignedDuration::from_secs(1);
    // Somebody is about to name it: nobody deletes it meanwhile.
    let mut conn = app.connect().await;
    let mut held = app.connect().await;
    held.batch_execute("BEGIN; UPDATE attachment_objects SET written_at = written_at")
        .await
        .unwrap();
    assert_eq!(forget_objects(&mut conn, &bucket, later).await.unwrap(), 0);
    held.batch_execute("ROLLBACK").await.unwrap();
    assert_eq!(forget_objects(&mut conn, &bucket, later).await.unwrap(), 1);
    assert_eq!(names(&store), Vec::<String>::new());
    // It can be attached as if nothing had been.
    let (link, _) = attach(&author, &key, TEXT).await;
    assert_eq!(author.get(&link).await.is(200).body, TEXT);
    app.finish().await;
}

#[tokio::test]
async fn files_of_the_database_stay_readable_and_move_when_asked() {
    let store = Store::new().await;
    let app = with(&store).await;
    let bucket = Bucket::new(&store.settings()).unwrap();
    let author = app.sign_in("author", Role::Author).await;
    let key = write(&author, "open").await;
    let hash = to_hex(&sha256(TEXT));
    app.sql(&format!(
        "INSERT INTO attachments (sha256, media_type, size, bytes) VALUES ('\\x{hash}', 'text/plain', {}, '{TEXT}');
         INSERT INTO report_attachments (report_id, sha256, file_name) SELECT r.id, '\\x{hash}', 'a.log' FROM reports r",
        TEXT.len()
    ))
    .await;
    let link = format!("/reports/{key}/attachments/{hash}/a.log");
    assert_eq!(author.get(&link).await.is(200).body, TEXT);
    assert_eq!(store.asked(), Vec::<String>::new());
    let mut conn = app.connect().await;
    let now = app.clock.now();
    for moved in [1, 0] {
        assert_eq!(
            move_to_bucket(&mut conn, &bucket, now).await.unwrap(),
            moved
        );
    }
    assert_eq!(store.asked(), [format!("PUT {hash}")]);
    assert_eq!(author.get(&link).await.is(200).body, TEXT);
    assert_eq!(store.asked(), [format!("GET {hash}")]);
    let later = now + SignedDuration::from_secs(1);
    sweep(&app, &bucket, later).await;
    assert_eq!(names(&store), [hash]);
    app.finish().await;
}

#[tokio::test]
async fn a_bucket_is_tried_out_and_knows_how_it_is() {
    let store = Store::new().await;
    let bucket = Bucket::new(&store.settings()).unwrap();
    assert_eq!(bucket.condition(), Condition::Unknown);
    bucket.try_out().await.unwrap();
    assert_eq!(bucket.condition(), Condition::Fine);
    let asked = store.asked();
    let own = asked[0].strip_prefix("PUT ").unwrap();
    assert!(own.starts_with("hansei-"), "{own}");
    let all = ["PUT", "GET", "DELETE"].map(|it| format!("{it} {own}"));
    assert_eq!(asked[..3], all);
    assert_eq!(asked[3..], ["PUT hansei"]);
    assert_eq!(names(&store), ["hansei"], "nothing else is left there");
    for mood in [Mood::Fine, Mood::Discreet] {
        store.is(mood);
        store.lose("hansei");
        bucket.look().await.unwrap();
        assert_eq!(names(&store), ["hansei"], "it is put back");
        assert_eq!(bucket.condition(), Condition::Fine);
    }
    store.is(Mood::Refuses);
    let refused = bucket.try_out().await.unwrap_err();
    assert!(
        matches!(refused, BucketError::Refuses { .. }),
        "{refused:?}"
    );
    assert_eq!(bucket.condition(), Condition::Refuses);
    let told = format!("{:#}", anyhow::Error::from(refused));
    assert!(
        told.contains("AccessDenied") && !told.contains("AKIA"),
        "{told}"
    );
    for mood in [Mood::Busy, Mood::Away] {
        store.is(Mood::Fine);
        bucket.look().await.unwrap();
        store.is(mood);
        for away in [bucket.try_out().await, bucket.look().await] {
            let away = away.unwrap_err();
            assert!(matches!(away, BucketError::Away { .. }), "{away:?}");
            assert_eq!(bucket.condition(), Condition::Away, "{mood:?}");
        }
    }
    store.is(Mood::Fine);
    bucket.look().await.unwrap();
    assert_eq!(bucket.condition(), Condition::Fine);
    store.asked();
    // Another key is another signature, and no error says what the key is.
    let mut settings = store.settings();
    settings.secret = Secret::new("another-key".to_owned());
    let stranger = Bucket::new(&settings).unwrap();
    let refused = stranger.try_out().await.unwrap_err();
    assert!(matches!(refused, BucketError::Refuses { .. }));
    let told = format!("{refused:?} {settings:?} {stranger:?}");
    assert!(!told.contains("another-key"), "{told}");
}

#[tokio::test]
async fn nodes_that_start_together_do_not_get_into_each_others_way() {
    let store = Store::new().await;
    let settings = store.settings();
    let start = || async { Bucket::new(&settings).unwrap().try_out().await };
    let nodes = futures_util::future::join_all((0..12).map(|_| start())).await;
    assert!(nodes.iter().all(Result::is_ok), "{nodes:?}");
    assert_eq!(names(&store), ["hansei"]);
}
