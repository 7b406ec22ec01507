//! What of a Markdown text is its author's prose. The rest is masked byte for byte, so that places stay where they are.
//!
//! Masked are front matter, code, quotations, comments, tags and addresses. A small reader of lines, not a parser: what
//! it takes for prose by mistake is read as prose, which does no harm.

use std::collections::HashMap;
use std::ops::Range;

/// Stands for code, an address or a quotation: something that was left out.
pub(super) const MASK: char = '\u{1}';

/// The longest quotation inside a sentence, in bytes.
const LONGEST_QUOTATION: usize = 400;

/// Lists that begin on one line, `- - - x`.
const MOST_MARKERS: usize = 8;

/// A heading, paragraph, list item or row of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Block {
    pub(super) range: Range<usize>,
    pub(super) is_heading: bool,
}

/// A text with all but its prose masked.
#[derive(Debug)]
pub(super) struct Prose {
    pub(super) text: String,
    pub(super) blocks: Vec<Block>,
    /// Where the front matter ends.
    pub(super) begins: usize,
}

/// Reads a text. The result has its length.
pub(super) fn read(text: &str) -> Prose {
    let mut lines = Lines::default();
    let begins = front_matter(text);
    let mut start = begins;
    for line in text.get(start..).unwrap_or_default().split_inclusive('\n') {
        let content = line.trim_end_matches(['\n', '\r']);
        lines.take(start, content);
        start += line.len();
    }
    lines.close();
    let mut bytes = text.as_bytes().to_vec();
    for block in &lines.blocks {
        let source = text.get(block.range.clone()).unwrap_or_default();
        for (range, filler) in inline(source) {
            let range = range.start + block.range.start..range.end + block.range.start;
            for byte in bytes.get_mut(range).unwrap_or_default() {
                *byte = filler;
            }
        }
    }
    // Whole characters were replaced, so this is text; if it were not, there would be nothing to say about it.
    match String::from_utf8(bytes) {
        Ok(text) => Prose {
            text,
            blocks: lines.blocks,
            begins,
        },
        Err(_not_text) => Prose {
            text: String::new(),
            blocks: Vec::new(),
            begins,
        },
    }
}

/// Where the text behind the front matter starts.
fn front_matter(text: &str) -> usize {
    let opening = text.strip_prefix('\u{feff}').unwrap_or(text);
    let fence = match opening.split(['\n', '\r']).next() {
        Some("---") => "---",
        Some("+++") => "+++",
        Some(_) | None => return 0,
    };
    let mut end = text.len() - opening.len();
    for (index, line) in opening.split_inclusive('\n').enumerate() {
        end += line.len();
        if index > 0 && line.trim_end() == fence {
            return end;
        }
    }
    0
}

/// Reads lines one by one and finds the blocks that are prose.
#[derive(Default)]
struct Lines {
    blocks: Vec<Block>,
    paragraph: Option<Range<usize>>,
    inside: Inside,
    in_list: bool,
    after_blank: bool,
}

/// What goes on from one line to the next.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Inside {
    #[default]
    Text,
    /// Code, up to so many of this mark.
    Code(char, usize),
    Comment,
    Quotation,
}

impl Lines {
    fn take(&mut self, start: usize, line: &str) {
        let content = line.trim_start_matches([' ', '\t']);
        if self.goes_on(content) {
            return;
        }
        if content.is_empty() {
            self.close();
            self.inside = Inside::Text;
            self.after_blank = true;
            return;
        }
        let after_blank = std::mem::take(&mut self.after_blank);
        let indented = line.starts_with('\t') || line.starts_with("    ");
        if indented && !self.in_list && self.paragraph.is_none() {
            self.after_blank = after_blank;
            return;
        }
        if after_blank && !line.starts_with([' ', '\t']) {
            self.in_list = false;
        }
        self.take_content(start + (line.len() - content.len()), content, 0);
    }

