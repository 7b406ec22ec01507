//! Two sequences against the one both were made from. Pure.

use crate::reports::revisions::Deadline;
use similar::{Algorithm, DiffOp, capture_diff_slices_deadline};
use std::hash::Hash;
use std::ops::Range;

/// A stretch of the result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Stretch<'a, T> {
    /// As it should stand: nobody changed it, one side did, or both did the same.
    Clean(&'a [T]),
    /// Both sides changed it, or things next to each other.
    Both {
        base: &'a [T],
        mine: &'a [T],
        theirs: &'a [T],
    },
}

/// Where a side differs from the base.
struct Hunk {
    base: Range<usize>,
    side: Range<usize>,
}

/// The differences of a side, apart from each other: between two of them stands something unchanged. What has not been
/// compared by the deadline counts as changed.
fn hunks<T: Eq + Hash>(base: &[T], side: &[T], deadline: Deadline) -> Vec<Hunk> {
    let mut hunks: Vec<Hunk> = Vec::new();
    for op in capture_diff_slices_deadline(Algorithm::Myers, base, side, Some(deadline)) {
        if matches!(op, DiffOp::Equal { .. }) {
            continue;
        }
        match hunks.last_mut() {
            Some(last)
                if last.base.end == op.old_range().start
                    && last.side.end == op.new_range().start =>
            {
                last.base.end = op.old_range().end;
                last.side.end = op.new_range().end;
            }
            Some(_) | None => hunks.push(Hunk {
                base: op.old_range(),
                side: op.new_range(),
            }),
        }
    }
    hunks
}

/// Puts two sequences together. In order, the stretches hold everything that either side added. After the deadline they
/// are longer, and more of them are both sides'.
pub(super) fn three_way<'a, T: Eq + Hash>(
    base: &'a [T],
    mine: &'a [T],
    theirs: &'a [T],
    deadline: Deadline,
) -> Vec<Stretch<'a, T>> {
    let (my_hunks, their_hunks) = (hunks(base, mine, deadline), hunks(base, theirs, deadline));
    let (mut my_rest, mut their_rest) = (my_hunks.as_slice(), their_hunks.as_slice());
    let mut stretches = Vec::new();
    let mut done = 0;
    while let Some(start) = [my_rest, their_rest]
        .into_iter()
        .filter_map(|rest| Some(rest.first()?.base.start))
        .min()
    {
        // Everything that overlaps or touches belongs together.
        let mut end = start;
        let (mut my_count, mut their_count) = (0, 0);
        loop {
            let before = (my_count, their_count);
            my_count += reaching(my_rest.get(my_count..), &mut end);
            their_count += reaching(their_rest.get(their_count..), &mut end);
            if before == (my_count, their_count) {
                break;
            }
        }
        let (my_part, my_later) = my_rest.split_at_checked(my_count).unwrap_or((my_rest, &[]));
        let (their_part, their_later) = their_rest
            .split_at_checked(their_count)
            .unwrap_or((their_rest, &[]));
        (my_rest, their_rest) = (my_later, their_later);
        stretches.push(Stretch::Clean(part(base, done..start)));
        let old = part(base, start..end);
        let (my_own, their_own) = (
            made_of(my_part, mine, &(start..end)).unwrap_or(old),
            made_of(their_part, theirs, &(start..end)).unwrap_or(old),
        );
        stretches.push(if their_part.is_empty() || my_own == their_own {
            Stretch::Clean(my_own)
        } else if my_part.is_empty() {
            Stretch::Clean(their_own)
        } else {
            Stretch::Both {
                base: old,
                mine: my_own,
                theirs: their_own,
            }
        });
        done = end;
    }
    stretches.push(Stretch::Clean(part(base, done..base.len())));
    stretches
}

/// How many hunks begin at or before `end`, which moves to where the last of them ends.
fn reaching(hunks: Option<&[Hunk]>, end: &mut usize) -> usize {
    let mut count = 0;
    for hunk in hunks.unwrap_or_default() {
        if hunk.base.start > *end {
            break;
        }
        *end = hunk.base.end.max(*end);
        count += 1;
    }
    count
}

/// What a side made of a stretch of the base, all of whose hunks there are given; none if it left it alone.
fn made_of<'a, T>(hunks: &[Hunk], side: &'a [T], stretch: &Range<usize>) -> Option<&'a [T]> {
    let (first, last) = (hunks.first()?, hunks.last()?);
    let start = first.side.start - (first.base.start - stretch.start);
    let end = last.side.end + (stretch.end - last.base.end);
    Some(part(side, start..end))
}

fn part<T>(all: &[T], range: Range<usize>) -> &[T] {
    all.get(range).unwrap_or(&[])
}
