//! Comments: on a report and its parts, through saves; mentions, threads, and that nothing typed is lost.

use hansei::accounts::Role;
use serde_json::json;

use crate::support::app::{Answer, TestApp, unescape};
use crate::support::people::{Browser, PASSWORD};
use crate::writing::{TEXT, form, with};

const TIMED: &str = "## Summary\n\nOrders failed.\n\n## Impact\n\nEvery tenth order.\n\n## Timeline\n\n- 14:02 The alert fired\n- 14:30 Somebody restarted it\n\n## What went well\n\n- The restart\n\n## Countermeasures\n\n- Watch the queue\n";

fn timed<'a>(document: &'a str, action: &'a str) -> Vec<(&'a str, &'a str)> {
    with(
        form("Queue full", document, action),
        "started_at",
        "2026-03-01 14:00",
    )
}

fn path(key: &str) -> String {
    format!("/reports/{key}/comments")
}

async fn say(browser: &Browser<'_>, key: &str, fields: &[(&str, &str)]) -> String {
    let answer = browser.post(&path(key), fields).await.is(303);
    let (_, id) = answer.header("location").rsplit_once("#comment-").unwrap();
    id.to_owned()
}

/// What is told: to whom, what.
async fn told(app: &TestApp) -> Vec<String> {
    app.rows("SELECT concat_ws(' ', p.name, n.kind) AS text FROM notifications n JOIN people p ON p.id = n.person_id ORDER BY n.id")
        .await
}

/// The part of a page about one thread.
fn thread<'a>(page: &'a Answer, id: &str) -> &'a str {
    let (before, after) = page.body.split_once(&format!("thread-{id}-title")).unwrap();
    let start = before.rfind("<article").unwrap();
    let end = before.len() + after.find("</article>").unwrap();
    page.body.get(start..end).unwrap()
}

/// The number beside a part of the report, and where it leads.
fn count<'a>(page: &'a Answer, id: &str) -> Option<&'a str> {
    let link = format!("/comments?on&#x3D;{id}#on-{id}\">");
    let (_, rest) = page.body.split_once(&link)?;
    rest.split_once("</svg>")?.1.split('<').next()
}

#[tokio::test]
async fn a_comment_stays_with_what_it_is_about_through_saves() {
    let app = TestApp::new().await;
    let ana = app.sign_in("ana", Role::Author).await;
    let ben = app.sign_in("ben", Role::Reader).await;
    let key = ana.write(&timed(TIMED, "publish")).await;
    let report = format!("/reports/{key}");
    let quiet = ben.get(&report).await.is(200);
    assert!(!quiet.body.contains("comment-count"), "{}", quiet.body);

    let whole = say(&ben, &key, &[("text", "About **all** of it")]).await;
    let mut on = Vec::new();
    for place in ["impact", "event-1", "event-2", "went-well", "summary"] {
        let fields = [("text", place), ("on", place), ("base_revision", "1")];
        on.push(say(&ben, &key, &fields).await);
    }
    let page = ben.get(&report).await.is(200);
    for place in ["impact", "event-1", "event-2", "went-well", "summary"] {
        assert_eq!(count(&page, place), Some("1"), "{place}: {}", page.body);
    }
    assert!(
        page.body.contains("<span class=\"badge\">6"),
        "{}",
        page.body
    );
    let comments = ben.get(&path(&key)).await.is(200);
    assert!(thread(&comments, &whole).contains("About <strong>all</strong> of it"));
    assert!(thread(&comments, &on[1]).contains("href=\"/reports/PM-1#event-1\""));
    assert!(thread(&comments, &on[1]).contains("14:02 The alert fired"));

    // Another event comes first, the second changes its words, a section goes and one is renamed.
    let changed = TIMED
        .replace("- 14:02", "- 14:01 Deploy\n- 14:02")
        .replace("Somebody restarted it", "Cem restarted the broker")
        .replace("## Impact", "## Customer impact")
        .replace("## What went well\n\n- The restart\n\n", "");
    let edit = with(timed(&changed, "save"), "base_revision", "1");
    ana.post(&format!("{report}/edit"), &edit).await.is(303);
    let page = ben.get(&report).await.is(200);
    for (place, expected) in [
        ("impact", Some("1")),
        ("event-1", None),
        ("event-2", Some("1")),
        ("event-3", Some("1")),
    ] {
        assert_eq!(count(&page, place), expected, "{place}: {}", page.body);
    }
    let comments = ben.get(&path(&key)).await.is(200);
    assert!(thread(&comments, &on[1]).contains("#event-2\""));
    let was = thread(&comments, &on[2]);
    assert!(
        was.contains("#event-3\"") && was.contains("<q>Somebody restarted it</q>"),
        "{was}"
    );
    let gone = thread(&comments, &on[3]);
    assert!(
        gone.contains("renamed or removed since") && gone.contains("<q>What went well</q>"),
        "{gone}"
    );

    // A form from before that save means what it meant then.
    let late = [("text", "late"), ("on", "event-1"), ("base_revision", "1")];
    let late = say(&ben, &key, &late).await;
    let comments = ben.get(&path(&key)).await.is(200);
    assert!(thread(&comments, &late).contains("#event-2\""));
    let unknown = [("text", "Lost?"), ("on", "event-9"), ("base_revision", "1")];
    let refused = ben.post(&path(&key), &unknown).await.is(422);
    assert!(refused.body.contains("choose again") && refused.body.contains(">Lost?</textarea>"));

    // Neither the text nor the search knows of comments, and the report's page was not made anew.
    let markdown = ben.get(&format!("{report}.md")).await.is(200).body;
    assert!(!markdown.contains("About **all**"));
    app.indexed().await;
    let found = ben.get("/search?q=late").await.is(200).body;
    assert!(found.contains("No reports"), "{found}");
    assert_eq!(
        app.rows("SELECT revision::text AS text FROM reports").await,
        ["2"]
    );
    app.finish().await;
}

