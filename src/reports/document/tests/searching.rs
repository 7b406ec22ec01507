//! What of a document search shows.

use super::super::*;
use super::properties::{any_text, drafts};
use proptest::prelude::*;

fn part<'a>(parts: &'a [(String, String)], heading: &str) -> &'a str {
    let found = parts.iter().find(|(name, _)| name == heading);
    found.map_or_else(|| panic!("{heading} in {parts:?}"), |(_, text)| text)
}

#[test]
fn a_document_is_cut_at_its_headings() {
    let document =
        "---\ntitle: T\n---\nintro\n\n## Impact\n**Bad**\n```\n## not a heading\n```\n## End\n";
    let parts = searchable(document);
    assert_eq!(parts.len(), 2, "{parts:?}");
    assert_eq!(part(&parts, ""), "intro");
    assert!(part(&parts, "Impact").contains("Bad\n## not a heading"));
}

#[test]
fn fences_end_where_they_do() {
    let cases = [
        ("````\n```\n## no\n````\n## yes\n\nx\n", 1),
        ("~~~\n```\n~~~\n## yes\n\nx\n", 1),
        ("``` a ` b\n## yes\n\nx\n", 1),
        ("- a\n\n  ```\n  open\n## yes\n\nx\n", 1),
        ("  ```\ncode\n## no\n  ```\n## yes\n\nx\n", 1),
        ("```\n## no\n", 0),
    ];
    for (body, headed) in cases {
        let parts = searchable(body);
        let found: Vec<&str> = parts
            .iter()
            .map(|(heading, _)| heading.as_str())
            .filter(|it| !it.is_empty())
            .collect();
        assert_eq!(found, ["yes"][..headed].to_vec(), "{body}");
    }
}

#[test]
fn labels_and_machine_words_of_rows_are_left_out() {
    let parts = searchable(include_str!("../../../../tests/data/reports/canonical.md"));
    let lines = |heading: &str| {
        let text = part(&parts, heading).to_owned();
        text.lines()
            .map(str::trim)
            .filter(|line| !line.is_empty())
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    assert_eq!(
        lines("Timeline"),
        [
            "Times are taken from the paging tool.",
            "The nightly export opens 400 connections.",
            "pool_wait_seconds pages us https://example.org/alert/7",
            "on-call engineer",
            "We stop the export.",
            "It had been asked for by nobody for a year.",
            "about midnight Orders flow again.",
        ]
    );
    assert_eq!(
        lines("Contributing factors"),
        [
            "One pool for two kinds of work: the export and checkout share it.",
            "No limit per caller",
        ]
    );
    assert_eq!(
        lines("Countermeasures"),
        [
            "Give the export its own pool",
            "Ten connections are enough.",
            "One pool for two kinds of work",
            "We believe that a pool of its own keeps checkout fast.",
            "p99 of checkout during the export",
            "ada",
            "https://example.org/issues/91",
            "Limit connections per caller",
        ]
    );
}

#[test]
fn rows_in_full_and_sealed_texts_are_read_too() {
    let document = "---\ntitle: T\n---\n\n## What happened when {role=timeline}\n\n<!-- rows -->\n\n- <!-- fields -->\n  - at: 2026-03-01T22:04:00.5Z\n  - as written: noon\n  - phase: detect\n  - role: someone\n  - text: [detect] it\n\n    - owner: kept\n\n## Impact\n\n- owner: kept\n  - status: kept\n\n## Resolution\n\n<!-- hansei: begin 1 -->\n## inner\n\n- text: kept\n<!-- hansei: end 1 -->\n";
    let parts = searchable(document);
    let timeline = part(&parts, "What happened when");
    for kept in ["noon", "someone", "[detect] it", "owner: kept"] {
        assert!(timeline.contains(kept), "{timeline}");
    }
    for gone in [
        "2026",
        "at:",
        "as written",
        "role",
        "text:",
        "rows",
        "fields",
    ] {
        assert!(!timeline.contains(gone), "{gone} in {timeline}");
    }
    assert!(part(&parts, "Impact").contains("status: kept"));
    let sealed = part(&parts, "Resolution");
    assert!(
        sealed.contains("inner") && sealed.contains("text: kept"),
        "{sealed}"
    );
    assert!(!sealed.contains("hansei"), "{sealed}");
}

#[test]
fn every_word_people_wrote_can_be_found() {
    for (path, text) in super::samples() {
        let draft = parse(&text).draft;
        let parts = searchable(&render(&draft));
        let all: String = parts
            .iter()
            .flat_map(|(heading, text)| [heading.as_str(), "\n", text, "\n"])
            .collect();
        let known: std::collections::HashSet<String> = text::words(&all).collect();
        let events = draft
            .timeline
            .iter()
            .flat_map(|event| [plain_text(&event.text), event.role.clone()]);
        let learnings = draft
            .learnings
            .iter()
            .map(|learning| plain_text(&learning.text));
        let measures = draft
            .countermeasures
            .iter()
            .flat_map(|it| [plain_text(&it.title), it.owner.clone()]);
        let prose = draft
            .sections
            .iter()
            .map(|section| plain_text(&section.text));
        let missing: Vec<String> = events
            .chain(learnings)
            .chain(measures)
            .chain(prose)
            .flat_map(|text| text::words(&text).collect::<Vec<_>>())
            .filter(|word| !known.contains(word))
            .collect();
        assert!(missing.is_empty(), "{}: {missing:?}", path.display());
    }
}

#[test]
fn a_heading_inside_an_html_block_is_text() {
    let parts = searchable("## Summary\n\n<div>\n## Action items\nmore\n\n## Impact\n\nbad\n");
    let headings: Vec<&str> = parts.iter().map(|(heading, _)| heading.as_str()).collect();
    assert_eq!(headings, ["Summary", "Impact"]);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_searched_without_panic(text in any_text()) {
        let parts = searchable(&text);
        prop_assert!(parts.iter().all(|(_, text)| !text.is_empty()));
    }

    #[test]
    fn no_part_of_a_canonical_document_is_taken_for_another(draft in drafts()) {
        let parts = searchable(&render(&draft));
        let headings: Vec<&String> = draft.sections.iter().map(|section| &section.heading).collect();
        for (heading, _) in &parts {
            prop_assert!(headings.contains(&heading) || heading.is_empty(), "{heading:?} is none of {headings:?}");
        }
    }
}
