//! What pages and refusals say: that it is true, complete, and tells the way on.

use hansei::accounts::Role;
use reqwest::Method;

use crate::support::app::TestApp;

const TEXT: &str = "## Summary\n\nOrders <b>failed</b> and nobody noticed.\n\n## Timeline\n\n- 14:02 [detect] The queue was full. <https://example.org/alert>\n- 14:30 Somebody restarted it.\n\n## Contributing factors\n\n- A queue without a limit\n\n## What went well\n\n- The restart\n\n## Countermeasures\n\n- [ ] Watch the queue (owner: Bob, due 2026-12-01)\n";

fn form<'a>(document: &'a str, action: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![
        ("title", "Queue full"),
        ("kind", "incident"),
        ("severity", "2"),
        ("visibility", "open"),
        ("services", "checkout"),
        ("started_at", "2026-03-01 14:00"),
        ("resolved_at", "2026-03-01 15:30"),
        ("timezone", "Europe/Paris"),
        ("document", document),
        ("do", action),
    ]
}

/// The body of a report between its head and its foot, without the spaces of the layout.
fn told(html: &str) -> String {
    let (_, rest) = html.split_once("<section class=\"figure\"").unwrap();
    let (figure, rest) = rest.split_once("</dl>\n</section>").unwrap();
    let (_, rest) = rest.split_once("<section class=\"summary\"").unwrap();
    let ends = [
        "<footer",
        "<form class",
        "<section class=\"section related\"",
    ];
    let ends = ends.map(|end| rest.find(end));
    let body = rest.split_at(ends.into_iter().flatten().min().unwrap()).0;
    let words: Vec<&str> = figure
        .split_whitespace()
        .chain(body.split_whitespace())
        .collect();
    words
        .join(" ")
        .trim_end_matches("</div> </section>")
        .trim()
        .to_owned()
}

#[tokio::test]
async fn the_preview_is_what_will_be_published() {
    let app = TestApp::new().await;
    let ana = app.sign_in("ana", Role::Author).await;
    let preview = ana.post("/reports", &form(TEXT, "preview")).await.is(200);
    for part in [
        "id=\"event-2\"",
        "class=\"cm ",
        "class=\"learnings\"",
        "class=\"factors\"",
        "1 h 30 min to resolve",
        "due <time datetime=\"2026-12-01\"",
        "Orders &lt;b&gt;failed",
    ] {
        assert!(preview.body.contains(part), "{part}: {}", preview.body);
    }
    assert_eq!(preview.body.matches("<h1").count(), 1);
    let key = ana.write(&form(TEXT, "publish")).await;
    let page = ana.get(&format!("/reports/{key}")).await.is(200);
    assert_eq!(told(&preview.body), told(&page.body));

    // What is worth a look is no reason for alarm.
    let odd = format!("{TEXT}\n## Timeline of the week before\n\n- 99:99 odd\n- then odd\n");
    let preview = ana.post("/reports", &form(&odd, "preview")).await.is(200);
    assert!(!preview.body.contains("Not saved yet"), "{}", preview.body);
    let undated = form("## Timeline\n\n- 14:02 a\n", "preview");
    let undated: Vec<_> = undated
        .into_iter()
        .filter(|(name, _)| !name.ends_with("_at"))
        .collect();
    let preview = ana.post("/reports", &undated).await.is(200);
    assert!(preview.body.contains("Worth a look"), "{}", preview.body);
    assert!(!preview.body.contains("Not saved yet"));
    app.finish().await;
}

#[tokio::test]
async fn a_difference_shows_and_counts_whole_lines() {
    let app = TestApp::new().await;
    let ana = app.sign_in("ana", Role::Author).await;
    let key = ana.write(&form(TEXT, "save")).await;
    let longer = TEXT.replace(
        "nobody noticed.\n",
        "nobody noticed.\n\nFour words came along.\n",
    );
    let mut fields = form(&longer, "save");
    fields.push(("base_revision", "1"));
    ana.post(&format!("/reports/{key}/edit"), &fields)
        .await
        .is(303);
    let diff = ana.get(&format!("/reports/{key}/diff")).await.is(200).body;
    assert!(diff.contains("<ins>Four words came along.</ins>"), "{diff}");
    assert!(
        diff.contains("4 words added") && diff.contains("0 words removed"),
        "{diff}"
    );
    assert!(diff.contains("<span class=\"sr-only\">Added: </span>"));
    let back = ana
        .get(&format!("/reports/{key}/diff?from=2&to=1"))
        .await
        .is(200)
        .body;
    assert!(back.contains("<del>Four words came along.</del>"), "{back}");
    assert!(back.contains("4 words removed"));
    app.finish().await;
}

#[tokio::test]
async fn times_in_the_wrong_order_are_named_as_in_the_form() {
    let app = TestApp::new().await;
    let ana = app.sign_in("ana", Role::Author).await;
    let mut fields = form(TEXT, "save");
    fields[6] = ("resolved_at", "2026-03-01 13:00");
    let page = ana.post("/reports", &fields).await.is(422).body;
    assert!(
        page.contains(
            "“Resolved” (2026-03-01 13:00 CET) is before “Started” (2026-03-01 14:00 CET)."
        ),
        "{page}"
    );
    fields[7] = ("timezone", "Mars/Olympus");
    let page = ana.post("/reports", &fields).await.is(422).body;
    assert!(
        page.contains("Mars/Olympus") && !page.contains("is before"),
        "{page}"
    );
    app.finish().await;
}