#[tokio::test]
async fn threads_are_answered_resolved_reopened_edited_and_removed() {
    let app = TestApp::new().await;
    let ana = app.sign_in("ana", Role::Author).await;
    let ben = app.sign_in("ben", Role::Reader).await;
    let cem = app.sign_in("cem", Role::Reader).await;
    let key = ana.write(&timed(TIMED, "publish")).await;
    let first = say(&ben, &key, &[("text", "Why then?")]).await;
    let answer = say(&ana, &key, &[("text", "Because."), ("parent", &first)]).await;
    // An answer to an answer joins the thread.
    let third = say(&cem, &key, &[("text", "I see."), ("parent", &answer)]).await;
    let parents = "SELECT coalesce(parent_id, 0)::text AS text FROM comments ORDER BY id";
    assert_eq!(app.rows(parents).await, ["0", &first, &first]);
    assert_eq!(
        told(&app).await,
        [
            "ana comment_on_my_report",
            "ben reply",
            "ana reply",
            "ben reply"
        ]
    );
    let open = ben
        .get(&format!("{}?reply={first}", path(&key)))
        .await
        .is(200);
    assert_eq!(open.input("parent").unwrap(), first);
    assert!(thread(&open, &first).contains("id=\"comment-form\""));

    let turn = |id: &str| format!("{}/{id}", path(&key));
    cem.post(&turn(&first), &[("do", "resolve")]).await.is(403);
    cem.post(&turn(&first), &[("do", "remove")]).await.is(403);
    ben.post(&turn(&answer), &[("do", "resolve")]).await.is(403);
    ana.post(&turn(&answer), &[("do", "resolve")]).await.is(409);
    ben.post(&turn(&first), &[("do", "burn")]).await.is(422);
    ben.post(&turn("999"), &[("do", "resolve")]).await.is(404);
    ben.post(&turn("x"), &[("do", "resolve")]).await.is(404);
    ben.post(&turn(&first), &[("do", "resolve")]).await.is(303);
    let page = cem.get(&path(&key)).await.is(200);
    assert!(page.body.contains("0 open, 1 resolved"), "{}", page.body);
    assert!(thread(&page, &first).contains("Resolved by ben"));
    assert!(!thread(&page, &first).contains(">Reopen<"));
    let later = say(&cem, &key, &[("text", "Another")]).await;
    let page = cem.get(&path(&key)).await.is(200).body;
    let at = |id: &str| page.find(&format!("thread-{id}-title")).unwrap();
    assert!(at(&later) < at(&first), "the open ones first");
    ana.post(&turn(&first), &[("do", "reopen")]).await.is(303);

    // One's own can be changed and removed; what answers it stays.
    let edit = [("text", "Why *exactly* then?"), ("edit", first.as_str())];
    cem.post(&path(&key), &edit).await.is(422);
    let form = ben
        .get(&format!("{}?edit={first}", path(&key)))
        .await
        .is(200);
    assert!(form.body.contains(">Why then?</textarea>"), "{}", form.body);
    ben.post(&path(&key), &edit).await.is(303);
    let page = cem.get(&path(&key)).await.is(200);
    let shown = thread(&page, &first);
    assert!(
        shown.contains("<em>exactly</em>") && shown.contains("edited"),
        "{shown}"
    );
    ben.post(&turn(&first), &[("do", "remove")]).await.is(303);
    let page = cem.get(&path(&key)).await.is(200);
    let shown = thread(&page, &first);
    assert!(
        shown.contains("Removed by its author.") && shown.contains("Because."),
        "{shown}"
    );
    assert!(!page.body.contains("exactly"));
    ben.post(&path(&key), &edit).await.is(422);
    assert!(
        app.rows("SELECT text FROM comments WHERE removed_at IS NOT NULL")
            .await
            == [""]
    );
    assert!(!third.is_empty());
    // A thread that is nothing but a removed comment is done with.
    cem.post(&turn(&later), &[("do", "remove")]).await.is(303);
    let page = cem.get(&path(&key)).await.is(200);
    assert!(page.body.contains("1 open, 1 resolved"), "{}", page.body);
    // So is one whose answers are gone, too, whichever went last.
    cem.post(&turn(&third), &[("do", "remove")]).await.is(303);
    let page = cem.get(&path(&key)).await.is(200);
    assert!(page.body.contains("1 open, 1 resolved"), "{}", page.body);
    ana.post(&turn(&answer), &[("do", "remove")]).await.is(303);
    let page = cem.get(&path(&key)).await.is(200);
    assert!(page.body.contains("0 open, 2 resolved"), "{}", page.body);
    let log =
        "SELECT DISTINCT action AS text FROM audit_log WHERE action LIKE '%comment' ORDER BY 1";
    assert_eq!(
        app.rows(log).await,
        [
            "comment",
            "edit_comment",
            "remove_comment",
            "reopen_comment",
            "resolve_comment"
        ]
    );
    app.finish().await;
}

