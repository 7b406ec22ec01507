//! The JSON that Slack exports: an array of messages, or an object that holds one.

use super::chat::{Chat, Message};
use super::pasted::PasteKind;
use super::people::People;
use super::{Pasted, markdown};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value};
use std::collections::{HashMap, HashSet};

type Object = Map<String, Value>;

/// Reads an export. `None` is JSON of something else, or no JSON at all; an error is an export with a fault.
pub(super) fn read(text: &str, people: &People) -> Result<Option<Pasted>, String> {
    let value: Value = match serde_json::from_str(text.trim()) {
        Ok(value) => value,
        Err(error) if text.contains("\"ts\"") => {
            return Err(format!(
                "This looks like a Slack export, but its JSON ends or breaks in line {}: paste all of it.",
                error.line()
            ));
        }
        Err(_no_json) => return Ok(None),
    };
    let mut names = Names::default();
    let messages = match &value {
        Value::Array(messages) => messages,
        Value::Object(whole) => {
            names.learn_users(whole.get("users"));
            match whole.get("messages") {
                Some(Value::Array(messages)) => messages,
                Some(_) | None => return Ok(None),
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => return Ok(None),
    };
    let mut found: Vec<(Option<Timestamp>, &Object)> = Vec::new();
    let mut others: Vec<&Value> = Vec::new();
    for value in messages {
        if let Some(message) = value.as_object().filter(|it| it.contains_key("ts")) {
            names.learn(message);
            found.push((instant(message.get("ts")), message));
        } else {
            others.push(value);
        }
    }
    if found.is_empty() {
        return Ok(None);
    }
    // The newest come first where a program asked for them. Those without a time stay behind their neighbours' end.
    found.sort_by_key(|(at, _)| at.unwrap_or(Timestamp::MAX));
    let mut chat = Chat::among(people.clone());
    for (at, message) in found {
        say(&mut chat, at.map(whole_second), message, &names);
    }
    for other in &others {
        chat.keep(&other.to_string());
    }
    if !others.is_empty() {
        chat.remark(format!(
            "{} entries of the export are no messages; they stayed text.",
            others.len()
        ));
    }
    Ok(Some(chat.finish(PasteKind::SlackExport)))
}

/// What stands behind the second tells messages apart and is no time; rows keep their order without it.
fn whole_second(at: Timestamp) -> Timestamp {
    Timestamp::from_second(at.as_second()).unwrap_or(at)
}

fn say(chat: &mut Chat, at: Option<Timestamp>, message: &Object, names: &Names) {
    let role = match (text_of(message, "user"), text_of(message, "username")) {
        (Some(user), _) if !message.contains_key("bot_id") => {
            chat.people.role(user, names.of(user))
        }
        (_, Some(bot)) => bot.to_owned(),
        (Some(user), None) => match names.of(user) {
            "" => "bot".to_owned(),
            name => name.to_owned(),
        },
        (None, None) => String::new(),
    };
    let mut parts: Vec<String> = Vec::new();
    collect(message, &mut parts);
    let source = parts.join("\n\n");
    let people = &mut chat.people;
    let text = markdown::slack(&source, &mut |user, label| {
        let known = names.of(user);
        people.role(user, if known.is_empty() { label } else { known })
    });
    let at_text = match at {
        Some(_) => String::new(),
        None => message.get("ts").map(Value::to_string).unwrap_or_default(),
    };
    let beyond = format!(
        "{} {text}",
        at.map_or_else(|| at_text.clone(), |at| at.to_string())
    );
    chat.say(
        Message {
            at,
            at_text,
            role,
            text,
        },
        &beyond,
    );
}

/// So many parts of one message are looked for in those before them. Of more, only the very same are told once: no
/// program says so much, and looking would cost the square of its length.
const MOST_LOOKED_FOR: usize = 200;

/// What a message says: its text, what a program attached, the names of its files.
fn collect(message: &Object, parts: &mut Vec<String>) {
    let mut said: HashSet<String> = HashSet::new();
    let mut looked_for = 0_usize;
    let mut add = |text: &str| {
        let text = text.trim();
        if text.is_empty() || !said.insert(text.to_owned()) {
            return;
        }
        looked_for += 1;
        if looked_for > MOST_LOOKED_FOR || !parts.iter().any(|part| part.contains(text)) {
            parts.push(text.to_owned());
        }
    };
    add(text_of(message, "text").unwrap_or(""));
    for attachment in objects(message.get("attachments")) {
        if let Some(title) = text_of(attachment, "title") {
            match text_of(attachment, "title_link") {
                Some(link) => add(&format!("<{link}|{title}>")),
                None => add(title),
            }
        }
        for key in ["pretext", "text"] {
            add(text_of(attachment, key).unwrap_or(""));
        }
        for field in objects(attachment.get("fields")) {
            let part = |key| text_of(field, key).unwrap_or("");
            add(&format!("{}: {}", part("title"), part("value")));
        }
        add(text_of(attachment, "fallback").unwrap_or(""));
    }
    for file in objects(message.get("files")) {
        let name = text_of(file, "title").or_else(|| text_of(file, "name"));
        let name = name.unwrap_or("file");
        match text_of(file, "permalink") {
            Some(link) => add(&format!("<{link}|{name}>")),
            None => add(name),
        }
    }
    if parts.is_empty() {
        let mut said = Vec::new();
        texts(message.get("blocks"), &mut said);
        parts.push(said.concat());
    }
}

/// Every text inside of blocks, in order. The parser bounds how deep they lie.
fn texts(value: Option<&Value>, found: &mut Vec<String>) {
    match value {
        Some(Value::Array(all)) => {
            for value in all {
                texts(Some(value), found);
            }
        }
        Some(Value::Object(block)) => {
            match (block.get("type").and_then(Value::as_str), block.get("text")) {
                (Some("user"), _) => {
                    let user = text_of(block, "user_id").unwrap_or("");
                    found.push(format!("<@{user}>"));
                }
                (Some("link"), said) => {
                    let label = said.and_then(Value::as_str).unwrap_or("");
                    let link = text_of(block, "url").unwrap_or("");
                    found.push(format!("<{link}|{label}>"));
                }
                (_, Some(Value::String(said))) => found.push(said.clone()),
                (_, _) => {
                    for value in block.values() {
                        if value.is_array() || value.is_object() {
                            texts(Some(value), found);
                        }
                    }
                }
            }
        }
        Some(Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_)) | None => {}
    }
}

/// `"1763388120.000100"`, or the same as a number: seconds since 1970.
fn instant(ts: Option<&Value>) -> Option<Timestamp> {
    let text = match ts? {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => return None,
    };
    let (seconds, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let seconds: i64 = seconds.parse().ok()?;
    let digits: String = fraction.chars().take(6).collect();
    let micros: i64 = format!("{digits:0<6}").parse().ok()?;
    Timestamp::from_second(seconds)
        .ok()?
        .checked_add(SignedDuration::from_micros(micros))
        .ok()
}

fn text_of<'a>(object: &'a Object, key: &str) -> Option<&'a str> {
    object
        .get(key)
        .and_then(Value::as_str)
        .filter(|text| !text.trim().is_empty())
}

