//! What somebody wants reports to be like, as addresses and programs say it. Pure.

use crate::platform::http::Error;
use crate::platform::ids::ReportKey;
use crate::platform::search::related::Subject;
use std::collections::BTreeMap;

/// The most bytes of a text that are taken.
pub(crate) const MOST_TEXT: usize = 16 * 1024;
/// The most bytes of anything else, and the most of them.
pub(crate) const MOST_NAME: usize = 1_000;
const MOST_NAMES: usize = 32;
/// The most labels of an alert.
pub(crate) const MOST_LABELS: usize = 64;

/// What reports are to be like.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Model {
    /// This report.
    Report(ReportKey),
    /// The report that an import gave this identity.
    Imported(String),
    /// What is known of an alert or of a change.
    Known(Subject),
}

/// Parameters that say what is known, and so do not stand beside a report.
const KNOWN: [&str; 6] = ["text", "title", "summary", "alertname", "service", "team"];
/// Parameters with one value.
const SINGLE: [&str; 7] = [
    "id",
    "import_key",
    "text",
    "title",
    "summary",
    "alertname",
    "limit",
];

/// What the parameters of an address ask for; none when they ask for nothing at all.
pub(crate) fn read(pairs: &[(String, String)]) -> Result<Option<Model>, Error> {
    let given: Vec<(&str, &str)> = pairs
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .filter(|(_, value)| !value.trim().is_empty())
        .collect();
    let values = |wanted: &'static str| {
        let of_name = given.iter().filter(move |(name, _)| *name == wanted);
        of_name.map(|(_, value)| *value)
    };
    if let Some(name) = SINGLE
        .into_iter()
        .find(|name| pairs.iter().filter(|pair| pair.0 == *name).count() > 1)
    {
        return Err(Error::field(name, "Say it once."));
    }
    let get = |name| values(name).next();
    let known = KNOWN.into_iter().find(|name| get(name).is_some());
    match (get("id"), get("import_key"), known) {
        (Some(_), Some(_), _) => Err(Error::field("import_key", "Say one: this or id.")),
        (Some(_), None, Some(known)) | (None, Some(_), Some(known)) => Err(Error::field(
            known,
            "Say what the reports are to be like once: as a report, or in words.",
        )),
        (Some(key), None, None) => {
            let missing = |_no_key| Error::not_found(format!("The report {}", short(key)));
            key.trim()
                .parse()
                .map(Model::Report)
                .map_err(missing)
                .map(Some)
        }
        (None, Some(key), None) => {
            within("import_key", key, MOST_NAME)?;
            Ok(Some(Model::Imported(key.to_owned())))
        }
        (None, None, None) => Ok(None),
        (None, None, Some(_)) => {
            let mut said = Said {
                title: get("title").unwrap_or_default().to_owned(),
                text: get("text").unwrap_or_default().to_owned(),
                services: values("service").map(str::to_owned).collect(),
                ..Said::default()
            };
            for name in ["alertname", "summary", "team"] {
                for value in values(name) {
                    said.labels.insert(name.to_owned(), value.to_owned());
                }
            }
            said.subject().map(Model::Known).map(Some)
        }
    }
}

/// What is known of an alert or of a change.
#[derive(Clone, Debug, Default)]
pub(crate) struct Said {
    pub(crate) title: String,
    pub(crate) text: String,
    pub(crate) services: Vec<String>,
    /// Of an alert. Those that say where it rang and who sent it are left alone.
    pub(crate) labels: BTreeMap<String, String>,
}

impl Said {
    /// What reports are compared with, unless there is too much of it or nothing to compare.
    pub(crate) fn subject(self) -> Result<Subject, Error> {
        within("text", &self.text, MOST_TEXT)?;
        within("title", &self.title, MOST_NAME)?;
        if self.labels.len() > MOST_LABELS {
            return Err(Error::field(
                "labels",
                format!("At most {MOST_LABELS} labels."),
            ));
        }
        if self.services.len() > MOST_NAMES {
            return Err(Error::field(
                "services",
                format!("At most {MOST_NAMES} services."),
            ));
        }
        for service in &self.services {
            within("services", service, MOST_NAME)?;
        }
        let mut subject = Subject {
            title: self.title,
            text: self.text,
            services: self.services,
            ..Subject::default()
        };
        for (name, value) in self.labels {
            label(&mut subject, &name, &value)?;
        }
        if [&subject.title, &subject.text]
            .iter()
            .all(|it| it.trim().is_empty())
        {
            return Err(Error::field(
                "text",
                "Say what the reports are to be like: a text, a title or the name of an alert.",
            ));
        }
        Ok(subject)
    }
}

