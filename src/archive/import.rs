//! `hansei import`: files and folders of Markdown become reports, once, however often it runs.
//!
//! Each file is one transaction. A file that cannot be taken is named and the rest goes on.

use super::files::{self, File};
use crate::accounts::Actor;
use crate::platform::db::{Connection, constraints, is_unavailable};
use crate::platform::ids::ReportKey;
use crate::platform::secret::sha256;
use crate::reports::document::DecodeError;
use crate::reports::{self, By, Draft, Imported, ImportedFrom, Problem, SaveError};
use jiff::Timestamp;
use std::collections::{HashMap, VecDeque};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

/// What to import and how.
#[derive(Clone, Debug)]
pub struct ImportOptions {
    /// Files and folders.
    pub paths: Vec<PathBuf>,
    /// Say what would happen and change nothing.
    pub dry_run: bool,
    /// Publish what is not published yet.
    pub publish: bool,
    /// Take the file also where somebody changed the report after an earlier import.
    pub overwrite: bool,
}

/// What became of one file.
#[derive(Clone, Debug)]
pub struct FileOutcome {
    /// The file.
    pub path: PathBuf,
    /// How it ended.
    pub outcome: Outcome,
    /// What a person should look at, even though the file was taken.
    pub remarks: Vec<Problem>,
}

/// How the import of one file ended.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// A new report; in a dry run it has no key yet.
    Created(Option<ReportKey>),
    /// A newer version of a report imported before.
    Updated(ReportKey),
    /// Imported before, byte for byte.
    Unchanged(ReportKey),
    /// Not taken.
    Refused(Vec<ImportProblem>),
}

/// Why a file was not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportProblem {
    /// The line, counted from 1, where one applies.
    pub line: Option<NonZeroUsize>,
    /// What is the matter.
    pub message: String,
}

impl ImportProblem {
    fn new(message: impl Into<String>) -> Self {
        Self {
            line: None,
            message: message.into(),
        }
    }
}

/// How many files ended how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// New reports.
    pub created: usize,
    /// Reports that changed.
    pub updated: usize,
    /// Reports that were there already.
    pub unchanged: usize,
    /// Files not taken.
    pub refused: usize,
    /// Files taken in which something deserves a look.
    pub remarked: usize,
}

impl Tally {
    fn count(&mut self, outcome: &FileOutcome) {
        match outcome.outcome {
            Outcome::Created(_) => self.created += 1,
            Outcome::Updated(_) => self.updated += 1,
            Outcome::Unchanged(_) => self.unchanged += 1,
            Outcome::Refused(_) => self.refused += 1,
        }
        if !outcome.remarks.is_empty() {
            self.remarked += 1;
        }
    }

    /// All files looked at.
    pub fn total(&self) -> usize {
        self.created + self.updated + self.unchanged + self.refused
    }
}

/// The import stopped: not one file's fault.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The actor may not import.
    #[error("this account may not import reports")]
    Forbidden,
    /// The database went away. It may come back.
    #[error("the database is away: {0}")]
    Away(#[source] diesel::result::Error),
    /// The database answered something unexpected.
    #[error("the database: {0}")]
    Database(#[from] diesel::result::Error),
}

/// An import under way.
#[derive(Debug)]
pub struct Importing<'a> {
    options: &'a ImportOptions,
    files: VecDeque<File>,
    /// Which file of this import has which key.
    taken: HashMap<String, PathBuf>,
    tally: Tally,
}

impl<'a> Importing<'a> {
    /// Looks for everything below the given paths.
    pub fn begin(options: &'a ImportOptions, watch: &mut dyn Watch) -> Self {
        let (files, unreadable) = files::find(&options.paths);
        watch.started(files.len());
        let mut importing = Self {
            options,
            files: files.into(),
            taken: HashMap::new(),
            tally: Tally::default(),
        };
        for entry in unreadable {
            let problem = ImportProblem::new(entry.error.to_string());
            importing.tell(
                watch,
                FileOutcome {
                    path: entry.path,
                    outcome: Outcome::Refused(vec![problem]),
                    remarks: Vec::new(),
                },
            );
        }
        importing
    }

