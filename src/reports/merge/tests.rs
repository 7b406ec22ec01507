//! Tests of putting two sets of changes together.

use super::*;
use proptest::prelude::*;
use std::collections::BTreeSet;
use std::time::{Duration, Instant};

const MOST_TIME: Duration = Duration::from_millis(400);

pub(super) fn text(base: &str, mine: &str, theirs: &str) -> Text {
    texts([base, mine, theirs], Instant::now() + MOST_TIME)
}

const BASE: &str = "## Summary\n\nOrders failed and nobody noticed.\n\n## Timeline\n\n- 14:02 alert fired\n- 14:05 paged\n- 14:20 fixed\n";

fn overlap(mine: &str, theirs: &str) -> Piece {
    Piece::Overlap {
        mine: mine.to_owned(),
        theirs: theirs.to_owned(),
    }
}

#[test]
fn whoever_left_a_value_alone_gives_way() {
    assert_eq!(value(&1, &1, &2), Merged::Clean(2));
    assert_eq!(value(&1, &2, &1), Merged::Clean(2));
    assert_eq!(value(&1, &2, &2), Merged::Clean(2));
    assert_eq!(value(&1, &2, &3), Merged::Overlap { mine: 2, theirs: 3 });
}

#[test]
fn names_are_added_and_taken_out_by_both() {
    let list = |text: &str| -> Vec<String> { text.split_whitespace().map(str::to_owned).collect() };
    let merged = names(&list("a b c"), &list("a c mine"), &list("theirs a b"));
    assert_eq!(merged, list("theirs a mine"));
    assert_eq!(names(&list("a b"), &list("b a"), &list("a b")), list("b a"));
    assert_eq!(names(&list("a b"), &list("a b"), &list("b")), list("b"));
}

#[test]
fn changes_in_different_places_go_together() {
    for (mine, theirs) in [
        // Different sections.
        (
            ("nobody noticed", "all noticed"),
            ("14:20 fixed", "14:21 fixed"),
        ),
        // Neighbouring lines.
        (
            ("14:02 alert fired", "14:02 alarm rang"),
            ("14:05 paged", "14:06 called"),
        ),
        // The same line, other words.
        (("Orders", "Payments"), ("noticed.", "saw it.")),
        // One takes a line out, the other changes the line before.
        (("- 14:05 paged\n", ""), ("alert", "alarm")),
    ] {
        let (my_text, their_text) = (
            BASE.replace(mine.0, mine.1),
            BASE.replace(theirs.0, theirs.1),
        );
        let merged = text(BASE, &my_text, &their_text);
        let both = BASE.replace(mine.0, mine.1).replace(theirs.0, theirs.1);
        assert!(merged.is_clean(), "{merged:?}");
        assert_eq!(merged.together(), both);
    }
}

#[test]
fn the_same_words_are_for_people_to_settle() {
    let mine = BASE.replace("nobody noticed", "we saw it late");
    let theirs = BASE.replace("nobody noticed", "the alarm was off");
    let merged = text(BASE, &mine, &theirs);
    assert_eq!(merged.overlaps(), ["Summary"]);
    assert!(merged.pieces.contains(&overlap(
        "Orders failed and we saw it late.\n",
        "Orders failed and the alarm was off.\n"
    )));
    let together = merged.together();
    assert!(
        together.contains("off.\nOrders failed and we saw"),
        "{together}"
    );
}

#[test]
fn whoever_saved_and_wrote_on_has_nothing_to_settle() {
    for (sent, on) in [
        ("all saw it.", "all saw it. And more."),
        ("nobody noticed. Sent.", "nobody noticed. Sent. And more."),
        (
            "nobody noticed. Sent.",
            "nobody noticed. Sent.\n\nAnd more.",
        ),
    ] {
        let sent = BASE.replace("nobody noticed.", sent);
        let on = BASE.replace("nobody noticed.", on);
        for (mine, theirs) in [(&on, &sent), (&sent, &on)] {
            let merged = text(BASE, mine, theirs);
            assert!(merged.is_clean(), "{merged:?}");
            assert_eq!(merged.together(), on);
        }
    }
    // The beginning of another word is none of this one.
    let (mine, theirs) = (format!("{BASE}- 14:3 x1\n"), format!("{BASE}- 14:3 x\n"));
    let merged = text(BASE, &mine, &theirs);
    assert_eq!(merged.overlaps(), ["Timeline"]);
    // Nor is what somebody took out there again because another left it.
    let (old, theirs) = ("Queue was full of jobs", "Queue is full");
    let base = BASE.replace("nobody noticed.", old);
    let (theirs, mine) = (
        base.replace(old, theirs),
        base.replace(old, "Queue is full of jobs"),
    );
    assert_eq!(text(&base, &mine, &theirs).overlaps(), ["Summary"]);
    let base = BASE.replace(
        "nobody noticed.",
        "nobody noticed.\nAda slept.\nThen it ended.",
    );
    let theirs = BASE.replace("nobody noticed.", "all noticed.");
    let mine = base.replace("nobody noticed.", "all noticed.");
    let merged = text(&base, &mine, &theirs);
    assert!(
        !merged.is_clean() || !merged.together().contains("Ada slept."),
        "{merged:?}"
    );
    // Or because another left it and wrote on.
    let theirs = BASE.replace(" and nobody noticed.", "");
    let mine = BASE.replace("noticed.", "noticed. More.");
    assert_eq!(text(BASE, &mine, &theirs).overlaps(), ["Summary"]);
}

