//! Importing folders: once each, however often it runs, and nothing hostile gets in or stops the rest.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use hansei::accounts::Actor;
use hansei::archive::{FileOutcome, ImportOptions, Importing, Outcome, Tally, Watch};

use crate::support::app::{Folder, TestApp};

/// Keeps what an import tells.
#[derive(Default)]
struct Told {
    expected: usize,
    outcomes: BTreeMap<String, FileOutcome>,
}

impl Watch for Told {
    fn started(&mut self, files: usize) {
        self.expected = files;
    }

    fn done(&mut self, outcome: &FileOutcome) {
        let name = outcome
            .path
            .file_name()
            .unwrap()
            .to_string_lossy()
            .into_owned();
        self.outcomes.insert(name, outcome.clone());
    }
}

impl Told {
    /// Why a file was refused; empty if it was not.
    fn refusal(&self, name: &str) -> String {
        match &self.outcomes[name].outcome {
            Outcome::Refused(problems) => {
                let messages: Vec<&str> = problems.iter().map(|it| it.message.as_str()).collect();
                messages.join("; ")
            }
            Outcome::Created(_) | Outcome::Updated(_) | Outcome::Unchanged(_) => String::new(),
        }
    }
}

async fn import(
    app: &TestApp,
    path: &Path,
    change: impl FnOnce(&mut ImportOptions),
) -> (Tally, Told) {
    let mut options = ImportOptions {
        paths: vec![path.to_owned()],
        dry_run: false,
        publish: false,
        overwrite: false,
    };
    change(&mut options);
    let mut told = Told::default();
    let mut conn = app.connect().await;
    let now = app.clock.now();
    let mut importing = Importing::begin(&options, &mut told);
    let actor = Actor::Operator;
    let tally = importing
        .go_on(&mut conn, &actor, now, &mut told)
        .await
        .unwrap();
    assert_eq!(importing.left(), 0);
    (tally, told)
}

fn tally(
    created: usize,
    updated: usize,
    unchanged: usize,
    refused: usize,
) -> (usize, usize, usize, usize) {
    (created, updated, unchanged, refused)
}

fn counts(of: Tally) -> (usize, usize, usize, usize) {
    tally(of.created, of.updated, of.unchanged, of.refused)
}

/// Every run of letters and digits, in lower case, and how often it stands there.
fn words(text: &str) -> BTreeMap<String, usize> {
    let mut counted = BTreeMap::new();
    for run in text.split(|c: char| !c.is_alphanumeric()) {
        if !run.is_empty() {
            *counted.entry(run.to_lowercase()).or_default() += 1;
        }
    }
    counted
}

/// Front matter and body.
fn parts(document: &str) -> (&str, &str) {
    document
        .strip_prefix("---\n")
        .and_then(|rest| rest.split_once("\n---\n"))
        .unwrap_or(("", document))
}

/// A line without the number that makes it an item: lists are numbered anew. It is all that may be missing of a body;
/// a time that is stored in UTC is kept as it was written, too, and the state of a check box is a word.
fn without_number(line: &str) -> &str {
    let item = line.trim_start_matches([' ', '\t', '-', '*', '+', '>']);
    let rest = item.trim_start_matches(|c: char| c.is_ascii_digit());
    if rest.len() < item.len() && rest.starts_with(['.', ')']) {
        rest
    } else {
        line
    }
}

/// A stored line without the instant, where the time as it was written stands behind it: that is what must be there.
fn without_instant(line: &str) -> &str {
    line.split_once(" (as written: ")
        .map_or(line, |(_, said)| said)
}

