//! What of a timeline was not understood: times, and lines that begin with a date, that stay in its prose.

use super::bearings::day_alone;
use super::blocks::{Shape, blocks};
use super::text::{cut, one_line};

/// So much of the prose is searched, in bytes.
const MAX_SEARCHED: usize = 64 * 1024;
/// So much of a line is shown, in characters.
const MAX_SHOWN: usize = 60;

/// Says how many lines of the prose name a time of day or begin with something like a date, and where in `source` the first of them stands.
pub(super) fn remark(prose: &str, source: &[&str]) -> Option<(usize, String)> {
    let prose = cut(prose, 0..prose.floor_char_boundary(MAX_SEARCHED));
    let mut timed = Vec::new();
    for block in blocks(prose) {
        match block.shape {
            Shape::List { .. } | Shape::Table(_) | Shape::Paragraph => {
                let lines = cut(prose, block.range).lines();
                timed.extend(lines.filter(|line| names_time(line) || begins_like_date(line)));
            }
            // Logs between fences hold times that are no events.
            Shape::Heading { .. } | Shape::Other => {}
        }
    }
    let first = timed.first()?;
    let place = source.iter().position(|line| line == first).unwrap_or(0);
    let shown: String = one_line(first).chars().take(MAX_SHOWN).collect();
    let count = timed.len();
    let with_time = timed.iter().filter(|line| names_time(line)).count();
    let what = match with_time {
        0 => "date",
        _ if with_time == count => "time of day",
        _ => "date or time of day",
    };
    let message = format!(
        "{count} {} with a {what} stayed text (the first: “{shown}”): begin each event of a timeline with its time.",
        if count == 1 { "line" } else { "lines" }
    );
    Some((place, message))
}

/// Whether a line begins with three numbers such as `11/03/202`: a date, be it misspelt, and not that of a whole day.
fn begins_like_date(line: &str) -> bool {
    if day_alone(line).is_some() {
        return false;
    }
    let line = line.trim_start_matches([' ', '-', '*', '+', '|', '_']);
    let length = line
        .find(|letter: char| !letter.is_ascii_digit() && letter != '/' && letter != '-')
        .unwrap_or(line.len());
    let said = cut(line, 0..length).trim_end_matches(['-', '/']);
    ['/', '-'].into_iter().any(|mark| {
        let parts: Vec<&str> = said.split(mark).collect();
        let numbers = parts
            .iter()
            .all(|part| (1..=4).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit()));
        let longest = parts.iter().map(|part| part.len()).max();
        parts.len() == 3 && numbers && longest.is_some_and(|length| length >= 3)
    })
}

/// Whether `14:02` stands somewhere in a text.
fn names_time(text: &str) -> bool {
    text.match_indices(':').any(|(at, _)| {
        let before: Vec<char> = cut(text, 0..at).chars().rev().take(3).collect();
        let after: Vec<char> = cut(text, at + 1..text.len()).chars().take(3).collect();
        let digits = before.iter().take_while(|c| c.is_ascii_digit()).count();
        let edge = before
            .get(digits)
            .is_none_or(|c| !c.is_alphanumeric() && *c != ':' && *c != '.');
        let hour = before
            .iter()
            .take(digits)
            .rev()
            .collect::<String>()
            .parse::<u8>();
        let minute = after.iter().take(2).collect::<String>().parse::<u8>();
        let ends = after
            .get(2)
            .is_none_or(|c| !c.is_alphanumeric() || *c == 'Z');
        (1..=2).contains(&digits)
            && edge
            && ends
            && hour.is_ok_and(|hour| hour < 24)
            && after.iter().take(2).filter(|c| c.is_ascii_digit()).count() == 2
            && minute.is_ok_and(|minute| minute < 60)
    })
}
