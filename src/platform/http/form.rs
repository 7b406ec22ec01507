//! Reading what browsers send: forms and uploads, with the token check built in.

use std::cell::RefCell;
use std::fmt;
use std::ops::Deref;
use std::rc::Rc;

use actix_web::dev::Payload;
use actix_web::error::PayloadError;
use actix_web::http::header;
use actix_web::web::{Bytes, BytesMut};
use actix_web::{FromRequest, HttpMessage as _, HttpRequest};
use futures_util::StreamExt as _;
use futures_util::future::LocalBoxFuture;
use serde::de::DeserializeOwned;

use super::fields::Fields;
use super::{Error, csrf, dressed};

/// How many bytes a form, a JSON body or an upload may have. Set it per route or scope with
/// `.app_data(FormLimit(…))`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FormLimit(pub usize);

impl FormLimit {
    /// For forms with a few lines of text.
    pub const SMALL: Self = Self(64 * 1024);
    /// For whole documents: a megabyte in any script takes three when a browser sends it.
    pub const DOCUMENT: Self = Self(4 * 1024 * 1024);

    pub(crate) fn of(request: &HttpRequest) -> usize {
        request.app_data::<Self>().unwrap_or(&Self::SMALL).0
    }
}

/// A form that came from one of our pages. With [`Typed`], the only way to read a form, so the token is always
/// checked. Fields are read strictly: see the type's `Deserialize`; lists take repeated fields,
/// an empty field is `None` for an `Option`, a tick box is `true` when ticked (`#[serde(default)]`).
pub struct Form<T>(pub T);

/// A form with a text that somebody wrote. What was typed outlives a token that does not fit (the session ended, or is
/// another one) and NUL characters: the handler gets the fields either way, and says what it does with them.
#[derive(Debug)]
pub enum Typed<T> {
    /// From one of our pages, whole.
    Sound(T),
    /// Nothing may be changed because of it. What was typed is only good for showing it again.
    Unsound(T, Trouble),
}

/// Why a typed form may change nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// Its token is missing or belongs to another session.
    Token,
    /// It had NUL characters, which are no text; they were taken out.
    Nul,
}

impl<T> Typed<T> {
    /// The same, read as something else.
    pub fn map<U>(self, read: impl FnOnce(T) -> U) -> Typed<U> {
        match self {
            Self::Sound(fields) => Typed::Sound(read(fields)),
            Self::Unsound(fields, trouble) => Typed::Unsound(read(fields), trouble),
        }
    }

    /// The fields, for somebody who only shows them.
    pub fn shown(self) -> T {
        match self {
            Self::Sound(fields) | Self::Unsound(fields, _) => fields,
        }
    }
}

/// What was typed into a form that is being answered, for the page that tells of an error.
pub(super) type Kept = Rc<RefCell<KeptForm>>;

/// The fields of such a form.
#[derive(Debug, Default)]
pub(super) struct KeptForm {
    pub(super) fields: Vec<(String, String)>,
    /// The token that came with it, unless it is known to be another session's. It goes back to whoever sent it, so that
    /// the form can be sent again as soon as sessions can be looked up.
    pub(super) token: Option<String>,
}

/// Fields that no page may show again.
const SECRET: [&str; 1] = ["password"];

/// Where to keep what is typed into the form of this request.
pub(super) fn kept(request: &HttpRequest) -> Kept {
    let mut extensions = request.extensions_mut();
    if let Some(kept) = extensions.get::<Kept>() {
        return Rc::clone(kept);
    }
    let kept = Kept::default();
    extensions.insert(Rc::clone(&kept));
    kept
}

/// Bytes sent by a script of ours (`fetch` with the token in `X-CSRF-Token`), e.g. an attachment.
pub struct Upload {
    /// The declared media type, lower case, without parameters; empty if none.
    pub media_type: String,
    /// The content.
    pub bytes: Bytes,
}

/// Bytes as sent, with no token check: for hooks that check a signature over the body, and for
/// API routes behind a bearer token.
pub struct Raw(pub Bytes);

impl<T: DeserializeOwned + 'static> FromRequest for Form<T> {
    type Error = actix_web::Error;
    type Future = LocalBoxFuture<'static, Result<Self, actix_web::Error>>;

    fn from_request(req: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, payload) = (req.clone(), payload.take());
        Box::pin(async move {
            read_form(&request, payload)
                .await
                .map_err(|error| dressed(&request, error))
        })
    }
}

impl<T: DeserializeOwned + 'static> FromRequest for Typed<T> {
    type Error = actix_web::Error;
    type Future = LocalBoxFuture<'static, Result<Self, actix_web::Error>>;

    fn from_request(req: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, payload) = (req.clone(), payload.take());
        Box::pin(async move {
            read_typed(&request, payload)
                .await
                .map_err(|error| dressed(&request, error))
        })
    }
}

