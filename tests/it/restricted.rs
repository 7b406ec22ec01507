//! A restricted report leaves no trace for those who may not see it: every route there is, asked by every outsider.
//!
//! The routes come from the table of permissions, so a new one is asked too. Those that are not about one report must
//! say in [`PROBES`] how they are asked for what is hidden.

use std::collections::BTreeSet;

use hansei::accounts::Role;

use crate::permissions::routes::{API, PAGES, REPORT_API, REPORT_PAGES, call};
use crate::support::app::{Answer, TestApp};
use crate::support::people::{Browser, Program};

/// Stands in every word of the hidden reports, and nowhere else.
const HIDDEN: &str = "qzx";
/// Stands in no report at all.
const NOWHERE: &str = "vvw";
/// The key of no report.
const MISSING: &str = "PM-999";

/// How a route that is not about one report could tell of one.
enum Probe {
    /// Not at all: it says nothing about reports. It is asked all the same.
    Silent,
    /// It lists, counts, finds or suggests: asked for what is hidden, it answers as for what does not exist.
    Asked(&'static [&'static str]),
}
use Probe::{Asked, Silent};

/// Every route of [`PAGES`] and [`API`] that is read, and what would make it talk.
const PROBES: &[(&str, Probe)] = &[
    ("get pages::home", Asked(&["/"])),
    (
        "get pages::search",
        Asked(&[
            "/search",
            "/search?q=qzxword",
            "/search?q=qzx",
            "/search?q=qzxwort",
            "/search?q=%22qzxword+qzxphrase%22",
            "/search?q=qzxword+harbour",
            "/search?q=harbour+-qzxword",
            "/search?q=harbour+OR+qzxword",
            "/search?q=qzx*",
            "/search?q=title:qzxtitle",
            "/search?q=service:qzxservice",
            "/search?q=factor:%22qzxfactor%22",
            "/search?q=harbour&sort=newest",
            "/search?q=harbour&service=qzxservice",
            "/search?service=qzxservice",
            "/search?tag=qzxtag",
            "/search?team=qzxteam",
            "/search?factor=qzxfactor",
            "/search?severity=1",
            "/search?year=2017",
            "/search?kind=exercise",
            "/search?q=harbour&sort=severity",
            "/search?q=harbour&sort=duration",
            "/search?q=qzxword&severity=2&year=1999",
        ]),
    ),
    (
        "get pages::search_csv",
        Asked(&[
            "/search.csv",
            "/search.csv?q=qzxword",
            "/search.csv?q=harbour",
            "/search.csv?q=harbour+OR+qzxword&sort=severity",
            "/search.csv?service=qzxservice&sort=duration",
            "/search.csv?severity=1",
        ]),
    ),
    ("get pages::open_search", Silent),
    ("get pages::saved_searches", Asked(&["/searches"])),
    // Opened by a token: `searcher` asks the feeds of those who may not see it.
    ("get pages::feed", Silent),
    ("get pages::search_gaps", Silent),
    (
        "get pages::related",
        Asked(&[
            "/related",
            "/related?text=qzxword+qzxphrase",
            "/related?text=harbour+qzxword",
            "/related?text=harbour&service=qzxservice",
            "/related?alertname=qzxword&service=qzxservice&summary=harbour",
            "/related?import_key=qzxkey",
        ]),
    ),
    (
        "get pages::short_link",
        Asked(&["/r/qzxtitle", "/r/qzxtitle-2"]),
    ),
    ("get pages::keys", Silent),
    ("get pages::query_language", Silent),
    ("get all_reports", Asked(&["/reports"])),
    (
        "get pages::new",
        Asked(&[
            "/reports/new",
            "/reports/new?service=qzx",
            "/reports/new?template=standard&title=qzxtitle&service=qzxservice",
            "/reports/new?template=qzxword",
        ]),
    ),
    ("get api::reference", Silent),
    ("get api::openapi", Silent),
    (
        "get pages::beside::names",
        Asked(&[
            "/reports/names?of=services&q=qzx",
            "/reports/names?of=teams&q=qzx",
            "/reports/names?of=tags&q=qzx",
            "/reports/names?of=factors&q=qzx",
        ]),
    ),
    ("get pages::inbox::inbox", Asked(&["/inbox"])),
    ("get pages::queue", Asked(&["/reviews"])),
    ("get pages::audit_log", Silent),
    ("get pages::factors", Silent),
    ("get pages::factor", Silent),
    ("get pages::glossary", Silent),
    ("get pages::glossary_group", Silent),
    ("get alive", Silent),
    ("get ready", Silent),
    ("get assets::serve_at_root", Silent),
    ("get assets::serve", Silent),
    ("get sign_in::show", Silent),
    ("get set_up::show", Silent),
    ("get account::show", Silent),
    ("get pages::templates", Silent),
    ("get pages::new_template", Silent),
    ("get pages::template", Silent),
    ("get pages::rubric", Silent),
    // For administrators, who see everything.
    ("get teams::list", Silent),
    ("get teams::show", Silent),
    (
        "get api::search",
        Asked(&[
            "/api/v1/search?q=qzxword",
            "/api/v1/search?q=harbour",
            "/api/v1/search?q=service:qzxservice",
            "/api/v1/search?q=qzxwort",
            "/api/v1/search?service=qzxservice",
        ]),
    ),
    (
        "get api::related",
        Asked(&[
            "/api/v1/related?text=qzxword+qzxphrase",
            "/api/v1/related?text=harbour+qzxword&limit=50",
            "/api/v1/related?text=harbour&service=qzxservice&limit=50",
            "/api/v1/related?alertname=qzxword",
            "/api/v1/related?import_key=qzxkey",
        ]),
    ),
    ("get api::list", Asked(&["/api/v1/reports"])),
    ("get api::templates", Silent),
];

