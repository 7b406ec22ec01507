//! Tests of rows and sections that two people add, change and take out.

use super::tests::{set, text};
use super::*;
use proptest::prelude::*;
use std::fmt::Write as _;

/// Both ways round: which side is called mine does not matter.
fn both_ways(base: &str, one: &str, other: &str) -> Text {
    let (merged, turned) = (text(base, one, other), text(base, other, one));
    assert_eq!(merged.is_clean(), turned.is_clean());
    if merged.is_clean() {
        assert_eq!(merged.together(), turned.together());
    }
    merged
}

#[test]
fn rows_that_both_added_stand_in_the_order_of_their_times() {
    let base = "## Timeline\n\n- 2026-11-17 10:00 UTC alert\n\n## Impact\n\nx\n";
    let with = |rows: &str| base.replace("alert\n", &format!("alert\n{rows}"));
    let ada = "- 2026-11-17 10:05 UTC paged\n  and called\n";
    let bob = "- 2026-11-17 10:03 UTC looked\n- ? somebody asked\n- 2026-11-17 10:09 UTC fixed\n";
    let merged = both_ways(base, &with(ada), &with(bob));
    assert!(merged.is_clean(), "{merged:?}");
    let rows = "- 2026-11-17 10:03 UTC looked\n- ? somebody asked\n- 2026-11-17 10:05 UTC paged\n  and called\n- 2026-11-17 10:09 UTC fixed\n";
    assert_eq!(merged.together(), with(rows));

    // The first rows of all.
    let empty = "## Timeline\n\n## Impact\n\nx\n";
    let with = |rows: &str| empty.replace("Timeline\n\n", &format!("Timeline\n\n{rows}\n"));
    let merged = both_ways(empty, &with(ada), &with(bob));
    assert_eq!(merged.together(), with(rows));
    // One that both wrote stands once.
    let both = format!("{ada}- 2026-11-17 10:07 UTC mended\n");
    let merged = both_ways(empty, &with(ada), &with(&format!("{bob}{both}")));
    assert_eq!(merged.together().matches("paged").count(), 1);
    assert!(merged.is_clean());
}

#[test]
fn rows_of_other_lists_that_both_added_are_kept() {
    for heading in [
        "Countermeasures",
        "Contributing factors",
        "Went well",
        "Surprises {role=surprise}",
    ] {
        let base = format!("## {heading}\n\n- [ ] old one\n");
        let (mine, theirs) = (
            format!("{base}- [ ] mine\n\n  at length\n"),
            format!("{base}- [ ] theirs (owner: bo)\n"),
        );
        let merged = both_ways(&base, &mine, &theirs);
        assert!(merged.is_clean(), "{heading}: {merged:?}");
        for row in ["- [ ] mine\n\n  at length\n", "- [ ] theirs (owner: bo)\n"] {
            assert!(merged.together().contains(row), "{heading}");
        }
    }
}

#[test]
fn a_row_that_both_changed_is_for_people_to_settle() {
    let base = "## Timeline\n\n- 2026-11-17 10:00 UTC alert\n";
    let change = |to: &str, more: &str| format!("{}{more}", base.replace("alert", to));
    let row = "- 2026-11-17 10:05 UTC paged\n";
    // One changes it, the other adds below: both stand.
    let merged = both_ways(base, &change("alarm", ""), &change("alert", row));
    assert_eq!(merged.together(), change("alarm", row));
    // Both change it, whatever they add.
    let merged = both_ways(base, &change("alarm", row), &change("bell", ""));
    assert_eq!(merged.overlaps(), ["Timeline"]);
    // What one began and the other went on with is one row.
    let begun = "- 2026-11-17 10:05 UTC page\n";
    let merged = both_ways(base, &change("alert", row), &change("alert", begun));
    assert_eq!(merged.overlaps(), ["Timeline"]);
    // So is a row with something else below it.
    let merged = both_ways(
        base,
        &change("alert", row),
        &change("alert", "\nMore to say.\n"),
    );
    assert_eq!(merged.overlaps(), ["Timeline"]);
}

