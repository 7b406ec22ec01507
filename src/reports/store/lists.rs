//! Many reports at once, as far as the reader may see them: hits, lists, drafts.

use super::access::{VISIBLE, bind_visible};
use crate::accounts::Reach;
use crate::platform::db::Connection;
use crate::platform::db::prepared::prepared;
use crate::platform::ids::{PersonId, ReportId, ReportKey};
use crate::platform::memory::Version;
use crate::reports::model::{Kind, Severity, Status};
use diesel::prelude::*;
use diesel::sql_types::{Array, Bool, Int2, Int4, Int8, Nullable, Text, Timestamptz};
use diesel_async::RunQueryDsl;
use jiff::Timestamp;

/// One report in a list.
#[derive(Clone, Debug)]
pub(crate) struct Summary {
    pub id: ReportId,
    pub key: ReportKey,
    pub title: String,
    pub kind: Kind,
    pub status: Status,
    pub severity: Option<Severity>,
    pub restricted: bool,
    pub timezone: String,
    pub started_at: Option<Timestamp>,
    pub resolved_at: Option<Timestamp>,
    pub published_at: Option<Timestamp>,
    pub updated_at: Timestamp,
    pub revision: i32,
    /// Another one after any change.
    pub version: Version,
    /// Its first words.
    pub about: String,
    pub services: Vec<String>,
    pub tags: Vec<String>,
    pub open_countermeasures: i64,
    pub import_key: Option<String>,
    /// The sections as plain text, where snippets are to be cut from them; else empty.
    pub plain_text: String,
}

#[derive(QueryableByName)]
struct SummaryRow {
    #[diesel(sql_type = Int8)]
    id: i64,
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
    #[diesel(sql_type = Text)]
    timezone: String,
    #[diesel(sql_type = Nullable<Timestamptz>, deserialize_as = jiff_diesel::NullableTimestamp)]
    started_at: Option<Timestamp>,
    #[diesel(sql_type = Nullable<Timestamptz>, deserialize_as = jiff_diesel::NullableTimestamp)]
    resolved_at: Option<Timestamp>,
    #[diesel(sql_type = Nullable<Timestamptz>, deserialize_as = jiff_diesel::NullableTimestamp)]
    published_at: Option<Timestamp>,
    #[diesel(sql_type = Timestamptz, deserialize_as = jiff_diesel::Timestamp)]
    updated_at: Timestamp,
    #[diesel(sql_type = Int4)]
    revision: i32,
    #[diesel(sql_type = Int8)]
    rev: i64,
    #[diesel(sql_type = Int8)]
    changed_by: i64,
    #[diesel(sql_type = Text)]
    summary: String,
    #[diesel(sql_type = Array<Text>)]
    services: Vec<String>,
    #[diesel(sql_type = Array<Text>)]
    tags: Vec<String>,
    #[diesel(sql_type = Int8)]
    open_countermeasures: i64,
    #[diesel(sql_type = Nullable<Text>)]
    import_key: Option<String>,
    #[diesel(sql_type = Text)]
    plain_text: String,
}

impl From<SummaryRow> for Summary {
    fn from(row: SummaryRow) -> Self {
        Self {
            id: ReportId(row.id),
            key: ReportKey(row.number),
            title: row.title,
            // The database's checks allow no other words.
            kind: Kind::parse(&row.kind).unwrap_or(Kind::Incident),
            status: Status::parse(&row.status).unwrap_or(Status::Draft),
            severity: row
                .severity
                .and_then(|level| Severity::new(u8::try_from(level).ok()?)),
            restricted: row.restricted,
            timezone: row.timezone,
            started_at: row.started_at,
            resolved_at: row.resolved_at,
            published_at: row.published_at,
            updated_at: row.updated_at,
            revision: row.revision,
            version: (row.rev, row.changed_by),
            about: row.summary,
            services: row.services,
            tags: row.tags,
            open_countermeasures: row.open_countermeasures,
            import_key: row.import_key,
            plain_text: row.plain_text,
        }
    }
}

/// The columns of a [`Summary`] but for the plain text, over `reports r`.
const SUMMARY: &str = "r.id, r.number, r.title, r.kind, r.status, r.severity, r.visibility = 'restricted' AS restricted,
    r.timezone, r.started_at, r.resolved_at, r.published_at, r.updated_at, r.revision, r.rev, r.changed_xid::text::bigint AS changed_by, r.summary, r.import_key,
    ARRAY(SELECT c.name FROM report_services t JOIN services c ON c.id = t.service_id WHERE t.report_id = r.id ORDER BY t.position) AS services,
    ARRAY(SELECT c.name FROM report_tags t JOIN tags c ON c.id = t.tag_id WHERE t.report_id = r.id ORDER BY t.position) AS tags,
    (SELECT count(*) FROM countermeasures t WHERE t.report_id = r.id AND t.status IN ('proposed', 'accepted', 'in_progress')) AS open_countermeasures";

