//! Sections as rows and back, without a server.

use super::*;
use crate::reports::document::{joined, parts};
use crate::reports::model::{Countermeasure, FactorUse, TimelineEvent};
use proptest::prelude::*;

fn form(document: &str) -> EditForm {
    EditForm {
        title: "T".to_owned(),
        timezone: "Europe/Paris".to_owned(),
        started_at: "2026-03-01 14:00".to_owned(),
        document: document.to_owned(),
        rows: "timeline factors countermeasures".to_owned(),
        ..EditForm::default()
    }
}

fn head() -> Draft {
    Setting::of(&form("")).head()
}

fn strings(values: &[&str]) -> Vec<String> {
    values.iter().map(|it| (*it).to_owned()).collect()
}

/// The rows as a browser sends them back when nobody touches them.
fn untouched(form: &EditForm, lone: &Draft) -> SentRows {
    SentRows {
        events: EventFields::of(&lone.timeline, &Setting::of(form).zone),
        factors: FactorFields::of(&lone.factors),
        measures: MeasureFields::of(&lone.countermeasures),
        shift: String::new(),
    }
}

/// The form after every section that can be was shown as rows and sent back; and how many were.
fn through_rows(form: &EditForm) -> (EditForm, usize) {
    let mut again = form.clone();
    let mut cut = parts(&form.document);
    let mut count = 0;
    for role in RowKind::ALL {
        let own = |part: &&mut Part| document::part_role(&part.heading) == role.role();
        let Some(part) = cut.iter_mut().find(own) else {
            continue;
        };
        let Some(shown) = shown(form, part, role, &[]) else {
            continue;
        };
        let lone = document::lone_section(part, &Setting::of(form).head());
        let sent = Part {
            // As browsers write the ends of lines.
            text: shown.text.replace('\n', "\r\n"),
            sealed: false,
            ..part.clone()
        };
        *part = compose(&mut again, &sent, role, &untouched(form, &lone));
        count += 1;
    }
    again.document = joined(&cut);
    (again, count)
}

#[test]
fn a_section_as_rows_says_the_same() {
    let text = "## Timeline\n\nBefore.\n\n- 2026-03-01 14:02 [detect] ★ Alert <https://a.example/1>\n  - role: on-call engineer\n  - known at: 2026-03-01 14:05\n- ? (as written: about noon) Lunch\n- 2026-03-01 16:00 UTC (as written: 4 pm GMT) Tea\n\n## Contributing factors\n\n- **No canary** (amplified): Everything at once.\n\n## Countermeasures\n\n- [ ] Roll out by tenths\n\n  In steps.\n  - type: prevent\n  - hypothesis: It shows.\n  - check: 2026-05-01\n  - due: 2026-04-01\n";
    let form = form(text);
    let (again, count) = through_rows(&form);
    assert_eq!(count, 3);
    assert_eq!(again.odd, "");
    assert_eq!(
        again.read(&Draft::default()).draft,
        form.read(&Draft::default()).draft
    );
}

#[test]
fn times_are_read_as_they_are_typed() {
    let sent = EventFields {
        row: strings(&["0", "1", "2", "3", "4"]),
        at: strings(&["14:02", "+5m", "yesterday 23:10", "soon", ""]),
        text: strings(&["a", "b", "c", "d", ""]),
        evidence: strings(&["", "", "nowhere", "", ""]),
        removed: strings(&["1"]),
        ..EventFields::default()
    };
    let setting = Setting::of(&form(""));
    let mut odd = Vec::new();
    let events = sent.read(&setting, &mut odd);
    let at = |row: usize| events[row].at.map(|at| at.to_string());
    assert_eq!(events.len(), 3, "{events:?}");
    assert_eq!(at(0).as_deref(), Some("2026-03-01T13:02:00Z"));
    assert_eq!(at(1).as_deref(), Some("2026-02-28T22:10:00Z"));
    assert_eq!((at(2), events[2].at_text.as_str()), (None, "soon"));
    let next = EventFields {
        row: strings(&["0", "1", "2"]),
        at: strings(&["yesterday 23:10", "14:02", "13:58"]),
        ..EventFields::default()
    };
    let next = next.read(&setting, &mut Vec::new());
    let next: Vec<_> = next.iter().filter_map(|event| event.at).collect();
    let expected = [
        "2026-02-28T22:10:00Z",
        "2026-03-01T13:02:00Z",
        "2026-03-01T12:58:00Z",
    ];
    assert_eq!(next, expected.map(|at| at.parse::<Timestamp>().unwrap()));
    let said: Vec<_> = odd
        .iter()
        .map(|it| (it.field.as_str(), it.row, it.typed.as_str()))
        .collect();
    assert_eq!(
        said,
        [("event-evidence", 1, "nowhere"), ("event-at", 2, "soon")]
    );
}

