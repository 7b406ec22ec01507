//! What no field takes is kept, all of it.

use super::super::*;

#[test]
fn values_that_want_the_same_key_are_all_kept() {
    let text = "---\ntitle: x\nfoo: aaaa\nkept:\n  foo: bbbb\n  foo (2): cccc\n---\nText.\n";
    let draft = parse(text).draft;
    let kept: Vec<(&str, &str)> = draft
        .extra
        .iter()
        .map(|(key, value)| (key.as_str(), value.as_str()))
        .collect();
    assert_eq!(
        kept,
        [
            ("foo", "aaaa"),
            ("foo (2)", "bbbb"),
            ("foo (2) (2)", "cccc")
        ]
    );
    assert_eq!(parse(&render(&draft)).draft, draft);
    let text =
        "---\ntitle: x\nkind: near_miss\nseverity: SEV2\nkept:\n  severity: huge\n---\nText.\n";
    let draft = parse(text).draft;
    assert_eq!(draft.extra["severity"], "SEV2");
    assert_eq!(draft.extra["severity (2)"], "huge");
    assert_eq!(parse(&render(&draft)).draft, draft);
}

#[test]
fn keys_that_are_cut_alike_make_way_for_each_other() {
    let long = "k".repeat(200);
    let mut draft = Draft::default();
    for (key, value) in [
        (long.clone(), "short"),
        (format!("{long}a"), "first"),
        (format!("{long}b"), "second"),
    ] {
        draft.extra.insert(key, value.to_owned());
    }
    draft.normalise();
    assert_eq!(draft.extra.len(), 3);
    assert_eq!(draft.extra[&long], "short");
    assert!(draft.extra.keys().all(|key| key.chars().count() <= 200));
    let again = parse(&render(&draft)).draft;
    assert_eq!(again.extra, draft.extra);
}
