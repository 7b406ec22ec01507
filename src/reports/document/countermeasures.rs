//! One countermeasure as text and back, and the action items people write by hand: lists, task lists and tables.

use super::days::Day;
use super::items::{self, Fields};
use super::stamp::{find_day, read_stamp};
use super::text::{block, covers, cut, find_link, indent, one_line, strip_any};
use crate::reports::model::{
    CheckResult, Countermeasure, CountermeasureStatus, CountermeasureType,
};
use jiff::civil::Date;

const FIELDS: [&str; 17] = [
    "title",
    "details",
    "type",
    "factor",
    "problem",
    "hypothesis",
    "expected effect",
    "measure",
    "check",
    "owner",
    "due",
    "priority",
    "tracker",
    "status",
    "reason",
    "result",
    "evidence",
];

/// What is told behind an owner.
const TOLD: [&str; 6] = [
    " due",
    " deadline",
    " priority",
    " ticket",
    " status",
    " eta",
];
/// Words before the day something is due.
const DUE_WORDS: [&str; 5] = ["due", "deadline", "by", "before", "eta"];
/// So many occurrences of a word are looked at.
const MAX_TRIES: usize = 20;

/// Reads one list item. `kind` is what the heading above it says.
pub(super) fn read_item(item: &str, kind: Option<CountermeasureType>) -> Countermeasure {
    if let Some(fields) = items::explicit(item, &FIELDS) {
        let mut row = Countermeasure::titled(one_line(items::value(&fields, "title")));
        items::value(&fields, "details").clone_into(&mut row.details);
        add_fields(&mut row, &fields);
        return row;
    }
    let compact = FIELDS.get(2..).unwrap_or_default();
    let (body, fields) = items::trailing(item, compact);
    let (done, body) = task_mark(&body);
    let (title, details) = split_title(body);
    let mut row = Countermeasure::titled(one_line(&title));
    row.details = details;
    if done == Some(true) {
        row.status = CountermeasureStatus::Done;
    }
    let ours = fields.iter().any(|(key, _)| key == "status");
    if !ours {
        row.kind = kind;
        infer(&mut row, body);
        drop_understood_bracket(&mut row);
    }
    add_fields(&mut row, &fields);
    row
}

/// Takes off `[ ]` or `[x]`.
fn task_mark(text: &str) -> (Option<bool>, &str) {
    for (mark, done) in [("[ ]", false), ("[x]", true), ("[X]", true)] {
        if let Some(rest) = text.strip_prefix(mark)
            && (rest.is_empty() || rest.starts_with([' ', '\n']))
        {
            return (Some(done), rest.trim_start());
        }
    }
    (None, text)
}

/// The first paragraph is the title; the rest are details.
fn split_title(body: &str) -> (String, String) {
    let mut title: Vec<&str> = Vec::new();
    let mut length = 0;
    for line in body.split('\n') {
        let start = line.trim_start();
        let ends = start.is_empty()
            || ["- ", "* ", "+ ", "> ", "```", "~~~", "<!--", "|"]
                .iter()
                .any(|mark| start.starts_with(mark))
            || start
                .split_once(". ")
                .is_some_and(|(number, _)| number.parse::<u32>().is_ok());
        if ends && !title.is_empty() {
            break;
        }
        title.push(line.trim());
        length += line.len() + 1;
    }
    let rest = cut(body, length.min(body.len())..body.len());
    (title.join(" "), block(rest))
}

/// What prose says about owner, date and ticket.
pub(super) fn infer(row: &mut Countermeasure, body: &str) {
    let tracker = find_link(body, |link| {
        [
            "/issues/",
            "/pull/",
            "/browse/",
            "/merge_requests/",
            "/work_items/",
            "/tickets/",
            "jira",
        ]
        .iter()
        .any(|part| link.contains(part))
    });
    if let Some(link) = tracker {
        link.clone_into(&mut row.tracker);
    }
    row.due_on = due(body);
    if let Some(text) = behind(body, &["owner:", "assignee:", "担当:", "担当："]) {
        let owner = name(text);
        if !owner.is_empty() && owner.chars().count() <= 60 {
            owner.clone_into(&mut row.owner);
        }
    }
}