#[test]
fn a_section_that_one_took_out_is_named_when_the_other_changed_it() {
    let base = "## Summary\n\ns\n\n## Impact\n\nIt hurt.\n\n## Resolution\n\nr\n";
    let without = base.replace("## Impact\n\nIt hurt.\n\n", "");
    let changed = base.replace("It hurt.", "It hurt much.");
    for (mine, theirs) in [(&without, &changed), (&changed, &without)] {
        let merged = text(base, mine, theirs);
        assert_eq!(merged.overlaps(), ["Impact"]);
        assert_eq!(merged.together(), changed);
    }
    // The last one, and with the one above it changed by both.
    let last = |text: &str| text.replace("\n## Resolution\n\nr\n", "");
    let merged = text(&last(base), "## Summary\n\ns\n", &last(&changed));
    assert_eq!(merged.overlaps(), ["Impact"]);
    let merged = text(
        base,
        &without.replace("\ns\n", "\nmine\n"),
        &changed.replace("\ns\n", "\ntheirs\n"),
    );
    assert_eq!(merged.overlaps(), ["Summary", "Impact"]);
}

/// What somebody does to a list of rows: at a place, put in, take out, or change.
fn row_edits() -> impl Strategy<Value = Vec<(usize, u8, u8)>> {
    prop::collection::vec((0..6_usize, 0..4_u8, 0..60_u8), 0..4)
}

/// The rows after the edits; a row put in has a time, none, or lines of its own.
fn row_edited(rows: &[String], edits: &[(usize, u8, u8)], who: &str) -> Vec<String> {
    let mut rows = rows.to_vec();
    for (number, (place, what, minute)) in edits.iter().enumerate() {
        let at = place % (rows.len() + 1);
        let new = format!("new{who}{number}");
        match (what, rows.get_mut(at)) {
            (0, _) => rows.insert(at, format!("- 2026-11-17 10:{minute:02} UTC {new}")),
            (1, _) => rows.insert(at, format!("- ? {new}\n\n  more of {new}x")),
            (2, Some(_)) => drop(rows.remove(at)),
            (3, Some(row)) if !row.contains("new") => {
                write!(row, " changed{who}{number}").unwrap();
            }
            _ => {}
        }
    }
    rows
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn no_row_of_either_side_is_ever_dropped_or_cut(
        count in 0..5_usize, my_edits in row_edits(), their_edits in row_edits(), place in 0..3_usize,
    ) {
        let rows: Vec<String> = (0..count).map(|at| format!("- 2026-11-17 10:{at}0 UTC b{at}")).collect();
        let whole = |rows: &[String]| {
            let section = |heading: &str, text: &str| format!("## {heading}\n\n{text}\n");
            let mut parts = vec![section("Summary", "s\n"), section("Impact", "i\n")];
            let list: Vec<String> = rows.iter().map(|row| format!("{row}\n")).collect();
            let list = list.concat();
            parts.insert(place, section("Timeline", &list));
            parts.concat()
        };
        let (mine, theirs) = (row_edited(&rows, &my_edits, "m"), row_edited(&rows, &their_edits, "t"));
        let (base, mine_text, their_text) = (whole(&rows), whole(&mine), whole(&theirs));
        let merged = both_ways(&base, &mine_text, &their_text);
        let together = merged.together();
        let new = |side: &[String]| -> Vec<String> { side.iter().filter(|row| !rows.contains(row)).cloned().collect() };
        for row in new(&mine).iter().chain(&new(&theirs)) {
            for word in set(row) {
                prop_assert!(together.contains(word), "{} in {}", word, together);
            }
        }
        if merged.is_clean() {
            // What only one of them touched stands whole, and once; what either took out does not.
            for row in new(&mine).iter().chain(&new(&theirs)).filter(|row| row.contains("new")) {
                let row = format!("\n{row}\n");
                prop_assert_eq!(together.matches(&row).count(), 1, "{} in {}", row, together);
            }
            for row in &rows {
                let kept = mine.contains(row) && theirs.contains(row);
                let count = together.lines().filter(|line| line == row).count();
                prop_assert_eq!(count, usize::from(kept), "{} in {}", row, together);
            }
        }
    }
}
