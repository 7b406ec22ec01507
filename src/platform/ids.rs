//! Identifiers: one newtype for each kind of row, and the report key people say aloud (`PM-42`).

use std::fmt;
use std::str::FromStr;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub i64);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

id!(
    /// A row of `reports`.
    ReportId
);
id!(
    /// A row of `people`.
    PersonId
);
id!(
    /// A row of `teams`.
    TeamId
);

/// The public key of a report, written `PM-42`. The number is the report's own sequence, never reused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ReportKey(pub i64);

impl fmt::Display for ReportKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PM-{}", self.0)
    }
}

/// The text was not a report key such as `PM-42`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a report key such as PM-42")]
pub struct NotAKey;

impl FromStr for ReportKey {
    type Err = NotAKey;

    /// Accepts `PM-42` and `pm-42`; the number has 1 to 12 digits and no leading zero.
    fn from_str(text: &str) -> Result<Self, NotAKey> {
        let digits = text
            .strip_prefix("PM-")
            .or_else(|| text.strip_prefix("pm-"))
            .ok_or(NotAKey)?;
        let well_formed = (1..=12).contains(&digits.len())
            && digits.bytes().all(|b| b.is_ascii_digit())
            && !digits.starts_with('0');
        if !well_formed {
            return Err(NotAKey);
        }
        digits.parse().map(ReportKey).map_err(|_too_large| NotAKey)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_read_back_as_they_print() {
        for n in [1, 42, 999_999_999_999] {
            assert_eq!(ReportKey(n).to_string().parse(), Ok(ReportKey(n)));
        }
        assert_eq!("pm-7".parse(), Ok(ReportKey(7)));
    }

    #[test]
    fn anything_else_is_no_key() {
        for text in [
            "",
            "PM-",
            "PM-0",
            "PM-01",
            "42",
            "PM-4x",
            "PM--4",
            "PM-1234567890123",
            "PM-٤",
        ] {
            assert_eq!(text.parse::<ReportKey>(), Err(NotAKey), "{text}");
        }
    }
}
