//! The current time, in one place so that tests can set it.

use std::sync::{Arc, Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};

/// Tells the time: the machine's, or the one a test has set.
#[derive(Clone, Debug, Default)]
pub struct Clock {
    set: Option<Arc<Mutex<Timestamp>>>,
}

impl Clock {
    /// The machine's clock.
    pub fn real() -> Self {
        Self::default()
    }

    /// A clock that stands still at `start` until [`Clock::advance`] or [`Clock::set`] moves it.
    /// Clones share the hands.
    pub fn standing(start: Timestamp) -> Self {
        Self {
            set: Some(Arc::new(Mutex::new(start))),
        }
    }

    /// The current time.
    pub fn now(&self) -> Timestamp {
        match &self.set {
            Some(hands) => *hands.lock().unwrap_or_else(PoisonError::into_inner),
            None => real_now(),
        }
    }

    /// Moves a standing clock; the machine's clock ignores it.
    pub fn set(&self, time: Timestamp) {
        if let Some(hands) = &self.set {
            *hands.lock().unwrap_or_else(PoisonError::into_inner) = time;
        }
    }

    /// Moves a standing clock by `step`; the machine's clock ignores it.
    pub fn advance(&self, step: SignedDuration) {
        self.set(self.now().saturating_add(step).unwrap_or(Timestamp::MAX));
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "this is the one place that reads the machine's clock"
)]
fn real_now() -> Timestamp {
    Timestamp::now()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_standing_clock_moves_only_when_told_and_its_clones_move_along() {
        let start: Timestamp = "2026-11-21T10:00:00Z".parse().unwrap();
        let clock = Clock::standing(start);
        let seen_elsewhere = clock.clone();
        assert_eq!(clock.now(), start);
        clock.advance(SignedDuration::from_secs(90));
        assert_eq!(seen_elsewhere.now().to_string(), "2026-11-21T10:01:30Z");
    }

    #[test]
    fn the_real_clock_cannot_be_set() {
        let clock = Clock::real();
        clock.set(Timestamp::UNIX_EPOCH);
        assert!(clock.now() > Timestamp::UNIX_EPOCH);
    }
}
