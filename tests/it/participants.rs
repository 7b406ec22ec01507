//! Accounts of participants: private until handed over, the owners' until merged, and then part of the report under a role.

use hansei::accounts::Role;

use crate::support::app::{Answer, TestApp, unescape};
use crate::support::people::{Browser, PASSWORD};
use crate::writing::{TEXT, form, with};

fn desk(key: &str) -> String {
    format!("/reports/{key}/accounts")
}

fn mine(key: &str) -> String {
    format!("/reports/{key}/accounts/mine")
}

fn account<'a>(
    role: &'a str,
    text: &'a str,
    seen: &'a str,
    what: &'a str,
) -> Vec<(&'a str, &'a str)> {
    vec![
        ("role", role),
        ("text", text),
        ("base_revision", seen),
        ("do", what),
    ]
}

/// What stands in the field of the text.
fn typed(page: &Answer) -> String {
    let (_, rest) = page.body.split_once("<textarea id=\"f-text\"").unwrap();
    let (_, rest) = rest.split_once('>').unwrap();
    unescape(rest.split_once("</textarea>").unwrap().0)
}

async fn ask(owner: &Browser<'_>, key: &str, who: &str) {
    owner.post(&desk(key), &[("who", who)]).await.is(303);
}

async fn merge(owner: &Browser<'_>, key: &str, (id, seen, into): (&str, &str, &str)) -> Answer {
    let fields = [("into", into), ("base_revision", seen)];
    owner
        .post(&format!("{}/{id}/merge", desk(key)), &fields)
        .await
}

async fn document(app: &TestApp) -> String {
    let sql = "SELECT document AS text FROM revisions ORDER BY number DESC LIMIT 1";
    app.rows(sql).await.remove(0)
}

async fn told(app: &TestApp) -> Vec<String> {
    app.rows("SELECT concat_ws(' ', p.name, n.kind, n.link) AS text FROM notifications n JOIN people p ON p.id = n.person_id ORDER BY n.id")
        .await
}

