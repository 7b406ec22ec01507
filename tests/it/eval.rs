//! `hansei eval`: relevance measured on a folder, by the built program, with nothing else running.

use serde_json::Value;

use crate::support::app::Folder;
use crate::support::program::Home;

const DOCUMENTS: [(&str, &str, &str); 5] = [
    (
        "pool",
        "Connection pool exhausted",
        "The connection pool of the checkout ran dry after a retry storm. ERR_POOL_TIMEOUT was logged.",
    ),
    (
        "certificate",
        "Expired certificate",
        "The certificate of the load balancer expired. The pool of connections was fine.",
    ),
    (
        "disk",
        "No space left on device",
        "The disk of the log host filled up, and every connection was refused.",
    ),
    (
        "dns",
        "Names stopped resolving",
        "The resolver cached a wrong answer. Retries made it worse: a storm of them.",
    ),
    (
        "deploy",
        "A deploy took the site down",
        "The new version asked for a pool that was not there; the certificate was not the cause.",
    ),
];

const QUERIES: &str = "qid\ttype\tquery\ttwin
q1\tkeyword\tconnection pool exhausted\t
q2\tlogline\tERR_POOL_TIMEOUT\t
q3\tkeyword\texpired certificate\t
q4\tmisspelled\texpierd certifcate\tq3
q5\tparaphrase\tnobody judged this storm\t
";

const QRELS: &str = "q1 0 pool 3
q1 0 certificate 1
q2 0 pool 2
q3 0 certificate 3
q3 0 deploy 1
q4 0 certificate 3
q4 0 deploy 1
";

/// A baseline that finds the wrong thing first and misses two queries.
const BASELINE: &str = "q1 Q0 certificate 1 2.5 base
q1 Q0 pool 2 1.5 base
q3 Q0 certificate 1 2.5 base
";

fn corpus() -> Folder {
    let folder = Folder::new("eval");
    for (name, title, text) in DOCUMENTS {
        let document = format!("---\ntitle: {title}\n---\n\n## Summary\n\n{text}\n");
        folder.write(&format!("dev/{name}.md"), document);
    }
    folder.write("eval/dev/queries.tsv", QUERIES);
    folder.write("eval/dev/qrels.tsv", QRELS);
    folder.write("runs/dev.search.base.run", BASELINE);
    // Not about searching, not of this split, not a run.
    folder.write("runs/dev.related.base.run", "broken\n");
    folder.write("runs/test.search.base.run", "broken\n");
    folder.write("runs/README", "broken\n");
    folder
}

/// The cells of the row of a table that begins so.
#[track_caller]
fn row(text: &str, begins: &str) -> Vec<String> {
    let row = text
        .lines()
        .find(|line| line.starts_with(&format!("| {begins} ")));
    let Some(row) = row else {
        panic!("no row of {begins} in {text}");
    };
    let cells = row.trim_matches('|').split('|');
    cells.map(|cell| cell.trim().to_owned()).collect()
}

#[test]
fn relevance_is_measured_without_a_server_and_without_a_trace() {
    let (home, folder) = (Home::new(), corpus());
    let path = folder.path().to_str().unwrap();
    let said = home.run(&["eval", path]).ended(0);
    assert_eq!(said.err, "", "nothing to remark");
    assert!(
        said.out
            .starts_with("dev: 5 documents, 4 queries that were judged\n"),
        "{}",
        said.out
    );
    assert_eq!(
        row(&said.out, "run")[..5],
        ["run", "nDCG@10", "R@10", "MRR@10", "J@10"]
    );
    let ours = row(&said.out, "Hansei");
    assert_eq!(ours[1], "1.0000", "{}", said.out);
    // What `tools/evaluate.py` of the corpus says of this file.
    assert_eq!(
        row(&said.out, "base")[1..8],
        [
            "0.4068", "0.5000", "0.3750", "0.5000", "0.814", "0.000", "0.000"
        ]
    );
    for said_too in [
        "| base    | all",
        "[+0.",
        "better",
        "searches one after the other",
        "p99",
    ] {
        assert!(said.out.contains(said_too), "{said_too}: {}", said.out);
    }
    assert!(
        said.out
            .contains("| Hansei | 1 | 1.000      | 1.000    | +0.000 |"),
        "the misspelt query finds what its twin finds: {}",
        said.out
    );
    assert!(!home.path().join("data").exists(), "nothing was made");
}

