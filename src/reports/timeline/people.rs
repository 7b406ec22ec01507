//! The people of a chat, as roles: who they are is for the author to know, the timeline says what they did.

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

/// Everybody met so far, in the order of meeting.
#[derive(Debug, Default)]
pub(super) struct People {
    met: Vec<Participant>,
    /// Their places by what the chat calls them.
    places: HashMap<String, usize>,
}

impl People {
    /// The role of somebody whom the chat calls `key`; a name that is no key is the better one.
    pub(super) fn role(&mut self, key: &str, name: &str) -> String {
        let place = *self.places.entry(key.to_owned()).or_insert(self.met.len());
        if place == self.met.len() {
            self.met.push(Participant {
                role: format!("participant {}", place + 1),
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
