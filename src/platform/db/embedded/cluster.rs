//! The folder with the database files: made whole or not at all, and cleared of servers that outlived Hansei.

use std::fs::{DirBuilder, File, Metadata};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use std::time::{Duration, Instant};

use super::account::{Account, Identity, Workplace};
use super::install::Install;
use super::supervisor::last_lines;
use super::{DATABASE, EmbeddedError, POLL, ROLE, SOCKET, SUPERUSER};

/// The folder of the database files within the data folder.
pub(super) const FOLDER: &str = "postgres";

/// How long the children of a killed server are waited for, and once more after they are told to end.
const CHILDREN_END: Duration = Duration::from_secs(10);

/// What a folder is called, with a suffix, until it is whole.
const UNFINISHED: &str = "postgres.unfinished-";

/// Whether there are database files; an error when that cannot be seen.
pub(super) fn is_there(folder: &Path) -> Result<bool, EmbeddedError> {
    let file = folder.join("PG_VERSION");
    file.try_exists()
        .map_err(EmbeddedError::io("look at", &file))
}

/// The owner of the database files, when there are any.
pub(super) fn existing(folder: &Path) -> Result<Option<Account>, EmbeddedError> {
    if !is_there(folder)? {
        return match std::fs::remove_dir(folder) {
            Ok(()) => Ok(None),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
                Err(EmbeddedError::io("use", folder)(error))
            }
            Err(_not_empty) => Err(EmbeddedError::NotACluster(folder.to_path_buf())),
        };
    }
    let metadata = std::fs::metadata(folder).map_err(EmbeddedError::io("look at", folder))?;
    Ok(Some(Account::from(&metadata)))
}

/// The major version that the files were made by.
pub(super) fn major(folder: &Path) -> Result<u32, EmbeddedError> {
    let file = folder.join("PG_VERSION");
    let text = std::fs::read_to_string(&file).map_err(EmbeddedError::io("read", &file))?;
    text.trim()
        .parse()
        .map_err(|_not_a_number| EmbeddedError::NotACluster(folder.to_path_buf()))
}

/// Makes the database files. They get their name when they are whole: what a killed attempt leaves is removed.
pub(super) async fn create(
    data_dir: &Path,
    identity: &Identity,
    install: &Install,
    fsync: bool,
) -> Result<(), EmbeddedError> {
    remove_unfinished(data_dir)?;
    let unfinished = data_dir.join(format!("{UNFINISHED}{}", std::process::id()));
    let io = |error| EmbeddedError::io("make", &unfinished)(error);
    DirBuilder::new()
        .mode(0o700)
        .create(&unfinished)
        .map_err(io)?;
    identity.give(&unfinished).map_err(io)?;
    let workplace = Workplace {
        folder: unfinished.clone(),
        identity: identity.clone(),
    };
    initialise(&workplace, install).await?;
    make_database_ours(&workplace, install).await?;
    if fsync {
        write_out(&workplace, install).await?;
    }
    std::fs::rename(&unfinished, data_dir.join(FOLDER)).map_err(io)?;
    // The new name must outlive a power cut like the files themselves.
    File::open(data_dir)
        .and_then(|folder| folder.sync_all())
        .map_err(EmbeddedError::io("write", data_dir))
}

/// `initdb`, with the characters sorted by code point: no dependence on the locales of the machine.
async fn initialise(workplace: &Workplace, install: &Install) -> Result<(), EmbeddedError> {
    let mut words = String::new();
    // C.UTF-8 knows the case of all letters, but not every system has it.
    for locale in ["C.UTF-8", "C"] {
        let arguments = [
            "--encoding=UTF8",
            &format!("--locale={locale}"),
            // Whoever reaches the socket may connect; it is in a folder that only the right ones can enter.
            "--auth=trust",
            &format!("--username={SUPERUSER}"),
            "--data-checksums",
            // All at once in the end, see `write_out`.
            "--no-sync",
        ];
        let output = run(workplace, install, "initdb", &arguments, None).await?;
        if output.status.success() {
            return Ok(());
        }
        words = last_lines(&String::from_utf8_lossy(&output.stderr));
        if !words.contains("locale") {
            break;
        }
    }
    Err(EmbeddedError::NotMade { log: words })
}