async fn read_typed<T: DeserializeOwned>(
    request: &HttpRequest,
    payload: Payload,
) -> Result<Typed<T>, Error> {
    if media_type(request) != "application/x-www-form-urlencoded" {
        return Err(Error::UnsupportedMediaType(
            "Content-Type: application/x-www-form-urlencoded",
        ));
    }
    let bytes = read(request, payload).await?;
    let (mut fields, had_nul) = Fields::decode_without_nul(&bytes)?;
    let token = fields.take(csrf::FIELD);
    let checked = csrf::check(request, token.as_deref());
    let typed = fields.pairs().filter(|(name, _)| !SECRET.contains(name));
    let is_foreign = matches!(checked, Err(Error::Forbidden(_)));
    *kept(request).borrow_mut() = KeptForm {
        fields: typed
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect(),
        token: token.filter(|_| !is_foreign),
    };
    let fields = fields.read()?;
    Ok(match (checked, had_nul) {
        (Err(_), _) => Typed::Unsound(fields, Trouble::Token),
        (Ok(()), true) => Typed::Unsound(fields, Trouble::Nul),
        (Ok(()), false) => Typed::Sound(fields),
    })
}

async fn read_form<T: DeserializeOwned>(
    request: &HttpRequest,
    payload: Payload,
) -> Result<Form<T>, Error> {
    if media_type(request) != "application/x-www-form-urlencoded" {
        return Err(Error::UnsupportedMediaType(
            "Content-Type: application/x-www-form-urlencoded",
        ));
    }
    let bytes = read(request, payload).await?;
    let mut fields = Fields::decode(&bytes)?;
    let token = fields.take(csrf::FIELD);
    csrf::check(request, token.as_deref())?;
    fields.read().map(Form)
}

impl FromRequest for Upload {
    type Error = actix_web::Error;
    type Future = LocalBoxFuture<'static, Result<Self, actix_web::Error>>;

    fn from_request(req: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, payload) = (req.clone(), payload.take());
        Box::pin(async move {
            let checked = csrf::check(&request, None);
            let read = async {
                checked?;
                read(&request, payload).await
            };
            match read.await {
                Ok(bytes) => Ok(Self {
                    media_type: media_type(&request),
                    bytes,
                }),
                Err(error) => Err(dressed(&request, error)),
            }
        })
    }
}

impl FromRequest for Raw {
    type Error = actix_web::Error;
    type Future = LocalBoxFuture<'static, Result<Self, actix_web::Error>>;

    fn from_request(req: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, payload) = (req.clone(), payload.take());
        Box::pin(async move {
            let bytes = read(&request, payload).await;
            bytes.map(Self).map_err(|error| dressed(&request, error))
        })
    }
}

/// The declared media type in lower case, without parameters.
pub(crate) fn media_type(request: &HttpRequest) -> String {
    let value = request.headers().get(header::CONTENT_TYPE);
    let value = value
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let essence = value.split(';').next().unwrap_or_default();
    essence.trim().to_ascii_lowercase()
}

/// The whole body, up to the route's limit.
pub(crate) async fn read(request: &HttpRequest, payload: Payload) -> Result<Bytes, Error> {
    read_within(request, payload, FormLimit::of(request)).await
}

/// The whole body, up to a limit.
pub(crate) async fn read_within(
    request: &HttpRequest,
    mut payload: Payload,
    limit: usize,
) -> Result<Bytes, Error> {
    let declared = request.headers().get(header::CONTENT_LENGTH);
    let declared = declared.and_then(|value| value.to_str().ok()?.parse::<usize>().ok());
    if declared.is_some_and(|length| length > limit) {
        return Err(Error::TooLarge(limit));
    }
    let mut body = BytesMut::with_capacity(declared.unwrap_or(0).min(limit));
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|error| payload_error(error, limit))?;
        if body.len() + chunk.len() > limit {
            return Err(Error::TooLarge(limit));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body.freeze())
}

fn payload_error(error: PayloadError, limit: usize) -> Error {
    if matches!(error, PayloadError::Overflow) {
        return Error::TooLarge(limit);
    }
    if let PayloadError::Io(io) = error
        && io.kind() == std::io::ErrorKind::TimedOut
    {
        return Error::Timeout;
    }
    Error::Malformed("The body ended before it was complete.".into())
}

impl<T> Deref for Form<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T: fmt::Debug> fmt::Debug for Form<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for Upload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes of {:?}", self.bytes.len(), self.media_type)
    }
}

impl fmt::Debug for Raw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes", self.0.len())
    }
}