#[tokio::test]
async fn a_problem_in_the_text_leads_to_the_text() {
    let app = TestApp::new().await;
    let ana = app.sign_in("ana", Role::Author).await;
    let text = "## Countermeasures\n\n- [ ] Nothing\n  - status: wont_do\n";
    let page = ana.post("/reports", &form(text, "save")).await.is(422).body;
    assert!(page.contains("href=\"#f-document\"") && !page.contains("#f-countermeasures"));
    app.finish().await;
}

#[tokio::test]
async fn refusals_are_sentences_that_name_what_is_missing() {
    let app = TestApp::new().await;
    let reader = app.sign_in("reader", Role::Reader).await;
    let refused = reader.post("/sample", &[]).await.is(403).body;
    assert!(
        refused.contains("Only administrators may import reports"),
        "{refused}"
    );
    let refused = reader.get("/reports/new").await.is(403).body;
    assert!(
        refused.contains("You need the role Author or Admin to write reports"),
        "{refused}"
    );
    let (finder, writer) = (
        app.program("search:read").await,
        app.program("reports:write").await,
    );
    // A missing scope is told before anything about a report, there or not.
    for (program, path, scope) in [
        (&finder, "/api/v1/reports", "reports:read"),
        (&finder, "/api/v1/reports/PM-1", "reports:read"),
        (&finder, "/api/v1/reports/nothing", "reports:read"),
        (&writer, "/api/v1/search?q=x", "search:read"),
    ] {
        let problem = program.get(path).await.problem(403, &[]).json();
        assert_eq!(
            problem["detail"],
            format!("This needs a token with the scope {scope}."),
            "{path}"
        );
    }
    let problem = finder
        .put("PM-1", "\"r1\"", TEXT)
        .await
        .problem(403, &[])
        .json();
    assert!(
        problem["detail"]
            .as_str()
            .unwrap()
            .contains("reports:write")
    );
    app.finish().await;
}

#[tokio::test]
async fn a_search_for_bytes_that_are_no_text_is_refused() {
    let app = TestApp::new().await;
    let ana = app.sign_in("ana", Role::Author).await;
    let bot = app.program("search:read").await;
    for query in ["q=%ff", "q=a%00b", "service=%c3%28", "q=a&%00=b"] {
        let page = ana.get(&format!("/search?{query}")).await.is(400).body;
        assert!(page.contains("not UTF-8 text, or a NUL"), "{query}: {page}");
        bot.get(&format!("/api/v1/search?{query}"))
            .await
            .problem(400, &[]);
    }
    ana.get("/search?q=100%25&q=%e5%8f%8d%e7%9c%81&unknown=%zz")
        .await
        .is(200);
    bot.get("/api/v1/search?q=%e5%8f%8d&service=a&service=b")
        .await
        .is(200);
    app.finish().await;
}

#[tokio::test]
async fn a_site_that_nobody_has_set_up_says_so() {
    let app = TestApp::new().await;
    let fresh = app.get("/sign-in").await.is(200);
    assert!(fresh.body.contains("Not set up yet") && fresh.body.contains("the server printed"));
    assert!(!fresh.body.contains("name=\"password\""));
    app.person("ana", Role::Admin).await;
    let usual = app.get("/sign-in").await.is(200);
    assert!(!usual.body.contains("Not set up yet") && usual.body.contains("name=\"password\""));
    app.finish().await;
}

#[tokio::test]
async fn the_home_page_says_what_it_shows() {
    let app = TestApp::new().await;
    let ana = app.sign_in("ana", Role::Author).await;
    ana.write(&form(TEXT, "save")).await;
    let home = ana.get("/").await.is(200).body;
    assert!(
        home.contains(">All reports</a>"),
        "drafts are not counted as published: {home}"
    );
    assert!(home.contains("Your drafts") && !home.contains("In review"));
    app.sql("UPDATE reports SET status = 'in_review'").await;
    assert!(ana.get("/").await.is(200).body.contains("In review"));
    app.finish().await;
}

#[tokio::test]
async fn an_error_page_knows_who_is_signed_in() {
    let app = TestApp::new().await;
    let ana = app.sign_in("ana", Role::Author).await;
    for (path, status) in [("/reports/%ff", 400), ("/%00", 400), ("/nothing", 404)] {
        let page = ana.get(path).await.is(status).body;
        assert!(page.contains("Account of ana"), "{path}: {page}");
        let page = app.get(path).await.is(status).body;
        assert!(!page.contains("Account of"), "{path}");
    }
    let headers = [("host", "evil.example")];
    let foreign = ana.send(Method::GET, "/", &headers, "").await.is(421).body;
    assert!(!foreign.contains("Account of ana"));
    app.finish().await;
}

#[tokio::test]
async fn sessions_are_listed_by_the_name_of_the_browser() {
    let app = TestApp::new().await;
    app.person("ana", Role::Author).await;
    let browser = app.stranger().await;
    let agent = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
    let fields = [
        ("email", "ana@example.org"),
        ("password", crate::support::people::PASSWORD),
        ("csrf", browser.csrf.as_str()),
    ];
    browser
        .post_as_is("/sign-in", &fields, &[("user-agent", agent)])
        .await
        .is(303);
    let account = browser.get("/account").await.is(200).body;
    assert!(
        account.contains("Firefox on Linux") && !account.contains("Gecko"),
        "{account}"
    );
    app.finish().await;
}
