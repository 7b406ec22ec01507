//! What words mean by the company they keep: for each word of the vocabulary a direction. Pure.

use std::collections::HashMap;

use super::decompose::{self, Row};
use crate::platform::search::numbers::{count, narrow};

/// Directions. Fewer blur what is told apart, more learn single reports by heart; measured on judged queries.
pub(super) const DIMENSIONS: usize = 100;

/// A word of the vocabulary.
#[derive(Clone, Copy, Debug)]
pub(super) struct Known {
    /// Its place in the vocabulary.
    pub(super) number: u32,
    /// How much it tells: the logarithm of how few reports have it.
    pub(super) rarity: f32,
}

/// Words with what they tell.
#[derive(Clone, Debug, Default)]
pub(super) struct Vocabulary(HashMap<Box<str>, Known>);

impl Vocabulary {
    /// Words (no two the same), each with the number of reports that have it, of so many.
    pub(super) fn new(words: impl IntoIterator<Item = (Box<str>, u64)>, reports: u64) -> Self {
        let all = count(reports.max(1));
        let known = (0_u32..).zip(words).map(|(number, (word, found_in))| {
            let rarity = narrow((all / count(found_in.max(1))).ln());
            (word, Known { number, rarity })
        });
        Self(known.collect())
    }

    /// Words in their order, each with what it tells.
    pub(super) fn from_order(words: Vec<(Box<str>, f32)>) -> Self {
        let known = (0_u32..).zip(words).map(|(number, (word, rarity))| {
            let known = Known { number, rarity };
            (word, known)
        });
        Self(known.collect())
    }

    /// The words in their order, each with what it tells.
    pub(super) fn in_order(&self) -> Vec<(&str, f32)> {
        let mut words: Vec<(&str, Known)> =
            self.0.iter().map(|(word, it)| (&**word, *it)).collect();
        words.sort_by_key(|(_, known)| known.number);
        let told = words.into_iter().map(|(word, known)| (word, known.rarity));
        told.collect()
    }

    pub(super) fn get(&self, word: &str) -> Option<Known> {
        self.0.get(word).copied()
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }
}

/// A text as a direction, of length 1; or nothing, when no word of it is known.
pub(super) type Direction = Vec<f32>;

/// The learned directions.
#[derive(Clone, Debug)]
pub(super) struct Model {
    vocabulary: Vocabulary,
    directions: Vec<f32>,
}

impl Model {
    /// Learns from passages: which words each has, with what they count there. Nothing when it should not go on.
    pub(super) fn learn(
        vocabulary: Vocabulary,
        mut passages: Vec<Row>,
        goes_on: &dyn Fn() -> bool,
    ) -> Option<Self> {
        for passage in &mut passages {
            let length = passage
                .iter()
                .map(|(_, value)| value * value)
                .sum::<f32>()
                .sqrt();
            if length > 0.0 {
                for (_, value) in passage {
                    *value /= length;
                }
            }
        }
        let size = (vocabulary.len(), DIMENSIONS);
        let directions = decompose::leading(&passages, size, goes_on)?;
        Some(Self {
            vocabulary,
            directions,
        })
    }

    /// A model that was learned before.
    pub(super) const fn of(vocabulary: Vocabulary, directions: Vec<f32>) -> Self {
        Self {
            vocabulary,
            directions,
        }
    }

    /// What it is made of: a word's directions stand at its place in the order.
    pub(super) fn parts(&self) -> (&Vocabulary, &[f32]) {
        (&self.vocabulary, &self.directions)
    }

    pub(super) fn known(&self, word: &str) -> Option<Known> {
        self.vocabulary.get(word)
    }

    /// Where a word points.
    pub(super) fn direction(&self, known: Known) -> &[f32] {
        let start = usize::try_from(known.number).unwrap_or(usize::MAX);
        let start = start.saturating_mul(DIMENSIONS);
        self.directions
            .get(start..start.saturating_add(DIMENSIONS))
            .unwrap_or_default()
    }

    /// Where words point together, each with its weight.
    pub(super) fn together(
        &self,
        words: impl IntoIterator<Item = (impl AsRef<str>, f32)>,
    ) -> Option<Direction> {
        let mut sum = vec![0.0; DIMENSIONS];
        for (word, weight) in words {
            if let Some(known) = self.known(word.as_ref()) {
                add(&mut sum, weight * known.rarity, self.direction(known));
            }
        }
        normalise(&mut sum).then_some(sum)
    }
}

/// `to += weight × from`
pub(super) fn add(to: &mut [f32], weight: f32, from: &[f32]) {
    for (sum, value) in to.iter_mut().zip(from) {
        *sum += weight * value;
    }
}

/// Makes the length 1. False when there is none.
pub(super) fn normalise(direction: &mut [f32]) -> bool {
    let length = direction
        .iter()
        .map(|value| value * value)
        .sum::<f32>()
        .sqrt();
    if length <= f32::EPSILON {
        return false;
    }
    for value in direction {
        *value /= length;
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    fn passage(vocabulary: &Vocabulary, words: &str) -> Row {
        words
            .split(' ')
            .filter_map(|word| vocabulary.get(word))
            .map(|known| (known.number, known.rarity))
            .collect()
    }

    #[test]
    fn words_that_keep_the_same_company_point_the_same_way() {
        let words = ["cert", "tls", "expired", "disk", "full", "logs", "renewed"];
        let words = words.map(|word| (word.into(), 2));
        let vocabulary = Vocabulary::new(words, 8);
        let texts = [
            "cert tls expired",
            "cert expired renewed",
            "disk full logs",
            "disk logs",
        ];
        let rows = texts.map(|text| passage(&vocabulary, text)).to_vec();
        let model = Model::learn(vocabulary, rows, &|| true).unwrap();
        let of = |text: &str| model.together(text.split(' ').map(|word| (word, 1.0)));
        let cosine = |a: &str, b: &str| -> f32 {
            let (a, b) = (of(a).unwrap(), of(b).unwrap());
            a.iter().zip(&b).map(|(x, y)| x * y).sum()
        };
        assert!(cosine("tls", "expired") > cosine("tls", "disk") + 0.1);
        assert!((cosine("cert tls", "tls cert") - 1.0).abs() < 1e-5);
        assert_eq!(of("unheard"), None);
    }

    #[test]
    fn nothing_learned_knows_nothing() {
        let model = Model::learn(Vocabulary::default(), Vec::new(), &|| true).unwrap();
        assert_eq!(model.together([("disk", 1.0)]), None);
        let given_up = Model::learn(Vocabulary::default(), Vec::new(), &|| false);
        assert!(given_up.is_none());
    }
}
