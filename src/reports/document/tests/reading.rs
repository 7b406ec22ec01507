//! What is understood of documents written by others.

use super::super::*;
use crate::reports::model::*;

fn rows_of(text: &str) -> Vec<(String, String, String)> {
    let parsed = parse(text);
    let shown = |event: &TimelineEvent| {
        let at = event.at.map(|at| at.to_string()).unwrap_or_default();
        (at, event.at_text.clone(), event.text.clone())
    };
    parsed.draft.timeline.iter().map(shown).collect()
}

fn row(at: &str, at_text: &str, text: &str) -> (String, String, String) {
    (at.to_owned(), at_text.to_owned(), text.to_owned())
}

#[test]
fn times_are_read_in_every_usual_way() {
    let cases = [
        ("- 2026-03-01 14:02 text", "2026-03-01T14:02:00Z"),
        ("- 2026-03-01T14:02:03Z: text", "2026-03-01T14:02:03Z"),
        ("* 14:02 UTC - text", "2026-02-28T14:02:00Z"),
        ("- **14:02** \u{2013} text", "2026-02-28T14:02:00Z"),
        ("- **2026-03-01 14:02 (JST):** text", "2026-03-01T05:02:00Z"),
        ("- [14:02] text", "2026-02-28T14:02:00Z"),
        ("- 2:02 PM PST text", "2026-02-28T22:02:00Z"),
        ("- 12:30am text", "2026-02-28T00:30:00Z"),
        ("- 03/01/2026 11:00 pm EDT - text", "2026-03-02T03:00:00Z"),
        ("- March 1st, 2026, 10:00 AM: text", "2026-03-01T10:00:00Z"),
        ("- 1 March 2026 10:00 +0900 text", "2026-03-01T01:00:00Z"),
        ("- 2026年3月1日 19時25分 JST text", "2026-03-01T10:25:00Z"),
        ("- Mon 2 Mar 09:15 CET: text", "2026-03-02T08:15:00Z"),
        ("- ca. 14:02 GMT+2 text", "2026-02-28T12:02:00Z"),
    ];
    for (line, at) in cases {
        let text = format!("---\ntitle: x\nstarted_at: 2026-02-28\n---\n## Timeline\n\n{line}\n");
        let rows = rows_of(&text);
        assert_eq!(rows.len(), 1, "{line}");
        assert_eq!(
            (rows[0].0.as_str(), rows[0].2.as_str()),
            (at, "text"),
            "{line}"
        );
    }
}

#[test]
fn times_without_date_roll_over_midnight() {
    let text =
        "## Timeline (all times PST) May 5th, 2025\n\n* 22:00 a\n* 23:50 b\n* 00:10 c\n* 01:00 d\n";
    let rows = rows_of(text);
    assert_eq!(
        rows,
        [
            row("2025-05-06T06:00:00Z", "22:00", "a"),
            row("2025-05-06T07:50:00Z", "23:50", "b"),
            row("2025-05-06T08:10:00Z", "00:10", "c"),
            row("2025-05-06T09:00:00Z", "01:00", "d"),
        ]
    );
}

#[test]
fn a_time_is_of_the_next_day_when_it_goes_back_by_more_than_half_a_day() {
    for (times, expected) in [
        (["14:00", "02:00"], "2026-03-01T02:00:00Z"),
        (["14:00", "01:59"], "2026-03-02T01:59:00Z"),
        (["14:00", "01:01"], "2026-03-02T01:01:00Z"),
        (["14:00:01", "02:00:00"], "2026-03-02T02:00:00Z"),
        (["14:00", "13:30"], "2026-03-01T13:30:00Z"),
    ] {
        let [first, second] = times;
        let text = format!("## Timeline\n\n- 2026-03-01 {first} a\n- {second} b\n");
        let rows = parse(&text).draft.timeline;
        assert_eq!(rows[1].at.unwrap().to_string(), expected, "{times:?}");
    }
}

