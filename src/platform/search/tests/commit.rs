//! Tests of changing an index: what a commit says, and from when on it counts.

use std::time::Duration;

use super::*;
use crate::platform::search::wait_until;

#[test]
fn applying_twice_changes_nothing_and_the_position_is_in_the_commit() {
    let (folder, index) = indexed(&sample());
    let mut writing = Writing::open(index.serving().unwrap(), Size::Small).unwrap();
    assert_eq!(writing.position, position(7));
    assert_eq!(Position::read(&folder.0), Some(position(7)));
    for document in sample() {
        assert!(!writing.put(&document).unwrap());
    }
    assert_eq!(writing.pending(), 0);

    let newer = Document {
        rev: 2,
        title: "Zebra".into(),
        ..sample().remove(0)
    };
    assert!(writing.put(&newer).unwrap() && !writing.put(&newer).unwrap());
    assert!(writing.remove(2) && !writing.remove(2));
    assert!(ids(&index, "zebra").is_empty(), "not before the commit");
    writing.commit(&position(9)).unwrap();
    assert_eq!(ids(&index, "zebra"), [1]);
    assert_eq!(ids(&index, ""), [1, 3]);
    assert_eq!(Position::read(&folder.0).unwrap().cursor, 9);
}

#[tokio::test]
async fn waiting_ends_when_a_commit_is_served_and_not_when_it_is_written() {
    let (folder, index) = indexed(&sample());
    let mut writing = Writing::open(index.serving().unwrap(), Size::Small).unwrap();
    writing.remove(1);
    writing.commit(&position(9)).unwrap();
    let soon = Duration::from_millis(20);
    assert_eq!(Position::read(&folder.0), Some(position(9)));
    assert!(!wait_until(&folder.0, 8, soon).await);
    position(9).announce(&folder.0);
    assert!(wait_until(&folder.0, 8, soon).await);
    assert!(!wait_until(&folder.0, 9, soon).await);
}

#[test]
fn an_answer_is_good_as_long_as_the_index_says_the_same() {
    let (folder, index) = indexed(&sample());
    let query = parse("pool");
    let request = Request {
        query: &query,
        filters: &Filters::default(),
        audience: &Audience::Everything,
        limit: 10,
        offset: 0,
        facets: true,
        order: Order::Relevance,
    };
    let again = || index.search_again(&request).map(|found| found.total);
    assert_eq!(again(), None);
    assert_eq!(index.search(&request).unwrap().total, 2);
    // The indexer looks every second, mostly at the same.
    let serving = index.serving().unwrap();
    serving.reader.reload().unwrap();
    assert_eq!(again(), Some(2));
    let opened = Generation::open(&folder.0, &serving.name, true).unwrap();
    index.serve(Some(Arc::new(opened)));
    assert_eq!(again(), Some(2));

    let mut writing = Writing::open(index.serving().unwrap(), Size::Small).unwrap();
    writing.remove(1);
    writing.commit(&position(8)).unwrap();
    assert_eq!(again(), None);
    assert_eq!(index.search(&request).unwrap().total, 1);
    // Another one of the same name.
    let (_elsewhere, other) = indexed(&[]);
    index.serve(other.serving());
    assert_eq!(index.serving().unwrap().name, serving.name);
    assert_eq!(again(), None);
}
