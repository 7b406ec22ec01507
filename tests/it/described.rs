//! The description of the API says what it does: every route, every answer, every refusal.

use std::collections::BTreeSet;

use hansei::accounts::Role;
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use reqwest::Method;
use serde_json::{Map, Value, json};

use crate::support::app::{Answer, TestApp, unescape};
use crate::support::people::Program;

const ROUTES: &str = include_str!("../../src/routes.rs");
const COPY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/openapi.json");
const ALL: &str = "search:read,reports:read,reports:write,timeline:append";

const DOCUMENT: &str = "---
title: Checkout slow
severity: SEV2
services: [checkout]
started_at: 2026-03-01T22:04:00Z
---

## Summary

Every tenth order failed.

## Timeline

- 2026-03-01 22:04 UTC [trigger] The nightly export opens 400 connections.

## Countermeasures

- [ ] Give the export its own pool
";

/// The description, and what answers are held against.
struct Description(Value);

impl Description {
    async fn of(app: &TestApp) -> Self {
        Self(app.get("/api/openapi.json").await.is(200).json())
    }

    /// Every operation as `get /api/v1/reports`.
    fn operations(&self) -> Vec<(String, String, &Value)> {
        let mut all = Vec::new();
        for (path, item) in self.0["paths"].as_object().unwrap() {
            for (method, operation) in item.as_object().unwrap() {
                all.push((method.to_uppercase(), path.clone(), operation));
            }
        }
        all
    }

    /// The operation that answers a request for this address.
    fn operation(&self, method: &str, path: &str) -> &Value {
        let path = path.split('?').next().unwrap();
        let parts: Vec<&str> = path.split('/').collect();
        let fits = |template: &str| {
            let pieces: Vec<&str> = template.split('/').collect();
            pieces.len() == parts.len()
                && pieces
                    .iter()
                    .zip(&parts)
                    .all(|(piece, part)| piece.starts_with('{') || piece == part)
        };
        let found = self
            .operations()
            .into_iter()
            .find(|(its, template, _)| its == method && fits(template));
        found
            .unwrap_or_else(|| panic!("{method} {path} is not described"))
            .2
    }

    fn resolved<'a>(&'a self, value: &'a Value) -> &'a Value {
        match value["$ref"].as_str() {
            None => value,
            Some(place) => {
                let found = self.0.pointer(place.trim_start_matches('#'));
                self.resolved(found.unwrap_or_else(|| panic!("{place} leads nowhere")))
            }
        }
    }

    /// Fails unless an answer is one that is described.
    #[track_caller]
    fn hold(&self, method: &str, path: &str, answer: &Answer) {
        let operation = self.operation(method, path);
        let status = answer.status.to_string();
        let described = &operation["responses"][&status];
        assert!(
            !described.is_null(),
            "{method} {path} answers {status}, which is not described: {}",
            answer.body
        );
        let response = self.resolved(described);
        for name in response["headers"]
            .as_object()
            .into_iter()
            .flat_map(Map::keys)
        {
            // The last page has no next one.
            if name != "Link" {
                assert_ne!(answer.header(name), "", "{method} {path}: no {name}");
            }
        }
        let contents = response["content"].as_object();
        let Some(contents) = contents.filter(|contents| !contents.is_empty()) else {
            assert_eq!(answer.body, "", "{method} {path}");
            return;
        };
        let media = answer.header("content-type").split(';').next().unwrap();
        let content = contents
            .get(media)
            .unwrap_or_else(|| panic!("{method} {path} answers {media}: {}", answer.body));
        if media.ends_with("json") {
            let faults = self.faults(&content["schema"], &answer.json(), "answer");
            assert!(
                faults.is_empty(),
                "{method} {path}: {faults:#?}\n{}",
                answer.body
            );
        }
    }

