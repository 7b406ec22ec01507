//! The instants of times written by people: ranges, zones, short dates, and doubts about them.

use super::super::*;
use crate::reports::model::TimelineEvent;

/// Instant, words for it and text of each row.
pub(super) fn rows_of(text: &str) -> Vec<(String, String, String)> {
    let shown = |event: &TimelineEvent| {
        let at = event.at.map(|at| at.to_string()).unwrap_or_default();
        (at, event.at_text.clone(), event.text.clone())
    };
    parse(text).draft.timeline.iter().map(shown).collect()
}

/// One line below `## Timeline`, in a report that began on 15 August 2026.
#[track_caller]
pub(super) fn only(line: &str) -> (String, String, String) {
    let text = format!("---\ntitle: x\nstarted_at: 2026-08-15\n---\n## Timeline\n\n{line}\n");
    let mut rows = rows_of(&text);
    assert_eq!(rows.len(), 1, "{line}: {rows:?}");
    let draft = parse(&text).draft;
    assert_eq!(parse(&render(&draft)).draft, draft, "{line}");
    rows.remove(0)
}

pub(super) fn remarks(text: &str) -> Vec<String> {
    parse(text)
        .problems
        .iter()
        .map(|it| format!("{} {}", it.line, it.message))
        .collect()
}

#[test]
fn the_first_end_of_a_range_is_taken_and_both_are_kept() {
    let cases = [
        ("- 22:10-22:40 x", "2026-08-15T22:10:00Z", "22:10-22:40"),
        ("11:00-12:00 x", "2026-08-15T11:00:00Z", "11:00-12:00"),
        (
            "- 10:00-10:30 UTC x",
            "2026-08-15T10:00:00Z",
            "10:00-10:30 UTC",
        ),
        ("- 23:50-00:10 x", "2026-08-15T23:50:00Z", "23:50-00:10"),
        ("- 14:00〜14:20 | x", "2026-08-15T14:00:00Z", "14:00〜14:20"),
        (
            "- 14:00 – 14:20: x",
            "2026-08-15T14:00:00Z",
            "14:00 – 14:20",
        ),
        (
            "- 2026-08-15 02:00-07:00 x",
            "2026-08-15T02:00:00Z",
            "2026-08-15 02:00-07:00",
        ),
        ("- 2:00-3:15 pm x", "2026-08-15T02:00:00Z", "2:00-3:15 pm"),
        (
            "| Time | Event |\n|---|---|\n| 10:00-10:30 | x |",
            "2026-08-15T10:00:00Z",
            "10:00-10:30",
        ),
    ];
    for (line, at, said) in cases {
        let expected = (at.to_owned(), said.to_owned(), "x".to_owned());
        assert_eq!(only(line), expected, "{line}");
    }
}

#[test]
fn an_offset_is_no_range() {
    let cases = [
        ("- 2026-08-15T02:00-07:00 x", "2026-08-15T09:00:00Z"),
        ("- 2026-08-15 02:00:00-07:00 x", "2026-08-15T09:00:00Z"),
        ("- 2026-08-15 02:00 -07:00 x", "2026-08-15T09:00:00Z"),
        ("- 2026-08-15 14:02-07:00 x", "2026-08-15T21:02:00Z"),
        ("- 10:00 -07:00 x", "2026-08-15T17:00:00Z"),
        ("- 10:00+05:30 x", "2026-08-15T04:30:00Z"),
    ];
    for (line, at) in cases {
        assert_eq!(only(line).0, at, "{line}");
    }
}

#[test]
fn zones_are_read_however_they_are_written() {
    let cases = [
        ("- 22:12 GMT+5:45 x", "2026-08-15T16:27:00Z"),
        ("- 22:10 +01 x", "2026-08-15T21:10:00Z"),
        ("- 22:10 UTC+0200 x", "2026-08-15T20:10:00Z"),
        ("- 22:14 Europe/London x", "2026-08-15T21:14:00Z"),
        ("- 22:15 NZST x", "2026-08-15T10:15:00Z"),
        (
            "All times in PST\n\n- 10:00 (America/New_York) x",
            "2026-08-15T14:00:00Z",
        ),
        (
            "All times in Asia/Kolkata\n\n- 10:00 x",
            "2026-08-15T04:30:00Z",
        ),
        ("- 22:10 POST x fails", "2026-08-15T22:10:00Z"),
    ];
    for (line, at) in cases {
        let row = only(line);
        assert_eq!(row.0, at, "{line}");
        assert!(row.2.contains('x'), "{row:?}");
    }
}

#[test]
fn a_zone_nobody_knows_leaves_the_instant_open() {
    let row = only("- 22:10 YEKST x");
    assert_eq!(
        row,
        (String::new(), "22:10".to_owned(), "YEKST x".to_owned())
    );
    let text = "---\ntitle: x\nstarted_at: 2026-08-15\n---\n## Timeline\n\n- 22:10 YEKST x\n";
    assert!(
        remarks(text)
            .iter()
            .any(|it| it.contains("“YEKST” looks like a time zone"))
    );
}

