//! What is understood of action items and factors written by others.

use super::super::*;
use crate::reports::model::*;
use jiff::civil::date;

#[track_caller]
fn measure(item: &str) -> Countermeasure {
    let text = format!("# T\n\n## Action items\n\n{item}\n");
    let draft = parse(&text).draft;
    assert_eq!(draft.countermeasures.len(), 1, "{item}");
    assert_eq!(parse(&render(&draft)).draft, draft, "{item}");
    let written = render(&draft);
    assert!(text::covers(&written, item), "{item}\n{written}");
    draft.countermeasures[0].clone()
}

#[test]
fn owners_and_days_are_found_in_items() {
    let cases = [
        (
            "- **Owner:** Carol **Due:** June 3, 2024 thing",
            "Carol",
            Some(date(2024, 6, 3)),
        ),
        (
            "- Fix it (owner: Bob, due 2026-12-01)",
            "Bob",
            Some(date(2026, 12, 1)),
        ),
        ("- Fix it (by 2024-06-01)", "", Some(date(2024, 6, 1))),
        (
            "- Fix it before 1 June 2024, owner: **Ada Lovelace** - soon",
            "Ada Lovelace",
            Some(date(2024, 6, 1)),
        ),
        (
            "- Fix it. Owner: Bob due by 2026-12-01",
            "Bob",
            Some(date(2026, 12, 1)),
        ),
        ("- Stand by 2 minutes, owner: ada", "ada", None),
        ("- Fix it, due 03/04/2024", "", None),
    ];
    for (item, owner, due) in cases {
        let row = measure(item);
        assert_eq!((row.owner.as_str(), row.due_on), (owner, due), "{item}");
    }
}

#[test]
fn values_that_fit_no_field_stay() {
    let row = measure("- Fix it\n  - due: someday\n  - status: blocked by Ada\n  - owner: Bo");
    assert_eq!(row.owner, "Bo");
    assert!(row.details.contains("due: someday") && row.details.contains("blocked by Ada"));
    let text = "## Timeline\n\n- 2026-03-01 10:00 UTC x\n  - known at: teatime\n";
    assert!(parse(text).draft.timeline[0].text.contains("teatime"));
}

#[test]
fn cells_that_say_nothing_are_no_tickets() {
    for nothing in ["-", "n/a", "N/A", "—", "TBD"] {
        let row = measure(&format!(
            "| Action | Owner | Ticket |\n|---|---|---|\n| Fix | {nothing} | {nothing} |"
        ));
        assert_eq!(
            (row.owner.as_str(), row.tracker.as_str()),
            ("", ""),
            "{nothing}"
        );
    }
}

#[test]
fn numbered_causes_are_factors_and_numbered_stories_are_not() {
    let names = |text: &str| {
        let draft = parse(text).draft;
        assert_eq!(parse(&render(&draft)).draft, draft, "{text}");
        let names = draft.factors.iter().map(|factor| factor.name.clone());
        names.collect::<Vec<_>>()
    };
    assert_eq!(
        names("# T\n\n## Root causes\n\n1. No limit per caller\n2. **One pool**: for all\n"),
        ["No limit per caller", "One pool"]
    );
    for story in [
        "# T\n\n## Root causes\n\n1. Why? Because.\n",
        "# T\n\n## 5 Whys\n\n1. The pool was full\n2. The export was slow\n",
    ] {
        assert_eq!(names(story), Vec::<String>::new(), "{story}");
    }
}

#[test]
fn a_cell_that_no_field_takes_is_kept_though_another_holds_its_words() {
    let text = "---\ntitle: x\n---\n## Action items\n\n| # | Action | Owner | Status |\n|---|---|---|---|\n| 10 | Alert below 10 % as in D-1 | ada | as in D-1 |\n| - | Sleep | bo | done |\n";
    let rows = parse(text).draft.countermeasures;
    assert_eq!(rows[0].details, "* #: 10\n* Status: as in D-1");
    assert_eq!(rows[1].details, "");
}