#[test]
fn what_one_takes_out_while_the_other_changes_it_is_for_people_to_settle() {
    let mine = BASE.replace("- 14:05 paged\n", "");
    let theirs = BASE.replace("14:05 paged", "14:05 paged the database team");
    let merged = text(BASE, &mine, &theirs);
    assert_eq!(merged.overlaps(), ["Timeline"]);
    assert!(merged.together().contains("the database team"));
}

#[test]
fn two_lines_added_at_one_place_are_for_people_to_order() {
    let base = BASE.replace("## Timeline", "## Notes");
    let (mine, theirs) = (format!("{base}- mine\n"), format!("{base}- theirs\n"));
    let merged = text(&base, &mine, &theirs);
    assert_eq!(
        merged.pieces.last(),
        Some(&overlap("- mine\n", "- theirs\n"))
    );
    let same = text(&base, &mine, &mine);
    assert_eq!(same.together(), mine);
}

#[test]
fn sections_that_are_alike_are_not_taken_for_each_other() {
    let base = "## A\n\n- x\n\n## B\n\n- x\n\n## C\n\n- x\n";
    let mine = "## A\n\n## B\n\n- x\n\n## C\n\n- x\n- y\n";
    let theirs = "## A\n\n- x\n\n## B\n\n- x\n- z\n\n## C\n\n- x\n";
    let merged = text(base, mine, theirs);
    assert_eq!(
        merged.together(),
        "## A\n\n## B\n\n- x\n- z\n\n## C\n\n- x\n- y\n"
    );
}

#[test]
fn line_ends_of_browsers_are_line_ends() {
    let merged = text("a\nb\nc", "a\r\nb\r\nc", "a\nb\nd\n");
    assert!(merged.is_clean());
    assert_eq!(merged.together(), "a\nb\nd\n");
}

#[test]
fn nothing_of_long_lines_that_both_rewrote_is_lost() {
    let long = |word: &str| format!("{}\n", [word].repeat(MOST_WORDS).join(" "));
    let merged = text(&long("old"), &long("mine"), &long("theirs"));
    assert_eq!(merged.pieces, [overlap(&long("mine"), &long("theirs"))]);
}

#[test]
fn texts_with_nothing_in_common_are_left_to_people() {
    let long = |word: &str| {
        let lines: Vec<String> = (0..60_000).map(|at| format!("{word} {at}\n")).collect();
        lines.concat()
    };
    let (base, mine, theirs) = (long("old"), long("mine"), long("theirs"));
    // The time is up before it begins: what it takes otherwise depends on the machine.
    let merged = texts([&base, &mine, &theirs], Instant::now());
    assert_eq!(merged.pieces, [overlap(&mine, &theirs)]);
}

/// What somebody does to a text: at a line and a word, put in, take out, or replace.
type Edit = (usize, usize, u8);

fn edits() -> impl Strategy<Value = Vec<Edit>> {
    prop::collection::vec((0..12_usize, 0..6_usize, 0..7_u8), 0..6)
}

/// A text of words that each occur once, under some headings.
fn original(lines: &[usize]) -> Vec<Vec<String>> {
    let mut number = 0;
    let mut word = || {
        number += 1;
        format!("b{number}")
    };
    lines
        .iter()
        .map(|count| match count {
            0 => Vec::new(),
            7 => vec!["##".to_owned(), word()],
            count => (0..*count).map(|_| word()).collect(),
        })
        .collect()
}

/// The text after the edits; every word put in is new.
fn edited(original: &[Vec<String>], edits: &[Edit], who: &str) -> String {
    let mut lines = original.to_vec();
    for (number, (line, word, what)) in edits.iter().enumerate() {
        let new = format!("{who}{number}");
        let at = line % (lines.len() + 1);
        match (what, lines.get_mut(at)) {
            (0, _) => lines.insert(at, vec![new, format!("{who}{number}x")]),
            (1, Some(_)) => drop(lines.remove(at)),
            (2 | 3, Some(words)) => words.insert(word % (words.len() + 1), new),
            (4, Some(words)) if !words.is_empty() => drop(words.remove(word % words.len())),
            (5, Some(words)) if !words.is_empty() => {
                let at = word % words.len();
                words[at] = new;
            }
            _ => {}
        }
    }
    let lines: Vec<String> = lines.iter().map(|words| words.join(" ") + "\n").collect();
    lines.concat()
}

