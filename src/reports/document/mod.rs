//! The report as a Markdown document, and back. Pure.
//!
//! Reading never fails: what is not understood stays in the text, and [`Parsed::problems`] says so. Writing yields
//! the canonical form, which reads back to the same draft (see [`Draft::normalise`]).

mod action_table;
mod blocks;
mod bullets;
mod chronicle;
mod columns;
mod countermeasures;
mod front_matter;
mod header_fields;
mod header_keys;
mod header_rows;
mod headings;
mod items;
mod normal;
mod pieces;
mod plain;
mod render;
mod rows;
mod searchable;
mod sections;
mod stamp;
#[cfg(test)]
mod tests;
mod text;
mod time;
mod timeline;
mod yaml;
mod zones;

pub use plain::plain_text;
pub use searchable::searchable;

use super::model::{
    Draft, MAX_DOCUMENT_BYTES, MAX_ROWS, Problem, Section, SectionRole, TimelineEvent,
};
use pieces::{Pieces, split};
use sections::{Context, Rows};
use std::borrow::Cow;
use yaml::MAX_HEADER_BYTES;

/// The longest title taken from a first line, in characters.
const MAX_LINE_TITLE: usize = 120;
/// The longest summary, in characters.
const MAX_SUMMARY_CHARS: usize = 300;

/// A document as read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parsed {
    /// The report, in normal form.
    pub draft: Draft,
    /// What a person should look at.
    pub problems: Vec<Problem>,
}

/// Why bytes are no document.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// Too long.
    #[error(
        "The document has {bytes} bytes; at most {MAX_DOCUMENT_BYTES} are read. Split it, or attach the long parts as files."
    )]
    TooLong {
        /// Its length.
        bytes: usize,
    },
    /// Neither UTF-8 nor UTF-16 with a byte order mark.
    #[error(
        "Byte {offset} is not UTF-8. Save the document as UTF-8 (for Shift_JIS, for instance: iconv -f SHIFT_JIS -t UTF-8) and try again."
    )]
    NotUtf8 {
        /// The first offending byte, from 0.
        offset: usize,
    },
    /// UTF-16 with a lone surrogate or an odd end.
    #[error(
        "The UTF-16 text is damaged at byte {offset}. Save the document as UTF-8 and try again."
    )]
    NotUtf16 {
        /// The first offending byte, from 0.
        offset: usize,
    },
    /// A NUL: this is no text.
    #[error("Byte {offset} is NUL: this is a binary file, not a Markdown document.")]
    Binary {
        /// The first NUL, from 0.
        offset: usize,
    },
}

/// Bytes as text: UTF-8 with or without byte order mark, or UTF-16 with one. Line ends become `\n`.
pub fn decode(bytes: &[u8]) -> Result<String, DecodeError> {
    if bytes.len() > MAX_DOCUMENT_BYTES {
        return Err(DecodeError::TooLong { bytes: bytes.len() });
    }
    let decoded = match bytes {
        [0xff, 0xfe, rest @ ..] => utf16(rest, u16::from_le_bytes)?,
        [0xfe, 0xff, rest @ ..] => utf16(rest, u16::from_be_bytes)?,
        _ => {
            let text = std::str::from_utf8(bytes).map_err(|error| DecodeError::NotUtf8 {
                offset: error.valid_up_to(),
            })?;
            if let Some(offset) = text.find('\0') {
                return Err(DecodeError::Binary { offset });
            }
            text.to_owned()
        }
    };
    Ok(text::tidy(&decoded))
}

fn utf16(bytes: &[u8], read: impl Fn([u8; 2]) -> u16) -> Result<String, DecodeError> {
    let (units, rest) = bytes.as_chunks::<2>();
    if !rest.is_empty() {
        return Err(DecodeError::NotUtf16 {
            offset: bytes.len() + 1,
        });
    }
    let mut out = String::with_capacity(units.len());
    let mut offset = 2;
    for letter in char::decode_utf16(units.iter().map(|unit| read(*unit))) {
        let letter = letter.map_err(|_lone| DecodeError::NotUtf16 { offset })?;
        offset += letter.len_utf16() * 2;
        out.push(letter);
    }
    Ok(out)
}

