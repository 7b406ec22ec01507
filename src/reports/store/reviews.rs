//! Where a report stands on its way to readers, and who wrote in it.

use crate::platform::db::Connection;
use crate::platform::db::prepared::prepared;
use crate::platform::db::schema::report_standings;
use crate::platform::ids::{PersonId, ReportId};
use crate::reports::model::{HowPublished, Kind, ReviewOutcome, Severity};
use diesel::prelude::*;
use diesel::sql_types::{Bool, Int2, Int4, Int8, Nullable, Text, Timestamptz};
use diesel_async::RunQueryDsl;
use jiff::Timestamp;
use jiff_diesel::ToDiesel;

/// What is to be known of a report beside its content.
#[derive(Clone, Debug)]
pub(crate) struct Standing {
    pub kind: Kind,
    pub severity: Option<Severity>,
    pub in_review_since: Option<Timestamp>,
    /// Who asked for the review, if they have an account.
    pub asked_by: Option<PersonId>,
    pub asked_by_name: String,
    pub how: Option<HowPublished>,
    pub published_reason: String,
    pub taken_back_reason: String,
    pub archived_reason: String,
    /// Who facilitates, or was asked to: the account and its name today.
    pub facilitator: Option<(PersonId, String)>,
    pub facilitator_agreed: bool,
    /// What the latest review said.
    pub review: Option<LastReview>,
}

/// The latest review, and whether the text is still the one that was read.
#[derive(Clone, Debug)]
pub(crate) struct LastReview {
    pub reviewer: Option<PersonId>,
    pub reviewer_name: String,
    pub outcome: ReviewOutcome,
    pub note: String,
    pub revision: i32,
    pub is_current: bool,
}

impl Standing {
    /// Whether the latest review approved the very text the report has now.
    pub(crate) fn is_approved(&self) -> bool {
        self.review
            .as_ref()
            .is_some_and(|it| it.outcome == ReviewOutcome::Approved && it.is_current)
    }
}

#[derive(QueryableByName)]
struct StandingRow {
    #[diesel(sql_type = Text)]
    kind: String,
    #[diesel(sql_type = Nullable<Int2>)]
    severity: Option<i16>,
    #[diesel(sql_type = Nullable<Timestamptz>, deserialize_as = jiff_diesel::NullableTimestamp)]
    in_review_since: Option<Timestamp>,
    #[diesel(sql_type = Nullable<Int8>)]
    asked_by: Option<i64>,
    #[diesel(sql_type = Text)]
    asked_by_name: String,
    #[diesel(sql_type = Nullable<Text>)]
    published_how: Option<String>,
    #[diesel(sql_type = Text)]
    published_reason: String,
    #[diesel(sql_type = Text)]
    taken_back_reason: String,
    #[diesel(sql_type = Text)]
    archived_reason: String,
    #[diesel(sql_type = Nullable<Int8>)]
    facilitator_id: Option<i64>,
    #[diesel(sql_type = Text)]
    facilitator_name: String,
    #[diesel(sql_type = Bool)]
    facilitator_agreed: bool,
    #[diesel(sql_type = Nullable<Int8>)]
    reviewer_id: Option<i64>,
    #[diesel(sql_type = Nullable<Text>)]
    reviewer_name: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    outcome: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    note: Option<String>,
    #[diesel(sql_type = Nullable<Int4>)]
    revision: Option<i32>,
    #[diesel(sql_type = Bool)]
    is_current: bool,
}

/// The latest review of `reports r`, and whether its text is today's. No text is read for it: revisions have sums of theirs,
/// which leave out who facilitates.
pub(super) const LAST_REVIEW: &str = "LEFT JOIN LATERAL (
        SELECT v.reviewer_id, v.reviewer_name, v.outcome, v.note, v.revision, v.created_at AS reviewed_at,
            v.revision = r.revision OR (
                SELECT a.text_sha256 = b.text_sha256 FROM revisions a, revisions b
                WHERE a.report_id = r.id AND a.number = v.revision AND b.report_id = r.id AND b.number = r.revision
            ) AS is_current
        FROM reviews v WHERE v.report_id = r.id ORDER BY v.id DESC LIMIT 1
    ) AS last ON true";

impl StandingRow {
    fn into_standing(self) -> Standing {
        let review = self.outcome.as_deref().and_then(ReviewOutcome::parse);
        Standing {
            // The database's checks allow no other words.
            kind: Kind::parse(&self.kind).unwrap_or(Kind::Incident),
            severity: self
                .severity
                .and_then(|level| Severity::new(u8::try_from(level).ok()?)),
            in_review_since: self.in_review_since,
            asked_by: self.asked_by.map(PersonId),
            asked_by_name: self.asked_by_name,
            how: self.published_how.as_deref().and_then(HowPublished::parse),
            published_reason: self.published_reason,
            taken_back_reason: self.taken_back_reason,
            archived_reason: self.archived_reason,
            facilitator: self
                .facilitator_id
                .map(|id| (PersonId(id), self.facilitator_name)),
            facilitator_agreed: self.facilitator_agreed,
            review: review.map(|outcome| LastReview {
                reviewer: self.reviewer_id.map(PersonId),
                reviewer_name: self.reviewer_name.unwrap_or_default(),
                outcome,
                note: self.note.unwrap_or_default(),
                revision: self.revision.unwrap_or_default(),
                is_current: self.is_current,
            }),
        }
    }
}

