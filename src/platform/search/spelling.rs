//! “Did you mean”: for a word that hardly any report has, one spelt nearly so that many have.
//!
//! Counted among what the asker may find: a word that stands only in reports of others is never suggested, and one that
//! only others have is as good as unknown.

use std::time::Instant;

use tantivy::schema::IndexRecordOption;
use tantivy::{DocSet as _, TERMINATED, Term};

use super::dictionary::{may_be_misspelt, most_wrong};
use super::plan::{Planner, without_stop_words};
use super::query::Query;
use super::request::Audience;
use super::stop_words::is_stop_word;
use super::tokenizer;

/// A word that more reports have is no mistake.
const FEW: usize = 2;
/// What is suggested for a word that few have, so many times as many have.
const COMMONER: usize = 10;
/// Words of one question that are looked at.
const MAX_WORDS: usize = 4;
/// Reports of one word that are looked at to count those within reach.
const MAX_COUNTED: usize = 20_000;

impl Planner<'_> {
    /// For words that hardly any report has: their place in the query, and what may have been meant. Words are left out
    /// once the deadline has passed.
    pub(super) fn spelt(
        &mut self,
        query: &Query,
        audience: &Audience,
        deadline: Instant,
    ) -> tantivy::Result<Vec<(usize, String)>> {
        let mut spelt = Vec::new();
        if query.pasted {
            return Ok(spelt);
        }
        let words = without_stop_words(&query.words);
        for (place, word) in words.into_iter().take(MAX_WORDS) {
            let is_known = query.also.iter().any(|also| also.words.contains(&place));
            if word.prefix || is_known || Instant::now() >= deadline {
                continue;
            }
            let written = tokenizer::tokens(&mut self.exact, &word.text);
            // Of camelCase the whole is first; whoever types that means it.
            let [written] = written.as_slice() else {
                continue;
            };
            if may_be_misspelt(&written.text) {
                let meant = self.meant(&written.text, audience)?;
                spelt.extend(meant.map(|meant| (place, meant)));
            }
        }
        Ok(spelt)
    }

    fn meant(&mut self, word: &str, audience: &Audience) -> tantivy::Result<Option<String>> {
        let stem = self.stem(word);
        let fields = self.fields;
        let body = |stem: &str| Term::from_field_text(fields.body, stem);
        let exact = |word: &str| Term::from_field_text(fields.exact, word);
        let known = self.within_reach(&body(&stem), audience, FEW + 1)?;
        if known > FEW {
            return Ok(None);
        }
        let known = known.max(self.within_reach(&exact(word), audience, FEW + 1)?);
        if known > FEW {
            return Ok(None);
        }
        let wanted = (known * COMMONER).max(1);
        // What somebody wrote as it is typed here is probably meant so: then only the nearest count.
        let distance = if known == 0 { most_wrong(word) } else { 1 };
        for distance in 1..=distance {
            let found = self.near(word, distance)?;
            let mut best: Option<(usize, String)> = None;
            for near in found {
                let says_nothing = near == word || is_stop_word(&near) || !may_be_misspelt(&near);
                if says_nothing || self.stem(&near) == stem {
                    continue;
                }
                let most = COMMONER * (FEW + 1);
                let count = self.within_reach(&exact(&near), audience, most)?;
                // The commonest come first, so that of equals the first is as good as any.
                if count >= wanted && best.as_ref().is_none_or(|(most, _)| count > *most) {
                    best = Some((count, near));
                }
            }
            if let Some((_, near)) = best {
                return Ok(Some(near));
            }
        }
        Ok(None)
    }

    fn stem(&mut self, word: &str) -> String {
        let stems = tokenizer::tokens(&mut self.body, word);
        stems.into_iter().map(|token| token.text).collect()
    }

    /// How many reports within reach have a word; counted up to `most`.
    pub(super) fn within_reach(
        &self,
        term: &Term,
        audience: &Audience,
        most: usize,
    ) -> tantivy::Result<usize> {
        let (mut count, mut looked_at) = (0, 0);
        for segment in self.searcher.segment_readers() {
            let inverted = segment.inverted_index(term.field())?;
            let Some(mut found) = inverted.read_postings(term, IndexRecordOption::Basic)? else {
                continue;
            };
            let readers = segment.inverted_index(self.fields.audience)?;
            let mut reach = Vec::new();
            if let Audience::AnyOf(tokens) = audience {
                for token in tokens {
                    let token = Term::from_field_text(self.fields.audience, token);
                    reach.extend(readers.read_postings(&token, IndexRecordOption::Basic)?);
                }
            }
            let alive = segment.alive_bitset();
            while found.doc() != TERMINATED && looked_at < MAX_COUNTED {
                let doc = found.doc();
                looked_at += 1;
                let mut is_reached = || {
                    reach.iter_mut().any(|reach| {
                        if reach.doc() < doc {
                            reach.seek(doc);
                        }
                        reach.doc() == doc
                    })
                };
                if alive.is_none_or(|alive| alive.is_alive(doc))
                    && (*audience == Audience::Everything || is_reached())
                {
                    count += 1;
                    if count >= most {
                        return Ok(count);
                    }
                }
                found.advance();
            }
        }
        Ok(count)
    }
}
