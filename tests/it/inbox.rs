//! The inbox: who is told, what it shows, and that nobody hears of a report they may not see.

use hansei::accounts::Role;

use crate::support::app::{Answer, TestApp};
use crate::support::people::Browser;
use crate::writing::{TEXT, form, with};

/// The number beside “Inbox”, as the page says it.
fn badge(page: &Answer) -> u32 {
    let (_, rest) = page.body.split_once("class=\"inbox-link\"").unwrap();
    let link = rest.split("</a>").next().unwrap();
    link.split_once("<b class=\"badge\">")
        .map_or(0, |(_, rest)| {
            rest.split('<').next().unwrap().parse().unwrap()
        })
}

/// The lines of an inbox page.
fn lines(page: &Answer) -> usize {
    page.body.matches("class=\"inbox-line").count()
}

fn unread(page: &Answer) -> usize {
    page.body.matches("inbox-unread").count()
}

/// The number of the latest notification that can be marked.
fn first_id(page: &Answer) -> String {
    page.input("id").unwrap()
}

async fn say(browser: &Browser<'_>, key: &str, text: &str) {
    let path = format!("/reports/{key}/comments");
    browser.post(&path, &[("text", text)]).await.is(303);
}

#[tokio::test]
async fn what_is_unread_comes_first_and_can_be_marked() {
    let app = TestApp::new().await;
    let ana = app.sign_in("ana", Role::Author).await;
    let ben = app.sign_in("ben", Role::Reader).await;
    let empty = ana.get("/inbox").await.is(200);
    assert!(empty.body.contains("Nothing here."), "{}", empty.body);
    assert_eq!(badge(&empty), 0);

    let key = ana.write(&form("Queue full", TEXT, "publish")).await;
    for text in ["One", "Two", "Three"] {
        say(&ben, &key, text).await;
    }
    // Whoever did it is not told.
    assert_eq!(badge(&ben.get("/").await.is(200)), 0);
    let page = ana.get("/inbox").await.is(200);
    assert_eq!((badge(&page), lines(&page), unread(&page)), (3, 3, 3));
    assert!(page.body.contains("<strong>ben</strong> commented on"));
    assert!(page.body.contains("Queue full"), "{}", page.body);
    assert_eq!(badge(&ana.get(&format!("/reports/{key}")).await.is(200)), 3);

    // Opening one leads there.
    let id = first_id(&page);
    let opened = ana.post("/inbox/open", &[("id", &id)]).await.is(303);
    assert_eq!(
        opened.header("location"),
        format!("/reports/{key}/comments?at=3#comment-3")
    );
    let page = ana.get("/inbox").await.is(200);
    assert_eq!((badge(&page), lines(&page), unread(&page)), (2, 3, 2));
    let next = first_id(&page);
    assert_ne!(next, id, "what was read stands below");
    ana.post("/inbox/read", &[("id", &next)]).await.is(303);
    assert_eq!(badge(&ana.get("/").await.is(200)), 1);

    // All: those that were on the page, not what came since.
    let page = ana.get("/inbox").await.is(200);
    let upto = page.input("upto").unwrap();
    say(&ben, &key, "Four").await;
    ana.post("/inbox/read", &[("upto", &upto)]).await.is(303);
    assert_eq!(badge(&ana.get("/").await.is(200)), 1);

    // Nobody marks or opens what is another's.
    let page = ana.get("/inbox").await.is(200);
    let id = first_id(&page);
    for path in ["/inbox/open", "/inbox/read"] {
        ben.post(path, &[("id", &id)]).await.is(404);
        ana.post(path, &[("id", "x")]).await.is(404);
    }
    ben.post("/inbox/read", &[("upto", "999999")]).await.is(303);
    assert_eq!(badge(&ana.get("/").await.is(200)), 1);
    app.finish().await;
}

#[tokio::test]
async fn many_have_pages() {
    let app = TestApp::new().await;
    let ana = app.sign_in("ana", Role::Author).await;
    let key = ana.write(&form("Queue full", TEXT, "publish")).await;
    app.sql(&format!(
        "INSERT INTO notifications (person_id, kind, report_id, link, actor_name)
         SELECT {}, 'published', r.id, '/reports/{key}?n=' || n, 'bot' FROM reports r, generate_series(1, 120) AS n",
        ana.id
    ))
    .await;
    let page = ana.get("/inbox").await.is(200);
    assert_eq!((badge_text(&page), lines(&page)), ("99+", 50));
    assert!(
        page.body.contains("href=\"/inbox?page&#x3D;2\""),
        "{}",
        page.body
    );
    let last = ana.get("/inbox?page=3").await.is(200);
    assert_eq!(lines(&last), 20);
    assert!(!last.body.contains("Older"));
    for odd in ["0", "-1", "x", "4", "99999999999999999999"] {
        ana.get(&format!("/inbox?page={odd}")).await.is(200);
    }
    app.finish().await;
}

