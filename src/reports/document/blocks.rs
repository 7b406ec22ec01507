//! The block structure of Markdown, from `pulldown-cmark`, as ranges of the source so that nothing is rewritten.

use super::text::{covers, cut, outdent};
use crate::reports::model::MAX_ROWS;
use pulldown_cmark::{Event, HeadingLevel, Options, Parser, Tag};
use std::ops::Range;

/// A line that opens more containers than this is not meant to be read; parsing it would cost too much.
pub(super) const MAX_NESTING: usize = 100;

/// More headings than this are no outline: the rest are blocks like any other.
const MAX_HEADINGS: usize = 2_000;

/// A top-level block.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Block {
    pub(super) range: Range<usize>,
    pub(super) shape: Shape,
}

/// What a block is, as far as the reader of reports cares.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Shape {
    Heading { level: u8, text: String },
    List { ordered: bool, items: Vec<Item> },
    Table(Table),
    Paragraph,
    Other,
}

/// One item of a list, its marker and indentation taken off.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Item {
    pub(super) range: Range<usize>,
    pub(super) text: String,
}

/// A table: the cells of its head and rows, as Markdown.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Table {
    pub(super) head: Vec<String>,
    pub(super) rows: Vec<Vec<String>>,
    /// Whether there are more rows than anything is made of.
    more: bool,
    /// Where each row stands.
    places: Vec<Range<usize>>,
}

impl Table {
    /// Cells beyond the head (a bar in code, say) are dropped by the grammar; they belong to the last one.
    fn mend(&mut self, text: &str) {
        let width = self.head.len();
        for (row, place) in self.rows.iter_mut().zip(&self.places) {
            let source = cut(text, place.clone()).trim();
            // With no more bars than cells, nothing was dropped.
            let inner = source.strip_prefix('|').unwrap_or(source);
            let between = inner.strip_suffix('|').unwrap_or(inner);
            let bars = between.bytes().filter(|byte| *byte == b'|').count();
            if bars >= width && !covers(&row.join(" "), source) {
                let last = inner.splitn(width, '|').last().unwrap_or("");
                if let Some(cell) = row.last_mut() {
                    last.trim()
                        .trim_end_matches('|')
                        .trim_end()
                        .clone_into(cell);
                }
            }
        }
    }
}

/// Whether some line opens so many quotes and lists that a Markdown parser would be kept busy.
pub(super) fn too_nested(text: &str) -> bool {
    deep_line(text).is_some()
}

/// The first line, from 0, for which a text is [`too_nested`].
pub(super) fn deep_line(text: &str) -> Option<usize> {
    text.split('\n')
        .position(|line| opens_more(line, MAX_NESTING) && !is_rule(line))
}

/// The first line, from 0, that opens more than `most` quotes and lists, or would but for being a rule.
pub(super) fn opening_line(text: &str, most: usize) -> Option<usize> {
    text.split('\n').position(|line| opens_more(line, most))
}

fn opens_more(line: &str, most: usize) -> bool {
    line.len() > most && opened_by(line, most) > most
}

/// How many quotes and lists a line opens; no more are counted than matter.
fn opened_by(line: &str, most: usize) -> usize {
    let mut depth = 0;
    let mut rest = line.trim_start_matches([' ', '\t']);
    while depth <= most {
        let after = if let Some(after) = rest.strip_prefix('>') {
            after
        } else {
            let (width, after) = split_marker(rest);
            if width == 0 || !(after.is_empty() || after.starts_with([' ', '\t'])) {
                break;
            }
            after
        };
        depth += 1;
        rest = after.trim_start_matches([' ', '\t']);
    }
    depth
}

/// A long rule of one character nests nothing.
fn is_rule(line: &str) -> bool {
    let mut marks = line.chars().filter(|letter| !letter.is_whitespace());
    let Some(first) = marks.next().filter(|mark| "-*".contains(*mark)) else {
        return false;
    };
    marks.all(|mark| mark == first)
}

/// A top-level heading.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Heading {
    pub(super) range: Range<usize>,
    pub(super) level: u8,
    pub(super) text: String,
}

