//! What writing must never do: show a restricted report, lose what was typed, or undo what somebody else saved.

use hansei::accounts::{Actor, Role};
use hansei::archive::{FileOutcome, ImportOptions, Importing, Watch};
use reqwest::Method;
use serde_json::json;

use crate::support::app::{Answer, Folder, TestApp, unescape};
use crate::support::people::{Browser, PASSWORD};

const EVERYTHING: &str =
    "search:read,reports:read,reports:write,timeline:append,restricted:read,admin";

pub(crate) const TEXT: &str = "## Summary\n\nOrders failed and nobody noticed.\n\n## Impact\n\nEvery tenth order.\n\n## Countermeasures\n\n- Watch the queue\n";

pub(crate) fn form<'a>(
    title: &'a str,
    document: &'a str,
    action: &'a str,
) -> Vec<(&'a str, &'a str)> {
    vec![
        ("title", title),
        ("kind", "incident"),
        ("severity", "2"),
        ("visibility", "open"),
        ("services", "checkout"),
        ("tags", "queues"),
        ("timezone", "UTC"),
        ("document", document),
        ("do", action),
        ("reason", "others need to know"),
    ]
}

pub(crate) fn with<'a>(
    mut fields: Vec<(&'a str, &'a str)>,
    name: &'a str,
    value: &'a str,
) -> Vec<(&'a str, &'a str)> {
    fields.retain(|(known, _)| *known != name);
    fields.push((name, value));
    fields
}

/// The text that stands in the form, whole or section by section, with the line ends of this test.
pub(crate) fn typed(answer: &Answer) -> String {
    let area = |html: &str| {
        let (_, rest) = html.split_once("<textarea").unwrap();
        let (_, rest) = rest.split_once('>').unwrap();
        unescape(rest.split_once("</textarea>").unwrap().0).replace('\r', "")
    };
    if let Some((_, rest)) = answer.body.split_once("<textarea id=\"f-document\"") {
        return area(&format!("<textarea{rest}"));
    }
    let mut text = String::new();
    for section in answer.body.split("<div class=\"part\"").skip(1) {
        let (_, rest) = section.split_once("name=\"heading\" value=\"").unwrap();
        let heading = unescape(rest.split('"').next().unwrap());
        for piece in [format!("## {heading}"), area(section)] {
            if !matches!(piece.trim(), "" | "##") {
                text.push_str(&piece);
                text.push_str("\n\n");
            }
        }
    }
    format!("{}\n", text.trim_end())
}

async fn visibility(app: &TestApp) -> Vec<String> {
    app.rows("SELECT visibility AS text FROM reports ORDER BY number")
        .await
}

#[tokio::test]
async fn a_retry_tells_no_more_than_its_sender_may_read() {
    let app = TestApp::new().await;
    let bot = app.program("reports:read,reports:write").await;
    let admin = app.sign_in("admin", Role::Admin).await;
    let once = [("idempotency-key", "alert-7")];
    let body = json!({ "document": "---\ntitle: First words\n---\n\n## Summary\n\nHarmless.\n" });
    bot.post(&once, &body).await.is(201);
    let secret = with(
        form(
            "Secret title",
            "## Summary\n\nWhat nobody may know.\n",
            "save",
        ),
        "visibility",
        "restricted",
    );
    admin
        .post("/reports/PM-1/edit", &with(secret, "base_revision", "1"))
        .await
        .is(303);

    let again = bot.post(&once, &body).await.is(201);
    assert_eq!(again.json(), json!({ "id": "PM-1" }));
    assert_eq!(again.header("location"), "/api/v1/reports/PM-1");
    assert_eq!(again.header("etag"), "\"r1\"");
    app.finish().await;
}

#[tokio::test]
async fn a_word_that_is_none_opens_nothing() {
    let app = TestApp::new().await;
    let bot = app.program(EVERYTHING).await;
    let document =
        |word: &str| format!("---\ntitle: T\nvisibility: {word}\n---\n\n## Summary\n\nx\n");
    for word in [
        "private",
        "restrictd",
        "[restricted]",
        "[open]",
        "\"\"",
        "",
        "{a: b}",
        "[unclosed",
    ] {
        bot.post(&[], &json!({ "document": document(word) }))
            .await
            .problem(422, &["visibility"]);
    }
    let ana = app.sign_in("ana", Role::Author).await;
    let page = ana
        .post(
            "/reports",
            &with(form("T", TEXT, "save"), "visibility", "private"),
        )
        .await
        .is(422);
    assert!(page.body.contains("href=\"#f-visibility\""));
    assert!(
        page.body.contains("<option value=\"restricted\" selected>"),
        "{}",
        page.body
    );
    assert_eq!(visibility(&app).await, Vec::<String>::new());

    let folder = Folder::new("visibility");
    for (name, word) in [("a.md", "private"), ("b.md", "[unclosed"), ("c.md", "open")] {
        folder.write(name, document(word));
    }
    let told = import(&app, &folder).await;
    assert_eq!(visibility(&app).await, ["restricted", "restricted", "open"]);
    let remarked =
        |outcome: &FileOutcome| outcome.remarks.iter().any(|it| it.field == "visibility");
    assert_eq!(
        told.iter().map(remarked).collect::<Vec<_>>(),
        [true, true, false]
    );
    app.finish().await;
}

