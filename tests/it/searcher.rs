//! What somebody who searches does beside searching: order, take along, keep, follow; and what nobody found.

use hansei::accounts::{Role, Rules};
use hansei::reports::{Telling, keep_gaps, tell_of_published};
use jiff::SignedDuration;

use crate::support::app::{TestApp, unescape};
use crate::support::people::{Browser, keys};

const ALL: &str = "search:read,reports:read,reports:write";

fn document(title: &str, front: &str, text: &str) -> String {
    format!("---\ntitle: {title}\n{front}---\n\n## Summary\n\n{text}\n")
}

fn form<'a>(title: &'a str, visibility: &'a str) -> [(&'a str, &'a str); 6] {
    [
        ("title", title),
        ("kind", "incident"),
        ("visibility", visibility),
        ("services", "billing"),
        ("document", "## Summary\n\nA zebra ran away.\n"),
        ("do", "publish"),
    ]
}

/// Reports with and without a severity, a start and an end.
async fn four(app: &TestApp) {
    let bot = app.program(ALL).await;
    for (title, front) in [
        (
            "Short and bad",
            "severity: SEV1\nstarted_at: 2026-01-01T10:00:00Z\nresolved_at: 2026-01-01T10:05:00Z\n",
        ),
        (
            "Long and mild",
            "severity: SEV4\nstarted_at: 2026-01-02T10:00:00Z\nresolved_at: 2026-01-03T10:00:00Z\n",
        ),
        ("Nothing known", ""),
        (
            "Bad and open",
            "severity: SEV1\nstarted_at: 2026-01-04T10:00:00Z\n",
        ),
    ] {
        bot.write(&document(title, front, "A zebra ran away."), true)
            .await;
    }
}

/// What each order answers for these four, newest of equals first.
const ORDERS: [(&str, [&str; 4]); 3] = [
    ("severity", ["PM-4", "PM-1", "PM-2", "PM-3"]),
    ("duration", ["PM-2", "PM-1", "PM-4", "PM-3"]),
    ("newest", ["PM-4", "PM-2", "PM-1", "PM-3"]),
];

async fn orders_are_kept(app: &TestApp, mode: &str) {
    let bot = app.program(ALL).await;
    let ana = app.sign_in(mode, Role::Reader).await;
    for (sort, expected) in ORDERS {
        for q in ["zebra", ""] {
            let path = format!("/api/v1/search?q={q}&sort={sort}");
            let answer = bot.get(&path).await.is(200).json();
            assert_eq!(answer["mode"], mode);
            assert_eq!(keys(&answer), expected, "{q} by {sort}");
            let paged = bot.get(&format!("{path}&limit=2&cursor=o2")).await.is(200);
            assert_eq!(keys(&paged.json()), expected[2..], "{q} by {sort}, page 2");
            let page = ana.get(&format!("/search?q={q}&sort={sort}")).await.is(200);
            let mut at = 0;
            for key in expected {
                let found = page.body.find(&format!("<span class=\"key\">{key}</span>"));
                let found = found.unwrap_or_else(|| panic!("{key} is missing"));
                assert!(found > at, "{key} by {sort}");
                at = found;
            }
        }
    }
}

#[tokio::test]
async fn the_worst_and_the_longest_come_first_and_what_lacks_it_last() {
    let app = TestApp::new().await;
    four(&app).await;
    app.indexed().await;
    orders_are_kept(&app, "index").await;
    let bot = app.program(ALL).await;
    bot.get("/api/v1/search?sort=worst")
        .await
        .problem(422, &["sort"]);
    bot.get("/api/v1/search?sort=published")
        .await
        .problem(422, &["sort"]);
    app.finish().await;
}

#[tokio::test]
async fn the_database_alone_keeps_the_same_orders() {
    let app = TestApp::without_index().await;
    four(&app).await;
    orders_are_kept(&app, "fallback").await;
    app.give_index_room();
    app.healed().await;
    app.finish().await;
}

