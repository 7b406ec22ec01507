//! The rules. Each answers with one sentence per violation: `path:line: what is wrong`.

use super::source::{File, Name, Tree};

/// Features and what ties them together, in the order in which they may use each other.
const ORDER: &[&str] = &[
    "platform",
    "accounts",
    "countermeasures",
    "factors",
    "reports",
    "insights",
    "chatops",
    "archive",
    "evaluation",
    "routes",
    "worker",
    "cli",
    "main",
];

/// What in that order is no feature and so has no front page.
const NOT_FEATURES: &[&str] = &["platform", "routes", "worker", "cli", "main"];

/// Who may know the configuration; the rest is handed what it needs.
const KNOWS_CONFIG: &[&str] = &["routes", "worker", "cli", "main", "config"];

/// Files that may be longer, and why.
const LONG: &[(&str, &str)] = &[("src/platform/db/schema.rs", "a list of tables")];

/// What belongs where. A place with `/` is a path below `src`; one without is a file or folder of that name anywhere.
struct Library {
    names: &'static [&'static str],
    places: &'static [&'static str],
    /// What of it may be named elsewhere, and where.
    except: &'static [(&'static str, &'static [&'static str])],
}

const LIBRARIES: &[Library] = &[
    Library {
        names: &[
            "diesel",
            "diesel_async",
            "diesel_migrations",
            "jiff_diesel",
            "tokio_postgres",
        ],
        places: DATABASE,
        except: &[
            ("diesel::result", &[""]),
            ("diesel_async::AsyncConnection", &["actions"]),
            ("diesel_async::TransactionManager", &["actions"]),
        ],
    },
    Library {
        names: &["crate::platform::db::schema"],
        places: DATABASE,
        except: &[],
    },
    Library {
        names: &["actix_web", "actix_http"],
        places: &[
            "pages",
            "api",
            "extract",
            "routes",
            "cli",
            "platform/http",
            "platform/telemetry",
            "platform/app",
        ],
        except: &[],
    },
    Library {
        names: &["tantivy"],
        places: &["platform/search"],
        except: &[],
    },
    Library {
        names: &["pulldown_cmark"],
        places: &["platform/markdown", "reports/document"],
        except: &[],
    },
    Library {
        names: &["ammonia"],
        places: &["platform/markdown"],
        except: &[],
    },
    Library {
        names: &["handlebars"],
        places: &["platform/http/templates"],
        except: &[],
    },
    Library {
        names: &["std::env"],
        places: &["config"],
        except: &[],
    },
];

const DATABASE: &[&str] = &[
    "store",
    "platform/db",
    "platform/jobs",
    "platform/search/indexer",
];

/// Files that only think, by name.
const PURE: &[&str] = &[
    "model",
    "vocabulary",
    "timeline",
    "document",
    "reports/templates",
    "reports/review",
    "language",
    "policy",
    "query",
    "filters",
    "figure",
    "evaluation/bootstrap",
    "evaluation/measured",
    "evaluation/metrics",
    "evaluation/runs",
    "evaluation/table",
    "merge",
    "words",
    "command",
    "reply",
    "signature",
];

/// Where those names mean something else: there, a query is taken from a request.
const NOT_PURE: &[&str] = &["platform/http"];

/// What thinking does without.
const DEEDS: &[&str] = &[
    "std::fs",
    "std::net",
    "std::env",
    "std::process",
    "tokio",
    "diesel",
    "diesel_async",
    "actix_web",
    "actix_http",
    "tantivy",
    "handlebars",
    "Timestamp::now",
    "Zoned::now",
    "SystemTime",
    "Instant",
    "crate::platform::clock",
];

fn is_at(file: &File, places: &[&str]) -> bool {
    let stems = file.stems();
    places.iter().any(|place| match place {
        place if place.contains('/') => {
            let parts: Vec<&str> = place.split('/').collect();
            stems.starts_with(&parts)
        }
        place => stems.contains(place) || place.is_empty(),
    })
}

fn at(file: &File, line: usize, what: &str) -> String {
    format!("{}:{line}: {what}", file.path)
}