/// A report every word of which is hidden, but for one that open reports have too.
const TEXT: &str = "## Summary

A qzxword qzxphrase in the harbour.

## Timeline

- 2017-03-01T10:00:00Z [detect] qzxevent <https://qzxlink.example/1>

## Contributing factors

- qzxfactor: qzxnote

## Went well

- qzxlearning

## Countermeasures

- [ ] qzxmeasure (owner: qzxowner)
";

fn hidden(action: &'static str) -> [(&'static str, &'static str); 11] {
    [
        ("title", "Qzxtitle"),
        ("kind", "exercise"),
        ("severity", "1"),
        ("visibility", "restricted"),
        ("services", "qzxservice"),
        ("teams", "qzxteam"),
        ("tags", "qzxtag"),
        ("authors", "Qzxauthor"),
        ("started_at", "2017-03-01 10:00"),
        ("document", TEXT),
        ("do", action),
    ]
}

const OPEN: [(&str, &str); 7] = [
    ("title", "Open to all"),
    ("kind", "incident"),
    ("services", "pier"),
    ("visibility", "open"),
    ("started_at", "2018-11-21 10:00"),
    ("document", "## Summary\n\nFog in the harbour.\n"),
    ("do", "publish"),
];

/// Somebody who may not see the report, with a session or a token.
enum Outsider<'a> {
    Browser(Browser<'a>),
    Program(Program<'a>),
}

impl Outsider<'_> {
    async fn get(&self, path: &str) -> Answer {
        match self {
            Self::Browser(browser) => browser.get(path).await,
            Self::Program(program) => program.get(path).await,
        }
    }

    async fn ask(&self, request: &str, form: &[(&str, &str)]) -> Answer {
        let (method, path) = request.split_once(' ').unwrap();
        match (self, method) {
            (_, "GET") => self.get(path).await,
            (Self::Browser(browser), "POST") => browser.post(path, form).await,
            (Self::Browser(_), _) => panic!("a page is not sent {method}"),
            (Self::Program(program), _) => call(program, request).await,
        }
    }
}

/// The part of an answer that could tell something: without tokens, names of requests, and how long it took.
fn told(answer: &Answer) -> String {
    let mut text = format!("{} {} ", answer.status, answer.header("location"));
    let is_word = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_');
    let mut rest = answer.body.as_str();
    while let Some(first) = rest.chars().next() {
        let end = rest.find(|c| is_word(c) != is_word(first));
        let (word, after) = rest.split_at(end.unwrap_or(rest.len()));
        let is_count = word.bytes().all(|b| b.is_ascii_digit());
        let is_time = is_count && (after.starts_with(" ms") || text.ends_with("\"took_ms\":"));
        match word {
            _ if is_time => text.push('0'),
            word if word.len() >= 20
                && is_word(first)
                && word.chars().any(|c| c.is_ascii_digit()) =>
            {
                text.push('…');
            }
            word => text.push_str(word),
        }
        rest = after;
    }
    text
}

