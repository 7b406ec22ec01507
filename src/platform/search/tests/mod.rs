//! The index on a real disk: what it finds, what it survives.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use jiff::Timestamp;
mod commit;
mod leaping;
mod naive;
mod order;
mod query;
mod related;
mod tokenizer;
mod words;

use super::generation::{self, Generation};
use super::query::parse;
use super::writing::{self, Position, Size, Writing};
use super::{Audience, Document, Filters, Index, Order, Part, Request, Results, SearchError};

/// A folder that goes away.
pub(super) struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("hansei-search-{}-{number}", std::process::id());
        Self(std::env::temp_dir().join(name))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        generation::remove(&self.0);
    }
}

fn position(cursor: u64) -> Position {
    Position {
        cursor,
        ..writing::start("epoch".into(), "00000001".into(), None)
    }
}

pub(super) fn document(id: i64, title: &str, text: &str) -> Document {
    Document {
        id,
        rev: 1,
        key: format!("PM-{id}"),
        title: title.into(),
        parts: vec![Part::new("Timeline", text)],
        kind: "incident".into(),
        status: "published".into(),
        audience: vec!["public".into()],
        ..Document::default()
    }
}

/// Builds a generation as the indexer does.
fn build(index: &Index, documents: &[Document]) -> Arc<Generation> {
    let generation = Arc::new(Generation::create(index.root()).unwrap());
    let mut writing = Writing::open(Arc::clone(&generation), Size::Small).unwrap();
    for document in documents {
        assert!(writing.put(document).unwrap());
    }
    writing.commit(&position(7)).unwrap();
    generation.publish(index.root()).unwrap();
    index.serve(Some(Arc::clone(&generation)));
    generation
}

pub(super) fn indexed(documents: &[Document]) -> (Folder, Index) {
    let folder = Folder::new();
    let index = Index::open(&folder.0).unwrap();
    build(&index, documents);
    (folder, index)
}

fn ask(index: &Index, text: &str, audience: &Audience) -> Result<Results, SearchError> {
    index.search(&Request {
        query: &parse(text),
        filters: &Filters::default(),
        audience,
        limit: 100,
        offset: 0,
        facets: true,
        order: Order::Relevance,
    })
}

fn ids(index: &Index, text: &str) -> Vec<i64> {
    let results = ask(index, text, &Audience::Everything).unwrap();
    assert_eq!(results.total, results.hits.len(), "{text}");
    results.hits.iter().map(|hit| hit.id).collect()
}

fn sample() -> Vec<Document> {
    let mut pool = document(
        1,
        "Connection pool exhausted",
        "The pools ran dry: ERR_POOL_TIMEOUT at db.pool.Acquire.",
    );
    pool.services = vec!["Checkout API".into(), "billing".into()];
    pool.severity = Some(2);
    pool.year = Some(2025);
    pool.started_at = Some("2025-06-01T12:00:00Z".parse::<Timestamp>().unwrap());
    pool.tags = vec!["database".into()];
    let mut certificate = document(
        2,
        "Expired certificate",
        "The pool was fine. Renewal of the certificate had stopped.",
    );
    certificate.services = vec!["billing".into()];
    certificate.severity = Some(1);
    certificate.year = Some(2026);
    certificate.started_at = Some("2026-01-15T00:00:00Z".parse::<Timestamp>().unwrap());
    let japanese = document(
        3,
        "証明書の失効",
        "サーバーの証明書が失効したため、接続が拒否された。",
    );
    vec![pool, certificate, japanese]
}

