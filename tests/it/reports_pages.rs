//! Writing and reading in a browser without scripts: forms, their mistakes, their past, and what nobody may lose.

use hansei::accounts::Role;
use hansei::reports::document;
use reqwest::Method;

use crate::support::app::{TestApp, unescape};
use crate::writing::typed;

const TEXT: &str = "## Summary\n\nOrders <b>failed</b> & nobody noticed.\n\n## Timeline\n\n- 14:02 [detect] The queue was full.\n\n## Countermeasures\n\n- [ ] Watch the queue\n";

fn form<'a>(title: &'a str, document: &'a str, action: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![
        ("title", title),
        ("kind", "incident"),
        ("severity", "2"),
        ("visibility", "open"),
        ("services", "checkout, payments"),
        ("tags", "Queues"),
        ("started_at", "2026-03-01 14:00"),
        ("resolved_at", "2026-03-01 15:30"),
        ("timezone", "Europe/Paris"),
        ("document", document),
        ("do", action),
        ("reason", "others need to know"),
    ]
}

fn revised<'a>(
    base: &'a str,
    title: &'a str,
    document: &'a str,
    action: &'a str,
) -> Vec<(&'a str, &'a str)> {
    let mut fields = form(title, document, action);
    fields.push(("base_revision", base));
    fields
}

/// Prose above, between and below rows, and under a heading that comes twice: whoever reads sees all that was written.
#[tokio::test]
async fn every_word_of_a_report_is_on_its_page() {
    let app = TestApp::new().await;
    let ana = app.sign_in("ana", Role::Author).await;
    let mut document = String::new();
    let mut words = Vec::new();
    for (number, heading) in [
        "Summary",
        "Impact",
        "Detection",
        "Timeline",
        "Contributing factors",
        "Resolution",
        "What went well",
        "What went poorly",
        "Where we got lucky",
        "What surprised us",
        "Safeguards",
        "Open questions",
        "Countermeasures",
        "Something of our own",
        "What went well",
        "Timeline",
        "Summary",
    ]
    .into_iter()
    .enumerate()
    {
        let [above, row, name, below] =
            ["above", "row", "name", "below"].map(|it| format!("{it}{number}x"));
        let item = match heading {
            "Timeline" => format!("- 14:{number:02} {name} and {row}"),
            "Contributing factors" => format!("- **{name}** (contributed): {row}"),
            "Countermeasures" => format!("- [ ] {name} {row}"),
            _ => format!("- {name} {row}"),
        };
        let section = format!("## {heading}\n\nIt was {above}.\n\n{item}\n\nIt is {below}.\n\n");
        document.push_str(&section);
        words.extend([above, row, name, below]);
    }
    let seen = |page: &str, how: &str| {
        let missing: Vec<&String> = words.iter().filter(|it| !page.contains(*it)).collect();
        assert!(missing.is_empty(), "{how}: {missing:?}");
    };
    let preview = ana.post("/reports", &form("T", &document, "preview")).await;
    let (_, preview) = preview.body.split_once("id=\"preview\"").unwrap();
    let (preview, _) = preview.split_once("<form class=\"edit\"").unwrap();
    seen(preview, "preview");
    let key = ana.write(&form("T", &document, "save")).await;
    let path = format!("/reports/{key}");
    seen(&ana.get(&path).await.is(200).body, "draft");
    ana.post(
        &format!("{path}/edit"),
        &revised("1", "T", &document, "publish"),
    )
    .await
    .is(303);
    seen(&ana.get(&path).await.is(200).body, "published");
    app.finish().await;
}

#[tokio::test]
async fn who_is_not_signed_in_is_sent_to_sign_in_and_back() {
    let app = TestApp::new().await;
    for path in [
        "/",
        "/search?q=a%20b",
        "/reports/PM-1",
        "/reports/new",
        "/account",
    ] {
        let answer = app.get(path).await.is(303);
        let next = serde_urlencoded::to_string([("next", path)]).unwrap();
        assert_eq!(answer.header("location"), format!("/sign-in?{next}"));
    }
    let headers = [("hx-request", "true")];
    let fragment = app
        .send(Method::GET, "/search?q=a", &headers, "")
        .await
        .is(401);
    assert_eq!(
        fragment.header("hx-redirect"),
        "/sign-in?next=%2Fsearch%3Fq%3Da"
    );
    app.finish().await;
}

