//! The same in Japanese, where no spaces tell words apart: a few phrases that mean one thing wherever they stand.

use super::finding::{FindingKind, Hit};
use super::prose::Block;

const HINDSIGHT: &[&str] = &[
    "べきだった",
    "べきでした",
    "防げた",
    "避けられた",
    "できたはず",
];
const BLAME: &[&str] = &[
    "ヒューマンエラー",
    "人為的ミス",
    "人為的なミス",
    "担当者のミス",
    "不注意",
    "怠慢",
];
const FAULT: &[&str] = &[
    "見落とした",
    "見落としていた",
    "見逃した",
    "気づかなかった",
    "気付かなかった",
    "気づけなかった",
    "考慮しなかった",
    "忘れていた",
    "怠った",
];
const ONE_CAUSE: &[&str] = &["根本原因"];

/// Phrases, their kind, why, and a question.
const ALL: [(&[&str], FindingKind, &str, &str); 4] = [
    (
        HINDSIGHT,
        FindingKind::Hindsight,
        "Tells of events that did not happen, from a view that nobody had at the time.",
        "What made what was done the reasonable thing to do at the time, and what was known then?",
    ),
    (
        BLAME,
        FindingKind::BlameWord,
        "Judges people. An error is where the questions begin: it made sense to somebody at the time.",
        "What made this action look right at the time, and how did the system let it through?",
    ),
    (
        FAULT,
        FindingKind::PersonAndFault,
        "Says what somebody failed to do; that ends the question where it gets interesting.",
        "What was visible at that moment, and what made it hard to see?",
    ),
    (
        ONE_CAUSE,
        FindingKind::SingleCause,
        "Speaks of one cause. Incidents need several conditions at the same time; the others are worth finding, too.",
        "Which conditions had to come together, and what made each of them possible?",
    ),
];

/// Finds Japanese phrases in a block.
pub(super) fn find(text: &str, block: &Block, found: &mut Vec<Hit>) {
    let source = text.get(block.range.clone()).unwrap_or_default();
    if source.is_ascii() {
        return;
    }
    for (phrases, kind, reason, ask) in ALL {
        for (phrase, at) in phrases
            .iter()
            .flat_map(|phrase| source.match_indices(phrase).map(|(at, _)| (*phrase, at)))
        {
            let before = source.get(..at).unwrap_or_default();
            let after = source.get(at + phrase.len()..).unwrap_or_default();
            let is_counted = kind == FindingKind::SingleCause
                && (is_one_of_many(before) || is_followed_by_number(after));
            if is_counted || is_only_possible(phrase, before) || after.starts_with("可能性") {
                continue;
            }
            let start = block.range.start + at;
            let mut hit = Hit::new(kind, start..start + phrase.len(), reason, ask);
            let near = super::end_of(before, 64);
            hit.is_heading =
                block.is_heading || (near == before && !near.contains(char::is_alphanumeric));
            found.push(hit);
        }
    }
}

/// "could be prevented" looks back only after an "if".
fn is_only_possible(phrase: &str, before: &str) -> bool {
    let near = super::end_of(before, 300);
    let sentence = near.rsplit('。').next().unwrap_or_default();
    matches!(phrase, "防げた" | "避けられた") && !sentence.contains("れば")
}

/// "The root causes are two", "is not the root cause".
pub(super) fn is_followed_by_number(after: &str) -> bool {
    let after = after.trim_start();
    let said = after.strip_prefix('は').unwrap_or(after);
    let said = said.trim_start_matches([' ', '*']);
    said.starts_with(|c: char| c.is_ascii_digit())
        || said.starts_with("複数")
        || after.starts_with("ではな")
}

/// Whether what stands before "root cause" counts several of them, or means another one.
pub(super) fn is_one_of_many(before: &str) -> bool {
    let before = before.trim_end();
    let near = super::end_of(before, 24);
    let ends = ["別", "別の", "異なる", "可能性のある"];
    ends.iter().any(|end| before.ends_with(end))
        || ["つの", "件の", "複数の", "個の"]
            .iter()
            .any(|count| near.contains(count))
        || before.ends_with(|c: char| c.is_ascii_digit())
}
