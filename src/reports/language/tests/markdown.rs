//! What is prose and what is not.

use super::{assert_calm, said};

#[test]
fn what_is_not_the_authors_prose_is_not_judged() {
    assert_calm(&[
        "```\nwe forgot\n```",
        "~~~~ text\nwe forgot\n~~~\nwe forgot\n~~~~",
        "- ```\n  we forgot\n  ```",
        "Text\n\n    we forgot\n\n    we forgot\n",
        "`we forgot`",
        "`` we ` forgot ``",
        "> we forgot\n> we forgot",
        "> - we forgot",
        "<!-- we forgot\n\nwe forgot -->",
        "<img alt=\"we forgot\">",
        "https://example.org/we-forgot?q=we+forgot",
        "[this](https://example.org/ \"we forgot\")",
        "[this]: /x \"we forgot\"",
        "He wrote \"we forgot\" and “no one noticed”.",
        "---\ntitle: we forgot\n---\n",
        "+++\ntitle = 'we forgot'\n+++\n",
        "docs/we/forgot.md, we_forgot, we-forgot, we.forgot",
    ]);
}

#[test]
fn what_is_prose_is_read() {
    for text in [
        "We forgot.",
        "# We forgot",
        "We forgot\n===",
        "- [ ] we forgot",
        "1. - * we forgot",
        "| a | we forgot |\n|---|---|",
        "- item\n\n    we forgot",
        "*we* forgot",
        "__we__ forgot",
        "[we](https://example.org/) forgot",
        "[we forgot](https://example.org/)",
        "```\ncode\n```\nwe forgot",
        "<!-- x -->\nwe forgot",
        "`code` but we forgot ` this",
        "a < b, we forgot",
        "---\nwe forgot",
        "5\" disk: we forgot",
        "- - - - - - - - - - - - we forgot",
    ] {
        let found = said(text);
        assert_eq!(found.len(), 1, "{text}: {found:?}");
        assert_eq!(found[0].0, "person_and_fault", "{text}");
    }
}

#[test]
fn phrases_do_not_go_from_one_part_to_the_next() {
    assert_calm(&[
        "It was us: we.\n\nforgot",
        "- we\n- forgot",
        "# we\nforgot",
        "| we | forgot |",
        "It was we. Forgot is a word.",
        "it was we; forgot",
        "We `x` forgot",
    ]);
}
