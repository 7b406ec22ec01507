//! The report as a Markdown document, and back. Pure.
//!
//! Reading never fails: what is not understood stays in the text, and [`Parsed::problems`] says so. Writing yields
//! the canonical form, which reads back to the same draft (see [`Draft::normalise`]).

mod action_table;
mod bearings;
mod blocks;
mod bullets;
mod chronicle;
mod columns;
mod confidence;
mod countermeasures;
mod days;
mod decode;
mod doubt;
mod front_matter;
mod header_fields;
mod header_keys;
mod header_rows;
mod headings;
mod items;
mod leftover;
mod lines;
mod lone;
mod normal;
mod parts;
mod pasted;
mod pieces;
mod plain;
mod refusal;
mod remarks;
mod render;
mod rows;
mod scan;
mod searchable;
mod sections;
mod spoken;
mod stamp;
mod stretch;
#[cfg(test)]
mod tests;
mod text;
mod time;
mod timeline;
mod yaml;
mod zones;

pub use decode::{DecodeError, decode};
pub use lines::{Begun, Lines, TimelineText, day_line, local_time, read_timeline, write_timeline};
pub use lone::{holds_rows, lone, lone_part, lone_section, part_role};
pub use parts::{Part, joined, parts};
pub use pasted::{Pasted, header_without_fields, pasted};
pub use plain::plain_text;
pub use refusal::Refusal;
pub use searchable::searchable;
pub use spoken::{beside_day, leading_length};
pub use stretch::{Moved, moved};
pub use time::by_order;

use super::model::{Draft, MAX_ROWS, Problem, Section, SectionRole};
use blocks::{MAX_NESTING, deep_line, opening_line};
use days::Order;
use pieces::{MAX_SECTIONS, Pieces, split};
use refusal::Unread;
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
    /// What the text says of who may see it.
    pub visibility: Stated,
    /// What a person should look at.
    pub problems: Vec<Problem>,
    /// Why the document must not be stored, if some limit says so. The draft then holds its text all the same.
    pub refusal: Option<Refusal>,
}

/// What a document says of who may see it. Nobody's slip of the pen may open a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stated {
    /// Nothing: a new report is open, a stored one stays what it is.
    Nothing,
    /// `open` or `restricted`.
    Word,
    /// Something else; the draft is restricted until somebody says what was meant.
    Unreadable,
}

/// Reads a document. Never fails; any text is a report of sorts. Look at [`Parsed::refusal`] before storing it.
pub fn parse(text: &str) -> Parsed {
    let text = text::tidy(text);
    let mut parsed = Parsed {
        draft: Draft::default(),
        visibility: Stated::Nothing,
        problems: Vec::new(),
        refusal: None,
    };
    let header = front_matter::split(&text);
    let mut body = Cow::Borrowed(header.body);
    let mut lines = header.lines;
    let mut gains = None;
    if let Some(found) = header.header {
        match read_header(found, header.body, &mut parsed) {
            Ok(read) => gains = Some(read),
            Err(Unread { why, refusal }) => {
                parsed.problems.push(Problem {
                    line: 1,
                    field: "front matter".to_owned(),
                    message: format!(
                        "The front matter cannot be read ({why}); it was kept as text."
                    ),
                });
                confidence::of_unread(found.text, &mut parsed);
                parsed.refusal = refusal;
                body = Cow::Owned(fenced(found.text, header.body));
                lines = 0;
            }
        }
    }
    confidence::hidden(&header, &text, &mut parsed);
    look_for_nesting(&mut parsed, &body, lines);
    let titled = gains.as_ref().is_some_and(|gains| gains.titled);
    let title = titled.then(|| parsed.draft.title.clone());
    let (rows, summary) = gains
        .map(|gains| (gains.rows, gains.summary))
        .unwrap_or_default();
    // Rows and a summary of the front matter may get sections of their own.
    let room = if rows == Rows::default() && summary.is_empty() {
        MAX_SECTIONS + pieces::MAX_ADDED
    } else {
        MAX_SECTIONS
    };
    let pieces = split(&body, title.as_deref(), room);
    if !titled {
        choose_title(&mut parsed, &pieces, &body);
    }
    read_pieces(&mut parsed, pieces, rows, (&body, lines));
    add_summary(&mut parsed.draft, summary);
    parsed.draft.normalise();
    parsed
}

