//! What becomes of a form that cannot be saved, that is sent twice, or that two people send with another zone.

use diesel_async::SimpleAsyncConnection as _;
use futures_util::future::join;
use hansei::accounts::Role;
use hansei::archive::{FileOutcome, Outcome};
use jiff::SignedDuration;

use crate::side_by_side::somebody_waits;
use crate::support::app::{Folder, TestApp};
use crate::writing::{TEXT, form, import, typed, with};

const MINE: &str = "## Summary\n\nTyped at three in the morning, with <care> & luck.\n";

/// As it stands in a page.
const SHOWN: &str = "Typed at three in the morning, with &lt;care&gt; &amp; luck.";

#[tokio::test]
async fn no_error_takes_away_what_was_typed() {
    let app = TestApp::new().await;
    let ana = app.sign_in("ana", Role::Author).await;
    let bob = app.sign_in("bob", Role::Author).await;
    let key = ana.write(&form("Secret title", TEXT, "save")).await;
    let edit = format!("/reports/{key}/edit");
    let mine = with(form("My title", MINE, "save"), "base_revision", "1");

    // The database is there, but does not say who asks, or what is stored.
    for table in ["sessions", "reports"] {
        let mut elsewhere = app.connect().await;
        let lock = format!("BEGIN; LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE");
        elsewhere.batch_execute(&lock).await.unwrap();
        for path in ["/reports", edit.as_str()] {
            let answer = bob.post(path, &mine).await.is(503);
            assert!(answer.body.contains(SHOWN), "{table} {path}: {answer:?}");
            assert!(answer.body.contains("Send it again"), "{answer:?}");
            assert_eq!(answer.input("title").unwrap(), "My title");
            assert_eq!(answer.input("do").unwrap(), "save");
        }
        let mut again = mine.clone();
        again.extend([("email", "bob@example.org"), ("password", "never-shown-1")]);
        let answer = bob.post("/reports/resume", &again).await;
        assert!(!answer.body.contains("never-shown-1"), "{answer:?}");
        elsewhere.batch_execute("ROLLBACK").await.unwrap();
    }

    let restricted = with(
        form("Secret title", TEXT, "save"),
        "visibility",
        "restricted",
    );
    ana.post(&edit, &with(restricted, "base_revision", "1"))
        .await
        .is(303);
    for path in [edit.as_str(), "/reports/resume"] {
        let mut fields = mine.clone();
        fields.push(("report", &key));
        let answer = bob.post(path, &fields).await.is(404);
        assert!(answer.body.contains(SHOWN), "{path}: {answer:?}");
        assert!(!answer.body.contains("Secret title"), "{path}: {answer:?}");
        assert!(!answer.body.contains("Send it again"), "{path}: {answer:?}");
    }

    app.sql("UPDATE people SET role = 'reader' WHERE email = 'bob@example.org'")
        .await;
    let answer = bob.post("/reports", &mine).await.is(403);
    assert!(answer.body.contains(SHOWN), "{answer:?}");
    app.finish().await;
}

#[tokio::test]
async fn a_form_makes_one_report_however_often_it_is_sent() {
    let app = TestApp::new().await;
    let ana = app.sign_in("ana", Role::Author).await;
    let once = ana.get("/reports/new").await.is(200).input("once").unwrap();
    let fields = with(form("T", TEXT, "save"), "once", &once);
    let first = ana.post("/reports", &fields).await.is(303);
    let second = ana.post("/reports", &fields).await.is(303);
    assert_eq!(first.header("location"), second.header("location"));
    let count = "SELECT count(*)::text AS text FROM reports";
    assert_eq!(app.rows(count).await, ["1"]);

    // The browser's Back, other words, and Save: no second report by accident, and none refused.
    let other = with(fields, "document", MINE);
    let asked = ana.post("/reports", &other).await.is(422);
    assert!(asked.body.contains("has made a report already"));
    assert!(typed(&asked).contains("three in the morning"));
    let fresh = asked.input("once").unwrap();
    assert_ne!(fresh, once);
    let third = ana
        .post("/reports", &with(other, "once", &fresh))
        .await
        .is(303);
    assert_ne!(first.header("location"), third.header("location"));
    assert_eq!(app.rows(count).await, ["2"]);

    // Publishing is one effect, too.
    let publish = with(form("T", TEXT, "publish"), "base_revision", "1");
    for _ in 0..3 {
        ana.post("/reports/PM-1/edit", &publish).await.is(303);
    }
    let events = "SELECT event AS text FROM revisions WHERE report_id = (SELECT id FROM reports WHERE number = 1) ORDER BY number";
    assert_eq!(app.rows(events).await, ["created", "published"]);
    app.finish().await;
}