/// What of a source is missing in the document stored for it.
fn lost(source: &str, stored: &str) -> Vec<String> {
    let (front, body) = parts(source);
    let (stored_front, stored_body) = parts(stored);
    let title = stored_front
        .lines()
        .find_map(|line| line.strip_prefix("title:"));
    // The heading of the source may have become the title; nothing else of the body goes to the front matter.
    let title = title.unwrap_or_default();
    let kept: Vec<&str> = stored_body.lines().map(without_instant).collect();
    let kept = words(&format!("{title}\n{}", kept.join("\n")));
    let lines: Vec<&str> = body.lines().map(without_number).collect();
    let mut lost: Vec<String> = words(&lines.join("\n"))
        .into_iter()
        .filter(|(word, count)| kept.get(word).is_none_or(|kept| kept < count))
        .map(|(word, count)| format!("{word} ({count})"))
        .collect();
    // Fields of the front matter may have another name here, their times another form, and a name said twice is one.
    let values = front
        .lines()
        .map(|line| line.split_once(':').map_or(line, |(_, value)| value));
    let everything = words(stored);
    let values = words(&values.collect::<Vec<_>>().join("\n"));
    lost.extend(
        values
            .into_keys()
            .filter(|word| word.chars().all(char::is_alphabetic) && !everything.contains_key(word)),
    );
    lost
}

/// Events that lie ten years or more from the day their report began, or from the date its front matter names.
async fn misdated_events(app: &TestApp) -> Vec<String> {
    let begun = r#"coalesce(r.started_at, r.detected_at,
        substring(v.document from '\n(?:date|incident_date|created_at|published_at): "?([0-9]{4}-[0-9]{2}-[0-9]{2})')::timestamptz)"#;
    app.rows(&format!(
        "SELECT concat(r.import_key, ': ', e.at, ' ', e.at_text) AS text
        FROM timeline_events e JOIN reports r ON r.id = e.report_id
        JOIN revisions v ON v.report_id = r.id AND v.number = r.revision
        WHERE abs(extract(year FROM e.at) - extract(year FROM {begun})) >= 10"
    ))
    .await
}

/// The document stored for an import key.
async fn stored_document(app: &TestApp, key: &str) -> String {
    let mut found = app
        .rows(&format!(
            "SELECT v.document AS text FROM reports r
            JOIN revisions v ON v.report_id = r.id AND v.number = r.revision WHERE import_key = '{key}'"
        ))
        .await;
    assert_eq!(found.len(), 1, "{key}");
    found.remove(0)
}

async fn import_keys(app: &TestApp) -> Vec<String> {
    app.rows("SELECT import_key AS text FROM reports ORDER BY import_key COLLATE \"C\"")
        .await
}

