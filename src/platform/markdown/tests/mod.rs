//! What the renderer keeps and what it changes; `attacks` holds what it never lets through.

use super::sanitise::sanitise;
use super::*;

mod attacks;
mod budget;
mod checker;
mod hostile;
mod pictures;

use checker::complaints;

fn html(markdown: &str) -> String {
    render(markdown).html.into_string()
}

/// Renders, and fails unless the result is what the page may show.
#[track_caller]
fn checked(markdown: &str) -> Rendered {
    let rendered = render_with(
        markdown,
        &Options {
            id_scope: "impact",
            first_heading_level: 3,
        },
    );
    for html in [&rendered.html, &render_inline(markdown)] {
        let found = complaints(html.as_str());
        assert!(found.is_empty(), "{found:?}\nfrom {markdown:?}\nin {html}");
        assert_eq!(
            &sanitise(html.as_str()),
            html,
            "sanitising again changed it: {markdown:?}"
        );
    }
    rendered
}

#[test]
fn plain_markdown_keeps_its_meaning() {
    assert_eq!(
        html("One *two* **three** ~~four~~ `five<`\nsix  \nseven"),
        "<p>One <em>two</em> <strong>three</strong> <del>four</del> <code>five&lt;</code>\n\
         six<br>\nseven</p>\n"
    );
    assert_eq!(
        html("3. a\n4. b"),
        "<ol start=\"3\">\n<li>a</li>\n<li>b</li>\n</ol>\n"
    );
    assert_eq!(
        html("> a\n\n---"),
        "<blockquote>\n<p>a</p>\n</blockquote>\n<hr>\n"
    );
}

#[test]
fn html_is_shown_as_text() {
    assert_eq!(
        html("a <b onclick=x>b</b>"),
        "<p>a &lt;b onclick=x&gt;b&lt;/b&gt;</p>\n"
    );
    assert_eq!(
        html("<div>\n<script>alert(1)</script>\n</div>"),
        "<p>&lt;div&gt;\n&lt;script&gt;alert(1)&lt;/script&gt;\n&lt;/div&gt;</p>\n"
    );
}

#[test]
fn code_blocks_are_focusable_and_name_only_plausible_languages() {
    assert_eq!(
        html("```Rust,ignore\na < b\n```"),
        "<pre tabindex=\"0\"><code class=\"language-rust\">a &lt; b\n</code></pre>\n"
    );
    assert_eq!(
        html("```\"onx=\nx\n```"),
        "<pre tabindex=\"0\"><code>x\n</code></pre>\n"
    );
    assert_eq!(html("    x"), "<pre tabindex=\"0\"><code>x</code></pre>\n");
    assert!(html("```\nhttp://a.example/\n```").contains("<code>http://a.example/\n</code>"));
}

#[test]
fn tables_scroll_by_themselves_and_align_by_class() {
    assert_eq!(
        html("| a | b | c |\n|:--|:-:|--:|\n| 1 | 2 | 3 |"),
        "<div class=\"table-scroll\" role=\"group\" aria-label=\"Table\" tabindex=\"0\"><table>\n\
         <thead><tr><th scope=\"col\" class=\"align-left\">a</th>\
         <th scope=\"col\" class=\"align-center\">b</th>\
         <th scope=\"col\" class=\"align-right\">c</th></tr></thead>\n\
         <tbody>\n<tr><td class=\"align-left\">1</td><td class=\"align-center\">2</td>\
         <td class=\"align-right\">3</td></tr>\n</tbody>\n</table></div>\n"
    );
    assert!(!html("| a |\n|---|").contains("tbody"));
}

#[test]
fn tasks_say_whether_they_are_done() {
    for list in ["- [x] a\n- [ ] b", "- [x] a\n\n- [ ] b"] {
        let html = html(list);
        assert_eq!(
            html.matches("<li class=\"task-list-item\">").count(),
            2,
            "{html}"
        );
        assert!(
            html.contains("role=\"img\" aria-label=\"Done\">☑</span> a"),
            "{html}"
        );
        assert!(
            html.contains("role=\"img\" aria-label=\"Not done\">☐</span> b"),
            "{html}"
        );
        assert!(!html.contains("<input"), "{html}");
    }
}