#[tokio::test]
async fn an_account_is_private_then_the_owners_then_the_reports() {
    let app = TestApp::new().await;
    let owner = app.sign_in("owner", Role::Author).await;
    let cem = app.sign_in("cem", Role::Reader).await;
    let dee = app.sign_in("dee", Role::Author).await;
    let other = app.sign_in("other", Role::Author).await;
    let viewer = app.sign_in("viewer", Role::Reader).await;
    let admin = app.sign_in("admin", Role::Admin).await;
    let key = owner.write(&form("Queue full", TEXT, "publish")).await;
    cem.get(&mine(&key)).await.is(404);
    ask(&owner, &key, "CEM").await;
    ask(&owner, &key, "dee@example.org").await;
    let link = mine(&key);
    assert_eq!(
        told(&app).await,
        [
            format!("cem account_asked {link}"),
            format!("dee account_asked {link}")
        ]
    );

    let page = cem.get(&link).await.is(200);
    for question in [
        "What did you see",
        "What did you think was happening",
        "What surprised you?",
    ] {
        assert!(page.body.contains(question), "{}", page.body);
    }
    let words = "I saw PLUM on the graph.";
    cem.post(&link, &account("on-call engineer", words, "0", "keep"))
        .await
        .is(303);
    assert_eq!(typed(&cem.get(&link).await.is(200)), words);
    // Not even the owners read what is only kept.
    let nobody_reads = async |people: &[&Browser<'_>]| {
        for browser in people {
            for path in [
                desk(&key),
                format!("/reports/{key}"),
                format!("/reports/{key}.md"),
                "/inbox".to_owned(),
                link.clone(),
            ] {
                let answer = browser.get(&path).await;
                assert!(!answer.body.contains("PLUM"), "{path}: {}", answer.body);
            }
        }
    };
    nobody_reads(&[&owner, &dee, &other, &viewer, &admin]).await;
    let closed = merge(&owner, &key, ("1", "1", "")).await.is(422);
    assert!(closed.body.contains("taken back"), "{}", closed.body);

    cem.post(&link, &account("on-call engineer", words, "1", "give"))
        .await
        .is(303);
    assert_eq!(
        told(&app).await[2..],
        [format!("owner account_given {}#account-1", desk(&key))]
    );
    for browser in [&owner, &admin] {
        let page = browser.get(&desk(&key)).await.is(200);
        assert!(
            page.body.contains(words) && page.body.contains("The on-call engineer&#x27;s view"),
            "{}",
            page.body
        );
    }
    nobody_reads(&[&dee, &other, &viewer]).await;
    for browser in [&other, &viewer, &cem] {
        browser.get(&desk(&key)).await.is(403);
        merge(browser, &key, ("1", "2", "")).await.is(403);
        browser
            .post(&format!("{}/1/withdraw", desk(&key)), &[])
            .await
            .is(403);
        browser
            .post(&desk(&key), &[("who", "viewer")])
            .await
            .is(403);
    }

    // Taken back, it is private again; changed and handed over, it is merged as it was read.
    cem.post(&link, &account("", "", "2", "take_back"))
        .await
        .is(303);
    nobody_reads(&[&owner, &admin]).await;
    cem.post(&link, &account("on-call engineer", words, "3", "give"))
        .await
        .is(303);
    let stale = merge(&owner, &key, ("1", "2", "")).await.is(422);
    assert!(
        stale.body.contains("has changed this account"),
        "{}",
        stale.body
    );
    let before = document(&app).await;
    merge(&owner, &key, ("1", "4", "")).await.is(303);
    merge(&owner, &key, ("1", "4", "")).await.is(303);
    let after = document(&app).await;
    assert_eq!(
        after,
        format!("{before}\n## The on-call engineer's view\n\n{words}\n")
    );
    assert!(!after.contains("cem"), "{after}");
    let revisions =
        "SELECT concat_ws(' ', number, event, author_name) AS text FROM revisions ORDER BY number";
    assert_eq!(
        app.rows(revisions).await,
        ["1 created owner", "2 merged owner"]
    );
    assert!(
        viewer
            .get(&format!("/reports/{key}"))
            .await
            .is(200)
            .body
            .contains("PLUM")
    );
    let page = cem.get(&link).await.is(200);
    assert!(
        page.body.contains("since revision 2") && !page.body.contains("Hand it over"),
        "{}",
        page.body
    );
    for what in ["keep", "give", "take_back"] {
        let refused = cem
            .post(&link, &account("r", "Changed mind", "4", what))
            .await
            .is(422);
        assert!(refused.body.contains("part of the report already"));
        assert_eq!(typed(&refused), "Changed mind");
    }
    owner
        .post(&format!("{}/1/withdraw", desk(&key)), &[])
        .await
        .is(409);
    assert!(
        told(&app)
            .await
            .last()
            .unwrap()
            .starts_with("cem account_merged")
    );

    // Another one that differs stays beside it.
    dee.post(
        &link,
        &account("On-call engineer", "No: it was PEAR.", "0", "give"),
    )
    .await
    .is(303);
    merge(&owner, &key, ("2", "1", "Impact")).await.is(303);
    let after = document(&app).await;
    assert!(
        after.contains("Every tenth order.\n\n### The On-call engineer's view\n\nNo: it was PEAR."),
        "{after}"
    );
    assert!(after.contains("PLUM"));
    let log = "SELECT concat_ws(' ', actor, action) AS text FROM audit_log WHERE action LIKE '%account' ORDER BY id";
    assert_eq!(
        app.rows(log).await,
        [
            "owner ask_account",
            "owner ask_account",
            "cem give_account",
            "cem take_back_account",
            "cem give_account",
            "owner merge_account",
            "dee give_account",
            "owner merge_account",
        ]
    );
    app.finish().await;
}

