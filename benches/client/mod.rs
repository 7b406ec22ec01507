//! The program under measurement, and an HTTP client that costs as little as possible beside it.

use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const EMAIL: &str = "bench@example.com";
const PASSWORD: &str = "lantern-otter-violet-94";

/// A running server.
pub(crate) struct Server {
    child: Child,
    data: PathBuf,
    pub(crate) address: SocketAddr,
    /// From starting the process to the first answer.
    pub(crate) started: Duration,
}

impl Server {
    pub(crate) fn start(data: &Path) -> Self {
        let port = TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        let address = SocketAddr::from(([127, 0, 0, 1], port));
        let begun = Instant::now();
        let child = program(data)
            .args([
                "--listen",
                &address.to_string(),
                "--metrics-listen",
                "off",
                "--log",
                "error",
            ])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        while TcpStream::connect(address).is_err() {
            assert!(
                begun.elapsed() < Duration::from_mins(1),
                "the server does not start"
            );
            std::thread::yield_now();
        }
        assert!(Client::new(address).get("/sign-in", "").contains("Hansei"));
        Self {
            child,
            data: data.to_owned(),
            address,
            started: begun.elapsed(),
        }
    }

    pub(crate) fn stop(mut self) {
        let id = self.child.id().to_string();
        assert!(
            Command::new("kill")
                .args(["-TERM", &id])
                .status()
                .unwrap()
                .success()
        );
        assert!(self.child.wait().unwrap().success());
    }

    /// Runs one of the program's tools beside the server; answers what it printed.
    pub(crate) fn tool(&self, arguments: &[&str]) -> String {
        let output = program(&self.data)
            .args(arguments)
            .env("HANSEI_PASSWORD", PASSWORD)
            .output()
            .unwrap();
        assert!(output.status.success(), "{arguments:?}: {output:?}");
        String::from_utf8(output.stdout).unwrap()
    }

    pub(crate) fn token(&self) -> String {
        let scopes = "search:read,reports:read,reports:write";
        let printed = self.tool(&["token", "create", "--name", "bench", "--scopes", scopes]);
        printed.trim().to_owned()
    }

    /// The cookie of a session.
    pub(crate) fn sign_in(&self) -> String {
        // From the second time on there is such a person.
        let created = program(&self.data)
            .args(["user", "create", "--email", EMAIL, "--role", "admin"])
            .env("HANSEI_PASSWORD", PASSWORD)
            .output();
        assert!(created.is_ok());
        let mut client = Client::new(self.address);
        let page = client.get("/sign-in", "");
        let form = client.cookie.clone();
        let csrf = token_in(&page);
        let body = format!(
            "csrf={csrf}&email={}&password={PASSWORD}",
            EMAIL.replace('@', "%40")
        );
        let head = format!(
            "Cookie: {form}\r\nOrigin: http://{}\r\nContent-Type: application/x-www-form-urlencoded",
            self.address
        );
        client.send("POST", "/sign-in", &head, &body);
        assert_eq!(client.status, 303, "signing in failed");
        client.cookie
    }

    /// The keys of up to 200 reports.
    pub(crate) fn keys(&self, token: &str) -> Vec<String> {
        let body = Client::new(self.address).get("/api/v1/reports?limit=200", token);
        let list: serde_json::Value = serde_json::from_str(&body).unwrap();
        let items = list["items"].as_array().unwrap();
        items
            .iter()
            .map(|item| item["id"].as_str().unwrap().to_owned())
            .collect()
    }

    pub(crate) fn resident_mib(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status
            .lines()
            .find(|line| line.starts_with("VmRSS"))
            .unwrap();
        let kib: u64 = line.split_whitespace().nth(1).unwrap().parse().unwrap();
        kib / 1024
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ended_already = self.child.kill();
    }
}

pub(crate) fn token_in(page: &str) -> &str {
    let (_, rest) = page.split_once("name=\"csrf\" value=\"").unwrap();
    rest.split('"').next().unwrap()
}

/// The program; no setting of the machine reaches it.
fn program(data: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hansei"));
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if text == "DATABASE_URL" || (text.starts_with("HANSEI_") && text != "HANSEI_PG_BIN") {
            command.env_remove(&name);
        }
    }
    command.arg("--data-dir").arg(data).stdin(Stdio::null());
    command
}

/// One connection that is kept.
pub(crate) struct Client {
    stream: BufReader<TcpStream>,
    host: SocketAddr,
    pub(crate) status: u16,
    /// The cookie set last.
    pub(crate) cookie: String,
    /// Where the last answer led.
    pub(crate) location: String,
}

impl Client {
    pub(crate) fn new(host: SocketAddr) -> Self {
        let stream = TcpStream::connect(host).unwrap();
        stream.set_nodelay(true).unwrap();
        stream
            .set_read_timeout(Some(Duration::from_secs(30)))
            .unwrap();
        Self {
            stream: BufReader::new(stream),
            host,
            status: 0,
            cookie: String::new(),
            location: String::new(),
        }
    }

    /// The body of a page that is there.
    pub(crate) fn get(&mut self, path: &str, header: &str) -> String {
        let body = self.send("GET", path, header, "");
        assert_eq!(self.status, 200, "{path}: {body}");
        body
    }

    pub(crate) fn send(&mut self, method: &str, path: &str, head: &str, body: &str) -> String {
        let mut request = format!("{method} {path} HTTP/1.1\r\nHost: {}\r\n", self.host);
        if !head.is_empty() {
            request.push_str(head);
            request.push_str("\r\n");
        }
        if method != "GET" {
            write!(request, "Content-Length: {}\r\n", body.len()).unwrap();
        }
        request.push_str("\r\n");
        request.push_str(body);
        self.stream.get_mut().write_all(request.as_bytes()).unwrap();
        self.answer()
    }

    fn answer(&mut self) -> String {
        let mut length = 0;
        let mut line = String::new();
        self.stream.read_line(&mut line).unwrap();
        self.status = line.split(' ').nth(1).unwrap().parse().unwrap();
        loop {
            line.clear();
            self.stream.read_line(&mut line).unwrap();
            let Some((name, value)) = line.trim_end().split_once(':') else {
                break;
            };
            if name.eq_ignore_ascii_case("content-length") {
                length = value.trim().parse().unwrap();
            } else if name.eq_ignore_ascii_case("location") {
                value.trim().clone_into(&mut self.location);
            } else if name.eq_ignore_ascii_case("set-cookie") {
                self.cookie = value
                    .trim()
                    .split(';')
                    .next()
                    .unwrap_or_default()
                    .to_owned();
            }
        }
        let mut body = vec![0; length];
        self.stream.read_exact(&mut body).unwrap();
        String::from_utf8(body).unwrap()
    }
}