#[tokio::test]
async fn an_import_creates_updates_and_recognises() {
    let app = TestApp::new().await;
    let folder = Folder::new("import");
    folder.write("one.md", "# One\n\nFirst.\n");
    folder.write("deep/er/two.markdown", "---\ntitle: Two\n---\n\nSecond.\n");
    folder.write(
        "three.md",
        "---\ntitle: Three\nid: own-key\nstatus: published\n---\n\nThird.\n",
    );
    folder.write(
        "four.md",
        "---\ntitle: Four\nuuid: 7c9e6679-7425-40de-944b-e07fc1f90ae7\n---\n\nFourth.\n",
    );
    folder.write("page.html.md.erb", "# Page\n\nFifth.\n");
    folder.write("notes.txt", "not Markdown");
    folder.write(".hidden.md", "# Hidden\n");
    folder.write(".git/config.md", "# Hidden\n");
    std::os::unix::fs::symlink(folder.path().join("one.md"), folder.path().join("link.md"))
        .unwrap();

    let (dry, told) = import(&app, folder.path(), |options| options.dry_run = true).await;
    assert_eq!((counts(dry), told.expected), (tally(5, 0, 0, 0), 5));
    assert!(import_keys(&app).await.is_empty());
    assert_eq!(
        app.rows("SELECT last::text AS text FROM report_numbers")
            .await,
        ["0"]
    );

    let (first, _) = import(&app, folder.path(), |_| {}).await;
    assert_eq!(counts(first), tally(5, 0, 0, 0));
    let keys = import_keys(&app).await;
    assert_eq!(
        keys,
        [
            "7c9e6679-7425-40de-944b-e07fc1f90ae7",
            "deep/er/two",
            "one",
            "own-key",
            "page"
        ]
    );
    let published = "SELECT import_key AS text FROM reports WHERE status = 'published'";
    assert_eq!(app.rows(published).await, ["own-key"]);

    let (second, _) = import(&app, folder.path(), |_| {}).await;
    assert_eq!(counts(second), tally(0, 0, 5, 0));
    let revisions = "SELECT count(*)::text AS text FROM revisions";
    assert_eq!(app.rows(revisions).await, ["5"]);

    folder.write("one.md", "# One\n\nFirst, corrected.\n");
    folder.write("six.md", "# Six\n\nNew.\n");
    let (dry, _) = import(&app, folder.path(), |options| options.dry_run = true).await;
    assert_eq!(counts(dry), tally(1, 1, 4, 0));
    assert_eq!(app.rows(revisions).await, ["5"]);
    let (third, _) = import(&app, folder.path(), |_| {}).await;
    assert_eq!(counts(third), tally(1, 1, 4, 0));
    let one = "SELECT concat(revision, ' ', document LIKE '%corrected%') AS text
        FROM reports r JOIN revisions v ON v.report_id = r.id AND v.number = r.revision WHERE import_key = 'one'";
    assert_eq!(app.rows(one).await, ["2 t"]);

    // Publishing what is there is a change; after that nothing is.
    let (fourth, _) = import(&app, folder.path(), |options| options.publish = true).await;
    assert_eq!(fourth.created + fourth.refused, 0);
    assert_eq!(
        app.rows("SELECT count(*)::text AS text FROM reports WHERE status = 'published'")
            .await,
        ["6"]
    );
    let (fifth, _) = import(&app, folder.path(), |options| options.publish = true).await;
    assert_eq!(counts(fifth), tally(0, 0, 6, 0));
    app.finish().await;
}

#[tokio::test]
async fn what_somebody_wrote_here_is_not_replaced_by_the_file() {
    let app = TestApp::new().await;
    let folder = Folder::new("import");
    folder.write("one.md", "# One\n\nFirst.\n");
    import(&app, folder.path(), |options| options.publish = true).await;
    let author = app.program("reports:read,reports:write").await;
    let document =
        "---\ntitle: One\nid: one\nvisibility: open\n---\n\nFirst, and what we learned since.\n";
    author.put("PM-1", "\"r1\"", document).await.is(200);
    let (same, _) = import(&app, folder.path(), |_| {}).await;
    assert_eq!(counts(same), tally(0, 0, 1, 0));

    folder.write("one.md", "# One\n\nFirst, changed.\n");
    for dry_run in [true, false] {
        let (kept, told) = import(&app, folder.path(), |options| options.dry_run = dry_run).await;
        assert_eq!(counts(kept), tally(0, 0, 0, 1));
        let refusal = told.refusal("one.md");
        assert!(
            refusal.contains("PM-1") && refusal.contains("--overwrite"),
            "{refusal}"
        );
    }
    let latest = "SELECT document AS text FROM revisions ORDER BY number DESC LIMIT 1";
    assert!(app.rows(latest).await[0].contains("what we learned since"));
    let (taken, _) = import(&app, folder.path(), |options| options.overwrite = true).await;
    assert_eq!(counts(taken), tally(0, 1, 0, 0));
    assert!(app.rows(latest).await[0].contains("First, changed."));
    app.finish().await;
}

