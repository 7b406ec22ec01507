//! Contributing factors and learnings as list items, and back.

use super::blocks::Item;
use super::items;
use super::text::{block, indent, one_line};
use crate::reports::model::{FactorRole, FactorUse, Learning, MAX_NAME_CHARS};

/// The longest list item without a bold name that is taken as the name of a factor, in characters.
const MAX_PLAIN_FACTOR: usize = 120;

/// Reads a list of factors; `None` when some item is a story rather than a factor.
pub(super) fn read_factors(list: &[Item]) -> Option<Vec<FactorUse>> {
    list.iter().map(|item| read_factor(&item.text)).collect()
}

/// `**Name** (contributed): note`, `**Name**: note`, or a short line.
fn read_factor(item: &str) -> Option<FactorUse> {
    if let Some(fields) = items::explicit(item, &["name", "role", "note"]) {
        return Some(FactorUse {
            name: one_line(items::value(&fields, "name")),
            role: FactorRole::parse(items::value(&fields, "role"))
                .unwrap_or(FactorRole::Contributed),
            note: items::value(&fields, "note").to_owned(),
        });
    }
    let Some((name, rest)) = item
        .strip_prefix("**")
        .and_then(|rest| rest.split_once("**"))
    else {
        let short = !item.contains('\n') && item.chars().count() <= MAX_PLAIN_FACTOR;
        return (short && !item.is_empty()).then(|| FactorUse {
            name: item.to_owned(),
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
        name: name.to_owned(),
        role,
        note: block(note),
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
