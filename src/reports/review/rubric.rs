//! The rubric: what reviewers are asked, line by line, and what an administrator makes of it. Pure.
//!
//! A line is known by its word, which stays when its question is put better. What is no longer asked stays as well, for
//! the reviews that answered it, and can be asked again.

use crate::reports::model::Problem;
use crate::reports::templates::word_of;
use std::collections::HashSet;

/// The most lines that are asked at a time.
pub const MOST_ASKED: usize = 30;
/// The most lines there are, with those no longer asked.
pub const MOST: usize = 200;
/// The longest question, in characters.
const MAX_QUESTION_CHARS: usize = 200;
/// The longest hint, in characters.
const MAX_HINT_CHARS: usize = 500;
/// The longest beginning of a word, in characters: a number fits behind it.
const MAX_STEM: usize = 56;

/// What is said of a line that asks nothing.
const NO_QUESTION: &str = "Say what is asked. What is no longer asked keeps its question, for the reviews that answered it.";

/// One line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RubricLine {
    /// Names it for good; empty for a new one.
    pub word: String,
    /// What is asked.
    pub question: String,
    /// What to look at; may be empty.
    pub hint: String,
    /// Whether it is asked today.
    pub is_asked: bool,
}

/// What was done to a rubric, by the words of its lines.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// Asked for the first time.
    pub added: Vec<String>,
    /// Asked in other words, or with another hint.
    pub reworded: Vec<String>,
    /// No longer asked.
    pub retired: Vec<String>,
    /// Asked again.
    pub restored: Vec<String>,
}

/// The rules every stored rubric obeys: for each line that breaks one, its place and what is wrong. What is wrong with all
/// of it has no place.
pub fn check(lines: &[RubricLine]) -> Vec<(Option<usize>, Problem)> {
    let mut problems = Vec::new();
    let mut asked = HashSet::new();
    for (place, line) in lines.iter().enumerate() {
        let mut say = |field: &str, message: String| {
            problems.push((Some(place), Problem::of(field, message)));
        };
        let (question, hint) = (line.question.chars().count(), line.hint.chars().count());
        if question == 0 {
            say("question", NO_QUESTION.to_owned());
        } else if question > MAX_QUESTION_CHARS {
            let message = format!(
                "The question has {question} characters; at most {MAX_QUESTION_CHARS} fit."
            );
            say("question", message);
        } else if line.is_asked && !asked.insert(line.question.to_lowercase()) {
            say("question", "This is asked twice.".to_owned());
        }
        if hint > MAX_HINT_CHARS {
            say(
                "hint",
                format!("The hint has {hint} characters; at most {MAX_HINT_CHARS} fit."),
            );
        }
    }
    let count = lines.iter().filter(|line| line.is_asked).count();
    let whole = if count == 0 {
        Some("Ask at least one thing.".to_owned())
    } else if count > MOST_ASKED {
        Some(format!(
            "That asks {count} things; at most {MOST_ASKED} fit, and six are answered better."
        ))
    } else if lines.len() > MOST {
        Some(format!(
            "There are {} lines with those no longer asked; at most {MOST} fit. Put an old one in other words instead.",
            lines.len()
        ))
    } else {
        None
    };
    problems.extend(whole.map(|message| (None, Problem::of("", message))));
    problems
}

/// What a rubric becomes: the wanted lines in their order, new ones with words of their own, and behind them those that
/// were not spoken of. None when a line is spoken of that there is not, or one twice.
pub fn settle(kept: &[RubricLine], wanted: &[RubricLine]) -> Option<Vec<RubricLine>> {
    let mut taken: HashSet<String> = kept.iter().map(|line| line.word.clone()).collect();
    let mut spoken_of = HashSet::new();
    let mut lines = Vec::new();
    for line in wanted {
        let word = if line.word.is_empty() {
            fresh_word(&line.question, &mut taken)
        } else if taken.contains(&line.word) && spoken_of.insert(line.word.clone()) {
            line.word.clone()
        } else {
            return None;
        };
        lines.push(RubricLine {
            word,
            ..line.clone()
        });
    }
    let rest = kept.iter().filter(|line| !spoken_of.contains(&line.word));
    lines.extend(rest.cloned());
    // Those no longer asked have no order of their own.
    lines.sort_by_key(|line| !line.is_asked);
    Some(lines)
}

/// A word for a new line that none has yet.
fn fresh_word(question: &str, taken: &mut HashSet<String>) -> String {
    let mut stem = word_of(question);
    stem.truncate(MAX_STEM);
    let stem = match stem.trim_end_matches('-') {
        "" => "line",
        stem => stem,
    };
    let numbered = (2_u32..).map(|number| format!("{stem}-{number}"));
    let word = std::iter::once(stem.to_owned())
        .chain(numbered)
        .find(|word| !taken.contains(word))
        .unwrap_or_else(|| stem.to_owned());
    taken.insert(word.clone());
    word
}

