//! `hansei import` and `hansei demo`: reports from files, with progress and a summary.

use super::place::{Place, index_folder};
use super::{say, say_error};
use crate::accounts::{self, Actor, EmailAddress};
use crate::archive::{
    self, FileOutcome, ImportError, ImportOptions, Importing, Outcome, Tally, Watch,
};
use crate::config::Config;
use crate::platform::clock::Clock;
use crate::platform::db::Connection;
use crate::platform::db::listen::notify;
use crate::platform::search::{self, Index, Round};
use anyhow::{Context, bail};
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use std::io::IsTerminal;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

/// How long to wait until everything can be searched.
const INDEXED_WITHIN: Duration = Duration::from_mins(2);
/// So many errors in a row, five a second, are not going to pass by themselves.
const MENDED_WITHIN: u32 = 100;
/// Whether a running server still does so is looked at so often.
const LOOK_AGAIN: Duration = Duration::from_secs(2);

#[derive(Debug, Args)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a flag on the command line"
)]
pub(super) struct Arguments {
    /// Markdown files, or folders to look for them in
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Say what would happen and change nothing
    #[arg(long)]
    dry_run: bool,
    /// Publish the reports instead of leaving them as drafts
    #[arg(long)]
    publish: bool,
    /// Take files also where somebody changed the report here after an earlier import; their version stays in the history
    #[arg(long)]
    overwrite: bool,
    /// List everything that deserves a look, not only the first lines
    #[arg(long)]
    remarks: bool,
    /// The e-mail address of the person who imports; the operator of this machine if not given
    #[arg(long, value_name = "EMAIL")]
    actor: Option<String>,
}