#[tokio::test]
async fn two_files_with_one_key_do_not_replace_each_other() {
    let app = TestApp::new().await;
    let (first, second) = (Folder::new("import"), Folder::new("import"));
    first.write("README.md", "# First\n");
    second.write("README.md", "# Second\n");
    first.write("own.md", "---\nid: mine\n---\n# Own\n");
    second.write("other.md", "---\nid: mine\n---\n# Other\n");
    let both = |options: &mut ImportOptions| options.paths.push(second.path().to_owned());
    for (dry_run, expected) in [
        (true, tally(2, 0, 0, 2)),
        (false, tally(2, 0, 0, 2)),
        (false, tally(0, 0, 2, 2)),
    ] {
        let (counted, _) = import(&app, first.path(), |options| {
            both(options);
            options.dry_run = dry_run;
        })
        .await;
        assert_eq!(counts(counted), expected);
    }
    app.finish().await;
}

#[tokio::test]
async fn a_dry_run_foresees_publishing() {
    let app = TestApp::new().await;
    let folder = Folder::new("import");
    folder.write("one.md", "# One\n");
    import(&app, folder.path(), |_| {}).await;
    for dry_run in [true, false] {
        let (counted, _) = import(&app, folder.path(), |options| {
            options.dry_run = dry_run;
            options.publish = true;
        })
        .await;
        assert_eq!(counts(counted), tally(0, 1, 0, 0), "dry run: {dry_run}");
    }
    app.finish().await;
}

#[tokio::test]
async fn a_pipe_is_refused_instead_of_waited_for() {
    let app = TestApp::new().await;
    let folder = Folder::new("import");
    let pipe = folder.path().join("pipe.md");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status();
    assert!(made.unwrap().success());
    let (counted, told) = import(&app, &pipe, |_| {}).await;
    assert_eq!(counts(counted), tally(0, 0, 0, 1));
    assert!(
        told.refusal("pipe.md")
            .contains("neither a file nor a folder")
    );
    app.finish().await;
}

#[tokio::test]
async fn a_file_named_outright_and_one_that_is_not_there() {
    let app = TestApp::new().await;
    let folder = Folder::new("import");
    let notes = folder.write("notes.txt", "# Notes\n\nText.\n");
    let (taken, _) = import(&app, &notes, |_| {}).await;
    assert_eq!(counts(taken), tally(1, 0, 0, 0));
    assert_eq!(import_keys(&app).await, ["notes.txt"]);
    let (missing, told) = import(&app, &folder.path().join("missing.md"), |_| {}).await;
    assert_eq!(counts(missing), tally(0, 0, 0, 1));
    assert!(!told.refusal("missing.md").is_empty());
    app.finish().await;
}

#[tokio::test]
async fn a_path_too_long_for_a_key_is_refused_also_in_a_dry_run() {
    let app = TestApp::new().await;
    let folder = Folder::new("import");
    // 80 letters of three bytes fit the name of a folder; twelve of those do not fit the key.
    let deep: String = (0..12_u32)
        .flat_map(|level| {
            let start = 0x4e00 + level * 80;
            let letters = (start..start + 80).filter_map(char::from_u32);
            letters.chain(std::iter::once('/'))
        })
        .collect();
    folder.write(&format!("{deep}note.md"), "# Note\n\nText.\n");
    for dry_run in [true, false] {
        let (tally, told) = import(&app, folder.path(), |options| options.dry_run = dry_run).await;
        assert_eq!(tally.refused, 1);
        let refusal = told.refusal("note.md");
        assert!(refusal.contains("2500 bytes fit"), "{refusal}");
    }
    app.finish().await;
}

