//! The parts of a report that comments can be about, under the ids they have on its page. Pure.

use super::sections::anchor;
use super::words;
use crate::reports::comments::{Anchor, Place, excerpt};
use crate::reports::document::plain_text;
use crate::reports::model::{Draft, LearningKind, Section, SectionRole, TimelineEvent};
use std::collections::{HashMap, HashSet};

/// The longest label of a list, in characters.
const MAX_LABEL: usize = 80;

/// All sections with a heading, then all events. A test holds their ids to those of the page.
pub(crate) fn places(draft: &Draft) -> Vec<Place> {
    let mut ids = Ids::default();
    let (mut summary, mut learnings) = (false, false);
    let mut places = Vec::new();
    for (position, section) in draft.sections.iter().enumerate() {
        let id = if section.role == SectionRole::Summary && !summary {
            summary = !section.text.trim().is_empty();
            ids.unique("summary".to_owned())
        } else {
            if LearningKind::parse(section.role.word()).is_some() && !learnings {
                learnings = true;
                ids.unique("learnings".to_owned());
            }
            ids.unique(anchor(section.role, &section.heading))
        };
        places.extend(place_of(section, id, position));
    }
    let zone = words::zone(&draft.timezone);
    for (position, event) in draft.timeline.iter().enumerate() {
        let clock = event.at.map_or_else(
            || event.at_text.clone(),
            |at| words::clock(&at.to_zoned(zone.clone())),
        );
        places.push(Place {
            id: format!("event-{}", position + 1),
            label: short(&format!("{clock} {}", plain_text(&event.text))),
            anchor: anchor_of(event, position),
        });
    }
    with_twins(places)
}

/// Each with the number of those that say the same, so that none is taken for another when one of them goes.
fn with_twins(places: Vec<Place>) -> Vec<Place> {
    let mut counts = HashMap::new();
    for place in &places {
        *counts.entry(place.anchor.family()).or_insert(0_usize) += 1;
    }
    let counted = |place: Place| {
        let count = counts.get(&place.anchor.family()).copied().unwrap_or(1);
        Place {
            anchor: place.anchor.with_twins(count),
            ..place
        }
    };
    places.into_iter().map(counted).collect()
}

fn place_of(section: &Section, id: String, position: usize) -> Option<Place> {
    let heading = if section.heading.is_empty() && section.role != SectionRole::Other {
        section.role.label()
    } else {
        section.heading.as_str()
    };
    (!heading.is_empty()).then(|| Place {
        id,
        label: short(heading),
        anchor: Anchor::Section {
            heading: excerpt(heading),
            role: section.role,
            position,
            twins: 1,
        },
    })
}

fn anchor_of(event: &TimelineEvent, position: usize) -> Anchor {
    let at = event.at.map(|at| at.to_string());
    let written = || event.at_text.chars().take(200).collect();
    Anchor::Event {
        text: excerpt(&event.text),
        at: at.unwrap_or_else(written),
        position,
        twins: 1,
    }
}

/// One line that fits a list.
pub(super) fn short(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    let line = words.join(" ");
    if line.chars().count() <= MAX_LABEL {
        return line;
    }
    let cut: String = line.chars().take(MAX_LABEL - 1).collect();
    format!("{}…", cut.trim_end())
}

/// Ids as the page gives them: each once.
#[derive(Default)]
struct Ids {
    wanted: HashMap<String, usize>,
    given: HashSet<String>,
}

impl Ids {
    fn unique(&mut self, id: String) -> String {
        let mut unique = id.clone();
        let number = self.wanted.entry(id.clone()).or_default();
        while !self.given.insert(unique.clone()) {
            *number += 1;
            unique = format!("{id}-{}", *number + 1);
        }
        unique
    }
}

#[cfg(test)]
mod tests {
    use super::super::view;
    use super::*;
    use crate::reports::comments::Found;
    use crate::reports::document;
    use serde_json::Value;

    const TEXT: &str = "---\ntitle: T\n---\n\nBefore any heading.\n\n## Summary\n\nx\n\n## Summary\n\ny\n\n## Impact\n\nz\n\n## Notes\n\nz\n\n## Notes\n\nz\n\n## Timeline\n\n- 2026-03-01T14:02:00Z [detect] The *alert* fired\n- about noon Somebody noticed\n\n## What went well\n\n- a\n\n## Where we got lucky\n\n- b\n\n## Impact\n\nz\n";

    fn texts(view: &Value, list: &str, field: &str) -> Vec<String> {
        let rows = view[list].as_array().unwrap().iter();
        rows.filter(|row| row["heading"].is_string() || row["label"].is_string())
            .map(|row| row[field].as_str().unwrap().to_owned())
            .collect()
    }

    #[test]
    fn ids_are_those_of_the_page() {
        let draft = document::parse(TEXT).draft;
        let view = view::content(&draft);
        let mut shown = vec!["summary".to_owned()];
        let sections = texts(&view, "sections", "id").into_iter();
        shown.extend(sections.filter(|id| id != "learnings"));
        shown.extend(texts(&view, "learnings", "id"));
        let mut known: Vec<String> = places(&draft).into_iter().map(|it| it.id).collect();
        let events = known.split_off(shown.len());
        shown.sort();
        known.sort();
        assert_eq!(known, shown);
        assert_eq!(events, ["event-1", "event-2"]);
    }

    #[test]
    fn what_a_comment_is_about_is_found_after_a_save() {
        let before = document::parse(TEXT).draft;
        let mut after = before.clone();
        after.sections.remove(1);
        after.timeline.insert(0, TimelineEvent::said("New"));
        let today = places(&after);
        for place in places(&before) {
            let found = place.anchor.find(&today);
            match place.anchor {
                Anchor::Event { position, .. } => {
                    assert_eq!(found, Found::Here(format!("event-{}", position + 2)));
                }
                // One of the two went, and nobody knows which.
                Anchor::Section { ref heading, .. } if heading == "Summary" => {
                    assert_eq!(found, Found::Gone);
                }
                Anchor::Report | Anchor::Section { .. } => {
                    assert!(matches!(found, Found::Here(_)), "{place:?}: {found:?}");
                }
            }
        }
        let known = places(&before);
        let alert = known.iter().find(|it| it.id == "event-1").unwrap();
        assert_eq!(alert.label, "14:02 The alert fired");
        assert_eq!(short(&"ab ".repeat(60)).chars().count(), 80);
    }
}
