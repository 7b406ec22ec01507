//! The inbox. What is shown is asked anew each time: whoever may no longer see a report hears nothing of it.

use super::access::{VISIBLE, bind_visible};
use crate::accounts::Reach;
use crate::platform::db::Connection;
use crate::platform::db::prepared::prepared;
use crate::platform::ids::{PersonId, ReportId, ReportKey};
use crate::reports::model::NoticeKind;
use diesel::prelude::*;
use diesel::sql_types::{Array, Bool, Int8, Nullable, Text, Timestamptz};
use diesel_async::RunQueryDsl;
use jiff::Timestamp;
use jiff_diesel::ToDiesel;

/// Something that happened, for those whom it concerns.
#[derive(Clone, Debug)]
pub(crate) struct Notice<'a> {
    pub kind: NoticeKind,
    pub report: ReportId,
    /// A path of this site.
    pub link: &'a str,
    /// Who did it: they are not told.
    pub actor: Option<PersonId>,
    pub actor_name: &'a str,
    pub at: Timestamp,
}

/// Puts it into the inbox of each of these people, in the transaction of the caller. Whoever has not read the same about the
/// same place yet is not told twice. Whether they may see the report is asked when it is shown.
pub(crate) async fn notify(
    conn: &mut Connection,
    notice: &Notice<'_>,
    people: &[PersonId],
) -> QueryResult<()> {
    let ids: Vec<i64> = people.iter().map(|person| person.0).collect();
    if ids.is_empty() {
        return Ok(());
    }
    prepared(
        "INSERT INTO notifications (person_id, kind, report_id, link, actor_id, actor_name, created_at)
         SELECT p.id, $2, $3, $4, $5, $6, $7 FROM people p
         WHERE p.id = ANY($1) AND p.suspended_at IS NULL AND p.id IS DISTINCT FROM $5
           AND NOT EXISTS (SELECT FROM notifications n WHERE n.person_id = p.id AND n.kind = $2 AND n.report_id = $3 AND n.link = $4
                           AND n.read_at IS NULL)
         ORDER BY p.id",
    )
    .bind::<Array<Int8>, _>(ids)
    .bind::<Text, _>(notice.kind.word())
    .bind::<Int8, _>(notice.report.0)
    .bind::<Text, _>(notice.link)
    .bind::<Nullable<Int8>, _>(notice.actor.map(|person| person.0))
    .bind::<Text, _>(notice.actor_name)
    .bind::<Timestamptz, _>(notice.at.to_diesel())
    .execute(conn)
    .await
    .map(drop)
}

/// One line of an inbox.
#[derive(Clone, Debug)]
pub(crate) struct Told {
    pub id: i64,
    pub kind: NoticeKind,
    pub key: ReportKey,
    pub title: String,
    pub link: String,
    pub actor_name: String,
    pub at: Timestamp,
    pub read: bool,
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Int8)]
    id: i64,
    #[diesel(sql_type = Text)]
    kind: String,
    #[diesel(sql_type = Int8)]
    number: i64,
    #[diesel(sql_type = Text)]
    title: String,
    #[diesel(sql_type = Text)]
    link: String,
    #[diesel(sql_type = Text)]
    actor_name: String,
    #[diesel(sql_type = Timestamptz, deserialize_as = jiff_diesel::Timestamp)]
    created_at: Timestamp,
    #[diesel(sql_type = Bool)]
    read: bool,
}

impl Row {
    fn told(self) -> Option<Told> {
        Some(Told {
            id: self.id,
            // A word of a later version is for that version.
            kind: NoticeKind::parse(&self.kind)?,
            key: ReportKey(self.number),
            title: self.title,
            link: self.link,
            actor_name: self.actor_name,
            at: self.created_at,
            read: self.read,
        })
    }
}

/// What a person may be told of. Being asked for an account shows the title of an open report that is a draft.
fn shown() -> String {
    format!(
        "({VISIBLE} OR r.visibility = 'open' AND n.kind IN ('account_asked', 'account_merged')
            AND EXISTS (SELECT FROM participant_accounts t WHERE t.report_id = r.id AND t.person_id = n.person_id AND t.withdrawn_at IS NULL))"
    )
}

