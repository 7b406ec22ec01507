//! What gives the rows of a timeline their day and zone, and what must not.

use super::super::*;
use super::times::{only, remarks, rows_of};

const DATED: &str = "---\ntitle: x\n---\n## Timeline\n\n";

/// The instants of a timeline, as text.
fn instants(text: &str) -> Vec<String> {
    let rows = rows_of(text).into_iter();
    rows.map(|row| row.0.trim_end_matches(":00Z").to_owned())
        .collect()
}

#[test]
fn stories_between_the_rows_say_neither_day_nor_zone() {
    for story in [
        "It was much like the outage of 2024-05-05.",
        "The CT scan team was called, and three times the EST office.",
        "At times EST offices were called, and MST ones three times.",
        "At 10:00 PST the vendor knew it, as on 2024-05-05.",
        "We saw in EST timestamps what had happened 2024-05-05 10:00.",
        "The PST team said so.\n2024-05-05 is when we had tested it in CET.",
    ] {
        let text = format!("{DATED}- 2026-03-01 14:02 a\n\n{story}\n\n- 14:20 b\n");
        let found = instants(&text);
        let last = found.last().map(String::as_str);
        assert_eq!(last, Some("2026-03-01T14:20"), "{story}: {found:?}");
    }
}

#[test]
fn a_date_line_or_a_sentence_about_times_between_the_rows_counts() {
    let cases = [
        ("**2026-03-02**", "2026-03-02T14:20"),
        ("On Monday, March 2nd 2026:", "2026-03-02T14:20"),
        ("Day 2: 2026-03-02 (CET)", "2026-03-02T13:20"),
        ("2026年3月2日(月)", "2026-03-02T14:20"),
        ("### Meanwhile, 2026-03-02", "2026-03-02T14:20"),
        ("### In Europe (CET)", "2026-03-01T13:20"),
        ("From here on, all times are in CET.", "2026-03-01T13:20"),
        ("Times below: EST", "2026-03-01T19:20"),
        ("All PST times.", "2026-03-01T22:20"),
        ("All times PST.", "2026-03-01T22:20"),
        ("(UTC+2)", "2026-03-01T12:20"),
        ("以下の時刻は JST です。", "2026-03-01T05:20"),
    ];
    for (said, at) in cases {
        let text = format!("{DATED}- 2026-03-01 14:02 a\n\n{said}\n\n- 14:20 b\n");
        assert_eq!(instants(&text).last().unwrap(), at, "{said}");
        let draft = parse(&text).draft;
        assert_eq!(parse(&render(&draft)).draft, draft, "{said}");
    }
}

#[test]
fn before_the_first_row_an_abbreviation_needs_a_time_or_a_sentence_about_times() {
    let cases = [
        ("The CT scan team was on call.", "2026-03-01T14:20"),
        ("The PST team was on call.", "2026-03-01T14:20"),
        ("### The CT scan team", "2026-03-01T14:20"),
        ("The alarm of 13:40 CET came late.", "2026-03-01T13:20"),
        ("All times are given in PST.", "2026-03-01T22:20"),
        ("All times in PT (Pacific time).", "2026-03-01T22:20"),
        ("All times are Central European Time.", "2026-03-01T13:20"),
        ("*Times listed are\nin PST (UTC-7)*", "2026-03-01T21:20"),
        ("Timezone: CET", "2026-03-01T13:20"),
        ("Local time (CET)", "2026-03-01T13:20"),
        ("_CET_", "2026-03-01T13:20"),
        ("Our office is in Europe/Paris.", "2026-03-01T13:20"),
    ];
    for (said, at) in cases {
        let text = format!(
            "---\ntitle: x\nstarted_at: 2026-03-01\n---\n## Timeline\n\n{said}\n\n- 14:20 b\n"
        );
        assert_eq!(instants(&text), [at], "{said}");
    }
}

#[test]
fn a_year_of_three_digits_is_no_year() {
    for said in ["11/03/202", "11/03/202 10:00", "11/03/0202", "11/03/2999"] {
        let text = format!("{DATED}- 10/14/2022 a\n- {said} b\n");
        let rows = rows_of(&text);
        assert_eq!(rows[0].0, "2022-10-14T00:00:00Z");
        assert_eq!(rows[1].0, "", "{rows:?}");
        assert!(rows[1].2.contains(said), "{rows:?}");
        assert!(remarks(&text).iter().any(|it| it.contains("1 of 2 events")));
        let table =
            format!("{DATED}| Date | Event |\n|---|---|\n| 10/14/2022 | a |\n| {said} | b |\n");
        let kept = (String::new(), said.to_owned(), "b".to_owned());
        assert_eq!(rows_of(&table)[1], kept);
    }
    let lines = format!("{DATED}10/14/2022 - a\n\n11/03/202 - b\n");
    assert_eq!(instants(&lines), ["2022-10-14T00:00"]);
    assert_eq!(parse(&lines).draft.sections[0].text, "11/03/202 - b");
    assert!(
        remarks(&lines)[0].starts_with("8 1 line with a date stayed text"),
        "{:?}",
        remarks(&lines)
    );
    assert_eq!(
        instants(&format!("{DATED}- 11/30/22 a\n")),
        ["2022-11-30T00:00"]
    );
}

