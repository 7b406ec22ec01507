//! What a search lists: reports, or of the reports it finds their countermeasures, events or factors.

use super::document::plain_text;
use super::store::{RowsOf, StoredText};
use crate::platform::markdown::{SafeHtml, emphasise, highlight};
use crate::platform::search::{
    Field, Filters, Highlighter, Passages, Query, Snippet, best_snippet,
};
use jiff::Timestamp;
use std::collections::{HashMap, HashSet};

/// Rows shown of one report.
const SHOWN: usize = 3;

/// What is listed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Scope {
    /// The reports.
    #[default]
    Reports,
    /// What was done about it elsewhere: of reports on the subject, those countermeasures that say the words first.
    Countermeasures,
    /// The events that say the words.
    Timeline,
    /// What contributed: of reports on the subject, those factors that say the words first.
    Factors,
}

impl Scope {
    /// All, the usual one first.
    pub const ALL: [Self; 4] = [
        Self::Reports,
        Self::Countermeasures,
        Self::Timeline,
        Self::Factors,
    ];

    /// The word in an address.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Reports => "reports",
            Self::Countermeasures => "countermeasures",
            Self::Timeline => "timeline",
            Self::Factors => "factors",
        }
    }

    /// For people.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Reports => "Reports",
            Self::Countermeasures => "Countermeasures",
            Self::Timeline => "Events",
            Self::Factors => "Factors",
        }
    }

    /// The scope that a word means.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.word() == word)
    }

    /// Where such a row stands on the page of its report.
    pub fn anchor(self, number: usize) -> String {
        let kind = match self {
            Self::Reports => return String::new(),
            Self::Countermeasures => "cm",
            Self::Timeline => "event",
            Self::Factors => "factor",
        };
        format!("{kind}-{number}")
    }

    /// What a report must have to be found, beside what was asked for.
    pub(super) fn narrow(self, filters: &mut Filters) {
        let fields: &[Field] = match self {
            Self::Reports => &[],
            Self::Countermeasures | Self::Factors => &[Field::Has],
            // An event that says nothing of it is none that was looked for.
            Self::Timeline => &[Field::Has, Field::In],
        };
        for field in fields {
            // Somebody may ask for this field, too; then any of what they name will do, and a report without such rows is
            // shown as one.
            let added = filters.add(*field, self.word());
            debug_assert!(added.is_ok(), "the words of scopes are those of parts");
        }
    }

    pub(super) const fn rows(self) -> Option<RowsOf> {
        match self {
            Self::Reports => None,
            Self::Countermeasures => Some(RowsOf::Countermeasures),
            Self::Timeline => Some(RowsOf::Timeline),
            Self::Factors => Some(RowsOf::Factors),
        }
    }
}

/// A row that was found.
#[derive(Clone, Debug)]
pub struct FoundRow {
    /// Which of its kind in the report, from 1.
    pub number: usize,
    /// Its title or name as plain text; empty for an event.
    pub head: String,
    head_marks: Vec<std::ops::Range<usize>>,
    passage: Snippet,
    /// The word for its status, phase or role; may be empty.
    pub word: String,
    /// What came of a countermeasure; may be empty.
    pub result: String,
    /// When an event was.
    pub at: Option<Timestamp>,
    /// The same as it was written, where that is all there is.
    pub at_text: String,
}

impl FoundRow {
    /// The title or name as HTML, what matched in `<mark>`.
    pub fn head_html(&self) -> SafeHtml {
        highlight(&self.head, &self.head_marks)
    }

    /// The passage that matched as HTML, what matched in `<mark>`.
    pub fn passage_html(&self) -> SafeHtml {
        highlight(&self.passage.text, &self.passage.marks)
    }

    /// The same in `<em>`.
    pub fn passage_for_programs(&self) -> SafeHtml {
        emphasise(&self.passage.text, &self.passage.marks)
    }

    /// The passage as plain text.
    pub fn passage(&self) -> &str {
        &self.passage.text
    }
}

/// The rows that are shown of one report.
#[derive(Clone, Debug, Default)]
pub struct FoundRows {
    /// In the order written.
    pub shown: Vec<FoundRow>,
    /// How many more there are.
    pub more: usize,
}

