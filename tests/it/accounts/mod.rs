//! Accounts over real sockets and a real Postgres: set-up, signing in and out, tokens.

mod set_up_and_tokens;
mod sign_in;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use actix_web::web::{self, ServiceConfig};
use hansei::accounts::{
    self, Actor, ApiActor, EmailAddress, Failure, Name, NewPassword, NewPerson, Reader, Role,
    Scope, SignedIn,
};
use hansei::platform::app::{App, Settings, Site};
use hansei::platform::clock::Clock;
use hansei::platform::db::{Connection, Pool, Session};
use hansei::platform::http::ApiError;
use hansei::platform::http::server::{Running, serve};
use hansei::platform::http::templates::Templates;
use hansei::platform::ids::PersonId;
use hansei::platform::search::{Index, Indexer};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::support::app::{Folder, source};
use crate::support::postgres::TestDatabase;

const PASSWORD: &str = "marmalade kettle drum";

struct Server {
    running: Running,
    clock: Clock,
    database: TestDatabase,
    indexer: Arc<Indexer>,
    _folder: Folder,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.indexer.stop();
    }
}

struct Answer {
    status: u16,
    headers: BTreeMap<String, Vec<String>>,
    body: String,
}

impl Answer {
    fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .and_then(|values| values.first())
            .map_or("", String::as_str)
    }

    /// The session cookie that the answer sets, as `name=value`.
    fn session(&self) -> Option<&str> {
        let cookies = self.headers.get("set-cookie")?;
        let cookie = cookies
            .iter()
            .find(|cookie| cookie.starts_with("hansei="))?;
        cookie.split(';').next()
    }
}

async fn who(SignedIn(actor): SignedIn) -> String {
    actor.name().to_owned()
}

async fn read(Reader(actor): Reader) -> String {
    actor.name().to_owned()
}

async fn api(actor: ApiActor) -> Result<String, ApiError> {
    actor.require_scope(Scope::SearchRead)?;
    Ok(actor.0.name().to_owned())
}

impl Server {
    async fn start() -> Self {
        Self::with(|_| {}).await
    }

    async fn with(change: impl FnOnce(&mut Settings)) -> Self {
        let database = TestDatabase::new().await;
        let mut settings = Settings::new("http://localhost:1/".parse().unwrap());
        settings.workers = 1;
        settings.drain = Duration::ZERO;
        change(&mut settings);
        let templates = [
            (
                "sign_in.hbs",
                "[{{page.csrf}}] <{{problem}}> ({{form.email.value}}) next={{next}}",
            ),
            (
                "set_up.hbs",
                "[{{page.csrf}}] {{form.name.problem}} {{form.password.problem}}",
            ),
            (
                "account.hbs",
                "[{{page.csrf}}] {{#each sessions}}<{{id}}>{{/each}} {{form.current_password.problem}}",
            ),
            ("error.hbs", "{{title}}. {{detail}}"),
        ];
        let sources = templates.map(|(name, source)| (name.to_owned(), source.to_owned()));
        let templates = Templates::from_sources(sources).unwrap();
        let clock = Clock::standing("2026-11-21T12:00:00Z".parse().unwrap());
        let site = Arc::new(Site::new(settings, templates, clock.clone()));
        let db = Pool::new(database.settings(), Session::Request, 4).unwrap();
        let folder = Folder::new("accounts");
        let search = Index::open(folder.path()).unwrap();
        let indexer = Arc::new(Indexer::spawn(search.clone(), source(&database)).unwrap());
        let app = web::Data::new(App {
            site: Arc::clone(&site),
            db,
            search,
            indexer: Arc::clone(&indexer),
            bucket: None,
        });
        let configure = move |config: &mut ServiceConfig| {
            config
                .app_data(app.clone())
                .route("/who", web::get().to(who))
                .route("/read", web::get().to(read))
                .route("/api/v1/who", web::get().to(api))
                .configure(accounts::pages::routes);
        };
        let listen = "127.0.0.1:0".parse().unwrap();
        let running = serve(web::Data::from(site), listen, accounts::identify, configure).unwrap();
        Self {
            running,
            clock,
            database,
            indexer,
            _folder: folder,
        }
    }

