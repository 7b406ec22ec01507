//! How alike two documents are, and whether that is worth telling. Pure.
//!
//! **Order.** The words that tell most of the subject (by tf-idf), each weighed by BM25 in the other document, was
//! measured to rank related reports best among lexical techniques; names that both have (services, tags, factors, teams)
//! are fused in at half the weight. Each list of scores is divided by its best before they are added ([`fused`]), so
//! that another list can stand beside them.
//!
//! **Floor.** Ranks say nothing of how good the best is. That is judged by the share of the subject that a document
//! covers: of all that its telling words are worth, those that nobody else has included, how much stands in the other
//! one too. It is 1 for a twin and 0 for a stranger, whatever the size of the index and of the text. The floors were read off
//! pairs of real reports that somebody had judged, on the first five hits of 140 topics: where both quote something rare,
//! of the judged hits that cover 0.2 to 0.3 of the topic six in ten were related, without a quotation four in ten; from 0.3
//! on three in four, from 0.5 on nearly all; and of hits half as good as the best, or worse, hardly any. With these floors
//! a list of three is right in 80 of 100 judged hits, and more than a quarter of the topics is met with silence.

use std::collections::HashMap;

use super::super::semantics::filled;
use super::Wanted;
use super::gather::Found;
use super::reasons::{Reason, Shared, shared};
use super::subject::{Analysed, Sort};

/// Words of prose that are compared.
const WORDS: usize = 25;
/// Identifiers that are compared, the names of alerts included.
const IDENTIFIERS: usize = 12;
/// How much a shared identifier counts beside a word of prose: the name of a host says where, not what.
const IDENTIFIER: f32 = 0.3;
/// How much it counts beside words to be about the same, as far as that has been learned. From 0.7 to 1.2 it is much the same.
const ALIKE: f32 = 0.8;
/// How much shared names count beside words.
const NAMES: f32 = 0.25;
/// A document that covers less of the subject is not told of.
const FLOOR: f32 = 0.3;
/// The same where both quote an error or a name that few others have.
const FLOOR_OF_QUOTED: f32 = 0.2;
/// What is not half as much alike as the best is not told of beside it.
const BESIDE_BEST: f32 = 0.5;
/// From here on two words that are not rare will do.
const MUCH: f32 = 0.5;
/// What stands in no other document counts so much of what it is worth: a report names much that is its own.
const UNKNOWN: f32 = 0.5;
/// Of fewer documents nobody can say what is rare: then words count as if there were so many, none of which has them.
pub(super) const YOUNG: u64 = 24;
/// More are not told of at once.
pub const MOST: usize = 50;

/// A kind of name that reports have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum FactKind {
    Factor,
    Service,
    Tag,
    Team,
}

/// A name of the subject.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Fact {
    pub(super) kind: FactKind,
    /// As the subject has it.
    pub(super) name: String,
    /// Documents within reach that have it, the subject's own not counted.
    pub(super) found_in: u64,
    pub(super) idf: f32,
}

/// A word of the subject that is compared.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Weighed {
    /// Its number among the analysed words.
    pub(super) number: usize,
    /// How much it tells of the subject; 1 for the one that tells most.
    pub(super) weight: f32,
    pub(super) idf: f32,
    /// Documents within reach that have it, the subject's own not counted.
    pub(super) found_in: u64,
}

/// What the subject is measured by.
#[derive(Clone, Debug, Default)]
pub(super) struct Scale {
    /// The words that are compared.
    pub(super) words: Vec<Weighed>,
    /// The names that are compared.
    pub(super) facts: Vec<Fact>,
    /// What the telling words are worth that stand in no other document.
    pub(super) unknown: f32,
    /// Documents within reach, the subject's own not counted.
    pub(super) documents: u64,
}

/// What one document shares with the subject.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Evidence {
    pub(super) id: i64,
    /// How much it is about the same, from 0 to 1.
    pub(super) alike: Option<f32>,
    /// Which of the words of the scale, and what each adds.
    pub(super) words: Vec<(usize, f32)>,
    /// Which of the names of the scale.
    pub(super) facts: Vec<usize>,
    /// Where pairs of letters stand in it, by their number among the analysed words.
    pub(super) places: HashMap<usize, Vec<u32>>,
}

/// A document like the subject.
#[derive(Clone, Debug, PartialEq)]
pub struct Like {
    /// The row's id.
    pub id: i64,
    /// Higher is more alike; comparable within one answer only.
    pub score: f32,
    /// The share of the subject that it covers, from 0 to 1; comparable everywhere.
    pub covers: f32,
    /// What the two share, the most telling first. None only for those that were asked for by id.
    pub reasons: Vec<Reason>,
}