/// Chooses, of each report, the rows that say most of what was asked.
pub(crate) fn choose(
    scope: Scope,
    query: &Query,
    rows: Vec<StoredText>,
) -> HashMap<i64, FoundRows> {
    let highlighter = Highlighter::new(query);
    let has_words =
        query.terms_for_highlight().next().is_some() || query.prefixes().next().is_some();
    let mut of_report: HashMap<i64, Vec<StoredText>> = HashMap::new();
    for row in rows {
        of_report.entry(row.report).or_default().push(row);
    }
    let chosen = of_report.into_iter().map(|(report, rows)| {
        let only_saying = scope == Scope::Timeline && has_words;
        let said = |row: &StoredText| {
            if has_words {
                said(row, &highlighter)
            } else {
                0
            }
        };
        let ranked: Vec<(usize, usize)> = rows
            .iter()
            .enumerate()
            .map(|(index, row)| (said(row), index))
            .filter(|(said, _)| *said > 0 || !only_saying)
            .collect();
        (report, of_one(rows, ranked, &highlighter))
    });
    chosen.collect()
}

/// How many different words of the question a row says, as it was written.
fn said(row: &StoredText, highlighter: &Highlighter) -> usize {
    let mut words: HashSet<String> = HashSet::new();
    for text in [&row.head, &row.text] {
        let marks = highlighter.marks(&Passages::new(&[("", text)]));
        let marked = marks.into_iter().filter_map(|range| text.get(range));
        words.extend(marked.map(str::to_lowercase));
    }
    words.len()
}

fn of_one(
    rows: Vec<StoredText>,
    mut ranked: Vec<(usize, usize)>,
    highlighter: &Highlighter,
) -> FoundRows {
    // Stable: among those that say as much, the first one written is the first.
    ranked.sort_by_key(|(said, _)| std::cmp::Reverse(*said));
    let more = ranked.len().saturating_sub(SHOWN);
    ranked.truncate(SHOWN);
    let mut shown: Vec<usize> = ranked.into_iter().map(|(_, index)| index).collect();
    shown.sort_unstable();
    let rows = rows.into_iter().enumerate();
    let rows = rows.filter(|(index, _)| shown.contains(index));
    let shown = rows.map(|(index, row)| found(index + 1, row, highlighter));
    FoundRows {
        shown: shown.collect(),
        more,
    }
}

/// A row as it is shown.
fn found(number: usize, row: StoredText, highlighter: &Highlighter) -> FoundRow {
    let head = plain_text(&row.head);
    let text = plain_text(&row.text);
    let head_marks = highlighter.marks(&Passages::new(&[("", &head)]));
    let passage = best_snippet(&Passages::new(&[("", &text)]), highlighter);
    FoundRow {
        number,
        head,
        head_marks,
        passage,
        word: row.word,
        result: row.result,
        at: row.at,
        at_text: row.at_text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::search::query;

    fn row(report: i64, head: &str, text: &str) -> StoredText {
        StoredText {
            report,
            head: head.to_owned(),
            text: text.to_owned(),
            word: String::new(),
            result: String::new(),
            at: None,
            at_text: String::new(),
        }
    }

    fn numbers(rows: &FoundRows) -> Vec<usize> {
        rows.shown.iter().map(|row| row.number).collect()
    }

    #[test]
    fn the_rows_that_say_most_of_it_are_shown_in_the_order_written() {
        let rows = vec![
            row(1, "Write a runbook", ""),
            row(1, "Alert on replica lag", ""),
            row(1, "Retry with a limit", "The *replicas* lag under retries."),
            row(1, "Teach everybody", ""),
            row(1, "Watch lag", ""),
            row(2, "Buy disks", ""),
        ];
        let asked = query::parse("replica lag");
        let found = choose(Scope::Countermeasures, &asked, rows.clone());
        assert_eq!(numbers(&found[&1]), [2, 3, 5]);
        assert_eq!(found[&1].more, 2);
        assert_eq!(numbers(&found[&2]), [1], "the report is about it");
        let said = found[&1].shown[1].passage_html();
        assert_eq!(
            said.as_str(),
            "The <mark>replicas</mark> <mark>lag</mark> under retries."
        );
        // An event that says nothing of it was not looked for.
        let found = choose(Scope::Timeline, &asked, rows.clone());
        assert_eq!(numbers(&found[&1]), [2, 3, 5]);
        assert_eq!((found[&1].more, numbers(&found[&2])), (0, Vec::new()));
        let all = choose(Scope::Timeline, &query::parse(""), rows);
        assert_eq!(numbers(&all[&1]), [1, 2, 3], "nothing was asked for");
    }

    #[test]
    fn every_scope_but_reports_narrows_to_what_has_such_rows() {
        for scope in Scope::ALL {
            assert_eq!(Scope::parse(scope.word()), Some(scope));
            let mut filters = Filters::default();
            scope.narrow(&mut filters);
            assert_eq!(filters == Filters::default(), scope == Scope::Reports);
            assert_eq!(scope.rows().is_none(), scope == Scope::Reports);
        }
        assert_eq!(Scope::parse("report"), None);
    }
}
