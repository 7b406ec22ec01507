//! The built program as people run it: started on nothing, used beside the server and without it, killed.

use std::collections::BTreeMap;
use std::os::unix::fs::MetadataExt as _;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use reqwest::Client;
use serde_json::{Value, json};

use crate::support::app::{Folder, LIMIT};
use crate::support::program::{Home, Server};

const COMMANDS: [&str; 8] = [
    "serve", "import", "demo", "search", "check", "reindex", "user", "token",
];

fn client() -> Client {
    Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .timeout(LIMIT)
        .build()
        .unwrap()
}

#[test]
fn help_names_every_command_and_setting() {
    let home = Home::new();
    let help = home.run(&["--help"]).ended(0).out;
    for word in COMMANDS {
        assert!(
            help.contains(&format!("\n  {word} ")),
            "{word} is missing:\n{help}"
        );
    }
    for word in [
        "--data-dir",
        "--listen",
        "--database-url",
        "--public-url",
        "HANSEI_LISTEN",
        "link",
    ] {
        assert!(help.contains(word), "{word} is missing:\n{help}");
    }
    for command in COMMANDS {
        let said = home.run(&[command, "--help"]).ended(0);
        assert!(said.out.contains("Usage: hansei"), "{}", said.out);
    }
    assert_eq!(home.run(&["nonsense"]).code, Some(2));
    let problems = home
        .run(&[
            "check",
            "--listen",
            "nowhere",
            "--anonymous-reading=perhaps",
        ])
        .ended(2)
        .err;
    assert!(
        problems.contains("nowhere") && problems.contains("perhaps"),
        "all at once: {problems}"
    );
    assert!(!home.path().join("data").exists(), "nothing was made");
}

#[tokio::test]
async fn a_server_on_an_empty_folder_says_where_it_is_and_how_to_begin() {
    let home = Home::new();
    let server = Server::start(&home);
    let link = server.set_up_link.clone().unwrap();
    assert!(
        link.starts_with(&format!("{}/set-up?code=", server.url)),
        "{link}"
    );
    let client = client();
    let page = client.get(&link).send().await.unwrap();
    assert_eq!(page.status(), 200);
    assert!(page.text().await.unwrap().contains("Set up Hansei"));
    for (path, status) in [
        ("/healthz", 200),
        ("/readyz", 200),
        ("/", 303),
        ("/metrics", 404),
    ] {
        let answer = client
            .get(format!("{}{path}", server.url))
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), status, "{path}");
    }
    let second = home
        .run(&[
            "serve",
            "--listen",
            "127.0.0.1:0",
            "--metrics-listen",
            "off",
        ])
        .ended(1);
    assert!(second.err.contains("hansei: "), "{second:?}");
    assert!(
        second.err.to_lowercase().contains("another") || second.err.contains("already"),
        "{second:?}"
    );
    assert_eq!(
        client
            .get(format!("{}/healthz", server.url))
            .send()
            .await
            .unwrap()
            .status(),
        200
    );

    let postgres = home.postgres().unwrap();
    let status = server.terminate();
    assert!(status.success(), "{status}");
    assert_eq!(
        home.postgres(),
        None,
        "Postgres {postgres} has stopped with it"
    );
    assert!(!std::path::Path::new(&format!("/proc/{postgres}")).exists());

    let again = Server::start(&home);
    assert_ne!(
        again.set_up_link.as_deref(),
        Some(link.as_str()),
        "a new link, since nobody used the first"
    );
    assert!(again.set_up_link.is_some());
    assert!(again.terminate().success());
}

/// A service manager may stop what it has just started.
#[test]
fn a_server_that_takes_a_connection_stops_when_it_is_told_to() {
    for _ in 0..3 {
        let home = Home::new();
        let status = Server::start_in_haste(&home).terminate();
        assert!(status.success(), "{status}");
        assert_eq!(home.postgres(), None);
    }
}

#[test]
fn what_only_looks_makes_nothing() {
    let home = Home::new();
    let check = home.run(&["--anonymous-reading", "check"]).ended(0);
    assert!(check.out.contains("database: none yet"), "{check:?}");
    assert!(check.out.contains("anonymous_reading  true"), "{check:?}");
    for tool in [
        ["search", "zebra"].as_slice(),
        &["reindex"],
        &["user", "list"],
        &["token", "create", "--name", "x"],
    ] {
        let refusal = home.run(tool).ended(1).err;
        assert!(
            refusal.contains("start the server once") && refusal.lines().count() == 1,
            "{refusal}"
        );
    }
    assert!(!home.path().join("data").exists(), "nothing was made");
}

