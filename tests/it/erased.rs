//! What an administrator takes away that somebody else said: the text goes everywhere, the reason stays.

use hansei::accounts::Role;
use serde_json::json;

use crate::support::app::{Answer, TestApp, unescape};
use crate::support::people::Browser;
use crate::writing::{TEXT, form};

const SECRET: &str = "The password is hunter2-and-more.";

fn path(key: &str) -> String {
    format!("/reports/{key}/comments")
}

async fn say(browser: &Browser<'_>, key: &str, fields: &[(&str, &str)]) -> String {
    let answer = browser.post(&path(key), fields).await.is(303);
    let (_, id) = answer.header("location").rsplit_once("#comment-").unwrap();
    id.to_owned()
}

async fn erase(browser: &Browser<'_>, key: &str, id: &str, reason: &str) -> Answer {
    let fields = [("do", "erase"), ("reason", reason)];
    browser.post(&format!("{}/{id}", path(key)), &fields).await
}

/// Every text of every table in which the secret stands.
async fn left(app: &TestApp) -> Vec<String> {
    app.rows(
        "SELECT t.table_name || ' ' || query_to_xml('SELECT * FROM ' || quote_ident(t.table_name), true, true, '')::text AS text
        FROM information_schema.tables t WHERE t.table_schema = 'public' AND t.table_type = 'BASE TABLE'
        AND query_to_xml('SELECT * FROM ' || quote_ident(t.table_name), true, true, '')::text LIKE '%hunter2%'",
    )
    .await
}

#[tokio::test]
async fn the_text_goes_and_the_reason_stays_where_it_was() {
    let app = TestApp::new().await;
    let ana = app.sign_in("ana", Role::Author).await;
    let ben = app.sign_in("ben", Role::Reader).await;
    let admin = app.sign_in("admin", Role::Admin).await;
    let key = ana.write(&form("Queue full", TEXT, "publish")).await;
    let text = format!("{SECRET} @ana");
    let first = say(&ben, &key, &[("text", &text)]).await;
    let answer = [("text", "Please change it"), ("parent", first.as_str())];
    say(&ana, &key, &answer).await;
    assert_eq!(left(&app).await.len(), 1);

    let page = admin.get(&path(&key)).await.is(200);
    assert!(page.body.contains("Remove as administrator"));
    let gone = erase(&admin, &key, &first, " It showed a\r\n <password>. ").await;
    gone.is(303);
    let page = ana.get(&path(&key)).await.is(200);
    let shown = unescape(&page.body);
    assert!(!page.body.contains("hunter2"), "{shown}");
    assert!(
        shown.contains("Removed by an administrator, admin: <q>It showed a <password>.</q>"),
        "{shown}"
    );
    assert!(page.body.contains("&lt;password&gt;") && shown.contains("Please change it"));
    assert!(!page.body.contains("Remove as administrator"));
    assert_eq!(
        left(&app).await,
        Vec::<String>::new(),
        "it is nowhere any more"
    );

    // Its author is told, and finds the place.
    let inbox = ben.get("/inbox").await.is(200).body;
    assert!(inbox.contains("removed a comment of yours on"), "{inbox}");
    let log = "SELECT concat_ws(' | ', actor, action, details ->> 'comment', details ->> 'author', details ->> 'words') AS text
        FROM audit_log WHERE action = 'erase_comment'";
    let expected = format!("admin | erase_comment | {first} | ben | It showed a <password>.");
    assert_eq!(app.rows(log).await, [expected]);

    // Again is no second effect, and it cannot be written anew in its place.
    erase(&admin, &key, &first, "Another reason").await.is(303);
    assert_eq!(app.rows(log).await.len(), 1);
    let edit = [("text", "Something else"), ("edit", first.as_str())];
    let refused = ben.post(&path(&key), &edit).await.is(422);
    assert!(refused.body.contains("no longer there"));
    ben.post(&format!("{}/{first}", path(&key)), &[("do", "remove")])
        .await
        .is(303);
    let page = ben.get(&path(&key)).await.is(200);
    assert!(page.body.contains("Removed by an administrator"));
    app.finish().await;
}

#[tokio::test]
async fn only_administrators_take_away_what_others_said_and_only_with_a_reason() {
    let app = TestApp::new().await;
    let ana = app.sign_in("ana", Role::Author).await;
    let ben = app.sign_in("ben", Role::Reader).await;
    let admin = app.sign_in("admin", Role::Admin).await;
    let key = ana.write(&form("Queue full", TEXT, "publish")).await;
    let id = say(&ben, &key, &[("text", SECRET)]).await;
    for who in [&ana, &ben] {
        let page = who.get(&path(&key)).await.is(200);
        assert!(!page.body.contains("Remove as administrator"));
        for reason in ["", "A reason"] {
            let refused = erase(who, &key, &id, reason).await.is(403);
            assert!(
                refused
                    .body
                    .contains("Only administrators may remove what somebody else wrote"),
                "{}",
                refused.body
            );
        }
    }
    let long = "x".repeat(501);
    for (reason, said) in [("  ", "Say why it is removed"), (&*long, "501 characters")] {
        let page = erase(&admin, &key, &id, reason).await.is(422);
        let field = format!("id=\"f-reason-{id}\"");
        assert!(page.body.contains(said) && page.body.contains(&field));
        assert!(page.body.contains(&format!("href=\"#f-reason-{id}\"")));
        assert!(page.body.contains("<details class=\"comment-erase\" open>"));
        assert_eq!(
            page.input("reason").unwrap(),
            reason,
            "what was typed is kept"
        );
    }
    erase(&admin, &key, "999", "x").await.is(404);
    let text = "SELECT text FROM comments";
    assert_eq!(app.rows(text).await, [SECRET]);

    // One's own goes without a reason, and says so.
    let own = say(&admin, &key, &[("text", "Mine")]).await;
    admin
        .post(&format!("{}/{own}", path(&key)), &[("do", "remove")])
        .await
        .is(303);
    let page = admin.get(&path(&key)).await.is(200);
    assert!(page.body.contains("Removed by its author."));
    app.finish().await;
}

#[tokio::test]
async fn programs_of_administrators_take_comments_away_too() {
    let app = TestApp::new().await;
    let ana = app.sign_in("ana", Role::Author).await;
    let key = ana.write(&form("Queue full", TEXT, "publish")).await;
    let id = say(&ana, &key, &[("text", SECRET)]).await;
    let at = format!("{key}/comments/{id}/erase");
    let why = json!({ "reason": "It showed a password." });
    let writer = app.program("reports:read,reports:write").await;
    let admin = app.program("reports:read,reports:write,admin").await;
    writer.add(&at, &why).await.problem(403, &[]);
    for wrong in [
        json!({ "reason": " " }),
        json!({ "reason": "x".repeat(501) }),
    ] {
        admin.add(&at, &wrong).await.problem(422, &["reason"]);
    }
    admin.add(&at, &json!({})).await.problem(422, &["body"]);
    for _ in 0..2 {
        let thread = admin.add(&at, &why).await.is(200).json();
        let comment = &thread["comments"][0];
        assert_eq!(comment["text"], "");
        assert_eq!(comment["removed"], true);
        assert_eq!(comment["removed_reason"], "It showed a password.");
        assert!(thread["resolved_at"].is_string(), "nothing else is in it");
    }
    assert_eq!(left(&app).await, Vec::<String>::new());
    let inbox = ana.get("/inbox").await.is(200).body;
    assert!(inbox.contains("removed a comment of yours on"), "{inbox}");
    app.finish().await;
}
