//! What like documents are looked for, taken apart into words that can be compared. Pure.
//!
//! Prose is compared by its stems, as the index has them; whole identifiers (`ECONNREFUSED`, `x509`, `db.pool.Acquire`)
//! as they are written. Each word keeps the form in which it stands in the text: reasons are told in those.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::ops::Range;

use tantivy::tokenizer::Token;

use super::super::stop_words::is_stop_word;
use super::super::tokenizer::{self, part};
use super::common::is_common;
use super::shape;

/// What is read of a text.
pub(super) const MAX_BYTES: usize = 16 * 1024;
/// Different words that are looked up in the index.
const MAX_WORDS: usize = 2_500;
/// A word of the title counts as often as it does in the index.
const TITLE: u32 = 3;
/// Names of one kind that are compared.
pub(super) const MAX_NAMES: usize = 32;

/// What like documents are looked for: a report, or what is known of an alert or of a change.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Subject {
    /// The document itself, when it is one: it is left out.
    pub own: Option<i64>,
    /// One line.
    pub title: String,
    /// Plain text. With the title, 16 kB of it are read.
    pub text: String,
    /// Names of affected services.
    pub services: Vec<String>,
    /// Names of teams.
    pub teams: Vec<String>,
    /// Tags.
    pub tags: Vec<String>,
    /// Names of contributing factors.
    pub factors: Vec<String>,
    /// Names of alerts.
    pub alerts: Vec<String>,
}

/// As what a word is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Sort {
    /// By its stem.
    Prose,
    /// As written.
    Identifier,
    /// As written: the name of the alert that is asked about.
    Alert,
}

/// A word of a subject.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Word {
    pub(super) sort: Sort,
    /// As the index has it.
    pub(super) term: String,
    /// As the text has it, in the form that comes most often.
    pub(super) written: String,
    /// How often it comes.
    pub(super) count: u32,
    /// Whether it stands somewhere for itself, not only in an address, a path or a name of several parts.
    pub(super) alone: bool,
}

/// A subject, taken apart.
#[derive(Clone, Debug, Default)]
pub(super) struct Analysed {
    pub(super) words: Vec<Word>,
    /// The title and the text, as far as they are read.
    pub(super) text: String,
    /// In scripts without spaces pairs of letters are what is compared: where each stands in the text, and which word
    /// it is. In the order of the text.
    pub(super) pairs: Vec<(Range<usize>, usize)>,
}

impl Analysed {
    /// Takes a subject apart, in time linear in what is read of it.
    pub(super) fn of(subject: &Subject) -> Self {
        let mut text = format!("{}\n{}", subject.title, subject.text);
        let title = subject.title.len();
        text.truncate(text.floor_char_boundary(MAX_BYTES));
        let mut counting = Counting::default();
        let mut pairs = Vec::new();
        for token in tokenizer::tokens(&mut tokenizer::body(), &text) {
            let range = token.offset_from..token.offset_to;
            let written = part(&text, range.start, range.end);
            if says_nothing(written) {
                continue;
            }
            let times = if range.start < title { TITLE } else { 1 };
            let number = counting.add(Sort::Prose, &token, written, times);
            if let Some(number) = number {
                let around = shape::around(&text, &range);
                counting.stands(number, !shape::has_parts(around));
            }
            if let Some(number) = number.filter(|_| shape::is_unspaced(written)) {
                pairs.push((range, number));
            }
        }
        counting.identifiers(&text, title);
        for alert in subject.alerts.iter().take(MAX_NAMES) {
            counting.alert(alert);
        }
        let words = counting.finish();
        Self { words, text, pairs }
    }
}

/// Words that no report is about, and numbers: days, counts and times of day are shared by chance.
fn says_nothing(written: &str) -> bool {
    let letters = written.chars().filter(|c| c.is_alphabetic()).count();
    let word = spelt(written).to_lowercase();
    letters == 0
        || (letters < 2 && written.is_ascii())
        || is_ordinal(&word)
        || is_stop_word(&word)
        || is_common(&word)
}

