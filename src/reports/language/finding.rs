//! What a finding says.

use crate::platform::secret::sha256;
use std::ops::Range;

/// Why something was pointed at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FindingKind {
    /// A person or a group, and what they failed to do.
    PersonAndFault,
    /// Somebody's name beside what they failed to do.
    NameAndFault,
    /// What should, could or would have been.
    Hindsight,
    /// A word that judges people: careless, human error, at fault.
    BlameWord,
    /// A word that makes it look easy: simply, obvious.
    Minimising,
    /// One cause, where there are always several conditions.
    SingleCause,
    /// What looks like a key, a token or a password.
    Secret,
    /// Somebody's e-mail address.
    Email,
    /// A telephone number.
    Phone,
}

impl FindingKind {
    /// Every kind.
    pub const ALL: &'static [Self] = &[
        Self::PersonAndFault,
        Self::NameAndFault,
        Self::Hindsight,
        Self::BlameWord,
        Self::Minimising,
        Self::SingleCause,
        Self::Secret,
        Self::Email,
        Self::Phone,
    ];

    /// The stable word for programs.
    pub const fn word(self) -> &'static str {
        match self {
            Self::PersonAndFault => "person_and_fault",
            Self::NameAndFault => "name_and_fault",
            Self::Hindsight => "hindsight",
            Self::BlameWord => "blame_word",
            Self::Minimising => "minimising",
            Self::SingleCause => "single_cause",
            Self::Secret => "secret",
            Self::Email => "email",
            Self::Phone => "phone",
        }
    }

    /// Whether it is about how something is said; the others are about what should not be said to everybody.
    pub const fn is_wording(self) -> bool {
        match self {
            Self::PersonAndFault
            | Self::NameAndFault
            | Self::Hindsight
            | Self::BlameWord
            | Self::Minimising
            | Self::SingleCause => true,
            Self::Secret | Self::Email | Self::Phone => false,
        }
    }
}

/// A place in a text that its author may want to look at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Its name, the same as long as the words are, wherever they stand: eight hexadecimal digits.
    pub id: String,
    /// Why it was pointed at.
    pub kind: FindingKind,
    /// Where it starts, in bytes of the text.
    pub start: usize,
    /// Where it ends, in bytes of the text.
    pub end: usize,
    /// The line it starts on, from 1.
    pub line: usize,
    /// The words as they stand there; of a secret the first few characters only.
    pub text: String,
    /// Why that is worth a second look.
    pub reason: &'static str,
    /// A question to answer instead.
    pub suggestion: String,
}

/// A finding before its line and words are known.
#[derive(Clone, Debug)]
pub(super) struct Hit {
    pub(super) kind: FindingKind,
    pub(super) range: Range<usize>,
    pub(super) is_heading: bool,
    pub(super) reason: &'static str,
    pub(super) suggestion: String,
}

impl Hit {
    /// Something to look at in the text itself.
    pub(super) fn new(
        kind: FindingKind,
        range: Range<usize>,
        reason: &'static str,
        suggestion: impl Into<String>,
    ) -> Self {
        Self {
            kind,
            range,
            is_heading: false,
            reason,
            suggestion: suggestion.into(),
        }
    }
}

/// Adds lines and words to hits that are sorted by where they start.
pub(super) fn located(text: &str, hits: Vec<Hit>) -> Vec<Finding> {
    let (mut line, mut counted) = (1, 0);
    hits.into_iter()
        .map(|hit| {
            let between = text.get(counted..hit.range.start).unwrap_or_default();
            line += between.bytes().filter(|byte| *byte == b'\n').count();
            counted = hit.range.start.max(counted);
            let words = text.get(hit.range.clone()).unwrap_or_default();
            Finding {
                id: id(hit.kind, words),
                kind: hit.kind,
                start: hit.range.start,
                end: hit.range.end,
                line,
                text: shown(hit.kind, words),
                reason: hit.reason,
                suggestion: hit.suggestion,
            }
        })
        .collect()
}

/// Names a finding by what was found, not by where: it stays put aside when the text around it moves.
fn id(kind: FindingKind, words: &str) -> String {
    let words: Vec<String> = words.split_whitespace().map(str::to_lowercase).collect();
    let [a, b, c, d, ..] = sha256(format!("{} {}", kind.word(), words.join(" ")));
    format!("{:08x}", u32::from_be_bytes([a, b, c, d]))
}

/// Whether a text can be the name of a finding.
pub fn is_finding_id(text: &str) -> bool {
    let is_digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    text.len() == 8 && text.bytes().all(is_digit)
}

/// The longest words that are repeated in a finding.
const LONGEST: usize = 200;

/// A secret is never repeated: at most four characters, and at most a quarter of it.
fn shown(kind: FindingKind, words: &str) -> String {
    if kind == FindingKind::Secret {
        let few = (words.chars().count() / 4).clamp(1, 4);
        let start: String = words.chars().take(few).collect();
        return start + "…";
    }
    // As it reads: a phrase may go over the end of a line.
    let words = words.split_whitespace().collect::<Vec<_>>().join(" ");
    words.chars().take(LONGEST).collect()
}
