//! The order of hits beyond counting words: words that stand together, and what reports are about.

use super::super::writing::{Size, Writing};
use super::super::{Audience, Document, Filters, Index, Order, Request, query};
use super::{Folder, document, ids, indexed, position};

#[test]
fn words_that_stand_together_come_before_words_far_apart() {
    let filler = "somebody looked at the graphs and told others ".repeat(20);
    let documents = [
        document(1, "One", &format!("replica lag {filler}")),
        document(2, "Two", &format!("replica {filler} lag")),
    ];
    let (_folder, index) = indexed(&documents);
    assert_eq!(ids(&index, "replica of some lag"), [1, 2]);
}

/// Reports about certificates, reports about disks, and one of each that has the word `storage`.
fn two_subjects() -> Vec<Document> {
    let certificates = ["certificate", "handshake", "issuer", "renewal", "expired"];
    let disks = ["disk", "inode", "volume", "rotation", "logs"];
    let about = |words: [&str; 5], number: usize| {
        let mut words = words.to_vec();
        words.rotate_left(number % 5);
        words.truncate(4);
        words.repeat(8).join(" ")
    };
    let mut all: Vec<Document> = (0..60_i64)
        .flat_map(|number| {
            let at = usize::try_from(number).unwrap();
            [
                document(number * 2 + 1, "A night", &about(certificates, at)),
                document(number * 2 + 2, "A night", &about(disks, at)),
            ]
        })
        .collect();
    all.push(document(
        901,
        "A night",
        "storage volume rotation logs disk",
    ));
    all.push(document(
        902,
        "A night",
        "storage handshake issuer renewal expired",
    ));
    all
}

/// Which of the two that have the word comes first.
fn first_of_both(index: &Index) -> Option<i64> {
    let found = ids(index, "storage inode");
    found.into_iter().find(|id| *id > 900)
}

#[test]
fn of_reports_with_as_many_words_the_one_about_the_same_comes_first() {
    let (_folder, index) = indexed(&two_subjects());
    assert_eq!(
        first_of_both(&index),
        Some(902),
        "by words alone it is a draw"
    );
    index.learn(&|| true);
    assert_eq!(first_of_both(&index), Some(901));
    // Nothing is found by it that has none of the words, and each hit stays a hit.
    let hits = ids(&index, "storage");
    assert_eq!(hits.len(), 2, "{hits:?}");
}

#[test]
fn what_was_saved_since_is_learned_too() {
    let (_folder, index) = indexed(&two_subjects());
    index.learn(&|| true);
    let mut writing = Writing::open(index.serving().unwrap(), Size::Small).unwrap();
    assert!(
        writing
            .put(&document(903, "A night", "storage disk logs volume inodes"))
            .unwrap()
    );
    assert!(
        writing
            .put(&document(
                904,
                "A night",
                "storage issuer expired renewal handshakes"
            ))
            .unwrap()
    );
    writing.commit(&position(8)).unwrap();
    index.learn(&|| true);
    let found = ids(&index, "storage rotation");
    let place = |id| found.iter().position(|other| *other == id).unwrap();
    assert!(place(903) < place(904), "{found:?}");
}

#[test]
fn a_young_index_and_one_told_to_stop_learn_nothing() {
    let young: Vec<Document> = two_subjects().split_off(100);
    let (_folder, index): (Folder, Index) = indexed(&young);
    index.learn(&|| true);
    assert_eq!(first_of_both(&index), Some(902));
    let (_folder, index) = indexed(&two_subjects());
    index.learn(&|| false);
    assert_eq!(first_of_both(&index), Some(902));
}

#[test]
fn what_was_learned_is_known_again_after_a_restart() {
    let (folder, index) = indexed(&two_subjects());
    index.learn(&|| true);
    drop(index);
    let index = Index::open(&folder.0).unwrap();
    // Asked once for each segment that is read, and at each step of learning anew.
    let asked = std::cell::Cell::new(0);
    index.learn(&|| {
        asked.set(asked.get() + 1);
        true
    });
    assert_eq!(asked.get(), 1);
    assert_eq!(first_of_both(&index), Some(901));
}

#[test]
fn nothing_is_learned_from_what_not_everybody_may_find() {
    let mut hidden = two_subjects();
    for document in &mut hidden {
        if document.id < 900 {
            document.audience = vec!["u7".into()];
        }
    }
    let (_folder, index) = indexed(&hidden);
    index.learn(&|| true);
    assert_eq!(first_of_both(&index), Some(902), "as by words alone");
}

/// The ids on one page.
fn page(index: &Index, (text, order): (&str, Order), offset: usize, limit: usize) -> Vec<i64> {
    let results = index.search(&Request {
        query: &query::parse(text),
        filters: &Filters::default(),
        audience: &Audience::AnyOf(vec!["public".into()]),
        limit,
        offset,
        facets: true,
        order,
    });
    let results = results.unwrap();
    assert_eq!(results.total, 700);
    assert_eq!(results.facets.kind, [("incident".to_owned(), 700)]);
    results.hits.iter().map(|hit| hit.id).collect()
}

