//! Lines without markup, as most are: they need no parser and no sanitiser.

use super::safe_html::{SafeHtml, push_text};

/// Longer lines are left to the parser, in bytes: it knows what to cut.
const MAX_LINE: usize = 4096;

/// A line as inline HTML, if nothing in it can mean anything but itself.
pub(super) fn inline(line: &str) -> Option<SafeHtml> {
    let is_plain = line.len() <= MAX_LINE
        && line.trim() == line
        && line.chars().all(is_plain)
        && !line.contains("http");
    is_plain.then(|| {
        let mut html = String::with_capacity(line.len());
        push_text(&mut html, line);
        SafeHtml::vouched_for(html)
    })
}

/// A text that is one such line, as a paragraph.
pub(super) fn block(text: &str) -> Option<SafeHtml> {
    if !text.starts_with(char::is_alphabetic) {
        return None;
    }
    let line = inline(text)?;
    Some(SafeHtml::vouched_for(format!("<p>{}</p>\n", line.as_str())))
}

fn is_plain(letter: char) -> bool {
    letter.is_alphanumeric() || " .,;:'\"()%?/+-=@–—…“”’、。（）「」・".contains(letter)
}
