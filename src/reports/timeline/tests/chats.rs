//! What is pasted, and the rows it becomes.

use super::super::*;
use super::paris;
use crate::reports::document;
use crate::reports::model::{Draft, EventSource, Phase, TimelineEvent};

pub(super) fn rows(pasted: &Pasted) -> Vec<(String, &str, &str)> {
    let row = |event: &TimelineEvent| {
        event
            .at
            .map_or_else(|| event.at_text.clone(), |at| at.to_string())
    };
    pasted
        .events
        .iter()
        .map(|event| (row(event), event.role.as_str(), event.text.as_str()))
        .collect()
}

#[track_caller]
fn reads(text: &str, kind: PasteKind, expected: &[(&str, &str, &str)]) -> Pasted {
    let found = pasted(text, &paris(None));
    assert_eq!(found.kind, kind, "{found:#?}");
    let expected: Vec<_> = expected
        .iter()
        .map(|(at, role, text)| (format!("2026-11-17T{at}Z"), *role, *text))
        .collect();
    assert_eq!(rows(&found), expected);
    let source = if kind.is_chat() {
        EventSource::Chat
    } else {
        EventSource::Manual
    };
    assert!(found.events.iter().all(|event| event.source == source));
    // Rows, text, rows.
    let mut draft = Draft {
        title: "T".to_owned(),
        timezone: "Europe/Paris".to_owned(),
        timeline: found.events.clone(),
        ..Draft::default()
    };
    draft.normalise();
    assert_eq!(
        document::parse(&document::render(&draft)).draft.timeline,
        found.events
    );
    found
}

#[test]
fn lines_are_read_as_in_a_document() {
    for bullet in ["", "- ", "* ", "1. "] {
        let text = format!(
            "{bullet}14:02 [detect] alert fired <https://e.org/1>\n{bullet}14:05 [act] ★ rolled back\n"
        );
        let found = reads(
            &text,
            PasteKind::Lines,
            &[
                ("13:02:00", "", "alert fired"),
                ("13:05:00", "", "rolled back"),
            ],
        );
        assert_eq!(found.events[0].phase, Some(Phase::Detect));
        assert_eq!(found.events[0].evidence, "https://e.org/1");
        assert!(found.events[1].starred);
        assert_eq!(found.rest, "");
        assert_eq!(found.remarks, []);
    }
}

#[test]
fn a_line_with_a_time_is_a_row_also_below_an_item() {
    let found = reads(
        "- 14:02 alert fired\n14:05 rolled back\n  and waited\n25:10 what\n- 14:07 green\n14:09 told all\n",
        PasteKind::Lines,
        &[
            ("13:02:00", "", "alert fired"),
            ("13:05:00", "", "rolled back\nand waited\n25:10 what"),
            ("13:07:00", "", "green"),
            ("13:09:00", "", "told all"),
        ],
    );
    assert_eq!(found.rest, "");
    let told: Vec<usize> = found.remarks.iter().map(|it| it.line).collect();
    assert_eq!(told, [4, 3], "{:?}", found.remarks);
    let found = pasted(
        "14:02 alert fired\n- host a\n- host b\n14:05 rolled back\n",
        &paris(None),
    );
    let last = rows(&found).pop();
    assert_eq!(
        last,
        Some(("2026-11-17T13:05:00Z".to_owned(), "", "rolled back"))
    );
    // In code a time is no row.
    let code = "- 14:02 log:\n  ```\n14:03 x\n  ```\n- 14:05 y\n";
    assert!(rows(&pasted(code, &paris(None))).len() <= 2);
}

#[test]
fn lines_without_a_time_go_to_the_event_above_or_stay() {
    let found = reads(
        "What we saw:\n\n23:50 red\nand louder\n00:05 green\n",
        PasteKind::Lines,
        &[
            ("22:50:00", "", "red\nand louder"),
            ("23:05:00", "", "green"),
        ],
    );
    assert_eq!(found.rest, "What we saw:");
    let found = reads("no time here\nnor here", PasteKind::Lines, &[]);
    assert_eq!(found.rest, "no time here\nnor here");
    assert!(found.remarks[0].message.contains("14:02 [detect]"));
}

