//! Tests of reading and writing the files of an evaluation.

use super::*;
use proptest::prelude::*;

#[test]
fn queries_are_read_as_they_were_typed() {
    let file = "\u{feff}qid\tquery\ttype\ttwin\r\nd1\tpool  -staging \"ran dry\"\tkeyword\t\r\n\r\n\
                d2\t\"\"\"a phrase\"\" and\na line\"\tlogline\t\nd3\tpol\tmisspelled\td1";
    let topics = topics(file.as_bytes()).unwrap();
    let told: Vec<_> = topics
        .iter()
        .map(|it| {
            let twin = it.twin.as_deref();
            (it.id.as_str(), it.kind.as_str(), it.text.as_str(), twin)
        })
        .collect();
    assert_eq!(
        told,
        [
            ("d1", "keyword", "pool  -staging \"ran dry\"", None),
            ("d2", "logline", "\"a phrase\" and\na line", None),
            ("d3", "misspelled", "pol", Some("d1")),
        ]
    );
}

#[test]
fn what_is_wrong_is_said_with_its_line() {
    let queries = |text: &str| topics(text.as_bytes()).map(drop);
    let judged = |text: &str| judgements(text.as_bytes(), |topic| topic == "d1").map(drop);
    let ranked = |text: &str| run(text.as_bytes()).map(drop);
    let head = "qid\ttype\tquery\ttwin\n";
    for (read, line, said) in [
        (queries(""), 1, "empty"),
        (queries("qid\tquery\n"), 1, "“type”"),
        (
            queries(&format!("{head}d1\tk\tx\n")),
            2,
            "3 columns where the head line has 4",
        ),
        (
            queries(&format!("{head}\nd1\tk\tx\t\nd 2\tk\tx\t\n")),
            4,
            "“d 2”",
        ),
        (queries(&format!("{head}d1\tk\t \t")), 2, "asks nothing"),
        (
            queries(&format!("{head}d1\tk\tx\t\nd1\tk\ty\t")),
            3,
            "already",
        ),
        (
            queries(&format!("{head}d1\tk\t\"x\ny\"\t\nd2\tk\tx\td9")),
            4,
            "d9",
        ),
        (
            queries(&format!("{head}d1\tk\tx\t\nd2\tk\t\"x\t\nd3")),
            3,
            "never closes",
        ),
        (judged("d1 0 a 1\nd1 0 a"), 2, "3 words"),
        (judged("d1 0 a 1\n\nd1 0 b x"), 3, "no grade"),
        (judged("d1 0 a -1"), 1, "no grade"),
        (judged("d1 0 a 10"), 1, "no grade"),
        (judged("d2 0 a 1"), 1, "d2"),
        (judged("d1 0 a 1\nd1 0 a 1"), 2, "already"),
        (ranked("d1 Q0 a 1 2.5 x\nd1 Q0 b 2 x"), 2, "5 words"),
        (ranked("d1 Q0 a 1 NaN x"), 1, "“NaN”"),
        (ranked("d1 Q0 a 1 1e999 x"), 1, "no number"),
        (
            ranked("d1 Q0 a 1 2 x\nd2 Q0 a 1 2 x\nd1 Q0 a 2 1 x"),
            3,
            "already",
        ),
    ] {
        let error = read.expect_err(said);
        assert_eq!(error.line, line, "{error}");
        assert!(error.message.contains(said), "{said}: {error}");
    }
    let broken = run(b"d1 Q0 a 1 2 x\nd1 Q0 \xff 1 2 x").unwrap_err();
    assert_eq!(
        (broken.line, broken.message.as_str()),
        (2, "it is not UTF-8")
    );
}

#[test]
fn judgements_and_runs_are_read_by_topic() {
    let judged = judgements(b"d1 0 a 3\nd1\t0\tb\t0\n", |_| true).unwrap();
    let grades = &judged["d1"];
    assert_eq!((grades["a"], grades["b"], grades.len()), (3, 0, 2));
    assert!(judgements(b"\n \n", |_| true).unwrap().is_empty());

    let text = b"q Q0 b 1 0.5 x\nq Q0 c 2 -1 x\nq Q0 a 3 0.5 x\np Q0 z 9 1e3 x\n";
    let run = run(text).unwrap();
    let order = |topic: &str| -> Vec<&str> {
        let hits = run[topic].iter();
        hits.map(|hit| hit.document.as_str()).collect()
    };
    assert_eq!(order("q"), ["a", "b", "c"], "by score, then by name");
    assert_eq!(order("p"), ["z"]);
}

#[test]
fn equal_scores_are_written_so_that_their_order_stays() {
    let hits = |scores: &[(&str, f64)]| -> Vec<Hit> {
        let hits = scores.iter().map(|(document, score)| Hit {
            document: (*document).to_owned(),
            score: *score,
        });
        hits.collect()
    };
    let run = Run::from([
        ("d1".to_owned(), hits(&[("b", 2.0), ("a", 2.0), ("c", 2.0)])),
        ("d2".to_owned(), hits(&[("a", 0.0)])),
    ]);
    assert_eq!(
        write(&run, "hansei"),
        "d1 Q0 b 1 2.000000 hansei\nd1 Q0 a 2 1.999999 hansei\nd1 Q0 c 3 1.999998 hansei\n\
         d2 Q0 a 1 0.000000 hansei\n"
    );
}

proptest! {
    #[test]
    fn no_bytes_make_a_reader_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let _read = topics(&bytes);
        let _read = judgements(&bytes, |topic| topic.len() > 1);
        let _read = run(&bytes);
    }

    #[test]
    fn nor_does_what_looks_nearly_right(text in "(qid\ttype\tquery\n)?([a-c\"0-9.é-]{0,3}[ \t\r\n\"]){0,60}") {
        let _read = topics(text.as_bytes());
        let _read = judgements(text.as_bytes(), |_| true);
        let _read = run(text.as_bytes());
    }

    #[test]
    fn a_run_reads_back_in_the_order_it_was_written(
        scores in proptest::collection::vec(prop_oneof![0.0..100.0_f64, Just(1.0), Just(0.0)], 1..30),
    ) {
        let mut scores = scores;
        scores.sort_by(|a, b| b.total_cmp(a));
        // Named against the order that equal scores would be put in.
        let hits: Vec<Hit> = scores
            .iter()
            .enumerate()
            .map(|(index, score)| Hit { document: format!("d{:02}", 99 - index), score: *score })
            .collect();
        let written = Run::from([("q".to_owned(), hits)]);
        let read = run(write(&written, "x").as_bytes()).unwrap();
        let names = |run: &Run| -> Vec<String> { run["q"].iter().map(|hit| hit.document.clone()).collect() };
        prop_assert_eq!(names(&read), names(&written));
    }
}
