//! What search costs where there are many reports, measured from outside on the release build.
//!
//! `cargo bench --bench scale` makes reports up, imports them into an empty place, and asks over HTTP, with one client and
//! with sixteen that never pause. Beside each figure stands the same for a bare handler: the index's own best ten for the
//! same words, in a server of one handler, without visibility, facets, passages or a page. Clients and servers share the
//! processors, so compare within a run, not across machines. `HANSEI_BENCH_SIZES=1000,10000,100000` says how many
//! reports; the default is 1,000 and 10,000.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::indexing_slicing,
    reason = "a measuring program: whatever goes wrong ends it, and it says its figures"
)]

mod client;
mod corpus;

use actix_web::{App, HttpResponse, HttpServer, web};
use client::{Client, Server};
use corpus::Corpus;
use hansei::platform::search::{Index, query};
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// Clients at once.
const CLIENTS: usize = 16;
/// How long each address is asked.
const SECONDS: u64 = 6;
/// Different questions; more than any cache of answers keeps.
const QUESTIONS: usize = 4_000;
/// Files in one folder, and reports imported at once.
const BATCH: usize = 2_000;

fn main() {
    let sizes = std::env::var_os("HANSEI_BENCH_SIZES").unwrap_or_else(|| "1000,10000".into());
    let sizes = sizes.into_string().unwrap();
    let mut sizes: Vec<usize> = sizes
        .split(',')
        .map(|size| size.trim().parse().unwrap())
        .collect();
    sizes.sort_unstable();
    let folder = Folder::new();
    let data = folder.0.join("data");
    let corpus = Corpus::new();
    let questions: Vec<String> = corpus
        .questions(QUESTIONS)
        .iter()
        .map(|text| serde_urlencoded::to_string([("q", text)]).unwrap())
        .collect();
    let (mut written, mut bytes) = (0, 0);
    let mut before = None;
    for size in sizes {
        let server = Server::start(&data);
        println!(
            "\nfirst page after a start          {:>8.2} s",
            server.started.as_secs_f64()
        );
        let begun = Instant::now();
        while written < size {
            let next = (written + BATCH).min(size);
            let reports = folder.0.join("reports");
            bytes += corpus.write(&reports, written..next);
            server.tool(&["import", "--publish", reports.to_str().unwrap()]);
            std::fs::remove_dir_all(&reports).unwrap();
            written = next;
        }
        let megabytes = mega(bytes);
        println!(
            "\n=== {size} reports, {megabytes:.0} MB of text; filled in {:.0} s",
            begun.elapsed().as_secs_f64()
        );
        let index = data.join("index");
        println!(
            "index                             {:>8.2} of the text",
            mega(size_of(&index)) / megabytes
        );
        let p50 = measure(&server, &index, &questions);
        if let Some((fewer, before)) = before {
            println!(
                "{size} reports for {fewer}: p50 of one client × {:.1}",
                p50 / before
            );
        }
        before = Some((size, p50));
        rebuild(&server, &questions);
        println!(
            "memory of the server (RSS)        {:>8} MiB",
            server.resident_mib()
        );
        server.stop();
    }
}

/// Asks everything; the median of one client's search page, in milliseconds.
fn measure(server: &Server, index: &Path, questions: &[String]) -> f64 {
    let cookie = format!("Cookie: {}", server.sign_in());
    let token = format!("Authorization: Bearer {}", server.token());
    let keys = server.keys(&token);
    let bare = Bare::start(index);
    let ask =
        |path: &'static str| move |i: usize| format!("{path}?{}", questions[i % questions.len()]);
    let (bare_path, page, api) = (ask("/"), ask("/search"), ask("/api/v1/search"));
    let related = |i: usize| format!("/api/v1/related?id={}", keys[i * 7919 % keys.len()]);
    println!(
        "                                  requests/s    p50 ms    p99 ms   to bare: rate    p99"
    );
    let mut p50 = 0.0;
    for clients in [1, CLIENTS] {
        println!("{clients} clients without pause");
        let floor = Row::of(
            "  a bare handler",
            load(bare.address, clients, &bare_path, ""),
            None,
        );
        let row = Row::of(
            "  search, page with facets",
            load(server.address, clients, &page, &cookie),
            Some(&floor),
        );
        if clients == 1 {
            p50 = row.p50;
        }
        Row::of(
            "  search, API",
            load(server.address, clients, &api, &token),
            Some(&floor),
        );
        let like = Row::of(
            "  related, API",
            load(server.address, clients, &related, &token),
            Some(&floor),
        );
        println!(
            "  p99 of related to search        {:>8.1}",
            like.p99 / row.p99
        );
    }
    bare.stop();
    p50
}