#[tokio::test]
async fn anonymous_reading_shows_what_is_published_and_open_only() {
    let app = TestApp::open_to_all().await;
    let ana = app.sign_in("ana", Role::Author).await;
    let open = ana.write(&form("Apple outage", TEXT, "publish")).await;
    let draft = ana.write(&form("Banana outage", TEXT, "save")).await;
    let mut fields = form("Cherry outage", TEXT, "publish");
    fields[3] = ("visibility", "restricted");
    let restricted = ana.write(&fields).await;
    app.indexed().await;
    for path in [
        "/",
        "/search",
        "/search?q=outage",
        "/search?q=queue&sort=newest",
    ] {
        let page = app.get(path).await.is(200).body;
        assert!(page.contains("Apple"), "{path}");
        assert!(
            !page.contains("Banana") && !page.contains("Cherry"),
            "{path}"
        );
        assert!(
            !page.contains(&draft) && !page.contains(&restricted),
            "{path}"
        );
    }
    assert!(
        app.get("/search?q=outage")
            .await
            .body
            .contains("<strong>1</strong> report")
    );
    app.get(&format!("/reports/{open}")).await.is(200);
    app.get(&format!("/reports/{open}.md")).await.is(200);
    app.get(&format!("/reports/{open}/history")).await.is(303);
    for key in [&draft, &restricted] {
        for rest in ["", ".md", "/history", "/diff", "/revisions/1"] {
            app.get(&format!("/reports/{key}{rest}")).await.is(404);
        }
    }
    app.finish().await;
}

#[tokio::test]
async fn a_report_is_written_previewed_published_and_read() {
    let app = TestApp::new().await;
    let ana = app.sign_in("ana", Role::Author).await;
    let empty = ana.get("/reports/new").await.is(200);
    assert!(typed(&empty).contains("## Contributing factors"));
    let near_miss = ana
        .get("/reports/new?kind=near_miss&title=Nearly&service=dns")
        .await
        .is(200);
    assert!(near_miss.body.contains("What nearly happened?"));
    assert_eq!(near_miss.input("title").unwrap(), "Nearly");

    let preview = ana
        .post("/reports", &form("Queue full", TEXT, "preview"))
        .await
        .is(200);
    assert!(preview.body.contains("id=\"preview\""));
    assert!(
        preview.body.contains("&lt;b&gt;failed&lt;/b&gt;"),
        "HTML is text"
    );
    assert!(typed(&preview).contains("Orders <b>failed</b> & nobody noticed."));
    assert_eq!(
        app.rows("SELECT count(*)::text AS text FROM reports").await,
        ["0"]
    );

    let key = ana.write(&form("Queue full", TEXT, "save")).await;
    let page = ana.get(&format!("/reports/{key}")).await.is(200);
    for text in [
        "Queue full",
        "checkout",
        "payments",
        "queues",
        "Watch the queue",
        "Draft",
    ] {
        assert!(page.body.contains(text), "{text}");
    }
    assert!(
        page.body.contains("2026-03-01T13:00:00Z"),
        "read in the report's zone"
    );
    assert!(
        page.body.contains("2026-03-01T13:02:00Z"),
        "so is the timeline"
    );
    assert!(!page.body.contains("<b>failed"));
    assert!(page.body.contains("flash"), "said once");
    assert!(
        !ana.get(&format!("/reports/{key}"))
            .await
            .body
            .contains("class=\"flash")
    );

    ana.publish(&key).await;
    ana.publish(&key).await;
    let published = app
        .rows("SELECT concat(status, ' ', published_at) AS text FROM reports")
        .await;
    assert_eq!(published, ["published 2026-11-21 12:00:00+00"]);
    let home = ana.get("/").await.is(200);
    assert!(home.body.contains("Queue full"));
    app.finish().await;
}

