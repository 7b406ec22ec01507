//! Why a program publishes without a review.

use crate::platform::http::Error;
use crate::reports::pages::reason_problem;
use crate::reports::review::MAX_REASON_CHARS;

/// The reason that was given, within its limit; where none was, the note says it, so that programs written before reasons
/// were asked for go on.
pub(super) fn reason(given: &str, note: &str) -> Result<String, Error> {
    if let Some(problem) = reason_problem(given) {
        return Err(Error::field("reason", problem.message));
    }
    let said = if given.trim().is_empty() { note } else { given };
    Ok(said.chars().take(MAX_REASON_CHARS).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_stands_in_for_a_reason_and_is_cut_to_fit() {
        assert_eq!(reason("paged", "note").unwrap(), "paged");
        assert_eq!(reason(" ", "note").unwrap(), "note");
        let long = "ü".repeat(MAX_REASON_CHARS + 1);
        assert!(reason(&long, "").is_err());
        assert_eq!(reason("", &long).unwrap().chars().count(), MAX_REASON_CHARS);
    }
}
