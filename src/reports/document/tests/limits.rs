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
