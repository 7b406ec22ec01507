//! The headings of a text: their place in the page's outline, and ids nobody else has.

use std::collections::{HashMap, HashSet};

use pulldown_cmark::{Event, HeadingLevel, Tag, TagEnd};

use super::sanitise::ID_PREFIX;
use super::{Heading, Options};

const MAX_SLUG_CHARS: usize = 64;
const MAX_TEXT_CHARS: usize = 200;

/// All headings, known before the first word is written, so that links can point ahead.
#[derive(Debug, Default)]
pub(super) struct Outline {
    id_prefix: String,
    headings: Vec<Heading>,
    ids: HashSet<String>,
}

impl Outline {
    /// Finds the headings among the events.
    pub(super) fn of(events: &[Event<'_>], options: &Options<'_>) -> Self {
        let mut id_prefix = ID_PREFIX.to_owned();
        let scope = slug(options.id_scope);
        if !scope.is_empty() {
            id_prefix.push_str(&scope);
            id_prefix.push('-');
        }
        let mut outline = Self {
            id_prefix,
            ..Self::default()
        };
        let mut repeats = HashMap::new();
        let mut current: Option<Heading> = None;
        for event in events {
            match (event, current.as_mut()) {
                (Event::Start(Tag::Heading { level, .. }), _) => {
                    let level = number(*level);
                    current = Some(Heading {
                        level,
                        text: String::new(),
                        id: String::new(),
                    });
                }
                (Event::End(TagEnd::Heading(_)), Some(_)) => {
                    outline.headings.extend(current.take());
                }
                (Event::Text(words) | Event::Code(words), Some(heading)) => {
                    heading.text.push_str(words);
                }
                (Event::SoftBreak | Event::HardBreak, Some(heading)) => heading.text.push(' '),
                (_, _) => {}
            }
        }
        // Cut within a heading: the writer closes it, so it counts.
        outline.headings.extend(current);
        for heading in &mut outline.headings {
            let text = heading
                .text
                .split_whitespace()
                .collect::<Vec<_>>()
                .join(" ");
            heading.id = unused_id(&outline.id_prefix, &text, &outline.ids, &mut repeats);
            outline.ids.insert(heading.id.clone());
            heading.text = text
                .chars()
                .filter(|c| !c.is_control())
                .take(MAX_TEXT_CHARS)
                .collect();
        }
        fit_levels(
            &mut outline.headings,
            options.first_heading_level.clamp(1, 6),
        );
        outline
    }

    /// The heading that is the `index`th in the text.
    pub(super) fn heading(&self, index: usize) -> Option<&Heading> {
        self.headings.get(index)
    }

    /// An id for something other than a heading. A colon never occurs in a heading's id.
    pub(super) fn id(&self, kind: &str, number: usize) -> String {
        format!("{}{kind}:{number}", self.id_prefix)
    }

    /// Where a link to `#fragment` should go: to the heading of this text with that slug.
    pub(super) fn target(&self, address: &str) -> Option<String> {
        let id = format!("{}{}", self.id_prefix, address.strip_prefix('#')?);
        self.ids.contains(&id).then(|| format!("#{id}"))
    }

    /// The headings, for a table of contents.
    pub(super) fn into_headings(self) -> Vec<Heading> {
        self.headings
    }
}

/// Moves all headings down so that none stands above `first`, and closes gaps between levels:
/// the outline is what people with a screen reader move by.
fn fit_levels(headings: &mut [Heading], first: u8) {
    if first == 1 {
        return;
    }
    let highest = headings
        .iter()
        .map(|heading| heading.level)
        .min()
        .unwrap_or(first);
    let down = first.saturating_sub(highest);
    let mut deepest_allowed = first;
    for heading in headings {
        heading.level = heading
            .level
            .saturating_add(down)
            .min(deepest_allowed)
            .min(6);
        deepest_allowed = heading.level.saturating_add(1);
    }
}

fn unused_id(
    prefix: &str,
    text: &str,
    used: &HashSet<String>,
    repeats: &mut HashMap<String, usize>,
) -> String {
    let mut slug = slug(text);
    if slug.is_empty() {
        "heading".clone_into(&mut slug);
    }
    let id = format!("{prefix}{slug}");
    if !used.contains(&id) {
        return id;
    }
    let repeat = repeats.entry(slug).or_insert(0);
    loop {
        *repeat += 1;
        let numbered = format!("{id}-{repeat}");
        if !used.contains(&numbered) {
            return numbered;
        }
    }
}

/// As on GitHub: small letters, digits, `-` and `_`, with spaces as `-`.
fn slug(text: &str) -> String {
    text.trim()
        .chars()
        .flat_map(char::to_lowercase)
        .filter_map(|c| match c {
            c if c.is_alphanumeric() || c == '-' || c == '_' => Some(c),
            c if c.is_whitespace() => Some('-'),
            _ => None,
        })
        .take(MAX_SLUG_CHARS)
        .collect()
}

fn number(level: HeadingLevel) -> u8 {
    match level {
        HeadingLevel::H1 => 1,
        HeadingLevel::H2 => 2,
        HeadingLevel::H3 => 3,
        HeadingLevel::H4 => 4,
        HeadingLevel::H5 => 5,
        HeadingLevel::H6 => 6,
    }
}
