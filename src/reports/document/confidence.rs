//! Who may see a report whose header asks for confidence in a way that is not understood: nobody but those named on it,
//! until somebody says what was meant.

use super::front_matter::Split;
use super::text::cut;
use super::{Parsed, Stated};
use crate::reports::model::{Problem, Visibility};

/// So many lines at the beginning of a text without a header may have been meant as one.
const LINES: usize = 60;

/// A header that cannot be read.
pub(super) fn of_unread(header: &str, parsed: &mut Parsed) {
    if header.to_lowercase().contains("visibility") {
        let message = "The front matter names a visibility but cannot be read: the report is taken as restricted.";
        restrict(1, message, parsed);
    }
}

/// A line that says `visibility: restricted` where it is not read, below a fence that is none (`----`, no closing one, a
/// comment before it) or with letters in the key that cannot be seen; and any other visibility but `open` in what was
/// plainly meant as a header.
pub(super) fn hidden(split: &Split<'_>, text: &str, parsed: &mut Parsed) {
    if parsed.visibility != Stated::Nothing {
        return;
    }
    let found = if split.header.is_some() {
        // What is indented belongs to another key. A key that is spelt rightly was read.
        text.lines().take(split.lines).position(|line| {
            !line.starts_with([' ', '\t']) && !line.starts_with("visibility") && asks(line, true)
        })
    } else {
        let mut in_header = false;
        text.lines().take(LINES).position(|line| {
            in_header = is_fence(line) || (in_header && could_be_header(line));
            let is_key = !line.starts_with([' ', '\t', '-', '*', '>']);
            asks(line, in_header && is_key)
        })
    };
    if let Some(line) = found {
        let message = "This line asks for a restricted report, but stands in no front matter that can be read: begin the document with a line ---, and end the front matter with another.";
        restrict(line + 1, message, parsed);
    }
}

/// Whether a line looks like one around a header: `---`, `----`, `+++`.
fn is_fence(line: &str) -> bool {
    let line = line.trim();
    line.len() >= 3 && (line.chars().all(|it| it == '-') || line.chars().all(|it| it == '+'))
}

/// Whether a line can stand in a header: a key, what is indented below one, an item, a comment, nothing.
fn could_be_header(line: &str) -> bool {
    line.trim().is_empty()
        || line.starts_with([' ', '\t', '-', '#'])
        || line.contains([':', '：', '='])
}

fn restrict(line: usize, message: &str, parsed: &mut Parsed) {
    parsed.draft.visibility = Visibility::Restricted;
    parsed.visibility = Stated::Unreadable;
    parsed.problems.push(Problem {
        line,
        field: "visibility".to_owned(),
        message: message.to_owned(),
    });
}

/// Whether a line says `visibility: restricted`, whatever stands around and between the letters; in a header, whether it
/// says anything but `open`.
fn asks(line: &str, in_header: bool) -> bool {
    // Longer ones are prose.
    let line = cut(line, 0..line.floor_char_boundary(200));
    let (line, _comment) = line.split_once(" #").unwrap_or((line, ""));
    let seen: String = line
        .chars()
        .filter(|letter| letter.is_alphanumeric() || matches!(letter, ':' | '：' | '='))
        .flat_map(char::to_lowercase)
        .collect();
    let value = seen.strip_prefix("visibility");
    value
        .and_then(|rest| rest.strip_prefix([':', '：', '=']))
        .is_some_and(|value| value.starts_with("restrict") || (in_header && value != "open"))
}
