//! A scanner over the start of a text, for dates and times.

use super::text::{cut, strip_any};

/// A scanner over the start of a text.
#[derive(Clone, Copy)]
pub(super) struct Scan<'a> {
    pub(super) rest: &'a str,
}

impl Scan<'_> {
    /// Takes a prefix off, ASCII case ignored.
    pub(super) fn eat(&mut self, prefix: &str) -> bool {
        match strip_any(self.rest, &[prefix]) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    /// A number of so many digits.
    pub(super) fn number(&mut self, least: usize, most: usize) -> Option<i32> {
        let digits = self.rest.bytes().take_while(u8::is_ascii_digit).count();
        if digits < least || digits > most {
            return None;
        }
        let value = cut(self.rest, 0..digits).parse().ok()?;
        self.rest = cut(self.rest, digits..self.rest.len());
        Some(value)
    }

    pub(super) fn spaces(&mut self) {
        self.rest = self
            .rest
            .trim_start_matches([' ', '\t', '\u{a0}', '\u{3000}']);
    }

    /// A name from a list, in full or its first three letters (and a full stop).
    pub(super) fn name(&mut self, names: &[&str]) -> Option<usize> {
        let letters = self
            .rest
            .bytes()
            .take_while(u8::is_ascii_alphabetic)
            .count();
        let word = cut(self.rest, 0..letters).to_ascii_lowercase();
        let index = names.iter().position(|name| {
            *name == word || (word.len() >= 3 && word.len() <= 4 && name.starts_with(&word))
        })?;
        self.rest = cut(self.rest, letters..self.rest.len());
        let shortened = names.get(index).is_some_and(|name| name.len() > letters);
        if shortened && self.rest.starts_with('.') {
            self.rest = cut(self.rest, 1..self.rest.len());
        }
        Some(index)
    }

    /// Whether no letter or digit is glued to what was read.
    pub(super) fn ends_number(&self) -> bool {
        !self
            .rest
            .starts_with(|letter: char| letter.is_ascii_alphanumeric())
    }
}
