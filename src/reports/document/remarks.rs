//! What is said of the rows of a section that was read.

use super::shortened;
use super::text::one_line;
use crate::reports::model::{SectionRole, TimelineEvent};

/// So much of a heading or a line is shown, in characters.
const MAX_SHOWN: usize = 40;

/// What the rows of a section are called where they are spoken of.
pub(super) const fn field(role: SectionRole) -> &'static str {
    match role {
        SectionRole::Timeline => "timeline",
        SectionRole::Factors => "factors",
        SectionRole::Countermeasures => "countermeasures",
        SectionRole::WentWell
        | SectionRole::WentPoorly
        | SectionRole::Lucky
        | SectionRole::Surprise
        | SectionRole::Safeguard
        | SectionRole::OpenQuestion => "learnings",
        SectionRole::Summary
        | SectionRole::Impact
        | SectionRole::Detection
        | SectionRole::Resolution
        | SectionRole::Other => "",
    }
}

/// Says that words changed their place.
pub(super) fn overtaken(heading: &str, words: &str) -> String {
    format!(
        "“{}” stands below rows of “{}”: it moves above them, where the text of a section is kept.",
        shortened(&one_line(words), MAX_SHOWN),
        shortened(&one_line(heading), MAX_SHOWN)
    )
}

/// Says how many events have no instant, with the first as an example.
pub(super) fn undated(events: &[TimelineEvent]) -> Option<String> {
    let mut without = events.iter().filter(|event| event.at.is_none());
    let first = without.next()?;
    let shown = if first.at_text.is_empty() {
        shortened(&one_line(&first.text), MAX_SHOWN)
    } else {
        first.at_text.clone()
    };
    Some(format!(
        "{} of {} events have no exact time (the first: “{shown}”): give them a date and a time.",
        without.count() + 1,
        events.len()
    ))
}
