//! Wording help beside the text: what to look at in each field, and what its author has put aside. Pure.

use crate::platform::secret::sha256;
use crate::reports::language::{self, Finding};
use serde::Serialize;

/// So many findings can be put aside in one report.
const MOST_ASIDE: usize = 500;
/// So many are shown at a time: more is no help.
const MOST_SHOWN: usize = 60;

/// Something to look at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Hint {
    /// Its name, the same as long as the words are.
    pub(super) id: String,
    /// The field, counted from 0.
    pub(super) place: usize,
    /// Where it starts and ends in the text of the field, as browsers count: in units of UTF-16.
    start: usize,
    end: usize,
    line: usize,
    text: String,
    reason: &'static str,
    suggestion: String,
    /// How something is said; else what should not be said to everybody.
    is_wording: bool,
    is_secret: bool,
}

/// What there is to look at in the texts of the fields, but for what has been put aside.
pub(super) fn hints(texts: &[String], dismissed: &str) -> Vec<Hint> {
    let fields = texts.iter().enumerate();
    fields
        .flat_map(|(place, text)| {
            let text = text.replace("\r\n", "\n");
            let found = language::check(&text);
            let hints: Vec<Hint> = found.iter().map(|it| hint(place, &text, it)).collect();
            hints
        })
        .filter(|hint| !is_aside(dismissed, &hint.id))
        .take(MOST_SHOWN)
        .collect()
}

impl Hint {
    /// Whether it looks like a key, a token or a password.
    pub(super) const fn is_secret(&self) -> bool {
        self.is_secret
    }
}

fn hint(place: usize, text: &str, finding: &Finding) -> Hint {
    let units = |end: usize| text.get(..end).unwrap_or(text).encode_utf16().count();
    let words = text.get(finding.start..finding.end).unwrap_or_default();
    Hint {
        id: id(finding.kind.word(), words),
        place,
        start: units(finding.start),
        end: units(finding.end),
        line: finding.line,
        text: finding.text.clone(),
        reason: finding.reason,
        suggestion: finding.suggestion.clone(),
        is_wording: finding.kind.is_wording(),
        is_secret: finding.kind == language::FindingKind::Secret,
    }
}

/// Names a finding by what was found, not by where: it stays put aside when the text around it moves.
fn id(kind: &str, words: &str) -> String {
    let words: Vec<String> = words.split_whitespace().map(str::to_lowercase).collect();
    let [a, b, c, d, ..] = sha256(format!("{kind} {}", words.join(" ")));
    format!("{:08x}", u32::from_be_bytes([a, b, c, d]))
}

fn is_aside(dismissed: &str, id: &str) -> bool {
    dismissed.split_whitespace().any(|it| it == id)
}

/// Adds findings to those put aside. What is no name of one is left out.
pub(super) fn aside(dismissed: &str, more: &[String]) -> String {
    let mut ids: Vec<&str> = Vec::new();
    let all = dismissed
        .split_whitespace()
        .chain(more.iter().map(|it| it.trim()));
    for id in all.filter(|id| is_id(id)) {
        if !ids.contains(&id) && ids.len() < MOST_ASIDE {
            ids.push(id);
        }
    }
    ids.join(" ")
}

fn is_id(text: &str) -> bool {
    text.len() == 8 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_put_aside_is_not_shown_again_wherever_it_moves() {
        let texts = ["é Bob forgot the flag.".to_owned(), "Fine.".to_owned()];
        let found = hints(&texts, "");
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!((found[0].place, found[0].line), (0, 1));
        let units: Vec<u16> = texts[0].encode_utf16().collect();
        let words = String::from_utf16(&units[found[0].start..found[0].end]).unwrap();
        assert!(texts[0].contains(&words) && words.contains("forgot"));
        let dismissed = aside(
            "",
            &[found[0].id.clone(), "<b>".to_owned(), found[0].id.clone()],
        );
        assert_eq!(dismissed, found[0].id);
        let moved = ["New.\r\n\r\nBob\r\nforgot the flag.".to_owned()];
        assert_eq!(hints(&moved, &dismissed), []);
        assert_eq!(hints(&moved, "").len(), 1);
    }

    #[test]
    fn the_list_of_what_is_put_aside_has_an_end() {
        let many: Vec<String> = (0..2_000).map(|n| format!("{n:08x}")).collect();
        assert_eq!(aside("", &many).split(' ').count(), MOST_ASIDE);
        assert_eq!(aside("zzzzzzzz 0123456 0123456g", &[]), "");
    }
}