/// Takes `(owner: Bob, due 2026-12-01)` off the end of the title when all of it went into the fields: every part is one
/// of ours, and no word is lost.
fn drop_understood_bracket(row: &mut Countermeasure) {
    let Some((title, bracket)) = row
        .title
        .strip_suffix(')')
        .and_then(|text| text.rsplit_once('('))
    else {
        return;
    };
    let is_ours = |part: &str| {
        let part = part.trim();
        (!row.owner.is_empty() && strip_any(part, &["owner:"]).is_some())
            || (row.due_on.is_some() && strip_any(part, &["due:", "due "]).is_some())
    };
    let due = row.due_on.map(|date| date.to_string()).unwrap_or_default();
    let known = format!("owner {} due {due}", row.owner);
    let title = title.trim_end();
    if !title.is_empty() && bracket.split([',', ';']).all(is_ours) && covers(&known, bracket) {
        row.title = title.to_owned();
    }
}

/// The name a text begins with: up to a mark, or to the next thing that is told.
fn name(text: &str) -> &str {
    let line = text.split('\n').next().unwrap_or("");
    let lower = line.to_ascii_lowercase();
    let marks = line.find([',', '(', ')', ';', '、', '。', '|', '（', '）', '/']);
    let told = TOLD.iter().filter_map(|word| {
        let (at, _) = lower.match_indices(word).find(|(at, word)| {
            let behind = cut(&lower, at + word.len()..lower.len());
            behind.starts_with([' ', ':', '*'])
        })?;
        Some(at)
    });
    let parts = ["**", "__", " - ", " – ", " — "]
        .iter()
        .filter_map(|mark| line.find(mark));
    let end = marks.into_iter().chain(told).chain(parts).min();
    cut(line, 0..end.unwrap_or(line.len()))
        .trim()
        .trim_matches(['*', '_', '`'])
        .trim()
}

/// The day something is due, as a field or in a sentence: `due: …`, `by 2024-06-01`.
fn due(body: &str) -> Option<Date> {
    let day = |text: &str| read_stamp(text)?.day?.certain();
    if let Some(date) =
        behind(body, &["due:", "due date:", "期限:", "期限：", "期限"]).and_then(day)
    {
        return Some(date);
    }
    let lower = body.to_ascii_lowercase();
    let said = DUE_WORDS.iter().flat_map(|word| {
        lower
            .match_indices(word)
            .take(MAX_TRIES)
            .map(|(at, word)| (at, at + word.len()))
    });
    said.filter(|(at, end)| {
        let before = cut(&lower, 0..*at).chars().next_back();
        let after = cut(&lower, *end..lower.len()).chars().next();
        !before.is_some_and(char::is_alphanumeric) && !after.is_some_and(char::is_alphanumeric)
    })
    .find_map(|(_, end)| {
        let rest = cut(body, end..body.len()).trim_start_matches([' ', ':', '*', '_']);
        day(strip_any(rest, &["on ", "by ", "date ", "date: "]).unwrap_or(rest))
    })
}

/// The text behind the first of some words, ASCII case ignored.
fn behind<'a>(text: &'a str, words: &[&str]) -> Option<&'a str> {
    let lower = text.to_ascii_lowercase();
    let (at, word) = words
        .iter()
        .filter_map(|word| lower.find(word).map(|at| (at, word)))
        .min()?;
    let rest = cut(text, at + word.len()..text.len());
    Some(rest.trim_start_matches([' ', '*', '_', ':', '：']))
}

