//! `@name` in a text: whose names stand there. Pure.

use crate::accounts::Member;
use crate::platform::ids::PersonId;

/// More mentions than this are nobody's attention.
const MOST: usize = 20;
/// The longest name.
const LONGEST: usize = 200;

/// What stands after each `@` that begins a word, as far as a name may reach.
pub(crate) fn after_signs(text: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let mut before = ' ';
    for (at, c) in text.char_indices() {
        let begins = c == '@' && !before.is_alphanumeric() && !"._-+@/".contains(before);
        before = c;
        if !begins {
            continue;
        }
        let rest = text.get(at + 1..).unwrap_or_default();
        let line = rest.lines().next().unwrap_or_default();
        let said: String = line.chars().take(LONGEST).collect();
        if !said.trim().is_empty() && !found.contains(&said) {
            found.push(said);
        }
        if found.len() == MOST {
            break;
        }
    }
    found
}

/// The people meant: after each sign the longest name that ends where a word does. Of two with the same name, both.
pub(crate) fn mentioned(after_signs: &[String], people: &[Member]) -> Vec<PersonId> {
    let mut meant = Vec::new();
    for said in after_signs {
        let said = said.to_lowercase();
        let begins = |name: &str| {
            said.strip_prefix(name)
                .is_some_and(|rest| !rest.starts_with(char::is_alphanumeric))
        };
        let named: Vec<(String, PersonId)> = people
            .iter()
            .map(|person| (person.name.to_lowercase(), person.id))
            .filter(|(name, _)| !name.is_empty() && begins(name))
            .collect();
        let longest = named.iter().map(|(name, _)| name.len()).max();
        for (name, id) in &named {
            if Some(name.len()) == longest && !meant.contains(id) {
                meant.push(*id);
            }
        }
    }
    meant
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::accounts::Role;
    use proptest::prelude::*;

    fn people(names: &[&str]) -> Vec<Member> {
        (1..)
            .zip(names)
            .map(|(id, name)| Member {
                id: PersonId(id),
                name: (*name).to_owned(),
                role: Role::Reader,
                teams: Vec::new(),
            })
            .collect()
    }

    #[test]
    fn the_longest_name_after_the_sign_is_meant() {
        let known = people(&["Ana", "Ana Kowalska", "Ben", "Ben", "反省 太郎", "Ana-Lena"]);
        for (text, meant) in [
            ("@Ana Kowalska, was it on?", vec![2]),
            ("ask @ana about it", vec![1]),
            ("(@ANA)", vec![1]),
            ("@Anatol knows", vec![]),
            ("@Ben", vec![3, 4]),
            ("@反省 太郎に聞いて。@Ana", vec![1]),
            ("@反省 太郎, @Ana", vec![5, 1]),
            ("@Ana-Lena", vec![6]),
            ("mail ana@Ana.example or x@@Ana", vec![]),
            ("@\nAna", vec![]),
            ("@ Ana", vec![]),
            ("", vec![]),
        ] {
            let found = mentioned(&after_signs(text), &known);
            let meant: Vec<PersonId> = meant.into_iter().map(PersonId).collect();
            assert_eq!(found, meant, "{text}");
        }
    }

    #[test]
    fn a_text_full_of_signs_is_not_read_to_its_end() {
        let text: Vec<String> = (0..1_000).map(|n| format!("@n{n}\n")).collect();
        assert_eq!(after_signs(&text.concat()).len(), MOST);
    }

    proptest! {
        #[test]
        fn no_text_is_too_odd(text in "\\PC{0,200}", name in "\\PC{1,20}") {
            let known = people(&[&name]);
            let found = mentioned(&after_signs(&text), &known);
            prop_assert!(found.len() <= 1);
        }
    }
}
