//! Laws: no paste does harm, and no word of one is lost.

use super::super::*;
use super::paris;
use crate::reports::document;
use crate::reports::model::Draft;
use proptest::prelude::*;
use serde_json::json;

/// What stands between words; `@` becomes a word that occurs once.
const FRAGMENTS: &[&str] = &[
    "@ ",
    "@ ",
    "@ ",
    " ",
    "\n",
    "\n",
    "\n\n",
    "\t",
    "  ",
    "14:02 ",
    "\n14:02 ",
    "\n[14:03] ",
    "\n23:59 ",
    "\n00:01:30 ",
    "<@> ",
    "\n14:04 <@> ",
    "\n14:04 < @> @",
    "\n14:05 * @ ",
    "\n14:05 -!- @ ",
    "\n+5m @ ",
    "\nyesterday 23:10 @ ",
    "\n14:99 @ ",
    "\n- +5m @ ",
    "\n2026-11-17 14:02:11\t@\t",
    "\n2026-11-17 14:02:11\t--\t",
    "\n--- Day changed Tue Nov 17 2026",
    "\n@ @  14:02\n",
    "\n@\n  14:06\n",
    "\n@ [2:02 PM]\n",
    "\n14:07\n",
    "\n- ",
    "\n- 14:08 ",
    "\n* ",
    "\n1. 14:09 ",
    "\n## ",
    "\n## 14:10 @",
    "\n> ",
    "`",
    "```",
    "\n```\n",
    "\n| Time | Event |\n|---|---|\n| 14:02 | @ |\n",
    "[detect] ",
    "\u{2605} ",
    "<https://e.org/@> ",
    "&lt;@&gt;",
    "&amp;",
    "<!-- @ -->",
    "<div>@",
    "[@]: x",
    "\\",
    "\n  - role: @",
    "\n  - known at: @",
    "? ",
    "**",
    "@@",
    "\u{a0}",
    "{",
    "}",
    "\"",
    ",",
    "~",
    "\u{feff}",
    "\0",
];

fn text() -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(FRAGMENTS), 0..30)
        .prop_map(|parts| numbered(&parts.concat()))
}

/// Each `@` as `wo1rd`, `wo2rd`, …
fn numbered(text: &str) -> String {
    let mut parts = text.split('@');
    let mut out = parts.next().unwrap_or_default().to_owned();
    for (index, part) in parts.enumerate() {
        out.extend(["wo", &(index + 1).to_string(), "rd", part]);
    }
    out
}

fn everything(found: &Pasted) -> String {
    let mut all = found.rest.clone();
    for event in &found.events {
        for part in [&event.at_text, &event.text, &event.role, &event.evidence] {
            all.push('\n');
            all.push_str(part);
        }
    }
    for person in &found.people {
        all.push('\n');
        all.push_str(&person.name);
    }
    all
}

/// The words that [`numbered`] made.
fn marked(text: &str) -> impl Iterator<Item = String> {
    text.split("wo").skip(1).filter_map(|rest| {
        let (number, _) = rest.split_once("rd")?;
        let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
        is_number.then(|| format!("wo{number}rd"))
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_word_of_a_paste_is_lost(text in text()) {
        let found = pasted(&text, &paris(None));
        let all = everything(&found);
        for word in marked(&text) {
            prop_assert!(all.contains(&word), "{word} of\n{text}\n=====\n{found:#?}");
        }
    }

    #[test]
    fn no_word_of_an_export_is_lost(texts in prop::collection::vec(text(), 0..4), object in any::<bool>()) {
        let messages: Vec<_> = texts.iter().enumerate().map(|(index, text)| json!({
            "ts": format!("{}.5", 1_794_920_400 - index), "user": format!("U{index}"), "text": text,
        })).collect();
        let value = if object { json!({ "messages": messages }) } else { json!(messages) };
        let found = pasted(&value.to_string(), &paris(None));
        let all = everything(&found);
        for word in texts.iter().flat_map(|text| marked(text)) {
            prop_assert!(all.contains(&word), "{word} of\n{value:#}\n=====\n{found:#?}");
        }
    }

    #[test]
    fn rows_of_a_paste_survive_as_text(text in text()) {
        let found = pasted(&text, &paris(None));
        let mut draft = Draft { title: "T".to_owned(), timezone: "Europe/Paris".to_owned(), timeline: found.events, ..Draft::default() };
        draft.normalise();
        let written = document::render(&draft);
        prop_assert_eq!(&document::parse(&written).draft.timeline, &draft.timeline);
        let lines = document::write_timeline(&draft.timeline, &paris(None).zone);
        prop_assert_eq!(&pasted(&lines, &paris(None)).events, &draft.timeline, "{}", lines);
    }

    #[test]
    fn no_text_does_harm(text in any::<String>(), typed in "[0-9:+hmsd T\\-/apmZ]{0,20}") {
        drop(pasted(&text, &paris(None)));
        drop(typed_time(&text, &paris(None)));
        drop(typed_time(&typed, &paris(Some("2026-11-17T13:02:00Z"))));
    }
}
