//! What a comment is about, and where that is now. Pure.
//!
//! A save writes all sections and events anew, so no number survives it. A section is known again by its heading, an event by
//! its text and time. What cannot be found is said to be gone, with the words it had: a comment is never moved to something
//! it was not about.

use crate::reports::model::SectionRole;

/// More of a text is not kept: it tells two events apart and can be quoted.
const MOST: usize = 1_000;

/// What a comment is about, as it was when it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Anchor {
    /// The report as a whole.
    Report,
    /// A section, by its heading and what that means.
    Section {
        heading: String,
        role: SectionRole,
        position: usize,
        /// How many sections had this heading, this one among them.
        twins: usize,
    },
    /// An event, by its text and its time as stored or as written.
    Event {
        text: String,
        at: String,
        position: usize,
        /// How many events had this text, this one among them.
        twins: usize,
    },
}

/// A part of the report as its page shows it now.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    /// Its id on the page.
    pub id: String,
    /// What to call it in a list.
    pub label: String,
    /// What a comment on it would be about.
    pub anchor: Anchor,
}

/// Where something is now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Found {
    /// The whole report.
    Report,
    /// Here, under this id.
    Here(String),
    /// Here, with other words than then.
    Changed(String),
    /// Nowhere.
    Gone,
}

/// As much of a text as an anchor keeps.
pub(crate) fn excerpt(text: &str) -> String {
    text.chars().take(MOST).collect()
}

impl Anchor {
    /// Kind, text, mark, and position with the number of twins, as they are stored.
    pub(crate) fn columns(&self) -> (&'static str, &str, &str, (usize, usize)) {
        match self {
            Self::Report => ("report", "", "", (0, 1)),
            Self::Section {
                heading,
                role,
                position,
                twins,
            } => ("section", heading, role.word(), (*position, *twins)),
            Self::Event {
                text,
                at,
                position,
                twins,
            } => ("event", text, at, (*position, *twins)),
        }
    }

    /// Reads [`Self::columns`] back.
    pub(crate) fn of_columns(
        kind: &str,
        text: String,
        mark: String,
        (position, twins): (usize, usize),
    ) -> Self {
        match kind {
            "section" => Self::Section {
                heading: text,
                role: SectionRole::parse(&mark).unwrap_or(SectionRole::Other),
                position,
                twins,
            },
            "event" => Self::Event {
                text,
                at: mark,
                position,
                twins,
            },
            _ => Self::Report,
        }
    }

    /// The same among so many of its kind that say the same.
    pub(crate) fn with_twins(self, count: usize) -> Self {
        match self {
            Self::Report => Self::Report,
            Self::Section {
                heading,
                role,
                position,
                ..
            } => Self::Section {
                heading,
                role,
                position,
                twins: count,
            },
            Self::Event {
                text, at, position, ..
            } => Self::Event {
                text,
                at,
                position,
                twins: count,
            },
        }
    }

    /// What is the same for twins: the kind, and the words as they are compared.
    pub(crate) fn family(&self) -> (&'static str, String) {
        match self {
            Self::Report => ("report", String::new()),
            Self::Section { heading, .. } => ("section", folded(heading)),
            Self::Event { text, .. } => ("event", text.clone()),
        }
    }

    /// Where it is among the places of today.
    pub(crate) fn find(&self, places: &[Place]) -> Found {
        match self {
            Self::Report => Found::Report,
            Self::Section {
                heading,
                role,
                position,
                twins,
            } => find_section((heading, *role), (*position, *twins), places),
            Self::Event {
                text,
                at,
                position,
                twins,
            } => find_event((text, at), (*position, *twins), places),
        }
    }
}

fn folded(text: &str) -> String {
    text.trim().to_lowercase()
}

/// The one of these that stands nearest to where it stood.
fn nearest<'a>(
    among: impl Iterator<Item = (usize, &'a Place)>,
    position: usize,
) -> Option<&'a Place> {
    among
        .min_by_key(|(place, _)| place.abs_diff(position))
        .map(|(_, place)| place)
}

fn only<'a>(mut among: impl Iterator<Item = &'a Place>) -> Option<&'a Place> {
    among.next().filter(|_| among.next().is_none())
}

fn find_section(
    (heading, role): (&str, SectionRole),
    (position, twins): (usize, usize),
    places: &[Place],
) -> Found {
    let sections = || {
        places.iter().filter_map(|place| match &place.anchor {
            Anchor::Section {
                heading,
                role,
                position,
                ..
            } => Some((heading, *role, *position, place)),
            Anchor::Report | Anchor::Event { .. } => None,
        })
    };
    let heading = folded(heading);
    let same = || sections().filter(|(other, ..)| folded(other) == heading);
    if let Some(place) = nearest(same().map(|(_, _, at, place)| (at, place)), position) {
        // One of several went, perhaps the one that was meant.
        let is_one_less = same().count() < twins;
        return if is_one_less {
            Found::Gone
        } else {
            Found::Here(place.id.clone())
        };
    }
    // “Customer impact” is still the section about the impact.
    let alike = sections().filter(|(_, other, ..)| role != SectionRole::Other && *other == role);
    only(alike.map(|(.., place)| place)).map_or(Found::Gone, |place| Found::Here(place.id.clone()))
}

