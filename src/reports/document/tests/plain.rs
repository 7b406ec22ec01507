//! What of Markdown is text.

use super::super::*;
use crate::reports::model::*;

#[test]
fn plain_text_has_no_markup() {
    let text = plain_text(
        "# A *b* `c_d`\n\n- [x](https://e.org) y\n- z\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n<!-- hidden -->\n```\ncode\n```\n",
    );
    assert_eq!(text, "A b c_d\nx y\nz\na b \n1 2 \ncode");
}

#[test]
fn links_show_their_text_wherever_they_are_defined() {
    let cases = [
        (
            "see [the alert][1] and [the log][].",
            "see the alert and the log.",
        ),
        ("![a graph][graph]", "a graph"),
        ("[detect] we saw it [ ] [1]", "[detect] we saw it [ ] [1]"),
        (
            "[a][1]\n\n[1]: https://e.org \"title\"\n[b]: <https://e.org>",
            "a",
        ),
        (
            "[[Runbook]] and [[Runbook|the book]]",
            "Runbook and the book",
        ),
        ("said[^1]\n\n[^1]: by whom", "said\nby whom"),
    ];
    for (markdown, plain) in cases {
        assert_eq!(plain_text(markdown), plain, "{markdown}");
    }
}

#[test]
fn comments_and_tags_say_nothing_but_what_stands_between_them_does() {
    let cases = [
        (
            "<!-- one\n\ntwo -->\n\nthree <!-- four --> five",
            "three  five",
        ),
        ("<!-- unclosed\n\ntext", ""),
        (
            "<details>\n<summary>Log</summary>\na <b>b</b> < c\n</details>\n",
            " Log\na  b  < c",
        ),
        ("<script>\nalert(1)\n</script>\n\ntext", "text"),
        ("<p>a<br>b</p>", " a\nb"),
    ];
    for (markdown, plain) in cases {
        let found = plain_text(markdown);
        let lines: Vec<&str> = found
            .lines()
            .map(str::trim_end)
            .filter(|line| !line.is_empty())
            .collect();
        let wanted: Vec<&str> = plain.lines().map(str::trim_end).collect();
        assert_eq!(lines, wanted, "{markdown}");
    }
}

#[test]
fn a_summary_is_short_and_without_markup() {
    let of = |text: &str| summary(&parse(text).draft);
    assert_eq!(
        of("# T\n\nFirst.\n\n## Summary\n\nIt [broke][1].\n\n## Notes\n\n[1]: https://e.org\n"),
        "It broke."
    );
    assert_eq!(
        of("# T\n\n## Summary\n\n<!-- fill in -->\n\n## Impact\n\n**Some**\norders.\n"),
        "Some orders."
    );
    let long = of(&format!("# T\n\n## Summary\n\n{}", "wörter ".repeat(200)));
    assert!(
        long.chars().count() <= MAX_SUMMARY_CHARS && long.ends_with('…'),
        "{long}"
    );
    let unbroken = of(&format!("# T\n\n## Summary\n\n{}", "ö".repeat(2000)));
    assert_eq!(unbroken.chars().count(), MAX_SUMMARY_CHARS);
    assert_eq!(summary(&Draft::default()), "");
}