#[tokio::test]
async fn what_was_typed_survives_every_mistake() {
    let app = TestApp::new().await;
    let ana = app.sign_in("ana", Role::Author).await;
    let text = format!("{TEXT}\nA line with <tags> & \"quotes\" 反省 that must not be lost.\n");
    let cases: [(usize, (&str, &str), &str); 6] = [
        (0, ("title", " "), "title"),
        (2, ("severity", "9"), "severity"),
        (6, ("started_at", "yesterday"), "started_at"),
        (7, ("resolved_at", "2025-01-01"), "resolved_at"),
        (8, ("timezone", "Mars/Olympus"), "timezone"),
        (6, ("started_at", "2026-03-29 02:30"), "started_at"),
    ];
    for (at, wrong, field) in cases {
        for action in ["save", "publish"] {
            let mut fields = form("Queue <full>", &text, action);
            fields[at] = wrong;
            let page = ana.post("/reports", &fields).await.is(422);
            assert_eq!(typed(&page).replace('\r', ""), text, "{wrong:?}");
            for (name, value) in fields.iter().filter(|(name, _)| {
                !matches!(
                    *name,
                    "document" | "do" | "kind" | "severity" | "visibility"
                )
            }) {
                assert_eq!(page.input(name).as_deref(), Some(*value), "{wrong:?}");
            }
            assert!(
                page.body.contains(&format!("href=\"#f-{field}\"")),
                "{wrong:?}"
            );
        }
    }
    let long = "x".repeat(301);
    let page = ana
        .post("/reports", &form(&long, &text, "save"))
        .await
        .is(422);
    assert_eq!(page.input("title").unwrap(), long);
    assert_eq!(
        app.rows("SELECT count(*)::text AS text FROM reports").await,
        ["0"]
    );
    app.finish().await;
}

#[tokio::test]
async fn the_past_of_a_report_can_be_read_and_compared() {
    let app = TestApp::new().await;
    let ana = app.sign_in("ana", Role::Author).await;
    let key = ana.write(&form("Queue full", TEXT, "publish")).await;
    let other = TEXT.replace("nobody noticed", "everybody noticed");
    let mut fields = revised("1", "Queue overflow", &other, "save");
    fields.push(("note", "after the review"));
    ana.post(&format!("/reports/{key}/edit"), &fields)
        .await
        .is(303);

    let history = ana
        .get(&format!("/reports/{key}/history"))
        .await
        .is(200)
        .body;
    for text in ["after the review", "ana", "Created", "Saved"] {
        assert!(history.contains(text), "{text}");
    }
    let diff = ana
        .get(&format!("/reports/{key}/diff?from=1&to=2"))
        .await
        .is(200)
        .body;
    assert!(
        diff.contains("<del>nobody") && diff.contains("<ins>everybody"),
        "{diff}"
    );
    let usual = ana.get(&format!("/reports/{key}/diff")).await.is(200).body;
    assert!(
        usual.contains("<ins>everybody"),
        "the last two, unless others are asked for"
    );
    let old = ana
        .get(&format!("/reports/{key}/revisions/1"))
        .await
        .is(200)
        .body;
    assert!(old.contains("nobody noticed") && !old.contains("everybody noticed"));
    for wrong in [
        "revisions/3",
        "revisions/0",
        "diff?from=1&to=9",
        "revisions/99999999999",
        "revisions/x",
    ] {
        let answer = ana.get(&format!("/reports/{key}/{wrong}")).await;
        assert!(
            matches!(answer.status, 400 | 404),
            "{wrong}: {}",
            answer.status
        );
    }
    for wrong in ["diff?from=-1&to=x", "diff?from=2147483647&to=-2147483648"] {
        let answer = ana.get(&format!("/reports/{key}/{wrong}")).await;
        assert!(
            (400..500).contains(&answer.status),
            "{wrong}: {}",
            answer.status
        );
    }
    app.finish().await;
}

#[tokio::test]
async fn every_address_of_a_report_leads_to_it() {
    let app = TestApp::new().await;
    let ana = app.sign_in("ana", Role::Author).await;
    let key = ana.write(&form("Queue full", TEXT, "publish")).await;
    ana.post(
        &format!("/reports/{key}/edit"),
        &revised("1", "Other words", TEXT, "save"),
    )
    .await
    .is(303);
    for (address, target) in [
        ("/reports/queue-full-1", "/reports/PM-1"),
        ("/reports/other-words-1", "/reports/PM-1"),
        ("/reports/pm-1", "/reports/PM-1"),
        ("/r/PM-1", "/reports/PM-1"),
        ("/r/pm-1", "/reports/PM-1"),
        ("/r/PM-1/history", "/reports/PM-1/history"),
        ("/r/PM-1.md", "/reports/PM-1.md"),
    ] {
        let answer = ana.get(address).await.is(301);
        assert_eq!(answer.header("location"), target, "{address}");
    }
    for nowhere in [
        "/reports/queue-full-2",
        "/reports/PM-2",
        "/r/42",
        "/r/",
        "/r/PM-0",
        "/reports/PM-01",
        "/nothing",
    ] {
        let page = ana.get(nowhere).await.is(404);
        assert!(
            page.body.contains("<h1") && page.body.contains("href=\"/\""),
            "{nowhere}: a way back"
        );
    }
    let all = ana.get("/reports").await.is(303);
    assert_eq!(all.header("location"), "/search?sort=newest");
    app.finish().await;
}

