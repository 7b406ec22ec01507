//! Reports like a report, a text or an alert: with reasons, within reach, and silent when unsure.

use hansei::accounts::Role;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::app::{Answer, TestApp};
use crate::support::people::{Browser, Program, keys};

const SCOPES: &str = "search:read,reports:read,reports:write";

/// A report about a certificate; `more` goes into its front matter.
fn certificate(title: &str, more: &str) -> String {
    format!(
        "---\ntitle: {title}\nservices: [checkout]\ntags: [tls]\n{more}---\n\n## Summary\n\nThe intermediate certificate expired. Renewal had failed with ERR_ACME_LIMIT for weeks.\n\n## Contributing factors\n\n- Renewal without an alert\n"
    )
}

fn replica(title: &str) -> String {
    format!(
        "---\ntitle: {title}\nservices: [orders]\n---\n\n## Summary\n\nThe replica fell behind after a failover; stale reads. PostgresReplicationLag rang late.\n"
    )
}

fn other(number: usize) -> String {
    format!(
        "---\ntitle: Something else {number}\nservices: [search]\n---\n\n## Summary\n\nA deploy was rolled back by hand.\n"
    )
}

async fn ask(program: &Program<'_>, query: &[(&str, &str)]) -> Answer {
    let query = serde_urlencoded::to_string(query).unwrap();
    program.get(&format!("/api/v1/related?{query}")).await
}

async fn post(program: &Program<'_>, body: &Value) -> Answer {
    let headers = [("content-type", "application/json")];
    program
        .send(Method::POST, "/api/v1/related", &headers, body.to_string())
        .await
}

/// The texts of the reasons of the first hit.
fn reasons(answer: &Value) -> Vec<&str> {
    let reasons = answer["items"][0]["reasons"].as_array().unwrap();
    reasons
        .iter()
        .map(|it| it["text"].as_str().unwrap())
        .collect()
}

/// PM-1 and PM-2 are about certificates, PM-3 about a replica; PM-4 is restricted, PM-5 a draft, the rest is about
/// something else.
async fn past(writer: &Program<'_>) {
    writer
        .write(&certificate("Expired certificate stops checkout", ""), true)
        .await;
    writer
        .write(&certificate("Certificates expired again", ""), true)
        .await;
    writer
        .write(&replica("Replica lag after a failover"), true)
        .await;
    writer
        .write(
            &certificate("Certificate of the vault", "visibility: restricted\n"),
            true,
        )
        .await;
    writer
        .write(&certificate("Certificate, a draft", ""), false)
        .await;
    for number in 0..12 {
        writer.write(&other(number), true).await;
    }
}

#[tokio::test]
async fn reports_like_a_report_a_text_or_an_alert_come_with_reasons() {
    let app = TestApp::new().await;
    let ana = app.person("ana", Role::Author).await;
    let own = app
        .program_of(&format!("{SCOPES},restricted:read"), Some(ana), None)
        .await;
    past(&own).await;
    app.indexed().await;
    app.sql("UPDATE reports SET import_key = 'ops/cert.md' WHERE number = 1")
        .await;
    app.indexed().await;
    let bot = app.program("search:read").await;

    let by_key = ask(&bot, &[("id", "PM-1")]).await.is(200).json();
    assert_eq!(keys(&by_key), ["PM-2"], "{by_key}");
    let told = reasons(&by_key);
    assert_eq!(
        told[..3],
        [
            "Same contributing factor: Renewal without an alert",
            "Both quote ERR_ACME_LIMIT",
            "Same service: checkout",
        ]
    );
    assert!(
        told[3].starts_with("Both mention “") && told[3].contains("“expired”"),
        "{told:?}"
    );
    assert_eq!(told[4..], ["Same tag: tls"]);
    let hit = &by_key["items"][0];
    assert_eq!(hit["title"], "Certificates expired again");
    assert_eq!(hit["url"], "http://localhost:1/reports/PM-2");
    assert_eq!(hit["services"], json!(["checkout"]));
    assert_eq!(hit["reasons"][1]["kind"], "identifier");
    assert!(hit["score"].as_f64().unwrap() > 0.0);

    let by_import = ask(&bot, &[("import_key", "ops/cert.md")])
        .await
        .is(200)
        .json();
    assert_eq!(by_import, by_key);

    let text = [
        ("text", "intermediate certificate expired, renewal failed"),
        ("service", "Checkout"),
    ];
    let by_text = ask(&bot, &text).await.is(200).json();
    let mut found = keys(&by_text);
    found.sort();
    assert_eq!(found, ["PM-1", "PM-2"], "{by_text}");
    assert!(reasons(&by_text).contains(&"Same service: checkout"));

    let alert = json!({ "labels": {
        "alertname": "PostgresReplicationLag", "service": "orders", "instance": "db-2:9187", "severity": "critical",
    } });
    let by_alert = post(&bot, &alert).await.is(200).json();
    assert_eq!(keys(&by_alert), ["PM-3"], "{by_alert}");
    assert_eq!(
        reasons(&by_alert)[..2],
        ["Same alert: PostgresReplicationLag", "Same service: orders"]
    );
    let change = json!({ "title": "Raise the limit for ERR_ACME_LIMIT", "text": "Renewal of the certificate", "limit": 1 });
    assert_eq!(keys(&post(&bot, &change).await.is(200).json()).len(), 1);
    app.finish().await;
}