#[test]
fn every_operator_finds_what_it_says() {
    let (_folder, index) = indexed(&sample());
    for (text, found) in [
        ("pool", vec![1, 2]),
        ("pools exhausting", vec![1, 2]),
        ("pool -certificate", vec![1]),
        ("-certificate", vec![1, 3]),
        ("\"pool was fine\"", vec![2]),
        ("\"fine pool\"", vec![]),
        ("pool \"ran dry\"", vec![1]),
        ("ERR_POOL_TIMEOUT -renewal", vec![1]),
        ("acqu*", vec![1]),
        ("certifcate", vec![2]),
        ("証明書", vec![3]),
        ("\"証明書が失効\"", vec![3]),
        ("証", vec![3]),
        ("the", vec![2, 1]),
        ("PM-3 -pool", vec![3]),
        ("service:\"checkout api\"", vec![1]),
        ("service:BILLING", vec![2, 1]),
        ("service:billing sev:2", vec![1]),
        ("sev:1 sev:2", vec![2, 1]),
        ("year:2026", vec![2]),
        ("after:2026-01-15", vec![2]),
        ("before:2026-01-15", vec![1]),
        ("pool tag:database kind:incident status:published", vec![1]),
        ("zebra", vec![]),
        ("", vec![2, 1, 3]),
    ] {
        assert_eq!(ids(&index, text), found, "{text}");
    }
}

#[test]
fn identifiers_rank_first_and_scores_fall() {
    let (_folder, index) = indexed(&sample());
    let results = ask(
        &index,
        "db.pool.Acquire pool certificate",
        &Audience::Everything,
    )
    .unwrap();
    assert_eq!(results.hits[0].id, 1);
    assert!(
        results
            .hits
            .windows(2)
            .all(|pair| pair[0].score >= pair[1].score)
    );
}

#[test]
fn a_pasted_trace_finds_its_report() {
    let (_folder, index) = indexed(&sample());
    let noise = (0..3_000)
        .map(|n| format!("frame{n} at lib{n}.rs:{n}"))
        .collect::<Vec<_>>()
        .join("\n");
    assert_eq!(ids(&index, &format!("err_pool_timeout\n{noise}"))[0], 1);
}

#[test]
fn facets_ignore_their_own_filter_only() {
    let (_folder, index) = indexed(&sample());
    let facets = ask(&index, "service:\"checkout api\"", &Audience::Everything)
        .unwrap()
        .facets;
    assert_eq!(
        facets.service,
        [("billing".into(), 2), ("Checkout API".into(), 1)]
    );
    assert_eq!(facets.severity, [("2".into(), 1)]);
    assert_eq!(facets.kind, [("incident".into(), 1)]);
}

#[test]
fn pages_follow_each_other() {
    let documents: Vec<Document> = (1..=30)
        .map(|id| document(id, "same words", "everywhere"))
        .collect();
    let (_folder, index) = indexed(&documents);
    let page = |offset, limit| {
        let request = Request {
            query: &parse("words"),
            filters: &Filters::default(),
            audience: &Audience::Everything,
            limit,
            offset,
            facets: false,
            order: Order::Relevance,
        };
        index
            .search(&request)
            .unwrap()
            .hits
            .iter()
            .map(|hit| hit.id)
            .collect::<Vec<_>>()
    };
    let expected: Vec<i64> = (1..=30).rev().collect();
    assert_eq!([page(0, 10), page(10, 10), page(20, 20)].concat(), expected);
    assert!(page(5_000, 10).is_empty());
}

#[test]
fn a_process_that_dies_leaves_its_last_commit() {
    let folder = Folder::new();
    {
        let index = Index::open(&folder.0).unwrap();
        let serving = build(&index, &sample());
        let mut writing = Writing::open(serving, Size::Small).unwrap();
        writing.remove(1);
        writing.put(&document(9, "never committed", "")).unwrap();
    }
    // Half a generation, as when it dies while rebuilding.
    let half = Generation::create(&folder.0).unwrap();
    let index = Index::open(&folder.0).unwrap();
    assert_eq!(ids(&index, ""), [2, 1, 3]);
    assert!(!half.path.exists());
    let writing = Writing::open(index.serving().unwrap(), Size::Small).unwrap();
    assert_eq!(writing.position.cursor, 7);
    assert_eq!(writing.revisions().len(), 3);
}

