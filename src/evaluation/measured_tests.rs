//! Tests of holding rankings against judgements and against each other.

use super::super::{runs, table};
use super::*;
use proptest::prelude::*;

const QUERIES: &str = "qid\ttype\tquery\ttwin
q1\tkeyword\tpool exhausted\t
q2\tlogline\tERR_POOL | timeout\t
q3\tkeyword\tcertificate\t
q4\tmisspelled\tcertifcate\tq3
q5\tkeyword\tnobody judged this\t
";

const QRELS: &str = "q1 0 a 3
q1 0 b 1
q2 0 a 2
q2 0 c 0
q3 0 b 1
q4 0 b 1
q5 0 a 0
";

const OURS: &str = "q1 Q0 b 1 9 x
q1 Q0 a 2 8 x
q2 Q0 c 1 9 x
q2 Q0 d 2 8 x
q2 Q0 a 3 7 x
q3 Q0 b 1 9 x
q4 Q0 d 1 9 x
q4 Q0 b 2 8 x
q5 Q0 d 1 1 x
";

const THEIRS: &str = "q1 Q0 a 1 9 x
q2 Q0 a 1 9 x
q4 Q0 b 1 5 x
";

const NOTHING: Interval = Interval {
    mean: 0.0,
    low: 0.0,
    high: 0.0,
};

fn named(name: &str, text: &str) -> Named {
    Named {
        name: name.to_owned(),
        run: runs::run(text.as_bytes()).unwrap(),
    }
}

fn measured(others: Vec<Named>) -> Measured {
    let topics = runs::topics(QUERIES.as_bytes()).unwrap();
    let judgements = runs::judgements(QRELS.as_bytes(), |_| true).unwrap();
    Measured::new(topics, judgements, named("Hansei", OURS), others)
}

/// `tools/evaluate.py` of the corpus printed for these very files:
///
/// ```text
/// Hansei  n=4 nDCG@10=0.7102 R@10=1.0000 MRR@10=0.5833 J@10=0.7917  keyword=0.855 logline=0.500 misspelled=0.631
/// theirs  n=4 nDCG@10=0.7293 R@10=0.7500 MRR@10=0.7500 J@10=0.7500  keyword=0.459 logline=1.000 misspelled=1.000
/// ```
#[test]
fn the_table_says_what_the_tool_that_comes_with_the_corpus_says() {
    let report = measured(vec![named("theirs", THEIRS)]).report();
    assert_eq!(report.judged_queries, 4);
    let text = table::report(&report);
    for line in [
        "| run    | nDCG@10 | R@10   | MRR@10 | J@10   | keyword (2) | logline (1) | misspelled (1) | logline MRR |",
        "| Hansei | 0.7102  | 1.0000 | 0.5833 | 0.7917 | 0.855       | 0.500       | 0.631          | 0.333       |",
        "| theirs | 0.7293  | 0.7500 | 0.7500 | 0.7500 | 0.459       | 1.000       | 1.000          | 1.000       |",
    ] {
        assert!(text.contains(line), "{line} is missing:\n{text}");
    }
}

#[test]
fn gains_are_ours_less_theirs_by_type_and_for_all() {
    let report = measured(vec![named("theirs", THEIRS), named("same", OURS)]).report();
    let told: Vec<_> = report
        .differences
        .iter()
        .map(|it| (it.against.as_str(), it.kind.as_deref(), it.queries))
        .collect();
    let kinds = [
        (None, 4),
        (Some("keyword"), 2),
        (Some("logline"), 1),
        (Some("misspelled"), 1),
    ];
    let expected = ["theirs", "same"].map(|run| kinds.map(|(kind, n)| (run, kind, n)));
    assert_eq!(told, expected.concat());
    let (theirs, same) = report.differences.split_at(4);
    for it in same {
        assert_eq!(it.gain, NOTHING);
    }
    let [all, _, log_lines, misspelt] = theirs else {
        panic!("{theirs:?}");
    };
    assert!((log_lines.gain.mean - (0.5 - 1.0)).abs() < 1e-12);
    assert!(misspelt.gain.high < 0.0, "one query is its own interval");
    let mean = report.runs[0].ndcg - report.runs[1].ndcg;
    assert!((all.gain.mean - mean).abs() < 1e-12);
    assert!(all.gain.low <= mean && mean <= all.gain.high);
    let text = table::report(&report);
    assert!(
        text.contains("| -0.500 | [-0.500, -0.500] | worse |"),
        "{text}"
    );
    assert!(
        text.contains("| +0.000 | [+0.000, +0.000] |       |"),
        "{text}"
    );
}

