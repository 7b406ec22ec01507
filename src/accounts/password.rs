//! Passwords: which are accepted, and how they are kept (argon2id) and compared.

use std::collections::HashSet;
use std::fmt;
use std::sync::LazyLock;

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{self, PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};

use super::model::{EmailAddress, Name};

const LEAST_CHARACTERS: usize = 12;
/// So that nobody makes the server hash a novel.
pub(crate) const MOST_BYTES: usize = 1_024;

/// Why a password is not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PasswordProblem {
    /// Fewer than 12 characters.
    #[error("Use at least 12 characters. A few unrelated words are easy to remember.")]
    TooShort,
    /// More than 1,024 bytes.
    #[error("Use at most 1,024 bytes.")]
    TooLong,
    /// One of the passwords that are tried first.
    #[error(
        "This password is among the first that are guessed. Use a few unrelated words instead."
    )]
    TooCommon,
    /// Made of the name or the e-mail address.
    #[error("This password is made of your name or e-mail address, which is easy to guess.")]
    AboutYou,
}

/// A password somebody chose, long enough and not among the first to be guessed. Does not print.
#[derive(Clone)]
pub struct NewPassword(String);

impl fmt::Debug for NewPassword {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NewPassword(…)")
    }
}

impl NewPassword {
    /// Accepts what was typed, exactly as it was, for this person.
    pub fn parse(text: &str, email: &EmailAddress, name: &Name) -> Result<Self, PasswordProblem> {
        if text.len() > MOST_BYTES {
            return Err(PasswordProblem::TooLong);
        }
        if text.chars().count() < LEAST_CHARACTERS {
            return Err(PasswordProblem::TooShort);
        }
        let core = core_of(text);
        if COMMON.contains(text.to_lowercase().as_str()) || core.len() < 3 || is_common_word(&core)
        {
            return Err(PasswordProblem::TooCommon);
        }
        let about_you = [email.as_str(), email.local_part(), name.as_str()];
        if about_you.into_iter().any(|word| core == core_of(word)) {
            return Err(PasswordProblem::AboutYou);
        }
        Ok(Self(text.to_owned()))
    }
}

impl NewPassword {
    /// Hashes it for keeping. Takes about 50 ms of processor time: call it where blocking is allowed.
    pub fn hash(&self) -> Result<HashedPassword, HashError> {
        hash_text(&self.0)
    }
}

static COMMON: LazyLock<HashSet<&'static str>> =
    LazyLock::new(|| include_str!("common_passwords.txt").lines().collect());

/// Words that carry no weight, however often repeated and whatever digits and signs surround them.
const COMMON_WORDS: &[&str] = &[
    "admin",
    "administrator",
    "changeme",
    "hansei",
    "iloveyou",
    "letmein",
    "login",
    "password",
    "postmortem",
    "qwerty",
    "secret",
    "test",
    "user",
    "welcome",
];

fn is_common_word(core: &str) -> bool {
    COMMON_WORDS.contains(&core)
}

/// What is left to guess: letters only, in lower case, look-alike signs read as letters, a repeated word once.
fn core_of(text: &str) -> String {
    let letters: Vec<char> = text
        .trim_matches(|c: char| c.is_ascii_digit() || c.is_ascii_punctuation())
        .chars()
        .flat_map(char::to_lowercase)
        .map(|c| match c {
            '0' => 'o',
            '1' | '!' => 'i',
            '3' => 'e',
            '4' | '@' => 'a',
            '5' | '$' => 's',
            '7' => 't',
            other => other,
        })
        .filter(|c| c.is_alphabetic())
        .collect();
    let repeats_after = |unit: usize| {
        letters.len().is_multiple_of(unit)
            && letters
                .iter()
                .zip(letters.iter().skip(unit))
                .all(|(a, b)| a == b)
    };
    let unit = (1..=letters.len())
        .find(|unit| repeats_after(*unit))
        .unwrap_or_default();
    letters.into_iter().take(unit).collect()
}

/// Memory in KiB, passes, lanes: 19 MiB, 2, 1, as the OWASP cheat sheet has it.
const COST: (u32, u32, u32) = (19 * 1_024, 2, 1);

/// What an unknown account is compared with, so that it takes as long as a known one. Made with [`COST`]; nobody knows
/// a password for it.
const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$aGFuc2VpLW5vYm9keS0wMQ$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// Hashing failed for a reason that is no wrong password, such as too little memory.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("could not hash the password: {0}")]
pub struct HashError(password_hash::Error);

/// The outcome of comparing a password with what is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Another password, or nothing stored to compare with.
    Wrong,
    /// The password. When outdated, it should be hashed anew with today's cost.
    Right { outdated: bool },
}

fn hasher() -> Result<Argon2<'static>, HashError> {
    let (memory, passes, lanes) = COST;
    let params = Params::new(memory, passes, lanes, None)
        .map_err(password_hash::Error::from)
        .map_err(HashError)?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

/// A password as it is kept: argon2id with its cost and salt, in PHC form. Does not print.
#[derive(Clone)]
pub struct HashedPassword(String);

impl fmt::Debug for HashedPassword {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HashedPassword(…)")
    }
}