#[test]
fn a_row_without_a_zone_is_in_that_of_the_rows_above() {
    let named = "### 2017-11-30 16:22 PST\n\na\n\n### 17:04 PST\n\nb\n\n### 17:07\n\nc\n\n### 17:21 PST\n\nd\n";
    let text = format!("{DATED}{named}");
    let late = [
        "2017-12-01T00:22",
        "2017-12-01T01:04",
        "2017-12-01T01:07",
        "2017-12-01T01:21",
    ];
    assert_eq!(instants(&text), late);
    let said: Vec<String> = remarks(&text);
    assert_eq!(said.len(), 1, "{said:?}");
    assert!(said[0].contains("“17:07” names no zone") && said[0].contains("-08:00"));
    // Who says the zone for all means it.
    let stated =
        format!("{DATED}All times in CET unless noted.\n\n- 2017-11-30 16:22 PST a\n- 17:07 b\n");
    assert_eq!(instants(&stated)[1], "2017-11-30T16:07");
    let header = "---\ntitle: x\ntimezone: Europe/Paris\n---\n## Timeline\n\n- 2017-11-30 16:22 PST a\n- 17:07 b\n";
    assert_eq!(instants(header)[1], "2017-11-30T16:07");
    // One exception among rows that name none.
    let one = format!("{DATED}- 2017-11-30 10:00 a\n- 02:05 PST b\n- 10:07 c\n");
    assert_eq!(
        instants(&one),
        ["2017-11-30T10:00", "2017-11-30T10:05", "2017-11-30T10:07"]
    );
    assert!(remarks(&one)[0].contains("“10:00” names no zone"));
    let table = format!(
        "{DATED}| Time | Event |\n|---|---|\n| 2017-11-30 16:22 EST | a |\n| 17:07 | b |\n"
    );
    assert_eq!(instants(&table)[1], "2017-11-30T22:07");
    for text in [&text, &stated, &one, &table] {
        let draft = parse(text).draft;
        assert_eq!(parse(&render(&draft)).draft, draft);
    }
}

#[test]
fn a_time_that_goes_back_is_remarked() {
    let text = format!("{DATED}- 2018-04-18 19:47 a\n- 11:07 b\n- 11:30 c\n");
    let said = remarks(&text);
    assert_eq!(said.len(), 1, "{said:?}");
    assert!(said[0].contains("“11:07” lies more than an hour before “19:47”"));
    for fine in [
        "- 2018-04-18 19:47 a\n- 18:50 b\n",
        "- 2018-04-18 19:47 a\n- 2018-04-18 11:07 b\n",
        "- 2018-04-18 23:47 a\n- 00:07 b\n",
        "- 2018-04-18 19:47 UTC a\n- 11:07 PST b\n",
        "### 2018-04-18\n\n- 19:47 a\n\n### 2018-04-19\n\n- 11:07 b\n",
    ] {
        let said = remarks(&format!("{DATED}{fine}"));
        assert_eq!(said, Vec::<String>::new(), "{fine}");
    }
}

#[test]
fn what_cannot_be_an_offset_is_the_end_of_a_range() {
    let cases = [
        (
            "- 2026-08-15T10:00-10:30 x",
            "2026-08-15T10:00:00Z",
            "2026-08-15T10:00-10:30",
        ),
        (
            "- 2026-08-15T10:00-11:15 x",
            "2026-08-15T10:00:00Z",
            "2026-08-15T10:00-11:15",
        ),
        (
            "- 2026-08-15T02:00-03:30 x",
            "2026-08-15T05:30:00Z",
            "2026-08-15T02:00-03:30",
        ),
        (
            "- 2026-08-15T09:00-10:00 x",
            "2026-08-15T19:00:00Z",
            "2026-08-15T09:00-10:00",
        ),
        (
            "- 2026-08-15 10:00 -10:30 x",
            "2026-08-15T20:30:00Z",
            "2026-08-15 10:00 -10:30",
        ),
    ];
    for (line, at, said) in cases {
        assert_eq!(only(line), (at.to_owned(), said.to_owned(), "x".to_owned()));
    }
}

#[test]
fn the_time_as_written_is_kept_where_the_instant_does_not_tell_it() {
    let text = "---\ntitle: x\ntimezone: UTC\n---\n## Timeline (JST)\n\n- 2026-03-23 23:00 a\n- 2026-03-23 22:10 b\n- 09:00:00 UTC c\n";
    let rows = rows_of(text);
    assert_eq!(rows[0].0, "2026-03-23T14:00:00Z");
    assert_eq!(rows[0].1, "2026-03-23 23:00");
    assert_eq!(rows[2].1, "09:00:00 UTC");
    let draft = parse(text).draft;
    assert_eq!(parse(&render(&draft)).draft, draft);
    assert_eq!(only("- 2026-08-15 15:00 UTC x").1, "");
}
