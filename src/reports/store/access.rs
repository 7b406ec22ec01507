//! Who may see which report, as SQL. Says the same as `accounts::policy`; a test compares the two.

use crate::platform::db::Connection;
use crate::platform::db::prepared::prepared;
use crate::platform::ids::{PersonId, ReportId, TeamId};
use diesel::prelude::*;
use diesel::sql_types::{Bool, Int4, Int8, Nullable, Text};
use diesel_async::RunQueryDsl;

/// The names of the people and teams on a report: those who can read it while it is restricted, beside administrators.
pub(crate) async fn named(conn: &mut Connection, id: ReportId) -> QueryResult<Vec<String>> {
    #[derive(QueryableByName)]
    struct Named {
        #[diesel(sql_type = Text)]
        name: String,
    }
    let rows: Vec<Named> = prepared(
        "SELECT name FROM (
            SELECT 1 AS rank, p.name FROM report_authors a JOIN people p ON p.id = a.person_id WHERE a.report_id = $1
            UNION SELECT 2, p.name FROM report_viewers v JOIN people p ON p.id = v.person_id WHERE v.report_id = $1
            UNION SELECT 3, t.name FROM report_viewers v JOIN teams t ON t.id = v.team_id WHERE v.report_id = $1
         ) AS named ORDER BY rank, lower(name)",
    )
    .bind::<Int8, _>(id.0)
    .get_results(conn)
    .await?;
    Ok(rows.into_iter().map(|row| row.name).collect())
}

/// Somebody named on a report, so that they can read it while it is restricted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Viewer {
    /// One person.
    Person(PersonId),
    /// Everyone in a team.
    Team(TeamId),
}

impl Viewer {
    /// The two columns, of which one is empty.
    fn columns(self) -> (Option<i64>, Option<i64>) {
        match self {
            Self::Person(person) => (Some(person.0), None),
            Self::Team(team) => (None, Some(team.0)),
        }
    }
}

/// Why somebody can read a report while it is restricted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Why {
    /// One of its authors.
    Author,
    /// Named on it, alone or as a team.
    Named(Viewer),
    /// Reads everything.
    Administrator,
}

/// Somebody who can read a report while it is restricted.
#[derive(Clone, Debug)]
pub(crate) struct ReaderRow {
    pub why: Why,
    /// The number of the person or team.
    pub id: i64,
    pub name: String,
    /// Can do nothing at present, but could again.
    pub suspended: bool,
    /// The e-mail address; of a team, who is in it.
    pub detail: String,
}

/// Everybody who can read a report while it is restricted, administrators who are not among the others last. Suspended people are shown as such where they are named.
pub(crate) async fn readers(conn: &mut Connection, id: ReportId) -> QueryResult<Vec<ReaderRow>> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Int4)]
        rank: i32,
        #[diesel(sql_type = Int8)]
        id: i64,
        #[diesel(sql_type = Text)]
        name: String,
        #[diesel(sql_type = Text)]
        detail: String,
        #[diesel(sql_type = Bool)]
        suspended: bool,
    }
    let rows: Vec<Row> = prepared(
        "SELECT rank, id, name, detail, suspended FROM (
            SELECT 1 AS rank, p.id, p.name, p.email AS detail, p.suspended_at IS NOT NULL AS suspended
            FROM report_authors a JOIN people p ON p.id = a.person_id WHERE a.report_id = $1
            UNION ALL SELECT 2, p.id, p.name, p.email, p.suspended_at IS NOT NULL
            FROM report_viewers v JOIN people p ON p.id = v.person_id WHERE v.report_id = $1
            UNION ALL SELECT 3, t.id, t.name, coalesce((SELECT string_agg(p.name, ', ' ORDER BY lower(p.name), p.id)
                FROM team_members m JOIN people p ON p.id = m.person_id WHERE m.team_id = t.id AND p.suspended_at IS NULL), ''), false
            FROM report_viewers v JOIN teams t ON t.id = v.team_id WHERE v.report_id = $1
            UNION ALL SELECT 4, p.id, p.name, p.email, false FROM people p WHERE p.role = 'admin' AND p.suspended_at IS NULL
                AND NOT EXISTS (SELECT FROM report_authors a WHERE a.report_id = $1 AND a.person_id = p.id)
                AND NOT EXISTS (SELECT FROM report_viewers v WHERE v.report_id = $1 AND v.person_id = p.id)
         ) AS readers ORDER BY rank, lower(name), id",
    )
    .bind::<Int8, _>(id.0)
    .get_results(conn)
    .await?;
    let reader = |row: Row| ReaderRow {
        why: match row.rank {
            1 => Why::Author,
            2 => Why::Named(Viewer::Person(PersonId(row.id))),
            3 => Why::Named(Viewer::Team(TeamId(row.id))),
            _ => Why::Administrator,
        },
        id: row.id,
        name: row.name,
        suspended: row.suspended,
        detail: row.detail,
    };
    Ok(rows.into_iter().map(reader).collect())
}