/// A part of an inbox: what is unread first, the latest first.
pub(crate) async fn inbox(
    conn: &mut Connection,
    person: PersonId,
    reach: &Reach,
    (limit, offset): (i64, i64),
) -> QueryResult<Vec<Told>> {
    let shown = shown();
    let query = prepared(format!(
        "SELECT n.id, n.kind, r.number, r.title, n.link, n.actor_name, n.created_at, n.read_at IS NOT NULL AS read
         FROM notifications n JOIN reports r ON r.id = n.report_id
         WHERE n.person_id = $7 AND {shown}
         ORDER BY n.read_at IS NOT NULL, n.id DESC LIMIT $8 OFFSET $9"
    ));
    let rows: Vec<Row> = bind_visible!(query, reach)
        .bind::<Int8, _>(person.0)
        .bind::<Int8, _>(limit)
        .bind::<Int8, _>(offset)
        .get_results(conn)
        .await?;
    Ok(rows.into_iter().filter_map(Row::told).collect())
}

/// Marks one as read; answers where it leads, if it is this person's and may be shown.
pub(crate) async fn read_one(
    conn: &mut Connection,
    person: PersonId,
    reach: &Reach,
    (id, now): (i64, Timestamp),
) -> QueryResult<Option<String>> {
    #[derive(QueryableByName)]
    struct Link {
        #[diesel(sql_type = Text)]
        link: String,
    }
    let shown = shown();
    let query = prepared(format!(
        "UPDATE notifications n SET read_at = coalesce(n.read_at, $9) FROM reports r
         WHERE r.id = n.report_id AND n.person_id = $7 AND n.id = $8 AND {shown}
         RETURNING n.link"
    ));
    let row: Option<Link> = bind_visible!(query, reach)
        .bind::<Int8, _>(person.0)
        .bind::<Int8, _>(id)
        .bind::<Timestamptz, _>(now.to_diesel())
        .get_result(conn)
        .await
        .optional()?;
    Ok(row.map(|row| row.link))
}

/// Marks all as read up to this one, which was the latest on the page.
pub(crate) async fn read_all(
    conn: &mut Connection,
    person: PersonId,
    (upto, now): (i64, Timestamp),
) -> QueryResult<()> {
    prepared(
        "UPDATE notifications SET read_at = $3 WHERE person_id = $1 AND id <= $2 AND read_at IS NULL",
    )
    .bind::<Int8, _>(person.0)
    .bind::<Int8, _>(upto)
    .bind::<Timestamptz, _>(now.to_diesel())
    .execute(conn)
    .await
    .map(drop)
}

/// Removes what was read before this, and what nobody read for three seasons more.
pub async fn forget_notifications(conn: &mut Connection, before: Timestamp) -> QueryResult<()> {
    prepared(
        "DELETE FROM notifications WHERE read_at < $1 OR created_at < $1 - interval '270 days'",
    )
    .bind::<Timestamptz, _>(before.to_diesel())
    .execute(conn)
    .await
    .map(drop)
}

/// Reminds of reviews that were asked for before this and wait since: whoever facilitates, whoever reviewed the report
/// before and has not approved what is there now, and whoever asked. Once each time it is asked for; answers how many were told.
pub async fn remind_of_reviews(
    conn: &mut Connection,
    before: Timestamp,
    now: Timestamp,
) -> QueryResult<usize> {
    prepared(
        "WITH due AS (
             UPDATE report_standings s SET reminded_at = $2 FROM reports r
             WHERE r.id = s.report_id AND r.status = 'in_review' AND s.in_review_since < $1
               AND (s.reminded_at IS NULL OR s.reminded_at < s.in_review_since)
             RETURNING s.report_id, r.number, r.revision, s.asked_by, s.facilitator_id, s.facilitator_agreed)
         INSERT INTO notifications (person_id, kind, report_id, link, actor_name, created_at)
         SELECT told.person_id, 'review_reminder', due.report_id, '/reports/PM-' || due.number || '/review', 'Hansei', $2
         FROM due CROSS JOIN LATERAL (
             SELECT due.asked_by AS person_id
             UNION SELECT due.facilitator_id WHERE due.facilitator_agreed
             UNION SELECT v.reviewer_id FROM reviews v WHERE v.report_id = due.report_id) AS told
         JOIN people p ON p.id = told.person_id AND p.suspended_at IS NULL
         WHERE NOT EXISTS (
             SELECT FROM reviews v
             JOIN revisions seen ON seen.report_id = v.report_id AND seen.number = v.revision
             JOIN revisions now ON now.report_id = v.report_id AND now.number = due.revision
             WHERE v.report_id = due.report_id AND v.reviewer_id = told.person_id AND v.outcome = 'approved'
               AND seen.text_sha256 = now.text_sha256)",
    )
    .bind::<Timestamptz, _>(before.to_diesel())
    .bind::<Timestamptz, _>(now.to_diesel())
    .execute(conn)
    .await
}
