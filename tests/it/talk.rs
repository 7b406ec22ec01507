//! Comments and accounts of participants in the moments between two windows: nothing typed is lost, nothing moves to where
//! it was not meant, and nobody sees more than they are asked about.

use diesel_async::SimpleAsyncConnection as _;
use hansei::accounts::Role;

use crate::support::app::{Answer, TestApp, unescape};
use crate::support::people::{Browser, PASSWORD};
use crate::writing::{TEXT, form, with};

fn comments(key: &str) -> String {
    format!("/reports/{key}/comments")
}

fn mine(key: &str) -> String {
    format!("/reports/{key}/accounts/mine")
}

async fn say(browser: &Browser<'_>, key: &str, fields: &[(&str, &str)]) -> String {
    let answer = browser.post(&comments(key), fields).await.is(303);
    let (_, id) = answer.header("location").rsplit_once("#comment-").unwrap();
    id.to_owned()
}

/// What stands in the text of the form.
fn typed(page: &Answer) -> String {
    let (_, rest) = page.body.split_once("<textarea id=\"f-text\"").unwrap();
    let (_, rest) = rest.split_once('>').unwrap();
    unescape(rest.split_once("</textarea>").unwrap().0)
}

fn account<'a>(text: &'a str, seen: &'a str, what: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![
        ("role", "operator"),
        ("text", text),
        ("base_revision", seen),
        ("do", what),
    ]
}

/// The part of a page about one thread.
fn thread<'a>(page: &'a Answer, id: &str) -> &'a str {
    let (before, after) = page.body.split_once(&format!("thread-{id}-title")).unwrap();
    let start = before.rfind("<article").unwrap();
    let end = before.len() + after.find("</article>").unwrap();
    page.body.get(start..end).unwrap()
}

fn timed<'a>(document: &'a str, seen: &'a str) -> Vec<(&'a str, &'a str)> {
    let fields = with(
        form("Queue full", document, "save"),
        "started_at",
        "2026-03-01 14:00",
    );
    with(fields, "base_revision", seen)
}

#[tokio::test]
async fn taking_an_account_back_keeps_what_was_typed() {
    let app = TestApp::new().await;
    let owner = app.sign_in("owner", Role::Author).await;
    let cem = app.sign_in("cem", Role::Reader).await;
    let key = owner.write(&form("Queue full", TEXT, "publish")).await;
    let asked = format!("/reports/{key}/accounts");
    owner.post(&asked, &[("who", "cem")]).await.is(303);
    let link = mine(&key);
    cem.post(&link, &account("I saw it.", "0", "give"))
        .await
        .is(303);
    let more = "I saw it.\n\nThen I typed for an hour.";
    cem.post(&link, &account(more, "1", "take_back"))
        .await
        .is(303);
    let page = cem.get(&link).await.is(200);
    assert_eq!(typed(&page), more);
    assert!(page.body.contains("value=\"operator\""));
    assert!(!owner.get(&asked).await.is(200).body.contains("for an hour"));

    // Another window is not overwritten, and shows what it would overwrite.
    cem.post(&link, &account("First <window>", "2", "give"))
        .await
        .is(303);
    for what in ["take_back", "give", "keep"] {
        let stale = cem
            .post(&link, &account("Second window", "2", what))
            .await
            .is(409);
        assert_eq!(typed(&stale), "Second window");
        assert!(
            unescape(&stale.body).contains(">First <window></textarea>"),
            "{}",
            stale.body
        );
        assert!(!stale.body.contains("<window>"), "escaped");
        assert_eq!(stale.input("base_revision").unwrap(), "3");
    }
    // Too long to be kept is too long to be taken back with.
    let long = "x".repeat(20_001);
    let refused = cem
        .post(&link, &account(&long, "3", "take_back"))
        .await
        .is(422);
    assert_eq!(typed(&refused), long);
    // A form without a text takes back what is stored.
    let nothing = [
        ("role", ""),
        ("text", ""),
        ("base_revision", "3"),
        ("do", "take_back"),
    ];
    cem.post(&link, &nothing).await.is(303);
    assert_eq!(typed(&cem.get(&link).await.is(200)), "First <window>");
    let given = "SELECT (given_at IS NULL)::text AS text FROM participant_accounts";
    assert_eq!(app.rows(given).await, ["true"]);
    app.finish().await;
}

