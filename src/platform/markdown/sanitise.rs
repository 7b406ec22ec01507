//! The second wall: an allow-list over the HTML the writer made, trusting nothing about it.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use ammonia::{Builder, UrlRelative};

use super::safe_html::SafeHtml;
use super::urls;

/// Before every id, so that no text can name an element that a script of ours looks for.
pub(super) const ID_PREFIX: &str = "user-content-";
/// A linked site learns nothing about us and gains nothing from us.
pub(super) const LINK_REL: &str = "noopener noreferrer nofollow ugc";

// None of these may ever grow svg, math, style or an element whose content is raw text: every
// known way around the sanitiser needs one of them.
const TAGS: &[&str] = &[
    "a",
    "blockquote",
    "br",
    "code",
    "del",
    "div",
    "em",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "hr",
    "img",
    "li",
    "ol",
    "p",
    "pre",
    "span",
    "strong",
    "sup",
    "table",
    "tbody",
    "td",
    "th",
    "thead",
    "tr",
    "ul",
];
const REMOVED_WITH_CONTENT: &[&str] = &[
    "script",
    "style",
    "svg",
    "math",
    "iframe",
    "noembed",
    "noframes",
    "noscript",
    "object",
    "plaintext",
    "select",
    "template",
    "textarea",
    "title",
    "xmp",
];
type Names = &'static [&'static str];
const ATTRIBUTES: &[(&str, Names)] = &[
    ("a", &["href", "title", "id", "class", "aria-label"]),
    ("code", &["class"]),
    ("div", &["class", "aria-label"]),
    ("h1", &["id"]),
    ("h2", &["id"]),
    ("h3", &["id"]),
    ("h4", &["id"]),
    ("h5", &["id"]),
    ("h6", &["id"]),
    ("img", &["src", "alt", "title"]),
    ("li", &["id", "class"]),
    ("ol", &["start"]),
    ("p", &["class"]),
    ("span", &["class", "aria-label"]),
    ("sup", &["class"]),
    ("td", &["class"]),
    ("th", &["class"]),
];
const ATTRIBUTE_VALUES: &[(&str, &str, Names)] = &[
    ("div", "role", &["group", "note"]),
    ("div", "tabindex", &["0"]),
    ("img", "loading", &["lazy"]),
    ("pre", "tabindex", &["0"]),
    ("span", "role", &["img"]),
    ("th", "scope", &["col"]),
];
const CLASSES: &[&str] = &[
    "align-center",
    "align-left",
    "align-right",
    "footnote-backref",
    "footnote-ref",
    "footnotes",
    "markdown-alert",
    "markdown-alert-caution",
    "markdown-alert-important",
    "markdown-alert-note",
    "markdown-alert-tip",
    "markdown-alert-title",
    "markdown-alert-warning",
    "markdown-truncated",
    "table-scroll",
    "task-list-item",
    "task-marker",
];

static SANITISER: LazyLock<Builder<'static>> = LazyLock::new(|| {
    let mut values: HashMap<&str, HashMap<&str, HashSet<&str>>> = HashMap::new();
    for (tag, attribute, allowed) in ATTRIBUTE_VALUES {
        values
            .entry(tag)
            .or_default()
            .insert(attribute, allowed.iter().copied().collect());
    }
    let mut builder = Builder::empty();
    builder
        .tags(TAGS.iter().copied().collect())
        .clean_content_tags(REMOVED_WITH_CONTENT.iter().copied().collect())
        .generic_attributes(HashSet::new())
        .tag_attributes(
            ATTRIBUTES
                .iter()
                .map(|(tag, names)| (*tag, names.iter().copied().collect()))
                .collect(),
        )
        .tag_attribute_values(values)
        .url_schemes(HashSet::from(["http", "https", "mailto"]))
        .url_relative(UrlRelative::Custom(Box::new(own_address)))
        .link_rel(Some(LINK_REL))
        .id_prefix(Some(ID_PREFIX))
        .strip_comments(true)
        .attribute_filter(attribute);
    builder
});

/// Passes HTML through the allow-list.
pub(super) fn sanitise(html: &str) -> SafeHtml {
    SafeHtml::vouched_for(SANITISER.clean(html).to_string())
}

fn own_address(address: &str) -> Option<Cow<'_, str>> {
    urls::relative(address).map(Cow::Owned)
}

fn attribute<'v>(tag: &str, name: &str, value: &'v str) -> Option<Cow<'v, str>> {
    match (tag, name) {
        (_, "class") => {
            let kept: Vec<&str> = value
                .split_ascii_whitespace()
                .filter(|class| allowed_class(tag, class))
                .collect();
            (!kept.is_empty()).then(|| kept.join(" ").into())
        }
        ("img", "src") => urls::shown_image(value).map(Cow::Owned),
        ("a", "href") => urls::link(value).map(Cow::Owned),
        ("ol", "start") => value.parse::<u64>().ok().map(|_| value.into()),
        (_, "id") => (!value.contains(char::is_whitespace)).then(|| value.into()),
        _ => Some(value.into()),
    }
}

fn allowed_class(tag: &str, class: &str) -> bool {
    CLASSES.contains(&class)
        || (tag == "code" && class.strip_prefix("language-").is_some_and(is_language))
}

/// Whether a code block's language is a plausible name, fit for a class.
pub(super) fn is_language(name: &str) -> bool {
    (1..=32).contains(&name.len())
        && name
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"+#-_.".contains(&b))
}
