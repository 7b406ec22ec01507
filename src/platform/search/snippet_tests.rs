//! What is shown and marked of a text.

use proptest::prelude::*;

use super::*;
use crate::platform::search::query::parse;

fn snippet(query: &str, parts: &[(&str, &str)]) -> (Snippet, Vec<String>) {
    let found = best_snippet(&Passages::new(parts), &Highlighter::new(&parse(query)));
    let marked = found
        .marks
        .iter()
        .map(|mark| found.text.get(mark.clone()).unwrap_or_default().to_owned())
        .collect();
    (found, marked)
}

#[test]
fn the_passage_with_most_words_wins_and_forms_are_marked() {
    let filler = "Nothing to see here at all. ".repeat(20);
    let text =
        format!("A pool. {filler}\nThe pools were exhausting connections quickly.\n{filler}");
    let (found, marked) = snippet(
        "pool exhausted connection",
        &[("Summary", "A pool."), ("Impact", &text)],
    );
    assert_eq!(found.part, "Impact");
    assert_eq!(marked, ["pools", "exhausting", "connections"]);
    assert!(found.text.starts_with("…The pools"), "{}", found.text);
    assert!(found.text.ends_with('…') && found.text.chars().count() < 215);
}

#[test]
fn ideographs_are_marked_as_one_stretch() {
    let (found, marked) = snippet("証明書", &[("概要", "サーバーの証明書が失効した。")]);
    assert_eq!(marked, ["証明書"]);
    assert_eq!(found.text, "サーバーの証明書が失効した。");
}

#[test]
fn without_a_match_the_beginning_is_shown() {
    let (found, marked) = snippet("zebra", &[("Empty", " "), ("Summary", "It\n\n broke.")]);
    assert_eq!(
        (found.part.as_str(), found.text.as_str()),
        ("Summary", "It broke.")
    );
    assert!(marked.is_empty());
    assert_eq!(snippet("x", &[]).0, Snippet::default());
}

proptest! {
    #[test]
    fn marks_are_ordered_and_within(
        text in "([a-d]{1,6}|[ \n。証明書バﾞ\u{301}🎉]){0,120}", query in "[a-d]{1,3} 証明"
    ) {
        let (found, _) = snippet(&query, &[("p", &text)]);
        let mut last = 0;
        for mark in &found.marks {
            prop_assert!(last <= mark.start && mark.start < mark.end);
            prop_assert!(found.text.get(mark.clone()).is_some());
            last = mark.end;
        }
        prop_assert!(found.text.chars().count() <= 2 * LENGTH + 2);
    }
}