#[tokio::test]
async fn merging_takes_the_text_as_it_is_now() {
    let app = TestApp::new().await;
    let owner = app.sign_in("owner", Role::Author).await;
    let other = app.sign_in("other", Role::Author).await;
    let key = owner.write(&form("Queue full", TEXT, "publish")).await;
    ask(&owner, &key, "other").await;
    let text = "## Impact\n\nA heading of the report.\n\n```\nnever closed";
    other
        .post(&mine(&key), &account("operator", text, "0", "give"))
        .await
        .is(303);
    let page = owner.get(&desk(&key)).await.is(200);
    assert!(
        page.body.contains("at the end of “Impact”"),
        "{}",
        page.body
    );
    assert!(!page.body.contains("at the end of “Countermeasures”"));
    // Somebody saves meanwhile, and the section that was chosen goes.
    let changed = TEXT.replace("## Impact\n\nEvery tenth order.\n\n", "") + "- Watch more\n";
    let edit = with(form("Queue full", &changed, "save"), "base_revision", "1");
    other
        .post(&format!("/reports/{key}/edit"), &edit)
        .await
        .is(303);
    let refused = merge(&owner, &key, ("1", "1", "Impact")).await.is(422);
    assert!(
        refused.body.contains("no section “Impact” any more"),
        "{}",
        refused.body
    );
    merge(&owner, &key, ("1", "1", "")).await.is(303);
    let after = document(&app).await;
    assert!(
        after.contains("Watch more") && after.contains("A heading of the report."),
        "{after}"
    );
    let sections = "SELECT heading AS text FROM report_sections ORDER BY position";
    assert_eq!(
        app.rows(sections).await,
        ["Summary", "Countermeasures", "The operator's view"]
    );
    assert_eq!(
        app.rows("SELECT concat_ws(' ', r.revision, a.merged_revision) AS text FROM reports r, participant_accounts a").await,
        ["3 3"]
    );
    // Who was editing meanwhile keeps both.
    let late = with(
        form("Queue is full", &changed, "save"),
        "base_revision",
        "2",
    );
    owner
        .post(&format!("/reports/{key}/edit"), &late)
        .await
        .is(303);
    assert!(document(&app).await.contains("A heading of the report."));
    app.finish().await;
}

#[tokio::test]
async fn who_is_asked_about_a_draft_sees_its_title_and_times_alone() {
    let app = TestApp::new().await;
    let owner = app.sign_in("owner", Role::Author).await;
    let cem = app.sign_in("cem", Role::Reader).await;
    let draft = with(
        form("Queue full", "## Summary\n\nSecret words.\n", "save"),
        "started_at",
        "2026-03-01 14:00",
    );
    let key = owner.write(&draft).await;
    ask(&owner, &key, "cem").await;
    let inbox = cem.get("/inbox").await.is(200);
    assert!(inbox.body.contains("asks how you saw it:") && inbox.body.contains("Queue full"));
    let page = cem.get(&mine(&key)).await.is(200);
    assert!(
        page.body.contains("Queue full") && page.body.contains("1 Mar 2026, 14:00"),
        "{}",
        page.body
    );
    assert!(
        !page.body.contains("Secret words")
            && !page.body.contains(&format!("href=\"/reports/{key}\""))
    );
    for path in [
        "",
        ".md",
        "/comments",
        "/history",
        "/accounts",
        "/people?q=o",
    ] {
        cem.get(&format!("/reports/{key}{path}")).await.is(404);
    }
    cem.post(
        &mine(&key),
        &account("operator", "I was there.", "0", "give"),
    )
    .await
    .is(303);

    // No longer asked: what was handed over goes back, and is there to be copied.
    owner
        .post(&format!("{}/1/withdraw", desk(&key)), &[])
        .await
        .is(303);
    assert!(
        !owner
            .get(&desk(&key))
            .await
            .is(200)
            .body
            .contains("I was there.")
    );
    let page = cem.get(&mine(&key)).await.is(200);
    assert!(page.body.contains("no longer asked"), "{}", page.body);
    assert_eq!(typed(&page), "I was there.");
    let refused = cem
        .post(&mine(&key), &account("", "More.", "1", "give"))
        .await
        .is(422);
    assert_eq!(typed(&refused), "More.");
    let inbox = cem.get("/inbox").await.is(200);
    assert!(!inbox.body.contains("Queue full"), "{}", inbox.body);
    merge(&owner, &key, ("1", "1", "")).await.is(422);
    ask(&owner, &key, "cem").await;
    cem.post(
        &mine(&key),
        &account("operator", "I was there.", "1", "give"),
    )
    .await
    .is(303);
    merge(&owner, &key, ("1", "2", "")).await.is(303);
    cem.get(&format!("/reports/{key}")).await.is(404);
    app.finish().await;
}

