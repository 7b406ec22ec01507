//! Reading one report, or many, whole: one statement brings the header and all rows as JSON.

use super::access::{VISIBLE, bind_visible};
use super::content::{ContentJson, Unreadable};
use crate::accounts::{Access, Reach};
use crate::platform::db::Connection;
use crate::platform::db::prepared::prepared;
use crate::platform::ids::{PersonId, ReportId, ReportKey, TeamId};
use crate::platform::memory::Version;
use crate::reports::model::{Draft, Status, Visibility};
use diesel::prelude::*;
use diesel::sql_types::{Array, Bool, Bytea, Int4, Int8, Json, Nullable, Text, Timestamptz};
use diesel_async::RunQueryDsl;
use jiff::Timestamp;

/// A report as stored: its place in the world beside its content.
#[derive(Clone, Debug)]
pub(crate) struct Stored {
    pub header: Header,
    pub draft: Draft,
}

impl Stored {
    /// The content as it leaves the site: with its state, and with a key by which it will be known again.
    pub(crate) fn for_export(&self) -> Draft {
        let mut draft = self.draft.clone();
        draft.status = self.header.status;
        draft
            .import_key
            .get_or_insert_with(|| self.header.key.to_string());
        draft
    }
}

/// What is known of a report without its content.
#[derive(Clone, Debug)]
pub(crate) struct Header {
    pub id: ReportId,
    pub key: ReportKey,
    pub status: Status,
    /// The latest revision's number.
    pub revision: i32,
    /// Version of the search document and of the rendered page.
    pub rev: i64,
    /// How often the teams it names were renamed: beside the revision, what it says.
    pub renames: i64,
    /// `rev`, and the transaction that made it.
    pub version: Version,
    pub import_key: Option<String>,
    pub import_sha256: Option<Vec<u8>>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    pub published_at: Option<Timestamp>,
    /// Whether somebody has commented on it.
    pub has_comments: bool,
    /// Who may do what with it.
    pub access: Access,
}

/// The columns of [`Header`], over `reports r`.
const HEADER: &str = "r.id, r.number, r.status, r.visibility, r.revision, r.rev, r.changed_xid::text::bigint AS changed_by, r.import_key, r.import_sha256,
    r.created_at, r.updated_at, r.published_at,
    (SELECT coalesce(sum(t.renames), 0) FROM report_teams x JOIN teams t ON t.id = x.team_id WHERE x.report_id = r.id) AS renames, EXISTS (SELECT FROM comments c WHERE c.report_id = r.id) AS has_comments,
    ARRAY(SELECT person_id FROM report_authors a WHERE a.report_id = r.id) AS authors,
    ARRAY(SELECT person_id FROM report_viewers v WHERE v.report_id = r.id AND person_id IS NOT NULL) AS viewers,
    ARRAY(SELECT team_id FROM report_viewers v WHERE v.report_id = r.id AND team_id IS NOT NULL) AS viewer_teams";

/// The content, over `reports r`. As `json`, which Postgres writes in one go: making `jsonb` of it takes twice as long.
const CONTENT: &str = "json_build_object(
    'title', r.title, 'kind', r.kind, 'status', r.status, 'severity', r.severity, 'visibility', r.visibility,
    'timezone', r.timezone, 'started_at', r.started_at, 'detected_at', r.detected_at,
    'acknowledged_at', r.acknowledged_at, 'mitigated_at', r.mitigated_at, 'resolved_at', r.resolved_at,
    'facilitator', r.facilitator, 'authors', r.author_names, 'sources', r.source_links,
    'source_repo', r.source_repo, 'source_path', r.source_path, 'source_commit', r.source_commit,
    'source_licence', r.source_licence, 'import_key', r.import_key, 'extra', r.extra,
    'services', ARRAY(SELECT c.name FROM report_services t JOIN services c ON c.id = t.service_id WHERE t.report_id = r.id ORDER BY t.position),
    'teams', ARRAY(SELECT c.name FROM report_teams t JOIN teams c ON c.id = t.team_id WHERE t.report_id = r.id ORDER BY t.position),
    'tags', ARRAY(SELECT c.name FROM report_tags t JOIN tags c ON c.id = t.tag_id WHERE t.report_id = r.id ORDER BY t.position),
    'sections', (SELECT json_agg(row_to_json(t) ORDER BY t.position) FROM report_sections t WHERE t.report_id = r.id),
    'timeline', (SELECT json_agg(row_to_json(t) ORDER BY t.position) FROM timeline_events t WHERE t.report_id = r.id),
    'factors', (SELECT json_agg(json_build_object('name', c.name, 'role', t.role, 'note', t.note) ORDER BY t.position)
                FROM report_factors t JOIN factors c ON c.id = t.factor_id WHERE t.report_id = r.id),
    'learnings', (SELECT json_agg(row_to_json(t) ORDER BY t.position) FROM learnings t WHERE t.report_id = r.id),
    'countermeasures', (SELECT json_agg(row_to_json(t) ORDER BY t.position) FROM countermeasures t WHERE t.report_id = r.id))";

