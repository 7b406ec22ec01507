//! `hansei files`: where the bytes of attached files are.

use super::place::Place;
use super::say;
use crate::config::Config;
use crate::platform::clock::Clock;
use crate::platform::objects::Bucket;
use crate::reports;
use anyhow::Context;
use clap::Subcommand;
use std::process::ExitCode;

#[derive(Clone, Copy, Debug, Subcommand)]
pub(super) enum FilesCommand {
    /// Move the files that are still in the database to the bucket that is set, also while the server runs
    ToBucket,
}

pub(super) async fn run(config: Config, command: FilesCommand) -> anyhow::Result<ExitCode> {
    match command {
        FilesCommand::ToBucket => to_bucket(&config).await,
    }
}

async fn to_bucket(config: &Config) -> anyhow::Result<ExitCode> {
    let settings = config.bucket.as_ref();
    let settings = settings.context("no bucket is set (s3_bucket)")?;
    let bucket = Bucket::new(settings).context("the bucket for files (s3_bucket)")?;
    bucket.try_out().await?;
    let place = Place::for_tool(config, "files").await?;
    let moved = async {
        let mut conn = place.connect().await?;
        let moved = reports::move_to_bucket(&mut conn, &bucket, Clock::real().now()).await?;
        anyhow::Ok(moved)
    };
    let moved = moved.await;
    place.leave().await?;
    say(&format!(
        "{} files were moved to “{}”.",
        moved?, settings.bucket
    ));
    Ok(ExitCode::SUCCESS)
}
