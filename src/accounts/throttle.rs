//! How often somebody may try to sign in: ten times a minute from one address, ten times a quarter of an hour for one
//! account. Pure.

use std::net::IpAddr;

use jiff::{SignedDuration, Timestamp};

use super::model::EmailAddress;
use crate::platform::secret;

/// Failures after which the next attempt has to wait.
pub(crate) const ATTEMPTS: usize = 10;

/// What attempts are counted for: an address or an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Subject {
    /// How it is written in `sign_in_failures`.
    pub(crate) key: String,
    /// For how long a failure counts.
    pub(crate) window: SignedDuration,
}

impl Subject {
    /// The address; of IPv6 the first half, since one household has all of the second.
    pub(super) fn of_address(address: Option<IpAddr>) -> Self {
        let network = match address.map(|address| address.to_canonical()) {
            None => "unknown".to_owned(),
            Some(IpAddr::V4(address)) => address.to_string(),
            Some(IpAddr::V6(address)) => {
                let [a, b, c, d, ..] = address.segments();
                format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
            }
        };
        Self {
            key: format!("address:{network}"),
            window: SignedDuration::from_mins(1),
        }
    }

    /// The account, known or not. Hashed: people type passwords into the wrong field.
    pub(super) fn of_account(email: &EmailAddress) -> Self {
        let digest = secret::sha256(email.as_str().to_lowercase());
        let key = format!("account:{}", secret::to_hex(&digest));
        Self {
            key,
            window: SignedDuration::from_mins(15),
        }
    }
}

/// How long to wait, given the times of past failures, latest first; `None` if the next attempt may begin.
pub(crate) fn wait(
    failures: &[Timestamp],
    window: SignedDuration,
    now: Timestamp,
) -> Option<SignedDuration> {
    let decisive = failures.get(ATTEMPTS - 1)?;
    let remaining = window - now.duration_since(*decisive);
    remaining.is_positive().then_some(remaining)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_eleventh_attempt_waits_until_the_first_is_forgotten() {
        let now: Timestamp = "2026-11-21T12:00:00Z".parse().unwrap();
        let window = SignedDuration::from_mins(1);
        let ago = |seconds: i64| now - SignedDuration::from_secs(seconds);
        let ten: Vec<Timestamp> = (0..10).map(|n| ago(n * 5)).collect();
        assert_eq!(wait(&ten, window, now), Some(SignedDuration::from_secs(15)));
        assert_eq!(wait(&ten[..9], window, now), None);
        assert_eq!(
            wait(&ten, window, now + SignedDuration::from_secs(15)),
            None
        );
    }

    #[test]
    fn one_household_is_one_address() {
        let key = |text: &str| Subject::of_address(Some(text.parse().unwrap())).key;
        assert_eq!(key("2001:db8:1:2::1"), key("2001:db8:1:2:ffff::9"));
        assert_ne!(key("2001:db8:1:2::1"), key("2001:db8:1:3::1"));
        assert_eq!(key("::ffff:192.0.2.1"), key("192.0.2.1"));
    }

    #[test]
    fn upper_and_lower_case_are_one_account_and_the_address_is_not_stored() {
        let of = |text: &str| Subject::of_account(&EmailAddress::parse(text).unwrap()).key;
        assert_eq!(of("Ana@Example.org"), of("ana@example.org"));
        assert!(!of("ana@example.org").contains("ana"));
    }
}
