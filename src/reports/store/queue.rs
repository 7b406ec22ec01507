//! What waits for somebody: reports in review, those sent back, and those begun long ago.

use super::access::{VISIBLE, bind_visible};
use super::reviews::{LAST_REVIEW, wrote};
use crate::accounts::Reach;
use crate::platform::db::Connection;
use crate::platform::db::prepared::prepared;
use crate::platform::ids::{PersonId, ReportKey};
use crate::reports::model::{Kind, ReviewOutcome, Severity, Status};
use diesel::prelude::*;
use diesel::sql_types::{Array, Bool, Int2, Int4, Int8, Nullable, Text, Timestamptz};
use diesel_async::RunQueryDsl;
use jiff::Timestamp;
use jiff_diesel::ToDiesel;

/// The parts of the queue, as whoever looks sees them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// Those this person can review.
    Waiting,
    /// Those of others whose present text is approved.
    Approved,
    /// Those this person wrote in.
    Own,
}

impl Part {
    /// Which reports in review they are; `$7` is who looks.
    fn condition(self) -> String {
        let (own, approved) = (
            wrote("$7"),
            "coalesce(last.outcome = 'approved' AND last.is_current, false)",
        );
        match self {
            Self::Waiting => format!("NOT {own} AND NOT {approved}"),
            Self::Approved => format!("NOT {own} AND {approved}"),
            Self::Own => own,
        }
    }
}

/// The most reports a list shows.
const MOST: i64 = 200;

/// A report that waits.
#[derive(Clone, Debug)]
pub(crate) struct Queued {
    pub key: ReportKey,
    pub title: String,
    pub kind: Kind,
    pub status: Status,
    pub severity: Option<Severity>,
    pub restricted: bool,
    pub services: Vec<String>,
    /// Since when: it was asked for, sent back, begun, or taken back.
    pub since: Timestamp,
    pub revision: i32,
    /// Who facilitates, by name, and whether they said yes; empty when nobody does.
    pub facilitator: String,
    pub facilitator_agreed: bool,
    /// The latest review: what, by whom, of which revision, with what note, of this very text.
    pub review: Option<(ReviewOutcome, String, i32, String)>,
    pub is_current: bool,
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Int8)]
    number: i64,
    #[diesel(sql_type = Text)]
    title: String,
    #[diesel(sql_type = Text)]
    kind: String,
    #[diesel(sql_type = Text)]
    status: String,
    #[diesel(sql_type = Nullable<Int2>)]
    severity: Option<i16>,
    #[diesel(sql_type = Bool)]
    restricted: bool,
    #[diesel(sql_type = Array<Text>)]
    services: Vec<String>,
    #[diesel(sql_type = Timestamptz, deserialize_as = jiff_diesel::Timestamp)]
    since: Timestamp,
    #[diesel(sql_type = Int4)]
    revision: i32,
    #[diesel(sql_type = Text)]
    facilitator: String,
    #[diesel(sql_type = Bool)]
    facilitator_agreed: bool,
    #[diesel(sql_type = Nullable<Text>)]
    outcome: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    reviewer_name: Option<String>,
    #[diesel(sql_type = Nullable<Int4>)]
    reviewed_revision: Option<i32>,
    #[diesel(sql_type = Nullable<Text>)]
    note: Option<String>,
    #[diesel(sql_type = Bool)]
    is_current: bool,
}

impl From<Row> for Queued {
    fn from(row: Row) -> Self {
        let outcome = row.outcome.as_deref().and_then(ReviewOutcome::parse);
        Self {
            key: ReportKey(row.number),
            title: row.title,
            // The database's checks allow no other words.
            kind: Kind::parse(&row.kind).unwrap_or(Kind::Incident),
            status: Status::parse(&row.status).unwrap_or(Status::Draft),
            severity: row
                .severity
                .and_then(|level| Severity::new(u8::try_from(level).ok()?)),
            restricted: row.restricted,
            services: row.services,
            since: row.since,
            revision: row.revision,
            facilitator: row.facilitator,
            facilitator_agreed: row.facilitator_agreed,
            review: outcome.map(|outcome| {
                let (by, note) = (row.reviewer_name, row.note);
                let revision = row.reviewed_revision.unwrap_or_default();
                (
                    outcome,
                    by.unwrap_or_default(),
                    revision,
                    note.unwrap_or_default(),
                )
            }),
            is_current: row.is_current,
        }
    }
}

/// The columns of a [`Row`] but for `since`, over [`tables`]. A facilitator who has no account stands in the text alone.
const COLUMNS: &str = "r.number, r.title, r.kind, r.status, r.severity, r.visibility = 'restricted' AS restricted, r.revision,
    ARRAY(SELECT c.name FROM report_services t JOIN services c ON c.id = t.service_id WHERE t.report_id = r.id ORDER BY t.position) AS services,
    coalesce(f.name, r.facilitator) AS facilitator, coalesce(s.facilitator_agreed, r.facilitator <> '') AS facilitator_agreed,
    last.outcome, last.reviewer_name, last.revision AS reviewed_revision, last.note,
    coalesce(last.is_current, false) AS is_current";

