//! Numbers of one width in another, where std has no way to say it. Pure.

/// As a floating number: beyond four thousand million nobody counts here.
pub(super) fn count(of: u64) -> f64 {
    f64::from(u32::try_from(of).unwrap_or(u32::MAX))
}

/// The nearest number of half the width.
#[expect(
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    reason = "the nearest is what is wanted"
)]
pub(super) const fn narrow(value: f64) -> f32 {
    value as f32
}

/// A number from -1 to 1 in steps of 1/127; none for what is no number.
#[expect(
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    reason = "rounded, and within the bounds"
)]
pub(super) fn step(value: f32) -> i8 {
    (value * 127.0).round().clamp(-127.0, 127.0) as i8
}

/// How much a word counts that occurs so often.
pub(super) fn dampened(times: f32) -> f32 {
    1.0 + times.max(1.0).ln()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_keep_sign_and_bounds() {
        assert_eq!((step(1.0), step(-1.0), step(0.0)), (127, -127, 0));
        assert_eq!((step(7.0), step(f32::NAN)), (127, 0));
    }

    #[test]
    fn counts_are_exact_and_end() {
        assert!((count(3) - 3.0).abs() < f64::EPSILON);
        assert!((count(u64::MAX) - f64::from(u32::MAX)).abs() < 1.0);
    }
}
