//! Words that somebody searched for and nobody wrote: which of them are worth keeping. Pure.

use super::language;
use crate::platform::search::{Filters, Query};

/// Longer ones are sentences and pasted text, which nobody else types again.
const MOST_CHARS: usize = 100;

/// Whether a search without hits tells of a gap. What is narrowed by a filter may be there without it, and what was pasted is
/// nobody's word.
pub(crate) fn is_one(text: &str, query: &Query, filters: &Filters) -> bool {
    let narrows = !query.filters.is_empty()
        || !filters.is_empty()
        || !query.not.is_empty()
        || !query.excluded.is_empty();
    !query.pasted && !narrows && normal(text).is_some()
}

/// The same for all that mean the same: in lower case, words apart by one space. None when it is too long, or no word.
pub(crate) fn normal(text: &str) -> Option<String> {
    let lower = text.to_lowercase();
    let words: Vec<&str> = lower
        .split(|c: char| c.is_whitespace() || c.is_control())
        .filter(|word| !word.is_empty())
        .collect();
    let words = words.join(" ");
    let fits = words.contains(char::is_alphanumeric) && words.chars().count() <= MOST_CHARS;
    fits.then_some(words)
}

/// Whether nothing in it looks like a secret, an address or a telephone number. In the case it was typed in: secrets are known
/// by it.
pub(crate) fn is_harmless(text: &str) -> bool {
    language::private(text).is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::search::query::parse;

    fn counts(text: &str) -> bool {
        is_one(text, &parse(text), &Filters::default())
    }

    #[test]
    fn what_means_the_same_is_one_gap() {
        assert_eq!(normal("  Flaky\tSwitch ").as_deref(), Some("flaky switch"));
        assert_eq!(normal("証明書").as_deref(), Some("証明書"));
        assert!(counts("  Flaky\tSwitch "));
    }

    #[test]
    fn nothing_is_kept_of_what_tells_nobody_what_is_missing() {
        let pasted = "at Foo.bar\nat Foo.baz";
        for text in [
            "",
            " - ",
            "lag service:billing",
            "lag -service:billing",
            "lag -x",
            pasted,
            &"x".repeat(101),
        ] {
            assert!(!counts(text), "{text}");
        }
        let narrowed = Filters {
            service: vec!["billing".to_owned()],
            ..Filters::default()
        };
        assert!(!is_one("lag", &parse("lag"), &narrowed));
    }

    #[test]
    fn secrets_and_addresses_are_not_kept() {
        assert!(is_harmless("flaky switch"));
        assert!(!is_harmless("ghp_k3J9q0mVx8sYt2bWc7RzP4hL6nD1fG5aE0uT"));
        assert!(!is_harmless("mails to ana.kowalska@fabrikam.com"));
    }
}