#[tokio::test]
async fn whoever_is_no_longer_asked_sees_nothing_more_of_a_draft() {
    let app = TestApp::new().await;
    let owner = app.sign_in("owner", Role::Author).await;
    let cem = app.sign_in("cem", Role::Reader).await;
    let key = owner.write(&timed(TEXT, "")).await;
    let asked = format!("/reports/{key}/accounts");
    owner.post(&asked, &[("who", "cem")]).await.is(303);
    cem.post(&mine(&key), &account("My words.", "0", "keep"))
        .await
        .is(303);
    assert!(
        cem.get(&mine(&key))
            .await
            .is(200)
            .body
            .contains("1 Mar 2026")
    );
    owner
        .post(&format!("{asked}/1/withdraw"), &[])
        .await
        .is(303);
    let shown = cem.get(&mine(&key)).await.is(200);
    assert_eq!(typed(&shown), "My words.");
    let refused = cem
        .post(&mine(&key), &account("More", "1", "keep"))
        .await
        .is(422);
    for page in [&shown, &refused] {
        assert!(
            !page.body.contains("Queue full") && !page.body.contains("1 Mar 2026"),
            "{}",
            page.body
        );
    }
    // What is published is theirs to read like everybody's.
    owner.publish(&key).await;
    let own = format!("href=\"{}\"", mine(&key));
    let read = format!("/reports/{key}");
    assert!(!cem.get(&read).await.is(200).body.contains(&own));
    owner.post(&asked, &[("who", "cem")]).await.is(303);
    assert!(cem.get(&read).await.is(200).body.contains(&own));
    assert!(!owner.get(&read).await.is(200).body.contains(&own));
    let page = cem.get(&mine(&key)).await.is(200);
    assert!(page.body.contains("Queue full") && page.body.contains("1 Mar 2026"));
    app.finish().await;
}

#[tokio::test]
async fn an_account_is_locked_after_its_report() {
    let app = TestApp::new().await;
    let owner = app.sign_in("owner", Role::Author).await;
    let cem = app.sign_in("cem", Role::Reader).await;
    let key = owner.write(&form("Queue full", TEXT, "publish")).await;
    let asked = format!("/reports/{key}/accounts");
    owner.post(&asked, &[("who", "cem")]).await.is(303);
    let mut conn = app.connect().await;
    let link = mine(&key);
    let fields = account("I saw it.", "0", "give");
    conn.batch_execute("BEGIN; SELECT FROM reports FOR UPDATE")
        .await
        .unwrap();
    let giving = cem.post(&link, &fields);
    let merging = async {
        let waiting = "SELECT count(*)::text AS text FROM pg_stat_activity
            WHERE datname = current_database() AND wait_event_type = 'Lock'";
        for _ in 0..1_000 {
            if app.rows(waiting).await != ["0"] {
                break;
            }
            tokio::task::yield_now().await;
        }
        assert_ne!(app.rows(waiting).await, ["0"]);
        // Whoever holds the report gets the account: nobody who waits for the report has it.
        let account = "SELECT FROM participant_accounts FOR UPDATE NOWAIT";
        let locked = conn.batch_execute(account).await;
        conn.batch_execute("COMMIT").await.unwrap();
        locked.unwrap();
    };
    let (given, ()) = tokio::join!(giving, merging);
    given.is(303);
    app.finish().await;
}

