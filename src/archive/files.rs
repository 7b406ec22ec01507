//! Finding the documents of an import on disk, and reading each within its limits.

use crate::reports::MAX_DOCUMENT_BYTES;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// The most files one import takes.
const MAX_FILES: usize = 200_000;

/// How deep folders may be nested.
const MAX_DEPTH: usize = 32;

/// A document on disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct File {
    /// Where it is.
    pub path: PathBuf,
    /// Its path below the given folder, with `/`: what the import key is made of.
    pub name: String,
}

/// A path that could not be looked at.
#[derive(Debug)]
pub(super) struct Unreadable {
    pub path: PathBuf,
    pub error: io::Error,
}

/// Every document below `paths`, sorted by path. Folders are searched for Markdown; a file named outright is taken
/// whatever its name. Links and hidden entries inside folders are left out.
pub(super) fn find(paths: &[PathBuf]) -> (Vec<File>, Vec<Unreadable>) {
    let mut files = Vec::new();
    let mut unreadable = Vec::new();
    for path in paths {
        match std::fs::metadata(path) {
            Ok(data) if data.is_dir() => walk(path, path, 0, &mut files, &mut unreadable),
            // A pipe or a device might never end.
            Ok(data) if !data.is_file() => unreadable.push(Unreadable {
                path: path.clone(),
                error: io::Error::other("neither a file nor a folder"),
            }),
            Ok(_) => {
                let name = path
                    .file_name()
                    .map(|name| name.to_string_lossy().into_owned());
                files.push(File {
                    path: path.clone(),
                    name: name.unwrap_or_default(),
                });
            }
            Err(error) => unreadable.push(Unreadable {
                path: path.clone(),
                error,
            }),
        }
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    files.dedup_by(|a, b| a.path == b.path);
    (files, unreadable)
}

fn walk(
    root: &Path,
    folder: &Path,
    depth: usize,
    files: &mut Vec<File>,
    unreadable: &mut Vec<Unreadable>,
) {
    if depth > MAX_DEPTH {
        let error = io::Error::other(format!("folders are nested more than {MAX_DEPTH} deep"));
        unreadable.push(Unreadable {
            path: folder.to_owned(),
            error,
        });
        return;
    }
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) => {
            return unreadable.push(Unreadable {
                path: folder.to_owned(),
                error,
            });
        }
    };
    for entry in entries {
        let (path, kind) = match entry.and_then(|entry| Ok((entry.path(), entry.file_type()?))) {
            Ok(found) => found,
            Err(error) => {
                unreadable.push(Unreadable {
                    path: folder.to_owned(),
                    error,
                });
                continue;
            }
        };
        let name = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        if name.starts_with('.') {
            continue;
        }
        if kind.is_dir() {
            walk(root, &path, depth + 1, files, unreadable);
        } else if kind.is_file() && is_markdown(&name) {
            if files.len() >= MAX_FILES {
                let error = io::Error::other(format!("more than {MAX_FILES} files in one import"));
                return unreadable.push(Unreadable { path, error });
            }
            let name = below(root, &path);
            files.push(File { path, name });
        }
    }
}

/// `notes.md`, `notes.markdown`, and the likes of `page.html.md.erb`.
fn is_markdown(name: &str) -> bool {
    let name = name.to_lowercase();
    name.ends_with(".markdown")
        || name
            .split('.')
            .skip(1)
            .any(|part| part == "md" || part == "mdx")
}

fn below(root: &Path, path: &Path) -> String {
    let relative = path.strip_prefix(root).unwrap_or(path);
    let parts: Vec<_> = relative
        .components()
        .map(|part| part.as_os_str().to_string_lossy())
        .collect();
    parts.join("/")
}

/// The bytes of a file, never more than one document may have.
pub(super) fn read(path: &Path) -> Result<Vec<u8>, String> {
    let limit = u64::try_from(MAX_DOCUMENT_BYTES).unwrap_or(u64::MAX);
    let file = std::fs::File::open(path).map_err(|error| error.to_string())?;
    let mut bytes = Vec::new();
    file.take(limit + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| error.to_string())?;
    if bytes.len() > MAX_DOCUMENT_BYTES {
        return Err(format!(
            "larger than {} KiB, the most one report may have: split it, or attach the logs it quotes",
            MAX_DOCUMENT_BYTES / 1024
        ));
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markdown_goes_by_many_names() {
        for name in ["a.md", "A.MD", "b.markdown", "c.html.md.erb", "d.mdx"] {
            assert!(is_markdown(name), "{name}");
        }
        for name in ["md", "a.txt", "amd", "a.mdown.bak", "README"] {
            assert!(!is_markdown(name), "{name}");
        }
    }
}
