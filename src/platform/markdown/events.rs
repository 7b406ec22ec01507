//! The Markdown parser's events, bounded: what comes out can be written without further worry.

use super::budget::Budget;
use pulldown_cmark::{CowStr, Event, Options, Parser, Tag, TagEnd, TextMergeStream};

/// Sanitising takes time quadratic in depth; no honest text nests this far.
const MAX_DEPTH: usize = 32;

/// Events with text merged, HTML turned into text and nesting bounded.
pub(super) struct Events<'a> {
    /// The events; tags still open at the end were cut.
    pub(super) list: Vec<Event<'a>>,
    /// Whether there were more.
    pub(super) truncated: bool,
}

/// The events of a text with blocks.
pub(super) fn blocks<'a>(text: &'a str, budget: &mut Budget) -> Events<'a> {
    let options = Options::ENABLE_TABLES
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_GFM;
    bounded(Parser::new_ext(text, options), budget)
}

/// The events of one line, without blocks.
pub(super) fn inline(line: &str, budget: &mut Budget) -> Events<'static> {
    // Behind a semicolon nothing is a heading, list, quote, table or definition, while emphasis
    // works as it does at the start of a line (which it does not behind a letter).
    let guarded = format!(";{line}");
    let mut events = bounded(
        Parser::new_ext(&guarded, Options::ENABLE_STRIKETHROUGH),
        budget,
    );
    events.list.retain(|event| {
        !matches!(
            event,
            Event::Start(Tag::Paragraph) | Event::End(TagEnd::Paragraph)
        )
    });
    if let Some(Event::Text(first)) = events.list.first_mut() {
        *first = CowStr::from(first.strip_prefix(';').unwrap_or(first).to_owned());
    }
    Events {
        list: events.list.into_iter().map(Event::into_static).collect(),
        truncated: events.truncated,
    }
}

fn bounded<'a>(parser: Parser<'a>, budget: &mut Budget) -> Events<'a> {
    let most = budget.events;
    let mut nesting = Nesting::default();
    let shallow = parser.filter_map(|event| {
        let event = nesting.pass(without_html(event))?;
        Some(within_outline(event, budget))
    });
    let mut list: Vec<Event<'a>> = TextMergeStream::new(shallow).take(most + 1).collect();
    let truncated = list.len() > most;
    list.truncate(most);
    Events { list, truncated }
}

/// Headings beyond what a page has room for become paragraphs.
fn within_outline<'a>(event: Event<'a>, budget: &mut Budget) -> Event<'a> {
    if budget.headings > 0 {
        if matches!(event, Event::End(TagEnd::Heading(_))) {
            budget.headings -= 1;
        }
        return event;
    }
    if matches!(event, Event::Start(Tag::Heading { .. })) {
        Event::Start(Tag::Paragraph)
    } else if matches!(event, Event::End(TagEnd::Heading(_))) {
        Event::End(TagEnd::Paragraph)
    } else {
        event
    }
}

fn without_html(event: Event<'_>) -> Event<'_> {
    match event {
        Event::Html(html) | Event::InlineHtml(html) => Event::Text(html),
        Event::Start(Tag::HtmlBlock) => Event::Start(Tag::Paragraph),
        Event::End(TagEnd::HtmlBlock) => Event::End(TagEnd::Paragraph),
        event @ (Event::Start(_)
        | Event::End(_)
        | Event::Text(_)
        | Event::Code(_)
        | Event::InlineMath(_)
        | Event::DisplayMath(_)
        | Event::FootnoteReference(_)
        | Event::SoftBreak
        | Event::HardBreak
        | Event::Rule
        | Event::TaskListMarker(_)) => event,
    }
}

/// Drops tags that lie too deep, whole: the start, the end, and every tag between them.
#[derive(Default)]
struct Nesting {
    depth: usize,
    dropped: usize,
}

impl Nesting {
    fn pass<'a>(&mut self, event: Event<'a>) -> Option<Event<'a>> {
        match &event {
            Event::Start(tag) => {
                if self.dropped > 0 || self.depth + levels_needed(tag) > MAX_DEPTH {
                    self.dropped += 1;
                    return Some(Event::Text(CowStr::Borrowed(" ")));
                }
                self.depth += 1;
            }
            Event::End(_) if self.dropped > 0 => {
                self.dropped -= 1;
                return None;
            }
            Event::End(_) => self.depth = self.depth.saturating_sub(1),
            // A rule or a task marker needs the block around it, which may be gone.
            Event::Rule | Event::TaskListMarker(_) if self.dropped > 0 => return None,
            Event::Text(_)
            | Event::Code(_)
            | Event::InlineMath(_)
            | Event::DisplayMath(_)
            | Event::Html(_)
            | Event::InlineHtml(_)
            | Event::FootnoteReference(_)
            | Event::SoftBreak
            | Event::HardBreak
            | Event::Rule
            | Event::TaskListMarker(_) => {}
        }
        Some(event)
    }
}

/// A list is nothing without its items, nor a table without its cells.
fn levels_needed(tag: &Tag<'_>) -> usize {
    if matches!(tag, Tag::Table(_)) {
        3
    } else if matches!(tag, Tag::List(_)) {
        2
    } else {
        1
    }
}
