//! Flags, environment and an optional TOML file → one checked [`Config`]. All problems are reported together.
//!
//! A flag beats the environment, the environment beats the file, the file beats the default. This is the only place
//! that reads environment variables.

mod files;
mod lookup;
#[cfg(test)]
mod tests;

use crate::platform::db::Settings;
use crate::platform::http::real_ip::Network;
use crate::platform::objects::BucketSettings;
use crate::platform::secret::Secret;
use crate::platform::telemetry::LogFormat;
use lookup::gather;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use url::Url;

/// One setting: its name in the file, with `_`; `--name-with-dashes` as a flag; `HANSEI_NAME` in the environment.
#[derive(Clone, Copy, Debug)]
pub struct Setting {
    /// `data_dir`, …
    pub name: &'static str,
    /// Its default, as it would be written; empty for none.
    pub default: &'static str,
    /// Never printed.
    pub secret: bool,
}

const fn setting(name: &'static str, default: &'static str) -> Setting {
    Setting {
        name,
        default,
        secret: false,
    }
}

const fn secret(name: &'static str) -> Setting {
    Setting {
        name,
        default: "",
        secret: true,
    }
}

/// Every setting there is.
pub const SETTINGS: &[Setting] = &[
    setting("data_dir", "./data"),
    secret("database_url"),
    setting("listen", "127.0.0.1:8080"),
    setting("public_url", ""),
    setting("allowed_hosts", ""),
    setting("metrics_listen", "127.0.0.1:9464"),
    setting("anonymous_reading", "false"),
    setting("publish_without_review", "true"),
    setting("attachment_mib", "10"),
    setting("s3_bucket", ""),
    setting("s3_endpoint", ""),
    setting("s3_region", "us-east-1"),
    setting("s3_prefix", ""),
    setting("s3_key_id", ""),
    secret("s3_secret"),
    setting("s3_allow_http", "false"),
    setting("trusted_proxies", ""),
    setting("log", USUAL_LOG),
    setting("log_format", "auto"),
    setting("pg_bin", ""),
];

/// Which of its threads Actix starts is of no interest.
const USUAL_LOG: &str = "info,actix_server=warn";

/// How our variables begin.
const PREFIX: &str = "HANSEI_";

/// A variable that is no setting: it is for one command only.
const PASSWORD: &str = "HANSEI_PASSWORD";

impl Setting {
    /// The environment variable: `HANSEI_DATA_DIR`.
    pub fn variable(&self) -> String {
        format!("{PREFIX}{}", self.name.to_uppercase())
    }

    /// The flag: `--data-dir`.
    pub fn flag(&self) -> String {
        format!("--{}", self.name.replace('_', "-"))
    }
}

/// Everything the program needs to know before it starts.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where the index and, without `database_url`, the private Postgres live.
    pub data_dir: PathBuf,
    /// An existing Postgres; none starts a private one.
    pub database_url: Option<Secret>,
    /// Where to serve.
    pub listen: SocketAddr,
    /// How people reach the site; links are made from it.
    pub public_url: Url,
    /// Further host names the site answers to.
    pub allowed_hosts: Vec<String>,
    /// Where to serve `/metrics`; none is off.
    pub metrics_listen: Option<SocketAddr>,
    /// Whether `metrics_listen` was asked for, so that a busy port is an error.
    pub metrics_listen_is_default: bool,
    /// Whether published open reports can be read without signing in.
    pub anonymous_reading: bool,
    /// Whether an incident may be published before somebody else approved it.
    pub publish_without_review: bool,
    /// The most bytes of an attached file.
    pub attachment_bytes: usize,
    /// Where the bytes of attached files are; none is the database.
    pub bucket: Option<BucketSettings>,
    /// Proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<Network>,
    /// Log filter, as `RUST_LOG` would have it.
    pub log: String,
    /// How log lines look.
    pub log_format: LogFormat,
    /// The folder of `postgres` and `initdb`, if not to be searched for.
    pub pg_bin: Option<PathBuf>,
    /// `PATH`, where programs are searched for.
    pub search_path: Option<OsString>,
    /// `HANSEI_PASSWORD`, for `hansei user create`.
    pub password: Option<Secret>,
    /// Where each value came from, for `hansei check`.
    pub origins: Vec<(Setting, String, Origin)>,
    /// Variables that look like ours and are not.
    pub warnings: Vec<String>,
}

