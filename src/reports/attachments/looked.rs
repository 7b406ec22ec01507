//! What in an attached text may not be meant for its readers. It is attached all the same: logs are evidence. Pure.

use super::Kind;
use crate::reports::language::{self, Finding, FindingKind};

/// So much of a text is looked at.
const LOOKED_AT: usize = 256 * 1024;
/// So many places are told.
const MOST_TOLD: usize = 5;
/// The longest that one of them is, in characters.
const LONGEST: usize = 80;

/// What looks like a secret or like somebody's e-mail address in a text, and on which line; empty for anything else. Digits
/// are no telephone numbers here: logs are full of them.
pub(super) fn warning(kind: Kind, bytes: &[u8]) -> String {
    if kind != Kind::Text {
        return String::new();
    }
    let start = bytes.get(..LOOKED_AT).unwrap_or(bytes);
    // A character may be cut at the end.
    let text = String::from_utf8_lossy(start);
    let mut found = language::private(&text);
    found.retain(|it| it.kind != FindingKind::Phone);
    let told: Vec<String> = found.iter().take(MOST_TOLD).map(place).collect();
    match found.len() - told.len() {
        0 => told.join(", "),
        more => format!("{} and {more} more", told.join(", ")),
    }
}

fn place(found: &Finding) -> String {
    let words: String = found.text.chars().take(LONGEST).collect();
    format!("“{words}” on line {}", found.line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_not_be_meant_for_readers_is_told_with_its_line() {
        let log = "12:01 GET / 200 0171 2345678\n12:02 password=hunter2hunter2x9\n12:03 mail to ada@hansei-tools.com\n";
        let told = "“hunt…” on line 2, “ada@hansei-tools.com” on line 3";
        assert_eq!(warning(Kind::Text, log.as_bytes()), told);
        assert_eq!(warning(Kind::Pdf, log.as_bytes()), "");
        assert_eq!(warning(Kind::Text, b"12:01 fine\n"), "");
    }

    #[test]
    fn much_is_told_in_short_and_only_the_beginning_is_looked_at() {
        let line = |n: usize| format!("password=hunter2hunter{n}x9\n");
        let many: String = (0..9).map(line).collect();
        let told = warning(Kind::Text, many.as_bytes());
        assert!(told.ends_with("“hunt…” on line 5 and 4 more"), "{told}");
        let late = format!("{}\n{}", "ü".repeat(LOOKED_AT), line(1));
        assert_eq!(warning(Kind::Text, late.as_bytes()), "");
    }
}
