//! Everything that can go wrong while answering, and how it is told: one enum, two dresses.
//!
//! Handlers return `Result<_, PageError>` or `Result<_, ApiError>`; both are made from anything
//! that becomes an [`Error`], so `?` works everywhere. The floor ([`super::server`]) draws them,
//! because only it knows the request. Causes of `Unavailable` and `Internal` are logged there, once,
//! and never shown.

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, ResponseError};
use serde::Serialize;
use utoipa::ToSchema;

/// What is wrong with one field of a form or a JSON body.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct FieldProblem {
    /// The field's name as the client sent it.
    #[schema(value_type = String, example = "items[2].at")]
    pub field: Cow<'static, str>,
    /// What to do about it, as a sentence for people.
    #[schema(value_type = String)]
    pub message: Cow<'static, str>,
}

impl FieldProblem {
    /// A problem with `field`.
    pub fn new(field: impl Into<Cow<'static, str>>, message: impl Into<Cow<'static, str>>) -> Self {
        Self {
            field: field.into(),
            message: message.into(),
        }
    }
}

impl fmt::Display for FieldProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.field, self.message)
    }
}

/// Why a request could not be answered. The texts are shown to people, except the two causes.
#[derive(Debug)]
pub enum Error {
    /// 400: the request cannot be read at all.
    Malformed(Cow<'static, str>),
    /// 401: nobody is signed in. A page sends the person to sign in and back.
    Unauthenticated,
    /// 403: signed in, but not allowed; says what is not allowed.
    Forbidden(Cow<'static, str>),
    /// 404: names what was looked for, e.g. "The report PM-42".
    NotFound(Cow<'static, str>),
    /// 405.
    MethodNotAllowed,
    /// 408: the body did not arrive in time.
    Timeout,
    /// 409: it cannot be done as things are; says why, and what to do.
    Conflict(Cow<'static, str>),
    /// 412: `If-Match` does not name the current revision.
    PreconditionFailed,
    /// 413: with the most bytes that are taken.
    TooLarge(usize),
    /// 414.
    AddressTooLong,
    /// 415: with the header that is expected.
    UnsupportedMediaType(&'static str),
    /// 421: the request names a host that is not this site.
    Misdirected,
    /// 422: readable but wrong, field by field.
    Invalid(Vec<FieldProblem>),
    /// 428: the request must say which revision it changes (`If-Match`).
    PreconditionRequired,
    /// 429: with the time after which to try again.
    TooMany(Duration),
    /// 500: our mistake.
    Internal(anyhow::Error),
    /// 503: something we stand on is away; trying again soon is right.
    Unavailable(anyhow::Error),
}

impl Error {
    /// Something was looked for and is not there (or not for this person).
    pub fn not_found(what: impl Into<Cow<'static, str>>) -> Self {
        Self::NotFound(what.into())
    }

    /// One field is wrong.
    pub fn field(
        field: impl Into<Cow<'static, str>>,
        message: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self::Invalid(vec![FieldProblem::new(field, message)])
    }

    /// Our mistake, with its cause.
    pub fn internal(cause: impl Into<anyhow::Error>) -> Self {
        Self::Internal(cause.into())
    }

    /// Something we stand on is away, with the cause.
    pub fn unavailable(cause: impl Into<anyhow::Error>) -> Self {
        Self::Unavailable(cause.into())
    }

    /// The HTTP status.
    pub const fn status(&self) -> StatusCode {
        match self {
            Self::Malformed(_) => StatusCode::BAD_REQUEST,
            Self::Unauthenticated => StatusCode::UNAUTHORIZED,
            Self::Forbidden(_) => StatusCode::FORBIDDEN,
            Self::NotFound(_) => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::Timeout => StatusCode::REQUEST_TIMEOUT,
            Self::Conflict(_) => StatusCode::CONFLICT,
            Self::PreconditionFailed => StatusCode::PRECONDITION_FAILED,
            Self::TooLarge(_) => StatusCode::PAYLOAD_TOO_LARGE,
            Self::AddressTooLong => StatusCode::URI_TOO_LONG,
            Self::UnsupportedMediaType(_) => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::Misdirected => StatusCode::MISDIRECTED_REQUEST,
            Self::Invalid(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::PreconditionRequired => StatusCode::PRECONDITION_REQUIRED,
            Self::TooMany(_) => StatusCode::TOO_MANY_REQUESTS,
            Self::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
            Self::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    /// The stable word for programs.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Malformed(_) => "malformed",
            Self::Unauthenticated => "unauthenticated",
            Self::Forbidden(_) => "forbidden",
            Self::NotFound(_) => "not_found",
            Self::MethodNotAllowed => "method_not_allowed",
            Self::Timeout => "timeout",
            Self::Conflict(_) => "conflict",
            Self::PreconditionFailed => "precondition_failed",
            Self::TooLarge(_) => "too_large",
            Self::AddressTooLong => "address_too_long",
            Self::UnsupportedMediaType(_) => "unsupported_media_type",
            Self::Misdirected => "misdirected",
            Self::Invalid(_) => "invalid",
            Self::PreconditionRequired => "precondition_required",
            Self::TooMany(_) => "too_many",
            Self::Internal(_) => "internal",
            Self::Unavailable(_) => "unavailable",
        }
    }

    /// The headline, the same for every error of the kind.
    pub const fn title(&self) -> &'static str {
        match self {
            Self::Malformed(_) => "The request could not be read",
            Self::Unauthenticated => "Please sign in",
            Self::Forbidden(_) => "Not allowed",
            Self::NotFound(_) => "Not found",
            Self::MethodNotAllowed => "That cannot be done here",
            Self::Timeout => "The request took too long to arrive",
            Self::Conflict(_) => "Not possible as things are",
            Self::PreconditionFailed => "The text has changed meanwhile",
            Self::TooLarge(_) => "Too large",
            Self::AddressTooLong => "The address is too long",
            Self::UnsupportedMediaType(_) => "That kind of content is not read here",
            Self::Misdirected => "Wrong address",
            Self::Invalid(_) => "Something needs correcting",
            Self::PreconditionRequired => "Say which revision you are changing",
            Self::TooMany(_) => "Too many requests",
            Self::Internal(_) => "Something went wrong on our side",
            Self::Unavailable(_) => "Not available at the moment",
        }
    }

    /// What the person can do, never the cause of an internal error.
    pub fn detail(&self) -> Cow<'_, str> {
        match self {
            Self::Malformed(text) | Self::Forbidden(text) | Self::Conflict(text) => {
                Cow::Borrowed(text)
            }
            Self::NotFound(what) => Cow::Owned(format!("{what} was not found.")),
            Self::Unauthenticated => "This needs you to be signed in.".into(),
            Self::MethodNotAllowed => "This address does not take that kind of request.".into(),
            Self::Timeout => "Check the connection and send it again.".into(),
            Self::PreconditionFailed => {
                "Read the current revision, then apply your change to it.".into()
            }
            Self::TooLarge(most) => Cow::Owned(format!(
                "At most {most} bytes are taken at once: shorten it or send it in parts."
            )),
            Self::AddressTooLong => {
                "The address is too long: shorten what it asks for, or send it in parts.".into()
            }
            Self::UnsupportedMediaType(expected) => Cow::Owned(format!(
                "Send it with {expected}; compressed bodies are not read."
            )),
            Self::Misdirected => "This server answers to another name.".into(),
            Self::Invalid(problems) => {
                let lines: Vec<_> = problems.iter().map(ToString::to_string).collect();
                Cow::Owned(lines.join(" "))
            }
            Self::PreconditionRequired => "Send the revision in If-Match.".into(),
            Self::TooMany(wait) => {
                Cow::Owned(format!("Try again in {} seconds.", wait.as_secs().max(1)))
            }
            Self::Internal(_) => "It has been written down. Trying again may help.".into(),
            Self::Unavailable(_) => "Nothing was lost. Try again in a few seconds.".into(),
        }
    }

    /// The same for somebody with a browser.
    pub(crate) fn advice(&self) -> Cow<'_, str> {
        let detail = self.detail();
        if matches!(self, Self::TooLarge(_)) {
            return Cow::Owned(format!(
                "{detail} What you wrote is still in your browser: go Back."
            ));
        }
        detail
    }

    /// The problems of the fields, if that is what is wrong.
    pub fn fields(&self) -> &[FieldProblem] {
        if let Self::Invalid(problems) = self {
            problems
        } else {
            &[]
        }
    }

    /// After how many seconds to try again.
    pub(crate) fn retry_after(&self) -> Option<u64> {
        if let Self::TooMany(wait) = self {
            return Some(wait.as_secs().max(1));
        }
        matches!(self, Self::Unavailable(_)).then_some(3)
    }

    /// Whether the very same request may succeed later.
    pub(crate) fn may_pass(&self) -> bool {
        matches!(
            self,
            Self::Unavailable(_) | Self::Internal(_) | Self::TooMany(_) | Self::Timeout
        )
    }

    /// The cause, for the log only.
    pub(crate) fn hidden_cause(&self) -> Option<&anyhow::Error> {
        if let Self::Internal(cause) | Self::Unavailable(cause) = self {
            Some(cause)
        } else {
            None
        }
    }

    /// What a bare status, set by the framework, means.
    pub(crate) fn from_status(status: StatusCode) -> Self {
        match status.as_u16() {
            401 => Self::Unauthenticated,
            403 => Self::Forbidden("You are not allowed to do that.".into()),
            404 => Self::NotFound("The page".into()),
            405 => Self::MethodNotAllowed,
            408 => Self::Timeout,
            413 => Self::TooLarge(super::FormLimit::DOCUMENT.0),
            414 => Self::AddressTooLong,
            415 => Self::UnsupportedMediaType("the Content-Type that this address takes"),
            429 => Self::TooMany(Duration::from_secs(1)),
            503 => Self::Unavailable(anyhow::anyhow!("the framework answered 503")),
            500..=599 => Self::Internal(anyhow::anyhow!("the framework answered {status}")),
            _ => Self::Malformed("The request could not be understood.".into()),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}. {}", self.title(), self.detail())
    }
}

impl std::error::Error for Error {}

impl From<anyhow::Error> for Error {
    fn from(cause: anyhow::Error) -> Self {
        Self::Internal(cause)
    }
}

impl From<crate::platform::secret::NoRandomness> for Error {
    fn from(cause: crate::platform::secret::NoRandomness) -> Self {
        Self::internal(cause)
    }
}

/// An [`Error`] drawn as a page with a way back.
#[derive(Debug)]
pub struct PageError(pub Error);

/// An [`Error`] drawn as problem+json (RFC 9457).
#[derive(Debug)]
pub struct ApiError(pub Error);

impl<E: Into<Error>> From<E> for PageError {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

impl<E: Into<Error>> From<E> for ApiError {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

impl fmt::Display for PageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl ResponseError for PageError {
    fn status_code(&self) -> StatusCode {
        self.0.status()
    }

    /// Only the status: the floor draws the rest, knowing the request.
    fn error_response(&self) -> HttpResponse {
        HttpResponse::new(self.0.status())
    }
}

impl ResponseError for ApiError {
    fn status_code(&self) -> StatusCode {
        self.0.status()
    }

    /// Only the status: the floor draws the rest, knowing the request.
    fn error_response(&self) -> HttpResponse {
        HttpResponse::new(self.0.status())
    }
}

/// Addresses used by programs: their errors are problem+json.
const FOR_PROGRAMS: [&str; 4] = ["/api/", "/hooks/", "/mcp", "/chat/"];

/// Whether errors at `path` are told to a program rather than to a person.
pub(crate) fn is_for_programs(path: &str) -> bool {
    FOR_PROGRAMS.iter().any(|prefix| path.starts_with(prefix))
}

/// The error in the dress that fits the address; for extractors, which serve both.
pub fn dressed(request: &HttpRequest, error: impl Into<Error>) -> actix_web::Error {
    let error = error.into();
    if is_for_programs(request.path()) {
        ApiError(error).into()
    } else {
        PageError(error).into()
    }
}
