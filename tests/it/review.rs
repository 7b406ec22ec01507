//! Review and publishing over HTTP, without scripts: the whole way of a report, and everybody who may not take a step.

use hansei::accounts::Role;
use jiff::SignedDuration;
use reqwest::Method;
use serde_json::json;

use crate::support::app::{Answer, TestApp, unescape};
use crate::support::people::Browser;
use crate::writing::{form, typed, with};

const TEXT: &str = "## Summary\n\nEvery tenth order failed & nobody noticed.\n";

/// A draft of a SEV2 incident.
async fn draft(browser: &Browser<'_>) -> String {
    browser.write(&form("Queue <full>", TEXT, "save")).await
}

/// The form of a review, or of another step. Publishing is of the text that there is, unless the fields say another
/// revision.
pub(crate) async fn step(browser: &Browser<'_>, key: &str, fields: &[(&str, &str)]) -> Answer {
    let mut fields = fields.to_vec();
    let revision = browser.app.revision(key).await;
    if fields.contains(&("do", "publish")) && !fields.iter().any(|it| it.0 == "revision") {
        fields.push(("revision", &revision));
    }
    browser
        .post(&format!("/reports/{key}/review"), &fields)
        .await
}

pub(crate) async fn page(browser: &Browser<'_>, path: &str) -> String {
    unescape(&browser.get(path).await.is(200).body)
}

/// Where the reports stand: status, how they were published, and why.
async fn state(app: &TestApp) -> Vec<String> {
    app.rows(
        "SELECT concat_ws(' ', 'PM-' || number, status, published_how, nullif(published_reason, '')) AS text
        FROM reports LEFT JOIN report_standings ON report_id = id ORDER BY number",
    )
    .await
}

async fn history(app: &TestApp) -> Vec<String> {
    app.rows("SELECT concat_ws(' ', number, event, author_name, nullif(note, '')) AS text FROM revisions ORDER BY report_id, number")
        .await
}

async fn audited(app: &TestApp) -> Vec<String> {
    app.rows("SELECT concat_ws(' ', action, actor) AS text FROM audit_log WHERE report_id IS NOT NULL ORDER BY id")
        .await
}

#[tokio::test]
async fn the_whole_way_of_a_report() {
    let app = TestApp::new().await;
    let ana = app.sign_in("ana", Role::Author).await;
    let bob = app.sign_in("bob", Role::Author).await;
    // The editor leads on to the page where a review is asked for.
    let sent = ana
        .post("/reports", &form("Queue <full>", TEXT, "review"))
        .await
        .is(303);
    assert_eq!(sent.header("location"), "/reports/PM-1/review");
    let mine = page(&ana, "/reports/PM-1/review").await;
    assert!(
        mine.contains("No contributing factor is listed.")
            && mine.contains("Nothing stands yet below: Impact")
    );
    assert!(mine.contains("value=\"ask\"") && !mine.contains("value=\"approve\""));
    step(&ana, "PM-1", &[("do", "ask")]).await.is(303);
    assert!(
        page(&ana, "/reports/PM-1")
            .await
            .contains("In review since 21 Nov 2026.")
    );

    // The reviewer finds it, reads what can be counted, and sends it back.
    assert!(
        page(&bob, "/")
            .await
            .contains("1 report waits for a review")
    );
    let queue = page(&bob, "/reviews").await;
    assert!(queue.contains("/reports/PM-1/review") && queue.contains("nobody facilitates yet"));
    let seen = bob.get("/reports/PM-1/review").await.is(200);
    assert_eq!(seen.input("revision").unwrap(), "2");
    let verdicts = [
        ("revision", "2"),
        ("line", "impact"),
        ("verdict", "not_yet"),
        ("line_note", "how <many> orders?"),
        ("line", "blameless"),
        ("verdict", "yes"),
        ("line_note", ""),
    ];
    let mut review = verdicts.to_vec();
    review.extend([("do", "request_changes"), ("note", "What did it cost?")]);
    step(&bob, "PM-1", &review).await.is(303);
    let back = page(&ana, "/reports/PM-1").await;
    assert!(
        back.contains("bob asked for changes at revision 2:") && back.contains("What did it cost?")
    );
    assert!(
        page(&bob, "/reviews")
            .await
            .contains("You asked for changes")
    );
    assert!(!page(&bob, "/").await.contains("for a review"));

    // Mended, asked for again: the reviewer sees what changed since, approves, and the author publishes.
    let more = TEXT.replace("tenth", "fifth");
    let mended = with(form("Queue <full>", &more, "save"), "base_revision", "3");
    ana.post("/reports/PM-1/edit", &mended).await.is(303);
    step(&ana, "PM-1", &[("do", "ask")]).await.is(303);
    let again = bob.get("/reports/PM-1/review").await.is(200);
    assert!(
        again.body.contains("<del>tenth") && again.body.contains("<ins>fifth"),
        "{}",
        again.body
    );
    assert!(
        unescape(&again.body).contains("how <many> orders?") && !again.body.contains("how <many>")
    );
    let revision = again.input("revision").unwrap();
    step(&bob, "PM-1", &[("do", "approve"), ("revision", &revision)])
        .await
        .is(303);
    let approved = page(&ana, "/reports/PM-1").await;
    assert!(
        approved.contains("Approved by bob at revision 5."),
        "{approved}"
    );
    let published = ana.publish_as_read("PM-1", &[]).await.is(303);
    assert_eq!(published.header("location"), "/reports/PM-1");
    assert_eq!(state(&app).await, ["PM-1 published reviewed"]);
    let read = page(&bob, "/reports/PM-1").await;
    assert!(read.contains("Approved by bob at revision 5.") && !read.contains("without review"));
    assert_eq!(
        history(&app).await,
        [
            "1 created ana",
            "2 review_asked ana",
            "3 changes_requested bob",
            "4 saved ana",
            "5 review_asked ana",
            "6 approved bob",
            "7 published ana",
        ]
    );
    assert_eq!(
        audited(&app).await,
        [
            "ask_for_review ana",
            "request_changes bob",
            "ask_for_review ana",
            "approve_report bob",
            "publish_report ana",
        ]
    );
    let past = page(&bob, "/reports/PM-1/history").await;
    assert!(
        past.contains("Review asked for")
            && past.contains("Changes requested")
            && past.contains("Approved")
    );
    app.finish().await;
}

