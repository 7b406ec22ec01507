//! Passing by what cannot be a word of the query, so that finding a passage costs little more than reading the text.

use std::collections::HashSet;

/// How the words begin that are looked for.
pub(super) struct Heads {
    /// The first two letters.
    pairs: HashSet<[u8; 2]>,
    /// The first letter, for where an apostrophe or the like stands before the second.
    firsts: HashSet<u8>,
    /// The words of one letter, which camel case may set before any other.
    single: HashSet<u8>,
    /// One of them is not ASCII.
    foreign: bool,
}

impl Heads {
    pub(super) fn of(stems: &HashSet<String>, prefixes: &[String]) -> Self {
        let words = || stems.iter().chain(prefixes).map(String::as_bytes);
        Self {
            pairs: words()
                .filter_map(|word| Some([*word.first()?, *word.get(1)?]))
                .collect(),
            firsts: words().filter_map(|word| word.first().copied()).collect(),
            single: words()
                .filter(|word| word.len() == 1)
                .filter_map(|word| word.first().copied())
                .collect(),
            foreign: words().any(|word| !word.is_ascii()),
        }
    }

    /// Whether a word in this piece may be one of ours. Letters that folding may turn into ASCII always may.
    pub(super) fn may_begin_in(&self, piece: &str) -> bool {
        let is_plain = piece.is_ascii() || (!self.foreign && piece.chars().all(stays_apart));
        if !is_plain {
            return true;
        }
        let bytes = piece.as_bytes();
        let mut before = b' ';
        for (i, byte) in bytes.iter().enumerate() {
            let begins = !before.is_ascii_alphanumeric()
                || (byte.is_ascii_uppercase() && !before.is_ascii_uppercase())
                || (byte.is_ascii_digit() != before.is_ascii_digit())
                || (before.is_ascii_uppercase() && !byte.is_ascii_lowercase());
            if begins && self.may_begin_with(*byte, bytes.get(i + 1).copied()) {
                return true;
            }
            before = *byte;
        }
        false
    }

    fn may_begin_with(&self, first: u8, second: Option<u8>) -> bool {
        let first = first.to_ascii_lowercase();
        match second.filter(u8::is_ascii_alphanumeric) {
            Some(second) => {
                self.pairs.contains(&[first, second.to_ascii_lowercase()])
                    || self.single.contains(&first)
            }
            None => self.firsts.contains(&first),
        }
    }
}

/// ASCII, and the letters and marks of other scripts that no folding turns into ASCII letters or digits.
const fn stays_apart(c: char) -> bool {
    c.is_ascii()
        || matches!(c,
            '\u{2010}'..='\u{201f}' | '\u{2026}' | '\u{3000}'..='\u{303f}' | '\u{3041}'..='\u{30ff}'
            | '\u{3400}'..='\u{9fff}' | '\u{ac00}'..='\u{d7a3}')
}

/// What stands between white space, with its place.
pub(super) fn pieces(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut rest = text;
    let mut offset = 0;
    std::iter::from_fn(move || {
        let trimmed = rest.trim_start();
        offset += rest.len() - trimmed.len();
        let end = trimmed.find(char::is_whitespace).unwrap_or(trimmed.len());
        let (piece, after) = trimmed.split_at_checked(end)?;
        let found = (!piece.is_empty()).then_some((offset, piece));
        offset += end;
        rest = after;
        found
    })
}
