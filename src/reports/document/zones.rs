//! Time zones by the names and offsets people write.

use super::text::cut;
use jiff::tz::{Offset, TimeZone};

/// A zone as it was written.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Zone {
    pub(super) zone: TimeZone,
    /// The name, where it is the name of several zones.
    pub(super) unsure: Option<&'static str>,
}

/// Zone names and their offsets in minutes.
const ZONES: [(&str, i32); 36] = [
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
    ("NZST", 720),
    ("NZDT", 780),
    ("AWST", 480),
    ("ACST", 570),
    ("ACDT", 630),
    ("HKT", 480),
    ("NPT", 345),
    ("SAST", 120),
    ("AKST", -540),
    ("AKDT", -480),
    ("HST", -600),
];
/// India or Israel or Ireland, America or China or Cuba, Britain or Bangladesh.
const UNSURE: [&str; 3] = ["IST", "CST", "BST"];
/// How the names of IANA zones begin.
const AREAS: [&str; 11] = [
    "Africa/",
    "America/",
    "Antarctica/",
    "Arctic/",
    "Asia/",
    "Atlantic/",
    "Australia/",
    "Europe/",
    "Indian/",
    "Pacific/",
    "Etc/",
];
/// Words in capitals that end like the names of zones.
const WORDS: [&str; 24] = [
    "BEST", "BURST", "CAST", "COST", "DIST", "DUST", "EAST", "EXIST", "FAST", "FIRST", "GUEST",
    "HOST", "JUST", "LAST", "LIST", "LOST", "MOST", "MUST", "PAST", "POST", "REST", "TEST",
    "TRUST", "WORST",
];
/// Words behind the two letters of a zone.
const BEHIND_ZONES: [&str; 15] = [
    "time",
    "times",
    "timezone",
    "timeline",
    "zone",
    "unless",
    "and",
    "or",
    "if",
    "except",
    "throughout",
    "below",
    "for",
    "on",
    "with",
];
/// A zone is only searched for at the beginning of a text, in bytes.
const MAX_SEARCHED: usize = 1_000;
/// The longest name of a zone, in bytes.
const MAX_ZONE_NAME: usize = 40;
/// No zone is further from UTC.
const MAX_OFFSET_MINUTES: i32 = 14 * 60;

fn fixed(minutes: i32) -> Option<Zone> {
    let zone = Offset::from_seconds(minutes.checked_mul(60)?)
        .ok()
        .map(TimeZone::fixed)?;
    Some(Zone { zone, unsure: None })
}

fn place(name: &str) -> Option<Zone> {
    let zone = TimeZone::get(name).ok()?;
    Some(Zone { zone, unsure: None })
}

/// The zone a word names; `PT`, `ET` and the like follow the daylight saving of their place.
pub(super) fn zone_name(word: &str) -> Option<Zone> {
    if let Some((_, minutes)) = ZONES.iter().find(|(name, _)| *name == word) {
        let unsure = UNSURE.into_iter().find(|name| *name == word);
        return fixed(*minutes).map(|found| Zone { unsure, ..found });
    }
    place(match word {
        "PT" => "America/Los_Angeles",
        "MT" => "America/Denver",
        "CT" => "America/Chicago",
        "ET" => "America/New_York",
        _ => return None,
    })
}

/// `Europe/London` at the very start.
fn iana(text: &str) -> Option<&str> {
    AREAS.iter().find(|area| text.starts_with(**area))?;
    let length = text
        .bytes()
        .take(MAX_ZONE_NAME)
        .take_while(|byte| byte.is_ascii_alphanumeric() || b"/_-+".contains(byte))
        .count();
    Some(cut(text, 0..length).trim_end_matches(['/', '-', '+']))
}

/// A word behind a time that looks like a zone: `AST`, `CHADT`, `Europe/Nowhere`, in brackets or not.
pub(super) fn zone_like(text: &str) -> Option<&str> {
    let text = text.strip_prefix('(').unwrap_or(text);
    if let Some(name) = iana(text) {
        return Some(name);
    }
    let letters = text.bytes().take_while(u8::is_ascii_uppercase).count();
    let word = cut(text, 0..letters);
    let ends = !cut(text, letters..text.len())
        .starts_with(|letter: char| letter.is_alphanumeric() || "_-/'’".contains(letter));
    let fits = (3..=5).contains(&letters)
        && (word.ends_with("ST") || word.ends_with("DT"))
        && !WORDS.contains(&word);
    (ends && fits).then_some(word)
}

/// The IANA zone a whole document is written in, where its words leave no doubt: Japan has one zone.
pub(super) fn zone_of_body(body: &str) -> Option<&'static str> {
    let japanese = body.matches("JST").count();
    (japanese >= 3 && japanese > body.matches("UTC").count()).then_some("Asia/Tokyo")
}

/// The zone stated somewhere in a heading or in a column's head ("Timeline, in PST (UTC-7)").
pub(super) fn zone_in_words(text: &str) -> Option<Zone> {
    let text = cut(text, 0..text.floor_char_boundary(MAX_SEARCHED));
    if text.to_lowercase().contains("central european time") {
        return fixed(60);
    }
    strongest(named_zones(text))
}

