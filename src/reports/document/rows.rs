//! Contributing factors and learnings as list items, and back.

use super::blocks::Item;
use super::items;
use super::text::{block, indent, single_spaced};
use crate::reports::model::{FactorRole, FactorUse, Learning, MAX_NAME_CHARS};

/// The longest list item without a bold name that is taken as the name of a factor, in characters.
const MAX_PLAIN_FACTOR: usize = 120;

/// The longest `name: note` without a bold name, in characters.
const MAX_NOTED_FACTOR: usize = 300;
/// More words before a colon are no name.
const MAX_NAME_WORDS: usize = 8;
/// What says what kind of thing follows the colon.
const LABELS: [&str; 12] = [
    "cause",
    "trigger",
    "factor",
    "reason",
    "why",
    "contributor",
    "problem",
    "issue",
    "note",
    "impact",
    "detection",
    "condition",
];

/// Reads a list of factors; `None` when some item is a story rather than a factor.
pub(super) fn read_factors(list: &[Item]) -> Option<Vec<FactorUse>> {
    list.iter().map(|item| read_factor(&item.text)).collect()
}

/// `**Name** (contributed): note` and `**Name**: note`, the same without bold, or a short line.
fn read_factor(item: &str) -> Option<FactorUse> {
    if let Some(fields) = items::explicit(item, &["name", "role", "note"]) {
        return Some(FactorUse {
            name: single_spaced(items::value(&fields, "name")),
            role: FactorRole::parse(items::value(&fields, "role"))
                .unwrap_or(FactorRole::Contributed),
            note: items::value(&fields, "note").to_owned(),
        });
    }
    let Some((name, rest)) = item
        .strip_prefix("**")
        .and_then(|rest| rest.split_once("**"))
    else {
        if let Some(factor) = plain_factor(item) {
            return Some(factor);
        }
        let short = !item.contains('\n') && item.chars().count() <= MAX_PLAIN_FACTOR;
        return (short && !item.is_empty()).then(|| FactorUse {
            name: single_spaced(item),
            role: FactorRole::Contributed,
            note: String::new(),
        });
    };
    let name = name
        .trim()
        .trim_end_matches([':', '：', '.', '。'])
        .trim_end();
    if name.is_empty() || name.contains('\n') || name.chars().count() > MAX_NAME_CHARS {
        return None;
    }
    let mut rest = rest.trim_start_matches([' ', '\t']);
    let mut role = FactorRole::Contributed;
    if let Some((word, after)) = rest.strip_prefix('(').and_then(|tail| tail.split_once(')'))
        && let Some(stated) = FactorRole::parse(word)
    {
        role = stated;
        rest = after.trim_start_matches([' ', '\t']);
    }
    let note = rest
        .strip_prefix([':', '：', '-', '–', '—'])
        .unwrap_or(rest);
    Some(FactorUse {
        name: single_spaced(name),
        role,
        note: block(note),
    })
}

/// `Name (amplified): note` and `A short name: note`; `None` for anything else.
fn plain_factor(item: &str) -> Option<FactorUse> {
    let line = item.split('\n').next()?;
    let stated = line.match_indices('(').find_map(|(at, _)| {
        let (name, rest) = item.split_at_checked(at)?;
        let (word, after) = rest.strip_prefix('(')?.split_once(')')?;
        let role = FactorRole::parse(word)?;
        let after = after.trim_start_matches([' ', '\t']);
        let marks = [':', '：', '-', '–', '—'];
        let note = after.strip_prefix(marks);
        let note =
            note.or_else(|| (after.is_empty() || after.starts_with('\n')).then_some(after))?;
        let name = name.trim();
        let fits = !name.is_empty() && name.chars().count() <= MAX_NAME_CHARS;
        fits.then(|| FactorUse {
            name: single_spaced(name),
            role,
            note: block(note),
        })
    });
    stated.or_else(|| noted(item))
}

/// A short name, a colon, and a note. One word before a colon, or the word for what it is, is a label and no name.
fn noted(item: &str) -> Option<FactorUse> {
    let (name, note) = item.split_once([':', '：'])?;
    let glued = item.contains(':') && !note.starts_with([' ', '\t']);
    let words = name.split_whitespace().count();
    let last = name.split_whitespace().next_back()?.to_lowercase();
    let is_label = LABELS.contains(&last.trim_end_matches('s'));
    let fits = !item.contains('\n')
        && item.chars().count() <= MAX_NOTED_FACTOR
        && (2..=MAX_NAME_WORDS).contains(&words)
        && !name.contains(['`', '[', '<', '.', '?', '!', '"', '“'])
        && !note.trim().is_empty();
    (fits && !glued && !is_label).then(|| FactorUse {
        name: single_spaced(name),
        role: FactorRole::Contributed,
        note: block(note.trim_start()),
    })
}

/// One factor as a list item.
pub(super) fn write_factor(factor: &FactorUse) -> String {
    let mut compact = format!("- **{}** ({})", factor.name, factor.role.word());
    if !factor.note.is_empty() {
        compact.push_str(": ");
        compact.push_str(&indent(&factor.note, 2));
    }
    let read = items::only_item(&compact).and_then(|item| read_factor(&item));
    if read.is_some_and(|read| read == *factor) {
        return compact;
    }
    items::write_explicit(&[
        ("name", factor.name.clone()),
        ("role", factor.role.word().to_owned()),
        ("note", factor.note.clone()),
    ])
}

/// The text of a learning.
pub(super) fn read_learning(item: &str) -> String {
    items::explicit(item, &["text"]).map_or_else(
        || item.to_owned(),
        |fields| items::value(&fields, "text").to_owned(),
    )
}

/// One learning as a list item.
pub(super) fn write_learning(learning: &Learning) -> String {
    let compact = format!("- {}", indent(&learning.text, 2));
    let read = items::only_item(&compact).map(|item| read_learning(&item));
    if read.is_some_and(|read| read == learning.text) {
        return compact;
    }
    items::write_explicit(&[("text", learning.text.clone())])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_factor_needs_no_bold_name() {
        let read = |item: &str| {
            let factor = read_factor(item).unwrap();
            (factor.name, factor.role, factor.note)
        };
        let is = |name: &str, role, note: &str| (name.to_owned(), role, note.to_owned());
        let (plain, late) = (FactorRole::Contributed, FactorRole::DelayedDetection);
        for (item, expected) in [
            (
                "DNS caches long (amplified)",
                is("DNS caches long", FactorRole::Amplified, ""),
            ),
            ("dns  CACHES long", is("dns CACHES long", plain, "")),
            (
                "No alert (of disks) (delayed detection): for an hour",
                is("No alert (of disks)", late, "for an hour"),
            ),
            (
                "DNS cache too long: here",
                is("DNS cache too long", plain, "here"),
            ),
            (
                "**DNS  cache** (amplified): here",
                is("DNS cache", FactorRole::Amplified, "here"),
            ),
            // A label, an address, a remark in brackets.
            (
                "Root cause: a full disk",
                is("Root cause: a full disk", plain, ""),
            ),
            ("Trigger: a deploy", is("Trigger: a deploy", plain, "")),
            ("See https://e.org", is("See https://e.org", plain, "")),
            ("A full disk (again)", is("A full disk (again)", plain, "")),
        ] {
            assert_eq!(read(item), expected, "{item}");
        }
    }
}
