//! Review holds also where somebody, by mistake or not, goes around it; and no word of a reviewer is lost or overheard.

use hansei::accounts::Role;
use jiff::SignedDuration;
use reqwest::Method;

use crate::review::{page, step};
use crate::support::app::{Answer, TestApp, unescape};
use crate::support::people::{Browser, PASSWORD};
use crate::writing::{TEXT, form, typed, with};

const LATER: &str = "## Summary\n\nRewritten by somebody else.\n";

/// A draft of a SEV3 incident, which is published without a reason.
async fn draft(browser: &Browser<'_>) -> String {
    let fields = with(form("Queue full", TEXT, "save"), "severity", "3");
    browser.write(&fields).await
}

async fn save(browser: &Browser<'_>, key: &str, (text, seen, what): (&str, &str, &str)) -> Answer {
    let fields = with(form("Queue full", text, what), "severity", "3");
    let fields = with(fields, "base_revision", seen);
    browser.post(&format!("/reports/{key}/edit"), &fields).await
}

async fn approve(browser: &Browser<'_>, key: &str, seen: &str) -> Answer {
    step(browser, key, &[("do", "approve"), ("revision", seen)]).await
}

async fn count(app: &TestApp, what: &str) -> String {
    let sql = format!("SELECT count(*)::text AS text FROM {what}");
    app.rows(&sql).await.remove(0)
}

/// From the readers, or from the queue, back into the queue.
async fn back_to_review(browser: &Browser<'_>, key: &str) {
    let back = [("do", "unpublish"), ("reason", "Not yet")];
    step(browser, key, &back).await.is(303);
    step(browser, key, &[("do", "ask")]).await.is(303);
}

#[tokio::test]
async fn whoever_put_words_into_it_approves_nothing() {
    let app = TestApp::new().await;
    let ana = app.sign_in("ana", Role::Author).await;
    let bob = app.sign_in("bob", Role::Author).await;
    let eve = app.sign_in("eve", Role::Author).await;
    let dee = app.sign_in("dee", Role::Author).await;
    // A save that publishes in the same step is a save.
    let key = draft(&ana).await;
    save(&bob, &key, (LATER, "1", "publish")).await.is(303);
    back_to_review(&ana, &key).await;
    let refused = approve(&bob, &key, "4").await.is(403);
    assert!(refused.body.contains("somebody else reviews it"));
    assert!(
        page(&bob, "/reviews")
            .await
            .contains("Nothing waits for you.")
    );
    approve(&eve, &key, "4").await.is(303);

    // Publishing what others wrote is none.
    let key = draft(&ana).await;
    eve.publish(&key).await;
    back_to_review(&ana, &key).await;
    approve(&eve, &key, "4").await.is(303);

    // Importing another text over it is one.
    app.sql(&format!(
        "INSERT INTO revisions (report_id, number, document, event, author_id, author_name)
         SELECT r.id, r.revision + 1, v.document || 'More.', 'imported', {}, 'eve' FROM reports r
         JOIN revisions v ON v.report_id = r.id AND v.number = r.revision WHERE r.number = 2",
        eve.id
    ))
    .await;
    app.sql("UPDATE reports SET revision = revision + 1 WHERE number = 2")
        .await;
    approve(&eve, &key, "6").await.is(403);

    // So is an account that became part of it.
    let key = draft(&ana).await;
    let accounts = format!("/reports/{key}/accounts");
    for who in ["dee", "eve"] {
        ana.post(&accounts, &[("who", who)]).await.is(303);
    }
    let account = [
        ("role", "operator"),
        ("text", "I restarted it."),
        ("base_revision", "0"),
        ("do", "give"),
    ];
    for who in [&dee, &eve] {
        who.post(&format!("{accounts}/mine"), &account)
            .await
            .is(303);
    }
    let merged = [("into", ""), ("base_revision", "1")];
    ana.post(&format!("{accounts}/1/merge"), &merged)
        .await
        .is(303);
    step(&ana, &key, &[("do", "ask")]).await.is(303);
    approve(&dee, &key, "3").await.is(403);
    approve(&eve, &key, "3").await.is(303);
    app.finish().await;
}

