//! What a link to a new report fills in, and what of it does not fit: the form says so, and is there all the same. Pure.

use super::form::EditForm;
use super::header_times::{moment, written};
use super::start::named;
use super::words;
use crate::reports::model::{Kind, Problem, Severity, Visibility};
use crate::reports::templates::{Template, matching};
use crate::reports::timeline::{Place, typed_first, typed_length};
use jiff::tz::TimeZone;
use jiff::{Timestamp, Unit};
use serde::Deserialize;

/// What a link to a new report may fill in. Any of it may stand there more than once: of lists all count, of the others the
/// first.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Prefilled {
    /// The word of a template.
    template: Vec<String>,
    /// The name of a form that was left before: then nothing else counts.
    form: Vec<String>,
    title: Vec<String>,
    kind: Vec<String>,
    severity: Vec<String>,
    visibility: Vec<String>,
    service: Vec<String>,
    services: Vec<String>,
    team: Vec<String>,
    teams: Vec<String>,
    tag: Vec<String>,
    tags: Vec<String>,
    timezone: Vec<String>,
    started_at: Vec<String>,
    detected_at: Vec<String>,
}

/// The first that says something.
fn first(values: &[String]) -> &str {
    let said = values.iter().find(|value| !value.trim().is_empty());
    said.map_or("", String::as_str)
}

/// All of them as a field of names takes them.
fn all(one: &[String], more: &[String]) -> String {
    let said = one.iter().chain(more).map(|value| value.trim());
    said.filter(|value| !value.is_empty())
        .collect::<Vec<_>>()
        .join(", ")
}

impl Prefilled {
    /// The form that was left before.
    pub(super) fn left(&self) -> &str {
        first(&self.form)
    }

    /// The zone that is asked for, be it one or not.
    pub(super) fn zone(&self) -> Option<&str> {
        Some(first(&self.timezone).trim()).filter(|zone| !zone.is_empty())
    }

    /// The template that was asked for, or the one that fits; and whether the one asked for is there.
    pub(super) fn choose<'a>(&self, templates: &'a [Template]) -> (Option<&'a Template>, bool) {
        let word = first(&self.template).trim();
        if word.is_empty() {
            let severity = Severity::parse(first(&self.severity));
            return (matching(templates, self.kind(), severity), true);
        }
        named(templates, word)
    }

    fn kind(&self) -> Kind {
        Kind::parse(first(&self.kind)).unwrap_or(Kind::Incident)
    }

    /// The form with all of it, and what does not fit. Without any template it is an empty page.
    pub(super) fn form(
        &self,
        (template, author): (Option<&Template>, &str),
        timezone: &str,
        now: Timestamp,
    ) -> (EditForm, Vec<Problem>) {
        let mut problems = Vec::new();
        let kind = template.map_or(self.kind(), |it| it.kind);
        let asked = first(&self.kind);
        if !asked.is_empty() && Kind::parse(asked).is_none() {
            let message =
                format!("The link asked for the kind “{asked}”, which is none: choose one.");
            problems.push(Problem::of("kind", message));
        }
        let visibility = self.visibility(template, &mut problems);
        if TimeZone::get(timezone).is_err() {
            let message = format!("“{timezone}” is not an IANA time zone such as Europe/Paris.");
            problems.push(Problem::of("timezone", message));
        }
        let zone = words::zone(timezone);
        let has_start = !first(&self.started_at).trim().is_empty();
        let mut time = |field: &str, values: &[String]| {
            let is_first = field == "started_at" || !has_start;
            told(first(values), &zone, (now, is_first)).unwrap_or_else(|message| {
                problems.push(Problem::of(field, message));
                first(values).trim().to_owned()
            })
        };
        let started_at = time("started_at", &self.started_at);
        let detected_at = time("detected_at", &self.detected_at);
        let severity = self.severity(kind, &mut problems);
        let form = EditForm {
            title: first(&self.title).to_owned(),
            kind: kind.word().to_owned(),
            severity: severity.map_or_else(String::new, |it| it.level().to_string()),
            visibility: visibility.word().to_owned(),
            services: all(&self.service, &self.services),
            teams: all(&self.team, &self.teams),
            tags: all(&self.tag, &self.tags),
            authors: author.to_owned(),
            timezone: timezone.to_owned(),
            started_at,
            detected_at,
            template: template.map_or_else(String::new, |it| it.word.clone()),
            document: template.map_or_else(String::new, Template::outline),
            ..EditForm::default()
        };
        (form, problems)
    }

    /// Whether the link says when it was.
    pub(super) fn tells_times(&self) -> bool {
        let is_said = |values: &[String]| !first(values).trim().is_empty();
        is_said(&self.started_at) || is_said(&self.detected_at)
    }

    /// The template's, or a narrower one.
    fn visibility(&self, template: Option<&Template>, problems: &mut Vec<Problem>) -> Visibility {
        let of_template = template.map_or(Visibility::Open, |it| it.visibility);
        let asked = first(&self.visibility).trim();
        match Visibility::parse(asked) {
            Some(Visibility::Restricted) => Visibility::Restricted,
            Some(Visibility::Open) => of_template,
            None if asked.is_empty() => of_template,
            None => {
                let message = format!(
                    "The link asked for the visibility “{asked}”, which is neither open nor restricted: choose one."
                );
                problems.push(Problem::of("visibility", message));
                Visibility::Restricted
            }
        }
    }

    /// A near miss has none, whatever the alert said.
    fn severity(&self, kind: Kind, problems: &mut Vec<Problem>) -> Option<Severity> {
        let asked = first(&self.severity).trim();
        let severity = Severity::parse(asked);
        if severity.is_none() && !asked.is_empty() {
            let message = format!(
                "The link asked for the severity “{asked}”; a severity is a number from 1 to 5."
            );
            problems.push(Problem::of("severity", message));
        }
        severity.filter(|_| kind != Kind::NearMiss)
    }
}

