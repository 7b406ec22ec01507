//! The whole floor, over real sockets: the server under test and a client that sends bytes.

mod answers;
mod forms;

use std::collections::BTreeMap;
use std::time::Duration;

use actix_web::HttpMessage as _;
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::*;
use crate::platform::app::Settings;
use crate::platform::clock::Clock;
use crate::platform::http::templates::Templates;
use crate::platform::http::{
    ApiError, Flash, Form, FormLimit, Json, Page, Path, Query, Raw, Redirect, Typed,
};
use crate::platform::secret::Secret;

const SESSION_TOKEN: &str = "0123456789abcdef0123456789abcdef";

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Note {
    title: String,
    #[serde(default)]
    tags: Vec<String>,
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Wire {
    title: String,
}

fn routes(config: &mut ServiceConfig) {
    config
        .route("/", web::get().to(async || Page::new("home", "Home", ())))
        .route(
            "/form",
            web::get().to(async || Page::new("form", "Form", ())),
        )
        .route(
            "/form",
            web::post().to(async |note: Form<Note>| format!("{} {:?}", note.title, note.tags)),
        )
        .service(
            web::resource("/document")
                .app_data(FormLimit(2048))
                .route(web::post().to(async |note: Form<Note>| note.title.len().to_string())),
        )
        .route(
            "/saved",
            web::post().to(async |_: Form<Note>| Redirect::to("/").with_flash(Flash::Saved)),
        )
        .route(
            "/api/echo",
            web::post().to(async |wire: Json<Wire>| {
                Json(Wire {
                    title: wire.0.title,
                })
            }),
        )
        .route(
            "/hooks/raw",
            web::post().to(async |raw: Raw| raw.0.len().to_string()),
        )
        .route(
            "/number/{n}",
            web::get().to(async |n: Path<u32>| n.to_string()),
        )
        .route(
            "/query",
            web::get().to(async |query: Query<Note>| query.0.title),
        )
        .configure(troubles);
}

/// What goes wrong, each in its own way.
fn troubles(config: &mut ServiceConfig) {
    config
        .route(
            "/never",
            web::get().to(std::future::pending::<&'static str>),
        )
        .route(
            "/never",
            web::post().to(async |_: Typed<Note>| std::future::pending::<&'static str>().await),
        )
        .route("/panic", web::get().to(panics))
        .route("/api/panic", web::get().to(panics))
        .route(
            "/internal",
            web::get().to(async || fails(Error::internal(anyhow::anyhow!("the cause")))),
        )
        .route(
            "/away",
            web::get().to(async || fails(Error::unavailable(anyhow::anyhow!("the cause")))),
        )
        .route(
            "/private",
            web::get().to(async || fails(Error::Unauthenticated)),
        )
        .route(
            "/api/private",
            web::get()
                .to(async || -> Result<&str, ApiError> { Err(Error::Unauthenticated.into()) }),
        );
}

async fn panics() -> &'static str {
    panic!("a planned panic with a secret")
}

fn fails(error: Error) -> Result<&'static str, PageError> {
    Err(error.into())
}

fn identify(request: &HttpRequest) -> LocalBoxFuture<'_, Result<(), Error>> {
    Box::pin(async move {
        if request
            .cookie("session")
            .is_some_and(|cookie| cookie.value() == "alice")
        {
            request.extensions_mut().insert(Viewer {
                name: "Alice".to_owned(),
                initials: "A".to_owned(),
                role: "author".to_owned(),
                may_write: true,
                is_admin: false,
                csrf_token: Secret::new(SESSION_TOKEN.to_owned()),
                unread: 0,
            });
        }
        Ok(())
    })
}

struct Server {
    running: Running,
}

struct Answer {
    status: u16,
    headers: BTreeMap<String, String>,
    body: String,
}

impl Server {
    async fn start() -> Self {
        Self::with(|_| {}).await
    }

