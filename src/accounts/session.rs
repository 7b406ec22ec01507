//! Secrets that prove who somebody is (sessions, tokens, links), and how long a session lasts. Pure but for randomness.

use jiff::{SignedDuration, Timestamp};

use crate::platform::secret::{self, NoRandomness, Secret};

/// 43 letters of base64url hold 256 bits.
const LETTERS: usize = 43;

/// The SHA-256 of a secret: all that is stored of it.
pub(crate) type Fingerprint = [u8; 32];

/// What a token begins with, so that scanners for leaked secrets recognise it.
pub(crate) const TOKEN_PREFIX: &str = "hansei_";

/// A new secret of 256 bits, in letters.
pub(crate) fn new_secret() -> Result<Secret, NoRandomness> {
    secret::random_secret().map(|bytes| Secret::new(secret::to_base64url(&bytes)))
}

/// A new secret for an API token.
pub(crate) fn new_token() -> Result<Secret, NoRandomness> {
    new_secret().map(|secret| Secret::new(format!("{TOKEN_PREFIX}{}", secret.expose())))
}

/// What is stored of the secret of a session or link, if the text can be one at all.
pub(crate) fn fingerprint(text: &str) -> Option<Fingerprint> {
    let letter = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    (text.len() == LETTERS && text.bytes().all(letter)).then(|| secret::sha256(text))
}

/// What is stored of the secret of an API token, if the text can be one at all.
pub(crate) fn token_fingerprint(text: &str) -> Option<Fingerprint> {
    let letters = text.strip_prefix(TOKEN_PREFIX)?;
    fingerprint(letters).map(|_| secret::sha256(text))
}

/// How long sessions last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionLimits {
    /// Without a request.
    pub idle: SignedDuration,
    /// After signing in, used or not.
    pub absolute: SignedDuration,
}

impl Default for SessionLimits {
    fn default() -> Self {
        Self {
            idle: SignedDuration::from_hours(12),
            absolute: SignedDuration::from_hours(14 * 24),
        }
    }
}

impl SessionLimits {
    /// A session must have been used after this time to be alive now.
    pub(crate) fn idle_since(self, now: Timestamp) -> Timestamp {
        now.saturating_sub(self.idle).unwrap_or(Timestamp::MIN)
    }

    /// When a session that begins now ends at the latest.
    pub(crate) fn end(self, now: Timestamp) -> Timestamp {
        now.saturating_add(self.absolute).unwrap_or(Timestamp::MAX)
    }
}

/// The cookie that carries the session's secret. The prefix binds it to this host, over TLS only.
pub(crate) const fn cookie_name(secure: bool) -> &'static str {
    if secure { "__Host-hansei" } else { "hansei" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_256_bits_in_letters_and_never_repeat() {
        let (one, other) = (new_secret().unwrap(), new_secret().unwrap());
        assert_ne!(one.expose(), other.expose());
        assert_eq!(
            fingerprint(one.expose()),
            Some(secret::sha256(one.expose()))
        );
        let token = new_token().unwrap();
        assert_eq!(token.expose().len(), 50);
        assert_eq!(
            token_fingerprint(token.expose()),
            Some(secret::sha256(token.expose()))
        );
    }

    #[test]
    fn what_cannot_be_a_secret_is_not_looked_up() {
        let right = "a".repeat(43);
        for text in [
            "",
            "a",
            &"a".repeat(42),
            &"a".repeat(44),
            &format!("{} ", "a".repeat(42)),
            &"é".repeat(43),
        ] {
            assert_eq!(fingerprint(text), None, "{text}");
        }
        assert!(fingerprint(&right).is_some());
        assert_eq!(token_fingerprint(&right), None);
        assert_eq!(token_fingerprint(&format!("HANSEI_{right}")), None);
    }

    #[test]
    fn limits_reach_back_and_forward() {
        let now: Timestamp = "2026-11-21T12:00:00Z".parse().unwrap();
        let limits = SessionLimits::default();
        assert_eq!(limits.idle_since(now).to_string(), "2026-11-21T00:00:00Z");
        assert_eq!(limits.end(now).to_string(), "2026-12-05T12:00:00Z");
    }
}