#[tokio::test]
async fn the_markdown_twin_is_the_report() {
    let app = TestApp::new().await;
    let ana = app.sign_in("ana", Role::Author).await;
    let key = ana.write(&form("Queue full", TEXT, "publish")).await;
    let twin = ana.get(&format!("/reports/{key}.md")).await.is(200);
    assert_eq!(twin.header("content-type"), "text/markdown; charset=utf-8");
    assert_eq!(
        twin.header("content-disposition"),
        "inline; filename=\"PM-1.md\""
    );
    let draft = document::parse(&twin.body).draft;
    assert_eq!(
        document::render(&draft),
        twin.body,
        "what is exported is canonical"
    );
    assert_eq!(draft.title, "Queue full");
    assert_eq!(draft.services, ["checkout", "payments"]);
    assert_eq!(draft.timeline.len(), 1);
    assert_eq!(draft.countermeasures.len(), 1);
    // Another site, or this one, takes it and has the same report.
    let bot = app.program("reports:read,reports:write").await;
    let copy = bot.write(&twin.body, true).await;
    let again = ana.get(&format!("/reports/{copy}.md")).await.is(200).body;
    let mut copied = document::parse(&again).draft;
    copied.import_key.clone_from(&draft.import_key);
    assert_eq!(copied, draft);
    app.finish().await;
}

#[tokio::test]
async fn a_stale_save_shows_both_texts() {
    let app = TestApp::new().await;
    let ana = app.sign_in("ana", Role::Author).await;
    let bob = app.sign_in("bob", Role::Author).await;
    let key = ana.write(&form("Queue full", TEXT, "publish")).await;
    let edit = format!("/reports/{key}/edit");
    let both = [ana.get(&edit).await.is(200), bob.get(&edit).await.is(200)];
    assert!(
        both.iter()
            .all(|page| page.input("base_revision").unwrap() == "1")
    );
    let theirs = TEXT.replace("nobody noticed", "alpha bravo charlie");
    let mine = TEXT.replace("nobody noticed", "delta echo foxtrot <golf>");
    ana.post(&edit, &revised("1", "Title of ana", &theirs, "save"))
        .await
        .is(303);
    let page = bob
        .post(&edit, &revised("1", "Title of bob", &mine, "save"))
        .await
        .is(409);
    let text = unescape(&page.body);
    for word in theirs.split_whitespace().chain(mine.split_whitespace()) {
        assert!(text.contains(word), "{word}");
    }
    assert!(text.contains("Title of ana") && text.contains("Title of bob"));
    let merged = typed(&page).replace('\r', "");
    assert!(
        merged
            .contains("alpha bravo charlie.\nOrders <b>failed</b> & delta echo foxtrot <golf>.\n"),
        "theirs, then mine: {merged}"
    );
    for said in [
        "Both of you changed Title and the text under “Summary”",
        "value=\"Title of ana\"",
        "value=\"Title of bob\" checked",
    ] {
        assert!(text.contains(said), "{said}: {text}");
    }
    assert_eq!(page.input("base_revision").unwrap(), "2");
    assert_eq!(
        app.rows("SELECT revision::text AS text FROM reports").await,
        ["2"]
    );
    // Sending that page saves.
    bob.post(&edit, &revised("2", "Title of bob", &mine, "save"))
        .await
        .is(303);
    assert_eq!(
        app.rows("SELECT title AS text FROM reports").await,
        ["Title of bob"]
    );
    let broken = bob.post(&edit, &revised("three", "T", &mine, "save")).await;
    assert_eq!(broken.status, 422);
    app.finish().await;
}