    /// Imports what is left. When the database goes away, the file under way stays, and calling this again with another
    /// connection goes on with it: should it have been stored after all, it is recognised.
    pub async fn go_on(
        &mut self,
        conn: &mut Connection,
        actor: &Actor,
        now: Timestamp,
        watch: &mut dyn Watch,
    ) -> Result<Tally, ImportError> {
        let by = By {
            actor,
            rules: crate::accounts::Rules::default(),
            now,
        };
        while let Some(file) = self.files.front() {
            let outcome = match ready(&file.path, &file.name) {
                Ok(ready) => {
                    if let Some(first) = self.taken.get(&ready.key) {
                        refused(file, vec![same_key(&ready.key, first)])
                    } else {
                        let outcome = one(conn, &by, file, &ready, self.options).await?;
                        self.taken.insert(ready.key, file.path.clone());
                        outcome
                    }
                }
                Err(problems) => refused(file, problems),
            };
            self.files.pop_front();
            self.tell(watch, outcome);
        }
        Ok(self.tally)
    }

    /// So many files are left.
    pub fn left(&self) -> usize {
        self.files.len()
    }

    fn tell(&mut self, watch: &mut dyn Watch, outcome: FileOutcome) {
        self.tally.count(&outcome);
        watch.done(&outcome);
    }
}

/// Hears how an import goes.
pub trait Watch {
    /// So many files will be looked at.
    fn started(&mut self, files: usize);
    /// One of them is done.
    fn done(&mut self, outcome: &FileOutcome);
}

/// A file read and understood, ready to be stored.
struct Ready {
    draft: Draft,
    key: String,
    sha256: [u8; 32],
    says_visibility: bool,
    remarks: Vec<Problem>,
}

async fn one(
    conn: &mut Connection,
    by: &By<'_>,
    file: &File,
    ready: &Ready,
    options: &ImportOptions,
) -> Result<FileOutcome, ImportError> {
    let from = ImportedFrom {
        key: &ready.key,
        sha256: ready.sha256,
        publish: options.publish,
        says_visibility: ready.says_visibility,
        overwrite: options.overwrite,
    };
    let imported = if options.dry_run {
        reports::foresee_import(conn, by, &ready.draft, &from).await
    } else {
        reports::import(conn, by, &ready.draft, &from).await
    };
    match imported {
        Ok(imported) => Ok(FileOutcome {
            path: file.path.clone(),
            outcome: outcome(imported, options.dry_run),
            remarks: ready.remarks.clone(),
        }),
        Err(error) => Ok(refused(file, refusal(error)?)),
    }
}

fn refused(file: &File, problems: Vec<ImportProblem>) -> FileOutcome {
    FileOutcome {
        path: file.path.clone(),
        outcome: Outcome::Refused(problems),
        remarks: Vec::new(),
    }
}

/// Without this, the second file would replace the first at every run.
fn same_key(key: &str, first: &Path) -> ImportProblem {
    ImportProblem::new(format!(
        "has the same key “{key}” as {}: give it an `id` of its own, or name the folder above both",
        first.display()
    ))
}

fn outcome(imported: Imported, dry_run: bool) -> Outcome {
    match imported {
        Imported::Created(key) => Outcome::Created((!dry_run).then_some(key)),
        Imported::Updated(key) => Outcome::Updated(key),
        Imported::Unchanged(key) => Outcome::Unchanged(key),
    }
}

