//! What the analyzers yield.

use proptest::prelude::*;

use super::super::tokenizer::*;
use tantivy::tokenizer::TextAnalyzer;

fn texts(mut analyzer: TextAnalyzer, text: &str) -> Vec<String> {
    tokens(&mut analyzer, text)
        .into_iter()
        .map(|t| t.text)
        .collect()
}

#[test]
fn body_folds_stems_and_keeps_order() {
    assert_eq!(
        texts(body(), "Crashed POOLS, Zürich's déjà-vu; don’t"),
        ["crash", "pool", "zurich", "deja", "vu", "don"]
    );
    assert_eq!(texts(body(), "err_conn_reset"), ["err", "conn", "reset"]);
    assert_eq!(
        texts(body(), "Straße ﬁle e\u{301}te"),
        ["strass", "file", "ete"]
    );
    assert!(texts(body(), " --- \u{301} … ").is_empty());
}

#[test]
fn ideographs_come_in_pairs_and_keep_their_voicing() {
    assert_eq!(
        texts(body(), "PMの証明書 鍵"),
        ["pm", "の証", "証明", "明書", "鍵"]
    );
    assert_eq!(texts(body(), "ﾊﾞﾊ"), ["バハ"]);
    assert_eq!(texts(body(), "か\u{3099}き"), ["がき"]);
    assert_eq!(texts(body(), "한국어"), ["한국", "국어"]);
}

#[test]
fn exact_keeps_identifiers_whole() {
    for (text, term) in [
        ("saw ERR_CONN_RESET.", "err_conn_reset"),
        ("(foo.bar.Baz)", "foo.bar.baz"),
        ("at /var/log/x:", "var/log/x"),
        ("ip 10.0.0.1,", "10.0.0.1"),
        ("code ORA-00942!", "ora-00942"),
        ("ptr 0xDEAD", "0xdead"),
    ] {
        assert!(texts(exact(), text).contains(&term.to_owned()), "{text}");
    }
    assert_eq!(
        texts(exact(), "HTTPServerError"),
        ["httpservererror", "http", "server", "error"]
    );
    assert_eq!(texts(exact(), "pools"), ["pools"]);
}

#[test]
fn values_compare_without_case_accents_and_spacing() {
    assert_eq!(fold_value("  Café  API "), "cafe api");
    assert_ne!(fold_value("が"), fold_value("か"));
}

proptest! {
    #[test]
    fn offsets_are_ordered_and_on_boundaries(text in "\\PC{0,60}|[a-zA-Z_.'\u{301}バﾞが ]{0,60}") {
        for mut analyzer in [body(), exact()] {
            for token in tokens(&mut analyzer, &text) {
                prop_assert!(text.get(token.offset_from..token.offset_to).is_some());
                prop_assert!(token.offset_from < token.offset_to);
                prop_assert!(token.text.len() <= MAX_TERM_BYTES + 16);
            }
        }
    }

    #[test]
    fn analysing_twice_changes_nothing(text in "([a-zA-Z0-9 _.-]|[À-ž]|[ぁ-ん]|[가-힣]){0,40}") {
        prop_assert_eq!(fold_value(&fold_value(&text)), fold_value(&text));
    }
}
