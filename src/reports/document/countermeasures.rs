//! One countermeasure as text and back, and the action items people write by hand: lists, task lists and tables.

use super::items::{self, Fields};
use super::stamp::read_stamp;
use super::text::{block, cut, find_link, indent, one_line};
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
    if let Some(text) = behind(body, &["due:", "due date:", "期限:", "期限：", "期限"]) {
        row.due_on = read_stamp(text)
            .and_then(|stamp| stamp.day)
            .and_then(|day| Date::new(day.year?, day.month, day.number).ok());
    }
    if let Some(text) = behind(body, &["owner:", "assignee:", "担当:", "担当："]) {
        let end = text
            .find(['\n', ',', ')', ';', '、', '。', '|', '）', '/'])
            .unwrap_or(text.len());
        let owner = cut(text, 0..end)
            .trim()
            .trim_matches(['*', '_', '`'])
            .trim();
        if !owner.is_empty() && owner.chars().count() <= 60 {
            owner.clone_into(&mut row.owner);
        }
    }
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

fn add_fields(row: &mut Countermeasure, fields: &Fields) {
    for (key, value) in fields {
        let line = || one_line(value);
        match key.as_str() {
            "type" => row.kind = CountermeasureType::parse(value).or(row.kind),
            "factor" => row.factor = line(),
            "problem" => value.clone_into(&mut row.problem),
            "hypothesis" => value.clone_into(&mut row.hypothesis),
            "expected effect" => value.clone_into(&mut row.expected_effect),
            "measure" => value.clone_into(&mut row.measure),
            "check" => row.check_on = value.parse().ok(),
            "owner" => row.owner = line(),
            "due" => row.due_on = value.parse().ok(),
            "priority" => row.priority = line(),
            "tracker" => row.tracker = line(),
            "status" => row.status = CountermeasureStatus::parse(value).unwrap_or(row.status),
            "reason" => value.clone_into(&mut row.status_reason),
            "result" => row.result = CheckResult::parse(value),
            "evidence" => value.clone_into(&mut row.evidence),
            _ => {}
        }
    }
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