#[tokio::test]
async fn what_is_about_something_else_is_not_told() {
    let app = TestApp::new().await;
    let bot = app.program(SCOPES).await;
    for title in ["Expired certificate", "Certificates expired again"] {
        bot.write(&certificate(title, ""), true).await;
    }
    for number in 0..12 {
        bot.write(&other(number), true).await;
    }
    app.indexed().await;
    for text in [
        "Strawberry jam: boil the berries with sugar and lemon",
        "The service was slow and users were affected",
        "the and of",
        "日本語の料理",
        "((( \u{1F600} --",
    ] {
        let found = ask(&bot, &[("text", text), ("service", "checkout")])
            .await
            .is(200)
            .json();
        assert_eq!(found, json!({ "items": [] }), "{text}");
    }
    app.finish().await;
}

#[tokio::test]
async fn a_restricted_report_is_neither_shown_nor_asked_about() {
    let app = TestApp::new().await;
    let ana = app.person("ana", Role::Author).await;
    let own = app
        .program_of(&format!("{SCOPES},restricted:read"), Some(ana), None)
        .await;
    past(&own).await;
    app.sql("UPDATE reports SET import_key = 'ops/secret.md' WHERE number = 4")
        .await;
    app.indexed().await;
    let bot = app.program("search:read").await;
    let text = [
        ("text", "certificate vault expired renewal ERR_ACME_LIMIT"),
        ("limit", "50"),
    ];
    let seen = keys(&ask(&bot, &text).await.is(200).json());
    assert!(
        seen.contains(&"PM-1".to_owned()) && !seen.contains(&"PM-4".to_owned()),
        "{seen:?}"
    );
    assert!(
        !seen.contains(&"PM-5".to_owned()),
        "a draft is no past report"
    );
    assert!(keys(&ask(&own, &text).await.is(200).json()).contains(&"PM-4".to_owned()));
    for hidden in [
        [("id", "PM-4")],
        [("id", "PM-99")],
        [("import_key", "ops/secret.md")],
        [("import_key", "none")],
    ] {
        ask(&bot, &hidden).await.problem(404, &[]);
    }
    ask(&own, &[("id", "PM-4")]).await.is(200);
    // A link to what somebody may not see is none to them.
    let link = json!({ "to": "PM-4", "kind": "recurrence_of" });
    own.add("PM-3/links", &link).await.is(201);
    assert_eq!(
        ask(&bot, &[("id", "PM-3")]).await.is(200).json(),
        json!({ "items": [] })
    );
    assert_eq!(
        keys(&ask(&own, &[("id", "PM-3")]).await.is(200).json()),
        ["PM-4"]
    );
    let reader = app.sign_in("reader", Role::Reader).await;
    reader.get("/related?id=PM-4").await.is(404);
    app.finish().await;
}

#[tokio::test]
async fn what_cannot_be_asked_is_told_beside_its_field() {
    let app = TestApp::new().await;
    let bot = app.program(SCOPES).await;
    bot.write(&other(1), true).await;
    app.indexed().await;
    let long = "x".repeat(1_001);
    for (query, fields) in [
        (vec![], ["id"]),
        (vec![("limit", "3")], ["id"]),
        (vec![("id", ""), ("text", " ")], ["id"]),
        (vec![("service", "search")], ["text"]),
        (vec![("id", "PM-1"), ("import_key", "x")], ["import_key"]),
        (vec![("id", "PM-1"), ("text", "x")], ["text"]),
        (vec![("text", "x"), ("text", "y")], ["text"]),
        (vec![("text", "x"), ("limit", "0")], ["limit"]),
        (vec![("text", "x"), ("limit", "51")], ["limit"]),
        (vec![("title", long.as_str())], ["title"]),
    ] {
        ask(&bot, &query).await.problem(422, &fields);
    }
    for (body, fields) in [
        (json!({}), ["text"]),
        (json!({ "labels": { "severity": "critical" } }), ["text"]),
        (json!({ "text": "x".repeat(16 * 1024 + 1) }), ["text"]),
        (json!({ "text": "x", "limit": 0 }), ["limit"]),
        (
            json!({ "text": "x", "services": vec!["s"; 33] }),
            ["services"],
        ),
        (json!({ "text": 1 }), ["text"]),
    ] {
        post(&bot, &body).await.problem(422, &fields);
    }
    post(&bot, &json!({ "text": "a\u{0}b" }))
        .await
        .problem(400, &[]);
    let blind = app.program("reports:read").await;
    ask(&blind, &[("text", "x")]).await.problem(403, &[]);
    post(&blind, &json!({ "text": "x" }))
        .await
        .problem(403, &[]);
    let most = "word ".repeat(3_276);
    post(&bot, &json!({ "text": most })).await.is(200);
    app.finish().await;
}

