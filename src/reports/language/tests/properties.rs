//! Whatever the text is, it is read, in time, and places are places in it.

use super::super::{FindingKind, MAX_FINDINGS, check};
use proptest::prelude::*;

fn holds(text: &str) {
    let findings = check(text);
    assert!(findings.len() <= MAX_FINDINGS);
    assert!(findings.is_sorted_by_key(|it| it.start));
    let mut wording_end = 0;
    for finding in &findings {
        let words = text.get(finding.start..finding.end).unwrap();
        assert!(!words.is_empty());
        let line = text.get(..finding.start).unwrap().matches('\n').count() + 1;
        assert_eq!(finding.line, line);
        if finding.kind == FindingKind::Secret {
            assert!(finding.text.chars().count() <= 5 && finding.text.ends_with('…'));
        } else {
            assert_eq!(
                finding.text,
                words
                    .split_whitespace()
                    .collect::<Vec<_>>()
                    .join(" ")
                    .chars()
                    .take(200)
                    .collect::<String>()
            );
        }
        if finding.kind.is_wording() {
            assert!(finding.start >= wording_end, "{findings:?}");
            wording_end = finding.end;
        }
    }
}

const PIECES: &[&str] = &[
    "we ",
    "forgot ",
    "the engineer ",
    "should ",
    "have ",
    "been ",
    "not ",
    "root ",
    "cause",
    "simply ",
    "\n",
    "\n\n",
    "    ",
    "- ",
    "> ",
    "```",
    "`",
    "``",
    "# ",
    "---\n",
    "===",
    "<!--",
    "-->",
    "<a",
    ">",
    "[",
    "](",
    ")",
    "][",
    "]: ",
    "https://",
    "a:b@",
    "@",
    "x.dev",
    "\"",
    "“",
    "”",
    "「",
    "」",
    "|",
    ".",
    ",",
    "’",
    "'ve",
    "+41 44 668 18 00",
    "(",
    "password=",
    "hunter2battery",
    "token: ",
    "AKIA",
    "eyJ",
    "-----BEGIN ",
    "PRIVATE KEY-----",
    "-----END ",
    "根本原因",
    "べきだった",
    "é",
    "\u{feff}",
    "\r\n",
    "\0",
    "\u{1}",
    "@ana ",
    "Tim ",
    "'s mistake",
    "𝒳",
    "\u{301}",
];

proptest! {
    #[test]
    fn any_text_is_read(text in any::<String>()) {
        holds(&text);
    }

    #[test]
    fn any_pieces_are_read(pieces in proptest::collection::vec(proptest::sample::select(PIECES), 0..60)) {
        holds(&pieces.concat());
    }
}

/// Each of these takes long in a reader that looks back or ahead without a limit.
#[test]
fn long_texts_are_read_in_time() {
    let size = 64 * 1024;
    let started = std::time::Instant::now();
    for piece in PIECES.iter().copied().chain([
        "a@b.cc,",
        "token=",
        "we had had ",
        "`` ` ",
        "](((",
        "<a<",
        "\"a ",
        "“",
        "((1234567 ",
        ".*",
        "...",
        "- ",
        "[a]:",
        "://",
        "@@",
        "-----BEGIN PRIVATE KEY-----\n",
        "all they had to do ",
        "If we had ",
        "engineer on ",
        "obvious ",
    ]) {
        let text = piece.repeat(size / piece.len());
        holds(&text);
    }
    // Generous: a slow machine, not optimised, doing other things; what is quadratic here takes minutes.
    assert!(started.elapsed().as_secs() < 60, "{:?}", started.elapsed());
}