/// A zone in the midst of a text.
pub(super) struct Named {
    pub(super) zone: Zone,
    pub(super) at: usize,
    pub(super) length: usize,
}

/// Every zone that a text names.
pub(super) fn named_zones(text: &str) -> impl Iterator<Item = Named> {
    text.match_indices(|letter: char| letter.is_ascii_uppercase())
        .filter_map(|(at, _)| {
            let before = cut(text, 0..at).chars().next_back();
            if before.is_some_and(|letter| letter.is_ascii_alphanumeric()) {
                return None;
            }
            let (zone, length) = read_zone(cut(text, at..text.len()))?;
            let qualifies = length == 2 && qualifies(cut(text, at + length..text.len()));
            (!qualifies).then_some(Named { zone, at, length })
        })
}

/// Of several zones the first, unless a longer one follows: an offset in numbers says more than a name.
pub(super) fn strongest(zones: impl Iterator<Item = Named>) -> Option<Zone> {
    let mut strongest = None;
    for found in zones {
        if found.length > 4 || strongest.is_none() {
            strongest = Some(found.zone);
        }
    }
    strongest
}

/// Whether two letters stand before the word that they belong to: "CT scan", "PT lead".
fn qualifies(after: &str) -> bool {
    let word = after.strip_prefix([' ', '-']).and_then(|rest| {
        rest.split(|letter: char| !letter.is_alphanumeric())
            .next()
            .filter(|word| word.starts_with(char::is_alphabetic))
    });
    word.is_some_and(|word| !BEHIND_ZONES.contains(&word.to_lowercase().as_str()))
}

/// A zone at the very start of a text, and its length.
pub(super) fn read_zone(text: &str) -> Option<(Zone, usize)> {
    let letters = text.bytes().take_while(u8::is_ascii_alphabetic).count();
    if letters == 0 {
        return read_offset(text);
    }
    if let Some(name) = iana(text) {
        return place(name).map(|zone| (zone, name.len()));
    }
    let after = cut(text, letters..text.len());
    if after.starts_with(|letter: char| letter.is_ascii_digit() || letter == '_' || letter == '/') {
        return None;
    }
    let word = cut(text, 0..letters);
    let zone = zone_name(word)?;
    if matches!(word, "UTC" | "GMT")
        && let Some((zone, length)) = from_utc(after)
    {
        return Some((zone, letters + length));
    }
    Some((zone, letters))
}

/// `+2`, `-07`, `+5:45` behind `UTC` or `GMT`.
fn from_utc(text: &str) -> Option<(Zone, usize)> {
    let (sign, rest) = signed(text)?;
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    if digits == 4 {
        return read_offset(text);
    }
    let hours = cut(rest, 0..digits).parse::<i32>().ok()?;
    let quarter = cut(rest, digits..digits + 3)
        .strip_prefix(':')
        .and_then(quarter);
    let zone = (digits <= 2)
        .then(|| offset(sign, hours, quarter.unwrap_or(0)))
        .flatten()?;
    Some((zone, 1 + digits + if quarter.is_some() { 3 } else { 0 }))
}

/// The minutes of an offset.
fn quarter(text: &str) -> Option<i32> {
    match text {
        "00" => Some(0),
        "15" => Some(15),
        "30" => Some(30),
        "45" => Some(45),
        _ => None,
    }
}

fn signed(text: &str) -> Option<(i32, &str)> {
    match text.strip_prefix('+') {
        Some(rest) => Some((1, rest)),
        None => text.strip_prefix(['-', '−']).map(|rest| (-1, rest)),
    }
}

fn offset(sign: i32, hours: i32, minutes: i32) -> Option<Zone> {
    let total = hours * 60 + minutes;
    (minutes < 60 && total <= MAX_OFFSET_MINUTES)
        .then(|| fixed(sign * total))
        .flatten()
}

/// `+09:00`, `-0700` or `+01` at the very start.
fn read_offset(text: &str) -> Option<(Zone, usize)> {
    let (sign, rest) = signed(text)?;
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    let after = cut(rest, digits..rest.len());
    let read = |range: std::ops::Range<usize>| cut(rest, range).parse::<i32>().ok();
    let (hours, minutes, length) = match (digits, after.strip_prefix(':')) {
        (4, None) => (read(0..2)?, read(2..4)?, 4),
        (1 | 2, Some(after)) => {
            if after.bytes().take_while(u8::is_ascii_digit).count() != 2 {
                return None;
            }
            (read(0..digits)?, read(digits + 1..digits + 3)?, digits + 3)
        }
        // `+01`, but not the 10 of `+10 servers`.
        (2, None) if rest.starts_with('0') || !after.starts_with(' ') => (read(0..2)?, 0, 2),
        _ => return None,
    };
    let zone = offset(sign, hours, minutes)?;
    Some((zone, text.len() - rest.len() + length))
}
