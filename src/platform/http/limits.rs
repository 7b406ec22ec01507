//! What a request may look like and how long its body may take, checked before any handler runs.

use std::collections::HashMap;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::error::PayloadError;
use actix_web::http::header;
use actix_web::middleware::Next;
use actix_web::web::Bytes;
use actix_web::{HttpMessage, HttpRequest};
use futures_util::Stream;
use tokio::time::{Instant, Sleep, sleep_until};

use super::page::site;
use super::patience::Heard;
use super::real_ip::client_address;
use super::{Error, dressed};
use crate::platform::app::Settings;

/// The longest address: a pasted error of 4,000 letters, percent-encoded, in any script.
const LONGEST_ADDRESS: usize = 48 * 1024;

/// A body that arrives may go on for this long at most.
const LONGEST_BODY: Duration = Duration::from_mins(2);

/// So many bytes received buy another second.
const BYTES_PER_SECOND: usize = 16 * 1024;

/// Counts the requests being worked on.
#[derive(Debug, Default)]
pub(crate) struct Gate {
    all: AtomicUsize,
    by_address: Mutex<HashMap<IpAddr, usize>>,
}

/// One request's place; dropping it frees the place.
#[derive(Debug)]
struct Place {
    gate: Arc<Gate>,
    address: Option<IpAddr>,
}

impl Gate {
    fn enter(
        self: &Arc<Self>,
        address: Option<IpAddr>,
        settings: &Settings,
    ) -> Result<Place, Error> {
        // Made first: on refusal it is dropped and the counts fall back.
        let place = Place {
            gate: Arc::clone(self),
            address,
        };
        let all = self.all.fetch_add(1, Ordering::Relaxed);
        let mut by_address = self
            .by_address
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let own = address.map_or(0, |address| {
            let count = by_address.entry(address).or_default();
            *count += 1;
            *count
        });
        drop(by_address);
        if all >= settings.in_flight {
            return Err(Error::Unavailable(anyhow::anyhow!(
                "too many requests in flight"
            )));
        }
        if own > settings.in_flight_per_address {
            return Err(Error::TooMany(Duration::from_secs(1)));
        }
        Ok(place)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.gate.all.fetch_sub(1, Ordering::Relaxed);
        let Some(address) = self.address else {
            return;
        };
        let mut by_address = self
            .gate
            .by_address
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = by_address.get_mut(&address) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                by_address.remove(&address);
            }
        }
    }
}

/// Middleware: refuses what must not reach a handler, and puts a deadline on the body.
pub async fn guard(
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let place = match admit(request.request()) {
        Ok(place) => place,
        Err(error) => {
            let error = dressed(request.request(), error);
            return Ok(request.error_response(error));
        }
    };
    if has_body(request.request()) {
        let limit = site(request.request()).map(|site| site.settings.body_deadline);
        let inner = request.take_payload();
        let heard = Heard::of(request.request());
        let payload = Deadline::new(inner, limit.unwrap_or(LONGEST_BODY), heard);
        request.set_payload(Payload::Stream {
            payload: Box::pin(payload),
        });
    }
    let response = next.call(request).await?.map_into_boxed_body();
    drop(place);
    Ok(response)
}

fn admit(request: &HttpRequest) -> Result<Option<Place>, Error> {
    let site = site(request)?;
    if is_probe(request.path()) {
        return Ok(None);
    }
    check_host(request, &site.settings)?;
    check_address(request)?;
    if request.headers().contains_key(header::CONTENT_ENCODING) {
        return Err(Error::UnsupportedMediaType("no Content-Encoding"));
    }
    site.gate
        .enter(client_address(request), &site.settings)
        .map(Some)
}

/// Probes come from schedulers that know neither our name nor our load.
pub(crate) fn is_probe(path: &str) -> bool {
    matches!(path, "/healthz" | "/readyz")
}

fn has_body(request: &HttpRequest) -> bool {
    let length = request.headers().get(header::CONTENT_LENGTH);
    length.is_some_and(|length| length != "0")
        || request.headers().contains_key(header::TRANSFER_ENCODING)
}

fn check_host(request: &HttpRequest, settings: &Settings) -> Result<(), Error> {
    let header = request
        .headers()
        .get(header::HOST)
        .and_then(|host| host.to_str().ok());
    let named = request
        .uri()
        .authority()
        .map(actix_web::http::uri::Authority::as_str);
    let known = |host| is_known_host(host, settings);
    match header.or(named) {
        Some(host) if known(host) && named.is_none_or(known) => Ok(()),
        _ => Err(Error::Misdirected),
    }
}

