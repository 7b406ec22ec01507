//! Which addresses a text may link to, and which pictures it may show.

use std::ops::Range;
use std::sync::LazyLock;

use url::Url;

/// Stands for our own origin while an address is resolved; `.invalid` never exists.
static OWN_ORIGIN: LazyLock<Option<Url>> =
    LazyLock::new(|| Url::parse("https://own-origin.invalid/").ok());

/// The width of pictures in a text, in pixels.
const FITTING: u16 = 1280;

/// The address to put into `href`, or `None` if a text may not link there.
///
/// Allowed are `http`, `https` and `mailto`, paths from our own root, and fragments. What comes
/// out is what the parser understood, not what was written, so that a browser cannot understand
/// something else.
pub(super) fn link(address: &str) -> Option<String> {
    let address = without_invisible(address);
    match Url::parse(&address) {
        Ok(url) => matches!(url.scheme(), "http" | "https" | "mailto").then(|| url.into()),
        Err(url::ParseError::RelativeUrlWithoutBase) => relative(&address),
        Err(_) => None,
    }
}

/// The address to put into `src`: only files attached here, so that reading a report tells
/// nobody else about it.
pub(super) fn image(address: &str) -> Option<String> {
    let address = without_invisible(address);
    relative(&address).filter(|path| is_attached(path) || is_file(path))
}

/// The address of the picture as it fits into a text, smaller, if there is one.
pub(super) fn fitting(source: &str) -> Option<String> {
    let (before, name) = source.rsplit_once('/')?;
    is_attached(source).then(|| format!("{before}/{FITTING}/{name}"))
}

/// The address to put into `src`, as [`image()`] and [`fitting`] have it.
pub(super) fn shown_image(address: &str) -> Option<String> {
    image(address).or_else(|| {
        let path = relative(address)?;
        let source = path.replacen(&format!("/{FITTING}/"), "/", 1);
        (fitting(&source)? == path).then_some(path)
    })
}

fn is_file(path: &str) -> bool {
    path.starts_with("/files/") && path.len() > "/files/".len()
}

/// `/reports/PM-42/attachments/<SHA-256>/name.png`, and nothing after it.
fn is_attached(path: &str) -> bool {
    let pieces: Vec<&str> = path.split('/').collect();
    let ["", "reports", key, "attachments", hash, name] = pieces.as_slice() else {
        return false;
    };
    let number = key.strip_prefix("PM-").unwrap_or_default();
    (1..=12).contains(&number.len())
        && number.bytes().all(|byte| byte.is_ascii_digit())
        && hash.len() == 64
        && hash.bytes().all(|byte| byte.is_ascii_hexdigit())
        && !name.is_empty()
        && !name.contains(['?', '#'])
}

/// A path from our own root or a fragment, as the browser will resolve it.
pub(super) fn relative(address: &str) -> Option<String> {
    let address = without_invisible(address);
    let base = OWN_ORIGIN.as_ref()?;
    let url = match address.chars().next()? {
        '#' | '/' => base.join(&address).ok()?,
        _ => return None,
    };
    // `//elsewhere`, `/\elsewhere` and `/\t/elsewhere` all leave our origin.
    if url.origin() != base.origin() || !url.username().is_empty() {
        return None;
    }
    let whole = url.as_str();
    if address.starts_with('#') {
        return whole
            .find('#')
            .and_then(|at| whole.get(at..))
            .map(str::to_owned);
    }
    let path = whole.strip_prefix(base.as_str())?;
    // `/.//elsewhere` resolves to the path `//elsewhere`, which as an address is another host.
    (!path.starts_with(['/', '\\'])).then(|| format!("/{path}"))
}

/// Parsers disagree about what surrounds an address: whitespace, controls and invisible
/// characters go before anyone looks at the scheme.
fn without_invisible(address: &str) -> String {
    address
        .chars()
        .filter(|c| !c.is_control() && !is_invisible(*c))
        .collect::<String>()
        .trim()
        .to_owned()
}

fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e007f}'
    )
}

/// The web addresses written out in a text: byte ranges, in order.
pub(super) fn bare(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(at) = text
        .get(from..)
        .and_then(|rest| rest.find("http"))
        .map(|at| at + from)
    {
        from = at + "http".len();
        let before = text.get(..at).and_then(|before| before.chars().next_back());
        let rest = text.get(at..).unwrap_or_default();
        let host = rest
            .strip_prefix("https://")
            .or_else(|| rest.strip_prefix("http://"));
        if before.is_some_and(char::is_alphanumeric)
            || !host.is_some_and(|host| host.starts_with(|c: char| c.is_alphanumeric() || c == '['))
        {
            continue;
        }
        from = (at + bare_length(rest)).max(from);
        found.push(at..from);
    }
    found
}

/// How much of `rest` is the address: up to a space or bracket, without the punctuation of the
/// sentence around it.
fn bare_length(rest: &str) -> usize {
    let end = rest
        .find(|c: char| c.is_whitespace() || c.is_control() || matches!(c, '<' | '>' | '"' | '`'))
        .unwrap_or(rest.len());
    let mut address = rest.get(..end).unwrap_or_default();
    let mut unopened = address
        .matches(')')
        .count()
        .saturating_sub(address.matches('(').count());
    while let Some(last) = address.chars().next_back() {
        let trim = match last {
            '.' | ',' | ':' | ';' | '!' | '?' | '\'' | '*' | '_' | '~' | ']' | '}' | '|' => true,
            ')' if unopened > 0 => {
                unopened -= 1;
                true
            }
            _ => false,
        };
        if !trim {
            break;
        }
        address = address
            .get(..address.len() - last.len_utf8())
            .unwrap_or_default();
    }
    address.len()
}