/// Reads fields into a row; a value that does not fit its field joins the details.
fn add_fields(row: &mut Countermeasure, fields: &Fields) {
    for (key, value) in fields {
        let line = || one_line(value);
        let fits = match key.as_str() {
            "type" => known(CountermeasureType::parse(value), |kind| {
                row.kind = Some(kind);
            }),
            "check" => known(value.parse().ok(), |date| row.check_on = Some(date)),
            "due" => known(value.parse().ok(), |date| row.due_on = Some(date)),
            "status" => known(CountermeasureStatus::parse(value), |status| {
                row.status = status;
            }),
            "result" => known(CheckResult::parse(value), |result| {
                row.result = Some(result);
            }),
            "factor" => known(Some(line()), |text| row.factor = text),
            "owner" => known(Some(line()), |text| row.owner = text),
            "priority" => known(Some(line()), |text| row.priority = text),
            "tracker" => known(Some(line()), |text| row.tracker = text),
            "problem" => known(Some(value.clone()), |text| row.problem = text),
            "hypothesis" => known(Some(value.clone()), |text| row.hypothesis = text),
            "expected effect" => known(Some(value.clone()), |text| row.expected_effect = text),
            "measure" => known(Some(value.clone()), |text| row.measure = text),
            "reason" => known(Some(value.clone()), |text| row.status_reason = text),
            "evidence" => known(Some(value.clone()), |text| row.evidence = text),
            _ => true,
        };
        if !fits && !value.is_empty() {
            if key == "due" {
                row.due_on = find_day(value).and_then(Day::certain);
            }
            // A star, so that it is not taken for a field.
            row.details = block(&format!("{}\n* {key}: {value}", row.details));
        }
    }
}

/// Hands over a value that could be read; whether it could.
fn known<T>(value: Option<T>, take: impl FnOnce(T)) -> bool {
    value.map(take).is_some()
}

/// One countermeasure as a list item.
pub(super) fn write(row: &Countermeasure) -> String {
    let mut fields = vec![
        ("title", row.title.clone()),
        ("details", row.details.clone()),
    ];
    let date = |date: Option<Date>| date.map(|date| date.to_string()).unwrap_or_default();
    fields.extend([
        (
            "type",
            row.kind
                .map(|kind| kind.word().to_owned())
                .unwrap_or_default(),
        ),
        ("factor", row.factor.clone()),
        ("problem", row.problem.clone()),
        ("hypothesis", row.hypothesis.clone()),
        ("expected effect", row.expected_effect.clone()),
        ("measure", row.measure.clone()),
        ("check", date(row.check_on)),
        ("owner", row.owner.clone()),
        ("due", date(row.due_on)),
        ("priority", row.priority.clone()),
        ("tracker", row.tracker.clone()),
        ("status", row.status.word().to_owned()),
        ("reason", row.status_reason.clone()),
        (
            "result",
            row.result
                .map(|result| result.word().to_owned())
                .unwrap_or_default(),
        ),
        ("evidence", row.evidence.clone()),
    ]);
    let mark = if row.status == CountermeasureStatus::Done {
        'x'
    } else {
        ' '
    };
    let mut compact = format!("- [{mark}] {}", row.title);
    if !row.details.is_empty() {
        compact.push_str("\n\n  ");
        compact.push_str(&indent(&row.details, 2));
        compact.push('\n');
    }
    compact.push_str(&items::write_fields(fields.get(2..).unwrap_or_default()));
    let read = items::only_item(&compact).map(|item| read_item(&item, None));
    if read.is_some_and(|read| read == *row) {
        return compact;
    }
    items::write_explicit(&fields)
}

/// Status words of other tools.
pub(super) fn status(text: &str) -> Option<CountermeasureStatus> {
    let lower = text.to_lowercase();
    let starts = |words: &[&str]| words.iter().any(|word| lower.starts_with(word));
    if let Some(status) = CountermeasureStatus::parse(text) {
        return Some(status);
    }
    if starts(&[
        "未完",
        "未着手",
        "todo",
        "to do",
        "open",
        "not started",
        "new",
        "proposed",
        "backlog",
        "pending",
    ]) {
        Some(CountermeasureStatus::Proposed)
    } else if starts(&[
        "done",
        "complete",
        "closed",
        "fixed",
        "resolved",
        "finished",
        "完了",
        "対応済",
        "実施済",
        "✅",
    ]) {
        Some(CountermeasureStatus::Done)
    } else if starts(&[
        "doing",
        "in progress",
        "started",
        "wip",
        "ongoing",
        "進行中",
        "対応中",
        "着手",
        "一部",
    ]) {
        Some(CountermeasureStatus::InProgress)
    } else if starts(&["accepted", "planned", "agreed", "予定"]) {
        Some(CountermeasureStatus::Accepted)
    } else {
        None
    }
}