/// Where a value came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The command line.
    Flag,
    /// The environment.
    Environment,
    /// The configuration file.
    File,
    /// Nobody said anything.
    Default,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Flag => "flag",
            Self::Environment => "environment",
            Self::File => "file",
            Self::Default => "default",
        })
    }
}

/// What the outside says, before any of it is checked.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    /// From the command line: setting name to value.
    pub flags: BTreeMap<&'static str, String>,
    /// The whole environment.
    pub environment: BTreeMap<String, String>,
    /// `PATH`.
    pub search_path: Option<OsString>,
    /// The text of the configuration file, with its path.
    pub file: Option<(PathBuf, String)>,
    /// What could not be read.
    pub problems: Vec<String>,
}

impl Sources {
    /// Reads the environment and, if named by flag or `HANSEI_CONFIG`, the file. What cannot be read is a problem among
    /// others.
    pub fn read(flags: BTreeMap<&'static str, String>, file: Option<PathBuf>) -> Self {
        let mut sources = Self {
            flags,
            search_path: std::env::var_os("PATH"),
            ..Self::default()
        };
        sources.take_environment(std::env::vars_os());
        let path = file.or_else(|| sources.environment.get("HANSEI_CONFIG").map(PathBuf::from));
        if let Some(path) = path {
            match std::fs::read_to_string(&path) {
                Ok(text) => sources.file = Some((path, text)),
                Err(error) => sources
                    .problems
                    .push(format!("{}: {error}", path.display())),
            }
        }
        sources
    }

    /// Takes what is text. Of the rest, what is meant for us is a problem.
    fn take_environment(&mut self, variables: impl Iterator<Item = (OsString, OsString)>) {
        for (name, value) in variables {
            let Ok(name) = name.into_string() else {
                continue;
            };
            match value.into_string() {
                Ok(value) => {
                    self.environment.insert(name, value);
                }
                Err(_bytes) if name.starts_with(PREFIX) || name == "DATABASE_URL" => {
                    self.problems
                        .push(format!("{name}: the value is not UTF-8 text"));
                }
                Err(_bytes) => {}
            }
        }
    }
}