/// A file's own fault as problems, anything else as the end of the import.
fn refusal(error: SaveError) -> Result<Vec<ImportProblem>, ImportError> {
    match error {
        SaveError::Invalid(problems) => Ok(problems.into_iter().map(problem).collect()),
        SaveError::Forbidden | SaveError::Refused(_) | SaveError::NotFound => {
            Err(ImportError::Forbidden)
        }
        SaveError::Stale { .. }
        | SaveError::WrongStatus(_)
        | SaveError::PointedOut(_)
        | SaveError::KeyReused
        | SaveError::SaidElsewhere(_)
        | SaveError::ChangedSinceImport(_) => Ok(vec![ImportProblem::new(error.to_string())]),
        SaveError::Database(error) if is_unavailable(&error) => Err(ImportError::Away(error)),
        // The database does not take this file, by a rule that should have been checked before; it may well take the
        // others.
        SaveError::Database(error @ diesel::result::Error::DatabaseError(..)) => {
            let known = constraints::describe(&error);
            let message = known.map_or_else(
                || format!("the database does not take it ({error})"),
                |known| format!("{}: {}", known.field, known.message),
            );
            Ok(vec![ImportProblem::new(message)])
        }
        SaveError::Database(error) => Err(error.into()),
    }
}

fn problem(problem: Problem) -> ImportProblem {
    ImportProblem {
        line: NonZeroUsize::new(problem.line),
        message: problem.message,
    }
}

/// The report in a file, as an import takes it; it is stored nowhere.
pub fn read(path: &Path) -> Result<Draft, Vec<ImportProblem>> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    ready(path, &name).map(|ready| ready.draft)
}

fn ready(path: &Path, name: &str) -> Result<Ready, Vec<ImportProblem>> {
    let bytes = files::read(path).map_err(|message| vec![ImportProblem::new(message)])?;
    let text =
        reports::document::decode(&bytes).map_err(|error| vec![undecodable(&bytes, &error)])?;
    let parsed = reports::document::parse(&text);
    if let Some(refusal) = parsed.refusal {
        return Err(vec![problem(refusal.problem())]);
    }
    let mut draft = parsed.draft;
    if draft.title.trim().is_empty() {
        stem(name).clone_into(&mut draft.title);
    }
    let key = draft
        .import_key
        .clone()
        .unwrap_or_else(|| stem(name).to_owned());
    draft.import_key = Some(key.clone());
    let broken = draft.check();
    if !broken.is_empty() {
        return Err(broken.into_iter().map(problem).collect());
    }
    Ok(Ready {
        draft,
        key,
        sha256: sha256(&bytes),
        says_visibility: parsed.visibility != reports::document::Stated::Nothing,
        remarks: secrets(&text).chain(parsed.problems).collect(),
    })
}

/// What others should not come to read: it is imported all the same, and told of.
fn secrets(text: &str) -> impl Iterator<Item = Problem> + use<> {
    let found = reports::language::private(text).into_iter();
    let found = found.filter(|it| it.kind == reports::language::FindingKind::Secret);
    found.map(|it| Problem {
        line: it.line,
        ..Problem::of(
            "document",
            format!(
                "“{}” looks like a secret: whoever reads the report could use it.",
                it.text
            ),
        )
    })
}

fn undecodable(bytes: &[u8], error: &DecodeError) -> ImportProblem {
    let offset = match error {
        DecodeError::NotUtf8 { offset } | DecodeError::Binary { offset } => Some(*offset),
        DecodeError::NotUtf16 { .. } | DecodeError::TooLong { .. } => None,
    };
    let before = offset.and_then(|offset| bytes.get(..offset));
    let line = before.map(|before| before.split(|byte| *byte == b'\n').count());
    ImportProblem {
        line: line.and_then(NonZeroUsize::new),
        message: error.to_string(),
    }
}

/// The name without the endings that only say "Markdown".
fn stem(name: &str) -> &str {
    for ending in [".html.md.erb", ".md.erb", ".markdown", ".mdx", ".md"] {
        let cut = name.len().saturating_sub(ending.len());
        if let (Some(stem), Some(tail)) = (name.get(..cut), name.get(cut..))
            && tail.eq_ignore_ascii_case(ending)
            && !stem.is_empty()
        {
            return stem;
        }
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_is_the_path_without_its_ending() {
        assert_eq!(stem("2024/outage.md"), "2024/outage");
        assert_eq!(stem("outage.MD"), "outage");
        assert_eq!(stem("page.html.md.erb"), "page");
        assert_eq!(stem("notes"), "notes");
        assert_eq!(stem(".md"), ".md");
        assert_eq!(stem("日本.md"), "日本");
    }
}
