//! A text analysed once, so that the passage that answers any query is found in it without reading it again.

use std::collections::HashMap;
use std::ops::Range;

use tantivy::tokenizer::{TextAnalyzer, Token};

use super::tokenizer;

/// Text behind this, over all parts, is shown but not looked at.
const MAX_TEXT: usize = 1024 * 1024;

/// The parts of a document with every place of every word.
#[derive(Clone, Debug, Default)]
pub struct Passages {
    text: Box<str>,
    parts: Vec<Part>,
    /// All terms one after the other, in order.
    terms: Box<str>,
    /// Where each term ends in `terms`, and where its places end in `places`.
    ends: Box<[(u32, u32)]>,
    /// Where the words stand in `text`, by term.
    places: Box<[(u32, u32)]>,
}

#[derive(Clone, Debug)]
struct Part {
    name: Box<str>,
    range: Range<usize>,
}

/// A word of the text that a query means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Match {
    pub(super) start: usize,
    pub(super) end: usize,
    /// The same for all forms of a word.
    pub(super) term: usize,
}

impl Passages {
    /// Analyses the parts, each a name and a text. Takes some microseconds per kilobyte.
    pub fn new(parts: &[(&str, &str)]) -> Self {
        let mut text = String::with_capacity(parts.iter().map(|(_, text)| text.len()).sum());
        let mut kept = Vec::with_capacity(parts.len());
        let mut words = Words::default();
        for (name, part) in parts {
            let start = text.len();
            words.read(floor(part, MAX_TEXT.saturating_sub(start)), start);
            text.push_str(part);
            kept.push(Part {
                name: (*name).into(),
                range: start..text.len(),
            });
        }
        let (terms, ends, places) = words.sorted();
        Self {
            text: text.into(),
            parts: kept,
            terms,
            ends,
            places,
        }
    }

    /// About how many bytes of memory this takes.
    pub fn size(&self) -> usize {
        let parts: usize = self
            .parts
            .iter()
            .map(|part| part.name.len() + size_of::<Part>())
            .sum();
        self.text.len()
            + self.terms.len()
            + parts
            + size_of_val(&*self.ends)
            + size_of_val(&*self.places)
    }

    /// The parts in order: name, text, and where the text begins among all.
    pub(super) fn parts(&self) -> impl Iterator<Item = (&str, &str, usize)> {
        self.parts.iter().map(|part| {
            let text = self.text.get(part.range.clone()).unwrap_or_default();
            (&*part.name, text, part.range.start)
        })
    }

    /// Every place of these stems, and of words that begin with these prefixes, in the order of the text.
    pub(super) fn matches(
        &self,
        stems: impl Iterator<Item = impl AsRef<str>>,
        prefixes: &[String],
    ) -> Vec<Match> {
        let mut terms: Vec<usize> = stems.filter_map(|stem| self.find(stem.as_ref())).collect();
        for prefix in prefixes {
            let first = self.lower_bound(prefix);
            terms.extend((first..self.ends.len()).take_while(|term| {
                self.term(*term)
                    .is_some_and(|text| text.starts_with(prefix.as_str()))
            }));
        }
        terms.sort_unstable();
        terms.dedup();
        let mut found: Vec<Match> = Vec::new();
        for term in terms {
            let places = self.places.get(self.places_of(term)).unwrap_or_default();
            found.extend(places.iter().map(|(start, end)| Match {
                start: index(*start),
                end: index(*end),
                term,
            }));
        }
        found.sort_unstable();
        found
    }

    fn find(&self, stem: &str) -> Option<usize> {
        let at = self.lower_bound(stem);
        (self.term(at) == Some(stem)).then_some(at)
    }

