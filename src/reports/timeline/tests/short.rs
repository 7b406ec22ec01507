//! Pasted lines with times in short, and hours that came twice.

use super::super::*;
use super::chats::rows;
use super::paris;
use crate::reports::document;
use crate::reports::model::Phase;

#[test]
fn lines_may_say_their_times_in_short() {
    let text = "14:02 [detect] alert\nyesterday 23:10 deploy went out\n+5m [act] somebody looked\n  +1h30m: and again\n**+1m** bold\n23:00 x\n";
    for bullet in ["", "- "] {
        let lines = text
            .lines()
            .map(|line| format!("{bullet}{}\n", line.trim()));
        let found = pasted(&lines.collect::<String>(), &paris(None));
        let shown: Vec<_> = rows(&found)
            .into_iter()
            .map(|(at, _, text)| (at, text))
            .collect();
        let expected = [
            ("2026-11-17T13:02:00Z", "alert"),
            ("2026-11-16T22:10:00Z", "deploy went out"),
            ("2026-11-16T22:15:00Z", "somebody looked"),
            ("2026-11-16T23:45:00Z", "and again"),
            ("2026-11-16T23:46:00Z", "bold"),
            ("2026-11-17T22:00:00Z", "x"),
        ];
        assert_eq!(shown, expected.map(|(at, text)| (at.to_owned(), text)));
        assert_eq!(found.events[2].phase, Some(Phase::Act));
        assert_eq!(found.rest, "");
        assert_eq!(found.remarks, []);
    }
    // Without anything to count from, they are rows all the same.
    let found = pasted("+5m looked\n14:02 alert\n", &paris(None));
    assert_eq!(found.events[0].at_text, "+5m");
    assert_eq!(
        found.events[1].at,
        Some("2026-11-17T13:02:00Z".parse().unwrap())
    );
    assert_eq!(
        pasted("+5m looked", &paris(Some("2026-11-17T13:02:00Z"))).events[0].at,
        Some("2026-11-17T13:07:00Z".parse().unwrap())
    );
}

#[test]
fn what_was_joined_to_the_row_above_is_told() {
    let text = "14:02 alert\n14:99 rolled back\nyesterday evening, too\n+5x looked\nand louder\nand worse\n14:10 green\n";
    let found = pasted(text, &paris(None));
    assert_eq!(found.events.len(), 2);
    assert_eq!(found.events[0].text.lines().count(), 6);
    let told: Vec<(usize, &str)> = found
        .remarks
        .iter()
        .map(|it| (it.line, it.message.as_str()))
        .collect();
    let parts = [
        (2, "“14:99 rolled back” begins like a time"),
        (3, "“yesterday evening, too” begins"),
        (4, "“+5x looked” begins"),
        (5, "2 lines without a time were joined"),
    ];
    assert_eq!(told.len(), parts.len(), "{told:?}");
    for ((line, message), (expected, part)) in told.into_iter().zip(parts) {
        assert_eq!(line, expected, "{message}");
        assert!(message.contains(part), "{message}");
    }
    // The lines of a row that is written as text are its own.
    let written = document::write_timeline(&found.events, &paris(None).zone);
    let again = pasted(&written, &paris(None));
    assert_eq!(again.events, found.events);
    assert_eq!(again.remarks, []);
}

#[test]
fn hours_that_came_twice_or_never_are_told_unless_the_order_says_it() {
    let night = |text: &str| {
        let place = Place {
            day: Some(jiff::civil::date(2026, 10, 25)),
            today: None,
            zone: TimeZone::get("Europe/Berlin").unwrap(),
            above: None,
        };
        let found = pasted(text, &place);
        let at: Vec<String> = rows(&found).into_iter().map(|(at, _, _)| at).collect();
        let told: Vec<String> = found.remarks.into_iter().map(|it| it.message).collect();
        (at, told)
    };
    for (one, two, three) in [
        ("02:40 a\n", "02:10 b\n", "02:20 c\n"),
        (
            "[02:40] <ada> a\n",
            "[02:10] <bob> b\n",
            "[02:20] <ada> c\n",
        ),
        (
            "Ada Lovelace  02:40\na\n",
            "Grace Hopper  02:10\nb\n",
            "02:20\nc\n",
        ),
    ] {
        let (at, told) = night(&format!("{one}{two}{three}"));
        let expected = [
            "2026-10-25T00:40:00Z",
            "2026-10-25T01:10:00Z",
            "2026-10-25T01:20:00Z",
        ];
        assert_eq!(at, expected);
        assert_eq!(told, [""; 0]);
        let (at, told) = night(&format!("{two}{one}"));
        assert_eq!(at, ["2026-10-25T00:10:00Z", "2026-10-25T00:40:00Z"]);
        assert!(
            told[0].contains("came twice") && told[0].contains("+01:00"),
            "{told:?}"
        );
        let spring = format!("2026-03-29 01:50 x\n{}", "02:30 a\n");
        let (at, told) = night(&spring);
        assert_eq!(at[1], "2026-03-29T01:30:00Z");
        assert!(
            told[0].contains("did not happen") && told[0].contains("03:30"),
            "{told:?}"
        );
    }
}

#[test]
fn messages_that_go_on_leave_out_the_half_of_the_day() {
    let times = |text: &str| -> Vec<String> {
        let found = pasted(text, &paris(None));
        assert_eq!(found.kind, PasteKind::Chat);
        let local = |at: Timestamp| {
            paris(None)
                .zone
                .to_datetime(at)
                .strftime("%d %H:%M")
                .to_string()
        };
        found
            .events
            .iter()
            .filter_map(|it| it.at.map(local))
            .collect()
    };
    assert_eq!(
        times(
            "Ada Lovelace\n  2:02 PM\nalert\n2:05\nred\n[2:06]\nstill\nGrace Hopper\n  2:07 PM\nback\n"
        ),
        ["17 14:02", "17 14:05", "17 14:06", "17 14:07"]
    );
    assert_eq!(
        times("Ada Lovelace [11:58 AM]\na\n[12:03]\nb\n[1:10]\nc\n"),
        ["17 11:58", "17 12:03", "17 13:10"]
    );
    assert_eq!(
        times("Ada Lovelace [11:58 PM]\na\n[12:03]\nb\n[1:10]\nc\n"),
        ["17 23:58", "18 00:03", "18 01:10"]
    );
    // Out of order by a minute, and a chat that counts to 24.
    assert_eq!(
        times("Ada Lovelace  2:02 PM\na\n2:01\nb\n"),
        ["17 14:02", "17 14:01"]
    );
    assert_eq!(
        times("Ada Lovelace  10:02\na\n10:05\nb\n"),
        ["17 10:02", "17 10:05"]
    );
}

#[test]
fn milliseconds_behind_a_comma_belong_to_the_time() {
    let found = pasted(
        "14:02:11,123 ERROR pool is empty\n2026-11-17 14:02:12,007 WARN x\n14:03:00, then more\n",
        &paris(None),
    );
    let shown: Vec<_> = rows(&found)
        .into_iter()
        .map(|(at, _, text)| (at, text))
        .collect();
    let expected = [
        ("2026-11-17T13:02:11.123Z", "ERROR pool is empty"),
        ("2026-11-17T13:02:12.007Z", "WARN x"),
        ("2026-11-17T13:03:00Z", "then more"),
    ];
    assert_eq!(shown, expected.map(|(at, text)| (at.to_owned(), text)));
    assert!(found.events.iter().all(|event| event.at_text.is_empty()));
}