pub(super) fn set(text: &str) -> BTreeSet<&str> {
    text.split_whitespace()
        .filter(|word| *word != "##")
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn no_word_of_either_side_is_ever_dropped(
        lines in prop::collection::vec(0..8_usize, 0..10), my_edits in edits(), their_edits in edits(),
        in_time in any::<bool>(),
    ) {
        // Once the time is up the differences are coarse, and the law is the same.
        let deadline = if in_time { Instant::now() + MOST_TIME } else { Instant::now() };
        let text = |base: &str, mine: &str, theirs: &str| texts([base, mine, theirs], deadline);
        let original = original(&lines);
        let base = edited(&original, &[], "");
        let (mine, theirs) = (edited(&original, &my_edits, "m"), edited(&original, &their_edits, "t"));
        let merged = text(&base, &mine, &theirs);
        let together = merged.together();
        let found = set(&together);
        // What was written is there, and what both kept is there.
        for side in [&mine, &theirs] {
            let new = set(side).difference(&set(&base)).copied().collect::<BTreeSet<_>>();
            prop_assert!(new.is_subset(&found), "{new:?} in {together}");
        }
        let kept = set(&mine).intersection(&set(&theirs)).copied().collect::<BTreeSet<_>>();
        prop_assert!(kept.is_subset(&found), "{kept:?} in {together}");
        // Nothing comes from nowhere, and without an overlap nothing comes twice or comes back.
        let written = set(&mine).union(&set(&theirs)).copied().collect::<BTreeSet<_>>();
        prop_assert!(found.is_subset(&written));
        if merged.is_clean() {
            let words = together.split_whitespace().filter(|word| *word != "##").count();
            prop_assert_eq!(words, found.len(), "twice in {}", together);
            let gone = set(&base).into_iter().filter(|word| !kept.contains(word)).collect::<BTreeSet<_>>();
            prop_assert!(gone.is_disjoint(&found), "{gone:?} back in {together}");
        }
        // Overlaps hold both sides' lines whole.
        for piece in &merged.pieces {
            if let Piece::Overlap { mine: my_lines, theirs: their_lines } = piece {
                prop_assert!(mine.contains(my_lines.as_str()) && theirs.contains(their_lines.as_str()));
            }
        }
        prop_assert_eq!(merged.is_clean(), merged.overlaps().is_empty());
        // Which side is called mine does not matter.
        let other = text(&base, &theirs, &mine);
        prop_assert_eq!(other.is_clean(), merged.is_clean());
        if merged.is_clean() {
            prop_assert_eq!(other.together(), together);
        }
    }

    #[test]
    fn a_side_that_changed_nothing_gives_way(base in "(#{0,2} ?[a-c ]{0,5}\n){0,8}", new in "(#{0,2} ?[a-c ]{0,5}\n){0,8}") {
        for merged in [text(&base, &new, &base), text(&base, &base, &new), text(&base, &new, &new)] {
            prop_assert!(merged.is_clean());
            prop_assert_eq!(merged.together(), new.clone());
        }
    }

    #[test]
    fn any_texts_go_together(base in "[a-c \n\r#`é]{0,40}", mine in "[a-c \n\r#`é]{0,40}", theirs in "[a-c \n\r#`é]{0,40}") {
        let merged = text(&base, &mine, &theirs);
        let together = merged.together();
        prop_assert!(together.is_empty() || together.ends_with('\n'));
        for letter in ['a', 'b', 'c', 'é'] {
            let had = base.contains(letter);
            prop_assert!(had || !(mine.contains(letter) || theirs.contains(letter)) || together.contains(letter));
        }
    }

    #[test]
    fn words_put_together_are_the_text(text in "[a-c \t\né]{0,40}") {
        prop_assert_eq!(in_words(&text).concat(), text);
    }

    #[test]
    fn names_keep_what_both_have_and_what_either_added(
        base in prop::collection::vec("[a-e]", 0..5), mine in prop::collection::vec("[a-g]", 0..5),
        theirs in prop::collection::vec("[a-g]", 0..5),
    ) {
        let merged = names(&base, &mine, &theirs);
        for name in mine.iter().chain(&theirs) {
            let added = !base.contains(name);
            let kept = mine.contains(name) && theirs.contains(name);
            prop_assert!(!(added || kept) || merged.contains(name));
        }
        for name in &base {
            prop_assert!(mine.contains(name) && theirs.contains(name) || !merged.contains(name));
        }
    }
}
