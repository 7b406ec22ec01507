//! Saved searches, and who is to be told of which new report.

use crate::accounts::{Member, Role};
use crate::platform::db::Connection;
use crate::platform::db::prepared::prepared;
use crate::platform::ids::{PersonId, ReportId, TeamId};
use crate::reports::saved::{MOST_SEARCHES, OwnedSearch, SavedSearch};
use diesel::prelude::*;
use diesel::sql_types::{Array, Binary, Bool, Int8, Nullable, Text, Timestamptz};
use diesel_async::{AsyncConnection, RunQueryDsl};
use jiff::Timestamp;
use jiff_diesel::ToDiesel;

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Int8)]
    id: i64,
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Text)]
    said: String,
    #[diesel(sql_type = Bool)]
    notifies: bool,
    #[diesel(sql_type = Bool)]
    has_feed: bool,
    #[diesel(sql_type = Timestamptz, deserialize_as = jiff_diesel::Timestamp)]
    created_at: Timestamp,
}

impl From<Row> for SavedSearch {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            name: row.name,
            said: row.said,
            notifies: row.notifies,
            has_feed: row.has_feed,
            created_at: row.created_at,
        }
    }
}

/// The columns of a [`Row`], over `saved_searches s`.
const SEARCH: &str = "s.id, s.name, s.said, s.notify_since IS NOT NULL AS notifies, s.feed_sha256 IS NOT NULL AS has_feed, s.created_at";

#[derive(QueryableByName)]
struct OwnedRow {
    #[diesel(embed)]
    search: Row,
    #[diesel(sql_type = Int8)]
    owner: i64,
    #[diesel(sql_type = Text)]
    owner_name: String,
    #[diesel(sql_type = Text)]
    role: String,
    #[diesel(sql_type = Array<Int8>)]
    teams: Vec<i64>,
}

impl From<OwnedRow> for OwnedSearch {
    fn from(row: OwnedRow) -> Self {
        Self {
            search: row.search.into(),
            owner: Member {
                id: PersonId(row.owner),
                name: row.owner_name,
                // The database's checks allow no other words.
                role: Role::parse(&row.role).unwrap_or(Role::Reader),
                teams: row.teams.into_iter().map(TeamId).collect(),
            },
        }
    }
}

/// What is known of the owner, over `people p`.
const OWNER: &str = "p.id AS owner, p.name AS owner_name, p.role,
    ARRAY(SELECT team_id FROM team_members t WHERE t.person_id = p.id) AS teams";

/// A person's searches by name.
pub(crate) async fn saved_searches(
    conn: &mut Connection,
    person: PersonId,
) -> QueryResult<Vec<SavedSearch>> {
    let rows: Vec<Row> = prepared(format!(
        "SELECT {SEARCH} FROM saved_searches s WHERE s.person_id = $1 ORDER BY lower(s.name), s.id"
    ))
    .bind::<Int8, _>(person.0)
    .get_results(conn)
    .await?;
    Ok(rows.into_iter().map(SavedSearch::from).collect())
}

/// Keeps a search; false when the person has as many as they may.
pub(crate) async fn save_search(
    conn: &mut Connection,
    person: PersonId,
    (name, said, notifies): (&str, &str, bool),
) -> QueryResult<bool> {
    conn.transaction(async |conn| {
        // One after the other, so that two at once do not both see room for one.
        prepared("SELECT id FROM people WHERE id = $1 FOR NO KEY UPDATE")
            .bind::<Int8, _>(person.0)
            .execute(conn)
            .await?;
        let saved = prepared(
            "INSERT INTO saved_searches (person_id, name, said, notify_since)
             SELECT $1, $2, $3, CASE WHEN $4 THEN now() END
             WHERE (SELECT count(*) FROM saved_searches WHERE person_id = $1) < $5",
        )
        .bind::<Int8, _>(person.0)
        .bind::<Text, _>(name)
        .bind::<Text, _>(said)
        .bind::<Bool, _>(notifies)
        .bind::<Int8, _>(MOST_SEARCHES)
        .execute(conn)
        .await?;
        Ok(saved == 1)
    })
    .await
}

/// Calls a search otherwise, and tells its owner of new reports from now on or no longer; false when it is not theirs.
pub(crate) async fn change_search(
    conn: &mut Connection,
    (person, id): (PersonId, i64),
    (name, notifies): (&str, bool),
) -> QueryResult<bool> {
    let changed = prepared(
        "UPDATE saved_searches SET name = $3, notify_since = CASE WHEN $4 THEN coalesce(notify_since, now()) END
         WHERE person_id = $1 AND id = $2",
    )
    .bind::<Int8, _>(person.0)
    .bind::<Int8, _>(id)
    .bind::<Text, _>(name)
    .bind::<Bool, _>(notifies)
    .execute(conn)
    .await?;
    Ok(changed == 1)
}

/// Gives a search the feed with this token, or none; false when it is not theirs.
pub(crate) async fn set_feed(
    conn: &mut Connection,
    (person, id): (PersonId, i64),
    fingerprint: Option<&[u8]>,
) -> QueryResult<bool> {
    let changed =
        prepared("UPDATE saved_searches SET feed_sha256 = $3 WHERE person_id = $1 AND id = $2")
            .bind::<Int8, _>(person.0)
            .bind::<Int8, _>(id)
            .bind::<Nullable<Binary>, _>(fingerprint)
            .execute(conn)
            .await?;
    Ok(changed == 1)
}

