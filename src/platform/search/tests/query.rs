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
    assert_eq!(q.notes.len(), 3, "{:?}", q.notes);
    assert!(q.notes[0].message.contains("no field foo"));
    assert_eq!((q.notes[0].start, q.notes[0].end), (0, 7));
    assert!(q.filters.is_empty());
    assert_eq!(q.not.to_string(), "tag:x");
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
fn alternatives_stand_between_or() {
    let word = |text: &str| {
        let prefix = text.ends_with('*');
        Piece::Word(Word {
            text: text.trim_end_matches('*').to_owned(),
            prefix,
        })
    };
    let phrase = |text: &str| Piece::Phrase(text.to_owned());
    let q = parse("pool dns OR \"name  resolution\" OR resolv* a OR b or c");
    assert_eq!(words(&q), ["pool", "or", "c"]);
    assert_eq!(
        q.alternatives,
        [
            vec![word("dns"), phrase("name resolution"), word("resolv*")],
            vec![word("a"), word("b")]
        ]
    );
    assert!(q.notes.is_empty(), "{:?}", q.notes);
    assert_eq!(
        q.to_string(),
        "pool or c dns OR \"name resolution\" OR resolv* a OR b"
    );
    assert_eq!(parse(&q.to_string()), q);
    let ignored = |text: &str| {
        let q = parse(text);
        assert!(q.alternatives.is_empty(), "{text:?}");
        let bad = q.notes.iter();
        let bad = bad.filter_map(|note| text.get(note.start..note.end));
        bad.map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(ignored("OR a"), ["OR"]);
    assert_eq!(ignored("a OR"), ["OR"]);
    assert_eq!(ignored("a OR -b"), ["OR"]);
    assert_eq!(ignored("a OR tag:x b"), ["OR"]);
    assert_eq!(ignored("tag:x OR tag:y"), ["OR"]);
    let q = parse("a OR OR b");
    assert_eq!(q.alternatives, [vec![word("a"), word("b")]]);
    assert_eq!(q.notes.len(), 1);
}

#[test]
fn filters_can_be_excluded_ranged_and_named_by_part() {
    let q = parse(
        "-service:\"check out\" -sev:>=4 -after:2026 year:2024.. in:timeline in:Title phase:detect has:factors author:\"Ada Marsh\"",
    );
    assert_eq!(
        q.not.to_string(),
        "service:\"check out\" severity:4 severity:5"
    );
    assert_eq!(
        q.filters.to_string(),
        "phase:detect has:factors author:\"Ada Marsh\" in:timeline in:title year:2024.. before:2026-01-01"
    );
    assert!(q.notes.is_empty() && words(&q).is_empty(), "{q:?}");
    assert_eq!(parse(&q.to_string()), q);
    let q = parse("-in:title in:chat -sev:high -started:2026 started:2026-02");
    assert_eq!(words(&q), ["in:chat"]);
    let said: Vec<&str> = q.notes.iter().map(|note| note.message.as_str()).collect();
    assert_eq!(
        said,
        [
            "in: cannot be excluded; this is ignored.",
            "in: is one of title, summary, timeline, factors, learnings, countermeasures; searched as words.",
            "severity: needs a severity such as 2 or SEV2, or a range such as 1..2 or <=2; this is ignored.",
            "started: cannot be excluded; this is ignored.",
        ]
    );
    assert_eq!(q.filters.to_string(), "after:2026-02-01 before:2026-03-01");
    assert!(q.not.is_empty());
}

#[test]
fn one_value_too_many_is_left_out_and_said() {
    let tags: Vec<String> = (0..21).map(|i| format!("tag:t{i}")).collect();
    let text = tags.join(" ");
    let q = parse(&text);
    assert_eq!(
        (q.filters.tag.len(), q.words.len(), q.notes.len()),
        (20, 0, 1)
    );
    assert_eq!(parse(&q.to_string()), q);
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
    fn a_printed_query_reads_back(text in "\\PC{0,80}|([a-z]{0,4}|service:|sev:|year:|after:20|before:|started:|tag:|in:(title)?|has:|phase:|author:| OR |OR|\\.\\.|[<>]=?|[-\"* \\n\0:]|[0-9]{1,4}|é鍵){0,24}") {
        let query = parse(&text);
        let printed = query.to_string();
        prop_assert_eq!(&parse(&printed), &query, "printed {:?}", printed);
        prop_assert!(printed.len() <= 2 * text.len() + 400);
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
