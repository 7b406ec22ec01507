//! What looks like a key, a token or a password: by the beginnings that issuers gave them so that they can be found, by
//! the name they are assigned to, or by their place in an address. Looked for in the whole text, also in code.

use super::finding::{FindingKind, Hit};
use super::secret_values::{changes, is_mixed, is_password, is_placeholder, is_random};
use std::ops::Range;

const REASON: &str =
    "Looks like a secret. Whoever reads the report could use it, and earlier revisions are kept.";
const ASK: &str =
    "Can it be revoked now, and what can stand here instead, such as the name of the secret?";

/// The longest value that is looked at.
const LONGEST: usize = 256;

/// Beginnings of secrets, and how much must follow.
const PREFIXES: [(&str, usize); 43] = [
    ("AKIA", 16),
    ("ASIA", 16),
    ("AIza", 35),
    ("AGE-SECRET-KEY-", 20),
    ("ATATT3", 30),
    ("GOCSPX-", 20),
    ("NRAK-", 20),
    ("PMAK-", 24),
    ("dapi", 32),
    ("dckr_pat_", 20),
    ("dop_v1_", 40),
    ("github_pat_", 22),
    ("ghp_", 20),
    ("gho_", 20),
    ("ghu_", 20),
    ("ghs_", 20),
    ("ghr_", 20),
    ("glpat-", 16),
    ("glrt-", 16),
    ("glsa_", 20),
    ("hansei_", 20),
    ("hf_", 30),
    ("lin_api_", 20),
    ("npm_", 30),
    ("pypi-", 50),
    ("rk_live_", 16),
    ("sk_live_", 16),
    ("sk_test_", 16),
    ("sbp_", 30),
    ("shpat_", 20),
    ("sk-ant-", 20),
    ("sk-proj-", 20),
    ("sk-", 20),
    ("sntrys_", 30),
    ("tfp_", 30),
    ("whsec_", 16),
    ("xapp-", 10),
    ("xoxa-", 10),
    ("xoxb-", 10),
    ("xoxe-", 10),
    ("xoxp-", 10),
    ("xoxr-", 10),
    ("xoxs-", 10),
];

/// The fewest bytes that a beginning and what must follow come to.
const SHORTEST: usize = 15;

/// Finds secrets, in the order of the text, none inside another.
pub(super) fn find(text: &str) -> Vec<Hit> {
    let mut ranges = private_keys(text);
    ranges.extend(in_addresses(text));
    ranges.extend(by_option(text));
    let mut at = 0;
    let bytes = text.as_bytes();
    while let Some(start) = position(bytes, at, is_run) {
        let run = run(text, start);
        ranges.extend(by_shape(text, start, run).or_else(|| by_name(text, start, run)));
        at = start + run.len();
    }
    ranges.sort_by_key(|range| (range.start, std::cmp::Reverse(range.end)));
    let mut end = 0;
    ranges.retain(|range| {
        let is_free = range.start >= end;
        end = end.max(range.end);
        is_free
    });
    ranges
        .into_iter()
        .map(|range| Hit::new(FindingKind::Secret, range, REASON, ASK))
        .collect()
}

const fn is_run(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')
}

/// The first byte like that from `start` on.
fn position(bytes: &[u8], start: usize, is_like: impl Fn(u8) -> bool) -> Option<usize> {
    let found = bytes.get(start..)?.iter().position(|byte| is_like(*byte))?;
    Some(start + found)
}

/// Letters, digits, `_` and `-` from `start` on.
fn run(text: &str, start: usize) -> &str {
    let end = position(text.as_bytes(), start, |byte| !is_run(byte)).unwrap_or(text.len());
    text.get(start..end).unwrap_or_default()
}

/// `-----BEGIN … PRIVATE KEY-----` up to its end.
fn private_keys(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    for (at, _) in text.match_indices("-----BEGIN ") {
        let rest = super::start_of(text.get(at..).unwrap_or_default(), 8 * 1024);
        let first = rest.lines().next().unwrap_or_default();
        if !first.contains("PRIVATE KEY") {
            continue;
        }
        let end = rest
            .find("-----END ")
            .and_then(|end| Some(end + rest.get(end..)?.lines().next()?.len()));
        found.push(at..at + end.unwrap_or(first.len()));
    }
    found
}

