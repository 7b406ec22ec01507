//! The sections of a template as one text, for the form of those who edit it, and back. Nothing is lost either way.
//!
//! ```text
//! ## Impact (required)
//! Who was affected, and how many?
//!
//! ## Detection
//! ```
//!
//! A line of guidance that looks like a heading has a `\` before it; a heading that ends like a mark is followed by one.

use super::TemplateSection;
use crate::reports::model::Problem;

/// What may stand behind a heading, and what it means.
const MARKS: [(&str, bool); 2] = [("(required)", true), ("(optional)", false)];

/// Reads the text. Refuses what stands above the first heading, which belongs to no section.
pub fn parse_sections(text: &str) -> Result<Vec<TemplateSection>, Problem> {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let mut sections: Vec<TemplateSection> = Vec::new();
    for (index, line) in text.split('\n').enumerate() {
        if is_heading(line) {
            let (heading, required) = split_mark(line.trim_start_matches('#').trim());
            sections.push(TemplateSection {
                heading: heading.to_owned(),
                guidance: String::new(),
                required: required.unwrap_or(false),
            });
        } else if let Some(section) = sections.last_mut() {
            let line = line
                .strip_prefix('\\')
                .filter(|_| looks_like_heading(line))
                .unwrap_or(line);
            section.guidance.push_str(line);
            section.guidance.push('\n');
        } else if !line.trim().is_empty() {
            return Err(Problem {
                line: index + 1,
                field: "sections".to_owned(),
                message: "Text above the first heading belongs to no section: begin each section with a line such as ## Impact.".to_owned(),
            });
        }
    }
    Ok(sections
        .into_iter()
        .map(TemplateSection::normalised)
        .collect())
}

/// Writes the text that [`parse_sections`] reads.
pub fn print_sections(sections: &[TemplateSection]) -> String {
    let mut out = String::new();
    for section in sections {
        if !out.is_empty() {
            out.push('\n');
        }
        out.push_str("## ");
        out.push_str(&section.heading);
        if section.required {
            out.push_str(" (required)");
        } else if split_mark(&section.heading).1.is_some() {
            out.push_str(" (optional)");
        }
        out.push('\n');
        if section.guidance.is_empty() {
            continue;
        }
        for line in section.guidance.split('\n') {
            if looks_like_heading(line) {
                out.push('\\');
            }
            out.push_str(line);
            out.push('\n');
        }
    }
    out
}

fn is_heading(line: &str) -> bool {
    line.starts_with("##") && !line.starts_with("###")
}

/// Whether a line is a heading, or one made harmless.
fn looks_like_heading(line: &str) -> bool {
    is_heading(line.trim_start_matches('\\'))
}

/// Splits a mark off a heading.
fn split_mark(line: &str) -> (&str, Option<bool>) {
    let marked = |(mark, required): (&str, bool)| {
        let (before, last) = line.split_at_checked(line.len().checked_sub(mark.len())?)?;
        let is_mark = last.eq_ignore_ascii_case(mark)
            && (before.is_empty() || before.ends_with(char::is_whitespace));
        is_mark.then(|| (before.trim_end(), Some(required)))
    };
    MARKS.into_iter().find_map(marked).unwrap_or((line, None))
}
