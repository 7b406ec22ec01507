//! The built program, started as a person at a terminal would start it, in a data folder of its own.

use std::io::{BufRead as _, BufReader, Read, Write as _};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicU16, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::time::{Duration, Instant};

/// A cold start on a busy machine, with room to spare.
const STARTED_WITHIN: Duration = Duration::from_mins(1);

/// An empty data folder under a folder that only its owner may enter; removed when the test ends.
pub(crate) struct Home(PathBuf);

/// What a command said.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Said {
    #[track_caller]
    pub(crate) fn ended(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{self:?}");
        self
    }
}

impl Home {
    pub(crate) fn new() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("hansei-program-{}-{number}", std::process::id());
        let path = std::env::temp_dir().join(name);
        std::fs::DirBuilder::new()
            .mode(0o700)
            .create(&path)
            .unwrap();
        Self(path)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    /// The program with these arguments; no setting of the machine reaches it.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_hansei"));
        for (name, _) in std::env::vars_os() {
            let text = name.to_string_lossy();
            if text == "DATABASE_URL" || (text.starts_with("HANSEI_") && text != "HANSEI_PG_BIN") {
                command.env_remove(&name);
            }
        }
        command
            .arg("--data-dir")
            .arg(self.0.join("data"))
            .args(arguments)
            .current_dir(&self.0)
            .stdin(Stdio::null());
        command
    }

    /// Runs a command to its end.
    pub(crate) fn run(&self, arguments: &[&str]) -> Said {
        self.run_with(arguments, "")
    }

    /// Runs a command to its end, with this on its standard input.
    pub(crate) fn run_with(&self, arguments: &[&str], input: &str) -> Said {
        let mut command = self.command(arguments);
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        // A command that does not read has ended already.
        let _unread = child.stdin.take().unwrap().write_all(input.as_bytes());
        let output = child.wait_with_output().unwrap();
        Said {
            code: output.status.code(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// The process of its Postgres, if there is one.
    pub(crate) fn postgres(&self) -> Option<u32> {
        let file = self.0.join("data/postgres/postmaster.pid");
        let text = std::fs::read_to_string(file).ok()?;
        text.lines().next()?.parse().ok()
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        // Postgres may be on its way out.
        let begun = Instant::now();
        while std::fs::remove_dir_all(&self.0).is_err() && self.0.exists() {
            assert!(
                begun.elapsed() < STARTED_WITHIN,
                "{} cannot be removed",
                self.0.display()
            );
            pause();
        }
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "between two looks at a state, where nothing can be awaited"
)]
fn pause() {
    std::thread::sleep(Duration::from_millis(20));
}

/// A port that nobody uses, out of a range that the system gives to nobody.
fn port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let start = u16::try_from(std::process::id() % 9_000).unwrap();
    loop {
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let port = 20_000 + (start + number * 7) % 9_000;
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}

/// A server in a process of its own.
pub(crate) struct Server {
    child: Child,
    /// `http://127.0.0.1:20123`
    pub(crate) url: String,
    /// Where to create the first account, as printed.
    pub(crate) set_up_link: Option<String>,
    log: Arc<Mutex<Vec<String>>>,
}

impl Server {
    /// Serves from this home and waits until it says that it does.
    pub(crate) fn start(home: &Home) -> Self {
        Self::start_with(home, &[])
    }

    pub(crate) fn start_with(home: &Home, arguments: &[&str]) -> Self {
        Self::start_at(home, &format!("127.0.0.1:{}", port()), arguments)
    }

    /// Returns as soon as a connection is taken, before it has said anything.
    pub(crate) fn start_in_haste(home: &Home) -> Self {
        let listen = format!("127.0.0.1:{}", port());
        let (server, _lines) = Self::spawn(home, &listen, &[]);
        let begun = Instant::now();
        while TcpStream::connect(&listen).is_err() {
            assert!(begun.elapsed() < STARTED_WITHIN, "{:#?}", server.log());
            std::thread::yield_now();
        }
        server
    }

    /// The same at an address, where an earlier server has been.
    pub(crate) fn start_at(home: &Home, listen: &str, arguments: &[&str]) -> Self {
        let (mut server, lines) = Self::spawn(home, listen, arguments);
        loop {
            let Ok(line) = lines.recv_timeout(STARTED_WITHIN) else {
                panic!("the server did not start: {:#?}", server.log());
            };
            if let Some(url) = line.strip_prefix("Hansei is at ") {
                url.trim_end_matches('/').clone_into(&mut server.url);
                break;
            }
        }
        // The link, if there is one, is printed with it.
        while let Ok(line) = lines.recv_timeout(Duration::from_millis(50)) {
            if line.contains("/set-up?code=") {
                server.set_up_link = Some(line.trim().to_owned());
            }
        }
        server
    }

    fn spawn(home: &Home, listen: &str, arguments: &[&str]) -> (Self, mpsc::Receiver<String>) {
        let mut all = vec!["serve", "--listen", listen, "--metrics-listen", "off"];
        all.extend(arguments);
        let mut command = home.command(&all);
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let (sender, lines) = mpsc::channel();
        let log = Arc::new(Mutex::new(Vec::new()));
        listen_to(
            child.stdout.take().unwrap(),
            sender.clone(),
            Arc::clone(&log),
        );
        listen_to(child.stderr.take().unwrap(), sender, Arc::clone(&log));
        let server = Self {
            child,
            url: String::new(),
            set_up_link: None,
            log,
        };
        (server, lines)
    }

    /// Every line so far, of both streams.
    pub(crate) fn log(&self) -> Vec<String> {
        self.log.lock().unwrap().clone()
    }

    /// Asks it to stop and waits.
    pub(crate) fn terminate(mut self) -> ExitStatus {
        let pid = self.child.id().to_string();
        assert!(
            Command::new("kill")
                .args(["-TERM", &pid])
                .status()
                .unwrap()
                .success()
        );
        let begun = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            assert!(
                begun.elapsed() < Duration::from_secs(25),
                "still there: {:#?}",
                self.log()
            );
            pause();
        }
    }

    /// Ends it as a crash of the machine would.
    pub(crate) fn kill(mut self) {
        self.end();
    }

    /// The same for a server that is held on to.
    pub(crate) fn end(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Already gone after `terminate` and `kill`.
        let _gone = self.child.kill();
        let _gone = self.child.wait();
    }
}

/// Passes on lines until the stream ends; the thread ends with the process.
fn listen_to(
    stream: impl Read + Send + 'static,
    sender: mpsc::Sender<String>,
    log: Arc<Mutex<Vec<String>>>,
) {
    std::thread::spawn(move || {
        for line in BufReader::new(stream).lines().map_while(Result::ok) {
            log.lock().unwrap().push(line.clone());
            // Nobody waits for lines any more once the server has started.
            let _nobody_waits = sender.send(line);
        }
    });
}