/// Those of `ids` the reader may see, each with its version, in no particular order.
pub(crate) async fn versions(
    conn: &mut Connection,
    reach: &Reach,
    ids: &[i64],
) -> QueryResult<Vec<(i64, Version)>> {
    #[derive(QueryableByName)]
    struct Version {
        #[diesel(sql_type = Int8)]
        id: i64,
        #[diesel(sql_type = Int8)]
        rev: i64,
        #[diesel(sql_type = Int8)]
        changed_by: i64,
    }
    let query = prepared(format!(
        "SELECT r.id, r.rev, r.changed_xid::text::bigint AS changed_by FROM reports r WHERE {VISIBLE} AND r.id = ANY($7)"
    ));
    let rows: Vec<Version> = bind_visible!(query, reach)
        .bind::<Array<Int8>, _>(ids)
        .get_results(conn)
        .await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.id, (row.rev, row.changed_by)))
        .collect())
}

/// Those of `ids` the reader may see, in no particular order.
pub(crate) async fn briefly(
    conn: &mut Connection,
    reach: &Reach,
    ids: &[i64],
) -> QueryResult<Vec<Summary>> {
    let query = prepared(format!(
        "SELECT {SUMMARY}, '' AS plain_text FROM reports r WHERE {VISIBLE} AND r.id = ANY($7)"
    ));
    let rows: Vec<SummaryRow> = bind_visible!(query, reach)
        .bind::<Array<Int8>, _>(ids)
        .get_results(conn)
        .await?;
    Ok(rows.into_iter().map(Summary::from).collect())
}

/// Those of `ids` the reader may see, with their plain text, in no particular order.
pub(crate) async fn by_ids(
    conn: &mut Connection,
    reach: &Reach,
    ids: &[i64],
) -> QueryResult<Vec<Summary>> {
    let query = prepared(format!(
        "SELECT {SUMMARY}, r.plain_text FROM reports r WHERE {VISIBLE} AND r.id = ANY($7)"
    ));
    let rows: Vec<SummaryRow> = bind_visible!(query, reach)
        .bind::<Array<Int8>, _>(ids)
        .get_results(conn)
        .await?;
    Ok(rows.into_iter().map(Summary::from).collect())
}

/// The report that an import gave this identity, if the reader may see it.
pub(crate) async fn key_of_import(
    conn: &mut Connection,
    import_key: &str,
    reach: &Reach,
) -> QueryResult<Option<ReportKey>> {
    #[derive(QueryableByName)]
    struct Number {
        #[diesel(sql_type = Int8)]
        number: i64,
    }
    let query = prepared(format!(
        "SELECT r.number FROM reports r WHERE {VISIBLE} AND r.import_key = $7"
    ));
    let row: Option<Number> = bind_visible!(query, reach)
        .bind::<Text, _>(import_key)
        .get_result(conn)
        .await
        .optional()?;
    Ok(row.map(|row| ReportKey(row.number)))
}

/// The reports published last.
pub(crate) async fn recent(
    conn: &mut Connection,
    reach: &Reach,
    limit: i64,
) -> QueryResult<Vec<Summary>> {
    let query = prepared(format!(
        "SELECT {SUMMARY}, '' AS plain_text FROM reports r WHERE {VISIBLE} AND r.status = 'published'
         ORDER BY r.published_at DESC, r.id DESC LIMIT $7"
    ));
    let rows: Vec<SummaryRow> = bind_visible!(query, reach)
        .bind::<Int8, _>(limit)
        .get_results(conn)
        .await?;
    Ok(rows.into_iter().map(Summary::from).collect())
}

/// What a person is still writing, latest first.
pub(crate) async fn drafts_of(
    conn: &mut Connection,
    person: PersonId,
    limit: i64,
) -> QueryResult<Vec<Summary>> {
    let rows: Vec<SummaryRow> = prepared(format!(
        "SELECT {SUMMARY}, '' AS plain_text FROM reports r JOIN report_authors a ON a.report_id = r.id
         WHERE a.person_id = $1 AND r.status IN ('draft', 'in_review') ORDER BY r.updated_at DESC LIMIT $2"
    ))
    .bind::<Int8, _>(person.0)
    .bind::<Int8, _>(limit)
    .get_results(conn)
    .await?;
    Ok(rows.into_iter().map(Summary::from).collect())
}