#[test]
fn a_run_that_is_written_can_be_compared_with() {
    let (home, folder) = (Home::new(), corpus());
    let path = folder.path().to_str().unwrap();
    let before = home.path().join("before.run");
    let file = before.to_str().unwrap();
    home.run(&["eval", path, "--run", file]).ended(0);
    let run = std::fs::read_to_string(&before).unwrap();
    assert!(run.starts_with("q1 Q0 pool 1 "), "{run}");
    assert!(
        run.contains("\nq5 Q0 "),
        "also queries that nobody judged: {run}"
    );
    let said = home
        .run(&["eval", path, "--split", "dev", "--against", file])
        .ended(0);
    let before = row(&said.out, "before");
    assert_eq!(row(&said.out, "Hansei")[1..], before[1..], "{}", said.out);
    for kind in ["all", "keyword", "logline", "misspelled"] {
        let same = said.out.lines().any(|line| {
            let cells: Vec<&str> = line.split('|').map(str::trim).collect();
            cells.get(1..3) == Some(&["before", kind])
                && cells.get(4..6) == Some(&["+0.000", "[+0.000, +0.000]"])
        });
        assert!(same, "{kind}: {}", said.out);
    }
}

#[test]
fn programs_and_the_curious_are_told_more() {
    let (home, folder) = (Home::new(), corpus());
    let path = folder.path().to_str().unwrap();
    let said = home.run(&["eval", path, "--json", "--worst", "3"]).ended(0);
    let told: Value = serde_json::from_str(&said.out).unwrap();
    assert_eq!(told["documents"], 5);
    assert_eq!(told["search"]["runs"][0]["run"], "Hansei");
    assert_eq!(
        told["search"]["runs"][0]["types"]["logline"]["mrr_at_10"],
        1.0
    );
    assert_eq!(told["search"]["differences"][0]["against"], "base");
    assert_eq!(told["search_times"]["searches"], 5);
    assert_eq!(told["worst"]["against"], "base");
    assert_eq!(told["worst"]["queries"], serde_json::json!([]));

    let shown = home.run(&["eval", path, "--show", "q3"]).ended(0).out;
    assert!(
        shown.starts_with("q3  keyword  expired certificate\nnDCG@10 1.000\n")
            && shown.contains("  1  grade 3  Expired certificate\n"),
        "{shown}"
    );
    let shown = home.run(&["eval", path, "--show", "q5", "--json"]).ended(0);
    let shown: Value = serde_json::from_str(&shown.out).unwrap();
    assert_eq!(shown["ndcg_at_10"], Value::Null);
    assert_eq!(shown["hits"][0]["grade"], Value::Null);
    let refused = home.run(&["eval", path, "--show", "q9"]).ended(1);
    assert_eq!(refused.err, "hansei: no query is called q9\n");
}

