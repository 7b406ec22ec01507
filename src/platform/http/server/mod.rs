//! The server: what every request passes, how it starts, and how it stops.

use std::net::{SocketAddr, TcpListener};
use std::panic::AssertUnwindSafe;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServerHandle, ServiceRequest, ServiceResponse};
use actix_web::http::{StatusCode, header};
use actix_web::middleware::{Compress, Next, from_fn};
use actix_web::web::ServiceConfig;
use actix_web::{
    App as ActixApp, HttpMessage, HttpRequest, HttpResponse, HttpServer, Responder, web,
};
use futures_util::FutureExt as _;
use futures_util::future::LocalBoxFuture;
use serde_json::Value;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;

use super::draw::{Facts, draw_errors};
use super::page::{Viewer, site};
use super::patience::Heard;
use super::request_id::RequestId;
use super::{
    Error, PageError, assets, csrf, dressed, headers, limits, methods, real_ip, request_id,
};
use crate::platform::app::Site;

/// Whether the server should get requests, and word that it is about to stop.
#[derive(Clone, Debug)]
pub struct Readiness {
    ready: Arc<AtomicBool>,
    details: Arc<RwLock<serde_json::Map<String, Value>>>,
    stopping: watch::Sender<bool>,
}

impl Default for Readiness {
    fn default() -> Self {
        Self {
            ready: Arc::new(AtomicBool::new(true)),
            details: Arc::default(),
            stopping: watch::Sender::new(false),
        }
    }
}

impl Readiness {
    /// Says whether the parts below are fit to serve (the schema fits, the index can be read).
    pub fn set(&self, ready: bool) {
        self.ready.store(ready, Ordering::Relaxed);
    }

    /// Says the same, and how each of the parts is, by name.
    pub fn report(&self, ready: bool, details: serde_json::Map<String, Value>) {
        *self.details.write().unwrap_or_else(PoisonError::into_inner) = details;
        self.set(ready);
    }

    /// For whoever probes: `{"ready":true,"database":"ok",…}`.
    fn to_json(&self) -> Value {
        let mut json = serde_json::Map::new();
        json.insert("ready".to_owned(), self.is_ready().into());
        json.insert("stopping".to_owned(), (*self.stopping.borrow()).into());
        json.extend(
            self.details
                .read()
                .unwrap_or_else(PoisonError::into_inner)
                .clone(),
        );
        Value::Object(json)
    }

    /// What was said last about the parts below.
    pub fn is_fit(&self) -> bool {
        self.ready.load(Ordering::Relaxed)
    }

    /// Whether to send requests here.
    pub fn is_ready(&self) -> bool {
        self.is_fit() && !*self.stopping.borrow()
    }

    /// Announces the stop: from now on not ready.
    pub fn stop(&self) {
        self.stopping.send_replace(true);
    }

    /// Waits until the stop is announced; for requests that would go on for ever.
    pub async fn stopped(&self) {
        let mut stopping = self.stopping.subscribe();
        // An error means that the sender is gone, which is a stop as well.
        let _stopped = stopping.wait_for(|stopping| *stopping).await;
    }
}

/// Finds out who asks: puts a [`Viewer`] and whatever the features need into the request's
/// extensions. Runs once per request, before any extractor, but not for static files and probes.
pub type Identify = for<'a> fn(&'a HttpRequest) -> LocalBoxFuture<'a, Result<(), Error>>;

/// For sites without accounts: everybody is anonymous.
pub fn nobody(_request: &HttpRequest) -> LocalBoxFuture<'_, Result<(), Error>> {
    Box::pin(std::future::ready(Ok(())))
}

/// SIGTERM and Ctrl-C. From [`StopSignals::listen`] on they no longer end the process at once, and are not missed:
/// listen before the first request can be answered.
#[derive(Debug)]
pub struct StopSignals {
    terminate: Signal,
    interrupt: Signal,
}

