//! Text copied out of Slack's window: a name and a time, and below them what was said.

use super::chat::{Chat, Message};
use super::pasted::PasteKind;
use super::people::People;
use super::{Pasted, Place, markdown};
use crate::reports::document::{Lines, day_line};
use jiff::Timestamp;
use std::borrow::Cow;

/// The longest name, in characters.
const MAX_NAME_CHARS: usize = 60;
/// A name has no more words.
const MAX_NAME_WORDS: usize = 5;

/// What a line is.
enum Line<'a> {
    /// Somebody begins to speak.
    Head {
        name: &'a str,
        time: &'a str,
    },
    /// The one above goes on speaking.
    Time(&'a str),
    /// A name alone; its time stands on the next line.
    Name(&'a str),
    Day,
    Empty,
    Text,
}

/// Whether a text begins with somebody speaking, and most who do say something.
pub(super) fn is_one(text: &str) -> bool {
    let kinds = kinds(text);
    let mut told = kinds
        .iter()
        .map(|(_, kind)| kind)
        .filter(|kind| !matches!(kind, Line::Empty | Line::Day));
    let first = matches!(told.next(), Some(Line::Head { .. } | Line::Name(_)));
    let (mut heads, mut said) = (0_usize, 0_usize);
    let mut open = false;
    for (_, kind) in &kinds {
        match kind {
            Line::Head { .. } | Line::Name(_) => {
                heads += 1;
                open = true;
            }
            Line::Text if open => {
                said += 1;
                open = false;
            }
            Line::Text | Line::Time(_) | Line::Day | Line::Empty => {}
        }
    }
    first && said > 0 && said * 2 >= heads
}

/// Reads such a text.
pub(super) fn read(text: &str, place: &Place, people: People) -> Pasted {
    let mut lines = Lines::new(place.zone.clone(), place.day, place.above);
    let mut chat = Chat::among(people);
    // Who speaks, since when, and the lines so far.
    let mut role = String::new();
    let mut open: Option<Open<'_>> = None;
    let mut half = Half::default();
    for (line, kind) in kinds(text) {
        let time = match kind {
            Line::Head { name, time } => {
                close(&mut chat, open.take(), &role);
                role = role_of(&mut chat, name);
                Some(time)
            }
            Line::Name(name) => {
                close(&mut chat, open.take(), &role);
                role = role_of(&mut chat, name);
                None
            }
            Line::Time(time) => {
                close(&mut chat, open.take(), &role);
                Some(time)
            }
            Line::Day => {
                close(&mut chat, open.take(), &role);
                lines.turn(line);
                chat.keep(line);
                None
            }
            Line::Empty | Line::Text => {
                match &mut open {
                    Some(open) => open.said.push(line),
                    None if line.trim().is_empty() => {}
                    None => chat.below(line, &markdown::plain(line)),
                }
                None
            }
        };
        if let Some(time) = time {
            open = lines.begin(&half.whole(time)).map(|begun| Open {
                at: begun.at,
                at_text: begun.at_text,
                said: Vec::new(),
            });
        }
    }
    close(&mut chat, open, &role);
    for doubt in lines.doubts() {
        chat.remark(doubt);
    }
    chat.finish(PasteKind::Chat)
}

/// A message while its lines are read.
struct Open<'a> {
    at: Option<Timestamp>,
    at_text: String,
    said: Vec<&'a str>,
}

/// Minutes of half a day, and an hour: a message lies at most so far before the one above it.
const HALF: u16 = 12 * 60;
const BACK: u16 = 60;

/// Which half of the day it is in a chat that says AM and PM: messages that go on leave it out.
#[derive(Default)]
struct Half {
    /// Minutes since midnight of the last time, once a time has said its half.
    last: Option<u16>,
}

impl Half {
    /// The time with its half, if it needs one.
    fn whole<'a>(&mut self, time: &'a str) -> Cow<'a, str> {
        let Some((minutes, said)) = on_a_dial(time) else {
            return Cow::Borrowed(time);
        };
        if let Some(is_after) = said {
            self.last = Some(minutes + if is_after { HALF } else { 0 });
            return Cow::Borrowed(time);
        }
        let Some(last) = self.last else {
            return Cow::Borrowed(time);
        };
        // The first such time behind the last one; a little before it is out of order, not half a day later.
        let ahead = |at: u16| (at + BACK + 2 * HALF - last) % (2 * HALF);
        let at = if ahead(minutes) < ahead(minutes + HALF) {
            minutes
        } else {
            minutes + HALF
        };
        self.last = Some(at);
        let inner = time.trim_matches(['[', ']', '(', ')', ' ', '\u{a0}']);
        Cow::Owned(format!("{inner} {}", if at < HALF { "AM" } else { "PM" }))
    }
}