/// Whether `host` (with or without a port) is a name of this site. The port does not matter:
/// proxies and port forwarding change it.
fn is_known_host(host: &str, settings: &Settings) -> bool {
    let Ok(url) = url::Url::parse(&format!("http://{host}/")) else {
        return false;
    };
    let plain = url.username().is_empty() && url.password().is_none() && url.path() == "/";
    let Some(name) = url.host_str().filter(|_| plain && url.query().is_none()) else {
        return false;
    };
    settings.public_url.host_str() == Some(name)
        || settings
            .allowed_hosts
            .iter()
            .any(|allowed| allowed.eq_ignore_ascii_case(name))
        || (settings.is_loopback() && is_loopback(&url))
}

fn is_loopback(url: &url::Url) -> bool {
    match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

fn check_address(request: &HttpRequest) -> Result<(), Error> {
    let target = request
        .uri()
        .path_and_query()
        .map_or("/", |target| target.as_str());
    if target.len() > LONGEST_ADDRESS {
        return Err(Error::AddressTooLong);
    }
    super::fields::percent_decode(request.uri().path().as_bytes())?;
    Ok(())
}

/// A body with a deadline that moves as bytes arrive.
struct Deadline {
    inner: Payload,
    timer: Pin<Box<Sleep>>,
    started: Instant,
    allowance: Duration,
    received: usize,
    heard: Heard,
}

impl Deadline {
    fn new(inner: Payload, allowance: Duration, heard: Heard) -> Self {
        let started = Instant::now();
        Self {
            inner,
            timer: Box::pin(sleep_until(started + allowance)),
            started,
            allowance,
            received: 0,
            heard,
        }
    }

    fn extend(&mut self, bytes: usize) {
        self.received = self.received.saturating_add(bytes);
        let bought = u64::try_from(self.received / BYTES_PER_SECOND).unwrap_or(u64::MAX);
        let total = self.allowance.saturating_add(Duration::from_secs(bought));
        let deadline = self.started + total.min(LONGEST_BODY);
        self.timer.as_mut().reset(deadline);
    }
}

impl Stream for Deadline {
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let next = Pin::new(&mut self.inner).poll_next(cx);
        self.heard.more(next.is_pending());
        match next {
            Poll::Ready(Some(Ok(bytes))) => {
                self.extend(bytes.len());
                Poll::Ready(Some(Ok(bytes)))
            }
            Poll::Ready(other) => Poll::Ready(other),
            Poll::Pending => match self.timer.as_mut().poll(cx) {
                Poll::Ready(()) => {
                    let late = std::io::Error::from(std::io::ErrorKind::TimedOut);
                    Poll::Ready(Some(Err(PayloadError::Io(late))))
                }
                Poll::Pending => Poll::Pending,
            },
        }
    }
}

/// Connections held open at the same time; each is an open file.
const CONNECTIONS: u64 = 4096;

/// Files that are opened for other things: the index has dozens, the database takes a connection for each.
const OTHER_FILES: u64 = 256;

/// How many connections each worker may hold: the framework counts by worker, the system by process.
pub(super) fn connections_each(workers: usize, open_files: Option<u64>) -> usize {
    let all = open_files.map_or(CONNECTIONS, |limit| {
        // Where very few are allowed, half of them.
        limit
            .saturating_sub(OTHER_FILES)
            .max(limit / 2)
            .min(CONNECTIONS)
    });
    let all = usize::try_from(all).unwrap_or(usize::MAX);
    (all / workers.max(1)).max(1)
}

/// How many files the process may open, from `/proc`; `None` where there is no such thing.
pub fn open_files_limit() -> Option<u64> {
    let limits = std::fs::read_to_string("/proc/self/limits").ok()?;
    let line = limits
        .lines()
        .find(|line| line.starts_with("Max open files"))?;
    line.split_whitespace().nth(3)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_workers_together_stay_below_the_limit() {
        for (workers, limit, each) in [
            (4, Some(1024), 192),
            (2, Some(20_000), 2048),
            (2, Some(128), 32),
            (8, None, 512),
            (64, Some(16), 1),
            (0, Some(1024), 768),
        ] {
            assert_eq!(
                connections_each(workers, limit),
                each,
                "{workers} {limit:?}"
            );
        }
    }
}
