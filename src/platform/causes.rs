//! An error in one line: what it says, and what its causes add to that.

use std::error::Error;

/// The message and those of its causes that it does not repeat.
pub(crate) fn with_causes(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        let words = inner.to_string();
        if !text.contains(&words) {
            text.push_str(": ");
            text.push_str(&words);
        }
        cause = inner.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("cannot open the door: {0}")]
    struct Outer(#[source] std::io::Error);

    #[test]
    fn a_cause_is_told_once() {
        let denied = || std::io::Error::from(std::io::ErrorKind::PermissionDenied);
        let outer = anyhow::Error::from(Outer(denied())).context("no entry");
        assert_eq!(
            with_causes(outer.as_ref()),
            "no entry: cannot open the door: permission denied"
        );
    }
}
