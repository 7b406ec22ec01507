//! The index's own best hits and nothing else: what a search costs at least, to measure what Hansei adds.

use tantivy::DocAddress;
use tantivy::collector::TopDocs;
use tantivy::query::Occur;

use super::generation::{Damage, guarded};
use super::index::Index;
use super::plan::{Planner, any, assemble, scored};
use super::query::Query;
use super::request::{Audience, SearchError};
use super::schema::column;

impl Index {
    /// The ids of the best documents for the words of a query by BM25 alone, whoever may find them: without facets, counts
    /// or a second look. Blocks.
    pub fn bare(&self, query: &Query, limit: usize) -> Result<Vec<i64>, SearchError> {
        let generation = self.serving().ok_or(SearchError::Unavailable)?;
        let found = guarded(|| {
            let searcher = generation.reader.searcher();
            let mut planner = Planner::new(&searcher, generation.fields, &Audience::Everything);
            let mut text = planner.text(&Query {
                words: Vec::new(),
                ..query.clone()
            })?;
            // Without the pairs, so that the index may leap over what cannot be among the best.
            let words = planner.words(query)?.terms.into_iter();
            let words: Vec<_> = words.map(|(term, weight)| scored(term, weight)).collect();
            if text.is_empty() {
                text.push((Occur::Must, any(words)));
            }
            let best = TopDocs::with_limit(limit.max(1)).order_by_score();
            let mut ids = Vec::new();
            for (
                _,
                DocAddress {
                    segment_ord,
                    doc_id,
                },
            ) in searcher.search(&assemble(text), &best)?
            {
                let columns = searcher.segment_reader(segment_ord).fast_fields();
                ids.extend(columns.i64(column::ID)?.first(doc_id));
            }
            Ok(ids)
        });
        found.map_err(|_damage: Damage| SearchError::Unavailable)
    }
}