#[tokio::test]
async fn an_approval_stays_with_the_text_that_was_read() {
    let app = TestApp::new().await;
    let ana = app.sign_in("ana", Role::Author).await;
    let bob = app.sign_in("bob", Role::Author).await;
    let key = draft(&ana).await;
    step(&ana, &key, &[("do", "ask")]).await.is(303);
    step(&bob, &key, &[("do", "approve"), ("revision", "2")])
        .await
        .is(303);
    let other = TEXT.replace("tenth", "fifth");
    let changed = with(form("Queue <full>", &other, "save"), "base_revision", "3");
    ana.post("/reports/PM-1/edit", &changed).await.is(303);
    let stale = page(&ana, "/reports/PM-1").await;
    assert!(
        stale.contains("Approved by bob at revision 2, now 4."),
        "{stale}"
    );
    assert!(stale.contains("/reports/PM-1/diff?from=2&to=4"));
    // It waits for bob again, and publishing asks for a reason.
    assert!(
        page(&bob, "/")
            .await
            .contains("1 report waits for a review")
    );
    assert!(
        stale.contains("Review and publish") && !stale.contains("action=\"/reports/PM-1/publish\"")
    );
    ana.publish_as_read("PM-1", &[]).await.is(422);
    // The text as it was is the one that was approved.
    let as_before = with(form("Queue <full>", TEXT, "save"), "base_revision", "4");
    ana.post("/reports/PM-1/edit", &as_before).await.is(303);
    ana.publish_as_read("PM-1", &[]).await.is(303);
    assert_eq!(state(&app).await, ["PM-1 published reviewed"]);
    // After publishing, a change is told as well.
    let later = with(form("Queue <full>", &other, "save"), "base_revision", "6");
    ana.post("/reports/PM-1/edit", &later).await.is(303);
    let read = page(&bob, "/reports/PM-1").await;
    assert!(
        read.contains("Approved by bob at revision 2, now 7."),
        "{read}"
    );
    app.finish().await;
}

#[tokio::test]
async fn nobody_approves_what_they_wrote() {
    let app = TestApp::new().await;
    let ana = app.sign_in("ana", Role::Author).await;
    let bob = app.sign_in("bob", Role::Author).await;
    let admin = app.sign_in("admin", Role::Admin).await;
    let reader = app.sign_in("reader", Role::Reader).await;
    let key = draft(&ana).await;
    let mended = with(
        form("Queue <full>", "## Summary\n\nBy bob.\n", "save"),
        "base_revision",
        "1",
    );
    bob.post("/reports/PM-1/edit", &mended).await.is(303);
    step(&ana, &key, &[("do", "ask")]).await.is(303);
    for who in [&ana, &bob] {
        for judged in ["approve", "request_changes"] {
            let fields = [("do", judged), ("revision", "3"), ("note", "typed <words>")];
            let refused = step(who, &key, &fields).await.is(403);
            assert!(
                refused.body.contains("somebody else reviews it"),
                "{}",
                refused.body
            );
        }
        assert!(
            page(who, "/reviews")
                .await
                .contains("Nothing waits for you.")
        );
    }
    for path in ["/reviews", "/reports/PM-1/review"] {
        let answer = reader.get(path).await;
        assert!(
            matches!(answer.status, 403 | 404),
            "{path}: {}",
            answer.status
        );
    }
    step(&reader, &key, &[("do", "approve"), ("revision", "3")])
        .await
        .is(404);
    assert_eq!(state(&app).await, ["PM-1 in_review"]);
    step(&admin, &key, &[("do", "approve"), ("revision", "3")])
        .await
        .is(303);
    // A revision that never was is no text that somebody read.
    step(&admin, &key, &[("do", "approve"), ("revision", "99")])
        .await
        .is(422);
    step(&admin, &key, &[("do", "approve")]).await.is(422);
    step(&admin, &key, &[("do", "nonsense")]).await.is(422);
    assert_eq!(
        app.rows("SELECT count(*)::text AS text FROM reviews").await,
        ["1"]
    );
    app.finish().await;
}