#[test]
fn a_time_that_cannot_be_placed_is_kept_as_written() {
    let parsed =
        parse("# T\n\n## Timeline\n\n- 14:02 a\n- then b\n\nProse between.\n\n- 14:05 c\n");
    let rows = &parsed.draft.timeline;
    assert_eq!(rows.len(), 3);
    assert!(rows.iter().all(|event| event.at.is_none()));
    assert_eq!(rows[0].at_text, "14:02");
    assert_eq!(rows[1].text, "then b");
    assert_eq!(parsed.draft.sections[0].text, "Prose between.");
    let problem = parsed
        .problems
        .iter()
        .find(|problem| problem.field == "timeline")
        .unwrap();
    assert_eq!(problem.line, 3);
    assert!(
        problem.message.starts_with("3 of 3 events"),
        "{}",
        problem.message
    );
}

#[test]
fn dates_stand_above_their_times() {
    let text = "## Timeline\n\nAll times UTC.\n\n### 2025-07-26 Saturday\n\n- 13:14: a\n\n_7/27/25_\n\n9:05 AM: b\nmore of b\n9:06 AM: c\n\n### 2025-07-28 10:00 - d\n\nStory.\n\n- 2025-07-29\n  - 08:00 e\n  - 09:00 f\n";
    let rows = rows_of(text);
    assert_eq!(
        rows[..3],
        [
            row("2025-07-26T13:14:00Z", "", "a"),
            row("2025-07-27T09:05:00Z", "9:05 AM", "b\nmore of b"),
            row("2025-07-27T09:06:00Z", "9:06 AM", "c"),
        ]
    );
    assert_eq!(rows.len(), 4);
    assert!(rows[3].2.starts_with("d\n\nStory."), "{rows:?}");
}

#[test]
fn nested_days_and_lists_that_end_with_a_time_are_read() {
    let rows = rows_of("## Timeline\n\n- May 10th, 2021\n  - 08:00 e\n  - 09:00 f\n");
    assert_eq!(
        rows,
        [
            row("2021-05-10T08:00:00Z", "May 10th, 2021", "e"),
            row("2021-05-10T09:00:00Z", "", "f"),
        ]
    );
    let rows = rows_of("## Timeline\n\n  - 2021-05-10 08:00 e\n    more\n  - 2021-05-10 09:00 f\n");
    assert_eq!(rows[0], row("2021-05-10T08:00:00Z", "", "e\nmore"));
    let rows = rows_of(
        "- **Key events**\n  - First detected 2022-03-10 11:48\n  - Repaired 2022-03-10 11.56\n\n- **Impact**: all\n\n- **Resolution**:\n  - undone\n",
    );
    assert_eq!(
        rows,
        [
            row("2022-03-10T11:48:00Z", "", "First detected"),
            row("2022-03-10T11:56:00Z", "", "Repaired"),
        ]
    );
}

#[test]
fn the_foreign_fixture_is_understood() {
    let text = include_str!("../../../../tests/data/reports/foreign.md");
    let parsed = parse(text);
    let draft = &parsed.draft;
    assert_eq!(draft.title, "Cache stampede");
    assert_eq!(
        draft.extra.get("crew").map(String::as_str),
        Some("[The Cache Crew]")
    );
    let roles: Vec<_> = draft.sections.iter().map(|section| section.role).collect();
    assert_eq!(
        roles,
        [
            SectionRole::Other,
            SectionRole::Summary,
            SectionRole::Timeline,
            SectionRole::Timeline,
            SectionRole::Other,
            SectionRole::WentWell,
            SectionRole::Lucky,
            SectionRole::Countermeasures,
            SectionRole::Factors,
        ]
    );
    assert_eq!(draft.timeline.len(), 6);
    assert_eq!(
        draft.timeline[4].at.unwrap().to_string(),
        "2025-05-05T16:47:00Z"
    );
    assert_eq!(draft.timeline[4].phase, Some(Phase::Detect));
    let measures = &draft.countermeasures;
    assert_eq!(measures.len(), 4);
    assert_eq!(measures[0].status, CountermeasureStatus::Done);
    assert_eq!(measures[0].kind, Some(CountermeasureType::Prevent));
    assert_eq!(measures[0].tracker, "https://example.org/issues/12");
    assert_eq!(measures[0].owner, "ada");
    assert_eq!(measures[2].owner, "bo");
    assert_eq!(measures[2].status, CountermeasureStatus::InProgress);
    assert_eq!(measures[2].due_on, Some(jiff::civil::date(2025, 6, 1)));
    assert!(measures[3].details.contains("Due: someday"));
    assert_eq!(draft.learnings.len(), 2);
    assert!(draft.factors.is_empty());
}

