//! Laws: what is written reads back, whatever it is.

use super::super::blocks::{Shape, blocks, outline};
use super::super::*;
use super::difference;
use crate::reports::model::*;
use proptest::prelude::*;

/// Cases per property.
const CASES: u32 = 128;

/// Fragments that have caused trouble somewhere, to be strung together.
const FRAGMENTS: &[&str] = &[
    "",
    " ",
    "  ",
    "    ",
    "\n",
    "\n\n",
    "\r\n",
    "\t",
    "---",
    "+++",
    "---\n",
    "#",
    "# ",
    "## ",
    "### ",
    "## Timeline\n",
    "## Action items\n",
    "## What went well\n",
    "# Title\n",
    "## Contributing factors\n",
    "- ",
    "* ",
    "1. ",
    "- [ ] ",
    "- [x] ",
    "> ",
    "```",
    "```\n",
    "~~~\n",
    "| a | b |\n|---|---|\n",
    "| Time | Event |\n|---|---|\n| 14:02 | x |\n",
    "| Action | Owner |\n|---|---|\n| do | ada |\n",
    "14:02",
    "14:02 - text",
    "2026-03-01",
    "2026-03-01 14:02 UTC",
    "2026-03-01 23:04 +01:00 ",
    "[detect]",
    "\u{2605}",
    "(as written: x)",
    "<https://e.org/x>",
    "**",
    "**Bold**",
    "(contributed): ",
    "<!-- rows -->",
    "\n<!-- rows -->\n",
    "<!-- fields -->",
    "- <!-- fields -->\n  - text: x\n",
    "<!-- hansei: begin 1 -->\n",
    "<!-- hansei: end 1 -->\n",
    "<!-- columns: a -->",
    "<!--",
    "-->",
    "<div>",
    "</div>",
    "  - owner: ada\n",
    "  - status: done\n",
    "  - due: 2026-04-01\n",
    "  - role: x\n",
    "- role: x",
    "owner: ",
    "{role=impact}",
    "title: x\n",
    "id: PM-1\n",
    "kept:\n  a: 1\n",
    "severity: 2\n",
    "timeline:\n- at: 14:02\n  text: x\n",
    "started_at: 2026-03-01\n",
    "\"",
    "\\",
    "[",
    "]",
    "(",
    ")",
    "]: http://x",
    "[a]: http://x\n",
    "&amp;",
    "===\n",
    "--- \n",
    "***\n",
    "\u{feff}",
    "\0",
    "\u{2028}",
    "\u{b}",
    "\u{c}",
    "\u{85}",
    "\u{3000}",
    "\u{a0}",
    "\u{6982}\u{8981}",
    "## \u{6982}\u{8981}\n",
    "\u{30bf}\u{30a4}\u{30e0}\u{30e9}\u{30a4}\u{30f3}",
    "\u{1f600}",
    "word",
    "another word",
    "? ",
    "~",
    ":",
    "#:",
    "Owner: ada, due: 2026-01-02",
    "(owner: ada, due 2026-01-02)",
    "due 2026-01-02",
    "https://e.org/issues/1",
    "JST JST JST",
    "10:00 PM PST",
    "Jan 5, 2026",
    "5/6/26",
    "`",
    "``",
    "* * *",
    "- - -",
    "a: b",
    "`a | b`",
    "10:00-10:30 ",
    "- 2026-03-01 02:00 -07:00 ",
    "03/04/2024 ",
    "25/04/2024",
    "08-15 22:00 ",
    "Mon ",
    "Mar 1",
    "Europe/London ",
    "CST",
    "YEKST ",
    "# 2024-03-30 outage\n",
    "Date: 2024-03-30\n",
    "## Root causes\n\n",
    "1. No limit\n",
    "by 2024-06-01",
    "n/a",
    "  - known at: x\n",
    "  - source: chat\n",
    "- source: bot",
    "- source: manual\n",
    "  - due: someday\n",
    "- **Impact**: a\n- **Resolution**: b\n- **Detection**: c\n",
];

fn markdownish() -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(FRAGMENTS), 0..24).prop_map(|parts| parts.concat())
}

pub(super) fn any_text() -> impl Strategy<Value = String> {
    prop_oneof![3 => markdownish(), 1 => any::<String>(), 1 => "[a-z0-9 :\\-\n#*|>`\\[\\]]{0,60}"]
}

fn instant() -> impl Strategy<Value = Option<jiff::Timestamp>> {
    prop_oneof![
        1 => Just(None),
        4 => (1_600_000_000_i64..1_900_000_000, prop_oneof![Just(0), Just(250_000_000), 0..999_999_999_i32]).prop_map(|(second, nano)| jiff::Timestamp::new(second, nano).ok()),
        1 => (-377_705_000_000_i64..253_402_000_000).prop_map(|second| jiff::Timestamp::from_second(second).ok()),
    ]
}

fn one_of<T: Copy + std::fmt::Debug + 'static>(all: &'static [T]) -> impl Strategy<Value = T> {
    prop::sample::select(all)
}

fn events() -> impl Strategy<Value = TimelineEvent> {
    (
        instant(),
        any_text(),
        instant(),
        prop::option::of(one_of(Phase::ALL)),
        any_text(),
        any_text(),
        any_text(),
        any::<bool>(),
        one_of(EventSource::ALL),
    )
        .prop_map(
            |(at, at_text, known_at, phase, text, role, evidence, starred, source)| TimelineEvent {
                at,
                at_text,
                known_at,
                phase,
                text,
                role,
                evidence,
                starred,
                source,
            },
        )
}