fn badge_text(page: &Answer) -> &str {
    let (_, rest) = page.body.split_once("<b class=\"badge\">").unwrap();
    rest.split('<').next().unwrap()
}

#[tokio::test]
async fn what_somebody_may_not_see_is_not_told_and_not_counted() {
    let app = TestApp::new().await;
    let author = app.sign_in("author", Role::Author).await;
    let open = author.write(&form("Apple", TEXT, "publish")).await;
    let draft = author.write(&form("Banana", TEXT, "save")).await;
    let secret = author
        .write(&with(
            form("Cherry", TEXT, "publish"),
            "visibility",
            "restricted",
        ))
        .await;
    let viewer = app.sign_in("viewer", Role::Reader).await;
    let mate = app.sign_in("mate", Role::Author).await;
    let asked = app.sign_in("asked", Role::Reader).await;
    let everybody = [
        (app.sign_in("reader", Role::Reader).await, "Apple"),
        (app.sign_in("other", Role::Author).await, "Apple Banana"),
        (
            app.sign_in("admin", Role::Admin).await,
            "Apple Banana Cherry",
        ),
    ];
    // The other two see the restricted one by name and by team.
    app.sql(&format!(
        "INSERT INTO teams (name) VALUES ('night');
         INSERT INTO team_members (team_id, person_id) SELECT id, {mate} FROM teams;
         INSERT INTO report_viewers (report_id, person_id) SELECT id, {viewer} FROM reports WHERE title = 'Cherry';
         INSERT INTO report_viewers (report_id, team_id) SELECT r.id, t.id FROM reports r, teams t WHERE r.title = 'Cherry';
         INSERT INTO participant_accounts (report_id, person_id, asked_by_name, asked_at) SELECT id, {asked}, 'author', now() FROM reports;
         INSERT INTO notifications (person_id, kind, report_id, link, actor_name)
            SELECT p.id, k.kind, r.id, '/reports/PM-' || r.number || '#' || k.kind, 'bot'
            FROM people p, reports r, (VALUES ('mentioned'), ('account_asked')) AS k (kind)",
        mate = mate.id,
        viewer = viewer.id,
        asked = asked.id,
    ))
    .await;
    let mut all = vec![
        (viewer, "Apple Cherry"),
        (mate, "Apple Banana Cherry"),
        (author, "Apple Banana Cherry"),
    ];
    all.extend(everybody);
    for (browser, sees) in &all {
        let page = browser.get("/inbox").await.is(200);
        for title in ["Apple", "Banana", "Cherry"] {
            let count = if sees.contains(title) { 2 } else { 0 };
            assert_eq!(
                page.body.matches(title).count(),
                count,
                "{title}: {}",
                page.body
            );
        }
        let expected = sees.split(' ').count() * 2;
        assert_eq!(lines(&page), expected);
        assert_eq!(usize::try_from(badge(&page)).unwrap(), expected, "{sees}");
    }
    // Whoever is asked for an account of an open report hears of that, and of nothing else about a draft.
    let page = asked.get("/inbox").await.is(200);
    let told: Vec<usize> = ["Apple", "Banana", "Cherry"]
        .iter()
        .map(|title| page.body.matches(title).count())
        .collect();
    assert_eq!(told, [2, 1, 0]);
    assert_eq!(badge(&page), 3);
    let id = app
        .rows(&format!(
            "SELECT n.id::text AS text FROM notifications n JOIN reports r ON r.id = n.report_id WHERE n.person_id = {} AND r.title = 'Cherry'",
            asked.id
        ))
        .await;
    for id in id {
        asked.post("/inbox/open", &[("id", &id)]).await.is(404);
    }

    // What is closed later goes from the inbox, and comes back with the report.
    let (reader, _) = all.iter().find(|(_, sees)| *sees == "Apple").unwrap();
    app.sql("UPDATE reports SET visibility = 'restricted' WHERE title = 'Apple'")
        .await;
    let page = reader.get("/inbox").await.is(200);
    assert_eq!((lines(&page), badge(&page)), (0, 0));
    assert!(!page.body.contains("Apple"));
    app.sql("UPDATE reports SET visibility = 'open' WHERE title = 'Apple'")
        .await;
    assert_eq!(badge(&reader.get("/inbox").await.is(200)), 2);
    for key in [open, draft, secret] {
        assert!(key.starts_with("PM-"));
    }
    app.finish().await;
}
