//! A stored report as its page shows it, the same for every reader: what the page cache keeps.

use super::figure::figure;
use super::sections::Drawing;
use super::words;
use crate::platform::markdown::{self, Budget, Options, SafeHtml};
use crate::reports::model::{
    Countermeasure, CountermeasureStatus, Draft, EventSource, Source, TimelineEvent,
};
use crate::reports::store::Stored;
use crate::reports::timeline;
use jiff::Zoned;
use jiff::tz::TimeZone;
use serde::Serialize;
use serde_json::{Value, json};

/// What kept pages were drawn by: the renderer, and the very text of the drawing code, so that no change of either
/// can leave an old page behind.
pub(super) const VERSION: i32 = fingerprint(&[
    include_bytes!("view.rs"),
    include_bytes!("sections.rs"),
    include_bytes!("figure.rs"),
    include_bytes!("words.rs"),
]);

/// FNV-1a over the files, starting from the renderer's version.
const fn fingerprint(files: &[&[u8]]) -> i32 {
    let mut hash = 0x811c_9dc5_u32 ^ markdown::RENDERER_VERSION.cast_unsigned();
    let mut rest = files;
    while let [file, others @ ..] = rest {
        let mut bytes = *file;
        while let [byte, more @ ..] = bytes {
            hash = (hash ^ u32_from(*byte)).wrapping_mul(0x0100_0193);
            bytes = more;
        }
        rest = others;
    }
    hash.cast_signed()
}

/// `u32::from`, which is not yet `const`.
const fn u32_from(byte: u8) -> u32 {
    u32::from_le_bytes([byte, 0, 0, 0])
}

/// A word of the domain with its label.
#[derive(Debug, Serialize)]
pub(super) struct Word {
    word: &'static str,
    label: &'static str,
}

macro_rules! word {
    ($value:expr) => {
        $crate::reports::pages::view::Word::new($value.word(), $value.label())
    };
}
pub(super) use word;

impl Word {
    pub(super) const fn new(word: &'static str, label: &'static str) -> Self {
        Self { word, label }
    }
}

#[derive(Debug, Serialize)]
pub(super) struct Named {
    name: String,
    link: String,
}

/// A name that leads to a search for it.
pub(super) fn named(field: &str, name: &str) -> Named {
    let link = format!(
        "/search?{}",
        serde_urlencoded::to_string([(field, name)]).unwrap_or_default()
    );
    Named {
        name: name.to_owned(),
        link,
    }
}

/// Draws a report: everything on its page but for what depends on the reader and on today.
pub(super) fn draw(stored: &Stored, saved_by: &str) -> Value {
    let (header, draft) = (&stored.header, &stored.draft);
    let link = format!("/reports/{}", header.key);
    let record = json!({
        "key": header.key.to_string(),
        "link": link,
        "status": word!(header.status),
        "restricted": header.access.restricted,
        "authors": draft.authors,
        "facilitator": draft.facilitator,
        "revision": header.revision,
        "updated_at": header.updated_at.to_string(),
        "updated": words::moment(header.updated_at),
        "updated_by": saved_by,
        "published_at": header.published_at.map(|at| at.to_string()),
        "published": header.published_at.map(|at| words::day(at, &TimeZone::UTC)),
    });
    let mut view = drawn(draft, header.access.published);
    let report = view.get_mut("report").and_then(Value::as_object_mut);
    if let (Some(report), Value::Object(record)) = (report, record) {
        report.extend(record);
    }
    view
}

/// What a draft itself says, as its page will show it: all of the page but for its place among the reports.
pub(super) fn content(draft: &Draft) -> Value {
    drawn(draft, false)
}