#[tokio::test]
async fn those_are_mentioned_who_may_see_the_report() {
    let app = TestApp::new().await;
    let ana = app.sign_in("ana", Role::Author).await;
    let ben = app.sign_in("ben", Role::Author).await;
    let cem = app.sign_in("cem", Role::Reader).await;
    app.person("gone", Role::Admin).await;
    app.sql("UPDATE people SET suspended_at = now() WHERE name = 'gone'")
        .await;
    app.sql("UPDATE people SET name = 'Dee Ana Marsh' WHERE name = 'cem'")
        .await;
    let names = async |browser: &Browser<'_>, key: &str, q: &str| {
        let answer = browser
            .get(&format!("/reports/{key}/people?q={q}"))
            .await
            .is(200);
        answer.json()["names"].clone()
    };
    let open = ana.write(&timed(TIMED, "publish")).await;
    assert_eq!(
        names(&ben, &open, "AN").await,
        json!(["ana", "Dee Ana Marsh"])
    );
    assert_eq!(names(&ben, &open, "gone").await, json!([]));
    assert_eq!(names(&ben, &open, "").await, json!([]));
    assert_eq!(names(&ben, &open, "%25").await, json!([]));
    let body = ben.get(&format!("/reports/{open}/people?q=an")).await.body;
    assert!(
        !body.contains('@') && !body.contains("example.org"),
        "{body}"
    );
    let id = say(
        &ben,
        &open,
        &[("text", "@dee ana marsh, @gone and @ben: @ana was right")],
    )
    .await;
    assert_eq!(
        told(&app).await,
        ["ana mentioned", "Dee Ana Marsh mentioned"]
    );
    // Another word on the same place tells only whom it newly names.
    let edit = [("text", "@Dee Ana Marsh: yes"), ("edit", id.as_str())];
    ben.post(&path(&open), &edit).await.is(303);
    assert_eq!(told(&app).await.len(), 2);

    // A draft is not for readers, a restricted report for nobody but those on it.
    let draft = ana.write(&timed(TIMED, "save")).await;
    let secret = ana
        .write(&with(timed(TIMED, "publish"), "visibility", "restricted"))
        .await;
    for key in [&draft, &secret] {
        cem.get(&path(key)).await.is(404);
        cem.get(&format!("/reports/{key}/people?q=a")).await.is(404);
        cem.post(&path(key), &[("text", "x")]).await.is(404);
        assert_eq!(names(&ana, key, "dee").await, json!([]), "{key}");
        say(&ana, key, &[("text", "@Dee Ana Marsh")]).await;
    }
    ben.get(&path(&secret)).await.is(404);
    assert_eq!(names(&ana, &secret, "b").await, json!([]));
    assert_eq!(names(&ana, &draft, "b").await, json!(["ben"]));
    assert_eq!(told(&app).await.len(), 2);
    app.finish().await;
}