/// Where a report stands. A report without a row stands as its status says.
pub(crate) async fn standing(conn: &mut Connection, id: ReportId) -> QueryResult<Standing> {
    let row: StandingRow = prepared(format!(
        "SELECT r.kind, r.severity, s.in_review_since, s.asked_by, coalesce(s.asked_by_name, '') AS asked_by_name,
            s.published_how, coalesce(s.published_reason, '') AS published_reason,
            coalesce(s.taken_back_reason, '') AS taken_back_reason, coalesce(s.archived_reason, '') AS archived_reason,
            s.facilitator_id, coalesce(f.name, '') AS facilitator_name,
            coalesce(s.facilitator_agreed, false) AS facilitator_agreed,
            last.reviewer_id, last.reviewer_name, last.outcome, last.note, last.revision,
            coalesce(last.is_current, false) AS is_current
         FROM reports r LEFT JOIN report_standings s ON s.report_id = r.id
         LEFT JOIN people f ON f.id = s.facilitator_id {LAST_REVIEW} WHERE r.id = $1"
    ))
    .bind::<Int8, _>(id.0)
    .get_result(conn)
    .await?;
    Ok(row.into_standing())
}

/// Keeps what a step changed. The caller holds the lock on the report.
pub(crate) async fn keep_standing(
    conn: &mut Connection,
    id: ReportId,
    standing: &Standing,
) -> QueryResult<()> {
    use report_standings as t;
    let facilitator = standing.facilitator.as_ref().map(|(id, _)| id.0);
    let row = (
        t::in_review_since.eq(standing.in_review_since.to_diesel()),
        t::asked_by.eq(standing.asked_by.map(|id| id.0)),
        t::asked_by_name.eq(&standing.asked_by_name),
        t::published_how.eq(standing.how.map(HowPublished::word)),
        t::published_reason.eq(&standing.published_reason),
        t::taken_back_reason.eq(&standing.taken_back_reason),
        t::archived_reason.eq(&standing.archived_reason),
        t::facilitator_id.eq(facilitator),
        t::facilitator_agreed.eq(standing.facilitator_agreed),
    );
    diesel::insert_into(t::table)
        .values((t::report_id.eq(id.0), row))
        .on_conflict(t::report_id)
        .do_update()
        .set(row)
        .execute(conn)
        .await?;
    Ok(())
}

/// Nobody facilitates any more, or was asked to, when the text is to name somebody else, or nobody, from now on. Called
/// before that text is stored.
pub(crate) async fn forget_facilitator(
    conn: &mut Connection,
    id: ReportId,
    name: &str,
) -> QueryResult<()> {
    prepared(
        "UPDATE report_standings s SET facilitator_id = NULL, facilitator_agreed = false FROM reports r
         WHERE s.report_id = $1 AND r.id = $1 AND s.facilitator_id IS NOT NULL AND r.facilitator <> $2",
    )
    .bind::<Int8, _>(id.0)
    .bind::<Text, _>(name)
    .execute(conn)
    .await
    .map(drop)
}

/// Whether this person is among the authors of a report, by account or by name, or ever saved a text into it.
pub(crate) async fn has_written(
    conn: &mut Connection,
    id: ReportId,
    person: PersonId,
) -> QueryResult<bool> {
    #[derive(QueryableByName)]
    struct Answer {
        #[diesel(sql_type = Bool)]
        wrote: bool,
    }
    let answer: Answer = prepared(format!(
        "SELECT {} AS wrote FROM reports r WHERE r.id = $1",
        wrote("$2")
    ))
    .bind::<Int8, _>(id.0)
    .bind::<Int8, _>(person.0)
    .get_result(conn)
    .await?;
    Ok(answer.wrote)
}

/// Whether the person of this parameter wrote in `reports r`: as an author, by their name under "Written by", by a save that left another text, one that
/// published or imported it as well, or by an account that was merged.
pub(super) fn wrote(person: &str) -> String {
    format!(
        "(EXISTS (SELECT 1 FROM report_authors a WHERE a.report_id = r.id AND a.person_id = {person})
          OR EXISTS (SELECT 1 FROM people me, unnest(r.author_names) AS said
                     WHERE me.id = {person} AND lower(btrim(said)) = lower(btrim(me.name)))
          OR EXISTS (SELECT 1 FROM revisions w WHERE w.report_id = r.id AND w.author_id = {person}
                     AND (w.event IN ('created', 'merged', 'restored')
                          OR w.event IN ('saved', 'published', 'imported') AND w.text_sha256 IS DISTINCT FROM
                             (SELECT b.text_sha256 FROM revisions b WHERE b.report_id = w.report_id AND b.number = w.number - 1)))
          OR EXISTS (SELECT 1 FROM participant_accounts t WHERE t.report_id = r.id AND t.person_id = {person}
                     AND t.merged_at IS NOT NULL))"
    )
}
