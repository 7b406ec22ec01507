//! The private Postgres that Hansei starts when no `DATABASE_URL` is given.
//!
//! What is where, in the data folder (mode 0700, owned by whoever runs Hansei):
//!
//! - `hansei.lock`: held by the one Hansei that serves or runs Postgres here, with its process id, role and state;
//! - `postgres/`: the database files and the socket (mode 0700, owned by the account that Postgres runs
//!   under, see [`account`]); there is no TCP port, and no password because nobody else can reach the socket;
//! - `postgres.log`: what Postgres says.
//!
//! Postgres ends when Hansei ends, also when Hansei is killed, and not before: when somebody ends it, it is started
//! again ([`supervisor`]; so whoever wants to stop it stops Hansei). If even the supervisor was
//! killed, the next start ends the left-over server before it starts its own ([`cluster`]). Commands that are
//! used beside a running server connect to its Postgres as guests.

mod account;
mod cluster;
mod error;
mod install;
mod lock;
mod supervisor;
#[cfg(test)]
pub(crate) mod tests;

use std::ffi::OsString;
use std::fmt;
use std::fs::{DirBuilder, File, Permissions};
use std::os::fd::AsRawFd as _;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use self::account::{Account, Identity, Workplace};
pub use self::error::EmbeddedError;
use self::lock::{Attempt, FolderLock, State};
use self::supervisor::Supervisor;
use super::settings::Settings;

/// The database and the role that Hansei connects as; the role is no superuser.
const DATABASE: &str = "hansei";
const ROLE: &str = "hansei";
/// The role that owns the cluster, for the operator and for tests.
const SUPERUSER: &str = "postgres";

/// How often a state is looked at while waiting for it.
const POLL: Duration = Duration::from_millis(20);

/// How long a server waits for a command that uses the folder.
const WAIT_FOR_TOOL: Duration = Duration::from_secs(10);

/// How long a command waits for a server that is starting.
const WAIT_FOR_SERVER: Duration = Duration::from_secs(30);

/// The longest path of a socket that every Unix takes, without the final NUL (macOS 104, Linux 108).
const SOCKET_PATH_LIMIT: usize = 103;

/// The name of the socket within its folder; tokio-postgres adds it by itself.
const SOCKET: &str = ".s.PGSQL.5432";

/// Small, since it shares a machine with Hansei; nothing here weakens durability.
const SERVER_SETTINGS: &[&str] = &[
    "listen_addresses=",
    // Relative to the database files, so that no length of their path is too long for a socket.
    "unix_socket_directories=.",
    "unix_socket_permissions=0700",
    "port=5432",
    "max_connections=100",
    "shared_buffers=64MB",
    "max_wal_size=512MB",
    // Workers need shared memory that containers are short of, and would not help here.
    "max_parallel_workers_per_gather=0",
    "jit=off",
    "timezone=UTC",
    "log_timezone=UTC",
    "logging_collector=off",
    "log_destination=stderr",
    "log_checkpoints=off",
    // Errors of statements are answers to Hansei; written down here they would hold what people wrote.
    "log_min_messages=log",
    "log_min_error_statement=panic",
];

/// Where the private Postgres lives, and how to find its programs.
#[derive(Clone, Debug)]
pub struct Options {
    /// The data folder (`--data-dir`).
    pub data_dir: PathBuf,
    /// The folder with `initdb` and `postgres`, when the operator named one (`HANSEI_PG_BIN`).
    pub pg_bin: Option<PathBuf>,
    /// The value of `PATH`.
    pub path: Option<OsString>,
    /// Always true but in tests: whether data survive a crash of the machine.
    pub fsync: bool,
}

/// How the lock file says it.
const ELSEWHERE: &str = "server with another database";

/// What a process does with the data folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Role {
    /// `hansei serve`.
    Server,
    /// `hansei serve` with a database elsewhere: there is no Postgres here to be joined.
    ServerElsewhere,
    /// A command that does its work and ends, by name.
    Tool(String),
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Server => f.write_str("server"),
            Self::ServerElsewhere => f.write_str(ELSEWHERE),
            Self::Tool(name) => write!(f, "hansei {name}"),
        }
    }
}

impl Role {
    fn serves(&self) -> bool {
        matches!(self, Self::Server | Self::ServerElsewhere)
    }
}

impl From<&str> for Role {
    fn from(text: &str) -> Self {
        match text.strip_prefix("hansei ") {
            Some(name) => Self::Tool(name.to_owned()),
            None if text == ELSEWHERE => Self::ServerElsewhere,
            None => Self::Server,
        }
    }
}

/// A private Postgres that answers.
///
/// Dropping it asks Postgres to stop; [`Embedded::stop`] also waits until everything is on disk.
#[derive(Debug)]
pub struct Embedded {
    settings: Settings,
    folder: PathBuf,
    ours: Option<(Supervisor, FolderLock)>,
    /// The folder of the socket, held open when connections go through [`Self::socket_dir`] in `/proc/self/fd`.
    _open_folder: Option<File>,
}