#[test]
fn pages_have_each_hit_once_however_many_there_are() {
    // Many are equally good, some have the words side by side, and some that would match are not for everybody.
    let mut documents: Vec<_> = (1..=700)
        .map(|id| match id % 3 {
            0 => document(id, "A night", "replica lag after a failover"),
            1 => document(id, "A night", "lag of some replica, and again lag"),
            _ => document(id, "A night", "the lag was long"),
        })
        .collect();
    for id in 701..=900 {
        let mut hidden = document(id, "Replica lag", "replica lag replica lag");
        hidden.audience = vec!["restricted".into()];
        documents.push(hidden);
    }
    let (_folder, index) = indexed(&documents);
    index.learn(&|| true);
    for order in [Order::Relevance, Order::Newest] {
        let asked = ("replica lag", order);
        let all = page(&index, asked, 0, 700);
        let mut once = all.clone();
        once.sort_unstable();
        assert_eq!(once, (1..=700).collect::<Vec<_>>());
        let paged: Vec<i64> = (0..700)
            .step_by(35)
            .flat_map(|offset| page(&index, asked, offset, 35))
            .collect();
        assert_eq!(paged, all, "{order:?}");
    }
    let best = page(&index, ("replica lag", Order::Relevance), 0, 100);
    assert!(best.iter().all(|id| id % 3 == 0), "side by side: {best:?}");
}

fn ordered(index: &Index, text: &str, order: Order) -> Vec<i64> {
    let request = Request {
        query: &query::parse(text),
        filters: &Filters::default(),
        audience: &Audience::Everything,
        limit: 100,
        offset: 0,
        facets: false,
        order,
    };
    let hits = index.search(&request).unwrap().hits;
    hits.iter().map(|hit| hit.id).collect()
}

#[test]
fn what_lacks_a_value_comes_last_and_equals_by_their_start() {
    let at = |day: &str| Some(format!("2026-01-{day}T00:00:00Z").parse().unwrap());
    let mut all: Vec<Document> = (1..=5).map(|id| document(id, "zebra", "")).collect();
    let values = [
        (Some(3), Some(60), at("09"), at("01")),
        (None, None, None, at("03")),
        (Some(1), Some(3_600), None, at("02")),
        (Some(1), None, at("10"), at("04")),
        (Some(3), Some(60), at("09"), None),
    ];
    for (document, (severity, lasted, published_at, started_at)) in all.iter_mut().zip(values) {
        document.severity = severity;
        document.lasted = lasted;
        document.published_at = published_at;
        document.started_at = started_at;
    }
    let (_folder, index) = indexed(&all[..2]);
    // In segments of their own, too.
    let mut writing = Writing::open(index.serving().unwrap(), Size::Small).unwrap();
    for document in &all[2..] {
        writing.put(document).unwrap();
    }
    writing.commit(&position(8)).unwrap();
    for text in ["zebra", ""] {
        assert_eq!(ordered(&index, text, Order::Severity), [4, 3, 1, 5, 2]);
        assert_eq!(ordered(&index, text, Order::Duration), [3, 1, 5, 4, 2]);
        assert_eq!(ordered(&index, text, Order::Published), [4, 1, 5, 2, 3]);
        assert_eq!(ordered(&index, text, Order::Newest), [4, 2, 3, 1, 5]);
    }
    assert_eq!(ordered(&index, "", Order::Relevance), [4, 2, 3, 1, 5]);
}

#[test]
fn one_document_is_found_by_exactly_the_searches_that_list_it() {
    let mut secret = document(2, "Quagga", "A zebra, too.");
    secret.audience = vec!["u1".into()];
    secret.rev = 7;
    let (_folder, index) = indexed(&[document(1, "Zebra", "in the yard"), secret]);
    let audience = |token: &str| Audience::AnyOf(vec![token.to_owned()]);
    for text in [
        "",
        "zebra",
        "-quagga",
        "\"a zebra\"",
        "zeb*",
        "lion",
        "kind:exercise",
    ] {
        for token in ["public", "u1", "u2"] {
            let request = Request {
                query: &query::parse(text),
                filters: &Filters::default(),
                audience: &audience(token),
                limit: 10,
                offset: 0,
                facets: false,
                order: Order::Newest,
            };
            let listed = index.search(&request).unwrap().hits;
            for id in 1..=3 {
                let hit = index.finds(&request, id).unwrap();
                let expected = listed.iter().find(|hit| hit.id == id);
                let version = |hit: &super::super::Hit| (hit.id, hit.rev);
                assert_eq!(
                    hit.as_ref().map(version),
                    expected.map(version),
                    "{text} {token}"
                );
            }
        }
    }
}