/// The headings among the [`blocks`] of a text, without taking its lists and tables apart.
pub(super) fn outline(text: &str) -> Vec<Heading> {
    if too_nested(text) {
        return Vec::new();
    }
    let mut found = Vec::new();
    let mut depth = 0_usize;
    for (event, range) in Parser::new_ext(text, Options::ENABLE_TABLES).into_offset_iter() {
        if let Event::Start(tag) = event {
            if depth == 0
                && let Tag::Heading { level, .. } = tag
            {
                found.push(Heading {
                    level: number(level),
                    text: heading_text(cut(text, range.clone())),
                    range,
                });
                if found.len() == MAX_HEADINGS {
                    break;
                }
            }
            depth += 1;
        } else if let Event::End(_) = event {
            depth = depth.saturating_sub(1);
        }
    }
    found
}

/// The top-level blocks in order. Link definitions lie between them.
pub(super) fn blocks(text: &str) -> Vec<Block> {
    if too_nested(text) {
        return vec![Block {
            range: 0..text.len(),
            shape: Shape::Other,
        }];
    }
    let mut found = Vec::new();
    let mut depth = 0_usize;
    let mut in_list = false;
    let mut headings = 0;
    for (event, range) in Parser::new_ext(text, Options::ENABLE_TABLES).into_offset_iter() {
        match event {
            Event::Start(tag) => {
                if depth == 0 {
                    in_list = matches!(tag, Tag::List(_));
                    let is_heading = matches!(tag, Tag::Heading { .. });
                    headings += usize::from(is_heading);
                    let shape = if is_heading && headings > MAX_HEADINGS {
                        Shape::Other
                    } else {
                        opened(&tag, text, &range)
                    };
                    found.push(Block { range, shape });
                } else if let Some(block) = found.last_mut() {
                    fill(&mut block.shape, &tag, (depth, in_list), text, range);
                }
                depth += 1;
            }
            Event::End(_) => depth = depth.saturating_sub(1),
            Event::Text(_)
            | Event::Code(_)
            | Event::InlineMath(_)
            | Event::DisplayMath(_)
            | Event::Html(_)
            | Event::InlineHtml(_)
            | Event::FootnoteReference(_)
            | Event::SoftBreak
            | Event::HardBreak
            | Event::Rule
            | Event::TaskListMarker(_) => {
                if depth == 0 {
                    found.push(Block {
                        range,
                        shape: Shape::Other,
                    });
                }
            }
        }
    }
    mend(&mut found, text);
    found
}

/// Puts right what the grammar says of tables and lists and reports are not written by.
fn mend(found: &mut [Block], text: &str) {
    for block in found {
        match &mut block.shape {
            Shape::Table(table) => table.mend(text),
            // Link definitions below a list are no part of it.
            Shape::List { items, .. } => {
                block.range.end = items.last().map_or(block.range.end, |item| item.range.end);
            }
            Shape::Heading { .. } | Shape::Paragraph | Shape::Other => {}
        }
    }
}

fn opened(tag: &Tag<'_>, text: &str, range: &Range<usize>) -> Shape {
    if let Tag::Heading { level, .. } = tag {
        return Shape::Heading {
            level: number(*level),
            text: heading_text(cut(text, range.clone())),
        };
    }
    if let Tag::List(start) = tag {
        return Shape::List {
            ordered: start.is_some(),
            items: Vec::new(),
        };
    }
    if matches!(tag, Tag::Table(_)) {
        Shape::Table(Table::default())
    } else if matches!(tag, Tag::Paragraph) {
        Shape::Paragraph
    } else {
        Shape::Other
    }
}

