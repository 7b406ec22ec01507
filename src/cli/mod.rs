//! The command line: `serve` and the tools beside it.

mod check;
mod eval;
mod files;
mod import;
mod people;
mod place;
mod search;
mod serve;

use crate::config::{Config, Origin, SETTINGS, Sources};
use crate::platform::causes::with_causes;
use crate::platform::telemetry::{self, LogFormat, TelemetryError};
use clap::{Args, Parser, Subcommand};
use std::collections::BTreeMap;
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

/// How long a program that is done waits for work it began on threads that may block.
const LEFT_WORK: Duration = Duration::from_secs(3);

/// Blameless post-mortems, kept and found again.
///
/// Without a command it serves: it starts everything it needs, prints its address, and on first use a link to set up
/// the first account. Every option can also be set in the environment (HANSEI_LISTEN for --listen) or in a TOML file.
#[expect(clippy::doc_markdown, reason = "it is printed as it stands")]
#[derive(Debug, Parser)]
#[command(name = "hansei", version, about, long_about, max_term_width = 100)]
struct Cli {
    #[command(flatten)]
    settings: Flags,
    #[command(subcommand)]
    command: Option<Command>,
}

#[expect(clippy::doc_markdown, reason = "it is printed as it stands")]
#[derive(Debug, Args)]
#[command(next_help_heading = "Settings")]
struct Flags {
    /// A TOML file with any of these settings (data_dir, listen, …) [env: HANSEI_CONFIG]
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Where the database and the search index live [env: HANSEI_DATA_DIR] [default: ./data]
    #[arg(long, global = true, value_name = "FOLDER")]
    data_dir: Option<String>,
    /// Use this Postgres instead of a private one; several hosts may be named
    /// [env: DATABASE_URL or HANSEI_DATABASE_URL]
    #[arg(long, global = true, value_name = "URL")]
    database_url: Option<String>,
    /// Where to serve [env: HANSEI_LISTEN] [default: 127.0.0.1:8080]
    #[arg(long, global = true, value_name = "ADDRESS:PORT")]
    listen: Option<String>,
    /// How people reach the site; links begin with it [env: HANSEI_PUBLIC_URL] [default: http://LISTEN]
    #[arg(long, global = true, value_name = "URL")]
    public_url: Option<String>,
    /// Further host names to answer to, with commas between [env: HANSEI_ALLOWED_HOSTS]
    #[arg(long, global = true, value_name = "HOSTS")]
    allowed_hosts: Option<String>,
    /// Where to serve /metrics, or “off” [env: HANSEI_METRICS_LISTEN] [default: 127.0.0.1:9464]
    #[arg(long, global = true, value_name = "ADDRESS:PORT")]
    metrics_listen: Option<String>,
    /// Let people read published open reports without signing in: true or false
    /// [env: HANSEI_ANONYMOUS_READING] [default: false]
    #[arg(long, global = true, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    anonymous_reading: Option<String>,
    /// Let authors publish an incident before somebody else approved it: true or false
    /// [env: HANSEI_PUBLISH_WITHOUT_REVIEW] [default: true]
    #[arg(long, global = true, value_name = "BOOL")]
    publish_without_review: Option<String>,
    /// The most MiB of a file attached to a report, 1 to 25 [env: HANSEI_ATTACHMENT_MIB] [default: 10]
    #[arg(long, global = true, value_name = "MIB")]
    attachment_mib: Option<String>,
    /// Keep the bytes of attached files in this S3 bucket instead of the database; its key is told by HANSEI_S3_SECRET
    /// or in the file [env: HANSEI_S3_BUCKET]
    #[arg(long, global = true, value_name = "NAME")]
    s3_bucket: Option<String>,
    /// Where the S3 store is [env: HANSEI_S3_ENDPOINT] [default: AWS in the region]
    #[arg(long, global = true, value_name = "URL")]
    s3_endpoint: Option<String>,
    /// The region of the bucket [env: HANSEI_S3_REGION] [default: us-east-1]
    #[arg(long, global = true, value_name = "REGION")]
    s3_region: Option<String>,
    /// What the names of objects begin with, such as hansei/files [env: HANSEI_S3_PREFIX]
    #[arg(long, global = true, value_name = "PREFIX")]
    s3_prefix: Option<String>,
    /// The name of the key to the bucket [env: HANSEI_S3_KEY_ID]
    #[arg(long, global = true, value_name = "ID")]
    s3_key_id: Option<String>,
    /// Speak to a store on another machine without TLS: true or false [env: HANSEI_S3_ALLOW_HTTP] [default: false]
    #[arg(long, global = true, value_name = "BOOL")]
    s3_allow_http: Option<String>,
    /// Proxies whose X-Forwarded-For is believed, such as 10.0.0.0/8 [env: HANSEI_TRUSTED_PROXIES]
    #[arg(long, global = true, value_name = "NETWORKS")]
    trusted_proxies: Option<String>,
    /// What to log: error, warn, info, debug, or a filter such as hansei=debug,warn [env: HANSEI_LOG]
    #[arg(long, global = true, value_name = "FILTER")]
    log: Option<String>,
    /// How log lines look: auto (text on a terminal, JSON otherwise), text, json [env: HANSEI_LOG_FORMAT]
    #[arg(long, global = true, value_name = "FORMAT")]
    log_format: Option<String>,
    /// The folder with postgres and initdb, if they are not found by themselves [env: HANSEI_PG_BIN]
    #[arg(long, global = true, value_name = "FOLDER")]
    pg_bin: Option<String>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve the site (what happens without a command)
    Serve,
    /// Bring in Markdown files or whole folders of them; running it again changes nothing
    Import(import::Arguments),
    /// Load a dozen fictional reports that show every field
    Demo,
    /// Search from the terminal, also while the server runs
    Search(search::Arguments),
    /// Measure how well search finds, on a folder of documents, queries and judgements; no database is needed
    Eval(eval::Arguments),
    /// Show the settings and test the database, the index, disk space and file limits
    Check,
    /// Build the search index anew from the database
    Reindex,
    /// Say where the bytes of attached files are
    #[command(subcommand)]
    Files(files::FilesCommand),
    /// Manage people
    #[command(subcommand)]
    User(people::UserCommand),
    /// Manage API tokens
    #[command(subcommand)]
    Token(people::TokenCommand),
}

