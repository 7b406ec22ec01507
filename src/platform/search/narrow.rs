//! What must hold of a document without counting for its score: the audience and the filters.

use std::ops::Bound;

use tantivy::Term;
use tantivy::query::{Occur, Query as Search, RangeQuery, TermQuery};
use tantivy::schema::IndexRecordOption;

use super::filters::{Field, Filters, Years};
use super::plan::{Clause, Planner, any, unscored};
use super::request::Audience;
use super::tokenizer;

/// The query for what the audience may find, with these filters.
pub(super) struct Narrow<'a> {
    pub(super) filters: &'a Filters,
    pub(super) audience: &'a Audience,
}

fn plain(term: Term) -> Box<dyn Search> {
    Box::new(TermQuery::new(term, IndexRecordOption::Basic))
}

impl Planner<'_> {
    /// What must hold without counting for the score.
    pub(super) fn narrow(&self, narrow: &Narrow<'_>, leave_out: Option<Field>) -> Vec<Clause> {
        let mut clauses = Vec::new();
        clauses.extend(self.audience(narrow.audience));
        for field in Field::ALL
            .into_iter()
            .filter(|field| Some(*field) != leave_out)
        {
            clauses.extend(
                self.filter(narrow.filters, field)
                    .map(|query| (Occur::Must, unscored(query))),
            );
        }
        clauses
    }

    /// None of these may hold.
    pub(super) fn not(&self, filters: &Filters) -> Vec<Clause> {
        let fields = Field::ALL.into_iter();
        let held = fields.filter_map(|field| self.filter(filters, field));
        held.map(|query| (Occur::MustNot, query)).collect()
    }

    /// What the audience may find.
    pub(super) fn audience(&self, audience: &Audience) -> Option<Clause> {
        let Audience::AnyOf(tokens) = audience else {
            return None;
        };
        let field = self.fields.audience;
        // Few, and asked for each time: a set of terms takes longer to look up.
        let tokens = tokens
            .iter()
            .map(|token| plain(Term::from_field_text(field, token)));
        Some((Occur::Must, unscored(any(tokens.collect()))))
    }

    fn filter(&self, filters: &Filters, field: Field) -> Option<Box<dyn Search>> {
        let names = |field, values: &[String]| {
            values
                .iter()
                .map(|value| Term::from_field_text(field, &tokenizer::fold_value(value)))
                .collect()
        };
        let fields = &self.fields;
        let terms: Vec<Term> = match field {
            Field::Service => names(fields.service, &filters.service),
            Field::Team => names(fields.team, &filters.team),
            Field::Tag => names(fields.tag, &filters.tag),
            Field::Factor => names(fields.factor, &filters.factor),
            Field::Kind => names(fields.kind, &filters.kind),
            Field::Status => names(fields.status, &filters.status),
            Field::Severity => filters
                .severity
                .iter()
                .map(|n| Term::from_field_i64(fields.severity, i64::from(*n)))
                .collect(),
            Field::Phase => names(fields.phase, &filters.phase),
            Field::Has => names(fields.has, &filters.has),
            Field::Author => names(fields.author, &filters.author),
            Field::Year => {
                let years = filters.year.iter().map(|years| self.years(*years));
                let years: Vec<Box<dyn Search>> = years.collect();
                return (!years.is_empty()).then(|| any(years));
            }
            // Of the words, not of the document; and kept as the two below.
            Field::In | Field::Started => return None,
            Field::After => {
                return self.range(filters.after, |at| (Bound::Included(at), Bound::Unbounded));
            }
            Field::Before => {
                return self.range(filters.before, |at| (Bound::Unbounded, Bound::Excluded(at)));
            }
        };
        let queries: Vec<Box<dyn Search>> = terms.into_iter().map(plain).collect();
        (!queries.is_empty()).then(|| any(queries))
    }

    fn years(&self, years: Years) -> Box<dyn Search> {
        let term = |year: i16| Term::from_field_i64(self.fields.year, i64::from(year));
        if years.from == years.to {
            return plain(term(years.from));
        }
        let (from, to) = (term(years.from), term(years.to));
        Box::new(RangeQuery::new(Bound::Included(from), Bound::Included(to)))
    }

    fn range(
        &self,
        day: Option<jiff::civil::Date>,
        bounds: impl Fn(Term) -> (Bound<Term>, Bound<Term>),
    ) -> Option<Box<dyn Search>> {
        let start = day?
            .to_zoned(jiff::tz::TimeZone::UTC)
            .ok()?
            .timestamp()
            .as_second();
        let (from, to) = bounds(Term::from_field_i64(self.fields.started_at, start));
        Some(Box::new(RangeQuery::new(from, to)))
    }
}
