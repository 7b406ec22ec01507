//! One browser, one driver, one server, for one journey. All of them end with it.

use std::cell::RefCell;
use std::ffi::OsStr;
use std::io::{BufRead as _, BufReader};
use std::ops::Deref;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use fantoccini::elements::Element;
use fantoccini::error::{CmdError, ErrorStatus};
use fantoccini::wd::{Capabilities, WebDriverCompatibleCommand};
use fantoccini::{Client, ClientBuilder, Locator};
use serde_json::{Value, json};

use crate::program::{Home, Server};

/// Reached only by a failing journey.
const LIMIT: Duration = Duration::from_secs(20);

pub(crate) const PASSWORD: &str = "marmalade kettle drum";

const FLAGS: [&str; 9] = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
];

fn installed(names: &[&str]) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    names
        .iter()
        .flat_map(|name| folders.iter().map(move |folder| folder.join(name)))
        .find(|file| file.is_file())
}

/// How a browser begins.
#[derive(Clone, Copy)]
pub(crate) struct Begin {
    pub(crate) scripts: bool,
    pub(crate) width: u32,
    /// Create somebody and sign in, as a person who writes.
    pub(crate) signed_in: bool,
}

impl Default for Begin {
    fn default() -> Self {
        Self {
            scripts: true,
            width: 1280,
            signed_in: true,
        }
    }
}

/// Somebody's browser at the server of a journey.
#[derive(Clone)]
pub(crate) struct Browser {
    pub(crate) client: Client,
    url: String,
}

pub(crate) struct Journey {
    browser: Browser,
    pub(crate) server: Server,
    driver: Child,
    port: u16,
    chromium: PathBuf,
    begun: Begin,
    /// Those who came later, until the end.
    guests: RefCell<Vec<(Client, Home)>>,
    _profile: Home,
    home: Home,
}

impl Deref for Journey {
    type Target = Browser;

    fn deref(&self) -> &Browser {
        &self.browser
    }
}