#[test]
fn a_card_keeps_all_its_fields_and_says_what_is_wrong() {
    let mut measure = Countermeasure::titled("Roll out by tenths");
    let text = "## Countermeasures\n\n- [ ] x\n";
    let mut form = form(text);
    let fields = MeasureFields::of(std::slice::from_ref(&measure));
    let mut odd = Vec::new();
    assert_eq!(fields.read(&mut odd), [measure.clone()]);
    assert_eq!(odd, []);
    let mut wrong = fields;
    let column = |name: &str| measures::FIELDS.iter().position(|it| *it == name).unwrap();
    wrong.columns[column("title")] = strings(&[""]);
    wrong.columns[column("due")] = strings(&["soon"]);
    wrong.columns[column("status")] = strings(&["wont_do"]);
    let part = &parts(text)[0];
    let sent = SentRows {
        measures: wrong,
        ..SentRows::default()
    };
    let composed = compose(&mut form, part, RowKind::Countermeasures, &sent);
    let fields: Vec<String> = problems(&form).into_iter().map(|it| it.field).collect();
    assert_eq!(
        fields,
        ["measure-due-0", "measure-title-0", "measure-reason-0"]
    );
    // What was typed is shown again where it was typed.
    let shown = shown(&form, &composed, RowKind::Countermeasures, &[]).unwrap();
    let card = &shown.view["rows"][0];
    assert_eq!((&card["due"], &card["title"]), (&"soon".into(), &"".into()));
    assert!(
        card["due_problem"]
            .as_str()
            .unwrap()
            .contains("is not a date")
    );
    measure.title = "…".to_owned();
    measure.status = crate::reports::model::CountermeasureStatus::WontDo;
    let kept = document::lone_section(&composed, &head()).countermeasures;
    assert_eq!(kept, [measure]);
}

#[test]
fn rows_are_sorted_and_moved_with_what_is_wrong_in_them() {
    let mut form = form("## Timeline\n");
    let sent = |button: &str, form: &mut EditForm, shift: &str| {
        form.r#do = button.to_owned();
        form.odd.clear();
        let sent = SentRows {
            events: EventFields {
                row: strings(&["0", "1", "2"]),
                at: strings(&["15:00", "soon", "14:00"]),
                text: strings(&["b", "c", "a"]),
                ..EventFields::default()
            },
            shift: shift.to_owned(),
            ..SentRows::default()
        };
        let part = parts("## Timeline\n\nBetween.\n")[0].clone();
        let composed = compose(form, &part, RowKind::Timeline, &sent);
        document::lone_section(&composed, &head())
    };
    let sorted = sent("sort-events", &mut form, "");
    let texts: Vec<&str> = sorted.timeline.iter().map(|it| it.text.as_str()).collect();
    assert_eq!(texts, ["a", "b", "c"]);
    assert_eq!(sorted.sections[0].text, "Between.");
    assert_eq!(odds(&form)[0].row, 2);
    let moved = sent("shift-events", &mut form, "-1h");
    let at = moved.timeline[0].at.map(|at| at.to_string());
    assert_eq!(at.as_deref(), Some("2026-03-01T13:00:00Z"));
    assert_eq!(form.told.shift_problem, None);
    sent("shift-events", &mut form, "a bit");
    assert!(form.told.shift_problem.is_some());
}

#[test]
fn what_is_pasted_becomes_rows_and_nothing_of_it_is_lost() {
    let mut form = form("## Timeline\n");
    form.r#do = "paste-timeline".to_owned();
    form.event_paste =
        "14:02 [detect] alert fired <https://a.example>\n14:10 rolled back\n\nA word on this.\n"
            .to_owned();
    let part = parts("## Timeline\n")[0].clone();
    let sent = SentRows::default();
    let composed = compose(&mut form, &part, RowKind::Timeline, &sent);
    let lone = document::lone_section(&composed, &head());
    let texts: Vec<&str> = lone.timeline.iter().map(|it| it.text.as_str()).collect();
    assert_eq!(texts, ["alert fired", "rolled back"]);
    assert_eq!(form.event_paste.trim(), "A word on this.");
    assert_eq!(form.told.new_from, Some(0));
    // It would be gone with a save.
    let mut found = Vec::new();
    add_problems(&form, &mut found);
    assert_eq!(found[0].field, "event-paste");
}