fn drawn(draft: &Draft, is_for_readers: bool) -> Value {
    let zone = words::zone(&draft.timezone);
    let mut drawing = Drawing::new(is_for_readers);
    drawing.sections(draft);
    let summary = drawing.summary.take();
    let mut budget = drawing.budget;
    json!({
        "report": head(draft, &zone),
        "durations": durations(draft),
        "times": times(draft, &zone),
        "timeline": {
            "zone": draft.timezone,
            "figure": figure(draft, &zone),
            "events": events(draft, &zone, &mut budget),
        },
        "contents": drawing.contents,
        "summary_heading": summary.as_ref().map(|(heading, _)| heading.clone()),
        "summary_html": summary.map(|(_, html)| html),
        "sections": drawing.sections,
        "factors": draft.factors.iter().enumerate().map(|(index, factor)| json!({
            "id": format!("factor-{}", index + 1),
            "name": factor.name,
            "link": named("factor", &factor.name).link,
            "role": word!(factor.role),
            "note_html": block(&factor.note, "factor", &mut budget),
        })).collect::<Vec<_>>(),
        "learnings": drawing.learnings,
        "countermeasures": draft.countermeasures.iter().enumerate()
            .map(|(index, it)| countermeasure(index + 1, it, &mut budget)).collect::<Vec<_>>(),
        "source": draft.source.as_ref().map(source),
        "sources": draft.sources.iter().map(|link| json!({
            "link": web_link(link), "label": link,
        })).collect::<Vec<_>>(),
    })
}

fn head(draft: &Draft, zone: &TimeZone) -> Value {
    let started = draft.times.started_at;
    json!({
        "title": draft.title,
        "kind": word!(draft.kind),
        "severity": draft.severity.map(severity),
        "lang": language(draft),
        "occurred_at": started.map(|at| at.to_string()),
        "occurred": started.map(|at| words::long_day(at, zone)),
        "services": draft.services.iter().map(|name| named("service", name)).collect::<Vec<_>>(),
        "teams": draft.teams.iter().map(|name| named("team", name)).collect::<Vec<_>>(),
        "tags": draft.tags.iter().map(|name| named("tag", name)).collect::<Vec<_>>(),
        // Where everything was known at once, there is nothing to step through.
        "has_moments": timeline::moments(&draft.timeline).len() > 1,
    })
}

/// A severity as badges show it.
pub(super) fn severity(severity: crate::reports::model::Severity) -> Value {
    json!({
        "level": severity.level(),
        "label": severity.to_string(),
        "description": severity.description(),
    })
}

/// `ja` for Japanese text, so that it is set in the right glyphs and read aloud rightly; none when unsure.
fn language(draft: &Draft) -> Option<&'static str> {
    let mut text = draft
        .title
        .chars()
        .chain(draft.sections.iter().flat_map(|s| s.text.chars()));
    let kana = |c: char| ('\u{3041}'..='\u{30ff}').contains(&c);
    text.by_ref().take(4_000).any(kana).then_some("ja")
}

fn durations(draft: &Draft) -> Vec<Value> {
    let times = &draft.times;
    let Some(started) = times.started_at else {
        return Vec::new();
    };
    [
        ("detect", "Time to detect", times.detected_at),
        ("mitigate", "Time to mitigate", times.mitigated_at),
        ("resolve", "Time to resolve", times.resolved_at),
    ]
    .into_iter()
    .filter_map(|(name, label, at)| {
        let text = words::duration(at?.duration_since(started));
        Some(json!({ "name": name, "label": label, "text": text }))
    })
    .collect()
}

fn times(draft: &Draft, zone: &TimeZone) -> Vec<Value> {
    let labels = [
        "Started",
        "Detected",
        "Acknowledged",
        "Mitigated",
        "Resolved",
    ];
    let mut last_day = None;
    draft
        .times
        .named()
        .into_iter()
        .zip(labels)
        .filter_map(|((name, at), label)| {
            let at = at?;
            let zoned = at.to_zoned(zone.clone());
            let text = if last_day == Some(zoned.date()) {
                words::clock(&zoned)
            } else {
                format!("{}, {}", zoned.strftime("%-d %b %Y"), words::clock(&zoned))
            };
            last_day = Some(zoned.date());
            let since = draft.times.started_at.filter(|started| *started != at);
            Some(json!({
                "name": name.trim_end_matches("_at"),
                "label": label,
                "at": at.to_string(),
                "text": text,
                "offset": since.map(|started| words::offset(at.duration_since(started))),
            }))
        })
        .collect()
}

fn events(draft: &Draft, zone: &TimeZone, budget: &mut Budget) -> Vec<Value> {
    let mut last_day = None;
    let events = draft.timeline.iter().enumerate();
    events
        .map(|(index, event)| {
            let id = format!("event-{}", index + 1);
            let html = block(&event.text, &id, budget).unwrap_or_default();
            let mut view = event_view(event, draft, zone, &mut last_day);
            if let Some(view) = view.as_object_mut() {
                view.insert("id".to_owned(), json!(id));
                view.insert("html".to_owned(), json!(html));
            }
            view
        })
        .collect()
}

