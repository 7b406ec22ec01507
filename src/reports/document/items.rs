//! The shape of a structured row: a list item, with `- key: value` lines below it where it has more to say.
//!
//! The compact form is for people. Where a value could be misread (a title that looks like a field, say) the
//! explicit form, `- <!-- fields -->` followed by every value as a field, says exactly what is meant.

use super::blocks::{Shape, blocks};
use super::text::{block, cut, indent, outdent};

/// Opens the explicit form.
pub(super) const EXPLICIT: &str = "<!-- fields -->";

/// Names and values in the order written.
pub(super) type Fields = Vec<(String, String)>;

/// The value of a field; empty when it is not there.
pub(super) fn value<'a>(fields: &'a Fields, key: &str) -> &'a str {
    fields
        .iter()
        .find(|(name, _)| name == key)
        .map_or("", |(_, value)| value)
}

/// The fields of a row in the explicit form.
pub(super) fn explicit(item: &str, keys: &[&str]) -> Option<Fields> {
    let rest = item.strip_prefix(EXPLICIT)?;
    let mut fields = Fields::new();
    for line in rest.trim_start_matches('\n').split('\n') {
        if let Some((key, value)) = opens_field(line, keys) {
            fields.push((key, value.to_owned()));
        } else {
            let (_, value) = fields.last_mut()?;
            value.push('\n');
            value.push_str(outdent(line, 2));
        }
    }
    for (_, value) in &mut fields {
        *value = block(value);
    }
    Some(fields)
}

/// Splits the fields off the end of a row in the compact form.
pub(super) fn trailing(item: &str, keys: &[&str]) -> (String, Fields) {
    let lines: Vec<&str> = item.split('\n').collect();
    let mut start = lines.len();
    let mut seen: Vec<String> = Vec::new();
    for (index, line) in lines.iter().enumerate().skip(1).rev() {
        if let Some((key, _)) = opens_field(line, keys) {
            if seen.contains(&key) {
                break;
            }
            seen.push(key);
            start = index;
        } else if !(line.is_empty() || line.starts_with("  ")) {
            break;
        }
    }
    let (text, rest) = lines.split_at_checked(start).unwrap_or((&lines, &[]));
    let source = format!("{EXPLICIT}\n{}", rest.join("\n"));
    let fields = if rest.is_empty() {
        None
    } else {
        explicit(&source, keys)
    };
    match fields {
        Some(fields) => (block(&text.join("\n")), fields),
        None => (item.to_owned(), Fields::new()),
    }
}

fn opens_field<'a>(line: &'a str, keys: &[&str]) -> Option<(String, &'a str)> {
    let rest = line.strip_prefix("- ")?;
    let (name, value) = rest.split_once(':')?;
    let name = name.to_ascii_lowercase();
    let fits = value.is_empty() || value.starts_with(' ');
    (fits && keys.contains(&name.as_str())).then(|| (name, value.trim_start()))
}

/// The fields that have a value, as lines of a nested list, indented for an item.
pub(super) fn write_fields(fields: &[(&str, String)]) -> String {
    let lines: Vec<String> = fields
        .iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(key, value)| format!("\n  - {key}: {}", indent(value, 4)))
        .collect();
    lines.concat()
}

/// A row in the explicit form.
pub(super) fn write_explicit(fields: &[(&str, String)]) -> String {
    format!("- {EXPLICIT}{}", write_fields(fields))
}

/// The content of the only item of the only list in a text: the check that a row reads back.
pub(super) fn only_item(source: &str) -> Option<String> {
    let mut found = blocks(source);
    let block = found.pop()?;
    match block.shape {
        Shape::List { mut items, .. } if found.is_empty() && items.len() == 1 => {
            let covered = cut(source, block.range).trim_end() == source.trim_end();
            covered.then(|| items.pop()).flatten().map(|item| item.text)
        }
        Shape::List { .. }
        | Shape::Heading { .. }
        | Shape::Table(_)
        | Shape::Paragraph
        | Shape::Other => None,
    }
}
