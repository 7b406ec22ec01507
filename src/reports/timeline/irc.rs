//! Logs of IRC as irssi, weechat and others write them: `[14:02] <nick> text`.

use super::chat::{Chat, Message};
use super::pasted::PasteKind;
use super::people::People;
use super::{Pasted, Place, markdown};
use crate::reports::document::Lines;

/// The longest nick, in bytes.
const MAX_NICK: usize = 60;

/// What one line says behind its time.
enum Said<'a> {
    /// Somebody said something.
    Message { nick: &'a str, text: &'a str },
    /// `* nick waves`
    Action { nick: &'a str, text: &'a str },
    /// Coming, going, and what the program itself says.
    Status,
}

/// Whether most of the lines with a time are those of a chat.
pub(super) fn is_one(text: &str, place: &Place) -> bool {
    let mut lines = Lines::new(place.zone.clone(), place.day, place.above);
    let (mut messages, mut others) = (0_usize, 0_usize);
    for line in text.lines() {
        if let Some((_, said)) = read_line(line, &mut lines) {
            match said {
                Some(Said::Message { .. }) => messages += 1,
                Some(Said::Action { .. } | Said::Status) => {}
                None => others += 1,
            }
        }
    }
    messages > 0 && messages >= others
}

/// Reads such a log.
pub(super) fn read(text: &str, place: &Place, people: People) -> Pasted {
    let mut lines = Lines::new(place.zone.clone(), place.day, place.above);
    let mut chat = Chat::among(people);
    let mut aside = 0_usize;
    for line in text.lines() {
        match read_line(line, &mut lines) {
            Some((begun, Some(Said::Message { nick, text } | Said::Action { nick, text }))) => {
                let role = chat.people.role(nick, "");
                let message = Message {
                    at: begun.at,
                    at_text: begun.at_text,
                    role,
                    text: markdown::plain(text),
                };
                chat.say(message, line);
            }
            Some((_, Some(Said::Status))) => {
                aside += 1;
                chat.keep(line);
            }
            Some((begun, None)) => {
                let message = Message {
                    at: begun.at,
                    at_text: begun.at_text,
                    role: String::new(),
                    text: markdown::plain(begun.rest),
                };
                chat.say(message, line);
            }
            None if line.trim().is_empty() => {}
            None if log_day(line).is_some_and(|day| lines.turn(&day)) || lines.turn(line) => {
                aside += 1;
                chat.keep(line);
            }
            None => chat.below(line, &markdown::plain(line)),
        }
    }
    if aside > 0 {
        chat.remark(format!(
            "{aside} {} about people coming and going, or about the log itself, stayed text.",
            if aside == 1 { "line" } else { "lines" }
        ));
    }
    for doubt in lines.doubts() {
        chat.remark(doubt);
    }
    chat.finish(PasteKind::Irc)
}

/// A line that begins with its time, and what of a chat it is.
fn read_line<'a>(
    line: &'a str,
    lines: &mut Lines,
) -> Option<(crate::reports::document::Begun<'a>, Option<Said<'a>>)> {
    // weechat: time, nick and text, each behind a tab.
    if let Some((time, rest)) = line.split_once('\t') {
        let begun = lines.begin(time).filter(|begun| begun.rest.is_empty());
        if let (Some(begun), Some((nick, text))) = (begun, rest.split_once('\t')) {
            let said = match nick.trim() {
                "*" => action(text),
                "" | "--" | "-->" | "<--" | "=!=" => Some(Said::Status),
                nick => nickname(nick).map(|nick| Said::Message { nick, text }),
            };
            return Some((begun, said));
        }
    }
    let begun = lines.begin(line)?;
    let said = said(begun.rest);
    Some((begun, said))
}

fn said(rest: &str) -> Option<Said<'_>> {
    if ["-!-", "***", "-->", "<--", "-- ", "=!="]
        .iter()
        .any(|mark| rest.starts_with(mark))
    {
        return Some(Said::Status);
    }
    if let Some((nick, text)) = rest.strip_prefix('<').and_then(|tail| tail.split_once('>')) {
        let nick = nickname(nick)?;
        return Some(Said::Message {
            nick,
            text: text.strip_prefix(' ').unwrap_or(text),
        });
    }
    rest.strip_prefix("* ").and_then(action)
}

/// `nick waves`
fn action(text: &str) -> Option<Said<'_>> {
    let (nick, text) = text.trim_start().split_once(' ')?;
    let nick = nickname(nick)?;
    Some(Said::Action { nick, text })
}

/// A nick without the sign of its rank; none for what cannot be one.
fn nickname(text: &str) -> Option<&str> {
    let nick = text
        .trim()
        .trim_start_matches(['@', '+', '%', '&', '~', '!']);
    let fits = !nick.is_empty()
        && nick.len() <= MAX_NICK
        && !nick.contains(|letter: char| letter.is_whitespace() || "<>:/\"=".contains(letter));
    fits.then_some(nick)
}

/// The day in `--- Day changed Tue Nov 17 2026` and `--- Log opened Tue Nov 17 08:00:01 2026`.
fn log_day(line: &str) -> Option<String> {
    let said = line.strip_prefix("--- ")?;
    let said = ["Day changed ", "Log opened ", "Log closed "]
        .into_iter()
        .find_map(|start| said.strip_prefix(start))?;
    let words: Vec<&str> = said.split_whitespace().collect();
    match words.as_slice() {
        [_, month, day, year] | [_, month, day, _, year] => Some(format!("{month} {day} {year}")),
        _ => None,
    }
}
