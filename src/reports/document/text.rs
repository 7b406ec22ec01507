//! Small operations on text that the reader and the writer must agree on.

use std::borrow::Cow;
use std::collections::HashSet;
use std::ops::Range;

/// A piece of `text`; empty where the range does not fit.
pub(super) fn cut(text: &str, range: Range<usize>) -> &str {
    text.get(range).unwrap_or("")
}

/// A whole document: line ends as `\n`, no byte order mark, no NUL.
pub(super) fn tidy(text: &str) -> String {
    clean(text.strip_prefix('\u{feff}').unwrap_or(text)).into_owned()
}

/// Line ends as `\n`, no NUL (Postgres cannot store it).
fn clean(text: &str) -> Cow<'_, str> {
    // Nearly every text is clean, and this is asked of each many times.
    if !text.bytes().any(|byte| matches!(byte, b'\r' | 0)) {
        return Cow::Borrowed(text);
    }
    let cleaned = text.replace("\r\n", "\n").replace('\r', "\n");
    Cow::Owned(cleaned.replace('\0', "\u{fffd}"))
}

/// One line: control characters become spaces, the ends are trimmed.
pub(super) fn one_line(text: &str) -> String {
    let spaced: String = text
        .chars()
        .map(|letter| if letter.is_control() { ' ' } else { letter })
        .collect();
    spaced.trim().to_owned()
}

/// A name: one line, and one space between its words, so that it is the same however it was typed.
pub(super) fn single_spaced(text: &str) -> String {
    one_line(text)
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
}

/// Several lines: blank lines are empty, none at either end, nothing trails; the first line keeps its indentation.
pub(super) fn lines_of(text: &str) -> String {
    let tidied = clean(text);
    let mut result = String::with_capacity(tidied.len());
    for line in tidied.split('\n') {
        if line.trim().is_empty() {
            if !result.is_empty() {
                result.push('\n');
            }
        } else {
            result.push_str(line);
            result.push('\n');
        }
    }
    result.truncate(result.trim_end().len());
    result
}

/// Like [`lines_of`], and the first line loses its indentation too.
pub(super) fn block(text: &str) -> String {
    lines_of(text).trim().to_owned()
}

/// The words of a text (runs of letters and digits), in lower case.
pub(super) fn words(text: &str) -> impl Iterator<Item = String> + '_ {
    text.split(|letter: char| !letter.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
}

/// Whether every word of `part` occurs in `whole`.
pub(super) fn covers(whole: &str, part: &str) -> bool {
    let known: HashSet<String> = words(whole).collect();
    words(part).all(|word| known.contains(&word))
}

/// Whether every word of `part` occurs in `whole`, and as often: "23 23:00" is not told by "23 14:00".
pub(super) fn tells(whole: &str, part: &str) -> bool {
    let mut known: Vec<String> = words(whole).collect();
    words(part).all(|word| {
        let place = known.iter().position(|other| *other == word);
        place.map(|place| known.swap_remove(place)).is_some()
    })
}

/// Indents every line but the first and the blank ones.
pub(super) fn indent(text: &str, columns: usize) -> String {
    let padding = " ".repeat(columns);
    let mut result = String::with_capacity(text.len());
    for (index, line) in text.split('\n').enumerate() {
        if index > 0 {
            result.push('\n');
            if !line.is_empty() {
                result.push_str(&padding);
            }
        }
        result.push_str(line);
    }
    result
}

/// Takes up to `columns` spaces from the start of a line.
pub(super) fn outdent(line: &str, columns: usize) -> &str {
    let spaces = line
        .bytes()
        .take(columns)
        .take_while(|byte| *byte == b' ')
        .count();
    let rest = line.get(spaces..).unwrap_or("");
    if spaces < columns {
        rest.strip_prefix('\t').unwrap_or(rest)
    } else {
        rest
    }
}

/// Strips the first of `prefixes` that fits, ASCII case ignored.
pub(super) fn strip_any<'a>(text: &'a str, prefixes: &[&str]) -> Option<&'a str> {
    prefixes.iter().find_map(|prefix| {
        let (start, rest) = text.split_at_checked(prefix.len())?;
        start.eq_ignore_ascii_case(prefix).then_some(rest)
    })
}

/// The first web address in a text that `wanted` accepts.
pub(super) fn find_link(text: &str, wanted: impl Fn(&str) -> bool) -> Option<&str> {
    text.match_indices("http")
        .filter_map(|(at, _)| text.get(at..))
        .filter(|rest| rest.starts_with("https://") || rest.starts_with("http://"))
        .map(|rest| {
            let end = rest
                .find(|letter: char| letter.is_whitespace() || "<>)]\"'`|、。）".contains(letter))
                .unwrap_or(rest.len());
            cut(rest, 0..end).trim_end_matches(['.', ',', ':', ';'])
        })
        .find(|link| wanted(link))
}