#[tokio::test]
async fn whoever_finds_nothing_is_told_which_filter_hides_what_there_is() {
    let app = TestApp::new().await;
    let ana = app.sign_in("ana", Role::Author).await;
    let bo = app.sign_in("bo", Role::Reader).await;
    ana.write(&form("Open zebra", "open")).await;
    ana.write(&form("Secret zebra", "restricted")).await;
    app.indexed().await;
    let path = "/search?q=zebra+service:billing+sev:2&kind=exercise&tag=none";
    let page = ana.get(path).await.is(200);
    let text = unescape(&page.body);
    assert!(text.contains("Nobody has written this down yet"), "{text}");
    // No single filter hides it, all together do.
    assert!(
        text.contains("Without <code>severity:SEV2</code>"),
        "{text}"
    );
    assert!(text.contains("still none"));
    assert!(text.contains("href=\"/search?q=zebra\" hx-get=\"/search?q=zebra\">Search without any filter</a> <span class=\"quiet\">2 reports"), "{text}");
    assert!(text.contains("href=\"/reports/new?title=zebra\""));
    // Somebody else is told of what they may find.
    let page = bo.get(path).await.is(200);
    let text = unescape(&page.body);
    assert!(
        text.contains("Search without any filter</a> <span class=\"quiet\">1 report<"),
        "{text}"
    );
    assert!(!text.contains("/reports/new?title"), "readers do not write");
    // One filter in the text, one beside it.
    let page = bo
        .get("/search?q=zebra+service:billing&kind=exercise")
        .await;
    let text = unescape(&page.body);
    assert!(
        text.contains("href=\"/search?q=zebra+service%3Abilling\""),
        "{text}"
    );
    assert!(
        text.contains(
            "Search without <code>kind:Exercise</code></a> <span class=\"quiet\">1 report<"
        ),
        "{text}"
    );
    assert!(
        text.contains("Without <code>service:billing</code> <span class=\"quiet\">still none"),
        "{text}"
    );
    app.finish().await;
}

#[tokio::test]
async fn a_table_of_the_results_holds_what_the_reader_may_find_and_no_formula() {
    let app = TestApp::new().await;
    let ana = app.sign_in("ana", Role::Author).await;
    let bo = app.sign_in("bo", Role::Reader).await;
    ana.write(&form(
        "=HYPERLINK(\"http://evil.example\",\"zebra\")",
        "open",
    ))
    .await;
    ana.write(&form("Secret zebra", "restricted")).await;
    app.indexed().await;
    let table = bo.get("/search.csv?q=zebra&sort=newest").await.is(200);
    assert_eq!(
        table.header("content-type"),
        "text/csv; charset=utf-8; header=present"
    );
    assert!(
        table
            .header("content-disposition")
            .starts_with("attachment;")
    );
    let lines: Vec<&str> = table.body.split("\r\n").collect();
    assert_eq!(lines.len(), 3, "{}", table.body);
    assert!(lines[0].starts_with("key,title,kind,status,severity,"));
    assert!(
        lines[1].starts_with(
            "PM-1,\"'=HYPERLINK(\"\"http://evil.example\"\",\"\"zebra\"\")\",incident,published,"
        ),
        "{}",
        lines[1]
    );
    assert!(
        lines[1].ends_with(",http://localhost:1/reports/PM-1"),
        "{}",
        lines[1]
    );
    let table = ana.get("/search.csv?q=zebra").await.is(200);
    assert!(table.body.contains("Secret zebra"));
    let narrowed = ana.get("/search.csv?q=zebra&service=nothing").await.is(200);
    assert_eq!(narrowed.body.lines().count(), 1);
    let page = unescape(&bo.get("/search?q=zebra&sort=severity").await.is(200).body);
    assert!(
        page.contains("href=\"/search.csv?q=zebra&sort=severity\""),
        "{page}"
    );
    assert!(
        page.contains("<code>curl -H \"Authorization: Bearer $HANSEI_TOKEN\" 'http://localhost:1/api/v1/search?q=zebra&sort=severity'</code>"),
        "{page}"
    );
    app.finish().await;
}

