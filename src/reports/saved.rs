//! Searches that somebody keeps under a name: what belongs to one, and its limits. Pure.

use super::model::Problem;
use super::scope::Scope;
use crate::accounts::Member;
use crate::platform::search::{Filters, Query, query};
use jiff::Timestamp;

/// So many one person may keep.
pub(crate) const MOST_SEARCHES: i64 = 50;
/// The longest name.
pub(crate) const MOST_NAME_CHARS: usize = 100;
/// The longest search, as its address says it.
pub(crate) const MOST_SAID_BYTES: usize = 4_000;

/// A search that somebody keeps.
#[derive(Clone, Debug)]
pub(crate) struct SavedSearch {
    pub id: i64,
    /// As its owner calls it.
    pub name: String,
    /// What its address says behind the question mark; empty for everything.
    pub said: String,
    /// Whether its owner is told of new reports that it finds.
    pub notifies: bool,
    /// Whether it has a feed.
    pub has_feed: bool,
    pub created_at: Timestamp,
}

/// A search with its owner, as they are now.
#[derive(Clone, Debug)]
pub(crate) struct OwnedSearch {
    pub search: SavedSearch,
    pub owner: Member,
}

/// The name in one line, or what is wrong with it.
pub(crate) fn name(typed: &str) -> Result<String, Problem> {
    let name = typed.split_whitespace().collect::<Vec<_>>().join(" ");
    let length = name.chars().count();
    if length == 0 {
        return Err(Problem::of("name", "Give the search a name."));
    }
    if length > MOST_NAME_CHARS {
        let message = format!("The name has {length} characters; at most {MOST_NAME_CHARS} fit.");
        return Err(Problem::of("name", message));
    }
    Ok(name)
}

/// Whether a search is short enough to be kept.
pub(crate) fn fits(said: &str) -> Result<(), Problem> {
    if said.len() > MOST_SAID_BYTES {
        let message = "This search is too long to be saved. Save one with fewer words.";
        return Err(Problem::of("search", message));
    }
    Ok(())
}

/// What a search looks for: the query in its text, and the filters beside it.
pub(crate) fn question(said: &str) -> (Query, Filters) {
    let pairs: Vec<(String, String)> = serde_urlencoded::from_str(said).unwrap_or_default();
    let text = pairs.iter().rev().find(|(name, _)| name == "q");
    let text = text.map_or("", |(_, text)| text.as_str());
    let filters = pairs
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()));
    let mut narrowed = Filters::from_pairs(filters);
    let scope = pairs.iter().rev().find(|(name, _)| name == "scope");
    let scope = scope.and_then(|(_, word)| Scope::parse(word));
    scope.unwrap_or_default().narrow(&mut narrowed);
    (query::parse(query::read(text)), narrowed)
}

/// What to say to somebody who has as many as they may.
pub(crate) fn too_many() -> Problem {
    let message = format!("You have {MOST_SEARCHES} saved searches; more do not fit. Delete one.");
    Problem::of("", message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_one_line_of_some_length() {
        assert_eq!(name(" Replica \n lag ").unwrap(), "Replica lag");
        assert_eq!(name(" \t").unwrap_err().field, "name");
        let longest = "é".repeat(MOST_NAME_CHARS);
        assert_eq!(name(&longest).unwrap(), longest);
        assert!(
            name(&format!("{longest}x"))
                .unwrap_err()
                .message
                .contains("101")
        );
    }

    #[test]
    fn a_search_is_what_its_address_says() {
        let (query, filters) = question("q=replica+lag+sev%3A1&service=billing&sort=newest");
        assert_eq!(query, query::parse("replica lag sev:1"));
        assert_eq!(filters.service, ["billing"]);
        let (_, filters) = question("q=lag&scope=timeline");
        let mut narrowed = Filters::default();
        Scope::Timeline.narrow(&mut narrowed);
        assert_eq!(filters, narrowed);
        let (query, filters) = question("");
        assert!(query.words.is_empty() && filters.is_empty());
    }

    #[test]
    fn only_so_long_a_search_is_kept() {
        assert!(fits("").is_ok());
        assert!(fits(&"q".repeat(MOST_SAID_BYTES)).is_ok());
        assert!(fits(&"q".repeat(MOST_SAID_BYTES + 1)).is_err());
    }
}