    async fn connect(&self) -> Connection {
        self.database.connect().await
    }

    async fn add(&self, email: &str) -> PersonId {
        let mut conn = self.connect().await;
        create(&mut conn, &self.clock, email).await.unwrap()
    }

    async fn send(&self, head: &str, body: &str) -> Answer {
        let mut text = head
            .replace('\n', "\r\n")
            .replacen("\r\n", " HTTP/1.1\r\n", 1);
        if !text.contains("HTTP/1.1") {
            text.push_str(" HTTP/1.1");
        }
        let length = body.len();
        let tail = format!(
            "\r\nHost: localhost\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n{body}"
        );
        text.push_str(&tail);
        let mut stream = TcpStream::connect(self.running.address).await.unwrap();
        stream.write_all(text.as_bytes()).await.unwrap();
        let mut bytes = Vec::new();
        let limit = Duration::from_secs(30);
        tokio::time::timeout(limit, stream.read_to_end(&mut bytes))
            .await
            .unwrap()
            .unwrap();
        parse(&String::from_utf8(bytes).unwrap())
    }

    async fn get(&self, path: &str, cookie: &str) -> Answer {
        self.send(&format!("GET {path}\nCookie: {cookie}"), "")
            .await
    }

    /// The head and body of a form with the token that `page` gives out.
    async fn prepare(
        &self,
        (page, path): (&str, &str),
        cookie: &str,
        fields: &[(&str, &str)],
    ) -> (String, String) {
        let form = self.get(page, cookie).await;
        let token = form.body.split(['[', ']']).nth(1).unwrap_or_default();
        let mut cookies = vec![cookie.to_owned()];
        let set = form.headers.get("set-cookie").into_iter().flatten();
        cookies.extend(set.map(|cookie| cookie.split(';').next().unwrap().to_owned()));
        let mut all = fields.to_vec();
        all.push(("csrf", token));
        let head = format!(
            "POST {path}\nCookie: {}\nContent-Type: application/x-www-form-urlencoded",
            cookies.join("; ")
        );
        (head, serde_urlencoded::to_string(all).unwrap())
    }

    /// Posts a form with the token that its page gives out.
    async fn post(&self, paths: (&str, &str), cookie: &str, fields: &[(&str, &str)]) -> Answer {
        let (head, body) = self.prepare(paths, cookie, fields).await;
        self.send(&head, &body).await
    }

    async fn sign_in(&self, email: &str, password: &str) -> Answer {
        let fields = [("email", email), ("password", password), ("next", "/who")];
        self.post(("/sign-in", "/sign-in"), "", &fields).await
    }
}

fn parse(text: &str) -> Answer {
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    let mut lines = head.lines();
    let status = lines
        .next()
        .unwrap()
        .split(' ')
        .nth(1)
        .unwrap()
        .parse()
        .unwrap();
    let mut headers: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (name, value) in lines.filter_map(|line| line.split_once(": ")) {
        headers
            .entry(name.to_lowercase())
            .or_default()
            .push(value.to_owned());
    }
    Answer {
        status,
        headers,
        body: body.to_owned(),
    }
}

async fn create(conn: &mut Connection, clock: &Clock, email: &str) -> Result<PersonId, Failure> {
    let (email, name) = (
        EmailAddress::parse(email).unwrap(),
        Name::parse("Ana").unwrap(),
    );
    let password = NewPassword::parse(PASSWORD, &email, &name)
        .unwrap()
        .hash()
        .unwrap();
    let new = NewPerson {
        email,
        name,
        role: Role::Author,
        password: Some(password),
    };
    accounts::create_person(conn, &Actor::Operator, clock.now(), new).await
}