#[test]
fn a_paste_goes_on_below_the_row_above() {
    let place = paris(Some("2026-11-19T22:50:00Z"));
    let found = pasted("00:10 later", &place);
    assert_eq!(rows(&found)[0].0, "2026-11-19T23:10:00Z");
}

const EXPORT: &str = r#"[
  {"type":"message","user":"U2","text":"rolled back, see <https://e.org/d?a=1&amp;b=2|the deploy [42]>","ts":"1794921000.000200","user_profile":{"real_name":"Grace Hopper"}},
  {"type":"message","user":"U1","text":"<@U2> is p99 &gt; 2s &amp; rising? cc <!subteam^S1|@oncall> <#C1|payments>","ts":"1794920520.000100","user_profile":{"real_name":"Ada Lovelace"}},
  {"type":"message","subtype":"bot_message","bot_id":"B1","username":"Alertmanager","text":"","attachments":[{"title":"HighLatency","title_link":"https://e.org/a","text":"p99 is `<3>` s","fallback":"HighLatency p99"}],"ts":"1794920400"},
  {"type":"message","user":"U1","text":"```SELECT *\nFROM t WHERE a &lt; 1```","ts":"1794921060.5","files":[{"name":"graph.png","permalink":"https://e.org/f"}]},
  {"type":"message","user":"U1","text":"odd one","ts":"soon"}
]"#;

#[test]
fn a_slack_export_becomes_rows_in_the_order_of_time_and_people_become_roles() {
    let found = pasted(EXPORT, &paris(None));
    assert_eq!(found.kind, PasteKind::SlackExport);
    let shown: Vec<_> = rows(&found);
    assert_eq!(
        shown[0],
        (
            "2026-11-17T13:00:00Z".to_owned(),
            "Alertmanager",
            "[HighLatency](<https://e.org/a>)\n\np99 is `<3>` s\n\nHighLatency p99"
        )
    );
    assert_eq!(
        shown[1],
        (
            "2026-11-17T13:02:00Z".to_owned(),
            "participant 1",
            "participant 2 is p99 > 2s & rising? cc @oncall #payments"
        )
    );
    assert_eq!(shown[2].1, "participant 2");
    assert_eq!(
        shown[2].2,
        "rolled back, see [the deploy \\[42\\]](<https://e.org/d?a=1&b=2>)"
    );
    assert_eq!(
        shown[3].2,
        "```\nSELECT *\nFROM t WHERE a < 1\n```\n\n\n[graph.png](<https://e.org/f>)"
    );
    assert_eq!(
        shown[4],
        ("\"soon\"".to_owned(), "participant 1", "odd one")
    );
    let people: Vec<_> = found
        .people
        .iter()
        .map(|it| (it.role.as_str(), it.name.as_str(), it.rows))
        .collect();
    assert_eq!(
        people,
        [
            ("participant 1", "Ada Lovelace", 3),
            ("participant 2", "Grace Hopper", 1)
        ]
    );
    let told = format!("{:?} {:?}", found.events, found.rest);
    assert!(!told.contains("Ada") && !told.contains("Grace"), "{told}");
}

#[test]
fn an_export_may_stand_in_an_object_with_its_users() {
    let text = r#"{"ok":true,"messages":[{"user":"U1","text":"Ada is on it","ts":"1794920400.0"},"x"],
        "users":[{"id":"U1","name":"ada","profile":{"real_name":"Ada Lovelace"}}]}"#;
    let found = pasted(text, &paris(None));
    assert_eq!(found.people[0].name, "Ada Lovelace");
    assert_eq!(found.rest, "\"x\"");
    assert!(
        found
            .remarks
            .iter()
            .any(|it| it.message.contains("names “Ada”"))
    );
}

