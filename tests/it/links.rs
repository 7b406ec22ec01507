//! Links between reports, what was known when, and past reports like the one being written.

use hansei::accounts::Role;

use crate::support::app::{TestApp, unescape};
use crate::support::people::Browser;
use crate::writing::{TEXT, form, with};

const TIMELINE: &str = "## Summary\n\nOrders failed.\n\n## Timeline\n\n- 2026-11-17 14:00 UTC [trigger] The hidden limit was lowered\n  - known at: 2026-11-17 14:45 UTC\n- 2026-11-17 14:20 UTC [detect] An alert rang\n- 2026-11-17 15:00 UTC [recover] Everything was restarted\n";

async fn link(browser: &Browser<'_>, from: &str, to: &str, kind: &str) -> u16 {
    let fields = [
        ("to", to),
        ("kind", kind),
        ("why", "The same queue filled up."),
    ];
    let answer = browser
        .post(&format!("/reports/{from}/links"), &fields)
        .await;
    answer.status
}

#[tokio::test]
async fn what_is_said_already_is_done_also_from_the_other_end_where_both_say_the_same() {
    let app = TestApp::new().await;
    let ana = app.sign_in("ana", Role::Author).await;
    for title in ["Queue full", "Queue full again"] {
        ana.write(&form(title, TEXT, "publish")).await;
    }
    let link = |to, kind, why| [("to", to), ("kind", kind), ("why", why)];
    for kind in ["recurrence_of", "similar_to"] {
        for _twice in 0..2 {
            ana.post("/reports/PM-2/links", &link("PM-1", kind, " Alike "))
                .await
                .is(303);
        }
    }
    let other = ana
        .post(
            "/reports/PM-2/links",
            &link("PM-1", "similar_to", "Otherwise"),
        )
        .await
        .is(422);
    assert!(other.body.contains("linked like this already"));
    let reverse = ana
        .post("/reports/PM-1/links", &link("PM-2", "similar_to", "Alike"))
        .await
        .is(422);
    assert!(reverse.body.contains("PM-2 says this of both already"));
    // What is not the same from both ends may be said from both.
    ana.post("/reports/PM-1/links", &link("PM-2", "caused_by", ""))
        .await
        .is(303);
    let stored = "SELECT kind AS text FROM report_links ORDER BY id";
    assert_eq!(
        app.rows(stored).await,
        ["recurrence_of", "similar_to", "caused_by"]
    );
    app.finish().await;
}