fn find_event(
    (text, at): (&str, &str),
    (position, twins): (usize, usize),
    places: &[Place],
) -> Found {
    let events = || {
        places.iter().filter_map(|place| match &place.anchor {
            Anchor::Event {
                text, at, position, ..
            } => Some((text, at, *position, place)),
            Anchor::Report | Anchor::Section { .. } => None,
        })
    };
    let with_time = events().filter(|(said, when, ..)| *said == text && *when == at);
    if let Some(place) = nearest(with_time.map(|(_, _, at, place)| (at, place)), position) {
        return Found::Here(place.id.clone());
    }
    // At another time it is the same event only if no other said the same, then or now.
    let with_text = events().filter(|(said, ..)| *said == text && twins == 1);
    if let Some(place) = only(with_text.map(|(.., place)| place)) {
        return Found::Changed(place.id.clone());
    }
    let then = events().filter(|(_, when, ..)| !at.is_empty() && *when == at);
    only(then.map(|(.., place)| place))
        .map_or(Found::Gone, |place| Found::Changed(place.id.clone()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn section(id: &str, heading: &str, role: SectionRole, position: usize) -> Place {
        Place {
            id: id.to_owned(),
            label: heading.to_owned(),
            anchor: Anchor::Section {
                heading: heading.to_owned(),
                role,
                position,
                twins: 1,
            },
        }
    }

    fn event(id: &str, at: &str, text: &str, position: usize) -> Place {
        Place {
            id: id.to_owned(),
            label: text.to_owned(),
            anchor: Anchor::Event {
                text: text.to_owned(),
                at: at.to_owned(),
                position,
                twins: 1,
            },
        }
    }

    fn here(id: &str) -> Found {
        Found::Here(id.to_owned())
    }

    #[test]
    fn a_section_is_known_by_its_heading_then_by_what_it_means() {
        let then = section("impact", "Impact", SectionRole::Impact, 1).anchor;
        let other = section("user-content-notes", "Notes", SectionRole::Other, 2).anchor;
        let today = [
            section("impact", "Customer impact", SectionRole::Impact, 0),
            section("user-content-notes", "notes ", SectionRole::Other, 1),
            section("user-content-notes-2", "Notes", SectionRole::Other, 4),
        ];
        assert_eq!(then.find(&today), here("impact"));
        assert_eq!(other.find(&today), here("user-content-notes"));
        let renamed = [section("x", "Remarks", SectionRole::Other, 2)];
        assert_eq!(other.find(&renamed), Found::Gone);
        let twice = [
            section("impact", "A", SectionRole::Impact, 0),
            section("impact-2", "B", SectionRole::Impact, 1),
        ];
        assert_eq!(then.find(&twice), Found::Gone, "which of the two?");
        // One of two "Notes" went: which one?
        let one_of_two = other.clone().with_twins(2);
        assert_eq!(one_of_two.find(&today), here("user-content-notes"));
        let [_, left, _] = today.clone();
        assert_eq!(one_of_two.find(&[left]), Found::Gone);
        assert_eq!(Anchor::Report.find(&today), Found::Report);
        assert_eq!(then.find(&[]), Found::Gone);
    }

    #[test]
    fn an_event_is_known_by_its_text_and_time() {
        let then = event("event-2", "2026-03-01T14:02:00Z", "Alert", 1).anchor;
        for (today, found) in [
            // Others came before it.
            (
                vec![
                    event("event-1", "2026-03-01T13:00:00Z", "Deploy", 0),
                    event("event-2", "2026-03-01T13:30:00Z", "Alert", 1),
                    event("event-3", "2026-03-01T14:02:00Z", "Alert", 2),
                ],
                here("event-3"),
            ),
            // Its time was mended.
            (
                vec![event("event-1", "2026-03-01T14:03:00Z", "Alert", 0)],
                Found::Changed("event-1".to_owned()),
            ),
            // Two say the same by now, at other times.
            (
                vec![
                    event("event-1", "2026-03-01T14:03:00Z", "Alert", 0),
                    event("event-2", "2026-03-01T15:10:00Z", "Alert", 1),
                ],
                Found::Gone,
            ),
            // Its words were.
            (
                vec![event(
                    "event-1",
                    "2026-03-01T14:02:00Z",
                    "The alert fired",
                    0,
                )],
                Found::Changed("event-1".to_owned()),
            ),
            // Either of two.
            (
                vec![
                    event("event-1", "2026-03-01T14:02:00Z", "A", 0),
                    event("event-2", "2026-03-01T14:02:00Z", "B", 1),
                ],
                Found::Gone,
            ),
            (vec![event("event-1", "", "B", 1)], Found::Gone),
        ] {
            assert_eq!(then.find(&today), found, "{today:?}");
        }
        // It was one of two that said the same, and its row was removed.
        let other = [event("event-1", "2026-03-01T15:10:00Z", "Alert", 0)];
        assert_eq!(then.with_twins(2).find(&other), Found::Gone);
        let undated = event("event-1", "", "Somebody noticed", 0).anchor;
        assert_eq!(undated.find(&[event("e", "", "Other", 0)]), Found::Gone);
    }

    proptest! {
        #[test]
        fn what_is_stored_reads_back(text in ".{0,40}", at in ".{0,20}", position in 0_usize..2_000, twins in 1_usize..9, role in 0..SectionRole::ALL.len()) {
            for anchor in [
                Anchor::Report,
                Anchor::Section { heading: text.clone(), role: SectionRole::ALL[role], position, twins },
                Anchor::Event { text, at, position, twins },
            ] {
                let (kind, text, mark, position) = anchor.columns();
                prop_assert_eq!(Anchor::of_columns(kind, text.to_owned(), mark.to_owned(), position), anchor.clone());
            }
        }

        #[test]
        fn an_unchanged_place_is_found_where_it_is(texts in proptest::collection::vec("[ab]{1,2}", 1..12)) {
            let places: Vec<Place> = texts.iter().enumerate()
                .map(|(index, text)| event(&format!("event-{}", index + 1), text, text, index)).collect();
            for place in &places {
                prop_assert_eq!(place.anchor.find(&places), Found::Here(place.id.clone()));
            }
        }
    }
}