    /// The first term that is not before `text`.
    fn lower_bound(&self, text: &str) -> usize {
        let (mut low, mut high) = (0, self.ends.len());
        while low < high {
            let middle = usize::midpoint(low, high);
            if self.term(middle).is_some_and(|term| term < text) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        low
    }

    fn end_before(&self, term: usize) -> (u32, u32) {
        let before = term.checked_sub(1).and_then(|before| self.ends.get(before));
        before.copied().unwrap_or_default()
    }

    fn term(&self, term: usize) -> Option<&str> {
        let (end, _) = self.ends.get(term)?;
        self.terms.get(index(self.end_before(term).0)..index(*end))
    }

    fn places_of(&self, term: usize) -> Range<usize> {
        let end = self.ends.get(term).map_or(0, |(_, end)| *end);
        index(self.end_before(term).1)..index(end)
    }
}

/// Words being collected.
struct Words {
    splitter: TextAnalyzer,
    stemmer: TextAnalyzer,
    /// Each written form with the number of its stem: most words come again, and stemming is what takes the time.
    forms: HashMap<String, usize>,
    /// The numbers of the stems.
    numbers: HashMap<String, usize>,
    /// Where each stem stands, by its number.
    places: Vec<Vec<(u32, u32)>>,
}

impl Default for Words {
    fn default() -> Self {
        Self {
            splitter: tokenizer::words(),
            stemmer: tokenizer::stems(),
            forms: HashMap::new(),
            numbers: HashMap::new(),
            places: Vec::new(),
        }
    }
}

/// Terms one after the other, their ends with the ends of their places, and the places.
type Sorted = (Box<str>, Box<[(u32, u32)]>, Box<[(u32, u32)]>);

impl Words {
    fn read(&mut self, text: &str, offset: usize) {
        let Self {
            splitter,
            stemmer,
            forms,
            numbers,
            places,
        } = self;
        splitter.token_stream(text).process(&mut |token: &Token| {
            let known = forms.get(&token.text).copied();
            let number = known.unwrap_or_else(|| {
                let stem = tokenizer::tokens(stemmer, &token.text).pop();
                let stem = stem.map_or_else(|| token.text.clone(), |stem| stem.text);
                let next = numbers.len();
                let number = *numbers.entry(stem).or_insert(next);
                forms.insert(token.text.clone(), number);
                number
            });
            if number == places.len() {
                places.push(Vec::new());
            }
            let place = (
                narrow(offset + token.offset_from),
                narrow(offset + token.offset_to),
            );
            if let Some(places) = places.get_mut(number) {
                places.push(place);
            }
        });
    }

    fn sorted(self) -> Sorted {
        let mut stems: Vec<(String, usize)> = self.numbers.into_iter().collect();
        stems.sort_unstable();
        let mut terms = String::new();
        let mut ends = Vec::with_capacity(stems.len());
        let mut places = Vec::with_capacity(self.places.iter().map(Vec::len).sum());
        for (stem, number) in stems {
            terms.push_str(&stem);
            places.extend(self.places.get(number).into_iter().flatten().copied());
            ends.push((narrow(terms.len()), narrow(places.len())));
        }
        (terms.into(), ends.into(), places.into())
    }
}

/// Offsets are below [`MAX_TEXT`], and folding makes no word longer than a few times itself: this never saturates.
fn narrow(offset: usize) -> u32 {
    u32::try_from(offset).unwrap_or(u32::MAX)
}

fn index(offset: u32) -> usize {
    usize::try_from(offset).unwrap_or(usize::MAX)
}

fn floor(text: &str, at: usize) -> &str {
    text.get(..text.floor_char_boundary(at)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// All tokens of a text that a query with these words means, found the slow way.
    fn naive(text: &str, stems: &[String], prefixes: &[String]) -> Vec<(usize, usize)> {
        tokenizer::tokens(&mut tokenizer::body(), text)
            .into_iter()
            .filter(|token| {
                let begins = |prefix: &String| token.text.starts_with(prefix.as_str());
                stems.contains(&token.text) || prefixes.iter().any(begins)
            })
            .map(|token| (token.offset_from, token.offset_to))
            .collect()
    }

    proptest! {
        #[test]
        fn what_matches_is_what_the_index_would_match(
            text in "([a-zA-Z0-9_./:'’-]{1,12}|[a-z]{1,9}(s|ing|ed|ies|y)?|\\PC{1,4}|[日本語ｱあ鍵①℡é]{1,3}| |\n){0,40}",
            asked in "[a-z]{1,9}(s|ing|ed)?( [a-z]{1,9}| 障害| é[a-z]){0,3}",
            prefix in "[a-z]{1,3}",
        ) {
            let text = format!("{text} {asked} {}", asked.to_uppercase());
            let stems: Vec<String> = tokenizer::tokens(&mut tokenizer::body(), &asked)
                .into_iter().map(|token| token.text).collect();
            let prefixes = [prefix];
            let passages = Passages::new(&[("a", &text), ("b", &text)]);
            let found: Vec<(usize, usize)> = passages
                .matches(stems.iter(), &prefixes)
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
        let found = passages.matches(["pool"].into_iter(), &[]);
        assert_eq!(found.len(), 3);
        assert!(found.windows(2).all(|pair| pair[0].term == pair[1].term));
        assert!(passages.size() > 30);
        let (name, text, start) = passages.parts().next().unwrap();
        assert_eq!((name, start), ("Impact", 0));
        assert!(text.ends_with("pooling."));
    }
}
