//! The headers that every answer carries, whatever its status.
//!
//! Under `require-trusted-types-for` htmx parses our answers through the one policy that `app.js`
//! makes, `hansei`; no string becomes a script, wherever it comes from.

use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};

/// What our pages may load: themselves, and nothing else.
pub const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; \
     style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; form-action 'self'; \
     base-uri 'none'; frame-ancestors 'none'; manifest-src 'self'; \
     require-trusted-types-for 'script'; trusted-types hansei";

const ALWAYS: [(&str, &str); 7] = [
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "same-origin"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    ("x-frame-options", "DENY"),
    (
        "permissions-policy",
        "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    ),
    ("x-permitted-cross-domain-policies", "none"),
];

/// What the headers depend on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Situation {
    pub(crate) https: bool,
    pub(crate) signed_in: bool,
}

/// Sets the headers; a handler's own policy for content or caching stays.
pub(crate) fn set(headers: &mut HeaderMap, situation: Situation) {
    for (name, value) in ALWAYS {
        headers.insert(
            HeaderName::from_static(name),
            HeaderValue::from_static(value),
        );
    }
    let csp = HeaderValue::from_static(CONTENT_SECURITY_POLICY);
    set_if_missing(headers, header::CONTENT_SECURITY_POLICY, csp);
    if situation.https {
        headers.insert(
            header::STRICT_TRANSPORT_SECURITY,
            HeaderValue::from_static("max-age=31536000; includeSubDomains"),
        );
    }
    if !headers.contains_key(header::CACHE_CONTROL) {
        let caching = if situation.signed_in {
            "private, no-store"
        } else {
            "private, no-cache"
        };
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(caching));
        headers.append(header::VARY, HeaderValue::from_static("cookie, hx-request"));
    }
}

fn set_if_missing(headers: &mut HeaderMap, name: HeaderName, value: HeaderValue) {
    if !headers.contains_key(&name) {
        headers.insert(name, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(situation: Situation) -> String {
        let mut headers = HeaderMap::new();
        set(&mut headers, situation);
        let mut lines: Vec<_> = headers
            .iter()
            .map(|(name, value)| format!("{name}: {}", value.to_str().unwrap()))
            .collect();
        lines.sort();
        lines.join("\n")
    }

    #[test]
    fn every_answer_carries_these() {
        insta::assert_snapshot!(shown(Situation { https: true, signed_in: true }), @r"
    cache-control: private, no-store
    content-security-policy: default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; manifest-src 'self'; require-trusted-types-for 'script'; trusted-types hansei
    cross-origin-opener-policy: same-origin
    cross-origin-resource-policy: same-origin
    permissions-policy: camera=(), geolocation=(), microphone=(), payment=(), usb=()
    referrer-policy: same-origin
    strict-transport-security: max-age=31536000; includeSubDomains
    vary: cookie, hx-request
    x-content-type-options: nosniff
    x-frame-options: DENY
    x-permitted-cross-domain-policies: none
    ");
    }

    #[test]
    fn without_tls_there_is_no_promise_of_tls() {
        let plain = shown(Situation {
            https: false,
            signed_in: false,
        });
        assert!(!plain.contains("strict-transport-security"));
        assert!(plain.contains("cache-control: private, no-cache"));
        assert!(!plain.contains("unsafe-"));
    }

    #[test]
    fn a_handler_may_be_stricter_or_allow_caching() {
        let mut headers = HeaderMap::new();
        headers.insert(
            header::CACHE_CONTROL,
            HeaderValue::from_static("max-age=60"),
        );
        headers.insert(
            header::CONTENT_SECURITY_POLICY,
            HeaderValue::from_static("sandbox"),
        );
        set(
            &mut headers,
            Situation {
                https: true,
                signed_in: true,
            },
        );
        assert_eq!(headers.get(header::CACHE_CONTROL).unwrap(), "max-age=60");
        assert_eq!(
            headers.get(header::CONTENT_SECURITY_POLICY).unwrap(),
            "sandbox"
        );
        assert!(!headers.contains_key(header::VARY));
    }
}
