//! Index folders: one per generation, made beside the one that serves, and swapped in by renaming a file.
//!
//! ```text
//! index/LOCK                 held by the one process that writes
//! index/CURRENT              the name of the folder that serves
//! index/<fingerprint>-<n>/   one generation; without COMPLETE it is half built and deleted at start
//! index/REBUILD              asks the writing process for a new generation
//! index/SEMANTICS            what was learned of words: see `semantics`
//! index/POSITION             how far the writing process has seen, for whoever waits
//! index/broken-…/            the last one found damaged, kept for whoever wants to look
//! ```

use std::fs::{self, DirBuilder, File};
use std::io::{self, Write};
use std::os::unix::fs::DirBuilderExt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tantivy::directory::MmapDirectory;
use tantivy::{IndexReader, IndexSettings, ReloadPolicy, TantivyError};

use super::counts::Values;
use super::schema::{self, Fields};
use super::tokenizer;
use crate::platform::ownership;

const CURRENT: &str = "CURRENT";
const COMPLETE: &str = "COMPLETE";
const REQUEST: &str = "REBUILD";
const BROKEN: &str = "broken-";

/// Why an index folder cannot be used.
#[derive(Debug, thiserror::Error)]
pub(super) enum Damage {
    #[error("{0}")]
    Index(#[from] TantivyError),
    #[error("{0}")]
    Io(#[from] io::Error),
    #[error("files with wrong checksums: {0}")]
    Checksum(String),
    #[error("it was written by another version of Hansei")]
    OtherVersion,
    #[error("a panic while reading it: {0}")]
    Panic(String),
}

/// One index on disk, open.
pub(super) struct Generation {
    pub(super) name: String,
    pub(super) path: PathBuf,
    pub(super) index: tantivy::Index,
    pub(super) reader: IndexReader,
    pub(super) fields: Fields,
    pub(super) values: Arc<Values>,
}

impl std::fmt::Debug for Generation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Generation")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

/// Runs what may panic on damaged files.
pub(super) fn guarded<T>(run: impl FnOnce() -> Result<T, Damage>) -> Result<T, Damage> {
    match catch_unwind(AssertUnwindSafe(run)) {
        Ok(outcome) => outcome,
        Err(panic) => {
            let text = panic
                .downcast_ref::<&str>()
                .map(|text| (*text).to_owned())
                .or_else(|| panic.downcast_ref::<String>().cloned());
            Err(Damage::Panic(text.unwrap_or_else(|| "unknown".to_owned())))
        }
    }
}

impl Generation {
    /// An empty index in a new folder. Nobody sees it until [`Generation::publish`].
    pub(super) fn create(root: &Path) -> Result<Self, Damage> {
        let fingerprint = schema::fingerprint();
        let used = folders(root)
            .filter_map(|name| name.rsplit_once('-')?.1.parse::<u64>().ok())
            .max()
            .unwrap_or(0);
        let name = format!("{fingerprint}-{}", used + 1);
        let path = root.join(&name);
        make_folder(&path)?;
        guarded(|| {
            let (schema, fields) = schema::build();
            let directory = MmapDirectory::open(&path).map_err(TantivyError::from)?;
            let mut index = tantivy::Index::create(directory, schema, IndexSettings::default())?;
            index.set_tokenizers(tokenizer::manager());
            let reader = manual_reader(&index)?;
            Ok(Self {
                name,
                path,
                index,
                reader,
                fields,
                values: Arc::default(),
            })
        })
    }

    /// Opens a folder. `verify` reads every byte: opening alone does not notice flipped bits.
    pub(super) fn open(root: &Path, name: &str, verify: bool) -> Result<Self, Damage> {
        let path = root.join(name);
        guarded(|| {
            let (schema, fields) = schema::build();
            let fits = name
                .rsplit_once('-')
                .is_some_and(|(print, _)| print == schema::fingerprint());
            if !fits || !path.join(COMPLETE).exists() {
                return Err(Damage::OtherVersion);
            }
            let mut index = tantivy::Index::open_in_dir(&path)?;
            if index.schema() != schema {
                return Err(Damage::OtherVersion);
            }
            index.set_tokenizers(tokenizer::manager());
            let reader = manual_reader(&index)?;
            let generation = Self {
                name: name.to_owned(),
                path,
                index,
                reader,
                fields,
                values: Arc::default(),
            };
            if verify {
                generation.verify()?;
            }
            Ok(generation)
        })
    }

    /// Reads every byte and compares checksums.
    pub(super) fn verify(&self) -> Result<(), Damage> {
        guarded(|| {
            let wrong = self.index.validate_checksum()?;
            if wrong.is_empty() {
                return Ok(());
            }
            let names: Vec<String> = wrong
                .iter()
                .map(|path| path.display().to_string())
                .collect();
            Err(Damage::Checksum(names.join(", ")))
        })
    }

    /// Makes this the generation that serves, also after a crash at any point.
    pub(super) fn publish(&self, root: &Path) -> Result<(), Damage> {
        write_durably(&self.path.join(COMPLETE), "")?;
        sync_folder(&self.path)?;
        let fresh = root.join("CURRENT.new");
        write_durably(&fresh, &format!("{}\n", self.name))?;
        fs::rename(&fresh, root.join(CURRENT))?;
        sync_folder(root)?;
        Ok(())
    }

    /// The folder is still there and still the one to serve.
    pub(super) fn in_place(&self, root: &Path) -> bool {
        current(root).as_deref() == Some(&self.name)
            && fs::metadata(self.path.join("meta.json")).is_ok_and(|meta| meta.len() > 0)
            && self.files_in_place()
    }

    /// Every file of the last commit is still there.
    fn files_in_place(&self) -> bool {
        let all_there = || {
            guarded(|| {
                let managed = self.index.directory().list_managed_files();
                let files = self.index.load_metas()?.list_segment_files();
                let mut expected = files.iter().filter(|file| managed.contains(*file));
                Ok(expected.all(|file| self.path.join(file).exists()))
            })
            .unwrap_or(false)
        };
        // A merge that ends in between deletes files of the commit just read: look again.
        all_there() || all_there()
    }
}

fn manual_reader(index: &tantivy::Index) -> Result<IndexReader, TantivyError> {
    index
        .reader_builder()
        .reload_policy(ReloadPolicy::Manual)
        .try_into()
}

/// Makes a folder that only this user can enter.
pub(super) fn make_folder(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(path)
}

/// Makes a rename or a new file in the folder survive a power cut.
pub(super) fn sync_folder(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

fn write_durably(path: &Path, text: &str) -> io::Result<()> {
    let mut file = ownership::create(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

/// The name in CURRENT, if it is a name.
pub(super) fn current(root: &Path) -> Option<String> {
    let name = fs::read_to_string(root.join(CURRENT)).ok()?;
    let name = name.trim_end();
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '-';
    (!name.is_empty() && name.len() <= 64 && name.chars().all(plain)).then(|| name.to_owned())
}

/// Asks the process that writes for a new generation.
pub(super) fn request(root: &Path) -> io::Result<()> {
    ownership::create(&root.join(REQUEST)).map(drop)
}

/// Whether somebody asked for a new generation; asked once.
pub(super) fn take_request(root: &Path) -> bool {
    fs::remove_file(root.join(REQUEST)).is_ok()
}

fn folders(root: &Path) -> impl Iterator<Item = String> {
    let entries = fs::read_dir(root).into_iter().flatten().flatten();
    entries
        .filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()))
        .filter_map(|entry| entry.file_name().into_string().ok())
}

/// Deletes what no longer serves: half built, replaced, or of another version. Only for the process that holds LOCK.
pub(super) fn clean(root: &Path, keep: Option<&str>) {
    for name in folders(root) {
        let generation = name.rsplit_once('-').is_some_and(|(print, number)| {
            print.len() == 12
                && print.bytes().all(|b| b.is_ascii_hexdigit())
                && number.bytes().all(|b| b.is_ascii_digit())
        });
        if generation && Some(name.as_str()) != keep {
            remove(&root.join(name));
        }
    }
}

/// Sets a damaged folder aside, in place of the one set aside before.
pub(super) fn quarantine(root: &Path, name: &str) {
    for old in folders(root).filter(|folder| folder.starts_with(BROKEN)) {
        remove(&root.join(old));
    }
    let from = root.join(name);
    if fs::rename(&from, root.join(format!("{BROKEN}{name}"))).is_err() {
        remove(&from);
    }
}

/// Renames the whole folder, which takes no right to what is in it.
pub(super) fn leave_aside(root: &Path) -> io::Result<()> {
    let free = (1..1000)
        .map(|number| root.with_extension(format!("unusable-{number}")))
        .find(|aside| !aside.exists());
    let aside = free.ok_or(io::ErrorKind::AlreadyExists)?;
    fs::rename(root, &aside)?;
    tracing::error!(
        folder = %aside.display(),
        "the search index may not be opened and was set aside: delete it; another is built"
    );
    Ok(())
}

/// Deletes a folder if it can; what is left is tried again at the next start.
pub(super) fn remove(path: &Path) {
    if let Err(error) = fs::remove_dir_all(path)
        && error.kind() != io::ErrorKind::NotFound
    {
        tracing::warn!(path = %path.display(), %error, "cannot delete an old search index");
    }
}
