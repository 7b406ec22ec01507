//! Wording help beside the text: what to look at in each field, and what its author has put aside. Pure.

use super::form::EditForm;
use super::section_fields::SectionFields;
use crate::reports::language::{self, Finding, is_finding_id};
use serde::Serialize;

/// So many findings can be put aside in one report.
const MOST_ASIDE: usize = 500;
/// So many are shown at a time: more is no help.
const MOST_SHOWN: usize = 60;

/// The text of a field, as it stands there; or of a section whose rows are fields of their own.
pub(super) struct Written {
    pub(super) text: String,
    pub(super) in_rows: bool,
}

impl Written {
    /// A text in one field.
    pub(super) const fn plain(text: String) -> Self {
        Self {
            text,
            in_rows: false,
        }
    }
}

/// Something to look at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Hint {
    /// Its name, the same as long as the words are.
    pub(super) id: String,
    /// The field, counted from 0.
    pub(super) place: usize,
    /// In a row of the section, whichever: then there is no place in the text of the field.
    in_rows: bool,
    /// Where it starts and ends in the text of the field, as browsers count: in units of UTF-16.
    start: usize,
    end: usize,
    line: usize,
    text: String,
    reason: &'static str,
    suggestion: String,
    /// How something is said; else what should not be said to everybody.
    is_wording: bool,
}

/// What there is to look at in the texts of the fields, but for what has been put aside.
pub(super) fn hints(texts: &[Written], dismissed: &str) -> Vec<Hint> {
    let texts: Vec<(bool, String)> = texts
        .iter()
        .map(|written| (written.in_rows, written.text.replace("\r\n", "\n")))
        .collect();
    let mut found: Vec<(usize, &(bool, String), Finding)> = Vec::new();
    for (place, field) in texts.iter().enumerate() {
        let fresh = language::check(&field.1).into_iter();
        found.extend(fresh.map(|finding| (place, field, finding)));
    }
    found.retain(|(_, _, finding)| !is_aside(dismissed, &finding.id));
    // No number of other findings hides a secret.
    found.sort_by_key(|(_, _, finding)| finding.kind != language::FindingKind::Secret);
    found.truncate(MOST_SHOWN);
    found
        .iter()
        .map(|(place, (in_rows, text), finding)| hint((*place, *in_rows), text, finding))
        .collect()
}

/// What there is to look at in a form.
pub(super) fn hints_of(form: &EditForm) -> Vec<Hint> {
    hints(&SectionFields::texts_of(form), &form.dismissed)
}

impl Hint {
    /// Whether it is what should not be said to everybody.
    pub(super) const fn is_private(&self) -> bool {
        !self.is_wording
    }
}

fn hint((place, in_rows): (usize, bool), text: &str, finding: &Finding) -> Hint {
    let units = |end: usize| text.get(..end).unwrap_or(text).encode_utf16().count();
    Hint {
        id: finding.id.clone(),
        place,
        in_rows,
        start: units(finding.start),
        end: units(finding.end),
        line: finding.line,
        text: finding.text.clone(),
        reason: finding.reason,
        suggestion: finding.suggestion.clone(),
        is_wording: finding.kind.is_wording(),
    }
}

fn is_aside(dismissed: &str, id: &str) -> bool {
    dismissed.split_whitespace().any(|it| it == id)
}

/// What to do about what was pointed out, before others can read it.
pub(super) fn pointed_out(found: &[Finding]) -> String {
    let secret = |it: &&Finding| it.kind == language::FindingKind::Secret;
    let secrets: Vec<&Finding> = found.iter().filter(secret).collect();
    let contacts: Vec<&Finding> = found.iter().filter(|it| !secret(it)).collect();
    let place = if found.iter().all(|it| it.line == 0) {
        "what you say about it"
    } else {
        "the text"
    };
    let mut said = Vec::new();
    if !secrets.is_empty() {
        said.push(format!(
            "There is what looks like a password, a key or a token in {place}: {}. Take it out, and have it changed; or do \
             the same again if it is none.",
            quoted(&secrets)
        ));
    }
    if !contacts.is_empty() {
        said.push(format!(
            "There is what looks like the e-mail address or the telephone number of a person in {place}: {}. Take it out, \
             and say the role instead; or do the same again if it is meant to be there, such as the public address of your \
             support.",
            quoted(&contacts)
        ));
    }
    said.join(" ")
}

/// The first few, as they read.
fn quoted(found: &[&Finding]) -> String {
    let few: Vec<String> = found
        .iter()
        .take(5)
        .map(|it| format!("“{}”", it.text))
        .collect();
    let more = if found.len() > few.len() {
        " and more"
    } else {
        ""
    };
    format!("{}{more}", few.join(", "))
}

/// Puts these findings aside, beside those that are.
pub(super) fn aside(dismissed: &str, found: &[Finding]) -> String {
    let ids: Vec<String> = found.iter().map(|it| it.id.clone()).collect();
    with_aside(dismissed, &ids)
}

/// Adds findings by their ids to those put aside. What is no id of one is left out.
pub(super) fn with_aside(dismissed: &str, more: &[String]) -> String {
    let mut ids: Vec<&str> = Vec::new();
    let all = dismissed
        .split_whitespace()
        .chain(more.iter().map(|it| it.trim()));
    for id in all.filter(|id| is_finding_id(id)) {
        if !ids.contains(&id) && ids.len() < MOST_ASIDE {
            ids.push(id);
        }
    }
    ids.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_put_aside_is_not_shown_again_wherever_it_moves() {
        let texts = ["é Bob forgot the flag.", "Fine."].map(|it| Written::plain(it.to_owned()));
        let found = hints(&texts, "");
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!((found[0].place, found[0].line), (0, 1));
        let units: Vec<u16> = texts[0].text.encode_utf16().collect();
        let words = String::from_utf16(&units[found[0].start..found[0].end]).unwrap();
        assert!(texts[0].text.contains(&words) && words.contains("forgot"));
        let dismissed = with_aside(
            "",
            &[found[0].id.clone(), "<b>".to_owned(), found[0].id.clone()],
        );
        assert_eq!(dismissed, found[0].id);
        let moved = "New.\r\n\r\nBob\r\nforgot the flag.";
        let moved = [Written::plain(moved.to_owned())];
        assert_eq!(hints(&moved, &dismissed), []);
        assert_eq!(hints(&moved, "").len(), 1);
    }

    #[test]
    fn the_list_of_what_is_put_aside_has_an_end() {
        let many: Vec<String> = (0..2_000).map(|n| format!("{n:08x}")).collect();
        assert_eq!(with_aside("", &many).split(' ').count(), MOST_ASIDE);
        assert_eq!(with_aside("zzzzzzzz 0123456 0123456g", &[]), "");
    }
}
