//! Times and rows outside of a document: what is typed into one row, lines of a log, a text pasted as a timeline.

use super::bearings::day_alone;
use super::days::Order;
use super::sections::{Context, Rows, Spoken};
use super::spoken::begins_like_time;
use super::stamp::{Stamp, read_stamp};
use super::text::{cut, lines_of, one_line, tidy};
use super::time::Clock;
use super::{chronicle, leftover, timeline};
use crate::reports::model::TimelineEvent;
use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;

/// Reads a date, a time or both, and the zone they are meant in; nothing else may stand beside them.
pub fn local_time(
    text: &str,
    zone: &TimeZone,
    day: Option<Date>,
    above: Option<Timestamp>,
) -> Result<(DateTime, TimeZone), String> {
    let unread = || {
        format!(
            "“{text}” is not a time such as 14:02, 14:02:30, yesterday 23:10, 2026-11-17 14:02 or +5m."
        )
    };
    let stamp = read_stamp(text).ok_or_else(unread)?;
    let clock_time = stamp.time.filter(|_| !is_cut_short(&stamp, text));
    if stamp.until.is_some() {
        return Err(format!(
            "“{text}” is a stretch of time: type when it began."
        ));
    }
    if let Some(name) = &stamp.unknown_zone {
        return Err(format!(
            "“{name}” is no time zone that is known: type an offset instead, such as +02:00."
        ));
    }
    if stamp.length < text.len() {
        return Err(unread());
    }
    if clock_time.is_none() {
        return Err(if stamp.time.is_some() {
            unread()
        } else {
            format!("“{text}” is a day: type the time as well, such as {text} 14:02.")
        });
    }
    let mut clock = Clock::new(zone.clone(), day).behind(above);
    let moment = clock.moment(&stamp);
    let meant = match (&stamp.zone, moment) {
        (Some(said), Some(moment)) => clock.meant(said, moment),
        (Some(_) | None, _) => zone.clone(),
    };
    if let Some(doubt) = clock.into_doubts().first() {
        return Err(doubt.message());
    }
    let moment = moment.ok_or_else(|| {
        format!("“{text}” could be of any day: type the date as well, such as 2026-11-17 14:02.")
    })?;
    Ok((moment, meant))
}

/// Whether the seconds are none: reading a document takes them for 59, a form should ask.
fn is_cut_short(stamp: &Stamp, text: &str) -> bool {
    stamp.time.is_some_and(|time| time.second() == 59)
        && !text.contains(":59")
        && !text.contains(":60")
}

/// The start of a line that names its time.
#[derive(Clone, Debug)]
pub struct Begun<'a> {
    /// The instant, if date and zone can be known.
    pub at: Option<Timestamp>,
    /// The time as it was written, where there is no instant or it does not say it all; else empty.
    pub at_text: String,
    /// What follows, from the first letter behind the time and its brackets on.
    pub rest: &'a str,
}

/// Reads lines from top to bottom, each knowing the day of those above it.
#[derive(Debug)]
pub struct Lines {
    clock: Clock,
}

impl Lines {
    /// Below the row `above`, or else on this day.
    pub fn new(zone: TimeZone, day: Option<Date>, above: Option<Timestamp>) -> Self {
        Self {
            clock: Clock::new(zone, day).behind(above),
        }
    }

    /// Reads the time at the start of a line, in brackets or not.
    pub fn begin<'a>(&mut self, line: &'a str) -> Option<Begun<'a>> {
        let (stamp, written, rest) = stamped(line)?;
        stamp.time?;
        let at = self.clock.place(&stamp);
        let told = at.is_some() && stamp.until.is_none();
        Some(Begun {
            at,
            at_text: if told {
                String::new()
            } else {
                one_line(written)
            },
            rest,
        })
    }

    /// From now on, times are of the day that this line is about; whether it is about one.
    pub fn turn(&mut self, line: &str) -> bool {
        let Some(day) = day_of(line) else {
            return false;
        };
        self.clock.turn_to_day(day);
        true
    }

    /// What was doubtful about the times, as sentences.
    pub fn doubts(self) -> Vec<String> {
        let doubts = self.clock.into_doubts();
        doubts.iter().map(super::doubt::Doubt::message).collect()
    }
}

/// Whether a line is nothing but a day.
pub fn day_line(line: &str) -> bool {
    day_of(line).is_some()
}