#[tokio::test]
async fn a_comment_that_went_meanwhile_is_written_anew() {
    let app = TestApp::new().await;
    let ana = app.sign_in("ana", Role::Author).await;
    let ben = app.sign_in("ben", Role::Reader).await;
    let key = ana.write(&form("Queue full", TEXT, "publish")).await;
    let first = say(&ben, &key, &[("text", "Why?"), ("on", "impact")]).await;
    let answer = say(&ben, &key, &[("text", "I mean it"), ("parent", &first)]).await;
    for (id, parent) in [(&answer, first.as_str()), (&first, "")] {
        let open = ben
            .get(&format!("{}?edit={id}", comments(&key)))
            .await
            .is(200);
        let remove = format!("{}/{id}", comments(&key));
        ben.post(&remove, &[("do", "remove")]).await.is(303);
        let (once, edits) = (open.input("once").unwrap(), open.input("edits").unwrap());
        let long = format!("Typed for long: {id}");
        let fields = [
            ("text", long.as_str()),
            ("edit", id.as_str()),
            ("edits", edits.as_str()),
            ("once", once.as_str()),
        ];
        let refused = ben.post(&comments(&key), &fields).await.is(422);
        assert_eq!(typed(&refused), long);
        assert!(refused.body.contains("data-guard=\"dirty\""));
        assert_eq!(refused.input("edit").unwrap(), "");
        assert_eq!(refused.input("parent").unwrap(), parent);
        if parent.is_empty() {
            assert!(refused.body.contains("<option value=\"impact\" selected>"));
        }
        // Sent again, it is a comment.
        let again = [
            ("text", long.as_str()),
            ("parent", parent),
            ("once", once.as_str()),
        ];
        say(&ben, &key, &again).await;
    }
    // So it is with a comment of somebody else, and with one that never was.
    let other = say(&ana, &key, &[("text", "Mine")]).await;
    for id in [other.as_str(), "999"] {
        let refused = ben
            .post(&comments(&key), &[("text", "Kept"), ("edit", id)])
            .await
            .is(422);
        assert_eq!(typed(&refused), "Kept");
    }
    app.finish().await;
}

#[tokio::test]
async fn two_windows_do_not_overwrite_a_comment() {
    let app = TestApp::new().await;
    let ana = app.sign_in("ana", Role::Author).await;
    let key = ana.write(&form("Queue full", TEXT, "publish")).await;
    let id = say(&ana, &key, &[("text", "Zero")]).await;
    let open = ana
        .get(&format!("{}?edit={id}", comments(&key)))
        .await
        .is(200);
    let seen = open.input("edits").unwrap();
    let edit = |text, seen| [("text", text), ("edit", id.as_str()), ("edits", seen)];
    say(&ana, &key, &edit("First *window*", &seen)).await;
    // The same once more is the same.
    say(&ana, &key, &edit("First *window*", &seen)).await;
    let refused = ana
        .post(&comments(&key), &edit("Second window", &seen))
        .await
        .is(409);
    assert_eq!(typed(&refused), "Second window");
    assert!(
        thread(&refused, &id).contains("First <em>window</em>"),
        "{}",
        refused.body
    );
    assert_eq!(
        app.rows("SELECT text FROM comments").await,
        ["First *window*"]
    );
    let seen = refused.input("edits").unwrap();
    say(&ana, &key, &edit("Both windows", &seen)).await;
    assert_eq!(
        app.rows("SELECT text FROM comments").await,
        ["Both windows"]
    );

    // A form that was sent with another text is sent again as one of its own.
    let once = "01931f5e-8a52-7c3e-9d0b-2f6f1c3a7b11";
    say(&ana, &key, &[("text", "One"), ("once", once)]).await;
    let refused = ana
        .post(&comments(&key), &[("text", "Two"), ("once", once)])
        .await
        .is(422);
    let fresh = refused.input("once").unwrap();
    assert_ne!(fresh, once);
    say(&ana, &key, &[("text", "Two"), ("once", &fresh)]).await;
    app.finish().await;
}

