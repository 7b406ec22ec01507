//! What a search is narrowed by: written in the query (`service:checkout`) or given as URL parameters.

use std::fmt;

use jiff::civil::Date;

/// Values longer than this are cut.
const MAX_VALUE_CHARS: usize = 200;
/// More values than this for one field are ignored.
const MAX_VALUES: usize = 20;

/// Something a search can be narrowed by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// An affected service.
    Service,
    /// A team.
    Team,
    /// A tag.
    Tag,
    /// A contributing factor.
    Factor,
    /// Severity, written `2` or `SEV2`.
    Severity,
    /// Kind of report.
    Kind,
    /// Status of the report.
    Status,
    /// The year it began.
    Year,
    /// Began on this day or later.
    After,
    /// Began before this day.
    Before,
}

impl Field {
    /// Every field, in the order they are written.
    pub const ALL: [Self; 10] = [
        Self::Service,
        Self::Team,
        Self::Tag,
        Self::Factor,
        Self::Severity,
        Self::Kind,
        Self::Status,
        Self::Year,
        Self::After,
        Self::Before,
    ];

    /// The name in a query and in a URL.
    pub fn name(self) -> &'static str {
        match self {
            Self::Service => "service",
            Self::Team => "team",
            Self::Tag => "tag",
            Self::Factor => "factor",
            Self::Severity => "severity",
            Self::Kind => "kind",
            Self::Status => "status",
            Self::Year => "year",
            Self::After => "after",
            Self::Before => "before",
        }
    }

    /// The field of that name; `sev` is short for `severity`.
    pub fn from_name(name: &str) -> Option<Self> {
        if name.eq_ignore_ascii_case("sev") {
            return Some(Self::Severity);
        }
        Self::ALL
            .into_iter()
            .find(|field| field.name().eq_ignore_ascii_case(name))
    }
}

/// The value does not fit the field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FilterError {
    /// Nothing is left after trimming.
    #[error("needs a value")]
    Empty,
    /// Not `2` or `SEV2`.
    #[error("needs a severity such as 2 or SEV2")]
    Severity,
    /// Not a year.
    #[error("needs a year such as 2026")]
    Year,
    /// Not a date.
    #[error("needs a date such as 2026, 2026-01 or 2026-01-15")]
    Date,
    /// Twenty values are there already.
    #[error("has too many values")]
    TooMany,
}

/// Values by field: any of the values of a field, and all of the fields, must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Filters {
    /// Affected services.
    pub service: Vec<String>,
    /// Teams.
    pub team: Vec<String>,
    /// Tags.
    pub tag: Vec<String>,
    /// Contributing factors.
    pub factor: Vec<String>,
    /// Kinds.
    pub kind: Vec<String>,
    /// Statuses.
    pub status: Vec<String>,
    /// Severities.
    pub severity: Vec<u8>,
    /// Years.
    pub year: Vec<i16>,
    /// The first day.
    pub after: Option<Date>,
    /// The day after the last day.
    pub before: Option<Date>,
}

impl Filters {
    /// From name and value pairs, such as URL parameters. Unknown names and unfit values are left out.
    pub fn from_pairs<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let mut filters = Self::default();
        for (name, value) in pairs {
            if let Some(field) = Field::from_name(name) {
                let _unfit_values_are_left_out = filters.add(field, value);
            }
        }
        filters
    }

    /// As name and value pairs, for a URL.
    pub fn to_pairs(&self) -> Vec<(&'static str, String)> {
        Field::ALL
            .into_iter()
            .flat_map(|field| {
                self.values(field)
                    .into_iter()
                    .map(move |value| (field.name(), value))
            })
            .collect()
    }

    /// The values of one field, as text.
    pub fn values(&self, field: Field) -> Vec<String> {
        match field {
            Field::Service => self.service.clone(),
            Field::Team => self.team.clone(),
            Field::Tag => self.tag.clone(),
            Field::Factor => self.factor.clone(),
            Field::Kind => self.kind.clone(),
            Field::Status => self.status.clone(),
            Field::Severity => self.severity.iter().map(ToString::to_string).collect(),
            Field::Year => self.year.iter().map(ToString::to_string).collect(),
            Field::After => self.after.iter().map(ToString::to_string).collect(),
            Field::Before => self.before.iter().map(ToString::to_string).collect(),
        }
    }

    /// Nothing is narrowed.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// How many values are set.
    pub fn len(&self) -> usize {
        self.to_pairs().len()
    }

    /// Adds a value. A date replaces the one before.
    pub fn add(&mut self, field: Field, value: &str) -> Result<(), FilterError> {
        let value = clean(value);
        if value.is_empty() {
            return Err(FilterError::Empty);
        }
        match field {
            Field::Service => push(&mut self.service, value),
            Field::Team => push(&mut self.team, value),
            Field::Tag => push(&mut self.tag, value),
            Field::Factor => push(&mut self.factor, value),
            Field::Kind => push(&mut self.kind, value),
            Field::Status => push(&mut self.status, value),
            Field::Severity => push(&mut self.severity, severity(&value)?),
            Field::Year => push(&mut self.year, year(&value)?),
            Field::After => {
                self.after = Some(date(&value)?);
                Ok(())
            }
            Field::Before => {
                self.before = Some(date(&value)?);
                Ok(())
            }
        }
    }

    /// These filters and one more, for a link that narrows. Unfit values change nothing.
    #[must_use]
    pub fn with(&self, field: Field, value: &str) -> Self {
        let mut filters = self.clone();
        match filters.add(field, value) {
            Ok(()) => filters,
            Err(_) => self.clone(),
        }
    }

    /// These filters but one value, for a link that widens.
    #[must_use]
    pub fn without(&self, field: Field, value: &str) -> Self {
        let mut filters = Self::default();
        for kept in Field::ALL {
            for found in self.values(kept) {
                if kept != field || found != value {
                    filters = filters.with(kept, &found);
                }
            }
        }
        filters
    }

    /// These filters but one field.
    #[must_use]
    pub fn without_field(&self, field: Field) -> Self {
        self.values(field)
            .iter()
            .fold(self.clone(), |filters, value| filters.without(field, value))
    }

    /// Both together, as when a query is narrowed by URL parameters too.
    ///
    /// Values of the same field add up; of two dates the narrower holds.
    #[must_use]
    pub fn merged(&self, other: &Self) -> Self {
        let mut filters = self.clone();
        for (name, value) in other.to_pairs() {
            if let Some(field) = Field::from_name(name) {
                filters = filters.with(field, &value);
            }
        }
        filters.after = self.after.max(other.after);
        filters.before = match (self.before, other.before) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
        filters
    }
}