#[test]
fn alerts_carry_their_kind_in_words() {
    for (kind, title) in [
        ("note", "Note"),
        ("tip", "Tip"),
        ("important", "Important"),
        ("warning", "Warning"),
        ("caution", "Caution"),
    ] {
        assert_eq!(
            html(&format!("> [!{}]\n> Mind the gap.", kind.to_uppercase())),
            format!(
                "<div class=\"markdown-alert markdown-alert-{kind}\" role=\"note\">\n\
                 <p class=\"markdown-alert-title\">{title}</p>\n<p>Mind the gap.</p>\n</div>\n"
            )
        );
    }
}

#[test]
fn links_go_to_the_web_to_mail_or_to_our_own_pages() {
    let rel = "rel=\"noopener noreferrer nofollow ugc\"";
    for (address, href) in [
        ("https://a.example/x?y=1&z", "https://a.example/x?y=1&amp;z"),
        ("HTTP://a.example", "http://a.example/"),
        ("mailto:a@b.example", "mailto:a@b.example"),
        ("/reports/PM-1", "/reports/PM-1"),
        ("#timeline", "#timeline"),
        ("/a/../b", "/b"),
    ] {
        assert_eq!(
            html(&format!("[x](<{address}> \"t\")")),
            format!("<p><a href=\"{href}\" title=\"t\" {rel}>x</a></p>\n"),
            "{address}"
        );
    }
    for address in [
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "java\tscript:alert(1)",
        "\u{a0}javascript:alert(1)",
        "&nbsp;javascript:alert(1)",
        "\u{1}javascript:alert(1)",
        "java\u{200b}script:alert(1)",
        "data:text/html,x",
        "vbscript:x",
        "file:///etc/passwd",
        "//elsewhere.example",
        "/\\elsewhere.example",
        "/\t/elsewhere.example",
        "/.//elsewhere.example",
        "/a/..//elsewhere.example",
        "\\\\elsewhere.example",
        "relative.html",
        "?q",
        "http://",
        "",
    ] {
        assert_eq!(
            html(&format!("[x](<{address}>)")),
            "<p>x</p>\n",
            "{address:?}"
        );
    }
}

#[test]
fn addresses_written_out_become_links() {
    let link = |address: &str| {
        format!("<a href=\"{address}\" rel=\"noopener noreferrer nofollow ugc\">{address}</a>")
    };
    for (text, before, address, after) in [
        (
            "see https://a.example/b_c_d, then",
            "see ",
            "https://a.example/b_c_d",
            ", then",
        ),
        (
            "(http://a.example/x_(y))",
            "(",
            "http://a.example/x_(y)",
            ")",
        ),
        ("<https://a.example/>", "", "https://a.example/", ""),
    ] {
        assert_eq!(
            html(text),
            format!("<p>{before}{}{after}</p>\n", link(address))
        );
    }
    for text in [
        "xhttp://a.example",
        "https://",
        "http:// a",
        "https",
        "`https://a.example/`",
    ] {
        assert!(!html(text).contains("<a "), "{text}");
    }
    assert_eq!(
        html("[see https://a.example/](/b)").matches("<a ").count(),
        1
    );
}

#[test]
fn only_attached_pictures_are_shown() {
    assert_eq!(
        html("![a *graph*](/files/1/x.png \"t\")"),
        "<p><img src=\"/files/1/x.png\" alt=\"a graph\" title=\"t\" loading=\"lazy\"></p>\n"
    );
    assert!(html("[![g](/files/1/x.png)](/b)").contains("<a href=\"/b\""));
    for address in [
        "https://elsewhere.example/x.png",
        "/files/../sign-out",
        "/files/%2e%2e/sign-out",
        "/static/x.png",
        "/files/",
        "//elsewhere.example/files/x.png",
        "data:image/svg+xml,x",
    ] {
        let html = html(&format!("![alt](<{address}>)"));
        assert!(
            !html.contains("<img") && html.contains("alt"),
            "{address}: {html}"
        );
    }
    assert!(html("![](https://e.example/x)").contains(">https://e.example/x</a>"));
}

#[test]
fn headings_fit_the_page_and_can_be_linked_to() {
    let options = Options {
        id_scope: "root-cause",
        first_heading_level: 3,
    };
    let rendered = render_with(
        "# A b!\n## A b!\n#### C\n# Ä\n\n[up](#a-b) [x](#y)",
        &options,
    );
    let found: Vec<_> = rendered
        .headings
        .iter()
        .map(|h| (h.level, h.text.as_str(), h.id.as_str()))
        .collect();
    assert_eq!(
        found,
        [
            (3, "A b!", "user-content-root-cause-a-b"),
            (4, "A b!", "user-content-root-cause-a-b-1"),
            (5, "C", "user-content-root-cause-c"),
            (3, "Ä", "user-content-root-cause-ä"),
        ]
    );
    let html = rendered.html.as_str();
    assert!(
        html.contains("<h3 id=\"user-content-root-cause-a-b\">A b!</h3>"),
        "{html}"
    );
    assert!(
        html.contains("href=\"#user-content-root-cause-a-b\""),
        "{html}"
    );
    assert!(html.contains("href=\"#y\""), "{html}");
    assert!(self::html("## x").contains("<h2 id=\"user-content-x\">"));
    assert!(self::html("# x {#a onclick=alert(1)}").contains("{#a onclick=alert(1)}</h1>"));
}

