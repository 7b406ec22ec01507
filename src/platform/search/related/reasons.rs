//! Why two documents are alike, in words that a reader can check in both of them. Pure.

use std::ops::Range;

use super::judge::{Evidence, Fact, FactKind, Scale, Weighed};
use super::subject::{Analysed, Sort, Word};

/// Words and names told of one kind; more are a list, not a reason.
const MOST_TOLD: usize = 4;
/// Longer identifiers are not told.
const MOST_CHARS: usize = 60;
/// At most one document in so many has a word that is rare, or one that is told at all; of a few documents, one in
/// three.
const RARE: u64 = 12;
const TOLD: u64 = 4;
const FEW: u64 = 3;

/// What kind of thing two documents share.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ReasonKind {
    /// Somebody said so.
    Linked,
    /// The alert that is asked about is named in it.
    Alert,
    /// Both quote an error, a function, a metric, a host.
    Identifier,
    /// A contributing factor.
    Factor,
    /// A service.
    Service,
    /// A tag.
    Tag,
    /// A team.
    Team,
    /// Words that few others have.
    Words,
}

impl ReasonKind {
    /// The word for it in addresses and JSON.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Linked => "linked",
            Self::Alert => "alert",
            Self::Identifier => "identifier",
            Self::Factor => "factor",
            Self::Service => "service",
            Self::Tag => "tag",
            Self::Team => "team",
            Self::Words => "words",
        }
    }
}

/// One reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    /// What kind of thing is shared.
    pub kind: ReasonKind,
    /// In words: `Same service: checkout`.
    pub text: String,
}

impl Reason {
    /// The first of the names after the words for their kind; none when there is none.
    pub fn names(kind: ReasonKind, names: &[String]) -> Option<Self> {
        let names = names.get(..MOST_TOLD).unwrap_or(names);
        let words = match kind {
            ReasonKind::Linked => "Linked",
            ReasonKind::Alert => "Same alert",
            ReasonKind::Factor => "Same contributing factor",
            ReasonKind::Identifier => "Both quote",
            ReasonKind::Service => "Same service",
            ReasonKind::Words => "Both mention",
            ReasonKind::Tag => "Same tag",
            ReasonKind::Team => "Same team",
        };
        let text = match (names, words.starts_with("Same")) {
            ([], _) => return None,
            (names, false) => format!("{words} {}", names.join(", ")),
            ([name], true) => format!("{words}: {name}"),
            (names, true) => format!("{words}s: {}", names.join(", ")),
        };
        Some(Self { kind, text })
    }
}

/// What is shared, as it is judged.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Shared {
    /// The most telling first.
    pub(super) reasons: Vec<Reason>,
    /// How many words of prose both have that are worth telling.
    pub(super) words: usize,
    /// How many of them are rare.
    pub(super) rare: usize,
    /// How many identifiers.
    pub(super) identifiers: usize,
    /// Whether the alert is the same.
    pub(super) alert: bool,
    /// Whether they share a contributing factor that not every report has.
    pub(super) factor: bool,
    /// Whether they share a service or a tag that not every report has.
    pub(super) names: bool,
}

/// Whether at most one in so many documents has a word, or few enough of few.
fn is_one_in(many: u64, weighed: &Weighed, documents: u64) -> bool {
    let found_in = weighed.found_in;
    found_in <= 1 || (found_in * 3 <= documents && found_in <= FEW.max(documents / many))
}

/// The words that both have and that are worth telling.
#[derive(Default)]
struct Told {
    alerts: Vec<String>,
    identifiers: Vec<String>,
    /// Of prose, the one that adds most first.
    words: Vec<String>,
    /// How many of those are rare.
    rare: usize,
}

