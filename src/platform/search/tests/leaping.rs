//! Leaping over what cannot be among the best finds what scoring everything finds.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use proptest::prelude::*;
use tantivy::query::Occur;

use super::super::collect::{Found, Gather};
use super::super::counts::Facet;
use super::super::narrow::Narrow;
use super::super::plan::{Planner, any, assemble};
use super::super::query::parse;
use super::super::quick::Quick;
use super::super::{Audience, Document, Filters, Glossary, Index, Order};
use super::{document, indexed};

/// What the best are worth, how many there are, and of which kinds.
type Answer = (Vec<f32>, usize, Vec<(String, usize)>);

/// What somebody finds for words of which `bb` means the same as `dd ee`: by leaping, and by scoring everything.
fn both_ways(index: &Index, text: &str, audience: &Audience, keep: usize) -> (Answer, Answer) {
    let generation = index.serving().unwrap();
    let searcher = generation.reader.searcher();
    let glossary = Glossary::new(vec![vec!["bb".to_owned(), "dd ee".to_owned()]]);
    let query = glossary.extend(parse(text));
    let mut planner = Planner::new(&searcher, generation.fields, audience);
    let mut words = planner.words(&query).unwrap();
    // They count for the best alone, in a pass of their own.
    words.pairs.clear();
    let filters = Filters::default();
    let narrowed = || {
        let narrow = Narrow {
            filters: &filters,
            audience,
        };
        planner.narrow(&narrow, None)
    };
    let gather = Gather {
        keep,
        order: Order::Relevance,
        facets: vec![Facet::Kind],
        values: Arc::default(),
        deadline: Instant::now() + Duration::from_mins(1),
        expired: Arc::new(AtomicBool::new(false)),
    };
    let quick = Quick {
        searcher: &searcher,
        words: &words,
        gather: &gather,
    };
    let quick = quick.all(narrowed()).unwrap();
    let mut clauses = vec![(Occur::Must, any(words.query()))];
    clauses.extend(narrowed());
    let all = searcher.search(&assemble(clauses), &gather).unwrap();
    let answer = |gathered: super::super::collect::Gathered| {
        let kinds = gathered.counts.iter().flatten();
        let mut kinds: Vec<_> = kinds
            .map(|(kind, count)| (kind.to_string(), *count))
            .collect();
        kinds.sort();
        let total = gathered.total;
        let found = gathered.into_found();
        let worth = found.iter().map(|it: &Found| it.hit.score);
        (worth.collect(), total, kinds)
    };
    (answer(quick), answer(all))
}

fn random_document() -> impl Strategy<Value = Document> {
    ("(aa |bb |cc |dd |ee |dd ee ){0,9}", 0_u8..2, 0_u8..3).prop_map(|(text, kind, to)| Document {
        kind: ["incident", "exercise"][usize::from(kind)].to_owned(),
        audience: vec![["public", "public", "u7"][usize::from(to)].to_owned()],
        ..document(0, "", &text)
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn leaping_finds_what_scoring_everything_finds(
        mut documents in proptest::collection::vec(random_document(), 0..40),
        questions in proptest::collection::vec("(aa|bb|cc|dd|nn)( aa| bb| cc| ee){0,3}", 1..6),
        keep in 1_usize..50,
    ) {
        for (id, document) in (1..).zip(&mut documents) {
            document.id = id;
        }
        let (_folder, index) = indexed(&documents);
        for text in &questions {
            for audience in [Audience::Everything, Audience::AnyOf(vec!["public".to_owned()])] {
                let (leaping, scoring) = both_ways(&index, text, &audience, keep);
                prop_assert_eq!(leaping.1, scoring.1, "{}", text);
                prop_assert_eq!(&leaping.2, &scoring.2, "{}", text);
                for (one, other) in leaping.0.iter().zip(&scoring.0) {
                    // Sums in another order differ in the last bits.
                    prop_assert!((one - other).abs() < 1e-4, "{}: {:?} {:?}", text, leaping, scoring);
                }
                prop_assert_eq!(leaping.0.len(), scoring.0.len(), "{}", text);
            }
        }
    }
}
