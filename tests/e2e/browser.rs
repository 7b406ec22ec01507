//! One browser, one driver, one server, for one journey. All of them end with it.

use std::ffi::OsStr;
use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

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

pub(crate) struct Journey {
    pub(crate) client: Client,
    pub(crate) server: Server,
    driver: Child,
    port: u16,
    chromium: PathBuf,
    _profile: Home,
    home: Home,
}

/// Somebody else's browser, at the same server.
pub(crate) struct Guest {
    pub(crate) client: Client,
    _profile: Home,
}

/// The log of the browser's console: everything that went wrong on a page.
#[derive(Debug)]
struct ConsoleLog;

impl WebDriverCompatibleCommand for ConsoleLog {
    fn endpoint(
        &self,
        base_url: &url::Url,
        session_id: Option<&str>,
    ) -> Result<url::Url, url::ParseError> {
        base_url.join(&format!(
            "session/{}/se/log",
            session_id.unwrap_or_default()
        ))
    }

    fn method_and_body(&self, request_url: &url::Url) -> (reqwest::Method, Option<String>) {
        let body = json!({ "type": "browser" }).to_string();
        debug_assert!(request_url.path().ends_with("/se/log"));
        (reqwest::Method::POST, Some(body))
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
        let mut journey = Self {
            client: connect(port, &chromium, &profile, how).await,
            server,
            driver,
            port,
            chromium,
            _profile: profile,
            home,
        };
        if how.signed_in {
            journey.sign_in().await;
        }
        Some(journey)
    }

    /// A browser of its own for somebody new who writes.
    pub(crate) async fn guest(&self, name: &str) -> Guest {
        let email = format!("{name}@example.org");
        let create = [
            "user", "create", "--email", &email, "--name", name, "--role", "author",
        ];
        self.home
            .run_with(&create, &format!("{PASSWORD}\n"))
            .ended(0);
        let profile = Home::new();
        let client = connect(self.port, &self.chromium, &profile, Begin::default()).await;
        let page = format!("{}/sign-in", self.server.url);
        client.goto(&page).await.unwrap();
        for (field, text) in [("#f-email", email.as_str()), ("#f-password", PASSWORD)] {
            let field = client.find(Locator::Css(field)).await.unwrap();
            field.send_keys(text).await.unwrap();
        }
        let button = Locator::Css("main button[type=submit]");
        client.find(button).await.unwrap().click().await.unwrap();
        Guest {
            client,
            _profile: profile,
        }
    }

    /// Ends the server as a crash of the machine would; the answer starts it again where it was.
    pub(crate) fn crash(&mut self) -> impl FnOnce(&mut Self) + use<> {
        let listen = self.server.url.trim_start_matches("http://").to_owned();
        self.server.end();
        move |journey| journey.server = Server::start_at(&journey.home, &listen, &[])
    }

    async fn sign_in(&mut self) {
        self.go("/sign-in").await;
        self.fill("#f-email", "ana@example.org").await;
        self.fill("#f-password", PASSWORD).await;
        self.click("main button[type=submit]").await;
        self.until_path("/").await;
    }

    pub(crate) async fn go(&self, path: &str) {
        self.client
            .goto(&format!("{}{path}", self.server.url))
            .await
            .unwrap();
    }

    pub(crate) async fn find(&self, css: &str) -> fantoccini::elements::Element {
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
        let element = self.find(css).await;
        // At once: a page that still scrolls has its elements elsewhere.
        let script = "arguments[0].scrollIntoView({ block: 'center', behavior: 'instant' })";
        let argument = serde_json::to_value(&element).unwrap();
        self.client.execute(script, vec![argument]).await.unwrap();
        element.click().await.unwrap();
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

    /// The end of every journey: nothing went wrong behind the scenes.
    pub(crate) async fn end(self) {
        let log = self.client.issue_cmd(ConsoleLog).await.unwrap();
        let entries = log.as_array().unwrap();
        // Answers that the journey asked for by name, such as 422, are listed as well.
        let bad: Vec<&Value> = entries
            .iter()
            .filter(|entry| {
                let message = entry["message"].as_str().unwrap_or_default();
                entry["level"] == "SEVERE" && !message.contains("status of 4")
                    || message.contains("Content Security Policy")
                    || message.contains("Content-Security-Policy")
            })
            .collect();
        assert!(bad.is_empty(), "{bad:#?}");
        self.client.clone().close().await.unwrap();
        let errors: Vec<String> = self
            .server
            .log()
            .into_iter()
            .filter(|line| line.contains("\"level\":\"ERROR\""))
            .collect();
        assert!(errors.is_empty(), "{errors:#?}");
    }
}

impl Drop for Journey {
    fn drop(&mut self) {
        // The driver ends its browser when asked nicely.
        let pid = self.driver.id().to_string();
        let _asked = Command::new("kill").args(["-TERM", &pid]).status();
        let _gone = self.driver.wait();
    }
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
