//! Action items in a table.

use super::blocks::Table;
use super::countermeasures::{infer, status};
use super::days::Day;
use super::headings::countermeasure_type;
use super::stamp::find_day;
use super::text::{block, covers, find_link, one_line};
use crate::reports::model::{Countermeasure, CountermeasureStatus, CountermeasureType};

/// What a column of a table holds.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Column {
    Title,
    Owner,
    Due,
    Tracker,
    Status,
    Kind,
    Priority,
    Else,
}

fn column(head: &str) -> Column {
    let head = head.trim().trim_matches('*').to_lowercase();
    let is = |words: &[&str]| words.iter().any(|word| head.contains(word));
    if is(&["owner", "assignee", "who", "responsible", "担当"]) {
        Column::Owner
    } else if is(&["due", "deadline", "eta", "target date", "期限", "期日"]) {
        Column::Due
    } else if is(&[
        "ticket",
        "issue",
        "tracker",
        "link",
        "jira",
        "bug",
        "チケット",
    ]) {
        Column::Tracker
    } else if is(&["status", "state", "done", "状態", "ステータス", "状況"]) {
        Column::Status
    } else if is(&["type", "category", "kind", "カテゴリ", "種別", "分類"]) {
        Column::Kind
    } else if is(&["priority", "prio", "優先"]) {
        Column::Priority
    } else if is(&[
        "action",
        "item",
        "task",
        "what",
        "description",
        "アクション",
        "対策",
        "内容",
        "todo",
        "項目",
    ]) {
        Column::Title
    } else {
        Column::Else
    }
}

/// Reads a table of action items; `None` when no column says what to do.
pub(super) fn read_table(
    table: &Table,
    kind: Option<CountermeasureType>,
) -> Option<Vec<Countermeasure>> {
    let mut columns: Vec<Column> = table.head.iter().map(|head| column(head)).collect();
    let first = columns.iter().position(|column| *column == Column::Title)?;
    if columns
        .iter()
        .all(|column| matches!(column, Column::Title | Column::Else))
    {
        return None;
    }
    for (index, column) in columns.iter_mut().enumerate() {
        if *column == Column::Title && index != first {
            *column = Column::Else;
        }
    }
    Some(
        table
            .rows
            .iter()
            .map(|cells| read_row(&table.head, &columns, cells, kind))
            .collect(),
    )
}

fn read_row(
    heads: &[String],
    columns: &[Column],
    cells: &[String],
    kind: Option<CountermeasureType>,
) -> Countermeasure {
    let mut row = Countermeasure::titled("");
    row.kind = kind;
    for (column, cell) in columns.iter().zip(cells) {
        let plain = cell.trim_matches(['*', '_', '`', ' ']);
        match column {
            Column::Title => row.title = one_line(cell),
            Column::Owner | Column::Tracker if is_nothing(plain) => {}
            Column::Owner => row.owner = one_line(plain),
            Column::Due => row.due_on = find_day(plain).and_then(Day::certain),
            Column::Tracker => row.tracker = one_line(find_link(cell, |_| true).unwrap_or(plain)),
            Column::Status => {
                row.status = status(plain).unwrap_or(row.status);
                if row.status == CountermeasureStatus::WontDo {
                    row.status_reason = block(cell);
                }
            }
            Column::Kind => row.kind = countermeasure_type(plain).or(row.kind),
            Column::Priority => row.priority = one_line(plain),
            Column::Else => {}
        }
    }
    if row.tracker.is_empty() {
        infer_tracker(&mut row);
    }
    let known = told(&row);
    let mut rest = Vec::new();
    for ((head, cell), column) in heads.iter().zip(cells).zip(columns) {
        let plain = cell.trim_matches(['*', '_', '`', ' ']);
        let understood = match column {
            Column::Title | Column::Owner | Column::Tracker | Column::Priority => true,
            Column::Due => row.due_on.is_some(),
            Column::Status => status(plain).is_some(),
            Column::Kind => countermeasure_type(plain).is_some(),
            Column::Else => false,
        };
        let says_more = if *column == Column::Status && understood {
            // A title may well hold the word "todo".
            !covers(
                &format!("{} {}", row.status.word(), row.status_reason),
                cell,
            )
        } else if understood {
            !covers(&known, cell)
        } else {
            cell.contains(char::is_alphanumeric)
        };
        if says_more {
            // Stars, so that they are not taken for fields.
            rest.push(format!("* {head}: {cell}"));
        }
    }
    row.details = block(&rest.join("\n"));
    if row.title.is_empty() && !row.details.is_empty() {
        "…".clone_into(&mut row.title);
    }
    row
}

/// Whether a cell says that there is nothing to say.
fn is_nothing(cell: &str) -> bool {
    let word = cell.trim().to_lowercase();
    [
        "", "-", "–", "—", "?", "n/a", "na", "n.a.", "none", "nil", "tbd", "なし",
    ]
    .contains(&word.as_str())
}

/// What a row from a table already says.
fn told(row: &Countermeasure) -> String {
    let due = row.due_on.map(|date| date.to_string()).unwrap_or_default();
    let kind = row.kind.map_or("", CountermeasureType::word);
    let parts = [
        &row.title,
        &row.owner,
        &due,
        &row.tracker,
        row.status.word(),
        &row.status_reason,
        kind,
        &row.priority,
    ];
    parts.join(" ")
}

fn infer_tracker(row: &mut Countermeasure) {
    let mut found = Countermeasure::titled("");
    infer(&mut found, &row.title);
    row.tracker = found.tracker;
}
