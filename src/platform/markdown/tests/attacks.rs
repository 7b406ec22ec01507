//! What the renderer never lets through, whoever writes it.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::super::sanitise::sanitise;
use super::super::{highlight, render_inline};
use super::checker::complaints;
use super::{checked, hostile, html};

/// The sanitiser by itself, fed with HTML our writer would never write.
#[track_caller]
fn sanitised(hostile: &str) {
    let html = sanitise(hostile);
    let mut found = complaints(html.as_str());
    // Telling ids apart is the writer's task.
    found.retain(|complaint| !complaint.ends_with("is there twice"));
    assert!(found.is_empty(), "{found:?}\nfrom {hostile:?}\nin {html}");
}

#[test]
fn the_checker_sees_what_is_wrong() {
    for bad in [
        "<script>x</script>",
        "<p onclick=\"x\">",
        "<a href=\"javascript:x\">x</a>",
        "<svg>",
        "<a href=\"//e.example\">x</a>",
        "<img src=\"https://e.example/x\" alt=\"\">",
        "<p style=\"x\">",
        "<p id=\"x\">",
        "<!-- x -->",
        "<p class=\"flash\">",
        "<iframe>",
        "<p title=\"<\">",
        "<h3 id=\"user-content-a\"></h3><h3 id=\"user-content-a\"></h3>",
    ] {
        assert!(!complaints(bad).is_empty(), "{bad}");
    }
}

#[test]
fn nothing_hostile_gets_through() {
    for payload in hostile::PAYLOADS {
        checked(payload);
        checked(&format!(
            "[x]({payload})\n\n![x](<{payload}>)\n\n[y][z]\n\n[z]: {payload}\n"
        ));
        checked(&format!(
            "> [!NOTE]\n> {payload}\n\n```{payload}\nx\n```\n\n| {payload} |\n|-|\n"
        ));
        checked(&format!(
            "# {payload}\n\n[^{payload}]\n\n[^{payload}]: {payload}\n"
        ));
    }
    // The second wall alone has to hold too.
    for payload in hostile::PAYLOADS {
        sanitised(payload);
    }
}

/// More hostile texts, when the folder beside this checkout is there.
#[test]
fn nothing_hostile_from_the_shared_collection_gets_through() {
    for file in shared_files("jsonl") {
        for line in std::fs::read_to_string(&file).unwrap().lines() {
            let line: serde_json::Value = serde_json::from_str(line).unwrap();
            let payload = line["payload"].as_str().unwrap();
            checked(payload);
            checked(&format!("[x]({payload})\n\n![x](<{payload}>)\n"));
            sanitised(payload);
        }
    }
}

/// Without bounds the first of these alone takes a minute; with them, all take a second or two.
#[test]
fn nothing_takes_long() {
    let started = Instant::now();
    for piece in [
        "> ",
        "- ",
        "> - ",
        "&",
        "<",
        "[",
        "*a ",
        "*a **b ",
        "- [x] a\n",
        "|",
        "[^1]: a\n\n",
    ] {
        let html = html(&piece.repeat(256 * 1024 / piece.len()));
        assert!(
            html.len() <= 2 * 1024 * 1024,
            "{piece:?} became {} bytes",
            html.len()
        );
    }
    assert!(
        started.elapsed() < Duration::from_secs(30),
        "{:?}",
        started.elapsed()
    );
}

fn shared_files(extension: &str) -> Vec<PathBuf> {
    // A worktree lies one folder deeper than the main checkout.
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    ["../shared/payloads", "../../shared/payloads"]
        .iter()
        .filter_map(|folder| std::fs::read_dir(here.join(folder)).ok())
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|found| found == extension))
        .collect()
}

fn hostile_text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        any::<String>(),
        proptest::sample::select(hostile::PAYLOADS).prop_map(str::to_owned),
        proptest::sample::select(hostile::PIECES).prop_map(str::to_owned),
    ];
    proptest::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn any_text_becomes_html_that_may_be_shown(text in hostile_text()) {
        let rendered = checked(&text);
        for heading in &rendered.headings {
            prop_assert!((3..=6).contains(&heading.level));
            prop_assert!(heading.id.starts_with("user-content-impact-"));
        }
    }

    #[test]
    fn the_second_wall_holds_alone(text in hostile_text()) {
        sanitised(&text);
    }

    #[test]
    fn plain_words_are_kept(words in proptest::collection::vec("[a-zäöü]{1,9}", 1..20)) {
        let text = words.join(" ");
        prop_assert_eq!(html(&text), format!("<p>{text}</p>\n"));
        let inline = render_inline(&text);
        prop_assert_eq!(inline.as_str(), text);
    }

    #[test]
    fn marks_never_lose_text(text in any::<String>(), ranges in proptest::collection::vec((0_usize..60, 0_usize..60), 0..9)) {
        let ranges: Vec<_> = ranges.into_iter().map(|(start, end)| start..end).collect();
        let marked = highlight(&text, &ranges).into_string();
        let without = marked.replace("<mark>", "").replace("</mark>", "");
        prop_assert_eq!(without, highlight(&text, &[]).into_string());
        prop_assert_eq!(marked.matches("<mark>").count(), marked.matches("</mark>").count());
    }
}
