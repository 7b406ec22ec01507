//! The rules of templates, and their text form there and back.

use proptest::prelude::*;

use super::*;

fn section(heading: &str) -> TemplateSection {
    TemplateSection {
        heading: heading.to_owned(),
        guidance: String::new(),
        required: false,
    }
}

fn template(word: &str, severities: &[u8], position: i32) -> Template {
    Template {
        word: word.to_owned(),
        name: word.to_owned(),
        description: String::new(),
        kind: Kind::Incident,
        severities: severities
            .iter()
            .filter_map(|it| Severity::new(*it))
            .collect(),
        visibility: Visibility::Open,
        position,
        sections: vec![section("Summary"), section("Risks")],
    }
}

fn fields(template: &Template) -> Vec<String> {
    let problems = template.check();
    problems.into_iter().map(|problem| problem.field).collect()
}

#[test]
fn a_plain_template_may_be_saved() {
    assert_eq!(template("plain", &[1, 2], 0).check(), []);
    let mut empty = template("blank", &[], 10_000);
    empty.sections.clear();
    assert_eq!(empty.check(), []);
}

#[test]
fn what_breaks_a_rule_is_told_beside_its_field() {
    for word in [
        "",
        "A",
        "a b",
        "-a",
        "a--b",
        "ä",
        "new",
        "resume",
        &"a".repeat(61),
    ] {
        let named = Template {
            name: "T".to_owned(),
            ..template(word, &[], 0)
        };
        assert_eq!(fields(&named), ["word"], "{word}");
    }
    let mut wrong = template("wrong", &[1], -1);
    wrong.name = "n".repeat(81);
    wrong.description = "d".repeat(301);
    wrong.kind = Kind::NearMiss;
    assert_eq!(
        fields(&wrong),
        ["name", "description", "severities", "position"]
    );
}

#[test]
fn sections_are_checked_one_by_one() {
    let with = |sections: Vec<TemplateSection>| Template {
        sections,
        ..template("it", &[], 0)
    };
    let told = |sections: Vec<TemplateSection>| {
        let problems = with(sections).check();
        assert!(problems.iter().all(|problem| problem.field == "sections"));
        let messages: Vec<String> = problems.into_iter().map(|it| it.message).collect();
        messages.join(" ")
    };
    assert!(told(vec![section(" ")]).contains("Section 1 has no heading"));
    assert!(told(vec![section(&"h".repeat(121))]).contains("121 characters"));
    assert!(told(vec![section("Risks"), section("RISKS ")]).contains("twice"));
    let long = TemplateSection {
        guidance: "g".repeat(1_001),
        ..section("Risks")
    };
    assert!(told(vec![long]).contains("1001 characters"));
    let many: Vec<_> = (0..41).map(|it| section(&format!("S{it}"))).collect();
    assert!(told(many.clone()).contains("41 sections"));
    assert_eq!(told(many.into_iter().take(40).collect()), "");
    for heading in ["Impact ##", "A {role=summary}"] {
        assert!(
            told(vec![section(heading)]).contains("would not be read"),
            "{heading}"
        );
    }
    for heading in [
        "What saved us?",
        "影響",
        "R&D, \"quoted\" – done",
        "1. First",
    ] {
        assert_eq!(told(vec![section(heading)]), "", "{heading}");
    }
}

#[test]
fn the_most_specific_one_is_taken_then_the_first() {
    let templates = [
        template("last", &[], 30),
        template("any", &[], 10),
        template("major", &[1, 2], 20),
        template("worst", &[1], 25),
    ];
    let taken = |severity: Option<u8>| {
        let severity = severity.and_then(Severity::new);
        matching(&templates, Kind::Incident, severity).map(|it| it.word.as_str())
    };
    assert_eq!(taken(Some(1)), Some("worst"));
    assert_eq!(taken(Some(2)), Some("major"));
    assert_eq!(taken(Some(3)), Some("any"));
    assert_eq!(taken(None), Some("any"));
    assert_eq!(matching(&templates, Kind::Exercise, None), None);
}

#[test]
fn an_outline_has_every_section_and_nothing_else() {
    let it = template("it", &[], 0);
    assert_eq!(it.outline(), "## Summary\n\n\n## Risks\n");
    assert_eq!(missing_sections(&it, &it.outline()), Vec::<&str>::new());
    assert_eq!(missing_sections(&it, ""), ["Summary", "Risks"]);
    // By meaning where a heading has one, else by its words.
    assert_eq!(
        missing_sections(&it, "## TL;DR\n\nx\n\n## risks\n"),
        Vec::<&str>::new()
    );
    assert_eq!(
        missing_sections(&it, "## Impact\n\n## Risk\n"),
        ["Summary", "Risks"]
    );
}

