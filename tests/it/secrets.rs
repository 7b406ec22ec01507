//! What looks like a secret is pointed out once, at every door through which others come to read it.

use hansei::accounts::Role;
use serde_json::json;

use crate::support::app::TestApp;
use crate::writing::{form, with};

const SECRET: &str = "## Summary\n\nWe used password=hunter2hunter2x9 for a day.\n";
const ANOTHER: &str =
    "## Summary\n\nWe used password=hunter2hunter2x9, then password=tr0mbone-7-quiet-lake.\n";

async fn statuses(app: &TestApp) -> Vec<String> {
    app.rows("SELECT status AS text FROM reports ORDER BY number")
        .await
}

#[tokio::test]
async fn a_warning_is_not_taken_for_consent_by_saving_a_draft() {
    let app = TestApp::new().await;
    let ana = app.sign_in("ana", Role::Author).await;
    let bob = app.sign_in("bob", Role::Author).await;
    let key = ana.write(&form("T", SECRET, "save")).await;
    let edit = format!("/reports/{key}/edit");
    let publish = with(form("T", SECRET, "publish"), "base_revision", "1");
    let stopped = ana.post(&edit, &publish).await.is(422);
    assert!(stopped.body.contains("“hunt…”"), "{}", stopped.body);
    assert!(
        stopped.body.contains("wording-hint"),
        "shown below its field"
    );
    let warned = stopped.input("warned").unwrap();
    assert!(!warned.is_empty() && stopped.input("dismissed").unwrap().is_empty());
    let save = with(with(publish.clone(), "do", "save"), "warned", &warned);
    ana.post(&edit, &save).await.is(303);

    // The next one is warned as well: in the editor, and where no text is sent.
    let his = with(publish.clone(), "base_revision", "2");
    bob.post(&edit, &his).await.is(422);
    for path in ["publish", "review"] {
        let path = format!("/reports/{key}/{path}");
        let stopped = bob
            .post(&path, &[("do", "publish"), ("reason", "now")])
            .await
            .is(422);
        assert!(stopped.body.contains("“hunt…”"), "{}", stopped.body);
        assert!(!stopped.body.contains("hunter2"));
        assert_eq!(statuses(&app).await, ["draft"]);
        assert_eq!(stopped.input("dismissed").unwrap().trim(), warned.trim());
    }
    let again = [
        ("do", "publish"),
        ("reason", "now"),
        ("dismissed", warned.as_str()),
    ];
    bob.post(&format!("/reports/{key}/review"), &again)
        .await
        .is(303);
    assert_eq!(statuses(&app).await, ["published"]);
    app.finish().await;
}

#[tokio::test]
async fn a_save_over_what_others_read_is_stopped_by_what_is_new() {
    let app = TestApp::new().await;
    let ana = app.sign_in("ana", Role::Author).await;
    let stopped = ana.post("/reports", &form("T", SECRET, "publish")).await;
    let warned = stopped.is(422).input("warned").unwrap();
    let again = with(form("T", SECRET, "publish"), "warned", &warned);
    let key = ana.write(&again).await;
    let edit = format!("/reports/{key}/edit");
    let kept = ana.get(&edit).await.is(200).input("dismissed").unwrap();
    assert_eq!(
        kept.trim(),
        warned.trim(),
        "it stays put aside with the report"
    );

    let same = with(form("Other", SECRET, "save"), "base_revision", "1");
    ana.post(&edit, &same).await.is(303);
    let more = with(form("Other", ANOTHER, "save"), "base_revision", "2");
    let stopped = ana.post(&edit, &more).await.is(422);
    assert!(
        stopped.body.contains("“tr0m…”") && !stopped.body.contains("“hunt…”, "),
        "{}",
        stopped.body
    );
    let warned = stopped.input("warned").unwrap();
    ana.post(&edit, &with(more, "warned", &warned))
        .await
        .is(303);
    app.finish().await;
}

#[tokio::test]
async fn programs_name_what_is_no_secret() {
    let app = TestApp::new().await;
    let bot = app.program("reports:read reports:write").await;
    let document = format!("---\ntitle: T\nkind: near_miss\n---\n\n{SECRET}");
    let mut body = json!({ "document": document, "publish": true });
    let refused = bot.post(&[], &body).await.problem(422, &["dismissed"]);
    assert!(!refused.body.contains("hunter2"), "{}", refused.body);
    let check = bot
        .send(
            reqwest::Method::POST,
            "/api/v1/language-check",
            &[("content-type", "text/markdown")],
            SECRET.to_owned(),
        )
        .await
        .is(200)
        .json();
    let id = check["findings"][0]["id"].as_str().unwrap().to_owned();
    assert!(refused.body.contains(&id));
    body["dismissed"] = json!(["nonsense"]);
    assert_eq!(bot.post(&[], &body).await.status, 422);
    body["dismissed"] = json!([id]);
    bot.post(&[], &body).await.is(201);
    assert_eq!(statuses(&app).await, ["published"]);

    // The same in the address, over what is a draft; and a draft is nobody else's business.
    let key = bot.write(&document, false).await;
    let to = |query: &str| format!("/api/v1/reports/{key}?publish=true{query}");
    let put = async |query: &str| {
        let headers = [("content-type", "text/markdown"), ("if-match", "\"r1\"")];
        bot.send(reqwest::Method::PUT, &to(query), &headers, document.clone())
            .await
    };
    put("").await.problem(422, &["dismissed"]);
    put("&dismissed=x").await.problem(422, &["dismissed"]);
    put(&format!("&dismissed={id}")).await.is(200);
    assert_eq!(statuses(&app).await, ["published", "published"]);
    app.finish().await;
}
