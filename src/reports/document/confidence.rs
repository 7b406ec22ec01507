//! Who may see a report whose header asks for confidence in a way that is not understood: nobody but those named on it,
//! until somebody says what was meant.

use super::front_matter::Header;
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

/// A line that says `visibility: restricted` where it is not read: below a fence that is none (`----`, no closing
/// one, a comment before it), or with letters in the key that cannot be seen.
pub(super) fn hidden(header: Option<Header<'_>>, text: &str, parsed: &mut Parsed) {
    if parsed.visibility != Stated::Nothing {
        return;
    }
    let found = match header {
        // What is indented belongs to another key. A key that is spelt rightly was read.
        Some(header) => header.text.lines().position(|line| {
            !line.starts_with([' ', '\t']) && asks(line) && !line.starts_with("visibility")
        }),
        None => text.lines().take(LINES).position(asks),
    };
    if let Some(line) = found {
        let message = "This line asks for a restricted report, but stands in no front matter that can be read: begin the document with a line ---, and end the front matter with another.";
        restrict(line + 1 + usize::from(header.is_some()), message, parsed);
    }
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

/// Whether a line says `visibility: restricted`, whatever stands around and between the letters.
fn asks(line: &str) -> bool {
    // Longer ones are prose.
    let line = cut(line, 0..line.floor_char_boundary(200));
    let seen: String = line
        .chars()
        .filter(|letter| letter.is_alphanumeric() || matches!(letter, ':' | '：' | '='))
        .flat_map(char::to_lowercase)
        .collect();
    let value = seen.strip_prefix("visibility");
    value
        .and_then(|rest| rest.strip_prefix([':', '：', '=']))
        .is_some_and(|value| value.starts_with("restrict"))
}