/// `https://user:password@host`, and hooks whose address is the secret.
fn in_addresses(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    for (at, _) in text.match_indices("://") {
        let start = at + 3;
        let rest = super::start_of(text.get(start..).unwrap_or_default(), LONGEST);
        let stop =
            |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '<' | '>' | '`' | ')' | ']');
        let authority = rest
            .split(|c| stop(c) || matches!(c, '/' | '?' | '#'))
            .next()
            .unwrap_or_default();
        if let Some((credentials, _)) = authority.rsplit_once('@')
            && let Some((user, password)) = credentials.split_once(':')
            && password.len() > 2
            && !is_placeholder(password)
        {
            let start = start + user.len() + 1;
            found.push(start..start + password.len());
        }
        for hook in ["hooks.slack.com/services/", "discord.com/api/webhooks/"] {
            let path = rest.strip_prefix(hook).unwrap_or_default();
            let path = path.split(stop).next().unwrap_or_default();
            if path.len() > 20 && !is_placeholder(path) {
                let start = start + hook.len();
                found.push(start..start + path.len());
            }
        }
    }
    found
}

/// `curl -u user:password`
fn by_option(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    for (at, option) in text.match_indices(" -u ") {
        let start = at + option.len();
        let rest = super::start_of(text.get(start..).unwrap_or_default(), LONGEST);
        let stop = |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '`');
        let quotes = rest.len() - rest.trim_start_matches(['"', '\'']).len();
        let value = rest.get(quotes..).unwrap_or_default();
        let value = value.split(stop).next().unwrap_or_default();
        if let Some((user, password)) = value.split_once(':')
            && is_password(password, false)
            && !is_placeholder(password)
        {
            let start = start + quotes + user.len() + 1;
            found.push(start..start + password.len());
        }
    }
    found
}

/// A run with the beginning of a secret, or a signed token of three parts.
fn by_shape(text: &str, start: usize, found: &str) -> Option<Range<usize>> {
    // Nearly every run is a short word.
    let of = if found.len() < SHORTEST {
        &[]
    } else {
        &PREFIXES[..]
    };
    let prefix = of.iter().find(|(prefix, _)| found.starts_with(prefix));
    if let Some((prefix, least)) = prefix {
        let rest = found.get(prefix.len()..)?;
        let is_upper = |b: u8| b.is_ascii_uppercase() || b.is_ascii_digit();
        let fits = rest.len() >= *least && !is_placeholder(rest);
        let fits = fits
            && match *prefix {
                // One in thirty of them has no digit.
                "AKIA" | "ASIA" => rest.len() == 16 && rest.bytes().all(is_upper),
                "sk-" => changes(rest) >= 6,
                _ => changes(rest) >= 2,
            };
        return fits.then_some(start..start + found.len());
    }
    let is_signed = found.starts_with("eyJ") && found.len() >= 10;
    if !is_signed && !matches!(found, "SG" | "ya29" | "hvs") {
        return None;
    }
    let part = |end: usize| {
        text.get(end..)?
            .starts_with('.')
            .then(|| run(text, end + 1))
    };
    let second = part(start + found.len())?;
    let end = start + found.len() + 1 + second.len();
    if matches!(found, "ya29" | "hvs") {
        return (changes(second) >= 4 && second.len() >= 20).then_some(start..end);
    }
    let third = part(end)?;
    (second.len() >= 10 && third.len() >= 10).then_some(start..end + 1 + third.len())
}

/// The value that is assigned to a name like `db_password`.
fn by_name(text: &str, start: usize, name: &str) -> Option<Range<usize>> {
    let name = SecretName::of(name)?;
    let (value, quoted) = assigned(text, start + name.length, &name)?;
    let written = text.get(value.clone())?;
    let fits = match name.kind {
        Kind::Password => is_password(written, quoted),
        Kind::Secret => is_random(written) || is_mixed(written),
        Kind::Other => is_random(written),
    };
    (fits && !is_placeholder(written)).then_some(value)
}

/// How sure a name makes it that its value is a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Password,
    Secret,
    Other,
}

