//! The running Postgres: started under a shell that stops it when Hansei ends, however Hansei ends, and started
//! again when it ends before Hansei does, be it killed or stopped by an operator.

use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Stdio};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{Builder, JoinHandle};
use std::time::{Duration, Instant};

use super::account::Workplace;
use super::cluster;
use super::{EmbeddedError, POLL};
use crate::platform::ownership;

/// Runs its arguments as a server until standard input ends, then asks it to stop. Ends when the server ends.
///
/// Nobody writes to standard input: it ends when the process that holds its other end closes it or dies, be it
/// by `kill -9`. The request to stop is repeated, because one that comes before the server has set itself up is
/// lost.
const SUPERVISE: &str = r#"
exec 3<&1 1>&2 4<&0 </dev/null
trap '' HUP INT TERM
"$@" 4<&- &
server=$!
{ read -r _ <&4; while kill -INT "$server"; do sleep 1; done; } 2>/dev/null 3<&- &
watcher=$!
wait "$server"
status=$?
kill -KILL "$watcher" 2>/dev/null
exit "$status"
"#;

/// A log that has grown beyond this is begun anew at the next start, and the old one kept once.
const LOG_LIMIT: u64 = 10 * 1024 * 1024;

/// How long a start may take: recovery after a crash reads the log of everything since the last checkpoint.
const START_LIMIT: Duration = Duration::from_mins(10);

/// How long a fast stop may take, which writes everything out.
const STOP_LIMIT: Duration = Duration::from_secs(30);

/// The pauses before a server that ended is started again, from the first to the longest.
const PAUSES: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(5));

/// A server that ran for so long is no sign of trouble when it ends: the pauses begin anew.
const STEADY: Duration = Duration::from_mins(1);

/// A server that is kept running: whoever ends it, it is started again until [`Supervisor::stop`].
#[derive(Debug)]
pub(super) struct Supervisor {
    hold: Arc<Hold>,
    /// Starts the server again; ends after the server when it is to stop.
    keeper: JoinHandle<()>,
    server: Server,
}

/// What starting a server takes.
#[derive(Clone, Debug)]
struct Server {
    workplace: Workplace,
    postgres: PathBuf,
    settings: Vec<String>,
    log: PathBuf,
}

/// One run of a server, under its shell.
#[derive(Debug)]
struct Run {
    shell: Child,
    /// Held open: closing it stops the server.
    lifeline: Option<ChildStdin>,
    /// Where in the log this run begins.
    log_start: u64,
}

/// What keeps the server running.
#[derive(Debug, Default)]
struct Hold {
    state: Mutex<Held>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct Held {
    lifeline: Option<ChildStdin>,
    stopping: bool,
}

impl Hold {
    fn state(&self) -> MutexGuard<'_, Held> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps a run alive; when the server is to stop, this one stops at once.
    fn keep(&self, lifeline: Option<ChildStdin>) {
        let mut state = self.state();
        if !state.stopping {
            state.lifeline = lifeline;
        }
    }

    fn let_go(&self) {
        let mut state = self.state();
        state.stopping = true;
        state.lifeline = None;
        self.changed.notify_all();
    }

    /// False: to stop.
    fn pause(&self, pause: Duration) -> bool {
        let waiting = |held: &mut Held| !held.stopping;
        let waited = self
            .changed
            .wait_timeout_while(self.state(), pause, waiting);
        !waited.unwrap_or_else(PoisonError::into_inner).0.stopping
    }
}

impl Drop for Supervisor {
    fn drop(&mut self) {
        self.hold.let_go();
    }
}

impl Supervisor {
    /// Starts a server and waits until it answers.
    pub(super) async fn start(
        workplace: &Workplace,
        postgres: &Path,
        settings: &[String],
        log: &Path,
    ) -> Result<Self, EmbeddedError> {
        let server = Server {
            workplace: workplace.clone(),
            postgres: postgres.to_path_buf(),
            settings: settings.to_vec(),
            log: log.to_path_buf(),
        };
        let mut run = server.first_run().await?;
        let hold = Arc::new(Hold::default());
        hold.keep(run.lifeline.take());
        let (theirs, again) = (Arc::clone(&hold), server.clone());
        let keeper = Builder::new()
            .name("postgres-keeper".to_owned())
            .spawn(move || again.keep_running(run.shell, &theirs))
            .map_err(EmbeddedError::io("watch", postgres))?;
        Ok(Self {
            hold,
            keeper,
            server,
        })
    }

    /// Stops the server: everything is on disk when this returns.
    pub(super) async fn stop(self) -> Result<(), EmbeddedError> {
        self.hold.let_go();
        let folder = &self.server.workplace.folder;
        if !self.until_ended().await {
            tracing::warn!(
                "Postgres does not stop; making it end at once, it will recover at the next start"
            );
            if let Some(pid) = cluster::running_pid(folder) {
                cluster::signal("QUIT", pid).await;
            }
            if !self.until_ended().await {
                return Err(EmbeddedError::DidNotStop {
                    log: self.server.log.clone(),
                });
            }
        }
        // One that somebody else started in place of ours, or whose shell was killed.
        cluster::end_survivor(folder).await
    }

