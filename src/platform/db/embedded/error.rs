//! Why the private Postgres cannot be had, in words that say what to do.

use std::io;
use std::path::{Path, PathBuf};

/// Why the private Postgres did not start or stop.
#[derive(Debug, thiserror::Error)]
pub enum EmbeddedError {
    /// No server was found anywhere.
    #[error(
        "PostgreSQL is not installed: install version 13 or newer (Debian, Ubuntu: `apt install postgresql`; \
         Fedora: `dnf install postgresql-server`; macOS: `brew install postgresql@17`), \
         or set HANSEI_PG_BIN to the folder of its programs, or set DATABASE_URL to use a running server"
    )]
    Missing,
    /// No server is where the operator said.
    #[error(
        "there is no PostgreSQL in {0}: set HANSEI_PG_BIN to the folder that holds `initdb` and `postgres`, or unset it"
    )]
    NotThere(PathBuf),
    /// Only old servers were found.
    #[error("PostgreSQL {versions} is too old: install version 13 or newer, or set DATABASE_URL")]
    TooOld {
        /// What is installed.
        versions: String,
    },
    /// The data need another major version than those installed.
    #[error(
        "the database was made by PostgreSQL {needed}, but only {versions} is installed: install PostgreSQL {needed} \
         again, or export with the old version and import into an empty data folder"
    )]
    OtherMajor {
        /// The major version of the data.
        needed: u32,
        /// What is installed.
        versions: String,
    },
    /// Root has nobody to become.
    #[error(
        "PostgreSQL does not run as root, and this machine has neither an account `postgres` nor `nobody`: \
         create one, or start Hansei under an ordinary account"
    )]
    NoAccount,
    /// The database files belong to somebody else.
    #[error(
        "the database files belong to user id {owner}, but Hansei runs as user id {ours}: \
         start it under that account, or give the files to this one"
    )]
    ForeignOwner {
        /// Who owns them.
        owner: u32,
        /// Who we are.
        ours: u32,
    },
    /// A second server on the same folder.
    #[error(
        "another Hansei (pid {pid}) is already serving this folder: stop it or choose another --data-dir"
    )]
    AlreadyServed {
        /// The process of the first one.
        pid: u32,
    },
    /// A server that uses another database has the folder.
    #[error(
        "a Hansei server (pid {pid}) that keeps its reports in another database is using this folder: \
         name the same DATABASE_URL, or choose another --data-dir"
    )]
    ServedElsewhere {
        /// The process of the server.
        pid: u32,
    },
    /// No database was ever made here.
    #[error(
        "there is no database in {0} yet: start the server once (`hansei serve`), or name another --data-dir or a DATABASE_URL"
    )]
    NoDatabase(PathBuf),
    /// Somebody uses the folder and does not finish.
    #[error(
        "{holder} is using this data folder: wait until it is done, or choose another --data-dir"
    )]
    Busy {
        /// Who it is.
        holder: String,
    },
    /// Something else is where the database files should be.
    #[error(
        "{0} holds something that is not a database: move it away, or choose another --data-dir"
    )]
    NotACluster(PathBuf),
    /// `initdb` failed.
    #[error("PostgreSQL could not make the database:\n{log}")]
    NotMade {
        /// What it said last.
        log: String,
    },
    /// The server ended or was not ready in time.
    #[error("PostgreSQL did not start:\n{log}")]
    DidNotStart {
        /// What it said last.
        log: String,
    },
    /// The server did not end, even when told to do so at once.
    #[error("PostgreSQL does not stop; what it says is in {log}")]
    DidNotStop {
        /// The log file.
        log: PathBuf,
    },
    /// A server that outlived its Hansei does not end.
    #[error(
        "a PostgreSQL of an earlier Hansei (pid {pid}) still runs on these files and does not stop: end it by hand"
    )]
    Survivor {
        /// Its process.
        pid: u32,
    },
    /// The folder's name is too long for a socket on this system.
    #[error("the path {0} is too long for a Unix socket: choose a shorter --data-dir")]
    PathTooLong(PathBuf),
    /// The file system refused.
    #[error("cannot {action} {path}: {cause}")]
    Io {
        /// What was tried.
        action: &'static str,
        /// On what.
        path: PathBuf,
        /// Why not. Not called `source`, because the text has it already.
        cause: io::Error,
    },
}

impl EmbeddedError {
    /// For `map_err`: says what was tried on which path.
    pub(super) fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_path_buf();
        move |cause| Self::Io {
            action,
            path,
            cause,
        }
    }
}