/// The tables behind [`COLUMNS`].
fn tables() -> String {
    format!(
        "reports r LEFT JOIN report_standings s ON s.report_id = r.id LEFT JOIN people f ON f.id = s.facilitator_id {LAST_REVIEW}"
    )
}

/// Since when a report is in review. One that came here in that state has waited since its last change.
const SINCE: &str = "coalesce(s.in_review_since, r.updated_at)";

/// The reports in review the reader may see, one part of them, those that waited longest first.
pub(crate) async fn queue(
    conn: &mut Connection,
    reach: &Reach,
    person: PersonId,
    part: Part,
) -> QueryResult<Vec<Queued>> {
    let query = prepared(format!(
        "SELECT {COLUMNS}, {SINCE} AS since FROM {} WHERE {VISIBLE} AND r.status = 'in_review' AND {}
         ORDER BY since, r.number LIMIT {MOST}",
        tables(),
        part.condition(),
    ));
    let rows: Vec<Row> = bind_visible!(query, reach)
        .bind::<Int8, _>(person.0)
        .get_results(conn)
        .await?;
    Ok(rows.into_iter().map(Queued::from).collect())
}

/// Drafts whose latest review is this person's and asks for changes, those sent back longest ago first.
pub(crate) async fn sent_back_by(
    conn: &mut Connection,
    reach: &Reach,
    person: PersonId,
) -> QueryResult<Vec<Queued>> {
    let query = prepared(format!(
        "SELECT {COLUMNS}, last.reviewed_at AS since FROM {} WHERE {VISIBLE} AND r.status = 'draft'
           AND last.reviewer_id = $7 AND last.outcome = 'changes_requested' ORDER BY since, r.number LIMIT {MOST}",
        tables(),
    ));
    let rows: Vec<Row> = bind_visible!(query, reach)
        .bind::<Int8, _>(person.0)
        .get_results(conn)
        .await?;
    Ok(rows.into_iter().map(Queued::from).collect())
}

/// How many reports wait for a review this person can give: in review, of others, and not approved as they are.
pub(crate) async fn waiting_for(
    conn: &mut Connection,
    reach: &Reach,
    person: PersonId,
) -> QueryResult<i64> {
    #[derive(QueryableByName)]
    struct Count {
        #[diesel(sql_type = Int8)]
        count: i64,
    }
    let query = prepared(format!(
        "SELECT count(*) AS count FROM reports r {LAST_REVIEW} WHERE {VISIBLE} AND r.status = 'in_review' AND {}",
        Part::Waiting.condition()
    ));
    let found: Count = bind_visible!(query, reach)
        .bind::<Int8, _>(person.0)
        .get_result(conn)
        .await?;
    Ok(found.count)
}

/// Since when a draft lies there: since it was begun, reviewed last, or came out of the queue or from the readers.
const IDLE: &str =
    "greatest(r.created_at, last.reviewed_at, (SELECT max(b.created_at) FROM revisions b
    WHERE b.report_id = r.id AND b.event IN ('review_taken_back', 'unpublished')))";

/// What this person is an author of, what waits since before this moment, and is not published; the longest first.
pub(crate) async fn lingering(
    conn: &mut Connection,
    reach: &Reach,
    person: PersonId,
    before: Timestamp,
) -> QueryResult<Vec<Queued>> {
    let since = format!("CASE WHEN r.status = 'in_review' THEN {SINCE} ELSE {IDLE} END");
    let query = prepared(format!(
        "SELECT {COLUMNS}, {since} AS since FROM {} WHERE {VISIBLE} AND r.status IN ('draft', 'in_review') AND {since} <= $8
           AND EXISTS (SELECT 1 FROM report_authors a WHERE a.report_id = r.id AND a.person_id = $7)
         ORDER BY since, r.number LIMIT 5",
        tables(),
    ));
    let rows: Vec<Row> = bind_visible!(query, reach)
        .bind::<Int8, _>(person.0)
        .bind::<Timestamptz, _>(before.to_diesel())
        .get_results(conn)
        .await?;
    Ok(rows.into_iter().map(Queued::from).collect())
}

/// Whether this person may be reminded now: they did not put it off.
pub(crate) async fn may_remind(
    conn: &mut Connection,
    person: PersonId,
    now: Timestamp,
) -> QueryResult<bool> {
    use crate::platform::db::schema::reminders_put_off as t;
    let put_off: i64 = t::table
        .filter(t::person_id.eq(person.0))
        .filter(t::until.gt(now.to_diesel()))
        .count()
        .get_result(conn)
        .await?;
    Ok(put_off == 0)
}

/// No reminder before this moment.
pub(crate) async fn put_off_reminders(
    conn: &mut Connection,
    person: PersonId,
    until: Timestamp,
) -> QueryResult<()> {
    use crate::platform::db::schema::reminders_put_off as t;
    diesel::insert_into(t::table)
        .values((t::person_id.eq(person.0), t::until.eq(until.to_diesel())))
        .on_conflict(t::person_id)
        .do_update()
        .set(t::until.eq(until.to_diesel()))
        .execute(conn)
        .await?;
    Ok(())
}