    fn take_content(&mut self, start: usize, content: &str, markers: usize) {
        // A line behind a quotation belongs to it, unless it begins something of its own.
        let before = std::mem::take(&mut self.inside);
        if let Some((mark, length)) = fence(content) {
            self.close();
            self.inside = Inside::Code(mark, length);
        } else if let Some(quoted) = content.strip_prefix('>') {
            self.close();
            if !quoted.trim_matches(['>', ' ', '\t']).is_empty() {
                self.inside = Inside::Quotation;
            }
        } else if is_definition(content) {
            self.close();
        } else if content.starts_with("<!--") {
            self.close();
            if !content.contains("-->") {
                self.inside = Inside::Comment;
            }
        } else if is_heading(content) {
            self.close();
            self.push(start..start + content.len(), true);
        } else if is_underline(content) {
            if let Some(range) = self.paragraph.take() {
                self.push(range, true);
            }
        } else if let Some(marker) = list_marker(content).filter(|_| markers < MOST_MARKERS) {
            self.close();
            self.in_list = true;
            let item = content.get(marker..).unwrap_or_default();
            if !item.is_empty() {
                self.take_content(start + marker, item, markers + 1);
            }
        } else if content.starts_with('|') {
            self.close();
            self.push(start..start + content.len(), false);
        } else if before == Inside::Quotation {
            self.inside = before;
        } else {
            let end = start + content.len();
            let first = self.paragraph.take().map_or(start, |range| range.start);
            self.paragraph = Some(first..end);
        }
    }

    /// Whether a line belongs to code or a comment that began before it.
    fn goes_on(&mut self, content: &str) -> bool {
        let ends = match self.inside {
            Inside::Text | Inside::Quotation => return false,
            Inside::Code(mark, length) => {
                let closing = content.trim_end();
                closing.len() >= length && closing.chars().all(|c| c == mark)
            }
            Inside::Comment => content.contains("-->"),
        };
        if ends {
            self.inside = Inside::Text;
        }
        true
    }

    fn push(&mut self, range: Range<usize>, is_heading: bool) {
        self.blocks.push(Block { range, is_heading });
    }

    fn close(&mut self) {
        if let Some(range) = self.paragraph.take() {
            self.push(range, false);
        }
    }
}

fn fence(content: &str) -> Option<(char, usize)> {
    let mark = content.chars().next().filter(|c| matches!(c, '`' | '~'))?;
    let rest = content.trim_start_matches(mark);
    let length = content.len() - rest.len();
    (length >= 3 && !(mark == '`' && rest.contains('`'))).then_some((mark, length))
}

fn is_heading(content: &str) -> bool {
    let rest = content.trim_start_matches('#');
    (1..=6).contains(&(content.len() - rest.len())) && (rest.is_empty() || rest.starts_with(' '))
}

/// `===` or `---` below a paragraph.
fn is_underline(content: &str) -> bool {
    let line = content.trim_end();
    line.len() > 1 && (line.bytes().all(|b| b == b'=') || line.bytes().all(|b| b == b'-'))
}

/// `[name]: https://…`
fn is_definition(content: &str) -> bool {
    content.starts_with('[')
        && content
            .split_once("]:")
            .is_some_and(|(name, _)| !name.contains(']'))
}

/// How long the marker of a list item is, with the box of a task.
fn list_marker(content: &str) -> Option<usize> {
    let digits = content.bytes().take_while(u8::is_ascii_digit).count();
    let mark = content.as_bytes().get(digits)?;
    let is_marker = match mark {
        b'-' | b'*' | b'+' => digits == 0,
        b'.' | b')' => (1..=9).contains(&digits),
        _ => false,
    };
    let after = content.get(digits + 1..)?;
    if !is_marker || !(after.is_empty() || after.starts_with([' ', '\t'])) {
        return None;
    }
    let mut item = after.trim_start();
    for task in ["[ ] ", "[x] ", "[X] "] {
        item = item.strip_prefix(task).unwrap_or(item);
    }
    Some(content.len() - item.len())
}

