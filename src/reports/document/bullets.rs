//! Reports that have no headings but a list whose items begin with a bold name (`- **Impact**: …`).

use super::blocks::{Item, Shape, blocks};
use super::headings::role_of;
use super::pieces::Piece;
use super::text::{block, cut, indent, lines_of};
use crate::reports::model::SectionRole;

/// So many names we know make a list a report.
const ENOUGH: usize = 3;
/// The longest name, in bytes.
const MAX_NAME: usize = 60;

/// Turns the text before the first heading into sections, if it is such a list; else it stays one piece.
pub(super) fn split(piece: Piece) -> Vec<Piece> {
    if piece.sealed || !piece.heading.is_empty() || !piece.text.contains("**") {
        return vec![piece];
    }
    let all = blocks(&piece.text);
    let names = all.iter().flat_map(|block| match &block.shape {
        Shape::List { items, .. } => items.as_slice(),
        Shape::Heading { .. } | Shape::Table(_) | Shape::Paragraph | Shape::Other => &[],
    });
    let known = names
        .filter_map(|item| named(&item.text))
        .filter(|(name, _)| role_of(name) != SectionRole::Other)
        .count();
    if known < ENOUGH {
        return vec![piece];
    }
    let mut found = vec![Piece {
        text: String::new(),
        ..piece.clone()
    }];
    let mut place = 0;
    for block in all {
        add(&mut found, cut(&piece.text, place..block.range.start));
        match &block.shape {
            Shape::List { items, .. } => add_items(&mut found, items, &piece),
            Shape::Heading { .. } | Shape::Table(_) | Shape::Paragraph | Shape::Other => {
                add(&mut found, cut(&piece.text, block.range.clone()));
            }
        }
        place = block.range.end;
    }
    add(&mut found, cut(&piece.text, place..piece.text.len()));
    found.retain(|piece| !piece.heading.is_empty() || !piece.text.is_empty());
    found
}

fn add_items(found: &mut Vec<Piece>, items: &[Item], whole: &Piece) {
    for item in items {
        if let Some((name, rest)) = named(&item.text) {
            found.push(Piece {
                heading: name.to_owned(),
                role: role_of(name),
                text: rest,
                sealed: false,
                line: whole.line,
            });
        } else {
            add(found, &format!("- {}", indent(&item.text, 2)));
        }
    }
}

fn add(found: &mut [Piece], source: &str) {
    let source = lines_of(source);
    if let Some(last) = found.last_mut()
        && !source.is_empty()
    {
        last.text = lines_of(&format!("{}\n\n{source}", last.text));
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