#[tokio::test]
async fn a_link_is_shown_on_both_reports_with_its_reason_and_who_said_it() {
    let app = TestApp::new().await;
    let ana = app.sign_in("ana", Role::Author).await;
    let rita = app.sign_in("rita", Role::Reader).await;
    let first = ana.write(&form("Queue full", TEXT, "publish")).await;
    let second = ana.write(&form("Queue full again", TEXT, "publish")).await;
    let page = rita.get(&format!("/reports/{first}")).await.is(200);
    assert!(!page.body.contains("id=\"links\""), "nothing to show");

    let fields = [
        ("to", "https://hansei.example.org/reports/PM-1#timeline"),
        ("kind", "recurrence_of"),
        ("why", "<b>Same</b> queue"),
    ];
    let said = ana.post("/reports/PM-2/links", &fields).await.is(303);
    assert_eq!(said.header("location"), "/reports/PM-2#links");
    let page = rita.get(&format!("/reports/{second}")).await.is(200);
    for part in [
        "Recurrence of",
        "href=\"/reports/PM-1\"",
        "&lt;b&gt;Same&lt;/b&gt; queue",
        "ana, ",
    ] {
        assert!(page.body.contains(part), "{part}: {}", page.body);
    }
    assert!(
        !page.body.contains("/reports/PM-2/links"),
        "readers change nothing"
    );
    let page = rita.get(&format!("/reports/{first}")).await.is(200);
    assert!(page.body.contains("Recurred in") && page.body.contains("Queue full again"));
    let page = ana.get("/reports/PM-1/links").await.is(200);
    assert!(
        page.body.contains("href=\"/reports/PM-2/links\""),
        "removed where it was said"
    );

    // Twice is told beside the field, and what was typed is kept.
    let again = [("to", "PM-1"), ("kind", "recurrence_of"), ("why", "typed")];
    let page = ana.post("/reports/PM-2/links", &again).await.is(422);
    assert!(page.body.contains("linked like this already"));
    assert_eq!(page.input("why").as_deref(), Some("typed"));

    let id = app.rows("SELECT id::text AS text FROM report_links").await;
    // It is not of the other report, and is taken back where it is said.
    let page = ana
        .post(&format!("/reports/PM-1/links/{}/remove", id[0]), &[])
        .await
        .is(409);
    assert!(page.body.contains("said on PM-2"));
    assert_eq!(
        app.rows("SELECT id::text AS text FROM report_links")
            .await
            .len(),
        1
    );
    for _ in 0..2 {
        ana.post(&format!("/reports/PM-2/links/{}/remove", id[0]), &[])
            .await
            .is(303);
    }
    assert_eq!(
        app.rows("SELECT id::text AS text FROM report_links")
            .await
            .len(),
        0
    );
    let audit = "SELECT action || ' ' || details::text AS text FROM audit_log WHERE action LIKE '%_link' ORDER BY id";
    assert_eq!(
        app.rows(audit).await,
        [
            "add_link {\"to\": \"PM-1\", \"kind\": \"recurrence_of\"}",
            "remove_link {\"to\": \"PM-1\", \"kind\": \"recurrence_of\"}"
        ]
    );
    app.finish().await;
}

#[tokio::test]
async fn bad_input_is_told_beside_the_field() {
    let app = TestApp::new().await;
    let ana = app.sign_in("ana", Role::Author).await;
    ana.write(&form("A", TEXT, "publish")).await;
    ana.write(&form("B", TEXT, "publish")).await;
    let long = "x".repeat(501);
    for (fields, said) in [
        (
            [("to", ""), ("kind", "similar_to"), ("why", "")],
            "such as PM-9",
        ),
        (
            [("to", "PM-1"), ("kind", "similar_to"), ("why", "")],
            "not linked to itself",
        ),
        (
            [("to", "PM-77"), ("kind", "similar_to"), ("why", "")],
            "There is no report PM-77",
        ),
        (
            [("to", "PM-2"), ("kind", "enemy_of"), ("why", "")],
            "Choose what this report is",
        ),
        (
            [
                ("to", "PM-2"),
                ("kind", "similar_to"),
                ("why", long.as_str()),
            ],
            "At most 500 characters",
        ),
    ] {
        let page = ana.post("/reports/PM-1/links", &fields).await.is(422);
        assert!(page.body.contains(said), "{said}: {}", page.body);
    }
    // An address can fill in the form.
    let page = ana
        .get("/reports/PM-1/links?to=PM-2&kind=caused_by")
        .await
        .is(200);
    assert_eq!(page.input("to").as_deref(), Some("PM-2"));
    assert!(page.body.contains("value=\"caused_by\" selected"));
    ana.post("/reports/PM-1/links/x/remove", &[]).await.is(404);
    app.finish().await;
}

