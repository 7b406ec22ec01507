//! Words as written, identifiers kept whole, and the parts of camelCase.

use std::collections::VecDeque;

use tantivy::tokenizer::{Token, TokenStream, Tokenizer};
use unicode_normalization::UnicodeNormalization;

use super::tokenizer::{
    Class, MAX_TERM_BYTES, class, fold_word, is_apostrophe, next_run, part, push_folded,
};

#[derive(Clone, Copy, Debug, Default)]
pub(super) struct ExactTokenizer;

#[derive(Debug)]
pub(super) struct ExactStream<'a> {
    text: &'a str,
    at: usize,
    ready: VecDeque<(usize, usize, String)>,
    token: Token,
}

impl Tokenizer for ExactTokenizer {
    type TokenStream<'a> = ExactStream<'a>;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> ExactStream<'a> {
        let token = Token {
            position: 0,
            ..Token::default()
        };
        ExactStream {
            text,
            at: 0,
            ready: VecDeque::new(),
            token,
        }
    }
}

/// Characters that hold an identifier, a path, a host or a date together.
fn joins_identifier(c: char) -> bool {
    matches!(
        c,
        '_' | '-' | '.' | '/' | ':' | '@' | '+' | '#' | '$' | '%' | '\\' | '~'
    ) || is_apostrophe(c)
}

impl ExactStream<'_> {
    /// Reads the next stretch without spaces and queues its terms. False at the end of the text.
    fn read_chunk(&mut self) -> bool {
        let text = self.text;
        let Some((start, _)) = part(text, self.at, text.len())
            .char_indices()
            .find(|(_, c)| class(*c) == Class::Word)
        else {
            return false;
        };
        let start = self.at + start;
        let mut end = start;
        let mut resume = text.len();
        for (i, c) in part(text, start, text.len()).char_indices() {
            let kind = class(c);
            if matches!(kind, Class::Word | Class::Mark) {
                end = start + i + c.len_utf8();
            } else if !joins_identifier(c) {
                resume = start + i;
                break;
            }
        }
        self.at = resume;
        self.queue(start, end);
        true
    }

    fn queue(&mut self, start: usize, end: usize) {
        let text = self.text;
        let (mut at, mut words) = (start, 0_usize);
        while let Some(run) = next_run(text, at, end) {
            at = run.end;
            words += 1;
            let mut term = String::new();
            fold_word(part(text, run.start, run.end), &mut term);
            if !term.is_empty() {
                self.ready.push_back((run.start, run.end, term));
            }
            self.queue_humps(run.start, run.end);
        }
        if words > 1 && end - start <= MAX_TERM_BYTES {
            let mut whole = String::with_capacity(end - start);
            part(text, start, end)
                .nfkd()
                .for_each(|c| push_folded(c, &mut whole));
            self.ready.push_back((start, end, whole));
        }
    }

    /// The parts of `camelCase` and `HTTPServer`.
    fn queue_humps(&mut self, start: usize, end: usize) {
        let word = part(self.text, start, end);
        if !word.is_ascii() || end - start > MAX_TERM_BYTES {
            return;
        }
        let bytes = word.as_bytes();
        let mut from = 0;
        let mut humps = Vec::new();
        for (i, pair) in bytes.windows(2).enumerate() {
            let &[a, b] = pair else { continue };
            let next_is_lower = bytes.get(i + 2).is_some_and(u8::is_ascii_lowercase);
            let rises = a.is_ascii_lowercase() && b.is_ascii_uppercase();
            let acronym_ends = a.is_ascii_uppercase() && b.is_ascii_uppercase() && next_is_lower;
            if rises || acronym_ends {
                humps.push((from, i + 1));
                from = i + 1;
            }
        }
        if humps.is_empty() {
            return;
        }
        humps.push((from, bytes.len()));
        for (a, b) in humps.into_iter().filter(|(a, b)| b - a >= 3) {
            self.ready
                .push_back((start + a, start + b, part(word, a, b).to_ascii_lowercase()));
        }
    }
}

impl TokenStream for ExactStream<'_> {
    fn advance(&mut self) -> bool {
        loop {
            if let Some((start, end, text)) = self.ready.pop_front() {
                self.token.offset_from = start;
                self.token.offset_to = end;
                self.token.position += 1;
                self.token.text = text;
                return true;
            }
            if !self.read_chunk() {
                return false;
            }
        }
    }

    fn token(&self) -> &Token {
        &self.token
    }

    fn token_mut(&mut self) -> &mut Token {
        &mut self.token
    }
}
