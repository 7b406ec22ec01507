//! What is too much, and that it costs little.

use super::super::*;
use crate::reports::model::*;
use std::time::{Duration, Instant};

#[test]
fn rows_beyond_the_limit_stay_in_the_text() {
    let lines: String = (0..MAX_ROWS + 5)
        .map(|index| format!("- 2026-03-01 14:02 UTC row{index}\n"))
        .collect::<Vec<_>>()
        .concat();
    let parsed = parse(&format!("---\ntitle: x\n---\n## Timeline\n\n{lines}"));
    assert_eq!(parsed.draft.timeline.len(), MAX_ROWS);
    assert!(parsed.draft.sections[0].text.contains("row2004"));
    assert!(
        parsed
            .problems
            .iter()
            .any(|problem| problem.field == "timeline")
    );
    assert!(parsed.draft.check().is_empty());
    assert_eq!(parse(&render(&parsed.draft)).draft, parsed.draft);
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table of cases")]
fn hostile_texts_are_read_in_time() {
    // Long enough for anything quadratic to take minutes, short enough for a debug build.
    const LONG: usize = 256 * 1024;
    let fill = |piece: &str| piece.repeat(LONG / piece.len());
    let nested: String = (0..700)
        .map(|depth| format!("{}- x\n", " ".repeat(depth)))
        .collect::<Vec<_>>()
        .concat();
    let texts = [
        fill("["),
        fill("> "),
        fill("- "),
        fill("*"),
        fill("`"),
        fill("|"),
        fill("<"),
        fill("<!--"),
        fill("\n"),
        fill("a\n\n"),
        fill("## a\n"),
        fill("- 14:02 a\n"),
        fill("14:02\n"),
        fill("[a]("),
        fill("![["),
        fill("***a "),
        fill("_a__ "),
        fill("<!-- hansei: begin 1 -->\n"),
        fill("## Timeline\n<!-- hansei: begin 1 -->\n"),
        format!(
            "{}\n{}",
            "> ".repeat(10_000),
            fill("a\n").split_at(150_000).0
        ),
        format!("{nested}{}", "\n".repeat(10_000)),
        format!("---\n{}\n---\n", "[".repeat(100_000)),
        format!("---\na: {}\n---\n", "{a: ".repeat(50_000)),
        format!(
            "---\n{}---\n",
            (0..20_000)
                .map(|index| format!("k{index}: 1\n"))
                .collect::<Vec<_>>()
                .concat()
        ),
        format!(
            "## Timeline\n\n{}",
            fill("| Time | Event |\n|---|---|\n| 1 | 2 |\n\n")
                .split_at(200_000)
                .0
        ),
        format!(
            "## Timeline\n\n| Time | Event |\n|---|---|\n{}",
            "| 14:02 | x |\n".repeat(15_000)
        ),
        format!("## Timeline\n\n- {}", "2026-03-01 ".repeat(20_000)),
        format!("# {}", fill("# ").split_at(200_000).0),
        "a: ".repeat(80_000),
        format!(
            "## Action items\n\n- x\n{}",
            "  - owner: a\n".repeat(15_000)
        ),
        format!(
            "## Timeline\n\n{}",
            fill("5:5:5 am 1 2 3 ").split_at(200_000).0
        ),
    ];
    for text in texts {
        let start: String = text.chars().take(30).collect();
        let begun = Instant::now();
        let parsed = parse(&text);
        assert!(parsed.draft.sections.len() <= MAX_ROWS + 2, "{start:?}");
        let took = begun.elapsed();
        // Some 0.05 s in a release build; machines that test are slow and busy.
        assert!(took < Duration::from_secs(8), "{took:?} for {start:?}");
    }
}

#[test]
fn runs_of_date_words_are_read_in_time() {
    // Long enough for anything quadratic to take minutes.
    const LONG: usize = 128 * 1024;
    let fill = |piece: &str| piece.repeat(LONG / piece.len());
    let pieces = [
        "Mon ",
        "Monday, ",
        "Mar ",
        "March 1 ",
        "1 ",
        "UTC ",
        "(UTC) ",
        "PST",
        "Europe/",
        "+01:00 ",
        "10:00 ",
        "10:00-",
        "03/04/2024 ",
        "2026-03-01 ",
        "by ",
        "due ",
        "owner: ",
        "T",
        "5月1日",
        "- ",
        "Mon Mar 3 10:00 ",
    ];
    for piece in pieces {
        for before in [
            "## Timeline\n\n",
            "## Timeline ",
            "## Timeline\n\n### ",
            "## Timeline\n\n- 10:00 ",
            "## Action items\n\n- ",
            "## Action items\n\n| Action | Due |\n|---|---|\n| a | ",
            "# ",
            "",
        ] {
            let begun = Instant::now();
            parse(&format!("{before}{}", fill(piece)));
            let took = begun.elapsed();
            assert!(
                took < Duration::from_secs(4),
                "{took:?} for {before:?} and {piece:?}"
            );
        }
    }
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table of cases")]
fn hostile_documents_are_refused_by_name() {
    let bomb = |levels: usize| {
        let level = |index: usize| {
            format!(
                "l{index}: &l{index} [{}]\n",
                format!("*l{},", index - 1).repeat(9)
            )
        };
        format!(
            "l0: &l0 lol\n{}",
            (1..=levels).map(level).collect::<Vec<_>>().concat()
        )
    };
    let deep: String = (0..600)
        .map(|depth| format!("{}k:\n", " ".repeat(depth)))
        .collect::<Vec<_>>()
        .concat();
    let many: String = (0..12_000)
        .map(|index| format!("k{index}: 1\n"))
        .collect::<Vec<_>>()
        .concat();
    let cases = [
        (
            format!("---\n{}---\n# T\n", bomb(9)),
            "front_matter_aliases",
            1,
        ),
        (
            format!("---\na: {}\n---\n# T\n", "[".repeat(10_000)),
            "front_matter_depth",
            1,
        ),
        (format!("---\n{deep}---\n# T\n"), "front_matter_depth", 1),
        (format!("---\n{many}---\n# T\n"), "front_matter_values", 1),
        (
            format!("---\na: {}\n---\n# T\n", "x".repeat(300_000)),
            "front_matter_length",
            1,
        ),
        (
            format!("+++\na = {}\n+++\n# T\n", "[".repeat(10_000)),
            "front_matter_depth",
            1,
        ),
        (
            format!("# T\n\n{}x\n", "> ".repeat(10_000)),
            "markdown_nesting",
            3,
        ),
        (
            format!("# T\n\n{}\n", "- ".repeat(10_000)),
            "markdown_nesting",
            3,
        ),
        (
            format!("---\ntitle: x\n---\n{}x\n", "1. ".repeat(10_000)),
            "markdown_nesting",
            4,
        ),
    ];
    for (text, limit, line) in cases {
        let parsed = parse(&text);
        let start: String = text.chars().take(30).collect();
        let refusal = parsed
            .refusal
            .unwrap_or_else(|| panic!("{limit}: {start:?}"));
        assert_eq!(
            (refusal.limit(), refusal.line()),
            (limit, line),
            "{start:?}"
        );
        assert_eq!(
            parse(&render(&parsed.draft)).draft,
            parsed.draft,
            "{start:?}"
        );
    }
    let table = format!("# T\n\n```\n+{}+\n```\n\n## A\n", "-".repeat(600));
    let fine = [
        table.as_str(),
        "---\na: &b 1\nc: *b\n---\n# T\n",
        "# T\n\n> > > quoted\n",
        include_str!("../../../../tests/data/reports/canonical.md"),
    ];
    for text in fine {
        assert_eq!(parse(text).refusal, None, "{text}");
    }
    assert_eq!(parse(&table).draft.sections[1].heading, "A");
}

#[test]
fn sections_beyond_the_limit_stay_in_the_text() {
    let text: String = (0..700)
        .map(|index| format!("## h{index}\n\nt\n\n"))
        .collect::<Vec<_>>()
        .concat();
    let header = "---\ntitle: x\nsummary: s\nfactors: [f]\n---\n";
    for text in [text.clone(), format!("{header}{text}")] {
        let draft = parse(&text).draft;
        assert!(draft.sections.len() <= 520, "{}", draft.sections.len());
        let written = render(&draft);
        assert!(written.contains("h699"));
        assert_eq!(parse(&written).draft, draft);
    }
}

#[test]
fn lists_beyond_the_limit_keep_their_words() {
    for start in [
        "",
        "## What went well\n\n",
        "## Root causes\n\n",
        "## Timeline\n\n",
        "## Action items\n\n",
        "- **Impact**: a\n- **Resolution**: b\n- **Detection**: c\n",
    ] {
        let list: String = (0..3_000)
            .map(|index| format!("- 10:00 a{index}\n"))
            .collect::<Vec<_>>()
            .concat();
        let draft = parse(&format!("# T\n\n{start}{list}\n## End\n\nz\n")).draft;
        let written = render(&draft);
        let known: std::collections::HashSet<String> = text::words(&written).collect();
        for index in [0, 1_999, 2_000, 2_001, 2_999] {
            assert!(known.contains(&format!("a{index}")), "{index} {start}");
        }
        assert_eq!(parse(&written).draft, draft);
    }
}
