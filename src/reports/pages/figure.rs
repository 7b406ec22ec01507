//! The timeline as numbers for an SVG: impact window, markers, events, axis. Pure.

use super::words;
use crate::reports::model::{Draft, Phase, TimelineEvent};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

/// What `timeline_svg.hbs` draws. Positions are percent of the width.
#[derive(Debug, Serialize)]
pub(super) struct Figure {
    title: String,
    desc: String,
    ticks: Vec<Tick>,
    segments: Vec<Segment>,
    markers: Vec<Marker>,
    dots: Vec<Dot>,
}

#[derive(Debug, Serialize)]
struct Tick {
    x: f64,
    label: String,
    anchor: &'static str,
    minor: bool,
}

#[derive(Debug, Serialize)]
struct Segment {
    x: f64,
    width: f64,
    middle: f64,
    class: &'static str,
    title: String,
    label: Option<String>,
}

#[derive(Debug, Serialize)]
struct Marker {
    x: f64,
    class: &'static str,
    title: String,
}

#[derive(Debug, Serialize)]
struct Dot {
    x: f64,
    class: &'static str,
    starred: bool,
    title: String,
}

/// The stretch of time that is shown.
struct Window {
    from: Timestamp,
    length: SignedDuration,
}

impl Window {
    /// Around these moments, with a little air.
    fn around(moments: &[Timestamp]) -> Option<Self> {
        let first = moments.iter().min()?;
        let last = moments.iter().max()?;
        let length = last.duration_since(*first);
        if length < SignedDuration::from_secs(60) {
            return None;
        }
        let air = length / 20;
        Some(Self {
            from: first.checked_sub(air).ok()?,
            length: length + air * 2,
        })
    }

    fn shows(&self, at: Timestamp) -> bool {
        let since = at.duration_since(self.from);
        !since.is_negative() && since <= self.length
    }

    /// Percent from the left edge, with two decimals.
    fn x(&self, at: Timestamp) -> f64 {
        let part = at.duration_since(self.from).as_secs_f64() / self.length.as_secs_f64();
        (part.clamp(0.0, 1.0) * 10_000.0).round() / 100.0
    }
}

/// The moments the figure must show: the named times, and the events near them. What happened weeks before or after is
/// in the table; here it would squeeze the incident into a line.
fn moments(draft: &Draft) -> Vec<Timestamp> {
    let mut moments: Vec<Timestamp> = draft
        .times
        .named()
        .iter()
        .filter_map(|(_, at)| *at)
        .collect();
    let events = draft.timeline.iter().filter_map(|event| event.at);
    let span = moments
        .iter()
        .min()
        .copied()
        .zip(moments.iter().max().copied());
    match span {
        Some((first, last)) if first < last => {
            let near = last
                .duration_since(first)
                .max(SignedDuration::from_mins(30));
            let is_near = |at: &Timestamp| {
                at.duration_since(last) <= near && first.duration_since(*at) <= near
            };
            moments.extend(events.filter(is_near));
        }
        Some(_) | None => moments.extend(events),
    }
    moments
}

/// The figure for a report, or none when fewer than two moments are known.
pub(super) fn figure(draft: &Draft, zone: &TimeZone) -> Option<Figure> {
    let moments = moments(draft);
    let window = Window::around(&moments)?;
    let clock = |at: Timestamp| words::clock(&at.to_zoned(zone.clone()));
    let (from, to) = (*moments.iter().min()?, *moments.iter().max()?);
    Some(Figure {
        title: format!(
            "Course of events from {} {} to {} {}",
            words::day(from, zone),
            clock(from),
            words::day(to, zone),
            clock(to)
        ),
        desc: description(draft, &clock),
        ticks: ticks(&window, zone),
        segments: segments(draft, &window),
        markers: markers(draft, &window, &clock),
        dots: draft
            .timeline
            .iter()
            .filter(|event| event.at.is_some_and(|at| window.shows(at)))
            .filter_map(|event| dot(event, &window, &clock))
            .take(400)
            .collect(),
    })
}

const LABELS: [(&str, &str); 5] = [
    ("started", "Started"),
    ("detected", "Detected"),
    ("acknowledged", "Acknowledged"),
    ("mitigated", "Mitigated"),
    ("resolved", "Resolved"),
];

fn description(draft: &Draft, clock: &dyn Fn(Timestamp) -> String) -> String {
    let known: Vec<String> = draft
        .times
        .named()
        .iter()
        .zip(LABELS)
        .filter_map(|((_, at), (_, label))| at.map(|at| format!("{label} {}", clock(at))))
        .collect();
    let mut text = known.join(", ");
    if !text.is_empty() {
        text.push_str(". ");
    }
    text.push_str("The table in the Timeline section lists every event.");
    text
}

