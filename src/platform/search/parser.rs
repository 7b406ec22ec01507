//! Reads a typed query from left to right.

use super::filters::Field;
use super::query::{Excluded, Note, Query, Word, is_space};

pub(super) struct Parser<'a> {
    text: &'a str,
    at: usize,
    query: Query,
}

impl<'a> Parser<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self {
            text,
            at: 0,
            query: Query::default(),
        }
    }

    pub(super) fn run(mut self) -> Query {
        while self.skip_space() {
            if !self.quoted() {
                self.chunk();
            }
        }
        self.query
    }

    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn skip_space(&mut self) -> bool {
        self.at = self.text.len() - self.rest().trim_start_matches(is_space).len();
        self.at < self.text.len()
    }

    fn note(&mut self, start: usize, message: impl Into<String>) {
        self.query.notes.push(Note {
            start,
            end: self.at,
            message: message.into(),
        });
    }

    /// Reads `"…"` or `-"…"` when one stands here.
    fn quoted(&mut self) -> bool {
        let rest = self.rest();
        let (lead, inside, exclude) = match (rest.strip_prefix('"'), rest.strip_prefix("-\"")) {
            (Some(inside), _) => (1, inside, false),
            (None, Some(inside)) => (2, inside, true),
            (None, None) => return false,
        };
        let start = self.at;
        let Some((phrase, _)) = inside.split_once('"') else {
            self.at += lead;
            self.note(start, "This quotation mark has no partner and is ignored.");
            return true;
        };
        self.at += lead + phrase.len() + 1;
        let phrase = phrase
            .split(is_space)
            .filter(|s| !s.is_empty())
            .collect::<Vec<_>>()
            .join(" ");
        if !phrase.contains(char::is_alphanumeric) {
            self.note(start, "Nothing to look for between these quotation marks.");
        } else if exclude {
            self.query.excluded.push(Excluded::Phrase(phrase));
        } else {
            self.query.phrases.push(phrase);
        }
        true
    }

    /// Reads up to the next space.
    fn chunk(&mut self) {
        let start = self.at;
        let rest = self.rest();
        if self.filter(rest) {
            return;
        }
        let length = rest.find(is_space).unwrap_or(rest.len());
        let chunk = rest.get(..length).unwrap_or_default();
        self.at += length;
        if !chunk.contains(char::is_alphanumeric) {
            return;
        }
        match chunk.strip_prefix('-') {
            Some(word) if !word.starts_with('-') => {
                if word
                    .split_once(':')
                    .is_some_and(|(name, _)| Field::from_name(name).is_some())
                {
                    self.note(start, "A filter cannot be excluded: this is ignored.");
                } else {
                    self.query.excluded.push(Excluded::Word(word.to_owned()));
                }
            }
            Some(_) | None => {
                self.note_unknown_field(start, chunk);
                match chunk.split_once(':') {
                    // Without its quotation marks it could read as a filter when the query is printed.
                    Some((name, value))
                        if value.contains('"') && Field::from_name(name).is_some() =>
                    {
                        self.query.words.push(word(name));
                        let pieces = value
                            .split(['"', ':'])
                            .map(|piece| piece.trim_start_matches('-'))
                            .filter(|piece| piece.contains(char::is_alphanumeric));
                        self.query.words.extend(pieces.map(word));
                    }
                    Some(_) | None => self.query.words.push(word(chunk)),
                }
            }
        }
    }

    /// Reads `field:value` or `field:"a value"` when the field is known and the value fits.
    fn filter(&mut self, rest: &str) -> bool {
        let name_length = rest
            .find(|c: char| !c.is_ascii_alphabetic())
            .unwrap_or(rest.len());
        let (Some(name), Some(value)) = (
            rest.get(..name_length),
            rest.get(name_length..)
                .and_then(|rest| rest.strip_prefix(':')),
        ) else {
            return false;
        };
        let Some(field) = Field::from_name(name) else {
            return false;
        };
        let start = self.at;
        let inside = value
            .strip_prefix('"')
            .and_then(|inside| inside.split_once('"'));
        let (value, length) = if let Some((quoted, _)) = inside {
            (quoted, quoted.len() + 2)
        } else {
            let length = value.find(is_space).unwrap_or(value.len());
            (value.get(..length).unwrap_or_default(), length)
        };
        match self.query.filters.add(field, value) {
            Ok(()) => {
                self.at += name.len() + 1 + length;
                true
            }
            Err(problem) => {
                self.at += name.len() + 1 + length;
                self.note(
                    start,
                    format!("{}: {problem}; searched as words.", field.name()),
                );
                self.at = start;
                false
            }
        }
    }

    fn note_unknown_field(&mut self, start: usize, chunk: &str) {
        let Some((name, value)) = chunk.split_once(':') else {
            return;
        };
        let looks_like_one = !value.is_empty()
            && (3..=12).contains(&name.len())
            && name.bytes().all(|b| b.is_ascii_lowercase())
            && value.starts_with(|c: char| c.is_alphanumeric() || c == '"')
            && Field::from_name(name).is_none();
        if looks_like_one {
            self.note(
                start,
                format!("There is no field {name}; searched as words."),
            );
        }
    }
}

fn word(chunk: &str) -> Word {
    match chunk.strip_suffix('*') {
        Some(stem)
            if !stem.ends_with('*')
                && stem.chars().filter(|c| c.is_alphanumeric()).count() >= 2 =>
        {
            Word {
                text: stem.to_owned(),
                prefix: true,
            }
        }
        Some(_) | None => Word {
            text: chunk.to_owned(),
            prefix: false,
        },
    }
}