#[tokio::test]
async fn restricted_reports_ask_only_those_who_are_named() {
    let app = TestApp::new().await;
    let owner = app.sign_in("owner", Role::Author).await;
    let cem = app.sign_in("cem", Role::Reader).await;
    let dee = app.sign_in("dee", Role::Reader).await;
    let secret = with(form("Cherry", TEXT, "publish"), "visibility", "restricted");
    let key = owner.write(&secret).await;
    app.sql(&format!(
        "INSERT INTO report_viewers (report_id, person_id) SELECT id, {} FROM reports",
        cem.id
    ))
    .await;
    let refused = owner.post(&desk(&key), &[("who", "dee")]).await.is(422);
    assert!(
        refused.body.contains("only people who are named on it"),
        "{}",
        refused.body
    );
    assert_eq!(refused.input("who").unwrap(), "dee");
    assert!(
        refused.body.contains("<option value=\"cem\">")
            && !refused.body.contains("<option value=\"dee\">")
    );
    ask(&owner, &key, "cem").await;
    cem.post(&mine(&key), &account("", "Mine.", "0", "keep"))
        .await
        .is(303);
    dee.get(&mine(&key)).await.is(404);
    // No longer named, no longer there.
    app.sql("DELETE FROM report_viewers").await;
    cem.get(&mine(&key)).await.is(404);
    cem.post(&mine(&key), &account("", "Mine.", "1", "give"))
        .await
        .is(404);
    assert!(!cem.get("/inbox").await.is(200).body.contains("Cherry"));
    app.finish().await;
}

#[tokio::test]
async fn nothing_typed_is_lost() {
    let app = TestApp::new().await;
    let owner = app.sign_in("owner", Role::Author).await;
    let cem = app.sign_in("cem", Role::Reader).await;
    let key = owner.write(&form("Queue full", TEXT, "publish")).await;
    for who in ["", "nobody", "own\0er"] {
        let refused = owner.post(&desk(&key), &[("who", who)]).await.is(422);
        assert_eq!(refused.input("who").unwrap(), who.replace('\0', ""));
    }
    ask(&owner, &key, "cem").await;
    let again = owner.post(&desk(&key), &[("who", "cem")]).await.is(422);
    assert!(
        again.body.contains("cem is asked already."),
        "{}",
        again.body
    );
    app.sql("UPDATE people SET name = 'cem' WHERE name = 'owner'")
        .await;
    let refused = owner.post(&desk(&key), &[("who", "cem")]).await.is(422);
    assert!(
        refused.body.contains("more than one person"),
        "{}",
        refused.body
    );

    let long = "é".repeat(20_001);
    let role = "r".repeat(101);
    for (fields, says) in [
        (account("", " ", "0", "give"), "before you hand it over"),
        (account("", &long, "0", "keep"), "20001 characters"),
        (account(&role, "kept", "0", "keep"), "101 characters"),
        (account("", "a\0b", "0", "keep"), "NUL"),
    ] {
        let refused = cem.post(&mine(&key), &fields).await.is(422);
        assert!(refused.body.contains(says), "{says}: {}", refused.body);
        assert_eq!(typed(&refused).trim(), fields[1].1.replace('\0', "").trim());
    }
    cem.post(&mine(&key), &account("", "First window", "0", "keep"))
        .await
        .is(303);
    let stale = cem
        .post(&mine(&key), &account("", "Second window", "0", "keep"))
        .await
        .is(409);
    assert_eq!(typed(&stale), "Second window");
    assert_eq!(stale.input("base_revision").unwrap(), "1");
    assert_eq!(typed(&cem.get(&mine(&key)).await.is(200)), "First window");
    let unsound = cem
        .post_as_is(&mine(&key), &[("text", "No token"), ("csrf", "x")], &[])
        .await
        .is(403);
    assert_eq!(typed(&unsound), "No token");

    app.sql("DELETE FROM sessions").await;
    let fields = account("operator", "Typed for long", "1", "keep");
    let asked = cem.post(&mine(&key), &fields).await.is(401);
    assert_eq!(asked.input("text").unwrap(), "Typed for long");
    let stranger = app.stranger().await;
    let resume = format!("{}/resume", mine(&key));
    let mut sent = fields.clone();
    sent.extend([("email", "cem@example.org"), ("password", PASSWORD)]);
    let back = stranger.post(&resume, &sent).await.is(200);
    assert_eq!(typed(&back), "Typed for long");
    assert_eq!(back.input("base_revision").unwrap(), "1");
    assert_eq!(
        app.rows("SELECT text FROM participant_accounts").await,
        ["First window"]
    );
    app.finish().await;
}
