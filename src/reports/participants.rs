//! Accounts of participants: what one holds, and how it becomes part of a report. Pure.
//!
//! It is attributed to the role its writer typed, never to a name. Merging adds and changes nothing that stands there: accounts
//! that differ stay beside each other.

use super::document;
use super::model::{Draft, Problem, Section, SectionRole};

/// The longest account, in characters.
pub(crate) const MAX_CHARS: usize = 20_000;
/// The longest role, in characters.
pub(crate) const MAX_ROLE_CHARS: usize = 100;
/// The most people asked about one report.
pub(crate) const MOST: i64 = 100;

/// What to think of while writing one.
pub(crate) const QUESTIONS: [&str; 3] = [
    "What did you see, and when?",
    "What did you think was happening, and what made you think so?",
    "What surprised you?",
];

/// Role and text of an account as they are stored, or what is wrong with them. What is handed over has a text.
pub(crate) fn checked(
    role: &str,
    text: &str,
    is_given: bool,
) -> Result<(String, String), Vec<Problem>> {
    let words: Vec<&str> = role.split_whitespace().collect();
    let role: String = words
        .join(" ")
        .chars()
        .filter(|c| !c.is_control())
        .collect();
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let text = text.trim().to_owned();
    let mut problems = Vec::new();
    let long = |length: usize, most: usize, what: &str| {
        (length > most).then(|| format!("{what} has {length} characters; at most {most} fit."))
    };
    if let Some(message) = long(role.chars().count(), MAX_ROLE_CHARS, "The role") {
        problems.push(Problem::of("role", message));
    }
    if let Some(message) = long(text.chars().count(), MAX_CHARS, "The account") {
        problems.push(Problem::of("text", message));
    }
    if is_given && text.is_empty() {
        problems.push(Problem::of(
            "text",
            "Write something before you hand it over.",
        ));
    }
    if problems.is_empty() {
        Ok((role, text))
    } else {
        Err(problems)
    }
}

/// The heading of an account: “The on-call engineer's view”.
pub(crate) fn heading(role: &str) -> String {
    let role = role.trim();
    let bare = role
        .split_at_checked(4)
        .filter(|(the, _)| the.eq_ignore_ascii_case("the "))
        .map_or(role, |(_, rest)| rest.trim());
    match bare {
        bare if bare.is_empty() || bare.eq_ignore_ascii_case("the") => {
            "A participant's view".to_owned()
        }
        bare if bare.ends_with('s') => format!("The {bare}' view"),
        bare => format!("The {bare}'s view"),
    }
}

/// Whether an account can be added to a section of this role: rows are read from the others.
pub(crate) const fn takes_prose(role: SectionRole) -> bool {
    match role {
        SectionRole::Summary
        | SectionRole::Impact
        | SectionRole::Detection
        | SectionRole::Resolution
        | SectionRole::Other => true,
        SectionRole::Timeline
        | SectionRole::Factors
        | SectionRole::WentWell
        | SectionRole::WentPoorly
        | SectionRole::Lucky
        | SectionRole::Surprise
        | SectionRole::Safeguard
        | SectionRole::OpenQuestion
        | SectionRole::Countermeasures => false,
    }
}

/// The draft with the account at its end as a section of its own, or at the end of the section with this heading. The text
/// stays as it was written if the report can then be read back as it is; else it stands there as a quotation.
pub(crate) fn merged(
    draft: &Draft,
    (role, text): (&str, &str),
    into: Option<&str>,
) -> Result<Draft, Problem> {
    for text in [lowered(text, into.is_some()), quoted(text)] {
        let whole = added(draft, &heading(role), &text, into)?;
        if reads_back(&whole) {
            return Ok(whole);
        }
    }
    let message = "This account cannot be merged by itself: its role or text would change other parts of the report. Copy it into the text by hand.";
    Err(Problem::of("into", message))
}