#[tokio::test]
async fn who_may_read_it_is_none_of_its_words() {
    let app = TestApp::new().await;
    let ana = app.sign_in("ana", Role::Author).await;
    let eve = app.sign_in("eve", Role::Author).await;
    let root = app.sign_in("root", Role::Admin).await;
    let key = draft(&ana).await;
    step(&ana, &key, &[("do", "ask")]).await.is(303);
    approve(&eve, &key, "2").await.is(303);
    // Whoever restricts a report wrote nothing, and what was approved is what is there.
    let access = format!("/reports/{key}/access");
    root.post(&access, &[("do", "restrict")]).await.is(303);
    let seen = app.revision(&key).await;
    assert_eq!(seen, "4");
    let queue = page(&root, &format!("/reports/{key}/review")).await;
    assert!(queue.contains("Approved"), "{queue}");
    approve(&root, &key, &seen).await.is(303);
    app.finish().await;
}

#[tokio::test]
async fn what_reviewers_say_is_for_the_authors() {
    let app = TestApp::open_to_all().await;
    let ana = app.sign_in("ana", Role::Author).await;
    let bob = app.sign_in("bob", Role::Author).await;
    let reader = app.sign_in("reader", Role::Reader).await;
    let bot = app.program("search:read,reports:read").await;
    let stranger = app.stranger().await;
    let key = draft(&ana).await;
    step(&ana, &key, &[("do", "ask")]).await.is(303);
    let back = [
        ("do", "request_changes"),
        ("revision", "2"),
        ("note", "PLUM is missing"),
    ];
    step(&bob, &key, &back).await.is(303);
    // Somebody named on a draft reads it, and not what was said between its authors and the reviewer.
    app.sql(&format!(
        "UPDATE reports SET visibility = 'restricted';
         INSERT INTO report_viewers (report_id, person_id) SELECT id, {} FROM reports",
        reader.id
    ))
    .await;
    assert!(page(&ana, "/reports/PM-1").await.contains("PLUM"));
    assert!(
        !page(&reader, "/reports/PM-1")
            .await
            .contains("asked for changes")
    );
    app.sql("UPDATE reports SET visibility = 'open'").await;
    step(&ana, &key, &[("do", "ask")]).await.is(303);
    let approved = [
        ("do", "approve"),
        ("revision", "4"),
        ("note", "PEAR is fine"),
    ];
    step(&bob, &key, &approved).await.is(303);
    let asked = [("do", "ask_facilitator"), ("facilitator", "bob")];
    step(&ana, &key, &asked).await.is(303);
    step(&ana, &key, &[("do", "publish")]).await.is(303);

    let past = page(&reader, "/reports/PM-1/history").await;
    let api = bot.get("/api/v1/reports/PM-1/revisions").await.is(200).body;
    for seen in [&past, &api] {
        assert!(!seen.contains("PLUM") && !seen.contains("PEAR"), "{seen}");
    }
    let review = page(&ana, "/reports/PM-1/review").await;
    assert!(review.contains("PLUM is missing") && review.contains("PEAR is fine"));
    // Strangers read what happened, not who said what about the text.
    let open = page(&stranger, "/reports/PM-1").await;
    assert!(
        !open.contains("Approved by") && !open.contains("was asked to facilitate"),
        "{open}"
    );
    let signed_in = page(&reader, "/reports/PM-1").await;
    assert!(
        signed_in.contains("Approved by bob") && signed_in.contains("bob was asked to facilitate")
    );
    app.finish().await;
}

/// A published near miss, opened to become an incident.
fn grown(seen: &'static str) -> Vec<(&'static str, &'static str)> {
    let fields = with(form("Disk nearly full", LATER, "save"), "severity", "1");
    with(fields, "base_revision", seen)
}

