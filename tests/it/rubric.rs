//! The review rubric: administrators edit it, two at once too, and no review loses its words.

use hansei::accounts::Role;

use crate::support::app::{Answer, TestApp, unescape};
use crate::support::people::{Browser, PASSWORD};
use crate::writing::form;

const ADDRESS: &str = "/admin/rubric";
const TEXT: &str = "## Summary\n\nEvery tenth order failed.\n";

/// The fields of a form, in their order.
type Fields = Vec<(String, String)>;

/// The form on the page as it would be sent.
async fn opened(browser: &Browser<'_>) -> Fields {
    sent_back(&browser.get(ADDRESS).await.is(200))
}

/// The form of this answer as it would be sent again.
fn sent_back(page: &Answer) -> Fields {
    let mut fields = vec![(
        "base_revision".to_owned(),
        page.input("base_revision").unwrap(),
    )];
    for line in page.body.split("<fieldset").skip(1) {
        let value = |mark: &str, from: &str, to: &str| {
            let (_, rest) = line.split_once(mark).unwrap();
            let (_, rest) = rest.split_once(from).unwrap();
            unescape(rest.split_once(to).unwrap().0)
        };
        let asked = line.split(" selected").next().unwrap();
        let asked = if asked.contains("value=\"no\"") {
            "no"
        } else {
            "yes"
        };
        for (name, value) in [
            ("line", value("name=\"line\"", "value=\"", "\"")),
            ("question", value("name=\"question\"", "value=\"", "\"")),
            ("hint", value("name=\"hint\"", ">", "</textarea>")),
            ("place", value("name=\"place\"", "value=\"", "\"")),
            ("asked", asked.to_owned()),
        ] {
            fields.push((name.to_owned(), value));
        }
    }
    fields
}

/// Sets a field of the line of this word; of the first new line, if it is empty.
fn set(fields: &mut Fields, word: &str, name: &str, value: &str) {
    let line = fields
        .iter()
        .position(|it| it.0 == "line" && it.1 == word)
        .unwrap();
    let field = fields[line..].iter_mut().find(|it| it.0 == name).unwrap();
    value.clone_into(&mut field.1);
}

async fn send(browser: &Browser<'_>, path: &str, fields: &Fields) -> Answer {
    let fields: Vec<(&str, &str)> = fields
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    browser.post(path, &fields).await
}

async fn asked(app: &TestApp) -> Vec<String> {
    app.rows("SELECT word AS text FROM review_lines WHERE archived_at IS NULL ORDER BY position")
        .await
}

const EVERYTHING: &str = "SELECT concat_ws('|', rubric, word, question, hint, position) AS text FROM rubric_lines ORDER BY rubric, position";

async fn review(browser: &Browser<'_>, key: &str) -> String {
    let page = browser.get(&format!("/reports/{key}/review")).await.is(200);
    unescape(&page.body)
}

/// A report of one person that waits for a review.
async fn waiting(author: &Browser<'_>) -> String {
    let key = author.write(&form("Queue full", TEXT, "save")).await;
    let path = format!("/reports/{key}/review");
    author.post(&path, &[("do", "ask")]).await.is(303);
    key
}

#[tokio::test]
async fn what_an_administrator_makes_of_it_reviewers_are_asked() {
    let app = TestApp::new().await;
    let admin = app.sign_in("admin", Role::Admin).await;
    let ana = app.sign_in("ana", Role::Author).await;
    let bob = app.sign_in("bob", Role::Author).await;
    let key = waiting(&ana).await;
    // Saving what is shown changes nothing.
    let shipped = app.rows(EVERYTHING).await;
    let mut fields = opened(&admin).await;
    send(&admin, ADDRESS, &fields).await.is(303);
    assert_eq!(app.rows(EVERYTHING).await, shipped);

    // Reworded, reordered, no longer asked, and a new one.
    set(&mut fields, "impact", "question", "What did it <cost>?");
    set(&mut fields, "blameless", "place", "0");
    set(&mut fields, "shared", "asked", "no");
    set(
        &mut fields,
        "",
        "question",
        "Would a newcomer\u{20}\u{20}understand it?",
    );
    set(&mut fields, "", "hint", "Ask one.");
    let saved = send(&admin, ADDRESS, &fields).await.is(303);
    assert_eq!(saved.header("location"), ADDRESS);
    assert_eq!(
        asked(&app).await,
        [
            "blameless",
            "key-data",
            "impact",
            "factors",
            "countermeasures",
            "would-a-newcomer-understand-it",
        ]
    );
    let shown = review(&bob, &key).await;
    assert!(shown.contains("What did it <cost>?") && shown.contains("Ask one."));
    assert!(!shown.contains("Is it shared") && !shown.contains("Is the impact complete?"));
    let raw = bob.get(&format!("/reports/{key}/review")).await.is(200);
    assert!(raw.body.contains("What did it &lt;cost&gt;?"));
    // A second click has no second effect.
    set(&mut fields, "", "question", "");
    set(&mut fields, "", "hint", "");
    send(&admin, ADDRESS, &fields).await.is(303);

    // Asked again, in its old place among those no longer asked.
    let mut again = opened(&admin).await;
    set(&mut again, "shared", "asked", "yes");
    set(&mut again, "shared", "place", "1");
    send(&admin, ADDRESS, &again).await.is(303);
    assert_eq!(asked(&app).await[..2], ["blameless", "shared"]);
    let log = "SELECT concat_ws(' | ', actor, action, details ->> 'rubric', details ->> 'added', details ->> 'reworded',
        details ->> 'no longer asked', details ->> 'asked again') AS text FROM audit_log WHERE action = 'edit_rubric' ORDER BY id";
    assert_eq!(
        app.rows(log).await,
        [
            "admin | edit_rubric | 2 | would-a-newcomer-understand-it | impact | shared | ",
            "admin | edit_rubric | 3 |  |  |  | shared",
        ]
    );
    let page = admin.get(ADDRESS).await.is(200);
    assert!(page.body.contains("Changed last by admin"));
    app.finish().await;
}

