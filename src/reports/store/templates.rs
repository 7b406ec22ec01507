//! Report templates: read whole, stored whole. Callers hold the transaction.

#![expect(
    single_use_lifetimes,
    reason = "diesel's derive names the lifetime of a row once"
)]

use crate::platform::db::Connection;
use crate::platform::db::prepared::prepared;
use crate::platform::db::schema::{report_template_sections, report_templates};
use crate::reports::model::{Kind, Severity, Visibility};
use crate::reports::templates::{Template, TemplateSection};
use diesel::prelude::*;
use diesel::result::Error;
use diesel::sql_types::{Array, Int2, Int4, Jsonb, Nullable, Text, Timestamptz};
use diesel_async::RunQueryDsl;
use jiff::Timestamp;
use jiff_diesel::ToDiesel;
use serde::Deserialize;
use serde_json::Value;

/// A template as stored.
#[derive(Clone, Debug)]
pub(crate) struct KeptTemplate {
    pub template: Template,
    /// Since when it is no longer offered.
    pub archived_at: Option<Timestamp>,
    /// Counts the saves.
    pub revision: i32,
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Text)]
    word: String,
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Text)]
    description: String,
    #[diesel(sql_type = Text)]
    kind: String,
    #[diesel(sql_type = Array<Int2>)]
    severities: Vec<i16>,
    #[diesel(sql_type = Text)]
    visibility: String,
    #[diesel(sql_type = Int4)]
    position: i32,
    #[diesel(sql_type = Nullable<Timestamptz>, deserialize_as = jiff_diesel::NullableTimestamp)]
    archived_at: Option<Timestamp>,
    #[diesel(sql_type = Int4)]
    revision: i32,
    #[diesel(sql_type = Jsonb)]
    sections: Value,
}

#[derive(Deserialize)]
struct SectionJson {
    heading: String,
    guidance: String,
    required: bool,
}

impl TryFrom<Row> for KeptTemplate {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self, Error> {
        let sections: Vec<SectionJson> = serde_json::from_value(row.sections)
            .map_err(|error| Error::DeserializationError(Box::new(error)))?;
        let severity = |level: &i16| Severity::new(u8::try_from(*level).ok()?);
        Ok(Self {
            template: Template {
                word: row.word,
                name: row.name,
                description: row.description,
                // The database's checks allow no other words.
                kind: Kind::parse(&row.kind).unwrap_or(Kind::Incident),
                severities: row.severities.iter().filter_map(severity).collect(),
                visibility: Visibility::parse(&row.visibility).unwrap_or(Visibility::Restricted),
                position: row.position,
                sections: sections
                    .into_iter()
                    .map(|section| TemplateSection {
                        heading: section.heading,
                        guidance: section.guidance,
                        required: section.required,
                    })
                    .collect(),
            },
            archived_at: row.archived_at,
            revision: row.revision,
        })
    }
}

/// All templates in their order, also those no longer offered.
pub(crate) async fn templates(conn: &mut Connection) -> QueryResult<Vec<KeptTemplate>> {
    read(conn, None).await
}

/// The template of this word.
pub(crate) async fn template(
    conn: &mut Connection,
    word: &str,
) -> QueryResult<Option<KeptTemplate>> {
    Ok(read(conn, Some(word)).await?.pop())
}

async fn read(conn: &mut Connection, word: Option<&str>) -> QueryResult<Vec<KeptTemplate>> {
    let rows: Vec<Row> = prepared(
        "SELECT t.word, t.name, t.description, t.kind, t.severities, t.visibility, t.position, t.archived_at, t.revision,
            coalesce((SELECT jsonb_agg(jsonb_build_object('heading', s.heading, 'guidance', s.guidance, 'required', s.is_required) ORDER BY s.position)
                      FROM report_template_sections s WHERE s.template_id = t.id), '[]') AS sections
         FROM report_templates t WHERE $1::text IS NULL OR t.word = $1
         ORDER BY t.position, lower(t.name)",
    )
    .bind::<Nullable<Text>, _>(word)
    .get_results(conn)
    .await?;
    rows.into_iter().map(KeptTemplate::try_from).collect()
}

#[derive(AsChangeset, Insertable)]
#[diesel(table_name = report_templates)]
struct Columns<'a> {
    word: &'a str,
    name: &'a str,
    description: &'a str,
    kind: &'a str,
    severities: Vec<i16>,
    visibility: &'a str,
    position: i32,
}

impl<'a> Columns<'a> {
    fn of(template: &'a Template) -> Self {
        let levels = template.severities.iter();
        Self {
            word: &template.word,
            name: &template.name,
            description: &template.description,
            kind: template.kind.word(),
            severities: levels.map(|it| i16::from(it.level())).collect(),
            visibility: template.visibility.word(),
            position: template.position,
        }
    }
}

/// Stores a new template.
pub(crate) async fn insert_template(conn: &mut Connection, template: &Template) -> QueryResult<()> {
    let id: i64 = diesel::insert_into(report_templates::table)
        .values(Columns::of(template))
        .returning(report_templates::id)
        .get_result(conn)
        .await?;
    insert_sections(conn, id, &template.sections).await
}

/// Stores a template over the one of its word, if that is still the one that was seen; else nothing.
pub(crate) async fn replace_template(
    conn: &mut Connection,
    template: &Template,
    seen: i32,
) -> QueryResult<bool> {
    use report_templates as t;
    let id: Option<i64> = diesel::update(t::table)
        .filter(t::word.eq(&template.word).and(t::revision.eq(seen)))
        .set((Columns::of(template), t::revision.eq(t::revision + 1)))
        .returning(t::id)
        .get_result(conn)
        .await
        .optional()?;
    let Some(id) = id else { return Ok(false) };
    diesel::delete(report_template_sections::table)
        .filter(report_template_sections::template_id.eq(id))
        .execute(conn)
        .await?;
    insert_sections(conn, id, &template.sections).await?;
    Ok(true)
}

async fn insert_sections(
    conn: &mut Connection,
    id: i64,
    sections: &[TemplateSection],
) -> QueryResult<()> {
    use report_template_sections as t;
    let rows: Vec<_> = (0_i32..)
        .zip(sections)
        .map(|(position, section)| {
            (
                t::template_id.eq(id),
                t::position.eq(position),
                t::heading.eq(&section.heading),
                t::guidance.eq(&section.guidance),
                t::is_required.eq(section.required),
            )
        })
        .collect();
    diesel::insert_into(t::table)
        .values(rows)
        .execute(conn)
        .await
        .map(drop)
}

/// Takes a template out of the offer, or puts it back; false when there is none of this word.
pub(crate) async fn archive_template(
    conn: &mut Connection,
    word: &str,
    at: Option<Timestamp>,
) -> QueryResult<bool> {
    use report_templates as t;
    diesel::update(t::table)
        .filter(t::word.eq(word))
        .set(t::archived_at.eq(at.to_diesel()))
        .execute(conn)
        .await
        .map(|rows| rows > 0)
}