fn markers(draft: &Draft, window: &Window, clock: &dyn Fn(Timestamp) -> String) -> Vec<Marker> {
    draft
        .times
        .named()
        .iter()
        .zip(LABELS)
        .filter_map(|((_, at), (class, label))| {
            let at = (*at)?;
            Some(Marker {
                x: window.x(at),
                class,
                title: format!("{label} {}", clock(at)),
            })
        })
        .collect()
}

fn segments(draft: &Draft, window: &Window) -> Vec<Segment> {
    let times = &draft.times;
    let Some(started) = times.started_at else {
        return Vec::new();
    };
    let end = times.resolved_at.or(times.mitigated_at);
    let detected = times.detected_at.filter(|at| *at > started);
    let mitigated = times.mitigated_at;
    let stretches = [
        ("unnoticed", Some(started), detected, "unnoticed"),
        (
            "fighting",
            detected.or(Some(started)),
            mitigated.or(end),
            if mitigated.is_some() {
                "to mitigate"
            } else {
                "to resolve"
            },
        ),
        ("recovering", mitigated, times.resolved_at, "to resolve"),
    ];
    stretches
        .into_iter()
        .filter_map(|(class, from, to, what)| {
            let (from, to) = (from?, to?);
            let length = to.duration_since(from);
            if !length.is_positive() {
                return None;
            }
            let (x, right) = (window.x(from), window.x(to));
            let width = ((right - x) * 100.0).round() / 100.0;
            let spoken = words::duration(length);
            Some(Segment {
                x,
                width,
                middle: ((x + width / 2.0) * 100.0).round() / 100.0,
                class,
                title: format!("{spoken} {what}"),
                // A label needs room: the figure is at least 320 px wide.
                label: if width >= 22.0 {
                    Some(format!("{spoken} {what}"))
                } else if width >= 12.0 {
                    Some(spoken)
                } else {
                    None
                },
            })
        })
        .collect()
}

fn dot(event: &TimelineEvent, window: &Window, clock: &dyn Fn(Timestamp) -> String) -> Option<Dot> {
    let at = event.at?;
    let class = match event.phase {
        None | Some(Phase::Background) => "quiet",
        Some(Phase::Trigger) => "trigger",
        Some(Phase::Detect) => "detect",
        Some(Phase::Diagnose | Phase::Decide | Phase::Act) => "work",
        Some(Phase::Recover) => "recover",
        Some(Phase::Communicate) => "talk",
    };
    let text = crate::reports::document::plain_text(&event.text);
    let short: String = text.chars().take(160).collect();
    Some(Dot {
        x: window.x(at),
        class,
        starred: event.starred,
        title: format!("{} {short}", clock(at)),
    })
}

/// Steps an axis may have, in minutes.
const STEPS: [i64; 14] = [
    1,
    5,
    10,
    15,
    30,
    60,
    120,
    180,
    360,
    720,
    1440,
    2 * 1440,
    7 * 1440,
    30 * 1440,
];

/// About six round times along the axis; days instead of hours when the window is long.
fn ticks(window: &Window, zone: &TimeZone) -> Vec<Tick> {
    let minutes = window.length.as_mins();
    let step = STEPS
        .into_iter()
        .find(|step| minutes / step <= 7)
        .unwrap_or(90 * 1440)
        .max(minutes / 8);
    let first = window.from.to_zoned(zone.clone());
    let Ok(midnight) = first.start_of_day() else {
        return Vec::new();
    };
    let step = SignedDuration::from_mins(step);
    let since = first.duration_since(&midnight).as_secs();
    let whole = since / step.as_secs().max(1) + 1;
    let mut ticks = Vec::new();
    let Ok(times) = i32::try_from(whole) else {
        return ticks;
    };
    let Ok(mut at) = midnight.checked_add(step * times) else {
        return ticks;
    };
    let end = window
        .from
        .checked_add(window.length)
        .unwrap_or(window.from);
    while at.timestamp() < end && ticks.len() < 12 {
        let x = window.x(at.timestamp());
        if (3.0..=97.0).contains(&x) {
            let label = if step.as_mins() >= 1440 {
                at.strftime("%-d %b").to_string()
            } else {
                words::clock(&at)
            };
            ticks.push(Tick {
                x,
                label,
                anchor: "middle",
                minor: ticks.len() % 2 == 1,
            });
        }
        match at.checked_add(step) {
            Ok(next) => at = next,
            Err(_out_of_range) => break,
        }
    }
    ticks
}

#[cfg(test)]
#[path = "figure_tests.rs"]
mod tests;