#[tokio::test]
async fn reasons_are_asked_for_shown_and_kept_when_refused() {
    let app = TestApp::new().await;
    let ana = app.sign_in("ana", Role::Author).await;
    let reader = app.sign_in("reader", Role::Reader).await;
    // From the editor: everything typed is still there.
    let text = format!("{TEXT}\nHours of <work>.\n");
    let without = with(form("Queue <full>", &text, "publish"), "reason", " ");
    let refused = ana.post("/reports", &without).await.is(422);
    assert!(refused.body.contains("href=\"#f-reason\"") && typed(&refused) == text);
    let long = "x".repeat(501);
    let refused = ana
        .post("/reports", &with(without.clone(), "reason", &long))
        .await
        .is(422);
    assert_eq!(refused.input("reason").unwrap(), long);
    assert_eq!(
        app.rows("SELECT count(*)::text AS text FROM reports").await,
        ["0"]
    );
    let key = ana
        .write(&with(without, "reason", "Others <must> know"))
        .await;
    assert_eq!(
        state(&app).await,
        ["PM-1 published without_review Others <must> know"]
    );
    let read = reader.get("/reports/PM-1").await.is(200).body;
    assert!(
        unescape(&read).contains("Published without review:")
            && unescape(&read).contains("Others <must> know")
    );
    assert!(!read.contains("<must>"), "escaped");

    // Taking back, archiving and restoring.
    for wish in ["unpublish", "archive"] {
        let refused = step(&ana, &key, &[("do", wish), ("reason", "")])
            .await
            .is(422);
        assert!(refused.body.contains("href=\"#f-reason\""), "{wish}");
        let refused = step(&ana, &key, &[("do", wish), ("reason", &long)])
            .await
            .is(422);
        assert!(
            refused.body.contains(&format!(">{long}</textarea>")),
            "{wish}"
        );
    }
    step(&ana, &key, &[("do", "archive"), ("reason", "Told again")])
        .await
        .is(303);
    let archived = page(&reader, "/reports/PM-1").await;
    assert!(archived.contains("In the archive:") && archived.contains("Told again"));
    ana.publish_as_read("PM-1", &[]).await.is(409);
    step(&ana, &key, &[("do", "restore")]).await.is(303);
    let restored = page(&reader, "/reports/PM-1").await;
    assert!(!restored.contains("Told again") && restored.contains("Others <must> know"));
    step(
        &ana,
        &key,
        &[("do", "unpublish"), ("reason", "A name is in it")],
    )
    .await
    .is(303);
    reader.get("/reports/PM-1").await.is(404);
    assert!(
        page(&ana, "/reports/PM-1")
            .await
            .contains("A name is in it")
    );
    // A draft is no archive, and not taken back twice.
    step(&ana, &key, &[("do", "archive"), ("reason", "x")])
        .await
        .is(409);
    step(&ana, &key, &[("do", "unpublish"), ("reason", "x")])
        .await
        .is(409);
    step(&ana, &key, &[("do", "take_back")]).await.is(303);
    assert_eq!(state(&app).await, ["PM-1 draft"]);
    assert_eq!(
        history(&app).await,
        [
            "1 created ana",
            "2 archived ana Told again",
            "3 unarchived ana",
            "4 unpublished ana A name is in it",
        ]
    );
    app.finish().await;
}

#[tokio::test]
async fn a_note_of_a_review_is_asked_for_and_kept() {
    let app = TestApp::new().await;
    let ana = app.sign_in("ana", Role::Author).await;
    let bob = app.sign_in("bob", Role::Author).await;
    let key = draft(&ana).await;
    step(&ana, &key, &[("do", "ask")]).await.is(303);
    let mut fields = vec![
        ("revision", "2"),
        ("line", "impact"),
        ("verdict", "not_yet"),
        ("line_note", "how \"many\"?"),
        ("note", " "),
        ("do", "request_changes"),
    ];
    let refused = step(&bob, &key, &fields).await.is(422);
    assert!(refused.body.contains("Say what is still missing"));
    assert!(refused.body.contains("<option value=\"not_yet\" selected>"));
    assert!(unescape(&refused.body).contains(">how \"many\"?</textarea>"));
    // A note without a verdict is pointed at.
    fields[2] = ("verdict", "");
    fields[4] = ("note", "Numbers & links");
    let refused = step(&bob, &key, &fields).await.is(422);
    assert!(
        refused.body.contains("href=\"#f-line-impact\"")
            && unescape(&refused.body).contains("Numbers & links")
    );
    // With the token of another session nothing changes, and nothing is lost.
    fields[2] = ("verdict", "yes");
    fields.push(("csrf", "00"));
    let refused = bob
        .post_as_is("/reports/PM-1/review", &fields, &[])
        .await
        .is(403);
    assert!(
        unescape(&refused.body).contains("Numbers & links")
            && refused.body.contains("Your session changed")
    );
    assert_eq!(state(&app).await, ["PM-1 in_review"]);
    assert_eq!(
        app.rows("SELECT count(*)::text AS text FROM reviews").await,
        ["0"]
    );
    app.finish().await;
}

