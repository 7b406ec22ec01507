//! A name for every request: in its answer, in the log and on error pages.

use actix_web::dev::ServiceRequest;
use actix_web::http::header::HeaderMap;
use actix_web::{HttpMessage, HttpRequest};

/// The header that carries it, in and out.
pub const HEADER: &str = "x-request-id";

/// The name of one request, kept in its extensions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestId(String);

impl RequestId {
    /// Takes over the name a proxy gave, if it is a sane one, or makes one up.
    pub(crate) fn assign(request: &ServiceRequest) -> String {
        let id =
            given(request.headers()).unwrap_or_else(|| uuid::Uuid::now_v7().simple().to_string());
        request.extensions_mut().insert(Self(id.clone()));
        id
    }

    /// The name of `request`.
    pub fn of(request: &HttpRequest) -> String {
        let extensions = request.extensions();
        extensions
            .get::<Self>()
            .map(|id| id.0.clone())
            .unwrap_or_default()
    }
}

fn given(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(HEADER)?.to_str().ok()?;
    let sane = (1..=64).contains(&value.len())
        && value
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
    sane.then(|| value.to_owned())
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn a_sane_name_is_kept_and_any_other_replaced() {
        let assigned = |value: &str| {
            let request = TestRequest::default()
                .insert_header((HEADER, value))
                .to_srv_request();
            RequestId::assign(&request)
        };
        assert_eq!(assigned("edge-42_a"), "edge-42_a");
        for strange in ["", "a b", "<script>", &"x".repeat(65)] {
            let made = assigned(strange);
            assert_eq!(made.len(), 32, "{strange:?}");
        }
        assert_ne!(assigned(""), assigned(""));
    }
}
