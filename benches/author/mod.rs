//! What one author waits for while writing a long report.

use super::client::{Client, Server, token_in};
use super::percentile;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

/// How often an author does each thing: enough that one in a hundred is not one alone.
const TRIES: usize = 1000;

/// What one author waits for while writing a long report: 100 kB with 200 events.
pub(crate) fn authoring(server: &Server, cookie: &str, data: &Path) {
    let token = format!("Authorization: Bearer {}", server.token());
    let text = long_text();
    let mut author = Author::begin(server, cookie, &text);
    println!(
        "\none author, {} kB with {EVENTS} events      p50 ms    p99 ms    max ms   machine taken away",
        text.len() / 1000
    );
    timed("/healthz", |_| {
        author.client.get("/healthz", "");
    });
    // What is the machine's: a fixed computation, and a disk.
    timed("20 ms of computing, about", |_| {
        let sum = (0..COMPUTED).fold(1_u64, |sum, next| {
            std::hint::black_box(sum.rotate_left(7) ^ next)
        });
        assert_ne!(sum, 0);
    });
    let mut file = std::fs::File::create(data.join("bench")).unwrap();
    timed("as much written to disk and synced", |_| {
        file.write_all(text.as_bytes()).unwrap();
        file.sync_data().unwrap();
    });
    // Between two saves the author sees the page again; only the save is timed.
    let page = author.page.clone();
    timed_after(
        "save",
        |author| {
            author.client.get(&format!("{page}/edit"), cookie);
        },
        |author, i| author.send("edit", (i + 1, "save"), (&text, i), 303),
        &mut author,
    );
    timed("save, and nothing between", |i| {
        author.send("edit", (TRIES + i + 1, "save"), (&text, i), 303);
    });
    for (name, path, button) in [
        ("kept while typing", "autosave", ""),
        ("preview beside", "beside", "preview"),
        ("wording beside", "beside", "hints"),
    ] {
        timed(name, |i| {
            author.send(path, (2 * TRIES + 1, button), (&text, i), 200);
        });
    }
    timed("language-check, API", |_| {
        let head = format!("{token}\r\nContent-Type: text/markdown");
        author
            .client
            .send("POST", "/api/v1/language-check", &head, &text);
        assert_eq!(author.client.status, 200);
    });
    timed("edit page", |_| {
        author.client.get(&format!("{page}/edit"), cookie);
    });
    timed("report page", |_| {
        author.client.get(&page, cookie);
    });
}

impl Client {
    /// The token that the forms of this session carry.
    fn csrf(&mut self, cookie: &str) -> String {
        token_in(&self.get("/account", cookie)).to_owned()
    }
}

/// Times some tries; see [`timed_after`].
fn timed(name: &str, mut ask: impl FnMut(usize)) {
    timed_after(name, |()| {}, |(), i| ask(i), &mut ());
}

/// Does something before each try, times the try, and prints median, 99th percentile, maximum, and how much of the
/// processors the host of this machine gave to others meanwhile: where that is not nothing, the rest says little.
fn timed_after<T>(
    name: &str,
    mut before: impl FnMut(&mut T),
    mut ask: impl FnMut(&mut T, usize),
    with: &mut T,
) {
    let taken = taken_away();
    let mut took: Vec<Duration> = (0..TRIES)
        .map(|i| {
            before(with);
            let asked = Instant::now();
            ask(with, i);
            asked.elapsed()
        })
        .collect();
    let taken = taken
        .zip(taken_away())
        .map_or_else(String::new, |(old, new)| {
            let ((taken, all), (was_taken, were_all)) = (new, old);
            format!(
                "{:.1} %",
                100.0 * (taken - was_taken) / (all - were_all).max(1.0)
            )
        });
    took.sort_unstable();
    println!(
        "{name:<34} {:>9.1} {:>9.1} {:>9.1} {taken:>20}",
        percentile(&took, 50),
        percentile(&took, 99),
        percentile(&took, 100),
    );
}

/// Ticks of the processors that the host gave to others, and all ticks, since the machine began; from `/proc/stat`,
/// proc(5).
fn taken_away() -> Option<(f64, f64)> {
    let stat = std::fs::read_to_string("/proc/stat").ok()?;
    let ticks: Vec<f64> = stat
        .lines()
        .next()?
        .split_whitespace()
        .skip(1)
        .map_while(|it| it.parse().ok())
        .collect();
    // What guests use is counted among "user" already.
    Some((*ticks.get(7)?, ticks.iter().take(8).sum()))
}

/// Somebody with the form of a report open.
struct Author {
    client: Client,
    csrf: String,
    head: String,
    /// The address of the report.
    page: String,
}

impl Author {
    /// Saves the text as a new report.
    fn begin(server: &Server, cookie: &str, text: &str) -> Self {
        let mut client = Client::new(server.address);
        let csrf = client.csrf(cookie);
        let head = format!(
            "{cookie}\r\nOrigin: http://{}\r\nContent-Type: application/x-www-form-urlencoded",
            server.address
        );
        let mut author = Self {
            client,
            csrf,
            head,
            page: String::new(),
        };
        let form = author.form((0, "save"), text);
        author.client.send("POST", "/reports", &author.head, &form);
        assert_eq!(author.client.status, 303);
        author.page.clone_from(&author.client.location);
        author
    }

    fn form(&self, (base, button): (usize, &str), text: &str) -> String {
        serde_urlencoded::to_string([
            ("csrf", self.csrf.as_str()),
            ("title", "A long night"),
            ("kind", "near_miss"),
            ("timezone", "UTC"),
            ("base_revision", &base.to_string()),
            ("document", text),
            ("do", button),
        ])
        .unwrap()
    }

    /// Sends the form with one line more.
    fn send(&mut self, path: &str, what: (usize, &str), (text, line): (&str, usize), status: u16) {
        let form = self.form(what, &format!("{text}\nLine {line}.\n"));
        let path = format!("{}/{path}", self.page);
        self.client.send("POST", &path, &self.head, &form);
        assert_eq!(self.client.status, status, "{path}");
    }
}

/// Steps of a computation that takes about 20 ms.
const COMPUTED: u64 = 20_000_000;

/// Events of the report that is written.
const EVENTS: usize = 200;

/// 100 kB: what happened, then event by event, then prose of the sample reports.
fn long_text() -> String {
    let sample = include_str!("../../src/archive/demo/checkout-replica-lag.md");
    let prose = sample.splitn(3, "---\n").last().unwrap_or_default();
    let prose: Vec<&str> = prose
        .split("\n\n")
        .filter(|it| it.len() > 80 && !it.starts_with(['#', '-']))
        .collect();
    let mut text = "## Summary\n\nIt was a long night.\n\n## Timeline\n\n".to_owned();
    for event in 0..EVENTS {
        writeln!(
            text,
            "- 2026-11-17 {:02}:{:02} UTC [act] Step {event}: somebody looked at the graphs and told the others",
            event / 60,
            event % 60
        )
        .unwrap();
    }
    text.push_str("\n## Background\n");
    for paragraph in prose.iter().cycle() {
        if text.len() > 100_000 {
            break;
        }
        write!(text, "\n{paragraph}\n").unwrap();
    }
    text
}
