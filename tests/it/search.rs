//! Search over the running program: what was saved is found at once, narrowed, paged, and never breaks.

use std::time::{Duration, Instant};

use hansei::accounts::Role;
use reqwest::Method;
use serde_json::json;

use crate::support::app::{TestApp, unescape};
use crate::support::people::{Program, keys};

const ALL: &str = "search:read,reports:read,reports:write";

fn document(title: &str, front: &str, text: &str) -> String {
    format!("---\ntitle: {title}\n{front}---\n\n## Summary\n\n{text}\n")
}

/// Asks again until the search finds exactly these, for two seconds.
async fn finds(bot: &Program<'_>, query: &str, expected: &[&str]) {
    let begun = Instant::now();
    loop {
        let found = bot.find(query).await;
        if found == expected {
            return;
        }
        assert!(
            begun.elapsed() < Duration::from_secs(2),
            "{query}: {found:?}, not {expected:?}"
        );
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test]
async fn a_change_is_found_soon_by_whatever_door_it_came() {
    let app = TestApp::new().await;
    let bot = app.program(ALL).await;
    finds(&bot, "zebra", &[]).await;
    bot.write(
        &document("Striped", "services: [stables]\n", "A zebra ran away."),
        true,
    )
    .await;
    finds(&bot, "zebra", &["PM-1"]).await;
    bot.put(
        "PM-1",
        "\"r1\"",
        &document("Striped", "services: [stables]\n", "A giraffe ran away."),
    )
    .await
    .is(200);
    finds(&bot, "giraffe", &["PM-1"]).await;
    finds(&bot, "zebra", &[]).await;
    let ana = app.sign_in("ana", Role::Author).await;
    ana.write(&[
        ("title", "Okapi"),
        ("kind", "incident"),
        ("document", "## Summary\n\nHidden.\n"),
        ("do", "publish"),
    ])
    .await;
    finds(&bot, "okapi", &["PM-2"]).await;
    // Statements of somebody at a terminal count too.
    app.sql("UPDATE services SET name = 'paddock' WHERE name = 'stables'")
        .await;
    finds(&bot, "paddock", &["PM-1"]).await;
    finds(&bot, "service:paddock", &["PM-1"]).await;
    finds(&bot, "service:stables", &[]).await;
    app.sql("UPDATE reports SET title = 'Quagga' WHERE number = 2")
        .await;
    finds(&bot, "quagga", &["PM-2"]).await;
    app.sql("DELETE FROM reports WHERE number = 1").await;
    finds(&bot, "giraffe", &[]).await;
    bot.get("/api/v1/reports/PM-1").await.problem(404, &[]);
    app.finish().await;
}

#[tokio::test]
async fn every_part_of_a_report_is_found() {
    let app = TestApp::new().await;
    let bot = app.program(&format!("{ALL},admin")).await;
    let text = "---\ntitle: Titleword\nservices: [serviceword]\nteams: [teamword]\ntags: [tagword]\nid: keyword-77\nsource_repo: example/repoword\n---\n\n\
        ## Summary\n\nSummaryword\n\n## Timeline\n\n- 2026-03-01T10:00:00Z Timelineword\n\n## Contributing factors\n\n- **Factorword** (contributed)\n\n\
        ## What went well\n\n- Learningword\n\n## Countermeasures\n\n- [ ] Countermeasureword\n  - owner: ownerword\n\n## Some heading\n\nHeadingword `ERR_CONN_4711` 連鎖障害\n";
    bot.write(text, true).await;
    bot.write(&document("Nothing", "", "Else"), true).await;
    app.indexed().await;
    for word in [
        "Titleword",
        "serviceword",
        "teamword",
        "tagword",
        "Summaryword",
        "Timelineword",
        "Factorword",
        "Learningword",
        "Countermeasureword",
        "ownerword",
        "Headingword",
        "ERR_CONN_4711",
        "連鎖",
        "PM-1",
    ] {
        assert_eq!(
            bot.find(word).await.first().map(String::as_str),
            Some("PM-1"),
            "{word}"
        );
    }
    let hit = &bot.get("/api/v1/search?q=timelineword").await.json()["items"][0];
    assert_eq!(hit["matched"], "Timeline");
    assert!(
        hit["snippet"]
            .as_str()
            .unwrap()
            .contains("<em>Timelineword</em>"),
        "{hit}"
    );
    assert!(
        hit["snippet_text"]
            .as_str()
            .unwrap()
            .contains("Timelineword")
    );
    assert_eq!(hit["import_key"], "keyword-77");
    assert_eq!(hit["url"], "http://localhost:1/reports/PM-1");
    assert!(hit["score"].as_f64().unwrap() > 0.0);
    app.finish().await;
}

#[tokio::test]
async fn hits_are_narrowed_counted_and_paged() {
    let app = TestApp::new().await;
    let bot = app.program(ALL).await;
    for number in 1..=12 {
        let front = format!(
            "kind: {}\nservices: [{}]\nseverity: {}\ntags: [t{}]\nstarted_at: 20{}-06-01T00:00:00Z\n",
            "incident",
            if number % 2 == 0 { "even" } else { "odd" },
            number % 3 + 1,
            number % 4,
            13 + number
        );
        bot.write(&document(&format!("Zebra {number}"), &front, "x"), true)
            .await;
    }
    app.indexed().await;
    let total = async |query: &str| {
        let answer = bot
            .get(&format!("/api/v1/search?{query}"))
            .await
            .is(200)
            .json();
        answer["total"].as_u64().unwrap()
    };
    for (query, expected) in [
        ("q=zebra", 12),
        ("q=", 12),
        ("q=zebra&service=even", 6),
        ("q=zebra&service=even&service=odd", 12),
        ("q=zebra&severity=1", 4),
        ("q=zebra&severity=SEV1&service=even", 2),
        ("q=zebra&tag=t1", 3),
        ("q=zebra&kind=near_miss", 0),
        ("q=zebra&after=2020", 6),
        ("q=zebra&before=2020", 6),
        ("q=zebra&after=2020-06&before=2021", 1),
        ("q=zebra+service:even+severity:1", 2),
        ("q=zebra&service=", 12),
        ("q=zebra&unknown=1", 12),
    ] {
        assert_eq!(total(query).await, expected, "{query}");
    }
    let mut seen = Vec::new();
    let mut path = "/api/v1/search?q=zebra&limit=5".to_owned();
    loop {
        let page = bot.get(&path).await.is(200).json();
        assert_eq!(page["total"], 12);
        assert!(page["took_ms"].is_u64() && page["mode"] == "index");
        seen.extend(keys(&page));
        let Some(cursor) = page["next_cursor"].as_str() else {
            break;
        };
        path = format!("/api/v1/search?q=zebra&limit=5&cursor={cursor}");
    }
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), 12);
    app.finish().await;
}