/// Makes somebody an author of a report; false when they were one already.
pub(crate) async fn add_author(
    conn: &mut Connection,
    id: ReportId,
    person: PersonId,
) -> QueryResult<bool> {
    prepared(
        "INSERT INTO report_authors (report_id, person_id) VALUES ($1, $2) ON CONFLICT DO NOTHING",
    )
    .bind::<Int8, _>(id.0)
    .bind::<Int8, _>(person.0)
    .execute(conn)
    .await
    .map(|rows| rows > 0)
}

/// Makes somebody no author of a report any more; false when they were none, or nobody else who can write is one.
pub(crate) async fn remove_author(
    conn: &mut Connection,
    id: ReportId,
    person: PersonId,
) -> QueryResult<bool> {
    prepared(
        "DELETE FROM report_authors WHERE report_id = $1 AND person_id = $2 AND EXISTS (
             SELECT FROM report_authors o JOIN people p ON p.id = o.person_id
             WHERE o.report_id = $1 AND o.person_id <> $2 AND p.role IN ('author', 'admin') AND p.suspended_at IS NULL)",
    )
    .bind::<Int8, _>(id.0)
    .bind::<Int8, _>(person.0)
    .execute(conn)
    .await
    .map(|rows| rows > 0)
}

/// Names somebody on a report; false when they were named already.
pub(crate) async fn add_viewer(
    conn: &mut Connection,
    id: ReportId,
    viewer: Viewer,
) -> QueryResult<bool> {
    let (person, team) = viewer.columns();
    prepared(
        "INSERT INTO report_viewers (report_id, person_id, team_id) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
    )
    .bind::<Int8, _>(id.0)
    .bind::<Nullable<Int8>, _>(person)
    .bind::<Nullable<Int8>, _>(team)
    .execute(conn)
    .await
    .map(|rows| rows > 0)
}

/// Takes a name off a report; false when it was not on it.
pub(crate) async fn remove_viewer(
    conn: &mut Connection,
    id: ReportId,
    viewer: Viewer,
) -> QueryResult<bool> {
    let (person, team) = viewer.columns();
    prepared("DELETE FROM report_viewers WHERE report_id = $1 AND (person_id = $2 OR team_id = $3)")
        .bind::<Int8, _>(id.0)
        .bind::<Nullable<Int8>, _>(person)
        .bind::<Nullable<Int8>, _>(team)
        .execute(conn)
        .await
        .map(|rows| rows > 0)
}

/// Whether a restricted `reports r` is for the reader.
macro_rules! named {
    () => {
        "($3
        OR EXISTS (SELECT 1 FROM report_authors a WHERE a.report_id = r.id AND a.person_id = $4)
        OR EXISTS (SELECT 1 FROM report_viewers v WHERE v.report_id = r.id AND (v.person_id = $4 OR v.team_id = ANY($5))))"
    };
}

/// Whether an open draft `reports r` is for the reader.
macro_rules! drafted {
    () => {
        "($2 OR EXISTS (SELECT 1 FROM report_authors a WHERE a.report_id = r.id AND a.person_id = $6))"
    };
}

/// The predicate over `reports r`. Binds `$1` to `$6`, as [`bind_visible`] does.
pub(crate) const VISIBLE: &str = concat!(
    "CASE WHEN r.visibility = 'restricted' THEN ",
    named!(),
    " WHEN r.status IN ('published', 'archived') THEN $1 ELSE ",
    drafted!(),
    " END"
);

/// The predicate over `revisions s` of a `reports r` that the reader may see: what was not for everybody then is not now.
/// Of an open report that is what it said while it was restricted, and what it said before it was published, or while it
/// was taken back. The front matter says the one, near its beginning; the history the other.
pub(super) const SEEN: &str = concat!(
    "CASE WHEN r.visibility = 'restricted'
        OR strpos(split_part(left(s.document, 8192), E'\\n---\\n', 1) || E'\\n', E'\\nvisibility: restricted\\n') > 0 THEN ",
    named!(),
    " WHEN coalesce(
        (SELECT e.event = 'published' FROM revisions e WHERE e.report_id = s.report_id AND e.number <= s.number
         AND e.event IN ('published', 'unpublished') ORDER BY e.number DESC LIMIT 1),
        (SELECT e.event = 'unpublished' FROM revisions e WHERE e.report_id = s.report_id AND e.number > s.number
         AND e.event IN ('published', 'unpublished') ORDER BY e.number LIMIT 1),
        true) THEN $1 ELSE ",
    drafted!(),
    " END"
);

/// Binds a [`Reach`](crate::accounts::Reach) to `$1` to `$6` of a query with [`VISIBLE`] in it.
macro_rules! bind_visible {
    ($query:expr, $reach:expr) => {{
        use diesel::sql_types::{Array, Bool, Int8, Nullable};
        let reach: &crate::accounts::Reach = $reach;
        let teams: Vec<i64> = reach.teams.iter().map(|team| team.0).collect();
        $query
            .bind::<Bool, _>(reach.public)
            .bind::<Bool, _>(reach.drafts)
            .bind::<Bool, _>(reach.restricted)
            .bind::<Nullable<Int8>, _>(reach.named.map(|person| person.0))
            .bind::<Array<Int8>, _>(teams)
            .bind::<Nullable<Int8>, _>(reach.own_drafts.map(|person| person.0))
    }};
}
pub(super) use bind_visible;