impl Embedded {
    /// Starts Postgres for a server; the database files are made when there are none.
    pub async fn start(options: &Options) -> Result<Self, EmbeddedError> {
        Self::open(options, &Role::Server).await
    }

    /// For a command: connects to the Postgres of the running server, or starts it when there is none.
    pub async fn attach_or_start(options: &Options, tool: &str) -> Result<Self, EmbeddedError> {
        Self::open(options, &Role::Tool(tool.to_owned())).await
    }

    /// The same for commands that have no business making a database: [`EmbeddedError::NoDatabase`] when there is none.
    pub async fn attach(options: &Options, tool: &str) -> Result<Self, EmbeddedError> {
        if !Self::exists(options)? {
            return Err(EmbeddedError::NoDatabase(options.data_dir.clone()));
        }
        Self::attach_or_start(options, tool).await
    }

    /// Whether a database was made here before. Touches nothing.
    pub fn exists(options: &Options) -> Result<bool, EmbeddedError> {
        cluster::is_there(&options.data_dir.join(cluster::FOLDER))
    }

    /// The major version of Postgres that a new database would be made with.
    pub async fn installed(options: &Options) -> Result<u32, EmbeddedError> {
        let found = install::find(options.pg_bin.as_deref(), options.path.as_deref(), None).await;
        found.map(|install| install.major())
    }

    async fn open(options: &Options, role: &Role) -> Result<Self, EmbeddedError> {
        let data_dir = make_data_dir(&options.data_dir)?;
        match wait_for_folder(&data_dir, role).await? {
            Some(lock) => Self::start_locked(options, &data_dir, lock).await,
            None => Self::guest(&data_dir, options.fsync),
        }
    }

    async fn start_locked(
        options: &Options,
        data_dir: &Path,
        mut lock: FolderLock,
    ) -> Result<Self, EmbeddedError> {
        let folder = data_dir.join(cluster::FOLDER);
        let uid = account::our_uid(data_dir).map_err(EmbeddedError::io("write in", data_dir))?;
        let existing = cluster::existing(&folder)?;
        let passwd = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
        let owner = std::fs::metadata(data_dir).map_err(EmbeddedError::io("look at", data_dir))?;
        let owner = Account::from(&owner);
        let identity = Identity::choose(uid, existing.as_ref(), &owner, &passwd)?;
        let major = existing
            .is_some()
            .then(|| cluster::major(&folder))
            .transpose()?;
        let install =
            install::find(options.pg_bin.as_deref(), options.path.as_deref(), major).await?;
        if existing.is_none() {
            tracing::info!(folder = %folder.display(), version = install.major(), "making the database");
            cluster::create(data_dir, &identity, &install, options.fsync).await?;
        }
        let workplace = Workplace { folder, identity };
        cluster::prepare(&workplace).await?;
        let mut settings: Vec<String> = SERVER_SETTINGS.iter().map(ToString::to_string).collect();
        if cfg!(target_os = "linux") && install.major() >= 14 {
            // After a crash: one call for all files, which takes seconds off the start.
            settings.push("recovery_init_sync_method=syncfs".to_owned());
        }
        if !options.fsync {
            settings.extend(["fsync=off", "full_page_writes=off"].map(str::to_owned));
        }
        let log = data_dir.join("postgres.log");
        let supervisor =
            Supervisor::start(&workplace, &install.program("postgres"), &settings, &log).await?;
        lock.announce(State::Ready)
            .map_err(EmbeddedError::io("write", &log))?;
        let mut embedded = Self::guest(data_dir, options.fsync)?;
        embedded.ours = Some((supervisor, lock));
        Ok(embedded)
    }

    fn guest(data_dir: &Path, fsync: bool) -> Result<Self, EmbeddedError> {
        let folder = data_dir.join(cluster::FOLDER);
        let (socket_dir, open_folder) = within_socket_limit(&folder)?;
        let mut settings = Settings::socket(&socket_dir, ROLE, DATABASE);
        if !fsync {
            settings = settings.allowing_data_loss();
        }
        Ok(Self {
            settings,
            folder,
            ours: None,
            _open_folder: open_folder,
        })
    }

    /// How to connect, as Hansei's own role.
    pub fn settings(&self) -> Settings {
        self.settings.clone()
    }

    /// How to connect to the cluster as its owner.
    pub fn superuser_settings(&self) -> Settings {
        self.settings.clone().with_user(SUPERUSER)
    }

    /// The folder of the socket, which is that of the database files.
    pub fn socket_dir(&self) -> &Path {
        &self.folder
    }

    /// Whether this process runs Postgres, and does not just use that of a running server.
    pub fn is_ours(&self) -> bool {
        self.ours.is_some()
    }