/// Minutes since midnight or noon of a time that a dial shows, and whether it says that it is after noon.
fn on_a_dial(time: &str) -> Option<(u16, Option<bool>)> {
    let time = time.trim_matches(['[', ']', '(', ')', ' ', '\u{a0}']);
    let (hour, rest) = time.split_once(':')?;
    let (minute, rest) = rest.split_at_checked(2)?;
    let hour: u16 = hour.parse().ok().filter(|hour| (1..=12).contains(hour))?;
    let minute: u16 = minute.parse().ok().filter(|minute| *minute < 60)?;
    let half = match rest.trim().to_lowercase().replace('.', "").as_str() {
        "am" => Some(false),
        "pm" => Some(true),
        "" => None,
        _ => return None,
    };
    Some((hour % 12 * 60 + minute, half))
}

/// Ends a message. One without words is none, but its time is kept.
fn close(chat: &mut Chat, open: Option<Open<'_>>, role: &str) {
    let Some(open) = open else {
        return;
    };
    let text = open.said.join("\n");
    let message = Message {
        at: open.at,
        at_text: open.at_text,
        role: role.to_owned(),
        text: markdown::plain(text.trim()),
    };
    chat.say(message, text.trim());
}

/// The role of a name; apps are no people and keep theirs.
fn role_of(chat: &mut Chat, name: &str) -> String {
    match name.strip_suffix("APP") {
        Some(app) if app.ends_with([' ', '\u{a0}']) => app.trim().to_owned(),
        Some(_) | None => chat.people.role(name.trim(), ""),
    }
}

fn kinds(text: &str) -> Vec<(&str, Line<'_>)> {
    let lines: Vec<&str> = text.lines().collect();
    let mut kinds = Vec::with_capacity(lines.len());
    for (index, line) in lines.iter().enumerate() {
        let next = lines.get(index + 1).copied().unwrap_or("");
        kinds.push((*line, kind(line, next)));
    }
    kinds
}

fn kind<'a>(line: &'a str, next: &str) -> Line<'a> {
    let trimmed = line.trim();
    if trimmed.is_empty() {
        Line::Empty
    } else if let Some(time) = only_time(trimmed) {
        Line::Time(time)
    } else if let Some((name, time)) = head(trimmed) {
        Line::Head { name, time }
    } else if is_name(trimmed)
        && next.starts_with([' ', '\u{a0}'])
        && only_time(next.trim()).is_some()
    {
        Line::Name(trimmed)
    } else if day_line(trimmed) {
        Line::Day
    } else {
        Line::Text
    }
}

/// A line that is nothing but a time, in brackets or not.
fn only_time(line: &str) -> Option<&str> {
    if line.chars().count() > MAX_NAME_CHARS {
        return None;
    }
    let mut lines = Lines::new(jiff::tz::TimeZone::UTC, None, None);
    lines
        .begin(line)
        .is_some_and(|begun| begun.rest.is_empty())
        .then_some(line)
}

/// `Ada Lovelace  14:02`, `Ada Lovelace [2:02 PM]`
fn head(line: &str) -> Option<(&str, &str)> {
    let at = line
        .rfind("  ")
        .or_else(|| line.rfind('\t'))
        .or_else(|| line.rfind(" ["))
        .or_else(|| line.rfind('\u{a0}'))?;
    let (name, time) = line.split_at_checked(at)?;
    let (name, time) = (name.trim(), time.trim());
    let found = is_name(name).then_some(time).and_then(only_time)?;
    Some((name, found))
}

fn is_name(text: &str) -> bool {
    text.chars().count() <= MAX_NAME_CHARS
        && text.split_whitespace().count() <= MAX_NAME_WORDS
        && text.starts_with(char::is_alphabetic)
        && !text.contains(|letter: char| ":;!?*#<>|`/".contains(letter))
        && !text.ends_with('.')
}