    async fn with(change: impl FnOnce(&mut Settings)) -> Self {
        let mut settings = Settings::new("http://localhost:1/".parse().unwrap());
        settings.workers = 1;
        settings.drain = Duration::ZERO;
        change(&mut settings);
        let templates = [
            (
                "home.hbs",
                "{{page.user.name}} {{#if page.flash}}{{page.flash.text}}{{/if}}",
            ),
            ("form.hbs", "<form>[{{page.csrf}}]</form>"),
            (
                "error.hbs",
                "<h1>{{title}}</h1><p>{{message}}</p><ul>{{#each advice}}<li>{{this}}</li>{{/each}}</ul>{{#each kept}}<p>{{value}}</p>{{/each}}<a href=\"/\">{{request_id}}</a>",
            ),
        ];
        let sources = templates.map(|(name, source)| {
            (
                name.to_owned(),
                source.replace(
                    "{{page.user.name}}",
                    "{{#if page.user}}{{page.user.name}}{{/if}}",
                ),
            )
        });
        let templates = Templates::from_sources(sources).unwrap();
        let site = web::Data::new(Site::new(settings, templates, Clock::real()));
        let running = serve(site, "127.0.0.1:0".parse().unwrap(), identify, routes).unwrap();
        Self { running }
    }

    /// Sends a head (request line and further headers) and a body.
    async fn send(&self, head: &str, body: &str) -> Answer {
        let (line, headers) = head.split_once('\n').unwrap_or((head, ""));
        let mut text = format!("{line} HTTP/1.1\r\nConnection: close\r\n");
        if !headers
            .lines()
            .any(|header| header.trim().to_lowercase().starts_with("host:"))
        {
            text.push_str("Host: localhost\r\n");
        }
        for header in headers.lines() {
            text.extend([header.trim(), "\r\n"]);
        }
        if !body.is_empty() {
            text += "Content-Length: ";
            text += &body.len().to_string();
            text += "\r\n";
        }
        self.raw(&format!("{text}\r\n{body}")).await
    }

    async fn get(&self, path: &str) -> Answer {
        self.send(&format!("GET {path}"), "").await
    }

    async fn raw(&self, text: &str) -> Answer {
        let mut stream = TcpStream::connect(self.running.address).await.unwrap();
        stream.write_all(text.as_bytes()).await.unwrap();
        let mut bytes = Vec::new();
        // The server may close while it still has unread input, which resets the connection.
        drop(
            tokio::time::timeout(Duration::from_secs(10), stream.read_to_end(&mut bytes))
                .await
                .expect("an answer and an end"),
        );
        Answer::parse(&String::from_utf8_lossy(&bytes))
    }

    /// Posts a form as Alice, with the token of her session.
    async fn post_as_alice(&self, path: &str, fields: &str) -> Answer {
        let token = csrf::mask(SESSION_TOKEN).unwrap();
        let head = format!(
            "POST {path}\nCookie: session=alice\nContent-Type: application/x-www-form-urlencoded"
        );
        self.send(&head, &format!("{fields}&csrf={token}")).await
    }

    async fn stop(self) {
        self.running.stop().await.unwrap();
    }
}

impl Answer {
    fn parse(text: &str) -> Self {
        let (head, body) = text
            .split_once("\r\n\r\n")
            .unwrap_or_else(|| panic!("no head in {text:?}"));
        let mut lines = head.lines();
        let status = lines
            .next()
            .unwrap()
            .split(' ')
            .nth(1)
            .unwrap()
            .parse()
            .unwrap();
        let mut headers: BTreeMap<String, String> = BTreeMap::new();
        for (name, value) in lines.filter_map(|line| line.split_once(": ")) {
            let all = headers.entry(name.to_lowercase()).or_default();
            if !all.is_empty() {
                all.push_str(" | ");
            }
            all.push_str(value);
        }
        Self {
            status,
            headers,
            body: body.to_owned(),
        }
    }

    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }
}
