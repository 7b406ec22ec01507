//! Searching among countermeasures, events and factors: the rows that say it, where they stand, and whose they are.

use hansei::accounts::Role;

use crate::support::app::{TestApp, unescape};
use crate::support::people::keys;

const ALL: &str = "search:read,reports:read,reports:write";

const LAG: &str = "---
title: Orders were late
timezone: Europe/Berlin
started_at: 2026-01-01T10:00:00Z
---

## Summary

Replica lag kept orders back.

## Timeline

- 2026-01-01 11:00 CET [trigger] A batch began
- 2026-01-01 11:05 CET [detect] The replica lag alert fired
- 2026-01-01 11:40 CET [recover] All was well

## Contributing factors

- **Slow disks** (contributed): cheap ones
- **Unwatched lag** (delayed detection): of the second replica

## Countermeasures

- [ ] Write a runbook
- [x] Watch the lag of each replica
- [ ] Buy disks
- [ ] Teach <b>everybody</b>
";

const DISKS: &str = "---
title: A disk was full
---

## Summary

No space was left, and replica lag was no part of it.

## Countermeasures

- [ ] Buy a disk
";

const NOTHING: &str = "---
title: Replica lag again
---

## Summary

Replica lag, and nobody did anything.
";

#[tokio::test]
async fn each_scope_lists_the_rows_that_say_it_and_where_they_stand() {
    let app = TestApp::new().await;
    let bot = app.program(ALL).await;
    for document in [LAG, DISKS, NOTHING] {
        bot.write(document, true).await;
    }
    app.indexed().await;
    let ask = async |scope: &str, q: &str| {
        let path = format!("/api/v1/search?q={q}&scope={scope}");
        bot.get(&path).await.is(200).json()
    };
    let answer = ask("countermeasures", "replica+lag").await;
    assert_eq!(
        keys(&answer),
        ["PM-1", "PM-2"],
        "what is not done is not listed"
    );
    let rows = answer["items"][0]["rows"].as_array().unwrap();
    let numbers: Vec<i64> = rows
        .iter()
        .map(|row| row["number"].as_i64().unwrap())
        .collect();
    assert_eq!(numbers, [1, 2, 3]);
    assert_eq!(rows[1]["title"], "Watch the lag of each replica");
    assert_eq!(rows[1]["word"], "done");
    let url = rows[1]["url"].as_str().unwrap();
    assert!(url.ends_with("/reports/PM-1#cm-2"), "{url}");
    assert_eq!(answer["items"][0]["more_rows"], 1);

    let answer = ask("timeline", "replica+lag").await;
    assert_eq!(keys(&answer), ["PM-1"]);
    assert_eq!(answer["items"][0]["rows"].as_array().unwrap().len(), 1);
    let event = &answer["items"][0]["rows"][0];
    assert_eq!(
        event["snippet"],
        "The <em>replica</em> <em>lag</em> alert fired"
    );
    assert_eq!(
        (event["word"].as_str(), event["number"].as_i64()),
        (Some("detect"), Some(2))
    );
    assert_eq!(event["at"], "2026-01-01T10:05:00Z");

    let answer = ask("factors", "replica+lag").await;
    assert_eq!(keys(&answer), ["PM-1"]);
    assert_eq!(answer["items"][0]["rows"][1]["title"], "Unwatched lag");
    assert_eq!(answer["items"][0]["rows"][1]["word"], "delayed_detection");

    let usual = ask("", "replica+lag").await;
    assert_eq!(usual["total"], 3);
    assert!(usual["items"][0].get("rows").is_none());
    assert_eq!(ask("reports", "replica+lag").await["items"], usual["items"]);
    assert_eq!(
        keys(&ask("countermeasures", "").await).len(),
        2,
        "all there are"
    );
    bot.get("/api/v1/search?scope=everything")
        .await
        .problem(422, &["scope"]);
    bot.get("/api/v1/search?scope=factors&scope=factors")
        .await
        .problem(422, &["scope"]);
    app.finish().await;
}

