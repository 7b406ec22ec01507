//! A whole document where only a text is expected: front matter above it.

use super::header_keys::is_known;
use super::{Parsed, front_matter, parse, render, text};
use crate::reports::model::Draft;

/// What a text begins with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pasted {
    /// Text.
    Text,
    /// A header of a report; this is the whole, read.
    Document(Box<Parsed>),
    /// What looks like the header of a report but cannot be read, for this reason.
    Unreadable(String),
}

/// Whether somebody put a whole document where its text belongs.
pub fn pasted(text: &str) -> Pasted {
    let tidy = text::tidy(text);
    let text = tidy.trim_start();
    let Some(header) = front_matter::split(text).header else {
        return Pasted::Text;
    };
    match front_matter::read(header) {
        Ok(pairs) if pairs.iter().any(|(key, _)| is_known(key)) => {
            Pasted::Document(Box::new(parse(text)))
        }
        Err(why) if header.text.lines().any(names_a_field) => Pasted::Unreadable(why.why),
        Ok(_) | Err(_) => Pasted::Text,
    }
}

fn names_a_field(line: &str) -> bool {
    line.split_once([':', '='])
        .is_some_and(|(key, _)| is_known(key))
}

/// What a header says that no field of a form takes, as YAML lines; empty if there is nothing of the kind.
pub fn header_without_fields(draft: &Draft) -> String {
    let rest = Draft {
        import_key: draft.import_key.clone(),
        facilitator: draft.facilitator.clone(),
        sources: draft.sources.clone(),
        source: draft.source.clone(),
        extra: draft.extra.clone(),
        ..Draft::default()
    };
    let usual = render::header(&Draft::default());
    let header = render::header(&rest);
    let lines = header
        .lines()
        .filter(|line| usual.lines().all(|other| other != *line));
    lines.flat_map(|line| [line, "\n"]).collect()
}
