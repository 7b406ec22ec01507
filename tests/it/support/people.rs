//! Those who use the program: people with browsers, and programs with tokens.

use std::collections::BTreeMap;
use std::sync::{Mutex, OnceLock};

use hansei::accounts::{
    self, Actor, EmailAddress, HashedPassword, Name, NewPassword, NewPerson, NewToken, Role,
    Scopes, TokenId,
};
use hansei::platform::ids::PersonId;
use jiff::Timestamp;
use reqwest::Method;
use serde_json::{Value, json};

use super::app::{Answer, TestApp};

/// Everybody's password.
pub(crate) const PASSWORD: &str = "marmalade kettle drum";

/// Why something is published without a review, as the form says it.
pub(crate) const REASON: (&str, &str) = ("reason", "others need to know");

/// Hashing takes a while on purpose: once is enough.
fn hashed() -> HashedPassword {
    static HASHED: OnceLock<HashedPassword> = OnceLock::new();
    let email = EmailAddress::parse("somebody@example.org").unwrap();
    let name = Name::parse("Somebody").unwrap();
    let hash = || {
        NewPassword::parse(PASSWORD, &email, &name)
            .unwrap()
            .hash()
            .unwrap()
    };
    HASHED.get_or_init(hash).clone()
}

/// A browser, with or without somebody signed in.
pub(crate) struct Browser<'a> {
    pub(crate) app: &'a TestApp,
    cookies: Mutex<BTreeMap<String, String>>,
    /// Who is signed in.
    pub(crate) id: PersonId,
    pub(crate) csrf: String,
}

/// A program that calls the API.
pub(crate) struct Program<'a> {
    app: &'a TestApp,
    pub(crate) token: String,
    pub(crate) id: TokenId,
}

impl TestApp {
    /// Creates a person without signing in.
    pub(crate) async fn person(&self, name: &str, role: Role) -> PersonId {
        let new = NewPerson {
            email: EmailAddress::parse(&format!("{name}@example.org")).unwrap(),
            name: Name::parse(name).unwrap(),
            role,
            password: Some(hashed()),
        };
        let mut conn = self.connect().await;
        accounts::create_person(&mut conn, &Actor::Operator, self.clock.now(), new)
            .await
            .unwrap()
    }

    /// A new person who has signed in.
    pub(crate) async fn sign_in(&self, name: &str, role: Role) -> Browser<'_> {
        let id = self.person(name, role).await;
        self.sign_in_again(name, id).await
    }

    /// Another browser of the same person.
    pub(crate) async fn sign_in_again(&self, name: &str, id: PersonId) -> Browser<'_> {
        let mut browser = self.stranger().await;
        let email = format!("{name}@example.org");
        let fields = [
            ("email", email.as_str()),
            ("password", PASSWORD),
            ("next", "/"),
        ];
        browser.post("/sign-in", &fields).await.is(303);
        browser.csrf = browser.get("/account").await.is(200).input("csrf").unwrap();
        browser.id = id;
        browser
    }

    /// A browser in which nobody is signed in, with the token of the sign-in form.
    pub(crate) async fn stranger(&self) -> Browser<'_> {
        let mut browser = Browser {
            app: self,
            cookies: Mutex::default(),
            id: PersonId(0),
            csrf: String::new(),
        };
        browser.csrf = browser.get("/sign-in").await.is(200).input("csrf").unwrap();
        browser
    }

    /// A program of the organisation.
    pub(crate) async fn program(&self, scopes: &str) -> Program<'_> {
        self.program_of(scopes, None, None).await
    }

    pub(crate) async fn program_of(
        &self,
        scopes: &str,
        person: Option<PersonId>,
        expires_at: Option<Timestamp>,
    ) -> Program<'_> {
        let new = NewToken {
            name: Name::parse("bot").unwrap(),
            scopes: Scopes::parse(scopes).unwrap(),
            expires_at,
            person,
        };
        let mut conn = self.connect().await;
        let now = self.clock.now();
        let (secret, id) = accounts::create_token(&mut conn, &Actor::Operator, now, new)
            .await
            .unwrap();
        Program {
            app: self,
            token: secret.expose().to_owned(),
            id,
        }
    }
}

