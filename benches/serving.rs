//! How fast Hansei starts, imports, answers and shows what was saved, measured from outside on the release build.
//!
//! `cargo bench --bench serving` starts the program in an empty folder, imports reports, and asks over HTTP with sixteen
//! clients that never pause: they and the server share the processors, so latencies are those of a saturated machine.
//! Machines differ and are noisy: compare with the `/healthz` line of the same run, not with other runs.
//! `HANSEI_BENCH_REPORTS=folder` imports a folder of your own instead of 443 generated reports; `HANSEI_BENCH_ONLY=author`
//! measures only what one author waits for.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::indexing_slicing,
    reason = "a measuring program: whatever goes wrong ends it, and it says its figures"
)]

mod author;
mod client;

use author::authoring;
use client::{Client, Server};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Clients at once.
const CLIENTS: usize = 16;
/// How long each address is asked.
const SECONDS: u64 = 5;
/// Reports generated when no folder is given: as many as there are public post-mortems in our test corpus.
const REPORTS: usize = 443;
/// Saves whose way into the index is timed.
const SAVES: usize = 200;

const QUERIES: &[&str] = &[
    "expired certificate",
    "connection pool exhausted",
    "retry storm after deploy",
    "dns failover",
    "replica lag",
    "disk full of debug logs",
    "rollback took too long because the pipeline was blocked",
    "\"cache stampede\"",
    "credential leaked in a log",
    "payment provider timeout",
    "daylight saving time charged twice",
    "ECONNREFUSED 10.0.0.1",
];

fn main() {
    let folder = Folder::new();
    let (reports, count) = match std::env::var_os("HANSEI_BENCH_REPORTS") {
        Some(path) => (PathBuf::from(path), 0),
        None => (generate(&folder.0.join("reports")), REPORTS),
    };
    let data = folder.0.join("data");
    let server = Server::start(&data);
    println!(
        "first page after an empty folder  {:>8.2} s",
        server.started.as_secs_f64()
    );
    server.stop();
    let server = Server::start(&data);
    println!(
        "first page after a second start   {:>8.2} s",
        server.started.as_secs_f64()
    );

    let begun = Instant::now();
    server.tool(&["import", "--publish", reports.to_str().unwrap()]);
    let seconds = begun.elapsed().as_secs_f64();
    println!("import, all searchable            {seconds:>8.2} s  {count} reports");
    let begun = Instant::now();
    server.tool(&["import", "--publish", reports.to_str().unwrap()]);
    println!(
        "import again, nothing changes     {:>8.2} s",
        begun.elapsed().as_secs_f64()
    );

    let cookie = format!("Cookie: {}", server.sign_in());
    let is_all = std::env::var_os("HANSEI_BENCH_ONLY").is_none_or(|it| it != "author");
    if is_all {
        answers(&server, &cookie);
    }
    authoring(&server, &cookie, &data);
    if is_all {
        freshness(&server);
    }
    println!(
        "\nmemory of the server (RSS)        {:>8} MiB",
        server.resident_mib()
    );
    server.stop();
}

/// Asks each address for some seconds and prints a table.
fn answers(server: &Server, cookie: &str) {
    let token = format!("Authorization: Bearer {}", server.token());
    let keys = server.keys(&token);
    let query = |i: usize| {
        QUERIES[i % QUERIES.len()]
            .replace(' ', "+")
            .replace('"', "%22")
    };
    let key = |i: usize| &keys[i * 7919 % keys.len()];
    println!(
        "\n{CLIENTS} clients without pause          requests/s    p50 ms    p99 ms   p99 to /healthz"
    );
    let mut floor = None;
    let mut row = |name: &str, path: &(dyn Fn(usize) -> String + Sync), header: &str| {
        let (rate, p50, p99) = load(server, path, header);
        let base = *floor.get_or_insert(p99);
        println!(
            "{name:<34}{rate:>9.0} {p50:>9.2} {p99:>9.2} {:>17.1}",
            p99 / base
        );
    };
    row("/healthz", &|_| "/healthz".to_owned(), "");
    row(
        "search, API",
        &|i| format!("/api/v1/search?q={}", query(i)),
        &token,
    );
    row(
        "search, page with facets",
        &|i| format!("/search?q={}", query(i)),
        cookie,
    );
    row(
        "report, API",
        &|i| format!("/api/v1/reports/{}", key(i)),
        &token,
    );
    row("report, page", &|i| format!("/reports/{}", key(i)), cookie);
    row("home", &|_| "/".to_owned(), cookie);
}