#[tokio::test]
async fn near_misses_and_exercises_are_published_at_once() {
    let app = TestApp::with(|settings| settings.publish_without_review = false).await;
    let ana = app.sign_in("ana", Role::Author).await;
    for kind in ["near_miss", "exercise"] {
        let fields = [
            ("title", "Disk nearly full"),
            ("kind", kind),
            ("document", TEXT),
            ("do", "publish"),
        ];
        ana.post("/reports", &fields).await.is(303);
    }
    assert_eq!(
        state(&app).await,
        ["PM-1 published not_asked", "PM-2 published not_asked"]
    );
    let read = page(&ana, "/reports/PM-1").await;
    assert!(!read.contains("ithout review"));
    app.finish().await;
}

/// What readers have becomes an incident with the reason that publishing one asks for.
#[tokio::test]
async fn a_published_near_miss_grows_with_a_reason() {
    let app = TestApp::new().await;
    let ana = app.sign_in("ana", Role::Author).await;
    let near_miss = with(form("T", TEXT, "publish"), "kind", "near_miss");
    let near_miss = with(near_miss, "severity", "");
    let key = ana.write(&near_miss).await;
    let edit = format!("/reports/{key}/edit");
    let grown = with(form("T", TEXT, "save"), "severity", "1");
    let grown = with(with(grown, "reason", ""), "base_revision", "1");
    let asked = ana.post(&edit, &grown).await.is(422);
    assert!(asked.body.contains("nobody reviewed it as what it is now"));
    assert!(asked.body.contains("name=\"reason\""), "{}", asked.body);
    assert_eq!(state(&app).await, ["PM-1 published not_asked"]);
    let said = with(grown.clone(), "reason", "Others have to know now.");
    ana.post(&edit, &said).await.is(303);
    assert_eq!(
        state(&app).await,
        ["PM-1 published without_review Others have to know now."]
    );
    let read = page(&ana, &format!("/reports/{key}")).await;
    assert!(read.contains("Others have to know now."));
    let audited =
        "SELECT details->>'words' AS text FROM audit_log WHERE details->>'how' = 'without_review'";
    assert_eq!(app.rows(audited).await, ["Others have to know now."]);
    // Said once, it is not asked again.
    let again = with(with(grown, "title", "U"), "base_revision", "2");
    ana.post(&edit, &again).await.is(303);

    // A program says why in the note of its change.
    let bot = app.program("reports:read,reports:write").await;
    let key = bot
        .write("---\ntitle: T\nkind: near_miss\n---\n\nx\n", true)
        .await;
    let patch = json!({ "kind": "incident" });
    let headers = [("if-match", "*")];
    bot.ask(Method::PATCH, &key, &headers, &patch)
        .await
        .problem(422, &["reason"]);
    let with_note = format!("{key}?note=It+was+one");
    bot.ask(Method::PATCH, &with_note, &headers, &patch)
        .await
        .is(200);
    app.finish().await;
}

/// A small incident that turns out to be a large one is asked why nobody reviewed it, whichever way it becomes one.
#[tokio::test]
async fn a_published_incident_that_becomes_worse_says_why_nobody_reviewed_it() {
    let app = TestApp::new().await;
    let ana = app.sign_in("ana", Role::Author).await;
    let severe = with(form("T", TEXT, "save"), "severity", "1");
    let key = ana.write(&severe).await;
    let edit = format!("/reports/{key}/edit");
    let small = with(form("T", TEXT, "publish"), "severity", "4");
    let small = with(with(small, "reason", ""), "base_revision", "1");
    ana.post(&edit, &small).await.is(303);
    let severe = with(with(severe, "reason", ""), "base_revision", "2");
    let asked = ana.post(&edit, &severe).await.is(422);
    assert!(asked.body.contains("nobody reviewed it as what it is now"));
    assert!(asked.body.contains("name=\"reason\""), "{}", asked.body);
    let back = [("revision", "1"), ("base_revision", "2")];
    let restore = format!("/reports/{key}/restore");
    let asked = ana.post(&restore, &back).await.is(409);
    assert!(asked.body.contains("name=\"reason\""), "{}", asked.body);
    let long = "x".repeat(501);
    let told = ana
        .post(&restore, &[&back[..], &[("reason", &long)]].concat())
        .await
        .is(409);
    assert!(told.body.contains("At most 500 characters."));
    assert_eq!(state(&app).await, ["PM-1 published without_review"]);
    ana.post(
        &restore,
        &[&back[..], &[("reason", "It was worse.")]].concat(),
    )
    .await
    .is(303);
    assert_eq!(
        state(&app).await,
        ["PM-1 published without_review It was worse."]
    );
    // The history still says what came back.
    let history = page(&ana, &format!("/reports/{key}/history")).await;
    assert!(history.contains("Revision 1 restored. It was worse."));
    app.finish().await;
}