/// Hansei's role, which is no superuser, and its database, before anything can connect.
///
/// The database that `initdb` made is taken, because a copy of it would be another three hundred files.
async fn make_database_ours(workplace: &Workplace, install: &Install) -> Result<(), EmbeddedError> {
    let sql = format!(
        "CREATE ROLE {ROLE} LOGIN;\n\
         ALTER DATABASE postgres OWNER TO {ROLE};\n\
         ALTER DATABASE postgres RENAME TO {DATABASE};\n"
    );
    let arguments = ["-c", "fsync=off", "-c", "log_checkpoints=off", "template1"];
    let output = run(workplace, install, "postgres", &arguments, Some(&sql)).await?;
    let words = String::from_utf8_lossy(&output.stderr);
    // A single-user server ends well even when a command failed.
    if output.status.success() && !words.contains("ERROR:") {
        return Ok(());
    }
    Err(EmbeddedError::NotMade {
        log: last_lines(&words),
    })
}

/// Brings the files to the disk, before they get their name.
///
/// One `syncfs` for a thousand files takes 0.1 s on a busy disk where one `fsync` for each takes 3 s.
async fn write_out(workplace: &Workplace, install: &Install) -> Result<(), EmbeddedError> {
    if cfg!(target_os = "linux") {
        let synced = tokio::process::Command::new("sync")
            .arg("-f")
            .arg(&workplace.folder)
            .stdin(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .await;
        if synced.is_ok_and(|status| status.success()) {
            return Ok(());
        }
    }
    let output = run(workplace, install, "initdb", &["--sync-only"], None).await?;
    if output.status.success() {
        return Ok(());
    }
    Err(EmbeddedError::NotMade {
        log: last_lines(&String::from_utf8_lossy(&output.stderr)),
    })
}

/// Runs a program on the files to its end. With `input`, as a single-user server.
async fn run(
    workplace: &Workplace,
    install: &Install,
    program: &str,
    arguments: &[&str],
    input: Option<&str>,
) -> Result<Output, EmbeddedError> {
    let program = install.program(program);
    let io = |error| EmbeddedError::io("run", &program)(error);
    let mut command = workplace.command(&program).map_err(io)?;
    if input.is_some() {
        command.arg("--single");
    }
    command
        .arg("-D")
        .arg(workplace.data_argument())
        .args(arguments);
    command.stdin(if input.is_some() {
        Stdio::piped()
    } else {
        Stdio::null()
    });
    command.stderr(Stdio::piped());
    let mut child = tokio::process::Command::from(command)
        .kill_on_drop(true)
        .spawn()
        .map_err(io)?;
    if let (Some(mut stdin), Some(input)) = (child.stdin.take(), input) {
        tokio::io::AsyncWriteExt::write_all(&mut stdin, input.as_bytes())
            .await
            .map_err(io)?;
    }
    child.wait_with_output().await.map_err(io)
}

fn remove_unfinished(data_dir: &Path) -> Result<(), EmbeddedError> {
    let io = |error| EmbeddedError::io("tidy", data_dir)(error);
    for entry in std::fs::read_dir(data_dir).map_err(io)?.flatten() {
        if entry.file_name().to_string_lossy().starts_with(UNFINISHED) {
            tracing::info!(folder = %entry.path().display(), "removing half-made database files");
            std::fs::remove_dir_all(entry.path()).map_err(io)?;
        }
    }
    Ok(())
}

/// Makes existing files usable: ours to read, nobody else's, and no server on them.
pub(super) async fn prepare(workplace: &Workplace) -> Result<(), EmbeddedError> {
    let folder = &workplace.folder;
    let io = |error| EmbeddedError::io("prepare", folder)(error);
    let metadata = std::fs::metadata(folder).map_err(io)?;
    if metadata.uid() == 0 && workplace.identity != Identity::Ourselves {
        tracing::info!(folder = %folder.display(), "handing the database files over from root");
        workplace.identity.give_all(folder).map_err(io)?;
    }
    // A copy made without care for modes is refused by Postgres.
    if metadata.mode() & 0o077 != 0 {
        std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o700)).map_err(io)?;
    }
    end_survivor(folder).await
}

