//! Links between reports: both ends of each, as far as the reader may see the other one.

use super::access::{VISIBLE, bind_visible};
use crate::accounts::Reach;
use crate::platform::db::Connection;
use crate::platform::db::prepared::prepared;
use crate::platform::db::schema::report_links;
use crate::platform::ids::{PersonId, ReportId, ReportKey};
use crate::reports::model::{Kind, LinkKind, Severity};
use diesel::prelude::*;
use diesel::sql_types::{Bool, Int2, Int8, Nullable, Text, Timestamptz};
use diesel_async::RunQueryDsl;
use jiff::Timestamp;
use jiff_diesel::ToDiesel;

/// More links of one report than this are not shown.
const MOST_SHOWN: i64 = 200;

/// A link, from where a reader stands.
#[derive(Clone, Debug)]
pub(crate) struct End {
    pub id: i64,
    /// Whether it was said on this report; else it is said of it on the other one.
    pub outgoing: bool,
    pub kind: LinkKind,
    pub why: String,
    /// Who said so: a person, or a bot by its token. None when nobody knows any more.
    pub said_by: Option<String>,
    pub by_bot: bool,
    pub said_at: Timestamp,
    /// The report at the other end.
    pub report: ReportId,
    pub key: ReportKey,
    pub title: String,
    pub report_kind: Kind,
    pub severity: Option<Severity>,
    pub started_at: Option<Timestamp>,
    pub timezone: String,
}

impl End {
    /// What the other report is, read from here.
    pub(crate) const fn label(&self) -> &'static str {
        if self.outgoing {
            self.kind.label()
        } else {
            self.kind.reverse()
        }
    }
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Int8)]
    id: i64,
    #[diesel(sql_type = Bool)]
    outgoing: bool,
    #[diesel(sql_type = Text)]
    link_kind: String,
    #[diesel(sql_type = Text)]
    why: String,
    #[diesel(sql_type = Nullable<Text>)]
    person: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    token: Option<String>,
    #[diesel(sql_type = Timestamptz, deserialize_as = jiff_diesel::Timestamp)]
    created_at: Timestamp,
    #[diesel(sql_type = Int8)]
    other: i64,
    #[diesel(sql_type = Int8)]
    number: i64,
    #[diesel(sql_type = Text)]
    title: String,
    #[diesel(sql_type = Text)]
    kind: String,
    #[diesel(sql_type = Nullable<Int2>)]
    severity: Option<i16>,
    #[diesel(sql_type = Nullable<Timestamptz>, deserialize_as = jiff_diesel::NullableTimestamp)]
    started_at: Option<Timestamp>,
    #[diesel(sql_type = Text)]
    timezone: String,
}

impl Row {
    /// The database's checks allow no other kinds.
    fn into_end(self) -> Option<End> {
        let by_bot = self.person.is_none() && self.token.is_some();
        Some(End {
            id: self.id,
            outgoing: self.outgoing,
            kind: LinkKind::parse(&self.link_kind)?,
            why: self.why,
            said_by: self.person.or(self.token),
            by_bot,
            said_at: self.created_at,
            report: ReportId(self.other),
            key: ReportKey(self.number),
            title: self.title,
            report_kind: Kind::parse(&self.kind).unwrap_or(Kind::Incident),
            severity: self
                .severity
                .and_then(|level| Severity::new(u8::try_from(level).ok()?)),
            started_at: self.started_at,
            timezone: self.timezone,
        })
    }
}

/// The links of a report whose other end is within reach: those said on it first, then by kind, the latest first.
pub(crate) async fn links(
    conn: &mut Connection,
    report: ReportId,
    reach: &Reach,
) -> QueryResult<Vec<End>> {
    let query = prepared(format!(
        "SELECT l.id, l.outgoing, l.kind AS link_kind, l.why, p.name AS person, t.name AS token, l.created_at,
            l.other, r.number, r.title, r.kind, r.severity, r.started_at, r.timezone
         FROM (SELECT id, true AS outgoing, to_report_id AS other, kind, why, said_by, said_by_token, created_at
                 FROM report_links WHERE from_report_id = $7
               UNION ALL
               SELECT id, false, from_report_id, kind, why, said_by, said_by_token, created_at
                 FROM report_links WHERE to_report_id = $7) AS l
         JOIN reports r ON r.id = l.other
         LEFT JOIN people p ON p.id = l.said_by
         LEFT JOIN api_tokens t ON t.id = l.said_by_token
         WHERE {VISIBLE}
         ORDER BY l.outgoing DESC, l.kind, coalesce(r.started_at, r.created_at) DESC, l.id LIMIT $8"
    ));
    let rows: Vec<Row> = bind_visible!(query, reach)
        .bind::<Int8, _>(report.0)
        .bind::<Int8, _>(MOST_SHOWN)
        .get_results(conn)
        .await?;
    Ok(rows.into_iter().filter_map(Row::into_end).collect())
}

/// How many links are said on a report, whoever asks.
pub(crate) async fn count_links(conn: &mut Connection, report: ReportId) -> QueryResult<i64> {
    use report_links as t;
    t::table
        .filter(t::from_report_id.eq(report.0))
        .count()
        .get_result(conn)
        .await
}

/// A link to be said.
#[derive(Clone, Copy, Debug)]
pub(crate) struct NewLink<'a> {
    pub from: ReportId,
    pub to: ReportId,
    pub kind: LinkKind,
    pub why: &'a str,
    pub person: Option<PersonId>,
    pub token: Option<i64>,
    pub at: Timestamp,
}

/// The reason of a link that is said already; none when it is not.
pub(crate) async fn said(
    conn: &mut Connection,
    (from, to): (ReportId, ReportId),
    kind: LinkKind,
) -> QueryResult<Option<String>> {
    use report_links as t;
    t::table
        .filter(t::from_report_id.eq(from.0))
        .filter(t::to_report_id.eq(to.0))
        .filter(t::kind.eq(kind.word()))
        .select(t::why)
        .first(conn)
        .await
        .optional()
}

/// Stores a link; false when it is said already.
pub(crate) async fn insert_link(conn: &mut Connection, link: NewLink<'_>) -> QueryResult<bool> {
    use report_links as t;
    diesel::insert_into(t::table)
        .values((
            t::from_report_id.eq(link.from.0),
            t::to_report_id.eq(link.to.0),
            t::kind.eq(link.kind.word()),
            t::why.eq(link.why),
            t::said_by.eq(link.person.map(|person| person.0)),
            t::said_by_token.eq(link.token),
            t::created_at.eq(link.at.to_diesel()),
        ))
        .on_conflict_do_nothing()
        .execute(conn)
        .await
        .map(|rows| rows > 0)
}

/// Takes back a link that is said on this report; false when there is none of this number.
pub(crate) async fn delete_link(
    conn: &mut Connection,
    from: ReportId,
    link: i64,
) -> QueryResult<bool> {
    use report_links as t;
    diesel::delete(t::table)
        .filter(t::id.eq(link).and(t::from_report_id.eq(from.0)))
        .execute(conn)
        .await
        .map(|rows| rows > 0)
}
