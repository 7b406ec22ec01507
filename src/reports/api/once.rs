//! The header `Idempotency-Key`: a request that has one effect however often it is sent.

use crate::accounts::Actor;
use crate::platform::http::Error;
use crate::platform::http::form::media_type;
use crate::platform::secret::sha256_of;
use crate::reports::Once;
use actix_web::HttpRequest;
use actix_web::http::header;

/// A request with a key, as far as it is known before its body.
pub(super) struct Asked {
    owner: String,
    key: String,
    head: Vec<u8>,
}

impl Asked {
    /// The whole request. A body of some size is better read where that may take a moment.
    pub(super) fn with(self, body: &[u8]) -> Once {
        Once {
            request_sha256: sha256_of(&[&self.head, body]),
            owner: self.owner,
            key: self.key,
        }
    }
}

/// What the request's key stands for; none without one. A key is 1 to 255 visible characters.
pub(super) fn asked(request: &HttpRequest, actor: &Actor) -> Result<Option<Asked>, Error> {
    let mut values = request.headers().get_all("Idempotency-Key");
    let Some(value) = values.next() else {
        return Ok(None);
    };
    if values.next().is_some() {
        return Err(Error::Malformed(
            "Idempotency-Key was sent more than once: send one.".into(),
        ));
    }
    let key =
        value.to_str().ok().map(str::trim).filter(|key| {
            (1..=255).contains(&key.len()) && key.bytes().all(|b| b.is_ascii_graphic())
        });
    let key = key.ok_or_else(|| {
        Error::field(
            "Idempotency-Key",
            "1 to 255 visible ASCII characters without spaces.",
        )
    })?;
    Ok(actor.idempotency_owner().map(|owner| Asked {
        owner,
        key: key.to_owned(),
        head: head(request),
    }))
}

/// The same with the body.
pub(super) fn once(
    request: &HttpRequest,
    actor: &Actor,
    body: &[u8],
) -> Result<Option<Once>, Error> {
    Ok(asked(request, actor)?.map(|it| it.with(body)))
}

/// What makes a request the same request: where it goes, what it expects there, and what it says in which language.
fn head(request: &HttpRequest) -> Vec<u8> {
    let seen: Vec<&[u8]> = request
        .headers()
        .get_all(header::IF_MATCH)
        .map(header::HeaderValue::as_bytes)
        .collect();
    let seen = seen.join(&b", "[..]);
    let media_type = media_type(request);
    let uri = request.uri().to_string();
    [
        request.method().as_str().as_bytes(),
        b" ",
        uri.as_bytes(),
        b"\n",
        &seen,
        b"\n",
        media_type.as_bytes(),
        b"\n",
    ]
    .concat()
}
