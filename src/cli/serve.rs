//! `hansei serve`: everything up, in order; everything down, in the opposite order.

use super::place::{Place, index_folder};
use super::{say, say_error};
use crate::accounts;
use crate::config::Config;
use crate::platform::app::{App, Settings, Site};
use crate::platform::clock::Clock;
use crate::platform::db::listen::listen;
use crate::platform::db::{Pool, REQUEST_CONNECTIONS, Session};
use crate::platform::http::server;
use crate::platform::http::templates::Templates;
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
    let indexer = Arc::new(Indexer::spawn(index.clone(), place.source())?);
    let site = Arc::new(Site::new(
        settings(config),
        Templates::load()?,
        clock.clone(),
    ));
    let app = web::Data::new(App {
        site: Arc::clone(&site),
        db: pool.clone(),
        search: index,
        indexer: Arc::clone(&indexer),
    });
    let woken = Arc::clone(&indexer);
    let _listener = listen(place.settings.clone(), App::CHANGES, move || woken.wake());
    let limits = accounts::limits(&site.settings);
    let housekeeping = tokio::spawn(worker::sweep_regularly(pool.clone(), clock.clone(), limits));
    let health = worker::watch_over(pool.clone(), Arc::clone(&indexer), site.readiness.clone());
    let health = tokio::spawn(health);
    serve_metrics(config)?;
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
    running.until_signal().await?;
    housekeeping.abort();
    health.abort();
    let stopping = Arc::clone(&indexer);
    tokio::task::spawn_blocking(move || stopping.stop()).await?;
    pool.close();
    Ok(())
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
