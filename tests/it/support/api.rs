//! The API as programs call it: JSON there, JSON back. Addresses are those below `/api/v1/reports/`.

use reqwest::Method;
use serde_json::Value;

use super::app::Answer;
use super::people::Program;

/// The scopes of a program that reads and writes.
pub(crate) const WRITER: &str = "search:read,reports:read,reports:write";

impl Program<'_> {
    /// Sends JSON about a report; without a body for null.
    pub(crate) async fn ask(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: &Value,
    ) -> Answer {
        let path = format!("/api/v1/reports/{path}");
        if body.is_null() {
            return self.send(method, &path, headers, "").await;
        }
        let mut headers = headers.to_vec();
        headers.push(("content-type", "application/json"));
        self.send(method, &path, &headers, body.to_string()).await
    }

    /// What a report, or a list beside it, says.
    pub(crate) async fn read(&self, path: &str) -> Value {
        self.ask(Method::GET, path, &[], &Value::Null)
            .await
            .is(200)
            .json()
    }

    pub(crate) async fn add(&self, path: &str, body: &Value) -> Answer {
        self.ask(Method::POST, path, &[], body).await
    }

    /// The same request however often it is sent, as far as the key tells.
    pub(crate) async fn add_once(&self, path: &str, key: &str, body: &Value) -> Answer {
        let headers = [("idempotency-key", key)];
        self.ask(Method::POST, path, &headers, body).await
    }

    pub(crate) async fn replace(&self, path: &str, body: &Value) -> Answer {
        self.ask(Method::PUT, path, &[], body).await
    }

    pub(crate) async fn remove(&self, path: &str) -> Answer {
        self.ask(Method::DELETE, path, &[], &Value::Null).await
    }
}