/// A number of things as a factor. Far below what a float counts exactly.
#[expect(
    clippy::as_conversions,
    clippy::cast_precision_loss,
    reason = "counts that weigh words; the last digits do not matter"
)]
pub(super) fn float(count: u64) -> f32 {
    count as f32
}

/// How much a word tells that stands in so many of all documents (BM25).
pub(super) fn idf(found_in: u64, documents: u64) -> f32 {
    let documents = documents.max(YOUNG);
    let found_in = found_in.min(documents);
    let without = float(documents - found_in) + 0.5;
    (1.0 + without / (float(found_in) + 0.5)).ln()
}

impl Evidence {
    pub(super) fn of(id: i64, alike: Option<f32>) -> Self {
        Self {
            id,
            alike,
            ..Self::default()
        }
    }

    fn sum(&self) -> f32 {
        self.words.iter().map(|(_, worth)| worth).sum()
    }

    /// Of what the names of the subject are worth, the share that this document has too.
    fn names(&self, scale: &Scale) -> f32 {
        let worth = |fact: &Fact| fact.idf;
        let all: f32 = scale.facts.iter().map(worth).sum();
        let shared = self.facts.iter().filter_map(|it| scale.facts.get(*it));
        shared.map(worth).sum::<f32>() / all.max(f32::MIN_POSITIVE)
    }
}

impl Scale {
    /// Chooses the words to compare, given in how many documents each stands.
    pub(super) fn new(analysed: &Analysed, found_in: &[u64], documents: u64) -> Self {
        let mut scale = Self {
            documents,
            ..Self::default()
        };
        let worth = |(number, found_in): (usize, &u64)| {
            let word = analysed.words.get(number)?;
            let idf = idf(*found_in, documents);
            let weighed = Weighed {
                number,
                weight: (1.0 + float(u64::from(word.count)).ln()) * idf,
                idf,
                found_in: *found_in,
            };
            Some((word.sort, weighed))
        };
        let mut all: Vec<(Sort, Weighed)> = found_in.iter().enumerate().filter_map(worth).collect();
        all.sort_by(|(_, a), (_, b)| b.weight.total_cmp(&a.weight).then(a.number.cmp(&b.number)));
        let (mut prose, mut identifiers, mut unknown) = (WORDS, IDENTIFIERS, WORDS);
        let greatest = all
            .first()
            .map_or(1.0, |(_, it)| it.weight)
            .max(f32::MIN_POSITIVE);
        for (sort, mut word) in all {
            word.weight /= greatest;
            let left = match sort {
                Sort::Prose if word.found_in == 0 => {
                    if unknown > 0 {
                        unknown -= 1;
                        scale.unknown += UNKNOWN * word.weight * word.idf;
                    }
                    continue;
                }
                Sort::Prose => &mut prose,
                Sort::Identifier | Sort::Alert => &mut identifiers,
            };
            if *left > 0 && word.found_in > 0 {
                *left -= 1;
                if sort == Sort::Identifier {
                    word.weight *= IDENTIFIER;
                }
                scale.words.push(word);
            }
        }
        scale
    }

    /// Of what the telling words of the subject are worth, the share that stands in this document too. Where nothing is
    /// quoted, a word that a long document has once in passing counts as little as it adds.
    fn covered(&self, analysed: &Analysed, evidence: &Evidence, quotes: bool) -> f32 {
        let worth = |word: &Weighed| match analysed.words.get(word.number).map(|it| it.sort) {
            Some(Sort::Prose) => word.weight * word.idf,
            // What is written whole stands among the prose in its parts.
            Some(Sort::Identifier | Sort::Alert) | None => 0.0,
        };
        let all: f32 = self.words.iter().map(worth).sum::<f32>() + self.unknown;
        let shared = evidence.words.iter().filter_map(|(it, adds)| {
            let worth = worth(self.words.get(*it)?);
            Some(if quotes { worth } else { worth.min(*adds) })
        });
        shared.sum::<f32>() / all.max(f32::MIN_POSITIVE)
    }
}

/// A list of scores by document, and how much its best counts beside others.
pub(super) struct Scores {
    pub(super) weight: f32,
    pub(super) by_id: Vec<(i64, f32)>,
}

/// Adds up lists of scores, each divided by its best.
pub(super) fn fused(lists: &[Scores]) -> HashMap<i64, f32> {
    let mut sums: HashMap<i64, f32> = HashMap::new();
    for list in lists {
        let best = list
            .by_id
            .iter()
            .map(|(_, score)| *score)
            .fold(0.0, f32::max);
        if best > 0.0 {
            for (id, score) in &list.by_id {
                *sums.entry(*id).or_default() += list.weight * score / best;
            }
        }
    }
    sums
}