#[test]
fn a_bracket_behind_a_countermeasure_becomes_its_fields() {
    let read = |line: &str| {
        let text = format!("# T\n\n## Action items\n\n- {line}\n");
        let draft = parse(&text).draft;
        assert_eq!(parse(&render(&draft)).draft, draft, "{line}");
        let row = draft.countermeasures[0].clone();
        let due = row.due_on.map(|date| date.to_string()).unwrap_or_default();
        (row.title, row.owner, due)
    };
    let row =
        |title: &str, owner: &str, due: &str| (title.to_owned(), owner.to_owned(), due.to_owned());
    for bracket in [
        "(owner: Bob, due 2026-12-01)",
        "(due: 2026-12-01; Owner: Bob)",
    ] {
        let line = format!("Fix the retries {bracket}");
        assert_eq!(read(&line), row("Fix the retries", "Bob", "2026-12-01"));
    }
    // What is not understood, or would lose a word, stays.
    for (line, owner, due) in [
        ("Fix it (owner: Bob, ask Ann)", "Bob", ""),
        ("Fix it (due by 1 December 2026)", "", "2026-12-01"),
        ("Fix it (due to load)", "", ""),
        ("Fix it (see above)", "", ""),
        ("(owner: Bob)", "Bob", ""),
        ("Overdue 2026-12-01 or residue 2026-12-02", "", ""),
    ] {
        assert_eq!(read(line), row(line, owner, due), "{line}");
    }
    assert_eq!(
        read("Fix it, due to load, due on 2026-12-01, by Ann").2,
        "2026-12-01"
    );
}

#[test]
fn the_canonical_fixture_is_what_is_written() {
    let text = include_str!("../../../../tests/data/reports/canonical.md");
    let draft = parse(text).draft;
    assert_eq!(render(&draft), text);
    assert_eq!(draft.import_key.as_deref(), Some("PM-12"));
    let event = &draft.timeline[1];
    assert!(event.starred);
    assert_eq!(event.role, "on-call engineer");
    assert_eq!(event.evidence, "https://example.org/alert/7");
    assert_eq!(event.known_at.unwrap().to_string(), "2026-03-01T22:11:00Z");
    assert_eq!(draft.factors[1].role, FactorRole::Amplified);
    assert_eq!(
        draft.countermeasures[0].result,
        Some(CheckResult::Confirmed)
    );
    assert_eq!(
        summary(&draft),
        "Every tenth order failed for an hour and a half."
    );
}

#[test]
fn front_matter_is_read_by_many_names_and_never_lost() {
    let text = "---\nuuid: abc\nstart_time: 2026-03-01 10:00\nended_at: 2026-03-01 09:00\ntimezone: Europe/Paris\nproduct: shop\ncategories: [A, b]\nkeywords: c, d\nurl: https://e.org\nseverity: down\nversion: 1.10\nnested: {a: [1, \"two: 2\"], b: null}\nsummary: It broke.\nfactors: [one, two]\ntimeline: [{at: 2026-03-01T09:05:00Z, kind: detection, text: seen, who: x}]\ncountermeasures: [{action: fix, status: doing, due: 2026-04-01}]\n# a remark\n---\n# T\n";
    let parsed = parse(text);
    let draft = &parsed.draft;
    assert_eq!(draft.import_key.as_deref(), Some("abc"));
    assert_eq!(draft.title, "T");
    assert_eq!(
        draft.times.started_at.unwrap().to_string(),
        "2026-03-01T09:00:00Z"
    );
    assert_eq!(draft.times.resolved_at, None);
    assert_eq!(draft.extra["ended_at"], "\"2026-03-01 09:00\"");
    assert_eq!(draft.services, ["shop"]);
    assert_eq!(draft.tags, ["a", "b", "c", "d"]);
    assert_eq!(draft.sources, ["https://e.org"]);
    assert_eq!(draft.extra["severity"], "down");
    assert_eq!(draft.extra["version"], "1.10");
    assert_eq!(draft.extra["nested"], "{a: [1, \"two: 2\"], b: null}");
    assert_eq!(draft.extra["comments"], "\"# a remark\"");
    assert_eq!(draft.factors.len(), 2);
    assert_eq!(draft.timeline[0].phase, Some(Phase::Detect));
    assert_eq!(draft.timeline[0].text, "seen \u{2014} who: x");
    assert_eq!(
        draft.countermeasures[0].status,
        CountermeasureStatus::InProgress
    );
    assert_eq!(summary(draft), "It broke.");
    let fields: Vec<&str> = parsed
        .problems
        .iter()
        .map(|problem| problem.field.as_str())
        .collect();
    assert_eq!(fields, ["severity", "resolved_at"]);
    assert_eq!(parsed.problems[1].line, 4);
    assert!(draft.check().is_empty());
    assert_eq!(parse(&render(draft)).draft, *draft);
}