#[tokio::test]
async fn the_status_is_no_part_of_the_text() {
    let app = TestApp::new().await;
    let ana = app.sign_in("ana", Role::Admin).await;
    let key = ana.write(&form("T", TEXT, "publish")).await;
    let edit = format!("/reports/{key}/edit");
    let mended = TEXT.replace("tenth", "fifth");
    let mended = with(form("T", &mended, "save"), "base_revision", "1");
    ana.post(&edit, &mended).await.is(303);
    let told = "SELECT count(*)::text AS text FROM revisions WHERE document LIKE E'%\\nstatus: %'";
    assert_eq!(app.rows(told).await, ["0"]);
    let markdown = ana.get(&format!("/reports/{key}.md")).await.is(200).body;
    assert!(markdown.contains("status: published"), "{markdown}");

    // An import that somebody published and saved without a change is not changed.
    let folder = Folder::new("unchanged");
    folder.write("a.md", "# Zebra\n\nOne.\n");
    import(&app, &folder).await;
    ana.publish("PM-2").await;
    let page = ana.get("/reports/PM-2/edit").await.is(200);
    let document = typed(&page);
    let revision = page.input("base_revision").unwrap();
    let mut same = vec![
        ("document", document.as_str()),
        ("base_revision", &revision),
    ];
    let names = ["title", "services", "teams", "tags", "authors", "timezone"];
    let values = names.map(|name| page.input(name).unwrap());
    same.extend(names.iter().copied().zip(values.iter().map(String::as_str)));
    same.extend([("kind", "incident"), ("visibility", "open"), ("do", "save")]);
    ana.post("/reports/PM-2/edit", &same).await.is(303);
    folder.write("a.md", "# Zebra\n\nTwo.\n");
    let told = import(&app, &folder).await;
    assert!(
        matches!(
            &*told,
            [FileOutcome {
                outcome: Outcome::Updated(_),
                ..
            }]
        ),
        "{told:?}"
    );
    let text = ana.get("/reports/PM-2.md").await.is(200).body;
    assert!(text.contains("Two."), "{text}");
    app.finish().await;
}

