//! The program itself, killed and damaged while it works: nothing acknowledged is lost, and everything heals.

use std::collections::{BTreeMap, BTreeSet};
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use serde_json::Value;

/// How long anything may take to be right again; promised are 5 seconds on a machine with nothing else to do.
const HEALED: Duration = Duration::from_secs(30);

/// A data folder and the program that serves from it.
struct Node {
    folder: PathBuf,
    child: Option<Child>,
    site: Site,
}

/// How to talk to it, also while it is dead.
#[derive(Clone)]
struct Site {
    port: u16,
    token: String,
    client: reqwest::Client,
}

/// What a request came to.
struct Answer {
    status: u16,
    etag: String,
    body: String,
}

impl Answer {
    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.body))
    }
}

impl Node {
    async fn start() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("hansei-torture-{}-{number}", std::process::id());
        let port = TcpListener::bind(("127.0.0.1", 0))
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        let mut node = Self {
            folder: std::env::temp_dir().join(name),
            child: None,
            site: Site {
                port,
                token: String::new(),
                client: reqwest::Client::new(),
            },
        };
        node.serve().await;
        let scopes = "search:read,reports:read,reports:write,restricted:read";
        let made = node
            .command(&["token", "create", "--name", "torture", "--scopes", scopes])
            .output()
            .unwrap();
        String::from_utf8(made.stdout)
            .unwrap()
            .trim()
            .clone_into(&mut node.site.token);
        assert!(node.site.token.starts_with("hansei_"), "{:?}", made.stderr);
        node
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_hansei"));
        command
            .args(arguments)
            .arg("--data-dir")
            .arg(&self.folder)
            .arg(format!("--listen=127.0.0.1:{}", self.site.port))
            .args(["--metrics-listen=off", "--log=error"])
            .env_remove("DATABASE_URL")
            .stdin(Stdio::null());
        command
    }

    async fn serve(&mut self) {
        let child = self
            .command(&["serve"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        self.child = Some(child.unwrap());
        let begun = Instant::now();
        while self
            .site
            .get("/healthz")
            .await
            .is_none_or(|answer| answer.status != 200)
        {
            let ended = self.child.as_mut().unwrap().try_wait().unwrap();
            assert!(ended.is_none(), "the server ended: {ended:?}");
            assert!(begun.elapsed() < HEALED, "the server does not start");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// `kill -9`.
    fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }

    fn postgres(&self) -> Option<u32> {
        let text = std::fs::read_to_string(self.folder.join("postgres/postmaster.pid")).ok()?;
        text.lines().next()?.parse().ok()
    }
}

impl Site {
    /// None: no connection, or it broke.
    async fn get(&self, path: &str) -> Option<Answer> {
        self.send(reqwest::Method::GET, path, &[], String::new())
            .await
    }

    async fn send(
        &self,
        method: reqwest::Method,
        path: &str,
        headers: &[(&str, &str)],
        body: String,
    ) -> Option<Answer> {
        let mut request = self
            .client
            .request(method, format!("http://127.0.0.1:{}{path}", self.port))
            .timeout(Duration::from_secs(15))
            .header("Authorization", format!("Bearer {}", self.token));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = request.body(body).send().await.ok()?;
        let etag = response
            .headers()
            .get("ETag")
            .map(|tag| tag.to_str().unwrap().to_owned());
        Some(Answer {
            status: response.status().as_u16(),
            etag: etag.unwrap_or_default(),
            body: response.text().await.ok()?,
        })
    }

    /// Sends a write until it is answered, as a client that wants to be sure does.
    #[expect(clippy::too_many_arguments, reason = "a request has that many parts")]
    async fn write(
        &self,
        method: reqwest::Method,
        path: &str,
        key: &str,
        etag: &str,
        words: &str,
    ) -> Answer {
        let document = format!("---\ntitle: Torture\n---\n\n## Summary\n\n{words}\n");
        let mut headers = vec![("Content-Type", "text/markdown"), ("Idempotency-Key", key)];
        if !etag.is_empty() {
            headers.push(("If-Match", etag));
        }
        let begun = Instant::now();
        loop {
            let answer = self
                .send(method.clone(), path, &headers, document.clone())
                .await;
            if let Some(answer) = answer.filter(|answer| !matches!(answer.status, 429 | 503)) {
                return answer;
            }
            assert!(begun.elapsed() < HEALED, "the write is not answered");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Pages through a list to its end.
    async fn ids(&self, path: &str) -> Option<Vec<String>> {
        let (mut ids, mut cursor) = (Vec::new(), String::new());
        loop {
            let answer = self
                .get(&format!("{path}limit=100&cursor={cursor}"))
                .await?;
            let page = (answer.status == 200).then(|| answer.json())?;
            if page.get("mode").is_some_and(|mode| mode != "index") {
                return None;
            }
            let items = page["items"].as_array().unwrap();
            ids.extend(
                items
                    .iter()
                    .map(|item| item["id"].as_str().unwrap().to_owned()),
            );
            match page["next_cursor"].as_str() {
                Some(next) => next.clone_into(&mut cursor),
                None => return Some(ids),
            }
        }
    }

    /// Waits until the index says what Postgres says, and returns the reports.
    async fn index_equals_database(&self) -> BTreeSet<String> {
        let begun = Instant::now();
        loop {
            let (listed, found) = (
                self.ids("/api/v1/reports?").await,
                self.ids("/api/v1/search?q=&").await,
            );
            if let (Some(listed), Some(found)) = (&listed, &found) {
                let set: BTreeSet<String> = listed.iter().cloned().collect();
                assert_eq!(set.len(), listed.len(), "a report is listed twice");
                if found.len() == set.len() && found.iter().all(|id| set.contains(id)) {
                    return set;
                }
            }
            assert!(
                begun.elapsed() < HEALED,
                "listed: {listed:?}\nfound: {found:?}"
            );
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        self.kill();
        let begun = Instant::now();
        while self.folder.join("postgres/postmaster.pid").exists() && begun.elapsed() < HEALED {
            #[expect(clippy::disallowed_methods, reason = "polls, with a limit")]
            std::thread::sleep(Duration::from_millis(20));
        }
        std::fs::remove_dir_all(&self.folder).unwrap();
    }
}

fn signal(name: &str, pid: u32) {
    let status = Command::new("kill").args([name, &pid.to_string()]).status();
    assert!(status.unwrap().success());
}

/// Creates and revises reports until told to stop; returns the words of each report as acknowledged.
async fn write_on(site: Site, writer: usize, stop: Arc<AtomicBool>) -> BTreeMap<String, String> {
    let mut acknowledged: BTreeMap<String, String> = BTreeMap::new();
    let mut latest: Option<(String, String)> = None;
    for number in 0.. {
        if stop.load(Ordering::Relaxed) {
            break;
        }
        let word = format!("word{writer}x{number}");
        if let Some((id, etag)) = latest.take() {
            let words = format!("{} {word}", acknowledged[&id]);
            let path = format!("/api/v1/reports/{id}");
            let answer = site
                .write(reqwest::Method::PUT, &path, &word, &etag, &words)
                .await;
            assert_eq!(answer.status, 200, "{}", answer.body);
            acknowledged.insert(id, words);
        } else {
            let path = "/api/v1/reports?publish=true&reason=tried";
            let answer = site
                .write(reqwest::Method::POST, path, &word, "", &word)
                .await;
            assert_eq!(answer.status, 201, "{}", answer.body);
            let id = answer.json()["id"].as_str().unwrap().to_owned();
            assert!(
                acknowledged.insert(id.clone(), word).is_none(),
                "{id} was made twice"
            );
            latest = Some((id, answer.etag));
        }
    }
    acknowledged
}

#[tokio::test]
async fn what_was_acknowledged_survives_kills_and_has_one_effect() {
    let mut node = Node::start().await;
    let stop = Arc::new(AtomicBool::new(false));
    let writers: Vec<_> = (0..4)
        .map(|writer| tokio::spawn(write_on(node.site.clone(), writer, Arc::clone(&stop))))
        .collect();
    for round in 1..=3 {
        tokio::time::sleep(Duration::from_millis(300 * round)).await;
        if round == 2 {
            // Both at once.
            signal("-KILL", node.postgres().unwrap());
        }
        node.kill();
        node.serve().await;
    }
    stop.store(true, Ordering::Relaxed);
    let mut acknowledged = BTreeMap::new();
    for writer in writers {
        acknowledged.extend(writer.await.unwrap());
    }
    // Everything that was written was acknowledged in the end, so there must be nothing else.
    let ids = node.site.index_equals_database().await;
    assert_eq!(ids, acknowledged.keys().cloned().collect());
    for (id, words) in &acknowledged {
        let report = node
            .site
            .get(&format!("/api/v1/reports/{id}"))
            .await
            .unwrap()
            .json();
        let text = report["document"].as_str().unwrap();
        assert!(
            text.ends_with(&format!("\n{words}\n")),
            "{words} is not the end of {text}"
        );
    }
    for (id, words) in acknowledged.iter().take(20) {
        let word = words.rsplit(' ').next().unwrap();
        let found = node
            .site
            .ids(&format!("/api/v1/search?q={word}&"))
            .await
            .unwrap();
        assert_eq!(found, std::slice::from_ref(id), "{word}");
    }
}

#[tokio::test]
async fn an_import_outlives_the_server_and_its_postgres() {
    let mut node = Node::start().await;
    let reports = node.folder.join("reports");
    std::fs::create_dir(&reports).unwrap();
    for number in 0..80 {
        let text =
            format!("---\ntitle: Report {number}\n---\n\n## Summary\n\nThe disk was full.\n");
        std::fs::write(reports.join(format!("{number}.md")), text).unwrap();
    }
    let import = ["import", "--publish", reports.to_str().unwrap()];
    let running = node
        .command(&import)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let begun = Instant::now();
    while node
        .site
        .ids("/api/v1/reports?")
        .await
        .is_none_or(|ids| ids.is_empty())
    {
        assert!(begun.elapsed() < HEALED, "the import does not begin");
    }
    node.kill();
    node.serve().await;
    let ended = tokio::task::spawn_blocking(|| running.wait_with_output())
        .await
        .unwrap()
        .unwrap();
    assert!(ended.status.success());
    assert_eq!(node.site.index_equals_database().await.len(), 80);
    let again = node.command(&import).output().unwrap();
    let summary = String::from_utf8(again.stdout).unwrap();
    assert!(
        again.status.success() && summary.contains("80  unchanged"),
        "{summary}"
    );
}

#[tokio::test]
async fn searches_go_on_or_are_refused_at_once_and_everything_heals() {
    let node = Node::start().await;
    for number in 0..20 {
        let path = "/api/v1/reports?publish=true&reason=tried";
        let key = format!("key{number}");
        node.site
            .write(reqwest::Method::POST, path, &key, "", "The disk was full.")
            .await;
    }
    node.site.index_equals_database().await;
    let stop = Arc::new(AtomicBool::new(false));
    let (site, ended) = (node.site.clone(), Arc::clone(&stop));
    let searches = tokio::spawn(async move {
        let mut answers: BTreeMap<u16, usize> = BTreeMap::new();
        while !ended.load(Ordering::Relaxed) {
            let begun = Instant::now();
            let answer = site.get("/api/v1/search?q=disk").await.expect("an answer");
            assert!(
                begun.elapsed() < Duration::from_secs(6),
                "{:?}",
                begun.elapsed()
            );
            assert!(matches!(answer.status, 200 | 503), "{}", answer.body);
            *answers.entry(answer.status).or_default() += 1;
        }
        answers
    });
    let index = node.folder.join("index");
    let damages: [&dyn Fn(); 4] = [
        &|| std::fs::remove_dir_all(&index).unwrap_or_default(),
        &|| std::fs::remove_file(index.join("CURRENT")).unwrap(),
        // `pg_ctl -m immediate stop`
        &|| signal("-QUIT", node.postgres().unwrap()),
        &|| signal("-KILL", node.postgres().unwrap()),
    ];
    for (number, damage) in damages.into_iter().enumerate() {
        damage();
        let (path, key) = (
            "/api/v1/reports?publish=true&reason=tried",
            format!("healed{number}"),
        );
        let made = node
            .site
            .write(reqwest::Method::POST, path, &key, "", "The disk is whole.")
            .await;
        assert_eq!(made.status, 201, "{}", made.body);
        assert_eq!(node.site.index_equals_database().await.len(), 21 + number);
        let begun = Instant::now();
        loop {
            let ready = node.site.get("/readyz").await.unwrap();
            if ready.status == 200
                && ready.json()["database"] == "ok"
                && ready.json()["index"] == "ok"
            {
                break;
            }
            assert!(begun.elapsed() < HEALED, "{}", ready.body);
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
    stop.store(true, Ordering::Relaxed);
    assert!(searches.await.unwrap()[&200] > 0);
}