    /// Where a value is not what the schema says. A keyword this does not know is a fault: nothing goes unchecked.
    fn faults(&self, schema: &Value, value: &Value, at: &str) -> Vec<String> {
        let schema = self.resolved(schema).as_object().unwrap();
        let mut faults = Vec::new();
        for (keyword, rule) in schema {
            let is_kept = match keyword.as_str() {
                "description" | "example" | "examples" | "title" | "default" => true,
                "type" => is_of_type(rule, value),
                "enum" => rule.as_array().unwrap().contains(value),
                "format" => value.as_str().is_none_or(|text| is_of_format(rule, text)),
                "pattern" => value.as_str().is_none_or(|text| {
                    regex::Regex::new(rule.as_str().unwrap())
                        .unwrap()
                        .is_match(text)
                }),
                "minimum" => value.as_f64().is_none_or(|it| it >= rule.as_f64().unwrap()),
                "maximum" => value.as_f64().is_none_or(|it| it <= rule.as_f64().unwrap()),
                "minLength" => length(value) >= rule.as_u64().unwrap() || !value.is_string(),
                "maxLength" => length(value) <= rule.as_u64().unwrap() || !value.is_string(),
                "minItems" => length(value) >= rule.as_u64().unwrap() || !value.is_array(),
                "maxItems" => length(value) <= rule.as_u64().unwrap() || !value.is_array(),
                "required" => value.as_object().is_none_or(|object| {
                    let mut names = rule.as_array().unwrap().iter();
                    names.all(|name| object.contains_key(name.as_str().unwrap()))
                }),
                "additionalProperties" => {
                    assert_eq!(rule, false, "{at}");
                    let known = schema.get("properties").and_then(Value::as_object);
                    value.as_object().is_none_or(|object| {
                        object
                            .keys()
                            .all(|name| known.is_some_and(|it| it.contains_key(name)))
                    })
                }
                "properties" => {
                    for (name, field) in rule.as_object().unwrap() {
                        if let Some(value) = value.get(name) {
                            faults.extend(self.faults(field, value, &format!("{at}.{name}")));
                        }
                    }
                    true
                }
                "items" => {
                    for (index, item) in value.as_array().into_iter().flatten().enumerate() {
                        faults.extend(self.faults(rule, item, &format!("{at}[{index}]")));
                    }
                    true
                }
                "allOf" => {
                    for part in rule.as_array().unwrap() {
                        faults.extend(self.faults(part, value, at));
                    }
                    true
                }
                "oneOf" => {
                    let choices = rule.as_array().unwrap().iter();
                    let fitting = choices.filter(|it| self.faults(it, value, at).is_empty());
                    fitting.count() == 1
                }
                other => panic!("{at}: nobody checks {other}"),
            };
            if !is_kept {
                faults.push(format!("{at}: {keyword} {rule} does not hold of {value}"));
            }
        }
        faults
    }
}

fn length(value: &Value) -> u64 {
    let characters = value.as_str().map(|text| text.chars().count());
    let items = value.as_array().map(Vec::len);
    u64::try_from(characters.or(items).unwrap_or_default()).unwrap()
}

fn is_of_type(rule: &Value, value: &Value) -> bool {
    if let Some(any) = rule.as_array() {
        return any.iter().any(|rule| is_of_type(rule, value));
    }
    match rule.as_str().unwrap() {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        other => panic!("{other}"),
    }
}

fn is_of_format(rule: &Value, text: &str) -> bool {
    match rule.as_str().unwrap() {
        "date-time" => text.parse::<jiff::Timestamp>().is_ok(),
        "date" => text.parse::<jiff::civil::Date>().is_ok(),
        "uri" => text.starts_with("http"),
        // The size of a number.
        "int32" | "int64" | "float" | "double" => true,
        other => panic!("{other}"),
    }
}

/// A program whose every answer is held against the description.
struct Held<'a> {
    description: &'a Description,
    program: Program<'a>,
}

impl Held<'_> {
    async fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        let verb: Method = method.parse().unwrap();
        let answer = self
            .program
            .send(verb, path, headers, body.to_owned())
            .await;
        self.description.hold(method, path, &answer);
        answer
    }

    async fn json(&self, method: &str, path: &str, tag: &str, body: &Value) -> Answer {
        let headers = [("content-type", "application/json"), ("if-match", tag)];
        self.send(method, path, &headers, &body.to_string()).await
    }

    async fn get(&self, path: &str) -> Answer {
        self.send("GET", path, &[], "").await
    }
}

