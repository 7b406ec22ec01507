//! The folder of an evaluation on disk: what is in it, read within limits.
//!
//! ```text
//! <split>/*.md                    the documents; the name without .md is the id
//! eval/<split>/queries.tsv        what is asked
//! eval/<split>/qrels.tsv          what was judged
//! runs/<split>.search.<name>.run  what others found; may be missing
//! ```

use super::EvaluationError;
use super::measured::Named;
use super::runs::{self, BadLine, Judgements, Topic};
use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

/// The split when several are there and none is asked for.
const USUAL: &str = "dev";
/// The largest file of queries, judgements or rankings.
const MAX_BYTES: u64 = 256 * 1024 * 1024;

/// A folder with documents, queries and judgements.
#[derive(Debug)]
pub(super) struct Folder {
    root: PathBuf,
    pub(super) split: String,
}

/// A document on disk.
#[derive(Debug)]
pub(super) struct DocumentFile {
    pub(super) id: String,
    pub(super) path: PathBuf,
}

impl Folder {
    /// The folder and the split in it: that of this name, else the only one, else `dev`.
    pub(super) fn open(root: &Path, split: Option<&str>) -> Result<Self, EvaluationError> {
        let splits = splits(&root.join("eval"))?;
        let split: &str = match (split, splits.as_slice()) {
            (Some(wanted), _) => wanted,
            (None, [only]) => only,
            (None, _) => USUAL,
        };
        if !splits.iter().any(|known| known == split) {
            return Err(EvaluationError::NoSplit {
                wanted: split.to_owned(),
                folder: root.join("eval"),
                known: splits.join(", "),
            });
        }
        Ok(Self {
            root: root.to_owned(),
            split: split.to_owned(),
        })
    }

    /// Every document, in the order in which an import would take them.
    pub(super) fn documents(&self) -> Result<Vec<DocumentFile>, EvaluationError> {
        let folder = self.root.join(&self.split);
        let mut files = Vec::new();
        for (name, path) in entries(&folder)? {
            // A pipe might never end.
            if let Some(id) = name.strip_suffix(".md")
                && !name.starts_with('.')
                && path.is_file()
            {
                let id = id.to_owned();
                files.push(DocumentFile { id, path });
            }
        }
        if files.is_empty() {
            return Err(EvaluationError::NoDocuments(folder));
        }
        files.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(files)
    }

    /// What is asked.
    pub(super) fn topics(&self) -> Result<Vec<Topic>, EvaluationError> {
        read(&self.evaluated().join("queries.tsv"), runs::topics)
    }

    /// What was judged, in a file of this name, of topics that are `known`.
    pub(super) fn judgements(
        &self,
        file: &str,
        known: impl Fn(&str) -> bool,
    ) -> Result<Judgements, EvaluationError> {
        let parse = |bytes: &[u8]| runs::judgements(bytes, known);
        read(&self.evaluated().join(file), parse)
    }

    /// What others found doing `what`, by name.
    pub(super) fn runs(&self, what: &str) -> Result<Vec<Named>, EvaluationError> {
        let folder = self.root.join("runs");
        let found = match entries(&folder) {
            Err(EvaluationError::Unreadable { error, .. })
                if error.kind() == io::ErrorKind::NotFound =>
            {
                Vec::new()
            }
            found => found?,
        };
        let prefix = format!("{}.{what}.", self.split);
        let mut runs = Vec::new();
        for (file, path) in found {
            let name = file.strip_prefix(&prefix);
            if let Some(name) = name.and_then(|name| name.strip_suffix(".run")) {
                let run = read(&path, runs::run)?;
                let name = name.to_owned();
                runs.push(Named { name, run });
            }
        }
        runs.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(runs)
    }

    fn evaluated(&self) -> PathBuf {
        self.root.join("eval").join(&self.split)
    }
}

/// A run that is anywhere, named as its file.
pub(super) fn run(path: &Path) -> Result<Named, EvaluationError> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let name = name.strip_suffix(".run").unwrap_or(&name).to_owned();
    let run = read(path, runs::run)?;
    Ok(Named { name, run })
}

fn splits(folder: &Path) -> Result<Vec<String>, EvaluationError> {
    let entries = entries(folder)?.into_iter();
    let folders = entries.filter(|(name, path)| path.is_dir() && !name.starts_with('.'));
    let mut splits: Vec<String> = folders.map(|(name, _)| name).collect();
    splits.sort_unstable();
    Ok(splits)
}

fn entries(folder: &Path) -> Result<Vec<(String, PathBuf)>, EvaluationError> {
    let unreadable = |error| EvaluationError::Unreadable {
        path: folder.to_owned(),
        error,
    };
    let entries = fs::read_dir(folder).map_err(unreadable)?;
    let named = entries.map(|entry| {
        let path = entry.map_err(unreadable)?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        Ok((name.into_owned(), path))
    });
    named.collect()
}

fn read<T>(
    path: &Path,
    parse: impl FnOnce(&[u8]) -> Result<T, BadLine>,
) -> Result<T, EvaluationError> {
    let bytes = limited(path).map_err(|error| EvaluationError::Unreadable {
        path: path.to_owned(),
        error,
    })?;
    parse(&bytes).map_err(|BadLine { line, message }| EvaluationError::Bad {
        path: path.to_owned(),
        line,
        message,
    })
}

fn limited(path: &Path) -> io::Result<Vec<u8>> {
    // Opening a pipe waits for whoever writes to it.
    if !fs::metadata(path)?.is_file() {
        return Err(io::Error::other("it is no file"));
    }
    let mut bytes = Vec::new();
    File::open(path)?
        .take(MAX_BYTES + 1)
        .read_to_end(&mut bytes)?;
    if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > MAX_BYTES {
        return Err(io::Error::other("it is larger than 256 MiB"));
    }
    Ok(bytes)
}