/// A time as links say it, as the form takes it: seconds since 1970, what people type, and whole instants, also where a
/// plus sign became a space on the way. A step of the first counts from now.
fn told(text: &str, zone: &TimeZone, (now, is_first): (Timestamp, bool)) -> Result<String, String> {
    let typed = text.trim();
    if typed.is_empty() || moment(typed, zone).is_ok() {
        return Ok(typed.to_owned());
    }
    if let Some(at) = since_1970(typed) {
        return Ok(written(at, zone));
    }
    if let Some((before, offset)) = typed.rsplit_once(' ')
        && let Ok(at) = format!("{before}+{offset}").parse::<Timestamp>()
    {
        return Ok(written(at, zone));
    }
    let plus = format!("+{typed}");
    let lost_plus = text.starts_with(' ') && typed_length(typed).is_some();
    let typed = if lost_plus { plus.as_str() } else { typed };
    let is_step = typed.starts_with(['+', '-', '−']);
    let today = Some(zone.to_datetime(now).date());
    let place = Place {
        zone: zone.clone(),
        day: today,
        today,
        above: is_step.then_some(now),
    };
    typed_first(typed, &place).map(|at| match at {
        // Nothing stands above that it could count from.
        Some(at) if is_step && is_first => written(at.round(Unit::Minute).unwrap_or(at), zone),
        _ => typed.to_owned(),
    })
}

/// `1795255500`, with parts of a second or not, or in milliseconds.
fn since_1970(text: &str) -> Option<Timestamp> {
    let (whole, parts) = text.split_once('.').unwrap_or((text, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(whole) || !digits(parts) {
        return None;
    }
    let number: i64 = whole.parse().ok()?;
    match whole.len() {
        9 | 10 => Timestamp::from_second(number).ok(),
        13 => Timestamp::from_second(number / 1_000).ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paris(text: &str, is_first: bool) -> Result<String, String> {
        let zone = TimeZone::get("Europe/Paris").unwrap();
        let now = "2026-11-22T16:55:00.123456Z".parse().unwrap();
        told(text, &zone, (now, is_first))
    }

    #[test]
    fn times_are_understood_however_a_link_says_them() {
        for (text, read) in [
            ("", ""),
            ("2026-11-21T10:05:00Z", "2026-11-21T10:05:00Z"),
            ("2026-11-21T10:05:00 02:00", "2026-11-21 09:05"),
            ("2026-11-21 10:05:00 02:00", "2026-11-21 09:05"),
            ("1795255500", "2026-11-21 11:05"),
            ("1795255500.25", "2026-11-21 11:05"),
            ("1795255500123", "2026-11-21 11:05"),
            ("14:02", "14:02"),
            ("yesterday 23:10", "yesterday 23:10"),
            ("+5m", "+5m"),
            (" 5m", "+5m"),
        ] {
            assert_eq!(paris(text, false).as_deref(), Ok(read), "{text}");
        }
        // There is no time before the first.
        for (text, read) in [
            ("-10m", "2026-11-22 17:45"),
            ("+5m", "2026-11-22 18:00"),
            (" 5m", "2026-11-22 18:00"),
            ("14:02", "14:02"),
        ] {
            assert_eq!(paris(text, true).as_deref(), Ok(read), "{text}");
        }
        for text in ["soon", "2026-02-30T10:00:00Z", "12345", "yesterday"] {
            assert!(paris(text, true).is_err(), "{text}");
        }
    }

    #[test]
    fn lists_take_all_and_what_does_not_fit_is_told() {
        let lists = |values: &[&str]| values.iter().map(|it| (*it).to_owned()).collect::<Vec<_>>();
        let link = Prefilled {
            service: lists(&["checkout", "dns"]),
            services: lists(&["search, mail"]),
            team: lists(&["storage"]),
            tag: lists(&["queue"]),
            title: lists(&["", "Down"]),
            severity: lists(&["9"]),
            kind: lists(&["party"]),
            visibility: lists(&["secret"]),
            detected_at: lists(&["soon"]),
            ..Prefilled::default()
        };
        let now = Timestamp::UNIX_EPOCH;
        let (form, problems) = link.form((None, "Ana"), "Mars/Olympus", now);
        assert_eq!(form.services, "checkout, dns, search, mail");
        assert_eq!(
            (form.teams.as_str(), form.tags.as_str()),
            ("storage", "queue")
        );
        assert_eq!(
            (form.title.as_str(), form.authors.as_str()),
            ("Down", "Ana")
        );
        assert_eq!(
            (form.severity.as_str(), form.kind.as_str()),
            ("", "incident")
        );
        assert_eq!(form.detected_at, "soon");
        assert_eq!(form.visibility, "restricted", "whatever was meant");
        let mut fields: Vec<&str> = problems.iter().map(|it| it.field.as_str()).collect();
        fields.sort_unstable();
        assert_eq!(
            fields,
            ["detected_at", "kind", "severity", "timezone", "visibility"]
        );
    }
}