/// Which of the documents are worth telling, the most alike first.
pub(super) fn judged(analysed: &Analysed, found: &Found, wanted: &Wanted<'_>) -> Vec<Like> {
    let Found { scale, evidence } = found;
    let list = |weight, score: &dyn Fn(&Evidence) -> f32| Scores {
        weight,
        by_id: evidence.iter().map(|it| (it.id, score(it))).collect(),
    };
    let said = [
        list(1.0, &Evidence::sum),
        list(NAMES, &|it| it.names(scale)),
    ];
    // Whether something is told is decided by what the two say, its place also by what they are about: nothing that was
    // learned can be shown as a reason.
    let shared_scores = fused(&said);
    let best = shared_scores.values().copied().fold(0.0, f32::max);
    let [words, names] = said;
    let alike = filled(&evidence.iter().map(|it| it.alike).collect::<Vec<_>>());
    let alike = Scores {
        weight: ALIKE,
        by_id: evidence.iter().map(|it| it.id).zip(alike).collect(),
    };
    let scores = fused(&[words, names, alike]);
    let mut likes: Vec<Like> = evidence
        .iter()
        .filter_map(|it| {
            let shared = shared(analysed, scale, it);
            let quotes = shared.identifiers > 0;
            let covers = scale.covered(analysed, it, quotes);
            let score = scores.get(&it.id).copied().unwrap_or_default();
            let by_words = shared_scores.get(&it.id).copied().unwrap_or_default();
            let is_near = shared.factor || shared.alert || by_words >= BESIDE_BEST * best;
            let is_told =
                wanted.all || wanted.also.contains(&it.id) || (is_near && is_sure(&shared, covers));
            is_told.then_some(Like {
                id: it.id,
                score,
                covers,
                reasons: shared.reasons,
            })
        })
        .collect();
    likes.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.id.cmp(&b.id)));
    let mut left = MOST;
    likes.retain(|like| {
        let is_asked = wanted.also.contains(&like.id);
        let is_kept = is_asked || left > 0;
        left -= usize::from(is_kept && !is_asked);
        is_kept
    });
    likes
}

/// Whether a reader would find that the two are alike.
fn is_sure(shared: &Shared, covers: f32) -> bool {
    let telling = shared.rare + 2 * shared.identifiers + usize::from(shared.names);
    let has_words = shared.rare + shared.identifiers > 0;
    let floor = if shared.identifiers > 0 && shared.rare >= 2 {
        FLOOR_OF_QUOTED
    } else {
        FLOOR
    };
    shared.alert
        || shared.factor
        || (has_words && telling >= 2 && covers >= floor)
        || (shared.words >= 2 && covers >= MUCH)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shared(words: usize, rare: usize, identifiers: usize, names: bool) -> Shared {
        Shared {
            words,
            rare,
            identifiers,
            names,
            ..Shared::default()
        }
    }

    #[test]
    fn lists_are_added_by_their_best() {
        let list = |weight, by_id: &[(i64, f32)]| Scores {
            weight,
            by_id: by_id.to_vec(),
        };
        let sums = fused(&[
            list(1.0, &[(1, 8.0), (2, 4.0)]),
            list(0.5, &[(2, 0.2), (3, 0.1)]),
            list(9.0, &[(4, 0.0)]),
            list(1.0, &[]),
        ]);
        assert_eq!(sums, HashMap::from([(1, 1.0), (2, 1.0), (3, 0.25)]));
    }

    #[test]
    fn rare_words_tell_more() {
        assert!(idf(1, 100) > idf(10, 100) && idf(10, 100) > idf(100, 100));
        assert!(idf(100, 100) > 0.0 && idf(7, 0) > 0.0);
    }

    #[test]
    fn silence_is_the_answer_of_the_unsure() {
        for (shared, covers, sure) in [
            (shared(1, 1, 0, false), 0.9, false),
            (shared(1, 1, 0, true), 0.35, true),
            (shared(2, 2, 0, false), 0.35, true),
            (shared(2, 2, 0, false), 0.2, false),
            (shared(2, 0, 0, true), 0.4, false),
            (shared(2, 0, 0, false), 0.6, true),
            (shared(2, 2, 1, false), 0.25, true),
            (shared(1, 1, 1, false), 0.25, false),
            (shared(0, 0, 1, false), 0.35, true),
            (shared(0, 0, 1, false), 0.1, false),
            (shared(0, 0, 0, true), 1.0, false),
        ] {
            assert_eq!(is_sure(&shared, covers), sure, "{shared:?} {covers}");
        }
        let factor = Shared {
            factor: true,
            ..Shared::default()
        };
        assert!(is_sure(&factor, 0.0));
    }
}
