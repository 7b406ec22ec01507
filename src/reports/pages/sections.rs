//! The sections of a report on its page: in their order, with the contents beside them and the rows in their places.

use super::view::block;
use crate::platform::markdown::{self, Budget, Options, SafeHtml};
use crate::reports::model::{Draft, Learning, LearningKind, Section, SectionRole};
use serde::Serialize;
use std::collections::{HashMap, HashSet};

#[derive(Debug, Serialize)]
pub(super) struct SectionView {
    id: String,
    heading: Option<String>,
    html: Option<SafeHtml>,
    block: Option<&'static str>,
    /// Readers do not see it, as nothing stands in it.
    unseen: bool,
}

#[derive(Debug, Serialize)]
pub(super) struct ContentsLine {
    id: String,
    label: String,
    level: u8,
}

#[derive(Debug, Serialize)]
pub(super) struct LearningGroup {
    kind: &'static str,
    label: String,
    id: String,
    html: Option<SafeHtml>,
    items: Vec<Item>,
    /// Readers do not see it, as nothing stands in it.
    unseen: bool,
}

#[derive(Debug, Serialize)]
struct Item {
    html: SafeHtml,
}

/// The id of a section on the page. Ours are plain words; an author's own heading is marked as such, so that no text
/// can take the name of a part of the page.
pub(crate) fn anchor(role: SectionRole, heading: &str) -> String {
    if role != SectionRole::Other {
        return role.word().replace('_', "-");
    }
    let mut slug = String::new();
    for c in heading.to_lowercase().chars() {
        if c.is_alphanumeric() {
            slug.push(c);
        } else if !slug.ends_with('-') {
            slug.push('-');
        }
    }
    format!("user-content-{}", slug.trim_matches('-'))
}

/// Sections, contents and learnings as they come together, in one pass over the sections.
#[derive(Default)]
pub(super) struct Drawing {
    pub(super) summary: Option<(String, SafeHtml)>,
    pub(super) sections: Vec<SectionView>,
    pub(super) contents: Vec<ContentsLine>,
    pub(super) learnings: Vec<LearningGroup>,
    /// What is left for the texts that follow.
    pub(super) budget: Budget,
    /// Whether sections that say nothing are left out, as they are for readers.
    is_for_readers: bool,
    /// How often each id was wanted.
    wanted: HashMap<String, usize>,
    ids: HashSet<String>,
    blocks: HashSet<&'static str>,
}

impl Drawing {
    pub(super) fn new(is_for_readers: bool) -> Self {
        Self {
            is_for_readers,
            ..Self::default()
        }
    }

    pub(super) fn sections(&mut self, draft: &Draft) {
        for section in &draft.sections {
            match section.role {
                SectionRole::Summary if self.summary.is_none() => self.draw_summary(section),
                SectionRole::WentWell
                | SectionRole::WentPoorly
                | SectionRole::Lucky
                | SectionRole::Surprise
                | SectionRole::Safeguard
                | SectionRole::OpenQuestion => self.draw_learnings(section, draft),
                SectionRole::Timeline => {
                    self.draw(section, (!draft.timeline.is_empty()).then_some("timeline"));
                }
                SectionRole::Factors => {
                    self.draw(section, (!draft.factors.is_empty()).then_some("factors"));
                }
                SectionRole::Countermeasures => {
                    let any = !draft.countermeasures.is_empty();
                    self.draw(section, any.then_some("countermeasures"));
                }
                SectionRole::Summary
                | SectionRole::Impact
                | SectionRole::Detection
                | SectionRole::Resolution
                | SectionRole::Other => self.draw(section, None),
            }
        }
    }

    fn unique(&mut self, id: String) -> String {
        let mut unique = id.clone();
        let number = self.wanted.entry(id.clone()).or_default();
        // Another heading may be written like a numbered one.
        while !self.ids.insert(unique.clone()) {
            *number += 1;
            unique = format!("{id}-{}", *number + 1);
        }
        unique
    }

    fn draw_summary(&mut self, section: &Section) {
        let id = self.unique("summary".to_owned());
        let heading = heading(section);
        if let Some(html) = block(&section.text, &id, &mut self.budget) {
            self.contents.push(ContentsLine {
                id,
                label: heading.clone(),
                level: 2,
            });
            self.summary = Some((heading, html));
        }
    }

    fn draw(&mut self, section: &Section, block_name: Option<&'static str>) {
        // Rows are shown once, under the first section of their kind.
        let block_name = block_name.filter(|name| self.blocks.insert(name));
        // The same as in a draft, which shows it: a comment finds its place in both.
        let id = self.unique(anchor(section.role, &section.heading));
        let unseen = block_name.is_none() && section.text.trim().is_empty();
        if self.is_for_readers && unseen {
            return;
        }
        let options = Options {
            id_scope: &id,
            first_heading_level: 3,
        };
        let rendered = markdown::render_within(&section.text, &options, &mut self.budget);
        let heading = (!section.heading.is_empty()).then(|| section.heading.clone());
        if let Some(label) = &heading {
            self.contents.push(ContentsLine {
                id: id.clone(),
                label: label.clone(),
                level: 2,
            });
        }
        let below = rendered
            .headings
            .iter()
            .filter(|heading| heading.level == 3)
            .take(12);
        self.contents.extend(below.map(|heading| ContentsLine {
            id: heading.id.clone(),
            label: heading.text.clone(),
            level: 3,
        }));
        self.sections.push(SectionView {
            id,
            heading,
            html: (!section.text.trim().is_empty()).then_some(rendered.html),
            block: block_name,
            unseen,
        });
    }

    fn draw_learnings(&mut self, section: &Section, draft: &Draft) {
        let Some(kind) = LearningKind::parse(section.role.word()) else {
            return;
        };
        let id = self.unique(anchor(section.role, &section.heading));
        let has_rows = draft.learnings.iter().any(|it| it.kind == kind);
        let unseen = !has_rows && section.text.trim().is_empty();
        if self.is_for_readers && unseen {
            return;
        }
        if self.blocks.insert("learnings") {
            let place = self.unique("learnings".to_owned());
            let heading = "What we learned".to_owned();
            self.contents.push(ContentsLine {
                id: place.clone(),
                label: heading.clone(),
                level: 2,
            });
            let heading = Some(heading);
            self.sections.push(SectionView {
                id: place,
                heading,
                html: None,
                block: Some("learnings"),
                unseen: false,
            });
        }
        let first = self.learnings.iter().all(|group| group.kind != kind.word());
        let of_kind = |learning: &&Learning| first && learning.kind == kind;
        let budget = &mut self.budget;
        let items = draft
            .learnings
            .iter()
            .filter(of_kind)
            .enumerate()
            .filter_map(|(index, learning)| {
                Some(Item {
                    html: block(&learning.text, &format!("{id}-{index}"), budget)?,
                })
            })
            .collect();
        let html = block(&section.text, &id, &mut self.budget);
        self.learnings.push(LearningGroup {
            kind: kind.word(),
            label: heading(section),
            id,
            html,
            items,
            unseen,
        });
    }
}

/// The heading as written, or the usual one.
fn heading(section: &Section) -> String {
    if section.heading.is_empty() {
        section.role.label().to_owned()
    } else {
        section.heading.clone()
    }
}
