//! What a value looks like: a password, something random, or what stands for one in an example.

/// What stands for a secret in an example, or where one is filled in.
pub(super) fn is_placeholder(value: &str) -> bool {
    const WORDS: &str = "example placeholder changeme change_me change-me your xxxx redacted removed hidden dummy \
     sample secretref ... 00000";
    let lower = value.to_ascii_lowercase();
    let first = value.chars().next();
    // Of 64 keys that are made of 40 such letters, one begins like a path.
    let is_path = value.starts_with('/') && !(value.len() == 40 && is_random(value));
    is_path
        || value.starts_with(['$', '<', '{', '[', '%', '*', '(', '.', '~', '@', '!', '…'])
        || value.contains(['(', '[', '{', '<', '*', '…', ' '])
        || value.contains("://")
        || value.chars().all(|c| Some(c) == first)
        || WORDS
            .split_ascii_whitespace()
            .any(|word| lower.contains(word))
}

pub(super) fn is_password(value: &str, quoted: bool) -> bool {
    let letters = value.chars().any(char::is_alphabetic);
    let digits = value.chars().any(|c| c.is_ascii_digit());
    let signs = value
        .chars()
        .any(|c| c.is_ascii_punctuation() && !matches!(c, '_' | '-' | '.'));
    // Without digits: small letters and capitals in turn, more often than where words are joined.
    let shuffled = value.len() >= 10 && changes(value) * 5 >= value.len() * 2;
    value.len() >= 6
        && letters
        && (digits || shuffled || (quoted && signs))
        && !value.contains("::")
}

/// Whether a value that is too short to be random is at least no word.
pub(super) fn is_mixed(value: &str) -> bool {
    let has = |is: fn(&u8) -> bool| value.as_bytes().iter().any(is);
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    value.len() >= 8
        && value.bytes().all(fits)
        && has(u8::is_ascii_uppercase)
        && has(u8::is_ascii_lowercase)
        && has(u8::is_ascii_digit)
}

/// Whether a value has no words in it.
pub(super) fn is_random(value: &str) -> bool {
    let fits =
        |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '=' | '_' | '-' | '.' | '~');
    value.len() >= 16 && value.chars().all(fits) && changes(value) >= 4
}

/// How often letters change to digits or small letters to capitals, and back.
pub(super) fn changes(value: &str) -> usize {
    let class = |b: &u8| match b {
        b'0'..=b'9' => 1,
        b'a'..=b'z' => 2,
        b'A'..=b'Z' => 3,
        _ => 0,
    };
    let classes: Vec<u8> = value.bytes().map(|b| class(&b)).collect();
    let differ = |pair: &&[u8]| match pair {
        [a, b] => *a != 0 && *b != 0 && a != b,
        _ => false,
    };
    classes.windows(2).filter(differ).count()
}
