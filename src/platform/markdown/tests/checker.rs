//! A second opinion on HTML: a strict reader that shares no code with renderer or sanitiser.

use std::collections::HashSet;

const VOID: &[&str] = &["br", "hr", "img"];
const ALLOWED: &[(&str, &[&str])] = &[
    ("a", &["href", "title", "id", "class", "aria-label", "rel"]),
    ("blockquote", &[]),
    ("br", &[]),
    ("code", &["class"]),
    ("del", &[]),
    ("div", &["class", "aria-label", "role", "tabindex"]),
    ("em", &[]),
    ("h1", &["id"]),
    ("h2", &["id"]),
    ("h3", &["id"]),
    ("h4", &["id"]),
    ("h5", &["id"]),
    ("h6", &["id"]),
    ("hr", &[]),
    ("img", &["src", "alt", "title", "loading"]),
    ("li", &["id", "class"]),
    ("ol", &["start"]),
    ("p", &["class"]),
    ("pre", &["tabindex"]),
    ("span", &["class", "aria-label", "role"]),
    ("strong", &[]),
    ("sup", &["class"]),
    ("table", &[]),
    ("tbody", &[]),
    ("td", &["class"]),
    ("th", &["class", "scope"]),
    ("thead", &[]),
    ("tr", &[]),
    ("ul", &[]),
];

/// Everything about `html` that must not be; nothing, if it may be shown.
pub(super) fn complaints(html: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut open: Vec<&str> = Vec::new();
    let mut ids = HashSet::new();
    let mut rest = html;
    while let Some((text, tag)) = rest.split_once('<') {
        check_text(text, &mut found);
        let (name, after) = tag.split_at(tag.find([' ', '>']).unwrap_or(tag.len()));
        rest = after;
        if let Some(name) = name.strip_prefix('/') {
            if open.pop() != Some(name) {
                found.push(format!("</{name}> closes nothing"));
            }
        } else {
            let Some((_, attributes)) = ALLOWED.iter().find(|(allowed, _)| *allowed == name) else {
                found.push(format!("<{name}> is not allowed"));
                return found;
            };
            if name == "a" && open.contains(&"a") {
                found.push("a link within a link".to_owned());
            }
            if !VOID.contains(&name) {
                open.push(name);
            }
            let mut seen = HashSet::new();
            while let Some(attribute) = rest.strip_prefix(' ') {
                let Some((key, after)) = attribute.split_once("=\"") else {
                    found.push(format!("<{name}> has an attribute that is none"));
                    return found;
                };
                let Some((value, after)) = after.split_once('"') else {
                    found.push(format!("<{name} {key}> does not end"));
                    return found;
                };
                if !attributes.contains(&key) || !seen.insert(key) {
                    found.push(format!("<{name} {key}> is not allowed"));
                }
                if key == "id" && !ids.insert(value) {
                    found.push(format!("{value} is there twice"));
                }
                check_text(value, &mut found);
                check_value(name, key, &decoded(value), &mut found);
                rest = after;
            }
        }
        let Some(after) = rest.strip_prefix('>') else {
            found.push(format!("<{name}> does not end"));
            return found;
        };
        rest = after;
    }
    check_text(rest, &mut found);
    if !open.is_empty() {
        found.push(format!("{open:?} stay open"));
    }
    found
}

fn check_text(text: &str, found: &mut Vec<String>) {
    if text.contains(['<', '>']) {
        found.push(format!("bare bracket in {text:?}"));
    }
    for piece in text.split('&').skip(1) {
        let known = ["amp;", "lt;", "gt;", "quot;", "nbsp;", "#39;"];
        if !known.iter().any(|entity| piece.starts_with(entity)) {
            found.push(format!("bare ampersand before {piece:?}"));
        }
    }
}

fn decoded(value: &str) -> String {
    value
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&nbsp;", "\u{a0}")
        .replace("&#39;", "'")
        .replace("&amp;", "&")
}

fn check_value(tag: &str, attribute: &str, value: &str, found: &mut Vec<String>) {
    let fine = match attribute {
        "href" => {
            let own = value
                .strip_prefix('/')
                .is_some_and(|path| !path.starts_with(['/', '\\']));
            let known = ["https://", "http://", "mailto:", "#"];
            (own || known.iter().any(|start| value.starts_with(start)))
                && value
                    .chars()
                    .all(|c| c.is_ascii_graphic() || !c.is_ascii() && c != '\u{a0}')
                || value.starts_with("mailto:")
        }
        "src" => {
            (value.starts_with("/files/") || value.starts_with("/reports/PM-"))
                && !value.contains("/..")
                && value.chars().all(|c| c.is_ascii_graphic())
        }
        "id" => value.starts_with("user-content-") && !value.contains(char::is_whitespace),
        "class" => value.split(' ').all(|class| {
            ["align-", "footnote", "markdown-", "table-scroll", "task-"]
                .iter()
                .any(|known| class.starts_with(known))
                || (tag == "code" && class.starts_with("language-"))
        }),
        "rel" => value == "noopener noreferrer nofollow ugc",
        "role" => ["group", "note", "img"].contains(&value),
        "tabindex" => value == "0",
        "loading" => value == "lazy",
        "scope" => value == "col",
        "start" => value.parse::<u64>().is_ok(),
        _ => true,
    };
    if !fine {
        found.push(format!("<{tag} {attribute}={value:?}> is not allowed"));
    }
}
