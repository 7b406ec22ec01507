//! HTML that may be put on a page unescaped, because of where it came from.

use std::fmt;

/// HTML that this module or a template made. There is no other way to get one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SafeHtml(String);

impl SafeHtml {
    /// Plain text as HTML, for an element's content or a quoted attribute.
    pub fn escape(text: &str) -> Self {
        let mut html = String::with_capacity(text.len() + text.len() / 8);
        push_attribute(&mut html, text);
        Self(html)
    }

    /// What a template drew: it escapes everything but what is [`SafeHtml`] already.
    pub(in crate::platform) fn drawn(html: String) -> Self {
        Self(html)
    }

    /// One after the other.
    pub fn joined(pieces: &[&Self]) -> Self {
        Self(pieces.iter().map(|piece| piece.as_str()).collect())
    }

    /// The same with HTML in the slots that a template left for it, `<!--slot:name-->`. No text of a person can hold one: what
    /// is escaped or sanitised has no comments.
    #[must_use]
    pub fn with_slots<'a>(&self, fill: impl Fn(&str) -> Option<&'a Self>) -> Self {
        let mut pieces = self.0.split("<!--slot:");
        let mut html = String::with_capacity(self.0.len());
        html.push_str(pieces.next().unwrap_or_default());
        for piece in pieces {
            let (name, after) = piece.split_once("-->").unwrap_or((piece, ""));
            html.push_str(fill(name).map_or("", Self::as_str));
            html.push_str(after);
        }
        Self(html)
    }

    /// Only for the siblings that build HTML: everything in `html` is escaped or sanitised.
    pub(super) fn vouched_for(html: String) -> Self {
        Self(html)
    }

    /// The HTML.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The HTML, to be stored.
    pub fn into_string(self) -> String {
        self.0
    }
}

/// Serialises to the one shape that the template helper `safe_html` takes, so that a plain text
/// cannot pass for HTML.
impl serde::Serialize for SafeHtml {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut marked = serde::Serializer::serialize_map(serializer, Some(1))?;
        serde::ser::SerializeMap::serialize_entry(&mut marked, "__safe_html", &self.0)?;
        serde::ser::SerializeMap::end(marked)
    }
}

impl fmt::Display for SafeHtml {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Appends text as element content.
pub(super) fn push_text(html: &mut String, text: &str) {
    push_escaped(html, text, false);
}

/// Appends text as the value of a double-quoted attribute (or, if that is unknown, as content).
pub(super) fn push_attribute(html: &mut String, text: &str) {
    push_escaped(html, text, true);
}

// Control characters have no meaning in HTML, and Postgres refuses U+0000: they are left out.
// No-break spaces are spelled as the sanitiser spells them, so that it need not change anything.
fn push_escaped(html: &mut String, text: &str, quotes: bool) {
    let mut done = 0;
    for (at, c) in text.char_indices() {
        let instead = match c {
            '&' => "&amp;",
            '<' => "&lt;",
            '>' => "&gt;",
            '"' if quotes => "&quot;",
            '\'' if quotes => "&#39;",
            '\u{a0}' => "&nbsp;",
            '\r' => "\n",
            '\n' | '\t' => continue,
            c if c.is_control() => "",
            _ => continue,
        };
        html.push_str(text.get(done..at).unwrap_or_default());
        html.push_str(instead);
        done = at + c.len_utf8();
    }
    html.push_str(text.get(done..).unwrap_or_default());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_are_filled_or_go() {
        let page = SafeHtml::vouched_for("a<!--slot:x-->b<!--slot:y-->c".to_owned());
        let html = SafeHtml::escape("<1>");
        let filled = page.with_slots(|name| (name == "x").then_some(&html));
        assert_eq!(filled.as_str(), "a&lt;1&gt;bc");
        let escaped = SafeHtml::escape("<!--slot:x-->");
        assert_eq!(escaped.with_slots(|_| Some(&html)), escaped);
        let text = crate::platform::markdown::render("a <!--slot:x--> b\n\n<!--slot:x-->\n");
        assert_eq!(text.html.with_slots(|_| Some(&html)), text.html);
    }
}
