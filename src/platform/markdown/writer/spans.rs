//! Within a line: text, links and pictures.

use pulldown_cmark::Event;

use super::super::safe_html::{push_attribute, push_text};
use super::super::sanitise::LINK_REL;
use super::super::urls;
use super::Writer;

/// A picture whose alternative text is still being read.
#[derive(Default)]
pub(super) struct Picture {
    address: String,
    title: String,
    words: String,
    nested: usize,
}

impl Picture {
    /// A picture without alternative text as yet.
    pub(super) fn new(address: &str, title: &str) -> Self {
        Self {
            address: address.to_owned(),
            title: title.to_owned(),
            ..Self::default()
        }
    }
}

impl Writer<'_> {
    /// Text, with addresses written out in it made links.
    pub(super) fn text(&mut self, text: &str) {
        if self.code_block || self.within_link() {
            push_text(&mut self.html, text);
            return;
        }
        let mut done = 0;
        for range in urls::bare(text) {
            push_text(
                &mut self.html,
                text.get(done..range.start).unwrap_or_default(),
            );
            let address = text.get(range.clone()).unwrap_or_default();
            self.start_link(address, "");
            push_text(&mut self.html, address);
            if self.links.pop() == Some(true) {
                self.html.push_str("</a>");
            }
            done = range.end;
        }
        push_text(&mut self.html, text.get(done..).unwrap_or_default());
    }

    /// Whether an `a` is open, within which there must be no other.
    pub(super) fn within_link(&self) -> bool {
        self.links.contains(&true)
    }

    /// Opens an `a`, unless the address is none we link to.
    pub(super) fn start_link(&mut self, address: &str, title: &str) {
        let target = match self.outline.target(address) {
            Some(heading) => urls::relative(&heading),
            None => urls::link(address),
        };
        let target = target.filter(|_| !self.within_link());
        self.links.push(target.is_some());
        if let Some(target) = target {
            self.html.push_str("<a href=\"");
            push_attribute(&mut self.html, &target);
            self.push_title(title);
            self.put(format_args!("\" rel=\"{LINK_REL}\">"));
        }
    }

    /// What stands within a picture is its alternative text.
    pub(super) fn within_picture(&mut self, event: &Event<'_>) {
        let Some(picture) = self.picture.as_mut() else {
            return;
        };
        match event {
            Event::Start(_) => picture.nested += 1,
            Event::End(tag) => match picture.nested.checked_sub(1) {
                Some(nested) => picture.nested = nested,
                None => self.end(*tag),
            },
            Event::Text(text)
            | Event::Code(text)
            | Event::InlineMath(text)
            | Event::DisplayMath(text)
            | Event::Html(text)
            | Event::InlineHtml(text) => picture.words.push_str(text),
            Event::FootnoteReference(_) | Event::TaskListMarker(_) => {}
            Event::SoftBreak | Event::HardBreak | Event::Rule => picture.words.push(' '),
        }
    }

    /// Shows a picture attached here; any other becomes a link, so that nobody is told who reads.
    pub(super) fn end_picture(&mut self) {
        let Some(picture) = self.picture.take() else {
            return;
        };
        if let Some(source) = urls::image(&picture.address) {
            self.put_picture(&picture, &source);
            return;
        }
        self.start_link(&picture.address, &picture.title);
        let is_link = self.links.pop() == Some(true);
        let words = if picture.words.trim().is_empty() && is_link {
            &picture.address
        } else {
            &picture.words
        };
        push_text(&mut self.html, words);
        if is_link {
            self.html.push_str("</a>");
        }
    }

    /// As it fits into the text; a click leads to the picture itself, unless it is within a link to something else.
    fn put_picture(&mut self, picture: &Picture, source: &str) {
        let fitting = urls::fitting(source);
        let is_link = fitting.is_some() && !self.within_link();
        if is_link {
            self.html.push_str("<a href=\"");
            push_attribute(&mut self.html, source);
            if picture.words.trim().is_empty() {
                self.html.push_str("\" aria-label=\"Picture");
            }
            self.put(format_args!("\" rel=\"{LINK_REL}\">"));
        }
        self.html.push_str("<img src=\"");
        push_attribute(&mut self.html, fitting.as_deref().unwrap_or(source));
        self.html.push_str("\" alt=\"");
        push_attribute(&mut self.html, &picture.words);
        self.push_title(&picture.title);
        self.html.push_str("\" loading=\"lazy\">");
        if is_link {
            self.html.push_str("</a>");
        }
    }

    /// Goes on after another attribute's value.
    fn push_title(&mut self, title: &str) {
        if !title.is_empty() {
            self.html.push_str("\" title=\"");
            push_attribute(&mut self.html, title);
        }
    }
}