#[tokio::test]
async fn the_copy_for_readers_is_what_is_served() {
    let app = TestApp::new().await;
    let served = app.get("/api/openapi.json").await.is(200);
    assert_eq!(served.header("content-type"), "application/json");
    let served = served.body.trim_end().to_owned() + "\n";
    // UPDATE_OPENAPI=1 cargo test --test it -- described::the_copy
    if std::env::var_os("UPDATE_OPENAPI").is_some() {
        std::fs::write(COPY, &served).unwrap();
    }
    let copy = std::fs::read_to_string(COPY).unwrap();
    assert!(
        copy == served,
        "docs/openapi.json is out of date: UPDATE_OPENAPI=1 cargo test --test it -- described::the_copy"
    );
    app.finish().await;
}

#[tokio::test]
async fn every_route_is_described_and_nothing_else() {
    let app = TestApp::new().await;
    let description = Description::of(&app).await;
    let described: BTreeSet<String> = description
        .operations()
        .iter()
        .map(|(method, path, _)| format!("{method} {path}"))
        .collect();
    let code: String = ROUTES.split_whitespace().collect();
    let routes: BTreeSet<String> = code
        .split(".route(\"")
        .skip(1)
        .filter_map(|route| {
            let (path, rest) = route.split_once('"')?;
            let (method, handler) = rest.trim_start_matches(",web::").split_once("().to(")?;
            let of_api = handler.starts_with("api::") && !path.starts_with("/api");
            of_api.then(|| format!("{} /api/v1{path}", method.to_uppercase()))
        })
        .collect();
    assert!(routes.len() > 15, "{routes:?}");
    assert_eq!(routes, described);
    app.finish().await;
}