impl Browser<'_> {
    /// What it sends of itself.
    pub(crate) fn cookie_header(&self) -> String {
        let cookies = self.cookies.lock().unwrap();
        let pairs: Vec<String> = cookies
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        pairs.join("; ")
    }

    pub(crate) async fn send(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<reqwest::Body>,
    ) -> Answer {
        let cookie = self.cookie_header();
        let mut all = headers.to_vec();
        all.push(("cookie", &cookie));
        let answer = self.app.send(method, path, &all, body).await;
        self.cookies.lock().unwrap().extend(answer.cookies());
        answer
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, &[], "").await
    }

    /// Posts a form with this browser's token.
    pub(crate) async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let mut fields = fields.to_vec();
        fields.push(("csrf", &self.csrf));
        self.post_as_is(path, &fields, &[]).await
    }

    /// Posts a form that says no more than this.
    pub(crate) async fn post_as_is(
        &self,
        path: &str,
        fields: &[(&str, &str)],
        headers: &[(&str, &str)],
    ) -> Answer {
        let mut headers = headers.to_vec();
        headers.push(("content-type", "application/x-www-form-urlencoded"));
        let body = serde_urlencoded::to_string(fields).unwrap();
        self.send(Method::POST, path, &headers, body).await
    }

    /// Writes a report through the form; answers its key. What is published says why without a review.
    pub(crate) async fn write(&self, fields: &[(&str, &str)]) -> String {
        let mut fields = fields.to_vec();
        if !fields.iter().any(|(name, _)| *name == "reason") {
            fields.push(REASON);
        }
        let answer = self.post("/reports", &fields).await.is(303);
        let location = answer.header("location");
        location.strip_prefix("/reports/").unwrap().to_owned()
    }

    pub(crate) async fn publish(&self, key: &str) {
        self.publish_as_read(key, &[REASON]).await.is(303);
    }

    /// Publishes what the page of the report shows now.
    pub(crate) async fn publish_as_read(&self, key: &str, fields: &[(&str, &str)]) -> Answer {
        let revision = self.app.revision(key).await;
        let mut fields = fields.to_vec();
        fields.push(("revision", &revision));
        self.post(&format!("/reports/{key}/publish"), &fields).await
    }
}

impl Program<'_> {
    pub(crate) async fn send(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<reqwest::Body>,
    ) -> Answer {
        let bearer = format!("Bearer {}", self.token);
        let mut all = headers.to_vec();
        all.push(("authorization", &bearer));
        self.app.send(method, path, &all, body).await
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, &[], "").await
    }

    pub(crate) async fn post(&self, headers: &[(&str, &str)], body: &Value) -> Answer {
        let mut headers = headers.to_vec();
        headers.push(("content-type", "application/json"));
        self.send(Method::POST, "/api/v1/reports", &headers, body.to_string())
            .await
    }

    pub(crate) async fn put(&self, key: &str, if_match: &str, document: &str) -> Answer {
        let headers = [("content-type", "text/markdown"), ("if-match", if_match)];
        self.send(
            Method::PUT,
            &format!("/api/v1/reports/{key}"),
            &headers,
            document.to_owned(),
        )
        .await
    }

    /// Creates a report; answers its key.
    pub(crate) async fn write(&self, document: &str, publish: bool) -> String {
        let body = json!({ "document": document, "publish": publish, "reason": REASON.1 });
        let answer = self.post(&[], &body).await.is(201);
        answer.json()["id"].as_str().unwrap().to_owned()
    }

    /// The keys a search finds.
    pub(crate) async fn find(&self, query: &str) -> Vec<String> {
        let query = serde_urlencoded::to_string([("q", query), ("limit", "100")]).unwrap();
        keys(
            &self
                .get(&format!("/api/v1/search?{query}"))
                .await
                .is(200)
                .json(),
        )
    }
}

/// The keys in a list.
pub(crate) fn keys(list: &Value) -> Vec<String> {
    let items = list["items"].as_array().unwrap();
    items
        .iter()
        .map(|item| item["id"].as_str().unwrap().to_owned())
        .collect()
}
