//! Tests of reading and writing documents.

mod actions;
mod bearings;
mod keeping;
mod limits;
mod lines;
mod plain;
mod properties;
mod reading;
mod searching;
mod times;

use super::*;
use std::path::{Path, PathBuf};

fn samples() -> Vec<(PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut folders = vec![root.join("tests/data/reports")];
    for above in root.ancestors().skip(1).take(2) {
        folders.extend(["dev", "awkward"].map(|name| above.join("shared/corpus").join(name)));
    }
    let mut found = Vec::new();
    for folder in folders {
        let Ok(entries) = std::fs::read_dir(folder) else {
            continue;
        };
        for entry in entries {
            let path = entry.expect("a folder entry").path();
            if path.is_file()
                && let Ok(text) = decode(&std::fs::read(&path).expect("a readable file"))
            {
                found.push((path, text));
            }
        }
    }
    found.sort();
    assert!(found.len() >= 2, "the fixtures are missing");
    found
}

/// Every scalar of a header.
fn scalars(node: &yaml::Node, found: &mut Vec<String>) {
    match node {
        yaml::Node::Null => {}
        yaml::Node::Plain(text) | yaml::Node::Text(text) => found.push(text.clone()),
        yaml::Node::List(nodes) => nodes.iter().for_each(|node| scalars(node, found)),
        yaml::Node::Map(pairs) => pairs.iter().for_each(|(_, node)| scalars(node, found)),
    }
}

#[test]
fn no_value_of_a_header_is_lost() {
    for (path, text) in samples() {
        let Some(header) = front_matter::split(&text).header else {
            continue;
        };
        let written = render(&parse(&text).draft);
        for (key, node) in front_matter::read(header).unwrap_or_default() {
            // Times, severities and zones are written another way.
            let other = ["_at", "date", "When", "severity", "timezone"];
            let mut values = Vec::new();
            scalars(&node, &mut values);
            for value in values
                .iter()
                .filter(|_| !other.iter().any(|end| key.ends_with(end)))
            {
                assert!(
                    text::covers(&written, value),
                    "{}: {key}: {value}",
                    path.display()
                );
            }
        }
    }
}

#[test]
fn writing_and_reading_again_changes_nothing() {
    let mut bad = Vec::new();
    for (path, text) in samples() {
        let draft = parse(&text).draft;
        let written = render(&draft);
        let again = parse(&written).draft;
        if again != draft {
            bad.push(format!(
                "{}\n{}",
                path.display(),
                difference(&draft, &again)
            ));
        }
    }
    assert!(bad.is_empty(), "{}\n{}", bad.len(), bad.join("\n"));
}

fn difference(left: &Draft, right: &Draft) -> String {
    let (left, right) = (format!("{left:#?}"), format!("{right:#?}"));
    let at = left
        .lines()
        .zip(right.lines())
        .position(|(a, b)| a != b)
        .unwrap_or(0);
    let show = |text: &str| {
        text.lines()
            .skip(at.saturating_sub(3))
            .take(8)
            .map(|line| line.chars().take(300).collect::<String>())
            .collect::<Vec<_>>()
            .join("\n")
    };
    format!("--- was\n{}\n--- is\n{}", show(&left), show(&right))
}

#[test]
fn no_word_of_a_source_is_lost() {
    let mut bad = Vec::new();
    for (path, text) in samples() {
        let written = render(&parse(&text).draft);
        let known: std::collections::HashSet<String> = text::words(&written).collect();
        let split = front_matter::split(&text);
        for line in split.body.lines() {
            let start = line.trim_start();
            let digits = start.bytes().take_while(u8::is_ascii_digit).count();
            // The number of a list item is markup.
            let line =
                if digits > 0 && text::cut(start, digits..start.len()).starts_with(['.', ')']) {
                    text::cut(start, digits..start.len())
                } else {
                    line
                };
            for word in text::words(line) {
                if !known.contains(&word) {
                    bad.push(format!("{}: {word} in {line}", path.display()));
                }
            }
        }
    }
    assert!(
        bad.is_empty(),
        "{}\n{}",
        bad.len(),
        bad.join("\n").chars().take(6000).collect::<String>()
    );
}
