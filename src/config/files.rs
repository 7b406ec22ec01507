//! The settings of attached files: how large they may be, and the bucket they are in. Of a bucket all is set, or nothing.

use super::boolean;
use super::lookup::Lookup;
use crate::platform::objects::BucketSettings;
use crate::platform::secret::Secret;
use url::{Host, Url};

/// The longest prefix, in characters.
const LONGEST_PREFIX: usize = 200;

/// The bucket that is set, if any; what is wrong is among the problems.
pub(super) fn bucket(lookup: &mut Lookup) -> Option<BucketSettings> {
    let bucket = lookup.parse("s3_bucket", String::new(), name);
    let allow_http = lookup.parse("s3_allow_http", false, boolean);
    let endpoint = lookup.parse("s3_endpoint", None, |text| endpoint(text, allow_http));
    let region = lookup.parse("s3_region", String::new(), region);
    let prefix = lookup.parse("s3_prefix", String::new(), prefix);
    let is_set = !lookup.text("s3_bucket").is_empty();
    let needed = |text: &str, what: &str| {
        if is_set && text.is_empty() {
            return Err(format!("the bucket needs {what}"));
        }
        if !is_set && !text.is_empty() {
            return Err("this is of a bucket: name it in s3_bucket".to_owned());
        }
        Ok(text.to_owned())
    };
    let key_id = lookup.parse("s3_key_id", String::new(), |text| {
        needed(text, "the name of its key")
    });
    let secret = lookup.parse("s3_secret", String::new(), |text| needed(text, "its key"));
    is_set.then(|| BucketSettings {
        endpoint,
        bucket,
        region,
        prefix,
        key_id,
        secret: Secret::new(secret),
    })
}

/// More than 25 MiB the database does not take.
pub(super) fn most_bytes(text: &str) -> Result<usize, String> {
    match text.parse::<usize>() {
        Ok(mib @ 1..=25) => Ok(mib * 1024 * 1024),
        Ok(_) | Err(_) => Err(format!("“{text}” is not a number of MiB from 1 to 25")),
    }
}

fn name(text: &str) -> Result<String, String> {
    let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || ".-_".contains(c);
    match text.len() {
        0 | 3..=63 if text.chars().all(is_plain) && !text.contains("..") => Ok(text.to_owned()),
        _ => Err(format!("“{text}” is not the name of a bucket")),
    }
}

fn region(text: &str) -> Result<String, String> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    match text.len() {
        1..=50 if text.chars().all(is_plain) => Ok(text.to_owned()),
        _ => Err(format!(
            "“{text}” is not the name of a region such as eu-central-1"
        )),
    }
}

fn prefix(text: &str) -> Result<String, String> {
    let text = text.trim_matches('/');
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    let is_piece = |piece: &str| {
        !piece.is_empty() && ![".", ".."].contains(&piece) && piece.chars().all(is_plain)
    };
    if text.is_empty() || (text.len() <= LONGEST_PREFIX && text.split('/').all(is_piece)) {
        return Ok(text.to_owned());
    }
    Err(format!(
        "“{text}” is not a prefix such as hansei/files: letters, digits, “.”, “_” and “-” between slashes"
    ))
}

fn endpoint(text: &str, allow_http: bool) -> Result<Option<Url>, String> {
    if text.is_empty() {
        return Ok(None);
    }
    // Not the text itself: somebody may have put a key into it.
    let wrong = || "not the address of a store such as https://s3.example.com".to_owned();
    let url: Url = text.parse().map_err(|_unreadable| wrong())?;
    let is_bare = url.path() == "/"
        && url.query().is_none()
        && url.fragment().is_none()
        && url.username().is_empty()
        && url.password().is_none();
    match url.scheme() {
        "https" if is_bare => Ok(Some(url)),
        "http" if is_bare && (allow_http || is_loopback(&url)) => Ok(Some(url)),
        "http" if is_bare => Err(
            "without TLS everybody on the way reads the files; use https, or set s3_allow_http to true"
                .to_owned(),
        ),
        _ => Err(wrong()),
    }
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}
