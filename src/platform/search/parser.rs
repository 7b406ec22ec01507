//! Reads a typed query from left to right.

use super::filters::{Field, FilterError};
use super::query::{Excluded, Note, Piece, Query, Word, is_space};

/// Stands between two words or phrases of which one is enough.
const OR: &str = "OR";

/// What was read last, for an `OR` behind it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Last {
    /// Nothing that one could choose between.
    Other,
    Word,
    Phrase,
    /// Words and phrases with `OR` between.
    Alternatives,
}

pub(super) struct Parser<'a> {
    text: &'a str,
    at: usize,
    query: Query,
    last: Last,
    /// Where the `OR` stands that waits for what comes next.
    or: Option<usize>,
}

impl<'a> Parser<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self {
            text,
            at: 0,
            query: Query::default(),
            last: Last::Other,
            or: None,
        }
    }

    pub(super) fn run(mut self) -> Query {
        while self.skip_space() {
            if !self.quoted() {
                self.chunk();
            }
        }
        self.no_more_alternatives();
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

    /// Takes a word or phrase to look for.
    fn look_for(&mut self, piece: Piece) {
        if self.or.take().is_none() {
            self.last = match piece {
                Piece::Word(word) => {
                    self.query.words.push(word);
                    Last::Word
                }
                Piece::Phrase(phrase) => {
                    self.query.phrases.push(phrase);
                    Last::Phrase
                }
            };
            return;
        }
        let first = match self.last {
            Last::Word => self.query.words.pop().map(Piece::Word),
            Last::Phrase => self.query.phrases.pop().map(Piece::Phrase),
            Last::Alternatives | Last::Other => None,
        };
        match (first, self.query.alternatives.last_mut()) {
            (None, Some(pieces)) => pieces.push(piece),
            (first, _) => {
                let pieces = first.into_iter().chain([piece]).collect();
                self.query.alternatives.push(pieces);
            }
        }
        self.last = Last::Alternatives;
    }

    /// Reads an `OR`.
    fn or(&mut self, start: usize) {
        if self.last == Last::Other || self.or.is_some() {
            self.note(start, NO_CHOICE);
        } else {
            self.or = Some(start);
        }
    }

    /// What comes now is nothing to choose between, or the text ends.
    fn no_more_alternatives(&mut self) {
        if let Some(start) = self.or.take() {
            self.query.notes.push(Note {
                start,
                end: start + OR.len(),
                message: NO_CHOICE.to_owned(),
            });
        }
        self.last = Last::Other;
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
            self.no_more_alternatives();
            self.query.excluded.push(Excluded::Phrase(phrase));
        } else {
            self.look_for(Piece::Phrase(phrase));
        }
        true
    }

    /// Reads up to the next space.
    fn chunk(&mut self) {
        let start = self.at;
        let rest = self.rest();
        let read = match rest.strip_prefix('-') {
            Some(positive) => self.filter(positive, true),
            None => self.filter(rest, false),
        };
        if read {
            self.no_more_alternatives();
            return;
        }
        let length = rest.find(is_space).unwrap_or(rest.len());
        let chunk = rest.get(..length).unwrap_or_default();
        self.at = start + length;
        if chunk == OR {
            self.or(start);
            return;
        }
        if !chunk.contains(char::is_alphanumeric) {
            return;
        }
        match chunk.strip_prefix('-') {
            Some(word) if !word.starts_with('-') => {
                self.no_more_alternatives();
                self.query.excluded.push(Excluded::Word(word.to_owned()));
            }
            Some(_) | None => {
                self.note_unknown_field(start, chunk);
                match chunk.split_once(':') {
                    // Without its quotation marks it could read as a filter when the query is printed.
                    Some((name, value))
                        if value.contains('"') && Field::from_name(name).is_some() =>
                    {
                        let pieces = value
                            .split(['"', ':'])
                            .map(|piece| piece.trim_start_matches('-'))
                            .filter(|piece| piece.contains(char::is_alphanumeric) && *piece != OR);
                        for piece in [name].into_iter().chain(pieces) {
                            self.look_for(Piece::Word(word(piece)));
                        }
                    }
                    Some(_) | None => self.look_for(Piece::Word(word(chunk))),
                }
            }
        }
    }

    /// Reads `field:value` or `field:"a value"`, behind a `-` if that was read, when the field is known. False: it does not
    /// fit, and is words; then nothing is read.
    fn filter(&mut self, rest: &str, not: bool) -> bool {
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
        self.at += usize::from(not) + name.len() + 1 + length;
        let added = if not {
            let Query { filters, not, .. } = &mut self.query;
            filters.add_without(not, field, value)
        } else {
            self.query.filters.add(field, value)
        };
        let Err(problem) = added else { return true };
        // What must not be there is no word to look for, and neither is one value more than there may be.
        let ignored = not || problem == FilterError::TooMany;
        let outcome = if ignored {
            "this is ignored"
        } else {
            "searched as words"
        };
        let written = if name.eq_ignore_ascii_case("started") {
            "started"
        } else {
            field.name()
        };
        self.note(start, format!("{written}: {problem}; {outcome}."));
        if !ignored {
            self.at = start;
        }
        ignored
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

const NO_CHOICE: &str = "OR stands between two words or phrases, such as dns OR \"name resolution\": here it is ignored. \
     Several values of one filter mean any of them anyway.";

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
