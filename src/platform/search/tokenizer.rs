//! Text to index terms: folded words with English stems, pairs of ideographs, and identifiers kept whole.
//!
//! Three analyzers share one scanner. `body` yields words (stemmed) and ideograph pairs with positions, `exact` yields
//! words as written plus whole identifiers (`err_conn_reset`, `foo.bar.Baz`, `10.0.0.1`) and the parts of camelCase,
//! `folded` yields a facet value as one term. Offsets always refer to the original text, so that snippets can mark it.

use super::identifiers::ExactTokenizer;

use tantivy::tokenizer::{
    Language, RawTokenizer, Stemmer, TextAnalyzer, Token, TokenStream, Tokenizer, TokenizerManager,
};
use unicode_normalization::char::is_combining_mark;
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfkc_quick};

/// Raised whenever any analyzer changes what it yields: old indexes are then rebuilt.
pub(super) const VERSION: u32 = 1;
pub(super) const BODY: &str = "hansei_body";
pub(super) const EXACT: &str = "hansei_exact";
pub(super) const FOLDED: &str = "hansei_folded";
/// Longer terms are cut: nobody types them, and they bloat the dictionary.
pub(super) const MAX_TERM_BYTES: usize = 100;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Class {
    Word,
    /// A letter of a script written without spaces.
    Ideograph,
    Mark,
    Other,
}

pub(super) fn class(c: char) -> Class {
    if c.is_ascii() {
        return if c.is_ascii_alphanumeric() {
            Class::Word
        } else {
            Class::Other
        };
    }
    let unspaced = matches!(u32::from(c),
        0x0E01..=0x0EFF | 0x1000..=0x109F | 0x1100..=0x11FF | 0x1780..=0x17FF
        | 0x3005..=0x3007 | 0x3041..=0x3096 | 0x309D..=0x309F | 0x30A1..=0x30FA | 0x30FC..=0x30FF
        | 0x31F0..=0x31FF | 0x3400..=0x4DBF | 0x4E00..=0x9FFF | 0xAC00..=0xD7AF | 0xF900..=0xFAFF
        | 0xFF66..=0xFF9D | 0x20000..=0x3FFFF);
    // The half-width voicing marks compose with the letter before them.
    if is_combining_mark(c) || matches!(c, '\u{FF9E}' | '\u{FF9F}') {
        Class::Mark
    } else if unspaced {
        Class::Ideograph
    } else if c.is_alphanumeric() {
        Class::Word
    } else {
        Class::Other
    }
}

pub(super) fn is_apostrophe(c: char) -> bool {
    matches!(c, '\'' | '\u{2019}')
}

/// A maximal stretch of one class, as byte offsets.
#[derive(Clone, Copy, Debug)]
pub(super) struct Run {
    pub(super) start: usize,
    pub(super) end: usize,
    class: Class,
}

pub(super) fn part(text: &str, start: usize, end: usize) -> &str {
    text.get(start..end).unwrap_or_default()
}

/// The first run that starts at `from` or later and before `to`.
pub(super) fn next_run(text: &str, from: usize, to: usize) -> Option<Run> {
    let mut chars = part(text, from, to)
        .char_indices()
        .map(|(i, c)| (from + i, c))
        .peekable();
    let (start, kind, mut end) = loop {
        let (at, c) = chars.next()?;
        let kind = class(c);
        if matches!(kind, Class::Word | Class::Ideograph) {
            break (at, kind, at + c.len_utf8());
        }
    };
    while let Some((at, c)) = chars.next() {
        let found = class(c);
        // An apostrophe between letters belongs to the word: don't, O'Brien.
        let joins = kind == Class::Word
            && is_apostrophe(c)
            && chars
                .peek()
                .is_some_and(|(_, next)| class(*next) == Class::Word);
        if found != kind && found != Class::Mark && !joins {
            break;
        }
        end = at + c.len_utf8();
    }
    Some(Run {
        start,
        end,
        class: kind,
    })
}

/// Letters that Unicode does not decompose, as people without them on the keyboard write them.
fn spelled_out(c: char) -> Option<&'static str> {
    Some(match c {
        'ß' => "ss",
        'æ' => "ae",
        'œ' => "oe",
        'ø' => "o",
        'đ' => "d",
        'ł' => "l",
        'ı' => "i",
        _ => return None,
    })
}

pub(super) fn push_folded(c: char, out: &mut String) {
    for lower in c.to_lowercase() {
        match spelled_out(lower) {
            Some(letters) => out.push_str(letters),
            None if is_combining_mark(lower) => {}
            None => out.push(lower),
        }
    }
}

/// Lower case, no diacritics, no possessive or contracted ending.
pub(super) fn fold_word(word: &str, out: &mut String) {
    out.clear();
    let word = match word.rsplit_once(is_apostrophe) {
        Some((stem, "s" | "S" | "t" | "T" | "d" | "m" | "re" | "ll" | "ve")) => stem,
        Some(_) | None => word,
    };
    if word.is_ascii() {
        out.extend(
            word.chars()
                .filter(char::is_ascii_alphanumeric)
                .map(|c| c.to_ascii_lowercase()),
        );
    } else {
        for c in word.nfkd().filter(|c| c.is_alphanumeric()) {
            push_folded(c, out);
        }
    }
    cut(out);
}

fn fold_ideographs(text: &str, out: &mut String) {
    out.clear();
    // Most of it is composed already, and looking is cheaper than composing.
    if is_nfkc_quick(text.chars()) == IsNormalized::Yes {
        out.extend(text.chars().flat_map(char::to_lowercase));
    } else {
        out.extend(text.nfkc().flat_map(char::to_lowercase));
    }
    cut(out);
}

