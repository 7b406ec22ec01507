//! How often the findings are right: phrases from real reports, each read and judged.

use super::super::check;
use std::collections::BTreeMap;

/// Kind, sentence, matched words, verdict, and why when it is false.
const VERDICTS: &str = include_str!("../../../../tests/data/language_verdicts.tsv");

/// What was recorded.
const RIGHT_AND_WRONG: [(&str, (u32, u32)); 5] = [
    ("blame_word", (6, 0)),
    ("hindsight", (40, 3)),
    ("minimising", (1, 1)),
    ("person_and_fault", (32, 1)),
    ("single_cause", (108, 9)),
];

#[test]
fn nine_of_ten_findings_are_right() {
    let mut counts: BTreeMap<&str, (u32, u32)> = BTreeMap::new();
    for row in VERDICTS.lines().skip(1) {
        let columns: Vec<&str> = row.split('\t').collect();
        let [kind, sentence, words, verdict, why] = columns.as_slice() else {
            panic!("{row}");
        };
        // In a table of tabs and lines, a line break is written as \n.
        let findings = check(&sentence.replace("\\n", "\n"));
        let is_found = findings
            .iter()
            .any(|it| it.kind.word() == *kind && it.text == *words);
        assert!(is_found, "{row}: {findings:?}");
        let count = counts.entry(*kind).or_default();
        match *verdict {
            "true" => count.0 += 1,
            "false" => count.1 += 1,
            other => panic!("{other}: {row}"),
        }
        assert_eq!(*verdict == "false", !why.is_empty(), "{row}");
    }
    let right: u32 = counts.values().map(|(right, _)| right).sum();
    let wrong: u32 = counts.values().map(|(_, wrong)| wrong).sum();
    assert!(right + wrong >= 200, "{right} and {wrong}");
    assert!(
        right * 10 >= (right + wrong) * 9,
        "{right} right, {wrong} wrong"
    );
    let counts: Vec<_> = counts.into_iter().collect();
    assert_eq!(counts, RIGHT_AND_WRONG);
}
