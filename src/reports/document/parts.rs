//! A text cut at its sections for a form with one field for each, and put together again. Pure.

use super::pieces::{headings, mask_sealed, seal, unseal};
use super::text::{lines_of, one_line};

/// One section of a text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Part {
    /// What follows `## `; empty above the first heading.
    pub heading: String,
    /// What stands below it, without empty lines around.
    pub text: String,
    /// Headings within the text are no sections of the report.
    pub sealed: bool,
    /// The line of the text in the whole, counted from 1.
    pub line: usize,
}

/// The parts of a text, cut at its headings of the form `## Impact`.
pub fn parts(body: &str) -> Vec<Part> {
    let masked = mask_sealed(body);
    let marks: Vec<_> = headings(&masked, body)
        .into_iter()
        .filter_map(|mark| {
            let heading = body.get(mark.start..mark.end)?.trim_end();
            let heading = heading
                .strip_prefix("## ")
                .filter(|it| !it.contains('\n'))?;
            Some((mark.start, mark.end, heading.trim().to_owned()))
        })
        .collect();
    let first = marks.first().map_or(body.len(), |(start, ..)| *start);
    let mut parts = Vec::with_capacity(marks.len() + 1);
    let preamble = part(String::new(), body, 0..first);
    if !preamble.text.is_empty() {
        parts.push(preamble);
    }
    let ends = marks.iter().skip(1).map(|(start, ..)| *start);
    let ends: Vec<usize> = ends.chain([body.len()]).collect();
    for ((_, from, heading), to) in marks.into_iter().zip(ends) {
        parts.push(part(heading, body, from..to));
    }
    parts
}

fn part(heading: String, body: &str, range: std::ops::Range<usize>) -> Part {
    let source = body.get(range.clone()).unwrap_or_default();
    let (text, sealed) = unseal(source);
    let above = body.get(..range.start).unwrap_or_default();
    let empty = source.len() - source.trim_start_matches(['\n', '\r', ' ', '\t']).len();
    let empty = source.get(..empty).unwrap_or_default();
    Part {
        heading,
        text,
        sealed,
        line: above.matches('\n').count() + empty.matches('\n').count() + 1 + usize::from(sealed),
    }
}

/// One text of all parts. A part without a heading goes on where the one before ends; what would swallow the headings
/// below it, such as a fence that is not closed, is sealed.
pub fn joined(parts: &[Part]) -> String {
    let mut whole: Vec<Part> = Vec::with_capacity(parts.len());
    for part in parts {
        let heading = one_line(&part.heading);
        let text = lines_of(&part.text);
        match whole.last_mut() {
            Some(above) if heading.is_empty() => {
                above.text = lines_of(&format!("{}\n\n{text}", above.text));
                above.sealed |= part.sealed;
            }
            Some(_) | None => whole.push(Part {
                heading,
                text,
                ..part.clone()
            }),
        }
    }
    let mut body = String::new();
    for part in whole {
        if !part.heading.is_empty() {
            body.push_str("## ");
            body.push_str(&part.heading);
            body.push_str("\n\n");
        }
        if part.text.is_empty() {
            continue;
        }
        if part.sealed || !ends(&part.text) {
            body.push_str(&seal(&part.text));
        } else {
            body.push_str(&part.text);
        }
        body.push_str("\n\n");
    }
    let end = body.trim_end_matches('\n').len();
    body.truncate(end);
    if !body.is_empty() {
        body.push('\n');
    }
    body
}

/// Whether a heading below the text is one.
fn ends(text: &str) -> bool {
    let probe = format!("{text}\n\n## End\n");
    let masked = mask_sealed(&probe);
    headings(&masked, &probe)
        .last()
        .is_some_and(|mark| mark.start == text.len() + 2)
}

#[cfg(test)]
mod tests {
    use super::super::{body, parse, render};
    use super::*;
    use proptest::prelude::*;

    fn pairs(text: &str) -> Vec<(String, String, usize)> {
        let parts = parts(text).into_iter();
        parts
            .map(|part| (part.heading, part.text, part.line))
            .collect()
    }

    #[test]
    fn a_text_is_cut_at_its_sections() {
        let text = "Before.\n\n## Summary\n\nx\n\n### Deeper\n\ny\n## Impact\n## Empty\n\n```\n## code\n```\n";
        let expected = [
            ("", "Before.", 1),
            ("Summary", "x\n\n### Deeper\n\ny", 5),
            ("Impact", "", 11),
            ("Empty", "```\n## code\n```", 13),
        ];
        let expected =
            expected.map(|(heading, text, line)| (heading.to_owned(), text.to_owned(), line));
        let found = pairs(text);
        assert_eq!(found.len(), expected.len());
        for (found, expected) in found.iter().zip(&expected) {
            assert_eq!((&found.0, &found.1), (&expected.0, &expected.1));
            if !found.1.is_empty() {
                assert_eq!(found.2, expected.2, "{}", found.0);
            }
        }
    }

    #[test]
    fn what_is_typed_into_one_field_stays_out_of_the_others() {
        let part = |heading: &str, text: &str| Part {
            heading: heading.to_owned(),
            text: text.to_owned(),
            ..Part::default()
        };
        let typed = [part("Impact", "```\nno end"), part("Timeline", "- 10:00 x")];
        let whole = joined(&typed);
        let draft = parse(&format!("# T\n\n{whole}")).draft;
        assert_eq!(draft.sections.len(), 2, "{whole}");
        assert_eq!(draft.timeline.len(), 1);
        assert_eq!(pairs(&whole)[0].1, "```\nno end");
        // Without a heading it belongs to what stands above.
        let whole = joined(&[part("Impact", "one"), part(" ", "two"), part("", "")]);
        assert_eq!(whole, "## Impact\n\none\n\ntwo\n");
    }

    proptest! {
        #[test]
        fn cutting_and_joining_changes_no_report(text in "(## [A-Za-z]{1,6}|### b|```|- 10:00 x|[a-z ]{0,9}|<!-- hansei: begin 1 -->|<!-- hansei: end 1 -->|\n){0,24}") {
            let draft = parse(&format!("---\ntitle: T\n---\n\n{text}")).draft;
            let document = render(&draft);
            let again = joined(&parts(body(&document)));
            let read = parse(&super::super::compose(&draft, &again)).draft;
            prop_assert_eq!(&read, &draft, "{}", again);
            prop_assert_eq!(parts(&again).len(), parts(body(&document)).len());
        }

        #[test]
        fn nothing_typed_is_lost(texts in proptest::collection::vec(("[A-Za-z ]{0,8}", "(## x|```|~~~|- y|<!--|<pre>|[a-z]{1,5}|\n){0,8}"), 0..5)) {
            let typed: Vec<Part> = texts.into_iter().map(|(heading, text)| Part { heading, text, ..Part::default() }).collect();
            let whole = joined(&typed);
            for part in &typed {
                for word in part.text.split_whitespace().chain(part.heading.split_whitespace()) {
                    prop_assert!(whole.contains(word), "{word} in {whole}");
                }
            }
            let headed = typed.iter().filter(|part| !part.heading.trim().is_empty()).count();
            prop_assert!(parts(&whole).len() >= headed, "{whole}");
        }
    }
}
