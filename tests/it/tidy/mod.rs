//! The architecture, as a test: what `src/ARCHITECTURE.md` promises about the source text, nothing else does check.
//!
//! Each rule takes a [`Tree`] of files and answers with one sentence per violation, so that every rule is also tried
//! against a planted violation below: a rule that cannot fail is no rule.

mod rules;
mod source;

use source::Tree;
use std::path::Path;

/// The folder of `Cargo.toml`.
fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn source() -> Tree {
    let tree = Tree::read(root(), "src", &["rs"]);
    assert!(tree.files.len() > 50, "the source was not found");
    tree
}

#[track_caller]
fn check(violations: Vec<String>) {
    assert!(violations.is_empty(), "{}\n", violations.join("\n"));
}

#[test]
fn every_file_says_what_it_is_for() {
    check(rules::opens_with_a_sentence(&source()));
}

#[test]
fn no_file_is_longer_than_four_hundred_lines() {
    check(rules::short(&source()));
}

#[test]
fn modules_use_only_what_stands_before_them() {
    check(rules::one_order(&source()));
}

#[test]
fn features_meet_only_through_their_front_page() {
    check(rules::front_pages(&source()));
}

#[test]
fn libraries_stay_where_they_belong() {
    check(rules::libraries(&source()));
}

#[test]
fn pure_files_do_nothing_but_think() {
    check(rules::pure(&source()));
}

#[test]
fn nothing_is_left_undone_and_no_test_is_left_out() {
    check(rules::nothing_left_undone(&source()));
    check(rules::nothing_left_undone(&Tree::read(
        root(),
        "tests",
        &["rs"],
    )));
}

#[test]
fn templates_escape_everything_and_carry_no_code() {
    let templates = Tree::read(root(), "templates", &["hbs"]);
    assert!(!templates.files.is_empty(), "the templates were not found");
    check(rules::templates(&templates));
}

#[test]
fn documents_name_no_path_of_one_machine() {
    let mut documents = Tree::read(root(), "docs", &["md", "json"]);
    for folder in ["migrations", "packaging", ".ci"] {
        documents
            .files
            .extend(Tree::read(root(), folder, &["md", "service", "run"]).files);
    }
    documents
        .files
        .extend(Tree::read_flat(root(), ".", "md").files);
    documents
        .files
        .extend(Tree::read_flat(root(), "src", "md").files);
    assert!(documents.files.len() > 3, "the documents were not found");
    check(rules::no_machine_paths(&documents));
}

#[test]
fn the_map_fits_on_a_few_screens() {
    let map = std::fs::read_to_string(root().join("src/ARCHITECTURE.md")).unwrap();
    assert!(
        map.lines().count() < 150,
        "src/ARCHITECTURE.md has {} lines",
        map.lines().count()
    );
}

/// Plants `text` at `path` and expects exactly one violation, which contains `said`; an empty `said` expects none.
#[track_caller]
fn planted(rule: fn(&Tree) -> Vec<String>, path: &str, text: &str, said: &str) {
    let front_page = "//! Reports.\n\npub mod document;\npub(crate) mod pages;\nmod store;\n";
    let tree = Tree::of(&[("src/reports/mod.rs", front_page), (path, text)]);
    let violations = rule(&tree);
    if said.is_empty() {
        assert!(violations.is_empty(), "{path} is fine, but: {violations:?}");
    } else {
        assert_eq!(violations.len(), 1, "{path}: {violations:?}");
        assert!(violations[0].contains(said), "{violations:?}");
    }
}

#[test]
fn planted_a_file_without_a_sentence() {
    planted(
        rules::opens_with_a_sentence,
        "src/a.rs",
        "fn a() {}\n",
        "src/a.rs:1: ",
    );
    planted(rules::opens_with_a_sentence, "src/a.rs", "//! A.\n", "");
}

#[test]
fn planted_a_file_too_long() {
    planted(rules::short, "src/a.rs", &"\n".repeat(401), "401 lines");
    planted(rules::short, "src/a.rs", &"\n".repeat(400), "");
    planted(
        rules::short,
        "src/platform/db/schema.rs",
        &"\n".repeat(401),
        "",
    );
}

#[test]
fn planted_uses_of_what_stands_later() {
    let rule = rules::one_order;
    planted(
        rule,
        "src/platform/http/page.rs",
        "use crate::reports::Key;",
        "platform may not use reports",
    );
    planted(
        rule,
        "src/accounts/store.rs",
        "use crate::{platform::db, reports::Key};",
        "accounts may not use reports",
    );
    planted(
        rule,
        "src/accounts/store.rs",
        "fn f() { super::super::archive::run() }",
        "accounts may not use archive",
    );
    planted(
        rule,
        "src/config.rs",
        "fn f() -> crate::accounts::Actor {}",
        "config may not use accounts",
    );
    planted(
        rule,
        "src/reports/actions.rs",
        "use crate::config::Config;",
        "reports may not use config",
    );
    planted(
        rule,
        "src/reports/actions.rs",
        "use crate::platform::ids;\nuse crate::accounts::Actor;",
        "",
    );
    planted(
        rule,
        "src/reports/store.rs",
        "mod tests { use super::super::archive; }",
        "",
    );
    planted(
        rule,
        "src/platform/clock.rs",
        "//! See [`crate::reports`].\nconst A: &str = \"crate::reports::b\";",
        "",
    );
    planted(rule, "src/main.rs", "fn main() { hansei::cli::run() }", "");
    planted(rule, "src/misc.rs", "", "misc has no place");
}