impl StopSignals {
    /// Begins to listen.
    pub fn listen() -> std::io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }

    async fn first(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

/// A server that is running.
#[derive(Debug)]
pub struct Running {
    /// Where it listens; with the port that was found when 0 was asked for.
    pub address: SocketAddr,
    handle: ServerHandle,
    site: web::Data<Site>,
    ended: tokio::task::JoinHandle<std::io::Result<()>>,
}

impl Running {
    /// Waits for a signal (or for the server to end by itself), then stops gracefully.
    pub async fn until(mut self, mut signals: StopSignals) -> std::io::Result<()> {
        let ended_early = tokio::select! {
            () = signals.first() => None,
            ended = &mut self.ended => Some(ended),
        };
        match ended_early {
            Some(ended) => ended.map_err(std::io::Error::other)?,
            None => self.stop().await,
        }
    }

    /// Says "not ready", waits for load balancers to notice, stops accepting, and gives requests
    /// in flight 20 seconds.
    pub async fn stop(self) -> std::io::Result<()> {
        tracing::info!("stopping");
        self.site.readiness.stop();
        tokio::time::sleep(self.site.settings.drain).await;
        self.handle.stop(true).await;
        self.ended.await.map_err(std::io::Error::other)?
    }
}

/// Starts serving on `listen` with the routes of `configure`.
pub fn serve(
    site: web::Data<Site>,
    listen: SocketAddr,
    identify: Identify,
    configure: impl Fn(&mut ServiceConfig) + Clone + Send + 'static,
) -> std::io::Result<Running> {
    warn_about_few_files();
    let listener = TcpListener::bind(listen)?;
    let address = listener.local_addr()?;
    let workers = site.settings.workers;
    let shared = site.clone();
    let server = HttpServer::new(move || {
        ActixApp::new()
            .app_data(shared.clone())
            .app_data(web::Data::new(IdentifyHook(identify)))
            .configure(probes_and_files)
            .configure(configure.clone())
            .service(methods::nothing_else())
            .default_service(web::to(methods::nothing_here))
            // The last one wrapped is the first one passed.
            .wrap(from_fn(identify_first))
            .wrap(from_fn(csrf::guard))
            .wrap(from_fn(limits::guard))
            .wrap(from_fn(draw_errors))
            .wrap(Compress::default())
            .wrap(from_fn(methods::head_as_get))
            .wrap(from_fn(floor))
    })
    .workers(workers)
    .max_connections(limits::connections_each(
        workers,
        limits::open_files_limit(),
    ))
    .worker_max_blocking_threads(8)
    .keep_alive(Duration::from_secs(30))
    .client_request_timeout(Duration::from_secs(5))
    .client_disconnect_timeout(Duration::from_secs(2))
    .shutdown_timeout(20)
    .disable_signals()
    .listen(listener)?
    .run();
    let handle = server.handle();
    Ok(Running {
        address,
        handle,
        site,
        ended: tokio::spawn(server),
    })
}

fn warn_about_few_files() {
    if let Some(limit) = limits::open_files_limit().filter(|limit| *limit < 4096) {
        tracing::warn!(
            limit,
            "few open files allowed; raise `ulimit -n` to 4096 or more"
        );
    }
}

fn probes_and_files(config: &mut ServiceConfig) {
    config
        .route("/healthz", web::get().to(alive))
        .route("/readyz", web::get().to(ready))
        .route("/robots.txt", web::get().to(assets::serve_at_root))
        .route("/static/{name:.*}", web::get().to(assets::serve));
}

async fn alive() -> impl Responder {
    "ok\n"
}

async fn ready(site: web::Data<Site>) -> HttpResponse {
    let mut response = if site.readiness.is_ready() {
        HttpResponse::Ok()
    } else {
        let mut response = HttpResponse::ServiceUnavailable();
        response.insert_header((header::RETRY_AFTER, "3"));
        response
    };
    response.json(site.readiness.to_json())
}

struct IdentifyHook(Identify);

/// Somebody has asked who this is.
struct Identified;

/// Asks who this is where a request was refused before anybody did, so that the page which says so does not show a
/// person as signed out. When nobody can tell, it does.
pub(super) async fn identify_late(request: &HttpRequest) {
    let hook = request
        .app_data::<web::Data<IdentifyHook>>()
        .map(|hook| hook.0);
    if let Some(identify) = hook
        && !request.extensions().contains::<Identified>()
        && let Err(error) = identify(request).await
    {
        tracing::debug!(%error, "who was refused is not known");
    }
}

async fn identify_first(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let path = request.path();
    let hook = request
        .app_data::<web::Data<IdentifyHook>>()
        .map(|hook| hook.0);
    let needed = !path.starts_with("/static/") && !limits::is_probe(path);
    request.extensions_mut().insert(Identified);
    if let Some(identify) = hook.filter(|_| needed)
        && let Err(error) = identify(request.request()).await
    {
        let error = dressed(request.request(), error);
        return Ok(request.error_response(error));
    }
    Ok(next.call(request).await?.map_into_boxed_body())
}

/// The outermost layer: names the request, catches panics, sets headers, counts and logs.
async fn floor(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let started = Instant::now();
    let site = site(request.request()).cloned().map_err(PageError)?;
    let id = RequestId::assign(&request);
    let client = real_ip::assign(&request, &site.settings.trusted_proxies);
    let facts = Facts::of(request.request());
    let mut entry = Entry {
        started,
        id: id.clone(),
        client,
        method: request.method().clone(),
        path: request.path().to_owned(),
        pattern: None,
    };
    let (heard, limit) = (Heard::assign(&request), site.settings.answer_deadline);
    let answer = AssertUnwindSafe(next.call(request)).catch_unwind();
    match heard.within(limit, answer).await {
        Some(Ok(Ok(response))) => {
            let mut response = response.map_into_boxed_body();
            entry.pattern = response.request().match_pattern();
            let signed_in = response.request().extensions().contains::<Viewer>();
            let situation = headers::Situation {
                https: site.settings.is_https(),
                signed_in,
            };
            headers::set(response.headers_mut(), situation);
            set_id(response.headers_mut(), &id);
            entry.write(response.status());
            Ok(response)
        }
        None => {
            let error = Error::Unavailable(anyhow::anyhow!("no answer within {limit:?}"));
            entry.write(error.status());
            Err(facts.finished(&site, error).into())
        }
        Some(Ok(Err(error))) => {
            let error = Error::Internal(anyhow::anyhow!("a middleware failed: {error}"));
            entry.write(error.status());
            Err(facts.finished(&site, error).into())
        }
        Some(Err(panic)) => {
            metrics::counter!("hansei_panics_total").increment(1);
            let error = Error::Internal(anyhow::anyhow!("a handler panicked: {}", said(&*panic)));
            entry.write(error.status());
            Err(facts.finished(&site, error).into())
        }
    }
}

fn said(panic: &(dyn std::any::Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("(no text)")
}

pub(super) fn set_id(headers: &mut header::HeaderMap, id: &str) {
    if let Ok(value) = header::HeaderValue::from_str(id) {
        headers.insert(header::HeaderName::from_static(request_id::HEADER), value);
    }
}

/// One line of the access log. The query is left out: people paste secrets into searches.
struct Entry {
    started: Instant,
    id: String,
    client: Option<std::net::IpAddr>,
    method: actix_web::http::Method,
    path: String,
    pattern: Option<String>,
}

impl Entry {
    fn write(self, status: StatusCode) {
        let took = self.started.elapsed();
        let class = match status.as_u16() {
            0..=199 => "1xx",
            200..=299 => "2xx",
            300..=399 => "3xx",
            400..=499 => "4xx",
            _ => "5xx",
        };
        metrics::histogram!(
            "hansei_http_request_seconds",
            "route" => self.pattern.unwrap_or_else(|| "none".to_owned()),
            "method" => self.method.to_string(),
            "status" => class,
        )
        .record(took);
        let duration_ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
        tracing::info!(
            request_id = self.id,
            client = self.client.map(tracing::field::display),
            method = %self.method,
            path = self.path,
            status = status.as_u16(),
            duration_ms,
            "request answered"
        );
    }
}

#[cfg(test)]
mod tests;