#[tokio::test]
async fn a_browser_can_add_the_site_to_its_search_engines() {
    let app = TestApp::new().await;
    let answer = app.get("/opensearch.xml").await.is(200);
    assert_eq!(
        answer.header("content-type"),
        "application/opensearchdescription+xml; charset=utf-8"
    );
    assert!(
        answer
            .body
            .contains("template=\"http://localhost:1/search?q={searchTerms}\"")
    );
    let page = app.get("/sign-in").await.is(200);
    assert!(page.body.contains("<link rel=\"search\" type=\"application/opensearchdescription+xml\" title=\"Hansei\" href=\"/opensearch.xml\">"));
    app.finish().await;
}

/// Saves a search; answers its number.
async fn save(browser: &Browser<'_>, name: &str, search: &str, notify: bool) -> String {
    let mut fields = vec![("name", name), ("search", search)];
    if notify {
        fields.push(("notify", "true"));
    }
    browser.post("/searches", &fields).await.is(303);
    let sql = format!(
        "SELECT id::text AS text FROM saved_searches WHERE name = '{name}' AND person_id = {}",
        browser.id
    );
    browser.app.rows(&sql).await.pop().unwrap()
}

#[tokio::test]
async fn a_person_keeps_renames_and_forgets_searches_of_their_own() {
    let app = TestApp::new().await;
    let ana = app.sign_in("ana", Role::Reader).await;
    let bo = app.sign_in("bo", Role::Admin).await;
    let search = "?page=3&q=replica+lag&service=billing&sort=severity&nonsense=1";
    let id = save(&ana, "Lag", search, false).await;
    assert_eq!(
        app.rows("SELECT said AS text FROM saved_searches").await,
        ["q=replica+lag&service=billing&sort=severity"]
    );
    let link = "/search?q=replica+lag&service=billing&sort=severity";
    let list = unescape(&ana.get("/searches").await.is(200).body);
    assert!(
        list.contains(&format!("href=\"{link}\" data-item>Lag</a>")),
        "{list}"
    );
    assert!(list.contains("<code>replica lag service:billing</code>"));
    let begin = unescape(&ana.get("/search").await.is(200).body);
    assert!(
        begin.contains(&format!("<a href=\"{link}\">Lag</a>")),
        "{begin}"
    );
    // Each name once, however it is written.
    let twice = ana
        .post("/searches", &[("name", "LAG"), ("search", "q=x")])
        .await
        .is(422);
    assert!(
        twice
            .body
            .contains("You have a saved search of this name already.")
    );
    assert!(
        twice.body.contains("value=\"LAG\""),
        "what was typed is kept"
    );
    ana.post("/searches", &[("name", " "), ("search", "q=x")])
        .await
        .is(422);
    let long = format!("q={}", "x".repeat(5_000));
    ana.post("/searches", &[("name", "Long"), ("search", &long)])
        .await
        .is(422);
    // Nobody else's.
    let other = format!("/searches/{id}");
    bo.post(&other, &[("name", "Mine")]).await.is(404);
    bo.post(&format!("{other}/feed"), &[]).await.is(404);
    bo.post(&format!("{other}/delete"), &[]).await.is(404);
    assert!(!bo.get("/searches").await.is(200).body.contains("Lag"));
    ana.post(&other, &[("name", "Replica\nlag"), ("notify", "true")])
        .await
        .is(303);
    assert_eq!(
        app.rows("SELECT name || ' ' || (notify_since IS NOT NULL) AS text FROM saved_searches")
            .await,
        ["Replica lag true"]
    );
    app.sql(&format!(
        "INSERT INTO saved_searches (person_id, name, said) SELECT {}, 'n' || n, '' FROM generate_series(1, 49) AS n",
        ana.id
    ))
    .await;
    let taken = ana.post(&other, &[("name", "N7")]).await.is(422);
    let field = "value=\"N7\" type=\"text\" autocomplete=\"off\" maxlength=\"100\" required aria-invalid=\"true\"";
    assert!(taken.body.contains(field), "what was typed is kept");
    assert!(taken.body.contains("<details class=\"search-tool\" open>"));
    let full = ana
        .post("/searches", &[("name", "One more"), ("search", "")])
        .await
        .is(422);
    assert!(full.body.contains("You have 50 saved searches"));
    ana.post(&format!("{other}/delete"), &[]).await.is(303);
    save(&ana, "One more", "", false).await;
    app.finish().await;
}

