//! Any text renders, stays within its bounds and holds nothing but what the renderer writes.
//!
//! `cargo +nightly fuzz run render -- -max_total_time=300`
#![no_main]

use hansei::platform::markdown::{self, Options};
use libfuzzer_sys::fuzz_target;

const TAGS: &[&str] = &[
    "a", "blockquote", "br", "code", "del", "div", "em", "h1", "h2", "h3", "h4", "h5", "h6", "hr",
    "img", "li", "ol", "p", "pre", "span", "strong", "sup", "table", "tbody", "td", "th", "thead",
    "tr", "ul",
];

fuzz_target!(|text: &str| {
    let options = Options { id_scope: "scope", first_heading_level: 3 };
    let rendered = markdown::render_with(text, &options);
    check(rendered.html.as_str());
    check(markdown::render_inline(text).as_str());
    for heading in &rendered.headings {
        assert!((3..=6).contains(&heading.level));
        assert!(heading.id.starts_with("user-content-scope-"));
    }
    let middle = text.len() / 2;
    let marked = markdown::highlight(text, &[middle..text.len(), 0..1, 1..middle]).into_string();
    let unmarked = marked.replace("<mark>", "").replace("</mark>", "");
    assert_eq!(unmarked, markdown::highlight(text, &[]).into_string());
});

/// Reads tag by tag what the sanitiser wrote, sharing no code with it.
fn check(html: &str) {
    assert!(html.len() <= 2 * 1024 * 1024 + 1024);
    for piece in html.split('<').skip(1) {
        let (tag, text) = piece.split_once('>').expect("a tag ends");
        assert!(!text.contains('>'), "a bare bracket in {html}");
        let name = tag.trim_start_matches('/').split(' ').next().unwrap_or_default();
        assert!(TAGS.contains(&name), "<{name}> in {html}");
        // What stands outside quotes is the names of the attributes.
        for attribute in tag.split('"').step_by(2).skip_while(|names| names.is_empty()) {
            let names = attribute.strip_prefix(name).unwrap_or(attribute);
            assert!(!names.contains(" on") && !names.contains(" style"), "{names} in {html}");
        }
        for address in [" href=\"", " src=\""].iter().filter_map(|key| tag.split_once(key)) {
            let address = address.1;
            let own = address.starts_with('/') && !address.starts_with("//");
            let known = ["https://", "http://", "mailto:", "#"];
            assert!(own || known.iter().any(|start| address.starts_with(start)), "{address}");
        }
    }
}
