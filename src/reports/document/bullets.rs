//! Reports that have no headings but a list whose items begin with a bold name (`- **Impact**: …`).

use super::blocks::{Block, Item, Shape, blocks};
use super::headings::role_of;
use super::pieces::Piece;
use super::text::{block, cut, indent, lines_of};
use crate::reports::model::SectionRole;

/// So many names we know make a list a report.
const ENOUGH: usize = 3;
/// More items than this are no report.
const MAX_NAMES: usize = 100;
/// The longest name, in bytes.
const MAX_NAME: usize = 60;

/// Turns the text before the first heading into sections, if it is such a list; else it stays one piece.
pub(super) fn split(piece: Piece) -> Vec<Piece> {
    if piece.sealed || !piece.heading.is_empty() || !piece.text.contains("**") {
        return vec![piece];
    }
    let all = blocks(&piece.text);
    let known = items_of(&all)
        .flatten()
        .filter_map(|item| named(&item.text))
        .filter(|(name, _)| role_of(name) != SectionRole::Other)
        .count();
    if !(ENOUGH..=MAX_NAMES).contains(&known) || items_of(&all).any(|list| list.len() > MAX_NAMES) {
        return vec![piece];
    }
    let mut found = vec![Part {
        heading: String::new(),
        texts: Vec::new(),
    }];
    let mut place = 0;
    for block in all {
        add(&mut found, cut(&piece.text, place..block.range.start));
        match &block.shape {
            Shape::List { items, .. } => add_items(&mut found, items),
            Shape::Heading { .. } | Shape::Table(_) | Shape::Paragraph | Shape::Other => {
                add(&mut found, cut(&piece.text, block.range.clone()));
            }
        }
        place = block.range.end;
    }
    add(&mut found, cut(&piece.text, place..piece.text.len()));
    found
        .into_iter()
        .filter(|part| !part.heading.is_empty() || !part.texts.is_empty())
        .map(|part| Piece {
            role: role_of(&part.heading),
            heading: part.heading,
            text: part.texts.join("\n\n"),
            sealed: false,
            line: piece.line,
        })
        .collect()
}

/// A piece that is still growing.
struct Part {
    heading: String,
    texts: Vec<String>,
}

/// The items of each list.
fn items_of(all: &[Block]) -> impl Iterator<Item = &[Item]> {
    all.iter().map(|block| match &block.shape {
        Shape::List { items, .. } => items.as_slice(),
        Shape::Heading { .. } | Shape::Table(_) | Shape::Paragraph | Shape::Other => &[],
    })
}

fn add_items(found: &mut Vec<Part>, items: &[Item]) {
    for item in items {
        if let Some((name, rest)) = named(&item.text) {
            found.push(Part {
                heading: name.to_owned(),
                texts: Vec::new(),
            });
            add(found, &rest);
        } else {
            add(found, &format!("- {}", indent(&item.text, 2)));
        }
    }
}

fn add(found: &mut [Part], source: &str) {
    let source = lines_of(source);
    if let Some(last) = found.last_mut()
        && !source.is_empty()
    {
        last.texts.push(source);
    }
}

/// The bold name an item begins with, and what it says.
fn named(item: &str) -> Option<(&str, String)> {
    let (name, rest) = item.strip_prefix("**")?.split_once("**")?;
    let name = name.trim().trim_end_matches(':').trim_end();
    let fits = !name.is_empty()
        && name.len() <= MAX_NAME
        && !name.contains(['\n', '#', '{'])
        && name.starts_with(char::is_alphanumeric);
    fits.then(|| (name, block(rest.trim_start().trim_start_matches(':'))))
}