/// Makes a feed; answers its path.
async fn feed_of(browser: &Browser<'_>, id: &str) -> String {
    let page = browser
        .post(&format!("/searches/{id}/feed"), &[])
        .await
        .is(200);
    let text = unescape(&page.body);
    let (_, rest) = text
        .split_once("readonly value=\"http://localhost:1")
        .unwrap();
    rest.split('"').next().unwrap().to_owned()
}

fn titles(feed: &str) -> Vec<&str> {
    feed.split("<entry>")
        .skip(1)
        .map(|entry| {
            let (_, rest) = entry.split_once("<title>").unwrap();
            rest.split_once("</title>").unwrap().0
        })
        .collect()
}

#[tokio::test]
async fn a_feed_shows_what_its_owner_may_find_then_and_ends_with_its_address() {
    let app = TestApp::new().await;
    let ana = app.sign_in("ana", Role::Author).await;
    let bo = app.sign_in("bo", Role::Reader).await;
    let secret = ana.write(&form("Secret", "restricted")).await;
    app.clock.advance(SignedDuration::from_mins(1));
    ana.write(&form("First <b>", "open")).await;
    app.clock.advance(SignedDuration::from_mins(1));
    ana.write(&form("Second & last", "open")).await;
    let draft = ana
        .write(&[&form("Draft", "open")[..5], &[("do", "save")]].concat())
        .await;
    app.indexed().await;
    let mut feeds = Vec::new();
    for person in [&ana, &bo] {
        let id = save(person, "Zebras", "q=zebra", false).await;
        feeds.push((id.clone(), feed_of(person, &id).await));
    }
    let stored = app
        .rows("SELECT encode(feed_sha256, 'hex') AS text FROM saved_searches")
        .await;
    assert!(stored.iter().all(|it| it.len() == 64));
    let hers = app.get(&feeds[0].1).await.is(200);
    assert_eq!(
        hers.header("content-type"),
        "application/atom+xml; charset=utf-8"
    );
    let open = ["PM-3: Second &amp; last", "PM-2: First &lt;b&gt;"];
    assert_eq!(titles(&hers.body), [open[0], open[1], "PM-1: Secret"]);
    for part in [
        "<feed xmlns=\"http://www.w3.org/2005/Atom\">",
        "<author><name>Hansei</name></author>",
        "<id>http://localhost:1/reports/PM-3</id>",
        "<updated>2026-11-21T12:02:00Z</updated>",
        "<published>2026-11-21T12:02:00Z</published>",
        "<link rel=\"alternate\" type=\"text/html\" href=\"http://localhost:1/reports/PM-3\"/>",
        "<link rel=\"alternate\" type=\"text/html\" href=\"http://localhost:1/search?q=zebra\"/>",
        "rel=\"self\" type=\"application/atom+xml\"",
    ] {
        assert!(hers.body.contains(part), "{part} in {}", hers.body);
    }
    let (id, path) = &feeds[1];
    let his = app.get(path).await.is(200);
    assert_eq!(titles(&his.body), open);
    assert!(
        !his.body.contains("Secret") && !his.body.contains("Draft"),
        "{draft}"
    );
    // The same again costs nothing.
    let tag = his.header("etag").to_owned();
    let again = app
        .send(reqwest::Method::GET, path, &[("if-none-match", &tag)], "")
        .await;
    assert_eq!((again.status, again.body.as_str()), (304, ""));
    // Named on the report, he finds it from then on.
    app.sql(&format!(
        "INSERT INTO report_viewers (report_id, person_id) SELECT id, {} FROM reports WHERE title = 'Secret'",
        bo.id
    ))
    .await;
    app.indexed().await;
    let named = app
        .send(reqwest::Method::GET, path, &[("if-none-match", &tag)], "")
        .await
        .is(200);
    assert!(named.body.contains(&format!("{secret}: Secret")));
    // Only this address opens it.
    app.get(&format!("/searches/{id}/feed")).await.is(404);
    app.get(&format!("/searches/{id}/feed?token=x"))
        .await
        .is(404);
    let other = path.replace(&format!("/{id}/"), &format!("/{}/", feeds[0].0));
    app.get(&other).await.is(404);
    let renewed = feed_of(&bo, id).await;
    app.get(path).await.is(404);
    app.get(&renewed).await.is(200);
    app.sql(&format!(
        "UPDATE people SET suspended_at = now() WHERE id = {}",
        bo.id
    ))
    .await;
    app.get(&renewed).await.is(404);
    app.sql("UPDATE people SET suspended_at = NULL").await;
    app.get(&renewed).await.is(200);
    ana.post(&format!("/searches/{}/feed", feeds[0].0), &[("do", "off")])
        .await
        .is(303);
    app.get(&feeds[0].1).await.is(404);
    app.finish().await;
}