/// A name under "Written by" counts as its writer, also where no account was told.
#[tokio::test]
async fn whoever_is_named_as_author_reviews_nothing_of_it() {
    let app = TestApp::new().await;
    let ana = app.sign_in("ana", Role::Author).await;
    let bob = app.sign_in("bob", Role::Author).await;
    let cy = app.sign_in("cy", Role::Author).await;
    let named = with(form("T", TEXT, "save"), "authors", "ana,  BOB ");
    let key = ana.write(&named).await;
    let review = format!("/reports/{key}/review");
    ana.post(&review, &[("do", "ask"), ("revision", "1")])
        .await
        .is(303);
    let seen = page(&bob, &review).await;
    assert!(seen.contains("your name stands under “Written by”"));
    let approve = [("do", "approve"), ("revision", "1"), ("rubric", "1")];
    let refused = bob.post(&review, &approve).await.is(403);
    assert!(refused.body.contains("so somebody else reviews it"));
    cy.post(&review, &approve).await.is(303);
    app.finish().await;
}

#[tokio::test]
async fn how_bad_it_was_decides_whether_a_reason_is_asked_for() {
    let app = TestApp::new().await;
    let ana = app.sign_in("ana", Role::Author).await;
    for (severity, status) in [("", 422), ("1", 422), ("2", 422), ("3", 303), ("5", 303)] {
        let fields = with(form("T", TEXT, "publish"), "reason", "");
        let answer = ana
            .post("/reports", &with(fields, "severity", severity))
            .await;
        assert_eq!(answer.status, status, "{severity}");
    }
    assert_eq!(
        state(&app).await,
        [
            "PM-1 published without_review",
            "PM-2 published without_review"
        ]
    );
    assert!(
        page(&ana, "/reports/PM-1")
            .await
            .contains("Published without review.")
    );
    // A draft of a SEV4 goes out with one click.
    let fields = with(form("T", TEXT, "save"), "severity", "4");
    let key = ana.write(&fields).await;
    let drafted = page(&ana, &format!("/reports/{key}")).await;
    assert!(drafted.contains(&format!("action=\"/reports/{key}/publish\"")));
    ana.publish_as_read(&key, &[]).await.is(303);
    app.finish().await;
}

#[tokio::test]
async fn where_a_review_is_required_there_is_no_way_around() {
    let app = TestApp::with(|settings| settings.publish_without_review = false).await;
    let ana = app.sign_in("ana", Role::Author).await;
    let bob = app.sign_in("bob", Role::Author).await;
    let bot = app.program("search:read,reports:read,reports:write").await;
    let new = ana.get("/reports/new").await.is(200).body;
    assert!(!new.contains("value=\"publish\"") && new.contains("value=\"review\""));
    for severity in ["", "1", "5"] {
        let fields = with(form("T", TEXT, "publish"), "severity", severity);
        let refused = ana.post("/reports", &fields).await.is(422);
        assert!(
            refused
                .body
                .contains("after somebody else approved its text")
                && typed(&refused) == TEXT
        );
    }
    let document = format!("---\ntitle: T\nseverity: SEV1\n---\n\n{TEXT}");
    let body = json!({ "document": document, "publish": true, "reason": "x" });
    bot.post(&[], &body).await.problem(409, &[]);
    let key = draft(&ana).await;
    assert!(
        !page(&ana, "/reports/PM-1/review")
            .await
            .contains("value=\"publish\"")
    );
    ana.publish_as_read("PM-1", &[("reason", "x")])
        .await
        .is(409);
    assert_eq!(state(&app).await, ["PM-1 draft"]);
    step(&ana, &key, &[("do", "ask")]).await.is(303);
    step(&bob, &key, &[("do", "approve"), ("revision", "2")])
        .await
        .is(303);
    // A program of the organisation may take this step, and says by whom.
    let read = bot.get("/api/v1/reports/PM-1").await.is(200);
    let etag = read.header("etag").to_owned();
    let document = read.json()["document"].as_str().unwrap().to_owned();
    let headers = [
        ("content-type", "text/markdown"),
        ("if-match", etag.as_str()),
    ];
    let path = "/api/v1/reports/PM-1?publish=true";
    bot.send(Method::PUT, path, &headers, document)
        .await
        .is(200);
    assert_eq!(state(&app).await, ["PM-1 published reviewed"]);
    app.finish().await;
}

