//! The fields of the index and how a document fills them.

use std::collections::BTreeSet;

use sha2::{Digest, Sha256};
use tantivy::schema::{
    FAST, Field, INDEXED, IndexRecordOption, Schema, SchemaBuilder, TextFieldIndexing, TextOptions,
};
use tantivy::tokenizer::{TextAnalyzer, TokenStream as _};
use tantivy::{INDEX_FORMAT_VERSION, TantivyDocument};

use super::document::{Document, Place};
use super::{tokenizer, within};

/// The title counts as often in the one combined field. Repeating is safe where boosting a field of its own is not.
const TITLE_REPEATS: usize = 3;
/// And the summary: what was worth saying first.
const SUMMARY_REPEATS: usize = 2;

/// Handles to every field.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fields {
    pub(super) id: Field,
    pub(super) rev: Field,
    pub(super) body: Field,
    pub(super) exact: Field,
    pub(super) audience: Field,
    pub(super) service: Field,
    pub(super) team: Field,
    pub(super) tag: Field,
    pub(super) factor: Field,
    pub(super) kind: Field,
    pub(super) status: Field,
    pub(super) phase: Field,
    pub(super) has: Field,
    pub(super) author: Field,
    pub(super) severity: Field,
    pub(super) year: Field,
    pub(super) started_at: Field,
    pub(super) lasted: Field,
    pub(super) published_at: Field,
    /// Where in `body` which part of the report begins.
    pub(super) place: Field,
}

/// Names of the columns read while collecting.
pub(super) mod column {
    pub(in super::super) const ID: &str = "id";
    pub(in super::super) const REV: &str = "rev";
    pub(in super::super) const SERVICE: &str = "service";
    pub(in super::super) const TAG: &str = "tag";
    pub(in super::super) const KIND: &str = "kind";
    pub(in super::super) const SEVERITY: &str = "severity";
    pub(in super::super) const YEAR: &str = "year";
    pub(in super::super) const STARTED_AT: &str = "started_at";
    pub(in super::super) const LASTED: &str = "lasted";
    pub(in super::super) const PUBLISHED_AT: &str = "published_at";
    pub(in super::super) const PLACE: &str = "place";
}

fn text(tokenizer: &str, record: IndexRecordOption) -> TextOptions {
    let ranked = record != IndexRecordOption::Basic;
    TextOptions::default().set_indexing_options(
        TextFieldIndexing::default()
            .set_tokenizer(tokenizer)
            .set_index_option(record)
            .set_fieldnorms(ranked),
    )
}

fn named(builder: &mut SchemaBuilder, name: &str) -> Field {
    builder.add_text_field(name, text(tokenizer::FOLDED, IndexRecordOption::Basic))
}

/// Like [`named`], with the value as written in a column for facets.
fn counted(builder: &mut SchemaBuilder, name: &str) -> Field {
    let options = text(tokenizer::FOLDED, IndexRecordOption::Basic).set_fast("raw");
    builder.add_text_field(name, options)
}

/// The schema and its fields.
pub(super) fn build() -> (Schema, Fields) {
    let mut builder = Schema::builder();
    let fields = Fields {
        id: builder.add_i64_field(column::ID, INDEXED | FAST),
        rev: builder.add_i64_field(column::REV, FAST),
        body: builder.add_text_field(
            "body",
            text(tokenizer::BODY, IndexRecordOption::WithFreqsAndPositions),
        ),
        exact: builder.add_text_field(
            "exact",
            text(tokenizer::EXACT, IndexRecordOption::WithFreqs),
        ),
        audience: builder.add_text_field("audience", text("raw", IndexRecordOption::Basic)),
        service: counted(&mut builder, column::SERVICE),
        team: named(&mut builder, "team"),
        tag: counted(&mut builder, column::TAG),
        factor: named(&mut builder, "factor"),
        kind: counted(&mut builder, column::KIND),
        status: named(&mut builder, "status"),
        phase: named(&mut builder, "phase"),
        has: named(&mut builder, "has"),
        author: named(&mut builder, "author"),
        severity: builder.add_i64_field(column::SEVERITY, INDEXED | FAST),
        year: builder.add_i64_field(column::YEAR, INDEXED | FAST),
        started_at: builder.add_i64_field(column::STARTED_AT, INDEXED | FAST),
        lasted: builder.add_i64_field(column::LASTED, FAST),
        published_at: builder.add_i64_field(column::PUBLISHED_AT, FAST),
        place: builder.add_i64_field(column::PLACE, FAST),
    };
    (builder.build(), fields)
}