async fn near_miss(browser: &Browser<'_>) -> String {
    let fields = with(
        form("Disk nearly full", TEXT, "publish"),
        "kind",
        "near_miss",
    );
    browser.write(&with(fields, "severity", "")).await
}

#[tokio::test]
async fn what_grew_after_publishing_says_that_nobody_reviewed_it() {
    let app = TestApp::new().await;
    let ana = app.sign_in("ana", Role::Author).await;
    let key = near_miss(&ana).await;
    let read = format!("/reports/{key}");
    assert!(!page(&ana, &read).await.contains("without review"));
    ana.post(&format!("{read}/edit"), &grown("1")).await.is(303);
    let page = page(&ana, &read).await;
    assert!(page.contains("Published without review") && page.contains("others need to know"));
    app.finish().await;
}

#[tokio::test]
async fn what_is_published_does_not_grow_around_a_required_review() {
    let app = TestApp::with(|settings| settings.publish_without_review = false).await;
    let ana = app.sign_in("ana", Role::Author).await;
    let bob = app.sign_in("bob", Role::Author).await;
    let bot = app.program("search:read,reports:read,reports:write").await;
    let key = near_miss(&ana).await;
    let edit = format!("/reports/{key}/edit");
    let refused = ana.post(&edit, &grown("1")).await;
    assert!(matches!(refused.status, 409 | 422), "{}", refused.status);
    assert!(
        unescape(&refused.body).contains("Take it back from readers"),
        "{}",
        refused.body
    );
    assert_eq!(typed(&refused), LATER);
    let document = format!("---\ntitle: T\nkind: incident\nseverity: SEV1\n---\n\n{LATER}");
    bot.put(&key, "\"r1\"", &document).await.problem(409, &[]);
    assert_eq!(
        app.rows("SELECT kind AS text FROM reports").await,
        ["near_miss"]
    );
    // What it says to do works.
    step(&ana, &key, &[("do", "unpublish"), ("reason", "It grows")])
        .await
        .is(303);
    ana.post(&edit, &grown("2")).await.is(303);
    step(&ana, &key, &[("do", "ask")]).await.is(303);
    approve(&bob, &key, "4").await.is(303);
    step(&ana, &key, &[("do", "publish")]).await.is(303);
    assert!(
        page(&ana, &format!("/reports/{key}"))
            .await
            .contains("Approved by bob")
    );
    app.finish().await;
}

#[tokio::test]
async fn an_approval_that_is_sent_twice_is_one() {
    let app = TestApp::new().await;
    let ana = app.sign_in("ana", Role::Author).await;
    let bob = app.sign_in("bob", Role::Author).await;
    let cem = app.sign_in("cem", Role::Author).await;
    let key = draft(&ana).await;
    // Whoever asked hears how it went, an author or not.
    step(&cem, &key, &[("do", "ask")]).await.is(303);
    let mut fields = vec![
        ("do", "approve"),
        ("revision", "2"),
        ("note", "Fine\r\nas it is"),
        ("line", "impact"),
        ("verdict", "yes"),
        ("line_note", "a\r\nb"),
    ];
    for _ in 0..2 {
        step(&bob, &key, &fields).await.is(303);
    }
    assert_eq!(count(&app, "reviews").await, "1");
    assert_eq!(count(&app, "revisions").await, "3");
    assert!(page(&cem, "/inbox").await.contains("approved"));
    // Other verdicts are another review; so is that of somebody else.
    fields[4] = ("verdict", "not_applicable");
    step(&bob, &key, &fields).await.is(303);
    step(&cem, &key, &fields).await.is(303);
    assert_eq!(count(&app, "reviews").await, "3");
    // A thousand characters, with ends of lines as browsers send them.
    let note = "x\r\n".repeat(499) + "éé";
    let fields = [
        ("do", "approve"),
        ("revision", "2"),
        ("note", note.as_str()),
    ];
    step(&bob, &key, &fields).await.is(303);
    let lengths = "SELECT length(note)::text AS text FROM reviews ORDER BY id DESC LIMIT 1";
    assert_eq!(app.rows(lengths).await, ["1000"]);
    app.finish().await;
}