#[tokio::test]
async fn programs_give_a_reason_too() {
    let app = TestApp::new().await;
    let bot = app.program("search:read,reports:read,reports:write").await;
    let document = |severity: &str| format!("---\ntitle: T\n{severity}---\n\n{TEXT}");
    let publish = |severity: &str| json!({ "document": document(severity), "publish": true });
    bot.post(&[], &publish("severity: SEV1\n"))
        .await
        .problem(422, &["reason"]);
    bot.post(&[], &publish("")).await.problem(422, &["reason"]);
    bot.post(&[], &publish("severity: SEV4\n")).await.is(201);
    bot.post(&[], &publish("kind: near_miss\n")).await.is(201);
    let mut with_reason = publish("severity: SEV1\n");
    with_reason["reason"] = json!("Paged at night");
    bot.post(&[], &with_reason).await.is(201);
    with_reason["reason"] = json!("x".repeat(501));
    bot.post(&[], &with_reason).await.problem(422, &["reason"]);
    // A note says it as well, for programs written before; a parameter says it for Markdown.
    let mut with_note = publish("severity: SEV1\n");
    with_note["note"] = json!("from the pager");
    bot.post(&[], &with_note).await.is(201);
    let headers = [("content-type", "text/markdown")];
    let path = "/api/v1/reports?publish=true&reason=by%20hand";
    bot.send(Method::POST, path, &headers, document("severity: SEV1\n"))
        .await
        .is(201);
    // Nothing of a save that may not publish is kept.
    let key = bot.write(&document("severity: SEV1\n"), false).await;
    let headers = [("content-type", "text/markdown"), ("if-match", "\"r1\"")];
    let path = format!("/api/v1/reports/{key}?publish=true");
    bot.send(Method::PUT, &path, &headers, document("severity: SEV2\n"))
        .await
        .problem(422, &["reason"]);
    assert_eq!(
        app.rows("SELECT concat(revision, severity) AS text FROM reports ORDER BY id DESC LIMIT 1")
            .await,
        ["11"]
    );
    assert_eq!(
        state(&app).await,
        [
            "PM-1 published without_review",
            "PM-2 published not_asked",
            "PM-3 published without_review Paged at night",
            "PM-4 published without_review from the pager",
            "PM-5 published without_review by hand",
            "PM-6 draft",
        ]
    );
    app.finish().await;
}

#[tokio::test]
async fn restricted_reports_are_in_nobody_elses_queue() {
    let app = TestApp::new().await;
    let ana = app.sign_in("ana", Role::Author).await;
    let bob = app.sign_in("bob", Role::Author).await;
    let eve = app.sign_in("eve", Role::Author).await;
    let admin = app.sign_in("admin", Role::Admin).await;
    let key = ana
        .write(&with(
            form("Leaked keys", TEXT, "save"),
            "visibility",
            "restricted",
        ))
        .await;
    step(&ana, &key, &[("do", "ask")]).await.is(303);
    app.sql(&format!(
        "INSERT INTO report_viewers (report_id, person_id) SELECT id, {} FROM reports",
        bob.id
    ))
    .await;
    for path in ["/", "/reviews"] {
        assert!(!page(&eve, path).await.contains("Leaked"), "{path}");
        assert!(page(&admin, "/reviews").await.contains("Leaked"));
    }
    assert!(!page(&eve, "/").await.contains("for a review"));
    eve.get("/reports/PM-1/review").await.is(404);
    for wish in [
        "ask",
        "approve",
        "publish",
        "archive",
        "volunteer",
        "release",
        "nonsense",
    ] {
        let answer = step(
            &eve,
            &key,
            &[("do", wish), ("revision", "1"), ("reason", "x")],
        )
        .await;
        assert!(answer.status == 404, "{wish}: {}", answer.status);
        assert!(!answer.body.contains("Leaked"), "{wish}");
    }
    // She is not asked to facilitate what she may not read.
    let asked = step(
        &ana,
        &key,
        &[("do", "ask_facilitator"), ("facilitator", "eve")],
    )
    .await
    .is(422);
    assert!(asked.body.contains("may not read this report"));
    // Who is named as a viewer reviews it, and changes nothing else.
    assert!(page(&bob, "/reviews").await.contains("Leaked"));
    step(&bob, &key, &[("do", "publish"), ("reason", "x")])
        .await
        .is(403);
    step(&bob, &key, &[("do", "approve"), ("revision", "2")])
        .await
        .is(303);
    // The audit log is for administrators.
    let log = page(&admin, "/admin/audit").await;
    assert!(log.contains("Leaked keys") && log.contains("approve report"));
    eve.get("/admin/audit").await.is(403);
    bob.get("/admin/audit?report=PM-1").await.is(403);
    app.finish().await;
}

#[tokio::test]
async fn somebody_volunteers_or_is_asked_to_facilitate() {
    let app = TestApp::new().await;
    let ana = app.sign_in("ana", Role::Author).await;
    let bob = app.sign_in("bob", Role::Author).await;
    let eve = app.sign_in("eve", Role::Author).await;
    app.person("reader", Role::Reader).await;
    let key = draft(&ana).await;
    step(&ana, &key, &[("do", "ask")]).await.is(303);
    step(&eve, &key, &[("do", "approve"), ("revision", "2")])
        .await
        .is(303);
    for (name, told) in [
        ("", "Write the name"),
        ("nobody <here>", "Nobody here has this name"),
        ("reader", "may not read this report"),
    ] {
        let refused = step(
            &ana,
            &key,
            &[("do", "ask_facilitator"), ("facilitator", name)],
        )
        .await
        .is(422);
        assert!(refused.body.contains(told), "{name}");
        assert_eq!(refused.input("facilitator").unwrap(), name);
    }
    step(
        &ana,
        &key,
        &[
            ("do", "ask_facilitator"),
            ("facilitator", "BOB@example.org"),
        ],
    )
    .await
    .is(303);
    let asked = "bob was asked to facilitate";
    assert!(
        page(&ana, "/reports/PM-1").await.contains(asked)
            && page(&eve, "/reviews").await.contains(asked)
    );
    assert!(
        !ana.get("/reports/PM-1.md")
            .await
            .body
            .contains("facilitator")
    );
    step(&bob, &key, &[("do", "volunteer")]).await.is(303);
    step(&bob, &key, &[("do", "volunteer")]).await.is(303);
    let markdown = ana.get("/reports/PM-1.md").await.body;
    assert!(
        markdown.contains("facilitator: ") && markdown.contains("bob"),
        "{markdown}"
    );
    let shown = page(&ana, "/reports/PM-1").await;
    assert!(shown.contains("Facilitated by") && !shown.contains(asked));
    // Who facilitates is no part of what was approved.
    assert!(shown.contains("Approved by eve at revision 2."), "{shown}");
    let late = step(&eve, &key, &[("do", "volunteer")]).await.is(422);
    assert!(late.body.contains("bob facilitates already."));
    step(&bob, &key, &[("do", "release")]).await.is(303);
    assert!(
        !ana.get("/reports/PM-1.md")
            .await
            .body
            .contains("facilitator")
    );
    assert_eq!(
        app.rows("SELECT event AS text FROM revisions ORDER BY number")
            .await,
        [
            "created",
            "review_asked",
            "approved",
            "facilitator",
            "facilitator"
        ]
    );
    let logged = audited(&app).await;
    assert_eq!(
        logged[2..],
        [
            "ask_facilitator ana",
            "facilitate_report bob",
            "release_facilitator bob"
        ]
    );
    app.finish().await;
}