/// Two people who mean the same instants must not move them by choosing the other's zone.
#[tokio::test]
async fn another_zone_moves_no_instant() {
    let app = TestApp::new().await;
    let ana = app.sign_in("ana", Role::Author).await;
    let bob = app.sign_in("bob", Role::Author).await;
    let text = "## Summary\n\nx\n\n## Timeline\n\n- 2026-03-01 14:02 alert fired\n";
    let paris = |zone| {
        let fields = with(form("T", text, "save"), "timezone", zone);
        with(fields, "started_at", "2026-03-01 14:00")
    };
    let events = "SELECT at::text AS text FROM timeline_events ORDER BY at";
    let started = "SELECT started_at::text AS text FROM reports ORDER BY number";

    // One only changes the zone; the other adds a row in the old one.
    let key = ana.write(&paris("Europe/Paris")).await;
    let edit = format!("/reports/{key}/edit");
    let page = bob.get(&edit).await.is(200);
    let (seen, at) = (typed(&page), page.input("started_at").unwrap());
    let tokyo = with(form("T", &seen, "save"), "timezone", "Asia/Tokyo");
    let tokyo = with(tokyo, "started_at", "2026-03-01 22:00");
    ana.post(&edit, &with(tokyo, "base_revision", "1"))
        .await
        .is(303);
    let longer = format!("{}\n- 14:20 fixed\n", seen.trim_end());
    let mine = with(form("T", &longer, "save"), "timezone", "Europe/Paris");
    let mine = with(with(mine, "started_at", &at), "base_revision", "1");
    bob.post(&edit, &mine).await.is(303);
    assert_eq!(
        app.rows(events).await,
        ["2026-03-01 13:02:00+00", "2026-03-01 13:20:00+00"]
    );
    assert_eq!(app.rows(started).await, ["2026-03-01 13:00:00+00"]);

    // Both change the zone: whichever is chosen, the times stay.
    let page = ana.get(&edit).await.is(200);
    let (seen, at) = (typed(&page), page.input("started_at").unwrap());
    let moved = |zone, at| {
        let fields = with(form("T", &seen, "save"), "timezone", zone);
        with(with(fields, "started_at", at), "base_revision", "3")
    };
    assert_eq!(at, "2026-03-01 22:00");
    ana.post(&edit, &moved("Europe/Paris", "2026-03-01 14:00"))
        .await
        .is(303);
    let asked = bob
        .post(&edit, &moved("America/New_York", "2026-03-01 08:00"))
        .await
        .is(409);
    assert!(asked.body.contains("Europe/Paris") && asked.body.contains("America/New_York"));
    let merged = asked.input("started_at").unwrap();
    let chosen = with(form("T", &seen, "save"), "timezone", "Europe/Paris");
    let chosen = with(with(chosen, "started_at", &merged), "base_revision", "4");
    bob.post(&edit, &chosen).await.is(303);
    assert_eq!(app.rows(started).await, ["2026-03-01 13:00:00+00"]);
    assert_eq!(
        app.rows(events).await,
        ["2026-03-01 13:02:00+00", "2026-03-01 13:20:00+00"]
    );
    app.finish().await;
}

/// A report with places for rows, and when it started.
const PLACES: &str = "## Summary\n\nx\n\n## Timeline\n\n## Contributing factors\n";

fn started<'a>(at: &'a str, text: &'a str, action: &'a str) -> Vec<(&'a str, &'a str)> {
    let fields = with(form("T", text, action), "started_at", at);
    with(fields, "base_revision", "1")
}

/// Whoever moves the beginning of an incident to another day moves nothing that somebody else typed on the first.
#[tokio::test]
async fn a_bare_time_means_the_day_it_was_typed_on() {
    let app = TestApp::new().await;
    let ana = app.sign_in("ana", Role::Author).await;
    let bob = app.sign_in("bob", Role::Author).await;
    let key = ana
        .write(&started("2026-03-01 10:00", PLACES, "save"))
        .await;
    let edit = format!("/reports/{key}/edit");
    bob.post(&edit, &started("2026-02-28 23:00", PLACES, "save"))
        .await
        .is(303);
    let mine = PLACES.replace("Timeline\n", "Timeline\n\n- 10:02 alert fired\n");
    ana.post(&edit, &started("2026-03-01 10:00", &mine, "save"))
        .await
        .is(303);
    let events = "SELECT at::text AS text FROM timeline_events";
    assert_eq!(app.rows(events).await, ["2026-03-01 10:02:00+00"]);
    let begun = "SELECT started_at::text AS text FROM reports";
    assert_eq!(app.rows(begun).await, ["2026-02-28 23:00:00+00"]);
    app.finish().await;
}

/// A double click, or "Send it again" of what had arrived.
#[tokio::test]
async fn a_form_that_is_sent_twice_conflicts_with_nobody() {
    let app = TestApp::new().await;
    let ana = app.sign_in("ana", Role::Author).await;
    for action in ["save", "publish"] {
        for (heading, line) in [
            ("Timeline", "- 10:02 alert fired"),
            ("Contributing factors", "- DNS cache"),
        ] {
            let key = ana
                .write(&started("2026-03-01 10:00", PLACES, "save"))
                .await;
            let edit = format!("/reports/{key}/edit");
            let below = format!("{heading}\n\n{line}\n");
            let text = PLACES.replace(&format!("{heading}\n"), &below);
            let mine = started("2026-03-01 10:00", &text, action);
            for _ in 0..2 {
                let led = ana.post(&edit, &mine).await.is(303);
                assert_eq!(led.header("location"), format!("/reports/{key}"));
            }
            let words = line.split(' ').next_back().unwrap();
            let markdown = ana.get(&format!("/reports/{key}.md")).await.is(200).body;
            assert_eq!(markdown.matches(words).count(), 1, "{markdown}");
            assert_eq!(app.revision(&key).await, "2", "{action} {line}");
        }
    }
    app.finish().await;
}

