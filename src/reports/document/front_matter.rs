//! The header of a document: found, and read into pairs.

use super::refusal::{Refusal, Unread};
use super::yaml::{MAX_HEADER_BYTES, Node, read_toml, read_yaml};
use std::collections::HashSet;

/// A header and the body below it.
pub(super) struct Split<'a> {
    pub(super) header: Option<Header<'a>>,
    pub(super) body: &'a str,
    /// The lines before the body.
    pub(super) lines: usize,
}

/// The text of a header.
#[derive(Clone, Copy)]
pub(super) struct Header<'a> {
    pub(super) text: &'a str,
    pub(super) toml: bool,
}

/// Splits off a header between `---` lines (YAML) or `+++` lines (TOML). Blank lines may stand before it.
pub(super) fn split(text: &str) -> Split<'_> {
    let whole = Split {
        header: None,
        body: text,
        lines: 0,
    };
    let blank = text
        .split_inclusive('\n')
        .take_while(|line| line.trim().is_empty())
        .map(str::len);
    let (skipped, start) = blank.fold((0, 0), |(lines, bytes), length| (lines + 1, bytes + length));
    let begun = text.get(start..).unwrap_or_default();
    let Some((first, rest)) = begun.split_once('\n') else {
        return whole;
    };
    let toml = match first.trim() {
        "---" => false,
        "+++" => true,
        _ => return whole,
    };
    let mut length = 0;
    for (index, line) in rest.split('\n').enumerate() {
        let closes = match line.trim_end() {
            "---" | "..." => !toml,
            "+++" => toml,
            _ => false,
        };
        if closes {
            let (header, tail) = rest.split_at_checked(length).unwrap_or((rest, ""));
            let body = tail.split_once('\n').map_or("", |(_, body)| body);
            return Split {
                header: Some(Header { text: header, toml }),
                body,
                lines: skipped + index + 2,
            };
        }
        length += line.len() + 1;
    }
    whole
}

/// Reads a header; the error says why it cannot be read.
pub(super) fn read(header: Header<'_>) -> Result<Vec<(String, Node)>, Unread> {
    if header.text.len() > MAX_HEADER_BYTES {
        let bytes = header.text.len();
        return Err(Refusal::Length { bytes }.into());
    }
    let mut pairs = if header.toml {
        read_toml(header.text)?
    } else {
        read_yaml(header.text)?
    };
    if header.toml {
        flatten_extra(&mut pairs);
    }
    let remarks: Vec<&str> = header
        .text
        .lines()
        .filter(|line| line.trim_start().starts_with('#'))
        .collect();
    if !remarks.is_empty() && pairs.iter().all(|(key, _)| key != "comments") {
        pairs.push(("comments".to_owned(), Node::Text(remarks.join("\n"))));
    }
    Ok(pairs)
}

/// Zola and Hugo put what is the author's own below `[extra]`.
fn flatten_extra(pairs: &mut Vec<(String, Node)>) {
    let place = pairs
        .iter()
        .position(|(key, node)| key == "extra" && matches!(node, Node::Map(_)));
    if let Some(place) = place
        && let (_, Node::Map(inner)) = pairs.remove(place)
    {
        let taken: HashSet<String> = pairs.iter().map(|(key, _)| key.clone()).collect();
        for (key, node) in inner {
            let key = if taken.contains(&key) {
                format!("extra.{key}")
            } else {
                key
            };
            pairs.push((key, node));
        }
    }
}
