//! The order of hits beyond counting words: words that stand together, and what reports are about.

use super::super::Index;
use super::super::writing::{Size, Writing};
use super::{Folder, document, ids, indexed, position};
use crate::platform::search::Document;

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
