//! What is typed is understood, and reads back.

use proptest::prelude::*;

use super::super::filters::Field;
use super::super::query::*;

fn words(query: &Query) -> Vec<&str> {
    query.words.iter().map(|w| w.text.as_str()).collect()
}

#[test]
fn every_operator_is_understood() {
    let q = parse(
        "pool time* \"connection  reset\" -staging -\"dry run\" service:\"check out\" sev:SEV2 after:2026-01",
    );
    assert_eq!(words(&q), ["pool", "time"]);
    assert!(q.words[1].prefix && !q.words[0].prefix);
    assert_eq!(q.phrases, ["connection reset"]);
    assert_eq!(
        q.excluded,
        [
            Excluded::Word("staging".into()),
            Excluded::Phrase("dry run".into())
        ]
    );
    assert_eq!(
        q.filters.to_string(),
        "service:\"check out\" severity:2 after:2026-01-01"
    );
    assert!(q.notes.is_empty() && !q.pasted);
}

#[test]
fn what_is_not_understood_is_searched_and_noted() {
    let q = parse("foo:bar year:soon --no-cache \"open https://example.org/a:b -tag:x");
    assert_eq!(
        words(&q),
        [
            "foo:bar",
            "year:soon",
            "--no-cache",
            "open",
            "https://example.org/a:b"
        ]
    );
    assert_eq!(q.notes.len(), 4, "{:?}", q.notes);
    assert!(q.notes[0].message.contains("no field foo"));
    assert_eq!((q.notes[0].start, q.notes[0].end), (0, 7));
    assert!(q.filters.is_empty());
}

#[test]
fn a_stack_trace_is_a_bag_of_words() {
    let q = parse("panic: -oops \"at\nat main.rs:42 tag:x");
    assert!(q.pasted);
    assert_eq!(
        words(&q),
        ["panic:", "-oops", "\"at", "at", "main.rs:42", "tag:x"]
    );
    assert!(parse(&"word ".repeat(200)).pasted);
    assert!(parse(&"a b c ".repeat(20)).pasted);
    let many = (0..9_000)
        .map(|i| format!("w{i}"))
        .collect::<Vec<_>>()
        .join(" ");
    let q = parse(&many);
    assert_eq!(q.words.len(), MAX_PASTED_WORDS);
    assert_eq!(q.notes.len(), 2);
}

#[test]
fn nothing_is_a_query_too() {
    for text in ["", "  ", "\0\u{1}", "- -- \"\" \"", "***"] {
        assert!(parse(text).is_empty(), "{text:?}");
    }
    assert_eq!(words(&parse("a\0b")), ["a", "b"]);
}

#[test]
fn a_quotation_mark_inside_a_field_makes_words() {
    let query = parse("tag:\"\"a");
    assert_eq!(words(&query), ["tag", "a"]);
    assert_eq!(parse(&query.to_string()), query);
}

#[test]
fn links_change_one_filter() {
    let q = parse("pool service:a");
    assert_eq!(
        q.with_filter(Field::Year, "2026").to_string(),
        "pool service:a year:2026"
    );
    assert_eq!(q.without(Field::Service, "a").to_string(), "pool");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]
    #[test]
    fn a_printed_query_reads_back(text in "\\PC{0,80}|([a-z]{0,4}|service:|sev:|year:|after:20|tag:|[-\"* \\n\0:]|[0-9]{1,4}|é鍵){0,24}") {
        let query = parse(&text);
        let printed = query.to_string();
        prop_assert_eq!(&parse(&printed), &query, "printed {:?}", printed);
        prop_assert!(printed.len() <= 2 * text.len() + 200);
        for note in &query.notes {
            prop_assert!(text.get(note.start..note.end).is_some());
        }
    }

    #[test]
    fn long_text_stays_bounded(chunk in "\\PC{1,20}", times in 1_usize..4_000) {
        let query = parse(&chunk.repeat(times));
        prop_assert!(query.words.len() <= MAX_PASTED_WORDS);
        prop_assert!(query.words.iter().map(|w| w.text.len()).sum::<usize>() <= MAX_BYTES);
        prop_assert_eq!(&parse(&query.to_string()), &query);
    }
}
