//! Tests of what the fields of the form say.

use super::*;

#[test]
fn names_are_split_and_unique() {
    assert_eq!(names(" a, B ,,b\nc d"), ["a", "B", "c d"]);
}
