//! Reading and writing JSON for programs.

use std::fmt;
use std::ops::Deref;

use actix_web::body::BoxBody;
use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest, HttpResponse, Responder};
use futures_util::future::LocalBoxFuture;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::form::{media_type, read};
use super::{ApiError, Error, dressed};

/// A JSON body, in or out. Read strictly: the content type must be JSON, the bytes UTF-8 without
/// NUL; unknown fields are refused when the type says `#[serde(deny_unknown_fields)]`.
pub struct Json<T>(pub T);

impl<T: DeserializeOwned + 'static> FromRequest for Json<T> {
    type Error = actix_web::Error;
    type Future = LocalBoxFuture<'static, Result<Self, actix_web::Error>>;

    fn from_request(req: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, payload) = (req.clone(), payload.take());
        Box::pin(async move {
            read_json(&request, payload)
                .await
                .map_err(|error| dressed(&request, error))
        })
    }
}

async fn read_json<T: DeserializeOwned>(
    request: &HttpRequest,
    payload: Payload,
) -> Result<Json<T>, Error> {
    let kind = media_type(request);
    let is_json =
        kind == "application/json" || (kind.starts_with("application/") && kind.ends_with("+json"));
    if !is_json {
        return Err(Error::UnsupportedMediaType(
            "Content-Type: application/json",
        ));
    }
    parse_bytes(&read(request, payload).await?).map(Json)
}

/// Reads JSON from bytes, for routes that take other kinds of bodies too.
pub fn parse_bytes<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Error> {
    let text = str::from_utf8(bytes)
        .map_err(|_not_utf8| Error::Malformed("The body is not UTF-8 text.".into()))?;
    parse(text)
}

fn parse<T: DeserializeOwned>(text: &str) -> Result<T, Error> {
    // Postgres cannot store a NUL, so none gets in, neither as itself nor escaped.
    if text.contains('\0') || escapes_nul(text) {
        return Err(Error::Malformed("The body contains a NUL.".into()));
    }
    let mut from = serde_json::Deserializer::from_str(text);
    let read = serde_path_to_error::deserialize(&mut from).map_err(|problem| {
        // The root has no name of its own.
        let path: String = problem.path().to_string().chars().take(200).collect();
        let field = Some(path).filter(|path| path != ".");
        (field, problem.into_inner())
    });
    let ended = |value| match from.end() {
        Ok(()) => Ok(value),
        Err(problem) => Err((None, problem)),
    };
    read.and_then(ended)
        .map_err(|(field, problem)| unreadable(field, &problem))
}

/// Whether `\u0000` stands in it as an escape: not where its backslash is itself an escaped one.
fn escapes_nul(text: &str) -> bool {
    text.match_indices("u0000").any(|(at, _)| {
        let before = text.get(..at).unwrap_or_default();
        let slashes = before.len() - before.trim_end_matches('\\').len();
        slashes % 2 == 1
    })
}

/// What is wrong with a body: where it is JSON, with the field that is.
fn unreadable(field: Option<String>, problem: &serde_json::Error) -> Error {
    use serde_json::error::Category;
    match problem.classify() {
        Category::Data => Error::field(
            field.unwrap_or_else(|| "body".to_owned()),
            without_place(&problem.to_string()).to_owned(),
        ),
        Category::Syntax | Category::Eof | Category::Io => {
            Error::Malformed(format!("The body is not JSON: {problem}.").into())
        }
    }
}

/// What is wrong, without the line and column of one field of a body.
fn without_place(message: &str) -> &str {
    let is_place = |place: &str| {
        let words: Vec<&str> = place.split(' ').collect();
        matches!(words.as_slice(), [line, "column", column]
            if [line, column].iter().all(|it| it.parse::<usize>().is_ok()))
    };
    match message.rsplit_once(" at line ") {
        Some((before, place)) if is_place(place) => before,
        Some(_) | None => message,
    }
}

impl<T: Serialize> Responder for Json<T> {
    type Body = BoxBody;

    fn respond_to(self, _request: &HttpRequest) -> HttpResponse {
        match serde_json::to_string(&self.0) {
            Ok(body) => HttpResponse::Ok()
                .content_type("application/json")
                .body(body),
            Err(error) => HttpResponse::from_error(ApiError(Error::internal(error))),
        }
    }
}

impl<T> Deref for Json<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T: fmt::Debug> fmt::Debug for Json<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_nul_is_refused_and_what_only_looks_like_one_is_not() {
        for (body, taken) in [
            (r#""\\u0000""#, Some(r"\u0000")),
            (r#""C:\\u0000.log""#, Some(r"C:\u0000.log")),
            (r#""u0000""#, Some("u0000")),
            (r#""\u0001""#, Some("\u{1}")),
            (r#""\u0000""#, None),
            (r#""\\\u0000""#, None),
            (r#""a\u00000""#, None),
            ("\"\0\"", None),
        ] {
            assert_eq!(parse::<String>(body).ok().as_deref(), taken, "{body}");
        }
    }

    proptest! {
        #[test]
        fn no_text_with_a_nul_gets_in_and_every_other_one_does(text in r"([\\\x00a]|u0000){0,12}") {
            let body = serde_json::to_string(&text).unwrap();
            let taken = parse::<String>(&body).ok();
            prop_assert_eq!(taken, (!text.contains('\0')).then_some(text));
        }
    }
}