#[test]
fn misspelt_queries_are_held_against_their_twins_only() {
    let report = measured(vec![named("theirs", THEIRS)]).report();
    let [ours, theirs] = report.misspelt.as_slice() else {
        panic!("{:?}", report.misspelt);
    };
    let second = 1.0 / 3.0_f64.log2();
    assert!((ours.less.mean - (1.0 - second)).abs() < 1e-12, "{ours:?}");
    assert_eq!((ours.queries, ours.well_spelt), (1, 1.0));
    assert_eq!((theirs.well_spelt, theirs.misspelt), (0.0, 1.0));
    let text = table::report(&report);
    assert!(
        text.contains("| Hansei | 1 | 1.000      | 0.631    | +0.369 |"),
        "{text}"
    );

    let without = QUERIES.replace("\tq3\n", "\t\n");
    let topics = runs::topics(without.as_bytes()).unwrap();
    let judgements = runs::judgements(QRELS.as_bytes(), |_| true).unwrap();
    let ours = named("Hansei", OURS);
    let report = Measured::new(topics, judgements, ours, Vec::new()).report();
    assert!(report.misspelt.is_empty(), "twins are not made up");
    assert!(!table::report(&report).contains("misspelt:"));
}

#[test]
fn one_query_is_shown_with_what_is_missing() {
    let measured = measured(Vec::new());
    let title = |document: &str| format!("The title of {document}");
    let shown = measured.shown("q2", title).unwrap();
    let hits: Vec<_> = shown
        .hits
        .iter()
        .map(|hit| (hit.rank, hit.grade, hit.document.as_str()))
        .collect();
    assert_eq!(
        hits,
        [
            (Some(1), Some(0), "c"),
            (Some(2), None, "d"),
            (Some(3), Some(2), "a")
        ]
    );
    assert!(shown.missed.is_empty());
    let text = table::shown(&shown);
    for said in [
        "q2  logline  ERR_POOL | timeout",
        "nDCG@10 0.500",
        "  2  grade –  The title of d",
    ] {
        assert!(text.contains(said), "{said} is missing:\n{text}");
    }
    let unjudged = table::shown(&measured.shown("q5", title).unwrap());
    assert!(
        unjudged.contains("nothing is judged relevant"),
        "{unjudged}"
    );
    assert!(measured.shown("q9", title).is_none());

    let topics = runs::topics(QUERIES.as_bytes()).unwrap();
    let judgements = runs::judgements(QRELS.as_bytes(), |_| true).unwrap();
    let theirs = Measured::new(topics, judgements, named("x", THEIRS), Vec::new());
    let missed = theirs.shown("q1", title).unwrap().missed;
    assert_eq!((missed[0].document.as_str(), missed[0].rank), ("b", None));
    let nothing = table::shown(&theirs.shown("q3", title).unwrap());
    assert!(nothing.contains("Nothing was found."), "{nothing}");
}

#[test]
fn the_worst_are_those_that_the_best_other_run_answers_better() {
    let poor = named("poor", "q1 Q0 z 1 1 x\n");
    let with_both = measured(vec![poor.clone(), named("theirs", THEIRS)]);
    let worst = with_both.worst(2).unwrap();
    assert_eq!(worst.against, "theirs");
    let ids: Vec<&str> = worst.queries.iter().map(|it| it.query.as_str()).collect();
    assert_eq!(ids, ["q2", "q4"], "the two that lose most");
    let text = table::worst(&worst);
    assert!(
        text.contains("| q2    | logline    | 0.500 | 1.000  | ERR_POOL \\| timeout |"),
        "{text}"
    );
    assert!(measured(Vec::new()).worst(5).is_none());
    let none = measured(vec![poor]).worst(5).unwrap();
    assert!(none.queries.is_empty());
    assert!(table::worst(&none).contains("No query is answered better by poor."));
}

#[test]
fn programs_are_told_the_same() {
    let report = measured(vec![named("theirs", THEIRS)]).report();
    let told = serde_json::to_value(&report).unwrap();
    assert_eq!(told["judged_queries"], 4);
    assert_eq!(told["runs"][0]["run"], "Hansei");
    assert_eq!(told["runs"][1]["types"]["logline"]["mrr_at_10"], 1.0);
    assert_eq!(told["runs"][1]["types"]["keyword"]["queries"], 2);
    assert_eq!(told["differences"][0]["type"], serde_json::Value::Null);
    assert_eq!(told["differences"][2]["low"], -0.5);
    assert_eq!(told["misspelt"][0]["well_spelt"], 1.0);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn a_run_against_itself_differs_by_nothing(
        scores in proptest::collection::vec((0_usize..5, "[a-e]", 0.0..9.0_f64), 0..40),
    ) {
        let mut run = Run::new();
        for (topic, document, score) in scores {
            let hits = run.entry(format!("q{topic}")).or_default();
            if hits.iter().all(|hit: &runs::Hit| hit.document != document) {
                hits.push(runs::Hit { document, score });
            }
        }
        let twice = ["Hansei", "again"].map(|name| Named { name: name.to_owned(), run: run.clone() });
        let [ours, again] = twice;
        let topics = runs::topics(QUERIES.as_bytes()).unwrap();
        let judgements = runs::judgements(QRELS.as_bytes(), |_| true).unwrap();
        let report = Measured::new(topics, judgements, ours, vec![again]).report();
        for it in report.differences {
            prop_assert_eq!(it.gain, NOTHING);
        }
    }
}