/// Reads a document. Never fails; any text is a report of sorts.
pub fn parse(text: &str) -> Parsed {
    let text = text::tidy(text);
    let mut parsed = Parsed {
        draft: Draft::default(),
        problems: Vec::new(),
    };
    let header = front_matter::split(&text);
    let mut body = Cow::Borrowed(header.body);
    let mut lines = header.lines;
    let mut gains = None;
    if let Some(found) = header.header {
        match read_header(found, header.body, &mut parsed) {
            Ok(read) => gains = Some(read),
            Err(why) => {
                parsed.problems.push(Problem {
                    line: 1,
                    field: "front matter".to_owned(),
                    message: format!(
                        "The front matter cannot be read ({why}); it was kept as text."
                    ),
                });
                body = Cow::Owned(fenced(found.text, header.body));
                lines = 0;
            }
        }
    }
    let titled = gains.as_ref().is_some_and(|gains| gains.titled);
    let title = titled.then(|| parsed.draft.title.clone());
    let pieces = split(&body, title.as_deref());
    if !titled {
        choose_title(&mut parsed, &pieces, &body);
    }
    let (rows, summary) = gains
        .map(|gains| (gains.rows, gains.summary))
        .unwrap_or_default();
    read_pieces(&mut parsed, pieces, rows, lines);
    add_summary(&mut parsed.draft, summary);
    parsed.draft.normalise();
    parsed
}

fn read_header(
    header: front_matter::Header<'_>,
    body: &str,
    parsed: &mut Parsed,
) -> Result<header_fields::Gains, String> {
    let pairs = front_matter::read(header)?;
    let mut draft = Draft::default();
    if let Some(zone) = zones::zone_of_body(body) {
        zone.clone_into(&mut draft.timezone);
    }
    let mut problems = Vec::new();
    let gains = header_fields::apply(pairs, header.text, &mut draft, &mut problems);
    draft.normalise();
    if render::header(&draft).len() > MAX_HEADER_BYTES {
        return Err(format!("it is longer than {MAX_HEADER_BYTES} bytes"));
    }
    parsed.draft = draft;
    parsed.problems.append(&mut problems);
    Ok(gains)
}

/// A header that cannot be read, as a code block above the body.
fn fenced(header: &str, body: &str) -> String {
    let longest = header
        .split(|letter| letter != '`')
        .map(str::len)
        .max()
        .unwrap_or(0);
    let fence = "`".repeat(longest.max(2) + 1);
    format!("{fence}yaml\n{header}{fence}\n\n{body}")
}

/// The title of a document whose front matter has none.
fn choose_title(parsed: &mut Parsed, pieces: &Pieces, body: &str) {
    if let Some(title) = &pieces.title
        && title.chars().count() <= super::model::MAX_TITLE_CHARS
    {
        parsed.draft.title.clone_from(title);
        return;
    }
    let found = pieces.title.as_deref().or_else(|| {
        body.lines()
            .find(|line| line.contains(char::is_alphanumeric) && !line.starts_with("<!--"))
    });
    let plain = plain_text(found.unwrap_or(""));
    parsed.draft.title = shortened(&text::one_line(&plain), MAX_LINE_TITLE);
    let message = if parsed.draft.title.is_empty() {
        "The document has no title; give it one."
    } else {
        "The document has no title; its first line was taken. Check it."
    };
    parsed.problems.push(Problem::of("title", message));
}

