//! The timelines people write by hand: lists, tables, lines and headings that begin with a time.

use super::bearings::{bare_day, day_alone, stated_zone, zone_beside_time, zone_in_full};
use super::blocks::{Block, Item, Shape, Table, blocks};
use super::columns::Columns;
use super::items::EXPLICIT;
use super::sections::{Context, Remainder, Rows, admit, columns_comment};
use super::spoken::{read_spoken, spoken};
use super::stamp::find_day;
use super::text::{block, cut};
use super::time::Clock;
use super::timeline::{Head, head, read_event, read_tailed, tail};
use super::zones::zone_in_words;
use crate::reports::model::{MAX_ROWS, TimelineEvent};

/// The longest story below a heading that is only a date which is still taken as one event, in bytes.
const MAX_DAY_STORY: usize = 1_500;

struct Reader<'a> {
    text: &'a str,
    context: &'a Context,
    clock: Clock,
    remainder: Remainder,
    /// Whether a row has been read: before the first one any sentence may say the date, behind it few can.
    begun: bool,
    /// Lines of a paste that were joined to the row above them.
    joined: Vec<String>,
}

/// Reads the rows of a timeline section; answers with the prose.
pub(super) fn read(heading: &str, text: &str, context: &Context, found: &mut Rows) -> String {
    let mut reader = Reader {
        text,
        context,
        clock: Clock::new(context.zone.clone(), context.date)
            .reading(context.order)
            .behind(context.above),
        remainder: Remainder::default(),
        begun: false,
        joined: Vec::new(),
    };
    reader.learn(heading);
    let all = blocks(text);
    let mut rest = all.as_slice();
    while let Some((first, after)) = rest.split_first() {
        let used = reader.block(first, after, &mut found.timeline);
        rest = after.get(used..).unwrap_or_default();
    }
    found.doubts.extend(reader.clock.into_doubts());
    found.joined.append(&mut reader.joined);
    reader.remainder.prose(text, found)
}

