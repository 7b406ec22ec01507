//! The people of a chat, as roles: who they are is for the author to know, the timeline says what they did.

use crate::reports::model::TimelineEvent;
use std::collections::{HashMap, HashSet};

/// Shorter parts of names are too often other words.
const MIN_NAME_CHARS: usize = 3;

/// Somebody who took part in a pasted chat.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Participant {
    /// What the rows call them: `participant 1`.
    pub role: String,
    /// The name they had in the chat, for the author alone: nobody else should read it.
    pub name: String,
    /// How many rows are theirs.
    pub rows: usize,
}

/// What roles begin with; a number follows.
const ROLE: &str = "participant ";

/// Everybody met so far, in the order of meeting.
#[derive(Clone, Debug, Default)]
pub struct People {
    met: Vec<Participant>,
    /// Their places by what the chat calls them.
    places: HashMap<String, usize>,
    /// Those known before the chat, by name.
    known: HashMap<String, usize>,
    /// The highest number that a role has.
    highest: usize,
}

impl People {
    /// Those who are known already, beside rows whose roles nobody else gets.
    pub fn known(people: Vec<Participant>, rows: &[TimelineEvent]) -> Self {
        let mut known: HashMap<String, usize> = HashMap::new();
        let mut twice: HashSet<String> = HashSet::new();
        for (place, person) in people.iter().enumerate() {
            if known.insert(person.name.clone(), place).is_some() {
                twice.insert(person.name.clone());
            }
        }
        // Of two with the same name there is no telling who it is now.
        known.retain(|name, _| !twice.contains(name));
        let roles = people.iter().map(|person| person.role.as_str());
        let told = rows.iter().flat_map(|row| [row.role.as_str(), &row.text]);
        let highest = roles.chain(told).filter_map(highest_in).max();
        Self {
            met: people,
            known,
            highest: highest.unwrap_or(0),
            ..Self::default()
        }
    }

    /// The role of somebody whom the chat calls `key`; a name that is no key is the better one.
    pub(super) fn role(&mut self, key: &str, name: &str) -> String {
        let known = self.known.get(if name.is_empty() { key } else { name });
        let next = known.copied().unwrap_or(self.met.len());
        let place = *self.places.entry(key.to_owned()).or_insert(next);
        if place == self.met.len() {
            self.highest = self.highest.saturating_add(1);
            self.met.push(Participant {
                role: format!("{ROLE}{}", self.highest),
                name: key.to_owned(),
                rows: 0,
            });
        }
        let Some(person) = self.met.get_mut(place) else {
            return String::new();
        };
        if !name.is_empty() && person.name == key {
            name.clone_into(&mut person.name);
        }
        person.role.clone()
    }

    /// Those met, with the number of rows of each.
    pub(super) fn counted(mut self, roles: &[&str]) -> Vec<Participant> {
        let mut rows: HashMap<&str, usize> = HashMap::new();
        for role in roles.iter().copied() {
            *rows.entry(role).or_default() += 1;
        }
        for person in &mut self.met {
            person.rows = rows.get(person.role.as_str()).copied().unwrap_or(0);
        }
        self.met
    }
}

/// The highest number of a role that a text names.
fn highest_in(text: &str) -> Option<usize> {
    let numbers = text.split(ROLE).skip(1).filter_map(|rest| {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        rest.get(..digits)?.parse().ok()
    });
    numbers.max()
}

/// The first name of somebody in `people` that a text mentions.
pub(super) struct Names(HashSet<String>);

impl Names {
    pub(super) fn of(people: &[Participant]) -> Self {
        let whole = people.iter().map(|person| person.name.as_str());
        let first = whole.clone().filter_map(|name| words(name).next());
        Self(
            whole
                .chain(first)
                .filter(|name| name.chars().count() >= MIN_NAME_CHARS)
                .map(str::to_owned)
                .collect(),
        )
    }

    pub(super) fn first_in<'a>(&self, text: &'a str) -> Option<&'a str> {
        words(text).find(|word| self.0.contains(*word))
    }
}

/// Runs of what nicknames are made of.
fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|letter: char| !letter.is_alphanumeric() && letter != '_' && letter != '-')
        .filter(|word| !word.is_empty())
}
