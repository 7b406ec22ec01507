//! Names that are in no list: "Zebediah forgot", "missed by the on-call engineer", "pushed the wrong button".
//!
//! A word with a capital letter before a verb that only people do is somebody's name, unless the text uses it for a thing:
//! in lower case, behind an article, or with capitals inside.

use super::finding::Hit;
use super::people::{Who, hit, person};
use super::words::{Gap, Sentence, is_adverb, is_one_of, is_participle};
use std::ops::Range;

/// So many names are looked up in a text.
const MAX_LOOKED_UP: usize = 200;
/// So many words lie between "by" and who it was.
const MAX_BETWEEN: usize = 3;

/// Words that begin a sentence, products and companies: nobody's name.
const NO_NAMES: &str = "about after again all also although amazon and android ansible another any anyone anybody apple as \
     aws azure because before both but chrome cloudflare codecov consul copr customer customers datadog debian dependabot docker \
     each either even everybody everyone facebook fastly fedora few finance firefox first github gitlab google grafana helm \
     heroku here how however if instead istio it its jenkins kafka kubernetes last later legal let linux management many \
     marketing microsoft monitoring most neither never next nginx nobody none nor not now once one only other others packit \
     people perhaps postgres prometheus puppet redis renovate safari sales second security sentry several since slack so some \
     someone splunk staff still such support terraform that the their then there these they third this those though three \
     travis two ubuntu until vault what when where whether which while who whoever why windows yet you your unfortunately";

/// Ends of words for things, work and groups.
const NO_NAME_ENDS: [&str; 22] = [
    "s", "ing", "tion", "sion", "ment", "ity", "ness", "ance", "ence", "ware", "bot", "ops", "er",
    "or", "base", "hub", "flow", "kit", "cloud", "ure", "ed", "ly",
];

/// A verb that only people do, whoever is said to have done it: its last word.
fn deed_of_people(sentence: &Sentence<'_>, index: usize) -> Option<usize> {
    match sentence.at(index) {
        "forgot" | "overlooked" | "misread" | "misjudged" | "mistyped" | "misunderstood"
        | "misinterpreted" | "mistook" | "fat-fingered" | "botched" | "bungled" | "blundered"
        | "neglected" | "misconfigured" => Some(index),
        "messed" | "screwed" | "slipped" if sentence.next(index + 1) == "up" => Some(index + 1),
        "failed" if sentence.next(index + 1) == "to" => is_one_of(
            sentence.next(index + 2),
            "appreciate ask communicate consider escalate notice realise realize remember tell think understand",
        )
        .then_some(index + 2),
        _ => None,
    }
}

/// A name that may be none: [`Known::is_somebody`] looks it up in the text.
pub(super) struct Guess {
    pub(super) hit: Hit,
    pub(super) name: Range<usize>,
}

/// Finds names that are in no list beside what somebody forgot.
pub(super) fn guesses(sentence: &Sentence<'_>) -> Vec<Guess> {
    if sentence.is_heading {
        return Vec::new();
    }
    let found = (0..sentence.words.len()).filter_map(|index| {
        let last = deed_of_people(sentence, index)?;
        let at = name_before(sentence, index)?;
        Some(Guess {
            hit: hit(sentence, at, last, Who::Name),
            name: sentence.range(at, at),
        })
    });
    found.collect()
}

/// The word before a verb, if it could be somebody's name.
fn name_before(sentence: &Sentence<'_>, verb: usize) -> Option<usize> {
    let mut at = verb;
    for _ in 0..3 {
        if sentence.gap(at) != Gap::Space {
            return None;
        }
        at = at.checked_sub(1)?;
        let word = sentence.words.get(at)?;
        if word.is_capital {
            let is_alone = !is_one_of(
                sentence.back(at, 1),
                "the a an our this that your their its each every no",
            );
            let after_capital = at > 0
                && sentence.gap(at) == Gap::Space
                && sentence
                    .words
                    .get(at - 1)
                    .is_some_and(|before| before.is_capital && !is_one_of(&before.lower, NO_NAMES));
            let is_letters = word.lower.chars().all(char::is_alphabetic);
            let fits = is_letters
                && (3..=15).contains(&word.lower.chars().count())
                && !is_one_of(&word.lower, NO_NAMES)
                && !NO_NAME_ENDS.iter().any(|end| word.lower.ends_with(end))
                && person(sentence, at).is_none();
            return (is_alone && !after_capital && fits).then_some(at);
        }
        if !(is_adverb(&word.lower) || matches!(word.lower.as_str(), "had" | "have" | "has")) {
            return None;
        }
    }
    None
}

/// Looks up names in a text, as often as is worth it.
pub(super) struct Known<'a> {
    text: &'a str,
    left: usize,
}

impl<'a> Known<'a> {
    pub(super) const fn of(text: &'a str) -> Self {
        Self {
            text,
            left: MAX_LOOKED_UP,
        }
    }

