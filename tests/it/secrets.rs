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
            .post(
                &path,
                &[("do", "publish"), ("reason", "now"), ("revision", "2")],
            )
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
        ("revision", "2"),
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
async fn so_many_findings_are_put_aside_and_no_more() {
    let app = TestApp::new().await;
    let bot = app.program("reports:read reports:write").await;
    let ids = |from: u32, count: u32| -> Vec<String> {
        (from..from + count).map(|it| format!("{it:08x}")).collect()
    };
    let document = "---\ntitle: T\nkind: near_miss\n---\n\nx\n";
    let with =
        |ids: Vec<String>| json!({ "document": document, "publish": true, "dismissed": ids });
    bot.post(&[], &with(ids(0, 501)))
        .await
        .problem(422, &["dismissed"]);
    bot.post(&[], &with(ids(0, 300))).await.is(201);
    let put = async |query: &str, body: Vec<String>| {
        let headers = [("content-type", "application/json"), ("if-match", "*")];
        let path = format!("/api/v1/reports/PM-1?{query}");
        bot.send(
            reqwest::Method::PUT,
            &path,
            &headers,
            with(body).to_string(),
        )
        .await
    };
    for query in ["0".repeat(8), ",".repeat(4_501)] {
        put(&format!("dismissed={query}"), ids(0, 500))
            .await
            .problem(422, &["dismissed"]);
    }
    // What was put aside before takes no room again.
    put("", ids(200, 102)).await.is(200);
    let count = "SELECT count(*)::text AS text FROM report_dismissals";
    assert_eq!(app.rows(count).await, ["302"]);
    put("", ids(1_000, 500)).await.is(200);
    assert_eq!(app.rows(count).await, ["500"]);
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

#[tokio::test]
async fn going_back_and_merging_an_account_bring_no_secret_to_readers_unsaid() {
    let app = TestApp::new().await;
    let ana = app.sign_in("ana", Role::Author).await;
    let bob = app.sign_in("bob", Role::Author).await;
    let key = ana.write(&form("T", SECRET, "save")).await;
    let clean = form("T", "## Summary\n\nIt is out.\n", "publish");
    let clean = with(
        with(clean, "base_revision", "1"),
        "reason",
        "others need it",
    );
    ana.post(&format!("/reports/{key}/edit"), &clean)
        .await
        .is(303);
    let restore = format!("/reports/{key}/restore");
    let mut fields = vec![("revision", "1"), ("base_revision", "2")];
    let stopped = ana.post(&restore, &fields).await.is(422);
    assert!(stopped.body.contains("“hunt…”") && !stopped.body.contains("Restored"));
    let pointed_out = stopped.input("dismissed").unwrap();
    fields.push(("dismissed", &pointed_out));
    ana.post(&restore, &fields).await.is(303);

    let accounts = format!("/reports/{key}/accounts");
    ana.post(&accounts, &[("who", "bob")]).await.is(303);
    let account = [
        ("base_revision", "0"),
        ("role", "operator"),
        ("text", "I typed password=tr0mbone-7-quiet-lake there."),
        ("do", "give"),
    ];
    let mine = format!("{accounts}/mine");
    bob.post(&mine, &account).await.is(303);
    let id = app
        .rows("SELECT id::text AS text FROM participant_accounts")
        .await
        .remove(0);
    let merge = format!("{accounts}/{id}/merge");
    let mut fields = vec![("base_revision", "1"), ("into", "")];
    let stopped = ana.post(&merge, &fields).await.is(422);
    assert!(stopped.body.contains("“tr0m…”"), "{}", stopped.body);
    let pointed_out = stopped.input("dismissed").unwrap();
    fields.push(("dismissed", &pointed_out));
    ana.post(&merge, &fields).await.is(303);
    app.finish().await;
}

#[tokio::test]
async fn behind_any_number_of_secrets_that_were_put_aside_the_next_is_seen() {
    use std::fmt::Write as _;
    let app = TestApp::new().await;
    let bot = app.program("reports:read,reports:write").await;
    let mut text = "## Summary\n\n".to_owned();
    for number in 0..230 {
        writeln!(text, "- password=hunter2hunter{number}x\n").unwrap();
    }
    let mut dismissed: Vec<String> = Vec::new();
    let mut asked = 0;
    loop {
        let body = json!({
            "document": format!("---\ntitle: T\nkind: near_miss\n---\n\n{text}"),
            "publish": true,
            "dismissed": dismissed,
        });
        let answer = bot.post(&[], &body).await;
        if answer.status == 201 {
            break;
        }
        let problem = answer.is(422).json();
        let found = problem["fields"].as_array().unwrap();
        assert!(!found.is_empty() && asked < 4, "{problem}");
        let id = |it: &serde_json::Value| {
            let said = it.to_string();
            let hex = |word: &&str| word.len() == 8 && u32::from_str_radix(word, 16).is_ok();
            said.split(|c: char| !c.is_ascii_alphanumeric())
                .find(hex)
                .map(str::to_owned)
        };
        dismissed.extend(found.iter().filter_map(id));
        asked += 1;
    }
    assert_eq!(asked, 2, "200 of them, then the rest");
    // What is no id of a finding is told to programs, and left out of a form.
    let document = "---\ntitle: U\nkind: near_miss\n---\n\nText.\n";
    let odd = json!({ "document": document, "dismissed": ["ABCDEF01"] });
    bot.post(&[], &odd).await.problem(422, &["dismissed[0]"]);
    let ana = app.sign_in("ana", Role::Author).await;
    let odd = with(
        form("U", "Text.\n", "save"),
        "dismissed",
        "ABCDEF01 abcdef01",
    );
    ana.write(&odd).await;
    let kept = "SELECT finding AS text FROM report_dismissals WHERE finding ~ '^[aA]'";
    assert!(app.rows(kept).await.contains(&"abcdef01".to_owned()));
    app.finish().await;
}