#[tokio::test]
async fn changes_that_are_asked_for_twice_are_asked_for_once() {
    let app = TestApp::new().await;
    let ana = app.sign_in("ana", Role::Author).await;
    let bob = app.sign_in("bob", Role::Author).await;
    let key = draft(&ana).await;
    step(&ana, &key, &[("do", "ask")]).await.is(303);
    for _ in 0..2 {
        step(&bob, &key, &review("request_changes")).await.is(303);
    }
    assert_eq!(count(&app, "reviews").await, "1");
    // Anything else comes too late, and is kept.
    let mut other = review("request_changes");
    other[7] = ("note", "One <more> thing");
    let refused = step(&bob, &key, &other).await.is(409);
    assert!(unescape(&refused.body).contains("One <more> thing"));
    app.finish().await;
}

#[tokio::test]
async fn what_was_put_together_is_not_published_before_it_was_read() {
    let app = TestApp::new().await;
    let ana = app.sign_in("ana", Role::Author).await;
    let bob = app.sign_in("bob", Role::Author).await;
    let text = "## Summary\n\nThe queue was full.\n\n## Impact\n\nEvery tenth order.\n";
    let key = ana.write(&form("Queue full", text, "save")).await;
    let his = text.replace("tenth", "fifth");
    save(&bob, &key, (&his, "1", "save")).await.is(303);
    let hers = text.replace("was full", "was full for an hour");
    let put_together = save(&ana, &key, (&hers, "1", "publish")).await.is(303);
    assert_eq!(
        put_together.header("location"),
        format!("/reports/{key}").as_str()
    );
    let statuses = "SELECT status AS text FROM reports";
    assert_eq!(app.rows(statuses).await, ["draft"]);
    let document = "SELECT document AS text FROM revisions ORDER BY number DESC LIMIT 1";
    let document = app.rows(document).await.remove(0);
    assert!(document.contains("fifth") && document.contains("for an hour"));
    let cookies = put_together.headers.get_all("set-cookie").iter();
    let told =
        |it: &reqwest::header::HeaderValue| it.to_str().unwrap().contains("merged-unpublished");
    assert!(cookies.into_iter().any(told));
    ana.publish(&key).await;
    assert_eq!(app.rows(statuses).await, ["published"]);
    app.finish().await;
}

#[tokio::test]
async fn nobody_publishes_a_text_they_did_not_see() {
    let app = TestApp::new().await;
    let ana = app.sign_in("ana", Role::Author).await;
    let bob = app.sign_in("bob", Role::Author).await;
    let cem = app.sign_in("cem", Role::Author).await;
    let key = draft(&ana).await;
    step(&ana, &key, &[("do", "ask")]).await.is(303);
    approve(&bob, &key, "2").await.is(303);
    let seen = ana.get(&format!("/reports/{key}")).await.is(200);
    let seen = seen.input("revision").unwrap();
    assert_eq!(seen, "3");
    save(&cem, &key, (LATER, "3", "save")).await.is(303);
    for path in ["publish", "review"] {
        let fields = [("do", "publish"), ("revision", seen.as_str())];
        let refused = ana
            .post(&format!("/reports/{key}/{path}"), &fields)
            .await
            .is(409);
        assert!(
            unescape(&refused.body).contains("Somebody saved another text"),
            "{path}"
        );
        // The page that says so is about the text of now.
        assert!(
            refused.body.contains("name=\"revision\" value=\"4\""),
            "{path}"
        );
    }
    let statuses = "SELECT status AS text FROM reports";
    assert_eq!(app.rows(statuses).await, ["in_review"]);
    // A step that changed no word is no other text.
    let fields = with(form("Queue full", TEXT, "save"), "severity", "3");
    let fields = with(fields, "base_revision", "4");
    cem.post(&format!("/reports/{key}/edit"), &fields)
        .await
        .is(303);
    ana.post(&format!("/reports/{key}/publish"), &[("revision", "3")])
        .await
        .is(303);
    let how = "SELECT published_how AS text FROM report_standings";
    assert_eq!(app.rows(how).await, ["reviewed"]);
    app.finish().await;
}