/// Ends a server of ours that is still running, and removes what says that one is running when none is.
pub(super) async fn end_survivor(folder: &Path) -> Result<(), EmbeddedError> {
    for (signal, patience) in [("INT", 30), ("QUIT", 10)] {
        let Some(pid) = running_pid(folder) else {
            break;
        };
        tracing::info!(pid, signal, "ending a Postgres that outlived its Hansei");
        signal_until_gone(folder, signal, pid, Duration::from_secs(patience)).await;
    }
    // The children of a killed server notice that it is gone and end; a new one beside them would damage the files.
    for signal_them in [false, true] {
        let begun = Instant::now();
        while begun.elapsed() < CHILDREN_END && first_on(folder).is_some() {
            if let Some(pid) = first_on(folder).filter(|_| signal_them) {
                signal("QUIT", pid).await;
            }
            tokio::time::sleep(POLL).await;
        }
    }
    if let Some(pid) = first_on(folder) {
        return Err(EmbeddedError::Survivor { pid });
    }
    forget_ended(folder)
}

/// Removes what says that a server is running when none is: another process may have its number now, and then Postgres
/// itself could not tell and would refuse to start. Only when [`first_on`] knows of nobody.
pub(super) fn forget_ended(folder: &Path) -> Result<(), EmbeddedError> {
    let socket_lock = folder.join(format!("{SOCKET}.lock"));
    for file in [pid_file(folder), socket_lock] {
        match std::fs::remove_file(&file) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(EmbeddedError::io("remove", &file)(error));
            }
            Ok(()) | Err(_) => {}
        }
    }
    Ok(())
}

async fn signal_until_gone(folder: &Path, name: &str, pid: u32, patience: Duration) {
    signal(name, pid).await;
    let begun = Instant::now();
    while begun.elapsed() < patience && running_pid(folder) == Some(pid) {
        tokio::time::sleep(POLL).await;
    }
}

/// Sends a signal. The process may be gone meanwhile, which is just as well.
pub(super) async fn signal(name: &str, pid: u32) {
    let sent = tokio::process::Command::new("/bin/sh")
        .args(["-c", r#"kill -s "$1" "$2""#, "kill", name, &pid.to_string()])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .await;
    if let Err(error) = sent {
        tracing::warn!(pid, %error, "cannot send a signal");
    }
}

fn pid_file(folder: &Path) -> PathBuf {
    folder.join("postmaster.pid")
}

/// The server that is running on these files, if one is.
pub(super) fn running_pid(folder: &Path) -> Option<u32> {
    let text = std::fs::read_to_string(pid_file(folder)).ok()?;
    let pid = text.lines().next()?.trim().parse().ok()?;
    works_on(pid, folder).then_some(pid)
}

/// Some process of a Postgres on these files, be it the server or a child that outlived it.
pub(super) fn first_on(folder: &Path) -> Option<u32> {
    let Ok(processes) = std::fs::read_dir("/proc") else {
        return running_pid(folder);
    };
    let numbers = processes.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
    running_pid(folder).or_else(|| numbers.into_iter().find(|pid| works_on(*pid, folder)))
}

/// Whether the server says that it takes connections.
pub(super) fn is_ready(folder: &Path) -> bool {
    std::fs::read_to_string(pid_file(folder)).is_ok_and(|text| {
        text.lines()
            .nth(7)
            .is_some_and(|line| line.starts_with("ready"))
    })
}

/// Whether this process is a Postgres on these files, and not another one that was given the same number.
fn works_on(pid: u32, folder: &Path) -> bool {
    if Path::new("/proc/self").exists() {
        let process = PathBuf::from(format!("/proc/{pid}"));
        let name = std::fs::read_to_string(process.join("comm")).unwrap_or_default();
        let same = |a: Metadata, b: Metadata| (a.dev(), a.ino()) == (b.dev(), b.ino());
        let here = std::fs::metadata(process.join("cwd"))
            .and_then(|there| Ok(same(there, std::fs::metadata(folder)?)));
        return name.starts_with("postgres") && here.unwrap_or(false);
    }
    let output = std::process::Command::new("ps")
        .args(["-o", "command=", "-p", &pid.to_string()])
        .output();
    output.is_ok_and(|output| {
        let command = String::from_utf8_lossy(&output.stdout);
        command.contains("postgres") && command.contains(&*folder.to_string_lossy())
    })
}
