//! All rows earlier or later by the same length.

use super::markdown;
use crate::reports::document::{self, Moved};
use crate::reports::model::TimelineEvent;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

/// Rows that could not simply move, counted from 0.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shifted {
    /// Those of a day without a time: they stay on it.
    pub days: Vec<usize>,
    /// Those written as more than a time: what was written stands behind their text.
    pub told: Vec<usize>,
    /// Those whose time is not known: they stay as they are.
    pub timeless: Vec<usize>,
}

/// Moves every instant, of happening and of knowing, by the same length, and times as they were written along with
/// them. What a row that stays is known by stays as well. Nothing moves when an instant would leave the range of instants there are.
pub fn shifted(
    events: &mut [TimelineEvent],
    by: SignedDuration,
    zone: &TimeZone,
) -> Option<Shifted> {
    let fits = |at: &Option<Timestamp>| at.is_none_or(|at| at.checked_add(by).is_ok());
    let fit = |event: &TimelineEvent| fits(&event.at) && fits(&event.known_at);
    if !events.iter().all(fit) {
        return None;
    }
    let mut odd = Shifted::default();
    if by.is_zero() {
        return Some(odd);
    }
    for (row, event) in events.iter_mut().enumerate() {
        let later = |at: Option<Timestamp>| at.and_then(|at| at.checked_add(by).ok());
        match (event.at, event.at_text.is_empty()) {
            (_, true) => event.at = later(event.at),
            (None, false) => {
                odd.timeless.push(row);
                continue;
            }
            (Some(at), false) => match document::moved(&event.at_text, at, by, zone) {
                Moved::To(at, words) => {
                    event.at = Some(at);
                    event.at_text = words;
                }
                Moved::Stays => {
                    odd.days.push(row);
                    continue;
                }
                Moved::Unread => {
                    event.at = later(event.at);
                    tell(event);
                    odd.told.push(row);
                }
            },
        }
        event.known_at = later(event.known_at);
    }
    Some(odd)
}

/// Puts a time as it was written behind the text.
fn tell(event: &mut TimelineEvent) {
    let words = markdown::plain(&std::mem::take(&mut event.at_text));
    // Below other lines it would become part of the last one, be it code.
    let between = match event.text.trim_end() {
        "" => "",
        text if text.contains('\n') => "\n\n",
        _ => " ",
    };
    event.text = format!(
        "{}{between}(as written before the shift: {words})",
        event.text.trim_end()
    );
}
