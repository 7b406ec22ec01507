//! Source text, cut into just enough tokens to see which paths it names.

use std::path::Path;

/// One file, by its path from the folder of `Cargo.toml`.
#[derive(Clone, Debug)]
pub(super) struct File {
    pub(super) path: String,
    pub(super) text: String,
}

/// Some files.
#[derive(Clone, Debug)]
pub(super) struct Tree {
    pub(super) files: Vec<File>,
}

impl Tree {
    /// Planted files.
    pub(super) fn of(files: &[(&str, &str)]) -> Self {
        let file = |(path, text): &(&str, &str)| File {
            path: (*path).to_owned(),
            text: (*text).to_owned(),
        };
        Self {
            files: files.iter().map(file).collect(),
        }
    }

    /// Every file below `folder` whose name ends so; none when there is no such folder.
    pub(super) fn read(root: &Path, folder: &str, endings: &[&str]) -> Self {
        let mut tree = Self { files: Vec::new() };
        let Ok(entries) = std::fs::read_dir(root.join(folder)) else {
            return tree;
        };
        let mut names: Vec<String> = entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        for name in names {
            let path = format!("{folder}/{name}");
            if root.join(&path).is_dir() {
                tree.files.extend(Self::read(root, &path, endings).files);
            } else if name
                .rsplit('.')
                .next()
                .is_some_and(|ending| endings.contains(&ending))
            {
                let text = std::fs::read_to_string(root.join(&path)).unwrap();
                tree.files.push(File { path, text });
            }
        }
        tree
    }

    /// Like [`Tree::read`], but of that folder alone.
    pub(super) fn read_flat(root: &Path, folder: &str, ending: &str) -> Self {
        let mut tree = Self { files: Vec::new() };
        for entry in std::fs::read_dir(root.join(folder)).unwrap() {
            let name = entry.unwrap().file_name().into_string().unwrap();
            if name.ends_with(&format!(".{ending}")) {
                let path = format!("{folder}/{name}");
                let text = std::fs::read_to_string(root.join(&path)).unwrap();
                tree.files.push(File { path, text });
            }
        }
        tree
    }
}

/// A path as named in code, `std::fs::read`, resolved against `super` as far as it leaves the top-level module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Name {
    pub(super) line: usize,
    pub(super) segments: Vec<String>,
    /// Inside `#[cfg(test)]`, or in a file of tests.
    pub(super) in_test: bool,
}

impl Name {
    /// Whether it is `prefix` or something in it.
    pub(super) fn is_in(&self, prefix: &str) -> bool {
        let mut segments = self.segments.iter();
        prefix
            .split("::")
            .all(|part| segments.next().is_some_and(|segment| segment == part))
    }

    /// Whether `part` (`Timestamp::now`) occurs anywhere in it.
    pub(super) fn contains(&self, part: &str) -> bool {
        format!("::{}::", self.segments.join("::")).contains(&format!("::{part}::"))
    }
}

#[derive(Clone, Debug)]
pub(super) struct Token {
    pub(super) line: usize,
    pub(super) text: String,
    /// How many `mod name { … }` are open here.
    depth: usize,
    in_test: bool,
}

impl Token {
    fn is_word(&self) -> bool {
        self.text
            .starts_with(|c: char| c.is_alphabetic() || c == '_')
    }
}

impl File {
    /// `reports/store/read.rs` → `[reports, store, read]`; `mod` is not said.
    pub(super) fn stems(&self) -> Vec<&str> {
        let path = self.path.strip_prefix("src/").unwrap_or(&self.path);
        path.strip_suffix(".rs")
            .unwrap_or(path)
            .split('/')
            .filter(|stem| *stem != "mod")
            .collect()
    }

    fn is_test(&self) -> bool {
        self.stems()
            .iter()
            .any(|stem| *stem == "tests" || stem.ends_with("_tests"))
    }

    /// Words, `::` and single signs, without comments and literals.
    pub(super) fn tokens(&self) -> Vec<Token> {
        let mut tokens: Vec<Token> = Vec::new();
        for (index, line) in code(&self.text).lines().enumerate() {
            let mut rest = line.trim_start();
            while let Some(first) = rest.chars().next() {
                let word = rest
                    .find(|c: char| !c.is_alphanumeric() && c != '_')
                    .unwrap_or(rest.len());
                let length = match word {
                    0 if rest.starts_with("::") => 2,
                    0 => first.len_utf8(),
                    word => word,
                };
                let (text, after) = rest.split_at(length);
                tokens.push(Token {
                    line: index + 1,
                    text: text.to_owned(),
                    depth: 0,
                    in_test: false,
                });
                rest = after.trim_start();
            }
        }
        mark_modules(&mut tokens);
        mark_tests(&mut tokens);
        tokens
    }

    /// Every path the code names.
    pub(super) fn names(&self) -> Vec<Name> {
        let tokens = self.tokens();
        let mut names = Vec::new();
        for (index, token) in tokens.iter().enumerate() {
            let before = |back: usize| index.checked_sub(back).map(|i| &tokens[i]);
            let continues = before(1).is_some_and(|t| t.text == "::")
                && before(2).is_some_and(|t| t.is_word() || t.text == ">");
            let grouped = before(1).is_some_and(|t| t.text == "{" || t.text == ",")
                && in_group(&tokens, index);
            if token.is_word() && !continues && !grouped {
                read_name(&tokens, index, &[], &mut names);
            }
        }
        let stems = self.stems();
        let is_test = self.is_test();
        let mut resolved: Vec<Name> = names
            .into_iter()
            .map(|(index, segments)| Name {
                line: tokens[index].line,
                segments: resolve(segments, &stems, tokens[index].depth),
                in_test: is_test || tokens[index].in_test,
            })
            .collect();
        resolved.dedup();
        resolved
    }
}