/// Says where lists and quotes lie so deep in each other that the body was not read as Markdown.
fn look_for_nesting(parsed: &mut Parsed, body: &str, lines: usize) {
    if let Some(line) = deep_line(body) {
        parsed.problems.push(Problem {
            line: lines + line + 1,
            field: String::new(),
            message: format!(
                "This line opens more than {MAX_NESTING} quotes and lists within each other; the text was kept as it stands."
            ),
        });
    }
    if let Some(line) = opening_line(body, refusal::MAX_OPENED) {
        let line = lines + line + 1;
        parsed.refusal.get_or_insert(Refusal::Nesting { line });
    }
}

fn read_header(
    header: front_matter::Header<'_>,
    body: &str,
    parsed: &mut Parsed,
) -> Result<header_fields::Gains, Unread> {
    let pairs = front_matter::read(header)?;
    let mut draft = Draft::default();
    if let Some(zone) = zones::zone_of_body(body) {
        zone.clone_into(&mut draft.timezone);
    }
    let mut problems = Vec::new();
    let gains = header_fields::apply(pairs, header.text, &mut draft, &mut problems);
    draft.normalise();
    if render::header(&draft).len() > MAX_HEADER_BYTES {
        return Err(format!("it is longer than {MAX_HEADER_BYTES} bytes").into());
    }
    parsed.draft = draft;
    parsed.visibility = gains.visibility;
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

fn read_pieces(parsed: &mut Parsed, pieces: Pieces, mut rows: Rows, body: (&str, usize)) {
    let (body, lines) = body;
    if let Some(title) = pieces.title
        && text::one_line(&title) != parsed.draft.title
    {
        parsed
            .draft
            .sections
            .push(section("", SectionRole::Other, title));
    }
    let mut pieces = pieces.pieces.into_iter().peekable();
    if let Some(above) = pieces.next_if(|piece| piece.heading.is_empty()) {
        parsed
            .draft
            .sections
            .push(section("", above.role, above.text));
    }
    let context = Context::of(&parsed.draft, Order::of(body));
    let source: Vec<&str> = body.split('\n').collect();
    while let Some(piece) = pieces.next() {
        let known = rows.timeline.len();
        let text = sections::read(&piece, &context, &mut rows);
        let mut remark = |line: usize, message: String| {
            parsed.problems.push(Problem {
                line: lines + line + 1,
                field: remarks::field(piece.role).to_owned(),
                message,
            });
        };
        let new = rows.timeline.get(known..).unwrap_or_default();
        if let Some(message) = remarks::undated(new) {
            remark(piece.line, message);
        }
        for doubt in rows.doubts.drain(..) {
            remark(piece.line, doubt.message());
        }
        if piece.role == SectionRole::Timeline && !piece.sealed {
            let end = pieces.peek().map_or(source.len(), |next| next.line);
            let below = source.get(piece.line..end).unwrap_or_default();
            if let Some((line, message)) = leftover::remark(&text, below) {
                remark(piece.line + line, message);
            }
        }
        for words in rows.overtaken.drain(..) {
            let message = remarks::overtaken(&piece.heading, &words);
            remark(piece.line, message);
        }
        parsed
            .draft
            .sections
            .push(section(&piece.heading, piece.role, text));
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

fn section(heading: &str, role: SectionRole, text: String) -> Section {
    Section {
        heading: heading.to_owned(),
        role,
        text,
    }
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
    put_together(&render::header(draft), draft)
}

/// The document as a revision keeps it: without the status, which changes without the text.
pub fn render_revision(draft: &Draft) -> String {
    put_together(&render::header_with(draft, None), draft)
}

fn put_together(header: &str, draft: &Draft) -> String {
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