/// Forgets a search; false when it is not theirs.
pub(crate) async fn delete_search(
    conn: &mut Connection,
    (person, id): (PersonId, i64),
) -> QueryResult<bool> {
    let deleted = prepared("DELETE FROM saved_searches WHERE person_id = $1 AND id = $2")
        .bind::<Int8, _>(person.0)
        .bind::<Int8, _>(id)
        .execute(conn)
        .await?;
    Ok(deleted == 1)
}

/// The search whose feed has this token, as long as its owner's account works.
pub(crate) async fn search_of_feed(
    conn: &mut Connection,
    id: i64,
    fingerprint: &[u8],
) -> QueryResult<Option<OwnedSearch>> {
    let row: Option<OwnedRow> = prepared(format!(
        "SELECT {SEARCH}, {OWNER} FROM saved_searches s JOIN people p ON p.id = s.person_id
         WHERE s.id = $1 AND s.feed_sha256 = $2 AND p.suspended_at IS NULL"
    ))
    .bind::<Int8, _>(id)
    .bind::<Binary, _>(fingerprint)
    .get_result(conn)
    .await
    .optional()?;
    Ok(row.map(OwnedSearch::from))
}

/// A report of which nobody was told yet.
#[derive(Clone, Copy, Debug)]
pub(crate) struct NewlyPublished {
    pub id: i64,
    pub report: ReportId,
    pub at: Timestamp,
}

/// The report that has waited longest, kept from other nodes until the transaction ends.
pub(crate) async fn next_published(conn: &mut Connection) -> QueryResult<Option<NewlyPublished>> {
    #[derive(QueryableByName)]
    struct Waiting {
        #[diesel(sql_type = Int8)]
        id: i64,
        #[diesel(sql_type = Int8)]
        report_id: i64,
        #[diesel(sql_type = Timestamptz, deserialize_as = jiff_diesel::Timestamp)]
        at: Timestamp,
    }
    let row: Option<Waiting> = prepared(
        "SELECT id, report_id, at FROM newly_published ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED",
    )
    .get_result(conn)
    .await
    .optional()?;
    Ok(row.map(|row| NewlyPublished {
        id: row.id,
        report: ReportId(row.report_id),
        at: row.at,
    }))
}

/// Everybody who is to be told has been.
pub(crate) async fn forget_published(conn: &mut Connection, id: i64) -> QueryResult<()> {
    prepared("DELETE FROM newly_published WHERE id = $1")
        .bind::<Int8, _>(id)
        .execute(conn)
        .await
        .map(drop)
}

/// The next searches whose owners want to hear of new reports, did before this one was published, have not heard of it, and
/// did not write it.
pub(crate) async fn listening(
    conn: &mut Connection,
    published: &NewlyPublished,
    (after, limit): (i64, i64),
) -> QueryResult<Vec<OwnedSearch>> {
    let rows: Vec<OwnedRow> = prepared(format!(
        "SELECT {SEARCH}, {OWNER} FROM saved_searches s JOIN people p ON p.id = s.person_id
         WHERE s.id > $3 AND s.notify_since <= $2 AND p.suspended_at IS NULL
           AND NOT EXISTS (SELECT FROM reports r WHERE r.id = $1 AND r.created_by = p.id)
           AND NOT EXISTS (SELECT FROM report_authors a WHERE a.report_id = $1 AND a.person_id = p.id)
           AND NOT EXISTS (SELECT FROM saved_search_hits h WHERE h.search_id = s.id AND h.report_id = $1)
         ORDER BY s.id LIMIT $4"
    ))
    .bind::<Int8, _>(published.report.0)
    .bind::<Timestamptz, _>(published.at.to_diesel())
    .bind::<Int8, _>(after)
    .bind::<Int8, _>(limit)
    .get_results(conn)
    .await?;
    Ok(rows.into_iter().map(OwnedSearch::from).collect())
}

/// Puts the report into the inboxes of the owners of these searches, once for each search.
pub(crate) async fn tell_of_match(
    conn: &mut Connection,
    report: ReportId,
    searches: &[i64],
    now: Timestamp,
) -> QueryResult<()> {
    if searches.is_empty() {
        return Ok(());
    }
    prepared(
        "WITH told AS (
             INSERT INTO saved_search_hits (search_id, report_id, told_at)
             SELECT s.id, $2, $3 FROM saved_searches s WHERE s.id = ANY($1) ON CONFLICT DO NOTHING RETURNING search_id)
         INSERT INTO notifications (person_id, kind, report_id, link, actor_name, created_at)
         SELECT s.person_id, 'search_matched', r.id, '/reports/PM-' || r.number, s.name, $3
         FROM told JOIN saved_searches s ON s.id = told.search_id JOIN reports r ON r.id = $2
         ORDER BY s.id",
    )
    .bind::<Array<Int8>, _>(searches.to_vec())
    .bind::<Int8, _>(report.0)
    .bind::<Timestamptz, _>(now.to_diesel())
    .execute(conn)
    .await
    .map(drop)
}