fn added(draft: &Draft, heading: &str, text: &str, into: Option<&str>) -> Result<Draft, Problem> {
    let mut whole = draft.clone();
    let Some(wanted) = into else {
        whole.sections.push(Section {
            heading: free(draft, heading),
            role: SectionRole::Other,
            text: text.to_owned(),
        });
        whole.normalise();
        return Ok(whole);
    };
    let section = whole
        .sections
        .iter_mut()
        .find(|section| section.heading == wanted && takes_prose(section.role));
    let Some(section) = section else {
        let message = format!("The report has no section “{wanted}” any more: choose another one.");
        return Err(Problem::of("into", message));
    };
    section.text = format!("{}\n\n### {heading}\n\n{text}", section.text);
    whole.normalise();
    Ok(whole)
}

/// The heading, numbered if there is one like it.
fn free(draft: &Draft, heading: &str) -> String {
    let taken = |wanted: &str| draft.sections.iter().any(|it| it.heading == wanted);
    if !taken(heading) {
        return heading.to_owned();
    }
    let numbered = (2..).map(|number: u32| format!("{heading} ({number})"));
    numbered
        .take(1_000)
        .find(|wanted| !taken(wanted))
        .unwrap_or_else(|| heading.to_owned())
}

/// Whether writing and reading it again changes nothing of what it says.
fn reads_back(draft: &Draft) -> bool {
    let read = document::parse(&document::render(draft)).draft;
    read.sections == draft.sections
        && read.timeline == draft.timeline
        && read.factors == draft.factors
        && read.learnings == draft.learnings
        && read.countermeasures == draft.countermeasures
}

fn quoted(text: &str) -> String {
    let lines = text.lines().map(|line| format!("> {line}"));
    lines.collect::<Vec<_>>().join("\n")
}

/// Headings go below the one the account gets.
fn lowered(text: &str, within_section: bool) -> String {
    let highest = if within_section { 4 } else { 3 };
    let shift = levels(text)
        .min()
        .map_or(0, |level| highest_above(highest, level));
    let mut in_code = false;
    let lines = text.lines().map(|line| {
        in_code ^= is_fence(line);
        match level_of(line).filter(|_| !in_code) {
            Some(level) => {
                let rest = line.trim_start().trim_start_matches('#');
                format!("{}{rest}", "#".repeat((level + shift).min(6)))
            }
            None => line.to_owned(),
        }
    });
    lines.collect::<Vec<_>>().join("\n")
}

const fn highest_above(highest: usize, level: usize) -> usize {
    highest.saturating_sub(level)
}

fn levels(text: &str) -> impl Iterator<Item = usize> + '_ {
    let mut in_code = false;
    text.lines().filter_map(move |line| {
        in_code ^= is_fence(line);
        level_of(line).filter(|_| !in_code)
    })
}

fn is_fence(line: &str) -> bool {
    let line = line.trim_start();
    line.starts_with("```") || line.starts_with("~~~")
}

