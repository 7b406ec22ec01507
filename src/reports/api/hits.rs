//! The shapes of what a search found.

#![expect(
    single_use_lifetimes,
    reason = "the derive of the description names the lifetime of a shape once"
)]

use super::wire::{SummaryJson, url};
use crate::reports::finder::Findings;
use crate::reports::found::Found;
use crate::reports::scope::{FoundRow, FoundRows, Scope};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

/// A report found by a search.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Hit)]
pub(super) struct HitJson<'a> {
    #[serde(flatten)]
    report: SummaryJson<'a>,
    /// How well it fits; comparable within one answer only.
    score: f32,
    /// The passage that matched, escaped as HTML, its words in `<em>`.
    snippet: &'a str,
    /// The same passage as plain text.
    snippet_text: &'a str,
    /// The section it is from.
    matched: Option<&'a str>,
    /// Where countermeasures, events or factors are listed: up to three of them. Otherwise not sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_items = 3)]
    rows: Option<Vec<HitRowJson<'a>>>,
    /// How many more of its rows were not sent; sent with `rows`.
    #[serde(skip_serializing_if = "Option::is_none")]
    more_rows: Option<usize>,
}

/// A countermeasure, event or factor that a search lists.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = HitRow)]
pub(super) struct HitRowJson<'a> {
    /// Where people find it.
    #[schema(
        format = "uri",
        example = "https://hansei.example.com/reports/PM-42#cm-2"
    )]
    url: String,
    /// Which of its kind it is in its report, from 1.
    #[schema(minimum = 1)]
    number: usize,
    /// The title of a countermeasure, the name of a factor; empty for an event.
    title: &'a str,
    /// What matched of the rest, escaped as HTML, its words in `<em>`.
    snippet: String,
    /// The same as plain text.
    snippet_text: &'a str,
    /// The status of a countermeasure, the phase of an event, the role of a factor; empty where there is none.
    #[schema(example = "done")]
    word: &'a str,
    /// What came of a countermeasure; empty where that is not known.
    result: &'a str,
    /// When an event was.
    at: Option<Timestamp>,
}

impl<'a> HitRowJson<'a> {
    fn new(row: &'a FoundRow, scope: Scope, report: &str) -> Self {
        Self {
            url: format!("{report}#{}", scope.anchor(row.number)),
            number: row.number,
            title: &row.head,
            snippet: row.passage_for_programs().into_string(),
            snippet_text: row.passage(),
            word: &row.word,
            result: &row.result,
            at: row.at,
        }
    }
}

impl<'a> HitJson<'a> {
    /// One page of hits, with their rows where rows are listed.
    pub(super) fn all(findings: &'a Findings, scope: Scope, site: &str) -> Vec<Self> {
        let rows = |found: &Found| findings.rows.get(&found.summary().id.0);
        let items = findings.items.iter();
        items
            .map(|found| Self::new(found, rows(found), scope, site))
            .collect()
    }

    fn new(found: &'a Found, rows: Option<&'a FoundRows>, scope: Scope, site: &str) -> Self {
        let shown = &found.shown;
        let report = url(site, &found.key().to_string());
        let all = |rows: &'a FoundRows| {
            let rows = rows.shown.iter();
            rows.map(|row| HitRowJson::new(row, scope, &report))
                .collect()
        };
        Self {
            rows: rows.map(all),
            more_rows: rows.map(|rows| rows.more),
            report: SummaryJson::new(found.summary(), site),
            score: found.score,
            snippet: shown.snippet_for_programs(),
            snippet_text: &shown.snippet_text,
            matched: (!shown.section.is_empty()).then_some(&*shown.section),
        }
    }
}