/// Six answers and a note.
fn review(what: &str) -> Vec<(&str, &str)> {
    vec![
        ("revision", "2"),
        ("line", "impact"),
        ("verdict", "not_yet"),
        ("line_note", "how <many>?"),
        ("line", "blameless"),
        ("verdict", "yes"),
        ("line_note", ""),
        ("note", "Numbers & \"links\""),
        ("do", what),
    ]
}

fn holds_the_review(answer: &Answer) {
    let text = unescape(&answer.body);
    for part in ["how <many>?", "Numbers & \"links\"", "Not yet"] {
        assert!(text.contains(part), "{part}: {}", answer.body);
    }
    assert!(!answer.body.contains("how <many>"), "escaped");
}

#[tokio::test]
async fn what_a_reviewer_typed_is_never_lost() {
    let app = TestApp::new().await;
    let ana = app.sign_in("ana", Role::Author).await;
    let bob = app.sign_in("bob", Role::Author).await;
    let key = draft(&ana).await;
    step(&ana, &key, &[("do", "ask")]).await.is(303);
    // The session ends in the middle.
    app.sql("DELETE FROM sessions").await;
    let asked = step(&bob, &key, &review("approve")).await.is(401);
    let packed = asked.input("review").unwrap();
    let stranger = app.stranger().await;
    let resume = format!("/reports/{key}/review/resume");
    let mut sent = vec![
        ("review", packed.as_str()),
        ("email", "bob@example.org"),
        ("password", "wrong"),
    ];
    let refused = stranger.post(&resume, &sent).await.is(422);
    assert_eq!(refused.input("review").unwrap(), packed);
    sent[2] = ("password", PASSWORD);
    let back = stranger.post(&resume, &sent).await.is(200);
    holds_the_review(&back);
    assert!(back.body.contains("data-guard=\"dirty\"") && back.body.contains("value=\"approve\""));
    assert!(back.body.contains("<option value=\"not_yet\" selected>"));
    assert_eq!(count(&app, "reviews").await, "0");

    // It goes out of the queue in the middle.
    let ana = app.sign_in_again("ana", ana.id).await;
    let bob = app.sign_in_again("bob", bob.id).await;
    step(&ana, &key, &[("do", "take_back")]).await.is(303);
    for what in ["approve", "request_changes"] {
        let refused = step(&bob, &key, &review(what)).await.is(409);
        holds_the_review(&refused);
        assert!(!refused.body.contains("value=\"approve\""));
    }
    // And the reviewer becomes an author of it.
    save(&bob, &key, (LATER, "3", "save")).await.is(303);
    step(&ana, &key, &[("do", "ask")]).await.is(303);
    let refused = step(&bob, &key, &review("approve")).await.is(403);
    holds_the_review(&refused);
    // A reason for something that cannot be done any more.
    let gone = [("do", "archive"), ("reason", "Told <again> elsewhere")];
    let refused = step(&ana, &key, &gone).await.is(409);
    assert!(unescape(&refused.body).contains("Told <again> elsewhere"));
    // Where nothing was typed, nothing is said of it.
    assert!(
        !page(&ana, "/reports/PM-1/review")
            .await
            .contains("What you typed")
    );
    app.finish().await;
}