#[test]
fn a_password_may_come_from_the_environment() {
    let home = Home::new();
    let created = home
        .command(&["user", "create", "--email", "ada@example.org"])
        .env("HANSEI_PASSWORD", "marmalade kettle drum")
        .output()
        .unwrap();
    let said = String::from_utf8(created.stderr).unwrap();
    assert!(created.status.success(), "{said}");
    assert!(!said.contains("there is no such setting"), "{said}");
}

#[test]
fn what_is_no_text_is_said_to_be_none() {
    use std::os::unix::ffi::OsStrExt as _;
    let home = Home::new();
    let output = home
        .command(&["check", "--config", "nowhere.toml", "--listen", "nowhere"])
        .env(
            "HANSEI_PUBLIC_URL",
            std::ffi::OsStr::from_bytes(b"http://\xff/"),
        )
        .env("HANSEI_LISTN", "x")
        .output()
        .unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{said}");
    for word in [
        "HANSEI_PUBLIC_URL: the value is not UTF-8",
        "nowhere.toml",
        "--listen",
        "HANSEI_LISTN is set",
        "3 problem(s)",
    ] {
        assert!(said.contains(word), "{word} is missing: {said}");
    }
}

/// As root in a folder of somebody else's: whatever is made there is theirs in the end.
#[test]
fn root_does_not_lock_the_owner_out() {
    let home = Home::new();
    let data = home.path().join("data");
    std::fs::create_dir(&data).unwrap();
    if std::fs::metadata(&data).unwrap().uid() != 0 {
        return;
    }
    std::os::unix::fs::chown(&data, Some(65534), Some(65534)).unwrap();
    home.run(&["demo"]).ended(0);
    let others = std::process::Command::new("find")
        .arg(&data)
        .args(["!", "-uid", "65534"])
        .output()
        .unwrap();
    assert_eq!(String::from_utf8(others.stdout).unwrap(), "");
    assert!(data.join("index/CURRENT").exists());
}

/// Every tool once, with a server beside it or without.
fn use_tools(home: &Home, round: &str) {
    let folder = Folder::new("tools");
    folder.write(
        &format!("{round}.md"),
        format!("# Outage {round}\n\nA {round}zebra ran away.\n"),
    );
    let path = folder.path().to_str().unwrap();
    let dry = home.run(&["import", "--dry-run", path]).ended(0);
    assert!(dry.out.contains("1  would be created"), "{dry:?}");
    let imported = home.run(&["import", "--publish", path]).ended(0);
    assert!(imported.out.contains("      1  created"), "{imported:?}");
    let again = home.run(&["import", "--publish", path]).ended(0);
    assert!(again.out.contains("      1  unchanged"), "{again:?}");
    let found = home.run(&["search", &format!("{round}zebra")]).ended(0);
    assert!(
        found.out.contains(&format!("Outage {round}")),
        "searchable when the command ends: {found:?}"
    );
    home.run(&["search", "nosuchword"]).ended(1);
    folder.write("bad.md", "x".repeat(3 * 1024 * 1024));
    let bad = home.run(&["import", path]).ended(1);
    assert!(
        bad.err.contains("bad.md") && bad.out.contains("      1  refused"),
        "{bad:?}"
    );

    let email = format!("{round}@example.org");
    let create = [
        "user", "create", "--email", &email, "--name", round, "--role", "author",
    ];
    let weak = home.run_with(&create, "password1234\n").ended(1);
    assert!(!weak.err.contains("password1234"), "{weak:?}");
    home.run_with(&create, "marmalade kettle drum\n").ended(0);
    home.run_with(&create, "marmalade kettle drum\n").ended(1);
    let people = home.run(&["user", "list"]).ended(0).out;
    assert!(
        people.contains(&email) && people.contains("author"),
        "{people}"
    );
    let named = home.run(&["import", "--actor", &email, path]);
    assert_eq!(named.code, Some(1), "an author may not import: {named:?}");

    let token = home
        .run(&["token", "create", "--name", round, "--expires", "1d"])
        .ended(0);
    assert!(
        token.out.starts_with("hansei_") && token.out.trim().len() == 50,
        "{token:?}"
    );
    home.run(&["token", "create", "--name", "x", "--scopes", "everything"])
        .ended(1);
    let list = home.run(&["token", "list"]).ended(0).out;
    assert!(
        list.contains(round) && !list.contains(token.out.trim()),
        "{list}"
    );
    let check = home.run(&["check"]).ended(0);
    assert!(
        check.out.contains("ok      database: Postgres")
            && check.out.contains("ok      search index: ")
            && !check.out.contains("FAILED"),
        "{check:?}"
    );
}

