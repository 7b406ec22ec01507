//! The whole program in this process: all routes on a real socket, a database and an index of its own, the real indexer.
//!
//! Every test that uses it ends with [`TestApp::finish`], which demands that the index says what Postgres says. No
//! answer may be a 5xx, unless a test asks for one by name.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use actix_web::web;
use diesel_async::SimpleAsyncConnection as _;
use futures_util::FutureExt as _;
use hansei::platform::app::{App, Settings, Site};
use hansei::platform::clock::Clock;
use hansei::platform::db::listen::{Listener, listen};
use hansei::platform::db::{Connection, Pool, Session};
use hansei::platform::http::server::{Running, serve};
use hansei::platform::http::templates::Templates;
use hansei::platform::objects::Bucket;
use hansei::platform::search::{
    self, Audience, ConnectError, Filters, Index, Indexer, Order, Request, Source,
};
use hansei::{accounts, reports, routes};
use reqwest::header::HeaderMap;
use reqwest::{Client, Method};
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::postgres::{TestDatabase, text};

/// Long enough for a machine that does other things too; reached only by a failing test.
pub(crate) const LIMIT: Duration = Duration::from_secs(20);

/// A folder of its own, gone when this is dropped.
#[derive(Debug)]
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new(what: &str) -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("{what}-{}-{number}", std::process::id());
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.0.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, content).unwrap();
        path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _gone_already = std::fs::remove_dir_all(&self.0);
    }
}

/// What the index of this database is made from.
pub(crate) fn source(database: &TestDatabase) -> Source {
    let settings = database.settings();
    Source {
        connect: Arc::new(move || {
            let settings = settings.clone();
            async move {
                settings
                    .connect(Session::Background)
                    .await
                    .map_err(ConnectError::from)
            }
            .boxed()
        }),
        load: reports::load_documents,
    }
}

/// A running Hansei.
pub(crate) struct TestApp {
    pub(crate) database: TestDatabase,
    pub(crate) clock: Clock,
    pub(crate) index: Index,
    pub(crate) site: Arc<Site>,
    pub(crate) client: Client,
    pool: Pool,
    indexer: Arc<Indexer>,
    running: Running,
    folder: Folder,
    _listener: Listener,
    finished: bool,
}

impl TestApp {
    /// With the usual settings; its clock stands.
    pub(crate) async fn new() -> Self {
        Self::with(|_| {}).await
    }

    /// Where published open reports may be read without signing in.
    pub(crate) async fn open_to_all() -> Self {
        Self::with(|settings| settings.anonymous_reading = true).await
    }

    /// With no index to search, and no room for one until [`TestApp::give_index_room`].
    pub(crate) async fn without_index() -> Self {
        let folder = Folder::new("app");
        let _none_yet = std::fs::remove_dir_all(folder.path());
        std::fs::write(folder.path(), "").unwrap();
        Self::started(folder, |_| {}).await
    }

    pub(crate) async fn with(change: impl FnOnce(&mut Settings)) -> Self {
        let app = Self::started(Folder::new("app"), change).await;
        until("the first index", || app.index.documents().is_some()).await;
        app
    }

    async fn started(folder: Folder, change: impl FnOnce(&mut Settings)) -> Self {
        let database = TestDatabase::new().await;
        let mut settings = Settings::new("http://localhost:1/".parse().unwrap());
        settings.workers = 1;
        settings.drain = Duration::ZERO;
        change(&mut settings);
        let clock = Clock::standing("2026-11-21T12:00:00Z".parse().unwrap());
        let site = Arc::new(Site::new(
            settings,
            Templates::load().unwrap(),
            clock.clone(),
        ));
        let pool = Pool::new(database.settings(), Session::Request, 6).unwrap();
        let index = Index::open_or_wait(folder.path());
        let indexer = Arc::new(Indexer::spawn(index.clone(), source(&database)).unwrap());
        let bucket = site.settings.bucket.as_ref();
        let bucket = bucket.map(|it| Arc::new(Bucket::new(it).unwrap()));
        let app = web::Data::new(App {
            site: Arc::clone(&site),
            db: pool.clone(),
            search: index.clone(),
            indexer: Arc::clone(&indexer),
            bucket,
        });
        let woken = Arc::clone(&indexer);
        let listener = listen(database.settings(), App::CHANGES, move || woken.wake());
        let running = serve(
            web::Data::from(Arc::clone(&site)),
            "127.0.0.1:0".parse().unwrap(),
            accounts::identify,
            move |config| {
                config.app_data(app.clone());
                routes::configure(config);
            },
        )
        .unwrap();
        let client = Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .timeout(LIMIT)
            .build()
            .unwrap();
        Self {
            database,
            clock,
            index,
            site,
            client,
            pool,
            indexer,
            running,
            folder,
            _listener: listener,
            finished: false,
        }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://localhost:{}{path}", self.running.address.port())
    }

    pub(crate) async fn connect(&self) -> Connection {
        self.database.connect().await
    }

    /// Runs statements that no handler knows of.
    pub(crate) async fn sql(&self, sql: &str) {
        self.connect().await.batch_execute(sql).await.unwrap();
    }

    /// The column `text` of a query.
    pub(crate) async fn rows(&self, sql: &str) -> Vec<String> {
        text(&mut self.connect().await, sql).await
    }

    /// The latest revision of a report.
    pub(crate) async fn revision(&self, key: &str) -> String {
        let number: u64 = key.strip_prefix("PM-").unwrap().parse().unwrap();
        let sql = format!("SELECT revision::text AS text FROM reports WHERE number = {number}");
        self.rows(&sql).await.pop().unwrap_or_default()
    }

