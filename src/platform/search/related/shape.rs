//! What a word looks like: a name of a machine's world, or prose. Pure.

use std::ops::Range;

use super::super::tokenizer::{Class, class};

/// Longer ones are addresses and tokens that nobody else has.
const MAX_LEN: usize = 80;
/// Capitals of fewer letters are mostly units and abbreviations.
const MIN_CAPITALS: usize = 5;

/// Letters of a script written without spaces.
pub(super) fn is_unspaced(text: &str) -> bool {
    text.chars()
        .next()
        .is_some_and(|c| class(c) == Class::Ideograph)
}

/// Whether a word, as written, names one thing exactly: an error, a function, a metric, a host, a file. Two reports that
/// share one speak of the same, which words of prose do not prove.
pub(super) fn is_identifier(text: &str) -> bool {
    if !text.is_ascii() || !(2..=MAX_LEN).contains(&text.len()) || text.contains("://") {
        return false;
    }
    let letters = text.bytes().filter(u8::is_ascii_alphabetic).count();
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    if letters + digits == text.len() {
        return is_one_word(text, letters, digits);
    }
    letters >= 2 && (is_snake(text) || is_dotted(text) || is_path(text))
}

/// What stands around a place without a blank, as far as one looks, without the punctuation at its ends.
pub(super) fn around<'a>(text: &'a str, place: &Range<usize>) -> &'a str {
    let from = text.floor_char_boundary(place.start.saturating_sub(MAX_LEN));
    let to = text.ceil_char_boundary(place.end.saturating_add(MAX_LEN).min(text.len()));
    let before = text.get(from..place.start).unwrap_or_default();
    let after = text.get(place.end..to).unwrap_or_default();
    let begun = before.split(char::is_whitespace).next_back();
    let ended = after.split(char::is_whitespace).next();
    let from = place.start - begun.map_or(0, str::len);
    let to = place.end + ended.map_or(0, str::len);
    let whole = text.get(from..to).unwrap_or_default();
    whole.trim_matches(|c: char| !c.is_alphanumeric() && c != '/')
}

/// Whether this is an address, a path or a name of several parts. Not `and/or`, and not two sentences that miss a space.
pub(super) fn has_parts(text: &str) -> bool {
    let parts = |marks: &[char]| text.split(marks).filter(|it| !it.is_empty()).count();
    text.contains("://")
        || text.starts_with("www.")
        || text.starts_with('/') && parts(&['/']) >= 2
        || parts(&['/']) >= 3
        || parts(&['.', ':']) >= 3
        || parts(&['_']) >= 2
}

/// `ECONNREFUSED`, `OOMKilled`, `x509`, `0x80070005`, `5xx`.
fn is_one_word(text: &str, letters: usize, digits: usize) -> bool {
    let begins_with_letter = text.starts_with(|c: char| c.is_ascii_alphabetic());
    if digits > 0 {
        // `v2`, and `x3` for three times.
        let is_version = text.starts_with(['v', 'V', 'x', 'X']) && letters == 1 && digits < 3;
        let is_hex = text.starts_with("0x") && text.len() > 4;
        let is_class = matches!(text, "4xx" | "5xx" | "4XX" | "5XX");
        return is_hex || is_class || (begins_with_letter && !is_version);
    }
    let capitals = text.bytes().filter(u8::is_ascii_uppercase).count();
    if capitals == letters {
        return letters >= MIN_CAPITALS;
    }
    // A capital after a small letter, or a small one after several capitals.
    let is_hump =
        |pair: &[u8]| matches!(pair, [a, b] if a.is_ascii_lowercase() && b.is_ascii_uppercase());
    let begins_in_capitals = text.bytes().take_while(u8::is_ascii_uppercase).count() >= 3;
    capitals >= 2
        && (text.as_bytes().windows(2).any(is_hump) || (begins_in_capitals && letters >= 6))
}

/// `err_conn_reset`, `std::io`, `$HOME`.
fn is_snake(text: &str) -> bool {
    let inner = text.trim_matches(|c: char| !c.is_ascii_alphanumeric());
    inner.contains('_') || inner.contains("::")
}

/// `db.pool.Acquire`, `kube-dns.svc`: at least two parts of at least two letters. Not `e.g`, and not two sentences that
/// miss a space.
fn is_dotted(text: &str) -> bool {
    if text.contains('@') {
        return false;
    }
    let head = text.split(['/', ':']).next().unwrap_or_default();
    let parts: Vec<&str> = head.split('.').collect();
    let is_part = |part: &&str| part.bytes().filter(u8::is_ascii_alphabetic).count() >= 2;
    let named = parts.iter().copied().filter(|part| is_part(part)).count();
    let sentence = matches!(parts.as_slice(), [_, second] if second.starts_with(|c: char| c.is_ascii_uppercase()) && second.bytes().skip(1).all(|b| b.is_ascii_lowercase()));
    parts.len() >= 2 && named >= 2 && !sentence
}

/// `/var/lib/x`, `api/v1/reports`: three parts, or two with a digit or a dot. Not `and/or`, and no date.
fn is_path(text: &str) -> bool {
    let parts: Vec<&str> = text.split('/').filter(|part| !part.is_empty()).collect();
    let is_named = |part: &&str| part.bytes().filter(u8::is_ascii_alphabetic).count() >= 2;
    let named = parts.iter().copied().filter(|part| is_named(part)).count();
    parts.len() >= 3 && named >= 2
}

/// An HTTP status, when a word beside it says so: 503 alone may count users.
pub(super) fn is_status(text: &str, beside: [&str; 2]) -> bool {
    let [before, after] = beside.map(str::to_ascii_lowercase);
    let is_code =
        matches!(text.as_bytes(), [b'4' | b'5', a, b] if a.is_ascii_digit() && b.is_ascii_digit());
    let says = |word: &str| {
        matches!(
            word,
            "http"
                | "https"
                | "status"
                | "code"
                | "codes"
                | "error"
                | "errors"
                | "response"
                | "responses"
        )
    };
    is_code && (says(&before) || says(&after))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_are_told_from_prose() {
        for text in [
            "ECONNREFUSED",
            "SIGKILL",
            "OOMKilled",
            "NotReady",
            "x509",
            "k8s",
            "h2c",
            "p99",
            "5xx",
            "0x80070005",
            "err_conn_reset",
            "std::io",
            "db.pool.Acquire",
            "kube-dns.svc",
            "github.com/foo",
            "/var/lib/x",
            "api/v1/reports",
            "postgresReplicationLag",
        ] {
            assert!(is_identifier(text), "{text}");
        }
        for text in [
            "the",
            "DNS",
            "HTTP",
            "Renewal",
            "2026-03-01",
            "14:02",
            "1.2.3",
            "100ms",
            "2nd",
            "v2",
            "x3",
            "e.g",
            "i.e",
            "and/or",
            "CI/CD",
            "follow-up",
            "post-mortem",
            "fixed.The",
            "don't",
            "https://example.com/a/b",
            "ana@example.com",
            "証明書",
            "3/4/2026",
            "",
        ] {
            assert!(!is_identifier(text), "{text}");
        }
    }

    #[test]
    fn a_number_is_a_status_when_it_is_called_one() {
        assert!(is_status("503", ["HTTP", "for"]));
        assert!(is_status("404", ["a", "errors"]));
        assert!(!is_status("503", ["of", "users"]));
        assert!(!is_status("200", ["HTTP", ""]));
        assert!(!is_status("5034", ["HTTP", ""]));
    }
}
