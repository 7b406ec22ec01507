//! One section by itself, with its rows: what a form with a line for each row reads and writes. Pure.

use super::headings::{owns_rows, role_of};
use super::parts::{Part, joined, parts};
use super::pieces::stated_role;
use super::{body, compose, parse, render};
use crate::reports::model::{Draft, SectionRole, Times};

/// A title that no heading of a section has.
const TITLE: &str = "§";

/// What a heading of a section means, as it says or as it is called.
pub fn part_role(heading: &str) -> SectionRole {
    let (heading, stated) = stated_role(heading);
    stated.unwrap_or_else(|| role_of(&heading))
}

/// Whether the section below a heading has structured rows: events, factors, learnings, countermeasures.
pub fn holds_rows(heading: &str) -> bool {
    owns_rows(part_role(heading))
}

/// A draft with nothing in it but this section, its prose and its rows, below the head of [`lone`].
pub fn lone_section(part: &Part, head: &Draft) -> Draft {
    let text = joined(std::slice::from_ref(part));
    parse(&compose(head, &text)).draft
}

/// An empty draft for one section and its rows: times in it are of this zone, and of the day of these times.
pub fn lone(timezone: &str, times: Times) -> Draft {
    let mut head = Draft {
        title: TITLE.to_owned(),
        timezone: timezone.to_owned(),
        times,
        ..Draft::default()
    };
    head.normalise();
    head.extra.clear();
    head
}

/// The section of a draft that has one, as it stands in the text of a report.
pub fn lone_part(draft: &Draft) -> Part {
    let mut draft = draft.clone();
    draft.normalise();
    let text = render(&draft);
    let mut found = parts(body(&text)).into_iter();
    let mut part = found.next().unwrap_or_default();
    for more in found {
        // Rows of more sections than one; nothing of it may go.
        part.text = format!("{}\n\n{}", part.text, joined(&[more]));
    }
    part.line = 0;
    part
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_section_comes_apart_and_together_again() {
        let part = Part {
            heading: "Timeline".to_owned(),
            text:
                "What we know.\n\n- 2026-03-01 14:02 [detect] Alert <https://a.example>\n- ? Then"
                    .to_owned(),
            ..Part::default()
        };
        let head = lone("Europe/Paris", Times::default());
        let draft = lone_section(&part, &head);
        assert_eq!(draft.timeline.len(), 2);
        assert_eq!(draft.sections[0].text, "What we know.");
        let again = lone_part(&draft);
        assert_eq!(again.heading, "Timeline");
        assert_eq!(lone_section(&again, &head), draft);
    }

    #[test]
    fn a_heading_says_what_it_means() {
        for (heading, role) in [
            ("Timeline", SectionRole::Timeline),
            ("What we saw {role=timeline}", SectionRole::Timeline),
            ("Root cause", SectionRole::Factors),
            ("Other things", SectionRole::Other),
        ] {
            assert_eq!(part_role(heading), role, "{heading}");
        }
    }

    proptest! {
        #[test]
        fn whatever_stands_in_a_section_comes_together_again(
            heading in "(Timeline|Root causes|Countermeasures|Story \\{role=timeline\\})",
            text in "(- 10:00 x|- 2026-03-01 \\[act\\] y|### b|```|[a-z ]{0,9}|- \\*\\*N\\*\\*: n|  - due: 2026-01-02|\n|<!-- rows -->){0,16}",
        ) {
            let head = lone("UTC", Times::default());
            let draft = lone_section(&Part { heading, text, ..Part::default() }, &head);
            let part = lone_part(&draft);
            prop_assert_eq!(lone_section(&part, &head), draft);
        }
    }
}