#[test]
fn a_message_with_very_many_attachments_loses_none_of_them() {
    // What a program says twice is told once. Of very many attachments each is told that is not the very same.
    let mut said: Vec<String> = (0..400).map(|n| format!("part {n} of it")).collect();
    said.insert(0, "part 1".to_owned());
    said.extend(["part 2", "part 3 of it"].map(str::to_owned));
    let attachments: Vec<String> = said
        .iter()
        .map(|text| format!("{{\"text\":\"{text}\",\"fallback\":\"{text}\"}}"))
        .collect();
    let text = format!(
        "[{{\"ts\":\"1794920400.0\",\"user\":\"U1\",\"text\":\"See part 1\",\"attachments\":[{}]}}]",
        attachments.join(",")
    );
    let found = pasted(&text, &paris(None));
    assert_eq!(found.kind, PasteKind::SlackExport);
    let told = format!("{}\n{}", found.events[0].text, found.rest);
    let parts: Vec<&str> = told.lines().filter(|line| !line.is_empty()).collect();
    assert_eq!(parts.first(), Some(&"See part 1"));
    assert_eq!(parts.iter().filter(|part| **part == "part 1").count(), 0);
    for part in ["part 2", "part 3 of it", "part 399 of it"] {
        let count = parts.iter().filter(|it| **it == part).count();
        assert_eq!(count, 1, "{part}");
    }
}

#[test]
fn json_of_something_else_is_text_and_a_torn_export_says_so() {
    for text in [
        "[1, 2]",
        "{\"a\": 1}",
        "[14:02] not JSON",
        "[{\"ts\": \"1\", \"text\": \"torn",
    ] {
        let found = pasted(text, &paris(None));
        assert_ne!(found.kind, PasteKind::SlackExport);
        assert!(!found.events.is_empty() || found.rest == text, "{found:?}");
    }
    let found = pasted("[{\"ts\": \"1\", \"text\": \"torn", &paris(None));
    assert!(
        found
            .remarks
            .iter()
            .any(|it| it.message.contains("paste all of it"))
    );
}

#[test]
fn logs_of_irc_become_rows() {
    let expected = [
        ("13:02:00", "participant 1", "p99 is \\<b>red\\</b>"),
        ("13:03:00", "participant 2", "looking"),
        ("13:04:00", "participant 1", "restarts db2"),
    ];
    reads(
        "[14:02] <ada> p99 is <b>red</b>\n[14:03] <@bob> looking\n[14:04] * ada restarts db2\n",
        PasteKind::Irc,
        &expected,
    );
    reads(
        "14:02 < ada> p99 is <b>red</b>\n14:03 <+bob> looking\n14:04  * ada restarts db2\n",
        PasteKind::Irc,
        &expected,
    );
    reads(
        "2026-11-17 14:02:00\tada\tp99 is <b>red</b>\n2026-11-17 14:03:00\t@bob\tlooking\n2026-11-17 14:04:00\t *\tada restarts db2\n",
        PasteKind::Irc,
        &expected,
    );
    reads(
        "2026-11-17 14:02:11 <ada> go\n2026-11-17 14:02:12 <ada> gone\n",
        PasteKind::Irc,
        &[
            ("13:02:11", "participant 1", "go"),
            ("13:02:12", "participant 1", "gone"),
        ],
    );
}

#[test]
fn days_and_comings_in_a_log_are_understood_and_kept() {
    let text = "--- Log opened Mon Nov 16 08:00:01 2026\n14:01 -!- bob [~b@h] has joined #x\n23:59 <ada> a\n--- Day changed Tue Nov 17 2026\n00:01 <ada> b\n  c\n";
    let found = pasted(text, &paris(None));
    assert_eq!(found.kind, PasteKind::Irc);
    let at: Vec<_> = rows(&found)
        .into_iter()
        .map(|(at, _, text)| (at, text.to_owned()))
        .collect();
    assert_eq!(
        at,
        [
            ("2026-11-16T22:59:00Z".to_owned(), "a".to_owned()),
            ("2026-11-16T23:01:00Z".to_owned(), "b\n  c".to_owned())
        ]
    );
    assert_eq!(found.rest.lines().count(), 3);
    assert!(
        found.remarks[0]
            .message
            .contains("3 lines about people coming and going")
    );
}

