//! Footnotes: numbered by first mention, gathered below the text.

use std::collections::HashMap;

use pulldown_cmark::{Event, Tag};

use super::super::safe_html::push_text;
use super::super::sanitise::LINK_REL;
use super::Writer;

/// About what a note costs besides its own text: its item, its id and the way back.
pub(super) const FRAME_BYTES: usize = 512;

/// The notes of one text.
#[derive(Default)]
pub(super) struct Footnotes {
    /// By name in small letters, as the parser matches them.
    by_name: HashMap<String, usize>,
    notes: Vec<Note>,
    /// Indices of `notes` in the order of first mention.
    mentioned: Vec<usize>,
    /// The text around each note that is being written.
    interrupted: Vec<(usize, String)>,
    next: usize,
}

#[derive(Default)]
struct Note {
    html: String,
    number: Option<usize>,
}

impl Footnotes {
    /// Learns which notes will come, so that a mention of one that does not stays text.
    pub(super) fn announce(events: &[Event<'_>]) -> Self {
        let mut footnotes = Self::default();
        for event in events {
            if let Event::Start(Tag::FootnoteDefinition(name)) = event {
                let index = footnotes.notes.len();
                footnotes
                    .by_name
                    .entry(name.to_lowercase())
                    .or_insert(index);
                footnotes.notes.push(Note::default());
            }
        }
        footnotes
    }

    /// A note begins; `around` is the text it stands in.
    pub(super) fn start(&mut self, around: String) {
        self.interrupted.push((self.next, around));
        self.next += 1;
    }

    /// A note ends; gives back the text it stood in.
    pub(super) fn end(&mut self, html: String) -> String {
        let Some((index, around)) = self.interrupted.pop() else {
            return html;
        };
        if let Some(note) = self.notes.get_mut(index) {
            note.html = html;
        }
        around
    }

    /// The number of the named note, and whether this is its first mention.
    fn mention(&mut self, name: &str) -> Option<(usize, bool)> {
        let index = *self.by_name.get(&name.to_lowercase())?;
        let note = self.notes.get_mut(index)?;
        if let Some(number) = note.number {
            return Some((number, false));
        }
        self.mentioned.push(index);
        note.number = Some(self.mentioned.len());
        Some((self.mentioned.len(), true))
    }
}

impl Writer<'_> {
    pub(super) fn footnote_reference(&mut self, name: &str) {
        let Some((number, first)) = self.footnotes.mention(name) else {
            push_text(&mut self.html, &format!("[^{name}]"));
            return;
        };
        if self.within_link() {
            self.put(format_args!("<sup class=\"footnote-ref\">{number}</sup>"));
            return;
        }
        let target = self.outline.id("fn", number);
        let own = if first {
            format!(" id=\"{}\"", self.outline.id("fnref", number))
        } else {
            String::new()
        };
        self.put(format_args!(
            "<sup class=\"footnote-ref\"><a href=\"#{target}\"{own} \
             aria-label=\"Footnote {number}\" rel=\"{LINK_REL}\">{number}</a></sup>"
        ));
    }

    /// Writes the notes that were gathered: mentioned ones first, then the others, because a
    /// text must not lose words.
    pub(super) fn write_footnotes(&mut self) {
        let mut order = self.footnotes.mentioned.clone();
        let notes = std::mem::take(&mut self.footnotes.notes);
        order.extend((0..notes.len()).filter(|index| {
            notes
                .get(*index)
                .is_some_and(|note| note.number.is_none() && !note.html.is_empty())
        }));
        if order.is_empty() {
            return;
        }
        self.html.push_str("<div class=\"footnotes\">\n<ol>\n");
        for (at, note) in order
            .iter()
            .filter_map(|index| notes.get(*index))
            .enumerate()
        {
            self.write_note(at + 1, note);
        }
        self.html.push_str("</ol>\n</div>\n");
    }

    fn write_note(&mut self, number: usize, note: &Note) {
        let id = self.outline.id("fn", number);
        self.put(format_args!("<li id=\"{id}\">"));
        let back = note.number.map(|number| {
            format!(
                " <a href=\"#{}\" class=\"footnote-backref\" \
                 aria-label=\"Back to footnote {number} in the text\" rel=\"{LINK_REL}\">↩</a>",
                self.outline.id("fnref", number),
            )
        });
        let back = back.unwrap_or_default();
        // The way back stands on the note's last line, not below it.
        let (words, close) = note
            .html
            .strip_suffix("</p>\n")
            .map_or((note.html.as_str(), ""), |words| (words, "</p>\n"));
        self.html.push_str(words);
        self.html.push_str(&back);
        self.html.push_str(close);
        self.html.push_str("</li>\n");
    }
}
