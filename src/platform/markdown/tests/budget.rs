//! What is too much for a page is cut; what is plain costs nothing.

use super::super::budget::MAX_OUTPUT_BYTES;
use super::super::*;
use super::checked;

#[test]
fn what_is_too_long_is_cut_and_says_so() {
    let long = "wörd ".repeat(100_000);
    let rendered = render(&long);
    assert!(rendered.truncated && rendered.html.as_str().contains("markdown-truncated"));
    assert!(render_inline(&long).as_str().ends_with('…'));
    let many = "*a* ".repeat(60_000);
    assert!(checked(&many).truncated);
    let swelling = "&".repeat(MAX_INPUT_BYTES) + "more";
    let rendered = render(&swelling);
    assert!(rendered.truncated && rendered.html.as_str().len() <= MAX_OUTPUT_BYTES);
    assert!(rendered.html.as_str().starts_with("<p>&amp;&amp;"));
    let fenced = format!(
        "```\n{}```\n",
        "a log line\n".repeat(MAX_INPUT_BYTES / 11 - 2)
    );
    assert!(!render(&fenced).truncated);
    let links = render(&"http://a ".repeat(20_000));
    assert!(links.truncated && links.html.as_str().contains("<a href"));
    assert!(!render("short").truncated);
}

#[test]
fn the_texts_of_a_page_share_what_it_may_cost() {
    let mut budget = Budget::of_page();
    let options = Options::default();
    let texts = ["a\n===\n\n".repeat(300), "## b\n".repeat(300)];
    let drawn: Vec<Rendered> = texts
        .iter()
        .map(|text| render_within(text, &options, &mut budget))
        .collect();
    let headings: usize = drawn.iter().map(|it| it.headings.len()).sum();
    assert_eq!(headings, 500);
    assert!(
        drawn[1].html.as_str().ends_with("<p>b</p>\n"),
        "{}",
        drawn[1].html
    );
    let mut bytes = 0;
    let long = "*a* `b` ".repeat(3_000);
    for _ in 0..20 {
        bytes += render_within(&long, &options, &mut budget)
            .html
            .as_str()
            .len();
    }
    assert!(bytes <= MAX_OUTPUT_BYTES + 20 * 200, "{bytes}");
    let last = render_within("*more*", &options, &mut budget);
    assert!(last.truncated && !last.html.as_str().contains("more"));
    assert_eq!(render_inline_within("*more*", &mut budget).as_str(), "…");
}

proptest::proptest! {
    #[test]
    fn plain_lines_need_no_parser(text in "[a-zA-Z0-9äöü日本。、 .,;:'\"()%?/+=@–—…-]{0,40}") {
        let (mut all, options) = (Budget::of_page(), Options::default());
        let slow = parsed(&text, &options, &mut all);
        proptest::prop_assert_eq!(render(&text), slow);
        proptest::prop_assert_eq!(render_inline(&text), parsed_inline(text.trim(), &mut all));
    }
}
