//! The rules every stored report obeys. Pure.

use super::model::{
    CountermeasureStatus, Draft, EARLIEST, Kind, MAX_IMPORT_KEY_BYTES, MAX_IMPORT_KEY_CHARS,
    MAX_NAME_CHARS, MAX_NAMES, MAX_ROWS, MAX_TITLE_CHARS, Problem, Times,
};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

impl Draft {
    /// The rules every stored report obeys. An empty answer means that it may be saved.
    pub fn check(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        self.check_title(&mut problems);
        self.check_import_key(&mut problems);
        self.check_sizes(&mut problems);
        self.check_times(&mut problems);
        self.check_years(&mut problems);
        for (index, countermeasure) in self.countermeasures.iter().enumerate() {
            if countermeasure.status == CountermeasureStatus::WontDo
                && countermeasure.status_reason.trim().is_empty()
            {
                problems.push(Problem::of(
                    "countermeasures",
                    format!(
                        "Countermeasure {} is marked “won't do”: say why in `reason`.",
                        index + 1
                    ),
                ));
            }
        }
        problems
    }

    fn check_title(&self, problems: &mut Vec<Problem>) {
        let length = self.title.chars().count();
        if self.title.trim().is_empty() {
            problems.push(Problem::of("title", "Give the report a title."));
        } else if length > MAX_TITLE_CHARS {
            problems.push(Problem::of(
                "title",
                format!("The title has {length} characters; at most {MAX_TITLE_CHARS} fit."),
            ));
        }
        if self.kind == Kind::NearMiss && self.severity.is_some() {
            problems.push(Problem::of(
                "severity",
                "A near miss has no severity: nothing broke.",
            ));
        }
        if TimeZone::get(&self.timezone).is_err() {
            problems.push(Problem::of(
                "timezone",
                format!(
                    "“{}” is not an IANA time zone such as Europe/Paris.",
                    self.timezone
                ),
            ));
        }
    }

    fn check_import_key(&self, problems: &mut Vec<Problem>) {
        let key = self.import_key.as_deref().unwrap_or_default();
        let (characters, bytes) = (key.chars().count(), key.len());
        if characters > MAX_IMPORT_KEY_CHARS || bytes > MAX_IMPORT_KEY_BYTES {
            problems.push(Problem::of(
                "import_key",
                format!(
                    "The key (`id`, or the file's path) has {characters} characters in {bytes} bytes; \
                     at most {MAX_IMPORT_KEY_CHARS} characters and {MAX_IMPORT_KEY_BYTES} bytes fit."
                ),
            ));
        }
    }

    fn check_sizes(&self, problems: &mut Vec<Problem>) {
        let rows = [
            ("timeline", self.timeline.len(), MAX_ROWS),
            ("factors", self.factors.len(), MAX_ROWS),
            ("learnings", self.learnings.len(), MAX_ROWS),
            ("countermeasures", self.countermeasures.len(), MAX_ROWS),
            ("sections", self.sections.len(), MAX_ROWS),
            ("services", self.services.len(), MAX_NAMES),
            ("teams", self.teams.len(), MAX_NAMES),
            ("tags", self.tags.len(), MAX_NAMES),
            ("authors", self.authors.len(), MAX_NAMES),
        ];
        for (field, count, most) in rows {
            if count > most {
                let what = if field == "timeline" { "events" } else { field };
                problems.push(Problem::of(
                    field,
                    format!("There are {count} {what}; at most {most} fit in a report."),
                ));
            }
        }
        for (field, names) in [
            ("services", &self.services),
            ("teams", &self.teams),
            ("tags", &self.tags),
            ("authors", &self.authors),
        ] {
            if names
                .iter()
                .any(|name| name.chars().count() > MAX_NAME_CHARS)
            {
                problems.push(Problem::of(
                    field,
                    format!("A name here is longer than {MAX_NAME_CHARS} characters."),
                ));
            }
        }
        if self
            .factors
            .iter()
            .any(|factor| factor.name.chars().count() > MAX_NAME_CHARS)
        {
            problems.push(Problem::of(
                "factors",
                format!("A factor's name is longer than {MAX_NAME_CHARS} characters: shorten it and use the note."),
            ));
        }
    }

    /// Times of which no database could keep track.
    fn check_years(&self, problems: &mut Vec<Problem>) {
        let early = |at: Option<Timestamp>| at.is_some_and(|at| at < EARLIEST);
        for (name, at) in self.times.named() {
            if early(at) {
                let message = format!("“{}” lies before the year 1.", Times::label(name));
                problems.push(Problem::of(name, message));
            }
        }
        let events = self.timeline.iter();
        if let Some(index) = events
            .clone()
            .position(|it| early(it.at) || early(it.known_at))
        {
            let message = format!("Event {} lies before the year 1.", index + 1);
            problems.push(Problem::of("timeline", message));
        }
        let early = |on: Option<Date>| on.is_some_and(|on| on.year() < 1);
        let rows = self.countermeasures.iter();
        if let Some(index) = rows
            .clone()
            .position(|it| early(it.check_on) || early(it.due_on))
        {
            let message = format!(
                "A date of countermeasure {} lies before the year 1.",
                index + 1
            );
            problems.push(Problem::of("countermeasures", message));
        }
    }

