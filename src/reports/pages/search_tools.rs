//! What else can be done with a search: take it along as a table, ask the same by program, keep it.

use super::search::Asked;
use super::words;
use crate::platform::app::App;
use crate::platform::search::MAX_DEPTH;
use serde_json::{Value, json};

/// The longest search that is offered elsewhere; longer ones are pasted text, which no address holds.
const LONGEST: usize = 2_000;

/// What is offered below a search that found so many; nothing for a text that was pasted.
pub(super) fn of(app: &App, asked: &Asked, total: usize) -> Option<Value> {
    let said = asked.said();
    if said.len() > LONGEST {
        return None;
    }
    let question = if said.is_empty() {
        String::new()
    } else {
        format!("?{said}")
    };
    let name: String = asked.text.chars().take(60).collect();
    Some(json!({
        "said": said,
        "name": name,
        "csv_link": (total > 0).then(|| format!("/search.csv{question}")),
        "csv_cut": (total > MAX_DEPTH).then(|| words::count(MAX_DEPTH)),
        "api_call": api_call(app.settings.public_url.as_str(), &question),
    }))
}

/// The same search as a command. Nothing in an encoded address ends the quotation marks of a shell.
fn api_call(site: &str, question: &str) -> String {
    let site = site.trim_end_matches('/').replace('\'', "%27");
    format!("curl -H \"Authorization: Bearer $HANSEI_TOKEN\" '{site}/api/v1/search{question}'")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_query_leaves_the_quotation_marks_of_the_command() {
        let said = serde_urlencoded::to_string([("q", "a' ; rm -rf \"$HOME\" `x` \\ \n")]).unwrap();
        let call = api_call("https://hansei.example.org/", &format!("?{said}"));
        let (before, address) = call.split_once('\'').unwrap();
        assert_eq!(before, "curl -H \"Authorization: Bearer $HANSEI_TOKEN\" ");
        assert_eq!(address.find('\''), Some(address.len() - 1));
        assert!(!address.contains(['\n', '`', '$', '"', '\\', ' ']));
        assert!(address.starts_with("https://hansei.example.org/api/v1/search?q=a%27"));
    }
}
