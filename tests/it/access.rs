//! Who may read a restricted report: naming people and teams, restricting and opening; and teams themselves.

use hansei::accounts::Role;

use crate::support::app::TestApp;
use crate::support::people::Browser;

/// What the log says of publishing without a review.
const PUBLISHED: &str =
    "author publish_report {\"how\": \"without_review\", \"words\": \"others need to know\"}";

fn report<'a>(visibility: &'a str, action: &'a str) -> [(&'a str, &'a str); 5] {
    [
        ("title", "Leaked key"),
        ("kind", "incident"),
        ("visibility", visibility),
        ("document", "## Summary\n\nA marmot found it.\n"),
        ("do", action),
    ]
}

async fn change(browser: &Browser<'_>, key: &str, fields: &[(&str, &str)], status: u16) -> String {
    let path = format!("/reports/{key}/access");
    browser.post(&path, fields).await.is(status).body
}

/// Whether somebody can read it, find it, and is told of it.
async fn sees(app: &TestApp, browser: &Browser<'_>, key: &str) -> bool {
    app.indexed().await;
    let read = browser.get(&format!("/reports/{key}")).await.status;
    let found = browser.get("/search?q=marmot").await.is(200).body;
    let is_found = found.contains(key);
    assert_eq!(read == 200, is_found, "read {read}, found {is_found}");
    read == 200
}

async fn audit(app: &TestApp) -> Vec<String> {
    app.rows(
        "SELECT concat_ws(' ', actor, action, details::text) AS text FROM audit_log WHERE report_id IS NOT NULL ORDER BY id",
    )
    .await
}

#[tokio::test]
async fn people_and_teams_are_named_and_removed() {
    let app = TestApp::new().await;
    let author = app.sign_in("author", Role::Author).await;
    let reader = app.sign_in("reader", Role::Reader).await;
    let member = app.sign_in("member", Role::Reader).await;
    let admin = app.sign_in("admin", Role::Admin).await;
    let key = author.write(&report("restricted", "publish")).await;
    assert!(!sees(&app, &reader, &key).await);
    // By name or address, whatever the case; twice is once.
    for typed in ["reader", " READER@example.org ", "reader"] {
        change(
            &author,
            &key,
            &[("do", "add_person"), ("person", typed)],
            303,
        )
        .await;
    }
    assert!(sees(&app, &reader, &key).await);
    admin
        .post("/admin/teams", &[("name", "Security")])
        .await
        .is(303);
    // A team without people is not there for authors: reports alone name such.
    let empty = [("do", "add_team"), ("team", "Security")];
    let refused = change(&author, &key, &empty, 422).await;
    assert!(refused.contains("There is no team") && refused.contains("value=\"Security\""));
    admin
        .post("/admin/teams/1", &[("do", "add"), ("person", "member")])
        .await
        .is(303);
    assert!(!sees(&app, &member, &key).await);
    change(
        &author,
        &key,
        &[("do", "add_team"), ("team", "security")],
        303,
    )
    .await;
    assert!(sees(&app, &member, &key).await);
    let page = author
        .get(&format!("/reports/{key}/access"))
        .await
        .is(200)
        .body;
    for shown in [
        "Author</span>",
        "Named</span>",
        "Team</span>",
        "Administrator</span>",
        "reader@example.org",
    ] {
        assert!(page.contains(shown), "{shown}: {page}");
    }
    // Whoever leaves the team sees it no more; nor do those whose name is taken off.
    let out = [("do", "remove"), ("member", &member.id.to_string())];
    admin.post("/admin/teams/1", &out).await.is(303);
    assert!(!sees(&app, &member, &key).await);
    let off = format!("person-{}", reader.id);
    for _twice in 0..2 {
        change(&author, &key, &[("do", "remove"), ("viewer", &off)], 303).await;
    }
    assert!(!sees(&app, &reader, &key).await);
    change(
        &author,
        &key,
        &[("do", "remove"), ("viewer", "team-1")],
        303,
    )
    .await;
    let log = audit(&app).await;
    let about = format!("{{\"about_person\": {}}}", reader.id);
    assert_eq!(
        log,
        [
            PUBLISHED.to_owned(),
            format!("author add_viewer {about}"),
            "author add_viewer {\"team\": 1}".to_owned(),
            format!("author remove_viewer {about}"),
            "author remove_viewer {\"team\": 1}".to_owned(),
        ]
    );
    app.finish().await;
}