/// What differs between two answers, with a little around it.
fn difference(one: &str, other: &str) -> String {
    let same = one
        .chars()
        .zip(other.chars())
        .take_while(|(a, b)| a == b)
        .count();
    let around = |text: &str| -> String {
        text.chars()
            .skip(same.saturating_sub(60))
            .take(200)
            .collect()
    };
    format!("{:?} against {:?}", around(one), around(other))
}

/// Whether an answer names a hidden report. What was asked comes back, and tells nothing.
fn trace(answer: &Answer, keys: &[String], asked: &str) -> Option<String> {
    let headers: Vec<_> = answer.headers.values().collect();
    let text = format!("{headers:?} {}", answer.body).to_lowercase();
    let words = [HIDDEN.to_owned()].into_iter();
    let keys = keys.iter().map(|key| key.to_lowercase());
    let asked = asked.to_lowercase();
    words
        .chain(keys)
        .filter(|word| !asked.contains(word.as_str()))
        .find(|word| text.contains(word.as_str()))
}

struct Hidden {
    keys: Vec<String>,
    slug: &'static str,
}

/// An open report, and two restricted ones: published, and a draft.
async fn written(author: &Browser<'_>, other: &Browser<'_>) -> Hidden {
    other.write(&OPEN).await;
    let keys = vec![
        author.write(&hidden("publish")).await,
        author.write(&hidden("save")).await,
    ];
    // Something typed and not saved, which only the author may be offered.
    let typed = [
        ("title", "Qzxtyped"),
        ("document", "qzxtyped"),
        ("base_revision", "1"),
    ];
    let autosave = format!("/reports/{}/autosave", keys[0]);
    author.post(&autosave, &typed).await.is(200);
    // Takes away the message that the report was published.
    other.get("/").await.is(200);
    Hidden {
        slug: "qzxtitle-2",
        keys,
    }
}

/// Asks every route as this outsider; what tells of the hidden reports.
async fn asked(outsider: &Outsider<'_>, who: &str, hidden: &Hidden) -> Vec<String> {
    let mut wrong = Vec::new();
    let is_program = matches!(outsider, Outsider::Program(_));
    let rows = PAGES.iter().map(|row| (row.route, row.request));
    let rows = rows.chain(API.iter().map(|row| (row.route, row.request)));
    for (route, request) in rows.filter(|(route, _)| route.starts_with("get ")) {
        if request.contains("/api/") != is_program {
            continue;
        }
        let own = [request.trim_start_matches("GET ")];
        let probes = match PROBES.iter().find(|(name, _)| *name == route) {
            Some((_, Asked(probes))) => *probes,
            Some((_, Silent)) | None => &[],
        };
        for path in own.iter().chain(probes) {
            let answer = outsider.get(path).await;
            if let Some(word) = trace(&answer, &hidden.keys, path) {
                wrong.push(format!("{who}: {path} tells {word}"));
            }
            // A question about what is hidden, and the same about nothing.
            let twin = outsider.get(&path.replace(HIDDEN, NOWHERE)).await;
            let (said, twin) = (told(&answer).replace(HIDDEN, NOWHERE), told(&twin));
            if said != twin {
                wrong.push(format!("{who}: {path}: {}", difference(&said, &twin)));
            }
        }
    }
    let rows = REPORT_PAGES.iter().map(|row| (row.request, row.form));
    let api = REPORT_API.iter().map(|(_, request, _)| (*request, &[][..]));
    for (request, form) in rows.chain(api) {
        if request.contains("/api/") != is_program {
            continue;
        }
        for key in &hidden.keys {
            let about =
                |key: &str, slug: &str| request.replace("{key}", key).replace("{slug}", slug);
            let (there, nowhere) = (about(key, hidden.slug), about(MISSING, "vvwtitle-2"));
            assert!(
                !there.contains('{'),
                "say what stands for the rest of {request}"
            );
            let answer = outsider.ask(&there, form).await;
            if let Some(word) = trace(&answer, &hidden.keys, &there) {
                wrong.push(format!("{who}: {there} tells {word}"));
            }
            let said = told(&answer).replace(key, MISSING).replace(HIDDEN, NOWHERE);
            let twin = told(&outsider.ask(&nowhere, form).await);
            if said != twin {
                wrong.push(format!("{who}: {there}: {}", difference(&said, &twin)));
            }
        }
    }
    wrong
}

