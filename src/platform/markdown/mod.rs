//! Markdown to safe HTML: the one place where user text becomes markup.
//!
//! Two walls: our own writer emits a small fixed vocabulary and turns raw HTML into text; what it
//! wrote then passes an allow-list sanitiser that trusts nothing. Size and nesting are bounded
//! before either runs, because both grow faster than their input on hostile text.

mod budget;
mod events;
mod highlight;
mod outline;
mod pictures;
mod plain;
mod safe_html;
mod sanitise;
#[cfg(test)]
mod tests;
mod urls;
mod writer;

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

pub use self::budget::Budget;
pub use self::highlight::{emphasise, highlight};
pub use self::pictures::{give_room, has_pictures};
pub use self::safe_html::SafeHtml;

/// Goes up whenever the same Markdown would give other HTML, so that cached HTML is made anew.
pub const RENDERER_VERSION: i32 = 4;

/// More text than this in one field is cut.
const MAX_INPUT_BYTES: usize = 256 * 1024;

/// What [`render`] makes of one field.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rendered {
    /// The HTML, safe to put on a page as it is.
    pub html: SafeHtml,
    /// The headings, in order, for a table of contents.
    pub headings: Vec<Heading>,
    /// Whether a limit cut the text; the HTML then says so itself.
    pub truncated: bool,
}

/// A heading within rendered text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Heading {
    /// The level on the page, 1 to 6, after shifting.
    pub level: u8,
    /// Its words, without markup; plain text, to be escaped where it is shown.
    pub text: String,
    /// The `id` of the element, the target of a link to it.
    pub id: String,
}

/// Where on a page the text will stand.
#[derive(Clone, Copy, Debug)]
pub struct Options<'a> {
    /// Keeps ids apart when one page shows several texts; empty for a page with one text.
    pub id_scope: &'a str,
    /// The level the outermost headings get: 3 below an `h2`. 1 keeps levels as written.
    pub first_heading_level: u8,
}

impl Default for Options<'_> {
    fn default() -> Self {
        Self {
            id_scope: "",
            first_heading_level: 1,
        }
    }
}

/// Renders a field that may hold paragraphs, lists, tables and so on.
pub fn render(markdown: &str) -> Rendered {
    render_with(markdown, &Options::default())
}

/// Renders a field for its place on a page that has no other.
pub fn render_with(markdown: &str, options: &Options<'_>) -> Rendered {
    render_within(markdown, options, &mut Budget::of_page())
}

/// Renders a field for its place on a page, as far as the page's budget goes.
pub fn render_within(markdown: &str, options: &Options<'_>, budget: &mut Budget) -> Rendered {
    if let Some(html) = plain::block(markdown)
        && let Some(bytes) = budget.bytes.checked_sub(html.as_str().len())
    {
        budget.bytes = bytes;
        return Rendered {
            html,
            ..Rendered::default()
        };
    }
    parsed(markdown, options, budget)
}

fn parsed(markdown: &str, options: &Options<'_>, budget: &mut Budget) -> Rendered {
    let text = if budget.events == 0 {
        ""
    } else {
        cut(markdown)
    };
    let mut events = events::blocks(text, budget);
    let outline = outline::Outline::of(&events.list, options);
    let used = events.list.len();
    let written = writer::write(std::mem::take(&mut events.list), &outline, budget);
    budget.spend(used, written.html.len());
    let truncated = events.truncated || written.truncated || text.len() < markdown.len();
    let mut html = written.html;
    if truncated {
        html.push_str(
            "<p class=\"markdown-truncated\">This text is too long to show in full: \
             only its beginning is shown here.</p>\n",
        );
    }
    Rendered {
        html: sanitise::sanitise(&html),
        headings: outline.into_headings(),
        truncated,
    }
}

/// Renders a one-line field such as a title: emphasis, code and links, but never a block.
///
/// `# 1` or `2. x` at the start of a line keeps its marker. Line breaks become spaces.
pub fn render_inline(markdown: &str) -> SafeHtml {
    render_inline_within(markdown, &mut Budget::of_page())
}

/// Renders a one-line field as [`render_inline`] does, as far as the page's budget goes.
pub fn render_inline_within(markdown: &str, budget: &mut Budget) -> SafeHtml {
    let line: Cow<'_, str> = if markdown.contains(['\n', '\r']) {
        markdown
            .split(['\n', '\r'])
            .collect::<Vec<_>>()
            .join(" ")
            .into()
    } else {
        markdown.into()
    };
    let line = line.trim();
    if let Some(html) = plain::inline(line)
        && let Some(bytes) = budget.bytes.checked_sub(html.as_str().len())
    {
        budget.bytes = bytes;
        return html;
    }
    parsed_inline(line, budget)
}

fn parsed_inline(line: &str, budget: &mut Budget) -> SafeHtml {
    let text = if budget.events == 0 { "" } else { cut(line) };
    let events = events::inline(text, budget);
    let used = events.list.len();
    let written = writer::write(events.list, &outline::Outline::default(), budget);
    budget.spend(used, written.html.len());
    let mut html = written.html;
    if events.truncated || written.truncated || text.len() < line.len() {
        html.push('…');
    }
    sanitise::sanitise(&html)
}

fn cut(text: &str) -> &str {
    text.get(..text.floor_char_boundary(MAX_INPUT_BYTES))
        .unwrap_or(text)
}
