//! Files of `static/`, inside the binary, under names that change with their content.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use actix_web::http::header;
use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse};

use super::{Error, PageError};
use crate::platform::secret::{sha256, to_hex};

#[expect(
    clippy::same_name_method,
    reason = "the derive makes methods named like its trait's"
)]
mod files {
    #[derive(rust_embed::RustEmbed)]
    #[folder = "static/"]
    pub(super) struct Files;
}
use files::Files;

struct Asset {
    address: String,
    bytes: Bytes,
    media_type: String,
}

/// By plain name, e.g. `app.css`.
static ASSETS: LazyLock<BTreeMap<String, Asset>> = LazyLock::new(|| {
    Files::iter()
        .filter(|name| !name.starts_with('.'))
        .filter_map(|name| Some((name.to_string(), Files::get(&name)?)))
        .map(|(name, file)| {
            let asset = Asset {
                address: format!("/static/{}", hashed_name(&name, &file.data)),
                media_type: with_charset(file.metadata.mimetype()),
                bytes: match file.data {
                    std::borrow::Cow::Borrowed(bytes) => Bytes::from_static(bytes),
                    std::borrow::Cow::Owned(bytes) => Bytes::from(bytes),
                },
            };
            (name, asset)
        })
        .collect()
});

/// `app.css` → `app.0123abcd.css`; what comes before the last dot of the file name is kept.
fn hashed_name(name: &str, content: &[u8]) -> String {
    let hash: String = to_hex(&sha256(content)).chars().take(8).collect();
    let (folder, file) = name
        .rsplit_once('/')
        .map_or(("", name), |(folder, file)| (folder, file));
    let separator = if folder.is_empty() { "" } else { "/" };
    match file.rsplit_once('.') {
        Some((stem, extension)) => format!("{folder}{separator}{stem}.{hash}.{extension}"),
        None => format!("{folder}{separator}{file}.{hash}"),
    }
}

fn with_charset(media_type: &str) -> String {
    let text = media_type.starts_with("text/") || media_type.ends_with("javascript");
    if text && !media_type.contains("charset") {
        format!("{media_type}; charset=utf-8")
    } else {
        media_type.to_owned()
    }
}

/// The address of a file, with the hash in it; `None` if there is no such file.
pub fn address(name: &str) -> Option<&'static str> {
    ASSETS.get(name).map(|asset| asset.address.as_str())
}

/// Serves `/static/{name}`: for ever under the hashed name, freshly checked under the plain one.
pub(crate) async fn serve(request: HttpRequest) -> Result<HttpResponse, PageError> {
    let path = request.path();
    let hashed = ASSETS.values().find(|asset| asset.address == path);
    let (asset, caching) = match hashed {
        Some(asset) => (asset, "public, max-age=31536000, immutable"),
        None => (by_plain_name(path)?, "public, no-cache"),
    };
    Ok(answer(asset, caching))
}

/// Serves a file under an address of its own, such as `/robots.txt`.
pub(crate) async fn serve_at_root(request: HttpRequest) -> Result<HttpResponse, PageError> {
    Ok(answer(
        by_plain_name(request.path())?,
        "public, max-age=86400",
    ))
}

fn by_plain_name(path: &str) -> Result<&'static Asset, Error> {
    let name = path
        .strip_prefix("/static/")
        .unwrap_or(path.trim_start_matches('/'));
    ASSETS.get(name).ok_or_else(|| Error::not_found("The file"))
}

fn answer(asset: &'static Asset, caching: &'static str) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, asset.media_type.as_str()))
        .insert_header((header::CACHE_CONTROL, caching))
        .body(asset.bytes.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_change_with_the_content() {
        assert_eq!(hashed_name("app.css", b"a"), "app.ca978112.css");
        assert_ne!(hashed_name("app.css", b"a"), hashed_name("app.css", b"b"));
        assert_eq!(hashed_name("fonts/mono", b"a"), "fonts/mono.ca978112");
        assert_eq!(hashed_name("htmx.min.js", b"a"), "htmx.min.ca978112.js");
    }

    #[test]
    fn every_file_has_a_type_and_an_address() {
        assert!(!ASSETS.is_empty());
        for (name, asset) in ASSETS.iter() {
            assert_eq!(address(name), Some(asset.address.as_str()));
            assert_ne!(asset.media_type, "application/octet-stream", "{name}");
        }
        assert_eq!(address("missing.css"), None);
        assert_eq!(with_charset("text/css"), "text/css; charset=utf-8");
    }
}