#[test]
fn damage_in_any_file_is_noticed_at_start() {
    let kinds = [
        "term",
        "idx",
        "pos",
        "fast",
        "fieldnorm",
        "store",
        "meta.json",
        ".managed.json",
    ];
    for kind in kinds {
        for harm in [flip, truncate, delete] {
            let folder = Folder::new();
            let index = Index::open(&folder.0).unwrap();
            let serving = build(&index, &sample());
            let path = serving.path.clone();
            let name = serving.name.clone();
            drop((index, serving));
            let file = fs::read_dir(&path)
                .unwrap()
                .map(|entry| entry.unwrap().path());
            let file = file
                .into_iter()
                .find(|file| file.to_str().unwrap().ends_with(kind))
                .unwrap();
            harm(&file);
            let index = Index::open(&folder.0).unwrap();
            // A list of files that is gone is made anew; all else must be noticed.
            let noticed = ask(&index, "pool", &Audience::Everything).is_err();
            if kind == ".managed.json" && !noticed {
                assert_eq!(ids(&index, ""), [2, 1, 3]);
                continue;
            }
            assert!(noticed, "{kind}");
            assert!(!index.generations().contains(&name), "{kind}: set aside");
            build(&index, &sample());
            assert_eq!(ids(&index, "pool"), [1, 2], "{kind}: rebuilt");
        }
    }
}

fn flip(file: &Path) {
    let mut bytes = fs::read(file).unwrap();
    let middle = bytes.len() / 3;
    for byte in bytes.iter_mut().skip(middle).take(3) {
        *byte ^= 0x55;
    }
    fs::write(file, bytes).unwrap();
}

fn truncate(file: &Path) {
    let bytes = fs::read(file).unwrap();
    fs::write(file, &bytes[..bytes.len() / 2]).unwrap();
}

fn delete(file: &Path) {
    fs::remove_file(file).unwrap();
}

#[test]
fn a_deleted_folder_is_noticed_while_running() {
    let (folder, index) = indexed(&sample());
    let serving = index.serving().unwrap();
    assert!(serving.in_place(&folder.0));
    fs::remove_dir_all(&folder.0).unwrap();
    assert!(!serving.in_place(&folder.0));
    assert!(
        index.own().unwrap(),
        "the lock is taken again in a new folder"
    );
    build(&index, &sample());
    assert_eq!(ids(&index, "pool"), [1, 2]);
}

#[test]
fn a_second_process_reads_but_does_not_write() {
    let (folder, index) = indexed(&sample());
    let second = Index::open(&folder.0).unwrap();
    assert!(!second.own().unwrap());
    assert_eq!(second.documents(), None, "not before it is known to fit");
    second.refresh();
    assert_eq!(ids(&second, "pool"), [1, 2]);
    let reader = Index::open_reader(&folder.0);
    let mut writing = Writing::open(index.serving().unwrap(), Size::Small).unwrap();
    writing.remove(1);
    writing.commit(&position(8)).unwrap();
    assert_eq!(
        ids(&reader, "pool"),
        [2],
        "each search looks for new commits"
    );
    drop(writing);
    build(&index, &sample()[..1]);
    assert_eq!(ids(&reader, "pool"), [1], "and for new generations");
    index.disown();
    assert!(second.own().unwrap());
}

#[test]
fn no_index_is_said_to_be_unavailable() {
    let folder = Folder::new();
    let index = Index::open(&folder.0).unwrap();
    assert_eq!(
        ask(&index, "x", &Audience::Everything).unwrap_err(),
        SearchError::Unavailable
    );
    assert_eq!(index.documents(), None);
    let reader = Index::open_reader(&folder.0.join("none"));
    assert_eq!(
        ask(&reader, "x", &Audience::Everything).unwrap_err(),
        SearchError::Unavailable
    );
}
