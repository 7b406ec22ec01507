//! Whether one document is among what a search finds: for those who asked to be told of new ones.

use std::sync::Arc;

use tantivy::Term;
use tantivy::query::{Occur, TermQuery};
use tantivy::schema::IndexRecordOption;

use super::Index;
use super::collect::{Gather, GatherWithin};
use super::narrow::Narrow;
use super::plan::{Planner, assemble, unscored};
use super::request::{Hit, Order, Request, SearchError};

impl Index {
    /// This document, with the version that was indexed, if the search finds it, on whatever page. Blocks.
    pub fn finds(&self, request: &Request<'_>, id: i64) -> Result<Option<Hit>, SearchError> {
        self.ask(|generation, deadline, expired| {
            let searcher = generation.reader.searcher();
            let mut planner = Planner::new(&searcher, generation.fields, request.audience);
            let mut clauses = planner.text(request.query)?;
            clauses.extend(planner.not(&request.query.not));
            let filters = request.query.filters.merged(request.filters);
            let narrow = Narrow {
                filters: &filters,
                audience: request.audience,
            };
            clauses.extend(planner.narrow(&narrow, None));
            let within = planner.within(request.query, &filters.places)?;
            let this = Term::from_field_i64(generation.fields.id, id);
            let this = TermQuery::new(this, IndexRecordOption::Basic);
            clauses.push((Occur::Must, unscored(Box::new(this))));
            let gather = Gather {
                keep: 1,
                order: Order::Newest,
                facets: Vec::new(),
                values: Arc::clone(&generation.values),
                deadline,
                expired: Arc::clone(expired),
            };
            let query = assemble(clauses);
            let found = match &within {
                None => searcher.search(&query, &gather)?,
                Some(within) => searcher.search(&query, &GatherWithin { gather, within })?,
            };
            let found = found.into_found();
            Ok(found.first().map(|found| found.hit))
        })
    }
}