/// `1st`, `30th`.
fn is_ordinal(word: &str) -> bool {
    let digits = word.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let ending = word.strip_prefix(digits).unwrap_or_default();
    !digits.is_empty()
        && digits.bytes().all(|it| it.is_ascii_digit())
        && matches!(ending, "st" | "nd" | "rd" | "th")
}

/// Words being counted.
#[derive(Default)]
struct Counting {
    words: Vec<Word>,
    numbers: HashMap<(Sort, String), usize>,
    forms: HashMap<(usize, String), u32>,
}

impl Counting {
    /// Counts a word; its number, or none when there are too many already.
    fn add(&mut self, sort: Sort, token: &Token, written: &str, times: u32) -> Option<usize> {
        let key = (sort, token.text.clone());
        let number = match self.numbers.get(&key) {
            Some(number) => *number,
            None if self.words.len() >= MAX_WORDS => return None,
            None => {
                let number = self.words.len();
                self.words.push(Word {
                    sort,
                    term: token.text.clone(),
                    written: String::new(),
                    count: 0,
                    alone: sort != Sort::Prose,
                });
                self.numbers.insert(key, number);
                number
            }
        };
        self.words.get_mut(number)?.count += times;
        let form = match sort {
            Sort::Prose => spelt(written),
            Sort::Identifier | Sort::Alert => written.to_owned(),
        };
        *self.forms.entry((number, form)).or_default() += times;
        Some(number)
    }

    /// Where a word stands: for itself, or as a part of something.
    fn stands(&mut self, number: usize, alone: bool) {
        if let Some(word) = self.words.get_mut(number) {
            word.alone |= alone;
        }
    }

    /// Identifiers of the text.
    fn identifiers(&mut self, text: &str, title: usize) {
        let tokens = tokenizer::tokens(&mut tokenizer::exact(), text);
        let written = |token: &Token| part(text, token.offset_from, token.offset_to);
        // What stands inside a longer one is part of it. The longer one comes after its parts.
        let mut whole = 0..0;
        let mut found = Vec::new();
        for (i, token) in tokens.iter().enumerate().rev() {
            let around = |at: Option<usize>| at.and_then(|at| tokens.get(at)).map_or("", written);
            let beside = [around(i.checked_sub(1)), around(Some(i + 1))];
            let word = written(token);
            let is_part = whole.contains(&token.offset_from);
            if !is_part && (shape::is_identifier(word) || shape::is_status(word, beside)) {
                whole = token.offset_from..token.offset_to;
                found.push(token);
            }
        }
        for token in found.into_iter().rev() {
            let times = if token.offset_from < title { TITLE } else { 1 };
            self.add(Sort::Identifier, token, written(token), times);
        }
    }

    /// The name of an alert: what the index has of it as one word.
    fn alert(&mut self, name: &str) {
        let tokens = tokenizer::tokens(&mut tokenizer::exact(), name);
        let longest = tokens.iter().max_by_key(|token| token.text.len());
        if let Some(whole) = longest.filter(|it| it.offset_to - it.offset_from >= name.trim().len())
        {
            self.add(Sort::Alert, whole, name.trim(), TITLE);
        }
    }

    /// Each word in the form that comes most often.
    fn finish(mut self) -> Vec<Word> {
        let mut forms: Vec<((usize, String), u32)> = self.forms.into_iter().collect();
        forms.sort_by(|((a, x), n), ((b, y), m)| (a, Reverse(n), x).cmp(&(b, Reverse(m), y)));
        for ((number, form), _) in forms {
            if let Some(word) = self
                .words
                .get_mut(number)
                .filter(|it| it.written.is_empty())
            {
                word.written = form;
            }
        }
        self.words
    }
}