/// The level of a line that is a heading.
fn level_of(line: &str) -> Option<usize> {
    let indent = line.len() - line.trim_start_matches(' ').len();
    let rest = line.trim_start_matches(' ');
    let level = rest.len() - rest.trim_start_matches('#').len();
    let after = rest.trim_start_matches('#');
    let is_heading = indent < 4
        && (1..=6).contains(&level)
        && (after.is_empty() || after.starts_with([' ', '\t']));
    is_heading.then_some(level)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn draft() -> Draft {
        let text = "---\ntitle: T\n---\n\n## Summary\n\nIt broke.\n\n## Timeline\n\n- 2026-03-01T14:02:00Z Alert\n\n## Background\n\nOld.\n\n## Countermeasures\n\n- Watch it\n";
        document::parse(text).draft
    }

    fn headings(draft: &Draft) -> Vec<&str> {
        draft
            .sections
            .iter()
            .map(|it| it.heading.as_str())
            .collect()
    }

    #[test]
    fn the_role_becomes_the_heading() {
        for (role, expected) in [
            ("on-call engineer", "The on-call engineer's view"),
            (" The incident commander", "The incident commander's view"),
            ("operators", "The operators' view"),
            ("theatre lead", "The theatre lead's view"),
            ("", "A participant's view"),
            ("the ", "A participant's view"),
            ("当番", "The 当番's view"),
        ] {
            assert_eq!(heading(role), expected, "{role}");
        }
    }

    #[test]
    fn an_account_has_limits_and_a_text_when_it_is_handed_over() {
        let (role, text) = checked(" on-call\n engineer ", "\r\nI saw it.\r\n", true).unwrap();
        assert_eq!(
            (role.as_str(), text.as_str()),
            ("on-call engineer", "I saw it.")
        );
        assert!(checked("", " ", false).is_ok());
        let fields = |role: &str, text: &str| -> Vec<String> {
            let problems = checked(role, text, true).unwrap_err();
            problems.into_iter().map(|it| it.field).collect()
        };
        assert_eq!(fields("", " "), ["text"]);
        let (role, text) = ("r".repeat(MAX_ROLE_CHARS + 1), "é".repeat(MAX_CHARS + 1));
        assert_eq!(fields(&role, &text), ["role", "text"]);
    }

    #[test]
    fn it_becomes_a_section_and_changes_no_other() {
        let before = draft();
        let text = "# What I saw\n\nA graph.\n\n```sh\n# no heading\n```\n\n## And then";
        let after = merged(&before, ("on-call engineer", text), None).unwrap();
        let (last, others) = after.sections.split_last().unwrap();
        assert_eq!(others, before.sections);
        assert_eq!(last.heading, "The on-call engineer's view");
        assert_eq!(
            last.text,
            "### What I saw\n\nA graph.\n\n```sh\n# no heading\n```\n\n#### And then"
        );
        assert_eq!(after.timeline, before.timeline);
        let again = merged(&after, ("on-call engineer", "No, it was like this."), None).unwrap();
        assert_eq!(
            again.sections.last().unwrap().heading,
            "The on-call engineer's view (2)"
        );
    }

    #[test]
    fn it_joins_a_section_of_prose() {
        let before = draft();
        let after = merged(&before, ("operator", "# Seen\n\nx"), Some("Background")).unwrap();
        assert_eq!(headings(&after), headings(&before));
        assert_eq!(
            after.sections[2].text,
            "Old.\n\n### The operator's view\n\n#### Seen\n\nx"
        );
        for wanted in ["Timeline", "Countermeasures", "Nothing", ""] {
            let problem = merged(&before, ("operator", "x"), Some(wanted)).unwrap_err();
            assert_eq!(problem.field, "into", "{wanted}");
        }
    }

    #[test]
    fn a_text_that_would_swallow_or_split_the_report_is_quoted() {
        let before = draft();
        for text in [
            "Setext\n===\n\nx",
            "### Impact\n\nx\n\n### Timeline\n\n- 10:00 y",
            "```\nnever closed",
            "<!-- never closed",
            "---\ntitle: Mine\n---",
        ] {
            for into in [None, Some("Background"), Some("Summary")] {
                let after = merged(&before, ("operator", text), into).unwrap();
                assert_eq!(after.timeline, before.timeline, "{text}");
                assert_eq!(after.countermeasures, before.countermeasures, "{text}");
                let told = after.sections.iter().any(|it| {
                    let said = it.text.replace("> ", "").replace('#', "");
                    said.contains(&text.replace('#', ""))
                });
                assert!(told, "{text}: {after:?}");
            }
        }
    }

    proptest! {
        #[test]
        fn no_account_changes_what_was_there(
            text in "([#>`~=*_ \\-\n|]|a|b|1\\.|<!--|```|## Impact\n|- 10:00 x\n){0,40}",
            role in "[a-z{}#*: ]{0,12}",
            inside in any::<bool>(),
        ) {
            let before = draft();
            let into = inside.then_some("Background");
            if let Ok(after) = merged(&before, (&role, &text), into) {
                prop_assert_eq!(&after.timeline, &before.timeline);
                prop_assert_eq!(&after.countermeasures, &before.countermeasures);
                let kept = before.sections.iter().zip(&after.sections).all(|(before, after)| {
                    before.heading == after.heading && after.text.starts_with(&before.text)
                });
                prop_assert!(kept, "{:?}", after.sections);
                prop_assert_eq!(after.sections.len(), before.sections.len() + usize::from(!inside));
            }
        }
    }
}
