//! Tests of the figure.

use super::*;
use crate::reports::model::Times;

#[expect(clippy::unnecessary_wraps, reason = "as the fields hold it")]
fn at(text: &str) -> Option<Timestamp> {
    Some(format!("2026-03-01T{text}:00Z").parse().unwrap())
}

fn draft(times: Times) -> Draft {
    Draft {
        times,
        ..Draft::default()
    }
}

#[test]
fn the_three_stretches_follow_each_other() {
    let draft = draft(Times {
        started_at: at("08:00"),
        detected_at: at("08:15"),
        acknowledged_at: None,
        mitigated_at: at("09:00"),
        resolved_at: at("10:00"),
    });
    let figure = figure(&draft, &TimeZone::UTC).unwrap();
    let classes: Vec<_> = figure
        .segments
        .iter()
        .map(|segment| segment.class)
        .collect();
    assert_eq!(classes, ["unnoticed", "fighting", "recovering"]);
    assert!(
        figure
            .segments
            .windows(2)
            .all(|w| (w[0].x + w[0].width - w[1].x).abs() < 0.02)
    );
    assert_eq!(figure.markers.len(), 4);
    assert!((4..=8).contains(&figure.ticks.len()), "{:?}", figure.ticks);
}

#[test]
fn a_stretch_is_named_after_the_time_that_ends_it() {
    let titles = |mitigated| {
        let draft = draft(Times {
            started_at: at("08:00"),
            detected_at: at("08:05"),
            mitigated_at: mitigated,
            resolved_at: at("09:00"),
            ..Times::default()
        });
        let figure = figure(&draft, &TimeZone::UTC).unwrap();
        let titles = figure.segments.into_iter().map(|segment| segment.title);
        titles.collect::<Vec<_>>()
    };
    assert_eq!(titles(None), ["5 min unnoticed", "55 min to resolve"]);
    assert_eq!(
        titles(at("08:30")),
        ["5 min unnoticed", "25 min to mitigate", "30 min to resolve"]
    );
}

#[test]
fn what_happened_weeks_before_does_not_squeeze_the_incident() {
    let mut draft = draft(Times {
        started_at: at("08:00"),
        resolved_at: at("10:00"),
        ..Times::default()
    });
    let event = |at: &str| TimelineEvent {
        at: Some(at.parse().unwrap()),
        ..TimelineEvent::said("x")
    };
    draft.timeline = vec![event("2026-01-01T00:00:00Z"), event("2026-03-01T07:50:00Z")];
    let figure = figure(&draft, &TimeZone::UTC).unwrap();
    assert_eq!(figure.dots.len(), 1);
    assert!(figure.segments[0].width > 50.0, "{:?}", figure.segments);
}

#[test]
fn too_little_is_known_for_a_figure() {
    assert!(figure(&Draft::default(), &TimeZone::UTC).is_none());
    let one = draft(Times {
        started_at: at("08:00"),
        ..Times::default()
    });
    assert!(figure(&one, &TimeZone::UTC).is_none());
}

#[test]
fn a_window_of_months_has_days_on_its_axis() {
    let long = draft(Times {
        started_at: Some("2026-01-01T00:00:00Z".parse().unwrap()),
        resolved_at: Some("2026-05-01T00:00:00Z".parse().unwrap()),
        ..Times::default()
    });
    let figure = figure(&long, &TimeZone::UTC).unwrap();
    assert!(!figure.ticks.is_empty() && figure.ticks.len() <= 12);
    assert!(figure.ticks[0].label.contains(' '), "{:?}", figure.ticks);
}
