//! Answers of the index equal those of looking at every document.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::super::query::parse;
use super::super::{Audience, Document, Field, Filters, Hit, Order, Request};
use super::{document, indexed};

/// Small random documents over few words, so that they match in many ways.
fn random_document() -> impl Strategy<Value = Document> {
    let names =
        || proptest::collection::vec(prop_oneof![Just("api"), Just("web"), Just("Mail")], 0..3);
    let words = proptest::collection::vec(
        prop_oneof![Just("alpha"), Just("beta"), Just("gamma")],
        0..4,
    );
    let audience =
        proptest::collection::vec(prop_oneof![Just("public"), Just("u1"), Just("t1")], 0..3);
    (
        names(),
        names(),
        words,
        audience,
        proptest::option::of(1_u8..4),
        proptest::option::of(2024_i16..2027),
    )
        .prop_map(|(services, tags, words, audience, severity, year)| {
            let owned = |names: Vec<&str>| {
                let mut names: Vec<String> = names.into_iter().map(str::to_owned).collect();
                names.sort();
                names.dedup();
                names
            };
            Document {
                services: owned(services),
                tags: owned(tags),
                audience: owned(audience),
                severity,
                year,
                ..document(0, &words.join(" "), "")
            }
        })
}

fn tally(
    documents: &[&Document],
    values: impl Fn(&Document) -> Vec<String>,
) -> Vec<(String, usize)> {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for value in documents.iter().flat_map(|document| values(document)) {
        *counts.entry(value).or_default() += 1;
    }
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    counts
}

/// The same question, answered by looking at every document.
struct Naive<'a> {
    documents: &'a [Document],
    word: Option<&'a str>,
    filters: &'a Filters,
    audience: &'a [String],
}

impl Naive<'_> {
    fn matching(&self, leave_out: Option<Field>) -> Vec<&Document> {
        let any = |field: Field, filter: &[String], values: &[String]| {
            leave_out == Some(field)
                || filter.is_empty()
                || values
                    .iter()
                    .any(|value| filter.contains(&value.to_lowercase()))
        };
        let filters = self.filters;
        let matching = self.documents.iter().filter(|document| {
            document
                .audience
                .iter()
                .any(|token| self.audience.contains(token))
                && self.word.is_none_or(|word| document.title.contains(word))
                && any(Field::Service, &filters.service, &document.services)
                && any(Field::Tag, &filters.tag, &document.tags)
                && (leave_out == Some(Field::Severity)
                    || filters.severity.is_empty()
                    || document
                        .severity
                        .is_some_and(|severity| filters.severity.contains(&severity)))
        });
        matching.collect()
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn answers_equal_those_of_looking_at_every_document(
        mut documents in proptest::collection::vec(random_document(), 0..20),
        questions in proptest::collection::vec((
            proptest::option::of(prop_oneof![Just("alpha"), Just("beta")]),
            proptest::option::of(prop_oneof![Just("api"), Just("mail")]),
            proptest::option::of(Just("web")),
            proptest::option::of(1_u8..4),
            proptest::collection::vec(prop_oneof![Just("public"), Just("u1"), Just("t1"), Just("u9")], 0..3),
        ), 1..12)
    ) {
        for (id, document) in (1..).zip(&mut documents) {
            document.id = id;
        }
        let (_folder, index) = indexed(&documents);
        for (word, service, tag, severity, audience) in questions {
            let audience: Vec<String> = audience.into_iter().map(str::to_owned).collect();
            let mut filters = Filters::default();
            filters.service.extend(service.map(str::to_owned));
            filters.tag.extend(tag.map(str::to_owned));
            filters.severity.extend(severity);
            let results = index.search(&Request {
                query: &parse(word.unwrap_or_default()),
                filters: &filters,
                audience: &Audience::AnyOf(audience.clone()),
                limit: 100,
                offset: 0,
                facets: true,
                order: Order::Newest,
            }).unwrap();
            let naive = Naive { documents: &documents, word, filters: &filters, audience: &audience };
            let expected = naive.matching(None);
            let mut ids: Vec<i64> = expected.iter().map(|document| document.id).collect();
            ids.reverse();
            prop_assert_eq!(results.hits.iter().map(|hit: &Hit| hit.id).collect::<Vec<_>>(), ids);
            prop_assert_eq!(results.total, expected.len());
            let facets = results.facets;
            let of = |field| naive.matching(Some(field));
            let number = |value: Option<String>| value.into_iter().collect::<Vec<_>>();
            prop_assert_eq!(facets.service, tally(&of(Field::Service), |d| d.services.clone()));
            prop_assert_eq!(facets.tag, tally(&of(Field::Tag), |d| d.tags.clone()));
            prop_assert_eq!(facets.severity, tally(&of(Field::Severity), |d| number(d.severity.map(|s| s.to_string()))));
            prop_assert_eq!(facets.year, tally(&expected, |d| number(d.year.map(|y| y.to_string()))));
            prop_assert_eq!(facets.kind, tally(&expected, |d| vec![d.kind.clone()]));
        }
    }
}
