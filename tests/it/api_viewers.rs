//! Who may read a restricted report, through the API.

use futures_util::future::join_all;
use hansei::accounts::Role;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::api::WRITER;
use crate::support::app::TestApp;

const RESTRICTED: &str = "---\ntitle: Secret\nvisibility: restricted\n---\n\n## Summary\n\nx\n";

fn everything() -> String {
    format!("{WRITER},restricted:read")
}

#[tokio::test]
async fn people_and_teams_are_named_listed_and_taken_off() {
    let app = TestApp::new().await;
    let ana = app.person("ana", Role::Author).await;
    let ben = app.person("ben", Role::Reader).await;
    let cem = app.person("cem", Role::Reader).await;
    app.person("dee", Role::Admin).await;
    let own = app.program_of(&everything(), Some(ana), None).await;
    let bens = app.program_of(&everything(), Some(ben), None).await;
    let cems = app.program_of(&everything(), Some(cem), None).await;
    let key = own.write(RESTRICTED, true).await;
    app.sql(&format!(
        "INSERT INTO teams (name) VALUES ('Security'), ('Empty');
         INSERT INTO team_members (team_id, person_id) SELECT id, {cem} FROM teams WHERE name = 'Security'"
    ))
    .await;
    let path = format!("{key}/viewers");
    let person = |id: Value, why: &str, name: &str| json!({ "id": id, "why": why, "name": name, "suspended": false, "email": format!("{name}@example.org"), "members": null });
    let (author, admin) = (
        person(Value::Null, "author", "ana"),
        person(Value::Null, "administrator", "dee"),
    );
    assert_eq!(
        own.read(&path).await,
        json!({ "visibility": "restricted", "items": [author, admin] })
    );
    bens.ask(Method::GET, &key, &[], &Value::Null).await.is(404);
    let named = person(json!(format!("person-{ben}")), "named", "ben");
    // Again is the same, and so is the name in place of the address.
    for typed in ["ben@example.org", "BEN"] {
        let added = own.add(&path, &json!({ "person": typed })).await.is(201);
        assert_eq!(added.header("location"), format!("/api/v1/reports/{path}"));
        assert_eq!(added.json(), named);
    }
    bens.read(&key).await;
    app.sql("UPDATE people SET suspended_at = now() WHERE name = 'ben'")
        .await;
    let listed = own.read(&path).await;
    assert_eq!(listed["items"][1]["suspended"], true, "{listed}");
    app.sql("UPDATE people SET suspended_at = NULL").await;
    let team = own
        .add(&path, &json!({ "team": "security" }))
        .await
        .is(201)
        .json();
    assert_eq!(
        (
            &team["why"],
            &team["name"],
            &team["members"],
            &team["email"]
        ),
        (
            &json!("named"),
            &json!("Security"),
            &json!("cem"),
            &Value::Null
        )
    );
    cems.read(&key).await;
    assert_eq!(
        own.read(&path).await["items"],
        json!([author, named, team, admin])
    );
    let logged = "SELECT action AS text FROM audit_log WHERE action LIKE '%viewer' ORDER BY id";
    assert_eq!(app.rows(logged).await, ["add_viewer", "add_viewer"]);

    for _ in 0..2 {
        own.remove(&format!("{path}/person-{ben}")).await.is(204);
    }
    own.remove(&format!("{path}/{}", team["id"].as_str().unwrap()))
        .await
        .is(204);
    bens.ask(Method::GET, &key, &[], &Value::Null).await.is(404);
    cems.ask(Method::GET, &key, &[], &Value::Null).await.is(404);
    assert_eq!(own.read(&path).await["items"], json!([author, admin]));
    for wrong in ["ben", "person-x", "group-1", "person-99999999999999999999"] {
        own.remove(&format!("{path}/{wrong}"))
            .await
            .problem(404, &[]);
    }
    app.finish().await;
}

