//! What the prose of a timeline says about its dates and zones, and what only looks as if it did.

use super::days::Day;
use super::stamp::{WEEKDAYS, read_stamp};
use super::text::{cut, words};
use super::timeline::head;
use super::zones::{Zone, named_zones, read_zone, strongest, zone_in_words, zone_name};

/// Only so much of a line or a text is looked at, in bytes.
const MAX_SEARCHED: usize = 1_000;
/// So many words may stand between "times" and the zone they are in.
const MAX_BETWEEN: usize = 12;

/// What a sentence that tells the zone is about.
const SUBJECTS: [&str; 11] = [
    "times",
    "timestamps",
    "timestamp",
    "timezone",
    "zone",
    "tz",
    "timeline",
    "clocks",
    "zeiten",
    "heures",
    "horas",
];
const JAPANESE_SUBJECTS: [&str; 4] = ["時刻", "日時", "時間", "タイムゾーン"];
/// "Three times" are no times of day, nor is "at times".
const COUNTS: [&str; 11] = [
    "at", "two", "three", "four", "five", "many", "several", "multiple", "few", "some", "of",
];
/// One of these, or a colon or bracket, ties the zone to what the sentence is about.
const TIES: [&str; 10] = [
    "in", "are", "is", "use", "uses", "using", "as", "to", "were", "en",
];
/// What else may stand between the subject and the zone.
const BETWEEN: [&str; 46] = [
    "all",
    "the",
    "a",
    "at",
    "on",
    "of",
    "this",
    "these",
    "below",
    "above",
    "here",
    "given",
    "listed",
    "shown",
    "reported",
    "stated",
    "noted",
    "expressed",
    "recorded",
    "written",
    "displayed",
    "presented",
    "approximate",
    "approximately",
    "otherwise",
    "unless",
    "and",
    "both",
    "have",
    "been",
    "converted",
    "document",
    "report",
    "section",
    "page",
    "events",
    "entries",
    "local",
    "time",
    "standard",
    "daylight",
    "pacific",
    "eastern",
    "central",
    "mountain",
    "european",
];
/// "All PST times", "PST times below".
const WHOLES: [&str; 6] = [
    "all",
    "everything",
    "below",
    "following",
    "throughout",
    "here",
];
/// What may stand beside a date on a line that is only a date.
const BESIDE: [&str; 26] = [
    "day",
    "date",
    "on",
    "the",
    "of",
    "morning",
    "afternoon",
    "evening",
    "night",
    "next",
    "all",
    "times",
    "are",
    "in",
    "events",
    "timeline",
    "日付",
    "日",
    "月",
    "火",
    "水",
    "木",
    "金",
    "土",
    "曜日",
    "の",
];

/// The zone of a sentence that is about times, "all times in PST (UTC-7)", or of a line that is nothing but a zone.
pub(super) fn stated_zone(text: &str) -> Option<Zone> {
    let text = cut(text, 0..text.floor_char_boundary(MAX_SEARCHED));
    let alone = || text.lines().find_map(|line| only_bearings(line)?.1);
    sentences(text).find_map(zone_of_sentence).or_else(alone)
}

/// The zone that stands right behind a time: "at 10:00 PST the alarm rang".
pub(super) fn zone_beside_time(text: &str) -> Option<Zone> {
    let text = cut(text, 0..text.floor_char_boundary(MAX_SEARCHED));
    let mut boundary = true;
    for (at, letter) in text.char_indices() {
        let starts = boundary && letter.is_ascii_digit();
        boundary = !letter.is_ascii_alphanumeric() && !matches!(letter, ':' | '.' | '/' | '-');
        if starts
            && let Some(stamp) = read_stamp(cut(text, at..text.len()))
            && stamp.time.is_some()
            && stamp.zone.is_some()
        {
            return stamp.zone;
        }
    }
    None
}

/// The place or offset named anywhere in a text; an abbreviation alone is too often another word ("the CT scan team").
pub(super) fn zone_in_full(text: &str) -> Option<Zone> {
    let text = cut(text, 0..text.floor_char_boundary(MAX_SEARCHED));
    strongest(named_zones(text).filter(|found| found.length > 4))
}

/// The day, and the zone beside it, of a line that is not much else: "**Monday, March 2nd 2026** (UTC)".
pub(super) fn day_alone(line: &str) -> Option<(Day, Option<Zone>)> {
    let (day, zone) = only_bearings(line)?;
    Some((day?, zone))
}

