//! What a search is narrowed by: written in the query (`service:checkout`) or given as URL parameters.

use std::fmt;

use jiff::civil::Date;

use super::document::Place;
pub use super::ranges::Years;
use super::ranges::{date, days, severities, years};

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
    /// A phase that its timeline has.
    Phase,
    /// What there is in it: a timeline, countermeasures.
    Has,
    /// Somebody who wrote it, as named on it.
    Author,
    /// The part of it that the words are looked for in.
    In,
    /// The year it began.
    Year,
    /// Began on this day or later.
    After,
    /// Began before this day.
    Before,
    /// Began within these days: another way to say the two above, and kept as them.
    Started,
}

impl Field {
    /// Every field that has values, in the order they are written.
    pub const ALL: [Self; 14] = [
        Self::Service,
        Self::Team,
        Self::Tag,
        Self::Factor,
        Self::Severity,
        Self::Kind,
        Self::Status,
        Self::Phase,
        Self::Has,
        Self::Author,
        Self::In,
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
            Self::Phase => "phase",
            Self::Has => "has",
            Self::Author => "author",
            Self::In => "in",
            Self::Year => "year",
            Self::After => "after",
            Self::Before => "before",
            Self::Started => "started",
        }
    }

    /// The field of that name; `sev` is short for `severity`.
    pub fn from_name(name: &str) -> Option<Self> {
        if name.eq_ignore_ascii_case("sev") {
            return Some(Self::Severity);
        }
        let all = Self::ALL.into_iter().chain([Self::Started]);
        all.into_iter()
            .find(|field| field.name().eq_ignore_ascii_case(name))
    }
}

/// The value does not fit the field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FilterError {
    /// Nothing is left after trimming.
    #[error("needs a value")]
    Empty,
    /// Not `2` or `SEV2`, nor a range of them.
    #[error("needs a severity such as 2 or SEV2, or a range such as 1..2 or <=2")]
    Severity,
    /// Not a year, nor a range of them.
    #[error("needs a year such as 2026, or a range such as 2024..2026 or >=2024")]
    Year,
    /// Not a date.
    #[error("needs a date such as 2026, 2026-01 or 2026-01-15")]
    Date,
    /// Not a date, nor a range of them.
    #[error("needs a date such as 2026-01, or a range such as 2026-01..2026-03 or >=2026-01")]
    Started,
    /// No part of a report.
    #[error("is one of title, summary, timeline, factors, learnings, countermeasures")]
    Place,
    /// It makes no sense the other way round.
    #[error("cannot be excluded")]
    NotExcluded,
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
    /// Phases of the timeline.
    pub phase: Vec<String>,
    /// What there is.
    pub has: Vec<String>,
    /// Authors.
    pub author: Vec<String>,
    /// The parts that the words are looked for in; all if none is named.
    pub places: Vec<Place>,
    /// Years.
    pub year: Vec<Years>,
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
            Field::Phase => self.phase.clone(),
            Field::Has => self.has.clone(),
            Field::Author => self.author.clone(),
            Field::In => self
                .places
                .iter()
                .map(|place| place.word().to_owned())
                .collect(),
            Field::Year => self.year.iter().map(ToString::to_string).collect(),
            Field::After => self.after.iter().map(ToString::to_string).collect(),
            Field::Before => self.before.iter().map(ToString::to_string).collect(),
            Field::Started => Vec::new(),
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
            Field::Severity => severities(&value)?
                .into_iter()
                .try_for_each(|level| push(&mut self.severity, level)),
            Field::Phase => push(&mut self.phase, value),
            Field::Has => push(&mut self.has, value),
            Field::Author => push(&mut self.author, value),
            Field::In => push(
                &mut self.places,
                Place::parse(&value).ok_or(FilterError::Place)?,
            ),
            Field::Year => push(&mut self.year, years(&value)?),
            Field::Started => {
                let (from, to) = days(&value)?;
                self.after = from.or(self.after);
                self.before = to.or(self.before);
                Ok(())
            }
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

    /// Takes `-field:value`: none of the values in `not` may hold. Of a date the other direction is meant.
    pub fn add_without(
        &mut self,
        not: &mut Self,
        field: Field,
        value: &str,
    ) -> Result<(), FilterError> {
        match field {
            Field::After => self.add(Field::Before, value),
            Field::Before => self.add(Field::After, value),
            Field::Started | Field::In => Err(FilterError::NotExcluded),
            Field::Service
            | Field::Team
            | Field::Tag
            | Field::Factor
            | Field::Severity
            | Field::Kind
            | Field::Status
            | Field::Phase
            | Field::Has
            | Field::Author
            | Field::Year => not.add(field, value),
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

impl Filters {
    /// Each value as written in a query.
    pub(super) fn written(&self) -> impl Iterator<Item = String> {
        self.to_pairs().into_iter().map(|(name, value)| {
            if value.contains(char::is_whitespace) {
                format!("{name}:\"{value}\"")
            } else {
                format!("{name}:{value}")
            }
        })
    }
}

impl fmt::Display for Filters {
    /// As written in a query.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.written().collect::<Vec<_>>().join(" "))
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

#[cfg(test)]
#[path = "filters_tests.rs"]
mod tests;
