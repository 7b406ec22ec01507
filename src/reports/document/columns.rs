//! The columns of a timeline in a table.

use super::blocks::Table;
use super::stamp::read_stamp;
use super::timeline::head;

/// Which columns of a table are the time and the event.
pub(super) struct Columns {
    pub(super) times: Vec<usize>,
    pub(super) event: usize,
}

impl Columns {
    /// Finds them by the words of the head, or by what the cells hold.
    pub(super) fn of(table: &Table) -> Option<Self> {
        let named = |words: &[&str]| -> Vec<usize> {
            let fits = |head: &String| {
                let head = head.to_lowercase();
                words.iter().any(|word| head.contains(word))
            };
            table
                .head
                .iter()
                .enumerate()
                .filter(|(_, head)| fits(head))
                .map(|(index, _)| index)
                .collect()
        };
        let mut times = named(&["time", "date", "when", "時刻", "日時", "日付", "時間"]);
        let starts = |index: usize| {
            let stamped = table.rows.iter().filter(|row| {
                row.get(index)
                    .is_some_and(|cell| head(cell).is_some() || read_stamp(cell).is_some())
            });
            stamped.count() * 2 >= table.rows.len() && !table.rows.is_empty()
        };
        if times.is_empty() && starts(0) {
            times.push(0);
        }
        let first = *times.first()?;
        times.retain(|index| *index == first || *index == first + 1);
        if !times.iter().any(|index| starts(*index)) {
            return None;
        }
        let event = named(&[
            "event",
            "what",
            "note",
            "description",
            "message",
            "イベント",
            "内容",
            "出来事",
            "事象",
        ])
        .into_iter()
        .find(|index| !times.contains(index))
        .or_else(|| {
            (0..table.head.len())
                .rev()
                .find(|index| !times.contains(index))
        })?;
        Some(Self { times, event })
    }
}
