//! Marks the words that a search found, in plain text.

use std::ops::Range;

use super::safe_html::{SafeHtml, push_text};

/// Escapes `text` and puts `<mark>` around the given byte ranges.
///
/// Ranges may come in any order, overlap, lie outside the text or cut a character: they are
/// merged, clamped and widened to whole characters.
pub fn highlight(text: &str, ranges: &[Range<usize>]) -> SafeHtml {
    between(("<mark>", "</mark>"), text, ranges)
}

/// The same with `<em>`, which programs know as what a search found.
pub fn emphasise(text: &str, ranges: &[Range<usize>]) -> SafeHtml {
    between(("<em>", "</em>"), text, ranges)
}

fn between((open, close): (&str, &str), text: &str, ranges: &[Range<usize>]) -> SafeHtml {
    let mut html = String::with_capacity(text.len() + ranges.len() * 13);
    let mut done = 0;
    for range in whole_and_apart(text, ranges) {
        push_text(&mut html, text.get(done..range.start).unwrap_or_default());
        html.push_str(open);
        push_text(&mut html, text.get(range.clone()).unwrap_or_default());
        html.push_str(close);
        done = range.end;
    }
    push_text(&mut html, text.get(done..).unwrap_or_default());
    SafeHtml::vouched_for(html)
}

fn whole_and_apart(text: &str, ranges: &[Range<usize>]) -> Vec<Range<usize>> {
    let mut whole: Vec<Range<usize>> = ranges
        .iter()
        .filter(|range| range.start < range.end && range.start < text.len())
        .map(|range| text.floor_char_boundary(range.start)..text.ceil_char_boundary(range.end))
        .collect();
    whole.sort_unstable_by_key(|range| range.start);
    let mut apart: Vec<Range<usize>> = Vec::with_capacity(whole.len());
    for range in whole {
        match apart.last_mut() {
            Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
            Some(_) | None => apart.push(range),
        }
    }
    apart
}