/// On a slow line the page with the form is there until its save is answered, and so are the fingers.
#[tokio::test]
async fn what_is_typed_while_a_save_is_on_its_way_is_kept() {
    let app = TestApp::new().await;
    let ana = app.sign_in("ana", Role::Author).await;
    let key = ana.write(&form("T", MINE, "save")).await;
    let (edit, keep) = (
        format!("/reports/{key}/edit"),
        format!("/reports/{key}/autosave"),
    );
    let in_window = |text| {
        let fields = with(form("T", text, "save"), "base_revision", "1");
        with(fields, "editor", "a")
    };
    let sent = MINE.replace("luck.", "luck. Sent.");
    let more = MINE.replace("luck.", "luck. Sent. Typed since.");
    ana.post(&keep, &in_window(&sent)).await.is(200);
    let mut slow = app.connect().await;
    slow.batch_execute("BEGIN; SELECT FROM reports FOR NO KEY UPDATE")
        .await
        .unwrap();
    let fields = in_window(&sent);
    let saved = ana.post(&edit, &fields);
    let typed_since = async {
        somebody_waits(&app).await;
        app.clock.advance(SignedDuration::from_secs(2));
        let told = ana.post(&keep, &in_window(&more)).await.is(200).json();
        assert_eq!(told["kept"], true);
        slow.batch_execute("COMMIT").await.unwrap();
    };
    let (saved, ()) = join(saved, typed_since).await;
    saved.is(303);
    let left = ana.get(&edit).await.is(200);
    assert_eq!(typed(&left), more);
    assert!(left.body.contains("This is what you typed until"));
    // It is more of what was saved, and nothing to settle.
    ana.post(&edit, &in_window(&more)).await.is(303);
    let page = ana.get(&edit).await.is(200);
    assert_eq!(typed(&page), more);
    assert!(!page.body.contains("This is what you typed until"));
    app.finish().await;
}

/// Forms that are not kept on the server are kept in the browser, for whoever typed them alone.
#[tokio::test]
async fn what_a_browser_keeps_of_a_form_is_for_one_person() {
    let app = TestApp::new().await;
    let ana = app.sign_in("ana", Role::Author).await;
    let bob = app.sign_in("bob", Role::Author).await;
    let key = ana.write(&form("T", TEXT, "save")).await;
    let report = format!("/reports/{key}");
    let review = [("do", "ask")];
    ana.post(&format!("{report}/review"), &review).await.is(303);
    ana.post(&format!("{report}/accounts"), &[("who", "bob")])
        .await
        .is(303);
    let writer = |page: &str| {
        let (_, rest) = page.split_once("data-writer=\"").unwrap();
        rest.split('"').next().unwrap().to_owned()
    };
    let anas = writer(&ana.get(&format!("{report}/edit")).await.is(200).body);
    for (page, name) in [
        ("comments", format!("comment {key}")),
        ("accounts/mine", format!("account {key}")),
        ("review", format!("review {key}")),
    ] {
        let shown = bob.get(&format!("{report}/{page}")).await.is(200).body;
        assert!(shown.contains(&format!("data-keep=\"{name}")), "{shown}");
        assert!(shown.contains("/static/keep."), "{page}");
        assert_ne!(writer(&shown), anas, "{page}");
    }
    let shown = ana.get(&format!("{report}/comments")).await.is(200).body;
    assert_eq!(writer(&shown), anas);
    app.finish().await;
}
