//! What no field takes is kept, all of it.

use super::super::*;
use crate::reports::model::Visibility;

#[test]
fn values_that_want_the_same_key_are_all_kept() {
    let text = "---\ntitle: x\nfoo: aaaa\nkept:\n  foo: bbbb\n  foo (2): cccc\n---\nText.\n";
    let draft = parse(text).draft;
    let kept: Vec<(&str, &str)> = draft
        .extra
        .iter()
        .map(|(key, value)| (key.as_str(), value.as_str()))
        .collect();
    assert_eq!(
        kept,
        [
            ("foo", "aaaa"),
            ("foo (2)", "bbbb"),
            ("foo (2) (2)", "cccc")
        ]
    );
    assert_eq!(parse(&render(&draft)).draft, draft);
    let text =
        "---\ntitle: x\nkind: near_miss\nseverity: SEV2\nkept:\n  severity: huge\n---\nText.\n";
    let draft = parse(text).draft;
    assert_eq!(draft.extra["severity"], "SEV2");
    assert_eq!(draft.extra["severity (2)"], "huge");
    assert_eq!(parse(&render(&draft)).draft, draft);
}

#[test]
fn keys_that_are_cut_alike_make_way_for_each_other() {
    let long = "k".repeat(200);
    let mut draft = Draft::default();
    for (key, value) in [
        (long.clone(), "short"),
        (format!("{long}a"), "first"),
        (format!("{long}b"), "second"),
    ] {
        draft.extra.insert(key, value.to_owned());
    }
    draft.normalise();
    assert_eq!(draft.extra.len(), 3);
    assert_eq!(draft.extra[&long], "short");
    assert!(draft.extra.keys().all(|key| key.chars().count() <= 200));
    let again = parse(&render(&draft)).draft;
    assert_eq!(again.extra, draft.extra);
}

#[test]
fn a_report_that_asks_for_confidence_in_a_way_that_is_not_read_is_never_open() {
    let asked = "title: T\nvisibility: restricted\n";
    for begun in ["\n---\n", "  \n\n---\n", " ---\n"] {
        let parsed = parse(&format!("{begun}{asked}---\n\n## Summary\n\nx\n"));
        assert_eq!(parsed.visibility, Stated::Word, "{begun:?}");
        assert_eq!(parsed.draft.title, "T");
        assert_eq!(parsed.draft.visibility, Visibility::Restricted);
    }
    for text in [
        format!("----\n{asked}----\n\n# H\n"),
        format!("<!-- a comment -->\n---\n{asked}---\n\n# H\n"),
        format!("---\n{asked}\n# H\n\nNo end.\n"),
        format!("{asked}\n# H\n"),
        "---\ntitle: T\nvisi\u{200b}bility: restricted\n---\n\n# H\n".to_owned(),
        "---\ntitle: T\n\"visibility \" : Restricted\n---\n\n# H\n".to_owned(),
        "# H\n\n**Visibility:** restricted\n".to_owned(),
        "----\ntitle: T\nvisibility: private # for now\n----\n\n# H\n".to_owned(),
        "---\ntitle: T\ntags:\n  - a\nVisibility: restrcited\n# H\n\nNo end.\n".to_owned(),
        "# a comment\n---\ntitle: T\n\nvisibility: internal\n---\n\nx\n".to_owned(),
        "---\ntitle: T\nvisi\u{200b}bility: team\n---\n\n# H\n".to_owned(),
    ] {
        let parsed = parse(&text);
        assert_ne!(parsed.visibility, Stated::Nothing, "{text}");
        assert_eq!(parsed.draft.visibility, Visibility::Restricted, "{text}");
        let told = parsed.problems.iter().find(|it| it.field == "visibility");
        if let Some(told) = told.filter(|it| it.message.starts_with("This line")) {
            let line = text.lines().nth(told.line - 1).unwrap();
            assert!(line.to_lowercase().contains("bility"), "{text}: {line}");
        }
    }
    for text in [
        "# H\n\nVisibility was poor, and access restricted.\n",
        "# H\n\n- Visibility: none, as dashboards were down\n",
        "# H\n\n---\n\n- Visibility: none\n\nAll was dark.\n\nVisibility: none\n",
        "----\ntitle: T\nvisibility: Open # to all\n----\n\n# H\n",
        "---\ntitle: T\nnotes:\n  visibility: restricted\n---\n\n# H\n\nvisibility: restricted\n",
    ] {
        let parsed = parse(text);
        assert_eq!(parsed.visibility, Stated::Nothing, "{text}");
        assert_eq!(parsed.draft.visibility, Visibility::Open, "{text}");
    }
}

#[test]
fn keys_that_are_kept_are_on_one_line_and_without_nul() {
    let draft = parse("---\ntitle: T\n\"a\\0b\\nc\": 1\n---\n\nx\n").draft;
    assert_eq!(draft.extra.keys().collect::<Vec<_>>(), ["a b c"]);
    assert_eq!(parse(&render(&draft)).draft, draft);
}

#[test]
fn words_below_a_row_are_told_that_they_move_above_it() {
    let document = |heading: &str, rows: &str| format!("# T\n\n## {heading}\n\n{rows}\n");
    let told = |text: &str| -> Vec<(usize, String, String)> {
        let all = parse(text).problems.into_iter();
        let told = all.filter(|it| it.message.contains("moves above"));
        told.map(|it| (it.line, it.field, it.message)).collect()
    };
    let cases = [
        ("Timeline", "timeline", "- 2026-08-15 10:00 a"),
        ("Contributing factors", "factors", "- cache: cold"),
        ("What went well", "learnings", "- Ana was awake"),
        ("Countermeasures", "countermeasures", "- [ ] Warm it"),
    ];
    for (heading, field, row) in cases {
        let above = document(heading, &format!("Words above.\n\n{row}"));
        assert_eq!(told(&above), [], "{above}");
        let noted = document(heading, &format!("{row}\n\n<!-- a remark -->"));
        assert_eq!(told(&noted), [], "{noted}");
        for below in [
            format!("{row}\n\nA *word* below."),
            format!("{row}\n\nA *word* below.\n\n{row}\n\nAnother."),
        ] {
            let text = document(heading, &below);
            let message = format!(
                "“A word below.” stands below rows of “{heading}”: it moves above them, where the text of a section is kept."
            );
            assert_eq!(told(&text), [(3, field.to_owned(), message)], "{text}");
            // Said once: from then on it stands where it is kept.
            assert_eq!(told(&render(&parse(&text).draft)), [], "{text}");
        }
        let grouped = document(heading, &format!("{row}\n\n### {heading}\n\n{row}"));
        assert_eq!(told(&grouped), [], "{grouped}");
    }
}