    /// Sends a request; a 5xx is a failure of the test.
    pub(crate) async fn send(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<reqwest::Body>,
    ) -> Answer {
        let mut request = self
            .client
            .request(method.clone(), self.url(path))
            .body(body);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let answer = Answer::of(request.send().await.unwrap()).await;
        let is_told = answer.status < 500 || answer.status == 503;
        assert!(is_told, "{method} {path}: {answer:?}");
        answer
    }

    /// Without a session or token.
    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, &[], "").await
    }

    /// Sends bytes as they are, for what no client library would send; answers what came back.
    pub(crate) async fn raw(&self, bytes: &[u8]) -> String {
        let mut stream = TcpStream::connect(self.running.address).await.unwrap();
        stream.write_all(bytes).await.unwrap();
        let mut answer = Vec::new();
        // A connection reset after the answer is as good as a closed one.
        let _ended = tokio::time::timeout(LIMIT, stream.read_to_end(&mut answer))
            .await
            .unwrap();
        String::from_utf8_lossy(&answer).into_owned()
    }

    /// Waits until everything committed by now is in the index.
    pub(crate) async fn indexed(&self) {
        self.indexer.wake();
        let mut connection = self.connect().await;
        let xid = search::current_transaction(&mut connection).await.unwrap();
        assert!(
            search::wait_until(self.folder.path(), xid, Duration::from_secs(5)).await,
            "not indexed within 5 s: {:?}",
            self.indexer.status()
        );
    }

    /// Deletes the folder of the index under the running program.
    pub(crate) fn lose_index(&self) {
        std::fs::remove_dir_all(self.folder.path()).unwrap();
    }

    /// Lets an index be built where [`TestApp::without_index`] left no room.
    pub(crate) fn give_index_room(&self) {
        std::fs::remove_file(self.folder.path()).unwrap();
    }

    /// Waits until a lost index has been built anew.
    pub(crate) async fn healed(&self) {
        self.indexer.wake();
        until("a new index", || {
            self.folder.path().join("CURRENT").exists()
        })
        .await;
    }

    /// The end of every test: the index says what Postgres says.
    pub(crate) async fn finish(mut self) {
        self.finished = true;
        self.indexed().await;
        self.index_equals_postgres().await;
        self.indexer.stop();
        self.pool.close();
    }

    async fn index_equals_postgres(&self) {
        let sql = "SELECT concat_ws(' ', id, rev) AS text FROM reports";
        let stored: BTreeSet<String> = self.rows(sql).await.into_iter().collect();
        let documents = usize::try_from(self.index.documents().unwrap()).unwrap();
        assert_eq!(
            documents,
            stored.len(),
            "documents in the index, reports stored"
        );
        let mut found = BTreeSet::new();
        while found.len() < stored.len().min(900) {
            let request = Request {
                query: &search::query::parse(""),
                filters: &Filters::default(),
                audience: &Audience::Everything,
                limit: 100,
                offset: found.len(),
                facets: false,
                order: Order::Newest,
            };
            let hits = self.index.search(&request).unwrap().hits;
            assert!(!hits.is_empty(), "{found:?} of {stored:?}");
            found.extend(hits.iter().map(|hit| format!("{} {}", hit.id, hit.rev)));
        }
        assert!(found.is_subset(&stored), "{found:?} against {stored:?}");
    }
}

impl Drop for TestApp {
    fn drop(&mut self) {
        assert!(
            self.finished || std::thread::panicking(),
            "the test did not end with `app.finish().await`"
        );
        self.indexer.stop();
    }
}

/// Waits for a state, within the limit.
pub(crate) async fn until(what: &str, mut reached: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !reached() {
        assert!(begun.elapsed() < LIMIT, "waited in vain for {what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    /// As text, as far as it is.
    pub(crate) body: String,
    pub(crate) bytes: Vec<u8>,
}

impl Answer {
    async fn of(response: reqwest::Response) -> Self {
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let body = response.bytes().await.unwrap();
        Self {
            status,
            headers,
            body: String::from_utf8_lossy(&body).into_owned(),
            bytes: body.to_vec(),
        }
    }

    /// A header's value, empty if there is none.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }

    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// The status, demanded.
    #[track_caller]
    pub(crate) fn is(self, status: u16) -> Self {
        assert_eq!(
            self.status,
            status,
            "{} {}",
            self.header("location"),
            self.body
        );
        self
    }

    /// Problem details with this status, whose `fields` name these.
    #[track_caller]
    pub(crate) fn problem(self, status: u16, fields: &[&str]) -> Self {
        let answer = self.is(status);
        assert_eq!(answer.header("content-type"), "application/problem+json");
        let problem = answer.json();
        assert_eq!(problem["status"], status);
        assert!(
            problem["request_id"]
                .as_str()
                .is_some_and(|id| !id.is_empty())
        );
        let named: Vec<&str> = problem["fields"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|problem| problem["field"].as_str().unwrap())
            .collect();
        assert_eq!(named, fields, "{}", answer.body);
        answer
    }

    /// Cookies set, as name and value.
    pub(crate) fn cookies(&self) -> impl Iterator<Item = (String, String)> {
        self.headers.get_all("set-cookie").iter().map(|cookie| {
            let pair = cookie.to_str().unwrap().split(';').next().unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            (name.to_owned(), value.to_owned())
        })
    }

    /// The value of the first hidden or visible input of this name.
    pub(crate) fn input(&self, name: &str) -> Option<String> {
        let (_, value) = self.body.split_once(&format!("name=\"{name}\" value=\""))?;
        Some(unescape(value.split('"').next()?))
    }
}

/// Text as a reader sees it.
pub(crate) fn unescape(html: &str) -> String {
    html.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&#x27;", "'")
        .replace("&#39;", "'")
        .replace("&#x60;", "`")
        .replace("&#x3D;", "=")
        .replace("&amp;", "&")
}