#[tokio::test]
async fn a_review_keeps_the_words_it_was_given_under() {
    let app = TestApp::new().await;
    let admin = app.sign_in("admin", Role::Admin).await;
    let ana = app.sign_in("ana", Role::Author).await;
    let bob = app.sign_in("bob", Role::Author).await;
    let key = waiting(&ana).await;
    let path = format!("/reports/{key}/review");
    let open = bob.get(&path).await.is(200);
    let rubric = open.input("rubric").unwrap();
    let revision = open.input("revision").unwrap();

    // While it is read, one line is put in other words and one is no longer asked.
    let mut fields = opened(&admin).await;
    set(&mut fields, "impact", "question", "What did it cost?");
    set(&mut fields, "shared", "asked", "no");
    send(&admin, ADDRESS, &fields).await.is(303);

    let given = |step: &'static str| {
        vec![
            ("do", step),
            ("revision", revision.as_str()),
            ("rubric", rubric.as_str()),
            ("line", "impact"),
            ("verdict", "not_yet"),
            ("line_note", "no numbers"),
            ("line", "shared"),
            ("verdict", "yes"),
            ("line_note", "told on Monday"),
        ]
    };
    // What is wrong is said in the form as it was open, with every answer in it.
    let refused = bob.post(&path, &given("request_changes")).await.is(422);
    let shown = unescape(&refused.body);
    assert!(shown.contains("Is the impact complete?") && shown.contains("told on Monday"));
    assert_eq!(refused.input("rubric").unwrap(), rubric);
    let mut fields = given("request_changes");
    fields.push(("note", "Numbers, please."));
    bob.post(&path, &fields).await.is(303);
    let stored = "SELECT concat_ws(' ', r.rubric, v.line, v.verdict, v.note) AS text FROM review_verdicts v JOIN reviews r ON r.id = v.review_id ORDER BY v.line";
    assert_eq!(
        app.rows(stored).await,
        ["1 impact not_yet no numbers", "1 shared yes told on Monday"]
    );
    let past = review(&ana, &key).await;
    let (_, past) = past.split_once("Reviews so far").unwrap();
    assert!(past.contains("Is the impact complete?") && past.contains("Is it shared with"));
    assert!(!past.contains("What did it cost?</"), "{past}");

    // The next review answers what is asked today; the one before stays as it was.
    ana.post(&path, &[("do", "ask")]).await.is(303);
    let open = bob.get(&path).await.is(200);
    assert!(open.body.contains("What did it cost?") && !open.body.contains("f-line-shared"));
    let (rubric, revision) = (
        open.input("rubric").unwrap(),
        open.input("revision").unwrap(),
    );
    let fields = [
        ("do", "approve"),
        ("revision", revision.as_str()),
        ("rubric", rubric.as_str()),
        ("line", "impact"),
        ("verdict", "yes"),
        ("line_note", ""),
    ];
    bob.post(&path, &fields).await.is(303);
    let past = review(&ana, &key).await;
    let (_, past) = past.split_once("Reviews so far").unwrap();
    let (latest, before) = past.split_once("Changes requested").unwrap();
    assert!(latest.contains("What did it cost? <strong>"), "{latest}");
    assert!(before.contains("Is the impact complete?"), "{before}");
    app.finish().await;
}