impl Reader<'_> {
    /// Reads one block; answers how many of the following ones it used up.
    fn block(&mut self, first: &Block, after: &[Block], found: &mut Vec<TimelineEvent>) -> usize {
        match &first.shape {
            Shape::List { items, .. } => {
                self.list(first, items, found);
                0
            }
            Shape::Table(table) => {
                self.table(first, table, found);
                0
            }
            Shape::Paragraph => {
                self.paragraph(first, found);
                0
            }
            Shape::Heading { level, text } => self.heading((first, *level, text), after, found),
            Shape::Other => 0,
        }
    }

    fn list(&mut self, place: &Block, items: &[Item], found: &mut Vec<TimelineEvent>) {
        let timed = items
            .iter()
            .filter(|item| begins_with_time(&item.text) || self.is_spoken(&item.text))
            .count();
        if timed == 0 && self.tailed_list(place, items, found) {
            return;
        }
        if timed == 0 || timed * 2 < items.len() || items.iter().any(|item| item.text.is_empty()) {
            return;
        }
        let nested = items.iter().any(|item| below_date(&item.text).is_some());
        let mut new = Vec::new();
        for item in items {
            if let Some((line, inner)) = below_date(&item.text) {
                self.day_item(&line, &inner, &mut new);
            } else {
                new.push(self.event(&item.text));
            }
        }
        // Where one item became several rows, they fit all or none.
        if nested && found.len() + new.len() > MAX_ROWS {
            return;
        }
        self.begun = true;
        let beyond = if nested {
            found.extend(new);
            String::new()
        } else {
            admit(found, new, items, self.text)
        };
        self.remainder.take(place.range.clone(), beyond);
    }

    /// A list whose items end with a time.
    fn tailed_list(
        &mut self,
        place: &Block,
        items: &[Item],
        found: &mut Vec<TimelineEvent>,
    ) -> bool {
        let tailed = items
            .iter()
            .filter(|item| tail(&item.text).is_some())
            .count();
        if tailed < 2 || tailed * 2 < items.len() {
            return false;
        }
        self.begun = true;
        let zone = &self.context.zone;
        let new = items
            .iter()
            .map(|item| {
                read_tailed(&item.text, &mut self.clock, zone)
                    .unwrap_or_else(|| TimelineEvent::said(&item.text))
            })
            .collect();
        let beyond = admit(found, new, items, self.text);
        self.remainder.take(place.range.clone(), beyond);
        true
    }

    /// `- 2021-05-10` with times in a list below it.
    fn day_item(&mut self, line: &Head, inner: &[Item], new: &mut Vec<TimelineEvent>) {
        if let Some(day) = line.stamp.day {
            self.clock.turn_to_day(day);
        }
        for (index, item) in inner.iter().enumerate() {
            let mut event = self.event(&item.text);
            if index == 0 {
                let said = format!("{} {}", line.written, event.at_text);
                said.trim().clone_into(&mut event.at_text);
            }
            new.push(event);
        }
    }

    fn event(&mut self, text: &str) -> TimelineEvent {
        let zone = &self.context.zone;
        if let Some(how) = self.context.spoken
            && let Some(event) = read_spoken(text, &mut self.clock, how.today, zone)
        {
            return event;
        }
        read_event(text, &mut self.clock, zone).unwrap_or_else(|| TimelineEvent::said(block(text)))
    }

    /// Whether a line of a paste begins with a time in short.
    fn is_spoken(&self, line: &str) -> bool {
        self.context.spoken.is_some() && spoken(line.split('\n').next().unwrap_or("")).is_some()
    }

    fn paragraph(&mut self, place: &Block, found: &mut Vec<TimelineEvent>) {
        let source = cut(self.text, place.range.clone());
        let mut before = Vec::new();
        let mut entries: Vec<Vec<&str>> = Vec::new();
        for line in source.trim_end().split('\n') {
            if entries.len() > MAX_ROWS {
                return;
            }
            if head(line).is_some() || self.is_spoken(line) {
                entries.push(vec![line.trim()]);
            } else if let Some(entry) = entries.last_mut() {
                entry.push(line.trim());
            } else {
                before.push(line);
            }
        }
        self.learn_from_prose(&before);
        // One stray line that begins like a time inside a longer paragraph is prose.
        if entries.is_empty() || (!before.is_empty() && entries.len() < 2) {
            return;
        }
        let entries: Vec<String> = entries.iter().map(|entry| entry.join("\n")).collect();
        if let [only] = entries.as_slice()
            && let Some(day) = bare_day(only)
        {
            self.clock.turn_to_day(day);
            return;
        }
        if found.len() + entries.len() > MAX_ROWS {
            return;
        }
        self.begun = true;
        for entry in &entries {
            found.push(self.event(entry));
            if self.context.spoken.is_some() {
                self.joined
                    .extend(entry.split('\n').skip(1).map(str::to_owned));
            }
        }
        self.remainder.take(place.range.clone(), before.join("\n"));
    }

    /// Learns zone and date from a heading such as "Timeline (PST), February 5th 2019".
    fn learn(&mut self, heading: &str) {
        if let Some(day) = find_day(heading) {
            self.clock.turn_to_day(day);
        }
        if let Some(zone) = zone_in_words(heading) {
            self.clock.turn_to_zone(&zone);
        }
    }

    /// Learns from sentences. Between rows people tell stories: of them, only a line that is a date says the day.
    fn learn_from_prose(&mut self, lines: &[&str]) {
        let prose = lines.join("\n");
        let mut zone = stated_zone(&prose);
        if self.begun {
            for (day, beside) in lines.iter().filter_map(|line| day_alone(line)) {
                self.clock.turn_to_day(day);
                zone = zone.or(beside);
            }
        } else {
            if let Some(day) = find_day(&prose) {
                self.clock.turn_to_day(day);
            }
            zone = zone
                .or_else(|| zone_beside_time(&prose))
                .or_else(|| zone_in_full(&prose));
        }
        if let Some(zone) = zone {
            self.clock.turn_to_zone(&zone);
        }
    }

    fn heading(
        &mut self,
        this: (&Block, u8, &str),
        after: &[Block],
        found: &mut Vec<TimelineEvent>,
    ) -> usize {
        let (place, level, text) = this;
        let Some(line) = head(text) else {
            self.learn(text);
            return 0;
        };
        let below = after
            .iter()
            .take_while(|block| !matches!(block.shape, Shape::Heading { level: other, .. } if other <= level))
            .count();
        let end = below
            .checked_sub(1)
            .and_then(|last| after.get(last))
            .map_or(place.range.end, |block| block.range.end);
        let story = cut(self.text, place.range.end..end);
        let is_event = line.stamp.time.is_some() || self.is_day_story(after, below, story);
        if !is_event || found.len() >= MAX_ROWS {
            if let Some(day) = line.stamp.day {
                self.clock.turn_to_day(day);
            }
            return 0;
        }
        self.begun = true;
        let source = format!("{text}\n\n{}", story.trim_start_matches('\n').trim_end());
        found.push(self.event(&block(&source)));
        self.remainder.take(place.range.start..end, String::new());
        below
    }

    /// Whether what stands below a date is one event rather than a day of them.
    fn is_day_story(&self, after: &[Block], below: usize, story: &str) -> bool {
        let blocks = after.get(..below).unwrap_or_default();
        below > 0
            && story.len() <= MAX_DAY_STORY
            && blocks.iter().all(|block| match &block.shape {
                Shape::List { items, .. } => !items.iter().any(|item| begins_with_time(&item.text)),
                Shape::Paragraph => cut(self.text, block.range.clone())
                    .lines()
                    .all(|line| head(line).is_none()),
                Shape::Table(_) | Shape::Heading { .. } => false,
                Shape::Other => true,
            })
    }

    fn table(&mut self, place: &Block, table: &Table, found: &mut Vec<TimelineEvent>) {
        let Some(columns) = Columns::of(table) else {
            return;
        };
        if found.len() + table.rows.len() > MAX_ROWS {
            return;
        }
        let heads = columns
            .times
            .iter()
            .filter_map(|index| table.head.get(*index));
        for said in heads {
            if let Some(zone) = zone_in_words(said) {
                self.clock.turn_to_zone(&zone);
            }
            self.learn_year(said);
        }
        self.begun = true;
        for row in &table.rows {
            found.push(self.row(&columns, table, row));
        }
        self.remainder
            .take(place.range.clone(), columns_comment(table));
    }

    /// `Date (2021)`: the year of the dates below.
    fn learn_year(&mut self, said: &str) {
        let year = super::text::words(said)
            .filter_map(|word| word.parse::<i16>().ok())
            .find(|year| (1990..=2100).contains(year));
        if let Some(date) = year.and_then(|year| jiff::civil::Date::new(year, 1, 1).ok()) {
            self.clock.turn_to(date);
        }
    }

    fn row(&mut self, columns: &Columns, table: &Table, cells: &[String]) -> TimelineEvent {
        let mut time = Vec::new();
        let mut rest = String::new();
        for (index, cell) in cells
            .iter()
            .enumerate()
            .filter(|(_, cell)| !cell.is_empty())
        {
            if columns.times.contains(&index) {
                time.push(cell.as_str());
            } else if index != columns.event {
                let head = table.head.get(index).map_or("", String::as_str);
                rest.extend([" — ", head, ": ", cell.as_str()]);
            }
        }
        let time = time.join(" ");
        let said = cells.get(columns.event).map_or("", String::as_str);
        let line = format!("{time} | {said}{rest}");
        // The cell must be a time and no more; else it is kept as it was written.
        let exact = head(&time).filter(|found| found.text.trim().is_empty());
        match (exact, time.is_empty()) {
            (Some(_), _) => self.event(&line),
            (None, true) => self.event(&format!("? {said}{rest}")),
            (None, false) => self.vague(&time, &format!("{said}{rest}")),
        }
    }

    /// "09:35:22 (18:35)", "(before)", "2026-04-22 10:00 〜 11:00": the instant if it begins with one.
    fn vague(&mut self, time: &str, said: &str) -> TimelineEvent {
        let mut event = self.event(&format!("? {said}"));
        event.at = head(time)
            .filter(|found| found.stamp.time.is_some())
            .and_then(|found| self.clock.place(&found.stamp));
        super::text::one_line(time).clone_into(&mut event.at_text);
        event
    }
}

/// Whether an item is, or can be read as, a row.
fn begins_with_time(item: &str) -> bool {
    item.starts_with(EXPLICIT)
        || item == "?"
        || item.starts_with("? ")
        || head(item.split('\n').next().unwrap_or("")).is_some()
}

/// A date alone on its line, and the list of times below it.
fn below_date(item: &str) -> Option<(Head, Vec<Item>)> {
    let (line, rest) = item.split_once('\n')?;
    let found = head(line)?;
    if found.stamp.time.is_some() || found.text.contains(char::is_alphanumeric) {
        return None;
    }
    let inner = blocks(rest);
    let [
        Block {
            shape: Shape::List { items, .. },
            ..
        },
    ] = inner.as_slice()
    else {
        return None;
    };
    let timed = items.len() <= MAX_ROWS
        && items.iter().all(|item| {
            head(item.text.split('\n').next().unwrap_or(""))
                .is_some_and(|head| head.stamp.time.is_some())
        });
    timed.then(|| (found, items.clone()))
}