#[tokio::test]
async fn a_comment_is_gone_on_with_where_it_was_meant() {
    let app = TestApp::new().await;
    let ana = app.sign_in("ana", Role::Author).await;
    let text = "## Summary\n\nx\n\n## Timeline\n\n- 14:02 The alert fired\n- 14:30 Somebody restarted it\n";
    let key = ana.write(&timed(text, "")).await;
    let earlier = text.replace("- 14:02", "- 14:01 Deploy\n- 14:02");
    ana.post(&format!("/reports/{key}/edit"), &timed(&earlier, "1"))
        .await
        .is(303);
    app.sql("DELETE FROM sessions").await;
    for (on, selected) in [
        ("event-2", Some("event-3")),
        ("event-9", None),
        ("", Some("")),
    ] {
        let stranger = app.stranger().await;
        let fields = [
            ("text", "Typed for long"),
            ("on", on),
            ("base_revision", "1"),
            ("email", "ana@example.org"),
            ("password", PASSWORD),
        ];
        let back = stranger
            .post(&format!("{}/resume", comments(&key)), &fields)
            .await;
        assert_eq!(typed(&back), "Typed for long");
        assert!(back.body.contains("data-guard=\"dirty\""), "{}", back.body);
        let is_selected = |id: &str| {
            back.body
                .contains(&format!("<option value=\"{id}\" selected>"))
        };
        match selected {
            Some("") => assert!(!back.body.contains("selected>")),
            Some(id) => assert!(is_selected(id), "{}", back.body),
            None => {
                assert!(!back.body.contains("selected>"));
                assert!(
                    back.body.contains("href=\"#f-on\"")
                        && back.body.contains("id=\"f-on-problem\"")
                );
            }
        }
    }
    app.finish().await;
}

#[tokio::test]
async fn a_comment_does_not_move_to_its_twin() {
    let app = TestApp::new().await;
    let ana = app.sign_in("ana", Role::Author).await;
    let text = "## Summary\n\nx\n\n## Notes\n\none\n\n## Timeline\n\n- 14:02 Restarted pod\n- 14:30 Scaled\n- 15:10 Restarted pod\n\n## Notes\n\ntwo\n";
    let key = ana.write(&timed(text, "")).await;
    let on = async |place: &str| say(&ana, &key, &[("text", place), ("on", place)]).await;
    let (twin, mended) = (on("event-1").await, on("event-2").await);
    let notes = on("user-content-notes").await;
    let after = text
        .replace("- 14:02 Restarted pod\n", "")
        .replace("- 14:30 Scaled", "- 14:31 Scaled")
        .replace("## Notes\n\none\n\n", "");
    ana.post(&format!("/reports/{key}/edit"), &timed(&after, "1"))
        .await
        .is(303);
    let page = ana.get(&comments(&key)).await.is(200);
    for id in [&twin, &notes] {
        assert!(
            thread(&page, id).contains("removed since"),
            "{}",
            thread(&page, id)
        );
    }
    let shown = unescape(thread(&page, &mended));
    assert!(
        shown.contains("#event-1\"")
            && shown.contains("It was changed since")
            && shown.contains("14:30"),
        "{shown}"
    );
    app.finish().await;
}

#[tokio::test]
async fn what_nobody_reads_is_forgotten_at_last() {
    let app = TestApp::new().await;
    let ana = app.sign_in("ana", Role::Author).await;
    ana.write(&form("Queue full", TEXT, "publish")).await;
    app.sql(&format!(
        "INSERT INTO notifications (person_id, kind, report_id, link, actor_name, created_at, read_at)
         SELECT {}, 'approved', r.id, '/' || age, 'x', timestamptz '2026-01-01' - age * interval '1 day',
            CASE WHEN was_read THEN timestamptz '2026-01-01' - age * interval '1 day' END
         FROM reports r, (VALUES (1, true), (2, false), (99, true), (100, false), (400, false)) AS told (age, was_read)",
        ana.id
    ))
    .await;
    let mut conn = app.connect().await;
    let season_ago = "2025-10-01T00:00:00Z".parse().unwrap();
    hansei::reports::forget_notifications(&mut conn, season_ago)
        .await
        .unwrap();
    assert_eq!(
        app.rows("SELECT link AS text FROM notifications ORDER BY created_at")
            .await,
        ["/100", "/2", "/1"]
    );
    app.finish().await;
}