#[tokio::test]
async fn what_a_person_has_linked_comes_first() {
    let app = TestApp::new().await;
    let ana = app.person("ana", Role::Author).await;
    let own = app.program_of(SCOPES, Some(ana), None).await;
    past(&own).await;
    let browser = app.sign_in_again("ana", ana).await;
    let fields = [
        ("to", "PM-3"),
        ("kind", "caused_by"),
        ("why", "Told in the review."),
    ];
    browser.post("/reports/PM-1/links", &fields).await.is(303);
    let link = json!({ "to": "PM-6", "kind": "similar_to" });
    app.program(SCOPES)
        .await
        .add("PM-1/links", &link)
        .await
        .is(201);
    app.indexed().await;
    let bot = app.program("search:read").await;
    let found = ask(&bot, &[("id", "PM-1"), ("limit", "9")])
        .await
        .is(200)
        .json();
    assert_eq!(keys(&found), ["PM-3", "PM-2", "PM-6"], "{found}");
    assert_eq!(
        found["items"][0]["reasons"][0],
        json!({ "kind": "linked", "text": "Linked by a person: caused by PM-3" })
    );
    assert_eq!(
        found["items"][2]["reasons"][0]["text"],
        "Linked by a program: similar to PM-6"
    );
    let back = ask(&bot, &[("id", "PM-3")]).await.is(200).json();
    assert_eq!(reasons(&back), ["Linked by a person: led to PM-1"]);
    app.finish().await;
}

async fn shown(browser: &Browser<'_>, path: &str) -> String {
    browser.get(path).await.is(200).body
}

#[tokio::test]
async fn the_page_and_the_panel_show_reasons_or_say_what_to_do() {
    let app = TestApp::new().await;
    let ana = app.sign_in("ana", Role::Author).await;
    let writer = app
        .program_of(&format!("{SCOPES},restricted:read"), Some(ana.id), None)
        .await;
    past(&writer).await;
    app.indexed().await;

    let report = shown(&ana, "/reports/PM-1").await;
    for part in [
        "href=\"/related?id&#x3D;PM-1\"",
        "hx-get=\"/related?id&#x3D;PM-1&amp;in&#x3D;panel\"",
        "Related reports",
    ] {
        assert!(report.contains(part), "{part}: {report}");
    }
    let page = shown(&ana, "/related?id=PM-1").await;
    for part in [
        "Expired certificate stops checkout",
        "href=\"/reports/PM-2\"",
        "Both quote ERR_ACME_LIMIT",
        "Same service: checkout",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
    let panel = ana
        .send(
            Method::GET,
            "/related?id=PM-1&in=panel",
            &[("hx-request", "true")],
            "",
        )
        .await
        .is(200)
        .body;
    assert!(
        panel.contains("href=\"/reports/PM-2\"") && !panel.contains("<!doctype"),
        "{panel}"
    );

    let form = shown(&ana, "/related").await;
    assert!(
        form.contains("name=\"text\"") && !form.contains("What now"),
        "{form}"
    );
    let alert = "/related?alertname=PostgresReplicationLag&service=orders&summary=340s+behind";
    let page = shown(&ana, alert).await;
    assert!(
        page.contains("href=\"/reports/PM-3\"")
            && page.contains("Same alert: PostgresReplicationLag"),
        "{page}"
    );
    assert!(
        page.contains("name=\"alertname\" value=\"PostgresReplicationLag\""),
        "{page}"
    );
    let none = shown(
        &ana,
        "/related?text=%3Cscript%3Ejam%3C%2Fscript%3E&service=kitchen",
    )
    .await;
    for part in [
        "What now",
        "href=\"/search\"",
        "&lt;script&gt;jam",
        "value=\"kitchen\"",
    ] {
        assert!(none.contains(part), "{part}: {none}");
    }
    let wrong = ana.get("/related?id=PM-1&text=x").await.is(422).body;
    assert!(wrong.contains("role=\"alert\""), "{wrong}");
    ana.get("/related?id=PM-99").await.is(404);
    ana.get("/related?id=x").await.is(404);

    // Without an index it says so; the report itself is read as always.
    app.lose_index();
    ana.get("/reports/PM-1").await.is(200);
    app.healed().await;
    app.finish().await;
}

#[tokio::test]
async fn the_world_outside_is_told_of_what_it_may_read() {
    let app = TestApp::open_to_all().await;
    let ana = app.person("ana", Role::Author).await;
    let writer = app
        .program_of(&format!("{SCOPES},restricted:read"), Some(ana), None)
        .await;
    past(&writer).await;
    app.indexed().await;
    let page = app.get("/related?id=PM-1").await.is(200).body;
    assert!(page.contains("href=\"/reports/PM-2\""), "{page}");
    for hidden in ["PM-4", "PM-5", "vault"] {
        assert!(!page.contains(hidden), "{hidden}: {page}");
    }
    app.get("/related?id=PM-4").await.is(404);
    app.get("/related?id=PM-5").await.is(404);
    app.finish().await;
}