#[tokio::test]
async fn enter_takes_no_step_where_there_are_two() {
    let app = TestApp::new().await;
    let ana = app.sign_in("ana", Role::Author).await;
    let bob = app.sign_in("bob", Role::Author).await;
    let key = draft(&ana).await;
    step(&ana, &key, &[("do", "ask")]).await.is(303);
    let judged = bob.get("/reports/PM-1/review").await.is(200).body;
    approve(&bob, &key, "2").await.is(303);
    ana.publish(&key).await;
    let published = ana.get("/reports/PM-1/review").await.is(200).body;
    let mut with_two = 0;
    for page in [&judged, &published] {
        for form in page.split("<form").skip(1) {
            let form = form.split("</form>").next().unwrap();
            if form.matches("name=\"do\"").count() > 1 && form.contains("id=\"f-") {
                with_two += 1;
                assert!(!form.contains("type=\"text\""), "{form}");
            }
        }
    }
    assert_eq!(with_two, 2, "the review, and taking back or archiving");
    app.finish().await;
}

#[tokio::test]
async fn a_reviewer_sees_what_changed_since_their_own_review() {
    let app = TestApp::new().await;
    let ana = app.sign_in("ana", Role::Author).await;
    let bob = app.sign_in("bob", Role::Author).await;
    let cem = app.sign_in("cem", Role::Author).await;
    let key = draft(&ana).await;
    step(&ana, &key, &[("do", "ask")]).await.is(303);
    approve(&bob, &key, "2").await.is(303);
    save(&ana, &key, (LATER, "3", "save")).await.is(303);
    approve(&cem, &key, "4").await.is(303);
    let his = page(&bob, "/reports/PM-1/review").await;
    assert!(
        his.contains("since you read revision 2") && his.contains("<del>"),
        "{his}"
    );
    let hers = page(&cem, "/reports/PM-1/review").await;
    assert!(hers.contains("one you read at revision 4"), "{hers}");
    let authors = page(&ana, "/reports/PM-1/review").await;
    assert!(authors.contains("one cem read at revision 4"), "{authors}");
    app.finish().await;
}

#[tokio::test]
async fn ones_own_reports_do_not_push_others_out_of_the_queue() {
    let app = TestApp::new().await;
    let ana = app.sign_in("ana", Role::Author).await;
    let bob = app.sign_in("bob", Role::Author).await;
    app.sql(&format!(
        "INSERT INTO reports (number, slug, title, kind, plain_text, status, updated_at)
            SELECT n, 'own-' || n, 'Own ' || n, 'incident', '', 'in_review', '2020-01-01' FROM generate_series(1001, 1200) AS n;
         INSERT INTO report_authors (report_id, person_id) SELECT id, {} FROM reports",
        bob.id
    ))
    .await;
    let key = draft(&ana).await;
    step(&ana, &key, &[("do", "ask")]).await.is(303);
    let queue = page(&bob, "/reviews").await;
    assert!(queue.contains(&format!("/reports/{key}/review")), "{queue}");
    assert!(queue.contains("Own 1001"));
    app.finish().await;
}

#[tokio::test]
async fn what_was_looked_at_this_week_is_not_mentioned() {
    let app = TestApp::new().await;
    let ana = app.sign_in("ana", Role::Author).await;
    let key = draft(&ana).await;
    app.clock.advance(SignedDuration::from_hours(8 * 24));
    let ana = app.sign_in_again("ana", ana.id).await;
    let bob = app.sign_in("bob", Role::Author).await;
    step(&ana, &key, &[("do", "ask")]).await.is(303);
    let back = [
        ("do", "request_changes"),
        ("revision", "2"),
        ("note", "More"),
    ];
    step(&bob, &key, &back).await.is(303);
    assert!(!page(&ana, "/").await.contains("Begun a while ago"));
    app.clock.advance(SignedDuration::from_hours(5 * 24));
    let ana = app.sign_in_again("ana", ana.id).await;
    step(&ana, &key, &[("do", "ask")]).await.is(303);
    step(&ana, &key, &[("do", "take_back")]).await.is(303);
    app.clock.advance(SignedDuration::from_hours(5 * 24));
    let ana = app.sign_in_again("ana", ana.id).await;
    assert!(!page(&ana, "/").await.contains("Begun a while ago"));
    app.clock.advance(SignedDuration::from_hours(2 * 24 + 1));
    let ana = app.sign_in_again("ana", ana.id).await;
    let home = page(&ana, "/").await;
    assert!(
        home.contains("Begun a while ago") && home.contains("7 days"),
        "{home}"
    );
    app.finish().await;
}