fn measures() -> impl Strategy<Value = Countermeasure> {
    let texts = prop::collection::vec(any_text(), 12);
    let date = prop::option::of(
        (2000_i16..2100, 1_i8..12, 1_i8..28)
            .prop_map(|(year, month, day)| jiff::civil::date(year, month, day)),
    );
    (
        texts,
        prop::option::of(one_of(CountermeasureType::ALL)),
        one_of(CountermeasureStatus::ALL),
        prop::option::of(one_of(CheckResult::ALL)),
        date.clone(),
        date,
    )
        .prop_map(|(mut texts, kind, status, result, due_on, check_on)| {
            let mut next = || texts.pop().unwrap();
            Countermeasure {
                title: next(),
                details: next(),
                kind,
                factor: next(),
                problem: next(),
                hypothesis: next(),
                expected_effect: next(),
                measure: next(),
                check_on,
                owner: next(),
                due_on,
                priority: next(),
                tracker: next(),
                status,
                status_reason: next(),
                result,
                evidence: next(),
            }
        })
}

#[expect(clippy::too_many_lines, reason = "a field after the other")]
fn header() -> impl Strategy<Value = Draft> {
    let names = || prop::collection::vec(any_text(), 0..3);
    (
        (
            any_text(),
            one_of(Kind::ALL),
            one_of(Status::ALL),
            prop::option::of(1_u8..=5),
            one_of(Visibility::ALL),
            names(),
            names(),
            names(),
        ),
        (
            prop::collection::vec(instant(), 5),
            prop_oneof![
                Just("UTC"),
                Just("Asia/Tokyo"),
                Just("America/New_York"),
                Just("Nowhere/Land")
            ],
            names(),
            any_text(),
            names(),
        ),
        (
            prop::option::of(any_text()),
            prop::option::of(any_text()),
            prop::collection::btree_map(
                prop_oneof![
                    any_text(),
                    Just("severity".to_owned()),
                    Just("kept".to_owned())
                ],
                any_text(),
                0..3,
            ),
        ),
    )
        .prop_map(
            |(
                (title, kind, status, severity, visibility, services, teams, tags),
                (mut times, timezone, authors, facilitator, sources),
                (repo, import_key, extra),
            )| {
                times.sort_by_key(|at| at.unwrap_or(jiff::Timestamp::MAX));
                Draft {
                    title: title.chars().take(80).collect(),
                    kind,
                    status,
                    severity: severity
                        .and_then(Severity::new)
                        .filter(|_| kind != Kind::NearMiss),
                    visibility,
                    services,
                    teams,
                    tags: tags.iter().map(|tag| tag.replace(',', " ")).collect(),
                    times: Times {
                        started_at: times[0],
                        detected_at: times[1],
                        acknowledged_at: times[2],
                        mitigated_at: times[3],
                        resolved_at: times[4],
                    },
                    timezone: timezone.to_owned(),
                    authors,
                    facilitator,
                    sources,
                    source: repo.map(|repo| Source {
                        path: repo.clone(),
                        repo,
                        commit: String::new(),
                        licence: "MIT".to_owned(),
                    }),
                    import_key,
                    extra,
                    ..Draft::default()
                }
            },
        )
}

pub(super) fn drafts() -> impl Strategy<Value = Draft> {
    let section =
        (any_text(), one_of(SectionRole::ALL), any_text()).prop_map(|(heading, role, text)| {
            Section {
                heading,
                role,
                text,
            }
        });
    let usual = (one_of(SectionRole::ALL), any_text()).prop_map(|(role, text)| Section {
        heading: role.label().to_owned(),
        role,
        text,
    });
    let factor = (any_text(), one_of(FactorRole::ALL), any_text())
        .prop_map(|(name, role, note)| FactorUse { name, role, note });
    let learning =
        (one_of(LearningKind::ALL), any_text()).prop_map(|(kind, text)| Learning { kind, text });
    (
        header(),
        prop::collection::vec(prop_oneof![section, usual], 0..5),
        prop::collection::vec(events(), 0..4),
        prop::collection::vec(factor, 0..3),
        prop::collection::vec(learning, 0..4),
        prop::collection::vec(measures(), 0..3),
    )
        .prop_map(
            |(mut draft, sections, timeline, factors, learnings, countermeasures)| {
                draft.sections = sections;
                draft.timeline = timeline;
                draft.factors = factors;
                draft.learnings = learnings;
                draft.countermeasures = countermeasures;
                draft.normalise();
                draft
            },
        )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: CASES, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_draft_in_normal_form_survives(draft in drafts()) {
        let written = render(&draft);
        let read = parse(&written).draft;
        prop_assert!(read == draft, "{}\n=====\n{written}", difference(&draft, &read));
    }

    #[test]
    fn normalising_twice_changes_nothing(draft in drafts()) {
        let mut again = draft.clone();
        again.normalise();
        prop_assert!(again == draft, "{}", difference(&draft, &again));
    }

    #[test]
    fn any_text_becomes_a_draft_that_survives(text in any_text(), header in any::<bool>(), more in any_text()) {
        let text = if header { format!("---\n{text}\n---\n{more}") } else { format!("{text}\n\n{more}") };
        let draft = parse(&text).draft;
        let written = render(&draft);
        let read = parse(&written).draft;
        prop_assert!(read == draft, "{}\n=====\n{written}", difference(&draft, &read));
    }

    #[test]
    fn the_outline_is_the_headings_among_the_blocks(text in any_text()) {
        let headings = blocks(&text).into_iter().filter_map(|block| match block.shape {
            Shape::Heading { level, text } => Some((block.range, level, text)),
            Shape::List { .. } | Shape::Table(_) | Shape::Paragraph | Shape::Other => None,
        });
        let outline = outline(&text).into_iter().map(|it| (it.range, it.level, it.text));
        prop_assert_eq!(outline.collect::<Vec<_>>(), headings.collect::<Vec<_>>());
    }
}
