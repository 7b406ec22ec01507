//! The buttons that change rows as they arrive.

use super::*;

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
fn what_is_pasted_below_the_story_before_is_of_the_day_of_the_report() {
    for (above, expected) in [
        (
            "yesterday 23:10",
            ["2026-03-01T13:02:00Z", "2026-03-01T13:10:00Z"],
        ),
        (
            "yesterday 10:00",
            ["2026-03-01T13:02:00Z", "2026-03-01T13:10:00Z"],
        ),
        ("14:00", ["2026-03-01T13:02:00Z", "2026-03-01T13:10:00Z"]),
        (
            "2026-03-02 09:00",
            ["2026-03-02T13:02:00Z", "2026-03-02T13:10:00Z"],
        ),
    ] {
        let mut form = form("## Timeline\n");
        form.r#do = "paste-timeline".to_owned();
        form.event_paste = "14:02 alert\n14:10 rollback\n".to_owned();
        let sent = SentRows {
            events: EventFields {
                at: strings(&[above]),
                text: strings(&["deployed"]),
                phase: strings(&["background"]),
                ..EventFields::default()
            },
            ..SentRows::default()
        };
        let composed = compose(
            &mut form,
            &parts("## Timeline\n")[0],
            RowKind::Timeline,
            &sent,
        );
        let lone = document::lone_section(&composed, &head());
        let at: Vec<String> = lone
            .timeline
            .iter()
            .skip(1)
            .map(|it| it.at.unwrap().to_string())
            .collect();
        assert_eq!(at, expected, "{above}");
    }
}

#[test]
fn a_shift_moves_both_ends_and_tells_what_it_could_not_move() {
    let text = "## Timeline\n\n- 2026-03-01 10:00-10:30 [act] drained node\n- 2026-03-01 planned\n- ? (as written: soon) Then\n- 2026-03-01 12:00 UTC (as written: about noon) Lunch\n";
    let mut form = form(text);
    form.r#do = "shift-events".to_owned();
    let part = &parts(text)[0];
    let lone = document::lone_section(part, &head());
    let mut sent = untouched(&form, &lone);
    sent.shift = "+1h".to_owned();
    let bare = Part {
        text: String::new(),
        ..part.clone()
    };
    let composed = compose(&mut form, &bare, RowKind::Timeline, &sent);
    let moved = document::lone_section(&composed, &head()).timeline;
    let said: Vec<_> = moved
        .iter()
        .map(|it| {
            (
                it.at.map(|at| at.to_string()).unwrap_or_default(),
                it.at_text.as_str(),
                it.text.as_str(),
            )
        })
        .collect();
    let expected = [
        (
            "2026-03-01T10:00:00Z",
            "2026-03-01 11:00-11:30",
            "drained node",
        ),
        ("2026-02-28T23:00:00Z", "2026-03-01", "planned"),
        ("", "soon", "Then"),
        (
            "2026-03-01T13:00:00Z",
            "",
            "Lunch (as written before the shift: about noon)",
        ),
    ];
    assert_eq!(
        said,
        expected.map(|(at, words, text)| (at.to_owned(), words, text))
    );
    let told = form.told.remarks.join(" ");
    for part in [
        "Row 2 names a day",
        "Row 4 was written as more",
        "Row 3 has no time",
    ] {
        assert!(told.contains(part), "{part} in {told}");
    }
    form.told = Told::default();
    sent.shift = "-1d".to_owned();
    let composed = compose(&mut form, &bare, RowKind::Timeline, &sent);
    let moved = document::lone_section(&composed, &head()).timeline;
    assert_eq!(moved[1].at_text, "2026-02-28");
    assert_eq!(form.told.shift_problem, None);
}