/// `hansei import PATH…`
pub(super) async fn run(config: Config, arguments: Arguments) -> anyhow::Result<ExitCode> {
    let mut place = Place::for_first_use(&config, "import").await?;
    let imported = import(&config, &mut place, arguments).await;
    place.leave().await?;
    let tally = imported?;
    Ok(if tally.refused == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// So often the import goes on without having got any further in between.
const TRIES: u32 = 5;

async fn import(config: &Config, place: &mut Place, arguments: Arguments) -> anyhow::Result<Tally> {
    let mut conn = place.connect().await?;
    let actor = actor(&mut conn, arguments.actor.as_deref()).await?;
    let dry_run = arguments.dry_run;
    let options = ImportOptions {
        paths: arguments.paths,
        dry_run,
        publish: arguments.publish,
        overwrite: arguments.overwrite,
    };
    let mut progress = Progress::new(arguments.remarks);
    let now = Clock::real().now();
    let mut importing = Importing::begin(&options, &mut progress);
    let (mut left, mut tries) = (importing.left(), 0);
    let result = loop {
        match importing.go_on(&mut conn, &actor, now, &mut progress).await {
            Err(ImportError::Away(error)) if tries < TRIES => {
                tries = if importing.left() < left {
                    1
                } else {
                    tries + 1
                };
                left = importing.left();
                progress.line(&format!(
                    "The database went away ({error}); waiting for it."
                ));
                match place.again(config, "import").await {
                    Ok(connected) => conn = connected,
                    Err(error) => break Err(error),
                }
            }
            other => break other.map_err(Into::into),
        }
    };
    progress.finish();
    let tally = result.with_context(|| {
        format!(
            "the import stopped after {} files; what was done is kept, run it again",
            progress.files
        )
    })?;
    let changed = !dry_run && tally.created + tally.updated > 0;
    if changed && until_searchable(config, place, &mut conn).await.is_err() {
        conn = place.again(config, "import").await?;
        until_searchable(config, place, &mut conn).await?;
    }
    progress.summarise(&tally, dry_run);
    Ok(tally)
}

/// `hansei demo`
pub(super) async fn demo(config: Config) -> anyhow::Result<ExitCode> {
    let place = Place::for_first_use(&config, "demo").await?;
    let created = load_demo(&config, &place).await;
    place.leave().await?;
    match created? {
        0 => say("The sample reports are already there."),
        created => say(&format!("{created} sample reports loaded.")),
    }
    Ok(ExitCode::SUCCESS)
}

async fn load_demo(config: &Config, place: &Place) -> anyhow::Result<usize> {
    let mut conn = place.connect().await?;
    let created = archive::load_samples(&mut conn, &Actor::Operator, Clock::real().now()).await?;
    if created > 0 {
        until_searchable(config, place, &mut conn).await?;
    }
    Ok(created)
}

async fn actor(conn: &mut Connection, email: Option<&str>) -> anyhow::Result<Actor> {
    let Some(email) = email else {
        return Ok(Actor::Operator);
    };
    let address = EmailAddress::parse(email)?;
    match accounts::actor_by_email(conn, &address).await? {
        Some(actor) => Ok(actor),
        None => bail!("there is nobody with the e-mail address {email}"),
    }
}

/// Returns when all that was stored can be found: the server's indexer does it, or this process when none runs.
async fn until_searchable(
    config: &Config,
    place: &Place,
    conn: &mut Connection,
) -> anyhow::Result<()> {
    let xid = search::current_transaction(conn).await?;
    notify(conn, crate::platform::app::App::CHANGES).await?;
    let folder = index_folder(config);
    let index = Index::open_or_wait(&folder);
    let started = Instant::now();
    // Now the one, now the other: the server may end or begin meanwhile.
    let mut trouble = String::from("the running server has not indexed them yet");
    let mut errors = 0;
    while started.elapsed() < INDEXED_WITHIN && errors < MENDED_WITHIN {
        match search::catch_up(&index, &place.source()).await {
            Ok(Round::Following) if search::wait_until(&folder, xid, LOOK_AGAIN).await => {
                return Ok(());
            }
            Ok(Round::Following) => errors = 0,
            Ok(Round::Unchanged | Round::Applied(_) | Round::Rebuilt(_)) => return Ok(()),
            Err(error) => {
                trouble = error.to_string();
                errors += 1;
                tokio::time::sleep(Duration::from_millis(200)).await;
            }
        }
    }
    say_error(&format!(
        "The reports are stored, but not yet searchable: {trouble}"
    ));
    Ok(())
}

/// Shows how far an import is: a bar on a terminal, plain lines otherwise; problems at once, by file.
struct Progress {
    bar: Option<ProgressBar>,
    files: usize,
    total: usize,
    remarks: usize,
    all_remarks: bool,
    started: Instant,
}

/// So many remarks are shown, unless all are asked for.
const REMARKS: usize = 10;

/// Plain lines come once for so many files.
const LINE_EVERY: usize = 100;

impl Progress {
    fn new(all_remarks: bool) -> Self {
        let started = Instant::now();
        let bar = std::io::stderr().is_terminal().then(ProgressBar::no_length);
        if let Some(bar) = &bar {
            // The template is fixed and tested by use; the plain style is as good.
            let style = "{bar:32} {pos}/{len} files  {per_sec}  {eta} left";
            bar.set_style(
                ProgressStyle::with_template(style)
                    .unwrap_or_else(|_| ProgressStyle::default_bar()),
            );
        }
        Self {
            bar,
            files: 0,
            total: 0,
            remarks: 0,
            all_remarks,
            started,
        }
    }

    fn line(&self, text: &str) {
        match &self.bar {
            Some(bar) => bar.suspend(|| say_error(text)),
            None => say_error(text),
        }
    }

    fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }

    fn summarise(&self, tally: &Tally, dry_run: bool) {
        let seconds = self.started.elapsed().as_secs_f64();
        let verb = if dry_run { "would be " } else { "" };
        say(&format!("{:>7}  {verb}created", tally.created));
        say(&format!("{:>7}  {verb}updated", tally.updated));
        say(&format!("{:>7}  unchanged", tally.unchanged));
        say(&format!("{:>7}  refused", tally.refused));
        say(&format!("{:>7}  files in {seconds:.1} s", tally.total()));
        if tally.remarked > 0 {
            let more = if self.all_remarks || self.remarks <= REMARKS {
                String::new()
            } else {
                format!("; the first {REMARKS} are above, --remarks lists all")
            };
            say(&format!(
                "{:>7}  remarks on {} files: taken, nothing lost, worth a look{more}",
                self.remarks, tally.remarked
            ));
        }
    }
}

impl Watch for Progress {
    fn started(&mut self, files: usize) {
        self.total = files;
        if let Some(bar) = &self.bar {
            bar.set_length(u64::try_from(files).unwrap_or(u64::MAX));
        }
        if files == 0 {
            self.line("No Markdown files were found.");
        }
    }

    fn done(&mut self, outcome: &FileOutcome) {
        self.files += 1;
        let path = outcome.path.display();
        if let Outcome::Refused(problems) = &outcome.outcome {
            for problem in problems {
                let line = problem
                    .line
                    .map_or_else(String::new, |line| format!("{line}:"));
                self.line(&format!("{path}:{line} refused: {}", problem.message));
            }
        }
        for remark in &outcome.remarks {
            self.remarks += 1;
            if self.all_remarks || self.remarks <= REMARKS {
                let line = match remark.line {
                    0 => String::new(),
                    line => format!("{line}:"),
                };
                self.line(&format!("{path}:{line} {}", remark.message));
            }
        }
        if let Some(bar) = &self.bar {
            bar.inc(1);
        } else if self.files.is_multiple_of(LINE_EVERY) {
            let seconds = self.started.elapsed().as_secs_f64().max(0.001);
            #[expect(
                clippy::as_conversions,
                clippy::cast_precision_loss,
                reason = "a rate for people"
            )]
            let rate = self.files as f64 / seconds;
            say_error(&format!(
                "{} of {} files, {rate:.0} a second",
                self.files, self.total
            ));
        }
    }
}