/// Whether the word at `index` stands in `path::{ … }`, which was read with its path.
fn in_group(tokens: &[Token], index: usize) -> bool {
    let mut open = 0_usize;
    for i in (0..index).rev() {
        match tokens[i].text.as_str() {
            "}" => open += 1,
            "{" if open == 0 => return i > 0 && tokens[i - 1].text == "::",
            "{" => open -= 1,
            ";" if open == 0 => return false,
            _ => {}
        }
    }
    false
}

/// Reads `a::b`, `a::{b, c::d}` from `index`; answers with the index after it.
fn read_name(
    tokens: &[Token],
    index: usize,
    prefix: &[String],
    names: &mut Vec<(usize, Vec<String>)>,
) -> usize {
    let mut segments = prefix.to_vec();
    let mut at = index;
    while let Some(token) = tokens.get(at).filter(|token| token.is_word()) {
        segments.push(token.text.clone());
        at += 1;
        if tokens.get(at).is_none_or(|token| token.text != "::") {
            break;
        }
        at += 1;
        if tokens.get(at).is_some_and(|token| token.text == "{") {
            at += 1;
            while tokens.get(at).is_some_and(|token| token.text != "}") {
                let next = read_name(tokens, at, &segments, names);
                at = next.max(at + 1);
            }
            return at + 1;
        }
    }
    if segments.len() > prefix.len() {
        names.push((index, segments));
    }
    at
}

/// `super::super::reports` in `src/accounts/store.rs` is `crate::reports`; so is `hansei::reports` in `src/main.rs`.
fn resolve(segments: Vec<String>, stems: &[&str], inline: usize) -> Vec<String> {
    let ups = segments
        .iter()
        .take_while(|segment| *segment == "super")
        .count();
    let is_crate = segments.first().is_some_and(|first| first == "hansei");
    let climbs_out = ups > 0 && ups >= stems.len() + inline;
    if !is_crate && !climbs_out {
        return segments;
    }
    let rest = segments.into_iter().skip(ups.max(usize::from(is_crate)));
    std::iter::once("crate".to_owned()).chain(rest).collect()
}

fn mark_modules(tokens: &mut [Token]) {
    let mut braces: Vec<bool> = Vec::new();
    for index in 0..tokens.len() {
        match tokens[index].text.as_str() {
            "{" => braces.push(index >= 2 && tokens[index - 2].text == "mod"),
            "}" => drop(braces.pop()),
            _ => {}
        }
        tokens[index].depth = braces.iter().filter(|is_module| **is_module).count();
    }
}

/// What follows `#[cfg(test)]`, up to its `;` or closing brace.
fn mark_tests(tokens: &mut [Token]) {
    let attribute = ["#", "[", "cfg", "(", "test", ")", "]"];
    let mut index = 0;
    while index + attribute.len() < tokens.len() {
        let is_it = attribute
            .iter()
            .zip(&tokens[index..])
            .all(|(said, token)| token.text == *said);
        index += 1;
        let mut open = 0_usize;
        while is_it && index < tokens.len() {
            tokens[index].in_test = true;
            match tokens[index].text.as_str() {
                "{" => open += 1,
                "}" if open == 1 => break,
                "}" => open -= 1,
                ";" if open == 0 => break,
                _ => {}
            }
            index += 1;
        }
    }
}

/// The text with comments and literals blanked, line by line as before.
fn code(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    while at < chars.len() {
        let end = blank_until(&chars, at);
        if end == at {
            out.push(chars[at]);
            at += 1;
        } else {
            out.extend(
                chars[at..end.min(chars.len())]
                    .iter()
                    .map(|c| if *c == '\n' { '\n' } else { ' ' }),
            );
            at = end;
        }
    }
    out
}

/// Where the comment or literal that begins at `at` ends; `at` when none begins there.
fn blank_until(chars: &[char], at: usize) -> usize {
    let find = |from: usize, what: &[char]| {
        (from..chars.len())
            .find(|i| chars[*i..].starts_with(what))
            .unwrap_or(chars.len())
    };
    let after_word = at > 0 && (chars[at - 1].is_alphanumeric() || chars[at - 1] == '_');
    match chars[at..] {
        ['/', '/', ..] => find(at, &['\n']),
        ['/', '*', ..] => find(at, &['*', '/']) + 2,
        ['r', '"' | '#', ..] if !after_word || chars[at - 1] == 'b' => {
            let hashes = chars[at + 1..].iter().take_while(|c| **c == '#').count();
            if chars.get(at + 1 + hashes) != Some(&'"') {
                return at; // a raw identifier
            }
            let mut close = vec!['"'];
            close.extend(std::iter::repeat_n('#', hashes));
            find(at + hashes + 2, &close) + close.len()
        }
        ['"', ..] => quoted(chars, at, '"'),
        ['\'', '\\', ..] | ['\'', _, '\'', ..] => quoted(chars, at, '\''),
        _ => at,
    }
}

fn quoted(chars: &[char], at: usize, quote: char) -> usize {
    let mut end = at + 1;
    while end < chars.len() && chars[end] != quote {
        end += if chars[end] == '\\' { 2 } else { 1 };
    }
    end + 1
}