#[test]
fn a_new_heading_takes_the_rows_along() {
    let mut form = form("## Timeline\n");
    for heading in ["What we saw", "Impact", "", "Timeline {role=timeline}"] {
        let part = Part {
            heading: heading.to_owned(),
            ..Part::default()
        };
        let sent = SentRows {
            events: EventFields {
                row: strings(&["0"]),
                at: strings(&["14:00"]),
                text: strings(&["a"]),
                ..EventFields::default()
            },
            ..SentRows::default()
        };
        let composed = compose(&mut form, &part, RowKind::Timeline, &sent);
        let role = document::part_role(&composed.heading);
        assert_eq!(role, SectionRole::Timeline, "{heading}");
        let lone = document::lone_section(&composed, &head());
        assert_eq!(lone.timeline.len(), 1, "{heading}");
    }
}

fn words() -> impl Strategy<Value = String> {
    "([a-z]{1,6}|\\*\\*b\\*\\*|- x|- due: soon|\\[act\\]|<https://a.example>|:|★|`|\"|<!-- rows -->|…|\\(as written: x\\)| |\n){0,6}"
}

prop_compose! {
    fn event()(at in proptest::option::of(0_i64..4_000_000_000), text in words(), at_text in "[a-z0-9: ]{0,8}", known in proptest::option::of(0_i64..4_000_000_000),
        phase in proptest::option::of(0_usize..8), role in words(), evidence in "(https://a.example/[a-z]{0,3}|[a-z ]{0,5})", starred: bool) -> TimelineEvent {
        let instant = |at: Option<i64>| at.and_then(|at| Timestamp::from_second(at).ok());
        TimelineEvent {
            at: instant(at), at_text, known_at: instant(known), phase: phase.and_then(|it| crate::reports::model::Phase::ALL.get(it).copied()),
            text, role, evidence, starred,
        }
    }
}

prop_compose! {
    fn measure()(texts in proptest::collection::vec(words(), 13), kind in 0_usize..9, status in 0_usize..5, result in 0_usize..8, day in proptest::option::of(1_i8..28)) -> Countermeasure {
        use crate::reports::model::{CheckResult, CountermeasureStatus, CountermeasureType};
        let text = |at: usize| texts[at].clone();
        let date = day.and_then(|day| jiff::civil::Date::new(2026, 3, day).ok());
        Countermeasure {
            details: text(1), kind: CountermeasureType::ALL.get(kind).copied(), factor: text(2), problem: text(3), hypothesis: text(4),
            expected_effect: text(5), measure: text(6), check_on: date, owner: text(7), due_on: date, priority: text(8), tracker: text(9),
            status: CountermeasureStatus::ALL[status], status_reason: text(10), result: CheckResult::ALL.get(result).copied(), evidence: text(11),
            ..Countermeasure::titled(text(12))
        }
    }
}

prop_compose! {
    fn factor()(name in words(), role in 0_usize..4, note in words()) -> FactorUse {
        FactorUse { name, role: crate::reports::model::FactorRole::ALL[role], note }
    }
}

proptest! {
    /// Whatever a report holds can go through the rows, and comes out as it was.
    #[test]
    fn rows_lose_nothing(timeline in proptest::collection::vec(event(), 0..4), factors in proptest::collection::vec(factor(), 0..3),
        countermeasures in proptest::collection::vec(measure(), 0..3), text in words()) {
        let mut draft = Draft {
            timeline, factors, countermeasures,
            sections: vec![Section { heading: "Timeline".to_owned(), role: SectionRole::Timeline, text }],
            ..head()
        };
        draft.normalise();
        let form = form(document::body(&document::render(&draft)).trim_start());
        let (again, _) = through_rows(&form);
        prop_assert!(!again.odd.contains("event-"), "{}", again.odd);
        let (before, after) = (form.read(&Draft::default()).draft, again.read(&Draft::default()).draft);
        prop_assert_eq!(after, before, "{}", again.document);
    }

    /// The same for whatever somebody writes.
    #[test]
    fn text_that_becomes_rows_loses_nothing(text in "(## (Timeline|Root cause|Countermeasures|Other)\n|- 10:00 x|- 2026-03-01 \\[act\\] y|### b|```|[a-z ]{0,9}|- \\*\\*N\\*\\*: n|  - due: 2026-01-02|- \\[ \\] z|\n){0,24}") {
        let Some(document) = look::rewritten(form(&text).read(&Draft::default()).draft) else {
            return Ok(());
        };
        let form = form(&document);
        let (again, _) = through_rows(&form);
        let (before, after) = (form.read(&Draft::default()).draft, again.read(&Draft::default()).draft);
        prop_assert_eq!(after, before, "{}", again.document);
    }
}
