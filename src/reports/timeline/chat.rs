//! Messages of a chat as rows of a timeline, and what all kinds of chats have in common.

use super::Pasted;
use super::pasted::PasteKind;
use super::people::{Names, People};
use crate::reports::model::{Draft, EventSource, MAX_ROWS, Problem, TimelineEvent};
use jiff::Timestamp;

/// So many rows that name somebody are pointed at one by one.
const MAX_NAMED: usize = 20;

/// A message: when, by whom (as a role), and what, in Markdown.
pub(super) struct Message {
    pub(super) at: Option<Timestamp>,
    pub(super) at_text: String,
    pub(super) role: String,
    pub(super) text: String,
}

/// A chat while it is read.
#[derive(Default)]
pub(super) struct Chat {
    pub(super) people: People,
    events: Vec<TimelineEvent>,
    /// What belongs to no row, as it was written.
    rest: Vec<String>,
    remarks: Vec<Problem>,
    /// How many messages did not fit.
    beyond: usize,
}

impl Chat {
    /// A chat among people of whom some are known.
    pub(super) fn among(people: People) -> Self {
        Self {
            people,
            ..Self::default()
        }
    }

    /// Adds a message; where no more fit, `source` stays as text.
    pub(super) fn say(&mut self, message: Message, source: &str) {
        if self.events.len() >= MAX_ROWS {
            self.beyond += 1;
            self.rest.push(source.to_owned());
            return;
        }
        self.events.push(TimelineEvent {
            at: message.at,
            at_text: message.at_text,
            role: message.role,
            source: EventSource::Chat,
            ..TimelineEvent::said(message.text)
        });
    }

    /// Adds a line to the message above, or keeps it where there is none.
    pub(super) fn below(&mut self, line: &str, markdown: &str) {
        match self.events.last_mut() {
            Some(event) if self.beyond == 0 => {
                if !event.text.is_empty() {
                    event.text.push('\n');
                }
                event.text.push_str(markdown);
            }
            Some(_) | None => self.keep(line),
        }
    }

    /// Keeps a line that is part of no message.
    pub(super) fn keep(&mut self, line: &str) {
        self.rest.push(line.to_owned());
    }

    pub(super) fn remark(&mut self, message: String) {
        self.remarks.push(Problem::of("timeline", message));
    }

    /// What was read.
    pub(super) fn finish(mut self, kind: PasteKind) -> Pasted {
        let mut draft = Draft {
            timeline: std::mem::take(&mut self.events),
            ..Draft::default()
        };
        draft.normalise();
        let events = draft.timeline;
        if self.beyond > 0 {
            let beyond = self.beyond;
            self.remark(format!(
                "Only {MAX_ROWS} events fit in a report; {beyond} more stayed text."
            ));
        }
        let roles: Vec<&str> = events.iter().map(|event| event.role.as_str()).collect();
        let people = self.people.counted(&roles);
        let names = Names::of(&people);
        let telling = events.iter().enumerate().filter_map(|(index, event)| {
            let name = names.first_in(&event.text)?;
            Some(Problem::of(
                "timeline",
                format!("Row {} names “{name}”: write a role instead.", index + 1),
            ))
        });
        self.remarks.extend(telling.take(MAX_NAMED));
        Pasted {
            kind,
            events,
            rest: self.rest.join("\n"),
            remarks: self.remarks,
            people,
        }
    }
}