/// Requests a second, median and 99th percentile in milliseconds.
fn load(server: &Server, path: &(dyn Fn(usize) -> String + Sync), header: &str) -> (f64, f64, f64) {
    let mut warm = Client::new(server.address);
    for i in 0..500 {
        warm.get(&path(i), header);
    }
    let begun = Instant::now();
    let mut all: Vec<Duration> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..CLIENTS)
            .map(|number| {
                scope.spawn(move || {
                    let mut client = Client::new(server.address);
                    let mut took = Vec::new();
                    let mut i = number * 1009;
                    while begun.elapsed() < Duration::from_secs(SECONDS) {
                        let path = path(i);
                        let asked = Instant::now();
                        client.get(&path, header);
                        took.push(asked.elapsed());
                        i += 1;
                    }
                    took
                })
            })
            .collect();
        threads
            .into_iter()
            .flat_map(|thread| thread.join().unwrap())
            .collect()
    });
    let seconds = begun.elapsed().as_secs_f64();
    all.sort_unstable();
    (
        count(all.len()) / seconds,
        percentile(&all, 50),
        percentile(&all, 99),
    )
}

impl Client {
    fn post_report(&mut self, document: &str, token: &str) {
        let head = format!("{token}\r\nContent-Type: text/markdown");
        let body = self.send(
            "POST",
            "/api/v1/reports?publish=true&reason=measured",
            &head,
            document,
        );
        assert_eq!(self.status, 201, "{body}");
    }
}

/// How long after the answer to a save a search on the same node finds it.
fn freshness(server: &Server) {
    let token = format!("Authorization: Bearer {}", server.token());
    let mut client = Client::new(server.address);
    let mut took = Vec::new();
    for i in 0..SAVES {
        let word = format!("freshness{i}marker");
        client.post_report(&format!("# Saved {word}\n\nIt was saved.\n"), &token);
        let saved = Instant::now();
        loop {
            let body = client.get(&format!("/api/v1/search?q={word}&limit=1"), &token);
            if body.contains("\"total\":1") {
                break;
            }
            assert!(
                saved.elapsed() < Duration::from_secs(10),
                "{word} is not found"
            );
            std::thread::yield_now();
        }
        took.push(saved.elapsed());
    }
    took.sort_unstable();
    println!(
        "\nsaved until found, {SAVES} saves       p50 {:.0} ms, p99 {:.0} ms",
        percentile(&took, 50),
        percentile(&took, 99)
    );
}

fn percentile(sorted: &[Duration], percent: usize) -> f64 {
    sorted[(sorted.len() * percent / 100).min(sorted.len() - 1)].as_secs_f64() * 1000.0
}

fn count(of: usize) -> f64 {
    f64::from(u32::try_from(of).unwrap())
}

/// Reports of about 10 kB, made of the paragraphs of the sample reports in changing order.
fn generate(folder: &Path) -> PathBuf {
    std::fs::create_dir_all(folder).unwrap();
    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/archive/demo");
    let mut names: Vec<_> = std::fs::read_dir(samples)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    names.sort();
    let texts: Vec<String> = names
        .iter()
        .map(|path| std::fs::read_to_string(path).unwrap())
        .collect();
    let body = |text: &str| {
        text.splitn(3, "---\n")
            .last()
            .unwrap_or_default()
            .to_owned()
    };
    let paragraphs: Vec<String> = texts
        .iter()
        .flat_map(|text| {
            body(text)
                .split("\n\n")
                .map(str::to_owned)
                .collect::<Vec<_>>()
        })
        .filter(|paragraph| paragraph.len() > 80 && !paragraph.starts_with('#'))
        .collect();
    // A fixed sequence: every run measures the same reports.
    let mut state = 19_u64;
    let mut next = |below: usize| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).unwrap() % below
    };
    for number in 0..REPORTS {
        let mut text =
            texts[number % texts.len()].replacen("id: ", &format!("id: bench-{number}-"), 1);
        for section in ["What happened", "Background", "Details"] {
            write!(text, "\n## {section} {number}\n").unwrap();
            while text.len() < 10_000 && next(4) > 0 {
                write!(text, "\n{}\n", paragraphs[next(paragraphs.len())]).unwrap();
            }
        }
        std::fs::write(folder.join(format!("report-{number}.md")), text).unwrap();
    }
    folder.to_owned()
}

/// A folder of its own, removed at the end.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        let path = std::env::temp_dir().join(format!("hansei-bench-{}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _left_for_the_system_to_clear = std::fs::remove_dir_all(&self.0);
    }
}