/// Adds what a label says.
fn label(subject: &mut Subject, name: &str, value: &str) -> Result<(), Error> {
    let names = match name {
        "alertname" => {
            within("labels.alertname", value, MOST_NAME)?;
            // Reports that do not name the alert may tell of what it is named after.
            if subject.title.trim().is_empty() {
                subject.title = spaced(value);
            } else {
                subject.text = format!("{} {}", spaced(value), subject.text);
            }
            &mut subject.alerts
        }
        "service" | "app" | "component" => &mut subject.services,
        "team" => &mut subject.teams,
        "summary" | "description" | "message" | "error" | "reason" => {
            within(&format!("labels.{name}"), value, MOST_TEXT)?;
            subject.text = format!("{}\n{value}", subject.text);
            return Ok(());
        }
        // Where it rang, how bad it is, who sent it.
        _ => return Ok(()),
    };
    within(&format!("labels.{name}"), value, MOST_NAME)?;
    let value = value.trim();
    if !value.is_empty() && !names.iter().any(|it| it == value) {
        names.push(value.to_owned());
    }
    Ok(())
}

fn within(field: &str, value: &str, most: usize) -> Result<(), Error> {
    if value.len() <= most {
        return Ok(());
    }
    let message = format!("At most {most} bytes; this has {}.", value.len());
    Err(Error::field(field.to_owned(), message))
}

fn short(text: &str) -> String {
    text.chars().take(40).collect()
}

/// `PostgresReplicationLag` and `postgres_replication_lag` as words.
fn spaced(name: &str) -> String {
    let mut words = String::with_capacity(name.len() + 8);
    let mut letters = name.chars().peekable();
    while let Some(letter) = letters.next() {
        if matches!(letter, '_' | '-' | '.' | ':' | '/') {
            words.push(' ');
            continue;
        }
        words.push(letter);
        if !letter.is_uppercase() && letters.peek().is_some_and(|next| next.is_uppercase()) {
            words.push(' ');
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(query: &[(&str, &str)]) -> Result<Option<Model>, Error> {
        let pairs: Vec<(String, String)> = query
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        read(&pairs)
    }

    fn wrong_field(query: &[(&str, &str)]) -> String {
        match asked(query) {
            Err(Error::Invalid(problems)) => problems[0].field.to_string(),
            other => panic!("{other:?}"),
        }
    }

    fn subject(query: &[(&str, &str)]) -> Subject {
        match asked(query) {
            Ok(Some(Model::Known(subject))) => subject,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn one_thing_is_asked_about() {
        let report = Model::Report(ReportKey(42));
        assert_eq!(asked(&[("id", "PM-42")]).unwrap(), Some(report));
        let imported = Model::Imported("a/b.md".to_owned());
        assert_eq!(
            asked(&[("import_key", "a/b.md"), ("text", " ")]).unwrap(),
            Some(imported)
        );
        assert_eq!(asked(&[("limit", "3"), ("id", "")]).unwrap(), None);
        assert!(matches!(asked(&[("id", "x")]), Err(Error::NotFound(_))));
        for (query, field) in [
            ([("id", "PM-1"), ("import_key", "x")], "import_key"),
            ([("id", "PM-1"), ("text", "x")], "text"),
            ([("import_key", "x"), ("service", "x")], "service"),
            ([("text", "a"), ("text", "b")], "text"),
            ([("service", "a"), ("team", "b")], "text"),
        ] {
            assert_eq!(wrong_field(&query), field, "{query:?}");
        }
    }

    #[test]
    fn too_much_is_refused() {
        let long = "x".repeat(MOST_TEXT + 1);
        assert_eq!(wrong_field(&[("text", &long)]), "text");
        assert_eq!(wrong_field(&[("title", &long)]), "title");
        assert_eq!(wrong_field(&[("alertname", &long)]), "labels.alertname");
        assert_eq!(wrong_field(&[("import_key", &long)]), "import_key");
        let many: Vec<(&str, &str)> = (0..33).map(|_| ("service", "x")).collect();
        assert_eq!(
            wrong_field(&[&[("text", "x")], &many[..]].concat()),
            "services"
        );
    }

    #[test]
    fn an_alert_is_its_name_its_words_and_what_it_concerns() {
        let found = subject(&[
            ("alertname", "PostgresReplicationLag"),
            ("service", "checkout"),
            ("service", "billing"),
            ("team", "data"),
            ("summary", "340s behind"),
        ]);
        assert_eq!(found.title, "Postgres Replication Lag");
        assert_eq!(found.text.trim(), "340s behind");
        assert_eq!(found.alerts, ["PostgresReplicationLag"]);
        assert_eq!(found.services, ["checkout", "billing"]);
        assert_eq!(found.teams, ["data"]);
    }

    #[test]
    fn labels_that_say_where_it_rang_are_left_alone() {
        let labels = [
            ("alertname", "disk_full"),
            ("instance", "db-2:9187"),
            ("severity", "critical"),
            ("app", "search"),
        ];
        let labels = labels.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let said = Said {
            title: "Disk".to_owned(),
            labels: labels.into_iter().collect(),
            ..Said::default()
        };
        let subject = said.subject().unwrap();
        assert_eq!(subject.services, ["search"]);
        assert_eq!(
            (subject.title.as_str(), subject.text.trim()),
            ("Disk", "disk full")
        );
    }
}
