//! Sections as rows and back, without a server.

mod changes;

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

fn heading(role: RowKind) -> &'static str {
    match role {
        RowKind::Timeline => "Timeline",
        RowKind::Factors => "Contributing factors",
        RowKind::Countermeasures => "Countermeasures",
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
        events: EventFields::of(&lone.timeline, &Setting::of(form)),
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
        let Ok(shown) = shown(form, part, role, &[]) else {
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
    let text = "## Timeline\n\nBefore.\n\n- 2026-03-01 14:02 [detect] ★ Alert <https://a.example/1>\n  - role: on-call engineer\n  - known at: 2026-03-01 14:05\n  - source: alert\n- ? (as written: about noon) Lunch\n- 2026-03-01 16:00 UTC (as written: 4 pm GMT) Tea\n\n## Contributing factors\n\n- **No canary** (amplified): Everything at once.\n\n## Countermeasures\n\n- [ ] Roll out by tenths\n\n  In steps.\n  - type: prevent\n  - hypothesis: It shows.\n  - check: 2026-05-01\n  - due: 2026-04-01\n";
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
    let mut aside = Aside::default();
    let events = sent.read(&setting, &mut aside);
    let odd = aside.odd;
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
    let next = next.read(&setting, &mut Aside::default());
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
fn a_time_without_a_day_is_one_as_soon_as_the_day_is_known() {
    let undated = EditForm {
        started_at: String::new(),
        ..form(
            "## Timeline\n\n- ? (as written: 14:02) Alert\n- ? (as written: soon) Then\n- ? (as written: 14:10) Rollback\n",
        )
    };
    let lone = document::lone_section(&parts(&undated.document)[0], &head());
    let sent = EventFields::of(&lone.timeline, &Setting::of(&undated));
    let read = |sent: &EventFields, form: &EditForm| {
        let events = sent.read(&Setting::of(form), &mut Aside::default());
        let at = |event: &TimelineEvent| event.at.map(|at| at.to_string());
        let all = events.into_iter();
        all.map(|event| (at(&event).unwrap_or_default(), event.at_text))
            .collect::<Vec<_>>()
    };
    let as_is = |text: &str| (String::new(), text.to_owned());
    let dated = |text: &str| (text.to_owned(), String::new());
    let untouched = [as_is("14:02"), as_is("soon"), as_is("14:10")];
    assert_eq!(read(&sent, &undated), untouched);
    let placed = [
        dated("2026-03-01T13:02:00Z"),
        as_is("soon"),
        dated("2026-03-01T13:10:00Z"),
    ];
    assert_eq!(read(&sent, &form("")), placed);
    // The date of a row is that of those below.
    let mut first = sent;
    first.at[0] = "2026-03-01 14:02".to_owned();
    assert_eq!(read(&first, &undated), placed);
    // Where the day was known, somebody meant that it is not that one.
    let sent = EventFields::of(&lone.timeline, &Setting::of(&form("")));
    assert_eq!(read(&sent, &form("")), untouched);
}

#[test]
fn a_row_that_nobody_touched_stays_where_it_is_in_another_zone() {
    let text = "## Timeline\n\n- 2026-03-01 14:02 UTC Alert\n  - known at: 2026-03-01 14:05\n- 2026-03-01 16:00 UTC (as written: 4 pm GMT) Tea\n";
    let utc = EditForm {
        timezone: "UTC".to_owned(),
        ..form(text)
    };
    let lone = document::lone_section(&parts(text)[0], &Setting::of(&utc).head());
    let mut sent = EventFields::of(&lone.timeline, &Setting::of(&utc));
    let mut aside = Aside::default();
    let read = sent.read(&Setting::of(&form("")), &mut aside);
    assert_eq!((read, aside.odd), (lone.timeline.clone(), Vec::new()));
    // Whoever changed the zone may have meant the times in it.
    let mut there = form(text);
    let mut here = utc.clone();
    for (form, is_told) in [(&mut there, true), (&mut here, false)] {
        let sent = untouched(&utc, &lone);
        compose(form, &parts("## Timeline\n")[0], RowKind::Timeline, &sent);
        let told = form.told.remarks.iter().any(|it| it.contains("zone"));
        assert_eq!(told, is_told);
    }
    // What is typed is meant in the zone beside it.
    sent.at[0] = "14:03".to_owned();
    let read = sent.read(&Setting::of(&form("")), &mut Aside::default());
    let at: Timestamp = "2026-03-01T13:03:00Z".parse().unwrap();
    assert_eq!((read[0].at, &read[1]), (Some(at), &lone.timeline[1]));
}

#[test]
fn more_rows_than_a_report_holds_stay_as_text() {
    let more = crate::reports::model::MAX_ROWS + 2;
    let column = |word: &str| (0..more).map(|row| format!("{word}{row}")).collect();
    let sent = SentRows {
        events: EventFields {
            text: column("event"),
            ..EventFields::default()
        },
        factors: FactorFields {
            name: column("factor"),
            ..FactorFields::default()
        },
        measures: MeasureFields {
            columns: std::array::from_fn(|at| {
                if at == 0 {
                    column("measure")
                } else {
                    Vec::new()
                }
            }),
            ..MeasureFields::default()
        },
        shift: String::new(),
    };
    for (role, word) in RowKind::ALL.into_iter().zip(["event", "factor", "measure"]) {
        let text = format!("## {}\n", heading(role));
        let composed = compose(&mut form(&text), &parts(&text)[0], role, &sent);
        let lone = document::lone_section(&composed, &head());
        let count = lone.timeline.len() + lone.factors.len() + lone.countermeasures.len();
        assert_eq!(count, more - 2, "{word}");
        for row in [0, more - 3, more - 2, more - 1] {
            let said = format!("{word}{row}");
            assert!(composed.text.contains(&said), "{said}");
        }
        let rest = &lone.sections[0].text;
        assert!(rest.contains(&format!("{word}{}", more - 1)), "{rest}");
    }
}

#[test]
fn a_card_keeps_all_its_fields_and_says_what_is_wrong() {
    let mut measure = Countermeasure::titled("Roll out by tenths");
    let text = "## Countermeasures\n\n- [ ] x\n";
    let mut form = form(text);
    let fields = MeasureFields::of(std::slice::from_ref(&measure));
    let mut aside = Aside::default();
    assert_eq!(fields.read(&mut aside), [measure.clone()]);
    assert_eq!(aside.odd, []);
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
    "([a-z]{1,6}|\\*\\*b\\*\\*|- x|- due: soon|\\[act\\]|<https://a.example>|:|★|`|\"|<!-- rows -->|…|\\(as written: x\\)|- source: chat| |\n){0,6}"
}

prop_compose! {
    fn event()(at in proptest::option::of(0_i64..4_000_000_000), text in words(), at_text in "[a-z0-9: ]{0,8}", known in proptest::option::of(0_i64..4_000_000_000),
        phase in proptest::option::of(0_usize..8), role in words(), evidence in "(https://a.example/[a-z]{0,3}|[a-z ]{0,5})", starred: bool, source in 0_usize..5) -> TimelineEvent {
        let instant = |at: Option<i64>| at.and_then(|at| Timestamp::from_second(at).ok());
        TimelineEvent {
            at: instant(at), at_text, known_at: instant(known), phase: phase.and_then(|it| crate::reports::model::Phase::ALL.get(it).copied()),
            text, role, evidence, starred, source: crate::reports::model::EventSource::ALL[source],
        }
    }
}

prop_compose! {
    fn measure()(texts in proptest::collection::vec(words(), 13), kind in 0_usize..9, status in 0_usize..5, result in 0_usize..8, day in proptest::option::of(1_i8..28)) -> Countermeasure {
        use crate::reports::model::{CheckResult, CountermeasureStatus, CountermeasureType};
        let text = |at: usize| texts[at].clone();
        let date = day.and_then(|day| Date::new(2026, 3, day).ok());
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
