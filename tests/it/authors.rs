//! Who the authors of a report are: named, taken off, never none.

use hansei::accounts::Role;

use crate::support::app::TestApp;
use crate::support::people::Browser;

const REPORT: [(&str, &str); 5] = [
    ("title", "Leaked key"),
    ("kind", "incident"),
    ("visibility", "restricted"),
    ("document", "## Summary\n\nA marmot found it.\n"),
    ("do", "save"),
];

async fn change(browser: &Browser<'_>, key: &str, fields: &[(&str, &str)], status: u16) -> String {
    let path = format!("/reports/{key}/access");
    browser.post(&path, fields).await.is(status).body
}

#[tokio::test]
async fn a_restricted_report_can_have_several_who_write_it() {
    let app = TestApp::new().await;
    let ana = app.sign_in("ana", Role::Author).await;
    let bob = app.sign_in("bob", Role::Author).await;
    app.person("rita", Role::Reader).await;
    let key = ana.write(&REPORT).await;
    let edit = format!("/reports/{key}/edit");
    bob.get(&edit).await.is(404);
    change(&bob, &key, &[("do", "add_author"), ("person", "bob")], 404).await;
    // Named as a reader, they read it and no more.
    change(&ana, &key, &[("do", "add_person"), ("person", "bob")], 303).await;
    bob.get(&format!("/reports/{key}")).await.is(200);
    bob.get(&edit).await.is(403);
    for _twice in 0..2 {
        change(&ana, &key, &[("do", "add_author"), ("person", "bob")], 303).await;
    }
    bob.get(&edit).await.is(200);
    bob.get(&format!("/reports/{key}/access")).await.is(200);
    app.indexed().await;
    assert!(bob.get("/search?q=marmot").await.body.contains(&key));
    // Who does not write is no author.
    let refused = change(&bob, &key, &[("do", "add_author"), ("person", "rita")], 422).await;
    assert!(refused.contains("does not write them") && refused.contains("value=\"rita\""));
    // The first may leave; the last stays.
    let off = |id| format!("person-{id}");
    let first = [("do", "remove_author"), ("viewer", &*off(ana.id))];
    let left = ana
        .post(&format!("/reports/{key}/access"), &first)
        .await
        .is(303);
    assert_eq!(left.header("location"), "/");
    ana.get(&edit).await.is(404);
    change(&bob, &key, &first, 303).await;
    let last = off(bob.id);
    let last = [("do", "remove_author"), ("viewer", last.as_str())];
    let refused = change(&bob, &key, &last, 422).await;
    assert!(refused.contains("Name another author first"), "{refused}");
    for wrong in ["team-1", "everybody", ""] {
        let fields = [("do", "remove_author"), ("viewer", wrong)];
        change(&bob, &key, &fields, 422).await;
    }
    let log = app
        .rows(
            "SELECT concat_ws(' ', actor, action, details ->> 'about_person') AS text FROM audit_log
             WHERE action LIKE '%author' ORDER BY id",
        )
        .await;
    assert_eq!(
        log,
        [
            format!("ana add_author {}", bob.id),
            format!("ana remove_author {}", ana.id)
        ]
    );
    app.finish().await;
}

#[tokio::test]
async fn somebody_suspended_is_shown_as_such_and_is_not_the_author_that_must_stay() {
    let app = TestApp::new().await;
    let ana = app.sign_in("ana", Role::Author).await;
    app.person("gone", Role::Author).await;
    app.person("left", Role::Author).await;
    let key = ana.write(&REPORT).await;
    for (action, name) in [("add_author", "gone"), ("add_person", "left")] {
        change(&ana, &key, &[("do", action), ("person", name)], 303).await;
    }
    app.sql("UPDATE people SET suspended_at = now() WHERE name IN ('gone', 'left')")
        .await;
    let page = ana
        .get(&format!("/reports/{key}/access"))
        .await
        .is(200)
        .body;
    assert_eq!(page.matches("Suspended</span>").count(), 2, "{page}");
    let own = format!("person-{}", ana.id);
    let last = [("do", "remove_author"), ("viewer", own.as_str())];
    change(&ana, &key, &last, 422).await;
    app.finish().await;
}

#[tokio::test]
async fn those_named_in_one_field_are_counted_once_and_told_apart() {
    let app = TestApp::new().await;
    let ana = app.sign_in("ana", Role::Author).await;
    let admin = app.sign_in("admin", Role::Admin).await;
    let quay = app.person("quay", Role::Reader).await;
    admin
        .post("/admin/teams", &[("name", "Quay")])
        .await
        .is(303);
    admin
        .post("/admin/teams/1", &[("do", "add"), ("person", "ana")])
        .await
        .is(303);
    let mut fields = REPORT.to_vec();
    fields.push(("viewers", "quay"));
    let refused = ana.post("/reports", &fields).await.is(422).body;
    assert!(
        refused.contains("Both a person and a team are called “quay”"),
        "{refused}"
    );
    // The same name over and over is one.
    let often = "quay@example.org, QUAY@example.org,\n".repeat(150);
    fields.pop();
    fields.push(("viewers", &often));
    ana.write(&fields).await;
    assert_eq!(
        app.rows("SELECT person_id::text AS text FROM report_viewers")
            .await,
        [quay.to_string()]
    );
    let many: Vec<String> = (0..201).map(|n| format!("p{n}@example.org")).collect();
    let many = many.join(",");
    fields.pop();
    fields.push(("viewers", &many));
    let refused = ana.post("/reports", &fields).await.is(422).body;
    assert!(refused.contains("At most 200"), "{refused}");
    app.finish().await;
}