#[tokio::test]
async fn nothing_typed_is_lost_and_nothing_is_said_twice() {
    let app = TestApp::new().await;
    let ana = app.sign_in("ana", Role::Author).await;
    let key = ana.write(&timed(TIMED, "publish")).await;
    let page = ana.get(&format!("{}?on=impact", path(&key))).await.is(200);
    assert!(
        page.body
            .contains("<option value=\"impact\" selected>Impact</option>")
    );
    let once = page.input("once").unwrap();
    let fields = [("text", "Once."), ("once", once.as_str()), ("on", "impact")];
    let first = say(&ana, &key, &fields).await;
    assert_eq!(say(&ana, &key, &fields).await, first);
    let other = with(fields.to_vec(), "text", "Something else");
    let refused = ana.post(&path(&key), &other).await.is(422);
    assert!(
        refused.body.contains("was sent already")
            && refused.body.contains(">Something else</textarea>")
    );
    assert_eq!(app.rows("SELECT text FROM comments").await, ["Once."]);

    for (text, says) in [
        (" \r\n ", "Write something first."),
        (&*"é".repeat(10_001), "10001 characters"),
    ] {
        let refused = ana
            .post(&path(&key), &[("text", text), ("on", "event-2")])
            .await
            .is(422);
        assert!(refused.body.contains(says), "{}", refused.body);
        assert!(refused.body.contains("<option value=\"event-2\" selected>"));
        assert!(refused.body.contains(&format!(">{text}</textarea>")) || text.trim().is_empty());
    }
    let refused = ana.post(&path(&key), &[("text", "a\0b")]).await.is(422);
    assert!(refused.body.contains(">ab</textarea>"), "{}", refused.body);
    let refused = ana
        .post_as_is(&path(&key), &[("text", "no token"), ("csrf", "x")], &[])
        .await
        .is(403);
    assert!(refused.body.contains(">no token</textarea>"));

    // What people write is text.
    let bad = "<script>alert(1)</script> <!--slot:impact--> [x](javascript:alert(1)) **b**";
    let id = say(&ana, &key, &[("text", bad), ("on", "impact")]).await;
    let page = ana.get(&path(&key)).await.is(200);
    let shown = thread(&page, &id);
    assert!(
        !shown.contains("<script")
            && !shown.contains("<!--slot")
            && !shown.contains("href=\"javascript"),
        "{shown}"
    );

    // The session ends in the middle.
    app.sql("DELETE FROM sessions").await;
    let fields = [
        ("text", "Typed \"for\" long"),
        ("on", "impact"),
        ("base_revision", "1"),
    ];
    let asked = ana.post(&path(&key), &fields).await.is(401);
    assert_eq!(asked.input("text").unwrap(), "Typed \"for\" long");
    let mut stranger = app.stranger().await;
    stranger.csrf = stranger.get("/sign-in").await.input("csrf").unwrap();
    let resume = format!("{}/resume", path(&key));
    let mut again = fields.to_vec();
    again.extend([("email", "ana@example.org"), ("password", "wrong")]);
    let refused = stranger.post(&resume, &again).await.is(422);
    assert_eq!(refused.input("text").unwrap(), "Typed \"for\" long");
    let back = stranger
        .post(&resume, &with(again, "password", PASSWORD))
        .await
        .is(200);
    assert!(
        unescape(&back.body).contains(">Typed \"for\" long</textarea>"),
        "{}",
        back.body
    );
    assert!(back.body.contains("<option value=\"impact\" selected>"));
    assert_eq!(
        app.rows("SELECT count(*)::text AS text FROM comments")
            .await,
        ["2"]
    );
    app.finish().await;
}