impl Told {
    fn of(analysed: &Analysed, scale: &Scale, evidence: &Evidence) -> Self {
        let mut words: Vec<(&Weighed, &Word, f32)> = evidence
            .words
            .iter()
            .filter_map(|(number, worth)| {
                let weighed = scale.words.get(*number)?;
                Some((weighed, analysed.words.get(weighed.number)?, *worth))
            })
            .filter(|(weighed, _, _)| is_one_in(TOLD, weighed, scale.documents))
            .collect();
        words.sort_by(|a, b| b.2.total_cmp(&a.2).then(a.0.number.cmp(&b.0.number)));
        let is_rare = |weighed: &Weighed| is_one_in(RARE, weighed, scale.documents);
        let mut told = Self::default();
        let mut prose: Vec<(&Weighed, &Word)> = Vec::new();
        for (weighed, word, _) in words {
            let is_known = told.alerts.contains(&word.written);
            match word.sort {
                Sort::Alert => told.alerts.push(word.written.clone()),
                Sort::Identifier if is_rare(weighed) && word.written.len() <= MOST_CHARS => {
                    told.identifiers
                        .extend((!is_known).then(|| word.written.clone()));
                }
                Sort::Identifier => {}
                Sort::Prose => prose.push((weighed, word)),
            }
        }
        // What is told whole is not told again in its parts.
        let facts = evidence.facts.iter().filter_map(|it| scale.facts.get(*it));
        let facts: Vec<String> = facts.map(|fact| fact.name.to_lowercase()).collect();
        told.identifiers
            .retain(|it| !facts.contains(&it.to_lowercase()));
        let whole = told.alerts.iter().chain(&told.identifiers).chain(&facts);
        let whole: Vec<String> = whole.map(|it| it.to_lowercase()).collect();
        prose.retain(|(_, word)| {
            let word = word.written.to_lowercase();
            !whole.iter().any(|it| it.contains(&word))
        });
        let numbers = |only_rare: bool| -> Vec<usize> {
            let chosen = prose.iter().filter(|(it, _)| !only_rare || is_rare(it));
            chosen.map(|(it, _)| it.number).collect()
        };
        told.words = phrases(analysed, &numbers(false));
        told.rare = phrases(analysed, &numbers(true)).len();
        told
    }
}

/// What a document shares with the subject, in words.
pub(super) fn shared(analysed: &Analysed, scale: &Scale, evidence: &Evidence) -> Shared {
    let told = Told::of(analysed, scale, evidence);
    let facts = |kind| names(scale, evidence, kind);
    let telling = |kind| facts(kind).iter().any(|fact| tells(fact, scale));
    let quoted: Vec<String> = told.words.iter().map(|it| format!("“{it}”")).collect();
    let named = |kind| -> Vec<String> { facts(kind).iter().map(|it| it.name.clone()).collect() };
    let lists = [
        (ReasonKind::Alert, told.alerts.clone()),
        (ReasonKind::Factor, named(FactKind::Factor)),
        (ReasonKind::Identifier, told.identifiers.clone()),
        (ReasonKind::Service, named(FactKind::Service)),
        (ReasonKind::Words, quoted),
        (ReasonKind::Tag, named(FactKind::Tag)),
        (ReasonKind::Team, named(FactKind::Team)),
    ];
    let reasons = lists.into_iter();
    let reasons = reasons.filter_map(|(kind, names)| Reason::names(kind, &names));
    Shared {
        reasons: reasons.collect(),
        words: told.words.len(),
        rare: told.rare,
        identifiers: told.identifiers.len(),
        alert: !told.alerts.is_empty(),
        factor: telling(FactKind::Factor),
        names: telling(FactKind::Service) || telling(FactKind::Tag),
    }
}

/// The names of one kind that both have, the rarest first.
fn names<'a>(scale: &'a Scale, evidence: &Evidence, kind: FactKind) -> Vec<&'a Fact> {
    let facts = evidence.facts.iter().filter_map(|it| scale.facts.get(*it));
    let mut names: Vec<&Fact> = facts.filter(|fact| fact.kind == kind).collect();
    names.sort_by_key(|fact| fact.found_in);
    names
}

/// A name that most reports have tells nothing, but of a few reports it may.
fn tells(fact: &Fact, scale: &Scale) -> bool {
    fact.found_in <= FEW || fact.found_in * 2 <= scale.documents
}

/// Words as they are written, in this order; pairs of letters that overlap in the text as one.
fn phrases(analysed: &Analysed, numbers: &[usize]) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for number in numbers {
        let text = match analysed.pairs.iter().position(|(_, it)| it == number) {
            Some(at) => stretch(analysed, numbers, at),
            None => analysed.words.get(*number).map(|word| word.written.clone()),
        };
        let is_new = |text: &String| !text.is_empty() && !found.contains(text);
        found.extend(text.filter(is_new));
    }
    found
}

