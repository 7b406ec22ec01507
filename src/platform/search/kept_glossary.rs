//! The glossary as this node knows it, looked after every so often: what an administrator changes on another node counts
//! here within a second, and no search waits for it but the one that looks.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::glossary::Glossary;

/// So long what is known is good.
const GOOD_FOR: Duration = Duration::from_millis(500);

/// The glossary as it was when somebody last looked.
#[derive(Debug, Default)]
pub struct KeptGlossary(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    glossary: Arc<Glossary>,
    /// As the database counts its changes. None: nothing is known yet, or it was changed here.
    version: Option<i64>,
    /// When the look began that found it.
    found: Option<Instant>,
    /// When somebody last began to look.
    looked: Option<Instant>,
}

/// What is known, and whether to look again.
#[derive(Debug)]
pub enum Look {
    /// Good as it is.
    Known(Arc<Glossary>),
    /// The database should be asked, and the answer given to [`KeptGlossary::keep`].
    Again {
        /// What was known; still good when the database cannot answer.
        glossary: Arc<Glossary>,
        /// Of which version.
        version: Option<i64>,
        /// When this look began.
        since: Instant,
    },
}

impl KeptGlossary {
    /// What is known. Of those who ask at the same time one is told to look again, and all of them where nothing is known.
    pub fn look(&self) -> Look {
        let now = Instant::now();
        let mut state = self.state();
        let is_good = |looked: Instant| now.saturating_duration_since(looked) < GOOD_FOR;
        if state.version.is_some() && state.looked.is_some_and(is_good) {
            return Look::Known(Arc::clone(&state.glossary));
        }
        state.looked = Some(now);
        Look::Again {
            glossary: Arc::clone(&state.glossary),
            version: state.version,
            since: now,
        }
    }

    /// Keeps what a look that began `since` found, unless a later one was faster.
    pub fn keep(&self, since: Instant, version: i64, glossary: &Arc<Glossary>) {
        let mut state = self.state();
        if state.found.is_none_or(|found| found <= since) {
            state.glossary = Arc::clone(glossary);
            state.version = Some(version);
            state.found = Some(since);
        }
    }

    /// It was changed here: the next search looks.
    pub fn forget(&self) {
        let mut state = self.state();
        state.version = None;
        // A look that began before the change may have found what was before.
        state.found = Some(Instant::now());
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn again(kept: &KeptGlossary) -> (Option<i64>, Instant) {
        match kept.look() {
            Look::Again { version, since, .. } => (version, since),
            Look::Known(_) => panic!("nothing to look for"),
        }
    }

    #[test]
    fn a_look_that_began_before_a_change_is_not_kept_after_it() {
        let kept = KeptGlossary::default();
        let glossary = Arc::new(Glossary::shipped());
        let (version, early) = again(&kept);
        assert_eq!(version, None);
        kept.keep(early, 1, &glossary);
        assert!(matches!(kept.look(), Look::Known(known) if Arc::ptr_eq(&known, &glossary)));
        kept.forget();
        let (version, late) = again(&kept);
        assert_eq!(version, None, "all of it is read again");
        kept.keep(early, 1, &glossary);
        assert_eq!(again(&kept).0, None);
        kept.keep(late, 2, &glossary);
        assert!(matches!(kept.look(), Look::Known(_)));
    }
}
