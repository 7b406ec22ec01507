//! The parts of a text, in which the passage that answers a query is looked for.

use std::ops::Range;

use super::scan::{Match, Scan};

/// Text behind this, over all parts, is shown but not looked at.
const MAX_TEXT: usize = 1024 * 1024;

/// The parts of a document.
#[derive(Clone, Debug, Default)]
pub struct Passages {
    text: Box<str>,
    parts: Vec<Part>,
}

#[derive(Clone, Debug)]
struct Part {
    name: Box<str>,
    range: Range<usize>,
}

impl Passages {
    /// Of parts that each have a name and a text.
    pub fn new(parts: &[(&str, &str)]) -> Self {
        let mut text = String::with_capacity(parts.iter().map(|(_, text)| text.len()).sum());
        let mut kept = Vec::with_capacity(parts.len());
        for (name, part) in parts {
            let start = text.len();
            text.push_str(part);
            kept.push(Part {
                name: (*name).into(),
                range: start..text.len(),
            });
        }
        Self {
            text: text.into(),
            parts: kept,
        }
    }

    /// About how many bytes of memory this takes.
    pub fn size(&self) -> usize {
        let parts = self.parts.iter();
        let parts: usize = parts.map(|part| part.name.len() + size_of::<Part>()).sum();
        self.text.len() + parts
    }

    /// How many bytes of text there are to look at.
    pub fn length(&self) -> usize {
        self.text.len().min(MAX_TEXT)
    }

    /// The parts in order: name, text, and where the text begins among all.
    pub(super) fn parts(&self) -> impl Iterator<Item = (&str, &str, usize)> {
        self.parts.iter().map(|part| {
            let text = self.text.get(part.range.clone()).unwrap_or_default();
            (&*part.name, text, part.range.start)
        })
    }

    /// Every place of what is sought, in the order of the text. Takes some microseconds per kilobyte.
    pub(super) fn matches(&self, sought: &Scan) -> Vec<Match> {
        let mut found = Vec::new();
        for (_, part, start) in self.parts() {
            sought.matches(
                floor(part, MAX_TEXT.saturating_sub(start)),
                start,
                &mut found,
            );
        }
        found
    }
}

fn floor(text: &str, at: usize) -> &str {
    text.get(..text.floor_char_boundary(at)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::super::tokenizer;
    use super::*;
    use proptest::prelude::*;
    use std::collections::HashSet;

    fn scan(stems: &[String], prefixes: &[String]) -> Scan {
        let stems: HashSet<String> = stems.iter().cloned().collect();
        Scan::new(stems, prefixes.to_vec())
    }

    /// All tokens of a text that a query with these words means, found the slow way.
    fn naive(text: &str, stems: &[String], prefixes: &[String]) -> Vec<(usize, usize)> {
        let written = tokenizer::tokens(&mut tokenizer::words(), text);
        let stemmed = tokenizer::tokens(&mut tokenizer::body(), text);
        written
            .into_iter()
            .zip(stemmed)
            .filter(|(word, stem)| {
                let begins = |prefix: &String| word.text.starts_with(prefix.as_str());
                stems.contains(&stem.text) || prefixes.iter().any(begins)
            })
            .map(|(token, _)| (token.offset_from, token.offset_to))
            .collect()
    }

    proptest! {
        #[test]
        fn what_matches_is_what_the_index_would_match(
            text in "([a-zA-Z0-9_./:'’-]{1,12}|x{95,105}|[a-z]{1,9}(s|ing|ed|ies|y)?|\\PC{1,4}|[日本語ｱあ鍵①℡é]{1,3}| |\n){0,40}",
            asked in "[a-z]{1,9}(s|ing|ed)?( [a-z]{1,9}| 障害| é[a-z]){0,3}",
            prefix in "[a-z]{1,3}",
        ) {
            let text = format!("{text} {asked} {}", asked.to_uppercase());
            let stems: Vec<String> = tokenizer::tokens(&mut tokenizer::body(), &asked)
                .into_iter().map(|token| token.text).collect();
            let prefixes = [prefix];
            let passages = Passages::new(&[("a", &text), ("b", &text)]);
            let found: Vec<(usize, usize)> = passages
                .matches(&scan(&stems, &prefixes))
                .into_iter().map(|found| (found.start, found.end)).collect();
            let once = naive(&text, &stems, &prefixes);
            let twice: Vec<(usize, usize)> = once.iter().copied()
                .chain(once.iter().map(|(start, end)| (start + text.len(), end + text.len())))
                .collect();
            prop_assert_eq!(found, twice);
        }
    }

    #[test]
    fn forms_of_a_word_share_a_term() {
        let passages = Passages::new(&[("Impact", "Pools and a pool; pooling.")]);
        let found = passages.matches(&scan(&["pool".to_owned()], &[]));
        assert_eq!(found.len(), 3);
        assert!(found.windows(2).all(|pair| pair[0].term == pair[1].term));
        assert!(passages.size() > 30 && passages.length() == 26);
        let (name, text, start) = passages.parts().next().unwrap();
        assert_eq!((name, start), ("Impact", 0));
        assert!(text.ends_with("pooling."));
    }

    /// What [`Scan`] relies on, for each beginning of up to three letters and each ending that stemming knows.
    #[test]
    fn stems_begin_as_their_words_do() {
        const ENDINGS: &str = "s 's ies ied eed eedly ed edly ing ingly y ying yings tional enci anci abli entli izer ization ational \
            ation ator alism aliti alli fulness ousli ousness iveness iviti biliti bli ogi fulli lessli li alize icate iciti ical \
            ful ness ative al ance ence er ic able ible ant ement ment ent ism ate iti ous ive ize ion e l";
        let letters: Vec<char> = ('a'..='z').chain(['0', '1']).collect();
        let few = ['a', 'e', 'y', 't', 's', '1'];
        let mut analyzer = tokenizer::body();
        let mut words = 0;
        for first in &letters {
            for second in letters.iter().map(char::to_string).chain([String::new()]) {
                for third in few.iter().map(char::to_string).chain([String::new()]) {
                    for ending in ENDINGS.split_whitespace() {
                        let word = format!("{first}{second}{third}{ending}");
                        let stems = tokenizer::tokens(&mut analyzer, &word);
                        let stem = stems.first().unwrap().text.clone();
                        let mut found = Vec::new();
                        scan(std::slice::from_ref(&stem), &[]).matches(&word, 0, &mut found);
                        assert_eq!(found.len(), 1, "{word} {stem}");
                        words += 1;
                    }
                }
            }
        }
        assert!(words > 200_000, "{words}");
    }
}
