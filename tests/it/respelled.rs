//! What is called otherwise without a save: approvals that stay, tags that follow, and lists that say each name once.

use hansei::accounts::Role;
use reqwest::Method;

use crate::support::app::{TestApp, unescape};
use crate::support::people::Browser;
use crate::writing::{form, with};

const TEXT: &str = "## Summary\n\nOrders failed.\n\n## Contributing factors\n\n- **No canary** (amplified): So it was.\n";

async fn step(browser: &Browser<'_>, key: &str, fields: &[(&str, &str)]) {
    let path = format!("/reports/{key}/review");
    browser.post(&path, fields).await.is(303);
}

async fn shown(browser: &Browser<'_>, key: &str) -> String {
    let page = browser.get(&format!("/reports/{key}")).await.is(200);
    unescape(&page.body)
}

#[tokio::test]
async fn an_approval_outlives_another_name_of_a_factor() {
    let app = TestApp::new().await;
    let admin = app.sign_in("admin", Role::Admin).await;
    let ana = app.sign_in("ana", Role::Author).await;
    let bob = app.sign_in("bob", Role::Author).await;
    let key = ana.write(&form("Queue full", TEXT, "save")).await;
    step(&ana, &key, &[("do", "ask")]).await;
    step(&bob, &key, &[("do", "approve"), ("revision", "2")]).await;
    assert!(
        shown(&ana, &key)
            .await
            .contains("Approved by bob at revision 2.")
    );
    let factor = app.rows("SELECT id::text AS text FROM factors").await;
    let factor = format!("/admin/factors/{}", factor[0]);
    let name = [("name", "Everything at once")];
    admin.post(&factor, &name).await.is(303);
    let page = shown(&ana, &key).await;
    assert!(page.contains("Everything at once"), "{page}");
    assert!(page.contains("Approved by bob at revision 2."), "{page}");

    // A step later it still is; a changed word is another text.
    let renamed = TEXT.replace("No canary", "Everything at once");
    let same = with(form("Queue full", &renamed, "save"), "base_revision", "4");
    ana.post(&format!("/reports/{key}/edit"), &same)
        .await
        .is(303);
    assert!(
        shown(&ana, &key)
            .await
            .contains("Approved by bob at revision 2.")
    );
    let latest = app.rows("SELECT revision::text AS text FROM reports").await;
    let other = renamed.replace("failed", "were lost");
    let changed = with(
        form("Queue full", &other, "save"),
        "base_revision",
        &latest[0],
    );
    ana.post(&format!("/reports/{key}/edit"), &changed)
        .await
        .is(303);
    let page = shown(&ana, &key).await;
    assert!(
        page.contains("Approved by bob at revision 2, now"),
        "{page}"
    );
    ana.post(&format!("/reports/{key}/publish"), &[])
        .await
        .is(422);
    app.finish().await;
}

#[tokio::test]
async fn what_is_published_after_a_factor_was_renamed_was_reviewed() {
    let app = TestApp::new().await;
    let admin = app.sign_in("admin", Role::Admin).await;
    let ana = app.sign_in("ana", Role::Author).await;
    let bob = app.sign_in("bob", Role::Author).await;
    let key = ana.write(&form("Queue full", TEXT, "save")).await;
    step(&ana, &key, &[("do", "ask")]).await;
    step(&bob, &key, &[("do", "approve"), ("revision", "2")]).await;
    let factor = app.rows("SELECT id::text AS text FROM factors").await;
    for name in ["Everything at once", "No canary", "No step in between"] {
        let factor = format!("/admin/factors/{}", factor[0]);
        admin.post(&factor, &[("name", name)]).await.is(303);
    }
    ana.publish_as_read(&key, &[]).await.is(303);
    let page = shown(&bob, &key).await;
    assert!(page.contains("Approved by bob at revision 2."), "{page}");
    assert!(!page.contains("without review"), "{page}");
    app.finish().await;
}