/// Reads a line that is nothing but a day, a zone or both.
fn only_bearings(line: &str) -> Option<(Option<Day>, Option<Zone>)> {
    if line.len() > MAX_SEARCHED {
        return None;
    }
    let (mut day, mut zone) = (None, None);
    let mut rest =
        line.trim_matches(|letter: char| letter == '_' || letter == '*' || letter.is_whitespace());
    loop {
        rest = rest.trim_start_matches(|letter: char| !letter.is_alphanumeric());
        if rest.is_empty() {
            break;
        }
        let length = if day.is_none()
            && let Some(stamp) = read_stamp(rest)
        {
            if stamp.time.is_some() {
                return None;
            }
            day = stamp.day;
            stamp.length
        } else if let Some((found, length)) = read_zone(rest) {
            zone = Some(found);
            length
        } else {
            beside_length(rest)?
        };
        rest = cut(rest, length..rest.len());
        if rest.starts_with(|letter: char| letter.is_ascii_alphanumeric()) {
            return None;
        }
    }
    (day.is_some() || zone.is_some()).then_some((day, zone))
}

/// The length of the word at the start, if it may stand beside a date: a weekday, `of`, the 2 of "day 2".
fn beside_length(text: &str) -> Option<usize> {
    let length = text
        .find(|letter: char| !letter.is_alphanumeric())
        .unwrap_or(text.len());
    let word = cut(text, 0..length).to_lowercase();
    let number = length <= 2 && word.bytes().all(|byte| byte.is_ascii_digit());
    let known = BESIDE.contains(&word.as_str())
        || WEEKDAYS.contains(&word.as_str())
        || word.ends_with("曜日");
    (number || known).then_some(length)
}

fn sentences(text: &str) -> impl Iterator<Item = &str> {
    text.split(". ")
        .flat_map(|part| part.split(".\n"))
        .flat_map(|part| part.split(['。', '!', '?', ';']))
}

fn zone_of_sentence(sentence: &str) -> Option<Zone> {
    let said: Vec<String> = words(sentence).collect();
    let is_subject = |word: &String| SUBJECTS.contains(&word.as_str());
    if JAPANESE_SUBJECTS.iter().any(|word| sentence.contains(word)) {
        return zone_in_words(sentence);
    }
    let is_about = said.iter().any(is_subject);
    let whole = said.iter().any(|word| WHOLES.contains(&word.as_str()));
    if is_about && sentence.to_lowercase().contains("central european time") {
        return zone_in_words(sentence);
    }
    strongest(named_zones(sentence).filter(|found| {
        let before = cut(sentence, 0..found.at);
        let after = cut(sentence, found.at + found.length..sentence.len());
        let next = words(after).next().unwrap_or_default();
        let names_times = whole && ["times", "timestamps", "time"].contains(&next.as_str());
        names_times || leads_to_zone(before)
    }))
}

/// Whether "all times are in" or the like stands before a zone.
fn leads_to_zone(before: &str) -> bool {
    let said: Vec<String> = words(before).collect();
    // "All times PST" needs no tie.
    let mut tied = said
        .last()
        .is_some_and(|word| SUBJECTS.contains(&word.as_str()));
    let mut earlier = said.iter().rev().take(MAX_BETWEEN);
    while let Some(word) = earlier.next() {
        let word = word.as_str();
        if SUBJECTS.contains(&word) {
            let counted = earlier.next().is_some_and(|count| {
                COUNTS.contains(&count.as_str()) || count.parse::<u32>().is_ok()
            });
            return !counted && (tied || before.contains([':', '(', '=', '[', '：', '（']));
        }
        tied |= TIES.contains(&word);
        let fits = TIES.contains(&word)
            || BETWEEN.contains(&word)
            || word.bytes().all(|byte| byte.is_ascii_digit())
            || zone_name(&word.to_ascii_uppercase()).is_some();
        if !fits {
            return false;
        }
    }
    // "Local time (PST)" and "Pacific time: PT" say it without more.
    let brief = said.len() <= 3 && said.iter().any(|word| word == "time");
    brief && before.trim_end().ends_with([':', '(', '='])
}

/// A line that is only a date.
pub(super) fn bare_day(line: &str) -> Option<Day> {
    let found = head(line)?;
    let nothing = !found.text.contains(char::is_alphanumeric);
    found
        .stamp
        .day
        .filter(|_| found.stamp.time.is_none() && nothing)
}