fn objects(value: Option<&Value>) -> impl Iterator<Item = &Object> {
    value
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_object)
}

/// The names of users by what Slack calls them.
#[derive(Default)]
struct Names(HashMap<String, String>);

impl Names {
    fn of(&self, user: &str) -> &str {
        self.0.get(user).map_or("", String::as_str)
    }

    /// From the message itself: `user_profile`, and what a program calls itself.
    fn learn(&mut self, message: &Object) {
        let Some(user) = text_of(message, "user") else {
            return;
        };
        let profile = message
            .get("user_profile")
            .or_else(|| message.get("bot_profile"));
        if let Some(name) = profile.and_then(Value::as_object).and_then(name) {
            self.0.insert(user.to_owned(), name);
        }
    }

    /// From `users.json`, where somebody put it beside the messages.
    fn learn_users(&mut self, users: Option<&Value>) {
        for user in objects(users) {
            let profile = user.get("profile").and_then(Value::as_object);
            let found = profile.and_then(name).or_else(|| name(user));
            if let (Some(id), Some(name)) = (text_of(user, "id"), found) {
                self.0.insert(id.to_owned(), name);
            }
        }
    }
}

fn name(profile: &Object) -> Option<String> {
    ["real_name", "display_name", "name"]
        .into_iter()
        .find_map(|key| text_of(profile, key))
        .map(str::to_owned)
}