#[tokio::test]
async fn what_was_begun_a_week_ago_is_mentioned_once_and_not_now_means_a_week() {
    let app = TestApp::new().await;
    let ana = app.sign_in("ana", Role::Author).await;
    draft(&ana).await;
    assert!(!page(&ana, "/").await.contains("Begun a while ago"));
    app.clock.advance(SignedDuration::from_hours(8 * 24));
    let ana = app.sign_in_again("ana", ana.id).await;
    let bob = app.sign_in("bob", Role::Author).await;
    let home = page(&ana, "/").await;
    assert_eq!(home.matches("Begun a while ago").count(), 1);
    assert!(home.contains("8 days") && home.contains("action=\"/reviews/not-now\""));
    assert!(!page(&bob, "/").await.contains("Begun a while ago"));
    ana.post("/reviews/not-now", &[]).await.is(303);
    assert!(!page(&ana, "/").await.contains("Begun a while ago"));
    app.clock.advance(SignedDuration::from_hours(7 * 24 + 1));
    let ana = app.sign_in_again("ana", ana.id).await;
    assert!(page(&ana, "/").await.contains("15 days"));
    ana.publish("PM-1").await;
    assert!(!page(&ana, "/").await.contains("Begun a while ago"));
    app.finish().await;
}

#[tokio::test]
async fn those_whom_a_waiting_review_concerns_are_reminded_once() {
    let app = TestApp::new().await;
    let ana = app.sign_in("ana", Role::Author).await;
    let bob = app.sign_in("bob", Role::Author).await;
    app.sign_in("eve", Role::Author).await;
    let key = draft(&ana).await;
    step(&ana, &key, &[("do", "ask")]).await.is(303);
    let changes = [
        ("do", "request_changes"),
        ("revision", "2"),
        ("note", "Why?"),
    ];
    step(&bob, &key, &changes).await.is(303);
    step(&ana, &key, &[("do", "ask")]).await.is(303);
    let mut connection = app.database.connect().await;
    let mut remind = async |days: i64| {
        app.clock.advance(SignedDuration::from_hours(24 * days));
        let now = app.clock.now();
        let before = now - SignedDuration::from_hours(24 * 7);
        hansei::reports::remind_of_reviews(&mut connection, before, now)
            .await
            .unwrap()
    };
    assert_eq!(remind(6).await, 0);
    assert_eq!(remind(2).await, 2);
    assert_eq!(remind(30).await, 0, "once");
    let told = "SELECT p.name AS text FROM notifications n JOIN people p ON p.id = n.person_id
        WHERE n.kind = 'review_reminder' ORDER BY 1";
    assert_eq!(app.rows(told).await, ["ana", "bob"]);
    let bob = app.sign_in_again("bob", bob.id).await;
    let inbox = page(&bob, "/inbox").await;
    assert!(inbox.contains("reminds you of the review of"), "{inbox}");
    let link = "SELECT DISTINCT link AS text FROM notifications WHERE kind = 'review_reminder'";
    assert_eq!(app.rows(link).await, [format!("/reports/{key}/review")]);
    // Asked for anew, it is another one.
    let ana = app.sign_in_again("ana", ana.id).await;
    step(&ana, &key, &[("do", "take_back")]).await.is(303);
    step(&ana, &key, &[("do", "ask")]).await.is(303);
    assert_eq!(remind(8).await, 2);
    app.finish().await;
}