#[test]
fn planted_a_way_around_the_front_page() {
    let rule = rules::front_pages;
    let tree = |text| Tree::of(&[("src/reports/mod.rs", text)]);
    planted(
        rule,
        "src/archive/import.rs",
        "use crate::reports::store::read;",
        "reports::store is private",
    );
    planted(
        rule,
        "src/archive/import.rs",
        "use crate::reports::{Draft, pages::x};",
        "reports::pages is private",
    );
    planted(
        rule,
        "src/archive/import.rs",
        "use crate::reports::document::parse;",
        "",
    );
    planted(
        rule,
        "src/reports/actions.rs",
        "use crate::reports::store::read;",
        "",
    );
    assert_eq!(rule(&tree("pub mod store;")).len(), 1);
    assert_eq!(rule(&tree("mod store;")).len(), 0);
}

#[test]
fn planted_libraries_in_the_wrong_place() {
    let rule = rules::libraries;
    planted(
        rule,
        "src/reports/pages.rs",
        "use diesel::prelude::*;",
        "diesel does not belong here",
    );
    planted(
        rule,
        "src/reports/actions.rs",
        "use diesel_async::{AsyncConnection, RunQueryDsl};",
        "diesel_async does not",
    );
    planted(
        rule,
        "src/reports/actions.rs",
        "use diesel_async::AsyncConnection;\nuse diesel::result::Error;",
        "",
    );
    planted(
        rule,
        "src/reports/store/read.rs",
        "use diesel::prelude::*;",
        "",
    );
    planted(
        rule,
        "src/reports/pages.rs",
        "use crate::platform::db::schema::reports;",
        "schema does not belong here",
    );
    planted(
        rule,
        "src/reports/actions.rs",
        "fn f() { actix_web::rt::spawn(g) }",
        "actix_web does not",
    );
    planted(rule, "src/reports/pages/read.rs", "use actix_web::get;", "");
    planted(
        rule,
        "src/reports/search.rs",
        "use tantivy::Index;",
        "tantivy does not",
    );
    planted(
        rule,
        "src/reports/pages.rs",
        "use pulldown_cmark::Event;",
        "pulldown_cmark does not",
    );
    planted(
        rule,
        "src/reports/document/blocks.rs",
        "use pulldown_cmark::Event;",
        "",
    );
    planted(
        rule,
        "src/reports/pages.rs",
        "use ammonia::Builder;",
        "ammonia does not",
    );
    planted(
        rule,
        "src/platform/http/page.rs",
        "use handlebars::Handlebars;",
        "handlebars does not",
    );
    planted(
        rule,
        "src/worker.rs",
        "use std::{env, fs};",
        "std::env does not",
    );
    planted(
        rule,
        "src/worker.rs",
        "const A: &str = env!(\"CARGO_PKG_VERSION\");",
        "",
    );
    planted(
        rule,
        "src/worker.rs",
        "#[cfg(test)]\nmod tests { fn f() { std::env::temp_dir(); } }",
        "",
    );
}

#[test]
fn planted_deeds_in_pure_files() {
    let rule = rules::pure;
    for deed in [
        "use std::fs::read;",
        "use std::net::TcpStream;",
        "use tokio::time::sleep;",
        "use diesel::result::Error;",
        "use actix_web::get;",
        "fn f() { Timestamp::now(); }",
        "fn f() { jiff::Zoned::now(); }",
        "fn f() { std::time::SystemTime::now(); }",
        "fn f() { crate::platform::clock::now(); }",
    ] {
        planted(rule, "src/accounts/policy.rs", deed, "policy.rs is pure");
        planted(rule, "src/accounts/pages.rs", deed, "");
    }
    planted(
        rule,
        "src/reports/document/time.rs",
        "use tokio::time::sleep;",
        "time.rs is pure",
    );
    planted(
        rule,
        "src/platform/http/query.rs",
        "use actix_web::FromRequest;",
        "",
    );
}

#[test]
fn planted_loose_ends() {
    let rule = rules::nothing_left_undone;
    for loose in [
        "todo!()",
        "unimplemented!()",
        "dbg!(a)",
        "#[ignore]",
        "#[ignore = \"slow\"]",
        "#[should_panic]",
    ] {
        planted(rule, "src/a.rs", loose, "src/a.rs:1: ");
    }
    planted(
        rule,
        "src/a.rs",
        "// todo!()\nconst A: &str = r#\"dbg!(\"#; fn ignore<'a>(a: &'a str) {}",
        "",
    );
}

#[test]
fn planted_code_in_templates() {
    let rule = rules::templates;
    for code in [
        "<p>{{{body}}}</p>",
        "<p>{{& body}}</p>",
        "<p>{{ &body}}</p>",
        "<script>alert(1)</script>",
        "<style>p{}</style>",
        "<p style=\"color: red\">",
        "<a\n  onclick='x()'>",
        "<a href=\"javascript:x()\">",
    ] {
        planted(rule, "templates/a.hbs", code, "templates/a.hbs:");
    }
    planted(
        rule,
        "templates/a.hbs",
        "<script src=\"{{asset 'app.js'}}\" defer></script> {{x once=1}} a on=b",
        "",
    );
}

#[test]
fn planted_a_path_of_one_machine() {
    for path in ["/root/hansei", "(/Users/al)", "`/tmp/x`", "/home/alice/x"] {
        planted(rules::no_machine_paths, "docs/a.md", path, "docs/a.md:1: ");
    }
    planted(
        rules::no_machine_paths,
        "docs/a.md",
        "/var/lib/hansei, https://example.com/home/x, at home/root",
        "",
    );
}