/// Calls for each place that the document refers to.
fn every_reference(value: &Value, met: &mut impl FnMut(&str)) {
    match value {
        Value::Object(fields) => {
            if let Some(place) = value["$ref"].as_str() {
                met(place);
            }
            for field in fields.values() {
                every_reference(field, met);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| every_reference(item, met)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[tokio::test]
async fn every_operation_is_told_of_whole() {
    let app = TestApp::new().await;
    let description = Description::of(&app).await;
    assert_eq!(description.0["openapi"], "3.1.0");
    let mut ids = BTreeSet::new();
    let mut references = 0;
    every_reference(&description.0, &mut |place| {
        references += 1;
        let found = description.0.pointer(place.trim_start_matches('#'));
        assert!(found.is_some(), "{place} leads nowhere");
    });
    assert!(references > 50, "{references}");
    for (method, path, operation) in description.operations() {
        let what = format!("{method} {path}");
        for field in ["operationId", "summary", "description"] {
            assert!(
                !operation[field].as_str().unwrap_or_default().is_empty(),
                "{what}: {field}"
            );
        }
        assert!(
            ids.insert(operation["operationId"].as_str().unwrap()),
            "{what}"
        );
        assert!(
            !operation["security"].as_array().unwrap().is_empty(),
            "{what}"
        );
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            assert!(!parameter["schema"].is_null(), "{what}: {parameter}");
            assert!(!parameter["description"].is_null(), "{what}: {parameter}");
            // What is shown as an example is of the shape that is asked for.
            let example = &parameter["example"];
            if !example.is_null() {
                let faults = description.faults(&parameter["schema"], example, &what);
                assert_eq!(faults, Vec::<String>::new(), "{parameter}");
            }
        }
        if let Some(body) = operation.pointer("/requestBody/content/application~1json") {
            assert!(!body["schema"].is_null(), "{what}");
        }
        let bytes = operation.pointer("/requestBody/content/application~1octet-stream");
        assert!(bytes.is_none_or(|it| it["schema"].is_null()), "{what}");
        let refusals = &operation["responses"];
        assert!(!refusals["500"].is_null(), "{what}");
        assert_eq!(
            refusals["408"].is_null(),
            operation["requestBody"].is_null(),
            "{what}"
        );
    }
    for (name, schema) in description.0["components"]["schemas"].as_object().unwrap() {
        for (field, about) in schema["properties"].as_object().into_iter().flatten() {
            let example = &about["example"];
            if !example.is_null() {
                let faults = description.faults(about, example, &format!("{name}.{field}"));
                assert_eq!(faults, Vec::<String>::new());
            }
        }
    }
    app.finish().await;
}

/// An address of an operation, for a report.
fn address(path: &str, key: &str) -> String {
    path.replace("{key}", key)
        .replace("{number}", "1")
        .replace("{link}", "1")
        .replace("{comment}", "1")
        .replace("{viewer}", "person-1")
        .replace("{sha256}", &"0".repeat(64))
}

#[tokio::test]
async fn every_operation_refuses_as_described() {
    let app = TestApp::new().await;
    let description = Description::of(&app).await;
    let writer = app.program(ALL).await;
    let key = writer.write(DOCUMENT, true).await;
    let held = Held {
        description: &description,
        program: writer,
    };
    for (method, path, operation) in description.operations() {
        let here = address(&path, &key);
        let verb: Method = method.parse().unwrap();
        let stranger = app.send(verb, &here, &[], "").await.problem(401, &[]);
        description.hold(&method, &here, &stranger);
        for way in operation["security"].as_array().unwrap() {
            for scope in way["token"].as_array().unwrap() {
                let scope = scope.as_str().unwrap();
                assert!(
                    scope == "admin" || ALL.contains(scope),
                    "{method} {path}: {scope}"
                );
            }
        }
        if path.contains("{key}") {
            for nobody in ["PM-77", "PM-0", "x"] {
                let headers = [("content-type", "application/json"), ("if-match", "\"r1\"")];
                let body = "{\"items\": [], \"document\": \"x\"}";
                let answer = held
                    .send(&method, &address(&path, nobody), &headers, body)
                    .await;
                assert!(
                    matches!(answer.status, 404 | 422),
                    "{method} {path}: {answer:?}"
                );
            }
        }
        let demands = operation["parameters"]
            .as_array()
            .into_iter()
            .flatten()
            .any(|it| it["name"] == "If-Match" && it["required"] == true);
        if demands {
            let json = [("content-type", "application/json")];
            held.send(&method, &here, &json, "{}")
                .await
                .problem(428, &[]);
            let stale = [
                ("content-type", "application/json"),
                ("if-match", "\"r99\""),
            ];
            let body = if method == "PATCH" {
                json!({ "title": "T" }).to_string()
            } else if path.ends_with("{key}") {
                json!({ "document": DOCUMENT }).to_string()
            } else {
                json!({ "items": [] }).to_string()
            };
            held.send(&method, &here, &stale, &body)
                .await
                .problem(412, &[]);
        }
        if !operation["requestBody"].is_null() {
            let text = [("content-type", "text/plain"), ("if-match", "\"r1\"")];
            held.send(&method, &here, &text, "x")
                .await
                .problem(415, &[]);
            let taken = operation["requestBody"]["content"].as_object().unwrap();
            let kind = taken.keys().next().unwrap().as_str();
            let large = [("content-type", kind), ("if-match", "\"r1\"")];
            let most = if kind == "application/json" { 5 } else { 11 };
            let body = "x".repeat(most * 1024 * 1024);
            held.send(&method, &here, &large, &body)
                .await
                .problem(413, &[]);
        }
    }
    app.finish().await;
}

#[tokio::test]
async fn every_answer_is_of_the_shape_described() {
    let app = TestApp::new().await;
    let description = Description::of(&app).await;
    let ana = app.person("ana", Role::Author).await;
    let held = Held {
        description: &description,
        program: app.program_of(ALL, Some(ana), None).await,
    };
    let reports = "/api/v1/reports";
    let body = json!({ "document": DOCUMENT, "publish": true, "note": "n" });
    held.json("POST", reports, "", &body).await.is(201);
    let start = json!({ "title": "Nearly", "services": ["checkout"], "authors": ["Ana"] });
    held.json("POST", "/api/v1/reports?template=near-miss", "", &start)
        .await
        .is(201);
    held.json(
        "POST",
        reports,
        "",
        &json!({ "title": "Down", "severity": "SEV1" }),
    )
    .await
    .is(201);
    let odd = "---\ntitle: T\ntimezone: Mars/Olympus\nsource:\n  repo: a/b\n---\n\nx\n";
    held.send("POST", reports, &[("content-type", "text/markdown")], odd)
        .await
        .is(201);
    app.indexed().await;
    for path in [
        "/api/v1/search?q=checkout",
        "/api/v1/search?severity=SEV2&sort=newest&limit=1",
        "/api/v1/search?limit=1&cursor=o1",
        "/api/v1/related?id=PM-1",
        "/api/v1/related?text=nightly+export+connections&service=checkout&limit=",
        "/api/v1/templates",
        reports,
        "/api/v1/reports?limit=1",
        "/api/v1/reports?limit=&cursor=",
        "/api/v1/search?before=&service=",
        "/api/v1/reports/PM-1",
        "/api/v1/reports/PM-4",
        "/api/v1/reports/PM-1/timeline",
        "/api/v1/reports/PM-1/factors",
        "/api/v1/reports/PM-1/learnings",
        "/api/v1/reports/PM-1/countermeasures",
        "/api/v1/reports/PM-1/revisions",
        "/api/v1/reports/PM-1/revisions/1",
    ] {
        held.get(path).await.is(200);
    }
    for path in ["/api/v1/reports/PM-1", "/api/v1/reports/PM-1/revisions/1"] {
        held.send("GET", path, &[("accept", "text/markdown")], "")
            .await
            .is(200);
        held.send("GET", path, &[("if-none-match", "*")], "")
            .await
            .is(304);
    }
    for path in [
        "/api/v1/related",
        "/api/v1/related?id=PM-1&text=x",
        "/api/v1/related?text=x&limit=51",
        "/api/v1/search?limit=0",
        "/api/v1/search?limit=%2B5",
        "/api/v1/search?status=",
        "/api/v1/search?sort=best",
        "/api/v1/search?q=a&q=b",
        "/api/v1/search?before=&before=2026",
        "/api/v1/search?kind=outage",
        "/api/v1/reports?cursor=x",
        "/api/v1/reports/PM-1/revisions?limit=x",
        "/api/v1/reports/PM-1/revisions?cursor=0",
    ] {
        held.get(path).await.is(422);
    }
    let row =
        json!({ "title": "x", "type": "prevent", "check_on": "2026-04-01", "result": "confirmed" });
    for (list, row) in [
        (
            "timeline",
            json!({ "text": "x", "at": "2026-03-01T22:04:00Z", "phase": "act" }),
        ),
        ("factors", json!({ "name": "Retry", "role": "amplified" })),
        ("learnings", json!({ "kind": "lucky", "text": "x" })),
        ("countermeasures", row),
    ] {
        let path = format!("{reports}/PM-1/{list}");
        held.json("PUT", &path, "*", &json!({ "items": [row] }))
            .await
            .is(200);
        held.get(&path).await.is(200);
        for wrong in [
            json!({}),
            json!([]),
            json!({ "items": [{}] }),
            json!({ "items": 1 }),
        ] {
            held.json("PUT", &path, "*", &wrong).await.is(422);
        }
    }
    let draft = "/api/v1/reports/PM-3";
    for (step, status) in [
        (json!({ "step": "ask" }), 200),
        (json!({ "step": "volunteer" }), 200),
        (json!({ "step": "approve", "revision": 1 }), 403),
        (json!({ "step": "archive", "reason": "x" }), 409),
        (json!({ "step": "approve" }), 422),
        (json!({ "step": "publish", "revision": 1 }), 422),
        (
            json!({ "step": "publish", "revision": 1, "reason": "Told." }),
            200,
        ),
    ] {
        let path = format!("{draft}/review");
        let answer = held.json("POST", &path, "", &step).await;
        assert_eq!(answer.status, status, "{step}: {answer:?}");
        held.get(&path).await.is(200);
    }
    for (patch, status) in [
        (
            json!({ "severity": "SEV4", "tags": ["a"], "started_at": null }),
            200,
        ),
        (json!({ "title": null }), 422),
    ] {
        let answer = held.json("PATCH", draft, "*", &patch).await;
        assert_eq!(answer.status, status, "{patch}: {answer:?}");
    }
    let event = json!({ "items": [{ "text": "One more" }] });
    held.json("POST", "/api/v1/reports/PM-1/timeline", "", &event)
        .await
        .is(201);
    held.json(
        "POST",
        "/api/v1/reports/PM-1/revisions/1/restore",
        "*",
        &json!(null),
    )
    .await
    .is(200);
    held.json("PUT", "/api/v1/reports/PM-1", "*", &body)
        .await
        .is(200);
    let admin = Held {
        description: &description,
        program: app.program(&format!("{ALL},admin")).await,
    };
    beside_a_report(&held, &admin).await;
    let text = json!({ "text": "The engineer forgot." });
    held.json("POST", "/api/v1/language-check", "", &text)
        .await
        .is(200);
    let alert = json!({ "title": "Export", "labels": { "alertname": "X" }, "limit": 50 });
    held.json("POST", "/api/v1/related", "", &alert)
        .await
        .is(200);
    held.json("POST", "/api/v1/related", "", &json!({}))
        .await
        .is(422);
    app.finish().await;
}

#[tokio::test]
async fn going_back_to_what_takes_a_review_is_refused_as_described() {
    let app = TestApp::with(|settings| settings.publish_without_review = false).await;
    let description = Description::of(&app).await;
    let held = Held {
        description: &description,
        program: app.program(ALL).await,
    };
    let key = held.program.write(DOCUMENT, false).await;
    let path = format!("/api/v1/reports/{key}");
    let nearly = DOCUMENT.replace("severity: SEV2", "kind: near_miss");
    let body = json!({ "document": nearly, "publish": true });
    held.json("PUT", &path, "*", &body).await.is(200);
    let restore = format!("{path}/revisions/1/restore");
    held.json("POST", &restore, "*", &Value::Null)
        .await
        .problem(409, &[]);
    held.json("PUT", &path, "*", &json!({ "document": DOCUMENT }))
        .await
        .problem(409, &[]);
    app.finish().await;
}

/// Every operation on what stands beside a report.
async fn beside_a_report(held: &Held<'_>, admin: &Held<'_>) {
    let report = "/api/v1/reports/PM-1";
    let at = |rest: &str| format!("{report}/{rest}");
    let link = json!({ "to": "PM-2", "kind": "near_miss_of" });
    let link = held
        .json("POST", &at("links"), "", &link)
        .await
        .is(201)
        .json();
    held.get("/api/v1/reports/PM-2/links").await.is(200);
    let link = at(&format!("links/{}", link["id"]));
    held.send("DELETE", &link, &[], "").await.is(204);
    let about = json!({ "text": "x", "event": 1 });
    let thread = held
        .json("POST", &at("comments"), "", &about)
        .await
        .is(201)
        .json();
    let answer = json!({ "text": "y", "reply_to": thread["id"] });
    held.json("POST", &at("comments"), "", &answer)
        .await
        .is(201);
    held.json(
        "POST",
        &at("comments"),
        "",
        &json!({ "text": "z", "section": "Summary" }),
    )
    .await
    .is(201);
    let full = json!({ "text": "x", "reply_to": 999 });
    held.json("POST", &at("comments"), "", &full).await.is(409);
    let comment = at(&format!("comments/{}", thread["id"]));
    held.json("PUT", &comment, "", &json!({ "text": "w" }))
        .await
        .is(200);
    for turn in ["resolve", "reopen"] {
        held.send("POST", &format!("{comment}/{turn}"), &[], "")
            .await
            .is(200);
    }
    held.send("DELETE", &comment, &[], "").await.is(204);
    let why = json!({ "reason": "It showed a password." });
    admin
        .json("POST", &format!("{comment}/erase"), "", &why)
        .await
        .is(200);
    held.get(&at("comments")).await.is(200);
    held.get(&at("comments?limit=1")).await.is(200);
    held.get(&at("comments?cursor=x")).await.is(422);
    let bytes = [("content-type", "application/octet-stream")];
    let file = held
        .send("POST", &at("attachments?name=a.log"), &bytes, "x")
        .await;
    let file = file.is(201).json();
    held.send("POST", &at("attachments"), &bytes, "")
        .await
        .is(422);
    held.get(&at("attachments")).await.is(200);
    let file = at(&format!("attachments/{}", file["sha256"].as_str().unwrap()));
    held.send("DELETE", &file, &[], "").await.is(204);
    let viewer = json!({ "person": "ana" });
    let viewer = held
        .json("POST", &at("viewers"), "", &viewer)
        .await
        .is(201)
        .json();
    held.get(&at("viewers")).await.is(200);
    let viewer = at(&format!("viewers/{}", viewer["id"].as_str().unwrap()));
    held.send("DELETE", &viewer, &[], "").await.is(204);
    held.get(&at("similar")).await.is(200);
}

/// Any JSON, with names that mean something among the others.
fn any_json() -> impl Strategy<Value = Value> {
    let text = prop_oneof![
        any::<String>(),
        "[ -~]{0,40}",
        Just("2026-03-01T22:04:00Z".to_owned()),
        Just("-009999-01-02T01:59:59Z".to_owned()),
        Just("9999-12-30T22:00:00Z".to_owned()),
        Just("-009999-01-01".to_owned()),
        Just("---\nstarted_at: -005000-01-01T00:00:00Z\ntitle: T\n---\n".to_owned()),
        Just("PM-1".to_owned()),
        Just("near_miss".to_owned()),
        Just("lucky".to_owned()),
        Just("wont_do".to_owned()),
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        text.prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 48, 6, |inner| {
        let name = prop_oneof![
            prop::sample::select(vec![
                "items",
                "document",
                "title",
                "text",
                "at",
                "known_at",
                "kind",
                "name",
                "role",
                "severity",
                "note",
                "phase",
                "status",
                "due_on",
                "check_on",
                "started_at",
                "timezone",
                "services",
                "publish",
                "type",
            ])
            .prop_map(str::to_owned),
            "[a-z]{1,6}",
        ];
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::vec((name, inner), 0..6)
                .prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

/// JSON in which the names that an operation reads have whatever value.
fn nearly_right(list: &str) -> BoxedStrategy<Value> {
    let fields: &[&str] = match list {
        "timeline" => &[
            "text", "at", "at_text", "known_at", "phase", "role", "evidence", "starred", "source",
        ],
        "factors" => &["name", "role", "note"],
        "learnings" => &["kind", "text"],
        "countermeasures" => &[
            "title",
            "type",
            "check_on",
            "due_on",
            "status",
            "status_reason",
            "result",
            "owner",
        ],
        "links" => &["to", "kind", "why"],
        "comments" => &["text", "section", "event", "revision", "reply_to"],
        "viewers" => &["person", "team"],
        "review" => &[
            "step",
            "revision",
            "note",
            "reason",
            "rubric",
            "verdicts",
            "facilitator",
            "dismissed",
        ],
        _ => &[
            "document",
            "title",
            "kind",
            "severity",
            "services",
            "started_at",
            "timezone",
            "note",
        ],
    };
    let fields: Vec<String> = fields.iter().map(|it| (*it).to_owned()).collect();
    let value = any_json();
    let row = prop::collection::vec((prop::sample::select(fields), value), 1..6)
        .prop_map(|fields| Value::Object(fields.into_iter().collect()));
    if matches!(list, "" | "links" | "comments" | "viewers" | "review") {
        return row.boxed();
    }
    prop::collection::vec(row, 0..4)
        .prop_map(|items| json!({ "items": items }))
        .boxed()
}

#[tokio::test]
async fn no_json_whatever_is_answered_with_an_error_of_ours() {
    let app = TestApp::new().await;
    let description = Description::of(&app).await;
    let held = Held {
        description: &description,
        program: app.program(ALL).await,
    };
    held.program.write(DOCUMENT, true).await;
    let mut runner = TestRunner::deterministic();
    let requests = [
        ("POST", "/api/v1/reports", ""),
        ("PUT", "/api/v1/reports/PM-1", ""),
        ("PUT", "/api/v1/reports/PM-1/timeline", "timeline"),
        ("POST", "/api/v1/reports/PM-1/timeline", "timeline"),
        ("PUT", "/api/v1/reports/PM-1/factors", "factors"),
        ("PUT", "/api/v1/reports/PM-1/learnings", "learnings"),
        (
            "PUT",
            "/api/v1/reports/PM-1/countermeasures",
            "countermeasures",
        ),
        ("POST", "/api/v1/language-check", ""),
        ("POST", "/api/v1/reports/PM-1/links", "links"),
        ("POST", "/api/v1/reports/PM-1/comments", "comments"),
        ("PUT", "/api/v1/reports/PM-1/comments/1", "comments"),
        ("POST", "/api/v1/reports/PM-1/viewers", "viewers"),
        ("PATCH", "/api/v1/reports/PM-1", ""),
        ("POST", "/api/v1/reports/PM-1/review", "review"),
    ];
    for (method, path, list) in requests {
        let bodies = prop_oneof![any_json(), nearly_right(list)];
        for _ in 0..40 {
            let body = bodies.new_tree(&mut runner).unwrap().current();
            let answer = held.json(method, path, "*", &body).await;
            assert!(answer.status < 500, "{method} {path} {body}: {answer:?}");
        }
    }
    held.get("/api/v1/reports/PM-1").await.is(200);
    app.finish().await;
}

/// The JSON in the command that the page shows for an operation.
fn sample_of(page: &str, operation: &str) -> Value {
    let (_, rest) = page.split_once(&format!("id=\"{operation}\"")).unwrap();
    let (_, rest) = rest.split_once("api-example").unwrap();
    let (command, _) = rest.split_once("</pre>").unwrap();
    let command = unescape(command);
    let (_, body) = command
        .split_once("-d '")
        .unwrap_or_else(|| panic!("{operation}: {command}"));
    let (body, _) = body.rsplit_once("' \\\n").unwrap();
    serde_json::from_str(&body.replace("'\\''", "'")).unwrap()
}

#[tokio::test]
async fn the_page_tells_of_every_operation_and_shape() {
    let app = TestApp::new().await;
    let description = Description::of(&app).await;
    let ana = app.sign_in("ana", Role::Reader).await;
    let page = ana.get("/api").await.is(200).body;
    for (method, path, operation) in description.operations() {
        let id = operation["operationId"].as_str().unwrap();
        assert!(page.contains(&format!("id=\"{id}\"")), "{id}");
        assert!(
            page.contains(&format!("<b>{method}</b> {path}</code>")),
            "{method} {path}"
        );
        // The body that is shown to be tried is of the shape that is asked for.
        if let Some(body) = operation.pointer("/requestBody/content/application~1json") {
            let sample = sample_of(&page, id);
            let faults = description.faults(&body["schema"], &sample, id);
            assert_eq!(faults, Vec::<String>::new(), "{sample}");
        }
    }
    for name in description.0["components"]["schemas"]
        .as_object()
        .unwrap()
        .keys()
    {
        let anchor = name.to_lowercase().replace('_', "-");
        assert!(page.contains(&format!("id=\"shape-{anchor}\"")), "{name}");
    }
    // Every link on the page leads somewhere.
    for link in page.split("href=\"#").skip(1) {
        let target = link.split('"').next().unwrap();
        assert!(page.contains(&format!("id=\"{target}\"")), "{target}");
    }
    for part in ["-X PUT", "If-Match", "-X DELETE", "--data-binary @FILE"] {
        assert!(page.contains(part), "{part}: {page}");
    }
    app.finish().await;
}