/// What became of the lines between two rubrics; another order alone is none of it.
pub fn changes(before: &[RubricLine], after: &[RubricLine]) -> Changes {
    let mut changes = Changes::default();
    for line in after {
        let word = || line.word.clone();
        let Some(then) = before.iter().find(|it| it.word == line.word) else {
            changes.added.push(word());
            continue;
        };
        if (&then.question, &then.hint) != (&line.question, &line.hint) {
            changes.reworded.push(word());
        }
        match (then.is_asked, line.is_asked) {
            (true, false) => changes.retired.push(word()),
            (false, true) => changes.restored.push(word()),
            (true, true) | (false, false) => {}
        }
    }
    changes
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn line(word: &str, question: &str, is_asked: bool) -> RubricLine {
        RubricLine {
            word: word.to_owned(),
            question: question.to_owned(),
            hint: String::new(),
            is_asked,
        }
    }

    fn words(lines: &[RubricLine]) -> Vec<&str> {
        lines.iter().map(|line| line.word.as_str()).collect()
    }

    #[test]
    fn what_is_wrong_is_said_of_the_line() {
        let long = "x".repeat(201);
        let hinted = RubricLine {
            hint: "y".repeat(501),
            ..line("", "Is it kind?", true)
        };
        let lines = [
            line("a", "", true),
            line("", "", true),
            line("b", &long, true),
            line("c", "Is it true?", true),
            line("d", "is it TRUE?", true),
            line("e", "Is it true?", false),
            hinted,
        ];
        let said: Vec<_> = check(&lines)
            .into_iter()
            .map(|(place, it)| (place, it.field, it.message))
            .collect();
        let of = |place, field: &str, words: &str| {
            said.iter()
                .any(|it| it.0 == Some(place) && it.1 == field && it.2.contains(words))
        };
        assert!(of(0, "question", "Say what is asked."), "{said:?}");
        assert!(of(1, "question", "Say what is asked."), "{said:?}");
        assert!(of(2, "question", "201 characters"), "{said:?}");
        assert!(of(4, "question", "twice"), "{said:?}");
        assert!(of(6, "hint", "501 characters"), "{said:?}");
        assert_eq!(said.len(), 5, "{said:?}");
    }

    #[test]
    fn at_least_one_thing_is_asked_and_not_too_many() {
        let many = |count: usize, is_asked| -> Vec<RubricLine> {
            (0..count)
                .map(|it| line(&format!("w{it}"), &format!("Q{it}?"), is_asked))
                .collect()
        };
        let whole = |lines: &[RubricLine]| {
            let problems = check(lines);
            assert!(problems.iter().all(|it| it.0.is_none()), "{problems:?}");
            problems.len()
        };
        assert_eq!(whole(&[]), 1);
        assert_eq!(whole(&many(3, false)), 1);
        assert_eq!(whole(&many(MOST_ASKED, true)), 0);
        assert_eq!(whole(&many(MOST_ASKED + 1, true)), 1);
        let mut old = many(MOST, false);
        old.push(line("asked", "Asked?", true));
        assert_eq!(whole(&old), 1);
    }

    #[test]
    fn a_rubric_takes_the_wanted_order_and_loses_no_line() {
        let kept = [
            line("a", "A?", true),
            line("b", "B?", true),
            line("c", "C?", false),
        ];
        let wanted = [
            line("b", "B, really?", true),
            line("", "Is the impact complete?", true),
            line("a", "A?", false),
            line("", "は?", true),
        ];
        let lines = settle(&kept, &wanted).unwrap();
        assert_eq!(
            words(&lines),
            ["b", "is-the-impact-complete", "line", "a", "c"]
        );
        assert_eq!(
            changes(&kept, &lines),
            Changes {
                added: vec!["is-the-impact-complete".into(), "line".into()],
                reworded: vec!["b".into()],
                retired: vec!["a".into()],
                restored: Vec::new(),
            }
        );
        assert_eq!(
            changes(&lines, &kept).restored,
            ["a"],
            "and the other way round"
        );
        assert_eq!(settle(&kept, &[line("z", "Z?", true)]), None);
        let twice = [line("a", "A?", true), line("a", "A?", true)];
        assert_eq!(settle(&kept, &twice), None);
        assert_eq!(settle(&kept, &kept).as_deref(), Some(&kept[..]));
    }

    proptest! {
        #[test]
        fn words_of_new_lines_are_words_and_all_different(questions in proptest::collection::vec("\\PC{0,90}", 0..12)) {
            let wanted: Vec<_> = questions.iter().map(|it| line("", it, true)).collect();
            let lines = settle(&[], &wanted).unwrap();
            let different: HashSet<&str> = words(&lines).into_iter().collect();
            prop_assert_eq!(different.len(), wanted.len());
            for line in &lines {
                prop_assert!(line.word.len() <= 60 && !line.word.is_empty());
                let is_part = |part: &str| !part.is_empty() && part.bytes().all(|it| it.is_ascii_lowercase() || it.is_ascii_digit());
                prop_assert!(line.word.split('-').all(is_part), "{}", line.word);
            }
        }
    }
}