    async fn until_ended(&self) -> bool {
        let begun = Instant::now();
        while begun.elapsed() < STOP_LIMIT {
            if self.keeper.is_finished() {
                return true;
            }
            tokio::time::sleep(POLL).await;
        }
        false
    }
}

impl Server {
    async fn first_run(&self) -> Result<Run, EmbeddedError> {
        // Processes of a server that was killed may need a moment to notice; Postgres says so by refusing.
        let patience = Instant::now() + Duration::from_secs(10);
        loop {
            let mut run = self
                .run()
                .map_err(EmbeddedError::io("start", &self.postgres))?;
            match self.until_ready(&mut run).await {
                Ok(()) => return Ok(run),
                Err(EmbeddedError::DidNotStart { log })
                    if log.contains("pre-existing shared memory block")
                        && Instant::now() < patience =>
                {
                    tokio::time::sleep(POLL * 10).await;
                }
                Err(error) => return Err(error),
            }
        }
    }

    fn run(&self) -> io::Result<Run> {
        let (file, log_start) = open_log(&self.log)?;
        let mut command = self.workplace.shell(SUPERVISE)?;
        command
            .arg(&self.postgres)
            .arg("-D")
            .arg(self.workplace.data_argument());
        for setting in &self.settings {
            command.arg("-c").arg(setting);
        }
        // A group of its own, so that Ctrl-C in the terminal reaches Hansei only, which then stops Postgres last.
        command.stdin(Stdio::piped()).stderr(file).process_group(0);
        let mut shell = command.spawn()?;
        let lifeline = shell.stdin.take();
        Ok(Run {
            shell,
            lifeline,
            log_start,
        })
    }

    async fn until_ready(&self, run: &mut Run) -> Result<(), EmbeddedError> {
        let begun = Instant::now();
        let mut told = false;
        loop {
            if cluster::is_ready(&self.workplace.folder) {
                return Ok(());
            }
            let ended = run
                .shell
                .try_wait()
                .map_err(EmbeddedError::io("watch", &self.log))?;
            if ended.is_some() || begun.elapsed() > START_LIMIT {
                return Err(EmbeddedError::DidNotStart {
                    log: self.last_words(run.log_start),
                });
            }
            if !told && begun.elapsed() > Duration::from_secs(5) {
                told = true;
                tracing::info!("Postgres is still starting, probably recovering from a crash");
            }
            tokio::time::sleep(POLL).await;
        }
    }

    /// Waits for the server to end and starts it again, until it is to stop. Blocks.
    fn keep_running(&self, mut shell: Child, hold: &Hold) {
        let mut pause = PAUSES.0;
        loop {
            let begun = Instant::now();
            let ended = shell.wait();
            if hold.state().stopping {
                return;
            }
            let status = ended.map_or_else(|error| error.to_string(), |status| status.to_string());
            tracing::error!(status, log = %self.log.display(), "Postgres ended; starting it again");
            metrics::counter!("hansei_postgres_restarts_total").increment(1);
            if begun.elapsed() > STEADY {
                pause = PAUSES.0;
            }
            shell = loop {
                if !hold.pause(pause) {
                    return;
                }
                pause = (pause * 2).min(PAUSES.1);
                // Somebody was faster, or only the shell was killed: then that one serves for now. Or the children of
                // the old server are still there.
                if cluster::first_on(&self.workplace.folder).is_some() {
                    continue;
                }
                if let Err(error) = cluster::forget_ended(&self.workplace.folder) {
                    tracing::error!(%error, "cannot start Postgres again");
                    continue;
                }
                match self.run() {
                    Ok(run) => {
                        hold.keep(run.lifeline);
                        break run.shell;
                    }
                    Err(error) => tracing::error!(%error, "cannot start Postgres again"),
                }
            };
        }
    }

    /// The end of what this server wrote, for an error message.
    fn last_words(&self, log_start: u64) -> String {
        let mut text = Vec::new();
        let read = File::open(&self.log).and_then(|mut file| {
            file.seek(SeekFrom::Start(log_start))?;
            file.take(64 * 1024).read_to_end(&mut text)
        });
        match read {
            Ok(_) => last_lines(&String::from_utf8_lossy(&text)),
            Err(error) => format!("(cannot read {}: {error})", self.log.display()),
        }
    }
}

/// The last few lines of a text.
pub(super) fn last_lines(text: &str) -> String {
    let lines: Vec<&str> = text
        .lines()
        .filter(|line| !line.trim().is_empty())
        .collect();
    let start = lines.len().saturating_sub(8);
    lines.get(start..).unwrap_or_default().join("\n")
}

fn open_log(path: &Path) -> io::Result<(File, u64)> {
    let long = std::fs::metadata(path).is_ok_and(|log| log.len() > LOG_LIMIT);
    if long {
        std::fs::rename(path, path.with_extension("log.old"))?;
    }
    let file = ownership::open(path, OpenOptions::new().append(true))?;
    if let Some(folder) = path.parent() {
        ownership::give_file(folder, path, &file);
    }
    let length = file.metadata()?.len();
    Ok((file, length))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn last_lines_are_the_last_eight() {
        let text: String = (1..=20)
            .map(|n| ["line ", &n.to_string(), "\n\n"].concat())
            .collect();
        let end = last_lines(&text);
        assert!(
            end.starts_with("line 13\n") && end.ends_with("line 20"),
            "{end}"
        );
        assert_eq!(last_lines("only\n"), "only");
    }
}
