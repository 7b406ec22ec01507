//! Why two documents are alike, in words that a reader can check in both of them. Pure.

use super::judge::{Evidence, Fact, FactKind, Scale, Weighed, YOUNG};
use super::phrases::phrases;
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
    /// Whether they share a contributing factor that few have.
    pub(super) factor: bool,
    /// Whether they share a service, a tag or a factor that not every report has.
    pub(super) names: bool,
}

/// Whether what is found in so many documents is found in at most one of `many`, or in few enough of few.
fn is_one_in(many: u64, found_in: u64, documents: u64) -> bool {
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
            .filter(|(weighed, _, _)| is_one_in(TOLD, weighed.found_in, scale.documents))
            .collect();
        words.sort_by(|a, b| b.2.total_cmp(&a.2).then(a.0.number.cmp(&b.0.number)));
        let is_rare = |weighed: &Weighed| is_one_in(RARE, weighed.found_in, scale.documents);
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
                Sort::Prose if word.alone => prose.push((weighed, word)),
                // A piece of an address is shared by chance.
                Sort::Identifier | Sort::Prose => {}
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
        told.words = phrases(analysed, evidence, &numbers(false));
        told.rare = phrases(analysed, evidence, &numbers(true)).len();
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
    // What is shared by chance is told where there is nothing better.
    let is_rare = |kind| -> bool {
        let mut shared = facts(kind).into_iter();
        shared
            .any(|fact| scale.documents < YOUNG || is_one_in(RARE, fact.found_in, scale.documents))
    };
    let lists = [
        (ReasonKind::Alert, told.alerts.clone()),
        (ReasonKind::Factor, named(FactKind::Factor)),
        (ReasonKind::Identifier, told.identifiers.clone()),
        (ReasonKind::Service, named(FactKind::Service)),
        (ReasonKind::Words, quoted),
        (ReasonKind::Tag, named(FactKind::Tag)),
        (ReasonKind::Team, named(FactKind::Team)),
    ];
    let tells_much = |kind: ReasonKind| match kind {
        ReasonKind::Linked | ReasonKind::Alert | ReasonKind::Identifier => true,
        ReasonKind::Words => told.rare > 0,
        ReasonKind::Factor => is_rare(FactKind::Factor),
        ReasonKind::Service => is_rare(FactKind::Service),
        ReasonKind::Tag => is_rare(FactKind::Tag),
        ReasonKind::Team => is_rare(FactKind::Team),
    };
    let reasons = lists.into_iter();
    let reasons = reasons.filter_map(|(kind, names)| Reason::names(kind, &names));
    let (much, little): (Vec<Reason>, Vec<Reason>) = reasons.partition(|it| tells_much(it.kind));
    Shared {
        reasons: if much.is_empty() { little } else { much },
        words: told.words.len(),
        rare: told.rare,
        identifiers: told.identifiers.len(),
        alert: !told.alerts.is_empty(),
        factor: facts(FactKind::Factor)
            .iter()
            .any(|fact| fact.found_in <= FEW.max(scale.documents / RARE)),
        names: [FactKind::Service, FactKind::Tag, FactKind::Factor]
            .into_iter()
            .any(telling),
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

#[cfg(test)]
mod tests {
    use super::super::judge::idf;
    use super::super::phrases;
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
            places: phrases::places(&analysed, subject, 0),
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
            (FactKind::Tag, "tls", 5),
            (FactKind::Service, "checkout", 4),
            (FactKind::Service, "billing", 2),
            (FactKind::Factor, "No canary", 1),
            (FactKind::Team, "web", 8),
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
    fn what_is_shared_by_chance_is_told_only_where_there_is_nothing_better() {
        let common = [
            (FactKind::Service, "api", 20),
            (FactKind::Tag, "tls", 20),
            (FactKind::Team, "web", 20),
        ];
        let alone = told(&about("of"), 1, &common);
        assert_eq!(
            texts(&alone),
            ["Same service: api", "Same tag: tls", "Same team: web"]
        );
        assert!(alone.names);
        let beside = told(&about("replica failover"), 2, &common);
        assert_eq!(texts(&beside), ["Both mention “replica”, “failover”"]);
        assert!(beside.names, "it is judged all the same");
        let rare = [(FactKind::Service, "api", 2)];
        let words = told(&about("replica failover"), 20, &rare);
        assert_eq!(texts(&words), ["Same service: api"]);
        // A piece of an address is none of the words.
        let pieces = about("https://wiki.example.org/replica/failover");
        assert_eq!(texts(&told(&pieces, 2, &[])), [""; 0]);
    }

    #[test]
    fn pairs_of_letters_are_put_together_again() {
        let shared = told(&about("サーバーの証明書が失効した"), 1, &[]);
        assert_eq!(texts(&shared), ["Both mention “サーバーの証明書が失効”"]);
        assert_eq!(shared.rare, 1);
    }
}