/// Published reports that began on this day of an earlier year (UTC), latest first.
pub(crate) async fn on_this_day(
    conn: &mut Connection,
    reach: &Reach,
    today: jiff::civil::Date,
    limit: i64,
) -> QueryResult<Vec<Summary>> {
    let query = prepared(format!(
        "SELECT {SUMMARY}, '' AS plain_text FROM reports r WHERE {VISIBLE} AND r.status = 'published'
           AND to_char(r.started_at AT TIME ZONE 'UTC', 'MM-DD') = $7 AND r.started_at < $8::date
         ORDER BY r.started_at DESC LIMIT $9"
    ));
    let rows: Vec<SummaryRow> = bind_visible!(query, reach)
        .bind::<Text, _>(today.strftime("%m-%d").to_string())
        .bind::<Text, _>(today.to_string())
        .bind::<Int8, _>(limit)
        .get_results(conn)
        .await?;
    Ok(rows.into_iter().map(Summary::from).collect())
}

/// How many reports there are for this reader.
pub(crate) async fn count(conn: &mut Connection, reach: &Reach) -> QueryResult<i64> {
    let query = prepared(format!(
        "SELECT count(*) AS count FROM reports r WHERE {VISIBLE}"
    ));
    Ok(bind_visible!(query, reach)
        .get_result::<Count>(conn)
        .await?
        .count)
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = Int8)]
    count: i64,
}

/// A page of reports by descending key.
#[derive(Debug)]
pub(crate) struct ListPage {
    pub items: Vec<Summary>,
    pub total: i64,
    /// The key to continue below, if there are more.
    pub next: Option<ReportKey>,
}

/// All reports the reader may see, newest key first, starting below `before`.
pub(crate) async fn list(
    conn: &mut Connection,
    reach: &Reach,
    before: Option<ReportKey>,
    limit: i64,
) -> QueryResult<ListPage> {
    let total = count(conn, reach).await?;
    let query = prepared(format!(
        "SELECT {SUMMARY}, '' AS plain_text FROM reports r
         WHERE {VISIBLE} AND r.number < coalesce($7, 9223372036854775807) ORDER BY r.number DESC LIMIT $8"
    ));
    let rows: Vec<SummaryRow> = bind_visible!(query, reach)
        .bind::<Nullable<Int8>, _>(before.map(|key| key.0))
        .bind::<Int8, _>(limit + 1)
        .get_results(conn)
        .await?;
    let mut items: Vec<Summary> = rows.into_iter().map(Summary::from).collect();
    let wanted = usize::try_from(limit).unwrap_or(usize::MAX);
    let more = items.len() > wanted;
    items.truncate(wanted);
    let next = if more {
        items.last().map(|item| item.key)
    } else {
        None
    };
    Ok(ListPage { items, total, next })
}

/// Sections in one text, as `reports.plain_text` keeps them.
pub(crate) fn join_plain(sections: &[(String, String)]) -> String {
    let clean = |text: &str| text.replace(['\u{1e}', '\u{1f}'], " ");
    let mut joined = String::new();
    for (heading, text) in sections {
        joined.push_str(&clean(heading));
        joined.push('\u{1f}');
        joined.push_str(&clean(text));
        joined.push('\u{1e}');
    }
    joined
}

/// The sections of a `plain_text`: heading and text.
pub(crate) fn split_plain(text: &str) -> Vec<(&str, &str)> {
    text.split('\u{1e}')
        .filter_map(|section| section.split_once('\u{1f}'))
        .collect()
}

/// The zone of the report this person began last; files they imported were written by others.
pub(crate) async fn last_zone(
    conn: &mut Connection,
    person: PersonId,
) -> QueryResult<Option<String>> {
    use crate::platform::db::schema::reports as r;
    r::table
        .filter(r::created_by.eq(person.0).and(r::import_key.is_null()))
        .order(r::id.desc())
        .select(r::timezone)
        .first(conn)
        .await
        .optional()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sections_come_apart_as_they_were_put_together() {
        let sections = [
            (String::new(), "intro".to_owned()),
            ("Impact".to_owned(), "a\u{1e}b\nc".to_owned()),
        ];
        let joined = join_plain(&sections);
        assert_eq!(split_plain(&joined), [("", "intro"), ("Impact", "a b\nc")]);
        assert!(split_plain("").is_empty());
    }
}