#[derive(Default)]
struct Told(Vec<FileOutcome>);

impl Watch for Told {
    fn started(&mut self, _files: usize) {}

    fn done(&mut self, outcome: &FileOutcome) {
        self.0.push(outcome.clone());
    }
}

pub(crate) async fn import(app: &TestApp, folder: &Folder) -> Vec<FileOutcome> {
    let options = ImportOptions {
        paths: vec![folder.path().to_owned()],
        dry_run: false,
        publish: false,
        overwrite: false,
    };
    let mut told = Told::default();
    let mut importing = Importing::begin(&options, &mut told);
    let mut conn = app.connect().await;
    importing
        .go_on(&mut conn, &Actor::Operator, app.clock.now(), &mut told)
        .await
        .unwrap();
    told.0
}

#[tokio::test]
async fn opening_a_restricted_report_takes_the_word() {
    let app = TestApp::new().await;
    let bot = app.program(EVERYTHING).await;
    let silent = "---\ntitle: T\n---\n\n## Summary\n\nx\n";
    let said = |word: &str| silent.replace("title: T", &format!("title: T\nvisibility: {word}"));
    bot.write(&said("restricted"), false).await;
    let kept = bot.put("PM-1", "\"r1\"", silent).await.is(200).json();
    assert_eq!(kept["visibility"], "restricted");
    assert!(
        kept["document"]
            .as_str()
            .unwrap()
            .contains("visibility: restricted")
    );
    let opened = bot
        .put("PM-1", "\"r2\"", &said("open"))
        .await
        .is(200)
        .json();
    assert_eq!(opened["visibility"], "open");
    let documents = app
        .rows("SELECT (document LIKE '%visibility: restricted%')::text AS text FROM revisions ORDER BY number")
        .await;
    assert_eq!(documents, ["true", "true", "false"]);

    let folder = Folder::new("again");
    folder.write("a.md", said("restricted"));
    import(&app, &folder).await;
    folder.write("a.md", format!("{silent}\nMore.\n"));
    import(&app, &folder).await;
    assert_eq!(visibility(&app).await, ["open", "restricted"]);
    app.finish().await;
}

#[tokio::test]
async fn who_mended_a_word_is_not_named_on_the_report() {
    let app = TestApp::new().await;
    let ana = app.sign_in("ana", Role::Author).await;
    let bob = app.sign_in("bob", Role::Author).await;
    let key = ana.write(&form("T", TEXT, "publish")).await;
    let edit = format!("/reports/{key}/edit");
    let mended = TEXT.replace("tenth", "fifth");
    bob.post(
        &edit,
        &with(form("T", &mended, "save"), "base_revision", "1"),
    )
    .await
    .is(303);

    // Restricting is for those who are named; what was typed stays.
    let restricted = with(
        form("T", "## Summary\n\nTyped by bob.\n", "save"),
        "visibility",
        "restricted",
    );
    let refused = bob
        .post(&edit, &with(restricted, "base_revision", "2"))
        .await
        .is(422);
    assert!(
        refused.body.contains("href=\"#f-visibility\"")
            && typed(&refused).contains("Typed by bob.")
    );
    assert!(refused.body.contains("Named on it: ana."));

    let restricted = with(form("T", TEXT, "save"), "visibility", "restricted");
    ana.post(&edit, &with(restricted, "base_revision", "2"))
        .await
        .is(303);
    for path in ["", ".md", "/edit", "/history"] {
        bob.get(&format!("/reports/{key}{path}")).await.is(404);
        ana.get(&format!("/reports/{key}{path}")).await.is(200);
    }
    app.finish().await;
}