#[tokio::test]
async fn two_administrators_at_once_overwrite_nothing() {
    let app = TestApp::new().await;
    let ada = app.sign_in("ada", Role::Admin).await;
    let eve = app.sign_in("eve", Role::Admin).await;
    let mut first = opened(&ada).await;
    let mut second = opened(&eve).await;
    set(&mut first, "", "question", "Is it short?");
    send(&ada, ADDRESS, &first).await.is(303);
    set(&mut second, "impact", "hint", "Numbers & links.");
    let stale = send(&eve, ADDRESS, &second).await.is(409);
    let shown = unescape(&stale.body);
    assert!(shown.contains("ada has saved the rubric since you opened it"));
    assert!(shown.contains("Numbers & links.") && shown.contains("What is saved now"));
    assert!(shown.contains("Is it short?"), "what ada added is shown");
    assert_eq!(asked(&app).await.len(), 7);
    // Saved all the same, the line that this form never knew stays.
    send(&eve, ADDRESS, &sent_back(&stale)).await.is(303);
    let lines = asked(&app).await;
    assert!(lines.contains(&"is-it-short".to_owned()), "{lines:?}");
    let hint = "SELECT hint AS text FROM review_lines WHERE word = 'impact'";
    assert_eq!(app.rows(hint).await, ["Numbers & links."]);
    app.finish().await;
}

#[tokio::test]
async fn what_is_wrong_stands_beside_its_line_and_is_kept() {
    let app = TestApp::new().await;
    let admin = app.sign_in("admin", Role::Admin).await;
    let before = app.rows(EVERYTHING).await;
    let long = "x".repeat(201);
    for (word, name, value, said) in [
        ("impact", "question", "", "Say what is asked."),
        ("impact", "question", long.as_str(), "201 characters"),
        ("impact", "question", "is it BLAMELESS?", "twice"),
        ("impact", "hint", &"y".repeat(501), "501 characters"),
        ("impact", "place", "first", "a number such as 3"),
        ("", "hint", "only a hint", "Say what is asked."),
    ] {
        let mut fields = opened(&admin).await;
        set(&mut fields, word, name, value);
        let page = send(&admin, ADDRESS, &fields).await.is(422);
        assert!(page.body.contains(said), "{name} {value}: {}", page.body);
        assert!(
            page.body.contains("aria-invalid=\"true\""),
            "{name} {value}"
        );
        let kept = sent_back(&page);
        assert!(
            kept.iter().any(|it| it.0 == name && it.1 == value),
            "{name} {value}"
        );
    }
    let mut none = opened(&admin).await;
    for field in none.iter_mut().filter(|it| it.0 == "asked") {
        "no".clone_into(&mut field.1);
    }
    let page = send(&admin, ADDRESS, &none).await.is(422);
    assert!(page.body.contains("Ask at least one thing."));
    let mut strange = opened(&admin).await;
    set(&mut strange, "impact", "line", "elsewhere");
    let page = send(&admin, ADDRESS, &strange).await.is(422);
    assert!(page.body.contains("lines that are not there"));
    let mut lost = opened(&admin).await;
    lost[0].1.clear();
    set(&mut lost, "impact", "hint", "typed");
    let page = send(&admin, ADDRESS, &lost).await.is(422);
    assert!(page.body.contains("does not say which rubric") && page.body.contains(">typed<"));
    // A foreign token, too, gives the form back.
    let mut foreign = opened(&admin).await;
    set(&mut foreign, "impact", "hint", "typed");
    foreign.push(("csrf".to_owned(), "wrong".to_owned()));
    let foreign: Vec<(&str, &str)> = foreign
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    let page = admin.post_as_is(ADDRESS, &foreign, &[]).await.is(403);
    assert!(page.body.contains("nothing was lost") && page.body.contains(">typed<"));
    assert_eq!(app.rows(EVERYTHING).await, before);
    app.finish().await;
}

#[tokio::test]
async fn only_administrators_change_the_rubric() {
    let app = TestApp::new().await;
    let admin = app.sign_in("admin", Role::Admin).await;
    let author = app.sign_in("author", Role::Author).await;
    let mut fields = opened(&admin).await;
    set(&mut fields, "impact", "hint", "typed & kept");
    let before = app.rows(EVERYTHING).await;
    let refused = author.get(ADDRESS).await.is(403).body;
    assert!(refused.contains("Only administrators may change the review rubric"));
    let refused = send(&author, ADDRESS, &fields).await.is(403);
    assert!(unescape(&refused.body).contains("typed & kept"));

    // A session that ended while somebody was writing takes nothing away.
    let stranger = app.stranger().await;
    let asked = send(&stranger, ADDRESS, &fields).await.is(401);
    let packed = asked.input("rubric").unwrap();
    assert!(packed.contains("typed & kept"), "{packed}");
    for (email, status) in [("author@example.org", 403), ("admin@example.org", 200)] {
        let who = app.stranger().await;
        let fields = [
            ("rubric", packed.as_str()),
            ("email", email),
            ("password", PASSWORD),
        ];
        let shown = who.post("/admin/rubric/resume", &fields).await.is(status);
        assert!(unescape(&shown.body).contains("typed & kept"));
        assert!(!shown.body.contains(PASSWORD));
    }
    assert_eq!(app.rows(EVERYTHING).await, before);
    let home = admin.get("/").await.is(200).body;
    assert!(home.contains("href=\"/admin/rubric\""));
    app.finish().await;
}