#[tokio::test]
async fn links_tell_nothing_of_reports_that_somebody_may_not_see() {
    let app = TestApp::new().await;
    let admin = app.sign_in("admin", Role::Admin).await;
    let ana = app.sign_in("ana", Role::Author).await;
    let open = ana.write(&form("Open", TEXT, "publish")).await;
    let secret = with(form("Secret", TEXT, "publish"), "visibility", "restricted");
    let secret = admin.write(&secret).await;
    // To whom it is invisible, it is as if it were not.
    let page = ana
        .post(
            &format!("/reports/{open}/links"),
            &[("to", secret.as_str()), ("kind", "similar_to"), ("why", "")],
        )
        .await
        .is(422);
    assert!(page.body.contains(&format!("There is no report {secret}.")));
    assert_eq!(link(&admin, &open, &secret, "recurrence_of").await, 303);
    assert_eq!(link(&admin, &secret, &open, "caused_by").await, 303);

    let page = admin.get(&format!("/reports/{open}")).await.is(200);
    assert!(page.body.contains("Recurrence of") && page.body.contains("Led to"));
    for path in ["/reports/PM-1", "/reports/PM-1/links"] {
        let page = ana.get(path).await.is(200);
        for told in ["Secret", "PM-2", "Recurrence of<", "same queue"] {
            assert!(!page.body.contains(told), "{path}: {told}");
        }
    }
    // Nor can it be taken away unseen.
    for id in app.rows("SELECT id::text AS text FROM report_links").await {
        ana.post(&format!("/reports/{open}/links/{id}/remove"), &[])
            .await
            .is(303);
    }
    assert_eq!(
        app.rows("SELECT id::text AS text FROM report_links")
            .await
            .len(),
        2
    );
    // With the report, its links go.
    app.sql("DELETE FROM reports WHERE number = 2").await;
    assert_eq!(
        app.rows("SELECT id::text AS text FROM report_links")
            .await
            .len(),
        0
    );
    app.finish().await;
}

#[tokio::test]
async fn a_report_can_be_read_as_far_as_it_was_known() {
    let app = TestApp::new().await;
    let ana = app.sign_in("ana", Role::Author).await;
    let rita = app.sign_in("rita", Role::Reader).await;
    let key = ana.write(&form("Orders", TIMELINE, "publish")).await;
    let path = format!("/reports/{key}");
    let page = rita.get(&path).await.is(200);
    let body = unescape(&page.body);
    assert!(body.contains("href=\"/reports/PM-1?known=first\""));
    assert!(
        page.body
            .contains("known <time datetime=\"2026-11-17T14:45:00Z\">14:45</time>")
    );

    let page = rita.get(&format!("{path}?known=first")).await.is(200);
    assert!(page.body.contains("17 Nov 2026, 14:20") && page.body.contains("learned now"));
    assert!(
        page.body.contains("An alert rang")
            && page
                .body
                .contains("2 events of the timeline were not known yet")
    );
    assert!(!page.body.contains("hidden limit") && !page.body.contains("restarted"));
    assert!(
        !page.body.contains("Orders failed"),
        "the summary is hindsight"
    );
    let body = unescape(&page.body);
    assert!(body.contains("rel=\"next\" href=\"/reports/PM-1?known=2026-11-17T14"));
    for known in ["1", "2026-11-17T14:45:00Z", "2026-11-17T15:59:00%2B01:00"] {
        let page = rita.get(&format!("{path}?known={known}")).await.is(200);
        assert!(
            page.body.contains("hidden limit") && !page.body.contains("restarted"),
            "{known}"
        );
        assert!(page.body.contains("id=\"event-1\"") && page.body.contains("id=\"event-2\""));
    }
    let page = rita.get(&format!("{path}?known=3")).await.is(200);
    assert!(
        page.body
            .contains("By now everything on the timeline was known")
    );
    for wrong in ["0", "9", "noon", "%3Cscript%3E"] {
        let page = rita.get(&format!("{path}?known={wrong}")).await.is(422);
        assert!(page.body.contains("Name a moment such as"), "{wrong}");
    }
    let draft = ana.write(&form("Draft", TIMELINE, "save")).await;
    rita.get(&format!("/reports/{draft}?known=first"))
        .await
        .is(404);
    // Where everything was known at once there is nothing to step through.
    let plain = ana.write(&form("Plain", TEXT, "publish")).await;
    let page = rita.get(&format!("/reports/{plain}")).await.is(200);
    assert!(!page.body.contains("?known="));
    app.finish().await;
}

