//! What the process tells about itself: log lines and metrics.

use std::io::{self, IsTerminal as _, Write};
use std::net::{SocketAddr, TcpListener};
use std::sync::OnceLock;
use std::time::Instant;

use actix_web::dev::ServerHandle;
use actix_web::http::header;
use actix_web::{App, HttpResponse, HttpServer, web};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

/// How log lines look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LogFormat {
    /// Text on a terminal, JSON anywhere else.
    #[default]
    Auto,
    /// For people.
    Text,
    /// For log collectors.
    Json,
}

/// Logging or metrics could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum TelemetryError {
    /// The level is not written like `info` or `hansei=debug,info`.
    #[error("the log level {0:?} cannot be read: {1}")]
    Level(String, tracing_subscriber::filter::ParseError),
    /// Something else logs or counts in this process already.
    #[error("logging and metrics were set up before: {0}")]
    SetUpBefore(String),
}

/// Starts logging to standard error, times in UTC, one line per event.
pub fn init(format: LogFormat, level: &str) -> Result<(), TelemetryError> {
    let filter = EnvFilter::try_new(level)
        .map_err(|problem| TelemetryError::Level(level.to_owned(), problem))?;
    let terminal = io::stderr().is_terminal();
    let json = match format {
        LogFormat::Auto => !terminal,
        LogFormat::Text => false,
        LogFormat::Json => true,
    };
    let layer = tracing_subscriber::fmt::layer().with_writer(OneLine(io::stderr));
    let registry = tracing_subscriber::registry().with(filter);
    let started = if json {
        registry.with(layer.json().flatten_event(true)).try_init()
    } else {
        registry
            .with(layer.with_ansi(terminal).with_target(false))
            .try_init()
    };
    started.map_err(|problem| TelemetryError::SetUpBefore(problem.to_string()))
}

/// Writes every event as one line: a newline inside it could pass for another event.
struct OneLine<M>(M);

impl<'a, M: MakeWriter<'a>> MakeWriter<'a> for OneLine<M> {
    type Writer = OneLineWriter<M::Writer>;

    fn make_writer(&'a self) -> Self::Writer {
        OneLineWriter(self.0.make_writer())
    }
}

struct OneLineWriter<W>(W);

impl<W: Write> Write for OneLineWriter<W> {
    /// Gets a whole event at once, with the newline that ends it.
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        let (line, end) = match buf.split_last() {
            Some((b'\n', line)) => (line, "\n"),
            _ => (buf, ""),
        };
        let mut safe = Vec::with_capacity(buf.len());
        for &byte in line {
            match byte {
                b'\n' => safe.extend_from_slice(b"\\n"),
                b'\r' => safe.extend_from_slice(b"\\r"),
                other => safe.push(other),
            }
        }
        safe.extend_from_slice(end.as_bytes());
        self.0.write_all(&safe)?;
        Ok(buf.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

struct Metrics {
    handle: PrometheusHandle,
    started: Instant,
}

static METRICS: OnceLock<Metrics> = OnceLock::new();

/// Seconds, from a cached page to the longest a request may take.
const BUCKETS: [f64; 12] = [
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0,
];

/// Starts counting. Counting before is harmless and lost.
pub fn install_metrics() -> Result<(), TelemetryError> {
    let before = |problem: String| TelemetryError::SetUpBefore(problem);
    let handle = PrometheusBuilder::new()
        .set_buckets(&BUCKETS)
        .map_err(|problem| before(problem.to_string()))?
        .install_recorder()
        .map_err(|problem| before(problem.to_string()))?;
    let metrics = Metrics {
        handle,
        started: Instant::now(),
    };
    METRICS
        .set(metrics)
        .map_err(|_second| before("metrics".to_owned()))?;
    metrics::describe_counter!("hansei_panics_total", "Handlers and jobs that panicked");
    metrics::describe_counter!(
        "hansei_index_drift_docs_total",
        "Documents that differed from the database though nothing announced it"
    );
    // What should stay 0 is there to be seen.
    for name in ["hansei_panics_total", "hansei_index_drift_docs_total"] {
        metrics::counter!(name).increment(0);
    }
    metrics::describe_histogram!("hansei_http_request_seconds", "Time to answer, by route");
    Ok(())
}

/// The metrics in the text format of Prometheus; empty before [`install_metrics`].
pub fn render() -> String {
    let Some(metrics) = METRICS.get() else {
        return String::new();
    };
    metrics::gauge!("hansei_uptime_seconds").set(metrics.started.elapsed().as_secs_f64());
    if let Some(bytes) = resident_bytes() {
        metrics::gauge!("process_resident_memory_bytes").set(bytes);
    }
    metrics.handle.run_upkeep();
    metrics.handle.render()
}

/// Memory in use, from `/proc`; `None` where there is no such thing.
fn resident_bytes() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kibibytes: f64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kibibytes * 1024.0)
}

/// Serves `/metrics` on an address of its own, which no proxy should publish. Returns where it
/// listens and how to stop it.
pub fn serve_metrics(listen: SocketAddr) -> io::Result<(SocketAddr, ServerHandle)> {
    let listener = TcpListener::bind(listen)?;
    let address = listener.local_addr()?;
    let server = HttpServer::new(|| App::new().route("/metrics", web::get().to(answer)))
        .workers(1)
        .max_connections(32)
        .shutdown_timeout(1)
        .disable_signals()
        .listen(listener)?
        .run();
    let handle = server.handle();
    drop(tokio::spawn(server));
    Ok((address, handle))
}

async fn answer() -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((
            header::CONTENT_TYPE,
            "text/plain; version=0.0.4; charset=utf-8",
        ))
        .body(render())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_stays_on_one_line() {
        let mut written = Vec::new();
        OneLineWriter(&mut written)
            .write_all(b"name=a\nroot=yes\r\n")
            .unwrap();
        assert_eq!(written, b"name=a\\nroot=yes\\r\n");
    }

    #[test]
    fn a_level_that_cannot_be_read_is_named() {
        let error = init(LogFormat::Auto, "hansei=loud")
            .unwrap_err()
            .to_string();
        assert!(error.contains("hansei=loud"), "{error}");
    }

    #[test]
    fn counted_things_are_rendered() {
        install_metrics().unwrap();
        metrics::counter!("hansei_test_total").increment(2);
        let text = render();
        assert!(text.contains("hansei_test_total 2"), "{text}");
        assert!(text.contains("hansei_uptime_seconds"), "{text}");
        assert!(text.contains("process_resident_memory_bytes"), "{text}");
        assert!(install_metrics().is_err());
    }
}
