//! What stands beside a text while it is written: preview, wording, who else is writing, names.

use hansei::accounts::Role;

use crate::support::app::{TestApp, unescape};
use crate::writing::{TEXT, form, with};

const BLAME: &str = "## Summary\n\nFine.\n\n## Impact\n\nBob forgot to renew it.\n";

/// The form section by section, as the editor sends it.
fn sections<'a>(parts: &[(&'a str, &'a str)], action: &'a str) -> Vec<(&'a str, &'a str)> {
    let mut fields = vec![("title", "T"), ("kind", "incident"), ("do", action)];
    for (heading, text) in parts {
        fields.extend([("heading", *heading), ("text", *text), ("sealed", "")]);
    }
    fields
}

#[tokio::test]
async fn a_text_is_shown_as_it_would_look_and_nothing_is_stored() {
    let app = TestApp::new().await;
    let ana = app.sign_in("ana", Role::Author).await;
    let parts = [("Summary", "Fine <b>x</b>"), ("Impact", "é Bob forgot it.")];
    let shown = ana
        .post("/reports/beside", &sections(&parts, "preview"))
        .await;
    let shown = shown.is(200).body;
    assert!(
        !shown.contains("<html") && shown.contains("id=\"preview-title\""),
        "{shown}"
    );
    assert!(shown.contains("id=\"impact-title\">Impact"), "{shown}");
    assert!(!shown.contains("data-place="), "{shown}");
    let hints = ana
        .post("/reports/beside", &sections(&parts, "hints"))
        .await;
    let hints = hints.is(200).body;
    assert!(!hints.contains("preview-title"), "{hints}");
    assert!(
        hints.contains("data-place=\"1\"") && hints.contains("Bob forgot</q>"),
        "{hints}"
    );
    assert!(!hints.contains("data-place=\"0\""));
    let count =
        "SELECT (SELECT count(*) FROM reports)::text || (SELECT count(*) FROM autosaves) AS text";
    assert_eq!(app.rows(count).await, ["00"]);

    let key = ana.write(&form("T", BLAME, "save")).await;
    let beside = format!("/reports/{key}/beside");
    ana.post(&beside, &sections(&parts, "preview"))
        .await
        .is(200);
    let token = ana
        .post_as_is(&beside, &sections(&parts, "preview"), &[])
        .await;
    token.is(403);
    app.finish().await;
}

#[tokio::test]
async fn words_in_rows_are_looked_at_like_words_in_a_text() {
    let app = TestApp::new().await;
    let ana = app.sign_in("ana", Role::Author).await;
    let rows = [
        ("title", "T"),
        ("timezone", "UTC"),
        ("heading", "Summary"),
        ("text", "Fine."),
        ("as-rows", ""),
        ("heading", "Timeline"),
        ("text", ""),
        ("as-rows", "timeline"),
        ("event-row", "0"),
        ("event-at", "2026-11-17 14:02"),
        ("event-text", "Bob forgot to renew it."),
        ("do", "hints"),
    ];
    let hints = ana.post("/reports/beside", &rows).await.is(200).body;
    assert!(
        hints.contains("Bob forgot</q>") && hints.contains("data-place=\"1\""),
        "{hints}"
    );
    assert!(hints.contains("data-in-rows"), "{hints}");
    let shown = ana
        .post("/reports", &with(rows.to_vec(), "do", "preview"))
        .await;
    let shown = shown.is(200).body;
    assert!(
        shown.contains("Bob forgot</q>") && shown.contains("data-in-rows"),
        "{shown}"
    );
    app.finish().await;
}

#[tokio::test]
async fn a_preview_without_scripts_shows_reports_like_it() {
    let app = TestApp::new().await;
    let ana = app.sign_in("ana", Role::Author).await;
    let past = with(
        form("Checkout lost its certificate", TEXT, "publish"),
        "services",
        "checkout",
    );
    let past = ana.write(&past).await;
    app.indexed().await;
    let now = with(
        form("Certificate of checkout expired", TEXT, "preview"),
        "services",
        "checkout",
    );
    let page = ana.post("/reports", &now).await.is(200).body;
    assert!(
        page.contains("We may have seen this") && page.contains(&past),
        "{page}"
    );
    assert!(page.contains("Save the draft to link it"));
    let key = ana.write(&with(now.clone(), "do", "save")).await;
    let edit = format!("/reports/{key}/edit");
    let page = ana.post(&edit, &now).await.is(200).body;
    assert!(
        page.contains(&format!("action=\"/reports/{key}/links\"")),
        "{page}"
    );
    app.finish().await;
}

