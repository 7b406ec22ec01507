//! Finds the Postgres programs that are installed on this machine.

use std::cmp::Reverse;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use super::EmbeddedError;

/// The oldest Postgres that has `xid8`, on which the change log rests.
const OLDEST: u32 = 13;

/// Folders with one subfolder for each version, and where the programs are in it.
const VERSIONED: &[(&str, &str)] = &[
    ("/usr/lib/postgresql", "bin"),
    ("/usr/libexec", "."),
    ("/usr/local/opt", "bin"),
    ("/opt/homebrew/opt", "bin"),
    ("/home/linuxbrew/.linuxbrew/opt", "bin"),
    ("/opt/local/lib", "bin"),
    ("/Applications/Postgres.app/Contents/Versions", "bin"),
    ("/usr", "bin"),
    ("/opt", "bin"),
];

/// An installed server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Install {
    bin: PathBuf,
    /// The whole version, for example `(15, 18)`.
    version: (u32, u32),
}

impl Install {
    /// The path of one of its programs.
    pub(super) fn program(&self, name: &str) -> PathBuf {
        self.bin.join(name)
    }

    /// The major version, as `PG_VERSION` has it.
    pub(super) fn major(&self) -> u32 {
        self.version.0
    }
}

/// The newest suitable server: with `major`, only that major version.
///
/// `explicit` is the folder the operator named, and then no other is looked at; `search_path` is the value of `PATH`.
pub(super) async fn find(
    explicit: Option<&Path>,
    search_path: Option<&OsStr>,
    major: Option<u32>,
) -> Result<Install, EmbeddedError> {
    let folders = match explicit {
        Some(bin) => vec![bin.to_path_buf()],
        None => candidates(search_path),
    };
    let mut found = Vec::new();
    for bin in folders {
        if let Some(install) = inspect(bin).await {
            found.push(install);
        }
    }
    if found.is_empty() {
        return Err(match explicit {
            Some(bin) => EmbeddedError::NotThere(bin.to_path_buf()),
            None => EmbeddedError::Missing,
        });
    }
    choose(found, major)
}

fn choose(mut found: Vec<Install>, major: Option<u32>) -> Result<Install, EmbeddedError> {
    found.sort_by_key(|install| Reverse(install.version));
    let versions = found
        .iter()
        .map(|install| format!("{}.{}", install.version.0, install.version.1))
        .collect::<Vec<_>>()
        .join(", ");
    let suitable = |install: &Install| match major {
        Some(major) => install.major() == major,
        None => install.major() >= OLDEST,
    };
    found.into_iter().find(suitable).ok_or(match major {
        Some(needed) => EmbeddedError::OtherMajor { needed, versions },
        None => EmbeddedError::TooOld { versions },
    })
}

/// Every folder that may hold a server, each once.
fn candidates(search_path: Option<&OsStr>) -> Vec<PathBuf> {
    let mut folders: Vec<PathBuf> = search_path
        .map(|path| path.as_bytes().split(|&byte| byte == b':'))
        .into_iter()
        .flatten()
        .map(|folder| PathBuf::from(OsStr::from_bytes(folder)))
        .filter(|folder| folder.is_absolute())
        .collect();
    for (parent, bin) in VERSIONED {
        let Ok(entries) = std::fs::read_dir(parent) else {
            continue;
        };
        for entry in entries.flatten() {
            let name = entry.file_name();
            let name = name.to_string_lossy();
            let versioned = name.starts_with(|c: char| c.is_ascii_digit())
                || ["postgres", "pgsql"]
                    .iter()
                    .any(|start| name.starts_with(start));
            if versioned {
                folders.push(entry.path().join(bin));
            }
        }
    }
    folders.extend(["/usr/local/pgsql/bin", "/usr/local/bin"].map(PathBuf::from));
    let mut real: Vec<PathBuf> = Vec::new();
    for folder in folders {
        // The programs may be links, as with Homebrew, so the folder itself is what is compared.
        let Ok(folder) = folder.canonicalize() else {
            continue;
        };
        if !real.contains(&folder) {
            real.push(folder);
        }
    }
    real
}

/// What is in a folder, if it holds both programs and the server says its version.
async fn inspect(bin: PathBuf) -> Option<Install> {
    if !bin.join("initdb").is_file() || !bin.join("postgres").is_file() {
        return None;
    }
    let output = tokio::process::Command::new(bin.join("postgres"))
        .arg("--version")
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output()
        .await
        .ok()?;
    let version = parse_version(&String::from_utf8_lossy(&output.stdout))?;
    Some(Install { bin, version })
}

/// Reads `postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)`, also `17beta1` and `16devel`.
fn parse_version(text: &str) -> Option<(u32, u32)> {
    let word = text
        .split_once("(PostgreSQL)")?
        .1
        .split_whitespace()
        .next()?;
    let mut numbers = word
        .split(|c: char| !c.is_ascii_digit())
        .map(str::parse::<u32>);
    let major = numbers.next()?.ok()?;
    let minor = numbers.next().and_then(Result::ok).unwrap_or(0);
    Some((major, minor))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn installs(versions: &[(u32, u32)]) -> Vec<Install> {
        versions
            .iter()
            .map(|&version| Install {
                bin: PathBuf::from("/bin"),
                version,
            })
            .collect()
    }

    #[test]
    fn versions_are_read() {
        let debian = "postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)\n";
        assert_eq!(parse_version(debian), Some((15, 18)));
        assert_eq!(
            parse_version("postgres (PostgreSQL) 17beta1"),
            Some((17, 0))
        );
        assert_eq!(
            parse_version("postgres (PostgreSQL) 16devel"),
            Some((16, 0))
        );
        assert_eq!(parse_version("mysqld 8"), None);
        assert_eq!(parse_version("postgres (PostgreSQL) "), None);
    }

    #[test]
    fn newest_wins_unless_the_data_need_another() {
        let found = installs(&[(12, 9), (15, 2), (17, 1), (15, 18)]);
        assert_eq!(choose(found.clone(), None).unwrap().version, (17, 1));
        assert_eq!(choose(found.clone(), Some(15)).unwrap().version, (15, 18));
        let refusal = choose(found, Some(14)).unwrap_err().to_string();
        assert!(refusal.contains("PostgreSQL 14"), "{refusal}");
        let refusal = choose(installs(&[(12, 9)]), None).unwrap_err().to_string();
        assert!(
            refusal.contains("12.9") && refusal.contains("13"),
            "{refusal}"
        );
    }

    #[tokio::test]
    async fn missing_postgres_says_what_to_do() {
        let nowhere = Path::new("/nonexistent/postgres/bin");
        let refusal = find(Some(nowhere), None, None)
            .await
            .unwrap_err()
            .to_string();
        assert!(refusal.contains("/nonexistent/postgres/bin"), "{refusal}");
        let refusal = EmbeddedError::Missing.to_string();
        for hint in ["DATABASE_URL", "HANSEI_PG_BIN", "apt install postgresql"] {
            assert!(refusal.contains(hint), "{refusal}");
        }
    }
}