#[test]
fn text_copied_out_of_slack_becomes_rows() {
    let expected = [
        ("13:02:00", "participant 1", "alert fired"),
        ("13:03:00", "participant 1", "still red\nand loud"),
        ("13:05:00", "participant 2", "rolled back"),
    ];
    for text in [
        "Ada Lovelace  14:02\nalert fired\n14:03\nstill red\nand loud\nGrace Hopper  14:05\nrolled back\n",
        "Ada Lovelace\n  2:02 PM\nalert fired\n2:03 PM\nstill red\nand loud\n\nGrace Hopper\n  2:05 PM\nrolled back\n",
        "Ada Lovelace [2:02 PM]\nalert fired\n[2:03 PM]\nstill red\nand loud\n\nGrace Hopper [2:05 PM]\nrolled back\n",
    ] {
        let found = reads(text, PasteKind::Chat, &expected);
        assert_eq!(found.people[1].name, "Grace Hopper");
        assert_eq!(found.rest, "");
    }
    let found = pasted("PagerDuty APP  14:02\nfired", &paris(None));
    assert_eq!(
        (found.events[0].role.as_str(), found.people.len()),
        ("PagerDuty", 0)
    );
}

#[test]
fn lines_that_only_look_like_a_chat_are_none() {
    for text in [
        "Fault occurs  11:40\nDetected  11:48\nRepaired  12:02\n",
        "14:02 * restarted db2\n",
        "14:02 <https://e.org> went red\n",
    ] {
        assert_eq!(pasted(text, &paris(None)).kind, PasteKind::Lines, "{text}");
    }
}

#[test]
fn a_paste_has_limits() {
    let long = "x".repeat(MAX_PASTED_BYTES + 1);
    let found = pasted(&long, &paris(None));
    assert!(found.events.is_empty() && found.rest == long);
    assert!(found.remarks[0].message.contains("1 MiB"));
    let many: Vec<String> = (0..2_003)
        .map(|n| format!("14:02 <ada> line {n}\n"))
        .collect();
    let many = many.concat();
    let found = pasted(&many, &paris(None));
    assert_eq!(found.events.len(), 2_000);
    assert_eq!(found.rest.lines().count(), 3);
    assert!(found.remarks[0].message.contains("3 more stayed text"));
}

#[test]
fn who_is_known_from_an_earlier_paste_keeps_their_role_and_nobody_else_gets_it() {
    let person = |number: usize, name: &str| Participant {
        role: format!("participant {number}"),
        name: name.to_owned(),
        rows: 0,
    };
    let known = vec![
        person(1, "Ada Lovelace"),
        person(2, "Alex"),
        person(3, "Alex"),
    ];
    let mut row = TimelineEvent::said("asked participant 7");
    row.role = "participant 5".to_owned();
    for (text, roles) in [
        (
            "Ada Lovelace  14:02\nalert fired\nGrace Hopper  14:05\nrolled back\nAlex  14:06\nlooked\n",
            ["participant 1", "participant 8", "participant 9"],
        ),
        (
            r#"[{"user":"U1","text":"a","ts":"1794920400.0","user_profile":{"real_name":"Grace Hopper"}},
                {"user":"U2","text":"b","ts":"1794920401.0","user_profile":{"real_name":"Ada Lovelace"}},
                {"user":"U3","text":"c","ts":"1794920402.0","user_profile":{"real_name":"Alex"}}]"#,
            ["participant 8", "participant 1", "participant 9"],
        ),
    ] {
        let people = People::known(known.clone(), std::slice::from_ref(&row));
        let found = pasted_among(text, &paris(None), people);
        let said: Vec<&str> = found.events.iter().map(|it| it.role.as_str()).collect();
        assert_eq!(said, roles);
        assert_eq!(found.people.len(), 5);
        assert_eq!((found.people[0].rows, found.people[1].rows), (1, 0));
    }
    let found = pasted_among(
        "- 14:02 x\n",
        &paris(None),
        People::known(known.clone(), &[]),
    );
    assert_eq!(found.people, known);
}
