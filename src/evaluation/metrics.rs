//! How good a ranking is, by what a judge said of its documents. Pure.
//!
//! The figures are those that TREC made usual, so that they can be compared with what others print. Nothing is known
//! of documents that nobody judged: they count as not relevant, and [`Score::judged`] says how many were not.

use std::collections::BTreeMap;

/// So many documents of a ranking count: what fits on a page.
pub(super) const DEPTH: usize = 10;

/// What the judge said of the documents of one topic. 0: not relevant.
pub(super) type Grades = BTreeMap<String, u8>;

/// Grades from here on are what was asked for; where there are none, any that is not 0.
const RELEVANT: u8 = 2;

/// How good one ranking is for one topic, or on average for several; each from 0 to 1.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Score {
    /// Normalised discounted cumulative gain of the first ten: a document gains 2^grade − 1, divided by log2 of its
    /// rank + 1; 1 is the best order of all that were judged.
    pub(super) ndcg: f64,
    /// The share of what is relevant that is among the first ten, of which there is room for ten.
    pub(super) recall: f64,
    /// One divided by the rank of the first relevant document; 0 when it is not among the first ten.
    pub(super) mrr: f64,
    /// The share of the first ten that was judged. Low: the other figures say too little.
    pub(super) judged: f64,
}

impl Score {
    /// Of one ranking, best first.
    pub(super) fn of(grades: &Grades, ranked: &[&str]) -> Self {
        let ranked = ranked.iter().take(DEPTH);
        let top: Vec<Option<u8>> = ranked
            .map(|document| grades.get(*document).copied())
            .collect();
        let mut ideal: Vec<u8> = grades.values().copied().collect();
        ideal.sort_unstable_by(|a, b| b.cmp(a));
        let wanted = if ideal.iter().any(|grade| *grade >= RELEVANT) {
            RELEVANT
        } else {
            1
        };
        let relevant = ideal.iter().filter(|grade| **grade >= wanted).count();
        let is_relevant = |grade: &Option<u8>| grade.is_some_and(|grade| grade >= wanted);
        let found = top.iter().filter(|grade| is_relevant(grade)).count();
        let first = top.iter().position(is_relevant);
        let judged = top.iter().filter(|grade| grade.is_some()).count();
        Self {
            ndcg: share(
                gained(top.iter().map(|grade| grade.unwrap_or_default())),
                gained(ideal.into_iter().take(DEPTH)),
            ),
            recall: share(number(found), number(relevant.min(DEPTH))),
            mrr: first.map_or(0.0, |rank| 1.0 / number(rank + 1)),
            judged: share(number(judged), number(top.len())),
        }
    }

    /// The average of several; of none it is 0.
    pub(super) fn mean(scores: &[&Self]) -> Self {
        let mut sum = Self::default();
        for score in scores {
            sum.ndcg += score.ndcg;
            sum.recall += score.recall;
            sum.mrr += score.mrr;
            sum.judged += score.judged;
        }
        let count = number(scores.len());
        Self {
            ndcg: share(sum.ndcg, count),
            recall: share(sum.recall, count),
            mrr: share(sum.mrr, count),
            judged: share(sum.judged, count),
        }
    }
}

fn gained(grades: impl Iterator<Item = u8>) -> f64 {
    let gain = |grade: u8| f64::from(grade).exp2() - 1.0;
    let gains = grades.enumerate();
    gains
        .map(|(rank, grade)| gain(grade) / number(rank + 2).log2())
        .sum()
}

/// A part of a whole; of nothing it is 0.
fn share(part: f64, whole: f64) -> f64 {
    if whole > 0.0 { part / whole } else { 0.0 }
}

/// A count, to calculate with.
pub(super) fn number(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn grades(of: &[(&str, u8)]) -> Grades {
        let owned = of
            .iter()
            .map(|(document, grade)| ((*document).to_owned(), *grade));
        owned.collect()
    }

    /// What `score` of the corpus' `tools/evaluate.py` answered to the same judgements and rankings.
    #[test]
    fn the_figures_are_those_of_the_tool_that_comes_with_the_corpus() {
        let mixed = grades(&[("a", 3), ("b", 2), ("c", 1), ("d", 0), ("e", 2)]);
        let ones = grades(&[("a", 1), ("b", 0), ("c", 1)]);
        let many: Grades = (0..14).map(|n| (format!("m{n}"), 2)).collect();
        let third = 1.0 / 3.0;
        for (grades, ranked, expected) in [
            (&mixed, "a b e c d", [1.0, 1.0, 1.0, 1.0]),
            (
                &mixed,
                "x d c b a y",
                [0.415_763_249_979_568_26, 2.0 * third, 0.25, 2.0 * third],
            ),
            (&mixed, "x y z", [0.0; 4]),
            (&mixed, "", [0.0; 4]),
            (&ones, "b c x a", [0.650_920_929_807_132_6, 1.0, 0.5, 0.75]),
            (
                &many,
                "m0 m1 m2 x m4 m5 m6 m7 m8 m9 m10 m11",
                [0.905_211_635_630_449_2, 0.9, 1.0, 0.9],
            ),
            (
                &mixed,
                "1 2 3 4 5 6 7 8 9 b a",
                [0.080_121_699_783_848_88, third, 0.1, 0.1],
            ),
        ] {
            let score = Score::of(grades, &ranked.split_whitespace().collect::<Vec<_>>());
            let got = [score.ndcg, score.recall, score.mrr, score.judged];
            let close = |(a, b): (&f64, &f64)| (a - b).abs() < 1e-12;
            assert!(got.iter().zip(&expected).all(close), "{ranked}: {score:?}");
        }
    }

    #[test]
    fn the_average_is_of_each_figure_and_of_nothing_it_is_nothing() {
        let one = Score {
            ndcg: 1.0,
            recall: 0.5,
            mrr: 1.0,
            judged: 0.0,
        };
        let mean = Score::mean(&[&one, &Score::default()]);
        assert_eq!(
            mean,
            Score {
                ndcg: 0.5,
                recall: 0.25,
                mrr: 0.5,
                judged: 0.0
            }
        );
        assert_eq!(Score::mean(&[]), Score::default());
    }

    fn judged() -> impl Strategy<Value = Grades> {
        proptest::collection::btree_map("[a-l]", 0_u8..5, 0..12)
    }

    proptest! {
        #[test]
        fn every_figure_is_a_share(grades in judged(), ranked in Just(('a'..='p').collect::<Vec<_>>()).prop_shuffle()) {
            let ranked: Vec<String> = ranked.into_iter().map(String::from).collect();
            let score = Score::of(&grades, &ranked.iter().map(String::as_str).collect::<Vec<_>>());
            for figure in [score.ndcg, score.recall, score.mrr, score.judged] {
                prop_assert!((0.0..=1.0).contains(&figure), "{score:?}");
            }
        }

        #[test]
        fn nothing_is_better_than_the_order_of_the_grades(grades in judged()) {
            let mut best: Vec<(&str, u8)> = grades.iter().map(|(document, grade)| (document.as_str(), *grade)).collect();
            best.sort_by_key(|(_, grade)| std::cmp::Reverse(*grade));
            let score = Score::of(&grades, &best.iter().map(|(document, _)| *document).collect::<Vec<_>>());
            let perfect = u8::from(grades.values().any(|grade| *grade > 0));
            for figure in [score.ndcg, score.mrr, score.recall] {
                prop_assert_eq!(figure.to_bits(), f64::from(perfect).to_bits());
            }
        }
    }
}