#[tokio::test]
async fn hostile_files_are_refused_by_name_and_the_rest_goes_on() {
    let app = TestApp::new().await;
    let folder = Folder::new("import");
    let mut bomb = "---\na: &a [x,x,x,x,x,x,x,x,x,x]\n".to_owned();
    for (name, before) in ('b'..='i').zip('a'..='h') {
        let list = vec![format!("*{before}"); 9].join(",");
        writeln!(bomb, "{name}: &{name} [{list}]").unwrap();
    }
    bomb.push_str("title: Bomb\n---\n\nText.\n");
    folder.write("bomb.md", bomb);
    folder.write(
        "nested-yaml.md",
        format!(
            "---\ntitle: T\nx: {}{}\n---\n\nText.\n",
            "[".repeat(10_000),
            "]".repeat(10_000)
        ),
    );
    folder.write(
        "nested-quotes.md",
        format!("# Quotes\n\n{} deep\n", "> ".repeat(10_000)),
    );
    let mut lists = String::new();
    for depth in 0..10_000_usize {
        writeln!(lists, "{}- x", " ".repeat(depth.min(1_000))).unwrap();
    }
    folder.write("nested-lists.md", lists.get(..2_000_000).unwrap());
    folder.write(
        "nested-links.md",
        format!(
            "# Links\n\n{}a{}\n",
            "[".repeat(10_000),
            "](x)".repeat(10_000)
        ),
    );
    folder.write("huge.md", "x".repeat(3 * 1024 * 1024));
    folder.write(
        "binary.md",
        (0..4_096_u32)
            .map(|n| (n * 37 % 256).to_le_bytes()[0])
            .collect::<Vec<u8>>(),
    );
    folder.write(
        "shift-jis.md",
        b"# \x8f\xe1\x8aQ\n\n\x83T\x81[\x83o\x82\xaa\x92\xe2\x8e~\n",
    );
    folder.write("nul.md", "# Nul\n\na\u{0}b\n");
    folder.write("utf16.md", b"\xff\xfe#\x00 \x00U\x00\n\x00");
    folder.write(
        "long-title.md",
        format!("# {}\n\nText.\n", "long ".repeat(200)),
    );
    folder.write(
        "many-rows.md",
        format!(
            "# Rows\n\n## Timeline\n\n{}",
            "- 2026-01-01T10:00:00Z x\n".repeat(20_000)
        ),
    );
    folder.write("empty.md", "");
    folder.write("zz-good.md", "# Good\n\nText.\n");
    std::os::unix::fs::symlink(folder.path(), folder.path().join("loop")).unwrap();
    let begun = Instant::now();
    let (first, told) = import(&app, folder.path(), |_| {}).await;
    assert!(
        begun.elapsed() < Duration::from_secs(30),
        "{:?}",
        begun.elapsed()
    );
    assert_eq!(first.total(), 14);
    assert_eq!(told.outcomes.len(), 14);
    assert!(
        told.refusal("huge.md").contains("larger than"),
        "{}",
        told.refusal("huge.md")
    );
    for refused in ["binary.md", "shift-jis.md"] {
        assert!(!told.refusal(refused).is_empty(), "{refused} was taken");
    }
    let nested = told.refusal("nested-quotes.md");
    assert!(nested.contains("quotes and lists"), "{nested}");
    for taken in ["zz-good.md", "utf16.md"] {
        assert_eq!(told.refusal(taken), "", "{taken}");
    }
    // Whatever was taken can be read, and found in the same state by the next import.
    let ana = app.sign_in("ana", hansei::accounts::Role::Author).await;
    for path in app
        .rows("SELECT concat('/reports/PM-', number) AS text FROM reports")
        .await
    {
        ana.get(&path).await.is(200);
        ana.get(&format!("{path}.md")).await.is(200);
    }
    let (second, _) = import(&app, folder.path(), |_| {}).await;
    assert_eq!(counts(second), tally(0, 0, first.created, first.refused));
    app.finish().await;
}

/// Has what people write wrongly: a year of three digits, numbers that occur elsewhere, a zone for some rows only.
const CARELESS: &str = "---
title: Careless
started_at: 2022-11-03
timeline_note: seen twice
---

# Careless

1. It began on day 3.
2. It ended on day 3.

## Timeline (PST)

- 10/14/2022 A report came in.
- 11/03/202 Version 1.6.1 was released.
- 11/03/2022 23:11 All was well at 11.

Much like the outage of 1999-05-05, it took 11 days.

- 23:30:00 We went home; 23 did not.

## Action items