fn fill(shape: &mut Shape, tag: &Tag<'_>, place: (usize, bool), text: &str, range: Range<usize>) {
    let (depth, in_list) = place;
    let items_full = matches!(shape, Shape::List { items, .. } if items.len() > MAX_ROWS);
    match shape {
        Shape::List { items, .. } if depth == 1 && in_list && matches!(tag, Tag::Item) => {
            match items.last_mut() {
                // No more become rows; the last stands for them all.
                Some(last) if items_full => last.range.end = range.end,
                Some(_) | None => items.push(Item {
                    text: item_text(text, &range),
                    range,
                }),
            }
        }
        Shape::Table(table) if depth == 1 && matches!(tag, Tag::TableRow) => {
            table.more = table.rows.len() > MAX_ROWS;
            if !table.more {
                table.rows.push(Vec::new());
                table.places.push(range);
            }
        }
        Shape::Table(table) if depth == 2 && !table.more && matches!(tag, Tag::TableCell) => {
            let cell = cell_text(cut(text, range));
            match table.rows.last_mut() {
                Some(row) => row.push(cell),
                None => table.head.push(cell),
            }
        }
        Shape::List { .. }
        | Shape::Table(_)
        | Shape::Heading { .. }
        | Shape::Paragraph
        | Shape::Other => {}
    }
}

fn cell_text(cell: &str) -> String {
    let cell = cell.trim();
    let cell = cell.strip_prefix('|').unwrap_or(cell);
    let cell = match cell.strip_suffix('|') {
        Some(rest) if !rest.ends_with('\\') => rest,
        Some(_) | None => cell,
    };
    cell.trim().replace("\\|", "|")
}

const fn number(level: HeadingLevel) -> u8 {
    match level {
        HeadingLevel::H1 => 1,
        HeadingLevel::H2 => 2,
        HeadingLevel::H3 => 3,
        HeadingLevel::H4 => 4,
        HeadingLevel::H5 => 5,
        HeadingLevel::H6 => 6,
    }
}

/// The text of a heading from its source: `## Text ##`, or the lines above `---`.
fn heading_text(source: &str) -> String {
    let source = source.trim();
    let marks = source.bytes().take_while(|byte| *byte == b'#').count();
    let rest = cut(source, marks..source.len());
    let text = if (1..=6).contains(&marks) && (rest.is_empty() || rest.starts_with([' ', '\t'])) {
        rest
    } else {
        source.rsplit_once('\n').map_or(source, |(text, _)| text)
    };
    closed(&super::text::one_line(text)).to_owned()
}

/// Takes off the closing `#`s of a heading, however many runs there are.
pub(super) fn closed(heading: &str) -> &str {
    let mut text = heading.trim();
    loop {
        let shorter = text.trim_end_matches('#');
        if shorter.len() == text.len() {
            break;
        }
        if shorter.is_empty() || shorter.ends_with(char::is_whitespace) {
            text = shorter.trim_end();
        } else {
            break;
        }
    }
    text
}

/// The content of a list item without its marker and indentation.
fn item_text(text: &str, range: &Range<usize>) -> String {
    let before = cut(text, 0..range.start);
    let whole = cut(text, range.clone());
    let source = whole.trim_start_matches(' ');
    let lead = whole.len() - source.len();
    let column = before.len() - before.rfind('\n').map_or(0, |at| at + 1) + lead;
    let (marker, rest) = split_marker(source);
    let spaces = rest.bytes().take_while(|byte| *byte == b' ').count();
    let padding = if spaces > 4 || rest.trim_start_matches(' ').starts_with('\n') {
        1
    } else {
        spaces
    };
    let width = column + marker + padding;
    let mut result = String::new();
    for (index, line) in source.split('\n').enumerate() {
        if index == 0 {
            result.push_str(rest.split('\n').next().unwrap_or("").trim_start());
        } else {
            result.push('\n');
            result.push_str(outdent(line, width));
        }
    }
    super::text::block(&result)
}

/// The width of `- ` or `12. ` without the space, and what follows.
pub(super) fn split_marker(source: &str) -> (usize, &str) {
    let digits = source.bytes().take_while(u8::is_ascii_digit).count();
    let rest = cut(source, digits..source.len());
    let after = if digits > 0 {
        rest.strip_prefix(['.', ')'])
    } else {
        rest.strip_prefix(['-', '*', '+'])
    };
    match after {
        Some(after) => (digits + 1, after),
        None => (0, source),
    }
}
