//! The entity tags that `If-Match` and `If-None-Match` name (RFC 9110, section 13.1).

use actix_web::HttpRequest;
use actix_web::http::header::HeaderName;

/// What a header of this kind names.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Tags {
    /// `*`: whatever there is.
    Any,
    /// A list, each with its quotes and, if it is weak, `W/`; what stands behind something unreadable is not taken.
    These(Vec<String>),
}

impl Tags {
    /// The tags of a request's header, on one line or several; `None` without the header.
    pub(crate) fn of(request: &HttpRequest, name: &HeaderName) -> Option<Self> {
        let values: Vec<&str> = request
            .headers()
            .get_all(name)
            .map(|value| value.to_str().unwrap_or("unreadable"))
            .collect();
        (!values.is_empty()).then(|| Self::read(&values.join(",")))
    }

    fn read(text: &str) -> Self {
        if text.trim() == "*" {
            return Self::Any;
        }
        let mut tags = Vec::new();
        let mut rest = text.trim_start_matches([' ', '\t', ',']);
        while let Some((tag, after)) = first(rest) {
            tags.push(tag.to_owned());
            let next = after.trim_start_matches([' ', '\t']);
            if !next.starts_with(',') {
                break;
            }
            rest = next.trim_start_matches([' ', '\t', ',']);
        }
        Self::These(tags)
    }

    /// The opaque parts of the tags that are not weak: all that `If-Match` may compare with.
    pub(super) fn strong(&self) -> impl Iterator<Item = &str> {
        let tags = match self {
            Self::Any => [].as_slice(),
            Self::These(tags) => tags.as_slice(),
        };
        tags.iter()
            .filter_map(|tag| tag.strip_prefix('"')?.strip_suffix('"'))
    }

    /// Whether this tag is meant, weakly compared, as `If-None-Match` does.
    pub(crate) fn include(&self, opaque: &str) -> bool {
        match self {
            Self::Any => true,
            Self::These(tags) => tags.iter().any(|tag| {
                let strong = tag.strip_prefix("W/").unwrap_or(tag);
                strong.trim_matches('"') == opaque
            }),
        }
    }
}

/// The tag at the start of a text, and the text behind it.
fn first(text: &str) -> Option<(&str, &str)> {
    let quoted = text.strip_prefix("W/").unwrap_or(text);
    let (_, after) = quoted.strip_prefix('"')?.split_once('"')?;
    text.split_at_checked(text.len() - after.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn these(tags: &[&str]) -> Tags {
        Tags::These(tags.iter().map(|tag| (*tag).to_owned()).collect())
    }

    #[test]
    fn lists_are_read_as_the_standard_has_them() {
        for (text, expected) in [
            ("*", Tags::Any),
            (" * ", Tags::Any),
            ("\"r1\"", these(&["\"r1\""])),
            (
                "\"r1\", W/\"r2\" ,,\"a,b\"",
                these(&["\"r1\"", "W/\"r2\"", "\"a,b\""]),
            ),
            (", \"r1\"", these(&["\"r1\""])),
            ("\"r1\" \"r2\"", these(&["\"r1\""])),
            ("\"r1\", nonsense, \"r2\"", these(&["\"r1\""])),
            ("\"r1\", *", these(&["\"r1\""])),
            ("r1", these(&[])),
            ("\"r1", these(&[])),
            ("", these(&[])),
        ] {
            assert_eq!(Tags::read(text), expected, "{text}");
        }
        assert!(Tags::read("W/\"r1\"").include("r1"));
        assert!(!Tags::read("\"r1\"").include("r2"));
    }
}