#[test]
fn what_is_wrong_with_a_folder_is_said_by_file_and_line() {
    let home = Home::new();
    for (file, content, said) in [
        (
            "eval/dev/queries.tsv",
            &b"qid\tquery\nq1\tpool\n"[..],
            "queries.tsv:1: the head line",
        ),
        (
            "eval/dev/queries.tsv",
            b"qid\ttype\tquery\nq1\tk\tx\nq2\tk\n",
            "queries.tsv:3: 2 columns",
        ),
        (
            "eval/dev/qrels.tsv",
            b"q1 0 pool 3\nq1 0 disk\n",
            "qrels.tsv:2: 3 words",
        ),
        (
            "eval/dev/qrels.tsv",
            b"q1 0 pool 3\nq7 0 disk 1\n",
            "qrels.tsv:2: nothing is called q7",
        ),
        (
            "runs/dev.search.base.run",
            b"q1 Q0 pool 1 x base\n",
            "base.run:1: the score “x”",
        ),
        (
            "runs/dev.search.base.run",
            b"\nq1 Q0 \xff 1 1 base\n",
            "base.run:2: it is not UTF-8",
        ),
    ] {
        let folder = corpus();
        folder.write(file, content);
        let refused = home
            .run(&["eval", folder.path().to_str().unwrap()])
            .ended(1);
        assert!(refused.err.contains(said), "{said}: {}", refused.err);
        assert_eq!((refused.err.lines().count(), refused.out.as_str()), (1, ""));
    }
    let folder = corpus();
    let path = folder.path().to_str().unwrap();
    let nowhere = folder.path().join("none/x.run");
    let nowhere = nowhere.to_str().unwrap();
    for (arguments, said) in [
        (vec!["eval", nowhere], "none/x.run/eval: No such file"),
        (vec!["eval", path, "--split", "test"], "there is no test in"),
        (
            vec!["eval", path, "--against", nowhere],
            "none/x.run: No such file",
        ),
        (vec!["eval", path, "--against", path], "it is no file"),
        (
            vec!["eval", path, "--run", nowhere],
            "none/x.run: No such file",
        ),
    ] {
        let refused = home.run(&arguments).ended(1);
        assert!(refused.err.contains(said), "{said}: {}", refused.err);
        assert_eq!(refused.err.lines().count(), 1, "{}", refused.err);
    }
    home.run(&["eval"]).ended(2);
    home.run(&["eval", path, "--worst", "many"]).ended(2);
    std::fs::remove_dir_all(folder.path().join("dev")).unwrap();
    std::fs::create_dir(folder.path().join("dev")).unwrap();
    let empty = home.run(&["eval", path]).ended(1);
    assert!(empty.err.contains("dev: no document"), "{}", empty.err);
}

#[test]
fn what_makes_the_figures_less_than_they_look_is_remarked() {
    let (home, folder) = (Home::new(), corpus());
    folder.write("dev/huge.md", "x".repeat(3 * 1024 * 1024));
    folder.write("dev/two words.md", "# Two words\n");
    folder.write("dev/notes.txt", "not a document");
    folder.write("eval/dev/qrels.tsv", format!("{QRELS}q1 0 gone 2\n"));
    let elsewhere = folder.write("elsewhere.run", "z1 Q0 pool 1 1 x\n");
    std::fs::remove_dir_all(folder.path().join("runs")).unwrap();
    let arguments = [
        "eval",
        folder.path().to_str().unwrap(),
        "--against",
        elsewhere.to_str().unwrap(),
    ];
    let said = home.run(&arguments).ended(0);
    for note in [
        "huge.md: left out: larger than",
        "two words.md: left out: its name has a space",
        "1 judged documents are not there and cannot be found, such as gone",
        "the run elsewhere ranks nothing",
    ] {
        assert!(said.err.contains(note), "{note}: {}", said.err);
    }
    assert_eq!(said.err.lines().count(), 4, "{}", said.err);
    assert!(said.out.starts_with("dev: 5 documents"), "{}", said.out);
    assert_eq!(row(&said.out, "elsewhere")[1], "0.0000");
}

/// What is measured is what people get: the same documents, imported, are found in the same order.
#[test]
fn the_ranking_that_is_measured_is_the_one_that_is_served() {
    let (home, folder) = (Home::new(), corpus());
    let path = folder.path().to_str().unwrap();
    let dev = folder.path().join("dev");
    home.run(&["import", "--publish", dev.to_str().unwrap()])
        .ended(0);
    for (id, text) in [
        ("q1", "connection pool exhausted"),
        ("q4", "expierd certifcate"),
        ("q5", "nobody judged this storm"),
    ] {
        let shown = home.run(&["eval", path, "--show", id, "--json"]).ended(0);
        let shown: Value = serde_json::from_str(&shown.out).unwrap();
        let hits = shown["hits"].as_array().unwrap().iter();
        let measured: Vec<&str> = hits.map(|hit| hit["title"].as_str().unwrap()).collect();
        let said = home.run(&["search", text]).ended(0).out;
        let keyed = said.lines().filter(|line| line.starts_with("PM-"));
        let served: Vec<&str> = keyed
            .filter_map(|line| Some(line.split_once("  ")?.1))
            .collect();
        assert!(served.len() > 1, "{said}");
        assert_eq!(measured, served, "{text}");
    }
}
