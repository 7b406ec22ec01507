//! What is found for words beyond their plain selves: what means the same, what stands in one part, what may be meant.

use proptest::prelude::*;

use super::super::query::parse;
use super::super::{
    Audience, Document, Filters, Glossary, Index, Order, Part, Place, Query, Request, Results,
};
use super::{document, indexed};

fn ask(index: &Index, query: &Query, audience: &Audience) -> Results {
    let request = Request {
        query,
        filters: &Filters::default(),
        audience,
        limit: 100,
        offset: 0,
        facets: true,
        order: Order::Relevance,
    };
    index.search(&request).unwrap()
}

fn ids(results: &Results) -> Vec<i64> {
    results.hits.iter().map(|hit| hit.id).collect()
}

/// What everybody finds, with what means the same.
fn found(index: &Index, text: &str) -> Vec<i64> {
    let query = Glossary::shipped().extend(parse(text));
    ids(&ask(index, &query, &Audience::Everything))
}

#[test]
fn what_means_the_same_is_found_behind_what_was_typed() {
    let (_folder, index) = indexed(&[
        document(1, "Kubernetes node lost", ""),
        document(2, "Node lost by k8s", ""),
        document(3, "Workers ran out of memory", ""),
        document(4, "Workers OOMKilled at night", ""),
        document(5, "Memory of an outage, out at last", ""),
    ]);
    assert_eq!(found(&index, "k8s"), [2, 1]);
    assert_eq!(found(&index, "kubernetes"), [1, 2]);
    assert_eq!(found(&index, "\"k8s\""), [2]);
    assert_eq!(found(&index, "oom"), [4, 3]);
    let exactly = Glossary::shipped().extend(parse("k8s lost")).exactly();
    assert_eq!(exactly.to_string(), "lost \"k8s\"");
    assert_eq!(parse(&exactly.to_string()), exactly);
}

#[test]
fn one_of_the_alternatives_must_be_there() {
    let (_folder, index) = indexed(&[
        document(1, "Cache poisoned", "dns"),
        document(2, "Cache empty", "name resolution failed"),
        document(3, "Cache full", "resolution of a name"),
        document(4, "Servers at dns.example.org", "cached"),
        document(5, "No", "dnsmasq"),
    ]);
    for (text, expected) in [
        ("cache dns OR \"name resolution\"", vec![1, 2, 4]),
        ("empty OR full OR nothing", vec![2, 3]),
        ("example.org OR dnsma*", vec![4, 5]),
        ("example.com OR empty", vec![2]),
        ("cache OR no -empty", vec![1, 3, 4, 5]),
    ] {
        let mut found = found(&index, text);
        found.sort_unstable();
        assert_eq!(found, expected, "{text}");
    }
    // What else is typed counts, but need not be there.
    assert_eq!(
        found(&index, "dns OR resolution poisoned").first(),
        Some(&1)
    );
    assert!(found(&index, "nothing OR nowhere").is_empty());
}

#[test]
fn filters_hold_the_other_way_round_too() {
    let with = |id, services: &[&str], severity, year| Document {
        services: services.iter().map(|it| (*it).to_owned()).collect(),
        severity,
        year,
        authors: vec!["Ada Marsh".to_owned()],
        phases: vec!["detect".to_owned()],
        has: vec!["timeline".to_owned()],
        ..document(id, "Outage", "")
    };
    let (_folder, index) = indexed(&[
        with(1, &["api", "web"], Some(1), Some(2024)),
        with(2, &["web"], Some(2), Some(2025)),
        with(3, &[], None, None),
        document(4, "Outage", ""),
    ]);
    let sorted = |text: &str| {
        let mut found = found(&index, text);
        found.sort_unstable();
        found
    };
    for (text, expected) in [
        ("outage -service:api", vec![2, 3, 4]),
        ("-service:api -service:web", vec![3, 4]),
        ("service:web -service:api", vec![2]),
        ("-sev:1", vec![2, 3, 4]),
        ("sev:<=2", vec![1, 2]),
        ("-sev:<=2", vec![3, 4]),
        ("year:2024..", vec![1, 2]),
        ("year:..2024", vec![1]),
        ("-year:2020..2024", vec![2, 3, 4]),
        ("author:ada -author:\"Bo Lind\"", vec![1, 2, 3]),
        (
            "author:\"ada marsh\" phase:DETECT has:timeline",
            vec![1, 2, 3],
        ),
        ("-has:timeline", vec![4]),
        ("-phase:detect outage", vec![4]),
        ("author:\"marsh ada\"", vec![]),
    ] {
        assert_eq!(sorted(text), expected, "{text}");
    }
    let results = ask(&index, &parse("-service:api"), &Audience::Everything);
    assert_eq!(results.facets.service, [("web".to_owned(), 1)]);
}

