//! What a filter says is read as people write it, and prints as it is read.

use jiff::civil::date as day;

use super::*;

#[test]
fn values_are_read_as_people_write_them() {
    let mut filters = Filters::default();
    filters.add(Field::Severity, "SEV-2").unwrap();
    filters.add(Field::After, "2026-03").unwrap();
    filters.add(Field::Before, "2027").unwrap();
    filters
        .add(Field::Service, "  check\u{0}out \"api\"")
        .unwrap();
    assert_eq!(filters.severity, [2]);
    assert_eq!(filters.after, Some(day(2026, 3, 1)));
    assert_eq!(filters.before, Some(day(2027, 1, 1)));
    assert_eq!(filters.service, ["check out api"]);
    assert_eq!(
        filters.add(Field::Before, "2026-02-30"),
        Err(FilterError::Date)
    );
    assert_eq!(
        filters.add(Field::Severity, "high"),
        Err(FilterError::Severity)
    );
    assert_eq!(filters.add(Field::Tag, " \" "), Err(FilterError::Empty));
}

#[test]
fn links_add_and_take_away_one_value() {
    let filters = Filters::from_pairs([
        ("service", "a"),
        ("service", "b"),
        ("year", "2025"),
        ("x", "y"),
    ]);
    assert_eq!(filters.to_pairs().len(), 3);
    assert_eq!(filters.without(Field::Service, "a").service, ["b"]);
    assert_eq!(
        filters.without_field(Field::Service),
        Filters::from_pairs([("year", "2025")])
    );
    assert_eq!(filters.with(Field::Year, "2025"), filters);
    assert_eq!(filters.to_string(), "service:a service:b year:2025");
}

#[test]
fn ranges_are_closed_or_open() {
    let mut filters = Filters::default();
    let severities = |text: &str| {
        let mut filters = Filters::default();
        filters
            .add(Field::Severity, text)
            .map(|()| filters.severity)
    };
    assert_eq!(severities("<=2"), Ok(vec![1, 2]));
    assert_eq!(severities("SEV1..sev2"), Ok(vec![1, 2]));
    assert_eq!(severities(">3"), Ok(vec![4, 5]));
    assert_eq!(severities("..1"), Ok(vec![1]));
    for none in ["<1", ">5", "3..2", "..", "<", "1..x"] {
        assert_eq!(severities(none), Err(FilterError::Severity), "{none}");
    }
    for (typed, printed) in [
        ("2024..2026", "2024..2026"),
        (">2023", "2024.."),
        ("<=2020", "..2020"),
        ("2025..2025", "2025"),
        ("..9999", "..9999"),
        ("0000..", "..9999"),
        ("0000..0000", "0000"),
    ] {
        let mut filters = Filters::default();
        filters.add(Field::Year, typed).unwrap();
        assert_eq!(filters.values(Field::Year), [printed], "{typed}");
        let again = Filters::from_pairs([("year", printed)]);
        assert_eq!(again, filters, "{typed}");
    }
    for none in ["2026..2024", ">9999", "<0000", "24..26", ".."] {
        assert_eq!(
            filters.add(Field::Year, none),
            Err(FilterError::Year),
            "{none}"
        );
    }
}

#[test]
fn days_are_kept_as_after_and_before() {
    let between = |text: &str| {
        let mut filters = Filters::default();
        filters
            .add(Field::Started, text)
            .map(|()| filters.to_string())
    };
    for (typed, printed) in [
        ("2026-01..2026-03", "after:2026-01-01 before:2026-04-01"),
        ("2026-12", "after:2026-12-01 before:2027-01-01"),
        ("2026-02-28", "after:2026-02-28 before:2026-03-01"),
        (">=2026", "after:2026-01-01"),
        (">2026-01", "after:2026-02-01"),
        ("..2025", "before:2026-01-01"),
        ("<2025", "before:2025-01-01"),
    ] {
        assert_eq!(between(typed).as_deref(), Ok(printed), "{typed}");
    }
    for none in ["2026-03..2026-01", "soon", "9999", ".."] {
        assert_eq!(between(none), Err(FilterError::Started), "{none}");
    }
}

#[test]
fn a_filter_the_other_way_round_is_kept_apart() {
    let (mut filters, mut not) = (Filters::default(), Filters::default());
    let mut add = |field, value| filters.add_without(&mut not, field, value);
    add(Field::Service, "a").unwrap();
    add(Field::Severity, ">=3").unwrap();
    add(Field::After, "2026").unwrap();
    assert_eq!(add(Field::In, "title"), Err(FilterError::NotExcluded));
    assert_eq!(add(Field::Started, "2026"), Err(FilterError::NotExcluded));
    assert_eq!(filters.to_string(), "before:2026-01-01");
    assert_eq!(
        not.to_string(),
        "service:a severity:3 severity:4 severity:5"
    );
}