#[tokio::test]
async fn the_tools_work_beside_the_server_and_without() {
    let home = Home::new();
    use_tools(&home, "alone");
    assert_eq!(home.postgres(), None, "a tool leaves nothing running");
    let server = Server::start(&home);
    assert_eq!(server.set_up_link, None, "there is somebody already");
    use_tools(&home, "beside");
    let demo = home.run(&["demo"]).ended(0);
    assert!(demo.out.contains("sample reports loaded"), "{demo:?}");
    let demo = home.run(&["demo"]).ended(0);
    assert!(demo.out.contains("already"), "{demo:?}");
    let secret = home
        .run(&["token", "create", "--name", "reader"])
        .ended(0)
        .out;
    let list = client()
        .get(format!("{}/api/v1/search?q=alonezebra", server.url))
        .bearer_auth(secret.trim())
        .send()
        .await
        .unwrap();
    assert_eq!(list.status(), 200);
    let list: Value = serde_json::from_str(&list.text().await.unwrap()).unwrap();
    assert!(list["total"].as_u64().is_some());
    let id = home.run(&["token", "list"]).ended(0).out;
    let id = id
        .lines()
        .find(|line| line.contains("reader"))
        .unwrap()
        .split_whitespace()
        .next()
        .unwrap()
        .to_owned();
    home.run(&["token", "revoke", &id]).ended(0);
    let answer = client()
        .get(format!("{}/api/v1/reports", server.url))
        .bearer_auth(secret.trim())
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 401);
    home.run(&["reindex"]).ended(0);
    let log = server.log().join("\n");
    assert!(!log.contains(secret.trim()), "no secret in the log");
    assert!(server.terminate().success());
}

/// Writes until the server is gone, remembering what was acknowledged: key and title.
async fn write_until_killed(
    url: &str,
    token: &str,
    round: usize,
    kill: impl FnOnce(),
) -> BTreeMap<String, String> {
    let client = client();
    let acknowledged = Arc::new(Mutex::new(BTreeMap::new()));
    let count = Arc::new(AtomicUsize::new(0));
    let writers = (0..4).map(|writer| {
        let (client, url, token) = (client.clone(), url.to_owned(), token.to_owned());
        let (acknowledged, count) = (Arc::clone(&acknowledged), Arc::clone(&count));
        tokio::spawn(async move {
            for number in 0.. {
                let title = format!("Round {round} writer {writer} number {number}");
                let body = json!({ "document": format!("# {title}\n\nText.\n") }).to_string();
                let request = client
                    .post(format!("{url}/api/v1/reports"))
                    .bearer_auth(&token);
                let request = request
                    .header("content-type", "application/json")
                    .body(body);
                let Ok(response) = request.send().await else {
                    return;
                };
                assert_eq!(response.status(), 201);
                let Ok(text) = response.text().await else {
                    return;
                };
                let report: Value = serde_json::from_str(&text).unwrap();
                let key = report["id"].as_str().unwrap().to_owned();
                acknowledged.lock().unwrap().insert(key, title);
                count.fetch_add(1, Ordering::Relaxed);
            }
        })
    });
    let writers: Vec<_> = writers.collect();
    let begun = Instant::now();
    while count.load(Ordering::Relaxed) < 20 {
        assert!(begun.elapsed() < LIMIT, "twenty writes take too long");
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    // In the midst of the next ones.
    kill();
    for writer in writers {
        writer.await.unwrap();
    }
    let acknowledged = acknowledged.lock().unwrap();
    acknowledged.clone()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_acknowledged_survives_a_kill() {
    let home = Home::new();
    let mut server = Server::start(&home);
    let scopes = "search:read,reports:read,reports:write";
    let token = home
        .run(&["token", "create", "--name", "bot", "--scopes", scopes])
        .ended(0)
        .out;
    let token = token.trim();
    let mut all = BTreeMap::new();
    for round in 0..3 {
        let url = server.url.clone();
        all.extend(write_until_killed(&url, token, round, || server.kill()).await);
        server = Server::start(&home);
        let client = client();
        for (key, title) in &all {
            let request = client
                .get(format!("{}/api/v1/reports/{key}", server.url))
                .bearer_auth(token);
            let report: Value =
                serde_json::from_str(&request.send().await.unwrap().text().await.unwrap()).unwrap();
            assert_eq!(report["title"], json!(title), "{key}");
        }
        // The index follows: as many hits as reports, without anybody's help.
        let begun = Instant::now();
        loop {
            let count = async |path: &str| {
                let request = client
                    .get(format!("{}{path}", server.url))
                    .bearer_auth(token);
                let text = request.send().await.unwrap().text().await.unwrap();
                let page: Value = serde_json::from_str(&text).unwrap();
                page["total"].as_u64().unwrap()
            };
            let (stored, found) = (
                count("/api/v1/reports").await,
                count("/api/v1/search?q=").await,
            );
            assert!(stored >= u64::try_from(all.len()).unwrap());
            if stored == found {
                break;
            }
            assert!(
                begun.elapsed() < Duration::from_secs(5),
                "{found} of {stored} found"
            );
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
    assert!(all.len() >= 60);
    assert!(server.terminate().success());
}
