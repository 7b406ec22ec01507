//! A text pasted into a timeline: what it is, and its rows. Nothing of it is lost.

use super::people::{Participant, People};
use super::{Place, copied, irc, slack};
use crate::reports::document;
use crate::reports::model::{Problem, TimelineEvent};

/// The longest text that is read, in bytes.
pub const MAX_PASTED_BYTES: usize = 1024 * 1024;

/// What a pasted text was taken for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PasteKind {
    /// Lines, a list or a table, read as the timeline of a document is.
    Lines,
    /// The JSON of a Slack export.
    SlackExport,
    /// Text copied out of a chat.
    Chat,
    /// A log of IRC.
    Irc,
}

impl PasteKind {
    /// Whether it was a chat, so that people in it became roles.
    pub const fn is_chat(self) -> bool {
        match self {
            Self::Lines => false,
            Self::SlackExport | Self::Chat | Self::Irc => true,
        }
    }

    /// What people call it.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Lines => "lines",
            Self::SlackExport => "a Slack export",
            Self::Chat => "a chat",
            Self::Irc => "an IRC log",
        }
    }
}

/// What was pasted, read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pasted {
    /// What it was taken for.
    pub kind: PasteKind,
    /// Its rows, in the order of the text (of an export: of time).
    pub events: Vec<TimelineEvent>,
    /// The text that belongs to no row, as it was written.
    pub rest: String,
    /// What a person should look at.
    pub remarks: Vec<Problem>,
    /// Who took part, if it was a chat: for the author, who turns them into roles.
    pub people: Vec<Participant>,
}

/// Reads a pasted text. Never fails: what is no row is in [`Pasted::rest`], and [`Pasted::remarks`] says why.
pub fn pasted(text: &str, place: &Place) -> Pasted {
    pasted_among(text, place, People::default())
}

/// The same where some people are known already: they keep their roles, and are among [`Pasted::people`].
pub fn pasted_among(text: &str, place: &Place, people: People) -> Pasted {
    if text.len() > MAX_PASTED_BYTES {
        let message = "This is longer than 1 MiB: paste it in parts.";
        return Pasted {
            kind: PasteKind::Lines,
            events: Vec::new(),
            rest: text.to_owned(),
            remarks: vec![Problem::of("timeline", message)],
            people: people.counted(&[]),
        };
    }
    let text = text
        .trim_start_matches('\u{feff}')
        .replace("\r\n", "\n")
        .replace('\r', "\n");
    let mut unread = None;
    if text.trim_start().starts_with(['[', '{']) {
        match slack::read(&text, &people) {
            Ok(Some(found)) => return found,
            Ok(None) => {}
            Err(why) => unread = Some(why),
        }
    }
    let mut found = if is_list(&text) {
        lines(&text, place, people)
    } else if irc::is_one(&text, place) {
        irc::read(&text, place, people)
    } else if copied::is_one(&text) {
        copied::read(&text, place, people)
    } else {
        lines(&text, place, people)
    };
    found
        .remarks
        .extend(unread.map(|why| Problem::of("timeline", why)));
    found
}

/// Whether a text begins as a list does: rows as we write them, and no chat.
fn is_list(text: &str) -> bool {
    ["- ", "* ", "+ "]
        .iter()
        .any(|mark| text.trim_start().starts_with(mark))
}

/// Sets lines that begin with a time apart from an item above them, whose text Markdown would take them for; and which
/// lines of the answer are new, from 1. Not where there is code, whose lines may begin with times.
fn apart(text: &str, place: &Place) -> (String, Vec<usize>) {
    let has_code = ["```", "~~~"].iter().any(|fence| text.contains(fence));
    let mut times = document::Lines::new(place.zone.clone(), place.day, place.above);
    let (mut set, mut new, mut below_item) = (Vec::new(), Vec::new(), false);
    for line in text.split('\n') {
        if is_list(line) || line.trim().is_empty() {
            below_item = is_list(line);
        } else if below_item
            && !has_code
            && !line.starts_with([' ', '\t'])
            && times.begin(line).is_some()
        {
            set.push("");
            new.push(set.len());
            below_item = false;
        }
        set.push(line);
    }
    (set.join("\n"), new)
}

fn lines(text: &str, place: &Place, people: People) -> Pasted {
    let (set, new) = apart(text, place);
    let read = document::read_timeline(
        &set,
        place.zone.clone(),
        (place.day, place.today),
        place.above,
    );
    let mut remarks: Vec<Problem> = read
        .remarks
        .into_iter()
        .map(|(line, message)| Problem {
            line: line - new.iter().filter(|it| **it < line).count(),
            field: "timeline".to_owned(),
            message,
        })
        .collect();
    if read.events.is_empty() && !text.trim().is_empty() {
        let message =
            "No line of this begins with a time: write lines such as 14:02 [detect] alert fired.";
        remarks.push(Problem::of("timeline", message));
    }
    Pasted {
        kind: PasteKind::Lines,
        events: read.events,
        rest: read.prose,
        remarks,
        people: people.counted(&[]),
    }
}