#[tokio::test]
async fn a_tag_follows_the_name_of_a_team() {
    let app = TestApp::new().await;
    let admin = app.sign_in("admin", Role::Admin).await;
    let bot = app.program("reports:read,reports:write").await;
    let document =
        "---\ntitle: Queue full\nkind: incident\nteams: [Harbour]\n---\n\n## Summary\n\nx\n";
    let key = bot.write(document, false).await;
    let path = format!("/api/v1/reports/{key}");
    let teams = app.rows("SELECT id::text AS text FROM teams").await;
    let team = format!("/admin/teams/{}", teams[0]);
    let tag = async |at: &str| {
        let answer = bot.get(at).await.is(200);
        answer.header("etag").to_owned()
    };
    let known = async |at: &str, tag: &str| {
        let headers = [("if-none-match", tag)];
        let answer = bot.send(Method::GET, at, &headers, String::new()).await;
        answer.status == 304
    };
    let timeline = format!("{path}/timeline");
    assert_eq!(
        (tag(&path).await, tag(&timeline).await),
        ("\"r1\"".into(), "\"r1\"".into())
    );
    let mut before = tag(&path).await;
    for name in ["Quay", "Pier"] {
        let rename = [("do", "rename"), ("name", name)];
        admin.post(&team, &rename).await.is(303);
        assert!(!known(&path, &before).await, "{before} says another name");
        let now = tag(&path).await;
        assert!(known(&path, &now).await && known(&timeline, &now).await);
        assert_ne!(now, before);
        assert!(bot.get(&path).await.body.contains(name));
        before = now;
    }
    // Both the tag that was sent and the one of before name the revision.
    let other = document.replace("\nx\n", "\ny\n");
    let saved = bot.put(&key, &before, &other).await.is(200);
    assert_eq!(saved.header("etag"), "\"r2\"");
    bot.put(&key, "\"r2\"", document).await.is(200);
    bot.put(&key, &before, &other).await.problem(412, &[]);
    app.finish().await;
}

#[tokio::test]
async fn an_author_who_is_an_administrator_is_listed_once() {
    let app = TestApp::new().await;
    let ada = app.sign_in("ada", Role::Admin).await;
    let eve = app.sign_in("eve", Role::Admin).await;
    let fields = with(
        form("Quiet", "## Summary\n\nx\n", "save"),
        "visibility",
        "restricted",
    );
    let key = ada.write(&fields).await;
    let access = format!("/reports/{key}/access");
    let page = eve.get(&access).await.is(200).body;
    assert_eq!(
        page.matches("row-meta\">ada@example.org").count(),
        1,
        "{page}"
    );
    assert_eq!(
        page.matches("row-meta\">eve@example.org").count(),
        1,
        "{page}"
    );
    let named = [("do", "add_person"), ("person", "eve")];
    let answer = ada.post(&access, &named).await;
    assert!(
        answer.status == 303 || answer.status == 422,
        "{}",
        answer.status
    );
    let page = ada.get(&access).await.is(200).body;
    assert_eq!(
        page.matches("row-meta\">eve@example.org").count(),
        1,
        "{page}"
    );
    app.finish().await;
}

#[tokio::test]
async fn of_very_many_unread_lines_the_latest_are_counted() {
    let app = TestApp::new().await;
    let ana = app.sign_in("ana", Role::Author).await;
    let rita = app.sign_in("rita", Role::Reader).await;
    let open = form("Open", "## Summary\n\nx\n", "publish");
    ana.write(&open).await;
    ana.write(&with(open.clone(), "visibility", "restricted"))
        .await;
    let count = format!("SELECT unread_notifications({})::text AS text", rita.id);
    let told = |report: &str, lines: usize| {
        format!(
            "INSERT INTO notifications (person_id, kind, report_id, link, actor_name)
            SELECT {}, 'mentioned', r.id, '/x', 'ana' FROM reports r, generate_series(1, {lines}) WHERE r.number = {report}",
            rita.id
        )
    };
    app.sql(&told("1", 150)).await;
    assert_eq!(app.rows(&count).await, ["100"]);
    app.sql(&told("2", 990)).await;
    assert_eq!(
        app.rows(&count).await,
        ["10"],
        "hidden ones are looked at, and not counted"
    );
    app.sql(&told("2", 10)).await;
    assert_eq!(app.rows(&count).await, ["0"]);
    app.finish().await;
}
