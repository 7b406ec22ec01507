//! How sure a difference is: the paired bootstrap. Pure, and the same at every run.
//!
//! The topics that were judged stand for all that might be asked. So they are drawn anew many times, each as often as
//! chance wants, and the differences that come out show what other topics would have said.

use super::metrics::number;
use serde::Serialize;

/// So many times the topics are drawn anew.
pub(super) const RESAMPLES: usize = 10_000;
/// Of so many sorted ones, 95 % lie between these two.
const BETWEEN: (usize, usize) = (250, 9_749);
/// Where drawing begins, always.
const SEED: u64 = 0x5EED;

/// An average difference, and where 95 of 100 others would lie.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub(super) struct Interval {
    /// The average.
    pub(super) mean: f64,
    /// The lower end.
    pub(super) low: f64,
    /// The upper end.
    pub(super) high: f64,
}

impl Interval {
    /// Of differences, one for each topic. None: there is no topic.
    pub(super) fn of(differences: &[f64]) -> Option<Self> {
        if differences.is_empty() {
            return None;
        }
        let count = number(differences.len());
        let mut random = Random(SEED);
        let mut draw = || {
            let drawn = differences.iter().map(|_| {
                let pick = random.below(differences.len());
                differences.get(pick).copied().unwrap_or_default()
            });
            drawn.sum::<f64>() / count
        };
        let mut means: Vec<f64> = (0..RESAMPLES).map(|_| draw()).collect();
        means.sort_unstable_by(f64::total_cmp);
        let end = |at: usize| means.get(at).copied().unwrap_or_default();
        Some(Self {
            mean: differences.iter().sum::<f64>() / count,
            low: end(BETWEEN.0),
            high: end(BETWEEN.1),
        })
    }
}

/// `SplitMix64`: the same numbers on every machine and in every version of any library.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number below another, each as likely.
    fn below(&mut self, end: usize) -> usize {
        let end = u128::try_from(end).unwrap_or_default();
        let scaled = (u128::from(self.next()) * end) >> 64;
        usize::try_from(scaled).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_numbers_are_those_of_the_published_generator() {
        let mut random = Random(1_234_567);
        let first: Vec<u64> = (0..3).map(|_| random.next()).collect();
        assert_eq!(
            first,
            [
                6_457_827_717_110_365_317,
                3_203_168_211_198_807_973,
                9_817_491_932_198_370_423
            ]
        );
        let mut seen = [0; 5];
        for _ in 0..5_000 {
            seen[random.below(5)] += 1;
        }
        assert!(
            seen.iter().all(|times| (900..1_100).contains(times)),
            "{seen:?}"
        );
    }

    /// A coin thrown a hundred times: the interval is that of the binomial distribution, ± 1.96 × 0.05.
    #[test]
    fn the_interval_is_as_wide_as_theory_says() {
        let coins: Vec<f64> = (0..100).map(|n| f64::from(n % 2)).collect();
        let interval = Interval::of(&coins).unwrap();
        assert!((interval.mean - 0.5).abs() < 1e-12);
        assert!((interval.low - 0.40).abs() < 0.015, "{interval:?}");
        assert!((interval.high - 0.60).abs() < 0.015, "{interval:?}");
        assert_eq!(Interval::of(&coins), Some(interval), "the same every time");
    }

    #[test]
    fn no_difference_is_no_interval_and_no_topic_says_nothing() {
        let interval = Interval::of(&[0.0; 40]).unwrap();
        let nothing = Interval {
            mean: 0.0,
            low: 0.0,
            high: 0.0,
        };
        assert_eq!(interval, nothing);
        assert_eq!(Interval::of(&[]), None);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]

        #[test]
        fn the_average_lies_in_its_interval(differences in proptest::collection::vec(-1.0..1.0, 1..40)) {
            let it = Interval::of(&differences).unwrap();
            prop_assert!(it.low <= it.mean + 1e-9 && it.mean <= it.high + 1e-9, "{it:?}");
            prop_assert!((-1.0..=1.0).contains(&it.low) && (-1.0..=1.0).contains(&it.high));
        }
    }
}