#[test]
fn words_in_a_part_stand_in_that_part() {
    let parts = |id, title: &str, timeline: &str, learnings: &str| Document {
        summary: "Short words".to_owned(),
        parts: vec![
            Part::new("Timeline", timeline).at(Place::Timeline),
            Part::new("Impact", "dns everywhere"),
            Part::new("What went well", learnings).at(Place::Learnings),
        ],
        ..document(id, title, "")
    };
    let (_folder, index) = indexed(&[
        parts(1, "DNS down", "the cache was flushed", "caches help"),
        parts(2, "Cache down", "dns cache flushed at foo.bar", ""),
        parts(3, "Down", "flushed the cache of k8s", "dns matters 日本"),
        parts(4, "Configurations drifted", "configured again", ""),
    ]);
    for (text, expected) in [
        ("dns in:title", vec![1]),
        ("dns in:title in:timeline", vec![2, 1]),
        ("dns cache in:timeline", vec![2]),
        ("\"flushed the cache\" in:timeline", vec![3]),
        ("\"cache was\" OR \"dns cache\" in:timeline", vec![2, 1]),
        ("\"down cache\" in:title in:timeline", vec![]),
        ("cach* in:learnings", vec![1]),
        ("foo.bar in:timeline", vec![2]),
        ("bar.foo in:timeline", vec![]),
        ("kubernetes in:timeline", vec![3]),
        ("kubernetes in:title", vec![]),
        ("words in:summary -cache", vec![4]),
        ("unknownword in:title", vec![]),
        ("cahce in:learnings", vec![1]),
        ("dnss cahce in:timeline", vec![2]),
        ("configuration* in:title", vec![4]),
        ("configured* in:timeline", vec![4]),
        ("日 in:learnings", vec![3]),
        ("日 in:timeline", vec![]),
    ] {
        let mut found = found(&index, text);
        let mut expected = expected;
        found.sort_unstable();
        expected.sort_unstable();
        assert_eq!(found, expected, "{text}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn a_word_in_a_part_is_found_as_by_reading_the_part(
        texts in proptest::collection::vec(("(aa |bb |cc |日本 ){0,4}", "(aa |bb |cc |日本 ){0,4}", "(aa |bb ){0,3}", "(aa |cc ){0,3}"), 1..12),
        word in "aa|bb|cc|日本|\"aa bb\"|\"cc aa\"",
        place in 0_usize..4,
    ) {
        let documents: Vec<Document> = (1..).zip(&texts).map(|(id, (title, summary, timeline, factors))| Document {
            summary: summary.clone(),
            parts: vec![
                Part::new("Impact", "aa bb cc"),
                Part::new("Timeline", timeline).at(Place::Timeline),
                Part::new("Timeline", "aa").at(Place::Timeline),
                Part::new("Contributing factors", factors).at(Place::Factors),
            ],
            services: vec!["cc aa bb".to_owned()],
            ..document(id, title, "")
        }).collect();
        let (_folder, index) = indexed(&documents);
        let asked = [Place::Title, Place::Summary, Place::Timeline, Place::Factors][place];
        let bare = word.trim_matches('"');
        let holds = |text: &str| format!(" {text} ").contains(&format!(" {bare} "));
        let expected: Vec<i64> = documents.iter().filter(|it| match asked {
            Place::Title => holds(&it.title),
            Place::Summary => holds(&it.summary),
            Place::Timeline | Place::Factors | Place::Learnings | Place::Countermeasures | Place::Elsewhere =>
                it.parts.iter().any(|part| part.place == asked && holds(&part.text)),
        }).map(|it| it.id).collect();
        let mut found = found(&index, &format!("{word} in:{}", asked.word()));
        found.sort_unstable();
        prop_assert_eq!(found, expected);
    }
}

#[test]
fn a_misspelt_word_never_beats_the_word_itself() {
    let mut documents: Vec<Document> = (1..=20)
        .map(|id| document(id, "Certificate expired", "certificate certificate"))
        .collect();
    documents.push(document(
        21,
        "Other things",
        "a certificats is written so here",
    ));
    let (_folder, index) = indexed(&documents);
    let results = ask(&index, &parse("certificats"), &Audience::Everything);
    // Nobody repairs what somebody wrote.
    assert!(ids(&results).contains(&21));
    let typo = ask(&index, &parse("certifcate"), &Audience::Everything);
    assert_eq!(typo.total, 20);
    assert_eq!(typo.spelt, [(0, "certificate".to_owned())]);
    // Beside a word that is there, one that is misspelt counts less than one that is spelt well.
    let mixed = ask(&index, &parse("written certifcate"), &Audience::Everything);
    assert_eq!(ids(&mixed).first(), Some(&21));
}

#[test]
fn what_may_be_meant_is_counted_within_reach() {
    let restricted = |id, title: &str| Document {
        audience: vec!["u7".to_owned()],
        ..document(id, title, "")
    };
    let mut documents: Vec<Document> = (1..=5)
        .map(|id| restricted(id, "Project Zanzibar delayed"))
        .collect();
    documents.push(document(6, "Bazaar opened", ""));
    // A typo that few wrote, and what many did.
    documents.push(document(7, "A postgrsql cluster", ""));
    documents.extend((8..30).map(|id| document(id, "PostgreSQL upgrade", "")));
    let (_folder, index) = indexed(&documents);
    let spelt = |text: &str, token: &str| {
        let audience = Audience::AnyOf(vec![token.to_owned()]);
        let query = parse(text);
        let spelt = ask(&index, &query, &audience).spelt;
        query.spelt(&spelt).to_string()
    };
    assert_eq!(spelt("zanzibr", "public"), "zanzibr");
    assert_eq!(spelt("zanzibr", "u7"), "zanzibar");
    assert_eq!(spelt("baazar", "public"), "bazaar");
    assert_eq!(spelt("baazar", "u7"), "baazar");
    assert_eq!(spelt("postgrsql", "public"), "postgresql");
    assert_eq!(
        spelt("postgresql upgrades", "public"),
        "postgresql upgrades"
    );
    // Known to others alone: as good as unknown, and not said to be known.
    assert_eq!(spelt("zanzibar", "public"), "zanzibar");
    assert_eq!(spelt("\"zanzibr\" -zanzibr", "u7"), "\"zanzibr\" -zanzibr");
    let pasted = spelt("zanzibr\nzanzibr", "u7");
    assert!(pasted.contains("zanzibr"), "{pasted}");
}
