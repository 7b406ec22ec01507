//! Time zones by the names and offsets people write.

use super::text::cut;
use jiff::tz::{Offset, TimeZone};

/// Zone names and their offsets in minutes.
const ZONES: [(&str, i32); 25] = [
    ("UTC", 0),
    ("GMT", 0),
    ("Z", 0),
    ("JST", 540),
    ("KST", 540),
    ("IST", 330),
    ("SGT", 480),
    ("AEST", 600),
    ("AEDT", 660),
    ("CET", 60),
    ("CEST", 120),
    ("EET", 120),
    ("EEST", 180),
    ("WET", 0),
    ("WEST", 60),
    ("BST", 60),
    ("MSK", 180),
    ("PST", -480),
    ("PDT", -420),
    ("MST", -420),
    ("MDT", -360),
    ("CST", -360),
    ("CDT", -300),
    ("EST", -300),
    ("EDT", -240),
];

fn fixed(minutes: i32) -> Option<TimeZone> {
    Offset::from_seconds(minutes.checked_mul(60)?)
        .ok()
        .map(TimeZone::fixed)
}

/// The zone a word names; `PT`, `ET` and the like follow the daylight saving of their place.
fn zone_name(word: &str) -> Option<TimeZone> {
    if let Some((_, minutes)) = ZONES.iter().find(|(name, _)| *name == word) {
        return fixed(*minutes);
    }
    let place = match word {
        "PT" => "America/Los_Angeles",
        "MT" => "America/Denver",
        "CT" => "America/Chicago",
        "ET" => "America/New_York",
        _ => return None,
    };
    TimeZone::get(place).ok()
}

/// The IANA zone a whole document is written in, where its words leave no doubt: Japan has one zone.
pub(super) fn zone_of_body(body: &str) -> Option<&'static str> {
    let japanese = body.matches("JST").count();
    (japanese >= 3 && japanese > body.matches("UTC").count()).then_some("Asia/Tokyo")
}

/// The zone stated somewhere in a heading, a column's head or a sentence ("All times in PST (UTC-7)").
pub(super) fn zone_in_words(text: &str) -> Option<TimeZone> {
    if text.to_lowercase().contains("central european time") {
        return fixed(60);
    }
    let mut named = None;
    for (at, _) in text.match_indices(|letter: char| letter.is_ascii_uppercase()) {
        let before = cut(text, 0..at).chars().next_back();
        if before.is_some_and(|letter| letter.is_ascii_alphanumeric()) {
            continue;
        }
        let rest = cut(text, at..text.len());
        if let Some((zone, length)) = read_zone(rest) {
            // An offset in numbers says more than a name.
            if length > 4 || named.is_none() {
                named = Some(zone);
            }
        }
    }
    named
}

/// A zone at the very start of a text, and its length.
pub(super) fn read_zone(text: &str) -> Option<(TimeZone, usize)> {
    let letters = text.bytes().take_while(u8::is_ascii_alphabetic).count();
    if letters == 0 {
        return read_offset(text);
    }
    let after = cut(text, letters..text.len());
    if after.starts_with(|letter: char| letter.is_ascii_digit() || letter == '_' || letter == '/') {
        return None;
    }
    let word = cut(text, 0..letters);
    let zone = zone_name(word)?;
    if matches!(word, "UTC" | "GMT")
        && let Some((sign, hours)) = after
            .strip_prefix('+')
            .map(|rest| (1, rest))
            .or_else(|| after.strip_prefix('-').map(|rest| (-1, rest)))
    {
        let digits = hours.bytes().take_while(u8::is_ascii_digit).count();
        if let Ok(count) = cut(hours, 0..digits).parse::<i32>()
            && digits <= 2
            && count <= 14
        {
            let half = cut(hours, digits..hours.len()).starts_with(":30");
            let minutes = sign * (count * 60 + if half { 30 } else { 0 });
            let length = letters + 1 + digits + if half { 3 } else { 0 };
            return fixed(minutes).map(|zone| (zone, length));
        }
    }
    Some((zone, letters))
}

/// `+09:00` or `-0700` at the very start.
fn read_offset(text: &str) -> Option<(TimeZone, usize)> {
    let (sign, rest) = match text.strip_prefix('+') {
        Some(rest) => (1, rest),
        None => (-1, text.strip_prefix('-')?),
    };
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    let colon = cut(rest, digits..rest.len()).starts_with(':');
    let read = |range: std::ops::Range<usize>| cut(rest, range).parse::<i32>().ok();
    let (hours, minutes) = match (digits, colon) {
        (4, false) => (read(0..2)?, read(2..4)?),
        (2, true) => {
            let after = cut(rest, 3..rest.len());
            if after.bytes().take_while(u8::is_ascii_digit).count() != 2 {
                return None;
            }
            (read(0..2)?, read(3..5)?)
        }
        _ => return None,
    };
    if hours > 25 || minutes > 59 {
        return None;
    }
    let offset = sign * (hours * 60 + minutes);
    fixed(offset).map(|zone| (zone, if colon { 6 } else { 5 }))
}