pub(super) fn event_view(
    event: &TimelineEvent,
    draft: &Draft,
    zone: &TimeZone,
    last_day: &mut Option<jiff::civil::Date>,
) -> Value {
    let zoned = event.at.map(|at| at.to_zoned(zone.clone()));
    let date = zoned.as_ref().map(Zoned::date);
    let new_day = date.is_some() && date != *last_day;
    if new_day {
        *last_day = date;
    }
    let since = event.at.zip(draft.times.started_at);
    let known = event.known_at.map(|at| at.to_zoned(zone.clone()));
    let known_text = known.as_ref().map(|known| {
        if Some(known.date()) == date {
            words::clock(known)
        } else {
            format!("{}, {}", known.strftime("%-d %b"), words::clock(known))
        }
    });
    json!({
        "at": event.at.map(|at| at.to_string()),
        "clock": zoned.as_ref().map_or_else(|| event.at_text.clone(), words::clock),
        "day": zoned.as_ref().filter(|_| new_day).map(words::weekday),
        "offset": since.map(|(at, started)| words::offset(at.duration_since(started))),
        "phase": event.phase.map(|phase| word!(phase)),
        "role": event.role,
        "source": (event.source != EventSource::Manual).then(|| word!(event.source)),
        "known_at": event.known_at.map(|at| at.to_string()),
        "known": known_text,
        "evidence": (!event.evidence.is_empty()).then(|| json!({
            "link": web_link(&event.evidence),
            "label": event.evidence,
        })),
        "starred": event.starred,
        "fresh": false,
    })
}

fn countermeasure(number: usize, it: &Countermeasure, budget: &mut Budget) -> Value {
    let scope = format!("cm-{number}");
    json!({
        "id": scope,
        "title_html": markdown::render_inline_within(&it.title, budget),
        "details_html": block(&it.details, &scope, budget),
        "type": it.kind.map(|kind| word!(kind)),
        "status": word!(it.status),
        "status_reason": it.status_reason,
        "result": it.result.map(|result| word!(result)),
        "factor": it.factor,
        "problem_html": inline(&it.problem, budget),
        "hypothesis_html": inline(&it.hypothesis, budget),
        "expected_effect_html": inline(&it.expected_effect, budget),
        "measure_html": inline(&it.measure, budget),
        "evidence_html": block(&it.evidence, &format!("{scope}-evidence"), budget),
        "owner": it.owner,
        "priority": it.priority,
        "due_on": it.due_on.map(|date| date.to_string()),
        "due": it.due_on.map(words::date),
        "overdue": false,
        "check_on": it.check_on.map(|date| date.to_string()),
        "check": it.check_on.map(words::date),
        "check_overdue": false,
        "is_open": it.status.is_open(),
        "is_checked": it.result.is_some() || it.status == CountermeasureStatus::WontDo,
        "tracker": (!it.tracker.is_empty()).then(|| json!({
            "link": web_link(&it.tracker),
            "label": it.tracker,
        })),
    })
}

fn source(source: &Source) -> Value {
    let link = if source.repo.contains("://") {
        web_link(&source.repo)
    } else if source.repo.split('/').count() == 2 {
        Some(format!("https://github.com/{}", source.repo))
    } else {
        None
    };
    let commit: String = source.commit.chars().take(12).collect();
    json!({
        "repo": source.repo, "link": link, "path": source.path, "commit": commit, "licence": source.licence,
    })
}

/// The text as a link if it is one to the web.
fn web_link(text: &str) -> Option<String> {
    let url: url::Url = text.trim().parse().ok()?;
    matches!(url.scheme(), "http" | "https").then(|| url.to_string())
}

fn inline(text: &str, budget: &mut Budget) -> Option<SafeHtml> {
    (!text.trim().is_empty()).then(|| markdown::render_inline_within(text, budget))
}

/// A text as HTML below the headings of the page; none when there is none.
pub(super) fn block(text: &str, scope: &str, budget: &mut Budget) -> Option<SafeHtml> {
    if text.trim().is_empty() {
        return None;
    }
    Some(
        markdown::render_within(
            text,
            &Options {
                id_scope: scope,
                first_heading_level: 3,
            },
            budget,
        )
        .html,
    )
}