impl Flags {
    /// The settings given, by name.
    fn values(self) -> (BTreeMap<&'static str, String>, Option<PathBuf>) {
        let given = [
            ("data_dir", self.data_dir),
            ("database_url", self.database_url),
            ("listen", self.listen),
            ("public_url", self.public_url),
            ("allowed_hosts", self.allowed_hosts),
            ("metrics_listen", self.metrics_listen),
            ("anonymous_reading", self.anonymous_reading),
            ("publish_without_review", self.publish_without_review),
            ("attachment_mib", self.attachment_mib),
            ("s3_bucket", self.s3_bucket),
            ("s3_endpoint", self.s3_endpoint),
            ("s3_region", self.s3_region),
            ("s3_prefix", self.s3_prefix),
            ("s3_key_id", self.s3_key_id),
            // No flag: everybody on the machine could read it in the list of processes.
            ("s3_secret", None),
            ("s3_allow_http", self.s3_allow_http),
            ("trusted_proxies", self.trusted_proxies),
            ("log", self.log),
            ("log_format", self.log_format),
            ("pg_bin", self.pg_bin),
        ];
        debug_assert_eq!(given.len(), SETTINGS.len(), "every setting is here");
        let flags = given
            .into_iter()
            .filter_map(|(name, value)| Some((name, value?)))
            .collect();
        (flags, self.config)
    }
}

/// Runs the command line; the answer is the exit code: 0 well, 1 not (entirely) well, 2 not understood.
pub fn run() -> ExitCode {
    let cli = Cli::parse();
    let (flags, file) = cli.settings.values();
    let config = match Config::resolve(Sources::read(flags, file)) {
        Ok(config) => config,
        Err(problems) => {
            say_error(&format!("hansei: {problems}"));
            return ExitCode::from(2);
        }
    };
    let command = cli.command.unwrap_or(Command::Serve);
    if let Err(error) = start_logging(&config, &command) {
        say_error(&format!("hansei: {error}"));
        return ExitCode::FAILURE;
    }
    // For the database and whatever else is waited for; requests have threads of their own, see `server::serve`.
    let runtime = match tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => {
            say_error(&format!("hansei: cannot start: {error}"));
            return ExitCode::FAILURE;
        }
    };
    let outcome = runtime.block_on(dispatch(command, config));
    // Work on a thread that may block cannot be cut short: whoever stops the program does not wait for it.
    runtime.shutdown_timeout(LEFT_WORK);
    match outcome {
        Ok(code) => code,
        Err(error) => {
            say_error(&format!("hansei: {}", with_causes(error.as_ref())));
            ExitCode::FAILURE
        }
    }
}

/// Sets up logging. Tools say by themselves what there is to say, so they log only what is wrong, for people, unless
/// the person who runs them asks for more; what the file says is meant for the server.
fn start_logging(config: &Config, command: &Command) -> Result<(), TelemetryError> {
    if matches!(command, Command::Serve) {
        telemetry::init(config.log_format, &config.log)?;
    } else {
        let asked = matches!(config.origin("log"), Origin::Flag | Origin::Environment);
        telemetry::init(LogFormat::Text, if asked { &config.log } else { "warn" })?;
    }
    // `check` lists them.
    if !matches!(command, Command::Check) {
        for warning in &config.warnings {
            tracing::warn!("{warning}");
        }
    }
    Ok(())
}

async fn dispatch(command: Command, config: Config) -> anyhow::Result<ExitCode> {
    match command {
        Command::Serve => serve::run(config).await,
        Command::Import(arguments) => import::run(config, arguments).await,
        Command::Demo => import::demo(config).await,
        Command::Search(arguments) => search::run(config, arguments).await,
        Command::Eval(arguments) => eval::run(&arguments),
        Command::Check => check::run(config).await,
        Command::Reindex => search::reindex(config).await,
        Command::Files(command) => files::run(config, command).await,
        Command::User(command) => people::user(config, command).await,
        Command::Token(command) => people::token(config, command).await,
    }
}

/// A line for the person at the terminal. A closed pipe is their wish, not an error.
fn say(line: &str) {
    let _closed_pipe = writeln!(std::io::stdout(), "{line}");
}

/// A line for the person at the terminal, beside the output proper.
fn say_error(line: &str) {
    let _closed_pipe = writeln!(std::io::stderr(), "{line}");
}
