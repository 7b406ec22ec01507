//! HEAD is GET without the body, and a refusal says what would be taken.

use actix_web::body::{BodySize, BodyStream, BoxBody, MessageBody};
use actix_web::dev::{HttpServiceFactory, ServiceRequest, ServiceResponse};
use actix_web::http::header::{self, HeaderMap, HeaderValue};
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::{Next, from_fn};
use actix_web::web::{self, Bytes};
use actix_web::{HttpRequest, HttpResponse};
use futures_util::stream;

use super::{Error, dressed};

/// Middleware: every route for GET answers HEAD, too.
pub(super) async fn head_as_get(
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let is_head = request.method() == Method::HEAD;
    if is_head {
        request.head_mut().method = Method::GET;
    }
    let mut response = next.call(request).await?.map_into_boxed_body();
    if response.status() == StatusCode::METHOD_NOT_ALLOWED {
        complete_allow(response.headers_mut());
    }
    Ok(if is_head {
        without_body(response)
    } else {
        response
    })
}

/// The framework lists the methods of the routes it tried, some of them twice.
fn complete_allow(headers: &mut HeaderMap) {
    let tried = headers
        .get(header::ALLOW)
        .and_then(|allow| allow.to_str().ok());
    let mut methods: Vec<&str> = tried
        .unwrap_or_default()
        .split(',')
        .map(str::trim)
        .filter(|method| !method.is_empty())
        .collect();
    if methods.contains(&"GET") {
        methods.push("HEAD");
    }
    methods.sort_unstable();
    methods.dedup();
    if let Ok(allow) = HeaderValue::from_str(&methods.join(", ")) {
        headers.insert(header::ALLOW, allow);
    }
}

/// The body goes, its length stays. Not left to the framework, which forgets that this was a HEAD when another request
/// came right behind it.
fn without_body(response: ServiceResponse<BoxBody>) -> ServiceResponse<BoxBody> {
    response.map_body(|head, body| {
        match body.size() {
            BodySize::None => return body,
            BodySize::Sized(length) => {
                head.headers
                    .insert(header::CONTENT_LENGTH, HeaderValue::from(length));
            }
            BodySize::Stream => {}
        }
        head.no_chunking(true);
        BoxBody::new(BodyStream::new(stream::empty::<
            Result<Bytes, std::convert::Infallible>,
        >()))
    })
}

/// What stands last in the site and in every scope: takes what no route took, because the address is unknown or takes
/// other methods only.
pub fn nothing_else() -> impl HttpServiceFactory + 'static {
    web::resource(["", "/{nothing:.*}"]).wrap(from_fn(unknown_unless_tried))
}

/// A resource without routes answers 405 and names the methods that were tried before: none, when nothing has this
/// address.
async fn unknown_unless_tried(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let response = next.call(request).await?.map_into_boxed_body();
    if response.headers().contains_key(header::ALLOW) {
        return Ok(response);
    }
    let refusal = unknown(response.request());
    Ok(response.into_response(refusal))
}

/// For scopes in which [`nothing_else`] was forgotten.
pub(super) async fn nothing_here(request: HttpRequest) -> HttpResponse {
    unknown(&request)
}

fn unknown(request: &HttpRequest) -> HttpResponse {
    HttpResponse::from_error(dressed(request, Error::not_found("The page")))
}