#[tokio::test]
async fn a_save_without_a_change_keeps_every_field() {
    let app = TestApp::new().await;
    let bot = app.program("reports:read,reports:write").await;
    let document = std::fs::read_to_string(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/data/reports/canonical.md"
    ))
    .unwrap();
    let key = bot.write(&document, true).await;
    let ana = app.sign_in("ana", Role::Author).await;
    let before = ana.get(&format!("/reports/{key}.md")).await.is(200).body;
    let page = ana.get(&format!("/reports/{key}/edit")).await.is(200);
    let names = [
        "base_revision",
        "title",
        "services",
        "teams",
        "tags",
        "authors",
        "started_at",
        "detected_at",
        "acknowledged_at",
        "mitigated_at",
        "resolved_at",
        "timezone",
        "note",
    ];
    let values = names.map(|name| page.input(name).unwrap());
    let mut fields: Vec<(&str, &str)> = names
        .iter()
        .copied()
        .zip(values.iter().map(String::as_str))
        .collect();
    let text = typed(&page);
    // As browsers send it: lines end in CR LF.
    let text = text.replace('\n', "\r\n");
    fields.extend([
        ("kind", "incident"),
        ("severity", "2"),
        ("visibility", "open"),
        ("document", &text),
        ("do", "save"),
    ]);
    ana.post(&format!("/reports/{key}/edit"), &fields)
        .await
        .is(303);
    let after = ana.get(&format!("/reports/{key}.md")).await.is(200).body;
    assert_eq!(after, before);
    app.finish().await;
}

#[tokio::test]
async fn sample_data_makes_the_home_page_useful() {
    let app = TestApp::new().await;
    let admin = app.sign_in("admin", Role::Admin).await;
    let first = admin.get("/").await.is(200).body;
    assert!(first.contains("hansei import") && first.contains("action=\"/sample\""));
    admin.post("/sample", &[]).await.is(303);
    let loaded: usize = app.rows("SELECT count(*)::text AS text FROM reports").await[0]
        .parse()
        .unwrap();
    assert!(loaded >= 12, "{loaded}");
    admin.post("/sample", &[]).await.is(303);
    assert_eq!(
        app.rows("SELECT count(*)::text AS text FROM reports").await,
        [loaded.to_string()]
    );
    assert!(
        !admin
            .get("/")
            .await
            .is(200)
            .body
            .contains("action=\"/sample\"")
    );
    let list = app
        .rows("SELECT concat('/reports/PM-', number) AS text FROM reports")
        .await;
    for path in list {
        let page = admin.get(&path).await.is(200);
        assert_eq!(page.body.matches("<h1").count(), 1, "{path}");
        // The second time from the cache.
        let again = admin.get(&path).await.is(200);
        assert_eq!(
            again.body.matches("<section").count(),
            page.body.matches("<section").count()
        );
    }
    app.finish().await;
}

/// What somebody gives as evidence, or as where it was told first, is often no address.
#[tokio::test]
async fn whatever_stands_where_a_link_could_is_shown() {
    let app = TestApp::new().await;
    let ana = app.sign_in("ana", Role::Author).await;
    let bot = app.program("search:read,reports:read,reports:write").await;
    for (number, said) in [
        "Grafana dashboard 12",
        "www.example.com",
        "javascript:alert(1)",
        "mailto:ana@example.org",
        "/reports/PM-1",
        "https://example.org/x y",
        "https://example.org/graph",
    ]
    .into_iter()
    .enumerate()
    {
        let document = format!(
            "---\ntitle: T\nsources: [\"{said}\"]\nstarted_at: 2026-01-01T10:00:00Z\n---\n\n## Timeline\n\n- 2026-01-01 10:00 UTC It began\n  - evidence: {said}\n- 2026-01-01 10:01 UTC It ended\n\n## Countermeasures\n\n- [ ] Watch it\n  - tracker: {said}\n"
        );
        bot.write(&document, true).await;
        let key = format!("PM-{}", number + 1);
        for page in ["", "?known=1", "/edit", "/history", "/review"] {
            let page = ana.get(&format!("/reports/{key}{page}")).await.is(200).body;
            assert!(!page.contains("href=\"javascript"), "{said}");
        }
        let page = ana.get(&format!("/reports/{key}")).await.is(200).body;
        assert!(unescape(&page).matches(said).count() >= 3, "{said}: {page}");
    }
    app.finish().await;
}

/// A NUL is nothing the database can keep, in whatever form it comes.
#[tokio::test]
async fn a_key_with_a_nul_is_kept_without_it() {
    let app = TestApp::new().await;
    let bot = app.program("search:read,reports:read,reports:write").await;
    bot.write(
        "---\ntitle: T\n\"a\\0b\": 1\n---\n\n## Summary\n\nx\n",
        true,
    )
    .await;
    let report = bot.get("/api/v1/reports/PM-1").await.is(200).json();
    assert!(
        report["document"].as_str().unwrap().contains("a b: 1"),
        "{report}"
    );
    app.finish().await;
}
