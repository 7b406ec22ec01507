//! `hansei eval`: how well search finds, measured on a folder of documents, queries and judgements.

use super::{say, say_error};
use crate::evaluation::{Evaluation, Options};
use anyhow::Context;
use clap::Args;
use std::path::PathBuf;
use std::process::ExitCode;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Documents in SPLIT/*.md, queries and judgements in eval/SPLIT/, runs of others in runs/SPLIT.search.*.run
    #[arg(value_name = "FOLDER")]
    folder: PathBuf,
    /// Which part of the folder; the only one, or dev, if not given
    #[arg(long)]
    split: Option<String>,
    /// Write the rankings of this run here, as a TREC run
    #[arg(long, value_name = "FILE")]
    run: Option<PathBuf>,
    /// Compare with this run too, as with one written before a change; may be said several times
    #[arg(long, value_name = "FILE")]
    against: Vec<PathBuf>,
    /// Show what one query finds, with what the judge said of it, instead of the tables
    #[arg(long, value_name = "QID", conflicts_with = "worst")]
    show: Option<String>,
    /// List so many queries that the best of the other runs answers better
    #[arg(long, value_name = "N")]
    worst: Option<usize>,
    /// Print for programs
    #[arg(long)]
    json: bool,
}

/// `hansei eval FOLDER`
pub(super) fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let evaluation = Evaluation::of(&Options {
        folder: arguments.folder.clone(),
        split: arguments.split.clone(),
        against: arguments.against.clone(),
    })?;
    for note in evaluation.notes() {
        say_error(&format!("note: {note}"));
    }
    if let Some(path) = &arguments.run {
        let written = std::fs::write(path, evaluation.run_file());
        written.with_context(|| path.display().to_string())?;
    }
    let said = match (&arguments.show, arguments.json) {
        (Some(query), true) => evaluation.json_of(query)?,
        (Some(query), false) => evaluation.text_of(query)?,
        (None, true) => evaluation.json(arguments.worst)?,
        (None, false) => evaluation.text(arguments.worst),
    };
    say(said.trim_end());
    Ok(ExitCode::SUCCESS)
}