fn read_pieces(parsed: &mut Parsed, pieces: Pieces, mut rows: Rows, lines: usize) {
    let context = Context::of(&parsed.draft);
    if let Some(title) = pieces.title
        && text::one_line(&title) != parsed.draft.title
    {
        parsed.draft.sections.push(Section {
            heading: String::new(),
            role: SectionRole::Other,
            text: title,
        });
    }
    for piece in pieces.pieces {
        let known = rows.timeline.len();
        let text = sections::read(&piece, &context, &mut rows);
        let new = rows.timeline.get(known..).unwrap_or_default();
        if let Some(problem) = undated(new, lines + piece.line + 1) {
            parsed.problems.push(problem);
        }
        parsed.draft.sections.push(Section {
            heading: piece.heading,
            role: piece.role,
            text,
        });
    }
    parsed.draft.timeline = rows.timeline;
    parsed.draft.factors = rows.factors;
    parsed.draft.learnings = rows.learnings;
    parsed.draft.countermeasures = rows.countermeasures;
    if parsed.draft.timeline.len() >= MAX_ROWS {
        let message =
            format!("Only {MAX_ROWS} timeline events are read; the others stayed in the text.");
        parsed.problems.push(Problem::of("timeline", message));
    }
}

/// Says how many events have no instant, with the first as an example.
fn undated(events: &[TimelineEvent], line: usize) -> Option<Problem> {
    let mut without = events.iter().filter(|event| event.at.is_none());
    let first = without.next()?;
    let shown = if first.at_text.is_empty() {
        shortened(&text::one_line(&first.text), 40)
    } else {
        first.at_text.clone()
    };
    Some(Problem {
        line,
        field: "timeline".to_owned(),
        message: format!(
            "{} of {} events have no exact time (the first: “{shown}”): give them a date and a time.",
            without.count() + 1,
            events.len()
        ),
    })
}

/// A summary of the front matter becomes the Summary section, or joins it.
fn add_summary(draft: &mut Draft, summary: String) {
    if summary.is_empty() {
        return;
    }
    draft.ensure_section(SectionRole::Summary);
    for section in draft
        .sections
        .iter_mut()
        .filter(|section| section.role == SectionRole::Summary)
        .take(1)
    {
        section.text = text::lines_of(&format!("{summary}\n\n{}", section.text));
    }
}

/// Writes the canonical form of a draft in normal form.
pub fn render(draft: &Draft) -> String {
    let header = render::header(draft);
    let sections = render::Writer::new(draft).sections();
    format!("{header}{sections}")
}

/// The header of `head` above `body`: a whole document, so that the times in the text know their day and zone.
pub fn compose(head: &Draft, body: &str) -> String {
    format!("{}\n{body}", render::header(head))
}

/// A canonical document without its header.
pub fn body(document: &str) -> &str {
    document
        .strip_prefix("---\n")
        .and_then(|rest| rest.split_once("\n---\n"))
        .map_or(document, |(_, body)| body)
}

/// What a heading means, if it is one of ours or an alias of one.
pub fn section_role(heading: &str) -> Option<SectionRole> {
    Some(headings::role_of(heading)).filter(|role| *role != SectionRole::Other)
}

/// What a report is about, in at most 300 characters: its summary, or else its first paragraph.
pub fn summary(draft: &Draft) -> String {
    let is_summary = |section: &&Section| section.role == SectionRole::Summary;
    let plain = draft
        .sections
        .iter()
        .filter(is_summary)
        .chain(&draft.sections)
        .map(|section| plain_text(&section.text))
        .find(|plain| !plain.is_empty())
        .unwrap_or_default();
    let joined = plain.split_whitespace().collect::<Vec<_>>().join(" ");
    shortened(&joined, MAX_SUMMARY_CHARS)
}

/// Cuts at a word, with an ellipsis, so that at most `most` characters remain.
fn shortened(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let cut: String = text.chars().take(most.saturating_sub(1)).collect();
    let whole = match cut.rsplit_once(char::is_whitespace) {
        Some((whole, last)) if last.chars().count() < 40 => whole,
        Some(_) | None => &cut,
    };
    format!("{}…", whole.trim_end())
}
