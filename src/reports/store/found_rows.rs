//! The rows of reports that a search found: countermeasures, events or factors.

use super::access::{VISIBLE, bind_visible};
use crate::accounts::Reach;
use crate::platform::db::Connection;
use crate::platform::db::prepared::prepared;
use diesel::prelude::*;
use diesel::sql_types::{Array, Int8, Nullable, Text, Timestamptz};
use diesel_async::RunQueryDsl;
use jiff::Timestamp;

/// Which rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum RowsOf {
    Countermeasures,
    Timeline,
    Factors,
}

/// A row as it is searched.
#[derive(Clone, Debug, QueryableByName)]
pub(crate) struct StoredText {
    /// The report it is of.
    #[diesel(sql_type = Int8)]
    pub report: i64,
    /// Its title or name; empty for an event. Markdown.
    #[diesel(sql_type = Text)]
    pub head: String,
    /// All else that people wrote in it. Markdown.
    #[diesel(sql_type = Text)]
    pub text: String,
    /// What it is in words of ours: the status of a countermeasure, the phase of an event, the role of a factor.
    #[diesel(sql_type = Text)]
    pub word: String,
    /// What came of a countermeasure, if that is known.
    #[diesel(sql_type = Text)]
    pub result: String,
    /// When an event was.
    #[diesel(sql_type = Nullable<Timestamptz>, deserialize_as = jiff_diesel::NullableTimestamp)]
    pub at: Option<Timestamp>,
    /// The same as it was written.
    #[diesel(sql_type = Text)]
    pub at_text: String,
}

/// So much of a row is searched and shown, in characters.
const MAX_CHARS: usize = 4_000;

/// The rows of those reports that the reader may see, of each report in the order written; of long ones the beginning.
pub(crate) async fn rows_of(
    conn: &mut Connection,
    reach: &Reach,
    what: RowsOf,
    ids: &[i64],
) -> QueryResult<Vec<StoredText>> {
    let (columns, from) = match what {
        RowsOf::Countermeasures => (
            "t.title AS head, concat_ws(E'\\n\\n', t.details, t.problem, t.hypothesis, t.expected_effect, t.measure, t.evidence,
               t.status_reason) AS text, t.status AS word, coalesce(t.result, '') AS result, NULL::timestamptz AS at, '' AS at_text",
            "countermeasures t",
        ),
        RowsOf::Timeline => (
            "'' AS head, t.text, coalesce(t.phase, '') AS word, '' AS result, t.at, t.at_text",
            "timeline_events t",
        ),
        RowsOf::Factors => (
            "c.name AS head, t.note AS text, t.role AS word, '' AS result, NULL::timestamptz AS at, '' AS at_text",
            "report_factors t JOIN factors c ON c.id = t.factor_id",
        ),
    };
    let query = prepared(format!(
        "SELECT x.report, x.head, left(x.text, {MAX_CHARS}) AS text, x.word, x.result, x.at, x.at_text
         FROM (SELECT t.report_id AS report, t.position, {columns} FROM {from} JOIN reports r ON r.id = t.report_id
         WHERE {VISIBLE} AND r.id = ANY($7)) AS x ORDER BY x.report, x.position"
    ));
    bind_visible!(query, reach)
        .bind::<Array<Int8>, _>(ids)
        .get_results(conn)
        .await
}