/// Tells of all that waits; answers how many were told.
async fn tell(app: &TestApp) -> usize {
    let mut conn = app.connect().await;
    let mut told = 0;
    loop {
        app.indexed().await;
        let now = app.clock.now();
        match tell_of_published(&mut conn, &app.index, (Rules::default(), now))
            .await
            .unwrap()
        {
            Telling::Told(count) => told += count,
            Telling::Nothing => return told,
            Telling::Later => {}
        }
    }
}

async fn inbox(app: &TestApp) -> Vec<String> {
    app.rows(
        "SELECT p.name || ' ' || n.actor_name || ' ' || n.link AS text FROM notifications n JOIN people p ON p.id = n.person_id
         WHERE n.kind = 'search_matched' ORDER BY 1",
    )
    .await
}

#[tokio::test]
async fn whoever_asked_is_told_once_of_a_new_report_they_may_find() {
    let app = TestApp::new().await;
    let ana = app.sign_in("ana", Role::Author).await;
    let bo = app.sign_in("bo", Role::Reader).await;
    let cy = app.sign_in("cy", Role::Reader).await;
    let di = app.sign_in("di", Role::Reader).await;
    for person in [&ana, &bo, &cy, &di] {
        save(person, "Zebras", "q=zebra&service=billing", true).await;
        save(person, "Lions", "q=lion", true).await;
        save(person, "Quiet", "q=zebra", false).await;
    }
    app.sql(&format!(
        "UPDATE people SET suspended_at = now() WHERE id = {}",
        di.id
    ))
    .await;
    let open = ana.write(&form("Open", "open")).await;
    let secret = ana
        .write(&[&form("Secret", "restricted")[..5], &[("do", "save")]].concat())
        .await;
    app.sql(&format!(
        "INSERT INTO report_viewers (report_id, person_id) SELECT id, {} FROM reports WHERE title = 'Secret'",
        cy.id
    ))
    .await;
    ana.publish(&secret).await;
    // A draft is nobody's news.
    ana.write(&[&form("Draft", "open")[..5], &[("do", "save")]].concat())
        .await;
    assert_eq!(
        app.rows("SELECT 'x' AS text FROM newly_published")
            .await
            .len(),
        2
    );
    assert_eq!(tell(&app).await, 3);
    let expected = [
        format!("bo Zebras /reports/{open}"),
        format!("cy Zebras /reports/{open}"),
        format!("cy Zebras /reports/{secret}"),
    ];
    assert_eq!(inbox(&app).await, expected);
    let page = unescape(&bo.get("/inbox").await.is(200).body);
    assert!(
        page.contains("<strong>Zebras</strong> (your saved search) finds a new report:"),
        "{page}"
    );
    assert!(!page.contains("Secret"));
    // Taken back and published again, it is no news.
    app.sql("UPDATE reports SET status = 'draft' WHERE title = 'Open'")
        .await;
    app.sql("UPDATE reports SET status = 'published' WHERE title = 'Open'")
        .await;
    assert_eq!(
        app.rows("SELECT 'x' AS text FROM newly_published")
            .await
            .len(),
        1
    );
    assert_eq!(tell(&app).await, 0);
    assert_eq!(inbox(&app).await, expected);
    // Whoever asks from now on is told of what comes from now on.
    app.sql(&format!(
        "UPDATE people SET suspended_at = NULL WHERE id = {}",
        di.id
    ))
    .await;
    let id = save(&di, "Late", "", true).await;
    assert_eq!(tell(&app).await, 0);
    ana.write(&form("Third", "open")).await;
    assert_eq!(
        tell(&app).await,
        4,
        "bo, cy and di of zebras, di of everything"
    );
    di.post(&format!("/searches/{id}"), &[("name", "Late")])
        .await
        .is(303);
    ana.write(&form("Fourth", "open")).await;
    assert_eq!(tell(&app).await, 3);
    app.finish().await;
}