#[tokio::test]
async fn publishing_leaves_a_trace() {
    let app = TestApp::new().await;
    let ana = app.sign_in("ana", Role::Author).await;
    let bob = app.sign_in("bob", Role::Author).await;
    let key = ana.write(&form("T", TEXT, "save")).await;
    bob.publish(&key).await;
    bob.publish(&key).await;
    let history = app
        .rows("SELECT concat_ws(' ', number, event, author_name, created_at) AS text FROM revisions ORDER BY number")
        .await;
    assert_eq!(
        history,
        [
            "1 created ana 2026-11-21 12:00:00+00",
            "2 published bob 2026-11-21 12:00:00+00"
        ]
    );
    let same = app
        .rows("SELECT count(DISTINCT document)::text AS text FROM revisions")
        .await;
    assert_eq!(same, ["1"]);
    let page = ana
        .get(&format!("/reports/{key}/history"))
        .await
        .is(200)
        .body;
    assert!(page.contains("Published") && page.contains("bob"));

    let second = ana.write(&form("U", TEXT, "publish")).await;
    ana.post(
        &format!("/reports/{second}/edit"),
        &with(form("U", TEXT, "publish"), "base_revision", "1"),
    )
    .await
    .is(303);
    let audited = "SELECT concat_ws(' ', action, actor, report_id = (SELECT id FROM reports r WHERE r.id = report_id)) AS text
        FROM audit_log WHERE action = 'publish_report' ORDER BY id";
    assert_eq!(
        app.rows(audited).await,
        ["publish_report bob t", "publish_report ana t"]
    );
    assert_eq!(
        app.rows("SELECT event AS text FROM revisions WHERE report_id = (SELECT max(id) FROM reports) ORDER BY number").await,
        ["created", "saved"]
    );
    app.finish().await;
}

#[tokio::test]
async fn a_token_of_another_session_loses_nothing() {
    let app = TestApp::new().await;
    let ana = app.sign_in("ana", Role::Author).await;
    let key = ana.write(&form("T", TEXT, "save")).await;
    let text = "## Summary\n\n<b>Hours</b> of \"work\" & more.\n";
    for path in ["/reports".to_owned(), format!("/reports/{key}/edit")] {
        let fields = with(
            with(form("Typed title", text, "publish"), "base_revision", "1"),
            "csrf",
            "00",
        );
        let page = ana.post_as_is(&path, &fields, &[]).await.is(403);
        assert!(
            page.body
                .contains("Your session changed; nothing was lost, save again.")
        );
        assert!(!page.body.contains("reload"));
        assert_eq!(typed(&page), text);
        assert_eq!(page.input("title").unwrap(), "Typed title");
        assert!(page.body.contains(&format!("action=\"{path}\"")));
        assert_eq!(
            app.rows("SELECT concat(max(revision), count(*)) AS text FROM reports")
                .await,
            ["11"]
        );
        let fresh = page.input("csrf").unwrap();
        if path != "/reports" {
            let fields = with(fields, "csrf", &fresh);
            ana.post_as_is(&path, &fields, &[]).await.is(303);
        }
    }
    app.finish().await;
}

async fn send(browser: &Browser<'_>, fields: &[(String, String)]) -> Answer {
    let fields: Vec<(&str, &str)> = fields
        .iter()
        .map(|(n, v)| (n.as_str(), v.as_str()))
        .collect();
    browser.post_as_is("/reports/resume", &fields, &[]).await
}

#[tokio::test]
async fn a_session_that_ends_while_writing_loses_nothing() {
    let app = TestApp::new().await;
    let ana = app.sign_in("ana", Role::Author).await;
    let key = ana.write(&form("T", TEXT, "save")).await;
    let text = "## Summary\n\n\"><script>alert(1)</script> & hours of work.\n";
    for (path, base) in [
        ("/reports".to_owned(), ""),
        (format!("/reports/{key}/edit"), "1"),
    ] {
        let browser = app.stranger().await;
        let fields = with(form("Typed title", text, "publish"), "base_revision", base);
        let asked = browser.post_as_is(&path, &fields, &[]).await.is(401);
        let resumed = |asked: &Answer, password: &'static str| -> Vec<(String, String)> {
            assert!(!asked.body.contains("<script>alert"), "escaped");
            assert!(asked.body.contains("action=\"/reports/resume\""));
            let mut fields: Vec<(String, String)> = [
                "csrf",
                "report",
                "base_revision",
                "title",
                "kind",
                "severity",
                "visibility",
                "document",
            ]
            .map(|name| (name.to_owned(), asked.input(name).unwrap()))
            .to_vec();
            fields.push(("email".to_owned(), "ana@example.org".to_owned()));
            fields.push(("password".to_owned(), password.to_owned()));
            fields
        };
        let wrong = send(&browser, &resumed(&asked, "wrong")).await.is(422);
        let mut forged = resumed(&wrong, PASSWORD);
        forged.retain(|(name, _)| name != "csrf");
        let forged = send(&browser, &forged).await.is(403);
        let page = send(&browser, &resumed(&forged, PASSWORD)).await.is(200);
        assert_eq!(typed(&page), text);
        assert_eq!(page.input("title").unwrap(), "Typed title");
        assert_eq!(page.input("base_revision").unwrap(), base);
        assert!(page.body.contains(&format!("action=\"{path}\"")));
        assert_eq!(
            app.rows("SELECT concat(max(revision), count(*)) AS text FROM reports")
                .await,
            ["11"],
            "nothing is saved unseen"
        );
        if base == "1" {
            let token = page.input("csrf").unwrap();
            browser
                .post_as_is(&path, &with(fields, "csrf", &token), &[])
                .await
                .is(303);
        }
    }
    assert_eq!(
        app.rows("SELECT title AS text FROM reports").await,
        ["Typed title"]
    );
    // A reader does not become an author on the way.
    app.sign_in("rita", Role::Reader)
        .await
        .post("/reports/resume", &[("document", text)])
        .await
        .is(403);
    app.finish().await;
}