#[tokio::test]
async fn what_cannot_be_asked_for_is_told_by_name() {
    let app = TestApp::new().await;
    let bot = app.program(ALL).await;
    for (query, field) in [
        ("limit=0", "limit"),
        ("limit=1000", "limit"),
        ("limit=abc", "limit"),
        ("limit=-5", "limit"),
        ("cursor=PM-1", "cursor"),
        ("cursor=o99999", "cursor"),
        ("cursor=o-1", "cursor"),
        ("severity=many", "severity"),
        ("severity=9", "severity"),
        ("kind=zzz", "kind"),
        ("status=open", "status"),
        ("after=soon", "after"),
        ("before=2026-13", "before"),
        ("year=x", "year"),
    ] {
        bot.get(&format!("/api/v1/search?q=zebra&{query}"))
            .await
            .problem(422, &[field]);
    }
    // A page goes on with what it understands, and says what it does not.
    let ana = app.sign_in("ana", Role::Reader).await;
    for (query, told) in [
        ("q=zebra&after=soon", "after:soon"),
        ("q=zebra&severity=9", "severity:9"),
        ("q=zebra&kind=zzz", "kind:zzz"),
    ] {
        let page = ana.get(&format!("/search?{query}")).await.is(200);
        assert!(page.body.contains(told), "{query}: {}", page.body);
    }
    let marks = format!("/search?q={}", "%22".repeat(5_000));
    let page = ana.get(&marks).await.is(200);
    assert!(page.body.len() < 200_000, "{} bytes", page.body.len());
    app.finish().await;
}