#[test]
fn footnotes_link_there_and_back_within_their_scope() {
    let options = Options {
        id_scope: "s",
        first_heading_level: 3,
    };
    let rendered = render_with(
        "a[^X] b[^y] c[^x] d[^none]\n\n[^y]: why\n\n[^x]: ex\n\n[^z]: lost",
        &options,
    );
    let html = rendered.html.as_str();
    for expected in [
        "<a href=\"#user-content-s-fn:1\" id=\"user-content-s-fnref:1\" aria-label=\"Footnote 1\"",
        "<li id=\"user-content-s-fn:1\"><p>ex <a href=\"#user-content-s-fnref:1\"",
        "<li id=\"user-content-s-fn:2\"><p>why ",
        "<li id=\"user-content-s-fn:3\"><p>lost</p>",
        "d[^none]",
    ] {
        assert!(html.contains(expected), "{expected} not in {html}");
    }
    assert_eq!(html.matches("id=\"user-content-s-fnref:1\"").count(), 1);
    assert!(complaints(html).is_empty());
}

#[test]
fn one_line_fields_hold_no_blocks() {
    for (line, expected) in [
        ("# 1 *fast* `x`", "# 1 <em>fast</em> <code>x</code>"),
        ("_a_ b", "<em>a</em> b"),
        ("*\"a\"* b", "<em>\"a\"</em> b"),
        ("1. a\n2. b", "1. a 2. b"),
        ("- [ ] a", "- [ ] a"),
        ("> a", "&gt; a"),
        ("<b>", "&lt;b&gt;"),
        ("[a]: /b", "[a]: /b"),
        ("    a", "a"),
        ("&amp;", "&amp;"),
        ("", ""),
    ] {
        assert_eq!(render_inline(line).as_str(), expected, "{line}");
    }
}

#[test]
fn what_is_too_deep_keeps_its_words() {
    for nest in ["> ", "- ", "1. "] {
        let rendered = checked(&(nest.repeat(200) + "deep *words* stay"));
        let html = rendered.html.as_str();
        assert!(html.contains("deep") && html.contains("words") && html.contains("stay"));
        assert!(!rendered.truncated);
    }
    let table = "> ".repeat(31) + "| deep | head |\n" + &"> ".repeat(31) + "|---|---|\n";
    assert!(checked(&table).html.as_str().contains("deep"));
    assert!(!html(&table).contains("<table"));
}

#[test]
#[expect(
    clippy::single_range_in_vec_init,
    reason = "lists of ranges are what is tested"
)]
fn marks_survive_any_ranges() {
    for (ranges, expected) in [
        (vec![], "a &lt;ö&gt; z"),
        (vec![2..6], "a <mark>&lt;ö&gt;</mark> z"),
        (vec![4..5], "a &lt;<mark>ö</mark>&gt; z"),
        (vec![5..99, 0..1], "<mark>a</mark> &lt;ö<mark>&gt; z</mark>"),
        (vec![0..1, 0..2, 1..3], "<mark>a &lt;</mark>ö&gt; z"),
        (vec![90..99, 3..3], "a &lt;ö&gt; z"),
    ] {
        assert_eq!(
            highlight("a <ö> z", &ranges).as_str(),
            expected,
            "{ranges:?}"
        );
    }
    #[expect(
        clippy::reversed_empty_ranges,
        reason = "that is what must be tolerated"
    )]
    let backwards = highlight("abc", &[2..1]);
    assert_eq!(backwards.as_str(), "abc");
}

#[test]
fn escaped_text_fits_content_and_attributes() {
    assert_eq!(
        SafeHtml::escape("<a b='c' d=\"&\">\0").as_str(),
        "&lt;a b=&#39;c&#39; d=&quot;&amp;&quot;&gt;"
    );
    let html = render("*a*").html;
    assert_eq!(SafeHtml::drawn(html.to_string()), html);
}
