//! Every setting's value and where it came from, before it is understood.

use super::{Origin, PASSWORD, PREFIX, SETTINGS, Setting, Sources};
use std::collections::BTreeMap;

/// Values looked up by name while problems are gathered.
pub(super) struct Lookup {
    pub(super) values: Vec<(Setting, String, Origin)>,
    pub(super) problems: Vec<String>,
    /// The address of the database has the name that every hosting platform uses.
    conventional: bool,
}

/// The name every hosting platform uses, beside our own.
const CONVENTIONAL: &str = "DATABASE_URL";

/// Settings that are lists.
const LISTS: [&str; 2] = ["allowed_hosts", "trusted_proxies"];

impl Lookup {
    pub(super) fn text(&self, name: &str) -> &str {
        self.values
            .iter()
            .find(|(setting, _, _)| setting.name == name)
            .map_or("", |(_, value, _)| value)
    }

    pub(super) fn is_default(&self, name: &str) -> bool {
        self.values
            .iter()
            .any(|(setting, _, origin)| setting.name == name && *origin == Origin::Default)
    }

    /// Parses a value; a problem names the setting and where it was set, and `fallback` goes on.
    pub(super) fn parse<T>(
        &mut self,
        name: &str,
        fallback: T,
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> T {
        let Some((setting, value, origin)) = self
            .values
            .iter()
            .find(|(setting, _, _)| setting.name == name)
        else {
            return fallback;
        };
        match parse(value) {
            Ok(parsed) => parsed,
            Err(message) => {
                let place = match origin {
                    Origin::Flag => setting.flag(),
                    Origin::Environment if self.conventional && name == "database_url" => {
                        CONVENTIONAL.to_owned()
                    }
                    Origin::Environment => setting.variable(),
                    Origin::File | Origin::Default => setting.name.to_owned(),
                };
                self.problems.push(format!("{place}: {message}"));
                fallback
            }
        }
    }
}

/// Finds every setting's value and where it came from.
pub(super) fn gather(sources: &Sources, warnings: &mut Vec<String>) -> Lookup {
    let mut problems = sources.problems.clone();
    let file = file_values(sources, &mut problems);
    let known: Vec<String> = SETTINGS.iter().map(Setting::variable).collect();
    for name in sources.environment.keys() {
        let is_known = known.contains(name) || [PASSWORD, "HANSEI_CONFIG"].contains(&name.as_str());
        if name.starts_with(PREFIX) && !is_known {
            warnings.push(format!("{name} is set, but there is no such setting"));
        }
    }
    let from_environment = |setting: &Setting| {
        let conventional = (setting.name == "database_url")
            .then(|| sources.environment.get(CONVENTIONAL))
            .flatten();
        sources
            .environment
            .get(&setting.variable())
            .or(conventional)
            .cloned()
    };
    let values = SETTINGS
        .iter()
        .map(|setting| {
            let (value, origin) = if let Some(value) = sources.flags.get(setting.name) {
                (value.clone(), Origin::Flag)
            } else if let Some(value) = from_environment(setting) {
                (value, Origin::Environment)
            } else if let Some(value) = file.get(setting.name) {
                (value.clone(), Origin::File)
            } else {
                (setting.default.to_owned(), Origin::Default)
            };
            (*setting, value.trim().to_owned(), origin)
        })
        .collect();
    Lookup {
        values,
        problems,
        conventional: !sources.environment.contains_key("HANSEI_DATABASE_URL"),
    }
}

fn file_values(sources: &Sources, problems: &mut Vec<String>) -> BTreeMap<String, String> {
    let mut values = BTreeMap::new();
    let Some((path, text)) = &sources.file else {
        return values;
    };
    let table: toml::Table = match text.parse() {
        Ok(table) => table,
        Err(error) => {
            // Not the error itself: it shows the line, which may have a password in it.
            let before = error.span().and_then(|span| text.get(..span.start));
            let line = before.map_or(1, |before| before.matches('\n').count() + 1);
            let what = error.message();
            problems.push(format!("{}:{line}: {what}", path.display()));
            return values;
        }
    };
    for (key, value) in table {
        if !SETTINGS.iter().any(|setting| setting.name == key) {
            problems.push(format!("{}: there is no setting “{key}”", path.display()));
            continue;
        }
        match plain(&value, LISTS.contains(&key.as_str())) {
            Some(text) => {
                values.insert(key, text);
            }
            None if LISTS.contains(&key.as_str()) => problems.push(format!(
                "{}: “{key}” must be a text or a list of texts",
                path.display()
            )),
            None => problems.push(format!(
                "{}: “{key}” must be one text, number, true or false",
                path.display()
            )),
        }
    }
    values
}

/// A TOML value as it would be written in the environment.
fn plain(value: &toml::Value, list: bool) -> Option<String> {
    match value {
        toml::Value::String(text) => Some(text.clone()),
        toml::Value::Integer(number) => Some(number.to_string()),
        toml::Value::Boolean(truth) => Some(truth.to_string()),
        toml::Value::Array(items) if list => {
            let items: Option<Vec<&str>> = items.iter().map(toml::Value::as_str).collect();
            Some(items?.join(","))
        }
        toml::Value::Array(_)
        | toml::Value::Float(_)
        | toml::Value::Datetime(_)
        | toml::Value::Table(_) => None,
    }
}