#[derive(QueryableByName)]
struct HeaderRow {
    #[diesel(sql_type = Int8)]
    id: i64,
    #[diesel(sql_type = Int8)]
    number: i64,
    #[diesel(sql_type = Text)]
    status: String,
    #[diesel(sql_type = Text)]
    visibility: String,
    #[diesel(sql_type = Int4)]
    revision: i32,
    #[diesel(sql_type = Int8)]
    rev: i64,
    #[diesel(sql_type = Int8)]
    renames: i64,
    #[diesel(sql_type = Int8)]
    changed_by: i64,
    #[diesel(sql_type = Nullable<Text>)]
    import_key: Option<String>,
    #[diesel(sql_type = Nullable<Bytea>)]
    import_sha256: Option<Vec<u8>>,
    #[diesel(sql_type = Timestamptz, deserialize_as = jiff_diesel::Timestamp)]
    created_at: Timestamp,
    #[diesel(sql_type = Timestamptz, deserialize_as = jiff_diesel::Timestamp)]
    updated_at: Timestamp,
    #[diesel(sql_type = Nullable<Timestamptz>, deserialize_as = jiff_diesel::NullableTimestamp)]
    published_at: Option<Timestamp>,
    #[diesel(sql_type = Bool)]
    has_comments: bool,
    #[diesel(sql_type = Array<Int8>)]
    authors: Vec<i64>,
    #[diesel(sql_type = Array<Int8>)]
    viewers: Vec<i64>,
    #[diesel(sql_type = Array<Int8>)]
    viewer_teams: Vec<i64>,
}

impl Header {
    /// Who may read it, in one word.
    pub(crate) fn visibility(&self) -> Visibility {
        if self.access.restricted {
            Visibility::Restricted
        } else {
            Visibility::Open
        }
    }
}

impl HeaderRow {
    fn into_header(self) -> Result<Header, Unreadable> {
        let status = Status::parse(&self.status).ok_or(Unreadable)?;
        let people = |ids: Vec<i64>| ids.into_iter().map(PersonId).collect();
        Ok(Header {
            id: ReportId(self.id),
            key: ReportKey(self.number),
            status,
            revision: self.revision,
            rev: self.rev,
            renames: self.renames,
            version: (self.rev, self.changed_by),
            import_key: self.import_key,
            import_sha256: self.import_sha256,
            created_at: self.created_at,
            updated_at: self.updated_at,
            published_at: self.published_at,
            has_comments: self.has_comments,
            access: Access {
                restricted: self.visibility == Visibility::Restricted.word(),
                published: matches!(status, Status::Published | Status::Archived),
                authors: people(self.authors),
                viewers: people(self.viewers),
                viewer_teams: self.viewer_teams.into_iter().map(TeamId).collect(),
            },
        })
    }
}

#[derive(QueryableByName)]
struct StoredRow {
    #[diesel(embed)]
    header: HeaderRow,
    #[diesel(sql_type = Json)]
    content: ContentJson,
}

impl StoredRow {
    fn into_stored(self) -> QueryResult<Stored> {
        Ok(Stored {
            header: self.header.into_header()?,
            draft: self.content.into_draft()?,
        })
    }
}

/// The same, without the content where it is known.
#[derive(QueryableByName)]
struct AgainRow {
    #[diesel(embed)]
    header: HeaderRow,
    #[diesel(sql_type = Nullable<Json>)]
    content: Option<ContentJson>,
}

/// The header of `key`, whoever asks: the caller judges by its `access`.
///
/// The lock keeps out other saves, and not those who write beside the report: their foreign keys hold on to its row, and
/// two such rows, or a row and a key of a request, could be waited for in a circle.
pub(crate) async fn header(
    conn: &mut Connection,
    key: ReportKey,
    lock: bool,
) -> QueryResult<Option<Header>> {
    let lock = if lock { "FOR NO KEY UPDATE OF r" } else { "" };
    let row: Option<HeaderRow> = prepared(format!(
        "SELECT {HEADER} FROM reports r WHERE r.number = $1 {lock}"
    ))
    .bind::<Int8, _>(key.0)
    .get_result(conn)
    .await
    .optional()?;
    Ok(row.map(HeaderRow::into_header).transpose()?)
}

/// The report `key`, whole.
pub(crate) async fn load(conn: &mut Connection, key: ReportKey) -> QueryResult<Option<Stored>> {
    let row: Option<StoredRow> = prepared(format!(
        "SELECT {HEADER}, {CONTENT} AS content FROM reports r WHERE r.number = $1"
    ))
    .bind::<Int8, _>(key.0)
    .get_result(conn)
    .await
    .optional()?;
    row.map(StoredRow::into_stored).transpose()
}