/// Names everything that decides whether an index on disk can be used as it is.
pub(super) fn fingerprint() -> String {
    let (schema, _) = build();
    let mut hash = Sha256::new();
    hash.update(serde_json::to_vec(&schema).unwrap_or_default());
    hash.update(format!(
        "|{INDEX_FORMAT_VERSION}|{}|{TITLE_REPEATS}|{SUMMARY_REPEATS}",
        tokenizer::VERSION
    ));
    let hex: Vec<String> = hash
        .finalize()
        .iter()
        .take(6)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    hex.concat()
}

impl Fields {
    /// What is stored for a document.
    pub(super) fn fill(&self, document: &Document) -> TantivyDocument {
        let mut filled = TantivyDocument::new();
        filled.add_i64(self.id, document.id);
        filled.add_i64(self.rev, document.rev);
        let mut places = Places::default();
        let title = std::iter::repeat_n((Place::Title, document.title.as_str()), TITLE_REPEATS);
        // Once more below, among the rest.
        let summary = (Place::Summary, document.summary.as_str());
        let summary = std::iter::repeat_n(summary, SUMMARY_REPEATS - 1);
        for (place, text) in title.chain(summary).chain(document.texts()) {
            places.put(place, text);
            filled.add_text(self.body, text);
        }
        for begin in places.begins {
            filled.add_i64(self.place, begin);
        }
        for (_, text) in document.texts() {
            filled.add_text(self.exact, text);
        }
        filled.add_text(self.exact, &document.title);
        filled.add_text(self.exact, &document.key);
        for (field, values) in [
            (self.audience, &document.audience),
            (self.service, &document.services),
            (self.team, &document.teams),
            (self.tag, &document.tags),
            (self.factor, &document.factors),
            (self.phase, &document.phases),
            (self.has, &document.has),
        ] {
            for (i, value) in values.iter().enumerate() {
                // A name given twice counts once.
                if !values.iter().take(i).any(|earlier| earlier == value) {
                    filled.add_text(field, value);
                }
            }
        }
        for name in authors(document) {
            filled.add_text(self.author, name);
        }
        filled.add_text(self.kind, &document.kind);
        filled.add_text(self.status, &document.status);
        if let Some(severity) = document.severity {
            filled.add_i64(self.severity, i64::from(severity));
        }
        if let Some(year) = document.year {
            filled.add_i64(self.year, i64::from(year));
        }
        if let Some(at) = document.started_at {
            filled.add_i64(self.started_at, at.as_second());
        }
        if let Some(seconds) = document.lasted {
            filled.add_i64(self.lasted, seconds);
        }
        if let Some(at) = document.published_at {
            filled.add_i64(self.published_at, at.as_second());
        }
        filled
    }
}

/// The names of those who wrote it, and each of the words of a name.
fn authors(document: &Document) -> BTreeSet<&str> {
    let names = document.authors.iter().map(|name| name.trim());
    let names = names.filter(|name| !name.is_empty());
    names
        .flat_map(|name| std::iter::once(name).chain(name.split_whitespace()))
        .collect()
}

/// Where in the body which part begins.
struct Places<'a> {
    analyzer: TextAnalyzer,
    /// Texts whose words are not counted yet: behind the part that begins last nobody asks for them.
    uncounted: Vec<&'a str>,
    begins: Vec<i64>,
    last: Option<Place>,
    /// The position of the next word, as the index counts: one more between two texts.
    next: i64,
}

impl Default for Places<'_> {
    fn default() -> Self {
        Self {
            analyzer: tokenizer::words(),
            uncounted: Vec::new(),
            begins: Vec::new(),
            last: None,
            next: 0,
        }
    }
}

impl<'a> Places<'a> {
    fn put(&mut self, place: Place, text: &'a str) {
        if self.last.replace(place) != Some(place) {
            let next = &mut self.next;
            for text in self.uncounted.drain(..) {
                *next += 1;
                let mut words = self.analyzer.token_stream(text);
                words.process(&mut |_| *next += 1);
            }
            self.begins.push(within::begin(self.next, place));
        }
        self.uncounted.push(text);
    }
}

impl Document {
    /// Everything a word may be found in, but the title and the key.
    fn texts(&self) -> impl Iterator<Item = (Place, &str)> {
        let names = [&self.services, &self.teams, &self.tags, &self.factors];
        let names = names.into_iter().flatten().map(String::as_str);
        let elsewhere = names.chain(self.import_key.as_deref());
        let parts = self.parts.iter();
        std::iter::once((Place::Summary, self.summary.as_str()))
            .chain(parts.map(|part| (part.place, part.text.as_str())))
            .chain(elsewhere.map(|text| (Place::Elsewhere, text)))
            .filter(|(_, text)| !text.is_empty())
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_fingerprint_is_a_short_stable_file_name() {
        let name = super::fingerprint();
        assert_eq!(name.len(), 12);
        assert_eq!(name, super::fingerprint());
        assert!(name.bytes().all(|b| b.is_ascii_hexdigit()));
    }
}