#[tokio::test]
async fn the_queue_is_oldest_first_with_its_age() {
    let app = TestApp::new().await;
    let ana = app.sign_in("ana", Role::Author).await;
    let (first, second) = (draft(&ana).await, draft(&ana).await);
    step(&ana, &second, &[("do", "ask")]).await.is(303);
    app.clock.advance(SignedDuration::from_hours(3 * 24));
    let ana = app.sign_in_again("ana", ana.id).await;
    step(&ana, &first, &[("do", "ask")]).await.is(303);
    // Asked again, it does not go to the end.
    step(&ana, &second, &[("do", "ask")]).await.is(303);
    let bob = app.sign_in("bob", Role::Author).await;
    let queue = page(&bob, "/reviews").await;
    let place = |key: &str| queue.find(&format!("/reports/{key}/review")).unwrap();
    assert!(place(&second) < place(&first), "{queue}");
    assert!(queue.contains("3 days") && queue.contains("today"));
    step(&ana, &second, &[("do", "take_back")]).await.is(303);
    let queue = page(&bob, "/reviews").await;
    assert!(!queue.contains(&format!("/reports/{second}/review")));
    // Saved from a page that was open before: put together with what happened meanwhile.
    let edited = TEXT.replace("tenth", "fifth");
    let saved = with(form("Queue <full>", &edited, "save"), "base_revision", "1");
    ana.post(&format!("/reports/{second}/edit"), &saved)
        .await
        .is(303);
    assert_eq!(state(&app).await, ["PM-1 in_review", "PM-2 draft"]);
    app.finish().await;
}

#[tokio::test]
async fn the_audit_log_is_read_page_by_page_and_by_report() {
    let app = TestApp::new().await;
    let ana = app.sign_in("ana", Role::Author).await;
    let admin = app.sign_in("admin", Role::Admin).await;
    let key = draft(&ana).await;
    ana.publish(&key).await;
    app.sql("INSERT INTO audit_log (actor, action, details) SELECT 'robot', 'count_' || n, '{}' FROM generate_series(1, 150) n")
        .await;
    let first = page(&admin, "/admin/audit").await;
    assert!(
        first.contains("count 150")
            && !first.contains("count 40")
            && !first.contains("publish report")
    );
    let older = first.split_once("rel=\"next\" href=\"").unwrap().1;
    let older = older.split('"').next().unwrap();
    let second = page(&admin, older).await;
    assert!(
        second.contains("count 40") && second.contains("publish report"),
        "{second}"
    );
    assert!(second.contains("Queue <full>") && second.contains("words: others need to know"));
    let of_report = page(&admin, "/admin/audit?report=PM-1").await;
    assert!(of_report.contains("publish report") && !of_report.contains("count 150"));
    for wrong in ["PM-99", "nonsense", "<b>"] {
        let query = serde_urlencoded::to_string([("report", wrong)]).unwrap();
        let nothing = admin.get(&format!("/admin/audit?{query}")).await.is(200);
        assert!(
            nothing.body.contains("There is no report of this key."),
            "{wrong}"
        );
        assert_eq!(nothing.input("report").unwrap(), wrong);
    }
    admin.get("/admin/audit?before=x").await.is(422);
    app.finish().await;
}

#[tokio::test]
async fn steps_at_the_same_moment_have_one_effect() {
    let app = TestApp::new().await;
    let ana = app.sign_in("ana", Role::Author).await;
    let bob = app.sign_in("bob", Role::Author).await;
    let key = draft(&ana).await;
    let fields = [("do", "ask")];
    let asked = futures_util::future::join_all((0..6).map(|_| step(&ana, &key, &fields))).await;
    assert!(asked.iter().all(|answer| answer.status == 303));
    assert_eq!(history(&app).await, ["1 created ana", "2 review_asked ana"]);
    // One sends it back while the other takes it out of the queue: one of them was first.
    let back = [
        ("do", "request_changes"),
        ("note", "More"),
        ("revision", "2"),
    ];
    let (taken, sent) = tokio::join!(
        step(&ana, &key, &[("do", "take_back")]),
        step(&bob, &key, &back)
    );
    assert!(
        matches!((taken.status, sent.status), (303, 303 | 409)),
        "{} {}",
        taken.status,
        sent.status
    );
    assert_eq!(state(&app).await, ["PM-1 draft"]);
    assert_eq!(history(&app).await.len(), 3);
    app.finish().await;
}

#[tokio::test]
async fn whom_a_step_concerns_finds_it_in_the_inbox() {
    let app = TestApp::new().await;
    let ana = app.sign_in("ana", Role::Author).await;
    let bob = app.sign_in("bob", Role::Author).await;
    let key = draft(&ana).await;
    step(&ana, &key, &[("do", "ask")]).await.is(303);
    step(&bob, &key, &[("do", "volunteer")]).await.is(303);
    let sent_back = [
        ("do", "request_changes"),
        ("revision", "1"),
        ("note", "more of the impact"),
    ];
    step(&bob, &key, &sent_back).await.is(303);
    let hers = page(&ana, "/inbox").await;
    assert!(
        hers.contains("asked for changes to") && hers.contains("will facilitate the review of"),
        "{hers}"
    );
    // Whoever did it knows.
    assert!(!page(&bob, "/inbox").await.contains("asked for changes"));
    // Publishing by the editor is told as well.
    step(&ana, &key, &[("do", "publish"), ("reason", "known")])
        .await
        .is(303);
    assert!(page(&bob, "/inbox").await.contains("published"));
    app.finish().await;
}