#[tokio::test]
async fn a_name_that_is_not_known_is_refused_beside_its_field() {
    let app = TestApp::new().await;
    let ana = app.person("ana", Role::Author).await;
    let own = app.program_of(&everything(), Some(ana), None).await;
    let key = own.write(RESTRICTED, true).await;
    app.sql("INSERT INTO teams (name) VALUES ('Empty')").await;
    let path = format!("{key}/viewers");
    for (body, field) in [
        (json!({}), "person"),
        (json!({ "person": "" }), "person"),
        (json!({ "person": "nobody" }), "person"),
        (json!({ "person": "x".repeat(300) }), "person"),
        (json!({ "team": "x".repeat(201) }), "team"),
        (json!({ "team": "Empty" }), "team"),
        (json!({ "team": " " }), "team"),
        (json!({ "person": "ana", "team": "Empty" }), "team"),
        (json!({ "person": 7 }), "person"),
        (json!({ "role": "admin" }), "role"),
    ] {
        own.add(&path, &body).await.problem(422, &[field]);
    }
    // So many and no more.
    app.sql(
        "INSERT INTO people (email, name) SELECT 'p' || n || '@example.org', 'p' || n FROM generate_series(1, 201) AS n;
         INSERT INTO report_viewers (report_id, person_id) SELECT r.id, p.id FROM reports r, people p
            WHERE p.name LIKE 'p%' AND p.name <> 'p201'",
    )
    .await;
    own.add(&path, &json!({ "person": "p201" }))
        .await
        .problem(422, &["person"]);
    own.add(&path, &json!({ "person": "p7" })).await.is(201);
    // What is too long to be a name is not said back.
    let long = json!({ "person": "p".repeat(100_000) });
    let refused = own.add(&path, &long).await.problem(422, &["person"]);
    assert!(refused.body.len() < 1_000, "{}", refused.body.len());
    app.finish().await;
}

#[tokio::test]
async fn only_those_choose_who_may() {
    let app = TestApp::new().await;
    let ana = app.person("ana", Role::Author).await;
    let ben = app.person("ben", Role::Author).await;
    let own = app.program_of(&everything(), Some(ana), None).await;
    let bens = app.program_of(&everything(), Some(ben), None).await;
    let bot = app.program(&everything()).await;
    let blind = app.program_of(WRITER, Some(ana), None).await;
    let key = own.write(RESTRICTED, true).await;
    let path = format!("{key}/viewers");
    let one = format!("{path}/person-{ben}");
    let body = json!({ "person": "ben" });
    // Somebody who may not know of it; the author's own token without the scope is no better.
    for who in [&bens, &blind] {
        who.ask(Method::GET, &path, &[], &Value::Null)
            .await
            .problem(404, &[]);
        who.add(&path, &body).await.problem(404, &[]);
        who.remove(&one).await.problem(404, &[]);
    }
    own.add(&path, &body).await.is(201);
    // Somebody named on it reads it, and so does this bot; who else may is not theirs to say or know.
    for who in [&bens, &bot] {
        who.read(&key).await;
        who.ask(Method::GET, &path, &[], &Value::Null)
            .await
            .problem(403, &[]);
        // Nor does the answer tell who has an account.
        who.add(&path, &json!({ "person": "nobody" }))
            .await
            .problem(403, &[]);
        let refused = who.remove(&one).await.problem(403, &[]);
        let words = refused.json()["detail"].as_str().unwrap().to_owned();
        assert!(words.contains("its authors and administrators"), "{words}");
    }
    // Nor is it said of an open report that its authors need another role.
    let open = own
        .write(&RESTRICTED.replace("restricted", "open"), true)
        .await;
    let refused = bens.put(&open, "*", RESTRICTED).await.problem(403, &[]);
    let words = refused.json()["detail"].as_str().unwrap().to_owned();
    assert!(words.contains("its authors and administrators"), "{words}");
    let admin = app.program(&format!("{},admin", everything())).await;
    assert_eq!(
        admin.read(&path).await["items"].as_array().unwrap().len(),
        2
    );
    app.finish().await;
}

#[tokio::test]
async fn a_request_with_a_key_names_somebody_once() {
    let app = TestApp::new().await;
    let ana = app.person("ana", Role::Author).await;
    let ben = app.person("ben", Role::Reader).await;
    let own = app.program_of(&everything(), Some(ana), None).await;
    let key = own.write(RESTRICTED, true).await;
    let path = format!("{key}/viewers");
    let body = json!({ "person": "ben" });
    let twins = (0..4).map(|_| own.add_once(&path, "k", &body));
    for answer in join_all(twins).await {
        answer.is(201);
    }
    let count = "SELECT count(*)::text AS text FROM report_viewers";
    assert_eq!(app.rows(count).await, ["1"]);
    own.add_once(&path, "k", &json!({ "person": "ana" }))
        .await
        .problem(422, &["Idempotency-Key"]);
    // Taken off meanwhile, nobody is named again by a retry.
    // Called otherwise by then, it is the retry it was.
    let called = async |name: &str| {
        app.sql(&format!(
            "UPDATE people SET name = '{name}' WHERE id = {ben}"
        ))
        .await;
    };
    called("Benjamin").await;
    own.add_once(&path, "k", &body).await.problem(409, &[]);
    own.add_once(&path, "new", &body)
        .await
        .problem(422, &["person"]);
    called("ben").await;
    own.add_once(&path, "k", &body).await.is(201);
    own.remove(&format!("{path}/person-{ben}")).await.is(204);
    own.add_once(&path, "k", &body).await.problem(409, &[]);
    assert_eq!(app.rows(count).await, ["0"]);
    app.finish().await;
}
