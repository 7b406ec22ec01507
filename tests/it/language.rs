//! Wording help through the API.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::app::{Answer, TestApp};
use crate::support::people::Program;

const PATH: &str = "/api/v1/language-check";

async fn check(program: &Program<'_>, body: &Value) -> Answer {
    let headers = [("content-type", "application/json")];
    program
        .send(Method::POST, PATH, &headers, body.to_string())
        .await
}

#[tokio::test]
async fn findings_come_with_place_reason_and_question() {
    let app = TestApp::new().await;
    let bot = app.program("reports:read").await;
    let text = "## Détection\n\nNobody looked. The engineer forgot the flag.\n";
    let answer = check(&bot, &json!({ "text": text })).await.is(200);
    assert_eq!(answer.header("content-type"), "application/json");
    let answer = answer.json();
    let findings = answer["findings"].as_array().unwrap();
    assert_eq!(findings.len(), 2, "{findings:?}");
    let second = &findings[1];
    assert_eq!(second["kind"], "person_and_fault");
    assert_eq!(second["line"], 3);
    assert_eq!(second["text"], "engineer forgot");
    let place = |name: &str| usize::try_from(second[name].as_u64().unwrap()).unwrap();
    assert_eq!(
        text.get(place("start")..place("end")),
        Some("engineer forgot")
    );
    assert!(!second["reason"].as_str().unwrap().is_empty());
    let question = second["suggestion"].as_str().unwrap();
    assert!(
        question.starts_with("What") && question.contains("the engineer"),
        "{question}"
    );
    // The same as Markdown, by a program that may only write.
    let writer = app.program("reports:write").await;
    let headers = [("content-type", "text/markdown; charset=utf-8")];
    let same = writer
        .send(Method::POST, PATH, &headers, text)
        .await
        .is(200);
    assert_eq!(same.json(), answer);
    let calm = json!({ "text": "The job forgot its lease. We did not know of the flag.\n" });
    let calm = check(&bot, &calm).await.is(200).json();
    assert_eq!(calm, json!({ "findings": [] }));
    assert_eq!(
        check(&bot, &json!({ "text": "" })).await.is(200).json(),
        json!({ "findings": [] })
    );
    app.finish().await;
}

#[tokio::test]
async fn a_secret_does_not_come_back() {
    let app = TestApp::new().await;
    let bot = app.program("reports:read").await;
    // Put together here, so that nobody who looks for secrets finds one in this file.
    let key = ["AKIA", "Q3ZLX7", "PB2WN5", "KD4R"].concat();
    let password = ["hunter2", "battery9"].concat();
    let text = format!("```\naws_access_key_id = {key}\nDB_PASSWORD={password}\n```\n");
    let answer = check(&bot, &json!({ "text": text })).await.is(200);
    let findings = answer.json();
    let shown: Vec<&str> = findings["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|finding| finding["text"].as_str().unwrap())
        .collect();
    assert_eq!(shown, ["AKIA…", "hun…"]);
    assert!(!answer.body.contains(&key) && !answer.body.contains(&password));
    assert!(!answer.body.contains(key.split_at(4).1) && !answer.body.contains("battery"));
    app.finish().await;
}

#[tokio::test]
async fn what_is_no_text_is_refused() {
    let app = TestApp::new().await;
    let bot = app.program("reports:read").await;
    let long = "a".repeat(1024 * 1024);
    check(&bot, &json!({ "text": long })).await.is(200);
    let too_long = json!({ "text": format!("{long}a") });
    check(&bot, &too_long).await.problem(422, &["text"]);
    let much_too_long = json!({ "text": "a".repeat(4 * 1024 * 1024) });
    check(&bot, &much_too_long).await.problem(413, &[]);
    for nul in [
        json!({ "text": "a\0b" }).to_string(),
        "{\"text\": \"a\0b\"}".to_owned(),
    ] {
        let headers = [("content-type", "application/json")];
        let answer = bot.send(Method::POST, PATH, &headers, nul).await;
        answer.problem(400, &[]);
    }
    let markdown = [("content-type", "text/markdown")];
    for unreadable in [b"a\0b".to_vec(), b"a\xffb".to_vec()] {
        bot.send(Method::POST, PATH, &markdown, unreadable)
            .await
            .problem(400, &[]);
    }
    bot.send(Method::POST, PATH, &[("content-type", "text/plain")], "x")
        .await
        .problem(415, &[]);
    for (wrong, field) in [
        (json!({}), "body"),
        (json!({ "text": 1 }), "text"),
        (json!({ "text": "x", "lang": "en" }), "lang"),
    ] {
        check(&bot, &wrong).await.problem(422, &[field]);
    }
    app.finish().await;
}

#[tokio::test]
async fn it_takes_a_token_for_reports() {
    let app = TestApp::new().await;
    let body = json!({ "text": "Nobody noticed." });
    let headers = [("content-type", "application/json")];
    app.send(Method::POST, PATH, &headers, body.to_string())
        .await
        .problem(401, &[]);
    let searcher = app.program("search:read,timeline:append").await;
    let refused = check(&searcher, &body).await.problem(403, &[]);
    assert!(refused.body.contains("reports:read"), "{}", refused.body);
    app.finish().await;
}
