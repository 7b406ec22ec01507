//! The plain text of Markdown, for search, snippets and summaries.

use super::blocks::too_nested;
use super::text::{lines_of, strip_any};
use pulldown_cmark::{BrokenLink, CowStr, Event, LinkType, Options, Parser, Tag, TagEnd};

/// The text of a piece of Markdown without its markup. Code is kept, so are the texts of links, images and HTML
/// elements; link definitions, comments and HTML tags are not.
pub fn plain_text(markdown: &str) -> String {
    if too_nested(markdown) {
        return lines_of(markdown);
    }
    let options = Options::ENABLE_TABLES
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_GFM
        | Options::ENABLE_WIKILINKS;
    let mut out = String::with_capacity(markdown.len());
    let mut html = String::new();
    for event in Parser::new_with_broken_link_callback(markdown, options, Some(defined_elsewhere)) {
        match event {
            Event::Text(text)
            | Event::Code(text)
            | Event::InlineMath(text)
            | Event::DisplayMath(text) => {
                out.push_str(&text);
            }
            Event::SoftBreak => out.push(' '),
            Event::HardBreak | Event::Rule | Event::Start(Tag::Item) => new_line(&mut out),
            Event::End(TagEnd::HtmlBlock) => {
                push_without_tags(&mut out, html.trim());
                html.clear();
                new_line(&mut out);
            }
            Event::End(end) => close(&mut out, end),
            Event::Html(piece) => html.push_str(&piece),
            Event::InlineHtml(piece) => {
                if strip_any(&piece, &["<br"]).is_some() {
                    new_line(&mut out);
                }
            }
            Event::Start(_) | Event::FootnoteReference(_) | Event::TaskListMarker(_) => {}
        }
    }
    lines_of(&out)
}

/// A section is read without the others, where the definition of its links may be: `[text][name]` is a link
/// all the same. `[text]` alone is not, it may be a phase.
#[expect(
    clippy::needless_pass_by_value,
    reason = "the parser hands the link over"
)]
fn defined_elsewhere(link: BrokenLink<'_>) -> Option<(CowStr<'_>, CowStr<'_>)> {
    matches!(link.link_type, LinkType::Reference | LinkType::Collapsed)
        .then_some((CowStr::Borrowed(""), CowStr::Borrowed("")))
}

/// The text of a block of HTML, a space for each tag.
fn push_without_tags(out: &mut String, html: &str) {
    let mut rest = html;
    while let Some((before, tag)) = rest.split_once('<') {
        out.push_str(before);
        let end = if tag.starts_with("!--") {
            "-->"
        } else if strip_any(tag, &["script"]).is_some() {
            "</script>"
        } else if strip_any(tag, &["style"]).is_some() {
            "</style>"
        } else if tag
            .starts_with(|letter: char| letter.is_ascii_alphabetic() || "/!?".contains(letter))
        {
            ">"
        } else {
            out.push('<');
            rest = tag;
            continue;
        };
        let Some((inside, after)) = tag.split_once(end) else {
            return;
        };
        if strip_any(inside, &["br"]).is_some() {
            new_line(out);
        } else if end == ">" {
            out.push(' ');
        }
        rest = after;
    }
    out.push_str(rest);
}

fn new_line(out: &mut String) {
    if !out.is_empty() && !out.ends_with('\n') {
        out.push('\n');
    }
}

fn close(out: &mut String, end: TagEnd) {
    match end {
        TagEnd::TableCell => out.push(' '),
        TagEnd::Emphasis
        | TagEnd::Strong
        | TagEnd::Strikethrough
        | TagEnd::Superscript
        | TagEnd::Subscript
        | TagEnd::Link
        | TagEnd::Image => {}
        TagEnd::Paragraph
        | TagEnd::Heading(_)
        | TagEnd::BlockQuote(_)
        | TagEnd::CodeBlock
        | TagEnd::HtmlBlock
        | TagEnd::List(_)
        | TagEnd::Item
        | TagEnd::FootnoteDefinition
        | TagEnd::DefinitionList
        | TagEnd::DefinitionListTitle
        | TagEnd::DefinitionListDefinition
        | TagEnd::Table
        | TagEnd::TableHead
        | TagEnd::TableRow
        | TagEnd::MetadataBlock(_) => new_line(out),
    }
}
