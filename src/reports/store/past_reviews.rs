//! What reviewers said of a report: each review, with its verdicts.

use crate::platform::db::Connection;
use crate::platform::db::prepared::prepared;
use crate::platform::db::schema::{review_verdicts, reviews as reviews_table};
use crate::platform::ids::{PersonId, ReportId};
use crate::reports::model::{ReviewOutcome, Verdict};
use diesel::prelude::*;
use diesel::sql_types::{Array, Int8, Text};
use diesel_async::RunQueryDsl;
use jiff::Timestamp;
use jiff_diesel::ToDiesel;

/// A review to be stored.
#[derive(Clone, Debug)]
pub(crate) struct NewReview<'a> {
    pub revision: i32,
    pub reviewer: PersonId,
    pub reviewer_name: &'a str,
    pub outcome: ReviewOutcome,
    pub note: &'a str,
    /// The number of the rubric that was answered.
    pub rubric: i32,
    /// Line, verdict, note.
    pub verdicts: &'a [(String, Verdict, String)],
    pub at: Timestamp,
}

/// Stores a review.
pub(crate) async fn add_review(
    conn: &mut Connection,
    id: ReportId,
    review: &NewReview<'_>,
) -> QueryResult<()> {
    use review_verdicts as v;
    use reviews_table as t;
    let review_id: i64 = diesel::insert_into(t::table)
        .values((
            t::report_id.eq(id.0),
            t::revision.eq(review.revision),
            t::reviewer_id.eq(review.reviewer.0),
            t::reviewer_name.eq(review.reviewer_name),
            t::outcome.eq(review.outcome.word()),
            t::note.eq(review.note),
            t::rubric.eq(review.rubric),
            t::created_at.eq(review.at.to_diesel()),
        ))
        .returning(t::id)
        .get_result(conn)
        .await?;
    let rows: Vec<_> = review
        .verdicts
        .iter()
        .map(|(line, verdict, note)| {
            (
                v::review_id.eq(review_id),
                v::line.eq(line),
                v::verdict.eq(verdict.word()),
                v::note.eq(note),
            )
        })
        .collect();
    if !rows.is_empty() {
        diesel::insert_into(v::table)
            .values(rows)
            .execute(conn)
            .await?;
    }
    Ok(())
}

/// A review as it is read again.
#[derive(Clone, Debug)]
pub(crate) struct Review {
    pub revision: i32,
    pub reviewer_name: String,
    pub outcome: ReviewOutcome,
    pub note: String,
    pub at: Timestamp,
    /// The question as it was asked, the verdict, the note.
    pub verdicts: Vec<(String, Verdict, String)>,
}

type ReviewRow = (i64, i32, String, String, String, jiff_diesel::Timestamp);

/// What reviewers said of a report, latest first, at most 50 reviews.
pub(crate) async fn reviews(conn: &mut Connection, id: ReportId) -> QueryResult<Vec<Review>> {
    use reviews_table as t;
    let rows: Vec<ReviewRow> = t::table
        .filter(t::report_id.eq(id.0))
        .order(t::id.desc())
        .limit(50)
        .select((
            t::id,
            t::revision,
            t::reviewer_name,
            t::outcome,
            t::note,
            t::created_at,
        ))
        .load(conn)
        .await?;
    let ids: Vec<i64> = rows.iter().map(|row| row.0).collect();
    let verdicts = verdicts_of(conn, ids).await?;
    let of = |review: i64| {
        let its = verdicts.iter().filter(|row| row.review_id == review);
        its.filter_map(|row| {
            let verdict = Verdict::parse(&row.verdict)?;
            Some((row.question.clone(), verdict, row.note.clone()))
        })
        .collect()
    };
    Ok(rows
        .into_iter()
        .filter_map(|(id, revision, reviewer_name, outcome, note, at)| {
            Some(Review {
                revision,
                reviewer_name,
                outcome: ReviewOutcome::parse(&outcome)?,
                note,
                at: at.into(),
                verdicts: of(id),
            })
        })
        .collect())
}

#[derive(QueryableByName)]
struct VerdictRow {
    #[diesel(sql_type = Int8)]
    review_id: i64,
    #[diesel(sql_type = Text)]
    question: String,
    #[diesel(sql_type = Text)]
    verdict: String,
    #[diesel(sql_type = Text)]
    note: String,
}

/// The verdicts of these reviews, with the questions of the rubric that each was given under.
async fn verdicts_of(conn: &mut Connection, ids: Vec<i64>) -> QueryResult<Vec<VerdictRow>> {
    prepared(
        "SELECT v.review_id, coalesce(r.question, l.question) AS question, v.verdict, v.note
         FROM review_verdicts v JOIN reviews t ON t.id = v.review_id JOIN review_lines l ON l.word = v.line
         LEFT JOIN rubric_lines r ON r.rubric = t.rubric AND r.word = v.line
         WHERE v.review_id = ANY($1) ORDER BY v.review_id, coalesce(r.position, l.position), l.word",
    )
    .bind::<Array<Int8>, _>(ids)
    .get_results(conn)
    .await
}

/// The latest review of a report: the number of its rubric, and its verdicts: line, verdict, note.
pub(crate) async fn latest_verdicts(
    conn: &mut Connection,
    id: ReportId,
) -> QueryResult<(Option<i32>, Vec<(String, Verdict, String)>)> {
    use review_verdicts as v;
    use reviews_table as t;
    let latest: Option<(i64, Option<i32>)> = t::table
        .filter(t::report_id.eq(id.0))
        .order(t::id.desc())
        .select((t::id, t::rubric))
        .first(conn)
        .await
        .optional()?;
    let Some((latest, rubric)) = latest else {
        return Ok((None, Vec::new()));
    };
    let rows: Vec<(String, String, String)> = v::table
        .filter(v::review_id.eq(latest))
        .select((v::line, v::verdict, v::note))
        .load(conn)
        .await?;
    let read = |(line, verdict, note): (String, String, String)| {
        Some((line, Verdict::parse(&verdict)?, note))
    };
    Ok((rubric, rows.into_iter().filter_map(read).collect()))
}

/// The revision that this person reviewed last.
pub(crate) async fn reviewed_by(
    conn: &mut Connection,
    id: ReportId,
    person: PersonId,
) -> QueryResult<Option<i32>> {
    use reviews_table as t;
    t::table
        .filter(t::report_id.eq(id.0))
        .filter(t::reviewer_id.eq(person.0))
        .order(t::id.desc())
        .select(t::revision)
        .first(conn)
        .await
        .optional()
}
