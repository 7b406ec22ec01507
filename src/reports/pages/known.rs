//! What responders knew at some moment: the timeline as far as it was known then, and steps to the moments around it.
//! What was learned later is not on the page at all, so that a reader decides with what they had.

use super::figure::figure;
use super::history::crumb;
use super::view::{block, event_view};
use super::words;
use crate::platform::http::{Error, Page};
use crate::platform::markdown::Budget;
use crate::reports::model::{Draft, Times};
use crate::reports::store::Stored;
use crate::reports::timeline;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

/// The page of a report as of a moment: an instant, the number of an event, which is the moment it was learned of, or
/// `first`.
pub(super) fn page(stored: &Stored, asked: &str) -> Result<Page, Error> {
    let draft = &stored.draft;
    let moments = timeline::moments(&draft.timeline);
    let at = moment(draft, asked.trim()).ok_or_else(|| {
        Error::field(
            "known",
            "Name a moment such as 2026-11-17T14:02:00Z, or the number of an event that has a time.",
        )
    })?;
    let key = stored.header.key;
    let title = format!("{key} as known then");
    let mut view = drawn(draft, at, &moments);
    if let Some(view) = view.as_object_mut() {
        let report = crumb(key, &draft.title, stored.header.revision);
        view.insert("report".to_owned(), report);
    }
    Ok(Page::new("known", title, view))
}

fn moment(draft: &Draft, asked: &str) -> Option<Timestamp> {
    if asked == "first" {
        return timeline::moments(&draft.timeline).first().copied();
    }
    if let Ok(number) = asked.parse::<usize>() {
        let event = draft.timeline.get(number.checked_sub(1)?)?;
        return timeline::learned(event);
    }
    asked.parse().ok()
}

fn drawn(draft: &Draft, at: Timestamp, moments: &[Timestamp]) -> Value {
    let zone = words::zone(&draft.timezone);
    let known = timeline::known_then(&draft.timeline, at);
    let hidden = known.iter().filter(|known| !**known).count();
    let mut told = draft.clone();
    let mut keep = known.iter();
    told.timeline
        .retain(|_| keep.next().copied().unwrap_or(false));
    told.times = times_then(&draft.times, at);
    let mut budget = Budget::default();
    let mut last_day = None;
    let rows = draft.timeline.iter().zip(&known).enumerate();
    let events: Vec<Value> = rows
        .filter(|(_, (_, known))| **known)
        .map(|(index, (event, _))| {
            // Rows keep the number they have on the page of the report.
            let id = format!("event-{}", index + 1);
            let html = block(&event.text, &id, &mut budget).unwrap_or_default();
            let mut view = event_view(event, &told, &zone, &mut last_day);
            if let Some(view) = view.as_object_mut() {
                view.insert("id".to_owned(), json!(id));
                view.insert("html".to_owned(), json!(html));
                view.insert(
                    "fresh".to_owned(),
                    json!(timeline::learned(event) == Some(at)),
                );
            }
            view
        })
        .collect();
    let place = moments.partition_point(|moment| *moment <= at);
    let before = moments.partition_point(|moment| *moment < at);
    let step = |index: Option<usize>| {
        let moment = moments.get(index?)?;
        Some(json!({ "known": moment.to_string(), "text": said(*moment, &zone) }))
    };
    json!({
        "moment": { "at": at.to_string(), "text": said(at, &zone), "zone": draft.timezone },
        "previous": step(before.checked_sub(1)),
        "next": step(Some(place)),
        "first": step(Some(0)).filter(|_| before > 1),
        "hidden": hidden,
        "timeline": {
            "zone": draft.timezone,
            "figure": figure(&told, &zone),
            "events": events,
        },
    })
}

/// The times of the report that responders could tell then: that it had begun they knew when it was noticed.
fn times_then(times: &Times, at: Timestamp) -> Times {
    let then = |time: Option<Timestamp>| time.filter(|time| *time <= at);
    let noticed = times.detected_at.is_none_or(|detected| detected <= at);
    Times {
        started_at: then(times.started_at).filter(|_| noticed),
        detected_at: then(times.detected_at),
        acknowledged_at: then(times.acknowledged_at),
        mitigated_at: then(times.mitigated_at),
        resolved_at: then(times.resolved_at),
    }
}

/// `17 Nov 2026, 14:02`
fn said(at: Timestamp, zone: &TimeZone) -> String {
    let zoned = at.to_zoned(zone.clone());
    format!("{}, {}", zoned.strftime("%-d %b %Y"), words::clock(&zoned))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reports::document;

    const REPORT: &str = "---\ntitle: T\nstarted_at: 2026-11-17T14:00:00Z\ndetected_at: 2026-11-17T14:20:00Z\nresolved_at: 2026-11-17T15:00:00Z\n---\n## Timeline\n\n- 2026-11-17 14:00 UTC [trigger] a limit was lowered\n  - known at: 2026-11-17 14:45 UTC\n- 2026-11-17 14:20 UTC [detect] an alert rang\n- 2026-11-17 15:00 UTC [recover] the limit was raised\n";

    fn texts(view: &Value) -> Vec<&str> {
        let events = view["timeline"]["events"].as_array().unwrap();
        events.iter().map(|it| it["id"].as_str().unwrap()).collect()
    }

    fn then(draft: &Draft, at: &str) -> Value {
        let moments = timeline::moments(&draft.timeline);
        drawn(draft, at.parse().unwrap(), &moments)
    }

    #[test]
    fn what_was_learned_later_is_not_on_the_page() {
        let draft = document::parse(REPORT).draft;
        let view = then(&draft, "2026-11-17T14:20:00Z");
        assert_eq!(texts(&view), ["event-2"]);
        assert_eq!(view["hidden"], 2);
        assert!(!view.to_string().contains("limit"), "{view}");
        assert_eq!(view["previous"], Value::Null);
        assert_eq!(view["next"]["known"], "2026-11-17T14:45:00Z");
        let view = then(&draft, "2026-11-17T14:45:00Z");
        assert_eq!(texts(&view), ["event-1", "event-2"]);
        assert_eq!(view["timeline"]["events"][0]["fresh"], true);
        assert_eq!(view["previous"]["known"], "2026-11-17T14:20:00Z");
        let view = then(&draft, "2026-11-17T15:00:00Z");
        assert_eq!((&view["hidden"], &view["next"]), (&json!(0), &Value::Null));
    }

    #[test]
    fn before_it_was_noticed_nobody_knew_that_it_had_begun() {
        let draft = document::parse(REPORT).draft;
        let at = "2026-11-17T14:10:00Z".parse().unwrap();
        assert_eq!(times_then(&draft.times, at), Times::default());
        let at = "2026-11-17T14:20:00Z".parse().unwrap();
        assert!(times_then(&draft.times, at).started_at.is_some());
    }

    #[test]
    fn a_moment_is_an_instant_or_an_event() {
        let draft = document::parse(REPORT).draft;
        let said = |asked: &str| moment(&draft, asked).map(|at| at.to_string());
        assert_eq!(said("1").as_deref(), Some("2026-11-17T14:45:00Z"));
        assert_eq!(
            said("2026-11-17T14:00:00Z").as_deref(),
            Some("2026-11-17T14:00:00Z")
        );
        assert_eq!(said("first").as_deref(), Some("2026-11-17T14:20:00Z"));
        for wrong in ["0", "4", "noon", "", "-1"] {
            assert_eq!(said(wrong), None, "{wrong}");
        }
    }
}