/// The report `key`, whole, and how many bytes of content were read: none where `known` says what it said at the version
/// that is stored now. What is known must have been read outside any transaction that changed the report.
pub(crate) async fn load_again(
    conn: &mut Connection,
    key: ReportKey,
    known: Option<(Version, &Draft)>,
) -> QueryResult<Option<(Stored, Option<usize>)>> {
    // No report has such a version.
    let (rev, changed_by) = known.map_or((-1, -1), |(version, _)| version);
    let row: Option<AgainRow> = prepared(format!(
        "SELECT {HEADER}, CASE WHEN r.rev = $2 AND r.changed_xid::text::bigint = $3 THEN NULL ELSE {CONTENT} END AS content
         FROM reports r WHERE r.number = $1"
    ))
    .bind::<Int8, _>(key.0)
    .bind::<Int8, _>(rev)
    .bind::<Int8, _>(changed_by)
    .get_result(conn)
    .await
    .optional()?;
    let Some(row) = row else { return Ok(None) };
    let (draft, read) = match (row.content, known) {
        (Some(content), _) => {
            let bytes = content.bytes;
            (content.into_draft()?, Some(bytes))
        }
        (None, Some((_, draft))) => (draft.clone(), None),
        (None, None) => return Err(Unreadable.into()),
    };
    let header = row.header.into_header()?;
    Ok(Some((Stored { header, draft }, read)))
}

/// Those of `ids` that exist, whole, for the index: no visibility is asked here.
pub(crate) async fn load_many(conn: &mut Connection, ids: &[i64]) -> QueryResult<Vec<Stored>> {
    let rows: Vec<StoredRow> = prepared(format!(
        "SELECT {HEADER}, {CONTENT} AS content FROM reports r WHERE r.id = ANY($1) ORDER BY r.id"
    ))
    .bind::<Array<Int8>, _>(ids)
    .get_results(conn)
    .await?;
    rows.into_iter().map(StoredRow::into_stored).collect()
}

/// The header of the report an earlier import made, locked until the transaction ends.
pub(crate) async fn find_by_import_key(
    conn: &mut Connection,
    import_key: &str,
) -> QueryResult<Option<Header>> {
    let row: Option<HeaderRow> = prepared(format!(
        "SELECT {HEADER} FROM reports r WHERE r.import_key = $1 FOR NO KEY UPDATE OF r"
    ))
    .bind::<Text, _>(import_key)
    .get_result(conn)
    .await
    .optional()?;
    Ok(row.map(HeaderRow::into_header).transpose()?)
}

/// The report that has, or once had, this slug, if the reader may see it.
pub(crate) async fn find_by_slug(
    conn: &mut Connection,
    slug: &str,
    reach: &Reach,
) -> QueryResult<Option<ReportKey>> {
    #[derive(QueryableByName)]
    struct Number {
        #[diesel(sql_type = Int8)]
        number: i64,
    }
    let query = prepared(format!(
        "SELECT r.number FROM report_slugs s JOIN reports r ON r.id = s.report_id WHERE {VISIBLE} AND s.slug = $7"
    ));
    let row: Option<Number> = bind_visible!(query, reach)
        .bind::<Text, _>(slug)
        .get_result(conn)
        .await
        .optional()?;
    Ok(row.map(|row| ReportKey(row.number)))
}

/// The page of a report, if it was kept for this very `rev` and renderer.
pub(crate) async fn kept_page(
    conn: &mut Connection,
    id: ReportId,
    rev: i64,
    renderer: i32,
) -> QueryResult<Option<String>> {
    #[derive(QueryableByName)]
    struct Kept {
        #[diesel(sql_type = Text)]
        content: String,
    }
    let row: Option<Kept> = prepared(
        "SELECT content FROM rendered_reports WHERE report_id = $1 AND rev = $2 AND renderer_version = $3",
    )
    .bind::<Int8, _>(id.0)
    .bind::<Int8, _>(rev)
    .bind::<Int4, _>(renderer)
    .get_result(conn)
    .await
    .optional()?;
    Ok(row.map(|row| row.content))
}

/// Keeps a drawn page for `rev`; a newer one is never replaced by an older.
pub(crate) async fn keep_page(
    conn: &mut Connection,
    id: ReportId,
    rev: i64,
    renderer: i32,
    content: &str,
) -> QueryResult<()> {
    prepared(
        "INSERT INTO rendered_reports (report_id, rev, renderer_version, content) VALUES ($1, $2, $3, $4)
         ON CONFLICT (report_id) DO UPDATE SET rev = $2, renderer_version = $3, content = $4
         WHERE rendered_reports.rev < $2 OR rendered_reports.renderer_version <> $3",
    )
    .bind::<Int8, _>(id.0)
    .bind::<Int8, _>(rev)
    .bind::<Int4, _>(renderer)
    .bind::<Text, _>(content)
    .execute(conn)
    .await?;
    Ok(())
}