    /// Stops Postgres if it is ours, and returns when everything is on disk.
    pub async fn stop(mut self) -> Result<(), EmbeddedError> {
        let Some((supervisor, mut lock)) = self.ours.take() else {
            return Ok(());
        };
        if let Err(error) = lock.announce(State::Stopping) {
            tracing::warn!(%error, "cannot write the lock file");
        }
        supervisor.stop().await
    }
}

/// The data folder of a server whose database is elsewhere, kept from other servers until this is dropped.
#[derive(Debug)]
pub struct HeldFolder {
    _lock: FolderLock,
}

/// Takes the data folder for a server whose database is elsewhere: the search index there has one server, too.
pub async fn hold_folder(data_dir: &Path) -> Result<HeldFolder, EmbeddedError> {
    let data_dir = make_data_dir(data_dir)?;
    match wait_for_folder(&data_dir, &Role::ServerElsewhere).await? {
        Some(mut lock) => {
            lock.announce(State::Ready)
                .map_err(EmbeddedError::io("lock", &data_dir))?;
            Ok(HeldFolder { _lock: lock })
        }
        // Only commands join a server.
        None => Err(EmbeddedError::Busy {
            holder: "another Hansei".to_owned(),
        }),
    }
}

/// Makes the data folder if need be, closes it to others, and resolves its name.
fn make_data_dir(data_dir: &Path) -> Result<PathBuf, EmbeddedError> {
    let io = |error| EmbeddedError::io("use", data_dir)(error);
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(data_dir)
        .map_err(io)?;
    let data_dir = data_dir.canonicalize().map_err(io)?;
    let mode = std::fs::metadata(&data_dir)
        .map_err(io)?
        .permissions()
        .mode();
    if mode & 0o077 != 0 {
        // Somebody's home or /tmp, named by mistake, is left as it is: the database files have their own mode.
        let is_hanseis = data_dir.join(lock::FILE_NAME).exists()
            || std::fs::read_dir(&data_dir).map_err(io)?.next().is_none();
        if is_hanseis {
            std::fs::set_permissions(&data_dir, Permissions::from_mode(0o700)).map_err(io)?;
        } else {
            tracing::warn!(folder = %data_dir.display(), "others can look into the data folder: set its mode to 0700");
        }
    }
    Ok(data_dir)
}

/// A lock may outlive its holder for a moment: in a process just forked, or one just killed. A server that is really
/// there still has it after this time.
const SECOND_LOOK: Duration = Duration::from_secs(1);

/// Takes the folder, or returns `None` when the Postgres of a running server is there to be used.
async fn wait_for_folder(
    data_dir: &Path,
    role: &Role,
) -> Result<Option<FolderLock>, EmbeddedError> {
    let begun = Instant::now();
    let mut told = false;
    loop {
        let attempt = FolderLock::attempt(data_dir, role)
            .map_err(EmbeddedError::io("lock", &data_dir.join(lock::FILE_NAME)))?;
        let holder = match attempt {
            Attempt::Taken(lock) => return Ok(Some(lock)),
            Attempt::Held(holder) => holder,
        };
        if let Some(holder) = &holder {
            match (role.serves(), &holder.role) {
                (false, Role::Server) if holder.state == State::Ready => return Ok(None),
                (false, Role::ServerElsewhere) if begun.elapsed() > SECOND_LOOK => {
                    return Err(EmbeddedError::ServedElsewhere { pid: holder.pid });
                }
                (true, other)
                    if other.serves()
                        && holder.state != State::Stopping
                        && begun.elapsed() > SECOND_LOOK =>
                {
                    return Err(EmbeddedError::AlreadyServed { pid: holder.pid });
                }
                (true | false, Role::Server | Role::ServerElsewhere | Role::Tool(_)) => {}
            }
        }
        let limit = if role.serves() {
            WAIT_FOR_TOOL
        } else {
            WAIT_FOR_SERVER
        };
        if begun.elapsed() > limit {
            return Err(EmbeddedError::Busy {
                holder: holder.map_or_else(
                    || "another Hansei".to_owned(),
                    |holder| format!("{} (pid {})", holder.role, holder.pid),
                ),
            });
        }
        if !told && begun.elapsed() > Duration::from_secs(1) {
            told = true;
            tracing::info!("waiting for another Hansei that uses this data folder");
        }
        tokio::time::sleep(POLL).await;
    }
}

/// A name for the folder that is short enough for the path of a socket in it.
fn within_socket_limit(folder: &Path) -> Result<(PathBuf, Option<File>), EmbeddedError> {
    if folder.join(SOCKET).as_os_str().as_bytes().len() <= SOCKET_PATH_LIMIT {
        return Ok((folder.to_path_buf(), None));
    }
    if !cfg!(target_os = "linux") {
        return Err(EmbeddedError::PathTooLong(folder.to_path_buf()));
    }
    let open = File::open(folder).map_err(EmbeddedError::io("open", folder))?;
    let short = PathBuf::from(format!("/proc/self/fd/{}", open.as_raw_fd()));
    Ok((short, Some(open)))
}