    /// Impossible orders name both times, as the form shows them. With a zone nobody knows, local times are not known
    /// either: then the zone alone is what needs correcting.
    fn check_times(&self, problems: &mut Vec<Problem>) {
        let Ok(zone) = TimeZone::get(&self.timezone) else {
            return;
        };
        let shown = |field: &str, at: Timestamp| {
            let local = at.to_zoned(zone.clone());
            let time = if local.subsec_nanosecond() != 0 {
                local.strftime("%Y-%m-%d %H:%M:%S%.f")
            } else if local.second() != 0 {
                local.strftime("%Y-%m-%d %H:%M:%S")
            } else {
                local.strftime("%Y-%m-%d %H:%M")
            };
            format!(
                "“{}” ({time} {})",
                Times::label(field),
                local.strftime("%Z")
            )
        };
        let named = self.times.named();
        let find = |name: &str| {
            named
                .iter()
                .find(|(key, _)| *key == name)
                .and_then(|(_, at)| *at)
        };
        for (first_name, second_name) in Times::ORDER {
            if let (Some(first), Some(second)) = (find(first_name), find(second_name))
                && second < first
            {
                problems.push(Problem::of(
                    second_name,
                    format!(
                        "{} is before {}.",
                        shown(second_name, second),
                        shown(first_name, first)
                    ),
                ));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reports::model::{Countermeasure, Severity, TimelineEvent};

    fn titled() -> Draft {
        Draft {
            title: "T".to_owned(),
            ..Draft::default()
        }
    }

    fn fields(draft: &Draft) -> Vec<String> {
        draft
            .check()
            .into_iter()
            .map(|problem| problem.field)
            .collect()
    }

    #[test]
    fn a_titled_draft_may_be_saved() {
        assert_eq!(titled().check(), []);
    }

    #[test]
    fn title_severity_and_zone_are_checked() {
        let mut draft = titled();
        draft.title = "  ".to_owned();
        draft.kind = Kind::NearMiss;
        draft.severity = Severity::new(2);
        draft.timezone = "Nowhere/Land".to_owned();
        assert_eq!(fields(&draft), ["title", "severity", "timezone"]);
        draft.title = "x".repeat(MAX_TITLE_CHARS + 1);
        assert!(
            draft
                .check()
                .iter()
                .any(|problem| problem.message.contains("301 characters"))
        );
    }

    #[test]
    fn sizes_are_checked() {
        let mut draft = titled();
        draft.services = vec!["x".to_owned(); MAX_NAMES + 1];
        draft.tags = vec!["x".repeat(MAX_NAME_CHARS + 1)];
        assert_eq!(fields(&draft), ["services", "tags"]);
    }

    #[test]
    fn a_key_fits_its_index() {
        let mut draft = titled();
        for (key, fits) in [
            ("k".repeat(MAX_IMPORT_KEY_CHARS), true),
            ("k".repeat(MAX_IMPORT_KEY_CHARS + 1), false),
            ("鍵".repeat(MAX_IMPORT_KEY_BYTES / 3), true),
            ("鍵".repeat(MAX_IMPORT_KEY_BYTES / 3 + 1), false),
        ] {
            draft.import_key = Some(key);
            let expected: &[&str] = if fits { &[] } else { &["import_key"] };
            assert_eq!(fields(&draft), expected);
        }
    }

    #[test]
    fn impossible_orders_name_both_times() {
        let mut draft = titled();
        draft.times.started_at = "2026-03-01T10:00:00Z".parse().ok();
        draft.times.resolved_at = "2026-03-01T09:00:00Z".parse().ok();
        draft.timezone = "Europe/Paris".to_owned();
        let problems = draft.check();
        assert_eq!(problems.len(), 1);
        assert_eq!(problems[0].field, "resolved_at");
        assert_eq!(
            problems[0].message,
            "“Resolved” (2026-03-01 10:00 CET) is before “Started” (2026-03-01 11:00 CET)."
        );
        draft.timezone = "Nowhere/Land".to_owned();
        assert_eq!(fields(&draft), ["timezone"]);
        draft.timezone = "UTC".to_owned();
        // Noticed before it began: a warning sign that was heeded.
        draft.times.resolved_at = None;
        draft.times.detected_at = "2026-03-01T09:00:00Z".parse().ok();
        assert_eq!(draft.check(), []);
    }

    #[test]
    fn times_before_the_year_1_are_refused() {
        let mut draft = titled();
        draft.times.started_at = "-005000-01-01T00:00:00Z".parse().ok();
        let mut event = TimelineEvent::said("x");
        event.known_at = "0000-12-31T23:59:59Z".parse().ok();
        draft.timeline = vec![event];
        let mut row = Countermeasure::titled("x");
        row.due_on = "-000044-03-15".parse().ok();
        draft.countermeasures = vec![row];
        assert_eq!(
            fields(&draft),
            ["started_at", "timeline", "countermeasures"]
        );
        draft.times.started_at = Some(EARLIEST);
        draft.timeline[0].known_at = Some(EARLIEST);
        draft.countermeasures[0].due_on = "0001-01-01".parse().ok();
        assert_eq!(fields(&draft), [""; 0]);
    }

    #[test]
    fn what_will_not_be_done_needs_a_reason() {
        let mut draft = titled();
        let mut row = Countermeasure::titled("x");
        row.status = CountermeasureStatus::WontDo;
        draft.countermeasures = vec![row];
        assert_eq!(fields(&draft), ["countermeasures"]);
        draft.countermeasures[0].status_reason = "too dear".to_owned();
        assert_eq!(draft.check(), []);
    }
}