impl fmt::Display for Filters {
    /// As written in a query.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, (name, value)) in self.to_pairs().into_iter().enumerate() {
            let space = if i == 0 { "" } else { " " };
            if value.contains(char::is_whitespace) {
                write!(f, "{space}{name}:\"{value}\"")?;
            } else {
                write!(f, "{space}{name}:{value}")?;
            }
        }
        Ok(())
    }
}

fn clean(value: &str) -> String {
    let spaced: String = value
        .chars()
        .filter(|c| *c != '"')
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    let joined = spaced.split_whitespace().collect::<Vec<_>>().join(" ");
    let cut: String = joined.chars().take(MAX_VALUE_CHARS).collect();
    cut.trim().to_owned()
}

fn push<T: PartialEq>(values: &mut Vec<T>, value: T) -> Result<(), FilterError> {
    if values.contains(&value) {
        return Ok(());
    }
    if values.len() >= MAX_VALUES {
        return Err(FilterError::TooMany);
    }
    values.push(value);
    Ok(())
}

fn severity(value: &str) -> Result<u8, FilterError> {
    let lower = value.to_ascii_lowercase();
    let digits = lower
        .strip_prefix("sev")
        .unwrap_or(&lower)
        .trim_start_matches(['-', ' ']);
    if digits.is_empty() || digits.len() > 2 || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Err(FilterError::Severity);
    }
    digits.parse().or(Err(FilterError::Severity))
}

fn year(value: &str) -> Result<i16, FilterError> {
    if value.len() != 4 || !value.bytes().all(|b| b.is_ascii_digit()) {
        return Err(FilterError::Year);
    }
    value.parse().or(Err(FilterError::Year))
}

/// The first day of a year, a month, or the day itself.
fn date(value: &str) -> Result<Date, FilterError> {
    let mut fields = value.split('-');
    let whole_year = year(fields.next().unwrap_or_default()).or(Err(FilterError::Date))?;
    let mut small = || match fields.next() {
        None => Ok(1),
        Some(text) if (1..=2).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit()) => {
            text.parse::<i8>().or(Err(FilterError::Date))
        }
        Some(_) => Err(FilterError::Date),
    };
    let (month, day) = (small()?, small()?);
    if fields.next().is_some() {
        return Err(FilterError::Date);
    }
    Date::new(whole_year, month, day).or(Err(FilterError::Date))
}

#[cfg(test)]
mod tests {
    use jiff::civil::date as day;

    use super::*;

    #[test]
    fn values_are_read_as_people_write_them() {
        let mut filters = Filters::default();
        filters.add(Field::Severity, "SEV-2").unwrap();
        filters.add(Field::After, "2026-03").unwrap();
        filters.add(Field::Before, "2027").unwrap();
        filters
            .add(Field::Service, "  check\u{0}out \"api\"")
            .unwrap();
        assert_eq!(filters.severity, [2]);
        assert_eq!(filters.after, Some(day(2026, 3, 1)));
        assert_eq!(filters.before, Some(day(2027, 1, 1)));
        assert_eq!(filters.service, ["check out api"]);
        assert_eq!(
            filters.add(Field::Before, "2026-02-30"),
            Err(FilterError::Date)
        );
        assert_eq!(
            filters.add(Field::Severity, "high"),
            Err(FilterError::Severity)
        );
        assert_eq!(filters.add(Field::Tag, " \" "), Err(FilterError::Empty));
    }

    #[test]
    fn links_add_and_take_away_one_value() {
        let filters = Filters::from_pairs([
            ("service", "a"),
            ("service", "b"),
            ("year", "2025"),
            ("x", "y"),
        ]);
        assert_eq!(filters.to_pairs().len(), 3);
        assert_eq!(filters.without(Field::Service, "a").service, ["b"]);
        assert_eq!(
            filters.without_field(Field::Service),
            Filters::from_pairs([("year", "2025")])
        );
        assert_eq!(filters.with(Field::Year, "2025"), filters);
        assert_eq!(filters.to_string(), "service:a service:b year:2025");
    }
}
