//! The documents of an evaluation, searched as a server's are: read as an import reads them, shaped by the same
//! function, in an index of the same kind, asked the same way.

use super::EvaluationError;
use super::folder::DocumentFile;
use super::runs::Hit;
use crate::archive;
use crate::platform::search::related::{Subject, Wanted};
use crate::platform::search::{
    Audience, Document, Filters, Glossary, Index, Order, PrivateIndex, Request, SearchError, query,
};
use crate::reports;
use std::collections::HashMap;

/// Documents kept of each ranking: more than any figure looks at.
const KEPT: usize = 50;

/// Documents that can be searched.
#[derive(Debug)]
pub(super) struct Collection {
    index: PrivateIndex,
    /// What means the same, as a new installation has it.
    glossary: Glossary,
    /// By row: the one of number 1 first.
    names: Vec<String>,
    titles: HashMap<String, String>,
    subjects: HashMap<String, Subject>,
    /// Files that an import would refuse, each with why.
    pub(super) left_out: Vec<String>,
}

impl Collection {
    /// Reads these files and builds an index of them.
    pub(super) fn read(files: Vec<DocumentFile>) -> Result<Self, EvaluationError> {
        let mut documents: Vec<Document> = Vec::new();
        let (mut names, mut titles) = (Vec::new(), HashMap::new());
        let mut subjects = HashMap::new();
        let mut left_out = Vec::new();
        for DocumentFile { id, path } in files {
            let draft = match archive::read(&path) {
                Ok(_) if id.contains(char::is_whitespace) => {
                    let message = "its name has a space, which a list of judgements cannot name";
                    left_out.push(format!("{}: left out: {message}", path.display()));
                    continue;
                }
                Ok(draft) => draft,
                Err(problems) => {
                    let problems = problems.iter().map(|problem| {
                        let line = problem.line.map(|line| format!("{line}:"));
                        let (line, why) = (line.unwrap_or_default(), &problem.message);
                        format!("{}:{line} left out: {why}", path.display())
                    });
                    left_out.extend(problems);
                    continue;
                }
            };
            names.push(id.clone());
            let number = i64::try_from(names.len()).unwrap_or(i64::MAX);
            subjects.insert(id.clone(), reports::subject_of(&draft, number));
            titles.insert(id, draft.title.clone());
            documents.push(reports::unstored_document(&draft, number));
        }
        let index = Index::private(&documents)?;
        Ok(Self {
            index,
            glossary: Glossary::shipped(),
            names,
            titles,
            subjects,
            left_out,
        })
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.names.len()
    }

    pub(super) fn has(&self, document: &str) -> bool {
        self.titles.contains_key(document)
    }

    /// Empty for a document that is not here.
    pub(super) fn title(&self, document: &str) -> String {
        self.titles.get(document).cloned().unwrap_or_default()
    }

    /// The best documents for what somebody typed, by whom everything may be seen.
    pub(super) fn search(&self, text: &str) -> Result<Vec<Hit>, SearchError> {
        let results = self.index.search(&Request {
            query: &self.glossary.extend(query::parse(text)),
            filters: &Filters::default(),
            audience: &Audience::Everything,
            limit: KEPT,
            offset: 0,
            facets: false,
            order: Order::Relevance,
        })?;
        let hits = results.hits.iter().map(|hit| (hit.id, hit.score));
        Ok(self.named(hits))
    }

    /// The documents most like one; `all`: also those that nobody would be told of. None for one that is not here.
    pub(super) fn related(&self, document: &str, all: bool) -> Result<Vec<Hit>, SearchError> {
        let Some(subject) = self.subjects.get(document) else {
            return Ok(Vec::new());
        };
        let likes = self.index.related(&Wanted {
            subject,
            filters: &Filters::default(),
            audience: &Audience::Everything,
            also: &[],
            all,
        })?;
        Ok(self.named(likes.iter().map(|like| (like.id, like.score))))
    }

    fn named(&self, found: impl Iterator<Item = (i64, f32)>) -> Vec<Hit> {
        let hits = found.filter_map(|(id, score)| {
            let row = usize::try_from(id).ok()?.checked_sub(1)?;
            Some(Hit {
                document: self.names.get(row)?.clone(),
                score: f64::from(score),
            })
        });
        hits.collect()
    }
}