#[tokio::test]
async fn a_new_report_waits_until_the_index_has_it() {
    let app = TestApp::without_index().await;
    let ana = app.sign_in("ana", Role::Author).await;
    let bo = app.sign_in("bo", Role::Reader).await;
    save(&bo, "Zebras", "q=zebra", true).await;
    ana.write(&form("Open", "open")).await;
    let mut conn = app.connect().await;
    let now = app.clock.now();
    let told = tell_of_published(&mut conn, &app.index, (Rules::default(), now)).await;
    assert_eq!(told.unwrap(), Telling::Later);
    assert_eq!(
        app.rows("SELECT 'x' AS text FROM newly_published")
            .await
            .len(),
        1
    );
    app.give_index_room();
    app.healed().await;
    assert_eq!(tell(&app).await, 1);
    app.finish().await;
}

#[tokio::test]
async fn what_nobody_found_is_shown_to_administrators_until_they_put_it_aside() {
    let app = TestApp::new().await;
    let ana = app.sign_in("ana", Role::Author).await;
    let admin = app.sign_in("admin", Role::Admin).await;
    let bot = app.program(ALL).await;
    ana.write(&form("Open", "open")).await;
    app.indexed().await;
    let secret = "ghp_k3J9q0mVx8sYt2bWc7RzP4hL6nD1fG5aE0uT";
    let searches = [
        "flak",
        "flaky",
        "Flaky  Switch",
        "zebra",
        "okapi service:billing",
        secret,
        "quagga",
    ];
    for text in searches {
        let q = serde_urlencoded::to_string([("q", text)]).unwrap();
        ana.get(&format!("/search?{q}")).await.is(200);
        bot.get(&format!("/api/v1/search?{q}")).await.is(200);
    }
    ana.get("/search?q=panda&service=billing").await.is(200);
    let keep = async || {
        let mut conn = app.connect().await;
        keep_gaps(&mut conn, &app.site.missed, app.clock.now())
            .await
            .unwrap()
    };
    keep().await;
    app.clock.advance(SignedDuration::from_secs(11));
    keep().await;
    let kept = "SELECT words || ' ' || times AS text FROM search_gaps ORDER BY 1";
    assert_eq!(app.rows(kept).await, ["flaky switch 2", "quagga 2"]);
    assert_eq!(keep().await, 0, "once");
    let page = unescape(&admin.get("/admin/search-gaps").await.is(200).body);
    assert!(
        page.contains("href=\"/search?q=flaky+switch\" data-item>flaky switch</a>"),
        "{page}"
    );
    assert!(page.contains("href=\"/admin/glossary?words=flaky+switch\""));
    assert!(page.contains("href=\"/reports/new?title=flaky+switch\""));
    ana.get("/admin/search-gaps").await.is(403);
    admin
        .post("/admin/search-gaps/dismiss", &[("words", "flaky switch")])
        .await
        .is(303);
    admin
        .post("/admin/search-gaps/dismiss", &[("words", "unheard of")])
        .await
        .is(404);
    let page = admin.get("/admin/search-gaps").await.is(200);
    assert!(!page.body.contains("flaky") && page.body.contains("quagga"));
    // The oldest go, by age and by number.
    app.sql(
        "INSERT INTO search_gaps (words, first_at, last_at) VALUES ('ancient', '2020-01-01Z', '2020-01-01Z');
         INSERT INTO search_gaps (words, first_at, last_at)
            SELECT 'w' || n, '2026-11-01Z', '2026-11-01Z' FROM generate_series(1, 1100) AS n",
    )
    .await;
    ana.get("/search?q=quokka").await.is(200);
    app.clock.advance(SignedDuration::from_secs(11));
    assert_eq!(keep().await, 1);
    assert_eq!(
        app.rows("SELECT count(*) || ' ' || bool_or(words = 'quokka') || ' ' || bool_or(words = 'ancient') AS text FROM search_gaps").await,
        ["1000 true false"]
    );
    app.finish().await;
}