| # | Action | Status |
|---|---|---|
| 10 | Alert below 10 % | TODO |
| 11 | See TODO 11 | TODO |
";

#[tokio::test]
async fn every_word_and_number_of_a_file_is_stored_and_no_event_is_dated_wildly() {
    let app = TestApp::new().await;
    let folder = Folder::new("import");
    folder.write("careless.md", CARELESS);
    for name in ["canonical", "foreign"] {
        let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/reports");
        let text = std::fs::read_to_string(data.join(format!("{name}.md"))).unwrap();
        folder.write(&format!("{name}.md"), text);
    }
    let (counted, _) = import(&app, folder.path(), |_| {}).await;
    assert_eq!(counts(counted), tally(3, 0, 0, 0));
    let stored = stored_document(&app, "careless").await;
    assert_eq!(lost(CARELESS, &stored), Vec::<String>::new(), "{stored}");
    assert_eq!(misdated_events(&app).await, Vec::<String>::new());
    let dated =
        "SELECT count(*)::text AS text FROM timeline_events e JOIN reports r ON r.id = e.report_id
        WHERE import_key = 'careless' AND e.at IS NOT NULL";
    assert_eq!(app.rows(dated).await, ["3"]);
    // The proof notices what is missing, be it a number that stands elsewhere, too.
    let gone = stored.replace("* #: 11", "");
    assert_eq!(lost(CARELESS, &gone), ["11 (7)"], "{stored}");
    folder.write(
        "wild.md",
        "---\ntitle: Wild\nstarted_at: 2022-11-03\n---\n## Timeline\n\n- 0202-11-03 08:00 UTC x\n",
    );
    import(&app, folder.path(), |_| {}).await;
    let wild = misdated_events(&app).await;
    assert_eq!(wild, ["wild: 0202-11-03 08:00:00+00 "]);
    app.finish().await;
}

#[tokio::test]
async fn the_corpus_of_real_post_mortems_goes_in_whole() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus/dev");
    if !corpus.is_dir() {
        return;
    }
    let entries = std::fs::read_dir(&corpus).unwrap();
    let files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    let stems: BTreeSet<String> = files
        .iter()
        .map(|file| file.file_stem().unwrap().to_string_lossy().into_owned())
        .collect();
    let app = TestApp::new().await;
    let (first, told) = import(&app, &corpus, |options| options.publish = true).await;
    for name in told.outcomes.keys() {
        assert_eq!(told.refusal(name), "", "{name}");
    }
    assert_eq!(counts(first), tally(files.len(), 0, 0, 0));
    let (second, _) = import(&app, &corpus, |options| options.publish = true).await;
    assert_eq!(counts(second), tally(0, 0, files.len(), 0));
    let bot = app.program("reports:read,search:read").await;
    let mut found = BTreeSet::new();
    let mut path = "/api/v1/reports?limit=200".to_owned();
    loop {
        let page = bot.get(&path).await.is(200).json();
        assert_eq!(page["total"], files.len());
        for item in page["items"].as_array().unwrap() {
            assert!(
                found.insert(item["import_key"].as_str().unwrap().to_owned()),
                "{item}"
            );
            assert!(!item["title"].as_str().unwrap().is_empty());
        }
        let Some(cursor) = page["next_cursor"].as_str() else {
            break;
        };
        path = format!("/api/v1/reports?limit=200&cursor={cursor}");
    }
    assert_eq!(found, stems);
    for file in &files {
        let key = file.file_stem().unwrap().to_string_lossy();
        let source = std::fs::read_to_string(file).unwrap();
        let lost = lost(&source, &stored_document(&app, &key).await);
        assert!(lost.is_empty(), "{key} lost {lost:?}");
    }
    assert_eq!(misdated_events(&app).await, Vec::<String>::new());
    app.indexed().await;
    let all = bot.get("/api/v1/search?q=&limit=1").await.is(200).json();
    assert_eq!(all["total"], files.len());
    app.finish().await;
}