pub(super) fn opens_with_a_sentence(tree: &Tree) -> Vec<String> {
    let silent = |file: &&File| !file.text.starts_with("//! ");
    let say = |file| {
        at(
            file,
            1,
            "the first line is not a `//!` sentence that says what the file is for",
        )
    };
    tree.files.iter().filter(silent).map(say).collect()
}

pub(super) fn short(tree: &Tree) -> Vec<String> {
    let is_long = |file: &&File| {
        file.text.lines().count() > 400 && LONG.iter().all(|(path, _)| *path != file.path)
    };
    let say = |file: &File| {
        let lines = file.text.lines().count();
        at(
            file,
            lines,
            &format!("{lines} lines are more than 400; take out one of its nouns"),
        )
    };
    tree.files.iter().filter(is_long).map(say).collect()
}

pub(super) fn one_order(tree: &Tree) -> Vec<String> {
    let place = |module: &str| ORDER.iter().position(|name| *name == module);
    let mut violations = Vec::new();
    for file in tree.files.iter().filter(|file| file.path != "src/lib.rs") {
        let own = file.stems()[0];
        if place(own).is_none() && own != "config" {
            violations.push(at(
                file,
                1,
                &format!("{own} has no place in the order; see ORDER"),
            ));
            continue;
        }
        for name in file.names().iter().filter(|name| name.is_in("crate")) {
            let Some(used) = name.segments.get(1) else {
                continue;
            };
            let may = match (place(own), place(used)) {
                (Some(own), Some(used)) => used <= own,
                (None, Some(_)) => used == "platform",
                (_, None) if used == "config" => KNOWS_CONFIG.contains(&own),
                (_, None) => true, // a macro or an item of lib.rs
            };
            if !may {
                violations.push(at(file, name.line, &format!("{own} may not use {used}")));
            }
        }
    }
    violations.dedup();
    violations
}

pub(super) fn front_pages(tree: &Tree) -> Vec<String> {
    let mut violations = Vec::new();
    let mut fronts = Vec::new();
    for feature in ORDER.iter().filter(|module| !NOT_FEATURES.contains(module)) {
        let paths = [format!("src/{feature}/mod.rs"), format!("src/{feature}.rs")];
        let Some(front) = tree.files.iter().find(|file| paths.contains(&file.path)) else {
            continue;
        };
        let public = public_modules(front);
        for (line, _) in public.iter().filter(|(_, module)| module == "store") {
            violations.push(at(front, *line, "the store of a feature is its own"));
        }
        fronts.push((*feature, public));
    }
    for file in &tree.files {
        for name in file.names().iter().filter(|name| name.is_in("crate")) {
            let [_, feature, part, _, ..] = name.segments.as_slice() else {
                continue;
            };
            let Some((_, public)) = fronts.iter().find(|(front, _)| front == feature) else {
                continue;
            };
            let is_type = part.starts_with(char::is_uppercase);
            let is_own = file.stems()[0] == feature;
            if !is_own && !is_type && public.iter().all(|(_, module)| module != part) {
                violations.push(at(
                    file,
                    name.line,
                    &format!("{feature}::{part} is private to {feature}"),
                ));
            }
        }
    }
    violations
}

/// The modules a file declares with `pub mod`.
fn public_modules(file: &File) -> Vec<(usize, String)> {
    let tokens = file.tokens();
    let declared = tokens
        .windows(3)
        .filter(|three| three[0].text == "pub" && three[1].text == "mod");
    declared
        .map(|three| (three[2].line, three[2].text.clone()))
        .collect()
}

pub(super) fn libraries(tree: &Tree) -> Vec<String> {
    let mut violations = Vec::new();
    for file in &tree.files {
        for name in file
            .names()
            .iter()
            .filter(|name| !name.in_test && name.segments.len() > 1)
        {
            for library in LIBRARIES {
                let Some(named) = library.names.iter().find(|known| name.is_in(known)) else {
                    continue;
                };
                let excepted =
                    |(part, places): &(&str, &[&str])| name.is_in(part) && is_at(file, places);
                if !is_at(file, library.places) && !library.except.iter().any(excepted) {
                    let places = library.places.join(", ");
                    let what = format!("{named} does not belong here but in {places}");
                    violations.push(at(file, name.line, &what));
                }
            }
        }
    }
    violations
}