#[test]
fn every_route_that_is_read_is_asked_for_what_is_hidden() {
    let read = |route: &&str| route.starts_with("get ");
    let routes = PAGES.iter().map(|row| row.route);
    let routes: BTreeSet<&str> = routes
        .chain(API.iter().map(|row| row.route))
        .filter(read)
        .collect();
    let probed: BTreeSet<&str> = PROBES.iter().map(|(route, _)| *route).collect();
    let unasked: Vec<_> = routes.difference(&probed).collect();
    let gone: Vec<_> = probed.difference(&routes).collect();
    assert!(
        unasked.is_empty() && gone.is_empty(),
        "say in PROBES how these could tell of a restricted report: {unasked:?}; gone: {gone:?}"
    );
}

#[tokio::test]
async fn outsiders_find_no_trace_of_a_restricted_report() {
    let app = TestApp::new().await;
    let author = app.sign_in("author", Role::Author).await;
    let other = app.sign_in("other", Role::Author).await;
    let hidden = written(&author, &other).await;
    app.indexed().await;
    // The author sees it everywhere: what is looked for is there to be found.
    let found = author.get("/search?q=qzxword").await.is(200).body;
    assert!(found.contains("Qzxtitle") && found.contains("qzxservice"));
    let reader = app.sign_in("reader", Role::Reader).await;
    let everything = "search:read,reports:read,reports:write,timeline:append";
    let bot = app.program(everything).await;
    let own = app.program_of(everything, Some(author.id), None).await;
    let mut wrong = Vec::new();
    for (who, outsider) in [
        ("a reader", Outsider::Browser(reader)),
        ("another author", Outsider::Browser(other)),
        (
            "somebody not signed in",
            Outsider::Browser(app.stranger().await),
        ),
        ("a bot", Outsider::Program(bot)),
        (
            "the author's token without the scope",
            Outsider::Program(own),
        ),
    ] {
        wrong.extend(asked(&outsider, who, &hidden).await);
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    app.finish().await;
}

#[tokio::test]
async fn neither_does_anybody_where_reading_needs_no_account() {
    let app = TestApp::open_to_all().await;
    let author = app.sign_in("author", Role::Author).await;
    let other = app.sign_in("other", Role::Author).await;
    let hidden = written(&author, &other).await;
    app.indexed().await;
    let stranger = Outsider::Browser(app.stranger().await);
    let wrong = asked(&stranger, "anybody", &hidden).await;
    assert!(wrong.is_empty(), "{wrong:#?}");
    app.finish().await;
}

#[tokio::test]
async fn without_an_index_nothing_is_told_either() {
    let app = TestApp::new().await;
    let author = app.sign_in("author", Role::Author).await;
    let other = app.sign_in("other", Role::Author).await;
    let hidden = written(&author, &other).await;
    app.indexed().await;
    app.lose_index();
    for path in [
        "/search?q=qzxword",
        "/search?q=harbour",
        "/search?service=qzxservice",
    ] {
        let answer = other.get(path).await.is(200);
        assert_eq!(trace(&answer, &hidden.keys, path), None, "{path}");
    }
    app.healed().await;
    app.finish().await;
}

#[tokio::test]
async fn how_a_name_is_spelled_does_not_tell_that_a_restricted_report_has_it() {
    let app = TestApp::new().await;
    let author = app.sign_in("author", Role::Author).await;
    let other = app.sign_in("other", Role::Author).await;
    let fields = |visibility, name: &'static str, text| {
        [
            ("title", "T"),
            ("kind", "incident"),
            ("visibility", visibility),
            ("services", name),
            ("teams", name),
            ("tags", name),
            ("document", text),
            ("do", "publish"),
        ]
    };
    let text = "## Contributing factors\n\n- ProjectKestrel\n";
    author
        .write(&fields("restricted", "ProjectKestrel", text))
        .await;
    let text = "## Contributing factors\n\n- projectkestrel\n";
    let key = other.write(&fields("open", "projectkestrel", text)).await;
    let page = other.get(&format!("/reports/{key}")).await.is(200).body;
    assert!(page.contains("projectkestrel"));
    assert!(
        !page.contains("ProjectKestrel"),
        "the other spelling comes back"
    );
    app.indexed().await;
    let facets = other.get("/search").await.is(200).body;
    assert!(!facets.contains("ProjectKestrel"), "{facets}");
    // Once an open report has the name, its spelling stays.
    let again = other.write(&fields("open", "PROJECTKESTREL", text)).await;
    let page = other.get(&format!("/reports/{again}")).await.is(200).body;
    assert!(!page.contains("PROJECTKESTREL"), "{page}");
    app.finish().await;
}