#[test]
fn a_near_miss_grows_at_the_right_places_and_keeps_every_word() {
    let text = "Above.\n\n## What nearly happened?\n\nThe disk filled.\n\n## What saved us?\n\n- An alert\n\n## What would stop it next time?\n\n- A quota\n\n## Own words\n\nKept.\n";
    let head = Draft {
        title: "T".to_owned(),
        kind: Kind::NearMiss,
        ..Draft::default()
    };
    let draft = document::parse(&document::compose(&head, text)).draft;
    assert_eq!((draft.learnings.len(), draft.countermeasures.len()), (1, 1));
    let mut full = template("full", &[], 0);
    let headings = [
        "Summary",
        "Impact",
        "What saved us",
        "Risks",
        "Countermeasures",
    ];
    full.sections = headings.map(section).to_vec();
    let grown = full.grow(&draft);
    let found: Vec<&str> = grown
        .sections
        .iter()
        .map(|it| it.heading.as_str())
        .collect();
    assert_eq!(
        found,
        [
            "",
            "What nearly happened?",
            "Impact",
            "What saved us?",
            "Risks",
            "What would stop it next time?",
            "Own words"
        ]
    );
    assert_eq!(grown.kind, Kind::Incident);
    assert_eq!(
        (&grown.learnings, &grown.countermeasures),
        (&draft.learnings, &draft.countermeasures)
    );
    let written = document::render(&grown);
    for line in text.lines().filter(|line| !line.is_empty()) {
        assert!(
            written.contains(line.trim_start_matches("- ")),
            "{line}: {written}"
        );
    }
    assert_eq!(document::parse(&written).draft, grown);
    assert_eq!(full.grow(&grown), grown, "once");
}

#[test]
fn what_is_asked_of_a_section_goes_by_its_meaning() {
    let it = template("it", &[], 0);
    let asked = |heading: &str| it.asked(heading).map(|section| section.heading.as_str());
    assert_eq!(asked("What nearly happened?"), Some("Summary"));
    assert_eq!(asked("risks"), Some("Risks"));
    assert_eq!(asked("Impact"), None);
    assert_eq!(asked("Thanks"), None);
}

#[test]
fn words_are_made_of_names() {
    assert_eq!(word_of("Major incident (SEV1)"), "major-incident-sev1");
    assert_eq!(word_of("障害"), "");
    assert!(is_word(&word_of(&"word ".repeat(40))));
}

#[test]
fn the_text_form_is_read_as_people_write_it() {
    let read = parse_sections(
        "\r\n## Impact (Required)\r\nWho?\r\n\r\nHow many?\r\n\r\n##Risks\n### not a heading\n",
    )
    .unwrap();
    assert_eq!(read.len(), 2);
    assert_eq!(
        (read[0].heading.as_str(), read[0].required),
        ("Impact", true)
    );
    assert_eq!(read[0].guidance, "Who?\n\nHow many?");
    assert_eq!(
        (read[1].heading.as_str(), read[1].required),
        ("Risks", false)
    );
    assert_eq!(read[1].guidance, "### not a heading");
    assert_eq!(parse_sections(" \n"), Ok(Vec::new()));
    let refused = parse_sections("\nImpact\n## Risks\n").unwrap_err();
    assert_eq!((refused.line, refused.field.as_str()), (2, "sections"));
}

fn any_line() -> impl Strategy<Value = String> {
    prop_oneof![
        "\\PC{0,12}",
        "\\\\{0,2}#{0,3} ?[a-z(]{0,4}",
        "[a-z ]{0,6}(\\((required|optional)\\))? ?"
    ]
}

fn any_section() -> impl Strategy<Value = TemplateSection> {
    let guidance = prop::collection::vec(any_line(), 0..5);
    (any_line(), guidance, any::<bool>()).prop_map(|(heading, lines, required)| {
        TemplateSection {
            heading,
            guidance: lines.join("\n"),
            required,
        }
        .normalised()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn sections_survive_their_text_form(sections in prop::collection::vec(any_section(), 0..6)) {
        let text = print_sections(&sections);
        prop_assert_eq!(parse_sections(&text), Ok(sections), "{}", text);
    }

    #[test]
    fn any_text_is_refused_or_kept(lines in prop::collection::vec(any_line(), 0..8)) {
        if let Ok(sections) = parse_sections(&lines.join("\n")) {
            prop_assert_eq!(parse_sections(&print_sections(&sections)), Ok(sections));
        }
    }
}

#[test]
fn what_is_required_and_not_yet_said_is_named() {
    let headings = [
        "Summary",
        "Timeline",
        "What went well",
        "Countermeasures",
        "Risks",
    ];
    let template = Template {
        sections: headings
            .iter()
            .map(|heading| TemplateSection {
                required: *heading != "Risks",
                ..section(heading)
            })
            .collect(),
        ..template("t", &[], 0)
    };
    let wanting = |text: &str| {
        let draft = document::parse(&format!("# T\n\n{text}")).draft;
        let wanting = template.wanting(&draft).into_iter().map(str::to_owned);
        wanting.collect::<Vec<_>>()
    };
    assert_eq!(wanting(""), headings[..4]);
    assert_eq!(wanting("## Summary\n\n## Risks\n\nx\n"), headings[..4]);
    let whole = "## Executive summary\n\nx\n\n## Timeline\n\n- 2026-11-17 10:00 x\n\n## What went well\n\n- y\n\n## Action items\n\n- z\n";
    assert_eq!(wanting(whole), [""; 0]);
}