    /// Whether the text uses this word for a person, or at least for nothing else.
    pub(super) fn is_somebody(&mut self, name: &Range<usize>) -> bool {
        let Some(left) = self.left.checked_sub(1) else {
            return false;
        };
        self.left = left;
        let Some(written) = self.text.get(name.clone()) else {
            return false;
        };
        // `PagerDuty`, `DNS`
        if written.chars().skip(1).any(char::is_uppercase) {
            return false;
        }
        let lower = written.to_lowercase();
        !self.stands(&lower, |_, _| true) && !self.stands(written, is_thing)
    }

    /// Whether a word stands somewhere in the text, between what `fits`.
    fn stands(&self, word: &str, fits: impl Fn(&str, &str) -> bool) -> bool {
        self.text.match_indices(word).any(|(at, _)| {
            let (before, rest) = self.text.split_at_checked(at).unwrap_or_default();
            let after = rest.get(word.len()..).unwrap_or_default();
            let is_whole = !before.ends_with(char::is_alphanumeric)
                && !after.starts_with(char::is_alphanumeric);
            is_whole && fits(before, after)
        })
    }
}

/// Whether a word between these is no person: "the Vault", "Atlas service", "atlas.example".
fn is_thing(before: &str, after: &str) -> bool {
    let before = super::end_of(before, 16).to_lowercase();
    let is_behind_article = [
        "the ", "a ", "an ", "our ", "in ", "via ", "using ", "into ",
    ]
    .iter()
    .any(|word| {
        before
            .strip_suffix(word)
            .is_some_and(|rest| !rest.ends_with(char::is_alphanumeric))
    });
    let next: String = after
        .trim_start()
        .chars()
        .take_while(|letter| letter.is_alphabetic())
        .collect();
    let is_part =
        after.starts_with(['-', '_', '/', '`']) || after.starts_with('.') && !next.is_empty();
    is_behind_article
        || is_part
        || before.ends_with(['/', '-', '_', '`', '.'])
        || is_one_of(
            &next.to_lowercase(),
            "agent api app cluster clusters controller database dashboard exporter instance instances job library \
             node nodes plugin pod pods proxy queue server servers service services team tool version",
        )
}

/// "was missed by the on-call engineer": what was not done well, and by whom, at the end of it.
pub(super) fn passive(sentence: &Sentence<'_>, index: usize) -> Option<(usize, Who<'static>)> {
    let is_fault = is_one_of(
        sentence.at(index),
        "ignored missed overlooked forgotten misread misconfigured mistyped misunderstood neglected disregarded mishandled botched",
    );
    let is_said = (1..=3).any(|places| {
        is_one_of(
            sentence.back(index, places),
            "was were been got is are being be",
        )
    });
    if !is_fault || !is_said || sentence.next(index + 1) != "by" {
        return None;
    }
    let from = index + 2;
    for at in from..=from + MAX_BETWEEN {
        let word = sentence.next(at);
        if word.is_empty() {
            return None;
        }
        if word == "us" {
            return Some((at, Who::We));
        }
        // "the on-call engineer": as far as it goes.
        match person(sentence, at) {
            Some(Who::Role(_) | Who::Doubtful(_))
                if person(sentence, at + 1).is_some() && !sentence.next(at + 1).is_empty() => {}
            Some(Who::Role(_)) => return Some((at, Who::Role("responder"))),
            Some(Who::Name) => return Some((at, Who::Name)),
            Some(Who::Somebody) => return Some((at, Who::Somebody)),
            Some(Who::We | Who::They | Who::Doubtful(_)) | None => {}
        }
        if is_participle(word) || is_one_of(word, "and or which that because") {
            return None;
        }
    }
    None
}

/// "pushed the wrong button": the last word of it.
pub(super) fn wrong_thing(sentence: &Sentence<'_>, index: usize) -> Option<usize> {
    // Most words are followed by nothing of the kind.
    if sentence.next(index + 2) != "wrong" {
        return None;
    }
    let is_deed = is_one_of(
        sentence.at(index),
        "pushed pressed ran deleted deployed merged used chose clicked typed entered edited changed selected picked applied ordered \
         rebooted restarted opened copied pasted removed",
    );
    let is_wrong = is_one_of(sentence.next(index + 1), "the a an");
    let what = sentence.next(index + 3);
    (is_deed && is_wrong && !what.is_empty()).then_some(index + 3)
}

/// What a passive fault says.
pub(super) fn find_passive(sentence: &Sentence<'_>, found: &mut Vec<Hit>) {
    for index in 0..sentence.words.len() {
        if let Some((last, who)) = passive(sentence, index) {
            let mut of = hit(sentence, index, last, who);
            of.range = sentence.range(index, last);
            found.push(of);
        }
    }
}