#[tokio::test]
async fn a_name_that_is_not_known_comes_back_beside_its_field() {
    let app = TestApp::new().await;
    let author = app.sign_in("author", Role::Author).await;
    app.person("twin", Role::Reader).await;
    app.sql("INSERT INTO people (email, name) VALUES ('other@example.org', 'Twin')")
        .await;
    app.sql(
        "INSERT INTO people (email, name, suspended_at) VALUES ('gone@example.org', 'Gone', now())",
    )
    .await;
    let key = author.write(&report("restricted", "save")).await;
    for (typed, said) in [
        ("<b>nobody", "Nobody with an account"),
        ("", "Type the e-mail address"),
        ("twin", "More than one person"),
        ("gone@example.org", "Nobody with an account"),
    ] {
        let page = change(
            &author,
            &key,
            &[("do", "add_person"), ("person", typed)],
            422,
        )
        .await;
        assert!(page.contains(said), "{typed}: {page}");
        assert!(page.contains("id=\"f-person-problem\""), "{page}");
        let kept = typed.replace('<', "&lt;").replace('>', "&gt;");
        assert!(page.contains(&format!("value=\"{kept}\"")), "{page}");
    }
    change(
        &author,
        &key,
        &[("do", "add_person"), ("person", "twin@example.org")],
        303,
    )
    .await;
    for wrong in [
        &[("do", "remove"), ("viewer", "everybody")][..],
        &[("do", "remove")],
        &[("do", "delete_all")],
        &[],
    ] {
        change(&author, &key, wrong, 422).await;
    }
    // Names that were never on it: nothing happens.
    for never in ["person-999999", "team-7", "person--1"] {
        change(&author, &key, &[("do", "remove"), ("viewer", never)], 303).await;
    }
    assert_eq!(
        app.rows("SELECT count(*)::text AS text FROM report_viewers")
            .await,
        ["1"]
    );
    app.finish().await;
}

#[tokio::test]
async fn restricting_and_opening_are_saves_that_the_history_tells() {
    let app = TestApp::new().await;
    let author = app.sign_in("author", Role::Author).await;
    let other = app.sign_in("other", Role::Author).await;
    let key = author.write(&report("open", "publish")).await;
    assert!(sees(&app, &other, &key).await);
    // Somebody else has the form open meanwhile.
    let form = other.get(&format!("/reports/{key}/edit")).await.is(200);
    assert!(!form.body.contains("/access"), "not theirs to choose");
    for _twice in 0..2 {
        change(&author, &key, &[("do", "restrict")], 303).await;
    }
    assert!(!sees(&app, &other, &key).await);
    assert!(sees(&app, &author, &key).await);
    let edit = author.get(&format!("/reports/{key}/edit")).await.is(200);
    assert!(edit.body.contains(&format!("/reports/{key}/access")));
    assert_eq!(edit.input("base_revision").as_deref(), Some("2"));
    other
        .post(&format!("/reports/{key}/access"), &[("do", "open")])
        .await
        .is(404);
    change(&author, &key, &[("do", "open")], 303).await;
    assert!(sees(&app, &other, &key).await);
    // Those who write may read and change an open report, but not choose who reads it.
    other
        .post(&format!("/reports/{key}/access"), &[("do", "restrict")])
        .await
        .is(403);
    assert_eq!(
        app.rows("SELECT note AS text FROM revisions ORDER BY number")
            .await,
        [
            "",
            "Restricted to those named on it",
            "Opened to everyone in the organisation"
        ]
    );
    let documents = app
        .rows("SELECT document AS text FROM revisions ORDER BY number")
        .await;
    let says: Vec<bool> = documents
        .iter()
        .map(|it| it.contains("visibility: restricted"))
        .collect();
    assert_eq!(says, [false, true, false]);
    // The form of the report says the same in the log.
    let mut fields = report("restricted", "save").to_vec();
    fields.push(("base_revision", "3"));
    author
        .post(&format!("/reports/{key}/edit"), &fields)
        .await
        .is(303);
    let actions: Vec<String> = audit(&app).await;
    assert_eq!(
        actions,
        [
            PUBLISHED,
            "author restrict_report {}",
            "author open_report {}",
            "author restrict_report {}"
        ]
    );
    app.finish().await;
}

#[tokio::test]
async fn a_new_report_is_restricted_with_names_in_one_go() {
    let app = TestApp::new().await;
    let author = app.sign_in("author", Role::Author).await;
    let reader = app.sign_in("reader", Role::Reader).await;
    let form = author.get("/reports/new?template=security").await.is(200);
    assert!(form.body.contains("name=\"viewers\""));
    let once = form.input("once").unwrap();
    let mut fields = report("restricted", "publish").to_vec();
    fields.push(("once", &once));
    fields.push(("viewers", "reader, nobody"));
    let refused = author.post("/reports", &fields).await.is(422);
    assert!(
        refused.body.contains("href=\"#f-viewers\"")
            && refused.body.contains("value=\"reader, nobody\"")
    );
    assert_eq!(app.rows("SELECT title AS text FROM reports").await, [""; 0]);
    fields.pop();
    fields.push(("viewers", "reader@example.org, Reader"));
    let key = author.write(&fields).await;
    assert_eq!(
        author.write(&fields).await,
        key,
        "sent twice, it is one report"
    );
    assert!(sees(&app, &reader, &key).await);
    assert_eq!(
        app.rows("SELECT count(*)::text AS text FROM report_viewers")
            .await,
        ["1"]
    );
    app.finish().await;
}