/// What Chromium's driver knows beside the standard: a path below the session's, and what is sent there.
#[derive(Debug)]
struct Driver(&'static str, Value);

impl WebDriverCompatibleCommand for Driver {
    fn endpoint(
        &self,
        base_url: &url::Url,
        session_id: Option<&str>,
    ) -> Result<url::Url, url::ParseError> {
        let session = session_id.unwrap_or_default();
        base_url.join(&format!("session/{session}/{}", self.0))
    }

    fn method_and_body(&self, request_url: &url::Url) -> (reqwest::Method, Option<String>) {
        debug_assert!(request_url.path().ends_with(self.0));
        (reqwest::Method::POST, Some(self.1.to_string()))
    }
}

impl Journey {
    /// `None` where there is no browser.
    pub(crate) async fn begin(how: Begin) -> Option<Self> {
        let chromium = installed(&["chromium", "chromium-browser", "google-chrome"]);
        let driver = installed(&["chromedriver"]);
        let (Some(chromium), Some(driver)) = (chromium, driver) else {
            let required = std::env::var_os("CI").as_deref() == Some(OsStr::new("true"));
            assert!(
                !required,
                "Chromium and its driver are required when CI=true"
            );
            println!("left out: install chromium and chromium-driver to run this journey");
            return None;
        };
        let (home, profile) = (Home::new(), Home::new());
        if how.signed_in {
            let create = [
                "user",
                "create",
                "--email",
                "ana@example.org",
                "--name",
                "Ana",
                "--role",
                "admin",
            ];
            home.run_with(&create, &format!("{PASSWORD}\n")).ended(0);
        }
        let server = Server::start(&home);
        let (driver, port) = start(&driver);
        let browser = Browser {
            client: connect(port, &chromium, &profile, how).await,
            url: server.url.clone(),
        };
        let journey = Self {
            browser,
            server,
            driver,
            port,
            chromium,
            begun: how,
            guests: RefCell::default(),
            _profile: profile,
            home,
        };
        if how.signed_in {
            journey.sign_in("ana@example.org").await;
        }
        Some(journey)
    }

    /// A browser of its own, like the first, for somebody new who writes.
    pub(crate) async fn guest(&self, name: &str) -> Browser {
        let email = format!("{}@example.org", name.to_lowercase());
        let create = [
            "user", "create", "--email", &email, "--name", name, "--role", "author",
        ];
        self.home
            .run_with(&create, &format!("{PASSWORD}\n"))
            .ended(0);
        let profile = Home::new();
        let client = connect(self.port, &self.chromium, &profile, self.begun).await;
        self.guests.borrow_mut().push((client.clone(), profile));
        let browser = Browser {
            client,
            url: self.server.url.clone(),
        };
        browser.sign_in(&email).await;
        browser
    }

    /// A file outside of the server's folder, for a browser to send.
    pub(crate) fn file(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let file = self.home.path().join(name);
        std::fs::write(&file, bytes).unwrap();
        file
    }

    fn postgres(&self) -> u32 {
        let process = self.home.postgres();
        process.unwrap_or_else(|| panic!("there is no Postgres"))
    }

    /// Postgres answers nobody, and hangs up on nobody, until what is returned is dropped.
    pub(crate) fn hold_postgres(&self) -> Held {
        let mut processes = vec![self.postgres()];
        // First the one that makes the others.
        send_signal("STOP", &processes);
        processes.extend(children(processes[0]));
        send_signal("STOP", &processes);
        Held(processes)
    }

    /// Asks Postgres to end at once: it hangs up on everybody.
    pub(crate) fn interrupt_postgres(&self) {
        send_signal("INT", &[self.postgres()]);
    }

    /// Ends the server as a crash of the machine would; the answer starts it again where it was.
    pub(crate) fn crash(&mut self) -> impl FnOnce(&mut Self) + use<> {
        let listen = self.server.url.trim_start_matches("http://").to_owned();
        self.server.end();
        move |journey| journey.server = Server::start_at(&journey.home, &listen, &[])
    }

    /// The end of every journey: nothing went wrong behind the scenes.
    pub(crate) async fn end(self) {
        self.end_after(&[]).await;
    }

    /// The same where some of what is logged, by the browsers or the server, was to be expected.
    pub(crate) async fn end_after(self, expected: &[&str]) {
        let as_expected = |line: &str| expected.iter().any(|it| line.contains(it));
        let guests = self.guests.take();
        let clients = guests.iter().map(|(client, _)| client);
        for client in clients.chain([&self.client]) {
            let log = Driver("se/log", json!({ "type": "browser" }));
            let log = client.issue_cmd(log).await.unwrap();
            let entries = log.as_array().unwrap();
            // Answers that the journey asked for by name, such as 422, are listed as well.
            let bad: Vec<&Value> = entries
                .iter()
                .filter(|entry| {
                    let message = entry["message"].as_str().unwrap_or_default();
                    entry["level"] == "SEVERE"
                        && !message.contains("status of 4")
                        && !as_expected(message)
                        || message.contains("Content Security Policy")
                        || message.contains("Content-Security-Policy")
                })
                .collect();
            assert!(bad.is_empty(), "{bad:#?}");
            client.clone().close().await.unwrap();
        }
        let errors: Vec<String> = self
            .server
            .log()
            .into_iter()
            .filter(|line| line.contains("\"level\":\"ERROR\"") && !as_expected(line))
            .collect();
        assert!(errors.is_empty(), "{errors:#?}");
    }
}

impl Browser {
    /// Signs in, from wherever this browser is.
    async fn sign_in(&self, email: &str) {
        self.go("/sign-in").await;
        self.fill("#f-email", email).await;
        self.fill("#f-password", PASSWORD).await;
        self.click("main button[type=submit]").await;
        self.until_path("/").await;
    }

    pub(crate) async fn go(&self, path: &str) {
        self.client
            .goto(&format!("{}{path}", self.url))
            .await
            .unwrap();
    }

    pub(crate) async fn find(&self, css: &str) -> Element {
        self.client
            .wait()
            .at_most(LIMIT)
            .every(Duration::from_millis(20))
            .for_element(Locator::Css(css))
            .await
            .unwrap_or_else(|error| panic!("{css}: {error}"))
    }

    pub(crate) async fn fill(&self, css: &str, text: &str) {
        let field = self.find(css).await;
        field.clear().await.unwrap();
        field.send_keys(text).await.unwrap();
    }

    pub(crate) async fn click(&self, css: &str) {
        // At once: a page that still scrolls has its elements elsewhere.
        let script = "arguments[0].scrollIntoView({ block: 'center', behavior: 'instant' })";
        let begun = Instant::now();
        loop {
            let element = self.find(css).await;
            let argument = serde_json::to_value(&element).unwrap();
            self.client.execute(script, vec![argument]).await.unwrap();
            match element.click().await {
                Ok(()) => return,
                Err(CmdError::Standard(error))
                    if error.error == ErrorStatus::ElementClickIntercepted
                        && begun.elapsed() < LIMIT => {}
                Err(error) => panic!("{css}: {error}"),
            }
        }
    }

    /// Types wherever the focus is.
    pub(crate) async fn press(&self, keys: &str) {
        self.client
            .active_element()
            .await
            .unwrap()
            .send_keys(keys)
            .await
            .unwrap();
    }

    /// Waits until a script's expression is true. Works without scripts on the page, too.
    pub(crate) async fn until(&self, expression: &str) {
        let begun = Instant::now();
        loop {
            // While a page gives way to the next there is nobody to ask.
            let said = self
                .client
                .execute(&format!("return Boolean({expression})"), Vec::new())
                .await;
            if matches!(said, Ok(Value::Bool(true))) {
                return;
            }
            if begun.elapsed() > LIMIT {
                let page = self.client.source().await.unwrap_or_default();
                let at = self
                    .client
                    .current_url()
                    .await
                    .map(String::from)
                    .unwrap_or_default();
                panic!("waited in vain for {expression} at {at}: {said:?}\n{page}");
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    pub(crate) async fn until_path(&self, path: &str) {
        let begun = Instant::now();
        loop {
            let url = self.client.current_url().await.unwrap();
            if url.path() == path {
                return;
            }
            assert!(
                begun.elapsed() < LIMIT,
                "at {url}, not {path}: {}",
                self.client.source().await.unwrap()
            );
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    pub(crate) async fn path(&self) -> String {
        self.client.current_url().await.unwrap().path().to_owned()
    }

    pub(crate) async fn text(&self, css: &str) -> String {
        self.find(css).await.text().await.unwrap()
    }

    pub(crate) async fn ask(&self, expression: &str) -> Value {
        self.client
            .execute(&format!("return {expression}"), Vec::new())
            .await
            .unwrap()
    }

    /// The fields of that name, one for each row.
    pub(crate) async fn fields(&self, name: &str) -> Vec<Element> {
        let css = format!("[name={name}]");
        self.find(&css).await;
        self.client.find_all(Locator::Css(&css)).await.unwrap()
    }

    /// Types at the end of what stands there.
    pub(crate) async fn type_into(&self, css: &str, text: &str) {
        self.find(css).await.send_keys(text).await.unwrap();
    }

    /// Chooses the option with this value.
    pub(crate) async fn choose(&self, css: &str, value: &str) {
        self.find(css).await.select_by_value(value).await.unwrap();
    }

    /// What stands in a field.
    pub(crate) async fn value(&self, css: &str) -> String {
        let field = self.find(css).await;
        field.prop("value").await.unwrap().unwrap_or_default()
    }

    /// Takes the network from this tab, or gives it back.
    pub(crate) async fn cut_off(&self, offline: bool) {
        let network = json!({ "offline": offline, "latency": 0, "throughput": 1_000_000_000 });
        let asked = json!({ "network_conditions": network });
        let asked = Driver("chromium/network_conditions", asked);
        self.client.issue_cmd(asked).await.unwrap();
    }

    /// Ends this tab as a lack of memory would.
    pub(crate) async fn crash(&self) {
        let asked = json!({ "cmd": "Page.crash", "params": {} });
        // Nobody is there to answer.
        let _gone = self
            .client
            .issue_cmd(Driver("goog/cdp/execute", asked))
            .await;
    }

    /// Presses a button and waits for the page that answers, even where its address is the same.
    pub(crate) async fn send(&self, css: &str) {
        let before = self.find("html").await;
        self.click(css).await;
        self.until_answered(&before).await;
    }

    /// Follows the link with these words.
    pub(crate) async fn follow(&self, words: &str) {
        let before = self.find("html").await;
        let link = self.client.find(Locator::LinkText(words)).await;
        link.unwrap_or_else(|error| panic!("{words}: {error}"))
            .click()
            .await
            .unwrap();
        self.until_answered(&before).await;
    }

    async fn until_answered(&self, before: &Element) {
        let begun = Instant::now();
        while before.tag_name().await.is_ok() {
            assert!(
                begun.elapsed() < LIMIT,
                "no answer:\n{}",
                self.client.source().await.unwrap()
            );
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        self.until("document.readyState === 'complete'").await;
    }
}

impl Drop for Journey {
    fn drop(&mut self) {
        // The driver ends its browsers when asked nicely, but one whose tab has crashed it leaves behind.
        let browsers = children(self.driver.id());
        send_signal("TERM", &[self.driver.id()]);
        let _gone = self.driver.wait();
        send_signal("KILL", &browsers);
    }
}

/// Processes that are held, and go on with this.
pub(crate) struct Held(Vec<u32>);

impl Drop for Held {
    fn drop(&mut self) {
        send_signal("CONT", &self.0);
    }
}

fn send_signal(name: &str, processes: &[u32]) {
    let processes: Vec<String> = processes.iter().map(u32::to_string).collect();
    // One that has ended meanwhile is none to worry about.
    let _sent = Command::new("kill")
        .arg(format!("-{name}"))
        .args(processes)
        .stderr(Stdio::null())
        .status();
}

/// The processes that this one has started, as Linux tells it.
fn children(parent: u32) -> Vec<u32> {
    let parent = parent.to_string();
    let is_child = |process: &u32| {
        let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
        let after_name = stat.rsplit(')').next().unwrap_or_default();
        after_name.split_whitespace().nth(1) == Some(parent.as_str())
    };
    let processes = std::fs::read_dir("/proc").unwrap().flatten();
    processes
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .filter(is_child)
        .collect()
}

/// Starts a driver on a port of its choice.
fn start(driver: &std::path::Path) -> (Child, u16) {
    let mut child = Command::new(driver)
        .arg("--port=0")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let port = loop {
        let line = lines
            .next()
            .unwrap_or_else(|| panic!("the driver did not start"))
            .unwrap();
        if let Some((_, port)) = line.split_once("successfully on port ") {
            break port.trim_end_matches('.').parse().unwrap();
        }
    };
    // Else it could block on a full pipe.
    std::thread::spawn(move || lines.for_each(drop));
    (child, port)
}

async fn connect(port: u16, chromium: &std::path::Path, profile: &Home, how: Begin) -> Client {
    let mut flags: Vec<String> = FLAGS.iter().map(|flag| (*flag).to_owned()).collect();
    flags.push(format!(
        "--user-data-dir={}",
        profile.path().join("profile").display()
    ));
    flags.push(format!("--window-size={},900", how.width));
    let mut options = json!({ "args": flags, "binary": chromium });
    if !how.scripts {
        options["prefs"] = json!({ "profile.managed_default_content_settings.javascript": 2 });
    }
    if how.width < 500 {
        // Windows have a least width; phones do not.
        options["mobileEmulation"] = json!({ "deviceMetrics": { "width": how.width, "height": 844, "pixelRatio": 2.0, "touch": true } });
    }
    let mut capabilities = Capabilities::new();
    capabilities.insert("goog:chromeOptions".to_owned(), options);
    capabilities.insert("goog:loggingPrefs".to_owned(), json!({ "browser": "ALL" }));
    ClientBuilder::new(hyper_util::client::legacy::connect::HttpConnector::new())
        .capabilities(capabilities)
        .connect(&format!("http://127.0.0.1:{port}"))
        .await
        .unwrap()
}
