//! Names of attached files: safe in addresses, headers and Markdown. Pure.

use super::Kind;
use std::fmt::Write as _;

/// The longest name, in characters.
const LONGEST: usize = 100;

/// The name a file gets: the last piece of the path it came with, of letters, digits, `.`, `-` and `_`, ending as its
/// kind does.
pub fn file_name(given: &str, kind: Kind) -> String {
    let last = given.rsplit(['/', '\\']).next().unwrap_or_default();
    let mut name = String::new();
    for c in last.chars() {
        let is_plain = c.is_alphanumeric() || matches!(c, '.' | '_');
        match if is_plain { c } else { '-' } {
            '-' if name.ends_with(['-', '.']) || name.is_empty() => {}
            '.' if name.ends_with('.') || name.is_empty() => {}
            c => name.push(c),
        }
    }
    let name = name.trim_end_matches(['-', '.']);
    let (stem, ending) = name.rsplit_once('.').unwrap_or((name, ""));
    let is_right = kind
        .endings()
        .iter()
        .any(|right| right.eq_ignore_ascii_case(ending));
    let (stem, ending) = if is_right {
        (stem, ending)
    } else {
        (name, kind.endings().first().copied().unwrap_or_default())
    };
    let room = LONGEST.saturating_sub(ending.len() + 1);
    let stem: String = stem.chars().take(room).collect();
    let stem = match stem.trim_end_matches(['-', '.']) {
        "" if kind.is_picture() => "picture",
        "" => "file",
        stem => stem,
    };
    format!("{stem}.{ending}")
}

/// The name as a piece of an address.
pub fn encoded(name: &str) -> String {
    let mut piece = String::with_capacity(name.len());
    for byte in name.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'.' | b'-' | b'_' => {
                piece.push(char::from(byte));
            }
            // Writing to a string does not fail.
            _ => drop(write!(piece, "%{byte:02X}")),
        }
    }
    piece
}
