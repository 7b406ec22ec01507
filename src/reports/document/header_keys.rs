//! The keys of a header that mean something, by the names people give them.

/// Every key that is read into a field, by field, best first.
const KEYS: [(&str, &[&str]); 22] = [
    ("id", &["id", "uuid"]),
    ("title", &["title", "summary_title"]),
    ("kind", &["kind"]),
    ("status", &["status"]),
    ("severity", &["severity", "priority", "impact"]),
    ("visibility", &["visibility"]),
    (
        "services",
        &[
            "services",
            "service",
            "product",
            "component",
            "subsystem",
            "affected",
        ],
    ),
    ("teams", &["teams", "team"]),
    ("tags", &["tags", "categories", "keywords"]),
    (
        "started_at",
        &["started_at", "start_time", "starttime", "started", "date"],
    ),
    (
        "detected_at",
        &["detected_at", "detect_time", "detecttime", "detected"],
    ),
    ("acknowledged_at", &["acknowledged_at", "acknowledged"]),
    ("mitigated_at", &["mitigated_at", "mitigated"]),
    (
        "resolved_at",
        &[
            "resolved_at",
            "ended_at",
            "end_time",
            "endtime",
            "resolvedwhen",
            "ended",
        ],
    ),
    ("timezone", &["timezone", "time_zone", "tz"]),
    ("authors", &["authors", "author"]),
    ("facilitator", &["facilitator"]),
    ("sources", &["sources", "url", "archive_url"]),
    (
        "source",
        &[
            "source",
            "source_repo",
            "source_path",
            "source_commit",
            "license",
            "licence",
        ],
    ),
    ("rows", &["timeline", "countermeasures", "factors"]),
    ("summary", &["summary"]),
    ("kept", &["kept"]),
];

pub(super) fn aliases(field: &str) -> &'static [&'static str] {
    KEYS.iter()
        .find(|(name, _)| *name == field)
        .map_or(&[], |(_, keys)| keys)
}

pub(super) fn folded(key: &str) -> String {
    key.trim().to_lowercase().replace(['-', ' '], "_")
}

/// Whether a key means something to the reader, so that `extra` must not use it at the top level.
pub(super) fn is_known(key: &str) -> bool {
    let key = folded(key);
    KEYS.iter().any(|(_, keys)| keys.contains(&key.as_str()))
}
