//! What somebody types, until they have stopped typing.
//!
//! Why: a search runs at every few letters, and most of what is typed is on its way to something else. Only what was left
//! standing says what somebody wanted. It is kept in memory alone, for some seconds, and what is taken out says no more who
//! typed it.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;

/// So many people are remembered at once; what more of them type is forgotten.
const MOST_PEOPLE: usize = 2_000;
/// So many texts wait to be taken out; more are forgotten.
const MOST_TEXTS: usize = 2_000;
/// So many of them are of one typist.
const MOST_OF_ONE: usize = 20;

/// Somebody who types, under a number: a person, or a program's token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Typist {
    /// In a browser.
    Person(i64),
    /// By a program.
    Token(i64),
}

/// A text, and whether it is wanted once it stands.
#[derive(Debug)]
struct Last {
    text: String,
    wanted: bool,
    at: Timestamp,
}

/// A text that stands, and whose it is.
type Standing = (Typist, String);

/// The last text of each, and those that stand.
#[derive(Debug, Default)]
pub struct Settling(Mutex<(HashMap<Typist, Last>, Vec<Standing>)>);

impl Settling {
    /// Somebody typed this now. What they typed before stands if this is another text; not if one begins with the other.
    pub fn typed(&self, who: Typist, text: &str, wanted: bool, at: Timestamp) {
        // Whoever empties the box takes nothing back.
        if text.is_empty() {
            return;
        }
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (last, standing) = &mut *held;
        if !last.contains_key(&who) && (!wanted || last.len() >= MOST_PEOPLE) {
            return;
        }
        let now = Last {
            text: text.to_owned(),
            wanted,
            at,
        };
        let before = last.insert(who, now);
        let other = before.filter(|it| it.wanted && !is_begun(&it.text, text));
        let theirs = standing.iter().filter(|(typist, _)| *typist == who);
        if theirs.count() < MOST_OF_ONE && standing.len() < MOST_TEXTS {
            standing.extend(other.map(|it| (who, it.text)));
        }
    }

    /// Takes out the wanted texts that stand, among them those whose typist has typed nothing since this time.
    pub fn settled(&self, since: Timestamp) -> Vec<String> {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (last, standing) = &mut *held;
        let standing = std::mem::take(standing);
        let mut settled: Vec<String> = standing.into_iter().map(|(_, text)| text).collect();
        last.retain(|_, it| {
            let stands = it.at <= since;
            if stands && it.wanted {
                settled.push(std::mem::take(&mut it.text));
            }
            !stands
        });
        settled
    }
}

/// Whether one of them begins with the other, in whatever case.
fn is_begun(one: &str, other: &str) -> bool {
    let (one, other) = (one.to_lowercase(), other.to_lowercase());
    one.starts_with(&other) || other.starts_with(&one)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_700_000_000 + second).unwrap()
    }

    const ANA: Typist = Typist::Person(1);
    const BOT: Typist = Typist::Token(1);

    #[test]
    fn only_what_was_left_standing_counts() {
        let settling = Settling::default();
        for (second, text) in [(0, "ku"), (1, "Kub"), (2, "kubernets"), (3, "kubernet")] {
            settling.typed(ANA, text, true, at(second));
        }
        assert!(settling.settled(at(2)).is_empty());
        assert_eq!(settling.settled(at(3)), ["kubernet"]);
        assert!(settling.settled(at(99)).is_empty(), "once");
    }

    #[test]
    fn what_led_to_something_wanted_by_nobody_is_forgotten() {
        let settling = Settling::default();
        settling.typed(ANA, "kub", true, at(0));
        settling.typed(ANA, "kubernetes", false, at(1));
        assert!(settling.settled(at(99)).is_empty());
    }

    #[test]
    fn another_text_leaves_the_one_before_standing() {
        let settling = Settling::default();
        settling.typed(ANA, "flaky switch", true, at(0));
        settling.typed(BOT, "flaky", true, at(0));
        settling.typed(ANA, "", false, at(1));
        settling.typed(ANA, "dns", false, at(1));
        assert_eq!(settling.settled(at(-1)), ["flaky switch"]);
        assert_eq!(settling.settled(at(5)), ["flaky"]);
    }

    #[test]
    fn there_is_room_for_so_many() {
        let settling = Settling::default();
        for person in 0..5_000 {
            settling.typed(Typist::Person(person), "x", true, at(0));
        }
        assert_eq!(settling.settled(at(0)).len(), MOST_PEOPLE);
    }

    #[test]
    fn nobody_takes_all_the_room() {
        let settling = Settling::default();
        for number in 0..100 {
            settling.typed(ANA, &format!("{number} made up"), true, at(0));
        }
        settling.typed(BOT, "flaky switch", true, at(0));
        settling.typed(BOT, "dns", true, at(0));
        let settled = settling.settled(at(-1));
        assert_eq!(settled.len(), MOST_OF_ONE + 1);
        assert_eq!(settled.last().map(String::as_str), Some("flaky switch"));
    }
}