#[tokio::test]
async fn so_many_can_be_named_and_no_more() {
    let app = TestApp::new().await;
    let author = app.sign_in("author", Role::Author).await;
    let key = author.write(&report("restricted", "save")).await;
    app.sql(
        "INSERT INTO people (email, name) SELECT format('p%s@example.org', n), format('P %s', n) FROM generate_series(1, 201) n;
         INSERT INTO report_viewers (report_id, person_id) SELECT r.id, p.id FROM reports r, people p WHERE p.name LIKE 'P %' AND p.name <> 'P 201'",
    )
    .await;
    let page = change(
        &author,
        &key,
        &[("do", "add_person"), ("person", "P 201")],
        422,
    )
    .await;
    assert!(page.contains("At most 200"), "{page}");
    app.finish().await;
}

#[tokio::test]
async fn teams_are_made_renamed_and_filled_by_administrators() {
    let app = TestApp::new().await;
    let admin = app.sign_in("admin", Role::Admin).await;
    let ada = app.person("ada", Role::Reader).await;
    // A report makes a team of its own accord; nobody is in it.
    let mut fields = report("open", "publish").to_vec();
    fields.push(("teams", "Harbour"));
    let key = admin.write(&fields).await;
    let list = admin.get("/admin/teams").await.is(200).body;
    assert!(list.contains("Harbour") && list.contains("nobody in it"));
    for (typed, said) in [
        ("", "Enter a name"),
        (" harbour ", "There is a team with this name already."),
        (&"x".repeat(201), "Enter a name"),
    ] {
        let page = admin
            .post("/admin/teams", &[("name", typed)])
            .await
            .is(422)
            .body;
        assert!(page.contains(said), "{typed}: {page}");
        assert!(page.contains(&format!("value=\"{typed}\"")), "{page}");
    }
    let made = admin
        .post("/admin/teams", &[("name", " Payments ")])
        .await
        .is(303);
    let team = made.header("location").to_owned();
    let wrong = admin
        .post(&team, &[("do", "rename"), ("name", "HARBOUR")])
        .await
        .is(422);
    assert!(
        wrong
            .body
            .contains("There is a team with this name already.")
    );
    for _twice in 0..2 {
        admin
            .post(&team, &[("do", "add"), ("person", "Ada")])
            .await
            .is(303);
    }
    let wrong = admin
        .post(&team, &[("do", "add"), ("person", "Bob")])
        .await
        .is(422);
    assert!(wrong.body.contains("value=\"Bob\"") && wrong.body.contains("f-person-problem"));
    let page = admin.get(&team).await.is(200).body;
    assert!(page.contains("ada@example.org"));
    for _twice in 0..2 {
        let out = [("do", "remove"), ("member", &ada.to_string())];
        admin.post(&team, &out).await.is(303);
    }
    assert!(admin.get(&team).await.body.contains("Nobody is in it yet."));
    // A team that reports name changes its name there as well, and in the index.
    let harbour = app
        .rows("SELECT id::text AS text FROM teams WHERE name = 'Harbour'")
        .await;
    let harbour = format!("/admin/teams/{}", harbour[0]);
    admin
        .post(&harbour, &[("do", "rename"), ("name", "Quay")])
        .await
        .is(303);
    assert!(
        admin
            .get(&format!("/reports/{key}"))
            .await
            .body
            .contains("Quay")
    );
    app.indexed().await;
    assert!(
        admin
            .get("/search?team=quay")
            .await
            .is(200)
            .body
            .contains(&key)
    );
    for (path, status) in [
        ("/admin/teams/999", 404),
        ("/admin/teams/x", 404),
        ("/admin/teams/99999999999999999999", 404),
    ] {
        admin.get(path).await.is(status);
        admin
            .post(path, &[("do", "rename"), ("name", "Z")])
            .await
            .is(status);
    }
    admin.post(&team, &[("do", "add")]).await.is(422);
    admin.post(&team, &[]).await.is(400);
    let log = app
        .rows("SELECT action AS text FROM audit_log WHERE action LIKE '%team%' ORDER BY id")
        .await;
    assert_eq!(
        log,
        [
            "add_team",
            "add_team_member",
            "remove_team_member",
            "rename_team"
        ]
    );
    app.finish().await;
}