#[test]
fn a_zone_of_several_places_is_the_reports_own_or_remarked() {
    let of = |zone: &str, line: &str| {
        format!(
            "---\ntitle: x\nstarted_at: 2026-08-15\ntimezone: {zone}\n---\n## Timeline\n\n{line}\n"
        )
    };
    let text = of("UTC", "- 10:00 CST x");
    assert_eq!(rows_of(&text)[0].0, "2026-08-15T16:00:00Z");
    assert!(
        remarks(&text)
            .iter()
            .any(|it| it.contains("“CST” was read as UTC-06:00"))
    );
    let text = of("Asia/Shanghai", "- 10:00 CST x");
    assert_eq!(rows_of(&text)[0].0, "2026-08-15T02:00:00Z");
    assert_eq!(remarks(&text), Vec::<String>::new());
    let text = of("UTC", "All times in IST.\n\n- 10:00 x");
    assert_eq!(rows_of(&text)[0].0, "2026-08-15T04:30:00Z");
    assert!(remarks(&text).iter().any(|it| it.contains("“IST”")));
}

#[test]
fn dates_without_a_year_are_read_before_a_time() {
    let cases = [
        (
            "| Time | Event |\n|---|---|\n| 08-15 22:00 | x |",
            "2026-08-15T22:00:00Z",
        ),
        ("- [03-26 17:40] x", "2026-03-26T17:40:00Z"),
        ("- 8/16 07:00 x", "2026-08-16T07:00:00Z"),
    ];
    for (line, at) in cases {
        assert_eq!(only(line).0, at, "{line}");
    }
    let rows = rows_of("## Timeline\n\n- 2026-12-31 23:50 a\n- 01-01 00:10 b\n- 01/02 00:10 c\n");
    let at: Vec<&str> = rows.iter().map(|row| row.0.as_str()).collect();
    assert_eq!(
        at,
        [
            "2026-12-31T23:50:00Z",
            "2027-01-01T00:10:00Z",
            "2027-01-02T00:10:00Z"
        ]
    );
}

#[test]
fn a_date_that_can_be_read_in_two_ways_needs_another_to_decide() {
    let text = "# T\n\n## Timeline\n\n- 03/04/2024 10:00 a\n- 11:00 b\n";
    let rows = rows_of(text);
    assert_eq!(
        rows[0],
        (String::new(), "03/04/2024 10:00".to_owned(), "a".to_owned())
    );
    assert_eq!(rows[1].0, "");
    assert!(
        remarks(text)
            .iter()
            .any(|it| it.starts_with("3 “03/04/2024” may be"))
    );
    let decided = [
        (
            "# T\n\n## Timeline\n\n- 03/04/2024 10:00 a\n- 25/04/2024 10:00 b\n",
            "2024-04-03T10:00:00Z",
        ),
        (
            "# T\n\nSince 03/25/2024.\n\n## Timeline\n\n- 03/04/2024 10:00 a\n",
            "2024-03-04T10:00:00Z",
        ),
        (
            "# T 2024-04-02\n\n## Timeline\n\n- 03/04/2024 10:00 a\n",
            "2024-04-03T10:00:00Z",
        ),
        (
            "# T\n\n## Timeline\n\n- 04/04/2024 10:00 a\n",
            "2024-04-04T10:00:00Z",
        ),
    ];
    for (text, at) in decided {
        assert_eq!(rows_of(text)[0].0, at, "{text}");
    }
}

#[test]
fn the_date_of_a_document_is_its_title_s_or_that_of_the_text_above_its_headings() {
    let cases = [
        "# 2024-03-30 outage\n\n## Timeline\n\n- 22:10 UTC a\n",
        "# Outage\n\nDate: 2024-03-30\n\n## Timeline\n\n- 22:10 UTC a\n",
        "# Outage\n\nWritten on 2024-04-07 by Ada\n**Date**: March 30th, 2024\n\n## Timeline\n\n- 22:10 UTC a\n",
        "# Outage\n\n| Date | 2024-03-30 |\n|---|---|\n\n## Timeline\n\n- 22:10 UTC a\n",
    ];
    for text in cases {
        assert_eq!(rows_of(text)[0].0, "2024-03-30T22:10:00Z", "{text}");
        let draft = parse(text).draft;
        assert_eq!(parse(&render(&draft)).draft, draft);
    }
    let written = "# Outage\n\nWritten on 2024-04-07 by Ada\n\n## Timeline\n\n- 22:10 UTC a\n";
    assert_eq!(rows_of(written)[0].0, "");
}

#[test]
fn times_that_stay_in_the_text_are_remarked_with_their_line() {
    let text = "---\ntitle: x\n---\n\n## Impact\n\n10:00\n\n## Timeline\n\nIt began.\n\nAt about 10:02 we saw it, and at 10:09 it was over.\n\n```\n10:03:00 log\n```\n\n## End\n";
    let found = remarks(text);
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(
        found[0].starts_with("13 1 line with a time of day stayed text"),
        "{found:?}"
    );
    let text =
        "## Timeline\n\n| Who | Did |\n|---|---|\n| Ada | called at 10:02 |\n| Bo | slept |\n";
    assert!(
        remarks(text).iter().any(|it| it.starts_with("5 1 line")),
        "{:?}",
        remarks(text)
    );
    let read = "## Timeline\n\n- 2026-08-15 10:00 a\n";
    assert_eq!(remarks(read).len(), 1, "only the missing title");
}
