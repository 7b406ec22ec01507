//! The first wall: writes events as HTML, from a small fixed vocabulary.

use std::fmt;

use pulldown_cmark::{BlockQuoteKind, CodeBlockKind, Event, LinkType, Tag, TagEnd};

mod footnotes;
mod spans;
mod table;

use self::footnotes::Footnotes;
use self::spans::Picture;
use self::table::Table;
use super::budget::Budget;
use super::outline::Outline;
use super::safe_html::{push_attribute, push_text};
use super::sanitise::is_language;

/// Room for what closes the text after it was cut.
const OUTPUT_RESERVE: usize = 8 * 1024;

/// A byte of an address, escaped and written twice, becomes at most so many.
const MOST_OF_LINKED: usize = 12;

/// HTML, not yet sanitised.
pub(super) struct Written {
    /// Balanced HTML.
    pub(super) html: String,
    /// Whether writing stopped before the end.
    pub(super) truncated: bool,
}

/// Writes all events, or as many as fit. The caller takes the length of the HTML off the budget.
pub(super) fn write(events: Vec<Event<'_>>, outline: &Outline, budget: &mut Budget) -> Written {
    let mut writer = Writer {
        outline,
        html: String::new(),
        set_aside: 0,
        open: Vec::new(),
        links: Vec::new(),
        picture: None,
        headings: 0,
        code_block: false,
        table: Table::default(),
        footnotes: Footnotes::announce(&events),
    };
    let truncated = writer.write_what_fits(&events, budget);
    while let Some(tag) = writer.open.last().copied() {
        writer.end(tag);
    }
    writer.write_footnotes();
    Written {
        html: writer.html,
        truncated,
    }
}

/// An upper bound of what an event becomes: escaping makes at most six bytes of one.
fn most_bytes(event: &Event<'_>) -> usize {
    let length = texts(event).iter().map(|text| text.len()).sum::<usize>();
    let most = if matches!(event, Event::Text(text) if text.contains("http")) {
        length * MOST_OF_LINKED
    } else if matches!(event, Event::Text(_) | Event::Code(_)) {
        // Quotes are escaped where a text becomes an attribute.
        let quotes = texts(event)
            .iter()
            .map(|text| text.matches(['"', '\'']).count())
            .sum::<usize>();
        length + 5 * (escapes(event) + quotes)
    } else {
        length * 6
    };
    most + 512
}

/// How many characters of an event have to be escaped.
fn escapes(event: &Event<'_>) -> usize {
    texts(event)
        .iter()
        .map(|text| text.chars().filter(|c| needs_escape(*c)).count())
        .sum()
}

/// The beginning of a text event that needs at most so many escapes; nothing of another event.
fn beginning<'a>(event: &'a Event<'_>, most_escapes: usize) -> Option<Event<'a>> {
    let Event::Text(text) = event else {
        return None;
    };
    let (end, _) = text
        .char_indices()
        .filter(|(_, c)| needs_escape(*c))
        .nth(most_escapes)?;
    text.get(..end).map(|text| Event::Text(text.into()))
}

fn needs_escape(c: char) -> bool {
    matches!(c, '&' | '<' | '>' | '\u{a0}')
}

fn texts<'a>(event: &'a Event<'_>) -> [&'a str; 2] {
    match event {
        Event::Text(text)
        | Event::Code(text)
        | Event::FootnoteReference(text)
        | Event::InlineMath(text)
        | Event::DisplayMath(text)
        | Event::Html(text)
        | Event::InlineHtml(text) => [text, ""],
        Event::Start(
            Tag::Link {
                dest_url, title, ..
            }
            | Tag::Image {
                dest_url, title, ..
            },
        ) => [dest_url, title],
        Event::Start(_)
        | Event::End(_)
        | Event::SoftBreak
        | Event::HardBreak
        | Event::Rule
        | Event::TaskListMarker(_) => ["", ""],
    }
}

struct Writer<'a> {
    outline: &'a Outline,
    html: String,
    /// Bytes of the footnotes written so far, which do not stand in `html` yet.
    set_aside: usize,
    open: Vec<TagEnd>,
    /// For every open link whether it became an `a`.
    links: Vec<bool>,
    picture: Option<Picture>,
    headings: usize,
    code_block: bool,
    table: Table,
    footnotes: Footnotes,
}