fn day_of(line: &str) -> Option<super::days::Day> {
    day_alone(line).map(|(day, _)| day)
}

/// The time at the start of a line, as read and as written, and what follows.
fn stamped(line: &str) -> Option<(Stamp, &str, &str)> {
    let line = line.trim_start();
    let (inner, closing) = match line.strip_prefix('[') {
        Some(inner) => (inner, Some(']')),
        None => match line.strip_prefix('(') {
            Some(inner) => (inner, Some(')')),
            None => (line, None),
        },
    };
    let stamp = read_stamp(inner)?;
    let written = cut(inner, 0..stamp.length);
    let mut rest = cut(inner, stamp.length..inner.len());
    if let Some(closing) = closing {
        rest = rest.trim_start().strip_prefix(closing)?;
    }
    let glued = rest.starts_with(char::is_alphanumeric);
    (!glued).then(|| (stamp, written.trim(), rest.trim_start()))
}

/// A text read as the timeline section of a report would be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TimelineText {
    /// Its rows.
    pub events: Vec<TimelineEvent>,
    /// The text that is no row.
    pub prose: String,
    /// What a person should look at: the line, counted from 1 (0 where none applies), and a sentence.
    pub remarks: Vec<(usize, String)>,
}

/// The rows as the timeline section of a document has them: what [`read_timeline`] reads back.
pub fn write_timeline(events: &[TimelineEvent], zone: &TimeZone) -> String {
    let lines = events
        .iter()
        .map(|event| timeline::write_event(event, zone));
    lines.collect::<Vec<_>>().join("\n")
}

/// Reads a text as the timeline section of a report would be. Its lines may also say their times in short, such as `+5m`
/// and `yesterday 23:10`, which counts from `today`.
pub fn read_timeline(
    text: &str,
    zone: TimeZone,
    (day, today): (Option<Date>, Option<Date>),
    above: Option<Timestamp>,
) -> TimelineText {
    let tidied = tidy(text);
    let context = Context {
        zone,
        date: day,
        order: Order::of(&tidied),
        above,
        spoken: Some(Spoken {
            today: today.or(day),
        }),
    };
    let mut rows = Rows::default();
    let prose = chronicle::read("", &lines_of(&tidied), &context, &mut rows);
    let mut remarks: Vec<(usize, String)> = Vec::new();
    remarks.extend(super::remarks::undated(&rows.timeline).map(|message| (0, message)));
    remarks.extend(rows.doubts.iter().map(|doubt| (0, doubt.message())));
    let source: Vec<&str> = tidied.split('\n').collect();
    remarks.extend(joined(&rows.joined, &source));
    remarks.extend(leftover::remark(&prose, &source).map(|(line, message)| (line + 1, message)));
    TimelineText {
        events: rows.timeline,
        prose,
        remarks,
    }
}

/// So many lines that begin like a time are pointed at one by one.
const MAX_JOINED: usize = 20;
/// So much of a line is shown, in characters.
const MAX_SHOWN: usize = 60;

/// What to say of lines that were joined to the row above them: each that begins like a time, and how many others.
fn joined(lines: &[String], source: &[&str]) -> Vec<(usize, String)> {
    let mut said = Vec::new();
    let mut others: Vec<(usize, &str)> = Vec::new();
    let mut from = 0;
    for line in lines.iter().filter(|line| !line.trim().is_empty()) {
        let found = source
            .iter()
            .skip(from)
            .position(|known| known.trim() == line.trim());
        from += found.map_or(0, |ahead| ahead + 1);
        let place = if found.is_some() { from } else { 0 };
        if begins_like_time(line) && said.len() < MAX_JOINED {
            let message = format!(
                "“{}” begins like a time and is none: it was joined to the row above. Write a time such as 14:02 to make it a row of its own.",
                shown(line)
            );
            said.push((place, message));
        } else {
            others.push((place, line));
        }
    }
    if let Some((place, first)) = others.first() {
        let message = match others.len() {
            1 => format!(
                "“{}” has no time: it was joined to the row above. Begin it with a time to make it a row of its own.",
                shown(first)
            ),
            count => format!(
                "{count} lines without a time were joined to the rows above them (the first: “{}”): begin each event with its time.",
                shown(first)
            ),
        };
        said.push((*place, message));
    }
    said
}

fn shown(line: &str) -> String {
    one_line(line).chars().take(MAX_SHOWN).collect()
}