/// The letters around a pair that are all in pairs of these.
fn stretch(analysed: &Analysed, numbers: &[usize], at: usize) -> Option<String> {
    let (range, _) = analysed.pairs.get(at)?;
    let mut whole: Range<usize> = range.clone();
    let is_shared = |number: &usize| numbers.contains(number);
    for (next, number) in analysed.pairs.iter().skip(at + 1) {
        if next.start >= whole.end || !is_shared(number) {
            break;
        }
        whole.end = next.end;
    }
    for (before, number) in analysed.pairs.iter().take(at).rev() {
        if before.end <= whole.start || !is_shared(number) {
            break;
        }
        whole.start = before.start;
    }
    let text = analysed.text.get(whole.clone())?;
    let before = analysed.text.get(..whole.start)?.chars().next_back();
    let after = analysed.text.get(whole.end..)?.chars().next();
    let text = trimmed(text, before, after);
    (text.chars().count() >= 2).then(|| text.to_owned())
}

/// Without endings and particles around it, and without parts of words that go on: what is left is whole.
fn trimmed(text: &str, before: Option<char>, after: Option<char>) -> &str {
    let hiragana = |c: char| ('\u{3041}'..='\u{309f}').contains(&c);
    let katakana = |c: char| ('\u{30a1}'..='\u{30ff}').contains(&c);
    let mut text = text;
    if before.is_some_and(katakana) {
        text = text.trim_start_matches(katakana);
    }
    if after.is_some_and(katakana) {
        text = text.trim_end_matches(katakana);
    }
    text.trim_matches(hiragana)
}

#[cfg(test)]
mod tests {
    use super::super::judge::idf;
    use super::super::subject::Subject;
    use super::*;

    /// What a document shares with this text that has all of its words, each found in so many of a hundred.
    fn told(subject: &Subject, found_in: u64, facts: &[(FactKind, &str, u64)]) -> Shared {
        let analysed = Analysed::of(subject);
        let counts = vec![found_in; analysed.words.len()];
        let mut scale = Scale::new(&analysed, &counts, 100);
        scale.facts = facts
            .iter()
            .map(|(kind, name, found_in)| Fact {
                kind: *kind,
                name: (*name).to_owned(),
                found_in: *found_in,
                idf: idf(*found_in, 100),
            })
            .collect();
        let evidence = Evidence {
            id: 1,
            alike: None,
            words: scale
                .words
                .iter()
                .enumerate()
                .map(|(n, it)| (n, it.weight))
                .collect(),
            facts: (0..facts.len()).collect(),
        };
        shared(&analysed, &scale, &evidence)
    }

    fn texts(shared: &Shared) -> Vec<&str> {
        shared.reasons.iter().map(|it| it.text.as_str()).collect()
    }

    fn about(text: &str) -> Subject {
        Subject {
            text: text.to_owned(),
            ..Subject::default()
        }
    }

    #[test]
    fn reasons_are_told_in_the_words_of_the_report() {
        let mut subject = about(
            "Certificates expired; x509 and ECONNREFUSED. The certificates' renewal had stopped.",
        );
        subject.alerts = vec!["CertExpiry".to_owned()];
        let facts = [
            (FactKind::Tag, "tls", 20),
            (FactKind::Service, "checkout", 4),
            (FactKind::Service, "billing", 2),
            (FactKind::Factor, "No canary", 1),
            (FactKind::Team, "web", 90),
        ];
        let shared = told(&subject, 2, &facts);
        assert_eq!(
            texts(&shared),
            [
                "Same alert: CertExpiry",
                "Same contributing factor: No canary",
                "Both quote x509, ECONNREFUSED",
                "Same services: billing, checkout",
                "Both mention “certificates”, “expired”, “renewal”, “stopped”",
                "Same tag: tls",
                "Same team: web",
            ]
        );
        assert!(shared.alert && shared.factor && shared.names);
        assert_eq!((shared.rare, shared.identifiers), (4, 2));
    }

    #[test]
    fn what_many_share_is_no_reason() {
        let shared = told(&about("replica failover ECONNREFUSED"), 60, &[]);
        assert_eq!(texts(&shared), [""; 0]);
        let shared = told(&about("replica failover ECONNREFUSED"), 20, &[]);
        assert_eq!(
            texts(&shared),
            ["Both mention “replica”, “failover”, “ECONNREFUSED”"]
        );
        assert_eq!((shared.words, shared.rare, shared.identifiers), (3, 0, 0));
        let everywhere = [
            (FactKind::Service, "api", 90),
            (FactKind::Factor, "haste", 90),
        ];
        let shared = told(&about("x"), 1, &everywhere);
        assert!(!shared.names && !shared.factor);
    }

    #[test]
    fn pairs_of_letters_are_put_together_again() {
        let shared = told(&about("サーバーの証明書が失効した"), 1, &[]);
        assert_eq!(texts(&shared), ["Both mention “サーバーの証明書が失効”"]);
        assert_eq!(shared.rare, 1);
    }
}
