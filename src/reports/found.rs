//! One report found: what every search needs of it, and what is shown of it.

use super::model::Status;
use super::store::{self, Summary};
use crate::platform::ids::ReportKey;
use crate::platform::markdown::{SafeHtml, emphasise, highlight};
use crate::platform::memory::{Memory, Subject};
use crate::platform::search::{Highlighter, Passages, Query, best_snippet};
use std::cell::OnceCell;
use std::ops::Range;
use std::sync::{Arc, OnceLock};

/// Bytes of words to mark that are remembered with what they marked.
const MOST_REMEMBERED: usize = 256;

/// One report found.
#[derive(Clone, Debug)]
pub struct Found {
    pub(super) card: Arc<Card>,
    /// Higher is better; 0 when not ranked.
    pub score: f32,
    /// What of it is shown.
    pub shown: Arc<Shown>,
}

/// What a search shows of a report it found. What only some doors show is made when the first of them asks.
#[derive(Debug)]
pub struct Shown {
    /// The section that matched; empty when only facts did.
    pub section: String,
    /// The passage as plain text.
    pub snippet_text: String,
    /// What matched in it, as byte ranges.
    pub marks: Vec<Range<usize>>,
    /// What matched in the title.
    title_marks: Vec<Range<usize>>,
    for_programs: OnceLock<SafeHtml>,
    /// All of it as the search page lists it.
    pub item: OnceLock<SafeHtml>,
}

impl Shown {
    fn new(card: &Card, highlighter: &Highlighter) -> Self {
        let snippet = best_snippet(&card.passages, highlighter);
        Self {
            // Where nothing is marked the beginning is shown: that section did not match.
            section: if snippet.marks.is_empty() {
                String::new()
            } else {
                snippet.part
            },
            snippet_text: snippet.text,
            marks: snippet.marks,
            title_marks: highlighter.marks(&card.title),
            for_programs: OnceLock::new(),
            item: OnceLock::new(),
        }
    }

    /// The passage as HTML, what matched in `<mark>`.
    pub fn snippet(&self) -> SafeHtml {
        highlight(&self.snippet_text, &self.marks)
    }

    /// The same in `<em>`.
    pub fn snippet_for_programs(&self) -> &str {
        self.for_programs
            .get_or_init(|| emphasise(&self.snippet_text, &self.marks))
            .as_str()
    }

    /// The passage as plain text, with `before` and `after` around what matched.
    pub fn marked_snippet(&self, before: &str, after: &str) -> String {
        let mut text = String::new();
        let mut end = 0;
        for range in &self.marks {
            text.push_str(self.snippet_text.get(end..range.start).unwrap_or_default());
            text.push_str(before);
            text.push_str(self.snippet_text.get(range.clone()).unwrap_or_default());
            text.push_str(after);
            end = range.end;
        }
        text.push_str(self.snippet_text.get(end..).unwrap_or_default());
        text
    }

    /// About how many bytes it takes, or will once all of it is made.
    fn size(&self) -> usize {
        3 * self.snippet_text.len() + self.section.len() + size_of_val(&*self.marks) + 1792
    }
}

/// What every search that finds a report needs of it.
#[derive(Debug)]
pub(super) struct Card {
    pub(super) summary: Summary,
    title: Passages,
    passages: Passages,
}

impl Card {
    pub(super) fn new(mut summary: Summary) -> Self {
        let text = std::mem::take(&mut summary.plain_text);
        Self {
            title: Passages::new(&[("", &summary.title)]),
            passages: Passages::new(&store::split_plain(&text)),
            summary,
        }
    }

    /// About how many bytes it takes.
    pub(super) fn size(&self) -> usize {
        self.passages.size() + self.title.size() + self.summary.about.len() + 1024
    }
}

impl Found {
    /// The report.
    pub(crate) fn summary(&self) -> &Summary {
        &self.card.summary
    }

    /// What people call it: `PM-42`.
    pub fn key(&self) -> ReportKey {
        self.summary().key
    }

    /// The title as HTML, what matched in `<mark>`.
    pub fn title(&self) -> SafeHtml {
        highlight(self.plain_title(), &self.shown.title_marks)
    }

    /// The title as written.
    pub fn plain_title(&self) -> &str {
        &self.summary().title
    }

    /// What there is to say beside the title: severity, date, services.
    pub fn facts(&self) -> Vec<String> {
        let summary = self.summary();
        let mut facts = Vec::new();
        facts.extend(summary.severity.map(|severity| severity.to_string()));
        facts.push(summary.kind.label().to_owned());
        if summary.status != Status::Published {
            facts.push(summary.status.label().to_owned());
        }
        facts.extend(
            summary
                .started_at
                .map(|at| at.strftime("%Y-%m-%d").to_string()),
        );
        facts.extend(summary.services.iter().cloned());
        facts
    }
}

/// Texts that are longer together are looked at on a thread that nobody waits for.
const LONG: usize = 256 * 1024;

/// What is shown of the reports that a question found, each with its score.
pub(super) async fn shown(
    memory: &Memory,
    query: &Query,
    hits: Vec<(Arc<Card>, f32)>,
) -> Vec<Found> {
    let length: usize = hits.iter().map(|(card, _)| card.passages.length()).sum();
    if length <= LONG {
        return Looking::new(memory, query).at_all(hits);
    }
    let (memory, query) = (memory.clone(), query.clone());
    let looked = tokio::task::spawn_blocking(move || Looking::new(&memory, &query).at_all(hits));
    // Only a panic in there, or a server that stops, keeps it from answering: then the hits are left out.
    looked.await.unwrap_or_default()
}

/// A question, as it looks at each report that it found.
struct Looking<'a> {
    memory: &'a Memory,
    query: &'a Query,
    /// The words to mark; none when there are so many that they hardly come again.
    words: Option<Arc<str>>,
    /// Made when the first report is met that this question was not asked about lately.
    highlighter: OnceCell<Highlighter>,
}

impl<'a> Looking<'a> {
    fn new(memory: &'a Memory, query: &'a Query) -> Self {
        let mut words = String::new();
        for text in query.terms_for_highlight() {
            words.push_str(text);
            words.push('\n');
        }
        for prefix in query.prefixes() {
            words.push_str(prefix);
            words.push_str("*\n");
        }
        Self {
            memory,
            query,
            words: (words.len() < MOST_REMEMBERED).then(|| words.into()),
            highlighter: OnceCell::new(),
        }
    }

    fn at_all(&self, hits: Vec<(Arc<Card>, f32)>) -> Vec<Found> {
        let found = |(card, score): (Arc<Card>, f32)| Found {
            shown: self.at(&card),
            card,
            score,
        };
        hits.into_iter().map(found).collect()
    }

    fn at(&self, card: &Card) -> Arc<Shown> {
        let shown = || {
            let highlighter = self
                .highlighter
                .get_or_init(|| Highlighter::new(self.query));
            Arc::new(Shown::new(card, highlighter))
        };
        let Some(words) = &self.words else {
            return shown();
        };
        let (id, version) = (card.summary.id.0, card.summary.version);
        let subject = Subject::seen(id, words);
        if let Some(shown) = self.memory.get::<Shown>(subject.clone(), version) {
            return shown;
        }
        let shown = shown();
        self.memory
            .keep(subject, version, shown.size(), Arc::clone(&shown));
        shown
    }
}
