//! Wording help: what in a report's text may read as blame, and what should not be published with it. Pure.
//!
//! Deterministic and only ever advice. [`check`] masks what is not the author's prose ([`prose`]), takes the rest apart
//! into sentences of words ([`words`]), and looks for phrases ([`people`], [`strangers`], [`hindsight`], [`phrases`], [`japanese`]).
//! Secrets, addresses and telephone numbers are looked for in the whole text, also in code ([`mod@secrets`], [`contacts`]).

mod contacts;
mod finding;
mod hindsight;
mod japanese;
mod people;
mod phrases;
mod prose;
mod secret_values;
mod secrets;
mod strangers;
#[cfg(test)]
mod tests;
mod words;

pub use finding::{Finding, FindingKind, is_finding_id};

use finding::Hit;
use std::ops::Range;

/// The most findings for one text; more would not be read.
pub const MAX_FINDINGS: usize = 200;

/// How much of a text is looked at: as long as the longest document.
pub const MAX_TEXT_BYTES: usize = 1024 * 1024;

/// What an author may want to look at, in the order of the text. Takes Markdown; any text may be given.
pub fn check(text: &str) -> Vec<Finding> {
    let text = start_of(text, MAX_TEXT_BYTES);
    let prose = prose::read(text);
    let mut hits = secrets::find(text);
    let covered: Vec<Range<usize>> = hits.iter().map(|hit| hit.range.clone()).collect();
    hits.extend(contacts::find(text, &prose.text, &covered, 0));
    // Before wording, so that no number of phrases hides a secret.
    hits.truncate(MAX_FINDINGS);
    let room = MAX_FINDINGS.saturating_sub(hits.len());
    let mut wording = wording(&prose);
    wording.truncate(room);
    hits.append(&mut wording);
    hits.sort_by_key(|hit| (hit.range.start, hit.range.end));
    finding::located(text, hits)
}

/// What should not be said to everybody, and nothing else: secrets first, then addresses and telephone numbers, which may
/// stand in front matter, where authors are named. However many there are: behind those that were put aside may stand one
/// that was not.
pub fn private(text: &str) -> Vec<Finding> {
    let text = start_of(text, MAX_TEXT_BYTES);
    let prose = prose::read(text);
    let mut hits = secrets::find(text);
    let covered: Vec<Range<usize>> = hits.iter().map(|hit| hit.range.clone()).collect();
    let contacts = contacts::find(text, &prose.text, &covered, prose.begins).into_iter();
    hits.extend(contacts.filter(|hit| hit.range.start >= prose.begins));
    hits.sort_by_key(|hit| hit.range.start);
    let mut found = finding::located(text, hits);
    found.sort_by_key(|it| it.kind != FindingKind::Secret);
    found
}

/// The phrases, in the order of the text, none inside another.
fn wording(prose: &prose::Prose) -> Vec<Hit> {
    let mut hits = Vec::new();
    let mut known = strangers::Known::of(&prose.text);
    let mut cause_in_heading = false;
    let mut cause_in_section = false;
    for block in &prose.blocks {
        let words = words::read(&prose.text, block.range.clone());
        cause_in_section &= !block.is_heading;
        let mut found = Vec::new();
        for (index, words) in words::sentences(&words).enumerate() {
            let sentence = words::Sentence {
                words,
                is_heading: block.is_heading,
                opens_block: index == 0,
            };
            let start = found.len();
            people::find(&sentence, &mut found);
            strangers::find_passive(&sentence, &mut found);
            for guess in strangers::guesses(&sentence) {
                if known.is_somebody(&guess.name) {
                    found.push(guess.hit);
                }
            }
            hindsight::find(&sentence, &mut found);
            phrases::find(&sentence, &mut found);
            once_each(&mut found, start);
        }
        japanese::find(&prose.text, block, &mut found);
        // One habit, not many: said once in a section, and once for all headings.
        found.retain(|hit| {
            if hit.kind != FindingKind::SingleCause {
                return true;
            }
            let seen = if hit.is_heading {
                &mut cause_in_heading
            } else {
                &mut cause_in_section
            };
            !std::mem::replace(seen, true)
        });
        hits.append(&mut found);
    }
    hits.sort_by_key(|hit| (hit.range.start, std::cmp::Reverse(hit.range.end)));
    let mut end = 0;
    hits.retain(|hit| {
        let is_free = hit.range.start >= end;
        end = end.max(hit.range.end);
        is_free
    });
    hits
}

/// Of each kind the first finding of a sentence: its question is about the sentence.
fn once_each(found: &mut Vec<Hit>, start: usize) {
    let mut fresh = found.split_off(start);
    fresh.sort_by_key(|hit| hit.range.start);
    let mut seen: Vec<FindingKind> = Vec::new();
    fresh.retain(|hit| {
        let is_new = !seen.contains(&hit.kind);
        seen.push(hit.kind);
        is_new
    });
    found.append(&mut fresh);
}

/// At most so many bytes from the start, cut between characters.
fn start_of(text: &str, bytes: usize) -> &str {
    text.get(..text.floor_char_boundary(bytes)).unwrap_or(text)
}

/// At most so many bytes from the end.
fn end_of(text: &str, bytes: usize) -> &str {
    let start = text.ceil_char_boundary(text.len().saturating_sub(bytes));
    text.get(start..).unwrap_or(text)
}
