//! How the store is spoken to: HTTP/1.1 over the same TLS as the database, every request within a time and a size.
//!
//! The library's own client would bring HTTP/2, a proxy, cookies and a second cryptography library.

use super::MOST_ANSWERED;
use super::words::in_short;
use async_trait::async_trait;
use http_body_util::{BodyExt as _, Limited};
use hyper::{Response, StatusCode};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use object_store::client::{
    HttpClient, HttpConnector as Connects, HttpError, HttpErrorKind, HttpRequest, HttpRequestBody,
    HttpResponse, HttpResponseBody, HttpService,
};
use object_store::{ClientOptions, Error};
use rustls::{ClientConfig, RootCertStore};
use std::error::Error as AnyError;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::task::JoinSet;

/// A store that takes longer to be reached is away.
const CONNECT_WITHIN: Duration = Duration::from_secs(3);
/// A store that takes longer to answer is away.
const ANSWER_WITHIN: Duration = Duration::from_secs(5);
/// What is sent may take a second more for each of these.
const BYTES_IN_A_SECOND: usize = 512 * 1024;
/// Connections that were not used for so long are closed, before the store does it.
const IDLE: Duration = Duration::from_secs(15);

/// Makes clients. Requests run where it was made: threads of the server come and go with their connections.
#[derive(Debug)]
pub(super) struct Connector(pub(super) Handle);

impl Connects for Connector {
    fn connect(&self, _options: &ClientOptions) -> object_store::Result<HttpClient> {
        let mut http = HttpConnector::new();
        http.set_connect_timeout(Some(CONNECT_WITHIN));
        http.set_nodelay(true);
        http.enforce_http(false);
        let tls = tls().map_err(|source| Error::Generic {
            store: "S3",
            source,
        })?;
        let connector = HttpsConnectorBuilder::new()
            .with_tls_config(tls)
            .https_or_http()
            .enable_http1()
            .wrap_connector(http);
        let client = Client::builder(TokioExecutor::new())
            .pool_idle_timeout(IDLE)
            .pool_timer(TokioTimer::new())
            .build(connector);
        Ok(HttpClient::new(Service {
            client,
            runtime: self.0.clone(),
        }))
    }
}

fn tls() -> Result<ClientConfig, Box<dyn AnyError + Send + Sync>> {
    let mut roots = RootCertStore::empty();
    let (_added, _ignored) =
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    Ok(ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth())
}

#[derive(Debug)]
struct Service {
    client: Client<HttpsConnector<HttpConnector>, HttpRequestBody>,
    runtime: Handle,
}

#[async_trait]
impl HttpService for Service {
    async fn call(&self, req: HttpRequest) -> Result<HttpResponse, HttpError> {
        let seconds = req.body().content_length() / BYTES_IN_A_SECOND;
        let more = u64::try_from(seconds).unwrap_or(u64::MAX);
        let within = ANSWER_WITHIN.saturating_add(Duration::from_secs(more));
        let answer = whole(self.client.clone(), req);
        // Whoever waits no longer ends the request: its bytes stand in memory.
        let mut asked = JoinSet::new();
        asked.spawn_on(tokio::time::timeout(within, answer), &self.runtime);
        let answered = asked.join_next().await;
        answered
            .unwrap_or_else(|| Ok(Ok(Err(unsaid()))))
            .map_err(|error| HttpError::new(HttpErrorKind::Interrupted, error))?
            .map_err(|late| HttpError::new(HttpErrorKind::Timeout, late))?
    }
}

/// What no task says, since there is one.
fn unsaid() -> HttpError {
    HttpError::new(HttpErrorKind::Unknown, fmt::Error)
}

/// The store is there and cannot do anything just now.
#[derive(Debug, thiserror::Error)]
#[error("the store answered {status}: {said}")]
struct Overloaded {
    status: StatusCode,
    said: String,
}

/// Whether an answer says that another one may come later: from the store, or from what stands before it.
fn is_for_now(status: StatusCode) -> bool {
    let is_lasting = status == StatusCode::NOT_IMPLEMENTED;
    (status.is_server_error() && !is_lasting) || status == StatusCode::TOO_MANY_REQUESTS
}

/// The answer with all of its body, which is never more than was asked for.
async fn whole(
    client: Client<HttpsConnector<HttpConnector>, HttpRequestBody>,
    request: HttpRequest,
) -> Result<HttpResponse, HttpError> {
    let answer = client.request(request).await.map_err(|error| {
        let kind = if error.is_connect() {
            HttpErrorKind::Connect
        } else {
            HttpErrorKind::Request
        };
        HttpError::new(kind, error)
    })?;
    let (head, body) = answer.into_parts();
    let body = Limited::new(body, MOST_ANSWERED).collect().await;
    let body = body.map_err(|error| HttpError::new_boxed(HttpErrorKind::Decode, error))?;
    let body = body.to_bytes();
    if is_for_now(head.status) {
        let status = head.status;
        let said = in_short(&body);
        return Err(HttpError::new(
            HttpErrorKind::Interrupted,
            Overloaded { status, said },
        ));
    }
    let body = if head.status.is_success() {
        HttpResponseBody::from(body)
    } else {
        HttpResponseBody::from(in_short(&body))
    };
    Ok(Response::from_parts(head, body))
}
