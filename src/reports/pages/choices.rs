//! What the lists of the editor offer. Pure.

use crate::reports::model::{Severity, Visibility};
use serde_json::{Value, json};

/// Zones offered for completion; any IANA zone can be typed.
pub(super) const ZONES: [&str; 14] = [
    "UTC",
    "Europe/London",
    "Europe/Paris",
    "Europe/Berlin",
    "Europe/Kyiv",
    "America/New_York",
    "America/Chicago",
    "America/Denver",
    "America/Los_Angeles",
    "America/Sao_Paulo",
    "Asia/Kolkata",
    "Asia/Singapore",
    "Asia/Tokyo",
    "Australia/Sydney",
];

/// None, then all, the worst first, each with what it means.
pub(super) fn severities() -> impl Iterator<Item = (&'static str, String)> {
    let words = ["1", "2", "3", "4", "5"];
    let levels = words
        .into_iter()
        .zip(Severity::ALL)
        .map(|(word, severity)| (word, format!("{severity}: {}", severity.description())));
    [("", "None".to_owned())].into_iter().chain(levels)
}

/// Who may read a report.
pub(super) fn visibilities() -> impl Iterator<Item = (&'static str, String)> {
    [
        (
            Visibility::Open.word(),
            "Everyone in the organisation".to_owned(),
        ),
        (
            Visibility::Restricted.word(),
            "Only those named on it, and administrators".to_owned(),
        ),
    ]
    .into_iter()
}

/// The options of a list, one of them chosen.
pub(super) fn choices(
    options: impl Iterator<Item = (&'static str, String)>,
    chosen: &str,
) -> Vec<Value> {
    options
        .map(|(word, label)| json!({ "word": word, "label": label, "selected": word == chosen }))
        .collect()
}