fn cut(term: &mut String) {
    if term.len() > MAX_TERM_BYTES {
        let end = (0..=MAX_TERM_BYTES)
            .rev()
            .find(|&i| term.is_char_boundary(i))
            .unwrap_or(0);
        term.truncate(end);
    }
}

/// A facet or filter value as it is compared: case, accents and spacing do not matter.
pub(super) fn fold_value(value: &str) -> String {
    let mut folded = String::with_capacity(value.len());
    for word in value.split_whitespace() {
        if !folded.is_empty() {
            folded.push(' ');
        }
        // Only Latin-like letters lose marks: in Japanese a voicing mark makes another letter.
        if word.chars().any(|c| class(c) == Class::Ideograph) {
            folded.extend(word.nfkc().flat_map(char::to_lowercase));
        } else {
            word.nfkd().for_each(|c| push_folded(c, &mut folded));
        }
    }
    let mut folded: String = folded.nfc().collect();
    cut(&mut folded);
    folded
}

#[derive(Clone, Copy, Debug, Default)]
struct BodyTokenizer;

#[derive(Debug)]
struct BodyStream<'a> {
    text: &'a str,
    at: usize,
    /// The rest of a stretch of ideographs still to be paired.
    ideographs: Option<(usize, usize)>,
    position: usize,
    token: Token,
}

impl Tokenizer for BodyTokenizer {
    type TokenStream<'a> = BodyStream<'a>;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> BodyStream<'a> {
        BodyStream {
            text,
            at: 0,
            ideographs: None,
            position: 0,
            token: Token::default(),
        }
    }
}

/// The end of the letter, with its marks, that starts at `start`.
fn letter_end(text: &str, start: usize, end: usize) -> usize {
    part(text, start, end)
        .char_indices()
        .skip(1)
        .find(|(_, c)| class(*c) != Class::Mark)
        .map_or(end, |(i, _)| start + i)
}

impl BodyStream<'_> {
    fn set(&mut self, start: usize, end: usize) {
        self.token.offset_from = start;
        self.token.offset_to = end;
        self.token.position = self.position;
        self.token.position_length = 1;
        self.position += 1;
    }

    /// Two neighbouring letters, or the only one.
    fn pair(&mut self, start: usize, end: usize) {
        let first = letter_end(self.text, start, end);
        let second = if first < end {
            letter_end(self.text, first, end)
        } else {
            first
        };
        self.ideographs = (second < end).then_some((first, end));
        fold_ideographs(part(self.text, start, second), &mut self.token.text);
        self.set(start, second);
    }
}

impl TokenStream for BodyStream<'_> {
    fn advance(&mut self) -> bool {
        if let Some((start, end)) = self.ideographs {
            self.pair(start, end);
            return true;
        }
        while let Some(run) = next_run(self.text, self.at, self.text.len()) {
            self.at = run.end;
            if run.class == Class::Ideograph {
                self.pair(run.start, run.end);
                return true;
            }
            fold_word(part(self.text, run.start, run.end), &mut self.token.text);
            if !self.token.text.is_empty() {
                self.set(run.start, run.end);
                return true;
            }
        }
        false
    }

    fn token(&self) -> &Token {
        &self.token
    }

    fn token_mut(&mut self) -> &mut Token {
        &mut self.token
    }
}

#[derive(Clone, Copy, Debug, Default)]
struct FoldedTokenizer;

#[derive(Debug)]
struct FoldedStream {
    token: Token,
    done: bool,
}

impl Tokenizer for FoldedTokenizer {
    type TokenStream<'a> = FoldedStream;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> FoldedStream {
        let folded = fold_value(text);
        let done = folded.is_empty();
        let token = Token {
            offset_to: text.len(),
            position: 0,
            text: folded,
            ..Token::default()
        };
        FoldedStream { token, done }
    }
}

impl TokenStream for FoldedStream {
    fn advance(&mut self) -> bool {
        !std::mem::replace(&mut self.done, true)
    }

    fn token(&self) -> &Token {
        &self.token
    }

    fn token_mut(&mut self) -> &mut Token {
        &mut self.token
    }
}

/// Words and ideograph pairs, stemmed.
pub(super) fn body() -> TextAnalyzer {
    TextAnalyzer::builder(BodyTokenizer)
        .filter(Stemmer::new(Language::English))
        .build()
}

/// What [`body`] yields before stemming.
pub(super) fn words() -> TextAnalyzer {
    TextAnalyzer::builder(BodyTokenizer).build()
}

/// The stem of a word that [`words`] yielded.
pub(super) fn stems() -> TextAnalyzer {
    TextAnalyzer::builder(RawTokenizer::default())
        .filter(Stemmer::new(Language::English))
        .build()
}

/// Words as written and whole identifiers.
pub(super) fn exact() -> TextAnalyzer {
    TextAnalyzer::builder(ExactTokenizer).build()
}

/// All analyzers under the names the schema uses.
pub(super) fn manager() -> TokenizerManager {
    let manager = TokenizerManager::default();
    manager.register(BODY, body());
    manager.register(EXACT, exact());
    manager.register(FOLDED, TextAnalyzer::builder(FoldedTokenizer).build());
    manager
}

/// All tokens of a text.
pub(super) fn tokens(analyzer: &mut TextAnalyzer, text: &str) -> Vec<Token> {
    let mut found = Vec::new();
    analyzer
        .token_stream(text)
        .process(&mut |token| found.push(token.clone()));
    found
}
