//! Tests of decoding forms.

use proptest::prelude::*;
use serde::Deserialize;

use super::*;

#[derive(Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    #[default]
    Incident,
    NearMiss,
}

#[derive(Debug, PartialEq, Deserialize)]
struct Report {
    title: String,
    #[serde(default)]
    kind: Kind,
    level: Option<u8>,
    #[serde(default)]
    tags: Vec<String>,
    #[serde(default)]
    restricted: bool,
}

fn read(text: &str) -> Result<Report, String> {
    let fields = Fields::decode(text.as_bytes()).map_err(|error| error.code().to_owned())?;
    fields.read().map_err(|error| error.detail().into_owned())
}

#[test]
fn fields_become_a_type() {
    let report = read("title=DNS+%E2%86%93&kind=near_miss&level=2&tags=a&restricted=on&tags=b");
    let expected = Report {
        title: "DNS ↓".to_owned(),
        kind: Kind::NearMiss,
        level: Some(2),
        tags: vec!["a".to_owned(), "b".to_owned()],
        restricted: true,
    };
    assert_eq!(report, Ok(expected));
    let short = read("title=&level=").unwrap();
    assert_eq!(
        (short.title.as_str(), short.level, short.kind),
        ("", None, Kind::Incident)
    );
}

#[test]
fn problems_name_their_field_and_the_way_out() {
    for (text, problem) in [
        ("", "title: This is needed."),
        ("title=a&level=two", "level: This must be a whole number."),
        ("title=a&level=300", "level: This must be a whole number."),
        (
            "title=a&kind=fire",
            "kind: \"fire\" is not one of incident, near_miss.",
        ),
        (
            "title=a&restricted=maybe",
            "restricted: This must be true or false.",
        ),
        ("title=a&title=a", "title: This was given more than once."),
        ("title=%00", "malformed"),
        ("title=%c3%28", "malformed"),
        ("title=\0", "malformed"),
    ] {
        assert_eq!(read(text), Err(problem.to_owned()), "{text}");
    }
}

#[test]
fn nul_can_be_taken_out_instead() {
    let decoded = |text: &[u8]| {
        let (mut fields, had_nul) = Fields::decode_without_nul(text).unwrap();
        (fields.take("a").unwrap(), had_nul)
    };
    assert_eq!(decoded(b"a=x%00y\0z"), ("xyz".to_owned(), true));
    assert_eq!(decoded(b"a=%2500%25"), ("%00%".to_owned(), false));
    assert!(Fields::decode_without_nul(b"a=%ff").is_err());
}

#[test]
fn a_stray_percent_sign_is_itself() {
    assert_eq!(percent_decode(b"100%+%zz%4").unwrap(), "100% %zz%4");
    assert_eq!(percent_decode(b"%+1%-1").unwrap(), "% 1%-1");
}

proptest! {
    #[test]
    fn what_browsers_encode_reads_back(title in "[^\\x00]*", tags in prop::collection::vec("[^\\x00]*", 0..4)) {
        let pairs = std::iter::once(("title", &title)).chain(tags.iter().map(|tag| ("tags", tag)));
        let encoded = serde_urlencoded::to_string(pairs.collect::<Vec<_>>()).unwrap();
        let report = read(&encoded).unwrap();
        prop_assert_eq!((report.title, report.tags), (title, tags));
    }

    #[test]
    fn no_bytes_break_the_reader(bytes: Vec<u8>) {
        let _either = Fields::decode(&bytes);
    }
}

/// Who is not signed in may send megabytes of them before anybody asks who it is.
#[test]
fn fields_beyond_counting_are_refused_before_they_are_compared() {
    let many = |count, name: fn(usize) -> String| {
        let pairs: Vec<String> = (0..count).map(name).collect();
        Fields::decode(pairs.join("&").as_bytes()).map_err(|error| error.code().to_owned())
    };
    assert!(many(MAX_NAMES, |n| format!("n{n}=x")).is_ok());
    assert!(many(MAX_FIELDS, |_| "row=x".to_owned()).is_ok());
    assert_eq!(
        many(600_000, |n| format!("{n}")).unwrap_err(),
        many(2_000_000, |_| "a".to_owned()).unwrap_err(),
    );
}