struct SecretName {
    length: usize,
    kind: Kind,
    /// `--password x`, `Bearer x`
    takes_space: bool,
}

impl SecretName {
    fn of(name: &str) -> Option<Self> {
        const PASSWORDS: &str = "password passwd passphrase pwd passwort kennwort _pass pw";
        const SECRETS: &str = "secret secret_key secretkey secret_key_base";
        const OTHERS: &str = "token apikey api_key access_key accesskey private_key privatekey auth_key signing_key \
     encryption_key account_key accountkey cookie";
        // Longer ones are no names.
        let last = name.as_bytes().last().filter(|_| name.len() <= 80)?;
        if !matches!(
            last.to_ascii_lowercase(),
            b'd' | b'e' | b't' | b'n' | b'y' | b'r' | b'c' | b's' | b'w'
        ) {
            return None;
        }
        let ends = |names: &str| {
            names
                .split_ascii_whitespace()
                .any(|end| ends_like(name, end))
        };
        let is_scheme = ["bearer", "basic"]
            .iter()
            .any(|scheme| name.eq_ignore_ascii_case(scheme));
        // A program of that name.
        let kind = if name.eq_ignore_ascii_case("1password") {
            return None;
        } else if ends(PASSWORDS) {
            Kind::Password
        } else if ends(SECRETS) {
            Kind::Secret
        } else if is_scheme || ends(OTHERS) {
            Kind::Other
        } else {
            return None;
        };
        Some(Self {
            length: name.len(),
            kind,
            takes_space: is_scheme || name.starts_with("--"),
        })
    }
}

/// Whether a name ends so, whatever its case, with `-` for `_`.
fn ends_like(name: &str, end: &str) -> bool {
    let is_like = |(a, b): (u8, u8)| a.eq_ignore_ascii_case(&b) || (a == b'-' && b == b'_');
    name.len() >= end.len() && name.bytes().rev().zip(end.bytes().rev()).all(is_like)
}

/// What stands behind a name and a sign that assigns; and whether it is in quotes.
fn assigned(text: &str, end: usize, name: &SecretName) -> Option<(Range<usize>, bool)> {
    let rest = super::start_of(text.get(end..)?, LONGEST);
    let spaces = [' ', '\t'];
    let after = rest
        .trim_start_matches(['"', '\'', '`', '*'])
        .trim_start_matches(spaces);
    let signed = ["=>", ":=", "==", "=", ":"]
        .iter()
        .find_map(|sign| after.strip_prefix(sign));
    // The next cell of a table, or what is quoted right behind the word.
    let is_password = name.kind == Kind::Password;
    let cell = after.strip_prefix('|').filter(|_| is_password);
    let is_quoted = is_password && after.starts_with(['`', '"']);
    let value = match signed.or(cell) {
        Some(value) => value,
        None if (name.takes_space || is_quoted) && after.len() < rest.len() => after,
        None => return None,
    };
    let value = value.trim_start_matches('*').trim_start_matches(spaces);
    let quote = value
        .chars()
        .next()
        .filter(|c| matches!(c, '"' | '\'' | '`'));
    let inside = quote.map_or(value, |quote| value.strip_prefix(quote).unwrap_or(value));
    let stop = |c: char| match quote {
        Some(quote) => c == quote || c == '\n',
        None => {
            c.is_whitespace()
                || matches!(
                    c,
                    ',' | ';' | ')' | '}' | ']' | '"' | '\'' | '|' | '&' | '`'
                )
        }
    };
    let length = inside.find(stop).unwrap_or(inside.len());
    let behind = inside.get(length..).unwrap_or_default();
    // A cell with more than one word says something about passwords.
    let ends = |it: &str| it.is_empty() || it.starts_with(['|', '\n']);
    if signed.is_none()
        && cell.is_some()
        && quote.is_none()
        && !ends(behind.trim_start_matches(spaces))
    {
        return None;
    }
    let start = end + (rest.len() - inside.len());
    let written = inside.get(..length)?;
    let length = written.trim_end_matches(['.', '*']).len();
    (length > 0).then_some((start..start + length, quote.is_some()))
}
