//! What is read, and what is refused beside which field.

use super::*;
use crate::reports::model::{Countermeasure, TimelineEvent};
use serde_json::{Value, json};

fn refused<T: Row>(items: Value) -> Vec<String> {
    match taken::<T>(
        serde_json::from_value(json!({ "items": items })).unwrap(),
        0,
    ) {
        Ok(_) => Vec::new(),
        Err(error) => error
            .fields()
            .iter()
            .map(|it| it.field.to_string())
            .collect(),
    }
}

#[test]
fn a_row_that_says_nothing_is_refused_beside_its_field() {
    assert_eq!(
        refused::<EventJson>(json!([{ "text": "x" }, { "text": " \n" }])),
        ["items[1].text"]
    );
    assert_eq!(
        refused::<EventJson>(json!([{ "text": "\u{1}\u{2028}" }])),
        ["items[0].text"]
    );
    assert_eq!(
        refused::<FactorJson>(json!([{ "name": "" }])),
        ["items[0].name"]
    );
    assert_eq!(
        refused::<FactorJson>(json!([{ "name": "x".repeat(201) }])),
        ["items[0].name"]
    );
    assert_eq!(
        refused::<LearningJson>(json!([{ "kind": "lucky", "text": "" }])),
        ["items[0].text"]
    );
    let undone = json!([{ "title": "x", "status": "wont_do" }]);
    assert_eq!(
        refused::<CountermeasureJson>(undone),
        ["items[0].status_reason"]
    );
    assert_eq!(
        refused::<CountermeasureJson>(json!([{ "title": "x", "status": "done" }])),
        [""; 0]
    );
}

#[test]
fn too_many_and_too_few_are_refused() {
    let rows = |count| vec![json!({ "text": "x" }); count];
    assert_eq!(refused::<EventJson>(json!(rows(MAX_ROWS))), [""; 0]);
    assert_eq!(refused::<EventJson>(json!(rows(MAX_ROWS + 1))), ["items"]);
    assert_eq!(
        refused::<EventJson>(json!(vec![json!({ "text": "" }); MAX_ROWS])).len(),
        MOST_PROBLEMS
    );
    assert!(taken::<EventJson>(List { items: Vec::new() }, 1).is_err());
    assert!(taken::<EventJson>(List { items: Vec::new() }, 0).is_ok());
}

#[test]
fn times_that_cannot_be_kept_are_refused() {
    for (at, fits) in [
        ("2026-03-01T22:04:00Z", true),
        ("2026-03-01T22:04:00+01:00", true),
        ("0001-01-01T00:00:00Z", true),
        ("0000-12-31T23:59:59Z", false),
        ("-000001-12-31T00:00:00Z", false),
        ("-005000-01-01T00:00:00Z", false),
        ("9999-12-31T23:59:59-23:59", false),
        ("2026-03-01", false),
        ("", false),
    ] {
        let read = serde_json::from_value::<EventJson>(json!({ "text": "x", "at": at }));
        assert_eq!(read.is_ok(), fits, "{at}: {read:?}");
    }
    for (on, fits) in [
        ("2026-03-01", true),
        ("-005000-01-01", false),
        ("soon", false),
    ] {
        let read =
            serde_json::from_value::<CountermeasureJson>(json!({ "title": "x", "due_on": on }));
        assert_eq!(read.is_ok(), fits, "{on}: {read:?}");
    }
}

#[test]
fn what_is_read_is_what_was_written() {
    let event = TimelineEvent::said("x");
    let written = serde_json::to_value(EventJson::from(&event)).unwrap();
    let read: EventJson = serde_json::from_value(written).unwrap();
    assert_eq!(TimelineEvent::from(read), event);
    let row = Countermeasure::titled("x");
    let written = serde_json::to_value(CountermeasureJson::from(&row)).unwrap();
    assert_eq!(written["type"], Value::Null);
    let read: CountermeasureJson = serde_json::from_value(written).unwrap();
    assert_eq!(Countermeasure::from(read), row);
}