/// Everything wrong with the configuration, one sentence each.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Problems {
    /// What keeps the program from starting.
    pub all: Vec<String>,
    /// What may have to do with it: variables that look like ours and are not.
    pub warnings: Vec<String>,
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the configuration has {} problem(s):", self.all.len())?;
        for problem in &self.all {
            write!(f, "\n  - {problem}")?;
        }
        for warning in &self.warnings {
            write!(f, "\n  note: {warning}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Problems {}

fn folder(text: &str) -> Result<PathBuf, String> {
    if text.is_empty() {
        return Err("a folder must be named".to_owned());
    }
    Ok(PathBuf::from(text))
}

fn log_format(text: &str) -> Result<LogFormat, String> {
    match text {
        "auto" => Ok(LogFormat::Auto),
        "text" => Ok(LogFormat::Text),
        "json" => Ok(LogFormat::Json),
        other => Err(format!("“{other}” is not one of auto, text, json")),
    }
}

fn log_filter(text: &str) -> Result<String, String> {
    tracing_subscriber::EnvFilter::try_new(text)
        .map(|_| text.to_owned())
        .map_err(|error| format!("“{text}” is not a log filter: {error}"))
}

impl Config {
    /// Checks everything and answers with a configuration or with all that is wrong.
    pub fn resolve(sources: Sources) -> Result<Self, Problems> {
        let mut warnings = Vec::new();
        let mut lookup = gather(&sources, &mut warnings);
        let data_dir = lookup.parse("data_dir", PathBuf::new(), folder);
        let database_url = lookup.parse("database_url", None, database_url);
        let listen = lookup.parse("listen", SocketAddr::from(([127, 0, 0, 1], 8080)), |text| {
            text.parse().map_err(|_unreadable| {
                format!("“{text}” is not an address and port such as 127.0.0.1:8080")
            })
        });
        let public_url = lookup.parse("public_url", None, public_url);
        let metrics_listen = lookup.parse("metrics_listen", None, |text| match text {
            "" | "off" => Ok(None),
            text => text.parse().map(Some).map_err(|_unreadable| {
                format!("“{text}” is neither “off” nor an address and port such as 127.0.0.1:9464")
            }),
        });
        let anonymous_reading = lookup.parse("anonymous_reading", false, boolean);
        let publish_without_review = lookup.parse("publish_without_review", true, boolean);
        let attachment_bytes = lookup.parse("attachment_mib", 0, files::most_bytes);
        let bucket = files::bucket(&mut lookup);
        let trusted_proxies = lookup.parse("trusted_proxies", Vec::new(), |text| {
            words(text)
                .map(|word| word.parse().map_err(|error| format!("{error}")))
                .collect()
        });
        let log = lookup.parse("log", USUAL_LOG.to_owned(), log_filter);
        let log_format = lookup.parse("log_format", LogFormat::Auto, log_format);
        let path = |text: &str| (!text.is_empty()).then(|| PathBuf::from(text));
        let config = Self {
            data_dir,
            database_url,
            listen,
            public_url: public_url.unwrap_or_else(|| default_url(listen)),
            allowed_hosts: words(lookup.text("allowed_hosts"))
                .map(str::to_lowercase)
                .collect(),
            metrics_listen,
            metrics_listen_is_default: lookup.is_default("metrics_listen"),
            anonymous_reading,
            publish_without_review,
            attachment_bytes,
            bucket,
            trusted_proxies,
            log,
            log_format,
            pg_bin: path(lookup.text("pg_bin")),
            search_path: sources.search_path,
            password: sources.environment.get(PASSWORD).cloned().map(Secret::new),
            origins: lookup.values,
            warnings,
        };
        if lookup.problems.is_empty() {
            Ok(config)
        } else {
            Err(Problems {
                all: lookup.problems,
                warnings: config.warnings,
            })
        }
    }

    /// Where the value of a setting came from.
    pub fn origin(&self, name: &str) -> Origin {
        let found = self
            .origins
            .iter()
            .find(|(setting, _, _)| setting.name == name);
        found.map_or(Origin::Default, |(_, _, origin)| *origin)
    }
}

/// Only checked: what it holds is secret and is read again where it is used.
fn database_url(text: &str) -> Result<Option<Secret>, String> {
    if text.is_empty() {
        return Ok(None);
    }
    match Settings::parse(text) {
        Ok(_settings) => Ok(Some(Secret::new(text.to_owned()))),
        Err(error) => Err(error.to_string()),
    }
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split([',', ' '])
        .map(str::trim)
        .filter(|word| !word.is_empty())
}

fn boolean(text: &str) -> Result<bool, String> {
    match text {
        "true" | "yes" | "on" | "1" => Ok(true),
        "false" | "no" | "off" | "0" => Ok(false),
        other => Err(format!("“{other}” is neither true nor false")),
    }
}

fn public_url(text: &str) -> Result<Option<Url>, String> {
    if text.is_empty() {
        return Ok(None);
    }
    let wrong = || format!("“{text}” is not the address of a site such as https://pm.example.com");
    let url: Url = text.parse().map_err(|_unreadable| wrong())?;
    let is_site = matches!(url.scheme(), "http" | "https") && url.has_host();
    let is_bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
    if !is_site {
        return Err(wrong());
    }
    if !is_bare || !url.username().is_empty() || url.password().is_some() {
        return Err(format!("“{text}” may hold nothing after the host and port"));
    }
    Ok(Some(url))
}

/// How a browser on this machine reaches `listen`.
fn default_url(listen: SocketAddr) -> Url {
    let host = match listen.ip() {
        ip if ip.is_unspecified() => "localhost".to_owned(),
        IpAddr::V4(ip) => ip.to_string(),
        IpAddr::V6(ip) => format!("[{ip}]"),
    };
    #[expect(
        clippy::expect_used,
        reason = "an IP address or localhost with a port is a URL"
    )]
    let url = Url::parse(&format!("http://{host}:{}/", listen.port())).expect("a valid URL");
    url
}
