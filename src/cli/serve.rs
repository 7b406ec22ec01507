//! `hansei serve`: everything up, in order; everything down, in the opposite order.

use super::place::{Place, index_folder};
use super::{say, say_error};
use crate::accounts;
use crate::config::Config;
use crate::platform::app::{App, Settings, Site};
use crate::platform::causes::with_causes;
use crate::platform::clock::Clock;
use crate::platform::db::listen::listen;
use crate::platform::db::{Pool, REQUEST_CONNECTIONS, Session};
use crate::platform::http::server;
use crate::platform::http::templates::Templates;
use crate::platform::objects::{Bucket, BucketError};
use crate::platform::search::{Index, Indexer};
use crate::platform::telemetry::{self, LogFormat};
use crate::{routes, worker};
use actix_web::web;
use anyhow::Context;
use std::io::IsTerminal;
use std::net::TcpListener;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

/// Serves until told to stop.
pub(super) async fn run(mut config: Config) -> anyhow::Result<ExitCode> {
    choose_port(&mut config)?;
    telemetry::install_metrics()?;
    let place = Place::for_server(&config).await?;
    let served = serve(&config, &place).await;
    let left = place.leave().await;
    served?;
    left?;
    tracing::info!("stopped");
    Ok(ExitCode::SUCCESS)
}

/// Port 0 is any free one, chosen now because links are made from it.
fn choose_port(config: &mut Config) -> anyhow::Result<()> {
    if config.listen.port() != 0 {
        return Ok(());
    }
    let free = TcpListener::bind(config.listen).and_then(|listener| listener.local_addr());
    config.listen = free.with_context(|| format!("cannot listen on {}", config.listen))?;
    if config.public_url.port() == Some(0)
        && config
            .public_url
            .set_port(Some(config.listen.port()))
            .is_err()
    {
        anyhow::bail!("{} cannot have a port", config.public_url);
    }
    Ok(())
}

async fn serve(config: &Config, place: &Place) -> anyhow::Result<()> {
    let clock = Clock::real();
    let pool = Pool::new(
        place.settings.clone(),
        Session::Request,
        REQUEST_CONNECTIONS,
    )?;
    let index = Index::open_or_wait(&index_folder(config));
    let searched = (pool.clone(), index.clone());
    let indexer = Arc::new(Indexer::spawn(index.clone(), place.source())?);
    let site = Arc::new(Site::new(
        settings(config),
        Templates::load()?,
        clock.clone(),
    ));
    let bucket = bucket(config).await?;
    let app = web::Data::new(App {
        site: Arc::clone(&site),
        db: pool.clone(),
        search: index,
        indexer: Arc::clone(&indexer),
        bucket: bucket.clone(),
    });
    let woken = Arc::clone(&indexer);
    let _listener = listen(place.settings.clone(), App::CHANGES, move || woken.wake());
    let limits = accounts::limits(&site.settings);
    let swept = (pool.clone(), bucket.clone());
    let housekeeping = tokio::spawn(worker::sweep_regularly(swept, clock.clone(), limits));
    let words = tokio::spawn(worker::find_words_regularly(pool.clone()));
    let telling = tokio::spawn(worker::tell_regularly(searched, Arc::clone(&site)));
    let looked_at = bucket
        .clone()
        .map(|it| tokio::spawn(worker::look_after(it)));
    let watched = (pool.clone(), bucket);
    let health = worker::watch_over(watched, Arc::clone(&indexer), site.readiness.clone());
    let health = tokio::spawn(health);
    serve_metrics(config)?;
    let signals = server::StopSignals::listen()?;
    let running = server::serve(
        web::Data::from(Arc::clone(&site)),
        config.listen,
        accounts::identify,
        move |routes| {
            routes.app_data(app.clone());
            routes::configure(routes);
        },
    )
    .with_context(|| format!("cannot listen on {}", config.listen))?;
    announce(config, &pool, &clock, running.address).await?;
    running.until(signals).await?;
    housekeeping.abort();
    words.abort();
    telling.abort();
    health.abort();
    looked_at.iter().for_each(tokio::task::JoinHandle::abort);
    let stopping = Arc::clone(&indexer);
    tokio::task::spawn_blocking(move || stopping.stop()).await?;
    pool.close();
    Ok(())
}

/// The bucket, tried out. One that refuses is a wrong setting; one that is away comes back.
async fn bucket(config: &Config) -> anyhow::Result<Option<Arc<Bucket>>> {
    let Some(settings) = &config.bucket else {
        return Ok(None);
    };
    let bucket = Bucket::new(settings).context("the bucket for files (s3_bucket)")?;
    match bucket.try_out().await {
        Ok(()) => tracing::info!(bucket = settings.bucket, "files are kept in a bucket"),
        Err(BucketError::Away { source, .. }) => {
            let cause = with_causes(&source);
            tracing::warn!(cause, "the bucket for files is away; trying again");
        }
        Err(refused) => return Err(refused).context("files cannot be kept (s3_bucket)"),
    }
    Ok(Some(Arc::new(bucket)))
}

fn settings(config: &Config) -> Settings {
    let usual = Settings::new(config.public_url.clone());
    // No load balancer elsewhere sends requests here that would need to be told first.
    let drain = if config.listen.ip().is_loopback() {
        Duration::ZERO
    } else {
        usual.drain
    };
    Settings {
        drain,
        allowed_hosts: config.allowed_hosts.clone(),
        anonymous_reading: config.anonymous_reading,
        publish_without_review: config.publish_without_review,
        attachment_bytes: config.attachment_bytes,
        bucket: config.bucket.clone(),
        trusted_proxies: config.trusted_proxies.clone(),
        ..usual
    }
}

/// Metrics on a listener of their own. The usual port being busy is no reason not to serve.
fn serve_metrics(config: &Config) -> anyhow::Result<()> {
    let Some(listen) = config.metrics_listen else {
        return Ok(());
    };
    match telemetry::serve_metrics(listen) {
        Ok((address, _running)) => tracing::info!(%address, "metrics"),
        Err(error) if config.metrics_listen_is_default => {
            tracing::warn!(%error, %listen, "no metrics: the port is in use");
        }
        Err(error) => {
            return Err(error).with_context(|| format!("cannot serve metrics on {listen}"));
        }
    }
    Ok(())
}

/// Says where the site is and, as long as there is nobody, how to set it up.
async fn announce(
    config: &Config,
    pool: &Pool,
    clock: &Clock,
    address: std::net::SocketAddr,
) -> anyhow::Result<()> {
    tracing::info!(%address, public_url = %config.public_url, "serving");
    let mut lines = format!("\nHansei is at {}", config.public_url);
    let mut conn = pool.get().await?;
    if let Some(secret) = accounts::create_set_up_link(&mut conn, clock.now()).await? {
        let link = accounts::set_up_address(&config.public_url, &secret);
        lines += "\nSet it up (this link works once, for a day):\n  ";
        lines += link.expose();
    }
    // On standard output and at once, so that standard error is nothing but log lines.
    say(&lines);
    if std::io::stderr().is_terminal() && config.log_format != LogFormat::Json {
        say_error("Stop it with Ctrl-C.");
    }
    Ok(())
}