#[tokio::test]
async fn no_query_breaks_it() {
    let app = TestApp::new().await;
    let bot = app.program(ALL).await;
    let ana = app.sign_in("ana", Role::Reader).await;
    bot.write(&document("Zebra", "", "A zebra ran away."), true)
        .await;
    app.indexed().await;
    let long = "zebra%20".repeat(2_000);
    let deep = "(".repeat(3_000);
    let quotes = "%22".repeat(999);
    let stars = "*".repeat(500);
    let wide = "%F0%9F%A6%93".repeat(500);
    for query in [
        "%00",
        "a%00b",
        "%ff%fe",
        "%",
        "%zz",
        "%c3%28",
        "&&&&",
        "=",
        "zebra%0D%0ASet-Cookie:x=1",
        "%3Cscript%3Ealert(1)%3C/script%3E",
        "-",
        "-zebra",
        "%22",
        "%22zebra",
        "OR+AND+NOT",
        "service:",
        "after:x",
        "severity:99999999999",
        "title:zebra^1e999",
        "%2F%2F",
        "..%2F..%2F",
        "'; DROP TABLE reports; --",
        "\\",
        "zebra~9",
        &long,
        &deep,
        &quotes,
        &stars,
        &wide,
    ] {
        let query = query
            .replace(' ', "+")
            .replace('\\', "%5C")
            .replace('"', "%22");
        for path in [
            "/api/v1/search?q=",
            "/api/v1/search?tag=",
            "/api/v1/search?cursor=",
            "/api/v1/search?limit=",
        ] {
            let answer = bot.get(&format!("{path}{query}")).await;
            assert!(
                matches!(answer.status, 200 | 400 | 414 | 422),
                "{path}{query}: {}",
                answer.status
            );
        }
        for path in [
            "/search?q=",
            "/search?service=",
            "/search?page=",
            "/search?sort=",
            "/search?year=",
        ] {
            let answer = ana.get(&format!("{path}{query}")).await;
            assert!(
                matches!(answer.status, 200 | 400 | 414 | 422),
                "{path}{query}: {}",
                answer.status
            );
            assert!(!answer.body.contains("<script>alert"), "{path}{query}");
            assert!(
                !answer.header("set-cookie").contains("x=1"),
                "{path}{query}"
            );
        }
    }
    let pasted = "zebra+".repeat(9_000);
    bot.get(&format!("/api/v1/search?q={pasted}"))
        .await
        .problem(414, &[]);
    // Found all the same when most of the query is noise.
    assert_eq!(bot.find("zebra \"( [ * ^ ~").await, ["PM-1"]);
    app.finish().await;
}

#[tokio::test]
async fn the_page_is_one_address_and_its_fragment_the_part_that_changes() {
    let app = TestApp::new().await;
    let bot = app.program(ALL).await;
    for number in 1..=12 {
        let front = format!("services: [s{}]\nseverity: 2\n", number % 2);
        bot.write(
            &document(&format!("Zebra {number}"), &front, "A <b>zebra</b> & co."),
            true,
        )
        .await;
    }
    app.indexed().await;
    let ana = app.sign_in("ana", Role::Reader).await;
    let page = ana.get("/search?q=zebra&service=s1").await.is(200).body;
    assert!(page.contains("<!doctype html>") && page.contains("<mark>"));
    assert!(page.contains("<strong>6</strong> reports"), "{page}");
    assert!(
        page.contains("class=\"chip\"") && unescape(&page).contains("href=\"/search?q=zebra\""),
        "a removable chip"
    );
    assert!(
        page.contains("&lt;b&gt;") || !page.contains("<b>"),
        "snippets are escaped"
    );
    let htmx = [("hx-request", "true")];
    let fragment = ana
        .send(Method::GET, "/search?q=zebra&service=s1", &htmx, "")
        .await
        .is(200);
    assert!(!fragment.body.contains("<!doctype html>") && fragment.body.contains("id=\"results\""));
    assert!(fragment.body.contains("<strong>6</strong> reports"));
    assert!(
        fragment
            .header("vary")
            .to_lowercase()
            .contains("hx-request"),
        "{:?}",
        fragment.headers
    );
    let second = ana.get("/search?q=zebra&page=2").await.is(200).body;
    assert!(second.contains("start=\"11\""), "{second}");
    let none = ana
        .get("/search?q=zebra&service=nosuch&severity=2")
        .await
        .is(200)
        .body;
    assert!(none.contains("No reports"), "{none}");
    let last = ana.get("/search?q=zebra&page=99999999").await.is(200).body;
    assert!(last.contains("id=\"results\""));
    app.finish().await;
}

#[tokio::test]
async fn without_an_index_postgres_answers() {
    let app = TestApp::new().await;
    let bot = app.program(ALL).await;
    bot.write(
        &document("Zebra", "services: [stables]\n", "A zebra ran away."),
        true,
    )
    .await;
    app.indexed().await;
    let page = bot.get("/api/v1/search?q=zebra").await.json();
    assert_eq!(
        (page["mode"].as_str(), page["total"].as_u64()),
        (Some("index"), Some(1))
    );
    app.lose_index();
    let mut modes = Vec::new();
    let begun = Instant::now();
    // While it is gone and until it is back, every answer is right.
    while modes.last().is_none_or(|mode| mode != "index") || modes.len() < 20 {
        let page = bot
            .get("/api/v1/search?q=zebra&service=stables")
            .await
            .is(200)
            .json();
        assert_eq!(page["items"][0]["id"], json!("PM-1"), "{page}");
        modes.push(page["mode"].as_str().unwrap().to_owned());
        assert!(begun.elapsed() < Duration::from_secs(10), "{modes:?}");
    }
    app.healed().await;
    app.finish().await;
}