#[test]
fn front_matter_that_cannot_be_read_stays_as_text() {
    for bad in ["a: [", "- x", "a: &b 1\nc: *b", "a: 1\na: 2"] {
        let parsed = parse(&format!("---\n{bad}\n---\n# T\n\nbody"));
        assert_eq!(parsed.problems[0].field, "front matter", "{bad}");
        let text = &parsed.draft.sections[0].text;
        assert!(
            text.contains(bad) && text.contains("```yaml") && text.contains("body"),
            "{text}"
        );
        assert_eq!(parsed.draft.title, "T");
    }
}

#[test]
fn headings_mean_what_they_say() {
    let cases = [
        ("Issue Summary", SectionRole::Summary),
        ("## 2. IMPACT:", SectionRole::Impact),
        ("\u{1f525} Root Cause(s)", SectionRole::Factors),
        ("Timeline (all times UTC)", SectionRole::Timeline),
        ("**Timeline**", SectionRole::Timeline),
        ("Lessons learned", SectionRole::Other),
        ("What went wrong?", SectionRole::WentPoorly),
        ("What didn't go well", SectionRole::WentPoorly),
        ("Action items & followups", SectionRole::Countermeasures),
        (
            "Corrective and Preventative Measures",
            SectionRole::Countermeasures,
        ),
        ("概要", SectionRole::Summary),
        ("根本原因分析", SectionRole::Factors),
        ("うまくいったこと", SectionRole::WentWell),
        ("再発防止策", SectionRole::Countermeasures),
        ("5 Whys", SectionRole::Factors),
        ("References", SectionRole::Other),
    ];
    for (heading, role) in cases {
        assert_eq!(headings::role_of(heading), role, "{heading}");
    }
    for role in SectionRole::ALL {
        assert_eq!(headings::role_of(role.label()), *role);
    }
}

#[test]
fn bytes_are_decoded_or_refused_with_a_place() {
    assert_eq!(decode(b"\xef\xbb\xbfa\r\nb").unwrap(), "a\nb");
    assert_eq!(decode(b"\xff\xfea\0\n\0").unwrap(), "a\n");
    assert_eq!(decode(b"\xfe\xff\0a").unwrap(), "a");
    assert_eq!(
        decode(b"ab\x83\x65"),
        Err(DecodeError::NotUtf8 { offset: 2 })
    );
    assert_eq!(decode(b"ab\0"), Err(DecodeError::Binary { offset: 2 }));
    assert_eq!(
        decode(b"\xff\xfea"),
        Err(DecodeError::NotUtf16 { offset: 2 })
    );
    assert_eq!(
        decode(b"\xff\xfea\0\x00\xd8"),
        Err(DecodeError::NotUtf16 { offset: 4 })
    );
    let long = vec![b'a'; MAX_DOCUMENT_BYTES + 1];
    assert_eq!(
        decode(&long),
        Err(DecodeError::TooLong {
            bytes: MAX_DOCUMENT_BYTES + 1
        })
    );
}

#[test]
fn only_id_and_uuid_identify_a_report() {
    let parsed = parse("---\ntitle: T\nincident_id: 7\nincident: INC-8\nnumber: 9\n---\n");
    assert_eq!(parsed.draft.import_key, None);
    assert_eq!(parsed.draft.extra["incident_id"], "7");
    assert_eq!(parsed.draft.extra["incident"], "INC-8");
    assert_eq!(parsed.draft.extra["number"], "9");
    assert!(parsed.problems.is_empty(), "{:?}", parsed.problems);
    assert!(render(&parsed.draft).contains("\nincident_id: 7\n"));
    assert_eq!(
        parse("---\ntitle: T\nuuid: a-b\n---\n")
            .draft
            .import_key
            .as_deref(),
        Some("a-b")
    );
}
