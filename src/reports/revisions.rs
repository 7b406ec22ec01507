//! What changed between two texts, word by word. Pure.

use similar::{Algorithm, ChangeTag, TextDiff};
use std::time::{Duration, Instant};

/// When comparing ends with what it has: coarser, never wrong.
pub(super) type Deadline = Instant;

/// The deadline of a comparison that begins now.
pub(super) fn deadline() -> Deadline {
    Instant::now() + Duration::from_millis(400)
}

/// One line of a difference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct DiffLine {
    /// What happened to the line as a whole.
    pub change: Change,
    /// The line in pieces; a piece that changed is marked.
    pub pieces: Vec<Piece>,
    /// Its number in the old text, counted from 1.
    pub old_line: Option<usize>,
    /// Its number in the new text, counted from 1.
    pub new_line: Option<usize>,
}

/// A stretch of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Piece {
    /// Whether this very stretch is what changed.
    pub changed: bool,
    /// The text.
    pub text: String,
}

/// What happened to a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Change {
    /// The same in both.
    Same,
    /// Only in the old text.
    Removed,
    /// Only in the new text.
    Added,
    /// So many unchanged lines are left out here.
    Skipped(usize),
}

/// The difference of two texts, line by line, with the words that differ marked inside changed lines, and unchanged
/// stretches left out but for so many lines of context. Beyond the deadline it is coarser, never wrong.
pub(super) fn difference(
    old: &str,
    new: &str,
    context: usize,
    deadline: Deadline,
) -> Vec<DiffLine> {
    let diff = TextDiff::configure()
        .algorithm(Algorithm::Myers)
        .deadline(deadline)
        .diff_lines(old, new);
    let mut lines = Vec::new();
    let mut next_old = 0;
    for group in diff.grouped_ops(context) {
        let starts_at = group.first().map_or(next_old, |op| op.old_range().start);
        if starts_at > next_old {
            lines.push(skipped(starts_at - next_old));
        }
        for op in &group {
            let first = lines.len();
            for change in diff.iter_inline_changes(op) {
                lines.push(DiffLine {
                    change: match change.tag() {
                        ChangeTag::Equal => Change::Same,
                        ChangeTag::Delete => Change::Removed,
                        ChangeTag::Insert => Change::Added,
                    },
                    pieces: change
                        .iter_strings_lossy()
                        .map(|(changed, text)| Piece {
                            changed,
                            text: text.trim_end_matches('\n').to_owned(),
                        })
                        .collect(),
                    old_line: change.old_index().map(|index| index + 1),
                    new_line: change.new_index().map(|index| index + 1),
                });
            }
            mark_whole_lines(lines.get_mut(first..).unwrap_or_default());
        }
        next_old = group.last().map_or(next_old, |op| op.old_range().end);
    }
    let all = old.lines().count();
    if !lines.is_empty() && all > next_old {
        lines.push(skipped(all - next_old));
    }
    lines
}

/// Lines that came or went as a whole have no words marked inside them: then all of them are.
fn mark_whole_lines(lines: &mut [DiffLine]) {
    let words_are_marked = lines
        .iter()
        .flat_map(|line| &line.pieces)
        .any(|piece| piece.changed);
    if words_are_marked {
        return;
    }
    for line in lines {
        if matches!(line.change, Change::Added | Change::Removed) {
            for piece in &mut line.pieces {
                piece.changed = true;
            }
        }
    }
}

fn skipped(count: usize) -> DiffLine {
    DiffLine {
        change: Change::Skipped(count),
        pieces: Vec::new(),
        old_line: None,
        new_line: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn of(old: &str, new: &str) -> Vec<DiffLine> {
        difference(old, new, 3, deadline())
    }

    fn side(lines: &[DiffLine], keep: Change) -> Vec<String> {
        lines
            .iter()
            .filter(|line| line.change == Change::Same || line.change == keep)
            .map(|line| {
                line.pieces
                    .iter()
                    .map(|piece| piece.text.as_str())
                    .collect()
            })
            .collect()
    }

    #[test]
    fn the_words_that_differ_are_marked() {
        let lines = of("one two three\n", "one 2 three\n");
        assert_eq!(lines.len(), 2);
        let marked: Vec<&str> = lines[1]
            .pieces
            .iter()
            .filter(|piece| piece.changed)
            .map(|piece| piece.text.as_str())
            .collect();
        assert_eq!(marked, ["2"]);
    }

    fn marked(lines: &[DiffLine], side: Change) -> Vec<&str> {
        lines
            .iter()
            .filter(|line| line.change == side)
            .flat_map(|line| &line.pieces)
            .filter(|piece| piece.changed)
            .map(|piece| piece.text.as_str())
            .collect()
    }

    #[test]
    fn a_line_that_came_or_went_is_marked_as_a_whole() {
        let lines = of("one\ntwo\n", "one\nbrand new words\ntwo\n");
        assert_eq!(marked(&lines, Change::Added), ["brand new words"]);
        let lines = of("one\nold words\ntwo\n", "one\ntwo\n");
        assert_eq!(marked(&lines, Change::Removed), ["old words"]);
        // Nothing in common: not word by word, but both lines.
        let lines = of("alpha bravo\n", "12 34 56\n");
        assert_eq!(marked(&lines, Change::Removed).concat(), "alpha bravo");
        assert_eq!(marked(&lines, Change::Added).concat(), "12 34 56");
        // A word taken out of a line is no line added.
        let lines = of("one two three four\n", "one three four\n");
        assert_eq!(marked(&lines, Change::Added).concat().trim(), "");
        assert_eq!(marked(&lines, Change::Removed).concat().trim(), "two");
    }

    #[test]
    fn long_unchanged_stretches_are_left_out() {
        let old: String = (0..100)
            .map(|n| format!("line {n}\n"))
            .collect::<Vec<_>>()
            .concat();
        let new = old.replace("line 50\n", "line fifty\n");
        let lines = of(&old, &new);
        assert!(lines.len() < 12, "{}", lines.len());
        assert_eq!(lines[0].change, Change::Skipped(47));
        assert_eq!(lines.last().unwrap().change, Change::Skipped(46));
    }

    #[test]
    fn equal_texts_have_no_difference() {
        assert_eq!(of("same\n", "same\n"), []);
    }

    proptest! {
        #[test]
        fn both_sides_can_be_read_back(old in "([a-c ]{0,5}\n){0,6}", new in "([a-c ]{0,5}\n){0,6}") {
            let lines = of(&old, &new);
            prop_assume!(!lines.iter().any(|line| matches!(line.change, Change::Skipped(_))));
            if old != new {
                prop_assert_eq!(side(&lines, Change::Removed), old.lines().collect::<Vec<_>>());
                prop_assert_eq!(side(&lines, Change::Added), new.lines().collect::<Vec<_>>());
            }
        }
    }
}
