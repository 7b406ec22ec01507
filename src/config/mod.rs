//! Flags, environment and an optional TOML file → one checked [`Config`]. All problems are reported together.
//!
//! A flag beats the environment, the environment beats the file, the file beats the default. This is the only place
//! that reads environment variables.

mod lookup;
#[cfg(test)]
mod tests;

use crate::platform::http::real_ip::Network;
use crate::platform::secret::Secret;
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

/// Every setting there is.
pub const SETTINGS: &[Setting] = &[
    setting("data_dir", "./data"),
    Setting {
        name: "database_url",
        default: "",
        secret: true,
    },
    setting("listen", "127.0.0.1:8080"),
    setting("public_url", ""),
    setting("allowed_hosts", ""),
    setting("metrics_listen", "127.0.0.1:9464"),
    setting("anonymous_reading", "false"),
    setting("trusted_proxies", ""),
    setting("log", "info"),
    setting("log_format", "auto"),
    setting("pg_bin", ""),
];

impl Setting {
    /// The environment variable: `HANSEI_DATA_DIR`.
    pub fn variable(&self) -> String {
        format!("HANSEI_{}", self.name.to_uppercase())
    }

    /// The flag: `--data-dir`.
    pub fn flag(&self) -> String {
        format!("--{}", self.name.replace('_', "-"))
    }
}

/// How log lines look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// Text on a terminal, JSON otherwise.
    Auto,
    /// For people.
    Text,
    /// For machines.
    Json,
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
}

impl Sources {
    /// Reads the environment and, if named by flag or `HANSEI_CONFIG`, the file.
    pub fn read(
        flags: BTreeMap<&'static str, String>,
        file: Option<PathBuf>,
    ) -> Result<Self, Problems> {
        let environment: BTreeMap<String, String> = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .collect();
        let path = file.or_else(|| environment.get("HANSEI_CONFIG").map(PathBuf::from));
        let file = match path {
            None => None,
            Some(path) => match std::fs::read_to_string(&path) {
                Ok(text) => Some((path, text)),
                Err(error) => {
                    return Err(Problems(vec![format!("{}: {error}", path.display())]));
                }
            },
        };
        Ok(Self {
            flags,
            environment,
            search_path: std::env::var_os("PATH"),
            file,
        })
    }
}

/// Everything wrong with the configuration, one sentence each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problems(pub Vec<String>);

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the configuration has {} problem(s):", self.0.len())?;
        self.0
            .iter()
            .try_for_each(|problem| write!(f, "\n  - {problem}"))
    }
}

impl std::error::Error for Problems {}

impl Config {
    /// Checks everything and answers with a configuration or with all that is wrong.
    pub fn resolve(sources: Sources) -> Result<Self, Problems> {
        let mut warnings = Vec::new();
        let mut lookup = gather(&sources, &mut warnings);
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
        let trusted_proxies = lookup.parse("trusted_proxies", Vec::new(), |text| {
            words(text)
                .map(|word| word.parse().map_err(|error| format!("{error}")))
                .collect()
        });
        let log = lookup.parse("log", "info".to_owned(), |text| {
            tracing_subscriber::EnvFilter::try_new(text)
                .map(|_| text.to_owned())
                .map_err(|error| format!("“{text}” is not a log filter: {error}"))
        });
        let log_format = lookup.parse("log_format", LogFormat::Auto, |text| match text {
            "auto" => Ok(LogFormat::Auto),
            "text" => Ok(LogFormat::Text),
            "json" => Ok(LogFormat::Json),
            other => Err(format!("“{other}” is not one of auto, text, json")),
        });
        let path = |text: &str| (!text.is_empty()).then(|| PathBuf::from(text));
        let config = Self {
            data_dir: PathBuf::from(lookup.text("data_dir")),
            database_url: Some(lookup.text("database_url"))
                .filter(|url| !url.is_empty())
                .map(|url| Secret::new(url.to_owned())),
            listen,
            public_url: public_url.unwrap_or_else(|| default_url(listen)),
            allowed_hosts: words(lookup.text("allowed_hosts"))
                .map(str::to_lowercase)
                .collect(),
            metrics_listen,
            metrics_listen_is_default: lookup.is_default("metrics_listen"),
            anonymous_reading,
            trusted_proxies,
            log,
            log_format,
            pg_bin: path(lookup.text("pg_bin")),
            search_path: sources.search_path,
            origins: lookup.values,
            warnings,
        };
        if lookup.problems.is_empty() {
            Ok(config)
        } else {
            Err(Problems(lookup.problems))
        }
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