#[tokio::test]
async fn the_page_shows_rows_that_lead_to_where_they_stand() {
    let app = TestApp::new().await;
    let bot = app.program(ALL).await;
    bot.write(LAG, true).await;
    app.indexed().await;
    let ana = app.sign_in("ana", Role::Reader).await;
    let report = ana.get("/reports/PM-1").await.is(200).body;
    for (scope, row, anchor) in [
        (
            "countermeasures",
            "Watch the <mark>lag</mark> of each <mark>replica</mark>",
            "cm-2",
        ),
        (
            "timeline",
            "The <mark>replica</mark> <mark>lag</mark> alert fired",
            "event-2",
        ),
        ("factors", "Unwatched <mark>lag</mark>", "factor-2"),
    ] {
        let page = ana
            .get(&format!("/search?q=replica+lag&scope={scope}"))
            .await
            .is(200)
            .body;
        let link = format!("<a href=\"/reports/PM-1#{anchor}\">{row}</a>");
        assert!(page.contains(&link), "{link}: {page}");
        assert!(report.contains(&format!("id=\"{anchor}\"")), "{anchor}");
        // The choice stays while one goes on typing, filters and orders.
        assert!(page.contains(&format!(
            "<input type=\"hidden\" name=\"scope\" value=\"{scope}\""
        )));
        let sorted = format!("/search?q=replica+lag&sort=newest&scope={scope}");
        assert!(unescape(&page).contains(&sorted), "{page}");
        assert_eq!(
            page.matches("aria-current=\"true\"").count(),
            2,
            "scope and order"
        );
    }
    let page = ana.get("/search?q=lag&scope=timeline").await.is(200).body;
    assert!(
        page.contains("2026-01-01 11:05"),
        "as clocks showed it: {page}"
    );
    let page = ana
        .get("/search?q=replica&scope=countermeasures")
        .await
        .is(200)
        .body;
    assert!(page.contains("1 more in this report"), "{page}");
    let page = ana
        .get("/search?q=everybody&scope=countermeasures")
        .await
        .is(200)
        .body;
    assert!(!page.contains("<b>everybody"), "{page}");
    let page = ana
        .get("/search?q=replica+lag&scope=nonsense")
        .await
        .is(200)
        .body;
    assert!(!page.contains("found-rows"), "as if nothing was chosen");
    app.finish().await;
}

#[tokio::test]
async fn rows_of_restricted_reports_are_shown_to_those_named_alone() {
    let app = TestApp::new().await;
    let ana = app.sign_in("ana", Role::Author).await;
    let bo = app.sign_in("bo", Role::Author).await;
    let secret = "## Summary\n\nReplica lag.\n\n## Timeline\n\n- 2026-01-01 11:05 UTC Replica lag at Kestrel\n\n## Contributing factors\n\n- Kestrel lag of a replica\n\n## Countermeasures\n\n- [ ] Watch the replica lag of Kestrel\n";
    let fields = [
        ("title", "Secret"),
        ("kind", "near_miss"),
        ("visibility", "restricted"),
        ("document", secret),
        ("do", "publish"),
    ];
    ana.write(&fields).await;
    app.indexed().await;
    for scope in ["countermeasures", "timeline", "factors"] {
        let path = format!("/search?q=replica+lag&scope={scope}");
        let hers = ana.get(&path).await.is(200).body;
        assert!(hers.contains("Kestrel"), "{scope}: {hers}");
        let his = bo.get(&path).await.is(200).body;
        assert!(
            !his.contains("Kestrel") && his.contains("No reports"),
            "{scope}: {his}"
        );
    }
    app.finish().await;
}

/// A row may be a time and nothing else, or a picture.
#[tokio::test]
async fn rows_without_words_are_listed_all_the_same() {
    let app = TestApp::new().await;
    let ana = app.sign_in("ana", Role::Author).await;
    let bot = app.program(ALL).await;
    let odd = "# T\n\n## Timeline\n\n- 2026-01-01 11:00 CET 🔥\n- 2026-01-01 11:05 CET ![](https://example.org/a.png)\n\n## Countermeasures\n\n- [ ] 🔥\n";
    bot.write(odd, true).await;
    app.indexed().await;
    for (scope, link) in [("timeline", "#event-2"), ("countermeasures", "#cm-1")] {
        let page = ana
            .get(&format!("/search?scope={scope}"))
            .await
            .is(200)
            .body;
        assert!(page.contains(link), "{page}");
        bot.get(&format!("/api/v1/search?q=&scope={scope}"))
            .await
            .is(200);
    }
    app.finish().await;
}

#[tokio::test]
async fn no_more_than_twenty_reports_come_with_rows() {
    let app = TestApp::new().await;
    let bot = app.program(ALL).await;
    for _ in 0..21 {
        bot.write(DISKS, true).await;
    }
    app.indexed().await;
    let path = "/api/v1/search?q=disk&limit=100";
    assert_eq!(keys(&bot.get(path).await.is(200).json()).len(), 21);
    let path = format!("{path}&scope=countermeasures");
    let first = bot.get(&path).await.is(200).json();
    assert_eq!(keys(&first).len(), 20);
    let cursor = first["next_cursor"].as_str().unwrap();
    let next = bot
        .get(&format!("{path}&cursor={cursor}"))
        .await
        .is(200)
        .json();
    assert_eq!(keys(&next).len(), 1);
    assert!(!keys(&first).contains(&keys(&next)[0]));
    app.finish().await;
}