/// A word as it stands in the middle of a sentence: a capital that only begins it is none, and an ending after an
/// apostrophe is not part of it.
fn spelt(written: &str) -> String {
    let word = match written.rsplit_once(tokenizer::is_apostrophe) {
        Some((stem, "s" | "S" | "t" | "T" | "d" | "m" | "re" | "ll" | "ve")) => stem,
        Some(_) | None => written,
    };
    let mut letters = word.chars();
    match letters.next() {
        Some(first)
            if first.is_uppercase() && !letters.as_str().chars().any(char::is_uppercase) =>
        {
            first.to_lowercase().chain(letters).collect()
        }
        Some(_) | None => word.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(title: &str, text: &str, sort: Sort) -> Vec<(String, u32)> {
        let subject = Subject {
            title: title.to_owned(),
            text: text.to_owned(),
            alerts: vec!["PostgresReplicationLag".to_owned(), "disk  full".to_owned()],
            ..Subject::default()
        };
        let words = Analysed::of(&subject).words.into_iter();
        words
            .filter(|word| word.sort == sort)
            .map(|word| (word.written, word.count))
            .collect()
    }

    fn owned(words: &[(&str, u32)]) -> Vec<(String, u32)> {
        let owned = words
            .iter()
            .map(|(word, count)| ((*word).to_owned(), *count));
        owned.collect()
    }

    #[test]
    fn words_are_told_as_they_are_written() {
        assert_eq!(
            words(
                "Certificates expired",
                "The certificate expired on 2026-03-01 at 14:02. Renewal of certificates: DNS, DNS and dns.",
                Sort::Prose
            ),
            owned(&[
                ("certificates", 5),
                ("expired", 4),
                ("renewal", 1),
                ("DNS", 3),
            ])
        );
    }

    #[test]
    fn a_part_of_an_address_stands_not_for_itself() {
        let subject = Subject {
            text: "See https://wiki.example.org/runbooks/failover, /srv/queue/spool and/or mail.prod.example; \
                   the queue's (failover) and Node.js on the 30th of Dec."
                .to_owned(),
            ..Subject::default()
        };
        let words = Analysed::of(&subject).words.into_iter();
        let words = words.filter(|word| word.sort == Sort::Prose);
        let (alone, parts): (Vec<_>, Vec<_>) = words.partition(|word| word.alone);
        let written = |words: Vec<Word>| words.into_iter().map(|it| it.written).collect::<Vec<_>>();
        assert_eq!(written(alone), ["failover", "queue", "node", "js"]);
        assert_eq!(
            written(parts),
            [
                "wiki", "example", "runbooks", "srv", "spool", "mail", "prod"
            ]
        );
    }

    #[test]
    fn identifiers_stay_whole() {
        assert_eq!(
            words(
                "x509 errors",
                "dial tcp: ECONNREFUSED at db.pool.Acquire; HTTP 503, 503 users, and OOMKilled, e.g. 14:02 and/or it",
                Sort::Identifier
            ),
            owned(&[
                ("x509", 3),
                ("ECONNREFUSED", 1),
                ("db.pool.Acquire", 1),
                ("503", 1),
                ("OOMKilled", 1)
            ])
        );
        assert_eq!(
            words("", "", Sort::Alert),
            owned(&[("PostgresReplicationLag", 3)]),
            "a name of several words is prose"
        );
        let subject = Subject {
            alerts: vec!["Watchdog".to_owned()],
            ..Subject::default()
        };
        let words = Analysed::of(&subject).words;
        assert_eq!(words[0].written, "Watchdog", "a name keeps its capital");
    }

    #[test]
    fn letters_without_spaces_are_compared_in_pairs() {
        let subject = Subject {
            title: "証明書の失効".to_owned(),
            ..Subject::default()
        };
        let analysed = Analysed::of(&subject);
        assert_eq!(analysed.pairs.len(), 5);
        let (range, number) = analysed.pairs[0].clone();
        assert_eq!(analysed.text.get(range), Some("証明"));
        assert_eq!(analysed.words[number].term, "証明");
    }

    #[test]
    fn a_long_text_is_read_up_to_a_limit() {
        let words: Vec<String> = (0..100_000).map(|n| format!("w{n}x ü")).collect();
        let text = words.join(" ");
        let subject = Subject {
            text,
            ..Subject::default()
        };
        let analysed = Analysed::of(&subject);
        assert!(analysed.words.len() <= MAX_WORDS && analysed.text.len() <= MAX_BYTES);
    }
}