/// Builds the index anew while one client searches.
fn rebuild(server: &Server, questions: &[String]) {
    let cookie = format!("Cookie: {}", server.sign_in());
    let page = |i: usize| format!("/search?{}", questions[i % questions.len()]);
    let normal = load(server.address, 1, &page, &cookie);
    let done = AtomicBool::new(false);
    let (seconds, meanwhile) = std::thread::scope(|scope| {
        let searching = scope.spawn(|| {
            let mut took = Vec::new();
            let mut client = Client::new(server.address);
            while !done.load(Ordering::Relaxed) {
                let asked = Instant::now();
                client.get(&page(took.len()), &cookie);
                took.push(asked.elapsed());
            }
            took.sort_unstable();
            took
        });
        let begun = Instant::now();
        server.tool(&["reindex"]);
        let seconds = begun.elapsed().as_secs_f64();
        done.store(true, Ordering::Relaxed);
        (seconds, searching.join().unwrap())
    });
    println!(
        "index built anew in               {seconds:>8.1} s, p99 of searches meanwhile × {:.1}",
        percentile(&meanwhile, 99) / percentile(&normal.1, 99)
    );
}

/// A line of the table.
struct Row {
    p50: f64,
    p99: f64,
    rate: f64,
}

impl Row {
    fn of(name: &str, (rate, took): (f64, Vec<Duration>), floor: Option<&Self>) -> Self {
        let row = Self {
            p50: percentile(&took, 50),
            p99: percentile(&took, 99),
            rate,
        };
        print!("{name:<34}{rate:>9.0} {:>9.2} {:>9.2}", row.p50, row.p99);
        match floor {
            Some(floor) => println!(
                "   {:>12.2} {:>7.2}",
                row.rate / floor.rate,
                row.p99 / floor.p99
            ),
            None => println!(),
        }
        row
    }
}

/// Requests a second, and how long each took, sorted.
fn load(
    address: SocketAddr,
    clients: usize,
    path: &(dyn Fn(usize) -> String + Sync),
    header: &str,
) -> (f64, Vec<Duration>) {
    let mut warm = Client::new(address);
    for i in 0..200 {
        warm.get(&path(i), header);
    }
    let begun = Instant::now();
    let mut all: Vec<Duration> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..clients)
            .map(|number| {
                scope.spawn(move || {
                    let mut client = Client::new(address);
                    let mut took = Vec::new();
                    let mut i = 200 + number * 251;
                    while begun.elapsed() < Duration::from_secs(SECONDS) {
                        let asked = Instant::now();
                        client.get(&path(i), header);
                        took.push(asked.elapsed());
                        i += 1;
                    }
                    took
                })
            })
            .collect();
        threads
            .into_iter()
            .flat_map(|it| it.join().unwrap())
            .collect()
    });
    let seconds = begun.elapsed().as_secs_f64();
    all.sort_unstable();
    let count = f64::from(u32::try_from(all.len()).unwrap());
    (count / seconds, all)
}

/// The index alone behind HTTP: the best ten for some words, as ids.
struct Bare {
    address: SocketAddr,
    handle: actix_web::dev::ServerHandle,
    thread: std::thread::JoinHandle<()>,
}

impl Bare {
    fn start(folder: &Path) -> Self {
        let index = Index::open_reader(folder);
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (send, receive) = std::sync::mpsc::channel();
        let thread = std::thread::spawn(move || {
            actix_web::rt::System::new().block_on(async move {
                let app = move || {
                    let index = index.clone();
                    App::new()
                        .app_data(web::Data::new(index))
                        .route("/", web::get().to(answer))
                };
                let server = HttpServer::new(app)
                    .workers(2)
                    .disable_signals()
                    .listen(listener)
                    .unwrap()
                    .run();
                send.send(server.handle()).unwrap();
                server.await.unwrap();
            });
        });
        Self {
            address,
            handle: receive.recv().unwrap(),
            thread,
        }
    }

    fn stop(self) {
        drop(self.handle.stop(false));
        self.thread.join().unwrap();
    }
}

#[derive(serde::Deserialize)]
struct Question {
    q: String,
}

async fn answer(index: web::Data<Index>, question: web::Query<Question>) -> HttpResponse {
    let best = index.bare(&query::parse(&question.q), 10).unwrap();
    HttpResponse::Ok().json(best)
}

fn percentile(sorted: &[Duration], percent: usize) -> f64 {
    sorted[(sorted.len() * percent / 100).min(sorted.len() - 1)].as_secs_f64() * 1000.0
}

fn mega(bytes: usize) -> f64 {
    f64::from(u32::try_from(bytes / 1000).unwrap()) / 1000.0
}

/// Bytes in a folder and those below it.
fn size_of(folder: &Path) -> usize {
    let entries = std::fs::read_dir(folder).unwrap();
    let sizes = entries.map(|entry| {
        let entry = entry.unwrap();
        let about = entry.metadata().unwrap();
        if about.is_dir() {
            size_of(&entry.path())
        } else {
            usize::try_from(about.len()).unwrap()
        }
    });
    sizes.sum()
}

/// A folder of its own, removed at the end.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        let path = std::env::temp_dir().join(format!("hansei-scale-{}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _left_for_the_system_to_clear = std::fs::remove_dir_all(&self.0);
    }
}