#[tokio::test]
async fn wording_is_shown_below_its_field_until_it_is_put_aside() {
    let app = TestApp::new().await;
    let ana = app.sign_in("ana", Role::Author).await;
    let fields = form("T", BLAME, "preview");
    let shown = ana.post("/reports", &fields).await.is(200);
    assert!(shown.body.contains("Bob forgot</q>"), "{}", shown.body);
    let id = shown.input("dismiss").unwrap();
    let aside = with(fields.clone(), "dismiss", &id);
    let shown = ana.post("/reports", &aside).await.is(200);
    assert!(!shown.body.contains("Bob forgot</q>"));
    assert_eq!(shown.input("dismissed").unwrap(), id);
    // It never stands in the way; and what was put aside once stays aside.
    let key = ana
        .write(&with(with(fields, "dismissed", &id), "do", "save"))
        .await;
    let edit = ana.get(&format!("/reports/{key}/edit")).await.is(200);
    assert_eq!(edit.input("dismissed").unwrap(), id);
    ana.post("/reports", &form("T", BLAME, "publish"))
        .await
        .is(303);
    app.finish().await;
}

#[tokio::test]
async fn the_questions_of_the_template_stay_beside_the_form() {
    let app = TestApp::new().await;
    let ana = app.sign_in("ana", Role::Author).await;
    let new = ana.get("/reports/new?template=near-miss").await.is(200);
    assert_eq!(new.input("template").unwrap(), "near-miss");
    let question = "SELECT guidance AS text FROM report_template_sections s JOIN report_templates t ON t.id = s.template_id
        WHERE t.word = 'near-miss' AND s.is_required ORDER BY s.position";
    let questions = app.rows(question).await;
    let heading = "SELECT heading AS text FROM report_template_sections s JOIN report_templates t ON t.id = s.template_id
        WHERE t.word = 'near-miss' AND s.is_required ORDER BY s.position";
    let headings = app.rows(heading).await;
    let text = format!("## {}\n\n\n## {}\n\nx\n", headings[0], headings[1]);
    let mut fields = form("", &text, "save");
    fields.push(("template", "near-miss"));
    let refused = ana.post("/reports", &fields).await.is(422);
    assert!(
        unescape(&refused.body).contains(&questions[0]),
        "{}",
        refused.body
    );
    let mut fields = form("T", &text, "preview");
    fields.push(("template", "near-miss"));
    let preview = ana.post("/reports", &fields).await.is(200);
    assert!(unescape(&preview.body).contains(&questions[0]));
    assert!(preview.body.contains("nothing is written yet about"));
    let told = preview
        .body
        .split("nothing is written yet about")
        .nth(1)
        .unwrap();
    let told = told.split("</div>").next().unwrap();
    assert!(unescape(told).contains(&headings[0]) && !unescape(told).contains(&headings[1]));
    app.finish().await;
}

#[tokio::test]
async fn who_else_is_writing_is_told_to_those_who_write() {
    let app = TestApp::new().await;
    let ana = app.sign_in("ana", Role::Author).await;
    let bob = app.sign_in("bob", Role::Author).await;
    let key = ana.write(&form("T", BLAME, "save")).await;
    let at = |path: &str| format!("/reports/{key}/{path}");
    let typing = with(form("T", "## Impact\n\nx\n", "save"), "base_revision", "1");
    let typing = with(typing, "section", "Impact");
    let told = bob.post(&at("autosave"), &typing).await.is(200).json();
    assert_eq!(told["others"].as_array().unwrap().len(), 0);
    let told = ana.get(&at("presence")).await.is(200).json();
    let sentence = told["others"][0].as_str().unwrap();
    assert!(
        sentence.contains("bob") && sentence.contains("Impact"),
        "{told}"
    );
    let page = ana.get(&at("edit")).await.is(200);
    assert!(unescape(&page.body).contains(sentence));
    assert!(!bob.get(&at("edit")).await.body.contains("data-present"));
    // Who saves is done.
    bob.post(&at("edit"), &typing).await.is(303);
    let told = ana.get(&at("presence")).await.is(200).json();
    assert_eq!(told["others"].as_array().unwrap().len(), 0, "{told}");
    assert_eq!(told["revision"], 2);
    app.finish().await;
}

#[tokio::test]
async fn names_are_offered_from_reports_that_one_may_see() {
    let app = TestApp::new().await;
    let ana = app.sign_in("ana", Role::Author).await;
    let bob = app.sign_in("bob", Role::Author).await;
    let open = with(
        form("T", BLAME, "save"),
        "services",
        "Checkout, cart-checker, a%b",
    );
    ana.write(&open).await;
    let hidden = with(form("T", BLAME, "save"), "services", "check-secret");
    ana.write(&with(hidden, "visibility", "restricted")).await;
    let names = async |who: &crate::support::people::Browser<'_>, q: &str| {
        let path = format!("/reports/names?of=services&q={q}");
        who.get(&path).await.is(200).json()["names"].clone()
    };
    assert_eq!(
        names(&bob, "CHECK").await,
        serde_json::json!(["Checkout", "cart-checker"])
    );
    let hers = names(&ana, "check").await;
    assert_eq!(
        hers,
        serde_json::json!(["check-secret", "Checkout", "cart-checker"])
    );
    assert_eq!(names(&bob, "%25").await, serde_json::json!(["a%b"]));
    assert_eq!(names(&bob, "%27%3B--").await, serde_json::json!([]));
    bob.get("/reports/names?of=passwords").await.is(422);
    let form = bob.get("/reports/new").await.is(200).body;
    assert!(form.contains("cart-checker") && !form.contains("check-secret"));
    app.finish().await;
}