#[tokio::test]
async fn rows_are_text_and_rows_again() {
    let app = TestApp::new().await;
    let ana = app.sign_in("ana", Role::Author).await;
    let key = ana.write(&form("Orders", TIMELINE, "publish")).await;
    let text = ana.get(&format!("/reports/{key}.md")).await.is(200).body;
    let read = hansei::reports::document::parse(&text).draft;
    let again = hansei::reports::document::parse(&hansei::reports::document::render(&read)).draft;
    assert_eq!(read, again);
    assert_eq!(read.timeline.len(), 3);
    assert_eq!(
        read.timeline[0].known_at.unwrap().to_string(),
        "2026-11-17T14:45:00Z"
    );
    app.finish().await;
}

#[tokio::test]
async fn what_we_may_have_seen_comes_with_reasons_or_not_at_all() {
    let app = TestApp::new().await;
    let admin = app.sign_in("admin", Role::Admin).await;
    let ana = app.sign_in("ana", Role::Author).await;
    let text =
        |factor: &str| format!("{TEXT}\n## Contributing factors\n\n- **{factor}** (contributed)\n");
    let canary = text("No canary");
    let past = ana
        .write(&form("Replica lag after a failover", &canary, "publish"))
        .await;
    ana.write(&form("Certificates expired", TEXT, "publish"))
        .await;
    ana.write(&form("Replica lag, still being written", &canary, "save"))
        .await;
    let secret = with(
        form("Replica secrets after failover", &canary, "publish"),
        "visibility",
        "restricted",
    );
    admin.write(&secret).await;
    app.indexed().await;

    let writing = [
        ("title", "Failover left a replica behind"),
        ("services", "Checkout"),
        ("document", canary.as_str()),
    ];
    let page = ana.post("/reports/similar", &writing).await.is(200);
    for part in [
        "We may have seen this",
        "href=\"/reports/PM-1\"",
        "Same contributing factor: No canary",
        "Same service: checkout",
        "“failover”",
        "“replica”",
    ] {
        assert!(page.body.contains(part), "{part}: {}", page.body);
    }
    for hidden in ["PM-2", "PM-3", "PM-4", "secrets", "<!doctype"] {
        assert!(!page.body.contains(hidden), "{hidden}: {}", page.body);
    }
    // With scripts, a click saves the draft and links it.
    assert!(page.body.contains("data-draft-first"));
    // A common service and common words are not enough.
    let vague = [
        ("title", "The service was slow"),
        ("services", "checkout"),
        ("document", TEXT),
    ];
    let page = ana.post("/reports/similar", &vague).await.is(200);
    assert_eq!(page.body.trim(), "");

    // Beside a stored report: not itself, and one click makes a link.
    let own = ana
        .write(&form("Failover left a replica behind", &canary, "publish"))
        .await;
    app.indexed().await;
    let page = ana
        .post(&format!("/reports/similar?report={own}"), &writing)
        .await
        .is(200);
    assert!(
        !page.body.contains(&format!("href=\"/reports/{own}\"")),
        "{}",
        page.body
    );
    assert!(
        page.body
            .contains(&format!("action=\"/reports/{own}/links\""))
    );
    let (to, why) = (page.input("to").unwrap(), page.input("why").unwrap());
    assert_eq!(to, past);
    let fields = [
        ("to", to.as_str()),
        ("why", why.as_str()),
        ("kind", "recurrence_of"),
    ];
    ana.post(&format!("/reports/{own}/links"), &fields)
        .await
        .is(303);
    let page = ana.get(&format!("/reports/{past}")).await.is(200);
    assert!(
        page.body.contains("Recurred in")
            && page.body.contains("Same contributing factor: No canary.")
    );
    ana.post("/reports/similar?report=PM-4", &writing)
        .await
        .is(404);

    // Without an index there is silence, not an error.
    app.lose_index();
    ana.post("/reports/similar", &writing).await.is(200);
    app.healed().await;
    app.finish().await;
}
