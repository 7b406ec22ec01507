//! Markdown to safe HTML: the one place where user text becomes markup.
//!
//! Two walls: our own writer emits a small fixed vocabulary and turns raw HTML into text; what it
//! wrote then passes an allow-list sanitiser that trusts nothing. Size and nesting are bounded
//! before either runs, because both grow faster than their input on hostile text.

mod events;
mod highlight;
mod outline;
mod safe_html;
mod sanitise;
#[cfg(test)]
mod tests;
mod urls;
mod writer;

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

pub use self::highlight::highlight;
pub use self::safe_html::SafeHtml;

/// Goes up whenever the same Markdown would give other HTML, so that cached HTML is made anew.
pub const RENDERER_VERSION: i32 = 1;

/// More text than this in one field is cut.
const MAX_INPUT_BYTES: usize = 256 * 1024;
/// More HTML than this is never made from one field.
const MAX_OUTPUT_BYTES: usize = 2 * 1024 * 1024;

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

/// Renders a field for its place on a page.
pub fn render_with(markdown: &str, options: &Options<'_>) -> Rendered {
    let text = cut(markdown);
    let mut events = events::blocks(text);
    let outline = outline::Outline::of(&events.list, options);
    let written = writer::write(std::mem::take(&mut events.list), &outline);
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
    let text = cut(line);
    let events = events::inline(text);
    let written = writer::write(events.list, &outline::Outline::default());
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