#[tokio::test]
async fn changes_that_do_not_touch_are_put_together() {
    let app = TestApp::new().await;
    let ana = app.sign_in("ana", Role::Author).await;
    let bob = app.sign_in("bob", Role::Author).await;
    let key = ana.write(&form("T", TEXT, "save")).await;
    let edit = format!("/reports/{key}/edit");
    let seen = typed(&bob.get(&edit).await.is(200));
    let theirs = seen.replace("nobody noticed", "everybody noticed");
    let hers = with(
        with(
            form("Title of ana", &theirs, "save"),
            "tags",
            "queues, hers",
        ),
        "severity",
        "3",
    );
    ana.post(&edit, &with(hers, "base_revision", "1"))
        .await
        .is(303);

    let mine = seen.replace("Every tenth order", "Every fifth order");
    let his = with(
        with(form("T", &mine, "save"), "tags", "his, queues"),
        "started_at",
        "2026-03-01 10:00",
    );
    let his = with(his, "base_revision", "1");
    bob.post(&edit, &his).await.is(303);
    let saved = bob.get(&format!("/reports/{key}.md")).await.is(200).body;
    for words in [
        "title: Title of ana",
        "SEV3",
        "everybody noticed",
        "Every fifth order",
        "hers",
        "his",
        "2026-03-01T10:00:00Z",
    ] {
        assert!(saved.contains(words), "{words}: {saved}");
    }
    let events = "SELECT event AS text FROM revisions ORDER BY number";
    assert_eq!(app.rows(events).await, ["created", "saved", "merged"]);
    // The same form once more, after an answer that got lost on the way.
    bob.post(&edit, &his).await.is(303);
    assert_eq!(app.rows(events).await, ["created", "saved", "merged"]);
    // Restricting in between is not undone by who had the form open.
    let latest = typed(&ana.get(&edit).await.is(200));
    let restricted = with(
        form("Title of ana", &latest, "save"),
        "visibility",
        "restricted",
    );
    let restricted = with(with(restricted, "severity", "3"), "base_revision", "3");
    ana.post(&edit, &restricted).await.is(303);
    let late = latest.replace("Watch the queue", "Watch both queues");
    let late = with(
        with(form("Title of ana", &late, "save"), "severity", "3"),
        "base_revision",
        "3",
    );
    let gone = bob.post(&edit, &late).await.is(404);
    assert!(gone.body.contains("Watch both queues"), "{}", gone.body);
    ana.post(&edit, &late).await.is(303);
    assert_eq!(visibility(&app).await, ["restricted"]);
    app.finish().await;
}

