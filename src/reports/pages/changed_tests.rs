//! Tests of what is shown of a change.

use super::*;
use proptest::prelude::*;

const HEAD: &str = "---\ntitle: Queue full\nkind: incident\nseverity: 3\nstarted_at: 2026-03-01T14:00:00Z\n---\n\n";

/// Each part with its lines: `-` and `+` before what went and came, `[…]` around words that differ.
fn compared(old: &str, new: &str) -> Vec<(String, Vec<String>)> {
    let shown = |line: &DiffLine| {
        let sign = match line.change {
            Change::Same => " ",
            Change::Removed => "-",
            Change::Added => "+",
            Change::Skipped(count) => return format!("…{count}"),
        };
        let pieces = line.pieces.iter();
        let pieces = pieces.map(|it| {
            if it.changed {
                format!("[{}]", it.text)
            } else {
                it.text.clone()
            }
        });
        format!("{sign}{}", pieces.collect::<String>())
    };
    let parts = changed_parts(old, new);
    let lines = parts.iter().map(|it| it.lines.iter().map(shown).collect());
    parts.iter().map(|it| it.name.clone()).zip(lines).collect()
}

fn part(name: &str, lines: &[&str]) -> (String, Vec<String>) {
    (
        name.to_owned(),
        lines.iter().map(|&it| it.to_owned()).collect(),
    )
}

#[test]
fn facts_are_told_in_words_and_not_as_front_matter() {
    let old = format!("{HEAD}## Summary\n\nIt was full.\n");
    let new = old
        .replace("severity: 3", "severity: 2\nservices: [queue]")
        .replace("14:00:00Z", "13:00:00Z");
    assert_eq!(
        compared(&old, &new),
        [part(
            "Facts",
            &[
                "-Severity: [SEV3]",
                "-Started: 1 Mar 2026, [14]:00 UTC",
                "+Severity: [SEV2]",
                "+[Services: queue]",
                "+Started: 1 Mar 2026, [13]:00 UTC",
            ]
        )]
    );
}

#[test]
fn a_row_that_changed_is_one_line_with_its_words_marked() {
    let old = format!(
        "{HEAD}## Timeline\n\n- 2026-03-01 14:02 UTC [detect] The alert fired\n  - role: on-call\n- 2026-03-01 14:30 UTC It ended\n\n## Countermeasures\n\n- [ ] Watch the queue (owner: Ana)\n"
    );
    let new = old
        .replace(
            "14:02 UTC [detect] The alert fired",
            "14:03 UTC [detect] The second alert fired",
        )
        .replace("owner: Ana", "owner: Ben");
    let parts = compared(&old, &new);
    assert_eq!(
        parts[0],
        part(
            "Timeline",
            &[
                "-1 Mar 2026 14:[02] · Detect · The alert fired · on-call",
                "+1 Mar 2026 14:[03] · Detect · The [second ]alert fired · on-call",
                "…1",
            ]
        )
    );
    let (name, lines) = &parts[1];
    assert_eq!(name, "Countermeasures");
    assert!(lines.contains(&"-    Owner: [Ana]".to_owned()), "{lines:?}");
    assert!(lines.contains(&"+    Owner: [Ben]".to_owned()), "{lines:?}");
}

#[test]
fn another_zone_is_one_fact_and_no_other_time() {
    let old = format!("{HEAD}## Timeline\n\n- 2026-03-01 14:02 UTC The alert fired\n");
    let new = old.replace("kind: incident", "kind: incident\ntimezone: Europe/Berlin");
    let parts = compared(&old, &new);
    assert_eq!(parts.len(), 1, "{parts:?}");
    assert_eq!(parts[0].0, "Facts");
}

#[test]
fn sections_are_compared_by_their_heading_and_what_is_gone_comes_last() {
    let old = format!("{HEAD}## Summary\n\nOne.\n\n## Impact\n\nTwo.\n\n## Notes\n\nThree.\n");
    let new = format!("{HEAD}## Impact\n\nTwo and a half.\n\n## Summary\n\nOne.\n");
    let parts = compared(&old, &new);
    let names: Vec<&str> = parts.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["Facts", "Impact", "Notes"]);
    assert_eq!(parts[2].1, ["-[Three.]"]);
}

#[test]
fn seconds_are_told_too() {
    let old = format!("{HEAD}## Summary\n\nOne.\n");
    let new = old
        .replace("14:00:00Z", "14:00:40.5Z")
        .replace("One.", "Two.");
    let parts = compared(&old, &new);
    let expected = "+Started: 1 Mar 2026, [14:00:40.5] UTC";
    assert!(
        parts[0]
            .1
            .iter()
            .any(|line| line.replace(['[', ']'], "") == expected.replace(['[', ']'], "")),
        "{parts:?}"
    );
}

#[test]
fn what_has_no_line_of_its_own_is_shown_as_it_is_written() {
    let old = format!("{HEAD}## Summary\n\nOne.\n");
    let new = old.replace("severity: 3", "severity: SEV3");
    assert_eq!(compared(&old, &new)[0].0, "Markdown");
    assert_eq!(compared(&old, &old), []);
}

proptest! {
    #[test]
    fn whatever_differs_is_shown(old in "(- (14:0[0-9] )?[ab]{1,3}\n|## [AB]\n|[ab ]{1,4}\n\n){0,8}", new in "(- (14:0[0-9] )?[ab]{1,3}\n|## [AB]\n|[ab ]{1,4}\n\n){0,8}") {
        let (old, new) = (format!("{HEAD}## Timeline\n\n{old}"), format!("{HEAD}## Timeline\n\n{new}"));
        prop_assert_eq!(changed_parts(&old, &new).is_empty(), old == new);
    }
}