#[tokio::test]
async fn whoever_facilitates_is_the_one_whom_the_text_names() {
    let app = TestApp::new().await;
    let ana = app.sign_in("ana", Role::Author).await;
    let bob = app.sign_in("bob", Role::Author).await;
    let bot = app.program("search:read,reports:read,reports:write").await;
    let key = draft(&ana).await;
    let kept = "SELECT concat_ws(' ', facilitator_id IS NOT NULL, facilitator_agreed) AS text FROM report_standings";
    step(&bob, &key, &[("do", "volunteer")]).await.is(303);
    // A save of the text does not touch it.
    save(&ana, &key, (LATER, "2", "save")).await.is(303);
    assert_eq!(app.rows(kept).await, ["t t"]);
    let read = bot.get(&format!("/api/v1/reports/{key}")).await.is(200);
    let document = read.json()["document"].as_str().unwrap().to_owned();
    let lines = document
        .lines()
        .filter(|line| !line.starts_with("facilitator:"));
    let without: Vec<&str> = lines.collect();
    let headers = [
        ("content-type", "text/markdown"),
        ("if-match", read.header("etag")),
    ];
    let path = format!("/api/v1/reports/{key}");
    bot.send(Method::PUT, &path, &headers, without.join("\n"))
        .await
        .is(200);
    assert_eq!(app.rows(kept).await, ["f f"]);
    let review = page(
        &ana,
        &format!("{}/review", path.trim_start_matches("/api/v1")),
    )
    .await;
    assert!(review.contains("Nobody facilitates yet"), "{review}");
    // Whoever was only asked stays asked.
    let asked = [("do", "ask_facilitator"), ("facilitator", "bob")];
    step(&ana, &key, &asked).await.is(303);
    save(&ana, &key, (TEXT, "4", "save")).await.is(303);
    assert_eq!(app.rows(kept).await, ["t f"]);
    app.finish().await;
}

#[tokio::test]
async fn texts_are_known_by_their_sums() {
    let app = TestApp::new().await;
    let same = async |one: &str, other: &str| {
        let sql = format!(
            "SELECT (revision_text_sha256(E'{one}') = revision_text_sha256(E'{other}'))::text AS text"
        );
        app.rows(&sql).await.remove(0) == "true"
    };
    let head = r"---\ntitle: T\nfacilitator: Bob\n---\n\nText.\n";
    for (other, expected) in [
        (r"---\ntitle: T\n---\n\nText.\n", true),
        (r"---\ntitle: T\nfacilitator: Ana\n---\n\nText.\n", true),
        (
            r"---\ntitle: T\nvisibility: restricted\nfacilitator: Ana\n---\n\nText.\n",
            true,
        ),
        (r"---\ntitle: U\nfacilitator: Bob\n---\n\nText.\n", false),
        (r"---\ntitle: T\n---\n\nText.\nfacilitator: Bob\n", false),
        (r"---\ntitle: T\n---\n\nText!\n", false),
    ] {
        assert_eq!(same(head, other).await, expected, "{other}");
    }
    let one = r"---\ntitle: T\n---\n\nText.\n---\nfacilitator: Bob\n";
    assert!(!same(one, r"---\ntitle: T\n---\n\nText.\n---\nfacilitator: Ana\n").await);
    app.finish().await;
}