#[tokio::test]
async fn what_both_changed_is_settled_by_a_person() {
    let app = TestApp::new().await;
    let ana = app.sign_in("ana", Role::Author).await;
    let bob = app.sign_in("bob", Role::Author).await;
    let key = ana.write(&form("T", TEXT, "save")).await;
    let edit = format!("/reports/{key}/edit");
    let seen = typed(&bob.get(&edit).await.is(200));
    let theirs = seen.replace("nobody noticed", "it took an hour");
    ana.post(
        &edit,
        &with(
            with(form("T", &theirs, "save"), "severity", "1"),
            "base_revision",
            "1",
        ),
    )
    .await
    .is(303);
    let mine = seen
        .replace("nobody noticed", "we were asleep")
        .replace("tenth", "fifth");
    let his = with(
        with(form("T", &mine, "publish"), "severity", ""),
        "base_revision",
        "1",
    );
    let page = bob.post(&edit, &his).await.is(409);
    let text = unescape(&page.body);
    assert!(
        text.contains("Both of you changed Severity and the text under “Summary”"),
        "{text}"
    );
    assert!(
        text.contains("name=\"severity\" value=\"1\"")
            && text.contains("name=\"severity\" value=\"\" checked")
    );
    let merged = typed(&page);
    for words in ["it took an hour", "we were asleep", "Every fifth order"] {
        assert!(merged.contains(words), "{words}: {merged}");
    }
    // A preview would take the side that was not chosen away.
    assert!(!page.body.contains("value=\"preview\""));
    // What was left is said so where it is gone on with.
    assert!(page.body.contains("value=\"yes Severity (theirs: SEV1)\""));
    for button in ["value=\"save\"", "value=\"publish\""] {
        assert!(page.body.contains(button), "{button}");
    }
    assert_eq!(page.input("title").unwrap(), "T");
    // Only what both changed is to be decided; one side can be taken whole.
    assert_eq!(page.body.matches("<select id=\"pick-").count(), 1);
    let (theirs, mine) = (page.input("theirs").unwrap(), page.input("mine").unwrap());
    for (pick, words) in [
        ("theirs 0", "it took an hour"),
        ("mine 0", "we were asleep"),
        ("", "neither"),
        ("theirs 9", "neither"),
    ] {
        let mut sent = form("T", "", "preview");
        sent.retain(|(name, _)| *name != "document");
        sent.extend([("heading", "Summary"), ("text", "neither"), ("sealed", "")]);
        sent.extend([("pick", pick), ("theirs", &theirs), ("mine", &mine)]);
        let shown = typed(&bob.post("/reports", &sent).await.is(200));
        assert!(shown.contains(words), "{pick}: {shown}");
    }
    let settled = with(
        with(form("T", &merged, "publish"), "severity", "1"),
        "base_revision",
        "2",
    );
    bob.post(&edit, &settled).await.is(303);
    assert_eq!(
        app.rows("SELECT concat(status, severity, revision) AS text FROM reports")
            .await,
        ["published13"]
    );
    app.finish().await;
}

#[tokio::test]
async fn a_text_is_refused_beside_itself() {
    let app = TestApp::new().await;
    let ana = app.sign_in("ana", Role::Author).await;
    // NUL is taken out, and told.
    let page = ana
        .post(
            "/reports",
            &form("T\0", "## Summary\n\nHours\0 of work.\n", "save"),
        )
        .await
        .is(422);
    assert_eq!(typed(&page), "## Summary\n\nHours of work.\n");
    assert!(page.body.contains("NUL characters"));
    // More than the API takes is more than the form takes.
    let long = format!("## Summary\n\n{}", "words and words\n".repeat(75_000));
    let page = ana
        .post("/reports", &form("T", &long, "save"))
        .await
        .is(422);
    assert!(page.body.contains("href=\"#f-document\"") && page.body.contains("at most 1048576"));
    assert_eq!(typed(&page), long);
    let note = "n".repeat(1_001);
    let page = ana
        .post("/reports", &with(form("T", TEXT, "save"), "note", &note))
        .await
        .is(422);
    assert!(page.body.contains("href=\"#f-note\""));
    // A whole document in the place of its text.
    let whole =
        format!("---\ntitle: Pasted\nvisibility: restricted\nservices: [payments]\n---\n\n{TEXT}");
    let page = ana
        .post("/reports", &form("", &whole, "save"))
        .await
        .is(422);
    let text = typed(&page);
    assert!(
        text.starts_with("## Summary\n\nOrders failed") && text.contains("- [ ] Watch the queue\n"),
        "{text}"
    );
    assert_eq!(page.input("title").unwrap(), "Pasted");
    assert_eq!(page.input("services").unwrap(), "checkout, payments");
    assert!(page.body.contains("<option value=\"restricted\" selected>"));
    assert!(page.body.contains("moved into the fields above"));
    assert_eq!(
        app.rows("SELECT count(*)::text AS text FROM reports").await,
        ["0"]
    );
    // A megabyte of Cyrillic goes through the form, three bytes for each of its own.
    let cyrillic = format!("## Summary\n\n{}", "слово слово слово\n".repeat(30_000));
    let fields = form("T", &cyrillic, "save");
    let answer = ana.post("/reports", &fields).await;
    assert!(matches!(answer.status, 303), "{}", answer.status);
    let headers = [("content-type", "text/plain")];
    ana.send(Method::POST, "/reports", &headers, "x")
        .await
        .is(415);
    app.finish().await;
}