pub(super) fn pure(tree: &Tree) -> Vec<String> {
    let mut violations = Vec::new();
    let thinks = |file: &&File| is_at(file, PURE) && !is_at(file, NOT_PURE);
    for file in tree.files.iter().filter(thinks) {
        for name in file.names().iter().filter(|name| !name.in_test) {
            if let Some(deed) = DEEDS.iter().find(|deed| does(name, deed)) {
                violations.push(at(
                    file,
                    name.line,
                    &format!("{} is pure and may not use {deed}", file.path),
                ));
            }
        }
    }
    violations
}

fn does(name: &Name, deed: &str) -> bool {
    name.is_in(deed) || (deed.starts_with(char::is_uppercase) && name.contains(deed))
}

pub(super) fn nothing_left_undone(tree: &Tree) -> Vec<String> {
    let mut violations = Vec::new();
    for file in &tree.files {
        let tokens = file.tokens();
        let texts: Vec<&str> = tokens.iter().map(|token| token.text.as_str()).collect();
        for (index, token) in tokens.iter().enumerate() {
            match texts[index..] {
                ["todo" | "unimplemented" | "dbg", "!", ..] => {
                    violations.push(at(
                        file,
                        token.line,
                        &format!("{}! is left over", token.text),
                    ));
                }
                ["#", "[", attribute @ ("ignore" | "should_panic"), ..] => {
                    violations.push(at(
                        file,
                        token.line,
                        &format!("#[{attribute}] hides what a test should say"),
                    ));
                }
                _ => {}
            }
        }
    }
    violations
}

pub(super) fn templates(tree: &Tree) -> Vec<String> {
    let mut violations = Vec::new();
    for file in &tree.files {
        let mut html = String::new();
        for (index, part) in file.text.split("{{").enumerate() {
            let expression = part.trim_start_matches('~').trim_start();
            if index > 0 && (expression.starts_with('{') || expression.starts_with('&')) {
                let line = html.lines().count().max(1);
                violations.push(at(
                    file,
                    line,
                    "{{{ and {{& do not escape; pass SafeHtml to a helper",
                ));
            }
            html.push_str(if index == 0 {
                part
            } else {
                part.split_once("}}").map_or("", |(_, after)| after)
            });
        }
        for (index, tag) in html.split('<').enumerate().skip(1) {
            let line = html
                .split('<')
                .take(index)
                .collect::<String>()
                .lines()
                .count()
                .max(1);
            let tag = tag.split('>').next().unwrap_or(tag).to_lowercase();
            if let Some(what) = code_in(&tag) {
                violations.push(at(
                    file,
                    line,
                    &format!("{what}; the content security policy refuses it"),
                ));
            }
        }
    }
    violations
}

/// What of a start tag is code.
fn code_in(tag: &str) -> Option<&'static str> {
    let mut attributes = tag
        .split_whitespace()
        .skip(1)
        .filter_map(|word| word.split_once('='));
    if tag.starts_with("style") {
        return Some("an inline style sheet");
    }
    if tag.starts_with("script") && !attributes.clone().any(|(name, _)| name == "src") {
        return Some("an inline script");
    }
    attributes.find_map(|(name, value)| match name {
        "style" => Some("an inline style"),
        name if name.starts_with("on") => Some("an inline event handler"),
        _ if value
            .trim_start_matches(['"', '\''])
            .starts_with("javascript:") =>
        {
            Some("a script as an address")
        }
        _ => None,
    })
}

pub(super) fn no_machine_paths(tree: &Tree) -> Vec<String> {
    let mut violations = Vec::new();
    for file in &tree.files {
        for (index, line) in file.text.lines().enumerate() {
            for folder in ["/root", "/Users", "/tmp", "/home"] {
                let starts = |at: usize| {
                    let before = line.get(..at).and_then(|text| text.chars().next_back());
                    let after = line
                        .get(at + folder.len()..)
                        .and_then(|text| text.chars().next());
                    before.is_none_or(|c| !c.is_alphanumeric() && !"-._~}/".contains(c))
                        && after.is_none_or(|c| !c.is_alphanumeric() && c != '-')
                };
                if line.match_indices(folder).any(|(at, _)| starts(at)) {
                    violations.push(at(
                        file,
                        index + 1,
                        &format!("{folder} is a path of one machine"),
                    ));
                }
            }
        }
    }
    violations
}
