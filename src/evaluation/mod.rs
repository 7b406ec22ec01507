//! How well Hansei finds: rankings held against documents, queries and judgements in a folder.
//!
//! No server and no database: the documents are those an import would store, in an index of their own. Whatever ranks
//! can be measured so: a ranker is a function from a topic to documents ([`ranking`]), and all the rest does not know
//! which one it was.

mod bootstrap;
mod collection;
mod folder;
mod measured;
mod metrics;
mod ranking;
mod related;
mod runs;
mod table;

use self::collection::Collection;
use self::folder::Folder;
use self::measured::{Measured, Named, Report, Shown, Worst};
use self::ranking::Times;
use self::runs::{Judgements, Topic};
use crate::platform::search::{IndexerError, SearchError};
use serde::Serialize;
use std::collections::{BTreeSet, HashSet};
use std::io;
use std::path::PathBuf;

/// What our ranking is called.
const OURS: &str = "Hansei";

/// What to measure.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The folder with documents, queries and judgements.
    pub folder: PathBuf,
    /// Which part of it; the only one, or `dev`, if not given.
    pub split: Option<String>,
    /// More runs to compare with.
    pub against: Vec<PathBuf>,
}

/// Why nothing was measured.
#[derive(Debug, thiserror::Error)]
pub enum EvaluationError {
    /// A file or folder that has to be there.
    #[error("{}: {error}", path.display())]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// Why it cannot be read.
        error: io::Error,
    },
    /// A line that is not what it should be.
    #[error("{}:{line}: {message}", path.display())]
    Bad {
        /// The file.
        path: PathBuf,
        /// The line, counted from 1.
        line: usize,
        /// What is the matter.
        message: String,
    },
    /// The part asked for is not there.
    #[error("there is no {wanted} in {}, which has: {known}", folder.display())]
    NoSplit {
        /// What was asked for.
        wanted: String,
        /// Where.
        folder: PathBuf,
        /// What is there.
        known: String,
    },
    /// Nothing can be found.
    #[error("{}: no document (*.md) is in it", .0.display())]
    NoDocuments(PathBuf),
    /// No index could be built.
    #[error(transparent)]
    Index(#[from] IndexerError),
    /// A query was not answered; without it the figures would be wrong.
    #[error("query {query}: {error}")]
    Search {
        /// Which.
        query: String,
        /// Why not.
        error: SearchError,
    },
    /// The query to show is not there.
    #[error("no query is called {0}")]
    NoQuery(String),
    /// The answer cannot be written as JSON.
    #[error("the figures: {0}")]
    Json(#[from] serde_json::Error),
}

/// What was measured.
#[derive(Debug)]
pub struct Evaluation {
    split: String,
    collection: Collection,
    notes: Vec<String>,
    search: Measured,
    times: Times,
    related: Option<(Measured, Times)>,
}

/// Everything there is to say, for programs.
#[derive(Serialize)]
struct Told {
    split: String,
    documents: usize,
    left_out: usize,
    search: Report,
    search_times: Times,
    #[serde(skip_serializing_if = "Option::is_none")]
    related: Option<Report>,
    #[serde(skip_serializing_if = "Option::is_none")]
    worst: Option<Worst>,
}

impl Evaluation {
    /// Measures. Blocks for as long as it takes: some milliseconds for each document and query.
    pub fn of(options: &Options) -> Result<Self, EvaluationError> {
        let folder = Folder::open(&options.folder, options.split.as_deref())?;
        let topics = folder.topics()?;
        let known: HashSet<&str> = topics.iter().map(|topic| topic.id.as_str()).collect();
        let judgements = folder.judgements("qrels.tsv", |topic| known.contains(topic))?;
        let mut others = Vec::new();
        for path in &options.against {
            others.push(folder::run(path)?);
        }
        others.extend(folder.runs("search")?);
        let collection = Collection::read(folder.documents()?)?;
        let notes = notes(&collection, &topics, &judgements, &others);
        let (run, times) = ranking::rank(&topics, |topic| {
            let hits = collection.search(&topic.text);
            hits.map_err(|error| EvaluationError::Search {
                query: topic.id.clone(),
                error,
            })
        })?;
        let ours = Named {
            name: OURS.to_owned(),
            run,
        };
        let related = related::measure(&folder, &collection)?;
        Ok(Self {
            related,
            split: folder.split,
            search: Measured::new(topics, judgements, ours, others),
            collection,
            notes,
            times,
        })
    }

    /// What a person should know about the folder, though it could be measured.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// Our rankings, as a file of TREC.
    pub fn run_file(&self) -> String {
        runs::write(self.search.ours(), &OURS.to_lowercase())
    }

    /// Every figure, as tables; and so many queries that another ranking answers better.
    pub fn text(&self, worst: Option<usize>) -> String {
        let report = self.search.report();
        let mut text = format!(
            "{}: {} documents, {} queries that were judged\n\n{}",
            self.split,
            self.collection.len(),
            report.judged_queries,
            table::report(&report)
        );
        if let Some(lost) = worst.and_then(|most| self.search.worst(most)) {
            text.push_str(&table::worst(&lost));
        }
        text.push_str(&table::times(&self.times));
        if let Some((measured, times)) = &self.related {
            let report = measured.report();
            text.push_str(&table::related(&report, times));
        }
        text
    }

    /// The same for programs.
    pub fn json(&self, worst: Option<usize>) -> Result<String, EvaluationError> {
        let told = Told {
            split: self.split.clone(),
            documents: self.collection.len(),
            left_out: self.collection.left_out.len(),
            search: self.search.report(),
            search_times: self.times,
            related: self.related.as_ref().map(|(measured, _)| measured.report()),
            worst: worst.and_then(|most| self.search.worst(most)),
        };
        Ok(serde_json::to_string_pretty(&told)?)
    }

    /// The first ten hits of one query, and what is missing among them.
    pub fn text_of(&self, query: &str) -> Result<String, EvaluationError> {
        self.shown(query).map(|shown| table::shown(&shown))
    }

    /// The same for programs.
    pub fn json_of(&self, query: &str) -> Result<String, EvaluationError> {
        Ok(serde_json::to_string_pretty(&self.shown(query)?)?)
    }

    fn shown(&self, query: &str) -> Result<Shown, EvaluationError> {
        let title = |document: &str| self.collection.title(document);
        let shown = self.search.shown(query, title);
        shown.ok_or_else(|| EvaluationError::NoQuery(query.to_owned()))
    }
}

/// What makes the figures less than they look.
fn notes(
    collection: &Collection,
    topics: &[Topic],
    judgements: &Judgements,
    others: &[Named],
) -> Vec<String> {
    let mut notes = collection.left_out.clone();
    let judged = judgements.values().flat_map(|grades| grades.keys());
    let missing: BTreeSet<&String> = judged.filter(|it| !collection.has(it)).collect();
    if let Some(first) = missing.first() {
        let count = missing.len();
        notes.push(format!(
            "{count} judged documents are not there and cannot be found, such as {first}"
        ));
    }
    let is_about = |run: &Named| topics.iter().any(|topic| run.run.contains_key(&topic.id));
    for other in others.iter().filter(|other| !is_about(other)) {
        let name = &other.name;
        notes.push(format!(
            "the run {name} ranks nothing for any of the queries"
        ));
    }
    notes
}