impl HashedPassword {
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

fn hash_text(password: &str) -> Result<HashedPassword, HashError> {
    let hash: PasswordHash = hasher()?
        .hash_password(password.as_bytes())
        .map_err(HashError)?;
    Ok(HashedPassword(hash.to_string()))
}

/// Hashes a password that was just proved right, with today's cost. Call it where blocking is allowed.
pub(crate) fn hash_again(password: &str) -> Result<HashedPassword, HashError> {
    hash_text(password)
}

/// Compares in the same time whether or not there is anything to compare with. Call it where blocking is allowed.
pub(crate) fn verify(password: &str, stored: Option<&str>) -> Result<Verdict, HashError> {
    if password.len() > MOST_BYTES {
        return Ok(Verdict::Wrong);
    }
    let parsed =
        PasswordHash::new(stored.unwrap_or(NOBODY)).map_err(|error| HashError(error.into()))?;
    match hasher()?.verify_password(password.as_bytes(), &parsed) {
        Ok(()) if stored.is_some() => Ok(Verdict::Right {
            outdated: is_outdated(&parsed),
        }),
        Ok(()) | Err(password_hash::Error::PasswordInvalid) => Ok(Verdict::Wrong),
        Err(other) => Err(HashError(other)),
    }
}

fn is_outdated(stored: &PasswordHash) -> bool {
    let cost =
        Params::try_from(stored).map(|params| (params.m_cost(), params.t_cost(), params.p_cost()));
    stored.algorithm.as_str() != "argon2id" || cost != Ok(COST)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parse(text: &str) -> Result<NewPassword, PasswordProblem> {
        let email = EmailAddress::parse("ana.kowalska@example.org").unwrap();
        NewPassword::parse(text, &email, &Name::parse("Ana Kowalska").unwrap())
    }

    #[test]
    fn ordinary_pass_phrases_are_accepted_as_typed() {
        for text in [
            "marmalade kettle drum",
            "  spaces count  ",
            "Ünïcödé äöüß",
            "tr0ub4dor&3-and-more",
        ] {
            assert_eq!(parse(text).unwrap().0, text);
        }
        assert!(parse(&"long enough ".repeat(80)).is_ok());
    }

    #[test]
    fn what_is_guessed_first_is_refused() {
        use PasswordProblem::{AboutYou, TooCommon, TooLong, TooShort};
        for (text, problem) in [
            ("short", TooShort),
            ("äöüäöüäöüäö", TooShort),
            (&*"x".repeat(1_025), TooLong),
            ("CorrectHorseBatteryStaple", TooCommon),
            ("Password2026!", TooCommon),
            ("P@ssw0rd!!!!", TooCommon),
            ("hansei-hansei-hansei", TooCommon),
            ("zzzzzzzzzzzzzzzz", TooCommon),
            ("827364518273", TooCommon),
            ("ana.kowalska@example.org", AboutYou),
            ("anakowalska99", AboutYou),
            ("Kowalska Ana!", TooCommon),
        ] {
            let got = parse(text).map(|password| password.0);
            if text == "Kowalska Ana!" {
                assert!(got.is_ok(), "only exact names are recognised");
            } else {
                assert_eq!(got, Err(problem), "{text}");
            }
        }
    }

    #[test]
    fn every_listed_password_could_otherwise_be_chosen() {
        for line in include_str!("common_passwords.txt").lines() {
            assert!(
                line.chars().count() >= LEAST_CHARACTERS,
                "{line} is too short to need listing"
            );
            assert_eq!(line, line.to_lowercase());
            assert!(parse(line).is_err(), "{line}");
        }
    }

    #[test]
    fn a_hash_is_salted_and_verifies_only_its_password() {
        let password = parse("marmalade kettle drum").unwrap();
        let (one, other) = (password.hash().unwrap().0, password.hash().unwrap().0);
        assert!(one.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{one}");
        assert_ne!(one, other);
        let verdict = |text: &str| verify(text, Some(&one)).unwrap();
        assert_eq!(
            verdict("marmalade kettle drum"),
            Verdict::Right { outdated: false }
        );
        assert_eq!(verdict("marmalade kettle drun"), Verdict::Wrong);
        assert_eq!(verdict(&"x".repeat(1_025)), Verdict::Wrong);
    }

    #[test]
    fn weaker_hashes_verify_and_are_outdated() {
        let weak = Argon2::new(
            Algorithm::Argon2id,
            Version::V0x13,
            Params::new(64, 1, 1, None).unwrap(),
        );
        let stored: PasswordHash = weak.hash_password(b"marmalade kettle drum").unwrap();
        let verdict = verify("marmalade kettle drum", Some(&stored.to_string())).unwrap();
        assert_eq!(verdict, Verdict::Right { outdated: true });
    }

    #[test]
    fn nobody_costs_as_much_as_somebody_and_never_matches() {
        let nobody = PasswordHash::new(NOBODY).unwrap();
        assert!(!is_outdated(&nobody));
        assert_eq!(nobody.hash.unwrap().len(), 32);
        assert_eq!(
            verify("marmalade kettle drum", None).unwrap(),
            Verdict::Wrong
        );
        assert_eq!(verify("", None).unwrap(), Verdict::Wrong);
    }

    #[test]
    fn passwords_do_not_print() {
        assert_eq!(
            format!("{:?}", parse("marmalade kettle drum").unwrap()),
            "NewPassword(…)"
        );
    }

    proptest! {
        #[test]
        fn any_text_is_judged_without_panic(text in any::<String>()) {
            if let Ok(password) = parse(&text) {
                prop_assert!(password.0.chars().count() >= 12 && password.0.len() <= 1_024);
            }
        }
    }
}