#[tokio::test]
async fn many_threads_have_pages_and_a_link_finds_its_own() {
    let app = TestApp::new().await;
    let ana = app.sign_in("ana", Role::Author).await;
    let key = ana.write(&form("Queue full", TEXT, "publish")).await;
    app.sql(&format!(
        "INSERT INTO comments (report_id, person_id, author_name, text) SELECT r.id, {}, 'ana', 'Text ' || n
         FROM reports r, generate_series(1, 60) AS n",
        ana.id
    ))
    .await;
    let page = ana.get(&path(&key)).await.is(200);
    assert_eq!(page.body.matches("class=\"thread\"").count(), 25);
    let at = ana.get(&format!("{}?at=60", path(&key))).await.is(200);
    assert!(
        at.body.contains("Text 60<") && !at.body.contains("Text 50<"),
        "{}",
        at.body
    );
    for odd in [
        "page=3",
        "page=0",
        "page=99",
        "page=x",
        "at=x",
        "on=nothing",
        "reply=7777",
        "edit=x",
    ] {
        ana.get(&format!("{}?{odd}", path(&key))).await.is(200);
    }
    app.sql("INSERT INTO comments (report_id, author_name, text) SELECT r.id, 'x', 'y' FROM reports r, generate_series(1, 940)")
        .await;
    let refused = ana.post(&path(&key), &[("text", "One more")]).await.is(422);
    assert!(
        refused.body.contains("as many comments as fit")
            && refused.body.contains(">One more</textarea>")
    );
    app.finish().await;
}

#[tokio::test]
async fn the_database_holds_to_it_too() {
    let app = TestApp::new().await;
    let ana = app.sign_in("ana", Role::Author).await;
    let one = ana.write(&form("One", TEXT, "publish")).await;
    ana.write(&form("Two", TEXT, "publish")).await;
    let first = say(&ana, &one, &[("text", "a")]).await;
    say(&ana, &one, &[("text", "b"), ("parent", &first)]).await;
    let mut conn = app.connect().await;
    for (columns, values, broken) in [
        ("parent_id, text", "2, 'x'", "comments_parent_fkey"),
        ("text", "''", "comments_text_given"),
        ("text", "repeat('x', 10001)", "comments_text_length"),
        (
            "text, removed_at",
            "'x', now()",
            "comments_removed_is_empty",
        ),
        (
            "parent_id, text, resolved_at",
            "1, 'x', now()",
            "comments_only_threads_resolve",
        ),
    ] {
        use diesel_async::SimpleAsyncConnection as _;
        let sql = format!(
            "INSERT INTO comments (report_id, author_name, {columns}) SELECT id, 'x', {values} FROM reports WHERE title = 'One'"
        );
        let error = conn.batch_execute(&sql).await.unwrap_err().to_string();
        assert!(error.contains(broken), "{sql}: {error}");
        let elsewhere = sql.replace("'One'", "'Two'");
        if columns.starts_with("parent_id") {
            assert!(
                conn.batch_execute(&elsewhere.replace("2, 'x'", "1, 'x'"))
                    .await
                    .is_err()
            );
        }
    }
    app.finish().await;
}