/// What inside a block is no prose, and the byte to put there: [`MASK`] for something that was said, a space for what
/// only belongs to the words before it.
fn inline(source: &str) -> Vec<(Range<usize>, u8)> {
    let mut found = Vec::new();
    let spans = code_spans(source);
    let mut spans = spans.iter().peekable();
    let mut at = 0;
    while let Some(rest) = source.get(at..).filter(|rest| !rest.is_empty()) {
        if let Some(span) = spans.next_if(|span| span.start <= at) {
            found.push((span.clone(), 1));
            at = span.end.max(at);
            continue;
        }
        let limit = spans.peek().map_or(source.len(), |span| span.start);
        let Some(step) = rest.find(['<', ']', ':', '"', '“', '「', '`']) else {
            break;
        };
        if at + step >= limit {
            at = limit;
            continue;
        }
        at += step;
        let rest = source.get(at..).unwrap_or_default();
        let (range, filler) = match rest.chars().next() {
            Some('<') => (tag(rest), 1),
            Some(']') => (target(rest), b' '),
            Some(':') => (address(source, at), 1),
            Some(quote @ ('"' | '“' | '「')) => (quotation(source, at, quote), 1),
            Some(_) | None => (None, 1),
        };
        let width = rest.chars().next().map_or(1, char::len_utf8);
        match range {
            Some((before, after)) => {
                found.push((at - before..at + after, filler));
                at += after.max(width);
            }
            None => at += width,
        }
    }
    found
}

/// Bytes before and after a place.
type Around = (usize, usize);

/// `<https://…>`, `<br>`, `</p>`, `<!-- … -->`
fn tag(rest: &str) -> Option<Around> {
    let inside = rest.get(1..)?;
    if !inside.starts_with(|c: char| c.is_ascii_alphabetic() || matches!(c, '/' | '!')) {
        return None;
    }
    let end = inside.find(['<', '>'])?;
    inside.get(end..)?.starts_with('>').then_some((0, end + 2))
}

/// `](https://…)` and `][name]`, behind the text of a link.
fn target(rest: &str) -> Option<Around> {
    let (open, close) = match rest.as_bytes().get(1)? {
        b'(' => ('(', ')'),
        b'[' => ('[', ']'),
        _ => return None,
    };
    let mut depth = 0_usize;
    for (at, c) in rest.char_indices().skip(1) {
        if c == open {
            depth += 1;
        } else if c == close {
            depth -= 1;
            if depth == 0 {
                return Some((0, at + 1));
            }
        } else if c == ']' || at > 2_048 {
            return None;
        }
    }
    None
}

/// `https://…`, found by its colon.
fn address(source: &str, colon: usize) -> Option<Around> {
    let (before, after) = source.split_at_checked(colon)?;
    let is_mail = before.ends_with("mailto");
    if !after.starts_with("://") && !is_mail {
        return None;
    }
    let scheme = before
        .bytes()
        .rev()
        .take(20)
        .take_while(|b| b.is_ascii_alphanumeric() || *b == b'+')
        .count();
    if scheme == 0 {
        return None;
    }
    let end = after
        .find(|c: char| c.is_whitespace() || matches!(c, '<' | '>' | '"' | ')' | ']' | '|' | '`'))
        .unwrap_or(after.len());
    Some((scheme, end))
}

/// `"…"`, `“…”` and `「…」`: other people's words, or words that are talked about.
fn quotation(source: &str, at: usize, quote: char) -> Option<Around> {
    let (before, rest) = source.split_at_checked(at)?;
    let close = match quote {
        '“' => '”',
        '「' => '」',
        _ => '"',
    };
    let opens = quote != '"' || !before.ends_with(|c: char| c.is_alphanumeric());
    let inside = rest.get(quote.len_utf8()..)?;
    let window = super::start_of(inside, LONGEST_QUOTATION);
    let end = window.find(close)?;
    (opens && end > 0).then_some((0, quote.len_utf8() + end + close.len_utf8()))
}

/// `code`: a run of backticks up to the next run that is as long.
fn code_spans(source: &str) -> Vec<Range<usize>> {
    let mut runs: Vec<Range<usize>> = Vec::new();
    for (at, _) in source.match_indices('`') {
        match runs.last_mut() {
            Some(run) if run.end == at => run.end += 1,
            Some(_) | None => runs.push(at..at + 1),
        }
    }
    // For each run, the next one of its length.
    let mut later: HashMap<usize, usize> = HashMap::new();
    let mut closing: Vec<Option<usize>> = runs
        .iter()
        .enumerate()
        .rev()
        .map(|(index, run)| later.insert(run.len(), index))
        .collect();
    closing.reverse();
    let mut spans = Vec::new();
    let mut next = 0;
    for (index, run) in runs.iter().enumerate() {
        if index < next {
            continue;
        }
        let end = closing.get(index).copied().flatten();
        if let Some((end, last)) = end.and_then(|end| Some((end, runs.get(end)?))) {
            spans.push(run.start..last.end);
            next = end + 1;
        }
    }
    spans
}