impl Writer<'_> {
    /// Writes events until one does not fit; says whether there was one.
    fn write_what_fits(&mut self, events: &[Event<'_>], budget: &mut Budget) -> bool {
        for (at, event) in events.iter().enumerate() {
            let Some(left) = budget.escapes.checked_sub(escapes(event)) else {
                if let Some(beginning) = beginning(event, budget.escapes) {
                    self.event(&beginning, &[]);
                }
                budget.escapes = 0;
                return true;
            };
            let room = budget
                .bytes
                .saturating_sub(OUTPUT_RESERVE + self.html.len() + self.set_aside);
            if most_bytes(event) > room {
                if let Event::Text(text) = event {
                    let end = text.floor_char_boundary(room / MOST_OF_LINKED);
                    self.event(
                        &Event::Text(text.get(..end).unwrap_or_default().into()),
                        &[],
                    );
                }
                return true;
            }
            budget.escapes = left;
            self.event(event, events.get(at + 1..).unwrap_or_default());
        }
        false
    }

    fn event(&mut self, event: &Event<'_>, next: &[Event<'_>]) {
        if self.picture.is_some() {
            self.within_picture(event);
            return;
        }
        match event {
            Event::Start(tag) => {
                self.open.push(tag.to_end());
                self.start(tag, next);
            }
            Event::End(tag) => self.end(*tag),
            Event::Text(text) => self.text(text),
            Event::Code(text) => {
                self.html.push_str("<code>");
                push_text(&mut self.html, text);
                self.html.push_str("</code>");
            }
            Event::FootnoteReference(name) => self.footnote_reference(name),
            Event::SoftBreak => self.html.push('\n'),
            Event::HardBreak => self.html.push_str("<br>\n"),
            Event::Rule => self.html.push_str("<hr>\n"),
            Event::TaskListMarker(done) => self.html.push_str(if *done {
                "<span class=\"task-marker\" role=\"img\" aria-label=\"Done\">☑</span> "
            } else {
                "<span class=\"task-marker\" role=\"img\" aria-label=\"Not done\">☐</span> "
            }),
            // The parser is not asked for these, or they were made text on the way here.
            Event::InlineMath(text)
            | Event::DisplayMath(text)
            | Event::Html(text)
            | Event::InlineHtml(text) => push_text(&mut self.html, text),
        }
    }

    fn start(&mut self, tag: &Tag<'_>, next: &[Event<'_>]) {
        match tag {
            Tag::Paragraph => self.html.push_str("<p>"),
            Tag::Heading { .. } => self.start_heading(),
            Tag::BlockQuote(kind) => self.start_quote(*kind),
            Tag::CodeBlock(kind) => self.start_code(kind),
            Tag::List(None) => self.html.push_str("<ul>\n"),
            Tag::List(Some(1)) => self.html.push_str("<ol>\n"),
            Tag::List(Some(first)) => {
                self.html.push_str("<ol start=\"");
                self.html.push_str(&first.to_string());
                self.html.push_str("\">\n");
            }
            Tag::Item => self.html.push_str(if is_task(next) {
                "<li class=\"task-list-item\">"
            } else {
                "<li>"
            }),
            Tag::FootnoteDefinition(_) => self.footnotes.start(std::mem::take(&mut self.html)),
            Tag::Table(alignments) => self.table.start(&mut self.html, alignments),
            Tag::TableHead => self.table.start_head(&mut self.html),
            Tag::TableRow => self.table.start_row(&mut self.html),
            Tag::TableCell => self.table.start_cell(&mut self.html),
            Tag::Emphasis => self.html.push_str("<em>"),
            Tag::Strong => self.html.push_str("<strong>"),
            Tag::Strikethrough => self.html.push_str("<del>"),
            Tag::Link {
                link_type,
                dest_url,
                title,
                ..
            } => {
                let email = matches!(link_type, LinkType::Email);
                let address = if email {
                    format!("mailto:{dest_url}")
                } else {
                    dest_url.to_string()
                };
                self.start_link(&address, title);
            }
            Tag::Image {
                dest_url, title, ..
            } => {
                self.picture = Some(Picture::new(dest_url, title));
            }
            // Extensions that are off.
            Tag::HtmlBlock
            | Tag::DefinitionList
            | Tag::DefinitionListTitle
            | Tag::DefinitionListDefinition
            | Tag::Superscript
            | Tag::Subscript
            | Tag::MetadataBlock(_) => {}
        }
    }

    fn end(&mut self, tag: TagEnd) {
        self.open.pop();
        match tag {
            TagEnd::Paragraph => self.html.push_str("</p>\n"),
            TagEnd::Heading(_) => self.end_heading(),
            TagEnd::BlockQuote(None) => self.html.push_str("</blockquote>\n"),
            TagEnd::BlockQuote(Some(_)) => self.html.push_str("</div>\n"),
            TagEnd::CodeBlock => {
                self.code_block = false;
                self.html.push_str("</code></pre>\n");
            }
            TagEnd::List(true) => self.html.push_str("</ol>\n"),
            TagEnd::List(false) => self.html.push_str("</ul>\n"),
            TagEnd::Item => self.html.push_str("</li>\n"),
            TagEnd::FootnoteDefinition => {
                self.set_aside += self.html.len() + footnotes::FRAME_BYTES;
                self.html = self.footnotes.end(std::mem::take(&mut self.html));
            }
            TagEnd::Table => self.table.end(&mut self.html),
            TagEnd::TableHead => self.table.end_head(&mut self.html),
            TagEnd::TableRow => self.html.push_str("</tr>\n"),
            TagEnd::TableCell => self.table.end_cell(&mut self.html),
            TagEnd::Emphasis => self.html.push_str("</em>"),
            TagEnd::Strong => self.html.push_str("</strong>"),
            TagEnd::Strikethrough => self.html.push_str("</del>"),
            TagEnd::Link => {
                if self.links.pop() == Some(true) {
                    self.html.push_str("</a>");
                }
            }
            TagEnd::Image => self.end_picture(),
            TagEnd::HtmlBlock
            | TagEnd::DefinitionList
            | TagEnd::DefinitionListTitle
            | TagEnd::DefinitionListDefinition
            | TagEnd::Superscript
            | TagEnd::Subscript
            | TagEnd::MetadataBlock(_) => {}
        }
    }
    fn put(&mut self, html: fmt::Arguments<'_>) {
        self.html.push_str(&fmt::format(html));
    }

    fn start_heading(&mut self) {
        if let Some(heading) = self.outline.heading(self.headings) {
            self.put(format_args!("<h{} id=\"", heading.level));
            push_attribute(&mut self.html, &heading.id);
            self.html.push_str("\">");
        }
    }

    fn end_heading(&mut self) {
        if let Some(heading) = self.outline.heading(self.headings) {
            self.put(format_args!("</h{}>\n", heading.level));
        }
        self.headings += 1;
    }

    fn start_quote(&mut self, kind: Option<BlockQuoteKind>) {
        let (class, title) = match kind {
            None => {
                self.html.push_str("<blockquote>\n");
                return;
            }
            Some(BlockQuoteKind::Note) => ("note", "Note"),
            Some(BlockQuoteKind::Tip) => ("tip", "Tip"),
            Some(BlockQuoteKind::Important) => ("important", "Important"),
            Some(BlockQuoteKind::Warning) => ("warning", "Warning"),
            Some(BlockQuoteKind::Caution) => ("caution", "Caution"),
        };
        self.put(format_args!(
            "<div class=\"markdown-alert markdown-alert-{class}\" role=\"note\">\n\
             <p class=\"markdown-alert-title\">{title}</p>\n"
        ));
    }

    fn start_code(&mut self, kind: &CodeBlockKind<'_>) {
        self.code_block = true;
        let language = match kind {
            CodeBlockKind::Indented => String::new(),
            CodeBlockKind::Fenced(info) => info
                .split([' ', ',', '\t'])
                .next()
                .unwrap_or_default()
                .to_ascii_lowercase(),
        };
        // Focusable, because long lines scroll sideways and not everyone has a mouse.
        self.html.push_str("<pre tabindex=\"0\"><code");
        if is_language(&language) {
            self.put(format_args!(" class=\"language-{language}\""));
        }
        self.html.push('>');
    }
}

fn is_task(item: &[Event<'_>]) -> bool {
    matches!(
        item,
        [Event::TaskListMarker(_), ..]
            | [Event::Start(Tag::Paragraph), Event::TaskListMarker(_), ..]
    )
}
